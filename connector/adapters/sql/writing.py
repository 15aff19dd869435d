"""Who makes changes: on SQLite the thread that asks for them, on a server a thread that waits for its answers."""

from __future__ import annotations

import contextlib
import queue
import sqlite3
import threading
from collections.abc import Callable
from typing import Any

import sqlalchemy as sa

from connector.adapters.sql.asking import Lite, Server
from connector.adapters.sql.batches import MOST, Batch, Job, closed
from connector.adapters.sql.schema import AUDIT
from connector.ports import Clock

Committed = Callable[[Batch], None]
"""Hears of each batch that was committed, before anybody else."""


class InPlace:
    """SQLite's writer. A change runs at once where it is asked for: it takes microseconds, handing it to a thread and
    taking turns with it takes longer. Only the commit waits for the disk, and is done beside; what is asked for
    meanwhile is the next batch."""

    def __init__(self, connection: sqlite3.Connection, clock: Clock, committed: Committed) -> None:
        self._connection = connection
        self._asking = Lite(connection)
        self._clock = clock
        self._committed = committed
        self._lock = threading.Lock()
        self._waiting: list[Job] = []
        self._is_busy = False
        self._is_running = False
        self._is_closed = False
        self._batches: queue.SimpleQueue[Batch | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._commit_all, name="store-commits", daemon=True)
        self._thread.start()

    def put(self, job: Job) -> None:
        """See Writer.put."""
        with self._lock:
            if self._is_closed:
                raise closed()
            self._waiting.append(job)
            if self._is_busy:
                return
            self._is_busy = True
        self._run_waiting()

    def close(self) -> None:
        """See Writer.close: what waits is run by the thread, since whoever closes may be the one it waits for."""
        with self._lock:
            if not self._is_closed and not self._is_running:
                self._batches.put(None)
            self._is_closed = True
        self._thread.join()
        self._connection.close()

    def _run_waiting(self) -> None:
        """Run what waits, and leave its commit to the thread."""
        with self._lock:
            if self._is_closed:
                return
            batch = self._taken()
            self._is_busy = self._is_running = bool(batch.jobs)
        if not batch.jobs:
            return
        self._run(batch)
        with self._lock:
            self._is_running = False
            self._batches.put(batch)
            if self._is_closed:
                self._batches.put(None)

    def _taken(self) -> Batch:
        batch, self._waiting = Batch(self._waiting[:MOST]), self._waiting[MOST:]
        return batch

    def _run(self, batch: Batch) -> None:
        try:
            self._connection.execute("begin immediate")
            batch.run(self._asking, self._clock)
        except BaseException as error:
            self._undo(batch, error)

    def _undo(self, batch: Batch, error: BaseException) -> None:
        batch.fail(error)
        with contextlib.suppress(sqlite3.Error):
            self._connection.rollback()

    # --- in the thread

    def _commit_all(self) -> None:
        while (batch := self._batches.get()) is not None:
            self._commit(batch)
            self._go_on()
        while (batch := self._taken()).jobs:
            self._run(batch)
            self._commit(batch)

    def _commit(self, batch: Batch) -> None:
        if self._connection.in_transaction:
            try:
                self._connection.execute("commit")
            except BaseException as error:
                self._undo(batch, error)
            else:
                self._committed(batch)
        batch.settle()

    def _go_on(self) -> None:
        """Have what came meanwhile run by the loop that it came from."""
        with self._lock:
            self._is_busy = bool(self._waiting)
            if not self._waiting:
                return
            loop = self._waiting[0].loop
        try:
            loop.call_soon_threadsafe(self._run_waiting)
        except RuntimeError:  # that loop is closed
            self._run_waiting()


class InThread:
    """A server's writer: one thread that gathers waiting changes into one transaction."""

    def __init__(self, engine: sa.Engine, clock: Clock, committed: Committed) -> None:
        self._engine = engine
        self._clock = clock
        self._committed = committed
        self._lock = threading.Lock()
        self._is_closed = False
        self._jobs: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._write_all, name="store-writer", daemon=True)
        self._thread.start()

    def put(self, job: Job) -> None:
        """See Writer.put."""
        with self._lock:
            if self._is_closed:
                raise closed()
            self._jobs.put(job)

    def close(self) -> None:
        """See Writer.close."""
        with self._lock:
            if not self._is_closed:
                self._jobs.put(None)
            self._is_closed = True
        self._thread.join()

    def _write_all(self) -> None:
        while (jobs := self._next()) is not None:
            batch = Batch(jobs)
            try:
                with self._engine.begin() as connection:
                    connection.execute(sa.text(f"lock table {AUDIT.name} in exclusive mode"))
                    batch.run(Server(connection), self._clock)
            except BaseException as error:
                batch.fail(error)
            else:
                self._committed(batch)
            batch.settle()

    def _next(self) -> list[Job] | None:
        first: Any = self._jobs.get()
        if first is None:
            return None
        batch = [first]
        with contextlib.suppress(queue.Empty):
            while len(batch) < MOST:
                job = self._jobs.get_nowait()
                if job is None:
                    self._jobs.put(None)
                    break
                batch.append(job)
        return batch
