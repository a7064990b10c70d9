"""Which tickets the queue page shows: what is wished, and reading it, one at a time, the last wish winning."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from console.ui import deeds
from console.ui.context import Context

if TYPE_CHECKING:
    from console.ui.background import Task

REST_MS = 200
#: What others did is told to all desks at once; each reads its list within this time.
SPREAD_MS = (30, 300)
#: The saved views of the rail, by the id of their item.
TITLES = {
    "queue": "Queue",
    "mine": "Mine",
    "unclaimed": "Unclaimed",
    "plan_sent": "Plan sent",
    "emergencies": "Emergencies",
    "due_hour": "Due within the hour",
    "missed_today": "Missed today",
    "best_effort": "Best effort",
}


@dataclass(frozen=True, slots=True)
class Wish:
    """A saved view narrowed by the search's text, or exactly these tickets under a title."""

    view: str = "queue"
    text: str = ""
    these: frozenset[int] | None = None
    title: str = ""

    @property
    def is_narrowed(self) -> bool:
        return bool(self.text) or self.these is not None


class QueueReader(QObject):
    """``loaded(Loaded)`` is what was read for the wish that still stands, ``failed(Problem)`` why it could not be."""

    loaded = Signal(object)
    failed = Signal(object)

    def __init__(self, context: Context, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._asking = self._again = False
        self.wish = Wish()
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(REST_MS)
        self._timer.timeout.connect(self.read)
        self._spread = QTimer(self)
        self._spread.setSingleShot(True)
        self._spread.timeout.connect(self.read)

    def read_soon(self) -> None:
        """Reads when a person has stopped typing for a moment."""
        self._timer.start()

    def read_by_and_by(self) -> None:
        """Reads a moment later, not when every other desk does; once, however often it is asked for meanwhile."""
        if not self._spread.isActive():
            self._spread.start(random.randint(*SPREAD_MS))  # noqa: S311  (out of step, no secret)

    def read(self) -> None:
        """Reads the tickets of the wish."""
        self._spread.stop()
        if self._asking:
            self._again = True
            return
        task = self._read(self.wish)
        if task is not None:
            self._asking = True
            task.finished.connect(self._on_over)

    def _read(self, wish: Wish) -> Task | None:
        def arrived(loaded: deeds.Loaded) -> None:
            if wish == self.wish:
                self.loaded.emit(loaded)

        these, zone = wish.these, str(self._context.times.viewer)
        if these is not None:
            return self._context.read(
                lambda desk: deeds.read_tickets(desk, these), arrived, self.failed.emit, owner=self
            )
        return self._context.read(
            lambda desk: deeds.read_queue(desk, wish.view, wish.text, zone),
            arrived,
            self.failed.emit,
            owner=self,
        )

    def _on_over(self) -> None:
        self._asking = False
        if self._again:
            self._again = False
            self.read()
