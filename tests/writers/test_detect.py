"""A format is told from content: a file is read as what it is or refused as unknown, and none breaks the reader."""

from __future__ import annotations

import gzip
import io
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telltale.memory.errors import RecordError
from telltale.memory.types import Episode, Trace
from telltale.writers.files import opened
from telltale.writers.formats.detect import FORMATS, Reading, detect
from telltale.writers.stages import episodes_of

KEY = b"k" * 32
CHAT = [{"role": "user", "content": "hi"}, {"role": "assistant", "content": "hello"}]


def read(data: bytes) -> tuple[str, list[Any]]:
    reading = Reading(io.BytesIO(data), "file")
    return reading.format, [found.item for found in reading]


def codes(data: bytes) -> list[str]:
    return [item.code for item in read(data)[1] if isinstance(item, RecordError)]


# By folder: traces, episodes, steps, rejects, and episodes by who said how they ended.
REAL: dict[str, tuple[int, int, int, int, dict[str, int]]] = {
    "claude_code": (6, 11, 14, 7, {}),
    "codex_cli": (2, 4, 5, 0, {}),
    "gemini_cli": (2, 5, 5, 0, {}),
    "mini_swe_agent": (1, 1, 10, 0, {}),
    "openhands": (5, 5, 110, 0, {}),
    "pi_agent": (1, 10, 454, 0, {}),
    "react_prompts": (24, 24, 266, 0, {}),
    "reflexion_runs": (764, 764, 0, 0, {"hidden tests": 164, "environment": 600}),
    "swe_agent_traj": (11, 11, 113, 0, {}),
    "tau_bench": (69, 69, 479, 0, {}),
}


@pytest.mark.parametrize("folder", REAL)
def test_real_files_are_read_or_refused_with_a_reason(folder: str, shared_data: Path) -> None:
    found: Counter[str] = Counter()
    said_by: Counter[str] = Counter()
    for file in sorted((shared_data / "traces" / folder).iterdir()):
        with file.open("rb") as stream:
            for item in (found.item for found in Reading(stream, file.name)):
                found["rejects" if isinstance(item, RecordError) else "none" if item is None else "traces"] += 1
                episodes = episodes_of(item, KEY) if isinstance(item, Trace) else []
                found["episodes"] += len(episodes)
                found["steps"] += sum(len(episode.steps) for episode in episodes)
                said_by.update(episode.said_by for episode in episodes if episode.said_by)
    counts = (found["traces"], found["episodes"], found["steps"], found["rejects"], dict(said_by))
    assert counts == REAL[folder]


