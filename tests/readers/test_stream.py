"""The share of novel cases is told from the cases that were really asked."""

from __future__ import annotations

import numpy as np
import pytest

from telltale.memory.store import TenantStore
from telltale.memory.testing import put
from telltale.readers.fit import LEAST_NOVEL
from telltale.readers.serving import learn_guard
from telltale.readers.stream import LEAST, share_of

from .conftest import history


@pytest.mark.parametrize("share", [0.1, 0.3, 0.6])
def test_the_share_of_low_scores_is_the_share_of_novel_cases(share: float) -> None:
    rng = np.random.default_rng(0)
    known, novel = rng.normal(2, 1, 2000), rng.normal(-1, 1, 2000)
    asked = np.where(rng.random(1000) < share, rng.normal(-1, 1, 1000), rng.normal(2, 1, 1000))
    assert share_of(asked, known, novel) == pytest.approx(share, abs=0.06)


def noted(tenant: TenantStore, texts: list[str]) -> None:
    for number, text in enumerate(texts):
        tenant.note_recall({"id": str(number), "text": text, "context": {}})


def test_a_memory_that_was_asked_about_other_things_expects_more_of_them(fresh: TenantStore) -> None:
    put(fresh, *history(count=20))
    before = learn_guard(fresh).calibration
    noted(fresh, [f"Translate poem number {number} into Welsh and rhyme it" for number in range(LEAST)])
    after = learn_guard(fresh).calibration
    assert before is not None
    assert after is not None
    assert before.novel_share == LEAST_NOVEL
    assert after.novel_share > 2 * LEAST_NOVEL


def test_a_few_recalls_say_nothing_of_the_stream(fresh: TenantStore) -> None:
    put(fresh, *history(count=20))
    noted(fresh, ["Translate a poem into Welsh"] * (LEAST - 1))
    guard = learn_guard(fresh)
    assert guard.calibration is not None
    assert guard.calibration.novel_share == LEAST_NOVEL
