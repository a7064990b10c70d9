"""A window without a title bar: rounded, with a line around it, sized by its right and its bottom edge."""

from PySide6.QtCore import QPoint, QRectF, Qt
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QDialog, QWidget

from console.ui.theme import theme
from console.ui.widgets.paint import round_off, rounded


class Frameless(QDialog):
    """Drawn by itself; who derives from it says by what it is moved."""

    def __init__(self, parent: QWidget | None) -> None:
        super().__init__(parent, Qt.WindowType.Dialog | Qt.WindowType.FramelessWindowHint)
        self.setAttribute(Qt.WidgetAttribute.WA_TranslucentBackground)
        self.setSizeGripEnabled(False)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        edges = self._edges_at(event.position().toPoint())
        if edges and self.windowHandle().startSystemResize(edges):
            return
        super().mousePressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        round_off(self, theme().px(10))

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        rounded(painter, QRectF(self.rect()), theme().px(12), fill="raised", line="line_strong")
        painter.end()

    def _edges_at(self, place: QPoint) -> Qt.Edge:
        near = theme().px(6)
        edges = Qt.Edge(0)
        if place.x() >= self.width() - near:
            edges |= Qt.Edge.RightEdge
        if place.y() >= self.height() - near:
            edges |= Qt.Edge.BottomEdge
        return edges
