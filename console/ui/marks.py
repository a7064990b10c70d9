"""Marks of open consoles: a file that one holds as long as it lives. One left by a crash counts for nothing."""

from pathlib import Path

from PySide6.QtCore import QLockFile


def mark(file: Path) -> QLockFile:
    """The mark at ``file``, not taken yet; it holds however long its console is open."""
    made = QLockFile(str(file))
    made.setStaleLockTime(0)
    return made


def is_held(made: QLockFile) -> bool:
    """Whether another console holds that mark, and so is open; ``False`` also where nothing can be said.

    One that was left behind is taken away.
    """
    if made.tryLock(0):
        made.unlock()
        return False
    return made.error() is QLockFile.LockError.LockFailedError
