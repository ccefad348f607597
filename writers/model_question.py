"""What a model is shown of one procedure: runs and look-alikes as data whose parts have span ids.

Text of a trace is cleaned, capped, and stands in one JSON object between two marks that no trace can forge. Where steps
are asked for no observation is shown, so that what a tool gave back cannot ask for one.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from telltale.memory.budget import count_tokens
from telltale.memory.canonical import to_json
from telltale.memory.clean import clean, cleaned
from telltale.memory.types import Episode, LookAlike, Skill, Step

from .model_prompt import RULES

QUESTION = 3_000  # tokens of what is shown, at most
# How much is shown, from much to little, until it fits: runs of a kind, steps of a run, characters of a value
_DETAIL = ((3, 20, 200), (2, 15, 120), (1, 12, 80), (1, 6, 40))


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """One part of an episode that an answer can quote."""

    episode: Episode
    role: str  # "success" | "failure" | "look-alike"
    at: int | None = None  # the step, the answer behind the last one; None: the task
    procedure: str = ""  # what a look-alike was handled by

    @property
    def call(self) -> Step | None:
        """The recorded call, or the answer as one; None for a task."""
        if self.at is None:
            return None
        steps = self.episode.steps
        return steps[self.at] if self.at < len(steps) else Step(tool="answer", arguments={"text": self.episode.answer})

    @property
    def place(self) -> str:
        """As skills and insights name it."""
        if self.at is None:
            return f"{self.episode.id}#text"
        return f"{self.episode.id}#{self.at if self.at < len(self.episode.steps) else 'answer'}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One question about one procedure."""

    topic: str  # "skill" | "lessons"
    procedure: str
    data: Mapping[str, Any]
    spans: Mapping[str, Span]

    @property
    def asked(self) -> str:
        """The user's turn, between marks of its own every time."""
        mark = secrets.token_hex(8)
        return f"[data {mark}]\n{self.shown}\n[end {mark}]"

    @property
    def shown(self) -> str:
        """The data as text, the same every time."""
        return json.dumps(self.data, ensure_ascii=False, default=str)

    @property
    def episodes(self) -> list[str]:
        """The ids of the episodes that it shows, sorted."""
        return sorted({span.episode.id for span in self.spans.values()})

    def name(self, model: str) -> str:
        """Equal for the same question to the same model."""
        asked = [model, RULES[self.topic], self.procedure, self.shown, self.episodes]
        return hashlib.blake2b(to_json(asked), digest_size=16).hexdigest()


def on_skill(skill: Skill, runs: Sequence[Episode], neighbours: Sequence[tuple[str, LookAlike, Episode]]) -> Question:
    """How to word ``skill``: its successful ``runs`` against look-alikes and the procedures that those called for."""
    shared = [{"tool": step.tool, "arguments": cleaned(step.arguments, 200)} for step in skill.steps]

    def shown(page: _Page) -> dict[str, Any]:
        return {
            "procedure": clean(skill.procedure, 200),
            "shared_steps": shared,
            "runs": [page.run(run, "success") for run in runs[: page.runs]],
            "look_alikes": [page.look_alike(*neighbour) for neighbour in neighbours[: page.runs]],
        }

    return _fitting("skill", skill.procedure, shown)


def on_lessons(skill: Skill, succeeded: Sequence[Episode], failed: Sequence[Episode]) -> Question:
    """What sets the failed runs of a procedure apart from the successful ones."""

    def shown(page: _Page) -> dict[str, Any]:
        return {
            "procedure": clean(skill.procedure, 200),
            "succeeded": [page.run(run, "success", saw=True) for run in succeeded[: page.runs]],
            "failed": [page.run(run, "failure", saw=True) for run in failed[: page.runs]],
        }

    return _fitting("lessons", skill.procedure, shown)


class _Page:
    """Runs as plain data, and the spans that were numbered meanwhile."""

    def __init__(self, runs: int, steps: int, most: int) -> None:
        self.runs, self.steps, self.most = runs, steps, most
        self.spans: dict[str, Span] = {}

    def run(self, run: Episode, role: str, *, saw: bool = False) -> dict[str, Any]:
        told: dict[str, Any] = {"task": self._task(run, Span(episode=run, role=role))}
        told["calls"] = [
            {"span": self._number(Span(episode=run, role=role, at=at)), **self._call(step, saw=saw)}
            for at, step in enumerate(run.steps[: self.steps])
        ]
        if len(run.steps) > self.steps:
            told["more_calls"] = len(run.steps) - self.steps
        if run.answer and not run.steps:
            answer = Span(episode=run, role=role, at=0)
            told["calls"] = [{"span": self._number(answer), "tool": "answer", "text": clean(run.answer, 2 * self.most)}]
        return told

    def look_alike(self, procedure: str, pair: LookAlike, run: Episode) -> dict[str, Any]:
        span = Span(episode=run, role="look-alike", procedure=procedure)
        told: dict[str, Any] = {"task": self._task(run, span), "handled_by": clean(procedure, 200)}
        if pair.difference:
            told["differs_in"] = clean(pair.difference.kind, 80)
        return told

    def _task(self, run: Episode, span: Span) -> dict[str, Any]:
        told: dict[str, Any] = {"span": self._number(span), "text": clean(run.text, 4 * self.most)}
        return told | ({"context": cleaned(run.context, self.most)} if run.context else {})

    def _call(self, step: Step, *, saw: bool) -> dict[str, Any]:
        told = {"tool": clean(step.tool, 80), "arguments": cleaned(step.arguments, self.most)}
        if saw and step.observation:
            told["gave"] = clean(step.observation, self.most)
        if saw and step.error:
            told["error"] = clean(step.error, self.most)
        return told

    def _number(self, span: Span) -> str:
        name = f"s{len(self.spans) + 1}"
        self.spans[name] = span
        return name


def _fitting(topic: str, procedure: str, shown: Any) -> Question:
    """The question with as much detail as fits."""
    for detail in _DETAIL:
        page = _Page(*detail)
        question = Question(topic=topic, procedure=procedure, data=shown(page), spans=page.spans)
        if count_tokens(question.shown) <= QUESTION:
            break
    return question
