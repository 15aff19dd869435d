"""`/api/export`: how datasets are classified, which routes are open, where partners sit, and what the gate says."""

from __future__ import annotations

from typing import Any, Final, Literal

from pydantic import Field

from connector.export.gate import Verdict
from connector.export.rules import RuleSet
from connector.ports import Clock
from connector.records.export import ExportApproval, ExportedYear, ExportProfile, PartnerSeat
from connector.services.usage.export import ExportGate
from connector.web.api.operations import Call, Form, Instant, Operation

COUNTRY = r"^[A-Z]{2}$"
ClassName = Literal["none", "personal", "sensitive", "important", "core", "unclassified"]


class RuleForm(Form):
    """One rule: where its conditions hold, one of `routes` opens the way."""

    id: str
    says: str
    routes: list[str]
    source: dict[str, str]


class RuleSetForm(Form):
    """A rule set; none claims legal certainty."""

    id: str
    title: str
    as_of: str
    origins: list[str]
    official_schema: bool
    schema_note: str
    note: str
    rules: list[RuleForm]


class ClassifyForm(Form):
    """How a dataset is classified; `elements` maps `<submodel>/<idShortPath>` to a class."""

    dataset: str = Field(min_length=1, max_length=2048, description="id of a dataset, `kind:<type>`, or `*` for others")
    origin: str = Field(pattern=COUNTRY, description="ISO 3166-1 alpha-2")
    data_class: ClassName = Field(description="of everything that `elements` does not name")
    elements: dict[str, ClassName] = Field(default={}, description="single elements")
    persons: int = Field(default=0, ge=0, description="whose personal information it holds")
    sensitive_persons: int = Field(default=0, ge=0)
    critical_operator: bool = False
    legal_basis: str = Field(default="", max_length=2000)


class ProfileForm(ClassifyForm):
    """A profile."""

    actor: str
    recorded_at: Instant


class ApproveForm(Form):
    """An open route; lists that are empty mean any. Without an end it lasts as long as its rule set says."""

    route: Literal["contract", "certificate", "assessment"]
    rule_set: str = Field(min_length=1, max_length=200)
    reference: str = Field(min_length=1, max_length=2000, description="number of the filing, certificate, approval")
    destinations: list[str] = Field(default=[], description="countries")
    partners: list[str] = Field(default=[], description="BPNs, or DIDs where no BPN is known")
    datasets: list[str] = Field(default=[], description="ids of datasets")
    valid_from: Instant | None = None
    valid_until: Instant | None = None


class ApprovalForm(ApproveForm):
    """A route that is open."""

    id: str
    actor: str
    recorded_at: Instant


class SeatForm(Form):
    """Where a partner sits."""

    partner: str = Field(min_length=1, max_length=2048, description="DID or BPN")
    country: str = Field(pattern=COUNTRY)
    source: str = Field(min_length=1, max_length=2000, description="what the entry rests on")


class YearForm(Form):
    """Whose information left in a calendar year by other ways than this node."""

    year: int = Field(ge=2000, le=9999)
    persons: int = Field(default=0, ge=0)
    sensitive_persons: int = Field(default=0, ge=0)


class JudgeQuery(Form):
    """What is judged."""

    dataset: str = Field(min_length=1, max_length=2048)
    partner: str = Field(min_length=1, max_length=2048, description="DID or BPN")


class VerdictForm(Form):
    """What the gate says of one class of data."""

    permitted: bool
    code: str
    sentence: str
    rule_set: str
    rule: str
    routes: list[str]
    route: str
    evidence: str
    source: str


class JudgementForm(Form):
    """What the gate says of a dataset for a partner; `withheld` are elements that it would not get."""

    dataset: str
    partner: str
    destination: str
    profile: str
    verdict: VerdictForm
    withheld: dict[str, VerdictForm]


