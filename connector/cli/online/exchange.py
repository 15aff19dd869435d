"""What the commands about contracts say to a node: EDC's management calls, and the waiting that follows them."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

from connector.cli.offline import documents
from connector.cli.target import Target, segment
from connector.dsp.vocabulary import PROTOCOL
from connector.notation.digests import digest
from connector.notation.jsonld import as_list, id_of
from connector.notation.problems import Conflict, Invalid, Problem, Unknown
from connector.odrl.comparison import purposes_of
from connector.odrl.policy import parse

V3: Final = "/management/v3"
EDC: Final = {"@vocab": "https://w3id.org/edc/v0.0.1/ns/"}
STEP: Final = 20.0
"""Seconds that one call is held back by the node until something happened."""
_PROTOCOL: Final = {"@context": EDC, "protocol": PROTOCOL}
Json = dict[str, Any]


def catalog(target: Target, partner: str) -> list[Json]:
    """The datasets that `partner` shows to the node, as its catalog writes them."""
    answer = target.call("POST", f"{V3}/catalog/request", {**_PROTOCOL, "counterPartyId": partner})
    return list(_datasets(answer))


def _datasets(answer: Any) -> Iterator[Json]:
    """Datasets of a catalog and of the catalogs within it."""
    found = answer if isinstance(answer, dict) else {}
    for name in ("dataset", "dcat:dataset"):
        yield from (one for one in as_list(found.get(name)) if isinstance(one, dict))
    for name in ("catalog", "dcat:catalog"):
        for inner in as_list(found.get(name)):
            yield from _datasets(inner)


def offers_of(dataset: Json) -> list[Json]:
    """The offers of a dataset, each with its target."""
    found = [*as_list(dataset.get("hasPolicy")), *as_list(dataset.get("odrl:hasPolicy"))]
    return [{**offer, "target": dataset.get("@id")} for offer in found if isinstance(offer, dict)]


def dataset_of(target: Target, partner: str, dataset_id: str) -> Json:
    """One dataset of a partner's catalog. Raises Unknown (`cli/no-dataset`) where it is not shown to us."""
    shown = catalog(target, partner)
    found = next((one for one in shown if one.get("@id") == dataset_id), None)
    if found is None:
        raise Unknown("cli/no-dataset", f"{partner} shows us {len(shown)} datasets, and none of them is {dataset_id}")
    return found


def offer_for(dataset: Json, purpose: str, offer_id: str = "") -> Json:
    """The offer to ask for: the one named, else one for `purpose`, else the first, its purpose exchanged.

    Raises Unknown (`cli/no-offer`), Invalid (`cli/purpose`) where the offer has no purpose that could be exchanged.
    """
    offers = [one for one in offers_of(dataset) if offer_id in ("", one.get("@id"))]
    if not offers:
        raise Unknown("cli/no-offer", f"the dataset {dataset.get('@id')} has no such offer")
    if not purpose:
        return offers[0]
    fitting = next((one for one in offers if purpose in _purposes(one)), None)
    return fitting or _with_purpose(offers[0], purpose)


def _purposes(offer: Json) -> frozenset[str]:
    try:
        return purposes_of(parse(offer)) or frozenset()
    except Problem:
        return frozenset()


def _with_purpose(offer: Json, purpose: str) -> Json:
    changed: list[str] = []
    made = _exchanged(offer, purpose, changed)
    if not changed:
        raise Invalid("cli/purpose", "the offer has no UsagePurpose: leave --purpose out")
    return dict(made)


def _exchanged(value: Any, purpose: str, changed: list[str]) -> Any:
    if isinstance(value, list):
        return [_exchanged(item, purpose, changed) for item in value]
    if not isinstance(value, dict):
        return value
    left = next((id_of(member) for key, member in value.items() if key.endswith("leftOperand")), None)
    if left is None or not left.endswith("UsagePurpose"):
        return {key: _exchanged(member, purpose, changed) for key, member in value.items()}
    changed.append(left)
    return {
        key: ([purpose] if isinstance(member, list) else purpose) if key.endswith("rightOperand") else member
        for key, member in value.items()
    }


def policy_id(target: Target, given: str) -> str:
    """The id of a stored policy; the policy in a `.json` file is stored first, once, under its name and digest."""
    if not given.endswith(".json"):
        return given
    policy = documents.read_object(given)
    name = f"{Path(given).stem}-{digest(policy).removeprefix('sha256:')[:12]}"
    with contextlib.suppress(Conflict):  # the digest in the name says that it is this very policy
        target.call("POST", f"{V3}/policydefinitions", {"@context": EDC, "@id": name, "policy": policy})
    return name


def in_force(target: Target, partner: str, dataset: str, offer: Json) -> Json | None:
    """The newest contract of ours in force on the dataset that grants what the offer is for; None where there is none.

    One that limits deliveries is not used again: what is left of it only the provider knows.
    """
    query: dict[str, Any] = {"partner": partner, "datasetId": dataset, "inForce": "true"}
    with contextlib.suppress(Unknown):
        found = target.call("GET", "/api/agreements", **query)
        wanted = _purposes(offer)
        return next((one for one in found if _is_usable(one) and wanted <= set(one["purposes"])), None)
    return None


def _is_usable(agreement: Json) -> bool:
    return agreement["role"] == "consumer" and "deliveries" not in agreement


def request_contract(target: Target, partner: str, offer: Json) -> str:
    """Ask for a contract; the id of our negotiation."""
    asked = {
        **_PROTOCOL,
        "@type": "ContractRequest",
        "counterPartyId": partner,
        "policy": {**offer, "assigner": partner},
    }
    return str(target.call("POST", f"{V3}/contractnegotiations", asked)["@id"])


def request_transfer(target: Target, agreement: str) -> str:
    """Ask for an HttpData-PULL under a contract; the id of our transfer."""
    asked = {**_PROTOCOL, "@type": "TransferRequest", "contractId": agreement, "transferType": "HttpData-PULL"}
    return str(target.call("POST", f"{V3}/transferprocesses", asked)["@id"])


def settled(target: Target, path: str, is_settled: Callable[[Json], bool], patience: float) -> Json:
    """The process at `path` once it is settled, or as it is when `patience` (seconds) is over."""
    ends = time.monotonic() + patience
    while True:
        left = max(0.0, ends - time.monotonic())
        found: Json = target.call("GET", path, wait=round(min(left, STEP), 3))
        if is_settled(found) or left <= 0.0:
            return found


def negotiated(target: Target, negotiation: str, patience: float) -> Json:
    """A negotiation once it is FINALIZED or TERMINATED."""
    path = f"/api/negotiations/{segment(negotiation)}"
    return settled(target, path, lambda found: bool(found.get("isFinal")), patience)


def started(target: Target, transfer: str, patience: float) -> Json:
    """A transfer once it has started or ended."""
    path = f"/api/transfers/{segment(transfer)}"
    waiting = ("REQUESTING", "REQUESTED", "INITIAL")
    return settled(target, path, lambda found: found.get("state") not in waiting, patience)
