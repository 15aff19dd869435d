"""What the demo says to its nodes: EDC's management calls and the waiting that follows them, as a client would."""

from __future__ import annotations

from typing import Any

from connector.cli.demo.parties import Party
from connector.notation.problems import Refused

PATIENCE = 10
"""Seconds that a node is asked to hold an answer back until something has happened (no polling here)."""

V3 = "/management/v3"
PROTOCOL = "dataspace-protocol-http:2025-1"
EDC = {"@vocab": "https://w3id.org/edc/v0.0.1/ns/"}


def add_policy(party: Party, name: str, policy: Any) -> str:
    """Store a policy definition."""
    party.target.call("POST", f"{V3}/policydefinitions", {"@context": EDC, "@id": name, "policy": policy})
    return name


def catalog(party: Party, provider: Party) -> list[dict[str, Any]]:
    """The datasets that `provider` shows to `party`."""
    asked = {"@context": EDC, "counterPartyId": provider.did, "protocol": PROTOCOL}
    answer = party.target.call("POST", f"{V3}/catalog/request", asked)
    datasets = answer.get("dataset", answer.get("dcat:dataset", []))
    return datasets if isinstance(datasets, list) else [datasets]


def offer_of(dataset: dict[str, Any]) -> dict[str, Any]:
    """The first offer of a dataset, with its target."""
    offers = dataset.get("hasPolicy", dataset.get("odrl:hasPolicy")) or {}
    offer: dict[str, Any] = offers[0] if isinstance(offers, list) else offers
    return {**offer, "target": dataset["@id"]}


def negotiate(party: Party, provider: Party, offer: dict[str, Any]) -> dict[str, Any]:
    """Ask for a contract and wait for the end of the negotiation."""
    return ended(party, start_negotiation(party, provider, offer))


def start_negotiation(party: Party, provider: Party, offer: dict[str, Any]) -> str:
    """Ask for a contract; the id of the negotiation."""
    asked = {
        "@context": EDC,
        "@type": "ContractRequest",
        "counterPartyId": provider.did,
        "protocol": PROTOCOL,
        "policy": {**offer, "assigner": provider.did},
    }
    return str(party.target.call("POST", f"{V3}/contractnegotiations", asked)["@id"])


def ended(party: Party, negotiation: str) -> dict[str, Any]:
    """The negotiation once it is FINALIZED or TERMINATED (or PATIENCE is over)."""
    found: dict[str, Any] = party.target.call("GET", f"/api/negotiations/{negotiation}", wait=PATIENCE)
    return found


def transfer(party: Party, agreement: str) -> str:
    """Start an HttpData-PULL of a contract and wait until it is started; the transfer's id."""
    asked = {"@context": EDC, "@type": "TransferRequest", "contractId": agreement, "transferType": "HttpData-PULL"}
    made = str(party.target.call("POST", f"{V3}/transferprocesses", {**asked, "protocol": PROTOCOL})["@id"])
    found = party.target.call("GET", f"/api/transfers/{made}", wait=PATIENCE)
    if found["state"] != "STARTED":
        raise RuntimeError(f"the transfer is {found['state']}: {found.get('reasons')}")
    return made


def pull(party: Party, transfer_id: str, *paths: str) -> list[dict[str, Any]]:
    """Pull paths of a started transfer into the inventory."""
    asked = {"transferId": transfer_id, "paths": list(paths)}
    pulled: list[dict[str, Any]] = party.target.call("POST", "/api/pulls", asked)
    for one in pulled:
        if not one["ok"]:
            raise Refused(one["code"], one["detail"])
    return [one["item"] for one in pulled]
