"""SQLite's writer."""

from __future__ import annotations

import contextlib
import queue
import sqlite3
import threading

from connector.adapters.sql.asking import Lite
from connector.adapters.sql.batches import MOST, Batch, Committed, Job, closed
from connector.ports import Clock


class InPlace:
    """A change runs at once where it is asked for: it takes microseconds, handing it to a thread and
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
