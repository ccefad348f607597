"""Made-up memories of any size: always the same rows for the same seed, and fewer of them are the first of more."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator
from typing import Any

VERBS = (
    "refund", "return", "exchange", "cancel", "reship", "renew", "pause", "move", "merge", "close", "reopen",
    "upgrade", "split", "void", "credit",
)  # fmt: skip
THINGS = (
    "order", "parcel", "invoice", "lamp", "phone", "ticket", "contract", "card", "account", "booking", "plan",
    "device", "basket", "coupon", "seat", "voucher", "licence", "delivery", "deposit", "statement",
)  # fmt: skip
SYLLABLES = [a + b for a, b in itertools.product("bdfgklmnprst", ("a", "e", "i", "o", "u", "an", "er", "ol"))]


def vocabulary() -> list[str]:
    """5,000 made-up words of two or three syllables, always the same."""
    pairs = ("".join(parts) for parts in itertools.product(SYLLABLES, repeat=2))
    return [*itertools.islice(pairs, 0, 9200, 2), *VERBS, *THINGS]


def rows(count: int, *, seed: int) -> Iterator[dict[str, Any]]:
    """Memory rows of 300 procedures (15 acts on 20 things) in a Zipf-distributed vocabulary; one in ten failed."""
    rng = random.Random(seed)
    words = vocabulary()
    weights = list(itertools.accumulate(1 / rank**1.07 for rank in range(1, len(words) + 1)))
    for number in range(count):
        verb, thing = rng.choice(VERBS), rng.choice(THINGS)
        filler = rng.choices(words, cum_weights=weights, k=rng.randint(8, 20))
        filler.insert(rng.randrange(len(filler)), f"{verb} the {thing} #{rng.randint(1000, 99999)}")
        yield {
            "id": f"made-{seed}-{number}",
            "text": " ".join(filler),
            "context": {"channel": rng.choice(("chat", "mail", "phone")), "amount": rng.randint(5, 500)},
            "plan": f"find_{thing} > check_policy > {verb}_{thing}",
            "steps": [f"find_{thing}", "check_policy", f"{verb}_{thing}"],
            "success": rng.random() < 0.9,
            "split": "memory",
        }
