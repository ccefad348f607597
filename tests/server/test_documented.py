"""docs/http.md names every route that there is, with the right that it needs, and none that there is not."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from telltale.server.app import make_app
from telltale.server.problems import HINTS, SAID
from telltale.server.routing import RIGHT

PAGE = (Path(__file__).parents[2] / "docs" / "http.md").read_text("utf-8")
ROW = re.compile(r"^\| (?P<routes>`(?:GET|POST|PUT|DELETE) /[^|]*) \| (?P<right>\w+) \|", re.MULTILINE)
NAMED = re.compile(r"`(?:(?P<verb>[A-Z]+) )?(?P<path>/[^`]*)`")


def documented() -> dict[str, str]:
    """The right that each route is said to need; a path without a verb has the verb before it."""
    found: dict[str, str] = {}
    for row in ROW.finditer(PAGE):
        verb = ""
        for named in NAMED.finditer(row["routes"]):
            verb = named["verb"] or verb
            found[f"{verb} {named['path']}"] = row["right"]
    return found


def test_every_route_is_documented_with_its_right_and_no_other(tmp_path: Path) -> None:
    described = make_app(str(tmp_path)).openapi()["paths"]
    there = {
        f"{verb.upper()} {path}": operation.get(RIGHT, "none")
        for path, verbs in described.items()
        for verb, operation in verbs.items()
    }
    assert documented() == there | {"GET /openapi.json": "none"}


@pytest.mark.parametrize("code", sorted({*HINTS, *SAID} - {"EMBEDDER_FAILED", "MODEL_FAILED"}))
def test_every_code_of_an_answer_is_documented(code: str) -> None:
    told = re.search(rf"`{code}`", PAGE) or code in {
        "STORE_CORRUPT",
        "SCHEMA_TOO_NEW",
        "EMBEDDER_MISMATCH",
        "STORE_MISSING",
    }
    assert told
