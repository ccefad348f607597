"""When a procedure is to be used and when not, in words: what its tasks share, what sets its look-alikes apart."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice

from telltale.memory.contrast import kind_name
from telltale.memory.facets import find_facets
from telltale.memory.text import words
from telltale.memory.types import Case, Episode, LookAlike

TellApart = Callable[[Case, Case], float]

_SHARED = 0.5  # of a procedure's tasks have it ...
_TELLING = 0.25  # ... and so much less of the others
_FACTS, _WORDS, _BOUNDARIES = 3, 6, 5
_CHOSEN = frozenset(  # kinds whose values are a choice, not a name or a measure
    ("choice", "context", "count", "error_code", "file_type", "form", "negation", "version")
)
_READ_AT_MOST = 4_000  # characters of a task
_EXAMPLE = 200


@dataclass(slots=True)
class Wording:
    """How often words and facts stand in the tasks of each procedure, and in all."""

    tasks: Counter[str] = field(default_factory=Counter)  # procedure -> its tasks
    words: dict[str, Counter[str]] = field(default_factory=dict)
    facts: dict[str, Counter[str]] = field(default_factory=dict)
    all_words: Counter[str] = field(default_factory=Counter)
    all_facts: Counter[str] = field(default_factory=Counter)

    def add(self, procedure: str, case: Case) -> None:
        """Count one task of ``procedure``."""
        said, facts = set(words(case.text[:_READ_AT_MOST])), set(_facts(case))
        self.tasks[procedure] += 1
        self.words.setdefault(procedure, Counter()).update(said)
        self.facts.setdefault(procedure, Counter()).update(facts)
        self.all_words.update(said)
        self.all_facts.update(facts)

    def telling_facts(self, procedure: str) -> list[str]:
        """The facts that most tasks of ``procedure`` have and others lack, most telling first."""
        return self._telling(procedure, self.facts[procedure], self.all_facts)[:_FACTS]

    def telling_words(self, procedure: str) -> list[str]:
        """The words that most tasks of ``procedure`` have and others lack, most telling first."""
        return self._telling(procedure, self.words[procedure], self.all_words)[:_WORDS]

    def _telling(self, procedure: str, ours: Counter[str], everywhere: Counter[str]) -> list[str]:
        own = self.tasks[procedure]
        others = self.tasks.total() - own
        share = {item: count / own for item, count in ours.items() if len(item) > 2}
        surplus = {item: share[item] - (everywhere[item] - ours[item]) / max(others, 1) for item in share}
        telling = [item for item in share if share[item] >= _SHARED and surplus[item] >= _TELLING]
        return sorted(telling, key=lambda item: (-surplus[item], item))


def when_to_use(procedure: str, runs: Sequence[Episode], wording: Wording) -> str:
    """What the tasks of ``runs`` share against those of other procedures, and one of them as the example."""
    facts, said = wording.telling_facts(procedure), wording.telling_words(procedure)
    plain = [word for word in said if not any(word in fact for fact in facts)]
    example = max(runs, key=lambda run: (len(set(said) & set(words(run.text[:_READ_AT_MOST]))), -len(run.text)))
    parts = [f'Tasks like "{shortened(example.text)}"']
    parts += [f"with {', '.join(facts)}"] if facts else []
    parts += [f"saying {', '.join(plain)}"] if plain else []
    return "; ".join(parts) + "."


def when_not_to_use(
    procedure: str, look_alikes: Iterable[LookAlike], cases: Mapping[str, Case], tell_apart: TellApart
) -> tuple[str, ...]:
    """The boundaries to look-alike procedures, those that tell cases apart most surely first; at most five."""
    surest: dict[tuple[str, str], tuple[float, str]] = {}  # (other procedure, kind) -> how surely, boundary
    for pair in look_alikes:
        other, boundary = _boundary(procedure, pair)
        if boundary and pair.difference is not None:
            known = pair.first in cases and pair.second in cases
            sure = tell_apart(cases[pair.first], cases[pair.second]) if known else 0.0
            key = (other, pair.difference.kind)
            surest[key] = min(surest.get(key, (0.0, "~")), (-sure, boundary))
    others: dict[str, list[str]] = {}
    for (other, _), (_, boundary) in sorted(surest.items(), key=lambda found: (found[1], found[0])):
        others.setdefault(boundary, []).append(other)
    told = (f"when {boundary} (there: {' or '.join(names)})" for boundary, names in others.items())
    return tuple(islice(told, _BOUNDARIES))


def shortened(text: str, most: int = _EXAMPLE) -> str:
    """``text`` on one line, cut at a word."""
    line = " ".join(text.split())
    return line if len(line) <= most else line[:most].rsplit(" ", 1)[0] + " ..."


def _boundary(procedure: str, pair: LookAlike) -> tuple[str, str]:
    """The other procedure, and what holds there but not here; empty where the pair says nothing of ``procedure``."""
    difference = pair.difference
    if difference is None or difference.weight <= 0:
        return "", ""
    if procedure == pair.first_procedure:
        return pair.second_procedure, _apart(difference.kind, difference.case_value, difference.candidate_value)
    if procedure == pair.second_procedure:
        return pair.first_procedure, _apart(difference.kind, difference.candidate_value, difference.case_value)
    return "", ""


def _apart(kind: str, here: str, there: str) -> str:
    if kind in ("words", "negation"):
        verb = "says" if kind == "words" else "negates"
        return f"the task {verb} '{there}'" if there else f"the task does not {verb[:-1]} '{here}'"
    name = kind_name(kind)
    if not there:
        return f"no {name} is given"
    if here and kind.partition(":")[0] not in _CHOSEN:
        return ""  # one order number rather than another is no boundary
    there, here = there.replace(", ", " and "), here.replace(", ", " and ")  # several values of one kind
    return f"{name} is {there}" + (f" rather than {here}" if here else "")


def _facts(case: Case) -> Iterator[str]:
    """The facts of a case as phrases: choices with their value, others by their kind."""
    for facet in find_facets(case):
        if facet.kind.partition(":")[0] in _CHOSEN:
            yield f"{kind_name(facet.kind)} = {facet.value}"
        else:
            yield f"{'an' if kind_name(facet.kind)[0] in 'aeiou' else 'a'} {kind_name(facet.kind)}"
