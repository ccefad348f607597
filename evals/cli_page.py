"""``telltale eval page``: a page of results that are there already. Parses, reads, writes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from .options import TO_WRITE, refuse_a_missing_folder


@click.command("page")
@click.argument("results", metavar="RESULTS", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--html", "page", type=TO_WRITE, required=True, help="Write the page to this file.")
@click.option(
    "--beside",
    "others",
    type=click.Path(path_type=Path, dir_okay=False),
    multiple=True,
    help="JSON of the stress tests or of a stream of tickets, to stand beside it; repeatable.",
)
def page(*, results: Path, page: Path, others: Sequence[Path]) -> None:
    """Draw the page of RESULTS, a file that `telltale eval --json` wrote, once more. Measures nothing."""
    from .page import html
    from .page_beside import section_of
    from .results import read_results

    refuse_a_missing_folder("--html", page)
    page.write_text(html(read_results(results), [section_of(other) for other in others]), encoding="utf-8")
