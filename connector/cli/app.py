"""The command `ionport`: its commands, one noun each, and what every way to end means for the exit status.

Bodies of commands import what they need when they run: the help appears at once.
"""

from __future__ import annotations

from collections.abc import Sequence

import typer

from connector.cli import backup, life, running, sandbox
from connector.cli.contracts import agreement, decisions, evidence, expiring, export, groups, logs
from connector.cli.footprints import pact, pcf
from connector.cli.footprints import requests as pcf_requests
from connector.cli.offline import explanation, model, policy, scope
from connector.cli.online import (
    audit,
    catalog,
    doctor,
    importing,
    inventory,
    issuer,
    keys,
    link,
    negotiate,
    passport,
    passport_bulk,
    region,
    shells,
    status,
)

app = typer.Typer(
    name=running.PROGRAM,
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    help=(
        "A data-space connector node for battery passports: contracts, passports and footprints from one command.\n\n"
        "Begin with: ionport demo, or: ionport init my-node --name maker, then: ionport serve my-node\n\n"
        "Exit status: 0 done, 1 findings or refused, 2 usage or configuration, 3 peer unreachable, 4 own fault."
    ),
)
for commands in (life, status, doctor, catalog, negotiate, decisions, evidence, expiring, sandbox, explanation):
    commands.add_to(app)
passport_bulk.add_to(passport.app)
decisions.add_policies_to(policy.app)
logs.add_to(audit.app)
scope.add_to(passport.app)
pcf_requests.add_to(pcf.app)
for name, group in {
    "passport": passport.app,
    "import": importing.app,
    "agreement": agreement.app,
    "approval": decisions.app,
    "export": export.app,
    "group": groups.app,
    "affiliate": groups.affiliates,
    "inventory": inventory.app,
    "pcf": pcf.app,
    "pact": pact.app,
    "model": model.app,
    "aas": shells.app,
    "policy": policy.app,
    "issuer": issuer.app,
    "key": keys.app,
    "audit": audit.app,
    "backup": backup.app,
    "region": region.app,
    "link": link.app,
}.items():
    app.add_typer(group, name=name)


def run(arguments: Sequence[str] | None = None) -> int:
    """Run one command line (default: that of the process); the exit status. A traceback only with IONPORT_DEBUG=1."""
    return running.run(app, arguments)
