"""What documents say of the comparison, written by the comparison: marked regions, made of ``docs/figures`` alone.

    <!-- figures:NAME -->
    ... what REGIONS[NAME] makes ...
    <!-- end -->

Run it after a comparison, in the project's folder, or without a file to write the regions anew:

    python -m telltale.evals.regions [RESULTS.json]
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from .figures import figures_of, text_of
from .results import REFERENCE, read_results

FIGURES = Path("docs/figures/comparison.json")
PAGES = ("README.md", "docs/evals.md", "docs/peers.md", "docs/design/070-eval-suite.md")
REGION = re.compile(r"(?P<head><!-- figures:(?P<name>[\w-]+) -->\n).*?(?P<end><!-- end -->)", re.DOTALL)
PEERS = ("chromadb", "mem0", "langgraph")
Figures = Mapping[str, Any]
Lines = Iterator[str]


def main(arguments: Sequence[str] | None = None) -> None:
    """Keep the figures of a results file, where one is given, and write the regions of every page anew."""
    parser = argparse.ArgumentParser(prog="python -m telltale.evals.regions")
    parser.add_argument("results", type=Path, nargs="?", help="what `telltale eval --json` wrote")
    given = parser.parse_args(arguments)
    if given.results:
        FIGURES.parent.mkdir(exist_ok=True)
        FIGURES.write_text(text_of(figures_of(read_results(given.results))), encoding="utf-8")
    figures = json.loads(FIGURES.read_text("utf-8"))
    for page in map(Path, PAGES):
        page.write_text(written(page.read_text("utf-8"), figures), encoding="utf-8")
        sys.stdout.write(f"{page}\n")


def written(text: str, figures: Figures) -> str:
    """``text`` with each of its regions made anew. Raises ``KeyError`` for a region of no known name."""
    return REGION.sub(lambda found: found["head"] + region(found["name"], figures) + found["end"], text)


def region(name: str, figures: Figures) -> str:
    """One region's lines, each ended."""
    return "".join(f"{line}\n" for line in REGIONS[name](figures))


def summary(figures: Figures) -> Lines:
    """What is wrong in as many answers as telltale gives, set by set."""
    yield "| cases | asked | answered | wrong: **telltale** | dense | hybrid | best peer | helped | rightly abstained |"
    yield "|---" * 9 + "|"
    for one in figures["sets"]:
        own = one["strategies"][REFERENCE]
        cells = [
            _name(one),
            str(one["asked"]),
            _share(own.get("coverage")),
            f"**{_ends(own, 'misled_rate')}**" if "misled_rate" in own else "–",
            *(_at_coverage(one, name) for name in ("dense", "hybrid")),
            _best_peer(one),
            _share(own.get("help_rate")),
            _share(own.get("honest_abstention")),
        ]
        yield f"| {' | '.join(cells)} |"
    yield ""
    yield (
        "Wrong is the share of answers whose first memory the case did not call for, for the others in as many of "
        f"their surest answers ({KEY}). {_drawn(figures)}"
    )


def standing(figures: Figures) -> Lines:
    """Where telltale is not better."""
    found = [line for one in figures["sets"] for line in one["not_better"]]
    if not found:
        yield "On every set telltale is wrong less than every other way, in as many answers as it gives."
        return
    yield f"Where telltale is **not** better than every other way ({len(found)} of {len(figures['sets'])} sets):"
    yield ""
    yield from (f"- {line}" for line in found)


def peers(figures: Figures) -> Lines:
    """Every way on every set, at its own setting."""
    heads = ("coverage", "misled", "helped", "honest abstention", "coverage at 5 % wrong", "AURC", "p50 ms")
    names = ("coverage", "misled_rate", "help_rate", "honest_abstention", "coverage_at_5", "aurc")
    for one in figures["sets"]:
        yield f"| {_name(one)} | asked | {' | '.join(heads)} |"
        yield "|---" * (2 + len(heads)) + "|"
        for name, told in one["strategies"].items():
            if not told.get("unavailable"):
                shown = f"**{name}**" if name == REFERENCE else name
                time = f"{told['p50_ms']:.1f}" if told.get("p50_ms", 0) >= 0.05 else "–"
                yield f"| {shown} | {told['asked']} | {' | '.join(_ends(told, figure) for figure in names)} | {time} |"
        yield ""
    reasons = {f"{name}: {told['unavailable']}" for one in figures["sets"] for name, told in _blank(one)}
    yield from (f"- Blank: {reason}" for reason in sorted(reasons))
    if reasons:
        yield ""
    yield _drawn(figures)


