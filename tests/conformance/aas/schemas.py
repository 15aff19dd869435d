"""The values of the eight submodels against the JSON Schemas that IDTA publishes beside its templates (draft 04)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from submodels.aas.value import submodel_value
from submodels.dbp.parts import BY_ID_SHORT
from tests.conformance.aas.report import Row
from tests.conformance.aas.templates import TEMPLATES

SCHEMAS = Path(__file__).resolve().parents[3] / "../shared/reference/idta-dbp-schemas"
FILES: Final = {
    "BatteryNameplate": "NameplateBattery",
    "HandoverDocumentation": "HandoverDocumentationBattery",
    "CarbonFootprint": "CarbonFootprintBattery",
    "TechnicalData": "TechnicalDataBattery",
    "ProductCondition": "ProductConditionBattery",
    "MaterialComposition": "MaterialCompositionBattery",
    "Circularity": "CircularityBattery",
    "DppMetadata": "DppMetadata",
}


def judge(exported: bytes) -> Row:
    """A case for each submodel that has a schema.

    Where a schema demands what the template of the same part lets be absent or calls by another name, or knows a value
    not that the template lists, the template holds (smtv judges by it): the complaint is set aside with that reason.
    """
    row = Row("JSON Schemas of IDTA (draft 04) on the values")
    if not SCHEMAS.is_dir() or not TEMPLATES.is_dir():
        row.absent = "the schemas (../shared/reference/idta-dbp-schemas) are not on this machine"
        return row
    for submodel in json.loads(exported)["submodels"]:
        name = FILES.get(submodel["idShort"])
        if name is None:
            continue
        template = _template(submodel["idShort"])
        left = []
        for problem in _problems(SCHEMAS / f"{name}-schema.json", submodel):
            why = _excuse(template, problem)
            if why:
                row.set_aside.append({"case": f"{submodel['idShort']} {problem}", "why": why})
            else:
                left.append(problem)
        row.judge(submodel["idShort"], left)
    return row


def _problems(file: Path, submodel: Any) -> list[str]:
    import jsonschema_rs

    value = json.loads(json.dumps(submodel_value(submodel), default=float))
    judge = jsonschema_rs.Draft4Validator(json.loads(file.read_text("utf-8")))
    return [f"/{'/'.join(map(str, error.instance_path))}: {error.message[:200]}" for error in judge.iter_errors(value)]


def _template(id_short: str) -> Any:
    number = 8 if id_short == "DppMetadata" else BY_ID_SHORT[id_short].number
    (file,) = TEMPLATES.glob(f"{number}-*.json")
    return json.loads(file.read_text("utf-8"))


def _excuse(template: Any, problem: str) -> str:
    """Why the template contradicts the schema here, "" where it does not."""
    missing = re.search(r'"(\w+)" is a required property', problem)
    if missing is not None:
        found = [_cardinality(each) for each in _named(template, missing[1])]
        if not found:
            return f"the template has no element {missing[1]}: the schema spells or places it otherwise"
        return "" if {*found} & {"One", "OneToMany"} else f"the template lets {missing[1]} be absent"
    strange = re.search(r'"([^"]+)" is not one of', problem)
    if strange is not None and strange[1] in _listed_values(template):
        return f"the template's own value list has {strange[1]}"
    return ""


def _named(here: Any, id_short: str) -> Iterator[Any]:
    """The elements of this name, of whatever depth."""
    if isinstance(here, list):
        for each in here:
            yield from _named(each, id_short)
    elif isinstance(here, dict):
        if here.get("idShort") == id_short and here.get("modelType") != "ConceptDescription":
            yield here
        for each in here.values():
            yield from _named(each, id_short)


def _cardinality(element: Any) -> str:
    kinds = [each["value"] for each in element.get("qualifiers", ()) if each["type"].endswith("Cardinality")]
    return kinds[0] if kinds else ""


def _listed_values(template: Any) -> set[str]:
    text = json.dumps(template.get("conceptDescriptions", []))
    return {*re.findall(r'"value": "([^"]+)"', text)}
