"""Declared units: the spellings of the regions. Canonical is the word that Catena-X and PACT share."""

from __future__ import annotations

from connector.notation.problems import Unprocessable

OURANOS_UNITS: dict[str, str] = {
    "liter": "liter",
    "kilogram": "kilogram",
    "cubic meter": "cubic-meter",
    "kilowatt hour": "kilowatt-hour",
    "megajoule": "megajoule",
    "ton kilometer": "ton-kilometer",
    "square meter": "square-meter",
    "piece": "unit",
}
"""Canonical unit to the word of Ouranos; units that are absent here have no form there."""

CATENA_X_9_UNITS: tuple[str, ...] = (*OURANOS_UNITS, "hour", "megabit", "second")
"""What io.catenax.pcf 9.0.0 lists; it splits "megabit second" in two by mistake."""

CATENA_X_7_UNITS: tuple[str, ...] = tuple(OURANOS_UNITS)
"""What io.catenax.pcf 7.0.0 lists."""

CATENA_X_10_UNITS: tuple[str, ...] = (*OURANOS_UNITS, "hour", "megabit second")
"""What io.catenax.pcf 10.0.0 and PACT 3 list."""

EMISSION_UNIT_PREFIX = "kgCO2e/"

_CANONICAL = {word: unit for unit, word in OURANOS_UNITS.items()}


def to_ouranos(unit: str) -> str:
    """The Ouranos word of a canonical unit. Raises Unprocessable `pcf/unit` for hour, megabit second and the like."""
    if unit not in OURANOS_UNITS:
        raise Unprocessable(
            "pcf/unit", f"the declared unit {unit!r} has no form in Ouranos: {', '.join(OURANOS_UNITS)}"
        )
    return OURANOS_UNITS[unit]


def from_ouranos(word: str) -> str:
    """The canonical unit of `kilowatt-hour` or `kgCO2e/kilowatt-hour`. Raises Unprocessable `pcf/unit`."""
    unit = _CANONICAL.get(word.removeprefix(EMISSION_UNIT_PREFIX))
    if unit is None:
        raise Unprocessable("pcf/unit", f"{word!r} is not a unit of Ouranos")
    return unit
