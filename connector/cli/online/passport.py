"""`ionport passport`: the battery passports of a node."""

from __future__ import annotations

import sys
from collections import Counter
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from connector.cli.options import HERE, JsonOption, LimitOption, NodeOption, OffsetOption

app = typer.Typer(no_args_is_help=True, help="Battery passports: publish, change, show, label, export.")
UnitArgument = Annotated[str, typer.Argument(metavar="UNIT", help="Opaque unit id, the last part of the unit's URL.")]
VersionOption = Annotated[int | None, typer.Option("--version", min=1, help="Which version; default: the current.")]
OutOption = Annotated[Path | None, typer.Option("--out", metavar="FILE", help="Write there, not to stdout.")]
FindingsOption = Annotated[
    bool, typer.Option("--findings", help="Show each finding with its place, not how many of each code.")
]
_POLICY_HELP = "Id of a policy definition, or a JSON file with the policy, which is stored first."


class LabelChoice(StrEnum):
    """Forms of a data carrier."""

    SVG = "svg"
    PNG = "png"
    TEXT = "text"


class FormatChoice(StrEnum):
    """Forms of a passport's data."""

    BATTERY_PASS = "battery-pass"
    WIA = "wia"


class ProfileChoice(StrEnum):
    """Whose semantic ids come first."""

    IDTA = "idta"
    CATENA_X = "catena-x"


class StrictnessChoice(StrEnum):
    """What a passport must hold."""

    DRAFT = "draft"
    CATENA_X = "catena-x"
    REGULATORY = "regulatory"


ProfileOption = Annotated[
    ProfileChoice | None,
    typer.Option("--profile", help="Whose semantic ids come first; default: as the node is configured."),
]
StrictnessOption = Annotated[
    StrictnessChoice | None,
    typer.Option(
        "--strictness",
        help="What it must hold: draft nothing more, catena-x what CX-0160 asks, regulatory all that the law asks.",
    ),
]
TemplateOption = Annotated[
    list[str] | None,
    typer.Option("--template", metavar="PART=VERSION", help="An older template, as 4=1.0.0. Repeatable."),
]


class ExportChoice(StrEnum):
    """Forms of an AAS environment."""

    JSON = "json"
    XML = "xml"
    AASX = "aasx"


class MetamodelChoice(StrEnum):
    """Versions of the AAS metamodel."""

    V3_0 = "3.0"
    V3_1 = "3.1"


@app.command()
def publish(
    file: Annotated[str, typer.Argument(metavar="FILE", help="BatteryPass 4.0.0 payload; - is standard input.")],
    access: Annotated[str, typer.Option("--access", metavar="POLICY", help=f"Who sees the offer. {_POLICY_HELP}")],
    usage: Annotated[str, typer.Option("--usage", metavar="POLICY", help=f"Under which contract. {_POLICY_HELP}")],
    context: Annotated[
        str, typer.Option("--context", metavar="FILE", help="JSON: what submodels need and the payload does not say.")
    ] = "",
    asset_id: Annotated[str, typer.Option("--asset-id", help="globalAssetId; default: a new urn:uuid.")] = "",
    profile: ProfileOption = None,
    strictness: StrictnessOption = None,
    template: TemplateOption = None,
    notes: Annotated[str, typer.Option("--notes", help="For the version's history.")] = "",
    findings: FindingsOption = False,
    node: NodeOption = HERE,
    as_json: JsonOption = False,
) -> None:
    """Publish a passport: validated, its submodels built and stored as version 1, put on offer.

    Served are the seven submodels of IDTA 02035, DppMetadata, and the payload's own submodel with what has no place in
    the others.

    Example: ionport passport publish battery.json --access policies/access/members.json \
--usage policies/usage/battery-passport.json
    """
    from connector.cli.offline import documents
    from connector.cli.online import exchange
    from connector.cli.target import Target

    target = Target.of(node)
    asked = {
        "payload": documents.read_object(file),
        "context": documents.read_object(context) if context else {},
        "accessPolicyId": exchange.policy_id(target, access),
        "usagePolicyId": exchange.policy_id(target, usage),
        "terms": terms(profile, strictness, template),
        "globalAssetId": asset_id,
        "notes": notes,
    }
    _show_made(target.call("POST", "/api/passports", asked, timeout=120.0), as_json, findings)


