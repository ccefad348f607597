"""Skills as JSON lines: everything goes out and comes back, and what is no skill is named and refused."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from telltale.memory.errors import BadArgument, StoreIO
from telltale.memory.types import Skill
from telltale.writers.skill_files import LONGEST, skills_at, write_skills
from telltale.writers.skill_json import skill_from_json, skill_json

from .skills import SKILLS

GOOD = {"name": "a-b", "procedure": "p", "when_to_use": "w"}


@settings(max_examples=40, deadline=None)
@given(st.lists(SKILLS, max_size=3))
def test_every_skill_comes_back_as_it_was(skills: list[Skill]) -> None:
    with tempfile.TemporaryDirectory() as place:
        path = Path(place) / "library.jsonl"
        assert write_skills(skills, path) == len(skills)
        assert skills_at(path) == skills


def test_fields_that_are_not_there_have_their_defaults() -> None:
    assert skill_from_json(json.dumps(GOOD)) == Skill(name="a-b", procedure="p", when_to_use="w")


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"name": "../up"}, "the skill name"),
        ({"name": 1}, "whose name"),
        ({"pitfalls": "never"}, "whose pitfalls"),
        ({"steps": [{"tool": "a"}, {"tool": 3}]}, "whose steps.1.tool"),
        ({"steps": [{"arguments": {}}]}, "whose steps.0.tool"),
        ({"parameters": {"x": {"told": None}}}, "whose parameters.x.told"),
        ({"status": "famous"}, "whose status"),
        ({"shown": "3"}, "whose shown"),
        ({"shown": True}, "whose shown"),
    ],
)
def test_a_field_of_the_wrong_kind_is_named_with_its_line(
    tmp_path: Path, changed: dict[str, object], said: str
) -> None:
    path = tmp_path / "library.jsonl"
    path.write_text(f"{json.dumps(GOOD)}\n{json.dumps(GOOD | changed)}\n", encoding="utf-8")
    with pytest.raises(BadArgument, match=f"line 2: .*{said}"):
        skills_at(path)


@pytest.mark.parametrize(
    "line", [b"no json", b"[]", b"null", b'{"name": "a-b"', b"[" * 100_000, b"\xff\xfe", b'"\\ud800"']
)
def test_what_is_no_skill_is_refused(tmp_path: Path, line: bytes) -> None:
    path = tmp_path / "library.jsonl"
    path.write_bytes(line)
    with pytest.raises(BadArgument, match=r"library\.jsonl"):
        skills_at(path)


def test_a_line_that_is_too_long_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "library.jsonl"
    path.write_bytes(b"\n" + b" " * (LONGEST + 1))
    with pytest.raises(BadArgument, match="line 2: found over"):
        skills_at(path)


def test_files_that_cannot_be_read_or_written_are_named(tmp_path: Path) -> None:
    with pytest.raises(BadArgument, match=r"none\.jsonl"):
        skills_at(tmp_path / "none.jsonl")
    (tmp_path / "taken.jsonl").mkdir()
    with pytest.raises(StoreIO, match="could not write"):
        write_skills([], tmp_path / "taken.jsonl")
    with pytest.raises(BadArgument, match=r"ends in \.jsonl"):
        write_skills([], tmp_path / "library.json")


@given(SKILLS)
def test_what_is_written_is_plain_ascii_on_one_line(skill: Skill) -> None:
    text = skill_json(skill)
    assert text.isascii()
    assert "\n" not in text
