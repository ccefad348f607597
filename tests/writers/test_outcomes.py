"""How runs ended, from a file beside the traces."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from telltale.memory.errors import BadArgument
from telltale.memory.types import Episode, Outcome
from telltale.writers.outcomes import Said, read_outcomes

KEY = b"k" * 32


def episode(trace_id: str, index: int = 0) -> Episode:
    return Episode(text="a", trace_id=trace_id, task_index=index)


def test_csv_and_json_lines_say_the_same(tmp_path: Path) -> None:
    table, lines = tmp_path / "o.csv", tmp_path / "o.jsonl"
    table.write_text("\ufefftrace_id,outcome,score,source\nt1,success,0.9,judge\nt2,failure,,\n", encoding="utf-8")
    lines.write_text(
        '{"trace_id": "t1", "outcome": "success", "score": 0.9, "source": "judge"}\n'
        '{"trace_id": "t2", "outcome": false}\n',
        encoding="utf-8",
    )
    expected = {"t1": Said(Outcome.SUCCESS, 0.9, "judge"), "t2": Said(Outcome.FAILURE, None, "outcomes file")}
    assert read_outcomes(table, KEY).said == read_outcomes(lines, KEY).said == expected


def test_bad_lines_are_rejects_with_their_place(tmp_path: Path) -> None:
    table = tmp_path / "o.csv"
    table.write_text("trace_id,outcome,score\nt1,fine,\n,success,\nt3,success,7\nt4,success,x\nt5,partial,.5\n")
    found = read_outcomes(table, KEY)
    assert [(reject.line, reject.code, reject.field) for reject in found.rejects] == [
        (2, "BAD_FIELD", "outcome"),
        (3, "BAD_FIELD", "trace_id"),
        (4, "BAD_FIELD", "score"),
        (5, "BAD_FIELD", "score"),
    ]
    assert list(found.said) == ["t5"]


@pytest.mark.parametrize("content", [None, b"\x1f\x8b\x08\x00broken"], ids=["missing", "broken gzip"])
def test_a_file_that_cannot_be_read_is_a_bad_argument(tmp_path: Path, content: bytes | None) -> None:
    table = tmp_path / "o.csv.gz"
    if content is not None:
        table.write_bytes(content)
    with pytest.raises(BadArgument, match="leave it out"):
        read_outcomes(table, KEY)


def test_a_session_with_several_tasks_takes_success_or_what_is_said_of_each(tmp_path: Path) -> None:
    table = tmp_path / "o.csv"
    table.write_text("trace_id,outcome\ngood,success\nbad,failure\nbad#1,failure\n")
    told = read_outcomes(table, KEY).told
    good, bad = ([episode(name, 0), episode(name, 1)] for name in ("good", "bad"))
    assert [one.outcome for one in told(good)] == [Outcome.SUCCESS, Outcome.SUCCESS]
    assert [one.outcome for one in told(bad)] == [Outcome.UNKNOWN, Outcome.FAILURE]
    assert told([episode("bad")])[0].outcome is Outcome.FAILURE
    assert told([episode("")])[0].outcome is Outcome.UNKNOWN


def test_a_line_that_says_nothing_takes_nothing_back(tmp_path: Path) -> None:
    table = tmp_path / "o.csv"
    table.write_text("trace_id,outcome,score\nt1,,\nt2,unknown,\n")
    known = [replace(episode(name), outcome=Outcome.SUCCESS, said_by="trace") for name in ("t1", "t2")]
    assert [read_outcomes(table, KEY).told([one]) for one in known] == [[one] for one in known]
