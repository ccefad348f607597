"""Ways of using a memory, behind one protocol: each gets past episodes once, then one case after another.

The unguarded ones always show the three nearest episodes that are no known failures, as anyone would; telltale decides
for itself. All are driven through the public face. A strategy never sees a query row, only the ``Case`` made of it.
"""

from __future__ import annotations

import json
import random
import tempfile
from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from importlib import import_module
from pathlib import Path
from time import perf_counter
from types import TracebackType
from typing import Any, Literal, Protocol, Self

import telltale
from telltale.memory.types import Candidate, Case, Outcome

from .answers import Answer, Pick
from .cases import Row

SHOWN = 3  # episodes in a prompt, as `recall` has it by default
GATHERED = 50
DEEPEST = 100  # to which gathering is looked at, off the clock
Way = Literal["dense", "lexical", "hybrid", "all"]


class Experience:
    """Past episodes as rows, and remembered in stores of their own that vanish on leaving the ``with`` block."""

    def __init__(self, rows: Iterable[Row], *, prior: Path | Mapping[str, Any] | None = None) -> None:
        self.rows = tuple(rows)
        self._prior = json.loads(prior.read_text("utf-8")) if isinstance(prior, Path) else prior
        self._folder = tempfile.TemporaryDirectory(prefix="telltale-eval-")
        self._opened: list[telltale.AgentMemory] = []
        self._gathered: dict[tuple[int, str, str, str], tuple[Pick, ...]] = {}

    @cached_property
    def memory(self) -> telltale.AgentMemory:
        """A memory that holds the rows, has learned from them and made skills of them."""
        memory = self._remember("learned")
        memory.learn()
        memory.distill()
        return memory

    @cached_property
    def unlearned(self) -> telltale.AgentMemory:
        """A memory that holds the rows and serves with the guard that telltale ships."""
        return self._remember("unlearned")

    def asking(self, judge: telltale.Judge) -> telltale.AgentMemory:
        """The memory that has learned, opened once more with ``judge`` to be asked."""
        assert self.memory, "it has to be there"
        memory = telltale.open(Path(self._folder.name, "learned"), judge=judge)
        self._opened.append(memory)
        return memory

    def gathered(self, memory: telltale.AgentMemory, case: Case, by: Way) -> tuple[Pick, ...]:
        """The DEEPEST nearest in one of the memories; looked up once, for whoever asks off the clock."""
        asked = (id(memory), by, case.text, json.dumps(dict(case.context), sort_keys=True, default=str))
        if asked not in self._gathered:
            found = memory.candidates(case.text, context=case.context, by=by, k=DEEPEST)
            self._gathered[asked] = tuple(pick_of(one, one.score) for one in found)
        return self._gathered[asked]

    def folder(self, name: str) -> Path:
        """An empty folder for what else remembers the rows; it vanishes with the stores."""
        return Path(tempfile.mkdtemp(prefix=f"{name}-", dir=self._folder.name))

    def _remember(self, name: str) -> telltale.AgentMemory:
        path = Path(self._folder.name, f"{name}.jsonl")
        path.write_text("".join(json.dumps(dict(row)) + "\n" for row in self.rows), encoding="utf-8")
        memory = telltale.open(Path(self._folder.name, name))
        self._opened.append(memory)
        if self._prior:
            memory.use_prior(self._prior)
        summary = memory.ingest([path])
        if summary.rejected:
            raise telltale.BadArgument(
                f"{summary.rejected} of {len(self.rows)} memory rows cannot be remembered, the first because "
                f"{summary.rejects[0].reason}; mend or remove them"
            )
        return memory

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        for memory in self._opened:
            memory.close()
        self._folder.cleanup()


class Unavailable(telltale.TelltaleError):
    """A strategy cannot run here, for want of a package, a model or an answer; the message says what it needs."""


class Strategy(Protocol):
    """What the evaluation asks of a way to use a memory."""

    name: str

    def prepare(self, experience: Experience) -> None:
        """Take in the past; not timed. Raises ``Unavailable`` where it cannot run here: its figures are blank then."""

    def answer(self, case: Case) -> Answer:
        """What it would put before an agent that has this case, with the seconds that it took."""


class Nothing:
    """No memory at all."""

    name = "none"

    def prepare(self, experience: Experience) -> None:
        """Nothing to prepare."""

    def answer(self, case: Case) -> Answer:  # noqa: ARG002
        """Abstain."""
        return Answer(tokens=0)


class Random:
    """Episodes drawn blindly among those that did not fail: what any figure is worth without looking at the case."""

    name = "random"

    def __init__(self, seed: int) -> None:
        self._rng = random.Random(seed)

    def prepare(self, experience: Experience) -> None:
        """Note the episodes' procedures."""
        kept = [row for row in experience.rows if row.get("success") is not False]
        self._known = [Pick(id=row.get("id", ""), procedure=row.get("plan") or "", score=0.0) for row in kept]

    def answer(self, case: Case) -> Answer:  # noqa: ARG002
        """Up to 50 episodes, all with the same score."""
        picks = tuple(self._rng.sample(self._known, min(GATHERED, len(self._known))))
        return Answer(ranked=picks, admitted=picks[:SHOWN], gathered=picks)


