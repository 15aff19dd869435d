"""`ionport policy`: usage and access policies (ODRL, CX-0152) on this machine, without a node."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import Annotated, Any

import typer

from connector.cli.options import JsonOption

app = typer.Typer(
    no_args_is_help=True,
    help="Check, explain and try out policies (ODRL in the Catena-X profile), and say which ones a node accepts.",
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
            policy = parse(policy_in(file), kind=kind.value if kind else None)
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


class PhaseChoice(StrEnum):
    """A moment at which a policy is decided."""

    CATALOG = "catalog"
    OFFER = "offer"
    AGREEMENT = "agreement"
    TRANSFER = "transfer"
    REQUEST = "request"
    AFTER = "after"


@app.command()
def simulate(
    file: Annotated[str, typer.Argument(metavar="FILE", help="A policy as JSON(-LD); - is stdin.")],
    facts: Annotated[
        str,
        typer.Option("--facts", metavar="FILE", help="A JSON object that says all of what follows; options win."),
    ] = "",
    bpn: Annotated[str, typer.Option("--bpn", metavar="BPNL", help="Its business partner number credential.")] = "",
    member: Annotated[bool, typer.Option("--member", help="It holds an active membership credential.")] = False,
    framework: Annotated[
        list[str] | None,
        typer.Option("--framework", metavar="NAME:VERSION", help="A framework agreement that it signed; repeatable."),
    ] = None,
    valid_until: Annotated[
        str, typer.Option("--valid-until", metavar="TIME", help="When the credentials named by options end.")
    ] = "",
    group: Annotated[
        list[str] | None, typer.Option("--group", metavar="NAME", help="A group of ours that it is in; repeatable.")
    ] = None,
    purpose: Annotated[
        list[str] | None,
        typer.Option("--purpose", help="What the data are asked for; repeatable. Default: what the policy grants."),
    ] = None,
    signed: Annotated[
        str,
        typer.Option("--signed", metavar="TIME", help="When the contract was signed. Default: the moment asked for."),
    ] = "",
    at: Annotated[str, typer.Option("--at", metavar="TIME", help="The moment asked for. Default: now.")] = "",
    deliveries: Annotated[int, typer.Option("--deliveries", min=0, help="How many were made before.")] = 0,
    version_change: Annotated[
        str, typer.Option("--version-change", help="Of the dataset since the contract: none, minor, major.")
    ] = "none",
    other_holder: Annotated[
        list[str] | None,
        typer.Option("--other-holder", metavar="DID", help="Another partner with a contract in force; repeatable."),
    ] = None,
    accepted: Annotated[
        bool, typer.Option("--accepted/--not-accepted", help="Whether a person accepted the legal terms.")
    ] = True,
    use: Annotated[
        list[str] | None,
        typer.Option(
            "--use", help="What is done with the data: share, manipulate, derive, analyse, remove-provider; repeatable."
        ),
    ] = None,
    recipient: Annotated[
        str, typer.Option("--recipient", metavar="BPNL", help="The company that the data are to reach.")
    ] = "",
    recipient_region: Annotated[str, typer.Option("--recipient-region", help="Its region, as `europe`.")] = "",
    recipient_relation: Annotated[
        str, typer.Option("--recipient-relation", help="affiliate or managedLegalEntity.")
    ] = "",
    phase: Annotated[
        list[PhaseChoice] | None, typer.Option("--phase", help="Only this moment; repeatable. Default: all six.")
    ] = None,
    kind: KindOption = None,
    profile: Annotated[
        ProfileChoice, typer.Option("--profile", help="`open`: spaces without CX-0152.")
    ] = ProfileChoice.CATENA_X,
    as_json: JsonOption = False,
) -> None:
    """Decide a policy for a participant as you describe it: may it, why not, and from when on the answer is another.

    What is not said is not known, and a policy that asks for it refuses. Exit 0: permitted at every moment asked for.

    Example: ionport policy simulate policies/usage/pcf.json --member --framework DataExchangeGovernance:1.0
    """
    from connector.cli.offline import documents, scenarios

    given = {
        "at": at,
        "bpn": scenarios.credential(bpn, valid_until),
        "membership": scenarios.credential("active" if member else "", valid_until),
        "frameworkAgreements": [scenarios.credential(each, valid_until) for each in framework or []],
        "groups": group,
        "purposes": purpose,
        "signedAt": signed,
        "deliveries": deliveries,
        "versionChange": version_change,
        "otherHolders": other_holder or [],
        "termsAccepted": accepted,
        "uses": use,
        "recipient": scenarios.recipient(recipient, recipient_region, recipient_relation),
    }
    said = documents.read_object(facts) if facts else {}
    phases = [each.value for each in phase or PhaseChoice]
    ended = scenarios.play(
        policy_in(file), scenarios.merged(said, given), phases, kind.value if kind else None, profile.value, as_json
    )
    raise typer.Exit(ended)


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
        findings = judge(policy_in(file))
    except Problem as problem:
        screen.show_problem(problem)
        return {"policy": file, "ok": False, **problem.as_dict()}, exits.status_of(problem)
    screen.show_findings(findings)
    is_bad = has_errors(findings)
    told = {"policy": file, "ok": not is_bad, "findings": [finding.as_dict() for finding in findings]}
    return told, exits.FINDINGS if is_bad else exits.DONE


def policy_in(file: str) -> dict[str, Any]:
    """The policy in a file: alone, within EDC's policy definition, within `@graph`, or expanded (a list of one)."""
    from connector.cli.offline import documents
    from connector.notation.problems import Invalid

    document = documents.read_json(file)
    for _ in range(4):
        if isinstance(document, list) and len(document) == 1:
            document = document[0]
        elif isinstance(document, dict) and (inner := _within(document)) is not None:
            document = inner
        else:
            break
    if not isinstance(document, dict):
        raise Invalid("json/shape", f"{file} is not one JSON object: give one policy")
    return document


def _within(document: dict[str, Any]) -> Any:
    """What a wrapper holds, with its context where it brings one; None where the document is no wrapper."""
    for name in _WRAPPERS:
        inner = document.get(name)
        if isinstance(inner, list) and len(inner) == 1:
            inner = inner[0]
        if isinstance(inner, dict) and not _RULES & document.keys():
            context = document.get("@context")
            return inner if context is None or "@context" in inner else {"@context": context, **inner}
    return None


_RULES = frozenset({"permission", "prohibition", "obligation"})
_WRAPPERS = ("policy", "edc:policy", "https://w3id.org/edc/v0.0.1/ns/policy", "@graph")


def _shacl(document: dict[str, Any]) -> list[Any]:
    from connector.adapters.library import FolderLibrary
    from connector.odrl.shapes import shacl_findings

    return shacl_findings(document, FolderLibrary().text("policies/shapes.ttl"))
