"""Whether a use is allowed: policies compiled once, decided with facts about now; tokens that stand for a contract."""

from __future__ import annotations

import contextlib
import hashlib
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal
from urllib.parse import urlencode

from connector.notation.exact_json import encode
from connector.notation.findings import Finding
from connector.notation.problems import Problem, Refused, Unauthenticated, Unavailable
from connector.odrl import decision, policy
from connector.odrl.comparison import compare, purposes_of
from connector.odrl.decision import Decision, Plan
from connector.odrl.facts import Facts
from connector.odrl.operands import Phase
from connector.odrl.policy import Policy, Profile
from connector.odrl.terms import counts_deliveries, ends_of, usage_end_sentence
from connector.ports import Clock, Reader, Store, Transaction
from connector.records.contracts import DELIVERIES, Deliveries
from connector.records.exchange import ACCESS_TOKENS, AGREEMENTS, TRANSFERS, Agreement, Transfer
from connector.services.identity.counterparties import Counterparties
from connector.services.identity.identity import Counterparty
from connector.services.usage import circumstances

_KEPT_PLANS = 4096
_KEPT_PAIRS = 64
_OWN_NAMES = frozenset({"@id", "target", "assigner", "assignee", "timestamp"})
"""What tells one contract from another under the same policy, and no rule."""
_PARTIES = (b"target", b"assigne", b"assigner")
"""A rule may name the policy's parties, which then count."""
_OPEN_STATES = ("STARTING", "STARTED")


@dataclass(frozen=True, slots=True)
class _Compiled:
    policy: Policy
    plan: Plan
    wire: dict[str, Any] | None
    """As it is sent; None where the protocol cannot carry it."""
    key: bytes
    compared: dict[bytes, list[Finding]] = field(default_factory=dict)
    """What it changes of others, by their keys."""


class Policies:
    """Parsed and compiled policies by their rules as written; bounded, the least recently used goes first."""

    def __init__(self, contexts: Mapping[str, Any], profile: Profile = "catena-x") -> None:
        self._contexts = contexts
        self._profile = profile
        self._kept: OrderedDict[bytes, _Compiled] = OrderedDict()

    def parse(self, document: Mapping[str, Any], kind: Literal["access", "usage"] | None = None) -> Policy:
        """The policy in `document`; raises Invalid with findings."""
        return policy.parse(dict(document), kind=kind, contexts=self._contexts)

    def decide(self, document: Mapping[str, Any], facts: Facts, phase: Phase) -> Decision:
        """Decide `document` for `facts` in `phase`."""
        return self._compiled(document).plan.decide(facts, phase)

    def misses(self, document: Mapping[str, Any], facts: Facts, phase: Phase) -> list[Decision]:
        """Everything in `document` that does not hold for `facts` in `phase`."""
        return decision.misses(self._compiled(document).plan, facts, phase)

    def digest(self, document: Mapping[str, Any]) -> str:
        """The digest of the canonical form of `document`: equal for two spellings."""
        return self._compiled(document).plan.digest

    @property
    def profile(self) -> Profile:
        """Whose rules policies follow here."""
        return self._profile

    def policy(self, document: Mapping[str, Any]) -> Policy:
        """The parsed rules of `document`, from the cache; its id, parties and time may be those of another contract."""
        return self._compiled(document).policy

    def wire(self, document: Mapping[str, Any]) -> dict[str, Any]:
        """Profile and rules of `document` as they are sent. Raises Invalid, Unprocessable."""
        compiled = self._compiled(document)
        return dict(compiled.wire) if compiled.wire is not None else policy.wire(compiled.policy)

    def differences(self, offered: Mapping[str, Any], requested: Mapping[str, Any]) -> list[Finding]:
        """What `requested` changes of `offered`, see `odrl.comparison.compare`."""
        mine, theirs = self._compiled(offered), self._compiled(requested)
        found = theirs.compared.get(mine.key)
        if found is None:
            if len(theirs.compared) >= _KEPT_PAIRS:
                theirs.compared.clear()
            found = theirs.compared[mine.key] = compare(mine.policy, theirs.policy)
        return found

    def _compiled(self, document: Mapping[str, Any]) -> _Compiled:
        key = _key(document)
        kept = self._kept.get(key)
        if kept is None:
            kept = self._kept[key] = self._compile(document, key)
            if len(self._kept) > _KEPT_PLANS:
                self._kept.popitem(last=False)
        else:
            with contextlib.suppress(KeyError):  # the writer's thread may have let it go just now
                self._kept.move_to_end(key)
        return kept

    def _compile(self, document: Mapping[str, Any], key: bytes) -> _Compiled:
        parsed = self.parse(document)
        plan = decision.compile(parsed, profile=self._profile)
        try:
            wire = policy.wire(parsed)
        except Problem:
            wire = None
        return _Compiled(parsed, plan, wire, key)


def _key(document: Mapping[str, Any]) -> bytes:
    """What two documents share that mean the same rules in the same spelling, whatever contract they are part of."""
    rules = {name: value for name, value in document.items() if name not in _OWN_NAMES or not isinstance(value, str)}
    key = encode(rules)
    return encode(document) if any(name in key for name in _PARTIES) else key


