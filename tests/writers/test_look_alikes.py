"""Stored pairs of alike episodes with different procedures."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from telltale.memory.block import OUTCOMES, Block
from telltale.memory.contrast import Evidence, count_evidence
from telltale.memory.facets import fact_ids, find_facets
from telltale.memory.testing import HashingEmbedder
from telltale.memory.text import token_ids
from telltale.memory.types import Case, Episode, Facet, LookAlike, Outcome
from telltale.writers.look_alikes import find


def block_of(episodes: Sequence[Episode]) -> Block:
    return Block(
        ids=[e.id for e in episodes],
        keys=[e.key for e in episodes],
        sources=[e.source for e in episodes],
        outcomes=np.array([OUTCOMES.index(e.outcome) for e in episodes], np.int8),
        given=np.array([bool(e.label) for e in episodes]),
        vectors=HashingEmbedder(256).embed([e.text for e in episodes]),
        tokens=[token_ids(e.text) for e in episodes],
        facts=[fact_ids(find_facets(e.case)) for e in episodes],
        duplicates=[e.id for e in episodes],
        times=np.full(len(episodes), np.nan),
    )


def found_in(episodes: Sequence[Episode], evidence: Evidence | None = None, most: int = 200) -> list[LookAlike]:
    facets: dict[str, tuple[Facet, ...]] = {e.id: find_facets(e.case) for e in episodes}
    names = {e.key: e.key for e in episodes}
    texts = {e.id: e.text for e in episodes}
    return find(block_of(episodes), names, facets, evidence or Evidence(), texts=texts, most=most)


def ticket(number: int, text: str, label: str, outcome: Outcome = Outcome.SUCCESS) -> Episode:
    return Episode(id=f"{number:04d}", text=text, label=label, outcome=outcome)


def payments(n: int) -> list[Episode]:
    return [
        ticket(2 * i + gift, f"refund my order {i} to the {'gift' if gift else 'credit'} card please", f"to {gift}")
        for i in range(n)
        for gift in (0, 1)
    ]


def test_a_pair_is_given_away_by_the_fact_that_mattered_before() -> None:
    gift, credit = (find_facets(Case(text=f"{kind} card")) for kind in ("gift", "credit"))
    (pair, *_) = found_in(payments(2), count_evidence([(gift, credit, False), (gift, gift, True)] * 9))
    assert (pair.first_procedure, pair.second_procedure) == ("to 0", "to 1")
    assert pair.difference is not None
    assert (pair.difference.kind, pair.difference.case_value) == ("choice:payment", "credit card")
    assert pair.difference.evidence.startswith("9 of 9 past pairs with credit card against gift card")


def test_where_no_fact_tells_the_words_of_the_procedures_do() -> None:
    tasks = [("the parcel on the porch got soaked", "a"), ("the parcel on the porch got nicked", "b")]
    episodes = [ticket(i, f"{text} {i}", label) for i, (text, label) in enumerate(tasks * 3)]
    (pair, *_) = found_in(episodes)
    assert pair.difference is not None
    assert (pair.difference.kind, pair.difference.case_value, pair.difference.candidate_value) == (
        "words",
        "soaked",
        "nicked",
    )
    assert "'soaked' stands in 3 of 3" in pair.difference.evidence


def test_failures_and_episodes_of_one_procedure_make_no_pair() -> None:
    assert found_in([ticket(1, "refund it", "a"), ticket(2, "refund it", "a")]) == []
    assert found_in([ticket(1, "refund it", "a"), ticket(2, "refund it", "b", Outcome.FAILURE)]) == []
    assert found_in([]) == []


def test_of_the_same_two_procedures_three_pairs_are_kept_most_similar_first() -> None:
    pairs = found_in(payments(20))
    assert len(pairs) == 3
    assert [pair.similarity for pair in pairs] == sorted((pair.similarity for pair in pairs), reverse=True)
    assert len(found_in(payments(20), most=2)) == 2


def test_the_order_of_the_rows_changes_nothing() -> None:
    assert found_in(payments(5)[::-1]) == found_in(payments(5))
