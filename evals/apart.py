"""Draws from memory rows alone: some to remember, others to ask about. For measuring without a look at any query.

Rows without a plan and known failures are left out, on both sides. A case whose procedure is not among the remembered
ones is *novel*: the right answer is to use no past case.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import zip_longest

from .cases import CaseFile, Row, Sample, as_case, as_episode, as_truth

FEW = 5  # episodes of a procedure in a young memory
HELD_OUT = 0.3  # share of the procedures, and of each other one's rows, that `held_apart` does not remember


def few_of_each(rows: Sequence[Row], *, episodes: int, asked: int, seed: int) -> Sample | None:
    """A young memory: FEW episodes each of procedures drawn at random, and other cases to ask it, half of them novel.

    At most ``asked`` cases; fewer where there are no more of one half.
    A third of the procedures is kept for novel cases. Where the others are too few, more than FEW are remembered of
    each, dealt evenly. ``None`` where the rows do not suffice for so many episodes.
    """
    rng = random.Random(seed)
    by_plan = _shuffled(rows, rng)
    plans = sorted(plan for plan, of in by_plan.items() if len(of) > FEW)
    rng.shuffle(plans)
    known = plans[: min(max(1, episodes // FEW), len(plans) - max(1, len(plans) // 3))]
    dealt = [row for turn in zip_longest(*(by_plan[plan][:-1] for plan in known)) for row in turn if row is not None]
    if not known or len(dealt) < episodes:
        return None
    seen = [*dealt[episodes:], *(by_plan[plan][-1] for plan in known)]
    novel = [row for plan, of in by_plan.items() if plan not in known for row in of]
    half = min(asked // 2, len(seen), len(novel))
    return _sample(dealt[:episodes], [*_some(seen, half, rng), *_some(novel, half, rng)])


def held_apart(rows: Sequence[Row], *, memory: int, asked: int, novel: float, seed: int) -> Sample:
    """A grown memory and cases from elsewhere in the file: a test that siblings of the remembered rows do not pass.

    HELD_OUT of the procedures are not remembered at all and give the share ``novel`` of the cases; of each other one
    the first HELD_OUT of its rows in the file's order (the last, for an odd ``seed``) are asked about, since
    neighbours in a file share writers and origins. At most ``asked`` cases; fewer where either kind does not suffice.
    """
    rng = random.Random(seed)
    by_plan: dict[str, list[Row]] = {}
    for row in _usable(rows):
        by_plan.setdefault(row["plan"], []).append(row)
    held = set(rng.sample(sorted(by_plan), round(HELD_OUT * len(by_plan))))
    remembered, seen = [], []
    for _, of in sorted(one for one in by_plan.items() if one[0] not in held):
        ordered, cut = of[::-1] if seed % 2 else of, round(HELD_OUT * len(of))
        seen += ordered[:cut]
        remembered += ordered[cut:]
    unseen = [row for plan in sorted(held) for row in by_plan[plan]]
    most = min(asked, int(len(seen) / (1 - novel)), int(len(unseen) / novel))
    new = round(most * novel)
    return _sample(_some(remembered, memory, rng), [*_some(seen, most - new, rng), *_some(unseen, new, rng)])


def of_memory_rows(file: CaseFile, remembered: int, *, seed: int) -> CaseFile:
    """The same file as if it held no query: ``remembered`` of its memory rows, and the others as queries."""
    usable = _usable(file.memory)
    rows = random.Random(seed).sample(usable, len(usable))
    return replace(file, memory=tuple(rows[:remembered]), queries=tuple(rows[remembered:]))


def _usable(rows: Iterable[Row]) -> list[Row]:
    return [row for row in rows if row.get("plan") and row.get("success") is not False]


def _shuffled(rows: Iterable[Row], rng: random.Random) -> dict[str, list[Row]]:
    usable = _usable(rows)
    rng.shuffle(usable)
    by_plan: dict[str, list[Row]] = {}
    for row in usable:
        by_plan.setdefault(row["plan"], []).append(row)
    return by_plan


def _some(rows: Sequence[Row], count: int, rng: random.Random) -> list[Row]:
    return rng.sample(rows, min(count, len(rows)))


def _sample(remembered: Sequence[Row], asked: Sequence[Row]) -> Sample:
    known = frozenset(row["plan"] for row in remembered)
    return Sample(
        memory=tuple(as_episode(row) for row in remembered),
        cases=tuple(as_case(row) for row in asked),
        truths=tuple(as_truth(row, known) for row in asked),
    )
