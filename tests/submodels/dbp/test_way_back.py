"""The way back: a partner's submodels as one view and payload; a round trip loses only what the findings said."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from connector.notation.exact_json import encode
from connector.notation.problems import Invalid, TooLarge
from submodels.aas.aasx import to_aasx
from submodels.aas.environment import to_json, to_jsonable, to_xml
from submodels.aas.value import value_only
from submodels.aspect_submodel.build import instance
from submodels.dbp.back.foreign import Imported, imported
from submodels.dbp.back.restore import payload_of
from submodels.dbp.back.view import normal, of_documents
from submodels.dbp.build import build, environment_of
from submodels.dbp.edition import Edition
from submodels.dbp.homeless import single_paths
from submodels.dbp.parts import BY_ID_SHORT
from submodels.samm.example import example as made_up
from submodels.samm.model import Aspect
from submodels.samm.validation import validator

from .conftest import VARIANTS, context, example, varied

EIGHT = Edition(with_metadata=True)
NOW = "2026-11-20T10:00:00Z"
SEEDS = range(25)


def made(payload: dict[str, Any], edition: Edition = EIGHT, **changes: Any) -> Any:
    return build(payload, context=context(last_update=NOW, **changes), edition=edition)


def kind_of_place(pointer: str) -> str:
    return re.sub(r"/\d+(?=/|$)", "/-", pointer)


def leaves(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Every value with the kind of its place; what says that there is nothing is left out."""
    if isinstance(value, dict) and value:
        for name, member in value.items():
            yield from leaves(member, f"{path}/{name}")
    elif isinstance(value, list) and value:
        for member in value:
            yield from leaves(member, f"{path}/-")
    elif value not in ("", None, "not applicable", [], {}):
        is_number = isinstance(value, int | Decimal) and not isinstance(value, bool)
        yield path, format(Decimal(value).normalize(), "f") if is_number else str(value)


def untold(payload: dict[str, Any], **changes: Any) -> Counter[str]:
    """What a round trip loses, and no finding of the way there or back names."""
    there = made(payload, **changes)
    view = of_documents([to_jsonable(one) for one in there.submodels], [to_jsonable(there.shell)])
    back, told_back = payload_of(view)
    kinds = ("lost", "converted", "assumed", "missing-mandatory")
    told = {kind_of_place(one.pointer) for one in there.findings if one.pointer and one.kind in kinds}
    sources = {f"IDTA 02035-{row.part} {row.target}": row.source for row in EIGHT.rows}
    for finding in told_back:
        for source in single_paths(sources.get(finding.target, "")):
            told.add("/" + source.replace("[]", "/-").replace(".", "/"))
    told |= {place.removesuffix("/value") + "/key" for place in told if place.endswith("/-/value")}
    lost = Counter(leaves(payload)) - Counter(leaves(back))
    return Counter(path for path, _ in lost if not any(path == one or path.startswith(one + "/") for one in told))


@pytest.mark.parametrize("name", VARIANTS)
def test_a_round_trip_loses_only_what_the_findings_said(name: str) -> None:
    changes, context_changes = VARIANTS[name]
    assert untold(varied(changes), **context_changes) == {}


@pytest.mark.parametrize("seed", SEEDS)
def test_so_does_one_of_a_made_up_payload(battery_pass: Aspect, seed: int) -> None:
    assert untold(made_up(battery_pass, seed)) == {}


def test_the_submodels_of_what_came_back_are_those_that_were_sent() -> None:
    """Of the example, all but what was configured, derived or told comes back, and makes the same submodels again."""
    first = made(example())
    view = of_documents([to_jsonable(one) for one in first.submodels], [to_jsonable(first.shell)])
    again = made(payload_of(view)[0])
    for name in ("CarbonFootprint", "Circularity", "TechnicalData"):
        before, after = value_only(first.submodel(name)), value_only(again.submodel(name))
        assert encode(after) == encode(before), name


# -- forms ----------------------------------------------------------------------------------------------------------


def forms() -> dict[str, dict[str, bytes]]:
    built = made(example())
    environment = environment_of(built)
    values = {one.id_short or "": value_only(one) for one in built.submodels}
    return {
        "json": {"passport.json": to_json(environment)},
        "xml 3.0": {"passport.xml": to_xml(environment)},
        "xml 3.1": {"passport.xml": to_xml(environment, metamodel="3.1")},
        "aasx 3.0": {"passport.aasx": to_aasx(environment)},
        "aasx 3.1": {"passport.aasx": to_aasx(environment, metamodel="3.1")},
        "submodels": {f"{number}.json": to_json(one) for number, one in enumerate(built.submodels)},
        "list": {"body": encode([to_jsonable(one) for one in built.submodels])},
        "page": {"body": encode({"paging_metadata": {}, "result": [to_jsonable(one) for one in built.submodels]})},
        "values in one": {"body": encode(values)},
        "values by name": {f"{name}.json": encode(value) for name, value in values.items()},
        "values by members": {f"part-{number}": encode(value) for number, value in enumerate(values.values())},
    }


