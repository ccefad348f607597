"""Sessions of the pi coding agent: lines, and trees of them."""

from __future__ import annotations

import io
import json
from typing import Any

from telltale.memory.errors import RecordError
from telltale.writers.formats.detect import Reading

HEADER = {"type": "session", "version": 3, "id": "s", "timestamp": "2026-01-01T00:00:00Z", "cwd": "/r"}


def read(*lines: Any) -> list[Any]:
    reading = Reading(io.BytesIO("\n".join(map(json.dumps, lines)).encode()), "session.jsonl")
    assert reading.format == "pi"
    return [found.item for found in reading]


def said(role: str, content: Any, id_: str = "", parent: str | None = None, **fields: Any) -> dict[str, Any]:
    tree = {"id": id_, "parentId": parent} if id_ else {}
    message = {"role": role, "content": content, **fields}
    return {"type": "message", **tree, "timestamp": "2026-01-01T00:00:01Z", "message": message}


def call(id_: str, tool: str = "bash") -> dict[str, Any]:
    return {"type": "toolCall", "id": id_, "name": tool, "arguments": {"command": "ls"}}


def test_calls_get_their_results_and_what_nobody_said_is_no_turn() -> None:
    (found,) = read(
        *(HEADER, said("user", [{"type": "text", "text": "Look"}])),
        said("assistant", [{"type": "thinking", "thinking": "hm"}, call("a"), call("b", "read")]),
        *(said("toolResult", "no", toolCallId="b", isError=True), said("toolResult", "a.py", toolCallId="a")),
        *({"type": "compaction", "summary": "Old"}, said("bashExecution", "", command="ls", output="x")),
        said("assistant", "Seen.", stopReason="aborted"),
    )
    assert [(call.tool, call.observation, call.error) for call in found.turns[1].calls] == [
        *(("bash", "a.py", ""), ("read", "", "no"))
    ]
    assert [turn.text for turn in found.turns] == ["Look", "", "Seen.", "[Request interrupted by user]"]


def test_of_a_tree_the_branch_that_was_worked_on_last_is_read() -> None:
    (found,) = read(
        *(HEADER, said("user", "Set up", "1"), said("assistant", "Done.", "2", "1")),
        *(said("user", "Delete all", "3", "2"), said("assistant", "Gone.", "4", "3")),
        *(said("user", "Delete the build", "5", "2"), said("assistant", "Deleted.", "6", "5")),
    )
    assert [turn.text for turn in found.turns] == ["Set up", "Done.", "Delete the build", "Deleted."]
    assert (found.trace_id, found.turns[0].id) == ("s", "1@2026-01-01T00:00:01Z")


def test_entries_in_a_circle_come_to_an_end() -> None:
    (found,) = read(HEADER, said("user", "One", "1", "2"), said("assistant", "Two", "2", "1"))
    assert [turn.text for turn in found.turns] == ["One", "Two"]


def test_bad_lines_are_rejects_and_a_silent_session_is_nothing() -> None:
    *rejects, found = read(
        HEADER, {"no": "type"}, said("assistant", [call("") | {"name": None}]), {"type": "model_change"}
    )
    assert [error.code for error in rejects if isinstance(error, RecordError)] == ["BAD_FIELD"] * 2
    assert found is None
