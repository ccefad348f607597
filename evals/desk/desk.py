"""A shift at the desk: one ticket, its database, the tools, and the transcript of all that is called.

The customer is part of it: asked whether a procedure is what they want, they answer truly, but only so often.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .actions import ACTIONS
from .database import changes, open_database, snapshot
from .tickets import Ticket
from .tools import LOOKUPS, Observation, Tool, ToolError, toolbox

PATIENCE = 2  # so many questions a customer says no to before leaving

SYSTEM = "You work at the support desk of a small shop. Solve the customer's request with the tools."


def ask_customer(_database: object, question: str) -> Observation:
    """Ask the customer whether a procedure is what they need."""
    raise NotImplementedError(question)  # answered by the desk, which knows the ticket


ASK = "ask_customer"
TOOLS: dict[str, Tool] = LOOKUPS | ACTIONS | toolbox(ask_customer, read_only=True)
SPECS = [tool.spec() for tool in TOOLS.values()]


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A finished run: its transcript in OpenAI's chat format, and what the database says of it."""

    ticket: Ticket
    messages: list[dict[str, Any]]
    success: bool
    steps: int  # tool calls
    followed: bool = False  # an example or a skill was followed ...
    abandoned: bool = False  # ... and could not be followed to its end
    example: str = ""  # the id of that example or skill

    @property
    def misled(self) -> bool:
        """An example or a skill was followed, and the run ended wrong or had to start over."""
        return self.followed and (self.abandoned or not self.success)


class Desk:
    """One ticket being worked on."""

    def __init__(self, ticket: Ticket) -> None:
        self.ticket = ticket
        self.messages: list[dict[str, Any]] = [
            {"role": "system", "content": SYSTEM},
            {"role": "user", "content": ticket.text},
        ]
        self.steps = 0
        self._refusals = 0
        self._database = open_database(ticket.rows)
        self._before = snapshot(self._database)

    def call(self, tool: str, arguments: Mapping[str, Any]) -> Observation:
        """What the tool shows; a tool that refuses shows ``{"error": ...}``."""
        self.steps += 1
        observation = self._answer(str(arguments.get("question"))) if tool == ASK else self._use(tool, arguments)
        call_id = f"call_{self.steps}"
        function = {"name": tool, "arguments": json.dumps(dict(arguments))}
        called = {"id": call_id, "type": "function", "function": function}
        shown = json.dumps(observation, ensure_ascii=False)
        self.messages += [
            {"role": "assistant", "content": None, "tool_calls": [called]},
            {"role": "tool", "tool_call_id": call_id, "content": shown},
        ]
        return observation

    def changed(self) -> list[str]:
        """What the run has changed so far, as ``database.changes`` puts it."""
        return changes(self._before, snapshot(self._database))

    def close(self, words: str, **kept: Any) -> Run:
        """End the run with a last word to the customer; success is read from the database, ``kept`` goes with it."""
        self.messages.append({"role": "assistant", "content": words})
        success = self.changed() == list(self.ticket.goal)
        self._database.close()
        return Run(ticket=self.ticket, messages=self.messages, success=success, steps=self.steps, **kept)

    def _use(self, tool: str, arguments: Mapping[str, Any]) -> Observation:
        try:
            return TOOLS[tool].run(self._database, **arguments)
        except ToolError as refusal:
            return {"error": str(refusal)}

    def _answer(self, question: str) -> Observation:
        if self._refusals >= PATIENCE:
            return {"error": "the customer has left"}
        wanted = question == self.ticket.procedure
        self._refusals += not wanted
        return {"answer": "yes" if wanted else "no"}
