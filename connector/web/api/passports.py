"""`/api/passports`: publish, change, read and export battery passports, and print their labels."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final, Literal

from aiohttp import web
from pydantic import Field

from connector.notation.findings import Finding, has_errors
from connector.notation.problems import Invalid, Unknown
from connector.passport import carrier
from connector.passport.versions import Evidence
from connector.records.passports import Passport, PassportVersion, StoredSubmodel
from connector.services.passports import changes as passport_changes
from connector.services.passports.changes import Change
from connector.services.passports.editions import Edition
from connector.services.passports.passports import MEDIA_TYPES, Passports
from connector.services.passports.terms import terms_of
from connector.web.api.operations import Amount, Call, Form, Instant, Json, Operation, PageQuery, Raw

UNIT: Final = "/api/passports/{unit}"
Readers = dict[str, list[str]]
_NUMBER: Final = re.compile(r"[1-9][0-9]{0,8}", re.ASCII)


class AddressForm(Form):
    """Where the manufacturer is reached."""

    street: str
    zipcode: str
    city: str
    country: str = Field(pattern=r"^[A-Z]{2}$", description="ISO 3166-1 alpha-2")
    phone: str = ""
    email: str = ""
    website: str = ""


class ContextForm(Form):
    """What the submodels need and BatteryPass 4.0.0 does not say."""

    manufacturer_bpnl: str | None = Field(default=None, description="default: the node's own BPN")
    manufacturer_name: str | None = None
    manufacturer_address: AddressForm | None = None
    manufacturer_part_id: str | None = None
    facility_bpns: str | None = None
    operator_id: str | None = None
    language: str | None = None
    functional_unit: str | None = None
    functional_quantity: Amount | None = None
    recycled_share: Literal["PostConsumerShare", "PreConsumerShare"] | None = None
    placed_on_market: str | None = Field(
        default=None,
        pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$",
        description="whether the law demands a passport (Article 77(1)) depends on this day",
    )


class TermsForm(Form):
    """How the passport is built and weighed; what is left out is as configured."""

    profile: Literal["idta", "catena-x"] | None = Field(
        default=None, description="whose semantic ids come first: the templates' or those of CX-0160"
    )
    strictness: Literal["draft", "catena-x", "regulatory"] | None = Field(
        default=None, description="what it must hold: nothing more, what CX-0160 asks, what the law asks"
    )
    templates: dict[str, str] | None = Field(
        default=None, description="number of a part -> version of its template, as 4 -> 1.0.0"
    )


class PublishForm(Form):
    """A new passport."""

    payload: dict[str, Any] = Field(description="BatteryPass 4.0.0")
    access_policy_id: str = Field(min_length=1, description="policy definition: who sees the offer")
    usage_policy_id: str = Field(min_length=1, description="policy definition: under which contract")
    context: ContextForm = ContextForm()
    terms: TermsForm = TermsForm()
    global_asset_id: str = Field(default="", description="default: a new urn:uuid")
    role: str = Field(default="economic operator", min_length=1)
    notes: str = ""
    datasets: Literal["per-passport", "per-submodel-type"] | None = Field(
        default=None, description="one dataset, or a place in that of each submodel's type; default: as the node is set"
    )
    visible_to: Readers | None = Field(default=None, description="who sees which specific asset id of the twin")


class EvidenceForm(Form):
    """A document that supports a change."""

    href: str = Field(min_length=1)
    digest: str = Field(pattern=r"^sha256:[0-9a-f]{64}$")


class ChangeForm(Form):
    """The next version: exactly one of `payload`, `patch` (RFC 6902) and `merge` (RFC 7396)."""

    payload: dict[str, Any] | None = None
    patch: list[dict[str, Any]] | None = None
    merge: dict[str, Any] | None = None
    reason: str = Field(description="issued, corrected, supplemented, footprint-updated, event, maintained, ...")
    role: str = Field(default="economic operator", min_length=1)
    notes: str = ""
    expected_version: int | None = Field(default=None, ge=1, description="refused where another one is current")
    evidence: list[EvidenceForm] = Field(default=[])
    provisional: list[str] = Field(default=[], description="JSON pointers of values that are not final")


class PassportForm(Form):
    """A passport without its payload."""

    unit_id: str
    unit_url: str
    global_asset_id: str
    shell_id: str
    dataset_id: str = Field(description="empty where each submodel is in the dataset of its type")
    datasets: dict[str, str] = Field(default={}, description="idShort -> dataset, where submodels are offered by type")
    visible_to: Readers = Field(default={})
    terms: dict[str, Any]
    version: int
    created_at: Instant
    updated_at: Instant


class EditionForm(PassportForm):
    """A passport with its current version; findings only where the version was just made."""

    version_details: dict[str, Any]
    payload: dict[str, Any]
    findings: list[dict[str, Any]] = Field(default=[])


class FindingsForm(Form):
    """The result of a check: `ok` where no finding is an error."""

    ok: bool
    findings: list[dict[str, Any]]


class ImportedForm(Form):
    """A partner's passport: the values of its parts, and the payload as far as the mapping can be inverted."""

    payload: dict[str, Any]
    view: dict[str, Any]
    is_whole: bool = Field(description="the payload is the partner's own, not put together from the parts")
    findings: list[dict[str, Any]]


