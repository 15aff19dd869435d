"""Shells, submodels and concept descriptions that the owner puts here: checked, kept as versions, taken away again.

A passport's own shell and submodels are made from its payload and are never written here: they are refused (403).
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final, Literal

from connector.notation.digests import digest_bytes
from connector.notation.exact_json import decode, encode
from connector.notation.findings import Finding
from connector.notation.problems import Conflict, Invalid, Refused, Unknown
from connector.ports import Clock, Reader, Store, Transaction
from connector.records.passports import PASSPORTS, SUBMODELS, StoredSubmodel
from connector.records.shells import (
    CONCEPTS,
    HOSTED_SHELLS,
    SHELL_PARTS,
    SUBMODEL_MEANINGS,
    Concept,
    HostedShell,
    ShellPart,
    SubmodelMeaning,
)
from connector.services.locks import Locks
from connector.services.passports.editions import store_links
from connector.services.passports.shells.files import Files, forget_files
from connector.services.passports.shells.finding import HOSTED
from submodels.aas import trees
from submodels.aas.value import submodel_value

Json = Any
Mode = Literal["new", "any", "old"]
"""Whether what is put must not be here yet, may be, or must be."""
Change = Callable[[Json], Json]
Also = Callable[[Transaction, Mapping[str, str]], None]
"""What is kept in the same transaction: (transaction, unit ids by identifier)."""
_UNKNOWN: Final = {
    "shell": "aas/shell-unknown",
    "submodel": "aas/submodel-unknown",
    "concept description": "aas/concept-unknown",
}
_MAX_ID: Final = 2000
"""What Part 1 lets an identifier have."""


class Hosting:
    """Writes of the owner. Every refusal says which rule of the metamodel is broken, and where."""

    def __init__(self, *, store: Store, clock: Clock, locks: Locks, files: Files) -> None:
        self._store = store
        self._files = files
        self._clock = clock
        self._locks = locks

    async def put(
        self, documents: Mapping[str, Iterable[Json]], *, actor: str, mode: Mode = "new", also: Also | None = None
    ) -> bool:
        """Keep these shells, submodels and concept descriptions (by the members of an environment) all together.

        True where everything is new. `also(tx, {id: unit id})` runs in the same transaction. Raises Invalid with
        findings, Conflict (`aas/exists`), Unknown, Refused (`aas/of-passport`).
        """
        checked = await asyncio.to_thread(_checked, documents)

        def keep(tx: Transaction) -> bool:
            put = _Put(tx, self._clock, actor, mode)
            for document in checked["conceptDescriptions"]:
                put.concept(document)
            for document in checked["submodels"]:
                put.submodel(document)
            for document in checked["assetAdministrationShells"]:
                put.shell(document)
            if also is not None:
                also(tx, put.units)
            return put.is_new

        return await self._store.write(keep)

    async def change_shell(self, shell_id: str, change: Change, *, actor: str, also: Also | None = None) -> None:
        """Put a hosted shell as `change` makes it of what it is. Raises as `put`."""
        async with self._locks.hold(f"shell {shell_id}"):
            record = await self._store.read(lambda reader: need_hosted_shell(reader, shell_id))
            changed = change(decode(record.shell))
            if changed.get("id") != shell_id:
                raise _other_id(shell_id)
            await self.put({"assetAdministrationShells": [changed]}, actor=actor, mode="old", also=also)

    async def change_submodel(self, submodel_id: str, change: Change, *, actor: str, also: Also | None = None) -> None:
        """Put a hosted submodel as `change` makes it of what it is: its next version. Raises as `put`."""
        async with self._locks.hold(f"submodel {submodel_id}"):
            record = await self._store.read(lambda reader: need_hosted_submodel(reader, submodel_id))
            changed = await asyncio.to_thread(lambda: change(decode(record.document)))
            if changed.get("id") != submodel_id:
                raise _other_id(submodel_id)
            await self.put({"submodels": [changed]}, actor=actor, mode="old", also=also)

    async def delete_shell(self, shell_id: str, *, actor: str) -> None:
        """Take a hosted shell away; the submodels that it refers to stay."""

        def remove(tx: Transaction) -> list[str]:
            record = need_hosted_shell(tx, shell_id)
            tx.remove(HOSTED_SHELLS, record.id)
            store_links(tx, record.id, None)
            _keep_parts(tx, record.id, ())
            tx.audit("shell.deleted", shell_id, {"digest": digest_bytes(record.shell.encode())}, actor=actor)
            return forget_files(tx, record.id)

        await self._files.sweep(*await self._store.write(remove))

    async def delete_submodel(self, submodel_id: str, *, actor: str) -> None:
        """Take every version of a hosted submodel away."""

        def remove(tx: Transaction) -> list[str]:
            current = need_hosted_submodel(tx, submodel_id)
            while versions := tx.find(SUBMODELS, {"unit_id": current.unit_id}):
                for record in versions:
                    tx.remove(SUBMODELS, record.id)
            _keep_meanings(tx, current, ())
            tx.audit("submodel.deleted", submodel_id, {"digest": current.value_digest}, actor=actor)
            return forget_files(tx, current.unit_id)

        await self._files.sweep(*await self._store.write(remove))

    async def delete_all(self, shell_id: str, *, actor: str) -> None:
        """Take a hosted shell away with those of its submodels that no other shell refers to."""
        shell = await self._store.read(lambda reader: need_hosted_shell(reader, shell_id))
        await self.delete_shell(shell_id, actor=actor)
        for submodel_id in (each["id"] for each in shell.submodels):
            wanted = {"submodel_id": submodel_id}
            if not await self._store.read(lambda reader, wanted=wanted: reader.count(SHELL_PARTS, wanted)):  # type: ignore[misc]
                with contextlib.suppress(Unknown, Refused):
                    await self.delete_submodel(submodel_id, actor=actor)

    async def delete_concept(self, concept_id: str, *, actor: str) -> None:
        """Take a concept description away. Raises Unknown (`aas/concept-unknown`)."""

        def remove(tx: Transaction) -> None:
            if not tx.remove(CONCEPTS, concept_id):
                raise Unknown("aas/concept-unknown", f"there is no concept description {concept_id[:200]!r}")
            tx.audit("concept.deleted", concept_id, {}, actor=actor)

        await self._store.write(remove)


class _Put:
    """One transaction that puts documents; `units` are the unit ids by identifier."""

    def __init__(self, tx: Transaction, clock: Clock, actor: str, mode: Mode) -> None:
        self._tx = tx
        self._clock = clock
        self._actor = actor
        self._mode = mode
        self.is_new = True
        self.units: dict[str, str] = {}

    def shell(self, document: Json) -> None:
        tx, shell_id = self._tx, document["id"]
        if tx.one(PASSPORTS, {"shell_id": shell_id}) is not None:
            raise of_passport("shell", shell_id)
        old = tx.one(HOSTED_SHELLS, {"shell_id": shell_id})
        self._allow("shell", shell_id, old)
        record = HostedShell(
            id=old.id if old else self._new_unit(),
            shell_id=shell_id,
            global_asset_id=document["assetInformation"].get("globalAssetId", ""),
            id_short=document.get("idShort", ""),
            shell=encode(document).decode(),
            submodels=[{"id": each["keys"][0]["value"]} for each in document.get("submodels", ())],
            created_at=old.created_at if old else tx.now,
            updated_at=tx.now,
        )
        tx.put(HOSTED_SHELLS, record)
        store_links(tx, record.id, document)
        _keep_parts(tx, record.id, [each["id"] for each in record.submodels])
        self._note("shell", shell_id, record.id, digest_bytes(record.shell.encode()))

    def submodel(self, document: Json) -> None:
        tx, submodel_id = self._tx, document["id"]
        old = tx.one(SUBMODELS, {"submodel_id": submodel_id, "status": "current"})
        if old is not None and not old.unit_id.startswith(HOSTED):
            raise of_passport("submodel", submodel_id)
        self._allow("submodel", submodel_id, old)
        record = _submodel_record(old.unit_id if old else self._new_unit(), old.number + 1 if old else 1, document, tx)
        if old is not None:
            old.status = "superseded"
            tx.put(SUBMODELS, old)
            _keep_meanings(tx, old, ())
        tx.add(SUBMODELS, record)
        _keep_meanings(tx, record, trees.meanings(document))
        self._note("submodel", submodel_id, record.unit_id, record.value_digest)

    def concept(self, document: Json) -> None:
        concept_id = document["id"]
        old = self._tx.get(CONCEPTS, concept_id)
        self._allow("concept description", concept_id, old)
        text = encode(document).decode()
        made_at = old.created_at if old else self._tx.now
        id_short = document.get("idShort", "")
        self._tx.put(CONCEPTS, Concept(id=concept_id, id_short=id_short, document=text, created_at=made_at))
        self._tx.audit("concept.put", concept_id, {"digest": digest_bytes(text.encode())}, actor=self._actor)

    def _new_unit(self) -> str:
        return HOSTED + self._clock.new_id()

    def _allow(self, kind: str, identifier: str, old: Any) -> None:
        if old is not None and self._mode == "new":
            raise Conflict("aas/exists", f"there is a {kind} {identifier[:200]!r} already: PUT replaces it")
        if old is None and self._mode == "old":
            raise Unknown(_UNKNOWN[kind], f"there is no {kind} {identifier[:200]!r}")
        self.is_new = self.is_new and old is None

    def _note(self, kind: str, identifier: str, unit_id: str, digest: str) -> None:
        self.units[identifier] = unit_id
        self._tx.audit(f"{kind}.put", identifier, {"unit": unit_id, "digest": digest}, actor=self._actor)


def need_hosted_shell(reader: Reader, shell_id: str) -> HostedShell:
    """Raises Unknown (`aas/shell-unknown`), Refused (`aas/of-passport`)."""
    record = reader.one(HOSTED_SHELLS, {"shell_id": shell_id})
    if record is not None:
        return record
    if reader.one(PASSPORTS, {"shell_id": shell_id}) is not None:
        raise of_passport("shell", shell_id)
    raise Unknown("aas/shell-unknown", f"there is no shell {shell_id[:200]!r}")


def need_hosted_submodel(reader: Reader, submodel_id: str) -> StoredSubmodel:
    """The current version. Raises Unknown (`aas/submodel-unknown`), Refused (`aas/of-passport`)."""
    record = reader.one(SUBMODELS, {"submodel_id": submodel_id, "status": "current"})
    if record is None:
        raise Unknown("aas/submodel-unknown", f"there is no submodel {submodel_id[:200]!r}")
    if not record.unit_id.startswith(HOSTED):
        raise of_passport("submodel", submodel_id)
    return record


def of_passport(kind: str, identifier: str) -> Refused:
    """A passport's documents are made from its payload."""
    return Refused(
        "aas/of-passport",
        f"the {kind} {identifier[:200]!r} is made from a battery passport, and its versions do not change: change the"
        " passport (POST /api/passports/{unit}/versions)",
    )


