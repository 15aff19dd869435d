"""Agreements that end before their time: nothing new, nothing more, the counterparty told; and back again."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from connector.records.exchange import AGREEMENTS, TRANSFERS
from tests.connector.web.management.test_management_processes import finalized, started

BASE = "/v3/contractagreements/retirements"
TX = "https://w3id.org/tractusx/v0.0.1/ns/"
TRANSFER = "/v3/transferprocesses"


def entry(agreement_id: str, reason: str = "the pack was scrapped") -> dict[str, Any]:
    """As Tractus-X writes it."""
    return {
        "@context": {"@vocab": "https://w3id.org/edc/v0.0.1/ns/", "tx": TX},
        "@type": "AgreementsRetirementEntry",
        "agreementId": agreement_id,
        "tx:reason": reason,
    }


async def test_its_transfers_end_with_the_reason_and_new_ones_are_refused(rig: Any, usage_policy: Any) -> None:
    _, agreement_id = await finalized(rig, usage_policy)
    own_pid = await started(rig, agreement_id)
    status, said = await rig.call("POST", BASE, entry(agreement_id))
    assert (status, said) == (204, None)
    view = await rig.until(f"{TRANSFER}/{own_pid}", "TERMINATED")
    assert view["errorCode"] == "transfer/agreement-retired"
    assert "the pack was scrapped" in view["errorDetail"]
    message = next(body for _, url, body in rig.peer.requests if url.endswith("/termination"))
    assert "the pack was scrapped" in message["reason"][0]
    status, errors = await rig.call("POST", TRANSFER, {"contractId": agreement_id, "transferType": "HttpData-PULL"})
    assert (status, errors[0]["code"]) == (409, "agreement/retired")
    (listed,) = await rig.ok("POST", f"{BASE}/request")
    assert listed["agreementId"] == agreement_id
    assert listed["tx:reason"] == "the pack was scrapped"
    assert listed["tx:agreementRetirementDate"] > 1_600_000_000_000
    events = [one.event for one in await rig.log.entries(limit=1000, subject=agreement_id)]
    assert events == ["agreement.retired"]


async def test_taken_up_again_it_permits_new_transfers(rig: Any, usage_policy: Any) -> None:
    _, agreement_id = await finalized(rig, usage_policy)
    await rig.ok("POST", BASE, entry(agreement_id))
    status, _ = await rig.call("DELETE", f"{BASE}/{agreement_id}")
    assert status == 204
    assert await rig.ok("POST", f"{BASE}/request") == []
    own_pid = await started(rig, agreement_id)
    await rig.until(f"{TRANSFER}/{own_pid}", "STARTED")
    assert (await rig.store.read(lambda reader: reader.need(AGREEMENTS, agreement_id))).ended_at is None


@pytest.mark.parametrize(
    ("method", "path", "code", "status"),
    [
        ("POST", BASE, "agreement/retired", 409),
        ("DELETE", f"{BASE}/nothing", "agreement/unknown", 404),
    ],
)
async def test_twice_or_unknown(rig: Any, usage_policy: Any, method: str, path: str, code: str, status: int) -> None:
    _, agreement_id = await finalized(rig, usage_policy)
    await rig.ok("POST", BASE, entry(agreement_id))
    before = await rig.snapshot()
    said, errors = await rig.call(method, path, entry(agreement_id) if method == "POST" else None)
    assert (said, errors[0]["code"]) == (status, code)
    assert await rig.snapshot() == before


async def test_what_is_not_retired_cannot_be_taken_back(rig: Any, usage_policy: Any) -> None:
    _, agreement_id = await finalized(rig, usage_policy)
    status, errors = await rig.call("DELETE", f"{BASE}/{agreement_id}")
    assert (status, errors[0]["code"]) == (409, "agreement/in-force")
    status, errors = await rig.call("POST", BASE, {"reason": "x"})
    assert (status, errors[0]["code"]) == (400, "management/missing")
    status, errors = await rig.call("POST", BASE, entry(agreement_id), role="reader")
    assert (status, errors[0]["code"]) == (403, "key/role")


async def test_a_transfer_under_way_is_ended_by_its_next_event(rig: Any, usage_policy: Any) -> None:
    _, agreement_id = await finalized(rig, usage_policy)
    send, gate = rig.peer.send, asyncio.Event()

    async def held(method: str, url: str, **more: Any) -> Any:
        if url.endswith("/transfers/request"):
            await gate.wait()
        return await send(method, url, **more)

    rig.peer.send = held
    body = {"contractId": agreement_id, "transferType": "HttpData-PULL"}
    own_pid = (await rig.ok("POST", TRANSFER, body))["@id"]
    await rig.ok("POST", BASE, entry(agreement_id))
    assert (await rig.ok("GET", f"{TRANSFER}/{own_pid}/state"))["state"] == "REQUESTING"
    gate.set()
    await rig.until(f"{TRANSFER}/{own_pid}", "TERMINATED")


async def test_a_restart_ends_what_was_left_open(rig: Any, usage_policy: Any) -> None:
    _, agreement_id = await finalized(rig, usage_policy)
    own_pid = await started(rig, agreement_id)

    def end(tx: Any) -> None:
        agreement = tx.need(AGREEMENTS, agreement_id)
        agreement.ended_at, agreement.ended_reason = tx.now, "scrapped"
        tx.put(AGREEMENTS, agreement)

    await rig.store.write(end)
    await rig.retirements.start()
    await rig.until(f"{TRANSFER}/{own_pid}", "TERMINATED")
    record = await rig.store.read(lambda reader: reader.need(TRANSFERS, own_pid))
    assert record.reasons == ["the agreement was retired: scrapped"]


async def test_what_this_node_has_not_is_501_with_a_reason(rig: Any) -> None:
    for method, path in (("POST", "/v3/secrets"), ("GET", "/v3/secrets/s"), ("POST", "/v3/business-partner-groups")):
        status, errors = await rig.call(method, path, {"@id": "s"} if method == "POST" else None)
        assert status == 501
        assert errors[0]["code"] == "management/not-offered"
        assert len(errors[0]["message"]) > 40
    (plane,) = await rig.ok("GET", "/v3/dataplanes")
    assert plane["allowedSourceTypes"] == ["HttpData"]
    assert plane["allowedTransferTypes"] == ["HttpData-PULL", "HttpData-PUSH"]
