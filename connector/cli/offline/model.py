"""`ionport model`: aspect models (SAMM) on this machine, without a node."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from connector.cli.offline.plain import PlainCommand, PlainGroup
from connector.cli.options import JsonOption

if TYPE_CHECKING:
    from connector.cli.offline.runs import Made
    from submodels.samm.model import Aspect

app = typer.Typer(
    cls=PlainGroup,
    no_args_is_help=True,
    help="Check aspect models (SAMM), validate payloads; make JSON Schemas, examples, AAS submodels, pages and "
    "diagrams. No node is needed.",
)

ModelsArgument = Annotated[
    list[str], typer.Argument(metavar="MODEL", help="URN of an aspect, a .ttl file, or a folder of them.")
]
RootsOption = Annotated[
    list[Path] | None,
    typer.Option(
        "--models-root",
        metavar="DIR",
        help="Where imports are looked for first: <namespace>/<version>/*.ttl below it. Can be repeated.",
    ),
]
OutOption = Annotated[
    Path | None,
    typer.Option("--out", metavar="DIR", help="Write <namespace>/<version>/<Aspect>... there, a file for each model."),
]


class DialectChoice(StrEnum):
    """Versions of JSON Schema."""

    LATEST = "2020-12"
    DRAFT_07 = "draft-07"


class PackageChoice(StrEnum):
    """Forms of an AAS environment."""

    JSON = "json"
    XML = "xml"
    AASX = "aasx"


class MetamodelChoice(StrEnum):
    """Versions of the AAS metamodel."""

    V3_0 = "3.0"
    V3_1 = "3.1"


class PageChoice(StrEnum):
    """Forms of a reference page."""

    MARKDOWN = "md"
    HTML = "html"


class DiagramChoice(StrEnum):
    """Forms of a diagram."""

    SVG = "svg"
    MERMAID = "mermaid"


@app.command(cls=PlainCommand)
def check(models: ModelsArgument, models_root: RootsOption = None, as_json: JsonOption = False) -> None:
    """Check that models can be read, that all their imports are there and that they make sense.

    Example: ionport model check samm-models/io.catenax.pcf/9.0.0/Pcf.ttl
    """
    from connector.cli import screen
    from connector.cli.offline import runs
    from submodels.samm.validation import validator

    def judge(aspect: Aspect) -> dict[str, Any]:
        validator(aspect)
        screen.show_findings(aspect.warnings)
        warnings = {"warnings": [warning.as_dict() for warning in aspect.warnings]} if aspect.warnings else {}
        return {"name": aspect.name, "properties": len(aspect.properties), **warnings}

    results, status = runs.each(models, models_root, judge)
    if as_json:
        screen.show_json({"ok": status == 0, "models": results})
    else:
        told = [(one["model"], one["ok"], one.get("findings") or one.get("warnings") or []) for one in results]
        rows = [(name, is_ok, len(findings) or "") for name, is_ok, findings in told]
        screen.show_table("models", ("model", "ok", "findings"), rows)
    raise typer.Exit(status)


@app.command(cls=PlainCommand)
def schema(
    models: ModelsArgument,
    models_root: RootsOption = None,
    strict: Annotated[bool, typer.Option("--strict", help="Demand what SAMM says beyond published schemas.")] = False,
    dialect: Annotated[DialectChoice, typer.Option("--dialect", help="Version of JSON Schema.")] = DialectChoice.LATEST,
    out: OutOption = None,
    as_json: JsonOption = False,
) -> None:
    """Print the JSON Schema of payloads: of one model as it is, of several as an object by URN.

    Example: ionport model schema urn:samm:io.catenax.pcf:9.0.0#Pcf --out schemas
    """
    from submodels.samm.dialects import in_dialect
    from submodels.samm.schema import json_schema

    def make(aspect: Aspect) -> Any:
        return in_dialect(json_schema(aspect, strict=strict), dialect.value)

    _emit(models, models_root, make, "-schema.json", out, as_json)


@app.command(cls=PlainCommand)
def example(
    models: ModelsArgument,
    models_root: RootsOption = None,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Another number gives another payload.")] = 0,
    out: OutOption = None,
    as_json: JsonOption = False,
) -> None:
    """Print a payload that the model accepts, the same one for the same seed.

    Example: ionport model example urn:samm:io.catenax.pcf:9.0.0#Pcf --seed 7
    """
    from submodels.samm.example import example as example_of

    _emit(models, models_root, lambda aspect: example_of(aspect, seed), ".json", out, as_json)


@app.command(cls=PlainCommand)
def validate(
    model: Annotated[str, typer.Argument(metavar="MODEL", help="URN of an aspect, or a .ttl file with one aspect.")],
    payloads: Annotated[list[str], typer.Argument(metavar="PAYLOAD", help="JSON files; - is standard input.")],
    models_root: RootsOption = None,
    strict: Annotated[
        bool, typer.Option("--strict", help="Warn besides of what published schemas let through by mistake.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Validate payloads against a model; every finding has the place in the payload and the model's own word.

    Example: ionport model validate urn:samm:io.catenax.pcf:9.0.0#Pcf footprint.json
    """
    from connector.cli import screen
    from connector.cli.offline.sources import single
    from submodels.samm.validation import validator

    judge = validator(single(model, models_root or []).load())
    results = [_judged(payload, lambda document: judge.findings(document, strict=strict)) for payload in payloads]
    if as_json:
        screen.show_json({"ok": not any(status for _, status in results), "payloads": [one for one, _ in results]})
    else:
        screen.show_text(*(f"{one['payload']}: {_verdict(one)}" for one, _ in results))
    raise typer.Exit(max(status for _, status in results))


