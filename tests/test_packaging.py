"""What is installed is what is in the folders, and what is said about it is true."""

from __future__ import annotations

import tomllib
from importlib.metadata import distribution
from pathlib import Path

import telltale

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
SETUPTOOLS = PROJECT["tool"]["setuptools"]


def test_every_package_in_a_room_is_listed() -> None:
    """A package that is not listed is left out of the wheel without a word."""
    on_disk = {
        "telltale." + ".".join(init.parent.relative_to(ROOT).parts)
        for room in SETUPTOOLS["package-dir"].values()
        for init in (ROOT / room).rglob("__init__.py")
    }
    surfaces = {f"telltale.{init.parent.name}" for init in (ROOT / "telltale").glob("*/__init__.py")}
    assert on_disk | surfaces | {"telltale"} == set(SETUPTOOLS["packages"])


def test_every_data_file_in_a_room_is_packaged() -> None:
    patterns = ["*.py", "*.pyc", *SETUPTOOLS["package-data"]["*"]]
    held = [path for room in SETUPTOOLS["package-dir"].values() for path in (ROOT / room).rglob("*") if path.is_file()]
    assert [path.name for path in held if not any(path.match(pattern) for pattern in patterns)] == []


def test_the_links_for_editors_lead_to_the_rooms() -> None:
    """Where a clone made no links they are plain files, and nothing but editors and type checkers minds."""
    for package, folder in SETUPTOOLS["package-dir"].items():
        link = ROOT / package.replace(".", "/")
        assert not link.is_symlink() or link.resolve() == ROOT / folder


def test_the_public_names_are_sorted_and_are_all_there_is() -> None:
    rooms_and_modules = {path.stem for path in (ROOT / "telltale").iterdir()}
    public = {name for name in vars(telltale) if not name.startswith("_")} - rooms_and_modules - {"annotations"}
    assert telltale.__all__ == sorted(public | {"__version__"})


def test_the_version_is_the_distributions() -> None:
    assert telltale.__version__ == PROJECT["project"]["version"]


def test_every_entry_point_leads_somewhere() -> None:
    ours = distribution("telltale-memory").entry_points
    assert {entry.name for entry in ours} >= {"telltale", "demo", "eval", "wordllama"}
    assert all(entry.load() for entry in ours)


def test_every_pinned_package_has_its_hashes_and_no_address() -> None:
    lock = (ROOT / "requirements.lock").read_text("utf-8")
    pins = [line for line in lock.splitlines() if "==" in line and not line.startswith((" ", "#"))]
    assert len(pins) > 30
    assert all(line.endswith("\\") for line in pins)
    assert "://" not in lock
