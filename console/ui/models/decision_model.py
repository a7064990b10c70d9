"""The determinations inbox as a list: proposals that wait, emergencies nobody classified, and what was decided."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from console.policy.terms import Hosting, Priority
from console.ui import format as fmt
from console.ui.format import Times
from console.ui.widgets.labels import safe_tooltip

if TYPE_CHECKING:
    from console.policy.document import Policy
    from console.services.queue import QueueRow
    from console.services.triage import DecisionRow

Index = QModelIndex | QPersistentModelIndex

_DISPLAY = Qt.ItemDataRole.DisplayRole
_TOOLTIP = Qt.ItemDataRole.ToolTipRole
_SPOKEN = Qt.ItemDataRole.AccessibleTextRole
_NO_PARENT = QModelIndex()
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_HOSTING = {Hosting.SHARED: "Shared", Hosting.DEDICATED: "Dedicated", Hosting.PLATFORM: "Platform"}

WAITING, CRITICAL, DECIDED = "waiting", "critical", "decided"


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One line of the inbox. ``words`` is the category or the outcome, ``free`` the outcome once decided."""

    tab: str
    ticket_id: int
    version: int
    subject: str
    account: str
    tokens: int
    category: str
    words: str
    icon: str
    ink: str
    by: str
    by_name: str
    at: datetime
    priority: Priority
    free: bool | None = None
    question: str = ""

    def haystack(self) -> str:
        """What a search looks through."""
        return f"{self.ticket_id} {self.subject} {self.account} {self.words} {self.by_name}".casefold()


def waiting_item(row: DecisionRow, policy: Policy) -> Item:
    """A proposal."""
    asked = bool(row.question)
    return Item(
        tab=WAITING,
        ticket_id=row.ticket_id,
        version=row.version,
        subject=row.subject,
        account=f"{row.account_name} · {_HOSTING[row.hosting]}",
        tokens=row.held,
        category=row.category,
        words="Question to answer" if asked else policy.lists.free.words(row.category),
        icon="message-circle-reply" if asked else "gift",
        ink="text2" if asked else "credit_text",
        by=row.by,
        by_name=row.by_name,
        at=row.at,
        priority=row.priority,
        question=row.question,
    )


def critical_item(row: QueueRow) -> Item:
    """An emergency that nobody has confirmed or demoted."""
    return Item(
        tab=CRITICAL,
        ticket_id=row.id,
        version=row.version,
        subject=row.subject,
        account=f"{row.account_name} · {_HOSTING[row.hosting]}",
        tokens=row.held,
        category="",
        words="Mission critical?",
        icon="shield-check",
        ink="link",
        by=row.owner or "",
        by_name=row.owner_name,
        at=row.opened_at or row.received_at,
        priority=row.priority,
    )


def decided_item(row: DecisionRow, policy: Policy) -> Item:
    """A determination."""
    free = bool(row.free)
    chosen = policy.lists.free if free else policy.lists.token_required
    category = chosen.words(row.category) if row.category else ""
    if not free and category == row.category:
        category = policy.lists.free.words(row.category) if row.category else ""
    outcome = "Free" if free else "Needs tokens"
    return Item(
        tab=DECIDED,
        ticket_id=row.ticket_id,
        version=row.version,
        subject=row.subject,
        account=f"{row.account_name} · {_HOSTING[row.hosting]}",
        tokens=row.tokens,
        category=row.category,
        words=f"{outcome}: {category}" if category else outcome,
        icon="gift" if free else "coins",
        ink="credit_text" if free else "text2",
        by=row.by,
        by_name=row.by_name,
        at=row.at,
        priority=row.priority,
        free=free,
    )


class DecisionModel(QAbstractListModel):
    """The lines of one tab, narrowed by a search. ``marked`` holds the tickets to be decided together."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._all: tuple[Item, ...] = ()
        self._items: tuple[Item, ...] = ()
        self._places: dict[int, int] = {}
        self._text = ""
        self._now, self._times = _EPOCH, Times()
        self.marked: set[int] = set()

    def show_items(self, items: Iterable[Item], now: datetime, times: Times) -> None:
        """Other lines, or the same ones later."""
        self._all, self._now, self._times = tuple(items), now, times
        self._narrow()

    def search(self, text: str) -> None:
        """Shows only lines that have every word; ``category:`` looks in the category alone."""
        if text != self._text:
            self._text = text
            self._narrow()

    def pass_time(self, now: datetime, times: Times) -> None:
        """The ages are told anew."""
        self._now, self._times = now, times
        if self._items:
            self.dataChanged.emit(self.index(0), self.index(len(self._items) - 1))

    def items(self) -> tuple[Item, ...]:
        """The lines shown, in order."""
        return self._items

    def item(self, place: int) -> Item:
        """The line at a place."""
        return self._items[place]

    def place(self, ticket_id: int) -> int:
        """The place of a ticket, -1 when it is not shown."""
        return self._places.get(ticket_id, -1)

    def age(self, item: Item) -> str:
        """``"48 min"``, ``"3 h"``, ``"Yesterday"``, ``"24 Nov"``."""
        return age(item.at, self._now, self._times)

    def toggle_mark(self, ticket_id: int) -> None:
        """Marks or unmarks a line."""
        self.marked ^= {ticket_id}
        place = self.place(ticket_id)
        if place >= 0:
            self.dataChanged.emit(self.index(place), self.index(place))

    def clear_marks(self) -> None:
        """Marks nothing."""
        self.marked.clear()
        if self._items:
            self.dataChanged.emit(self.index(0), self.index(len(self._items) - 1))

    # Qt's questions

    def rowCount(self, parent: Index = _NO_PARENT) -> int:
        return 0 if parent.isValid() else len(self._items)

    def data(self, index: Index, role: int = 0) -> Any:
        if not index.isValid():
            return None
        if role == _DISPLAY:
            return self._items[index.row()].subject
        if role == _SPOKEN:
            return self._spoken(self._items[index.row()])
        if role == _TOOLTIP:
            return safe_tooltip(self._items[index.row()].subject)
        return None

    def _spoken(self, item: Item) -> str:
        who = f", {item.by_name}" if item.by_name else ""
        marked = ", marked" if item.ticket_id in self.marked else ""
        said = f"{item.words}{who}, {self.age(item)}{marked}. {item.subject}. {item.account}."
        return f"{said} {fmt.tokens(abs(item.tokens))}. Ticket {item.ticket_id}."

    # inside

    def _narrow(self) -> None:
        items = tuple(item for item in self._all if _matches(item, self._text))
        if items == self._items:
            self.pass_time(self._now, self._times)
            return
        self.beginResetModel()
        self._items = items
        self._places = {item.ticket_id: place for place, item in enumerate(items)}
        self.marked &= set(self._places)
        self.endResetModel()


def _matches(item: Item, text: str) -> bool:
    for word in text.casefold().split():
        if word.startswith("category:"):
            if word.removeprefix("category:") not in item.words.casefold():
                return False
        elif word not in item.haystack():
            return False
    return True


def age(at: datetime, now: datetime, times: Times) -> str:
    """How long ago in one unit: minutes, hours, then days by name."""
    past = max(timedelta(0), now - at)
    if past < timedelta(hours=1):
        return f"{int(past.total_seconds()) // 60} min"
    days = (_day(now, times) - _day(at, times)).days
    if days == 0 or (days == 1 and past < timedelta(hours=12)):
        return f"{int(past.total_seconds()) // 3600} h"
    if days == 1:
        return "Yesterday"
    return times.day(at, now).split(" ", 1)[-1]


def _day(instant: datetime, times: Times) -> date:
    return instant.astimezone(times.zone).date()
