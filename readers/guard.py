"""The guard: plain numbers that turn evidence into the probability that following a candidate is right.

Made by fit.py from one memory, or shipped as the prior. Reading needs NumPy alone.
"""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from telltale.memory.contrast import Evidence
from telltale.memory.errors import BadArgument, StoreCorrupt

from .calibrate import threshold
from .evidence import NAMES
from .heard import Heard
from .panel import Heads, Panel
from .steps import Steps
from .terms import Floats

VERSION = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """A logistic regression on standardised evidence."""

    mean: Floats  # (len(NAMES),)
    scale: Floats
    weights: Floats
    intercept: float

    def score(self, evidence: Floats) -> Floats:
        """The log-odds that following each candidate is right, shape ``(n,)``."""
        scores: Floats = ((evidence - self.mean) / self.scale).astype(np.float64) @ self.weights + self.intercept
        return scores


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """What past cases said of the best candidate's score when they were judged by the rest of the memory."""

    scores: Floats  # (n,) of the best candidate of each past case
    right: NDArray[np.bool_]  # (n,) whether following it would have been right
    floors: Floats | None = None  # (n,) the score from which on such a case could be seen at all; None: any
    slope: float = 1.0  # probability = sigmoid(slope * score + offset), Platt 1999
    offset: float = 0.0
    novel_share: float = 0.0  # the share of cases that were judged as if their procedure had never been seen

    def probability(self, scores: Floats) -> Floats:
        """The probability that goes with each score, in [0, 1]."""
        probability: Floats = 1.0 / (1.0 + np.exp(-np.clip(self.slope * scores + self.offset, -30, 30)))
        return probability


@dataclass(frozen=True, slots=True, kw_only=True)
class Guard:
    """A model, its calibration, and the panel whose predictions are part of the evidence."""

    model: Model
    panel: Panel
    heads: Heads
    names: Mapping[str, str]  # an episode's key to its procedure's name
    calibration: Calibration | None = None  # None: the prior, fitted on other memories
    differences: Evidence = field(default_factory=Evidence)
    episodes: int = 0  # in the memory when it was fitted
    feedback: int = 0  # rows of feedback that it learned from
    heard: Heard = field(default_factory=Heard)  # all that was said up to now
    _bars: dict[float, float | None] = field(default_factory=dict, compare=False, repr=False)

    def procedure(self, key: str) -> str:
        """The name of the procedure that an episode's key belongs to."""
        return self.names.get(key, key)

    def probability(self, scores: Floats) -> Floats:
        """The probability that following each scored candidate is right, in [0, 1]."""
        return (self.calibration or _IDENTITY).probability(scores)

    def certified(self, risk: float) -> float | None:
        """The probability from which on answers keep ``risk``, certified on this memory; None where none can be."""
        if self.calibration is None:
            return None
        if risk not in self._bars:
            lowest = threshold(self.calibration.scores, self.calibration.right, risk, floors=self.calibration.floors)
            self._bars[risk] = None if lowest is None else float(self.probability(np.array([lowest]))[0])
        return self._bars[risk]


_IDENTITY = Calibration(scores=np.zeros(0, np.float32), right=np.zeros(0, np.bool_))


def to_bytes(guard: Guard) -> bytes:
    """The guard as plain numbers and JSON in a NumPy archive. The panel is kept as ids: its rows are the memory's."""
    calibration = guard.calibration or _IDENTITY
    told = {
        "version": VERSION,
        "evidence": list(NAMES),
        "panel": guard.panel.block.ids,
        "names": dict(guard.names),
        "differences": guard.differences.to_json(),
        "calibrated": guard.calibration is not None,
        "episodes": guard.episodes,
        "feedback": guard.feedback,
        "intercept": guard.model.intercept,
        "slope": calibration.slope,
        "offset": calibration.offset,
        "novel_share": calibration.novel_share,
        "tools": list(guard.panel.steps.tools),
    }
    arrays = {
        "told": np.frombuffer(json.dumps(told).encode(), np.uint8),
        "mean": guard.model.mean,
        "scale": guard.model.scale,
        "weights": guard.model.weights,
        "scores": calibration.scores,
        "right": calibration.right,
        "floors": np.full(len(calibration.scores), -np.inf, np.float32)
        if calibration.floors is None
        else calibration.floors,
        "step_profiles": guard.panel.steps.profiles,
        "step_mean": guard.panel.steps.mean,
        **guard.heads.arrays(),
    }
    packed = io.BytesIO()
    np.savez(packed, **arrays)  # type: ignore[arg-type]
    return packed.getvalue()


def unpack(payload: bytes) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    """What was told and the arrays of ``to_bytes``. Raises StoreCorrupt for anything else."""
    try:
        with np.load(io.BytesIO(payload), allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in archive.files}
        told = json.loads(arrays.pop("told").tobytes())
    except (ValueError, KeyError, OSError) as error:
        raise StoreCorrupt(f"the stored guard cannot be read ({error}); learn() makes it anew") from error
    return told, arrays


def restored(told: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]], panel: Panel) -> Guard:
    """The guard that was packed, on ``panel``, which must have the rows that it was fitted on."""
    panel.steps = Steps(
        tools=tuple(told["tools"]), profiles=arrays["step_profiles"], mean=arrays["step_mean"], rows=_NO_ROWS
    )
    differences = Evidence.from_json(told["differences"])
    panel.learn_differences(differences)
    return Guard(
        model=Model(mean=arrays["mean"], scale=arrays["scale"], weights=arrays["weights"], intercept=told["intercept"]),
        panel=panel,
        heads=Heads.of(arrays),
        names=told["names"],
        calibration=Calibration(
            scores=arrays["scores"],
            right=arrays["right"],
            floors=arrays["floors"],
            slope=told["slope"],
            offset=told["offset"],
            novel_share=told["novel_share"],
        ),
        differences=differences,
        episodes=told["episodes"],
        feedback=told["feedback"],
    )


_NO_ROWS = np.zeros((0, 0), np.float32)


def model_told(model: Model) -> dict[str, Any]:
    """The model as JSON holds it."""
    numbers = zip(NAMES, model.mean.tolist(), model.scale.tolist(), model.weights.tolist(), strict=True)
    columns = {
        name: {"mean": round(mean, 6), "scale": round(scale, 6), "weight": round(weight, 6)}
        for name, mean, scale, weight in numbers
    }
    return {"evidence": columns, "intercept": round(model.intercept, 6)}


@cache
def shipped(name: str) -> Model:
    """One of the models that telltale ships (``evals/prior.py``): ``prior`` or ``start``.

    The prior serves a memory with too little to learn from. A memory's own model sets out from its twin, which was
    never asked about foreign cases: a memory with rivals knows better how far away is too far
    (docs/design/020-guard.md).
    """
    return model_of(json.loads((Path(__file__).parent / "prior.json").read_text("utf-8")), name)


def model_of(told: Mapping[str, Any], name: str) -> Model:
    """The model called ``name`` among what was told. Raises BadArgument where there is none on today's evidence."""
    try:
        columns = [told[name]["evidence"][one] for one in NAMES]
        intercept = float(told[name]["intercept"])
        mean, scale, weights = (
            np.array([column[part] for column in columns], np.float32) for part in ("mean", "scale", "weight")
        )
    except (KeyError, TypeError, ValueError) as error:
        raise BadArgument(
            f"found no model {name!r} on the evidence that this telltale weighs ({error}); fit the prior anew"
        ) from error
    return Model(mean=mean, scale=scale, weights=weights, intercept=intercept)
