"""Rows in the case format for each test, from a seed: what is remembered, and what is asked.

A test is a function from a random generator to its rows. Whether a query has a match is decided by a draw that its
wording knows nothing of, so that no shape gives it away (``leaks.py`` looks).
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from telltale.evals.cases import CaseFile, Row

from .scenes import NOW_THINGS, PAST_THINGS, SCENES, Scene
from .twists import TWISTS, Twist, Variant

EACH = 8  # episodes of a procedure
ASKED = 3  # queries of a procedure that is remembered
NOVEL = 5  # queries of one that is not
HELD_OUT = 4  # procedures that are not remembered
Rows = tuple[list[Row], list[Row]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stress:
    """A test by name: what it is about, and its rows."""

    name: str
    says: str
    rows: Callable[[random.Random], Rows]


def worded(words: Sequence[str], things: Sequence[str], rng: random.Random) -> str:
    """One of the wordings, about one of the things."""
    return rng.choice(words).replace("{thing}", rng.choice(things))


def with_fact(request: str, fact: str, rng: random.Random) -> str:
    """A request and a fact, in either order."""
    first, second = (request, fact) if rng.random() < 0.5 else (fact, request)
    return f"{first[:1].upper()}{first[1:]}; {second[:1].lower()}{second[1:]}."


def past(scene: Scene, variant: Variant, rng: random.Random) -> Row:
    """An episode: a request with that fact, as it was worded."""
    fact = rng.choice(variant.past).replace("{n}", str(rng.randint(*variant.numbers)))
    return remembered(with_fact(worded(scene.past, PAST_THINGS, rng), fact, rng), plan(scene, variant), variant.context)


def now(scene: Scene, variant: Variant, rng: random.Random, *, same_words: bool = False) -> Row:
    """A query: a request with that fact, as it is worded now, or in the past's words about another thing."""
    request, facts = (scene.past, variant.past) if same_words else (scene.now, variant.now)
    fact = rng.choice(facts).replace("{n}", str(rng.randint(*variant.numbers)))
    return asked(with_fact(worded(request, NOW_THINGS, rng), fact, rng), plan(scene, variant), variant.context)


def plan(scene: Scene, variant: Variant) -> str:
    """The procedure of a request with that fact."""
    return f"{scene.name}_{variant.name}"


def remembered(text: str, procedure: str, context: Mapping[str, Any] | None = None, **more: Any) -> Row:
    """A memory row."""
    return {"text": text, "context": dict(context or {}) or None, "plan": procedure, "split": "memory", **more}


def asked(text: str, procedure: str, context: Mapping[str, Any] | None = None) -> Row:
    """A query row; what nothing applies to is told by the memory."""
    row = {"text": text, "context": dict(context or {}) or None, "plan": procedure, "split": "query"}
    return {**row, "family": procedure}


def twisted(twist: Twist, *, same_words: bool = False) -> Callable[[random.Random], Rows]:
    """Requests that one fact decides; the procedures of some are not remembered, those of their look-alikes are."""
    as_now = partial(now, same_words=same_words)

    def rows(rng: random.Random) -> Rows:
        held = {scene.name: rng.randrange(2) for scene in rng.sample(SCENES, HELD_OUT)}
        kinds = [(scene, side, variant) for scene in SCENES for side, variant in enumerate(twist.variants)]
        known = [(scene, variant) for scene, side, variant in kinds if held.get(scene.name) != side]
        novel = [(scene, variant) for scene, side, variant in kinds if held.get(scene.name) == side]
        return (
            [past(*kind, rng) for kind in known for _ in range(EACH)],
            [*(as_now(*kind, rng) for kind in known for _ in range(ASKED)),
             *(as_now(*kind, rng) for kind in novel for _ in range(NOVEL))],
        )  # fmt: skip

    return rows


def case_file(stress: Stress, *, seed: int = 0) -> CaseFile:
    """The rows of a test as a case file holds them, shuffled, with ids by their place."""
    memory, queries = stress.rows(random.Random(f"{stress.name} {seed}"))
    rng = random.Random(seed)
    kinds = [("m", rng.sample(memory, len(memory))), ("q", rng.sample(queries, len(queries)))]
    numbered = [tuple({"id": f"{kind}{place}", **row} for place, row in enumerate(rows)) for kind, rows in kinds]
    return CaseFile(name=f"stress/{stress.name}", sha256="", memory=numbered[0], queries=numbered[1])


def twist_tests() -> Iterator[Stress]:
    """One test for each fact."""
    for twist in TWISTS:
        yield Stress(name=twist.name, says=twist.says, rows=twisted(twist))


def control_tests() -> Iterator[Stress]:
    """The same facts in the past's own words: whether it is the fact that is missed, or the wording."""
    for twist in TWISTS:
        says = f"{twist.says} In the past's own words."
        yield Stress(name=f"{twist.name}_same_words", says=says, rows=twisted(twist, same_words=True))
