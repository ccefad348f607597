"""A skill's status follows from independent runs, and from what was said of it."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from telltale.memory.types import Episode, Outcome, Skill, SkillStep, Status, Step
from telltale.writers.standing import Past, Run, Standing, alone, faded, stand, stood

REFUND = Skill(id="s", name="refund", procedure="refund", when_to_use="", steps=(SkillStep(tool="refund"),))
NAMES = {"refund": "refund", "cancel": "cancel"}


def run(number: int, text: str = "", *, done: str = "refund", ok: bool = True, source: str = "shop") -> Episode:
    return Episode(
        id=f"{number:032x}",
        text=text or f"task {chr(97 + number % 26) * 3} of customer {number}",
        steps=(Step(tool=done),),
        signature=done,
        outcome=Outcome.SUCCESS if ok else Outcome.FAILURE,
        source=source,
        time=float(number),
    )


def standing(*episodes: Episode, skill: Skill = REFUND, vouched: bool = False) -> Standing:
    return stand(skill, Past(episodes, NAMES).runs(skill), vouched=vouched)


def test_four_independent_successes_make_a_skill_active_and_three_do_not() -> None:
    assert standing(*map(run, range(3))).status is Status.CANDIDATE
    found = standing(*map(run, range(4)))
    assert found.status is Status.ACTIVE
    assert found.told == (
        "4 independent successes, 0 against: the success rate is at least 0.51 (95 % Wilson), enough for 0.5"
    )


def test_a_task_told_again_by_one_source_counts_once_and_by_another_again() -> None:
    same = [run(number, "refund the lamp") for number in range(5)]
    assert standing(*same).successes == 1
    assert standing(*same, run(9, "refund the lamp", source="desk")).successes == 2


def test_a_failure_counts_only_against_the_steps_that_it_used() -> None:
    won = [*map(run, range(6))]
    assert standing(*won, run(7, done="cancel", ok=False)).against == 0
    assert standing(*won, run(7, ok=False)).against == 1


def test_later_failures_make_a_skill_that_once_was_sure_a_candidate_and_then_retire_it() -> None:
    won = [*map(run, range(40))]
    failed = [run(100 + number, ok=False) for number in range(30)]
    statuses = [standing(*won, *failed[:count]).status for count in (0, 4, 9, 30)]
    assert statuses == [Status.ACTIVE, Status.ACTIVE, Status.CANDIDATE, Status.RETIRED]


def test_old_failures_do_not_outlive_what_came_after_them() -> None:
    failed = [run(number, ok=False) for number in range(9)]
    assert standing(*failed, *(run(100 + number) for number in range(9))).status is Status.CANDIDATE
    assert standing(*failed, *(run(100 + number) for number in range(20))).status is Status.ACTIVE


def test_the_same_task_done_otherwise_later_speaks_against_the_older_way() -> None:
    won = [run(number, f"refund order {1000 + number}") for number in range(6)]
    other = [run(50 + number, f"refund order {2000 + number}", done="cancel") for number in range(6)]
    assert standing(*won).against == 0
    assert standing(*won, *other).against == 6
    assert standing(*other, *won).status is Status.CANDIDATE
    earlier = [replace(one, time=-1.0) for one in other]
    assert standing(*won, *earlier).against == 0


def test_an_amount_in_the_task_makes_it_another_task() -> None:
    won = [run(number, f"refund {10 + number} dollars") for number in range(4)]
    other = [run(50 + number, f"refund {500 + number} dollars", done="cancel") for number in range(4)]
    assert standing(*won, *other).against == 0


def test_a_skill_that_misleads_more_than_it_helps_is_retired_whatever_its_runs_say() -> None:
    won = [*map(run, range(40))]
    assert standing(*won, skill=replace(REFUND, misled=3)).status is Status.ACTIVE
    found = standing(*won, skill=replace(REFUND, misled=4))
    assert (found.status, found.told) == (
        Status.RETIRED,
        "misled 4 times and helped 0: surely misleads more than it helps",
    )
    assert standing(*won, skill=replace(REFUND, misled=4, helped=2)).status is Status.ACTIVE


def test_a_person_vouches_for_a_skill_until_it_fails_or_misleads() -> None:
    assert standing(vouched=True).status is Status.ACTIVE
    assert standing(skill=replace(REFUND, misled=4), vouched=True).status is Status.RETIRED
    assert standing(*(run(number, ok=False) for number in range(9)), vouched=True).status is Status.RETIRED


def test_a_pinned_skill_keeps_its_status_and_a_barred_one_is_retired() -> None:
    pinned = replace(REFUND, status=Status.ACTIVE, pinned=True)
    assert stood([pinned], {})[0].status is Status.ACTIVE
    assert stood([pinned], {}, barred={"s"})[0].status is Status.RETIRED


def test_an_unlabelled_failure_counts_where_only_one_skill_has_its_tools() -> None:
    lost = Past([replace(run(1, ok=False), signature="unknown")], NAMES)
    assert len(lost.runs(REFUND)) == 1
    assert lost.runs(REFUND, alone=alone(REFUND, [REFUND, replace(REFUND, id="other")])) == ()


def test_an_episode_that_is_told_anew_counts_as_it_was_told_last() -> None:
    past = Past([run(1)], NAMES)
    past.add(run(1, ok=False))
    assert [found.good for found in past.runs(REFUND)] == [False]


def test_a_guess_speaks_for_nothing() -> None:
    assert Past([replace(run(1), said_by="signal:thanks")], NAMES).runs(REFUND) == ()


TIMES = st.one_of(st.just(float("-inf")), st.integers(0, 9).map(float))
RUNS = st.lists(st.builds(Run, TIMES, st.booleans(), st.text(max_size=2)))


@given(RUNS)
def test_time_alone_takes_nothing_away_and_nothing_counts_more_than_once(runs: list[Run]) -> None:
    good, bad = faded(runs)
    assert 0 <= good <= sum(run.good for run in runs)
    assert 0 <= bad <= sum(not run.good for run in runs)
    later = [run._replace(time=run.time + 1e6) for run in runs]
    assert faded(later) == faded(runs)
    assert faded([run for run in runs if run.good]) == (sum(run.good for run in runs), 0)
