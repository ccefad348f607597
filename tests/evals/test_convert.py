"""Public originals, rebuilt as far as case files tell: the converters give those files again, byte for byte."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from telltale.evals import convert, convert_homes, convert_shop, convert_sql
from telltale.evals.case_rows import Files
from telltale.evals.originals import ORIGINALS


def rows_of(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def proven(name: str, made: Files) -> bool:
    return all(sha256(made[file]).hexdigest() == digest for file, digest in ORIGINALS[name].sha256.items())


def test_limit_is_converted_to_the_published_file(shared_data: Path) -> None:
    folder = shared_data / "limit_small"
    given = [(folder / name).read_bytes() for name in ("corpus.jsonl", "queries.jsonl", "qrels.jsonl")]
    assert proven("limit", convert.limit(*given))


def test_banking77_is_converted_to_the_published_files(shared_data: Path) -> None:
    rows = rows_of(shared_data / "banking77" / "cases.jsonl")

    def table(split: str) -> bytes:
        text = io.StringIO(newline="")
        csv.writer(text).writerows(
            [("text", "category"), *((row["text"], row["plan"]) for row in rows if row["split"] == split)]
        )
        return text.getvalue().encode()

    assert proven("banking77", convert.banking77(table("memory"), table("query")))


def test_clinc150_is_converted_to_the_published_file(shared_data: Path) -> None:
    rows = rows_of(shared_data / "clinc150_val" / "cases.jsonl")
    full: dict[str, list[list[str]]] = {"val": [], "oos_val": []}
    domains: dict[str, list[str]] = {}
    for row in rows:
        full[row["source"].partition(":")[2]].append([row["text"], row["plan"] or "oos"])
        if row["plan"]:
            domains.setdefault(row["domain"], []).append(row["plan"])
    assert proven("clinc150", convert.clinc150(json.dumps(full).encode(), json.dumps(domains).encode()))


def test_the_shops_tasks_are_read_from_python_without_running_it(shared_data: Path) -> None:
    rows, newer = (rows_of(shared_data / "tau_retail" / name) for name in ("cases.jsonl", "tau2_cases.jsonl"))

    def task(row: dict[str, Any]) -> str:
        actions = ", ".join("Action(name={name!r}, kwargs={arguments!r})".format(**one) for one in row["actions"])
        said = f"user_id={row['context']['user_id']!r}, instruction={row['text']!r}, outputs={row['outputs']!r}"
        return f"Task({said}, actions=[{actions}])"

    def module(part: str) -> bytes:
        tasks = ", ".join(task(row) for row in rows if f"-{part}-" in row["id"])
        return f"from tau_bench.types import Task\nTASKS = [{tasks}]\n".encode()

    tasks = json.dumps([tau2_task(row) for row in newer]).encode()
    split = json.dumps({"train": remembered(newer)}).encode()
    train, dev, test = map(module, ("train", "dev", "test"))
    assert proven("tau_retail", convert_shop.tau_retail(train, dev, test, tasks, split))
    with pytest.raises(ValueError, match="malformed"):
        convert_shop.tau_retail(b"TASKS = [Task(instruction=open('/etc/passwd').read())]", b"T = []", b"", b"", b"")


def tau2_task(row: dict[str, Any]) -> dict[str, Any]:
    """The task's text in two parts, as the scenario has it in four, and its actions as they are published."""
    first, _, rest = row["text"].partition(". ")
    told = {"reason_for_call": f"{first}.", "known_info": rest, "unknown_info": None, "task_instructions": ""}
    scenario = {"persona": None, "instructions": told if rest else told | {"reason_for_call": row["text"]}}
    actions = [
        {"action_id": "0", "info": None, **{name: one[name] for name in ("name", "arguments")}}
        for one in row["actions"]
    ]
    return {"id": row["id"].split("-")[2], "user_scenario": scenario, "evaluation_criteria": {"actions": actions}}


def remembered(rows: Iterable[dict[str, Any]]) -> list[str]:
    return [row["id"].split("-")[2] for row in rows if row["split"] == "memory"]


def test_alfred_is_converted_to_the_published_file_in_whatever_order_it_comes(shared_data: Path) -> None:
    trials: dict[str, list[dict[str, Any]]] = {}
    for row in rows_of(shared_data / "alfred" / "cases.jsonl"):
        trials.setdefault(row["source"], []).append(row)
    given = [(path, json.dumps(trial(rows)).encode()) for path, rows in trials.items()]
    elsewhere = [("data/json_2.1.0/tests_seen/x/traj_data.json", b"{}")]
    assert proven("alfred", convert_homes.alfred([*elsewhere, *reversed(given)]))


