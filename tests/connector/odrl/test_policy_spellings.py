"""One policy in every spelling that peers and clients use."""

import copy
import json
from pathlib import Path

import pytest

from connector.notation.problems import Invalid
from connector.odrl.decision import compare
from connector.odrl.policy import canonical, check, digest, parse, structure, wire
from connector.odrl.vocabulary import CX_POLICY, EDC, ODRL

SAMPLES = Path(__file__).resolve().parents[3] / "../shared/reference/catena-x/policy-2025-9"
ATOMS = [
    ("Membership", "eq", "active"),
    ("FrameworkAgreement", "eq", "DataExchangeGovernance:1.0"),
    ("UsagePurpose", "isAnyOf", ["cx.circular.dpp:1", "cx.pcf.base:1"]),
    ("DataUsageEndDurationDays", "eq", "30"),
]
LEGACY = "https://w3id.org/catenax/policy/"


def plain(atoms=ATOMS):
    return [{"leftOperand": left, "operator": operator, "rightOperand": right} for left, operator, right in atoms]


def usage(**members):
    return {"@type": "Set", "permission": [{"action": "use", "constraint": [{"and": plain()}]}], **members}


def prefixed(node, prefix, operand_prefix):
    """Every ODRL word of a compact policy under `prefix`, its operands under `operand_prefix`."""
    if isinstance(node, list):
        return [prefixed(each, prefix, operand_prefix) for each in node]
    if not isinstance(node, dict):
        return node
    out = {}
    for key, value in node.items():
        if key in ("operator", "action"):
            value = {"@id": prefix + value}
        elif key == "leftOperand":
            value = {"@id": operand_prefix + value}
        elif key == "@type":
            value = prefix + value
        else:
            value = prefixed(value, prefix, operand_prefix)
        out[key if key.startswith("@") else prefix + key] = value
    return out


def valued(node):
    """Scalars as JSON-LD values, as expanded documents have them."""
    if isinstance(node, list):
        return [valued(each) for each in node]
    if isinstance(node, dict):
        return {key: value if key.startswith("@") else valued(value) for key, value in node.items()}
    return {"@value": node}


EXPANDED = prefixed(usage(), ODRL, CX_POLICY)
SPELLINGS = {
    "offer": usage(**{"@type": "Offer", "@id": "o1", "assigner": "did:web:a", "target": "asset"}),
    "agreement": usage(
        **{
            "@type": "Agreement",
            "@id": "a1",
            "assigner": {"@id": "did:web:a"},
            "assignee": {"@id": "did:web:b"},
            "target": {"@id": "asset"},
            "timestamp": "2026-01-01T00:00:00Z",
        }
    ),
    "no type": {"permission": usage()["permission"]},
    "single values": {"permission": {"action": "use", "constraint": {"and": plain()}}},
    "constraint as object in list rule": {"permission": [{"action": "use", "constraint": {"and": plain()}}]},
    "profile": usage(profile=CX_POLICY),
    "profile schema": usage(profile=[CX_POLICY + "schema/policy-schema.json"]),
    "prefixed": prefixed(usage(), "odrl:", "cx-policy:"),
    "full IRIs": EXPANDED,
    "full IRIs with values": valued(EXPANDED),
    "cx context": usage(
        **{"@context": ["https://w3id.org/dspace/2025/1/odrl-profile.jsonld", CX_POLICY + "context.jsonld"]}
    ),
    "old cx context": usage(**{"@context": [CX_POLICY + "odrl.jsonld", CX_POLICY + "context.jsonld"]}),
    "W3C context, expanded": {**EXPANDED, "@context": "http://www.w3.org/ns/odrl.jsonld"},
    "inline prefixes": {**prefixed(usage(), "o:", "p:"), "@context": {"o": ODRL, "p": CX_POLICY}},
    "inline prefixes beside a known context": {
        **prefixed(usage(), "o:", "p:"),
        "@context": ["http://www.w3.org/ns/odrl.jsonld", {"o": ODRL, "p": CX_POLICY}],
    },
    "vocab of EDC": usage(**{"@context": {"@vocab": EDC}}),
    "broken odrl prefix of the published context": {
        **prefixed(usage(), "odrl:", "cx-policy:"),
        "@context": {"odrl": CX_POLICY + "odrl.jsonld", "cx-policy": CX_POLICY},
    },
    "list containers": {
        "permission": [{"action": "use", "constraint": [{"and": {"@list": plain()}}]}],
    },
    "order": {"permission": [{"constraint": [{"and": plain(ATOMS[::-1])}], "action": "use"}]},
    "empty kinds and nulls": usage(prohibition=[], obligation=[], duty=[], inheritsFrom=None),
    "integer days": {
        "permission": [{"action": "use", "constraint": [{"and": plain([*ATOMS[:3], (*ATOMS[3][:2], 30)])}]}]
    },
    "old action": {"permission": [{"odrl:action": {"odrl:type": "USE"}, "constraint": [{"and": plain()}]}]},
    "set order": {
        "permission": [
            {
                "action": "use",
                "constraint": [
                    {
                        "and": plain(
                            [*ATOMS[:2], ("UsagePurpose", "isAnyOf", ["cx.pcf.base:1", "cx.circular.dpp:1"]), ATOMS[3]]
                        )
                    }
                ],
            }
        ]
    },
    "typed constraints": {
        "permission": [
            {
                "action": "use",
                "constraint": [
                    {"@type": "LogicalConstraint", "and": [{"@type": "Constraint", **each} for each in plain()]}
                ],
            }
        ]
    },
    "legacy namespace": prefixed(usage(), "odrl:", LEGACY),
    "target repeated in the rule": {
        "target": "asset",
        "permission": [{"target": "asset", "action": "use", "constraint": [{"and": plain()}]}],
    },
}


