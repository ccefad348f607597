"""Does a case file give its answers away by how it looks? Shape tells: length, capitals, signs, template words, copies.

The question that matters most is whether something applies at all, so each feature of a query's shape is asked how well
it alone tells the queries with a match from those without: the area under its ROC curve (0.5: by chance), over folds
that share no procedure, with an interval that is as much wider as there are features to be lucky with. All of shape
together is asked the same, and which procedure a query calls for. Looks at answers; measures no strategy.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from math import ceil
from typing import TYPE_CHECKING, Any

import numpy as np

from .cases import CaseFile, Row, as_case, as_truth
from .curve import Bools, Floats, Ints
from .families import numbered
from .measures import wilson
from .weighted import by_score, resamples

if TYPE_CHECKING:
    from rich.table import Table

LEVEL = 0.05  # of all features together
FOLDS = 5
MATTERS = 0.1  # above chance; what is less gives next to nothing away
RESAMPLED = 300  # times
LEAST = 10  # queries of each kind that a figure is worth taking from
SHARE = 0.05  # of the queries that a template word stands in
NEAR = 0.9  # Jaccard similarity of word pairs, numbers aside, of what is a copy
_WORD = re.compile(r"\w+", re.UNICODE)
_NUMBER = re.compile(r"\d+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Tell:
    """One feature of shape: how well it gives the answer away, and whether beyond chance."""

    name: str
    about: str  # "match": whether something applies; "plan": which procedure
    score: float  # area under the curve, or the share of plans guessed
    chance: float
    interval: tuple[float, float]  # widened for the number of features looked at

    @property
    def found(self) -> bool:
        """Chance lies outside the interval, and the tell is worth having."""
        return self.interval[0] > self.chance and self.score >= self.chance + MATTERS


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaks:
    """What a case file gives away."""

    tells: tuple[Tell, ...]
    exact_copies: int  # queries whose text a memory row has, letters and spaces alike
    near_copies: int  # queries that a memory row has but for numbers and a word in ten or so
    copied: tuple[str, ...]  # ids or texts of some of these
    queries: int
    matched: int  # of the queries, those that something applies to
    procedures: tuple[int, int]  # of the queries that something applies to, and of the others; few tell little

    @property
    def found(self) -> list[Tell]:
        """The tells beyond chance, the strongest first."""
        return sorted((tell for tell in self.tells if tell.found), key=lambda tell: -tell.score)

    @property
    def told(self) -> bool:
        """There were enough queries of both kinds for shape to be looked at."""
        return any(tell.about == "match" for tell in self.tells)

    @property
    def clean(self) -> bool:
        """As far as could be told, shape does not tell whether something applies, and no query is a copy."""
        return not any(tell.about == "match" for tell in self.found) and not self.exact_copies and not self.near_copies


def leaks(file: CaseFile) -> Leaks:
    """What the queries' shape gives away, and which of them are copies of memory rows.

    A feature is passed over where fewer than ten queries have a match or fewer than ten have none.
    """
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1):  # the matrices are small; threads would wait for one another
        return _looked(file)


def _looked(file: CaseFile) -> Leaks:
    known = frozenset(row["plan"] for row in file.memory if row.get("plan") and row.get("success") is not False)
    truths = [as_truth(row, known) for row in file.queries]
    columns = shapes(file.queries)
    match = np.array([truth.has_match for truth in truths], dtype=np.bool_)
    groups = numbered([row.get("plan") for row in file.queries])
    exact, near = copies(file)
    return Leaks(
        tells=(*match_tells(columns, match, groups), *plan_tells(columns, file.queries)),
        exact_copies=len(exact),
        near_copies=len(near),
        copied=tuple([*exact, *near][:5]),
        queries=len(file.queries),
        matched=int(match.sum()),
        procedures=(len(np.unique(groups[match])), len(np.unique(groups[~match]))),
    )


def shapes(rows: Sequence[Row]) -> dict[str, Floats]:
    """Features of rows that have nothing to do with what they mean, by name, ``(n,)`` each."""
    cases = [as_case(row) for row in rows]
    texts = [case.text for case in cases]
    words = [_WORD.findall(text) for text in texts]
    found = {
        "length in letters": [len(text) for text in texts],
        "length in words": [len(each) for each in words],
        "length of words": [sum(map(len, each)) / max(1, len(each)) for each in words],
        "capitals": [sum(map(str.isupper, text)) / len(text) for text in texts],
        "begins with a capital": [text[:1].isupper() for text in texts],
        "digits": [sum(map(str.isdigit, text)) / len(text) for text in texts],
        "signs": [sum(not (one.isalnum() or one.isspace()) for one in text) / len(text) for text in texts],
        "ends with a sign": [not text[-1:].isalnum() for text in texts],
        "question mark": ["?" in text for text in texts],
        "spaces at the ends or doubled": [text != " ".join(text.split()) for text in texts],
        "not ASCII": [not text.isascii() for text in texts],
        "size of the context": [len(case.context) for case in cases],
        "place in the file": list(range(len(rows))),
        "number in the id": [int((_NUMBER.findall(str(row.get("id") or "")) or ["0"])[-1][:15]) for row in rows],
        "length of the id": [len(str(row.get("id") or "")) for row in rows],
    }
    for name in sorted({name for case in cases for name in case.context}):
        found[f"context has {name!r}"] = [name in case.context for case in cases]
    for word in template_words(rows):
        found[f"word {word!r}"] = [word in {one.lower() for one in each} for each in words]
    columns = {name: np.array(values, dtype=np.float64) for name, values in found.items()}
    return {name: values for name, values in columns.items() if len(np.unique(values)) > 1}


def template_words(rows: Sequence[Row]) -> list[str]:
    """Words that stand in at least one query of twenty and belong to no procedure: none has half of their places."""
    places: dict[str, Counter[object]] = defaultdict(Counter)
    for place, row in enumerate(rows):
        for word in {word.lower() for word in _WORD.findall(row["text"])}:
            places[word][row.get("plan") or place] += 1
    return sorted(
        word
        for word, plans in places.items()
        if plans.total() >= max(2, SHARE * len(rows)) and plans.most_common(1)[0][1] <= plans.total() / 2
    )


def match_tells(columns: Mapping[str, Floats], match: Bools, groups: Ints) -> Iterator[Tell]:
    """How well each feature, and all of them together, tell whether something applies."""
    if min(match.sum(), (~match).sum()) < LEAST or not columns:
        return
    kinds = {name: values[:, None] for name, values in columns.items()}
    kinds["all of shape together"] = np.stack([values for name, values in columns.items() if seen(name)], axis=1)
    fewer = min(len(np.unique(groups[match == kind])) for kind in (True, False))
    folds, weights = _folds(match, groups, min(FOLDS, fewer)), resamples(groups, times=RESAMPLED)
    for name, features in kinds.items():
        score = _out_of_fold(features, match, folds)
        area, interval = _area(score, match, weights, looked_at=len(kinds), fewer=fewer)
        yield Tell(name=name, about="match", score=area, chance=0.5, interval=interval)


def plan_tells(columns: Mapping[str, Floats], rows: Sequence[Row]) -> Iterator[Tell]:
    """How often a small tree guesses the procedure from shape alone, against always saying the commonest.

    What a request is about shows in its length too, so that this is worth knowing and no fault by itself.
    """
    from sklearn.model_selection import cross_val_predict
    from sklearn.tree import DecisionTreeClassifier

    plans = np.array([str(row.get("plan")) for row in rows])
    names, place, many = np.unique(plans, return_inverse=True, return_counts=True)
    often = many[place] >= FOLDS
    shown = [values[often] for name, values in columns.items() if seen(name) and not name.startswith("word")]
    if not shown or len(names[many >= FOLDS]) < 2:
        return
    tree = DecisionTreeClassifier(max_leaf_nodes=32, min_samples_leaf=5, random_state=0)
    guessed = cross_val_predict(tree, np.stack(shown, axis=1), plans[often], cv=FOLDS)
    right, asked = int((guessed == plans[often]).sum()), int(often.sum())
    low, high = wilson(right, asked) or (0.0, 1.0)
    chance = float(many[many >= FOLDS].max() / asked)
    yield Tell(name="all of shape together", about="plan", score=right / asked, chance=chance, interval=(low, high))


def seen(name: str) -> bool:
    """Whether a strategy is shown what this feature is taken from; ids and places it never is."""
    return " id" not in name and "place in" not in name


def _folds(match: Bools, groups: Ints, many: int) -> list[tuple[Ints, Ints]]:
    """Which queries to learn from and which to score, so that no procedure is on both sides."""
    from sklearn.model_selection import StratifiedGroupKFold

    return list(StratifiedGroupKFold(many).split(groups, match, groups)) if many > 1 else []


def _out_of_fold(features: Floats, match: Bools, folds: Sequence[tuple[Ints, Ints]]) -> Floats:
    """A score for each query from the other folds: which way a feature points is learned where it is not used."""
    score = np.zeros(len(match))
    for known, new in folds:
        if len(np.unique(match[known])) == 2:
            score[new] = _fitted(features[known], match[known], features[new])
    return score


def _fitted(known: Floats, match: Bools, new: Floats) -> Floats:
    """Scores for ``new``: one feature points where its mean is higher, several are weighed by a regression."""
    if known.shape[1] == 1:
        return np.asarray(new[:, 0] * np.sign(known[match].mean() - known[~match].mean()))
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    model = make_pipeline(StandardScaler(), LogisticRegression()).fit(known, match)
    return np.asarray(model.decision_function(new), dtype=np.float64)


def _area(
    score: Floats, match: Bools, weights: Ints, *, looked_at: int, fewer: int
) -> tuple[float, tuple[float, float]]:
    """The area under the ROC curve, and its interval over whole procedures, Bonferroni's for ``looked_at`` features.

    With few procedures on either side the spread is known badly, hence Student's t by the fewer ones' number.
    """
    from scipy.stats import t

    once = roc_area(score, match, np.ones((1, len(match)), dtype=np.int64))[0]
    spread = float(np.nanstd(roc_area(score, match, weights)))
    reach = float(t.ppf(1 - LEVEL / 2 / looked_at, max(1, fewer - 1))) * spread
    return float(once), (max(0.0, float(once) - reach), min(1.0, float(once) + reach))


def roc_area(score: Floats, positive: Bools, weights: Ints) -> Floats:
    """How often a positive outscores a negative, ties half, ``(b,)``; NaN where a resample lacks one of them."""
    many, positives = by_score(score, positive, weights)
    negatives = many - positives
    below = negatives.sum(axis=1, keepdims=True) - np.cumsum(negatives, axis=1)
    won = (positives * (below + negatives / 2)).sum(axis=1)
    pairs = positives.sum(axis=1) * negatives.sum(axis=1)
    return np.asarray(np.divide(won, pairs, out=np.full(len(won), np.nan), where=pairs > 0), dtype=np.float64)


def copies(file: CaseFile) -> tuple[list[str], list[str]]:
    """The queries that memory rows have letter for letter, and those they have all but so; each by id or text."""
    texts = {row["text"] for row in file.memory}
    index: dict[object, list[frozenset[object]]] = defaultdict(list)
    shingled = [_shingles(row["text"]) for row in file.memory]
    rarity = Counter(one for shingles in shingled for one in shingles)
    for shingles in shingled:
        for one in _rarest(shingles, rarity):
            index[one].append(shingles)
    exact = [_named(row) for row in file.queries if row["text"] in texts]
    near = [
        _named(row)
        for row in file.queries
        if row["text"] not in texts and _has_near(_shingles(row["text"]), index, rarity)
    ]
    return exact, near


def _shingles(text: str) -> frozenset[object]:
    words = [_NUMBER.sub("0", word) for word in _WORD.findall(text.lower())]
    return frozenset(pairwise(words)) or frozenset(words)


def _rarest(shingles: frozenset[object], rarity: Mapping[object, int]) -> list[object]:
    """As many that two sets as alike as NEAR share at least one of (prefix filter: Chaudhuri et al. 2006)."""
    ordered = sorted(shingles, key=lambda one: (rarity[one], str(one)))
    return ordered[: len(shingles) - ceil(NEAR * len(shingles)) + 1]


def _has_near(
    shingles: frozenset[object], index: Mapping[object, Sequence[frozenset[object]]], rarity: Mapping[object, int]
) -> bool:
    alike = (other for one in _rarest(shingles, rarity) for other in index.get(one, ()))
    return any(len(shingles & other) >= NEAR * len(shingles | other) for other in alike)


def _named(row: Row) -> str:
    return str(row.get("id") or row["text"])


def as_json(found: Leaks) -> dict[str, Any]:
    """The same, ready for JSON."""
    told = {**asdict(found), "clean": found.clean, "told": found.told}
    told["tells"] = [{**asdict(tell), "found": tell.found, "seen": seen(tell.name)} for tell in found.tells]
    return told


def leak_table(found: Leaks, *, most: int = 12) -> Table:
    """The strongest features, those beyond chance first."""
    from rich import box
    from rich.markup import escape
    from rich.table import Table

    copied = (
        f"copies of memory rows among {found.queries} queries: {found.exact_copies} exact, {found.near_copies} near"
    )
    few = (
        f"{found.matched} queries with a match and {found.queries - found.matched} without: {LEAST} of each are needed"
    )
    said = copied if found.told else f"{copied}; whether shape tells of a match cannot be said of {few}"
    grid = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), caption=said)
    for head in ("shape", "tells", "how well", "by chance", "interval", ""):
        grid.add_column(head, justify="right" if head in {"how well", "by chance"} else "left")
    for tell in sorted(found.tells, key=lambda tell: (not tell.found, -tell.score))[:most]:
        shown = f"{tell.interval[0]:.2f} to {tell.interval[1]:.2f}"
        said = "[red]beyond chance[/]" if tell.found else ""
        unseen = "" if seen(tell.name) else " (unseen)"
        what = "match" if tell.about == "match" else "procedure"
        cells = (f"{tell.score:.2f}", f"{tell.chance:.2f}", shown, said)
        grid.add_row(escape(tell.name + unseen), what, *cells)
    return grid
