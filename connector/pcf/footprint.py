"""The canonical footprint: what every regional form is read into and written from.

Amounts are kgCO2e per `declared_amount` of `declared_unit`, exact Decimals. A value that nobody stated is
None or absent, never zero.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from decimal import Decimal
from fractions import Fraction
from typing import Any, NamedTuple

from connector.notation.findings import Finding
from connector.notation.problems import Invalid, Unprocessable
from connector.pcf import amounts

LOST = "pcf/lost"
ASSUMED = "pcf/assumed"
ROUNDED = "pcf/rounded"
NOT_DERIVABLE = "pcf/not-derivable"
"""The four things that a conversion has to tell."""

RAW_MATERIAL = "raw-material"
MAIN_PRODUCTION = "main-production"
DISTRIBUTION = "distribution"
END_OF_LIFE = "end-of-life"
STAGES: tuple[str, ...] = (RAW_MATERIAL, MAIN_PRODUCTION, DISTRIBUTION, END_OF_LIFE)
"""Life-cycle stages of Regulation (EU) 2023/1542, Annex II (the use phase is left out there)."""

PROCESSES: tuple[str, ...] = ("total", RAW_MATERIAL, MAIN_PRODUCTION)
"""What a data quality rating can be about."""


@dataclass(frozen=True, slots=True)
class Quality:
    """Representativeness, 1 best to 5 worst; None where not stated."""

    technological: Decimal | None = None
    geographical: Decimal | None = None
    temporal: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where a footprint was read from: the form (`io.catenax.pcf:9.0.0`, `ouranos`) and the digest of the document."""

    source: str
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Footprint:
    """One product carbon footprint.

    `total_excluding` and `total_including` are cradle-to-gate, without and with biogenic CO2 uptake. `stages` has
    the parts by life-cycle stage where they are known. Times are RFC 3339 texts with zone, kept as written. `details`
    holds what only some forms know, by dotted names (`production.fossil`, `methodology.gwp`).
    """

    id: str | None = None
    preceding_ids: tuple[str, ...] = ()
    status: str | None = None
    created: str | None = None
    reference_start: str | None = None
    reference_end: str | None = None
    valid_from: str | None = None
    valid_until: str | None = None
    scope: str | None = None
    company_name: str | None = None
    company_ids: tuple[str, ...] = ()
    product_name: str | None = None
    product_ids: tuple[str, ...] = ()
    product_description: str | None = None
    product_classifications: tuple[str, ...] = ()
    declared_unit: str
    declared_amount: Decimal
    mass_per_declared_unit: Decimal | None = None
    total_excluding: Decimal
    total_including: Decimal | None = None
    primary_data_share: Decimal | None = None
    region: str | None = None
    country: str | None = None
    subdivision: str | None = None
    stages: Mapping[str, Decimal | None] = field(default_factory=dict)
    quality: Mapping[str, Quality] = field(default_factory=dict)
    details: Mapping[str, Any] = field(default_factory=dict)
    provenance: Provenance | None = None
    origins: Mapping[str, str] = field(default_factory=dict, compare=False)
    """Canonical name to where the value comes from: a pointer into the document, or how it follows from others."""

    def __post_init__(self) -> None:
        _check_amounts(self)


class Read(NamedTuple):
    """A document read: the footprint, and what was noticed on the way."""

    footprint: Footprint
    findings: tuple[Finding, ...]


class Converted(NamedTuple):
    """A document written: plain JSON values, and what was lost, assumed or rounded on the way."""

    document: Any
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Assumptions:
    """Values that somebody decided to assume, by canonical name, and who or what says so (`source`)."""

    values: Mapping[str, Any]
    source: str


@dataclass(frozen=True, slots=True)
class StageData:
    """The split of a total as its owner states it: kgCO2e per declared amount; `source` names the statement."""

    raw_material: Decimal
    main_production: Decimal
    source: str


@dataclass(frozen=True, slots=True)
class Split:
    """An assumed split: the share (0 to 1) of raw material; the rest is main production. `source`: who assumes it."""

    raw_material_share: Decimal
    source: str


class StageSplit(NamedTuple):
    """The two cradle-to-gate stages, exact, and the findings that go with them."""

    raw_material: Fraction
    main_production: Fraction
    findings: tuple[Finding, ...]


def split_stages(footprint: Footprint, split: StageData | Split | None) -> StageSplit:
    """Raw material and main production of a cradle-to-gate total (excluding uptake), per declared amount.

    The footprint's own stages come first, then the owner's stage data, then an assumed share (finding `pcf/assumed`).
    Raises Unprocessable: `pcf/not-derivable` where there is none of them, `pcf/stages` where stages miss the total.
    """
    raw, main = (footprint.stages.get(stage) for stage in (RAW_MATERIAL, MAIN_PRODUCTION))
    if raw is not None and main is not None:
        return _stated(footprint, raw, main)
    if isinstance(split, StageData):
        return _stated(
            footprint,
            amounts.amount(split.raw_material, "stage data, raw material"),
            amounts.amount(split.main_production, "stage data, main production"),
        )
    if isinstance(split, Split):
        return _assumed(footprint, split)
    raise Unprocessable(
        NOT_DERIVABLE,
        "the footprint states no split into raw material and main production: give stage data or an assumed share",
    )


