"""The statement: filter tabs, period, print and CSV, the entries, and the sum that proves them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import (
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QRect,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QFocusEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QBoxLayout,
    QHeaderView,
    QMenu,
    QSizePolicy,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from console.ui import icons
from console.ui.models import account_words as words
from console.ui.models.statement_model import (
    BALANCE,
    CHANGE,
    COLUMNS,
    ENTRY,
    FILTERS,
    TICKET,
    WHEN,
    StatementModel,
)
from console.ui.theme import theme
from console.ui.widgets.buttons import Button, Kind
from console.ui.widgets.cards import Card, row
from console.ui.widgets.labels import IconLabel, PlainLabel
from console.ui.widgets.paint import LEFT, RIGHT, draw_text, focus_ring, guarded
from console.ui.widgets.tabs import FilterTabs, Tab

if TYPE_CHECKING:
    from console.services.tokens import StatementLine

_Index = QModelIndex | QPersistentModelIndex
_SELECTED = QStyle.StateFlag.State_Selected
_WIDTHS = {WHEN: 157, TICKET: 84, CHANGE: 84, BALANCE: 86}
_LEAST_ENTRY = 110
_INSET = 14
_LEAST_ROWS, _MOST_WITHOUT_ROOM = 6, 8


class _Header(QHeaderView):
    """Column heads in the design's type."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.setSectionsClickable(False)
        self.setHighlightSections(False)
        self.setMinimumSectionSize(1)

    def sizeHint(self) -> QSize:
        return QSize(0, max(theme().px(30), theme().metrics("caption_medium").height() + theme().px(10)))

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self.viewport())
        painter.fillRect(0, self.height() - 1, self.viewport().width(), 1, theme().color("line"))
        for column, title in enumerate(COLUMNS):
            cell = QRect(self.sectionViewportPosition(column), 0, self.sectionSize(column), self.height() - 1)
            right = column in (CHANGE, BALANCE)
            draw_text(
                painter,
                _inside(cell, column),
                title,
                role="caption_medium",
                ink="text2",
                align=RIGHT if right else LEFT,
            )
        painter.end()


def _inside(cell: QRect, column: int) -> QRectF:
    px = theme().px
    left = px(_INSET) if column == WHEN else 0
    right = px(18) if column == BALANCE else px(8) if column == CHANGE else px(4)
    return QRectF(cell).adjusted(left, 0, -right, 0)


class _EntryDelegate(QStyledItemDelegate):
    """One cell of a statement line."""

    def __init__(self, model: StatementModel, table: StatementTable) -> None:
        super().__init__(table)
        self._model, self._table = model, table

    @guarded
    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        place, column = index.row(), index.column()
        line = self._model.line(place)
        self._draw_ground(painter, option, line, last=place == self._model.rowCount() - 1)
        cell = _inside(option.rect, column)
        text = self._model.text(place, column)
        if line is None:
            self._draw_opening(painter, cell, text, column)
        elif column == ENTRY:
            self._draw_entry(painter, cell, line)
        elif column == WHEN:
            draw_text(painter, cell, text, role="caption", ink="text2")
        elif column == TICKET:
            ink = "link" if line.ticket_id is not None else "text2"
            draw_text(painter, cell, text, ink=ink)
        elif column == CHANGE:
            draw_text(painter, cell, text, role="strong", ink=words.change_ink(line), align=RIGHT)
        else:
            draw_text(painter, cell, text, role="strong", align=RIGHT)

    def _draw_ground(
        self, painter: QPainter, option: QStyleOptionViewItem, line: StatementLine | None, *, last: bool
    ) -> None:
        ground = None
        if line is not None and self._model.is_todays_credit(line):
            ground = "credit_tint"
        if option.state & _SELECTED:
            ground = "selected" if self._table.hasFocus() else "selected_inactive"
        if ground:
            painter.fillRect(option.rect, theme().color(ground))
        if not last:
            box = option.rect
            painter.fillRect(box.left(), box.bottom(), box.width(), 1, theme().color("line"))

    def _draw_entry(self, painter: QPainter, cell: QRectF, line: StatementLine) -> None:
        said = self._model.words(line)
        size = theme().px(15)
        icons.draw(painter, said.icon, said.ink, cell.left(), cell.center().y() - size / 2, size)
        room = cell.adjusted(theme().px(23), 0, 0, 0)
        draw_text(painter, room, said.words, role="body" if said.strong else "plain")

    def _draw_opening(self, painter: QPainter, cell: QRectF, text: str, column: int) -> None:
        if column == WHEN:
            draw_text(painter, cell, text, role="caption", ink="text2")
        elif column == ENTRY:
            draw_text(painter, cell.adjusted(theme().px(23), 0, 0, 0), text, role="plain", ink="text2")
        else:
            draw_text(painter, cell, text, role="strong", ink="text2", align=RIGHT)


