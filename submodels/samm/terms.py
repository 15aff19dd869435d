"""The vocabulary of the SAMM meta-model (2.0.0, 2.1.0, 2.2.0): names are the same in all, the version is in the IRI.

Its forerunners (BAMM, and SAMM 1.0.0) have the same words; models in them are read as 2.0.0, with a warning.
"""

from __future__ import annotations

import re
from functools import lru_cache

VERSIONS = ("2.0.0", "2.1.0", "2.2.0")
FORMER = ("1.0.0",)
RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"

_MODELS = {"meta-model": "samm", "characteristic": "samm-c", "entity": "samm-e", "unit": "unit"}
_STANDARDS = ("urn:samm:org.eclipse.esmf.samm:", "urn:bamm:io.openmanufacturing:")
_TERM = re.compile(
    r"(?:urn:samm:org\.eclipse\.esmf\.samm|urn:bamm:io\.openmanufacturing)"
    r":(meta-model|characteristic|entity|unit):([0-9]+\.[0-9]+\.[0-9]+)#(.+)",
    re.ASCII,
)
_URN = re.compile(r"urn:[sb]amm:([A-Za-z0-9_.-]{1,200}:[0-9]+\.[0-9]+\.[0-9]+)#([A-Za-z0-9_%-]{1,200})", re.ASCII)

LEFT_OVER = frozenset({"samm:name"})
"""Attributes of forerunners that say nothing any more."""

DESCRIPTION = frozenset({"rdf:type", "samm:preferredName", "samm:description", "samm:see"})

_SCALAR = frozenset({"samm:dataType"})
_COLLECTION = frozenset({"samm:dataType", "samm-c:elementCharacteristic"})
_QUANTIFIED = frozenset({"samm:dataType", "samm-c:unit"})
_PROPERTY = frozenset({"samm:characteristic", "samm:exampleValue", "samm:extends"})
_ENTITY = frozenset({"samm:properties", "samm:extends"})

COLLECTIONS = {f"samm-c:{kind}": kind for kind in ("Collection", "List", "Set", "SortedSet", "TimeSeries")}
QUANTITIES = {f"samm-c:{kind}": kind for kind in ("Quantifiable", "Measurement", "Duration")}

CHARACTERISTICS: dict[str, frozenset[str]] = {
    "samm:Characteristic": _SCALAR,
    "samm-c:Code": _SCALAR,
    "samm-c:Reference": _SCALAR,
    "samm-c:SingleEntity": _SCALAR,
    "samm-c:Enumeration": frozenset({"samm:dataType", "samm-c:values"}),
    "samm-c:State": frozenset({"samm:dataType", "samm-c:values", "samm-c:defaultValue"}),
    "samm-c:Either": frozenset({"samm-c:left", "samm-c:right"}),
    "samm-c:StructuredValue": frozenset({"samm:dataType", "samm-c:deconstructionRule", "samm-c:elements"}),
    "samm-c:Trait": frozenset({"samm-c:baseCharacteristic", "samm-c:constraint"}),
    **dict.fromkeys(COLLECTIONS, _COLLECTION),
    **dict.fromkeys(QUANTITIES, _QUANTIFIED),
}
"""Each class of characteristic with the attributes that it may have besides those for people."""

CONSTRAINTS: dict[str, frozenset[str]] = {
    "samm-c:RangeConstraint": frozenset(
        {"samm-c:minValue", "samm-c:maxValue", "samm-c:lowerBoundDefinition", "samm-c:upperBoundDefinition"}
    ),
    "samm-c:LengthConstraint": frozenset({"samm-c:minValue", "samm-c:maxValue"}),
    "samm-c:RegularExpressionConstraint": frozenset({"samm:value"}),
    "samm-c:EncodingConstraint": frozenset({"samm:value"}),
    "samm-c:LanguageConstraint": frozenset({"samm-c:languageCode"}),
    "samm-c:LocaleConstraint": frozenset({"samm-c:localeCode"}),
    "samm-c:FixedPointConstraint": frozenset({"samm-c:scale", "samm-c:integer"}),
}

ELEMENTS: dict[str, frozenset[str]] = {
    "samm:Aspect": frozenset({"samm:properties", "samm:operations", "samm:events"}),
    "samm:Entity": _ENTITY,
    "samm:AbstractEntity": _ENTITY,
    "samm:Property": _PROPERTY,
    "samm:AbstractProperty": _PROPERTY,
    "samm:Value": frozenset({"samm:value"}),
    "samm:Operation": frozenset({"samm:input", "samm:output"}),
    "samm:Event": frozenset({"samm:parameters"}),
    **CHARACTERISTICS,
    **CONSTRAINTS,
}
"""Every class that an aspect can lead to, with its attributes."""

