"""The judge of known accuracy that shows what a word is worth."""

from __future__ import annotations

from telltale.evals.judges import Oracle, split
from telltale.memory.types import Candidate, Case

ROWS = [{"text": f"task {n} of {plan}", "plan": plan} for plan in "abcdefgh" for n in range(5)]


def test_some_procedures_are_only_asked_about_and_no_row_is_both() -> None:
    remembered, asked = split(ROWS, 20, 15)
    assert {row["plan"] for row in asked} - {row["plan"] for row in remembered}
    assert not {row["text"] for row in asked} & {row["text"] for row in remembered}


def test_an_oracle_is_right_as_often_as_it_is_asked_to_be() -> None:
    case, past = Case(text="refund 7"), Candidate(id="1", text="refund 8", procedure="refund")
    for accuracy in (0.0, 0.7, 1.0):
        oracle = Oracle(accuracy=accuracy, truths={"refund 7": "refund"})
        right = sum(oracle.judge(case, past, ()).same for _ in range(1000))
        assert abs(right / 1000 - accuracy) < 0.05
