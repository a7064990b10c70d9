"""The manner of every chart: marks that can be pointed at, walked through with the arrow keys, and opened."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from types import SimpleNamespace

from PySide6.QtCore import QEvent, QPoint, QRectF, Qt, Signal
from PySide6.QtGui import QFocusEvent, QHelpEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from console.ui.theme import theme
from console.ui.toast import announce
from console.ui.widgets.labels import safe_tooltip
from console.ui.widgets.paint import focus_ring, guarded


@dataclass(frozen=True, slots=True)
class Mark:
    """One bar, cell or line of a chart: where it is, what it says, and which tickets are behind it."""

    rect: QRectF
    says: str
    ids: frozenset[int]
    title: str


class Chart(QWidget):
    """Override ``draw`` and ``marks``. ``picked`` carries the tickets (frozenset of int) and their title (str)."""

    picked = Signal(object, object)

    def __init__(self, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._hot = -1
        self._at = -1
        self._sentence = ""
        self.setAccessibleName(title)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        theme().changed.connect(self._on_theme_changed)

    # for those who draw

    def draw(self, painter: QPainter) -> None:
        """Draws the whole chart."""

    def marks(self) -> Sequence[Mark]:
        """Everything that can be opened, in reading order."""
        return ()

    def hot(self) -> int:
        """The mark under the pointer, -1 for none."""
        return self._hot

    def say(self, sentence: str) -> None:
        """What the chart shows, in a sentence for screen readers."""
        self._sentence = sentence
        self._hot = -1
        self._at = min(self._at, len(self.marks()) - 1)
        self.setAccessibleDescription(sentence)
        self.updateGeometry()
        self.update()

    def sentence(self) -> str:
        """The summary sentence."""
        return self._sentence

    # events

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        self._paint(painter, SimpleNamespace(rect=self.rect()), None)
        painter.end()

    @guarded
    def _paint(self, painter: QPainter, _option: object, _index: object) -> None:
        self.draw(painter)
        if self.hasFocus():
            self._draw_focus(painter)

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            self._show_tip(event.pos(), event.globalPos())
            return True
        return super().event(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        hot = self._mark_at(event.position().toPoint())
        if hot != self._hot:
            self._hot = hot
            opens = hot >= 0 and bool(self.marks()[hot].ids)
            self.setCursor(Qt.CursorShape.PointingHandCursor if opens else Qt.CursorShape.ArrowCursor)
            self._show_tip(event.position().toPoint(), event.globalPosition().toPoint())
            self.update()

    def leaveEvent(self, event: QEvent) -> None:
        self._hot = -1
        QToolTip.hideText()
        self.update()
        super().leaveEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() is Qt.MouseButton.LeftButton:
            at = self._mark_at(event.position().toPoint())
            if at >= 0:
                self._at = at
                self._open(at)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = event.key()
        if key in (Qt.Key.Key_Right, Qt.Key.Key_Down):
            self._step(1)
        elif key in (Qt.Key.Key_Left, Qt.Key.Key_Up):
            self._step(-1)
        elif key == Qt.Key.Key_Home:
            self._go_to(0)
        elif key == Qt.Key.Key_End:
            self._go_to(len(self.marks()) - 1)
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space) and self._at >= 0:
            self._open(self._at)
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        if self._at < 0 and self.marks():
            self._at = 0
        super().focusInEvent(event)

    # inside

    def _step(self, by: int) -> None:
        marks = self.marks()
        if marks:
            self._go_to(min(len(marks) - 1, max(0, self._at + by)))

    def _go_to(self, at: int) -> None:
        marks = self.marks()
        if not marks:
            return
        self._at = at
        announce(self, marks[at].says)
        self.setAccessibleDescription(f"{self._sentence} {marks[at].says}")
        self.update()

    def _open(self, at: int) -> None:
        marks = self.marks()
        if at < len(marks) and marks[at].ids:
            self.picked.emit(marks[at].ids, marks[at].title)

    def _mark_at(self, point: QPoint) -> int:
        spot = point.toPointF()
        return next((at for at, mark in enumerate(self.marks()) if mark.rect.contains(spot)), -1)

    def _show_tip(self, point: QPoint, where: QPoint) -> None:
        at = self._mark_at(point)
        if at < 0:
            QToolTip.hideText()
        else:
            QToolTip.showText(where, safe_tooltip(self.marks()[at].says), self)

    def _draw_focus(self, painter: QPainter) -> None:
        marks = self.marks()
        if 0 <= self._at < len(marks):
            ring = marks[self._at].rect.adjusted(-3, -3, 3, 3).intersected(self.rect().toRectF())
            focus_ring(painter, ring, 4)
        else:
            focus_ring(painter, self.rect().toRectF(), theme().px(6))

    def _on_theme_changed(self) -> None:
        self.updateGeometry()
        self.update()
