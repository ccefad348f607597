"""Nothing of one tenant reaches another: long random sequences of everything that a memory does (reliability 15).

Every text, context, argument, source, note and name that a tenant is given holds its canary. Looked through after each
call: what it returned or raised, and the log; at the end also the bytes of each tenant's own folder.
"""

from __future__ import annotations

import logging
import random
import tempfile
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from telltale.agent_memory import AgentMemory
from telltale.memory.errors import TelltaleError
from telltale.tenancy import Tenants, open_store

NAMES = ("ant", "bee", "cat", "dog", "eel")
SEED = 15
Call = Callable[["Asked"], Any]


class Asked:
    """One call's memory, canary, chance, and the ids of all tenants, which every tenant tries."""

    def __init__(self, memory: AgentMemory, canary: str, rng: random.Random, ids: list[str], folder: Path) -> None:
        self.memory, self.canary, self.rng, self.ids, self.folder = memory, canary, rng, ids, folder

    def text(self) -> str:
        """A task, alike in all tenants but for the canary."""
        return f"{self.rng.choice(['Refund', 'Cancel', 'Return'])} order {self.rng.randint(1, 9)} for {self.canary}"

    def any_id(self) -> str:
        """An id of any tenant's episode or recall."""
        return self.rng.choice(self.ids) if self.ids else "0" * 32


def remember(asked: Asked) -> Any:
    text = asked.text()
    tool = f"{text.split()[0].lower()}_{asked.canary}"
    steps = [{"tool": tool, "arguments": {"who": asked.canary}, "observation": f"done {asked.canary}"}]
    row = {"text": text, "context": {"who": asked.canary}, "steps": steps, "answer": asked.canary}
    outcome = asked.rng.choice(["success", "success", "failure"])
    found = asked.memory.remember(row, outcome=outcome, source=asked.canary, procedure=asked.rng.choice([None, tool]))
    asked.ids += found
    return found


def recall(asked: Asked) -> Any:
    found = asked.memory.recall(asked.text(), {"who": asked.canary}, risk=asked.rng.choice([0.05, 0.9]))
    asked.ids.append(found.id)
    return found, found.text, found.receipt()


def recall_anything(asked: Asked) -> Any:
    return asked.memory.recall("Refund order 3", kinds=asked.rng.choice(["both", "skills"]), risk=0.9)


def feedback(asked: Asked) -> Any:
    found = asked.memory.recall(asked.text())
    judged = [verdict.candidate.id for verdict in found.verdicts][:1]
    asked.memory.feedback(found.id, outcome="failure", misled=judged, note=asked.canary)
    return found


def feedback_of_another(asked: Asked) -> Any:
    return asked.memory.feedback(asked.any_id(), outcome="success", note=asked.canary)


def candidates(asked: Asked) -> Any:
    return asked.memory.candidates("Refund order", by=asked.rng.choice(["dense", "lexical", "hybrid", "all"]))


def why(asked: Asked) -> Any:
    return asked.memory.why(asked.memory.recall("Refund order 3"), asked.any_id())


def export(asked: Asked) -> Any:
    with tempfile.NamedTemporaryFile(suffix=".jsonl", dir=asked.folder) as file:
        asked.memory.export(file.name)
        return Path(file.name).read_bytes()


def restored(asked: Asked, tenants: Tenants, name: str) -> Any:
    """Carried out, and in under a name of its own for a moment."""
    place = asked.folder / f"{asked.rng.getrandbits(64):x}"
    tenants.export(name, place)
    tenants.import_(place, f"{name}-{asked.canary}")
    with tenants.memory(f"{name}-{asked.canary}") as memory:
        found = list(memory.episodes()), memory.skills(), [file.read_bytes() for file in place.iterdir()]
    tenants.delete(f"{name}-{asked.canary}")
    return found


OFTEN: tuple[Call, ...] = (
    *(remember, remember, recall, recall, recall_anything, candidates, feedback, feedback_of_another, why),
    lambda asked: list(asked.memory.episodes()),
    lambda asked: asked.memory.forget(episode_id=asked.any_id()),
    lambda asked: (asked.memory.look_alikes(), asked.memory.skills(), asked.memory.is_stale()),
    lambda asked: asked.memory.review(asked.any_id(), accept=True),
)
SELDOM: tuple[Call, ...] = (
    lambda asked: asked.memory.learn(),
    lambda asked: (asked.memory.distill(), asked.memory.skills()),
    lambda asked: asked.memory.check(),
    lambda asked: asked.memory.forget(before=asked.rng.choice([0.0, 1.0])),
    export,
)


def done(call: Call, asked: Asked) -> str:
    """All that the call says, or that its error says."""
    try:
        return repr(call(asked))
    except TelltaleError as error:
        return f"{error!r} {error} {error.__cause__!r}"


def others(canaries: Mapping[str, str], name: str, said: str) -> list[str]:
    """Whose canary is in what ``name`` was told."""
    return [other for other, canary in canaries.items() if other != name and canary in said]


@pytest.mark.parametrize("calls", [250, pytest.param(10_000, marks=pytest.mark.long)])
def test_nothing_that_a_tenant_is_told_or_keeps_holds_the_canary_of_another(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, calls: int
) -> None:
    rng, ids = random.Random(SEED), list[str]()
    canaries = {name: f"canary{rng.getrandbits(64):016x}" for name in NAMES}
    folder = tmp_path / "out"
    folder.mkdir()
    with open_store(tmp_path / "store", most_open=2) as tenants, caplog.at_level(logging.DEBUG, "telltale"):
        for number in range(calls):
            name = rng.choice(NAMES)
            call = rng.choice(SELDOM if number % 20 == 19 else OFTEN)
            with tenants.memory(name) as memory:
                asked = Asked(memory, canaries[name], rng, ids, folder)
                said = done(call, asked)
            if number % 100 == 99:
                said += done(partial(restored, tenants=tenants, name=name), asked)
            assert not others(canaries, name, said + caplog.text), (number, call, said)
            caplog.clear()
            del ids[:-200]
        folders = {name: tmp_path / "store" / tenants._store.tenant(name).id for name in NAMES}
    for name, of in folders.items():
        bytes_ = b"".join(file.read_bytes() for file in of.rglob("*") if file.is_file())
        assert canaries[name].encode() in bytes_
        assert not others(canaries, name, bytes_.decode("latin-1"))
