"""The structural rules once more, as SHACL shapes over the policy's RDF: for whoever works in RDF."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Final

from connector.notation.findings import Finding
from connector.notation.jsonld import Contexts
from connector.notation.problems import Invalid
from connector.odrl.policy.spelling import bounded, expanded
from connector.odrl.vocabulary import CX_ODRL_CONTEXT, CX_POLICY, LEGACY_NAMESPACES, ODRL

_SH: Final = "http://www.w3.org/ns/shacl#"
_SEVERITIES: Final = {_SH + "Violation": "error", _SH + "Warning": "warning", _SH + "Info": "info"}


def shacl_findings(document: dict[str, Any], shapes_turtle: str, contexts: Contexts | None = None) -> list[Finding]:
    """What the shapes in `shapes_turtle` say of one policy; see `shacl_findings_of`."""
    return shacl_findings_of([document], shapes_turtle, contexts)[0]


def shacl_findings_of(
    documents: Sequence[dict[str, Any]], shapes_turtle: str, contexts: Contexts | None = None
) -> list[list[Finding]]:
    """What the shapes in `shapes_turtle` (text of policies/shapes.ttl) say of each policy, one finding a result.

    All of them are judged at once: reading the shapes costs more than one policy does.

    Each message of the shapes begins with the rule's name in brackets, which becomes the code (`odrl/<rule>`). RDF has
    no JSON pointers: `found` holds the offending value and the pointer stays empty. Imports rdflib and pyshacl late.
    Raises Invalid as `parse` does.
    """
    from pyshacl import validate
    from rdflib import Graph

    together, owners = Graph(), {}
    for number, document in enumerate(documents):
        if not isinstance(document, dict):
            raise Invalid("odrl/not-an-object", "a policy is a JSON object")
        bounded(document)
        for triple in _graph(expanded(document, contexts), number):
            together.add(triple)
            owners[triple[0]] = owners[triple[2]] = number
    _, report, _ = validate(
        together, shacl_graph=_turtle(shapes_turtle), inference="none", do_owl_imports=False, meta_shacl=False
    )
    found: list[list[Finding]] = [[] for _ in documents]
    for focus, finding in _findings(report):
        found[owners[focus]].append(finding)
    return [sorted(each, key=lambda finding: (finding.code, str(finding.found))) for each in found]


def _graph(nodes: list[Any], number: int) -> Any:
    """The RDF of an expanded policy; the root is typed odrl:Policy, so that the shapes find it."""
    from rdflib import Graph

    root = {**_nameless(nodes[0]), "@id": f"urn:ionport:policy:{number}", "@type": [ODRL + "Policy"]}
    text = json.dumps([root], default=str)
    for old, new in ((CX_ODRL_CONTEXT, ODRL), *((namespace, CX_POLICY) for namespace in LEGACY_NAMESPACES)):
        text = text.replace(f'"{old}', f'"{new}')
    return Graph().parse(data=text, format="json-ld")


def _nameless(node: Any) -> Any:
    """`node` with inner nodes nameless: two rules that share an `@id` must not melt into one."""
    if isinstance(node, list):
        return [_nameless(inner) for each in node for inner in _items(each)]
    if not isinstance(node, dict):
        return node
    is_reference = len(node) == 1
    return {key: _nameless(value) for key, value in node.items() if is_reference or key != "@id"}


def _items(node: Any) -> list[Any]:
    """The members of an RDF list as plain values: their order says nothing here."""
    return list(node["@list"]) if isinstance(node, dict) and "@list" in node else [node]


@lru_cache(maxsize=4)
def _turtle(text: str) -> Any:
    from rdflib import Graph

    return Graph().parse(data=text, format="turtle")


def _findings(report: Any) -> list[tuple[Any, Finding]]:
    """Each result with the node that it is about."""
    from rdflib import RDF, URIRef

    results = report.subjects(RDF.type, URIRef(_SH + "ValidationResult"))
    return [(report.value(result, URIRef(_SH + "focusNode")), _finding(report, result)) for result in results]


def _finding(report: Any, result: Any) -> Finding:
    from rdflib import URIRef

    def read(name: str) -> str:
        return str(report.value(result, URIRef(_SH + name)) or "")

    rule, _, message = read("resultMessage").removeprefix("[").partition("] ")
    severity = _SEVERITIES.get(read("resultSeverity"), "error")
    return Finding(f"odrl/{rule}", message, severity=severity, found=read("value") or None)  # type: ignore[arg-type]
