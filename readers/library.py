"""A tenant with a shared library beside it: what recall searches is both, what it writes is the tenant's own.

Both are judged by one guard that stands on the tenant's prior with the cases of both in its panel, and on what was said
to the tenant. It certifies no risk: the one that the tenant learned is certified on its own cases alone. Nothing flows
back: everything else is the tenant's, and the library is opened read-only.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, TypeVar, cast

import numpy as np
from numpy.typing import NDArray

from telltale.memory.block import Block, Gathered
from telltale.memory.errors import NotAllowed
from telltale.memory.granted import is_granted
from telltale.memory.tenants import TenantStore
from telltale.memory.types import Candidate, Episode, Facet, Procedure, Skill, Verdict

T = TypeVar("T", Verdict, Candidate)
GUARD = "guard"  # the name that serving.py keeps a fitted one under
KNOWN = 200_000  # ids whose origin is kept in mind


class Shelves:
    """The active skills of both; where both have one for a procedure, the tenant's own."""

    def __init__(self, both: Both) -> None:
        self._both = both

    def of(self, names: Sequence[str]) -> Sequence[Skill]:
        """The skills for any of these procedures."""
        own = list(self._both.own.shelf.of(names))
        covered = {name for skill in own for name in skill.procedures}
        further = self._both.shared.shelf.of([name for name in names if name not in covered])
        return [*own, *self._both.mark(further)]

    def __getattr__(self, name: str) -> Any:
        return getattr(self._both.own.shelf, name)


class Both:
    """What reading asks of a tenant, answered by two."""

    def __init__(self, own: TenantStore, shared: TenantStore) -> None:
        self.own, self.shared = own, shared
        self.shelf = Shelves(self)
        self._from_library: set[str] = set()

    def __getattr__(self, name: str) -> Any:
        return getattr(self.own, name)

    def gather(self, vector: NDArray[np.float32], text: str, **options: Any) -> Gathered:
        """The union of what the two searches find in each. Raises NotAllowed once the grant is taken back."""
        if not is_granted(self.shared, self.own):
            raise NotAllowed(
                f"the library {self.shared.name!r} is not granted to {self.own.name!r} any more: open without library=",
                code="NOT_GRANTED",
            )
        found = [tenant.gather(vector, text, **options) for tenant in (self.own, self.shared)]
        self._know(found[1].block.ids)
        dense, lexical = (np.concatenate([getattr(one, name) for one in found]) for name in ("dense", "lexical"))
        ranks = [np.concatenate([getattr(one, f"{name}_rank") for one in found]) for name in ("dense", "lexical")]
        return Gathered(
            block=Block.concat([one.block for one in found]),
            dense=dense,
            lexical=lexical,
            dense_rank=_ranked_anew(ranks[0], -dense),
            lexical_rank=_ranked_anew(ranks[1], ranks[1]),  # scores of different vocabularies do not compare
        )

    def episodes(self, ids: Sequence[str] | None = None) -> Iterator[Episode]:
        """Whole episodes of both in the order of ``ids``; without them the tenant's own."""
        if ids is None:
            yield from self.own.episodes()
            return
        shared = [id_ for id_ in ids if id_ in self._from_library]
        own = [id_ for id_ in ids if id_ not in self._from_library]
        held = {one.id: one for one in (*self.own.episodes(own), *self.shared.episodes(shared))}
        yield from (held[id_] for id_ in ids if id_ in held)

    def block(self, ids: Sequence[str] | None = None, *, limit: int | None = None) -> Block:
        """Guard columns of the episodes with ``ids``, else of all, or of a sample of ``limit`` of each."""
        if ids is not None:
            own = self.own.block([id_ for id_ in ids if id_ not in self._from_library])
            return Block.concat([own, self.shared.block([id_ for id_ in ids if id_ in self._from_library])])
        shared = self.shared.block(limit=limit)
        self._know(shared.ids)
        return Block.concat([self.own.block(limit=limit), shared])

    def facets(self, ids: Sequence[str]) -> dict[str, tuple[Facet, ...]]:
        """The facets of each episode."""
        return self.own.facets(ids) | self.shared.facets([id_ for id_ in ids if id_ in self._from_library])

    def procedures(self) -> list[Procedure]:
        """Those of both; where both name a key, the tenant's own comes last, and so stands."""
        return [*self.shared.procedures(), *self.own.procedures()]

    def count(self) -> int:
        """How many episodes both hold."""
        return self.own.count() + self.shared.count()

    def changed(self) -> int:
        """What changes whenever either does."""
        return self.own.changed() + self.shared.changed()

    def load(self, name: str) -> bytes | None:
        """What is kept under ``name``; no fitted guard, since it was certified on the tenant's own cases alone."""
        return None if name == GUARD else self.own.load(name)

    def mark(self, skills: Sequence[Skill]) -> Sequence[Skill]:
        """``skills`` of the library, known as such from now on."""
        self._know([skill.id for skill in skills])
        return skills

    def origin(self, id_: str) -> str:
        """The library's name for what is out of it; empty for the tenant's own."""
        return self.shared.name if id_ in self._from_library else ""

    def _know(self, ids: Sequence[str]) -> None:
        if len(self._from_library) > KNOWN:
            self._from_library = set()
        self._from_library |= set(ids)


def beside(own: TenantStore, shared: TenantStore | None) -> TenantStore:
    """``own`` for reading, with a library beside it where there is one."""
    return own if shared is None else cast("TenantStore", Both(own, shared))


def labelled(found: Sequence[T], tenant: TenantStore) -> tuple[T, ...]:
    """Each with the name of the library that it is out of."""
    if not isinstance(tenant, Both):
        return tuple(found)
    return tuple(_labelled(one, tenant) for one in found)


def _labelled(one: T, both: Both) -> T:
    if isinstance(one, Verdict):
        return replace(one, candidate=_labelled(one.candidate, both))
    return replace(one, library=both.origin(one.id))


def _ranked_anew(ranks: NDArray[np.int32], order: NDArray[Any]) -> NDArray[np.int32]:
    found = np.full(len(ranks), -1, np.int32)
    rows = np.nonzero(ranks >= 0)[0]
    found[rows[np.argsort(order[rows], kind="stable")]] = np.arange(len(rows), dtype=np.int32)
    return found