class StatementTable(QTableView):
    """``ticket(int)`` a number was pressed; ``opened(StatementLine)`` Enter or a double click on a line."""

    ticket = Signal(object)
    opened = Signal(object)

    def __init__(self, model: StatementModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._entries, self._room = model, 0
        self.setModel(model)
        self.setItemDelegate(_EntryDelegate(model, self))
        self._set_up()
        model.modelReset.connect(self.updateGeometry)
        theme().changed.connect(self._on_theme_changed)
        self._on_theme_changed()

    def current_line(self) -> StatementLine | None:
        """The entry selected; ``None`` without one or on the opening balance."""
        index = self.currentIndex()
        return self._entries.line(index.row()) if index.isValid() else None

    def select_entry(self, entry_id: int) -> None:
        """Selects an entry if it is shown."""
        place = self._entries.place(entry_id)
        if place >= 0:
            self._select(place)

    def set_room(self, height: int) -> None:
        """The height that is left for the table before the page would scroll; a longer statement scrolls inside."""
        if height != self._room:
            self._room = height
            self.updateGeometry()

    def sizeHint(self) -> QSize:
        most = max(self._room, self._height_of(_MOST_WITHOUT_ROOM))
        return QSize(theme().px(560), min(most, self._height_of(max(1, self._entries.rowCount()))))

    def minimumSizeHint(self) -> QSize:
        least = theme().px(_LEAST_ENTRY + sum(_WIDTHS.values()))
        return QSize(least, self._height_of(min(_LEAST_ROWS, max(1, self._entries.rowCount()))))

    def keyboardSearch(self, _search: str) -> None:
        """Letters are commands here."""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        line = self.current_line()
        if (
            event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
            and not event.modifiers()
            and line is not None
        ):
            self.opened.emit(line)
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        if not self.currentIndex().isValid() and self._entries.rowCount():
            self._select(0)
        self.viewport().update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.viewport().update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        super().mouseReleaseEvent(event)
        number = self._number_at(event.position().toPoint())
        if number is not None and event.button() is Qt.MouseButton.LeftButton:
            self.ticket.emit(number)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        super().mouseDoubleClickEvent(event)
        line = self.current_line()
        if line is not None and self._number_at(event.position().toPoint()) is None:
            self.opened.emit(line)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        super().mouseMoveEvent(event)
        over = self._number_at(event.position().toPoint()) is not None
        shape = Qt.CursorShape.PointingHandCursor if over else Qt.CursorShape.ArrowCursor
        self.viewport().setCursor(shape)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit_columns()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if not self._entries.rowCount():
            self._draw_nothing()
        index = self.currentIndex()
        if self.hasFocus() and index.isValid():
            painter = QPainter(self.viewport())
            box = QRectF(
                1, self.rowViewportPosition(index.row()), self.viewport().width() - 2, self.rowHeight(0) - 1
            )
            focus_ring(painter, box, theme().px(4))
            painter.end()

    # inside

    def _draw_nothing(self) -> None:
        painter = QPainter(self.viewport())
        room = QRectF(theme().px(_INSET), 0, self.viewport().width() - theme().px(_INSET), self._row_height())
        draw_text(painter, room, "No entry of this kind in this period.", role="plain", ink="text2")
        painter.end()

    def _set_up(self) -> None:
        self.setHorizontalHeader(_Header(self))
        self.setAccessibleName("Statement")
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.setMouseTracking(True)
        self.viewport().setMouseTracking(True)
        self.viewport().setAutoFillBackground(False)
        self.setStyleSheet("QTableView, QHeaderView { background: transparent; }")
        self.verticalHeader().hide()
        self.verticalHeader().setMinimumSectionSize(1)
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Maximum)

    def _select(self, place: int) -> None:
        flags = QItemSelectionModel.SelectionFlag.ClearAndSelect | QItemSelectionModel.SelectionFlag.Rows
        self.selectionModel().setCurrentIndex(self._entries.index(place, 0), flags)

    def _number_at(self, place: QPoint) -> int | None:
        index = self.indexAt(place)
        if not index.isValid() or index.column() != TICKET:
            return None
        line = self._entries.line(index.row())
        return line.ticket_id if line is not None else None

    def _row_height(self) -> int:
        return max(theme().px(34), theme().metrics("body").height() + theme().px(16))

    def _height_of(self, rows: int) -> int:
        return self.horizontalHeader().sizeHint().height() + rows * self._row_height()

    def _fit_columns(self) -> None:
        width, taken = self.viewport().width(), 0
        for column, wide in _WIDTHS.items():
            self.setColumnWidth(column, theme().px(wide))
            taken += theme().px(wide)
        self.setColumnWidth(ENTRY, max(theme().px(_LEAST_ENTRY), width - taken))

    def _on_theme_changed(self) -> None:
        self.verticalHeader().setDefaultSectionSize(self._row_height())
        self._fit_columns()
        self.updateGeometry()
        self.viewport().update()


