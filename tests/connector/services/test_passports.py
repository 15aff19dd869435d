"""Passports: what is published, refused, changed, kept."""

from __future__ import annotations

import asyncio
import copy
import io
import zipfile
from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest

from connector.notation.digests import digest
from connector.notation.exact_json import decode
from connector.notation.problems import Conflict, Invalid, Problem, Unknown, Unprocessable
from connector.passport.identifiers import is_unit_id, new_unit_id, unit_url
from connector.records.offers import ASSETS, CONTRACT_DEFINITIONS
from connector.records.passports import PASSPORT_VERSIONS, PASSPORTS, SUBMODELS
from connector.records.shells import ASSET_LINKS
from connector.services.catalog.criteria import Criterion, matches
from connector.services.passports import changes as passport_changes
from submodels.aas.environment import read_json, read_xml
from submodels.aas.packages import read_aasx
from submodels.dbp.parts import PARTS
from tests.connector.passport_rig import SUBMODELS_SERVED, URL, Rig, opened

HEALTH = "/performance/dynamic/stateOfCharge/value"
AMOUNT = Decimal("0.10000000000000000555")


@pytest.fixture
async def rig(tmp_path: Path) -> AsyncIterator[Rig]:
    async with opened(tmp_path) as rig:
        yield rig


def set_value(pointer: str, value: Any) -> passport_changes.Change:
    return passport_changes.patched([{"op": "replace", "path": pointer, "value": value}])


async def change(rig: Rig, unit_id: str, value: Any = Decimal("50.5"), **more: Any) -> Any:
    said = {"actor": "ops", "role": "service", "reason": "corrected"}
    return await rig.passports.update(unit_id, set_value(HEALTH, value), **{**said, **more})


# --- publish


async def test_a_published_passport_is_whole(rig: Rig) -> None:
    edition = await rig.publish()
    passport, version = edition.passport, edition.version
    assert is_unit_id(passport.id)
    assert passport.unit_url == f"{URL}/p/{passport.id}"
    assert passport.global_asset_id.startswith("urn:uuid:")
    assert version.payload["identification"]["idDmc"] == passport.unit_url
    assert (version.number, version.reason, version.created_at) == (1, "issued", rig.clock.now())
    assert version.payload_digest == digest(version.payload)
    submodels = await rig.passports.submodels(passport.id)
    assert tuple(submodel.id_short for submodel in submodels) == SUBMODELS_SERVED
    nameplate = decode(submodels[0].value)
    assert nameplate["URIOfTheProduct"] == passport.unit_url
    assert nameplate["ManufacturerIdentifier"] == "BPNL00000075MFCT"


async def test_the_replaced_id_is_told_in_notes_and_findings(rig: Rig) -> None:
    edition = await rig.publish(notes="first batch")
    told = next(finding for finding in edition.findings if finding.code == "passport/unit-url")
    assert (told.severity, told.found) == ("info", "a code of the maker's own")
    assert edition.version.notes == f"first batch; {told.message}"


async def test_a_free_id_of_this_node_is_kept(rig: Rig) -> None:
    unit_id = new_unit_id(bytes(range(10)))
    payload = rig.example()
    payload["identification"]["idDmc"] = unit_url(URL, unit_id)
    edition = await rig.publish(payload)
    assert edition.passport.id == unit_id
    assert edition.version.notes == ""
    with pytest.raises(Conflict) as refused:
        await rig.publish(payload)
    assert refused.value.code == "passport/exists"


@pytest.mark.parametrize("base", ["https://other.example", "http://id.battery.example"])
async def test_an_id_of_another_node_is_replaced(rig: Rig, base: str) -> None:
    payload = rig.example()
    payload["identification"]["idDmc"] = unit_url(base, new_unit_id(bytes(range(10))))
    edition = await rig.publish(payload)
    assert edition.passport.id != new_unit_id(bytes(range(10)))


