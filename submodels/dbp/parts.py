"""The seven parts of IDTA 02035, and DppMetadata as the eighth: what each is called, means and covers.

Granularity: IDTA guideline "Digital Battery Passport"; the `urn:samm` ids of catalogs: Catena-X CX-0160.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from submodels.dbp.templates import (
    carbon_footprint,
    circularity,
    handover,
    material_composition,
    metadata,
    nameplate,
    product_condition,
    technical_data,
)
from submodels.dbp.templates.element import Element

Granularity = Literal["item", "model", "model and plant"]
Profile = Literal["idta", "catena-x"]
"""Whose id comes first: the template's, or that of CX-0160; the other one is supplemental then."""

SAMM = "urn:samm:io.admin-shell.idta.batterypass."


@dataclass(frozen=True, slots=True)
class Part:
    """One part. `semantic_id` is the template's, `cx_semantic_id` the one that CX-0160 puts into catalogs."""

    number: int
    id_short: str
    semantic_id: str
    cx_semantic_id: str
    template_supplemental: tuple[str, ...]
    template_version: str
    granularity: Granularity
    is_dynamic: bool
    elements: tuple[Element, ...]
    number_of_standard: str = ""

    @property
    def standard(self) -> str:
        """The standard's number: `IDTA 02035-1`."""
        return f"IDTA {self.number_of_standard or f'02035-{self.number}'}"

    @property
    def template_id(self) -> str:
        """The id for `administration.templateId`; parts 3 and 4 of the published templates name another standard."""
        return f"https://admin-shell.io/idta-{self.number_of_standard or f'02035-{self.number}'}"

    @property
    def supplemental(self) -> tuple[str, ...]:
        """The supplemental semantic ids of an instance in the profile `idta`."""
        return self.ids("idta")[1:]

    def ids(self, profile: Profile) -> tuple[str, ...]:
        """All semantic ids of an instance; the first is its semanticId, the others are supplemental."""
        both = (self.cx_semantic_id, self.semantic_id) if profile == "catena-x" else (self.semantic_id,)
        return tuple(dict.fromkeys((*both, *self.template_supplemental, self.cx_semantic_id)))


PARTS: tuple[Part, ...] = (
    Part(
        1,
        "BatteryNameplate",
        "https://admin-shell.io/idta/digitalbatterypassport/nameplate/1/0/Nameplate",
        SAMM + "digital_nameplate:1.0.0#BatteryNameplate",
        (
            "urn:samm:io.admin-shell.idta.digital_nameplate:3.0.0",
            "urn:samm:io.admin-shell.idta.batterypass.digital_nameplate:1.0.0",
            "https://admin-shell.io/idta/nameplate/3/0/Nameplate",
        ),
        "1.0",
        "item",
        False,
        nameplate.ELEMENTS,
    ),
    Part(
        2,
        "HandoverDocumentation",
        "0173-1#01-AHF578#003",
        SAMM + "handover_documentation:1.0.0#HandoverDocumentation",
        (
            "https://api.eclass-cdp.com/0173-1-01-AHF578-003",
            SAMM + "handover_documentation:1.0.0#HandoverDocumentation",
        ),
        "1.0",
        "model",
        False,
        handover.ELEMENTS,
    ),
    Part(
        3,
        "CarbonFootprint",
        "https://admin-shell.io/idta/CarbonFootprint/CarbonFootprint/1/0",
        SAMM + "carbon_footprint:1.0.0#CarbonFootprintBattery",
        (SAMM + "carbon_footprint:1.0.0#CarbonFootprintBattery",),
        "1.0",
        "model and plant",
        False,
        carbon_footprint.ELEMENTS,
    ),
    Part(
        4,
        "TechnicalData",
        "https://admin-shell.io/idta/digitalbatterypassport/TechnicalData/1/0",
        SAMM + "technical_data:1.0.1#TechnicalData",
        ("0173-1#01-AHX837#002", SAMM + "technical_data:1.0.0#TechnicalData"),
        "1.0.1",
        "model",
        False,
        technical_data.ELEMENTS,
    ),
    Part(
        5,
        "ProductCondition",
        SAMM + "product_condition:1.0.0#ProductCondition",
        SAMM + "product_condition:1.0.1#ProductCondition",
        (),
        "1.0.1",
        "item",
        True,
        product_condition.ELEMENTS,
    ),
    Part(
        6,
        "MaterialComposition",
        SAMM + "material_composition:1.0.0#MaterialComposition",
        SAMM + "material_composition:1.0.1#MaterialComposition",
        (),
        "1.0.1",
        "model",
        False,
        material_composition.ELEMENTS,
    ),
    Part(
        7,
        "Circularity",
        SAMM + "circularity:1.0.0#Circularity",
        SAMM + "circularity:1.0.0#Circularity",
        (),
        "1.0.1",
        "model",
        False,
        circularity.ELEMENTS,
    ),
)
METADATA = Part(
    8,
    "DppMetadata",
    "https://admin-shell.io/idta/cds/dppMetadata/1",
    "urn:samm:io.admin-shell.idta.dpp.dpp_metadata:1.0.0#DppMetadata",
    (),
    "1.0",
    "item",
    True,
    metadata.ELEMENTS,
    "02099-1",
)
"""Built on request only: CX-0160 wants it for the regulatory use (UC3)."""

BY_NUMBER: dict[int, Part] = {part.number: part for part in (*PARTS, METADATA)}
BY_ID_SHORT: dict[str, Part] = {part.id_short: part for part in (*PARTS, METADATA)}
