"""What happens by itself while a desk is open: looking for changes, the sweep, the counts, leases and the clock.

Each of them runs in the background, one at a time; what changed goes out by ``signals.changed`` like any act. A local
database is asked each second; a shared one says by its line when there is something to look at, and what time it is.
"""

from __future__ import annotations

import logging
import random
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QTimer, Signal

from console.policy.errors import Problem
from console.policy.terms import Role
from console.ui import deeds
from console.ui.background import UnderWay
from console.ui.context import Context

if TYPE_CHECKING:
    from console.services.desk import Changed, Desk
    from console.services.feed import News
    from console.services.sweep import Swept

_log = logging.getLogger(__name__)

POLL_MS, SWEEP_MS, COUNTS_MS, RENEW_MS, CLOCK_MS = 1_000, 5_000, 5_000, 120_000, 60_000


class Pulse(QObject):
    """``live(News)`` after each answer, ``lost(Problem)`` when there was none, ``swept(Swept)`` when something was
    settled, ``counted(Counts)`` with the counts of the rail."""

    live = Signal(object)
    lost = Signal(object)
    swept = Signal(object)
    counted = Signal(object)

    def __init__(self, context: Context, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._journal = 0
        self._counts_due = self._poll_again = False
        self._under_way = UnderWay()
        self._still = False
        self._timers = {
            slot.__name__: self._timer(interval, slot)
            for interval, slot in (
                (POLL_MS, self.poll),
                (SWEEP_MS, self.sweep),
                (COUNTS_MS, self._on_counts_due),
                (RENEW_MS, self._renew),
                (CLOCK_MS, self.set_clock),
            )
        }
        context.signals.changed.connect(self._on_changed)

    def _timer(self, interval: int, slot: Callable[[], object]) -> QTimer:
        timer = QTimer(self)
        timer.setInterval(interval)
        timer.timeout.connect(slot)
        return timer

    def begin(self, desk: Desk, journal: int | None = None) -> None:
        """``desk`` is open and its news begin after ``journal``; without it, the same desk goes on where it was.

        What was asked of the desk before is not waited for: the same is asked of this one.
        It sweeps when its person may settle misses and can save them, and then renews their claims at once: nobody did
        while the desk was away. Desks at a shared database sweep out of step, so that they do not all wait for the same
        account.
        """
        if journal is not None:
            self._journal = journal
            self._under_way.drop()
            self._poll_again = False
        self.read_counts()
        shared = desk.is_shared()
        sweeps = desk.may(Role.AGENT, Role.MANAGER) and not desk.why_only_reading()
        idle = {self.poll.__name__, self.set_clock.__name__} if shared else set()
        idle |= set() if sweeps else {self.sweep.__name__, self._renew.__name__}
        spread = random.uniform(0.8, 1.2) if shared else 1.0  # noqa: S311
        self._timers[self.sweep.__name__].setInterval(int(SWEEP_MS * spread))
        for name, timer in self._timers.items():
            if name in idle or self._still:
                timer.stop()
            elif not timer.isActive():
                timer.start()
        if sweeps and not self._still:
            self._renew()

    def rest(self) -> None:
        """Nothing by itself until the next desk."""
        for timer in self._timers.values():
            timer.stop()

    def stand_still(self) -> None:
        """Nothing by itself, whatever desk is opened: for pictures."""
        self.rest()
        self._still = True

    # the five

    def poll(self) -> None:
        """Asks the journal what other desks did."""
        number = self._journal
        self._poll_again = "poll" in self._under_way
        self._once("poll", lambda desk: deeds.changes_since(desk, number), self._on_polled)

    def sweep(self) -> None:
        """Settles promises that passed unmet."""
        self._once("sweep", deeds.sweep, self._on_swept)

    def read_counts(self) -> None:
        """Reads the counts of the rail now."""
        self._counts_due = False
        self._once("counts", deeds.read_counts, self.counted.emit)

    def want_counts(self) -> None:
        """The counts have changed and are read at the next turn."""
        self._counts_due = True

    def _renew(self) -> None:
        self._once("renew", deeds.renew_claims, _nothing)

    def set_clock(self) -> None:
        """The database's clock is asked again: this computer's may drift or be set."""
        self._once("clock", deeds.clock, self._context.heartbeat.set_clock)

    def _once(self, name: str, work: Callable[[Desk], Any], done: Callable[[Any], object]) -> None:
        if name not in self._under_way:
            self._under_way.add(name, self._context.read(work, done, self._on_lost))

    # answers

    def take(self, news: News) -> None:
        """What the line to a shared database was told; where there is more, the journal is asked."""
        if "poll" in self._under_way:
            self._poll_again = True
            return
        self._take(news)
        if news.more:
            self.poll()

    def _on_polled(self, news: News) -> None:
        self._take(news)
        if self._poll_again or news.more:
            QTimer.singleShot(0, self, self.poll)

    def _take(self, news: News) -> None:
        self.live.emit(news)
        if news.changed.journal > self._journal:
            self._journal = news.changed.journal
            self._context.signals.changed.emit(news.changed)

    def _on_swept(self, swept: Swept) -> None:
        if swept.changed.tickets:
            self._context.signals.changed.emit(swept.changed)
            self.swept.emit(swept)

    def _on_counts_due(self) -> None:
        if self._counts_due:
            self.read_counts()

    def _on_changed(self, _changed: Changed) -> None:
        # An act of this desk says its own number: what others recorded before it may not have been read yet.
        self._counts_due = True

    def _on_lost(self, problem: Problem) -> None:
        _log.warning("the database did not answer: %s", problem.title)
        if self._poll_again:
            QTimer.singleShot(0, self, self.poll)
        self.lost.emit(problem)


def _nothing(_result: object) -> None:
    """There is nothing to show."""
