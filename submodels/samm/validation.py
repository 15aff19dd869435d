"""Checking payloads against an aspect: the schema is compiled once, every error becomes a finding with its place."""

from __future__ import annotations

import re
from collections.abc import Callable, Set
from functools import cache
from itertools import islice
from typing import Any

from connector.notation.findings import Finding
from connector.notation.pointers import join
from connector.notation.problems import Invalid
from submodels.samm.datatypes import XSD_FORMATS
from submodels.samm.model import Aspect, Json
from submodels.samm.schema import URN_KEYWORD, Schema, json_schema

MAX_FINDINGS = 20_000
"""A payload with more errors than this is told the first ones."""

CODES = {
    "type": "samm/type",
    "required": "samm/required",
    "enum": "samm/enumeration",
    "const": "samm/enumeration",
    "anyOf": "samm/enumeration",
    "oneOf": "samm/either",
    "additionalProperties": "samm/unknown-property",
    "falseSchema": "samm/unknown-property",
    "pattern": "samm/pattern",
    "backtrackLimitExceeded": "samm/pattern",
    "regexEngineFailure": "samm/pattern",
    "format": "samm/format",
    "minLength": "samm/length",
    "maxLength": "samm/length",
    "minItems": "samm/length",
    "maxItems": "samm/length",
    "minimum": "samm/range",
    "maximum": "samm/range",
    "exclusiveMinimum": "samm/range",
    "exclusiveMaximum": "samm/range",
    "uniqueItems": "samm/unique",
    "propertyNames": "samm/language",
    "multipleOf": "samm/fixed-point",
}
"""JSON Schema keyword -> reason code."""

_SENTENCES = {
    "type": "{wanted} is wanted here, not {found}",
    "required": "the property {wanted} is missing",
    "enum": "{found} is none of the values that the model lists",
    "const": "{found} is none of the values that the model lists",
    "anyOf": "the object is none of those that the model lists",
    "oneOf": "exactly one of left and right is wanted",
    "additionalProperties": "the model has no property {found}",
    "falseSchema": "the model has no property {found}",
    "pattern": "{found} does not have the form {wanted}",
    "format": "{found} is no {wanted}",
    "minLength": "{found} is shorter than {wanted} characters",
    "maxLength": "{found} is longer than {wanted} characters",
    "minItems": "at least {wanted} elements are wanted",
    "maxItems": "at most {wanted} elements are allowed",
    "minimum": "{found} is less than {wanted}",
    "maximum": "{found} is more than {wanted}",
    "exclusiveMinimum": "{found} is not more than {wanted}",
    "exclusiveMaximum": "{found} is not less than {wanted}",
    "uniqueItems": "an element stands twice in a set",
    "propertyNames": "a key is not the language tag that is wanted",
    "multipleOf": "{found} has more digits after the point than allowed",
}
_LONGEST = 120


class Validator:
    """Judges payloads of one aspect; make it once and keep it."""

    def __init__(self, aspect: Aspect) -> None:
        self.aspect = aspect
        self.schema = json_schema(aspect)
        self._compiled = compiled(self.schema)
        self._strict: tuple[Schema, Any] | None = None

    def is_valid(self, payload: Json) -> bool:
        """Whether `findings` would be empty."""
        return bool(_judge(self._compiled.is_valid, payload))

    def findings(self, payload: Json, *, strict: bool = False) -> list[Finding]:
        """What is wrong with `payload` (as `exact_json.decode` gives it; Decimals are compared with every digit).

        Each finding has the pointer into the payload, the code of `CODES`, what was wanted and found, and as source
        the URN of the property concerned. With `strict`, what published schemas let through but the model does not
        mean (misspelt members, half a pattern, fractions of an integer) follows as warnings.
        """
        errors = _findings(self.schema, self._compiled, payload, "error", frozenset())
        if not strict:
            return errors
        if self._strict is None:
            schema = json_schema(self.aspect, strict=True)
            self._strict = (schema, compiled(schema))
        known = {(finding.code, finding.pointer) for finding in errors}
        return errors + _findings(*self._strict, payload, "warning", known)


def validator(aspect: Aspect) -> Validator:
    """The compiled validator of `aspect`. Raises Invalid (`samm/expression`) for a regular expression that is none."""
    return Validator(aspect)


def compiled(schema: Schema) -> Any:
    """`schema` compiled; formats are checked and nothing is fetched."""
    import jsonschema_rs

    try:
        return jsonschema_rs.Draft202012Validator(schema, validate_formats=True, formats=_formats(), offline=True)
    except ValueError as error:
        reason = str(error).partition("\n")[0]
        raise Invalid("samm/expression", f"the model gives a schema that cannot be used: {reason}") from None


@cache
def _formats() -> dict[str, Callable[[str], bool]]:
    """Times and durations as XML Schema has them, where JSON Schema's own formats are narrower."""
    return {name: _full_match(pattern) for name, pattern in XSD_FORMATS.items()}


