"""A skill in words: its name, what it does, when it is to be used. Counts how tasks are worded; judges no case."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from telltale.memory.contrast import kind_name
from telltale.memory.lexicon import PASSED_OVER
from telltale.memory.types import Boundary, Condition, SkillStep

from .effects import reads_only
from .facts import sort_of
from .procedures import ANSWER
from .reading import CHOSEN, Fact, Reading

_SHARED = 0.5  # of a procedure's tasks have it ...
_TELLING = 0.25  # ... and so much less of the others
_FACTS, _WORDS = 3, 6
_EXAMPLE = 200
_STEPS_TOLD = 6
_PART = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")


@dataclass(slots=True)
class Wording:
    """How many tasks of each procedure, and of all, have a fact or a word."""

    tasks: Counter[str] = field(default_factory=Counter)  # procedure -> its runs
    facts: dict[str, Counter[Fact]] = field(default_factory=dict)
    everywhere: Counter[Fact] = field(default_factory=Counter)

    def add(self, procedure: str, run: Reading, times: int = 1) -> None:
        """Count one run of ``procedure``; ``times`` -1 takes it back."""
        self.tasks[procedure] += times
        own = self.facts.setdefault(procedure, Counter())
        for counts in (own, self.everywhere):
            for fact in run.facts:
                counts[fact] += times
                if not counts[fact]:
                    del counts[fact]

    def telling_facts(self, procedure: str) -> list[str]:
        """The facts of its case that most tasks of ``procedure`` have and others lack, most telling first."""
        told = (_phrase(fact) for fact in self._telling(procedure) if sort_of(fact) in (0, 2))
        return list(dict.fromkeys(filter(None, told)))[:_FACTS]

    def telling_words(self, procedure: str) -> list[str]:
        """The words that most tasks of ``procedure`` have and others lack, most telling first."""
        return [word for kind, word in self._telling(procedure) if kind == "words" and word not in PASSED_OVER][:_WORDS]

    def _telling(self, procedure: str) -> list[Fact]:
        own, ours = self.tasks[procedure], self.facts.get(procedure, Counter[Fact]())
        others = max(self.tasks.total() - own, 1)
        surplus = {
            fact: count / own - (self.everywhere[fact] - count) / others
            for fact, count in ours.items()
            if count >= _SHARED * own and not fact[0].startswith("result:")
        }
        telling = [fact for fact, more in surplus.items() if more >= _TELLING]
        return sorted(telling, key=lambda fact: (-surplus[fact], fact))


def when_to_use(procedure: str, runs: Sequence[Reading], wording: Wording) -> str:
    """What the tasks of ``runs`` share against those of other procedures, and one of them as the example."""
    facts, said = wording.telling_facts(procedure), wording.telling_words(procedure)
    plain = [word for word in said if not any(word in fact for fact in facts)]
    telling = {("words", word) for word in said}
    example = max(runs, key=lambda run: (len(telling & run.case_facts), -len(run.episode.text)))
    parts = [f'Tasks like "{shortened(example.episode.text)}"']
    parts += [f"with {', '.join(facts)}"] if facts else []
    parts += [f"saying {', '.join(plain)}"] if plain else []
    return "; ".join(parts) + "."


def description(steps: Sequence[SkillStep], runs: Sequence[Reading]) -> str:
    """What a skill does, in a sentence."""
    looks = {each.step.tool for run in runs for each in run.done if reads_only(each.step)}
    told = [(step.tool in looks, _act(step)) for step in steps]
    if not told:
        return ""
    if steps[0].tool == "answer":
        return f"Answer in the form of: {shortened(str(steps[0].arguments.get('text', '')))}"
    if len(told) > _STEPS_TOLD:
        told = [*told[: _STEPS_TOLD - 1], (False, f"{len(told) - _STEPS_TOLD + 1} more steps")]
    sentence = ", then ".join(dict.fromkeys(act for _, act in told))
    return f"{sentence[0].upper()}{sentence[1:]}."


def name_of(procedure: str, wording: Wording) -> str:
    """A readable name: the procedure's own, with the words of its tasks before it where it says nothing by itself."""
    own = slug("answer" if procedure.startswith(ANSWER) else procedure)
    opaque = procedure.startswith(ANSWER) or not re.search(r"[a-z]{3}", own) or own == "no-change"
    return slug("-".join([*wording.telling_words(procedure)[:3], own]) if opaque else own) or "procedure"


def boundary(condition: Condition, here: str, instead: str, use: str) -> Boundary:
    """A boundary in words: what holds there, rather than what is usual here, and what is to be used then."""
    text = f"when {in_words(condition)}{f' rather than {here}' if here else ''}: use {use}"
    return Boundary(text=text, condition=condition, instead=instead)


def in_words(condition: Condition) -> str:
    """A condition as people say it.

    >>> in_words(Condition(kind="choice:payment", value="gift card"))
    'payment is gift card'
    """
    if condition.kind == "words":
        return f"the task {'says' if condition.holds else 'does not say'} '{condition.value}'"
    if condition.kind == "negation":
        return f"the task {'negates' if condition.holds else 'does not negate'} '{condition.value}'"
    if condition.kind.startswith("result:"):
        tool, _, path = condition.kind.removeprefix("result:").partition(".")
        name = f"{path.replace('.*', '').removesuffix('.1')} in the result of {tool}"
        if not condition.value:
            return f"there {'are' if condition.holds else 'are not'} several {name}"
    else:
        name = kind_name(condition.kind)
    if not condition.value:
        return f"{_article(name)} is given" if condition.holds else f"no {name} is given"
    return f"{name} {'is' if condition.holds else 'is not'} {condition.value}"


def slug(text: str) -> str:
    """``text`` as a skill's name: lower-case letters and digits with single hyphens, at most 64; may be empty.

    >>> slug("cancel_order x2 > e-mail!")
    'cancel-order-x2-e-mail'
    """
    return re.sub(r"[^a-z0-9]+", "-", text.lower())[:64].strip("-")


def shortened(text: str, most: int = _EXAMPLE) -> str:
    """``text`` on one line, cut at a word."""
    line = " ".join(text.split())
    return line if len(line) <= most else line[:most].rsplit(" ", 1)[0] + " ..."


def _act(step: SkillStep) -> str:
    """A step as people say it: the words of its tool's name, and what it is done by."""
    said = " ".join(part.lower() for part in _PART.findall(step.tool)) or step.tool
    return f"{said} (where {' and '.join(map(in_words, step.when))})" if step.when else said


def _phrase(fact: Fact) -> str:
    """A fact as a phrase: choices with their value, others by their kind."""
    kind, value = fact
    if value:
        return f"{kind_name(kind)} = {value}"
    return "" if kind.partition(":")[0] in CHOSEN else _article(kind_name(kind))


def _article(name: str) -> str:
    return f"{'an' if name[:1] in 'aeiou' else 'a'} {name}"
