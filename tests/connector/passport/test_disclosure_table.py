"""The disclosure table: every cell of the lattice, every path of the model, and nothing beyond."""

import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.notation import exact_json
from connector.notation.problems import Refused
from connector.passport.disclosure import (
    AUDIENCES,
    GRANTS,
    SUBMODEL_CLASSES,
    Audience,
    class_of,
    cut,
    may_see,
    may_see_some,
    submodels_for,
    submodels_wholly_for,
)
from connector.passport.elements import POINTS, ROWS

ROOT = Path(__file__).resolve().parents[3]
GENERATED = ROOT / "../shared/reference/samm/io.catenax.battery.battery_pass/4.0.0/gen"
OWN_EXAMPLES = sorted((ROOT / "samm-models").glob("**/BatteryPass.json"))

# written out, not computed: one row a class, one column an audience
LATTICE = {
    ("public", 1): True,
    ("public", 2): False,
    ("public", 3): False,
    ("public", 4): False,
    ("legitimate-interest", 1): True,
    ("legitimate-interest", 2): True,
    ("legitimate-interest", 3): False,
    ("legitimate-interest", 4): True,
    ("authority", 1): True,
    ("authority", 2): True,
    ("authority", 3): True,
    ("authority", 4): False,
    ("commission", 1): True,
    ("commission", 2): True,
    ("commission", 3): True,
    ("commission", 4): False,
}


def test_the_lattice_cell_by_cell() -> None:
    assert {(who, number): who in GRANTS[number] for number in GRANTS for who in AUDIENCES} == LATTICE


def test_no_restricted_audience_contains_the_other() -> None:
    seen = {who: {path for path in POINTS if may_see(path, who)} for who in AUDIENCES}
    assert seen["legitimate-interest"] - seen["authority"]
    assert seen["authority"] - seen["legitimate-interest"]
    assert seen["public"] < seen["legitimate-interest"] & seen["authority"]


def test_no_path_stands_in_two_rows() -> None:
    paths = [path + leaf for path, shape, _, _ in ROWS for leaf in shape]
    assert len(paths) == len(set(paths)) == len(POINTS)


def test_points_and_bases_are_well_formed() -> None:
    allowed = {f"1({c})" for c in "abcdefghijklmnopqrs"} | {f"{n}({c})" for n in "24" for c in "abcd"} | {"3"}
    assert {point for _, _, point, _ in ROWS} <= allowed
    assert {basis for _, _, _, basis in ROWS} == {"model", "inherited", "law", "reviewed"}


@pytest.mark.parametrize(
    ("path", "number"),
    [
        ("identification.chemistry", 1),
        ("performance.rated.capacity.value", 1),
        ("circularity.carbonFootprint[].value", 1),
        ("chemicalMaterial.activeMaterials.cobalt.left.recycled", 1),
        ("chemicalMaterial.activeMaterials.cobalt.left.location", 2),
        ("circularity.spareParts.left.sparePart[].partNumber", 2),
        ("safety.dismantling[].content", 2),
        ("conformity.resultOfTestReport[].content", 3),
        ("performance.dynamic.energy.soce.value", 4),
        ("circularity.status", 4),
        ("performance.dynamic.unheardOf", None),
        ("performance", None),
    ],
)
def test_classes_of_single_elements(path: str, number: int | None) -> None:
    assert class_of(path) == number


def test_everything_dynamic_is_of_the_individual_battery() -> None:
    assert {point[0] for path, point in POINTS.items() if path.startswith("performance.dynamic.")} == {"4"}


def schema_paths(schema: dict[str, Any], node: dict[str, Any], path: str) -> Iterator[str]:
    if "$ref" in node:
        node = schema["components"]["schemas"][node["$ref"].rsplit("/", 1)[1]]
    if node.get("type") == "array":
        yield from schema_paths(schema, node["items"], path + "[]")
    elif node.get("properties"):
        for name, below in node["properties"].items():
            yield from schema_paths(schema, below, f"{path}.{name}" if path else name)
    elif branches := node.get("oneOf") or node.get("anyOf") or node.get("allOf"):
        for branch in branches:
            yield from schema_paths(schema, branch, path)
    else:
        yield path


def payload_paths(node: Any, path: str = "") -> Iterator[str]:
    if isinstance(node, dict):
        for name, below in node.items():
            yield from payload_paths(below, f"{path}.{name}" if path else name)
    elif isinstance(node, list):
        for below in node:
            yield from payload_paths(below, path + "[]")
    else:
        yield path


@pytest.mark.skipif(not GENERATED.is_dir(), reason="the reference model is not on this machine")
def test_the_table_has_every_leaf_of_the_reference_schema_and_no_other() -> None:
    schema = json.loads((GENERATED / "BatteryPass-schema.json").read_text())
    assert set(schema_paths(schema, schema, "")) == set(POINTS)