class LabelQuery(Form):
    """How the label is wanted."""

    format: Literal["svg", "png", "text"] = "svg"
    scale: int = Field(default=8, ge=1, le=64, description="pixels a module (PNG)")


class ExportQuery(Form):
    """Which AAS environment is wanted."""

    format: Literal["json", "xml", "aasx"] = "json"
    version: int | None = Field(default=None, ge=1)
    metamodel: Literal["3.0", "3.1"] = Field(default="3.0", description="of XML and AASX")


class VersionQuery(Form):
    """Of which version; default: the current one."""

    version: int | None = Field(default=None, ge=1)


class PassportDoor:
    """Operations on passports."""

    def __init__(self, passports: Passports) -> None:
        self._passports = passports

    def operations(self) -> list[Operation]:
        """For `routes` and the OpenAPI document."""
        return [
            Operation(
                "POST",
                "/api/passports",
                self._publish,
                "Publish a passport: validate, build its submodels, store version 1, put on offer",
                needs="operate",
                body=PublishForm,
                answers=EditionForm,
                status=201,
            ),
            Operation(
                "POST",
                "/api/passports/validate",
                self._validate,
                "Check a BatteryPass 4.0.0 payload by its aspect model",
                body=Json,
                answers=FindingsForm,
            ),
            Operation(
                "POST",
                "/api/passports/import",
                self._import,
                "Read a partner's submodels (AAS JSON, XML, AASX, or values by idShort) back into one payload",
                body=Raw,
                answers=ImportedForm,
            ),
            Operation(
                "GET",
                "/api/passports",
                self._list,
                "List passports, the newest first",
                query=PageQuery,
                answers=PassportForm,
                is_list=True,
            ),
            Operation("GET", UNIT, self._show, "Show a passport with its current payload", answers=EditionForm),
            Operation(
                "PATCH",
                UNIT,
                self._change,
                "Make the next version",
                needs="operate",
                body=ChangeForm,
                answers=EditionForm,
            ),
            Operation(
                "GET",
                f"{UNIT}/versions",
                self._versions,
                "List versions, the oldest first",
                query=PageQuery,
                is_list=True,
            ),
            Operation("GET", f"{UNIT}/versions/{{number}}", self._version, "Show one version with its payload"),
            Operation("GET", f"{UNIT}/history-check", self._check, "Check the chain of versions", answers=FindingsForm),
            Operation(
                "GET",
                f"{UNIT}/submodels",
                self._submodels,
                "List the submodels of a version",
                query=VersionQuery,
                is_list=True,
            ),
            Operation(
                "GET",
                f"{UNIT}/submodels/{{name}}",
                self._submodel,
                "The value of one submodel by its idShort, as consumers get it",
                query=VersionQuery,
            ),
            Operation(
                "GET",
                f"{UNIT}/label",
                self._label,
                "The data carrier: a QR code of the unit's URL",
                query=LabelQuery,
                answers=Raw,
                media_type="image/svg+xml",
            ),
            Operation("GET", f"{UNIT}/export", self._export, "The AAS environment", query=ExportQuery, answers=Raw),
        ]

    async def _publish(self, call: Call) -> EditionForm:
        form: PublishForm = call.body
        edition = await self._passports.publish(
            form.payload,
            actor=call.actor,
            access_policy_id=form.access_policy_id,
            usage_policy_id=form.usage_policy_id,
            role=form.role,
            context=form.context.model_dump(exclude_none=True),
            terms=form.terms.model_dump(exclude_none=True),
            global_asset_id=form.global_asset_id,
            notes=form.notes,
            datasets=form.datasets,
            visible_to=form.visible_to,
        )
        return _edition(edition)

    async def _validate(self, call: Call) -> FindingsForm:
        return findings_form(await self._passports.validate(call.body))

    async def _import(self, call: Call) -> ImportedForm:
        read = await self._passports.read_back(call.body)
        return ImportedForm(
            payload=read.payload,
            view=read.view.values,
            is_whole=read.is_whole,
            findings=[finding.as_dict() for finding in read.findings],
        )

    async def _list(self, call: Call) -> list[PassportForm]:
        passports = await self._passports.list(limit=call.query.limit, offset=call.query.offset)
        return [PassportForm(**_passport(passport)) for passport in passports]

    async def _show(self, call: Call) -> EditionForm:
        return _edition(await self._passports.edition(call.path["unit"]))

    async def _change(self, call: Call) -> EditionForm:
        form: ChangeForm = call.body
        edition = await self._passports.update(
            call.path["unit"],
            _change(form),
            actor=call.actor,
            role=form.role,
            reason=form.reason,
            notes=form.notes,
            expected_version=form.expected_version,
            evidence=[Evidence(proof.href, proof.digest) for proof in form.evidence],
            provisional=form.provisional,
        )
        return _edition(edition)

    async def _versions(self, call: Call) -> list[dict[str, Any]]:
        page = {"limit": call.query.limit, "offset": call.query.offset}
        return [_details(record) for record in await self._passports.versions(call.path["unit"], **page)]

    async def _version(self, call: Call) -> dict[str, Any]:
        text = call.path["number"]
        if _NUMBER.fullmatch(text) is None:
            raise Invalid("passport/version-number", f"{text[:40]!r} is not the number of a version")
        record = await self._passports.version(call.path["unit"], int(text))
        return {**_details(record), "payload": record.payload}

    async def _check(self, call: Call) -> FindingsForm:
        return findings_form(await self._passports.check_history(call.path["unit"]))

    async def _submodels(self, call: Call) -> list[dict[str, Any]]:
        submodels = await self._passports.submodels(call.path["unit"], call.query.version)
        return [_submodel(submodel) for submodel in submodels]

    async def _submodel(self, call: Call) -> web.Response:
        name = call.path["name"]
        for submodel in await self._passports.submodels(call.path["unit"], call.query.version):
            if submodel.id_short == name:
                return web.Response(body=submodel.value.encode(), content_type="application/json")
        raise Unknown(
            "passport/submodel-unknown", f"there is no submodel {name[:64]!r}; the list of them has all names"
        )

    async def _label(self, call: Call) -> web.Response:
        url = (await self._passports.get(call.path["unit"])).unit_url
        query: LabelQuery = call.query
        if query.format == "png":
            return web.Response(body=carrier.qr_matrix_png(url, query.scale), content_type="image/png")
        if query.format == "text":
            return web.Response(text=f"{carrier.qr_terminal(url)}\n{url}\n", content_type="text/plain")
        return web.Response(text=carrier.qr_svg(url), content_type="image/svg+xml")

    async def _export(self, call: Call) -> web.Response:
        unit, query = call.path["unit"], call.query
        body = await self._passports.export(unit, query.format, query.version, query.metamodel)
        headers = {"Content-Disposition": f'attachment; filename="{unit}.{query.format}"'}
        return web.Response(body=body, content_type=MEDIA_TYPES[query.format], headers=headers)


