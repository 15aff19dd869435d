"""The platform stand-in over HTTP: who gets in, status codes, error bodies, visibility, paging, the whole trade."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from connector.adapters.software_key import SoftwareKey
from connector.adapters.sql.store import SqlStore
from connector.adapters.system_clock import SystemClock
from connector.notation.exact_json import decode
from connector.notation.limits import Limits
from connector.notation.problems import Conflict, Invalid
from connector.services.trades.accounts import RegionAccounts
from connector.services.trades.platform import Platform
from connector.web.bodies import LIMITS
from connector.web.guards import RateLimit, guard
from connector.web.regions.ouranos import _PARAMETERS, OuranosDoor
from tests.connector.region_rig import BUYER, PASSWORD, SUPPLIER, Client, cfp_body, operator, part_body, trade_body

REFERENCE = Path(__file__).resolve().parents[4] / "../shared/reference/ouranos/data-transaction-openapi.yaml"
STRANGER = "9b1deb4d-3b7d-4bad-9bdd-2b0d7b3dcb6d"
NOBODY = "00000000-0000-4000-8000-000000000001"


class Clock(SystemClock):
    ahead = timedelta(0)

    def now(self) -> datetime:
        return super().now() + self.ahead


@dataclass
class Region:
    address: str
    accounts: RegionAccounts
    store: SqlStore
    clock: Clock
    buyer: Client
    supplier: Client
    stranger: Client


@pytest.fixture
async def region(tmp_path: Path) -> AsyncIterator[Region]:
    clock = Clock()
    store = SqlStore(f"sqlite:///{tmp_path / 'region.sqlite'}", clock)
    signer = SoftwareKey.load_or_create(tmp_path / "key.pem")
    accounts = RegionAccounts(store=store, clock=clock, signer=signer, issuer="http://region")
    door = OuranosDoor(
        accounts=accounts, platform=Platform(store=store, clock=clock), clock=clock, address="http://region"
    )
    app = web.Application(middlewares=[guard(RateLimit(10_000, 10_000), (("/", door.error_form),))])
    app[LIMITS] = Limits(size=100_000, depth=32)
    app.add_routes(door.routes())
    async with TestServer(app) as server:
        address = str(server.make_url("/")).rstrip("/")
        clients = []
        for number, operator_id in enumerate((BUYER, SUPPLIER, STRANGER)):
            key = await accounts.add(f"o{number}@region", PASSWORD, operator(operator_id, number), actor="test")
            clients.append(Client(address, key, f"o{number}@region"))
        async with clients[0], clients[1], clients[2]:
            for client in clients:
                assert (await client.login()).status_code == 201
            yield Region(address, accounts, store, clock, *clients)
    store.close()


def error(answer: Any) -> tuple[int, str, str]:
    """Status, code and message; the body must have the platform's three members and nothing else."""
    body = decode(answer.content)
    assert set(body) == {"code", "message", "detail"}
    assert body["detail"].startswith("id: ")
    assert "timeStamp: " in body["detail"]
    assert "method: " in body["detail"]
    return answer.status_code, body["code"], body["message"]


async def structure(client: Client, owner: str, *, child: str = "CELL", amount: Any = 4) -> tuple[str, str]:
    """Trace ids of a parent and its one child."""
    plant_id = await client.plant(owner) if not await client.get("plant") else (await client.get("plant"))[0]["plantId"]
    body = {
        "parentPartsModel": part_body(owner, plant_id, "PACK"),
        "childrenPartsModel": [part_body(owner, plant_id, child, amount=amount)],
    }
    made = await client.put("partsStructure", body)
    return made["parentPartsModel"]["traceId"], made["childrenPartsModel"][0]["traceId"]


async def asked(region: Region) -> tuple[str, str]:
    """The buyer has asked the supplier: trade id and the child's trace id."""
    _, child = await structure(region.buyer, BUYER)
    trade = await region.buyer.put("tradeRequest", trade_body(BUYER, child, SUPPLIER))
    return trade["tradeModel"]["tradeId"], child


# Who gets in ---------------------------------------------------------------------------------------------------------


