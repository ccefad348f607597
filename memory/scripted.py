"""A test double that users' tests get too: a language model's server on this machine that answers by script."""

from __future__ import annotations

import json
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any

Told = tuple[int, dict[str, Any]] | tuple[int, dict[str, Any], dict[str, str]]  # status, body, headers
NEVER: Told = (0, {})


class ScriptedModel:
    """An OpenAI-compatible server that keeps what it was asked.

    It answers by ``script``, whose last line holds for ever, or by ``answers``, which is given each question.
    """

    def __init__(self, *script: Told) -> None:
        self.script = list(script)
        self.answers: Callable[[dict[str, Any]], Told] | None = None
        self.asked: list[dict[str, Any]] = []
        self.closing = Event()
        handler = type("Handler", (_Handler,), {"model": self})
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.address = f"http://127.0.0.1:{self.server.server_port}/v1"
        Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()

    def answer(self, asked: dict[str, Any]) -> Told:
        """What the server says to ``asked``."""
        self.asked.append(asked)
        if self.answers:
            return self.answers(asked)
        return self.script.pop(0) if len(self.script) > 1 else self.script[0]

    def close(self) -> None:
        """Stop answering; whoever still waits is let go."""
        self.closing.set()
        self.server.shutdown()
        self.server.server_close()


class _Handler(BaseHTTPRequestHandler):
    model: ScriptedModel

    def do_POST(self) -> None:
        told = self.model.answer(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        if not told[0]:
            self.model.closing.wait()
            return
        body = json.dumps(told[1]).encode()
        self.send_response(told[0])
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        for name, value in (told[2] if len(told) > 2 else {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None: ...


def answered(content: str | None, *, finish: str = "stop", **more: Any) -> tuple[int, dict[str, Any]]:
    """A whole chat completion that says ``content``."""
    message = {"role": "assistant", "content": content, **more}
    usage = {"prompt_tokens": 9, "completion_tokens": 9, "total_tokens": 18}
    choice = {"index": 0, "message": message, "finish_reason": finish}
    told = {"id": "1", "object": "chat.completion", "created": 1, "model": "local", "choices": [choice], "usage": usage}
    return 200, told
