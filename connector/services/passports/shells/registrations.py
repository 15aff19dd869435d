"""Descriptors of shells that stand elsewhere, put into the registry by its owner (AAS Part 2, registry SSP-001).

What is here describes itself: a passport's shell or a hosted one is never registered, changed or removed this way.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from connector.notation.digests import digest_bytes
from connector.notation.exact_json import decode, encode
from connector.notation.findings import Finding
from connector.notation.problems import Conflict, Refused, Unknown
from connector.ports import Clock, Reader, Store, Transaction
from connector.records.passports import PASSPORTS
from connector.records.shells import HOSTED_SHELLS, REGISTERED_SHELLS, RegisteredShell
from connector.services.locks import Locks
from connector.services.passports.editions import store_links
from connector.services.passports.shells.finding import REGISTERED
from connector.services.passports.shells.hosting import Mode, check_id, refuse_faults
from submodels.aas import descriptors

Json = Any


class Registrations:
    """Writes of the registry's owner."""

    def __init__(self, *, store: Store, clock: Clock, locks: Locks) -> None:
        self._store = store
        self._clock = clock
        self._locks = locks

    async def put(self, document: Json, *, actor: str, mode: Mode) -> bool:
        """Keep a descriptor; True where it is new.

        Raises Invalid with findings, Conflict (`aas/exists`), Refused (`aas/of-shell`): the shell stands here.
        """
        _refuse(await asyncio.to_thread(descriptors.check, document), document)
        text = encode(document).decode()

        def keep(tx: Transaction) -> bool:
            shell_id = document["id"]
            _refuse_own(tx, shell_id)
            old = tx.one(REGISTERED_SHELLS, {"shell_id": shell_id})
            if old is not None and mode == "new":
                raise Conflict("aas/exists", f"there is a descriptor {shell_id[:200]!r} already: PUT replaces it")
            if old is None and mode == "old":
                raise _unknown(shell_id)
            shell = descriptors.shell_of(document)
            record = RegisteredShell(
                id=old.id if old else REGISTERED + self._clock.new_id(),
                shell_id=shell_id,
                shell=encode(shell).decode(),
                descriptor=text,
                created_at=old.created_at if old else tx.now,
                updated_at=tx.now,
            )
            tx.put(REGISTERED_SHELLS, record)
            store_links(tx, record.id, shell)
            detail = {"unit": record.id, "digest": digest_bytes(text.encode())}
            tx.audit("descriptor.put", shell_id, detail, actor=actor)
            return old is None

        return await self._store.write(keep)

    async def delete(self, shell_id: str, *, actor: str) -> None:
        """Take a descriptor away. Raises Unknown (`aas/shell-unknown`), Refused (`aas/of-shell`)."""

        def remove(tx: Transaction) -> None:
            record = _need(tx, shell_id)
            tx.remove(REGISTERED_SHELLS, record.id)
            store_links(tx, record.id, None)
            tx.audit("descriptor.deleted", shell_id, {"unit": record.id}, actor=actor)

        await self._store.write(remove)

    async def put_part(self, shell_id: str, part: Json, *, actor: str, mode: Mode) -> bool:
        """Keep a submodel descriptor of a registered shell; True where it is new. Raises as `put`."""
        part_id = part.get("id") if isinstance(part, dict) else None
        is_new = False

        def change(parts: list[Json]) -> list[Json]:
            nonlocal is_new
            place = _place(parts, part_id)
            if place is not None and mode == "new":
                raise Conflict("aas/exists", f"the submodel {part_id!r} is described already: PUT replaces it")
            if place is None and mode == "old":
                raise Unknown("aas/submodel-unknown", f"the shell has no submodel {str(part_id)[:200]!r}")
            is_new = place is None
            return [*parts, part] if place is None else [*parts[:place], part, *parts[place + 1 :]]

        wrong = await asyncio.to_thread(descriptors.check_part, part)
        _refuse(wrong, part)
        await self._change(shell_id, change, actor)
        return is_new

    async def delete_part(self, shell_id: str, part_id: str, *, actor: str) -> None:
        """Take a submodel descriptor away. Raises Unknown, Refused as `delete`."""

        def change(parts: list[Json]) -> list[Json]:
            if _place(parts, part_id) is None:
                raise Unknown("aas/submodel-unknown", f"the shell has no submodel {part_id[:200]!r}")
            return [part for part in parts if part["id"] != part_id]

        await self._change(shell_id, change, actor)

    async def _change(self, shell_id: str, change: Callable[[list[Json]], list[Json]], actor: str) -> None:
        async with self._locks.hold(f"descriptor {shell_id}"):
            record = await self._store.read(lambda reader: _need(reader, shell_id))
            document = decode(record.descriptor)
            parts = change(document.get("submodelDescriptors", []))
            changed = {name: value for name, value in document.items() if name != "submodelDescriptors"}
            await self.put({**changed, "submodelDescriptors": parts}, actor=actor, mode="old")


def _place(parts: list[Json], part_id: Any) -> int | None:
    return next((place for place, part in enumerate(parts) if part["id"] == part_id), None)


def _refuse(findings: list[Finding], document: Json) -> None:
    refuse_faults(findings)
    check_id(document["id"])


def _need(reader: Reader, shell_id: str) -> RegisteredShell:
    _refuse_own(reader, shell_id)
    record = reader.one(REGISTERED_SHELLS, {"shell_id": shell_id})
    if record is None:
        raise _unknown(shell_id)
    return record


def _refuse_own(reader: Reader, shell_id: str) -> None:
    where = {"shell_id": shell_id}
    if reader.one(PASSPORTS, where) is not None or reader.one(HOSTED_SHELLS, where) is not None:
        raise Refused(
            "aas/of-shell",
            f"the shell {shell_id[:200]!r} stands here and describes itself: change the shell or the passport",
        )


def _unknown(shell_id: str) -> Unknown:
    return Unknown("aas/shell-unknown", f"there is no descriptor {shell_id[:200]!r}")
