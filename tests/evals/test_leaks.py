"""The leak check finds what is planted, and finds nothing where nothing is."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from telltale.cli import main
from telltale.evals.cases import CaseFile
from telltale.evals.leaks import as_json, copies, leak_table, leaks, roc_area, shapes, template_words

LETTERS = "bcdfghklmnprstvz"
NOVEL = 14  # procedures of forty that are not remembered


def invented(rng: random.Random) -> str:
    return "".join(rng.choice(LETTERS) + rng.choice("aeiou") for _ in range(3))


def file_of(plant: Any = lambda text, *_: text, **more: Any) -> CaseFile:
    """Forty procedures with words of their own; ``plant`` may change a query's text by whether it is novel."""
    rng = random.Random(5)
    topics = {f"plan{chr(97 + i)}": [invented(rng) for _ in range(12)] for i in range(26)}
    topics |= {f"more{chr(97 + i)}": [invented(rng) for _ in range(12)] for i in range(14)}
    held = set(rng.sample(sorted(topics), NOVEL))

    def text(plan: str) -> str:
        return " ".join(rng.choice(topics[plan]) for _ in range(rng.randint(6, 12)))

    memory = [{"text": text(plan), "plan": plan} for plan in topics if plan not in held for _ in range(8)]
    queries = [
        {"text": plant(text(plan), plan in held, rng), "plan": plan, **({"context": more} if plan in held else {})}
        for plan in topics
        for _ in range(8)
    ]
    rng.shuffle(queries)
    return CaseFile(name="made", sha256="", memory=tuple(memory), queries=tuple(queries))


def matches_told(file: CaseFile) -> set[str]:
    return {tell.name for tell in leaks(file).found if tell.about == "match"}


def test_cases_without_a_tell_are_clean() -> None:
    found = leaks(file_of())
    assert found.clean
    assert found.procedures == (40 - NOVEL, NOVEL)


@pytest.mark.parametrize(
    ("plant", "tell"),
    [
        (lambda text, novel, rng: text + "!" if novel and rng.random() < 0.7 else text, "ends with a sign"),
        (lambda text, novel, _: text.title() if novel else text, "capitals"),
        (lambda text, novel, rng: f"please {text}" if novel and rng.random() < 0.7 else text, "word 'please'"),
        (lambda text, novel, _: text[: len(text) // 2] if novel else text, "length in letters"),
        (lambda text, novel, _: text + " " if novel else text, "spaces at the ends or doubled"),
    ],
)
def test_a_planted_tell_is_found(plant: Any, tell: str) -> None:
    file = file_of(plant)
    assert tell in matches_told(file)
    assert not leaks(file).clean


def test_a_feature_with_the_answer_in_the_context_is_found() -> None:
    assert "context has 'hint'" in matches_told(file_of(hint=True))


def test_rows_in_the_order_of_their_answers_are_found_and_said_to_be_unseen() -> None:
    file = file_of()
    known = {row["plan"] for row in file.memory}
    ordered = CaseFile(
        name="made",
        sha256="",
        memory=file.memory,
        queries=tuple(sorted(file.queries, key=lambda q: q["plan"] in known)),
    )
    told = {tell["name"]: tell for tell in as_json(leaks(ordered))["tells"]}
    assert (told["place in the file"]["found"], told["place in the file"]["seen"]) == (True, False)


def test_a_copy_across_the_split_is_found_exact_or_near() -> None:
    file = file_of()
    text = file.memory[0]["text"]
    copied = ({"text": text, "plan": "x"}, {"text": f"{text.upper()}!", "plan": "x"})
    made = CaseFile(name="made", sha256="", memory=file.memory, queries=(*copied, *file.queries))
    assert copies(made) == ([text], [f"{text.upper()}!"])
    assert not leaks(made).clean


def test_texts_that_differ_in_numbers_alone_are_copies() -> None:
    made = CaseFile(
        name="made",
        sha256="",
        memory=({"text": "refund order 12 please"},),
        queries=({"text": "refund order 7 please"},),
    )
    assert copies(made) == ([], ["refund order 7 please"])


def test_a_word_of_one_procedure_is_no_template_word() -> None:
    rows = [{"text": f"please {plan} it", "plan": plan} for plan in ("refund", "return", "mend") for _ in range(5)]
    assert template_words(rows) == ["it", "please"]


def test_too_few_of_one_kind_tell_nothing() -> None:
    file = file_of()
    known = {row["plan"] for row in file.memory}
    few = tuple(row for row in file.queries if row["plan"] in known)
    one_sided = CaseFile(name="made", sha256="", memory=file.memory, queries=few)
    assert not matches_told(one_sided)
    assert (leaks(one_sided).told, leaks(file).told) == (False, True)
    assert f"{len(few)} queries with a match and 0 without" in str(leak_table(leaks(one_sided)).caption)


@given(st.lists(st.tuples(st.integers(0, 4), st.booleans()), min_size=2, max_size=12))
def test_the_area_is_the_share_of_pairs_in_order(queries: list[tuple[int, bool]]) -> None:
    pairs = [(up > down) + (up == down) / 2 for up, yes in queries if yes for down, no in queries if not no]
    score, positive = np.array([float(one[0]) for one in queries]), np.array([one[1] for one in queries])
    found = roc_area(score, positive, np.ones((1, len(queries)), dtype=np.int64))[0]
    assert found == pytest.approx(np.mean(pairs)) if pairs else np.isnan(found)


def test_shape_is_taken_from_text_and_context_and_never_from_the_answer() -> None:
    rows = [{"text": "mend it", "plan": plan, "has_match": plan == "a", "source": plan} for plan in ("a", "bbbb")]
    assert set(shapes(rows)) == {"place in the file"}


def test_the_command_says_what_it_found_and_fails_where_that_is_asked(tmp_path: Path) -> None:
    for name, file in (
        ("clean", file_of()),
        ("leaky", file_of(lambda text, novel, _: text.upper() if novel else text)),
    ):
        rows = [
            *({**row, "split": "memory"} for row in file.memory),
            *({**row, "split": "query"} for row in file.queries),
        ]
        (tmp_path / f"{name}.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    clean, leaky = (
        CliRunner().invoke(main, ["eval", "leaks", str(tmp_path / f"{name}.jsonl"), "--strict"])
        for name in ("clean", "leaky")
    )
    assert (clean.exit_code, leaky.exit_code) == (0, 1)
    assert "capitals" in leaky.output
