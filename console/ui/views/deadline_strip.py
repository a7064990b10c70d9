"""The deadline strip: the open deadlines of the next six hours on one axis, the first hour taking half of it."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QMouseEvent, QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from console.policy.terms import Milestone, PromiseKind
from console.ui import format as fmt
from console.ui.format import Times
from console.ui.models.queue_words import MILESTONE_WORDS, Judge
from console.ui.theme import theme
from console.ui.widgets.drawn import Drawn
from console.ui.widgets.labels import safe_tooltip
from console.ui.widgets.paint import draw_text, hatch, mark_path, restored, rounded

if TYPE_CHECKING:
    from console.policy.hours import BusinessCalendar
    from console.services.queue import Mark

HEIGHT = 72
HOUR = timedelta(hours=1)
FAR = timedelta(hours=6)
PAST = timedelta(minutes=20)
_PAST_SHARE = 0.13


@dataclass(frozen=True, slots=True)
class Axis:
    """Where instants stand between ``left`` and ``right``: a little past, the next hour (half of the rest), 5 hours."""

    left: float
    right: float
    now: datetime

    def x(self, at: datetime) -> float:
        """The place of an instant; what lies outside stands at the ends."""
        ahead = at - self.now
        room = self.right - self.left
        here = self.left + room * _PAST_SHARE
        half = (self.right - here) / 2
        if ahead < timedelta():
            return max(self.left, here + (here - self.left) * (ahead / PAST))
        if ahead <= HOUR:
            return here + half * (ahead / HOUR)
        return min(self.right, here + half + half * ((ahead - HOUR) / (FAR - HOUR)))


class DeadlineStrip(Drawn):
    """Marks for deadlines: ``picked(int)`` is the ticket whose mark was pressed."""

    picked = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setMouseTracking(True)
        self._marks: tuple[Mark, ...] = ()
        self._due: list[datetime] = []
        self._now = datetime.now(UTC)
        self._judge = Judge()
        self._chosen = 0
        self._places: list[tuple[QRectF, Mark]] = []
        self._say()

    def show_marks(
        self, marks: Sequence[Mark], now: datetime, judge: Judge, due: Sequence[datetime] | None = None
    ) -> None:
        """Other deadlines; ``due`` are the instants of all that ``marks`` stand for, if some are left out."""
        self._due = sorted(mark.due_at for mark in marks) if due is None else list(due)
        self._marks = tuple(mark for mark in marks if mark.due_at > now - 3 * PAST)
        self._judge = judge
        self.pass_time(now)

    def pass_time(self, now: datetime) -> None:
        """The axis moves on."""
        self._now = now
        self._say()
        self.update()

    def choose(self, ticket_id: int) -> None:
        """Rings the marks of the selected ticket."""
        if ticket_id != self._chosen:
            self._chosen = ticket_id
            self.update()

    def sizeHint(self) -> QSize:
        lines = theme().metrics("caption_strong").height() + theme().metrics("chart").height()
        return QSize(theme().px(300), max(theme().px(HEIGHT), lines + theme().px(38)))

    def minimumSizeHint(self) -> QSize:
        return QSize(theme().px(200), self.sizeHint().height())

    # drawing

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        try:
            self._paint(painter)
        finally:
            painter.end()

    def _paint(self, painter: QPainter) -> None:
        px, rect = theme().px, QRectF(self.rect())
        rounded(painter, rect, px(8), fill="surface")
        axis = Axis(rect.left() + px(10), rect.right() - px(16), self._now)
        labels = theme().metrics("chart").height()
        line_y = rect.bottom() - labels - px(9)
        with restored(painter):
            clip = QPainterPath()
            clip.addRoundedRect(rect.adjusted(1, 1, -1, -1), px(7), px(7))
            painter.setClipPath(clip)
            self._draw_grounds(painter, axis, rect)
        rounded(painter, rect, px(8), line="line")
        painter.fillRect(
            QRectF(axis.left, line_y, axis.right - axis.left + px(6), 1), theme().color("line_strong")
        )
        self._draw_hours(painter, axis, line_y, labels)
        now_x = axis.x(self._now)
        painter.fillRect(QRectF(now_x - 1, rect.top() + 1, 2, line_y - rect.top()), theme().color("accent"))
        self._draw_head(painter, rect, now_x)
        self._draw_marks(painter, axis, line_y)

    def _draw_grounds(self, painter: QPainter, axis: Axis, rect: QRectF) -> None:
        here = axis.x(self._now)
        soon, late = axis.x(self._now + self._judge.act_now), axis.x(self._now + self._judge.soon)
        painter.fillRect(QRectF(here, rect.top(), soon - here, rect.height()), theme().color("now_tint"))
        painter.fillRect(QRectF(soon, rect.top(), late - soon, rect.height()), theme().color("soon_tint"))
        for start, end in self._closed():
            left, right = axis.x(start), axis.x(end)
            if right - left > 1:
                hatch(painter, QRectF(left, rect.bottom() - theme().px(30), right - left, theme().px(9)))

    def _closed(self) -> list[tuple[datetime, datetime]]:
        """The stretches of the axis outside business hours."""
        calendar = self._judge.calendar
        if calendar is None:
            return []
        at, end, found = self._now, self._now + FAR, []
        while at < end:
            opens = calendar.next_opening(at)
            if opens > at:
                found.append((at, min(opens, end)))
            at = max(opens, at) + _open_stretch(calendar, max(opens, at), end)
        return found

    def _draw_hours(self, painter: QPainter, axis: Axis, line_y: float, labels: int) -> None:
        px, metrics = theme().px, theme().metrics("chart")
        painter.setPen(QPen(theme().color("line_strong"), 1))
        shown = f"{self._judge.times.clock(self._now).removesuffix(' AM').removesuffix(' PM')} now"
        wide = theme().metrics("chip").horizontalAdvance(shown) + 4
        top = line_y + px(4)
        here = QRectF(max(axis.left, axis.x(self._now) - wide / 2), top, wide, labels)
        draw_text(painter, here, shown, role="chip", ink="link")
        edge = 0.0
        for at in _ticks(self._now, self._judge.times):
            x, text = axis.x(at), _tick_words(at, self._judge.times)
            width = metrics.horizontalAdvance(text) + 4
            box = QRectF(x - width / 2, top, width, labels)
            painter.fillRect(QRectF(x, line_y, 1, px(3)), theme().color("line_strong"))
            if (
                box.left() < edge
                or box.right() > self.width() - 2
                or box.intersects(here.adjusted(-6, 0, 6, 0))
            ):
                continue
            draw_text(painter, box, text, role="chart", ink="text2")
            edge = box.right() + px(6)

    def _draw_head(self, painter: QPainter, rect: QRectF, now_x: float) -> None:
        px, height = theme().px, theme().metrics("caption_strong").height()
        title = QRectF(rect.left() + px(8), rect.top() + px(6), now_x - px(14), height)
        draw_text(painter, title, "Deadlines", role="caption_strong")
        x = rect.right() - px(8)
        for text, shape, hollow in (
            ("goal", "begin", True),
            ("resolve or plan", "plan", False),
            ("begin or respond", "begin", False),
        ):
            wide = theme().metrics("chart").horizontalAdvance(text) + 4
            x -= wide
            if x < rect.left() + rect.width() * 0.55:
                break
            draw_text(painter, QRectF(x, title.top(), wide, height), text, role="chart", ink="text2")
            x -= px(9)
            _draw_mark(painter, shape, x, title.center().y(), px(8), "text2", hollow=hollow)
            x -= px(14)

    def _draw_marks(self, painter: QPainter, axis: Axis, line_y: float) -> None:
        px, size = theme().px, theme().px(11)
        middle = line_y - px(14)
        self._places = []
        for mark in self._marks:
            if not -PAST * 3 < mark.due_at - self._now <= FAR:
                continue
            x = axis.x(mark.due_at)
            ink, goal = self._ink(mark), mark.kind is PromiseKind.GOAL
            painter.fillRect(
                QRectF(x - 0.5, middle, 1, line_y - middle), theme().color("line_strong" if goal else ink)
            )
            _draw_mark(painter, _shape(mark), x, middle, size, "line_strong" if goal else ink, hollow=goal)
            if mark.ticket_id == self._chosen:
                with restored(painter):
                    painter.setPen(QPen(theme().color("accent"), 2))
                    painter.drawEllipse(QPointF(x, middle), px(10), px(10))
            self._places.append((QRectF(x - px(12), middle - px(12), px(24), px(28)), mark))

    def _ink(self, mark: Mark) -> str:
        left = mark.due_at - self._now
        if left < timedelta():
            return "missed"
        if left <= self._judge.act_now:
            return "now"
        return "soon_text" if left <= self._judge.soon else "text3"

    # pointing

    def mark_at(self, x: float, y: float) -> Mark | None:
        """The mark nearest to a place, if one is near."""
        near = [(abs(box.center().x() - x), mark) for box, mark in self._places if box.contains(x, y)]
        return min(near, key=lambda each: each[0])[1] if near else None

    def mousePressEvent(self, event: QMouseEvent) -> None:
        mark = self.mark_at(event.position().x(), event.position().y())
        if mark is not None:
            self.picked.emit(mark.ticket_id)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        mark = self.mark_at(event.position().x(), event.position().y())
        self.setCursor(Qt.CursorShape.PointingHandCursor if mark else Qt.CursorShape.ArrowCursor)
        if mark is None:
            QToolTip.hideText()
            return
        words = f"{mark.ticket_id} · {_promise(mark)} {self._judge.times.when(mark.due_at, self._now)}\n{mark.subject}"
        QToolTip.showText(event.globalPosition().toPoint(), safe_tooltip(words), self)

    def _say(self) -> None:
        first, last = bisect_left(self._due, self._now), bisect_right(self._due, self._now + HOUR)
        words = f"Next hour: {fmt.count(last - first, 'deadline', 'deadlines')}"
        if last > first:
            words += f", first in {fmt.time_left(self._due[first] - self._now)}"
        self.setAccessibleName(words)


def _shape(mark: Mark) -> str:
    return "plan" if mark.milestone is Milestone.RESOLVE_OR_PLAN else "begin"


def _promise(mark: Mark) -> str:
    goal = " goal" if mark.kind is PromiseKind.GOAL else ""
    return f"{MILESTONE_WORDS[mark.milestone]}{goal} by"


def _draw_mark(
    painter: QPainter, shape: str, x: float, y: float, size: float, ink: str, *, hollow: bool
) -> None:
    with restored(painter):
        painter.setPen(QPen(theme().color(ink), 1.4))
        painter.setBrush(theme().color("surface") if hollow else theme().color(ink))
        painter.drawPath(mark_path(shape, x, y, size - 1.4))


def _ticks(now: datetime, times: Times) -> list[datetime]:
    """Quarters of an hour in the first hour (and the one just past), then full hours."""
    local = now.astimezone(times.zone)
    quarter = local.replace(minute=local.minute // 15 * 15, second=0, microsecond=0).astimezone(UTC)
    near = [quarter + timedelta(minutes=15) * step for step in range(5)]
    hour = local.replace(minute=0, second=0, microsecond=0).astimezone(UTC) + HOUR
    far = [hour + HOUR * step for step in range(7)]
    near = [at for at in near if at <= now + HOUR]
    return near + [at for at in far if now + HOUR < at <= now + FAR]


def _tick_words(at: datetime, times: Times) -> str:
    return times.hour(at)


def _open_stretch(calendar: BusinessCalendar, start: datetime, end: datetime) -> timedelta:
    """For how long from ``start`` the business hours run without a break, at most to ``end``; a minute at least."""
    if end <= start:
        return timedelta(minutes=1)
    counted = calendar.between(start, end)
    if counted <= timedelta():
        return end - start
    spans = calendar.spans(start, counted)
    return max(spans[0].end - start, timedelta(minutes=1))
