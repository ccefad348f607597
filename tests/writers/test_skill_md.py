"""Skills as SKILL.md folders: any agent reads them, people may edit them, and nothing is lost on the way back."""

from __future__ import annotations

import os
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import Phase, example, given, settings
from hypothesis import strategies as st
from skills_ref import validate

from telltale.memory.budget import count_tokens
from telltale.memory.errors import BadArgument
from telltale.memory.types import Boundary, Condition, Parameter, Skill, SkillStep, Status
from telltale.writers.skill_md import export, skill_md
from telltale.writers.skill_md_read import LARGEST, read_skill, read_skills, skill_from_text
from telltale.writers.skill_sections import DATA

from .skills import SKILLS

CARD = Condition(kind="choice:payment", value="credit card", seen=9, of=9)
SKILL = Skill(
    id="ab", name="refund-gift", procedure="look > refund <gift>", when_to_use='Tasks like "refund #1".',
    description="Refunds an order to the gift balance", boundaries=(Boundary(
        text="when payment is credit card: use refund-card", condition=CARD, instead="refund_card"),),
    parameters={"order_id": Parameter(told="the task text", reference="text.identifier:order.0", held=3, of=3)},
    steps=(
        SkillStep(tool="look", arguments={"order_id": "{order_id}"}, seen_in=3, of=3, spans=("e1#0", "e2#0")),
        SkillStep(tool="refund", arguments={"order_id": "{order_id}", "to": "gift"}, when=(CARD,), seen_in=2, of=3),
    ),
    pitfalls=("2 of 3 failed runs called wipe",), evidence=("e1", "e2"), status=Status.ACTIVE, version=4, shown=7,
)  # fmt: skip

PAYS = 'Pays an order to the gift balance. Tasks like "refund #1". Not when payment is credit card: use refund-card.'


def edited(folder: Path, old: str, new: str) -> Skill:
    page = folder / "SKILL.md"
    text = page.read_text(encoding="utf-8")
    assert old in text
    page.write_text(text.replace(old, new), encoding="utf-8")
    return read_skill(folder)


@settings(max_examples=40, deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate])
@given(SKILLS)
def test_every_skill_comes_back_as_it_was_and_both_validators_accept_it(skill: Skill) -> None:
    with tempfile.TemporaryDirectory() as place:
        folder = export(skill, Path(place))
        assert read_skill(folder) == skill
        assert validate(folder) == []
        front = (folder / "SKILL.md").read_text(encoding="utf-8").split("---\n")[1]
        description = next(one for one in front.split("\n") if one.startswith("description: "))
        assert not {"<", ">"} & set(description)


def test_the_page_says_to_people_what_the_skill_says(tmp_path: Path) -> None:
    page = (export(SKILL, tmp_path) / "SKILL.md").read_text(encoding="utf-8")
    assert "- when payment is credit card: use refund-card" in page
    assert '1. `look` `{"order_id": "{order_id}"}`\n' in page
    assert "(only when choice:payment is credit card)" in page
    assert "- `{order_id}`: the task text" in page
    assert 'telltale-status: "active"' in page
    assert "## Recoveries" not in page


@pytest.mark.parametrize(
    ("old", "new", "changed"),
    [
        ("- 2 of 3 failed runs called wipe", "- Never wipe", {"pitfalls": ("Never wipe",)}),
        (
            "- when payment is credit card: use refund-card\n",
            "- when payment is credit card: use refund-card\n- when it is Sunday\n",
            {"boundaries": (*SKILL.boundaries, Boundary(text="when it is Sunday"))},
        ),
        (
            "## Pitfalls\n\n- 2 of 3 failed runs called wipe\n",
            "",
            {"pitfalls": ()},
        ),
        (
            '1. `look` `{"order_id": "{order_id}"}`\n',
            '1. `look` `{"order_id": "{order_id}"}`\n2. `wait` `{"days": 2}`\n',
            {"steps": (SKILL.steps[0], SkillStep(tool="wait", arguments={"days": 2}), SKILL.steps[1])},
        ),
        (
            "`: the task text", "`: the letter",
            {"parameters": {"order_id": replace(SKILL.parameters["order_id"], told="the letter")}},
        ),
        ('description: "Refunds an order', 'description: "Pays an order', {"when_to_use": PAYS}),
    ],
)  # fmt: skip
def test_what_a_person_edits_goes_before_what_was_exported(
    tmp_path: Path, old: str, new: str, changed: dict[str, Any]
) -> None:
    assert edited(export(SKILL, tmp_path), old, new) == replace(SKILL, **changed)


def test_an_edit_that_was_made_in_the_description_too_is_one_edit(tmp_path: Path) -> None:
    folder = export(SKILL, tmp_path)
    assert "Not when payment is credit card" in (folder / "SKILL.md").read_text("utf-8")
    changed = edited(folder, "when payment is credit card: use", "when a card is used: use")
    assert changed == replace(SKILL, boundaries=(Boundary(text="when a card is used: use refund-card"),))


def test_a_page_without_its_data_still_says_what_it_says(tmp_path: Path) -> None:
    folder = export(SKILL, tmp_path)
    (folder / DATA).unlink()
    alone = read_skill(folder)
    assert (alone.id, alone.procedure, alone.name) == (SKILL.id, SKILL.procedure, SKILL.name)
    assert [(step.tool, step.when) for step in alone.steps] == [
        ("look", ()),
        ("refund", (replace(CARD, seen=0, of=0),)),
    ]


