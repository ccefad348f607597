"""The one fact by which two requests are handled differently: each test has its own, in past and present words.

``{n}`` is a number of the variant's range. A fact that is told by a sign (a unit, a currency, a version) is written
another way now than in the past, where there is another way.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """One side of the fact."""

    name: str
    past: tuple[str, ...]
    now: tuple[str, ...]
    numbers: tuple[int, int] = (2, 9)
    context: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Twist:
    """A fact with two sides."""

    name: str
    says: str
    variants: tuple[Variant, Variant]


def _twist(name: str, says: str, one: Variant, other: Variant) -> Twist:
    return Twist(name=name, says=says, variants=(one, other))


TWISTS = (
    _twist(
        "negated_needle",
        "The right memory differs from the wrong one by a negation.",
        Variant(
            name="signed",
            past=("the form was signed by them", "they did sign the form"),
            now=("there is an autograph at the bottom", "an autograph was found at the bottom"),
        ),
        Variant(
            name="unsigned",
            past=("the form was not signed by them", "they did not sign the form"),
            now=("there is no autograph at the bottom", "no autograph was found at the bottom"),
        ),
    ),
    _twist(
        "unit_change",
        "The same number in another unit.",
        Variant(name="heavy", past=("it weighs {n} kilograms",), now=("mass {n} kg",)),
        Variant(name="light", past=("it weighs {n} grams",), now=("mass {n} g",)),
    ),
    _twist(
        "currency_change",
        "The same sum in another currency.",
        Variant(name="euro", past=("they gave {n} EUR",), now=("amount €{n}",), numbers=(40, 90)),
        Variant(name="dollar", past=("they gave {n} USD",), now=("amount ${n}",), numbers=(40, 90)),
    ),
    _twist(
        "date_shift",
        "Within the thirty days, or after them.",
        Variant(name="early", past=("bought {n} days ago",), now=("purchased {n} days earlier",), numbers=(3, 25)),
        Variant(name="late", past=("bought {n} days ago",), now=("purchased {n} days earlier",), numbers=(40, 95)),
    ),
    _twist(
        "threshold",
        "A sum below the limit, or above it.",
        Variant(name="small", past=("it is worth {n} EUR",), now=("value {n} euros",), numbers=(11, 95)),
        Variant(name="large", past=("it is worth {n} EUR",), now=("value {n} euros",), numbers=(600, 990)),
    ),
    _twist(
        "version_change",
        "The major version decides.",
        Variant(name="two", past=("their program is version 2.{n}",), now=("app release v2.{n}",)),
        Variant(name="three", past=("their program is version 3.{n}",), now=("app release v3.{n}",)),
    ),
    _twist(
        "environment",
        "The live system, or a copy of it.",
        Variant(name="live", past=("on the live system",), now=("environment: production",)),
        Variant(name="copy", past=("on the rehearsal system",), now=("environment: staging",)),
    ),
    _twist(
        "quantity_change",
        "One of them, or many.",
        Variant(name="one", past=("there is one of them",), now=("a single piece",)),
        Variant(name="many", past=("there are {n} of them",), now=("{n} pieces",), numbers=(12, 60)),
    ),
    _twist(
        "role_swap",
        "The same two parties the other way round.",
        Variant(name="down", past=("the seller asks the buyer",), now=("from vendor to customer",)),
        Variant(name="up", past=("the buyer asks the seller",), now=("from customer to vendor",)),
    ),
    _twist(
        "order_of_steps",
        "The same two steps in the other order.",
        Variant(name="after", past=("first tell them, then do it",), now=("notify before acting",)),
        Variant(name="before", past=("first do it, then tell them",), now=("act before notifying",)),
    ),
    _twist(
        "scope",
        "This one alone, or all of them.",
        Variant(name="this", past=("for this order alone",), now=("limited to a single transaction",)),
        Variant(name="all", past=("for each of their orders",), now=("across all transactions",)),
    ),
    _twist(
        "exception_clause",
        "The exception that is made, or not made.",
        Variant(name="with", past=("for the whole team, interns as well",), now=("everybody, trainees included",)),
        Variant(name="without", past=("for the whole team but not interns",), now=("everybody, trainees excluded",)),
    ),
    _twist(
        "conditional",
        "At once, or only if somebody agrees.",
        Variant(name="free", past=("nobody has to agree to it",), now=("no approval required",)),
        Variant(name="bound", past=("only if the boss agrees to it",), now=("subject to managerial approval",)),
    ),
    _twist(
        "tense",
        "It has already happened, or it is still to happen.",
        Variant(name="gone", past=("it left the depot this morning",), now=("already dispatched",)),
        Variant(name="waiting", past=("it will leave the depot tomorrow",), now=("awaiting dispatch",)),
    ),
    _twist(
        "payment",
        "How it was paid.",
        Variant(name="card", past=("it was a gift card",), now=("settled using a present voucher",)),
        Variant(name="transfer", past=("it came from their bank",), now=("settled via wire transfer",)),
    ),
    _twist(
        "cause",
        "The same wish for another reason.",
        Variant(name="damage", past=("since it came broken",), now=("reason: damaged in transit",)),
        Variant(name="taste", past=("since they do not like it",), now=("reason: dissatisfied with the style",)),
    ),
    _twist(
        "obligation",
        "It has to be done, or may be left.",
        Variant(name="must", past=("it has to be done",), now=("this is mandatory",)),
        Variant(name="may", past=("it can be left undone",), now=("this is optional",)),
    ),
    _twist(
        "hearsay",
        "They say it themselves, or somebody says so.",
        Variant(name="own", past=("they told us so themselves",), now=("first-hand statement",)),
        Variant(name="other", past=("a neighbour told us so",), now=("second-hand rumour",)),
    ),
    _twist(
        "context_only",
        "The text says nothing of it; a field of the context does.",
        Variant(name="gold", past=("as ever",), now=("as usual",), context={"tier": "gold"}),
        Variant(name="basic", past=("as ever",), now=("as usual",), context={"tier": "basic"}),
    ),
    _twist(
        "same_name_two_people",
        "Two people of one name who want different things.",
        Variant(name="lima", past=("for Ana Ruiz of Lima",), now=("on behalf of Ana Ruiz, Lima branch",)),
        Variant(name="porto", past=("for Ana Ruiz of Porto",), now=("on behalf of Ana Ruiz, Porto branch",)),
    ),
)
