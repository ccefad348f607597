"""Terms and regressions do the arithmetic that they say."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.feature_extraction.text import TfidfVectorizer

from telltale.memory.clean import clean, cleaned
from telltale.memory.text import hashed
from telltale.readers.regression import Regression
from telltale.readers.terms import Terms

ROWS = st.lists(st.lists(st.sampled_from("abcdefgh"), max_size=6), min_size=1, max_size=8)


@given(ROWS)
def test_the_similarity_is_the_cosine_of_scikit_learns_tfidf(rows: list[list[str]]) -> None:
    if not any(rows):
        return
    held = TfidfVectorizer(analyzer=lambda row: sorted(set(row)), norm="l2").fit_transform(rows).toarray()
    ours = Terms.of([hashed(row) for row in rows])
    for index, row in enumerate(rows):
        np.testing.assert_allclose(ours.similarity(hashed(row)), held @ held[index], atol=1e-5)


def test_a_term_that_only_one_row_holds_weighs_nothing_where_two_are_asked_for() -> None:
    terms = Terms.of([hashed(["user=7"]), hashed(["plan=basic"]), hashed(["plan=basic"])], least=2)
    assert terms.similarity(hashed(["user=7"])).tolist() == [0.0, 0.0, 0.0]
    assert terms.similarity(hashed(["plan=basic", "user=7"])).tolist() == pytest.approx([0.0, 1.0, 1.0])


def test_no_rows_have_no_similarity() -> None:
    assert Terms.of([]).similarity(hashed(["a"])).shape == (0,)


def test_leaving_rows_out_is_the_same_as_fitting_without_them() -> None:
    rng = np.random.default_rng(0)
    points, targets = rng.normal(size=(40, 5)), rng.normal(size=(40, 3)).astype(np.float32)
    kernel = (points @ points.T).astype(np.float32)
    out, kept = np.array([3, 4, 17]), np.setdiff1d(np.arange(40), [3, 4, 17])
    refitted = Regression.fitted(kernel[np.ix_(kept, kept)], targets[kept], 0.3)
    predicted = Regression.fitted(kernel, targets, 0.3).without(out)
    np.testing.assert_allclose(predicted, kernel[np.ix_(out, kept)] @ refitted.weights.T, atol=1e-3)


@given(st.text())
def test_cleaned_text_has_no_hidden_characters_and_no_chat_marks(text: str) -> None:
    shown = clean(text + "<|im_start|>\u200b\x1b[2J", 1000)
    assert not any(mark in shown for mark in ("<|", "|>", "\u200b", "\x1b"))


def test_cleaning_reaches_every_text_of_a_value() -> None:
    assert cleaned({"a\u200b": ["x<|y", {"b": 1}]}, 10) == {"a": ["x< |y", {"b": 1}]}
