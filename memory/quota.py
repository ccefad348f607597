"""How much a tenant may hold: its episodes, and the bytes of its memories on disk. Counts only what is limited."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from .canonical import from_json, to_json
from .errors import BadArgument, QuotaExceeded

QUOTA = "quota"  # the setting that holds it


@dataclass(frozen=True, slots=True, kw_only=True)
class Quota:
    """The most that a tenant may hold; ``None``: as much as there is room for."""

    episodes: int | None = None
    size: int | None = None  # bytes of episodes and skills, as stored

    def __post_init__(self) -> None:
        for name, limit in (("episodes", self.episodes), ("bytes", self.size)):
            if limit is not None and (type(limit) is not int or limit < 0):
                raise BadArgument(f"the quota of {name} is {limit!r}: give a whole number from 0, or None for no limit")

    def check(
        self, tenant: str, *, episodes: tuple[int, Callable[[], int]], size: tuple[int, Callable[[], int]]
    ) -> None:
        """Raises QuotaExceeded where what is to come would be too much beside what there is, which is counted."""
        for name, limit, (more, there) in (("episodes", self.episodes, episodes), ("bytes", self.size, size)):
            if limit is not None and more and there() + more > limit:
                raise QuotaExceeded(
                    f"tenant {tenant!r} would hold {there() + more:,} {name} and may hold {limit:,}; nothing of this "
                    "batch was stored. Forget what is no longer needed, or have the quota raised"
                )

    def told(self) -> str:
        """As a setting."""
        return to_json({"episodes": self.episodes, "size": self.size}).decode()

    @classmethod
    def of(cls, told: str | None) -> Quota:
        """The quota of that setting; none where there is none."""
        return cls(**from_json(told.encode())) if told else cls()
