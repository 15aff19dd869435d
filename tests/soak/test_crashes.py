"""Both sides end alike, once, wherever in an exchange one of them dies; `make soak` does it as long as one likes."""

from pathlib import Path

import pytest

from connector.services import outbox
from tests.connector.nodes import offer_asset, open_space
from tests.soak.crashes import ASSET, Exchange

EVERY = 5
"""Of how many commits of an exchange one is died at here."""


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
@pytest.mark.parametrize("side", ["peer", "maker"])
async def test_a_death_at_a_commit_loses_and_doubles_nothing(
    side: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "FAILURE_PAUSES", (0.02, 0.05, 0.1, 0.2, *outbox.FAILURE_PAUSES))
    space = await open_space(tmp_path)
    await offer_asset(space.maker, ASSET)
    exchange, at = Exchange(space), 1
    while await exchange.run(side, at):
        at += EVERY
    assert exchange.deaths >= 2
    await exchange.check_logs()
    await space.close()
