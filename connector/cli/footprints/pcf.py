"""`ionport pcf`: product carbon footprints, converted on this machine or exchanged through a node."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any

import typer

from connector.cli.options import HERE, JsonOption, NodeOption

app = typer.Typer(no_args_is_help=True, help="Product carbon footprints: convert, ask for, answer, roll up.")


RawShareOption = Annotated[
    str, typer.Option("--raw-share", metavar="SHARE", help="Assumed share of raw material in the total, 0 to 1.")
]
StagesOption = Annotated[
    str, typer.Option("--stages", metavar="RAW,MAIN", help="The total's two stages in kgCO2e, as their owner says.")
]
SourceOption = Annotated[str, typer.Option("--source", help="Who says or assumes that.")]


class FormChoice(StrEnum):
    """The forms that a footprint is written in."""

    CATENA_X_7 = "catena-x-7"
    CATENA_X_9 = "catena-x-9"
    CATENA_X_10 = "catena-x-10"
    BATTERY_COMPONENT_1 = "battery-component-1"
    PACT_3 = "pact-3"
    BATTERY_PASS_4 = "battery-pass-4"
    CARBON_FOOTPRINT_1 = "carbon-footprint-1"
    OURANOS = "ouranos"


class SourceChoice(StrEnum):
    """The forms that a footprint is read from."""

    CATENA_X_7 = "catena-x-7"
    CATENA_X_9 = "catena-x-9"
    CATENA_X_10 = "catena-x-10"
    BATTERY_COMPONENT_1 = "battery-component-1"
    PACT_2 = "pact-2"
    PACT_3 = "pact-3"
    BATTERY_PASS_4 = "battery-pass-4"
    CARBON_FOOTPRINT_1 = "carbon-footprint-1"
    OURANOS = "ouranos"


@app.command()
def convert(
    file: Annotated[str, typer.Argument(metavar="FILE", help="The footprint as JSON; - is standard input.")],
    to: Annotated[FormChoice, typer.Option("--to", help="The form to write.")],
    origin: Annotated[
        SourceChoice | None, typer.Option("--from", help="The form of FILE; default: recognised from its members.")
    ] = None,
    assume: Annotated[
        str, typer.Option("--assume", metavar="FILE", help="JSON object of values that the source lacks, by name.")
    ] = "",
    source: SourceOption = "ionport pcf convert",
    footprint_id: Annotated[
        str, typer.Option("--id", help="A UUID for the result; the id of the source becomes a preceding one.")
    ] = "",
    trace_id: Annotated[str, typer.Option("--trace-id", help="ouranos: the part's traceId; default: a new one.")] = "",
    raw_share: RawShareOption = "",
    stages: StagesOption = "",
    as_json: JsonOption = False,
) -> None:
    """Convert a footprint: Catena-X 7, 9, 10, battery component, PACT v3 (v2.3 is read), a battery's own, Ouranos.

    The document goes to standard output, findings (lost, assumed, rounded, not derivable) to standard error; --json
    gives one object with document and findings. Where the target needs a value that the source does not state, the
    conversion is refused (exit 1) with the names that --assume takes: {"calculation": "Retrospective PCF"}, for one.
    Of Ouranos, FILE has the rows alone or an object with rows, part and operator; towards Ouranos a total without
    stages needs --stages, --raw-share, or the same in --assume ("raw_material_share"). battery-pass-4 is the
    carbonFootprint[] of a passport, carbon-footprint-1 the value of that submodel: both are per kWh over the service
    life, so that a product footprint goes there and back only with "battery.lifetime_energy_kwh" in --assume.

    Example: ionport pcf convert footprint.json --to pact-3 --assume ours.json --source "study 2026"
    """
    from connector.cli import screen
    from connector.cli.offline import conversion, documents
    from connector.notation.problems import Problem

    typed = conversion.Typed(
        target=to.value,
        origin=origin.value if origin else "",
        footprint_id=footprint_id,
        trace_id=trace_id,
        split=conversion.split_of(raw_share, stages, source),
        source=source,
    )
    document = documents.read_json(file)
    try:
        made = conversion.converted(document, typed, documents.read_object(assume) if assume else {})
    except Problem as problem:
        if as_json:
            screen.show_json({"document": None, **conversion.refusal(problem)})
        raise
    if as_json:
        found = [finding.as_dict() for finding in made.findings]
        screen.show_json({"document": made.document, "findings": found})
        return
    screen.show_json(made.document)
    screen.show_findings(list(made.findings))


@app.command()
def tree(
    file: Annotated[str, typer.Argument(metavar="FILE", help="The bill of materials as JSON; - is standard input.")],
    material: Annotated[
        str, typer.Option("--material", metavar="PERCENT", help="Below this share a value needs no verification.")
    ] = "0",
    svg: Annotated[str, typer.Option("--svg", metavar="FILE", help="Write a picture of the tree.")] = "",
    html: Annotated[str, typer.Option("--html", metavar="FILE", help="Write a page with picture and figures.")] = "",
    as_json: JsonOption = False,
) -> None:
    """Roll a bill of materials up on this machine: sums by stage, quality, and every gap with what hangs on it.

    Exit 1 where the bill has errors (a cycle, a unit that cannot be converted). Members of FILE: docs/how-to.md.

    Example: ionport pcf tree pack-bill.json --html pack.html
    """
    from connector.cli import screen
    from connector.cli.offline import documents, tree_report

    made = tree_report.rolled_up(documents.read_json(file), material)
    tree_report.write_pictures(made, svg=svg, html=html)
    if as_json:
        screen.show_json(made.report)
    else:
        screen.show_members(made.members)
        screen.show_table("gaps", tree_report.COLUMNS, made.rows)
        screen.show_findings(made.findings)
    raise typer.Exit(1 if made.has_errors else 0)


@app.command()
def offer(
    access: Annotated[str, typer.Option("--access", metavar="POLICY", help="Who sees the offer: id or JSON file.")],
    usage: Annotated[str, typer.Option("--usage", metavar="POLICY", help="Under which contract: id or JSON file.")],
    node: NodeOption = HERE,
    as_json: JsonOption = False,
) -> None:
    """Let partners ask this node for footprints and send it theirs (CX-0136), under these policies.

    Example: ionport pcf offer --access policies/access/members.json --usage policies/usage/pcf.json
    """
    from connector.cli import screen
    from connector.cli.online import exchange
    from connector.cli.target import Target

    target = Target.of(node)
    asked = {"accessPolicyId": exchange.policy_id(target, access), "usagePolicyId": exchange.policy_id(target, usage)}
    made = target.call("POST", "/api/footprints/offer", asked)
    if as_json:
        screen.show_json(made)
    else:
        screen.show_members(made.items())


@app.command()
def own(
    part: Annotated[str, typer.Argument(metavar="PART", help="Part number; without it all are listed.")] = "",
    file: Annotated[str, typer.Argument(metavar="FILE", help="io.catenax.pcf 9.0.0 to keep for the part.")] = "",
    raw_share: RawShareOption = "",
    stages: StagesOption = "",
    source: SourceOption = "the owner",
    node: NodeOption = HERE,
    as_json: JsonOption = False,
) -> None:
    """List or show the footprints of own products, or keep one, from which partners are answered.

    Example: ionport pcf own PACK-75 footprint.json --stages 31.5,12.25 --source "LCA 2026-3"
    """
    from connector.cli import screen
    from connector.cli.offline import conversion, documents
    from connector.cli.target import Target, segment

    target, path = Target.of(node), f"/api/footprints/own/{segment(part)}"
    if not part:
        _show_own(target.call("GET", "/api/footprints/own", limit=1000), as_json)
        return
    if file:
        asked: dict[str, Any] = {"document": documents.read_object(file)}
        split = conversion.split_form(conversion.split_of(raw_share, stages, source))
        kept = target.call("PUT", path, {**asked, "stages": split} if split else asked)
    else:
        kept = target.call("GET", path)
    if as_json:
        screen.show_json(kept)
    else:
        screen.show_told(kept.get("findings", []))
        screen.show_members((name, value) for name, value in kept.items() if name not in ("document", "findings"))


@app.command("roll-up")
def roll_up(
    file: Annotated[str, typer.Argument(metavar="FILE", help="Components, own stages, energy, plant; - is stdin.")],
    into: Annotated[
        str, typer.Option("--into", metavar="UNIT", help="Make it the next version of this passport, provisional.")
    ] = "",
    node: NodeOption = HERE,
    as_json: JsonOption = False,
) -> None:
    """Add up a battery's footprint per kWh by life-cycle stage from answered requests and own stages.

    FILE is the body of POST /api/footprints/roll-up: components (requestId, quantity, split), ownStages, energy,
    plant, declaration, rulebook.

    Example: ionport pcf roll-up pack.json --into 8xR2mQ...
    """
    from connector.cli import screen
    from connector.cli.offline import documents
    from connector.cli.target import Target

    target = Target.of(node)
    asked = documents.read_object(file)
    made = target.call("POST", "/api/footprints/roll-up", asked)
    if into:
        made["passport"] = _put_into(target, into, made["carbonFootprint"], _origin(asked))
    if as_json:
        screen.show_json(made)
        return
    screen.show_told(made["assumptions"])
    screen.show_table("kgCO2e per kWh", ("stage", "amount"), [*made["perKwh"].items(), ("total", made["totalPerKwh"])])
    screen.show_members([("lifetime energy, kWh", made["lifetimeEnergyKwh"]), ("rounding", made["rounding"])])
    if into:
        screen.show_text(f"version {made['passport']['version']} of {made['passport']['unitUrl']}")


def _put_into(target: Any, unit: str, entries: list[dict[str, Any]], notes: str) -> dict[str, Any]:
    from connector.cli.target import segment

    place = "/circularity/carbonFootprint"
    change = {
        "patch": [{"op": "add", "path": place, "value": entries}],
        "reason": "footprint-updated",
        "provisional": [f"{place}/{index}" for index in range(len(entries))],
        "notes": notes,
    }
    made = target.call("PATCH", f"/api/passports/{segment(unit.rpartition('/')[2])}", change, timeout=120.0)
    return {name: made[name] for name in ("unitId", "unitUrl", "version")}


def _origin(asked: dict[str, Any]) -> str:
    """What a roll-up stands on, for the version's history."""
    parts = [f"{one.get('quantity')} of request {one.get('requestId')}" for one in asked["components"]]
    stages = ", ".join(asked.get("ownStages") or {})
    own = f"; own stages {stages}" if stages else ""
    return f"rolled up from {', '.join(parts)}{own}; rulebook {asked.get('rulebook')}"


def _show_own(found: list[dict[str, Any]], as_json: bool) -> None:
    from connector.cli import screen

    if as_json:
        screen.show_json(found)
    else:
        rows = [(one["manufacturerPartId"], one["createdAt"], one["documentDigest"]) for one in found]
        screen.show_table("own footprints", ("part", "kept", "digest"), rows)
