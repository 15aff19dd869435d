"""Transactions that share a commit: each is undone alone where it fails, and all wait for the disk once."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

import structlog

from connector.adapters.sql.asking import Asking
from connector.adapters.sql.transaction import SqlTransaction
from connector.notation.problems import Unavailable
from connector.ports import Clock, Transaction

MOST: Final = 256
"""Transactions in one commit."""

_LOG = structlog.get_logger("store")


@dataclass(frozen=True, slots=True)
class Job:
    """A change that somebody waits for."""

    change: Callable[[Transaction], Any]
    done: asyncio.Future[Any]
    loop: asyncio.AbstractEventLoop


class Writer(Protocol):
    """Takes changes in their order; see InPlace and InThread."""

    def put(self, job: Job) -> None:
        """Have a change made. Raises Unavailable (`store/closed`)."""
        ...

    def close(self) -> None:
        """Finish what waits, take nothing more."""
        ...


@dataclass(slots=True)
class Batch:
    """What became of some changes; nothing of it is told before the commit."""

    jobs: Sequence[Job]
    results: list[tuple[Any, BaseException | None]] = field(default_factory=list)
    labels: list[str] = field(default_factory=list)
    changed: set[str] = field(default_factory=set)

    def run(self, asking: Asking, clock: Clock) -> None:
        """Make every change in a savepoint of its own. Raises what the database raises when it fails as a whole."""
        for job in self.jobs:
            self.results.append(self._one(job, asking, clock))

    def _one(self, job: Job, asking: Asking, clock: Clock) -> tuple[Any, BaseException | None]:
        transaction = SqlTransaction(asking, clock.now())
        asking.change("savepoint one")
        try:
            value = job.change(transaction)
            transaction.flush()
        except asking.fatal:
            raise
        except BaseException as error:
            asking.change("rollback to savepoint one")
            asking.change("release savepoint one")
            return None, failure(error) if isinstance(error, asking.errors) else error
        asking.change("release savepoint one")
        self.labels.extend(transaction.labels)
        self.changed |= transaction.changed
        return value, None

    def fail(self, error: BaseException) -> None:
        """Nothing of it could be kept."""
        self.results = [(None, failure(error)) for _ in self.jobs]
        self.labels.clear()
        self.changed.clear()

    def settle(self) -> None:
        """Tell those who wait."""
        for job, (value, problem) in zip(self.jobs, self.results, strict=True):
            with contextlib.suppress(RuntimeError):
                job.loop.call_soon_threadsafe(_settle, job.done, value, problem)


Committed = Callable[[Batch], None]
"""Hears of each batch that was committed, before anybody else."""


def closed() -> Unavailable:
    """What a change meets that comes too late."""
    return Unavailable("store/closed", "the store is closed")


def failure(error: BaseException) -> Unavailable:
    """What those who wait are told when nothing could be kept: the disk is full, the server is away."""
    cause = getattr(error, "orig", error)
    _LOG.error("the store failed", cause=str(cause)[:500])
    problem = Unavailable("store/failed", "the store cannot keep or give anything now: try again")
    problem.__cause__ = error
    return problem


def _settle(done: asyncio.Future[Any], value: Any, problem: BaseException | None) -> None:
    if done.done():
        return
    if problem is not None:
        done.set_exception(problem)
    else:
        done.set_result(value)
