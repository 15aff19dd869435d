"""Reading what clients send in: any JSON-LD spelling of EDC's objects becomes members by their short names.

Terms, `edc:` and full IRIs, values, objects and lists of one mean the same. Documents whose contexts only name
prefixes are read as they are; any other is expanded with local contexts (nothing is fetched). A policy inside is left
in its own spelling for `connector.odrl`, together with the prefixes that stand outside it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final
from urllib.parse import urlsplit

from connector.dsp.vocabulary import EDC, PREFIXES, PROTOCOL, resolve
from connector.notation import pointers
from connector.notation.jsonld import Contexts, as_list, expand
from connector.notation.problems import Invalid
from connector.odrl.vocabulary import KNOWN_CONTEXTS

POLICY: Final = "policy"
PROTOCOLS: Final = (PROTOCOL, "dataspace-protocol-http")
"""Names under which clients ask for the protocol that this node speaks."""
ID_LENGTH: Final = 1000

_MORE_PREFIXES: Final = {"tx": "https://w3id.org/tractusx/v0.0.1/ns/", "tx-auth": "https://w3id.org/tractusx/auth/"}
_DEFAULT: Final = {f"{name}:": iri for name, iri in {**PREFIXES, **_MORE_PREFIXES}.items()}
_CONTROL: Final = re.compile("[\x00-\x1f\x7f\ud800-\udfff]")


class Members:
    """The members of one object by short name; EDC's namespace is left out, other names are full IRIs."""

    def __init__(self, values: Mapping[str, Any], pointer: str = "", prefixes: Mapping[str, str] = _DEFAULT) -> None:
        self._values = values
        self._pointer = pointer
        self._prefixes = prefixes

    def __contains__(self, name: str) -> bool:
        return not _is_nothing(self._values.get(name))

    def pointer(self, name: str = "") -> str:
        """Where a member stands in what was sent."""
        return pointers.join(self._pointer, name) if name else self._pointer

    def text(self, name: str) -> str | None:
        """A text, or None where it is absent or empty. Raises Invalid `management/type`."""
        value = unwrapped(self._values.get(name))
        if _is_nothing(value) or value == "":
            return None
        if not isinstance(value, str):
            raise self._wrong(name, "a text")
        return value

    def is_a(self, kind: str) -> bool:
        """Whether the `@type` says so, in whatever spelling."""
        said = as_list(self._values.get("@type"))
        return any(isinstance(one, str) and _short(one, self._prefixes) == kind for one in said)

    def need(self, name: str, what: str) -> str:
        """A text that must be there; `what` says what it is."""
        value = self.text(name)
        if value is None:
            raise Invalid("management/missing", f"{name} is missing: {what}", pointer=self.pointer(name))
        return value

    def identifier(self, fresh: str) -> str:
        """The `@id`, or `fresh` where there is none."""
        value = self.text("@id") or fresh
        if len(value) > ID_LENGTH or _CONTROL.search(value):
            raise Invalid(
                "management/id", f"an id has at most {ID_LENGTH} characters, no control characters", pointer="/@id"
            )
        return value

    def count(self, name: str, default: int, least: int, most: int) -> int:
        """A whole number between `least` and `most`."""
        value = unwrapped(self._values.get(name))
        if _is_nothing(value):
            return default
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            raise self._wrong(name, f"a whole number from {least} to {most}")
        return value

    def object(self, name: str) -> Members:
        """An object; empty where it is absent."""
        found = self.objects(name)
        if len(found) > 1:
            raise self._wrong(name, "one object")
        return found[0] if found else Members({}, self.pointer(name), self._prefixes)

    def objects(self, name: str) -> list[Members]:
        """Objects, one or a list of them."""
        found = []
        for value in as_list(_listed(self._values.get(name))):
            if not isinstance(value, dict):
                raise self._wrong(name, "an object")
            found.append(Members(named(value, self._prefixes), self.pointer(name), self._prefixes))
        return found

    def document(self, name: str) -> dict[str, Any]:
        """An object that another room reads, as it stands."""
        value = self._values.get(name)
        value = value[0] if isinstance(value, list) and len(value) == 1 else value
        if _is_nothing(value):
            raise Invalid("management/missing", f"{name} is missing", pointer=self.pointer(name))
        if not isinstance(value, dict):
            raise self._wrong(name, "an object")
        return value

    def plain(self) -> dict[str, Any]:
        """All members as plain JSON values: wrapped values are unwrapped, references stay `{"@id": ...}`."""
        return {name: _plain(value, self._prefixes) for name, value in self._values.items() if name != "@context"}

    def refuse(self, *names: str) -> None:
        """Raise Invalid `management/unsupported` where a member that this node does not act on says something."""
        for name in names:
            if name in self:
                detail = f"{name} is not supported by this node: leave it out, it would have no effect"
                raise Invalid("management/unsupported", detail, pointer=self.pointer(name))

    def address(self, name: str = "counterPartyAddress") -> str | None:
        """An http(s) address without a trailing slash."""
        value = self.text(name)
        if value is None:
            return None
        parts = _split(value)
        if parts is None or parts.scheme not in ("http", "https") or not parts.hostname or _CONTROL.search(value):
            raise Invalid("management/address", f"{name} is no http(s) address", pointer=self.pointer(name))
        return value.rstrip("/")

    def check_protocol(self) -> None:
        """Raise Invalid `management/protocol` where another protocol is asked for."""
        value = self.text("protocol")
        if value is not None and value not in PROTOCOLS:
            detail = f"the protocol {value[:100]!r} is not spoken here; this node speaks {PROTOCOL}"
            raise Invalid("management/protocol", detail, pointer=self.pointer("protocol"))

    def _wrong(self, name: str, wanted: str) -> Invalid:
        return Invalid("management/type", f"{name} must be {wanted}", pointer=self.pointer(name))

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)


