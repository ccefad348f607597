"""What labelled pairs teach a guard: the evidence that each case had, in the form that fitting pools with its own.

Every case is asked of the panel as if it had just come in. Knows no feedback table and sets no weights.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from telltale.memory.block import Block

from .evidence import NAMES, weigh
from .fitted import FittedPanel
from .lessons import Heeded, LabelledPair
from .neighbourhood import within
from .panel import FAILURE, Question
from .terms import Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Taught:
    """Labelled cases against the candidates they would have now, all rows of a case together."""

    evidence: Floats  # (n, len(NAMES))
    right: NDArray[np.bool_]  # (n,) where known
    known: NDArray[np.bool_]  # (n,) whether somebody's word covers the candidate's procedure
    weight: Floats  # (n,) 0 where not known; of one procedure and case it sums to the pair's
    case: NDArray[np.intp]  # (n,) from 0
    bar: Floats  # (cases,) the probability from which on something was shown; NaN: not a case that was shown one

    @staticmethod
    def nothing() -> Taught:
        """No case at all."""
        none, never = np.zeros(0, np.float32), np.zeros(0, np.bool_)
        evidence = np.zeros((0, len(NAMES)), np.float32)
        return Taught(evidence=evidence, right=never, known=never, weight=none, case=np.zeros(0, np.intp), bar=none)

    def of(self, cases: NDArray[np.bool_]) -> Taught:
        """Only those cases."""
        rows = cases[self.case]
        return Taught(
            evidence=self.evidence[rows],
            right=self.right[rows],
            known=self.known[rows],
            weight=self.weight[rows],
            case=(np.cumsum(cases) - 1)[self.case[rows]],
            bar=self.bar[cases],
        )

    def best(self, scores: Floats) -> NDArray[np.intp]:
        """The row of each shown case's best candidate by ``scores``, (n,), where that one's procedure is known."""
        order = np.lexsort((-scores, self.case))
        first = order[np.unique(self.case[order], return_index=True)[1]]
        return first[self.known[first] & ~np.isnan(self.bar[self.case[first]])]

    def floors(self, rows: NDArray[np.intp], slope: float, offset: float) -> Floats:
        """The score that goes with the bar of each row's case, where ``sigmoid(slope score + offset)`` is the odds."""
        bar = np.clip(self.bar[self.case[rows]], 1e-6, 1 - 1e-6)
        floors: Floats = (np.log(bar / (1 - bar)) - offset) / slope
        return floors


def taught(
    pairs: Heeded,
    questions: Mapping[bytes, Question],
    candidates: Block,
    names: Mapping[str, str],
    fitted: FittedPanel,
) -> Taught:
    """What ``pairs`` teach the guard of ``fitted``; those whose memory is gone teach nothing.

    Args:
        pairs: the newest word on each case and memory.
        questions: their cases as the guard sees them, by ``name_of``.
        candidates: their memories.
        names: an episode's key to its procedure's name.
        fitted: the panel that the guard will judge by.
    """
    place = {id_: row for row, id_ in enumerate(candidates.ids)}
    by_case: dict[bytes, list[LabelledPair]] = {}
    for (name, id_), pair in pairs.items():
        if id_ in place:
            by_case.setdefault(name, []).append(pair)
    worded: dict[bytes, list[int]] = {}
    for row, tokens in enumerate(fitted.panel.block.tokens):
        worded.setdefault(tokens.tobytes(), []).append(row)
    asked = []
    for name, said in by_case.items():
        rows = candidates.take([place[pair.candidate] for pair in said])
        of = [names.get(key, key) for key in rows.keys]
        itself = worded.get(questions[name].tokens.tobytes(), [])
        evidence, procedures = _asked(questions[name], itself, rows, of, fitted)
        asked.append((evidence, *_labels(procedures, dict(zip(of, said, strict=True)))))
    sizes = [len(one) for one, *_ in asked]
    bars = [[pair.bar for pair in said if pair.bar is not None] for said in by_case.values()]
    return Taught(
        evidence=np.concatenate([np.zeros((0, len(NAMES)), np.float32), *(one[0] for one in asked)]),
        right=np.concatenate([np.zeros(0, np.bool_), *(one[1] for one in asked)]),
        known=np.concatenate([np.zeros(0, np.bool_), *(one[2] for one in asked)]),
        weight=np.concatenate([np.zeros(0, np.float32), *(one[3] for one in asked)]),
        case=np.repeat(np.arange(len(asked)), sizes),
        bar=np.array([max(bar, default=np.nan) for bar in bars], np.float64),
    )


def _asked(
    question: Question, itself: Sequence[int], labelled: Block, of: Sequence[str], fitted: FittedPanel
) -> tuple[Floats, list[str]]:
    """The evidence on the case's neighbours and on the ``labelled`` memories, failures left out, and the procedures.

    ``itself`` are rows that the case came to be remembered as: what it was handled by must not answer for it.
    """
    panel = fitted.panel
    kernels, allowed = panel.alike(question), np.ones(len(panel), np.bool_)
    opinion = panel.opinion(fitted.heads, kernels, question)
    if itself:
        opinion = fitted.opinions_without(np.array(itself))[0]
        allowed[list(itself)] = False
    near = within(panel, kernels, opinion, allowed)
    ids = {panel.block.ids[row] for row in near}
    more = [row for row, id_ in enumerate(labelled.ids) if id_ not in ids]
    block = Block.concat([panel.block.take(near), labelled.take(more)])
    procedures = [*(panel.procedures[p] for p in panel.of[near]), *(of[row] for row in more)]
    evidence, usable = weigh(question, block, procedures, panel, opinion), np.nonzero(block.outcomes != FAILURE)[0]
    return evidence[usable], [procedures[row] for row in usable]


def _labels(
    procedures: Sequence[str], said: Mapping[str, LabelledPair]
) -> tuple[NDArray[np.bool_], NDArray[np.bool_], Floats]:
    """What a word on a procedure says of each row: those of another one are wrong where one is known to be right."""
    answered = any(pair.right and pair.stated for pair in said.values())
    right = np.array([name in said and said[name].right for name in procedures], np.bool_)
    known = np.array([answered or name in said for name in procedures], np.bool_)
    weight = [said[name].weight / procedures.count(name) if name in said else 0.0 for name in procedures]
    return right, known, np.array(weight, np.float32)
