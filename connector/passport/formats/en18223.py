"""A passport as EN 18223 has it: envelope, compressed body (clause 5.2), full body (Annex A), paths of elements.

The EN texts are licensed and were not read; what stands here is built to public descriptions of them, self-assessed.
The full form says each object as a DataElementCollection, each list as a MultiValuedDataElement and each scalar as a
SingleValuedDataElement, so that it can be read back without loss.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from types import MappingProxyType
from typing import Any, Final, Literal

from connector.notation.problems import Invalid, Unknown

Json = Any
Representation = Literal["compressed", "full"]

SCHEMA_VERSION: Final = "EN 18223:2026"
ENVELOPE: Final = (
    "digitalProductPassportId",
    "uniqueProductIdentifier",
    "granularity",
    "dppSchemaVersion",
    "dppStatus",
    "lastUpdated",
    "economicOperatorId",
    "facilityId",
    "contentSpecificationIds",
)
# status of BatteryPass -> status of EN 18223, Table 1
STATUSES: Final[Mapping[str, str]] = MappingProxyType(
    {"approved": "active", "draft": "inactive", "expired": "archived", "invalid": "invalid"}
)
CONTENT_SPECIFICATION: Final = "urn:samm:io.catenax.battery.battery_pass:4.0.0#BatteryPass"

_SINGLE, _MULTI, _COLLECTION = "SingleValuedDataElement", "MultiValuedDataElement", "DataElementCollection"
_STEP = re.compile(
    r"""\.(?P<name>[^\W\d]\w*)|\[(?P<index>0|[1-9][0-9]{0,8})\]|\['(?P<single>(?:[^'\\]|\\.)*)'\]|\["(?P<double>(?:[^"\\]|\\.)*)"\]"""
)


def passport_id(payload: Json, unit_url: str) -> str:
    """The passport's own identifier where the payload states one, else the unit's URL."""
    stated = _at(payload, "metadata", "passportIdentifier")
    sides = (stated.get(side) for side in ("left", "right")) if isinstance(stated, dict) else ()
    return next((text for text in sides if isinstance(text, str) and text), unit_url)


def envelope(payload: Json, *, unit_url: str, updated: datetime, operator: str) -> dict[str, Any]:
    """The members that every passport has; `operator` is who answers for it where the payload names nobody by id."""
    ids = _at(payload, "metadata", "economicOperator", "economicOperatorId")
    named = next(_identifiers(ids), "") or operator
    plant = _at(payload, "generalInformation", "manufacturer", "facility", "right", "locationIdentifier")
    facility = next((text for text in plant.values() if isinstance(text, str)), "") if isinstance(plant, dict) else ""
    status = _at(payload, "metadata", "status")
    members = {
        "digitalProductPassportId": passport_id(payload, unit_url),
        "uniqueProductIdentifier": unit_url,
        "granularity": "item",
        "dppSchemaVersion": SCHEMA_VERSION,
        "dppStatus": STATUSES.get(status, "active") if isinstance(status, str) else "active",
        "lastUpdated": updated.isoformat().replace("+00:00", "Z"),
        "economicOperatorId": named,
        "contentSpecificationIds": [CONTENT_SPECIFICATION],
    }
    return members | ({"facilityId": facility} if facility else {})


def _identifiers(ids: Json) -> Iterator[str]:
    rows = ids.get("right") if isinstance(ids, dict) else None
    for row in rows if isinstance(rows, list) else ():
        sides = row.get("businessIdentifier") if isinstance(row, dict) else None
        yield from (text for text in sides.values() if isinstance(text, str)) if isinstance(sides, dict) else ()


def _at(node: Json, *names: str) -> Json:
    for name in names:
        node = node.get(name) if isinstance(node, dict) else None
    return node


def passport(head: dict[str, Any], part: dict[str, Any], representation: Representation) -> dict[str, Any]:
    """The envelope with what may be shown of the payload."""
    if representation == "compressed":
        return {**part, **head}
    return {**head, "elements": [element(name, value) for name, value in part.items()]}


