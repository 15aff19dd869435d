"""Conversions of the mapping table: from a value of BatteryPass 4.0.0 to one of IDTA 02035.

Each takes the value and its site, gives str, Decimal, int, bool, a list or a dict by idShort, and None where the value
has no home in the target (with a note saying why, unless absence is the plain meaning). The lexical form is checked
by whoever places the value, so `text` may pass a date on.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable
from decimal import ROUND_HALF_EVEN, Decimal, DivisionByZero, InvalidOperation, localcontext
from typing import Any

from submodels.aas.lexical import NotLexical, has_zone, is_uri, lexical, number
from submodels.dbp.paths import Found, resolve
from submodels.dbp.site import Site

Conversion = Callable[[Any, Site], Any]

BATTERY_CATEGORIES = {"EV": "ev", "LMT": "lmt", "industrial": "industrial"}  # the others have no word in part 4
LIFE_CYCLE_STAGES = ("original", "repurposed", "re-used", "remanufactured", "waste")
DURATIONS = {"unit:month": "P{}M", "unit:year": "P{}Y", "unit:day": "P{}D"}
KILOGRAMS = {
    "unit:gram": Decimal("0.001"),
    "unit:kilogram": Decimal(1),
    "unit:tonneMetricTon": Decimal(1000),
    "unit:tonUsOrShortTonUkorus": Decimal("907.18474"),
    "unit:ounceAvoirdupois": Decimal("0.028349523125"),
    "unit:pound": Decimal("0.45359237"),
}
RATED_SOC = {"at20SoC": 20, "at80SoC": 80}
SYMBOLS = {"materialSymbol": "material symbol", "separateCollectionSymbol": "separate collection symbol"}

# Stages of the battery rules -> module of EN 15804, spelled as the value list of part 3 has it. The template takes one
# module for each footprint: A1 includes upstream production, and the benefits of module D are not told apart.
PHASES = {
    "raw material acquisition and pre-processing": "A1 - raw material supply (and upstream production)",
    "main product production": "A3 - production",
    "distribution": "A4 - transport to final destination",
    "end of life and recycling": "C1-C4",
}
CLIMATE_TOTAL = "Climate Change Total"
FOOTPRINT_UNIT = re.compile(r"kg\s*-?CO2\s*-?(eq\.?|e)(\s*(/|per)\s*kWh)?", re.IGNORECASE | re.ASCII)

# Chemistry as 4.0.0 abbreviates it -> clear name.
CHEMISTRIES = {
    "NMC": "Lithium nickel manganese cobalt oxide",
    "NCM": "Lithium nickel manganese cobalt oxide",
    "LFP": "Lithium iron phosphate",
    "LMFP": "Lithium manganese iron phosphate",
    "NCA": "Lithium nickel cobalt aluminium oxide",
    "LCO": "Lithium cobalt oxide",
    "LMO": "Lithium manganese oxide",
    "LTO": "Lithium titanate",
}

BPNL = re.compile(r"BPNL[0-9A-Za-z]{12}", re.ASCII)
BPNS = re.compile(r"BPNS[0-9A-Za-z]{12}", re.ASCII)
SPARE_PARTS = "circularity.spareParts.left.sparePart[]"
DIGITS = 50  # of a derived figure on its way; given figures are never rounded
DERIVED_STEP = Decimal("0.0001")


def text(value: Any, site: Site) -> str | None:
    """A text as it stands; an empty one counts as absent."""
    return _string(value, site) or None


def amount(value: Any, _: Site) -> Decimal:
    """A number with all its digits."""
    return number(value)


def members(value: Any, _: Site) -> Any:
    """Configured members by idShort, as they stand."""
    return value


def moment(value: Any, site: Site) -> str | None:
    """A date and time; one without a zone is passed on and told."""
    string = text(value, site)
    if string and not has_zone(string) and _is(string, "xs:dateTime"):
        site.note("no-zone", "The time names no offset from UTC.", found=string)
    return string


def rounded(value: Any, site: Site) -> int:
    """A whole number, half to even, since the target has integers only; a loss is told."""
    exact = number(value)
    whole = exact.quantize(Decimal(1), ROUND_HALF_EVEN) if abs(exact) < 10**20 else exact.to_integral_value()
    if whole != exact:
        site.note("rounded", f"The template wants an integer: {exact} became {whole}.", found=exact)
    return int(whole)


def whole_only(value: Any, site: Site) -> int | None:
    """A whole number; any other is left out, since the target is optional and an integer would be untrue."""
    exact = number(value)
    if exact != exact.to_integral_value():
        site.note("left-out", f"The template wants an integer; {exact} is left out, not rounded.", "info", found=exact)
        return None
    return int(exact)


def uri(value: Any, site: Site) -> str | None:
    """A URI as the battery's own link; any other code is left to the configured unit URL."""
    string = _string(value, site)
    if is_uri(string):
        if site.context.unit_url not in ("", string):
            site.note("unit-url", "idDmc is a URI and differs from the configured unit URL.", found=string[:200])
        return string
    site.note("not-a-uri", "idDmc is no URI; the configured unit URL stands in its place.", "info", found=string[:100])
    return None


