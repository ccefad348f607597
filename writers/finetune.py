"""Verified successes as chat files for fine-tuning, so that what was learned can also go into a model's weights.

One JSON object a line, as OpenAI's fine-tuning API takes them and most trainers do: ``messages`` with tool calls and
their results, and the ``tools`` that the line uses. Episodes are stored redacted, so what is written is. Deterministic.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from telltale.memory.identity import duplicate_hash
from telltale.memory.text import token_ids
from telltale.memory.types import Episode, Outcome

from .near import groups

ALIKE = 0.7  # Jaccard overlap of words and word pairs, from which two tasks are one and stay on one side
TRAIN, VALIDATION = "train.jsonl", "validation.jsonl"
_OBSERVATION = 4_000  # characters of a result


@dataclass(frozen=True, slots=True, kw_only=True)
class FineTuning:
    """What was written, and what was left out and why."""

    train: int = 0
    validation: int = 0
    procedures: Mapping[str, int] = field(default_factory=dict)  # lines by procedure, train and validation together
    left_out: Mapping[str, int] = field(default_factory=dict)  # reason -> episodes


def export_fine_tuning(
    episodes: Iterable[Episode], names: Mapping[str, str], folder: Path, *, most: int | None = None, held: float = 0.1
) -> FineTuning:
    """Write ``train.jsonl`` and ``validation.jsonl`` into ``folder``; what that came to.

    Only episodes that somebody said succeeded, each task and way of handling it once, at most ``most`` of a procedure
    (``None``: twice the median, so that none drowns the others). Tasks that are nearly the same (see ``ALIKE``), or
    that come from one trace, are never on both sides. Which side, and which of many, is decided by hashes of the
    episodes' ids.

    Args:
        names: an episode's key to its procedure's name.
        held: the share of the groups of tasks that goes into validation, in [0, 1).
    """
    left: Counter[str] = Counter()
    good = list(_good(episodes, left))
    chosen = _balanced(good, names, most, left)
    apart = _sides(chosen, held)
    folder.mkdir(parents=True, exist_ok=True)
    for place, side in ((TRAIN, False), (VALIDATION, True)):
        lines = [json.dumps(chat(one), ensure_ascii=False) for one in chosen if apart[one.id] is side]
        (folder / place).write_text("".join(f"{one}\n" for one in lines), encoding="utf-8", newline="\n")
    return FineTuning(
        train=sum(not side for side in apart.values()),
        validation=sum(apart.values()),
        procedures=dict(sorted(Counter(names.get(one.key, one.key) for one in chosen).items())),
        left_out=dict(sorted(left.items())),
    )


def chat(episode: Episode) -> dict[str, Any]:
    """One episode as a conversation: the task, each call with its result, and the final words where there are any."""
    messages: list[dict[str, Any]] = [{"role": "user", "content": _task(episode)}]
    for number, step in enumerate(one for one in episode.steps if not one.error):
        id_ = f"call_{number}"
        function = {"name": step.tool, "arguments": json.dumps(dict(step.arguments), ensure_ascii=False, default=str)}
        messages += [
            {"role": "assistant", "tool_calls": [{"id": id_, "type": "function", "function": function}]},
            {"role": "tool", "tool_call_id": id_, "content": step.observation[:_OBSERVATION]},
        ]
    if episode.answer:
        messages.append({"role": "assistant", "content": episode.answer})
    tools = _tools(episode)
    return {"messages": messages, **({"tools": tools} if tools else {})}


def _good(episodes: Iterable[Episode], left: Counter[str]) -> Iterator[Episode]:
    """Successes by somebody's word in which something was done, each once, by id."""
    seen: set[str] = set()
    for one in sorted(episodes, key=lambda episode: episode.id):
        mark = duplicate_hash(b"", one)
        if one.outcome is not Outcome.SUCCESS:
            left[f"outcome {one.outcome}"] += 1
        elif one.guessed:
            left["success is a guess"] += 1
        elif not one.answer and all(step.error for step in one.steps):
            left["nothing was done"] += 1
        elif mark in seen:
            left["copy of another"] += 1
        else:
            seen.add(mark)
            yield one


def _balanced(good: Sequence[Episode], names: Mapping[str, str], most: int | None, left: Counter[str]) -> list[Episode]:
    """At most so many of each procedure, those whose ids hash lowest; by id."""
    of: dict[str, list[Episode]] = {}
    for one in sorted(good, key=lambda episode: _share(episode.id)):
        of.setdefault(names.get(one.key, one.key), []).append(one)
    sizes = sorted(map(len, of.values()))
    limit = most or (2 * sizes[len(sizes) // 2] if sizes else 0)
    left["more than its procedure's share"] += sum(max(0, size - limit) for size in sizes)
    return sorted((one for many in of.values() for one in many[:limit]), key=lambda episode: episode.id)


def _sides(chosen: Sequence[Episode], held: float) -> dict[str, bool]:
    """Episode id -> whether it goes into validation; groups stay together, none takes over a third of all lines."""
    ties = [one.trace_id or one.id for one in chosen]
    together = groups([token_ids(one.text) for one in chosen], ties, alike=ALIKE)
    sizes = Counter(together)
    leaders = {group: min(one.id for one, of in zip(chosen, together, strict=True) if of == group) for group in sizes}
    validation = {g for g in sizes if _share(leaders[g]) < held and 3 * sizes[g] <= len(chosen)}
    return {one.id: group in validation for one, group in zip(chosen, together, strict=True)}


def _share(id_: str) -> float:
    """A number in [0, 1) that the id alone decides."""
    return int.from_bytes(hashlib.blake2b(id_.encode(), digest_size=6).digest(), "big") / 2**48


def _task(episode: Episode) -> str:
    if not episode.context:
        return episode.text
    return f"{episode.text}\n\nContext: {json.dumps(dict(episode.context), ensure_ascii=False, default=str)}"


def _tools(episode: Episode) -> list[dict[str, Any]]:
    """The tools that the run used, with the arguments that they were given; their real schemas are not in a trace."""
    given: dict[str, dict[str, Any]] = {}
    for step in episode.steps:
        if not step.error:
            given.setdefault(step.tool, {}).update(step.arguments)
    return [
        {
            "type": "function",
            "function": {
                "name": tool,
                "parameters": {"type": "object", "properties": {name: _typed(held) for name, held in names.items()}},
            },
        }
        for tool, names in sorted(given.items())
    ]


def _typed(value: Any) -> dict[str, Any]:
    kinds = {bool: "boolean", int: "integer", float: "number", str: "string", list: "array", dict: "object"}
    return {"type": kinds[type(value)]} if type(value) in kinds else {}
