"""Rules of a product category with their operator: one canonical list, the spellings of Catena-X 7 and PACT."""

from __future__ import annotations

from typing import Any

from connector.pcf.forms.kinds import Complaint, Kind
from connector.pcf.forms.model import Values

OPERATORS: tuple[str, ...] = ("PEF", "EPD International", "Other")


def _kind(operator: str, names: str, other: str, name: str | None, minimum: int) -> Kind:
    """`name` is the member of an object around each rule, None where rules are texts."""

    def complain(value: Any) -> Complaint:
        if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
            return "pcf/type", "must be a list of objects"
        if len(value) < minimum:
            return "pcf/value", f"needs at least {minimum} entry"
        return next((found for found in map(complain_one, value) if found is not None), None)

    def complain_one(one: dict[str, Any]) -> Complaint:
        if one.get(operator) not in OPERATORS:
            return "pcf/value", f"holds the {operator} {one.get(operator)!r}, allowed are {', '.join(OPERATORS)}"
        if other in one and not (isinstance(one[other], str) and one[other]):
            return "pcf/value", f"holds an empty {other}"
        rules = one.get(names)
        if not isinstance(rules, list) or not rules:
            return "pcf/required", f"holds an entry without {names}"
        texts = [text_of(rule) for rule in rules]
        return None if all(isinstance(t, str) and t for t in texts) else ("pcf/value", "holds a rule without a name")

    def text_of(rule: Any) -> Any:
        if name is None:
            return rule
        return rule.get(name) if isinstance(rule, dict) else None

    def load(value: list[dict[str, Any]]) -> tuple[dict[str, Any], ...]:
        return tuple(
            {"operator": one[operator], "names": tuple(map(text_of, one[names])), "other": one.get(other)}
            for one in value
        )

    def dump(sets: Any) -> list[dict[str, Any]]:
        return [
            {operator: one["operator"], names: [rule if name is None else {name: rule} for rule in one["names"]]}
            | ({other: one["other"]} if one.get("other") else {})
            for one in sets
        ]

    return Kind(complain, load, dump)


RULE_SETS_7 = _kind("extWBCSD_operator", "productOrSectorSpecificRules", "extWBCSD_otherOperatorName", "ruleName", 0)
RULE_SETS_PACT = _kind("operator", "ruleNames", "otherOperatorName", None, 1)


def as_rule_sets(values: Values, *, keep_empty: bool) -> None:
    """Names of rules without an operator become one set of the operator "Other"."""
    names = values.pop("standards.product_rules", None)
    if values.get("standards.rule_sets") is not None or names is None:
        return
    if names:
        values["standards.rule_sets"] = ({"operator": "Other", "names": tuple(names), "other": None},)
    elif keep_empty:
        values["standards.rule_sets"] = ()
