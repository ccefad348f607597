"""The agents of the desk: a colleague who is recorded, one who has to find out alone, and one who follows a memory.

All of them see the request, its context and what tools show, and nothing else of a ticket. With an example the last
does what models are known to do with them: it follows the first it is given, with the names changed. With a skill it
does what the skill says, to the letter.
"""

from __future__ import annotations

import json
import random
from collections.abc import Mapping, Sequence
from math import fsum
from typing import Any

import telltale
from telltale.memory.types import Episode, Skill

from . import handbook
from .desk import ASK, TOOLS, Desk, Run
from .handbook import HANDBOOK, Procedure, Step
from .references import Sight, Unbound, refer, resolve
from .tickets import Ticket

ONE_STEP_SHORT = 0.3  # share of a colleague's mistakes that are a last step forgotten; the rest are look-alikes
HABITS = (handbook.step("get_customer", customer_id=handbook.CUSTOMER), handbook.SEE_ORDER, handbook.SEE_PAYMENTS)


def record(ticket: Ticket, skill: float, rng: random.Random) -> Run:
    """A colleague's run: right with probability ``skill``, else taken for its look-alike or left one step short.

    Colleagues also have habits (a look at the account that was not needed) and slips (a number mistyped, then again
    rightly). Whether the run was a success is read from the database, whatever the script intended.
    """
    page = HANDBOOK[ticket.procedure]
    steps = page.steps
    if rng.random() >= skill:
        short = rng.random() < ONE_STEP_SHORT
        steps = steps[:-1] if short else HANDBOOK[page.look_alike].steps
    desk = Desk(ticket)
    sight = Sight(text=ticket.text, context=ticket.context)
    if rng.random() < 0.4:
        _take(desk, rng.choice(HABITS), sight)
    if rng.random() < 0.15:
        desk.call("get_order", {"order_id": f"W{rng.randint(100, 999)}"})
    done = _perform(desk, steps, sight)
    return desk.close("That is done." if done else "I am sorry, I could not do that.")


def follow_script(ticket: Ticket, procedure: str) -> Run:
    """The run that does just what one page of the handbook says."""
    desk = Desk(ticket)
    _perform(desk, HANDBOOK[procedure].steps, Sight(text=ticket.text, context=ticket.context))
    return desk.close("Done.")


def run_agent(ticket: Ticket, example: Episode | None) -> Run:
    """The agent whose memory is on trial: it copies ``example`` if it is given one, and works the case out if not.

    An example that cannot be followed to its end (a value is not to be found, a tool refuses) is given up, and the
    case is worked out from where that left it.
    """
    desk = Desk(ticket)
    if example is None:
        return desk.close(_explore(desk))
    done = _copy(desk, example)
    words = "That is done." if done else _explore(desk)
    return desk.close(words, followed=True, abandoned=not done, example=example.id)


def run_with_skill(memory: telltale.AgentMemory, ticket: Ticket, skill: Skill, example: Episode | None) -> Run:
    """The same agent with a skill: it does that to the letter, and copies ``example`` where a value is not to be found.

    Where the skill says itself that it is not for this ticket, or a tool refuses, the case is worked out alone; the
    skill counts as followed once a step of it was done.
    """
    desk = Desk(ticket)
    followed = memory.follow(skill, ticket.text, ticket.context, call=desk.call)
    done = followed.ok or (
        followed.stopped == "unbound" and not desk.changed() and example is not None and _copy(desk, example)
    )
    words = "That is done." if done else _explore(desk)
    return desk.close(words, followed=bool(followed.done), abandoned=bool(followed.done) and not done, example=skill.id)


def _explore(desk: Desk) -> str:
    """Look everything up, then ask the customer about one page of the handbook after another, likeliest first.

    Likely is a page whose arguments are all at hand and which shares words with the request, rare ones counting
    more. The customer has patience for a few wrong guesses only; then the case goes to a person, unsolved.
    """
    sight = Sight(text=desk.ticket.text, context=desk.ticket.context)
    for look in (*HABITS, handbook.SEE_PARCEL, handbook.SEE_SUBSCRIPTION):
        _take(desk, look, sight)
    for page in _likely_pages(sight):
        answer = desk.call(ASK, {"question": page.name})
        if answer.get("answer") == "yes":
            _perform(desk, [each for each in page.steps if not _known(each, sight)], sight)
            return "I asked, and it is done."
        if "error" in answer:
            break
    desk.call("escalate", {"reason": "could not find out what the customer needs"})
    return "I have handed this to a colleague."


def _copy(desk: Desk, example: Episode) -> bool:
    """Do the example's steps with this ticket's values in place of its own; False where that cannot be."""
    theirs = Sight(text=example.text, context=example.context)
    ours = Sight(text=desk.ticket.text, context=desk.ticket.context)
    for their in example.steps:
        if their.error or their.tool == ASK or their.tool not in TOOLS:
            continue
        arguments = {name: refer(value, theirs) for name, value in their.arguments.items()}
        if not _take(desk, Step(tool=their.tool, arguments=arguments), ours) and not TOOLS[their.tool].read_only:
            return False
        theirs.seen[their.tool] = _parsed(their.observation)
    return True


def _perform(desk: Desk, steps: Sequence[Step], sight: Sight) -> bool:
    return all(_take(desk, each, sight) for each in steps)


def _take(desk: Desk, step: Step, sight: Sight) -> bool:
    """One step, if all of its arguments can be found and the tool does not refuse."""
    try:
        arguments = {name: resolve(reference, sight) for name, reference in step.arguments.items()}
    except Unbound:
        return False
    observation = desk.call(step.tool, arguments)
    if "error" in observation:
        return False
    sight.seen[step.tool] = observation
    return True


def _known(step: Step, sight: Sight) -> bool:
    """A look-up that has been made already, with the same arguments."""
    first_order = "text.order.1" not in step.arguments.values()
    return TOOLS[step.tool].read_only and step.tool in sight.seen and first_order


def _likely_pages(sight: Sight) -> list[Procedure]:
    pages = [page for page in HANDBOOK.values() if _possible(page, sight)]
    request = _long_words(sight.text)
    texts = {page.name: _long_words(page.purpose) for page in HANDBOOK.values()}

    def shared(page: Procedure) -> float:
        return fsum(1 / sum(word in text for text in texts.values()) for word in texts[page.name] & request)

    return sorted(pages, key=lambda page: (-shared(page), page.name))


def _possible(page: Procedure, sight: Sight) -> bool:
    """Every argument of the page can be found, as far as the look-ups made so far can tell."""
    try:
        for reference in (reference for each in page.steps for reference in each.arguments.values()):
            resolve(reference, sight)
    except Unbound:
        return False
    return True


def _long_words(text: str) -> set[str]:
    return {word for word in "".join(c if c.isalpha() else " " for c in text.lower()).split() if len(word) > 3}


def _parsed(observation: str) -> Mapping[str, Any]:
    try:
        parsed = json.loads(observation)
    except ValueError:
        return {}
    return parsed if isinstance(parsed, dict) else {}
