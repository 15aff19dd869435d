"""A bill of materials over any number of tiers: parts, what they are made of, what their suppliers state.

A part's value covers all that is upstream of it; a part without one is the sum of its components and of what its maker
adds itself. Amounts are exact Decimals; a value that nobody stated is a gap, never zero.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Context, Decimal, DivisionByZero, Inexact, InvalidOperation, Overflow
from fractions import Fraction
from typing import Any, Final

from connector.notation.problems import Invalid
from connector.pcf import amounts, conversion
from connector.pcf.footprint import MAIN_PRODUCTION, RAW_MATERIAL, STAGES, Footprint, Quality

EXACT: Final = Context(prec=400, traps=[Inexact, InvalidOperation, Overflow, DivisionByZero])
_UNRATED: Final = Quality()
PLACES: Final = 60
"""Decimals at which a quotient that does not end is rounded."""


@dataclass(frozen=True, slots=True)
class Value:
    """What is known of one unit of a part: kgCO2e by stage, or a total whose stages were not released (`unsplit`).

    `is_secondary`: from a database, not from the supplier. `is_verified`: a verifier's credential in force stands over
    `digest`. A value that was `withdrawn` does not count. Shares are percent, ratings 1 (best) to 5.
    """

    stages: Mapping[str, Decimal] = field(default_factory=dict)
    unsplit: Decimal | None = None
    primary_share: Decimal | None = None
    quality: Quality = _UNRATED
    verified_share: Decimal | None = None
    is_secondary: bool = False
    is_verified: bool = False
    is_withdrawn: bool = False
    source: str = ""
    digest: str = ""

    def total(self) -> Decimal:
        """All stages, or what was released instead."""
        return amounts.total([*self.stages.values(), *([self.unsplit] if self.unsplit is not None else [])])


@dataclass(frozen=True, slots=True)
class Component:
    """So much of another part goes into one unit of a part."""

    part: str
    amount: Decimal
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """One part, per one `unit`. `mass` is kilogram per unit; `fallback` is secondary data for want of a value."""

    id: str
    name: str = ""
    supplier: str = ""
    region: str = ""
    unit: str = "piece"
    mass: Decimal | None = None
    own: Value | None = None
    value: Value | None = None
    fallback: Value | None = None
    components: tuple[Component, ...] = ()
    agreement_id: str = ""


def bill(document: Any) -> tuple[str, dict[str, Part]]:
    """Root and parts of a bill of materials as JSON (docs/how-to.md). Raises Invalid (`pcf/bill`, `pcf/amount`)."""
    if not isinstance(document, dict) or not isinstance(document.get("parts"), list):
        raise Invalid("pcf/bill", "a bill of materials is an object with root and parts")
    parts: dict[str, Part] = {}
    for index, entry in enumerate(document["parts"]):
        part = _part(entry, f"/parts/{index}")
        if part.id in parts:
            raise Invalid("pcf/bill", f"the part {part.id!r} is listed twice", pointer=f"/parts/{index}/id")
        parts[part.id] = part
    root = document.get("root")
    if root not in parts:
        raise Invalid("pcf/bill", f"the root {root!r} is not among the parts", pointer="/root")
    return str(root), parts


def value_of(footprint: Footprint, **stated: Any) -> Value:
    """What a supplier's footprint says of one declared unit."""
    per_unit = {
        stage: _quotient(value, footprint.declared_amount)
        for stage, value in footprint.stages.items()
        if value is not None
    }
    has_both = {RAW_MATERIAL, MAIN_PRODUCTION} <= set(per_unit)
    unsplit = None if has_both else _quotient(footprint.total_excluding, footprint.declared_amount)
    stages = per_unit if has_both else {s: v for s, v in per_unit.items() if s not in (RAW_MATERIAL, MAIN_PRODUCTION)}
    return Value(
        stages=stages,
        unsplit=unsplit,
        primary_share=footprint.primary_data_share,
        quality=footprint.quality.get("total", Quality()),
        verified_share=footprint.details.get("verification.third_party_share"),
        source=footprint.provenance.source if footprint.provenance else "",
        digest=footprint.provenance.digest if footprint.provenance else "",
        **stated,
    )