def _other_id(identifier: str) -> Invalid:
    return Invalid("aas/id", f"the id in the body is not {identifier[:200]!r}, which the path names")


def _checked(documents: Mapping[str, Iterable[Json]]) -> dict[str, list[Json]]:
    """Normative JSON of each, or Invalid with everything that is wrong."""
    found: dict[str, list[Json]] = {}
    faults = []
    for member, kind in trees.KINDS.items():
        found[member] = []
        for document in documents.get(member, ()):
            wrong = trees.check(document, kind)
            faults += wrong
            if not wrong:
                check_id(document["id"])
                # Read again as it will be read from the store: within the limits of a document.
                found[member].append(decode(encode(trees.normal(document, kind))))
    refuse_faults(faults)
    return found


def refuse_faults(faults: Sequence[Finding]) -> None:
    """Raises Invalid with everything that is wrong; the first fault gives code and place."""
    if faults:
        more = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
        raise Invalid(faults[0].code, f"{faults[0]}{more}", pointer=faults[0].pointer, findings=faults)


def check_id(identifier: str) -> None:
    """Raises Invalid (`aas/id`) for one that is longer than Part 1 lets it be."""
    if len(identifier.encode()) > _MAX_ID:
        raise Invalid("aas/id", f"an id has at most {_MAX_ID} bytes", pointer="/id")