@app.command("list")
def list_passports(
    limit: LimitOption = 100, offset: OffsetOption = 0, node: NodeOption = HERE, as_json: JsonOption = False
) -> None:
    """List passports, the newest first.

    Example: ionport passport list --limit 20
    """
    from connector.cli import screen
    from connector.cli.target import Target

    found = Target.of(node).call("GET", "/api/passports", limit=limit, offset=offset)
    if as_json:
        screen.show_json(found)
    else:
        rows = [(one["unitId"], one["version"], one["updatedAt"], one["unitUrl"]) for one in found]
        screen.show_table("passports", ("unit", "version", "changed", "URL"), rows)


@app.command()
def show(
    unit: UnitArgument, version: VersionOption = None, node: NodeOption = HERE, as_json: JsonOption = False
) -> None:
    """Show a passport and its submodels; --json has the payload as well.

    Example: ionport passport show 8xR2mQ... --version 1 --json
    """
    from connector.cli import screen
    from connector.cli.target import Target

    target, base = Target.of(node), _path(unit)
    found = target.call("GET", base if version is None else f"{base}/versions/{version}")
    if as_json:
        screen.show_json(found)
        return
    hidden = ("payload", "versionDetails", "delta", "submodels", "findings")
    screen.show_members((name, value) for name, value in found.items() if name not in hidden)
    submodels = target.call("GET", f"{base}/submodels", version=version)
    rows = [(one["idShort"], one["version"], one["semanticId"], one["digest"]) for one in submodels]
    screen.show_table("submodels", ("submodel", "version", "semantic id", "digest"), rows)


@app.command()
def validate(
    files: Annotated[list[str], typer.Argument(metavar="FILE...", help="Payloads; - is standard input.")],
    form: Annotated[
        FormatChoice, typer.Option("--format", help="BatteryPass 4.0.0, or a WIA 1.0.0 record.")
    ] = FormatChoice.BATTERY_PASS,
    previous: Annotated[
        str, typer.Option("--previous", metavar="FILE", help="The WIA record of the same battery that came before.")
    ] = "",
    context: Annotated[
        str, typer.Option("--context", metavar="FILE", help="JSON: what submodels need and the payload does not say.")
    ] = "",
    profile: ProfileOption = None,
    strictness: StrictnessOption = None,
    template: TemplateOption = None,
    most: Annotated[int, typer.Option("--most", min=0, help="How many findings to show; 0: all.")] = 50,
    info: Annotated[bool, typer.Option("--info", help="Show what is only assumed or converted as well.")] = False,
    node: Annotated[
        Path, typer.Option("--node", envvar="IONPORT_NODE", metavar="FOLDER", help="Whose configuration counts.")
    ] = HERE,
    as_json: JsonOption = False,
) -> None:
    """Check payloads without publishing them: every finding with its place, what was expected, how to mend it.

    No node is needed. In a node's folder its configuration counts, and what it would refuse is an error here; elsewhere
    what the submodels lack is a warning, unless --strictness says more.

    Example: ionport passport validate battery.json
    Example: ionport passport validate battery.json --strictness regulatory --context context.json
    Example: ionport passport validate --format wia record.json --json
    """
    from connector.cli.offline import passports, wia

    if form is FormatChoice.WIA:
        raise typer.Exit(max(wia.validate(file, previous, as_json) for file in files))
    judge = passports.judge_of(node, context, terms(profile, strictness, template))
    raise typer.Exit(passports.validate(files, judge, most=most, with_info=info, as_json=as_json))


@app.command("import")
def import_(
    files: Annotated[
        list[str],
        typer.Argument(
            metavar="FILE...",
            help="AAS environment (JSON, XML, AASX), submodels, or their $value; - is standard input.",
        ),
    ],
    view: Annotated[bool, typer.Option("--view", help="Print the values of all parts, not the payload.")] = False,
    out: OutOption = None,
    as_json: JsonOption = False,
) -> None:
    """Read a partner's passport back into one payload: on stdout; what is lost or changed on the way on stderr.

    Needs no node. A $value is known by its file's name (BatteryNameplate.json), else by its members. Where the partner
    serves the payload's own submodel too, the payload is whole.

    Example: ionport passport import partner.aasx --out payload.json
    Example: ionport passport import BatteryNameplate.json TechnicalData.json Circularity.json --view
    """
    from connector.cli.offline import passports

    raise typer.Exit(passports.take_back(files, with_view=view, out=out, as_json=as_json))


