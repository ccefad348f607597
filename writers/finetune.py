"""Verified successes as chat files for fine-tuning, so that what was learned can also go into a model's weights.

    <folder>/train.jsonl         one example a line, in the form of chat.py
    <folder>/validation.jsonl    the same; nothing in it is nearly the same task as something in train.jsonl
    <folder>/report.json         what went in, by procedure, and what was left out and why

Episodes are redacted before they are stored, so what is written is. The files depend on the runs and on the seed alone,
never on the order in which the runs came in.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import median_low
from typing import NamedTuple

from telltale.memory.budget import count_tokens
from telltale.memory.canonical import to_json
from telltale.memory.errors import StoreIO
from telltale.memory.identity import episode_id
from telltale.memory.text import token_ids
from telltale.memory.types import Episode, Outcome

from .chat import Tools, asked, example
from .near import groups

ALIKE = 0.8  # Jaccard overlap from which two tasks are one and stay on one side (as Lee et al. 2022 deduplicate)
LEAST = 10  # examples that a procedure may have however few the others have
LONGEST = 65_536  # tokens of one example: what hosted fine-tuning takes
TRAIN, VALIDATION, REPORT = "train.jsonl", "validation.jsonl", "report.json"
_NUMBERED = re.compile(r"\w*\d\w*")  # amounts, dates, identifiers: what a task told twice differs in


@dataclass(frozen=True, slots=True, kw_only=True)
class FineTuning:
    """What was written, and what was left out and why."""

    train: int = 0  # examples
    validation: int = 0
    procedures: Mapping[str, Mapping[str, int]] = field(default_factory=dict)  # name -> train, validation, left_out
    left_out: Mapping[str, int] = field(default_factory=dict)  # reason -> episodes
    most: int = 0  # examples of one procedure
    held: float = 0.1
    seed: int = 0


class _Run(NamedTuple):
    """One run that may become an example."""

    place: str  # in the order of all: a hash of the seed and of what happened
    procedure: str
    episode: Episode
    group: int = 0  # of runs whose tasks are nearly the same


_Left = list[tuple[str, str]]  # procedure, and why a run of it does not go in


def export_fine_tuning(
    episodes: Iterable[Episode],
    names: Mapping[str, str],
    folder: Path,
    *,
    most: int | None = None,
    held: float = 0.1,
    seed: int = 0,
) -> FineTuning:
    """Write the three files into ``folder``; what that came to.

    Only episodes that somebody said succeeded, and of those that did the same for the same task one. Tasks that are
    nearly the same (text and context, numbers and identifiers left aside, see :data:`ALIKE`), or that come from one
    trace, are never on both sides.

    Args:
        names: an episode's key to its procedure's name.
        most: examples of one procedure; ``None``: twice the median procedure's, so that none drowns the others, and
            :data:`LEAST` at least. Different tasks go before near-duplicates, and then a hash decides.
        held: at most this share of the examples goes into validation, in [0, 1). Every procedure keeps one to train on.
        seed: another one makes another choice and another order.

    Raises StoreIO where the files cannot be written.
    """
    left: _Left = []
    runs = _once(_good(episodes, names, seed, left), left)
    tools = Tools(run.episode for run in runs)
    short = _grouped(_short(runs, tools, left))
    limit = most or _limit(short)
    chosen = _balanced(short, limit, left)
    apart = _held_apart(chosen, int(held * len(chosen)))
    sides = {
        TRAIN: [run for run in chosen if run.group not in apart],
        VALIDATION: [run for run in chosen if run.group in apart],
    }
    report = FineTuning(
        train=len(sides[TRAIN]),
        validation=len(sides[VALIDATION]),
        procedures=_by_procedure(sides[TRAIN], sides[VALIDATION], left),
        left_out=dict(sorted(Counter(why for _, why in left).items())),
        most=limit,
        held=held,
        seed=seed,
    )
    files = {name: [example(run.episode, tools) for run in side] for name, side in sides.items()}
    _save(folder, {name: "".join(map(_line, examples)) for name, examples in files.items()} | {REPORT: _page(report)})
    return report


def _good(episodes: Iterable[Episode], names: Mapping[str, str], seed: int, left: _Left) -> Iterator[_Run]:
    """Successes by somebody's word in which something was done."""
    for one in episodes:
        name = names.get(one.key, one.key)
        if one.outcome is not Outcome.SUCCESS:
            left.append((name, f"outcome {one.outcome}"))
        elif one.guessed:
            left.append((name, "success is a guess"))
        elif not one.text.strip() or not (one.steps or one.answer):
            left.append((name, "nothing was asked or done"))
        else:
            happened = f"{seed} {episode_id(b'', one)}".encode()  # without the tenant's key: the same in every memory
            yield _Run(hashlib.blake2b(happened, digest_size=16).hexdigest(), name, one)


