"""What a memory can be asked about its skills: the part of :class:`AgentMemory` that is the library.

Each method is one call of what composes the rooms; libraries that take time to load are loaded by it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from telltale.memory.errors import BadArgument
from telltale.memory.types import Context, Episode, Insight, Proposal, Skill, Status

from . import arguments

if TYPE_CHECKING:  # these load numpy
    from telltale.memory.tenants import TenantStore
    from telltale.readers.follow import Followed
    from telltale.writers.finetune import FineTuning
    from telltale.writers.merge import Alike
    from telltale.writers.model import ModelDistiller

    from .distilling import Library
    from .skill_why import SkillWhy

FORMS = ("skill-md", "jsonl")


class SkillMethods:
    """The library of one tenant."""

    _tenant: TenantStore
    episodes: Callable[[], Iterator[Episode]]  # of AgentMemory

    def distill(self, *, episodes: Sequence[str] | None = None, model: ModelDistiller | str | None = None) -> Library:
        """The library, by name, after procedures with enough successes became skills. Needs :meth:`learn` first.

        What says something new of a skill is its next version; earlier ones are kept. Where the tenant asks for review
        it waits as a proposal instead.

        Args:
            episodes: ids; only the skills that these belong to are made anew, and given back. Some milliseconds each,
                once this process has distilled all.
            model: who words the skills: a model such as ``"openai/gpt-4o-mini"``, or a :class:`ModelDistiller` for a
                server of one's own or other bounds. What it says stands as far as recorded calls bear it out; the
                result's ``report`` says what that came to. ``None`` asks nobody.
        """
        from .distilling import distill, update

        if episodes is not None:
            if model is not None:
                raise BadArgument("distill was given episodes and a model: a model words the whole library")
            return update(self._tenant, arguments.ids("episodes", episodes))
        return distill(self._tenant, model=_distiller(model))

    def skills(self, status: str | Status | None = None) -> list[Skill]:
        """The library, by name; only those of ``status`` where given. Counters are as of now."""
        from .shelving import known_skills

        if status is not None:
            arguments.one_of("status", status, tuple(Status))
        found = [skill for skill in known_skills(self._tenant) if status in (None, skill.status)]
        return sorted(found, key=lambda skill: skill.name)

    def skill(self, name: str) -> Skill:
        """The skill called ``name``, or with that id. Raises BadArgument where there is none."""
        from .reviewing import find

        return find(self._tenant, name)

    def follow(
        self,
        skill: Skill | str,
        text: str,
        context: Context | None = None,
        *,
        call: Callable[[str, Mapping[str, Any]], object],
        ignore_boundaries: bool = False,
    ) -> Followed:
        """What became of doing a skill's steps on a new case, literally, without a model. Nothing is stored.

        Each step whose conditions hold is called in turn, its parameters filled from the case and from what the calls
        before showed. It stops where a fact crosses a boundary of the skill or a tool shows otherwise than in all its
        past runs (looked at before every step), where a parameter is not to be found, and after a result that says
        error; ``stopped``, ``reason`` and ``instead`` tell which.

        Args:
            skill: a skill, or its name or id. Its status is not looked at.
            call: does one step with a tool's name and arguments, and gives what the tool showed: text, or what becomes
                JSON. What it raises is raised.
            ignore_boundaries: go on where the skill says that it is not to be used: for measuring what that costs.

        Raises:
            BadArgument: there is no such skill, or the case is none.
        """
        from telltale.readers.follow import follow

        found = skill if isinstance(skill, Skill) else self.skill(skill)
        return follow(found, arguments.case_of(text, context), call, ignore_boundaries=ignore_boundaries)

    def skill_versions(self, name: str) -> list[Skill]:
        """Every version of a skill, oldest first, each with the ``reason`` why it was made; none is ever erased.

        Only forgetting takes versions away: those that rest on what was forgotten. Raises BadArgument.
        """
        from .reviewing import versions

        return versions(self._tenant, name)

    def skill_diff(self, name: str, old: int | None = None, new: int | None = None) -> list[str]:
        """What version ``new`` of a skill (the latest) says otherwise than ``old`` (the one before), in words.

        One line for each change, in the order of a skill's fields; texts are told word by word, with ``[-taken out-]``
        and ``{+put in+}``. Empty for a skill with one version. Raises BadArgument for a version that is not there.
        """
        from .reviewing import diff

        return diff(self._tenant, name, old, new)

    def skill_why(self, name: str) -> SkillWhy:
        """What a skill rests on: the arithmetic of its status, and behind each part the runs, lessons and counts.

        Raises BadArgument where there is none of that name.
        """
        from .skill_why import why

        return why(self._tenant, name)

    def insights(self) -> list[Insight]:
        """Every lesson, by id, also those that another superseded (``superseded_by`` names it)."""
        return self._tenant.insights()

    def reject_lesson(self, id: str) -> None:  # noqa: A002 - as ``Insight.id``
        """Take a lesson back for good: no skill shows it, whatever is distilled. Raises BadArgument for no lesson."""
        from .reviewing import reject_lesson

        reject_lesson(self._tenant, id)

    def ask_for_review(self, on: bool = True) -> None:
        """From now on let new skills, new versions and promotions wait for :meth:`review`; kept with the memory."""
        from .shelving import REVIEW

        self._tenant.set_meta(REVIEW, "on" if on else "off")

    def asks_for_review(self) -> bool:
        """Whether they wait."""
        from .shelving import asks_for_review

        return asks_for_review(self._tenant)

    def proposals(self) -> list[Proposal]:
        """What waits for a person's word, by the skill's name: plain data, each with the skill as it would become."""
        return sorted(self._tenant.proposals(), key=lambda one: (one.skill.name, one.id))

    def review(
        self, named: str, *, accept: bool | None = None, edit: Skill | None = None, pin: bool | None = None
    ) -> Skill:
        """The skill after a person's word on it, or on what waits for it.

        Args:
            named: a skill's name or id, or a proposal's id.
            accept: ``True`` takes what waits into the library and vouches for the skill: it is active without further
                evidence, until it misleads. ``False`` rejects what waits, which does not come back unless it says
                something else; where nothing waits, the skill is retired for good.
            edit: the skill as it is to be; a new version by a person, which goes before what is distilled.
            pin: whether distilling leaves the skill as it is; what it would say otherwise waits as a proposal.

        Raises:
            BadArgument: nothing is asked, or no skill and no proposal is called that, or several are.
        """
        from .reviewing import review

        return review(self._tenant, named, accept=accept, edit=edit, pin=pin)

    def import_skills(self, skills: Sequence[Skill] | str | Path, *, source: str = "") -> list[Skill]:
        """Take in skills that were made elsewhere; those that came in, or wait, by name.

        They earn nothing by what they say of themselves: candidates until evidence or a person says otherwise, without
        counters. What would change a skill that is there waits as a proposal; what says the same adds nothing.

        Args:
            skills: the skills, or where they are: a file of JSON lines that telltale exported, a SKILL.md, its folder,
                or a folder of such folders, telltale's own or anybody's.
            source: where they come from; the name of the path where it is left out.

        Raises:
            BadArgument: what is there is no skill; names the file.
        """
        from telltale.writers.skill_files import skills_at

        from .reviewing import bring_in

        if isinstance(skills, str | Path):
            return bring_in(self._tenant, skills_at(Path(skills)), source or Path(skills).name)
        return bring_in(self._tenant, skills, source)

    def export_skills(self, path: str | Path, *, form: str = "skill-md", status: str | None = None) -> list[Path]:
        """Write the library, but for retired skills, and say where; reading it back loses nothing.

        Args:
            path: a folder for ``"skill-md"``: one folder with a SKILL.md for every skill; a file for ``"jsonl"``.
            form: ``"skill-md"`` or ``"jsonl"``.
            status: only skills of this status.
        """
        from telltale.writers.skill_files import write_skills
        from telltale.writers.skill_md import export

        arguments.one_of("form", form, FORMS)
        chosen = [one for one in self.skills(status) if status or one.status is not Status.RETIRED]
        if form == "jsonl":
            write_skills(chosen, Path(path))
            return [Path(path)]
        return [export(skill, Path(path)) for skill in chosen]

    def export_fine_tuning(
        self, folder: str | Path, *, most: int | None = None, held: float = 0.1, seed: int = 0
    ) -> FineTuning:
        """Write verified successes as chat files, ``train.jsonl`` and ``validation.jsonl``; what that came to.

        What was done for a task once, procedures in balance, nothing that is nearly the same on both sides.

        Args:
            most: examples of one procedure; ``None``: twice the median procedure's, and ten at least.
            held: at most this share of the examples goes into validation, in [0, 1).
            seed: decides which examples, and which of them validate.
        """
        from telltale.writers.finetune import export_fine_tuning

        if not 0 <= held < 1:
            raise BadArgument(f"held is {held!r}: give the share that goes into validation, from 0 to below 1")
        limit = None if most is None else arguments.count("most", most)
        names = self.procedure_names()
        return export_fine_tuning(self.episodes(), names, Path(folder), most=limit, held=held, seed=seed)

    def procedure_names(self) -> Mapping[str, str]:
        """What the procedure is called that an episode's ``key`` belongs to, by that key, as :meth:`learn` grouped."""
        from telltale.writers.procedures import names_by_key

        return names_by_key(self._tenant.procedures())

    def alike(self) -> list[Alike]:
        """Pairs of procedures that might be one, least apart first: how far their steps agree and their cases differ.

        Measured before any are joined, so that an operating point can be chosen; ``merges`` says what :meth:`learn`
        makes of each pair. Labels that the caller gave are compared, too.
        """
        from .distilling import alike

        return alike(self._tenant)


def _distiller(model: ModelDistiller | str | None) -> ModelDistiller | None:
    from telltale.writers.model import ModelDistiller

    return ModelDistiller(model=model) if isinstance(model, str) else model