async def test_a_login_gives_two_tokens_and_the_refresh_a_new_one(region: Region) -> None:
    answer = await region.buyer.login()
    tokens = decode(answer.content)
    assert answer.status_code == 201
    assert set(tokens) == {"accessToken", "refreshToken"}
    headers = {"apiKey": region.buyer.key}
    refreshed = await region.buyer.http.post(
        "/auth/refresh", headers=headers, json={"refreshToken": tokens["refreshToken"]}
    )
    assert refreshed.status_code == 201
    region.buyer.token = decode(refreshed.content)["accessToken"]
    assert await region.buyer.get("parts") == []
    wrong = await region.buyer.http.post("/auth/refresh", headers=headers, json={"refreshToken": tokens["accessToken"]})
    assert error(wrong) == (400, "[auth] BadRequest", "Invalid or expired token")


@pytest.mark.parametrize(
    ("headers", "wanted"),
    [
        ({"apiKey": None}, (403, "[auth] AccessDenied", "You do not have the necessary privileges")),
        ({"apiKey": "guess"}, (403, "[auth] AccessDenied", "Invalid key")),
        ({"Authorization": None}, (401, "[auth] Unauthorized", "Authentication required")),
        ({"Authorization": "Bearer x.y.z"}, (401, "[auth] Unauthorized", "Invalid or expired token")),
        ({"Authorization": "Basic abc"}, (401, "[auth] Unauthorized", "Authentication required")),
    ],
)
async def test_key_and_token_are_both_needed(region: Region, headers: Any, wanted: Any) -> None:
    sent = {"apiKey": region.buyer.key, "Authorization": f"Bearer {region.buyer.token}", **headers}
    kept = {name: value for name, value in sent.items() if value is not None}
    answer = await region.buyer.http.get("/api/v1/datatransport", params={"dataTarget": "parts"}, headers=kept)
    assert error(answer) == wanted


async def test_the_key_of_another_operator_does_not_serve(region: Region) -> None:
    region.buyer.key = region.supplier.key
    assert error(await region.buyer.send("GET", "parts"))[:2] == (403, "[auth] AccessDenied")
    assert error(await region.buyer.login()) == (401, "[auth] Unauthorized", "Invalid credentials")


async def test_tokens_end_after_an_hour(region: Region) -> None:
    region.clock.ahead = timedelta(minutes=59)
    assert await region.buyer.get("parts") == []
    region.clock.ahead = timedelta(minutes=61)
    assert error(await region.buyer.send("GET", "parts"))[2] == "Invalid or expired token"


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({}, "Validation failed, operatorAccountId: cannot be blank"),
        ({"operatorAccountId": "o0@region"}, "Validation failed, accountPassword: cannot be blank"),
        ({"operatorAccountId": 7, "accountPassword": "x"}, "Validation failed, operatorAccountId: cannot be blank"),
        ([], "Validation failed, the body must be an object"),
    ],
)
async def test_a_login_without_its_members_is_refused(region: Region, body: Any, message: str) -> None:
    answer = await region.buyer.http.post("/auth/login", headers={"apiKey": region.buyer.key}, json=body)
    assert error(answer) == (400, "[auth] BadRequest", message)


async def test_guessing_passwords_rests_the_account(region: Region) -> None:
    region.buyer.password = "wrong-guess"
    codes = [(await region.buyer.login()).status_code for _ in range(11)]
    assert codes == [401] * 10 + [503]
    region.buyer.password = PASSWORD
    assert (await region.buyer.login()).status_code == 503
    region.clock.ahead = timedelta(minutes=6)
    assert (await region.buyer.login()).status_code == 201


async def test_a_changed_password_ends_the_refresh_tokens_of_the_old_one(region: Region) -> None:
    login = {"operatorAccountId": region.buyer.account, "accountPassword": PASSWORD}
    given = await region.buyer.http.post("/auth/login", headers={"apiKey": region.buyer.key}, json=login)
    old = {"refreshToken": decode(given.content)["refreshToken"]}
    headers = {"apiKey": region.buyer.key, "Authorization": f"Bearer {region.buyer.token}"}
    short = await region.buyer.http.post("/auth/change", headers=headers, json={"newPassword": "short"})
    assert error(short)[:2] == (400, "[auth] BadRequest")
    changed = await region.buyer.http.post("/auth/change", headers=headers, json={"newPassword": "Another1!"})
    assert (changed.status_code, changed.content) == (201, b"")
    assert (await region.buyer.send("GET", "parts")).status_code == 200  # as on the platform: for its hour
    refused = await region.buyer.http.post("/auth/refresh", headers={"apiKey": region.buyer.key}, json=old)
    assert error(refused)[:2] == (400, "[auth] BadRequest")
    region.buyer.password = "Another1!"
    assert (await region.buyer.login()).status_code == 201


