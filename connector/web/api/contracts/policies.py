"""`/api/policies`: policies checked, explained and tried out, and the accept-list of those that a person accepted."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any, Literal

from pydantic import Field

from connector.notation.findings import has_errors
from connector.notation.problems import Invalid, Problem
from connector.odrl import policy as policies_of
from connector.odrl.comparison import purposes_of
from connector.odrl.explain import explain
from connector.odrl.operands import Phase
from connector.odrl.policy import Policy, Profile
from connector.odrl.scenario import read_facts, simulate
from connector.odrl.shapes import shacl_findings
from connector.ports import Clock, Library
from connector.records.contracts import AcceptedPolicy
from connector.services.catalog.offers import Offers
from connector.services.usage.accept_list import AcceptList
from connector.services.usage.usage import Policies
from connector.web.api.operations import Call, Form, Instant, Operation

PhaseName = Literal["catalog", "offer", "agreement", "transfer", "request", "after"]


class PolicyForm(Form):
    """A policy, or the id of one that is stored here; `kind` by default as its actions say."""

    policy: dict[str, Any] | None = Field(default=None, description="ODRL in any spelling")
    policy_id: str = Field(default="", max_length=1000, description="a stored policy definition instead")
    kind: Literal["access", "usage"] | None = None
    profile: Literal["catena-x", "open"] | None = Field(default=None, description="default: this node's own")


class CheckForm(PolicyForm):
    """What is checked."""

    shacl: bool = Field(default=False, description="judge the RDF by the SHACL shapes too (slower)")


class SimulateForm(PolicyForm):
    """Who asks, when, with what: `facts` as `ionport policy simulate --facts` has them."""

    facts: dict[str, Any] = Field(default={}, description="at, bpn, membership, frameworkAgreements, purposes, ...")
    phases: list[PhaseName] = Field(default=[], description="default: all six moments")


class CheckedForm(Form):
    """Whether a policy can be used here; every finding names its rule and its JSON pointer."""

    ok: bool
    kind: str
    digest: str
    findings: list[dict[str, Any]]


class ExplainedForm(Form):
    """A policy in sentences."""

    kind: str
    digest: str
    sentences: list[str]


class SimulatedForm(Form):
    """The decision at each moment asked for, and from when on it is another."""

    ok: bool
    answers: list[dict[str, Any]]


class AcceptForm(Form):
    """A policy for the accept-list."""

    policy: dict[str, Any]
    name: str = Field(default="", max_length=200, description="what people call it")
    reason: str = Field(default="", max_length=2000, description="why it is accepted, by which review")


class AcceptedForm(Form):
    """A policy on the accept-list; `digest` is the same for every spelling."""

    digest: str
    name: str
    actor: str
    accepted_at: Instant
    reason: str
    sentences: list[str]
    policy: dict[str, Any]


class PoliciesApi:
    """Operations on policies."""

    def __init__(
        self, *, policies: Policies, offers: Offers, accept_list: AcceptList, library: Library, clock: Clock
    ) -> None:
        self._policies = policies
        self._offers = offers
        self._accept_list = accept_list
        self._library = library
        self._clock = clock

    def operations(self) -> list[Operation]:
        """Trying out needs `read`; what is accepted for the whole participant, `administer`."""
        base, listed = "/api/policies", "/api/accepted-policies"
        return [
            Operation("POST", f"{base}/check", self._check, "Check a policy", "read", CheckForm, answers=CheckedForm),
            Operation(
                "POST", f"{base}/explain", self._explain, "Explain a policy", "read", PolicyForm, answers=ExplainedForm
            ),
            Operation(
                "POST",
                f"{base}/simulate",
                self._simulate,
                "Decide a policy for a participant as described",
                "read",
                SimulateForm,
                answers=SimulatedForm,
            ),
            Operation("GET", listed, self._accepted, "List the accept-list", answers=AcceptedForm, is_list=True),
            Operation(
                "POST",
                listed,
                self._accept,
                "Accept a policy for any contract, its legal terms included",
                "administer",
                AcceptForm,
                answers=AcceptedForm,
                status=201,
            ),
            Operation(
                "DELETE", f"{listed}/{{digest}}", self._strike, "Take a policy off the list", "administer", status=204
            ),
        ]

    async def _document(self, asked: PolicyForm) -> dict[str, Any]:
        if (asked.policy is None) == (not asked.policy_id):
            raise Invalid("http/body", "give either policy or policyId", pointer="/policy")
        return asked.policy if asked.policy is not None else (await self._offers.policy(asked.policy_id)).policy

    def _profile(self, asked: PolicyForm) -> Profile:
        return asked.profile or self._policies.profile

    async def _check(self, call: Call) -> CheckedForm:
        asked: CheckForm = call.body
        document = await self._document(asked)
        try:
            policy = self._policies.parse(document, asked.kind)
        except Problem as problem:
            found = [finding.as_dict() for finding in problem.findings] or [
                {"code": problem.code, "message": problem.detail, "pointer": problem.pointer, "severity": "error"}
            ]
            return CheckedForm(ok=False, kind=asked.kind or "", digest="", findings=found)
        findings = list(policies_of.check(policy, profile=self._profile(asked)))
        if asked.shacl:
            shapes = self._library.text("policies/shapes.ttl")
            findings += await asyncio.to_thread(shacl_findings, document, shapes)
        told = [finding.as_dict() for finding in findings]
        return CheckedForm(
            ok=not has_errors(findings), kind=policy.kind, digest=policies_of.digest(policy), findings=told
        )

    async def _explain(self, call: Call) -> ExplainedForm:
        asked: PolicyForm = call.body
        policy = self._policies.parse(await self._document(asked), asked.kind)
        return ExplainedForm(kind=policy.kind, digest=policies_of.digest(policy), sentences=explain(policy))

    async def _simulate(self, call: Call) -> SimulatedForm:
        asked: SimulateForm = call.body
        policy = self._policies.parse(await self._document(asked), asked.kind)
        phases = tuple(Phase(name) for name in asked.phases) or tuple(Phase)
        found = simulate(policy, self._facts(asked.facts, policy), phases, profile=self._profile(asked))
        is_permitted = all(answer.decision.permitted for answer in found)
        return SimulatedForm(ok=is_permitted, answers=[answer.as_dict() for answer in found])

    def _facts(self, said: dict[str, Any], policy: Policy) -> Any:
        """As the command has it: what is not said of books that are empty is as at the first request."""
        start = {"deliveries": 0, "versionChange": "none", "otherHolders": [], "termsAccepted": True}
        facts = read_facts({**start, **said}, self._clock.now().replace(microsecond=0))
        return replace(
            facts,
            purposes=facts.purposes if facts.purposes is not None else purposes_of(policy) or None,
            agreement_signed_at=facts.agreement_signed_at or facts.now,
        )

    async def _accepted(self, _: Call) -> list[AcceptedForm]:
        return [self._form(record) for record in await self._accept_list.entries()]

    async def _accept(self, call: Call) -> AcceptedForm:
        said: AcceptForm = call.body
        record = await self._accept_list.add(said.policy, name=said.name, reason=said.reason, actor=call.actor)
        return self._form(record)

    async def _strike(self, call: Call) -> None:
        await self._accept_list.remove(call.path["digest"], actor=call.actor)

    def _form(self, record: AcceptedPolicy) -> AcceptedForm:
        return AcceptedForm(
            digest=record.id,
            name=record.name,
            actor=record.actor,
            accepted_at=record.accepted_at,
            reason=record.reason,
            sentences=explain(self._policies.policy(record.policy)),
            policy=record.policy,
        )
