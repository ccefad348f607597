"""A trace cut into episodes: one for each task that was asked for and worked on.

The rule. In the formats that record conversations, the whole conversation is one task: what a customer says later
belongs to what was asked first. A coding session holds many, and a user's turn opens a new one when
the agent has worked on the one before and the turn is a request of its own. It is not when it

- corrects, objects or interrupts ("no, ...", "wait", "that is wrong", "it still fails", "undo"),
- agrees, thanks or goes on ("yes", "ok do it", "thanks", "continue with ..."),
- answers a question with which the agent ended its turn,
- has fewer than three words,

where after thanks or a question "now ..." or "next ..." says that something new comes all the same.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from telltale.memory.errors import RecordError
from telltale.memory.types import Call, Episode, Outcome, Step, Trace, Turn

from .caps import OBSERVATION, TEXT, cap, cap_values

SESSIONS = {"claude-code", "codex", "gemini-cli", "openhands", "pi"}  # formats whose traces hold several tasks

_CORRECTS = re.compile(
    r"\W*(?:no|nope|not|don'?t|do not|stop|wait|hold on|hmm+|oops|sorry|actually|instead|undo|revert|still|again|wrong"
    r"|(?:that|it|this)(?:'s| is| was)? (?:not|wrong|still|fail(?:s|ed)|did ?n[o']t|does ?n[o']t)"
    r"|now (?:it|i|there|this|that|we)|you (?:forgot|missed|broke)|why (?:did|didn'?t|is|are|does|do)"
    r"|please (?:do|go on)|do it|go (?:ahead|on)|continue|proceed|carry on|keep going|resume|try again|retry"
    r"|\[request interrupted)\b",
    re.IGNORECASE,
)
_AGREES = re.compile(
    r"\W*(?:y|yes|yep|yeah|sure|ok|okay|right|correct|exactly|perfect|great|good|nice|cool|awesome|excellent|done|lgtm"
    r"|looks good|sounds good|thanks?|thank you)\b(?: (?:so much|a lot|that works|work|job|for \w+))?\W*+",
    re.IGNORECASE,
)
_OPENS = re.compile(r"\W*(?:now|next|then|new task|another (?:thing|task)|separately|moving on)\b", re.IGNORECASE)
_GREETING = re.compile(
    r"\W*+(?:(?:hi|hello|hey|howdy|greetings|good (?:morning|afternoon|evening|day))\b\W*+)?(?:(?:there|all)\b\W*+)?"
    r"(?:(?:i need|i'd like|i would like|can you|could you|can i get|may i have)(?: some| your)? help(?: me)?"
    r"(?: please)?|(?:i have|i've got) (?:a|some) (?:question|problem|issue)s?)?\W*+",
    re.IGNORECASE,
)
_LONGEST_GREETING = 100  # characters


def cut(trace: Trace) -> list[Episode]:
    """The episodes of a redacted trace in order, unsigned and without ids, long texts capped.

    What is known of the trace's outcome is told of its only task. Of several tasks only success is: which of them
    failed is not known. Raises RecordError: EMPTY_TRACE where nothing was said, NO_TASK where no user asked.
    """
    if not trace.turns:
        raise RecordError("EMPTY_TRACE", "a trace without a word or a tool call; leave it out")
    tasks = _tasks(trace)
    if not tasks:
        raise RecordError("NO_TASK", "a trace in which no user asks for anything; say what the task was")
    return [_episode(trace, turns, index, alone=len(tasks) == 1) for index, turns in enumerate(tasks)]


def opens_task(turn: Turn, before: Sequence[Turn]) -> bool:
    """Does this user's turn open a task of its own, after the turns of the one before it?"""
    if not any(earlier.role == "assistant" for earlier in before):
        return False
    agreed = _AGREES.match(turn.text)
    left = turn.text[agreed.end() :] if agreed else turn.text
    if len(left.split()) < 3 or _CORRECTS.match(left):
        return False
    asked = before[-1].role == "assistant" and before[-1].text.endswith("?")
    return _OPENS.match(left) is not None if asked or agreed else True


def _tasks(trace: Trace) -> list[list[Turn]]:
    tasks: list[list[Turn]] = []
    for turn in trace.turns:
        asks = turn.role == "user" and bool(turn.text)
        if asks and (not tasks or (trace.format in SESSIONS and opens_task(turn, tasks[-1]))):
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
        if turn.role == "user" and turn.text:
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
