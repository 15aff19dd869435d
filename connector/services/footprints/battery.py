"""The footprint of a battery from the footprints of its components: answers of partners, own stages, energy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from connector.notation.exact_json import decode
from connector.notation.problems import Invalid
from connector.pcf.battery import BatteryFootprint, carbon_footprint_entries, roll_up
from connector.pcf.catena_x import version_9
from connector.pcf.footprint import Footprint, Split, StageData
from connector.services.footprints.footprints import Footprints


@dataclass(frozen=True, slots=True)
class Component:
    """So much of what a partner's answer is about; `split` where the answer states no stages."""

    request_id: str
    quantity: Decimal
    split: Split | StageData | None = None


@dataclass(frozen=True, slots=True)
class Energy:
    """The energy over the service life: `declared_kwh`, or the three factors of the draft method."""

    declared_kwh: Decimal | None = None
    usable_kwh: Decimal | None = None
    full_cycles_per_year: Decimal | None = None
    years: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Statement:
    """What the entries of a passport say beside the amounts."""

    plant: str | Mapping[str, Any]
    declaration: str
    rulebook: str
    performance_class: str | None = None
    total_lifecycle: str | None = None


async def rolled_up(
    footprints: Footprints,
    components: Sequence[Component],
    own_stages: Mapping[str, Decimal],
    energy: Energy,
    statement: Statement,
) -> tuple[BatteryFootprint, list[dict[str, Any]]]:
    """The battery's footprint and its `carbonFootprint[]` entries.

    Each component's document is read from the inventory, so the contract it came under decides on this use.
    Raises Unknown where a request has no answer, Refused by contract, and what `connector.pcf.battery` raises.
    """
    if not components:
        raise Invalid("footprint/components", "a battery has at least one component", pointer="/components")
    read = [(await _footprint(footprints, one.request_id), one.quantity) for one in components]
    unsplit = {index: one.split for index, one in enumerate(components) if one.split is not None}
    battery = roll_up(
        read,
        own_stages,
        usable_energy_kwh=energy.usable_kwh,
        full_cycles_per_year=energy.full_cycles_per_year,
        years=energy.years,
        lifetime_energy_kwh=energy.declared_kwh,
        unsplit=unsplit,
    )
    entries = carbon_footprint_entries(
        battery,
        plant=statement.plant,
        declaration=statement.declaration,
        rulebook=statement.rulebook,
        performance_class=statement.performance_class,
        total_lifecycle=statement.total_lifecycle,
    )
    return battery, entries


async def _footprint(footprints: Footprints, request_id: str) -> Footprint:
    return version_9.read(decode(await footprints.document(request_id))).footprint
