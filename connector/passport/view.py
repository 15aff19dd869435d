"""What a resolver shows of one passport: the part for one audience, in groups of labelled values.

The same dictionary is the resolver's JSON and the input of the page template. Whether a group says that more exists is
read from the disclosure table, never from the payload: two passports of the same model are marked alike, whatever
theirs holds back.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from connector.notation.digests import digest
from connector.passport import languages
from connector.passport.disclosure import Audience, cut, may_see, may_see_some
from connector.passport.versions import PassportVersion
from connector.passport.wording import UNITS, label, sign

Json = Any
Row = dict[str, str]

NOTICE_ALL: Final = "not public for you: ask with a contract"
NOTICE_MORE: Final = "more of this is not public for you: ask with a contract"

# id, title, elements of the model
GROUPS: Final[tuple[tuple[str, str, tuple[str, ...]], ...]] = (
    ("identification", "Identification", ("identification",)),
    ("origin", "Manufacturer and origin", ("generalInformation",)),
    ("record", "Passport record", ("metadata",)),
    ("dimensions", "Dimensions", ("physicalDimension",)),
    ("performance", "Rated performance", ("performance.rated",)),
    ("footprint", "Carbon footprint", ("circularity.carbonFootprint",)),
    ("materials", "Materials and substances", ("chemicalMaterial",)),
    ("circularity", "Circularity", ("circularity.documents", "circularity.spareParts", "circularity.status")),
    ("safety", "Safety and dismantling", ("safety",)),
    ("conformity", "Conformity", ("conformity",)),
    ("condition", "Condition in use", ("performance.dynamic",)),
    ("sources", "Sources", ("sources",)),
)

_SIDES = frozenset({"left", "right"})
_LINK = re.compile(r"https?://[!-~]+", re.ASCII | re.IGNORECASE)
_DOCUMENT = frozenset({"content", "header"})
_ADDRESS = frozenset({"thoroughfare", "locality"})
_RECORD = frozenset({"value", "time"})
_MEASURE = frozenset({"value", "unit"})
_KEYED = (frozenset({"key", "value"}), frozenset({"key", "value", "unit"}))


def public_view(
    payload: Json,
    version: PassportVersion,
    *,
    unit_url: str,
    audience: Audience = "public",
    language: str = languages.ENGLISH,
) -> dict[str, Any]:
    """What `audience` is shown of `payload` in `version`, its labels in `language`.

    `{"title", "unit", "audience", "version": {"number", "time", "digest"}, "groups": [...], "passport"}`. A group is
    `{"id", "title", "rows", "notice"}`; a row `{"label", "value"}` with `unit`, `time` or `href` where it has one, all
    text; `notice` is "" or says that a contract shows more. `passport` is the cut payload itself, and the digest is
    that of it, not of the whole. Raises Refused `passport/audience`.
    """
    part = cut(payload, audience)
    return {
        "title": _title(part),
        "unit": unit_url,
        "audience": audience,
        "version": {
            "number": version.number,
            "time": version.time.isoformat().replace("+00:00", "Z"),
            "digest": digest(part),
        },
        "groups": [
            group
            for group in (_group(part, *row, audience, language) for row in GROUPS)
            if group["rows"] or group["notice"]
        ],
        "passport": part,
    }


def _title(part: Json) -> str:
    name = _at(part, "identification.typeId")
    return name if isinstance(name, str) and name else "Battery passport"


def _at(node: Json, path: str) -> Json:
    for step in path.split("."):
        node = node.get(step) if isinstance(node, dict) else None
    return node


@dataclass(frozen=True, slots=True)
class _Row:
    """A value and the steps that lead to it, before it is put into words."""

    steps: tuple[str, ...]
    value: str
    rest: dict[str, str]

    def said(self, language: str) -> Row:
        """The row for people: label, value, and unit, time and href where it has one."""
        words = (step if step.startswith("#") else label(step, language) for step in self.steps)
        shown = " – ".join(words) or languages.text("Value", language)
        unit = {"unit": languages.text(self.rest["unit"], language)} if "unit" in self.rest else {}
        return {"label": shown, "value": self.value, **self.rest, **unit}


def _group(
    part: Json, name: str, title: str, paths: tuple[str, ...], audience: Audience, language: str
) -> dict[str, Any]:
    rows: list[_Row] = []
    for path in paths:
        steps = (path.rpartition(".")[2],) if len(paths) > 1 else ()
        rows += _rows(_at(part, path), path, steps)
    return {
        "id": name,
        "title": languages.text(title, language),
        "rows": [row.said(language) for row in rows],
        "notice": languages.text(_notice(paths, audience), language),
    }


def _notice(paths: tuple[str, ...], audience: Audience) -> str:
    if all(may_see(path, audience) for path in paths):
        return ""
    return NOTICE_MORE if any(may_see_some(path, audience) for path in paths) else NOTICE_ALL


def _rows(node: Json, path: str, steps: tuple[str, ...]) -> Iterator[_Row]:
    """The rows of a cut element; `steps` are the words that lead to it, `path` the model's path without Either."""
    if isinstance(node, dict):
        yield from _object_rows(node, path, steps)
    elif isinstance(node, list):
        for number, item in enumerate(node, start=1):
            numbered = (*steps, f"#{number}") if len(node) > 1 and isinstance(item, dict | list) else steps
            yield from _rows(item, path, numbered)
    elif text := _text(node):
        shown = sign(text) if text.startswith("unit:") else text
        yield _row(steps, shown, UNITS.get(path, ""), href=text if _LINK.fullmatch(text) else "")


