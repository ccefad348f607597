"""Public questions to case files, byte for byte the same for the same originals. Reads no file and asks nobody.

Each converter takes the originals as bytes, in the order in which ``originals.py`` names them, and gives the case files
by name.
"""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from .case_rows import Files, as_json_lines, case_row, matched, read_json_lines

# The intents that BANKING77-OOS takes out (jianguoz/Few-Shot-Intent-Detection, commit fa95533).
OUT_OF_SCOPE = {
    *("age_limit", "atm_support", "card_acceptance", "card_delivery_estimate", "card_not_working", "card_swallowed"),
    *("compromised_card", "contactless_not_working", "exchange_rate", "get_disposable_virtual_card"),
    *("get_physical_card", "getting_virtual_card", "lost_or_stolen_card", "passcode_forgotten", "pin_blocked"),
    *("receiving_money", "terminate_account", "top_up_by_bank_transfer_charge", "top_up_by_card_charge"),
    *("top_up_by_cash_or_cheque", "top_up_limits", "topping_up_by_card", "transfer_into_account"),
    *("unable_to_verify_identity", "verify_my_identity", "verify_source_of_funds", "virtual_card_not_working"),
}
_PER_INTENT = 10  # of CLINC150's twenty validation rows an intent, to remember


def banking77(train: bytes, test: bytes) -> Files:
    """``train.csv`` and ``test.csv``: text and intent. The second file has 27 intents without a past."""
    remembered = list(_banking(train, "train", "memory"))
    asked = list(_banking(test, "test", "query"))
    known = [row for row in remembered if row["plan"] not in OUT_OF_SCOPE]
    novel = [row if row["plan"] not in OUT_OF_SCOPE else _without_a_past(row) for row in asked]
    return {
        "cases.jsonl": as_json_lines(matched(remembered + asked)),
        "cases_oos.jsonl": as_json_lines(matched(known + novel)),
    }


def _banking(raw: bytes, part: str, split: str) -> Iterator[dict[str, Any]]:
    for number, row in enumerate(csv.DictReader(io.StringIO(raw.decode("utf-8"), newline=""))):
        text, plan = row["text"].strip(), row["category"]
        yield case_row(f"banking77-{part}-{number}", text, None, plan, split, f"banking_data/{part}.csv")


def _without_a_past(row: Mapping[str, Any]) -> dict[str, Any]:
    return {**row, "plan": None, "held_out_intent": row["plan"]}


def clinc150(full: bytes, domains: bytes) -> Files:
    """``data_full.json`` and ``domains.json``: the validation part, and its out-of-scope rows."""
    given = json.loads(full)
    domain_of = {intent: domain for domain, intents in json.loads(domains).items() for intent in intents}
    seen: Counter[str] = Counter()
    rows = []
    for part, number, (text, intent) in _numbered(given, ("val", "oos_val")):
        plan = None if intent == "oos" else intent
        split = "memory" if plan and seen[plan] < _PER_INTENT else "query"
        seen[intent] += 1
        row = case_row(f"clinc-val-{number}", text, None, plan, split, f"data_full.json:{part}")
        rows.append({**row, "domain": domain_of.get(intent)})
    return {"cases.jsonl": as_json_lines(matched(rows))}


def _numbered(given: Mapping[str, Any], parts: Iterable[str]) -> Iterator[tuple[str, int, Any]]:
    number = 0
    for part in parts:
        for row in given[part]:
            yield part, number, row
            number += 1


def limit(corpus: bytes, queries: bytes, qrels: bytes) -> Files:
    """LIMIT-small as it comes, and each query with its two documents as plans."""
    folder = "data/limit-small"
    right: dict[str, list[str]] = {}
    for row in read_json_lines(qrels):
        right.setdefault(row["query-id"], []).append(row["corpus-id"])
    rows = [
        case_row(f"limit-doc-{number}", row["text"], None, row["_id"], "memory", f"{folder}/corpus.jsonl")
        for number, row in enumerate(read_json_lines(corpus))
    ]
    for row in read_json_lines(queries):
        plans = right[row["_id"]]
        asked = case_row(f"limit-{row['_id']}", row["text"], None, plans[0], "query", f"{folder}/queries.jsonl")
        rows.append({**{k: asked[k] for k in ("id", "text", "context", "plan")}, "plans": plans} | asked)
    given = {"corpus.jsonl": corpus, "queries.jsonl": queries, "qrels.jsonl": qrels}
    return {"cases.jsonl": as_json_lines(matched(rows)), **given}
