"""How a passport is built and weighed: profile, templates and strictness, by configuration and by wish."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from connector.node import _passport_defaults
from connector.notation.exact_json import decode
from connector.notation.problems import Invalid, Unprocessable
from connector.services.passports.terms import Terms, terms_of
from connector.settings import PassportSettings
from submodels.aas.environment import read_json
from submodels.aspect_submodel.payload import payload_of
from submodels.dbp.law.datapoints import CATEGORIES, DATA_POINTS
from submodels.dbp.parts import METADATA, PARTS
from tests.connector.passport_rig import CONTEXT, SUBMODELS_SERVED, Rig, opened

NO_SITE = {name: value for name, value in CONTEXT.items() if name != "facility_bpns"}


@pytest.fixture
async def rig(tmp_path: Path) -> AsyncIterator[Rig]:
    async with opened(tmp_path) as rig:
        yield rig


async def documents(rig: Rig, **more: Any) -> dict[str, Any]:
    unit_id = (await rig.publish(**more)).passport.id
    return {stored.id_short: decode(stored.document) for stored in await rig.passports.submodels(unit_id)}


def first_id(document: dict[str, Any]) -> str:
    return str(document["semanticId"]["keys"][0]["value"])


async def refused(rig: Rig, payload: Any = None, **more: Any) -> Unprocessable:
    with pytest.raises(Unprocessable) as caught:
        await rig.publish(payload, **more)
    return caught.value


@pytest.mark.parametrize("profile", ["idta", "catena-x"])
async def test_the_profile_says_whose_ids_come_first(rig: Rig, profile: str) -> None:
    made = await documents(rig, terms={"profile": profile})
    wanted = [part.ids(profile)[0] for part in (*PARTS, METADATA)]  # type: ignore[arg-type]
    assert [first_id(made[name]) for name in SUBMODELS_SERVED[:8]] == wanted


async def test_an_older_template_is_built_on_request_and_kept_for_later_versions(rig: Rig) -> None:
    unit_id = (await rig.publish(terms={"templates": {"4": "1.0.0"}})).passport.id
    change: Any = lambda payload: {**payload, "sources": []}  # noqa: E731
    await rig.passports.update(unit_id, change, actor="ops", role="service", reason="corrected")
    for number in (1, 2):
        technical = (await rig.passports.submodels(unit_id, number))[3]
        assert "WarrantyPeriod" in decode(technical.value)["GeneralInformation"]


@pytest.mark.parametrize(
    ("wishes", "code"),
    [
        ({"strictness": "lax"}, "passport/terms"),
        ({"templates": {"four": "1.0.0"}}, "passport/terms"),
        ({"templates": ["4"]}, "passport/terms"),
        ({"templates": {"4": "9.9.9"}}, "dbp/edition"),
        ({"profile": "edc"}, "dbp/edition"),
    ],
)
async def test_terms_that_there_are_not_are_refused(rig: Rig, wishes: dict[str, Any], code: str) -> None:
    with pytest.raises(Invalid) as caught:
        await rig.publish(terms=wishes)
    assert caught.value.code == code


def test_a_passport_from_before_there_were_terms_has_the_first_ones() -> None:
    assert terms_of({}) == Terms()


async def test_catena_x_wants_the_number_of_the_site_and_a_draft_does_not(rig: Rig) -> None:
    problem = await refused(rig, context=NO_SITE)
    assert problem.code == "passport/incomplete"
    (fault,) = [finding for finding in problem.findings if finding.severity == "error"]
    assert (fault.code, fault.kind, fault.target) == (
        "dbp/partner-number",
        "missing-mandatory",
        "IDTA 02035-1 UniqueFacilityIdentifier",
    )
    assert (await rig.publish(context=NO_SITE, terms={"strictness": "draft"})).version.number == 1


async def test_a_draft_may_lack_what_the_model_demands_and_says_so(rig: Rig) -> None:
    payload = rig.example()
    del payload["circularity"], payload["performance"]["rated"]
    edition = await rig.publish(payload, terms={"strictness": "draft"})
    missing = {finding.pointer for finding in edition.findings if finding.code == "samm/required"}
    assert missing == {"", "/performance"}
    assert (await refused(rig, payload)).code == "passport/payload"


async def test_a_draft_is_no_licence_for_wrong_values(rig: Rig) -> None:
    payload = rig.example()
    payload["physicalDimension"]["weight"]["value"] = "heavy"
    assert (await refused(rig, payload, terms={"strictness": "draft"})).code == "passport/payload"


@pytest.mark.parametrize("category", CATEGORIES)
async def test_the_law_gets_the_list_of_what_is_missing_for_the_category(rig: Rig, category: str) -> None:
    payload = rig.example()
    payload["identification"]["category"] = category
    payload["safety"]["dismantling"] = []
    payload["performance"]["dynamic"]["negativeEvents"] = []
    problem = await refused(rig, payload, terms={"strictness": "regulatory"})
    assert (problem.code, category in problem.detail) == ("passport/incomplete", True)
    points = {finding.source.split()[2] for finding in problem.findings if finding.code == "dbp/data-point"}
    assert "48" in points  # dismantling
    wanted = {str(point.number) for point in DATA_POINTS if point.answer(category) == "mandatory"}
    assert points <= wanted


async def test_a_complete_passport_is_published_under_the_law_and_its_footprint_told(rig: Rig) -> None:
    address = {"street": "Akkuring 12", "zipcode": "71063", "city": "Sindelfingen", "country": "DE"}
    edition = await rig.publish(
        context={**CONTEXT, "manufacturer_address": address}, terms={"strictness": "regulatory"}
    )
    early = {finding.found for finding in edition.findings if finding.kind == "not-allowed-yet"}
    assert "circularity.carbonFootprint[].value" in early
    assert not [finding for finding in edition.findings if finding.severity == "error"]


async def test_what_has_no_place_in_the_others_stays_in_the_payload_s_own_submodel(rig: Rig) -> None:
    unit_id = (await rig.publish()).passport.id
    environment = read_json(await rig.passports.export(unit_id, "json"))
    (own,) = [submodel for submodel in environment.submodels or () if submodel.id_short == "BatteryPass"]
    aspect = rig.passports._aspects.model("urn:samm:io.catenax.battery.battery_pass:4.0.0#BatteryPass")
    payload, findings = payload_of(aspect, own)
    assert findings == []
    assert payload == (await rig.passports.version(unit_id)).payload


def test_the_company_is_configured_once_for_all_passports() -> None:
    settings = PassportSettings(
        manufacturer_name="Example Battery GmbH",
        manufacturer_street="Akkuring 12",
        manufacturer_zipcode="71063",
        manufacturer_city="Sindelfingen",
        manufacturer_country="DE",
        templates=["4=1.0.0"],
        strictness="regulatory",
    )
    defaults = _passport_defaults(settings)
    assert defaults.terms == Terms("idta", "regulatory", {"4": "1.0.0"})
    assert defaults.context["manufacturer_address"]["city"] == "Sindelfingen"
    assert "facility_bpns" not in defaults.context


def test_a_template_that_there_is_not_is_refused_at_the_start() -> None:
    with pytest.raises(Invalid) as caught:
        _passport_defaults(PassportSettings(templates=["1=7.0.0"]))
    assert caught.value.code == "settings/passports"


async def test_a_battery_that_needs_no_passport_may_have_one_and_is_told_so(rig: Rig) -> None:
    made = await rig.publish()
    assert "dbp/no-passport-needed" in {finding.code for finding in made.findings}
    placed = await rig.publish(context={**CONTEXT, "placed_on_market": "2027-02-18"})
    assert "dbp/no-passport-needed" not in {finding.code for finding in placed.findings}
