"""`ionport` and `python -m connector`."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line; the exit status says how it ended (see `connector.cli.exits`)."""
    from connector.cli.app import run

    sys.exit(run())


if __name__ == "__main__":
    main()
