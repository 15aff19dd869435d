"""Every spelling of a message is read as the same message; what cannot be read is refused with the place."""

from __future__ import annotations

import contextlib
import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.dsp import messages, policies, reading, schemas
from connector.dsp.vocabulary import (
    CX_POLICY,
    CX_POLICY_CONTEXT,
    DSPACE,
    DSPACE_CONTEXT,
    EDC_CONTEXT,
    ODRL,
    ODRL_CONTEXT,
    ODRL_PROFILE_CONTEXT,
)
from connector.notation import jsonld
from connector.notation.problems import Invalid, Problem

MEMBERSHIP = {"leftOperand": CX_POLICY + "Membership", "operator": "eq", "rightOperand": "active"}
PURPOSE = {"leftOperand": CX_POLICY + "UsagePurpose", "operator": "isAnyOf", "rightOperand": ["cx.pcf.base:1", "b:1"]}
RULES = {
    "permission": [{"action": "use", "constraint": [{"and": [MEMBERSHIP, PURPOSE]}]}],
    "prohibition": [{"action": CX_POLICY + "access"}],
}
OFFER = messages.offer("o:1:2", RULES, target="asset 1", assigner="did:web:a")
REQUEST = messages.contract_request("4d0b8c0e", "c-1", OFFER, callback_address="https://c.example/dsp")


def _short_operands(value: Any) -> Any:
    if isinstance(value, list):
        return [_short_operands(entry) for entry in value]
    if isinstance(value, dict):
        return {name: _short_operands(member) for name, member in value.items()}
    return value.removeprefix(CX_POLICY) if isinstance(value, str) else value


def _prefixed(value: Any) -> Any:
    """The message with `dspace:` and `odrl:` names, as a peer without type-scoped terms would write it."""
    odrl = {*policies.NESTED, *policies.NAMES, "rightOperand", "target", "assigner", "assignee", "profile"}
    if isinstance(value, list):
        return [_prefixed(entry) for entry in value]
    if not isinstance(value, dict):
        return value
    found = {}
    for name, member in value.items():
        if name == "@type":
            found[name] = ("odrl:" if member in ("Offer", "Agreement") else "dspace:") + member
        elif name.startswith("@"):
            found[name] = member
        elif name in ("action", "operator"):
            iri = member if "://" in member else "odrl:" + member
            found["odrl:" + name] = {"@id": iri}
        elif name in odrl:
            found["odrl:" + name] = _prefixed(member)
        else:
            found["dspace:" + name] = _prefixed(member)
    return found


def _spellings(contexts: dict[str, Any]) -> dict[str, Any]:
    body = {name: value for name, value in REQUEST.items() if name != "@context"}
    prefixes = {"dspace": DSPACE, "odrl": ODRL}
    expanded = jsonld.expand({**body, "@context": [{"@base": None}, DSPACE_CONTEXT]}, contexts)
    return {
        "exact": REQUEST,
        "context last": {**body, "@context": [DSPACE_CONTEXT]},
        "with the context of EDC": {**body, "@context": [DSPACE_CONTEXT, EDC_CONTEXT]},
        "other order": {**body, "@context": [EDC_CONTEXT, DSPACE_CONTEXT]},
        "short operands": {**_short_operands(body), "@context": [DSPACE_CONTEXT, EDC_CONTEXT, CX_POLICY_CONTEXT]},
        "context as a text": {**body, "@context": DSPACE_CONTEXT},
        "inline context": {**body, "@context": [DSPACE_CONTEXT, {"x": "https://x.example/"}]},
        "prefixed": {**_prefixed(body), "@context": [DSPACE_CONTEXT]},
        "own prefixes only": {**_prefixed(body), "@context": prefixes},
        "in a graph": {"@context": [DSPACE_CONTEXT], "@graph": [body]},
        "type in a list": {**REQUEST, "@type": ["ContractRequestMessage"]},
        "expanded": {"@context": [DSPACE_CONTEXT], **expanded[0]},
    }


SPELLINGS = (
    *("exact", "context last", "with the context of EDC", "other order", "short operands", "context as a text"),
    *("inline context", "prefixed", "own prefixes only", "in a graph", "type in a list", "expanded"),
)


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_every_spelling_is_the_same_message(spelling: str, contexts: dict[str, Any]) -> None:
    message = reading.read(_spellings(contexts)[spelling], "ContractRequestMessage", contexts=contexts)
    wanted = reading.read(REQUEST, "ContractRequestMessage")
    assert message.message_id == "4d0b8c0e"
    assert message.consumer_pid == "c-1"
    assert message.callback_address == "https://c.example/dsp"
    assert message.offer == wanted.offer == OFFER
    assert message.kind == "request"


@pytest.mark.parametrize("spelling", ["exact", "context last", "with the context of EDC", "other order"])
def test_the_exact_form_needs_no_contexts(spelling: str, contexts: dict[str, Any]) -> None:
    assert reading.read(_spellings(contexts)[spelling], "ContractRequestMessage").offer == OFFER


