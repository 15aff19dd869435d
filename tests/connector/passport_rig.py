"""A node's passports without the node: the real store and library, a clock to set, the doors on test servers."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from connector.adapters.content_files import ContentFiles
from connector.adapters.library import FolderLibrary
from connector.adapters.software_key import SoftwareKey
from connector.adapters.sql.store import SqlStore
from connector.adapters.system_clock import SystemClock
from connector.condition.readings import Reading
from connector.notation.exact_json import decode, encode
from connector.notation.limits import Limits
from connector.ports import ContentRequest
from connector.records.offers import POLICY_DEFINITIONS, PolicyDefinition
from connector.services.events import Events
from connector.services.identity.keys import Keys
from connector.services.locks import Locks
from connector.services.passports.aspects import Aspects
from connector.services.passports.editions import Edition
from connector.services.passports.passports import Passports
from connector.services.passports.shells import Shells
from connector.services.passports.telemetry import Telemetry, signed
from connector.services.passports.terms import Defaults
from connector.web import aas
from connector.web.aas import AasDoor
from connector.web.api import openapi
from connector.web.api.operations import routes
from connector.web.api.passports import PassportDoor
from connector.web.api.readings import ReadingDoor
from connector.web.api.twins import TwinDoor
from connector.web.bodies import LIMITS
from connector.web.guards import RateLimit, guard, problem_form
from connector.web.management.access import access
from connector.web.resolver import ResolverDoor
from submodels.dbp.parts import METADATA, PARTS

NOW = datetime(2026, 11, 21, 12, 0, 0, 123456, tzinfo=UTC)
URL = "https://id.battery.example"
DID = "did:web:battery.example"
DSP = "https://node.battery.example/dsp/2025-1"
DATA = "https://node.battery.example/data"
EXAMPLE = "samm-models/io.catenax.battery.battery_pass/4.0.0/BatteryPass.json"
CONTEXT = {
    "manufacturer_name": "Example Battery GmbH",
    "manufacturer_part_id": "ION-E75",
    "facility_bpns": "BPNS00000075PLNT",
}


SUBMODELS_SERVED = (*(part.id_short for part in PARTS), METADATA.id_short, "BatteryPass")
"""What a passport is served as: seven parts, DppMetadata, and the payload's own submodel."""


class SetClock(SystemClock):
    """Time stands until it is moved."""

    def __init__(self) -> None:
        self.time = NOW

    def now(self) -> datetime:
        return self.time

    def move(self, **delta: int) -> None:
        self.time += timedelta(**delta)


class Rig:
    """Services in the order of their wiring."""

    def __init__(self, folder: Path, defaults: Defaults | None = None) -> None:
        self.clock = SetClock()
        self.library = FolderLibrary()
        self.store = SqlStore(f"sqlite:///{folder}/node.sqlite", self.clock)
        self.key = SoftwareKey.load_or_create(folder / "device.pem")
        self.other_key = SoftwareKey.load_or_create(folder / "other.pem")
        self.locks, self.events = Locks(), Events()
        self.passports = Passports(
            store=self.store,
            clock=self.clock,
            aspects=Aspects(self.library),
            events=self.events,
            locks=self.locks,
            public_url=URL,
            bpn="BPNL00000075MFCT",
            defaults=defaults,
        )
        self.shells = Shells(
            store=self.store,
            clock=self.clock,
            locks=self.locks,
            content=ContentFiles(folder / "aas"),
            data_endpoint=DATA,
            dsp_endpoint=DSP,
        )
        self.telemetry = Telemetry(store=self.store, clock=self.clock, locks=self.locks, passports=self.passports)
        self.keys = Keys(store=self.store, clock=self.clock)

    async def policies(self) -> None:
        for name in ("access", "usage"):
            record = PolicyDefinition(id=name, policy={"@type": "Set"}, created_at=NOW)
            await self.store.write(lambda tx, record=record: tx.put(POLICY_DEFINITIONS, record))

    def example(self) -> dict[str, Any]:
        payload: dict[str, Any] = decode(self.library.text(EXAMPLE))
        payload["identification"]["idDmc"] = "a code of the maker's own"
        return payload

    async def publish(self, payload: Any = None, **more: Any) -> Edition:
        said = {"actor": "ops", "access_policy_id": "access", "usage_policy_id": "usage", "context": CONTEXT}
        return await self.passports.publish(payload or self.example(), **{**said, **more})

    async def audited(self, subject: str | None = None) -> list[tuple[str, str]]:
        entries = await self.store.read(lambda reader: reader.audit_entries(subject=subject))
        return [(entry.event, entry.actor) for entry in entries]

    def reading(self, unit_id: str, sequence: int = 1, **quantities: str) -> Reading:
        amounts = {name: Decimal(text) for name, text in (quantities or {"stateOfCharge": "61.5"}).items()}
        return Reading(unit_id, self.clock.now(), sequence, amounts)

    def statement(self, reading: Reading, key: SoftwareKey | None = None) -> str:
        return signed(reading, key_id="bms-1", sign=(key or self.key).sign)


