"""How often words were kept, in numbers and as a drawing."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree as ET

import numpy as np
import pytest

from telltale.evals.diagram import diagram
from telltale.evals.reliability import Told, calibration_error, main, points, together

SVG = "{http://www.w3.org/2000/svg}"


def told(*pairs: tuple[float, bool]) -> Told:
    probability, right = zip(*pairs, strict=True)
    return Told(probability=np.array(probability), right=np.array(right))


def test_a_bin_tells_what_was_said_and_what_was_right() -> None:
    found = points(told((0.62, True), (0.68, False), (0.05, False), (1.0, True)))
    assert list(found) == [0, 6, 9]
    assert found[6].told == pytest.approx(0.65)
    assert (found[6].right, found[6].cases) == (0.5, 2)
    assert found[9].low < found[9].right == 1.0


def test_words_that_are_kept_have_no_calibration_error_and_bluster_has() -> None:
    assert calibration_error(points(told(*[(0.75, n < 3) for n in range(4)]))) == pytest.approx(0.0)
    assert calibration_error(points(told((0.9, False), (0.9, True)))) == pytest.approx(0.4)


def test_several_memories_count_as_one() -> None:
    assert len(together([told((0.1, True)), told((0.2, False), (0.3, True))]).right) == 3


def test_the_drawing_has_a_dot_a_bin_and_a_square_a_set_and_takes_any_name() -> None:
    bins = points(told((0.62, True), (0.05, False)))
    drawn = ET.fromstring(diagram({"a <b> & c": bins, "d": bins, "e": bins, "f": bins}))
    assert len(drawn.findall(f"{SVG}circle")) == 8
    assert "a <b> & c (2 cases)" in {text.text for text in drawn.findall(f"{SVG}text")}


def test_a_set_is_measured_printed_and_drawn(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = [
        {"id": f"{plan}-{n}", "text": f"{plan} the parcel {n}", "plan": plan, "split": "memory"}
        for plan in ("return", "refund", "exchange", "resend")
        for n in range(10)
    ]
    query = {"id": "q", "text": "a query", "plan": "return", "split": "query"}
    file, svg = tmp_path / "cases.jsonl", tmp_path / "drawn.svg"
    file.write_text("".join(json.dumps(row) + "\n" for row in [*rows, query]), encoding="utf-8")
    shipped = Path(__file__).parents[2] / "readers" / "prior.json"
    main([str(file), "--prior", str(shipped), "--seeds", "1", "--asked", "10", "--svg", str(svg)])
    assert f"| **{tmp_path.name}/cases** | 10 |" in capsys.readouterr().out
    assert ET.fromstring(svg.read_text("utf-8")).tag == f"{SVG}svg"
