"""Missed guarantees per day as stacked bars: solid = begin or respond, hatched = plan, short line = the day before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QLineF, QRectF, QSize
from PySide6.QtGui import QPainter, QPen
from PySide6.QtWidgets import QWidget

from console.ui.theme import theme
from console.ui.views.charts.chart import Chart, Mark
from console.ui.views.charts.look import CENTER, RIGHT, Look, box, hatched, write

BEGIN, PLAN, BEFORE = "missed", "chart2", "chart4"
_LEAST_TOP = 4


@dataclass(frozen=True, slots=True)
class Bar:
    """One bucket: how many missed now and before; ``tick`` labels it on the axis (or is empty), ``says`` is the tip."""

    begin: int
    plan: int
    before: int
    says: str
    title: str = ""
    tick: str = ""
    strong: bool = False
    ids: frozenset[int] = frozenset()

    @property
    def whole(self) -> int:
        """All that were missed."""
        return self.begin + self.plan


@dataclass(frozen=True, slots=True)
class Places:
    """Where the parts of the chart lie in its rectangle."""

    plot: QRectF
    pitch: float
    top: int
    step: int
    widest: float = 16.0

    def height(self, count: int) -> float:
        """How high ``count`` stands."""
        return self.plot.height() * count / self.top

    def column(self, at: int) -> QRectF:
        """The whole column of a bar, from top to base line."""
        return QRectF(self.plot.left() + at * self.pitch, self.plot.top(), self.pitch, self.plot.height())

    def bar(self, at: int, low: int, high: int) -> QRectF:
        """The part of a bar from ``low`` to ``high`` missed."""
        width = max(1.5, min(self.widest, self.pitch * 0.68))
        left = self.plot.left() + (at + 0.5) * self.pitch - width / 2
        upper, lower = self.plot.bottom() - self.height(high), self.plot.bottom() - self.height(low)
        return QRectF(left, upper, width, lower - upper)


def places(rect: QRectF, bars: Sequence[Bar], look: Look) -> Places:
    """The geometry of the chart in ``rect``."""
    most = max((max(bar.whole, bar.before) for bar in bars), default=0)
    step = _step_for(most)
    top = max(_LEAST_TOP if step == 1 else 0, -(-most // step) * step)
    left = look.metrics("chart").horizontalAdvance(str(top)) + look.px(15)
    foot = look.metrics("chart").height() + look.px(7)
    head = look.metrics("chart").height() / 2
    plot = rect.adjusted(left, head, 0, -foot)
    return Places(plot, plot.width() / max(1, len(bars)), top, step, look.px(16))


def _step_for(most: int) -> int:
    size = 1
    while True:
        for step in (size, 2 * size, 5 * size):
            if most <= step * _LEAST_TOP:
                return step
        size *= 10


def draw_per_day(painter: QPainter, rect: QRectF, bars: Sequence[Bar], look: Look, hot: int = -1) -> None:
    """The whole chart: grid, bars, marks of the period before, labels."""
    at = places(rect, bars, look)
    _draw_grid(painter, rect, at, look)
    for place, bar in enumerate(bars):
        if place == hot:
            painter.fillRect(at.column(place), look.color("hover"))
        if bar.before:
            _draw_before(painter, place, bar, at, look)
        _draw_bar(painter, place, bar, at, look)
    base = QLineF(at.plot.bottomLeft(), at.plot.bottomRight())
    painter.setPen(QPen(look.color("line_strong"), 1))
    painter.drawLine(base)
    _draw_ticks(painter, rect, bars, at, look)


def _draw_grid(painter: QPainter, rect: QRectF, at: Places, look: Look) -> None:
    height = look.metrics("chart").height()
    for value in range(at.step, at.top + 1, at.step):
        y = round(at.plot.bottom() - at.height(value)) + 0.5
        painter.setPen(QPen(look.color("grid"), 1))
        painter.drawLine(QLineF(at.plot.left(), y, at.plot.right(), y))
        label = QRectF(rect.left(), y - height / 2, at.plot.left() - rect.left() - look.px(8), height)
        write(painter, look, label, str(value), role="chart", ink="text2", align=RIGHT)


def _draw_bar(painter: QPainter, place: int, bar: Bar, at: Places, look: Look) -> None:
    if bar.begin:
        box(painter, look, at.bar(place, 0, bar.begin), 2.5, fill=BEGIN)
    if bar.plan:
        part = at.bar(place, bar.begin, bar.whole)
        hatched(painter, look, part.adjusted(0, 0, 0, -1 if bar.begin else 0), 2.5, fill=PLAN)


def _draw_before(painter: QPainter, place: int, bar: Bar, at: Places, look: Look) -> None:
    y = round(at.plot.bottom() - at.height(bar.before)) + 0.5
    column = at.column(place)
    painter.setPen(QPen(look.color(BEFORE), 2))
    painter.drawLine(QLineF(column.left() + 0.5, y, column.right() - 0.5, y))


def _draw_ticks(painter: QPainter, rect: QRectF, bars: Sequence[Bar], at: Places, look: Look) -> None:
    height = look.metrics("chart").height()
    top = rect.bottom() - height
    edge = rect.right() + 1
    for place in reversed(range(len(bars))):
        bar = bars[place]
        if not bar.tick:
            continue
        role = "chip" if bar.strong else "chart"
        width = look.metrics(role).horizontalAdvance(bar.tick) + 2.0
        middle = at.plot.left() + (place + 0.5) * at.pitch
        left = min(middle - width / 2, rect.right() - width)
        if left + width > edge:
            continue
        edge = left - look.px(8)
        ink = "text" if bar.strong else "text2"
        write(painter, look, QRectF(left, top, width, height), bar.tick, role=role, ink=ink, align=CENTER)


class PerDayChart(Chart):
    """The widget; ``show_bars`` gives it its data."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Missed per day", parent)
        self._bars: tuple[Bar, ...] = ()

    def show_bars(self, bars: Sequence[Bar], sentence: str) -> None:
        """Other bars, and what they say in one sentence."""
        self._bars = tuple(bars)
        self.say(sentence)

    def bars(self) -> tuple[Bar, ...]:
        """What is shown."""
        return self._bars

    def sizeHint(self) -> QSize:
        return QSize(theme().px(420), theme().px(150))

    def minimumSizeHint(self) -> QSize:
        return QSize(theme().px(240), theme().px(130))

    def draw(self, painter: QPainter) -> None:
        draw_per_day(painter, self.rect().toRectF(), self._bars, theme(), self.hot())

    def marks(self) -> tuple[Mark, ...]:
        at = places(self.rect().toRectF(), self._bars, theme())
        return tuple(
            Mark(at.column(place), bar.says, bar.ids, bar.title) for place, bar in enumerate(self._bars)
        )
