"""Everything that can go wrong, in one tree.

    TelltaleError
    ├── UsageError              the caller's arguments          CLI exit 2
    │   ├── BadArgument         k=0, risk=2, an unknown way of searching
    │   ├── BadTenantName       `../x`, an empty or over-long name
    │   ├── QuotaExceeded       more than the tenant may hold
    │   └── UnknownEmbedder     no embedder of that name, or its extra is missing
    ├── RecordError             one input record cannot be taken (becomes a reject)
    ├── StoreError              the store                        CLI exit 4
    │   ├── StoreMissing        nothing there, and not allowed to make it
    │   ├── StoreCorrupt        bytes differ from what was written
    │   ├── StoreBusy           another writer holds the lock
    │   ├── StoreIO             the disk or the bucket said no
    │   ├── SchemaTooNew        written by a later telltale
    │   └── EmbedderMismatch    opened with another embedder than it was made with
    ├── ReadOnly                a write through a read-only handle   CLI exit 5
    ├── NotAllowed              a server does not know the key, or it has no such right; or a library was not granted
    ├── EmbedderFailed          the embedder raised, or gave unusable vectors
    ├── ModelFailed             a language model gave no usable answer; what asked it falls back and never raises it
    └── JudgeFailed             a judge gave no usable opinion; a recall falls back and never raises it

A message says what was found, what was expected, and what to do next.
"""

from __future__ import annotations


class TelltaleError(Exception):
    """Base of every error telltale raises. ``code`` is stable and fit for programs; the text is for people."""

    code = "ERROR"
    exit_code = 1


class UsageError(TelltaleError):
    """The call cannot be carried out as it was made."""

    code = "USAGE"
    exit_code = 2


class BadArgument(UsageError):
    """An argument has a value outside its range or of the wrong kind."""

    code = "BAD_ARGUMENT"


class BadTenantName(UsageError):
    """A tenant's name is not one that telltale takes."""

    code = "BAD_TENANT_NAME"


class QuotaExceeded(UsageError):
    """Storing this would take the tenant beyond what it may hold; nothing of the batch was stored."""

    code = "QUOTA_EXCEEDED"
    exit_code = 5


class UnknownEmbedder(UsageError):
    """No embedder goes by that name here, or the extra that brings it is not installed."""

    code = "UNKNOWN_EMBEDDER"


class RecordError(TelltaleError):
    """One record of the input cannot be taken; it goes to the rejects and the rest goes in.

    ``code`` is set per instance: ``BAD_JSON``, ``BAD_TEXT``, ``BAD_NUMBER``, ``DUPLICATE_KEY``, ``TOO_DEEP``,
    ``LINE_TOO_LONG``, ``EMPTY_TRACE``, ``NO_TASK``, ``UNKNOWN_FORMAT``, ``BAD_FIELD``.
    """

    exit_code = 3

    def __init__(self, code: str, reason: str, *, offset: int | None = None, field: str = "") -> None:
        super().__init__(f"{code}: {reason}")
        self.code = code
        self.reason = reason
        self.offset = offset
        self.field = field


class StoreError(TelltaleError):
    """The store could not do what was asked."""

    code = "STORE"
    exit_code = 4


class StoreMissing(StoreError):
    """There is no store (or no such tenant) at the address, and this call may not make one."""

    code = "STORE_MISSING"


class StoreCorrupt(StoreError):
    """What was read is not what was written."""

    code = "STORE_CORRUPT"


class StoreBusy(StoreError):
    """Another process is writing and did not finish in time."""

    code = "STORE_BUSY"


class StoreIO(StoreError):
    """The file system or object store refused an operation."""

    code = "STORE_IO"


class SchemaTooNew(StoreError):
    """The store was written by a later version of telltale."""

    code = "SCHEMA_TOO_NEW"


class EmbedderMismatch(StoreError):
    """The tenant was made with another embedder, so its vectors cannot be compared with this one's."""

    code = "EMBEDDER_MISMATCH"


class ReadOnly(TelltaleError):
    """A write was asked of a memory that was opened read-only."""

    code = "READ_ONLY"
    exit_code = 5


class NotAllowed(TelltaleError):
    """Somebody has to grant this first: a server does not take the key, or it has no such right; or a library is shut.

    ``code`` is set per instance: ``AUTH_REQUIRED``, ``FORBIDDEN``, ``TENANT_MISMATCH``, ``NOT_GRANTED``.
    """

    exit_code = 5

    def __init__(self, reason: str, *, code: str = "FORBIDDEN") -> None:
        super().__init__(reason)
        self.code = code


class EmbedderFailed(TelltaleError):
    """The embedder raised, timed out, or returned vectors of the wrong shape or with NaN."""

    code = "EMBEDDER_FAILED"


class ModelFailed(TelltaleError):
    """A language model gave no usable answer. The text is a few words, and never what the server wrote.

    ``hopeless`` says that the next question would fail too: no connection, no right, too many requests. ``status`` is
    the server's (0: it gave none), ``retry_after`` how many seconds it asks to wait, and ``tokens`` what was spent in
    and out, where it said so.
    """

    code = "MODEL_FAILED"

    def __init__(
        self,
        reason: str,
        *,
        hopeless: bool = False,
        status: int = 0,
        retry_after: float | None = None,
        tokens: tuple[int, int] | None = None,
    ) -> None:
        super().__init__(reason)
        self.hopeless, self.status, self.retry_after, self.tokens = hopeless, status, retry_after, tokens


class JudgeFailed(TelltaleError):
    """A judge gave no opinion that can be used. The text is short and fit for a recall's reason.

    ``hopeless`` says that asking again at once would be in vain: no connection, no right, too many requests.
    """

    code = "JUDGE_FAILED"

    def __init__(self, reason: str, *, hopeless: bool = False) -> None:
        super().__init__(reason)
        self.hopeless = hopeless
