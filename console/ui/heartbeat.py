"""The one timer of the window: what time it is by the database's clock, every second or every fifteen."""

import time
from datetime import UTC, datetime, timedelta

from PySide6.QtCore import QObject, Qt, QTimer, Signal

FAST_MS, SLOW_MS = 1_000, 15_000
#: More than this between two readings of the database's clock is no drift.
JUMP = timedelta(seconds=2)
#: What an answer says of the clock is told at half its way; that is near enough for countdowns up to here.
SLOW = timedelta(seconds=1)


class Heartbeat(QObject):
    """Emits ``tick(now)``, an aware UTC datetime by the database's clock. One for the whole window."""

    tick = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._at = datetime.now(UTC)
        self._since = time.monotonic()
        self._guessed = timedelta()
        self._frozen = False
        self._timer = QTimer(self)
        self._timer.setInterval(SLOW_MS)
        self._timer.setTimerType(Qt.TimerType.CoarseTimer)
        self._timer.timeout.connect(self._on_timeout)

    def set_clock(self, now: datetime, way: timedelta = timedelta()) -> timedelta:
        """What the database's clock said in an answer that came ``way`` after it was asked; how far that is after where
        the steady clock carried it.

        It was said half the way ago, more or less; one that took longer than ``SLOW`` counts only when the clock here
        is wrong by more than that, whichever part of the way took the time. A jump, such as after this computer slept,
        is told at once. ValueError for a naive instant.
        """
        if now.tzinfo is None:
            raise ValueError("the database's clock must name its zone")
        if way > SLOW and now - SLOW <= self.now() <= now + way + SLOW:
            return timedelta()
        now += way / 2
        ahead, guessed = now - self.now(), self._guessed
        self._at = now.astimezone(UTC)
        self._since = time.monotonic()
        self._guessed = timedelta()
        self._tell(ahead)
        return min(ahead, ahead + guessed, key=abs)

    def carry_on(self, by: timedelta) -> None:
        """This computer slept for so long, it seems; the database's clock did not, and is guessed until it is heard.

        A clock that was set looks the same: ``set_clock`` puts it right. One that was set back was no sleep.
        """
        if by > timedelta() and not self._frozen:
            self._at += by
            self._guessed += by
            self._tell(by)

    def _tell(self, jump: timedelta) -> None:
        if abs(jump) > JUMP and self._timer.isActive():
            self.tick.emit(self.now())

    def skew(self) -> timedelta:
        """How far this computer's clock is ahead of the database's."""
        return datetime.now(UTC) - self.now()

    def now(self) -> datetime:
        """The database's clock, carried on by this computer's steady one."""
        if self._frozen:
            return self._at
        return self._at + timedelta(seconds=time.monotonic() - self._since)

    def start(self) -> None:
        """Tick from now on."""
        if not self._frozen:
            self._timer.start()

    def stop(self) -> None:
        """No more ticks."""
        self._timer.stop()

    def freeze(self) -> None:
        """Stays at the instant that is set from now on, and never ticks (for pictures)."""
        self._frozen = True

    def hurry(self, *, every_second: bool) -> None:
        """Every second while a deadline in sight has less than two minutes, else every fifteen."""
        wanted = FAST_MS if every_second else SLOW_MS
        if self._timer.interval() != wanted:
            self._timer.setInterval(wanted)

    def _on_timeout(self) -> None:
        self.tick.emit(self.now())
