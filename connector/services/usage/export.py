"""Export control at work: the gate before publication, offer and each pull, and the elements that it withholds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from connector.export import gate
from connector.export.gate import Case, Evidence, Moment, Verdict
from connector.export.rules import CLASSES, RuleSet
from connector.notation.problems import Conflict, Invalid, Unknown
from connector.ports import Clock, Reader, Store, Transaction
from connector.records.export import (
    EXPORT_APPROVALS,
    EXPORT_PROFILES,
    EXPORTED_YEARS,
    PARTNER_SEATS,
    ExportApproval,
    ExportedYear,
    ExportProfile,
    PartnerSeat,
)
from connector.records.offers import ASSETS

ANY: Final = "*"
_ALL: Final = 100_000
NOT_CONTROLLED: Final = Verdict(True, "export/permitted", "no profile classifies this dataset")


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the gate says of a dataset for a partner; `withheld` are elements, each with the verdict against it."""

    verdict: Verdict
    withheld: Mapping[str, Verdict]
    profile: str = ""
    destination: str = ""

    def told(self) -> dict[str, Any]:
        """What the audit log says of it; nothing where nothing is controlled."""
        if not self.profile:
            return {}
        said = {
            "profile": self.profile,
            "destination": self.destination,
            "ruleSet": self.verdict.rule_set,
            "rule": self.verdict.rule,
            "route": self.verdict.route,
            "evidence": self.verdict.evidence,
            "withheld": sorted(self.withheld),
        }
        return {"export": {name: value for name, value in said.items() if value}}


class ExportGate:
    """Judges by rule sets, profiles and approvals; `is_required`: what has no profile is not exported at all."""

    def __init__(self, *, store: Store, clock: Clock, rule_sets: Sequence[RuleSet], is_required: bool = False) -> None:
        self._store = store
        self._clock = clock
        self.rule_sets = tuple(rule_sets)
        self._is_required = is_required

    def judge(
        self, reader: Reader, dataset_id: str, partner: str, bpn: str = "", at: datetime | None = None
    ) -> Judgement:
        """What may go to this partner of this dataset, now or `at` a moment."""
        profile = _profile(reader, dataset_id)
        if profile is None:
            return (
                Judgement(gate.judge(self._unclassified(dataset_id), self.rule_sets, ()), {}, "none")
                if (self._is_required)
                else Judgement(NOT_CONTROLLED, {})
            )
        now = at or self._clock.now()
        destination = _seat(reader, partner, bpn)
        year = reader.get(EXPORTED_YEARS, str(now.year))
        evidence = [_evidence(each) for each in reader.find(EXPORT_APPROVALS, limit=_ALL)]

        def of(data_class: str) -> Verdict:
            case = Case(
                now=now,
                dataset=dataset_id,
                partner=bpn or partner,
                origin=profile.origin,
                destination=destination,
                data_class=data_class,
                persons=profile.persons + (year.persons if year else 0),
                sensitive_persons=profile.sensitive_persons + (year.sensitive_persons if year else 0),
                is_critical_operator=profile.is_critical_operator,
            )
            return gate.judge(case, self.rule_sets, evidence)

        judged = {path: of(data_class) for path, data_class in sorted(profile.elements.items())}
        withheld = {path: verdict for path, verdict in judged.items() if not verdict.permitted}
        return Judgement(of(profile.data_class), withheld, profile.id, destination)

    def _unclassified(self, dataset_id: str) -> Case:
        return Case(self._clock.now(), dataset_id, "", "", "", "unclassified")

    def check_publication(self, reader: Reader, dataset_id: str) -> None:
        """Before a dataset is put on offer: it is classified wholly, under rules of its origin. Raises Conflict."""
        profile = _profile(reader, dataset_id)
        if profile is None:
            if self._is_required:
                said = f"the dataset {dataset_id!r} has no export profile: `ionport export classify` first"
                raise Conflict("export/unclassified", said)
            return
        classes = {profile.data_class, *profile.elements.values()}
        if "unclassified" in classes:
            raise Conflict("export/unclassified", f"the export profile {profile.id!r} leaves something unclassified")
        if not any(profile.origin in each.origins for each in self.rule_sets):
            raise Conflict("export/no-rules", f"no rule set knows the origin {profile.origin!r} of {profile.id!r}")

    # --- what the operator records

    async def classify(self, profile: ExportProfile) -> ExportProfile:
        """Keep a profile. Raises Invalid (`export/class`, `export/no-rules`)."""
        strange = sorted({profile.data_class, *profile.elements.values()} - set(CLASSES))
        if strange:
            raise Invalid("export/class", f"{strange[0]!r} is no class of data; known: {', '.join(CLASSES)}")
        if not any(profile.origin in each.origins for each in self.rule_sets):
            known = ", ".join(sorted(each.id for each in self.rule_sets))
            raise Invalid("export/no-rules", f"no rule set knows the origin {profile.origin!r}; there are {known}")

        def keep(tx: Transaction) -> ExportProfile:
            profile.recorded_at = tx.now
            tx.put(EXPORT_PROFILES, profile)
            detail: dict[str, Any] = {
                "origin": profile.origin,
                "class": profile.data_class,
                "elements": profile.elements,
            }
            detail |= {"persons": profile.persons, "legalBasis": profile.legal_basis}
            tx.audit("export.classified", profile.id, detail, actor=profile.actor)
            return profile

        return await self._store.write(keep)

    async def approve(self, approval: ExportApproval) -> ExportApproval:
        """Record an open route; without an end it lasts as long as its rule set says. Raises Invalid."""
        rule_set = next((each for each in self.rule_sets if each.id == approval.rule_set), None)
        if rule_set is None:
            known = ", ".join(sorted(each.id for each in self.rule_sets))
            raise Invalid("export/rule-set", f"there is no rule set {approval.rule_set!r}; there are {known}")
        years = (rule_set.valid_years or {}).get(approval.route)
        if approval.valid_until is None and years:
            approval.valid_until = _years_after(approval.valid_from, years)

        def keep(tx: Transaction) -> ExportApproval:
            approval.recorded_at = tx.now
            tx.put(EXPORT_APPROVALS, approval)
            detail = {"route": approval.route, "ruleSet": approval.rule_set, "reference": approval.reference}
            tx.audit("export.approved", approval.id, detail, actor=approval.actor)
            return approval

        return await self._store.write(keep)

    async def withdraw(self, approval_id: str, *, actor: str) -> None:
        """An open route is closed: the next pull is refused. Raises Unknown (`export/approval-unknown`)."""

        def close(tx: Transaction) -> None:
            if not tx.remove(EXPORT_APPROVALS, approval_id):
                raise Unknown("export/approval-unknown", f"there is no approval {approval_id!r}")
            tx.audit("export.withdrawn", approval_id, {}, actor=actor)

        await self._store.write(close)

    async def seat(self, seat: PartnerSeat) -> PartnerSeat:
        """Record where a partner sits."""

        def keep(tx: Transaction) -> PartnerSeat:
            seat.recorded_at = tx.now
            tx.put(PARTNER_SEATS, seat)
            tx.audit("export.seat", seat.id, {"country": seat.country, "source": seat.source}, actor=seat.actor)
            return seat

        return await self._store.write(keep)

    async def year(self, year: ExportedYear) -> ExportedYear:
        """Record whose information left in a year by other ways than this node."""

        def keep(tx: Transaction) -> ExportedYear:
            year.recorded_at = tx.now
            tx.put(EXPORTED_YEARS, year)
            tx.audit(
                "export.year", year.id, {"persons": year.persons, "sensitive": year.sensitive_persons}, actor=year.actor
            )
            return year

        return await self._store.write(keep)

    async def profiles(self) -> list[ExportProfile]:
        """All profiles."""
        return await self._store.read(lambda reader: reader.find(EXPORT_PROFILES, limit=_ALL))

    async def approvals(self) -> list[ExportApproval]:
        """All open routes."""
        return await self._store.read(lambda reader: reader.find(EXPORT_APPROVALS, limit=_ALL))

    async def seats(self) -> list[PartnerSeat]:
        """Where partners sit."""
        return await self._store.read(lambda reader: reader.find(PARTNER_SEATS, limit=_ALL))

    async def look(self, dataset_id: str, partner: str, bpn: str = "") -> Judgement:
        """What the gate would say."""
        return await self._store.read(lambda reader: self.judge(reader, dataset_id, partner, bpn))


