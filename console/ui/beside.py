"""Whether another console has the same local file open: both work, and the second says so."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QLockFile

if TYPE_CHECKING:
    from console.services.desk import Desk

WORDS = (
    "Another console on this computer has this file open as well. Both work, and each shows what the other does within "
    "a second."
)


class Beside:
    """A mark beside the file for as long as this console has it open; one left by a crash counts for nothing."""

    def __init__(self) -> None:
        self._mark: QLockFile | None = None

    def enter(self, desk: Desk) -> str:
        """What is to be said of somebody who was there first; empty when nobody was, or nobody can be known of."""
        self.leave()
        path = desk.store.address.path
        if path is None:
            return ""
        mark = QLockFile(f"{path}-open")
        mark.setStaleLockTime(0)  # however long it has been open
        if mark.tryLock(0):
            self._mark = mark
            return ""
        return WORDS if mark.error() is QLockFile.LockError.LockFailedError else ""

    def leave(self) -> None:
        """The file is not open here any more."""
        if self._mark is not None:
            self._mark.unlock()
            self._mark = None
