"""Episodes that were redacted by older rules, redacted anew: in place, and down to the bytes of old versions.

An episode's id may rest on its redacted text, so that new rules may give it another: then the new one is stored before
the old one goes. A run that was stopped in between is finished by the next.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from functools import partial
from threading import Lock
from typing import Any
from weakref import WeakKeyDictionary, WeakSet

from telltale.memory.embedders import embed_texts
from telltale.memory.skills import searched
from telltale.memory.store import TenantStore
from telltale.memory.types import Episode

from .redact import redact, redacts_people, version
from .stages import named, store

UNDER_WAY = "redacting"  # the setting that says so
AT_ONCE = 256
_done: WeakSet[TenantStore] = WeakSet()  # looked at by this process
_turns: WeakKeyDictionary[TenantStore, Lock] = WeakKeyDictionary()


def migrate(tenant: TenantStore, *, again: bool = False) -> int:
    """How many episodes were redacted anew; looks once a process, or ``again``.

    What was made of their text goes or is redacted with them; procedures, look-alikes and guard come back with the
    next learning. Raises what the store raises.
    """
    if tenant in _done and not again:
        return 0
    with _turns.setdefault(tenant, Lock()):  # who writes meanwhile waits, instead of doing all of it too
        if tenant in _done and not again:
            return 0
        wanted = version(pii=redacts_people(tenant))
        outdated = tenant.redacted_otherwise(wanted)
        if outdated or tenant.meta(UNDER_WAY) == "yes":
            _migrate(tenant, outdated)
        _done.add(tenant)
        return len(outdated)


def _migrate(tenant: TenantStore, outdated: list[str]) -> None:
    clean = partial(redact, key=tenant.key, pii=redacts_people(tenant))
    ids: dict[str, str] = {}
    changed = tenant.meta(UNDER_WAY) == "yes"
    for start in range(0, len(outdated), AT_ONCE):
        before = list(tenant.episodes(outdated[start : start + AT_ONCE]))
        after = [_anew(clean(episode), episode, tenant.key) for episode in before]
        if not changed and after != before:
            tenant.set_meta(UNDER_WAY, "yes")
            changed = True
        store(after, tenant)
        ids |= {old.id: new.id for old, new in zip(before, after, strict=True) if old.id != new.id}
    if changed:
        skills = [_told_anew(skill, clean, ids) for skill in tenant.skills()]
        tenant.put_skills(skills, embed_texts(tenant.embedder, [searched(skill) for skill in skills]))
        tenant.keep_versions([_told_anew(skill, clean, ids) for skill in tenant.skill_versions()])
        tenant.replace_proposals([clean(proposal) for proposal in tenant.proposals()])
        tenant.replace_insights([])
        tenant.replace_look_alikes([])
        tenant.rewrite(lambda value: _with_ids(clean(value), ids), gone=list(ids))
        tenant.set_meta(UNDER_WAY, "")


def _anew(clean: Episode, before: Episode, key: bytes) -> Episode:
    """Signed and named anew, if there was anything to redact."""
    return before if clean is before else named(clean, key)


def _told_anew(value: Any, clean: Any, ids: Mapping[str, str]) -> Any:
    evidence = tuple(dict.fromkeys(ids.get(id_, id_) for id_ in value.evidence))
    return dataclasses.replace(clean(value), evidence=evidence)


def _with_ids(value: Any, ids: Mapping[str, str]) -> Any:
    """The JSON value with the new ids in place of the old."""
    if isinstance(value, str):
        return ids.get(value, value)
    if isinstance(value, Mapping):
        return {ids.get(name, name): _with_ids(held, ids) for name, held in value.items()}
    return [_with_ids(held, ids) for held in value] if isinstance(value, list) else value