async def test_publish_puts_one_dataset_on_offer(rig: Rig) -> None:
    passport = (await rig.publish()).passport
    asset = await rig.store.read(lambda reader: reader.need(ASSETS, passport.dataset_id))
    definition = await rig.store.read(lambda reader: reader.need(CONTRACT_DEFINITIONS, f"passport-{passport.id}"))
    assert asset.data_address == {"type": "Passport", "unitId": passport.id}
    assert asset.properties["http://purl.org/dc/terms/type"] == {"@id": "https://w3id.org/catenax/taxonomy#BatteryPass"}
    assert asset.properties["https://w3id.org/catenax/ontology/common#version"] == "1.0"
    semantic_ids = asset.properties["https://admin-shell.io/aas/3/0/HasSemantics/semanticId"]
    assert semantic_ids[0] == {"@id": PARTS[0].cx_semantic_id}
    assert len(semantic_ids) == len(SUBMODELS_SERVED)
    assert (definition.access_policy_id, definition.contract_policy_id) == ("access", "usage")
    (criterion,) = definition.selector
    assert matches(Criterion.read(criterion), asset.id, asset.properties)
    assert not matches(Criterion.read(criterion), "another", {})


async def test_the_audit_log_names_actor_and_digests(rig: Rig) -> None:
    edition = await rig.publish()
    (entry,) = await rig.store.read(lambda reader: reader.audit_entries(subject=edition.passport.id))
    assert (entry.event, entry.actor) == ("passport.published", "ops")
    assert entry.detail["payloadDigest"] == edition.version.payload_digest


async def test_amounts_keep_every_digit_down_to_the_value(rig: Rig) -> None:
    payload = rig.example()
    payload["circularity"]["carbonFootprint"][0]["value"] = AMOUNT
    unit_id = (await rig.publish(payload)).passport.id
    footprint = (await rig.passports.submodels(unit_id))[2]
    assert '"PcfCO2eq":0.10000000000000000555' in footprint.value
    assert (await rig.passports.version(unit_id)).payload["circularity"]["carbonFootprint"][0]["value"] == AMOUNT


def broken(rig: Rig, what: str) -> Any:
    payload: Any = rig.example()
    if what == "member missing":
        del payload["identification"]["chemistry"]
    elif what == "wrong type":
        payload["physicalDimension"]["weight"]["value"] = "heavy"
    elif what == "no object":
        payload = ["nothing"]
    elif what == "text":
        payload = "nothing"
    elif what == "identification is a list":
        payload["identification"] = []
    return payload


@pytest.mark.parametrize("what", ["member missing", "wrong type", "no object", "text", "identification is a list"])
async def test_a_broken_payload_is_refused_and_nothing_kept(rig: Rig, what: str) -> None:
    with pytest.raises(Unprocessable) as refused:
        await rig.publish(broken(rig, what))
    assert refused.value.code == "passport/payload"
    assert any(finding.severity == "error" for finding in refused.value.findings)
    for collection in (PASSPORTS, PASSPORT_VERSIONS, SUBMODELS, ASSETS, CONTRACT_DEFINITIONS, ASSET_LINKS):
        assert await rig.store.read(lambda reader, collection=collection: reader.count(collection)) == 0
    assert await rig.audited() == []


async def test_a_payload_without_a_mandatory_source_is_refused(rig: Rig) -> None:
    payload = rig.example()
    payload["generalInformation"]["manufacturer"]["manufacturer"] = {
        "right": [{"businessIdentifier": {"right": "DE123"}, "businessIdentifierType": "VAT"}]
    }
    with pytest.raises(Unprocessable) as refused:
        await rig.publish(payload, context={})
    assert refused.value.code == "passport/incomplete"
    assert any(finding.code == "dbp/mandatory-missing" for finding in refused.value.findings)


@pytest.mark.parametrize(
    ("context", "named"),
    [
        ({"asset_id": "x"}, "asset_id"),
        ({"version": 7}, "version"),
        ({"shoe_size": 1}, "shoe_size"),
        ({"language": 7}, "language"),
        ({"recycled_share": "some"}, "recycled_share"),
    ],
)
async def test_a_context_that_cannot_be_used_is_refused(rig: Rig, context: dict[str, Any], named: str) -> None:
    with pytest.raises(Invalid, match=named) as refused:
        await rig.publish(context=context)
    assert refused.value.code == "passport/context"


async def test_a_policy_that_is_not_here_is_refused_and_nothing_kept(rig: Rig) -> None:
    with pytest.raises(Unprocessable, match="'nowhere'") as refused:
        await rig.publish(usage_policy_id="nowhere")
    assert refused.value.code == "passport/policy"
    assert await rig.store.read(lambda reader: reader.count(PASSPORTS)) == 0


