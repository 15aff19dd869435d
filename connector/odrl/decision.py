"""Deciding: a policy is compiled once to a plan, and the plan answers for facts and phase with a reason."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from connector.notation.findings import Finding
from connector.odrl.comparison import compare, purposes_of
from connector.odrl.deciders import DECIDERS, LISTED, Miss, Test
from connector.odrl.facts import Fact, Facts
from connector.odrl.operands import OPERANDS, Handling, Phase
from connector.odrl.policy import Policy, Profile, check
from connector.odrl.policy.form import digest, effective_rules
from connector.odrl.policy.rules import Constraint, Rule

__all__ = ["Decision", "Fact", "Facts", "Phase", "Plan", "compare", "compile", "purposes_of"]


@dataclass(frozen=True, slots=True)
class Decision:
    """Whether a policy permits, and why: `rule` is the JSON pointer of the rule or constraint that decided.

    `code` is `odrl/permitted` or the reason code of the refusal; `wanted` and `found` are plain values.
    """

    permitted: bool
    code: str
    rule: str = ""
    operand: str = ""
    wanted: Any = None
    found: Any = None
    sentence: str = ""

    def as_dict(self) -> dict[str, Any]:
        """The JSON form: empty members are left out."""
        members = {name: getattr(self, name) for name in self.__slots__}
        return {name: value for name, value in members.items() if value not in (None, "")}


Step = Callable[[Facts], Decision | None]

PERMITTED: Final = Decision(True, "odrl/permitted", sentence="every constraint of the policy holds")


@dataclass(frozen=True, slots=True)
class Plan:
    """A compiled policy: immutable, without state, to be kept by `digest` and shared."""

    digest: str
    steps: Mapping[Phase, tuple[Step, ...]]

    def decide(self, facts: Facts, phase: Phase | str) -> Decision:
        """Permitted if every constraint that arises in `phase` holds for `facts`; else the first one that does not.

        Raises ValueError for a phase that is none.
        """
        for step in self.steps[Phase(phase)]:
            refusal = step(facts)
            if refusal is not None:
                return refusal
        return PERMITTED


def compile(policy: Policy, *, profile: Profile = "catena-x") -> Plan:  # noqa: A001
    """The plan of `policy`. Where `check` has an error, the plan refuses in every phase with that error as its reason.

    Every permission must hold (as in EDC; CX-0152 1.2.0 allows one only); a permission without constraints holds, which
    only the open profile lets pass. A policy without any rule is refused (`odrl/empty-policy`) under `catena-x` and
    stands for an unconditional permission under `open`.
    """
    errors = [finding for finding in check(policy, profile=profile) if finding.severity == "error"]
    if errors:
        return Plan(digest(policy), dict.fromkeys(Phase, (_refusing(errors[0]),)))
    constraints = [(rule, constraint) for rule in effective_rules(policy) for constraint in rule.atoms()]
    steps = {phase: tuple(_steps(constraints, phase)) for phase in Phase}
    return Plan(digest(policy), steps)


def _steps(constraints: list[tuple[Rule, Constraint]], phase: Phase) -> list[Step]:
    treatments: dict[Handling, Callable[[Constraint], Step | None]] = {
        "decided": _deciding,
        "no-question": lambda _constraint: None,
        "legal-term": lambda _constraint: None,
        "not-yet": _not_enforced,
    }
    steps = (treatments[OPERANDS[constraint.operand].phases[phase]](constraint) for _, constraint in constraints)
    return [step for step in steps if step is not None]


def _deciding(constraint: Constraint) -> Step:
    test: Test = DECIDERS[constraint.operand](constraint)
    wanted = _wanted(constraint)

    def step(facts: Facts) -> Decision | None:
        miss = test(facts)
        return None if miss is None else _missed(constraint, wanted, miss)

    return step


def _missed(constraint: Constraint, wanted: Any, miss: Miss) -> Decision:
    sentence = f"{constraint.operand}: {miss.sentence}"
    return Decision(False, f"odrl/{miss.code}", constraint.pointer, constraint.operand, wanted, miss.found, sentence)


def _not_enforced(constraint: Constraint) -> Step:
    """Unreachable while `check` refuses such operands first; kept so that the table alone can never permit one."""
    sentence = f"{constraint.operand} is not enforced by this node yet"
    refusal = Decision(False, "odrl/operand-not-enforced", constraint.pointer, constraint.operand, sentence=sentence)
    return lambda _facts: refusal


def _refusing(finding: Finding) -> Step:
    is_by_operand = finding.code in ("odrl/operand-unknown", "odrl/operand-not-enforced")
    operand = str(finding.found) if is_by_operand else ""
    refusal = Decision(False, finding.code, finding.pointer, operand, finding.wanted, finding.found, finding.message)
    return lambda _facts: refusal


def _wanted(constraint: Constraint) -> Any:
    value = constraint.value
    if not isinstance(value, tuple):
        return value
    return [*value[:LISTED], *([f"and {len(value) - LISTED} more"] if len(value) > LISTED else [])]
