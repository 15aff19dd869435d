"""Contracts as people read them: parties, terms in sentences, digests, who accepted what, what is owed and missing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Literal

from connector.notation.findings import Finding
from connector.notation.problems import Conflict, Refused, Unknown
from connector.odrl.comparison import purposes_of
from connector.odrl.explain import explain, sentence_of
from connector.odrl.terms import counts_deliveries, deletes, ends_of, legal_terms
from connector.ports import Clock, Reader, Store, Transaction
from connector.records.contracts import (
    ACCEPTANCES,
    DELETION_RECEIPTS,
    DELIVERIES,
    INVENTORY,
    Acceptance,
    DeletionReceipt,
)
from connector.records.exchange import AGREEMENTS, NEGOTIATIONS, TRANSFERS, Agreement, Transfer
from connector.services.exchange.behaviour import Step
from connector.services.exchange.negotiations import Negotiations
from connector.services.identity.identity import Identity
from connector.services.usage.acceptance import MACHINE, accept, needs_one
from connector.services.usage.usage import Policies, Usage

State = Literal["in force", "ended", "being negotiated"]
Receipt = Literal["none", "expected", "missing", "made", "sent", "received"]
_ALL: Final = 1_000_000
_OPEN: Final = ("REQUESTED", "STARTING", "STARTED", "SUSPENDED")
_UNSUPPORTED: Final = "agreement/unsupported-by-peer"


@dataclass(frozen=True, slots=True)
class Party:
    """Who signed, and its business partner number where it is known."""

    did: str
    bpn: str = ""


@dataclass(frozen=True, slots=True)
class Sheet:
    """All that is known of one contract; `usage_ends` and `provisioning_ends`: None means never."""

    record: Agreement
    state: State
    provider: Party
    consumer: Party
    policy_digest: str
    sentences: Sequence[str]
    legal_terms: Sequence[str]
    needs_acceptance: bool
    acceptances: Sequence[Acceptance]
    purposes: Sequence[str]
    usage_ends: datetime | None
    provisioning_ends: datetime | None
    deliveries: int | None
    is_deleted_at_end: bool
    receipt: Receipt
    transfers: Sequence[Transfer]
    items: int
    findings: Sequence[Finding] = field(default_factory=tuple)


class AgreementBook:
    """Reads the contracts of this node, and takes what a person decides on them."""

    def __init__(
        self,
        *,
        identity: Identity,
        store: Store,
        policies: Policies,
        usage: Usage,
        negotiations: Negotiations,
        clock: Clock,
    ) -> None:
        self._identity = identity
        self._store = store
        self._policies = policies
        self._usage = usage
        self._negotiations = negotiations
        self._clock = clock

    async def show(self, agreement_id: str) -> Sheet:
        """Raises Unknown (`agreement/unknown`)."""
        return await self._store.read(lambda reader: self._sheet(reader, _need(reader, agreement_id)))

    async def sheets(
        self,
        *,
        partner: str = "",
        dataset_id: str = "",
        purpose: str = "",
        is_in_force: bool = False,
        limit: int = 100,
        offset: int = 0,
    ) -> list[Sheet]:
        """Contracts, the newest first; `purpose` leaves those that grant it."""
        where: dict[Any, Any] = {"dataset_id": dataset_id} if dataset_id else {}

        def fits(sheet: Sheet) -> bool:
            return (
                partner in ("", sheet.provider.did, sheet.consumer.did, sheet.provider.bpn, sheet.consumer.bpn)
                and (not purpose or purpose in sheet.purposes)
                and (not is_in_force or sheet.state == "in force")
            )

        def look(reader: Reader) -> list[Sheet]:
            found: list[Sheet] = []
            skipped = start = 0
            while len(found) < limit:
                batch = reader.find(AGREEMENTS, where, order="signed_at", descending=True, limit=200, offset=start)
                for sheet in (self._sheet(reader, each, is_short=True) for each in batch):
                    if not fits(sheet):
                        continue
                    skipped += 1
                    if skipped > offset and len(found) < limit:
                        found.append(sheet)
                start += len(batch)
                if len(batch) < 200:
                    break
            return found

        return await self._store.read(look)

    async def accept(self, agreement_id: str, *, actor: str) -> Sheet:
        """A person accepts the legal terms of a contract; a negotiation that waited for it goes on.

        Raises Unknown, Conflict (`agreement/no-terms`, `agreement/retired`), Refused (`agreement/person`).
        """
        if actor == MACHINE:
            raise Refused("agreement/person", "legal terms are accepted by a person: use a named management key")

        def note(tx: Transaction) -> tuple[Agreement, bool]:
            agreement = _need(tx, agreement_id)
            if agreement.ended_at is not None:
                raise Conflict("agreement/retired", f"the agreement has ended: {agreement.ended_reason}")
            policy = self._policies.policy(agreement.policy)
            needs_one(policy)
            accept(tx, self._clock.new_id(), agreement.id, policy, actor)
            waiting = tx.get(NEGOTIATIONS, agreement.negotiation_id)
            is_waiting = waiting is not None and (waiting.role, waiting.state) == ("consumer", "AGREED")
            return agreement, is_waiting

        agreement, is_waiting = await self._store.write(note)
        if is_waiting:
            await self._negotiations.decide(agreement.negotiation_id, Step("verify"), actor=actor)
        return await self.show(agreement_id)

    # --- one contract

    def _sheet(self, reader: Reader, record: Agreement, *, is_short: bool = False) -> Sheet:
        policy = self._policies.policy(record.policy)
        ends = ends_of(policy, record.signed_at, self._policies.profile)
        terms = [sentence_of(each) for each in legal_terms(policy)]
        named = self._policies.digest(record.policy)
        subjects = tuple({record.id, record.negotiation_id} - {""})
        accepted = [each for each in reader.find(ACCEPTANCES, {"subject": subjects}) if each.policy_digest == named]
        receipt = _receipt(
            reader.get(DELETION_RECEIPTS, record.id), record, is_owed=deletes(policy, self._policies.profile)
        )
        kept = reader.get(DELIVERIES, record.id)
        return Sheet(
            record=record,
            state=self._state(reader, record),
            provider=self._party(record.provider),
            consumer=self._party(record.consumer),
            policy_digest=named,
            sentences=[] if is_short else explain(policy),
            legal_terms=terms,
            needs_acceptance=bool(terms) and record.role == "consumer" and not accepted,
            acceptances=accepted,
            purposes=sorted(purposes_of(policy) or ()),
            usage_ends=ends.usage,
            provisioning_ends=ends.provisioning,
            deliveries=(kept.made if kept else 0) if counts_deliveries(policy) else None,
            is_deleted_at_end=deletes(policy, self._policies.profile),
            receipt=receipt,
            transfers=[] if is_short else reader.find(TRANSFERS, {"agreement_id": record.id}, limit=1000),
            items=0 if is_short else reader.count(INVENTORY, {"agreement_id": record.id}),
            findings=[] if is_short else _findings(reader, record, receipt, bool(terms) and not accepted),
        )

    def _state(self, reader: Reader, record: Agreement) -> State:
        if self._usage.over(record) is not None:
            return "ended"
        negotiation = reader.get(NEGOTIATIONS, record.negotiation_id) if record.negotiation_id else None
        is_final = negotiation is None or negotiation.state in ("FINALIZING", "FINALIZED")
        return "in force" if is_final else "being negotiated"

    def _party(self, did: str) -> Party:
        own = self._identity.own
        return Party(did, own.bpn if did == own.did else own.partners.get(did, ""))


def _need(reader: Reader, agreement_id: str) -> Agreement:
    record = reader.get(AGREEMENTS, agreement_id)
    if record is None:
        raise Unknown("agreement/unknown", f"there is no agreement {agreement_id!r}")
    return record


def _receipt(known: DeletionReceipt | None, record: Agreement, *, is_owed: bool) -> Receipt:
    if known is None:
        return "none"
    if known.role == "made":
        return "sent" if known.told_at is not None else "made"
    if known.jwt:
        return "received"
    return "missing" if known.missing_since is not None else "expected"


def _findings(reader: Reader, record: Agreement, receipt: Receipt, is_unaccepted: bool) -> list[Finding]:
    """What somebody should look at: a receipt that did not come, a partner that cannot be told, terms not accepted."""
    found = []
    if receipt == "missing":
        said = "the contract has ended, its data were to be deleted, and the partner sent no receipt"
        found.append(Finding("agreement/receipt-missing", said, "", "error"))
    entries = reader.audit_entries(subject=record.id, limit=_ALL)
    if any(each.detail.get("code") == _UNSUPPORTED for each in entries):
        said = "the partner's node takes no notices about contracts: it learns of the end from its transfers only"
        found.append(Finding(_UNSUPPORTED, said, "", "warning"))
    if record.role == "consumer" and is_unaccepted:
        said = "the contract has legal terms that nobody accepted: `ionport agreement accept`"
        found.append(Finding("odrl/terms-not-accepted", said, "", "warning"))
    return found
