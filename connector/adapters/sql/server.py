"""A server through SQLAlchemy: its connection, its writer, and statements that SQLAlchemy puts into words."""

from __future__ import annotations

import contextlib
import queue
import threading
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from connector.adapters.sql.batches import MOST, Batch, Committed, Job, closed
from connector.adapters.sql.values import AUDIT_TABLE
from connector.ports import Clock


class Server:
    """PostgreSQL."""

    mark = "%s"
    errors: tuple[type[Exception], ...] = (sa.exc.DBAPIError,)
    fatal: tuple[type[Exception], ...] = (sa.exc.OperationalError, sa.exc.InterfaceError)
    taken: tuple[type[Exception], ...] = (sa.exc.IntegrityError,)

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection
        self.dialect = connection.dialect

    def rows(self, text: str, values: Sequence[Any] = ()) -> Sequence[Any]:
        """See Asking.rows."""
        return self._connection.exec_driver_sql(text, tuple(values)).all()

    def change(self, text: str, values: Sequence[Any] = ()) -> int:
        """See Asking.change."""
        return self._connection.exec_driver_sql(text, tuple(values)).rowcount

    def many(self, text: str, rows: Sequence[Sequence[Any]]) -> None:
        """See Asking.many."""
        self._connection.exec_driver_sql(text, [tuple(row) for row in rows])

    def guarded(self) -> contextlib.AbstractContextManager[Any]:
        """See Asking.guarded."""
        return self._connection.begin_nested()


class InThread:
    """The writer: one thread that gathers waiting changes into one transaction."""

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
                    connection.execute(sa.text(f"lock table {AUDIT_TABLE} in exclusive mode"))
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
