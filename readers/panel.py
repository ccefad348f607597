"""The panel: a bounded sample of the memory, and what it predicts for a case.

Three regressions on the panel's rows: from wording, meaning and facts together to the procedure and to the *profile*
of parts that the case should need; from meaning alone and from wording alone to the procedure. Beside each, machines
that say how surely the case is of one procedure and not of the others. Knows nothing of thresholds, and nothing of the
rest of the memory.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from telltale.memory.block import OUTCOMES, Block
from telltale.memory.contrast import Evidence
from telltale.memory.profiles import parts_of
from telltale.memory.text import TokenIds
from telltale.memory.types import Facet, Outcome

from .margin import Machines
from .regression import unit
from .steps import Steps
from .telling import NOTHING_TELLING, Telling
from .terms import Floats, Terms

MOST_ROWS = 1500  # rows of the memory that take part; fitting costs their cube, reading their number
FACTS = 0.5  # the weight of the facts' kernel beside wording and meaning, one half each
LENGTH = 0.5  # the weight of the number of parts, as one more part
KERNELS = ("mixed", "wording", "meaning")
FAILURE = OUTCOMES.index(Outcome.FAILURE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A case as the guard sees it."""

    vector: Floats  # (dim,) unit
    tokens: TokenIds
    facts: TokenIds

    @property
    def says_nothing(self) -> bool:
        """Neither a word nor a fact: nothing can be known to apply to that."""
        return not len(self.tokens) and not len(self.facts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kernels:
    """How alike cases and rows of the panel are: shapes ``(n,)`` for one case, ``(n, n)`` for the panel itself."""

    meaning: Floats  # cosine of the vectors
    wording: Floats  # cosine of the weighted words and word pairs
    facts: Floats  # cosine of the weighted facts

    @property
    def mixed(self) -> Floats:
        """Wording, meaning and facts in one."""
        both: Floats = 0.5 * self.meaning + 0.5 * self.wording + np.float32(FACTS) * self.facts
        return both


@dataclass(frozen=True, slots=True, kw_only=True)
class Margins:
    """How surely a case is of each procedure, ``(procedures,)`` each, or a row of that for every row of the panel.

    NaN for a procedure that has no machine.
    """

    mixed: Floats
    meaning: Floats
    wording: Floats

    def __getitem__(self, row: int) -> Margins:
        return Margins(mixed=self.mixed[row], meaning=self.meaning[row], wording=self.wording[row])


@dataclass(frozen=True, slots=True, kw_only=True)
class Opinion:
    """What a panel predicts for one case: a value for each of its procedures, and the parts the case should need."""

    mixed: Floats  # (procedures,) near 1 for the procedure it expects, near 0 for the others
    meaning: Floats
    wording: Floats
    profile: Floats  # (parts + 1,)
    steps: Floats  # (tools,)
    step_profiles: Floats  # (procedures, tools) what the steps are held against
    margins: Margins
    telling: Telling


@dataclass(frozen=True, slots=True, kw_only=True)
class Heads:
    """The regressions' and machines' numbers: all that reading needs of them."""

    mixed: Floats  # (procedures + parts + 1 + tools, n)
    wording: Floats  # (procedures, n)
    meaning: Floats  # (procedures, dim)
    mixed_machines: Machines
    wording_machines: Machines
    meaning_machines: Machines

    def arrays(self) -> dict[str, Floats]:
        """The numbers by name, as they are stored."""
        regressions = {name: getattr(self, name) for name in KERNELS}
        machines = {name: getattr(self, f"{name}_machines") for name in KERNELS}
        weights = {f"{name}_machines": one.weights for name, one in machines.items()}
        return regressions | weights | {f"{name}_bias": one.bias for name, one in machines.items()}

    @staticmethod
    def of(arrays: Mapping[str, Floats]) -> Heads:
        """The heads of those ``arrays``."""

        def machines_of(name: str) -> Machines:
            return Machines(weights=arrays[f"{name}_machines"], bias=arrays[f"{name}_bias"])

        return Heads(
            mixed=arrays["mixed"],
            wording=arrays["wording"],
            meaning=arrays["meaning"],
            mixed_machines=machines_of("mixed"),
            wording_machines=machines_of("wording"),
            meaning_machines=machines_of("meaning"),
        )


class Panel:
    """A sample of the memory with its procedures, ready to say how alike a case is to each row."""

    def __init__(
        self,
        block: Block,
        procedures: Sequence[str],
        *,
        used: Sequence[Mapping[str, float]] = (),
        facets: Sequence[Sequence[Facet]] = (),
    ) -> None:
        """A panel of ``block``'s rows, whose procedures are named by ``procedures``, one a row.

        Args:
            used: how often each row's run used each tool.
            facets: the facts of each row; by default differences in facts tell nothing.
        """
        self.block = block
        self.procedures = sorted(set(procedures))
        self.place = {name: index for index, name in enumerate(self.procedures)}
        self.of = np.array([self.place[name] for name in procedures], dtype=np.intp)
        self.usable = block.outcomes != FAILURE
        self.words = Terms.of(block.tokens)
        self.facts = Terms.of(block.facts, least=2)
        self.centre = block.vectors.mean(0) if len(block) else np.zeros(block.vectors.shape[1], np.float32)
        self.parts = sorted({part for name in self.procedures for part in parts_of(name)})
        self._known: dict[str, int] = {}
        self.profiles = self.profiles_of(self.procedures)
        self._known = self.place
        self.mean_profile: Floats = self.profiles[self.of].mean(0) if len(block) else self.profiles.sum(0)
        self.facets = facets or [()] * len(block)
        self.telling = NOTHING_TELLING
        self.steps = Steps.of(used or [{}] * len(block), self.of, len(self.procedures), ~self.usable)

    def __len__(self) -> int:
        return len(self.block)

    def profiles_of(self, procedures: Sequence[str]) -> Floats:
        """The counts of the panel's parts in each procedure, and its length, shape ``(len(procedures), parts + 1)``."""
        column = {part: index for index, part in enumerate(self.parts)}
        counts = np.zeros((len(procedures), len(self.parts) + 1), np.float32)
        for row, name in enumerate(procedures):
            if name in self._known:
                counts[row] = self.profiles[self._known[name]]
                continue
            parts = parts_of(name)
            for part in parts.keys() & column.keys():
                counts[row, column[part]] = parts[part]
            counts[row, -1] = LENGTH * sum(parts.values())
        return counts

    @cached_property
    def shown_by(self) -> list[NDArray[np.intp]]:
        """The rows of each procedure that did not fail."""
        return [np.flatnonzero((self.of == place) & self.usable) for place in range(len(self.procedures))]

    def question(self, row: int) -> Question:
        """A row of the panel as it looked when its task came in."""
        return Question(vector=self.block.vectors[row], tokens=self.block.tokens[row], facts=self.block.facts[row])

    def alike(self, question: Question) -> Kernels:
        """How alike a case is to each row."""
        return Kernels(
            meaning=np.vecdot(self.block.vectors, question.vector),
            wording=self.words.similarity(question.tokens),
            facts=self.facts.similarity(question.facts),
        )

    def opinion(self, heads: Heads, kernels: Kernels, question: Question) -> Opinion:
        """What the whole panel predicts for a case."""
        predicted = np.vecdot(heads.mixed, kernels.mixed)  # unlike a matrix product it wakes no threads
        count = len(self.procedures)
        until = count + len(self.mean_profile)
        return Opinion(
            mixed=predicted[:count],
            meaning=np.vecdot(heads.meaning, unit((question.vector - self.centre)[None])),
            wording=np.vecdot(heads.wording, kernels.wording),
            profile=predicted[count:until] + self.mean_profile,
            steps=predicted[until:] + self.steps.mean,
            step_profiles=self.steps.profiles,
            margins=Margins(
                mixed=heads.mixed_machines.margins(kernels.mixed),
                meaning=heads.meaning_machines.margins(question.vector),
                wording=heads.wording_machines.margins(kernels.wording),
            ),
            telling=self.telling,
        )

    def learn_differences(self, evidence: Evidence) -> None:
        """Weigh differences in facts by ``evidence`` from now on."""
        self.telling = Telling.of(evidence, chain.from_iterable(self.facets))


def panel_of(
    block: Block,
    names: Mapping[str, str],
    *,
    used: Mapping[str, Mapping[str, float]] | None = None,
    facets: Mapping[str, Sequence[Facet]] | None = None,
) -> Panel:
    """The panel of those of ``block``'s rows that say how a case was handled, copies once.

    Left out: rows without a procedure, and failures whose procedure was not given (they show what did not work, not
    what the case called for). ``names`` maps an episode's key to its procedure's name; ``used`` its id to how often it
    used each tool, and ``facets`` to its facts. The order is by content, since ids are hashed with a key of the
    tenant's own, and a guard should not depend on it.
    """
    seen: set[str] = set()
    kept = []
    for index, copy in enumerate(block.duplicates):
        if says_how(block, index) and copy not in seen:
            seen.add(copy)
            kept.append(index)
    chosen = block.take(sorted(kept, key=lambda row: (content_hash(block.tokens[row]), block.keys[row])))
    procedures = [names.get(key, key) for key in chosen.keys]
    return Panel(
        chosen,
        procedures,
        used=[used.get(id_, {}) for id_ in chosen.ids] if used else (),
        facets=[facets.get(id_, ()) for id_ in chosen.ids] if facets else (),
    )


def content_hash(tokens: TokenIds) -> int:
    """A 32-bit number that depends on a row's words alone."""
    return int(np.bitwise_xor.reduce(tokens, initial=0))


def says_how(block: Block, row: int) -> bool:
    """Whether a row shows how such a case is handled: it has a procedure, and did not fail with a derived one."""
    return bool(block.keys[row]) and bool(block.outcomes[row] != FAILURE or block.given[row])
