"""From a tree of texts to submodel elements of aas-core, and what the template demands and the tree lacks.

Instances differ from templates: no qualifiers, no idShort below a list, no `value` of an empty list. All semantic ids
are external references; objects of equal references are shared, so treat what is built as read-only.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import TYPE_CHECKING, Any

from connector.notation.findings import Finding, Severity
from submodels.dbp.edition import ONLY_FIRST
from submodels.dbp.mapping import TABLE
from submodels.dbp.metadata import ROWS as METADATA_ROWS
from submodels.dbp.parts import Part
from submodels.dbp.templates.element import Element
from submodels.dbp.tree import Node, Tree

if TYPE_CHECKING:
    from aas_core3 import types

# Mandatory in the template, but optional or absent in BatteryPass 4.0.0: nothing that a payload could be blamed for.
EXCUSED: dict[tuple[int, str], str] = {
    (3, "ProductCarbonFootprints[].PerformanceClass"): "optional in the source until a class is assigned",
    (6, "BatteryMaterials[].BatteryMaterialLocation"): "the source places critical materials nowhere",
    (6, "BatteryMaterials[].BatteryMaterialIdentifier"): "the source may have an EC number only",
    (6, "HazardousSubstances[].HazardousSubstanceIdentifier"): "the source may have an EC number only",
    (7, "SparePartSources[].AddressOfSupplier"): "the source may give the supplier by identifier",
    (7, "SparePartSources[].EmailAddressOfSupplier"): "optional in the source",
    (7, "SparePartSources[].SupplierWebAddress"): "optional in the source",
    (7, "RecycledContentInformation[]"): "the source may say that no such metal is in the battery",
    (7, "RenewableContent"): "the source has it for other materials only, and may have none",
}
# Mandatory in version 1.0.0 only.
EXCUSED |= {
    (6, "BatteryMaterials[].BatteryMaterialMass"): "the source has no masses of materials",
    (6, "HazardousSubstances[].HazardousSubstanceClass"): "the source classes some substances only",
    (6, "HazardousSubstances[].HazardousSubstanceConcentration"): "the source may give no unit that is known",
    (6, "HazardousSubstances[].HazardousSubstanceImpact"): "the source tells impacts in documents",
    (6, "HazardousSubstances[].HazardousSubstanceLocation"): "the source may leave it empty",
    (4, "GeneralInformation.WarrantyPeriod"): "the source may guarantee cycles or hours",
}
CONFIGURABLE: dict[tuple[int, str], str] = {
    (1, "URIOfTheProduct"): "unit_url",
    (8, "uniqueProductIdentifier"): "unit_url",
    (8, "economicOperatorId"): "operator_id",
    (8, "lastUpdate"): "last_update",
    (4, "GeneralInformation.ManufacturerArticleNumber"): "manufacturer_part_id",
    (4, "GeneralInformation.ManufacturerOrderCode"): "manufacturer_part_id",
    (1, "ManufacturerName"): "manufacturer_name",
    (1, "AddressInformation"): "manufacturer_address",
    (1, "ManufacturerIdentifier"): "manufacturer_bpnl",
    (1, "UniqueFacilityIdentifier"): "facility_bpns",
    (4, "GeneralInformation.ManufacturerName"): "manufacturer_name",
    (4, "GeneralInformation.ManufacturerIdentifier"): "manufacturer_bpnl",
}


class Builder:
    """Builds the elements of one part. It keeps the findings on its way, and the language that texts are in."""

    def __init__(self, part: Part, language: str) -> None:
        from aas_core3 import types

        self.types = types
        self.part = part
        self.language = language
        self.findings: list[Finding] = []
        self.kinds = {
            "Property": self._property,
            "MultiLanguageProperty": self._texts,
            "File": self._file,
            "SubmodelElementCollection": self._collection,
            "SubmodelElementList": self._list,
        }

    def members(self, elements: tuple[Element, ...], tree: Tree, path: str, pointer: str) -> list[Any]:
        """The elements of a submodel or collection in the template's order."""
        built = []
        for element in elements:
            place = f"{path}.{element.id_short}" if path else element.id_short
            node = tree.get(element.id_short)
            if node or (element.kind == "SubmodelElementList" and element.is_mandatory):
                built.append(self.kinds[element.kind](element, node or {}, place, pointer, element.id_short))
            elif element.is_mandatory:
                self._missing(place, pointer)
        return built

    def _missing(self, place: str, pointer: str) -> None:
        excuse = EXCUSED.get((self.part.number, place))
        severity: Severity = "warning" if excuse else "error"
        setting = CONFIGURABLE.get((self.part.number, place))
        hint = f" Configure `{setting}`." if setting else ""
        message = f"{place} is mandatory and has no value{f' ({excuse})' if excuse else ''}.{hint}"
        wanted = _sources(self.part.number, place)
        source = f"{self.part.standard} {place}"
        self.findings.append(Finding("dbp/mandatory-missing", message, pointer, severity, wanted=wanted, source=source))

    def _property(self, element: Element, node: Node, _: str, __: str, id_short: str | None) -> Any:
        types = self.types
        kind = types.DataTypeDefXSD(element.value_type)
        return types.Property(value_type=kind, id_short=id_short, value=node, **_semantics(element))

    def _texts(self, element: Element, node: Node, _: str, __: str, id_short: str | None) -> Any:
        types = self.types
        value = [types.LangStringTextType(self.language, node)]
        return types.MultiLanguageProperty(id_short=id_short, value=value, **_semantics(element))

    def _file(self, element: Element, node: Node, _: str, __: str, id_short: str | None) -> types.File:
        content_type, value = node.content_type, node.value
        return self.types.File(content_type=content_type, id_short=id_short, value=value, **_semantics(element))

    def _collection(self, element: Element, node: Node, path: str, pointer: str, id_short: str | None) -> Any:
        value = self.members(element.children, node, path, pointer) or None
        return self.types.SubmodelElementCollection(id_short=id_short, value=value, **_semantics(element))

    def _list(self, element: Element, node: Node, path: str, pointer: str, id_short: str | None) -> Any:
        types, child = self.types, element.children[0]
        if child.is_mandatory and not node:
            self._missing(path + "[]", pointer)
        entries = self._unrepeated(node.items(), path) if child.kind == "Property" else node.items()
        build = self.kinds[child.kind]
        value = [build(child, entry, path + "[]", _pointer(key, pointer), None) for key, entry in entries]
        return types.SubmodelElementList(
            type_value_list_element=types.AASSubmodelElements(child.kind),
            value_type_list_element=types.DataTypeDefXSD(child.value_type) if child.value_type else None,
            semantic_id_list_element=_reference((element.list_semantic_id,)) if element.list_semantic_id else None,
            order_relevant=None if element.is_ordered else False,
            id_short=id_short,
            value=value or None,
            **_semantics(element),
        )

    def _unrepeated(self, entries: Iterable[tuple[str, Node]], path: str) -> list[tuple[str, Node]]:
        """A list of texts names each once: two sources may lead to one document."""
        by_text: dict[str, tuple[str, Node]] = {}
        for key, text in entries:
            if by_text.setdefault(text, (key, text))[0] != key and key.startswith("/"):
                message = "This list names each text once."
                source = f"{self.part.standard} {path}[]"
                self.findings.append(Finding("dbp/repeated-document", message, key, "info", source=source))
        return list(by_text.values())


