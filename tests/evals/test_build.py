"""Cases out of a real memory: what may stand on which side, and what gives an answer away."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

import telltale
from telltale import AgentMemory, BadArgument
from telltale.evals.build import Built, build, groups
from telltale.evals.cases import load_cases
from telltale.evals.command import evaluate
from telltale.evals.leaks import leaks
from telltale.memory.types import Episode

NAMES = ("refund", "resend", "exchange", "insure", "cancel", "upgrade", "repair", "invoice", "rent", "donate")
THINGS = ("lamp", "chair", "kettle", "phone", "tent", "bicycle", "piano", "sofa", "radio", "clock")
CITIES = ("Oslo", "Lima", "Cairo", "Perth", "Quito", "Turin", "Kyoto", "Dakar", "Minsk", "Sofia")
OWNERS = ("Ann", "Bo", "Cem", "Dora", "Eli", "Fay", "Gus", "Hal", "Ida", "Jon", "Kay")


def rows() -> Iterator[dict[str, Any]]:
    """A day each: a hundred tasks of ten procedures, no two alike."""
    for day in range(100):
        name, thing, city = NAMES[day % 10], THINGS[(day // 10 + day) % 10], CITIES[(3 * day + day // 10) % 10]
        text = f"{name} the {thing} that {OWNERS[day % 11]} sent to {city} with order {1000 + 7 * day}"
        yield {"id": f"r{day}", "text": text, "plan": name, "split": "memory", "time": 1_700_000_000 + 86_400 * day}


def remembered(folder: Path, given: Sequence[dict[str, Any]]) -> AgentMemory:
    file = folder / "given.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in given), encoding="utf-8")
    memory = telltale.open(folder / "store")
    memory.ingest([file])
    return memory


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    with remembered(tmp_path_factory.mktemp("built"), list(rows())) as memory:
        return build(memory, seed=1)


def sides(built: Built) -> tuple[list[Any], list[Any]]:
    return [[row for row in built.rows if row["split"] == side] for side in ("memory", "query")]  # type: ignore[return-value]


def test_everything_that_is_asked_is_newer_than_everything_that_is_remembered(built: Built) -> None:
    old = {row["text"]: row["time"] for row in rows()}
    memory, queries = sides(built)
    assert built.by_time
    assert max(old[row["text"]] for row in memory) < min(old[row["text"]] for row in queries)


def test_a_procedure_that_is_held_out_is_nowhere_in_the_memory_and_gives_novel_cases(built: Built) -> None:
    memory, queries = sides(built)
    assert built.held_out
    assert not {row["plan"] for row in memory} & set(built.held_out)
    assert {row["plan"] for row in queries if not row["has_match"]} <= set(built.held_out)
    assert built.novel >= 0.2 * len(queries)


def test_nothing_of_a_query_but_its_task_and_its_answer_is_written(built: Built) -> None:
    _, queries = sides(built)
    assert {name for row in queries for name in row} == {"id", "text", "context", "plan", "split", "has_match"}


def test_built_cases_are_a_case_file(built: Built, tmp_path: Path) -> None:
    path = tmp_path / "cases.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in built.rows), encoding="utf-8")
    cases = load_cases(path)
    assert len(cases.memory) + len(cases.queries) == len(built.rows)


def test_the_same_seed_gives_the_same_cases_and_another_seed_holds_out_others(tmp_path: Path) -> None:
    with remembered(tmp_path, list(rows())) as memory:
        assert build(memory, seed=1) == build(memory, seed=1)
        assert len({build(memory, seed=seed).held_out for seed in range(4)}) > 1


def test_a_task_like_one_that_is_remembered_is_not_asked_about(tmp_path: Path) -> None:
    given = list(rows())
    twin = {**given[99], "id": "twin", "text": given[0]["text"] + " please", "plan": given[0]["plan"]}
    with remembered(tmp_path, [*given[:99], twin]) as memory:
        found = next(one for seed in range(9) if "refund" not in (one := build(memory, seed=seed)).held_out)
    assert twin["text"] not in {row["text"] for row in sides(found)[1]}
    assert found.alike >= 1


def test_tasks_of_one_trace_and_chains_of_likenesses_are_one_group() -> None:
    words = list("abcdefghijklmnopqrst")
    chain = [" ".join(words[at : at + 16]) for at in range(4)]  # each like the next, the first not like the last
    told = [Episode(text=text, id=text) for text in chain]
    other = [Episode(text="x", id="1", trace_id="t"), Episode(text="y", id="2", trace_id="t")]
    found = groups([*told, *other])
    assert len(set(found[:4])) == len(set(found[4:])) == 1
    assert len(set(found)) == 2


def test_failures_are_remembered_as_such_and_never_asked_about(tmp_path: Path) -> None:
    given = [{**row, "success": day % 4 != 0} for day, row in enumerate(rows())]
    with remembered(tmp_path, given) as memory:
        found = build(memory)
    failed = {row["text"] for row in given if not row["success"]}
    memory_rows, queries = sides(found)
    assert not failed & {row["text"] for row in queries}
    assert {row["success"] for row in memory_rows if row["text"] in failed} == {False}
    assert found.failed > 0


def test_without_times_chance_decides_and_it_says_so(tmp_path: Path) -> None:
    given = [{name: value for name, value in row.items() if name != "time"} for row in rows()]
    with remembered(tmp_path, given) as memory:
        assert not build(memory).by_time


def test_a_memory_that_is_too_small_is_refused_with_what_it_lacks(tmp_path: Path) -> None:
    with remembered(tmp_path, list(rows())[:1]) as memory, pytest.raises(BadArgument, match="say how they ended"):
        build(memory)


@pytest.mark.parametrize("share", [0.0, 1.0, -1.0])
def test_a_share_of_nothing_or_everything_is_refused(share: float, tmp_path: Path) -> None:
    with remembered(tmp_path, []) as memory, pytest.raises(BadArgument, match="newer"):
        build(memory, newer=share)


def test_an_order_number_alone_makes_no_other_task() -> None:
    told = [Episode(text=f"Refund order {number}", id=str(number)) for number in (1, 2)]
    assert len(set(groups(told))) == 1


def test_the_command_builds_cases_that_hold_no_copies_and_says_what_they_are(tmp_path: Path) -> None:
    with remembered(tmp_path, list(rows())):
        pass
    to, out = tmp_path / "cases.jsonl", tmp_path / "built.json"
    ran = CliRunner().invoke(
        evaluate, ["build", "--store", str(tmp_path / "store"), "--to", str(to), "--json", str(out)]
    )
    assert ran.exit_code == 0, ran.output
    assert "few queries have a match" in ran.output
    found, told = leaks(load_cases(to)), json.loads(out.read_text("utf-8"))
    assert (told["queries"], told["without_a_match"], told["leaks"]["clean"]) == (
        found.queries, found.queries - found.matched, found.clean,
    )  # fmt: skip
    assert found.exact_copies == found.near_copies == 0
    assert [file.name for file in tmp_path.iterdir() if "half" in file.name] == []


def test_a_folder_that_is_not_there_is_refused_before_the_work(tmp_path: Path) -> None:
    ran = CliRunner().invoke(
        evaluate, ["build", "--to", str(tmp_path / "cases.jsonl"), "--json", "/nowhere/at/all.json"]
    )
    assert isinstance(ran.exception, BadArgument)
    assert "--json" in str(ran.exception)
