"""A contract that is in force is used again: found by partner, dataset and purpose, before a new one is asked for."""

from __future__ import annotations

from connector.notation.problems import Problem
from connector.odrl.comparison import purposes_of
from connector.odrl.terms import counts_deliveries
from connector.ports import Reader
from connector.records.exchange import AGREEMENTS, NEGOTIATIONS, Agreement
from connector.services.usage.usage import Policies, Usage


def in_force(
    reader: Reader, policies: Policies, usage: Usage, *, provider: str, dataset_id: str, purposes: frozenset[str]
) -> Agreement | None:
    """The newest contract that we hold on a dataset and that grants every one of `purposes`; None where there is none.

    One whose time is over counts as none, and one that limits deliveries too: what is left of it only the provider
    knows.
    """
    where = {"provider": provider, "dataset_id": dataset_id}
    for agreement in reader.find(AGREEMENTS, where, order="signed_at", descending=True):
        negotiation = reader.get(NEGOTIATIONS, agreement.negotiation_id) if agreement.negotiation_id else None
        is_final = negotiation is None or negotiation.state == "FINALIZED"
        if agreement.role != "consumer" or not is_final or usage.over(agreement) is not None:
            continue
        if _serves(policies, agreement, purposes):
            return agreement
    return None


def _serves(policies: Policies, agreement: Agreement, purposes: frozenset[str]) -> bool:
    try:
        policy = policies.policy(agreement.policy)
    except Problem:
        return False
    return purposes <= purposes_of(policy) and not counts_deliveries(policy)
