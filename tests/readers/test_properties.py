"""What must not change a verdict, and what a memory with little in it says.

Two promises: the same number (to 1e-4), where nothing that is judged has changed; the same decision, where the wording
has, since another number or name is another word to an embedder.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from telltale.learning import learn
from telltale.memory.store import Store, TenantStore
from telltale.memory.testing import an_episode, put
from telltale.memory.types import Case, Episode, Outcome
from telltale.readers.answer import Answer
from telltale.readers.neighbourhood import describe, gather
from telltale.readers.recall import assess
from telltale.readers.serving import learn_guard, load_guard

from .conftest import OPENINGS, Ask, asker, history

CASES = (
    "Please refund order 77, it was paid by gift card",
    "Refund 12 for me, it was paid by credit card",
    "Stop order 9, it is already shipped, please",
    "Could you refund 31, paid in cash",
    "Translate this poem by Rilke into Welsh",
)
NAMES = ("Anna", "Bob", "Chen", "Dora", "Emil")
SAME_NUMBER = 1e-4

few = settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def decision(found: Answer) -> tuple[bool, set[str]]:
    return found.abstained, {verdict.candidate.procedure for verdict in found.admitted}


def judged(found: Answer) -> dict[str, float]:
    return {verdict.candidate.id: verdict.probability for verdict in found.verdicts}


# ---- what must not matter ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", CASES)
def test_the_order_in_which_candidates_come_changes_no_number(learned: TenantStore, text: str) -> None:
    guard, asked = load_guard(learned), describe(Case(text=text), learned)
    around = gather(asked, learned, guard)
    order = random.Random(0).sample(range(len(around.block)), len(around.block))
    shuffled = replace(
        around,
        block=around.block.take(order),
        procedures=[around.procedures[row] for row in order],
        by=[around.by[row] for row in order],
    )
    before, after = (
        {verdict.candidate.id: verdict.probability for verdict in assess(asked, each, guard)}
        for each in (around, shuffled)
    )
    assert after == pytest.approx(before, abs=SAME_NUMBER)


@pytest.mark.parametrize("fitted", [False, True], ids=["prior", "learned"])
@pytest.mark.parametrize("copies", [1, 40])
def test_copies_of_an_episode_change_no_decision_and_are_shown_once(
    fresh: TenantStore, copies: int, *, fitted: bool
) -> None:
    past = history()
    put(fresh, *past)
    ask = learned_or_not(fresh, fitted=fitted)
    before = [ask(text) for text in CASES]
    put(fresh, *(replace(past[place], trace_id=f"copy {n}") for place in (0, 3) for n in range(copies)))
    ask = learned_or_not(fresh, fitted=fitted)
    for text, was in zip(CASES, before, strict=True):
        found = ask(text)
        assert decision(found) == decision(was)
        assert best(found) == pytest.approx(best(was), abs=0.02)  # which of equally near cases are looked at may change
        shown = [verdict.candidate.text for verdict in found.admitted]
        assert len(shown) == len(set(shown))


def test_another_tenants_data_changes_no_number(fresh: TenantStore, tmp_path: Path) -> None:
    put(fresh, *history(count=20))
    learn_guard(fresh)
    before = [judged(asker(fresh)(text)) for text in CASES]
    other = Store.open(tmp_path / "store").tenant("other")
    put(other, *(replace(episode, signature="something else") for episode in history(count=20)))
    learn_guard(other)
    after = [judged(asker(fresh)(text)) for text in CASES]
    assert [judgements.keys() for judgements in after] == [judgements.keys() for judgements in before]
    assert all(now == pytest.approx(was, abs=SAME_NUMBER) for now, was in zip(after, before, strict=True))


@pytest.fixture(scope="module")
def of_customers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TenantStore]:
    """A memory in which it never mattered who asked."""
    store, rng = Store.open(tmp_path_factory.mktemp("customers")), random.Random(3)
    tenant = store.tenant()
    put(tenant, *(replace(episode, context={"customer": rng.choice(NAMES)}) for episode in history()))
    learn_guard(tenant)
    yield tenant
    store.close()


@few
@given(order=st.integers(1, 10**8), customer=st.sampled_from(["Zoe", "Yusuf O'Neill", *NAMES]))
def test_an_order_number_or_a_persons_name_changes_no_decision(
    of_customers: TenantStore, order: int, customer: str
) -> None:
    ask = asker(of_customers)
    found = ask(f"Please refund order {order}, it was paid by gift card", {"customer": customer})
    assert decision(found) == (False, {"refund_to_balance"})
    assert decision(ask(f"Could you refund {order}, paid in cash", {"customer": customer})) == (True, set())


# ---- memories with little in them ----------------------------------------------------------------------------------

THINGS = ("order", "parcel", "lamp", "phone", "seat", "plan", "card", "ticket", "invoice", "deposit")
VERBS = ("refund", "cancel", "move", "close", "renew", "split", "merge")
REFUND = "Refund order 77, it was paid by gift card"
FOREIGN = ("Will it rain in Paris tomorrow?", "Cancel my subscription", "Übersetze das Gedicht", "")


def refunds(count: int, **fields: object) -> list[Episode]:
    texts = (OPENINGS[n % 4].format(n=n) + ", it was paid by gift card" for n in range(count))
    return [an_episode(text, **fields) for text in texts]


LITTLE: dict[str, Sequence[Episode]] = {
    "nothing": (),
    "one episode": refunds(1),
    "one procedure": refunds(5),
    "one procedure, often": refunds(80),
    "one procedure, of unknown outcome": refunds(80, outcome=Outcome.UNKNOWN),
    "only failures": refunds(80, outcome=Outcome.FAILURE),
    "only failures of a given procedure": refunds(80, outcome=Outcome.FAILURE, label="refund"),
    "no procedure at all": refunds(70, steps=(), signature=""),
    "all different": [
        an_episode(f"{verb} the {thing} 7", label=f"{verb}_{thing}") for verb in VERBS for thing in THINGS
    ],
}


@pytest.fixture(scope="module")
def little(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Ask]]:
    """``little(name, fitted=...)`` asks a memory of that little, before or after it has learned."""
    store = Store.open(tmp_path_factory.mktemp("little"))

    @cache
    def memory_of(name: str, *, fitted: bool) -> Ask:
        tenant = store.tenant(f"{name.replace(' ', '-').replace(',', '')}-{fitted}")
        put(tenant, *LITTLE[name])
        if fitted:
            learn(tenant)
        return asker(tenant)

    yield memory_of
    store.close()


every_little_memory = pytest.mark.parametrize("name", LITTLE)
before_and_after = pytest.mark.parametrize("fitted", [False, True], ids=["before", "after"])


@every_little_memory
@before_and_after
def test_a_memory_of_little_admits_nothing_to_a_case_of_another_kind(
    little: Callable[..., Ask], name: str, *, fitted: bool
) -> None:
    ask = little(name, fitted=fitted)
    for text in FOREIGN:
        found = ask(text)
        assert decision(found) == (True, set())
        assert found.reason


@every_little_memory
@before_and_after
def test_a_memory_of_little_promises_nothing_strictly(little: Callable[..., Ask], name: str, *, fitted: bool) -> None:
    found = little(name, fitted=fitted)(REFUND, strict=True)
    assert decision(found) == (True, set())
    assert not found.calibrated


@before_and_after
def test_a_memory_of_one_procedure_follows_it_and_does_not_claim_more(
    little: Callable[..., Ask], *, fitted: bool
) -> None:
    found = little("one procedure, often", fitted=fitted)(REFUND)
    assert decision(found) == (False, {"refund"})
    assert not found.calibrated
    assert "too little is known here" in found.reason


@before_and_after
def test_a_memory_of_all_different_procedures_does_not_guess(little: Callable[..., Ask], *, fitted: bool) -> None:
    found = little("all different", fitted=fitted)("swap the sofa")
    assert decision(found) == (True, set())
    assert "nothing cleared the guard" in found.reason


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("nothing", "empty memory"),
        ("only failures", "nothing to follow"),
        ("only failures of a given procedure", "nothing to follow"),
        ("no procedure at all", "nothing to follow"),
        ("one episode", "nothing cleared the guard"),
    ],
)
@before_and_after
def test_why_nothing_is_admitted_is_told_honestly(
    little: Callable[..., Ask], name: str, reason: str, *, fitted: bool
) -> None:
    found = little(name, fitted=fitted)("Refund the parcel")
    assert found.abstained
    assert found.reason.startswith(reason)


def learned_or_not(tenant: TenantStore, *, fitted: bool) -> Ask:
    if fitted:
        learn_guard(tenant)
    return asker(tenant)


def best(found: Answer) -> float:
    return found.verdicts[0].probability
