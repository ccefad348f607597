"""Runs the tests: each in a memory of its own, each with its own figures, in the form of any other set's."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from telltale import BadArgument
from telltale.evals.cache import Cache, default_folder
from telltale.evals.cases import CaseFile, draw
from telltale.evals.report import blank, short
from telltale.evals.results import results
from telltale.evals.run import evaluate
from telltale.evals.strategies import Strategy

from .haystacks import CONTROLS, STRESSES
from .rows import Stress, case_file
from .summary import name_of

if TYPE_CHECKING:
    from rich.table import Table

# name of a column, path into a strategy's figures
COLUMNS = (("misled", "misled_rate"), ("helped", "help_rate"), ("honest", "honest_abstention"), ("AURC", "aurc"))


def chosen(names: Iterable[str], *, controls: bool = False) -> list[Stress]:
    """The tests (or the controls) of these names, all where there are none; ``BadArgument`` for a name that is none."""
    known = CONTROLS if controls else STRESSES
    wanted = list(dict.fromkeys(names)) or list(known)
    unknown = [name for name in wanted if name not in known]
    if unknown:
        raise BadArgument(f"--only: found {', '.join(map(repr, unknown))}, expected some of {', '.join(known)}")
    return [known[name] for name in wanted]


def run(
    stress: Stress,
    make: Callable[[], Sequence[Strategy]],
    *,
    seed: int,
    risk: float,
    command: str,
    progress: Callable[[str], None] = lambda _name: None,
    cache: bool = True,
) -> dict[str, Any]:
    """The results of one test, for the strategies that ``make`` makes anew."""
    file = case_file(stress, seed=seed)
    digest = sha256(text_of(file).encode()).hexdigest()
    drawn = {"memory": len(file.memory), "queries": len(file.queries), "seed": seed}
    kept = Cache(default_folder(), {"file": digest, "prior": "", "risk": risk, **drawn}) if cache else None
    sample = draw(file, **drawn)
    figures = evaluate(sample, make(), progress=progress, cache=kept)
    counted = {"n_memory": len(sample.memory), "n_queries": len(sample.cases), "seed": seed}
    data = {"name": file.name, "sha256": digest, **counted}
    told = results(figures, data=data, command=command, families=sample.families, settings={"risk": risk})
    return {**told, "says": stress.says}


def text_of(file: CaseFile) -> str:
    """The rows as a case file's text."""
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in (*file.memory, *file.queries))


def write(tests: Iterable[Stress], folder: Path, *, seed: int) -> None:
    """Each test as a case file of its own, ``NAME.jsonl``."""
    folder.mkdir(parents=True, exist_ok=True)
    for stress in tests:
        folder.joinpath(f"{stress.name}.jsonl").write_text(text_of(case_file(stress, seed=seed)), encoding="utf-8")


def stress_table(sets: Sequence[dict[str, Any]]) -> Table:
    """One line for each test and strategy."""
    from rich import box
    from rich.markup import escape
    from rich.table import Table

    reasons = sorted({reason for one in sets for reason in blank(one["strategies"])})
    caption = "; ".join(["misled: of answers; a dash: of nothing", *map(escape, reasons)])
    grid = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), caption=caption)
    for head in ("test", "strategy", *(label for label, _ in COLUMNS)):
        grid.add_column(head, justify="left" if head in {"test", "strategy"} else "right", no_wrap=True)
    for one in sets:
        for place, (name, figures) in enumerate(one["strategies"].items()):
            values = [figures[figure] for _, figure in COLUMNS]
            cells = ["-" if value is None else short(value, ".2f") for value in values]
            grid.add_row("" if place else name_of(one), name, *cells)
    return grid
