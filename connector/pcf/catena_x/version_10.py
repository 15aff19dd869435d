"""io.catenax.pcf 10.0.0: version 9 with its mistakes repaired, built from the differences that were published.

Preceding footprints are texts, free attribution is a flag, "megabit second" is one unit, and of the cross-sectoral
standards one is named out of a closed list.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any, Final

from connector.notation.findings import Finding
from connector.pcf.catena_x import version_9
from connector.pcf.catena_x.fields import FIELDS, GROUPS, OPTIONAL_WHEN_WRITTEN, TOTALS
from connector.pcf.catena_x.fitting import fit_10
from connector.pcf.footprint import Assumptions, Converted, Footprint, Read
from connector.pcf.forms import checking, kinds, reading, writing
from connector.pcf.forms.kinds import Kind, choice
from connector.pcf.forms.model import Field, Model
from connector.pcf.standards import CATENA_X_10
from connector.pcf.units import CATENA_X_10_UNITS

SOURCE: Final = "io.catenax.pcf:10.0.0"
SEMANTIC_ID: Final = "urn:samm:io.catenax.pcf:10.0.0#Pcf"
SPEC_VERSION: Final = "urn:io.catenax.pcf:datamodel:version:10.0.0"

_CHANGED: dict[str, tuple[Kind, bool]] = {
    "preceding_ids": (kinds.uuids(), False),
    "mass_balancing.free_attribution": (kinds.FLAG_AS_TEXT, False),
    "mass_balancing.scheme": (kinds.NAME, False),
    "declared_unit": (choice(*CATENA_X_10_UNITS), True),
    "standards.cross_sectoral": (kinds.one_of(*CATENA_X_10), True),
}
"""Canonical name to kind and need, where they differ from version 9."""
_DROPPED: Final = frozenset({"production.packaging_land_management"})


def _fields() -> tuple[Field, ...]:
    found = []
    for entry in FIELDS:
        kind, required = _CHANGED.get(entry.name, (entry.kind, entry.required))
        if entry.name not in _DROPPED:
            found.append(replace(entry, kind=kind, required=required))
    return tuple(found)


MODEL: Final = Model(
    source=SOURCE,
    semantic_id=SEMANTIC_ID,
    groups=GROUPS,
    fields=_fields(),
    wraps=True,
    refusal="pcf/catena-x",
    constants={"spec_version": SPEC_VERSION, "version": Decimal(0), "status": "Active"},
    optional_when_written=OPTIONAL_WHEN_WRITTEN,
    totals=TOTALS,
    settle=version_9.settle,
    fit=fit_10,
    derive=version_9.derive,
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
