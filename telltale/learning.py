"""The long way round that makes a memory wiser: what :meth:`AgentMemory.learn` and ``distill`` compose of the rooms.

Runs when it is asked for, never within an ingestion or a recall. Each line is one named stage.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from telltale.memory.contrast import tell_apart
from telltale.memory.embedders import embed_texts
from telltale.memory.tenants import TenantStore
from telltale.memory.types import Skill
from telltale.readers.serving import learn_guard, load_guard
from telltale.writers import library, look_alikes
from telltale.writers.distill import distill as distilled
from telltale.writers.procedures import group, names_by_key

from .agent_memory import DEFAULT_RISK

SAMPLE = 2_000  # episodes that look-alikes are found among


@dataclass(frozen=True, slots=True, kw_only=True)
class Learned:
    """What learning came to."""

    episodes: int
    procedures: int
    look_alikes: int
    calibrated: bool  # the default risk is certified on this memory


def learn(tenant: TenantStore) -> Learned:
    """Put the store in order, group procedures, fit the guard, find look-alikes; all of it replaces what was there."""
    tenant.maintain()
    procedures = group(tenant.episodes())
    tenant.replace_procedures(procedures)
    guard = learn_guard(tenant)
    sample = tenant.block(limit=SAMPLE)
    texts = {episode.id: episode.text for episode in tenant.episodes(sample.ids)}
    facets = tenant.facets(sample.ids)
    pairs = look_alikes.find(sample, names_by_key(procedures), facets, guard.differences, texts=texts)
    tenant.replace_look_alikes(pairs)
    return Learned(
        episodes=tenant.count(),
        procedures=len(procedures),
        look_alikes=len(pairs),
        calibrated=guard.certified(DEFAULT_RISK) is not None,
    )


def distill(tenant: TenantStore) -> list[Skill]:
    """Distil skills and insights from what was learned, and merge the skills into the library; sorted by name."""
    made, insights = distilled(
        list(tenant.episodes()),
        tenant.procedures(),
        tenant.look_alikes(),
        tell_apart=partial(tell_apart, weights=load_guard(tenant).differences),
    )
    skills = library.counted(library.merge(made, tenant.skills()), tenant.feedback())
    tenant.replace_insights(insights)
    tenant.put_skills(skills, embed_texts(tenant.embedder, [skill.when_to_use for skill in skills]))
    return skills
