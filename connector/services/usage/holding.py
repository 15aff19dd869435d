"""What is noted when a contract is made, and given back when it ends: its end, the version covered, exclusive use."""

from __future__ import annotations

from connector.odrl.policy import Policy, Profile
from connector.odrl.terms import ends_of, is_exclusive
from connector.ports import Transaction
from connector.records.contracts import CONTRACT_ENDS, EXCLUSIVE_USES, ContractEnd, ExclusiveUse
from connector.records.exchange import Agreement
from connector.records.offers import ASSETS
from connector.services.usage.circumstances import dataset_version


def take(tx: Transaction, agreement: Agreement, policy: Policy, profile: Profile) -> None:
    """Before a contract is kept: note when it ends; as its provider, the version that it covers and exclusive use."""
    end = ends_of(policy, agreement.signed_at, profile).usage
    if end is not None:
        tx.put(CONTRACT_ENDS, ContractEnd(id=agreement.id, due=end))
    if agreement.role != "provider":
        return
    agreement.dataset_version = dataset_version(tx.get(ASSETS, agreement.dataset_id))
    if is_exclusive(policy):
        held = ExclusiveUse(id=agreement.dataset_id, consumer=agreement.consumer, agreement_id=agreement.id)
        tx.put(EXCLUSIVE_USES, held)


def due_now(tx: Transaction, agreement_id: str, *, is_to_tell: bool) -> None:
    """What follows the end of a contract is due at once, in this transaction's time."""
    tx.put(CONTRACT_ENDS, ContractEnd(id=agreement_id, due=tx.now, is_to_tell=is_to_tell))


def forget(tx: Transaction, agreement_id: str) -> None:
    """A contract that never came to be leaves nothing behind."""
    release(tx, agreement_id)
    tx.remove(CONTRACT_ENDS, agreement_id)


def release(tx: Transaction, agreement_id: str) -> None:
    """A contract ended: whatever it kept for one partner alone is free again."""
    for held in tx.find(EXCLUSIVE_USES, {"agreement_id": agreement_id}):
        tx.remove(EXCLUSIVE_USES, held.id)
