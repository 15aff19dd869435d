"""Whether a use is allowed: policies compiled once, decided with facts about now; tokens that stand for a contract."""

from __future__ import annotations

import contextlib
import hashlib
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from connector.notation.digests import digest
from connector.notation.problems import Problem, Refused, Unauthenticated, Unavailable
from connector.odrl import decision, policy
from connector.odrl.comparison import purposes_of
from connector.odrl.decision import Decision, Plan
from connector.odrl.facts import Facts
from connector.odrl.operands import Phase
from connector.odrl.policy import Policy, Profile
from connector.ports import Clock, Reader, Store
from connector.records import ACCESS_TOKENS, AGREEMENTS, TRANSFERS, Agreement, Transfer
from connector.services.identity.counterparties import Counterparties
from connector.services.identity.identity import Counterparty, with_purposes

_KEPT_PLANS = 4096
_OPEN_STATES = ("STARTING", "STARTED")


@dataclass(frozen=True, slots=True)
class _Compiled:
    policy: Policy
    plan: Plan


class Policies:
    """Parsed and compiled policies by digest of their document; bounded, the least recently used goes first."""

    def __init__(self, contexts: Mapping[str, Any], profile: Profile = "catena-x") -> None:
        self._contexts = contexts
        self._profile = profile
        self._kept: OrderedDict[str, _Compiled] = OrderedDict()

    def parse(self, document: Mapping[str, Any], kind: Literal["access", "usage"] | None = None) -> Policy:
        """The policy in `document`; raises Invalid with findings."""
        return policy.parse(dict(document), kind=kind, contexts=self._contexts)

    def decide(self, document: Mapping[str, Any], facts: Facts, phase: Phase) -> Decision:
        """Decide `document` for `facts` in `phase`."""
        return self._compiled(document).plan.decide(facts, phase)

    def policy(self, document: Mapping[str, Any]) -> Policy:
        """The parsed policy of `document`, from the cache."""
        return self._compiled(document).policy

    def _compiled(self, document: Mapping[str, Any]) -> _Compiled:
        key = digest(document)
        kept = self._kept.get(key)
        if kept is None:
            parsed = self.parse(document)
            kept = self._kept[key] = _Compiled(parsed, decision.compile(parsed, profile=self._profile))
            if len(self._kept) > _KEPT_PLANS:
                self._kept.popitem(last=False)
        else:
            with contextlib.suppress(KeyError):  # the writer's thread may have let it go just now
                self._kept.move_to_end(key)
        return kept


@dataclass(frozen=True, slots=True)
class Grant:
    """A request on data that was let through, and what it stands on."""

    transfer: Transfer
    agreement: Agreement
    counterparty: Counterparty


class Usage:
    """Decides each use of data under a contract, at the moment of the use."""

    def __init__(self, *, counterparties: Counterparties, clock: Clock, store: Store, policies: Policies) -> None:
        self._counterparties = counterparties
        self._clock = clock
        self._store = store
        self._policies = policies

    async def admit(self, authorization: str | None, stated_purposes: frozenset[str] = frozenset()) -> Grant:
        """Let a request on the data plane through. Raises Unauthenticated, or Refused with the reason (audited).

        `stated_purposes` are what the request says it is for; where it says nothing, the agreement's are assumed.
        """
        token = hash_token(bare_token(authorization))
        transfer, agreement, expired = await self._store.read(lambda reader: _held(reader, token, self._clock.now()))
        if expired:
            raise Unauthenticated("usage/token-expired", "the token has expired: refresh it, or request a new transfer")
        if transfer.state not in _OPEN_STATES:
            sentence = f"the transfer is {transfer.state}, not STARTED"
            await self.note(transfer, agreement, "usage/transfer-closed", sentence)
            raise Refused("usage/transfer-closed", sentence)
        try:
            counterparty = await self._counterparties.facts_of(transfer.counterparty)
        except Unavailable:
            raise
        except Problem as problem:
            await self.note(transfer, agreement, problem.code, problem.detail)
            raise Refused(problem.code, problem.detail) from problem
        verdict = self.decide(agreement, counterparty, Phase.REQUEST, stated_purposes)
        if not verdict.permitted:
            await self.note(transfer, agreement, verdict.code, verdict.sentence)
            raise Refused(verdict.code, verdict.sentence)
        return Grant(transfer, agreement, counterparty)

    def decide(
        self, agreement: Agreement, counterparty: Counterparty, phase: Phase, stated: frozenset[str] = frozenset()
    ) -> Decision:
        """Decide by the agreement in force, now."""
        if agreement.ended_at is not None:
            return Decision(
                False, "usage/agreement-ended", sentence=f"the contract has ended: {agreement.ended_reason}"
            )
        purposes = stated or purposes_of(self._policies.policy(agreement.policy))
        facts = with_purposes(counterparty.facts, purposes, agreement.signed_at)
        return self._policies.decide(agreement.policy, facts, phase)

    async def note(self, transfer: Transfer, agreement: Agreement, code: str, sentence: str) -> None:
        """Write a refused use to the audit log, durable before the answer."""
        detail = {"agreementId": agreement.id, "transfer": transfer.id, "code": code, "reason": sentence}
        await self._store.write(lambda tx: tx.audit("usage.refused", agreement.id, detail, actor=transfer.counterparty))


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
