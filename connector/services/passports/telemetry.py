"""Signed readings: the keys of each battery, the check of a statement, and what it changes in the passport."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from connector.condition import fold, readings
from connector.condition.readings import Reading
from connector.dcp import jws
from connector.notation.digests import digest_bytes
from connector.notation.exact_json import canonical, decode
from connector.notation.problems import Conflict, Invalid, Problem, Unauthenticated, Unknown
from connector.passport.versions import Evidence
from connector.ports import Clock, Reader, Store, Transaction
from connector.records.passports import DEVICES, PASSPORTS, STATEMENTS, Device, PassportVersion, StatementRecord
from connector.services.locks import Locks
from connector.services.passports.passports import Passports

ROLE: Final = "battery"
_KEY_ID: Final = re.compile(r"[A-Za-z0-9_.:-]{1,100}", re.ASCII)
_MEMBERS: Final = ("kty", "crv", "x", "y")


@dataclass(frozen=True, slots=True)
class Taken:
    """A reading that was taken: `version` is the passport version that it became (0: none of it has a place there)."""

    record: StatementRecord
    is_new: bool
    unplaced: tuple[str, ...] = ()


class Telemetry:
    """Readings of this node's batteries. Every reading becomes a passport version; a slower cadence comes later."""

    def __init__(self, *, store: Store, clock: Clock, locks: Locks, passports: Passports) -> None:
        self._store = store
        self._clock = clock
        self._locks = locks
        self._passports = passports

    # --- device keys

    async def register(self, unit_id: str, jwk: Mapping[str, Any], *, actor: str, key_id: str = "") -> Device:
        """A public key (JWK, EC P-256) whose statements about `unit_id` are believed from now on.

        Its id is `key_id`, else the JWK's `kid`, else its RFC 7638 thumbprint. Raises Unknown, Invalid (`device/key`,
        `device/key-id`), Conflict (`device/exists`) where the id was ever given.
        """
        public = _public(jwk)
        name = key_id or str(jwk.get("kid") or _thumbprint(public))
        if _KEY_ID.fullmatch(name) is None:
            raise Invalid("device/key-id", "a key id has up to 100 of A-Z, a-z, 0-9 and _ . : -", pointer="/kid")

        def add(tx: Transaction) -> Device:
            _need_passport(tx, unit_id)
            record_id = f"{unit_id}#{name}"
            if tx.get(DEVICES, record_id) is not None:
                raise Conflict("device/exists", f"the unit {unit_id} has, or had, a key {name!r}")
            device = Device(id=record_id, unit_id=unit_id, key_id=name, jwk=public, actor=actor, created_at=tx.now)
            tx.add(DEVICES, device)
            tx.audit("device.registered", unit_id, {"keyId": name, "jwk": public}, actor=actor)
            return device

        return await self._store.write(add)

    async def revoke(self, unit_id: str, key_id: str, *, actor: str) -> Device:
        """End a key: its statements are refused from now on, those taken stay. Raises Unknown."""

        def end(tx: Transaction) -> Device:
            device = tx.get(DEVICES, f"{unit_id}#{key_id}")
            if device is None:
                raise Unknown("device/unknown", f"the unit {unit_id[:64]!r} has no key {key_id[:100]!r}")
            if device.revoked_at is None:
                device.revoked_at = tx.now
                tx.put(DEVICES, device)
                tx.audit("device.revoked", unit_id, {"keyId": key_id}, actor=actor)
            return device

        return await self._store.write(end)

    async def devices(self, unit_id: str) -> Sequence[Device]:
        """The keys of a unit, revoked ones too. Raises Unknown."""

        def look(reader: Reader) -> Sequence[Device]:
            _need_passport(reader, unit_id)
            return reader.find(DEVICES, {"unit_id": unit_id}, order="created_at")

        return await self._store.read(look)

    async def statements(self, unit_id: str, *, limit: int = 100, offset: int = 0) -> Sequence[StatementRecord]:
        """Statements that were taken, the oldest first. Raises Unknown."""

        def look(reader: Reader) -> Sequence[StatementRecord]:
            _need_passport(reader, unit_id)
            return reader.find(STATEMENTS, {"unit_id": unit_id}, order="sequence", limit=limit, offset=offset)

        return await self._store.read(look)

    # --- readings

    async def take(self, statement: str, *, actor: str) -> Taken:
        """Check a signed statement (compact JWS, header member `kid`) and fold its reading into the passport.

        `actor` is who brought it; the version's actor is the battery's key. A statement that was taken already is
        answered as then. Raises what `readings.accept` and `fold.fold` raise, after an audit entry with the reason.
        """
        header, claims = _peek(statement)
        unit_id, key_id = str(claims.get("unit", ""))[:100], str(header.get("kid", ""))[:100]
        try:
            async with self._locks.hold(f"reading {unit_id}"):
                return await self._take(statement, unit_id, key_id)
        except Problem as problem:
            await self._note_refusal(statement, unit_id, key_id, problem, actor)
            raise

    async def _take(self, statement: str, unit_id: str, key_id: str) -> Taken:
        device, last, same = await self._store.read(lambda reader: _known(reader, unit_id, key_id, statement))
        if same is not None:
            return Taken(same, is_new=False)
        previous = _reading(last.statement) if last is not None else None
        reading = readings.accept(statement, verify=_verifier(device), previous=previous, now=self._clock.now())
        record = StatementRecord(
            id=f"{unit_id}#{reading.sequence}",
            unit_id=unit_id,
            sequence=reading.sequence,
            key_id=key_id,
            statement=statement,
            digest=digest_bytes(_raw(statement)),
            reading=decode(readings.sign_bytes(reading)),
            received_at=self._clock.now(),
        )
        if fold.touched(reading):
            await self._fold(record, reading)
        else:
            await self._store.write(lambda tx: _keep(tx, record))
        return Taken(record, is_new=True, unplaced=tuple(fold.unplaced(reading)))

    async def _fold(self, record: StatementRecord, reading: Reading) -> None:
        def keep(tx: Transaction, version: PassportVersion) -> None:
            record.version = version.number
            _keep(tx, record)

        evidence = Evidence(f"urn:ionport:statement:{record.id}", record.digest)
        await self._passports.update(
            record.unit_id,
            lambda payload: fold.fold(payload, reading),
            actor=f"device:{record.key_id}",
            role=ROLE,
            reason="reading",
            evidence=[evidence],
            also=keep,
        )

    async def _note_refusal(self, statement: str, unit_id: str, key_id: str, problem: Problem, actor: str) -> None:
        detail = {
            "code": problem.code,
            "reason": problem.detail,
            "keyId": key_id,
            "digest": digest_bytes(_raw(statement)),
        }
        await self._store.write(lambda tx: tx.audit("reading.refused", unit_id or "unknown", detail, actor=actor))


