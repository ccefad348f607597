"""What comes in at the desk block by block: families of requests fade and grow, and midway the shop changes its mind.

From the change on some requests are right to handle as others were: the same words, another procedure, another goal in
the database. Knows nothing of agents and memories.
"""

from __future__ import annotations

import random
from dataclasses import replace

from .desk import Desk
from .handbook import HANDBOOK
from .references import Sight, resolve
from .tickets import FAMILIES, KNOWN, NOVEL, Ticket, make_tickets

NOVEL_SHARE = 0.1  # of the tickets that an agent works on: procedures that no colleague ever shows
GROWING_FAMILIES = frozenset({"charges", "gift", "refund", "size", "wrong_item"})
GROWING = tuple(name for name in KNOWN if FAMILIES[name] in GROWING_FAMILIES)
FADING = tuple(name for name in KNOWN if name not in GROWING)
MOST, LEAST = 0.8, 0.2  # share of the fading families in the first and in the last block

# The shop's new policy: money goes back to cards only, nothing is exchanged, every wrong item's postage is on the shop.
POLICY = {"refund_to_balance": "refund_to_card", "exchange_size": "return_size", "own_mistake": "our_mistake"}


def arrivals(seed: int, block: int, *, blocks: int, number: int, pool: str) -> list[Ticket]:
    """The ``number`` tickets of one block, in one pool's phrasings; those of the second half under the new policy.

    Novel procedures come only in the pool ``new``. Ids are unique over all blocks and seeds.
    """
    novel = round(number * NOVEL_SHARE) if pool == "new" else 0
    fading = round((number - novel) * (MOST + (LEAST - MOST) * block / max(1, blocks - 1)))
    shares = ((FADING, fading), (GROWING, number - novel - fading), (NOVEL, novel))
    drawn = [
        ticket
        for names, share in shares
        for ticket in make_tickets(1000 * seed + block, names, pool=pool, number=share)
    ]
    random.Random(f"{seed} {block} {pool}").shuffle(drawn)
    named = [replace(ticket, id=f"{pool}-{seed}-{block}-{place}") for place, ticket in enumerate(drawn)]
    return [under_new_policy(ticket) for ticket in named] if block >= changes_at(blocks) else named


def changes_at(blocks: int) -> int:
    """The first block under the new policy, counted from 0."""
    return (blocks + 1) // 2


def under_new_policy(ticket: Ticket) -> Ticket:
    """The same request as it is to be handled from the change on; its goal is what the new procedure leaves behind."""
    procedure = POLICY.get(ticket.procedure)
    if procedure is None:
        return ticket
    desk, sight = Desk(ticket), Sight(text=ticket.text, context=ticket.context)
    for step in HANDBOOK[procedure].steps:
        arguments = {name: resolve(reference, sight) for name, reference in step.arguments.items()}
        sight.seen[step.tool] = desk.call(step.tool, arguments)
    goal = tuple(desk.changed())
    desk.close("")
    return replace(ticket, procedure=procedure, goal=goal)
