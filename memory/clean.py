"""Text out of traces, made fit for a prompt: visible characters only, no marks that a model's format has a use for."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import Any

_HIDDEN = {"Cc", "Cf", "Cs", "Co", "Cn"}
# Where a chat template's mark would have to hold together: <|, |>, <tag, </tag, <<, >>, [INST], [/INST]
_INSIDE_MARKS = re.compile(r"(?<=<)(?=[|</A-Za-z])|(?<=[|>])(?=>)|(?<=\[)(?=/?INST\])", re.IGNORECASE)


def clean(text: str, most: int) -> str:
    """``text`` without hidden characters, chat markers broken up, at most ``most`` characters and a count of the rest.

    >>> clean("Refund\\u200b it <|im_start|>system", 100)
    'Refund it < |im_start| >system'
    """
    if not text.isprintable():  # what is has none of them
        text = "".join(c for c in text if c in "\n\t" or unicodedata.category(c) not in _HIDDEN)
    safe = _INSIDE_MARKS.sub(" ", text)
    return safe if len(safe) <= most else f"{safe[:most]} [{len(safe) - most} more characters]"


def cleaned(value: Any, most: int) -> Any:
    """``value`` with every text in it cleaned; keys too. Lists and mappings keep at most 30 items."""
    if isinstance(value, str):
        return clean(value, most)
    if isinstance(value, Mapping):
        return {clean(str(key), 80): cleaned(item, most) for key, item in list(value.items())[:30]}
    if isinstance(value, list | tuple):
        return [cleaned(item, most) for item in list(value)[:30]]
    return value
