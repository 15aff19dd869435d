"""`ionport catalog`: what a partner offers us, or what all that are known offer, in sentences."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any

import typer

from connector.cli.options import HERE, JsonOption, NodeOption

PARTNER_HELP = "The partner's DID, as did:web:partner.example:acme; left out with --all."


def add_to(app: typer.Typer) -> None:
    """Put the command at the top level."""
    app.command()(catalog)


def catalog(
    partner: Annotated[str, typer.Argument(metavar="[DID]", help=PARTNER_HELP)] = "",
    all_: Annotated[
        bool, typer.Option("--all", help="Search the federated catalogue: all participants known.")
    ] = False,
    refresh: Annotated[bool, typer.Option("--refresh", help="With --all: look at the participants first.")] = False,
    with_: Annotated[
        list[str] | None, typer.Option("--with", metavar="DID", help="With --all: look at this one too. Repeatable.")
    ] = None,
    type_: Annotated[str, typer.Option("--type", help="dct:type, as BatteryPass or a whole IRI.")] = "",
    semantic_id: Annotated[str, typer.Option("--semantic-id", help="Semantic id, whole or its end.")] = "",
    category: Annotated[str, typer.Option("--category", help="Category, theme or keyword.")] = "",
    model: Annotated[str, typer.Option("--model", help="Aspect model, as BatteryPass or its URN.")] = "",
    text: Annotated[str, typer.Option("--text", help="Words in ids and properties, in any order.")] = "",
    limit: Annotated[int, typer.Option("--limit", min=1, max=1000, help="Datasets at most, with --all.")] = 50,
    node: NodeOption = HERE,
    as_json: JsonOption = False,
) -> None:
    """Show datasets that others offer, each offer as sentences, with what you lack by your own credentials.

    Example: ionport catalog did:web:localhost%3A8080:maker --node peer

    Example: ionport catalog --all --refresh --type BatteryPass --text "cell pack" --node peer
    """
    from connector.cli.target import Target, segment
    from connector.notation.problems import Invalid

    if bool(partner) == all_:
        raise Invalid("cli/catalog", "give the DID of a partner, or --all for the federated catalogue")
    target = Target.of(node)
    if partner:
        _show(target.call("GET", f"/api/partners/{segment(partner)}/catalog"), partner, as_json)
        return
    if refresh or with_:
        looked = target.call("POST", "/api/catalog/crawl", {"participants": with_ or []})
        _show_looks(looked, as_json)
    asked = {"type": type_, "semanticId": semantic_id, "category": category, "model": model, "text": text}
    said: dict[str, Any] = {name: value for name, value in asked.items() if value}
    found = target.call("GET", "/api/catalog", None, limit=limit, **said)
    _show(found["datasets"], "", as_json)


def _show_looks(looked: Iterable[dict[str, Any]], as_json: bool) -> None:
    from connector.cli import screen

    for one in looked:
        ok = one["state"] == "ok"
        said = f"{one['datasets']} datasets" if ok else f"failed: {one['reason']} [{one['code']}]"
        if not as_json:
            screen.show_progress(f"{one['did']}: {said}")


def _show(datasets: list[dict[str, Any]], partner: str, as_json: bool) -> None:
    from connector.cli import screen

    if as_json:
        screen.show_json(datasets)
        return
    count = f"{len(datasets)} dataset{'' if len(datasets) == 1 else 's'}"
    screen.show_text(f"{partner} shows us {count}." if partner else f"{count} found.")
    for one in datasets:
        screen.show_text("", one["id"])
        if not partner:
            screen.show_members([("  offered by", one["provider"]), ("  seen", one.get("foundAt", ""))])
        screen.show_members((f"  {name}", _short(value)) for name, value in one["properties"].items())
        for offer in one["offers"]:
            screen.show_text(f"  offer {offer['id']}", *_sentences(offer))


def _sentences(offer: dict[str, Any]) -> list[str]:
    return [
        *(f"    {sentence}" for sentence in offer["explained"]),
        *(f"    cannot be agreed: {sentence}" for sentence in offer["findings"]),
        *(f"    you lack: {sentence}" for sentence in offer["lacks"]),
    ]


def _short(value: Any) -> Any:
    from connector.notation.jsonld import id_of

    if isinstance(value, list):
        return [_short(item) for item in value]
    name = id_of(value)
    return name if name is not None else value
