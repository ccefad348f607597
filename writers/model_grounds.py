"""Which words of a model may be kept: short, clean, and naming no tool, command or address that no call has.

Only what agents did is ground for such names. What a task says or a tool gave back is not, since anybody may have
written it; nor are arguments of one run alone, which may have been copied from there.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from telltale.memory.clean import clean

from .model_question import Span

_APART = re.compile(r"[\s\"',;()\[\]]+")
# What only a technical text has: addresses and hosts, paths, identifiers, options
_TECHNICAL = re.compile(
    r"://|@|\w:\D|[\w-][.。｡][^\W\d_]{2}|\d\.\d+\.|^[~.]{0,2}/.|/\w+/|\\|\w_\w|^--?[^\W\d]|^[a-z]{2,}[A-Z]"
)
_EDGES = ".,:;!?'\"()[]*`"  # what may stand around a name
_ACCOUNT = 5  # digits in a word, from which on it names an account or an order; one fewer with other characters
_NAME = re.compile(r"[\w-]+")
_SHELL = re.compile(r"[`$|<>{}\\;]|&&|\(\)")
_COMMANDS = frozenset(
    (
        *("apt", "apt-get", "awk", "base64", "bash", "brew", "certutil", "chmod", "chown", "crontab", "curl", "docker"),
        *(
            "eval",
            "exec",
            "git",
            "iex",
            "iptables",
            "kubectl",
            "mkfs",
            "mshta",
            "nc",
            "ncat",
            "netcat",
            "nohup",
            "node",
        ),
        *("npm", "npx", "osascript", "perl", "pip", "pip3", "powershell", "pwsh", "python", "python3", "regsvr32"),
        *("rm", "rsync", "ruby", "rundll32", "scp", "sed", "sftp", "sh", "ssh", "sudo", "systemctl", "telnet"),
        *("wget", "xargs", "zsh"),
    )
)
_ORDER = re.compile(
    r"\b(ignore|disregard|forget|override|bypass)\b.{0,60}\b(instruction|rule|prompt|above|previous|guard|polic)"
    r"|\bsystem (prompt|message)\b|\byou are now\b|\bnew instructions?\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Grounds:
    """The technical names that recorded calls bear out."""

    names: frozenset[str]

    @staticmethod
    def of(spans: Iterable[Span]) -> Grounds:
        """Plain names of tools and arguments of the calls, and whatever calls of two runs have in common."""
        names: set[str] = set()
        runs: dict[str, set[str]] = {}
        for span in spans:
            if span.call is None:
                continue
            told = (span.call.tool, *span.call.arguments)
            names |= {_plain(name) for name in told if _NAME.fullmatch(name)}
            values = json.dumps(list(span.call.arguments.values()), ensure_ascii=False, default=str)
            for found in (*_technical(values), *map(_plain, told)):
                runs.setdefault(found, set()).add(span.episode.id)
        return Grounds(frozenset(names | {name for name, having in runs.items() if len(having) > 1}))

    def text(self, said: str, most: int) -> str:
        """``said`` in one clean line; empty where it does not stand: too long, or naming what nothing bears out."""
        line = " ".join(clean(unicodedata.normalize("NFKC", said[: 4 * most]), 4 * most).split())
        if len(line) > most or _SHELL.search(line) or _ORDER.search(line) or _circles(line):
            return ""
        return line if all(name in self.names for name in _technical(line)) else ""

    def texts(self, said: Sequence[str], most: int, count: int) -> tuple[str, ...]:
        """At most ``count`` of ``said`` that stand, each once."""
        kept = {text.casefold(): text for text in reversed([self.text(one, most) for one in said]) if text}
        return tuple(reversed(kept.values()))[:count]


def _technical(text: str) -> Iterator[str]:
    """Every technical name in ``text``, in plain form; commands too."""
    for word in _APART.split(unicodedata.normalize("NFKC", text)):
        name = _plain(word)
        digits = sum(map(str.isdigit, name))
        if name in _COMMANDS or _TECHNICAL.search(word.strip(_EDGES)) or digits >= _ACCOUNT - (not name.isdigit()):
            yield name


def _circles(line: str) -> bool:
    """Whether more than half of what is said was said before, as small models do until they are cut short."""
    said = line.lower().split()
    return 2 * len(set(said)) < len(said)


def _plain(name: str) -> str:
    return unicodedata.normalize("NFKC", name).lower().strip(_EDGES)
