"""How a passport version stands in the store: its record, its submodels, and the names by which its shell is found."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from connector.notation import pointers
from connector.notation.exact_json import encode
from connector.notation.findings import Finding
from connector.passport import versions
from connector.passport.delta import same
from connector.passport.formats.en18223 import passport_id
from connector.ports import Reader, Transaction
from connector.records import (
    ASSET_LINKS,
    PASSPORT_VERSIONS,
    PASSPORTS,
    SUBMODELS,
    AssetLink,
    Passport,
    PassportVersion,
    StoredSubmodel,
)
from connector.services.passports.renderings import RenderedSubmodel, Rendering

PASSPORT_ID = "digitalProductPassportId"
"""Name of the link from a passport's own identifier (EN 18223) to its unit."""


@dataclass(frozen=True, slots=True)
class Edition:
    """A passport, one of its versions, and what was noticed when it was made (empty when it is read)."""

    passport: Passport
    version: PassportVersion
    findings: tuple[Finding, ...] = ()


def version_id(unit_id: str, number: int) -> str:
    """The id of a version's record."""
    return f"{unit_id}#{number}"


def as_version(record: PassportVersion) -> versions.PassportVersion:
    """The version that a record holds, as the chain of digests needs it."""
    return versions.PassportVersion(
        number=record.number,
        time=record.created_at,
        actor=record.actor,
        role=record.role,
        reason=record.reason,
        notes=record.notes,
        evidence=tuple(versions.Evidence(item["href"], item["digest"]) for item in record.evidence),
        payload=record.payload,
        payload_digest=record.payload_digest,
        delta=tuple(record.delta),
        predecessor_digest=record.predecessor_digest,
    )


def append(
    tx: Transaction,
    passport: Passport,
    version: versions.PassportVersion,
    rendering: Rendering,
    *,
    previous: PassportVersion | None,
    provisional: Iterable[str] = (),
) -> PassportVersion:
    """Store `version` as the current one of `passport`: record, changed submodels, shell, asset links."""
    passport.version, passport.updated_at = version.number, version.time
    passport.shell_id, passport.shell = rendering.shell_id, encode(rendering.shell).decode()
    passport.submodels = [_listed(rendered) for rendered in rendering.submodels]
    record = PassportVersion(
        id=version_id(passport.id, version.number),
        unit_id=passport.id,
        number=version.number,
        payload=version.payload,
        payload_digest=version.payload_digest,
        predecessor_digest=version.predecessor_digest,
        delta=list(version.delta),
        actor=version.actor,
        role=version.role,
        reason=version.reason,
        notes=version.notes,
        evidence=[evidence.as_dict() for evidence in version.evidence],
        provisional=sorted({*provisional, *_still_provisional(previous, version.payload)}),
        shell=passport.shell,
        submodels=_store_submodels(tx, passport, version, rendering, previous),
        created_at=version.time,
    )
    tx.add(PASSPORT_VERSIONS, record)
    tx.put(PASSPORTS, passport)
    own = {PASSPORT_ID: passport_id(version.payload, passport.unit_url)}
    _store_links(tx, passport, asset_links(rendering.shell) | own)
    return record


def _still_provisional(previous: PassportVersion | None, payload: Any) -> list[str]:
    """What was marked provisional and has not changed since."""
    if previous is None:
        return []
    return [place for place in previous.provisional if same(_at(previous.payload, place), _at(payload, place))]


def _at(payload: Any, pointer: str) -> Any:
    try:
        return pointers.resolve(payload, pointer)
    except (KeyError, IndexError, ValueError, TypeError):
        return None


def _store_submodels(
    tx: Transaction,
    passport: Passport,
    version: versions.PassportVersion,
    rendering: Rendering,
    previous: PassportVersion | None,
) -> dict[str, int]:
    """Keep what differs from the version before; the number under which each submodel stands."""
    numbers = dict(previous.submodels) if previous else {}
    for rendered in rendering.submodels:
        number = numbers.get(rendered.id_short)
        kept = tx.get(SUBMODELS, _submodel_id(passport.id, number, rendered.id_short)) if number else None
        if kept is not None and kept.value == rendered.value and kept.document == rendered.text(number):
            continue
        if kept is not None:
            kept.status = "superseded"
            tx.put(SUBMODELS, kept)
        tx.add(SUBMODELS, _stored(passport.id, version, rendered))
        numbers[rendered.id_short] = version.number
    return numbers


def _listed(rendered: RenderedSubmodel) -> dict[str, str]:
    return {
        "idShort": rendered.id_short,
        "id": rendered.submodel_id,
        "semanticId": rendered.semantic_id,
        "digest": rendered.value_digest,
    }


def _submodel_id(unit_id: str, number: int | None, id_short: str) -> str:
    return f"{unit_id}#{number}/{id_short}"


def _stored(unit_id: str, version: versions.PassportVersion, rendered: RenderedSubmodel) -> StoredSubmodel:
    return StoredSubmodel(
        id=_submodel_id(unit_id, version.number, rendered.id_short),
        unit_id=unit_id,
        number=version.number,
        id_short=rendered.id_short,
        submodel_id=rendered.submodel_id,
        semantic_id=rendered.semantic_id,
        value=rendered.value,
        value_digest=rendered.value_digest,
        document=rendered.text(),
        created_at=version.time,
    )


def submodels_of(reader: Reader, version: PassportVersion) -> list[StoredSubmodel]:
    """The submodels of a version, in the order of their parts."""
    return [
        reader.need(SUBMODELS, _submodel_id(version.unit_id, number, id_short))
        for id_short, number in version.submodels.items()
    ]


def asset_links(shell: dict[str, Any]) -> dict[str, str]:
    """The names of a shell's asset: globalAssetId and the specific asset ids."""
    information = shell["assetInformation"]
    specific = {item["name"]: item["value"] for item in information.get("specificAssetIds", ())}
    return {"globalAssetId": information["globalAssetId"], **specific}


def _store_links(tx: Transaction, passport: Passport, wanted: dict[str, str]) -> None:
    kept = {link.name: link.value for link in tx.find(ASSET_LINKS, {"unit_id": passport.id})}
    for name in kept.keys() - wanted.keys():
        tx.remove(ASSET_LINKS, f"{passport.id} {name}")
    for name, value in wanted.items():
        if kept.get(name) != value:
            tx.put(ASSET_LINKS, AssetLink(id=f"{passport.id} {name}", unit_id=passport.id, name=name, value=value))