def _pointer(key: str, pointer: str) -> str:
    return key if key.startswith("/") else pointer


@cache
def _sources(part: int, place: str) -> str:
    below = (place, place + ".", place + "[]")
    rows = [
        row.source
        for row in (*TABLE, *METADATA_ROWS, *ONLY_FIRST)
        if row.part == part and (row.target == place or row.target.startswith(below))
    ]
    return ", ".join(dict.fromkeys(rows))


def _semantics(element: Element) -> dict[str, Any]:
    """The semantic ids of an element, made once: elements are the tables' own, and live as long as the program."""
    known = _SEMANTICS.get(id(element))
    if known is None:
        supplemental = [_reference(keys) for keys in element.supplemental]
        known = {"semantic_id": _reference((element.semantic_id,)), "supplemental_semantic_ids": supplemental or None}
        _SEMANTICS[id(element)] = known
    return known


_SEMANTICS: dict[int, dict[str, Any]] = {}


@cache
def _reference(keys: tuple[str, ...]) -> types.Reference:
    from aas_core3 import types

    key_type = types.KeyTypes.GLOBAL_REFERENCE
    return types.Reference(types.ReferenceTypes.EXTERNAL_REFERENCE, [types.Key(key_type, value) for value in keys])


def reference(value: str) -> types.Reference:
    """An external reference to `value`."""
    return _reference((value,))
