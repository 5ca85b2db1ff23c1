"""Group commit: all deliveries that wait share one INSERT, each gets its own row's truth.

One writer thread a process. An answer of 2xx is given only after the commit; PostgreSQL away
means 503 within 800 ms, and the platform tries again or reconciliation finds it.
"""

from __future__ import annotations

import queue
import threading
from concurrent.futures import Future
from typing import Any

from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.orm import Session

from connector.services import webhooks
from connector.session import Sessions

PATIENCE_S = 0.8
_MOST = 200  # rows in one statement
# SQLSTATE classes: connection, resources, operator's intervention, system; 40, 55: locks
_SERVER_TROUBLE = ("08", "53", "57", "58", "40", "55")
_Row = dict[str, Any]
_Waiting = tuple[_Row, "Future[bool]"]


class Unavailable(Exception):
    """The row could not be made durable in time."""


class Intake:
    """The process's one writer of deliveries."""

    def __init__(self, sessions: Sessions, patience_s: float = PATIENCE_S) -> None:
        self._patience_s = patience_s
        self._broker = sessions.broker.execution_options(isolation_level="AUTOCOMMIT")
        self._waiting: queue.SimpleQueue[_Waiting] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._write_forever, daemon=True, name="intake")
        self._thread.start()

    def keep(self, row: _Row) -> bool:
        """Return when the row is on disk: True, or False if its own data cannot be kept.

        Raises Unavailable when the database did not answer in time; the row may then be
        kept all the same, and the repeated delivery will find it.
        """
        future: Future[bool] = Future()
        self._waiting.put((row, future))
        try:
            return future.result(timeout=self._patience_s)
        except (TimeoutError, SQLAlchemyError) as error:
            future.cancel()
            raise Unavailable from error

    def _write_forever(self) -> None:
        while True:
            batch = self._next_batch()
            if batch:
                self._write(batch)

    def _next_batch(self) -> list[_Waiting]:
        """Wait for one, then take all that came meanwhile; skip those who gave up."""
        batch = [self._waiting.get()]
        while len(batch) < _MOST and not self._waiting.empty():
            batch.append(self._waiting.get())
        return [item for item in batch if item[1].set_running_or_notify_cancel()]

    def _write(self, batch: list[_Waiting]) -> None:
        """Give every waiting request its own row's truth; this thread must outlive anything."""
        try:
            self._insert([row for row, _ in batch])
        except Exception as error:  # noqa: BLE001 - see the docstring
            self._sort_out(batch, error)
        else:
            for _, future in batch:
                future.set_result(True)

    def _sort_out(self, batch: list[_Waiting], error: Exception) -> None:
        """The database is away, or one row's data is to blame: its neighbours must not suffer."""
        if _is_away(error):
            for _, future in batch:
                future.set_exception(error)
        elif len(batch) == 1:
            batch[0][1].set_result(False)
        else:
            for item in batch:
                self._write([item])

    def _insert(self, rows: list[_Row]) -> None:
        """One statement that commits by itself: begin and commit would be two waits more."""
        with Session(self._broker) as session:
            webhooks.keep(session, rows)


def _is_away(error: Exception) -> bool:
    """True if the server, and not the data, is at fault."""
    if not isinstance(error, DBAPIError):
        return isinstance(error, SQLAlchemyError)  # no connection to be had in time
    state = getattr(error.orig, "sqlstate", None) or ""
    return error.connection_invalidated or not state or state.startswith(_SERVER_TROUBLE)
