"""Which boundaries a skill tells, where it cannot tell them all."""

from __future__ import annotations

from collections import Counter

from telltale.writers.neighbours import boundaries
from telltale.writers.telling import Wording

OWN, NEAR, FAR = "cancel", "pause", ["refund", "return", "exchange", "merge", "close"]


def test_the_nearest_look_alike_has_a_boundary_though_those_of_all_others_are_surer() -> None:
    wording = Wording(tasks=Counter(dict.fromkeys((OWN, NEAR, *FAR), 20)))
    wording.facts = {name: Counter({("context:state", name): 20, ("words", name): 20}) for name in FAR}
    wording.facts |= {OWN: Counter({("context:state", OWN): 20, ("date", ""): 4}), NEAR: Counter({("date", ""): 20})}
    told = boundaries(OWN, [NEAR, *FAR], wording, [], str)
    assert [one.instead for one in told] == [NEAR, *FAR[:4]]


def test_one_fact_of_several_procedures_takes_one_place_and_is_nobodys_second() -> None:
    wording = Wording(tasks=Counter(dict.fromkeys((OWN, NEAR, *FAR), 20)))
    wording.facts = {name: Counter({("context:state", "sent"): 20, ("context:kind", name): 20}) for name in FAR[:2]}
    wording.facts |= {OWN: Counter({("context:state", "open"): 20, ("context:kind", OWN): 20})}
    wording.facts |= {NEAR: Counter({("context:kind", NEAR): 20})}
    told = boundaries(OWN, [NEAR, *FAR[:2]], wording, [], str)
    assert [one.text for one in told][:2] == [
        "when kind is pause rather than cancel: use pause",
        "when kind is refund rather than cancel: use refund",
    ]
    assert sum("refund or return" in one.text for one in told) == 1
