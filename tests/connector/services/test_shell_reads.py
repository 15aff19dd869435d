"""Stored submodels in every form: what is kept, when it is forgotten, versions by date; the registry for others."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from connector.notation.exact_json import decode, encode
from connector.notation.problems import Invalid, Unknown
from connector.ports import ContentRequest
from connector.records.passports import Passport
from connector.services.passports.editions import ANYBODY
from connector.services.passports.shells import encoded
from connector.services.passports.shells.prepared import Prepared
from connector.services.passports.shells.shells import REGISTRY_PROFILES
from tests.connector.passport_rig import SUBMODELS_SERVED, Rig, opened

CONSUMER = "BPNL000000000CNS"


@pytest.fixture
async def rig(tmp_path: Path) -> AsyncIterator[Rig]:
    async with opened(tmp_path) as rig:
        yield rig


async def part(rig: Rig, unit_id: str, id_short: str = "ProductCondition") -> str:
    return next(each.submodel_id for each in await rig.passports.submodels(unit_id) if each.id_short == id_short)


async def read(rig: Rig, submodel_id: str, path: str = "", **query: str) -> Any:
    return decode(await rig.shells.submodels.answer({"submodel_id": submodel_id}, path, query))


async def new_version(rig: Rig, unit_id: str) -> None:
    await rig.telemetry.register(unit_id, rig.key.public_jwk, actor="ops", key_id="bms-1")
    await rig.telemetry.take(rig.statement(rig.reading(unit_id)), actor="ops")


@pytest.mark.parametrize("is_shared", [True, False])
async def test_a_new_version_is_served_at_once(rig: Rig, is_shared: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    if is_shared:
        monkeypatch.setattr(rig.store, "changes", lambda *_: None)
    unit_id = (await rig.publish()).passport.id
    submodel_id = await part(rig, unit_id)
    for path in ("", "/$value", "/submodel-elements/StateOfCharge"):
        await read(rig, submodel_id, path)
    before, listed = await read(rig, submodel_id), await rig.shells.submodels.listed("", {})
    await new_version(rig, unit_id)
    await rig.events.settle()
    after = await read(rig, submodel_id)
    assert (before["administration"]["version"], after["administration"]["version"]) == ("1", "2")
    assert await read(rig, submodel_id, "/$value") == decode((await rig.shells.submodels.get(submodel_id)).value)
    assert await rig.shells.submodels.listed("", {}) != listed


async def test_a_prompt_answer_is_that_of_what_is_stored_now(rig: Rig) -> None:
    unit_id = (await rig.publish()).passport.id
    submodel_id, submodels = await part(rig, unit_id), rig.shells.submodels

    async def current() -> bytes:
        return await submodels.answer({"submodel_id": submodel_id}, "", {})

    first = await submodels.prompt("/a", current)
    assert submodels.ready("/a") == first
    assert submodels.ready("/b") is None
    await new_version(rig, unit_id)
    assert submodels.ready("/a") is None
    second = await submodels.prompt("/a", current)
    assert second == await current() != first


async def test_an_answer_that_is_made_while_a_version_comes_is_not_kept(rig: Rig) -> None:
    unit_id = (await rig.publish()).passport.id
    submodel_id, submodels = await part(rig, unit_id), rig.shells.submodels

    async def overtaken() -> bytes:
        body = await submodels.answer({"submodel_id": submodel_id}, "", {})
        await new_version(rig, unit_id)
        submodels.ready("/other")
        return body

    await submodels.prompt("/a", overtaken)
    assert submodels.ready("/a") is None


async def test_nothing_is_ready_where_others_write_too(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rig.store, "changes", lambda *_: None)

    async def body() -> bytes:
        return b"{}"

    await rig.shells.submodels.prompt("/a", body)
    assert rig.shells.submodels.ready("/a") is None


async def test_an_older_version_is_served_by_date(rig: Rig) -> None:
    unit_id = (await rig.publish()).passport.id
    submodel_id = await part(rig, unit_id)
    made_at = rig.clock.now()
    rig.clock.move(hours=1)
    await new_version(rig, unit_id)
    first = await read(rig, submodel_id, date=made_at.isoformat())
    assert first["administration"]["version"] == "1"
    assert (await read(rig, submodel_id, date="2026-11-21T13:30:00Z"))["administration"]["version"] == "2"
    older = await read(rig, submodel_id, "/$value", date="2026-11-21T12:30:00Z")
    assert older == await read(rig, submodel_id, "/$value", date=made_at.isoformat())
    assert older != await read(rig, submodel_id, "/$value")
    with pytest.raises(Unknown) as refused:
        await read(rig, submodel_id, date="2020-01-01T00:00:00Z")
    assert refused.value.code == "aas/submodel-unknown"


@pytest.mark.parametrize("date", ["yesterday", "2026-11-21", "2026-11-21T12:00:00", "2026-02-30T12:00:00Z", ""])
async def test_a_date_is_a_moment(rig: Rig, date: str) -> None:
    submodel_id = await part(rig, (await rig.publish()).passport.id)
    with pytest.raises(Invalid) as refused:
        await read(rig, submodel_id, date=date)
    assert refused.value.code == "aas/query"


async def test_paths_of_many_submodels_are_one_flat_list(rig: Rig) -> None:
    await rig.publish()
    everything = decode(await rig.shells.submodels.listed("$path", {"limit": "1000"}))["result"]
    seen: list[str] = []
    query = {"limit": "37"}
    while True:
        page = decode(await rig.shells.submodels.listed("$path", query))
        assert 0 < len(page["result"]) <= 37
        seen += page["result"]
        if "cursor" not in page["paging_metadata"]:
            break
        query = {"limit": "37", "cursor": page["paging_metadata"]["cursor"]}
    assert seen[: len(everything)] == everything
    assert len(seen) == len(set(seen)) or len(seen) > len(everything)
    assert all(isinstance(path, str) for path in seen)


async def test_every_form_of_a_list_has_one_item_a_submodel(rig: Rig) -> None:
    await rig.publish()
    for content in ("", "$metadata", "$value", "$reference"):
        assert len(decode(await rig.shells.submodels.listed(content, {}))["result"]) == len(SUBMODELS_SERVED)


def test_what_is_prepared_is_bounded() -> None:
    kept = Prepared(10_000)
    for number in range(100):
        kept.put(number, bytes(500))
        kept.get(0)
    assert kept.used <= 10_000
    assert kept.get(0) is not None
    assert kept.get(1) is None
    kept.put("large", bytes(5_000))
    assert kept.get("large") is None


# --- the registry over the data plane


def asking(path: str, method: str = "GET", body: Any = None, *query: tuple[str, str], bpn: str = CONSUMER) -> Any:
    return ContentRequest(
        method=method,
        path=path,
        query=query,
        body=encode(body) if body is not None else b"",
        media_type="application/json",
        consumer="did:web:consumer.example",
        consumer_bpn=bpn,
        agreement_id="agreement",
        transfer_id="transfer",
    )


async def served(rig: Rig, *what: Any, **more: Any) -> Any:
    content = await rig.shells.serve_registry({}, asking(*what, **more))
    return decode(b"".join([piece async for piece in content.pieces]))


async def show(rig: Rig, passport: Passport, *subjects: str) -> None:
    """Let `subjects` see the manufacturer's part id."""
    await rig.passports.set_visibility(passport.id, {"manufacturerPartId": subjects}, actor="ops")


