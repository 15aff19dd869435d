"""The consumer's accept-list: policies that a person accepted once for any contract, their legal terms included."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from connector.notation.problems import Unknown
from connector.odrl import policy as policies_of
from connector.ports import Reader, Store, Transaction
from connector.records.contracts import ACCEPTED_POLICIES, AcceptedPolicy
from connector.services.usage.usage import Policies


class AcceptList:
    """Policies by their canonical digest: two spellings of one are one entry."""

    def __init__(self, *, store: Store, policies: Policies) -> None:
        self._store = store
        self._policies = policies

    async def add(self, document: Mapping[str, Any], *, name: str, reason: str, actor: str) -> AcceptedPolicy:
        """Put a policy on the list. Raises Invalid (`odrl/...`) where this node cannot keep it."""
        policy = self._policies.policy(document)
        digest, written = self._policies.digest(document), policies_of.wire(policy)

        def enter(tx: Transaction) -> AcceptedPolicy:
            known = tx.get(ACCEPTED_POLICIES, digest)
            if known is not None:
                return known
            made = AcceptedPolicy(id=digest, name=name, policy=written, actor=actor, accepted_at=tx.now, reason=reason)
            tx.add(ACCEPTED_POLICIES, made)
            tx.audit("policy.accepted", digest, {"name": name, "reason": reason}, actor=actor)
            return made

        return await self._store.write(enter)

    async def remove(self, digest: str, *, actor: str) -> None:
        """Take a policy off the list; contracts that were made go on. Raises Unknown (`policy/not-accepted`)."""

        def strike(tx: Transaction) -> None:
            if not tx.remove(ACCEPTED_POLICIES, digest):
                raise Unknown("policy/not-accepted", f"no policy {digest} is on the accept-list")
            tx.audit("policy.no-longer-accepted", digest, {}, actor=actor)

        await self._store.write(strike)

    async def entries(self) -> list[AcceptedPolicy]:
        """What is on the list, the oldest first."""
        return await self._store.read(lambda reader: reader.find(ACCEPTED_POLICIES, order="accepted_at", limit=100_000))


def listed(reader: Reader, digest: str) -> AcceptedPolicy | None:
    """The entry of a policy's digest, if it is on the list."""
    return reader.get(ACCEPTED_POLICIES, digest)
