"""The ValueOnly serialization: each kind of element, typed, in order."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from aas_core3 import types as aas

from connector.notation import exact_json
from submodels.aas.value import element_value, value_only

X = aas.DataTypeDefXSD
REFERENCE = aas.Reference(aas.ReferenceTypes.EXTERNAL_REFERENCE, [aas.Key(aas.KeyTypes.GLOBAL_REFERENCE, "urn:x")])
REFERENCE_VALUE = {"type": "ExternalReference", "keys": [{"type": "GlobalReference", "value": "urn:x"}]}


def value(*elements: aas.SubmodelElement) -> dict[str, Any]:
    return value_only(aas.Submodel("urn:s", submodel_elements=list(elements) or None))


def prop(id_short: str | None, value_type: X, text: str | None) -> aas.Property:
    return aas.Property(value_type, id_short=id_short, value=text)


def test_properties_are_typed() -> None:
    assert value(
        prop("a", X.DECIMAL, "0.10000000000000000555"),
        prop("b", X.INT, "7"),
        prop("c", X.BOOLEAN, "true"),
        prop("d", X.STRING, "7"),
        prop("e", X.DATE_TIME, "2026-01-01T00:00:00Z"),
    ) == {"a": Decimal("0.10000000000000000555"), "b": 7, "c": True, "d": "7", "e": "2026-01-01T00:00:00Z"}


def test_amounts_keep_their_digits_on_the_wire() -> None:
    assert exact_json.encode(value(prop("a", X.DOUBLE, "0.10000000000000000555"))) == b'{"a":0.10000000000000000555}'


def test_a_property_without_value_is_left_out_and_keeps_its_place_in_a_list() -> None:
    empty, full = prop(None, X.STRING, None), prop(None, X.STRING, "x")
    listed = aas.SubmodelElementList(aas.AASSubmodelElements.PROPERTY, id_short="l", value=[empty, full])
    assert value(prop("a", X.STRING, None), listed) == {"l": [None, "x"]}
    assert element_value(prop("a", X.STRING, None)) is None


def test_a_text_of_languages_is_a_list_of_objects() -> None:
    texts = [aas.LangStringTextType("en", "one"), aas.LangStringTextType("de", "eins")]
    assert value(aas.MultiLanguageProperty(id_short="m", value=texts)) == {"m": [{"en": "one"}, {"de": "eins"}]}


def test_range_file_and_blob() -> None:
    assert value(
        aas.Range(X.DOUBLE, id_short="r", min="1.50", max="2"),
        aas.Range(X.DOUBLE, id_short="open", max="2"),
        aas.File("text/html", id_short="f", value="https://x.example/"),
        aas.File("text/html", id_short="typed"),
        aas.Blob("image/png", id_short="b", value=b"\x00\x01"),
    ) == {
        "r": {"min": Decimal("1.50"), "max": Decimal(2)},
        "open": {"max": Decimal(2)},
        "f": {"contentType": "text/html", "value": "https://x.example/"},
        "typed": {"contentType": "text/html"},
        "b": {"contentType": "image/png"},
    }


def test_a_blob_is_shown_on_request() -> None:
    submodel = aas.Submodel("urn:s", submodel_elements=[aas.Blob("image/png", id_short="b", value=b"\x00\x01")])
    assert value_only(submodel, with_blobs=True) == {"b": {"contentType": "image/png", "value": "AAE="}}


def test_collections_and_lists_nest_in_order() -> None:
    inner = aas.SubmodelElementCollection(value=[prop("x", X.INT, "1")])
    bare = aas.SubmodelElementCollection()
    listed = aas.SubmodelElementList(
        aas.AASSubmodelElements.SUBMODEL_ELEMENT_COLLECTION, id_short="l", value=[inner, bare]
    )
    empty = aas.SubmodelElementList(aas.AASSubmodelElements.PROPERTY, id_short="none")
    assert value(aas.SubmodelElementCollection(id_short="c", value=[listed, empty])) == {
        "c": {"l": [{"x": 1}, {}], "none": []}
    }


def test_references_and_relations() -> None:
    assert value(
        aas.ReferenceElement(id_short="r", value=REFERENCE),
        aas.ReferenceElement(id_short="nowhere"),
        aas.RelationshipElement(REFERENCE, REFERENCE, id_short="rel"),
        aas.AnnotatedRelationshipElement(REFERENCE, REFERENCE, id_short="ann", annotations=[prop("n", X.INT, "1")]),
    ) == {
        "r": REFERENCE_VALUE,
        "rel": {"first": REFERENCE_VALUE, "second": REFERENCE_VALUE},
        "ann": {"first": REFERENCE_VALUE, "second": REFERENCE_VALUE, "annotations": {"n": 1}},
    }


def test_an_entity() -> None:
    entity = aas.Entity(
        aas.EntityType.SELF_MANAGED_ENTITY,
        id_short="e",
        statements=[prop("s", X.INT, "1")],
        global_asset_id="urn:asset",
        specific_asset_ids=[aas.SpecificAssetID("serial", "7")],
    )
    assert value(entity, aas.Entity(aas.EntityType.CO_MANAGED_ENTITY, id_short="co")) == {
        "e": {
            "entityType": "SelfManagedEntity",
            "statements": {"s": 1},
            "globalAssetId": "urn:asset",
            "specificAssetIds": [{"serial": "7"}],
        },
        "co": {"entityType": "CoManagedEntity", "statements": {}},
    }


def test_an_event_shows_what_it_observes() -> None:
    event = aas.BasicEventElement(REFERENCE, aas.Direction.INPUT, aas.StateOfEvent.ON, id_short="v")
    assert value(event) == {"v": {"observed": REFERENCE_VALUE}}


def test_operation_and_capability_have_no_value() -> None:
    assert value(aas.Operation(id_short="o"), aas.Capability(id_short="c")) == {}


def test_an_empty_submodel_is_an_empty_object() -> None:
    assert value() == {}
