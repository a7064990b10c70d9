"""Time as a picture: how much of a promise has passed, and which hours of a band were counted."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from PySide6.QtCore import QRectF, QSize
from PySide6.QtGui import QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from console.ui.theme import theme
from console.ui.widgets.drawn import Drawn
from console.ui.widgets.paint import CENTER, RIGHT, draw_text, hatch, restored, rounded
from console.ui.widgets.pills import Urgency

Span = tuple[datetime, datetime]


_FILL = {
    Urgency.MISSED: "missed",
    Urgency.NOW: "now",
    Urgency.SOON: "soon",
    Urgency.MET: "met",
}
_INK = {
    Urgency.MISSED: "missed_text",
    Urgency.NOW: "now_text",
    Urgency.SOON: "soon_text",
    Urgency.MET: "met_text",
}


class PromiseBar(Drawn):
    """One promise: its name, time left, elapsed of allowed with a needle at now, and when it is due."""

    def __init__(self, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._title = title
        self._urgency = Urgency.TODAY
        self._left, self._elapsed, self._due = "", "", ""
        self._share: float | None = None
        self._goal = False

    def show_promise(
        self,
        *,
        urgency: Urgency,
        left: str,
        share: float | None,
        elapsed: str,
        due: str,
        title: str | None = None,
        goal: bool = False,
    ) -> None:
        """``left`` "24 min left", ``share`` elapsed of allowed (None: no needle), ``elapsed`` "36 of 60 min"."""
        self._title = title or self._title
        self._urgency, self._left, self._elapsed, self._due = urgency, left, elapsed, due
        self._share = None if share is None else min(1.0, max(0.0, share))
        self._goal = goal
        self.setAccessibleName(f"{self._title}: {left}, {elapsed}, {due}")
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        lines = theme().metrics("strong").height() + theme().metrics("caption").height()
        return QSize(theme().px(260), lines + theme().px(20))

    def minimumSizeHint(self) -> QSize:
        return QSize(theme().px(180), self.sizeHint().height())

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        px, width = theme().px, float(self.width())
        head, foot = theme().metrics("strong").height(), theme().metrics("caption").height()
        ink = "text" if self._goal else _INK.get(self._urgency, "text")
        _ends(painter, QRectF(0, 0, width, head), self._title, self._left, "strong", "text", ink)
        self._draw_bar(painter, QRectF(0, head + px(6), width, px(8)))
        line = QRectF(0, head + px(18), width, foot)
        _ends(
            painter, line, self._elapsed, self._due, "caption", "text2", "text2", right_role="caption_medium"
        )
        painter.end()

    def _draw_bar(self, painter: QPainter, bar: QRectF) -> None:
        radius = bar.height() / 2
        if self._goal:
            rounded(painter, bar, radius, line="line_strong", dashed=True)
        else:
            rounded(painter, bar, radius, fill="sunken", line="line" if theme().line_width > 1 else None)
        if self._share is None:
            return
        done = QRectF(bar)
        done.setWidth(bar.width() * self._share)
        fill = "line_strong" if self._goal else _FILL.get(self._urgency, "line_strong")
        with restored(painter):
            clip = QPainterPath()
            clip.addRoundedRect(bar, radius, radius)
            painter.setClipPath(clip)
            painter.fillRect(done, theme().color(fill))
        needle = QRectF(min(done.right(), bar.right() - 2), bar.top() - 3, 2, bar.height() + 6)
        painter.fillRect(needle, theme().color("text"))


def _ends(
    painter: QPainter,
    line: QRectF,
    left: str,
    right: str,
    role: str,
    left_ink: str,
    right_ink: str,
    right_role: str = "",
) -> None:
    """Two texts at the ends of a line; the right one keeps its room, the left one is cut."""
    right_role = right_role or role
    taken = theme().metrics(right_role).horizontalAdvance(right) + 4 if right else 0
    room = line.adjusted(0, 0, -min(taken + theme().px(8), line.width() / 2 if taken else 0), 0)
    draw_text(painter, room, left, role=role, ink=left_ink)
    draw_text(painter, line, right, role=right_role, ink=right_ink, align=RIGHT)


@dataclass(frozen=True, slots=True)
class Mark:
    """An instant on the band with its words; ``ink`` is a token."""

    at: datetime
    label: str
    ink: str = "text"


@dataclass(frozen=True, slots=True)
class Band:
    """The window shown, when the desk was open in it, which hours were counted, and what stands where.

    All instants are aware. ``open`` covering the whole window draws an unbroken band (elapsed time).
    ``counted`` spans carry their words ("4 h"). ``ticks`` are the hours above the band.
    """

    start: datetime
    end: datetime
    open: tuple[Span, ...]
    counted: tuple[tuple[datetime, datetime, str], ...] = ()
    marks: tuple[Mark, ...] = ()
    ticks: tuple[tuple[datetime, str], ...] = ()
    struck: bool = False


class HoursBand(Drawn):
    """The picture of "why this time": closed hours hatched, counted hours filled, marks with words below."""

    def __init__(self, band: Band | None = None, says: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._band = band
        self.setAccessibleName(says)

    def show_band(self, band: Band | None, says: str) -> None:
        """Another band; ``says`` is the sentence and the sum for screen readers."""
        self._band = band
        self.setAccessibleName(says)
        self.update()

    def sizeHint(self) -> QSize:
        line = theme().metrics("chip").height()
        return QSize(theme().px(380), 2 * line + theme().px(34))

    def minimumSizeHint(self) -> QSize:
        return QSize(theme().px(200), self.sizeHint().height())

    def paintEvent(self, _event: QPaintEvent) -> None:
        if self._band is None or self._band.end <= self._band.start:
            return
        painter = QPainter(self)
        line = theme().metrics("chip").height()
        bar = QRectF(0.5, line + theme().px(4), self.width() - 1, theme().px(22))
        self._draw_ticks(painter, self._band, line)
        self._draw_hours(painter, self._band, bar)
        self._draw_marks(painter, self._band, bar, line)
        painter.end()

    def _x(self, band: Band, at: datetime) -> float:
        whole = (band.end - band.start).total_seconds()
        share = (at - band.start).total_seconds() / whole
        return 0.5 + min(1.0, max(0.0, share)) * (self.width() - 1)

    def _draw_ticks(self, painter: QPainter, band: Band, line: int) -> None:
        texts = [(self._x(band, at), text) for at, text in band.ticks]
        for x, width, text in placed(texts, self.width(), "chart"):
            draw_text(painter, QRectF(x, 0, width, line), text, role="chart", ink="text2")

    def _draw_hours(self, painter: QPainter, band: Band, bar: QRectF) -> None:
        with restored(painter):
            clip = QPainterPath()
            clip.addRoundedRect(bar, theme().px(4), theme().px(4))
            painter.setClipPath(clip)
            hatch(painter, bar)
            for start, end in band.open:
                painter.fillRect(self._slice(band, bar, start, end), theme().color("surface"))
            for start, end, text in band.counted:
                part = self._slice(band, bar, start, end)
                painter.fillRect(part, theme().color("line_strong" if band.struck else "accent"))
                if theme().metrics("chip").horizontalAdvance(text) <= part.width() - 4:
                    draw_text(painter, part, text, role="chip", ink="on_accent", align=CENTER)
        rounded(painter, bar, theme().px(4), line="line_strong", width=theme().line_width)
        if band.struck:
            painter.fillRect(QRectF(bar.left(), bar.center().y() - 1, bar.width(), 2), theme().color("text"))

    def _slice(self, band: Band, bar: QRectF, start: datetime, end: datetime) -> QRectF:
        left, right = self._x(band, start), self._x(band, end)
        return QRectF(left, bar.top(), max(0.0, right - left), bar.height())

    def _draw_marks(self, painter: QPainter, band: Band, bar: QRectF, line: int) -> None:
        painter.setPen(QPen(theme().color("text"), 2))
        for mark in band.marks:
            x = min(max(self._x(band, mark.at), 1), self.width() - 1)
            painter.drawLine(int(x), int(bar.top()) - 3, int(x), int(bar.bottom()) + 4)
        top = bar.bottom() + theme().px(5)
        texts = [(self._x(band, mark.at), mark.label) for mark in band.marks]
        inks = {mark.label: mark.ink for mark in band.marks}
        for x, width, text in placed(texts, self.width(), "chip"):
            draw_text(painter, QRectF(x, top, width, line), text, role="chip", ink=inks[text])


def placed(texts: Sequence[tuple[float, str]], width: float, role: str) -> list[tuple[float, float, str]]:
    """Left edge, width and text of labels centred on their places, inside ``width``, not over one another."""
    metrics, gap = theme().metrics(role), theme().px(8)
    boxes = [[x - metrics.horizontalAdvance(t) / 2, metrics.horizontalAdvance(t) + 2.0] for x, t in texts]
    edge = 0.0
    for box in boxes:
        box[0] = max(box[0], edge)
        edge = box[0] + box[1] + gap
    edge = width
    for box in reversed(boxes):
        box[0] = max(0.0, min(box[0], edge - box[1]))
        edge = box[0] - gap
    return [(box[0], box[1], text) for box, (_, text) in zip(boxes, texts, strict=True)]
