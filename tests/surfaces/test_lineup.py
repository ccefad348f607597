"""The line-up on a terminal: who was admitted, who was refused, and what gave them away."""

from __future__ import annotations

from dataclasses import replace
from io import StringIO

from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from telltale import Case, Difference, Outcome, Reason, Recall, Verdict
from telltale.lineup import clean, lineup
from telltale.memory.types import Candidate, Decision, Facet

PAYMENT = Difference(
    kind="choice:payment",
    case_value="gift card",
    candidate_value="card",
    evidence="14 of 15 past pairs that differ in it were handled differently",
)
TWIN = Verdict(
    candidate=Candidate(
        id="a", text="Refund order 1650, paid by card", procedure="refund_to_card", outcome=Outcome.SUCCESS
    ),
    decision=Decision.REFUSED,
    probability=0.12,
    differences=(PAYMENT,),
)
MATCH = Verdict(
    candidate=Candidate(
        id="b", text="Order 1711 back to the gift card", procedure="refund_to_gift_card", outcome=Outcome.SUCCESS
    ),
    decision=Decision.APPLIES,
    probability=0.974,
    same=(Facet(kind="choice:payment", value="gift card"),),
)
FOUND = Recall(
    id="r",
    case=Case(text="Refund order 1832, paid by gift card", context={"channel": "chat"}),
    admitted=(MATCH,),
    refused=(TWIN,),
    abstained=False,
)


def seen(found: Recall, width: int = 100) -> str:
    shown = StringIO()
    Console(width=width, file=shown, color_system=None).print(lineup(found))
    return shown.getvalue()


def test_it_reads_without_colour() -> None:
    shown = " ".join(seen(FOUND).split())
    assert "✓ applies 97% Order 1711 back to the gift card" in shown
    assert "✗ refused 12% Refund order 1650, paid by card telltale payment: here “gift card”, there “card”" in shown
    assert "14 of 15 past pairs that differ in it were handled differently" in shown


def test_the_case_stands_above_with_its_context() -> None:
    assert " ".join(seen(FOUND).splitlines()[0].split()) == "Case Refund order 1832, paid by gift card"
    assert "channel=chat" in seen(FOUND).splitlines()[1]


def test_admitted_and_refused_stand_side_by_side_where_there_is_room() -> None:
    beside = [line for line in seen(FOUND, width=180).splitlines() if "Admitted" in line]
    above = [line for line in seen(FOUND, width=100).splitlines() if "Admitted" in line]
    assert ("Refused" in beside[0], "Refused" in above[0]) == (True, False)


def test_an_abstention_says_so_with_its_reason() -> None:
    shown = seen(replace(FOUND, admitted=(), abstained=True, reason="nothing cleared the guard"))
    assert "Abstained" in shown
    assert "nothing cleared the guard" in shown


def test_a_value_that_one_side_lacks_is_nothing() -> None:
    said = replace(PAYMENT, case_value="")
    assert "payment: here nothing, there “card”" in seen(replace(FOUND, refused=(replace(TWIN, differences=(said,)),)))


def test_reasons_say_what_would_be_otherwise_and_what_past_cases_did() -> None:
    reason = Reason(kind="choice:payment", value="gift card", taken="gift card", given="", move=5.3, probability=0.16,
                    evidence="14 of 15 past cases with payment 'gift card' used refund_to_gift_card")  # fmt: skip
    shown = " ".join(seen(replace(FOUND, admitted=(replace(MATCH, reasons=(reason,)),))).split())
    assert "for 16% without “gift card” (+5.3 log-odds) 14 of 15 past cases" in shown


def test_a_failure_is_marked_as_one() -> None:
    failed = replace(TWIN, candidate=replace(TWIN.candidate, outcome=Outcome.FAILURE))
    assert "(its outcome: failure)" in seen(replace(FOUND, refused=(failed,)))


def test_markup_in_a_trace_is_shown_and_not_obeyed() -> None:
    marked = replace(TWIN, candidate=replace(TWIN.candidate, text="[bold]Refund[/nothing] :warning:"))
    assert "[bold]Refund[/nothing] :warning:" in seen(replace(FOUND, refused=(marked,)))


@given(st.text(max_size=200))
def test_no_text_reaches_the_terminal_as_a_control_sequence(text: str) -> None:
    marked = replace(TWIN, candidate=replace(TWIN.candidate, text=text + "\x1b]0;owned\x07\u202e\u2066"))
    shown = seen(replace(FOUND, refused=(marked,)), width=400)
    assert {letter for letter in shown if not letter.isprintable()} <= {"\n"}


def test_a_long_text_is_cut() -> None:
    assert clean("ab " * 1000, most=10) == "ab ab ab …"
