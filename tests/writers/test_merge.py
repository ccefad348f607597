"""Procedures are joined only where neither their steps nor their cases part them."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from telltale.memory.types import Case, Episode, Outcome, Procedure, Step
from telltale.writers.merge import alike, join, separable
from telltale.writers.procedures import group, names_by_key
from telltale.writers.sign import signature

THINGS = ("mug", "lamp", "book", "plate", "spoon", "towel", "clock", "knife", "pan", "vase", "cup", "pillow")
PLACES = ("shelf", "desk", "drawer", "sofa", "table", "cabinet", "bed", "sink")


def never(_first: Case, _second: Case) -> float:
    return 0.0


def run(number: int, verb: str, tools: str, *, label: str = "", seed: int = 0) -> Episode:
    rng = random.Random(f"{seed} {number} {verb} {tools}")
    steps = tuple(Step(tool=tool) for tool in tools.split())
    return Episode(
        id=f"{rng.getrandbits(128):032x}",
        text=f"{verb} the {rng.choice(THINGS)} {number} on the {rng.choice(PLACES)}",
        steps=steps,
        signature=signature(steps),
        label=label,
        outcome=Outcome.SUCCESS,
    )


def runs(count: int, verb: str, tools: str, *, label: str = "", seed: int = 0) -> list[Episode]:
    return [run(number, verb, tools, label=label, seed=seed) for number in range(count)]


def names(found: list[Procedure]) -> list[tuple[str, tuple[str, ...]]]:
    return [(procedure.name, procedure.merged) for procedure in found]


def joined(*episodes: list[Episode]) -> list[tuple[str, tuple[str, ...]]]:
    every = [episode for some in episodes for episode in some]
    return names(join(group(every), every, never))


def test_a_detour_that_the_cases_do_not_ask_for_makes_no_procedure_of_its_own() -> None:
    assert joined(runs(12, "put", "take put"), runs(9, "put", "open take put")) == [
        ("take > put", ("open > take > put",))
    ]


def test_the_same_steps_for_other_cases_stay_two() -> None:
    assert len(joined(runs(12, "put", "take put"), runs(9, "put two of", "take put take put"))) == 2


def test_other_steps_for_the_same_cases_stay_two() -> None:
    assert len(joined(runs(12, "put", "take put"), runs(9, "put", "throw sweep mop"))) == 2


def test_a_word_that_asks_for_another_step_keeps_them_apart() -> None:
    assert len(joined(runs(12, "put", "take put"), runs(9, "clean and put", "take clean put"))) == 2


def test_too_few_cases_show_nothing() -> None:
    assert len(joined(runs(12, "put", "take put"), runs(3, "put", "open take put"))) == 2


def test_doing_it_twice_takes_more_cases_to_be_the_same_than_a_detour() -> None:
    assert len(joined(runs(12, "put", "take put"), runs(7, "put", "take take put"))) == 2
    assert len(joined(runs(12, "put", "take put"), runs(12, "put", "take take put"))) == 1


def test_two_names_that_people_gave_are_joined_only_where_nothing_at_all_parts_them() -> None:
    one = runs(12, "put", "take put", label="place")
    assert len(joined(one, runs(9, "put", "open take put", label="lay"))) == 2
    assert len(joined(one, runs(9, "put", "take put", label="lay", seed=1))) == 2
    many = runs(40, "put", "take put", label="place"), runs(40, "put", "take put", label="lay", seed=1)
    (found,) = alike(group([*many[0], *many[1]]), [*many[0], *many[1]], never)
    assert (found.given, found.agree) == (True, 1.0)
    assert found.merges == (found.apart <= 0.1)


def test_a_name_that_a_person_gave_goes_before_a_signature() -> None:
    every = [*runs(6, "put", "take put", label="place"), *runs(12, "put", "open take put")]
    assert names(join(group(every), every, never)) == [("place", ("open > take > put",))]


def test_what_the_guard_tells_apart_is_not_joined() -> None:
    every = [*runs(12, "put", "take put"), *runs(9, "put", "open take put")]
    opened = {episode.text for episode in every if "open" in episode.signature}
    assert len(join(group(every), every, lambda a, b: float((a.text in opened) != (b.text in opened)))) == 2


def test_no_key_and_no_count_is_lost() -> None:
    every = [*runs(12, "put", "take put"), *runs(9, "put", "open take put"), *runs(7, "put", "open open take put")]
    before, after = group(every), join(group(every), every, never)
    assert set(names_by_key(after)) == set(names_by_key(before))
    assert sum(one.successes for one in after) == sum(one.successes for one in before) == 28
    assert sum(one.episodes for one in after) == sum(one.episodes for one in before)


KINDS = st.sampled_from(
    [("put", "take put"), ("put", "open take put"), ("put", "open open take put"), ("heat", "take heat")]
)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(KINDS, st.integers(1, 8)), min_size=1, max_size=4), st.randoms(use_true_random=False))
def test_joining_knows_no_order_and_joining_again_changes_nothing(
    kinds: list[tuple[tuple[str, str], int]], rng: random.Random
) -> None:
    every = [
        episode for seed, ((verb, tools), count) in enumerate(kinds) for episode in runs(count, verb, tools, seed=seed)
    ]
    found = join(group(every), every, never)
    mixed = rng.sample(every, len(every))
    assert join(rng.sample(group(mixed), len(group(mixed))), mixed, never) == found
    assert join(found, every, never) == found


@pytest.mark.parametrize(
    ("first", "second", "least", "most"),
    [
        ([{"a", "x"}] * 8, [{"a", "y"}] * 8, 1.0, 1.0),
        ([{"a"}, {"b"}] * 4, [{"a"}, {"b"}] * 4, 0.0, 0.2),
        ([set()] * 4, [set()] * 4, 0.0, 0.0),
    ],
)
def test_cases_are_told_apart_by_what_only_one_side_has(
    first: list[set[str]], second: list[set[str]], least: float, most: float
) -> None:
    assert least <= separable([*map(frozenset, first)], [*map(frozenset, second)]) <= most