def _once(runs: Iterable[_Run], left: _Left) -> list[_Run]:
    """In order; of runs that did the same for the same task, whatever they saw, the first."""
    kept: dict[bytes, _Run] = {}
    for run in sorted(runs, key=lambda run: (run.place, run.episode.id)):
        one = run.episode
        done = [one.text, one.context, [[step.tool, step.arguments] for step in one.steps], one.answer]
        if kept.setdefault(to_json(done), run) is not run:
            left.append((run.procedure, "did the same as another"))
    return list(kept.values())


def _short(runs: Iterable[_Run], tools: Tools, left: _Left) -> list[_Run]:
    kept = []
    for run in runs:
        text = _line(example(run.episode, tools))
        if len(text.encode("utf-8", "replace")) > LONGEST and count_tokens(text) > LONGEST:  # a token is a byte or more
            left.append((run.procedure, f"longer than {LONGEST:,} tokens"))
        else:
            kept.append(run)
    return kept


def _grouped(runs: Sequence[_Run]) -> list[_Run]:
    tokens = [token_ids(_NUMBERED.sub("#", asked(run.episode.case))) for run in runs]
    ties = [f"{one.format}\n{one.parent or one.trace_id}" if one.trace_id else one.id for _, _, one, _ in runs]
    return [run._replace(group=at) for run, at in zip(runs, groups(tokens, ties, alike=ALIKE), strict=True)]


def _limit(runs: Iterable[_Run]) -> int:
    sizes = Counter(run.procedure for run in runs).values()
    return max(LEAST, 2 * median_low(sizes) if sizes else 0)


def _balanced(runs: Sequence[_Run], most: int, left: _Left) -> list[_Run]:
    """At most so many of each procedure, in order; the first of every group before the second of any."""
    seen: Counter[tuple[str, int]] = Counter()
    ranked = []
    for run in runs:
        seen[run.procedure, run.group] += 1
        ranked.append((seen[run.procedure, run.group], run.place, run))
    taken: Counter[str] = Counter()
    kept = []
    for _, _, run in sorted(ranked, key=lambda one: one[:2]):
        taken[run.procedure] += 1
        if taken[run.procedure] <= most:
            kept.append(run)
        else:
            left.append((run.procedure, f"over {most} of its procedure"))
    return sorted(kept, key=lambda run: run.place)


def _held_apart(runs: Sequence[_Run], most: int) -> set[int]:
    """Groups for validation, in order: at most so many runs together, and of no procedure all that there is."""
    members: dict[int, Counter[str]] = {}
    for run in runs:
        members.setdefault(run.group, Counter())[run.procedure] += 1
    training = Counter(run.procedure for run in runs)
    apart: set[int] = set()
    for group, held in members.items():
        if held.total() <= most and all(training[name] > many for name, many in held.items()):
            apart.add(group)
            training -= held
            most -= held.total()
    return apart


def _by_procedure(train: Iterable[_Run], validation: Iterable[_Run], left: _Left) -> dict[str, dict[str, int]]:
    counts = {
        "train": Counter(run.procedure for run in train),
        "validation": Counter(run.procedure for run in validation),
        "left_out": Counter(name for name, _ in left),
    }
    names = sorted({name for counted in counts.values() for name in counted})
    return {name: {what: counted[name] for what, counted in counts.items()} for name in names}


def _line(value: object) -> str:
    return f"{json.dumps(value, ensure_ascii=False, default=str)}\n"


def _page(report: FineTuning) -> str:
    return f"{json.dumps(asdict(report), ensure_ascii=False, indent=1)}\n"


def _save(folder: Path, files: Mapping[str, str]) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in files.items():
            (folder / name).write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        raise StoreIO(f"could not write into {folder} ({error}); name a folder that can be written") from error
