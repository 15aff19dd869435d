"""`ionport model`: aspect models (SAMM) on this machine, without a node."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from connector.cli.options import JsonOption

if TYPE_CHECKING:
    from connector.cli.sources import Job
    from submodels.samm.model import Aspect

app = typer.Typer(
    no_args_is_help=True,
    help="Check aspect models (SAMM), make JSON Schemas and examples of them, validate payloads. No node is needed.",
)

BATTERY_PASS = "urn:samm:io.catenax.battery.battery_pass:4.0.0#BatteryPass"
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
OutOption = Annotated[Path | None, typer.Option("--out", metavar="DIR", help="Write one file for each model there.")]


@app.command()
def check(models: ModelsArgument, models_root: RootsOption = None, as_json: JsonOption = False) -> None:
    """Check that models can be read, that all their imports are there and that they make sense.

    Example: ionport model check samm-models/io.catenax.pcf/9.0.0/Pcf.ttl
    """
    from connector.cli import screen
    from submodels.samm.validation import validator

    def judge(aspect: Aspect) -> dict[str, Any]:
        validator(aspect)
        return {"name": aspect.name, "properties": len(aspect.properties)}

    results, status = _each(models, models_root, judge)
    if as_json:
        screen.show_json({"ok": status == 0, "models": [result for _, result in results]})
    else:
        screen.show_table(
            "models",
            ("model", "ok", "findings"),
            [(one["model"], one["ok"], len(one.get("findings", [])) or "") for _, one in results],
        )
    raise typer.Exit(status)


@app.command()
def schema(
    models: ModelsArgument,
    models_root: RootsOption = None,
    strict: Annotated[bool, typer.Option("--strict", help="Demand what SAMM says beyond published schemas.")] = False,
    out: OutOption = None,
) -> None:
    """Print the JSON Schema (2020-12) of payloads: of one model as it is, of several as an object by URN.

    Example: ionport model schema urn:samm:io.catenax.pcf:9.0.0#Pcf --out schemas
    """
    from submodels.samm.schema import json_schema

    _emit(models, models_root, out, "-schema.json", lambda aspect: json_schema(aspect, strict=strict))


@app.command()
def example(
    models: ModelsArgument,
    models_root: RootsOption = None,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Another number gives another payload.")] = 0,
    out: OutOption = None,
) -> None:
    """Print a payload that the model accepts, the same one for the same seed.

    Example: ionport model example urn:samm:io.catenax.pcf:9.0.0#Pcf --seed 7
    """
    from submodels.samm.example import example as example_of

    _emit(models, models_root, out, ".json", lambda aspect: example_of(aspect, seed))


@app.command()
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
    from connector.cli.sources import single
    from submodels.samm.validation import validator

    judge = validator(single(model, models_root or []).load())
    results = [_judged(payload, lambda document: judge.findings(document, strict=strict)) for payload in payloads]
    if as_json:
        screen.show_json({"ok": not any(status for _, status in results), "payloads": [one for one, _ in results]})
    else:
        screen.show_text(*(f"{one['payload']}: {_verdict(one)}" for one, _ in results))
    raise typer.Exit(max(status for _, status in results))


@app.command()
def show(models: ModelsArgument, models_root: RootsOption = None, as_json: JsonOption = False) -> None:
    """Show what a payload consists of: every path with its type, unit and meaning.

    Example: ionport model show urn:samm:io.catenax.pcf:9.0.0#Pcf
    """
    from connector.cli import outline, screen

    results, status = _each(models, models_root, lambda aspect: {"elements": outline.rows(aspect)})
    if as_json:
        screen.show_json([result for _, result in results])
    else:
        for _, result in results:
            if result["ok"]:
                screen.show_table(result["model"], outline.COLUMNS, [list(row.values()) for row in result["elements"]])
    raise typer.Exit(status)


def _each(
    models: list[str], roots: list[Path] | None, make: Callable[[Aspect], dict[str, Any]]
) -> tuple[list[tuple[Job | None, dict[str, Any]]], int]:
    """What `make` says of each model, one result a model; a bad one is told on stderr, and the next one follows."""
    from connector.cli import exits, screen
    from connector.cli.sources import Missing, jobs
    from connector.notation.problems import Problem

    results: list[tuple[Job | None, dict[str, Any]]] = []
    status = exits.DONE
    todo: Iterator[Job | Missing] = jobs(models, roots or [])
    for number, job in enumerate(todo, 1):
        name = job.name if isinstance(job, Missing) else job.urn
        try:
            if isinstance(job, Missing):
                raise job.problem
            if number > 1 or len(models) > 1:
                screen.show_progress(f"{number}: {name}")
            results.append((job, {"model": name, "ok": True, **make(job.load())}))
        except Problem as problem:
            screen.show_problem(problem)
            status = max(status, exits.status_of(problem))
            results.append((None, {"model": name, "ok": False, **problem.as_dict()}))
    return results, status


def _emit(
    models: list[str], roots: list[Path] | None, out: Path | None, ending: str, make: Callable[[Aspect], Any]
) -> None:
    from connector.cli import documents, screen
    from connector.notation.exact_json import pretty

    results, status = _each(models, roots, lambda aspect: {"name": aspect.name, "document": make(aspect)})
    made = {result["model"]: result for _, result in results if result["ok"]}
    if out is not None:
        for result in made.values():
            file = out / f"{result['name']}{ending}"
            documents.write(file, (pretty(result["document"]) + "\n").encode())
            screen.show_progress(f"wrote {file}")
    elif len(results) == 1 and made:
        screen.show_json(results[0][1]["document"])
    elif len(results) > 1:
        screen.show_json({urn: result["document"] for urn, result in made.items()})
    raise typer.Exit(status)


def _judged(payload: str, judge: Callable[[Any], list[Any]]) -> tuple[dict[str, Any], int]:
    from connector.cli import documents, exits, screen
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
