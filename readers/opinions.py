"""What judges have said of a memory: kept under the question, so that the same question costs no call.

Each is a labelled pair as well: a case, a past case, and whether one procedure serves both.
"""

from __future__ import annotations

import hashlib
from time import time

from telltale.memory.canonical import to_json
from telltale.memory.errors import TelltaleError
from telltale.memory.tenants import TenantStore
from telltale.memory.types import Candidate, Case, Difference

from .judge import Opinion
from .question import RULES


def kept_opinion(tenant: TenantStore, judge: str, case: Case, candidate: Candidate) -> Opinion | None:
    """What the judge of that name once said of this very question; None where it never did, or it cannot be read."""
    try:
        row = tenant.opinion(_name(judge, case, candidate))
    except TelltaleError:  # asking again costs less than a recall that fails
        row = None
    if row is None:
        return None
    return Opinion(
        same=row["same"],
        confidence=row["confidence"],
        differences=tuple(
            Difference(kind="words", case_value=here, candidate_value=there) for here, there in row["differences"]
        ),
    )


def keep_opinion(tenant: TenantStore, judge: str, case: Case, candidate: Candidate, opinion: Opinion) -> None:
    """Keep what the judge said, without waiting for it; nothing where the memory is read-only."""
    row = {
        "judge": judge,
        "text": case.text,
        "context": dict(case.context),
        "candidate": candidate.id,
        "same": opinion.same,
        "confidence": opinion.confidence,
        "differences": [(one.case_value, one.candidate_value) for one in opinion.differences],
        "time": time(),
    }
    tenant.keep_opinion(_name(judge, case, candidate), row)


def judged_pairs(tenant: TenantStore) -> list[tuple[Case, str, bool]]:
    """All that judges have said, oldest first: the case, the past case's id, whether one procedure serves both."""
    rows = [row for row in tenant.opinions() if "candidate" in row]  # what models said of skills is kept there too
    return [(Case(text=row["text"], context=row["context"]), row["candidate"], row["same"]) for row in rows]


def _name(judge: str, case: Case, candidate: Candidate) -> str:
    """Equal for the same question to the same judge. What the guard knows of differences grows, and is left out."""
    past = [candidate.id, candidate.text, candidate.context, candidate.procedure]
    return hashlib.blake2b(to_json([judge, RULES, case.text, case.context, *past]), digest_size=16).hexdigest()
