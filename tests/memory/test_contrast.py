"""Differences of two cases, the evidence of past pairs, and profiles."""

from __future__ import annotations

import json
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telltale.memory.contrast import Evidence, count_evidence, differences, kind_name, shared, tell_apart
from telltale.memory.facets import find_facets
from telltale.memory.profiles import mean_profile, parts_of, profile_of
from telltale.memory.types import Case, Difference, Facet, Profile, Step

Pair = tuple[tuple[Facet, ...], tuple[Facet, ...], bool]


def facets(text: str, **context: object) -> tuple[Facet, ...]:
    return find_facets(Case(text=text, context=context))


def tickets(n: int) -> list[Pair]:
    """Pairs of tickets in which the payment always mattered, the order number never did, and a name always differs."""
    pairs: list[Pair] = []
    for i in range(n):
        same = i % 2 == 0
        first = facets(f"refund order {i} to my gift card", user=f"a{i}")
        second = facets(f"refund order {i + same} to my {'gift' if same else 'credit'} card", user=f"b{i}")
        pairs.append((first, second, same))
    return pairs


def test_each_kind_whose_values_differ_gives_one_difference_with_both_values() -> None:
    ours, theirs = facets("refund $5 to my gift card or paypal"), facets("refund $5 to my credit card, not cash")
    assert differences(ours, theirs) == (
        Difference(kind="choice:payment", case_value="gift card, paypal", candidate_value="cash, credit card"),
        Difference(kind="negation", case_value="", candidate_value="cash"),
    )


def test_equal_facts_in_other_places_are_shared_and_no_difference() -> None:
    ours, theirs = facets("$5 by paypal"), facets("paypal, 5 dollars")
    assert differences(ours, theirs) == ()
    assert shared(ours, theirs) == ours


def test_a_kind_that_always_mattered_weighs_much_one_that_never_did_little_and_a_name_nothing() -> None:
    evidence = count_evidence(tickets(60))
    assert evidence.weight("choice:payment") > 0.85
    assert evidence.weight("identifier:order") < -0.8
    assert abs(evidence.weight("context:user")) < 0.1
    assert evidence.weight("never seen") == 0.0


def test_few_pairs_weigh_less_than_many() -> None:
    assert (
        0 < count_evidence(tickets(4)).weight("choice:payment") < count_evidence(tickets(40)).weight("choice:payment")
    )


def test_differences_are_weighed_and_told_with_their_evidence_most_telling_first() -> None:
    evidence = count_evidence(tickets(30))
    found = differences(facets("order 1, gift card"), facets("order 2, credit card"))
    payment, order = evidence.weigh(found)
    assert payment.evidence == "15 of 15 past pairs with gift card against credit card were handled differently"
    assert (payment.differed, payment.otherwise) == (15, 15)
    assert order.evidence == "0 of 15 past pairs that differ in order identifier were handled differently"
    assert payment.weight > 0 > order.weight


def test_two_values_seen_against_each_other_go_before_their_kind() -> None:
    visa, master, gift = (facets(f"pay by {name}") for name in ("visa", "mastercard", "gift card"))
    evidence = count_evidence([(visa, gift, False)] * 20 + [(master, gift, False)] * 20 + [(visa, master, True)] * 20)
    alike, apart = (evidence.weigh(differences(visa, other))[0].weight for other in (master, gift))
    assert alike < 0 < apart


def test_cases_are_told_apart_by_what_mattered_only() -> None:
    evidence = count_evidence(tickets(60))
    gift, other_gift, credit = (
        Case(text=f"order {n}, {card} card") for n, card in ((1, "gift"), (2, "gift"), (1, "credit"))
    )
    assert tell_apart(gift, other_gift, evidence) == 0.0
    assert tell_apart(gift, credit, evidence) == tell_apart(credit, gift, evidence) > 0.85


@pytest.mark.parametrize(
    ("kind", "name"), [("amount", "amount"), ("choice:size", "size"), ("error_code", "error code")]
)
def test_kinds_have_names_that_people_use(kind: str, name: str) -> None:
    assert kind_name(kind) == name


FACETS = st.lists(
    st.builds(Facet, kind=st.sampled_from(["amount", "choice:size", "date"]), value=st.sampled_from(["a", "b", ""])),
    max_size=4,
).map(tuple)
PAIRS = st.lists(st.tuples(FACETS, FACETS, st.booleans()), max_size=12)


@given(PAIRS, st.integers())
def test_evidence_does_not_depend_on_the_order_of_pairs_or_within_them(pairs: list[Pair], seed: int) -> None:
    shuffled = [(b, a, same) for a, b, same in pairs]
    random.Random(seed).shuffle(shuffled)
    assert count_evidence(shuffled) == count_evidence(pairs)


@given(PAIRS)
def test_evidence_survives_json(pairs: list[Pair]) -> None:
    evidence = count_evidence(pairs)
    assert Evidence.from_json(json.loads(json.dumps(evidence.to_json()))) == evidence


@given(PAIRS, FACETS, FACETS)
def test_weights_stay_within_bounds(pairs: list[Pair], ours: tuple[Facet, ...], theirs: tuple[Facet, ...]) -> None:
    weighed = count_evidence(pairs).weigh(differences(ours, theirs))
    assert all(-1 <= difference.weight <= 1 for difference in weighed)
    assert [d.weight for d in weighed] == sorted((d.weight for d in weighed), reverse=True)


@pytest.mark.parametrize(
    ("label", "parts"),
    [
        ("lookup > refund x2", {"lookup": 1, "refund": 2}),
        ("cancel x3 + modify items", {"cancel": 3, "modify items": 1}),
        ("a > b > a", {"a": 2, "b": 1}),
        ("pick_clean+slice(Tomato,Microwave)", {"pick_clean": 1, "slice": 1, "Tomato": 1, "Microwave": 1}),
        ("(no change)", {"no change": 1}),
        ("gas", {"gas": 1}),
        ("box x0; max3", {"box x0": 1, "max3": 1}),
        (" > ,, ", {}),
    ],
)
def test_a_label_is_split_into_counted_parts(label: str, parts: dict[str, float]) -> None:
    assert parts_of(label) == parts


@given(
    st.dictionaries(st.from_regex(r"[a-w_]{1,8}", fullmatch=True), st.integers(1, 99), max_size=6),
    st.sampled_from(">|;,+"),
)
def test_parts_written_with_counts_are_read_back(parts: dict[str, int], mark: str) -> None:
    assert parts_of(f" {mark} ".join(f"{name} x{count}" for name, count in parts.items())) == parts


@given(st.text())
def test_any_label_has_parts_without_separators(label: str) -> None:
    assert not [part for part in parts_of(label) if set(part) & set(">|;,+()") or part != part.strip() or not part]


def test_a_profile_joins_the_parts_with_the_tools_of_the_steps() -> None:
    steps = (Step(tool="lookup"), Step(tool="refund"), Step(tool="lookup"))
    assert profile_of("refund x2", steps) == Profile(parts={"refund": 2, "step:lookup": 2, "step:refund": 1})


def test_the_mean_profile_counts_what_is_missing_as_nothing() -> None:
    assert mean_profile([profile_of("a > b"), profile_of("a x3")]) == Profile(parts={"a": 2.0, "b": 0.5})
    assert mean_profile([]) == Profile(parts={})
