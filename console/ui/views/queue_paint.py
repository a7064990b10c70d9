"""Draws queue rows: two text lines in five columns, the band header inside the first row of its band.

Fonts and metrics come cached from the theme; cut texts are kept per ticket and column width.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPixmap

from console.policy.terms import Priority
from console.ui import format as fmt
from console.ui import icons
from console.ui.format import DOT
from console.ui.models import queue_words as words
from console.ui.models.queue_bands import TITLES, Band, BandSpan
from console.ui.models.queue_model import DUE, OWNER, PRIORITY, TICKET, TOKENS, QueueModel
from console.ui.theme import theme
from console.ui.widgets.fields import draw_check
from console.ui.widgets.paint import (
    chip_height,
    chip_width,
    draw_avatar,
    draw_chip,
    draw_text,
    restored,
    rounded,
)
from console.ui.widgets.pills import draw_pill, pill_height, pill_width

if TYPE_CHECKING:
    from console.services.queue import QueueRow

HEADER = 26
FADE = timedelta(milliseconds=600)
PICTURES = 96
_KEPT_TEXTS = 20_000
_ELIDE = Qt.TextElideMode.ElideRight


@dataclass(frozen=True, slots=True)
class RowLook:
    """How one row stands: selected, under the pointer, marked, the list having the focus."""

    selected: bool = False
    hot: bool = False
    marked: bool = False
    focused: bool = False
    marking: bool = False

    @property
    def ground(self) -> str:
        if self.selected:
            return "selected" if self.focused else "selected_inactive"
        if self.marked:
            return "accent_tint"
        return "hover" if self.hot else "surface"


@dataclass(frozen=True, slots=True)
class _Picture:
    """A row as it was drawn, and everything that its looks depended on."""

    row: QueueRow
    due: words.DueWords
    owner: words.OwnerWords
    look: RowLook
    size: QSize
    ratio: float
    picture: QPixmap


@dataclass(frozen=True, slots=True)
class _Cut:
    """The texts of one row as they fit: kept until the row, the width or the theme changes."""

    row: QueueRow
    width: int
    title: str
    chips: tuple[tuple[words.ChipWords, int], ...]
    account: str
    rest: str


class QueuePainter:
    """Draws rows of a ``QueueModel``; ``compact`` rows have one line, ``folded`` shows tokens in the second line."""

    def __init__(self, model: QueueModel) -> None:
        self._model = model
        self._cuts: dict[int, _Cut] = {}
        self._pictures: OrderedDict[int, _Picture] = OrderedDict()
        self._widths: dict[tuple[str, str], int] = {}
        self._fits: dict[tuple[str, str, int], str] = {}
        self.compact = False
        self.folded = False
        self.credited_note = ""

    def forget(self) -> None:
        """Measure everything again: another theme, text size or density."""
        self._cuts.clear()
        self._pictures.clear()
        self._widths.clear()
        self._fits.clear()

    # one row

    def picture(
        self,
        row: QueueRow,
        look: RowLook,
        size: QSize,
        columns: dict[int, QRect],
        now: datetime,
        ratio: float,
    ) -> QPixmap:
        """The row drawn at (0, 0), kept until its words, its look or its size change.

        ``columns`` are the cells within ``size``; ``ratio`` is the screen's density.
        """
        due = words.due_words(row, now, self._model.judge)
        owner = words.owner_words(row, now, self._model.judge)
        kept = self._pictures.get(row.id)
        if (
            kept is not None
            and kept.row is row
            and (kept.look, kept.size, kept.ratio) == (look, size, ratio)
            and (kept.due, kept.owner) == (due, owner)
        ):
            self._pictures.move_to_end(row.id)
            return kept.picture
        drawn = QPixmap(size * ratio)
        drawn.setDevicePixelRatio(ratio)
        painter = QPainter(drawn)
        try:
            self.draw(painter, QRect(QPoint(0, 0), size), row, look, columns, now)
        finally:
            painter.end()
        if not self._is_fading(row.id, now):
            self._pictures[row.id] = _Picture(row, due, owner, look, size, ratio, drawn)
            while len(self._pictures) > PICTURES:
                self._pictures.popitem(last=False)
        return drawn

    def _is_fading(self, ticket_id: int, now: datetime) -> bool:
        came = self._model.arrived(ticket_id)
        return came is not None and now - came < FADE

    def draw(
        self,
        painter: QPainter,
        rect: QRect,
        row: QueueRow,
        look: RowLook,
        columns: dict[int, QRect],
        now: datetime,
    ) -> None:
        """The row in ``rect`` (without its band header); ``columns`` are the cells to draw."""
        painter.fillRect(rect, self._ground(row, look, now))
        painter.fillRect(rect.left(), rect.bottom(), rect.width(), 1, theme().color("line"))
        if look.selected:
            painter.fillRect(rect.left(), rect.top(), theme().px(3), rect.height(), theme().color("accent"))
        draws = {
            DUE: self._due,
            PRIORITY: self._priority,
            TICKET: self._ticket,
            TOKENS: self._tokens,
            OWNER: self._owner,
        }
        for column, cell in columns.items():
            draws[column](painter, cell, row, look, now)

    def draw_waiting(self, painter: QPainter, rect: QRect, columns: dict[int, QRect]) -> None:
        """Grey shapes where a row is still being read."""
        painter.fillRect(rect, theme().color("surface"))
        painter.fillRect(rect.left(), rect.bottom(), rect.width(), 1, theme().color("line"))
        px = theme().px
        for cell in columns.values():
            bar = QRectF(cell.left() + px(12), cell.center().y() - px(5), cell.width() * 0.5, px(10))
            rounded(painter, bar, px(4), fill="sunken")

    def _ground(self, row: QueueRow, look: RowLook, now: datetime) -> QColor:
        ground = theme().color(look.ground)
        came = self._model.arrived(row.id)
        if came is None or look.selected or theme().reduced_motion:
            return ground
        share = 1.0 - (now - came) / FADE
        return _between(ground, theme().color("accent_tint"), min(1.0, share)) if share > 0 else ground

    def fading(self, now: datetime) -> bool:
        """Whether a row that has just arrived is still fading in."""
        return any(self._is_fading(ticket_id, now) for ticket_id in self._model.ids()[:200])

    # cells

    def _width(self, text: str, role: str) -> int:
        width = self._widths.get((text, role))
        if width is None:
            if len(self._widths) > _KEPT_TEXTS:
                self._widths.clear()
            width = self._widths[text, role] = theme().metrics(role).horizontalAdvance(text)
        return width

    def _fit(self, text: str, role: str, room: int) -> str:
        if self._width(text, role) <= room:
            return text
        shown = self._fits.get((text, role, room))
        if shown is None:
            if len(self._fits) > _KEPT_TEXTS:
                self._fits.clear()
            shown = self._fits[text, role, room] = theme().metrics(role).elidedText(text, _ELIDE, room)
        return shown

    def _put(
        self, painter: QPainter, place: QRectF, text: str, role: str, ink: str, *, right: bool = False
    ) -> None:
        """One line of text at the left or right end of ``place``, cut where there is no room."""
        shown = self._fit(text, role, int(place.width()))
        x = place.right() - self._width(shown, role) if right else place.left()
        painter.setFont(theme().font(role))
        painter.setPen(theme().color(ink))
        painter.drawText(QPointF(x, place.top() + theme().metrics(role).ascent()), shown)

    def _lines(self, cell: QRect) -> tuple[float, float, int, int]:
        """Tops and heights of the two lines."""
        first, second = theme().metrics("strong").height(), theme().metrics("caption").height()
        if self.compact:
            return cell.top() + (cell.height() - first) / 2, 0.0, first, 0
        gap = theme().px(2)
        top = cell.top() + (cell.height() - first - second - gap) / 2
        return top, top + first + gap, first, second

    def _due(self, painter: QPainter, cell: QRect, row: QueueRow, _look: RowLook, now: datetime) -> None:
        due = words.due_words(row, now, self._model.judge)
        top, below, first, second = self._lines(cell)
        left = cell.left() + theme().px(12)
        room = cell.width() - theme().px(14)
        widest = room + theme().px(8)
        pill = due.pill if pill_width(due.urgency, due.pill) <= widest else due.short or due.pill
        draw_pill(painter, left, top - (pill_height() - first) / 2, due.urgency, pill, widest)
        if second:
            line = QRectF(left + theme().px(6), below, room - theme().px(4), second)
            fits = self._width(due.below, "caption") <= line.width()
            said = due.below if fits else due.below.replace(" by ", " ", 1)
            self._put(painter, line, said, "caption", "text2")

    def _priority(
        self, painter: QPainter, cell: QRect, row: QueueRow, _look: RowLook, _now: datetime
    ) -> None:
        top, below, first, second = self._lines(cell)
        px, size = theme().px, theme().px(16)
        left, pressing = cell.left() + px(4), row.priority.rank >= Priority.URGENT.rank
        ink = "text" if pressing else "text2"
        icons.draw(painter, words.PRIORITY_ICONS[row.priority], ink, left, top + (first - size) / 2, size)
        left += px(21)
        room = cell.right() - left
        role = "strong" if row.priority is Priority.EMERGENCY else "body"
        self._put(painter, QRectF(left, top, room, first), words.PRIORITY_WORDS[row.priority], role, ink)
        if second:
            self._put(
                painter, QRectF(left, below, room, second), words.support_words(row), "caption", "text2"
            )

    def _ticket(self, painter: QPainter, cell: QRect, row: QueueRow, look: RowLook, _now: datetime) -> None:
        top, below, first, second = self._lines(cell)
        px = theme().px
        cut = self._cut(row, cell.width())
        left = cell.left() + px(13)
        if look.marking:
            side = px(16)
            draw_check(
                painter, QRectF(cell.left() - px(6), top + (first - side) / 2, side, side), on=look.marked
            )
        elif _unread(row):
            with restored(painter):
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(theme().color("accent"))
                painter.drawEllipse(QPointF(cell.left() + px(4), top + first / 2), px(3), px(3))
        role = "strong" if _unread(row) else "body"
        painter.setFont(theme().font(role))
        painter.setPen(theme().color("text"))
        painter.drawText(QPointF(left, top + theme().metrics(role).ascent()), cut.title)
        self._chips(painter, cell, cut, look, top + first / 2)
        if not second:
            return
        baseline = below + theme().metrics("caption").ascent()
        painter.setFont(theme().font("caption_medium"))
        painter.setPen(theme().color("text"))
        painter.drawText(QPointF(left, baseline), cut.account)
        left += self._width(cut.account, "caption_medium")
        painter.setFont(theme().font("caption"))
        painter.setPen(theme().color("text2"))
        painter.drawText(QPointF(left, baseline), cut.rest)

    def _chips(self, painter: QPainter, cell: QRect, cut: _Cut, look: RowLook, middle: float) -> None:
        right = float(cell.right() - theme().px(6))
        for chip, width in reversed(cut.chips):
            box = QRectF(right - width, middle - chip_height() / 2, width, chip_height())
            kind = "accent_on_selected" if chip.kind == "accent" and look.selected else chip.kind
            draw_chip(painter, box, chip.text, kind, chip.icon)
            right = box.left() - theme().px(6)

    def _tokens(self, painter: QPainter, cell: QRect, row: QueueRow, _look: RowLook, _now: datetime) -> None:
        first_words, second_words, ink = words.tokens_words(row)
        top, below, first, second = self._lines(cell)
        room = cell.adjusted(0, 0, -theme().px(14), 0)
        self._put(
            painter, QRectF(room.left(), top, room.width(), first), first_words, "strong", "text", right=True
        )
        if second:
            line = QRectF(room.left(), below, room.width(), second)
            self._put(painter, line, second_words, "caption", ink, right=True)

    def _owner(self, painter: QPainter, cell: QRect, row: QueueRow, _look: RowLook, now: datetime) -> None:
        owner = words.owner_words(row, now, self._model.judge, self._model.present_at(row.id))
        top, below, first, second = self._lines(cell)
        px = theme().px
        side = px(20)
        disc = QRectF(cell.left() + px(4), top + (first - side) / 2 + px(1), side, side)
        draw_avatar(painter, disc, owner.initials, ring="met" if owner.begun else None, faded=owner.away)
        left = disc.right() + px(6)
        room = cell.right() - left
        self._put(
            painter, QRectF(left, top, room, first), owner.name, "body", "text" if row.owner else "text2"
        )
        if second and owner.below:
            if owner.icon:
                side = px(13)
                icons.draw(painter, owner.icon, "text2", left, below + (second - side) / 2, side)
                left, room = left + side + px(4), room - side - px(4)
            self._put(painter, QRectF(left, below, room, second), owner.below, "caption", "text2")

    def _cut(self, row: QueueRow, width: int) -> _Cut:
        cut = self._cuts.get(row.id)
        if cut is None or cut.row is not row or cut.width != width:
            if len(self._cuts) > 4_000:
                self._cuts.clear()
            cut = self._cuts[row.id] = self._made_cut(row, width)
        return cut

    def _made_cut(self, row: QueueRow, width: int) -> _Cut:
        px = theme().px
        room = width - px(13) - px(6)
        chips: list[tuple[words.ChipWords, int]] = []
        taken = 0
        for chip in words.chips(row):
            wide = chip_width(chip.text, chip.icon)
            if taken + wide + px(6) > room * 0.62:
                break
            chips.append((chip, wide))
            taken += wide + px(6)
        role = "strong" if _unread(row) else "body"
        subject = _one_line(row.subject)
        if self.compact:
            subject = f"{subject}  {row.account_name}{DOT}{row.id}"
        title = theme().metrics(role).elidedText(subject, _ELIDE, room - taken)
        account, rest = self._second_line(row, room)
        return _Cut(row, width, title, tuple(chips), account, rest)

    def _second_line(self, row: QueueRow, room: int) -> tuple[str, str]:
        medium, plain = theme().metrics("caption_medium"), theme().metrics("caption")
        parts = [row.requester, str(row.id)] if row.requester else [str(row.id)]
        if self.folded:
            first, second, _ = words.tokens_words(row)
            parts.append(f"{first} {second}")
        rest = "".join(f" {DOT} {_one_line(part)}" for part in parts)
        name = _one_line(row.account_name)
        keep = max(room - plain.horizontalAdvance(rest), room // 3)
        account = medium.elidedText(name, _ELIDE, keep)
        rest = plain.elidedText(rest, _ELIDE, room - medium.horizontalAdvance(account))
        return account, rest

    # band headers

    def draw_header(self, painter: QPainter, rect: QRect, span: BandSpan) -> None:
        """The header of a band across the whole row."""
        px = theme().px
        painter.fillRect(rect, theme().color("window"))
        painter.fillRect(rect.left(), rect.bottom(), rect.width(), 1, theme().color("line"))
        missed = span.band is Band.MISSED
        line = QRectF(rect).adjusted(px(13), 0, -px(14), 0)
        title, metrics = TITLES[span.band], theme().metrics("caption_strong")
        draw_text(painter, line, title, role="caption_strong", ink="missed_text" if missed else "text2")
        wide = metrics.horizontalAdvance(title) + px(8)
        draw_text(painter, line.adjusted(wide, 0, 0, 0), fmt.number(span.count), role="caption", ink="text2")
        wide += theme().metrics("caption").horizontalAdvance(fmt.number(span.count)) + px(12)
        note, ink = self.header_note(span)
        if note:
            right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
            draw_text(painter, line.adjusted(wide, 0, 0, 0), note, role="caption", ink=ink, align=right)

    def header_note(self, span: BandSpan) -> tuple[str, str]:
        """What stands at the right end of a band's header, and its colour token."""
        if span.folded:
            return f"Show {fmt.number(span.folded)} more missed", "link"
        if span.band is Band.MISSED:
            if not self._model.folds and span.count > 3:
                return "Fold", "link"
            return self.credited_note, "text2"
        return ("clock not started", "text2") if span.band is Band.AWAITING else ("", "text2")


def _unread(row: QueueRow) -> bool:
    return row.owner is None and not row.begun


def _one_line(text: str) -> str:
    """Plain, printable and short enough to be measured: a subject may hold anything."""
    cut = text[:400]
    return cut if cut.isprintable() else "".join(c if c.isprintable() else " " for c in cut)


def _between(a: QColor, b: QColor, share: float) -> QColor:
    return QColor.fromRgbF(
        a.redF() + (b.redF() - a.redF()) * share,
        a.greenF() + (b.greenF() - a.greenF()) * share,
        a.blueF() + (b.blueF() - a.blueF()) * share,
    )
