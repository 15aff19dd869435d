"""The structural rules once more, as SHACL shapes over the policy's RDF: for whoever works in RDF."""

from __future__ import annotations

import json
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
    """What the shapes in `shapes_turtle` (text of policies/shapes.ttl) say of `document`, one finding a result.

    Each message of the shapes begins with the rule's name in brackets, which becomes the code (`odrl/<rule>`). RDF has
    no JSON pointers: `found` holds the offending value and the pointer stays empty. Imports rdflib and pyshacl late.
    Raises Invalid as `parse` does.
    """
    from pyshacl import validate

    if not isinstance(document, dict):
        raise Invalid("odrl/not-an-object", "a policy is a JSON object")
    bounded(document)
    _, report, _ = validate(
        _graph(expanded(document, contexts)),
        shacl_graph=_turtle(shapes_turtle),
        inference="none",
        do_owl_imports=False,
        meta_shacl=False,
    )
    return sorted(_findings(report), key=lambda finding: (finding.code, str(finding.found)))


def _graph(nodes: list[Any]) -> Any:
    """The RDF of an expanded policy; the root is typed odrl:Policy, so that the shapes find it."""
    from rdflib import Graph

    root = {**_nameless(nodes[0]), "@id": "urn:ionport:policy", "@type": [ODRL + "Policy"]}
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


def _findings(report: Any) -> list[Finding]:
    from rdflib import RDF, URIRef

    results = report.subjects(RDF.type, URIRef(_SH + "ValidationResult"))
    return [_finding(report, result) for result in results]


def _finding(report: Any, result: Any) -> Finding:
    from rdflib import URIRef

    def read(name: str) -> str:
        return str(report.value(result, URIRef(_SH + name)) or "")

    rule, _, message = read("resultMessage").removeprefix("[").partition("] ")
    severity = _SEVERITIES.get(read("resultSeverity"), "error")
    return Finding(f"odrl/{rule}", message, severity=severity, found=read("value") or None)  # type: ignore[arg-type]
