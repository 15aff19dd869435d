"""Rules of the Catena-X PCF Rulebook 4 that can be computed: sums, shares, data quality, cut-off."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any, NamedTuple

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
SCREENING_INCREASE = Fraction(1, 10)
"""From this relative increase on an update is compulsory."""
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


class Broken(NamedTuple):
    """A rule that a footprint breaks: the value by its canonical name, what it should be and is."""

    code: str
    name: str
    message: str
    wanted: Any
    found: Any


def check_prospective(values: Mapping[str, Any]) -> Broken | None:
    """A prospective footprint states no primary data share: nothing was measured yet."""
    share, kind = values.get("primary_data_share"), values.get("calculation") or ""
    if share is None or not kind.startswith("Prospective"):
        return None
    message = "a prospective footprint has no primary data share"
    return Broken("pcf/primary-data", "primary_data_share", message, "absent", share)


def check_version(values: Mapping[str, Any]) -> Broken | None:
    """The version stays 0; a change makes a new id."""
    version = values.get("version")
    if version in (None, 0):
        return None
    message = f"the version is {version}: it stays 0, a change makes a new footprint with precedingPfIds"
    return Broken("pcf/version", "version", message, 0, version)


def check_preceding(values: Mapping[str, Any]) -> Broken | None:
    """No footprint comes before itself."""
    own = bare_id(values.get("id"))
    if own is None or own not in {bare_id(one) for one in values.get("preceding_ids") or ()}:
        return None
    return Broken("pcf/preceding", "preceding_ids", "the footprint is listed as preceding itself", "other ids", own)


def bare_id(text: Any) -> str | None:
    """A footprint id without `urn:uuid:`, in lower case: two spellings are one id."""
    return text.lower().removeprefix("urn:uuid:") if isinstance(text, str) else None


def check_change(
    old_id: str | None, old: Decimal, new_id: str | None, new: Decimal, preceding: Sequence[str], pointer: str = ""
) -> list[Finding]:
    """A footprint that takes the place of another, totals per the same unit: what the rulebook wants of a change.

    Findings: `pcf/same-id` (another value under the id of old), `pcf/preceding` (the old id is not named),
    `pcf/increase` (10 % more or above: the update is compulsory, whoever used the old value recalculates).
    """
    findings = []
    changed = Fraction(old) != Fraction(new)
    if changed and old_id is not None and bare_id(old_id) == bare_id(new_id):
        findings.append(_rule("pcf/same-id", "the value changed under the same id", pointer, "a new id", new_id))
    elif changed and old_id and bare_id(old_id) not in {bare_id(one) for one in preceding}:
        message = f"the footprint does not name the one before it, {old_id}"
        findings.append(_rule("pcf/preceding", message, pointer, old_id, list(preceding)))
    if old > 0 and Fraction(new) >= Fraction(old) * (1 + SCREENING_INCREASE):
        more = amounts.half_even((Fraction(new) / Fraction(old) - 1) * 100, 2)
        message = f"the value rose by {more} %: from 10 % on an update is compulsory"
        findings.append(_rule("pcf/increase", message, pointer, "< 10 %", f"{more} %"))
    return findings


def _rule(code: str, message: str, pointer: str, wanted: Any, found: Any) -> Finding:
    return Finding(code, message, pointer, "warning", wanted, found, RULEBOOK)


def verification_share(contributions: Sequence[tuple[Decimal, Decimal | None]]) -> Decimal | None:
    """Percent verified (or certified) of a sum of (kgCO2e, percent or None): a step without a share breaks it to 0."""
    return _weighted((weight, share or Decimal(0)) for weight, share in contributions)


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


def check_sum(code: str, which: str, formula: str, wanted: Decimal, found: Decimal, pointer: str) -> list[Finding]:
    """A stated total against what `formula` gives; finding `code` where they differ by more than the tolerance."""
    return [_wrong_sum(code, which, formula, wanted, found, pointer)] if _differs(found, wanted) else []


def _differs(stated: Decimal, wanted: Decimal) -> bool:
    return abs(Fraction(stated) - Fraction(wanted)) > TOLERANCE * max(abs(Fraction(wanted)), Fraction(1, 10**6))


def _wrong_sum(code: str, which: str, formula: str, wanted: Decimal, found: Decimal, pointer: str) -> Finding:
    message = f"the total {which} biogenic uptake is {found}, {formula} gives {wanted}"
    return Finding(code, message, pointer, "warning", wanted, found, RULEBOOK)
