"""Painters shared by widgets and table delegates: rounded shapes, hatches, chips, key letters, avatars, focus rings.

Every function draws in logical pixels with colours looked up by token; none of them keeps state on the painter.
"""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache, wraps
from typing import Any, TypeVar

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QGuiApplication, QPainter, QPainterPath, QPen, QPixmap, QRegion
from PySide6.QtWidgets import QWidget

from console.ui import icons
from console.ui.theme import theme

CENTER = Qt.AlignmentFlag.AlignCenter
LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter

_log = logging.getLogger(__name__)
_reported: set[str] = set()
Painting = TypeVar("Painting", bound=Callable[..., None])


@contextmanager
def restored(painter: QPainter) -> Iterator[QPainter]:
    """The painter, smooth edges on, and as it was afterwards."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    try:
        yield painter
    finally:
        painter.restore()


def guarded(paint: Painting) -> Painting:
    """A delegate's ``paint(self, painter, option, index)`` that can never end the process.

    A fault is logged once per delegate class, the painter is restored, and a plain dash is drawn instead.
    Inside, save the painter with ``restored`` only: a bare ``save`` is not undone when something raises.
    """

    @wraps(paint)
    def safely(self: Any, painter: QPainter, option: Any, index: Any) -> None:
        painter.save()
        try:
            paint(self, painter, option, index)
        except Exception:  # noqa: BLE001 - an exception here would end the process
            _report(type(self).__name__)
            painter.setPen(theme().color("text3"))
            painter.drawText(option.rect, CENTER, "–")
        finally:
            painter.restore()

    return safely  # type: ignore[return-value]


def _report(name: str) -> None:
    if name not in _reported:
        _reported.add(name)
        _log.exception("a cell of %s could not be drawn", name)


def rounded(
    painter: QPainter,
    rect: QRectF,
    radius: float,
    *,
    fill: str | None = None,
    line: str | None = None,
    width: float = 1.0,
    dashed: bool = False,
) -> None:
    """A rounded rectangle whose outline lies inside ``rect``; ``fill`` and ``line`` are tokens."""
    with restored(painter):
        painter.setBrush(theme().color(fill) if fill else Qt.BrushStyle.NoBrush)
        if line is None:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.drawRoundedRect(rect, radius, radius)
            return
        pen = QPen(theme().color(line), width)
        if dashed:
            pen.setCapStyle(Qt.PenCapStyle.FlatCap)
            pen.setDashPattern([4 / width, 2.5 / width])
        painter.setPen(pen)
        inset = width / 2
        painter.drawRoundedRect(rect.adjusted(inset, inset, -inset, -inset), radius - inset, radius - inset)


def focus_ring(painter: QPainter, rect: QRectF, radius: float) -> None:
    """The 2 px focus ring, inside ``rect``."""
    rounded(painter, rect, radius, line="focus", width=2)


def hatch(painter: QPainter, rect: QRectF, *, ground: str = "closed", line: str = "line_strong") -> None:
    """Closed hours: 45 degree hatch on the ``closed`` ground."""
    painter.fillRect(rect, theme().color(ground))
    tile = _hatch_tile(theme().color(line).rgba(), painter.device().devicePixelRatio())
    painter.save()
    painter.setClipRect(rect, Qt.ClipOperation.IntersectClip)
    painter.setBrushOrigin(rect.topLeft())
    painter.fillRect(rect, QBrush(tile))
    painter.restore()


@lru_cache(maxsize=32)
def _hatch_tile(rgba: int, ratio: float) -> QPixmap:
    side = 8
    tile = QPixmap(round(side * ratio), round(side * ratio))
    tile.setDevicePixelRatio(ratio)
    tile.fill(Qt.GlobalColor.transparent)
    painter = QPainter(tile)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    color = QColor.fromRgba(rgba)
    color.setAlphaF(0.55)
    painter.setPen(QPen(color, 1))
    for shift in (-side, 0, side):
        painter.drawLine(shift, side, shift + side, 0)
    painter.end()
    return tile


# key letters

_KEY_NAMES = {"Return": "↵", "Enter": "↵", "Ctrl+Return": "Ctrl ↵"}


def key_text(key: str) -> str:
    """``"Ctrl ↵"`` of ``"Ctrl+Return"``, ``"G then Q"`` of ``"G, Q"``: a key as it is printed."""
    spoken = " then ".join(part.strip() for part in key.split(", "))
    words = spoken.replace("++", "+Plus").replace("+", " ").split(" ")
    return " ".join({"Return": "↵", "Enter": "↵", "Plus": "+"}.get(word, word) for word in words)


def keycap_width(key: str) -> int:
    """Width of the boxed key."""
    return max(keycap_height(), theme().metrics("chip").horizontalAdvance(key) + theme().px(10))


def keycap_height() -> int:
    """Height of the boxed key."""
    return theme().metrics("chip").height() + theme().px(5)


def draw_keycap(
    painter: QPainter, rect: QRectF, key: str, *, ink: str = "text2", filled: bool = False
) -> None:
    """The small boxed key; ``filled`` is the form on a filled button, in ``ink`` alone."""
    if filled:
        rounded(painter, rect, theme().px(4), line=ink)
    else:
        rounded(painter, rect, theme().px(4), fill="window", line="line")
    _text(painter, rect, CENTER, key, ink, "chip")


# chips

_CHIPS: dict[str, tuple[str | None, str | None, str]] = {
    "grey": ("sunken", None, "text2"),
    "dark": ("sunken", None, "text"),
    "outline": (None, "line_strong", "text2"),
    "empty": ("sunken", "line_strong", "text"),
    "accent": ("accent_tint", None, "link"),
    "accent_on_selected": ("surface", None, "link"),
    "accent_outline": ("surface", "accent", "link"),
    "missed": ("missed_tint", None, "missed_text"),
    "now": ("now_tint", None, "now_text"),
    "soon": ("soon_tint", None, "soon_text"),
    "met": ("met_tint", None, "met_text"),
    "credit": ("credit_tint", None, "credit_text"),
    "badge": ("accent", None, "on_accent"),
}


def chip_height() -> int:
    """Height of a chip."""
    return theme().metrics("chip").height() + theme().px(4)


def chip_width(text: str, icon: str | None = None) -> int:
    """Width of a chip with that text."""
    extra = theme().px(16) if icon else 0
    return theme().metrics("chip").horizontalAdvance(text) + theme().px(16) + extra


def draw_chip(
    painter: QPainter, rect: QRectF, text: str, kind: str = "grey", icon: str | None = None
) -> None:
    """A chip of a kind: grey, dark, outline, accent, accent_outline, missed, now, soon, met, credit, badge."""
    fill, line, ink = _CHIPS[kind]
    if line is None and theme().line_width > 1:
        line = ink
    rounded(painter, rect, rect.height() / 2, fill=fill, line=line)
    left = rect.left() + theme().px(8)
    if icon:
        size = theme().px(12)
        icons.draw(painter, icon, ink, left - theme().px(1), rect.center().y() - size / 2 + 0.5, size)
        left += theme().px(16)
    room = QRectF(left, rect.top(), rect.right() - left - theme().px(6), rect.height())
    _text(painter, room, LEFT, text, ink, "chip")


# people


def draw_avatar(
    painter: QPainter, rect: QRectF, text: str, *, ring: str | None = None, faded: bool = False
) -> None:
    """A person's initials on a tinted disc; ``ring`` is a token (met = has begun); no text = dashed, unclaimed."""
    with restored(painter):
        if faded:
            painter.setOpacity(0.5)
        if not text:
            pen = QPen(theme().color("line_strong"), 1)
            pen.setDashPattern([3, 2.5])
            painter.setPen(pen)
            painter.drawEllipse(rect.adjusted(0.5, 0.5, -0.5, -0.5))
            return
        painter.setPen(QPen(theme().color(ring), 2) if ring else Qt.PenStyle.NoPen)
        painter.setBrush(theme().color("accent_tint"))
        painter.drawEllipse(rect.adjusted(1, 1, -1, -1) if ring else rect)
        _text(painter, rect, CENTER, text, "link", "avatar")


