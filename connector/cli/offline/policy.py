"""`ionport policy`: usage and access policies (ODRL, CX-0152) on this machine, without a node."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import Annotated, Any

import typer

from connector.cli.options import JsonOption

app = typer.Typer(
    no_args_is_help=True, help="Check and explain policies (ODRL in the Catena-X profile). No node needed."
)


class KindChoice(StrEnum):
    """What a policy is for."""

    ACCESS = "access"
    USAGE = "usage"


class ProfileChoice(StrEnum):
    """Whose rules a policy follows."""

    CATENA_X = "catena-x"
    OPEN = "open"


FilesArgument = Annotated[
    list[str], typer.Argument(metavar="FILE", help="Policies as JSON(-LD), or EDC policy definitions; - is stdin.")
]
KindOption = Annotated[
    KindChoice | None, typer.Option("--kind", help="Default: access where every action is `access`, else usage.")
]


@app.command()
def check(
    files: FilesArgument,
    kind: KindOption = None,
    profile: Annotated[
        ProfileChoice, typer.Option("--profile", help="`open`: spaces without CX-0152.")
    ] = ProfileChoice.CATENA_X,
    shacl: Annotated[bool, typer.Option("--shacl", help="Judge the RDF by the SHACL shapes as well (slower).")] = False,
    as_json: JsonOption = False,
) -> None:
    """Check policies: the rules of the profile, and whether this node enforces every operand.

    Example: ionport policy check policies/usage/battery-passport.json
    """

    def judge(document: dict[str, Any]) -> list[Any]:
        from connector.odrl.policy import check as check_policy
        from connector.odrl.policy import parse

        policy = parse(document, kind=kind.value if kind else None)
        findings = check_policy(policy, profile=profile.value)
        return [*findings, *(_shacl(document) if shacl else [])]

    raise typer.Exit(_each(files, judge, as_json))


@app.command()
def explain(files: FilesArgument, kind: KindOption = None, as_json: JsonOption = False) -> None:
    """Say in plain sentences what policies allow, and under which conditions.

    Example: ionport policy explain policies/usage/pcf.json
    """
    from connector.cli import exits, screen
    from connector.notation.problems import Problem
    from connector.odrl.explain import explain as sentences_of
    from connector.odrl.policy import parse

    told: list[dict[str, Any]] = []
    status = exits.DONE
    for file in files:
        try:
            policy = parse(_policy(file), kind=kind.value if kind else None)
            told.append({"policy": file, "kind": policy.kind, "sentences": sentences_of(policy)})
        except Problem as problem:
            screen.show_problem(problem)
            status = max(status, exits.status_of(problem))
    if as_json:
        screen.show_json(told)
    else:
        for one in told:
            screen.show_text(*([f"{one['policy']}:"] if len(files) > 1 else []), *one["sentences"])
    raise typer.Exit(status)


def _each(files: list[str], judge: Callable[[dict[str, Any]], list[Any]], as_json: bool) -> int:
    """Judge each file; a bad one is told on stderr, and the next one follows."""
    from connector.cli import exits, screen

    results: list[dict[str, Any]] = []
    status = exits.DONE
    for file in files:
        result, ended = _judged(file, judge)
        results.append(result)
        status = max(status, ended)
    if as_json:
        screen.show_json({"ok": status == exits.DONE, "policies": results})
    else:
        screen.show_text(*(f"{one['policy']}: {'sound' if one['ok'] else 'refused'}" for one in results))
    return status


def _judged(file: str, judge: Callable[[dict[str, Any]], list[Any]]) -> tuple[dict[str, Any], int]:
    from connector.cli import exits, screen
    from connector.notation.findings import has_errors
    from connector.notation.problems import Problem

    try:
        findings = judge(_policy(file))
    except Problem as problem:
        screen.show_problem(problem)
        return {"policy": file, "ok": False, **problem.as_dict()}, exits.status_of(problem)
    screen.show_findings(findings)
    is_bad = has_errors(findings)
    told = {"policy": file, "ok": not is_bad, "findings": [finding.as_dict() for finding in findings]}
    return told, exits.FINDINGS if is_bad else exits.DONE


def _policy(file: str) -> dict[str, Any]:
    """The policy in a file, taken out of EDC's policy definition where it stands in one."""
    from connector.cli.offline import documents

    document = documents.read_object(file)
    inner = document.get("policy")
    return inner if isinstance(inner, dict) and "permission" not in document else document


def _shacl(document: dict[str, Any]) -> list[Any]:
    from connector.adapters.library import FolderLibrary
    from connector.odrl.shapes import shacl_findings

    return shacl_findings(document, FolderLibrary().text("policies/shapes.ttl"))
