"""The library of a memory at a server: :class:`SkillMethods`, each asked over HTTP."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from telltale.memory.errors import UsageError
from telltale.memory.types import Insight, Proposal, Skill, Status

from . import arguments
from .client_asking import Served
from .client_http import in_path
from .skill_methods import SkillMethods

if TYPE_CHECKING:  # these load numpy
    from telltale.writers.merge import Alike
    from telltale.writers.model import ModelDistiller

    from .distilling import Library
    from .skill_why import SkillWhy

AT_ONCE = 200  # skills of one request


class ServedSkills(Served, SkillMethods):
    """What each method does and raises stands at :class:`SkillMethods`."""

    def distill(self, *, episodes: Sequence[str] | None = None, model: ModelDistiller | str | None = None) -> Library:
        """See :meth:`AgentMemory.distill`; no model can be named to a server."""
        from . import client_jobs
        from .client_told import of_value
        from .distilling import Library

        if model is not None:
            raise UsageError("a server asks no model that a caller names: leave model= out, or open the store itself")
        self._check_writable()
        asked = {} if episodes is None else {"episodes": arguments.ids("episodes", episodes)}
        found = client_jobs.done(self._connection, "/distill", json.dumps(asked).encode())
        return Library(of_value(found["skills"], list[Skill]))

    def skills(self, status: str | Status | None = None) -> list[Skill]:
        """See :meth:`AgentMemory.skills`."""
        if status is not None:
            arguments.one_of("status", status, tuple(Status))
        return self._read("/skills", list[Skill], "skills", status=status)

    def skill(self, name: str) -> Skill:
        """See :meth:`AgentMemory.skill`."""
        return self._read(f"/skills/{in_path(name)}", Skill)

    def skill_versions(self, name: str) -> list[Skill]:
        """See :meth:`AgentMemory.skill_versions`."""
        return self._read(f"/skills/{in_path(name)}/versions", list[Skill], "skills")

    def skill_diff(self, name: str, old: int | None = None, new: int | None = None) -> list[str]:
        """See :meth:`AgentMemory.skill_diff`."""
        return self._read(f"/skills/{in_path(name)}/diff", list[str], "lines", old=old, new=new)

    def skill_why(self, name: str) -> SkillWhy:
        """See :meth:`AgentMemory.skill_why`."""
        from .skill_why import SkillWhy

        return self._read(f"/skills/{in_path(name)}/why", SkillWhy)

    def alike(self) -> list[Alike]:
        """See :meth:`AgentMemory.alike`."""
        from telltale.writers.merge import Alike

        return self._read("/alike", list[Alike], "alike")

    def procedure_names(self) -> Mapping[str, str]:
        """See :meth:`AgentMemory.procedure_names`."""
        return self._read("/procedures", dict[str, str], "names")

    def insights(self) -> list[Insight]:
        """See :meth:`AgentMemory.insights`."""
        return self._read("/insights", list[Insight], "insights")

    def reject_lesson(self, id: str) -> None:  # noqa: A002 - as ``Insight.id``
        """See :meth:`AgentMemory.reject_lesson`."""
        self._change("POST", f"/insights/{in_path(id)}/reject")

    def ask_for_review(self, on: bool = True) -> None:
        """See :meth:`AgentMemory.ask_for_review`."""
        self._change("PUT", "/reviewing", {"on": on}, again=True)

    def asks_for_review(self) -> bool:
        """See :meth:`AgentMemory.asks_for_review`."""
        return self._read("/reviewing", bool, "on")

    def proposals(self) -> list[Proposal]:
        """See :meth:`AgentMemory.proposals`."""
        return self._read("/proposals", list[Proposal], "proposals")

    def review(
        self, named: str, *, accept: bool | None = None, edit: Skill | None = None, pin: bool | None = None
    ) -> Skill:
        """See :meth:`AgentMemory.review`."""
        from telltale.memory.skills import skill_fields

        from .client_told import of_json

        said = {"accept": accept, "edit": None if edit is None else skill_fields(edit), "pin": pin}
        return of_json(self._change("POST", f"/skills/{in_path(named)}/review", said), Skill)

    def import_skills(self, skills: Sequence[Skill] | str | Path, *, source: str = "") -> list[Skill]:
        """See :meth:`AgentMemory.import_skills`; a path is read here, where the caller is."""
        from telltale.memory.skills import skill_fields
        from telltale.writers.skill_files import skills_at

        from .client_told import of_json

        if isinstance(skills, str | Path):
            source = source or Path(skills).name
            skills = skills_at(Path(skills))
        found: list[Skill] = []
        for start in range(0, len(skills), AT_ONCE):
            told = [skill_fields(skill) for skill in skills[start : start + AT_ONCE]]
            answer = self._change("POST", "/skills", {"skills": told, "source": source}, again=True)
            found += of_json(answer, list[Skill], "skills")
        return sorted(found, key=lambda skill: skill.name)
