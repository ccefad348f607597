"""How a run ended, guessed from what happened in it, where nobody said so. Off unless asked for.

    tests       the last test run that a tool reported: all passed, or some failed
    thanks      the user's last word after the work: thanks and praise, or a correction
    exit-code   the last exit status that a tool reported

A guess is told as such (``said_by`` is ``signal:tests`` and so on) and weighs less than a word of anybody: it never
replaces one, its ``score`` says how far to trust it, and the guard counts such a success as unverified. What the agent
itself says of its success is not looked at, nor is what it printed by a command that runs no tests.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator, Sequence

from telltale.memory.canonical import to_json
from telltale.memory.errors import BadArgument
from telltale.memory.types import SIGNAL, Episode, Outcome, Step, Turn

from .follow_ups import corrects, thanks

_TRUST = {"tests": 0.8, "thanks": 0.7, "exit-code": 0.6}  # how likely the guess is right, as a score

_RUNNER = re.compile(
    r"\b(?:py\.?test|unittest|tox|nox|jest|vitest|mocha|karma|rspec|phpunit|ctest|junit|surefire|go test"
    r"|cargo (?:test|nextest)|(?:npm|yarn|pnpm|bun|make|mvnw?|gradlew?|dotnet|swift|mix|rake|bazel|rails|manage\.py"
    r"|deno)\b.{0,40}?\btest|run_?tests?|tests?)\b",
    re.IGNORECASE,
)
# What runners print at their end: how many failed (or that some did), and that all passed.
_FAILED = re.compile(
    r"\b[1-9]\d* (?:failed|failing|failures?|errors?)\b|\bFAILED\b(?: \(|$)|^FAIL\b|test result: FAILED"
    r"|Failures: [1-9]|Errors: [1-9]|not ok \d+",
    re.MULTILINE,
)
_PASSED = re.compile(
    r"\b[1-9]\d* (?:passed|passing)\b|^OK\b|^ok\s+\S+\s|test result: ok|Tests run: [1-9]\d*, Failures: 0, Errors: 0"
    r"|\b[1-9]\d* examples?, 0 failures|^PASS\b",
    re.MULTILINE,
)
_STATUS = re.compile(
    r"(?:exit(?:ed)?[ _-]?(?:with )?(?:code|status)|return ?code)[\"'>:=\s]{1,4}(-?\d{1,5})\b", re.IGNORECASE
)
_LOOKED_AT = 4_000  # characters at the end of a tool's result


def check(names: Sequence[str]) -> tuple[str, ...]:
    """``names`` where they are signals, in that order. Raises BadArgument for others."""
    if unknown := [name for name in names if name not in _TRUST]:
        raise BadArgument(f"found the signal {unknown[0]!r}, expected some of {', '.join(_TRUST)}")
    return tuple(names)


def guessed(episode: Episode, turns: Sequence[Turn], names: Sequence[str]) -> Episode:
    """The episode with the outcome that the first of the signals ``names`` that says anything tells; else as it is.

    ``turns`` are those that it was cut of; empty where there are none.
    """
    if episode.outcome is not Outcome.UNKNOWN:
        return episode
    for name in names:
        found = _word(turns) if name == "thanks" else next(_reported(name, episode.steps), None)
        if found is not None:
            score = {Outcome.SUCCESS: _TRUST[name], Outcome.FAILURE: 1 - _TRUST[name]}.get(found, 0.5)
            return dataclasses.replace(episode, outcome=found, score=round(score, 2), said_by=f"{SIGNAL}{name}")
    return episode


def _reported(name: str, steps: Sequence[Step]) -> Iterator[Outcome]:
    """What tools reported, last first."""
    for step in reversed(steps):
        report = (step.error or step.observation)[-_LOOKED_AT:]
        found = _status(report) if name == "exit-code" else _tests(step, report)
        if found is not None:
            yield found


def _status(report: str) -> Outcome | None:
    found = _STATUS.findall(report)
    return None if not found else Outcome.SUCCESS if int(found[-1]) == 0 else Outcome.FAILURE


def _tests(step: Step, report: str) -> Outcome | None:
    if not _RUNNER.search(f"{step.tool} {to_json(step.arguments).decode()[:_LOOKED_AT]}"):
        return None
    if _FAILED.search(report):
        return Outcome.FAILURE
    return Outcome.SUCCESS if _PASSED.search(report) else None


def _word(turns: Sequence[Turn]) -> Outcome | None:
    """Thanks are success; a correction that nothing answers is failure, and one that was answered is neither."""
    said = [index for index, turn in enumerate(turns) if turn.role == "user" and turn.text]
    if len(said) < 2 or not any(turn.role == "assistant" for turn in turns[: said[-1]]):
        return None
    text = turns[said[-1]].text
    if corrects(text):
        answered = any(turn.role == "assistant" for turn in turns[said[-1] :])
        return Outcome.PARTIAL if answered else Outcome.FAILURE
    return Outcome.SUCCESS if thanks(text) else None
