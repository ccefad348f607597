"""LangGraph: nodes that recall before an agent works and remember what it did.

    graph.add_node("recall", recall_node(memory))
    graph.add_node("agent", lambda state: {"messages": [model.invoke(with_experience(state))]})
    graph.add_node("remember", remember_node(memory))

Nodes pass plain JSON values in the state, so that any checkpointer can keep them. :mod:`.langgraph_store` is the same
memory as a store.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from langchain_core.messages import AnyMessage, HumanMessage, ToolMessage, convert_to_openai_messages
from langchain_core.runnables import RunnableConfig
from langgraph.graph import MessagesState
from typing_extensions import TypedDict

from telltale import AgentMemory
from telltale.memory.types import Context, Outcome

from .langgraph_store import ExperienceStore

__all__ = ["ExperienceState", "ExperienceStore", "Recalled", "recall_node", "remember_node", "with_experience"]

State = Mapping[str, Any]


class Recalled(TypedDict):
    """What a graph keeps of a recall."""

    task: str  # what was asked about
    text: str  # the block for the prompt; empty where nothing applies
    recall: str  # the receipt for feedback, which is good for as long as the state is; empty where nothing applies


class ExperienceState(MessagesState):
    """A state for these nodes; a state of one's own needs the same two names."""

    experience: Recalled


def asked(state: State) -> str:
    """The last thing that a user said, in words; empty where there is none."""
    said = (_words(message) for message in reversed(state["messages"]) if isinstance(message, HumanMessage))
    return next(filter(None, said), "")


def recall_node(
    memory: AgentMemory,
    *,
    task: Callable[[State], str] = asked,
    context: Callable[[State], Context] | None = None,
    **options: Any,
) -> Callable[..., dict[str, Any]]:
    """A node that puts into ``experience`` what past runs say of the task.

    Args:
        memory: where to ask.
        task: finds the task in the state; without it, what the user said last. Nothing is asked where it is empty.
        context: finds what else is known of it, as names and values.
        options: of :meth:`AgentMemory.recall`: ``k``, ``risk``, ``budget``, ``strict``, ``kinds``.
    """

    def recall(state: State) -> dict[str, Any]:
        text = task(state)
        found = memory.recall(text, context(state) if context else None, **options) if text else None
        shown = found if found and found.admitted else None
        told, receipt = (shown.text, shown.receipt()) if shown else ("", "")
        return {"experience": Recalled(task=text, text=told, recall=receipt)}

    return recall


def with_experience(state: State) -> list[AnyMessage]:
    """The messages for the model: the block stands before the task as a user's message, never as a system's.

    What past runs said is data. The messages in the state stay as they are.
    """
    messages = list(state["messages"])
    told = state.get("experience")
    if not told or not told["text"]:
        return messages
    return [*messages[: (at := _start(messages, told["task"]))], HumanMessage(told["text"]), *messages[at:]]


def remember_node(
    memory: AgentMemory,
    *,
    outcome: Callable[[State], str | Outcome | None] | None = None,
    context: Callable[[State], Context] | None = None,
    source: str = "langgraph",
) -> Callable[..., dict[str, Any]]:
    """A node that takes in the run: the messages from the task on. It changes nothing in the state.

    Args:
        memory: where to remember.
        outcome: tells from the state how the run ended; without it, or where it says ``None``, that stays unknown.
            A known outcome is feedback on what was recalled.
        context: finds what else was known of the task.
        source: where it takes place; ``forget(source=...)`` takes everything from there away.

    With a checkpointer, a task that goes on over several turns of its thread is one run, brought up to date each time.
    """

    def remember(state: State, config: RunnableConfig) -> dict[str, Any]:
        messages = state["messages"]
        told = state.get("experience") or Recalled(task="", text="", recall="")
        at = _start(messages, told["task"])
        thread = (config.get("configurable") or {}).get("thread_id")
        said = outcome(state) if outcome else None
        memory.remember(
            {"messages": _plain(messages[at:])},
            outcome=said,
            context=context(state) if context else None,
            source=source,
            trace_id=f"{thread}#{at}" if thread else None,
        )
        if told["recall"] and said is not None:
            memory.feedback(told["recall"], outcome=said)
        return {}

    return remember


def _start(messages: Sequence[AnyMessage], task: str) -> int:
    """Where the run begins: at the last message that is its task; else at the first that a user said."""
    said = [at for at, message in enumerate(messages) if isinstance(message, HumanMessage)]
    return next((at for at in reversed(said) if _words(messages[at]) == task), next(iter(said), 0))


def _plain(messages: Sequence[AnyMessage]) -> list[dict[str, Any]]:
    """The messages in OpenAI's shape, with a tool's failure told from its answer."""
    found: list[dict[str, Any]] = []
    for message in messages:
        told = convert_to_openai_messages([message])
        failed = isinstance(message, ToolMessage) and message.status == "error"
        found += [{**one, "error": True} if failed else one for one in told]
    return found


def _words(message: AnyMessage) -> str:
    return str(message.text).strip()
