"""An experience memory for AI agents that does not mislead them.

    memory = telltale.open("./experience")
    memory.remember(messages, outcome="success")
    found = memory.recall("Refund order 1832, paid by gift card")

Importing this loads no database, no array library and no model: each is loaded by the call that first needs it.
"""

from __future__ import annotations

from telltale.memory.errors import (
    BadArgument,
    ModelFailed,
    NotAllowed,
    QuotaExceeded,
    StoreError,
    TelltaleError,
    UsageError,
)
from telltale.memory.types import Case, Difference, Episode, Insight, Outcome, Proposal, Reason, Recall, Skill, Verdict
from telltale.readers.judge import Judge, ModelJudge, Opinion
from telltale.writers.model import ModelDistiller, ModelReport

from .agent_memory import AgentMemory, open  # noqa: A004 - telltale.open(...) is how it reads where it is used
from .asynchronous import AsyncAgentMemory
from .asynchronous_tenants import AsyncTenants
from .tenancy import Tenants, open_store

__version__ = "0.1.0"

__all__ = [
    "AgentMemory",
    "AsyncAgentMemory",
    "AsyncTenants",
    "BadArgument",
    "Case",
    "Difference",
    "Episode",
    "Insight",
    "Judge",
    "ModelDistiller",
    "ModelFailed",
    "ModelJudge",
    "ModelReport",
    "NotAllowed",
    "Opinion",
    "Outcome",
    "Proposal",
    "QuotaExceeded",
    "Reason",
    "Recall",
    "Skill",
    "StoreError",
    "TelltaleError",
    "Tenants",
    "UsageError",
    "Verdict",
    "__version__",
    "open",
    "open_store",
]
