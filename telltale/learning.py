"""The long way round that makes a memory wiser: what :meth:`AgentMemory.learn` composes of the rooms.

Runs when it is asked for, never within an ingestion or a recall. Each line is one named stage.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

from telltale.memory.errors import ReadOnly, TelltaleError
from telltale.memory.tenants import TenantStore
from telltale.readers.serving import learn_guard, load_guard
from telltale.writers import look_alikes
from telltale.writers.merge import join
from telltale.writers.procedures import group, names_by_key

from .agent_memory import DEFAULT_RISK
from .distilling import apart

SAMPLE = 2_000  # episodes that look-alikes are found among
APART = "import os; getattr(os, 'nice', int)(5); from telltale.cli import main; main()"  # gives way to recalls


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
    episodes = list(tenant.episodes())
    procedures = join(group(episodes), episodes, apart(tenant))
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


def learn_apart(tenant: TenantStore, address: str) -> Future[Learned]:
    """Begin :func:`learn` in a process of its own: a thread would take turns with recalls at every step.

    ``address`` is that of the tenant's store. Raises ReadOnly.
    """
    if tenant.read_only:
        raise ReadOnly(f"tenant {tenant.name!r} was opened read-only; open the store without read_only to learn")
    waiting = ThreadPoolExecutor(max_workers=1, thread_name_prefix="telltale-learn")
    try:
        return waiting.submit(_learned_apart, tenant, address)
    finally:
        waiting.shutdown(wait=False)


def _learned_apart(tenant: TenantStore, address: str) -> Learned:
    command = [sys.executable, "-P", "-c", APART, "learn", f"--store={address}", f"--tenant={tenant.name}", "--json"]
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}
    ran = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=False, env=environment)  # noqa: S603
    if ran.returncode < 0:
        raise TelltaleError(
            f"the process that learned was ended by signal {-ran.returncode}; the guard before it serves on. "
            "Learn again, with more memory where it was short of that"
        )
    if ran.returncode:  # an embedder or a memory that only this process has; what else is wrong is raised here again
        return learn(tenant)
    load_guard(tenant, wait=True)
    return Learned(**json.loads(ran.stdout))
