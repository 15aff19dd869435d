"""Rules of the Catena-X PCF Rulebook 4 that can be computed: sums, shares, data quality, cut-off."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction

from connector.notation.findings import Finding
from connector.pcf import amounts

COMPONENTS_OF_TOTAL: tuple[str, ...] = (
    "fossil",
    "biogenic_non_co2",
    "land_use_change",
    "land_management_emissions",
    "land_management_removals",
    "aircraft",
)
"""A, C, E, F, G and H: they make up the total excluding biogenic CO2 uptake (T2)."""

UPTAKE = "biogenic_uptake"
"""D: with it, T2 becomes T1."""

TOLERANCE = Fraction(1, 10**6)
"""How far a stated sum may be off, relative to it: senders add binary floats."""

CUT_OFF_PERCENT = Decimal(3)
WORST_DQR = Decimal(5)
PLACES = 5
RULEBOOK = "Catena-X PCF Rulebook 4.0.1"

_AGES: tuple[tuple[int, int], ...] = ((366, 1), (731, 2), (1096, 3), (1461, 4))


def check_totals(
    including: Decimal | None, excluding: Decimal | None, parts: Mapping[str, Decimal | None], pointer: str
) -> list[Finding]:
    """T1 = T2 + D and T2 = A+C+E+F+G+H, each where all of its terms are stated. Findings `pcf/t1` and `pcf/t2`."""
    findings = []
    uptake = parts.get(UPTAKE)
    if including is not None and excluding is not None and uptake is not None:
        wanted = amounts.total((excluding, uptake))
        if _differs(including, wanted):
            findings.append(_wrong_sum("pcf/t1", "including", "excluding plus the uptake", wanted, including, pointer))
    terms = [parts.get(name) for name in COMPONENTS_OF_TOTAL]
    stated = [term for term in terms if term is not None]
    if excluding is not None and len(stated) == len(terms):
        wanted = amounts.total(stated)
        if _differs(excluding, wanted):
            findings.append(_wrong_sum("pcf/t2", "excluding", "the sum of its parts", wanted, excluding, pointer))
    return findings


def check_cut_off(percent: Decimal | None, pointer: str) -> list[Finding]:
    """Exempted emissions stay below 3 %, although the schema lets 10 pass. Finding `pcf/cut-off`."""
    if percent is None or percent < CUT_OFF_PERCENT:
        return []
    message = f"exempted emissions of {percent} % are not below the cut-off of {CUT_OFF_PERCENT} %"
    return [Finding("pcf/cut-off", message, pointer, "warning", "< 3", percent, RULEBOOK)]


def primary_data_share(contributions: Sequence[tuple[Decimal, Decimal | None]]) -> Decimal | None:
    """Percent of primary data of a sum of (kgCO2e, percent or None); weights are absolute, a missing share counts 0.

    None where nothing contributes. Five decimals, half even.
    """
    return _weighted((weight, share or Decimal(0)) for weight, share in contributions)


def data_quality(contributions: Sequence[tuple[Decimal, Decimal | None]]) -> Decimal | None:
    """One indicator of a sum of (kgCO2e, rating or None): weights are absolute, a missing rating is the worst."""
    return _weighted((weight, WORST_DQR if rating is None else rating) for weight, rating in contributions)


def temporal_rating(age_days: int) -> int:
    """The temporal rating of data `age_days` old."""
    return next((rating for limit, rating in _AGES if age_days <= limit), 5)


def _weighted(contributions: Iterable[tuple[Decimal, Decimal]]) -> Decimal | None:
    weighted = whole = Fraction(0)
    for weight, value in contributions:
        weighted += abs(Fraction(weight)) * Fraction(value)
        whole += abs(Fraction(weight))
    return amounts.half_even(weighted / whole, PLACES) if whole else None


def _differs(stated: Decimal, wanted: Decimal) -> bool:
    return abs(Fraction(stated) - Fraction(wanted)) > TOLERANCE * max(abs(Fraction(wanted)), Fraction(1, 10**6))


def _wrong_sum(code: str, which: str, formula: str, wanted: Decimal, found: Decimal, pointer: str) -> Finding:
    message = f"the total {which} biogenic uptake is {found}, {formula} gives {wanted}"
    return Finding(code, message, pointer, "warning", wanted, found, RULEBOOK)
