"""Presence at a shared database: tells others what this desk looks at, and shows what the others look at."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject
from PySide6.QtGui import QWindow
from PySide6.QtWidgets import QApplication, QDialog

from console.ui.context import Context
from console.ui.line import Line

if TYPE_CHECKING:
    from console.services.feed import Presence
    from console.ui.views.queue_page import QueuePage

#: A key that is a shortcut is never pressed, as Qt sees it: it only asks who would rather have it as text.
_INPUT = frozenset(
    {
        QEvent.Type.KeyPress,
        QEvent.Type.ShortcutOverride,
        QEvent.Type.MouseButtonPress,
        QEvent.Type.MouseMove,
        QEvent.Type.Wheel,
    }
)


class PresenceTeller(QObject):
    """Whoever has typed into the note of the ticket in the pane, or has a dialog about it open, is writing; else they
    look at it. Whoever uses a key or the mouse in any window of the program is there."""

    def __init__(self, context: Context, line: Line, page: QueuePage, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._line, self._page = line, page
        page.pane.shown.connect(self._tell)
        page.pane.note.textChanged.connect(self._tell)
        context.signals.present.connect(self._show)
        app = QApplication.instance()
        if isinstance(app, QApplication):
            app.focusWindowChanged.connect(self._on_focus)
            self._on_focus(app.focusWindow())

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        """Only notes that the person is there: of the windows' own events, which are few."""
        if event.type() in _INPUT:
            self._line.note_input()
        return False

    def _on_focus(self, window: QWindow | None) -> None:
        if window is not None:
            window.installEventFilter(self)
        self._tell()

    def _tell(self, _what: object = None) -> None:
        ticket_id = self._page.pane.ticket_id
        self._line.look_at(ticket_id or None, writing=bool(ticket_id) and self._writes(ticket_id))

    def _writes(self, ticket_id: int) -> bool:
        if self._page.pane.note.toPlainText().strip():
            return True
        dialogs = self._page.window().findChildren(QDialog)
        return any(each.isVisible() and getattr(each, "ticket_id", 0) == ticket_id for each in dialogs)

    def _show(self, present: tuple[Presence, ...]) -> None:
        self._page.model.show_present(present)
        self._page.pane.present.show_present(present)