class Unguarded:
    """Plain search: the three nearest that did not fail are shown, however near."""

    def __init__(self, by: Literal["dense", "lexical", "hybrid"]) -> None:
        self.name: str = by
        self._by = by

    def prepare(self, experience: Experience) -> None:
        """Remember the episodes."""
        self._memory, self._experience = experience.memory, experience

    def answer(self, case: Case) -> Answer:
        """Of the 50 nearest those that did not fail, the first three shown."""
        start = perf_counter()
        found = self._memory.candidates(case.text, context=case.context, by=self._by, k=GATHERED)
        seconds = perf_counter() - start
        picks = tuple(pick_of(candidate, candidate.score) for candidate in found)
        ranked = tuple(pick for pick in picks if not pick.failed)
        return Answer(
            ranked=ranked, admitted=ranked[:SHOWN], gathered=picks + self._beyond(case, picks), seconds=seconds
        )

    def _beyond(self, case: Case, picks: tuple[Pick, ...]) -> tuple[Pick, ...]:
        """What a deeper look finds after these."""
        known = {pick.id for pick in picks}
        return tuple(pick for pick in self._experience.gathered(self._memory, case, self._by) if pick.id not in known)


class Telltale:
    """The guarded recall at one risk; ``learned=False``: with the guard that telltale ships, and without skills."""

    tells_probability = True  # its scores are meant as how often it is right

    def __init__(
        self, name: str, *, risk: float, strict: bool = False, learned: bool = True, kinds: str = "both"
    ) -> None:
        self.name = name
        self._risk, self._strict, self._learned, self._kinds = risk, strict, learned, kinds

    def prepare(self, experience: Experience) -> None:
        """Remember the episodes, and learn from them where this one may."""
        self._memory, self._experience = experience.memory if self._learned else experience.unlearned, experience

    def answer(self, case: Case) -> Answer:
        """What recall judged and admitted; gathering is asked again, off the clock."""
        start = perf_counter()
        found = self._memory.recall(
            case.text, context=case.context, k=SHOWN, risk=self._risk, strict=self._strict, kinds=self._kinds
        )
        seconds = perf_counter() - start
        return Answer(
            ranked=tuple(pick_of(verdict.candidate, verdict.probability) for verdict in found.verdicts),
            admitted=tuple(pick_of(verdict.candidate, verdict.probability) for verdict in found.admitted),
            gathered=self._experience.gathered(self._memory, case, "all"),
            tokens=found.tokens,
            seconds=seconds,
        )


def pick_of(candidate: Candidate, score: float) -> Pick:
    """A candidate of a memory, with the score that it has for its case."""
    failed = candidate.outcome is Outcome.FAILURE
    return Pick(id=candidate.id, procedure=candidate.procedure, score=score, failed=failed)


def _from(module: str) -> Any:
    """A module that builds upon this one, loaded when the first of its strategies is asked for."""
    return import_module(f".{module}", __package__)


# name -> made with the risk asked for and the seed
STRATEGIES: Mapping[str, Callable[[float, int], Strategy]] = {
    "none": lambda _risk, _seed: Nothing(),
    "random": lambda _risk, seed: Random(seed),
    "dense": lambda _risk, _seed: Unguarded("dense"),
    "lexical": lambda _risk, _seed: Unguarded("lexical"),
    "hybrid": lambda _risk, _seed: Unguarded("hybrid"),
    "dense_floor": lambda risk, _seed: _from("baselines").Floor(risk),
    "hybrid_rerank": lambda _risk, _seed: _from("baselines").Rerank(),
    "chromadb": lambda _risk, _seed: _from("peers").Chroma(),
    "mem0": lambda _risk, _seed: _from("peers").Mem0(),
    "langgraph": lambda _risk, _seed: _from("peers").LangGraph(),
    "telltale": lambda risk, _seed: Telltale("telltale", risk=risk),
    "telltale_strict": lambda risk, _seed: Telltale("telltale_strict", risk=risk, strict=True),
    "telltale_episodes": lambda risk, _seed: Telltale("telltale_episodes", risk=risk, kinds="episodes"),
    "telltale_skills": lambda risk, _seed: Telltale("telltale_skills", risk=risk, kinds="skills"),
    "telltale_prior": lambda risk, _seed: Telltale("telltale_prior", risk=risk, learned=False),
    "telltale_at_02": lambda _risk, _seed: Telltale("telltale_at_02", risk=0.02),
    "telltale_at_10": lambda _risk, _seed: Telltale("telltale_at_10", risk=0.10),
    "telltale_judge": lambda risk, _seed: _from("baselines").Judged(risk),
    "oracle": lambda _risk, _seed: _from("baselines").Oracle(),
}

ALL = (  # what "all" stands for: every way worth comparing, blank where it cannot run
    *("none", "random", "dense", "dense_floor", "lexical", "hybrid", "hybrid_rerank", "chromadb", "mem0", "langgraph"),
    *("telltale_at_02", "telltale", "telltale_at_10", "telltale_strict", "telltale_judge", "oracle"),
)


def make_strategies(names: Iterable[str], *, risk: float, seed: int) -> list[Strategy]:
    """The strategies of these names, in this order, repeats left out; ``all`` stands for those in ``ALL``.

    Raises ``BadArgument`` for a name that is none.
    """
    wanted = list(dict.fromkeys(one for name in names for one in (ALL if name == "all" else (name,))))
    unknown = [name for name in wanted if name not in STRATEGIES]
    if unknown or not wanted:
        found = ", ".join(map(repr, unknown)) or "none"
        raise telltale.BadArgument(f"strategies: found {found}, expected some of {', '.join(STRATEGIES)}, or all")
    return [STRATEGIES[name](risk, seed) for name in wanted]
