"""The terms of a contract: whether an offer can be kept, what it changes of another, and why a request is refused."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from connector.dsp.reading import Message
from connector.notation.findings import Finding
from connector.notation.problems import Invalid, Problem
from connector.odrl.comparison import purposes_of
from connector.odrl.decision import Decision
from connector.odrl.operands import Phase
from connector.odrl.policy import Policy
from connector.ports import Reader, Transaction
from connector.records.exchange import Agreement, Negotiation
from connector.services.identity.identity import Counterparty
from connector.services.usage import circumstances, holding
from connector.services.usage.accept_list import listed
from connector.services.usage.export import ExportGate
from connector.services.usage.usage import Policies


@dataclass(frozen=True, slots=True)
class Reason:
    """Why something ended: a code for machines, sentences for people."""

    code: str
    sentences: tuple[str, ...]


class Terms:
    """Judges terms by the policies that this node can keep; `own` is its participant id."""

    def __init__(self, policies: Policies, own: str, export: ExportGate | None = None) -> None:
        self._export = export
        self._policies = policies
        self._own = own

    def rules(self, document: Mapping[str, Any]) -> dict[str, Any]:
        """Profile and rules of a policy, as they are sent. Raises Invalid (`odrl/...`)."""
        return self._policies.wire(document)

    def check_offer(self, offer: Mapping[str, Any]) -> None:
        """A contract whose policy this node cannot keep is not asked for. Raises Invalid."""
        for member in ("@id", "target"):
            if not isinstance(offer.get(member), str) or not offer[member]:
                raise Invalid(
                    "negotiation/offer", f"the offer needs {member!r}, as the catalog shows it", pointer=f"/{member}"
                )
        self._policies.policy(offer)

    def counter(self, record: Negotiation, offer: Mapping[str, Any]) -> dict[str, Any]:
        """A counter-offer in a negotiation: about the same dataset, under the same id where it names none."""
        terms = {"@id": record.offer.get("@id"), "target": record.dataset_id, **offer}
        if terms["target"] != record.dataset_id:
            raise Invalid(
                "negotiation/target", f"this negotiation is about {record.dataset_id!r}", pointer="/offer/target"
            )
        self.check_offer(terms)
        return terms

    def objection(
        self, reader: Reader, record: Negotiation, offered: Mapping[str, Any], counterparty: Counterparty
    ) -> Reason | None:
        """Why a request is not agreed to; None where it asks for what is offered and policy permits it."""
        try:
            requested = self._policies.policy(record.offer)
            differences = self.differences(offered, record.offer)
        except Problem as problem:
            return Reason(problem.code, (problem.detail,))
        target = record.offer.get("target")
        if target not in (None, record.dataset_id):
            return Reason("negotiation/target", (f"the offer is about {record.dataset_id!r}, not about {target!r}",))
        if differences:
            return Reason(differences[0].code, tuple(finding.message for finding in differences))
        holder = circumstances.exclusive_holder(reader, record.dataset_id)
        if holder not in ("", counterparty.did):
            return Reason("negotiation/exclusive", ("another partner has the exclusive use of this dataset",))
        asked = circumstances.with_request(counterparty.facts, purposes_of(requested))
        terms = self._policies.policy(offered)
        facts = circumstances.before(reader, asked, terms, record.dataset_id, counterparty.did)
        decision = self._policies.decide(offered, facts, Phase.OFFER)
        if not decision.permitted:
            return Reason(decision.code, (decision.sentence,))
        return self._not_exported(reader, record.dataset_id, counterparty)

    def _not_exported(self, reader: Reader, dataset_id: str, counterparty: Counterparty) -> Reason | None:
        """Why export control lets nothing of a dataset go to this partner."""
        if self._export is None:
            return None
        verdict = self._export.judge(reader, dataset_id, counterparty.did, counterparty.bpn).verdict
        return None if verdict.permitted else Reason(verdict.code, (f"export control: {verdict.sentence}",))

    def differences(self, offered: Mapping[str, Any], requested: Mapping[str, Any]) -> list[Finding]:
        """What `requested` changes of `offered`; asking for less is no difference."""
        findings = self._policies.differences(offered, requested)
        return [finding for finding in findings if finding.severity == "error"]

    def policy(self, document: Mapping[str, Any]) -> Policy:
        """The policy of an offer or agreement. Raises Invalid."""
        return self._policies.policy(document)

    def is_listed(self, reader: Reader, document: Mapping[str, Any]) -> bool:
        """Whether a person put this policy on the accept-list."""
        return listed(reader, self._policies.digest(document)) is not None

    def digest(self, document: Mapping[str, Any]) -> str:
        """What both sides compare: the digest of the canonical form."""
        return self._policies.digest(document)

    def take(self, tx: Transaction, agreement: Agreement) -> None:
        """Note with a new contract what follows from it: its end, and what it keeps from others."""
        holding.take(tx, agreement, self._policies.policy(agreement.policy), self._policies.profile)

    def own_judgement(self, reader: Reader, agreement: Agreement, own: Counterparty) -> Decision:
        """Whether we, as the consumer, can keep to a contract that the provider made, judged by our own credentials."""
        policy = self._policies.policy(agreement.policy)
        asked = circumstances.with_request(own.facts, purposes_of(policy))
        facts = circumstances.under(reader, asked, agreement, policy)
        return self._policies.decide(agreement.policy, facts, Phase.AGREEMENT)

    def check_agreement(self, record: Negotiation, message: Message) -> None:
        """The provider's contract says what was offered, between the two of us. Raises Invalid."""
        agreement = message.agreement or {}
        for member, wanted in (("assigner", record.counterparty), ("assignee", self._own)):
            if agreement.get(member) != wanted:
                found = agreement.get(member)
                raise Invalid(
                    "negotiation/party",
                    f"the agreement's {member} is {found!r}, not {wanted!r}",
                    pointer=f"/agreement/{member}",
                )
        if agreement.get("target") != record.dataset_id:
            raise Invalid("negotiation/target", "the agreement is about another dataset", pointer="/agreement/target")
        findings = self.differences(record.offer, agreement)
        if findings:
            said = "; ".join(finding.message for finding in findings)
            raise Invalid(
                "negotiation/changed-policy",
                f"the agreement's policy is not that of the offer: {said}",
                findings=findings,
            )
