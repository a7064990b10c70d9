"""The inbox beside the case: tabs with counts, three lines a case, and what to know while it waits."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QListView,
    QSizePolicy,
    QStackedWidget,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from console.ui import format as fmt
from console.ui import icons
from console.ui.models.decision_model import CRITICAL, DECIDED, WAITING, DecisionModel, Item
from console.ui.theme import theme
from console.ui.widgets.cards import row
from console.ui.widgets.fields import draw_check
from console.ui.widgets.labels import CaptionLabel, IconLabel, PlainLabel
from console.ui.widgets.paint import RIGHT, draw_text, focus_ring, guarded
from console.ui.widgets.side_list import SideList, SideRows
from console.ui.widgets.tabs import FilterTabs, Tab

WIDTH, WIDEST = 404, 560
_SIDE = 16
_SELECTED = QStyle.StateFlag.State_Selected
_HOVER = QStyle.StateFlag.State_MouseOver
_Index = QModelIndex | QPersistentModelIndex
_ORDERS = {WAITING: "Due first", CRITICAL: "Due first", DECIDED: "Newest first"}
_FEET = {
    WAITING: "Clocks keep running while a proposal waits.",
    CRITICAL: "Emergencies that nobody has classified for 15 minutes.",
    DECIDED: "A determination is final; a manager may overturn it, with a reason.",
}


class _CaseDelegate(QStyledItemDelegate):
    """Subject and tokens; account and number; category and who."""

    def __init__(self, model: DecisionModel, view: QListView) -> None:
        super().__init__(view)
        self._model, self._view = model, view

    def sizeHint(self, _option: QStyleOptionViewItem, _index: _Index) -> QSize:
        return QSize(theme().px(240), max(theme().px(81), sum(_line_heights()) + theme().px(33)))

    @guarded
    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        item = self._model.item(index.row())
        cell, px = QRectF(option.rect), theme().px
        chosen = bool(option.state & _SELECTED)
        if chosen or option.state & _HOVER:
            painter.fillRect(cell, theme().color("selected" if chosen else "hover"))
        painter.fillRect(QRectF(cell.left(), cell.bottom() - 1, cell.width(), 1), theme().color("line"))
        heights, gap = _line_heights(), px(6)
        top = cell.top() + (cell.height() - sum(heights) - 2 * gap) / 2
        inside = cell.adjusted(px(_SIDE), 0, -px(_SIDE), 0)
        if self._model.marked:
            side = px(16)
            box = QRectF(inside.left(), cell.center().y() - side / 2, side, side)
            draw_check(painter, box, on=item.ticket_id in self._model.marked)
            inside.setLeft(inside.left() + px(26))
        for height, draw in zip(heights, (self._first, self._second, self._third), strict=True):
            draw(painter, QRectF(inside.left(), top, inside.width(), height), item)
            top += height + gap
        if chosen and self._view.hasFocus():
            focus_ring(painter, cell.adjusted(1, 1, -1, -2), px(4))

    def _first(self, painter: QPainter, line: QRectF, item: Item) -> None:
        size, gap = theme().px(14), theme().px(8)
        came_back = item.tab != DECIDED or item.tokens > 0
        ink = "credit_text" if came_back else "text2"
        icons.draw(painter, "coins", ink, line.right() - size, line.center().y() - size / 2, size)
        shown = fmt.signed(item.tokens) if item.tab == DECIDED else fmt.number(item.tokens)
        figure = line.adjusted(0, 0, -size - gap, 0)
        draw_text(painter, figure, shown, role="strong", align=RIGHT)
        taken = theme().metrics("strong").horizontalAdvance(shown) + size + 2 * gap
        draw_text(painter, line.adjusted(0, 0, -taken, 0), item.subject, role="strong")

    def _second(self, painter: QPainter, line: QRectF, item: Item) -> None:
        number = str(item.ticket_id)
        taken = theme().metrics("caption").horizontalAdvance(number) + theme().px(10)
        draw_text(painter, line, number, role="caption", ink="text2", align=RIGHT)
        draw_text(painter, line.adjusted(0, 0, -taken, 0), item.account, role="caption", ink="text2")

    def _third(self, painter: QPainter, line: QRectF, item: Item) -> None:
        name = fmt.short_name(item.by_name)
        age = self._model.age(item)
        who = f"{name}, {age}" if name else age
        taken = theme().metrics("caption").horizontalAdvance(who) + theme().px(10)
        draw_text(painter, line, who, role="caption", ink="text2", align=RIGHT)
        size = theme().px(13)
        icons.draw(painter, item.icon, item.ink, line.left(), line.center().y() - size / 2, size)
        words = line.adjusted(size + theme().px(5), 0, -taken, 0)
        draw_text(painter, words, item.words, role="caption_medium", ink=item.ink)


def _line_heights() -> tuple[int, int, int]:
    caption = theme().metrics("caption").height()
    return theme().metrics("strong").height(), caption, caption


class CaseList(SideList):
    """``chosen(int)`` a case was selected (0: none); ``tab_chosen(str)`` another tab."""

    chosen = Signal(object)
    tab_chosen = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        self.model = DecisionModel()
        super().__init__(SideRows(self.model, "Cases"), usual=WIDTH, widest=WIDEST, parent=parent)
        self.model.setParent(self)
        self._rows.setItemDelegate(_CaseDelegate(self.model, self._rows))
        self._current, self._last_place = 0, 0
        self._tabs = FilterTabs(_tabs(0, 0), name="Determinations")
        self._tabs.chosen.connect(self._on_tab)
        self._order = CaptionLabel("", "text2")
        self._foot_words = CaptionLabel("", "text2", wrap=True)
        self._foot_words.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self._empty = PlainLabel("", "plain", "text2", wrap=True)
        self._empty.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        self._pages = QStackedWidget()
        self._build()
        self._show_tab_words()
        theme().changed.connect(self._measure)
        self._measure()

    # what it shows

    @property
    def tab(self) -> str:
        """The tab in front."""
        return self._tabs.current()

    def choose_tab(self, name: str) -> None:
        """Another tab; emits ``tab_chosen``."""
        self._tabs.choose(name)
        self._on_tab(name)

    def show_counts(self, waiting: int, critical: int) -> None:
        """The counts on the tabs."""
        self._tabs.show_tabs(_tabs(waiting, critical))

    def show_empty(self, words: str) -> None:
        """What is said while the list is empty."""
        self._empty.setText(words)

    def told(self) -> None:
        """The model shows other lines: keeps the selected case, or takes the one in its place."""
        self._pages.setCurrentIndex(0 if self.model.rowCount() else 1)
        place = self.model.place(self._current)
        if place < 0:
            self._current = 0
            self._select(min(max(0, self._last_place), self.model.rowCount() - 1))
        else:
            self._select(place)
        if not self.model.rowCount():
            self.chosen.emit(0)

    def current(self) -> int:
        """The ticket selected, 0 for none."""
        return self._current

    def choose(self, ticket_id: int) -> bool:
        """Selects a case; False when it is not in the list."""
        place = self.model.place(ticket_id)
        if place >= 0:
            self._select(place)
        return place >= 0

    def step(self, by: int) -> None:
        """The next or previous case."""
        count = self.model.rowCount()
        if count:
            here = self.model.place(self._current)
            self._select(min(count - 1, max(0, here + by if here >= 0 else 0)))

    def next_after(self, ticket_id: int) -> int:
        """The case that comes into view when this one is gone: the one below it, else the one above; 0 for none."""
        place, count = self.model.place(ticket_id), self.model.rowCount()
        if place < 0 or count < 2:
            return 0
        return self.model.item(place + 1 if place + 1 < count else place - 1).ticket_id

    def on_row(self, place: int) -> None:
        self._last_place = place
        ticket_id = self.model.item(place).ticket_id
        if ticket_id != self._current:
            self._current = ticket_id
            self.chosen.emit(ticket_id)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        painter = QPainter(self)
        painter.fillRect(0, self._pages.y() - 1, self.width(), 1, theme().color("line"))
        painter.end()

    # inside

    def _build(self) -> None:
        self._pages.addWidget(self._rows)
        self._pages.addWidget(self._empty)
        self._head = row(self._tabs, None, self._order)
        self._foot = row(IconLabel("info", "text2", 14), self._foot_words)
        self._foot.setStretch(1, 1)
        self._column = QVBoxLayout(self)
        self._column.setSpacing(0)
        self._column.addLayout(self._head)
        self._column.addWidget(self._pages, 1)
        self._column.addLayout(self._foot)

    def _on_tab(self, name: str) -> None:
        self._show_tab_words()
        self._last_place = 0
        self.tab_chosen.emit(name)

    def _show_tab_words(self) -> None:
        self._order.setText(_ORDERS[self.tab])
        self._foot_words.setText(_FEET[self.tab])

    def _measure(self) -> None:
        px = theme().px
        self._column.setContentsMargins(0, 0, 1, 0)
        self._head.setContentsMargins(px(14), px(11), px(14), px(10))
        self._foot.setContentsMargins(px(16), px(8), px(16), px(11))
        self._empty.setContentsMargins(px(16), px(20), px(16), px(16))
        self._take_width()


def _tabs(waiting: int, critical: int) -> tuple[Tab, ...]:
    return (
        Tab(WAITING, "Waiting", waiting),
        Tab(CRITICAL, "Mission critical", critical),
        Tab(DECIDED, "Decided"),
    )
