"""Who asks and who tells, for Locust. Started by ``python -m tests.load``, or by hand in the project's folder:

TELLTALE_API_KEY=... python -m locust -f tests/load/locustfile.py --headless -u 32 -r 32 -t 60
    -H http://127.0.0.1:8700 Asking
"""
# Locust is there for a load test only.
# mypy: ignore-errors

from __future__ import annotations

import itertools
import json
import os

from locust import FastHttpUser, task

from tests.load.made_up import asked, told  # absolute, since Locust runs this file by its path

LINES = 500  # of one stream
HEADERS = {"Authorization": f"Bearer {os.environ.get('TELLTALE_API_KEY', '')}"}
_users = itertools.count(int(os.environ.get("LOAD_SEED", "1000")))


class Asking(FastHttpUser):
    """Recalls, one after the other without a pause, each of another case."""

    def on_start(self) -> None:
        """Cases of its own."""
        self._asked = asked(next(_users))

    @task
    def recall(self) -> None:
        """One recall."""
        self.client.post("/v1/recall", json=next(self._asked), headers=HEADERS)


class AskingBeside(Asking):
    """Four who recall beside others."""

    fixed_count = 4


class TellingOne(FastHttpUser):
    """Finished runs one by one without a pause, each with a key under which it could be sent again."""

    def on_start(self) -> None:
        """Runs of its own."""
        self._seed = next(_users)
        self._told = enumerate(told(self._seed))

    @task
    def remember(self) -> None:
        """One run."""
        number, run = next(self._told)
        self.client.post("/v1/remember", json=run, headers={**HEADERS, "Idempotency-Key": f"{self._seed}-{number}"})


class Telling(FastHttpUser):
    """One that streams finished runs as JSON lines, one stream after the other."""

    fixed_count = 1

    def on_start(self) -> None:
        """Runs of its own."""
        self._told = told(next(_users))

    @task
    def remember(self) -> None:
        """One stream."""
        lines = "".join(json.dumps(run) + "\n" for run in itertools.islice(self._told, LINES))
        said = {**HEADERS, "Content-Type": "application/x-ndjson"}
        self.client.post("/v1/remember/lines", data=lines.encode(), headers=said)
