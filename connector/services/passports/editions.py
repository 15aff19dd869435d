"""How a passport version stands in the store: its record, its submodels, and the names by which its shell is found."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from connector.notation import pointers
from connector.notation.exact_json import encode
from connector.notation.findings import Finding
from connector.passport import versions
from connector.passport.delta import same
from connector.passport.formats.en18223 import passport_id
from connector.ports import Reader, Transaction
from connector.records.collection import Collection
from connector.records.passports import (
    PASSPORT_VERSIONS,
    PASSPORTS,
    SUBMODELS,
    Passport,
    PassportVersion,
    StoredSubmodel,
)
from connector.records.shells import ASSET_LINKS, SHELL_READERS, AssetLink, ShellReader
from connector.records.submodel_texts import SUBMODEL_TEXTS
from connector.services.passports.renderings import RenderedSubmodel, Rendering
from connector.services.passports.stored import filled

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
    shell = with_readers(rendering.shell, passport.visible_to)
    passport.shell_id, passport.shell = rendering.shell_id, encode(shell).decode()
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
    own = [(PASSPORT_ID, passport_id(version.payload, passport.unit_url))]
    store_links(tx, passport.id, shell, own)
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
        if kept is not None and (kept.text, kept.submodel_id) == (rendered.text.id, rendered.submodel_id):
            continue
        if kept is not None:
            kept.status = "superseded"
            tx.put(SUBMODELS, kept)
        tx.add(SUBMODELS, _stored(passport.id, version, rendered))
        if tx.get(SUBMODEL_TEXTS, rendered.text.id) is None:
            tx.add(SUBMODEL_TEXTS, rendered.text)
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
        value_digest=rendered.value_digest,
        text=rendered.text.id,
        created_at=version.time,
    )


def submodels_of(reader: Reader, version: PassportVersion) -> list[StoredSubmodel]:
    """The submodels of a version, in the order of their parts."""
    places = version.submodels.items()
    records = (reader.need(SUBMODELS, _submodel_id(version.unit_id, number, id_short)) for id_short, number in places)
    return filled(reader, records)


ANYBODY: Final = "PUBLIC_READABLE"
"""The externalSubjectId that the registries of Catena-X read as everybody in the data space."""
EACH: Final = "*"
"""In `Passport.visible_to`: every specific asset id."""


def with_readers(shell: dict[str, Any], visible_to: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """The shell whose specific asset ids name those who may see them as externalSubjectId (CX-0002)."""
    information = shell["assetInformation"]
    if not information.get("specificAssetIds"):
        return shell
    named = [_readable(each, visible_to) for each in information["specificAssetIds"]]
    return {**shell, "assetInformation": {**information, "specificAssetIds": named}}


def _readable(specific: dict[str, Any], visible_to: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    subjects = visible_to.get(specific["name"], visible_to.get(EACH, ()))
    plain = {name: value for name, value in specific.items() if name != "externalSubjectId"}
    if not subjects:
        return plain
    keys = [{"type": "GlobalReference", "value": subject} for subject in subjects]
    return {**plain, "externalSubjectId": {"type": "ExternalReference", "keys": keys}}


def readers_of(specific: Mapping[str, Any]) -> list[str]:
    """Whom a specific asset id names as its readers."""
    subject = specific.get("externalSubjectId") or {}
    return [str(key.get("value")) for key in subject.get("keys", ())]


def may_read(specific: Mapping[str, Any], bpn: str) -> bool:
    """Whether a participant may see a specific asset id; one without externalSubjectId is its owner's alone."""
    return not ({bpn, ANYBODY} - {""}).isdisjoint(readers_of(specific))


def asset_links(shell: dict[str, Any]) -> dict[str, str]:
    """The names of a shell's asset: globalAssetId and the specific asset ids."""
    return {name: value for name, value, _ in _links(shell)}


def _links(shell: dict[str, Any]) -> list[tuple[str, str, list[str]]]:
    """(name, value, readers); whoever sees one specific asset id may look the shell up by its globalAssetId."""
    information = shell["assetInformation"]
    specific = [(each["name"], each["value"], readers_of(each)) for each in information.get("specificAssetIds", ())]
    everyone = sorted({reader for _, _, readers in specific for reader in readers})
    known = information.get("globalAssetId")
    return ([("globalAssetId", known, everyone)] if known else []) + specific


def store_links(
    tx: Transaction, unit_id: str, shell: dict[str, Any] | None, own: Iterable[tuple[str, str]] = ()
) -> None:
    """Keep by which names a shell is found, and by whom; None: it is gone. `own` names are the owner's alone."""
    links = [*(_links(shell) if shell else []), *((name, value, list[str]()) for name, value in own)]
    wanted: dict[str, AssetLink] = {}
    for name, value, readers in links:
        link_id = f"{unit_id} {name}"
        key = link_id if link_id not in wanted else f"{link_id} {len(wanted)}"
        wanted[key] = AssetLink(id=key, unit_id=unit_id, name=name, value=value, readers=readers)
    _keep(tx, ASSET_LINKS, unit_id, wanted)
    subjects = {reader for _, _, readers in links for reader in readers}
    rows = {
        f"{unit_id} {each}": ShellReader(id=f"{unit_id} {each}", unit_id=unit_id, subject=each) for each in subjects
    }
    _keep(tx, SHELL_READERS, unit_id, rows)


def keep_readers(tx: Transaction, unit_id: str, shell: dict[str, Any]) -> None:
    """As `store_links` for a passport whose readers changed, and nothing else."""
    rows = tx.find(ASSET_LINKS, {"unit_id": unit_id, "name": PASSPORT_ID})
    store_links(tx, unit_id, shell, [(row.name, row.value) for row in rows])


def _keep(tx: Transaction, collection: Collection[Any], unit_id: str, wanted: Mapping[str, Any]) -> None:
    """Make the rows of a unit those that are wanted; what stays as it is, is not written."""
    kept = {row.id: row for row in tx.find(collection, {"unit_id": unit_id})}
    for gone in kept.keys() - wanted.keys():
        tx.remove(collection, gone)
    for row_id, row in wanted.items():
        if kept.get(row_id) != row:
            tx.put(collection, row)