def trial(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """A trial as ``traj_data.json`` has it, without its pictures and places."""
    plan, _, things = rows[0]["plan_exact"].rstrip(")").partition("(")
    named, sliced = things.split(","), plan.endswith("+slice")
    place = "toggle_target" if plan.startswith("look_at") else "parent_target"
    params = {"object_target": named[0], "object_sliced": sliced, "mrecep_target": "", place: named[-1]}
    params = {"toggle_target": "", "parent_target": ""} | params | ({"mrecep_target": named[1]} if named[2:] else {})
    done = [("GotoLocation", ["somewhere"]), *map(action, rows[0]["actions"]), ("NoOp", [])]
    workers = [{"task_desc": f"{row['text']} ", "high_descs": row.get("steps", []), "votes": [1]} for row in rows]
    return {
        "pddl_params": params,
        "plan": {"high_pddl": [{"discrete_action": {"action": name, "args": args}} for name, args in done]},
        "scene": {"floor_plan": rows[0]["context"]["scene"]},
        "task_type": plan.removesuffix("+slice"),
        "turk_annotations": {"anns": [*workers, *workers] if rows[0]["split"] == "memory" else workers},
    }


def action(said: str) -> tuple[str, list[str]]:
    name, _, args = said.rstrip(")").partition("(")
    return name, args.split(",")


def test_alfworld_is_converted_to_the_published_file(shared_data: Path) -> None:
    rows = rows_of(shared_data / "alfworld" / "cases.jsonl")
    episodes = "".join(json.dumps(episode(row)) + "\n" for row in rows if row["split"] == "memory")
    tasks = [listed(place, row) for place, row in enumerate(row for row in rows if row["split"] == "query")]
    assert proven("alfworld", convert_homes.alfworld(episodes.encode(), json.dumps(tasks).encode()))


def game(row: dict[str, Any]) -> str:
    plan, _, things = row["plan_exact"].rstrip(")").partition("(")
    return f"{plan}-{things.replace(',', '-None-')}-7/trial_T2019"


def episode(row: dict[str, Any]) -> dict[str, Any]:
    did = "".join(f"> Think: what now?\n> ActionPath: Start\n> {one}\nNothing happens.\n" for one in row["actions"])
    traj = f"{row['context']['room']}\nYour task is to: {row['text']}\n{did}"
    return {"name": game(row), "result": row["success"], "traj": traj}


def listed(place: int, row: dict[str, Any]) -> dict[str, str]:
    goal = f"{row['context']['room']}\n\nYour task is to: {row['text']}___{place}"
    return {"goal": goal, "gamefile": f"data/alfworld/json_2.1.1/valid_unseen/{game(row)}/game.tw-pddl"}


def test_advising_is_converted_to_the_published_files(shared_data: Path) -> None:
    folder = shared_data / "sql_advising"
    by_plan: dict[str, dict[int, dict[str, Any]]] = {}
    for row in (*rows_of(folder / "cases.jsonl"), *rows_of(folder / "withheld_memory.jsonl")):
        by_plan.setdefault(row["plan"], {})[int(row["id"].split("-")[2])] = row
    given = [template(by_plan[plan]) for plan in sorted(by_plan)]
    assert proven(
        "sql_advising", convert_sql.advising(json.dumps(given).encode(), (folder / "schema.csv").read_bytes())
    )


def template(rows: dict[int, dict[str, Any]]) -> dict[str, Any]:
    """A template with its questions, their values taken out again, and in each gap one that is excluded."""
    first = next(iter(rows.values()))
    excluded = {"question-split": "exclude", "text": "anything", "variables": {}}
    return {
        "query-split": first["query_split"],
        "sentences": [
            {"question-split": row["part"], "text": emptied(row["text"], row["slots"]), "variables": row["slots"]}
            if (row := rows.get(place))
            else excluded
            for place in range(max(rows) + 1)
        ],
        "sql": [f"{first['template']} ;", "SELECT another"],
        "variables": [{"name": name, "example": value} for name, value in examples(first).items()],
    }


def emptied(text: str, slots: dict[str, str]) -> str:
    for name, value in sorted(slots.items(), key=lambda slot: -len(slot[1])):
        text = re.sub(rf"(?<!\w){re.escape(value)}(?!\w)", name, text)
    return text


def examples(row: dict[str, Any]) -> dict[str, str]:
    """What stands in the query where the template has a name: by name, as far as a question's slots do not say."""
    parts = re.split(r"\b([a-z]+\d+)\b", row["template"])
    found = "".join(
        re.escape(part) if place % 2 == 0 else f"(?P={part})" if part in parts[1:place:2] else f"(?P<{part}>.*?)"
        for place, part in enumerate(parts)
    )
    values = re.fullmatch(found, row["sql"])
    assert values
    return values.groupdict()


def test_a_question_that_stood_before_is_left_out_and_a_slot_is_no_part_of_a_word() -> None:
    asked = {"question-split": "train", "text": "Is area1 in area10 ?", "variables": {"area1": "AI", "area10": ""}}
    told = [
        {
            "query-split": "train",
            "sentences": [asked, asked, {**asked, "question-split": "dev", "text": "And area1 ?"}],
            "sql": ['SELECT "area1" , "area10" ;'],
            "variables": [{"name": "area1", "example": "x"}, {"name": "area10", "example": "ML"}],
        }
    ]
    rows = [
        json.loads(line) for line in convert_sql.advising(json.dumps(told).encode(), b"")["cases.jsonl"].splitlines()
    ]
    assert [row["text"] for row in rows] == ["Is AI in area10 ?", "And AI ?"]
    assert rows[0]["sql"] == 'SELECT "AI" , "ML"'
