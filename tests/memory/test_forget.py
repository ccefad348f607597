"""Forgetting, down to the bytes."""

from __future__ import annotations

from pathlib import Path

import pytest

from telltale.memory import forget as forgetting
from telltale.memory.canonical import to_json
from telltale.memory.errors import BadArgument
from telltale.memory.store import Store, TenantStore
from telltale.memory.testing import HashingEmbedder, an_episode, put
from telltale.memory.types import Boundary, Insight, LookAlike, Procedure, Profile, Skill

CANARY = "canaryxyzzy"


@pytest.fixture
def remembered(tenant: TenantStore) -> TenantStore:
    """A tenant of ten episodes and one of another source, which everything derived names."""
    put(tenant, *(an_episode(f"refund order {n}", time=float(n)) for n in range(10)))
    (bad,) = put(tenant, an_episode(f"refund the {CANARY}", source="bad.jsonl", time=99.0)).added
    skill = Skill(name=CANARY, procedure="p", when_to_use=CANARY, evidence=(bad,), id="s" * 32)
    tenant.put_skills([skill], tenant.embedder.embed([CANARY]))
    tenant.save("guard", CANARY.encode())
    tenant.replace_procedures([Procedure(name=CANARY, keys=(), profile=Profile(parts={}))])
    tenant.replace_insights([Insight(polarity="do", text=CANARY, evidence=(bad,), id="i" * 32), kept()])
    tenant.add_feedback({"helped": [bad], "note": CANARY})
    tenant.note_recall({"id": "r", "admitted": [bad], "text": CANARY})
    tenant.keep_opinion("o", {"candidate": bad, "text": CANARY})
    tenant.keep_opinion("p", {"candidate": "other", "text": "another"})
    return tenant


def kept() -> Insight:
    return Insight(polarity="do", text="another", evidence=("other",), id="j")


def holding(folder: Path, text: str) -> list[str]:
    return [path.name for path in folder.rglob("*") if path.is_file() and text.encode() in path.read_bytes()]


def test_a_source_goes_with_all_that_came_of_it(remembered: TenantStore) -> None:
    assert len(remembered.forget(source="bad.jsonl")) == 1
    assert (remembered.count(), remembered.count("skill"), remembered.load("guard")) == (10, 0, None)
    assert (remembered.procedures(), remembered.insights(), remembered.feedback()) == ([], [kept()], [])
    assert remembered.recall_note("r") is None
    assert [opinion["text"] for opinion in remembered.opinions()] == ["another"]
    assert remembered.check() == []
    assert remembered.forget(source="bad.jsonl") == []


def test_no_byte_of_it_stays_on_disk(remembered: TenantStore, tmp_path: Path) -> None:
    assert holding(tmp_path, CANARY)
    remembered.forget(source="bad.jsonl")
    assert holding(tmp_path, CANARY) == []


def test_it_is_found_by_no_search(remembered: TenantStore) -> None:
    vector = remembered.embedder.embed([CANARY])[0]
    before = remembered.gather(vector, CANARY).lexical
    remembered.forget(source="bad.jsonl")
    assert (before > 0).any()
    assert not (remembered.gather(vector, CANARY).lexical > 0).any()


def test_conditions_narrow_each_other(remembered: TenantStore) -> None:
    assert remembered.forget(source="bad.jsonl", before=50.0) == []
    assert len(remembered.forget(before=3.0)) == 3
    assert len(remembered.forget(episode_ids=[e.id for e in remembered.episodes()][:2])) == 2


def test_forgetting_without_a_condition_is_refused(remembered: TenantStore) -> None:
    with pytest.raises(BadArgument, match="nothing was forgotten"):
        remembered.forget()
    assert remembered.count() == 11


def test_a_forgetting_that_was_cut_short_is_finished_at_the_next_open(remembered: TenantStore, tmp_path: Path) -> None:
    ids = [e.id for e in remembered.episodes() if CANARY in e.text]
    remembered._documents["meta"].put({forgetting.INTENT: to_json(ids)})
    remembered.close()
    again = Store.open(tmp_path / "store").tenant(embedder=HashingEmbedder())
    assert again.count() == 10
    assert holding(tmp_path, CANARY) == []
    assert again.meta(forgetting.INTENT) == "[]"


def test_it_says_what_went_with_the_episodes(remembered: TenantStore) -> None:
    gone = remembered.forget(source="bad.jsonl")
    assert (len(gone), gone.skills, gone.went["insights"], gone.went["feedback"]) == (1, (CANARY,), 1, 1)
    assert gone.told()[0] == "1 episode"
    assert gone.told()[-1] == f"skills that nothing else bears: {CANARY}"
    assert remembered.forget(source="bad.jsonl").told() == ["0 episodes"]


def test_a_skill_goes_that_shows_a_lesson_drawn_from_what_is_forgotten(remembered: TenantStore) -> None:
    kept_one, *_, bad = sorted(remembered.episodes(), key=lambda episode: CANARY in episode.text)
    skill = Skill(
        name="shows-it", procedure="q", when_to_use="", insights=("i" * 32,), evidence=(kept_one.id,), id="t" * 32
    )
    other = Skill(name="other", procedure="r", when_to_use="", evidence=(kept_one.id,), id="u" * 32)
    remembered.put_skills([skill, other], remembered.embedder.embed(["", ""]))
    remembered.keep_versions([skill, other])
    remembered.forget(episode_ids=[bad.id])
    assert remembered.skills() == remembered.skill_versions() == [other]


def test_a_skill_goes_whose_boundary_rests_on_a_pair_with_what_is_forgotten(remembered: TenantStore) -> None:
    first, *_, bad = sorted(remembered.episodes(), key=lambda episode: CANARY in episode.text)
    pair = LookAlike(first=first.id, second=bad.id, first_procedure="q", second_procedure="z", similarity=0.9)
    remembered.replace_look_alikes([pair])
    skill = Skill(name="bounded", procedure="q", when_to_use="", boundaries=(Boundary(text=CANARY),), id="t" * 32)
    remembered.put_skills([skill], remembered.embedder.embed([""]))
    remembered.forget(episode_ids=[bad.id])
    assert (remembered.skills(), remembered.look_alikes()) == ([], [])


def test_everything_goes_but_the_settings(remembered: TenantStore, tmp_path: Path) -> None:
    remembered.set_meta("redact_pii", "yes")
    gone = remembered.forget_everything()
    assert (len(gone), remembered.count(), remembered.count("skill"), remembered.feedback()) == (11, 0, 0, [])
    assert (remembered.meta("redact_pii"), remembered.check()) == ("yes", [])
    assert holding(tmp_path, CANARY) == holding(tmp_path, "refund order") == []


def test_forgetting_everything_that_was_cut_short_is_finished_at_the_next_open(
    remembered: TenantStore, tmp_path: Path
) -> None:
    remembered._documents["meta"].put({forgetting.INTENT: to_json([forgetting.EVERYTHING])})
    remembered.close()
    again = Store.open(tmp_path / "store").tenant(embedder=HashingEmbedder())
    assert (again.count(), again.skills(), again.meta(forgetting.INTENT)) == (0, [], "[]")
