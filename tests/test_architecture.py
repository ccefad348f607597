"""The rooms import one way only, importing is cheap, and some things are done nowhere."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import telltale

ROOT = Path(__file__).resolve().parents[1]
MAY_IMPORT: dict[str, set[str]] = {"memory": set(), "writers": {"memory"}, "readers": {"memory"}}
ROOMS = (*MAY_IMPORT, "evals")
HEAVY = {"lancedb", "lance", "pyarrow", "polars", "sklearn", "instructor", "wordllama", "rich", "numpy"} | {
    *("fastapi", "uvicorn", "mcp", "httpx", "strictyaml"),
}
FILTERING = {"where", "delete", "count_rows", "when_matched_update_all", "when_not_matched_by_source_delete"}
FORBIDDEN_MODULES = {"pickle", "cPickle", "dill", "joblib", "marshal", "shelve", "yaml"}


SURFACES = ("agents", "mcp", "server")  # folders of the face; the others in telltale/ are links to the rooms


def modules_of(folder: str) -> Iterator[Path]:
    if folder == "telltale":
        yield from (ROOT / "telltale").glob("*.py")
        for surface in SURFACES:
            yield from (ROOT / "telltale" / surface).rglob("*.py")
    else:
        yield from (ROOT / folder).rglob("*.py")


def every_module() -> Iterator[Path]:
    for folder in (*ROOMS, "telltale"):
        yield from modules_of(folder)


def names_imported_by(module: Path) -> set[str]:
    """Every dotted name a module imports, relative ones resolved from ``telltale``."""
    inside = module.relative_to(ROOT).parent.parts
    package = ["telltale", *(inside if inside[0] != "telltale" else inside[1:])]
    names: set[str] = set()
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) + 1 - node.level] if node.level else []
            base = [*base, *filter(None, (node.module or "").split("."))]
            names |= {".".join([*base, alias.name]) for alias in node.names}
    return names


@pytest.mark.parametrize("room", MAY_IMPORT)
def test_a_room_imports_only_the_rooms_below_it(room: str) -> None:
    for module in modules_of(room):
        names = [name.split(".") for name in names_imported_by(module)]
        ours = {name[1] if len(name) > 1 else "" for name in names if name[0] == "telltale"}
        above = ours - MAY_IMPORT[room] - {room}
        bare = {name[0] for name in names} & set(ROOMS)
        assert not above | bare, f"{module.relative_to(ROOT)} imports {above | bare}"


def test_evals_sees_only_what_a_user_sees() -> None:
    public = {"telltale", *(f"telltale.{name}" for name in telltale.__all__)}
    for module in modules_of("evals"):
        ours = {name for name in names_imported_by(module) if name.split(".")[0] in {"telltale", *ROOMS}}
        below = {name for name in ours - public if not name.startswith(("telltale.memory.types.", "telltale.evals."))}
        assert not below, f"{module.relative_to(ROOT)} imports {below}"


def test_the_face_does_not_import_what_measures_it() -> None:
    for module in modules_of("telltale"):
        measured = {name for name in names_imported_by(module) if name.startswith(("telltale.evals", "evals"))}
        assert not measured, f"{module.relative_to(ROOT)} imports {measured}"


@pytest.mark.parametrize("statement", ["import telltale", "from telltale.cli import main; main(['--help'])"])
def test_heavy_libraries_are_not_loaded_before_they_are_needed(statement: str) -> None:
    report = "import sys, atexit; atexit.register(lambda: print('loaded', *sorted(sys.modules), file=sys.stderr))"
    ran = subprocess.run([sys.executable, "-c", f"{report}; {statement}"], capture_output=True, text=True, check=True)
    assert HEAVY.isdisjoint(ran.stderr.partition("loaded")[2].split())


def test_nothing_is_unpickled_or_evaluated() -> None:
    for module in every_module():
        assert not {name.split(".")[0] for name in names_imported_by(module)} & FORBIDDEN_MODULES, module
        calls = [node.func for node in ast.walk(ast.parse(module.read_text("utf-8"))) if isinstance(node, ast.Call)]
        assert not {call.id for call in calls if isinstance(call, ast.Name)} & {"eval", "exec", "compile"}, module


def test_no_filter_is_built_from_strings() -> None:
    """``where`` and its like take expressions (``col("id").isin(ids)``), never text."""
    for module in every_module():
        for node in ast.walk(ast.parse(module.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in FILTERING:
                given = [*node.args, *(keyword.value for keyword in node.keywords)]
                assert not any(map(is_text, given)), f"{module.relative_to(ROOT)}:{node.lineno} filters by text"


@pytest.mark.parametrize("text", ["'a = 1'", "f'a = {b}'", "'a = ' + b", "'a = %s' % b", "'a = {}'.format(b)"])
def test_a_filter_of_text_is_told_from_an_expression(text: str) -> None:
    assert is_text(ast.parse(text, mode="eval").body)
    assert not is_text(ast.parse("(col('a') == lit(b)) & col('c').isin(['d'])", mode="eval").body)


def is_text(node: ast.expr) -> bool:
    if isinstance(node, ast.BinOp):
        return is_text(node.left) or is_text(node.right)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        return node.func.attr == "format"
    return isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, str))
