"""What was said of recalls becomes labelled pairs, moves the same case at once, and teaches the next fit."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from telltale.memory.facets import find_facets
from telltale.memory.tenants import TenantStore
from telltale.memory.testing import put
from telltale.memory.types import Case, Outcome
from telltale.readers.calibrate import threshold
from telltale.readers.evidence import NAMES
from telltale.readers.feedback import lessons_of
from telltale.readers.fit import fit_model, pairs_of
from telltale.readers.fitted import FittedPanel
from telltale.readers.guard import shipped
from telltale.readers.heard import TOLD, Word, moved
from telltale.readers.lessons import JUDGED, MOST, STATED, WEAK, Heeded, LabelledPair, heed, pairs_in
from telltale.readers.panel import panel_of
from telltale.readers.serving import learn_guard, load_guard

from .conftest import Ask, asker, history

GIFT = "Please refund order 1832, it was paid by gift card"
CREDIT = "Please refund order 1832, it was paid by credit card"


def said(text: str = "refund", **given: Any) -> dict[str, Any]:
    nothing: dict[str, Any] = {"helped": [], "misled": [], "used": [], "outcome": None, "admitted": [], "context": {}}
    return {"recall": "r", "text": text, "threshold": 0.9, "risk": 0.05, **nothing, **given}


def heeded(*rows: dict[str, Any]) -> list[LabelledPair]:
    pairs: Heeded = {}
    heed(pairs, (pair for row in rows for pair in pairs_in(row)))
    return list(pairs.values())


def labels(*rows: dict[str, Any]) -> dict[str, tuple[bool, float]]:
    return {pair.candidate: (pair.right, pair.weight) for pair in heeded(*rows)}


def test_what_is_stated_weighs_more_than_what_follows() -> None:
    row = said(helped=["a"], misled=["b"], used=["a", "c"], outcome="failure")
    assert labels(row) == {"a": (True, STATED), "b": (False, STATED), "c": (False, WEAK[Outcome.FAILURE])}


@pytest.mark.parametrize("row", [said(outcome="failure"), said(used=["a"]), said(used=["a"], outcome="partial")])
def test_an_outcome_or_a_use_alone_labels_nothing(row: dict[str, Any]) -> None:
    assert labels(row) == {}


def test_the_newest_word_counts_and_what_was_stated_is_not_unsaid_by_an_outcome() -> None:
    rows = [said(helped=["a"]), said(misled=["a"]), said(used=["a"], outcome="success")]
    assert labels(*rows) == {"a": (False, STATED)}


def test_the_oldest_words_make_room_for_new_ones() -> None:
    pairs = heeded(*(said(f"case {number}", helped=["a"]) for number in range(MOST + 3)))
    assert (len(pairs), pairs[0].case.text) == (MOST, "case 3")


def test_a_word_on_another_case_is_another_pair() -> None:
    assert len(heeded(said(helped=["a"]), said("cancel", helped=["a"]))) == 2


def test_only_what_was_shown_tells_how_often_answers_mislead() -> None:
    shown, unshown = heeded(said(helped=["a", "b"], admitted=["a"]))
    assert (shown.bar, unshown.bar) == (0.9, None)


def test_blame_never_raises_and_praise_never_lowers() -> None:
    before = np.array([0.001, 0.6, 0.999, 0.6])
    blamed = moved(before, ["p", "p", "p", "q"], {"p": Word(nearness=0.5, right=False)})
    praised = moved(before, ["p", "p", "p", "q"], {"p": Word(nearness=0.5, right=True)})
    assert (blamed <= before).all()
    assert (praised >= before).all()
    assert blamed[3] == praised[3] == 0.6


def test_a_word_on_this_very_case_stands_for_the_estimate() -> None:
    told = 1 / (1 + np.exp(-TOLD))
    sure = np.array([1 - 1e-13])
    assert moved(sure, ["p"], {"p": Word(nearness=1.0, right=False)})[0] == pytest.approx(1 - told)
    assert moved(1 - sure, ["p"], {"p": Word(nearness=1.0, right=True)})[0] == pytest.approx(told)


@pytest.fixture
def spoken(fresh: TenantStore) -> tuple[TenantStore, Ask]:
    """A tenant that has learned, to which feedback can be given."""
    put(fresh, *history(count=20))
    learn_guard(fresh)
    return fresh, asker(fresh)


def tell(tenant: TenantStore, text: str, **given: Any) -> None:
    tenant.add_feedback(said(text, **given))


def test_what_misled_is_not_admitted_again_for_the_case_or_one_that_differs_in_a_number(
    spoken: tuple[TenantStore, Ask],
) -> None:
    tenant, ask = spoken
    first = ask(GIFT).admitted[0].candidate
    tell(tenant, GIFT, misled=[first.id])
    for text in (GIFT, GIFT.replace("1832", "1833")):
        assert first.procedure not in {verdict.candidate.procedure for verdict in ask(text).admitted}


def test_the_look_alike_of_a_case_that_was_misled_is_still_answered(spoken: tuple[TenantStore, Ask]) -> None:
    tenant, ask = spoken
    before = ask(CREDIT)
    tell(tenant, GIFT, misled=[before.admitted[0].candidate.id])
    assert ask(CREDIT).admitted[0].probability == before.admitted[0].probability


def test_what_helped_is_raised_for_the_case_but_not_for_its_look_alike(spoken: tuple[TenantStore, Ask]) -> None:
    tenant, ask = spoken
    wrong = ask(CREDIT).admitted[0].candidate

    def chance(text: str) -> float:
        return max(v.probability for v in ask(text).verdicts if v.candidate.procedure == wrong.procedure)

    gift, near = chance(GIFT), chance("Refund order 1834 for me, it was paid by gift card")
    tell(tenant, GIFT, helped=[wrong.id])
    assert chance(GIFT) > max(gift, 0.9)
    tell(tenant, CREDIT, helped=[ask(GIFT).verdicts[-1].candidate.id])
    assert chance("Refund order 1834 for me, it was paid by gift card") >= near


def test_words_on_a_forgotten_memory_go_with_it(spoken: tuple[TenantStore, Ask]) -> None:
    tenant, ask = spoken
    id_ = ask(GIFT).admitted[0].candidate.id
    tell(tenant, GIFT, misled=[id_])
    assert load_guard(tenant).heard.keys
    tenant.forget(episode_ids=[id_])
    learn_guard(tenant)
    assert not load_guard(tenant).heard.keys
    assert ask(GIFT).admitted


def test_the_bar_rises_with_mistakes_until_nothing_is_admitted(spoken: tuple[TenantStore, Ask]) -> None:
    tenant, ask = spoken
    shown = ask(GIFT)
    bars = [shown.threshold]
    for number in range(11):
        tell(tenant, f"some other case {number}", recall=str(number), risk=0.1, misled=["gone"], admitted=["gone"])
        bars.append(ask(GIFT).threshold)
    assert bars == sorted(bars)
    closed = ask(GIFT)
    assert closed.abstained
    assert "feedback has closed the memory: 11 of 11 answers misled, where 1.1 were promised" in closed.reason
    learn_guard(tenant)
    assert ask(GIFT).threshold < 1.0


def test_help_lowers_the_bar_of_the_prior_and_the_reason_says_so(fresh: TenantStore) -> None:
    put(fresh, *history(count=5))
    ask = asker(fresh)
    before = ask(GIFT).threshold
    for number in range(30):
        tell(fresh, f"some other case {number}", recall=str(number), helped=["gone"], admitted=["gone"])
    after = ask(GIFT)
    assert before == 0.95
    assert 0.90 <= after.threshold < 0.95
    assert "feedback moved the bar from 0.950" in after.reason
    assert ask(GIFT, strict=True).abstained


def test_lessons_stand_beside_past_pairs_and_pull_the_model(learned: TenantStore) -> None:
    fitted = FittedPanel(panel_of(learned.block(), {}))
    ids = dict(zip(learned.block().keys, learned.block().ids, strict=True))
    rows = [
        said(f"Refund {n} for me, it was paid by gift card", misled=[ids["refund_to_balance"]], helped=["nobody"])
        for n in range(20)
    ]
    lessons = lessons_of(rows, learned, fitted, {})
    assert lessons is not None
    assert lessons.evidence.shape == (len(lessons.right), len(NAMES))
    assert lessons.weight.sum() == pytest.approx(20 * STATED, rel=1e-4)
    assert not lessons.right[lessons.weight > 0].any()
    pairs = pairs_of(fitted)
    told = lessons.weight > 0
    before, after = (fit_model(pairs, shipped("start"), each).score(lessons.evidence[told]) for each in (None, lessons))
    assert after.mean() < before.mean()


def test_a_judges_word_weighs_less_and_is_unsaid_by_a_persons(learned: TenantStore) -> None:
    fitted, id_ = FittedPanel(panel_of(learned.block(), {})), learned.block().ids[0]
    judged = [(Case(text="refund it"), id_, True), (Case(text="stop it"), id_, True)]
    lessons = lessons_of([said("stop it", misled=[id_])], learned, fitted, {}, judged)
    assert lessons is not None
    weight = np.bincount(lessons.case, lessons.weight * np.where(lessons.right, 1, -1))
    np.testing.assert_allclose(sorted(weight), [-STATED, JUDGED], rtol=1e-4)


def test_a_case_that_came_to_be_remembered_does_not_answer_for_itself(learned: TenantStore) -> None:
    block = learned.block()
    fitted = FittedPanel(panel_of(block, {}))
    row = 3
    text = next(learned.episodes([block.ids[row]])).text
    other = next(
        id_ for id_, key in zip(block.ids, block.keys, strict=True) if key == block.keys[row] and id_ != block.ids[row]
    )
    lessons = lessons_of([said(text, helped=[other])], learned, fitted, {})
    assert lessons is not None
    assert lessons.evidence[:, NAMES.index("wording")].max() < 0.999


def test_a_case_seen_above_a_bar_certifies_nothing_below_it() -> None:
    scores, right = np.arange(400.0), np.ones(400, np.bool_)
    floors = np.where(scores >= 100, 300.0, -np.inf)
    assert threshold(scores, right, 0.05) == 0.0
    lowest = threshold(scores, right, 0.05, floors=floors)
    assert lowest is not None
    assert lowest >= 300.0


def test_facets_of_a_case_decide_whether_it_was_asked_before(spoken: tuple[TenantStore, Ask]) -> None:
    tenant, ask = spoken
    id_ = ask(GIFT).admitted[0].candidate.id
    tell(tenant, GIFT, misled=[id_])
    guard = load_guard(tenant)
    vector = tenant.embedder.embed([GIFT])[0]
    asked = {
        text: guard.heard.words(vector, find_facets(Case(text=text)), {}, guard.differences) for text in (GIFT, CREDIT)
    }
    assert asked[GIFT]
    assert not asked[CREDIT]