def test_an_unknown_context_is_refused_and_never_fetched(contexts: dict[str, Any]) -> None:
    body = {**REQUEST, "@context": [DSPACE_CONTEXT, "https://evil.example/context.jsonld"]}
    with pytest.raises(Invalid) as refusal:
        reading.read(body, "ContractRequestMessage", contexts=contexts)
    assert "https://evil.example/context.jsonld" in refusal.value.detail


def test_a_context_that_turns_a_word_round_does_not_turn_the_policy_round(contexts: dict[str, Any]) -> None:
    body = copy.deepcopy(REQUEST)
    body["@context"] = [{"active": "x:y", "Membership": "urn:other"}, DSPACE_CONTEXT]
    body["offer"]["permission"][0]["constraint"][0]["and"][0]["leftOperand"] = "Membership"
    offer = reading.read(body, "ContractRequestMessage", contexts=contexts).offer or {}
    assert offer["permission"][0]["constraint"][0]["and"][0]["leftOperand"] == "urn:other"


@pytest.mark.parametrize("place", ["whole", "offer", "term"])
def test_an_import_cannot_change_the_contexts_for_others(place: str, contexts: dict[str, Any]) -> None:
    """The JSON-LD library merges an importing context into the imported document, which all requests share."""
    importing: dict[str, Any] = {"@version": 1.1, "@import": ODRL_PROFILE_CONTEXT, "eq": "odrl:neq"}
    body = copy.deepcopy(REQUEST)
    if place == "offer":
        body["offer"]["@context"] = importing
    else:
        term = {"@id": "urn:t", "@context": importing}
        body["@context"] = [DSPACE_CONTEXT, importing if place == "whole" else {"t": term}]
    before = copy.deepcopy(contexts)
    with pytest.raises(Invalid, match="@import") as refusal:
        reading.read(body, "ContractRequestMessage", contexts=contexts)
    assert refusal.value.code == "jsonld/context"
    assert contexts == before


def test_a_context_inside_the_offer_is_not_overlooked(contexts: dict[str, Any]) -> None:
    body = copy.deepcopy(REQUEST)
    body["offer"]["@context"] = {"Membership": "urn:other"}
    body["offer"]["permission"][0]["constraint"][0]["and"][0]["leftOperand"] = "Membership"
    offer = reading.read(body, "ContractRequestMessage", contexts=contexts).offer or {}
    assert offer["permission"][0]["constraint"][0]["and"][0]["leftOperand"] == "urn:other"
    with pytest.raises(Invalid):
        reading.read(body, "ContractRequestMessage")


def test_the_protocols_terms_cannot_be_redefined(contexts: dict[str, Any]) -> None:
    body = {**REQUEST, "@context": [DSPACE_CONTEXT, {"odrl": "https://evil.example/"}]}
    with pytest.raises(Invalid) as refusal:
        reading.read(body, "ContractRequestMessage", contexts=contexts)
    assert refusal.value.code == "jsonld/expand"


def test_a_member_under_two_names_is_refused(contexts: dict[str, Any]) -> None:
    body = {**REQUEST, "dspace:consumerPid": {"@id": "c-2"}}
    for known in (None, contexts):
        with pytest.raises(Invalid) as refusal:
            reading.read(body, "ContractRequestMessage", contexts=known)
        assert refusal.value.code == "dsp/schema"


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"consumerPid": 7}, "/consumerPid"),
        ({"consumerPid": ""}, "/consumerPid"),
        ({"callbackAddress": "file:///etc/passwd"}, "/callbackAddress"),
        ({"offer": "o:1"}, "/offer"),
        ({"offer": {**OFFER, "target": None}}, "/offer/target"),
        ({"offer": {**OFFER, "permission": [{"constraint": []}]}}, "/offer/permission/0"),
    ],
)
def test_a_fault_is_named_where_it_stands(change: dict[str, Any], pointer: str, contexts: dict[str, Any]) -> None:
    for known in (None, contexts):
        with pytest.raises(Invalid) as refusal:
            reading.read({**REQUEST, **change}, "ContractRequestMessage", contexts=known)
        assert refusal.value.code == "dsp/schema"
        assert pointer in [finding.pointer for finding in refusal.value.findings]


@pytest.mark.parametrize("body", [None, [], "x", 5, {}, {"@context": []}, {"@type": "ContractRequestMessage"}])
def test_what_is_no_message_is_refused(body: Any, contexts: dict[str, Any]) -> None:
    for known in (None, contexts):
        with pytest.raises(Invalid):
            reading.read(body, "ContractRequestMessage", contexts=known)


