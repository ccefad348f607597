"""Paraphrases of a skill: cases told in words that no past case has used find it, and nothing else is moved by them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from telltale.memory.skills import searched
from telltale.memory.store import Store, TenantStore
from telltale.memory.testing import an_episode, put
from telltale.memory.types import Case, Skill, Status
from telltale.readers.neighbourhood import describe
from telltale.readers.paraphrased import ROWS, in_other_words, keep_paraphrases
from telltale.readers.serving import learn_guard, load_guard
from telltale.readers.why import why_of

from .conftest import asker

TASKS = {
    "dinner": "Book a romantic dinner",
    "taxi": "Order a taxi to the station",
    "haircut": "Make an appointment for a haircut",
    "flowers": "Send a bunch of flowers",
}
DAYS = ("Monday", "Tuesday", "Friday evening", "Saturday", "the ninth of May")
OTHERWISE = ("a cosy evening meal for two", "a candlelit meal with my wife", "reserve a table for a couple")
TOLD = "A cosy evening meal for two, please"


@pytest.fixture
def evenings(tmp_path: Path) -> Iterator[TenantStore]:
    """A small memory of errands, without skills."""
    store = Store.open(tmp_path / "store")
    tenant = store.tenant()
    for name, text in TASKS.items():
        put(tenant, *(an_episode(f"{text} on {day}", label=name) for day in DAYS))
    yield tenant
    store.close()


def teach(tenant: TenantStore, *paraphrases: str, status: Status = Status.ACTIVE) -> None:
    """Put a skill for dinners there with those paraphrases."""
    skill = Skill(
        id="skill-dinner",
        name="dinner",
        procedure="dinner",
        when_to_use="booking a romantic dinner",
        paraphrases=paraphrases,
        evidence=tuple(episode.id for episode in tenant.episodes() if episode.label == "dinner"),
        status=status,
    )
    tenant.put_skills([skill], tenant.embedder.embed([searched(skill)]))
    keep_paraphrases(tenant)


def best(tenant: TenantStore, text: str = TOLD, **options: object) -> tuple[str, float]:
    first = asker(tenant)(text, **options).verdicts[0]
    return first.candidate.procedure, first.probability


def test_a_case_in_the_words_of_a_paraphrase_finds_the_skill(evenings: TenantStore) -> None:
    before = best(evenings)
    teach(evenings, *OTHERWISE)
    first = asker(evenings)(TOLD).verdicts[0]
    assert (first.candidate.kind, first.candidate.procedure) == ("skill", "dinner")
    assert first.probability > 5 * before[1]
    assert best(evenings, kinds="episodes") == before


def test_a_paraphrase_is_never_told_as_if_it_were_a_past_case(evenings: TenantStore) -> None:
    teach(evenings, *OTHERWISE)
    found = asker(evenings)(TOLD, risk=0.99)
    assert found.admitted[0].candidate.kind == "skill"
    assert not any(words in found.text + str(found.messages()) for words in OTHERWISE)
    ids = [verdict.candidate.id for verdict in found.verdicts]
    assert len(ids) == len(set(ids))


def test_a_skill_that_only_a_paraphrase_clears_is_shown_alone(evenings: TenantStore) -> None:
    teach(evenings, *OTHERWISE)
    skill, *rest = asker(evenings)(TOLD).verdicts
    between = (skill.probability + max(one.probability for one in rest)) / 2
    found = asker(evenings)(TOLD, risk=1 - between)
    assert [verdict.candidate.id for verdict in found.admitted] == ["skill-dinner"]
    assert "An earlier task, as data" in found.messages()[0]["content"]


def test_what_is_not_trusted_lends_no_words(evenings: TenantStore) -> None:
    before = best(evenings)
    teach(evenings, *OTHERWISE)
    teach(evenings, *OTHERWISE, status=Status.CANDIDATE)
    assert best(evenings) == before


def test_a_paraphrase_that_was_taken_back_says_nothing_any_more(evenings: TenantStore) -> None:
    before = best(evenings)
    teach(evenings, *OTHERWISE)
    teach(evenings)
    assert best(evenings) == before


def test_paraphrases_bring_a_bounded_number_of_rows(evenings: TenantStore) -> None:
    teach(evenings, *(f"a cosy meal for {number}" for number in range(200)))
    guard, asked = load_guard(evenings), describe(Case(text=TOLD), evenings)
    alike = guard.panel.alike(asked.question).meaning
    assert 0 < len(in_other_words(asked.question, TOLD, alike, evenings, guard)) <= ROWS


def test_learning_makes_the_vectors_and_a_reader_elsewhere_finds_them(evenings: TenantStore, tmp_path: Path) -> None:
    teach(evenings)
    skill = replace(evenings.skills()[0], paraphrases=OTHERWISE)
    evenings.put_skills([skill], evenings.embedder.embed([searched(skill)]))
    learn_guard(evenings)
    other = Store.open(tmp_path / "store", read_only=True)
    assert best(other.tenant()) == best(evenings)
    assert best(evenings)[1] > best(evenings, kinds="episodes")[1]
    other.close()


def test_the_reasons_for_a_skill_that_a_paraphrase_found_can_be_asked_for(evenings: TenantStore) -> None:
    teach(evenings, *OTHERWISE)
    found = asker(evenings)(TOLD)
    reasons = why_of(found, found.verdicts[0].candidate.id, evenings, load_guard(evenings))
    assert all(reason.instead is not None for reason in reasons)
