"""The page stands by itself, escapes what it is told, and draws only what was measured."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from telltale.evals.account import account
from telltale.evals.answers import Answer, Pick, judge
from telltale.evals.cases import Truth
from telltale.evals.page import colours_of, html
from telltale.evals.page_plots import Axis, Series, lines, percents
from telltale.evals.results import results

RETURN = Pick(id="a", procedure="return", score=0.9)
REFUND = Pick(id="b", procedure="refund", score=0.4)
TRUTHS = [
    Truth(plans=frozenset({"return"}), has_match=True),
    Truth(plans=frozenset({"refund"}), has_match=True),
    Truth(plans=frozenset(), has_match=False),
]


def shown(*picks: Pick) -> Answer:
    return Answer(ranked=picks, admitted=picks, gathered=picks, tokens=9, seconds=0.004)


def result_of(name: str = "shop/cases.jsonl", **more: list[Answer]) -> dict[str, Any]:
    answers = {"none": [Answer(tokens=0)] * 3, "telltale": [shown(RETURN), shown(REFUND), Answer(gathered=())], **more}
    figures = {
        strategy: account(judge(given, TRUTHS), probable=strategy == "telltale") for strategy, given in answers.items()
    }
    data = {"name": name, "sha256": "0" * 64, "n_memory": 2, "n_queries": 3, "seed": 7}
    return results(figures, data=data, command="telltale eval <cases>", settings={"risk": 0.05})


class Open(HTMLParser):
    """Which elements are open, and whether every one is closed in its turn."""

    EMPTY = frozenset({"meta", "line", "circle", "rect", "polygon"})

    def __init__(self) -> None:
        super().__init__()
        self.stack: list[str] = []
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.links += [value or "" for name, value in attrs if name in {"src", "href", "xlink:href"}]
        if tag not in self.EMPTY:
            self.stack.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in self.EMPTY:
            assert self.stack.pop() == tag


def test_the_page_is_whole_and_asks_nothing_from_elsewhere() -> None:
    page, seen = html([result_of(), result_of("bank/cases.jsonl")]), Open()
    seen.feed(page)
    assert seen.stack == []
    assert set(seen.links) == {"#set-0", "#set-1"}
    assert not re.search(r"<script|@import|url\(|https?:", page)


def test_the_page_names_what_was_measured_with_what() -> None:
    page = html([result_of()])
    found = result_of()
    for said in ("0" * 64, "telltale eval &lt;cases&gt;", "seed 7", *found["versions"].values(), "3 new cases"):
        assert said in page


def test_names_are_data_and_never_markup() -> None:
    page = html([result_of("<script>alert(1)</script>", **{"<b>mine</b>": [shown(RETURN)] * 3})])
    assert "<script>" not in page
    assert "<b>mine" not in page


def test_every_plot_says_in_words_what_it_shows_and_can_be_read_as_a_table() -> None:
    page = html([result_of()])
    drawings = re.findall(r"<svg viewBox[^>]*role=.*?</svg>", page, re.DOTALL)
    assert len(drawings) == page.count("<figure") == page.count("The same as a table") == 5
    for drawing in drawings:
        root = ET.fromstring(drawing)
        assert [root[0].tag, root[1].tag] == ["title", "desc"]
        assert root[1].text


def test_a_strategy_that_could_not_run_is_blank_and_not_zero() -> None:
    blank = result_of(elsewhere=[shown(RETURN)] * 3)
    blank["strategies"]["elsewhere"] = {**account(judge([], [])), "unavailable": "needs a package"}
    row = re.search(r"<th scope=\"row\">elsewhere</th>(.*?)</tr>", html([blank]))
    assert row is not None
    assert re.findall(r"<td>(.*?)</td>", row[1]) == ["–"] * 8


def test_without_any_candidate_or_answer_there_is_still_a_page() -> None:
    nothing = result_of(telltale=[Answer()] * 3)
    assert "answered nothing" in html([nothing])


def test_a_strategy_has_one_colour_on_every_set() -> None:
    first, second = result_of(mine=[shown(RETURN)] * 3), result_of()
    assert colours_of([first, second])["telltale"] == colours_of([second])["telltale"] == 0


def test_points_are_drawn_inside_the_frame() -> None:
    one = Series(name="dense", colour=1, points=[(0.0, 0.0), (1.0, 2.0)])
    drawing = ET.fromstring(lines("title", "says", [one], (percents("x"), percents("y"))))
    (curve,) = drawing.iter("polyline")
    places = [float(value) for value in re.split("[ ,]", curve.attrib["points"])]
    assert min(places) >= 0
    assert max(places) <= 360


@pytest.mark.parametrize(("high", "top"), [(0.0, 0.05), (0.07, 0.1), (0.31, 0.4), (0.9, 1.0), (3.0, 1.0)])
def test_an_axis_ends_at_a_round_number(high: float, top: float) -> None:
    assert max(percents("wrong", high).ticks) == pytest.approx(top)


def test_a_logarithmic_axis_places_by_ratio() -> None:
    assert Axis(name="ms", ticks={}, low=1, high=100, log=True).share(10) == pytest.approx(0.5)
