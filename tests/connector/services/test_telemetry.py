"""Signed readings: taken, folded in, refused with the reason; both are in the audit log."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from connector.condition.readings import sign_bytes
from connector.dcp import jws
from connector.notation.digests import digest_bytes
from connector.notation.exact_json import decode, encode
from connector.notation.problems import Conflict, Invalid, Problem, Refused, Unknown
from connector.records.passports import STATEMENTS
from connector.services.passports.telemetry import signed
from tests.connector.passport_rig import Rig, opened


@pytest.fixture
async def rig(tmp_path: Path) -> AsyncIterator[Rig]:
    async with opened(tmp_path) as rig:
        yield rig


async def unit_with_key(rig: Rig) -> str:
    unit_id = (await rig.publish()).passport.id
    await rig.telemetry.register(unit_id, rig.key.public_jwk, actor="ops", key_id="bms-1")
    return unit_id


def flipped(statement: str, part: int) -> str:
    """The same statement with one bit of one of its three parts changed."""
    parts = statement.split(".")
    raw = bytearray(base64.urlsafe_b64decode(parts[part] + "=="))
    raw[len(raw) // 2] ^= 1
    parts[part] = base64.urlsafe_b64encode(bytes(raw)).rstrip(b"=").decode()
    return ".".join(parts)


async def test_a_reading_becomes_the_next_version_of_the_condition(rig: Rig) -> None:
    unit_id = await unit_with_key(rig)
    statement = rig.statement(rig.reading(unit_id, stateOfCharge="61.50", fullCycles="59"))
    taken = await rig.telemetry.take(statement, actor="gateway")
    assert (taken.is_new, taken.record.version) == (True, 2)
    version = await rig.passports.version(unit_id)
    assert (version.number, version.reason, version.actor, version.role) == (2, "reading", "device:bms-1", "battery")
    assert version.evidence[0]["digest"] == digest_bytes(statement.encode())
    condition = next(one for one in await rig.passports.submodels(unit_id) if one.id_short == "ProductCondition")
    assert condition.number == 2
    assert '"StateOfChargeValue":61.50' in condition.value
    assert decode(condition.value)["NumberOfFullCycles"]["NumberOfFullCyclesValue"] == 59
    assert await rig.passports.check_history(unit_id) == []
    assert (await rig.audited(unit_id))[-2:] == [
        ("reading.taken", "device:bms-1"),
        ("passport.updated", "device:bms-1"),
    ]


@pytest.mark.parametrize("part", [0, 1, 2])
async def test_a_flipped_bit_is_refused_with_the_reason(rig: Rig, part: int) -> None:
    unit_id = await unit_with_key(rig)
    statement = flipped(rig.statement(rig.reading(unit_id)), part)
    with pytest.raises(Problem) as refused:
        await rig.telemetry.take(statement, actor="gateway")
    assert refused.value.code == "condition/signature"
    assert isinstance(refused.value, Refused)
    assert (await rig.passports.get(unit_id)).version == 1
    (entry,) = [
        entry
        for entry in await rig.store.read(lambda reader: reader.audit_entries())
        if entry.event == "reading.refused"
    ]
    assert (entry.actor, entry.detail["code"]) == ("gateway", "condition/signature")
    assert entry.detail["digest"] == digest_bytes(statement.encode())


async def test_only_a_key_of_the_unit_in_force_is_believed(rig: Rig) -> None:
    unit_id, other = await unit_with_key(rig), await unit_with_key(rig)
    reading = rig.reading(unit_id)
    await rig.telemetry.register(other, rig.other_key.public_jwk, actor="ops", key_id="bms-2")
    statements = {
        "another key under the name": rig.statement(reading, rig.other_key),
        "a key of another unit": signed(reading, key_id="bms-2", sign=rig.other_key.sign),
        "no key": signed(reading, key_id="", sign=rig.key.sign),
        "a unit that is not here": rig.statement(replace(reading, unit_id="nothing")),
    }
    for what, statement in statements.items():
        with pytest.raises(Refused) as refused:
            await rig.telemetry.take(statement, actor="gateway")
        assert refused.value.code == "condition/signature", what
    await rig.telemetry.revoke(unit_id, "bms-1", actor="ops")
    with pytest.raises(Refused):
        await rig.telemetry.take(rig.statement(reading), actor="gateway")


@pytest.mark.parametrize("statement", ["", "a.b.c", "no statement", "é.é.é", "." * 10, "a" * 9000, "\ud800.a.a"])
async def test_what_is_no_statement_is_refused(rig: Rig, statement: str) -> None:
    with pytest.raises(Problem) as refused:
        await rig.telemetry.take(statement, actor="gateway")
    assert refused.value.code in ("condition/signature", "condition/size")
    assert await rig.audited("unknown") == [("reading.refused", "gateway")]


async def test_a_repeated_statement_is_answered_as_then(rig: Rig) -> None:
    unit_id = await unit_with_key(rig)
    first, second = (rig.statement(rig.reading(unit_id, number)) for number in (1, 2))
    await rig.telemetry.take(first, actor="gateway")
    await rig.telemetry.take(second, actor="gateway")
    again = await rig.telemetry.take(first, actor="gateway")
    assert (again.is_new, again.record.version) == (False, 2)
    assert (await rig.passports.get(unit_id)).version == 3


@pytest.mark.parametrize(
    ("sequence", "quantities", "code"),
    [
        (5, {"stateOfCharge": "60"}, "condition/replayed"),
        (4, {"stateOfCharge": "60"}, "condition/replayed"),
        (6, {"fullCycles": "59"}, "condition/counter-decreased"),
        (6, {"stateOfCharge": "101"}, "condition/bounds"),
        (6, {"mood": "1"}, "condition/unknown-quantity"),
    ],
)
async def test_an_implausible_reading_is_refused(
    rig: Rig, sequence: int, quantities: dict[str, str], code: str
) -> None:
    unit_id = await unit_with_key(rig)
    await rig.telemetry.take(rig.statement(rig.reading(unit_id, 5, fullCycles="60")), actor="gateway")
    with pytest.raises(Problem) as refused:
        await rig.telemetry.take(rig.statement(rig.reading(unit_id, sequence, **quantities)), actor="gateway")
    assert refused.value.code == code
    assert (await rig.passports.get(unit_id)).version == 2


async def test_a_reading_older_than_the_passport_is_refused(rig: Rig) -> None:
    unit_id = await unit_with_key(rig)
    rig.clock.move(days=-100)
    with pytest.raises(Conflict) as refused:
        await rig.telemetry.take(rig.statement(rig.reading(unit_id)), actor="gateway")
    assert refused.value.code == "condition/older-than-passport"
    assert await rig.store.read(lambda reader: reader.count(STATEMENTS)) == 0


async def test_what_has_no_place_in_the_passport_is_kept_beside_it(rig: Rig) -> None:
    unit_id = await unit_with_key(rig)
    taken = await rig.telemetry.take(rig.statement(rig.reading(unit_id, temperature="24.5")), actor="gateway")
    assert (taken.record.version, taken.unplaced) == (0, ("temperature",))
    (kept,) = await rig.telemetry.statements(unit_id)
    assert kept.reading["quantities"] == {"temperature": Decimal("24.5")}
    assert (await rig.passports.get(unit_id)).version == 1


async def test_readings_at_once_are_taken_one_after_the_other(rig: Rig) -> None:
    unit_id = await unit_with_key(rig)
    statement = rig.statement(rig.reading(unit_id))
    results = await asyncio.gather(*(rig.telemetry.take(statement, actor="gateway") for _ in range(4)))
    assert sorted(result.is_new for result in results) == [False, False, False, True]
    assert (await rig.passports.get(unit_id)).version == 2


async def test_a_key_is_registered_once_and_by_its_public_half(rig: Rig) -> None:
    unit_id = await unit_with_key(rig)
    with pytest.raises(Conflict) as refused:
        await rig.telemetry.register(unit_id, rig.other_key.public_jwk, actor="ops", key_id="bms-1")
    assert refused.value.code == "device/exists"
    device = await rig.telemetry.register(unit_id, rig.other_key.public_jwk, actor="ops")
    assert device.key_id == rig.other_key.key_id
    assert {known.key_id for known in await rig.telemetry.devices(unit_id)} == {"bms-1", device.key_id}


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"d": "c2VjcmV0"}, "device/key"),
        ({"kty": "RSA"}, "device/key"),
        ({"x": "AAAA"}, "device/key"),
        ({"kid": "a#b"}, "device/key-id"),
        ({"kid": "a\n"}, "device/key-id"),
    ],
)
async def test_an_unusable_key_is_refused(rig: Rig, changes: dict[str, Any], code: str) -> None:
    unit_id = (await rig.publish()).passport.id
    with pytest.raises(Invalid) as refused:
        await rig.telemetry.register(unit_id, {**rig.key.public_jwk, **changes}, actor="ops")
    assert refused.value.code == code
    assert await rig.telemetry.devices(unit_id) == []


async def test_keys_belong_to_units_that_are_here(rig: Rig) -> None:
    for call in (
        rig.telemetry.register("nothing", rig.key.public_jwk, actor="ops"),
        rig.telemetry.devices("nothing"),
        rig.telemetry.statements("nothing"),
        rig.telemetry.revoke("nothing", "bms-1", actor="ops"),
    ):
        with pytest.raises(Unknown):
            await call


async def test_a_statement_in_another_spelling_is_refused(rig: Rig) -> None:
    """Signed by the right key, yet not over the canonical bytes."""

    unit_id = await unit_with_key(rig)
    members = decode(sign_bytes(rig.reading(unit_id)))
    shuffled = {name: members[name] for name in ("unit", "time", "sequence", "quantities")}
    assert encode(shuffled) != sign_bytes(rig.reading(unit_id))
    with pytest.raises(Invalid) as refused:
        await rig.telemetry.take(jws.sign_jwt({"kid": "bms-1"}, shuffled, rig.key.sign), actor="gateway")
    assert refused.value.code == "condition/not-canonical"
