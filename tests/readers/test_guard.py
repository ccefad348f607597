"""The guard learns from the memory alone, sees no answer it is judged on, and is kept as plain numbers."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from telltale.memory.errors import StoreCorrupt
from telltale.memory.store import TenantStore
from telltale.memory.testing import put
from telltale.readers.evidence import NAMES, weigh
from telltale.readers.fit import LEAST_CASES, fit_model, pairs_of
from telltale.readers.fitted import FittedPanel
from telltale.readers.guard import restored, shipped, to_bytes, unpack
from telltale.readers.panel import Panel, panel_of
from telltale.readers.serving import NAME, is_stale, learn_guard, load_guard

from .conftest import history


@pytest.fixture(scope="module")
def fitted(learned: TenantStore) -> FittedPanel:
    return FittedPanel(panel_of(learned.block(), {}))


def relabelled(panel: Panel, row: int, procedure: str) -> FittedPanel:
    """The same memory, had one of its cases been handled by ``procedure``."""
    names = [panel.procedures[index] for index in panel.of]
    names[row] = procedure
    return FittedPanel(Panel(panel.block, names))


def test_what_a_case_was_really_handled_by_never_reaches_its_own_evidence(fitted: FittedPanel) -> None:
    """If a case's own label leaked into what is said of it, changing the label would change what is said."""
    panel, row = fitted.panel, 5
    other = next(name for name in panel.procedures if name != panel.procedures[panel.of[row]])
    twin = relabelled(panel, row, other)
    own = np.array([row])
    for one, two in zip(fitted.opinions_without(own), twin.opinions_without(own), strict=True):
        np.testing.assert_allclose(one.mixed, two.mixed, atol=1e-4)
        np.testing.assert_allclose(one.meaning, two.meaning, atol=1e-4)
        np.testing.assert_allclose(one.wording, two.wording, atol=1e-4)


def test_a_novel_case_has_no_right_candidate(fitted: FittedPanel) -> None:
    pairs = pairs_of(fitted)
    assert not pairs.right[pairs.novel].any()
    assert pairs.right[~pairs.novel].any()


def test_leaving_a_procedure_out_leaves_nothing_of_it(fitted: FittedPanel) -> None:
    panel = fitted.panel
    members = np.nonzero(panel.of == 0)[0]
    mixed = np.array([opinion.mixed for opinion in fitted.opinions_without(members)])
    np.testing.assert_allclose(mixed[:, 0], 0.0, atol=1e-3)


def test_evidence_does_not_depend_on_the_order_of_the_neighbours(fitted: FittedPanel) -> None:
    panel = fitted.panel
    question, rows = panel.question(0), np.arange(1, 30)
    opinion = fitted.opinions_without(np.array([0]))[0]
    names = [panel.procedures[index] for index in panel.of]
    forward = weigh(question, panel.block.take(rows), [names[row] for row in rows], panel, opinion)
    backward = weigh(question, panel.block.take(rows[::-1]), [names[row] for row in rows[::-1]], panel, opinion)
    np.testing.assert_allclose(forward, backward[::-1], atol=1e-4)


def test_evidence_is_finite_for_a_lone_neighbour_and_a_case_without_words(fitted: FittedPanel) -> None:
    panel = fitted.panel
    blank = replace(panel.question(0), tokens=np.zeros(0, np.uint32), facts=np.zeros(0, np.uint32))
    opinion = panel.opinion(fitted.heads, panel.alike(blank), blank)
    assert np.isfinite(weigh(blank, panel.block.take([3]), ["only"], panel, opinion)).all()


def test_the_model_learns_what_separates_right_from_wrong(fitted: FittedPanel) -> None:
    pairs = pairs_of(fitted)
    scores = fit_model(pairs).score(pairs.evidence)
    right, wrong = scores[pairs.right], scores[~pairs.right]
    assert np.median(right) > np.quantile(wrong, 0.95)


def test_a_guard_survives_being_stored(learned: TenantStore, fitted: FittedPanel) -> None:
    guard = load_guard(learned)
    told, arrays = unpack(to_bytes(guard))
    again = restored(told, arrays, guard.panel)
    evidence = pairs_of(fitted).evidence[:50]
    np.testing.assert_array_equal(again.model.score(evidence), guard.model.score(evidence))
    assert again.certified(0.1) == guard.certified(0.1)
    assert again.differences == guard.differences


def test_bytes_that_are_no_guard_are_refused() -> None:
    with pytest.raises(StoreCorrupt, match=r"learn\(\) makes it anew"):
        unpack(b"not an archive")


def test_a_small_memory_is_served_by_the_prior(fresh: TenantStore) -> None:
    put(fresh, *history(count=5))
    assert LEAST_CASES > 20
    assert learn_guard(fresh).calibration is None
    assert load_guard(fresh).model is shipped("prior")


def test_a_guard_is_stale_when_the_memory_has_grown_by_a_fifth(fresh: TenantStore) -> None:
    put(fresh, *history(count=20))
    assert is_stale(fresh)
    learn_guard(fresh)
    assert not is_stale(fresh)
    put(fresh, *history(seed=1, count=26))
    assert is_stale(fresh)


def test_what_is_forgotten_no_longer_guards(fresh: TenantStore) -> None:
    put(fresh, *history(count=20))
    learn_guard(fresh)
    gone = fresh.block().ids[0]
    fresh.forget(episode_ids=[gone])
    assert gone not in load_guard(fresh).panel.block.ids


def test_a_guard_is_kept_under_its_name_with_no_pickle(learned: TenantStore) -> None:
    payload = learned.load(NAME)
    assert payload is not None
    told, arrays = unpack(payload)
    assert told["evidence"] == list(NAMES)
    assert all(array.dtype.kind in "fb" for array in arrays.values())