@app.command(cls=PlainCommand)
def aas(
    models: ModelsArgument,
    models_root: RootsOption = None,
    payload: Annotated[
        str, typer.Option("--payload", metavar="FILE", help="Make an instance of this payload, not a template.")
    ] = "",
    asset_id: Annotated[str, typer.Option("--asset-id", help="globalAssetId of the shell.")] = "",
    form: Annotated[PackageChoice, typer.Option("--format", help="Form of the environment.")] = PackageChoice.JSON,
    metamodel: Annotated[
        MetamodelChoice, typer.Option("--metamodel", help="Version of the AAS metamodel, for xml and aasx.")
    ] = MetamodelChoice.V3_0,
    out: OutOption = None,
    as_json: JsonOption = False,
) -> None:
    """Print an AAS environment: the generic submodel of a model, a shell and concept descriptions.

    Example: ionport model aas urn:samm:io.catenax.pcf:9.0.0#Pcf --payload footprint.json --format aasx --out packages
    """
    from connector.cli.offline import documents, runs

    document = documents.read_json(payload) if payload else None

    def make(aspect: Aspect) -> Made:
        pack = partial(_packed, form=form, metamodel=metamodel.value)
        made = _environment(aspect, document, asset_id, pack) if payload else _template(aspect, asset_id, pack)
        if made.told:
            from connector.cli import screen

            screen.show_findings(made.told["notes"])
        return runs.Made(made.content, {name: [note.as_dict() for note in notes] for name, notes in made.told.items()})

    _emit(models, models_root, make, f"-aas.{form.value}", out, as_json)


@app.command(cls=PlainCommand)
def docs(
    models: ModelsArgument,
    models_root: RootsOption = None,
    form: Annotated[PageChoice, typer.Option("--format", help="Form of the page.")] = PageChoice.MARKDOWN,
    out: OutOption = None,
    as_json: JsonOption = False,
) -> None:
    """Print the reference page of a model: every path with its type, unit, rules, example and meaning.

    Example: ionport model docs urn:samm:io.catenax.pcf:9.0.0#Pcf --format html --out pages
    """
    from submodels.samm.reference import page

    make = {PageChoice.MARKDOWN: page.markdown, PageChoice.HTML: page.html}[form]
    _emit(models, models_root, make, f".{form.value}", out, as_json)


@app.command(cls=PlainCommand)
def diagram(
    models: ModelsArgument,
    models_root: RootsOption = None,
    form: Annotated[DiagramChoice, typer.Option("--format", help="Form of the drawing.")] = DiagramChoice.SVG,
    out: OutOption = None,
    as_json: JsonOption = False,
) -> None:
    """Draw what a payload consists of as a tree.

    Example: ionport model diagram urn:samm:io.catenax.pcf:9.0.0#Pcf --out pictures
    """
    from submodels.samm.reference import diagram as drawing

    make, ending = {
        DiagramChoice.SVG: (drawing.svg, ".svg"),
        DiagramChoice.MERMAID: (drawing.mermaid, ".mmd"),
    }[form]
    _emit(models, models_root, make, ending, out, as_json)


