"""Where one task ends and the next begins, and what of the trace each episode keeps."""

from __future__ import annotations

from typing import Any

import pytest

from telltale.memory.errors import RecordError
from telltale.memory.types import Call, Episode, Outcome, Trace, Turn
from telltale.writers.cut import cut


def user(text: str) -> Turn:
    return Turn(role="user", text=text)


def agent(text: str = "Done.", *tools: str) -> Turn:
    return Turn(role="assistant", text=text, calls=tuple(Call(tool=tool) for tool in tools))


def episodes(*turns: Turn, form: str = "claude-code", **fields: Any) -> list[Episode]:
    return cut(Trace(trace_id="t", format=form, turns=turns, **fields))


@pytest.mark.parametrize(
    "follow_up",
    [
        "no, use the other file",
        "wait, that breaks the build",
        "that didn't work, it still fails",
        "it is not what I meant at all",
        "now it fails with another error",
        "Continue with session management",
        "yes please do that for me",
        "Thanks, that works for now!",
        "Perfect! This should appear without any session divider above it.",
        "why did you change the test?",
        "actually keep the old name",
        "try again with verbose on",
        "run it",
        "2",
    ],
)
def test_a_follow_up_stays_with_its_task(follow_up: str) -> None:
    (episode,) = episodes(user("Fix the parser"), agent("Done.", "Edit"), user(follow_up), agent("Ok.", "Bash"))
    assert [step.tool for step in episode.steps] == ["Edit", "Bash"]
    assert (episode.text, episode.answer) == ("Fix the parser", "Ok.")


@pytest.mark.parametrize(
    "follow_up",
    [
        "nein, nimm die andere Datei bitte",
        "das funktioniert nicht, wie ich wollte",
        "non, pas ce fichier là",
        "en fait garde l'ancien nom",
        "no, ese archivo no es",
        "ainda não funciona como eu queria",
        "нет, не этот файл, а другой",
        "不对，不是这个文件，是另一个",
        "继续",
        "いいえ、そのファイルではありません",
        "아니요, 그 파일이 아니에요",
    ],
)
def test_a_correction_in_another_language_stays_with_its_task(follow_up: str) -> None:
    assert len(episodes(user("Fix the parser"), agent("Done.", "Edit"), user(follow_up), agent("Ok.", "Bash"))) == 1


@pytest.mark.parametrize(
    "request_",
    [
        "Schreib jetzt Tests für den Lexer",
        "Ajoute une page d'aide",
        "为词法分析器编写测试",
        "レクサーのテストを書いてください",
    ],
)
def test_a_request_in_another_language_opens_a_task(request_: str) -> None:
    assert len(episodes(user("Fix the parser"), agent("Done.", "Edit"), user(request_), agent("Ok.", "Bash"))) == 2


@pytest.mark.parametrize("mark", ["[Request interrupted by user]", "[Request interrupted by user for tool use]"])
def test_an_interruption_and_what_is_said_then_stay_with_the_task(mark: str) -> None:
    before = user("Fix the parser"), agent("On it.", "Edit"), user(mark)
    (episode,) = episodes(*before, user("Use the file in src instead of that"), agent("Ok.", "Bash"))
    assert (episode.text, [step.tool for step in episode.steps]) == ("Fix the parser", ["Edit", "Bash"])
    assert len(episodes(*before, user("Next task: write the docs"), agent("Ok.", "Bash"))) == 2


def test_an_interruption_is_no_task_of_its_own() -> None:
    (episode,) = episodes(user("[Request interrupted by user]"), user("Fix the parser"), agent())
    assert episode.text == "Fix the parser"


@pytest.mark.parametrize("form", ["codex", "gemini-cli", "openhands", "pi"])
def test_sessions_of_other_agents_hold_several_tasks_too(form: str) -> None:
    turns = user("Fix the parser"), agent(), user("Write the docs please"), agent()
    assert len(episodes(*turns, form=form)) == 2


