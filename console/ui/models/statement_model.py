"""The statement: newest entry first, the opening balance last. One row is one entry of the ledger."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from console.policy.terms import EntryKind
from console.ui import format as fmt
from console.ui.format import Times
from console.ui.models.account_words import EntryWords, entry_words
from console.ui.widgets.labels import safe_tooltip

if TYPE_CHECKING:
    from console.policy.document import Policy
    from console.services.queue import QueueRow
    from console.services.tokens import Statement, StatementLine

Index = QModelIndex | QPersistentModelIndex

_DISPLAY = Qt.ItemDataRole.DisplayRole
_TOOLTIP = Qt.ItemDataRole.ToolTipRole
_SPOKEN = Qt.ItemDataRole.AccessibleTextRole
_ALIGN = Qt.ItemDataRole.TextAlignmentRole
_HORIZONTAL = Qt.Orientation.Horizontal
_NO_PARENT = QModelIndex()
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

WHEN, ENTRY, TICKET, CHANGE, BALANCE = range(5)
COLUMNS = ("When", "Entry", "Ticket", "Change", "Balance")

#: The filter tabs: id, title, and which kinds of entries each shows.
FILTERS: dict[str, tuple[str, frozenset[EntryKind] | None]] = {
    "all": ("All", None),
    "purchases": ("Purchases", frozenset({EntryKind.PURCHASE})),
    "charges": ("Charges", frozenset({EntryKind.CHARGE})),
    "credits": ("Credits", frozenset({EntryKind.CREDIT})),
}


class StatementModel(QAbstractTableModel):
    """Shows what ``show_statement`` was given, narrowed by ``choose``. Times follow ``now`` and the zones."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._statement: Statement | None = None
        self._tickets: Mapping[int, QueueRow] = {}
        self._policy: Policy | None = None
        self._times, self._now = Times(), _EPOCH
        self._filter = "all"
        self._lines: tuple[StatementLine, ...] = ()
        self._words: dict[int, EntryWords] = {}

    # what it shows

    def show_statement(
        self,
        statement: Statement | None,
        tickets: Mapping[int, QueueRow],
        policy: Policy | None,
        times: Times,
        now: datetime,
    ) -> None:
        """Another statement, or the same one with other times."""
        self.beginResetModel()
        self._statement, self._tickets, self._policy = statement, tickets, policy
        self._times, self._now = times, now
        self._words = {}
        self._narrow()
        self.endResetModel()

    def choose(self, name: str) -> None:
        """One of ``FILTERS``."""
        self.beginResetModel()
        self._filter = name
        self._narrow()
        self.endResetModel()

    @property
    def chosen(self) -> str:
        """The filter in force."""
        return self._filter

    @property
    def statement(self) -> Statement | None:
        """What was given, not narrowed."""
        return self._statement

    def count(self, name: str) -> int:
        """How many entries a filter shows."""
        lines = self._statement.lines if self._statement else ()
        kinds = FILTERS[name][1]
        return len(lines) if kinds is None else sum(line.kind in kinds for line in lines)

    def line(self, place: int) -> StatementLine | None:
        """The entry in a row; ``None`` for the opening balance."""
        return self._lines[place] if place < len(self._lines) else None

    def place(self, entry_id: int) -> int:
        """The row of an entry, -1 when it is not shown."""
        return next((place for place, line in enumerate(self._lines) if line.entry_id == entry_id), -1)

    def words(self, line: StatementLine) -> EntryWords:
        """The entry's icon and words."""
        known = self._words.get(line.entry_id)
        if known is None:
            ticket = self._tickets.get(line.ticket_id) if line.ticket_id is not None else None
            known = self._words[line.entry_id] = entry_words(line, ticket, self._policy)
        return known

    def is_todays_credit(self, line: StatementLine) -> bool:
        """Whether tokens came back today, in the zone shown."""
        zone = self._times.zone
        same_day = line.at.astimezone(zone).date() == self._now.astimezone(zone).date()
        return line.kind is EntryKind.CREDIT and same_day

    def text(self, place: int, column: int) -> str:
        """What stands in a cell."""
        line = self.line(place)
        if line is None:
            return self._opening(column)
        if column == WHEN:
            return self._times.dated(line.at, self._now)
        if column == ENTRY:
            return self.words(line).words
        if column == TICKET:
            return fmt.NOTHING if line.ticket_id is None else str(line.ticket_id)
        return fmt.signed(line.tokens) if column == CHANGE else fmt.number(line.balance_after)

    # Qt's questions

    def rowCount(self, parent: Index = _NO_PARENT) -> int:
        if parent.isValid() or self._statement is None:
            return 0
        return len(self._lines) + self._shows_opening()

    def columnCount(self, parent: Index = _NO_PARENT) -> int:
        return 0 if parent.isValid() else len(COLUMNS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = 0) -> Any:
        if orientation == _HORIZONTAL and 0 <= section < len(COLUMNS):
            if role == _DISPLAY:
                return COLUMNS[section]
            if role == _ALIGN:
                return _RIGHT if section in (CHANGE, BALANCE) else _LEFT
        return None

    def data(self, index: Index, role: int = 0) -> Any:
        if not index.isValid():
            return None
        if role == _DISPLAY:
            return self.text(index.row(), index.column())
        if role == _SPOKEN:
            return self._spoken(index.row(), index.column())
        if role == _TOOLTIP:
            return self._tooltip(index.row(), index.column())
        return None

    def _spoken(self, place: int, column: int) -> str:
        line = self.line(place)
        if column != WHEN:
            return f"{COLUMNS[column]}, {self.text(place, column)}"
        if line is None:
            return f"Opening balance {self.text(place, BALANCE)}, {self.text(place, WHEN)}"
        ticket = f", ticket {line.ticket_id}" if line.ticket_id is not None else ""
        change = fmt.signed(line.tokens)
        return f"{self.words(line).words}, {change}, balance {line.balance_after}{ticket}, {self.text(place, WHEN)}"

    def _tooltip(self, place: int, column: int) -> str | None:
        line = self.line(place)
        if line is None:
            return None
        if column == WHEN:
            return safe_tooltip(self._times.tooltip(line.at))
        if column == TICKET and line.ticket_id is not None and line.ticket_id in self._tickets:
            return safe_tooltip(self._tickets[line.ticket_id].subject)
        if column == ENTRY:
            said = "\n".join(part for part in (self.words(line).words, line.reference, line.reason) if part)
            return safe_tooltip(said)
        return None

    # inside

    def _shows_opening(self) -> int:
        return 1 if self._filter == "all" else 0

    def _opening(self, column: int) -> str:
        if self._statement is None:
            return ""
        if column == WHEN:
            return replace(self._times, policy_first=True).day(self._statement.start, self._now)
        return {ENTRY: "Opening balance", BALANCE: fmt.number(self._statement.opening)}.get(column, "")

    def _narrow(self) -> None:
        lines = self._statement.lines if self._statement else ()
        kinds = FILTERS[self._filter][1]
        self._lines = tuple(line for line in reversed(lines) if kinds is None or line.kind in kinds)


_LEFT = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
_RIGHT = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
