"""`ionport pcf`: product carbon footprints, converted on this machine or exchanged through a node."""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from connector.pcf.footprint import Converted, Split, StageData

from connector.cli.options import JsonOption

app = typer.Typer(no_args_is_help=True, help="Product carbon footprints: convert, ask for, answer, roll up.")


class FormChoice(StrEnum):
    """The forms of a footprint."""

    CATENA_X = "catena-x"
    OURANOS = "ouranos"


@app.command()
def convert(
    file: Annotated[str, typer.Argument(metavar="FILE", help="The footprint as JSON; - is standard input.")],
    to: Annotated[FormChoice, typer.Option("--to", help="The form to write.")],
    trace_id: Annotated[str, typer.Option("--trace-id", help="ouranos: the part's traceId; default: a new one.")] = "",
    raw_share: Annotated[
        str, typer.Option("--raw-share", metavar="SHARE", help="ouranos: assumed share of raw material, 0 to 1.")
    ] = "",
    stages: Annotated[
        str, typer.Option("--stages", metavar="RAW,MAIN", help="ouranos: the stages in kgCO2e, as their owner says.")
    ] = "",
    assume: Annotated[
        str, typer.Option("--assume", metavar="FILE", help="catena-x: JSON object of values that the source lacks.")
    ] = "",
    source: Annotated[str, typer.Option("--source", help="Who says or assumes that.")] = "ionport pcf convert",
    footprint_id: Annotated[str, typer.Option("--id", help="catena-x: the footprint's UUID; default: a new one.")] = "",
    as_json: JsonOption = False,
) -> None:
    """Convert between Catena-X (io.catenax.pcf 9.0.0) and Ouranos rows; what is lost or assumed is told on stderr.

    From Ouranos, FILE has the members rows (CfpModel), part (PartsModel) and operator (OperatorModel).

    Example: ionport pcf convert footprint.json --to ouranos --raw-share 0.7 --source "sector average"
    """
    from connector.cli import documents, screen

    document = documents.read_json(file)
    if to is FormChoice.OURANOS:
        made = _to_ouranos(document, trace_id, _split(raw_share, stages, source))
    else:
        made = _to_catena_x(document, footprint_id, documents.read_object(assume) if assume else {}, source)
    findings = [finding.as_dict() for finding in made.findings]
    if as_json:
        screen.show_json({"document": made.document, "findings": findings})
    else:
        lost = [finding for finding in made.findings if finding.code == "pcf/lost"]
        screen.show_json(made.document)
        screen.show_findings([finding for finding in made.findings if finding not in lost])
        screen.show_progress(f"values without a place in this form: {len(lost)}; --json names them")


def _to_ouranos(document: Any, trace_id: str, split: Split | StageData | None) -> Converted:
    from uuid import uuid4

    from connector.pcf.catena_x import version_9
    from connector.pcf.footprint import Converted
    from connector.pcf.ouranos.mapping import from_footprint
    from connector.pcf.ouranos.records import to_json

    read = version_9.read(document)
    made = from_footprint(read.footprint, trace_id=trace_id or str(uuid4()), split=split)
    return Converted([to_json(row) for row in made.document], (*read.findings, *made.findings))


def _to_catena_x(document: Any, footprint_id: str, assumed: dict[str, Any], source: str) -> Converted:
    from datetime import UTC, datetime
    from uuid import uuid4

    from connector.notation.problems import Invalid
    from connector.pcf.catena_x import version_9
    from connector.pcf.footprint import Assumptions, Converted
    from connector.pcf.ouranos.mapping import Link, to_footprint
    from connector.pcf.ouranos.records import CfpModel, OperatorModel, PartsModel, parse

    if not isinstance(document, dict) or not isinstance(document.get("rows"), list):
        raise Invalid("pcf/ouranos", "an Ouranos footprint is an object with the members rows, part and operator")
    created = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    read = to_footprint(
        [parse(CfpModel, row) for row in document["rows"]],
        parse(PartsModel, document.get("part")),
        parse(OperatorModel, document.get("operator")),
        link=Link(footprint_id or str(uuid4()), created=created),
    )
    made = version_9.write(read.footprint, assumptions=Assumptions(assumed, source))
    return Converted(made.document, (*read.findings, *made.findings))


def _split(raw_share: str, stages: str, source: str) -> Split | StageData | None:
    from connector.notation.problems import Invalid
    from connector.pcf.footprint import Split, StageData

    if raw_share and stages:
        raise Invalid("cli/split", "give either --raw-share or --stages")
    if raw_share:
        return Split(decimal(raw_share, "--raw-share"), source)
    if not stages:
        return None
    raw, comma, main = stages.partition(",")
    if not comma:
        raise Invalid("cli/split", "--stages wants two amounts: RAW,MAIN")
    return StageData(decimal(raw, "--stages"), decimal(main, "--stages"), source)


def decimal(text: str, option: str) -> Decimal:
    """An exact amount that was typed. Raises Invalid (`cli/amount`)."""
    import re

    from connector.notation.problems import Invalid

    if not re.fullmatch(r"-?[0-9]{1,60}(\.[0-9]{1,60})?", text.strip(), re.ASCII):
        raise Invalid("cli/amount", f"{option} wants a number like 0.7, not {text!r}")
    return Decimal(text.strip())
