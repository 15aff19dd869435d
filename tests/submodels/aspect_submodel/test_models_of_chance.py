"""Models that nobody wrote: read, compiled, their examples valid in every schema, their submodels in both judges."""

from __future__ import annotations

import jsonschema_rs
import pytest

from submodels.aspect_submodel.build import environment, instance, template
from submodels.aspect_submodel.payload import payload_of
from submodels.samm.dialects import in_dialect
from submodels.samm.example import example
from submodels.samm.loader import load
from submodels.samm.model import Aspect
from submodels.samm.schema import json_schema
from submodels.samm.validation import validator
from tests.submodels import chance

from .test_generic_submodel import ID, complaints

SEEDS = range(40)


@pytest.fixture(params=SEEDS)
def of_chance(request: pytest.FixtureRequest) -> Aspect:
    urn, text = chance.model(request.param)
    return load(urn, {"chance.ttl": text})


def test_a_model_of_chance_is_read_and_its_examples_are_valid(of_chance: Aspect) -> None:
    judge = validator(of_chance)
    jsonschema_rs.Draft7Validator(in_dialect(json_schema(of_chance), "draft-07"))
    for seed in range(3):
        assert judge.findings(example(of_chance, seed), strict=True) == []


def test_its_submodel_is_valid_and_gives_the_payload_back(of_chance: Aspect) -> None:
    assert complaints(environment(of_chance, template(of_chance))) == []
    payload = example(of_chance)
    made = instance(of_chance, payload, submodel_id=ID)
    assert made.findings == ()
    assert complaints(environment(of_chance, made.submodel, asset_id="urn:x:battery")) == []
    assert payload_of(of_chance, made.submodel) == (payload, [])
