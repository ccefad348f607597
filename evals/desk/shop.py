"""One ticket's shop: its books before an agent touches them, and what they must have gained when all is well.

Half of the ticket generator. Imports nothing of telltale, so that nothing here can be made to suit it.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Rows = dict[str, list[dict[str, Any]]]

FIRST = ("Ana", "Ben", "Carla", "Deniz", "Elif", "Femi", "Greta", "Hugo", "Ines", "Jonas", "Kaito", "Lena", "Nora")
LAST = ("Abel", "Brandt", "Costa", "Dietz", "Egger", "Farah", "Gomez", "Hansen", "Ito", "Jansen", "Kowal", "Moreau")
CLOTHES = (
    *("raincoat", "wool jumper", "linen shirt", "denim jacket", "summer dress", "cardigan", "tracksuit", "blazer"),
    *("winter coat", "pleated skirt", "silk blouse", "fleece", "swimsuit", "dungarees", "waistcoat", "pyjama set"),
)
GADGETS = (
    *("kettle", "desk lamp", "alarm clock", "blender", "headset", "coffee grinder", "hair dryer", "fan heater"),
    *("toaster", "loudspeaker", "bike light", "electric razor", "label printer", "torch", "milk frother", "webcam"),
)
THINGS = (
    *("picture frame", "garden hose", "chess set", "tea pot", "yoga mat", "lantern", "cushion", "backpack"),
    *("cast iron pan", "wall map", "spice rack", "hammock", "bread knife", "umbrella stand", "suitcase", "bird house"),
    *GADGETS,
)
WARES = {"size": CLOTHES, "broken": GADGETS}  # by family; the others are about anything
SIZES = ("XS", "S", "M", "L", "XL", "38", "40", "42", "44", "46")
STREETS = ("Elm Street", "Mill Road", "Station Road", "Harbour Street", "Church Lane", "Park Avenue")
TOWNS = ("Leeds", "Cork", "Bath", "Derby", "Exeter", "Truro")
MONTHS = ("January", "February", "March", "April", "June", "September", "October")
NUMBERS = {  # what has a number, and the letter that its number starts with
    **dict.fromkeys(("order", "order2"), "W"),
    **dict.fromkeys(("customer", "customer2", "giver"), "C"),
    **dict.fromkeys(("payment", "second_payment", "other_payment"), "P"),
    "shipment": "T",
    "subscription": "S",
    "item_id": "I",
}

# What is so in the books, by procedure; where nothing is said: a delivered order of the writer's, paid once, by card.
USUAL = {"status": "delivered", "method": "credit card", "owner": "customer", "parcel": "delivered", "label": "printed"}
FACTS: dict[str, dict[str, str]] = {
    "refund_to_card": {"status": "lost"},
    "refund_to_balance": {"status": "lost", "method": "gift card"},
    "refund_to_paypal": {"status": "lost", "method": "paypal"},
    "cancel_unshipped": {"status": "processing"},
    "recall_parcel": {"status": "shipped", "parcel": "in transit"},
    "correct_address": {"status": "processing", "label": "not printed"},
    "reroute_parcel": {"status": "shipped", "parcel": "in transit"},
    "merge_accounts": {"owner": "customer2"},
    "separate_namesakes": {"owner": "customer2"},
    "gift_back_by_receiver": {"owner": "giver"},
    "cancel_second_order": {"status": "processing"},
    "report_fraud": {"status": "processing"},
}

_RETURNED = "returns + item_id={item_id} order_id={order} postage="
_REFUNDED = "refunds + amount={total} customer_id={owner} method="
_REPLACED = "replacements + item_id={item_id} order_id={order}"
_GIVEN_BACK = "refunds + amount={paid} customer_id={customer} method="
# What the database must have gained when the case is closed rightly, as `database.changes` puts it.
GOALS: dict[str, tuple[str, ...]] = {
    "refund_to_card": (_REFUNDED + "card order_id={order}",),
    "refund_to_balance": (_REFUNDED + "balance order_id={order}", "customers {owner} balance={total}"),
    "refund_to_paypal": (_REFUNDED + "paypal order_id={order}",),
    "price_adjustment": ("items {item_id} price={lower}",),
    "cancel_unshipped": ("orders {order} status=cancelled",),
    "recall_parcel": ("shipments {shipment} status=intercepted",),
    "exchange_size": ("exchanges + item_id={item_id} order_id={order} size={size}",),
    "return_size": (_RETURNED + "standard",),
    "merge_accounts": (
        "customers {customer2} merged_into={customer}",
        "orders {order} customer_id={customer}",
        "orders {order2} customer_id={customer}",
    ),
    "separate_namesakes": ("orders {order} customer_id={customer}",),
    "warranty_claim": ("claims + about={item_id} kind=warranty", _REPLACED),
    "transit_claim": ("claims + about={shipment} kind=carrier", _REPLACED),
    "correct_address": ("orders {order} address={address}",),
    "reroute_parcel": ("shipments {shipment} address={address}",),
    "pause_subscription": (
        "subscriptions {subscription} paused_until={date}",
        "subscriptions {subscription} status=paused",
    ),
    "cancel_subscription": ("subscriptions {subscription} status=cancelled",),
    "change_plan": ("subscriptions {subscription} plan=small box",),
    "void_double_charge": ("payments {second_payment} state=void",),
    "cancel_second_order": ("orders {order2} status=cancelled", _REFUNDED + "card order_id={order2}"),
    "report_fraud": ("customers {customer} locked=1", "orders {order} status=cancelled"),
    "our_mistake": (_REPLACED, _RETURNED + "prepaid"),
    "own_mistake": (_RETURNED + "customer",),
    "gift_back_by_receiver": (
        "customers {customer} balance={paid}",
        _GIVEN_BACK + "balance order_id={order}",
        _RETURNED + "standard",
    ),
    "gift_back_by_giver": (_GIVEN_BACK + "card order_id={order}", _RETURNED + "standard"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Shop:
    """The books of one shop: ``facts`` in words, ``slots`` that a request can mention, ``rows`` and the ``goal``."""

    facts: Mapping[str, str]
    slots: Mapping[str, Any]
    rows: Rows
    goal: tuple[str, ...]


def make_shop(procedure: str, family: str, rng: random.Random) -> Shop:
    """A shop in which ``procedure`` is right for whoever writes next."""
    facts = USUAL | FACTS.get(procedure, {})
    slots = _slots(WARES.get(family, THINGS), rng)
    slots["owner"] = slots[facts["owner"]]
    rows = {
        "customers": _customers(slots, rng),
        "orders": _orders(facts, slots),
        "items": _items(slots, again=procedure == "cancel_second_order", rng=rng),
        "payments": _payments(facts, slots, twice=procedure == "void_double_charge"),
        "shipments": _shipments(facts, slots),
        "subscriptions": [_columns(slots, subscription_id="subscription", customer_id="customer")],
    }
    rows["subscriptions"][0] |= {"plan": "large box", "status": "active"}
    goal = tuple(sorted(line.format_map(slots) for line in GOALS[procedure]))
    return Shop(facts=facts, slots=slots, rows=rows, goal=goal)


def _slots(wares: Sequence[str], rng: random.Random) -> dict[str, Any]:
    numbers = rng.sample(range(1000, 10000), len(NUMBERS))
    paid, rest = round(rng.uniform(8, 120), 2), round(rng.uniform(8, 120), 2)
    return {name: f"{letter}{number}" for (name, letter), number in zip(NUMBERS.items(), numbers, strict=True)} | {
        "name": f"{rng.choice(FIRST)} {rng.choice(LAST)}",
        "item": rng.choice(wares),
        "size": rng.choice(SIZES),
        "address": f"{rng.randint(2, 99)} {rng.choice(STREETS)}, {rng.choice(TOWNS)}",
        "home": f"{rng.randint(100, 199)} {rng.choice(STREETS)}, {rng.choice(TOWNS)}",
        "date": f"{rng.randint(1, 28)} {rng.choice(MONTHS)}",
        "card": str(rng.randint(1000, 9999)),
        "paid": paid,
        "rest": rest,
        "total": round(paid + rest, 2),
        "lower": round(paid * rng.uniform(0.6, 0.9), 2),
    }


def _columns(slots: Mapping[str, Any], **columns: str) -> dict[str, Any]:
    return {column: slots[slot] for column, slot in columns.items()}


def _customers(slots: Mapping[str, Any], rng: random.Random) -> list[dict[str, Any]]:
    """The writer, an account of the same name, and a third who may have made the writer a present."""
    other = f"{rng.choice(FIRST)} {rng.choice(LAST)}"
    names = {"customer": slots["name"], "customer2": slots["name"], "giver": other}
    return [
        {"customer_id": slots[who], "name": name, "email": f"{slots[who].lower()}@example.org", "card": slots["card"]}
        for who, name in names.items()
    ]


def _orders(facts: Mapping[str, str], slots: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The order in question, and another by the same customer that an agent must leave alone, or must not."""
    row = {"placed": "today", "status": facts["status"], "address": slots["home"], "total": slots["total"]}
    return [_columns(slots, order_id=order, customer_id="owner") | row for order in ("order", "order2")]