class ExportApi:
    """Operations of export control."""

    def __init__(self, gate: ExportGate, clock: Clock) -> None:
        self._gate = gate
        self._clock = clock

    def operations(self) -> list[Operation]:
        """What opens or shuts the gate needs `administer`."""
        base = "/api/export"
        profiles, approvals, seats = (f"{base}/{noun}" for noun in ("profiles", "approvals", "seats"))
        shut: Final = "administer"
        return [
            Operation("GET", f"{base}/rules", self._rules, "List rule sets", answers=RuleSetForm, is_list=True),
            Operation("GET", profiles, self._profiles, "List profiles", answers=ProfileForm, is_list=True),
            Operation("POST", profiles, self._classify, "Classify a dataset", shut, ClassifyForm, answers=ProfileForm),
            Operation("GET", approvals, self._approvals, "List open routes", answers=ApprovalForm, is_list=True),
            Operation("POST", approvals, self._approve, "Record a route", shut, ApproveForm, answers=ApprovalForm),
            Operation("DELETE", f"{approvals}/{{id}}", self._withdraw, "Close a route", shut, status=204),
            Operation("GET", seats, self._seats, "List where partners sit", answers=SeatForm, is_list=True),
            Operation("POST", seats, self._seat, "Record where a partner sits", shut, SeatForm, answers=SeatForm),
            Operation("POST", f"{base}/years", self._year, "Record a year's count", shut, YearForm, answers=YearForm),
            Operation("GET", f"{base}/judgement", self._judge, "Ask the gate", query=JudgeQuery, answers=JudgementForm),
        ]

    async def _rules(self, _: Call) -> list[RuleSetForm]:
        return [_rule_set(each) for each in self._gate.rule_sets]

    async def _profiles(self, _: Call) -> list[ProfileForm]:
        return [_profile(each) for each in await self._gate.profiles()]

    async def _classify(self, call: Call) -> ProfileForm:
        said: ClassifyForm = call.body
        record = ExportProfile(
            id=said.dataset,
            origin=said.origin,
            data_class=said.data_class,
            elements=dict(said.elements),
            persons=said.persons,
            sensitive_persons=said.sensitive_persons,
            is_critical_operator=said.critical_operator,
            legal_basis=said.legal_basis,
            actor=call.actor,
            recorded_at=self._clock.now(),
        )
        return _profile(await self._gate.classify(record))

    async def _approvals(self, _: Call) -> list[ApprovalForm]:
        return [_approval(each) for each in await self._gate.approvals()]

    async def _approve(self, call: Call) -> ApprovalForm:
        said: ApproveForm = call.body
        record = ExportApproval(
            id=self._clock.new_id(),
            route=said.route,
            rule_set=said.rule_set,
            reference=said.reference,
            destinations=said.destinations,
            partners=said.partners,
            datasets=said.datasets,
            valid_from=said.valid_from or self._clock.now(),
            valid_until=said.valid_until,
            actor=call.actor,
            recorded_at=self._clock.now(),
        )
        return _approval(await self._gate.approve(record))

    async def _withdraw(self, call: Call) -> None:
        await self._gate.withdraw(call.path["id"], actor=call.actor)

    async def _seats(self, _: Call) -> list[SeatForm]:
        return [SeatForm(partner=one.id, country=one.country, source=one.source) for one in await self._gate.seats()]

    async def _seat(self, call: Call) -> SeatForm:
        said: SeatForm = call.body
        record = PartnerSeat(
            id=said.partner, country=said.country, source=said.source, actor=call.actor, recorded_at=self._clock.now()
        )
        await self._gate.seat(record)
        return said

    async def _year(self, call: Call) -> YearForm:
        said: YearForm = call.body
        record = ExportedYear(
            id=str(said.year),
            persons=said.persons,
            sensitive_persons=said.sensitive_persons,
            actor=call.actor,
            recorded_at=self._clock.now(),
        )
        await self._gate.year(record)
        return said

    async def _judge(self, call: Call) -> JudgementForm:
        asked: JudgeQuery = call.query
        found = await self._gate.look(asked.dataset, asked.partner, asked.partner)
        return JudgementForm(
            dataset=asked.dataset,
            partner=asked.partner,
            destination=found.destination,
            profile=found.profile,
            verdict=_verdict(found.verdict),
            withheld={path: _verdict(verdict) for path, verdict in found.withheld.items()},
        )


def _rule_set(one: RuleSet) -> RuleSetForm:
    return RuleSetForm(
        id=one.id,
        title=one.title,
        as_of=one.as_of,
        origins=sorted(one.origins),
        official_schema=one.has_official_schema,
        schema_note=one.schema_note,
        note=one.note,
        rules=[
            RuleForm(id=rule.id, says=rule.says, routes=list(rule.routes), source=_source(rule)) for rule in one.rules
        ],
    )


def _source(rule: Any) -> dict[str, str]:
    members = ("name", "date", "article", "url", "basis")
    return {name: getattr(rule.source, name) for name in members if getattr(rule.source, name)}


def _profile(one: ExportProfile) -> ProfileForm:
    return ProfileForm.model_validate(
        {
            "dataset": one.id,
            "origin": one.origin,
            "data_class": one.data_class,
            "elements": one.elements,
            "persons": one.persons,
            "sensitive_persons": one.sensitive_persons,
            "critical_operator": one.is_critical_operator,
            "legal_basis": one.legal_basis,
            "actor": one.actor,
            "recorded_at": one.recorded_at,
        }
    )


def _approval(one: ExportApproval) -> ApprovalForm:
    names = ("id", "route", "rule_set", "reference", "destinations", "partners", "datasets")
    members = {name: getattr(one, name) for name in (*names, "valid_from", "valid_until", "actor", "recorded_at")}
    return ApprovalForm.model_validate(members)


def _verdict(one: Verdict) -> VerdictForm:
    return VerdictForm(
        permitted=one.permitted,
        code=one.code,
        sentence=one.sentence,
        rule_set=one.rule_set,
        rule=one.rule,
        routes=list(one.routes),
        route=one.route,
        evidence=one.evidence,
        source=one.source,
    )