USAGE = frozenset(
    {"samm:property", "samm:optional", "samm:notInPayload", "samm:payloadName", "samm:extends", "samm:characteristic"}
    | {"samm:exampleValue"}
)
"""What a property may carry where it is used (a blank node in `samm:properties`)."""

PREDICATES = DESCRIPTION | USAGE | frozenset().union(*ELEMENTS.values())
"""Every attribute that the meta-model knows at some element."""

LOWER_BOUNDS = {"samm-c:AT_LEAST": False, "samm-c:GREATER_THAN": True}
UPPER_BOUNDS = {"samm-c:AT_MOST": False, "samm-c:LESS_THAN": True}
"""Bound definition -> whether the bound itself is excluded."""

ENCODINGS = ("US-ASCII", "ISO-8859-1", "UTF-8", "UTF-16", "UTF-16BE", "UTF-16LE")

STANDARD_ELEMENTS = """
@prefix samm: <{standard}meta-model:{version}#> .
@prefix samm-c: <{standard}characteristic:{version}#> .
@prefix samm-e: <{standard}entity:{version}#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .
samm-c:Text a samm:Characteristic ; samm:dataType xsd:string .
samm-c:Timestamp a samm:Characteristic ; samm:dataType xsd:dateTime .
samm-c:MultiLanguageText a samm:Characteristic ; samm:dataType rdf:langString .
samm-c:Boolean a samm:Characteristic ; samm:dataType xsd:boolean .
samm-c:Locale a samm:Characteristic ; samm:dataType xsd:string .
samm-c:Language a samm:Characteristic ; samm:dataType xsd:string .
samm-c:UnitReference a samm:Characteristic ; samm:dataType samm:curie .
samm-c:ResourcePath a samm:Characteristic ; samm:dataType xsd:anyURI .
samm-c:MimeType a samm:Characteristic ; samm:dataType xsd:string .
samm-c:Reference a samm:Characteristic ; samm:dataType xsd:anyURI .
samm-e:TimeSeriesEntity a samm:AbstractEntity ; samm:properties ( samm-e:timestamp samm-e:value ) .
samm-e:timestamp a samm:Property ; samm:characteristic samm-c:Timestamp .
samm-e:value a samm:AbstractProperty .
samm-e:Point3d a samm:AbstractEntity ; samm:properties ( samm-e:x samm-e:y samm-e:z ) .
samm-e:x a samm:AbstractProperty .
samm-e:y a samm:AbstractProperty .
samm-e:z a samm:AbstractProperty .
samm-e:FileResource a samm:Entity ; samm:properties ( samm-e:resource samm-e:mimeType ) .
samm-e:resource a samm:Property ; samm:characteristic samm-c:ResourcePath .
samm-e:mimeType a samm:Property ; samm:characteristic samm-c:MimeType ; samm:exampleValue "application/json" .
samm-e:Quantity a samm:AbstractEntity ; samm:properties ( samm-e:value samm-e:unit ) .
samm-e:unit a samm:Property ; samm:characteristic samm-c:UnitReference .
"""
"""The elements that the meta-model itself brings, in its own notation."""


def standard_elements(iri: str) -> tuple[str, str] | None:
    """Name and Turtle text of what the meta-model that `iri` belongs to brings; None for one that is not known."""
    version = version_of(iri)
    if version not in (*VERSIONS, *FORMER):
        return None
    standard = next(start for start in _STANDARDS if iri.startswith(start))
    text = STANDARD_ELEMENTS.replace("{standard}", standard).replace("{version}", version)
    return f"meta-model {standard}{version}", text


@lru_cache(maxsize=4096)
def short(iri: str) -> str:
    """`iri` with the meta-model's IRI shortened to `samm:`, `samm-c:`, `samm-e:` or `unit:`; others stay."""
    if iri.startswith(RDF):
        return "rdf:" + iri[len(RDF) :]
    match = _TERM.fullmatch(iri)
    return f"{_MODELS[match[1]]}:{match[3]}" if match and match[2] in (*VERSIONS, *FORMER) else iri


def is_standard(iri: str) -> bool:
    """Whether `iri` belongs to the meta-model, of whatever version."""
    return iri.startswith(_STANDARDS)


def is_former(iri: str) -> bool:
    """Whether `iri` is a term of a forerunner of meta-model 2.0.0."""
    return is_standard(iri) and (iri.startswith("urn:bamm:") or version_of(iri) in FORMER)


def version_of(iri: str) -> str | None:
    """The meta-model version in a term of the meta-model."""
    match = _TERM.fullmatch(iri)
    return match[2] if match else None


def split_urn(urn: str) -> tuple[str, str] | None:
    """`urn:samm:<namespace>:<version>#<name>` as (`<namespace>:<version>`, name); None if it is not one."""
    match = _URN.fullmatch(urn)
    return (match[1], match[2]) if match else None


def name_of(iri: str) -> str:
    """The part of `iri` after the `#`."""
    return iri.rpartition("#")[2]
