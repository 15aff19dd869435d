"""A region to test with: an operator's client of the Ouranos API, and a link table set up."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import httpx

from connector.notation.exact_json import decode, encode
from connector.pcf.ouranos.models import OperatorModel, parse

SUPPLIER = "15572d1c-ec13-4d78-8f92-dd4278871373"
BUYER = "b39e6248-c888-46ca-89d0-89de1b1adc8e"
FOREIGN = "9b1deb4d-3b7d-4bad-9bdd-2b0d7b3dcb6d"
PASSWORD = "Secret123!"
SUPPLIER_BPN = "BPNL000000SUPPLY"

ASSUMPTIONS: dict[str, Any] = {
    "scope": "Cradle-to-gate",
    "mass_per_declared_unit": Decimal("0.07"),
    "technology.ccs_included": False,
    "calculation": "Retrospective PCF",
    "boundary.exempted_percent": 0,
    "region": "Eastern Asia",
    "reference_start": "2025-01-01T00:00:00Z",
    "reference_end": "2025-12-31T23:59:59Z",
    "valid_until": "2028-12-31T23:59:59Z",
    "mass_balancing.used": False,
    "mass_balancing.free_attribution": "not applicable",
    "mass_balancing.scheme": "none",
    "standards.cross_sectoral": ["ISO 14067"],
    "standards.product_rules": [],
    "gwp": "AR6",
    "allocation.waste_incineration": "cut-off",
    "production.biogenic_uptake": 0,
    "packaging.included": False,
}


def operator(operator_id: str, number: int, global_id: str | None = None) -> OperatorModel:
    return parse(
        OperatorModel,
        {
            "operatorId": operator_id,
            "operatorName": f"Operator {number}",
            "operatorAddress": "Aichi",
            "openOperatorId": f"{number:013d}",
            "operatorAttribute": {"globalOperatorId": global_id},
        },
    )


class Client:
    """What an operator of the region does, over HTTP."""

    def __init__(self, address: str, key: str, account: str, password: str = PASSWORD) -> None:
        self.http = httpx.AsyncClient(base_url=address, trust_env=False)
        self.key = key
        self.account = account
        self.password = password
        self.token = ""

    async def __aenter__(self) -> Client:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.http.aclose()

    async def login(self) -> httpx.Response:
        body = {"operatorAccountId": self.account, "accountPassword": self.password}
        answer = await self.http.post("/auth/login", headers={"apiKey": self.key}, json=body)
        if answer.status_code == 201:
            self.token = decode(answer.content)["accessToken"]
        return answer

    async def send(self, method: str, target: str, body: Any = None, path: str = "", **query: Any) -> httpx.Response:
        path = path or ("authInfo" if target in ("operator", "plant") else "datatransport")
        return await self.http.request(
            method,
            f"/api/v1/{path}",
            params={"dataTarget": target, **query},
            headers={"apiKey": self.key, "Authorization": f"Bearer {self.token}", "Content-Type": "application/json"},
            content=None if body is None else encode(body),
        )

    async def get(self, target: str, **query: Any) -> Any:
        answer = await self.send("GET", target, **query)
        assert answer.status_code == 200, answer.text
        return decode(answer.content)

    async def put(self, target: str, body: Any = None, **query: Any) -> Any:
        answer = await self.send("PUT", target, body, **query)
        assert answer.status_code == 201, answer.text
        return decode(answer.content) if answer.content else None

    async def plant(self, operator_id: str) -> str:
        body = {
            "plantId": None,
            "operatorId": operator_id,
            "plantName": "Works",
            "plantAddress": "Aichi",
            "openPlantId": "000001",
            "plantAttribute": {"globalPlantId": None},
        }
        return str((await self.put("plant", body))["plantId"])

    async def answer(self, trade_id: str, operator_id: str, plant_id: str, emissions: list[str]) -> None:
        """Link an own part with a request, then state its four rows."""
        part = await self.put("parts", part_body(operator_id, plant_id, "CELL"))
        await self.put("tradeResponse", tradeId=trade_id, traceId=part["traceId"])
        await self.put("cfp", cfp_body(part["traceId"], emissions))


def part_body(
    operator_id: str, plant_id: str, name: str, *, amount: Any = None, second: str | None = None, last: bool = False
) -> dict[str, Any]:
    return {
        "traceId": None,
        "operatorId": operator_id,
        "plantId": plant_id,
        "partsName": name,
        "supportPartsName": second,
        "terminatedFlag": last,
        "amountRequired": amount,
        "amountRequiredUnit": None if amount is None else "unit",
    }


def cfp_body(trace_id: str, emissions: list[str], *, cfp_id: str | None = None) -> list[dict[str, Any]]:
    """preProduction, mainProduction, preComponent, mainComponent."""
    kinds = ("preProduction", "mainProduction", "preComponent", "mainComponent")
    return [
        {
            "cfpId": cfp_id,
            "traceId": trace_id,
            "ghgEmission": Decimal(value),
            "ghgDeclaredUnit": "kgCO2e/unit",
            "cfpType": kind,
            "dqrType": "preProcessing" if kind.startswith("pre") else "mainProcessing",
            "dqrValue": {"TeR": 2, "GeR": 1, "TiR": Decimal("1.5")},
        }
        for kind, value in zip(kinds, emissions, strict=True)
    ]


def trade_body(downstream: str, trace_id: str, upstream: str, message: str = "please") -> dict[str, Any]:
    return {
        "statusModel": {
            "statusId": None,
            "tradeId": None,
            "requestStatus": {},
            "message": message,
            "replyMessage": None,
            "requestType": "CFP",
            "responseDueDate": "2026-12-31",
        },
        "tradeModel": {
            "tradeId": None,
            "downstreamOperatorId": downstream,
            "downstreamTraceId": trace_id,
            "upstreamOperatorId": upstream,
            "upstreamTraceId": None,
        },
    }
