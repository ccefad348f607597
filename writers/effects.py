"""What a tool call does to the world, told from its name: reads it, or may change it.

The trace's own annotation goes first. A name that says neither counts as changing, since a procedure that loses a step
is worse than one that has a harmless step too many.
"""

from __future__ import annotations

import itertools
import re

from telltale.memory.text import words
from telltale.memory.types import Step


def _set(terms: str) -> frozenset[str]:
    return frozenset(terms.split())


_READING = _set("""
    analyze ask authenticate browse calculate check compare compute count describe diff display estimate evaluate
    examine explain explore fetch find get glob go goto grep head help history identify info inspect inventory list
    locate look lookup ls navigate output peek ping plan preview print query quote read recall reflect retrieve review
    scan screenshot scroll search see show stat status summarize tail think todo track validate verify view wait walk
    watch web
""")
_CHANGING = _set("""
    accept add apply approve assign book buy cancel change close commit create deactivate delete deploy disable edit
    enable exchange execute insert install modify move patch pay place post publish push put refund register reject
    remove rename replace reset return run save schedule send set submit sync transfer update upload write
""")
_SHELLS = _set("bash cmd command console exec powershell sh shell terminal zsh")
_SHELL_READS = _set("""
    [ alias awk cat cd clear cmp column comm cut date df diff dir du echo egrep env export false fgrep file find fold
    free grep groups head hexdump history host hostname id jobs jq less ls lsof man md5sum more nl nproc od pgrep ping
    printenv printf ps pwd readlink realpath rg sed seq sha256sum sleep sort stat strings tac tail test time top tr tree
    true type uname uniq uptime wc whereis which who whoami xxd yes
""")
_GIT_READS = _set("blame branch describe diff grep log ls-files ls-tree reflog remote rev-parse show status")
_SQL_READS = _set("desc describe explain pragma select show with")
_BEFORE_PROGRAM = _set("sudo time then do ( {")

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
_WORDS = re.compile(r"[a-z]+(?:_[a-z]+)*")
_NAMESPACE = re.compile(r"__|[./:]")
_QUOTED = re.compile(r"'[^']*+'|\"[^\"]*+\"")
_PARTED = re.compile(r"&&|\|\|?|;|\n")
_WRITES_FILE = re.compile(r"(?<![0-9&])>{1,2}(?!\s*/dev/null|&)")
_SETTING = re.compile(r"[A-Za-z_]\w*=\S*")
_SEPARATOR = re.compile(r"[>|;,+()\s]+")  # what labels are split at must not stand in a name


def reads_only(step: Step) -> bool:
    """Does the call change nothing? By annotation, else by name; shells and SQL by what they run."""
    if step.read_only is not None:
        return step.read_only
    if (command := _command(step)) is not None:
        return _changing_program(command) is None
    if (sql := _sql(step)) is not None:
        return next(iter(words(sql)), "") in _SQL_READS
    return _names_reading(_subcommand(step) or step.tool)


def name_of(step: Step) -> str:
    """The name of a call in a signature: its tool; for a shell with the first program that changes something."""
    tool = _SEPARATOR.sub(" ", step.tool).strip()
    program = _changing_program(_command(step) or "")
    return f"{tool}:{_SEPARATOR.sub(' ', program).strip()}" if program else tool


def _names_reading(tool: str) -> bool:
    """By the first word that is a verb of either kind, if no changing verb is joined to it (get_or_create)."""
    parts = [part.lower() for part in _WORD.findall(_NAMESPACE.split(tool)[-1])]
    joined = {after for before, after in itertools.pairwise(parts) if before in {"and", "or"}}
    if joined & _CHANGING or parts[:2] in (["check", "out"], ["check", "in"]):
        return False
    return next((part in _READING for part in parts if part in _READING or part in _CHANGING), False)


def _subcommand(step: Step) -> str:
    """What a tool with commands of its own was told to do: ``str_replace_editor(command="view", ...)``."""
    found = step.arguments.get("command")
    return found if isinstance(found, str) and _WORDS.fullmatch(found) else ""


def _says(tool: str, names: frozenset[str]) -> bool:
    return not names.isdisjoint(part.lower() for part in _WORD.findall(tool))


def _command(step: Step) -> str | None:
    """What a shell was told to run, without quoted text and what follows a here-document; None for other tools."""
    if not _says(step.tool, _SHELLS):
        return None
    for name in ("command", "cmd", "script", "code", "input"):
        value = step.arguments.get(name)
        if isinstance(value, list):
            value = " ".join(map(str, value))
        if isinstance(value, str):
            before, here, after = _QUOTED.sub("''", value).partition("<<")
            return before + here + after.partition("\n")[0]
    return None


def _sql(step: Step) -> str | None:
    """The statement a data base was sent; None for other tools."""
    if not _says(step.tool, frozenset(("sql", "query", "database", "db"))):
        return None
    found = next((step.arguments[name] for name in ("sql", "query", "statement") if name in step.arguments), None)
    return found if isinstance(found, str) and " " in found.strip() else None


def _changing_program(command: str) -> str | None:
    """The first program of a command line that may change something; ``write`` where only a redirection does."""
    for piece in _PARTED.split(command):
        if (program := _program(piece)) and not _program_reads(*program):
            return program[0]
    return "write" if _WRITES_FILE.search(command) else None


def _program(piece: str) -> tuple[str, list[str]] | None:
    """The program's name and its arguments, without variables that are set for it, sudo and the like."""
    found = list(itertools.dropwhile(lambda word: _SETTING.fullmatch(word) or word in _BEFORE_PROGRAM, piece.split()))
    return (found[0].rpartition("/")[2], found[1:]) if found else None


def _program_reads(name: str, given: list[str]) -> bool:
    if name == "git":
        own = (word for before, word in zip(["", *given], given, strict=False) if before not in {"-C", "-c"})
        return next((word for word in own if not word.startswith("-")), "status") in _GIT_READS
    if name == "sed":
        return not any(word.startswith(("-i", "--in-place")) for word in given)
    if name == "find":
        return {"-delete", "-exec"}.isdisjoint(given)
    return name in _SHELL_READS
