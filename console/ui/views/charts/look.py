"""What drawing a chart needs: colours, fonts, measures. On screen the theme gives them, on paper the light tokens."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPainterPath, QPen

from console.ui import fonts
from console.ui.theme import tokens
from console.ui.widgets.paint import restored


class Look(Protocol):
    """``Theme`` is one; ``PaperLook`` the other."""

    def color(self, token: str) -> QColor:
        """The token's colour."""

    def font(self, role: str = "body", weight: int | None = None) -> QFont:
        """The font of a type role."""

    def metrics(self, role: str = "body", weight: int | None = None) -> QFontMetrics:
        """Its metrics."""

    def px(self, measure: float) -> int:
        """A measure at the size in force."""


class PaperLook:
    """Always light, always at 100 %; owned by one thread, shares nothing with the window."""

    def __init__(self) -> None:
        self._colors = {name: QColor(value) for name, value in tokens()["light"].items()}
        self._fonts: dict[tuple[str, int | None], QFont] = {}
        self._metrics: dict[tuple[str, int | None], QFontMetrics] = {}

    def color(self, token: str) -> QColor:
        """The light colour of ``token``."""
        return self._colors[token]

    def font(self, role: str = "body", weight: int | None = None) -> QFont:
        """The font of a type role at 100 %: no tracking, no substitute glyphs, so that the file can be searched."""
        key = (role, weight)
        if key not in self._fonts:
            size, usual, _ = tokens()["type"][role]
            font = QFont(fonts.FAMILY)
            font.setPixelSize(size)
            font.setWeight(QFont.Weight(weight or usual))
            font.setFeature(QFont.Tag("calt"), 0)
            font.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
            self._fonts[key] = font
        return self._fonts[key]

    def metrics(self, role: str = "body", weight: int | None = None) -> QFontMetrics:
        """Metrics of ``font(role, weight)``."""
        key = (role, weight)
        if key not in self._metrics:
            self._metrics[key] = QFontMetrics(self.font(role, weight))
        return self._metrics[key]

    def px(self, measure: float) -> int:
        """The measure itself."""
        return round(measure)


LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
CENTER = Qt.AlignmentFlag.AlignCenter


def write(
    painter: QPainter,
    look: Look,
    rect: QRectF,
    text: str,
    *,
    role: str = "body",
    ink: str = "text",
    align: Qt.AlignmentFlag = LEFT,
) -> None:
    """One line of plain text, cut with an ellipsis when it does not fit."""
    metrics = look.metrics(role)
    if metrics.horizontalAdvance(text) > rect.width() + 1:
        text = metrics.elidedText(text, Qt.TextElideMode.ElideRight, int(rect.width()))
    painter.setFont(look.font(role))
    painter.setPen(look.color(ink))
    painter.drawText(rect, align | Qt.TextFlag.TextSingleLine, text)


def box(
    painter: QPainter,
    look: Look,
    rect: QRectF,
    radius: float,
    *,
    fill: str | None = None,
    line: str | None = None,
    dashed: bool = False,
) -> None:
    """A rounded rectangle with its outline inside."""
    with restored(painter):
        painter.setBrush(look.color(fill) if fill else Qt.BrushStyle.NoBrush)
        if line is None:
            painter.setPen(Qt.PenStyle.NoPen)
        else:
            pen = QPen(look.color(line), 1)
            if dashed:
                pen.setDashPattern([4, 2.5])
            painter.setPen(pen)
            rect = rect.adjusted(0.5, 0.5, -0.5, -0.5)
        painter.drawRoundedRect(rect, radius, radius)


def hatched(painter: QPainter, look: Look, rect: QRectF, radius: float, *, fill: str) -> None:
    """Solid ``fill`` with light 45 degree stripes: told from a solid bar without its colour, on paper too."""
    with restored(painter):
        shape = QPainterPath()
        shape.addRoundedRect(rect, radius, radius)
        painter.fillPath(shape, look.color(fill))
        painter.setClipPath(shape, Qt.ClipOperation.IntersectClip)
        stripe = QColor(look.color("surface"))
        stripe.setAlphaF(0.62)
        painter.setPen(QPen(stripe, look.px(12) / 10))
        for line in _stripes(rect, look.px(46) / 10):
            painter.drawLine(*line)


def _stripes(rect: QRectF, step: float) -> Iterable[tuple[QPointF, QPointF]]:
    reach, at = rect.height(), rect.left() - rect.height()
    while at < rect.right():
        yield QPointF(at, rect.bottom()), QPointF(at + reach, rect.top())
        at += step
