"""Notices that this computer slept, or that its clock was set: what was read before is old then."""

from __future__ import annotations

import time
from datetime import timedelta

from PySide6.QtCore import QObject, QTimer, Signal

LOOK_MS = 1_000
#: A jump of this computer's clock against its steady one that no drift explains.
JUMP_S = 2.0


class Waking(QObject):
    """``woke(timedelta)`` within a second after this computer woke from sleep, or its clock was set: by how much its
    clock went ahead of the steady one, below nothing when it was set back."""

    woke = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._apart = _apart()
        self._timer = QTimer(self)
        self._timer.setInterval(LOOK_MS)
        self._timer.timeout.connect(self._look)

    def start(self) -> None:
        """Looks from now on."""
        self._apart = _apart()
        self._timer.start()

    def stop(self) -> None:
        """Looks no more."""
        self._timer.stop()

    def _look(self) -> None:
        apart, before = _apart(), self._apart
        self._apart = apart
        if abs(apart - before) > JUMP_S:
            self.woke.emit(timedelta(seconds=apart - before))


def _apart() -> float:
    """Seconds between the clock on the wall and the steady one, which stands still while the computer sleeps."""
    return time.time() - time.monotonic()
