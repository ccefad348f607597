"""What telltale's objects look like in JSON."""

from __future__ import annotations

import json
import math

from hypothesis import given
from hypothesis import strategies as st

from telltale import Case, Outcome
from telltale.jsonable import jsonable, to_json

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


@given(VALUES)
def test_what_is_json_already_stays_as_it_is(value: object) -> None:
    assert jsonable(value) == value
    assert json.loads(to_json(value)) == value


def test_objects_take_their_fields_names() -> None:
    held = {"case": Case(text="Cancel it", context={"paid": math.nan}), "outcome": Outcome.SUCCESS, "ids": ("a", "b")}
    assert jsonable(held) == {
        "case": {"text": "Cancel it", "context": {"paid": None}},
        "outcome": "success",
        "ids": ["a", "b"],
    }