def signed(reading: Reading, *, key_id: str, sign: Callable[[bytes], bytes]) -> str:
    """The statement of `reading` as a battery makes it: compact JWS, ES256, over the canonical bytes."""
    header = canonical({"alg": jws.ALGORITHM, "kid": key_id})
    signing_input = b".".join((jws.encode_part(header), jws.encode_part(readings.sign_bytes(reading))))
    return (signing_input + b"." + jws.encode_part(sign(signing_input))).decode("ascii")


def _keep(tx: Transaction, record: StatementRecord) -> None:
    tx.add(STATEMENTS, record)
    detail = {
        "sequence": record.sequence,
        "keyId": record.key_id,
        "version": record.version,
        "digest": record.digest,
    }
    tx.audit("reading.taken", record.unit_id, detail, actor=f"device:{record.key_id}")


def _known(
    reader: Reader, unit_id: str, key_id: str, statement: str
) -> tuple[Device | None, StatementRecord | None, StatementRecord | None]:
    """The key in force, the last statement that was taken, and `statement` itself if it was taken."""
    device = reader.get(DEVICES, f"{unit_id}#{key_id}")
    found = reader.find(STATEMENTS, {"unit_id": unit_id}, order="sequence", descending=True, limit=1)
    same = reader.one(STATEMENTS, {"unit_id": unit_id, "digest": digest_bytes(_raw(statement))})
    return device if device and device.revoked_at is None else None, next(iter(found), None), same


def _verifier(device: Device | None) -> Callable[[str], bytes]:
    """The payload of a statement that `device` signed; any failure is `condition/signature` to the caller."""

    def verify(statement: str) -> bytes:
        if device is None:
            raise ValueError("no such key")
        try:
            jws.verify(statement, device.jwk)
        except Unauthenticated as problem:
            raise ValueError(problem.detail) from None
        return _payload(statement)

    return verify


def _raw(statement: str) -> bytes:
    return statement.encode("utf-8", "surrogatepass")


def _payload(statement: str) -> bytes:
    return jws.decode_part(statement.split(".")[1])


def _reading(statement: str) -> Reading:
    return readings.read_statement(_payload(statement))


def _peek(statement: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Header and claims, not verified; empty where the text is no JWS (`accept` says so)."""
    try:
        return jws.peek(statement) if len(statement) <= readings.STATEMENT_LIMIT else ({}, {})
    except Unauthenticated:
        return {}, {}


def _public(jwk: Mapping[str, Any]) -> dict[str, str]:
    try:
        jws.public_key(jwk)
    except Unauthenticated as problem:
        raise Invalid("device/key", f"{problem.detail}; a public P-256 key is wanted", pointer="/jwk") from None
    return {member: str(jwk[member]) for member in _MEMBERS}


def _thumbprint(jwk: Mapping[str, str]) -> str:
    """RFC 7638."""
    raw = hashlib.sha256(canonical(dict(jwk))).digest()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _need_passport(reader: Reader, unit_id: str) -> None:
    if reader.get(PASSPORTS, unit_id) is None:
        raise Unknown("passport/unknown", f"there is no passport of a unit {unit_id[:64]!r}")