def findings_form(findings: Sequence[Finding]) -> FindingsForm:
    """Findings as the API shows them."""
    return FindingsForm(ok=not has_errors(list(findings)), findings=[finding.as_dict() for finding in findings])


def _change(form: ChangeForm) -> Change:
    ways: list[Change] = []
    if form.payload is not None:
        ways.append(passport_changes.replaced(form.payload))
    if form.patch is not None:
        ways.append(passport_changes.patched(form.patch))
    if form.merge is not None:
        ways.append(passport_changes.merged(form.merge))
    if len(ways) != 1:
        raise Invalid("passport/change", "a change is exactly one of payload, patch and merge")
    return ways[0]


def _passport(passport: Passport) -> dict[str, Any]:
    return {
        "unit_id": passport.id,
        "unit_url": passport.unit_url,
        "global_asset_id": passport.global_asset_id,
        "shell_id": passport.shell_id,
        "dataset_id": passport.dataset_id,
        "terms": terms_of(passport.terms).as_dict(),
        "datasets": passport.datasets,
        "visible_to": passport.visible_to,
        "version": passport.version,
        "created_at": passport.created_at,
        "updated_at": passport.updated_at,
    }


def _edition(edition: Edition) -> EditionForm:
    return EditionForm(
        **_passport(edition.passport),
        version_details=_details(edition.version),
        payload=edition.version.payload,
        findings=[finding.as_dict() for finding in edition.findings],
    )


def _details(record: PassportVersion) -> dict[str, Any]:
    """A version without its payload."""
    return {
        "number": record.number,
        "time": record.created_at,
        "actor": record.actor,
        "role": record.role,
        "reason": record.reason,
        "notes": record.notes,
        "evidence": record.evidence,
        "provisional": record.provisional,
        "delta": record.delta,
        "payloadDigest": record.payload_digest,
        "predecessorDigest": record.predecessor_digest,
        "submodels": record.submodels,
    }


def _submodel(submodel: StoredSubmodel) -> dict[str, Any]:
    return {
        "idShort": submodel.id_short,
        "id": submodel.submodel_id,
        "semanticId": submodel.semantic_id,
        "version": submodel.number,
        "digest": submodel.value_digest,
        "size": len(submodel.value.encode()),
    }
