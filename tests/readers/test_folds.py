"""What is said of a past case comes from others than those of its own sitting."""

from __future__ import annotations

import numpy as np

from telltale.memory.block import Block
from telltale.readers.folds import FOLDS, MOST, by_procedure, by_row, sittings


def rows(sources: list[str], times: list[float] | None = None) -> Block:
    count = len(sources)
    return Block(
        ids=[str(row) for row in range(count)],
        keys=["refund"] * count,
        sources=sources,
        outcomes=np.zeros(count, np.int8),
        given=np.ones(count, np.bool_),
        vectors=np.eye(count, 8, dtype=np.float32),
        tokens=[np.zeros(0, np.uint32)] * count,
        facts=[np.zeros(0, np.uint32)] * count,
        duplicates=[str(row) for row in range(count)],
        times=np.array(times or [np.nan] * count, np.float64),
    )


def test_the_tasks_of_one_session_are_one_sitting() -> None:
    found = sittings(rows(["monday.jsonl", "tuesday.jsonl", "monday.jsonl"]))
    assert found[0] == found[2] != found[1]


def test_rows_that_say_nothing_of_where_they_come_from_stand_alone() -> None:
    assert len(set(sittings(rows([""] * 5, [0.0] * 5)).tolist())) == 5


def test_one_small_file_that_is_the_whole_memory_is_no_sitting() -> None:
    assert len(set(sittings(rows(["cases.jsonl"] * 5)).tolist())) == 5


def test_a_large_file_is_many_sittings_unless_its_rows_follow_each_other_in_time() -> None:
    many = ["cases.jsonl"] * (MOST + 10)
    assert len(set(sittings(rows(many)).tolist())) == len(many)
    hours = [3600.0 * (row // 2) for row in range(len(many))]
    assert len(set(sittings(rows(many, hours)).tolist())) == len(many) / 2


def test_a_sitting_lies_in_one_fold_and_a_procedure_in_all_of_them() -> None:
    of, sitting = np.zeros(40, np.intp), np.arange(40) // 2
    folds = by_row(of, sitting)
    assert set(folds.tolist()) == set(range(FOLDS))
    assert (folds[::2] == folds[1::2]).all()


def test_procedures_that_look_alike_are_never_held_out_together() -> None:
    """A case of a procedure never seen is hardest where its look-alikes are known."""
    pairs = np.repeat(np.eye(6, dtype=np.float32), 2, axis=0)
    folds = by_procedure(np.arange(12), pairs)
    assert (folds[::2] != folds[1::2]).all()
