"""Footprints from one form to the other as a service of the node: fresh ids and times come from the clock."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from connector.notation.findings import Finding
from connector.pcf.catena_x import version_9
from connector.pcf.footprint import Assumptions, Split, StageData
from connector.pcf.ouranos.mapping import Link, from_footprint, to_footprint
from connector.pcf.ouranos.models import CfpModel, OperatorModel, PartsModel, parse, to_json
from connector.ports import Clock


def to_rows(document: Any, *, trace_id: str, split: StageData | Split | None) -> tuple[list[Any], list[Finding]]:
    """The four rows (JSON) of an `io.catenax.pcf:9.0.0` document, and what was lost, assumed or rounded."""
    read = version_9.read(document)
    written = from_footprint(read.footprint, trace_id=trace_id, split=split)
    return [to_json(row) for row in written.document], [*read.findings, *written.findings]


def to_document(
    rows: Sequence[Any], part: Any, operator: Any, *, assumptions: Assumptions, clock: Clock
) -> tuple[Any, list[Finding]]:
    """The `io.catenax.pcf:9.0.0` document of rows, part and operator as the region writes them."""
    created = clock.now().strftime("%Y-%m-%dT%H:%M:%SZ")
    read = to_footprint(
        [parse(CfpModel, row) for row in rows],
        parse(PartsModel, part),
        parse(OperatorModel, operator),
        link=Link(clock.new_id(), created=created),
    )
    written = version_9.write(read.footprint, assumptions=assumptions)
    return written.document, [*read.findings, *written.findings]
