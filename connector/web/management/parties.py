"""Whom a request is about: the counterparty's DID from its DID or BPN, and its address where none is given."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from connector.notation.jsonld import as_list
from connector.notation.problems import Invalid
from connector.odrl import policy as policies_of
from connector.ports import Egress
from connector.services.catalog.partners import Partners
from connector.services.usage.usage import Policies
from connector.web.management.forms import Members, unwrapped

VERSION_SUFFIX = "/2025-1"


@dataclass(frozen=True, slots=True)
class ContractRequest:
    """A request for a contract, ready for `Negotiations.request`."""

    counterparty: str
    address: str
    offer: dict[str, Any]
    callbacks: list[dict[str, Any]]


class Parties:
    """Reads counterparties out of requests."""

    def __init__(
        self,
        *,
        partners: Partners,
        policies: Policies,
        egress: Egress,
        backends: Egress,
        bpns: Mapping[str, str],
        any_name: bool = False,
    ) -> None:
        """`bpns` is the partners table: DID -> BPN. With `any_name` a participant needs no DID (mock identity).

        `egress` says which partners may be called, `backends` which callback addresses.
        """
        self._egress = egress
        self._backends = backends
        self._any_name = any_name
        self._partners = partners
        self._policies = policies
        self._dids = {bpn: did for did, bpn in bpns.items()}

    def did_of(self, name: str) -> str:
        """The DID of a counterparty that is named by DID or by a BPN of the partners table. Raises Invalid."""
        if name.startswith("did:"):
            return name
        if name in self._dids:
            return self._dids[name]
        if self._any_name:
            return name
        detail = f"{name[:200]!r} is no DID, and no BPN of the [partners] table: give the counterparty's DID"
        raise Invalid("management/counterparty", detail, pointer="/counterPartyId")

    async def address_of(self, did: str) -> str:
        """The base of a participant's 2025-1 endpoints, looked up. Raises PeerFailed, Unauthenticated, Invalid."""
        return await self._partners.address_of(did)

    async def counterparty(self, members: Members) -> tuple[str, str]:
        """DID and address of the counterparty in a request. Raises Invalid (`management/...`)."""
        members.check_protocol()
        name = members.text("counterPartyId") or members.need("counterPartyId", "the DID of the counterparty")
        did = self.did_of(name)
        return did, self.address(members) or await self.address_of(did)

    def address(self, members: Members) -> str | None:
        """The counterPartyAddress, where there is one and it may be called. Raises Invalid (`egress/...`)."""
        found = members.address()
        if found is not None:
            self._egress.check(found, members.pointer("counterPartyAddress"))
        return found

    async def contract_request(self, members: Members) -> ContractRequest:
        """EDC's ContractRequest: the offer in any spelling; the assigner stands for a missing counterPartyId."""
        members.check_protocol()
        offer = self._offer(members)
        name = members.text("counterPartyId") or members.text("providerId") or str(offer.get("assigner") or "")
        if not name:
            members.need("counterPartyId", "the DID of the counterparty")
        did = self.did_of(name)
        assigner = offer.get("assigner")
        if assigner and self.did_of(assigner) != did:
            detail = f"the offer's assigner is {assigner}, the counterparty {did}"
            raise Invalid("management/counterparty", detail, pointer="/policy/assigner")
        address = self.address(members) or await self.address_of(did)
        return ContractRequest(did, address, offer, self.callbacks(members))

    def callbacks(self, members: Members) -> list[dict[str, Any]]:
        """EDC's callbackAddresses, each one that may be called."""
        found = _callback_addresses(members)
        for one in found:
            self._backends.check(one["uri"], members.pointer("callbackAddresses"))
        return found

    def _offer(self, members: Members) -> dict[str, Any]:
        """The offer in standard form, its rules as they were meant."""
        parsed = self._policies.parse(members.document("policy"))
        for member, value in (("@id", parsed.id), ("target", parsed.target)):
            if not value:
                detail = f"the policy needs {member}, as the catalog shows it"
                raise Invalid("management/missing", detail, pointer=f"/policy/{member}")
        offer = {"@id": parsed.id, "@type": "Offer", "target": parsed.target, **policies_of.wire(parsed)}
        return {**offer, "assigner": parsed.assigner} if parsed.assigner else offer


def _callback_addresses(members: Members) -> list[dict[str, Any]]:
    """EDC's callbackAddresses. Raises Invalid where one is no http(s) address or names a secret (no vault here)."""
    found = []
    for item in members.objects("callbackAddresses"):
        item.refuse("authKey", "authCodeId")
        uri = item.address("uri")
        if uri is None:
            raise Invalid("management/missing", "uri is missing: whom to call back", pointer=item.pointer())
        events = as_list(unwrapped(item.plain().get("events")))
        if not all(isinstance(event, str) for event in events):
            raise Invalid("management/type", "events are texts, as contract.negotiation", pointer=item.pointer())
        is_transactional = item.plain().get("transactional") in (True, "true")
        found.append({"uri": uri, "events": events, "transactional": is_transactional})
    return found
