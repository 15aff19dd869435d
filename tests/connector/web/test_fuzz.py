"""A small share of `make fuzz` (50,000 requests): every endpoint, and whatever comes in."""

import gc
from pathlib import Path

import structlog

from tests.conformance.fuzz.run import run
from tests.conformance.fuzz.world import opened

COUNT = 800
SEED = 20261128


async def test_whatever_comes_in_is_refused_with_a_reason_and_changes_nothing(tmp_path: Path) -> None:
    world = await opened(tmp_path)
    logged: list[str] = []

    def keep(_: object, __: str, event: dict[str, object]) -> dict[str, object]:
        logged.append(repr(event))
        raise structlog.DropEvent

    for each in gc.get_objects():
        if isinstance(each, structlog._config.BoundLoggerLazyProxy):
            vars(each).pop("bind", None)  # a test before this one may have fixed where it writes
    structlog.configure(processors=[structlog.processors.format_exc_info, keep])
    try:
        report = await run(world, COUNT, SEED, lambda: "\n".join(logged), lambda _: None)
    finally:
        structlog.reset_defaults()
        await world.space.close()
    assert report.failures == []
    assert sum(report.shots.values()) >= COUNT
    assert report.statuses[400] > 100
    assert logged
