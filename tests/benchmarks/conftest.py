"""What the benchmarks share: made-up memories of any size, filled stores, and what a run says of itself at its end."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from . import made_up
from .lineup import missing
from .stores import Stores
from .systems import System

FEW = 100  # rows: that it works; how fast it is, `make bench` says
PACKAGES = ("telltale-memory", "lancedb", "pylance", "chromadb", "mem0ai", "qdrant-client", "numpy")
_blank: list[dict[str, Any]] = []


@pytest.fixture(scope="session")
def made_up_rows() -> Callable[..., Iterator[dict[str, Any]]]:
    """Rows of a memory of any size: ``made_up_rows(count, seed=0)``."""
    return made_up.rows


@pytest.fixture(scope="session")
def stores() -> Iterator[Stores]:
    """Filled folders, gone when the run is over."""
    with TemporaryDirectory(prefix="telltale-bench-", ignore_cleanup_errors=True) as folder:
        yield Stores(Path(folder))


@pytest.fixture
def figure(request: pytest.FixtureRequest, benchmark: Any) -> Callable[[str, type[System], int], int]:
    """Says of what a test is a figure, and gives the number of rows: few where nothing is measured.

    ``figure("recall", kind, size)`` skips what cannot be had.
    """

    def named(what: str, kind: type[System], size: int) -> int:
        told = {"what": what, "system": kind.name, "size": size}
        request.node.user_properties.append(("figure", told))
        benchmark.extra_info |= told
        benchmark.group = f"{what}, {size:,} rows"
        if reason := missing(kind, size):
            pytest.skip(reason)
        if not benchmark.enabled and size > 1_000:
            pytest.skip("a benchmark of this size runs with `make bench`")
        return size if benchmark.enabled else FEW

    return named


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Keep why a figure stays blank."""
    told = dict(report.user_properties).get("figure")
    if isinstance(told, dict) and report.outcome != "passed":
        _blank.append({**told, "why": _why(report)})


def _why(report: pytest.TestReport) -> str:
    if isinstance(report.longrepr, tuple):
        return report.longrepr[2].removeprefix("Skipped: ")
    crash = getattr(report.longrepr, "reprcrash", None)  # its kind alone: messages hold paths
    return f"it failed ({crash.message.partition(':')[0]})" if crash else "it failed"


def pytest_benchmark_update_machine_info(machine_info: dict[str, Any]) -> None:
    """Add what figures depend on."""
    machine_info["memory_gib"] = round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30)
    machine_info["versions"] = {name: found for name in PACKAGES if (found := _version(name))}


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""


def pytest_benchmark_update_json(output_json: dict[str, Any]) -> None:
    """Add which figures stay blank, and why."""
    output_json["blank"] = _blank


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """One line a benchmark that was held against something: ours, theirs, ratio, aim."""
    session = getattr(config, "_benchmarksession", None)
    compared = [bench for bench in getattr(session, "benchmarks", ()) if "beside" in bench.extra_info]
    for bench in compared:
        info = bench.extra_info
        terminalreporter.write_line(
            f"{bench.name}: p50 {bench.stats.median * 1000:.2f} ms; {info['beside']} {info['beside_p50_ms']:.2f} ms; "
            f"{info['said']} (aim: {info['aim']})"
        )
