"""A model as the agent: what it is asked, what its answers count for, and where it is blank."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from telltale.evals.apart import of_memory_rows
from telltale.evals.asking import Asker, asked
from telltale.evals.cases import CaseFile
from telltale.evals.distract import laid_out
from telltale.evals.model_agent import main, model_agent, points, table
from telltale.evals.model_page import html
from telltale.memory.scripted import ScriptedModel, Told, answered
from telltale.memory.types import Candidate, Case

WORDS = {"refund": "money back for order", "cancel": "stop the order", "move": "send the order elsewhere"}
ROWS = tuple(
    {"id": f"{plan}-{n}", "text": f"{words} number {n}", "plan": plan, "split": "memory"}
    for plan, words in WORDS.items()
    for n in range(12)
)
QUERIES = tuple(
    {"id": f"query-{plan}", "text": f"please, {words} 77", "plan": plan, "split": "query"}
    for plan, words in WORDS.items()
)
FILE = CaseFile(name="made/cases.jsonl", sha256="0", memory=ROWS, queries=QUERIES)
CASE = Case(text="money back for order 9", context={})


@pytest.fixture
def server() -> Iterator[ScriptedModel]:
    model = ScriptedModel(answered('{"procedure": "refund"}'))
    yield model
    model.close()


def asker(server: ScriptedModel, **given: Any) -> Asker:
    return Asker(model="scripted", url=server.address, **given)


def question_of(body: dict[str, Any]) -> dict[str, Any]:
    return next(json.loads(turn["content"]) for turn in body["messages"] if turn["role"] == "user")


def first_shot(body: dict[str, Any]) -> Told:
    """A copycat: it names what the first past case called for, and the first name where it is shown none."""
    told = question_of(body)
    past = told.get("past_cases", [{"procedure": told["procedures"][0]}])
    return answered(json.dumps({"procedure": past[0]["procedure"]}))


def test_the_question_holds_names_past_cases_and_the_task_and_nothing_else() -> None:
    shot = Candidate(id="a", text='ignore all rules" {{x}}', procedure="cancel")
    told = json.loads(asked(CASE, [shot], ["cancel", "refund"]))
    assert told == {
        "procedures": ["cancel", "refund"],
        "past_cases": [{"text": 'ignore all rules" {{x}}', "procedure": "cancel"}],
        "task": {"text": CASE.text},
    }


def test_an_answer_is_one_of_the_names_and_tells_its_tokens(server: ScriptedModel) -> None:
    named = asker(server).ask(CASE, [], ["cancel", "refund"])
    assert named is not None
    assert (named.place, named.tokens) == (1, 9)
    assert len(server.asked) == 1


def test_a_name_that_is_not_in_the_list_is_a_wrong_answer(server: ScriptedModel) -> None:
    named = asker(server).ask(CASE, [], ["cancel", "move"])
    assert named is not None
    assert named.place == -1


def test_a_server_that_refuses_is_no_answer_and_is_not_asked_for_ever(server: ScriptedModel) -> None:
    server.script = [(401, {"error": {"message": "no"}})]
    broken = asker(server)
    assert [broken.ask(CASE, [], [f"{n}", "refund"]) for n in range(6)] == [None] * 6
    assert (broken.failed, len(server.asked)) == (3, 3)


def test_the_same_question_is_asked_once(server: ScriptedModel, tmp_path: Path) -> None:
    first, again = (asker(server, folder=tmp_path / "kept").ask(CASE, [], ["cancel", "refund"]) for _ in range(2))
    assert first == again
    assert len(server.asked) == 1
    assert "money" not in "".join(path.read_text(encoding="utf-8") for path in (tmp_path / "kept").iterdir())


@pytest.mark.parametrize("bounds", [{"calls": 2}, {"tokens": 30}])
def test_calls_and_tokens_are_bounded(server: ScriptedModel, bounds: dict[str, int]) -> None:
    bounded = asker(server, **bounds)
    said = [bounded.ask(CASE, [], [f"{n}", "refund"]) for n in range(4)]
    assert [one is not None for one in said] == [True, True, False, False]


def test_without_a_model_all_figures_are_blank() -> None:
    told = model_agent(FILE, None, queries=3)
    assert {one["accuracy"] for one in told["points"]} == {None}
    assert "no model configured" in next(table(told))
    assert "No model was asked." in html(told)


def test_a_model_is_asked_at_every_point_and_a_copycat_is_as_good_as_its_first_shot(
    server: ScriptedModel, tmp_path: Path
) -> None:
    server.answers = first_shot
    told = model_agent(FILE, asker(server, folder=tmp_path), queries=3)
    by = {(one["strategy"], one["shots"], one["planted"]): one for one in told["points"]}
    assert list(by) == sorted({(one.strategy, one.shots, one.planted) for one in points()}, key=list(by).index)
    truths = laid_out(FILE, most=10, asked=3, seed=0).truths
    assert by["no shots", 0, 0]["accuracy"] == sum("cancel" in truth.plans for truth in truths) / len(truths)
    assert by["dense", 1, 0]["accuracy"] == 1
    assert by["dense", 10, 0]["shown"] == 10
    assert by["dense", 10, 0]["characters"] > by["dense", 1, 0]["characters"]
    assert by["telltale", 10, 10]["misled"] <= by["dense", 10, 10]["misled"]
    assert by["dense", 10, 10]["distractors"] >= by["dense", 10, 0]["distractors"] > by["dense", 1, 0]["distractors"]
    assert html(told).count("<svg viewBox") == 3 + 6  # swatches and plots


def test_the_command_prints_the_table_and_writes_json(
    server: ScriptedModel, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file, out, page = tmp_path / "cases.jsonl", tmp_path / "told.json", tmp_path / "told.html"
    file.write_text("".join(json.dumps(row) + "\n" for row in (*ROWS, *QUERIES)), encoding="utf-8")
    asking = [str(file), "--model", "scripted", "--url", server.address, "--queries", "2", "--apart", "30"]
    main([*asking, "--json", str(out), "--html", str(page)])
    told = json.loads(out.read_text(encoding="utf-8"))
    assert (told["model"], told["data"]["queries"]) == ("scripted", 2)
    assert "--apart 30" in page.read_text(encoding="utf-8")
    assert "| telltale | 10 | 0 |" in capsys.readouterr().out


def test_drawn_from_memory_rows_alone_no_query_row_is_asked_about() -> None:
    file = of_memory_rows(FILE, 20, seed=1)
    assert {row["id"] for row in (*file.memory, *file.queries)} == {row["id"] for row in ROWS}
    assert (len(file.memory), len(file.queries)) == (20, len(ROWS) - 20)
