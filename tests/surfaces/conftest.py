"""What tests of the face share: a case, and past tickets that look alike."""

from __future__ import annotations

from telltale import Episode, Outcome

CASE = "Refund order 9832, it was paid with a gift card"


def refunds(count: int, *, first: int = 1800) -> list[Episode]:
    """Tickets in pairs that differ in what was paid with, and so in what was done."""
    ways = {"by credit card": "refund_to_card", "with a gift card": "refund_to_gift_card"}
    return [
        Episode(text=f"Refund order {n}, it was paid {way}", label=label, outcome=Outcome.SUCCESS, source="shop")
        for n in range(first, first + count)
        for way, label in ways.items()
    ]
