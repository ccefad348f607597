"""Formats that other packages offer: the example of CONTRIBUTING, installed and run."""

from __future__ import annotations

import io
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from telltale.memory.errors import BadArgument, RecordError
from telltale.memory.store import TenantStore
from telltale.memory.types import Outcome, Trace
from telltale.writers.formats.detect import Reading, formats, named
from telltale.writers.ingest import ingest

CONTRIBUTING = Path(__file__).resolve().parents[2] / "CONTRIBUTING.md"
TICKET = {"ticket": "T1", "request": "Refund 7", "log": [{"did": "refund", "with": {"order": 7}, "got": "ok"}]}


def example() -> str:
    found = re.search(r"^```python\n(.*?)^```", CONTRIBUTING.read_text(), re.DOTALL | re.MULTILINE)
    assert found, "CONTRIBUTING shows no format"
    return found[1]


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Installs a module as a distribution that offers it as a format."""

    def installed(code: str, points: str = "help-desk = help_desk") -> None:
        info = tmp_path / "help_desk-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text("Metadata-Version: 2.1\nName: help-desk\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text(f"[telltale.formats]\n{points}\n")
        (tmp_path / "help_desk.py").write_text(code)
        monkeypatch.syspath_prepend(str(tmp_path))
        formats.cache_clear()

    yield installed
    sys.modules.pop("help_desk", None)
    formats.cache_clear()


def test_the_example_of_the_guide_is_a_format_in_fifty_lines(install: Any) -> None:
    assert len(example().splitlines()) <= 50
    install(example())
    reading = Reading(io.BytesIO(json.dumps([TICKET | {"solved": True}, TICKET | {"log": 1}]).encode()), "t.json")
    assert reading.format == named("help-desk").NAME == "help-desk"
    found, bad = (found.item for found in reading)
    assert isinstance(found, Trace)
    assert (found.trace_id, found.outcome, found.said_by) == ("T1", Outcome.SUCCESS, "customer")
    assert [(call.tool, call.observation) for call in found.turns[1].calls] == [("refund", "ok")]
    assert isinstance(bad, RecordError)


def test_an_offered_format_is_ingested_like_any_other(install: Any, tenant: TenantStore, tmp_path: Path) -> None:
    install(example())
    file = tmp_path / "tickets.jsonl"
    file.write_text(json.dumps(TICKET))
    summary = ingest(file, tenant)
    assert (summary.stored, list(summary.by_format)) == (1, ["help-desk"])
    assert [episode.signature for episode in tenant.episodes()] == ["refund"]


@pytest.mark.parametrize(
    ("code", "points", "message"),
    [
        ("x = 1", "broken = help_desk:missing", "could not load"),
        ("NAME = 'x'", "half = help_desk", "has no WHOLE_FILE"),
    ],
)
def test_an_offered_format_that_is_none_says_so(install: Any, code: str, points: str, message: str) -> None:
    install(code, points)
    with pytest.raises(BadArgument, match=message):
        formats()
