"""Episodes as chat messages with tool calls, in the form that OpenAI's fine-tuning and the tools beside it read.

One call a message, each answered before the next: a user's task, what was called, what came back, the final words. A
call that met an error keeps its place, as what the next one answers, and has ``"weight": 0``: it is not learned.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from telltale.memory.types import Case, Episode, Step

MOST_TOOLS = 128  # that one request may offer
_NAME_LENGTH = 64
_NOT_IN_NAMES = re.compile(r"[^a-zA-Z0-9_-]")
_KINDS: Mapping[str, type | tuple[type, ...]] = {  # bool is an int, so it comes first
    "boolean": bool, "integer": int, "number": float, "string": str, "object": Mapping, "array": (list, tuple),
}  # fmt: skip


class Tools:
    """The tools of some episodes as function definitions, most used first, under names that a model may call."""

    def __init__(self, episodes: Iterable[Episode]) -> None:
        self._calls: Counter[str] = Counter()
        self._arguments: dict[str, dict[str, Counter[str]]] = {}
        for episode in episodes:
            for step in episode.steps:
                self._add(step)
        self._names = _free_names(self._calls)

    def _add(self, step: Step) -> None:
        self._calls[step.tool] += 1
        seen = self._arguments.setdefault(step.tool, {})
        for name, value in step.arguments.items():
            seen.setdefault(name, Counter())[kind_of(value)] += 1

    def name(self, tool: str) -> str:
        """What ``tool`` is called in the examples."""
        return self._names[tool]

    def offered(self, used: Iterable[str]) -> list[dict[str, Any]]:
        """Definitions of all tools: those ``used`` and the most used others, where there are more than fit."""
        ranked = sorted(self._calls, key=lambda tool: (-self._calls[tool], tool))
        needed = set(used)
        others = [tool for tool in ranked if tool not in needed][: max(0, MOST_TOOLS - len(needed))]
        return [self._defined(tool) for tool in ranked if tool in needed.union(others)]

    def _defined(self, tool: str) -> dict[str, Any]:
        seen = self._arguments[tool]
        always = [name for name, kinds in seen.items() if kinds.total() == self._calls[tool]]
        properties = {name: {"type": _one_or_all(seen[name])} for name in sorted(seen)}
        parameters = {"type": "object", "properties": properties, "required": sorted(always)}
        return {"type": "function", "function": {"name": self._names[tool], "parameters": parameters}}


def example(episode: Episode, tools: Tools) -> dict[str, Any]:
    """``episode`` as ``{"messages": [...], "tools": [...]}``; without ``tools`` where it calls none.

    It ends in what the agent said or, where it said nothing at the end, in its last call.
    """
    messages = [{"role": "user", "content": asked(episode.case)}, *_called(episode, tools)]
    if episode.answer:
        messages.append({"role": "assistant", "content": episode.answer})
    elif episode.steps:
        messages.pop()  # what the last call gave, which nobody answered
    offered = tools.offered(step.tool for step in episode.steps) if episode.steps else []
    return {"messages": messages} | ({"tools": offered} if offered else {})


def asked(case: Case) -> str:
    """The task as one text: what else was known stands below it, a line each."""
    known = [f"{name}: {_told(value)}" for name, value in case.context.items()]
    return "\n\n".join(filter(None, (case.text, "\n".join(known))))


def kind_of(value: Any) -> str:
    """The JSON Schema type of ``value``."""
    return next((name for name, kind in _KINDS.items() if isinstance(value, kind)), "null")


def _called(episode: Episode, tools: Tools) -> Iterator[dict[str, Any]]:
    for number, step in enumerate(episode.steps):
        id_ = f"call_{number}"
        function = {"name": tools.name(step.tool), "arguments": _json(dict(step.arguments))}
        call = {"id": id_, "type": "function", "function": function}
        met_error = {"weight": 0} if step.error else {}
        yield {"role": "assistant", "content": None, "tool_calls": [call], **met_error}
        seen = "\n".join(filter(None, (step.observation, step.error)))
        yield {"role": "tool", "tool_call_id": id_, "content": seen}


def _free_names(tools: Iterable[str]) -> dict[str, str]:
    """A name of letters, digits, ``_`` and ``-`` for each tool, no two alike; one that is such a name keeps it."""
    names: dict[str, str] = {}
    for tool in sorted(tools, key=lambda tool: (_plain(tool) != tool, tool)):
        name, number = _plain(tool), 1
        while name in names.values():
            number += 1
            name = f"{_plain(tool)[: _NAME_LENGTH - 1 - len(str(number))]}_{number}"
        names[tool] = name
    return names


def _plain(tool: str) -> str:
    return _NOT_IN_NAMES.sub("_", tool)[:_NAME_LENGTH] or "tool"


def _one_or_all(kinds: Iterable[str]) -> str | list[str]:
    found = sorted(kinds)
    return found[0] if len(found) == 1 else found


def _told(value: Any) -> str:
    return value if isinstance(value, str) else _json(value)


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)