def _part(entry: Any, pointer: str) -> Part:
    if not isinstance(entry, dict) or not isinstance(entry.get("id"), str) or not entry["id"]:
        raise Invalid("pcf/bill", "a part has an id", pointer=pointer)
    components = entry.get("components", [])
    if not isinstance(components, list):
        raise Invalid("pcf/bill", "components is a list", pointer=f"{pointer}/components")
    value, unit = _stated(entry, pointer)
    return Part(
        id=entry["id"],
        name=_text(entry, "name", pointer),
        supplier=_text(entry, "supplier", pointer),
        region=_text(entry, "region", pointer),
        unit=unit or _text(entry, "unit", pointer) or "piece",
        mass=_optional(entry, "mass", pointer),
        own=_plain(entry["own"], f"{pointer}/own") if entry.get("own") else None,
        value=value,
        fallback=_fallback(entry, pointer),
        components=tuple(_component(one, f"{pointer}/components/{i}") for i, one in enumerate(components)),
        agreement_id=_text(entry, "agreementId", pointer),
    )


def _stated(entry: Mapping[str, Any], pointer: str) -> tuple[Value | None, str]:
    """A value: a footprint document in any form, or stages as they are; and the unit that a document declares."""
    flags = {
        "is_verified": entry.get("verified") is True,
        "is_withdrawn": entry.get("withdrawn") is True,
    }
    if entry.get("footprint") is not None:
        footprint = conversion.read_document(entry["footprint"]).footprint
        return value_of(footprint, **flags), footprint.declared_unit
    if entry.get("value") is not None:
        return _plain(entry["value"], f"{pointer}/value", **flags), ""
    return None, ""


def _fallback(entry: Mapping[str, Any], pointer: str) -> Value | None:
    stated = entry.get("secondary")
    return _plain(stated, f"{pointer}/secondary", is_secondary=True) if stated is not None else None


def _plain(stated: Any, pointer: str, **flags: Any) -> Value:
    if not isinstance(stated, dict):
        raise Invalid("pcf/bill", "a value is an object with stages or total", pointer=pointer)
    stages = {stage: amounts.amount(stated[stage], stage) for stage in STAGES if stage in stated}
    total = amounts.amount(stated["total"], "total") if "total" in stated else None
    if not stages and total is None:
        raise Invalid("pcf/bill", f"a value states stages ({', '.join(STAGES)}) or a total", pointer=pointer)
    quality = Quality(*(_optional(stated, name, pointer) for name in ("technological", "geographical", "temporal")))
    return Value(
        stages=stages,
        unsplit=total,
        primary_share=_optional(stated, "primaryDataShare", pointer),
        quality=quality,
        verified_share=_optional(stated, "verifiedShare", pointer),
        source=_text(stated, "source", pointer),
        **flags,
    )


def _component(one: Any, pointer: str) -> Component:
    if not isinstance(one, dict) or not isinstance(one.get("part"), str):
        raise Invalid("pcf/bill", "a component names a part", pointer=pointer)
    amount = amounts.amount(one.get("amount"), "the amount of a component")
    if amount <= 0:
        raise Invalid("pcf/amount", "the amount of a component is above zero", pointer=f"{pointer}/amount")
    return Component(one["part"], amount, _text(one, "unit", pointer))


def _text(entry: Mapping[str, Any], name: str, pointer: str) -> str:
    found = entry.get(name, "")
    if not isinstance(found, str):
        raise Invalid("pcf/bill", f"{name} is a text", pointer=f"{pointer}/{name}")
    return found


def _optional(entry: Mapping[str, Any], name: str, pointer: str) -> Decimal | None:
    found = entry.get(name)
    return None if found is None else amounts.amount(found, f"{pointer}/{name}")


def _quotient(value: Decimal, divisor: Decimal) -> Decimal:
    if divisor == 1:
        return value
    exact = amounts.exact(Fraction(value) / Fraction(divisor), PLACES)
    return exact if exact is not None else amounts.half_even(Fraction(value) / Fraction(divisor), PLACES)
