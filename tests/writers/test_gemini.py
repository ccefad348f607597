"""Gemini CLI sessions: one document, or lines that change what earlier lines said."""

from __future__ import annotations

import io
import json
from typing import Any

from telltale.memory.errors import RecordError
from telltale.writers.formats.detect import Reading

HEADER = {"sessionId": "s", "projectHash": "h", "startTime": "2026-01-01T00:00:00Z"}


def read(*lines: Any) -> list[Any]:
    reading = Reading(io.BytesIO("\n".join(map(json.dumps, lines)).encode()), "session.jsonl")
    assert reading.format == "gemini-cli"
    return [found.item for found in reading]


def said(id_: str, text: Any, kind: str = "user", **fields: Any) -> dict[str, Any]:
    return {"id": id_, "timestamp": "2026-01-01T00:00:01Z", "type": kind, "content": text, **fields}


def called(id_: str, response: Any, status: str = "success", **fields: Any) -> dict[str, Any]:
    result = [{"functionResponse": {"id": id_, "name": "edit", "response": response}}]
    return {"id": id_, "name": "edit", "args": {"path": "a"}, "result": result, "status": status, **fields}


def test_calls_hold_their_results() -> None:
    calls = [
        called("a", {"output": "ok"}),
        called("b", {"error": "none"}, "error", error="0 found"),
        called("c", {"n": 1}),
    ]
    talk = [said("1", [{"text": "Edit"}]), said("2", "I edit.", "gemini", toolCalls=calls), said("3", "x", "info")]
    (found,) = read(HEADER | {"messages": talk})
    assert [(call.observation, call.error) for call in found.turns[1].calls] == [
        ("ok", ""),
        ("", "0 found"),
        ('{"n": 1}', ""),
    ]
    assert (found.trace_id, [turn.text for turn in found.turns]) == ("s", ["Edit", "I edit."])


def test_a_message_told_again_replaces_itself_and_what_was_rewound_is_gone() -> None:
    (found,) = read(
        *(
            HEADER,
            said("1", "Edit"),
            said("2", "I", "gemini"),
            said("2", "I edit.", "gemini"),
            {"$set": {"summary": "x"}},
        ),
        *(said("3", "Delete it"), said("4", "Gone.", "gemini"), {"$rewindTo": "3"}, said("5", "Keep it, please")),
    )
    assert [turn.text for turn in found.turns] == ["Edit", "I edit.", "Keep it, please"]


def test_slash_commands_are_not_said_and_a_cancelled_request_is_an_interruption() -> None:
    cancelled = said("3", "Request cancelled.", "info")
    (found,) = read(HEADER, said("1", "/chat save x"), said("2", "Look at /etc/hosts and tell"), cancelled)
    assert [turn.text for turn in found.turns] == ["Look at /etc/hosts and tell", "[Request interrupted by user]"]


def test_bad_lines_are_rejects_and_a_silent_session_is_nothing() -> None:
    *rejects, found = read(HEADER, {"silly": 1}, said("2", "x", "gemini", toolCalls=[{"id": "a"}]), [1])
    assert [error.code for error in rejects if isinstance(error, RecordError)] == ["BAD_FIELD"] * 3
    assert found is None