def _object_rows(node: dict[str, Json], path: str, steps: tuple[str, ...]) -> Iterator[_Row]:
    members = node.keys()
    if members >= _DOCUMENT:
        yield _document_row(node, steps)
    elif members >= _ADDRESS:
        yield _row(steps, _address(node))
    elif members in _KEYED:
        yield _row((*_unnumbered(steps), _text(node["key"])), _text(node["value"]), sign(_text(node.get("unit", ""))))
    elif members == _RECORD:
        yield _row(steps, _text(node["value"]), UNITS.get(path, ""), time=_text(node["time"]))
    elif members >= _MEASURE:
        yield _row((*steps, "value"), _text(node["value"]), sign(_text(node["unit"])))
        yield from _member_rows({name: node[name] for name in node if name not in _MEASURE}, path, steps)
    else:
        yield from _member_rows(node, path, steps)


def _member_rows(node: dict[str, Json], path: str, steps: tuple[str, ...]) -> Iterator[_Row]:
    for name, below in node.items():
        is_side = name in _SIDES
        yield from _rows(below, path if is_side else f"{path}.{name}", steps if is_side else (*steps, name))


def _address(node: dict[str, Json]) -> str:
    """A postal address in one line."""
    street = " ".join(_texts(node, "premise.value", "thoroughfare.value", "thoroughfare.number"))
    town = " ".join(_texts(node, "postCode.value", "locality.value"))
    parts = (street, *_texts(node, "postalDeliveryPoint.value"), town, *_texts(node, "country.shortName"))
    return ", ".join(part for part in parts if part)


def _texts(node: dict[str, Json], *paths: str) -> list[str]:
    return [text for text in (_text(_at(node, path)) for path in paths) if text]


def _unnumbered(steps: tuple[str, ...]) -> tuple[str, ...]:
    return steps[:-1] if steps and steps[-1].startswith("#") else steps


def _document_row(node: dict[str, Json], steps: tuple[str, ...]) -> _Row:
    """A document by its header; only an http(s) address becomes a link."""
    content, header = _text(node["content"]), _text(node["header"])
    if _LINK.fullmatch(content):
        return _row(_unnumbered(steps), header or content, href=content)
    return _row(_unnumbered(steps), f"{header}: {content}" if header else content)


def _row(steps: tuple[str, ...], value: str, unit: str = "", *, time: str = "", href: str = "") -> _Row:
    """One row; a step named `value` says nothing where another remains."""
    named = [step for step in steps if step != "value"]
    words = named if _unnumbered(tuple(named)) else steps
    optional = {"unit": unit, "time": time, "href": href}
    return _Row(tuple(words), value, {name: extra for name, extra in optional.items() if extra})


def _text(value: Json) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value) if isinstance(value, str | int | Decimal) else ""