def moment_of(judgement: Judgement, moment: Moment) -> dict[str, Any]:
    """The judgement with its moment, for the log."""
    told = judgement.told()
    return {**told, "export": {**told["export"], "moment": moment}} if told else {}


def _profile(reader: Reader, dataset_id: str) -> ExportProfile | None:
    """The profile of a dataset: its own, that of its kind of data address, or that of all others."""
    own = reader.get(EXPORT_PROFILES, dataset_id)
    if own is not None:
        return own
    asset = reader.get(ASSETS, dataset_id)
    kind = str(asset.data_address.get("type", "")) if asset is not None else ""
    return (reader.get(EXPORT_PROFILES, f"kind:{kind}") if kind else None) or reader.get(EXPORT_PROFILES, ANY)


def _seat(reader: Reader, partner: str, bpn: str) -> str:
    found = (reader.get(PARTNER_SEATS, name) for name in (partner, bpn) if name)
    return next((each.country for each in found if each is not None), "")


def _evidence(record: ExportApproval) -> Evidence:
    return Evidence(
        id=record.id,
        route=record.route,
        rule_set=record.rule_set,
        reference=record.reference,
        destinations=frozenset(record.destinations),
        partners=frozenset(record.partners),
        datasets=frozenset(record.datasets),
        valid_from=record.valid_from,
        valid_until=record.valid_until,
    )


def _years_after(moment: datetime, years: int) -> datetime:
    try:
        return moment.replace(year=moment.year + years)
    except ValueError:
        return moment.replace(year=moment.year + years, day=28)
