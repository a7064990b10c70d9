"""Presence at a shared database: tells others what this desk looks at, and shows what the others look at."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QApplication, QDialog

from console.ui.context import Context
from console.ui.line import Line

if TYPE_CHECKING:
    from console.services.feed import Presence
    from console.ui.views.queue_page import QueuePage


class PresenceTeller(QObject):
    """Whoever has typed into the note, or has a dialog open, is writing; else they look at the ticket in the pane."""

    def __init__(self, context: Context, line: Line, page: QueuePage, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._line, self._page = line, page
        page.pane.shown.connect(self._tell)
        page.pane.note.textChanged.connect(self._tell)
        context.signals.present.connect(self._show)
        app = QApplication.instance()
        if isinstance(app, QApplication):
            app.focusWindowChanged.connect(self._tell)

    def _tell(self, _what: object = None) -> None:
        ticket_id = self._page.pane.ticket_id
        self._line.look_at(ticket_id or None, writing=bool(ticket_id) and self._writes())

    def _writes(self) -> bool:
        if self._page.pane.note.toPlainText().strip():
            return True
        return any(dialog.isVisible() for dialog in self._page.window().findChildren(QDialog))

    def _show(self, present: tuple[Presence, ...]) -> None:
        self._page.model.show_present(present)
        self._page.pane.present.show_present(present)
