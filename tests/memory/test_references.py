"""Where a value comes from: found, and found again in another case."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telltale.memory.references import Sight, Unbound, bound, find, folded, holds, resolve
from telltale.memory.types import Case, Condition, Parameter

ITEMS = [{"item_id": "I1", "name": "boots", "price": 80}, {"item_id": "I2", "name": "rain jacket", "price": 12.5}]
ORDER = ("get_order", json.dumps({"order_id": "W7001", "status": "delivered", "items": ITEMS}))
VALUES = st.one_of(st.integers(), st.floats(allow_nan=False, allow_infinity=False), st.booleans(), st.text(), st.none())
JSON = st.recursive(
    VALUES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4), max_leaves=12
)


def sight(text: str = "", *results: tuple[str, str], **context: Any) -> Sight:
    return Sight(Case(text=text, context=context), results)


@pytest.mark.parametrize(
    ("value", "reference"),
    [
        ("C9", "context.customer"),
        ("delivered", "result.get_order.status"),
        ("I2", "result.get_order.items.*.item_id"),
        (["I1", "I2"], "result.get_order.items.[].item_id"),
        (["I2"], "result.get_order.items.[said].item_id"),
        ("#W7001", "result.get_order.order_id|#"),
        ("W8002", "text.identifier:W9.0"),
        (9.5, "text.amount.0|number"),
        ("3 March", "text.date.0"),
        ("12 Elm Street, Leeds", "text.after.send to.9 Aa+, Aa.0"),
        ("refunds", "shown.log.shape.a.1"),
    ],
)
def test_a_value_is_found_where_it_stands_and_read_there_again(value: Any, reference: str) -> None:
    text = "For W8002: the jacket cost €9.50 on 3 March; send to 12 Elm Street, Leeds"
    known = sight(text, ORDER, ("log", "no refunds. Done"), customer="C9")
    assert reference in find(value, known)
    assert resolve(reference, known) == value


def test_the_context_goes_before_results_and_those_before_the_task() -> None:
    found = find("W7001", sight("about W7001", ORDER, order="W7001"))
    assert found[:3] == ["context.order", "result.get_order.order_id", "text.identifier:W9.0"]


def test_a_shape_that_one_address_has_finds_the_next() -> None:
    (shape,) = [
        found
        for found in find("7 Old Mill Road, York", sight("to 7 Old Mill Road, York!"))
        if found.startswith("text.shape")
    ]
    assert resolve(shape, sight("Please use 12 Elm Street, Leeds from now on")) == "12 Elm Street, Leeds"


def test_the_element_that_the_task_speaks_of_is_taken_and_the_first_where_it_speaks_of_none() -> None:
    path = "result.get_order.items.*.item_id"
    assert resolve(path, sight("the jacket is torn", ORDER)) == "I2"
    assert resolve(path, sight("it is torn", ORDER)) == "I1"


def test_of_two_results_of_a_tool_the_last_counts() -> None:
    later = sight("", ORDER).then("get_order", '{"status": "lost"}')
    assert resolve("result.get_order.status", later) == "lost"
    assert resolve("result.get_order.status", Sight(later.case, later.results)) == "lost"


@pytest.mark.parametrize("reference", ["", "context.x", "result.get_order.items.9.price", "text.amount.0", "nowhere|x"])
def test_what_is_not_there_is_unbound(reference: str) -> None:
    with pytest.raises(Unbound):
        resolve(reference, sight("nothing", ORDER))


def test_arguments_are_filled_whole_with_their_type_and_within_a_text_as_words() -> None:
    parameters = {"price": Parameter(told="", reference="result.get_order.items.*.price")}
    known = sight("the jacket", ORDER)
    assert bound({"amount": "{price}", "note": "pay {price} to {who}", "tags": ["{price}", 1]}, parameters, known) == {
        "amount": 12.5,
        "note": "pay 12.5 to {who}",
        "tags": [12.5, 1],
    }
    with pytest.raises(Unbound):
        bound({"x": "{free}"}, {"free": Parameter(told="chosen in the run")}, known)


@pytest.mark.parametrize(
    ("kind", "value", "there"),
    [
        ("words", "jacket", True),
        ("words", "boots", False),
        ("choice:payment", "gift card", True),
        ("choice:payment", "", True),
        ("context:channel", "chat", True),
        ("result:get_order.status", "Delivered", True),
        ("result:get_order.carrier", "", False),
    ],
)
def test_a_condition_holds_or_does_not(kind: str, value: str, there: bool) -> None:
    known = sight("The jacket, paid by gift card", ORDER, channel="chat")
    assert holds(Condition(kind=kind, value=value), known) is there
    assert holds(Condition(kind=kind, value=value, holds=False), known) is not there


@given(text=st.text(), context=st.dictionaries(st.text(), JSON, max_size=3), shown=JSON, value=VALUES)
def test_whatever_is_found_is_read_back_as_the_same(text: str, context: dict[str, Any], shown: Any, value: Any) -> None:
    known = sight(f"{text} {value} {text}", ("a.b|c", json.dumps(shown)), **{"x": context, "": value})
    found = find(value, known)
    assert found or not folded(value)
    assert all(folded(resolve(reference, known)) == folded(value) for reference in found)


@given(reference=st.text())
def test_no_reference_does_anything_but_name_a_place(reference: str) -> None:
    with suppress(Unbound):
        assert resolve(reference, sight("order W7001", ORDER, a=[1])) is not None
