"""Footprint documents from any form to any other: recognised, read, identified, written; every step tells."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from connector.notation.findings import Finding
from connector.notation.problems import Invalid, Unprocessable
from connector.pcf import rules
from connector.pcf.battery_forms import reading as battery_reading
from connector.pcf.battery_forms import writing as battery_writing
from connector.pcf.battery_forms.words import ENERGY
from connector.pcf.catena_x import battery_component, version_7, version_9, version_10
from connector.pcf.footprint import (
    ASSUMED,
    MAIN_PRODUCTION,
    RAW_MATERIAL,
    Assumptions,
    Converted,
    Footprint,
    Read,
    Split,
    StageData,
)
from connector.pcf.ouranos.mapping import Link, from_footprint, to_footprint
from connector.pcf.ouranos.records import CfpModel, OperatorModel, PartsModel, parse, to_json
from connector.pcf.pact import version_2, version_3

OURANOS: Final = "ouranos"
READERS: Final[dict[str, Callable[[Any], Read]]] = {
    "catena-x-7": version_7.read,
    "catena-x-9": version_9.read,
    "catena-x-10": version_10.read,
    "battery-component-1": battery_component.read,
    "pact-2": version_2.read,
    "pact-3": version_3.read,
    "battery-pass-4": battery_reading.read_passport,
    "carbon-footprint-1": battery_reading.read_submodel,
}
WRITERS: Final[dict[str, Callable[..., Converted]]] = {
    "catena-x-7": version_7.write,
    "catena-x-9": version_9.write,
    "catena-x-10": version_10.write,
    "battery-component-1": battery_component.write,
    "pact-3": version_3.write,
}
OF_BATTERIES: Final[dict[str, Callable[..., Converted]]] = {
    "battery-pass-4": battery_writing.write_passport,
    "carbon-footprint-1": battery_writing.write_submodel,
}
"""Forms without an id and a time of creation, per kWh over the service life."""
SOURCES: Final[tuple[str, ...]] = (*READERS, OURANOS)
TARGETS: Final[tuple[str, ...]] = (*WRITERS, *OF_BATTERIES, OURANOS)

RAW_SHARE: Final = "raw_material_share"
_STAGES: Final = {RAW_SHARE: "", f"stages.{RAW_MATERIAL}": RAW_MATERIAL, f"stages.{MAIN_PRODUCTION}": MAIN_PRODUCTION}
"""Assumptions that the region's form takes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """How to convert: `target` and `source` are forms (an empty source is recognised from the document).

    `new_id` and `now` (RFC 3339) serve documents that state no id or creation; `footprint_id` gives the result an id
    of its own, and the id of old becomes a preceding one. `trace_id` is the part of the region that rows are for.
    """

    target: str
    source: str = ""
    assumptions: Mapping[str, Any] = field(default_factory=dict)
    assumed_by: str = ""
    split: Split | StageData | None = None
    footprint_id: str = ""
    trace_id: str = ""
    new_id: str
    now: str


def convert(document: Any, wish: Wish) -> Converted:
    """The document in the wished form with all findings of reading and writing.

    Raises Invalid where the document is not valid in its form, or an assumption names nothing; Unprocessable where
    the target needs what nobody stated (`pcf/not-derivable`) or cannot hold a value (`pcf/not-representable`,
    `pcf/unit`, `pcf/range`).
    """
    source = wish.source or recognise(document)
    if source not in SOURCES or wish.target not in TARGETS:
        raise Invalid("pcf/form", f"the forms are {', '.join(SOURCES)}; pact-2 is read only")
    read = read_document(document, source)
    given = dict(wish.assumptions)
    if wish.target in OF_BATTERIES:
        assumptions = Assumptions(given, wish.assumed_by)
        made = OF_BATTERIES[wish.target](read.footprint, assumptions=assumptions, split=wish.split)
        return Converted(made.document, (*read.findings, *made.findings))
    product, counted = battery_writing.as_product(read.footprint, given, wish.assumed_by)
    if counted:
        del given[ENERGY]
    footprint, named = _identified(product, source, wish)
    if wish.target == OURANOS:
        made = _to_rows(footprint, replace(wish, assumptions=given))
    else:
        made = WRITERS[wish.target](footprint, assumptions=Assumptions(given, wish.assumed_by))
    return Converted(made.document, (*read.findings, *counted, *named, *made.findings))


def read_document(document: Any, source: str = "") -> Read:
    """The canonical footprint of a document in any form."""
    source = source or recognise(document)
    return _from_rows(document) if source == OURANOS else READERS[source](document)


def recognise(document: Any) -> str:
    """The form of a document by what only that form has. Raises Invalid `pcf/form` where none is recognised."""
    if _is_of_battery(document):
        return "battery-pass-4"
    if isinstance(document, list) or (isinstance(document, dict) and "rows" in document):
        return OURANOS
    if not isinstance(document, dict):
        raise Invalid("pcf/form", "a footprint is a JSON object, or a list of the region's rows")
    if "ProductCarbonFootprints" in document:
        return "carbon-footprint-1"
    if "pcfValues" in document:
        return "battery-component-1"
    if "scopeOfPcfForm" in document or "productLifeCycleStagesAndEmissions" in document:
        return "catena-x-10" if _states_version(document, "10.") else "catena-x-9"
    return _flat_form(document)


def _is_of_battery(document: Any) -> bool:
    """Entries of `carbonFootprint[]`, an object that holds them, or a whole payload."""
    if isinstance(document, dict):
        return "carbonFootprint" in document or isinstance(document.get("circularity"), dict)
    return (
        isinstance(document, list) and bool(document) and isinstance(document[0], dict) and "lifecycle" in document[0]
    )


def _flat_form(document: dict[str, Any]) -> str:
    """A flat document: 7.0.0 of Catena-X, or one of PACT's versions."""
    inner = document.get("pcf")
    members = set(inner) if isinstance(inner, dict) else set()
    if "extWBCSD_pfStatus" in document or {"pcfExcludingBiogenic", "extWBCSD_characterizationFactors"} & members:
        return "catena-x-7"
    spoken = document.get("specVersion")
    if isinstance(spoken, str) and spoken.startswith("urn:io.catenax.pcf:datamodel:version:7"):
        return "catena-x-7"
    if "pcfExcludingBiogenicUptake" in members or (isinstance(spoken, str) and spoken.startswith("3.")):
        return "pact-3"
    if "pCfExcludingBiogenic" in members or (isinstance(spoken, str) and spoken.startswith("2.")):
        return "pact-2"
    raise Invalid("pcf/form", f"the form is not recognised; name it with --from: {', '.join(SOURCES)}")


