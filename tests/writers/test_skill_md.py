"""Skills as SKILL.md folders."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telltale.memory.errors import BadArgument
from telltale.memory.types import Boundary, Parameter, Skill, SkillStep
from telltale.writers.skill_md import export, skill_md

ALLOWED = {"name", "description", "license", "compatibility", "metadata", "allowed-tools"}
SKILL = Skill(
    id="ab", name="refund-gift", procedure="look > refund <gift>", when_to_use='Tasks like "refund #1".',
    boundaries=(Boundary(text="when payment is credit card (there: refund)"),),
    parameters={"order_id": Parameter(told="the task text")},
    steps=(SkillStep(tool="refund", arguments={"order_id": "{order_id}"}, seen_in=3),), evidence=("e1", "e2"),
)  # fmt: skip


def front_matter(text: str) -> dict[str, object]:
    """The front matter, read as the YAML subset it is written in: plain or JSON scalars, one level of nesting."""
    lines = text.split("---\n")[1].splitlines()
    top: dict[str, object] = {}
    metadata: dict[str, str] = {}
    for line in lines:
        key, _, value = line.strip().partition(": ")
        if line.startswith("  "):
            metadata[key] = json.loads(value)
        else:
            top[key.rstrip(":")] = json.loads(value) if value.startswith('"') else value or metadata
    return top


def test_a_skill_becomes_a_folder_of_its_name_that_validators_accept(tmp_path: Path) -> None:
    folder = export(SKILL, tmp_path)
    front = front_matter((folder / "SKILL.md").read_text(encoding="utf-8"))
    assert folder == tmp_path / "refund-gift"
    assert front["name"] == folder.name
    assert set(front) <= ALLOWED
    assert front["metadata"] == {
        "telltale-id": "ab", "telltale-procedure": "look > refund <gift>", "telltale-status": "candidate",
        "telltale-version": "1", "telltale-shown": "0", "telltale-helped": "0", "telltale-misled": "0",
        "telltale-corrected": "0",
    }  # fmt: skip


def test_the_body_holds_what_the_form_has_no_field_for() -> None:
    body = skill_md(SKILL).split("---\n")[2]
    assert "- when payment is credit card (there: refund)" in body
    assert '1. `refund` `{"order_id": "{order_id}"}`' in body
    assert "- `{order_id}`: the task text" in body
    assert "## Pitfalls" not in body


@given(st.text(max_size=3000), st.text(max_size=50))
def test_any_text_gives_a_valid_description_on_one_line(when: str, procedure: str) -> None:
    text = skill_md(Skill(name="x", procedure=procedure, when_to_use=when))
    description = str(front_matter(text)["description"])
    assert 1 <= len(description) <= 1024
    assert not re.search(r"[<>\n]", description)
    assert description.replace("\u00ad", "").isprintable()


@pytest.mark.parametrize("name", ["", "../x", "Upper", "two--hyphens", "-x", "x" * 65])
def test_a_name_that_is_no_skill_name_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(BadArgument, match="skill name"):
        export(Skill(name=name, procedure="p", when_to_use="w"), tmp_path)
