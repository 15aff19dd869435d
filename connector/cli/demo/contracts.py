"""Steps about contracts: browse, refused, agreed, transfer, end, crash."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

from connector.cli.demo import setup, talk
from connector.cli.demo.parties import Party
from connector.cli.demo.report import StepFailed, expect
from connector.cli.demo.stage import DPP, PCF, STRANGER_BPN, Stage
from connector.notation.exact_json import decode, encode
from connector.notation.problems import Problem

PARTS = (
    "BatteryNameplate",
    "HandoverDocumentation",
    "CarbonFootprint",
    "TechnicalData",
    "ProductCondition",
    "MaterialComposition",
    "Circularity",
)
USAGE_END = 3
"""Seconds that the dataset of the last but one step may be used."""


def browse(stage: Stage) -> str:
    """The peer sees the dataset, a stranger is refused, a member outside the access policy sees nothing."""
    parties = stage.parties
    seen = [one for one in talk.catalog(parties.peer, parties.manufacturer) if one["@id"] == stage.dataset_id]
    expect(len(seen) == 1, f"the peer to see {stage.dataset_id}")
    stage.dataset = seen[0]
    try:
        talk.catalog(parties.stranger, parties.manufacturer)
    except Problem as refusal:
        said = f"{refusal} [{refusal.code}]"
    else:
        raise StepFailed("expected: the stranger to be refused; it was shown a catalog")
    expect("dcp/" in said, f"a CatalogError that says why; it said: {said}")
    setup.credentials(stage, parties.stranger, STRANGER_BPN)
    shown = talk.catalog(parties.stranger, parties.manufacturer)
    expect(shown == [], "an empty catalog for a member outside the access policy")
    return (
        f"peer sees {stage.dataset_id}; stranger without membership: {said}; as member outside the policy: 0 datasets"
    )


def refused(stage: Stage) -> str:
    """A request for another purpose ends with the reason at both ends."""
    parties = stage.parties
    other = decode(encode(talk.offer_of(stage.dataset)).replace(DPP.encode(), PCF.encode()))
    end = talk.negotiate(parties.peer, parties.manufacturer, other)
    expect(end["state"] == "TERMINATED", f"TERMINATED, not {end['state']}")
    here = "; ".join(end["reasons"])
    expect("UsagePurpose" in here and DPP in here and PCF in here, f"a reason that names both purposes, not {here!r}")
    there = parties.manufacturer.target.call("GET", f"/api/negotiations/{end['providerPid']}")
    expect("; ".join(there["reasons"]) == here, "the same reason in the manufacturer's books")
    return f"TERMINATED at both ends: {here}"


def agreed(stage: Stage) -> str:
    """A request for what is offered is agreed, verified and finalized."""
    parties = stage.parties
    end = talk.negotiate(parties.peer, parties.manufacturer, talk.offer_of(stage.dataset))
    expect(end["state"] == "FINALIZED", f"FINALIZED, not {end['state']} {end.get('reasons')}")
    stage.agreement_id = end["agreementId"]
    there = parties.manufacturer.target.call("GET", f"/api/negotiations/{end['providerPid']}", wait=talk.PATIENCE)
    expect(there["state"] == "FINALIZED" and there["agreementId"] == stage.agreement_id, "the same contract there")
    return f"contract {stage.agreement_id} is FINALIZED at both ends"


def transferred(stage: Stage) -> str:
    """All seven submodels arrive, and are what the manufacturer stored."""
    parties = stage.parties
    stage.transfer_id = talk.transfer(parties.peer, stage.agreement_id)
    items = talk.pull(parties.peer, stage.transfer_id, *(f"{part}/submodel/$value" for part in PARTS))
    stored = parties.manufacturer.target.call("GET", f"/api/passports/{stage.unit_id}/submodels")
    wanted = {one["idShort"]: one["digest"] for one in stored}
    found = {item["path"].split("/")[0]: item["digest"] for item in items}
    expect(set(found) == set(PARTS), f"seven submodels, not {sorted(found)}")
    different = [part for part in PARTS if found[part] != wanted[part]]
    expect(not different, f"equal digests; different: {different}")
    size = sum(item["size"] for item in items)
    return f"7 submodels, {size} bytes, every digest equals the stored one"


def ended(stage: Stage) -> str:
    """A contract with an end is used before it and refused after it; both logs show it, both chains verify."""
    parties = stage.parties
    end = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=USAGE_END + 1)
    until = end.strftime("%Y-%m-%dT%H:%M:%SZ")
    policy = setup.policy(stage, "usage/battery-passport-until.template.json", end=until)
    talk.add_policy(parties.manufacturer, "until", policy)
    definition = {
        "@context": talk.EDC,
        "@id": "offer-until",
        "accessPolicyId": "partners",
        "contractPolicyId": "until",
        "assetsSelector": [
            {
                "@type": "Criterion",
                "operandLeft": f"{talk.EDC['@vocab']}id",
                "operator": "=",
                "operandRight": stage.dataset_id,
            }
        ],
    }
    parties.manufacturer.target.call("POST", f"{talk.V3}/contractdefinitions", definition)
    dataset = next(one for one in talk.catalog(parties.peer, parties.manufacturer) if one["@id"] == stage.dataset_id)
    offer = next(one for one in _offers(dataset) if until in encode(one).decode())
    contract = talk.negotiate(parties.peer, parties.manufacturer, {**offer, "target": stage.dataset_id})
    expect(contract["state"] == "FINALIZED", f"a contract until {until}, not {contract.get('reasons')}")
    transfer = talk.transfer(parties.peer, contract["agreementId"])
    path = "ProductCondition/submodel/$value"
    expect(len(talk.pull(parties.peer, transfer, path)) == 1, "a pull before the end to succeed")
    time.sleep(max(0.0, (end - datetime.now(UTC)).total_seconds()) + 0.05)
    try:
        talk.pull(parties.peer, transfer, path)
    except Problem as refusal:
        said = f"{refusal} [{refusal.code}]"
    else:
        raise StepFailed(f"expected: a pull after {until} to be refused; it succeeded")
    expect("DataUsageEndDate" in said, f"the operand in the reason: {said}")
    return f"before {until}: pulled; after: {said}; {_logs(stage, contract['agreementId'])}"


def _offers(dataset: dict[str, object]) -> list[dict[str, object]]:
    found = dataset.get("hasPolicy", dataset.get("odrl:hasPolicy"))
    return found if isinstance(found, list) else [found] if isinstance(found, dict) else []


def _logs(stage: Stage, agreement_id: str) -> str:
    """Both logs tell of the contract's end, the provider's of the receipt for what was deleted; both chains verify."""
    told = []
    for party, wanted in (
        (stage.parties.manufacturer, {"agreement.ended", "receipt.received"}),
        (stage.parties.peer, {"agreement.ended"}),
    ):
        events = _events(party, agreement_id, wanted)
        expect(wanted <= events, f"{sorted(wanted)} in the log of the {party.name}, which has {sorted(events)}")
        verified = party.target.call("GET", "/api/audit/verify")
        expect(verified["ok"] is True, f"the chain of the {party.name} to verify: {verified}")
        told.append(f"{party.name}: {verified['head']['size']} entries verify")
    return "audit " + ", ".join(told)


def _events(party: Party, agreement_id: str, wanted: set[str]) -> set[str]:
    """What a log tells of a contract, once it tells of all that is wanted, or after a while."""
    for _ in range(50):
        entries = party.target.call("GET", "/api/audit", subject=agreement_id, limit=1000)
        events = {entry["event"] for entry in entries["entries"]}
        if wanted <= events:
            break
        time.sleep(0.1)
    return events


def crashed(stage: Stage) -> str:
    """The manufacturer dies after it committed AGREEING, comes back, and the negotiation ends by itself."""
    manufacturer, peer = stage.parties.manufacturer, stage.parties.peer
    manufacturer.stop()
    manufacturer.start(IONPORT_NODE__UNSAFE_FAULT="after-commit:AGREEING")
    manufacturer.wait_ready()
    negotiation = talk.start_negotiation(peer, manufacturer, talk.offer_of(stage.dataset))
    expect(manufacturer.wait_killed(10.0), "the manufacturer to be killed by SIGKILL after the commit")
    manufacturer.start()
    manufacturer.wait_ready()
    end = talk.ended(peer, negotiation)
    expect(end["state"] == "FINALIZED", f"FINALIZED after the restart, not {end['state']} {end.get('reasons')}")
    return f"killed with SIGKILL after AGREEING was committed; up again; contract {end['agreementId']} is FINALIZED"