@pytest.mark.skipif(not GENERATED.is_dir(), reason="the reference model is not on this machine")
def test_the_table_has_every_leaf_of_the_reference_payload() -> None:
    payload = json.loads((GENERATED / "BatteryPass.json").read_text())
    assert set(payload_paths(payload)) <= set(POINTS)


@pytest.mark.skipif(not OWN_EXAMPLES, reason="samm-models holds no example payload of BatteryPass yet")
def test_the_table_has_every_leaf_of_our_own_examples() -> None:
    for example in OWN_EXAMPLES:
        assert set(payload_paths(exact_json.decode(example.read_bytes()))) <= set(POINTS), example


def complete() -> dict[str, Any]:
    """A document with a value at every path of the table, lists with one item."""
    document: dict[str, Any] = {}
    for path in POINTS:
        put(document, path.replace("[]", ".[]").split("."), path)
    return lists(document)


def put(node: dict[str, Any], steps: list[str], value: str) -> None:
    for step in steps[:-1]:
        node = node.setdefault(step, {})
    node[steps[-1]] = value


def lists(node: Any) -> Any:
    if not isinstance(node, dict):
        return node
    return [lists(node["[]"])] if "[]" in node else {name: lists(below) for name, below in node.items()}


@pytest.mark.parametrize("audience", AUDIENCES)
def test_a_complete_document_is_cut_to_exactly_the_granted_elements(audience: Audience) -> None:
    document = complete()
    before = exact_json.canonical(document)
    kept = set(payload_paths(cut(document, audience)))
    assert kept == {path for path in POINTS if LATTICE[audience, int(POINTS[path][0])]}
    assert exact_json.canonical(document) == before


def test_what_is_not_granted_leaves_no_trace() -> None:
    payload = {"performance": {"dynamic": {"stateOfCharge": {"value": Decimal("81.5")}}}, "safety": {"dismantling": []}}
    assert cut(payload, "public") == {}
    assert cut(payload, "legitimate-interest") == payload


def test_amounts_stay_as_written() -> None:
    payload = {"performance": {"rated": {"capacity": {"value": Decimal("0.10000000000000000555")}}}}
    assert exact_json.encode(cut(payload, "public")) == exact_json.encode(payload)


@pytest.mark.parametrize(
    "payload",
    [
        {"identification": {"secret": "x"}},
        {"identification": {"category": {"deeper": "x"}}},
        {"identification": {"category": ["EV"]}},
        {"identification.category": "EV"},
        {"identification": {"localIdentifier[]": {"key": "x"}}},
        {"identification": {"": "x"}},
        {"safety": {"meaningOfLabels": {"content": "x"}}},
        {"?": "x"},
        {"": {"identification": {"category": "EV"}}},
        ["x"],
        "x",
        None,
    ],
)
@pytest.mark.parametrize("audience", AUDIENCES)
def test_what_is_in_no_row_is_shown_to_nobody(payload: Any, audience: Audience) -> None:
    assert cut(payload, audience) == {}


@given(st.recursive(st.text(max_size=3), lambda inner: st.lists(inner) | st.dictionaries(st.text(max_size=3), inner)))
def test_foreign_documents_are_cut_to_nothing(document: Any) -> None:
    assert cut(document, "commission") == {}


def test_empty_lists_and_objects_are_kept_where_all_below_is_granted() -> None:
    payload: dict[str, Any] = {"circularity": {"carbonFootprint": []}, "conformity": {}, "metadata": {}}
    assert cut(payload, "public") == {"circularity": {"carbonFootprint": []}, "metadata": {}}


@pytest.mark.parametrize("audience", ["", "Public", "owner", "everyone"])
def test_unknown_audiences_are_refused(audience: Any) -> None:
    with pytest.raises(Refused) as refusal:
        cut({}, audience)
    assert refusal.value.code == "passport/audience"


def test_submodels_by_audience() -> None:
    assert len(SUBMODEL_CLASSES) == 9
    assert "ProductCondition" not in submodels_for("public")
    assert submodels_wholly_for("public") == ("CarbonFootprint", "DppMetadata")
    assert submodels_for("legitimate-interest") == tuple(SUBMODEL_CLASSES)
    assert "HandoverDocumentation" not in submodels_wholly_for("legitimate-interest")


def test_parts_below_an_element() -> None:
    assert may_see_some("performance", "public")
    assert not may_see("performance", "public")
    assert not may_see_some("performance.dynamic", "public")
    assert may_see("metadata", "public")
    assert not may_see_some("nowhere", "commission")
