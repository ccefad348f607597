"""Facts read from text and context."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telltale.memory.facets import fact_ids, find_facets
from telltale.memory.types import Case, Facet


def facts(text: str) -> set[tuple[str, str]]:
    return {(facet.kind, facet.value) for facet in find_facets(Case(text=text))}


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("refund $1,200.50 please", "amount", "USD 1200.50"),
        ("refund 1200.5 dollars", "amount", "USD 1200.50"),
        ("it cost 30 EUR", "amount", "EUR 30.00"),
        ("it cost €5", "amount", "EUR 5.00"),
        ("1.200,50 € were charged", "amount", "EUR 1200.50"),
        ("a $2.5k budget", "amount", "USD 2500.00"),
        ("on 2024-05-03", "date", "2024-05-03"),
        ("on 3 May 2024", "date", "2024-05-03"),
        ("on May 3rd, 2024", "date", "2024-05-03"),
        ("on May 3rd", "date", "--05-03"),
        ("on 5/3/2024", "date", "2024-03-05 or 2024-05-03"),
        ("on 25/12/2023", "date", "2023-12-25"),
        ("on 3.5.2024", "date", "2024-05-03"),
        ("come next Monday", "date:relative", "next monday"),
        ("at 3pm", "time", "15:00"),
        ("within 2 weeks", "duration", "14 days"),
        ("within two weeks", "duration", "14 days"),
        ("in 3h", "duration", "3 hours"),
        ("took 1h30m", "duration", "90 minutes"),
        ("2 years ago", "duration", "2 years"),
        ("5 kg of rice", "quantity:kg", "5 kg"),
        ("20% off", "quantity:%", "20 %"),
        ("3 items", "count", "3"),
        ("cancel all three orders", "count", "3"),
        ("put both mugs away", "count", "2"),
        ("cancel all orders", "count", "all"),
        ("it was not received", "negation", "received"),
        ("it hasn’t been received", "negation", "received"),
        ("without a receipt", "negation", "receipt"),
        ("no longer needed", "negation", "needed"),
        ("an exchange instead of a refund", "negation", "refund"),
        ("I don't want it", "negation", "want"),
        ("order #W6067464", "identifier:W9", "W6067464"),
        ("order number 1832", "identifier:order", "1832"),
        ("550e8400-e29b-41d4-a716-446655440000", "identifier:uuid", "550e8400-e29b-41d4-a716-446655440000"),
        ("write to a.b@x.com.", "identifier:email", "a.b@x.com"),
        ("call 555-123-4567", "identifier:phone", "5551234567"),
        ("zip code 28236", "identifier:zip", "28236"),
        ("commit 3fa85f6", "identifier:hex", "3fa85f6"),
        ("SKU-123", "identifier:SKU-9", "SKU-123"),
        ("user raj_lee_3061", "identifier:A_A_9", "RAJ_LEE_3061"),
        ("upgrade to v1.2.3", "version", "1.2.3"),
        ("on python 3.11", "version:python", "3.11"),
        ("open report.csv", "file_type", "csv"),
        ("as a PDF", "file_type", "pdf"),
        ("it says HTTP 404", "error_code", "HTTP 404"),
        ("ERR_CONN_42", "error_code", "ERR_CONN_42"),
        ("E1234 again", "error_code", "E1234"),
        ("exit code 2", "error_code", "EXIT 2"),
        ("paid by gift card", "choice:payment", "gift card"),
        ("to gift_card_1994993", "choice:payment", "gift card"),
        ("it has shipped", "choice:status", "shipped"),
        ("it is on its way", "choice:status", "shipped"),
        ("in prod", "choice:environment", "production"),
        ("in Spanish", "choice:language", "spanish"),
        ("via fax", "choice:via", "fax"),
        ("how does it work", "form", "question"),
        ("the number 42", "number", "42"),
    ],
)
def test_a_fact_in_the_text_is_read_with_its_kind_and_canonical_value(text: str, kind: str, value: str) -> None:
    assert (kind, value) in facts(text)


@pytest.mark.parametrize(
    "text", ["13/45/2024", "25:99", "32 Foo 2024", "all right", "not. Received", "visa@example.com paypal.me"]
)
def test_what_only_looks_like_a_fact_is_not_read(text: str) -> None:
    kinds = {kind for kind, _ in facts(text)}
    assert not kinds & {"date", "time", "count", "negation"}


def test_words_inside_an_address_say_nothing() -> None:
    assert not [kind for kind, _ in facts("visa@example.com") if kind.startswith("choice:")]


def test_one_number_is_read_once_by_the_most_telling_rule() -> None:
    assert facts("order 1832") == {("identifier:order", "1832")}


def test_a_fact_said_twice_stands_at_its_first_place() -> None:
    found = find_facets(Case(text="gift card, yes a Gift  Card"))
    assert found == (Facet(kind="choice:payment", value="gift card", span=(0, 9)),)


def test_the_context_gives_one_fact_for_every_leaf_sorted_by_key() -> None:
    context = {"vip": True, "order": {"items": ["b", "A"], "total": 2.0}, "note": None}
    assert find_facets(Case(text="", context=context)) == (
        Facet(kind="context:order.items", value="a"),
        Facet(kind="context:order.items", value="b"),
        Facet(kind="context:order.total", value="2"),
        Facet(kind="context:vip", value="true"),
    )


def test_long_context_values_are_short_facts_that_differ_when_the_texts_do() -> None:
    first, second = (find_facets(Case(text="", context={"room": "a" * 200 + end})) for end in "xy")
    assert first != second
    assert len(first[0].value) < 80


def test_equal_facts_have_equal_ids_and_others_have_not() -> None:
    dollars, word = find_facets(Case(text="$5")), find_facets(Case(text="now 5 dollars"))
    assert fact_ids(dollars).tolist() == fact_ids(word).tolist()
    assert fact_ids(dollars).tolist() != fact_ids(find_facets(Case(text="€5"))).tolist()


PIECES = [
    "not",
    "gift",
    "card",
    "$5",
    "1,200.50",
    "3",
    "May",
    "2024",
    "5/3/2024",
    "two",
    "weeks",
    "#W1234",
    "v1.2",
    "all",
]
TEXTS = st.text(max_size=300) | st.lists(st.sampled_from([*PIECES, "don’t", "é", "İ"]), max_size=20).map(" ".join)


@given(TEXTS)
def test_spans_lie_inside_the_text_in_order_and_hold_something(text: str) -> None:
    spans = [facet.span for facet in find_facets(Case(text=text)) if facet.span]
    assert spans == sorted(spans)
    assert all(0 <= start < end <= len(text) for start, end in spans)


@given(TEXTS)
def test_the_same_case_gives_the_same_facts(text: str) -> None:
    assert find_facets(Case(text=text)) == find_facets(Case(text=text))


@given(st.lists(st.sampled_from(PIECES), max_size=15))
def test_case_and_spacing_change_no_fact(parts: list[str]) -> None:
    assert facts(" ".join(parts)) == facts("\n  ".join(parts).upper())


@given(st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3), max_leaves=10,
))  # fmt: skip
def test_any_context_is_read(value: object) -> None:
    found = find_facets(Case(text="", context={"key": value}))
    assert all(facet.kind.startswith("context:key") and facet.span is None for facet in found)
