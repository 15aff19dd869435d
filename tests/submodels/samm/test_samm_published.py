"""Against the models, schemas and payloads that Catena-X publishes."""

from __future__ import annotations

import json
from collections import Counter

import jsonschema_rs
import pytest

from connector.notation import exact_json
from submodels.samm.example import example
from submodels.samm.validation import validator

BATTERY_PASS = "urn:samm:io.catenax.battery.battery_pass:4.0.0#BatteryPass"
PCF = "urn:samm:io.catenax.pcf:9.0.0#Pcf"
URNS = [
    BATTERY_PASS,
    PCF,
    "urn:samm:io.catenax.pcf:7.0.0#Pcf",
    "urn:samm:io.catenax.generic.digital_product_passport:3.0.0#DigitalProductPassport",
    "urn:samm:io.catenax.shared.address_characteristic:3.0.0#AddressAspect",
    "urn:samm:io.catenax.shared.business_partner_number:1.0.0#BusinessPartnerNumber",
    "urn:samm:io.catenax.shared.contact_information:3.0.0#ContactInformation",
    "urn:samm:io.catenax.shared.quantity:1.0.0#Quantity",
    "urn:samm:io.catenax.shared.uuid:1.0.0#Uuid",
]
"""Every model that a schema is published of."""

WITHOUT_SCHEMA = [
    "urn:samm:io.catenax.part_type_information:1.0.0#PartTypeInformation",
    "urn:samm:io.catenax.shared.part_classification:1.0.0#PartClassification",
    "urn:samm:io.catenax.shared.business_partner_number:2.0.0#BusinessPartnerNumber",
    "urn:samm:io.catenax.shared.uuid:2.0.0#Uuid",
]

JUDGED_DIFFERENTLY: dict[str, str] = {}
"""Mutation -> why our judgement differs from the published schema's. None does."""

LEAST_MUTATIONS, MOST_MUTATIONS = 2000, 4000


def many(mutated, aspect):
    """Named mutants of examples: one change each, and where a model is too small for 2,000 of them, two changes."""
    documents = [json.loads(exact_json.encode(example(aspect, seed=seed))) for seed in (1, 2)]
    cases = [(f"{seed} {name}", payload) for seed, one in enumerate(documents, 1) for name, payload in mutated(one)]
    for name, payload in cases[:LEAST_MUTATIONS]:
        if len(cases) >= LEAST_MUTATIONS:
            break
        cases += [(f"{name}, {more}", again) for more, again in mutated(payload)]
    return cases[:: max(1, len(cases) // MOST_MUTATIONS)]


def test_every_published_schema_is_in_the_list(published):
    assert published.urns() == sorted(URNS)


@pytest.mark.parametrize("urn", URNS[:3])
def test_published_example_is_valid(published, urn):
    assert validator(published.aspect(urn)).findings(exact_json.decode(published.example_text(urn))) == []


def test_no_published_example_is_left_out(published):
    assert [urn for urn in URNS if published.example_text(urn)] == URNS[:3]


@pytest.mark.parametrize("urn", WITHOUT_SCHEMA)
def test_models_without_published_schema_load_and_give_an_example(published, urn):
    aspect = published.aspect(urn)
    assert validator(aspect).findings(example(aspect), strict=True) == []


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("urn", URNS)
def test_published_schema_accepts_our_examples(published, urn, seed):
    payload = json.loads(exact_json.encode(example(published.aspect(urn), seed)))
    judge = jsonschema_rs.Draft4Validator(published.schema(urn), validate_formats=True)
    assert [str(error) for error in judge.iter_errors(payload)] == []


@pytest.mark.parametrize("urn", URNS)
def test_mutated_payloads_are_judged_as_the_published_schema_judges_them(published, mutated, urn):
    aspect = published.aspect(urn)
    ours, theirs = validator(aspect), jsonschema_rs.Draft4Validator(published.schema(urn), validate_formats=True)
    cases = many(mutated, aspect)
    assert len(cases) >= LEAST_MUTATIONS
    verdicts = {name: (ours.is_valid(payload), theirs.is_valid(payload)) for name, payload in cases}
    differing = {name for name, (our, their) in verdicts.items() if our != their}
    assert differing == set(JUDGED_DIFFERENTLY)
    counted = Counter(our for our, _ in verdicts.values())
    assert counted[True] > 1
    assert counted[False] > 15


def test_battery_pass_has_the_shape_that_its_tree_lists(published):
    aspect = published.aspect(BATTERY_PASS)
    assert [prop.payload_name for prop in aspect.properties if prop.optional] == ["sources"]
    assert len(aspect.properties) == 10
    performance = next(prop for prop in aspect.properties if prop.name == "performance")
    rated = next(prop for prop in performance.characteristic.entity.properties if prop.payload_name == "rated")
    assert rated.name == "ratedPerformance"
    voltage = next(prop for prop in rated.characteristic.entity.properties if prop.name == "voltage")
    least = voltage.characteristic.entity.properties[0]
    assert (least.payload_name, least.name) == ("min", "minVoltage")
    assert least.characteristic.unit == "urn:samm:org.eclipse.esmf.samm:unit:2.0.0#volt"
    assert least.characteristic.data_type == "http://www.w3.org/2001/XMLSchema#double"


def test_a_finding_names_the_property_and_the_place(published):
    payload = example(published.aspect(PCF))
    payload["carbonContent"][0]["carbonContentTotal"] = "much"
    finding = validator(published.aspect(PCF)).findings(payload)[0]
    assert (finding.code, finding.pointer) == ("samm/type", "/carbonContent/0/carbonContentTotal")
    assert finding.source == "urn:samm:io.catenax.pcf:9.0.0#carbonContentTotal"
    assert (finding.wanted, finding.found) == ("number", "much")


@pytest.mark.parametrize("urn", [BATTERY_PASS, PCF])
def test_our_models_judge_as_the_published_ones(published, our_models, mutated, urn):
    ours, theirs = (
        validator(our_models(urn)),
        jsonschema_rs.Draft4Validator(published.schema(urn), validate_formats=True),
    )
    cases = list(mutated(json.loads(exact_json.encode(example(our_models(urn))))))
    cases = cases[:: max(1, len(cases) // MOST_MUTATIONS)]
    assert [name for name, payload in cases if ours.is_valid(payload) != theirs.is_valid(payload)] == []


@pytest.mark.parametrize("urn", [BATTERY_PASS, PCF])
@pytest.mark.parametrize("seed", range(3))
def test_our_models_give_examples_without_even_a_warning(our_models, urn, seed):
    aspect = our_models(urn)
    assert validator(aspect).findings(example(aspect, seed), strict=True) == []