def mark_path(shape: str, x: float, y: float, size: float) -> QPainterPath:
    """A deadline's shape centred at (x, y): ``"begin"`` a triangle, ``"plan"`` a disc."""
    path = QPainterPath()
    half = size / 2
    if shape == "begin":
        path.moveTo(x, y - half)
        path.lineTo(x + half, y + half)
        path.lineTo(x - half, y + half)
        path.closeSubpath()
    else:
        path.addEllipse(QRectF(x - half, y - half, size, size))
    return path


def _text(painter: QPainter, rect: QRectF, align: Qt.AlignmentFlag, text: str, ink: str, role: str) -> None:
    painter.setFont(theme().font(role))
    painter.setPen(theme().color(ink))
    painter.drawText(rect, align | Qt.TextFlag.TextSingleLine, text)


def draw_text(
    painter: QPainter,
    rect: QRectF,
    text: str,
    *,
    role: str = "body",
    ink: str = "text",
    align: Qt.AlignmentFlag = LEFT,
) -> None:
    """One line of plain text in ``rect``, cut with an ellipsis when it does not fit."""
    metrics = theme().metrics(role)
    if metrics.horizontalAdvance(text) > rect.width():
        text = metrics.elidedText(text, Qt.TextElideMode.ElideRight, int(rect.width()))
    _text(painter, rect, align, text, ink, role)


def round_off(window: QWidget, radius: int) -> None:
    """Cuts a window's corners round where nothing composes windows: what is transparent would be black there."""
    if QGuiApplication.platformName() == "xcb":
        path = QPainterPath()
        path.addRoundedRect(QRectF(window.rect()), radius, radius)
        window.setMask(QRegion(path.toFillPolygon().toPolygon()))
