"""Whether another console has the same local file open: both work, and the second says so."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QLockFile, QObject, QTimer

from console.ui.marks import is_held, mark

if TYPE_CHECKING:
    from console.services.desk import Desk

WORDS = (
    "Another console on this computer has this file open as well. Both work, and each shows what the other does within "
    "a second."
)


LOOK_MS = 10_000


class Beside(QObject):
    """A mark beside the file for as long as this console has it open; one left by a crash counts for nothing."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._mark: QLockFile | None = None
        self._look = QTimer(self)
        self._look.setInterval(LOOK_MS)
        self._look.timeout.connect(self._take)

    def enter(self, desk: Desk) -> str:
        """What is to be said of somebody who was there first; empty when nobody is known of.

        The mark is taken over as soon as they are gone.
        """
        self.leave()
        path = desk.store.address.path
        if path is None:
            return ""
        self._mark = mark(path.with_name(f"{path.name}-open"))
        if self._take() or not is_held(self._mark):
            return ""
        self._look.start()
        return WORDS

    def leave(self) -> None:
        """The file is not open here any more."""
        self._look.stop()
        if self._mark is not None:
            self._mark.unlock()
            self._mark = None

    def _take(self) -> bool:
        taken = self._mark is not None and self._mark.tryLock(0)
        if taken:
            self._look.stop()
        return taken
