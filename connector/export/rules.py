"""Rule sets (`policies/export/*.json`): who may get which class of data where, by which route, on whose word.

A rule set is data, not law: every rule names its source and date, and none claims legal certainty.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, get_args

from connector.notation.findings import Finding
from connector.notation.problems import Invalid

DataClass = Literal["none", "personal", "sensitive", "important", "core", "unclassified"]
CLASSES: Final[tuple[DataClass, ...]] = get_args(DataClass)
Route = Literal["exempt", "contract", "certificate", "assessment", "refused"]
ROUTES: Final[tuple[Route, ...]] = get_args(Route)
COUNTS: Final = ("persons", "sensitivePersons")
_CONDITIONS: Final = ("class", "destinationIn", "destinationNotIn", "criticalOperator", *COUNTS)


@dataclass(frozen=True, slots=True)
class Bound:
    """A count: at least `least`, below `below` (None: no end)."""

    least: int = 0
    below: int | None = None

    def holds(self, count: int) -> bool:
        """Whether `count` lies within."""
        return count >= self.least and (self.below is None or count < self.below)


@dataclass(frozen=True, slots=True)
class Source:
    """Where a rule comes from; `basis` says how far it was looked up."""

    name: str
    date: str
    article: str = ""
    url: str = ""
    basis: str = ""


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: where every condition holds, one of `routes` opens the way. The first one that fits decides."""

    id: str
    routes: tuple[Route, ...]
    says: str
    source: Source
    classes: frozenset[str] = frozenset()
    destination_in: frozenset[str] = frozenset()
    destination_not_in: frozenset[str] = frozenset()
    critical_operator: bool | None = None
    persons: Bound = Bound()
    sensitive_persons: Bound = Bound()


@dataclass(frozen=True, slots=True)
class RuleSet:
    """The rules of one place of origin; `valid_years` is how long evidence of a route lasts where it says no end."""

    id: str
    title: str
    as_of: str
    origins: frozenset[str]
    rules: tuple[Rule, ...]
    note: str = ""
    schema_note: str = ""
    has_official_schema: bool = False
    valid_years: Mapping[str, int] | None = None


def read(document: Any, name: str = "") -> RuleSet:
    """A rule set from JSON. Raises Invalid (`export/rule-set`) with a finding for each fault."""
    findings: list[Finding] = []
    if not isinstance(document, Mapping):
        raise Invalid("export/rule-set", f"the rule set {name!r} is no JSON object")
    for member in ("id", "title", "asOf", "origins", "rules"):
        if not document.get(member):
            findings.append(_fault(f"a rule set needs {member!r}", f"/{member}"))
    if document.get("legalCertainty") is not False:
        findings.append(_fault("a rule set must say that it claims no legal certainty", "/legalCertainty"))
    rules = [_rule(each, number, findings) for number, each in enumerate(document.get("rules") or [])]
    if findings:
        said = "; ".join(str(finding) for finding in findings[:5])
        raise Invalid("export/rule-set", f"the rule set {document.get('id', name)!r}: {said}", findings=findings)
    return RuleSet(
        id=str(document["id"]),
        title=str(document["title"]),
        as_of=str(document["asOf"]),
        origins=frozenset(document["origins"]),
        rules=tuple(rule for rule in rules if rule is not None),
        note=str(document.get("note", "")),
        schema_note=str(document.get("schemaNote", "")),
        has_official_schema=document.get("officialSchema") is True,
        valid_years=dict(document.get("validYears", {})),
    )


def _rule(said: Any, number: int, findings: list[Finding]) -> Rule | None:
    place = f"/rules/{number}"
    before = len(findings)
    if not isinstance(said, Mapping):
        findings.append(_fault("a rule is an object", place))
        return None
    when, source = said.get("when", {}), said.get("source", {})
    routes = said.get("routes", [])
    findings += [_fault(f"a rule needs {each!r}", f"{place}/{each}") for each in ("id", "says") if not said.get(each)]
    findings += [
        _fault(f"a rule names its source's {each}", f"{place}/source/{each}")
        for each in ("name", "date")
        if not (isinstance(source, Mapping) and source.get(each))
    ]
    if not routes or not set(routes) <= set(ROUTES):
        findings.append(_fault(f"routes are some of {', '.join(ROUTES)}", f"{place}/routes"))
    strange = sorted(set(when) - set(_CONDITIONS))
    if strange:
        said_strange = f"{strange[0]!r} is no condition; known: {', '.join(_CONDITIONS)}"
        findings.append(_fault(said_strange, f"{place}/when/{strange[0]}"))
    if not set(when.get("class", [])) <= set(CLASSES):
        findings.append(_fault(f"classes are some of {', '.join(CLASSES)}", f"{place}/when/class"))
    if len(findings) > before:
        return None
    members = {each: str(source.get(each, "")) for each in ("name", "date", "article", "url", "basis")}
    return Rule(
        id=str(said["id"]),
        routes=tuple(routes),
        says=str(said["says"]),
        source=Source(**members),
        classes=frozenset(when.get("class", ())),
        destination_in=frozenset(when.get("destinationIn", ())),
        destination_not_in=frozenset(when.get("destinationNotIn", ())),
        critical_operator=when.get("criticalOperator"),
        persons=_bound(when.get("persons", {})),
        sensitive_persons=_bound(when.get("sensitivePersons", {})),
    )


def _bound(said: Mapping[str, Any]) -> Bound:
    below = said.get("below")
    return Bound(int(said.get("atLeast", 0)), None if below is None else int(below))


def _fault(message: str, pointer: str) -> Finding:
    return Finding("export/rule-set", message, pointer)


def applying(rule_sets: Sequence[RuleSet], origin: str) -> list[RuleSet]:
    """The rule sets of a place of origin (ISO 3166-1 alpha-2)."""
    return [each for each in rule_sets if origin in each.origins]
