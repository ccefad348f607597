"""One recall's dealings with a judge: whom it is asked about within its bounds, and what came of it.

Every failure of a judge ends here as a few words for the recall's reason.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from time import monotonic

from telltale.memory.clean import clean
from telltale.memory.errors import JudgeFailed
from telltale.memory.facets import find_facets
from telltale.memory.late import within
from telltale.memory.tenants import TenantStore
from telltale.memory.types import Candidate, Difference, Outcome, Verdict

from .differ import facts_that_differ
from .guard import Guard
from .judge import CALLS, SECONDS, TOKENS, Judge, Opinion
from .neighbourhood import Described
from .opinions import keep_opinion, kept_opinion
from .question import NO_VERDICT, RULES, held_to_its_quotes, question


class Consultation:
    """What a judge may still be asked in this recall, and what it has said and failed to say."""

    def __init__(self, judge: Judge, asked: Described, tenant: TenantStore, guard: Guard) -> None:
        self.judge, self.asked, self.tenant, self.guard = judge, asked, tenant, guard
        self.calls: int = getattr(judge, "calls", CALLS)
        self.tokens: int = getattr(judge, "tokens", TOKENS)
        self.until = monotonic() + float(getattr(judge, "seconds", SECONDS))
        self.confirmed = self.rejected = 0
        self.failures: list[str] = []
        self.used_up = ""  # which bound ended it

    def opinions(
        self, verdicts: Sequence[Verdict], count_tokens: Callable[[str], int]
    ) -> Iterator[tuple[Verdict, Opinion]]:
        """An opinion on each of ``verdicts`` that one can be had of, in their order; a kept one costs nothing.

        Nobody is asked about what is no longer there, or has turned out a failure.
        """
        found = {one.id: one for one in self.tenant.episodes([verdict.candidate.id for verdict in verdicts])}
        for verdict in verdicts:
            episode = found.get(verdict.candidate.id)
            if episode is None or episode.outcome is Outcome.FAILURE:
                continue
            candidate = replace(verdict.candidate, text=episode.text, context=episode.context)
            opinion = kept_opinion(self.tenant, self.judge.name, self.asked.case, candidate)
            if opinion is None:
                differences = facts_that_differ(self.asked, find_facets(episode.case), self.guard)
                opinion = self._new(candidate, differences, count_tokens)
            if opinion is not None:
                self.confirmed += opinion.same
                self.rejected += not opinion.same
                yield verdict, opinion

    def reason(self) -> str:
        """What came of it; empty when nobody had to be asked."""
        name, told = clean(self.judge.name, 80), []
        said = [f"{what} {n}" for what, n in (("confirmed", self.confirmed), ("rejected", self.rejected)) if n]
        if said:
            told.append(f"the judge {name} {' and '.join(said)} near the bar")
        if self.failures:
            why = ", ".join(dict.fromkeys(self.failures))
            told.append(f"the judge gave no usable answer ({why}); the guard's own verdict stands")
        if self.used_up:
            told.append(f"the judge was asked no more (its {self.used_up} are used up)")
        return "; ".join(told)

    def _new(
        self, candidate: Candidate, differences: Sequence[Difference], count_tokens: Callable[[str], int]
    ) -> Opinion | None:
        case = self.asked.case
        if not self._may_ask(count_tokens(RULES + question(case, candidate, differences))):
            return None
        try:
            opinion = self._answer(candidate, differences)
        except JudgeFailed as failure:
            self.failures.append(str(failure))
            if failure.hopeless:
                self.calls = 0
            return None
        keep_opinion(self.tenant, self.judge.name, case, candidate, opinion)
        return opinion

    def _may_ask(self, tokens: int) -> bool:
        bounds = (("calls", self.calls < 1), ("seconds", monotonic() >= self.until), ("tokens", tokens > self.tokens))
        met = [bound for bound, reached in bounds if reached]
        if met:
            self.used_up = "" if self.failures else met[0]
            return False
        self.calls -= 1
        self.tokens -= tokens
        return True

    def _answer(self, candidate: Candidate, differences: Sequence[Difference]) -> Opinion:
        """What the judge says in the time that is left; later it is not waited for, and what it says is lost."""
        case, judge = self.asked.case, self.judge
        try:
            return within(
                max(0.0, self.until - monotonic()),
                lambda: held_to_its_quotes(judge.judge(case, candidate, differences), case, candidate),
                name="telltale-judge",
            )
        except JudgeFailed:
            raise
        except TimeoutError as error:
            raise JudgeFailed("no answer in time") from error
        except Exception as error:
            raise JudgeFailed(NO_VERDICT) from error
