"""The writing half of the Submodel interface on plain JSON."""

from __future__ import annotations

import copy
from decimal import Decimal
from typing import Any

import pytest

from connector.notation.problems import Problem
from submodels.aas import trees
from submodels.aas.changes import changed
from submodels.aas.elements import element_at
from submodels.aas.interface import read_target
from submodels.aas.value import submodel_value, value_of
from tests.conformance.aas.environment import environment

SUBMODEL = trees.core("jsonization", "3.0").to_jsonable(environment())["submodels"][0]
NEW = {"modelType": "Property", "idShort": "New", "valueType": "xs:int", "value": "7"}


def change(method: str, path: str, body: Any = None) -> Any:
    before = copy.deepcopy(SUBMODEL)
    after, _ = changed(SUBMODEL, read_target(path), method, body)
    assert before == SUBMODEL
    assert trees.check(after, "Submodel") == []
    return after


@pytest.mark.parametrize("path", ["", "Module", "Module.Inner", "Pack"])
def test_an_element_is_added_where_elements_are(path: str) -> None:
    after = change("POST", f"/submodel-elements/{path}".rstrip("/"), NEW)
    assert element_at(after, f"{path}.New".lstrip(".")) == NEW


def test_a_list_takes_an_element_without_a_name() -> None:
    new = {"modelType": "Property", "valueType": "xs:string", "value": "sold"}
    after = change("POST", "/submodel-elements/Cells[0].Log", new)
    assert element_at(after, "Cells[0].Log[2]") == new
    assert change("PUT", "/submodel-elements/Cells[0].Log[2]", new) == after


def test_put_replaces_and_creates() -> None:
    assert element_at(change("PUT", "/submodel-elements/Capacity", {**NEW, "idShort": "Capacity"}), "Capacity")["value"]
    assert element_at(change("PUT", "/submodel-elements/Module.Late", {**NEW, "idShort": "Late"}), "Module.Late")


def test_delete_leaves_no_empty_list() -> None:
    after = change("DELETE", "/submodel-elements/Module.Inner.Deep")
    assert "value" not in element_at(after, "Module.Inner")
    after = change("DELETE", "/submodel-elements/Cells[1]")
    assert len(element_at(after, "Cells")["value"]) == 2


def test_the_value_that_was_read_can_be_written_back() -> None:
    assert submodel_value(change("PATCH", "/$value", submodel_value(SUBMODEL))) == submodel_value(SUBMODEL)


@pytest.mark.parametrize(
    ("path", "value", "read"),
    [
        ("Capacity", Decimal("80.5"), Decimal("80.5")),
        ("Capacity", {"Capacity": 81}, Decimal(81)),
        ("Removable", False, False),
        ("Naming", [{"en": "capacity"}], [{"en": "capacity"}]),
        ("Temperature", {"min": -30, "max": 70}, {"min": -30, "max": 70}),
        ("Cells[1]", {"Voltage": Decimal("3.9")}, {"Voltage": Decimal("3.9"), "Log": ["charged", "shipped"]}),
        ("Cells[0].Log", ["a"], ["a", "shipped"]),
        (
            "Pack",
            {"statements": {"Position": "front"}, "globalAssetId": "urn:example:other"},
            {
                "entityType": "SelfManagedEntity",
                "globalAssetId": "urn:example:other",
                "statements": {
                    "Position": "front",
                    "Housing": {"entityType": "CoManagedEntity", "statements": {"Count": 4294967295}},
                },
            },
        ),
    ],
)
def test_values_are_patched(path: str, value: Any, read: Any) -> None:
    assert value_of(element_at(change("PATCH", f"/submodel-elements/{path}/$value", value), path)) == read


def test_metadata_is_patched_and_the_value_stays() -> None:
    described = {"description": [{"language": "en", "text": "how much it holds"}]}
    after = element_at(change("PATCH", "/submodel-elements/Capacity/$metadata", described), "Capacity")
    assert (after["description"], after["value"], after["valueType"]) == (
        described["description"],
        "75.10",
        "xs:decimal",
    )


def test_members_and_elements_are_patched_one_by_one() -> None:
    body = {"submodelElements": [{"idShort": "Capacity", "modelType": "Property", "value": "1.0"}], "category": "X"}
    after = change("PATCH", "", body)
    assert element_at(after, "Capacity")["value"] == "1.0"
    assert len(after["submodelElements"]) == len(SUBMODEL["submodelElements"])


@pytest.mark.parametrize(
    ("method", "path", "body", "code"),
    [
        ("POST", "/submodel-elements", {**NEW, "idShort": "Capacity"}, "aas/exists"),
        ("POST", "/submodel-elements", [], "aas/json"),
        ("POST", "/submodel-elements", {"modelType": "Property"}, "aas/json"),
        ("POST", "/submodel-elements/Capacity", NEW, "aas/method"),
        ("POST", "/submodel-elements/Nothing", NEW, "aas/element-unknown"),
        ("PUT", "/submodel-elements/Nothing.New", NEW, "aas/element-unknown"),
        ("PUT", "/submodel-elements/Cells[9]", NEW, "aas/element-unknown"),
        ("PUT", "/submodel-elements/Other", NEW, "aas/path"),
        ("DELETE", "/submodel-elements/Nothing", None, "aas/element-unknown"),
        ("DELETE", "/submodel-elements", None, "aas/method"),
        ("PATCH", "/$path", [], "aas/method"),
        ("PATCH", "/$value", {"Nothing": 1}, "aas/element-unknown"),
        ("PATCH", "/$value", 1, "aas/json"),
        ("PATCH", "/submodel-elements/Capacity/$value", True, "aas/value"),
        ("PATCH", "/submodel-elements/Removable/$value", 1, "aas/value"),
        ("PATCH", "/submodel-elements/Naming/$value", "x", "aas/value"),
        ("PATCH", "/submodel-elements/Cells/$value", [{}] * 9, "aas/value"),
        ("PATCH", "/submodel-elements/Balance/$value", 1, "aas/no-value"),
        ("PATCH", "", {"id": "urn:other"}, "aas/id"),
        ("PATCH", "/submodel-elements/Capacity", {"modelType": "Range"}, "aas/value"),
    ],
)
def test_what_cannot_be_changed_is_refused(method: str, path: str, body: Any, code: str) -> None:
    with pytest.raises(Problem) as refused:
        changed(SUBMODEL, read_target(path), method, body)
    assert refused.value.code == code
