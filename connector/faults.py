"""The fault hook of tests: a node that dies at a named step, as a crash would have it."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable


def fault(wanted: str) -> Callable[[str], None] | None:
    """Die at once after a state was committed (`after-commit:AGREEING`); None where nothing is wanted."""
    if not wanted:
        return None
    state = wanted.partition(":")[2]

    def die(label: str) -> None:
        if label == state:
            os.kill(os.getpid(), signal.SIGKILL)

    return die
