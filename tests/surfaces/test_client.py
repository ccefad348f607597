"""The client of a server: every method is there, what is safe is sent again, and errors are the tree's own.

The server is scripted: what it answers in turn, and what it was sent. A real one is asked in tests/contract.
"""

from __future__ import annotations

import inspect
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

import telltale
from telltale.client import ServedMemory
from telltale.client_http import TRIES
from telltale.memory.errors import (
    NotAllowed,
    ReadOnly,
    RecordError,
    StoreBusy,
    StoreError,
    StoreIO,
    TelltaleError,
    UsageError,
)

ABOUT = (
    200,
    {"tenant": "team-a", "rights": ["read"], "is_stale": True, "episodes": 0, "version": "1", "dropped_notes": 0},
)
DONE = (200, {"episodes": ["e1"], "line": 1, "error": None})
RUN = [{"role": "user", "content": "Refund order 7"}]
AS_THEY_ARE = {  # they call others, or read nothing but their arguments
    *("run", "recorded", "follow", "export_skills", "fit_prior"),
    "export_fine_tuning",
}
VERBS = [name for name in dir(telltale.AgentMemory) if not name.startswith("_")]


class Scripted:
    """A server that answers what it is told to, in turn; ``None`` is a connection that breaks."""

    def __init__(self) -> None:
        self.answers: list[tuple[int, dict[str, Any]] | None] = [ABOUT]
        self.sent: list[tuple[str, str, dict[str, str], bytes]] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def answer(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                outer.sent.append((self.command, self.path, dict(self.headers), body))
                found = outer.answers.pop(0)
                if found is None:
                    self.connection.close()
                    self.close_connection = True
                    return
                told = json.dumps(found[1]).encode()
                self.send_response(found[0])
                self.send_header("Retry-After", "0")
                self.send_header("Content-Length", str(len(told)))
                self.end_headers()
                self.wfile.write(told)

            do_GET = do_POST = do_PUT = answer  # noqa: N815 - the names that http.server calls

            def log_message(self, *_: object) -> None:
                """Nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self.address = f"http://127.0.0.1:{self._server.server_port}"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def server() -> Iterator[Scripted]:
    scripted = Scripted()
    yield scripted
    scripted.close()


def problem(status: int, code: str, **more: Any) -> tuple[int, dict[str, Any]]:
    return status, {"status": status, "code": code, "detail": "it is so", "hint": "do otherwise", **more}


@pytest.mark.parametrize("verb", VERBS)
def test_every_method_is_there_with_the_same_arguments(verb: str) -> None:
    served, plain = getattr(ServedMemory, verb), getattr(telltale.AgentMemory, verb)
    assert inspect.signature(served) == inspect.signature(plain)
    assert (served is plain) == (verb in AS_THEY_ARE)


def test_a_server_gives_an_agent_memory_whose_key_is_not_shown(server: Scripted) -> None:
    with telltale.open(server.address, api_key="tt_secret") as memory:
        assert isinstance(memory, telltale.AgentMemory)
        assert "team-a" in repr(memory)
        assert "tt_secret" not in repr(memory) + repr(vars(memory))
        server.answers = [ABOUT]
        assert memory.is_stale()
    assert {sent[2]["Authorization"] for sent in server.sent} == {"Bearer tt_secret"}


def test_the_key_may_come_from_the_environment(server: Scripted, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TELLTALE_API_KEY", "tt_environment")
    telltale.open(server.address).close()
    assert server.sent[0][2]["Authorization"] == "Bearer tt_environment"


@pytest.mark.parametrize("broken", [None, problem(503, "BUSY"), problem(503, "TIMEOUT"), problem(429, "RATE_LIMITED")])
def test_a_run_is_sent_again_under_the_same_key_until_it_is_stored(server: Scripted, broken: Any) -> None:
    with telltale.open(server.address) as memory:
        server.answers = [broken, broken, DONE]
        assert memory.remember(RUN, outcome="success") == ["e1"]
    assert len({sent[2]["Idempotency-Key"] for sent in server.sent[1:]}) == 1
    assert len({sent[3] for sent in server.sent[1:]}) == 1


def test_feedback_is_not_sent_again_once_it_may_have_arrived(server: Scripted) -> None:
    with telltale.open(server.address) as memory:
        server.answers = [problem(503, "BUSY"), (200, {"recall": "r"})]
        memory.feedback("r", outcome="success")
        for answer, error in ((problem(503, "TIMEOUT"), StoreBusy), (None, StoreIO)):
            server.answers = [answer]
            with pytest.raises(error):
                memory.feedback("r", outcome="success")
    assert len(server.sent) == 1 + 2 + 1 + 1


def test_asking_again_has_an_end(server: Scripted) -> None:
    with telltale.open(server.address) as memory:
        server.answers = [problem(503, "BUSY")] * 20
        with pytest.raises(StoreBusy, match="it is so: do otherwise"):
            memory.recall("Refund order 7")
    assert len(server.sent) == 1 + TRIES


@pytest.mark.parametrize(
    ("answer", "kind", "code"),
    [
        (problem(422, "BAD_LIMIT"), telltale.BadArgument, "BAD_ARGUMENT"),
        (problem(404, "NOT_FOUND"), telltale.BadArgument, "BAD_ARGUMENT"),
        (problem(401, "AUTH_REQUIRED"), NotAllowed, "AUTH_REQUIRED"),
        (problem(403, "FORBIDDEN"), NotAllowed, "FORBIDDEN"),
        (problem(403, "READ_ONLY"), ReadOnly, "READ_ONLY"),
        (problem(422, "NO_TASK", field="trace"), RecordError, "NO_TASK"),
        (problem(500, "STORE_CORRUPT"), StoreError, "STORE_CORRUPT"),
        (problem(500, "INTERNAL"), StoreError, "STORE"),
        (problem(413, "BODY_TOO_LARGE"), UsageError, "USAGE"),
        ((404, {"detail": "Not Found"}), StoreIO, "STORE_IO"),
        ((200, {"detail": "of another shape"}), StoreError, "STORE"),
    ],
)
def test_a_problem_is_the_error_that_a_folder_would_raise(
    server: Scripted, answer: Any, kind: type[TelltaleError], code: str
) -> None:
    with telltale.open(server.address) as memory:
        server.answers = [answer]
        with pytest.raises(kind) as raised:
            memory.recall("Refund order 7")
    assert raised.value.code == code


def test_what_a_server_decides_cannot_be_said_to_it(server: Scripted) -> None:
    for given in ({"embedder": "wordllama"}, {"judge": "openai/gpt-4o-mini"}):
        with pytest.raises(UsageError, match="cannot be said to a server"):
            telltale.open(server.address, **given)  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="the key is for 'team-a'"):
        telltale.open(server.address, tenant="team-b")
    server.answers = [ABOUT]
    with telltale.open(server.address, tenant="team-a") as memory:
        for wrong in (
            lambda: memory.recall("x", count_tokens=len),
            lambda: memory.distill(model="openai/gpt-4o-mini"),
            lambda: memory.ingest("x.jsonl", rejects="rejects.jsonl"),
            lambda: telltale.AgentMemory.fit_prior([[memory]]),
        ):
            with pytest.raises(UsageError):
                wrong()
    assert len(server.sent) == 2


def test_a_library_is_named_with_every_case(server: Scripted) -> None:
    server.answers = [ABOUT, (200, {"candidates": []})]
    with telltale.open(server.address, library="shared") as memory:
        memory.candidates("Refund order 7")
    assert server.sent[0][1] == "/v1/about?library=shared"
    assert json.loads(server.sent[1][3])["library"] == "shared"


def test_another_server_is_told_from_one_of_telltale(server: Scripted) -> None:
    server.answers = [(200, {"hello": "world"})]
    with pytest.raises(UsageError, match="is no telltale server"):
        telltale.open(server.address)


def test_a_key_that_may_not_read_still_writes(server: Scripted) -> None:
    server.answers = [problem(403, "FORBIDDEN"), DONE]
    with telltale.open(server.address) as memory:
        assert memory.remember(RUN) == ["e1"]
