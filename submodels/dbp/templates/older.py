"""Version 1.0.0 of parts 4 to 7, told by what differs from the tables of 1.0.1.

Part 7 differs in the spelling of one supplemental id only and is not told apart here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from submodels.dbp.templates import circularity, material_composition, product_condition, technical_data
from submodels.dbp.templates.element import ONE, SOME, Element, prop, several, text

Change = Callable[[str, Element], tuple[Element, ...]]
"""From the path of an element (idShorts and points) and itself to what stands in its place."""

_DATA = "urn:samm:io.admin-shell.idta.batterypass.technical_data:1.0.0#"
_GENERIC = "urn:samurn:samm:io.admin-shell.idta.generic.technical_data:2.0.0#"  # the template's own spelling
_RESISTANCE = "TechnicalPropertyAreas.Resistance."
MANDATORY_BEFORE = frozenset(
    {"BatteryMaterialMass", "HazardousSubstanceClass", "HazardousSubstanceConcentration", "HazardousSubstanceImpact",
     "HazardousSubstanceLocation"}
)  # fmt: skip
"""Elements of part 6 that 1.0.1 made optional."""


def at_level(id_short: str) -> str:
    """The name of a resistance in 1.0.0: `...OnBatteryCellLevel` was `...AtBatteryCellLevel`."""
    return id_short.replace("OnBattery", "AtBattery").replace("OfBattery", "AtBattery")


def _changed(elements: tuple[Element, ...], change: Change, above: str = "") -> tuple[Element, ...]:
    found: list[Element] = []
    for element in elements:
        path = f"{above}{element.id_short}"
        children = _changed(element.children, change, path + ".")
        found += change(path, replace(element, children=children))
    return tuple(found)


def _technical_data(path: str, element: Element) -> tuple[Element, ...]:
    if path == "GeneralInformation.CompanyLogo":
        return element, *_PRODUCT
    if path == "GeneralInformation.ManufacturerIdentifier":
        return element, prop("WarrantyPeriod", ONE, "gYearMonth", _DATA + "warrantyPeriod")
    if path == "GeneralInformation.WarrantyInformation":
        return ()
    if path == "TechnicalPropertyAreas.Lifetime.CRateOfRelevantCycleLifeTest":
        return element, _REFERENCE_TEST
    if path.startswith(_RESISTANCE):
        return (_resistance(element),)
    is_area = path.startswith("TechnicalPropertyAreas.") and path.count(".") == 1
    return (replace(element, supplemental=()) if is_area else element,)


_PRODUCT = (
    text(
        "ManufacturerProductDesignation",
        ONE,
        "0173-1#02-AAW338#003",
        "https://api.eclass-cdp.com/0173-1-02-AAW338-003",
        _GENERIC + "manufacturerProductDesignation",
    ),
    prop(
        "ManufacturerArticleNumber",
        ONE,
        "string",
        "0173-1#02-AAO676#005",
        "https://api.eclass-cdp.com/0173-1-02-AAO676-005",
        _GENERIC + "manufacturerArticleNumber",
    ),
    prop(
        "ManufacturerOrderCode",
        ONE,
        "string",
        "0173-1#02-AAO227#004",
        "https://api.eclass-cdp.com/0173-1-02-AAO227-004",
        _GENERIC + "manufacturerOrderCode",
    ),
)
_REFERENCE_TEST = several(
    "cycleLifeReferenceTest",
    ONE,
    _DATA + "cycleLifeReferenceTest",
    of=prop(
        "DocumentIdentifier",
        SOME,
        "string",
        "0173-1#02-ABI501#003/0173-1#01-AHF580#003",
        "https://api.eclass-cdp.com/0173-1-02-ABI501-003/0173-1-01-AHF580-003",
        "urn:samm:io.admin-shell.idta.handover_documentation:2.0.0#DocumentId",
    ),
    is_ordered=False,
)


def _resistance(element: Element) -> Element:
    name = at_level(element.id_short)
    urn = _DATA + name[0].lower() + name[1:]
    if name.startswith("Initial"):
        return replace(element, id_short=name, supplemental=((urn,),))
    if name.endswith("ModuleLevel"):  # the template gives it the id of the initial resistance
        urn = _DATA + "initialInternalResistanceAtBatteryModuleLevel"
    return replace(element, id_short=name, semantic_id=urn)


def _first_version(_: str, element: Element) -> tuple[Element, ...]:
    """Ids of version 1.0.0 in place of 1.0.1."""
    semantic_id = element.semantic_id.replace(":1.0.1#", ":1.0.0#")
    return (
        replace(
            element, semantic_id=semantic_id, list_semantic_id=element.list_semantic_id.replace(":1.0.1#", ":1.0.0#")
        ),
    )


def _materials(path: str, element: Element) -> tuple[Element, ...]:
    (element,) = _first_version(path, element)
    return (replace(element, cardinality=ONE) if element.id_short in MANDATORY_BEFORE else element,)


TECHNICAL_DATA = _changed(technical_data.ELEMENTS, _technical_data)
PRODUCT_CONDITION = _changed(product_condition.ELEMENTS, _first_version)
MATERIAL_COMPOSITION = _changed(material_composition.ELEMENTS, _materials)
CIRCULARITY = circularity.ELEMENTS
