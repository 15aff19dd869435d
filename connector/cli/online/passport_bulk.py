"""`ionport passport bulk`: thousands of passports in one run."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from connector.cli.online.passport import ProfileOption, StrictnessOption, TemplateOption, terms
from connector.cli.options import HERE, JsonOption, NodeOption


def add_to(app: typer.Typer) -> None:
    """Add the command to `ionport passport`."""
    app.command("bulk")(bulk)


def bulk(
    sources: Annotated[
        list[str],
        typer.Argument(
            metavar="SOURCE...", help="Folders of .json, .jsonl files, .csv files, spreadsheets (.xlsx, .ods)."
        ),
    ],
    access: Annotated[str, typer.Option("--access", metavar="POLICY", help="Who sees the offers; as in publish.")] = "",
    usage: Annotated[str, typer.Option("--usage", metavar="POLICY", help="Under which contract; as in publish.")] = "",
    context: Annotated[
        str, typer.Option("--context", metavar="FILE", help="JSON: what submodels need and the payloads do not say.")
    ] = "",
    base: Annotated[
        str, typer.Option("--base", metavar="FILE", help="The payload on which each row of a table stands.")
    ] = "",
    profile: ProfileOption = None,
    strictness: StrictnessOption = None,
    template: TemplateOption = None,
    state: Annotated[
        Path | None,
        typer.Option("--state", metavar="FILE", help="What is done already; default: SOURCE.ionport-state beside it."),
    ] = None,
    report: Annotated[
        Path | None, typer.Option("--report", metavar="FILE", help="One report of all findings, as JSON.")
    ] = None,
    jobs: Annotated[int, typer.Option("--jobs", min=1, max=64, help="How many at a time.")] = 4,
    info: Annotated[
        bool,
        typer.Option("--info", help="Report each finding that is only for information, not how many of each code."),
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only judge, as validate does; no node is needed.")
    ] = False,
    node: NodeOption = HERE,
    as_json: JsonOption = False,
) -> None:
    """Publish many passports: from folders, JSON lines, CSV or spreadsheets, with one report.

    A column of a table is a path in the payload (performance.rated.voltage.nominal, safety.dismantling[0].content) or
    context.facilityBpns and the like. A run that was stopped or killed goes on where it was when it is called again;
    what was refused is tried again. Exit status 1 where anything was refused.

    Example: ionport passport bulk batteries.csv --base pack.json --access members --usage dpp --report report.json
    Example: ionport passport bulk payloads/ --dry-run --strictness regulatory
    """
    from connector.cli.offline import documents, passports
    from connector.cli.offline.many import publication as runs
    from connector.cli.offline.many.records import count, kinds_of, records
    from connector.notation.problems import Invalid

    if not dry_run and not (access and usage):
        raise Invalid("cli/policy", "--access and --usage are needed to publish; --dry-run only judges")
    wishes = terms(profile, strictness, template)
    kinds = kinds_of(passports.battery_pass())
    base_payload = documents.read_object(base) if base else None
    total = count(sources)
    if dry_run:
        judge = passports.judge_of(node, context, wishes)
        work = runs.judging(lambda payload, own: judge.with_context(own).findings(payload))
    else:
        journal = runs.Journal(state or Path(sources[0].rstrip("/") + ".ionport-state"))
        work = runs.publishing(_publisher(node, access, usage, context, wishes), journal)
    found, stopped = runs.run(records(sources, base_payload, kinds), work, jobs=jobs, total=total, with_info=info)
    raise typer.Exit(runs.tell(found, stopped, file=report, as_json=as_json))


def _publisher(node: Path, access: str, usage: str, context: str, wishes: dict[str, Any]) -> Any:
    """Publishes one record under a globalAssetId."""
    from connector.cli.offline import documents
    from connector.cli.online import exchange
    from connector.cli.target import Target

    target = Target.of(node)
    policies = {
        "accessPolicyId": exchange.policy_id(target, access),
        "usagePolicyId": exchange.policy_id(target, usage),
    }
    configured = documents.read_object(context) if context else {}

    def publish(record: Any, asset: str) -> dict[str, Any]:
        own = {**configured, **record.context}
        asked = {"payload": record.payload, "context": own, "terms": wishes, "globalAssetId": asset, **policies}
        made: dict[str, Any] = target.call("POST", "/api/passports", asked, timeout=300.0)
        return made

    return publish
