"""The Submodel interface on plain JSON: every content, level and extent, paths, references, pages, refusals."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from connector.notation.problems import Invalid, Problem, Unknown
from submodels.aas.elements import element_at, paths, reference
from submodels.aas.identifiers import encoded
from submodels.aas.interface import Target, answer, read_target
from submodels.aas.modifiers import LEFT_OUT, Modifiers, read_modifiers
from submodels.aas.paging import LONGEST, Page, Paging, cursor_after, page_of, read_paging
from submodels.aas.value import FORMS

REFERENCE = {"type": "ExternalReference", "keys": [{"type": "GlobalReference", "value": "urn:x"}]}


def prop(id_short: str | None, text: str, value_type: str = "xs:string") -> dict[str, Any]:
    named = {"idShort": id_short} if id_short else {}
    return {"modelType": "Property", **named, "valueType": value_type, "value": text}


LOG = {"modelType": "SubmodelElementList", "idShort": "Log", "value": [prop(None, "a"), prop(None, "b")]}
CELL = {"modelType": "SubmodelElementCollection", "value": [prop("Voltage", "3.70", "xs:decimal"), LOG]}
SUBMODEL: dict[str, Any] = {
    "modelType": "Submodel",
    "id": "urn:s",
    "idShort": "S",
    "submodelElements": [
        prop("Mass", "450.0", "xs:double"),
        {"modelType": "SubmodelElementList", "idShort": "Cells", "value": [CELL, CELL]},
        {"modelType": "Blob", "idShort": "Seal", "contentType": "text/plain", "value": "AAE="},
        {"modelType": "RelationshipElement", "idShort": "Rel", "first": REFERENCE, "second": REFERENCE},
        {
            "modelType": "Entity",
            "idShort": "Pack",
            "entityType": "CoManagedEntity",
            "statements": [prop("Position", "rear")],
        },
        {"modelType": "Capability", "idShort": "Cap"},
        {"modelType": "Operation", "idShort": "Op"},
        {"modelType": "File", "idShort": "Manual", "contentType": "text/html", "value": "https://x.example/"},
        {"modelType": "Property", "idShort": "Empty", "valueType": "xs:string"},
    ],
}


def ask(path: str, **query: str) -> Any:
    return answer(SUBMODEL, read_target(path), query)


def names(found: Any) -> list[str]:
    return [item["idShort"] for item in found]


def test_the_whole_is_whole_but_for_the_bytes_of_blobs() -> None:
    found = ask("")
    assert [*found] == [*SUBMODEL]
    assert names(found["submodelElements"]) == names(SUBMODEL["submodelElements"])
    assert "value" not in element_at(found, "Seal")
    assert ask("", extent="withBlobValue") == SUBMODEL
    assert element_at(SUBMODEL, "Seal")["value"] == "AAE="


def test_core_has_direct_children_without_theirs() -> None:
    found = ask("", level="core")
    assert names(found["submodelElements"]) == names(SUBMODEL["submodelElements"])
    assert element_at(found, "Cells") == {"modelType": "SubmodelElementList", "idShort": "Cells"}
    assert "statements" not in element_at(found, "Pack")
    cell = ask("submodel-elements/Cells[0]", level="core")
    assert names(cell["value"]) == ["Voltage", "Log"]
    assert cell["value"][1] == {"modelType": "SubmodelElementList", "idShort": "Log"}


def test_values_are_typed_and_ordered() -> None:
    found = ask("$value")
    assert [*found] == ["Mass", "Cells", "Seal", "Rel", "Pack", "Manual"]
    assert found["Cells"][0] == {"Voltage": Decimal("3.70"), "Log": ["a", "b"]}


def test_a_single_value_is_named_unless_it_is_asked_for_bare() -> None:
    assert ask("submodel-elements/Mass/$value") == {"Mass": Decimal("450.0")}
    assert ask("submodel-elements/Mass/$value", scalar="bare") == Decimal("450.0")
    assert ask("submodel-elements/Cells[1].Log[0]/$value") == "a"
    with pytest.raises(Invalid) as refused:
        ask("submodel-elements/Mass/$value", scalar="naked")
    assert refused.value.code == "aas/scalar"


def test_values_of_level_core_show_empty_containers() -> None:
    assert ask("$value", level="core")["Cells"] == []
    assert ask("$value", level="core")["Pack"] == {"entityType": "CoManagedEntity", "statements": {}}
    assert ask("submodel-elements/Cells[0]/$value", level="core") == {"Voltage": Decimal("3.70"), "Log": []}
    assert ask("submodel-elements/Cells/$value", level="core") == [{}, {}]


def test_a_blob_s_value_is_shown_on_request() -> None:
    assert ask("submodel-elements/Seal/$value") == {"contentType": "text/plain"}
    assert ask("submodel-elements/Seal/$value", extent="withBlobValue")["value"] == "AAE="


def test_metadata_leaves_the_value_out() -> None:
    assert [*ask("$metadata")] == ["modelType", "id", "idShort"]
    assert [*ask("submodel-elements/Rel/$metadata")] == ["modelType", "idShort", "first", "second"]
    assert [*ask("submodel-elements/Mass/$metadata")] == ["modelType", "idShort", "valueType"]
    assert [*ask("submodel-elements/Manual/$metadata")] == ["modelType", "idShort", "contentType"]
    listed = ask("submodel-elements/$metadata").items
    assert names(listed) == names(SUBMODEL["submodelElements"])
    assert all("value" not in element and "statements" not in element for element in listed)


def test_metadata_is_a_table_over_every_kind_that_has_a_value() -> None:
    assert FORMS.keys() <= LEFT_OUT.keys()
    assert not {"Capability", "Operation"} & LEFT_OUT.keys()


def test_references_name_each_step() -> None:
    keys = reference(SUBMODEL, "Cells[1].Log[0]")["keys"]
    assert keys == [
        {"type": "Submodel", "value": "urn:s"},
        {"type": "SubmodelElementList", "value": "Cells"},
        {"type": "SubmodelElementCollection", "value": "1"},
        {"type": "SubmodelElementList", "value": "Log"},
        {"type": "Property", "value": "0"},
    ]
    assert ask("$reference") == {"type": "ModelReference", "keys": keys[:1]}
    assert ask("submodel-elements/Cells/$reference", level="core")["keys"] == keys[:2]


def test_paths_lead_to_their_elements() -> None:
    found = ask("$path")
    assert found[:6] == ["Mass", "Cells", "Cells[0]", "Cells[0].Voltage", "Cells[0].Log", "Cells[0].Log[0]"]
    for path in found:
        assert reference(SUBMODEL, path)["keys"][-1]["type"] == element_at(SUBMODEL, path)["modelType"]
    assert ask("$path", level="core") == names(SUBMODEL["submodelElements"])
    assert ask("submodel-elements/Pack/$path") == ["Pack", "Pack.Position"]
    assert ask("submodel-elements/Cells[0]/$path", level="core") == ["Cells[0]", "Cells[0].Voltage", "Cells[0].Log"]
    assert list(paths(SUBMODEL)) == found


@pytest.mark.parametrize("content", ["", "/$metadata", "/$value", "/$reference", "/$path"])
def test_pages_of_elements_follow_each_other(content: str) -> None:
    whole = ask(f"submodel-elements{content}")
    seen: list[Any] = []
    query: dict[str, str] = {}
    while True:
        page = ask(f"submodel-elements{content}", limit="2", **query)
        assert len(page.items) <= 2
        seen += page.items
        if not page.cursor:
            break
        query = {"cursor": page.cursor}
    assert seen == list(whole.items)
    assert whole.cursor == ""


def test_a_page_of_values_keeps_the_names() -> None:
    assert ask("submodel-elements/$value", limit="1").items == [{"Mass": Decimal("450.0")}]


@pytest.mark.parametrize(
    ("path", "query", "kind", "code"),
    [
        ("submodel-elements/Cap/$value", {}, Invalid, "aas/no-value"),
        ("submodel-elements/Op/$value", {}, Invalid, "aas/no-value"),
        ("submodel-elements/Cap/$metadata", {}, Invalid, "aas/no-value"),
        ("submodel-elements/Op/$metadata", {}, Invalid, "aas/no-value"),
        ("submodel-elements/Mass/$path", {}, Invalid, "aas/no-value"),
        ("submodel-elements/Empty/$value", {}, Unknown, "aas/value-unknown"),
        ("submodel-elements/Manual/attachment", {}, Unknown, "aas/value-unknown"),
        ("submodel-elements/Mass/attachment", {}, Unknown, "aas/value-unknown"),
        ("submodel-elements/None", {}, Unknown, "aas/element-unknown"),
        ("submodel-elements/Cells[2]", {}, Unknown, "aas/element-unknown"),
        ("submodel-elements/Cells[02]", {}, Invalid, "aas/path"),
        ("submodel-elements/Cells[²]", {}, Invalid, "aas/path"),
        ("$metadata", {"level": "deep"}, Invalid, "aas/level"),
        ("$metadata", {"extent": "withBlobValue"}, Invalid, "aas/extent"),
        ("$reference", {"level": "deep"}, Invalid, "aas/level"),
        ("", {"level": "Deep"}, Invalid, "aas/level"),
        ("", {"extent": "withBLOBValue"}, Invalid, "aas/extent"),
        ("submodel-elements", {"cursor": ""}, Invalid, "aas/cursor"),
        ("submodel-elements", {"cursor": encoded("99")}, Invalid, "aas/cursor"),
        ("submodel-elements", {"cursor": encoded("x")}, Invalid, "aas/cursor"),
        ("submodel-elements", {"limit": "0"}, Invalid, "aas/limit"),
        ("$all", {}, Unknown, "aas/path"),
        ("elements/Mass", {}, Unknown, "aas/path"),
        ("submodel-elements/Mass/$value/more", {}, Unknown, "aas/path"),
    ],
)
def test_refusals(path: str, query: dict[str, str], kind: type[Problem], code: str) -> None:
    with pytest.raises(kind) as refused:
        ask(path, **query)
    assert refused.value.code == code


def test_targets() -> None:
    assert read_target("/") == Target()
    assert read_target("/submodel-elements/Op/invoke/$value").is_operation
    assert not read_target("/submodel-elements/Op").is_operation
    assert read_modifiers("$value", {"level": "core", "extent": "withBlobValue"}) == Modifiers("$value", True, True)


def test_a_cursor_tells_nothing_and_holds_its_place() -> None:
    page = page_of(range(5), Paging(2))
    assert page == Page(range(2), cursor_after("2"))
    assert read_paging({"cursor": page.cursor, "limit": "99999"}) == Paging(LONGEST, "2")
    assert page_of(range(4), Paging(2, "2")).cursor == ""
