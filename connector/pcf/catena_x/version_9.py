"""io.catenax.pcf 9.0.0: read into the canonical footprint, written from it, checked beyond its schema.

The schema is draft-04 with unanchored patterns and open arrays; what it means (one object in each group, whole
matches, times with zone, sums that add up) is checked here.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from connector.notation.findings import Finding
from connector.pcf import amounts
from connector.pcf.catena_x.fields import FIELDS, GROUPS, OPTIONAL_WHEN_WRITTEN, SEMANTIC_ID, SPEC_VERSION, TOTALS
from connector.pcf.catena_x.fitting import fit_9
from connector.pcf.footprint import DISTRIBUTION, Assumptions, Converted, Footprint, Read
from connector.pcf.forms import checking, reading, writing
from connector.pcf.forms.model import Model, Values

SOURCE = "io.catenax.pcf:9.0.0"


def derive(values: Mapping[str, Any]) -> dict[str, Any]:
    """What follows from stated values alone: T1 = T2 + D, the mass of a kilogram, the distribution stage."""
    derived: dict[str, Any] = {}
    uptake = values.get("production.biogenic_uptake")
    if uptake is not None:
        derived["total_including"] = amounts.total((values["total_excluding"], amounts.amount(uptake, "the uptake")))
    if values["declared_unit"] == "kilogram":
        derived["mass_per_declared_unit"] = values["declared_amount"]
    distribution = values.get(f"stages.{DISTRIBUTION}")
    derived["distribution.included"] = distribution is not None
    if distribution is not None:
        derived["distribution.excluding"] = distribution
    return derived


def settle(values: Values, findings: list[Finding]) -> None:
    """The distribution that is included becomes a life-cycle stage."""
    if values.get("distribution.included") and "distribution.excluding" in values:
        values[f"stages.{DISTRIBUTION}"] = values["distribution.excluding"]


MODEL = Model(
    source=SOURCE,
    semantic_id=SEMANTIC_ID,
    groups=GROUPS,
    fields=FIELDS,
    wraps=True,
    refusal="pcf/catena-x",
    constants={"spec_version": SPEC_VERSION, "version": Decimal(0), "status": "Active"},
    optional_when_written=OPTIONAL_WHEN_WRITTEN,
    totals=TOTALS,
    settle=settle,
    fit=fit_9,
    derive=derive,
)


def read(document: Any) -> Read:
    """See forms.reading.read."""
    return reading.read(MODEL, document)


def write(footprint: Footprint, *, assumptions: Assumptions | None = None) -> Converted:
    """See forms.writing.write."""
    return writing.write(MODEL, footprint, assumptions=assumptions)


def check(document: Any) -> list[Finding]:
    """See forms.checking.check."""
    return checking.check(MODEL, document)