async def test_a_global_asset_id_is_given_once(rig: Rig) -> None:
    await rig.publish(global_asset_id="urn:uuid:1")
    with pytest.raises(Conflict) as refused:
        await rig.publish(global_asset_id="urn:uuid:1")
    assert refused.value.code == "passport/exists"


async def test_validate_finds_without_keeping(rig: Rig) -> None:
    assert [finding for finding in await rig.passports.validate(rig.example()) if finding.severity == "error"] == []
    findings = await rig.passports.validate(broken(rig, "member missing"))
    assert [(finding.code, finding.pointer) for finding in findings if finding.severity == "error"] == [
        ("samm/required", "/identification")
    ]


# --- versions


async def test_a_change_makes_the_next_version_and_old_ones_stay(rig: Rig) -> None:
    first = await rig.publish()
    unit_id = first.passport.id
    rig.clock.move(minutes=1)
    second = await change(rig, unit_id, expected_version=1)
    assert second.passport.version == 2
    assert [operation["path"] for operation in second.version.delta] == [HEALTH]
    kept = await rig.passports.version(unit_id, 1)
    assert msgspec.to_builtins(kept) == msgspec.to_builtins(first.version)
    assert await rig.passports.check_history(unit_id) == []
    assert await rig.audited(unit_id) == [("passport.published", "ops"), ("passport.updated", "ops")]


async def test_only_changed_submodels_are_stored_again(rig: Rig) -> None:
    unit_id = (await rig.publish()).passport.id
    edition = await change(rig, unit_id)
    assert edition.version.submodels == {
        name: 2 if name in ("ProductCondition", "BatteryPass") else 1 for name in SUBMODELS_SERVED
    }
    now, before = await rig.passports.submodels(unit_id), await rig.passports.submodels(unit_id, 1)
    assert [one.value == other.value for one, other in zip(now, before, strict=True)].count(False) == 2
    condition = next(submodel for submodel in now if submodel.id_short == "ProductCondition")
    assert decode(condition.value)["StateOfCharge"]["StateOfChargeValue"] == Decimal("50.5")
    assert decode(condition.document)["administration"]["version"] == "2"
    current = await rig.store.read(lambda reader: reader.find(SUBMODELS, {"status": "current"}))
    assert len(current) == len(SUBMODELS_SERVED)
    assert decode(edition.version.shell)["administration"]["version"] == "2"


async def test_an_edited_version_is_found_out(rig: Rig) -> None:
    unit_id = (await rig.publish()).passport.id
    await change(rig, unit_id)
    record = await rig.passports.version(unit_id, 1)
    record.payload["identification"]["chemistry"] = "LFP"
    await rig.store.write(lambda tx: tx.put(PASSPORT_VERSIONS, record))
    codes = {finding.code for finding in await rig.passports.check_history(unit_id)}
    assert "passport/payload-digest" in codes


async def test_an_outdated_change_is_refused(rig: Rig) -> None:
    unit_id = (await rig.publish()).passport.id
    await change(rig, unit_id, expected_version=1)
    with pytest.raises(Conflict, match="at version 2, not 1") as refused:
        await change(rig, unit_id, Decimal("49"), expected_version=1)
    assert refused.value.code == "passport/version-conflict"


async def test_of_two_changes_at_once_on_one_version_one_wins(rig: Rig) -> None:
    unit_id = (await rig.publish()).passport.id
    both = [change(rig, unit_id, Decimal(amount), expected_version=1) for amount in ("41.5", "42.5")]
    results = await asyncio.gather(*both, return_exceptions=True)
    assert [getattr(result, "code", "done") for result in results].count("passport/version-conflict") == 1
    assert (await rig.passports.get(unit_id)).version == 2


async def test_changes_at_once_without_expectation_follow_each_other(rig: Rig) -> None:
    unit_id = (await rig.publish()).passport.id
    await asyncio.gather(*(change(rig, unit_id, Decimal(amount) / 2) for amount in range(81, 87, 2)))
    assert (await rig.passports.get(unit_id)).version == 4
    assert await rig.passports.check_history(unit_id) == []


