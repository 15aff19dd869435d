"""Offers as people read them: what they demand in sentences, and what we lack by our own credentials."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from connector.notation.problems import Problem
from connector.odrl.comparison import purposes_of
from connector.odrl.explain import explain
from connector.odrl.facts import Facts
from connector.odrl.operands import Phase
from connector.services.identity.identity import Identity
from connector.services.usage.usage import Policies


@dataclass(frozen=True, slots=True)
class Weighed:
    """An offer: its sentences, what we lack for it, and why it could not be agreed here at all (empty: it could)."""

    id: str
    explained: tuple[str, ...]
    lacks: tuple[str, ...]
    findings: tuple[str, ...]
    offer: Mapping[str, Any]


class Browsing:
    """Weighs offers by the credentials that this node holds."""

    def __init__(self, *, identity: Identity, policies: Policies) -> None:
        self._identity = identity
        self._policies = policies

    async def own_facts(self) -> Facts:
        """What our own credentials say, for `weigh`."""
        return (await self._identity.own_facts()).facts

    def weigh(self, offer: Mapping[str, Any], facts: Facts) -> Weighed:
        """One offer in any spelling; one that cannot be read says so in `findings`.

        Its purposes are taken as ours and its legal terms as accepted: neither is a matter of credentials.
        """
        name = str(offer.get("@id", ""))
        try:
            policy = self._policies.parse(offer)
            asking = replace(facts, purposes=purposes_of(policy), terms_accepted=True)
            lacks = tuple(each.sentence for each in self._policies.misses(offer, asking, Phase.OFFER))
            return Weighed(name, tuple(explain(policy)), lacks, (), offer)
        except Problem as problem:
            return Weighed(name, (), (), (f"{problem.detail} [{problem.code}]",), offer)
