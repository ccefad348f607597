"""What ``telltale eval`` does with its files: a prior for each, the strategies' figures on each, look-alikes planted.

Between the command line, which it knows nothing of, and ``run.evaluate``; here answers are kept and progress is shown.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from telltale import BadArgument

from .cache import Cache, default_folder
from .cases import CaseFile, draw, load_cases
from .distract import distraction
from .prior import Prior, left_out
from .progress import counted
from .results import results
from .run import evaluate
from .strategies import make_strategies

SHIPPED = "shipped with telltale"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is to be measured on every file, and how it is called."""

    names: Sequence[str]
    drawn: Mapping[str, Any]  # memory, queries, seed, risk
    alone: float
    slow: float | None
    cache: bool
    command: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """A file, and the prior that its memories start from; ``None``: the one that telltale ships."""

    path: Path
    cases: CaseFile
    prior: Prior | None


def case_files(paths: Iterable[Path]) -> list[Path]:
    """The files that ``paths`` name, in order; a folder stands for every ``*cases*.jsonl`` in it and one level below.

    Raises ``BadArgument`` for a folder without one.
    """
    found = []
    for path in paths:
        inside = sorted([*path.glob("*cases*.jsonl"), *path.glob("*/*cases*.jsonl")]) if path.is_dir() else [path]
        if not inside:
            raise BadArgument(f"{path}: found no *cases*.jsonl in it; name case files, or a folder that has some")
        found += inside
    return list(dict.fromkeys(found))


def starts(files: Sequence[Path], priors: Sequence[Path], *, leave_one_out: bool, cache: bool) -> list[Start]:
    """Each file, checked, with its prior: one that was given, or one that is fitted without it.

    Raises ``BadArgument`` where there are neither no priors, nor one, nor one for each file.
    """
    if priors and (leave_one_out or len(priors) not in {1, len(files)}):
        found = "--leave-one-out beside it" if leave_one_out else f"{len(priors)} for {len(files)} files"
        raise BadArgument(f"--prior: found {found}; give one for all, or one for each in order")
    loaded = [(file, load_cases(file)) for file in files]
    given: list[Prior | None] = [None] * len(files)
    if leave_one_out:
        with counted(1, first="fitting priors that have not seen the file"):
            given = [*left_out(loaded, Cache(default_folder(), {}).told if cache else None)]
    elif priors:
        read = [Prior(told=json.loads(prior.read_text("utf-8")), says=prior.name) for prior in priors]
        given = [*read] * (len(files) if len(read) == 1 else 1)
    return [Start(path=path, cases=cases, prior=prior) for (path, cases), prior in zip(loaded, given, strict=True)]


def measured(start: Start, asked: Asked) -> dict[str, Any]:
    """The results of one file."""
    drawn, cases = asked.drawn, start.cases
    sample = draw(cases, memory=drawn["memory"], queries=drawn["queries"], seed=drawn["seed"])
    strategies = make_strategies(asked.names, risk=drawn["risk"], seed=drawn["seed"])
    with counted(len(strategies) * len(sample.cases), first=f"{cases.name}: remembering") as progress:
        figures = evaluate(
            sample,
            strategies,
            prior=start.prior.told if start.prior else None,
            progress=progress,
            cache=_kept(start, asked),
            alone=asked.alone,
            slow=asked.slow,
        )
    data = {
        "name": cases.name,
        "sha256": cases.sha256,
        "n_memory": len(sample.memory),
        "n_queries": len(sample.cases),
        "seed": drawn["seed"],
    }
    settings = {
        **drawn,
        "alone": asked.alone,
        "slow": asked.slow,
        "prior": start.prior.says if start.prior else SHIPPED,
    }
    return results(figures, data=data, command=asked.command, families=sample.families, settings=settings)


def distracted(begun: Sequence[Start], asked: Asked) -> Iterator[dict[str, Any] | None]:
    """What planted look-alikes do on each file, ``None`` where no query has a match. Untimed, so all cores work."""
    many = min(len(begun), os.cpu_count() or 1)
    with (
        counted(len(begun), first="planting look-alikes") as progress,
        ThreadPoolExecutor(many) as asking,
        ProcessPoolExecutor(many, mp_context=get_context("spawn")) as working,
    ):

        def told(start: Start) -> dict[str, Any] | None:
            def make() -> dict[str, Any] | None:
                prior = start.prior.told if start.prior else None
                risk, seed = asked.drawn["risk"], asked.drawn["seed"]
                return working.submit(_distraction, start.path, seed, risk, asked.alone, prior).result()

            kept = _kept(start, asked)
            return kept.told(f"distraction {asked.alone}", make) if kept else make()

        for start, found in zip(begun, asking.map(told, begun), strict=True):
            progress(start.cases.name)
            yield found


def _distraction(
    path: Path, seed: int, risk: float, alone: float, prior: Mapping[str, Any] | None
) -> dict[str, Any] | None:
    try:
        return distraction(load_cases(path), seed=seed, risk=risk, alone=alone, prior=prior)
    except BadArgument:
        return None


def _kept(start: Start, asked: Asked) -> Cache | None:
    if not asked.cache:
        return None
    prior = json.dumps(start.prior.told) if start.prior else ""
    about = {"file": start.cases.sha256, "prior": prior, "slow": asked.slow, **asked.drawn}
    return Cache(default_folder(), about)
