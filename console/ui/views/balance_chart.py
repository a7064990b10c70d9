"""The balance of the last 90 days: steps with marks for credits and purchases, or the same as a table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from PySide6.QtCore import (
    QAbstractTableModel,
    QLocale,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QPointF,
    QRectF,
    QSize,
    Qt,
)
from PySide6.QtGui import QFocusEvent, QMouseEvent, QPainter, QPainterPath, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QSizePolicy,
    QStackedWidget,
    QTableView,
    QToolTip,
    QWidget,
)

from console.policy.terms import EntryKind
from console.ui import format as fmt
from console.ui.format import Times
from console.ui.theme import theme
from console.ui.widgets.bands import placed
from console.ui.widgets.buttons import IconButton
from console.ui.widgets.cards import Card, row
from console.ui.widgets.drawn import Drawn
from console.ui.widgets.labels import PlainLabel, safe_tooltip
from console.ui.widgets.paint import RIGHT, draw_text, focus_ring, restored

Step = tuple[datetime, int, EntryKind | None]
SPAN = timedelta(days=90)
_MARKS = {EntryKind.CREDIT: ("credit", "credit"), EntryKind.PURCHASE: ("purchase", "met")}
_KINDS = {kind: kind.value.capitalize() for kind in EntryKind}
_LINES = 4
_Index = QModelIndex | QPersistentModelIndex
_DISPLAY = Qt.ItemDataRole.DisplayRole
_ALIGN = Qt.ItemDataRole.TextAlignmentRole
_HORIZONTAL = Qt.Orientation.Horizontal
_NO_PARENT = QModelIndex()


@dataclass(frozen=True, slots=True)
class Curve:
    """The steps of [``now`` − 90 days, ``now``]; the first step is the balance at the beginning."""

    steps: tuple[Step, ...]
    now: datetime

    @property
    def start(self) -> datetime:
        """Where the curve begins."""
        return self.now - SPAN

    @property
    def top(self) -> int:
        """The largest balance, at least 1."""
        return max([1, *(balance for _, balance, _ in self.steps)])

    def balance_at(self, instant: datetime) -> int:
        """The balance at an instant."""
        return [balance for at, balance, _ in self.steps if at <= instant or at == self.steps[0][0]][-1]

    def summary(self, times: Times) -> str:
        """The curve as a sentence for screen readers."""
        if not self.steps:
            return "Balance, last 90 days: nothing recorded"
        first, last = self.steps[0][1], self.steps[-1][1]
        least = min(balance for _, balance, _ in self.steps)
        credited = sum(1 for _, _, kind in self.steps if kind is EntryKind.CREDIT)
        bought = sum(1 for _, _, kind in self.steps if kind is EntryKind.PURCHASE)
        return (
            f"Balance, last 90 days: {fmt.number(first)} on {times.day(self.start, self.now)}, {fmt.number(last)} now, "
            f"between {fmt.number(least)} and {fmt.number(self.top)}; "
            f"{fmt.count(bought, 'purchase', 'purchases')}, {fmt.count(credited, 'credit', 'credits')}"
        )


def grid_values(top: int) -> list[int]:
    """Round figures for the lines across: at most four, none above the largest balance by more than a line."""
    step = 1
    while step * _LINES < top:
        step = _next_round(step)
    return [step * place for place in range(1, _LINES + 1) if step * (place - 1) < top]


def _next_round(step: int) -> int:
    """1, 2, 5, 10, 20, 50 …"""
    tens: int = 10 ** (len(str(step)) - 1)
    return {1: 2, 2: 5, 5: 10}[step // tens] * tens


class StepsModel(QAbstractTableModel):
    """The curve as rows, newest first: when, what, balance."""

    HEADS = ("When", "What", "Balance")

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._curve: Curve | None = None
        self._times = Times()

    def show_curve(self, curve: Curve, times: Times) -> None:
        """Another curve."""
        self.beginResetModel()
        self._curve, self._times = curve, times
        self.endResetModel()

    def rowCount(self, parent: _Index = _NO_PARENT) -> int:
        return 0 if parent.isValid() or self._curve is None else len(self._curve.steps)

    def columnCount(self, parent: _Index = _NO_PARENT) -> int:
        return 0 if parent.isValid() else len(self.HEADS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = 0) -> Any:
        if orientation == _HORIZONTAL and role == _DISPLAY and 0 <= section < len(self.HEADS):
            return self.HEADS[section]
        return None

    def data(self, index: _Index, role: int = 0) -> Any:
        if not index.isValid() or self._curve is None:
            return None
        if role == _ALIGN:
            return _RIGHT_SIDE if index.column() == 2 else _LEFT_SIDE
        if role != _DISPLAY:
            return None
        at, balance, kind = self._curve.steps[-1 - index.row()]
        if index.column() == 0:
            return self._times.when(at, self._curve.now)
        if index.column() == 1:
            return "Balance then" if kind is None else _KINDS[kind]
        return fmt.number(balance)


_LEFT_SIDE = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
_RIGHT_SIDE = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)


class _Plot(Drawn):
    """The drawn curve."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setMouseTracking(True)
        self._curve: Curve | None = None
        self._times = Times()

    def show_curve(self, curve: Curve, times: Times) -> None:
        self._curve, self._times = curve, times
        self.setAccessibleName(curve.summary(times))
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(theme().px(260), theme().px(96) + 2 * theme().metrics("chart").height() + theme().px(10))

    def minimumSizeHint(self) -> QSize:
        return QSize(theme().px(160), self.sizeHint().height())

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.update()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._curve is None:
            return
        plot = self._plot()
        share = min(1.0, max(0.0, (event.position().x() - plot.left()) / max(1.0, plot.width())))
        at = self._curve.start + SPAN * share
        said = f"{self._times.day(at, self._curve.now)}: {fmt.tokens(self._curve.balance_at(at))}"
        QToolTip.showText(event.globalPosition().toPoint(), safe_tooltip(said), self)

    def paintEvent(self, _event: QPaintEvent) -> None:
        if self._curve is None:
            return
        painter = QPainter(self)
        plot = self._plot()
        values = grid_values(self._curve.top)
        top = max(values[-1], self._curve.top) * 1.12
        self._draw_grid(painter, plot, values, top)
        self._draw_steps(painter, plot, self._curve, top)
        self._draw_marks(painter, plot, self._curve, top)
        self._draw_days(painter, plot, self._curve)
        self._draw_legend(painter)
        if self.hasFocus():
            focus_ring(painter, QRectF(self.rect()), theme().px(4))
        painter.end()

    def _plot(self) -> QRectF:
        line = theme().metrics("chart").height()
        right = theme().metrics("chart").horizontalAdvance("000") + theme().px(8)
        return QRectF(0, 0, self.width() - right, self.height() - 2 * line - theme().px(14))

    def _draw_grid(self, painter: QPainter, plot: QRectF, values: list[int], top: float) -> None:
        for value in values:
            y = round(plot.bottom() - plot.height() * value / top)
            painter.fillRect(QRectF(plot.left(), y, plot.width() + theme().px(4), 1), theme().color("grid"))
            line = theme().metrics("chart").height()
            room = QRectF(plot.right(), y - line / 2, self.width() - plot.right() - 1, line)
            draw_text(painter, room, fmt.number(value), role="chart", ink="text2", align=RIGHT)
        base = QRectF(plot.left(), plot.bottom(), plot.width() + theme().px(4), 1)
        painter.fillRect(base, theme().color("line_strong"))

    def _corners(self, plot: QRectF, curve: Curve, top: float) -> list[QPointF]:
        corners: list[QPointF] = []
        for at, balance, _ in curve.steps:
            x, y = self._place(plot, curve, at, balance, top)
            if corners:
                corners.append(QPointF(x, corners[-1].y()))
            corners.append(QPointF(x, y))
        if corners:
            corners.append(QPointF(plot.right(), corners[-1].y()))
        return corners

    def _place(
        self, plot: QRectF, curve: Curve, at: datetime, balance: int, top: float
    ) -> tuple[float, float]:
        share = min(1.0, max(0.0, (at - curve.start) / SPAN))
        return plot.left() + 1 + share * (plot.width() - 2), plot.bottom() - plot.height() * balance / top

    def _draw_steps(self, painter: QPainter, plot: QRectF, curve: Curve, top: float) -> None:
        corners = self._corners(plot, curve, top)
        if not corners:
            return
        ground = [QPointF(corners[0].x(), plot.bottom()), *corners, QPointF(corners[-1].x(), plot.bottom())]
        with restored(painter):
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme().faint("chart1", 0.12))
            painter.drawPolygon(QPolygonF(ground))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(theme().color("chart1"), 2, Qt.PenStyle.SolidLine, Qt.PenCapStyle.FlatCap))
            path = QPainterPath(corners[0])
            for corner in corners[1:]:
                path.lineTo(corner)
            painter.drawPath(path)

    def _draw_marks(self, painter: QPainter, plot: QRectF, curve: Curve, top: float) -> None:
        for at, balance, kind in curve.steps:
            if kind in _MARKS:
                x, y = self._place(plot, curve, at, balance, top)
                _draw_mark(painter, kind, x, y)

    def _draw_days(self, painter: QPainter, plot: QRectF, curve: Curve) -> None:
        zone = self._times.zone
        start, now = curve.start.astimezone(zone), curve.now.astimezone(zone)
        texts = [(plot.left(), _day(start))]
        month = start.replace(day=1, hour=0, minute=0)
        for _ in range(3):
            month = (month + timedelta(days=32)).replace(day=1)
            x = self._place(plot, curve, month, 0, 1)[0]
            wide = theme().metrics("chart").horizontalAdvance("00 May")
            if texts[-1][0] + wide * 1.4 < x < plot.right() - wide * 1.2:
                texts.append((x, _day(month)))
        texts.append((plot.right(), "today"))
        top = plot.bottom() + theme().px(4)
        line = theme().metrics("chart").height()
        if now > start:
            for x, width, text in placed(texts, self.width() - theme().px(4), "chart"):
                draw_text(painter, QRectF(x, top, width, line), text, role="chart", ink="text2")

    def _draw_legend(self, painter: QPainter) -> None:
        line = theme().metrics("chart").height()
        y = self.height() - line / 2 - 1
        x = float(theme().px(4))
        for kind, (word, _) in _MARKS.items():
            _draw_mark(painter, kind, x, y)
            x += theme().px(10)
            width = theme().metrics("chart").horizontalAdvance(word) + 2
            draw_text(painter, QRectF(x, y - line / 2, width, line), word, role="chart", ink="text2")
            x += width + theme().px(16)


