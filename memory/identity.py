"""Ids: keyed hashes, so that the same episode has one id in a tenant and unrelated ids in two tenants.

An id depends on what happened, never on its outcome, path, time or source: an outcome that comes later, or the same
trace from another file, finds the row that is there.
"""

from __future__ import annotations

import hashlib
import secrets
from typing import Any

from .canonical import to_json
from .types import Episode


def new_id() -> str:
    """A fresh random id: 32 hexadecimal characters."""
    return secrets.token_hex(16)


def episode_id(tenant_key: bytes, episode: Episode) -> str:
    """The id of a redacted ``episode`` in the tenant with that key: 32 hexadecimal characters.

    Made of the format's own id of the task, so that a copy of the session finds the row that is there; else of its
    trace id and the task's index; else of text, context, steps and answer.
    """
    if episode.task_id:
        return _keyed(tenant_key, ["task", episode.format, episode.task_id])
    if episode.trace_id:
        return _keyed(tenant_key, ["trace", episode.format, episode.trace_id, episode.task_index])
    return _keyed(tenant_key, ["content", *_content(episode)])


def duplicate_hash(tenant_key: bytes, episode: Episode) -> str:
    """Equal for episodes with the same text, context, steps and answer, so that copies can weigh once."""
    return _keyed(tenant_key, ["copy", *_content(episode)])


def step_fields(episode: Episode) -> list[list[Any]]:
    """The steps as plain lists: tool, arguments, observation, error, read_only."""
    return [[s.tool, s.arguments, s.observation, s.error, s.read_only] for s in episode.steps]


def _content(episode: Episode) -> list[Any]:
    return [episode.text, episode.context, step_fields(episode), episode.answer]


def _keyed(tenant_key: bytes, parts: list[Any]) -> str:
    return hashlib.blake2b(to_json(parts), key=tenant_key, digest_size=16).hexdigest()
