"""A trace cut into episodes: one for each task that was asked for and worked on.

The rule. In the formats that record conversations, the whole conversation is one task: what a customer says later
belongs to what was asked first. A session of a coding agent (``SESSIONS``) holds many, and a user's turn opens a new
one when the agent has worked on the one before and the turn is a request of its own. It is not when it

- interrupts ("[Request interrupted by user]"), or is the first word after an interruption,
- corrects or objects ("no, not that file", "actually ...", "stop", "it still fails", "undo"),
- agrees, thanks or goes on ("yes", "ok do it", "thanks", "continue with ..."),
- answers a question with which the agent ended its turn,
- has fewer than three words,

where after an interruption, thanks or a question "now ..." or "next ..." says that something new comes all the same.
Which words these are in which languages stands in follow_ups.py.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from telltale.memory.errors import RecordError
from telltale.memory.types import Call, Episode, Outcome, Step, Trace, Turn

from .caps import OBSERVATION, TEXT, cap, cap_values
from .follow_ups import after_agreement, corrects, interrupted, length, says_new
from .signals import guessed

SESSIONS = {"claude-code", "codex", "gemini-cli", "openhands", "pi"}  # formats whose traces hold several tasks
_QUESTION = ("?", "？", "؟")

_GREETING = re.compile(
    r"\W*+(?:(?:hi|hello|hey|howdy|greetings|good (?:morning|afternoon|evening|day))\b\W*+)?(?:(?:there|all)\b\W*+)?"
    r"(?:(?:i need|i'd like|i would like|can you|could you|can i get|may i have)(?: some| your)? help(?: me)?"
    r"(?: please)?|(?:i have|i've got) (?:a|some) (?:question|problem|issue)s?)?\W*+",
    re.IGNORECASE,
)
_LONGEST_GREETING = 100  # characters


def cut(trace: Trace, signals: Sequence[str] = ()) -> list[Episode]:
    """The episodes of a redacted trace in order, unsigned and without ids, long texts capped.

    What is known of the trace's outcome is told of its only task. Of several tasks only success is: which of them
    failed is not known; ``signals`` guess where nothing is. Raises RecordError: EMPTY_TRACE where nothing was said,
    NO_TASK where no user asked.
    """
    if not trace.turns:
        raise RecordError("EMPTY_TRACE", "a trace without a word or a tool call; leave it out")
    tasks = _tasks(trace)
    if not tasks:
        raise RecordError("NO_TASK", "a trace in which no user asks for anything; say what the task was")
    cut_out = (_episode(trace, turns, index, alone=len(tasks) == 1) for index, turns in enumerate(tasks))
    return [guessed(episode, turns, signals) for episode, turns in zip(cut_out, tasks, strict=True)]


def opens_task(turn: Turn, before: Sequence[Turn]) -> bool:
    """Does this user's turn open a task of its own, after the turns of the one before it?"""
    if interrupted(turn.text) or not any(earlier.role == "assistant" for earlier in before):
        return False
    left, last = after_agreement(turn.text), before[-1]
    if length(left) < 3 or corrects(left):
        return False
    asked = last.role == "assistant" and last.text.rstrip().endswith(_QUESTION)
    stopped = last.role == "user" and interrupted(last.text)
    return says_new(left) if asked or stopped or left != turn.text else True


def _tasks(trace: Trace) -> list[list[Turn]]:
    tasks: list[list[Turn]] = []
    for turn in trace.turns:
        asks = turn.role == "user" and bool(turn.text)
        if asks and (trace.format in SESSIONS and opens_task(turn, tasks[-1]) if tasks else not interrupted(turn.text)):
            tasks.append([turn])
        elif tasks:
            tasks[-1].append(turn)
    return tasks


def _episode(trace: Trace, turns: Sequence[Turn], index: int, *, alone: bool) -> Episode:
    told = alone or trace.outcome is Outcome.SUCCESS
    said = [turn.text for turn in turns if turn.role == "assistant" and turn.text]
    return Episode(
        text=cap(_request(turns), TEXT),
        context=trace.context,
        steps=tuple(_step(call, trace) for turn in turns for call in turn.calls if turn.role == "assistant"),
        answer=cap(said[-1], TEXT) if said else "",
        outcome=trace.outcome if told else Outcome.UNKNOWN,
        score=trace.score if told else None,
        said_by=trace.said_by if told else "",
        label=trace.procedure,
        trace_id=trace.trace_id,
        task_index=index,
        format=trace.format,
        source=trace.source,
        time=turns[0].time if turns[0].time is not None else trace.time,
        parent=trace.parent,
        task_id=turns[0].id,
    )


def _request(turns: Sequence[Turn]) -> str:
    """The user's words up to the first that say more than hello."""
    said: list[str] = []
    for turn in turns:
        if turn.role == "user" and turn.text and not interrupted(turn.text):
            said.append(turn.text)
            if len(turn.text) > _LONGEST_GREETING or not _GREETING.fullmatch(turn.text):
                break
    return "\n".join(said)


def _step(call: Call, trace: Trace) -> Step:
    return Step(
        tool=call.tool,
        arguments=cap_values(call.arguments, OBSERVATION),
        observation=cap(call.observation, OBSERVATION),
        error=cap(call.error, OBSERVATION),
        read_only=trace.tools_read_only.get(call.tool) if call.read_only is None else call.read_only,
    )
