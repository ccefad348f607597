"""A run that is still going on can be searched and shortened by the agent itself."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telltale.memory.budget import count_tokens
from telltale.memory.embedders import WordLlama
from telltale.readers.passages import LONGEST, Passages, pieces

SAID = (
    ("user", "Find out why the service does not start."),
    ("read_file", "config.yaml: host: localhost, port: 8417, workers: 4"),
    ("read_file", "README: this service answers questions about the weather"),
    ("run", "Traceback: ModuleNotFoundError: No module named 'uvloop'"),
    ("list_files", "a.py b.py c.py d.py"),
)


@pytest.fixture(scope="module")
def passages() -> Passages:
    made = Passages(WordLlama())
    for turn, (who, text) in enumerate(SAID):
        made.add(turn, who, text)
    return made


@pytest.mark.parametrize(
    ("question", "turn"),
    [("which file held the port?", 1), ("what module was missing?", 3), ("is it about rain or sunshine?", 2)],
)
def test_a_question_finds_what_was_seen(passages: Passages, question: str, turn: int) -> None:
    assert passages.nearest(question, 2)[0].turn == turn


def test_what_is_kept_fits_the_budget_and_stands_in_the_order_of_the_run(passages: Passages) -> None:
    whole = passages.chosen("install the missing module", 1_000, count_tokens)
    assert [one.turn for one in whole] == [0, 1, 2, 3, 4]
    short = passages.chosen("install the missing module", 30, count_tokens)
    assert sum(count_tokens(one.text) for one in short) <= 30
    assert 3 in [one.turn for one in short]


def test_what_repeats_what_was_taken_gives_way_to_something_else() -> None:
    made = Passages(WordLlama())
    for turn in range(5):
        made.add(turn, "run", f"connection refused by the database, try {turn}")
    made.add(9, "user", "the database moved to another host yesterday")
    kept = made.chosen("why is the connection to the database refused?", 25, count_tokens)
    assert 9 in [one.turn for one in kept]


def test_nothing_said_is_nothing_found() -> None:
    empty = Passages(WordLlama())
    assert (empty.nearest("x", 3), empty.chosen("x", 10, count_tokens)) == ([], [])


@given(st.text(max_size=4_000))
def test_pieces_keep_every_word_in_order(text: str) -> None:
    cut = pieces(text)
    assert all(0 < len(piece) <= LONGEST for piece in cut)
    assert "".join("".join(cut).split()) == "".join(text.split())
