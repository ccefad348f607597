"""One connection to a server of telltale: requests that are sent again where that is safe, problems as our own errors.

Knows addresses, headers and statuses, and nothing of what a memory is. The key goes to that server alone and is never
shown.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import IO, Any
from urllib.parse import quote, urlsplit

from telltale.memory.errors import (
    BadArgument,
    NotAllowed,
    RecordError,
    StoreBusy,
    StoreError,
    StoreIO,
    TelltaleError,
    UsageError,
)

SECONDS = 30.0  # for a connection to be made, and between two pieces of what is sent
LONGEST = 660.0  # seconds for an answer: what may take long has 600 at the server
TRIES = 5
LONGEST_WAIT = 30.0  # seconds, whatever Retry-After says
_PIECE = 2**20
_NOT_NOW = {429, 502, 503, 504}
_NOT_LET_IN = {401, 403}
_USAGE = {"BAD_LIMIT", "UNKNOWN_FIELD", "MISSING_FIELD", "NOT_FOUND", "IDEMPOTENCY_MISMATCH"}

Opened = Callable[[], AbstractContextManager[IO[bytes]]]


class NotNow(Exception):
    """The server may answer if it is asked once more, after ``seconds`` where it says so."""

    def __init__(self, why: TelltaleError, seconds: float | None = None) -> None:
        super().__init__(str(why))
        self.why, self.seconds = why, seconds


class Connection:
    """Kept open between requests; may be used from several threads."""

    def __init__(self, address: str, api_key: str | None) -> None:
        self.address = _checked(address)
        try:
            import httpx
        except ModuleNotFoundError as error:
            raise UsageError(
                "a server is asked with the package httpx: pip install 'telltale-memory[client]', then run this again"
            ) from error
        headers = {"Authorization": f"Bearer {api_key}"} if api_key else {}
        limits = httpx.Limits(max_connections=64, max_keepalive_connections=16, keepalive_expiry=4)
        timeout = httpx.Timeout(SECONDS, read=LONGEST)
        self._client = httpx.Client(headers=headers, limits=limits, timeout=timeout)

    def get(self, path: str, **query: Any) -> bytes:
        """What is there."""
        return self.ask("GET", path, query=query, again=True)

    def ask(
        self,
        method: str,
        path: str,
        body: bytes | Opened | None = None,
        *,
        query: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        again: bool,
    ) -> bytes:
        """The body of the answer to a request, which is sent again while the server cannot answer just now.

        Args:
            path: below ``/v1``.
            body: JSON, or what opens a file that is sent piece by piece.
            again: it is safe to send although an earlier sending may have been worked on.

        Raises:
            StoreIO: no server can be reached. StoreBusy: it goes on saying that it has no time.
            TelltaleError: what the server says is wrong, as the same call on a folder would raise it.
        """
        from tenacity import Retrying, retry_if_exception_type, stop_after_attempt

        given = {name: value for name, value in (query or {}).items() if value is not None}

        def send() -> bytes:
            return self._send(method, path, body, given, headers or {}, again=again)

        asking = Retrying(
            retry=retry_if_exception_type(NotNow), stop=stop_after_attempt(TRIES), wait=_waiting, reraise=True
        )
        try:
            return asking(send)
        except NotNow as error:
            raise error.why from error.__cause__

    def _send(
        self,
        method: str,
        path: str,
        body: bytes | Opened | None,
        query: Mapping[str, Any],
        headers: Mapping[str, str],
        *,
        again: bool,
    ) -> bytes:
        import httpx

        content = _pieces(body) if callable(body) else body
        kind = "application/octet-stream" if callable(body) else "application/json"
        named = {"Content-Type": kind, **headers} if body is not None else headers
        try:
            answer = self._client.request(
                method, f"{self.address}/v1{path}", content=content, params=query, headers=named
            )
        except httpx.TransportError as error:
            why = _unreached(self.address, error)
            raise (NotNow(why) if again or isinstance(error, httpx.ConnectError) else why) from error
        except httpx.InvalidURL as error:
            raise BadArgument(f"found the address {self.address!r}, expected such as http://host:8700") from error
        if answer.status_code < 400:
            return answer.content
        problem = _problem(answer)
        why_not = _error(answer.status_code, problem, self.address)
        was_worked_on = problem.get("code") in {"TIMEOUT", None}
        if answer.status_code in _NOT_NOW and (again or not was_worked_on):
            raise NotNow(why_not, _seconds(answer.headers.get("Retry-After", "")))
        raise why_not

    def fetch(self, path: str, to: Path) -> None:
        """Write what is there to a file, piece by piece. Raises what ``ask`` raises, and OSError."""
        import httpx

        try:
            with self._client.stream("GET", f"{self.address}/v1{path}") as answer, to.open("wb") as file:
                if answer.status_code >= 400:
                    answer.read()
                    raise _error(answer.status_code, _problem(answer), self.address)
                for piece in answer.iter_bytes(_PIECE):
                    file.write(piece)
        except httpx.TransportError as error:
            raise _unreached(self.address, error) from error

    def close(self) -> None:
        """Let go of what is kept open."""
        self._client.close()


def in_path(name: str) -> str:
    """``name`` as one part of a path."""
    return quote(name, safe="")


def _checked(address: str) -> str:
    found = urlsplit(address)
    if not found.hostname or found.query or found.fragment:
        raise BadArgument(f"found the address {address!r:.200}, expected such as http://host:8700")
    if found.username or found.password:
        raise BadArgument("the address holds a user or a password: give the key as api_key=, or in TELLTALE_API_KEY")
    return address.rstrip("/").removesuffix("/v1")


def _pieces(opened: Opened) -> Iterator[bytes]:
    with opened() as file:
        while piece := file.read(_PIECE):
            yield piece


def _unreached(address: str, error: Exception) -> StoreIO:
    return StoreIO(
        f"no answer from {address} ({type(error).__name__}): is `telltale serve` running there, and is the address "
        "right? Then try again"
    )


def _waiting(state: Any) -> float:
    from tenacity import wait_random_exponential

    said = state.outcome.exception().seconds
    spread = float(wait_random_exponential(multiplier=0.1, max=5)(state))  # so that many do not come back at once
    return spread if said is None else min(said, LONGEST_WAIT) + spread


def _seconds(said: str) -> float | None:
    return float(said) if said.isdecimal() else None


def _problem(answer: Any) -> Mapping[str, Any]:
    try:
        told = answer.json()
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}


def _error(status: int, problem: Mapping[str, Any], address: str) -> TelltaleError:
    code = str(problem.get("code", ""))
    if not code:
        return StoreIO(f"{address} answered {status}, and not as a telltale server does: check the address")
    return error_of(
        code, str(problem.get("detail", "")), str(problem.get("hint", "")), str(problem.get("field", "")), status
    )


def error_of(code: str, detail: str, hint: str, field: str = "", status: int = 422) -> TelltaleError:
    """The error of our tree that a problem tells of."""
    said = f"{detail}: {hint}" if hint else detail
    known = {kind.code: kind for kind in _every(TelltaleError) if "code" in vars(kind)}
    if code in known:
        return known[code](said)
    if status in _NOT_LET_IN:
        return NotAllowed(said, code=code)
    if code in _USAGE:
        return BadArgument(said)
    if status in _NOT_NOW:
        return StoreBusy(said)
    if status in {400, 422}:
        return RecordError(code, detail, field=field)
    return UsageError(said) if status < 500 else StoreError(said)


def _every(kind: type[TelltaleError]) -> Iterator[type[TelltaleError]]:
    for one in kind.__subclasses__():
        if one.__module__ == kind.__module__:
            yield one
            yield from _every(one)