async def test_secrets_are_kept_as_hashes(region: Region, tmp_path: Path) -> None:
    raw = (tmp_path / "region.sqlite").read_bytes() + (tmp_path / "region.sqlite-wal").read_bytes()
    assert PASSWORD.encode() not in raw
    assert region.buyer.key.encode() not in raw
    assert region.buyer.token.encode() not in raw


async def test_accounts_and_operators_are_made_once(region: Region) -> None:
    with pytest.raises(Conflict) as caught:
        await region.accounts.add("o0@region", PASSWORD, operator(BUYER, 0), actor="test")
    assert caught.value.code == "region/account-exists"
    with pytest.raises(Conflict) as caught:
        await region.accounts.add("new@region", PASSWORD, operator(NOBODY, 0), actor="test")
    assert caught.value.code == "region/operator-exists"
    with pytest.raises(Invalid) as refused:
        await region.accounts.add("new@region", "has space", operator(NOBODY, 9), actor="test")
    assert refused.value.code == "region/password"


# The form of requests and answers ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "target", "query"),
    [
        ("GET", "hoge", {}),
        ("GET", "", {}),
        ("DELETE", "tradeRequest", {}),
        ("GET", "parts", {"colour": "red"}),
        ("GET", "parts", {"limit": "0"}),
        ("GET", "parts", {"limit": "101"}),
        ("GET", "parts", {"limit": "x"}),
        ("GET", "parts", {"after": "x"}),
        ("GET", "parts", {"after": NOBODY}),
        ("GET", "parts", {"traceId": "1"}),
        ("GET", "parts", {"parentFlag": "yes"}),
        ("GET", "cfp", {}),
        ("GET", "cfp", {"traceIds": ",".join([NOBODY] * 51)}),
        ("GET", "status", {"statusTarget": "ALL"}),
        ("GET", "partsStructure", {}),
        ("DELETE", "parts", {}),
        ("PUT", "tradeResponse", {"tradeId": NOBODY}),
    ],
)
async def test_wrong_parameters_are_named(region: Region, method: str, target: str, query: dict[str, str]) -> None:
    answer = await region.buyer.send(method, target, path="datatransport", **query)
    status, code, message = error(answer)
    assert (status, code.partition("] ")[2]) == (400, "BadRequest")
    assert message.startswith("Invalid request parameters, ")
    assert answer.headers["x-track"]


async def test_a_parameter_given_twice_is_refused(region: Region) -> None:
    headers = {"apiKey": region.buyer.key, "Authorization": f"Bearer {region.buyer.token}"}
    url = f"/api/v1/datatransport?dataTarget=cfp&traceIds={NOBODY}&traceIds={NOBODY}"
    assert error(await region.buyer.http.get(url, headers=headers))[0] == 400


async def test_paths_that_are_none_have_the_platforms_error(region: Region) -> None:
    for path in ("/api/v1/elsewhere", "/api", "/auth/elsewhere"):
        status, code, message = error(await region.buyer.http.get(path))
        assert (status, message) == (404, "Endpoint Not Found")
        assert code.endswith("NotFound")
    assert (await region.buyer.http.get("/api/v1/datatransport/health")).status_code == 200


@pytest.mark.parametrize("target", ["parts", "partsStructure", "tradeRequest", "status", "cfp"])
@pytest.mark.parametrize("raw", [b"{", b"[1", b"null", b"7", b"{}", b"[]", b'{"a": 1e999999999}', b"\xff", b"[" * 99])
async def test_malformed_bodies_change_nothing(region: Region, target: str, raw: bytes) -> None:
    headers = {"apiKey": region.buyer.key, "Authorization": f"Bearer {region.buyer.token}"}
    answer = await region.buyer.http.put(
        "/api/v1/datatransport", params={"dataTarget": target}, headers=headers, content=raw
    )
    status, code, message = error(answer)
    assert (status, code) == (400, "[dataspace] BadRequest")
    assert message.startswith("Validation failed, ")
    assert await region.buyer.get("parts") == []


