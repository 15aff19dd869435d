"""Policies: read a document, check it against the profile, write it, compare it by its canonical form."""

from connector.odrl.policy.form import canonical, digest, effective_rules, wire
from connector.odrl.policy.reading import parse
from connector.odrl.policy.rules import Constraint, Kind, Logical, Policy, Rule, RuleKind
from connector.odrl.policy.structure import Profile, check, enforcement, structure

__all__ = [
    "Constraint",
    "Kind",
    "Logical",
    "Policy",
    "Profile",
    "Rule",
    "RuleKind",
    "canonical",
    "check",
    "digest",
    "effective_rules",
    "enforcement",
    "parse",
    "structure",
    "wire",
]
