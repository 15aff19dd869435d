"""What the submodels need and BatteryPass 4.0.0 does not say: configuration of the node and of the single passport."""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from decimal import Decimal
from typing import Any, Final, Literal

import msgspec

from connector.notation.problems import Invalid
from submodels.aas.lexical import is_xml_text

LANGUAGE = re.compile(r"[a-zA-Z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|[0-9]{3}))?", re.ASCII)
MAX_ID = 2000  # AAS Part 1 V3.0, Identifier


@dataclass(frozen=True, slots=True, kw_only=True)
class PostalAddress:
    """Where the manufacturer is reached. `country` is ISO 3166-1 alpha-2; `street` includes the number."""

    street: str
    zipcode: str
    city: str
    country: str
    phone: str = ""
    email: str = ""
    website: str = ""

    def as_value(self) -> dict[str, Any]:
        """Members as AddressInformation has them (IDTA 02002)."""
        members: dict[str, Any] = {
            "Street": self.street,
            "Zipcode": self.zipcode,
            "CityTown": self.city,
            "NationalCode": self.country,
            "AddressOfAdditionalLink": self.website,
        }
        if self.phone:
            members["Phone"] = {"TelephoneNumber": self.phone}
        if self.email:
            members["Email"] = {"EmailAddress": self.email}
        return {name: value for name, value in members.items() if value}


@dataclass(frozen=True, slots=True, kw_only=True)
class PassportContext:
    """Configuration for one build.

    `asset_id`: globalAssetId of the battery; ids of shell and submodels are derived from it (UUID v5).
    `version`: number of the passport version, into `administration.version` (which holds at most four digits).
    `recycled_share`: as what the undivided `recycled` of 4.0.0 is declared.
    `granularity`, `schema_version`, `status` (of a payload without one), `last_update` (date and time with zone): for
    part 8 only. `placed_on_market` says whether the law demands a passport (`submodels.dbp.law.scope`).
    """

    asset_id: str
    unit_url: str = ""
    manufacturer_bpnl: str = ""
    manufacturer_name: str = ""
    manufacturer_address: PostalAddress | None = None
    manufacturer_part_id: str = ""
    facility_bpns: str = ""
    operator_id: str = ""
    language: str = "en"
    functional_unit: str = "kWh"
    functional_quantity: Decimal = Decimal(1)
    recycled_share: Literal["PostConsumerShare", "PreConsumerShare"] = "PostConsumerShare"
    granularity: Literal["Item", "Batch", "Model"] = "Item"
    schema_version: str = "EN 18223:2026"
    status: Literal["active", "inactive", "archived", "invalid"] = "active"
    placed_on_market: datetime.date | None = None
    last_update: str = ""
    version: int = 1

    def checked(self) -> PassportContext:
        """Itself. Raises Invalid where nothing can be built with it (`dbp/asset-id`, `dbp/language`)."""
        if not LANGUAGE.fullmatch(self.language):
            raise Invalid("dbp/language", f"language must be a BCP 47 tag such as en or de-AT, not {self.language!r}")
        if not 0 < len(self.asset_id) <= MAX_ID or not is_xml_text(self.asset_id):
            raise Invalid("dbp/asset-id", f"asset_id must be 1 to {MAX_ID} printable characters, e.g. the unit's URL")
        return self

    def as_source(self) -> dict[str, Any]:
        """The members as sources of the mapping table (`context.<name>`); empty ones are left out."""
        members = {name: getattr(self, name) for name in self.__slots__ if name != "manufacturer_address"}
        if self.manufacturer_address:
            members["manufacturer_address"] = self.manufacturer_address.as_value()
        return {name: value for name, value in members.items() if value not in ("", None)}


OWN_MEMBERS: Final = frozenset({"asset_id", "unit_url", "version", "last_update"})
"""Members of the context that a node sets; all others may be configured for a passport."""


def read_context(members: Mapping[str, Any], **own: Any) -> PassportContext:
    """The context of one build; `own` are `OWN_MEMBERS`, `members` all others.

    Raises Invalid (`passport/context`) for members that it does not have, or misshapen ones.
    """
    known = {field.name for field in fields(PassportContext)} - OWN_MEMBERS
    unknown = sorted(set(members) - known)
    if unknown:
        raise Invalid("passport/context", f"the context has no {', '.join(unknown)}; known: {', '.join(sorted(known))}")
    try:
        return msgspec.convert({**members, **own}, PassportContext)
    except msgspec.ValidationError as error:
        raise Invalid("passport/context", f"the context cannot be used: {error}") from None