def test_the_text_of_a_skill_can_be_edited_without_files() -> None:
    text = skill_md(SKILL).replace("Tasks like", "Jobs like")
    assert skill_from_text(text, SKILL) == replace(SKILL, when_to_use='Jobs like "refund #1".')


def test_what_would_make_a_page_too_long_stands_beside_it(tmp_path: Path) -> None:
    long = replace(SKILL, evidence=tuple(f"episode-{n}" for n in range(600)), pitfalls=("many words " * 900,) * 3)
    folder = export(long, tmp_path)
    page = (folder / "SKILL.md").read_text(encoding="utf-8")
    assert page.count("\n") < 500
    assert count_tokens(page) < 5_000
    assert "See [Pitfalls](references/pitfalls.md)." in page
    assert "- and 595 successful runs more, in references/telltale.json" in page
    assert read_skill(folder) == long
    assert validate(folder) == []


def test_a_skill_that_others_wrote_is_a_candidate_with_its_text_as_instructions(tmp_path: Path) -> None:
    folder = tmp_path / "brew-tea"
    folder.mkdir()
    front = "name: brew-tea\ndescription: >\n  Brews tea. Use when\n  tea is wanted.\nlicense: MIT\n"
    (folder / "SKILL.md").write_text(f"---\n{front}---\n\n# Tea\n\nBoil it.\n", encoding="utf-8")
    (skill,) = read_skills(tmp_path)
    assert (skill.name, skill.status, skill.made_by) == ("brew-tea", Status.CANDIDATE, "import:brew-tea")
    assert skill.when_to_use.strip() == "Brews tea. Use when tea is wanted."
    assert skill.steps == (SkillStep(tool="instructions", arguments={"text": "# Tea\n\nBoil it."}),)


@pytest.mark.parametrize(
    ("page", "said"),
    [
        ("no front matter", "no front matter"),
        ("---\nname: a\n---\n", "the description None"),
        ("---\nname: a\ndescription: d\nsecret: x\n---\n", "the field 'secret'"),
        ("---\nname: A b\ndescription: d\n---\n", "the name 'A b'"),
        ("---\nname: other\ndescription: d\n---\n", "in the folder 'a'"),
        ("---\nname: a\ndescription: [1, 2]\n---\n", "no plain YAML"),
        ("---\nname: a\ndescription: d\nmetadata: none\n---\n", "metadata that is none"),
        ("---\nname: a\ndescription: !!python/object:os.system {}\n---\n", "no plain YAML"),
    ],
)
def test_what_is_no_skill_is_refused_with_the_place_and_the_reason(tmp_path: Path, page: str, said: str) -> None:
    folder = tmp_path / "a"
    folder.mkdir()
    (folder / "SKILL.md").write_text(page, encoding="utf-8")
    with pytest.raises(BadArgument, match=said) as error:
        read_skill(folder)
    assert str(folder / "SKILL.md") in str(error.value)


def test_links_huge_files_and_damaged_data_are_refused(tmp_path: Path) -> None:
    folder = export(SKILL, tmp_path)
    (folder / DATA).write_text('{"name": 1, "steps": 3}', encoding="utf-8")
    with pytest.raises(BadArgument, match="whose name is not as expected"):
        read_skill(folder)
    (folder / DATA).unlink()
    (folder / DATA).symlink_to("/etc/hostname")
    with pytest.raises(BadArgument, match="links are not followed"):
        read_skill(folder)
    os.truncate(folder / "SKILL.md", LARGEST + 1)
    with pytest.raises(BadArgument, match="at most"):
        read_skill(folder)


MARKS = st.lists(
    st.sampled_from(
        ["## Steps", "---", "- ", "\n", "`", "{a}", "1. `a` `{}`", " (only when a is b)", "\\", "#", "<", ": "]
    ),
    max_size=4,
).map("".join)


@settings(max_examples=30, deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate])
@given(MARKS, MARKS, st.lists(MARKS, max_size=2).map(tuple))
@example("---", "## Steps", ("See [Steps](references/steps.md).",))
def test_text_that_looks_like_the_form_itself_comes_back_as_text(one: str, other: str, many: tuple[str, ...]) -> None:
    steps = (SkillStep(tool=one, arguments={other: one}),)
    skill = Skill(name="a", procedure=one, when_to_use=other, description=one, steps=steps, pitfalls=many, id=other)
    with tempfile.TemporaryDirectory() as place:
        folder = export(skill, Path(place))
        assert read_skill(folder) == skill
        assert validate(folder) == []
    assert skill_from_text(skill_md(skill), skill) == skill


def test_a_page_that_is_made_to_be_slow_is_read_at_once(tmp_path: Path) -> None:
    folder = export(SKILL, tmp_path)
    page = folder / "SKILL.md"
    slow = "1. `a` `{" + "}` (only when " * 200_000 + "\n## " + " " * 1_000_000 + "x\n"
    page.write_text(page.read_text("utf-8").replace("## Steps\n", f"## Steps\n{slow}"), "utf-8")
    with pytest.raises(BadArgument, match="found the step"):
        read_skill(folder)


@pytest.mark.parametrize("name", ["", "../x", "Upper", "two--hyphens", "-x", "x" * 65])
def test_a_name_that_is_no_skill_name_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(BadArgument, match="skill name"):
        export(Skill(name=name, procedure="p", when_to_use="w"), tmp_path)
