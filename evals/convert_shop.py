"""The shop's tasks of tau-bench and tau2-bench to case files. Reads no file, asks nobody and runs nothing.

A procedure is which state-changing tools the published ground truth uses, and how often; arguments are left out.
"""

from __future__ import annotations

import ast
import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from .case_rows import Files, as_json_lines, case_row, matched

READ_ONLY = {
    *("calculate", "find_user_id_by_email", "find_user_id_by_name_zip", "get_item_details", "get_order_details"),
    *("get_product_details", "get_user_details", "list_all_product_types", "think"),
}  # tools of the shop that change nothing
SCENARIO = ("reason_for_call", "known_info", "unknown_info", "task_instructions")  # of a tau2 task, as a user tells it
_NO_WRITE = "(no write action)"
_NEWER = "data/tau2/domains/retail/tasks.json"


def tau_retail(train: bytes, dev: bytes, test: bytes, newer: bytes, split: bytes) -> Files:
    """tau-bench's three task files, and tau2's tasks with their published split; the first are Python, never run."""
    parts = (("train", train, "memory"), ("dev", dev, "query"), ("test", test, "query"))
    rows = [_older(part, number, task, side) for part, raw, side in parts for number, task in enumerate(_tasks(raw))]
    remembered = set(json.loads(split)["train"])
    tasks = [_newer(task, "memory" if task["id"] in remembered else "query") for task in json.loads(newer)]
    return {"cases.jsonl": as_json_lines(matched(rows)), "tau2_cases.jsonl": as_json_lines(matched(tasks))}


def _older(part: str, number: int, task: Mapping[str, Any], split: str) -> dict[str, Any]:
    actions = [{"name": action["name"], "arguments": action["kwargs"]} for action in task["actions"]]
    plan, *_ = plans = _plans([action["name"] for action in actions])
    source = f"tau_bench/envs/retail/tasks_{part}.py"
    asked = case_row(
        f"tau-retail-{part}-{number}", task["instruction"], {"user_id": task["user_id"]}, plan, split, source
    )
    return asked | _ordered(plans) | {"actions": actions, "outputs": task["outputs"]}


def _newer(task: Mapping[str, Any], split: str) -> dict[str, Any]:
    told = task["user_scenario"]["instructions"]
    text = " ".join(told[part] for part in SCENARIO if told.get(part)).strip()
    given = (task["evaluation_criteria"] or {}).get("actions") or []
    actions = [
        {"name": one["name"], "arguments": one["arguments"], "requestor": one.get("requestor", "assistant")}
        for one in given
    ]
    plan, *_ = plans = _plans([action["name"] for action in actions])
    asked = case_row(f"tau2-retail-{task['id']}", text, None, plan, split, _NEWER)
    return asked | _ordered(plans) | {"actions": actions}


def _plans(names: Sequence[str]) -> tuple[str, str, str]:
    """What is changed, in no order; in order; and with what is only read."""
    writes = [name for name in names if name not in READ_ONLY]
    counts = sorted(Counter(writes).items())
    plan = " + ".join(f"{name} x{times}" if times > 1 else name for name, times in counts) or _NO_WRITE
    return plan, " > ".join(writes), " > ".join(names)


def _ordered(plans: tuple[str, str, str]) -> dict[str, str]:
    return {"plan_ordered": plans[1], "plan_full": plans[2]}


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