@pytest.mark.parametrize(
    ("pointer", "value", "said", "code"),
    [
        (HEALTH, Decimal("68.5"), {}, "passport/unchanged"),
        (HEALTH, "full", {}, "passport/payload"),
        ("/performance/dynamic/nothing/value", 1, {}, "passport/delta-path"),
        (HEALTH, Decimal(1), {"reason": "because"}, "passport/reason"),
        (HEALTH, Decimal(1), {"reason": "issued"}, "passport/reason"),
        (HEALTH, Decimal(1), {"role": " "}, "passport/actor"),
    ],
)
async def test_a_change_that_cannot_be_is_refused(
    rig: Rig, pointer: str, value: Any, said: dict[str, str], code: str
) -> None:
    unit_id = (await rig.publish()).passport.id
    with pytest.raises(Problem) as refused:
        await rig.passports.update(
            unit_id, set_value(pointer, value), **{"actor": "ops", "role": "service", "reason": "corrected", **said}
        )
    assert refused.value.code == code
    assert (await rig.passports.get(unit_id)).version == 1


async def test_the_unit_url_cannot_be_changed(rig: Rig) -> None:
    first = await rig.publish()
    payload = copy.deepcopy(first.version.payload)
    payload["identification"] |= {"idDmc": "https://elsewhere.example/p/1", "chemistry": "LFP"}
    edition = await rig.passports.update(
        first.passport.id, passport_changes.replaced(payload), actor="ops", role="service", reason="corrected"
    )
    assert edition.version.payload["identification"]["idDmc"] == first.passport.unit_url
    assert [operation["path"] for operation in edition.version.delta] == ["/identification/chemistry"]
    assert edition.findings[0].code == "passport/unit-url"


async def test_a_merge_patch_changes_and_removes(rig: Rig) -> None:
    unit_id = (await rig.publish()).passport.id
    patch = {"identification": {"chemistry": "LFP", "additionalCode": None}}
    edition = await rig.passports.update(
        unit_id, passport_changes.merged(patch), actor="ops", role="service", reason="corrected"
    )
    assert edition.version.payload["identification"]["chemistry"] == "LFP"
    assert "additionalCode" not in edition.version.payload["identification"]


async def test_a_provisional_footprint_stays_marked_until_it_changes(rig: Rig) -> None:
    first = await rig.publish()
    unit_id, entries = first.passport.id, copy.deepcopy(first.version.payload["circularity"]["carbonFootprint"])
    entries[0]["value"] = Decimal("61.25")
    second = await rig.passports.set_carbon_footprint(unit_id, entries, actor="footprints")
    places = [f"/circularity/carbonFootprint/{place}" for place in range(len(entries))]
    assert second.version.provisional == places
    assert (second.version.reason, second.version.actor) == ("footprint-updated", "footprints")
    assert second.version.submodels["CarbonFootprint"] == 2
    third = await change(rig, unit_id)
    assert third.version.provisional == places
    entries[0]["value"] = Decimal("60")
    fourth = await rig.passports.set_carbon_footprint(unit_id, entries, actor="ops", provisional=False)
    assert fourth.version.provisional == places[1:]


async def test_what_is_not_there_is_unknown(rig: Rig) -> None:
    unit_id = (await rig.publish()).passport.id
    calls = {
        "passport/unknown": [
            rig.passports.get("nothing"),
            rig.passports.versions("nothing"),
            rig.passports.submodels("nothing"),
            rig.passports.export("nothing", "json"),
            change(rig, "nothing"),
        ],
        "passport/version-unknown": [rig.passports.version(unit_id, 2), rig.passports.version(unit_id, 0)],
    }
    for code, awaitables in calls.items():
        for awaitable in awaitables:
            with pytest.raises(Unknown) as refused:
                await awaitable
            assert refused.value.code == code


# --- export


async def test_the_environment_is_exported_in_three_forms(rig: Rig) -> None:
    unit_id = (await rig.publish()).passport.id
    readers = {"json": read_json, "xml": read_xml, "aasx": lambda raw: read_aasx(raw)[0]}
    for form, read in readers.items():
        environment = read(await rig.passports.export(unit_id, form))  # type: ignore[arg-type]
        assert tuple(submodel.id_short for submodel in environment.submodels) == SUBMODELS_SERVED
        assert len(environment.asset_administration_shells) == 1


async def test_an_old_version_is_exported_as_it_was(rig: Rig) -> None:
    unit_id = (await rig.publish()).passport.id
    before = await rig.passports.export(unit_id, "json")
    await change(rig, unit_id)
    assert await rig.passports.export(unit_id, "json", 1) == before
    assert await rig.passports.export(unit_id, "json") != before
    packed = zipfile.ZipFile(io.BytesIO(await rig.passports.export(unit_id, "aasx")))
    assert packed.testzip() is None
