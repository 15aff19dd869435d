"""Policies come to one standard form, whatever names their operands have."""

from __future__ import annotations

from typing import Any

from connector.dsp import policies
from connector.dsp.vocabulary import CX_POLICY, CX_POLICY_CONTEXT, DSPACE_CONTEXT, terms_of

ONE = {"leftOperand": CX_POLICY + "Membership", "operator": "eq", "rightOperand": "active"}
TWO = {"leftOperand": CX_POLICY + "UsagePurpose", "operator": "isAnyOf", "rightOperand": ["a", "b"]}


def _policy(*constraints: Any, **more: Any) -> dict[str, Any]:
    return {"@id": "x", "permission": [{"action": "use", "constraint": [{"and": list(constraints)}]}], **more}


def test_standard_form_resolves_short_operands() -> None:
    short = {**ONE, "leftOperand": "Membership"}
    terms = terms_of((DSPACE_CONTEXT, CX_POLICY_CONTEXT))
    assert policies.standard(_policy(short, TWO), terms) == _policy(ONE, TWO)
    assert policies.standard({"permission": {"action": "cx-policy:access"}}, terms) == {
        "permission": [{"action": CX_POLICY + "access"}]
    }
    assert policies.standard({"permission": [{"action": "odrl:use"}]}, terms)["permission"] == [{"action": "use"}]


def test_a_typed_right_operand_has_its_type_in_full() -> None:
    value = {"@type": "xsd:date", "@value": "2026-11-21"}
    found = policies.standard({"rightOperand": [value]}, terms_of((DSPACE_CONTEXT,)))
    assert found["rightOperand"] == [{**value, "@type": "http://www.w3.org/2001/XMLSchema#date"}]
