"""What each kind of evidence is worth: the guard's AURC with that kind taken away. Not collected; run it as

    python tests/readers/ablation.py FILE... [--memory 600] [--asked 400] [--seeds 2]

Memories and cases come from the *memory* rows of case files, from different places of a file
(``evals/apart.held_apart``), three cases in ten of procedures that are not remembered. Every model starts from nothing:
a prior would make up for what is taken away with what it learned elsewhere.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing
from functools import partial
from pathlib import Path
from statistics import fmean

import numpy as np
from numpy.typing import NDArray

from telltale.evals.apart import held_apart
from telltale.evals.cases import Sample, load_cases
from telltale.evals.curve import aurc, order
from telltale.memory.store import Store, TenantStore
from telltale.memory.types import Case
from telltale.readers.evidence import NAMES, weigh
from telltale.readers.fit import Pairs, fit_model, novel_share, pairs_of
from telltale.readers.fitted import FittedPanel
from telltale.readers.neighbourhood import describe, within
from telltale.readers.panel import Panel, panel_of
from telltale.writers.ingest import ingest
from telltale.writers.procedures import group, names_by_key

NOVEL = 0.3
Floats = NDArray[np.float32]
Judged = list[tuple[Floats, NDArray[np.bool_]]]  # of each case, its candidates' evidence and whether each is right

SINGLE = {
    "similarity, ranks": "meaning wording meaning_rank wording_rank meaning_gap wording_gap behind best_meaning "
    "best_wording spread",
    "votes, centres, typicality": "vote vote_gap centroid centroid_gap typical mate",
    "words in common": "words_shared words_added bayes bayes_gap unseen_words",
    "regressions": "expected expected_gap best_expected sum_expected expected_meaning expected_meaning_gap "
    "expected_wording expected_wording_gap",
    "margins": "margin margin_gap best_margin margin_lead claimed margin_meaning margin_meaning_gap margin_wording "
    "margin_wording_gap",
    "facts in common": "facts facts_gap",
    "telling differences in facts": "told_apart told_apart_gap",
    "profile by parts": "profile profile_gap",
    "profile by steps": "steps steps_gap",
}
JOINT = {
    "profile, parts and steps": ("profile by parts", "profile by steps"),
    "facts, both ways": ("facts in common", "telling differences in facts"),
    "regressions and margins": ("regressions", "margins"),
    "regressions, margins, profile": ("regressions", "margins", "profile by parts", "profile by steps"),
}
PROFILES = {"parts and steps": (True, True), "parts": (True, False), "steps": (False, True), "neither": (False, False)}


def main() -> None:
    """Print the table: a column a set, a row for what is taken away."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", type=Path, nargs="+", metavar="FILE")
    for name, value in (("memory", 600), ("asked", 400), ("seeds", 2)):
        parser.add_argument(f"--{name}", type=int, default=value)
    given = parser.parse_args()
    columns = {}
    for file in given.files:
        draw = partial(held_apart, load_cases(file).memory, memory=given.memory, asked=given.asked, novel=NOVEL)
        columns[f"{file.parent.name}"] = [measured(draw(seed=seed)) for seed in range(given.seeds)]
        sys.stderr.write(f"{file.parent.name}: {columns[file.parent.name]}\n")
    sys.stdout.write("\n".join(table(columns)) + "\n")


def kinds() -> dict[str, list[int]]:
    """The columns of each kind of evidence; raises ValueError where one of today's evidence is in none."""
    single = {kind: names.split() for kind, names in SINGLE.items()}
    if sorted(name for names in single.values() for name in names) != sorted(NAMES):
        unplaced = set(NAMES) ^ {name for names in single.values() for name in names}
        raise ValueError(f"{sorted(unplaced)} are evidence here or there, not in both: mend SINGLE")
    joint = {kind: [name for one in of for name in single[one]] for kind, of in JOINT.items()}
    return {kind: [NAMES.index(name) for name in names] for kind, names in (single | joint).items()}


