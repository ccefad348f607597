"""Questions to one data base (Advising, text to SQL) to case files. Asks nobody and runs no query.

A procedure is the published query template: equal ones serve with other values in their slots.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from .case_rows import Files, as_json_lines, case_row, matched


def advising(questions: bytes, schema: bytes) -> Files:
    """``advising.json`` with its slots filled; ``advising-schema.csv`` as it comes.

    Templates of the authors' other split's test part are taken out of the memory, into a file of their own.
    """
    rows = list(_rows(json.loads(questions)))
    withheld = [row for row in rows if row["split"] == "memory" and row["query_split"] == "test"]
    ids = {row["id"] for row in withheld}
    kept = [row for row in rows if row["id"] not in ids]
    return {
        "cases.jsonl": as_json_lines(matched(kept)),
        "withheld_memory.jsonl": as_json_lines(withheld),
        "schema.csv": schema,
    }


def _rows(templates: list[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    """A row a question, without those that the authors exclude and without any that stood before."""
    seen: set[str] = set()
    for number, template in enumerate(templates):
        for place, sentence in enumerate(template["sentences"]):
            if sentence["question-split"] == "exclude":
                continue
            row = _row(f"advising-{number}-{place}", f"T{number:03}", template, sentence)
            if row["text"] not in seen:
                seen.add(row["text"])
                yield row


def _row(id_: str, plan: str, template: Mapping[str, Any], sentence: Mapping[str, Any]) -> dict[str, Any]:
    slots = {name: value for name, value in sentence["variables"].items() if value}
    examples = {one["name"]: one["example"] for one in template["variables"]}
    query = template["sql"][0].rstrip(" ;")
    split = "memory" if sentence["question-split"] == "train" else "query"
    text = _filled(sentence["text"], slots)
    return {
        **case_row(id_, text, {"db": "advising"}, plan, split, "data/advising.json"),
        "template": query,
        "sql": _filled(query, {**examples, **slots}),
        "slots": slots,
        "part": sentence["question-split"],
        "query_split": template["query-split"],
    }


def _filled(text: str, values: Mapping[str, str]) -> str:
    if not values:
        return text
    return re.sub(rf"\b({'|'.join(map(re.escape, values))})\b", lambda found: values[found[0]], text)
