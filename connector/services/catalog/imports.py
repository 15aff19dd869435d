"""Contracts that were made elsewhere by this participant, taken over so that they go on here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from connector.notation.problems import Conflict, Invalid
from connector.odrl import policy as policies_of
from connector.ports import Store, Transaction
from connector.records.exchange import AGREEMENTS, Agreement
from connector.records.offers import ASSETS
from connector.services.identity.identity import Identity
from connector.services.usage import holding
from connector.services.usage.usage import Policies


@dataclass(frozen=True, slots=True)
class Foreign:
    """A contract as another connector kept it; parties are DIDs, or BPNs of the [partners] table or our own."""

    id: str
    provider: str
    consumer: str
    dataset_id: str
    policy: Mapping[str, Any]
    signed_at: datetime


class Imports:
    """Takes contracts over; each is one audit entry of its `actor`."""

    def __init__(self, *, store: Store, identity: Identity, policies: Policies) -> None:
        self._store = store
        self._identity = identity
        self._policies = policies

    async def agreement(self, foreign: Foreign, *, actor: str) -> Agreement:
        """Keep a contract that we are a party of, under its id.

        Raises Invalid (`agreement/party`, `agreement/asset`, `odrl/...`: what this node cannot enforce it does not
        take over), Conflict (`agreement/exists`).
        """
        provider, consumer = self._did(foreign.provider), self._did(foreign.consumer)
        own = self._identity.own.did
        if (provider == own) == (consumer == own):
            said = f"the contract is between {foreign.provider} and {foreign.consumer}; this node is {own}"
            raise Invalid("agreement/party", f"{said}: one of them, not both, must be this node")
        policy = policies_of.wire(self._policies.policy(foreign.policy))

        def keep(tx: Transaction) -> Agreement:
            if tx.get(AGREEMENTS, foreign.id) is not None:
                raise Conflict("agreement/exists", f"there is an agreement {foreign.id!r} already")
            if provider == own and tx.get(ASSETS, foreign.dataset_id) is None:
                raise Invalid("agreement/asset", f"there is no asset {foreign.dataset_id!r}: import it first")
            record = Agreement(
                id=foreign.id,
                negotiation_id="",
                role="provider" if provider == own else "consumer",
                consumer=consumer,
                provider=provider,
                dataset_id=foreign.dataset_id,
                policy=policy,
                signed_at=min(foreign.signed_at, tx.now),
            )
            holding.take(tx, record, self._policies.policy(policy), self._policies.profile)
            tx.add(AGREEMENTS, record)
            detail = {"provider": provider, "consumer": consumer, "dataset": foreign.dataset_id}
            tx.audit("agreement.imported", record.id, detail, actor=actor)
            return record

        return await self._store.write(keep)

    def _did(self, name: str) -> str:
        own = self._identity.own
        if name == own.bpn and own.bpn:
            return own.did
        return next((did for did, bpn in own.partners.items() if bpn == name), name)
