"""A contract made anew before it ends: the same dataset, on the partner's offer of now that comes closest."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from connector.notation.problems import Conflict, Problem, Refused, Unknown
from connector.odrl.comparison import purposes_of
from connector.ports import Reader, Store, Transaction
from connector.records.exchange import AGREEMENTS, NEGOTIATIONS, Agreement, Negotiation
from connector.services.catalog.partners import Partners
from connector.services.exchange.negotiations import Negotiations
from connector.services.usage.usage import Policies


@dataclass(frozen=True, slots=True)
class Renewal:
    """The negotiation of a new contract; `is_same`: under the very policy of the old one."""

    negotiation: Negotiation
    is_same: bool


class Renewals:
    """Asks for contracts anew; the old one goes on until its own end."""

    def __init__(self, *, store: Store, policies: Policies, partners: Partners, negotiations: Negotiations) -> None:
        self._store = store
        self._policies = policies
        self._partners = partners
        self._negotiations = negotiations

    async def renew(self, agreement_id: str, *, actor: str) -> Renewal:
        """Ask for it. Raises Unknown, Conflict (`agreement/role`), Refused (`agreement/other-terms`) where the partner
        offers the dataset no longer for these purposes."""
        old, known = await self._store.read(lambda reader: _old(reader, agreement_id))
        if old.role != "consumer":
            raise Conflict("agreement/role", "we are the provider: the consumer asks for a new contract")
        address = known or await self._partners.address_of(old.provider)
        _, entry = await self._partners.dataset(old.provider, address, old.dataset_id)
        wanted, purposes = self._policies.digest(old.policy), purposes_of(self._policies.policy(old.policy))
        readable = [(offer, self._digest(offer)) for offer in entry.offers]
        same = next((offer for offer, digest in readable if digest == wanted), None)
        near = (offer for offer, digest in readable if digest and purposes <= purposes_of(self._policies.policy(offer)))
        offer = same or next(near, None)
        if offer is None:
            said = (
                f"{old.provider} offers {old.dataset_id!r} no longer for {', '.join(sorted(purposes)) or 'any purpose'}"
            )
            raise Refused("agreement/other-terms", said)
        record = await self._negotiations.request(
            counterparty=old.provider,
            counterparty_address=address,
            offer={**offer, "target": old.dataset_id},
            actor=actor,
            also=lambda tx, own_pid: _note(tx, own_pid, old, actor),
        )
        return Renewal(record, same is not None)

    def _digest(self, offer: Mapping[str, Any]) -> str:
        try:
            return self._policies.digest(offer)
        except Problem:
            return ""


def _note(tx: Transaction, own_pid: str, old: Agreement, actor: str) -> None:
    tx.audit("agreement.renewal-asked", old.id, {"negotiation": own_pid}, actor=actor)


def _old(reader: Reader, agreement_id: str) -> tuple[Agreement, str]:
    record = reader.get(AGREEMENTS, agreement_id)
    if record is None:
        raise Unknown("agreement/unknown", f"there is no agreement {agreement_id!r}")
    negotiation = reader.get(NEGOTIATIONS, record.negotiation_id) if record.negotiation_id else None
    return record, negotiation.counterparty_address if negotiation is not None else ""
