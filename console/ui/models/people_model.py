"""The People list: who, with which roles, on shift or not, signed in or not. One row is one person."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from console.services.people_list import role_words

if TYPE_CHECKING:
    from console.services.people import Person
    from console.services.people_list import ListedPerson

Index = QModelIndex | QPersistentModelIndex

_DISPLAY = Qt.ItemDataRole.DisplayRole
_SPOKEN = Qt.ItemDataRole.AccessibleTextRole
_NO_PARENT = QModelIndex()


class PeopleModel(QAbstractListModel):
    """People by name, as they were read. ``me`` is the login of whoever looks, ``shared`` whether logins sign in."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rows: tuple[ListedPerson, ...] = ()
        self.me, self.shared = "", False

    def show_rows(self, rows: Sequence[ListedPerson], *, me: str, shared: bool) -> None:
        """Other rows. The same people with other roles are changed in place."""
        same = [row.person.login for row in rows] == [row.person.login for row in self._rows]
        if not same:
            self.beginResetModel()
        self._rows, self.me, self.shared = tuple(rows), me, shared
        if not same:
            self.endResetModel()
        elif rows:
            self.dataChanged.emit(self.index(0), self.index(len(rows) - 1))

    def row(self, place: int) -> ListedPerson:
        """Who is at a place."""
        return self._rows[place]

    def person(self, place: int) -> Person | None:
        """Who is at a place; ``None`` for a place that there is not."""
        return self._rows[place].person if 0 <= place < len(self._rows) else None

    def place(self, login: str) -> int:
        """The place of a login, -1 when it is not on the list."""
        return next((at for at, row in enumerate(self._rows) if row.person.login == login), -1)

    def rowCount(self, parent: Index = _NO_PARENT) -> int:
        return 0 if parent.isValid() else len(self._rows)

    def data(self, index: Index, role: int = 0) -> Any:
        if not index.isValid():
            return None
        if role == _DISPLAY:
            return self._rows[index.row()].person.name
        if role == _SPOKEN:
            return self._spoken(self._rows[index.row()])
        return None

    def _spoken(self, row: ListedPerson) -> str:
        person = row.person
        you = ", you" if person.login == self.me else ""
        parts = [f"{person.name}{you}, login {person.login}", ", ".join(role_words(person)) or "no roles"]
        parts.append(shift_words(person))
        if self.shared:
            parts.append(presence_words(row))
        return ". ".join(parts) + "."


def shift_words(person: Person) -> str:
    """``"On shift"``."""
    return "On shift" if person.on_shift else "Off shift"


def presence_words(row: ListedPerson) -> str:
    """``"Signed in"``; who has no login or holds no role cannot enter a shared database at all."""
    if row.login == "none":
        return "No login yet"
    if not role_words(row.person):
        return "Cannot enter"
    if row.login == "barred":
        return "Barred: the owner lets them in"
    return "Signed in" if row.signed_in else "Not signed in"
