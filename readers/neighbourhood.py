"""Which past cases a case is judged among: the nearest by meaning, by wording, and by the profile it should need.

Gathers and never decides. The first two ways search the whole memory, the third the panel.
"""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cache
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from telltale.memory.block import OUTCOMES, Block
from telltale.memory.facets import fact_ids
from telltale.memory.references import Sight
from telltale.memory.resident import best
from telltale.memory.tenants import TenantStore
from telltale.memory.text import token_ids
from telltale.memory.types import Case, Facet, Outcome

from .guard import Guard
from .panel import Kernels, Opinion, Panel, Question, says_how
from .paraphrased import in_other_words
from .skilled import ITS_WORDS
from .terms import Floats

NEAREST = 25  # rows gathered in each way
PULL = 0.3  # how much similarity counts beside the profile's distance, which is the same for a whole procedure


@dataclass(frozen=True, slots=True, kw_only=True)
class Described:
    """A case with all that is read off it once."""

    case: Case
    facets: tuple[Facet, ...]
    question: Question
    sight: Sight  # what of a skill's values and conditions can be told of it


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighbours:
    """The rows gathered for a case, what the panel says of it, and in which ways each row was found."""

    block: Block
    procedures: list[str]  # one a row
    opinion: Opinion
    by: list[tuple[str, ...]]  # "dense", "lexical", "profile", "skill"; one a row
    counts: Counter[str]  # the procedures


def describe(case: Case, tenant: TenantStore) -> Described:
    """The case's facets, vector, words and facts."""
    sight = Sight(case)
    facets = sight.facets
    vector = tenant.embedder.embed([case.text])[0]
    question = Question(vector=vector, tokens=token_ids(case.text), facts=fact_ids(facets))
    return Described(case=case, facets=facets, question=question, sight=sight)


def gather(asked: Described, tenant: TenantStore, guard: Guard, *, skills: bool = False) -> Neighbours:
    """The neighbourhood of a case in three ways, without failures that show no procedure. May be empty.

    Copies of an episode are one row, as they were when the guard was fitted. ``skills``: in a fourth way as well, as
    past cases told in the words of active skills' paraphrases.
    """
    consulted = _beside().submit(_consult, guard, asked.question)  # the searches wait for the disk meanwhile
    found, ways = _searched(asked, tenant)
    kernels, opinion = consulted.result()
    third = guard.panel.block.take(best(by_profile(guard.panel, kernels, opinion), NEAREST))
    block, ways = Block.concat([found, third]), [*ways, *[("profile",)] * len(third)]
    if skills:
        fourth = in_other_words(asked.question, asked.case.text, kernels.meaning, tenant, guard)
        block, ways = Block.concat([block, fourth]), [*ways, *[ITS_WORDS] * len(fourth)]
    groups: dict[tuple[str, str], list[int]] = {}
    for row, copy in enumerate(_copies(block)):
        if ways[row] and says_how(block, row):
            groups.setdefault(copy, []).append(row)
    telling = block.take([_first(block, rows) for rows in groups.values()])
    procedures = [guard.procedure(key) for key in telling.keys]
    return Neighbours(
        block=telling,
        procedures=procedures,
        opinion=opinion,
        by=[tuple(dict.fromkeys(chain.from_iterable(ways[row] for row in rows))) for rows in groups.values()],
        counts=Counter(procedures),
    )


def _searched(asked: Described, tenant: TenantStore) -> tuple[Block, list[tuple[str, ...]]]:
    """What the searches find, and in which ways each row is among the NEAREST distinct ones.

    Where there are copies they have taken the places of others, so as many more are searched for once.
    """
    vector, text = asked.question.vector, asked.case.text
    found = tenant.gather(vector, text, k=NEAREST)
    copies = len(found.block) - len(set(_copies(found.block)))
    if copies:
        found = tenant.gather(vector, text, k=NEAREST + copies)
    ways: list[tuple[str, ...]] = [()] * len(found.block)
    every = _copies(found.block)
    for way, ranks in (("dense", found.dense_rank), ("lexical", found.lexical_rank)):
        seen: set[tuple[str, str]] = set()
        for row in np.argsort(ranks, kind="stable")[(ranks < 0).sum() :].tolist():
            seen.add(every[row])
            if len(seen) > NEAREST:
                break
            ways[row] += (way,)
    return found.block, ways


def _copies(block: Block) -> list[tuple[str, str]]:
    """What is equal for rows with the same task, steps and procedure."""
    return list(zip(block.duplicates, block.keys, strict=True))


def _first(block: Block, rows: list[int]) -> int:
    """The row that stands for its copies: successes first, failures last, then by id."""
    if len(rows) == 1:
        return rows[0]
    outcomes = {row: OUTCOMES[block.outcomes[row]] for row in rows}
    return min(
        rows, key=lambda row: (outcomes[row] is Outcome.FAILURE, outcomes[row] is not Outcome.SUCCESS, block.ids[row])
    )


def asked_anew(around: Neighbours, asked: Described, guard: Guard) -> Neighbours:
    """The same rows with what the panel says of another case."""
    return replace(around, opinion=_consult(guard, asked.question)[1])


def _consult(guard: Guard, question: Question) -> tuple[Kernels, Opinion]:
    kernels = guard.panel.alike(question)
    return kernels, guard.panel.opinion(guard.heads, kernels, question)


@cache
def _beside() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(max_workers=4, thread_name_prefix="telltale-panel")


def by_profile(panel: Panel, kernels: Kernels, opinion: Opinion) -> Floats:
    """How near each row's procedure is to the parts that the case should need, and then how alike the rows are."""
    distance = np.linalg.norm(panel.profiles - opinion.profile, axis=1)
    distance += np.linalg.norm(opinion.step_profiles - opinion.steps, axis=1)
    near: Floats = -distance[panel.of] + np.float32(PULL) * (kernels.meaning + kernels.wording)
    return near


def within(panel: Panel, kernels: Kernels, opinion: Opinion, allowed: NDArray[np.bool_]) -> NDArray[np.intp]:
    """The rows of the panel that are gathered in the three ways when only the ``allowed`` ones are there, sorted."""
    found = [kernels.meaning, kernels.wording, by_profile(panel, kernels, opinion)]
    masked = [np.where(allowed, scores, -np.inf).astype(np.float32) for scores in found]
    masked[1][masked[1] <= 0] = -np.inf  # no word in common
    tops = [best(scores, NEAREST) for scores in masked]
    return np.unique(np.concatenate([top[np.isfinite(scores[top])] for top, scores in zip(tops, masked, strict=True)]))
