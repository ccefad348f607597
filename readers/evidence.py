"""The evidence on each candidate: numbers that say how it stands among its rivals in the case's neighbourhood.

Around a case lie past cases that were handled in several ways; whatever separates those from each other is the
telltale difference, and the evidence says on which side of it the case falls. No number counts episodes, and none
depends on a tenant's vocabulary, so that what is learned from one memory can serve another.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from telltale.memory.block import Block
from telltale.memory.text import TokenIds

from .panel import Margins, Opinion, Panel, Question
from .terms import Floats, flattened, norms

NAMES = (
    "meaning", "wording", "meaning_rank", "wording_rank", "vote", "vote_gap", "meaning_gap", "wording_gap", "centroid",
    "centroid_gap", "words_shared", "words_added", "bayes", "bayes_gap", "expected", "expected_gap", "best_meaning",
    "best_wording", "spread", "profile", "profile_gap", "facts", "facts_gap", "behind", "best_expected", "sum_expected",
    "unseen_words", "typical", "mate", "expected_meaning", "expected_meaning_gap", "expected_wording",
    "expected_wording_gap", "margin", "margin_gap", "best_margin", "margin_lead", "claimed", "margin_meaning",
    "margin_meaning_gap", "margin_wording", "margin_wording_gap", "steps", "steps_gap",
    "told_apart", "told_apart_gap",
)  # fmt: skip
VOTERS = 25
NO_MARGIN = -1.0  # what a machine says of a case that is surely not its procedure's
SHARPNESS = 12.0  # how much more the nearest rows say in the vote

Groups = NDArray[np.intp]


def weigh(question: Question, block: Block, procedures: Sequence[str], panel: Panel, opinion: Opinion) -> Floats:
    """The evidence on every row of ``block``, the case's neighbourhood, shape ``(n, len(NAMES))``.

    ``procedures`` names the procedure of each row. There must be at least one row, and the case must not be among them.
    """
    names, group = np.unique(np.array(procedures, dtype=object), return_inverse=True)
    local = _Local(question, block, panel, group, len(names))
    return np.column_stack(
        list(chain(local.similarity(), local.votes(), local.words_in_common(), local.predictions(names, opinion)))
    ).astype(np.float32)[:, _ORDER]


_PRODUCED = (
    "meaning", "wording", "meaning_rank", "wording_rank", "meaning_gap", "wording_gap", "best_meaning", "best_wording",
    "spread", "facts", "facts_gap", "behind",
    "vote", "vote_gap", "centroid", "centroid_gap", "typical", "mate",
    "words_shared", "words_added", "bayes", "bayes_gap", "unseen_words",
    "expected", "expected_gap", "best_expected", "sum_expected", "expected_meaning", "expected_meaning_gap",
    "expected_wording", "expected_wording_gap", "margin", "margin_gap", "margin_meaning", "margin_meaning_gap",
    "margin_wording", "margin_wording_gap", "best_margin", "margin_lead", "claimed", "profile", "profile_gap",
    "steps", "steps_gap", "told_apart", "told_apart_gap",
)  # fmt: skip
_ORDER = [_PRODUCED.index(name) for name in NAMES]


class _Local:
    """One neighbourhood's arithmetic: n rows in m procedures."""

    def __init__(self, question: Question, block: Block, panel: Panel, group: Groups, count: int) -> None:
        self.question, self.panel, self.group, self.count = question, panel, group, count
        self.n = len(block)
        self.vectors, self.row_facts = block.vectors, block.facts
        self.meaning = np.vecdot(block.vectors, question.vector)
        self._read_words(block)
        self.facts = _fact_similarity(question.facts, block, panel)
        self.both = (self.meaning + self.wording) / 2

    def _read_words(self, block: Block) -> None:
        """The rows' words as a dense matrix over the words that occur here, and which of the question's they hold."""
        flat, row = flattened(block.tokens)
        here, column = np.unique(flat, return_inverse=True)
        weight = self.panel.words.weigh(here)
        self.matrix = np.zeros((self.n, len(here)), np.float32)
        self.matrix[row, column] = weight[column]
        self.length = self.matrix.sum(1)
        self.matrix /= norms(weight[column], row, self.n)[:, None]
        asked = self.question.tokens
        self.asked_weight = self.panel.words.weigh(asked)
        scale = float(np.sqrt(self.asked_weight @ self.asked_weight)) or 1.0
        at = np.minimum(np.searchsorted(here, asked), max(len(here) - 1, 0))
        known = here[at] == asked if len(here) else np.zeros(len(asked), bool)
        self.holds = np.zeros((self.n, len(asked)), np.float32)
        self.holds[:, known] = self.matrix[:, at[known]] > 0
        self.wording = np.vecdot(self.matrix[:, at[known]], self.asked_weight[known] / scale)
        self.matrix = self.matrix[
            :, np.bincount(column, minlength=len(here)) > 1
        ]  # what only one row has pairs with none

    def similarity(self) -> list[Floats]:
        """How like the case each row is, and how much more so than the rows of its best rival."""
        meaning, wording, facts = (self._best(v) for v in (self.meaning, self.wording, self.facts))
        tenth = np.sort(self.meaning)[-min(10, self.n)]
        return [
            self.meaning,
            self.wording,
            _log_rank(self.meaning),
            _log_rank(self.wording),
            _gap(meaning, self.meaning.min())[self.group],
            _gap(wording, 0.0)[self.group],
            np.full(self.n, self.meaning.max()),
            np.full(self.n, self.wording.max()),
            np.full(self.n, self.meaning.max() - tenth),
            self.facts,
            _gap(facts, 0.0)[self.group],
            self.both - self._best(self.both)[self.group],
        ]

    def votes(self) -> list[Floats]:
        """What the nearest rows and the procedures' centres say, and how typical the case would be of each."""
        least = np.sort(self.both)[-min(VOTERS, self.n)]
        nearest = np.nonzero(self.both >= least)[0]  # all that are equally near, so that their order has no say
        weight = np.exp((self.both[nearest] - self.both.max()) * SHARPNESS)
        vote = np.bincount(self.group[nearest], weight, self.count) / weight.sum()
        centres = np.zeros((self.count, self.vectors.shape[1]), np.float32)
        np.add.at(centres, self.group, self.vectors)
        centre = np.vecdot(centres, self.question.vector) / (np.linalg.norm(centres, axis=1) + np.float32(1e-9))
        typical, mate = self._typical()
        return [vote[self.group], _gap(vote, 0.0)[self.group], centre[self.group],
                _gap(centre, centre.min())[self.group], typical, mate]  # fmt: skip

    def _typical(self) -> tuple[Floats, Floats]:
        """How much nearer the case is to a procedure's rows than those are to each other (Breunig et al. 2000)."""
        own = self._nearest_mate()
        paired = own > -1
        pairs = np.bincount(self.group, paired, self.count)
        mean = np.bincount(self.group, np.where(paired, own, 0.0), self.count) / np.maximum(pairs, 1)
        usual = float(mean[pairs > 0].mean()) if paired.any() else 0.5
        mean = np.where(pairs > 0, mean, usual)
        return (self._best(self.both) - mean)[self.group], self.both - np.where(paired, own, usual)

    def _nearest_mate(self) -> Floats:
        """How alike each row is to the nearest other one of its procedure, -1 where there is none."""
        own = np.full(self.n, -1.0, np.float32)
        for group in np.flatnonzero(np.bincount(self.group) > 1):  # most pairs are of two procedures
            rows = np.flatnonzero(self.group == group)
            words = self.matrix.T.take(rows, axis=1).T  # contiguous rows would be summed up in another order
            alike = (_pairwise(self.vectors[rows]) + _pairwise(words)) / 2
            np.fill_diagonal(alike, -1.0)
            own[rows] = alike.max(1, initial=-1.0)
        return own

    def words_in_common(self) -> list[Floats]:
        """What share of the case's words each row holds and adds, and what its procedure's words say of it."""
        total = float(self.asked_weight.sum()) or 1.0
        held = np.vecdot(self.holds, self.asked_weight)
        members = np.bincount(self.group, minlength=self.count)[:, None]
        per_procedure = np.zeros((self.count, self.holds.shape[1]), np.float32)
        np.add.at(per_procedure, self.group, self.holds)
        usual = (self.holds.sum(0) + 0.5) / (self.n + 1)
        odds = np.clip(np.log((per_procedure + 2 * usual) / (members + 2) / usual), -3, 3) @ (self.asked_weight / total)
        unseen = self.asked_weight[self.asked_weight >= self.panel.words.unseen - 1e-6].sum() / total
        return [held / total, np.maximum(0.0, self.length - held) / (self.length + np.float32(1e-9)),
                odds[self.group], _gap(odds, odds.min())[self.group], np.full(self.n, unseen)]  # fmt: skip

    def predictions(self, names: NDArray[np.object_], opinion: Opinion) -> list[Floats]:
        """What the panel expects of each procedure, and how far each is from the parts it expects."""
        known = np.array([self.panel.place.get(name, -1) for name in names])
        columns: list[Floats] = []
        expected = _of_known(opinion.mixed, known)
        columns += [expected[self.group], _gap(expected, expected.min() - 0.5)[self.group],
                    np.full(self.n, expected.max()), np.full(self.n, np.maximum(opinion.mixed, 0).sum())]  # fmt: skip
        for values in (opinion.meaning, opinion.wording):
            said = _of_known(values, known)
            columns += [said[self.group], _gap(said, said.min() - 0.5)[self.group]]
        columns += self._margins(known, opinion.margins)
        nearness = -np.linalg.norm(self.panel.profiles_of(list(names)) - opinion.profile, axis=1)
        columns += [nearness[self.group], _gap(nearness, nearness.min() - 0.5)[self.group]]
        needed = np.vstack([opinion.step_profiles, self.panel.steps.mean])[known]  # of one not known: what is usual
        stepwise = -np.linalg.norm(needed - opinion.steps, axis=1)
        columns += [stepwise[self.group], _gap(stepwise, stepwise.min() - 0.5)[self.group]]
        apart = -opinion.telling.tell_apart(self.question.facts, self.row_facts)
        return [*columns, apart, _gap(self._best(apart), -1.0)[self.group]]

    def _margins(self, known: Groups, margins: Margins) -> list[Floats]:
        """How surely the case is of each procedure, and how much more so than of the best other one of the panel."""
        columns: list[Floats] = []
        for values in (margins.mixed, margins.meaning, margins.wording):
            said = np.append(np.where(np.isnan(values), NO_MARGIN, values), [NO_MARGIN, NO_MARGIN]).astype(np.float32)
            own = said[known]  # of one the panel does not know: the last, which is no margin
            second, first = np.partition(said, -2)[-2:]
            rival = np.where(own == first, second, first)
            columns += [own[self.group], (own - rival)[self.group]]
        said = np.maximum(NO_MARGIN, margins.mixed[~np.isnan(margins.mixed)])
        second, first = np.partition(np.append(said, [NO_MARGIN, NO_MARGIN]), -2)[-2:]
        claimed = np.maximum(0, said + np.float32(0.5)).sum()
        return [*columns, *(np.full(self.n, value, np.float32) for value in (first, first - second, claimed))]

    def _best(self, values: Floats) -> Floats:
        best = np.full(self.count, -1.0, np.float32)
        np.maximum.at(best, self.group, values)
        return best


