"""Part 8, DppMetadata: IDTA 02099-1 version 1.0 (EN 18223)."""

from __future__ import annotations

from submodels.dbp.templates.element import ONE, OPTIONAL, SOME, Element, prop, several

CDS = "https://admin-shell.io/idta/cds/"


def _string(id_short: str, *supplemental: str, optional: bool = False) -> Element:
    return prop(id_short, OPTIONAL if optional else ONE, "string", f"{CDS}{id_short}/1", *supplemental)


ELEMENTS = (
    _string("digitalProductPassportId"),
    _string("uniqueProductIdentifier"),
    _string("granularity", "https://admin-shell.io/aas/3/2/AssetKind"),
    _string("dppSchemaVersion"),
    _string("dppStatus"),
    prop(
        "lastUpdate",
        ONE,
        "dateTime",
        f"{CDS}lastUpdate/1",
        "<https://admin-shell.io/aas/3/2/AdministrativeInformation/updatedAt",  # the template's own spelling
    ),
    _string("economicOperatorId"),
    _string("facilityId", optional=True),
    several(
        "contentSpecificationIds",
        OPTIONAL,
        f"{CDS}contentSpecificationIds/1",
        of=prop("contentSpecificationId", SOME, "string", f"{CDS}contentSpecificationId/1"),
        is_ordered=False,
    ),
)
