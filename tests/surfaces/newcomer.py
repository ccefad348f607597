"""A newcomer's path, timed: from ``pip install`` to an agent that recalls over MCP, with what the README shows alone.

Run: ``python tests/surfaces/newcomer.py``. The wheel is made of a clone first, as the package is on no index; that is
not counted. From there on all is as on a new machine: an environment of its own, nothing out of pip's cache, an empty
folder, and the README's blocks word for word (those of docs/agents.md, to which it links, where the README has none).
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGES = ("README.md", "docs/agents.md")
CONFIGURED = """
import asyncio, json
from mcp import Client, StdioServerParameters

async def main():
    configured = json.load(open(".mcp.json"))["mcpServers"]["telltale"]
    async with Client(StdioServerParameters(**configured)) as client:
        found = await client.call_tool("recall", {"task": "Cancel order 9100, it was shipped yesterday"})
        print(found.structured_content["applies"], [one["procedure"] for one in found.structured_content["admitted"]])

asyncio.run(main())
"""


def main() -> dict[str, str]:
    """What each step printed; how long each took goes to standard output."""
    told: dict[str, str] = {}
    took: dict[str, float] = {}

    @contextmanager
    def step(name: str) -> Iterator[None]:
        began = time.perf_counter()
        yield
        took[name] = time.perf_counter() - began
        sys.stdout.write(f"{took[name]:7.1f} s  {name}\n")
        sys.stdout.flush()

    with tempfile.TemporaryDirectory(prefix="newcomer-") as new:
        folder = Path(new)
        wheel = _wheel(folder)
        with step('python -m venv, pip install "telltale-memory[mcp]"'):
            _run(folder, sys.executable, "-m", "venv", "venv")
            _run(folder, "pip", "install", "--no-cache-dir", f"--find-links={wheel.parent}", "telltale-memory[mcp]")
        with step("the README's twenty lines"):
            told["twenty lines"] = _python(folder, _block("telltale.open", "memory.remember"))
        with step("an agent that recalls over MCP"):
            told["agent"] = _python(folder, _block("StdioServerParameters"))
        told["total"] = f"{sum(took.values()):.0f} s"
        sys.stdout.write(f"{sum(took.values()):7.1f} s  in all (aim: under 300 s)\n")
        with step("beyond it: the same through .mcp.json as it is shown for Claude Code and Cursor"):
            shown = _block('"mcpServers"', language="json").replace("/home/me/.telltale", str(folder / "experience"))
            (folder / ".mcp.json").write_text(shown, encoding="utf-8")
            told["configured"] = _python(folder, CONFIGURED)
    return told


def _wheel(folder: Path) -> Path:
    """A wheel of what is committed here."""
    _run(folder, "git", "clone", "--quiet", str(ROOT), "clone")
    _run(folder, sys.executable, "-m", "venv", "building")
    build = str(folder / "building" / "bin" / "pip")
    _run(folder, build, "wheel", "--quiet", "--no-deps", "--wheel-dir=wheel", "./clone")
    return next((folder / "wheel").glob("*.whl"))


def _block(*words: str, language: str = "py(?:thon)?") -> str:
    """The first block of the pages that holds all those words."""
    for page in PAGES:
        text = (ROOT / page).read_text(encoding="utf-8")
        for block in re.findall(rf"```{language}\n(.*?)```", text, flags=re.DOTALL):
            if all(word in block for word in words):
                return str(block)
    raise AssertionError(f"no block with {words} is shown")


def _python(folder: Path, program: str) -> str:
    return _run(folder, "python", "-c", program)


def _run(folder: Path, *command: str) -> str:
    """What a command printed, run in the folder with the new environment first on the path."""
    own = {name: os.environ[name] for name in os.environ if not name.startswith(("PYTHON", "VIRTUAL_ENV"))}
    path = f"{folder / 'venv' / 'bin'}{os.pathsep}{own['PATH']}"
    done = subprocess.run(
        command,
        cwd=folder,
        env=own | {"PATH": path},
        text=True,
        capture_output=True,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    if done.returncode:
        raise AssertionError(f"{' '.join(command)[:200]} failed:\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}")
    return done.stdout


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main(), indent=2) + "\n")