@pytest.mark.parametrize("name", SPELLINGS)
def test_every_spelling_is_the_same_policy(name):
    document = copy.deepcopy(SPELLINGS[name])
    policy, reference = parse(document), parse(usage())
    assert document == SPELLINGS[name], "the document was changed"
    assert canonical(policy) == canonical(reference)
    assert digest(policy) == digest(reference)
    assert compare(reference, policy) == compare(policy, reference) == []
    assert [each for each in check(policy) if each.severity == "error"] == []


def test_parties_and_names_are_read_but_do_not_count():
    policy = parse(SPELLINGS["agreement"])
    assert (policy.type, policy.id, policy.assigner, policy.assignee) == ("Agreement", "a1", "did:web:a", "did:web:b")
    assert (policy.target, policy.timestamp, policy.kind) == ("asset", "2026-01-01T00:00:00Z", "usage")


@pytest.mark.parametrize("name", ["offer", "agreement"])
def test_expansion_leaves_names_that_are_no_addresses_alone(name):
    document = {**SPELLINGS[name], "@context": [CX_POLICY + "context.jsonld", {"@vocab": EDC}]}
    plainly, expanded = parse(SPELLINGS[name]), parse(document)
    for member in ("id", "type", "assigner", "assignee", "target", "timestamp"):
        assert getattr(expanded, member) == getattr(plainly, member), member


def test_a_legacy_namespace_is_read_with_a_warning_and_never_written():
    policy = parse(SPELLINGS["legacy namespace"])
    assert {each.severity for each in check(policy) if each.code == "odrl/legacy-namespace"} == {"warning"}
    assert LEGACY not in json.dumps(wire(policy))


@pytest.mark.parametrize(
    ("change", "value"),
    [
        ("rightOperand", "cx.pcf.base:1"),
        ("operator", "isAllOf"),
        ("leftOperand", "ContractReference"),
    ],
)
def test_another_policy_has_another_digest(change, value):
    document = usage()
    document["permission"][0]["constraint"][0]["and"][2][change] = value
    assert digest(parse(document)) != digest(parse(usage()))


def test_joints_do_not_melt():
    def joined(*members):
        return parse({"permission": [{"action": "use", "constraint": [{"or": list(members)}]}]})

    one, two, three, _ = plain()
    assert digest(joined({"and": [one, two]}, three)) != digest(joined(one, two, three))


def test_the_instant_counts_not_its_spelling():
    def until(value):
        return digest(
            parse({"permission": [{"action": "use", "constraint": plain([("DataUsageEndDate", "eq", value)])}]})
        )

    assert until("2027-01-31T12:00:00+01:00") == until("2027-01-31T11:00:00Z")
    assert until("2027-01-31T12:00:00+01:00") != until("2027-01-31T12:00:00Z")


