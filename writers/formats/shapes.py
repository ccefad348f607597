"""Fields of foreign JSON, taken with care: the right shape, or a RecordError that names the field."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from telltale.memory.errors import RecordError
from telltale.memory.types import Outcome
from telltale.writers import strict_json


def bad_field(field: str, found: Any, expected: str) -> RecordError:
    """The error for a field of another shape; it tells the type that was found, never the value."""
    return RecordError("BAD_FIELD", f"{field}: found {type(found).__name__}, expected {expected}", field=field)


def mapping(value: Any, field: str) -> Mapping[str, Any]:
    """``value`` as an object; ``None`` is an empty one."""
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise bad_field(field, value, "an object")
    return value


def sequence(value: Any, field: str) -> Sequence[Any]:
    """``value`` as a list; ``None`` is an empty one."""
    if value is None:
        return ()
    if not isinstance(value, list | tuple):
        raise bad_field(field, value, "a list")
    return value


def string(value: Any, field: str) -> str:
    """``value`` as text; ``None`` is empty, a number is its digits."""
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise bad_field(field, value, "text")
    return str(value)


def word(value: Any) -> str:
    """``value`` where it is text, else nothing: for names that are looked up, whatever stands in their place."""
    return value if isinstance(value, str) else ""


def unit(value: Any, field: str) -> float | None:
    """``value`` as a number in [0, 1]; ``None`` stays."""
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
        raise RecordError("BAD_FIELD", f"{field}: expected a number from 0 to 1", field=field)
    return float(value)


def outcome(value: Any, field: str = "outcome") -> Outcome:
    """``value`` as an outcome; ``None`` is unknown, true and false are success and failure."""
    if value is None:
        return Outcome.UNKNOWN
    if isinstance(value, bool):
        return Outcome.SUCCESS if value else Outcome.FAILURE
    try:
        return Outcome(value)
    except ValueError:
        expected = ", ".join(Outcome)
        raise RecordError("BAD_FIELD", f"{field}: expected one of {expected}", field=field) from None


def moment(value: Any) -> float | None:
    """A time as seconds since the epoch: ISO 8601, seconds or milliseconds; ``None`` for anything else."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return float(value) / (1000 if abs(value) > 1e11 else 1)
    try:
        found = datetime.fromisoformat(str(value))
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return None


def arguments(value: Any) -> Mapping[str, Any]:
    """A call's arguments as an object; a string is read as JSON, and what is no object is kept under one name."""
    if isinstance(value, str):
        try:
            value = strict_json.loads(value.encode("utf-8", "replace")) if value.strip() else {}
        except RecordError:
            return {"arguments": value}
    if isinstance(value, Mapping):
        return value
    return {} if value is None else {"arguments": value}


def text_of(content: Any, field: str = "content") -> str:
    """The text of a message's content: a string, or a list of parts of which the text parts count."""
    if content is None or isinstance(content, str):
        return content or ""
    parts = [_part(part, field) for part in sequence(content, field)]
    return "\n".join(part for part in parts if part)


def _part(part: Any, field: str) -> str:
    if isinstance(part, str):
        return part
    fields = mapping(part, field)
    if word(fields.get("type", "text")) in {"text", "input_text", "output_text"}:
        return string(fields.get("text"), f"{field}.text")
    return ""