def battery_category(value: Any, site: Site) -> str | None:
    """The category in the words of part 4; SLI, portable and incorporated batteries have none there."""
    return _listed(value, site, BATTERY_CATEGORIES)


def life_cycle_stage(value: Any, site: Site) -> str | None:
    """One of the five stages."""
    return _listed(value, site, {stage: stage for stage in LIFE_CYCLE_STAGES})


def clear_name(value: Any, site: Site) -> str | None:
    """The chemistry's clear name; one that the table lacks is repeated, and that is told."""
    string = _string(value, site).strip()
    if string and string.upper() not in CHEMISTRIES:
        site.note("repeated", "No clear name is known for this chemistry; its short name is repeated.", found=string)
    return CHEMISTRIES.get(string.upper(), string) or None


def first(value: Any, site: Site) -> str | None:
    """The first text of a list of names."""
    if not isinstance(value, list):
        raise NotLexical(f"a list was wanted, {type(value).__name__} was found")
    if len(value) > 1:
        site.note("left-out", "The target takes one name: the first stands there.", "info", found=len(value))
    return text(value[0], site) if value else None


def bpnl(value: Any, site: Site) -> str | None:
    """A BPNL (CX-0160 wants one); any other identifier is left to a later row."""
    string = _string(value, site)
    return string if BPNL.fullmatch(string) else None


def bpns(value: Any, site: Site) -> str | None:
    """A BPNS (CX-0160 wants one); any other identifier is left to a later row."""
    string = _string(value, site)
    return string if BPNS.fullmatch(string) else None


def street(value: Any, site: Site) -> str | None:
    """Street and number of a `thoroughfare`."""
    if not isinstance(value, dict):
        raise NotLexical(f"an object was wanted, {type(value).__name__} was found")
    named = [_string(value.get(name, ""), site) for name in ("value", "number")]
    if all(named):
        site.note("derived", "Street and number stand in one line.", "info")
    return " ".join(part for part in named if part) or None


def country(value: Any, site: Site) -> str | None:
    """The country of an ISO 3166-2 code (`DE-BY` -> `DE`)."""
    return _string(value, site).partition("-")[0] or None


def warranty(value: Any, site: Site) -> str | None:
    """A guaranteed lifetime as ISO 8601 duration (`P96M`); cycles and operating hours are none."""
    if not isinstance(value, dict):
        raise NotLexical(f"an object was wanted, {type(value).__name__} was found")
    form = DURATIONS.get(str(value.get("unit")))
    if form is None:
        site.note("left-out", "A guarantee in this unit is no duration.", "info", found=str(value.get("unit"))[:100])
        return None
    return form.format(lexical(number(value.get("value")), "xs:unsignedInt"))


def made_on(site: Site) -> datetime.date | None:
    """The day of manufacture, None where the payload has none."""
    for found in resolve(site.scene.payload, "generalInformation.manufacturer.manufacturingDate"):
        if isinstance(found, Found) and isinstance(found.value, str) and _is(found.value, "xs:date"):
            return datetime.date.fromisoformat(found.value)
    return None


def kilograms(value: Any, site: Site) -> Decimal | None:
    """A mass `{value, unit}` in kilogram, exactly."""
    if not isinstance(value, dict):
        raise NotLexical(f"an object was wanted, {type(value).__name__} was found")
    factor = KILOGRAMS.get(str(value.get("unit")))
    if factor is None:
        site.note("unit", "The mass is in no known unit.", "error", found=str(value.get("unit"))[:100])
        return None
    mass = number(value.get("value"))
    with localcontext() as exact:
        exact.prec = DIGITS + len(mass.as_tuple().digits)
        if factor != 1:
            site.note("derived", "The mass is given in kilogram.", "info", found=mass)
        return mass if factor == 1 else mass * factor


def rated_soc(_: Any, site: Site) -> int:
    """The state of charge that the member's name holds (`at20SoC`)."""
    return RATED_SOC[site.item_name]


def symbol_name(_: Any, site: Site) -> str:
    """What a symbol is called that 4.0.0 gives as links only."""
    return next(name for step, name in SYMBOLS.items() if step in site.found.pointer)


