"""Deciding: a policy is compiled once to a plan, and the plan answers for facts and phase with a reason."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, Literal

from connector.notation.findings import Finding
from connector.odrl.comparison import compare, purposes_of
from connector.odrl.deciders import Miss, Test, decider, terms_accepted
from connector.odrl.defaults import defaults_of
from connector.odrl.facts import Fact, Facts, Recipient
from connector.odrl.instants import LISTED
from connector.odrl.operands import OPERANDS, Phase
from connector.odrl.policy import Policy, Profile, check
from connector.odrl.policy.form import digest, effective_rules
from connector.odrl.policy.rules import Constraint, Rule
from connector.odrl.sharing import usage_restriction
from connector.odrl.terms import deletes

__all__ = ["Decision", "Fact", "Facts", "Phase", "Plan", "Recipient", "compare", "compile", "purposes_of"]

Outcome = Literal["permitted", "refused", "needs-a-duty"]

DELETE: Final = "delete"
"""The duty to delete the data, with what was derived from them, when the contract ends."""


@dataclass(frozen=True, slots=True)
class Decision:
    """Whether a policy permits, and why: `rule` is the JSON pointer of the rule or constraint that decided.

    `code` is `odrl/permitted` or the reason code of the refusal; `wanted` and `found` are plain values. `duties` are
    what the consumer's node must do at the end of what is decided here.
    """

    permitted: bool
    code: str
    rule: str = ""
    operand: str = ""
    wanted: Any = None
    found: Any = None
    sentence: str = ""
    duties: tuple[str, ...] = ()

    @property
    def outcome(self) -> Outcome:
        """permitted, refused, or permitted with duties."""
        if not self.permitted:
            return "refused"
        return "needs-a-duty" if self.duties else "permitted"

    def as_dict(self) -> dict[str, Any]:
        """The JSON form: empty members are left out."""
        members = {name: getattr(self, name) for name in self.__slots__ if name != "duties"}
        said = {"permitted": self.permitted, "outcome": self.outcome, **members, "duties": list(self.duties)}
        return {name: value for name, value in said.items() if value not in (None, "", [])}


Step = tuple[Test, Constraint]
"""A test, and the constraint that it was made from."""

PERMITTED: Final = Decision(True, "odrl/permitted", sentence="every constraint of the policy holds")


@dataclass(frozen=True, slots=True)
class Plan:
    """A compiled policy: immutable, without state, to be kept by `digest` and shared.

    `refusal` is the answer of a policy that cannot be used; `duties` are those of each phase.
    """

    digest: str
    steps: Mapping[Phase, tuple[Step, ...]]
    permits: Mapping[Phase, Decision]
    refusal: Decision | None = None

    def decide(self, facts: Facts, phase: Phase | str) -> Decision:
        """Permitted if every constraint that arises in `phase` holds for `facts`; else the first one that does not.

        Raises ValueError for a phase that is none.
        """
        steps = self.steps.get(phase)  # type: ignore[arg-type]  # a Phase is its text
        if steps is None:
            steps = self.steps[Phase(phase)]
        if self.refusal is not None:
            return self.refusal
        for test, constraint in steps:
            miss = test(facts)
            if miss is not None:
                return _missed(constraint, miss, self.permits[Phase(phase)].duties)
        return self.permits[phase]  # type: ignore[index]


def misses(plan: Plan, facts: Facts, phase: Phase) -> list[Decision]:
    """Every constraint that arises in `phase` and does not hold for `facts`, in the order written."""
    if plan.refusal is not None:
        return [plan.refusal]
    found = ((test(facts), constraint) for test, constraint in plan.steps[phase])
    return [_missed(constraint, miss, ()) for miss, constraint in found if miss is not None]


def compile(policy: Policy, *, profile: Profile = "catena-x") -> Plan:  # noqa: A001
    """The plan of `policy`. Where `check` has an error, the plan refuses in every phase with that error as its reason.

    Every permission must hold (as in EDC; CX-0152 1.2.0 allows one only), no prohibition may forbid a use asked for,
    and the provider's obligations bound what is provided. Where a usage policy of `catena-x` says nothing of an end or
    of versions, the profile's defaults stand in. A policy without any rule is refused (`odrl/empty-policy`) under
    `catena-x` and stands for an unconditional permission under `open`.
    """
    name = digest(policy)
    errors = [finding for finding in check(policy, profile=profile) if finding.severity == "error"]
    if errors:
        return Plan(name, dict.fromkeys(Phase, ()), dict.fromkeys(Phase, PERMITTED), _refusing(errors[0]))
    rules = effective_rules(policy)
    defaults = defaults_of(policy) if profile == "catena-x" else ()
    steps = {phase: (*_steps(rules, phase), *(step for step, when in defaults if phase in when)) for phase in Phase}
    owed = replace(PERMITTED, duties=(DELETE,)) if deletes(policy, profile) else PERMITTED
    return Plan(name, steps, {phase: owed if phase is Phase.AFTER else PERMITTED for phase in Phase})


def _steps(rules: Iterable[Rule], phase: Phase) -> Iterable[Step]:
    """What is asked in `phase`, in the order written."""
    rules = tuple(rules)
    for rule in rules:
        for constraint in rule.atoms():
            handling = OPERANDS[constraint.operand].phases[phase]
            if handling == "decided":
                yield _test(rules, rule, constraint), constraint
            elif handling == "legal-term":
                yield terms_accepted(constraint), constraint


def _test(rules: tuple[Rule, ...], rule: Rule, constraint: Constraint) -> Test:
    """A prohibition of third parties is read beside the affiliated companies that a permission names."""
    if constraint.operand != "UsageRestriction":
        return decider(constraint, rule.kind)
    named = {each.operand for one in rules if one.kind == "permission" for each in one.atoms()}
    return usage_restriction(constraint, is_sublicensed=not named.isdisjoint({"AffiliatesBpnl", "AffiliatesRegion"}))


def _missed(constraint: Constraint, miss: Miss, duties: tuple[str, ...]) -> Decision:
    sentence = f"{constraint.operand}: {miss.sentence}"
    wanted = _wanted(constraint)
    code = f"odrl/{miss.code}"
    return Decision(False, code, constraint.pointer, constraint.operand, wanted, miss.found, sentence, duties)


def _refusing(finding: Finding) -> Decision:
    is_by_operand = finding.code == "odrl/operand-unknown"
    operand = str(finding.found) if is_by_operand else ""
    return Decision(False, finding.code, finding.pointer, operand, finding.wanted, finding.found, finding.message)


def _wanted(constraint: Constraint) -> Any:
    value = constraint.value
    if not isinstance(value, tuple):
        return value
    return [*value[:LISTED], *([f"and {len(value) - LISTED} more"] if len(value) > LISTED else [])]
