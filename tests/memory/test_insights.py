"""Insights that are put beside others: what is kept of them in memory is what is on disk, whoever wrote."""

from __future__ import annotations

from pathlib import Path

from telltale.memory.store import Store
from telltale.memory.types import Insight


def lesson(id_: str, text: str) -> Insight:
    return Insight(id=id_, polarity="do", text=text, procedure="refund", evidence=("a", "b"), spans=("a#text",))


def test_what_was_put_is_what_is_read_back_here_and_elsewhere(tmp_path: Path) -> None:
    ours = Store.open(tmp_path).tenant()
    ours.replace_insights([lesson("1", "look first"), lesson("3", "ask")])
    assert len(ours.insights()) == 2
    ours.put_insights([lesson("2", "count twice"), lesson("3", "ask twice")])
    expected = [lesson("1", "look first"), lesson("2", "count twice"), lesson("3", "ask twice")]
    assert ours.insights() == Store.open(tmp_path).tenant().insights() == expected


def test_what_another_wrote_meanwhile_is_neither_lost_nor_hidden(tmp_path: Path) -> None:
    ours, theirs = Store.open(tmp_path).tenant(), Store.open(tmp_path).tenant()
    ours.replace_insights([lesson("1", "look first")])
    assert ours.insights() == theirs.insights()
    theirs.put_insights([lesson("2", "theirs")])
    ours.put_insights([lesson("3", "ours")])
    assert [one.text for one in ours.insights()] == ["look first", "theirs", "ours"]
    theirs.put_insights([lesson("1", "look twice")])
    assert ours.insights() == theirs.insights()
