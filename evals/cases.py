"""Case files as evaluation material: past episodes to remember, new tasks to ask about, and the answers, kept apart.

A row of the file (JSON lines; the fields are explained in the documentation of the case format)::

    {"id": "alfred-train-0-0", "text": "Pick up the alarm clock and turn on the lamp.",
     "context": {"scene": "FloorPlan301"}, "plan": "look_at_obj_in_light", "split": "memory"}

``as_case`` is the one place where a query row becomes what a strategy is given. Knows nothing of strategies.
"""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, NoReturn

from telltale import BadArgument
from telltale.memory.types import Case

from .families import Families, families

Row = Mapping[str, Any]

# What belongs to a past episode. Every other field of a memory row stays in the file.
EPISODE_FIELDS = (
    "id", "text", "context", "plan", "steps", "actions", "success", "sql", "template", "tools", "command", "split",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """What is right for one query: the plans, and whether the sampled memory holds an episode with one of them."""

    plans: frozenset[str]
    has_match: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseFile:
    """The rows of one case file, in its order, and the digest of its bytes."""

    name: str  # with its folder, since many are called cases.jsonl
    sha256: str
    memory: tuple[Row, ...]
    queries: tuple[Row, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One draw: the episodes to remember, the cases to ask about, and the truth of each case, in the same order."""

    memory: tuple[Row, ...]
    cases: tuple[Case, ...]
    truths: tuple[Truth, ...]
    families: Families | None = None  # which cases are of one kind; None: each is on its own


def load_cases(path: str | Path) -> CaseFile:
    """The checked rows of the case file at ``path``; blank lines are passed over.

    Raises ``BadArgument``, with file and line, for what is no case row, for an ``id`` used twice, and for a file
    without memory rows or without query rows.
    """
    path = Path(path)
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise BadArgument(f"{path}: cannot be read ({error.strerror}); give the path of a case file") from error
    rows = [_checked(line, where) for where, line in _lines(raw, path)]
    _refuse_repeated_ids(rows, path)
    memory = tuple(row for row in rows if row.get("split", "memory") == "memory")
    queries = tuple(row for row in rows if row.get("split") == "query")
    for split, found in (("memory", memory), ("query", queries)):
        if not found:
            raise BadArgument(f'{path}: no {split} rows; an evaluation needs rows with "split": "{split}"')
    return CaseFile(name="/".join(path.parts[-2:]), sha256=sha256(raw).hexdigest(), memory=memory, queries=queries)


def draw(file: CaseFile, *, memory: int, queries: int, seed: int) -> Sample:
    """Up to ``memory`` memory rows and then up to ``queries`` query rows, both from one ``random.Random(seed)``.

    A query's truth is taken against the sampled memory, whatever its row says.
    """
    rng = random.Random(seed)
    remembered = rng.sample(file.memory, min(memory, len(file.memory)))
    asked = rng.sample(file.queries, min(queries, len(file.queries)))
    known = frozenset(row["plan"] for row in remembered if row.get("plan") and row.get("success") is not False)
    return Sample(
        memory=tuple(as_episode(row) for row in remembered),
        cases=tuple(as_case(row) for row in asked),
        truths=tuple(as_truth(row, known) for row in asked),
        families=families(asked),
    )


def as_case(row: Row) -> Case:
    """A query row as a strategy gets it: its text and context, and nothing else of it."""
    return Case(text=row["text"], context=row.get("context") or {})


def as_truth(row: Row, known: frozenset[str]) -> Truth:
    """A query row's answer, where ``known`` are the plans of the remembered episodes that are no failures."""
    plans = frozenset(row["plans"]) if row.get("plans") else frozenset(filter(None, [row.get("plan")]))
    return Truth(plans=plans, has_match=not plans.isdisjoint(known))


def as_episode(row: Row) -> Row:
    """A memory row with the fields that belong to a past episode, and no other."""
    return {name: row[name] for name in EPISODE_FIELDS if name in row}


def _lines(raw: bytes, path: Path) -> Iterator[tuple[str, str]]:
    for number, line in enumerate(raw.split(b"\n"), start=1):
        where = f"{path}, line {number}"
        try:
            text = line.decode("utf-8").strip()
        except UnicodeDecodeError as error:
            raise BadArgument(f"{where}: not UTF-8 ({error.reason}); save the file as UTF-8") from error
        if text:
            yield where, text


def _checked(line: str, where: str) -> Row:
    def refuse(reason: str) -> NoReturn:
        raise BadArgument(f"{where}: {reason}")

    try:
        row = json.loads(line, object_pairs_hook=_no_repeated_keys, parse_constant=_no_constants)
    except (ValueError, RecursionError) as error:
        refuse(f"not a JSON object a line ({error})")
    if not isinstance(row, dict):
        refuse(f"found {type(row).__name__}, expected a JSON object")
    for name, (allowed, said) in _FIELDS.items():
        if not allowed(row.get(name)):
            refuse(f"field {name!r} is {row.get(name)!r:.60}, expected {said}")
    return row


def _no_repeated_keys(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    repeated = [name for name, times in Counter(name for name, _ in pairs).items() if times > 1]
    if repeated:
        raise ValueError(f"the key {repeated[0]!r} stands twice in one object")
    return dict(pairs)


def _no_constants(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _is_plan(value: object) -> bool:
    return value is None or _is_text(value)


def _are_plans(value: object) -> bool:
    return value is None or (isinstance(value, list) and all(map(_is_text, value)))


_FIELDS = {
    "text": (_is_text, "the task in words"),
    "context": (lambda value: value is None or isinstance(value, dict), "an object or null"),
    "plan": (_is_plan, "the label of a procedure or null"),
    "plans": (_are_plans, "a list of such labels"),
    "split": (lambda value: value in (None, "memory", "query"), '"memory" or "query"'),
    "family": (_is_plan, "the name of a kind of tasks or null"),
    "id": (lambda value: value is None or _is_text(value), "a name that is unique in the file"),
    "success": (lambda value: value is None or isinstance(value, bool), "true or false"),
}


def _refuse_repeated_ids(rows: Sequence[Row], path: Path) -> None:
    for name, times in Counter(row["id"] for row in rows if row.get("id")).items():
        if times > 1:
            raise BadArgument(f"{path}: the id {name!r} stands in {times} rows; ids are unique in a file")
