"""Forgetting, as a program asks for it: what goes, and what other evidence still bears and is made anew without it."""

from __future__ import annotations

from telltale.memory.errors import BadArgument
from telltale.memory.forget import Forgotten
from telltale.memory.tenants import TenantStore
from telltale.memory.types import Status

from .distilling import distill
from .learning import learn
from .shelving import REVIEW


def forget(
    tenant: TenantStore, *, episode_id: str | None, source: str | None, before: float | None, everything: bool
) -> Forgotten:
    """See :meth:`AgentMemory.forget`."""
    given = {"episode_id": episode_id, "source": source, "before": before, "everything": everything or None}
    asked = [name for name, value in given.items() if value is not None]
    if len(asked) != 1:
        known = ", ".join(given)
        raise BadArgument(f"forget was given {' and '.join(asked) or 'nothing'}: give one of {known}")
    if everything:
        return tenant.forget_everything()
    gone = tenant.forget(episode_ids=None if episode_id is None else [episode_id], source=source, before=before)
    if gone:
        learn(tenant)
    if gone.gone:
        remake(tenant, gone)
    return gone


def remake(tenant: TenantStore, gone: Forgotten) -> None:
    """Distil anew what still has evidence, under the names and after the versions of the skills that went."""
    known = {skill.id for skill in tenant.skills()}
    skills = distill(tenant, gone=gone.gone)
    back = {skill.id: skill for skill in skills if skill.id not in known and skill.status is not Status.RETIRED}
    waiting = {one.skill.id: one.skill for one in tenant.proposals()} if tenant.meta(REVIEW) == "on" else {}
    gone.remade = tuple(sorted(skill.name for skill in {**waiting, **back}.values() if skill.version > 1))
