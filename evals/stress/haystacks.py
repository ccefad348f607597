"""Tests whose difficulty is not one fact: how needles lie in the haystack, and how they are worded."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence

from .rows import ASKED, EACH, NOVEL, Rows, Stress, asked, control_tests, now, past, remembered, twist_tests, worded
from .scenes import NOW_THINGS, PAST_THINGS, SCENES, Scene
from .twists import TWISTS

PAST_HAY = (
    "The weather was mild that week", "Two colleagues were on leave", "The phone rang twice in between",
    "A new carpet lies in the hall", "The coffee machine was cleaned", "Somebody watered the plants",
    "The lift was out of order", "It was quiet in the afternoon", "The calendar shows a holiday soon",
)  # fmt: skip
NOW_HAY = (
    "Traffic is heavy today", "Our cafeteria serves soup", "A meeting got postponed", "The windows are being painted",
    "Yesterday's newsletter had a typo", "Parking spots remain scarce", "Someone forgot an umbrella",
    "A printer jammed upstairs", "Music plays in the lobby",
)  # fmt: skip
FLOOD = 30  # look-alikes for each needle's three


def _known(rng: random.Random, held: int = 3) -> tuple[list[Scene], list[Scene]]:
    scenes = rng.sample(SCENES, len(SCENES))
    return scenes[held:], scenes[:held]


def _plain(rng: random.Random, ask: Sequence[tuple[Scene, str]], known: Sequence[Scene]) -> Rows:
    memory = [remembered(_past(scene, rng), scene.name) for scene in known for _ in range(EACH)]
    return memory, [asked(text, scene.name) for scene, text in ask]


def _past(scene: Scene, rng: random.Random) -> str:
    return worded(scene.past, PAST_THINGS, rng) + "."


def _now(scene: Scene, rng: random.Random) -> str:
    return worded(scene.now, NOW_THINGS, rng) + "."


def _times(known: Sequence[Scene], novel: Sequence[Scene]) -> Iterator[Scene]:
    for scenes, times in ((known, ASKED + 1), (novel, NOVEL)):
        for scene in scenes:
            yield from [scene] * times


def _worded_anew(known: Sequence[Scene], novel: Sequence[Scene], rng: random.Random) -> Rows:
    return _plain(rng, [(scene, _now(scene, rng)) for scene in _times(known, novel)], known)


def paraphrase(rng: random.Random) -> Rows:
    """The same request in other words."""
    return _worded_anew(*_known(rng), rng)


def look_alikes(rng: random.Random) -> Rows:
    """Each kind of request was about things of its own; now they are about the next kind's."""
    known, novel = _known(rng)
    things = {scene.name: (PAST_THINGS[place], PAST_THINGS[-1 - place]) for place, scene in enumerate(known[:6])}
    kinds = known[:6]
    memory = [
        remembered(worded(scene.past, things[scene.name], rng) + ".", scene.name)
        for scene in kinds
        for _ in range(EACH)
    ]
    follows = {scene.name: things[kinds[place - 1].name] for place, scene in enumerate(kinds)}
    queries = [
        asked(worded(scene.now, follows.get(scene.name, PAST_THINGS), rng) + ".", scene.name)
        for scene in _times(kinds, novel)
    ]
    return memory, queries


def absent(rng: random.Random) -> Rows:
    """Nothing that is asked for was ever done."""
    known, novel = _known(rng, held=5)
    return _plain(rng, [(scene, _now(scene, rng)) for scene in novel for _ in range(8)], known)


def joined(rng: random.Random) -> Rows:
    """Two requests at once: a past case with both of them is right, one with half of it is not."""
    scenes = rng.sample(SCENES, len(SCENES))
    pairs = [(scenes[place], scenes[place + 5]) for place in range(5)]
    memory = [remembered(_past(scene, rng), scene.name) for scene in scenes for _ in range(EACH)]
    memory += [
        remembered(f"{_past(one, rng)} {_past(other, rng)}", f"{one.name} + {other.name}")
        for one, other in pairs[:3]
        for _ in range(EACH)
    ]
    queries = [
        asked(f"{_now(one, rng)} {_now(other, rng)}", f"{one.name} + {other.name}")
        for one, other in pairs
        for _ in range(8)
    ]
    return memory, queries


def superseded(rng: random.Random) -> Rows:
    """A rule that changed in summer: what was done in spring is wrong now, where the rule changed."""
    changed = {scene.name for scene in rng.sample(SCENES, 5)}
    memory = [
        remembered(_past(scene, rng), f"{scene.name}_{half}", {"date": f"2026-{month + rng.randrange(3):02d}-15"})
        for scene in SCENES
        for month, half in ((2, "old"), (8, "new" if scene.name in changed else "old"))
        for _ in range(EACH)
    ]
    queries = [
        asked(_now(scene, rng), f"{scene.name}_{'new' if scene.name in changed else 'old'}", {"date": "2026-11-15"})
        for scene in SCENES
        for _ in range(4)
    ]
    return memory, queries