def test_another_type_is_refused(contexts: dict[str, Any]) -> None:
    with pytest.raises(Invalid) as refusal:
        reading.read(REQUEST, "ContractOfferMessage", contexts=contexts)
    assert "ContractOfferMessage" in refusal.value.detail


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["@id", "@type", "@value", "@list", "@graph", "offer", "odrl:target"]), inner
            )
        ),
        max_leaves=8,
    )
)
def test_hostile_members_are_refused_or_read_never_more(contexts: dict[str, Any], value: Any) -> None:
    for name in ("offer", "consumerPid", "@type", "dspace:offer", "@graph", "@context"):
        with contextlib.suppress(Problem):
            message = reading.read({**REQUEST, name: value}, "ContractRequestMessage", contexts=contexts)
            assert schemas.check(message.body, "ContractRequestMessage", "lenient") == []


def test_a_rule_without_arrays_is_read_as_edc_sends_it() -> None:
    body = {**REQUEST, "offer": {"@id": "o", "@type": "Offer", "target": "t", "assigner": "a"}}
    assert reading.read(body, "ContractRequestMessage").offer == body["offer"]


def test_reasons_in_any_form() -> None:
    assert reading.read_reasons(None) == ()
    assert reading.read_reasons("a") == ("a",)
    assert reading.read_reasons(["a", {"@value": "b", "@language": "de"}, {"en": "c"}, 4]) == ("a", "b", "c", "4")


@pytest.mark.parametrize("body", [None, "", [], "<html>", 5])
def test_an_error_that_is_none_says_nothing(body: Any) -> None:
    assert reading.read_error(body) == (None, ())


def test_an_error_under_any_names() -> None:
    body = {"dspace:code": {"@value": "409"}, "https://w3id.org/dspace/2025/1/reason": ["no"]}
    assert reading.read_error(body) == ("409", ("no",))
    assert reading.read_error({"code": 500, "reason": "no"}) == ("500", ("no",))


@pytest.mark.parametrize("body", [None, {}, [], {"state": "REQUESTED"}, "OK"])
def test_an_acknowledgement_without_content_is_none_unless_it_is_needed(body: Any) -> None:
    assert reading.read_ack(body) is None
    with pytest.raises(Invalid, match="not a ContractNegotiation"):
        reading.read_ack(body, "ContractNegotiation")


def test_an_acknowledgement_with_the_process() -> None:
    body = messages.transfer_process("p", "c", "STARTED")
    ack = reading.read_ack(body)
    assert ack == reading.Ack("p", "c", "STARTED") == reading.read_ack(body, "TransferProcess")


def test_versions_of_older_peers() -> None:
    body = {"@context": ["x"], "protocolVersions": [{"version": "2024/1", "path": "/2024/1"}]}
    assert reading.read_versions(body) == (reading.Version("2024/1", "/2024/1"),)
    for wrong in (None, {}, {"protocolVersions": []}, {"protocolVersions": [{"version": "2025-1"}]}):
        with pytest.raises(Invalid, match="not a version document"):
            reading.read_versions(wrong)


def test_nested_catalogs_and_services_by_reference(contexts: dict[str, Any]) -> None:
    service = messages.data_service("urn:s", "https://a.example/dsp")
    entry = messages.dataset(
        "d",
        offers=[OFFER],
        distributions=[messages.distribution("HttpData-PULL", "urn:s"), messages.distribution("X", "urn:none")],
        properties={"cx-common:version": "3.0", "dct:type": {"@id": "cx-taxo:Submodel"}},
    )
    inner = messages.catalog("urn:inner", "did:web:a", datasets=[entry], services=[])
    outer = messages.catalog("urn:outer", "did:web:a", datasets=[], services=[service])
    body = {**outer, "catalog": [{k: v for k, v in inner.items() if k not in ("@context", "participantId")}]}
    other = {**body, "@context": DSPACE_CONTEXT}
    for catalog in (reading.read_catalog(body), reading.read_catalog(other, contexts=contexts)):
        (found,) = catalog.datasets
        assert found.distributions == (("HttpData-PULL", "https://a.example/dsp"), ("X", None))
        assert found.properties == {
            "cx-common:version": "3.0",
            "dct:type": {"@id": "https://w3id.org/catenax/taxonomy#Submodel"},
        }
        assert found.offers == ({k: v for k, v in OFFER.items() if k != "target"},)


def test_an_empty_catalog_is_read() -> None:
    body = messages.catalog("urn:c", "did:web:a", datasets=[], services=[])
    assert "dataset" not in body
    assert reading.read_catalog(body).datasets == ()
    assert reading.read_catalog({**body, "dataset": []}).datasets == ()


def test_the_wrong_negation_of_the_w3c_context_is_not_taken_for_the_right_one(contexts: dict[str, Any]) -> None:
    """That context maps `neq` to odrl:neg; an operator that nobody defined is refused, not guessed."""
    constraint = {"leftOperand": "purpose", "operator": "neq", "rightOperand": "x"}
    offer = {**OFFER, "@context": ODRL_CONTEXT, "permission": [{"action": "use", "constraint": [constraint]}]}
    with pytest.raises(Invalid):
        reading.read({**REQUEST, "offer": offer}, "ContractRequestMessage", contexts=contexts)
