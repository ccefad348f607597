"""Secrets go, ordinary text stays. Nothing planted here was ever valid: a seeded generator made it."""

from __future__ import annotations

import random
import re
import string
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telltale.memory.types import Call, Episode, Outcome, Step, Trace, Turn
from telltale.writers.redact import redact

KEY, OTHER_KEY = b"k" * 32, b"o" * 32
ALNUM = string.ascii_letters + string.digits
HEX = "0123456789abcdef"
URLSAFE = ALNUM + "-_"


def made(alphabet: str, length: int, seed: int) -> str:
    """``length`` characters, the last of them a digit, so that shapes which need one have it."""
    rng = random.Random(f"{alphabet}{length}{seed}")
    return "".join(rng.choice(alphabet) for _ in range(length - 1)) + rng.choice("0123456789")


def planted(seed: int = 0) -> dict[str, tuple[str, str]]:
    """Name to (text, the secret in it)."""
    around = ("token {} in a sentence.", "export X={}", '{{"value": "{}"}}', "https://host/?x={}&y=1", "\nE  401: {}\n")
    found = {name: (around[n % len(around)], token) for n, (name, token) in enumerate(shaped(seed).items())}
    return {name: (text.format(secret), secret) for name, (text, secret) in (found | named(seed)).items()}


def shaped(seed: int) -> dict[str, str]:
    """Secrets that are known by their own shape."""
    return {
        "openai old": "sk-" + made(ALNUM, 48, seed),
        "openai project": "sk-proj-" + made(URLSAFE, 74, seed),
        "openai service account": "sk-svcacct-" + made(URLSAFE, 60, seed),
        "anthropic": "sk-ant-api03-" + made(URLSAFE, 90, seed),
        "openrouter": "sk-or-v1-" + made(HEX, 64, seed),
        "telltale": f"tt_{made(HEX, 16, seed)}_{made(HEX, 72, seed)}",
        "deepseek": "sk-" + made(HEX, 32, seed),
        "aws id": "AKIA" + made(string.ascii_uppercase, 16, seed),
        "aws session id": "ASIA" + made(string.ascii_uppercase, 16, seed),
        "google": "AIza" + made(URLSAFE, 35, seed),
        "google oauth": "ya29." + made(URLSAFE, 90, seed),
        "google client": "GOCSPX-" + made(URLSAFE, 28, seed),
        "github classic": "ghp_" + made(ALNUM, 36, seed),
        "github oauth": "gho_" + made(ALNUM, 36, seed),
        "github server": "ghs_" + made(ALNUM, 36, seed),
        "github fine-grained": "github_pat_" + made(ALNUM, 22, seed) + "_" + made(ALNUM, 59, seed),
        "gitlab": "glpat-" + made(URLSAFE, 20, seed),
        "slack bot": f"xoxb-{made(string.digits, 12, seed)}-{made(string.digits, 12, seed)}-{made(ALNUM, 24, seed)}",
        "slack app": "xapp-1-A" + made(string.digits, 10, seed) + "-" + made(HEX, 64, seed),
        "slack webhook": "hooks.slack.com/services/T" + made(ALNUM, 8, seed) + "/B" + made(ALNUM, 30, seed),
        "stripe live": "sk_live_" + made(ALNUM, 24, seed),
        "stripe restricted": "rk_live_" + made(ALNUM, 24, seed),
        "stripe webhook": "whsec_" + made(ALNUM, 32, seed),
        "hugging face": "hf_" + made(ALNUM, 34, seed),
        "npm": "npm_" + made(ALNUM, 36, seed),
        "pypi": "pypi-AgEIcHlwaS5vcmc" + made(URLSAFE, 70, seed),
        "sendgrid": "SG." + made(URLSAFE, 22, seed) + "." + made(URLSAFE, 43, seed),
        "twilio": "SK" + made(HEX, 32, seed),
        "mailgun": "key-" + made(HEX, 32, seed),
        "digitalocean": "dop_v1_" + made(HEX, 64, seed),
        "telegram": "123456789:AA" + made(URLSAFE, 33, seed),
        "jwt": ".".join(("eyJ" + made(URLSAFE, 20, seed), "eyJ" + made(URLSAFE, 40, seed), made(URLSAFE, 43, seed))),
    }


