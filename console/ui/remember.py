"""What the window remembers for a person: places, sizes, columns, small choices. A plain ini file, never a secret."""

from pathlib import Path

from PySide6.QtCore import QByteArray, QSettings
from PySide6.QtWidgets import QHeaderView, QSplitter, QWidget


class Remember:
    """The ini file. A missing or damaged one means the defaults; nothing here ever fails loudly."""

    def __init__(self, file: Path) -> None:
        self._settings = QSettings(str(file), QSettings.Format.IniFormat)

    def text(self, name: str, usual: str = "") -> str:
        """A remembered word."""
        value = self._settings.value(name, usual)
        return value if isinstance(value, str) else usual

    def number(self, name: str, usual: float) -> float:
        """A remembered number; ``usual`` when what is stored is not one."""
        try:
            return float(self.text(name, str(usual)))
        except ValueError:
            return usual

    def flag(self, name: str, *, usual: bool) -> bool:
        """A remembered yes or no."""
        return self.text(name, "yes" if usual else "no") == "yes"

    def keep(self, name: str, value: str | float | bool) -> None:
        """Remember a word, a number, or a yes or no."""
        self._settings.setValue(name, ("yes" if value else "no") if isinstance(value, bool) else str(value))

    def forget(self, name: str) -> None:
        """Back to the default."""
        self._settings.remove(name)

    def restore_geometry(self, name: str, widget: QWidget) -> bool:
        """Puts the window where it was; False when nothing usable is remembered."""
        state = self._bytes(f"geometry/{name}")
        return not state.isEmpty() and widget.restoreGeometry(state)

    def keep_geometry(self, name: str, widget: QWidget) -> None:
        """Remembers where the window is."""
        self._settings.setValue(f"geometry/{name}", widget.saveGeometry())

    def restore_state(self, name: str, part: QSplitter | QHeaderView) -> bool:
        """A splitter's sizes or a header's columns as they were left."""
        state = self._bytes(f"state/{name}")
        return not state.isEmpty() and part.restoreState(state)

    def keep_state(self, name: str, part: QSplitter | QHeaderView) -> None:
        """Remembers a splitter's sizes or a header's columns."""
        self._settings.setValue(f"state/{name}", part.saveState())

    def flush(self) -> None:
        """Writes the file now."""
        self._settings.sync()

    def _bytes(self, name: str) -> QByteArray:
        value = self._settings.value(name)
        return value if isinstance(value, QByteArray) else QByteArray()
