"""Management keys: named, with a role, kept as hashes, shown once, revocable."""

from __future__ import annotations

import hashlib
import hmac
import re
import string
import time
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal, cast, get_args

from connector.notation.problems import Conflict, Invalid, Unauthenticated, Unknown
from connector.ports import Clock, Store, Transaction
from connector.records.identity import API_KEYS, ApiKey

Role = Literal["admin", "operator", "auditor", "reader"]
Permission = Literal["read", "operate", "audit", "administer"]

MAY: Final[Mapping[Role, frozenset[Permission]]] = {
    "admin": frozenset({"read", "operate", "audit", "administer"}),
    "operator": frozenset({"read", "operate"}),
    "auditor": frozenset({"read", "audit"}),
    "reader": frozenset({"read"}),
}
"""What each role may do: look at records; negotiate, transfer and publish; see the audit log; manage keys."""

_NAME: Final = re.compile(r"[a-z][a-z0-9-]{0,31}", re.ASCII)
_KEY: Final = re.compile(r"ion_([a-z][a-z0-9-]{0,31})_([0-9A-Za-z]{43})", re.ASCII)
_DIGITS: Final = string.digits + string.ascii_uppercase + string.ascii_lowercase
_SECRET_BYTES: Final = 32
_SECRET_LENGTH: Final = 43
_NO_DIGEST: Final = "0" * 64
_KNOWN: Final = 1000
_KNOWN_FOR: Final = 60.0
"""How many keys that were right are known without asking the store, and for how many seconds."""


@dataclass(frozen=True, slots=True)
class Actor:
    """Who calls the management listener: the key's name and role."""

    name: str
    role: Role

    def may(self, permission: Permission) -> bool:
        """Whether the role covers `permission`."""
        return permission in MAY[self.role]


_NOBODY: Final[tuple[Actor | None, float]] = (None, 0.0)


class Keys:
    """The management keys of a node."""

    def __init__(self, *, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._verified: OrderedDict[bytes, tuple[Actor, float]] = OrderedDict()

    async def create(self, name: str, role: str, *, actor: str) -> str:
        """A new key as text, `ion_<name>_<base62>`, shown here and never again.

        Raises Invalid (`key/name`, `key/role`), or Conflict (`key/exists`) where the name was ever given away:
        audit entries name their actor by it.
        """
        _check(name, role)
        text = f"ion_{name}_{_base62(self._clock.random(_SECRET_BYTES))}"

        def add(tx: Transaction) -> None:
            if tx.get(API_KEYS, name) is not None:
                raise Conflict("key/exists", f"there is, or was, a key named {name!r}: names are never given twice")
            tx.add(API_KEYS, ApiKey(id=name, digest=_digest(text), role=role, created_at=tx.now))
            tx.audit("key.created", name, {"role": role}, actor=actor)

        await self._store.write(add)
        return text

    async def ensure(self, name: str, role: str) -> str | None:
        """The key's text where it had to be made, None where a key of this name exists (revoked or not)."""
        if await self._store.read(lambda reader: reader.get(API_KEYS, name)) is not None:
            return None
        return await self.create(name, role, actor="node")

    async def revoke(self, name: str, *, actor: str) -> ApiKey:
        """End a key; it is refused from the next request on. Raises Unknown, Conflict (`key/last-admin`)."""
        self._verified.clear()

        def end(tx: Transaction) -> ApiKey:
            record = tx.get(API_KEYS, name)
            if record is None:
                raise Unknown("key/unknown", f"there is no key named {name!r}")
            if record.revoked_at is not None:
                return record
            if record.role == "admin" and _admins(tx) == 1:
                raise Conflict("key/last-admin", f"{name!r} is the last admin key: create another one first")
            record.revoked_at = tx.now
            tx.put(API_KEYS, record)
            tx.audit("key.revoked", name, {"role": record.role}, actor=actor)
            return record

        ended = await self._store.write(end)
        self._verified.clear()
        return ended

    async def list(self) -> list[ApiKey]:
        """Every key that was ever made, by name."""
        return await self._store.read(lambda reader: reader.find(API_KEYS, limit=100_000))

    def known(self, text: str | None) -> Actor | None:
        """Who holds this key, where it was right a moment ago and nothing was revoked since."""
        actor, until = self._verified.get(_hash(text), _NOBODY) if text else _NOBODY
        return actor if time.monotonic() < until else None

    async def authenticate(self, text: str | None) -> Actor:
        """Who holds this key. Raises Unauthenticated: `key/missing`, `key/wrong` (unknown and revoked look alike).

        A key that was right is known for a while, by its hash. Where other processes may revoke keys, the store is
        asked each time.
        """
        if not text:
            raise Unauthenticated("key/missing", "the request needs a management key in the header X-Api-Key")
        known = self.known(text)
        if known is not None:
            return known
        actor = await self._looked_up(text, _digest(text))
        if not self._store.is_shared:
            self._verified[_hash(text)] = actor, time.monotonic() + _KNOWN_FOR
            while len(self._verified) > _KNOWN:
                self._verified.popitem(last=False)
        return actor

    async def _looked_up(self, text: str, digest: str) -> Actor:
        match = _KEY.fullmatch(text)
        record = None
        if match is not None:
            name = match.group(1)
            record = await self._store.read(lambda reader: reader.get(API_KEYS, name))
        is_right = hmac.compare_digest(digest, record.digest if record else _NO_DIGEST)
        if record is None or not is_right or record.revoked_at is not None:
            raise Unauthenticated("key/wrong", "the management key is not in force here")
        return Actor(record.id, cast(Role, record.role))

    async def note_refusal(self, actor: Actor, request: str, permission: Permission) -> None:
        """Write to the audit log that a known key asked for more than its role covers."""
        detail = {"role": actor.role, "request": request[:200], "needed": permission}
        await self._store.write(lambda tx: tx.audit("key.refused", actor.name, detail, actor=actor.name))


def _check(name: str, role: str) -> None:
    if not _NAME.fullmatch(name):
        raise Invalid("key/name", "a key's name is a letter, then up to 31 of a-z, 0-9 and -", pointer="/name")
    if role not in get_args(Role):
        raise Invalid("key/role", f"there is no role {role!r}; roles: {', '.join(get_args(Role))}", pointer="/role")


def _admins(tx: Transaction) -> int:
    return sum(key.role == "admin" and key.revoked_at is None for key in tx.find(API_KEYS, limit=100_000))


def _digest(text: str) -> str:
    """A plain hash is enough: the secret has 256 random bits, nobody can list what it might be."""
    return _hash(text).hex()


def _hash(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()


def _base62(raw: bytes) -> str:
    number, digits = int.from_bytes(raw), ""
    while number:
        number, digit = divmod(number, 62)
        digits = _DIGITS[digit] + digits
    return digits.rjust(_SECRET_LENGTH, "0")