async def test_every_operation_of_the_published_api_is_there(region: Region) -> None:
    yaml = pytest.importorskip("yaml")
    if not REFERENCE.is_file():
        pytest.skip("the published OpenAPI document is not beside the repository")
    published = yaml.safe_load(REFERENCE.read_text("utf-8"))
    for path, methods in published["paths"].items():
        where, _, query = path.partition("?")
        target = dict(part.split("=") for part in query.split("&")).get("dataTarget") if query else None
        for method, described in methods.items():
            if method == "parameters":
                continue
            names = {one["name"] for one in described.get("parameters", [])} - {"dataTarget"}
            if target is None:
                answer = await region.buyer.http.request(method.upper(), where, headers={"apiKey": region.buyer.key})
                assert error(answer)[0] in (400, 401), path
                continue
            key = (method.upper(), where.rsplit("/", 1)[1], target)
            assert names <= _PARAMETERS[key], path
            answer = await region.buyer.send(method.upper(), target, path=key[1])
            success = next(code for code in described["responses"] if code.startswith("2"))
            assert answer.status_code in (int(success), 400), path
            if "x-track" in described["responses"][success].get("headers", {}):
                assert answer.headers["x-track"], path


# Operators and plants ------------------------------------------------------------------------------------------------


async def test_operators_are_found_by_number_by_ids_or_as_oneself(region: Region) -> None:
    assert (await region.buyer.get("operator"))["operatorId"] == BUYER
    assert (await region.buyer.get("operator", openOperatorId=f"{1:013d}"))["operatorId"] == SUPPLIER
    found = await region.buyer.get("operator", operatorIds=f"{SUPPLIER},{NOBODY}")
    assert [one["operatorId"] for one in found] == [SUPPLIER]
    both = await region.buyer.send("GET", "operator", openOperatorId="1", operatorIds=SUPPLIER)
    assert error(both)[0] == 400
    assert error(await region.buyer.send("GET", "operator", openOperatorId="none"))[:2] == (404, "[auth] NotFound")


async def test_an_operator_changes_itself_only(region: Region) -> None:
    own = await region.buyer.get("operator")
    own["operatorName"] = "New name"
    own["operatorAttribute"] = {"globalOperatorId": "BPNL000000000001"}
    assert (await region.buyer.put("operator", own)) == own
    other = await region.supplier.get("operator")
    assert error(await region.buyer.send("PUT", "operator", other))[0] == 403
    other["operatorAttribute"] = {"globalOperatorId": "BPNL000000000001"}
    status, _, message = error(await region.supplier.send("PUT", "operator", other))
    assert status == 400
    assert "globalOperatorId" in message
    own["openOperatorId"] = "777"
    assert "openOperatorId" in error(await region.buyer.send("PUT", "operator", own))[2]


async def test_plants_have_a_number_of_their_own(region: Region) -> None:
    first = await region.buyer.plant(BUYER)
    plant = (await region.buyer.get("plant"))[0]
    assert plant["plantId"] == first
    assert error(await region.buyer.send("PUT", "plant", {**plant, "plantId": None}))[0] == 400
    assert error(await region.supplier.send("PUT", "plant", {**plant, "operatorId": SUPPLIER}))[0] == 404
    assert error(await region.supplier.send("PUT", "plant", plant))[0] == 403
    assert error(await region.buyer.send("PUT", "plant", {**plant, "openPlantId": "12345"}))[0] == 400


# Parts ---------------------------------------------------------------------------------------------------------------


async def test_the_same_names_at_a_plant_are_the_same_part(region: Region) -> None:
    plant_id = await region.buyer.plant(BUYER)
    first = await region.buyer.put("parts", part_body(BUYER, plant_id, "CELL"))
    again = await region.buyer.put("parts", {**part_body(BUYER, plant_id, "CELL"), "partsLabelName": "Cell"})
    other = await region.buyer.put("parts", part_body(BUYER, plant_id, "CELL", second="B"))
    assert first["traceId"] == again["traceId"] != other["traceId"]
    assert (await region.buyer.get("parts", traceId=first["traceId"]))[0]["partsLabelName"] == "Cell"
    assert error(await region.buyer.send("PUT", "parts", {**other, "supportPartsName": None}))[0] == 400
    assert error(await region.buyer.send("PUT", "parts", part_body(SUPPLIER, plant_id, "CELL")))[0] == 403
    assert error(await region.supplier.send("PUT", "parts", part_body(SUPPLIER, plant_id, "CELL")))[0] == 404


async def test_parts_are_listed_page_by_page(region: Region) -> None:
    plant_id = await region.buyer.plant(BUYER)
    for number in range(5):
        await region.buyer.put("parts", part_body(BUYER, plant_id, f"P{number}"))
    answer = await region.buyer.send("GET", "parts", limit="2")
    names = [one["partsName"] for one in decode(answer.content)]
    link = answer.headers["link"]
    assert link.startswith("<http://region/api/v1/datatransport?")
    after = link.partition("after=")[2].partition(">")[0]
    rest = await region.buyer.send("GET", "parts", limit="3", after=after)
    names += [one["partsName"] for one in decode(rest.content)]
    assert "link" not in rest.headers
    assert names == ["P0", "P1", "P2", "P3", "P4"]
    assert await region.supplier.get("parts") == []


