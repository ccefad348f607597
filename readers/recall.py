"""The read path: from a case to an answer. Each line of :func:`recall` is one stage with a home of its own."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import replace

import numpy as np

from telltale.memory.block import OUTCOMES
from telltale.memory.contrast import shared
from telltale.memory.facets import find_facets
from telltale.memory.identity import new_id
from telltale.memory.tenants import TenantStore
from telltale.memory.types import Case, Decision, Outcome, Verdict

from .answer import Answer
from .bounds import bounds, first
from .decide import MIND, Ruling, decide
from .differ import facts_that_differ, why_refused
from .evidence import weigh
from .gather import candidate
from .grey import consult
from .guard import Guard
from .heard import moved
from .judge import Judge
from .library import labelled
from .neighbourhood import Described, Neighbours, describe, gather
from .panel import FAILURE
from .render import render
from .skilled import BOTH, EPISODES, NONE, SKILLS, Shown, stand

SHARED = 6  # shared facts that are told of one candidate


def recall(
    case: Case,
    tenant: TenantStore,
    guard: Guard,
    *,
    k: int,
    risk: float,
    budget: int,
    strict: bool,
    count_tokens: Callable[[str], int],
    judge: Judge | None = None,
    kinds: str = BOTH,
) -> Answer:
    """What may be followed for ``case``, and past episodes refused with the difference that gave them away."""
    asked = describe(case, tenant)
    around = gather(asked, tenant, guard, skills=kinds != EPISODES)
    verdicts = labelled(assess(asked, around, guard), tenant)
    verdicts, word = consult(judge, asked, verdicts, tenant, guard, risk=risk, strict=strict, count_tokens=count_tokens)
    verdicts, ruling, shown = settle(verdicts, asked, tenant, guard, k=k, risk=risk, strict=strict, kinds=kinds)
    ruling = word.told(explain(ruling, asked, around, guard, shown))
    block = render(ruling, shown, asked.sight, budget=budget, count_tokens=count_tokens)
    answer = Answer(
        id=new_id(),
        case=case,
        verdicts=_with_explained(verdicts, ruling),
        admitted=ruling.admitted,
        refused=ruling.refused,
        abstained=not ruling.admitted,
        reason=ruling.reason,
        calibrated=ruling.calibrated,
        risk=risk,
        threshold=ruling.threshold,
        text=block.text,
        tokens=block.tokens,
        episodes=shown.episodes,
        skills=shown.skills,
        tenant_id=tenant.id,
        key=tenant.key,
    )
    note(answer, tenant)
    return answer


def assess(asked: Described, around: Neighbours, guard: Guard) -> tuple[Verdict, ...]:
    """A verdict on every neighbour that did not fail, best first, ties by id; not yet held against a threshold."""
    block = around.block
    if not len(block):
        return ()
    scores = guard.model.score(weigh(asked.question, block, around.procedures, guard.panel, around.opinion))
    said = guard.heard.words(asked.question.vector, asked.facets, guard.names, guard.differences)
    estimated = np.zeros(len(block)) if asked.question.says_nothing else guard.probability(scores)
    probability = moved(estimated, around.procedures, said).tolist()
    nearness = np.vecdot(block.vectors, asked.question.vector).tolist()
    verdicts = [
        Verdict(
            candidate=candidate(block, row, guard, score=nearness[row], by=around.by[row]),
            decision=Decision.REFUSED,
            probability=probability[row],
            verified=OUTCOMES[block.outcomes[row]] is Outcome.SUCCESS,
        )
        for row in range(len(block))
        if block.outcomes[row] != FAILURE
    ]
    return tuple(sorted(verdicts, key=lambda verdict: (-verdict.probability, verdict.candidate.id)))


def settle(
    verdicts: tuple[Verdict, ...],
    asked: Described,
    tenant: TenantStore,
    guard: Guard,
    *,
    k: int,
    risk: float,
    strict: bool,
    kinds: str,
) -> tuple[tuple[Verdict, ...], Ruling, Shown]:
    """The ruling, the verdicts that it rests on, and what it shows as it stands today.

    The guard's panel is as old as the guard: what has been forgotten or has turned out a failure since is left out, and
    the rest decided on anew. So is a skill that rests on it.
    """
    while True:
        every, standing = (verdicts, NONE) if kinds == EPISODES else stand(verdicts, asked.sight, tenant)
        every = labelled(every, tenant)
        ruling = decide(every, guard, k=k, risk=risk, strict=strict, skills_only=kinds == SKILLS)
        ids = [standing.case(verdict) for verdict in (*ruling.admitted, *ruling.refused)]
        episodes = {episode.id: episode for episode in tenant.episodes(list(dict.fromkeys(ids)))}
        gone = {id_ for id_ in ids if id_ not in episodes or episodes[id_].outcome is Outcome.FAILURE}
        if not gone:
            return every, ruling, Shown.of((*ruling.admitted, *ruling.refused), standing, episodes)
        verdicts = tuple(verdict for verdict in verdicts if verdict.candidate.id not in gone)


def explain(ruling: Ruling, asked: Described, around: Neighbours, guard: Guard, shown: Shown) -> Ruling:
    """The ruling with every verdict that is shown made whole: its task, what is the same, and what differs."""

    def whole(verdict: Verdict, *, admitted: bool) -> Verdict:
        episode, skill = shown.episode(verdict), shown.skills.get(verdict.candidate.id)
        facets = find_facets(episode.case)
        if admitted:
            found = facts_that_differ(asked, facets, guard)
        else:
            found = why_refused(asked, episode, facets, around, guard)
        if skill:
            found = first(bounds(skill, asked.sight), found)
        else:
            found = found if admitted else first(shown.barred.get(verdict.candidate.procedure, ()), found)
            told = replace(verdict.candidate, text=episode.text, context=episode.context)
            verdict = replace(verdict, candidate=told)
        heavy = any(difference.weight >= MIND for difference in found)
        let_through = Decision.ADAPT if heavy else Decision.APPLIES
        return replace(
            verdict,
            decision=let_through if admitted else Decision.REFUSED,
            differences=found,
            same=shared(asked.facets, facets)[:SHARED],
        )

    return replace(
        ruling,
        admitted=tuple(whole(verdict, admitted=True) for verdict in ruling.admitted),
        refused=tuple(whole(verdict, admitted=False) for verdict in ruling.refused),
    )


def note(answer: Answer, tenant: TenantStore) -> None:
    """Remember what was shown, without waiting for it; nothing where the memory is read-only."""
    if tenant.read_only:
        return
    tenant.note_recall(
        {
            "id": answer.id,
            "time": time.time(),
            "text": answer.case.text,
            "context": dict(answer.case.context),
            "admitted": [verdict.candidate.id for verdict in answer.admitted],
            "refused": [verdict.candidate.id for verdict in answer.refused],
            "best": answer.verdicts[0].probability if answer.verdicts else None,
            "threshold": answer.threshold,
            "risk": answer.risk,
            "calibrated": answer.calibrated,
        }
    )


def _with_explained(verdicts: Iterable[Verdict], ruling: Ruling) -> tuple[Verdict, ...]:
    explained = {verdict.candidate.id: verdict for verdict in (*ruling.admitted, *ruling.refused)}
    return tuple(explained.get(verdict.candidate.id, verdict) for verdict in verdicts)