def multilingual(rng: random.Random) -> Rows:
    """The same request in Spanish, German and French."""
    known, novel = _known(rng)
    return _plain(rng, [(scene, f"{text}.") for scene in (*known, *novel) for text in scene.abroad], known)


def typos(rng: random.Random) -> Rows:
    """The past wording itself, mistyped."""
    known, novel = _known(rng)
    queries = [(scene, mistyped(worded(scene.past, NOW_THINGS, rng), rng) + ".") for scene in _times(known, novel)]
    return _plain(rng, queries, known)


def mistyped(text: str, rng: random.Random) -> str:
    """Two letters swapped, or one left out, in every word of four letters and more but for one in five."""
    words = []
    for word in text.split():
        at = rng.randrange(1, len(word) - 1) if len(word) > 3 and rng.random() < 0.8 else 0
        swapped = word[:at] + word[at + 1 : at + 2] + word[at : at + 1] + word[at + 2 :]
        words.append(word if not at else swapped if rng.random() < 0.5 else word[:at] + word[at + 1 :])
    return " ".join(words)


def long_haystack(rng: random.Random) -> Rows:
    """One sentence of eight is the request."""
    known, novel = _known(rng)
    memory, queries = _worded_anew(known, novel, rng)
    return (
        [{**row, "text": _buried(row["text"], PAST_HAY, rng)} for row in memory],
        [{**row, "text": _buried(row["text"], NOW_HAY, rng)} for row in queries],
    )


def _buried(text: str, hay: Sequence[str], rng: random.Random) -> str:
    sentences = [f"{one}." for one in rng.sample(hay, 7)]
    sentences.insert(rng.randrange(8), text)
    return " ".join(sentences)


def flood(rng: random.Random) -> Rows:
    """Three right episodes among thirty copies of their look-alike, and of two kinds none at all."""
    one, other = next(twist for twist in TWISTS if twist.name == "tense").variants
    scenes = rng.sample(SCENES, 6)
    memory = []
    for place, scene in enumerate(scenes):
        memory += [past(scene, one, rng) for _ in range(3 if place > 1 else 0)]
        memory += [{**past(scene, other, rng), "context": {"copy": copy}} for copy in range(FLOOD)]
    return memory, [now(scene, variant, rng) for scene in scenes for variant in (one, one, other) for _ in range(3)]


def failures(rng: random.Random) -> Rows:
    """The only episodes that are like the case failed; what the others did is for other cases."""
    one, other = next(twist for twist in TWISTS if twist.name == "payment").variants
    failing = {scene.name for scene in rng.sample(SCENES, 5)}
    memory = [past(scene, other, rng) for scene in SCENES for _ in range(EACH)]
    memory += [{**past(scene, one, rng), "success": scene.name not in failing} for scene in SCENES for _ in range(EACH)]
    return memory, [now(scene, variant, rng) for scene in SCENES for variant in (one, other) for _ in range(ASKED)]


def wrong_labels(rng: random.Random) -> Rows:
    """One episode in eight is filed under another kind."""
    known, novel = _known(rng)
    memory, queries = _worded_anew(known, novel, rng)
    names = [scene.name for scene in known]
    return [
        {**row, "plan": rng.choice(names)} if place % EACH == 0 else row for place, row in enumerate(memory)
    ], queries


def once(rng: random.Random) -> Rows:
    """Each kind of request was made once only."""
    kinds = [(scene, variant) for scene in SCENES for variant in TWISTS[0].variants]
    known = rng.sample(kinds, 15)
    return [past(*kind, rng) for kind in known], [now(*kind, rng) for kind in kinds for _ in range(ASKED)]


HAYSTACKS = (
    Stress(name="paraphrase", says="The same request in other words.", rows=paraphrase),
    Stress(
        name="look_alikes", says="The wrong memories share the case's words, the right ones do not.", rows=look_alikes
    ),
    Stress(name="absent", says="Nothing that is asked for was ever done.", rows=absent),
    Stress(name="two_needles_joined", says="Only a past case with both requests is right.", rows=joined),
    Stress(name="superseded_fact", says="The rule changed; the newer memory is right.", rows=superseded),
    Stress(name="multilingual", says="The same request in Spanish, German and French.", rows=multilingual),
    Stress(name="typos", says="The past wording, mistyped.", rows=typos),
    Stress(name="long_haystack", says="One sentence of eight is the request.", rows=long_haystack),
    Stress(name="near_duplicate_flood", says="Three right memories among thirty copies of a look-alike.", rows=flood),
    Stress(name="failure_as_needle", says="The only memories like the case are failures.", rows=failures),
    Stress(name="wrong_labels", says="One memory in eight is filed under another kind.", rows=wrong_labels),
    Stress(name="seen_once", says="Each kind of request was made once only.", rows=once),
)
STRESSES = {stress.name: stress for stress in (*HAYSTACKS, *twist_tests())}
CONTROLS = {stress.name: stress for stress in control_tests()}
