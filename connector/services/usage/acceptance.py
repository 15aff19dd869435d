"""The legal terms of a contract: what a node cannot decide is recorded as accepted by a person, with who and when."""

from __future__ import annotations

from connector.notation.problems import Conflict
from connector.odrl.explain import sentence_of
from connector.odrl.policy import Policy, digest
from connector.odrl.terms import legal_terms
from connector.ports import Transaction
from connector.records.contracts import ACCEPTANCES, ACCEPTED_POLICIES, Acceptance

MACHINE = "node"
"""The actor of what the node does by itself: it is no person and accepts nothing."""


def accept(tx: Transaction, acceptance_id: str, subject: str, policy: Policy, actor: str) -> Acceptance | None:
    """Note that `actor` accepts the legal terms of `policy`; None where there are none, or nobody is there to.

    What the node does by itself stands on the accept-list: whoever put the policy there accepted its terms.
    """
    terms = [sentence_of(constraint) for constraint in legal_terms(policy)]
    named = digest(policy)
    if terms and actor == MACHINE:
        entry = tx.get(ACCEPTED_POLICIES, named)
        actor = entry.actor if entry is not None else MACHINE
    if not terms or actor == MACHINE:
        return None
    known = tx.find(ACCEPTANCES, {"subject": subject})
    if any(each.policy_digest == named for each in known):
        return None
    made = Acceptance(
        id=acceptance_id, subject=subject, actor=actor, policy_digest=named, terms=terms, accepted_at=tx.now
    )
    tx.add(ACCEPTANCES, made)
    tx.audit("terms.accepted", subject, {"policy": named, "terms": terms}, actor=actor)
    return made


def needs_one(policy: Policy) -> None:
    """Raise Conflict (`agreement/no-terms`) where there is nothing to accept."""
    if not legal_terms(policy):
        raise Conflict("agreement/no-terms", "the contract has no legal terms: the node decides all of it")
