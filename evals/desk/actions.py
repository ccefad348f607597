"""The tools that change something. Each checks what a shop's back office would check, and no more.

So some wrong actions are refused (an order refunded twice, a parcel rerouted after delivery), and some go through and
leave the customer worse off (a gift card's money paid out to a bank card, an order cancelled while its parcel
travels): those are the runs that a misleading memory leads to.
"""

from __future__ import annotations

import sqlite3
from typing import Any

from .tools import Observation, ToolError, get_order, get_shipment, get_subscription, one, toolbox


def refund_to_card(database: sqlite3.Connection, order_id: str, amount: float) -> Observation:
    """Pay money back to the bank card on file for an order's customer."""
    order = _refundable(database, order_id, amount)
    return _refund(database, order_id=order_id, method="card", customer_id=order["customer_id"], amount=amount)


def refund_to_paypal(database: sqlite3.Connection, order_id: str, amount: float) -> Observation:
    """Pay money back to the PayPal account that an order was paid from."""
    order = _refundable(database, order_id, amount)
    return _refund(database, order_id=order_id, method="paypal", customer_id=order["customer_id"], amount=amount)


def refund_to_balance(database: sqlite3.Connection, order_id: str, customer_id: str, amount: float) -> Observation:
    """Put money for an order on a customer's gift balance."""
    _refundable(database, order_id, amount)
    _customer(database, customer_id)
    database.execute("UPDATE customers SET balance = balance + ? WHERE customer_id = ?", (amount, customer_id))
    return _refund(database, order_id=order_id, method="balance", customer_id=customer_id, amount=amount)


def cancel_order(database: sqlite3.Connection, order_id: str) -> Observation:
    """Cancel an order."""
    if (status := get_order(database, order_id)["status"]) in {"cancelled", "delivered"}:
        raise ToolError(f"{order_id} is {status} and cannot be cancelled")
    return _set(database, "orders", order_id, status="cancelled")


def intercept_shipment(database: sqlite3.Connection, shipment_id: str) -> Observation:
    """Have the carrier stop a parcel and bring it back."""
    _travelling(database, shipment_id)
    return _set(database, "shipments", shipment_id, status="intercepted")


def open_return(database: sqlite3.Connection, order_id: str, item_id: str) -> Observation:
    """Announce an item's return, so that it is paid back when it arrives."""
    _item(database, order_id, item_id)
    return _add(database, "returns", order_id=order_id, item_id=item_id, postage="standard")


def send_prepaid_label(database: sqlite3.Connection, order_id: str, item_id: str) -> Observation:
    """Send the customer a label with which an item comes back at the shop's cost."""
    _item(database, order_id, item_id)
    return _add(database, "returns", order_id=order_id, item_id=item_id, postage="prepaid")


def deduct_postage(database: sqlite3.Connection, order_id: str, item_id: str) -> Observation:
    """Charge an open return's postage to the customer."""
    _item(database, order_id, item_id)
    found = database.execute("UPDATE returns SET postage = 'customer' WHERE item_id = ?", (item_id,)).rowcount
    if not found:
        raise ToolError(f"there is no open return for {item_id}")
    return {"item_id": item_id, "postage": "customer"}


def exchange_item(database: sqlite3.Connection, order_id: str, item_id: str, size: str) -> Observation:
    """Swap an item for another size."""
    _item(database, order_id, item_id)
    return _add(database, "exchanges", order_id=order_id, item_id=item_id, size=size)


def issue_replacement(database: sqlite3.Connection, order_id: str, item_id: str) -> Observation:
    """Send an item again, free of charge."""
    _item(database, order_id, item_id)
    return _add(database, "replacements", order_id=order_id, item_id=item_id)


def open_warranty_claim(database: sqlite3.Connection, order_id: str, item_id: str) -> Observation:
    """Claim an item's cost from its manufacturer."""
    _item(database, order_id, item_id)
    return _add(database, "claims", kind="warranty", about=item_id)


def file_carrier_claim(database: sqlite3.Connection, shipment_id: str) -> Observation:
    """Claim a parcel's value from its carrier."""
    one(database, "SELECT * FROM shipments WHERE shipment_id = ?", shipment_id)
    return _add(database, "claims", kind="carrier", about=shipment_id)


def adjust_price(database: sqlite3.Connection, order_id: str, item_id: str, price: float) -> Observation:
    """Lower an item's price after the sale."""
    if price >= _item(database, order_id, item_id)["price"]:
        raise ToolError(f"{price} is not lower than what was paid for {item_id}")
    return _set(database, "items", item_id, price=price)


def update_address(database: sqlite3.Connection, order_id: str, address: str) -> Observation:
    """Change an order's delivery address."""
    get_order(database, order_id)
    return _set(database, "orders", order_id, address=address)


def reroute_shipment(database: sqlite3.Connection, shipment_id: str, address: str) -> Observation:
    """Have the carrier bring a parcel to another address."""
    _travelling(database, shipment_id)
    return _set(database, "shipments", shipment_id, address=address)


