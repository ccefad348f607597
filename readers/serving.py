"""Which guard serves a tenant: the one that was fitted on it, else the prior on a panel of what is there.

Guards are kept per open tenant and made anew when what they rest on has changed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

from telltale.memory.contrast import Evidence
from telltale.memory.tenants import TenantStore

from .feedback import hearing, lessons_of
from .fit import LEAST_CASES, count_differences, fit_guard, fit_model, foreign_pairs, pairs_of, pooled
from .guard import Guard, model_told, prior, restored, to_bytes, unpack
from .opinions import judged_pairs
from .panel import MOST_ROWS, FittedPanel, panel_of

NAME = "guard"
PRIOR_ROWS = 400  # a panel for the prior is made while somebody waits
GROWTH = 1.2  # a guard is stale when the memory has grown by a fifth


@dataclass(frozen=True, slots=True)
class _Kept:
    payload: bytes | None
    changed: int
    guard: Guard


_kept: WeakKeyDictionary[TenantStore, _Kept] = WeakKeyDictionary()


def load_guard(tenant: TenantStore) -> Guard:
    """The guard that serves ``tenant`` now. Raises StoreCorrupt when the stored one is not what was written."""
    payload, changed, kept = tenant.load(NAME), tenant.changed(), _kept.get(tenant)
    if kept and kept.payload is payload and (kept.changed == changed or not _outgrown(kept.guard, tenant)):
        guard = kept.guard
    else:
        guard = (_fitted(payload, tenant) if payload else None) or _prior(tenant)
    guard = hearing(guard, tenant)
    _kept[tenant] = _Kept(payload, changed, guard)
    return guard


def learn_guard(tenant: TenantStore) -> Guard:
    """Fit a guard on the memory's procedures and keep it; the prior where the memory is too small. Takes seconds."""
    fitted = FittedPanel(panel_of(tenant.block(limit=MOST_ROWS), _names(tenant)))
    differences = count_differences(fitted, tenant.facets(fitted.panel.block.ids))
    said, names = tenant.feedback(), _names(tenant)
    base = _on_prior(fitted, tenant, differences, feedback=len(said))
    guard = fit_guard(fitted, base, lessons_of(said, tenant, fitted, names, judged_pairs(tenant)))
    tenant.save(NAME, to_bytes(guard))
    return load_guard(tenant)


def fit_prior(groups: Sequence[Sequence[TenantStore]]) -> dict[str, Any]:
    """The models that several memories teach together, as JSON holds them: what telltale ships as prior and start.

    The memories of one group are of one kind; each is also asked about cases of other groups, where it should refuse.
    """
    fitted = [[FittedPanel(panel_of(tenant.block(limit=MOST_ROWS), _names(tenant))) for tenant in of] for of in groups]
    own = [pairs_of(panel) for kind in fitted for panel in kind]
    grown = [pairs for pairs in own if pairs.case.max(initial=0) >= LEAST_CASES // 2]  # as large as those that start
    foreign = []
    for at, kind in enumerate(fitted):
        strangers = [panel.panel for other, kinds in enumerate(fitted) if other != at for panel in kinds[-2:]]
        foreign += [foreign_pairs(panel, strangers) for panel in kind]
    return {"prior": model_told(fit_model(pooled([*own, *foreign]))), "start": model_told(fit_model(pooled(grown)))}


def is_stale(tenant: TenantStore) -> bool:
    """Whether the memory has outgrown the guard that serves it, so that ``learn`` would help."""
    return tenant.load(NAME) is None or tenant.count() > GROWTH * max(1, load_guard(tenant).episodes)


def _outgrown(guard: Guard, tenant: TenantStore) -> bool:
    """Whether a guard on the prior should see newer rows, or no longer see rows that were forgotten.

    A fitted one serves until the next ``learn``, or until a forgetting takes it away.
    """
    if guard.calibration is not None:
        return False
    grown = not guard.episodes <= tenant.count() <= GROWTH * guard.episodes
    return grown or len(tenant.block(guard.panel.block.ids)) < len(guard.panel)


def _fitted(payload: bytes, tenant: TenantStore) -> Guard | None:
    """The stored guard, or None where rows that it rests on have been forgotten since."""
    told, arrays = unpack(payload)
    if not told["calibrated"]:
        return _prior(tenant, Evidence.from_json(told["differences"]), told.get("feedback", 0))
    panel = panel_of(tenant.block(told["panel"]), told["names"])
    return restored(told, arrays, panel) if panel.block.ids == told["panel"] else None


def _prior(tenant: TenantStore, differences: Evidence | None = None, feedback: int = 0) -> Guard:
    fitted = FittedPanel(panel_of(tenant.block(limit=PRIOR_ROWS), _names(tenant)))
    return _on_prior(fitted, tenant, differences or Evidence(), feedback=feedback)


def _on_prior(fitted: FittedPanel, tenant: TenantStore, differences: Evidence, *, feedback: int) -> Guard:
    return Guard(
        model=prior(),
        panel=fitted.panel,
        heads=fitted.heads,
        names=_names(tenant),
        differences=differences,
        episodes=tenant.count(),
        feedback=feedback,
    )


def _names(tenant: TenantStore) -> dict[str, str]:
    """An episode's key to its procedure's name."""
    return {key: procedure.name for procedure in tenant.procedures() for key in procedure.keys}
