"""The gate: a class of data from a place of origin to a destination, judged by every rule set of the origin."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from connector.export.rules import Route, Rule, RuleSet, applying

Moment = Literal["publication", "offer", "pull"]
REASONS: Final = {
    "export/permitted": "nothing stands against it",
    "export/destination-unknown": "where the partner sits is not known",
    "export/unclassified": "the data are not classified",
    "export/no-rules": "no rule set knows this place of origin",
    "export/no-rule": "no rule fits this case: what no rule permits is refused",
    "export/route-missing": "the route that the rule asks for is not open",
    "export/refused": "the rule refuses it",
}


@dataclass(frozen=True, slots=True)
class Evidence:
    """That a route is open: a filed contract, a certificate, an assessment; empty sets mean any."""

    id: str
    route: Route
    rule_set: str
    reference: str
    destinations: frozenset[str] = frozenset()
    partners: frozenset[str] = frozenset()
    datasets: frozenset[str] = frozenset()
    valid_from: datetime | None = None
    valid_until: datetime | None = None

    def covers(self, case: Case, rule_set: str) -> bool:
        """Whether it is good for this case now."""
        return (
            self.rule_set == rule_set
            and (not self.destinations or case.destination in self.destinations)
            and (not self.partners or case.partner in self.partners)
            and (not self.datasets or case.dataset in self.datasets)
            and (self.valid_from is None or self.valid_from <= case.now)
            and (self.valid_until is None or case.now < self.valid_until)
        )


@dataclass(frozen=True, slots=True)
class Case:
    """What is judged. `persons` and `sensitive_persons` are those of the calendar year, this delivery included."""

    now: datetime
    dataset: str
    partner: str
    origin: str
    destination: str
    data_class: str
    persons: int = 0
    sensitive_persons: int = 0
    is_critical_operator: bool = False


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a class of data may go, by which rule and route; `evidence` is the reference of what opened it."""

    permitted: bool
    code: str
    sentence: str
    rule_set: str = ""
    rule: str = ""
    routes: tuple[Route, ...] = ()
    route: str = ""
    evidence: str = ""
    source: str = ""


def judge(case: Case, rule_sets: Sequence[RuleSet], evidence: Sequence[Evidence]) -> Verdict:
    """Every rule set of the origin must let it through; the first that does not is the answer."""
    own = applying(rule_sets, case.origin)
    if case.data_class == "unclassified":
        return _no("export/unclassified")
    if not own:
        return _no("export/no-rules")
    if not case.destination:
        return _no("export/destination-unknown")
    found = [_by(each, case, evidence) for each in own]
    return next((each for each in found if not each.permitted), found[0])


def _by(rule_set: RuleSet, case: Case, evidence: Sequence[Evidence]) -> Verdict:
    rule = next((each for each in rule_set.rules if fits(each, case)), None)
    if rule is None:
        return Verdict(False, "export/no-rule", REASONS["export/no-rule"], rule_set.id)
    source = ", ".join(part for part in (rule.source.name, rule.source.article, rule.source.date) if part)
    named = {"rule_set": rule_set.id, "rule": rule.id, "routes": rule.routes, "source": source}
    if "exempt" in rule.routes:
        return Verdict(True, "export/permitted", rule.says, route="exempt", **named)  # type: ignore[arg-type]
    if rule.routes == ("refused",):
        return Verdict(False, "export/refused", rule.says, route="refused", **named)  # type: ignore[arg-type]
    opened = next((one for one in evidence if one.route in rule.routes and one.covers(case, rule_set.id)), None)
    if opened is None:
        asked = " or ".join(rule.routes)
        said = f"{rule.says}: {asked} is needed, and none in force is recorded for {case.destination}"
        return Verdict(False, "export/route-missing", said, **named)  # type: ignore[arg-type]
    said = f"{rule.says}: {opened.route} {opened.reference}"
    return Verdict(True, "export/permitted", said, route=opened.route, evidence=opened.id, **named)  # type: ignore[arg-type]


def fits(rule: Rule, case: Case) -> bool:
    """Whether every condition of a rule holds."""
    return (
        (not rule.classes or case.data_class in rule.classes)
        and (not rule.destination_in or case.destination in rule.destination_in)
        and case.destination not in rule.destination_not_in
        and (rule.critical_operator is None or rule.critical_operator is case.is_critical_operator)
        and rule.persons.holds(case.persons)
        and rule.sensitive_persons.holds(case.sensitive_persons)
    )


def _no(code: str) -> Verdict:
    return Verdict(False, code, REASONS[code])
