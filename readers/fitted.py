"""A panel with its regressions, machines and counted differences, fitted on its own rows.

What it says of a row it can say as if that row, or its whole procedure, had never been there: the regressions leave
rows out in closed form, the rest comes from folds. Reading needs none of this but the heads.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from telltale.memory.contrast import Evidence, ValuePair, count_differing, differing
from telltale.memory.resident import best
from telltale.memory.text import TokenIds

from .folds import by_procedure, by_row, sittings
from .margin import Coordinates, machines, margins_apart
from .panel import Heads, Kernels, Margins, Opinion, Panel
from .regression import Regression, unit
from .telling import Telling
from .terms import Floats, Terms

RIDGE = 0.3
RIDGE_MEANING = 0.1
NEAR = 10  # neighbours that each row is compared with when differences are counted


class FittedPanel:
    """A panel with its regressions, which can also say what it would predict without some of its rows."""

    def __init__(self, panel: Panel) -> None:
        self.panel = panel
        count = len(panel.procedures)
        self.kernels = Kernels(
            meaning=panel.block.vectors @ panel.block.vectors.T,
            wording=_each(panel.words, panel.block.tokens),
            facts=_each(panel.facts, panel.block.facts),
        )
        chosen = np.zeros((len(panel), count), np.float32)
        chosen[np.arange(len(panel)), panel.of] = 1.0
        centred = unit(panel.block.vectors - panel.centre)
        needed = np.hstack([chosen, panel.profiles[panel.of] - panel.mean_profile, panel.steps.rows - panel.steps.mean])
        self._mixed = Regression.fitted(self.kernels.mixed, needed, RIDGE)
        self._wording = Regression.fitted(self.kernels.wording, chosen, RIDGE)
        self._meaning = Regression.fitted(centred @ centred.T, chosen, RIDGE_MEANING)
        vectors = panel.block.vectors
        self._coordinates = {
            "mixed": Coordinates.of(self.kernels.mixed),
            "wording": Coordinates.of(self.kernels.wording),
            "meaning": Coordinates(points=vectors, back=np.eye(vectors.shape[1], dtype=np.float32)),
        }
        panel.learn_differences(self.differences)
        fitted = {name: machines(space, panel.of, count) for name, space in self._coordinates.items()}
        self.heads = Heads(
            mixed=self._mixed.weights,
            wording=self._wording.weights,
            meaning=self._meaning.weights @ centred,
            mixed_machines=fitted["mixed"],
            wording_machines=fitted["wording"],
            meaning_machines=fitted["meaning"],
        )

    def kernels_of(self, row: int) -> Kernels:
        """How alike one row is to each row."""
        every = self.kernels
        return Kernels(meaning=every.meaning[row], wording=every.wording[row], facts=every.facts[row])

    @cached_property
    def sitting(self) -> NDArray[np.intp]:
        """The sitting of each row, (n,): what is said of a row comes from those of others."""
        return sittings(self.panel.block)

    @cached_property
    def row_folds(self) -> NDArray[np.intp]:
        """The fold of each row, (n,)."""
        return by_row(self.panel.of, self.sitting)

    @cached_property
    def procedure_folds(self) -> NDArray[np.intp]:
        """The fold of each row, (n,): a procedure's rows share one, and procedures that look alike do not."""
        return by_procedure(self.panel.of, self.panel.block.vectors)

    @cached_property
    def _margins_without_rows(self) -> Margins:
        return self._margins_apart(self.row_folds, novel=False)

    @cached_property
    def _margins_without_procedures(self) -> Margins:
        return self._margins_apart(self.procedure_folds, novel=True)

    def _margins_apart(self, folds: NDArray[np.intp], *, novel: bool) -> Margins:
        count, of = len(self.panel.procedures), self.panel.of
        return Margins(
            **{name: margins_apart(space, of, count, folds, novel=novel) for name, space in self._coordinates.items()}
        )

    @cached_property
    def _compared(self) -> list[tuple[int, int, tuple[ValuePair, ...], bool]]:
        """Each row and its NEAR nearest: what they differ in, and whether their procedure is the same."""
        panel = self.panel
        alike = self.kernels.mixed.copy()
        np.fill_diagonal(alike, -np.inf)
        return [
            (row, other, differing(panel.facets[row], panel.facets[other]), bool(panel.of[row] == panel.of[other]))
            for row in range(len(panel))
            for other in best(alike[row], min(NEAR, len(panel) - 1)).tolist()
        ]

    @cached_property
    def differences(self) -> Evidence:
        """How often neighbours that differ in a fact were handled differently."""
        return count_differing((found, same) for _, _, found, same in self._compared)

    @cached_property
    def _telling_without_rows(self) -> list[Telling]:
        return self._telling_apart(self.row_folds)

    @cached_property
    def _telling_without_procedures(self) -> list[Telling]:
        return self._telling_apart(self.procedure_folds)

    def _telling_apart(self, folds: NDArray[np.intp]) -> list[Telling]:
        """What is telling as far as pairs without a row of each fold say."""
        every = list(chain.from_iterable(self.panel.facets))
        return [
            Telling.of(
                count_differing(
                    (found, same)
                    for row, other, found, same in self._compared
                    if fold not in (folds[row], folds[other])
                ),
                every,
            )
            for fold in range(int(folds.max(initial=-1)) + 1)
        ]

    def opinions_without(self, rows: NDArray[np.intp], *, novel: bool = False) -> list[Opinion]:
        """What the panel without ``rows`` predicts for each of them.

        The machines' part comes from folds: without the rows' own, or with ``novel`` without that of their procedures.
        """
        panel, count = self.panel, len(self.panel.procedures)
        until = count + len(panel.mean_profile)
        margins = self._margins_without_procedures if novel else self._margins_without_rows
        telling = self._telling_without_procedures if novel else self._telling_without_rows
        folds = self.procedure_folds if novel else self.row_folds
        mixed, meaning, wording = (head.without(rows) for head in (self._mixed, self._meaning, self._wording))
        return [
            Opinion(
                mixed=both[:count],
                meaning=by_meaning,
                wording=by_wording,
                profile=both[count:until] + panel.mean_profile,
                steps=both[until:] + panel.steps.mean,
                step_profiles=panel.steps.profiles
                if novel
                else panel.steps.profiles_without(rows, panel.of, int(panel.of[row])),
                margins=margins[row],
                telling=telling[folds[row]],
            )
            for row, both, by_meaning, by_wording in zip(rows.tolist(), mixed, meaning, wording, strict=True)
        ]


def _each(terms: Terms, rows: Sequence[TokenIds]) -> Floats:
    """How alike every row is to every row, shape ``(n, n)``."""
    alike = np.zeros((len(rows), len(rows)), np.float32)
    for index, row in enumerate(rows):
        alike[index] = terms.similarity(row)
    return alike