def element(name: str, value: Json) -> dict[str, Any]:
    """A data element of Annex A."""
    if isinstance(value, dict):
        return {
            "elementId": name,
            "objectType": _COLLECTION,
            "elements": [element(below, one) for below, one in value.items()],
        }
    if isinstance(value, list):
        return {"elementId": name, "objectType": _MULTI, "value": [_member(one) for one in value]} | _types(value)
    return {"elementId": name, "objectType": _SINGLE, "valueDataType": _xsd(value), "value": value}


def _member(value: Json) -> Json:
    """A value of a multi-valued element: a scalar, or a group of elements."""
    return [element(name, one) for name, one in value.items()] if isinstance(value, dict) else value


def _types(values: list[Json]) -> dict[str, str]:
    kinds = {_xsd(value) for value in values if not isinstance(value, dict | list)}
    return {"valueDataType": kinds.pop()} if len(kinds) == 1 else {}


def _xsd(value: Json) -> str:
    if isinstance(value, bool):
        return "xsd:boolean"
    if isinstance(value, int):
        return "xsd:integer"
    return "xsd:decimal" if isinstance(value, Decimal | float) else "xsd:string"


def read(document: Json, representation: Representation) -> dict[str, Any]:
    """The payload of a body in either form, without the envelope. Raises Invalid (`passport/en18223`)."""
    if not isinstance(document, dict):
        raise Invalid("passport/en18223", "a passport is a JSON object")
    if representation == "compressed":
        return {name: value for name, value in document.items() if name not in ENVELOPE}
    elements = document.get("elements")
    if not isinstance(elements, list):
        raise Invalid("passport/en18223", "the full form lists its elements", pointer="/elements")
    return _group(elements, "/elements")


def _group(elements: list[Json], pointer: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for at, one in enumerate(elements):
        name = one.get("elementId") if isinstance(one, dict) else None
        if not isinstance(name, str) or not name or name in found:
            raise Invalid("passport/en18223", "each element has an elementId of its own", pointer=f"{pointer}/{at}")
        found[name] = value_of(one, f"{pointer}/{at}")
    return found


def value_of(one: dict[str, Any], pointer: str = "") -> Json:
    """What a data element says, as the compressed form has it. Raises Invalid (`passport/en18223`)."""
    if isinstance(one.get("elements"), list):
        return _group(one["elements"], f"{pointer}/elements")
    if "value" not in one:
        raise Invalid("passport/en18223", "a data element has a value or elements", pointer=pointer)
    value = one["value"]
    if not isinstance(value, list) or one.get("objectType") == _SINGLE:
        return value
    return [_group(each, f"{pointer}/value") if isinstance(each, list) else each for each in value]


Path = tuple[str | int, ...]


def path_of(text: str) -> Path:
    """The steps of a JSONPath (RFC 9535) to one element: names and indexes. Raises Invalid (`passport/path`)."""
    if not text.startswith("$"):
        raise Invalid("passport/path", f"a JSONPath starts with $, not {text[:20]!r}")
    steps: list[str | int] = []
    at = 1
    while at < len(text):
        found = _STEP.match(text, at)
        if found is None:
            raise Invalid(
                "passport/path",
                f"from {text[at : at + 20]!r} on this leads to no single element: use names and indexes",
            )
        steps.append(_step(found))
        at = found.end()
    if not steps:
        raise Invalid("passport/path", "$ alone is the whole passport: name an element, as $.performance.rated")
    return tuple(steps)


def _step(found: re.Match[str]) -> str | int:
    if found["index"] is not None:
        return int(found["index"])
    quoted = found["single"] if found["single"] is not None else found["double"]
    return found["name"] if quoted is None else re.sub(r"\\(.)", r"\1", quoted)


def pointer_of(path: Path) -> str:
    """The JSON pointer of a path."""
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in path)


def find(part: Json, path: Path) -> Json:
    """The value at `path`. Raises Unknown (`passport/element-unknown`): absent and not shown are one."""
    for step in path:
        if not has(part, step):
            raise Unknown("passport/element-unknown", "the passport has no such element")
        part = part[step]
    return part


def has(above: Json, step: str | int) -> bool:
    """Whether `step` leads from `above` to something."""
    if isinstance(above, list):
        return isinstance(step, int) and step < len(above)
    return isinstance(above, dict) and step in above
