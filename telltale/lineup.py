"""The line-up: what a recall admitted and what it refused, with what gave each away, for a terminal.

Every state has a word and a sign beside its colour. Text out of traces is data: nothing in it reaches the terminal as
a control sequence or as markup.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence

from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from telltale.memory.contrast import kind_name
from telltale.memory.types import Candidate, Case, Decision, Difference, Outcome, Reason, Recall, Verdict

SIGNS = {
    Decision.APPLIES: ("✓", "bold green"),
    Decision.ADAPT: ("~", "bold yellow"),
    Decision.REFUSED: ("✗", "bold red"),
}
SIDE_BY_SIDE = 160  # columns: below this the two lists stand one above the other
MINDED = 3  # differences shown for one memory
INVISIBLE = {"Cf", "Cs", "Co", "Cn"}


def clean(text: object, most: int = 300) -> str:
    """``text`` on one line, fit for a terminal: no control or invisible characters, at most ``most`` characters.

    >>> clean("Refund\\x1b[2J it\\n now")
    'Refund [2J it now'
    """
    seen = (" " if unicodedata.category(letter) == "Cc" else letter for letter in str(text)[: 4 * most])
    shown = " ".join("".join(letter for letter in seen if unicodedata.category(letter) not in INVISIBLE).split())
    return shown if len(shown) <= most else f"{shown[: most - 1]}…"


def lineup(found: Recall) -> RenderableType:
    """Everything a person needs to see of one recall: the case, who was admitted, who was refused and why."""
    return Group(
        _case(found.case),
        _answer(found),
        SideBySide(
            [
                _suspects("Admitted", found.admitted, "Nothing."),
                _suspects("Refused, though alike", found.refused, "No look-alike came up."),
            ]
        ),
        Text(f"recall {found.id} · {found.tokens:,} tokens for the prompt (--text shows them)", style="dim"),
    )


class SideBySide:
    """Parts beside each other where the terminal is wide enough, else one above the other."""

    def __init__(self, parts: Sequence[RenderableType]) -> None:
        self.parts = parts

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        if options.max_width < SIDE_BY_SIDE:
            yield from self.parts
            return
        grid = Table.grid(expand=True, padding=(0, 2))
        for _ in self.parts:
            grid.add_column(ratio=1)
        grid.add_row(*self.parts)
        yield grid


def _case(case: Case) -> RenderableType:
    facts = " · ".join(f"{clean(name)}={clean(value)}" for name, value in case.context.items())
    return labelled(
        [(Text("Case", style="bold"), Text.assemble(clean(case.text), (f"\n{facts}" if facts else "", "dim")))]
    )


def _answer(found: Recall) -> RenderableType:
    word, style = ("Abstained", "bold red") if found.abstained else ("Answered", "bold green")
    return labelled([(Text(word, style=style), Text(f"{clean(found.reason)}\n"))])


def labelled(rows: Iterable[tuple[Text, RenderableType]]) -> RenderableType:
    """Values with a label each, the labels in one column that is as wide everywhere."""
    table = Table.grid(padding=(0, 1))
    table.add_column(no_wrap=True, min_width=9)
    table.add_column(overflow="fold")
    for label, value in rows:
        table.add_row(label, value)
    return table


def _suspects(title: str, verdicts: Sequence[Verdict], none: str) -> RenderableType:
    table = Table.grid(padding=(0, 1), expand=True)
    table.add_column(no_wrap=True)
    table.add_column(ratio=1)
    for verdict in verdicts:
        sign, style = SIGNS[verdict.decision]
        table.add_row(Text(f"{sign} {verdict.decision:<7} {verdict.probability:>4.0%}", style=style), _suspect(verdict))
    rule = Rule(Text(f"{title} ({len(verdicts)})", style="bold"), align="left", style="dim")
    return Group(rule, table if verdicts else Text(f"{none}\n", style="dim"))


def _suspect(verdict: Verdict) -> RenderableType:
    candidate = verdict.candidate
    rows = ((Text(label, style="bold red" if label == "telltale" else "dim"), value) for label, value in _rows(verdict))
    return Group(Text.assemble((clean(candidate.text), "bold"), (_remark(candidate), "dim")), labelled(rows), Text())


def _rows(verdict: Verdict) -> Iterable[tuple[str, RenderableType]]:
    telling = verdict.differences[:1] if verdict.decision is Decision.REFUSED else ()
    minded = verdict.differences[len(telling) : MINDED]
    yield from (("telltale", _difference(difference)) for difference in telling)
    yield from (("minding" if not telling else "also", _difference(difference)) for difference in minded)
    if verdict.same:
        yield (
            "same",
            Text(" · ".join(f"{clean(kind_name(facet.kind), 60)} {clean(facet.value, 60)}" for facet in verdict.same)),
        )
    yield from (("for" if reason.move > 0 else "against", _reason(reason)) for reason in verdict.reasons)
    yield "done", Text(clean(verdict.candidate.procedure) or "(no procedure known)", style="cyan")


def _difference(difference: Difference) -> Text:
    """Both sides in words, and what the memory knows of such differences."""
    return Text.assemble(
        (clean(kind_name(difference.kind), 60), "bold"),
        ": here ",
        _value(difference.case_value, "bold green"),
        ", there ",
        _value(difference.candidate_value, "bold red"),
        (f"\n{clean(difference.evidence)}" if difference.evidence else "", "dim"),
    )


def _reason(reason: Reason) -> Text:
    """What was changed about the case, what the probability would be then, and how past cases were handled."""
    changed, word = (reason.taken, "without") if reason.taken else (reason.given, "with")
    return Text.assemble(
        (f"{reason.probability:.0%}", "bold"),
        f" {word} ",
        _value(changed, "bold green" if reason.move > 0 else "bold red"),
        (f"  ({reason.move:+.1f} log-odds)\n{clean(reason.evidence)}", "dim"),
    )


def _value(value: str, style: str) -> tuple[str, str]:
    return (f"“{clean(value, 80)}”", style) if value else ("nothing", "dim")


def _remark(candidate: Candidate) -> str:
    if candidate.kind == "skill":
        return "  (a skill)"
    if candidate.outcome is Outcome.SUCCESS:
        return ""
    return f"  (its outcome: {candidate.outcome})"