@app.command(cls=PlainCommand)
def show(models: ModelsArgument, models_root: RootsOption = None, as_json: JsonOption = False) -> None:
    """Show what a payload consists of: every path with its type, unit and meaning.

    Example: ionport model show urn:samm:io.catenax.pcf:9.0.0#Pcf
    """
    from connector.cli import screen
    from connector.cli.offline import runs

    results, status = runs.each(models, models_root, lambda aspect: {"elements": _rows(aspect)})
    if as_json:
        screen.show_json(results)
    else:
        for result in results:
            if result["ok"]:
                columns = ("path", "type", "unit", "required", "meaning")
                screen.show_table(result["model"], columns, [list(row.values()) for row in result["elements"]])
    raise typer.Exit(status)


def _emit(
    models: list[str],
    roots: list[Path] | None,
    make: Callable[[Aspect], Any],
    ending: str,
    out: Path | None,
    as_json: bool,
) -> None:
    from connector.cli.offline import runs

    def made(aspect: Aspect) -> Made:
        content = make(aspect)
        return content if isinstance(content, runs.Made) else runs.Made(content)

    raise typer.Exit(runs.emit(models, roots, made, ending=ending, out=out, as_json=as_json))


def _template(aspect: Aspect, asset_id: str, pack: Callable[[Any], Any]) -> Made:
    from connector.cli.offline.runs import Made
    from submodels.aspect_submodel.build import environment, template

    return Made(pack(environment(aspect, template(aspect), asset_id=asset_id)))


def _environment(aspect: Aspect, payload: Any, asset_id: str, pack: Callable[[Any], Any]) -> Made:
    from connector.cli.offline.runs import Made
    from submodels.aspect_submodel.build import environment, instance, instance_id

    asset = asset_id or f"{aspect.urn}/asset"
    built = instance(aspect, payload, submodel_id=instance_id(aspect, asset))
    notes = {"notes": list(built.findings)} if built.findings else {}
    return Made(pack(environment(aspect, built.submodel, asset_id=asset)), notes)


def _packed(environment: Any, *, form: PackageChoice, metamodel: Literal["3.0", "3.1"]) -> Any:
    from submodels.aas import serialization

    if form is PackageChoice.AASX:
        from submodels.aas.aasx import to_aasx

        return to_aasx(environment, metamodel=metamodel)
    if form is PackageChoice.XML:
        return serialization.to_xml(environment, metamodel=metamodel)
    return serialization.to_jsonable(environment)


def _rows(aspect: Aspect) -> list[dict[str, Any]]:
    """One row for each property of a payload, in the model's order."""
    from submodels.samm import outline

    return [
        {
            "path": line.path,
            "type": outline.type_text(line.characteristic),
            "unit": outline.unit_text(line.characteristic),
            "required": not line.prop.optional and not line.side,
            "meaning": line.prop.descriptions.get("en", "") if not line.side else "",
        }
        for line in outline.lines(aspect)
    ]


def _judged(payload: str, judge: Callable[[Any], list[Any]]) -> tuple[dict[str, Any], int]:
    from connector.cli import exits, screen
    from connector.cli.offline import documents
    from connector.notation.findings import has_errors
    from connector.notation.problems import Problem

    try:
        findings = judge(documents.read_json(payload))
    except Problem as problem:
        screen.show_problem(problem)
        return {"payload": payload, "ok": False, **problem.as_dict()}, exits.status_of(problem)
    screen.show_findings(findings)
    is_bad = has_errors(findings)
    told = {"payload": payload, "ok": not is_bad, "findings": [finding.as_dict() for finding in findings]}
    return told, exits.FINDINGS if is_bad else exits.DONE


def _verdict(result: dict[str, Any]) -> str:
    number = len(result.get("findings", []))
    said = "valid" if result["ok"] else "not valid"
    return f"{said}, {number} finding{'s' if number != 1 else ''}" if number else said