def pause_subscription(database: sqlite3.Connection, subscription_id: str, until: str) -> Observation:
    """Halt a subscription until a day."""
    _running(database, subscription_id)
    return _set(database, "subscriptions", subscription_id, status="paused", paused_until=until)


def cancel_subscription(database: sqlite3.Connection, subscription_id: str) -> Observation:
    """End a subscription."""
    _running(database, subscription_id)
    return _set(database, "subscriptions", subscription_id, status="cancelled")


def change_plan(database: sqlite3.Connection, subscription_id: str, plan: str) -> Observation:
    """Move a subscription to another plan."""
    _running(database, subscription_id)
    return _set(database, "subscriptions", subscription_id, plan=plan)


def merge_accounts(database: sqlite3.Connection, keep: str, remove: str) -> Observation:
    """Fold one account into another; its orders move along."""
    _customer(database, keep), _customer(database, remove)
    database.execute("UPDATE orders SET customer_id = ? WHERE customer_id = ?", (keep, remove))
    return _set(database, "customers", remove, merged_into=keep)


def move_order(database: sqlite3.Connection, order_id: str, customer_id: str) -> Observation:
    """Put an order into another customer's account."""
    get_order(database, order_id), _customer(database, customer_id)
    return _set(database, "orders", order_id, customer_id=customer_id)


def lock_account(database: sqlite3.Connection, customer_id: str) -> Observation:
    """Lock an account until its owner has been verified."""
    _customer(database, customer_id)
    return _set(database, "customers", customer_id, locked=1)


def void_payment(database: sqlite3.Connection, payment_id: str) -> Observation:
    """Take one charge back."""
    if one(database, "SELECT * FROM payments WHERE payment_id = ?", payment_id)["state"] == "void":
        raise ToolError(f"{payment_id} has been taken back already")
    return _set(database, "payments", payment_id, state="void")


def escalate(database: sqlite3.Connection, reason: str) -> Observation:
    """Hand the case to a person."""
    return _add(database, "escalations", reason=reason)


ACTIONS = toolbox(
    *(refund_to_card, refund_to_paypal, refund_to_balance, cancel_order, intercept_shipment, open_return),
    *(send_prepaid_label, deduct_postage, exchange_item, issue_replacement, open_warranty_claim, file_carrier_claim),
    *(adjust_price, update_address, reroute_shipment, pause_subscription, cancel_subscription, change_plan),
    *(merge_accounts, move_order, lock_account, void_payment, escalate),
    read_only=False,
)


def _add(database: sqlite3.Connection, table: str, **values: Any) -> Observation:
    columns, marks = ", ".join(values), ", ".join("?" * len(values))
    database.execute(f"INSERT INTO {table} ({columns}) VALUES ({marks})", tuple(values.values()))  # noqa: S608
    return {"done": table} | values


def _set(database: sqlite3.Connection, table: str, key: str, **values: Any) -> Observation:
    column = f"{table.removesuffix('s')}_id"
    assignments = ", ".join(f"{name} = ?" for name in values)
    database.execute(f"UPDATE {table} SET {assignments} WHERE {column} = ?", (*values.values(), key))  # noqa: S608
    return {column: key} | values


def _customer(database: sqlite3.Connection, customer_id: str) -> Observation:
    customer = one(database, "SELECT * FROM customers WHERE customer_id = ?", customer_id)
    if customer["merged_into"]:
        raise ToolError(f"{customer_id} has been merged into {customer['merged_into']}")
    return customer


def _item(database: sqlite3.Connection, order_id: str, item_id: str) -> Observation:
    for item in get_order(database, order_id)["items"]:
        if item["item_id"] == item_id:
            return dict(item)
    raise ToolError(f"{order_id} has no item {item_id}")


def _refundable(database: sqlite3.Connection, order_id: str, amount: float) -> Observation:
    order = get_order(database, order_id)
    paid = "SELECT coalesce(sum(amount), 0) AS paid FROM payments WHERE state = 'charged' AND order_id = ?"
    back = "SELECT coalesce(sum(amount), 0) AS back FROM refunds WHERE order_id = ?"
    left = round(one(database, paid, order_id)["paid"] - one(database, back, order_id)["back"], 2)
    if not 0 < amount <= left:
        raise ToolError(f"{amount} cannot be refunded for {order_id}: {left} is left of what was paid")
    return order


def _refund(database: sqlite3.Connection, **refund: Any) -> Observation:
    return _add(database, "refunds", **refund)


def _travelling(database: sqlite3.Connection, shipment_id: str) -> None:
    shipment = one(database, "SELECT order_id FROM shipments WHERE shipment_id = ?", shipment_id)
    if (status := get_shipment(database, shipment["order_id"])["status"]) not in {"label printed", "in transit"}:
        raise ToolError(f"{shipment_id} is {status}")


def _running(database: sqlite3.Connection, subscription_id: str) -> None:
    if (status := get_subscription(database, subscription_id)["status"]) != "active":
        raise ToolError(f"{subscription_id} is {status}")
