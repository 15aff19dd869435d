"""Export control between real nodes: before publication, at offer, at each pull; a counting proxy sees what is sent."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import nodes
import pytest
import pytest_asyncio
from nodes import Space

from connector.notation.problems import Conflict, Invalid
from connector.records.export import ExportApproval, ExportProfile, PartnerSeat
from connector.records.offers import POLICY_DEFINITIONS, PolicyDefinition
from connector.services.catalog.criteria import Criterion
from connector.services.passports.offering import KIND

pytestmark = pytest.mark.asyncio(loop_scope="module")
ROOT = Path(__file__).resolve().parents[3]
PAYLOAD = ROOT / "samm-models/io.catenax.battery.battery_pass/4.0.0/BatteryPass.json"
WITHHELD = "ProductCondition/EnergyThroughput"


class Passport:
    """A published passport, a contract on it and a started transfer."""

    def __init__(self, space: Space, dataset_id: str, agreement_id: str, transfer: Any) -> None:
        self.space = space
        self.dataset_id = dataset_id
        self.agreement_id = agreement_id
        self.transfer = transfer


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def space(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Space]:
    space = await nodes.open_space(tmp_path_factory.mktemp("export"))
    now = space.maker.clock.now()

    def policies(tx: Any) -> None:
        tx.put(POLICY_DEFINITIONS, PolicyDefinition(id="access", policy=nodes.ACCESS, created_at=now))
        tx.put(POLICY_DEFINITIONS, PolicyDefinition(id="usage", policy=nodes.USAGE, created_at=now))

    await space.maker.store.write(policies)
    yield space
    await space.close()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def passport(space: Space) -> Passport:
    maker = space.maker
    key = await maker.keys.create("publisher", "admin", actor="test")
    body = {
        "payload": json.loads(PAYLOAD.read_text()),
        "context": {"manufacturerPartId": "PACK-1", "facilityBpns": "BPNS00000075PLNT"},
        "accessPolicyId": "access",
        "usagePolicyId": "usage",
    }
    async with httpx.AsyncClient(timeout=60) as client:
        answer = await client.post(
            f"{maker.settings.management.url}/api/passports", json=body, headers={"X-Api-Key": key}
        )
    assert answer.status_code == 201, answer.text
    dataset_id = answer.json()["datasetId"]
    agreement_id = (await nodes.agree(space.peer, maker, dataset_id)).agreement_id
    transfer = await nodes.start_transfer(space.peer, maker, agreement_id)
    return Passport(space, dataset_id, agreement_id, transfer)


def profile(dataset_id: str, data_class: str = "none", origin: str = "CN", **more: Any) -> ExportProfile:
    members = {"actor": "test", "recorded_at": nodes.datetime.now(nodes.UTC), **more}
    return ExportProfile(id=dataset_id, origin=origin, data_class=data_class, **members)


async def classify(space: Space, *records: ExportProfile) -> None:
    for record in records:
        await space.maker.export.classify(record)


async def seat(space: Space, country: str) -> None:
    now = space.maker.clock.now()
    did = space.peer.settings.node.did
    await space.maker.export.seat(PartnerSeat(id=did, country=country, source="test", actor="test", recorded_at=now))


async def approve(space: Space, route: Any, **members: Any) -> ExportApproval:
    now = space.maker.clock.now()
    record = ExportApproval(
        id=space.maker.clock.new_id(),
        route=route,
        rule_set="cn-data-export",
        reference="No 4711",
        valid_from=now,
        actor="test",
        recorded_at=now,
        **members,
    )
    return await space.maker.export.approve(record)


class Counter:
    """A proxy that passes bytes on and keeps those that come back from the provider."""

    def __init__(self) -> None:
        self.seen = bytearray()
        self.port = 0

    @asynccontextmanager
    async def before(self, port: int) -> AsyncIterator[Counter]:
        async def passed(client: asyncio.StreamReader, back: asyncio.StreamWriter) -> None:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)

            async def copy(source: asyncio.StreamReader, sink: asyncio.StreamWriter, *, is_kept: bool) -> None:
                while piece := await source.read(65536):
                    if is_kept:
                        self.seen += piece
                    sink.write(piece)
                    await sink.drain()
                sink.close()

            await asyncio.gather(
                copy(client, writer, is_kept=False), copy(reader, back, is_kept=True), return_exceptions=True
            )

        server = await asyncio.start_server(passed, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            server.close()


async def through(counter: Counter, passport: Passport, path: str) -> httpx.Response:
    token = (await passport.space.peer.inventory.renew(passport.transfer.id)).data_address["authorization"]
    url = f"http://127.0.0.1:{counter.port}/data/{path}"
    async with httpx.AsyncClient() as client:
        return await client.get(url, headers={"Authorization": token, "Connection": "close"})


def leaves(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for each in value.values():
            yield from leaves(each)
    elif isinstance(value, list):
        for each in value:
            yield from leaves(each)
    else:
        yield str(value)


async def test_nothing_of_a_withheld_element_leaves(space: Space, passport: Passport) -> None:
    await seat(space, "DE")
    whole = await space.peer.inventory.pull(passport.transfer.id, "ProductCondition/submodel/$value")
    value = json.loads((await space.peer.inventory.open(whole.item.id))[1])
    secret = value["EnergyThroughput"]
    await classify(space, profile(passport.dataset_id, elements={WITHHELD: "important"}))
    port = space.maker.settings.public.port
    async with Counter().before(port) as counter:
        plain = await through(counter, passport, "ProductCondition/submodel/$value")
        full = await through(counter, passport, "ProductCondition/submodel")
        gone = await through(counter, passport, "ProductCondition/submodel/submodel-elements/EnergyThroughput/$value")
        paths = await through(counter, passport, "ProductCondition/submodel/$path")
        every = await through(counter, passport, "ProductCondition/submodel/submodel-elements")
        generic = await through(counter, passport, "BatteryPass/submodel/$value")
    assert plain.status_code == 200
    assert plain.headers["Ionport-Withheld"] == WITHHELD
    assert "EnergyThroughput" not in plain.json()
    assert set(plain.json()) == set(value) - {"EnergyThroughput"}
    (extension,) = [each for each in full.json()["extensions"] if each["name"] == "WithheldElements"]
    assert extension["value"] == "EnergyThroughput"
    assert gone.status_code == 404
    assert "EnergyThroughput" not in paths.text
    assert "EnergyThroughput" not in every.text
    assert (generic.status_code, generic.json()["code"]) == (403, "export/withheld")
    assert b"EnergyThroughputValue" not in counter.seen
    assert f'"EnergyThroughputValue":{secret["EnergyThroughputValue"]}'.encode() not in counter.seen
    noted = (await nodes.audited(space.maker, "usage.permitted", passport.agreement_id))[-1]
    assert noted["export"]["withheld"] == [WITHHELD]


async def test_what_is_approved_comes_and_what_is_withdrawn_goes(space: Space, passport: Passport) -> None:
    await seat(space, "DE")
    await classify(space, profile(passport.dataset_id, elements={WITHHELD: "important"}))
    opened = await approve(space, "assessment", datasets=[passport.dataset_id])
    assert opened.valid_until is not None, "as long as the rule set says"
    got = await space.peer.inventory.pull(passport.transfer.id, "ProductCondition/submodel/$value")
    assert "EnergyThroughput" in json.loads((await space.peer.inventory.open(got.item.id))[1])
    await space.maker.export.withdraw(opened.id, actor="test")
    got = await space.peer.inventory.pull(passport.transfer.id, "ProductCondition/submodel/$value")
    assert "EnergyThroughput" not in json.loads((await space.peer.inventory.open(got.item.id))[1])
    await seat(space, "CN")
    got = await space.peer.inventory.pull(passport.transfer.id, "ProductCondition/submodel/$value")
    assert "EnergyThroughput" in json.loads((await space.peer.inventory.open(got.item.id))[1])


async def test_a_withheld_mandatory_element_takes_the_submodel_with_it(space: Space, passport: Passport) -> None:
    await seat(space, "DE")
    await classify(space, profile(passport.dataset_id, elements={"ProductCondition/NumberOfFullCycles": "core"}))
    async with Counter().before(space.maker.settings.public.port) as counter:
        for path in ("ProductCondition/submodel", "ProductCondition/submodel/$value"):
            answer = await through(counter, passport, path)
            assert (answer.status_code, answer.json()["code"]) == (403, "export/withheld")
            assert "NumberOfFullCycles" in answer.json()["detail"]
        other = await through(counter, passport, "Circularity/submodel/$value")
    assert other.status_code == 200
    assert b"NumberOfFullCyclesValue" not in counter.seen


@pytest.mark.parametrize(
    ("data_class", "persons", "route"),
    [
        ("none", 0, "exempt"),
        ("personal", 99_999, "exempt"),
        ("personal", 100_000, "contract"),
        ("personal", 100_000, "certificate"),
        ("important", 0, "assessment"),
        ("core", 0, "refused"),
    ],
)
async def test_each_route_at_the_data_plane(
    space: Space, passport: Passport, data_class: str, persons: int, route: str
) -> None:
    await seat(space, "DE")
    await classify(space, profile(passport.dataset_id, data_class, persons=persons))
    async with Counter().before(space.maker.settings.public.port) as counter:
        first = await through(counter, passport, "Circularity/submodel/$value")
        body = len(first.content) if first.status_code == 200 else 0
        assert (first.status_code == 200) is (route == "exempt")
        if first.status_code != 200:
            assert first.json()["code"] == ("export/refused" if route == "refused" else "export/route-missing")
            assert b"SparePart" not in counter.seen
            assert body == 0
        if route in ("contract", "certificate", "assessment"):
            opened = await approve(space, route, destinations=["DE"])
            assert (await through(counter, passport, "Circularity/submodel/$value")).status_code == 200
            await space.maker.export.withdraw(opened.id, actor="test")


async def test_an_offer_is_refused_before_a_contract_is_made(space: Space, passport: Passport) -> None:
    await seat(space, "DE")
    await classify(space, profile(passport.dataset_id, "core"))
    offer = await nodes.offer_of(space.peer, space.maker, passport.dataset_id)
    record = await nodes.ask(space.peer, space.maker, offer)
    ended = await nodes.negotiated(space.peer, record.id, "TERMINATED")
    assert ended.code == "export/refused"
    played = await space.maker.desk.dry_runs.play(space.peer.settings.node.did, passport.dataset_id)
    assert [way.fails_at for way in played.ways if way.kind == "definition"] == ["offer"]
    assert {way.fails_at for way in played.ways if way.kind == "agreement"} == {"request"}


async def test_what_cannot_be_given_in_part_is_not_given(space: Space) -> None:
    await seat(space, "DE")
    await nodes.offer_asset(space.maker, "plain")
    agreement_id = (await nodes.agree(space.peer, space.maker, "plain")).agreement_id
    transfer = await nodes.start_transfer(space.peer, space.maker, agreement_id)
    await classify(space, profile("plain", elements={"any/thing": "core"}))
    with pytest.raises(Exception) as caught:  # noqa: PT011 - its code is looked at
        await space.peer.inventory.pull(transfer.id)
    assert caught.value.code == "export/cannot-withhold"


async def test_what_is_not_classified_is_not_published_where_that_is_required(tmp_path: Path) -> None:
    space = await nodes.open_space(tmp_path, maker={"export": {"required": True}})
    await nodes.offer_asset(space.maker, "pack")
    members = {"access_policy_id": "pack access", "contract_policy_id": "pack usage", "actor": "test"}
    selector = [Criterion("id", "=", "pack")]
    with pytest.raises(Conflict) as caught:
        await space.maker.offers.create_definition("one", selector=selector, **members)
    assert caught.value.code == "export/unclassified"
    with pytest.raises(Invalid):
        await space.maker.export.classify(profile("pack", "secret"))
    with pytest.raises(Invalid):
        await space.maker.export.classify(profile("pack", origin="XX"))
    await space.maker.export.classify(profile("pack", origin="DE"))
    await space.maker.offers.create_definition("one", selector=selector, **members)
    refused = await nodes.ask(space.peer, space.maker, await nodes.offer_of(space.peer, space.maker, "pack"))
    assert (await nodes.negotiated(space.peer, refused.id, "TERMINATED")).code == "export/destination-unknown"
    assert KIND == "Passport"
    await space.close()
