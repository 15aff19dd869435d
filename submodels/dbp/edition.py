"""Which submodels a build makes: versions of the templates, part 8, and whose semantic ids come first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from connector.notation.problems import Invalid
from submodels.aas.lexical import NotLexical, number
from submodels.dbp import conversions as to
from submodels.dbp import documents as doc
from submodels.dbp import metadata
from submodels.dbp.mapping import GENERAL, LIFETIME, RATED, RESISTANCE, TABLE, Row
from submodels.dbp.parts import BY_NUMBER, METADATA, PARTS, SAMM, Part, Profile
from submodels.dbp.site import Site
from submodels.dbp.templates import older

FIRST: Final = "1.0.0"
PROFILES: Final[tuple[Profile, ...]] = ("idta", "catena-x")
OLDER: Final[dict[int, Part]] = {
    4: replace(
        BY_NUMBER[4],
        template_version=FIRST,
        cx_semantic_id=SAMM + "technical_data:1.0.0#TechnicalData",
        elements=older.TECHNICAL_DATA,
    ),
    5: replace(
        BY_NUMBER[5],
        template_version=FIRST,
        cx_semantic_id=SAMM + "product_condition:1.0.0#ProductCondition",
        elements=older.PRODUCT_CONDITION,
    ),
    6: replace(
        BY_NUMBER[6],
        template_version=FIRST,
        cx_semantic_id=SAMM + "material_composition:1.0.0#MaterialComposition",
        elements=older.MATERIAL_COMPOSITION,
    ),
    7: replace(BY_NUMBER[7], template_version=FIRST, elements=older.CIRCULARITY),
}
"""Version 1.0.0 of the parts that have two."""

WARRANTY: Final = "generalInformation.lifespan[key=guaranteed lifetime]"
MONTHS: Final = {"unit:month": 1, "unit:year": 12}
PART_NUMBER: Final = "The configured part number: 4.0.0 has no number of this kind."


def warranty_end(value: Any, site: Site) -> str | None:
    """The month in which a guarantee ends that begins with manufacture: part 4 of 1.0.0 wants a month."""
    made = to.made_on(site)
    months = MONTHS.get(str(value.get("unit"))) if isinstance(value, dict) else None
    if made is None or months is None:
        site.note("left-out", "The end of the guarantee cannot be told by month and year.", "info")
        return None
    count = number(value.get("value"))
    if count != count.to_integral_value() or not 0 <= count <= 1200:
        raise NotLexical(f"a whole number of months or years was wanted, {count} was found")
    end = made.year * 12 + made.month - 1 + int(count) * months
    return f"{end // 12:04}-{end % 12 + 1:02}"


ONLY_FIRST: Final = (
    Row(4, "identification.typology.longName", f"{GENERAL}.ManufacturerProductDesignation", to.text),
    Row(4, "identification.typeId", f"{GENERAL}.ManufacturerProductDesignation", to.text),
    Row(4, "context.manufacturer_part_id", f"{GENERAL}.ManufacturerArticleNumber", to.text),
    Row(
        4,
        "context.manufacturer_part_id",
        f"{GENERAL}.ManufacturerOrderCode",
        to.text,
        "assumed",
        PART_NUMBER,
    ),
    Row(
        4,
        WARRANTY,
        f"{GENERAL}.WarrantyPeriod",
        warranty_end,
        "derived",
        "1.0.0 wants a month: that in which the guaranteed lifetime ends, counted from manufacture.",
    ),
    Row(4, f"{RATED}.lifetime.report[]", f"{LIFETIME}.cycleLifeReferenceTest[]", doc.document),
)
"""Rows that lead to elements of 1.0.0 which 1.0.1 has no more."""


@dataclass(frozen=True, slots=True)
class Edition:
    """One choice: `versions` from number of a part to template version (`1.0.0`; the default is the newest).

    Raises Invalid (`dbp/edition`) for a version or profile that there is not.
    """

    profile: Profile = "idta"
    versions: Mapping[int, str] = field(default_factory=dict, hash=False)
    with_metadata: bool = False

    def __post_init__(self) -> None:
        if self.profile not in PROFILES:
            raise Invalid("dbp/edition", f"the profile {self.profile!r} is none of {', '.join(PROFILES)}")
        for part, version in self.versions.items():
            _part(part, version)

    @property
    def parts(self) -> tuple[Part, ...]:
        """The parts in the order of their numbers."""
        wanted = (*PARTS, METADATA) if self.with_metadata else PARTS
        return tuple(_part(part.number, self.versions.get(part.number, part.template_version)) for part in wanted)

    @property
    def rows(self) -> tuple[Row, ...]:
        """The rows of the mapping table that lead to these parts."""
        return _rows(self.versions.get(4) == FIRST, self.with_metadata)


SEVEN: Final = Edition()
"""What CX-0160 asks for: the newest templates, the templates' own ids first."""


def _part(number_: int, version: str) -> Part:
    newest = BY_NUMBER.get(number_)
    if newest is not None and version == newest.template_version:
        return newest
    if number_ in OLDER and version == FIRST:
        return OLDER[number_]
    raise Invalid("dbp/edition", f"part {number_} has no version {version!r} here")


def _rows(has_first_technical_data: bool, with_metadata: bool) -> tuple[Row, ...]:
    rows = TABLE
    if has_first_technical_data:
        kept = (row for row in TABLE if not row.target.startswith(f"{GENERAL}.WarrantyInformation"))
        rows = (*(_renamed(row) for row in kept), *ONLY_FIRST)
    return (*rows, *metadata.ROWS) if with_metadata else rows


def _renamed(row: Row) -> Row:
    is_resistance = row.part == 4 and row.target.startswith(RESISTANCE)
    return replace(row, target=older.at_level(row.target)) if is_resistance else row
