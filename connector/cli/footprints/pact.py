"""`ionport pact`: footprints for companies outside of any data space, over the PACT facade of a node."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any

import typer

from connector.cli.options import HERE, JsonOption, LimitOption, NodeOption, OffsetOption

app = typer.Typer(no_args_is_help=True, help="The PACT facade: clients, footprints on offer, requests in and out.")
client = typer.Typer(no_args_is_help=True, help="Who may use the facade.")
app.add_typer(client, name="client")
_CLIENTS = "/api/pact/clients"
_FOOTPRINTS = "/api/pact/footprints"
ClientArgument = Annotated[str, typer.Argument(metavar="CLIENT", help="The client's id.")]


class DirectionChoice(StrEnum):
    """Who sent the event."""

    INCOMING = "incoming"
    OUTGOING = "outgoing"


@client.command("add")
def add_client(
    name: ClientArgument,
    callback: Annotated[
        str, typer.Option("--callback", metavar="URL", help="Base address of the partner's own PACT API.")
    ] = "",
    callback_id: Annotated[str, typer.Option("--callback-id", help="Our client id there.")] = "",
    callback_secret: Annotated[
        str,
        typer.Option(
            "--callback-secret", envvar="IONPORT_PACT_CALLBACK_SECRET", show_envvar=True, help="Our secret there."
        ),
    ] = "",
    node: NodeOption = HERE,
    as_json: JsonOption = False,
) -> None:
    """Let a client in; its secret is shown this once. With a callback its requests are answered by events.

    Example: ionport pact client add buyer --callback https://pact.buyer.example --callback-id ours
    """
    from connector.cli import screen
    from connector.cli.target import Target

    asked = {
        "clientId": name,
        "callback": callback,
        "callbackClientId": callback_id,
        "callbackClientSecret": callback_secret,
    }
    _show(Target.of(node).call("POST", _CLIENTS, asked), as_json)
    if not as_json:
        screen.show_progress("the secret is not shown again")


@client.command("list")
def list_clients(node: NodeOption = HERE, as_json: JsonOption = False) -> None:
    """List clients and their callbacks.

    Example: ionport pact client list
    """
    from connector.cli import screen
    from connector.cli.target import Target

    found = Target.of(node).call("GET", _CLIENTS)
    if as_json:
        screen.show_json(found)
    else:
        screen.show_table("clients", ("client", "callback"), [(one["clientId"], one["callback"]) for one in found])


@client.command("remove")
def remove_client(name: ClientArgument, node: NodeOption = HERE) -> None:
    """Let a client in no more, from this moment on.

    Example: ionport pact client remove buyer
    """
    from urllib.parse import quote

    from connector.cli.target import Target

    Target.of(node).call("DELETE", f"{_CLIENTS}/{quote(name, safe='')}")


@app.command()
def offer(
    file: Annotated[str, typer.Argument(metavar="FILE", help="A footprint in any form that `pcf convert` reads.")],
    origin: Annotated[str, typer.Option("--from", metavar="FORM", help="Its form; default: recognised.")] = "",
    assume: Annotated[
        str, typer.Option("--assume", metavar="FILE", help="JSON object of values that the source lacks, by name.")
    ] = "",
    node: NodeOption = HERE,
    as_json: JsonOption = False,
) -> None:
    """Put a footprint on offer as PACT v3; those that it names as preceding become deprecated, partners are told.

    Example: ionport pact offer footprint.json
    """
    from connector.cli import screen
    from connector.cli.offline import documents
    from connector.cli.target import Target

    asked = {
        "document": documents.read_json(file),
        "from": origin,
        "assumptions": documents.read_object(assume) if assume else {},
    }
    made = Target.of(node).call("POST", _FOOTPRINTS, asked)
    if as_json:
        screen.show_json(made)
        return
    document = made["document"]
    screen.show_members(
        {"id": document["id"], "product": document["productNameCompany"], "findings": len(made["findings"])}.items()
    )


@app.command("list")
def list_footprints(
    limit: LimitOption = 100, offset: OffsetOption = 0, node: NodeOption = HERE, as_json: JsonOption = False
) -> None:
    """List footprints on offer.

    Example: ionport pact list
    """
    from connector.cli import screen
    from connector.cli.target import Target

    found = Target.of(node).call("GET", f"{_FOOTPRINTS}?limit={limit}&offset={offset}")
    if as_json:
        screen.show_json(found)
        return
    rows = [
        (one["id"], one["status"], one["productNameCompany"], one["pcf"]["pcfExcludingBiogenicUptake"]) for one in found
    ]
    screen.show_table("footprints", ("id", "status", "product", "kgCO2e excluding uptake"), rows)


@app.command()
def withdraw(
    footprint_id: Annotated[str, typer.Argument(metavar="ID", help="The footprint's id.")], node: NodeOption = HERE
) -> None:
    """Take a footprint off; what was given stays given.

    Example: ionport pact withdraw 3893bb5d-da16-4dc1-9185-11d97476c254
    """
    from urllib.parse import quote

    from connector.cli.target import Target

    Target.of(node).call("DELETE", f"{_FOOTPRINTS}/{quote(footprint_id, safe='')}")


@app.command()
def events(
    direction: Annotated[DirectionChoice | None, typer.Option("--direction", help="In or out; default: both.")] = None,
    limit: LimitOption = 100,
    offset: OffsetOption = 0,
    node: NodeOption = HERE,
    as_json: JsonOption = False,
) -> None:
    """List requests and events, in and out, with where each stands.

    Example: ionport pact events --direction incoming
    """
    from connector.cli import screen
    from connector.cli.target import Target

    chosen = f"&direction={direction.value}" if direction else ""
    found = Target.of(node).call("GET", f"/api/pact/events?limit={limit}&offset={offset}{chosen}")
    if as_json:
        screen.show_json(found)
        return
    rows = [(one["key"], one["direction"], one["type"].split(".")[-2], one["state"], one["reason"]) for one in found]
    screen.show_table("events", ("key", "direction", "event", "state", "reason"), rows)


@app.command()
def decide(
    key: Annotated[str, typer.Argument(metavar="KEY", help="The request, as `pact events` names it.")],
    footprints: Annotated[
        list[str] | None, typer.Option("--footprint", metavar="ID", help="Answer with this one. Can be repeated.")
    ] = None,
    reject: Annotated[str, typer.Option("--reject", metavar="TEXT", help="Reject it, and why.")] = "",
    node: NodeOption = HERE,
    as_json: JsonOption = False,
) -> None:
    """Answer or reject a request that waits for a person.

    Example: ionport pact decide buyer/4711 --footprint 3893bb5d-da16-4dc1-9185-11d97476c254
    """
    from connector.cli.target import Target
    from connector.notation.problems import Invalid

    if bool(footprints) == bool(reject):
        raise Invalid("cli/decision", "give either --footprint or --reject")
    asked = {"key": key, "footprintIds": footprints or [], "message": reject}
    _show(Target.of(node).call("POST", "/api/pact/decisions", asked), as_json)


@app.command()
def ask(
    name: ClientArgument,
    products: Annotated[list[str], typer.Option("--product", metavar="URN", help="A product id. Can be repeated.")],
    comment: Annotated[str, typer.Option("--comment", help="A sentence for the partner.")] = "",
    node: NodeOption = HERE,
    as_json: JsonOption = False,
) -> None:
    """Ask a partner for the footprint of a product; the answer arrives as an event.

    Example: ionport pact ask supplier --product urn:gtin:4712345060507
    """
    from connector.cli.target import Target

    data: dict[str, Any] = {"productId": products, **({"comment": comment} if comment else {})}
    _show(Target.of(node).call("POST", "/api/pact/requests", {"clientId": name, "data": data}), as_json)


def _show(made: Any, as_json: bool) -> None:
    from connector.cli import screen

    if as_json:
        screen.show_json(made)
    else:
        screen.show_members(made.items())
