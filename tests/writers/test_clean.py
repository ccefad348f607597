"""What is called clean is what redacting gives back as it is: never the other way round."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from telltale.memory.types import Call, Episode, Trace, Turn
from telltale.writers.clean import is_clean
from telltale.writers.redact import redact

KEY = b"k" * 32
TOKEN = "ghp_" + "a1B2" * 9
PARTS = (
    *(TOKEN, TOKEN[:20], TOKEN[20:], "AKIA" + "Z7Q4" * 4, "sk-" + "a1B2c3D4" * 5, "password", "password is "),
    *("api_key=", '"token": "', "a8f3Kd92LmQz71PpXv", "https://bob:s3cretPa55@host/", "Bearer ", "hunter2x9!"),
    *("-----BEGIN RSA PRIVATE KEY-----\n", "MIIEpAIBAAKCAQEA7", "-----END RSA PRIVATE KEY-----", "=", " ", "\n"),
    *("order #1832", "the key is in the drawer", "mail bob@example.org", "4111 1111 1111 1111", "+49 30 1234567"),
    *('" +\n  "', "\\n", "Z2hwX2ExQjJhMUIy", "\0", "é"),
)
TEXTS = st.lists(st.sampled_from(PARTS), max_size=4).map("".join)
NAMES = st.sampled_from(["password", "X-Api-Key", "token", "next_page_token", "note", "dbPassword", "auth"])
VALUES = st.recursive(
    TEXTS | st.none() | st.booleans() | st.integers(0, 10**9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES | TEXTS, inner, max_size=3),
)


def trace(texts: list[str], value: Any) -> Trace:
    call = Call(tool="f", arguments={"a": value}, observation=texts[0], error=texts[1])
    turns = Turn(role="user", text=texts[2]), Turn(role="assistant", text=texts[3], calls=(call,))
    return Trace(trace_id="t", format="openai", turns=turns)


@settings(max_examples=400)
@given(st.lists(TEXTS, min_size=4, max_size=4), VALUES, st.booleans())
def test_what_is_called_clean_is_left_as_it_is_by_redacting(texts: list[str], value: Any, pii: bool) -> None:
    made = trace(texts, value)
    if is_clean(made, pii=pii):
        assert redact(made, KEY, pii=pii) == made


@pytest.mark.parametrize("where", range(4))
def test_one_secret_anywhere_is_seen(where: int) -> None:
    texts = ["a plain text"] * 4
    assert is_clean(trace(texts, {"note": "fine"}))
    texts[where] = f"it is {TOKEN}"
    assert not is_clean(trace(texts, {"note": "fine"}))


def test_a_value_that_its_key_calls_secret_is_seen() -> None:
    assert not is_clean(Episode(text="Log in", context={"password": "hunter2"}))
    assert not is_clean(Episode(text="Log in", context={"deep": [{"pwd": 1234}]}))
    assert is_clean(Episode(text="Log in", context={"tokens": 17, "next_page_token": "abc"}))
