"""The queue as a table model: all numbers in order, the rows themselves only where somebody looks.

One row is one ticket. Rows arrive in windows, are kept for as long as there is room, and are asked for by ``wanted``.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    QTimer,
    Signal,
)

from console.ui.models import queue_words as words
from console.ui.models.queue_bands import Band, Bands, BandSpan, shown_ids, spans, utc_now
from console.ui.models.queue_words import Judge
from console.ui.widgets.labels import safe_tooltip

if TYPE_CHECKING:
    from console.services.feed import Presence
    from console.services.queue import QueueKey, QueueRow

Index = QModelIndex | QPersistentModelIndex

# Held in globals: looking an enum member up for each of a frame's calls costs more than half of the frame.
_DISPLAY = Qt.ItemDataRole.DisplayRole
_TOOLTIP = Qt.ItemDataRole.ToolTipRole
_SPOKEN = Qt.ItemDataRole.AccessibleTextRole
_HORIZONTAL = Qt.Orientation.Horizontal
_NO_PARENT = QModelIndex()

DUE, PRIORITY, TICKET, TOKENS, OWNER = range(5)
COLUMNS = ("Due", "Priority", "Ticket", "Tokens", "Owner")
WINDOW, KEPT = 64, 2_048


class QueueModel(QAbstractTableModel):
    """``wanted(tuple of int)`` asks for rows; ``cut(dict)`` tells how many tickets each band has;
    ``changed_hands(QueueRow)`` that a ticket has another owner than when it was read before."""

    wanted = Signal(object)
    cut = Signal(object)
    changed_hands = Signal(object)

    def __init__(self, now: Callable[[], datetime] = utc_now, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._now = now
        self._judge = Judge()
        self._bands = Bands(())
        self._counts: dict[Band, int] = self._bands.cut(now(), self._judge)
        self._spans: tuple[BandSpan, ...] = ()
        self._ids: list[int] = []
        self._places: dict[int, int] = {}
        self._rows: OrderedDict[int, QueueRow] = OrderedDict()
        self._only: Band | None = None
        self._fold = True
        self._asked: set[int] = set()
        self._arrived: dict[int, datetime] = {}
        self.marked: set[int] = set()
        self._asking = QTimer(self)
        self._asking.setSingleShot(True)
        self._asking.timeout.connect(self._on_ask)
        self._missing: set[int] = set()
        self._present: dict[int, tuple[Presence, ...]] = {}

    # what it shows

    @property
    def judge(self) -> Judge:
        """How time is judged and written."""
        return self._judge

    def now(self) -> datetime:
        """The database's clock."""
        return self._now()

    def set_judge(self, judge: Judge) -> None:
        """Other zones or marks: everything is said again."""
        self._judge = judge
        self._rebuild()

    def show_keys(self, keys: Sequence[QueueKey]) -> None:
        """Another order or other tickets."""
        known, first = set(self._places), not self._bands.keys
        self._bands = Bands(keys)
        self._rebuild()
        if not first:
            now = self._now()
            self._arrived = {key.id: now for key in keys if key.id not in known}
        self.marked &= set(self._places)

    def show_only(self, band: Band | None) -> None:
        """One band alone, or all of them."""
        self._only = band
        self._rebuild()

    @property
    def only(self) -> Band | None:
        """The band shown alone."""
        return self._only

    def fold_missed(self, *, fold: bool) -> None:
        """Fold the missed rows beyond the third, or show all."""
        if fold != self._fold:
            self._fold = fold
            self._rebuild()

    @property
    def folds(self) -> bool:
        """Whether missed rows beyond the third are folded."""
        return self._fold

    def would_change(self, keys: Sequence[QueueKey], now: datetime) -> bool:
        """Whether showing ``keys`` at ``now`` would move, add or remove a row."""
        counts = Bands(keys).cut(now, self._judge)
        return shown_ids(keys, counts, spans(counts, self._only, fold=self._fold)) != self._ids

    def pass_time(self) -> bool:
        """Cuts the bands again at the present; False when that must wait because rows would fold or unfold."""
        counts = self._bands.cut(self._now(), self._judge)
        if counts == self._counts:
            return True
        found = spans(counts, self._only, fold=self._fold)
        if shown_ids(self._bands.keys, counts, found) != self._ids:
            return False
        self._counts, self._spans = counts, found
        self.cut.emit(counts)
        return True

    def order(self) -> tuple[QueueKey, ...]:
        """All keys in order, folded ones too."""
        return self._bands.keys

    def lists(self, ticket_id: int) -> bool:
        """Whether the ticket is in the list, folded or in a band not shown."""
        return any(key.id == ticket_id for key in self._bands.keys)

    def ids(self) -> list[int]:
        """The numbers of the rows shown, in order."""
        return self._ids

    def spans(self) -> tuple[BandSpan, ...]:
        """The bands shown."""
        return self._spans

    def counts(self) -> dict[Band, int]:
        """How many tickets each band has, shown or not."""
        return self._counts

    def place(self, ticket_id: int) -> int:
        """The row of a ticket, -1 when it is not shown."""
        return self._places.get(ticket_id, -1)

    def arrived(self, ticket_id: int) -> datetime | None:
        """When a ticket came into the list that was already on screen."""
        return self._arrived.get(ticket_id)

    def arrived_any(self) -> bool:
        """Whether the last change of the list brought tickets that were not in it."""
        return bool(self._arrived)

    def credited_in_missed(self) -> int:
        """Tokens credited to the tickets in the missed band, as far as their rows are here."""
        missed = next((span.shown for span in self._spans if span.band is Band.MISSED), 0)
        return sum(row.credited for ticket_id in self._ids[:missed] if (row := self._rows.get(ticket_id)))

    def present_at(self, ticket_id: int) -> tuple[Presence, ...]:
        """Who else is at a ticket."""
        return self._present.get(ticket_id, ())

    def show_present(self, present: Iterable[Presence]) -> None:
        """Who else is at which ticket now; only rows for which that changed are painted again."""
        found: dict[int, tuple[Presence, ...]] = {}
        for each in present:
            found[each.ticket_id] = (*found.get(each.ticket_id, ()), each)
        before, self._present = self._present, found
        for ticket_id in before.keys() | found.keys():
            place = self._places.get(ticket_id)
            if place is not None and before.get(ticket_id) != found.get(ticket_id):
                self.dataChanged.emit(self.index(place, OWNER), self.index(place, OWNER))

    def clear_marks(self) -> None:
        """Marks nothing."""
        self.marked.clear()

    # its rows

    def put_rows(self, rows: Iterable[QueueRow]) -> None:
        """Rows that were read; those of tickets not in the list are left out."""
        changed = []
        for row in rows:
            self._asked.discard(row.id)
            place = self._places.get(row.id)
            before = self._rows.get(row.id)
            self._rows[row.id] = row
            if before is not None and before.owner != row.owner:
                self.changed_hands.emit(row)
            self._rows.move_to_end(row.id)
            if place is not None:
                changed.append(place)
        while len(self._rows) > KEPT:
            self._rows.popitem(last=False)
        if changed:
            self.dataChanged.emit(self.index(min(changed), 0), self.index(max(changed), OWNER))

    def row(self, place: int) -> QueueRow | None:
        """The row at a place, or ``None`` while it is being read."""
        ticket_id = self._ids[place]
        row = self._rows.get(ticket_id)
        if row is None:
            self._want(place)
        return row

    def held(self, ticket_id: int) -> QueueRow | None:
        """The row of a ticket if it is here; asks for nothing."""
        return self._rows.get(ticket_id)

    def rows_here(self) -> list[QueueRow]:
        """Every row that has been read and is still kept."""
        return list(self._rows.values())

    def stale(self, ticket_ids: Iterable[int]) -> tuple[int, ...]:
        """Which of the tickets are held here and so need reading again."""
        return tuple(ticket_id for ticket_id in ticket_ids if ticket_id in self._rows)

    def drop_rows(self) -> None:
        """Forget all rows, as after F5 or a lost connection."""
        self._rows.clear()
        self._asked.clear()

    def not_read(self, ticket_ids: Iterable[int]) -> None:
        """Reading failed: they may be asked for again."""
        self._asked.difference_update(ticket_ids)

    # Qt's questions

    def rowCount(self, parent: Index = _NO_PARENT) -> int:
        return 0 if parent.isValid() else len(self._ids)

    def columnCount(self, parent: Index = _NO_PARENT) -> int:
        return 0 if parent.isValid() else len(COLUMNS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = 0) -> Any:
        if orientation == _HORIZONTAL and role == _DISPLAY and 0 <= section < len(COLUMNS):
            return COLUMNS[section]
        return None

    def data(self, index: Index, role: int = 0) -> Any:
        if role not in (_DISPLAY, _SPOKEN, _TOOLTIP) or not index.isValid():
            return None
        row = self.row(index.row())
        if row is None:
            return "Loading" if role == _SPOKEN else None
        if role == _TOOLTIP:
            return self._tooltip(row, index.column())
        if role == _SPOKEN and index.column() == 0:
            return words.sentence(row, self._now(), self._judge, self.present_at(row.id))
        return self._short(row, index.column(), spoken=role == _SPOKEN)

    def _short(self, row: QueueRow, column: int, *, spoken: bool) -> str:
        if column == DUE:
            return words.due_words(row, self._now(), self._judge).pill
        if column == PRIORITY:
            return words.PRIORITY_WORDS[row.priority]
        if column == TICKET:
            return row.subject
        if column == TOKENS:
            first, second, _ = words.tokens_words(row)
            return f"Tokens, {first} {second}" if spoken else first
        owner = words.owner_words(row, self._now(), self._judge, self.present_at(row.id))
        return f"Owner, {owner.name} {owner.below}".rstrip() if spoken else owner.name

    def _tooltip(self, row: QueueRow, column: int) -> str | None:
        if column == DUE and row.due_at is not None:
            return safe_tooltip(self._judge.times.tooltip(row.due_at))
        if column == TICKET:
            return safe_tooltip(f"{row.subject}\n{words.second_line(row)}")
        return None

    # inside

    def _rebuild(self) -> None:
        counts = self._bands.cut(self._now(), self._judge)
        found = spans(counts, self._only, fold=self._fold)
        self.beginResetModel()
        self._counts, self._spans = counts, found
        self._ids = shown_ids(self._bands.keys, counts, found)
        self._places = {ticket_id: place for place, ticket_id in enumerate(self._ids)}
        self.endResetModel()
        self.cut.emit(counts)

    def _want(self, place: int) -> None:
        start = place - place % WINDOW
        for ticket_id in self._ids[start : start + WINDOW]:
            if ticket_id not in self._rows and ticket_id not in self._asked:
                self._missing.add(ticket_id)
        if self._missing and not self._asking.isActive():
            self._asking.start(0)

    def _on_ask(self) -> None:
        ids = tuple(ticket_id for ticket_id in self._missing if ticket_id in self._places)
        self._missing.clear()
        self._asked.update(ids)
        if ids:
            self.wanted.emit(ids)
