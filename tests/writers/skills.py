"""Any skill at all, for tests of what must not lose one."""

from __future__ import annotations

from hypothesis import strategies as st

from telltale.memory.types import Boundary, Condition, Parameter, Skill, SkillStep, Status

TEXT = st.text(max_size=60)
NAMES = st.from_regex(r"[a-z0-9]{1,12}(-[a-z0-9]{1,12}){0,3}", fullmatch=True)
COUNTS = st.integers(0, 1_000)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=5,
)
TEXTS = st.lists(TEXT, max_size=3).map(tuple)
CONDITIONS = st.builds(Condition, kind=TEXT, value=TEXT, holds=st.booleans(), seen=COUNTS, of=COUNTS)
STEPS = st.builds(
    SkillStep, tool=TEXT, arguments=st.dictionaries(TEXT, JSON, max_size=3), seen_in=COUNTS, of=COUNTS,
    when=st.lists(CONDITIONS, max_size=2).map(tuple), spans=TEXTS,
)  # fmt: skip
SKILLS = st.builds(
    Skill, name=NAMES, procedure=TEXT, when_to_use=TEXT, also=TEXTS, description=TEXT, paraphrases=TEXTS, tags=TEXTS,
    preconditions=st.lists(CONDITIONS, max_size=2).map(tuple),
    boundaries=st.lists(
        st.builds(Boundary, text=TEXT, condition=st.none() | CONDITIONS, instead=TEXT), max_size=2
    ).map(tuple),
    parameters=st.dictionaries(
        TEXT, st.builds(Parameter, told=TEXT, reference=TEXT, examples=TEXTS, held=COUNTS, of=COUNTS), max_size=3
    ),
    steps=st.lists(STEPS, max_size=3).map(tuple), pitfalls=TEXTS, recoveries=TEXTS, insights=TEXTS, evidence=TEXTS,
    successes=COUNTS, failures=COUNTS, shown=COUNTS, helped=COUNTS, misled=COUNTS, corrected=COUNTS,
    status=st.sampled_from(Status), version=st.integers(1, 99), reason=TEXT, made_by=TEXT, pinned=st.booleans(),
    id=TEXT,
)  # fmt: skip
