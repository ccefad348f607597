"""The server is killed while it is told and asked, started again, and held against what it had acknowledged."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Condition
from typing import Any

import httpx

from .made_up import asked, told
from .serving import Server, serving

TELLING, ASKING = 6, 4  # clients of each kind
AT_ONCE = 10  # runs of one list


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """One request to remember, as it was sent first and can be sent again."""

    path: str
    body: Any
    key: str

    def by(self, client: httpx.Client) -> httpx.Response:
        """Send it."""
        return client.post(self.path, json=self.body, headers={"Idempotency-Key": self.key})


@dataclass(slots=True)
class Log:
    """What was sent, before it was sent, and what was acknowledged; written to by many threads."""

    sent: list[Sent] = field(default_factory=list)
    answers: dict[str, Any] = field(default_factory=dict)  # by key
    recalls: int = 0
    changed: Condition = field(default_factory=Condition)

    def acknowledge(self, one: Sent, answer: httpx.Response) -> None:
        """Take down an answer; raises where it is none."""
        answer.raise_for_status()
        with self.changed:
            self.answers[one.key] = answer.json()
            self.changed.notify()

    def wait(self, count: int) -> None:
        """Until so many are acknowledged."""
        with self.changed:
            self.changed.wait_for(lambda: len(self.answers) >= count)


def ids_of(answer: Any) -> list[str]:
    """The episodes that an answer names."""
    return [id_ for part in answer.get("results", [answer]) for id_ in part["episodes"]]


def runs(seed: int, name: str) -> Iterator[Sent]:
    """Requests without end: mostly one run, each fifth a list of them."""
    each = told(seed)
    for number, body in enumerate(each):
        one = number % 5
        path = "/v1/remember" if one else "/v1/remember/many"
        yield Sent(
            path=path, body=body if one else [body, *(next(each) for _ in range(AT_ONCE - 1))], key=f"{name}-{number}"
        )


def kill_and_look(store: Path, key: str, *, rounds: int, acknowledged: int, seed: int) -> Iterator[dict[str, Any]]:
    """After each kill, what became of all that was acknowledged: a kill after up to so many acknowledgements."""
    rng, log, expected = random.Random(seed), Log(), set[str]()
    for number in range(rounds + 1):
        began = time.monotonic()
        with serving(store, key) as server:
            ready = round(time.monotonic() - began, 2)
            with server.client() as client:
                if number:
                    yield {"ready_s": ready, **looked(client, log, expected)}
                else:
                    expected |= set(stored(client))
            if number < rounds:
                log = Log()
                with loaded(server, log, seed=seed + 100 * number):
                    log.wait(rng.randint(1, acknowledged))
                    server.process.kill()


@contextmanager
def loaded(server: Server, log: Log, *, seed: int) -> Iterator[None]:
    """Clients that tell and ask for as long as the server is there."""

    def tell(number: int) -> None:
        with server.client() as client:
            for one in runs(seed + number, f"{seed}-{number}"):
                log.sent.append(one)
                log.acknowledge(one, one.by(client))

    def ask(number: int) -> None:
        with server.client() as client:
            for body in asked(seed + 50 + number):
                client.post("/v1/recall", json=body).raise_for_status()
                log.recalls += 1

    with ThreadPoolExecutor(TELLING + ASKING) as threads:
        going = [threads.submit(work, n) for work, count in ((tell, TELLING), (ask, ASKING)) for n in range(count)]
        yield
    for one in going:
        if not isinstance(one.exception(), httpx.TransportError):
            one.result()  # anything but a server that is gone


def looked(client: httpx.Client, log: Log, expected: set[str]) -> dict[str, Any]:
    """What is there after a kill, what sending everything again comes to, and what ``check`` says."""
    acknowledged = {id_ for answer in log.answers.values() for id_ in ids_of(answer)}
    after = stored(client)
    lost = (expected | acknowledged) - set(after)
    again = {one.key: one.by(client).raise_for_status().json() for one in log.sent}
    other = [key for key, answer in log.answers.items() if again[key] != answer]
    expected |= {id_ for answer in again.values() for id_ in ids_of(answer)}
    end = stored(client)
    return {
        "acknowledged": len(log.answers),
        "not_answered": len(log.sent) - len(log.answers),
        "recalls": log.recalls,
        "lost": len(lost),
        "doubled": len(end) - len(expected),
        "missing_after_sending_again": len(expected - set(end)),
        "answered_otherwise": len(other),
        "problems": len(client.get("/v1/check", timeout=600).raise_for_status().json()["problems"]),
    }


def stored(client: httpx.Client) -> list[str]:
    """The ids of all episodes, as they are paged through."""
    found: list[str] = []
    after: str | None = ""
    while after is not None:
        page = client.get("/v1/episodes", params={"after": after, "limit": 1000}).raise_for_status().json()
        found += [episode["id"] for episode in page["episodes"]]
        after = page["next"]
    return found


def summed(found: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """All rounds together."""
    names = [name for name in found[0] if name != "ready_s"]
    ready = sorted(one["ready_s"] for one in found)
    return {
        "kills": len(found),
        **{name: sum(one[name] for one in found) for name in names},
        "ready_s": ready[len(ready) // 2],
    }