def _states_version(document: dict[str, Any], start: str) -> bool:
    scope = document.get("scopeOfPcfForm")
    stated = scope[0].get("specVersion") if isinstance(scope, list) and scope and isinstance(scope[0], dict) else None
    return isinstance(stated, str) and stated.rpartition(":")[2].startswith(start)


def _from_rows(document: Any) -> Read:
    """Rows alone, or `{"rows", "part", "operator"}` as the region keeps them."""
    whole = document if isinstance(document, dict) else {"rows": document}
    rows, part, operator = whole.get("rows"), whole.get("part"), whole.get("operator")
    if not isinstance(rows, list) or not rows:
        raise Invalid(
            "pcf/ouranos", "a footprint of the region is a list of rows, or an object with rows, part, operator"
        )
    return to_footprint(
        [parse(CfpModel, row) for row in rows],
        parse(PartsModel, part) if part is not None else None,
        parse(OperatorModel, operator) if operator is not None else None,
        link=Link(""),
    )


def _identified(footprint: Footprint, source: str, wish: Wish) -> tuple[Footprint, list[Finding]]:
    """An id and a time of creation for what has none; a new id keeps the old one as preceding."""
    findings = []
    if not footprint.id:
        footprint = replace(footprint, id=wish.footprint_id or wish.new_id)
        message = "the source states no footprint id: this is a new one"
        findings.append(Finding(ASSUMED, message, "/id", "info", found=footprint.id, source=wish.assumed_by))
    elif wish.footprint_id and rules.bare_id(footprint.id) != rules.bare_id(wish.footprint_id):
        footprint = replace(
            footprint, id=wish.footprint_id, preceding_ids=(footprint.id, *footprint.preceding_ids), created=wish.now
        )
    elif source == "catena-x-7" and wish.target in ("catena-x-9", "catena-x-10"):
        message = "a migrated footprint gets a new id and names the old one; give --id to publish it as your own"
        findings.append(Finding("pcf/migration", message, "/id", "info", found=footprint.id, source=rules.RULEBOOK))
    if footprint.created is None:
        footprint = replace(footprint, created=wish.now)
        message = "the source states no time of creation: the time of this conversion"
        findings.append(Finding(ASSUMED, message, "/created", "info", found=wish.now, source=wish.assumed_by))
    return footprint, findings


def _to_rows(footprint: Footprint, wish: Wish) -> Converted:
    unknown = [name for name in wish.assumptions if name not in _STAGES]
    if unknown:
        raise Invalid("pcf/assumption", f"{unknown[0]!r} cannot be assumed for ouranos, only {', '.join(_STAGES)}")
    trace_id = wish.trace_id or wish.new_id
    made = from_footprint(footprint, trace_id=trace_id, split=wish.split or _assumed_split(wish))
    return Converted([to_json(row) for row in made.document], made.findings)


def _assumed_split(wish: Wish) -> Split | StageData | None:
    given = wish.assumptions
    if RAW_SHARE in given:
        return Split(given[RAW_SHARE], wish.assumed_by)
    names = [name for name, stage in _STAGES.items() if stage]
    if not any(name in given for name in names):
        return None
    missing = [name for name in names if name not in given]
    if missing:
        raise Unprocessable("pcf/stages", f"both stages are needed: {missing[0]} is missing")
    return StageData(given[names[0]], given[names[1]], wish.assumed_by)