@asynccontextmanager
async def opened(folder: Path, defaults: Defaults | None = None) -> AsyncIterator[Rig]:
    rig = Rig(folder, defaults)
    await rig.policies()
    try:
        yield rig
    finally:
        rig.store.close()


class Doors:
    """The public and the management listener of a rig, and a key for each role."""

    def __init__(self, rig: Rig, public: TestClient[Any, Any], management: TestClient[Any, Any]) -> None:
        self.rig, self.public, self.management = rig, public, management
        self.aas: TestClient[Any, Any] = management
        self.operator = self.reader = ""

    async def scan(self, path: str, accept: str = "", **headers: str) -> tuple[int, bytes, Any]:
        sent = {**({"Accept": accept} if accept else {}), **headers}
        async with self.public.get(path, headers=sent, allow_redirects=False) as answer:
            return answer.status, await answer.read(), answer.headers

    async def call(self, method: str, path: str, body: Any = None, *, key: str | None = None, **more: Any) -> Any:
        """(status, decoded JSON)."""
        headers = {"X-Api-Key": self.operator if key is None else key, **more.pop("headers", {})}
        data = encode(body) if body is not None else more.pop("data", None)
        async with self.management.request(method, path, headers=headers, data=data, **more) as answer:
            raw = await answer.read()
            is_json = "json" in answer.content_type and "svg" not in answer.content_type
            return answer.status, decode(raw) if raw and is_json else raw


def _guarded(form: Any, *inner: Any) -> web.Application:
    app = web.Application(middlewares=[guard(RateLimit(10_000, 10_000), (("", form),)), *inner])
    app[LIMITS] = Limits(size=1024 * 1024)
    return app


@asynccontextmanager
async def opened_doors(folder: Path) -> AsyncIterator[Doors]:
    async with opened(folder) as rig:
        public = _guarded(problem_form)
        public.add_routes(ResolverDoor(passports=rig.passports, did=DID, dsp_endpoint=DSP).routes())
        doors_of_api = (PassportDoor(rig.passports), TwinDoor(rig.passports), ReadingDoor(rig.telemetry))
        operations = [operation for door in doors_of_api for operation in door.operations()]
        shells = _guarded(aas.error_form, access(rig.keys))
        shells.add_routes(AasDoor(rig.shells).routes())
        own = _guarded(problem_form, access(rig.keys))
        own.add_routes([*routes(operations), openapi.route(operations, version="0")])
        async with TestClient(TestServer(public)) as first, TestClient(TestServer(own)) as second:
            doors = Doors(rig, first, second)
            doors.operator = await rig.keys.create("ops", "operator", actor="test")
            doors.reader = await rig.keys.create("viewer", "reader", actor="test")
            async with TestClient(TestServer(shells)) as third:
                doors.aas = third
                yield doors


def request(path: str = "", method: str = "GET") -> ContentRequest:
    """A request that a contract let through."""
    return ContentRequest(
        method=method,
        path=path,
        query=(),
        body=b"",
        media_type="application/json",
        consumer="did:web:consumer.example",
        consumer_bpn="BPNL000000000CNS",
        agreement_id="agreement",
        transfer_id="transfer",
    )