def test_what_is_written_on_the_wire():
    assert wire(parse(usage(**{"@id": "x", "assigner": "a"}))) == {
        "profile": CX_POLICY,
        "permission": [
            {
                "action": "use",
                "constraint": [
                    {
                        "and": [
                            {"leftOperand": CX_POLICY + left, "operator": operator, "rightOperand": right}
                            for left, operator, right in ATOMS
                        ]
                    }
                ],
            }
        ],
    }
    integer = wire(parse(usage()), durations="integer")["permission"][0]["constraint"][0]["and"][3]
    assert integer["rightOperand"] == 30


def test_a_policy_without_rules_travels_as_a_permission():
    assert wire(parse({"@type": "Set", "permission": []})) == {"permission": [{"action": "use"}]}
    assert compare(parse({"@type": "Set"}), parse({"@type": "Offer", "permission": [{"action": "use"}]})) == []


def test_rules_without_permission_do_not_travel():
    with pytest.raises(Exception, match="no permission"):
        wire(parse({"obligation": [{"action": "use"}]}))


def test_an_undefined_term_is_kept_not_dropped():
    """JSON-LD would drop `constraint` and `Membership` here, and with them the condition."""
    document = {
        "@context": {"odrl": ODRL},
        "odrl:permission": {"odrl:action": "odrl:use", "constraint": plain(ATOMS[:1])},
    }
    assert [each.operand for each in parse(document).rules[0].atoms()] == ["Membership"]


def test_a_context_may_give_terms_another_meaning():
    document = usage(**{"@context": {"Membership": "https://example.org/Membership"}})
    assert next(parse(document).rules[0].atoms()).operand == "https://example.org/Membership"


@pytest.mark.parametrize(
    ("context", "code"),
    [
        ({"constraint": None}, "odrl/context-unsafe"),
        ({"constraint": {"@id": None}}, "odrl/context-unsafe"),
        ({"constraint": "@index"}, "odrl/context-unsafe"),
        ({"constraint": {"@id": "@nest"}}, "odrl/context-unsafe"),
        ({"constraint": {"@reverse": ODRL + "constraint"}}, "odrl/context-unsafe"),
        ({"@import": "https://example.org/c"}, "odrl/context-unsafe"),
        ([{"odrl": ODRL}, None], "odrl/context-unsafe"),
        (7, "odrl/context-unsafe"),
        ("https://example.org/context", "jsonld/context"),
        ({"@vocab": 7}, "jsonld/expand"),
    ],
)
def test_contexts_that_hide_or_are_unknown_are_refused_with_the_reason(context, code):
    document = usage(**{"@context": context})
    with pytest.raises(Invalid) as caught:
        parse(document)
    assert caught.value.code == code


def test_a_context_inside_a_rule_is_heard():
    document = usage()
    document["permission"][0]["@context"] = {"constraint": None}
    with pytest.raises(Invalid, match="vanish or move"):
        parse(document)


def test_a_context_given_as_argument_is_used():
    document = usage(**{"@context": "https://example.org/context"})
    contexts = {"https://example.org/context": {"@context": {"x": "https://example.org/"}}}
    assert digest(parse(document, contexts=contexts)) == digest(parse(usage()))


@pytest.mark.parametrize("name", ["access-policy", "usage-policy", "usage-policy-comprehensive"])
def test_published_samples_are_read(name):
    if not SAMPLES.exists():
        pytest.skip("the published samples are not on this machine")
    policy = parse(json.loads((SAMPLES / f"samples/{name}-sample.json").read_text()))
    expected = {
        "access-policy": {"odrl/profile-missing"},
        "usage-policy": {"odrl/profile-missing", "odrl/value"},  # writes an end of usage without its version
        "usage-policy-comprehensive": {"odrl/profile-missing", "odrl/value"},  # writes names of definitions as values
    }
    assert {each.code for each in structure(policy)} == expected[name]


def test_published_single_constraints_are_sound():
    if not SAMPLES.exists():
        pytest.skip("the published samples are not on this machine")
    for path in sorted((SAMPLES / "samples").glob("*-constraint-sample.json")):
        sample = json.loads(path.read_text())
        rule = {"action": "use", "constraint": [{key: value for key, value in sample.items() if key != "@context"}]}
        found = {each.code for each in structure(parse({"permission": [rule]}), profile="open")}
        assert found <= {"odrl/operand-place", "odrl/value"}, path.name