def _pairwise(rows: Floats) -> Floats:
    """The product of every row with every row. As dot products, since a matrix product would wake other threads."""
    products: Floats = np.vecdot(rows[:, None, :], rows[None, :, :])
    return products


def _gap(values: Floats, alone: float) -> Floats:
    """Each value minus the best of the others; minus ``alone`` where there is no other."""
    if len(values) == 1:
        only: Floats = values - alone
        return only
    order = np.argsort(values)
    rival = np.full(len(values), values[order[-1]])
    rival[order[-1]] = values[order[-2]]
    gap: Floats = values - rival
    return gap


def _log_rank(values: Floats) -> Floats:
    above = len(values) - np.searchsorted(np.sort(values), values, side="right")  # equals share a rank
    return np.log1p(above).astype(np.float32)


def _of_known(values: Floats, known: NDArray[np.intp]) -> Floats:
    """The value of each procedure; 0, which is what is expected of none, for those the panel does not know."""
    return np.append(values, 0.0)[known].astype(np.float32)  # the last is of those, also where the panel knows none


def _fact_similarity(asked: TokenIds, block: Block, panel: Panel) -> Floats:
    weight = panel.facts.weigh(asked)
    scale = float(np.sqrt(weight @ weight))
    if not scale:
        return np.zeros(len(block), np.float32)
    flat, row = flattened(block.facts)
    held = panel.facts.weigh(flat)
    at = np.minimum(np.searchsorted(asked, flat), len(asked) - 1)
    shared = np.where(asked[at] == flat, held * weight[at], 0.0)
    similar = np.bincount(row, shared, len(block)) / (norms(held, row, len(block)) * scale)
    return similar.astype(np.float32)
