"""The list at the left edge of a page: rows with a look of their own, as wide as usual or alone on the page."""

from __future__ import annotations

from PySide6.QtCore import QAbstractListModel, QItemSelectionModel, QModelIndex, Qt
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractItemView, QListView, QSizePolicy, QWidget

from console.ui.theme import theme

_CURRENT = QItemSelectionModel.SelectionFlag.ClearAndSelect
_ANY_WIDTH = 16_777_215


class SideRows(QListView):
    """Rows of one height. Single letters never search through them, they are commands; Enter is left to the page."""

    def __init__(self, model: QAbstractListModel, name: str) -> None:
        super().__init__()
        self.setModel(model)
        self.setAccessibleName(name)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setUniformItemSizes(True)
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Expanding)

    def keyboardSearch(self, _search: str) -> None:
        """Letters are commands here."""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            event.ignore()
        else:
            super().keyPressEvent(event)


class SideList(QWidget):
    """``rows`` and what stands around them. ``usual`` and ``widest`` (px) bound its width: the first grows with the
    text size, the second does not."""

    def __init__(self, rows: SideRows, *, usual: int, widest: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rows = rows
        self._usual, self._widest, self._alone = usual, widest, False
        self._rows.selectionModel().currentChanged.connect(self._on_row)

    def view(self) -> QListView:
        """The rows as a view."""
        return self._rows

    def focus_list(self) -> None:
        """Gives the focus to the rows."""
        self._rows.setFocus(Qt.FocusReason.OtherFocusReason)

    def set_alone(self, *, alone: bool) -> None:
        """All the width there is, where nothing stands beside it."""
        self._alone = alone
        self._take_width()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(event.rect(), theme().color("surface"))
        painter.fillRect(self.width() - 1, 0, 1, self.height(), theme().color("line"))
        painter.end()

    def on_row(self, place: int) -> None:
        """Another row was selected; override what follows from it."""

    def _select(self, place: int) -> None:
        """The row at ``place`` selected and in view; none for a negative place."""
        if place < 0:
            return
        index = self._rows.model().index(place, 0)
        if self._rows.currentIndex() != index:
            self._rows.selectionModel().setCurrentIndex(index, _CURRENT)
            self._rows.scrollTo(index)

    def _take_width(self) -> None:
        usual = min(theme().px(self._usual), self._widest)
        self.setMinimumWidth(0 if self._alone else usual)
        self.setMaximumWidth(_ANY_WIDTH if self._alone else usual)
        self._rows.scheduleDelayedItemsLayout()

    def _on_row(self, current: QModelIndex, _before: QModelIndex) -> None:
        if current.isValid():
            self.on_row(current.row())