@app.command()
def convert(
    file: Annotated[str, typer.Argument(metavar="FILE", help="A payload or a WIA record; - is standard input.")],
    to: Annotated[FormatChoice, typer.Option("--to", help="battery-pass from a WIA record, wia from a payload.")],
    as_json: JsonOption = False,
) -> None:
    """Convert between WIA 1.0.0 and BatteryPass 4.0.0: the document on stdout, what was lost on stderr. Needs no node.

    Example: ionport passport convert record.json --to battery-pass
    """
    from connector.cli.offline import wia

    raise typer.Exit(wia.convert(file, to is FormatChoice.WIA, as_json))


@app.command()
def versions(
    unit: UnitArgument,
    limit: LimitOption = 100,
    offset: OffsetOption = 0,
    node: NodeOption = HERE,
    as_json: JsonOption = False,
) -> None:
    """List the versions of a passport: when, by whom, why, and how much changed.

    Example: ionport passport versions 8xR2mQ...
    """
    from connector.cli import screen
    from connector.cli.target import Target

    found = Target.of(node).call("GET", f"{_path(unit)}/versions", limit=limit, offset=offset)
    if as_json:
        screen.show_json(found)
        return
    rows = [
        (one["number"], one["time"], one["actor"], one["role"], one["reason"], len(one["delta"]), one["notes"])
        for one in found
    ]
    screen.show_table("versions", ("#", "time", "actor", "role", "reason", "changes", "notes"), rows)


@app.command()
def update(
    unit: UnitArgument,
    reason: Annotated[
        str, typer.Option("--reason", help="corrected, supplemented, footprint-updated, event, maintained, ...")
    ],
    payload: Annotated[str, typer.Option("--payload", metavar="FILE", help="The whole new payload.")] = "",
    patch: Annotated[str, typer.Option("--patch", metavar="FILE", help="A JSON Patch (RFC 6902).")] = "",
    merge: Annotated[str, typer.Option("--merge", metavar="FILE", help="A merge patch (RFC 7396).")] = "",
    role: Annotated[str, typer.Option("--role", help="In which role the change is made.")] = "economic operator",
    notes: Annotated[str, typer.Option("--notes", help="For the version's history.")] = "",
    expected: Annotated[
        int | None, typer.Option("--expected-version", min=1, help="Refuse where another version is current.")
    ] = None,
    provisional: Annotated[
        list[str] | None,
        typer.Option("--provisional", metavar="POINTER", help="A value that is not final. Repeatable."),
    ] = None,
    findings: FindingsOption = False,
    node: NodeOption = HERE,
    as_json: JsonOption = False,
) -> None:
    """Make the next version of a passport from exactly one of --payload, --patch and --merge; older ones stay.

    Example: ionport passport update 8xR2mQ... --reason corrected --patch change.json
    """
    from connector.cli.offline import documents
    from connector.cli.target import Target
    from connector.notation.problems import Invalid

    ways = {"payload": payload, "patch": patch, "merge": merge}
    given = {name: file for name, file in ways.items() if file}
    if len(given) != 1:
        raise Invalid("cli/change", "give exactly one of --payload, --patch and --merge")
    asked: dict[str, Any] = {name: documents.read_json(file) for name, file in given.items()}
    asked |= {"reason": reason, "role": role, "notes": notes, "provisional": list(provisional or [])}
    if expected is not None:
        asked["expectedVersion"] = expected
    _show_made(Target.of(node).call("PATCH", _path(unit), asked, timeout=120.0), as_json, findings)


@app.command()
def label(
    unit: UnitArgument,
    form: Annotated[LabelChoice, typer.Option("--format", help="The carrier's form.")] = LabelChoice.TEXT,
    out: OutOption = None,
    node: NodeOption = HERE,
) -> None:
    """Print the data carrier: a QR code of the unit's URL.

    Example: ionport passport label 8xR2mQ... --format svg --out label.svg
    """
    from connector.cli.target import Target

    _write(Target.of(node).send("GET", f"{_path(unit)}/label", format=form.value).content, out)


