"""What partners tell each other of contracts beyond the protocol: that one ended, and that its data were deleted.

The protocol has no message after FINALIZED, so these go to the service `IonportContractService` that a partner's DID
document names. A partner without one is not told, which is a finding (`agreement/unsupported-by-peer`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from connector.dcp import did, jws
from connector.notation.exact_json import encode
from connector.notation.problems import Invalid, PeerFailed, Unknown
from connector.ports import Store, Transaction, Transport
from connector.records.contracts import CONTRACT_ENDS, DELETION_RECEIPTS, DeletionReceipt
from connector.records.exchange import AGREEMENTS, Agreement
from connector.services.events import Events
from connector.services.exchange.terms import Terms
from connector.services.identity.counterparties import Counterparties
from connector.services.identity.identity import Identity
from connector.services.usage import holding

CONTRACT_SERVICE: Final = "IonportContractService"
RETIREMENT: Final = "ContractRetirement"
REACTIVATION: Final = "ContractReactivation"
RECEIPT: Final = "DeletionReceipt"
AWAITED: Final = "receipt "
"""Begins the id of the timer that waits for a receipt."""


class Notices:
    """Sends and takes notices about contracts; taking one twice is taking it once."""

    def __init__(
        self,
        *,
        identity: Identity,
        counterparties: Counterparties,
        store: Store,
        transport: Transport,
        events: Events,
        terms: Terms,
    ) -> None:
        self._identity = identity
        self._terms = terms
        self._counterparties = counterparties
        self._store = store
        self._transport = transport
        self._events = events

    async def tell(self, agreement: Agreement, kind: str, said: Mapping[str, Any]) -> bool:
        """Tell the other party; False where it has no service for it. Raises PeerFailed where it does not take it."""
        partner = partner_of(agreement)
        try:
            endpoint = await self._counterparties.service_of(partner, CONTRACT_SERVICE)
        except Unknown:
            return False
        headers = {
            "Content-Type": "application/json",
            "Authorization": self._identity.bare_authorization(partner),
        }
        body = encode({"type": kind, "agreementId": agreement.id, **said})
        answer = await self._transport.send("POST", endpoint, headers=headers, body=body)
        if not answer.is_ok:
            raise PeerFailed("agreement/notice-refused", f"{partner} answered {answer.status} to a {kind}")
        return True

    def receipt(self, agreement: Agreement, digests: list[str], deleted_at: str) -> str:
        """The statement, signed by our key, that the bytes of these digests were deleted."""
        own, signer = self._identity.own.did, self._identity.signer
        claims = {
            "iss": own,
            "aud": agreement.provider,
            "agreementId": agreement.id,
            "datasetId": agreement.dataset_id,
            "deletedAt": deleted_at,
            "digests": digests,
        }
        return jws.sign_jwt({"typ": "JWT", "kid": f"{own}#{signer.key_id}"}, claims, signer.sign)

    async def take(self, authorization: str | None, message: Mapping[str, Any]) -> None:
        """A notice of the other party. Raises Unauthenticated, Unknown (`agreement/unknown`), Invalid."""
        sender = await self._counterparties.participant(authorization)
        agreement_id = str(message.get("agreementId", ""))
        agreement = await self._store.read(lambda reader: reader.get(AGREEMENTS, agreement_id))
        if agreement is None or partner_of(agreement) != sender:
            raise Unknown("agreement/unknown", f"there is no agreement {agreement_id!r} between us")
        match message.get("type"):
            case "ContractRetirement":
                await self._retired(agreement, sender, str(message.get("reason", ""))[:2000])
            case "ContractReactivation":
                await self._reactivated(agreement, sender)
            case "DeletionReceipt":
                await self._deleted(agreement, sender, str(message.get("receipt", "")))
            case other:
                raise Invalid("agreement/notice", f"a notice is {RETIREMENT} or {RECEIPT}, not {str(other)[:80]!r}")

    async def _retired(self, agreement: Agreement, sender: str, reason: str) -> None:
        def end(tx: Transaction) -> Agreement | None:
            record = tx.need(AGREEMENTS, agreement.id)
            if record.ended_at is not None:
                return None
            record.ended_at, record.ended_reason = tx.now, reason or "retired by the partner"
            tx.put(AGREEMENTS, record)
            holding.release(tx, record.id)
            holding.due_now(tx, record.id, is_to_tell=False)
            tx.audit("agreement.retired", record.id, {"reason": record.ended_reason}, actor=sender)
            return record

        ended = await self._store.write(end)
        if ended is not None:
            self._events.publish("agreement.retired", ended.id, ended)

    async def _reactivated(self, agreement: Agreement, sender: str) -> None:
        """Whoever ended a contract takes it up again; what was deleted stays deleted."""

        def take_up(tx: Transaction) -> None:
            record = tx.need(AGREEMENTS, agreement.id)
            if record.ended_at is None:
                return
            record.ended_at, record.ended_reason, record.ended_code = None, "", ""
            tx.remove(CONTRACT_ENDS, record.id)
            self._terms.take(tx, record)
            tx.put(AGREEMENTS, record)
            tx.audit("agreement.reactivated", record.id, {}, actor=sender)

        await self._store.write(take_up)
        self._events.publish("agreement.reactivated", agreement.id)

    async def _deleted(self, agreement: Agreement, sender: str, receipt: str) -> None:
        """Keep a receipt whose signature is the consumer's and whose claims are about this contract."""
        header, _ = jws.peek(receipt)
        key = did.key_for(await self._counterparties.document(sender), str(header.get("kid", "")), "assertionMethod")
        claims = jws.verify(receipt, key)
        digests = claims.get("digests")
        is_ours = claims.get("agreementId") == agreement.id and claims.get("iss") == sender
        if not is_ours or not isinstance(digests, list) or not all(isinstance(each, str) for each in digests):
            raise Invalid("agreement/receipt", "the receipt is not about this contract", pointer="/receipt")

        def keep(tx: Transaction) -> None:
            known = tx.get(DELETION_RECEIPTS, agreement.id)
            if known is not None and known.jwt == receipt:
                return
            record = DeletionReceipt(
                id=agreement.id, role="received", jwt=receipt, digests=list(digests), since=tx.now, told_at=tx.now
            )
            tx.put(DELETION_RECEIPTS, record)
            tx.remove(CONTRACT_ENDS, f"{AWAITED}{agreement.id}")
            detail = {"agreementId": agreement.id, "digests": digests, "deletedAt": str(claims.get("deletedAt", ""))}
            tx.audit("receipt.received", agreement.id, detail, actor=sender)

        await self._store.write(keep)


def partner_of(agreement: Agreement) -> str:
    """The other party's DID."""
    return agreement.provider if agreement.role == "consumer" else agreement.consumer
