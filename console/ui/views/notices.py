"""What happened lately, behind the bell: missed promises, acts at this desk, and what others did to this person's
work, also while they were away; a line leads to its ticket.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QWidget

from console.ui import deeds
from console.ui.background import UnderWay
from console.ui.context import Context
from console.ui.toast import announce

if TYPE_CHECKING:
    from collections.abc import Sequence

    from console.policy.errors import Problem
    from console.services.concerns import Concerns
    from console.services.desk import Desk
    from console.services.feed import News

#: As many as others may have done to one's work while one was away (``services.concerns``).
KEPT = 50
#: A longer menu would stand in two columns.
LISTED = 20
_LONGEST = 90


@dataclass(frozen=True, slots=True)
class Notice:
    """One line: when, what, and the ticket it is about (0 for none)."""

    at: datetime
    words: str
    ticket_id: int


class Notices(QObject):
    """The newest notices of this window and its database; they go when either goes, the timelines keep the facts.

    ``unread(int)``: so many came since they were last looked at, not counting one's own acts.
    """

    unread = Signal(int)

    def __init__(self, context: Context, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._kept: deque[Notice] = deque(maxlen=KEPT)
        self._read_to: int | None = None
        self._unread = 0
        self._owed = False
        self._under_way = UnderWay()
        context.signals.desk_opened.connect(self._on_desk_opened)

    def add(self, words: str, ticket_id: int = 0, *, say: bool = False) -> None:
        """Keeps a notice of now; ``say`` when it is news to the person: a screen reader reads it."""
        notice = Notice(self._context.heartbeat.now(), words, ticket_id)
        self._kept.appendleft(notice)
        if say:
            self._say((notice,))

    def look_into(self, news: News) -> None:
        """Tells what of the news concerns this person's own work, once it is looked up."""
        desk = self._context.desk
        if desk is not None:
            self._owed = self._owed or deeds.is_meant(desk, news)
            self._look()

    def lines(self) -> tuple[str, ...]:
        """What the bell lists, newest first."""
        return tuple(self._line(notice) for notice in self._kept)

    def show_menu(self, anchor: QWidget) -> QMenu:
        """The list below ``anchor``; nothing is unread then."""
        self._count(0)
        menu = QMenu(anchor)
        menu.setAccessibleName("Notices")
        for notice in islice(self._kept, LISTED):
            action = menu.addAction(self._line(notice).replace("&", "&&"))
            action.setData(notice.ticket_id)
            action.setEnabled(bool(notice.ticket_id))
        if not self._kept:
            menu.addAction("No notices since the database was opened").setEnabled(False)
        if (more := len(self._kept) - LISTED) > 0:
            menu.addAction(f"And {more} before these, on the timelines of their tickets").setEnabled(False)
        menu.triggered.connect(self._on_chosen)
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(anchor.mapToGlobal(anchor.rect().bottomRight()))
        return menu

    def _line(self, notice: Notice) -> str:
        words = notice.words if len(notice.words) <= _LONGEST else notice.words[: _LONGEST - 1] + "…"
        return f"{self._context.times.when(notice.at, self._context.heartbeat.now())}   {words}"

    def _on_desk_opened(self, _desk: Desk) -> None:
        """What happened while this person was away."""
        self._kept.clear()
        self._count(0)
        self._under_way.drop()
        self._read_to, self._owed = None, True
        self._look()

    def _say(self, news: Sequence[Notice]) -> None:
        """These are new, the newest last: however many, a screen reader says one sentence."""
        self._count(min(self._unread + len(news), KEPT))
        newest = news[-1].words
        if self._context.window is not None:
            several = f"{len(news)} notices; the newest: {newest}"
            announce(self._context.window, newest if len(news) == 1 else several)

    def _count(self, unread: int) -> None:
        self._unread = unread
        self.unread.emit(unread)

    def _look(self) -> None:
        if not self._owed or "concerns" in self._under_way:
            return
        self._owed = False
        work = partial(deeds.concerns, after=self._read_to)
        reading = self._context.read(work, self._on_concerns, self._on_not_read, owner=self)
        self._under_way.add("concerns", reading)

    def _on_concerns(self, concerns: Concerns) -> None:
        self._read_to = concerns.read_to
        news = [Notice(each.at, each.words, each.ticket_id) for each in concerns.told]
        self._kept.extendleft(news)
        if news:
            self._say(news)
        QTimer.singleShot(0, self, self._look)

    def _on_not_read(self, _problem: Problem) -> None:
        self._owed = True  # looked up with the next news

    def _on_chosen(self, action: QAction) -> None:
        self._context.open_ticket(action.data())
