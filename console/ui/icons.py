"""Lucide icons, drawn from SVG in a token's colour, sharp at any screen density."""

from functools import lru_cache

from PySide6.QtCore import QByteArray, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QGuiApplication, QIcon, QImage, QPainter, QPixmap

from console import paths
from console.ui.theme import theme

SIZE = 16


def pixmap(name: str, ink: str = "text2", size: int = SIZE, ratio: float | None = None) -> QPixmap:
    """The icon in the colour of token ``ink``, ``size`` logical pixels square, for a screen of ``ratio``.

    FileNotFoundError for a name that is not vendored: a fault of ours.
    """
    return _pixmap(name, theme().color(ink).rgba(), size, ratio or _screen_ratio())


def icon(name: str, ink: str = "text2", size: int = SIZE) -> QIcon:
    """A QIcon with a disabled face; ask again on ``theme().changed``: it keeps its colour."""
    made = QIcon(pixmap(name, ink, size))
    made.addPixmap(pixmap(name, "text_disabled", size), QIcon.Mode.Disabled)
    return made


def draw(painter: QPainter, name: str, ink: str, x: float, y: float, size: int = SIZE) -> None:
    """Draws the icon with its top left corner at (x, y)."""
    ratio = painter.device().devicePixelRatio()
    painter.drawPixmap(round(x), round(y), pixmap(name, ink, size, ratio))


def _screen_ratio() -> float:
    return float(QGuiApplication.primaryScreen().devicePixelRatio())


@lru_cache(maxsize=1024)
def _pixmap(name: str, rgba: int, size: int, ratio: float) -> QPixmap:
    from PySide6.QtSvg import QSvgRenderer  # first used after the window's frame is known

    side = round(size * ratio)
    image = QImage(QSize(side, side), QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(Qt.GlobalColor.transparent)
    color = QColor.fromRgba(rgba)
    renderer = QSvgRenderer(QByteArray(_source(name).replace(b"currentColor", color.name().encode())))
    painter = QPainter(image)
    renderer.render(painter, QRectF(0, 0, side, side))
    painter.end()
    image.setDevicePixelRatio(ratio)
    return QPixmap.fromImage(image)


@lru_cache(maxsize=256)
def _source(name: str) -> bytes:
    return (paths.resources() / "icons" / f"{name}.svg").read_bytes()
