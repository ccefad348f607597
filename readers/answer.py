"""The answer to one read as its caller gets it: the recall, with turns for a prompt and a receipt for feedback."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

from telltale.memory.errors import BadArgument
from telltale.memory.notes import DAYS_KEPT, MOST_KEPT
from telltale.memory.tenants import TenantStore
from telltale.memory.types import Recall

from .render import few_shot

_MARK = 16  # bytes of the receipt's seal


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer(Recall):
    """A recall that can be put into a prompt and answered for."""

    tenant_id: str = ""
    key: bytes = field(default=b"", repr=False)

    def messages(self, provider: str = "openai") -> list[dict[str, Any]]:
        """The admitted memories as few-shot turns for ``"openai"`` or ``"anthropic"``; empty when it abstained.

        One user turn that names the differences, then each memory's tool calls with their results, cleaned and capped.
        Nothing of a trace's own system or free assistant text.
        """
        return few_shot(self, provider)

    def receipt(self) -> str:
        """A self-contained token that ``feedback`` accepts anywhere, whether or not the recall was noted."""
        told = {
            "recall": self.id,
            "tenant": self.tenant_id,
            "text": self.case.text,
            "context": dict(self.case.context),
            "admitted": [verdict.candidate.id for verdict in self.admitted],
            "risk": self.risk,
            "threshold": self.threshold,
        }
        body = orjson.dumps(told)
        return "tr1_" + base64.urlsafe_b64encode(_seal(body, self.key) + body).decode().rstrip("=")


def what_was_shown(recall: str, tenant: TenantStore) -> Mapping[str, Any]:
    """What was asked and admitted in a recall: by its receipt, its note, or what was said of it before.

    Raises BadArgument where the receipt was not made here, or none of them is there.
    """
    if recall.startswith("tr1_"):
        return read_receipt(recall, tenant.key)
    told = tenant.recall_note(recall)
    if told := told or next((row for row in reversed(tenant.feedback()) if row["recall"] == recall), None):
        return told
    raise BadArgument(
        f"no recall {recall!r} is known here: pass found.id of this memory, of the last {DAYS_KEPT} days and the "
        f"latest {MOST_KEPT:,} recalls, or found.receipt(), which is understood for good"
    )


def read_receipt(receipt: str, key: bytes) -> Mapping[str, Any]:
    """What a receipt says: the recall, its case, what it admitted, at which risk and bar.

    Raises BadArgument if it was not made here.
    """
    packed = receipt.removeprefix("tr1_")
    try:
        raw = base64.urlsafe_b64decode(packed + "=" * (-len(packed) % 4))
    except ValueError:
        raw = b""
    seal, body = raw[:_MARK], raw[_MARK:]
    if not body or not hmac.compare_digest(seal, _seal(body, key)):
        raise BadArgument("the receipt is damaged or was made by another tenant: pass what found.receipt() returned")
    told: Mapping[str, Any] = orjson.loads(body)
    return told


def _seal(body: bytes, key: bytes) -> bytes:
    return hmac.new(key, b"receipt" + body, hashlib.sha256).digest()[:_MARK]