@app.command()
def lint(
    contents: Annotated[list[str], typer.Argument(metavar="CONTENT...", help="What labels hold; - reads lines.")],
    trial: Annotated[bool, typer.Option("--trial", help="Let http, ports and this machine pass.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Judge what labels hold before they are printed: a resolver's URL with an opaque id, nothing else. Needs no node.

    Example: ionport passport lint https://id.battery.example/p/7EE53R3T5N4FDG85B
    """
    from connector.cli.offline import labels

    raise typer.Exit(labels.lint(contents, trial, as_json))


@app.command()
def export(
    unit: UnitArgument,
    form: Annotated[
        ExportChoice, typer.Option("--format", help="The form of the AAS environment.")
    ] = ExportChoice.JSON,
    metamodel: Annotated[
        MetamodelChoice, typer.Option("--metamodel", help="Of XML and AASX: their namespace.")
    ] = MetamodelChoice.V3_0,
    files: Annotated[
        list[Path] | None,
        typer.Option("--file", metavar="FILE", help="Goes into the package; documents of that name point to it."),
    ] = None,
    thumbnail: Annotated[
        Path | None, typer.Option("--thumbnail", metavar="FILE", help="The package's picture.")
    ] = None,
    version: VersionOption = None,
    out: OutOption = None,
    node: NodeOption = HERE,
) -> None:
    """Export shell and submodels as an AAS environment or package.

    Example: ionport passport export 8xR2mQ... --format aasx --out battery.aasx
    Example: ionport passport export 8xR2mQ... --format aasx --file manual.pdf --thumbnail pack.png --out battery.aasx
    """
    from connector.cli.offline import packages
    from connector.cli.target import Target
    from connector.notation.problems import Invalid

    path, is_packed_here = f"{_path(unit)}/export", bool(files or thumbnail)
    if is_packed_here and form is not ExportChoice.AASX:
        raise Invalid("cli/file", "--file and --thumbnail go into a package: --format aasx")
    wanted = {"format": "json" if is_packed_here else form.value, "version": version, "metamodel": metamodel.value}
    raw = Target.of(node).send("GET", path, timeout=120.0, **wanted).content
    _write(packages.packed(raw, files or [], thumbnail, metamodel.value) if is_packed_here else raw, out)


def terms(
    profile: ProfileChoice | None, strictness: StrictnessChoice | None, template: list[str] | None
) -> dict[str, Any]:
    """What was said about how to build, as the API takes it. Raises Invalid (`cli/template`)."""
    from connector.notation.problems import Invalid

    wishes: dict[str, Any] = {}
    if profile:
        wishes["profile"] = profile.value
    if strictness:
        wishes["strictness"] = strictness.value
    if template:
        pairs = [one.partition("=") for one in template]
        if not all(equals and number.isdecimal() for number, equals, _ in pairs):
            raise Invalid("cli/template", "--template names a part and its version, as 4=1.0.0")
        wishes["templates"] = {number: version for number, _, version in pairs}
    return wishes


def _path(unit: str) -> str:
    from connector.cli.target import segment

    return f"/api/passports/{segment(unit.rpartition('/')[2])}"


def _show_made(made: dict[str, Any], as_json: bool, each_finding: bool) -> None:
    from connector.cli import screen

    if as_json:
        screen.show_json(made)
        return
    names = ("unitId", "version", "unitUrl", "datasetId", "globalAssetId", "shellId")
    found = made.get("findings", [])
    if each_finding:
        screen.show_told(found)
    else:
        _count_findings(found)
    screen.show_members((name, made.get(name)) for name in names)


def _count_findings(findings: list[dict[str, Any]]) -> None:
    """How many of each code, on stderr, the gravest first."""
    from connector.cli import screen

    counted = Counter((one.get("severity", "error"), one["code"]) for one in findings)
    for (severity, code), count in sorted(counted.items(), key=lambda item: (_GRAVITY.index(item[0][0]), item[0][1])):
        screen.show_progress(f"{severity} {code}: {count}")
    if counted:
        screen.show_progress("--findings shows each, with its place")


_GRAVITY = ("error", "warning", "info")


def _write(raw: bytes, out: Path | None) -> None:
    from connector.cli import screen
    from connector.cli.offline import documents

    if out is None:
        sys.stdout.buffer.write(raw)
        sys.stdout.flush()
    else:
        documents.write(out, raw)
        screen.show_progress(f"wrote {len(raw)} bytes to {out}")
