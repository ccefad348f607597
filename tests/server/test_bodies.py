"""Bodies that are too large, too slow, packed or no JSON (reliability 10, 12, 32)."""

from __future__ import annotations

import asyncio
import gzip
import json
import tracemalloc
import zlib
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import pytest
from starlette.testclient import TestClient

from telltale.server import bodies
from telltale.server.app import make_app

from .conftest import HOME, ended, refunds, serving

JSON = {"Content-Type": "application/json"}


def code(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def asked(store: str, content: Callable[[], AsyncIterator[bytes]], path: str = "/v1/recall", **options: Any) -> Any:
    """The answer to a body that comes in pieces."""

    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(make_app(store, **options))
        async with httpx.AsyncClient(transport=transport, base_url=HOME) as client:
            return await client.post(path, content=content(), headers=JSON)

    return asyncio.run(ask())


def test_a_body_that_says_it_is_too_large_is_refused_before_it_is_read(store: str) -> None:
    async def never() -> AsyncIterator[bytes]:
        raise AssertionError("read")
        yield b""

    async def ask() -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(make_app(store)), base_url=HOME) as client:
            return await client.post("/v1/recall", content=never(), headers=JSON | {"Content-Length": str(10**12)})

    assert code(asyncio.run(ask())) == (413, "BODY_TOO_LARGE")


def test_a_body_in_pieces_is_cut_off_at_the_bound(store: str) -> None:
    sent = 0

    async def pieces() -> AsyncIterator[bytes]:
        nonlocal sent
        while True:
            sent += 1000
            yield b" " * 1000

    assert code(asked(store, pieces, most=50_000)) == (413, "BODY_TOO_LARGE")
    assert sent <= 52_000


def test_a_body_that_pauses_is_given_up(store: str) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        yield b'{"text":'
        await asyncio.Event().wait()

    assert code(asked(store, pieces, pause=0.01)) == (408, "TOO_SLOW")


@pytest.mark.parametrize("path", ["/v1/recall", "/v1/remember/lines", "/v1/ingest"])
def test_a_bomb_is_stopped_at_the_bound(client: TestClient, path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(bodies.MOST_OF, "/v1/ingest", 2**25)
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    bomb = b"".join(packer.compress(b" " * 2**20) for _ in range(64)) + packer.flush()
    loaded = client.post(path, content=b"{}", headers=JSON)  # what is loaded first is not counted
    if loaded.status_code == 202:
        ended(client, loaded)  # CPython 3.11 crashes where tracemalloc stops while another thread allocates
    tracemalloc.start()
    try:
        answer = client.post(path, content=bomb, headers=JSON | {"Content-Encoding": "gzip"})
        assert tracemalloc.get_traced_memory()[1] < 100 * 2**20
    finally:
        tracemalloc.stop()
    assert answer.status_code == 413
    assert answer.json()["code"] in {"DECOMPRESSED_TOO_LARGE", "LINE_TOO_LONG"}


def test_a_bomb_as_a_file_is_a_reject(client: TestClient) -> None:
    bomb = gzip.compress(b" " * (257 * 2**20), 9)
    job = ended(client, client.post("/v1/ingest", content=bomb))
    assert job["result"]["stored"] == 0
    assert [one["code"] for one in job["result"]["rejects"]] == ["DECOMPRESSED_TOO_LARGE"]


def test_a_packed_body_is_what_it_was(client: TestClient) -> None:
    data = json.dumps(refunds(1)[0]).encode()
    members = gzip.compress(data[:40]) + gzip.compress(data[40:])
    plain = client.post("/v1/remember", content=data, headers=JSON)
    for packed, how in ((gzip.compress(data), "gzip"), (members, "gzip"), (zlib.compress(data), "deflate")):
        answer = client.post("/v1/remember", content=packed, headers=JSON | {"Content-Encoding": how})
        assert answer.text == plain.text


@pytest.mark.parametrize("cut", [3, 30, -1])
def test_a_packed_body_that_breaks_off_is_refused(client: TestClient, cut: int) -> None:
    packed = gzip.compress(json.dumps(refunds(1)[0]).encode())[:cut]
    answer = client.post("/v1/remember", content=packed, headers=JSON | {"Content-Encoding": "gzip"})
    assert code(answer) == (400, "BAD_TEXT")


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"[" * 100_000, "TOO_DEEP"),
        (b'{"text": ' + b"9" * 5_000 + b"}", "BAD_NUMBER"),
        (b'{"text": "a", "risk": NaN}', "BAD_NUMBER"),
        (b'{"text": "a", "k": 18446744073709551616}', "BAD_NUMBER"),
        (b'{"text": "a", "text": "b"}', "DUPLICATE_KEY"),
        (b'{"text": "\\ud800"}', "BAD_TEXT"),
        (b'{"text": "\xff"}', "BAD_TEXT"),
        (b"{", "BAD_JSON"),
    ],
)
def test_what_is_not_json_as_the_standard_means_it_has_a_code(client: TestClient, body: bytes, expected: str) -> None:
    assert code(client.post("/v1/recall", content=body, headers=JSON)) == (400, expected)


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"])
def test_a_body_that_a_foreign_page_can_send_is_not_taken(client: TestClient, kind: str) -> None:
    answer = client.post("/v1/remember", content=json.dumps(refunds(1)[0]), headers={"Content-Type": kind})
    assert code(answer) == (415, "UNSUPPORTED_MEDIA_TYPE")


def test_an_unknown_encoding_is_not_taken(client: TestClient) -> None:
    answer = client.post("/v1/recall", content=b"x", headers=JSON | {"Content-Encoding": "br"})
    assert code(answer) == (415, "UNSUPPORTED_MEDIA_TYPE")


def test_a_mark_of_byte_order_is_taken(store: str) -> None:
    with serving(store) as client:
        answer = client.post("/v1/recall", content=b"\xef\xbb\xbf" + b'{"text": "Refund"}', headers=JSON)
    assert answer.status_code == 200