def _items(slots: Mapping[str, Any], *, again: bool, rng: random.Random) -> list[dict[str, Any]]:
    """Two items an order, the one in question at either place; the other order holds the same where it is a repeat."""
    beside, *others = rng.sample([ware for ware in (*CLOTHES, *THINGS) if ware != slots["item"]], 3)
    pair = [slots["item"], beside]
    rows = [
        {"item_id": item_id, "order_id": slots[order], "name": name, "size": rng.choice(SIZES), "price": slots[price]}
        for order, names in (("order", pair), ("order2", pair if again else others))
        for name, price, item_id in zip(names, ("paid", "rest"), _item_ids(order, slots), strict=True)
    ]
    rows = [row | {"warranty_until": "in two years"} for row in rows]
    return rows if rng.random() < 0.5 else [rows[1], rows[0], *rows[2:]]


def _item_ids(order: str, slots: Mapping[str, Any]) -> tuple[str, str]:
    number = slots["item_id"]
    return (number, f"{number}-2") if order == "order" else (f"{number}-3", f"{number}-4")


def _payments(facts: Mapping[str, str], slots: Mapping[str, Any], *, twice: bool) -> list[dict[str, Any]]:
    paid = {"payment": "order", "other_payment": "order2"} | ({"second_payment": "order"} if twice else {})
    return [
        _columns(slots, payment_id=payment, order_id=order, amount="total")
        | {"method": facts["method"], "state": "charged"}
        for payment, order in paid.items()
    ]


def _shipments(facts: Mapping[str, str], slots: Mapping[str, Any]) -> list[dict[str, Any]]:
    """A parcel, unless the order is still in the house."""
    row = _columns(slots, shipment_id="shipment", order_id="order", address="home") | {"status": facts["parcel"]}
    return [] if facts["status"] == "processing" else [row]
