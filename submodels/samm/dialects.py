"""A schema of ours (JSON Schema 2020-12) in the words of draft-07, for tools that know no later one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, Literal

from submodels.samm.schema import Schema

Dialect = Literal["2020-12", "draft-07"]
DIALECTS: Final = ("2020-12", "draft-07")
DRAFT_07: Final = "http://json-schema.org/draft-07/schema#"


def in_dialect(schema: Schema, dialect: Dialect) -> Schema:
    """`schema` (as `json_schema` makes it) in `dialect`; both judge alike."""
    if dialect == "2020-12":
        return schema
    return {**_converted(schema), "$schema": DRAFT_07}


def _converted(schema: Any) -> Any:
    """Draft-07 has `definitions`, `items` as array, and looks at nothing beside a `$ref`."""
    if not isinstance(schema, dict):
        return schema
    found: Schema = {}
    for keyword, value in dict[str, Any](schema).items():
        convert = _WAYS.get(keyword)
        found[_NAMES.get(keyword, keyword)] = convert(value) if convert else value
    if "$ref" in found and len(found) > 1:
        found["allOf"] = [{"$ref": found.pop("$ref")}, *found.get("allOf", [])]
    return found


def _each_member(members: dict[str, Any]) -> dict[str, Any]:
    return {name: _converted(schema) for name, schema in members.items()}


def _each(schemas: list[Any]) -> list[Any]:
    return [_converted(schema) for schema in schemas]


_NAMES: Final[dict[str, str]] = {"$defs": "definitions", "prefixItems": "items"}
_WAYS: Final[dict[str, Callable[[Any], Any]]] = {
    "$defs": _each_member,
    "properties": _each_member,
    "items": _converted,
    "additionalProperties": _converted,
    "propertyNames": _converted,
    "prefixItems": _each,
    "allOf": _each,
    "anyOf": _each,
    "oneOf": _each,
    "$ref": lambda target: target.replace("#/$defs/", "#/definitions/", 1),
}