async def test_structures_are_seen_by_their_owner(region: Region) -> None:
    parent, child = await structure(region.buyer, BUYER)
    shown = await region.buyer.get("partsStructure", traceId=parent)
    assert [one["traceId"] for one in shown["childrenPartsModel"]] == [child]
    assert [one["traceId"] for one in await region.buyer.get("parts", parentFlag="true")] == [parent]
    assert [one["traceId"] for one in await region.buyer.get("parts", parentFlag="false")] == [child]
    assert error(await region.supplier.send("GET", "partsStructure", traceId=parent))[0] == 404
    for trace_id in (parent, child):
        status, code, message = error(await region.buyer.send("DELETE", "parts", traceId=trace_id))
        assert (status, code) == (400, "[traceability] BadRequest")
        assert "MSGAECP0014" in message


async def test_a_part_that_nothing_needs_is_deleted(region: Region) -> None:
    plant_id = await region.buyer.plant(BUYER)
    made = await region.buyer.put("parts", part_body(BUYER, plant_id, "CELL"))
    assert error(await region.supplier.send("DELETE", "parts", traceId=made["traceId"]))[0] == 404
    answer = await region.buyer.send("DELETE", "parts", traceId=made["traceId"])
    assert (answer.status_code, answer.content) == (204, b"")
    assert await region.buyer.get("parts") == []


# Trades and footprints -----------------------------------------------------------------------------------------------


async def test_a_trade_from_request_to_rows(region: Region) -> None:
    trade_id, child = await asked(region)
    received = await region.supplier.get("tradeResponse")
    assert received[0]["partsModel"]["amountRequired"] is None
    assert received[0]["tradeModel"]["tradeId"] == trade_id
    assert await region.stranger.get("tradeResponse") == []
    assert await region.stranger.get("status") == []
    assert await region.stranger.get("tradeRequest") == []
    plant_id = await region.supplier.plant(SUPPLIER)
    await region.supplier.answer(trade_id, SUPPLIER, plant_id, ["1.5", "2.00001", "0.5", "0"])
    status = (await region.buyer.get("status", statusTarget="REQUEST", traceId=child))[0]
    assert status["requestStatus"] == {
        "cfpResponseStatus": "COMPLETED",
        "tradeTreeStatus": "TERMINATED",
        "completedCount": 1,
        "tradesCount": 1,
    }
    rows = {row["cfpType"]: row for row in await region.buyer.get("cfp", traceIds=child)}
    assert set(rows) == {"preProductionResponse", "mainProductionResponse"}
    assert rows["preProductionResponse"]["ghgEmission"] == 2
    assert rows["mainProductionResponse"]["ghgEmission"] == Decimal("2.00001")
    assert await region.stranger.get("cfp", traceIds=child) == []
    assert await region.supplier.get("cfp", traceIds=child) == []
    linked = (await region.buyer.get("tradeRequest", traceIds=child))[0]
    assert linked["upstreamTraceId"] is not None


async def test_rows_that_were_there_before_answer_when_they_are_linked(region: Region) -> None:
    trade_id, child = await asked(region)
    plant_id = await region.supplier.plant(SUPPLIER)
    part = await region.supplier.put("parts", part_body(SUPPLIER, plant_id, "CELL"))
    made = await region.supplier.put("cfp", cfp_body(part["traceId"], ["1", "1", "0", "0"]))
    assert len({row["cfpId"] for row in made}) == 1
    assert (await region.buyer.get("status"))[0]["requestStatus"]["cfpResponseStatus"] == "NOT_COMPLETED"
    await region.supplier.put("tradeResponse", tradeId=trade_id, traceId=part["traceId"])
    assert (await region.buyer.get("status"))[0]["requestStatus"]["cfpResponseStatus"] == "COMPLETED"
    changed = await region.supplier.put("cfp", cfp_body(part["traceId"], ["3", "1", "0", "0"], cfp_id=made[0]["cfpId"]))
    assert changed[0]["cfpId"] == made[0]["cfpId"]
    rows = {row["cfpType"]: row["ghgEmission"] for row in await region.buyer.get("cfp", traceIds=child)}
    assert rows["preProductionResponse"] == 3
    wrong = cfp_body(part["traceId"], ["3", "1", "0", "0"], cfp_id=NOBODY)
    assert error(await region.supplier.send("PUT", "cfp", wrong))[0] == 404


