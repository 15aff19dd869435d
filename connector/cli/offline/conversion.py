"""Footprints converted on this machine, and the split of a total as it is typed."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final
from uuid import uuid4

from connector.notation.problems import Invalid
from connector.pcf.catena_x import version_9
from connector.pcf.footprint import Assumptions, Converted, Split, StageData
from connector.pcf.ouranos.mapping import Link, from_footprint, to_footprint
from connector.pcf.ouranos.records import CfpModel, OperatorModel, PartsModel, parse, to_json

_AMOUNT: Final = re.compile(r"-?[0-9]{1,60}(\.[0-9]{1,60})?", re.ASCII)


def to_ouranos(document: Any, trace_id: str, split: Split | StageData | None) -> Converted:
    """Four rows for a Catena-X document; a new trace id where none is given."""
    read = version_9.read(document)
    made = from_footprint(read.footprint, trace_id=trace_id or str(uuid4()), split=split)
    return Converted([to_json(row) for row in made.document], (*read.findings, *made.findings))


def to_catena_x(document: Any, footprint_id: str, assumed: dict[str, Any], source: str) -> Converted:
    """A Catena-X document from `{"rows", "part", "operator"}`; a new id where none is given."""
    if not isinstance(document, dict) or not isinstance(document.get("rows"), list):
        raise Invalid("pcf/ouranos", "an Ouranos footprint is an object with the members rows, part and operator")
    created = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    read = to_footprint(
        [parse(CfpModel, row) for row in document["rows"]],
        parse(PartsModel, document.get("part")),
        parse(OperatorModel, document.get("operator")),
        link=Link(footprint_id or str(uuid4()), created=created),
    )
    values = {name: _assumed(value) for name, value in assumed.items()}
    made = version_9.write(read.footprint, assumptions=Assumptions(values, source))
    return Converted(made.document, (*read.findings, *made.findings))


def _assumed(value: Any) -> Any:
    """A value of a JSON file as the footprint holds it: lists as tuples, numbers as Decimal."""
    if isinstance(value, list):
        return tuple(value)
    return Decimal(value) if isinstance(value, int) and not isinstance(value, bool) else value


def split_of(raw_share: str, stages: str, source: str) -> Split | StageData | None:
    """The split that was typed. Raises Invalid (`cli/split`, `cli/amount`)."""
    if raw_share and stages:
        raise Invalid("cli/split", "give either --raw-share or --stages")
    if raw_share:
        return Split(_decimal(raw_share, "--raw-share"), source)
    if not stages:
        return None
    raw, comma, main = stages.partition(",")
    if not comma:
        raise Invalid("cli/split", "--stages wants two amounts: RAW,MAIN")
    return StageData(_decimal(raw, "--stages"), _decimal(main, "--stages"), source)


def split_form(split: Split | StageData | None) -> dict[str, Any] | None:
    """A split as the node's API takes it."""
    if split is None:
        return None
    if isinstance(split, Split):
        return {"rawMaterialShare": split.raw_material_share, "source": split.source}
    return {"rawMaterial": split.raw_material, "mainProduction": split.main_production, "source": split.source}


def _decimal(text: str, option: str) -> Decimal:
    """An exact amount that was typed."""
    if not _AMOUNT.fullmatch(text.strip()):
        raise Invalid("cli/amount", f"{option} wants a number like 0.7, not {text!r}")
    return Decimal(text.strip())
