"""Connections really cut: their sockets are shut at a chosen moment of an act, on both ends of what the driver sees."""

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from weakref import WeakSet

from sqlalchemy import Connection, event

from console.store.engine import Store
from console.store.wires import shut
from tests.histories.script import Cut

#: So many statements of an act are sent before it is cut in the middle; which one, the script says.
MOST_STATEMENTS = 16


class Cutter:
    """Cuts the connections of one store when it is told to, and counts what the server ended by itself."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.collisions: list[str] = []
        self.has_cut = False
        self._cut: Cut | None = None
        self._left = 0
        self._deaf: WeakSet[Any] = WeakSet()
        engine = store._engine
        event.listen(engine, "before_cursor_execute", self._on_statement)
        event.listen(engine, "commit", self._on_commit)
        event.listen(engine, "checkin", self._on_checkin)
        event.listen(engine, "handle_error", self._on_error)

    @contextmanager
    def armed(self, cut: Cut | None, statement: int) -> Iterator[None]:
        """The next act is cut; ``has_cut`` says afterwards whether it came to that."""
        self.has_cut = False
        if self.store._wires is None:
            cut = None  # nothing to cut at a local database
        if cut is Cut.IDLE:
            self.store._wires.cut()
            self.has_cut = True
        self._cut, self._left = cut, 1 + statement % MOST_STATEMENTS
        try:
            yield
        finally:
            self._cut = None

    def _on_statement(self, connection: Connection, *_: Any) -> None:
        if self._cut is Cut.MIDDLE:
            self._left -= 1
            if self._left == 0:
                self._shut(connection, socket.SHUT_RDWR)

    def _on_commit(self, connection: Connection) -> None:
        if not connection.get_execution_options().get("console_writing"):
            return
        if self._cut is Cut.COMMIT_NEVER_SENT:
            self._shut(connection, socket.SHUT_RDWR)
        elif self._cut is Cut.ANSWER_LOST:
            self._shut(connection, socket.SHUT_RD)

    def _shut(self, connection: Connection, how: int) -> None:
        self._cut, self.has_cut = None, True
        driver = connection.connection.driver_connection
        descriptor = driver.fileno()
        if how == socket.SHUT_RDWR:
            shut(descriptor)
        else:
            self._deaf.add(driver)
            with socket.socket(fileno=os.dup(descriptor)) as twin:
                twin.shutdown(how)

    def _on_checkin(self, driver: Any, _record: object) -> None:
        """An answer that was quicker than the cut leaves a connection that may hear nothing more: it is cut whole."""
        if driver is not None and driver in self._deaf and not driver.closed:
            shut(driver.fileno())

    def _on_error(self, context: Any) -> None:
        error = context.original_exception
        if getattr(error, "sqlstate", None) in ("40P01", "40001"):
            self.collisions.append(f"{error}; during {context.statement}")
