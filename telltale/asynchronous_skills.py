"""What a memory can be asked about its skills, awaited: the part of :class:`AsyncAgentMemory` that is the library."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from telltale.memory.types import Context, Insight, Proposal, Skill, Status

from .threads import in_thread

if TYPE_CHECKING:  # these load numpy
    from telltale.readers.follow import Followed
    from telltale.writers.finetune import FineTuning
    from telltale.writers.merge import Alike
    from telltale.writers.model import ModelDistiller

    from .distilling import Library
    from .skill_methods import SkillMethods
    from .skill_why import SkillWhy


class AsyncSkillMethods:
    """Every method of :class:`SkillMethods`, awaited; what each does and raises stands there."""

    _memory: SkillMethods

    async def distill(
        self, *, episodes: Sequence[str] | None = None, model: ModelDistiller | str | None = None
    ) -> Library:
        """See :meth:`AgentMemory.distill`."""
        return await in_thread(self._memory.distill, episodes=episodes, model=model)

    async def skills(self, status: str | Status | None = None) -> list[Skill]:
        """See :meth:`AgentMemory.skills`."""
        return await in_thread(self._memory.skills, status)

    async def skill(self, name: str) -> Skill:
        """See :meth:`AgentMemory.skill`."""
        return await in_thread(self._memory.skill, name)

    async def follow(
        self,
        skill: Skill | str,
        text: str,
        context: Context | None = None,
        *,
        call: Callable[[str, Mapping[str, Any]], object],
        ignore_boundaries: bool = False,
    ) -> Followed:
        """See :meth:`AgentMemory.follow`; ``call`` is a plain function, and is called in a worker thread."""
        follow = self._memory.follow
        return await in_thread(follow, skill, text, context, call=call, ignore_boundaries=ignore_boundaries)

    async def skill_versions(self, name: str) -> list[Skill]:
        """See :meth:`AgentMemory.skill_versions`."""
        return await in_thread(self._memory.skill_versions, name)

    async def skill_diff(self, name: str, old: int | None = None, new: int | None = None) -> list[str]:
        """See :meth:`AgentMemory.skill_diff`."""
        return await in_thread(self._memory.skill_diff, name, old, new)

    async def skill_why(self, name: str) -> SkillWhy:
        """See :meth:`AgentMemory.skill_why`."""
        return await in_thread(self._memory.skill_why, name)

    async def insights(self) -> list[Insight]:
        """See :meth:`AgentMemory.insights`."""
        return await in_thread(self._memory.insights)

    async def reject_lesson(self, id: str) -> None:  # noqa: A002 - as ``Insight.id``
        """See :meth:`AgentMemory.reject_lesson`."""
        await in_thread(self._memory.reject_lesson, id)

    async def ask_for_review(self, on: bool = True) -> None:
        """See :meth:`AgentMemory.ask_for_review`."""
        await in_thread(self._memory.ask_for_review, on)

    async def asks_for_review(self) -> bool:
        """See :meth:`AgentMemory.asks_for_review`."""
        return await in_thread(self._memory.asks_for_review)

    async def proposals(self) -> list[Proposal]:
        """See :meth:`AgentMemory.proposals`."""
        return await in_thread(self._memory.proposals)

    async def review(
        self, named: str, *, accept: bool | None = None, edit: Skill | None = None, pin: bool | None = None
    ) -> Skill:
        """See :meth:`AgentMemory.review`."""
        return await in_thread(self._memory.review, named, accept=accept, edit=edit, pin=pin)

    async def import_skills(self, skills: Sequence[Skill] | str | Path, *, source: str = "") -> list[Skill]:
        """See :meth:`AgentMemory.import_skills`."""
        return await in_thread(self._memory.import_skills, skills, source=source)

    async def export_skills(self, path: str | Path, *, form: str = "skill-md", status: str | None = None) -> list[Path]:
        """See :meth:`AgentMemory.export_skills`."""
        return await in_thread(self._memory.export_skills, path, form=form, status=status)

    async def export_fine_tuning(
        self, folder: str | Path, *, most: int | None = None, held: float = 0.1, seed: int = 0
    ) -> FineTuning:
        """See :meth:`AgentMemory.export_fine_tuning`."""
        return await in_thread(self._memory.export_fine_tuning, folder, most=most, held=held, seed=seed)

    async def procedure_names(self) -> Mapping[str, str]:
        """See :meth:`AgentMemory.procedure_names`."""
        return await in_thread(self._memory.procedure_names)

    async def alike(self) -> list[Alike]:
        """See :meth:`AgentMemory.alike`."""
        return await in_thread(self._memory.alike)
