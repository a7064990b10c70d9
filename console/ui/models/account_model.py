"""The account list: name, option, balance, and what is scarce. One row is one account."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from console.policy.terms import Hosting, SupportOption
from console.ui import format as fmt

if TYPE_CHECKING:
    from console.services.tokens import AccountRow

Index = QModelIndex | QPersistentModelIndex

# Held in globals: looking an enum member up for each of a frame's calls costs more than half of the frame.
_DISPLAY = Qt.ItemDataRole.DisplayRole
_SPOKEN = Qt.ItemDataRole.AccessibleTextRole
_NO_PARENT = QModelIndex()

_HOSTING = {Hosting.SHARED: "Shared", Hosting.DEDICATED: "Dedicated", Hosting.PLATFORM: "Platform"}
_FLAT = {
    SupportOption.FLAT_RATE_USERS: "Flat-rate, all users",
    SupportOption.FLAT_RATE_ADMINISTRATORS: "Flat-rate, administrators",
}


class AccountModel(QAbstractListModel):
    """Accounts in the order in which they were read. The mark at which a balance counts as low is the policy's."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rows: tuple[AccountRow, ...] = ()
        self._places: dict[int, int] = {}
        self._low_mark = 0

    def show_rows(self, rows: Sequence[AccountRow], low_mark: int) -> None:
        """Other rows. The same accounts with other figures are changed in place."""
        ids = tuple(row.id for row in rows)
        if ids == tuple(row.id for row in self._rows):
            self._rows, self._low_mark = tuple(rows), low_mark
            if ids:
                self.dataChanged.emit(self.index(0), self.index(len(ids) - 1))
            return
        self.beginResetModel()
        self._rows, self._low_mark = tuple(rows), low_mark
        self._places = {row.id: place for place, row in enumerate(rows)}
        self.endResetModel()

    def row(self, place: int) -> AccountRow:
        """The account at a place."""
        return self._rows[place]

    def rows(self) -> tuple[AccountRow, ...]:
        """All accounts shown, in order."""
        return self._rows

    def place(self, account_id: int) -> int:
        """The place of an account, -1 when it is not shown."""
        return self._places.get(account_id, -1)

    def chip(self, row: AccountRow) -> str:
        """``"none left"``, ``"low"`` or nothing."""
        if row.option is not SupportOption.TOKENS:
            return ""
        if row.balance <= 0:
            return "none left"
        return "low" if row.balance <= self._low_mark else ""

    def rowCount(self, parent: Index = _NO_PARENT) -> int:
        return 0 if parent.isValid() else len(self._rows)

    def data(self, index: Index, role: int = 0) -> Any:
        if not index.isValid():
            return None
        if role == _DISPLAY:
            return self._rows[index.row()].name
        if role == _SPOKEN:
            return self._spoken(self._rows[index.row()])
        return None

    def _spoken(self, row: AccountRow) -> str:
        parts = [row.name, balance_spoken(row)]
        if chip := self.chip(row):
            parts.append(chip)
        if row.awaiting:
            parts.append(awaiting_words(row))
        return f"{', '.join(parts)}. {kind_words(row)}."


def kind_words(row: AccountRow) -> str:
    """``"Dedicated"`` for token accounts, ``"Flat-rate, all users"`` for others."""
    return _FLAT.get(row.option) or _HOSTING[row.hosting]


def awaiting_words(row: AccountRow) -> str:
    """``"1 awaiting tokens"``."""
    return f"{fmt.number(row.awaiting)} awaiting tokens"


def balance_words(row: AccountRow) -> str:
    """``"48"``; a dash for accounts without tokens."""
    return fmt.number(row.balance) if row.option is SupportOption.TOKENS else fmt.NOTHING


def balance_spoken(row: AccountRow) -> str:
    """``"48 tokens"``."""
    return fmt.tokens(row.balance) if row.option is SupportOption.TOKENS else "no tokens"
