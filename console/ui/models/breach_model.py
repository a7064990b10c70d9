"""The tables of the breach summary: cells in words, each knowing the tickets behind it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

Index = QModelIndex | QPersistentModelIndex

_DISPLAY = Qt.ItemDataRole.DisplayRole.value
_ALIGN = Qt.ItemDataRole.TextAlignmentRole.value
_ACCESSIBLE = Qt.ItemDataRole.AccessibleTextRole.value
_HORIZONTAL = Qt.Orientation.Horizontal
_RIGHT = (Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter).value
_LEFT = (Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter).value
_NOWHERE = QModelIndex()


@dataclass(frozen=True, slots=True)
class Column:
    """A head; ``stretch`` columns share what is left, and are cut first when there is too little.

    A ``silent`` head is spoken and not drawn.
    """

    title: str
    right: bool = False
    stretch: bool = False
    silent: bool = False


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell: words, type role, colour token, icon; ``ids`` are the tickets behind it, ``title`` names them."""

    text: str
    ink: str = "text"
    role: str = "body"
    icon: str = ""
    ids: frozenset[int] = frozenset()
    title: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """One row; ``says`` is the row as a sentence, ``ticket_id`` what Enter opens (0: the cell's tickets instead)."""

    cells: tuple[Cell, ...]
    says: str
    ticket_id: int = 0
    total: bool = False


@dataclass(frozen=True, slots=True)
class Sheet:
    """A whole table: the same for the screen and for paper."""

    columns: tuple[Column, ...]
    lines: tuple[Line, ...] = ()


class BreachModel(QAbstractTableModel):
    """Shows a ``Sheet``; rows are frozen, a new sheet resets the model only when it differs."""

    def __init__(self, sheet: Sheet, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._sheet = sheet

    def show_sheet(self, sheet: Sheet) -> bool:
        """Another sheet; False when nothing changed."""
        if sheet == self._sheet:
            return False
        self.beginResetModel()
        self._sheet = sheet
        self.endResetModel()
        return True

    @property
    def sheet(self) -> Sheet:
        """What is shown."""
        return self._sheet

    def line(self, row: int) -> Line | None:
        """The row, ``None`` when there is none."""
        return self._sheet.lines[row] if 0 <= row < len(self._sheet.lines) else None

    def cell(self, row: int, column: int) -> Cell | None:
        """The cell, ``None`` when there is none."""
        line = self.line(row)
        return line.cells[column] if line is not None and 0 <= column < len(line.cells) else None

    def rowCount(self, parent: Index = _NOWHERE) -> int:
        return 0 if parent.isValid() else len(self._sheet.lines)

    def columnCount(self, parent: Index = _NOWHERE) -> int:
        return 0 if parent.isValid() else len(self._sheet.columns)

    def data(self, index: Index, role: int = _DISPLAY) -> Any:
        if role != _DISPLAY and role != _ACCESSIBLE and role != _ALIGN:
            return None
        cell = self.cell(index.row(), index.column()) if index.isValid() else None
        if cell is None:
            return None
        if role == _DISPLAY:
            return cell.text
        if role == _ALIGN:
            return _RIGHT if self._sheet.columns[index.column()].right else _LEFT
        if index.column() == 0:
            return self._sheet.lines[index.row()].says
        return f"{self._sheet.columns[index.column()].title}, {cell.text}"

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = _DISPLAY) -> Any:
        if orientation is not _HORIZONTAL or not 0 <= section < len(self._sheet.columns):
            return None
        if role == _DISPLAY:
            return self._sheet.columns[section].title
        if role == _ALIGN:
            return _RIGHT if self._sheet.columns[section].right else _LEFT
        return None
