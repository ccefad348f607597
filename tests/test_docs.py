"""The documents say what the code does: what they show is run, what they name is there.

``python tests/test_docs.py`` writes into README.md what its examples print now.
"""

from __future__ import annotations

import ast
import os
import re
import shlex
import subprocess
import sys
from contextlib import chdir, redirect_stdout
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import click
import pytest

from telltale.cli import main

ROOT = Path(__file__).resolve().parents[1]
README = ROOT / "README.md"
PAGES = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]
EXAMPLE = re.compile(
    r"```python\n(?P<code>.*?)```\n(?:\n```text\n(?P<printed>.*?)```\n)?|```console\n(?P<session>.*?)```\n", re.DOTALL
)
TREE = re.compile(r"(<!-- tree -->\n```text\n).*?(```\n)", re.DOTALL)
ROOMS = (
    *("memory", "writers", "writers/formats", "readers"),
    *("telltale", "telltale/agents", "telltale/mcp", "telltale/server"),
    *("evals", "evals/desk", "evals/stress"),
)


def as_run(text: str) -> str:
    """``text`` with everything its examples print replaced by what they print when run one after the other."""
    names: dict[str, Any] = {}
    text = TREE.sub(lambda found: found[1] + tree() + found[2], text)
    with TemporaryDirectory() as folder, chdir(folder):
        return EXAMPLE.sub(lambda example: session(example) if example["session"] else printed(example, names), text)


def tree() -> str:
    """Every module with the first line of its docstring, which says what it is."""
    lines = []
    for room in ROOMS:
        lines.append(f"{room}/\n")
        for module in sorted((ROOT / room).glob("[!_]*.py")):
            says = (ast.get_docstring(ast.parse(module.read_text("utf-8"))) or "").partition("\n")[0]
            lines.append(f"    {module.name:<20} {says}\n")
    return "".join(lines)


def printed(example: re.Match[str], names: dict[str, Any]) -> str:
    told = StringIO()
    with redirect_stdout(told):
        exec(example["code"], names)
    if example["printed"] is None:
        assert not told.getvalue(), "an example prints something that is not shown"
        return example[0]
    return f"```python\n{example['code']}```\n\n```text\n{told.getvalue()}```\n"


def session(example: re.Match[str]) -> str:
    """One command and what it prints; as many lines as are shown, where the last of them is three dots."""
    command, *shown = example["session"].splitlines()
    lines = output(command)
    if shown[-1:] == ["..."]:
        lines = [*lines[: len(shown) - 1], "..."]
    return "\n".join(["```console", command, *lines, "```\n"])


def output(command: str) -> list[str]:
    _, *args = shlex.split(command.removeprefix("$ "))
    environment = {**os.environ, "COLUMNS": "100", "NO_COLOR": "1"}
    telltale = Path(sys.executable).with_name("telltale")
    ran = subprocess.run([telltale, *args], capture_output=True, text=True, env=environment, check=False)
    return [line.rstrip() for line in (ran.stdout + ran.stderr).strip("\n").splitlines()]


def unchanging(text: str) -> str:
    """``text`` without numbers and spaces: ids, and with them ties and samples, are new in every store."""
    return re.sub(r"\d+", "#", re.sub(r"\s+", " ", text))


def test_the_readme_shows_what_its_examples_print() -> None:
    shown = README.read_text("utf-8")
    assert unchanging(as_run(shown)) == unchanging(shown), "README.md is out of date: run `python tests/test_docs.py`"


@pytest.mark.parametrize("verb", main.list_commands(click.Context(main)))
def test_every_verb_is_in_the_readme(verb: str) -> None:
    assert f"telltale {verb}" in README.read_text("utf-8")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_file_that_a_page_names_is_there(page: Path) -> None:
    text = page.read_text("utf-8")
    linked = re.findall(r"\]\((?!https?:|#)([^)#]+)", text)
    named = re.findall(r"`((?:memory|writers|readers|telltale|evals|tests|docs)/[\w./-]*)`", text)
    missing = [name for name in named if not (ROOT / name).exists()]
    assert missing + [name for name in linked if not (page.parent / name).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_test_that_a_page_names_is_there(page: Path) -> None:
    for file, test in re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", page.read_text("utf-8")):
        assert f"def {test}(" in (ROOT / file).read_text("utf-8"), f"{file}::{test}"


def test_every_recipe_is_explained() -> None:
    recipes = re.findall(r"^\.PHONY: (.*)$", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)[0].split()
    command = ["make", "--no-print-directory", "help"]
    helped = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert [line.split()[0] for line in helped.stdout.splitlines()] == recipes


if __name__ == "__main__":
    README.write_text(as_run(README.read_text("utf-8")), "utf-8")
