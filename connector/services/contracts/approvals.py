"""The approval queue: what waits for a person of ours to say yes or no, with what is on the table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from connector.notation.problems import Conflict, Problem, Refused, Unknown
from connector.odrl.explain import explain
from connector.ports import Reader, Store
from connector.records.exchange import AGREEMENTS, NEGOTIATIONS, Negotiation
from connector.services.catalog.catalog import Catalog
from connector.services.exchange.behaviour import Step
from connector.services.exchange.negotiations import Negotiations
from connector.services.exchange.terms import Terms
from connector.services.identity.counterparties import Counterparties
from connector.services.usage.usage import dry_run

ACTIONS: Final[Mapping[tuple[str, str], str]] = {
    ("provider", "REQUESTED"): "agree",
    ("consumer", "OFFERED"): "accept",
    ("consumer", "AGREED"): "verify",
}
"""(our role, state) of a negotiation that waits for us -> what a yes does."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """One negotiation in the queue; `objection` is what our own rule would say against it, empty where nothing."""

    record: Negotiation
    action: str
    sentences: Sequence[str]
    objection: str = ""


class Approvals:
    """What waits, and what is decided on it."""

    def __init__(
        self,
        *,
        store: Store,
        negotiations: Negotiations,
        catalog: Catalog,
        counterparties: Counterparties,
        terms: Terms,
    ) -> None:
        self._store = store
        self._negotiations = negotiations
        self._catalog = catalog
        self._counterparties = counterparties
        self._terms = terms

    async def waiting(self) -> list[Waiting]:
        """The queue, the oldest first."""
        found = await self._store.read(_waiting)
        return [await self._shown(record) for record in found]

    async def _shown(self, record: Negotiation) -> Waiting:
        document = await self._store.read(lambda reader: _on_the_table(reader, record))
        objection = await self._objection(record)
        return Waiting(record, ACTIONS[record.role, record.state], explain(self._terms.policy(document)), objection)

    async def _objection(self, record: Negotiation) -> str:
        """Why the rule would refuse a partner's request at this moment."""
        if record.role != "provider":
            return ""
        try:
            asking = await self._counterparties.look_at(record.counterparty)
            offered = await self._store.read(
                lambda reader: self._catalog.offered_for(reader, record.dataset_id, asking)
            )
            reason = await self._store.read(
                lambda reader: self._terms.objection(reader, record, offered.policy, asking)
            )
        except Problem as problem:
            return f"{problem.detail} [{problem.code}]"
        return f"{'; '.join(reason.sentences)} [{reason.code}]" if reason is not None else ""

    async def approve(self, own_pid: str, *, actor: str, is_forced: bool = False) -> Negotiation:
        """Say yes. Raises Unknown, Conflict (`approval/not-waiting`), Refused (`approval/objection`) where the partner
        may not have the contract at this moment, by our own policy, and nobody insists."""
        record = await self._need(own_pid)
        objection = "" if is_forced else await self._objection(record)
        if objection:
            refused = Refused(
                "approval/objection", f"our own policy says no: {objection}; counter, reject, or force it"
            )
            refused.dry_run = dry_run(record.dataset_id, record.counterparty)
            raise refused
        step = Step(ACTIONS[record.role, record.state])
        return await self._negotiations.decide(own_pid, step, actor=actor)

    async def reject(self, own_pid: str, reason: str, *, actor: str) -> Negotiation:
        """Say no; the partner reads the reason. Raises Unknown, Conflict (`approval/not-waiting`)."""
        await self._need(own_pid)
        step = Step("terminate", code="negotiation/rejected", reasons=(reason or "rejected by a person",))
        return await self._negotiations.decide(own_pid, step, actor=actor)

    async def _need(self, own_pid: str) -> Negotiation:
        record = await self._store.read(lambda reader: reader.get(NEGOTIATIONS, own_pid))
        if record is None:
            raise Unknown("negotiation/unknown", f"there is no negotiation {own_pid!r}")
        if (record.role, record.state) not in ACTIONS or record.planned is not None:
            raise Conflict("approval/not-waiting", f"the negotiation is {record.state}: it does not wait for us")
        return record


def _waiting(reader: Reader) -> list[Negotiation]:
    states = tuple({state for _, state in ACTIONS})
    found = reader.find(NEGOTIATIONS, {"state": states}, order="created_at", limit=10_000)
    return [each for each in found if (each.role, each.state) in ACTIONS and each.planned is None]


def _on_the_table(reader: Reader, record: Negotiation) -> Mapping[str, object]:
    """The terms that wait for a yes: those of the agreement where there is one."""
    agreement = reader.get(AGREEMENTS, record.agreement_id) if record.state == "AGREED" else None
    return agreement.policy if agreement is not None else record.offer