def phase(value: Any, site: Site) -> str | None:
    """The module of EN 15804 that covers a life-cycle stage; an unknown stage is passed on as it stands."""
    string = _string(value, site)
    known = PHASES.get(" ".join(string.lower().split()))
    if known is None and string:
        site.note("not-in-value-list", "This stage is none of the four of the battery rules.", found=string[:100])
    return known or string or None


def footprint_amount(value: Any, site: Site) -> Decimal:
    """kg CO2 equivalent; a unit that does not read as such is told."""
    unit = site.item.get("unit") if isinstance(site.item, dict) else None
    if not isinstance(unit, str) or not FOOTPRINT_UNIT.fullmatch(unit.strip()):
        site.note("unit", "PcfCO2eq is in kg CO2 equivalent; the unit does not read as such.", found=str(unit)[:100])
    return number(value)


def functional_unit(_: Any, site: Site) -> str:
    """What a footprint is counted for, by configuration."""
    return site.context.functional_unit


def functional_quantity(_: Any, site: Site) -> Decimal:
    """How much of that unit, by configuration."""
    return site.context.functional_quantity


def is_climate_total(value: Any, _: Site) -> bool:
    """Whether a footprint entry is the one kind that part 3 has a place for."""
    return isinstance(value, dict) and value.get("type") == CLIMATE_TOTAL


def is_other_footprint(value: Any, site: Site) -> bool:
    """Whether a footprint entry is of a kind that part 3 has no place for."""
    return not is_climate_total(value, site)


def no_place(_: Any, site: Site) -> None:
    """A footprint of another impact: told, not placed."""
    site.note("left-out", "Part 3 has a place for climate change (total) only.", "info")


def latest_time(_: Any, site: Site) -> str | None:
    """The latest `time` below performance.dynamic, for figures that have none of their own."""
    if "latest" not in site.scene.memory:
        times = [time for time in _times(site.found.value) if _is(time, "xs:dateTime")]
        site.scene.memory["latest"] = max(times, key=_instant, default=None)
    latest: str | None = site.scene.memory["latest"]
    return latest


def power_per_energy(_: Any, site: Site) -> Decimal | None:
    """Rated power in kW for each kWh of rated energy."""
    power, energy = (_figure(site, f"performance.rated.{name}.value") for name in ("power", "energy"))
    return _quotient(power, None if energy is None else energy * 1000)


def remaining_power_percent(_: Any, site: Site) -> Decimal | None:
    """Remaining power as percent of rated power."""
    remaining = _figure(site, "performance.dynamic.power.remaining.value")
    return _quotient(None if remaining is None else remaining * 100, _figure(site, "performance.rated.power.value"))


def spare_parts(_: Any, site: Site) -> list[dict[str, Any]]:
    """All spare parts as components of a supplier."""
    found = (found for found in resolve(site.scene.payload, SPARE_PARTS) if isinstance(found, Found))
    parts = (found.value for found in found if isinstance(found.value, dict))
    return [{"PartName": part.get("partName"), "PartNumber": part.get("partNumber")} for part in parts]


def _string(value: Any, _: Site) -> str:
    if not isinstance(value, str):
        raise NotLexical(f"a text was wanted, {type(value).__name__} was found")
    return value


def _is(string: str, value_type: str) -> bool:
    try:
        lexical(string, value_type)
    except NotLexical:
        return False
    return True


def _listed(value: Any, site: Site, words: dict[str, str]) -> str | None:
    string = _string(value, site)
    if string not in words:
        wanted = ", ".join(words)
        site.note("not-in-value-list", f"The target knows only: {wanted}.", "error", found=string[:100])
    return words.get(string)


def _figure(site: Site, path: str) -> Decimal | None:
    for found in resolve(site.scene.payload, path):
        if isinstance(found, Found):
            return number(found.value)
    return None


def _quotient(dividend: Decimal | None, divisor: Decimal | None) -> Decimal | None:
    if dividend is None or divisor is None:
        return None
    with localcontext() as exact:
        exact.prec = DIGITS
        try:
            quotient = (dividend / divisor).quantize(DERIVED_STEP, ROUND_HALF_EVEN)
        except (DivisionByZero, InvalidOperation):
            return None
        whole = quotient.to_integral_value()
        return whole if whole == quotient else quotient.normalize()


def _times(value: Any) -> list[str]:
    """Every `time` below `value`."""
    if not isinstance(value, dict):
        return []
    own = [value["time"]] if isinstance(value.get("time"), str) else []
    return own + [time for member in value.values() for time in _times(member)]


def _instant(time: str) -> Any:
    moment = datetime.datetime.fromisoformat(time)
    return moment if moment.tzinfo else moment.replace(tzinfo=datetime.UTC)
