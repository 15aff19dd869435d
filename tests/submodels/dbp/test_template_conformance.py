"""The published templates of IDTA 02035, where they are at hand, against our tables and our output."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from submodels.aas.environment import to_jsonable
from submodels.dbp.build import BuiltPassport
from submodels.dbp.parts import PARTS, Part
from submodels.dbp.templates.element import Element, walk

from .conftest import TEMPLATES

FILES = {
    1: "1-Digital-Nameplate",
    2: "2-HandoverDocumentation",
    3: "3-ProductCarbonFootprint",
    4: "4-TechnicalData",
    5: "5-ProductCondition",
    6: "6-MaterialComposition",
    7: "7-Circularity",
}
pytestmark = pytest.mark.skipif(not TEMPLATES.is_dir(), reason="the IDTA templates are not at hand")

# The template leaves its content to IDTA 02002.
DROPPED_IN = "AddressInformation."
# Without a cardinality qualifier in the template.
UNQUALIFIED = {"ProductCarbonFootprints[]": "ZeroToMany", "GeneralInformation.WarrantyInformation": "ZeroToOne"}
each_part = pytest.mark.parametrize("part", PARTS, ids=lambda part: part.id_short)


def _template(part: Part) -> dict[str, Any]:
    document = json.loads((TEMPLATES / f"{FILES[part.number]}.json").read_text(encoding="utf-8"))
    submodel: dict[str, Any] = document["submodels"][0]
    return submodel


def _walk(elements: list[dict[str, Any]], prefix: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    for element in elements:
        path = f"{prefix}.{element['idShort']}" if prefix else element["idShort"]
        yield from _below(path, element)


def _below(path: str, element: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    yield path, element
    children = element.get("value", []) if element["modelType"].startswith("SubmodelElement") else []
    if element["modelType"] == "SubmodelElementList":
        for child in children:
            yield from _below(f"{path}[]", child)
    else:
        yield from _walk(children, path)


def _cardinality(path: str, element: dict[str, Any]) -> str:
    kinds = (qualifier for qualifier in element.get("qualifiers", []) if "ardinality" in qualifier["type"])
    return str(next((kind["value"] for kind in kinds), None) or UNQUALIFIED[path])


def _keys(reference: dict[str, Any] | None) -> tuple[str, ...]:
    return tuple(key["value"] for key in reference["keys"]) if reference else ()


def _of_template(path: str, element: dict[str, Any]) -> dict[str, Any]:
    return {
        "kind": element["modelType"],
        "cardinality": _cardinality(path, element),
        "semantic id": _keys(element["semanticId"]),
        "supplemental": tuple(_keys(entry) for entry in element.get("supplementalSemanticIds", [])),
        "value type": element.get("valueType", ""),
        "of each": _keys(element.get("semanticIdListElement")),
        "is ordered": element.get("orderRelevant", True),
    }


def _of_table(element: Element) -> dict[str, Any]:
    return {
        "kind": element.kind,
        "cardinality": element.cardinality,
        "semantic id": (element.semantic_id,),
        "supplemental": element.supplemental,
        "value type": element.value_type,
        "of each": (element.list_semantic_id,) if element.list_semantic_id else (),
        "is ordered": element.is_ordered,
    }


@each_part
def test_the_table_says_what_the_template_says(part: Part) -> None:
    wanted = {path: _of_template(path, element) for path, element in _walk(_template(part)["submodelElements"])}
    told = {path: _of_table(element) for path, element in walk(part.elements) if not path.startswith(DROPPED_IN)}
    assert told == wanted


@each_part
def test_the_submodel_is_known_by_the_ids_of_its_template(part: Part, passport: BuiltPassport) -> None:
    template, instance = _template(part), to_jsonable(passport.submodel(part.id_short))
    assert instance["idShort"] == template["idShort"]
    assert _keys(instance["semanticId"]) == _keys(template["semanticId"])
    supplemental = {_keys(entry) for entry in instance.get("supplementalSemanticIds", [])}
    assert {_keys(entry) for entry in template.get("supplementalSemanticIds", [])} <= supplemental
    assert {(part.cx_semantic_id,)} - {_keys(template["semanticId"])} <= supplemental


@each_part
def test_every_mandatory_element_stands_in_the_output(part: Part, passport: BuiltPassport) -> None:
    there = {path for path, _ in _instance_walk(part, passport)}
    mandatory = {
        path
        for path, element in _walk(_template(part)["submodelElements"])
        if _cardinality(path, element) in ("One", "OneToMany") and (_parent(path) in there or not _parent(path))
    }
    assert mandatory - there == set()


@each_part
def test_nothing_stands_there_more_often_than_its_template_allows(part: Part, passport: BuiltPassport) -> None:
    template = {path: _cardinality(path, element) for path, element in _walk(_template(part)["submodelElements"])}
    for path, element in _instance_walk(part, passport):
        if element["modelType"] == "SubmodelElementList" and template[f"{path}[]"] in ("One", "ZeroToOne"):
            assert len(element.get("value", [])) <= 1, path


@each_part
def test_the_output_means_what_the_template_means(part: Part, passport: BuiltPassport) -> None:
    template = dict(_walk(_template(part)["submodelElements"]))
    for path, element in _instance_walk(part, passport):
        if path.startswith(DROPPED_IN):
            continue
        wanted = template[path]
        assert element["modelType"] == wanted["modelType"]
        assert _keys(element["semanticId"]) == _keys(wanted["semanticId"])
        members = ("valueType", "typeValueListElement", "valueTypeListElement", "orderRelevant")
        assert [element.get(name) for name in members] == [wanted.get(name) for name in members], path


def _parent(path: str) -> str:
    return path.removesuffix("[]") if path.endswith("[]") else path.rpartition(".")[0]


def _instance_walk(part: Part, passport: BuiltPassport) -> Iterator[tuple[str, dict[str, Any]]]:
    return _walk(to_jsonable(passport.submodel(part.id_short))["submodelElements"])
