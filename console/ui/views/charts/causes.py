"""Causes of missed guarantees as horizontal bars with their numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QRectF, QSize
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QSizePolicy, QWidget

from console.ui.theme import theme
from console.ui.views.charts.chart import Chart, Mark
from console.ui.views.charts.look import RIGHT, Look, box, write


@dataclass(frozen=True, slots=True)
class CauseBar:
    """One cause and how often it was named."""

    words: str
    count: int
    says: str
    title: str = ""
    ids: frozenset[int] = frozenset()


def line_height(look: Look) -> int:
    """Height of one bar with its words."""
    return look.metrics("caption").height() + look.px(3)


def draw_causes(painter: QPainter, rect: QRectF, bars: Sequence[CauseBar], look: Look, hot: int = -1) -> None:
    """All bars, one under the other, in ``rect``."""
    most = max((bar.count for bar in bars), default=1)
    height = line_height(look)
    words, number = _widths(rect, bars, look)
    for at, bar in enumerate(bars):
        line = QRectF(rect.left(), rect.top() + at * height, rect.width(), height)
        if at == hot:
            box(painter, look, line, look.px(4), fill="hover")
        write(
            painter, look, line.adjusted(0, 0, words - rect.width(), 0), bar.words, role="caption", ink="text"
        )
        thick = look.px(8)
        track = QRectF(
            line.left() + words + look.px(8),
            line.center().y() - thick / 2,
            line.width() - words - number - look.px(20),
            thick,
        )
        box(painter, look, track, thick / 2, fill="sunken", line=None)
        filled = QRectF(track)
        filled.setWidth(max(thick, track.width() * bar.count / most))
        box(painter, look, filled, thick / 2, fill="chart4")
        write(painter, look, line, str(bar.count), role="caption_strong", align=RIGHT)


def _widths(rect: QRectF, bars: Sequence[CauseBar], look: Look) -> tuple[float, float]:
    metrics = look.metrics("caption")
    words = max((metrics.horizontalAdvance(bar.words) + 4 for bar in bars), default=0)
    number = max(
        (look.metrics("caption_strong").horizontalAdvance(str(bar.count)) for bar in bars), default=0
    )
    return min(max(words, look.px(130)), rect.width() * 0.5), number


class CausesChart(Chart):
    """The widget; ``show_causes`` gives it its data."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Causes", parent)
        self._bars: tuple[CauseBar, ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_causes(self, bars: Sequence[CauseBar], sentence: str) -> None:
        """Other bars, and what they say in one sentence."""
        self._bars = tuple(bars)
        self.say(sentence)

    def bars(self) -> tuple[CauseBar, ...]:
        """What is shown."""
        return self._bars

    def sizeHint(self) -> QSize:
        return QSize(theme().px(300), max(1, len(self._bars)) * line_height(theme()))

    def minimumSizeHint(self) -> QSize:
        return QSize(theme().px(200), self.sizeHint().height())

    def draw(self, painter: QPainter) -> None:
        draw_causes(painter, self.rect().toRectF(), self._bars, theme(), self.hot())

    def marks(self) -> tuple[Mark, ...]:
        height, width = line_height(theme()), self.width()
        return tuple(
            Mark(QRectF(0, at * height, width, height), bar.says, bar.ids, bar.title)
            for at, bar in enumerate(self._bars)
        )
