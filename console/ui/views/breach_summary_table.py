"""The tables of the breach summary: cells drawn from the tokens, each opens the tickets behind it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import (
    QEvent,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QRect,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QFocusEvent, QHelpEvent, QKeyEvent, QMouseEvent, QPainter, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHeaderView,
    QSizePolicy,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QToolTip,
    QWidget,
)

from console.ui import icons
from console.ui.models.breach_model import BreachModel, Cell, Sheet
from console.ui.theme import theme
from console.ui.widgets.labels import safe_tooltip
from console.ui.widgets.paint import LEFT, RIGHT, draw_text, focus_ring, guarded

Index = QModelIndex | QPersistentModelIndex

GAP = 14
_BY_KEY = (
    Qt.FocusReason.TabFocusReason,
    Qt.FocusReason.BacktabFocusReason,
    Qt.FocusReason.ShortcutFocusReason,
)
_ICON = 22
_LEAST = 96


def _no_letters() -> bool:
    return False


class _Header(QHeaderView):
    """Heads without boxes: quiet words over one line."""

    def __init__(self, table: SummaryTable) -> None:
        super().__init__(Qt.Orientation.Horizontal, table)
        self._table = table
        self.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.setSectionsClickable(False)
        self.setHighlightSections(False)
        self.setMinimumSectionSize(1)

    def sizeHint(self) -> QSize:
        return QSize(0, theme().metrics("caption_medium").height() + theme().px(8))

    def paintSection(self, painter: QPainter, rect: QRect, section: int) -> None:
        columns = self._table.sheet().columns
        if section >= len(columns):
            return
        painter.save()
        painter.fillRect(rect, theme().color("surface"))
        column = columns[section]
        room = QRectF(rect).adjusted(0, 0, -self._table.gap(section), 0)
        align = RIGHT if column.right else LEFT
        if not column.silent:
            draw_text(painter, room, column.title, role="caption_medium", ink="text2", align=align)
        painter.fillRect(rect.left(), rect.bottom(), rect.width(), 1, theme().color("line"))
        painter.restore()


class _CellPainter(QStyledItemDelegate):
    def __init__(self, table: SummaryTable) -> None:
        super().__init__(table)
        self._table = table

    @guarded
    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        model = self._table.breach_model()
        line, cell = model.line(index.row()), model.cell(index.row(), index.column())
        if line is None or cell is None:
            return
        rect: QRect = option.rect
        painter.fillRect(rect, theme().color(self._ground(index)))
        self._draw_cell(painter, QRectF(rect), cell, index.column(), total=line.total)
        last = index.row() == model.rowCount() - 1
        following = model.line(index.row() + 1)
        before_total = following is not None and following.total
        if before_total:
            painter.fillRect(rect.left(), rect.bottom() - 1, rect.width(), 2, theme().color("line_strong"))
        elif not last or line.total:
            painter.fillRect(rect.left(), rect.bottom(), rect.width(), 1, theme().color("line"))
        self._draw_focus(painter, rect, index)

    def _ground(self, index: Index) -> str:
        if self._table.by_rows and self._table.hasFocus() and index.row() == self._table.currentIndex().row():
            return "selected"
        return "hover" if index.row() == self._table.hot_row() else "surface"

    def _draw_cell(self, painter: QPainter, rect: QRectF, cell: Cell, column: int, *, total: bool) -> None:
        room = rect.adjusted(0, 0, -self._table.gap(column), 0)
        if cell.icon:
            size = theme().px(16)
            icons.draw(painter, cell.icon, "text2", room.left(), room.center().y() - size / 2, size)
            room.adjust(theme().px(_ICON), 0, 0, 0)
        right = self._table.sheet().columns[column].right
        role = "strong" if total else cell.role
        draw_text(painter, room, cell.text, role=role, ink=cell.ink, align=RIGHT if right else LEFT)

    def _draw_focus(self, painter: QPainter, rect: QRect, index: Index) -> None:
        table = self._table
        if not table.hasFocus() or index.row() != table.currentIndex().row():
            return
        if table.by_rows:
            if index.column() == 0:
                painter.fillRect(
                    rect.left(), rect.top(), theme().px(2), rect.height() - 1, theme().color("focus")
                )
        elif index.column() == table.currentIndex().column():
            focus_ring(painter, QRectF(rect).adjusted(0, 1, 0, -2), theme().px(4))


class SummaryTable(QTableView):
    """``opened`` carries a ticket's number, ``picked`` tickets (frozenset of int) and their title (str).

    With ``whole`` it is as high as its rows; else it scrolls. With ``by_rows`` a row is chosen, else a cell.
    """

    opened = Signal(object)
    picked = Signal(object, object)

    def __init__(
        self,
        name: str,
        sheet: Sheet,
        *,
        row_height: int = 32,
        by_rows: bool = False,
        whole: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._breach = BreachModel(sheet, self)
        self._row_height, self.by_rows, self._whole = row_height, by_rows, whole
        self._hot = -1
        self.letters: Callable[[], bool] = _no_letters
        self.setAccessibleName(name)
        self.setHorizontalHeader(_Header(self))
        self.setItemDelegate(_CellPainter(self))
        self.setModel(self._breach)
        self._dress()
        theme().changed.connect(self._on_theme_changed)
        self._on_theme_changed()

    # what it shows

    def breach_model(self) -> BreachModel:
        """The model, typed."""
        return self._breach

    def sheet(self) -> Sheet:
        """What is shown."""
        return self._breach.sheet

    def show_sheet(self, sheet: Sheet) -> None:
        """Another sheet; place and choice stay when the same row is still there."""
        before, top = self.currentIndex(), self.verticalScrollBar().value()
        row, column = before.row(), before.column()
        chosen = self._breach.line(row)
        if not self._breach.show_sheet(sheet):
            return
        self._measure()
        tickets = [line.ticket_id for line in sheet.lines]
        if chosen is not None and chosen.ticket_id in tickets:
            row = tickets.index(chosen.ticket_id) if chosen.ticket_id else row
        if 0 <= row < len(sheet.lines):
            self.setCurrentIndex(self._breach.index(row, max(0, column)))
        self.verticalScrollBar().setValue(top)

    def hot_row(self) -> int:
        """The row under the pointer, -1 for none."""
        return self._hot

    def gap(self, column: int) -> int:
        """The air to the right of a column; after the last one only beside a scroll bar."""
        if column < len(self.sheet().columns) - 1:
            return theme().px(GAP)
        return theme().px(8) if self.verticalScrollBar().maximum() > 0 else 0

    # size

    def sizeHint(self) -> QSize:
        rows = len(self.sheet().lines) if self._whole else 4
        return QSize(theme().px(320), self.horizontalHeader().sizeHint().height() + rows * self._height() + 1)

    def minimumSizeHint(self) -> QSize:
        return QSize(theme().px(200), self.sizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._measure()

    # events

    def keyboardSearch(self, _search: str) -> None:
        """Letters are commands here, not a search through all rows."""

    def event(self, event: QEvent) -> bool:
        """J and K are this table's while it has the focus and letters are keys."""
        if (
            isinstance(event, QKeyEvent)
            and event.type() == QEvent.Type.ShortcutOverride
            and self._is_step(event)
        ):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not event.modifiers():
            self._enter()
        elif self._is_step(event):
            self._step(1 if event.key() == Qt.Key.Key_J else -1)
        else:
            super().keyPressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        super().mouseMoveEvent(event)
        index = self.indexAt(event.position().toPoint())
        cell = self._breach.cell(index.row(), index.column())
        self.viewport().setCursor(
            Qt.CursorShape.PointingHandCursor if cell is not None and cell.ids else Qt.CursorShape.ArrowCursor
        )
        self._warm(index.row())

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self._warm(-1)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        if event.reason() in _BY_KEY and not self.currentIndex().isValid():
            self._step(0)
        self.viewport().update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.viewport().update()

    def currentChanged(self, current: Index, previous: Index) -> None:  # noqa: N802 - Qt's own name
        """Draws the row left and the row reached again."""
        super().currentChanged(current, previous)
        self.viewport().update()

    # inside

    def _dress(self) -> None:
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.setMouseTracking(True)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        rows, items = (
            QAbstractItemView.SelectionBehavior.SelectRows,
            QAbstractItemView.SelectionBehavior.SelectItems,
        )
        self.setSelectionBehavior(rows if self.by_rows else items)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        if self._whole:
            self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
            self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
            self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.verticalHeader().hide()
        self.verticalHeader().setMinimumSectionSize(1)
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.clicked.connect(self._open)

    def _is_step(self, event: QKeyEvent) -> bool:
        return event.key() in (Qt.Key.Key_J, Qt.Key.Key_K) and not event.modifiers() and self.letters()

    def _step(self, by: int) -> None:
        count, here = self._breach.rowCount(), self.currentIndex()
        if count:
            row = min(count - 1, max(0, here.row() + by)) if here.isValid() else 0
            self.setCurrentIndex(self._breach.index(row, max(0, here.column())))

    def _enter(self) -> None:
        """Opens what is chosen; chooses the first row when nothing is, so that nothing unseen opens."""
        if self.currentIndex().isValid():
            self._open(self.currentIndex())
        else:
            self._step(0)

    def _open(self, index: QModelIndex) -> None:
        line, cell = self._breach.line(index.row()), self._breach.cell(index.row(), index.column())
        if line is not None and line.ticket_id:
            self.opened.emit(line.ticket_id)
        elif cell is not None and cell.ids:
            self.picked.emit(cell.ids, cell.title)

    def _warm(self, row: int) -> None:
        if row != self._hot:
            self._hot = row
            self.viewport().update()

    def viewportEvent(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            self._show_tip(event.pos())
            return True
        return super().viewportEvent(event)

    def _show_tip(self, point: QPoint) -> None:
        index = self.indexAt(point)
        line, cell = self._breach.line(index.row()), self._breach.cell(index.row(), index.column())
        where = self.viewport().mapToGlobal(point)
        if line is not None and line.ticket_id:
            QToolTip.showText(where, safe_tooltip(line.says), self)
        elif cell is not None and cell.ids:
            QToolTip.showText(where, safe_tooltip(f"{cell.title}: {len(cell.ids)} tickets"), self)
        else:
            QToolTip.hideText()

    def _height(self) -> int:
        return max(theme().px(self._row_height), theme().metrics("body").height() + theme().px(6))

    def _measure(self) -> None:
        """Natural widths; what is left goes to the columns that stretch, what is lacking comes from them."""
        sheet = self.sheet()
        widths = [self._natural(at) for at in range(len(sheet.columns))]
        stretching = [at for at, column in enumerate(sheet.columns) if column.stretch]
        spare = self.viewport().width() - sum(widths)
        for done, at in enumerate(stretching):
            part = spare // (len(stretching) - done)
            wanted = max(min(widths[at], theme().px(_LEAST)), widths[at] + part)
            spare -= wanted - widths[at]
            widths[at] = wanted
        for at, width in enumerate(widths):
            self.horizontalHeader().resizeSection(at, width)
        self.updateGeometry()

    def _natural(self, at: int) -> int:
        sheet = self.sheet()
        head = theme().metrics("caption_medium").horizontalAdvance(sheet.columns[at].title)
        widest = head
        for line in sheet.lines[:500]:
            cell = line.cells[at]
            metrics = theme().metrics("strong" if line.total else cell.role)
            icon = theme().px(_ICON) if cell.icon else 0
            widest = max(widest, metrics.horizontalAdvance(cell.text) + icon)
        return widest + 3 + self.gap(at)

    def _on_theme_changed(self) -> None:
        self.verticalHeader().setDefaultSectionSize(self._height())
        self.horizontalHeader().setFixedHeight(self.horizontalHeader().sizeHint().height())
        self._measure()
        self.viewport().update()
