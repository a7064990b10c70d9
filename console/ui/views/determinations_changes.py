"""The small before/after table of a case: four lines, drawn so that they fit a narrow card."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from console.ui import icons
from console.ui.theme import theme
from console.ui.views.before_after import Change
from console.ui.widgets.drawn import Drawn
from console.ui.widgets.paint import draw_text

_GAP = 10
_SHORT = {
    "Credited to the account": "Credited",
    "Plan of resolution by": "Plan by",
    "Begin work by": "Begin by",
}


class ChangeRows(Drawn):
    """Label, now, an arrow, after; lines without news are quieter and have no arrow."""

    def __init__(self, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._title = title
        self._changes: tuple[Change, ...] = ()

    def show_changes(self, changes: Sequence[Change], title: str) -> None:
        """Other lines under another heading of the right column."""
        self._changes, self._title = tuple(changes), title
        self.setAccessibleName(". ".join(change.spoken() for change in changes))
        self.updateGeometry()
        self.update()

    def changes(self) -> tuple[Change, ...]:
        """The lines shown."""
        return self._changes

    def sizeHint(self) -> QSize:
        return QSize(theme().px(300), self._head() + len(self._changes) * self._line())

    def minimumSizeHint(self) -> QSize:
        return QSize(theme().px(240), self.sizeHint().height())

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        now_left, after_left = self._columns()
        head = QRectF(0, 0, self.width(), self._head() - theme().px(4))
        self._draw(painter, head, now_left, after_left, "Now", "caption_medium", "text2")
        self._draw(painter, head, after_left, self.width(), self._title, "caption_strong", "link")
        for place, change in enumerate(self._changes):
            line = QRectF(0, self._head() + place * self._line(), self.width(), self._line())
            painter.fillRect(QRectF(0, line.top(), line.width(), 1), theme().color("line"))
            self._draw_change(painter, line, change, now_left, after_left)
        painter.end()

    def _draw_change(
        self, painter: QPainter, line: QRectF, change: Change, now_left: float, after_left: float
    ) -> None:
        new = change.changed
        ink = "text" if new else "text2"
        self._draw(painter, line, 0, now_left, self._label(change, now_left), "plain", ink)
        self._draw(painter, line, now_left, after_left, change.now, "body" if new else "plain", ink)
        after_ink = change.ink if new else "text2"
        self._draw(
            painter, line, after_left, self.width(), change.after, "strong" if new else "plain", after_ink
        )
        if new:
            size = theme().px(13)
            x = after_left - size - theme().px(_GAP)
            icons.draw(painter, "arrow-right", "text3", x, line.center().y() - size / 2, size)

    def _draw(
        self, painter: QPainter, line: QRectF, left: float, right: float, text: str, role: str, ink: str
    ) -> None:
        gap = theme().px(4) if right < self.width() else 0
        draw_text(
            painter, QRectF(left, line.top(), right - left - gap, line.height()), text, role=role, ink=ink
        )

    def _label(self, change: Change, room: float) -> str:
        """The label, or its short form where there is little room."""
        fits = theme().metrics("plain").horizontalAdvance(change.label) <= room - theme().px(4)
        return change.label if fits else _SHORT.get(change.label, change.label)

    def _columns(self) -> tuple[float, float]:
        """Where "now" and "after" begin: after takes what its words need, the label up to half."""
        strong, plain = theme().metrics("strong"), theme().metrics("plain")
        after = strong.horizontalAdvance(self._title)
        for change in self._changes:
            after = max(after, (strong if change.changed else plain).horizontalAdvance(change.after))
        now = max([plain.horizontalAdvance("Now"), *(strong.horizontalAdvance(c.now) for c in self._changes)])
        label = max([0, *(plain.horizontalAdvance(c.label) for c in self._changes)]) + theme().px(_GAP)
        after_left = self.width() - after - 2
        arrow = theme().px(13 + 2 * _GAP)
        now_left = min(label, after_left - arrow - now)
        return max(self.width() * 0.25, now_left), after_left

    def _head(self) -> int:
        return theme().metrics("caption_medium").height() + theme().px(8)

    def _line(self) -> int:
        return max(theme().px(31), theme().metrics("strong").height() + theme().px(12))
