"""`/api/readings`, the device keys of a unit, and the check of records in other formats."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final

from pydantic import Field

from connector.condition.readings import STATEMENT_LIMIT
from connector.notation.exact_json import decode
from connector.notation.limits import Limits
from connector.notation.problems import Invalid, TooLarge
from connector.passport.formats.wia.validation import validate as validate_wia
from connector.records.passports import Device, StatementRecord
from connector.services.passports.telemetry import Telemetry
from connector.web.api.operations import Call, Form, Instant, Operation, PageQuery, Raw
from connector.web.api.passports import UNIT, FindingsForm, findings_form

_LIMITS: Final = Limits(size=2 * STATEMENT_LIMIT, depth=4)


class DeviceForm(Form):
    """A public key that signs readings of one unit."""

    jwk: dict[str, Any] = Field(description="public JWK, EC P-256 (RFC 7517)")
    key_id: str = Field(default="", description="default: the JWK's kid, else its RFC 7638 thumbprint")


class KnownDeviceForm(Form):
    """A registered key."""

    unit_id: str
    key_id: str
    jwk: dict[str, str]
    actor: str
    created_at: Instant
    revoked_at: Instant | None = None


class ReadingForm(Form):
    """A reading that was taken; `version` 0: none of its quantities has a place in the passport."""

    unit_id: str
    sequence: int
    key_id: str
    version: int
    reading: dict[str, Any]
    unplaced: list[str] = Field(default=[])
    repeated: bool = False
    received_at: Instant


class WiaForm(Form):
    """A WIA Battery Passport record 1.0.0, and the record of the same battery that came before it."""

    record: Any
    previous: dict[str, Any] | None = None


class ReadingDoor:
    """Operations on readings and device keys."""

    def __init__(self, telemetry: Telemetry) -> None:
        self._telemetry = telemetry

    def operations(self) -> list[Operation]:
        """For `routes` and the OpenAPI document."""
        devices = f"{UNIT}/devices"
        return [
            Operation(
                "POST",
                devices,
                self._register,
                "Register a key that signs readings",
                needs="operate",
                body=DeviceForm,
                answers=KnownDeviceForm,
                status=201,
            ),
            Operation("GET", devices, self._devices, "List the keys of a unit", answers=KnownDeviceForm, is_list=True),
            Operation(
                "DELETE",
                f"{devices}/{{key}}",
                self._revoke,
                "Revoke a key",
                needs="operate",
                answers=KnownDeviceForm,
            ),
            Operation(
                "GET",
                f"{UNIT}/readings",
                self._list,
                "List the readings that were taken, the oldest first",
                query=PageQuery,
                answers=ReadingForm,
                is_list=True,
            ),
            Operation(
                "POST",
                "/api/readings",
                self._take,
                "Take a signed reading: check it, fold it into the passport as its next version",
                needs="operate",
                body=Raw,
                answers=ReadingForm,
                status=201,
                description='A compact JWS (application/jose), or JSON {"statement": "<compact JWS>"}.',
            ),
            Operation(
                "POST",
                "/api/formats/wia/validate",
                self._validate_wia,
                "Check a WIA Battery Passport record 1.0.0",
                body=WiaForm,
                answers=FindingsForm,
            ),
        ]

    async def _register(self, call: Call) -> KnownDeviceForm:
        form: DeviceForm = call.body
        device = await self._telemetry.register(call.path["unit"], form.jwk, actor=call.actor, key_id=form.key_id)
        return _device(device)

    async def _devices(self, call: Call) -> list[KnownDeviceForm]:
        return [_device(device) for device in await self._telemetry.devices(call.path["unit"])]

    async def _revoke(self, call: Call) -> KnownDeviceForm:
        return _device(await self._telemetry.revoke(call.path["unit"], call.path["key"], actor=call.actor))

    async def _list(self, call: Call) -> list[ReadingForm]:
        page = {"limit": call.query.limit, "offset": call.query.offset}
        return [_reading(record) for record in await self._telemetry.statements(call.path["unit"], **page)]

    async def _take(self, call: Call) -> ReadingForm:
        taken = await self._telemetry.take(_statement(call), actor=call.actor)
        return _reading(taken.record, unplaced=list(taken.unplaced), repeated=not taken.is_new)

    async def _validate_wia(self, call: Call) -> FindingsForm:
        form: WiaForm = call.body
        return findings_form(validate_wia(form.record, today=datetime.now(UTC).date(), previous=form.previous))


def _statement(call: Call) -> str:
    """The compact JWS in the body, bare or as a member of a JSON object."""
    raw: bytes = call.body
    if len(raw) > _LIMITS.size:
        raise TooLarge("condition/size", f"a statement has at most {STATEMENT_LIMIT} characters")
    if call.request.content_type == "application/json":
        document = decode(raw, limits=_LIMITS)
        statement = document.get("statement") if isinstance(document, dict) and len(document) == 1 else None
        if not isinstance(statement, str):
            raise Invalid("reading/body", 'the body must be {"statement": "<compact JWS>"}', pointer="/statement")
        return statement
    try:
        return raw.decode("ascii").strip()
    except UnicodeDecodeError:
        raise Invalid("reading/body", "the body must be a compact JWS (application/jose)") from None


def _device(device: Device) -> KnownDeviceForm:
    return KnownDeviceForm(
        unit_id=device.unit_id,
        key_id=device.key_id,
        jwk=device.jwk,
        actor=device.actor,
        created_at=device.created_at,
        revoked_at=device.revoked_at,
    )


def _reading(record: StatementRecord, *, unplaced: list[str] | None = None, repeated: bool = False) -> ReadingForm:
    return ReadingForm(
        unit_id=record.unit_id,
        sequence=record.sequence,
        key_id=record.key_id,
        version=record.version,
        reading=record.reading,
        unplaced=unplaced or [],
        repeated=repeated,
        received_at=record.received_at,
    )
