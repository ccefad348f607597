"""What was asked, out of what a scaffold wrote around it.

Agents on benchmarks get the task inside a prompt of rules, tips and the state of their terminal. Those are the same for
every task, so that a memory with them in it finds everything alike. Knows nothing of any one format's fields.
"""

from __future__ import annotations

import re

_TAGGED = re.compile(
    r"<(pr_description|issue_description|problem_statement|task_description|issue|task)>\s*+"
    r"(?:Consider the following PR description:\s*+)?([^<]*+(?:<(?!/\1>)[^<]*+)*+)</\1>"
)
_BEFORE = re.compile(
    r"^(?:ISSUE:\n|Task Description:\n|Please solve this issue:\s"
    r"|We're currently solving the following CTF challenge\. )",
    re.MULTILINE,
)
_AFTER = re.compile(
    r"^(?:INSTRUCTIONS:$|You can execute bash commands and edit files to implement|Current terminal state:$"
    r"|\(Open file: |## Recommended Workflow$)",
    re.MULTILINE,
)


def asked(prompt: str) -> str:
    """The task in a prompt, in the words it was given in; the whole prompt where no scaffold is known in it.

    >>> asked("Rules.\\nISSUE:\\nIt crashes\\n\\nINSTRUCTIONS:\\nFix it.")
    'It crashes'
    >>> asked("I uploaded code.\\n<issue_description>\\nIt crashes\\n</issue_description>\\nFix it.")
    'It crashes'
    >>> asked("Rename a.py")
    'Rename a.py'
    """
    if tagged := _TAGGED.search(prompt):
        return tagged[2].strip()
    before = _BEFORE.search(prompt)
    rest = prompt[before.end() :] if before else prompt
    after = _AFTER.search(rest) if before else None
    return (rest[: after.start()] if after else rest).strip()


def stem(source: str) -> str:
    """A file's name without folders and endings: what a run is called where its trace does not say.

    >>> stem("runs/django__django-1.traj"), stem("a.traj.json.gz"), stem("")
    ('django__django-1', 'a', '')
    """
    name = source.replace("\\", "/").rpartition("/")[2]
    return re.sub(r"(?:\.(?:traj|json|jsonl|gz|zst))+\Z", "", name)
