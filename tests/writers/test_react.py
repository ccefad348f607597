"""ReAct prompts, Reflexion's results and its logs in plain text."""

from __future__ import annotations

import io
import json
from typing import Any

from telltale.memory.errors import RecordError
from telltale.memory.types import Outcome
from telltale.writers.formats.detect import Reading

GAME = (
    "You are in a room.\nYour task is to: put a mug on a shelf.\n> think: I look.\nOK.\n> go to shelf 1\nIt is bare.\n"
)


def read(data: str, name: str) -> list[Any]:
    reading = Reading(io.BytesIO(data.encode()), "file")
    assert reading.format == name
    return [found.item for found in reading]


def test_a_game_has_its_task_its_thoughts_and_its_steps() -> None:
    found, bad = read(json.dumps({"react_put_0": GAME, "odd": "no game"}), "react")
    assert [turn.text for turn in found.turns] == ["put a mug on a shelf.", "I look.", ""]
    (call,) = found.turns[2].calls
    assert (call.tool, dict(call.arguments), call.observation) == ("go", {"to": "shelf 1"}, "It is bare.")
    assert (found.outcome, bad.code) == (Outcome.UNKNOWN, "NO_TASK")


def test_programs_have_the_verdict_of_the_hidden_tests_and_not_the_answer() -> None:
    row = {"task_id": "H/0", "prompt": "def f(): ...", "solution": "return 1", "reflections": ["Mind zero."]}
    rows = [row | {"is_solved": solved, "test": "SECRET", "canonical_solution": "SECRET"} for solved in (True, False)]
    good, bad = read("\n".join(map(json.dumps, rows)), "reflexion")
    assert (good.outcome, bad.outcome, good.said_by) == (Outcome.SUCCESS, Outcome.FAILURE, "hidden tests")
    assert [turn.text for turn in good.turns] == ["def f(): ...", "Mind zero.", "return 1"]
    assert "SECRET" not in repr(good)


def test_results_without_their_task_are_passed_over() -> None:
    rows = [{"name": "env_0", "memory": [], "is_success": True}, {"prompt": " ", "is_solved": True}, {"prompt": 5}]
    nothing, *rejects = read(json.dumps(rows), "reflexion")
    assert nothing is None
    assert [error.code for error in rejects if isinstance(error, RecordError)] == ["NO_TASK"]


LOG = """
########################################
BEGIN TRIAL 1
Trial summary: Correct: 1, Incorrect: 1
#######################################
------------- BEGIN CORRECT AGENTS -------------

Context:
Question: Where was A born?
Thought 1: I look for A.
Action 1: Search[A]
Observation 1: A is a town
in B.
Action 2: Finish[B]
Observation 2: Answer is CORRECT

Correct answer: B

------------- BEGIN INCORRECT AGENTS -----------

Question: Where was C born?
Thought: It is D.
Action: Finish[D]
Observation: Answer is INCORRECT
Reflections:
Thought: It is E.
Observation: Answer is INCORRECT
Correct answer: SECRET
"""


def test_questions_of_a_log_have_their_verdict_and_not_the_answer() -> None:
    good, bad = read(LOG, "reflexion-log")
    assert [turn.text for turn in good.turns] == ["Where was A born?", "I look for A.", "", "B"]
    (call,) = good.turns[2].calls
    assert (call.tool, dict(call.arguments), call.observation) == ("Search", {"1": "A"}, "A is a town\nin B.")
    assert (good.outcome, bad.outcome, bad.said_by) == (Outcome.SUCCESS, Outcome.FAILURE, "environment")
    assert [turn.text for turn in bad.turns] == ["Where was C born?", "It is D.", "D"]
    assert "SECRET" not in repr(bad)


def test_games_of_a_log_have_their_status_and_no_examples() -> None:
    shown = "Two examples.\nYour task is to: heat an egg.\n> go to stove 1\nHot.\nHere is the task:\n"
    log = f"#####\n\nEnvironment #0:\n{shown}{GAME}\nSTATUS: FAIL\n\n#####\n\nEnvironment #1: Success\n\n#####\n"
    (found,) = read(log, "reflexion-log")
    assert (found.turns[0].text, found.outcome) == ("put a mug on a shelf.", Outcome.FAILURE)
    assert [call.tool for turn in found.turns for call in turn.calls] == ["go"]


def test_a_log_that_breaks_off_keeps_what_it_has() -> None:
    (found,) = read(LOG[: LOG.index("Observation 2")], "reflexion-log")
    assert (found.outcome, found.said_by, found.turns[-1].text) == (Outcome.UNKNOWN, "", "B")