async def test_a_parent_gets_its_totals(region: Region) -> None:
    trade_id, child = await asked(region)
    plant_id = await region.supplier.plant(SUPPLIER)
    await region.supplier.answer(trade_id, SUPPLIER, plant_id, ["1", "0.5", "0", "0"])
    parent = (await region.buyer.get("parts", parentFlag="true"))[0]["traceId"]
    await region.buyer.put("cfp", cfp_body(parent, ["10", "20", "0", "0"]))
    rows = {row["cfpType"]: row["ghgEmission"] for row in await region.buyer.get("cfp", traceIds=f"{parent},{child}")}
    assert rows["preProductionTotal"] == 10
    assert rows["preComponentTotal"] == 4
    assert rows["mainComponentTotal"] == 2
    assert rows["preProductionResponse"] == 1


async def test_requests_end_by_the_side_that_may_end_them(region: Region) -> None:
    trade_id, child = await asked(region)
    status = (await region.buyer.get("status"))[0]
    assert status["tradeId"] == trade_id

    def ended(word: str, reply: str | None = None) -> dict[str, Any]:
        return {**status, "requestStatus": {"cfpResponseStatus": word}, "replyMessage": reply}

    assert error(await region.supplier.send("PUT", "status", ended("CANCEL")))[0] == 403
    assert error(await region.buyer.send("PUT", "status", ended("REJECT")))[0] == 403
    assert error(await region.stranger.send("PUT", "status", ended("CANCEL")))[0] == 404
    assert error(await region.supplier.send("PUT", "status", {**ended("REJECT"), "statusId": NOBODY}))[0] == 404
    assert error(await region.supplier.send("PUT", "status", ended("COMPLETED")))[0] == 400
    answer = await region.supplier.send("PUT", "status", ended("REJECT", "not ours"))
    assert (answer.status_code, answer.content) == (201, b"")
    shown = (await region.buyer.get("status", statusTarget="REQUEST", statusId=status["statusId"]))[0]
    assert shown["requestStatus"]["cfpResponseStatus"] == "REJECT"
    assert shown["replyMessage"] == "not ours"
    assert error(await region.buyer.send("PUT", "status", ended("CANCEL")))[0] == 400
    again = await region.buyer.put("tradeRequest", trade_body(BUYER, child, SUPPLIER))
    assert again["tradeModel"]["tradeId"] != trade_id


async def test_trade_requests_that_cannot_be_are_refused(region: Region) -> None:
    _, child = await structure(region.buyer, BUYER)
    for body, status in (
        (trade_body(SUPPLIER, child, BUYER), 403),
        (trade_body(BUYER, child, NOBODY), 404),
        (trade_body(BUYER, NOBODY, SUPPLIER), 404),
        (trade_body(BUYER, child, BUYER), 400),
        ({**trade_body(BUYER, child, SUPPLIER), "statusModel": None}, 400),
    ):
        assert error(await region.buyer.send("PUT", "tradeRequest", body))[0] == status
    assert await region.buyer.get("tradeRequest") == []
    trade_id, _ = await asked(region)
    assert error(await region.stranger.send("PUT", "tradeResponse", tradeId=trade_id, traceId=child))[0] == 404
    assert error(await region.buyer.send("PUT", "tradeResponse", tradeId=trade_id, traceId=child))[0] == 403
    assert error(await region.supplier.send("PUT", "tradeResponse", tradeId=trade_id, traceId=child))[0] == 404


async def test_rows_with_a_sixth_decimal_are_refused_in_the_platforms_words(region: Region) -> None:
    plant_id = await region.supplier.plant(SUPPLIER)
    part = await region.supplier.put("parts", part_body(SUPPLIER, plant_id, "CELL"))
    rows = cfp_body(part["traceId"], ["1.000001", "1", "0", "0"])
    status, code, message = error(await region.supplier.send("PUT", "cfp", rows))
    assert (status, code) == (400, "[dataspace] BadRequest")
    assert "must be a value up to the 5th decimal place" in message
    assert "cfp models must be 4 elements" in error(await region.supplier.send("PUT", "cfp", rows[:3]))[2]
    assert await region.supplier.get("cfp", traceIds=part["traceId"]) == []
    foreign = cfp_body(part["traceId"], ["1", "1", "0", "0"])
    assert error(await region.buyer.send("PUT", "cfp", foreign))[0] == 404
