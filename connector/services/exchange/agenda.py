"""Steps that are due later: a timer for each process; the step itself stands in the process's record."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from connector.notation.problems import Problem
from connector.ports import Clock
from connector.records.exchange import Planned

_LOG = structlog.get_logger("agenda")


class Agenda:
    """Calls `perform(process id, plan id)` when a plan is due. Nothing here outlives a restart; the records do."""

    def __init__(self, clock: Clock, perform: Callable[[str, str], Awaitable[None]]) -> None:
        self._clock = clock
        self._perform = perform
        self._tasks: dict[str, tuple[str, asyncio.Task[None]]] = {}

    def keep(self, process_id: str, plan: Planned | None) -> None:
        """What is planned for a process now, instead of what was."""
        plan_id, task = self._tasks.get(process_id, ("", None))
        if plan is not None and plan.id == plan_id:
            return
        if task is not None and task is not asyncio.current_task():
            task.cancel()
        self._tasks.pop(process_id, None)
        if plan is not None:
            waiting = asyncio.get_running_loop().create_task(self._wait(process_id, plan))
            self._tasks[process_id] = plan.id, waiting
            waiting.add_done_callback(lambda _: self._forget(process_id, plan.id))

    async def stop(self) -> None:
        """Let the timers go."""
        tasks = [task for _, task in self._tasks.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _forget(self, process_id: str, plan_id: str) -> None:
        if self._tasks.get(process_id, ("", None))[0] == plan_id:
            del self._tasks[process_id]

    async def _wait(self, process_id: str, plan: Planned) -> None:
        await asyncio.sleep(max(0.0, (plan.due - self._clock.now()).total_seconds()))
        try:
            await self._perform(process_id, plan.id)
        except Problem as problem:
            _LOG.warning("a planned step was not taken", process_id=process_id, reason=problem.detail)
        except Exception:
            _LOG.exception("a planned step failed", process_id=process_id)
