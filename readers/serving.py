"""Which guard serves a tenant: the one that was fitted on it, else the prior on a panel of what is there.

Guards are kept per open tenant, made once however many ask for them, and replaced whole. One that was refitted, here or
by another process, is made ready beside the recalls, which the one before it goes on answering meanwhile.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cache
from threading import Lock
from typing import Any
from weakref import WeakKeyDictionary

from telltale.memory.tenants import TenantStore

from .feedback import hearing, lessons_of
from .fit import LEAST_CASES, fit_guard, fit_model, foreign_pairs, pairs_of, pooled
from .fitted import FittedPanel
from .guard import VERSION, Guard, Model, model_of, model_told, restored, shipped, to_bytes, unpack
from .opinions import judged_pairs
from .panel import MOST_ROWS, panel_of
from .paraphrased import keep_paraphrases
from .stream import asked_lately
from .threads import one_thread

NAME = "guard"
PRIOR = "prior"
PRIOR_ROWS = 400  # a panel for the prior is made while somebody waits
GROWTH = 1.2  # a guard is stale when the memory has grown by a fifth


@dataclass(slots=True)
class _Kept:
    payload: bytes | None
    changed: int
    guard: Guard


@dataclass(slots=True)
class _Place:
    """One open tenant's guard. Whoever makes one holds the lock."""

    kept: _Kept | None = None
    making: Lock = field(default_factory=Lock)
    beside: Future[_Kept] | None = None  # the last making that nobody waited for


_places: WeakKeyDictionary[TenantStore, _Place] = WeakKeyDictionary()


def load_guard(tenant: TenantStore, *, wait: bool = False) -> Guard:
    """The guard that serves ``tenant`` now. Raises StoreCorrupt when the stored one is not what was written.

    Args:
        wait: for the guard of the last ``learn``, instead of being served by the one before it until that is ready.
    """
    place = _places.setdefault(tenant, _Place())
    kept = place.kept
    if kept is None or not _serves(kept, tenant):
        refitted = kept and tenant.load(NAME) not in (None, kept.payload)
        if not kept or wait or not refitted:  # what was forgotten, or was too little, serves no longer
            kept = _made(place, tenant)
        elif place.beside is None or place.beside.done():
            before, place.beside = place.beside, _beside().submit(_made, place, tenant)
            if before:
                before.result()  # raises what went wrong, once; the next recall tries again
    return hearing(kept.guard, tenant)


def _serves(kept: _Kept, tenant: TenantStore) -> bool:
    payload, changed = tenant.load(NAME), tenant.changed()
    if kept.payload != payload or (kept.changed != changed and _outgrown(kept.guard, tenant)):
        return False
    kept.payload, kept.changed = payload, changed  # the same bytes, read again, compare faster next time
    return True


def _made(place: _Place, tenant: TenantStore) -> _Kept:
    with place.making:
        kept = place.kept
        if kept is None or not _serves(kept, tenant):
            payload, changed = tenant.load(NAME), tenant.changed()
            guard = (_fitted(payload, tenant) if payload else None) or _prior(tenant)
            kept = place.kept = _Kept(payload, changed, guard)
        return kept


@cache
def _beside() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(max_workers=2, thread_name_prefix="telltale-guard")


def learn_guard(tenant: TenantStore) -> Guard:
    """Fit a guard on the memory's procedures and keep it; the prior where the memory is too small. Takes seconds."""
    fitted = _panel(tenant, MOST_ROWS)
    said, names = tenant.feedback(), _names(tenant)
    base = _on_prior(fitted, tenant, feedback=len(said))
    lessons = lessons_of(said, tenant, fitted, names, judged_pairs(tenant))
    guard = fit_guard(fitted, base, _model(tenant, "start"), lessons, asked_lately(tenant, fitted))
    tenant.save(NAME, to_bytes(guard))
    keep_paraphrases(tenant)
    return load_guard(tenant, wait=True)


