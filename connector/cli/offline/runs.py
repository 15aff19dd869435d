"""One run over many models: each by itself, a bad one told and passed over, results on stdout or in files."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from connector.cli import exits

if TYPE_CHECKING:
    from connector.cli.offline.sources import Job, Missing
    from connector.notation.problems import Problem
    from submodels.samm.model import Aspect

Result = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Made:
    """What was made of one model: JSON, text or bytes, and what is told of it besides."""

    content: Any
    told: Result = field(default_factory=dict)


def each(
    models: Sequence[str], roots: Sequence[Path] | None, make: Callable[[Aspect], Result]
) -> tuple[list[Result], int]:
    """What `make` says of each model, one result a model, and the exit status.

    What is wrong with a model is told on stderr, and the next one follows; so it does after a fault of our own.
    """
    from connector.cli.offline.sources import jobs

    todo = list(jobs(models, roots or []))
    results: list[Result] = []
    status = exits.DONE
    for number, job in enumerate(todo, 1):
        if len(todo) > 1:
            _tell(f"{number} of {len(todo)}: {_named(job)}")
        result, ended = _one(job, make)
        results.append(result)
        status = max(status, ended)
    if len(results) > 1:
        _tell(f"{sum(result['ok'] for result in results)} of {len(results)} models done")
    return results, status


def _one(job: Job | Missing, make: Callable[[Aspect], Result]) -> tuple[Result, int]:
    """The result of one model, and the status that it ends with."""
    from connector.cli.offline.sources import Missing
    from connector.notation.problems import Problem, Unprocessable

    try:
        if isinstance(job, Missing):
            raise job.problem
        return {"model": job.urn, "ok": True, **make(job.load())}, exits.DONE
    except Problem as problem:
        return {"model": _named(job), "ok": False, **_shown(problem)}, exits.status_of(problem)
    except RecursionError:
        deep = Unprocessable("samm/depth", f"the model {_named(job)} nests too deep for this")
        return {"model": _named(job), "ok": False, **_shown(deep)}, exits.FINDINGS
    except Exception as error:  # one model must not take the others with it
        fault = Problem("cli/fault", f"fault of ionport itself at {_named(job)}: {type(error).__name__}: {error}")
        return {"model": _named(job), "ok": False, **_shown(fault)}, exits.FAULT


def _named(job: Job | Missing) -> str:
    return str(getattr(job, "urn", "") or getattr(job, "name", ""))


def _shown(problem: Problem) -> Result:
    from connector.cli import screen

    screen.show_problem(problem)
    return dict(problem.as_dict())


def _tell(line: str) -> None:
    from connector.cli import screen

    screen.show_progress(line)


def emit(
    models: Sequence[str],
    roots: Sequence[Path] | None,
    make: Callable[[Aspect], Made],
    *,
    ending: str,
    out: Path | None,
    as_json: bool,
) -> int:
    """Make one document of each model: into files below `out`, or to stdout; the exit status.

    Files lie as `<namespace>/<version>/<Aspect><ending>`. With `as_json`, stdout is one report of all models.
    """

    def produce(aspect: Aspect) -> Result:
        made = make(aspect)
        if out is None:
            return {"content": made.content, **made.told}
        file = out / place(aspect.urn) / f"{aspect.name}{ending}"
        write(file, made.content)
        return {"file": str(file), **made.told}

    results, status = each(models, roots, produce)
    if as_json:
        from connector.cli import screen

        screen.show_json({"ok": status == 0, "models": [_reported(result) for result in results]})
    elif out is None:
        _show(results)
    return status


def place(urn: str) -> Path:
    """The folder of an aspect's files: `<namespace>/<version>`."""
    namespace, _, version = urn.partition("#")[0].removeprefix("urn:samm:").rpartition(":")
    return Path(namespace.strip(".") or "_") / version


def write(file: Path, content: Any) -> None:
    """Write one document. Raises Invalid (`cli/file`)."""
    from connector.cli.offline import documents

    documents.write(file, _bytes(content))
    _tell(f"wrote {file}")


def _bytes(content: Any) -> bytes:
    from connector.notation.exact_json import pretty

    if isinstance(content, bytes):
        return content
    return (content if isinstance(content, str) else pretty(content) + "\n").encode()


def _reported(result: Result) -> Result:
    """A result as JSON: bytes as Base64."""
    import base64

    content = result.get("content")
    return result | {"content": base64.b64encode(content).decode()} if isinstance(content, bytes) else result


def _show(results: Sequence[Result]) -> None:
    """One document as it is; several as an object by URN."""
    made = {result["model"]: _reported(result)["content"] for result in results if result["ok"]}
    if len(results) == 1 and made:
        sys.stdout.flush()
        content = results[0]["content"]
        if isinstance(content, bytes):
            sys.stdout.buffer.write(content)
        else:
            sys.stdout.write(_bytes(content).decode())
    elif len(results) > 1:
        sys.stdout.write(_bytes(made).decode())
