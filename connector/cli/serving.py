"""`ionport serve FOLDER` without the rest of the command line, which takes a third of a node's start."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path


def is_plain(arguments: Sequence[str]) -> bool:
    """Whether a command line is `serve` with a folder or nothing; any other is read in full."""
    return arguments[:1] == ["serve"] and len(arguments) <= 2 and not any(each.startswith("-") for each in arguments)


def run(arguments: Sequence[str]) -> int:
    """Run a node; the exit status."""
    _load_logs()
    from connector.cli import nodes

    try:
        nodes.serve(Path(arguments[1] if arguments[1:] else os.environ.get("IONPORT_NODE") or "."))
    except (KeyboardInterrupt, Exception) as error:
        from connector.cli import running

        return running.ended_by(error)
    return 0


def _load_logs() -> None:
    """Load structlog without rich, which it takes for tracebacks in colour: a node writes JSON lines.

    What stands there as None cannot be imported.
    """
    if "rich" in sys.modules:
        return
    sys.modules["rich"] = None  # type: ignore[assignment]
    try:
        import structlog  # noqa: F401
    finally:
        del sys.modules["rich"]
