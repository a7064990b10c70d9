"""When guarantees were missed: weekdays by hours of the policy's zone, numbers in the cells, closed hours shaded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QRectF, QSize
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QWidget

from console.ui.theme import theme
from console.ui.views.charts.chart import Chart, Mark
from console.ui.views.charts.look import CENTER, LEFT, Look, box, write

HOURS, DAYS = 24, 7
#: From this many on a cell is solid: more ink for more missed.
SOLID_FROM = 2


@dataclass(frozen=True, slots=True)
class GridCell:
    """One hour of one weekday."""

    count: int
    closed: bool
    says: str
    title: str = ""
    ids: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Grid:
    """Seven rows of 24 cells, the names of the weekdays, and the labels under some of the hours."""

    rows: tuple[tuple[GridCell, ...], ...] = ()
    days: tuple[str, ...] = ()
    hours: tuple[tuple[int, str], ...] = ()


def cell_rect(rect: QRectF, grid: Grid, weekday: int, hour: int, look: Look) -> QRectF:
    """Where a cell lies."""
    left = max((look.metrics("chart").horizontalAdvance(day) for day in grid.days), default=0) + look.px(13)
    foot = look.metrics("chart").height() + look.px(8)
    across = (rect.width() - left) / HOURS
    down = (rect.height() - foot) / DAYS
    return QRectF(
        rect.left() + left + hour * across + 1, rect.top() + weekday * down + 1, across - 2, down - 2
    )


def draw_grid(
    painter: QPainter, rect: QRectF, grid: Grid, look: Look, hot: tuple[int, int] = (-1, -1)
) -> None:
    """The whole grid with its labels."""
    for weekday, row in enumerate(grid.rows):
        first = cell_rect(rect, grid, weekday, 0, look)
        label = QRectF(rect.left(), first.top(), first.left() - rect.left(), first.height())
        write(painter, look, label, grid.days[weekday], role="chart", ink="text2", align=LEFT)
        for hour, cell in enumerate(row):
            _draw_cell(
                painter, cell_rect(rect, grid, weekday, hour, look), cell, look, hot=hot == (weekday, hour)
            )
    if grid.rows:
        _draw_hours(painter, rect, grid, look)


def _draw_cell(painter: QPainter, place: QRectF, cell: GridCell, look: Look, *, hot: bool) -> None:
    if not cell.count:
        box(painter, look, place, 3, fill="closed" if cell.closed else "window")
        return
    solid = cell.count >= SOLID_FROM
    box(painter, look, place, 3, fill="missed" if solid else "missed_tint", line="text" if hot else "missed")
    ink = "on_missed" if solid else "missed_text"
    write(painter, look, place.adjusted(-2, 0, 2, 0), str(cell.count), role="chip", ink=ink, align=CENTER)


def _draw_hours(painter: QPainter, rect: QRectF, grid: Grid, look: Look) -> None:
    height = look.metrics("chart").height()
    edge = rect.right() + 1
    for hour, text in reversed(grid.hours):
        cell = cell_rect(rect, grid, DAYS - 1, hour, look)
        width = look.metrics("chart").horizontalAdvance(text) + 2.0
        left = min(cell.left(), rect.right() - width)
        if left + width > edge:
            continue
        edge = left - look.px(8)
        write(
            painter,
            look,
            QRectF(left, rect.bottom() - height, width, height),
            text,
            role="chart",
            ink="text2",
        )


class WeekGrid(Chart):
    """The widget; ``show_grid`` gives it its data. Only cells with a miss can be opened."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("When they were missed", parent)
        self._grid = Grid()
        self._full: tuple[tuple[int, int], ...] = ()

    def show_grid(self, grid: Grid, sentence: str) -> None:
        """Another grid, and what it says in one sentence."""
        self._grid = grid
        self._full = tuple(
            (weekday, hour)
            for weekday, row in enumerate(grid.rows)
            for hour, cell in enumerate(row)
            if cell.count
        )
        self.say(sentence)

    def grid(self) -> Grid:
        """What is shown."""
        return self._grid

    def sizeHint(self) -> QSize:
        return QSize(theme().px(420), theme().px(150))

    def minimumSizeHint(self) -> QSize:
        line = theme().metrics("chip").height() + 4
        widest = theme().metrics("chip").horizontalAdvance("0") + 6
        return QSize(HOURS * widest + theme().px(44), DAYS * line + theme().px(24))

    def draw(self, painter: QPainter) -> None:
        hot = self._full[self.hot()] if 0 <= self.hot() < len(self._full) else (-1, -1)
        draw_grid(painter, self.rect().toRectF(), self._grid, theme(), hot)

    def marks(self) -> Sequence[Mark]:
        rect = self.rect().toRectF()
        found = []
        for weekday, hour in self._full:
            cell = self._grid.rows[weekday][hour]
            found.append(
                Mark(cell_rect(rect, self._grid, weekday, hour, theme()), cell.says, cell.ids, cell.title)
            )
        return found
