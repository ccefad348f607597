"""How feedback moves the bar, so that the promised risk holds in the long run whatever the first estimate was.

Adaptive conformal inference (Gibbs & Candès 2021, arXiv 2106.00170, equation 2) on answers that were spoken for: the
level falls with each one that misled and rises a little with each one that helped. Plain arithmetic; knows no memory.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

RATE = 0.1  # the paper's gamma, in units of the risk asked for (docs/design/022-feedback-and-drift.md)
MOST = 2.0  # the level never goes above: silence about mistakes must not open the door
GRAIN = 50  # levels told apart: one bar is worked out for each
USUAL_RISK = 0.05  # of recalls that were noted before notes named theirs


@dataclass(frozen=True, slots=True)
class Level:
    """The share of the asked risk that the bar is set for, and the answers it rests on.

    After any T cases that were spoken for, each answered or waited with, at most ``(share + RATE) / RATE`` more answers
    misled than the risks of those cases add up to, with the share it started from (proposition 4.1 of the paper): 11
    from 1 on, so the rate is above the promise by at most 11 / T.
    """

    share: float = 1.0
    answers: int = 0
    misled: int = 0
    promised: float = 0.0  # answers that might have misled by the risks they were asked at

    def risk(self, asked: float) -> float:
        """The risk that the bar is to be set for; 0 where nothing is to be admitted."""
        return 0.0 if self.closed else min(asked * (math.floor(self.share * GRAIN + 1e-9) / GRAIN), 1.0 - 1e-6)

    @property
    def closed(self) -> bool:
        """Whether nothing is to be admitted."""
        return self.share * GRAIN + 1e-9 < 1

    def after(self, asked: float, *, misled: bool) -> Level:
        """The level after one more answer that was asked for at that risk."""
        return Level(
            share=_capped(self.share + RATE * (asked - misled)),
            answers=self.answers + 1,
            misled=self.misled + misled,
            promised=self.promised + asked,
        )

    def corrected(self, *, misled: bool) -> Level:
        """The level after the word on one answer turned into its opposite."""
        turn = 1 if misled else -1
        return replace(self, share=_capped(self.share - RATE * turn), misled=self.misled + turn)

    def waited(self, asked: float) -> Level:
        """The level after a case that went without an answer because the memory was closed: that cannot mislead."""
        return replace(self, share=_capped(self.share + RATE * asked)) if self.closed else self

    def relearned(self) -> Level:
        """The level once a guard has learned from those answers: enough for one more try."""
        return replace(self, share=max(self.share, RATE))


class Account:
    """The level after feedback rows, taken in one after the other."""

    def __init__(self) -> None:
        self.level = Level()
        self._said: dict[str, bool] = {}

    def add(self, row: Mapping[str, Any]) -> None:
        """Take in one row. The same word on a recall again changes nothing, the opposite one corrects."""
        misled, asked = misled_by(row), float(row.get("risk") or USUAL_RISK)
        before = self._said.get(row["recall"])
        if misled is None:
            self.level = self.level if row["admitted"] else self.level.waited(asked)
        elif before is None:
            self.level = self.level.after(asked, misled=misled)
        elif before != misled:
            self.level = self.level.corrected(misled=misled)
        if misled is not None:
            self._said[row["recall"]] = misled


def misled_by(row: Mapping[str, Any]) -> bool | None:
    """Whether the answer misled, by the best of its memories that somebody stated something of; None where nobody did.

    All memories of an answer have one procedure, so a word on any of them is a word on the answer.
    """
    for id_ in row["admitted"]:
        if id_ in row["misled"]:
            return True
        if id_ in row["helped"]:
            return False
    return None


def _capped(share: float) -> float:
    return min(MOST, share)
