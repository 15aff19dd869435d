"""Whether the Regulation demands a passport of a battery: category, energy, date of placing on the market (Art. 77(1)).

BatteryPass 4.0.0 has no date of placing on the market: it stands in the context, else it is narrowed down by what the
payload has. A battery is made before it is placed on the market, and placed on the market before it is first used.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from connector.notation.findings import Finding
from submodels.dbp.context import PassportContext
from submodels.dbp.paths import Found, resolve

SCOPE: Final = {"EV": Decimal(0), "LMT": Decimal(0), "industrial": Decimal(2)}
"""Category -> the energy in kWh above which a battery has a passport."""
WITHOUT: Final = ("SLI", "portable")
"""The categories of the Regulation that have none."""
SCOPE_BEGINS: Final = datetime.date(2027, 2, 18)
LAW: Final = "Regulation (EU) 2023/1542, Article 77(1)"

_CATEGORY: Final = "identification.category"
_ENERGY: Final = "performance.rated.energy.value"
_CAPACITY: Final = "performance.rated.capacity.value"
_VOLTAGE: Final = "performance.rated.voltage.nominal"
_MADE: Final = "generalInformation.manufacturer.manufacturingDate"
_USED: Final = "generalInformation.intoServiceDate"


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a battery: `energy` in kWh; placed on the market not before `earliest`, not after `latest`."""

    category: str = ""
    energy: Decimal | None = None
    earliest: datetime.date | None = None
    latest: datetime.date | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """`is_needed` is None where the facts do not say it; `reason` is one sentence, `lacking` the missing fact."""

    is_needed: bool | None
    reason: str
    lacking: str = ""


def needs_passport(category: str, energy_kwh: Decimal, placed_on_market: datetime.date) -> bool:
    """Whether a battery needs one, where all facts are known (category in the words of BatteryPass 4.0.0)."""
    return answer(Facts(category, energy_kwh, placed_on_market, placed_on_market)).is_needed is True


def answer(facts: Facts) -> Answer:
    """What the Regulation says about a battery; a single fact that rules it out suffices for no."""
    least = SCOPE.get(facts.category)
    if facts.category in WITHOUT:
        return Answer(False, f"the category {facts.category} has no passport, only {', '.join(SCOPE)} have")
    if least and facts.energy is not None and facts.energy <= least:
        return Answer(False, f"{facts.energy} kWh is not more than {least} kWh ({facts.category})")
    if facts.latest is not None and facts.latest < SCOPE_BEGINS:
        return Answer(False, f"it was placed on the market by {facts.latest}, before {SCOPE_BEGINS}")
    return _open_or_needed(facts, least)


def _open_or_needed(facts: Facts, least: Decimal | None) -> Answer:
    if least is None:
        named = (
            f"{facts.category!r} is no category of the Regulation" if facts.category else "its category is not known"
        )
        return Answer(None, named, "category")
    if least and facts.energy is None:
        return Answer(None, f"its energy is not known, and {facts.category} counts from {least} kWh on", "energy")
    if facts.earliest is None or facts.earliest < SCOPE_BEGINS:
        return Answer(None, f"it is not known whether it was placed on the market from {SCOPE_BEGINS} on", "date")
    more = f" of {facts.energy} kWh" if least else ""
    return Answer(True, f"{facts.category}{more}, placed on the market not before {facts.earliest}")


def facts_of(payload: Any, placed_on_market: datetime.date | None = None) -> Facts:
    """What a payload of BatteryPass 4.0.0 says; members that are missing or of a wrong type say nothing."""
    category = _at(payload, _CATEGORY)
    made, used = _day(_at(payload, _MADE)), _day(_at(payload, _USED))
    return Facts(
        category if isinstance(category, str) else "",
        _energy(payload),
        placed_on_market or made,
        placed_on_market or used,
    )


def scope_findings(payload: Any, context: PassportContext) -> list[Finding]:
    """A finding (info) where no passport is demanded, or where it cannot be said."""
    found = answer(facts_of(payload, context.placed_on_market))
    if found.is_needed:
        return []
    if found.is_needed is None:
        wanted = "placedOnMarket in the context" if found.lacking == "date" else found.lacking
        message = f"Whether a passport is demanded cannot be said: {found.reason}."
        return [Finding("dbp/scope-open", message, severity="info", wanted=wanted, source=LAW)]
    message = f"No passport is demanded of this battery: {found.reason}."
    return [Finding("dbp/no-passport-needed", message, severity="info", source=LAW)]


def _energy(payload: Any) -> Decimal | None:
    """Rated energy in kWh; where it is not stated, rated capacity (Ah) times nominal voltage (V)."""
    stated = _amount(_at(payload, _ENERGY))
    if stated is not None:
        return stated
    capacity, voltage = _amount(_at(payload, _CAPACITY)), _amount(_at(payload, _VOLTAGE))
    return None if capacity is None or voltage is None else capacity * voltage / 1000


def _at(payload: Any, path: str) -> Any:
    return next((found.value for found in resolve(payload, path) if isinstance(found, Found)), None)


def _amount(value: Any) -> Decimal | None:
    is_number = isinstance(value, int | float | Decimal) and not isinstance(value, bool)
    return Decimal(str(value)) if is_number else None


def _day(value: Any) -> datetime.date | None:
    try:
        return datetime.date.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