def _draw_mark(painter: QPainter, kind: EntryKind, x: float, y: float) -> None:
    """A ring for a credit, a square for a purchase."""
    size = theme().px(6)
    box = QRectF(x - size / 2, y - size / 2, size, size)
    with restored(painter):
        painter.setPen(QPen(theme().color(_MARKS[kind][1]), 1.6))
        painter.setBrush(theme().color("raised"))
        if kind is EntryKind.CREDIT:
            painter.drawEllipse(box)
        else:
            painter.drawRect(box)


def _day(day: datetime) -> str:
    return f"{day.day} {QLocale().monthName(day.month, QLocale.FormatType.ShortFormat)}"


class BalanceChart(Card):
    """The card with the curve; ``toggle`` shows the table instead, and back (key T)."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("panel", padding=13, spacing=4, parent=parent)
        self._plot = _Plot()
        self.model = StepsModel(self)
        self._table = _made_table(self.model)
        self._button = IconButton("table", "Chart or table", key="T")
        self._button.setFixedSize(theme().px(24), theme().px(24))
        self._button.clicked.connect(self.toggle)
        self._pages = QStackedWidget()
        self._pages.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._pages.addWidget(self._plot)
        self._pages.addWidget(self._table)
        self._fit()
        theme().changed.connect(self._fit)
        self.body.addLayout(row(PlainLabel("Balance, last 90 days", "section"), None, self._button))
        self.body.addWidget(self._pages)

    def show_balance(self, steps: Sequence[Step], now: datetime, times: Times) -> None:
        """Another account's curve."""
        curve = Curve(tuple(steps), now)
        self._plot.show_curve(curve, times)
        self.model.show_curve(curve, times)
        self.setAccessibleName(curve.summary(times))

    def toggle(self) -> None:
        """The table in place of the chart, or back."""
        to_table = self._pages.currentIndex() == 0
        self._pages.setCurrentIndex(1 if to_table else 0)
        self._button.set_icon("chart-column" if to_table else "table")
        if to_table:
            self._table.setFocus(Qt.FocusReason.OtherFocusReason)

    def _fit(self) -> None:
        self._table.setFont(theme().font("caption"))
        self._table.horizontalHeader().setFont(theme().font("caption_medium"))
        self._table.verticalHeader().setDefaultSectionSize(
            theme().metrics("caption").height() + theme().px(10)
        )
        self._pages.setFixedHeight(self._plot.sizeHint().height())

    def shows_table(self) -> bool:
        """Whether the table is in front."""
        return self._pages.currentIndex() == 1


def _made_table(model: StepsModel) -> QTableView:
    table = QTableView()
    table.setModel(model)
    table.setAccessibleName("Balance, last 90 days, as a table")
    table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    table.setTabKeyNavigation(False)
    table.setShowGrid(False)
    table.verticalHeader().hide()
    table.verticalHeader().setMinimumSectionSize(1)
    table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
    table.horizontalHeader().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
    table.horizontalHeader().setSectionsClickable(False)
    table.horizontalHeader().setHighlightSections(False)
    return table
