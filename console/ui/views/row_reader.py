"""Reading rows of the queue: whichever answers first, of two readings of a ticket the one asked for last counts."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import count
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from console.policy.errors import Problem
from console.ui import deeds
from console.ui.context import Context
from console.ui.models.queue_model import QueueModel
from console.ui.models.queue_words import can_be_taken_over

if TYPE_CHECKING:
    from console.services.queue import QueueRow

CHECK_AGAIN = timedelta(minutes=1)


class RowReader(QObject):
    """Puts rows into the model; ``arrived`` when some came, ``failed(Problem)`` when they could not be read."""

    arrived = Signal()
    failed = Signal(object)

    def __init__(self, context: Context, model: QueueModel, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._context, self._model = context, model
        self._numbers = count(1)
        self._under_way: dict[int, int] = {}
        self._checked: dict[int, datetime] = {}

    def read(self, ids: Iterable[int]) -> None:
        """Reads the rows of some tickets."""
        wanted = tuple(ids)
        if not wanted:
            return
        number = next(self._numbers)
        self._under_way.update(dict.fromkeys(wanted, number))

        def arrived(rows: list[QueueRow]) -> None:
            newest = self._ended(wanted, number)
            self._put(row for row in rows if row.id in newest)

        def failed(problem: Problem) -> None:
            self._model.not_read(self._ended(wanted, number))
            self.failed.emit(problem)

        self._context.read(lambda desk: deeds.read_rows(desk, wanted), arrived, failed, owner=self)

    def take(self, rows: Iterable[QueueRow]) -> None:
        """Rows that came along with news; a reading that is under way may be older than they are."""
        listed = [row for row in rows if self._model.lists(row.id)]
        self._put(listed)
        self.read(row.id for row in listed if row.id in self._under_way)

    def check_leases(self, ids: Iterable[int], now: datetime) -> frozenset[int]:
        """Reads again those of ``ids`` whose claims seem to have run out: a renewed claim is not announced.

        Says which; each at most once a minute, and none while nobody could be asked.
        """
        if self._context.lost() is not None:
            return frozenset()
        wanted = frozenset(
            each
            for each in ids
            if (row := self._model.held(each)) is not None
            and can_be_taken_over(row, self._model.judge.login, now)
            and self._checked.get(each, now - CHECK_AGAIN) <= now - CHECK_AGAIN
        )
        self._checked.update(dict.fromkeys(wanted, now))
        self.read(wanted)
        return wanted

    def forget(self) -> None:
        """Another database: what is being read is of the one before."""
        self._under_way.clear()
        self._checked.clear()

    def _put(self, rows: Iterable[QueueRow]) -> None:
        self._model.put_rows(rows)
        self.arrived.emit()

    def _ended(self, ids: Iterable[int], number: int) -> frozenset[int]:
        """Those of ``ids`` for which nothing was asked after this reading."""
        newest = frozenset(each for each in ids if self._under_way.get(each) == number)
        for each in newest:
            del self._under_way[each]
        return newest