class CheckLine(QWidget):
    """The check sum below the entries: a check mark, or what does not add up."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._icon = IconLabel("check", "met_text", 14)
        self._words = PlainLabel("", "caption_medium", "text2", wrap=True)
        self._words.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        across = row(self._icon, self._words, spacing=8)
        across.setStretch(1, 1)
        self.setLayout(across)

    def show_sum(self, shown: words.CheckSum) -> None:
        """Another sum."""
        said = f"{shown.words}  {shown.fault}".strip()
        self._words.setText(said)
        self._words.set_ink("missed_text" if shown.fault else "text2")
        self._icon.show_icon(
            "circle-alert" if shown.fault else "check", "missed_text" if shown.fault else "met_text"
        )
        self.setAccessibleName(said)

    def text(self) -> str:
        """The line."""
        return self._words.text()


class StatementPanel(QWidget):
    """``filtered`` another tab; ``period`` the button was pressed; ``print_asked``, ``csv_asked``."""

    print_asked = Signal()
    csv_asked = Signal()
    period_asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.model = StatementModel(self)
        self._width = 0
        self.table = StatementTable(self.model)
        self.check = CheckLine()
        self._tabs = FilterTabs(self._tab_list(), name="Entries shown")
        self._tabs.chosen.connect(self._on_chosen)
        self.period = Button("", Kind.QUIET, menu_arrow=True, compact=True)
        self._print = Button("Print", Kind.QUIET, icon="printer", compact=True)
        self._csv = Button("CSV", Kind.QUIET, icon="download", compact=True)
        self._print.setToolTip("Save the statement as PDF, to print or send  Ctrl P")
        self._csv.setToolTip("Save the statement as CSV  Ctrl E")
        self.period.clicked.connect(self.period_asked)
        self._print.clicked.connect(self.print_asked)
        self._csv.clicked.connect(self.csv_asked)
        self._build()

    def show_period(self, text: str, hint: str) -> None:
        """What the period button says."""
        self.period.set_text(text)
        self.period.setAccessibleName(f"Period, {text}")
        self.period.setToolTip(hint)
        self.fit(self._width)

    def told(self) -> None:
        """The model shows something else: counts, sum and heights follow."""
        self._tabs.show_tabs(self._tab_list())
        self.table.updateGeometry()

    def choose(self, name: str) -> None:
        """One of the filter tabs."""
        self._tabs.choose(name)
        self._on_chosen(name)

    def fit(self, width: int) -> None:
        """Period and exports beside the tabs, or below them where there is little room."""
        self._width = width
        for part in (self._first, self._second):
            part.invalidate()
        least = self._first.minimumSize().width() + self._second.minimumSize().width() + theme().px(4)
        narrow = width < least
        way = QBoxLayout.Direction.TopToBottom if narrow else QBoxLayout.Direction.LeftToRight
        if self._head.direction() != way:
            self._head.setDirection(way)

    def popup(self, menu: QMenu) -> None:
        """Opens a menu below the period."""
        menu.popup(self.period.mapToGlobal(QPoint(0, self.period.height() + 2)))

    # inside

    def _build(self) -> None:
        px = theme().px
        head = self._head = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        head.setSpacing(px(2))
        self._first = row(PlainLabel("Statement", "card_title"), 4, self._tabs, None, spacing=8)
        self._second = row(self.period, self._print, self._csv, None, spacing=0)
        head.addLayout(self._first, 1)
        head.addLayout(self._second)
        frame = Card("panel", padding=1, spacing=0)
        frame.body.addWidget(self.table)
        frame.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Maximum)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(head)
        column.addSpacing(px(8))
        column.addWidget(frame)
        column.addSpacing(px(8))
        column.addWidget(self.check)
        column.addStretch(1)

    def _tab_list(self) -> tuple[Tab, ...]:
        shown = self.model.chosen
        return tuple(
            Tab(name, title, self.model.count(name) if name == "all" or name == shown else None)
            for name, (title, _) in FILTERS.items()
        )

    def _on_chosen(self, name: str) -> None:
        self.model.choose(name)
        self.told()
