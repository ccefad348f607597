"""Case files are read strictly, sampled as documented, and their answers never reach a strategy."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any

import pytest

from telltale import BadArgument
from telltale.evals.answers import Answer
from telltale.evals.cases import Sample, Truth, draw, load_cases
from telltale.evals.run import evaluate
from telltale.evals.strategies import Experience
from telltale.memory.types import Case

MEMORY: dict[str, Any] = {
    "text": "send the parcel back",
    "context": {"via": "post"},
    "plan": "return",
    "split": "memory",
}
QUERY: dict[str, Any] = {
    "text": "return the lamp",
    "context": {"via": "shop"},
    "plan": "return",
    "split": "query",
    "has_match": True,
}


def written(folder: Path, *rows: Mapping[str, Any] | str) -> Path:
    path = folder / "cases.jsonl"
    path.write_text("\n".join(row if isinstance(row, str) else json.dumps(row) for row in rows), encoding="utf-8")
    return path


def numbered(kind: Mapping[str, Any], count: int) -> list[dict[str, Any]]:
    return [{**kind, "id": f"{kind['split']}-{i}", "text": f"{kind['text']} {i}"} for i in range(count)]


def drawn(folder: Path, *rows: Mapping[str, Any]) -> Sample:
    return draw(load_cases(written(folder, *rows)), memory=100, queries=100, seed=0)


@pytest.mark.parametrize(
    ("row", "complaint"),
    [
        ("{", "not a JSON object a line"),
        ("[1]", "found list, expected a JSON object"),
        ('{"text": "a", "text": "b"}', "'text' stands twice"),
        ('{"text": "a", "weight": NaN}', "NaN is not JSON"),
        ({"plan": "x"}, "field 'text' is None, expected the task in words"),
        ({**MEMORY, "text": " "}, "field 'text'"),
        ({**MEMORY, "context": "chat"}, "field 'context' is 'chat', expected an object or null"),
        ({**MEMORY, "plan": 3}, "field 'plan'"),
        ({**MEMORY, "plans": "x"}, "field 'plans'"),
        ({**MEMORY, "split": "train"}, "field 'split' is 'train'"),
        ({**MEMORY, "success": "yes"}, "field 'success'"),
    ],
)
def test_a_row_that_is_no_case_is_named_with_its_line(tmp_path: Path, row: Any, complaint: str) -> None:
    with pytest.raises(BadArgument, match="line 2: ") as caught:
        load_cases(written(tmp_path, MEMORY, row, QUERY))
    assert complaint in str(caught.value)


def test_bytes_that_are_not_utf8_are_named_with_their_line(tmp_path: Path) -> None:
    path = tmp_path / "cases.jsonl"
    path.write_bytes(json.dumps(MEMORY).encode() + b'\n{"text": "caf\xe9"}\n')
    with pytest.raises(BadArgument, match="line 2: not UTF-8"):
        load_cases(path)


def test_a_file_needs_both_kinds_of_rows_and_has_to_be_there(tmp_path: Path) -> None:
    with pytest.raises(BadArgument, match="no query rows"):
        load_cases(written(tmp_path, MEMORY))
    with pytest.raises(BadArgument, match="no memory rows"):
        load_cases(written(tmp_path, QUERY))
    with pytest.raises(BadArgument, match="cannot be read"):
        load_cases(tmp_path / "absent.jsonl")


def test_an_id_used_twice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadArgument, match="the id 'a' stands in 2 rows"):
        load_cases(written(tmp_path, {**MEMORY, "id": "a"}, {**QUERY, "id": "a"}))


def test_memory_is_sampled_first_and_queries_from_the_same_generator(tmp_path: Path) -> None:
    memory, queries = numbered(MEMORY, 9), numbered(QUERY, 7)
    sample = draw(load_cases(written(tmp_path, *queries, *memory)), memory=4, queries=5, seed=3)
    rng = random.Random(3)
    assert [row["id"] for row in sample.memory] == [row["id"] for row in rng.sample(memory, 4)]
    assert [case.text for case in sample.cases] == [row["text"] for row in rng.sample(queries, 5)]


def test_a_row_without_a_split_is_memory(tmp_path: Path) -> None:
    sample = drawn(tmp_path, {"text": "wrap the gift", "plan": "wrap"}, QUERY)
    assert [row["text"] for row in sample.memory] == ["wrap the gift"]


def test_a_match_is_counted_against_the_sampled_memory_and_never_a_failure(tmp_path: Path) -> None:
    failed = {**MEMORY, "plan": "exchange", "success": False}
    asked = [{**QUERY, "plan": plan, "has_match": True} for plan in ("return", "exchange", "refund")]
    by_plan = {next(iter(truth.plans)): truth.has_match for truth in drawn(tmp_path, MEMORY, failed, *asked).truths}
    assert by_plan == {"return": True, "exchange": False, "refund": False}


def test_a_list_of_plans_goes_before_the_plan(tmp_path: Path) -> None:
    (truth,) = drawn(tmp_path, MEMORY, {**QUERY, "plans": ["return", "refund"], "plan": "other"}).truths
    assert (truth.plans, truth.has_match) == (frozenset({"return", "refund"}), True)


def test_a_query_whose_plan_is_null_has_no_match(tmp_path: Path) -> None:
    (truth,) = drawn(tmp_path, MEMORY, {**QUERY, "plan": None}).truths
    assert (truth.plans, truth.has_match) == (frozenset(), False)


def test_only_the_fields_of_a_past_episode_are_remembered(tmp_path: Path) -> None:
    sample = drawn(tmp_path, {**MEMORY, "steps": ["go"], "has_match": True, "source": "a", "domain": "b"}, QUERY)
    assert [dict(row) for row in sample.memory] == [{**MEMORY, "steps": ["go"]}]


class Listener:
    """A strategy that keeps whatever it is given."""

    name = "listener"

    def __init__(self) -> None:
        self.heard: list[Any] = []

    def prepare(self, experience: Experience) -> None:
        self.heard.append(experience.rows)

    def answer(self, case: Case) -> Answer:
        self.heard.append(case)
        return Answer()


def test_no_field_of_a_query_but_text_and_context_survives(tmp_path: Path) -> None:
    """Every other field of a query is part of its answer; each is planted here with a word to listen for."""
    fields = ("id", "plan", "source", "plan_exact", "steps", "actions", "sql", "template", "tools", "command", "domain")
    planted = {**QUERY, **{name: f"canary-{name}" for name in fields}, "plans": ["canary-plans"]}
    listener = Listener()
    evaluate(drawn(tmp_path, MEMORY, planted), [listener])
    cases = [heard for heard in listener.heard[1:] if heard.text != "anything at all"]
    assert cases == [Case(text=QUERY["text"], context=QUERY["context"])]
    assert all(type(heard) is Case for heard in listener.heard[1:])
    assert "canary" not in repr(listener.heard)


class Thief:
    """A strategy that keeps all that it is handed, to be searched."""

    name = "thief"

    def __init__(self) -> None:
        self.given: list[Any] = []

    def prepare(self, experience: Experience) -> None:
        assert experience.memory, "what it leads to is looked at as well"
        self.given.append(experience)

    def answer(self, case: Case) -> Answer:
        self.given.append(case)
        return Answer()


def reachable(start: Any) -> list[Any]:
    """All that attributes, public and private, and containers lead to from ``start``."""
    seen: dict[int, Any] = {}
    ahead = [start]
    while ahead:
        one = ahead.pop()
        if id(one) in seen or isinstance(one, type | ModuleType | FunctionType):
            continue
        seen[id(one)] = one
        ahead += [getattr(one, name, None) for name in getattr(type(one), "__slots__", ()) if isinstance(name, str)]
        ahead += getattr(one, "__dict__", {}).values()
        ahead += [*one.keys(), *one.values()] if isinstance(one, Mapping) else []
        ahead += list(one) if isinstance(one, list | tuple | set | frozenset) else []
    return list(seen.values())


def test_no_strategy_can_reach_an_answer_through_what_it_is_given(tmp_path: Path) -> None:
    planted = {**QUERY, "plan": "canary-plan", "source": "canary-source", "plans": ["canary-plans"]}
    thief = Thief()
    evaluate(drawn(tmp_path, MEMORY, planted), [thief])
    found = reachable(thief.given)
    texts = [one for one in found if isinstance(one, str)]
    assert MEMORY["text"] in texts
    assert not any(isinstance(one, Truth | Sample) for one in found)
    assert not any("canary" in text for text in texts)