def sets(figures: Figures) -> Lines:
    """telltale on every set, and what is wrong in as many answers."""
    yield (
        "| set | remembered, asked | prior | AURC | answered | misled, of answers | helped | honest | "
        "wrong at its coverage: dense, lexical, hybrid | copycat gains: telltale, best other | calibration error |"
    )
    yield "|---" * 11 + "|"
    for one in figures["sets"]:
        own = one["strategies"][REFERENCE]
        cells = [
            _name(one),
            f"{one['remembered']}, {one['asked']}",
            str(one["prior"]),
            _ends(own, "aurc"),
            _share(own.get("coverage")),
            _ends(own, "misled_rate"),
            _share(own.get("help_rate")),
            _share(own.get("honest_abstention")),
            ", ".join(_at_coverage(one, name) for name in ("dense", "lexical", "hybrid")),
            _gains(one),
            _short(own.get("calibration_error")),
        ]
        yield f"| {' | '.join(cells)} |"
    yield ""
    yield _drawn(figures)


def planted(figures: Figures) -> Lines:
    """What planted look-alikes do to an agent that copies."""
    known = [one for one in figures["sets"] if one.get("distraction")]
    if not known:
        yield "Not measured in this run."
        return
    many = ", ".join(map(str, known[0]["distraction"]["planted"]))
    yield f"| set | agent | success with {many} planted | misled | words in the prompt |"
    yield "|---" * 5 + "|"
    for one in known:
        for name, told in one["distraction"]["strategies"].items():
            lines = [" ".join(map(_short, told[figure])) for figure in ("success", "misled")]
            words = " ".join(f"{value:.0f}" for value in told["words"])
            yield f"| {_name(one)} | {name} | {' | '.join(lines)} | {words} |"


REGIONS: Mapping[str, Callable[[Figures], Lines]] = {
    "summary": summary,
    "standing": standing,
    "peers": peers,
    "sets": sets,
    "planted": planted,
}
MARKS = {"better": "", "worse": " ▼", "cannot be told apart": " ="}
KEY = "= cannot be told apart from telltale, ▼ is wrong less than it"


def _at_coverage(one: Figures, name: str) -> str:
    told = one["paired"].get(name, {}).get("risk_at_coverage")
    return "–" if told is None or told["second"] is None else _short(told["second"]) + MARKS[told["word"]]


def _best_peer(one: Figures) -> str:
    """The peer that is wrong least there."""
    known = [(one["paired"][name]["risk_at_coverage"]["second"], name) for name in PEERS if name in one["paired"]]
    best = min((pair for pair in known if pair[0] is not None), default=None)
    return "–" if best is None else f"{_at_coverage(one, best[1])} {best[1]}"


def _gains(one: Figures) -> str:
    others = {
        name: told["gain"] for name, told in one["strategies"].items() if name in one["paired"] and "gain" in told
    }
    best = max(others, key=lambda name: others[name], default=None)
    own = one["strategies"][REFERENCE].get("gain")
    return f"{own:+.3f}, " + ("–" if best is None else f"{others[best]:+.3f} {best}")


def _blank(one: Figures) -> Iterator[tuple[str, Figures]]:
    yield from ((name, told) for name, told in one["strategies"].items() if told.get("unavailable"))


def _drawn(figures: Figures) -> str:
    """What was measured with what, in a sentence."""
    about = figures["about"]
    machine = about["machine"]
    versions = ", ".join(f"{name} {number}" for name, number in about["versions"].items())
    priors = {one["prior"] for one in figures["sets"]}
    begun = f"memories start from a prior {priors.pop()}" if len(priors) == 1 else PRIORS
    return (
        f"{about['date']}, seed {about['seed']}, {begun}; {machine['system']} {machine['kind']}, {machine['cores']} "
        f"cores; {versions}. `{about['command']}`"
    )


PRIORS = "each set's memories start from a prior that was fitted on memory rows of the other folders alone"


def _name(one: Figures) -> str:
    return str(one["name"]).removesuffix(".jsonl").removesuffix("/cases")


def _ends(told: Figures, figure: str) -> str:
    """A figure and its interval."""
    if figure not in told:
        return "–"
    ends = told["intervals"].get(figure)
    return _short(told[figure]) + (f" ({_short(ends[0])} to {_short(ends[1])})" if ends else "")


def _share(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}"


def _short(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


if __name__ == "__main__":
    main()