@dataclass(frozen=True, slots=True)
class Grant:
    """A request on data that was let through, and what it stands on; `told` is what the audit log says of it.

    `is_counted`: it took one of a limited number of deliveries, and is in the audit log already.
    """

    transfer: Transfer
    agreement: Agreement
    counterparty: Counterparty
    told: Mapping[str, Any] = field(default_factory=dict)
    is_counted: bool = False


class Usage:
    """Decides each use of data under a contract, at the moment of the use."""

    def __init__(self, *, counterparties: Counterparties, clock: Clock, store: Store, policies: Policies) -> None:
        self._counterparties = counterparties
        self._clock = clock
        self._store = store
        self._policies = policies

    async def admit(
        self, authorization: str | None, stated_purposes: frozenset[str] = frozenset(), *, pull_id: str = ""
    ) -> Grant:
        """Let a request on the data plane through. Raises Unauthenticated, or Refused with the reason (audited).

        `stated_purposes` are what the request says it is for; where it says nothing, what the transfer was asked for,
        else the agreement's are assumed, and the log says so. Under a contract that limits deliveries, deciding and
        counting are one transaction: no two requests take the same one.
        """
        token = hash_token(bare_token(authorization))
        transfer, agreement, expired = await self._store.read(lambda reader: _held(reader, token, self._clock.now()))
        if expired:
            raise Unauthenticated("usage/token-expired", "the token has expired: refresh it, or request a new transfer")
        stated = stated_purposes or frozenset(transfer.purposes)
        return await self._admitted(transfer, agreement, stated, pull_id)

    def stated(self, agreement: Agreement, purposes: Sequence[str] = ()) -> list[str]:
        """What we say that we want data for: `purposes`, by default all that the contract grants.

        Raises Refused (`odrl/purpose-not-granted`) at our own gate: another purpose never leaves the house.
        """
        granted = purposes_of(self._policies.policy(agreement.policy))
        beyond = sorted(set(purposes) - granted) if granted else []
        if beyond:
            said = f"UsagePurpose: granted is {', '.join(sorted(granted))}, asked for is {', '.join(beyond)}"
            verdict = Decision(False, "odrl/purpose-not-granted", operand="UsagePurpose", sentence=said)
            raise refusal(verdict, agreement.dataset_id, agreement.provider)
        return list(dict.fromkeys(purposes)) or sorted(granted)

    async def admit_push(self, transfer_id: str) -> Grant:
        """Let a push go out. Raises Refused with the reason (audited)."""

        def look(reader: Reader) -> tuple[Transfer, Agreement]:
            transfer = reader.need(TRANSFERS, transfer_id)
            return transfer, reader.need(AGREEMENTS, transfer.agreement_id)

        transfer, agreement = await self._store.read(look)
        return await self._admitted(transfer, agreement, frozenset(transfer.purposes))

    async def _admitted(
        self, transfer: Transfer, agreement: Agreement, stated_purposes: frozenset[str], pull_id: str = ""
    ) -> Grant:
        named = {"pullId": pull_id} if pull_id else {}
        if transfer.state not in _OPEN_STATES:
            sentence = f"the transfer is {transfer.state}, not STARTED"
            await self.note(transfer, agreement, "usage/transfer-closed", sentence, {"outcome": "refused", **named})
            raise Refused("usage/transfer-closed", sentence)
        try:
            counterparty = await self._counterparties.facts_of(transfer.counterparty)
        except Unavailable:
            raise
        except Problem as problem:
            await self.note(transfer, agreement, problem.code, problem.detail, {"outcome": "refused", **named})
            raise Refused(problem.code, problem.detail) from problem

        def judge(reader: Reader) -> tuple[Decision, dict[str, Any]]:
            current = reader.need(AGREEMENTS, agreement.id)
            verdict = self.decide(reader, current, counterparty, Phase.REQUEST, stated_purposes)
            told = self.told(verdict, current, counterparty, Phase.REQUEST, stated_purposes)
            return verdict, {**told, **named}

        def count(tx: Transaction) -> tuple[Decision, dict[str, Any]]:
            verdict, told = judge(tx)
            if verdict.permitted:
                made = circumstances.deliveries(tx, agreement.id) + 1
                tx.put(DELIVERIES, Deliveries(id=agreement.id, made=made))
                detail = {"transfer": transfer.id, **told, "delivery": made}
                tx.audit("usage.permitted", agreement.id, detail, actor=counterparty.did)
            return verdict, told

        is_counted = counts_deliveries(self._policies.policy(agreement.policy))
        verdict, told = await (self._store.write(count) if is_counted else self._store.read(judge))
        if not verdict.permitted:
            await self.note(transfer, agreement, verdict.code, verdict.sentence, told)
            raise Refused(verdict.code, verdict.sentence)
        return Grant(transfer, agreement, counterparty, told, is_counted)

    async def give_back(self, grant: Grant, why: str) -> None:
        """A counted delivery brought nothing: it does not count."""
        if not grant.is_counted:
            return

        def take_back(tx: Transaction) -> None:
            made = circumstances.deliveries(tx, grant.agreement.id)
            tx.put(DELIVERIES, Deliveries(id=grant.agreement.id, made=max(0, made - 1)))
            tx.audit("usage.given-back", grant.agreement.id, {"transfer": grant.transfer.id, "reason": why})

        await self._store.write(take_back)

    def decide(
        self,
        reader: Reader,
        agreement: Agreement,
        counterparty: Counterparty,
        phase: Phase,
        stated: frozenset[str] = frozenset(),
        *,
        uses: frozenset[str] = frozenset(),
        recipient: str = "",
    ) -> Decision:
        """Decide by the agreement in force, now, with what the books of `reader` say of it.

        `uses` and `recipient` (a BPNL) are what is asked of data that are held (`odrl.facts.USES`).
        """
        over = self.over(agreement)
        if over is not None and agreement.ended_at is not None:
            return over
        policy = self._policies.policy(agreement.policy)
        reached = circumstances.recipient_of(reader, recipient)
        asked = circumstances.with_request(
            counterparty.facts, stated or purposes_of(policy), uses=uses, recipient=reached
        )
        facts = circumstances.under(reader, asked, agreement, policy)
        return self._policies.decide(agreement.policy, facts, phase)

    def over(self, agreement: Agreement) -> Decision | None:
        """Why a contract is over, by somebody's word or by its own date; None while it is in force."""
        if agreement.ended_at is not None:
            code = agreement.ended_code or "usage/agreement-ended"
            return Decision(False, code, sentence=f"the contract has ended: {agreement.ended_reason}")
        policy = self._policies.policy(agreement.policy)
        end = ends_of(policy, agreement.signed_at, self._policies.profile).usage
        if end is None or self._clock.now() <= end:
            return None
        return Decision(False, "odrl/usage-ended", sentence=usage_end_sentence(policy, end))

    def told(
        self,
        verdict: Decision,
        agreement: Agreement,
        counterparty: Counterparty,
        phase: Phase,
        stated: frozenset[str] = frozenset(),
    ) -> dict[str, Any]:
        """What the audit log says of a decision: contract, policy digest, credentials, purposes, outcome."""
        purposes = stated or purposes_of(self._policies.policy(agreement.policy))
        said = {
            "agreementId": agreement.id,
            "policy": self._policies.digest(agreement.policy),
            "credentials": credentials_of(counterparty.facts),
            "phase": phase.value,
            "outcome": verdict.outcome,
            "operand": verdict.operand,
            "purposes": sorted(purposes),
            "purposesAssumed": not stated,
        }
        return {name: value for name, value in said.items() if value not in ("", [], False)}

    async def note(
        self, transfer: Transfer, agreement: Agreement, code: str, sentence: str, told: Mapping[str, Any] | None = None
    ) -> None:
        """Write a refused use to the audit log, durable before the answer, with where it can be tried again."""
        detail = {
            "agreementId": agreement.id,
            "transfer": transfer.id,
            **(told or {"outcome": "refused"}),
            "code": code,
            "reason": sentence,
            "dryRun": dry_run(agreement.dataset_id, transfer.counterparty),
        }
        await self._store.write(lambda tx: tx.audit("usage.refused", agreement.id, detail, actor=transfer.counterparty))


