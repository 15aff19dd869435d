"""`make soak`: exchanges with a death at a random commit of a random side, as long as one likes; prints its seed."""

from __future__ import annotations

import argparse
import asyncio
import random
import sys
import tempfile
import time
from pathlib import Path

from connector import logs
from connector.services import outbox
from tests.connector.nodes import offer_asset, open_space
from tests.soak.crashes import ASSET, Exchange

SIDES = ("peer", "maker")
MOST_COMMITS = 24
"""More commits than one side makes in an exchange."""


async def soak(deaths: int, seconds: float, seed: int) -> Exchange:
    """Exchanges until so many deaths or seconds have passed, whichever comes first."""
    choose, begun = random.Random(seed), time.monotonic()
    outbox.FAILURE_PAUSES = (0.02, 0.05, 0.1, 0.2, *outbox.FAILURE_PAUSES)
    with tempfile.TemporaryDirectory(prefix="ionport-soak-") as folder:
        space = await open_space(Path(folder))
        await offer_asset(space.maker, ASSET)
        exchange = Exchange(space)
        while exchange.deaths < deaths and time.monotonic() - begun < seconds:
            side, at = choose.choice(SIDES), choose.randint(1, MOST_COMMITS)
            try:
                await exchange.run(side, at)
            except BaseException:
                print(f"failed after {exchange.deaths} deaths: {side} at commit {at}, seed {seed}")
                raise
            if exchange.deaths % 100 == 0 and sys.stderr.isatty():
                print(f"\r{exchange.deaths} deaths", end="", file=sys.stderr)
        await exchange.check_logs()
        await space.close()
        return exchange


def main() -> None:
    """Read the options, soak, say how it went."""
    parser = argparse.ArgumentParser(prog="soak", description=__doc__)
    parser.add_argument("--deaths", type=int, default=1_000_000_000, help="stop after so many deaths")
    parser.add_argument("--seconds", type=float, default=600.0, help="stop after so many seconds (default: 600)")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(2**32))
    asked = parser.parse_args()
    print(f"seed {asked.seed}", flush=True)
    logs.configure("error")
    begun = time.monotonic()
    done = asyncio.run(soak(asked.deaths, asked.seconds, asked.seed))
    print(f"{done.deaths} deaths in {time.monotonic() - begun:.0f} s: every exchange ended once, alike on both sides")


if __name__ == "__main__":
    main()
