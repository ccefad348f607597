"""Two hundred secrets of twenty kinds in the places where traces have them, and what must stay among clean lines.

Every secret is put together here from a seeded generator; none was ever valid, and none stands in this file.
"""

from __future__ import annotations

import base64
import itertools
import json
import random
import string
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

import telltale
from telltale.memory.testing import HashingEmbedder
from telltale.writers.redact import redact

KEY = b"k" * 32
ALNUM, HEX, URLSAFE = (
    string.ascii_letters + string.digits,
    "0123456789abcdef",
    string.ascii_letters + string.digits + "-_",
)
UPPER = string.ascii_uppercase + "234567"
WINDOW = 10  # characters in a row that must not be left of any secret


def drawn(rng: random.Random, alphabet: str, length: int) -> str:
    return "".join(rng.choice(alphabet) for _ in range(length))


# Provider to how it begins, which is put together only when a secret is made, and to the lengths of its parts.
KINDS: dict[str, tuple[tuple[str, ...], Sequence[tuple[str, int]]]] = {
    "openai": (("s", "k-proj-"), [(URLSAFE, 80)]),
    "openai, older": (("s", "k-"), [(ALNUM, 48)]),
    "anthropic": (("sk-", "ant-api03-"), [(URLSAFE, 93)]),
    "aws": (("AK", "IA"), [(UPPER, 16)]),
    "github": (("gh", "p_"), [(ALNUM, 36)]),
    "github, fine-grained": (("github", "_pat_"), [(ALNUM, 22), ("_", 1), (ALNUM, 59)]),
    "gitlab": (("gl", "pat-"), [(URLSAFE, 20)]),
    "slack": (("xo", "xb-"), [(string.digits, 12), ("-", 1), (string.digits, 13), ("-", 1), (ALNUM, 24)]),
    "stripe": (("sk_", "live_"), [(ALNUM, 24)]),
    "google": (("AI", "za"), [(URLSAFE, 35)]),
    "hugging face": (("h", "f_"), [(ALNUM, 34)]),
    "npm": (("np", "m_"), [(ALNUM, 36)]),
    "pypi": (("py", "pi-AgEIcHlwaS5vcmc"), [(URLSAFE, 70)]),
    "sendgrid": (("S", "G."), [(URLSAFE, 22), (".", 1), (URLSAFE, 43)]),
    "twilio": (("S", "K"), [(HEX, 32)]),
    "telltale": (("t", "t_"), [(HEX, 16), ("_", 1), (HEX, 72)]),
    "digitalocean": (("do", "p_v1_"), [(HEX, 64)]),
    "groq": (("gs", "k_"), [(ALNUM, 52)]),
    "databricks": (("da", "pi"), [(HEX, 32)]),
    "shopify": (("shp", "at_"), [(HEX, 32)]),
    "json web token": (("ey", "J"), [(ALNUM, 33), (".eyJ", 1), (URLSAFE, 80), (".", 1), (URLSAFE, 43)]),
}


def a_secret(kind: str, rng: random.Random) -> str:
    beginning, shape = KINDS[kind]
    tail = "".join(part if length == 1 else drawn(rng, part, length) for part, length in shape)
    last = shape[-1][0].replace("-", "").replace("_", "")  # what may end a secret, so that its end can be told
    return "".join(beginning) + tail[:-1] + rng.choice(last)


