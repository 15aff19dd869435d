"""Running a command line: what each way to end means for the exit status."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

import typer

from connector.cli.exits import FAULT, USAGE, status_of
from connector.notation.problems import Problem

PROGRAM = "ionport"
INTERRUPTED = 130


def run(app: typer.Typer, arguments: Sequence[str] | None = None) -> int:
    """Run one command line of `app` (default: that of the process); the exit status."""
    command = typer.main.get_command(app)
    try:
        command.main(args=None if arguments is None else list(arguments), prog_name=PROGRAM)
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else (0 if end.code is None else USAGE)
    except (KeyboardInterrupt, Exception) as error:
        return ended_by(error)
    return 0


def ended_by(error: BaseException) -> int:
    """The exit status of a command that an error ended, which is told."""
    if isinstance(error, KeyboardInterrupt):
        return INTERRUPTED
    return _told(error) if isinstance(error, Problem) else _fault(error)


def run_models() -> int:
    """Run a command line of `ionport model` alone, ready in half the time of the whole."""
    from connector.cli.offline import model
    from connector.cli.offline.plain import PlainGroup

    app = typer.Typer(name=PROGRAM, cls=PlainGroup, add_completion=False, pretty_exceptions_enable=False)
    app.callback()(lambda: None)
    app.add_typer(model.app, name="model")
    return run(app)


def _told(problem: Problem) -> int:
    from connector.cli.screen import show_problem, show_progress

    show_problem(problem)
    show_progress(f"  what to do about it: {PROGRAM} explain {problem.code}")
    return status_of(problem)


def _fault(error: BaseException) -> int:
    if os.environ.get("IONPORT_DEBUG") == "1":
        import traceback

        traceback.print_exception(error)
    else:
        name = type(error).__name__
        sys.stderr.write(f"fault of ionport itself: {name}: {error}; IONPORT_DEBUG=1 shows where\n")
    return FAULT
