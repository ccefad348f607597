"""The desk's toolbox: what a tool is, how it is described to an agent, and the tools that only look.

A tool takes the database and its arguments and gives a JSON object, or raises ``ToolError`` with what an agent would
be told. The tools that change something are in ``actions.py``.
"""

from __future__ import annotations

import inspect
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Observation = dict[str, Any]
Function = Callable[..., Observation]


class ToolError(Exception):
    """The tool refuses: a wrong identifier, or a state in which this cannot be done."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tool:
    """One tool: its function, whose parameters after the database are the tool's, and whether it only looks."""

    name: str
    run: Function
    read_only: bool

    @property
    def parameters(self) -> list[str]:
        """The names of the arguments, in order; all are required."""
        return list(inspect.signature(self.run).parameters)[1:]

    def spec(self) -> dict[str, Any]:
        """The tool as OpenAI's ``tools`` lists it, with MCP's ``readOnlyHint`` beside."""
        properties = {name: {"type": "number" if name in {"amount", "price"} else "string"} for name in self.parameters}
        schema = {"type": "object", "properties": properties, "required": self.parameters}
        function = {"name": self.name, "description": inspect.getdoc(self.run) or "", "parameters": schema}
        return {"type": "function", "function": function, "annotations": {"readOnlyHint": self.read_only}}


def toolbox(*functions: Function, read_only: bool) -> dict[str, Tool]:
    """The functions as tools, by name."""
    return {f.__name__: Tool(name=f.__name__, run=f, read_only=read_only) for f in functions}


def one(database: sqlite3.Connection, query: str, key: str) -> Observation:
    """The row that ``query`` finds for ``key``; ``ToolError`` when there is none."""
    row = database.execute(query, (key,)).fetchone()
    if row is None:
        raise ToolError(f"nothing found for {key}")
    return dict(row)


def many(database: sqlite3.Connection, query: str, key: str) -> list[Observation]:
    """All rows that ``query`` finds for ``key``, in the order they were entered."""
    return [dict(row) for row in database.execute(f"{query} ORDER BY rowid", (key,))]


def get_customer(database: sqlite3.Connection, customer_id: str) -> Observation:
    """Show a customer's account by its number."""
    return one(database, "SELECT * FROM customers WHERE customer_id = ?", customer_id)


def find_customers(database: sqlite3.Connection, name: str) -> Observation:
    """List the accounts that go by a name."""
    return {"customers": many(database, "SELECT customer_id, name, email FROM customers WHERE name = ?", name)}


def get_order(database: sqlite3.Connection, order_id: str) -> Observation:
    """Show an order with its items."""
    order = one(database, "SELECT * FROM orders WHERE order_id = ?", order_id)
    items = many(database, "SELECT item_id, name, size, price, warranty_until FROM items WHERE order_id = ?", order_id)
    return order | {"items": items}


def get_payments(database: sqlite3.Connection, order_id: str) -> Observation:
    """List what was charged for an order."""
    payments = "SELECT payment_id, method, amount, state FROM payments WHERE order_id = ?"
    return {"order_id": order_id, "payments": many(database, payments, order_id)}


def get_shipment(database: sqlite3.Connection, order_id: str) -> Observation:
    """Show the parcel that was made for an order."""
    return one(database, "SELECT * FROM shipments WHERE order_id = ?", order_id)


def get_subscription(database: sqlite3.Connection, subscription_id: str) -> Observation:
    """Show a subscription."""
    return one(database, "SELECT * FROM subscriptions WHERE subscription_id = ?", subscription_id)


LOOKUPS = toolbox(get_customer, find_customers, get_order, get_payments, get_shipment, get_subscription, read_only=True)
