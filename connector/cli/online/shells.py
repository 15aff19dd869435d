"""`ionport aas`: shells, submodels and AASX packages of others: check them, put them into a node, take them out."""

from __future__ import annotations

from pathlib import Path
from typing import IO, Annotated, Any

import typer

from connector.cli.options import HERE, JsonOption, NodeOption

app = typer.Typer(no_args_is_help=True, help="Asset Administration Shells of any origin: check, import, export.")
FilesArgument = Annotated[list[Path], typer.Argument(metavar="FILE...", help="AASX, or JSON or XML.")]
ReplaceOption = Annotated[bool, typer.Option("--replace", help="Replace what is there already.")]


@app.command()
def check(
    files: FilesArgument,
    metamodel: Annotated[str, typer.Option("--metamodel", help="3.0 or 3.1; default: the oldest that fits.")] = "",
    as_json: JsonOption = False,
) -> None:
    """Say what is wrong in environments and packages by the rules of the metamodel. Needs no node.

    Example: ionport aas check supplier.aasx
    """
    from connector.cli import screen
    from connector.cli.exits import FINDINGS

    told: dict[str, Any] = {}
    for file in files:
        chosen, findings = _checked(file, metamodel)
        told[str(file)] = {"metamodel": chosen, "findings": [finding.as_dict() for finding in findings]}
        if not as_json:
            screen.show_findings(findings)
            said = f"{len(findings)} findings" if findings else f"valid by metamodel {chosen}"
            screen.show_text(f"{file}: {said}")
    if as_json:
        screen.show_json(told)
    if any(each["findings"] for each in told.values()):
        raise typer.Exit(FINDINGS)


def _checked(file: Path, metamodel: str) -> tuple[str, list[Any]]:
    from connector.notation.problems import Invalid
    from submodels.aas import trees
    from submodels.aas.packages import read_package
    from submodels.aas.serialization import NAMESPACES

    with _opened(file) as stream:
        is_package = stream.read(2) == b"PK"
        stream.seek(0)
        tree = read_package(stream).environment if is_package else trees.read_environment(stream.read())
    chosen = metamodel or trees.oldest(tree)
    for known in NAMESPACES:
        if chosen == known:
            return chosen, trees.check(tree, "Environment", known)
    raise Invalid("cli/metamodel", f"the metamodel is {' or '.join(NAMESPACES)}, not {metamodel!r}")


def _opened(file: Path) -> IO[bytes]:
    from connector.notation.problems import Invalid

    try:
        return file.open("rb")
    except OSError as error:
        raise Invalid("cli/file", f"{file} cannot be read: {error.strerror}") from None


@app.command("import")
def import_files(
    files: FilesArgument, replace: ReplaceOption = False, node: NodeOption = HERE, as_json: JsonOption = False
) -> None:
    """Put shells, submodels, concept descriptions and their files into a node; each file whole or not at all.

    Example: ionport aas import supplier.aasx --node my-node
    """
    from connector.cli import screen
    from connector.cli.target import Target

    target, told = Target.of(node), {}
    for file in files:
        with _opened(file) as stream:
            screen.show_progress(f"{file}: {file.stat().st_size} bytes ...")
            taken = target.upload("/api/v3/packages", stream, replace="true" if replace else None)
        told[str(file)] = taken
        if not as_json:
            shells, submodels = len(taken["aasIds"]), len(taken["submodelIds"])
            screen.show_text(f"{file}: {shells} shells, {submodels} submodels, {len(taken['files'])} files")
    if as_json:
        screen.show_json(told)


@app.command()
def export(
    shell_id: Annotated[str, typer.Argument(metavar="SHELL-ID", help="The identifier of the shell.")],
    out: Annotated[Path, typer.Option("--out", help="The AASX file to write.")],
    metamodel: Annotated[str, typer.Option("--metamodel", help="3.0 or 3.1; default: the oldest that fits.")] = "",
    node: NodeOption = HERE,
) -> None:
    """Write a shell with its submodels, concept descriptions and files as an AASX package.

    Example: ionport aas export urn:example:shell:1 --out shell.aasx
    """
    from connector.cli import screen
    from connector.cli.target import Target
    from submodels.aas.identifiers import encoded

    query = {"metamodel": metamodel or None}
    size = Target.of(node).download(f"/api/v3/packages/{encoded(shell_id)}", out, **query)
    screen.show_progress(f"{out}: {size} bytes")