def named(seed: int) -> dict[str, tuple[str, str]]:
    """Secrets that are known by what stands beside them: name to (text, the secret for it)."""
    word = "Tr0ub" + made(ALNUM, 8, seed)
    body = "\n".join(made(ALNUM + "+/", 64, seed + line) for line in range(6))
    return {
        "url": ("postgres://app:{}@db.internal:5432/shop", word),
        "amqp url": ("amqp://guest:{}@mq/vhost", word),
        "bearer header": ("Authorization: Bearer {}", made(ALNUM, 40, seed)),
        "basic header": ('"authorization": "Basic {}"', made(ALNUM, 24, seed) + "=="),
        "bare bearer": ("curl -H 'X: bearer {}'", made(ALNUM, 32, seed)),
        "env password": ("DB_PASSWORD={}", word),
        "yaml password": ("password: {}\nuser: app", word),
        "json password": ('{{"password": "{}"}}', word),
        "escaped json password": ('{{\\"password\\": \\"{}\\"}}', word),
        "python password": ("connect(password='{}')", word),
        "url query token": ("GET /v1/me?access_token={}&page=2", made(ALNUM, 32, seed)),
        "json api key": ('"api_key": "{}"', made(ALNUM, 32, seed)),
        "header api key": ("X-Api-Key: {}", made(HEX, 32, seed)),
        "env api key": ("MAPS_API_KEY={}", made(ALNUM, 39, seed)),
        "client secret": ("client_secret={}", made(ALNUM, 32, seed)),
        "aws secret": ("aws_secret_access_key = {}", made(ALNUM + "/+", 40, seed)),
        "aws secret in json": ('"SecretAccessKey": "{}"', made(ALNUM + "/+", 40, seed)),
        "refresh token": ('"refresh_token": "{}"', made(URLSAFE, 60, seed)),
        "passphrase": ("passphrase: {}", word),
        "passwd": ("--passwd={}", word),
        "pwd": ("Server=db;Uid=app;Pwd={};", word),
        "spoken": ("my password is {}, please reset it", word),
        "spoken at the end": ("the old password was {}.", word),
        "rsa key": ("-----BEGIN RSA PRIVATE KEY-----\n{}\n-----END RSA PRIVATE KEY-----", body),
        "openssh key": ("-----BEGIN OPENSSH PRIVATE KEY-----\n{}\n-----END OPENSSH PRIVATE KEY-----", body),
        "key on one line": (
            '"-----BEGIN PRIVATE KEY-----\\n{}\\n-----END PRIVATE KEY-----"',
            body.replace("\n", "\\n"),
        ),
        "key without its end": ("-----BEGIN EC PRIVATE KEY-----\n{}", body),
        "arrow": ("'secret' => '{}'", word),
        "go": ('apiKey := "{}"', made(ALNUM, 32, seed)),
        "secret key": ("SECRET_KEY = '{}'", made(ALNUM, 50, seed)),
    }


PLANTED = planted()
ORDINARY = (
    "commit 87c3e46a1b2c3d4e5f60718293a4b5c6d7e8f901 fixes the build",
    "session ffae836b-9420-4060-ac13-7745215f90ff was closed",
    "Please reset my password, I forgot it and the password reset link does not work.",
    '{"usage": {"input_tokens": 1200, "output_tokens": 128, "total_tokens": 1328}}',
    "max_tokens=4096, token_count: 17, tokens per second: 210",
    "def login(self, username, password):\n    return self.users.get(username) == password",
    "password = get_password(user1)\nself.token = self.tokenizer.next_token()",
    "password: str | None = None, api_key: Optional[str] = None",
    'api_key = os.environ["OPENAI_API_KEY2"]; token = os.getenv("TOKEN2")',
    "token: $GITHUB_TOKEN2\npassword: ${DB_PASS1}\nsecret: {{ vault_secret1 }}\npassword=<your-password-1>",
    "The secret: always whisk the eggs. Token 3 of 7. Key: value.",
    "PWD=/home/user1/project OLDPWD=/tmp/a1",
    "order #W2378156, tracking 970329203674, card ending 4190, sha256:9f86d081884c7d659a2feaa0c55ad015",
    "https://example.com:8080/a?b=c#d and ssh://git@host:22/repo and mail me at user:name",
    "risk-adjusted task-aaaaaaaaaaaaaaaaaaaaaaaa disk-0000000000000000000000000000 sk-learn",
    "the password must be at least 8 characters; password is required; the password was changed 3 times",
    '{"token": "Hello", "logprob": -0.12}, {"next_page_token": "CAUQAA12345678"}',
    "-----BEGIN PUBLIC KEY-----\nMIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA\n-----END PUBLIC KEY-----",
    "-----BEGIN PRIVATE KEY----- is how a key file starts",
    "Bearer tokens are sent in the header; a bearer of good news",
)


@pytest.mark.parametrize("name", PLANTED)
def test_a_planted_secret_is_taken_out_whole(name: str) -> None:
    text, secret = PLANTED[name]
    found = redact(text, KEY)
    middle = len(secret) // 2
    assert "[secret:" in found
    assert secret[middle - 4 : middle + 4] not in found


