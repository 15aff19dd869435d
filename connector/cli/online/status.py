"""`ionport status`: who a node is, where it listens, how it is."""

from __future__ import annotations

from typing import Any

import typer

from connector.cli.options import HERE, JsonOption, NodeOption


def add_to(app: typer.Typer) -> None:
    """Put the command at the top level."""
    app.command()(status)


def status(node: NodeOption = HERE, as_json: JsonOption = False) -> None:
    """Show who the node is, where it listens, and whether its parts work.

    Example: ionport status --node maker
    """
    from connector.cli import exits, screen
    from connector.cli.target import Target

    told = {**_who(node), **_health(Target.of(node))}
    if as_json:
        screen.show_json(told)
    else:
        screen.show_members((name, value) for name, value in told.items() if name != "components")
        for part in told["components"]:
            screen.show_text(f"  {part['component']}: {part['failure'] or 'works'}")
    raise typer.Exit(exits.DONE if told["healthy"] else exits.FINDINGS)


def _who(node: Any) -> dict[str, Any]:
    """What the configuration says; nothing where only an address was given."""
    import os

    from connector.cli.target import settings_of

    if os.environ.get("IONPORT_URL"):
        return {"management": os.environ["IONPORT_URL"]}
    made = settings_of(node)
    listeners = {"public": made.public, "management": made.management, "region": made.region_listener}
    return {
        "name": made.node.name,
        "did": made.node.did,
        "bpn": made.node.bpn,
        "profile": made.node.profile,
        "isIssuer": made.issuer is not None,
        "trustedIssuers": made.identity.trusted_issuers,
        **{name: listener.url for name, listener in listeners.items() if listener},
    }


def _health(target: Any) -> dict[str, Any]:
    import httpx

    from connector.notation.exact_json import decode
    from connector.notation.problems import Problem

    answer: httpx.Response = target.ask("GET", "/check/health")
    if answer.status_code not in (200, 503):
        from connector.cli.target import problem_of

        raise problem_of(answer.status_code, answer.content)
    try:
        said = decode(answer.content)
        parts = said["componentResults"]
    except (Problem, KeyError, TypeError):
        raise Problem("cli/health", f"{target.url} does not answer as a node does") from None
    return {"healthy": bool(said["isSystemHealthy"]), "components": [_part(one) for one in parts]}


def _part(result: dict[str, Any]) -> dict[str, Any]:
    failure = result.get("failure") or {}
    messages = failure.get("messages") or [failure.get("failureDetail")] if isinstance(failure, dict) else [failure]
    return {
        "component": result.get("component"),
        "healthy": bool(result.get("isHealthy")),
        "failure": "; ".join(str(message) for message in messages if message),
    }
