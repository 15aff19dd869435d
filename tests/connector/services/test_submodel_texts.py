"""Texts of submodels that units share: each comes back byte by byte, and what is the same is kept once."""

from __future__ import annotations

import copy
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from connector.notation.digests import digest_bytes
from connector.notation.exact_json import decode, encode
from connector.records.passports import SUBMODELS
from connector.records.submodel_texts import SUBMODEL_TEXTS, SubmodelText, shared, split, with_texts
from tests.connector.passport_rig import SUBMODELS_SERVED, Rig, opened

UNITS_OWN = {"BatteryNameplate", "DppMetadata", "BatteryPass"}
"""What is made from a unit's own identifiers, whatever else is the same."""


@pytest.fixture
async def rig(tmp_path: Path) -> AsyncIterator[Rig]:
    async with opened(tmp_path) as rig:
        yield rig


async def texts(rig: Rig) -> list[SubmodelText]:
    return await rig.store.read(lambda reader: reader.find(SUBMODEL_TEXTS, limit=10_000))


async def test_units_of_one_model_share_what_says_the_same(rig: Rig) -> None:
    first = await rig.passports.submodels((await rig.publish()).passport.id)
    kept = len(await texts(rig))
    second = await rig.passports.submodels((await rig.publish()).passport.id)
    own = {each.id_short for each in second} & UNITS_OWN
    assert len(await texts(rig)) - kept <= len(own)
    assert {each.submodel_id for each in first}.isdisjoint(each.submodel_id for each in second)
    for one, other in zip(first, second, strict=True):
        assert decode(one.document)["id"] == one.submodel_id
        assert decode(other.document)["id"] == other.submodel_id
        assert (one.text == other.text) >= (one.id_short not in UNITS_OWN)


async def test_what_is_stored_holds_no_text_of_its_own_and_each_reads_as_it_was_written(rig: Rig) -> None:
    unit_id = (await rig.publish()).passport.id
    lean = await rig.store.read(lambda reader: reader.find(SUBMODELS, {"unit_id": unit_id}))
    assert {(each.value, each.document) for each in lean} == {("", "")}
    assert [each.id_short for each in lean if each.text] == [each.id_short for each in lean]
    read = await rig.passports.submodels(unit_id)
    assert {each.id_short for each in read} == set(SUBMODELS_SERVED)
    for each in read:
        assert digest_bytes(each.value.encode()) == each.value_digest
        assert encode(decode(each.document)).decode() == each.document
        assert "\\u0000" not in each.document


@pytest.mark.parametrize(
    "document",
    [
        {"modelType": "Submodel", "id": "urn:a", "administration": {"version": "3", "templateId": "urn:t"}},
        {"id": "urn:a", "idShort": "urn:a", "submodelElements": [{"value": "urn:a", "valueId": "3"}]},
        {"administration": {"version": "12"}, "id": "urn:a"},
        {"administration": {"revision": "3"}, "id": 'urn:"quoted"\\u0000id'},
        {"id": "urn:a", "submodelElements": [{"value": '"\\u0000id"'}, {"value": "\\u0000version"}]},
    ],
)
def test_a_text_comes_back_byte_by_byte(document: dict[str, Any]) -> None:
    record = _record(document)
    parts = split(record)
    assert parts is not None
    lean, text = parts
    assert (lean.value, lean.document, lean.text) == ("", "", text.id)
    assert with_texts(lean, text).document == record.document
    assert with_texts(lean, text).value == record.value
    other = copy.deepcopy(document)
    other["id"] = "urn:b"
    assert shared(record.value, other, record.number).id == text.id


def test_what_would_not_come_back_is_left_as_it_is() -> None:
    record = _record({"id": "urn:a"})
    record.document = '{ "id" : "urn:a" }'
    assert split(record) is None


def _record(document: dict[str, Any]) -> Any:
    from connector.records.passports import StoredSubmodel
    from tests.connector.adapters.release import NOW

    return StoredSubmodel(
        id="u#3/A",
        unit_id="u",
        number=3,
        id_short="A",
        submodel_id=document["id"],
        semantic_id="",
        value='{"a":1}',
        value_digest="",
        document=encode(document).decode(),
        created_at=NOW,
    )
