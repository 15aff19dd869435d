"""What a decision needs to know beside credentials: counts, versions, other contracts, acceptances, groups, recipients.

All of it is read in the transaction that decides, so that what was decided on is what is kept.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from connector.odrl.facts import Facts, Recipient
from connector.odrl.policy import Policy, digest
from connector.odrl.terms import is_exclusive, legal_terms
from connector.ports import Reader
from connector.records.contracts import ACCEPTANCES, AFFILIATES, DELIVERIES, EXCLUSIVE_USES, GROUP_MEMBERS
from connector.records.exchange import AGREEMENTS, Agreement
from connector.records.offers import ASSETS, Asset

_VERSION: Final = ("https://w3id.org/catenax/ontology/common#version", "cx-common:version", "version")
_MODEL: Final = (
    "https://admin-shell.io/aas/3.0/HasSemantics/semanticId",
    "aas-semantics:semanticId",
    "semanticId",
)
_MODEL_URN: Final = re.compile(r"(?P<name>.*?)(?P<version>[0-9]+(?:\.[0-9]+)*)(?P<rest>#.*)?", re.ASCII)


def with_request(
    facts: Facts,
    purposes: frozenset[str] | None,
    *,
    uses: frozenset[str] = frozenset(),
    recipient: Recipient | None = None,
) -> Facts:
    """The facts of a participant with what it asks for."""
    return replace(facts, purposes=purposes, uses=uses, recipient=recipient)


def under(reader: Reader, facts: Facts, agreement: Agreement, policy: Policy) -> Facts:
    """The facts of a participant with what our books say of the contract that it uses.

    Other contracts are counted only where the policy asks for them: there may be thousands on one dataset.
    """
    holders = other_holders(reader, agreement.dataset_id, agreement.consumer) if is_exclusive(policy) else None
    return replace(
        facts,
        agreement_signed_at=agreement.signed_at,
        deliveries=deliveries(reader, agreement.id),
        version_change=version_change(reader, agreement),
        other_holders=holders,
        terms_accepted=is_accepted(reader, agreement, policy),
        groups=groups(reader, facts),
    )


def before(reader: Reader, facts: Facts, policy: Policy, dataset_id: str, consumer: str) -> Facts:
    """The facts of a participant that asks for a contract of this policy on a dataset."""
    holders = other_holders(reader, dataset_id, consumer) if is_exclusive(policy) else None
    return replace(facts, other_holders=holders, groups=groups(reader, facts))


def deliveries(reader: Reader, agreement_id: str) -> int:
    """How many requests were served under a contract; counted only where it limits them."""
    kept = reader.get(DELIVERIES, agreement_id)
    return kept.made if kept is not None else 0


def is_accepted(reader: Reader, agreement: Agreement, policy: Policy) -> bool:
    """Whether a person of our side accepted the legal terms; a provider stands by the terms that it offered."""
    if agreement.role == "provider" or not legal_terms(policy):
        return True
    subjects = tuple({agreement.id, agreement.negotiation_id} - {""})
    wanted = digest(policy)
    return any(each.policy_digest == wanted for each in reader.find(ACCEPTANCES, {"subject": subjects}))


def other_holders(reader: Reader, dataset_id: str, consumer: str) -> frozenset[str]:
    """Who else holds a contract in force on a dataset of ours."""
    held = reader.find(AGREEMENTS, {"dataset_id": dataset_id}, limit=1_000_000)
    return frozenset(
        each.consumer
        for each in held
        if each.role == "provider" and each.ended_at is None and each.consumer != consumer
    )


def exclusive_holder(reader: Reader, dataset_id: str) -> str:
    """Who alone may use a dataset, or empty."""
    held = reader.get(EXCLUSIVE_USES, dataset_id)
    return held.consumer if held is not None else ""


def groups(reader: Reader, facts: Facts) -> frozenset[str]:
    """The groups of ours that a participant is in now, by its business partner number."""
    if facts.bpn is None:
        return frozenset()
    return groups_at(reader, str(facts.bpn.value), facts.now)


def in_groups(reader: Reader, facts: Facts) -> Facts:
    """The facts of a participant with the groups of ours that it is in now."""
    found = groups(reader, facts)
    return replace(facts, groups=found) if found else facts


def groups_at(reader: Reader, bpn: str, moment: datetime) -> frozenset[str]:
    """The groups that a partner was in at a moment."""
    found = reader.find(GROUP_MEMBERS, {"bpn": bpn}, limit=1_000_000)
    return frozenset(
        each.group for each in found if each.since <= moment and (each.until is None or moment < each.until)
    )


def recipient_of(reader: Reader, bpn: str) -> Recipient | None:
    """What our registry knows of a company; None where none is named."""
    if not bpn:
        return None
    known = reader.get(AFFILIATES, bpn)
    return Recipient(bpn) if known is None else Recipient(bpn, known.region, known.relation)


def dataset_version(asset: Asset | None) -> dict[str, str]:
    """The version of an asset's API and of its aspect model, as far as its properties say them."""
    if asset is None:
        return {}
    said = {"api": _property(asset.properties, _VERSION), "model": _property(asset.properties, _MODEL)}
    return {name: value for name, value in said.items() if value}


def version_change(reader: Reader, agreement: Agreement) -> str:
    """How the dataset of a contract of ours changed since it was signed: none, minor or major.

    Of a dataset that is gone nothing is said: there is nothing to deliver, which is told as that.
    """
    asset = reader.get(ASSETS, agreement.dataset_id) if agreement.role == "provider" else None
    if asset is None:
        return "none"
    now = dataset_version(asset)
    found = {_change(said, now.get(name, "")) for name, said in agreement.dataset_version.items()}
    return next((each for each in ("major", "minor") if each in found), "none")


def _change(before_: str, now: str) -> str:
    """Between two spellings of a version, a bare one or one within a URN."""
    if before_ == now:
        return "none"
    one, other = _MODEL_URN.fullmatch(before_), _MODEL_URN.fullmatch(now)
    if one is None or other is None or (one["name"], one["rest"]) != (other["name"], other["rest"]):
        return "major"
    first, second = (match["version"].partition(".")[0] for match in (one, other))
    return "minor" if int(first) == int(second) else "major"


def _property(properties: Mapping[str, Any], names: tuple[str, ...]) -> str:
    for name in names:
        value = properties.get(name)
        if isinstance(value, Mapping):
            value = value.get("@id") or value.get("@value")
        if isinstance(value, str) and value:
            return value
    return ""
