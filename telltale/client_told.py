"""What a server tells, as the objects that the same call on a folder gives: the one place that reads its JSON.

The names in it are the dataclasses' own, so each is read by its type; fields that a later server adds are passed over.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cache
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from telltale.memory.errors import StoreError
from telltale.memory.forget import Forgotten
from telltale.memory.types import Episode, Recall
from telltale.readers.answer import Answer
from telltale.writers.summary import FormatCount, IngestSummary

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Recalled(Recall):
    receipt: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ServedAnswer(Answer):
    """An answer whose receipt the server sealed, which alone has the key."""

    sealed: str = ""

    def receipt(self) -> str:
        """See :meth:`Answer.receipt`."""
        return self.sealed


class ServedForgotten(Forgotten):
    """What was taken away, as the server tells it; what it said itself is not told."""

    def __init__(self, told: Mapping[str, Any]) -> None:
        super().__init__(told["forgotten"], went=told["went"])
        self.remade = tuple(told["remade"])
        self._told, self._skills = list(told["told"]), tuple(told["skills"])

    @property
    def skills(self) -> tuple[str, ...]:
        """See :attr:`Forgotten.skills`."""
        return self._skills

    def told(self) -> list[str]:
        """See :meth:`Forgotten.told`."""
        return self._told


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """How long work goes at the server."""

    id: str
    state: str
    done: int | None = None
    total: int | None = None
    result: Any = None
    error: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Some of the episodes, and what to ask for after them."""

    episodes: tuple[Episode, ...]
    next: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TenantPage:
    """Some of the names, and what to ask for after them."""

    tenants: tuple[str, ...]
    next: str | None


class Fetched:
    """Episodes that were fetched whole, for what reads them more than once."""

    def __init__(self, episodes: Iterable[Episode]) -> None:
        self._held = {episode.id: episode for episode in episodes}

    def episodes(self, ids: Sequence[str] | None = None) -> Iterator[Episode]:
        """All, or those with ``ids`` in their order."""
        yield from self._held.values() if ids is None else (self._held[id_] for id_ in ids)

    def count(self) -> int:
        """How many."""
        return len(self._held)


def of_json(told: bytes, kind: type[T], under: str = "") -> T:
    """The ``kind`` that a server's JSON tells of, or the one that stands ``under`` a name in it. Raises StoreError."""
    shape: Any = kind
    try:
        found = _reader(dict[str, shape] if under else shape).validate_json(told)
        value: T = found[under] if under else found
    except (ValidationError, KeyError) as error:
        raise _other_words(error) from None
    return value


def of_value(told: Any, kind: type[T]) -> T:
    """The same for what has been read as JSON already."""
    shape: Any = kind
    try:
        value: T = _reader(shape).validate_python(told)
    except ValidationError as error:
        raise _other_words(error) from None
    return value


def answer(told: bytes) -> Answer:
    """A recall."""
    found = of_json(told, _Recalled)
    return ServedAnswer(sealed=found.receipt, **{one.name: getattr(found, one.name) for one in fields(Recall)})


def forgotten(told: bytes) -> Forgotten:
    """What was taken away."""
    return ServedForgotten(of_json(told, dict[str, Any]))


def added_up(parts: Iterable[IngestSummary]) -> IngestSummary:
    """What became of several files, as one ingestion of them all says it."""
    every = list(parts)
    counts = ("read", "stored", "duplicates", "rejected", "skipped", "older", "older_files")
    forms: dict[str, FormatCount] = {}
    for part in every:
        for form, count in part.by_format.items():
            forms[form] = _both(forms[form], count) if form in forms else count
    return IngestSummary(
        **{name: sum(getattr(part, name) for part in every) for name in counts},
        episodes=every[-1].episodes if every else 0,
        procedures=every[-1].procedures if every else 0,
        by_format=dict(sorted(forms.items())),
        rejects=tuple(reject for part in every for reject in part.rejects)[:100],
        dry_run=any(part.dry_run for part in every),
    )


def _both(first: FormatCount, second: FormatCount) -> FormatCount:
    names = ("files", "traces", "episodes", "steps", "rejects")
    outcomes = {
        who: {
            outcome: first.outcomes.get(who, {}).get(outcome, 0) + second.outcomes.get(who, {}).get(outcome, 0)
            for outcome in sorted({*first.outcomes.get(who, {}), *second.outcomes.get(who, {})})
        }
        for who in sorted({*first.outcomes, *second.outcomes})
    }
    return FormatCount(**{name: getattr(first, name) + getattr(second, name) for name in names}, outcomes=outcomes)


@cache
def _reader(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind)


def _other_words(error: ValidationError | KeyError) -> StoreError:
    where = error.errors(include_input=False)[0]["loc"] if isinstance(error, ValidationError) else error.args
    place = ".".join(map(str, where))
    return StoreError(f"the server's answer has another shape ({place or 'all of it'}): use the version that it has")
