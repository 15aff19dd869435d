"""`ionport export`: export control as data: rule sets, classes of data, routes that are open, seats of partners."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any

import typer

from connector.cli.options import HERE, JsonOption, NodeOption

app = typer.Typer(
    no_args_is_help=True,
    help="Export control (China, EU, Korea): classify data, record routes, ask the gate. No claim of legal certainty.",
)


class ClassChoice(StrEnum):
    """Classes of data."""

    NONE = "none"
    PERSONAL = "personal"
    SENSITIVE = "sensitive"
    IMPORTANT = "important"
    CORE = "core"


class RouteChoice(StrEnum):
    """Routes that evidence opens."""

    CONTRACT = "contract"
    CERTIFICATE = "certificate"
    ASSESSMENT = "assessment"


@app.command()
def rules(node: NodeOption = HERE, as_json: JsonOption = False) -> None:
    """List the rule sets with each rule, its routes, source and date.

    Example: ionport export rules
    """
    from connector.cli import screen
    from connector.cli.target import Target

    found = Target.of(node).call("GET", "/api/export/rules")
    if as_json:
        screen.show_json(found)
        return
    for one in found:
        rows = [
            (rule["id"], rule["routes"], rule["says"], _source(rule["source"]), rule["source"].get("basis", ""))
            for rule in one["rules"]
        ]
        screen.show_table(
            f"{one['id']}: {one['title']} (as of {one['asOf']})", ("rule", "routes", "says", "source", "basis"), rows
        )
        screen.show_text(one["note"], one["schemaNote"], "")


@app.command()
def classify(
    dataset: Annotated[str, typer.Argument(metavar="DATASET", help="Its id, `kind:Passport` and the like, or `*`.")],
    origin: Annotated[str, typer.Option("--origin", metavar="CC", help="Country of origin, as CN.")],
    data_class: Annotated[ClassChoice, typer.Option("--class", help="Of everything that no --element names.")],
    element: Annotated[
        list[str] | None,
        typer.Option(
            "--element", metavar="PATH=CLASS", help="One element, as ProductCondition/EnergyThroughput=important."
        ),
    ] = None,
    persons: Annotated[int, typer.Option("--persons", min=0, help="Whose personal information it holds.")] = 0,
    sensitive: Annotated[int, typer.Option("--sensitive-persons", min=0, help="Of them, sensitive information.")] = 0,
    critical: Annotated[
        bool, typer.Option("--critical-operator", help="The exporter runs critical infrastructure.")
    ] = False,
    basis: Annotated[str, typer.Option("--legal-basis", help="On which the export rests.")] = "",
    node: NodeOption = HERE,
    as_json: JsonOption = False,
) -> None:
    """Classify a dataset, and single elements of it.

    Example: ionport export classify kind:Passport --origin CN --class none --element BatteryPass/*=core
    """
    from connector.cli import screen
    from connector.cli.target import Target
    from connector.notation.problems import Invalid

    pairs = [each.rpartition("=") for each in element or []]
    if not all(path and name for path, _, name in pairs):
        raise Invalid("cli/element", "--element takes PATH=CLASS")
    said = {
        "dataset": dataset,
        "origin": origin,
        "dataClass": data_class.value,
        "elements": {path: name for path, _, name in pairs},
        "persons": persons,
        "sensitivePersons": sensitive,
        "criticalOperator": critical,
        "legalBasis": basis,
    }
    found = Target.of(node).call("POST", "/api/export/profiles", said)
    screen.show_json(found) if as_json else screen.show_members(found.items())


@app.command()
def approve(
    route: Annotated[RouteChoice, typer.Argument(help="What is open.")],
    rule_set: Annotated[str, typer.Option("--rule-set", metavar="ID", help="As `export rules` shows it.")],
    reference: Annotated[str, typer.Option("--reference", help="Number of the filing, certificate or approval.")],
    destination: Annotated[list[str] | None, typer.Option("--destination", metavar="CC", help="Default: any.")] = None,
    partner: Annotated[list[str] | None, typer.Option("--partner", metavar="BPN", help="Default: any.")] = None,
    dataset: Annotated[list[str] | None, typer.Option("--dataset", metavar="ID", help="Default: any.")] = None,
    until: Annotated[str, typer.Option("--until", metavar="TIME", help="Default: as long as the rule set says.")] = "",
    node: NodeOption = HERE,
    as_json: JsonOption = False,
) -> None:
    """Record that a route is open: a filed contract, a certificate, an assessment.

    Example: ionport export approve contract --rule-set cn-data-export --reference "CAC-2026-0815" --destination DE
    """
    from connector.cli import screen
    from connector.cli.target import Target

    said: dict[str, Any] = {"route": route.value, "ruleSet": rule_set, "reference": reference}
    said |= {"destinations": destination or [], "partners": partner or [], "datasets": dataset or []}
    said |= {"validUntil": until} if until else {}
    found = Target.of(node).call("POST", "/api/export/approvals", said)
    screen.show_json(found) if as_json else screen.show_members(found.items())


@app.command()
def approvals(node: NodeOption = HERE, as_json: JsonOption = False) -> None:
    """List the routes that are open.

    Example: ionport export approvals
    """
    from connector.cli import screen
    from connector.cli.target import Target

    found = Target.of(node).call("GET", "/api/export/approvals")
    if as_json:
        screen.show_json(found)
        return
    rows = [
        (one["id"], one["route"], one["ruleSet"], one["reference"], one["destinations"], one.get("validUntil", ""))
        for one in found
    ]
    screen.show_table("open routes", ("approval", "route", "rule set", "reference", "destinations", "until"), rows)


@app.command()
def withdraw(
    approval: Annotated[str, typer.Argument(metavar="APPROVAL", help="Id, as `export approvals` shows it.")],
    node: NodeOption = HERE,
) -> None:
    """Close a route: the next pull that needs it is refused.

    Example: ionport export withdraw 0c9f...
    """
    from connector.cli import screen
    from connector.cli.target import Target, segment

    Target.of(node).call("DELETE", f"/api/export/approvals/{segment(approval)}")
    screen.show_progress(f"{approval} is closed")


@app.command()
def seat(
    partner: Annotated[str, typer.Argument(metavar="DID|BPN", help="The partner.")],
    country: Annotated[str, typer.Argument(metavar="CC", help="Where it sits, as DE.")],
    source: Annotated[str, typer.Option("--source", help="What the entry rests on.")],
    node: NodeOption = HERE,
) -> None:
    """Record where a partner sits.

    Example: ionport export seat BPNL00000000CELL DE --source "commercial register"
    """
    from connector.cli import screen
    from connector.cli.target import Target

    said = {"partner": partner, "country": country, "source": source}
    Target.of(node).call("POST", "/api/export/seats", said)
    screen.show_progress(f"{partner} sits in {country}")


@app.command()
def check(
    dataset: Annotated[str, typer.Argument(metavar="DATASET", help="Id of the dataset.")],
    partner: Annotated[str, typer.Argument(metavar="DID|BPN", help="Who is to get it.")],
    node: NodeOption = HERE,
    as_json: JsonOption = False,
) -> None:
    """Ask the gate what may go to a partner. Exit 1 where not all of it may.

    Example: ionport export check urn:uuid:4f9b... BPNL00000000CELL
    """
    from connector.cli import exits, screen
    from connector.cli.target import Target

    found = Target.of(node).call("GET", "/api/export/judgement", dataset=dataset, partner=partner)
    if as_json:
        screen.show_json(found)
    else:
        rows = [("everything else", found["verdict"]), *found["withheld"].items()]
        screen.show_table(
            f"to {found['destination'] or 'an unknown place'}",
            ("what", "may go", "why", "source"),
            [(what, said["permitted"], f"{said['sentence']} [{said['code']}]", said["source"]) for what, said in rows],
        )
    is_all = found["verdict"]["permitted"] and not found["withheld"]
    raise typer.Exit(exits.DONE if is_all else exits.FINDINGS)


def _source(source: dict[str, str]) -> str:
    return ", ".join(source[name] for name in ("name", "article", "date") if source.get(name))
