"""Places in a JSON value: keys and list elements from the outside in.

A list element is a number (``-1``: the last), ``*`` (the one that the task says something of, the first where it is not
one), ``[]`` (all) or ``[said]`` (all that the task says something of). Knows nothing of runs.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

Path = tuple[str, ...]

_ELEMENTS = 8  # of a list that are told apart by number
_LEAVES = 2_000
_SHORTEST = 3  # characters of a word that can give an element away
MENTIONED, ALL, SAID = "*", "[]", "[said]"


def walk(content: Any, path: Sequence[str], said: frozenset[str]) -> Any:
    """What stands at ``path``; raises LookupError, TypeError or ValueError where there is nothing.

    Args:
        said: the words of the task.
    """
    for at, key in enumerate(path):
        if isinstance(content, list):
            if key in (ALL, SAID):
                chosen = content if key == ALL else [content[i] for i in mentioned(content, said)]
                return [walk(each, path[at + 1 :], said) for each in _some(chosen)]
            content = content[element(content, said) if key == MENTIONED else int(key)]
        else:
            content = (content if isinstance(content, Mapping) else {})[key]
    return content


def leaves(content: Any, said: frozenset[str]) -> Iterator[tuple[Path, Any]]:
    """Path and value of every leaf and of every list of leaves, at most 2,000; one leaf may have several paths."""
    return islice(_leaves(content, said), _LEAVES)


def mentioned(elements: Sequence[Any], said: frozenset[str]) -> list[int]:
    """The elements that the task says something of that it says of no other, in order.

    An element of which it says less than half as much as of another, by letters, does not count.
    """
    weights = _weights(elements, said)
    most = max(weights, default=0)
    return [at for at, weight in enumerate(weights) if 0 < most <= 2 * weight]


def _weights(elements: Sequence[Any], said: frozenset[str]) -> list[int]:
    """For each element, the letters of the words that the task says of it and of no other."""
    own = [_words(each) for each in elements]
    often = Counter(word for words in own for word in words)
    return [sum(len(word) for word in words if often[word] == 1 and word in said) for words in own]


def _leaves(content: Any, said: frozenset[str]) -> Iterator[tuple[Path, Any]]:
    if isinstance(content, Mapping):
        for key, inner in content.items():
            for path, leaf in _leaves(inner, said):
                yield (str(key), *path), leaf
    elif isinstance(content, list) and content:
        yield from _each(content, said)
        one = element(content, said)
        for at, inner in enumerate(content):
            if at != one and _ELEMENTS <= at < len(content) - 1:
                continue
            names = [MENTIONED] if at == one else []
            names += [str(at)] if at < _ELEMENTS else []
            names += ["-1"] if at == len(content) - 1 and at else []
            for path, leaf in _leaves(inner, said):
                for name in names:
                    yield (name, *path), leaf
    elif content is not None and not isinstance(content, list):
        yield (), content


def _each(elements: list[Any], said: frozenset[str]) -> Iterator[tuple[Path, Any]]:
    """The lists that ``[]`` and ``[said]`` give."""
    chosen = [elements[at] for at in mentioned(elements, said)]
    for name, some in ((SAID, chosen), (ALL, elements)):
        if some and all(isinstance(each, Mapping) for each in some):
            for key in some[0]:
                if all(key in each and not isinstance(each[key], list | Mapping) for each in some):
                    yield (name, str(key)), [each[key] for each in some]
        elif some and not any(isinstance(each, list | Mapping) for each in some):
            yield (name,), list(some)


def element(elements: Sequence[Any], said: frozenset[str]) -> int:
    """The element that the task says most of; the first where that is not one."""
    weights = _weights(elements, said)
    most = max(weights, default=0)
    return weights.index(most) if weights.count(most) == 1 else 0


def _some(chosen: list[Any]) -> list[Any]:
    if not chosen:
        raise LookupError(SAID)
    return chosen


def _words(content: Any) -> set[str]:
    """The words of the texts and numbers in an element."""
    if isinstance(content, Mapping):
        return set().union(*map(_words, content.values()))
    if isinstance(content, list):
        return set().union(*map(_words, content))
    if isinstance(content, bool) or content is None:
        return set()
    text = str(content).casefold()
    return {text, *(word for word in _split(text) if len(word) >= _SHORTEST)}


def _split(text: str) -> list[str]:
    return "".join(char if char.isalnum() else " " for char in text).split()
