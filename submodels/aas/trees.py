"""AAS documents as plain JSON trees, of metamodel 3.0 or 3.1: read from JSON or XML, checked, written as XML.

What others wrote is read by the rules of 3.1, which takes all that is valid in 3.0 (and lets members of a list have an
idShort, which 3.0 does not).
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import Any, Final, Literal

from connector.notation import exact_json
from connector.notation.findings import Finding
from connector.notation.limits import Limits
from connector.notation.pointers import join
from connector.notation.problems import Invalid
from submodels.aas.serialization import NAMESPACES, Metamodel

Json = Any
Kind = Literal["Environment", "AssetAdministrationShell", "Submodel", "ConceptDescription", "SubmodelElement"]

PACKAGES: Final[Mapping[Metamodel, str]] = {"3.0": "aas_core3", "3.1": "aas_core3_1"}
LATEST: Final[Metamodel] = "3.1"
MAX_FINDINGS: Final = 1000
_NAMES: Final = {
    "Environment": "environment",
    "AssetAdministrationShell": "asset_administration_shell",
    "Submodel": "submodel",
    "ConceptDescription": "concept_description",
    "SubmodelElement": "submodel_element",
}
KINDS: Final[Mapping[str, Kind]] = {
    "assetAdministrationShells": "AssetAdministrationShell",
    "submodels": "Submodel",
    "conceptDescriptions": "ConceptDescription",
}
LISTS: Final = tuple(KINDS)
"""The members of an environment."""
_DEEP: Final = Limits(size=1 << 40, depth=512)


def core(part: str, metamodel: Metamodel = LATEST) -> Any:
    """A module of aas-core for a metamodel: `types`, `jsonization`, `xmlization` or `verification`."""
    return importlib.import_module(f"{PACKAGES[metamodel]}.{part}")


def normal(document: Json, kind: Kind, metamodel: Metamodel = LATEST) -> Json:
    """The normative JSON of a document, in the order of the metamodel. Raises Invalid (`aas/json`)."""
    jsonization = core("jsonization", metamodel)
    return jsonization.to_jsonable(_instance(document, kind, metamodel))


def check(document: Json, kind: Kind, metamodel: Metamodel = LATEST) -> list[Finding]:
    """What aas-core finds wrong: `aas/json` where it is no such thing at all, else `aas/verification` for each rule."""
    try:
        thing = _instance(document, kind, metamodel)
    except Invalid as problem:
        return [Finding(problem.code, problem.detail, problem.pointer, source=f"AAS Part 1 V{metamodel}")]
    found = []
    for error in core("verification", metamodel).verify(thing):
        found.append(
            Finding("aas/verification", error.cause, pointer_of(error.path), source=f"AAS Part 1 V{metamodel}")
        )
        if len(found) == MAX_FINDINGS:
            break
    return found


def metamodel_of(document: Json, kind: Kind = "Environment") -> Metamodel:
    """The oldest metamodel that the document is valid in; the latest where it is valid in none."""
    return LATEST if check(document, kind, "3.0") else "3.0"


def read_environment(raw: bytes) -> Json:
    """An environment from its JSON or XML (namespace 3/0 or 3/1) as a tree. Raises Invalid (`aas/json`, `aas/xml`)."""
    text = plain_text(raw)
    if text.lstrip()[:1] in ("{", "["):
        return normal(exact_json.decode(text, limits=_DEEP), "Environment")
    xmlization = core("xmlization")
    text = text.replace(f'"{NAMESPACES["3.0"]}"', f'"{NAMESPACES[LATEST]}"')
    text = text.replace(f"'{NAMESPACES['3.0']}'", f"'{NAMESPACES[LATEST]}'")
    try:
        environment = xmlization.environment_from_str(text)
    except xmlization.DeserializationException as error:
        raise Invalid("aas/xml", f"not an AAS environment in XML: {error.cause} at {error.path}") from None
    except (SyntaxError, ValueError, RecursionError) as error:
        raise Invalid("aas/xml", f"not well-formed XML: {error}") from None
    tree: Json = core("jsonization").to_jsonable(environment)
    return tree


def write_xml(document: Json, metamodel: Metamodel = "3.0") -> bytes:
    """An environment's XML. Raises Invalid (`aas/json`) for what the metamodel cannot say."""
    text: str = core("xmlization", metamodel).to_str(_instance(document, "Environment", metamodel))
    return b'<?xml version="1.0" encoding="UTF-8"?>\n' + text.encode()


