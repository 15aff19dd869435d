"""`ionport` and `python -m connector`."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line; the exit status says how it ended (see `connector.cli.exits`)."""
    if sys.argv[1:2] == ["model"]:
        from connector.cli.running import run_models

        sys.exit(run_models())
    from connector.cli import serving

    if serving.is_plain(sys.argv[1:]):
        sys.exit(serving.run(sys.argv[1:]))
    from connector.cli.app import run

    sys.exit(run())


if __name__ == "__main__":
    main()
