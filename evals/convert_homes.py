"""Household tasks to case files: people's words of ALFRED, and an agent's episodes in ALFWorld. Asks nobody.

A procedure is the published type of task; ``plan_exact`` adds the things and places.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from .case_rows import Files, as_json_lines, case_row, matched, read_json_lines

_PARTS = {"train": "memory", "valid_seen": "query", "valid_unseen": "query"}  # of ALFRED, in the file's order
_WALKING = {"GotoLocation", "NoOp"}
_SAID = ("Think:", "ActionPath:")  # lines of an episode that do nothing
_TASK = "Your task is to:"


def alfred(trials: Iterable[tuple[str, bytes]]) -> Files:
    """Every ``traj_data.json`` with its path in the repository, in any order.

    Of a training trial the first worker's words are remembered, of a validation trial every worker's are asked about.
    """
    found = sorted((path, _told(json.loads(raw))) for path, raw in trials if path.split("/")[2] in _PARTS)
    rows = [row for part in _PARTS for row in _part(part, [one for one in found if one[0].split("/")[2] == part])]
    return {"cases.jsonl": as_json_lines(matched(rows))}


def _told(trial: Mapping[str, Any]) -> dict[str, Any]:
    """What the rows need of a trial, which is mostly pictures' names and places."""
    names = ("task_type", "pddl_params", "turk_annotations")
    actions = [step["discrete_action"] for step in trial["plan"]["high_pddl"]]
    return {**{name: trial[name] for name in names}, "scene": trial["scene"]["floor_plan"], "actions": actions}


def _part(part: str, trials: Iterable[tuple[str, Mapping[str, Any]]]) -> Iterator[dict[str, Any]]:
    for number, (path, trial) in enumerate(trials):
        workers = trial["turk_annotations"]["anns"]
        for worker, said in enumerate(workers[:1] if _PARTS[part] == "memory" else workers):
            yield _task(f"alfred-{part}-{number}-{worker}", path, trial, said, _PARTS[part])


def _task(id_: str, path: str, trial: Mapping[str, Any], said: Mapping[str, Any], split: str) -> dict[str, Any]:
    given = trial["pddl_params"]
    plan = trial["task_type"] + ("+slice" if given["object_sliced"] else "")
    things = [given[name] for name in ("object_target", "mrecep_target", "parent_target", "toggle_target")]
    actions = [
        f"{action['action']}({','.join(action['args'])})"
        for action in trial["actions"]
        if action["action"] not in _WALKING
    ]
    row = case_row(id_, said["task_desc"].strip(), {"scene": trial["scene"]}, plan, split, path)
    row |= {"plan_exact": f"{plan}({','.join(filter(None, things))})", "actions": actions}
    return row | ({"steps": [step.strip() for step in said["high_descs"]]} if split == "memory" else {})


def alfworld(episodes: bytes, tasks: bytes) -> Files:
    """KnowAgent's episodes, to be remembered with how they ended, and the tasks that ExpeL lists, to be asked about."""
    rows = [_episode(number, episode) for number, episode in enumerate(read_json_lines(episodes))]
    rows += [_asked(number, task) for number, task in enumerate(json.loads(tasks))]
    return {"cases.jsonl": as_json_lines(matched(rows))}


def _episode(number: int, episode: Mapping[str, Any]) -> dict[str, Any]:
    source = f"Self-Learning/trajs/datas/KnowAgentALFWorld_llama-2-13b_D0.jsonl:{number}"
    row = _home(f"alfworld-d0-{number}", episode["traj"], episode["name"], "memory", source)
    did = [line[1:].strip() for line in episode["traj"].split("\n") if line.startswith(">")]
    return row | {"success": bool(episode["result"]), "actions": [one for one in did if not one.startswith(_SAID)]}


def _asked(number: int, task: Mapping[str, Any]) -> dict[str, Any]:
    goal, _, _ = task["goal"].partition("___")
    name = task["gamefile"].partition("valid_unseen/")[2]
    return _home(f"alfworld-eval-{number}", goal, name, "query", "data/alfworld/alfworld_tasks_suffix.json")


def _home(id_: str, said: str, name: str, split: str, source: str) -> dict[str, Any]:
    """``name`` is the game's folder: TYPE-OBJECT-None-PLACE-ROOM/trial."""
    plan, thing, _, place, _ = name.partition("/")[0].split("-")
    room, _, rest = said.partition("\n")
    text = rest.partition(_TASK)[2].partition("\n")[0].strip()
    return {
        **case_row(id_, text, {"room": room.strip()}, plan, split, source),
        "plan_exact": f"{plan}({thing},{place})",
    }