@pytest.fixture(scope="module")
def from_json(battery_pass: Aspect) -> Imported:
    return imported(forms()["json"], battery_pass)


@pytest.mark.parametrize("form", [name for name in forms() if name != "json"])
def test_every_form_gives_the_same_view(battery_pass: Aspect, from_json: Imported, form: str) -> None:
    read = imported(forms()[form], battery_pass)
    assert read.view.values.keys() == BY_ID_SHORT.keys()
    assert encode(read.view.values) == encode(from_json.view.values)


def test_the_payload_that_came_back_lacks_only_what_was_told(battery_pass: Aspect, from_json: Imported) -> None:
    faults = validator(battery_pass).findings(from_json.payload)
    assert {fault.code for fault in faults} <= {"samm/required", "samm/either"}


def test_where_the_payload_is_served_too_it_comes_back_whole(battery_pass: Aspect) -> None:
    built = made(example())
    own = instance(battery_pass, example(), submodel_id="urn:example:own").submodel
    documents = [to_jsonable(one) for one in (*built.submodels, own)]
    read = imported({"body": encode({"submodels": documents})}, battery_pass)
    assert (read.is_whole, read.payload, read.findings) == (True, example(), ())


def test_what_a_partner_calls_otherwise_is_known_by_its_meaning(battery_pass: Aspect) -> None:
    document = to_jsonable(made(example()).submodel("TechnicalData"))
    document["idShort"] = "TD"
    document["submodelElements"][0]["idShort"] = "General"
    document["submodelElements"][0]["value"][-1]["idShort"] = "Guarantee"
    read = imported({"body": encode(document)}, battery_pass)
    general = read.view.values["TechnicalData"]["GeneralInformation"]
    assert general["WarrantyInformation"] == {"WarrantyPeriod": "P96M"}


@pytest.mark.parametrize(
    "spelling",
    ["0173-1#01-AHF578#003", "urn:irdi:0173-1#01-AHF578#003", "https://api.eclass-cdp.com/0173-1-01-AHF578-003"],
)
def test_an_irdi_is_known_in_every_spelling(spelling: str) -> None:
    assert normal(spelling) == normal("0173-1#01-AHF578#003")


def test_elements_without_a_place_in_the_payload_are_told(battery_pass: Aspect) -> None:
    value = {"EvolutionOfSelfDischarge": {"EvolutionOfSelfDischargeValue": 3}}
    read = imported({"ProductCondition": encode(value)}, battery_pass)
    (finding,) = [one for one in read.findings if one.code == "dbp/no-way-back"]
    assert (finding.kind, finding.target.split()[-1]) == (
        "lost",
        "EvolutionOfSelfDischarge.EvolutionOfSelfDischargeValue",
    )


def test_numbers_that_a_server_gives_as_texts_are_numbers_again(battery_pass: Aspect) -> None:
    value = {"StateOfCharge": {"StateOfChargeValue": "61.5", "LastUpdate": NOW}}
    read = imported({"ProductCondition": encode(value)}, battery_pass)
    assert read.payload["performance"]["dynamic"]["stateOfCharge"] == {"value": Decimal("61.5"), "time": NOW}


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"", "json/syntax"),
        (b"7", "dbp/foreign-form"),
        (b"{}", "dbp/foreign-form"),
        (b'{"submodels": []}', "dbp/foreign-form"),
        (b'{"submodels": 7}', "dbp/foreign-form"),
        (b"<!DOCTYPE x [<!ENTITY y 'z'>]><environment/>", "aas/xml"),
        (b"PK\x03\x04 no package", "aas/aasx"),
        (b"[" * 100 + b"]" * 100, "json/depth"),
        (b'{"submodels": [], "submodels": []}', "json/duplicate-name"),
        ('{"submodels": []}'.encode("utf-16"), "file/encoding"),
        ("<!DOCTYPE x [<!ENTITY y 'z'>]><environment/>".encode("utf-16"), "aas/xml"),
    ],
)
def test_what_is_no_passport_is_refused(battery_pass: Aspect, raw: bytes, code: str) -> None:
    with pytest.raises(Invalid) as caught:
        imported({"body": raw}, battery_pass)
    assert caught.value.code == code


@pytest.mark.parametrize("filled", [b"<environment>" + b" " * 2**24, b"{" + b" " * 2**24])
def test_what_is_too_large_is_refused_before_it_is_read(battery_pass: Aspect, filled: bytes) -> None:
    with pytest.raises(TooLarge) as caught:
        imported({"body": filled}, battery_pass)
    assert caught.value.code == "dbp/foreign-size"


@pytest.mark.parametrize("value", [7, "x", [], {}, [7], {"a": 1}, [{"a": 1}], None, True])
def test_hostile_values_never_break_the_way_back(battery_pass: Aspect, value: Any) -> None:
    for id_short, part in BY_ID_SHORT.items():
        shape = {element.id_short: value for element in part.elements}
        imported({id_short: encode({id_short: shape})}, battery_pass)
