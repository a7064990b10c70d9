"""What happened lately, behind the bell: missed promises and acts at this desk; a line leads to its ticket."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QWidget

from console.ui.context import Context
from console.ui.toast import announce

if TYPE_CHECKING:
    from console.services.queue import QueueRow

KEPT = 20
_LONGEST = 90


@dataclass(frozen=True, slots=True)
class Notice:
    """One line: when, what, and the ticket it is about (0 for none)."""

    at: datetime
    words: str
    ticket_id: int


class Notices(QObject):
    """The newest notices of this window and its database; the timelines keep the facts, these go when either goes."""

    def __init__(self, context: Context, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._kept: deque[Notice] = deque(maxlen=KEPT)
        context.signals.desk_opened.connect(self._on_desk)

    def add(self, words: str, ticket_id: int = 0, *, say: bool = False) -> None:
        """Keeps a notice; ``say`` has a screen reader read it."""
        self._kept.appendleft(Notice(self._context.heartbeat.now(), words, ticket_id))
        if say and self._context.window is not None:
            announce(self._context.window, words)

    def tell_taken_over(self, row: QueueRow) -> None:
        """Somebody has taken a ticket over from this person."""
        words = f"{row.owner_name} took {row.id} over from you"
        self.add(words, row.id)
        if self._context.toasts is not None:
            self._context.toasts.show_toast(f"{words}.", icon="user-round", ink="text2")

    def lines(self) -> tuple[str, ...]:
        """What the bell lists, newest first."""
        return tuple(self._line(notice) for notice in self._kept)

    def show_menu(self, anchor: QWidget) -> QMenu:
        """The list below ``anchor``."""
        menu = QMenu(anchor)
        menu.setAccessibleName("Notices")
        for notice in self._kept:
            action = menu.addAction(self._line(notice).replace("&", "&&"))
            action.setData(notice.ticket_id)
            action.setEnabled(bool(notice.ticket_id))
        if not self._kept:
            menu.addAction("No notices since the database was opened").setEnabled(False)
        menu.triggered.connect(self._on_chosen)
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(anchor.mapToGlobal(anchor.rect().bottomRight()))
        return menu

    def _line(self, notice: Notice) -> str:
        words = notice.words if len(notice.words) <= _LONGEST else notice.words[: _LONGEST - 1] + "…"
        return f"{self._context.times.clock(notice.at)}   {words}"

    def _on_desk(self, _desk: object) -> None:
        self._kept.clear()

    def _on_chosen(self, action: QAction) -> None:
        self._context.open_ticket(action.data())
