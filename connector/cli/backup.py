"""`ionport backup`: make, list, verify and restore backups of a node. The node may run while one is made."""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from connector.cli.options import HERE, JsonOption

if TYPE_CHECKING:
    from connector.adapters.vault import Vault
    from connector.backup.manifest import Manifest

PASSPHRASE = "IONPORT_BACKUP_PASSPHRASE"

app = typer.Typer(
    no_args_is_help=True,
    help=f"Backups: online, encrypted, incremental. The key is a file (--key-file) or a passphrase in {PASSPHRASE}.",
)
VaultArgument = Annotated[Path, typer.Argument(metavar="VAULT", help="Folder that keeps the backups of one node.")]
KeyOption = Annotated[
    Path | None, typer.Option("--key-file", metavar="FILE", help="32 random bytes; `create` makes it if it is missing.")
]
NameOption = Annotated[str, typer.Option("--name", help="Which backup; default: the newest.")]


@app.command()
def create(
    vault: VaultArgument,
    key_file: KeyOption = None,
    node: Annotated[Path, typer.Option("--node", envvar="IONPORT_NODE", metavar="FOLDER", help="Its folder.")] = HERE,
    as_json: JsonOption = False,
) -> None:
    """Back up a node: database, keys, configuration, received content. Only what is new is written.

    Example: ionport backup create /backups/maker --key-file /safe/maker.key --node maker
    """
    from connector.backup.making import make
    from connector.cli import screen
    from connector.settings import load

    settings = load(node)
    _refuse_inside(vault, settings.folder)
    made = make(settings, _vault(vault, key_file, create=True), screen.show_progress)
    _show(made, as_json)


@app.command("list")
def list_backups(vault: VaultArgument, key_file: KeyOption = None, as_json: JsonOption = False) -> None:
    """List the backups of a vault, the oldest first.

    Example: ionport backup list /backups/maker --key-file /safe/maker.key
    """
    from connector.backup.manifest import decode
    from connector.cli import screen

    opened = _vault(vault, key_file)
    found = [decode(opened.recorded(name)) for name in opened.records()]
    if as_json:
        screen.show_json([_told(manifest) for manifest in found])
        return
    rows = [(one.name, one.did, one.audit_sequence, one.size, one.new_size) for one in found]
    screen.show_table("backups", ("name", "node", "audit entries", "bytes", "new bytes"), rows)


@app.command()
def verify(
    vault: VaultArgument, key_file: KeyOption = None, name: NameOption = "", as_json: JsonOption = False
) -> None:
    """Open every piece of a backup and check its audit log from end to end. Exit status 1 where anything is wrong.

    Example: ionport backup verify /backups/maker --key-file /safe/maker.key
    """
    from connector.backup.restoring import verify as judge
    from connector.cli import exits, screen

    verdict = judge(_vault(vault, key_file), name)
    is_whole = not verdict.findings
    if as_json:
        findings = [finding.as_dict() for finding in verdict.findings]
        screen.show_json(_told(verdict.manifest) | {"ok": is_whole, "entries": verdict.entries, "findings": findings})
    else:
        screen.show_findings(verdict.findings)
        screen.show_text(
            f"{verdict.manifest.name}: {'whole' if is_whole else 'damaged'}, {verdict.manifest.pieces} pieces, "
            f"{verdict.entries} audit entries verify"
        )
    raise typer.Exit(exits.DONE if is_whole else exits.FINDINGS)


@app.command()
def restore(
    vault: VaultArgument,
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="A new folder for the node.")],
    key_file: KeyOption = None,
    name: NameOption = "",
    store_url: Annotated[
        str, typer.Option("--store-url", metavar="URL", help="Another database than the configuration names.")
    ] = "",
    as_json: JsonOption = False,
) -> None:
    """Bring a node back into a new folder; a restore that breaks off leaves nothing behind.

    Example: ionport backup restore /backups/maker maker --key-file /safe/maker.key
    """
    from connector.backup.restoring import restore as bring_back
    from connector.cli import screen

    manifest, records = bring_back(
        _vault(vault, key_file), folder, screen.show_progress, name=name, store_url=store_url
    )
    if as_json:
        screen.show_json(_told(manifest) | {"folder": str(folder), "records": records})
    else:
        screen.show_text(f"{folder}: {records} records, {len(manifest.files)} files, as of {manifest.created_at}")
        screen.show_text(f"Next: ionport serve {folder}")


def _vault(folder: Path, key_file: Path | None, *, create: bool = False) -> Vault:
    from connector.adapters.vault import Vault
    from connector.cli import screen
    from connector.cli.offline import documents

    passphrase = os.environ.get(PASSPHRASE, "")
    if key_file is None:
        return Vault.open(folder, passphrase=passphrase, create=create)
    if create and not key_file.exists():
        descriptor = os.open(key_file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(secrets.token_bytes(32))
        screen.show_progress(f"made {key_file}: without it nobody opens the backup; keep a copy apart from it")
    return Vault.open(folder, key=documents.read_bytes(key_file), create=create)


def _refuse_inside(vault: Path, folder: Path) -> None:
    from connector.notation.problems import Invalid

    if vault.resolve().is_relative_to(folder.resolve()):
        raise Invalid("backup/inside", f"{vault} lies in the node's own folder: choose another disk or machine")


def _told(manifest: Manifest) -> dict[str, Any]:
    return {
        "name": manifest.name,
        "createdAt": manifest.created_at.isoformat().replace("+00:00", "Z"),
        "did": manifest.did,
        "auditSequence": manifest.audit_sequence,
        "auditHash": manifest.audit_hash,
        "pieces": manifest.pieces,
        "newPieces": manifest.new_pieces,
        "bytes": manifest.size,
        "newBytes": manifest.new_size,
        "files": len(manifest.files),
        "seconds": manifest.seconds,
    }


def _show(manifest: Manifest, as_json: bool) -> None:
    from connector.cli import screen

    if as_json:
        screen.show_json(_told(manifest))
    else:
        screen.show_members(_told(manifest).items())
