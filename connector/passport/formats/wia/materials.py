"""What a WIA record says of materials: sums, cobalt, sources (6.2), and whether the cathode's figures fit (6.1)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Final

from connector.notation.findings import Finding
from connector.passport.formats.wia.members import Record, number, number_at, object_at, rows, text_at
from connector.passport.formats.wia.rules import finding

SUM_TOLERANCE: Final = Decimal("0.5")
COBALT_CERTIFICATES: Final = frozenset({"RMI", "Fair Cobalt Alliance"})

# material -> (symbols and names in lower case, certificates that 6.2 asks for)
SOURCES: Final[Mapping[str, tuple[frozenset[str], frozenset[str]]]] = MappingProxyType(
    {
        "cobalt": (frozenset({"co", "cobalt"}), COBALT_CERTIFICATES),
        "lithium": (frozenset({"li", "lithium"}), frozenset({"RMI"})),
        "nickel": (frozenset({"ni", "nickel"}), frozenset({"RMI", "IRMA"})),
        "graphite": (frozenset({"c", "graphite", "natural graphite", "synthetic graphite"}), frozenset({"RMI"})),
    }
)

# cathode -> (volts of a cell, least and most Wh/kg of a cell)
CATHODES: Final[Mapping[str, tuple[Decimal, int, int]]] = MappingProxyType(
    {
        "NMC111": (Decimal("3.7"), 150, 200),
        "NMC532": (Decimal("3.7"), 180, 220),
        "NMC622": (Decimal("3.7"), 200, 230),
        "NMC811": (Decimal("3.7"), 220, 260),
        "NCA": (Decimal("3.65"), 200, 260),
        "LFP": (Decimal("3.2"), 90, 160),
        "LCO": (Decimal("3.7"), 150, 200),
    }
)

_COBALT_CATHODE = re.compile(r"(?:NMC|NCM|NCA|LCO)[0-9]*", re.ASCII)


def material_sum(record: Record) -> Iterable[Finding]:
    """BUS-001: the list's percentages add up to 100 within SUM_TOLERANCE, both ends inside."""
    materials = object_at(record, "chemistry").get("materials")
    if not isinstance(materials, list):
        return
    total = sum((number(row.get("percentage")) or Decimal(0) for _, row in rows(materials)), Decimal(0))
    if abs(total - 100) > SUM_TOLERANCE:
        message = f"the percentages of the materials add up to {total}, not 100 (within {SUM_TOLERANCE})"
        yield finding("BUS-001", message, "/chemistry/materials", wanted=100, found=total)


def cobalt_certified(record: Record) -> Iterable[Finding]:
    """BUS-005: each cobalt row is conflict-free by a certificate; cobalt in the cathode has a row."""
    materials = rows(object_at(record, "chemistry").get("materials"))
    cobalt = [(at, row) for at, row in materials if _is(row, "cobalt")]
    for at, row in cobalt:
        source = object_at(row, "source")
        if source.get("conflictFree") is not True or not certificates(source) & COBALT_CERTIFICATES:
            message = "cobalt needs conflictFree true and a certificate of RMI or the Fair Cobalt Alliance"
            pointer = f"/chemistry/materials/{at}/source"
            yield finding("BUS-005", message, pointer, wanted=sorted(COBALT_CERTIFICATES), found=row.get("source"))
    cathode = text_at(record, "chemistry", "cathode")
    if not cobalt and _COBALT_CATHODE.fullmatch(cathode.strip().upper()):
        message = f"the cathode {cathode} holds cobalt, but no material row certifies it"
        yield finding("BUS-005", message, "/chemistry/materials", wanted="a row for Co", found=cathode)


def sources(record: Record) -> Iterable[Finding]:
    """SRC: warnings where a material of 6.2 lacks a certificate of its row there."""
    for at, row in rows(object_at(record, "chemistry").get("materials")):
        held = certificates(object_at(row, "source"))
        for material, (_, wanted) in SOURCES.items():
            if _is(row, material) and wanted - held:
                lacking = " and ".join(sorted(wanted - held))
                pointer = f"/chemistry/materials/{at}/source/certifications"
                message = f"the source of {material} lacks {lacking}"
                yield finding("SRC", message, pointer, severity="warning", wanted=sorted(wanted), found=sorted(held))


def cathode(record: Record) -> Iterable[Finding]:
    """CATH: a density above what cells of the cathode reach, a voltage that no row of cells gives."""
    name = text_at(record, "chemistry", "cathode").strip().upper()
    if name not in CATHODES:
        return
    volts, least, most = CATHODES[name]
    density = number_at(record, "specifications", "energyDensity")
    if density is not None and not least <= density <= most:
        kind = "cells do not reach it" if density > most else "cells have more, a pack may have less"
        message = f"{density} Wh/kg lies outside {least} to {most} of {name} cells: {kind}"
        pointer = "/specifications/energyDensity"
        yield finding("CATH", message, pointer, severity="warning", wanted=[least, most], found=density)
    pack = number_at(record, "specifications", "nominalVoltage")
    if pack is not None and 0 < pack < volts * Decimal("0.9"):
        message = f"{pack} V is below one {name} cell ({volts} V)"
        yield finding("CATH", message, "/specifications/nominalVoltage", severity="warning", wanted=volts, found=pack)


def certificates(source: Record) -> frozenset[str]:
    """The certificates that a source names."""
    named = source.get("certifications")
    return frozenset(name for name in named if isinstance(name, str)) if isinstance(named, list) else frozenset()


def _is(row: Record, material: str) -> bool:
    return any(
        isinstance(name, str) and name.strip().casefold() in SOURCES[material][0]
        for name in (row.get("symbol"), row.get("name"))
    )