def read(body: Any, contexts: Contexts) -> Members:
    """The members of a request body. Raises Invalid (`management/...`, `jsonld/...`)."""
    body = body[0] if isinstance(body, list) and len(body) == 1 else body
    if not isinstance(body, dict):
        raise Invalid("management/object", "the body must be a JSON object")
    own = as_list(body.get("@context"))
    policy = {key: value for key, value in body.items() if _short(key, _DEFAULT) == POLICY}
    rest = {key: value for key, value in body.items() if key not in policy}
    prefixes = _prefixes(own)
    if prefixes is None or _has_context({key: value for key, value in rest.items() if key != "@context"}):
        values, prefixes = _expanded(rest, own, contexts), _DEFAULT
    else:
        values = named(rest, prefixes)
    outer = _outer(own)
    for key, value in policy.items():
        if POLICY in values:
            raise Invalid("management/twice", "policy stands here in two spellings", pointer=pointers.join("", key))
        values[POLICY] = _with_context(value, outer)
    return Members(values, "", prefixes)


def named(value: Mapping[str, Any], prefixes: Mapping[str, str]) -> dict[str, Any]:
    """Members by short name. Raises Invalid `management/twice` where two spellings of one name meet."""
    found: dict[str, Any] = {}
    for key, content in value.items():
        name = _short(key, prefixes)
        if name in found:
            raise Invalid("management/twice", f"{name} stands here in two spellings", pointer=pointers.join("", key))
        found[name] = content
    return found


def unwrapped(value: Any) -> Any:
    """The scalar in `@value`, `@id`, `@list`, `@set` and lists of one; what says more stays as it is."""
    while True:
        if isinstance(value, list) and len(value) == 1:
            value = value[0]
        elif isinstance(value, dict) and len(keys := value.keys() - {"@type", "@language"}) == 1:
            key = next(iter(keys))
            if key not in ("@value", "@id", "@list", "@set"):
                return value
            value = value[key]
        else:
            return value


def _short(key: str, prefixes: Mapping[str, str]) -> str:
    if key.startswith("@"):
        return key
    name = resolve(key, dict(prefixes)) if ":" in key else key
    return name.removeprefix(EDC)


