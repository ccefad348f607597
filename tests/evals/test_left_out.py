"""Priors that have not seen the set that they are tried on."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from telltale import BadArgument
from telltale.evals.cases import CaseFile, load_cases
from telltale.evals.measuring import case_files, starts
from telltale.evals.prior import left_out


def a_set(folder: Path, name: str, *, plans: int = 10, file: str = "cases.jsonl") -> tuple[Path, CaseFile]:
    rows = [{"text": f"{name} {i}", "plan": f"{name} {i % plans}", "split": "memory"} for i in range(60)]
    path = folder / name / file
    path.parent.mkdir(exist_ok=True)
    asked = {"text": "ask", "plan": f"{name} 0", "split": "query"}
    path.write_text("\n".join(map(json.dumps, [*rows, asked])), encoding="utf-8")
    return path, load_cases(path)


def test_a_prior_is_taught_by_the_other_folders_and_fitted_once_for_a_folder(tmp_path: Path) -> None:
    files = [
        a_set(tmp_path, "bank"),
        a_set(tmp_path, "bank", file="more_cases.jsonl"),
        a_set(tmp_path, "shop"),
        a_set(tmp_path, "names", plans=60),
    ]
    asked: list[str] = []

    def keep(what: str, _make: Callable[[], Any]) -> Any:
        asked.append(what)
        return {"kept": what}

    found = left_out(files, keep)
    teachers = [one.says.removeprefix("fitted on memory rows of ").removesuffix(" alone") for one in found]
    assert teachers == ["shop", "shop", "bank", "bank, shop"]  # no procedure of names comes twice: it teaches nothing
    assert found[0].told == found[1].told
    assert len(asked) == len(set(asked)) == 3


def test_files_of_one_folder_cannot_be_left_out_of_one_another(tmp_path: Path) -> None:
    with pytest.raises(BadArgument, match="found no other folder"):
        left_out([a_set(tmp_path, "bank")])


@pytest.mark.long
def test_a_prior_fitted_without_the_set_is_one_that_a_memory_can_start_from(tmp_path: Path) -> None:
    import telltale

    (first, _) = left_out([a_set(tmp_path, "bank"), a_set(tmp_path, "shop")])
    with telltale.open(tmp_path / "store") as memory:
        memory.use_prior(first.told)


def test_a_folder_stands_for_the_case_files_in_it_and_below(tmp_path: Path) -> None:
    paths = [a_set(tmp_path, "bank")[0], a_set(tmp_path, "shop", file="cases_oos.jsonl")[0]]
    (tmp_path / "shop" / "withheld_memory.jsonl").write_text("{}", encoding="utf-8")
    assert case_files([tmp_path, paths[0]]) == paths
    (tmp_path / "empty").mkdir()
    with pytest.raises(BadArgument, match="found no"):
        case_files([tmp_path / "empty"])


def test_a_prior_cannot_be_both_given_and_fitted(tmp_path: Path) -> None:
    with pytest.raises(BadArgument, match="--leave-one-out beside it"):
        starts([a_set(tmp_path, "bank")[0]], [tmp_path / "prior.json"], leave_one_out=True, cache=False)
