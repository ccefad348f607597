"""How fast secrets are looked for, in text of the kind that traces are made of."""

from __future__ import annotations

import random
import string
from typing import Any

from telltale.writers.redact import redact

KEY = b"k" * 32
CHARACTERS = 4_000  # of one tool's result
TEXTS = 500


def observations() -> list[str]:
    """Logs, code, JSON and prose in equal parts, with hashes and names of settings among them."""
    rng = random.Random(0)
    words = (
        "order",
        "token",
        "user",
        "error",
        "key",
        "shipped",
        "status",
        "the",
        "password",
        "refund",
        "return",
        "self",
    )
    lines = [
        lambda: " ".join(rng.choices(words, k=12)) + ".",
        lambda: f'  "{rng.choice(words)}_id": "{rng.randbytes(8).hex()}", "total": {rng.random():.2f},',
        lambda: (
            f"    def {rng.choice(words)}(self, {rng.choice(words)}): return {rng.choice(words)}[{rng.choice(words)}]"
        ),
        lambda: (
            f"2026-01-31T12:00:00Z INFO {''.join(rng.choices(string.ascii_letters, k=24))} {rng.randbytes(20).hex()}"
        ),
    ]
    made = ["\n".join(rng.choice(lines)() for _ in range(CHARACTERS // 50)) for _ in range(TEXTS)]
    return [text[:CHARACTERS] for text in made]


def test_secrets_are_looked_for_in_observations(benchmark: Any) -> None:
    texts = observations()
    found = benchmark(lambda: [redact(text, KEY) for text in texts])
    assert found == texts
    if benchmark.enabled:
        rate = sum(map(len, texts)) / 1e6 / benchmark.stats.stats.median
        benchmark.extra_info |= {"said": f"{rate:.1f} MB/s", "aim": "reported, never gated"}
