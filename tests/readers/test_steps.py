"""What was done in past runs tells what a case needs, and a failed run does not."""

from __future__ import annotations

import numpy as np
import pytest

from telltale.memory.store import TenantStore
from telltale.memory.testing import an_episode, put
from telltale.memory.types import Step
from telltale.readers.steps import Steps

from .conftest import asker

RUNS = [{"heat": 1.0}, {"heat": 1.0}, {"cool": 4.0}]
OF = np.array([0, 0, 1])


def test_a_procedure_is_what_its_runs_did() -> None:
    steps = Steps.of(RUNS, OF, 2, np.zeros(3, np.bool_))
    assert steps.tools == ("cool", "heat")
    assert steps.profiles.tolist() == [[0.0, 1.0], [2.0, 0.0]]


def test_what_a_failed_run_did_is_not_what_its_procedure_needs() -> None:
    steps = Steps.of([*RUNS, {"smash": 1.0}], np.array([0, 0, 1, 0]), 2, np.array([False, False, False, True]))
    assert steps.profiles[0, steps.tools.index("smash")] == pytest.approx(0.0)


def test_a_run_has_no_say_in_what_it_is_held_against() -> None:
    steps = Steps.of([{"heat": 1.0}, {"cool": 1.0}, {}], np.array([0, 0, 1]), 2, np.zeros(3, np.bool_))
    without = steps.profiles_without(np.array([1]), np.array([0, 0, 1]), 0)
    assert without[0].tolist() == [0.0, 1.0]


def test_a_refused_look_alike_is_told_by_the_tool_that_the_case_needs(fresh: TenantStore) -> None:
    """Labels say little; the steps of the runs say what would have been wrong."""
    put(
        fresh, *(an_episode(f"Warm mug {n} and shelve it", steps=(Step(tool="heat"),), label="warm") for n in range(12))
    )
    put(
        fresh,
        *(an_episode(f"Chill mug {n} and shelve it", steps=(Step(tool="cool"),), label="chill") for n in range(12)),
    )
    found = asker(fresh)("Chill mug 77 and shelve it")
    refused = next(verdict for verdict in found.refused if verdict.candidate.procedure == "warm")
    told = next(difference for difference in refused.differences if difference.kind == "step")
    assert (told.case_value, told.candidate_value) == ("cool", "heat")
