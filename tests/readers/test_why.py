"""Reasons are the guard's own arithmetic, with counts that are true."""

from __future__ import annotations

import math
from collections import Counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telltale.memory.contrast import kind_name
from telltale.memory.errors import BadArgument
from telltale.memory.facets import find_facets
from telltale.memory.store import TenantStore
from telltale.memory.testing import an_episode, put
from telltale.memory.text import words
from telltale.memory.types import Case, Episode, LookAlike, Reason, Verdict
from telltale.readers.answer import Answer
from telltale.readers.changed import with_fact, without_fact, without_words
from telltale.readers.neighbourhood import asked_anew, describe, gather
from telltale.readers.recall import assess
from telltale.readers.serving import learn_guard, load_guard
from telltale.readers.why import MOST, why

from .conftest import Ask, asker, history

CASES = (
    "Please refund order 77, it was paid by gift card",
    "Stop order 2003, it is already shipped, thanks",
    "Refund 1007 for me, it was paid by credit card",
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)


def told(found: Answer, verdict: Verdict, tenant: TenantStore) -> tuple[Reason, ...]:
    return why(found.case, verdict.candidate.id, tenant, load_guard(tenant))


def twin(found: Answer, procedure: str) -> Verdict:
    return next(verdict for verdict in found.refused if verdict.candidate.procedure == procedure)


def odds(probability: float) -> float:
    return math.log(probability) - math.log1p(-probability)


@pytest.mark.parametrize("text", CASES)
def test_what_is_named_moves_the_probability_by_exactly_the_said_log_odds(
    ask: Ask, learned: TenantStore, text: str
) -> None:
    found, guard = ask(text), load_guard(learned)
    around = gather(describe(found.case, learned), learned, guard)
    for verdict in (found.verdicts[0], found.refused[0]):
        for reason in told(found, verdict, learned):
            assert reason.instead
            changed = describe(reason.instead, learned)
            again = assess(changed, asked_anew(around, changed, guard), guard)
            probability = next(one.probability for one in again if one.candidate.id == verdict.candidate.id)
            assert reason.probability == pytest.approx(probability)
            assert reason.move == pytest.approx(odds(verdict.probability) - odds(probability), rel=1e-6)


def test_a_recall_of_the_case_without_it_gives_another_verdict(ask: Ask, learned: TenantStore) -> None:
    found = ask(CASES[0])
    strongest = told(found, found.admitted[0], learned)[0]
    assert strongest.instead == Case(text="Please refund order 77, it was paid by")
    again = ask(strongest.instead.text)
    assert strongest.move > 0
    assert again.abstained
    assert again.verdicts[0].probability < found.verdicts[0].probability


def test_the_difference_that_always_mattered_is_what_refuses_the_look_alike(ask: Ask, learned: TenantStore) -> None:
    found = ask(CASES[0])
    strongest = told(found, twin(found, "refund_to_card"), learned)[0]
    assert (strongest.kind, strongest.value, strongest.taken) == ("choice:payment", "gift card", "gift card")
    assert strongest.move < 0
    assert strongest.evidence.startswith(
        "0 of 30 past cases with payment 'gift card' used refund_to_card, 30 used refund_to_balance"
    )


def test_what_only_the_look_alike_has_is_put_in_to_see_what_lacking_it_does(ask: Ask, learned: TenantStore) -> None:
    found = ask(CASES[1])
    lacking = told(found, twin(found, "cancel_order"), learned)[0]
    assert (lacking.kind, lacking.value, lacking.taken, lacking.given) == ("negation", "", "", "not shipped")
    assert lacking.move < 0
    assert "this case has none" in lacking.evidence


@pytest.mark.parametrize("text", CASES)
def test_the_counts_are_what_counting_gives(ask: Ask, learned: TenantStore, text: str) -> None:
    found = ask(text)
    for verdict in (found.verdicts[0], *found.refused):
        for reason in told(found, verdict, learned):
            having = [episode for episode in learned.episodes() if has(episode, reason)]
            counted = Counter(episode.key for episode in {one.text: one for one in having}.values())
            assert (reason.cases, reason.used) == (counted.total(), counted[verdict.candidate.procedure])
            assert f"{reason.used} of {reason.cases} past cases" in reason.evidence


def has(episode: Episode, reason: Reason) -> bool:
    if reason.kind == "words":
        return reason.value in words(episode.text)
    return any(
        facet.kind == reason.kind and f"{kind_name(facet.kind)} '{facet.value}'" in reason.evidence
        for facet in find_facets(episode.case)
    )


@pytest.mark.parametrize("text", CASES)
def test_there_are_at_most_three_strongest_first_and_none_twice(ask: Ask, learned: TenantStore, text: str) -> None:
    found = ask(text)
    moves = [abs(reason.move) for reason in told(found, found.admitted[0], learned)]
    assert 0 < len(moves) <= MOST
    assert moves == pytest.approx(sorted(moves, reverse=True), abs=0.1)
    assert len({reason.taken for reason in told(found, found.admitted[0], learned)}) == len(moves)


