"""Keys: who may do what with which memory. Shown once, kept as hashes beside the tenants, in a folder or a bucket.

A key is bound to a tenant's id, which nothing else ever has: it goes on when the tenant is renamed, ends when that is
deleted, and never opens what is made under an old name. An operator's key is bound to none.

A key is ``tt_<id>_<secret><checksum>``: the id finds its row, the 256 random bits of the secret need no slow hash, and
the checksum tells a mistyped key from a wrong one without a look at the store. Knows no HTTP.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
import time
import zlib
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, replace
from threading import Lock

import orjson

from telltale.memory import registry, schema
from telltale.memory.errors import BadArgument
from telltale.memory.place import Options, place_of

from .beside import Beside, table_at

RIGHTS = ("read", "ingest", "approve", "admin")  # within the tenant of a key
OPERATOR = "operator"  # of a key for the tenants as such, which may do nothing within one
FRESH = 1.0  # seconds that the keys may be older than the store's: so long a revoked one may go on
_KEY = re.compile(r"(tt_([0-9a-f]{16})_[0-9a-f]{64})([0-9a-f]{8})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """What is kept of a key."""

    id: str
    tenant: str  # what it is called now; empty for an operator's
    tenant_id: str = ""
    rights: tuple[str, ...]
    sha256: str  # of the whole key
    created: float
    expires: float | None = None  # seconds since the epoch; None: never
    revoked: float | None = None
    note: str = ""
    orphaned: bool = False  # its tenant has been deleted

    def valid(self, now: float) -> bool:
        """Is it neither revoked nor expired, and is there what it is for?"""
        return self.revoked is None and not self.orphaned and (self.expires is None or now < self.expires)


class Keys:
    """The keys of a store, which is reached with LanceDB's options. What was read is kept for ``fresh`` seconds."""

    def __init__(self, address: str, *, storage_options: Options | None = None, fresh: float = FRESH) -> None:
        self._place = place_of(address, storage_options)
        self._kept = Beside(self._place, "keys")
        self._tenants = table_at(self._place, "tenants", schema.tenants)
        self._called: tuple[int, Mapping[str, str]] = (-1, {})  # the tenants' names by id, as of a version of the table
        self._from: tuple[object, object] = (None, None)  # what was stored, and the names, that the keys were read from
        self._fresh = fresh
        self._looking = Lock()
        self._read: tuple[float, Mapping[str, Key]] = (float("-inf"), {})

    def create(
        self, tenant: str, rights: Collection[str], *, days: float | None = None, note: str = ""
    ) -> tuple[str, Key]:
        """A new key for a tenant, which is made where there is none, and what is kept of the key.

        The key itself can never be shown again. Raises BadTenantName, BadArgument.
        """
        registry.check_name(tenant)
        if not rights or set(rights) - set(RIGHTS):
            raise BadArgument(f"the rights are {', '.join(rights) or 'none'}: give some of {', '.join(RIGHTS)}")
        _check_days(days)
        own = tuple(right for right in RIGHTS if right in rights)
        return self._made(tenant, self._id_of(tenant), own, days, note)

    def create_operator(self, *, days: float | None = None, note: str = "") -> tuple[str, Key]:
        """The same for who looks after the tenants as such: makes, renames, limits, carries and deletes them."""
        _check_days(days)
        return self._made("", "", (OPERATOR,), days, note)

    def _made(
        self, tenant: str, tenant_id: str, rights: tuple[str, ...], days: float | None, note: str
    ) -> tuple[str, Key]:
        now, id_ = time.time(), secrets.token_hex(8)
        body = f"tt_{id_}_{secrets.token_hex(32)}"
        shown = f"{body}{_checksum(body)}"
        key = Key(
            id=id_,
            tenant=tenant,
            tenant_id=tenant_id,
            rights=rights,
            sha256=_hash(shown),
            created=now,
            expires=None if days is None else now + days * 86_400,
            note=note,
        )
        self._keep(key)
        return shown, key

    def _id_of(self, tenant: str) -> str:
        from telltale.memory.store import Store

        store = Store.open(self._place.address, storage_options=self._place.options)
        try:
            return store.tenant(tenant).id
        finally:
            store.close()

    def revoke(self, id_: str) -> Key:
        """The key with that id, which is worth nothing from now on. Raises BadArgument where there is none."""
        found = self.all(fresh=0).get(id_)
        if found is None:
            raise BadArgument(f"there is no key {id_!r}: `telltale keys list` names them all")
        revoked = found if found.revoked else replace(found, revoked=time.time())
        self._keep(revoked)
        return revoked

    def all(self, *, fresh: float | None = None) -> Mapping[str, Key]:
        """Every key there is or was, by id; at most so many seconds old."""
        most = self._fresh if fresh is None else fresh
        if time.monotonic() - self._read[0] > most:
            began = time.monotonic()
            with self._looking:  # one looks for all who wait
                if self._read[0] < began:
                    self._read = (time.monotonic(), self._as_of_now())
        return self._read[1]

    def _as_of_now(self) -> Mapping[str, Key]:
        stored, called = self._kept.documents.all(_unpacked), self._names()
        if self._from[0] is stored and self._from[1] is called:
            return self._read[1]
        self._from = (stored, called)
        return {id_: _as_called(key, called) for id_, key in stored.items()}

    def _names(self) -> Mapping[str, str]:
        version = self._tenants.version()
        if self._called[0] != version:
            self._called = (version, registry.names_by_id(self._tenants))
        return self._called[1]

    def is_fresh(self) -> bool:
        """Will a look at the keys read nothing?"""
        return time.monotonic() - self._read[0] <= self._fresh

    def holder(self, shown: str) -> Key | None:
        """The valid key that ``shown`` is, or None. Takes as long for a wrong secret as for a right one."""
        match = _KEY.fullmatch(shown)
        if match is None or not hmac.compare_digest(match[3], _checksum(match[1])):
            return None
        found = self.all().get(match[2])
        same = hmac.compare_digest(_hash(shown), found.sha256 if found else _hash(""))
        return found if found and same and found.valid(time.time()) else None

    def _keep(self, key: Key) -> None:
        self._kept.put(key.id, orjson.dumps(asdict(key)))
        self._read = (float("-inf"), self._read[1])


def _unpacked(values: Mapping[str, bytes]) -> Mapping[str, Key]:
    told = {name: orjson.loads(value) for name, value in values.items()}
    return {name: Key(**key | {"rights": tuple(key["rights"])}) for name, key in told.items()}


def _as_called(key: Key, called: Mapping[str, str]) -> Key:
    """The key with what its tenant is called now."""
    if OPERATOR in key.rights:
        return key
    return replace(key, tenant=called.get(key.tenant_id, key.tenant), orphaned=key.tenant_id not in called)


def _check_days(days: float | None) -> None:
    if days is not None and not 0 < days <= 36_500:
        raise BadArgument(f"the days are {days}: give a number above 0, or leave it out for a key without an end")


def _hash(shown: str) -> str:
    return hashlib.sha256(shown.encode()).hexdigest()


def _checksum(body: str) -> str:
    return f"{zlib.crc32(body.encode()):08x}"
