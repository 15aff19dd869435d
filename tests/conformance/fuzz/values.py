"""What hostile bodies are made of: JSON by a schema or without one, and bytes that only look like it."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from random import Random
from typing import Any, Final

from connector.notation.exact_json import encode

SSRF: Final = (
    "http://169.254.169.254/latest/meta-data/",
    "http://[::ffff:10.0.0.1]/x",
    "http://10.0.0.1:22/",
    "http://2130706433/",
    "https://user:pass@10.1.2.3/",
    "http://[fe80::1]/",
    "file:///etc/passwd",
    "gopher://127.0.0.1:6379/_FLUSHALL",
    "http://localhost:1/%2e%2e/",
    "http://\u2460\u2461.example/",
    "javascript:alert(1)",
    "//evil.example",
    "http://" + "a" * 5000,
)
TEXTS: Final = (
    "",
    " ",
    "\u0000",
    "\ud83d\ude00",
    "\u202e",
    "../../../etc/passwd",
    "' or 1=1 --",
    "%00",
    "<script>",
    "${jndi:ldap://x}",
    "{{7*7}}",
    "a" * 5000,
    "did:web:" + "x." * 400,
    "did:web:127.0.0.1%3A1",
    "urn:uuid:",
    "\\u0000",
    "2026-13-45T99:99:99Z",
)
NUMBERS: Final = (0, -1, 1, 2**31, 2**53 + 1, 2**63, -(2**63) - 1, 10**400, 0.1, -0.0, 1e308)
CONTEXTS: Final = (
    "https://evil.example/context.jsonld",
    "http://169.254.169.254/context.jsonld",
    {"@vocab": "https://evil.example/"},
    {"@import": "https://evil.example/c"},
    {"a": {"@id": "b", "@context": {"b": {"@id": "a"}}}},
    [],
    7,
    None,
    {"@base": "http://x/", "@language": 7},
    ["https://w3id.org/dspace/2025/1/context.jsonld", {"Offer": "https://evil.example/Offer"}],
)
CONTENT_TYPES: Final = (
    "application/json",
    "application/ld+json",
    "text/plain",
    "application/xml",
    "multipart/form-data; boundary=x",
    "application/json; charset=utf-16",
    "application/x-www-form-urlencoded",
    "",
    "\u00e4/\u00f6",
)


def anything(random: Random, depth: int = 3) -> Any:
    """Any JSON value."""
    kind = random.randrange(8 if depth else 5)
    if kind == 0:
        return random.choice(TEXTS)
    if kind == 1:
        return random.choice(NUMBERS)
    if kind == 2:
        return random.choice((None, True, False))
    if kind == 3:
        return random.choice(SSRF)
    if kind == 4:
        return random.choice(("@id", "@type", "Offer", "use", "HttpData-PULL", "x"))
    if kind == 5:
        return [anything(random, depth - 1) for _ in range(random.randrange(4))]
    names = ("@id", "@type", "@context", "@value", "@list", "@graph", "@reverse", "@included", "a", "edc:id", "")
    return {random.choice(names): anything(random, depth - 1) for _ in range(random.randrange(5))}


def by_schema(random: Random, schema: Mapping[str, Any], definitions: Mapping[str, Any], depth: int = 4) -> Any:
    """A value by a JSON schema, now and then another."""
    if random.random() < 0.08 or depth == 0:
        return anything(random, 2)
    if "$ref" in schema:
        return by_schema(random, definitions.get(schema["$ref"].rsplit("/", 1)[-1], {}), definitions, depth)
    for name in ("anyOf", "oneOf", "allOf"):
        if name in schema:
            return by_schema(random, random.choice(schema[name]), definitions, depth)
    if "enum" in schema:
        return random.choice(schema["enum"])
    if "const" in schema:
        return schema["const"]
    maker = _KINDS.get(str(schema.get("type")))
    return maker(random, schema, definitions, depth) if maker else anything(random, 2)


def _object(random: Random, schema: Mapping[str, Any], definitions: Mapping[str, Any], depth: int) -> Any:
    required = schema.get("required", ())
    members = {
        name: by_schema(random, each, definitions, depth - 1)
        for name, each in schema.get("properties", {}).items()
        if name in required or random.random() < 0.6
    }
    if random.random() < 0.1 and members:
        members.pop(random.choice(list(members)))
    if random.random() < 0.1:
        members[random.choice(TEXTS)] = anything(random, 1)
    return members


def _array(random: Random, schema: Mapping[str, Any], definitions: Mapping[str, Any], depth: int) -> Any:
    return [by_schema(random, schema.get("items", {}), definitions, depth - 1) for _ in range(random.randrange(3))]


_KINDS: Final[Mapping[str, Callable[..., Any]]] = {
    "object": _object,
    "array": _array,
    "string": lambda random, *_: random.choice((*TEXTS, "did:web:x.example", "2026-11-28T00:00:00Z", "abc")),
    "integer": lambda random, *_: random.choice(NUMBERS),
    "number": lambda random, *_: random.choice(NUMBERS),
    "boolean": lambda random, *_: random.choice((True, False)),
    "null": lambda *_: None,
}


def mutated(random: Random, document: Any) -> Any:
    """A document with one to three places changed: taken away, exchanged, wrapped, doubled."""
    changed = copy.deepcopy(document)
    for _ in range(random.randrange(1, 4)):
        places = list(_places(changed))
        if not places:
            return anything(random)
        holder, key = random.choice(places)
        how = random.randrange(6)
        if how == 0:
            del holder[key]
        elif how == 1:
            holder[key] = anything(random)
        elif how == 2:
            holder[key] = [holder[key], copy.deepcopy(holder[key])]
        elif how == 3:
            holder[key] = {random.choice(("@value", "@id", "@set", "@list")): holder[key]}
        elif how == 4 and isinstance(holder, dict):
            holder["@context"] = copy.deepcopy(random.choice(CONTEXTS))
        else:
            holder[key] = random.choice((*SSRF, *TEXTS))
    return changed


def _places(value: Any) -> Any:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, each in list(items):
        yield value, key
        yield from _places(each)


def raw(random: Random, document: Any) -> bytes:
    """A document as bytes, perhaps not as JSON should be."""
    try:
        body = encode(document)
    except (ValueError, TypeError, OverflowError):
        body = b"{}"
    how = random.randrange(24)
    if how == 0:
        return body[: len(body) // 2]
    if how == 1:
        return b"[" * 20_000 + b"]" * 20_000
    if how == 2:
        return b'{"a":' * 3_000 + b"1" + b"}" * 3_000
    if how == 3:
        return body[:-1] + b',"@type":"A","@type":"B"}' if body.endswith(b"}") else body
    if how == 4:
        return b'{"@id":' + b"9" * 50_000 + b"}"
    if how == 5:
        return b'{"a":1e999999999,"b":-1E-999999999,"c":NaN}'
    if how == 6:
        return bytes(random.randrange(256) for _ in range(random.randrange(200)))
    if how == 7:
        return body.decode().encode("utf-16")
    if how == 8:
        return b"\xef\xbb\xbf" + body
    if how == 9:
        return body.replace(b'"', b"'")
    return body