def _submodel_record(unit_id: str, number: int, document: Json, tx: Transaction) -> StoredSubmodel:
    value = encode(submodel_value(document))
    meanings = trees.meanings(document)
    id_short = document.get("idShort", "")
    return StoredSubmodel(
        id=f"{unit_id}#{number}/{id_short}",
        unit_id=unit_id,
        number=number,
        id_short=id_short,
        submodel_id=document["id"],
        semantic_id=meanings[0] if meanings else "",
        value=value.decode(),
        value_digest=digest_bytes(value),
        document=encode(document).decode(),
        created_at=tx.now,
    )


def _keep_meanings(tx: Transaction, record: StoredSubmodel, meanings: Iterable[str]) -> None:
    for row in tx.find(SUBMODEL_MEANINGS, {"submodel": record.id}):
        tx.remove(SUBMODEL_MEANINGS, row.id)
    for number, value in enumerate(dict.fromkeys(meanings)):
        tx.put(SUBMODEL_MEANINGS, SubmodelMeaning(id=f"{record.id} {number}", submodel=record.id, value=value))


def _keep_parts(tx: Transaction, unit_id: str, submodel_ids: Iterable[str]) -> None:
    for row in tx.find(SHELL_PARTS, {"unit_id": unit_id}):
        tx.remove(SHELL_PARTS, row.id)
    for number, submodel_id in enumerate(dict.fromkeys(submodel_ids)):
        tx.put(SHELL_PARTS, ShellPart(id=f"{unit_id} {number}", unit_id=unit_id, submodel_id=submodel_id))
