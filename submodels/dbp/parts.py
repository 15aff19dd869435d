"""The seven parts of IDTA 02035: what each is called, means and covers.

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
    nameplate,
    product_condition,
    technical_data,
)
from submodels.dbp.templates.element import Element

Granularity = Literal["item", "model", "model and plant"]
SAMM = "urn:samm:io.admin-shell.idta.batterypass."


@dataclass(frozen=True, slots=True)
class Part:
    """One part. `semantic_id` is the template's, `cx_semantic_id` the one that CX-0160 puts into catalogs.

    `supplemental` are the other ids that the submodel carries, `cx_semantic_id` among them.
    """

    number: int
    id_short: str
    semantic_id: str
    cx_semantic_id: str
    template_supplemental: tuple[str, ...]
    template_version: str
    granularity: Granularity
    is_dynamic: bool
    elements: tuple[Element, ...]

    @property
    def standard(self) -> str:
        """The standard's number: `IDTA 02035-1`."""
        return f"IDTA 02035-{self.number}"

    @property
    def template_id(self) -> str:
        """The id for `administration.templateId`; parts 3 and 4 of the published templates name another standard."""
        return f"https://admin-shell.io/idta-02035-{self.number}"

    @property
    def supplemental(self) -> tuple[str, ...]:
        """The supplemental semantic ids of an instance."""
        named = (*self.template_supplemental, self.cx_semantic_id)
        return tuple(dict.fromkeys(name for name in named if name != self.semantic_id))


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
BY_NUMBER: dict[int, Part] = {part.number: part for part in PARTS}
BY_ID_SHORT: dict[str, Part] = {part.id_short: part for part in PARTS}
