"""The normative JSON and XML of AAS objects (AAS Part 1 V3.0, mappings), written and read by aas-core."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from connector.notation import exact_json
from connector.notation.problems import Invalid

if TYPE_CHECKING:
    from aas_core3 import types

Metamodel = Literal["3.0", "3.1"]
NAMESPACES: dict[Metamodel, str] = {
    "3.0": "https://admin-shell.io/aas/3/0",
    "3.1": "https://admin-shell.io/aas/3/1",
}


def to_jsonable(thing: types.Class) -> dict[str, Any]:
    """The normative JSON of an environment, shell, submodel or element as plain values (all amounts are texts)."""
    from aas_core3 import jsonization

    jsonable: dict[str, Any] = jsonization.to_jsonable(thing)  # type: ignore[assignment]
    return jsonable


def to_json(thing: types.Class) -> bytes:
    """The same as compact UTF-8 JSON."""
    return exact_json.encode(to_jsonable(thing))


def to_xml(thing: types.Class, *, metamodel: Metamodel = "3.0") -> bytes:
    """The normative XML, UTF-8 with a declaration; namespace https://admin-shell.io/aas/3/0 or 3/1.

    What is valid in V3.0 has the same elements in V3.1 (its schema only adds): another namespace is all.
    """
    from aas_core3 import xmlization

    text = xmlization.to_str(thing)
    if metamodel != "3.0":
        text = text.replace(f'xmlns="{NAMESPACES["3.0"]}"', f'xmlns="{NAMESPACES[metamodel]}"', 1)
    return b'<?xml version="1.0" encoding="UTF-8"?>\n' + text.encode()


def read_json(raw: bytes | str) -> types.Environment:
    """An environment from its JSON. Raises Invalid (`json/...`, `aas/json`)."""
    from aas_core3 import jsonization

    document = exact_json.decode(raw)
    try:
        return jsonization.environment_from_jsonable(document)
    except jsonization.DeserializationException as error:
        raise Invalid("aas/json", f"not an AAS environment: {error.cause} at {error.path}") from None


def read_xml(raw: bytes | str) -> types.Environment:
    """An environment from its XML, namespace 3/0 or 3/1. Raises Invalid (`aas/xml`); a document type is refused."""
    from aas_core3 import xmlization

    text = raw.decode("utf-8", "replace") if isinstance(raw, bytes) else raw
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise Invalid("aas/xml", "the XML declares a document type or entities: take them out")
    text = text.replace(f'"{NAMESPACES["3.1"]}"', f'"{NAMESPACES["3.0"]}"')
    try:
        return xmlization.environment_from_str(text)
    except xmlization.DeserializationException as error:
        raise Invalid("aas/xml", f"not an AAS environment in XML: {error.cause} at {error.path}") from None
    except (SyntaxError, ValueError) as error:
        raise Invalid("aas/xml", f"not well-formed XML: {error}") from None
