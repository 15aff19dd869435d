"""Passports by the identifiers of EN 18222: the passport's own, the product's URL, the unit id, the asset's id."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from connector.notation.problems import Invalid, Unknown
from connector.passport.formats.en18223 import passport_id
from connector.passport.identifiers import is_unit_id, parse_unit_url
from connector.ports import Reader, Store
from connector.records.passports import PASSPORT_VERSIONS, PASSPORTS, Passport, PassportVersion
from connector.records.shells import ASSET_LINKS
from connector.services.passports.changes import Change, merged
from connector.services.passports.editions import PASSPORT_ID, Edition
from connector.services.passports.passports import Passports

MOST_IDS = 1000


class Dpps:
    """What EN 18222 asks, in terms of passports and versions."""

    def __init__(self, *, store: Store, passports: Passports) -> None:
        self._store = store
        self._passports = passports

    async def by_id(self, dpp_id: str, *, at: datetime | None = None) -> Edition:
        """The current version of a passport, or that of a time. Raises Unknown (`passport/unknown`)."""

        def look(reader: Reader) -> Edition:
            passport = _passport(reader, dpp_id)
            version = _at(reader, passport, at)
            if version is None:
                raise _unknown(dpp_id)
            return Edition(passport, version)

        return await self._store.read(look)

    async def by_product(self, product_id: str) -> Edition:
        """The passport of a product, if it is in force. Raises Unknown (`passport/unknown`)."""
        edition = await self.by_id(product_id)
        if edition.version.payload.get("metadata", {}).get("status") in ("invalid", "expired"):
            raise _unknown(product_id)
        return edition

    async def ids_of(self, product_ids: Sequence[str], *, limit: int, cursor: str) -> tuple[list[str], str]:
        """Passport ids of the products that are known here, in the order asked, and the cursor of what follows."""
        if len(product_ids) > MOST_IDS:
            raise Invalid("passport/product-ids", f"at most {MOST_IDS} products in one request", pointer="/productIds")
        start = _position(cursor, len(product_ids))

        def look(reader: Reader) -> tuple[list[str], str]:
            found: list[str] = []
            for at in range(start, len(product_ids)):
                if len(found) == limit:
                    return found, str(at)
                if (passport := _find(reader, product_ids[at])) is not None:
                    found.append(_id_of(reader, passport))
            return found, ""

        return await self._store.read(look)

    async def create(
        self, payload: dict[str, Any], *, actor: str, access_policy_id: str, usage_policy_id: str
    ) -> Edition:
        """Version 1 of a new passport. Raises as `Passports.publish`, and Invalid where no policies are known."""
        if not access_policy_id or not usage_policy_id:
            raise Invalid(
                "passport/policies",
                "a passport is offered under two policies: give accessPolicyId and usagePolicyId in the query",
            )
        return await self._passports.publish(
            payload, actor=actor, access_policy_id=access_policy_id, usage_policy_id=usage_policy_id
        )

    async def change(self, dpp_id: str, change: Change, *, actor: str, reason: str, notes: str) -> Edition:
        """The next version. Raises as `Passports.update`."""
        unit_id = (await self.by_id(dpp_id)).passport.id
        return await self._passports.update(
            unit_id, change, actor=actor, role="economic operator", reason=reason, notes=notes
        )

    async def end(self, dpp_id: str, *, actor: str) -> Edition:
        """The passport ceases (Art. 77(8)): its last version says so, those before it stay."""
        edition = await self.by_id(dpp_id)
        if edition.version.reason == "ceased":
            return edition
        ended = merged({"metadata": {"status": "expired"}, "circularity": {"status": "waste"}})
        return await self.change(dpp_id, ended, actor=actor, reason="ceased", notes="ended over EN 18222")


def _passport(reader: Reader, dpp_id: str) -> Passport:
    found = _find(reader, dpp_id)
    if found is None:
        raise _unknown(dpp_id)
    return found


def _find(reader: Reader, identifier: str) -> Passport | None:
    unit_id = identifier if is_unit_id(identifier) else _unit_of(identifier)
    if unit_id:
        found = reader.get(PASSPORTS, unit_id)
        return found if found is not None and identifier in (unit_id, found.unit_url) else None
    link = reader.one(ASSET_LINKS, {"name": (PASSPORT_ID, "globalAssetId"), "value": identifier})
    return reader.get(PASSPORTS, link.unit_id) if link is not None else None


def _unit_of(url: str) -> str:
    try:
        return parse_unit_url(url)[1]
    except Invalid:
        return ""


def _id_of(reader: Reader, passport: Passport) -> str:
    version = _at(reader, passport, None)
    return passport_id(version.payload if version else {}, passport.unit_url)


def _at(reader: Reader, passport: Passport, time: datetime | None) -> PassportVersion | None:
    """The version in force at `time` (None: now); None where there was none yet."""
    if time is None:
        return reader.one(PASSPORT_VERSIONS, {"unit_id": passport.id, "number": passport.version})
    low, high = 0, passport.version
    while low < high:
        middle = (low + high + 1) // 2
        version = reader.one(PASSPORT_VERSIONS, {"unit_id": passport.id, "number": middle})
        if version is not None and version.created_at <= time:
            low = middle
        else:
            high = middle - 1
    return reader.one(PASSPORT_VERSIONS, {"unit_id": passport.id, "number": low}) if low else None


def _position(cursor: str, length: int) -> int:
    if not cursor:
        return 0
    if not (cursor.isascii() and cursor.isdigit() and len(cursor) < 6 and int(cursor) < length):
        raise Invalid("passport/cursor", "this cursor was not given by the page before")
    return int(cursor)


def _unknown(identifier: str) -> Unknown:
    return Unknown("passport/unknown", f"there is no passport {identifier[:80]!r} here")