def credentials_of(facts: Facts) -> list[str]:
    """The ids of the credentials that facts rest on."""
    held = (facts.bpn, facts.membership, facts.dismantler, *facts.framework_agreements.values())
    return sorted({fact.source for fact in held if fact is not None and fact.source})


def dry_run(dataset_id: str, partner: str, *, definition_id: str = "") -> str:
    """The address on the management listener that says whether a partner sees a dataset, and where it fails."""
    named = {"definition": definition_id} if definition_id else {"dataset": dataset_id}
    return f"/api/dry-run?{urlencode({**named, 'partner': partner})}"


def refusal(verdict: Decision, dataset_id: str, partner: str) -> Refused:
    """A refusal by our own gate, with where on the management listener it can be tried again."""
    problem = Refused(verdict.code, verdict.sentence)
    problem.dry_run = dry_run(dataset_id, partner)
    return problem


def bare_token(authorization: str | None) -> str:
    """The token of an Authorization header, raw or after `Bearer `. Raises Unauthenticated."""
    token = (authorization or "").strip()
    if token[:7].lower() in ("bearer ", "bearer"):
        token = token[7:].strip()
    if not token:
        raise Unauthenticated("usage/token-missing", "the request needs the token of the data address in Authorization")
    return token


def hash_token(token: str) -> str:
    """What is kept of a token."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def _held(reader: Reader, token: str, now: datetime) -> tuple[Transfer, Agreement, bool]:
    record = reader.get(ACCESS_TOKENS, token)
    if record is None or record.kind != "access":
        raise Unauthenticated("usage/token-unknown", "the token is not known here")
    transfer, agreement = reader.need(TRANSFERS, record.transfer_id), reader.need(AGREEMENTS, record.agreement_id)
    return transfer, agreement, record.expires_at <= now