def _full_match(pattern: str) -> Callable[[str], bool]:
    compiled_pattern = re.compile(pattern, re.ASCII)
    return lambda text: compiled_pattern.fullmatch(text) is not None


def _judge(judge: Any, payload: Json) -> Any:
    try:
        return judge(payload)
    except (ValueError, RecursionError) as error:
        raise Invalid("samm/payload", f"the payload is no JSON: {str(error).partition(chr(10))[0]}") from None


def _findings(
    schema: Schema, compiled: Any, payload: Json, severity: Any, known: Set[tuple[str, str]]
) -> list[Finding]:
    """A finding for each error but those whose code and pointer are `known`."""
    errors = _judge(lambda document: list(islice(compiled.iter_errors(document), MAX_FINDINGS)), payload)
    rules: Rules = {}
    found = (_finding(schema, error, payload, severity, rules, known) for error in errors)
    return [finding for finding in found if finding is not None]


Rules = dict[Any, tuple[str, str, Json, str]]
"""Keyword, URN, what is wanted and how that is shown, of the rules that failed already, by place in the schema."""


def _rule(schema: Schema, error: Any, rules: Rules) -> tuple[str, str, Json, str]:
    """Many errors are of one rule."""
    missing = error.kind.value if error.kind.name == "required" else None
    place = (error.kind.name, missing, *error.evaluation_path)
    if place not in rules:
        keyword = _keyword(schema, error)
        wanted = _wanted(error.kind, keyword)
        rules[place] = keyword, _urn(schema, error.evaluation_path, missing), wanted, _shown(wanted)
    return rules[place]


def _finding(
    schema: Schema, error: Any, payload: Json, severity: Any, rules: Rules, known: Set[tuple[str, str]]
) -> Finding | None:
    keyword, urn, wanted, shown = _rule(schema, error, rules)
    code, pointer = CODES.get(keyword, "samm/schema"), join("", *error.instance_path)
    if (code, pointer) in known:
        return None
    found = _found(error.kind, _at(payload, error.instance_path))
    sentence = _SENTENCES.get(keyword, "the value does not fit the model")
    message = sentence.format(wanted=shown, found=_shown(found))
    return Finding(code, message, pointer=pointer, severity=severity, wanted=wanted, found=found, source=urn)


def _at(payload: Json, path: list[str | int]) -> Json:
    for step in path:
        payload = payload[step]
    return payload


def _keyword(schema: Schema, error: Any) -> str:
    """The keyword that failed; `oneOf` is that of an Either alone, one of several instances is like any of them."""
    name = str(error.kind.name)
    if name != "oneOf":
        return name
    return "oneOf" if _holder(schema, error.evaluation_path).get("additionalProperties") is False else "anyOf"


def _holder(schema: Schema, path: list[str | int]) -> Schema:
    """The subschema that has the last keyword of `path`."""
    node: Any = schema
    for step in path[:-1]:
        node = _below(schema, node, step)
    return dict(node)


def _below(schema: Schema, node: Any, step: str | int) -> Any:
    return schema["$defs"][node["$ref"].removeprefix("#/$defs/")] if step == "$ref" else node[step]


def _wanted(kind: Any, keyword: str) -> Json:
    if kind.name == "type":
        types = kind.value
        return types[0] if len(types) == 1 else types
    if keyword == "oneOf":
        return ["left", "right"]
    limit = kind.as_dict().get("limit")
    return limit if limit is not None else (kind.value if kind.name in _PLAIN else None)


_PLAIN = frozenset({"required", "enum", "const", "pattern", "format", "multipleOf"})


def _found(kind: Any, value: Json) -> Json:
    if kind.name == "required":
        return None
    if kind.name in ("additionalProperties", "falseSchema"):
        return ", ".join(getattr(kind, "unexpected", None) or list(value))
    if value is None:
        return "null"
    if isinstance(value, str):
        return _cut(value)
    if isinstance(value, dict):
        return "object"
    return "array" if isinstance(value, list) else value


def _shown(value: Json) -> str:
    if isinstance(value, int) and abs(value) > 10**_LONGEST:
        return "a number of many digits"
    return _cut(repr(value) if isinstance(value, str) else str(value))


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else text[:_LONGEST] + "..."


def _urn(schema: Schema, path: list[str | int], missing: Json) -> str:
    """The URN of the property that the failed keyword belongs to: the last one passed on the way."""
    node: Any = schema
    urn = schema.get(URN_KEYWORD, "")
    before: Any = None
    for step in path:
        if isinstance(node, dict) and step == "required" and missing is not None:
            return str(node.get("properties", {}).get(missing, {}).get(URN_KEYWORD, urn))
        node = _below(schema, node, step)
        if before == "properties" and isinstance(node, dict):
            urn = node.get(URN_KEYWORD, urn)
        before = step
    return str(urn)
