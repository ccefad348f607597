"""Asking a model about many skills: bounded, counted, kept, gone on with; and whatever fails leaves the offline way."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator, Mapping
from dataclasses import replace
from email.utils import formatdate
from typing import Any

import pytest

from telltale.memory.errors import BadArgument
from telltale.memory.scripted import NEVER, ScriptedModel, Told, answered
from telltale.memory.store import TenantStore
from telltale.memory.testing import put
from telltale.memory.types import Insight, Outcome
from telltale.writers.model import ModelDistiller, Refined
from telltale.writers.model_distill import NOT_BORNE_OUT
from telltale.writers.model_kept import KeptAnswers

from .modelled import RUNS, SKILLS, WAYS, Shelf, good, offline, refined, run, says, shown

LESSON = Insight(polarity="do", text="get_order > refund_gift", procedure="refund_gift", id="offline")
MANY = [replace(offline("refund_gift"), id=f"s{n}", name=f"s{n}", procedure=f"p{n}") for n in range(12)]


@pytest.fixture
def server() -> Iterator[ScriptedModel]:
    serving = ScriptedModel()
    serving.answers = well
    yield serving
    serving.close()


def well(asked: Mapping[str, Any]) -> Told:
    return says(good(asked))


def generic(asked: Mapping[str, Any]) -> Told:
    """An answer for a procedure of any name."""
    told = good({"messages": ["", {"content": f"\n{json.dumps(shown(asked) | {'procedure': 'refund_gift'})}\n"}]})
    return says(told | {"name": shown(asked)["procedure"] + " reworded"})


def model(server: ScriptedModel, **given: Any) -> ModelDistiller:
    usual: dict[str, Any] = {"model": "local", "base_url": server.address, "pause": 0.0, "at_once": 1}
    return ModelDistiller(**usual | given)


def reasons(told: Refined) -> list[str]:
    return [one.reason for one in told.report.fell_back]


def whole(told: Refined) -> bool:
    """Whether all that the offline way made is there as it was."""
    return (told.skills, told.insights) == (SKILLS, [LESSON])


JUNK = "nothing that can be read in its answer"
FAILURES: dict[str, tuple[Told, list[str], int]] = {  # what the server says, why it fell back, calls
    "junk": (answered("I would rather talk about the weather."), [JUNK, JUNK], 6),
    "another schema": (answered('{"verdict": true}'), [JUNK, JUNK], 6),
    "refused": (answered(None, refusal="I cannot help with that"), ["it refused", "it refused"], 2),
    "cut short": (answered('{"name": "re', finish="length"), ["its answer was cut short"] * 2, 2),
    "500": ((500, {"error": {"message": "oops sk-secret"}}), ["500", "500"], 6),
    "429": ((429, {"error": {"message": "slow down"}}, {"Retry-After": "0"}), ["429", "not asked: 429"], 3),
    "429 for an hour": ((429, {"error": {}}, {"Retry-After": "3600"}), ["429", "not asked: 429"], 1),
    "429 until tomorrow": (
        (429, {"error": {}}, {"Retry-After": formatdate(4e9, usegmt=True)}), ["429", "not asked: 429"], 1,
    ),
    "401": ((401, {"error": {"message": "sk-secret is not a key"}}), ["401", "not asked: 401"], 1),
    "400": ((400, {"error": {"message": "too long"}}), ["400", "400"], 2),
}  # fmt: skip


@pytest.mark.parametrize("failure", FAILURES)
def test_whatever_fails_leaves_the_offline_way_whole_and_says_so(
    server: ScriptedModel, failure: str, capfd: pytest.CaptureFixture[str]
) -> None:
    told, why, calls = FAILURES[failure]
    server.answers, server.script = None, [told]
    after = refined(model(server, api_key="sk-secret"), insights=[LESSON])
    assert whole(after)
    assert (reasons(after), after.report.calls, len(server.asked)) == (why, calls, calls)
    assert (after.report.answered, after.report.refined, after.report.cached) == (0, 0, 0)
    assert "sk-secret" not in repr(after.report) + capfd.readouterr().err


def test_a_model_that_never_answers_is_not_waited_for(server: ScriptedModel) -> None:
    server.answers, server.script = None, [NEVER]
    after = refined(model(server, seconds=0.2, retries=0), insights=[LESSON])
    assert whole(after)
    assert reasons(after) == ["no answer in time"] * 2
    assert after.report.tokens_in > 100  # somebody paid for them


def test_nobody_listening_is_asked_once_and_no_more() -> None:
    with socket.socket() as closed:  # bound, but nobody listens
        closed.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{closed.getsockname()[1]}/v1"
        after = refined(ModelDistiller(model="m", base_url=address, pause=0, at_once=1), insights=[LESSON])
    assert whole(after)
    assert reasons(after) == ["no connection", "not asked: no connection"]


def test_a_provider_that_cannot_be_called_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    after = refined(ModelDistiller(model="openai/no-such-model"), insights=[LESSON])
    assert whole(after)
    assert reasons(after)[0].startswith("no client for openai/no-such-model: ")


def test_what_passes_is_asked_again_and_counted(server: ScriptedModel) -> None:
    script: list[Told] = [(429, {"error": {}}, {"Retry-After": "0"}), (503, {"error": {}})]
    server.answers = lambda asked: script.pop(0) if script else well(asked)
    after = refined(model(server))
    assert (after.report.calls, after.report.answered, after.report.refined) == (4, 2, 2)
    assert (after.report.tokens_in, after.report.tokens_out) == (18, 18)


def test_after_five_failures_in_a_row_nothing_more_is_asked(server: ScriptedModel) -> None:
    server.answers, server.script = None, [answered(None, refusal="no")]
    after = refined(model(server), skills=MANY)
    assert len(server.asked) == 5
    assert reasons(after)[5:] == ["not asked: 5 failures in a row, the last: it refused"] * 7
    assert after.skills == MANY


def test_one_failure_leaves_the_other_skills_their_words(server: ScriptedModel) -> None:
    server.answers = lambda asked: answered("junk") if shown(asked)["procedure"] == "p3" else generic(asked)
    after = refined(model(server, at_once=4), skills=MANY)
    assert [skill.name for skill in after.skills if skill.made_by == "offline"] == ["s3"]
    assert [(one.procedure, one.about) for one in after.report.fell_back] == [("p3", "skill")]


@pytest.mark.parametrize(
    ("bound", "asked"), [({"calls": 2}, 2), ({"tokens": 20}, 0), ({"money": 1e-9, "price": (1.0, 1.0)}, 0)]
)
def test_a_bound_that_is_met_leaves_the_rest_to_the_offline_way(
    server: ScriptedModel, bound: dict[str, Any], asked: int
) -> None:
    server.answers = generic
    after = refined(model(server, at_once=4, **bound), skills=MANY)
    assert (len(server.asked), after.report.calls, after.report.refined) == (asked, asked, asked)
    assert set(reasons(after)) == {f"not asked: its {next(iter(bound))} are used up"}
    assert len(after.skills) == 12


def test_money_is_told_at_the_callers_price_and_never_guessed(server: ScriptedModel) -> None:
    assert refined(model(server)).report.money is None
    assert refined(model(server, price=(1_000.0, 2_000.0))).report.money == pytest.approx(18 * 0.001 + 18 * 0.002)


def test_a_provider_that_counts_nothing_is_counted_for(server: ScriptedModel) -> None:
    server.answers = lambda asked: (200, {name: told for name, told in well(asked)[1].items() if name != "usage"})
    report = refined(model(server)).report
    assert min(report.tokens_in, report.tokens_out) > 100


def test_the_same_question_costs_no_second_call_and_a_changed_one_does(server: ScriptedModel) -> None:
    kept = Shelf()
    first = refined(model(server), kept=kept)
    second = refined(model(server), kept=kept)
    assert (second.skills, len(server.asked), second.report.cached) == (first.skills, 2, 2)
    changed = [run("refund_gift", 0, said="It was soaked."), *RUNS[1:]]
    assert refined(model(server), changed, kept=kept).report.calls == 2  # the look-alike of the other skill, too
    assert refined(model(server, model="other"), kept=kept).report.calls == 2


def test_what_was_kept_and_cannot_be_read_is_asked_anew(server: ScriptedModel) -> None:
    kept = Shelf()
    refined(model(server), kept=kept)
    for name in kept:
        kept[name] = {"answer": {"nonsense": 1}}
    assert refined(model(server), kept=kept).report.answered == 2


def test_an_interrupted_run_goes_on_where_it_was(server: ScriptedModel) -> None:
    class Interrupted(Shelf):
        def put(self, name: str, answer: Mapping[str, Any]) -> None:
            super().put(name, answer)
            if len(self) == 5:
                raise KeyboardInterrupt

    kept = Interrupted()
    server.answers = generic
    with pytest.raises(KeyboardInterrupt):
        refined(model(server), skills=MANY, kept=kept)
    before = len(server.asked)
    after = refined(model(server), skills=MANY, kept=kept)
    assert (after.report.cached, after.report.answered, after.report.refined) == (before, 12 - before, 12)


def test_a_bounded_run_is_finished_by_the_next(server: ScriptedModel) -> None:
    kept = Shelf()
    server.answers = generic
    done = [refined(model(server, calls=5), skills=MANY, kept=kept).report.refined for _ in range(3)]
    assert (done, len(server.asked)) == ([5, 10, 12], 12)


def test_kept_answers_are_forgotten_with_the_episodes_they_rest_on(tenant: TenantStore, server: ScriptedModel) -> None:
    put(tenant, *RUNS)
    kept = KeptAnswers(tenant)
    refined(model(server), kept=kept)
    assert len(tenant.opinions()) == 2
    assert refined(model(server), kept=kept).report.cached == 2
    tenant.forget(episode_ids=["refund_gift001"])
    (left,) = tenant.opinions()
    assert "refund_gift001" not in left["episodes"]
    assert refined(model(server), kept=kept).report.cached == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"model": ""}, {"model": "gpt"}, {"model": "m", "base_url": "localhost:1"}, {"model": "a/b", "calls": 0},
        {"model": "a/b", "money": 1.0}, {"model": "a/b", "price": (-1.0, 0.0)}, {"model": "a/b", "retries": -1},
    ],
)  # fmt: skip
def test_a_model_that_cannot_be_is_refused_where_it_is_made(wrong: dict[str, Any]) -> None:
    with pytest.raises(BadArgument):
        ModelDistiller(**wrong)


def test_a_key_is_not_shown() -> None:
    assert "sk-secret" not in repr(ModelDistiller(model="a/b", api_key="sk-secret"))


def test_every_way_is_asked_about_once(server: ScriptedModel) -> None:
    refined(model(server))
    assert sorted(shown(asked)["procedure"] for asked in server.asked) == sorted(WAYS)
    assert server.asked[0]["response_format"]["type"] == "json_schema"
    assert server.asked[0]["max_tokens"] > 0


@pytest.mark.long
def test_a_small_local_model_is_asked_and_nothing_is_lost(small_model: str) -> None:
    """Plumbing alone: what a model of 135 million weights writes mostly does not stand."""
    failed = run("refund_gift", 9, outcome=Outcome.FAILURE, steps=())
    told = refined(
        ModelDistiller(model="smollm2", base_url=small_model, seconds=300, at_once=1, retries=0), [*RUNS, failed]
    )
    report = told.report
    assert report.calls == report.questions == 3
    assert report.answered + len({one for one in report.fell_back if one.reason != NOT_BORNE_OUT}) == 3
    assert [skill.steps for skill in told.skills] == [skill.steps for skill in SKILLS]
    assert report.tokens_in > 1_000