PART_ID = [{"name": "manufacturerPartId", "value": "ION-E75"}]


async def test_a_shell_is_its_owner_s_until_somebody_is_named(rig: Rig) -> None:
    passport = (await rig.publish()).passport
    path = encoded(passport.shell_id)
    for subjects, seen in (((), 0), (("BPNL00000000OTHR",), 0), ((CONSUMER,), 1), ((ANYBODY,), 1)):
        await show(rig, passport, *subjects)
        assert len((await served(rig, "shell-descriptors"))["result"]) == seen
        assert len((await served(rig, "lookup/shellsByAssetLink", "POST", PART_ID))["result"]) == seen
        assert len((await served(rig, "lookup/shells"))["result"]) == seen
        for one in (f"shell-descriptors/{path}", f"lookup/shells/{path}"):
            if seen:
                assert await served(rig, one)
                continue
            with pytest.raises(Unknown) as refused:
                await served(rig, one)
            assert refused.value.code == "aas/shell-unknown"


async def test_others_see_only_the_ids_that_name_them(rig: Rig) -> None:
    passport = (await rig.publish()).passport
    await show(rig, passport, CONSUMER)
    descriptor = await served(rig, f"shell-descriptors/{encoded(passport.shell_id)}")
    assert {each["name"] for each in descriptor["specificAssetIds"]} == {"manufacturerPartId", "digitalTwinType"}
    own = await rig.shells.registry.described(passport.shell_id)
    assert {"partInstanceId", "manufacturerId"} <= {each["name"] for each in own["specificAssetIds"]}


async def test_a_hidden_shell_leaves_no_gap_in_a_page(rig: Rig) -> None:
    passports = [(await rig.publish()).passport for _ in range(4)]
    for passport in passports[::2]:
        await show(rig, passport, CONSUMER)
    first = await served(rig, "lookup/shells", "GET", None, ("limit", "1"))
    rest = await served(rig, "lookup/shells", "GET", None, ("cursor", first["paging_metadata"]["cursor"]))
    assert {*first["result"], *rest["result"]} == {passport.shell_id for passport in passports[::2]}
    assert rest["paging_metadata"] == {}


async def test_bulk_loading_asks_for_what_is_new(rig: Rig) -> None:
    await rig.publish()
    rig.clock.move(days=1)
    newer = (await rig.publish()).passport
    since = {"createdAfter": "2026-11-21T18:00:00Z"}
    assert decode(await rig.shells.registry.shell_ids([], since))["result"] == [newer.shell_id]
    links = [("manufacturerPartId", "ION-E75")]
    assert decode(await rig.shells.registry.shell_ids(links, since))["result"] == [newer.shell_id]
    assert decode(await rig.shells.registry.shell_ids(links, {"createdAfter": "2027-01-01T00:00:00Z"}))["result"] == []


@pytest.mark.parametrize(
    ("path", "method", "kind"),
    [
        ("shell-descriptors", "POST", Invalid),
        ("lookup/shellsByAssetLink", "GET", Invalid),
        ("shells", "GET", Unknown),
        ("", "GET", Unknown),
    ],
)
async def test_the_registry_is_read_and_nothing_else(rig: Rig, path: str, method: str, kind: Any) -> None:
    with pytest.raises(kind) as refused:
        await served(rig, path, method)
    assert refused.value.code in ("data/method", "data/path")


async def test_the_registry_says_what_it_is(rig: Rig) -> None:
    assert await served(rig, "description") == {"profiles": list(REGISTRY_PROFILES)}