def measured(sample: Sample) -> dict[str, float]:
    """The AURC with everything, without each kind of evidence, and with profiles of less, for judging and gathering."""
    found = {}
    with tempfile.TemporaryDirectory() as folder, closing(Store.open(Path(folder, "store"))) as store:
        tenant = store.tenant()
        remember(sample, tenant, Path(folder, "rows.jsonl"))
        for name, (parts, steps) in PROFILES.items():
            fitted = FittedPanel(panel(tenant, parts=parts, steps=steps))
            pairs, judged = pairs_of(fitted), [candidates(fitted, case, tenant) for case in sample.cases]
            right = [
                np.array([fitted.panel.procedures[p] in truth.plans for p in of], np.bool_)
                for (_, of), truth in zip(judged, sample.truths, strict=True)
            ]
            cases = [(evidence, one) for (evidence, _), one in zip(judged, right, strict=True)]
            score = partial(area, pairs, cases, novel_share(fitted.panel))
            found[f"profile of {name}"] = score([])
            if parts and steps:
                found |= {f"without {kind}": score(columns) for kind, columns in kinds().items()}
    return found


def remember(sample: Sample, tenant: TenantStore, file: Path) -> None:
    file.write_text("".join(json.dumps(dict(row)) + "\n" for row in sample.memory), encoding="utf-8")
    ingest([file], tenant)
    tenant.replace_procedures(group(tenant.episodes()))


def panel(tenant: TenantStore, *, parts: bool, steps: bool) -> Panel:
    """The panel of all that is remembered, blind to the parts or the steps of procedures where asked to be."""
    block = tenant.block()
    used = {episode.id: Counter(step.tool for step in episode.steps) for episode in tenant.episodes(block.ids)}
    names = names_by_key(tenant.procedures())
    made = panel_of(block, names, used=used if steps else None, facets=tenant.facets(block.ids))
    if not parts:
        made.parts, made.profiles = [], np.zeros((len(made.procedures), 1), np.float32)
        made.mean_profile = np.zeros(1, np.float32)
    return made


def candidates(fitted: FittedPanel, case: Case, tenant: TenantStore) -> tuple[Floats, NDArray[np.intp]]:
    """The evidence on a case's candidates, and their procedures."""
    made, question = fitted.panel, describe(case, tenant).question
    kernels = made.alike(question)
    opinion = made.opinion(fitted.heads, kernels, question)
    rows = within(made, kernels, opinion, np.ones(len(made), np.bool_))
    named = [made.procedures[p] for p in made.of[rows]]
    usable = made.usable[rows]
    return weigh(question, made.block.take(rows), named, made, opinion)[usable], made.of[rows][usable]


def area(pairs: Pairs, cases: Judged, share: float, without: Sequence[int]) -> float:
    """The AURC of a model that does not see the columns ``without``."""
    blind = Pairs(evidence=_blind(pairs.evidence, without), right=pairs.right, case=pairs.case, novel=pairs.novel)
    model = fit_model(blind, novel_share=share)
    scores, wrong = [], []
    for evidence, right in cases:
        of = model.score(_blind(evidence, without))
        first = int(np.argmax(of))
        scores.append(float(of[first]))
        wrong.append(not right[first])
    return float(aurc(order(np.array(scores), np.array(wrong)))[0])


def _blind(evidence: Floats, without: Sequence[int]) -> Floats:
    seen = evidence.copy()
    seen[:, without] = 0.0
    return seen


def table(columns: dict[str, list[dict[str, float]]]) -> Iterator[str]:
    """Each set's mean over seeds; where something is taken away, what that costs."""
    yield f"| AURC | {' | '.join(columns)} |\n|---{'|---' * len(columns)}|"
    names = next(iter(columns.values()))[0]
    for name in sorted(names, key=lambda one: (one != "profile of parts and steps", one.startswith("profile"))):
        cells = []
        for of in columns.values():
            whole, mean = (fmean(one[key] for one in of) for key in ("profile of parts and steps", name))
            cells.append(f"{mean:.4f}" if mean == whole else f"{mean:.4f} ({mean - whole:+.4f})")
        yield f"| {name.replace('profile of parts and steps', 'everything')} | {' | '.join(cells)} |"


if __name__ == "__main__":
    main()