def test_names_and_order_numbers_that_never_mattered_are_no_reasons(fresh: TenantStore) -> None:
    names = ("Alice", "Bob", "Carol", "Dave", "Erin")
    ways = {"gift card": "refund_to_balance", "credit card": "refund_to_card"}
    for number in range(20):
        for paid, tool in ways.items():
            put(fresh, an_episode(f"{names[number % 5]} wants order {500 + number} back, paid by {paid}", label=tool))
    learn_guard(fresh)
    found = asker(fresh)("Alice wants order 503 back, paid by gift card")
    for verdict in (found.verdicts[0], twin(found, "refund_to_card")):
        reasons = told(found, verdict, fresh)
        assert reasons[0].kind == "choice:payment"
        assert not any("alice" in reason.taken.lower() or "503" in reason.taken for reason in reasons)


def test_copies_count_once(fresh: TenantStore) -> None:
    put(fresh, *history(count=6))
    before = strongest_of(fresh)
    put(fresh, *(an_episode("Please refund order 1, it was paid by gift card", signature="refund_to_balance",
                            trace_id=str(copy), source=str(copy)) for copy in range(9)))  # fmt: skip
    after = strongest_of(fresh)
    assert (before.kind, before.cases, after.cases) == ("choice:payment", 6, 7)


def strongest_of(tenant: TenantStore) -> Reason:
    found = asker(tenant)(CASES[0])
    return told(found, found.verdicts[0], tenant)[0]


def test_a_fact_of_the_context_is_taken_out_and_the_rest_of_it_stays(fresh: TenantStore) -> None:
    for number in range(12):
        for plan in ("pro", "free"):
            context = {"plan": plan, "tags": ["web", f"t{number}"], "user": {"id": number}}
            put(fresh, an_episode(f"Raise the limit of account {number}", context=context, label=f"raise_{plan}"))
    found = asker(fresh)("Raise the limit of account 99", {"plan": "pro", "tags": ["web", "x"], "user": {"id": 99}})
    strongest = told(found, found.verdicts[0], fresh)[0]
    assert (strongest.kind, strongest.taken) == ("context:plan", "plan=pro")
    assert strongest.evidence.startswith("12 of 12 past cases with plan 'pro' used raise_pro")
    assert strongest.instead
    assert strongest.instead.context == {"tags": ["web", "x"], "user": {"id": 99}}


def test_a_stored_look_alike_that_differs_in_the_same_is_named(fresh: TenantStore) -> None:
    put(fresh, *history(count=6))
    gift = next(difference for difference in learned_differences(fresh) if difference.kind == "choice:payment")
    pair = LookAlike(first="a", second="b", first_procedure="refund_to_balance", second_procedure="refund_to_card",
                     similarity=0.9, difference=gift)  # fmt: skip
    fresh.replace_look_alikes([pair])
    assert strongest_of(fresh).evidence.endswith("; stored look-alikes that used refund_to_card differ in it")


def learned_differences(tenant: TenantStore) -> tuple[Any, ...]:
    return twin(asker(tenant)(CASES[0], risk=0.9), "refund_to_card").differences


def test_a_case_that_no_past_case_says_anything_about_has_no_reasons(fresh: TenantStore) -> None:
    put(fresh, *(an_episode(f"Refund order {number}", label="refund") for number in range(3)))
    found = asker(fresh)("Hello 7")
    assert told(found, found.verdicts[0], fresh) == ()


def test_words_that_no_past_case_has_are_named_together_where_they_are_another_subject(
    ask: Ask, learned: TenantStore
) -> None:
    found = ask("Please translate this poem by Rilke into Welsh")
    reasons = told(found, found.verdicts[0], learned)
    assert "no past case has 'translate poem rilke into welsh'" in [reason.evidence for reason in reasons]
    assert all(reason.move < 0 for reason in reasons if not reason.cases)


def test_what_has_been_forgotten_since_is_an_error_that_says_so(fresh: TenantStore) -> None:
    put(fresh, *history(count=4))
    found = asker(fresh)(CASES[0])
    fresh.forget(episode_ids=[found.verdicts[0].candidate.id])
    with pytest.raises(BadArgument, match="recall it again"):
        told(found, found.verdicts[0], fresh)


@given(st.text(max_size=60), st.dictionaries(st.text(max_size=3), VALUES, max_size=3))
def test_a_fact_that_was_taken_out_is_gone_and_no_other_came(text: str, context: dict[str, Any]) -> None:
    case = Case(text=text, context=context)
    before = find_facets(case)
    for facet in before:
        left = find_facets(without_fact(case, facet))
        assert (facet.kind, facet.value) not in {(one.kind, one.value) for one in left}
        if not facet.span:
            assert set(left) == set(before) - {facet}


@pytest.mark.parametrize("context", [{}, {"channel": "chat"}])
def test_a_fact_of_another_case_is_there_once_it_was_put_in(context: dict[str, Any]) -> None:
    other = Case(text="It was not shipped by express", context={"order": {"region": "EU"}})
    for facet in find_facets(other):
        put_in = with_fact(Case(text="Stop order 12.", context=context), facet, other)
        assert (facet.kind, facet.value) in {(one.kind, one.value) for one in find_facets(put_in)}
        assert put_in.context.items() >= context.items()


def test_words_are_taken_out_wherever_they_stand() -> None:
    left = without_words(Case(text="Card, my card! The cardboard"), {"card"})
    assert words(left.text) == ["my", "the", "cardboard"]
