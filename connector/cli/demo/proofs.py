"""The step about contracts as people know them: rehearsed, limited by export control, ended, proved."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from connector.cli.contracts import evidence_check, exported
from connector.cli.demo import talk
from connector.cli.demo.parties import Party
from connector.cli.demo.report import expect
from connector.cli.demo.stage import PCF, PEER_BPN, Stage

WITHHELD = "ProductCondition/EnergyThroughput"


def proved(stage: Stage) -> str:
    """A dry run, an element withheld, a retirement with its receipt, two logs that agree, a package that holds."""
    parties = stage.parties
    maker, peer = parties.manufacturer, parties.peer
    rehearsed = _rehearsed(stage)
    withheld = _withheld(stage)
    talk.pull(peer, stage.transfer_id, "Circularity/submodel/$value")
    retirement = {"@context": talk.EDC, "agreementId": stage.agreement_id, "reason": "the pack was recalled"}
    maker.target.call("POST", f"{talk.V3}/contractagreements/retirements", retirement)
    sheet = _settled(maker, stage.agreement_id)
    expect(sheet["receipt"] == "received", f"the receipt of the deletion, not {sheet['receipt']}")
    exchanges = _compared(maker, peer, stage.agreement_id)
    package = stage.out / "evidence.zip"
    package.write_bytes(_evidence(maker, stage.agreement_id))
    about, findings = evidence_check.verify(evidence_check.opened(Path(package)))
    expect(not findings and about["agreementId"] == stage.agreement_id, f"a package that holds: {findings}")
    return (
        f"dry run: {rehearsed}; {withheld}; retired: data deleted, receipt here; both logs tell the same "
        f"{exchanges} messages and pulls; {package} ({package.stat().st_size} bytes) verifies offline"
    )


def _rehearsed(stage: Stage) -> str:
    """Who would fail where, asked of the manufacturer."""
    maker = stage.parties.manufacturer
    found = []
    for name, partner, purpose in (
        ("stranger", stage.parties.stranger.did, ""),
        ("peer for a footprint", stage.parties.peer.did, PCF),
        ("peer", stage.parties.peer.did, ""),
    ):
        query: dict[str, Any] = {"purpose": purpose} if purpose else {}
        told: dict[str, Any] = maker.target.call(
            "GET", "/api/dry-run", partner=partner, dataset=stage.dataset_id, **query
        )
        found.append((name, told["failsAt"]))
    expect([at for _, at in found] == ["catalog", "transfer", ""], f"catalog, transfer and nowhere, not {found}")
    return ", ".join(f"{name} fails at {at or 'no moment'}" for name, at in found)


def _withheld(stage: Stage) -> str:
    """One element is classed as important: it stays at home while no assessment is recorded."""
    maker, peer = stage.parties.manufacturer, stage.parties.peer
    seat = {"partner": PEER_BPN, "country": "DE", "source": "demo"}
    maker.target.call("POST", "/api/export/seats", seat)
    profile = {"dataset": stage.dataset_id, "origin": "CN", "dataClass": "none", "elements": {WITHHELD: "important"}}
    maker.target.call("POST", "/api/export/profiles", profile)
    (item,) = talk.pull(peer, stage.transfer_id, "ProductCondition/submodel/$value")
    cut: dict[str, Any] = peer.target.call("GET", f"/api/inventory/{item['id']}/content")
    expect("EnergyThroughput" not in cut, "the element withheld")
    approval = {"route": "assessment", "ruleSet": "cn-data-export", "reference": "demo", "destinations": ["DE"]}
    maker.target.call("POST", "/api/export/approvals", approval)
    (item,) = talk.pull(peer, stage.transfer_id, "ProductCondition/submodel/$value")
    whole: dict[str, Any] = peer.target.call("GET", f"/api/inventory/{item['id']}/content")
    expect("EnergyThroughput" in whole, "the element once an assessment is recorded")
    return f"{WITHHELD} withheld until an assessment is recorded"


def _settled(party: Party, agreement_id: str) -> dict[str, Any]:
    """The contract once its receipt is there, or after a while."""
    for _ in range(50):
        sheet: dict[str, Any] = party.target.call("GET", f"/api/agreements/{agreement_id}")
        if sheet["receipt"] == "received":
            break
        time.sleep(0.1)
    return sheet


def _compared(maker: Party, peer: Party, agreement_id: str) -> int:
    """How many messages and pulls both logs tell alike."""
    from connector.audit import comparison

    for _ in range(20):
        logs = [
            exported.parse(party.target.send("GET", "/api/audit/export").content, party.name).entries
            for party in (maker, peer)
        ]
        found = comparison.compare(*logs, agreement_id=agreement_id)
        if not found:
            break
        time.sleep(0.1)
    expect(not found, f"the same story in both logs: {found}")
    return len(comparison.story(*logs, agreement_id=agreement_id) or [])


def _evidence(party: Party, agreement_id: str) -> bytes:
    raw: bytes = party.target.send("GET", f"/api/agreements/{agreement_id}/evidence").content
    return raw
