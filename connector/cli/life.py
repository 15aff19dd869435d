"""`ionport init`, `serve` and `demo`: a node's beginning and its life."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from connector.cli.options import HERE, JsonOption

FolderArgument = Annotated[
    Path, typer.Argument(metavar="FOLDER", envvar="IONPORT_NODE", help="The node's folder; default: this one.")
]


class SpaceChoice(StrEnum):
    """The space that stands behind a node."""

    CATENA_X = "catena-x"
    OURANOS = "ouranos"


def add_to(app: typer.Typer) -> None:
    """Put these commands at the top level."""
    app.command()(init)
    app.command()(serve)
    app.command()(demo)


def init(
    folder: FolderArgument = HERE,
    name: Annotated[str, typer.Option("--name", help="Short name, the last part of the DID: a-z, 0-9, -.")] = "",
    bpn: Annotated[str, typer.Option("--bpn", metavar="BPNL", help="Business partner number, if there is one.")] = "",
    profile: Annotated[
        SpaceChoice, typer.Option("--profile", help="The space behind the node.")
    ] = SpaceChoice.CATENA_X,
    issuer: Annotated[bool, typer.Option("--issuer", help="Make it a trust anchor that issues credentials.")] = False,
    trust: Annotated[
        list[str] | None, typer.Option("--trust", metavar="DID", help="An issuer to believe. Can be repeated.")
    ] = None,
    partner: Annotated[
        list[str] | None,
        typer.Option("--partner", metavar="DID=BPN", help="A partner's BPN, where no credential says it. Repeatable."),
    ] = None,
    public_address: Annotated[
        str, typer.Option("--public-address", metavar="URL", help="Address that others use; default: this machine.")
    ] = "",
    pact: Annotated[
        bool, typer.Option("--pact", help="With a PACT facade for partners outside of any data space.")
    ] = False,
    explain: Annotated[
        bool, typer.Option("--explain", help="Explain every key of ionport.toml, make nothing.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Make a node's folder: configuration with free ports, signing key, management key.

    Example: ionport init maker --name maker --bpn BPNL00000000MAKE --trust did:web:localhost%3A8080:anchor
    """
    if explain:
        _explain(as_json)
        return
    from connector.cli import nodes, screen
    from connector.cli.nodes import KEY_FILE

    made = nodes.init(
        folder,
        name=name or folder.resolve().name,
        bpn=bpn,
        profile=profile.value,
        is_issuer=issuer,
        trust=tuple(trust or ()),
        partners=partners_of(partner or []),
        public_address=public_address,
        with_pact=pact,
    )
    told = {
        "folder": str(made.folder),
        "did": made.node.did,
        "public": made.public.url,
        "management": made.management.url,
        **({"region": made.region_listener.url} if made.region_listener else {}),
        **({"pact": made.pact_listener.url} if made.pact_listener else {}),
        "key": str(made.folder / KEY_FILE),
    }
    if as_json:
        screen.show_json(told)
    else:
        screen.show_members(told.items())
        screen.show_text(f"Next: ionport serve {folder}")


def serve(folder: FolderArgument = HERE) -> None:
    """Run a node until it is told to end (SIGTERM, SIGINT); it logs JSON lines on stderr.

    Example: ionport serve maker
    """
    from connector.cli import nodes

    nodes.serve(folder)


def demo(
    keep: Annotated[bool, typer.Option("--keep", help="Leave the nodes up, and say where they are.")] = False,
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Where nodes and report go.")] = Path("build/demo"),
    as_json: JsonOption = False,
) -> None:
    """Watch the whole job on this machine: four nodes, thirteen steps, each checks itself.

    Example: ionport demo --keep
    """
    from connector.cli.demo import run

    raise typer.Exit(run(keep, out, as_json))


def partners_of(given: list[str]) -> dict[str, str]:
    """DID -> BPN of options written as DID=BPN. Raises Invalid (`cli/partner`)."""
    from connector.notation.problems import Invalid

    pairs = [one.rpartition("=") for one in given]
    for did, equals, bpn in pairs:
        if not (did and equals and bpn):
            raise Invalid("cli/partner", f"--partner wants DID=BPN, not {did + equals + bpn!r}")
    return {did: bpn for did, _, bpn in pairs}


def _explain(as_json: bool) -> None:
    from connector.cli import screen
    from connector.settings import Settings

    rows = [row for table, field in Settings.model_fields.items() if table != "folder" for row in _keys(table, field)]
    if as_json:
        screen.show_json(rows)
    else:
        screen.show_table(
            "ionport.toml",
            ("key", "default", "meaning"),
            [(row["key"], row["default"], row["meaning"]) for row in rows],
        )


def _keys(table: str, field: Any) -> list[dict[str, Any]]:
    """One row for each key of a table; for a table with free keys, one row of its own."""
    arms = getattr(field.annotation, "__args__", (field.annotation,))
    model = next((arm for arm in arms if hasattr(arm, "model_fields")), None)
    if model is None:
        return [{"key": f"[{table}]", "default": None, "meaning": field.description or ""}]
    return [
        {"key": f"{table}.{key}", "default": _default(inner), "meaning": inner.description or ""}
        for key, inner in model.model_fields.items()
    ]


def _default(field: Any) -> Any:
    return "(needed)" if field.is_required() else field.get_default(call_default_factory=True)
