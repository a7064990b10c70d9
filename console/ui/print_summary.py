"""The breach summary on paper: A4 or Letter, always light; page 1 has tiles and charts, then the tables.

Everything is made from the same words and sheets as the screen. Runs on any thread once the typeface is loaded.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QMarginsF, QRectF, Qt
from PySide6.QtGui import QPageLayout, QPageSize, QPainter, QPdfWriter

from console import __version__
from console.ui import format as fmt
from console.ui.format import Times
from console.ui.models import breach_words as words
from console.ui.models.breach_model import Cell, Line, Sheet
from console.ui.models.breach_sheets import missed_sheet, priority_sheet
from console.ui.models.breach_words import TileWords
from console.ui.views import breach_summary_charts as charts
from console.ui.views.charts.causes import draw_causes, line_height
from console.ui.views.charts.look import LEFT, RIGHT, Look, PaperLook, box, hatched, write
from console.ui.views.charts.per_day import BEFORE, BEGIN, PLAN, draw_per_day
from console.ui.views.charts.week_grid import draw_grid

if TYPE_CHECKING:
    from console.services.summary import Summary

#: The page in units of our own: so wide whatever the paper, as high as the paper allows.
WIDTH = 780.0
MARGIN_MM, DOTS_PER_INCH = 14.0, 600
_FOOT, _ROW, _HEAD, _GAP = 26.0, 23.0, 24.0, 14.0
Draw = Callable[[QPainter, Look, QRectF], None]


@dataclass(frozen=True, slots=True)
class Part:
    """Something drawn in a rectangle of a page."""

    rect: QRectF
    draw: Draw


@dataclass
class Flow:
    """Fills pages from top to bottom."""

    height: float
    pages: list[list[Part]] = field(default_factory=lambda: [[]])
    y: float = 0.0

    def room(self, height: float) -> bool:
        """Whether ``height`` still fits on this page."""
        return self.y + height <= self.height - _FOOT

    def put(self, height: float, draw: Draw) -> None:
        """Takes ``height`` of this page, or of the next one when it does not fit."""
        if not self.room(height) and self.pages[-1]:
            self.turn()
        self.pages[-1].append(Part(QRectF(0, self.y, WIDTH, height), draw))
        self.y += height

    def skip(self, height: float) -> None:
        """Leaves air, unless the page has just begun."""
        if self.pages[-1]:
            self.y += height

    def turn(self) -> None:
        """A new page."""
        self.pages.append([])
        self.y = 0.0


def write_pdf(
    summary: Summary,
    file: Path,
    times: Times,
    filters: str,
    *,
    letter: bool = False,
    at: datetime | None = None,
) -> int:
    """How many pages were written. ``filters`` says what was filtered, ``at`` is the instant of open misses on screen.

    Raises OSError when the file cannot be written; nothing is left behind then.
    """
    made, pages = rendered(summary, times, filters, letter=letter, at=at or summary.at)
    file.write_bytes(made)
    return pages


def rendered(
    summary: Summary, times: Times, filters: str, *, letter: bool, at: datetime
) -> tuple[bytes, int]:
    """The PDF, and how many pages it has."""
    stored = QByteArray()
    device = QBuffer(stored)
    device.open(QIODevice.OpenModeFlag.WriteOnly)
    writer = QPdfWriter(device)
    size = QPageSize(QPageSize.PageSizeId.Letter if letter else QPageSize.PageSizeId.A4)
    margins = QMarginsF(MARGIN_MM, MARGIN_MM, MARGIN_MM, MARGIN_MM)
    layout = QPageLayout(size, QPageLayout.Orientation.Portrait, margins, QPageLayout.Unit.Millimeter)
    writer.setResolution(DOTS_PER_INCH)
    writer.setPageLayout(layout)
    writer.setTitle(f"SLA breach summary, {words.long_span(summary.period)}")
    writer.setCreator(f"Support Console {__version__}")
    look = PaperLook()
    scale = writer.width() / WIDTH
    pages = laid_out(summary, times, look, writer.height() / scale, at=at, filters=filters)
    footer = foot_words(summary, times, filters)
    painter = QPainter(writer)
    try:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.scale(scale, scale)
        for number, page in enumerate(pages, 1):
            if number > 1:
                writer.newPage()
            _draw_page(painter, look, page, footer, f"page {number} of {len(pages)}", writer.height() / scale)
    finally:
        painter.end()
        device.close()
    return bytes(stored.data()), len(pages)


def _draw_page(
    painter: QPainter, look: Look, page: Sequence[Part], footer: str, number: str, height: float
) -> None:
    for part in page:
        part.draw(painter, look, part.rect)
    line = QRectF(0, height - _FOOT + 8, WIDTH, _FOOT - 8)
    painter.fillRect(QRectF(0, line.top() - 2, WIDTH, 0.8), look.color("line"))
    write(painter, look, line.adjusted(0, 0, -90, 0), footer, role="chart", ink="text2")
    write(painter, look, line, number, role="chart", ink="text2", align=RIGHT)


def foot_words(summary: Summary, times: Times, filters: str) -> str:
    """Period, filters, when it was generated, and by which policy."""
    made = f"{words.full_day(summary.at.astimezone(times.policy))} {summary.at.astimezone(times.policy).year}"
    period = f"{words.long_span(summary.period)}, {times.policy_name}"
    clock = times.policy_clock(summary.at)
    return fmt.DOT.join(
        (period, filters, f"generated {made}, {clock}", f"policy version {summary.policy_version}")
    )


def laid_out(
    summary: Summary, times: Times, look: Look, height: float, *, at: datetime, filters: str
) -> list[list[Part]]:
    """The pages of a paper that is ``height`` units high."""
    flow = Flow(height)
    flow.put(52, _title(summary, times, filters))
    flow.put(104, _tiles(words.tile_words(summary)))
    flow.skip(_GAP)
    if summary.tiles.due == 0:
        flow.put(30, _words(words.nothing_due(summary), "card_title"))
        return flow.pages
    _put_charts(flow, summary, times, look)
    flow.turn()
    _put_table(flow, "By priority", priority_sheet(summary), look)
    flow.skip(_GAP * 1.5)
    _put_table(flow, f"Missed guarantees ({len(summary.missed)})", missed_sheet(summary, at, times), look)
    flow.skip(4)
    ink = "text" if summary.reconciliation.adds_up else "missed_text"
    flow.put(20, _words(words.reconciliation(summary), "caption_strong", ink))
    return flow.pages


def _put_charts(flow: Flow, summary: Summary, times: Times, look: Look) -> None:
    today = summary.at.astimezone(ZoneInfo(summary.period.zone)).date()
    bars = charts.per_day_bars(summary, today)
    grid, causes = charts.week_grid(summary, times), charts.cause_bars(summary)
    legend = words.same_day_before(summary)
    flow.put(22, _chart_head(charts.per_day_title(summary), legend))
    flow.put(230, lambda painter, look, rect: draw_per_day(painter, rect, bars, look))
    flow.skip(_GAP)
    flow.put(
        22, _chart_note("When they were missed", f"{times.policy_name} time; grey is outside business hours")
    )
    flow.put(240, lambda painter, look, rect: draw_grid(painter, rect, grid, look))
    flow.skip(_GAP)
    if causes:
        flow.put(22, _words("Causes", "section"))
        flow.put(
            len(causes) * line_height(look) + 4,
            lambda painter, look, rect: draw_causes(painter, rect, causes, look),
        )


# parts


def _words(text: str, role: str, ink: str = "text") -> Draw:
    def draw(painter: QPainter, look: Look, rect: QRectF) -> None:
        write(painter, look, rect, text, role=role, ink=ink)

    return draw


def _title(summary: Summary, times: Times, filters: str) -> Draw:
    period = f"{words.long_span(summary.period)}, {times.policy_name}"
    beside = f"{words.compared_with(summary)}{fmt.DOT}{filters}"

    def draw(painter: QPainter, look: Look, rect: QRectF) -> None:
        line = QRectF(rect.left(), rect.top(), rect.width(), 24)
        write(painter, look, line, "SLA breach summary", role="title")
        write(painter, look, line, period, role="strong", align=RIGHT)
        write(painter, look, line.translated(0, 22), beside, role="caption", ink="text2")

    return draw


def _tiles(tiles: Sequence[TileWords]) -> Draw:
    def draw(painter: QPainter, look: Look, rect: QRectF) -> None:
        width = (rect.width() - (len(tiles) - 1) * 8) / len(tiles)
        for at, tile in enumerate(tiles):
            _draw_tile(painter, look, QRectF(rect.left() + at * (width + 8), rect.top(), width, 98), tile)

    return draw


def _draw_tile(painter: QPainter, look: Look, rect: QRectF, tile: TileWords) -> None:
    goal = tile.id == "goals"
    box(painter, look, rect, 6, line="line_strong" if goal else "line", dashed=goal)
    inside = rect.adjusted(9, 7, -9, -6)
    write(
        painter,
        look,
        QRectF(inside.left(), inside.top(), inside.width(), 16),
        tile.title,
        role="caption_medium",
    )
    figure = QRectF(inside.left(), inside.top() + 17, inside.width(), 28)
    write(painter, look, figure, tile.figure, role="figure_small", ink=tile.ink)
    beside = QRectF(inside.left(), inside.top() + 46, inside.width(), 15)
    write(painter, look, beside, tile.beside, role="caption", ink="text2")
    painter.setFont(look.font("chart"))
    painter.setPen(look.color("text2"))
    wrapped = Qt.TextFlag.TextWordWrap | Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft
    painter.drawText(QRectF(inside.left(), inside.top() + 62, inside.width(), 28), int(wrapped), tile.change)


def _chart_head(title: str, before: str) -> Draw:
    def draw(painter: QPainter, look: Look, rect: QRectF) -> None:
        write(painter, look, rect, title, role="section")
        x, middle = rect.right(), rect.center().y()
        for kind, text in (("before", before), ("plan", "resolve or plan"), ("begin", "begin or respond")):
            width = look.metrics("caption").horizontalAdvance(text) + 2
            x -= width
            write(
                painter, look, QRectF(x, rect.top(), width, rect.height()), text, role="caption", ink="text2"
            )
            place = QRectF(x - 16, middle - 5, 10, 10)
            if kind == "begin":
                box(painter, look, place, 2, fill=BEGIN)
            elif kind == "plan":
                hatched(painter, look, place, 2, fill=PLAN)
            else:
                painter.fillRect(QRectF(x - 16, middle - 0.8, 11, 1.6), look.color(BEFORE))
            x -= 28

    return draw


def _chart_note(title: str, note: str) -> Draw:
    def draw(painter: QPainter, look: Look, rect: QRectF) -> None:
        write(painter, look, rect, title, role="section")
        write(painter, look, rect, note, role="caption", ink="text2", align=RIGHT)

    return draw


# tables


def _put_table(flow: Flow, title: str, sheet: Sheet, look: Look) -> None:
    """A table with its head, which is said again on each further page."""
    widths = column_widths(sheet, look)
    if not flow.room(2 * _HEAD + _ROW):
        flow.turn()
    flow.put(_HEAD, _words(title, "section"))
    flow.put(_HEAD, _heads(sheet, widths))
    for line in sheet.lines:
        if not flow.room(_ROW):
            flow.turn()
            flow.put(_HEAD, _words(f"{title}, continued", "section"))
            flow.put(_HEAD, _heads(sheet, widths))
        flow.put(_ROW, _row(sheet, line, widths))


def column_widths(sheet: Sheet, look: Look) -> list[float]:
    """Natural widths; what is left, or lacking, is shared by the columns that stretch."""
    widths = []
    for at, column in enumerate(sheet.columns):
        head = look.metrics("caption_medium").horizontalAdvance(column.title)
        cells = (
            look.metrics("caption_strong").horizontalAdvance(line.cells[at].text) for line in sheet.lines
        )
        widths.append(max(head, *cells, 0) + _GAP)
    stretching = [at for at, column in enumerate(sheet.columns) if column.stretch]
    spare = WIDTH - sum(widths)
    for at in stretching:
        widths[at] = max(60.0, widths[at] + spare / len(stretching))
    return widths


def _heads(sheet: Sheet, widths: Sequence[float]) -> Draw:
    def draw(painter: QPainter, look: Look, rect: QRectF) -> None:
        for place, column in zip(_cells(rect, widths), sheet.columns, strict=True):
            align = RIGHT if column.right else LEFT
            write(painter, look, place, column.title, role="caption_medium", ink="text2", align=align)
        painter.fillRect(QRectF(rect.left(), rect.bottom() - 1, rect.width(), 1), look.color("line_strong"))

    return draw


def _row(sheet: Sheet, line: Line, widths: Sequence[float]) -> Draw:
    def draw(painter: QPainter, look: Look, rect: QRectF) -> None:
        for place, column, cell in zip(_cells(rect, widths), sheet.columns, line.cells, strict=True):
            align = RIGHT if column.right else LEFT
            write(
                painter,
                look,
                place,
                cell.text,
                role=_paper_role(cell, line),
                ink=_paper_ink(cell),
                align=align,
            )
        painter.fillRect(QRectF(rect.left(), rect.bottom() - 0.6, rect.width(), 0.6), look.color("line"))

    return draw


def _cells(rect: QRectF, widths: Sequence[float]) -> list[QRectF]:
    places, x = [], rect.left()
    for at, width in enumerate(widths):
        last = at == len(widths) - 1
        places.append(QRectF(x, rect.top(), width - (0 if last else _GAP), rect.height()))
        x += width
    return places


def _paper_role(cell: Cell, line: Line) -> str:
    return "caption_strong" if line.total or cell.role == "strong" else "caption"


def _paper_ink(cell: Cell) -> str:
    return "text" if cell.ink == "link" else cell.ink
