"""How much a passport must hold: for a draft, for an exchange in Catena-X (CX-0160 UC1), before the law (UC3).

What an act still to come will allow (the carbon footprint, for one) blocks the public view only, not the exchange.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final, Literal

from connector.notation.findings import Finding
from submodels.dbp.context import PassportContext
from submodels.dbp.conversions import BPNL, BPNS
from submodels.dbp.law.datapoints import CATEGORIES, DATA_POINTS, VERSION, DataPoint
from submodels.dbp.paths import Found, resolve

Strictness = Literal["draft", "catena-x", "regulatory"]
STRICTNESSES: Final[tuple[Strictness, ...]] = ("draft", "catena-x", "regulatory")
Kind = Literal["lost", "assumed", "converted", "missing-mandatory", "not-allowed-yet", "faulty"]

KINDS: Final[dict[str, Kind]] = {
    "dbp/aggregated": "converted",
    "dbp/assumed": "assumed",
    "dbp/data-point": "missing-mandatory",
    "dbp/derived": "converted",
    "dbp/left-out": "lost",
    "dbp/mandatory-missing": "missing-mandatory",
    "dbp/meaning": "converted",
    "dbp/no-cas": "lost",
    "dbp/no-zone": "converted",
    "dbp/not-a-link": "lost",
    "dbp/not-a-uri": "lost",
    "dbp/not-allowed-yet": "not-allowed-yet",
    "dbp/not-in-value-list": "lost",
    "dbp/partner-number": "missing-mandatory",
    "dbp/repeated": "assumed",
    "dbp/repeated-document": "converted",
    "dbp/rounded": "converted",
    "dbp/shape": "lost",
    "dbp/unit": "lost",
    "dbp/unreferenced": "converted",
    "dbp/value": "lost",
}
"""What a finding of the mapping comes down to for who reads the submodels; any other is `faulty`."""

_STANDARDS: Final = ("IDTA ", "specificAssetIds")
_OPTIONAL_PARTS: Final = ("IDTA 02035-5 ", "IDTA 02099-1 ")
"""What a passport may be exchanged without in Catena-X (CX-0160 UC1): product condition, and part 8."""
_NOT_ALLOWED: Final = {
    "pending": "waits for an act still to come",
    "not-to-be-filled": "is not to be filled for this category",
}

# CX-0160: which identifiers are to be numbers of business partners: (part, element, form, its name).
PARTNER_NUMBERS: Final = (
    (1, "UniqueFacilityIdentifier", BPNS, "BPNS"),
    (1, "ManufacturerIdentifier", BPNL, "BPNL"),
)


def kind_of(finding: Finding) -> Kind:
    """What a finding comes down to."""
    return KINDS.get(finding.code, "faulty")


def with_kind(finding: Finding) -> Finding:
    """The finding with its kind, and the element that it is about as target."""
    target = finding.source if finding.source.startswith(_STANDARDS) else ""
    return replace(finding, kind=kind_of(finding), target=target)


def judged(
    payload: dict[str, Any],
    findings: Sequence[Finding],
    identifiers: dict[str, str],
    *,
    context: PassportContext,
    strictness: Strictness,
) -> list[Finding]:
    """The findings of a build as `strictness` weighs them, and what it demands besides.

    `identifiers` are the values of part 1 by idShort (`value_only`). A draft is refused for nothing that is missing;
    `catena-x` wants the numbers of business partners of CX-0160 and can do without parts 5 and 8; `regulatory` wants
    every data point that the guidance calls mandatory for the category (`dbp/data-point`) and tells those not to be
    shown yet (`dbp/not-allowed-yet`, info).
    """
    if strictness == "draft":
        return [_softened(finding) for finding in findings]
    numbers = _partner_numbers(identifiers)
    if strictness == "catena-x":
        return [*(_softened(one) if one.source.startswith(_OPTIONAL_PARTS) else one for one in findings), *numbers]
    return [*findings, *numbers, *data_point_findings(payload, context)]


def data_point_findings(payload: dict[str, Any], context: PassportContext) -> list[Finding]:
    """What the guidance on data points wants of a battery of this category and the payload has not, and the reverse."""
    identification = payload.get("identification")
    category = identification.get("category") if isinstance(identification, dict) else None
    if category not in CATEGORIES:
        return []  # no passport is demanded of the others
    root = {**payload, "context": context.as_source()}
    found = [_data_point(point, point.answer(category), root) for point in DATA_POINTS]
    return [with_kind(finding) for finding in found if finding is not None]


def not_allowed_yet(payload: dict[str, Any]) -> list[str]:
    """Pointers of what the payload has and the public is not to be shown yet: whole members, lists as a whole."""
    identification = payload.get("identification")
    category = identification.get("category") if isinstance(identification, dict) else None
    if category not in CATEGORIES:
        return []
    points = (point for point in DATA_POINTS if point.audience == "public" and point.answer(category) in _NOT_ALLOWED)
    paths = (path.partition("[")[0] for point in points for source in point.sources for path in source.split(" | "))
    reached = (one for path in dict.fromkeys(paths) for one in resolve(payload, path))
    return [one.pointer for one in reached if isinstance(one, Found)]


def _data_point(point: DataPoint, answer: str, root: dict[str, Any]) -> Finding | None:
    missing = [source for source in point.sources if not _is_filled(source, root)]
    source = f"data point {point.number} ({point.law}), guidance {VERSION}"
    if answer == "mandatory" and missing:
        message = f"Data point {point.number}, {point.name}, is mandatory for this category and missing."
        return Finding("dbp/data-point", message, wanted=" and ".join(missing), source=source)
    if answer in _NOT_ALLOWED and point.sources and not missing:
        message = f"Data point {point.number}, {point.name}, {_NOT_ALLOWED[answer]}: keep it out of the public view."
        return Finding("dbp/not-allowed-yet", message, severity="info", found=point.sources[0], source=source)
    return None


def _is_filled(source: str, root: dict[str, Any]) -> bool:
    """Whether any of the paths of `source` leads to something that is not empty."""
    found = (one for path in source.split(" | ") for one in resolve(root, path))
    return any(isinstance(one, Found) and one.value not in ("", None, {}) for one in found)


def _partner_numbers(identifiers: dict[str, str]) -> list[Finding]:
    found = []
    for part, id_short, form, name in PARTNER_NUMBERS:
        value = identifiers.get(id_short)
        if value is not None and not form.fullmatch(value):
            message = f"CX-0160 wants a {name} as {id_short}, not {value[:100]!r}."
            source = f"IDTA 02035-{part} {id_short}"
            fault = Finding("dbp/partner-number", message, wanted=name, found=value[:100], source=source)
            found.append(with_kind(fault))
    return found


def _softened(finding: Finding) -> Finding:
    """As a draft weighs it: an element may be missing, also where the template's list lacks the payload's word."""
    is_lacking = kind_of(finding) == "missing-mandatory" or finding.code == "dbp/not-in-value-list"
    return replace(finding, severity="warning") if is_lacking and finding.severity == "error" else finding