def halves(secret: str) -> tuple[str, str]:
    return secret[: len(secret) // 2], secret[len(secret) // 2 :]


PLACES: dict[str, Callable[[str], str]] = {
    "json": lambda s: json.dumps({"config": {"value": s}, "n": 1}),
    "json within json": lambda s: json.dumps({"out": json.dumps({"key": s, "n": 1})}),
    "stack trace": lambda s: (
        f'Traceback:\n  File "a.py", line 12, in call\nAuthError: not valid: {s}\n  at call(a.js:7)'
    ),
    "url": lambda s: f"GET https://api.example.com/v1/things?limit=3&auth={s}&page=2 401",
    "url, encoded": lambda s: f"to=https%3A%2F%2Fexample.com%2F%3Ft%3D{s}%26a%3D1",
    "git remote": lambda s: f"fatal: no access to https://x-access-token:{s}@github.com/a/b.git",
    "environment": lambda s: f"export SOMETHING={s}; run",
    "sentence": lambda s: f"my key is {s}, please use it.",
    "two lines": lambda s: "the value is {}\n{} and so on".format(*halves(s)),
    "two escaped lines": lambda s: json.dumps({"out": "the value is {}\n{} and so on".format(*halves(s))}),
    "wrapped code": lambda s: 'value = ("{}"\n         "{}")'.format(*halves(s)),
    "wrapped shell": lambda s: "curl -H {}\\\n  {} https://example.com".format(*halves(s)),
    "base64": lambda s: json.dumps({"data": base64.b64encode(f"user:{s}".encode()).decode()}),
}


def planted(count: int, seed: int) -> list[tuple[str, str, str, str]]:
    """Kind, place, text and the secret in it: every kind in every place in turn."""
    rng = random.Random(seed)
    pairs = itertools.islice(itertools.cycle(itertools.product(KINDS, PLACES)), count * 11)
    found = []
    for kind, place in itertools.islice(pairs, 0, None, 11):  # coprime to both, so that all are met
        secret = a_secret(kind, rng)
        found.append((kind, place, PLACES[place](secret), secret))
    return found


def is_left(secret: str, text: str) -> bool:
    """Is any part of the secret in the text, plain or in base64?"""
    coded = base64.b64encode(f"user:{secret}".encode()).decode()
    return any(
        whole[at : at + WINDOW] in text for whole in (secret, coded[8:-4]) for at in range(len(whole) - WINDOW + 1)
    )


def clean(count: int, seed: int) -> list[str]:
    """Lines of code, logs and data with hashes, ids, keys that are public, pictures, and talk of secrets."""
    rng = random.Random(seed)

    def hexes(length: int) -> str:
        return drawn(rng, HEX, length)

    def coded(length: int) -> str:
        return base64.b64encode(rng.randbytes(length)).decode()

    def uuid() -> str:
        return "-".join(hexes(length) for length in (8, 4, 4, 4, 12))

    def word(length: int = 6) -> str:
        return drawn(rng, string.ascii_lowercase, length)

    makes: list[Callable[[], str]] = [
        lambda: f"commit {hexes(40)}",
        lambda: f"index {hexes(7)}..{hexes(7)} 100644",
        lambda: f"request {uuid()} took {rng.random():.4f}s",
        lambda: f'"integrity": "sha512-{coded(64)}"',
        lambda: f'<img src="data:image/png;base64,{coded(300)}">',
        lambda: f"docker pull registry.example.com/app@sha256:{hexes(64)}",
        lambda: f'{{"id": "{uuid()}", "trace_id": "{hexes(32)}", "cache_key": "{hexes(40)}"}}',
        lambda: f'"call_id": "call_{drawn(rng, ALNUM, 24)}", "id": "chatcmpl-{drawn(rng, ALNUM, 29)}"',
        lambda: f"ssh-rsa {coded(200)} user@host",
        lambda: f'"public_key": "{coded(32)}", "primary_key": "{uuid()}"',
        lambda: f"def get_{word()}(self, key, token): return self._{word()}[key]",
        lambda: f"api_key = os.environ['{word().upper()}_API_KEY']; token = next_token({rng.randint(1, 99)})",
        lambda: f"password = get_password({word()}); secret: ${{{word().upper()}_SECRET{rng.randint(1, 9)}}}",
        lambda: f"Please reset my password for account {rng.randint(10**5, 10**6)}, the token did not arrive.",
        lambda: f"https://cdn.example.com/{hexes(20)}/main.{hexes(8)}.js?v={hexes(10)}#{word()}",
        lambda: f"max_tokens=4096 token_count={rng.randint(1, 9999)} key={word()}-{rng.randint(1, 9)}",
        lambda: f'"signature": "{coded(96)}", "encrypted_content": "gAAAAAB{coded(150)}"',
        lambda: f"order #W{rng.randint(10**6, 10**7)} tracking 1Z{drawn(rng, UPPER, 16)} etag W/{hexes(32)}",
        lambda: coded(48),
        lambda: f"thread_{drawn(rng, ALNUM, 24)} toolu_{drawn(rng, ALNUM, 24)} resp_{hexes(50)} i-{hexes(17)}",
    ]
    return [rng.choice(makes)() for _ in range(count)]


PLANTED = planted(200, seed=7)


def test_at_least_ninety_five_of_a_hundred_planted_secrets_are_taken_out() -> None:
    assert {kind for kind, *_ in PLANTED} == set(KINDS)
    assert {place for _, place, *_ in PLANTED} == set(PLACES)
    missed = [(kind, place) for kind, place, text, secret in PLANTED if is_left(secret, redact(text, KEY))]
    assert len(missed) <= 0.05 * len(PLANTED), missed


@pytest.mark.parametrize("seed", range(3))
def test_at_least_ninety_five_of_a_hundred_hits_are_secrets(seed: int) -> None:
    lines = clean(5_000, seed)
    false_alarms = [line for line in lines if redact(line, KEY) != line]
    assert len(false_alarms) <= 0.05 * len(PLANTED), false_alarms[:5]


def test_real_lines_hold_nothing_that_is_taken_for_a_secret(shared_data: Path) -> None:
    found = [line for file in sorted((shared_data / "traces").rglob("*.*")) for line in lines_of(file)]
    sample = random.Random(0).sample(found, 5_000)
    assert [line for line in sample if redact(line, KEY) != line] == []


def lines_of(file: Path) -> list[str]:
    text = file.read_bytes().decode("utf-8", "replace") if file.suffix != ".eval" else ""
    return [line for line in text.splitlines() if line.strip() and len(line) < 5_000]


def test_no_byte_of_the_store_the_rejects_or_what_is_said_holds_a_secret(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    runs, broken = tmp_path / "runs.jsonl", tmp_path / "broken.jsonl"
    runs.write_text("".join(json.dumps(chat(n, text)) + "\n" for n, (_, _, text, _) in enumerate(PLANTED)), "utf-8")
    broken.write_text("".join(f'{{"{secret}": 1, "{secret}": 2}}\n' for *_, secret in PLANTED), "utf-8")
    with telltale.open(tmp_path / "store", embedder=HashingEmbedder()) as memory:
        summary = memory.ingest([runs, broken], rejects=tmp_path / "rejects.jsonl")
        found = memory.recall(PLANTED[0][2])
        memory.feedback(found.id, note=PLANTED[1][2])
        said = repr(summary) + found.text + caplog.text + repr(list(memory.episodes()))
    assert (summary.episodes, summary.rejected) == (200, 200)
    written = [*(tmp_path / "store").rglob("*"), tmp_path / "rejects.jsonl"]
    stored = b"".join(file.read_bytes() for file in written if file.is_file()) + said.encode()
    left = [
        (kind, place) for kind, place, _, secret in PLANTED if any(half.encode() in stored for half in halves(secret))
    ]
    assert left == []


def chat(number: int, text: str) -> dict[str, object]:
    """A run that has the text in its task, in a call, in what came back, in its context and in its answer."""
    call = {"id": "c", "function": {"name": "run", "arguments": json.dumps({"input": text})}}
    messages = [
        {"role": "user", "content": f"Task {number}: {text}"},
        {"role": "assistant", "content": text, "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "c", "content": f"Error: {text}"},
        {"role": "assistant", "content": text},
    ]
    return {"id": f"t{number}", "messages": messages, "context": {"note": text}}