def plain_text(raw: bytes) -> str:
    """XML or JSON as text: UTF-8, or UTF-16 with its mark; a document type or entity is refused (`aas/xml`)."""
    encoding = "utf-16" if raw[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        text = raw.decode(encoding)
    except UnicodeDecodeError as error:
        raise Invalid("aas/xml", f"the text is not {encoding}: byte {error.start}") from None
    if text.lstrip()[:1] == "<":
        if "<!DOCTYPE" in text or "<!ENTITY" in text:
            raise Invalid("aas/xml", "the XML declares a document type or entities: take them out")
        # The text is decoded: what the declaration says of bytes holds no longer.
        start = text.lstrip()
        if start.startswith("<?xml"):
            text = start.partition("?>")[2]
    return text


def pointer_of(path: Any) -> str:
    """aas-core's path as a JSON pointer; it names members in Python's way (`submodel_elements`)."""
    steps = (segment.name if hasattr(segment, "name") else segment.index for segment in path.segments)
    return join("", *(_json_name(step) for step in steps))


def _json_name(step: str | int) -> str | int:
    if isinstance(step, int):
        return step
    first, *rest = step.split("_")
    return first + "".join(word.capitalize() for word in rest)


def _instance(document: Json, kind: Kind, metamodel: Metamodel) -> Any:
    jsonization = core("jsonization", metamodel)
    try:
        return getattr(jsonization, f"{_NAMES[kind]}_from_jsonable")(document)
    except jsonization.DeserializationException as error:
        place = str(error.path)
        where = f" at {place}" if place else ""
        raise Invalid("aas/json", f"not an AAS {kind}: {error.cause}{where}", pointer=_pointer_in(place)) from None
    except RecursionError:
        raise Invalid("aas/json", f"the {kind} is nested too deeply") from None


def _pointer_in(place: str) -> str:
    steps = place.replace("]", "").replace("[", ".").strip(".")
    return join("", *steps.split(".")) if steps else ""


def meanings(document: Json) -> list[str]:
    """The values of semanticId and supplementalSemanticIds: each reference's first key."""
    references = [document.get("semanticId"), *document.get("supplementalSemanticIds", ())]
    return [each["keys"][0]["value"] for each in references if each]


def all_meanings(document: Json) -> set[str]:
    """Every value of a key below any semanticId, supplementalSemanticIds or valueId: what concepts it may refer to."""
    found: set[str] = set()
    waiting: list[Any] = [document]
    while waiting:
        here = waiting.pop()
        if isinstance(here, list):
            waiting += here
        elif isinstance(here, dict):
            if "keys" in here and isinstance(here["keys"], list):
                found.update(str(key.get("value")) for key in here["keys"] if isinstance(key, dict))
            waiting += here.values()
    return found


def oldest(tree: Json) -> Metamodel:
    """3.0, or 3.1 where the tree has what only that can say; quick, it looks for nothing else that is wrong."""
    return LATEST if _is_new(tree) else "3.0"


_NEEDED: Final[Mapping[str, tuple[str, ...]]] = {
    "File": ("contentType",),
    "Blob": ("contentType",),
    "RelationshipElement": ("first", "second"),
    "AnnotatedRelationshipElement": ("first", "second"),
    "Entity": ("entityType",),
}


def _is_new(here: Json) -> bool:
    if isinstance(here, list):
        return any(_is_new(each) for each in here)
    if not isinstance(here, dict):
        return False
    kind = str(here.get("modelType"))
    if any(name not in here for name in _NEEDED.get(kind, ())) or here.get("assetKind") == "Role":
        return True
    if kind == "SubmodelElementList" and any("idShort" in each for each in here.get("value", ())):
        return True
    return any(_is_new(each) for each in here.values() if isinstance(each, list | dict))
