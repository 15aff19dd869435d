"""Units of the SAMM catalogue that aspect models of batteries, footprints and parts use: how they are written."""

from __future__ import annotations

SYMBOLS: dict[str, str] = {
    "ampere": "A",
    "ampereHour": "Ah",
    "bar": "bar",
    "byte": "B",
    "C": "C",
    "centimetre": "cm",
    "coulomb": "C",
    "cubicCentimetre": "cm³",
    "cubicFoot": "ft³",
    "cubicInch": "in³",
    "cubicMetre": "m³",
    "cubicYard": "yd³",
    "cycle": "cycles",
    "day": "d",
    "degreeCelsius": "°C",
    "degreeUnitOfAngle": "°",
    "foot": "ft",
    "gigajoule": "GJ",
    "gram": "g",
    "gramPerKilogram": "g/kg",
    "hectolitre": "hl",
    "hertz": "Hz",
    "hourUnitOfTime": "h",
    "inch": "in",
    "joule": "J",
    "kelvin": "K",
    "kilogram": "kg",
    "kilogramPerCubicMetre": "kg/m³",
    "kilojoule": "kJ",
    "kilometre": "km",
    "kilometrePerHour": "km/h",
    "kilowatt": "kW",
    "kilowattHour": "kWh",
    "litre": "l",
    "megajoule": "MJ",
    "megawatt": "MW",
    "megawattHour": "MWh",
    "metre": "m",
    "metrePerSecond": "m/s",
    "metrePerSecondSquared": "m/s²",
    "milliampereHour": "mAh",
    "millilitre": "ml",
    "millimetre": "mm",
    "millisecond": "ms",
    "milliohm": "mΩ",
    "minuteUnitOfTime": "min",
    "month": "mo",
    "newton": "N",
    "newtonMetre": "N·m",
    "ohm": "Ω",
    "one": "1",
    "ounceAvoirdupois": "oz",
    "partPerBillionUs": "ppb",
    "partPerMillion": "ppm",
    "partPerThousand": "‰",
    "partPerTrillionUs": "ppt",
    "pascal": "Pa",
    "percent": "%",
    "percentVolume": "% (volume)",
    "pound": "lb",
    "revolutionsPerMinute": "r/min",
    "secondUnitOfTime": "s",
    "squareMetre": "m²",
    "tonneKilometre": "t·km",
    "tonneMetricTon": "t",
    "volt": "V",
    "watt": "W",
    "wattHour": "Wh",
    "week": "wk",
    "yard": "yd",
    "year": "a",
}


def unit_name(iri: str) -> str:
    """The unit's own name: the last part of its IRI."""
    return iri.rpartition("#")[2].rpartition("/")[2] or iri


def symbol(iri: str) -> str:
    """How amounts in this unit are written; a unit without a known symbol goes by its name."""
    name = unit_name(iri)
    return SYMBOLS.get(name, name)
