"""The operators of the region, as the demo plays them: through the Ouranos-style API and nothing else."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import httpx

from connector.cli.demo.parties import Party
from connector.cli.demo.report import StepFailed
from connector.cli.demo.stage import MANUFACTURER_BPN
from connector.notation.exact_json import decode, encode

SUPPLIER = "5f0c2b8e-7f0e-4c59-9d0e-3f7a6a1d2c11"
CAR_MAKER = "a3b1f0d2-64c8-4a0d-8a65-0f5f2d9c7e22"
FOREIGN = "c7d9e4a1-2b3c-4d5e-8f60-718293a4b5c6"
PASSWORD = "Ouranos!2026"
PATIENCE = 10.0

OPERATORS: tuple[tuple[str, str, str, str | None], ...] = (
    (SUPPLIER, "supplier@cells.example", "Aichi Cell Works", None),
    (CAR_MAKER, "carmaker@cars.example", "Kanagawa Motors", None),
    (FOREIGN, "bridge@border.example", "Example Battery GmbH (foreign operator)", MANUFACTURER_BPN),
)


@dataclass(slots=True)
class Operator:
    """One logged-in operator of the region."""

    operator_id: str
    client: httpx.Client
    plant_id: str = ""

    def get(self, target: str, **query: Any) -> Any:
        """A GET of one dataTarget."""
        return self._send("GET", target, None, 200, query)

    def put(self, target: str, body: Any = None, **query: Any) -> Any:
        """A PUT of one dataTarget."""
        return self._send("PUT", target, body, 201, query)

    def until(self, look: Callable[[], Any], what: str) -> Any:
        """What `look` gives once it gives anything: the region is polled, it never calls back."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            found = look()
            if found:
                return found
        raise StepFailed(f"expected within {PATIENCE:g} s: {what}")

    def own_part(self, name: str) -> dict[str, Any]:
        """A finished part of this operator."""
        made: dict[str, Any] = self.put("parts", self.part(name))
        return made

    def part(self, name: str, *, amount: int | None = None) -> dict[str, Any]:
        """The record of a part; with `amount`, as a component."""
        return {
            "traceId": None,
            "operatorId": self.operator_id,
            "plantId": self.plant_id,
            "partsName": name,
            "supportPartsName": None,
            "terminatedFlag": False,
            "amountRequired": amount,
            "amountRequiredUnit": None if amount is None else "unit",
        }

    def _send(self, method: str, target: str, body: Any, wanted: int, query: dict[str, Any]) -> Any:
        path = "authInfo" if target in ("operator", "plant") else "datatransport"
        content = None if body is None else encode(body)
        answer = self.client.request(method, f"/api/v1/{path}", params={"dataTarget": target, **query}, content=content)
        if answer.status_code != wanted:
            raise StepFailed(f"the region answered {answer.status_code} to {method} {target}: {answer.text[:300]}")
        return decode(answer.content) if answer.content else None


def operator_of(peer: Party, operator_id: str, account: str, name: str, global_id: str | None, number: int) -> Operator:
    """Make the account at the stand-in, log in, and register a plant."""
    operator = {
        "operatorId": operator_id,
        "operatorName": name,
        "operatorAddress": "Nagoya, Aichi" if global_id is None else "Ulm, Germany",
        "openOperatorId": f"{7000000000000 + number}",
        "operatorAttribute": {"globalOperatorId": global_id},
    }
    asked = {
        "operatorAccountId": account,
        "password": PASSWORD,
        "operator": operator,
        "forBridge": global_id is not None,
    }
    key = peer.target.call("POST", "/api/region/accounts", asked)["apiKey"]
    assert peer.settings.region_listener is not None
    client = httpx.Client(base_url=peer.settings.region_listener.url, headers={"apiKey": key}, timeout=30.0)
    login = client.post("/auth/login", json={"operatorAccountId": account, "accountPassword": PASSWORD})
    if login.status_code != 201:
        raise StepFailed(f"{account} cannot log in: {login.status_code} {login.text[:200]}")
    client.headers["Authorization"] = f"Bearer {login.json()['accessToken']}"
    client.headers["Content-Type"] = "application/json"
    made = Operator(operator_id, client)
    plant = {
        "plantId": None,
        "operatorId": operator_id,
        "plantName": f"{name} plant",
        "plantAddress": "Toyota, Aichi",
        "openPlantId": f"{1 + number:06d}",
        "plantAttribute": {"globalPlantId": None},
    }
    made.plant_id = made.put("plant", plant)["plantId"]
    return made


def cfp_rows(trace_id: str, emissions: dict[str, Decimal]) -> list[dict[str, Any]]:
    """The four rows of a part: kgCO2e a unit, five decimals, by type."""
    return [
        {
            "cfpId": None,
            "traceId": trace_id,
            "ghgEmission": emission,
            "ghgDeclaredUnit": "kgCO2e/unit",
            "cfpType": kind,
            "dqrType": "preProcessing" if kind.startswith("pre") else "mainProcessing",
            "dqrValue": {"TeR": Decimal("1.8"), "GeR": 1, "TiR": 2},
        }
        for kind, emission in emissions.items()
    ]


def trade_request(downstream: str, trace_id: str, upstream: str, message: str) -> dict[str, Any]:
    """What a buyer puts to ask an upstream operator for a footprint."""
    return {
        "statusModel": {
            "statusId": None,
            "tradeId": None,
            "requestStatus": {},
            "message": message,
            "replyMessage": None,
            "requestType": "CFP",
            "responseDueDate": "2027-01-31",
        },
        "tradeModel": {
            "tradeId": None,
            "downstreamOperatorId": downstream,
            "downstreamTraceId": trace_id,
            "upstreamOperatorId": upstream,
            "upstreamTraceId": None,
        },
    }
