"""The context documents written anew mean what the published ones mean."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from connector.dsp.vocabulary import (
    CX_ODRL_CONTEXT,
    CX_OPERANDS,
    CX_POLICY,
    CX_POLICY_CONTEXT,
    DSPACE_CONTEXT,
    EDC_CONTEXT,
    EDC_MANAGEMENT_CONTEXT,
    ODRL,
    ODRL_CONTEXT,
    ODRL_PROFILE_CONTEXT,
    PLAIN_CONTEXTS,
    resolve,
    terms_of,
)
from connector.notation import jsonld

REFERENCE = Path(__file__).resolve().parents[3] / "../shared/reference"
needs_reference = pytest.mark.skipif(not REFERENCE.is_dir(), reason="the published context files are not here")

PUBLISHED = {
    DSPACE_CONTEXT: "dsp-2025-1/context/dspace.jsonld",
    ODRL_PROFILE_CONTEXT: "dsp-2025-1/context/odrl.jsonld",
    EDC_CONTEXT: "edc/dspace-edc-context-v1.jsonld",
    EDC_MANAGEMENT_CONTEXT: "edc/management-context-v2.jsonld",
    ODRL_CONTEXT: "edc/odrl.jsonld",
    CX_POLICY_CONTEXT: "catena-x/policy-2025-9/context/context.jsonld",
    CX_ODRL_CONTEXT: "catena-x/policy-2025-9/context/odrl.jsonld",
}

DIFFERENT = {
    (CX_POLICY_CONTEXT, "odrl"): "published as the IRI of a context file, which breaks every `odrl:` name and clashes "
    "with the protocol's protected prefix; here it is ODRL's namespace",
}
"""The only term that means something else here, and why."""


@pytest.fixture(scope="module")
def published() -> dict[str, Any]:
    raw = {iri: json.loads((REFERENCE / path).read_text(encoding="utf-8")) for iri, path in PUBLISHED.items()}
    return {iri: _without_imports(document, raw) for iri, document in raw.items()}


def _without_imports(value: Any, documents: dict[str, Any]) -> Any:
    """`@import` resolved as JSON-LD 1.1 says (imported terms, then own ones).

    The library merges into the imported document itself and so carries terms from one context over to the next;
    our documents hold the imported terms themselves.
    """
    if not isinstance(value, dict):
        return value
    if "@import" in value:
        own = {name: member for name, member in value.items() if name != "@import"}
        value = {**documents[value["@import"]]["@context"], **own}
    return {name: _without_imports(member, documents) for name, member in value.items()}


def test_no_context_imports_another(contexts: dict[str, Any]) -> None:
    assert '"@import"' not in json.dumps(contexts)


def test_no_context_is_changed_by_use(contexts: dict[str, Any]) -> None:
    before = copy.deepcopy(contexts)
    for type_ in ("ContractRequestMessage", "Dataset", "ContractAgreementMessage"):
        jsonld.expand({"@context": [DSPACE_CONTEXT], "@type": type_, "http://x.example/p": "v"}, contexts)
    assert contexts == before


def test_the_index_names_every_context(contexts: dict[str, Any]) -> None:
    assert set(contexts) == set(PUBLISHED)


@pytest.mark.parametrize("iri", PUBLISHED)
def test_every_context_can_be_processed_alone(iri: str, contexts: dict[str, Any]) -> None:
    (node,) = jsonld.expand({"@context": iri, "@id": "urn:x", "http://x.example/p": "v"}, contexts)
    assert node == {"@id": "urn:x", "http://x.example/p": [{"@value": "v"}]}


def _corpus(terms: dict[str, Any], iri: str) -> Iterator[Any]:
    """For every term: the term as member, as type, and as value; for types all their own terms with various values."""
    values: list[Any] = ["text", 7, True, "urn:iri", ["a", "b"], {"@id": "urn:y"}, {"use": "eq", "@type": "Offer"}]
    for name, definition in terms.items():
        if name.startswith("@") or (iri, name) in DIFFERENT:
            continue
        is_type = isinstance(definition, dict) and "@context" in definition
        inner = definition["@context"] if is_type else {}
        scoped = [inner_name for inner_name in inner if not inner_name.startswith("@")]
        if is_type:
            yield {"@type": name, **{inner_name: "value" for inner_name in scoped if inner_name not in ("id", "type")}}
            for inner_name, value in ((n, v) for n in scoped if n not in ("id", "type") for v in values):
                yield {"@type": name, inner_name: value, "http://x.example/p": {"permission": [{"action": "use"}]}}
        elif name not in ("uid", "type"):
            for value in values:
                yield {"@id": "urn:x", name: value}
        yield {"@type": name, "http://x.example/p": {"@id": name + ":x"}, name + ":y": "z"}
        for member in ("action", "operator", "leftOperand", "state", "eventType", "conflict"):
            yield {"@id": "urn:x", "@type": "ContractNegotiation", member: name}


@needs_reference
@pytest.mark.parametrize("iri", PUBLISHED)
def test_expansion_equals_that_with_the_published_context(
    iri: str, contexts: dict[str, Any], published: dict[str, Any]
) -> None:
    seen = 0
    for document in _corpus(published[iri]["@context"], iri):
        outcome = [_outcome({"@context": [iri], **copy.deepcopy(document)}, known) for known in (contexts, published)]
        assert outcome[0] == outcome[1], document
        seen += isinstance(outcome[0], list)
    assert seen >= 50


def _outcome(document: Any, contexts: dict[str, Any]) -> Any:
    try:
        return jsonld.expand(document, contexts)
    except Exception as error:
        return type(error).__name__


@needs_reference
def test_compaction_equals_that_with_the_published_context(contexts: dict[str, Any], published: dict[str, Any]) -> None:
    seen = 0
    for path in sorted((REFERENCE / "dsp-2025-1").glob("*/example/*.json")):
        document = json.loads(path.read_text(encoding="utf-8"))
        if DSPACE_CONTEXT not in document.get("@context", []) or "did-service" in path.name:
            continue
        nodes = [jsonld.expand(document, known) for known in (contexts, published)]
        assert nodes[0] == nodes[1]
        compact = [jsonld.compact(nodes[0], DSPACE_CONTEXT, known) for known in (contexts, published)]
        assert compact[0] == compact[1]
        seen += 1
    assert seen >= 20


@needs_reference
def test_the_terms_are_those_of_the_published_contexts(contexts: dict[str, Any], published: dict[str, Any]) -> None:
    for iri in PUBLISHED:
        names = [set(known[iri]["@context"]) - {"@version"} for known in (contexts, published)]
        assert names[0] == names[1], iri


def test_the_one_difference_lets_the_catena_x_context_stand_beside_the_protocols(contexts: dict[str, Any]) -> None:
    document = {"@context": [DSPACE_CONTEXT, CX_POLICY_CONTEXT], "@id": "urn:x", "odrl:action": {"@id": "odrl:use"}}
    (node,) = jsonld.expand(document, contexts)
    assert node == {"@id": "urn:x", ODRL + "action": [{"@id": ODRL + "use"}]}
    assert len(DIFFERENT) == 1


def test_the_table_of_terms_says_what_the_documents_say(contexts: dict[str, Any]) -> None:
    for iri in PLAIN_CONTEXTS:
        terms = terms_of((iri,))
        for name in (
            "id",
            "description",
            "isCatalog",
            "inForceDate",
            "conformsTo",
            *CX_OPERANDS,
            "edc:x",
            "cx-policy:x",
        ):
            (node,) = jsonld.expand(
                {"@context": [{"@vocab": "urn:v:"}, iri], "@id": "urn:x", name: {"@id": "urn:y"}}, contexts
            )
            resolved = resolve(name, terms)
            wanted = resolved if ":" in resolved else "urn:v:" + name
            assert set(node) == {"@id", wanted}, (iri, name)


def test_every_operand_of_the_catena_x_context_is_in_the_table(contexts: dict[str, Any]) -> None:
    names = {name for name in contexts[CX_POLICY_CONTEXT]["@context"] if name not in ("odrl", "cx-policy")}
    assert names == set(CX_OPERANDS)
    assert resolve("Membership", terms_of((CX_POLICY_CONTEXT,))) == CX_POLICY + "Membership"
    assert resolve("Membership", terms_of((DSPACE_CONTEXT,))) == "Membership"
    assert resolve("https://x.example", terms_of((EDC_CONTEXT,))) == "https://x.example"
