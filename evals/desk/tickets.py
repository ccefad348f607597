"""The ticket generator: what a customer writes, the shop it is about, and the hidden truth of what is right.

Phrasings come from ``phrasings.json`` in two pools that share no sentence and no five words in a row: one for the
tickets whose runs are remembered, one for those that come later. Imports nothing of telltale, so that nothing here can
be made to suit it.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .shop import Rows, Shop, make_shop

PHRASINGS = json.loads(Path(__file__).with_name("phrasings.json").read_text(encoding="utf-8"))
CHANNELS = ("chat", "e-mail", "web form", "phone")
SUBJECTS = "subjects"  # the headings under which a family's requests come in
EITHER = "either"  # phrasings that fit both procedures of a family; the fact in the context is then all that tells
TELLING = {"address": "label"}  # the context key that shows it, by family; elsewhere it is the order's status

FAMILIES: dict[str, str] = {
    name: family
    for family, members in PHRASINGS["families"].items()
    for name in members
    if name not in {SUBJECTS, EITHER}
}
NOVEL = tuple(name for name, family in FAMILIES.items() if "remembered" not in PHRASINGS["families"][family][name])
KNOWN = tuple(name for name in FAMILIES if name not in NOVEL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """A customer's request. An agent is given ``text`` and ``context``; the rest is the shop and the truth."""

    id: str
    text: str
    context: Mapping[str, str]
    rows: Rows  # the shop's database as this ticket finds it
    procedure: str  # what is right here
    goal: tuple[str, ...]  # the changes that the right handling leaves, sorted
    phrasing: str  # the template that the request was made from

    @property
    def family(self) -> str:
        """The group of look-alikes that this ticket belongs to."""
        return FAMILIES[self.procedure]


def make_tickets(seed: int, procedures: Sequence[str], *, pool: str, number: int) -> list[Ticket]:
    """``number`` tickets from one pool of phrasings, as many of each procedure as can be; the seed decides all.

    A procedure's phrasings all have their turn before one comes again. ``pool`` is ``remembered`` or ``new``.
    """
    rng = random.Random(f"{seed} {pool} {' '.join(procedures)}")
    turns = {name: _in_turn(phrasings_of(name, pool), rng) for name in procedures}
    rounds = range(-(-number // max(1, len(procedures))))
    names = [name for _ in rounds for name in rng.sample(procedures, len(procedures))][:number]
    drawn = [(name, next(turns[name])) for name in names]
    rng.shuffle(drawn)
    tag = f"{pool}-{seed}-{procedures[0]}" if len(procedures) == 1 else f"{pool}-{seed}"
    return [_ticket(f"{tag}-{i}", name, template, pool, rng) for i, (name, template) in enumerate(drawn)]


def phrasings_of(procedure: str, pool: str) -> list[str]:
    """All templates of a pool that can ask for this procedure, the neutral ones of its family among them."""
    return [*PHRASINGS["families"][FAMILIES[procedure]][procedure].get(pool, ()), *_neutral(procedure, pool)]


def _neutral(procedure: str, pool: str) -> list[str]:
    neutral: dict[str, list[str]] = PHRASINGS["families"][FAMILIES[procedure]].get(EITHER, {})
    return neutral.get(pool, [])


def _in_turn(templates: list[str], rng: random.Random) -> Iterator[str]:
    while True:
        yield from rng.sample(templates, len(templates))


def _ticket(ticket_id: str, procedure: str, template: str, pool: str, rng: random.Random) -> Ticket:
    shop = make_shop(procedure, FAMILIES[procedure], rng)
    return Ticket(
        id=ticket_id,
        text=_request(FAMILIES[procedure], template, shop.slots, pool, rng),
        context=_context(
            shop, template, TELLING.get(FAMILIES[procedure], ""), template in _neutral(procedure, pool), rng
        ),
        rows=shop.rows,
        procedure=procedure,
        goal=shop.goal,
        phrasing=template,
    )


def _request(family: str, template: str, slots: Mapping[str, Any], pool: str, rng: random.Random) -> str:
    said = {**slots, "total": f"€{slots['total']:.2f}", "price": f"€{slots['lower']:.2f}"}
    subject = rng.choice(PHRASINGS["families"][family][SUBJECTS][pool]) + "."
    opener, detail, closer = (rng.choice(PHRASINGS[part][pool]) for part in ("openers", "details", "closers"))
    parts = ((subject, 0.7), (opener, 0.5), (template, 1.0), (detail, 0.2), (closer, 0.5))
    return " ".join(part.format_map(said) for part, often in parts if rng.random() < often)


def _context(shop: Shop, template: str, key: str, must_tell: bool, rng: random.Random) -> dict[str, str]:
    """Channel and customer always; the state of the order where the phrasing does not tell it, else half the time."""
    context = {"channel": rng.choice(CHANNELS), "customer": shop.slots["customer"]}
    if must_tell or ("{order}" in template and rng.random() < 0.5):
        context[key or "order_status"] = shop.facts[key or "status"]
    return context