@pytest.mark.parametrize(
    "request_",
    ["Now run the tests", "Add a goodbye function", "Great, now add tests for the lexer", "Let's write the docs"],
)
def test_a_request_of_its_own_opens_a_task(request_: str) -> None:
    first, second = episodes(user("Fix the parser"), agent("Done.", "Edit"), user(request_), agent("Ok.", "Bash"))
    assert (first.text, second.text, second.task_index) == ("Fix the parser", request_, 1)
    assert ([s.tool for s in first.steps], [s.tool for s in second.steps]) == (["Edit"], ["Bash"])


def test_the_answer_to_a_question_stays_unless_it_says_that_something_new_comes() -> None:
    asked = user("Fix the parser"), agent("Which of the two files?")
    assert len(episodes(*asked, user("The one in src please"), agent())) == 1
    assert len(episodes(*asked, user("Now fix the lexer instead"), agent())) == 2


def test_a_second_prompt_before_any_work_belongs_to_the_first() -> None:
    (episode,) = episodes(user("Fix the parser"), user("Start with the lexer file"), agent())
    assert episode.text == "Fix the parser"


@pytest.mark.parametrize("form", ["openai", "anthropic", "tau-bench"])
def test_a_conversation_is_one_task(form: str) -> None:
    turns = (
        user("Cancel order 7"),
        agent("Done."),
        user("Now please refund order 8 to my card"),
        agent("Done too.", "refund"),
    )
    (episode,) = episodes(*turns, form=form)
    assert (episode.text, episode.answer, len(episode.steps)) == ("Cancel order 7", "Done too.", 1)


@pytest.mark.parametrize("hello", ["Hi", "Hello there!", "hey, can you help me?", "Good morning. I have a question."])
def test_a_greeting_is_joined_by_the_request_that_follows(hello: str) -> None:
    (episode,) = episodes(
        agent("Welcome!"), user(hello), agent("Sure."), user("Cancel order 7"), agent(), form="tau-bench"
    )
    assert episode.text == f"{hello}\nCancel order 7"


def test_an_empty_trace_and_one_without_a_task_are_refused() -> None:
    with pytest.raises(RecordError, match="EMPTY_TRACE"):
        episodes()
    with pytest.raises(RecordError, match="NO_TASK"):
        episodes(agent("Hello?"))


@pytest.mark.parametrize(("outcome", "kept"), [(Outcome.SUCCESS, Outcome.SUCCESS), (Outcome.FAILURE, Outcome.UNKNOWN)])
def test_of_a_session_with_several_tasks_only_success_is_told(outcome: Outcome, kept: Outcome) -> None:
    turns = user("Fix the parser"), agent(), user("Now run the tests"), agent()
    assert [episode.outcome for episode in episodes(*turns, outcome=outcome)] == [kept, kept]
    assert episodes(*turns[:2], outcome=outcome)[0].outcome is outcome


def test_long_texts_are_cut_with_a_mark() -> None:
    call = Call(tool="read", arguments={"a": ["x" * 9000]}, observation="y" * 9000)
    (episode,) = episodes(user("z" * 30_000), Turn(role="assistant", calls=(call,)))
    assert episode.steps[0].observation.endswith(" … [9000 characters, cut]")
    assert (len(episode.steps[0].observation), len(episode.steps[0].arguments["a"][0])) == (4000, 4000)
    assert len(episode.text) == 20_000


def test_a_call_is_read_only_where_the_trace_says_so() -> None:
    (episode,) = episodes(user("Fix the parser"), agent("", "probe", "edit"), tools_read_only={"probe": True})
    assert [step.read_only for step in episode.steps] == [True, None]


def test_spaces_without_end_take_no_longer_than_their_length() -> None:
    assert len(episodes(user("hi" + " " * 50_000 + "x"), agent(), user("," * 50_000 + "add x to y"), agent())) == 2
