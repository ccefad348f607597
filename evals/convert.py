"""Public originals to case files, byte for byte the same for the same originals. Reads no file and asks nobody.

Each converter takes the originals as bytes, in the order in which ``originals.py`` names them, and gives the case files
by name.
"""

from __future__ import annotations

import ast
import csv
import io
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

Rows = list[dict[str, Any]]
Files = dict[str, bytes]

# The intents that BANKING77-OOS takes out (jianguoz/Few-Shot-Intent-Detection, commit fa95533).
OUT_OF_SCOPE = {
    *("age_limit", "atm_support", "card_acceptance", "card_delivery_estimate", "card_not_working", "card_swallowed"),
    *("compromised_card", "contactless_not_working", "exchange_rate", "get_disposable_virtual_card"),
    *("get_physical_card", "getting_virtual_card", "lost_or_stolen_card", "passcode_forgotten", "pin_blocked"),
    *("receiving_money", "terminate_account", "top_up_by_bank_transfer_charge", "top_up_by_card_charge"),
    *("top_up_by_cash_or_cheque", "top_up_limits", "topping_up_by_card", "transfer_into_account"),
    *("unable_to_verify_identity", "verify_my_identity", "verify_source_of_funds", "virtual_card_not_working"),
}
READ_ONLY = {
    *("calculate", "find_user_id_by_email", "find_user_id_by_name_zip", "get_order_details", "get_product_details"),
    *("get_user_details", "list_all_product_types", "think"),
}  # tools of the shop that change nothing
_NO_WRITE = "(no write action)"
_PER_INTENT = 10  # of CLINC150's twenty validation rows an intent, to remember


def banking77(train: bytes, test: bytes) -> Files:
    """``train.csv`` and ``test.csv``: text and intent. The second file has 27 intents without a past."""
    remembered = list(_banking(train, "train", "memory"))
    asked = list(_banking(test, "test", "query"))
    known = [row for row in remembered if row["plan"] not in OUT_OF_SCOPE]
    novel = [row if row["plan"] not in OUT_OF_SCOPE else _without_a_past(row) for row in asked]
    return {"cases.jsonl": _lines(_matched(remembered + asked)), "cases_oos.jsonl": _lines(_matched(known + novel))}


def _banking(raw: bytes, part: str, split: str) -> Iterator[dict[str, Any]]:
    for number, row in enumerate(csv.DictReader(io.StringIO(raw.decode("utf-8"), newline=""))):
        text, plan = row["text"].strip(), row["category"]
        yield _row(f"banking77-{part}-{number}", text, None, plan, split, f"banking_data/{part}.csv")


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
        row = _row(f"clinc-val-{number}", text, None, plan, split, f"data_full.json:{part}")
        rows.append({**row, "domain": domain_of.get(intent)})
    return {"cases.jsonl": _lines(_matched(rows))}


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
    for row in _json_lines(qrels):
        right.setdefault(row["query-id"], []).append(row["corpus-id"])
    rows = [
        _row(f"limit-doc-{number}", row["text"], None, row["_id"], "memory", f"{folder}/corpus.jsonl")
        for number, row in enumerate(_json_lines(corpus))
    ]
    for row in _json_lines(queries):
        plans = right[row["_id"]]
        asked = _row(f"limit-{row['_id']}", row["text"], None, plans[0], "query", f"{folder}/queries.jsonl")
        rows.append({**{k: asked[k] for k in ("id", "text", "context", "plan")}, "plans": plans} | asked)
    given = {"corpus.jsonl": corpus, "queries.jsonl": queries, "qrels.jsonl": qrels}
    return {"cases.jsonl": _lines(_matched(rows)), **given}


def tau_retail(train: bytes, dev: bytes, test: bytes) -> Files:
    """The three task files of tau-bench, which are Python: read as literals, never run."""
    parts = (("train", train, "memory"), ("dev", dev, "query"), ("test", test, "query"))
    rows = [_shop(part, number, task, split) for part, raw, split in parts for number, task in enumerate(_tasks(raw))]
    return {"cases.jsonl": _lines(_matched(rows))}


def _shop(part: str, number: int, task: Mapping[str, Any], split: str) -> dict[str, Any]:
    actions = [{"name": action["name"], "arguments": action["kwargs"]} for action in task["actions"]]
    names = [action["name"] for action in actions]
    writes = [name for name in names if name not in READ_ONLY]
    counts = sorted(Counter(writes).items())
    plan = " + ".join(f"{name} x{times}" if times > 1 else name for name, times in counts) or _NO_WRITE
    source = f"tau_bench/envs/retail/tasks_{part}.py"
    row = _row(f"tau-retail-{part}-{number}", task["instruction"], {"user_id": task["user_id"]}, plan, split, source)
    told = {"plan_ordered": " > ".join(writes), "plan_full": " > ".join(names)}
    return row | told | {"actions": actions, "outputs": task["outputs"]}


def _tasks(raw: bytes) -> Iterator[dict[str, Any]]:
    """The tasks of the module's one list: ``Task(name=literal, actions=[Action(name=literal), ...])``."""
    lists = [node.value for node in ast.parse(raw).body if isinstance(node, (ast.Assign, ast.AnnAssign))]
    (tasks,) = [node for node in lists if isinstance(node, ast.List)]
    for task in tasks.elts:
        yield _called(task)


def _called(node: ast.expr) -> Any:
    """A task's or an action's keywords by name, a list's elements, or a literal; ``ValueError`` for anything else."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in {"Task", "Action"}:
        return {keyword.arg: _called(keyword.value) for keyword in node.keywords}
    if isinstance(node, ast.List):
        return [_called(element) for element in node.elts]
    return ast.literal_eval(node)


def _row(id_: str, text: str, context: Any, plan: str | None, split: str, source: str) -> dict[str, Any]:  # noqa: PLR0917
    return {"id": id_, "text": text, "context": context, "plan": plan, "split": split, "source": source}


def _matched(rows: Sequence[dict[str, Any]]) -> Rows:
    """Each query with whether the memory holds its plan."""
    known = {row["plan"] for row in rows if row["split"] == "memory"}
    return [row if row["split"] == "memory" else {**row, "has_match": row["plan"] in known} for row in rows]


def _json_lines(raw: bytes) -> list[Any]:
    return [json.loads(line) for line in raw.decode("utf-8").splitlines() if line.strip()]


def _lines(rows: Iterable[Mapping[str, Any]]) -> bytes:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode("utf-8")
