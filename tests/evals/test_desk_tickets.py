"""The ticket generator keeps its promises: seeded, independent of telltale, new phrasings really new."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from telltale.evals.desk import shop, tickets
from telltale.evals.desk.tickets import EITHER, FAMILIES, KNOWN, NOVEL, PHRASINGS, make_tickets, phrasings_of

MODULES = (Path(tickets.__file__), Path(shop.__file__))


def templates(pool: str) -> Iterator[str]:
    for part in ("openers", "details", "closers"):
        yield from PHRASINGS[part][pool]
    for members in PHRASINGS["families"].values():
        for pools in members.values():
            yield from pools.get(pool, ())


def shingles(template: str, words: int = 5) -> set[str]:
    runs = [re.findall(r"[\w']+", piece.lower()) for piece in re.split(r"\{\w+\}", template)]
    return {" ".join(run[i : i + words]) for run in runs for i in range(len(run) - words + 1)}


@pytest.mark.parametrize("module", MODULES, ids=lambda path: path.stem)
def test_the_generator_imports_the_standard_library_and_its_own_half_only(module: Path) -> None:
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            assert {alias.name.partition(".")[0] for alias in node.names} <= sys.stdlib_module_names
        if isinstance(node, ast.ImportFrom):
            own = node.level == 1 and node.module in {path.stem for path in MODULES}
            assert own or (node.level == 0 and node.module in sys.stdlib_module_names | {"collections.abc"})


def test_no_phrasing_of_a_new_ticket_occurs_in_a_remembered_one() -> None:
    remembered = {shingle for template in templates("remembered") for shingle in shingles(template)}
    assert not set(templates("new")) & set(templates("remembered"))
    for template in templates("new"):
        assert not shingles(template) & remembered, template


@pytest.mark.parametrize("procedure", KNOWN)
def test_every_procedure_is_asked_for_in_many_ways(procedure: str) -> None:
    assert len(set(phrasings_of(procedure, "remembered"))) >= 8
    assert len(set(phrasings_of(procedure, "new"))) >= 6


def test_novel_procedures_are_never_remembered_and_belong_to_families_that_are() -> None:
    assert len(NOVEL) >= 3
    assert not any(phrasings_of(name, "remembered") for name in NOVEL)
    assert {FAMILIES[name] for name in NOVEL} <= {FAMILIES[name] for name in KNOWN}


def test_the_same_seed_gives_the_same_tickets_and_another_seed_others() -> None:
    first, again, other = (make_tickets(seed, KNOWN, pool="new", number=25) for seed in (3, 3, 4))
    assert first == again
    assert [ticket.text for ticket in first] != [ticket.text for ticket in other]


def test_a_phrasing_comes_again_only_when_all_have_had_their_turn() -> None:
    drawn = [ticket.phrasing for ticket in make_tickets(0, ["our_mistake"], pool="remembered", number=18)]
    assert sorted(drawn) == sorted(phrasings_of("our_mistake", "remembered"))


@pytest.mark.parametrize(("family", "key"), [("cancel", "order_status"), ("address", "label")])
def test_where_the_phrasing_is_neutral_the_context_tells(family: str, key: str) -> None:
    neutral = PHRASINGS["families"][family][EITHER]["new"]
    pair = [name for name in KNOWN if FAMILIES[name] == family]
    found = [t for t in make_tickets(1, pair, pool="new", number=60) if t.phrasing in neutral]
    told = {name: {ticket.context[key] for ticket in found if ticket.procedure == name} for name in pair}
    assert all(told.values())
    assert not set.intersection(*told.values())


def test_a_request_says_nothing_of_its_procedure_by_name() -> None:
    for ticket in make_tickets(2, [*KNOWN, *NOVEL], pool="new", number=100):
        assert not any(name in ticket.text or name in ticket.context.values() for name in FAMILIES)
        assert "{" not in ticket.text
