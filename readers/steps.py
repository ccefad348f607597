"""What was done in the runs of a panel, beside what their procedures are called: how often each tool was used.

Arithmetic only. Where the runs recorded no steps there are no tools, and all of this says nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .terms import Floats

MOST_TOOLS = 64  # those of most runs


@dataclass(frozen=True, slots=True, kw_only=True)
class Steps:
    """The tools of n runs in their procedures. Counts are taken by their root, so that long loops do not shout."""

    tools: tuple[str, ...]
    rows: Floats  # (n, tools); empty where only reading is left to do
    profiles: Floats  # (procedures, tools): the mean over the runs of each
    mean: Floats  # (tools,) over all runs

    @staticmethod
    def of(used: Sequence[Mapping[str, float]], of: NDArray[np.intp], count: int, failed: NDArray[np.bool_]) -> Steps:
        """The steps of runs that ``used`` tools so often, run i of procedure ``of[i]``.

        What a run did that ``failed`` is not what its procedure needs: it counts as what is usual.
        """
        runs = Counter(tool for one in used for tool in one)
        tools = tuple(sorted(sorted(runs, key=lambda tool: (-runs[tool], tool))[:MOST_TOOLS]))
        rows = np.sqrt(np.array([[one.get(tool, 0.0) for tool in tools] for one in used], np.float32))
        rows = rows.reshape(len(used), len(tools))
        mean = rows[~failed].mean(0) if not failed.all() else np.zeros(len(tools), np.float32)
        rows[failed] = mean
        profiles = np.zeros((count, len(tools)), np.float32)
        np.add.at(profiles, of, rows)
        profiles /= np.maximum(np.bincount(of, minlength=count), 1)[:, None]
        return Steps(tools=tools, rows=rows, profiles=profiles, mean=mean)

    def profiles_without(self, rows: NDArray[np.intp], of: NDArray[np.intp], procedure: int) -> Floats:
        """The profiles had the runs ``rows`` not been, as far as ``procedure`` is concerned."""
        left = (of == procedure) & ~np.isin(np.arange(len(of)), rows)
        changed = self.profiles.copy()
        changed[procedure] = self.rows[left].mean(0) if left.any() else self.mean
        return changed
