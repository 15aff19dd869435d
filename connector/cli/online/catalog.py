"""`ionport catalog`: what a partner offers us."""

from __future__ import annotations

from typing import Any

import typer

from connector.cli.options import HERE, JsonOption, NodeOption, PartnerArgument


def add_to(app: typer.Typer) -> None:
    """Put the command at the top level."""
    app.command()(catalog)


def catalog(partner: PartnerArgument, node: NodeOption = HERE, as_json: JsonOption = False) -> None:
    """Show the datasets that a partner offers us, their policies explained.

    Example: ionport catalog did:web:localhost%3A8080:maker --node peer
    """
    from connector.cli import screen
    from connector.cli.online import exchange
    from connector.cli.target import Target

    datasets = exchange.catalog(Target.of(node), partner)
    told = [_told(dataset) for dataset in datasets]
    if as_json:
        screen.show_json(told)
        return
    screen.show_text(f"{partner} shows us {len(told)} dataset{'s' if len(told) != 1 else ''}.")
    for one in told:
        screen.show_text("", one["id"])
        screen.show_members((f"  {name}", value) for name, value in one["properties"].items())
        for offer in one["offers"]:
            screen.show_text(f"  offer {offer['id']}", *(f"    {sentence}" for sentence in offer["explained"]))


def _told(dataset: dict[str, Any]) -> dict[str, Any]:
    from connector.cli.online import exchange

    hidden = ("@id", "@type", "@context", "hasPolicy", "odrl:hasPolicy", "distribution", "dcat:distribution", "id")
    return {
        "id": dataset.get("@id"),
        "properties": {name: _short(value) for name, value in dataset.items() if name not in hidden},
        "offers": [_offer(offer) for offer in exchange.offers_of(dataset)],
        "dataset": dataset,
    }


def _short(value: Any) -> Any:
    from connector.notation.jsonld import id_of

    if isinstance(value, list):
        return [_short(item) for item in value]
    name = id_of(value)
    return name if name is not None else value


def _offer(offer: dict[str, Any]) -> dict[str, Any]:
    from connector.notation.problems import Problem
    from connector.odrl.explain import explain
    from connector.odrl.policy import check, parse

    try:
        policy = parse(offer)
        findings = [str(finding) for finding in check(policy) if finding.severity == "error"]
        return {"id": offer.get("@id"), "explained": explain(policy), "findings": findings}
    except Problem as problem:
        return {"id": offer.get("@id"), "explained": [f"cannot be read: {problem.detail}"], "findings": [problem.code]}
