"""Episodes by procedure, as distilling counts them: independent successes and failures, and how their tasks are worded.

Kept from call to call, so that one more episode costs what it changes. Makes no skill.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from typing import Any

from telltale.memory.identity import duplicate_hash
from telltale.memory.text import words
from telltale.memory.types import Episode, Outcome, Procedure

from .procedures import names_by_key
from .reading import Reading
from .telling import Wording

_STRAY = 0.5  # least cosine (TF-IDF) of a failed task to the successful one that it is compared with
_CHUNK = 200  # strays compared at a time

Runs = dict[str, Reading]  # by id


class Tally:
    """The runs of every procedure. A copy of a run, and a run whose outcome is a guess, counts for nothing."""

    def __init__(self, episodes: Iterable[Episode], procedures: Sequence[Procedure]) -> None:
        self.succeeded: dict[str, Runs] = {}
        self.wording = Wording()
        self._failed: dict[str, Runs] = {}  # by what was done
        self._strays: dict[str, Runs] = {}  # by what the task called for
        self._name_of = names_by_key(procedures)
        self._seen: dict[tuple[str, Outcome], str] = {}  # content and outcome -> the one that counts
        self._of: dict[str, tuple[tuple[str, Outcome], str]] = {}  # id -> its mark, and the procedure it counts for
        failed = [self._added(episode) for episode in sorted(episodes, key=lambda episode: episode.id)]
        self._stray([run for run in failed if run])

    def add(self, episode: Episode, procedure: str = "") -> str:
        """Count one episode more, or anew where its id is known; the procedure that it counts for, empty for none.

        Args:
            procedure: what it belongs to where its key is of no known procedure; empty: a success founds its own.
        """
        self.discard(episode.id)
        self._name_of.setdefault(episode.key, procedure or episode.key)
        run = self._added(episode)
        if run:
            self._stray([run])
        return self._of[episode.id][1] if episode.id in self._of else ""

    def discard(self, id_: str) -> None:
        """Count an episode no more; an unknown id changes nothing."""
        mark, name = self._of.pop(id_, (("", Outcome.UNKNOWN), ""))
        if not name:
            return
        del self._seen[mark]
        if run := self.succeeded.get(name, {}).pop(id_, None):
            self.wording.add(name, run, -1)
        for failed in (*self._failed.values(), *self._strays.values()):
            failed.pop(id_, None)

    def failed(self, procedure: str) -> list[Reading]:
        """The failed runs that did what ``procedure`` does, or whose task called for it."""
        found = self._failed.get(procedure, {}) | self._strays.get(procedure, {})
        return [found[id_] for id_ in sorted(found)]

    def taken_for(self, procedure: str) -> Counter[str]:
        """How many failed runs did what ``procedure`` does on a task that called for another, by that other."""
        own = self._failed.get(procedure, {})
        found = Counter(
            {name: len(own.keys() & runs.keys()) for name, runs in self._strays.items() if name != procedure}
        )
        return +found

    def _added(self, episode: Episode) -> Reading | None:
        """The run, where it failed; successes are counted at once."""
        if episode.guessed or episode.outcome not in (Outcome.SUCCESS, Outcome.FAILURE):
            return None
        mark = duplicate_hash(b"", episode), episode.outcome
        if mark in self._seen:
            return None
        name, run = self._name_of.get(episode.key, ""), Reading(episode)
        self._seen[mark], self._of[episode.id] = episode.id, (mark, name)
        if episode.outcome is Outcome.FAILURE:
            if name:
                self._failed.setdefault(name, {})[episode.id] = run
            return run
        if name:
            self.succeeded.setdefault(name, {})[episode.id] = run
            self.wording.add(name, run)
        return None

    def _stray(self, failed: Sequence[Reading]) -> None:
        """File failed runs under the procedure whose successful task is most like theirs, where one is near."""
        for run, name in zip(failed, self._nearest([run.episode.text for run in failed]), strict=True):
            given = bool(run.episode.label) and run.episode.label in self._name_of
            if name and not given:
                self._strays.setdefault(name, {})[run.episode.id] = run

    def _nearest(self, texts: Sequence[str]) -> Iterator[str]:
        if not texts or not self._known[0]:
            yield from ("" for _ in texts)
            return
        names, vectorizer, known = self._known
        asked = vectorizer.transform(texts)
        for start in range(0, len(texts), _CHUNK):
            similar = (asked[start : start + _CHUNK] @ known).toarray()
            best = similar.argmax(axis=1)
            yield from (names[at] if row[at] >= _STRAY else "" for row, at in zip(similar, best, strict=True))

    @cached_property
    def _known(self) -> tuple[list[str], Any, Any]:
        """The procedures of the successful tasks, and their texts as vectors; those that were there at first."""
        runs = [(name, run.episode.text) for name in sorted(self.succeeded) for run in self.succeeded[name].values()]
        if not runs:
            return [], None, None
        from sklearn.feature_extraction.text import TfidfVectorizer

        vectorizer = TfidfVectorizer(analyzer=lambda text: words(text) or [""], sublinear_tf=True)
        return [name for name, _ in runs], vectorizer, vectorizer.fit_transform(text for _, text in runs).T