def _prefixes(contexts: list[Any]) -> dict[str, str] | None:
    """The prefixes that contexts define, or None where they say more than prefixes."""
    found = dict(_DEFAULT)
    for context in contexts:
        if isinstance(context, str):
            if context not in KNOWN_CONTEXTS:
                return None
        elif isinstance(context, dict):
            for name, iri in context.items():
                is_plain = iri == EDC if name == "@vocab" else isinstance(iri, str) and iri.endswith(("/", "#", ":"))
                if not is_plain or (name.startswith("@") and name != "@vocab"):
                    return None
                found[f"{name}:"] = iri
        else:
            return None
    return found


def _expanded(rest: dict[str, Any], own: list[Any], contexts: Contexts) -> dict[str, Any]:
    for context in own:
        if not isinstance(context, str | dict):
            raise Invalid("jsonld/context", "a JSON-LD context is an IRI or an object", pointer="/@context")
    base = {"@vocab": EDC, **{name.rstrip(":"): iri for name, iri in _DEFAULT.items()}}
    known = {**{iri: {"@context": {}} for iri in KNOWN_CONTEXTS}, **contexts}
    try:
        nodes = expand({**rest, "@context": [base, *own]}, known)
    except (TypeError, ValueError, AttributeError, KeyError, RecursionError) as error:
        raise Invalid("jsonld/expand", f"not valid JSON-LD: {str(error)[:200]}") from None
    if len(nodes) != 1 or not isinstance(nodes[0], dict):
        raise Invalid("management/object", f"the body holds {len(nodes)} JSON-LD nodes: send one object")
    return named(nodes[0], _DEFAULT)


def _outer(contexts: list[Any]) -> dict[str, Any]:
    """What inline contexts outside a policy define beyond the usual prefixes."""
    found: dict[str, Any] = {}
    for context in contexts:
        if isinstance(context, dict):
            found |= {
                name: iri
                for name, iri in context.items()
                if not name.startswith("@") and iri != _DEFAULT.get(f"{name}:")
            }
    return found


def _with_context(policy: Any, outer: dict[str, Any]) -> Any:
    policy = policy[0] if isinstance(policy, list) and len(policy) == 1 else policy
    if not outer or not isinstance(policy, dict):
        return policy
    return {**policy, "@context": [outer, *as_list(policy.get("@context"))]}


def _has_context(value: Any) -> bool:
    if isinstance(value, dict):
        return "@context" in value or any(map(_has_context, value.values()))
    return isinstance(value, list) and any(map(_has_context, value))


def _plain(value: Any, prefixes: Mapping[str, str]) -> Any:
    if isinstance(value, list):
        items = [_plain(item, prefixes) for item in value]
        return items[0] if len(items) == 1 and isinstance(value[0], dict) and value[0].keys() & _WRAPPERS else items
    if isinstance(value, dict):
        if "@value" in value:
            return value["@value"]
        if "@list" in value:
            return [_plain(item, prefixes) for item in as_list(value["@list"])]
        return {name: _plain(content, prefixes) for name, content in named(value, prefixes).items()}
    return value


_WRAPPERS: Final = frozenset({"@value", "@id"})


def _listed(value: Any) -> Any:
    """The items of a list, JSON-LD's `@list` and `@set` included."""
    while isinstance(value, list) and len(value) == 1 and isinstance(value[0], dict) and _is_container(value[0]):
        value = value[0]
    if isinstance(value, dict) and _is_container(value):
        return next(iter(value.values()))
    return value


def _is_container(value: dict[str, Any]) -> bool:
    return len(value) == 1 and bool(value.keys() & {"@list", "@set"})


def _is_nothing(value: Any) -> bool:
    return value is None or value in ([], {}) or (isinstance(value, dict) and value == {"@value": None})


def _split(value: str) -> Any:
    try:
        parts = urlsplit(value)
        _ = parts.port
    except ValueError:
        return None
    return parts
