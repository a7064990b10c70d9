"""The queue's column heads: plain words, an arrow for the order, a tag while times are shown in the policy's zone."""

from __future__ import annotations

from PySide6.QtCore import QRect, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHeaderView, QWidget

from console.ui import icons
from console.ui.models.queue_model import COLUMNS, DUE, OWNER, PRIORITY, TICKET, TOKENS
from console.ui.theme import theme
from console.ui.widgets.paint import LEFT, RIGHT, chip_height, chip_width, draw_chip, draw_text

_INSET = {DUE: 18, PRIORITY: 4, TICKET: 13, TOKENS: 0, OWNER: 4}
HEIGHT = 28


class QueueHeader(QHeaderView):
    """Fixed columns in the design's type; ``zone_tag`` is shown beside "Due" when it is not empty."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self._zone_tag = ""
        self.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.setSectionsClickable(False)
        self.setHighlightSections(False)
        self.setMinimumSectionSize(1)

    def show_zone(self, tag: str) -> None:
        """Which zone the times are in, when it is not the viewer's own."""
        self._zone_tag = tag
        self.viewport().update()

    def sizeHint(self) -> QSize:
        return QSize(0, max(theme().px(HEIGHT), theme().metrics("caption_medium").height() + theme().px(10)))

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self.viewport())
        width = self.viewport().width()
        painter.fillRect(0, 0, width, self.height(), theme().color("window"))
        painter.fillRect(0, self.height() - 1, width, 1, theme().color("line"))
        for column, title in enumerate(COLUMNS):
            if not self.isSectionHidden(column):
                left = self.sectionViewportPosition(column)
                cell = QRect(left, 0, self.sectionSize(column), self.height() - 1)
                self._draw_section(painter, cell, column, title)
        painter.end()

    def _draw_section(self, painter: QPainter, cell: QRect, column: int, title: str) -> None:
        px = theme().px
        room = QRectF(cell).adjusted(px(_INSET[column]), 0, -px(14 if column == TOKENS else 4), 0)
        sorted_by = column == DUE
        role, ink = ("caption_strong", "text") if sorted_by else ("caption_medium", "text2")
        draw_text(painter, room, title, role=role, ink=ink, align=RIGHT if column == TOKENS else LEFT)
        if not sorted_by:
            return
        x = room.left() + theme().metrics(role).horizontalAdvance(title) + px(5)
        size = px(13)
        icons.draw(painter, "arrow-up", "text", x, cell.center().y() - size / 2 + 1, size)
        if self._zone_tag:
            box = QRectF(x + px(18), cell.center().y() - chip_height() / 2 + 1, 0, chip_height())
            box.setWidth(chip_width(self._zone_tag))
            draw_chip(painter, box, self._zone_tag, "accent")
