"""What a contract means for others: exclusive use of a dataset, taken when it is made and given back when it ends."""

from __future__ import annotations

from connector.contract_books import EXCLUSIVE_USES, ExclusiveUse
from connector.odrl.policy import Policy
from connector.odrl.terms import is_exclusive
from connector.ports import Transaction
from connector.records import ASSETS, Agreement
from connector.services.usage.circumstances import dataset_version


def take(tx: Transaction, agreement: Agreement, policy: Policy) -> None:
    """Before a contract of ours as provider is kept: note the version that it covers, and who may use it alone."""
    if agreement.role != "provider":
        return
    agreement.dataset_version = dataset_version(tx.get(ASSETS, agreement.dataset_id))
    if is_exclusive(policy):
        held = ExclusiveUse(id=agreement.dataset_id, consumer=agreement.consumer, agreement_id=agreement.id)
        tx.put(EXCLUSIVE_USES, held)


def release(tx: Transaction, agreement_id: str) -> None:
    """A contract ended: whatever it kept for one partner alone is free again."""
    for held in tx.find(EXCLUSIVE_USES, {"agreement_id": agreement_id}):
        tx.remove(EXCLUSIVE_USES, held.id)
