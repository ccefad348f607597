"""A small round of what ``python -m tests.load kill`` does at length (reliability 1, 13)."""

from __future__ import annotations

from pathlib import Path

from .killing import kill_and_look, summed
from .made_up import key_of


def test_a_server_that_is_killed_under_load_has_all_that_it_acknowledged_and_doubles_nothing(tmp_path: Path) -> None:
    store = tmp_path / "store"
    found = summed([*kill_and_look(store, key_of(store), rounds=2, acknowledged=10, seed=17)])
    wrong = ("lost", "doubled", "missing_after_sending_again", "answered_otherwise", "problems")
    assert {name: found[name] for name in wrong} == dict.fromkeys(wrong, 0)
    assert found["acknowledged"] > 0
