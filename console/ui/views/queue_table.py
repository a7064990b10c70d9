"""The queue's table: whole rows painted at once, bands inside rows, keys, marks, and a place that holds still."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from PySide6.QtCore import QPoint, QRect, Qt, QTimer, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
)
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QWidget

from console.policy.terms import Status
from console.ui.models.queue_bands import Band, BandSpan
from console.ui.models.queue_model import DUE, OWNER, PRIORITY, TICKET, TOKENS, Index, QueueModel
from console.ui.theme import theme
from console.ui.views.queue_header import QueueHeader
from console.ui.views.queue_paint import HEADER, QueuePainter, RowLook
from console.ui.widgets.paint import focus_ring

_log = logging.getLogger(__name__)
_WIDTHS = {DUE: 154, PRIORITY: 106, TOKENS: 82, OWNER: 114}
_HEIGHTS = {"compact": 32, "cosy": 48, "roomy": 60}
DENSITIES = tuple(_HEIGHTS)
_TICKET_LEAST = 240


class QueueTable(QTableView):
    """``chosen(int)`` is the ticket under the selection (0 for none), ``opened(int)`` is Enter or a double click,
    ``marked(int)`` how many rows are marked."""

    chosen = Signal(object)
    opened = Signal(object)
    marked = Signal(object)
    asked_menu = Signal(object)
    fold_pressed = Signal()
    key_pressed = Signal()

    def __init__(self, model: QueueModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._queue = model
        self._painter = QueuePainter(model)
        self._density = "cosy"
        self._tall: set[int] = set()
        self._hot = -1
        self._chosen = 0
        self._faulty = False
        self._resetting = False
        self._anchor = (0, 0)
        self.setModel(model)
        self.setAccessibleName("Queue of tickets")
        self._set_up()
        model.modelAboutToBeReset.connect(self._on_about_to_reset)
        model.modelReset.connect(self._on_reset)
        model.cut.connect(self._on_cut)
        self._fade = QTimer(self)
        self._fade.setInterval(40)
        self._fade.timeout.connect(self._on_fade)
        theme().changed.connect(self._on_theme_changed)
        self._on_theme_changed()

    def _set_up(self) -> None:
        self._header = QueueHeader(self)
        self.setHorizontalHeader(self._header)
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
        # Every pixel is filled below, so that nothing under the table is painted with each row.
        self.viewport().setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.verticalHeader().hide()
        self.verticalHeader().setMinimumSectionSize(1)
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.setAutoScroll(False)

    # what it shows

    def is_faulty(self) -> bool:
        """Whether a row could not be drawn; the log says why."""
        return self._faulty

    @property
    def queue(self) -> QueueModel:
        """The model, typed."""
        return self._queue

    def header(self) -> QueueHeader:
        """The column heads."""
        return self._header

    @property
    def rows(self) -> QueuePainter:
        """How rows are drawn."""
        return self._painter

    def density(self) -> str:
        """compact, cosy or roomy."""
        return self._density

    def set_density(self, density: str) -> None:
        """One line a row, two lines, or two with more air."""
        self._density = density if density in _HEIGHTS else "cosy"
        self._painter.compact = self._density == "compact"
        self._on_theme_changed()

    def current_id(self) -> int:
        """The ticket that is selected, 0 for none."""
        return self._chosen

    def select_ticket(self, ticket_id: int) -> bool:
        """Selects a ticket; False when it is not in the list."""
        place = self._queue.place(ticket_id)
        if place < 0:
            return False
        self._select_place(place)
        return True

    def step(self, by: int) -> None:
        """The next or previous ticket."""
        count = self._queue.rowCount()
        if count:
            here = self._queue.place(self._chosen)
            self._select_place(min(count - 1, max(0, here + by if here >= 0 else 0)))

    def first_awaiting(self) -> int:
        """The row where tickets awaiting tokens begin, -1 without any."""
        return next((span.first for span in self._queue.spans() if span.band is Band.AWAITING), -1)

    def go_to_awaiting(self) -> None:
        """Scrolls to the tickets awaiting tokens and selects the first."""
        place = self.first_awaiting()
        if place >= 0:
            self.scrollTo(self._queue.index(place, 0), QAbstractItemView.ScrollHint.PositionAtCenter)
            self._select_place(place)

    def is_in_sight(self, place: int) -> bool:
        """Whether a row is on screen, at least in part."""
        top = self.rowViewportPosition(place)
        return -self.rowHeight(place) < top < self.viewport().height()

    # marks

    def toggle_mark(self) -> None:
        """Marks or unmarks the selected ticket."""
        if self._chosen:
            self._queue.marked ^= {self._chosen}
            self._told_marks()

    def extend_mark(self, by: int) -> None:
        """Marks the selected ticket, steps, and marks the one reached."""
        if self._chosen:
            self._queue.marked.add(self._chosen)
        self.step(by)
        if self._chosen:
            self._queue.marked.add(self._chosen)
        self._told_marks()

    def mark_all(self) -> None:
        """Marks every ticket shown."""
        self._queue.marked = set(self._queue.ids())
        self._told_marks()

    def clear_marks(self) -> None:
        """Marks nothing."""
        self._queue.clear_marks()
        self._told_marks()

    def unmark(self, ids: frozenset[int]) -> None:
        """Marks these no more."""
        self._queue.marked -= ids
        self._told_marks()

    def _told_marks(self) -> None:
        self.viewport().update()
        self.marked.emit(len(self._queue.marked))

    # time

    def pass_time(self) -> bool:
        """Repaints the Due cells in sight; True when one of them needs every second."""
        cell = QRect(self.columnViewportPosition(DUE), 0, self.columnWidth(DUE), self.viewport().height())
        self.viewport().update(cell)
        now = self._queue.now()
        return any(self._is_close(place, now) for place in self.places_in_sight())

    def _is_close(self, place: int, now: datetime) -> bool:
        row = self._queue.held(self._queue.ids()[place])
        if row is None or row.due_at is None or row.status is Status.AWAITING_TOKENS:
            return False
        return timedelta(seconds=-1) <= row.due_at - now < timedelta(minutes=2)

    def places_in_sight(self) -> range:
        """The rows on screen."""
        first = self.rowAt(0)
        if first < 0:
            return range(0)
        last = self.rowAt(self.viewport().height() - 1)
        return range(first, self._queue.rowCount() if last < 0 else last + 1)

    def ids_in_sight(self) -> list[int]:
        """The tickets whose rows are on screen."""
        ids, shown = self._queue.ids(), self.places_in_sight()
        return ids[shown.start : shown.stop]

    # drawing

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self.viewport())
        try:
            self._paint(painter, event.rect())
        except Exception:  # noqa: BLE001 - an exception here would end the process
            if not self._faulty:
                self._faulty = True
                _log.exception("the queue could not be drawn")
        finally:
            painter.end()

    def _paint(self, painter: QPainter, dirty: QRect) -> None:
        painter.fillRect(dirty, theme().color("surface"))
        now = self._queue.now()
        first = self.rowAt(max(0, dirty.top()))
        if first < 0:
            return
        columns = self._columns()
        bands = {span.first: span for span in self._queue.spans()}
        for place in range(first, self._queue.rowCount()):
            top = self.rowViewportPosition(place)
            if top > dirty.bottom():
                break
            self._paint_row(painter, place, top, columns, bands.get(place), now)

    def _paint_row(
        self,
        painter: QPainter,
        place: int,
        top: int,
        columns: dict[int, tuple[int, int]],
        span: BandSpan | None,
        now: datetime,
    ) -> None:
        rect = QRect(0, top, self.viewport().width(), self.rowHeight(place))
        if span is not None:
            head = theme().px(HEADER)
            self._painter.draw_header(painter, QRect(0, top, rect.width(), head), span)
            rect.setTop(top + head)
        cells = {column: QRect(left, 0, width, rect.height()) for column, (left, width) in columns.items()}
        row = self._queue.row(place)
        if row is None:
            for cell in cells.values():
                cell.moveTop(rect.top())
            self._painter.draw_waiting(painter, rect, cells)
            return
        look = RowLook(
            selected=row.id == self._chosen,
            hot=place == self._hot,
            marked=row.id in self._queue.marked,
            focused=self.hasFocus(),
            marking=bool(self._queue.marked),
        )
        ratio = self.devicePixelRatioF()
        painter.drawPixmap(rect.topLeft(), self._painter.picture(row, look, rect.size(), cells, now, ratio))
        if look.selected and look.focused:
            focus_ring(painter, rect.toRectF(), theme().px(3))

    def _columns(self) -> dict[int, tuple[int, int]]:
        """Left edge and width of the columns that are shown."""
        return {
            column: (self.columnViewportPosition(column), self.columnWidth(column))
            for column in range(OWNER + 1)
            if not self.isColumnHidden(column)
        }

    # keys and mouse

    def keyboardSearch(self, _search: str) -> None:
        """Nothing: letters are commands, and Qt's own search would read every row."""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        self.key_pressed.emit()
        key, shift = event.key(), bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.opened.emit(self._chosen)
        elif key in (Qt.Key.Key_Down, Qt.Key.Key_Up):
            by = 1 if key == Qt.Key.Key_Down else -1
            self.extend_mark(by) if shift else self.step(by)
        elif shift and key in (Qt.Key.Key_J, Qt.Key.Key_K):
            self.extend_mark(1 if key == Qt.Key.Key_J else -1)
        elif key == Qt.Key.Key_Home:
            self._select_place(0)
        elif key == Qt.Key.Key_End:
            self._select_place(self._queue.rowCount() - 1)
        elif key == Qt.Key.Key_Space:
            self.toggle_mark()
        elif key in (Qt.Key.Key_PageDown, Qt.Key.Key_PageUp):
            page = max(1, len(self.places_in_sight()) - 2)
            self.step(page if key == Qt.Key.Key_PageDown else -page)
        elif key in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            super().keyPressEvent(event)
        else:
            event.ignore()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if self._fold_link_at(event.position().toPoint()):
            self.fold_pressed.emit()
            return
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            place = self.rowAt(round(event.position().y()))
            if place >= 0:
                self._select_place(place)
                self.toggle_mark()
            return
        super().mousePressEvent(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if self.rowAt(round(event.position().y())) >= 0:
            self.opened.emit(self._chosen)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._set_hot(self.rowAt(round(event.position().y())))
        on_link = self._fold_link_at(event.position().toPoint())
        self.setCursor(Qt.CursorShape.PointingHandCursor if on_link else Qt.CursorShape.ArrowCursor)
        super().mouseMoveEvent(event)

    def leaveEvent(self, event: object) -> None:
        self._set_hot(-1)
        super().leaveEvent(event)  # type: ignore[arg-type]

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        place = self.rowAt(event.pos().y())
        if place >= 0:
            self._select_place(place)
            self.asked_menu.emit(event.globalPos())

    def _fold_link_at(self, at: QPoint) -> bool:
        place = self.rowAt(at.y())
        span = next((span for span in self._queue.spans() if span.first == place), None)
        if span is None or span.band is not Band.MISSED or self._painter.header_note(span)[1] != "link":
            return False
        return at.y() < self.rowViewportPosition(place) + theme().px(HEADER) and at.x() > self.width() / 2

    def _set_hot(self, place: int) -> None:
        if place == self._hot:
            return
        before, self._hot = self._hot, place
        for each in (before, place):
            self._update_place(each)

    def _update_place(self, place: int) -> None:
        if 0 <= place < self._queue.rowCount():
            top = self.rowViewportPosition(place)
            self.viewport().update(QRect(0, top, self.viewport().width(), self.rowHeight(place)))

    # selection that follows the ticket

    def currentChanged(self, current: Index, previous: Index) -> None:  # noqa: N802
        super().currentChanged(current, previous)
        if self._resetting:
            return
        before = self._chosen
        self._chosen = self._queue.ids()[current.row()] if current.isValid() else 0
        self._update_place(self._queue.place(before))
        self._update_place(current.row())
        if self._chosen != before:
            self.chosen.emit(self._chosen)

    def _select_place(self, place: int) -> None:
        index = self._queue.index(place, max(0, self.currentIndex().column()))
        if index.isValid():
            self.setCurrentIndex(index)
            self._reveal(place)

    def _reveal(self, place: int) -> None:
        """Scrolls as little as needed, the band's header included."""
        bar = self.verticalScrollBar()
        top = self.rowViewportPosition(place)
        below = top + self.rowHeight(place) - self.viewport().height()
        if top < 0:
            bar.setValue(bar.value() + top)
        elif below > 0:
            bar.setValue(bar.value() + below)

    def _on_about_to_reset(self) -> None:
        self._resetting = True
        place = self._queue.place(self._chosen)
        self._anchor = (self._chosen, self.rowViewportPosition(place) if place >= 0 else 0)

    def _on_reset(self) -> None:
        ticket_id, top = self._anchor
        self._fit_rows()
        place = self._queue.place(ticket_id)
        if place >= 0:
            bar = self.verticalScrollBar()
            self.setCurrentIndex(self._queue.index(place, 0))
            self.updateGeometries()
            bar.setValue(bar.value() + self.rowViewportPosition(place) - top)
        self._resetting = False
        if place < 0 and ticket_id:
            self._chosen = 0
            self.chosen.emit(0)
        self._hot = -1
        self.viewport().update()
        if self._queue.arrived_any():
            self._fade.start()

    def _on_cut(self, _counts: object) -> None:
        self._fit_rows()
        self.viewport().update()

    def _on_fade(self) -> None:
        self.viewport().update()
        if not self._painter.fading(self._queue.now()):
            self._fade.stop()

    # measures

    def _row_height(self) -> int:
        lines = theme().metrics("strong").height()
        if self._density != "compact":
            lines += theme().metrics("caption").height() + theme().px(2)
        return max(theme().px(_HEIGHTS[self._density]), lines + theme().px(10))

    def _fit_rows(self) -> None:
        """The first row of each band is taller by the band's header."""
        tall = {span.first for span in self._queue.spans()}
        header, usual = self.verticalHeader(), self._row_height()
        if header.defaultSectionSize() != usual:
            header.setDefaultSectionSize(usual)
            self._tall = set()
        count = self._queue.rowCount()
        for place in self._tall - tall:
            if place < count:
                header.resizeSection(place, usual)
        for place in tall:
            header.resizeSection(place, usual + theme().px(HEADER))
        self._tall = tall

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit_columns()

    def _fit_columns(self) -> None:
        px, width = theme().px, self.viewport().width()
        folded = width - sum(px(each) for each in _WIDTHS.values()) < px(_TICKET_LEAST)
        self.setColumnHidden(TOKENS, folded)
        self._painter.folded = folded
        taken = sum(px(each) for column, each in _WIDTHS.items() if not (folded and column == TOKENS))
        for column, each in _WIDTHS.items():
            self.setColumnWidth(column, px(each))
        self.setColumnWidth(TICKET, max(px(120), width - taken))

    def _on_theme_changed(self) -> None:
        self._painter.forget()
        self.verticalHeader().setDefaultSectionSize(self._row_height())
        self.verticalHeader().reset()
        self._tall = set()
        self._fit_rows()
        self._fit_columns()
        self.viewport().update()