def fit_prior(groups: Sequence[Sequence[TenantStore]]) -> dict[str, Any]:
    """The models that several memories teach together, as JSON holds them: what telltale ships as prior and start.

    The memories of one group are of one kind; each is also asked about cases of other groups, where it should refuse.
    """
    fitted = [[_panel(tenant, MOST_ROWS) for tenant in of] for of in groups]
    own = [pairs_of(panel) for kind in fitted for panel in kind]
    grown = [pairs for pairs in own if pairs.case.max(initial=0) >= LEAST_CASES // 2]  # as large as those that start
    foreign = []
    for at, kind in enumerate(fitted):
        strangers = [panel.panel for other, kinds in enumerate(fitted) if other != at for panel in kinds[-2:]]
        foreign += [foreign_pairs(panel, strangers) for panel in kind]
    return {"prior": model_told(fit_model(pooled([*own, *foreign]))), "start": model_told(fit_model(pooled(grown)))}


def use_prior(tenant: TenantStore, told: Mapping[str, Any]) -> None:
    """Let a memory start from the models that ``fit_prior`` gave, instead of from those that telltale ships.

    Kept with the memory; a guard that was fitted before serves on until the next ``learn``. Raises BadArgument where
    they are not such models.
    """
    for name in ("prior", "start"):
        model_of(told, name)
    tenant.save(PRIOR, json.dumps(told).encode())
    _places.pop(tenant, None)


def is_stale(tenant: TenantStore) -> bool:
    """Whether the memory has outgrown the guard that was fitted on it, so that ``learn`` would help."""
    payload = tenant.load(NAME)
    told = unpack(payload)[0] if payload else {}
    learned = told["episodes"] if told.get("version") == VERSION else 0
    return tenant.count() > GROWTH * learned


def _outgrown(guard: Guard, tenant: TenantStore) -> bool:
    """Whether a guard on the prior should see newer rows, or no longer see rows that were forgotten.

    A fitted one serves until the next ``learn``, or until a forgetting takes it away.
    """
    if guard.calibration is not None:
        return False
    grown = not guard.episodes <= tenant.count() <= GROWTH * guard.episodes
    return grown or len(tenant.block(guard.panel.block.ids)) < len(guard.panel)


def _fitted(payload: bytes, tenant: TenantStore) -> Guard | None:
    """The stored guard; None where rows that it rests on have been forgotten since, or an older telltale made it."""
    told, arrays = unpack(payload)
    if told["version"] != VERSION:
        return None
    if not told["calibrated"]:
        return _prior(tenant, told["feedback"])
    panel = panel_of(tenant.block(told["panel"]), told["names"], facets=tenant.facets(told["panel"]))
    return restored(told, arrays, panel) if panel.block.ids == told["panel"] else None


def _prior(tenant: TenantStore, feedback: int = 0) -> Guard:
    return _on_prior(_panel(tenant, PRIOR_ROWS), tenant, feedback=feedback)


def _panel(tenant: TenantStore, limit: int) -> FittedPanel:
    block = tenant.block(limit=limit)
    used = {episode.id: Counter(step.tool for step in episode.steps) for episode in tenant.episodes(block.ids)}
    with one_thread():
        return FittedPanel(panel_of(block, _names(tenant), used=used, facets=tenant.facets(block.ids)))


def _model(tenant: TenantStore, name: str) -> Model:
    """The tenant's own ``prior`` or ``start``, else the one that is shipped."""
    own = tenant.load(PRIOR)
    return model_of(json.loads(own), name) if own else shipped(name)


def _on_prior(fitted: FittedPanel, tenant: TenantStore, *, feedback: int) -> Guard:
    return Guard(
        model=_model(tenant, "prior"),
        panel=fitted.panel,
        heads=fitted.heads,
        names=_names(tenant),
        differences=fitted.differences,
        episodes=tenant.count(),
        feedback=feedback,
    )


def _names(tenant: TenantStore) -> dict[str, str]:
    """An episode's key to its procedure's name."""
    return {key: procedure.name for procedure in tenant.procedures() for key in procedure.keys}