@pytest.mark.parametrize("text", ORDINARY)
def test_ordinary_text_is_left_as_it_is(text: str) -> None:
    assert redact(text, KEY) == text


@pytest.mark.parametrize("seed", range(1, 6))
def test_other_characters_in_the_same_shapes_are_found_too(seed: int) -> None:
    missed = {name for name, (text, secret) in planted(seed).items() if secret in redact(text, KEY)}
    assert missed == set()


def test_real_traces_hold_nothing_that_is_taken_for_a_secret(shared_data: Path) -> None:
    """Files that seemed to hold a key were left out of the data, so every hit is a false alarm."""
    files = [
        file for file in (shared_data / "traces").rglob("*") if file.suffix in {".json", ".jsonl", ".traj", ".txt"}
    ]
    lines = [line for file in files for line in file.read_text(encoding="utf-8").splitlines() if len(line) < 20_000]
    assert [line for line in lines if redact(line, KEY) != line] == []


def test_a_secret_has_one_name_in_a_tenant_and_another_in_another() -> None:
    text, _ = PLANTED["github classic"]
    assert redact(text, KEY) == redact(text, KEY) != redact(text, OTHER_KEY)


@given(st.lists(st.one_of(st.sampled_from([text for text, _ in PLANTED.values()]), st.text(max_size=20)), max_size=4))
def test_redacting_twice_changes_nothing(pieces: list[str]) -> None:
    once = redact("".join(pieces), KEY)
    assert redact(once, KEY) == once


@given(st.text(alphabet="password=:tokensecret[]\"'sk-AKIA://@ 019", max_size=80))
def test_redacting_near_misses_twice_changes_nothing(text: str) -> None:
    once = redact(text, KEY)
    assert redact(once, KEY) == once


@pytest.mark.parametrize("name", PLANTED)
def test_a_placeholder_is_never_put_within_another(name: str) -> None:
    text, _ = PLANTED[name]
    for tenant in range(8):  # whose digests differ: one of digits alone does not look like a token
        once = redact(f"my key is {text}", bytes([tenant]) * 32)
        assert re.search(r"\[secret:[^\[\]]*\[secret:", once) is None


@pytest.mark.parametrize("value", ["[secret:github-token:1a2b3c4d]", "[secret:password:1a2b3c4d] and on"])
@pytest.mark.parametrize("name", ["password", "api_key", "note"])
def test_a_placeholder_under_a_name_of_secrets_stays_as_it_is(name: str, value: str) -> None:
    assert redact({name: value}, KEY) == {name: value}


def test_values_are_judged_by_the_name_of_their_key() -> None:
    given: dict[str, Any] = {"password": "hunter", "pin": 4711, "user": {"apiKey": "abcdefgh", "tokens": 512}}
    found = redact(given, KEY)
    assert found["password"].startswith("[secret:password:")
    assert found["user"]["apiKey"].startswith("[secret:api-key:")
    assert (found["pin"], found["user"]["tokens"]) == (4711, 512)


@pytest.mark.parametrize(
    "value", ["$PASSWORD", "{{ secret }}", "<your password>", "********", "string", "os.environ['X']"]
)
def test_what_only_stands_for_a_password_is_left(value: str) -> None:
    assert redact({"password": value}, KEY) == {"password": value}


def test_every_part_of_a_trace_is_redacted_and_the_rest_kept() -> None:
    _, secret = PLANTED["openai old"]
    call = Call(tool="login", arguments={"password": "hunter2"}, observation=f"token {secret}", error=secret)
    trace = Trace(
        trace_id="t",
        format="openai",
        turns=(Turn(role="user", text=secret, calls=(call,)),),
        context={secret: [secret]},
    )
    found = redact(trace, KEY)
    assert secret not in repr(found)
    assert "hunter2" not in repr(found)
    assert found.turns[0].calls[0].tool == "login"


def test_an_episode_without_secrets_is_returned_as_it_is() -> None:
    episode = Episode(
        text="Refund order 7", outcome=Outcome.SUCCESS, steps=(Step(tool="refund", arguments={"order": 7}),), score=0.5
    )
    assert redact(episode, KEY) is episode
    assert redact(replace(episode, answer="my password is hunter22"), KEY).outcome is Outcome.SUCCESS


@pytest.mark.parametrize(
    "text",
    [
        "a" * 10**6,
        "sk-" * 333_333,
        "password: " * 100_000,
        "://" + "a" * 10**6,
        "eyJ" * 333_333,
        "secret_key" * 100_000,
    ],
    ids=lambda text: str(text[:10]),
)
def test_a_megabyte_of_near_misses_is_left_as_it_is(text: str) -> None:
    """It would not end in our time if the work grew faster than the text."""
    assert redact(text, KEY) == text
