"""Each API against its description; `python -m tests.conformance.apis [NAME...]` runs those of NAMES only."""

from __future__ import annotations

import os
import sys
import time

from connector import logs
from tests.conformance.apis import en18222
from tests.conformance.results import Result

APIS = {"en18222": en18222.judge}


def main(names: list[str]) -> int:
    """The exit status is 1 where anything failed, or where CI lacks a description."""
    logs.configure("error")
    result, start = Result(), time.monotonic()
    for name in names or sorted(APIS):
        APIS[name](result)
    result.seconds = round(time.monotonic() - start, 1)
    if not result.passed and not result.failed:
        for why in result.absent:
            print(f"skipped: {why}")
        result.write("apis")
        return 1 if os.environ.get("CI") == "true" else 0
    return result.write("apis")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
