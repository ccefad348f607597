"""A memory in which past experience applies to one of two kinds of refund."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

import telltale

GIFT, CARD = "Refund order {}, it was paid with a gift card", "Refund order {}, it was paid by credit card"


@pytest.fixture(scope="session")
def taught(tmp_path_factory: pytest.TempPathFactory) -> Path:
    store = tmp_path_factory.mktemp("agents") / "store"
    with telltale.open(store) as memory:
        for number in range(30):
            for task, tool in ((GIFT, "refund_to_balance"), (CARD, "refund_to_card")):
                with memory.run(task.format(number), recall=False) as run:
                    run.called("get_order", {"order": str(number)}, {"paid": 12.5}, read_only=True)
                    run.called(tool, {"order": str(number)}, "done")
                    run.said("assistant", "That is done.")
                    run.succeeded()
        memory.learn()
    return store


@pytest.fixture
def memory(taught: Path, tmp_path: Path) -> Iterator[telltale.AgentMemory]:
    import shutil

    shutil.copytree(taught, tmp_path / "store")
    with telltale.open(tmp_path / "store") as opened:
        yield opened
