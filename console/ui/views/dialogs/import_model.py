"""The first tickets of a file as an import would take them: a table over frozen rows."""

from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from console.services.importing import ImportedTicket, Rejected
from console.ui.format import Times
from console.ui.views.before_after import priority_words

Index = QModelIndex | QPersistentModelIndex
_DISPLAY = Qt.ItemDataRole.DisplayRole
_HORIZONTAL = Qt.Orientation.Horizontal
_NOWHERE = QModelIndex()


class _CellsModel(QAbstractTableModel):
    """Rows of plain text under headings."""

    HEADINGS: tuple[str, ...] = ()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._cells: list[tuple[str, ...]] = []

    def _show(self, cells: list[tuple[str, ...]]) -> None:
        self.beginResetModel()
        self._cells = cells
        self.endResetModel()

    def rowCount(self, parent: Index = _NOWHERE) -> int:
        return 0 if parent.isValid() else len(self._cells)

    def columnCount(self, parent: Index = _NOWHERE) -> int:
        return 0 if parent.isValid() else len(self.HEADINGS)

    def data(self, index: Index, role: int = _DISPLAY) -> Any:
        if role == _DISPLAY and index.isValid():
            return self._cells[index.row()][index.column()]
        return None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = _DISPLAY) -> Any:
        if role == _DISPLAY and orientation is _HORIZONTAL and 0 <= section < len(self.HEADINGS):
            return self.HEADINGS[section]
        return None


class SampleModel(_CellsModel):
    """The first tickets, as they would be taken."""

    HEADINGS = ("Row", "Id", "Account", "Requester", "Priority", "Status", "Opened", "Subject")

    def show_tickets(self, tickets: tuple[ImportedTicket, ...], times: Times) -> None:
        """These tickets."""
        self._show(
            [
                (
                    str(each.row),
                    each.external_id,
                    each.account_name,
                    each.requester_name,
                    priority_words(each.priority),
                    each.status.value.replace("_", " "),
                    times.day(each.opened_at, each.opened_at) + ", " + times.clock(each.opened_at),
                    _one_line(each.subject),
                )
                for each in tickets
            ]
        )


class RejectedModel(_CellsModel):
    """Rows that are not imported, each with its reason."""

    HEADINGS = ("Row", "Id", "Why it is not imported")

    def show_rows(self, rows: tuple[Rejected, ...]) -> None:
        """These rows."""
        self._show([(str(each.row), each.external_id, _one_line(each.reason)) for each in rows])


def _one_line(text: str) -> str:
    return " ".join(text.split())[:300]
