"""Whatever traces say, distilling takes it for data: nothing breaks, and nothing is said that no success bears out."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from telltale.memory.references import Sight, Unbound, bound
from telltale.memory.skills import skill_fields, skill_of
from telltale.memory.types import Case, Episode, Outcome, Step
from telltale.writers.distill import distill
from telltale.writers.procedures import group
from telltale.writers.sign import signature

WORDS = st.sampled_from(
    [
        "order",
        "W7001",
        "W7002",
        "#W7003",
        "size",
        "XL",
        "42",
        "€9.50",
        "12 Elm Street, Leeds",
        "3 March",
        "not",
        "{x}",
        ".",
    ]
)
TEXTS = st.lists(WORDS, max_size=8).map(" ".join) | st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
VALUES = st.recursive(
    TEXTS | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False) | st.booleans() | st.none(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=5,
)
OBJECTS = st.dictionaries(st.sampled_from(["id", "x", "a.b", "items", ""]), VALUES, max_size=3)
STEPS = st.builds(
    Step,
    tool=st.sampled_from(["get_order", "cancel", "pay", "a.b|c", "é"]),
    arguments=OBJECTS,
    observation=OBJECTS.map(json.dumps) | TEXTS | st.just('{"error": "no"}'),
    error=st.sampled_from(["", "", "broken"]),
    read_only=st.sampled_from([None, True, False]),
)
EPISODES = st.lists(
    st.builds(
        Episode,
        text=TEXTS,
        context=OBJECTS,
        steps=st.lists(STEPS, max_size=5).map(tuple),
        answer=TEXTS,
        outcome=st.sampled_from([Outcome.SUCCESS, Outcome.SUCCESS, Outcome.FAILURE, Outcome.UNKNOWN]),
        label=st.sampled_from(["", "refund", "T1"]),
        time=st.sampled_from([None, 1.0, 2.0, 3.0]),
    ),
    max_size=8,
)


def alike(_first: Case, _second: Case) -> float:
    return 0.0


def numbered(found: list[Episode]) -> list[Episode]:
    return [replace(one, id=f"e{at:02d}", signature=signature(one.steps, one.answer)) for at, one in enumerate(found)]


@settings(max_examples=40, deadline=None)
@given(EPISODES)
def test_every_skill_rests_on_successes_and_on_calls_that_they_made(found: list[Episode]) -> None:
    episodes = {one.id: one for one in numbered(found)}
    made = distill(episodes.values(), group(episodes.values()), tell_apart=alike, least=1)
    for skill in made.skills:
        runs = [episodes[id_] for id_ in skill.evidence]
        assert runs
        assert all(run.outcome is Outcome.SUCCESS for run in runs)
        assert {step.tool for step in skill.steps} <= {"answer", *(step.tool for run in runs for step in run.steps)}
        assert skill_of(json.loads(json.dumps(skill_fields(skill)))) == skill
    assert all(set(one.evidence) <= episodes.keys() for one in made.insights)


@settings(max_examples=20, deadline=None)
@given(EPISODES)
def test_the_order_of_arrival_changes_nothing(found: list[Episode]) -> None:
    episodes = numbered(found)
    backwards = episodes[::-1]
    assert distill(episodes, group(episodes), tell_apart=alike, least=1) == distill(
        backwards, group(backwards), tell_apart=alike, least=1
    )


@settings(max_examples=30, deadline=None)
@given(EPISODES, TEXTS, OBJECTS)
def test_steps_are_filled_from_any_case_or_say_what_is_missing(
    found: list[Episode], text: str, context: dict[str, Any]
) -> None:
    episodes = numbered(found)
    for skill in distill(episodes, group(episodes), tell_apart=alike, least=1).skills:
        for step in skill.steps:
            try:
                filled = bound(step.arguments, skill.parameters, Sight(Case(text=text, context=context)))
            except Unbound:
                continue
            assert filled.keys() == step.arguments.keys()