def flat(footprint: Footprint) -> dict[str, Any]:
    """Every stated value by its canonical name (`stages.<stage>`, `quality.<process>.<indicator>`, details as is)."""
    values: dict[str, Any] = {}
    for name in _SCALARS:
        value = getattr(footprint, name)
        if value not in (None, ()):
            values[name] = value
    values |= {f"stages.{stage}": value for stage, value in footprint.stages.items() if value is not None}
    for process, quality in footprint.quality.items():
        values |= {
            f"quality.{process}.{indicator}": getattr(quality, indicator)
            for indicator in INDICATORS
            if getattr(quality, indicator) is not None
        }
    return values | {name: value for name, value in footprint.details.items() if value is not None}


def build(
    values: Mapping[str, Any], *, provenance: Provenance | None = None, origins: Mapping[str, str] | None = None
) -> Footprint:
    """The footprint of flat values, the inverse of `flat`. Raises Unprocessable `pcf/not-derivable` where empty."""
    missing = [name for name in ("declared_unit", "declared_amount", "total_excluding") if values.get(name) is None]
    if missing:
        raise Unprocessable(NOT_DERIVABLE, f"a footprint needs {', '.join(missing)}, and the document states none")
    scalars = {name: value for name, value in values.items() if name in _SCALARS}
    stages = {name.removeprefix("stages."): value for name, value in values.items() if name.startswith("stages.")}
    qualities = {name: value for name, value in values.items() if name.startswith("quality.")}
    details = {
        name: value
        for name, value in values.items()
        if name not in _SCALARS and not name.startswith(("stages.", "quality."))
    }
    return Footprint(
        **scalars,
        stages=stages,
        quality=_qualities(qualities),
        details=details,
        provenance=provenance,
        origins=origins or {},
    )


INDICATORS: tuple[str, ...] = ("technological", "geographical", "temporal")

_SCALARS: tuple[str, ...] = tuple(
    entry.name
    for entry in fields(Footprint)
    if entry.name not in ("stages", "quality", "details", "provenance", "origins")
)
_AMOUNTS = ("declared_amount", "mass_per_declared_unit", "total_excluding", "total_including", "primary_data_share")


def _check_amounts(footprint: Footprint) -> None:
    named = {name: getattr(footprint, name) for name in _AMOUNTS}
    named |= {f"stages.{stage}": value for stage, value in footprint.stages.items()}
    for name, value in named.items():
        if value is not None and not isinstance(value, Decimal):
            raise Invalid("pcf/amount", f"{name} must be a Decimal, it is {type(value).__name__}")
        if value is not None:
            amounts.amount(value, name)
    if footprint.declared_amount <= 0:
        raise Invalid("pcf/amount", "declared_amount must be greater than zero")
    unknown = [stage for stage in footprint.stages if stage not in STAGES]
    if unknown:
        raise Invalid("pcf/stages", f"unknown life-cycle stage {unknown[0]!r}; the stages are {', '.join(STAGES)}")


def _qualities(values: Mapping[str, Any]) -> dict[str, Quality]:
    found: dict[str, dict[str, Any]] = {}
    for name, value in values.items():
        _, process, indicator = name.split(".")
        found.setdefault(process, {})[indicator] = value
    return {process: Quality(**indicators) for process, indicators in found.items()}


def _stated(footprint: Footprint, raw: Decimal, main: Decimal) -> StageSplit:
    if raw < 0 or main < 0:
        raise Unprocessable("pcf/stages", "a stage of a cradle-to-gate footprint cannot be negative")
    if Fraction(raw) + Fraction(main) != Fraction(footprint.total_excluding):
        raise Unprocessable(
            "pcf/stages",
            f"raw material {raw} and main production {main} do not add up to the total {footprint.total_excluding}",
        )
    return StageSplit(Fraction(raw), Fraction(main), ())


def _assumed(footprint: Footprint, split: Split) -> StageSplit:
    share = amounts.amount(split.raw_material_share, "the share of raw material")
    if not 0 <= share <= 1:
        raise Invalid("pcf/stages", f"the share of raw material lies between 0 and 1, it is {share}")
    whole = Fraction(footprint.total_excluding)
    raw = whole * Fraction(share)
    note = Finding(
        ASSUMED,
        f"the total is split into raw material ({share}) and main production (the rest) by assumption",
        pointer="/stages",
        severity="warning",
        found=str(share),
        source=split.source,
    )
    return StageSplit(raw, whole - raw, (note,))
