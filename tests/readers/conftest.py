"""A small memory of refunds and cancellations that look alike, learned from once."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from telltale.memory.budget import count_tokens
from telltale.memory.store import Store, TenantStore
from telltale.memory.testing import an_episode, put
from telltale.memory.types import Case, Context, Episode, Step
from telltale.readers.answer import Answer
from telltale.readers.recall import recall
from telltale.readers.serving import learn_guard, load_guard

Ask = Callable[..., Answer]

OPENINGS = (
    "Please refund order {n}",
    "I want my money back for order {n}",
    "Refund {n} for me",
    "Could you refund {n}",
)
PAID = {"gift card": "refund_to_balance", "credit card": "refund_to_card"}
STATES = {"not shipped yet": "cancel_order", "already shipped": "intercept_parcel"}


def history(seed: int = 0, count: int = 30) -> list[Episode]:
    """``count`` episodes of each of four procedures; the look-alikes differ in one fact."""
    rng = random.Random(seed)
    made = []
    for number in range(count):
        for paid, tool in PAID.items():
            text = f"{rng.choice(OPENINGS)}, it was paid by {paid}".format(n=1000 + 7 * number)
            made.append(an_episode(text, steps=(Step(tool=tool, arguments={"n": number}),), signature=tool))
        for state, tool in STATES.items():
            text = f"Stop order {2000 + 3 * number}, it is {state}, {rng.choice(('thanks', 'quickly', 'please'))}"
            made.append(an_episode(text, steps=(Step(tool=tool, arguments={"n": number}),), signature=tool))
    return made


def asker(tenant: TenantStore) -> Ask:
    """``ask(text, context, **options)`` on ``tenant`` with the face's defaults."""

    def ask(text: str, context: Context | None = None, **options: object) -> Answer:
        given = {"k": 3, "risk": 0.05, "budget": 1500, "strict": False, "count_tokens": count_tokens, **options}
        return recall(Case(text=text, context=context or {}), tenant, load_guard(tenant), **given)  # type: ignore[arg-type]

    return ask


@pytest.fixture(scope="session")
def learned(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TenantStore]:
    """A tenant that holds :func:`history` and has learned from it. Not to be written to."""
    store = Store.open(tmp_path_factory.mktemp("learned"))
    tenant = store.tenant()
    put(tenant, *history())
    learn_guard(tenant)
    yield tenant
    store.close()


@pytest.fixture
def ask(learned: TenantStore) -> Ask:
    """Ask the learned tenant."""
    return asker(learned)


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[TenantStore]:
    """An empty tenant with the default embedder."""
    store = Store.open(tmp_path / "store")
    yield store.tenant()
    store.close()