@pytest.mark.parametrize(
    ("value", "name"),
    [
        (CHAT, "openai"),
        ({"messages": CHAT}, "openai"),
        ({"messages": []}, "openai"),
        ([], "openai"),
        ([*CHAT, {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "t"}]}], "anthropic"),
        ({"messages_display": "user: hi"}, "tau-bench"),
        ({"traj": [], "reward": 1}, "tau-bench"),
        ({"tasks": [], "simulations": []}, "tau-bench"),
        ({"type": "user", "uuid": "1", "sessionId": "s", "message": {"role": "user", "content": "x"}}, "claude-code"),
        ({"type": "summary", "summary": "x", "leafUuid": "1"}, "claude-code"),
        ({"text": "a", "plan": "b"}, "telltale"),
        ({"text": "a", "context": None, "split": "query"}, "telltale"),
        ({"_id": "1", "title": "", "text": "a document"}, None),
        ({"messages": [{"type": "human", "content": "x"}]}, None),
        ([*CHAT, {"role": "user", "content": "<returncode>0</returncode>"}], None),
        ({"messages": CHAT, "trajectory_format": "mini-swe-agent-1"}, "mini-swe-agent"),
        ({"type": "session_meta", "payload": {"id": "s"}}, "codex"),
        ({"sessionId": "s", "projectHash": "h", "messages": []}, "gemini-cli"),
        ({"type": "session", "id": "s", "cwd": "/r"}, "pi"),
        ({"id": 1, "source": "user", "timestamp": "t", "action": "message"}, "openhands"),
        ({"schema_version": "ATIF-v1.6", "steps": []}, "atif"),
        ({"prompt": "def f(): ...", "is_solved": False}, "reflexion"),
        ("BEGIN TRIAL 3", "reflexion-log"),
        ({"type": "user", "content": "x", "sessionId": "s"}, None),
        ("text", None),
        (42, None),
        ({}, None),
    ],
)
def test_a_value_is_told_by_its_shape(value: Any, name: str | None) -> None:
    found = detect([value])
    assert (found.NAME if found else None) == name


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", ["EMPTY_TRACE"]),
        (b" \n\n", ["EMPTY_TRACE"]),
        (b"PK\x03\x04" + bytes(range(256)), ["BAD_TEXT"]),
        (bytes(range(256)) * 40, ["UNKNOWN_FORMAT"]),
        (b"# Notes\n\nSome prose.\n", ["UNKNOWN_FORMAT"]),
        (b'{\n "version": 1, "status": \n', ["UNKNOWN_FORMAT"]),
        (b'{"messages": "caf\xe9"}', ["BAD_TEXT"]),
        (b'{"messages": [NaN]}\n{"messages": [NaN]}', ["BAD_NUMBER", "BAD_NUMBER"]),
        (b'{"messages": [], "messages": []}', ["DUPLICATE_KEY"]),
        (b"[" * 100_000, ["TOO_DEEP"]),
    ],
)
def test_what_cannot_be_read_at_all_has_its_reason(data: bytes, expected: list[str]) -> None:
    assert codes(data) == expected


def test_a_bad_record_among_good_ones_is_the_only_reject() -> None:
    lines = [
        json.dumps(CHAT).encode(),
        b'{"messages": NaN}',
        b'{"x": 1}',
        b'{"messages": []}',
        json.dumps(CHAT).encode(),
    ]
    name, items = read(b"\n".join(lines))
    assert name == "openai"
    assert [item.code if isinstance(item, RecordError) else "trace" for item in items] == [
        *("trace", "BAD_NUMBER", "UNKNOWN_FORMAT", "EMPTY_TRACE"),
        "trace",
    ]


def test_a_broken_gzip_is_one_reject(tmp_path: Path) -> None:
    file = tmp_path / "a.gz"
    file.write_bytes(gzip.compress(json.dumps(CHAT).encode())[:-12])
    with opened(file) as (stream, _):
        found = [found.item for found in Reading(stream, "a.gz")]
    assert [item.code for item in found if isinstance(item, RecordError)] == ["BAD_TEXT"]


NAMES = """
    role content messages tool_calls function name arguments id type text tool_use_id uuid parentUuid sessionId message
    steps actions plan split traj reward messages_display simulations tasks tools annotations outcome score context
"""
KEYS = st.sampled_from(NAMES.split())
LEAVES = st.sampled_from(
    [None, True, 0, 1.5, "", "user", "assistant", "tool", "text", "tool_use", "tool_result", "f", "{}"]
)
SHAPES = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=6), max_leaves=25
)


def taken(item: Trace | Episode) -> bool:
    """Are there episodes in it, or is it refused for a reason that a well-formed trace can have?"""
    try:
        return bool(episodes_of(item, KEY))
    except RecordError as refused:
        return refused.code in {"EMPTY_TRACE", "NO_TASK"}


@given(st.lists(SHAPES, min_size=1, max_size=4), st.sampled_from([None, *(form.NAME for form in FORMATS)]))
def test_no_shape_of_json_breaks_a_reader(values: list[Any], name: str | None) -> None:
    data = b"\n".join(json.dumps(value).encode() for value in values)
    for found in Reading(io.BytesIO(data), "file", name=name):
        if found.item is None or isinstance(found.item, RecordError):
            continue
        assert taken(found.item)


@given(st.binary(max_size=300))
def test_no_bytes_break_a_reader(data: bytes) -> None:
    assert read(data)[1]
