"""Who else is at the ticket in the pane: one quiet line each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from console.ui.models import presence_words as words
from console.ui.theme import theme
from console.ui.widgets.chips import Avatar
from console.ui.widgets.columns import empty
from console.ui.widgets.labels import IconLabel, PlainLabel
from console.ui.widgets.paint import rounded

if TYPE_CHECKING:
    from console.services.feed import Presence


class Present(QWidget):
    """A box with a line for everybody else at the ticket; hidden while one is alone."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._all: tuple[Presence, ...] = ()
        self._ticket_id = 0
        self._shown: tuple[tuple[str, str], ...] = ()
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(theme().px(11), theme().px(6), theme().px(11), theme().px(6))
        self._column.setSpacing(theme().px(4))
        self.hide()

    def show_present(self, present: Sequence[Presence]) -> None:
        """Who else is at which ticket now."""
        self._all = tuple(present)
        self._show()

    def show_ticket(self, ticket_id: int) -> None:
        """Another ticket is in front."""
        self._ticket_id = ticket_id
        self._show()

    def said(self) -> str:
        """The lines as one text."""
        return self.accessibleName()

    def _show(self) -> None:
        present = [each for each in self._all if each.ticket_id == self._ticket_id]
        wanted = tuple((each.name, words.doing(each)) for each in present)
        if wanted == self._shown:
            return
        self._shown = wanted
        empty(self._column)
        for each in present:
            self._column.addWidget(_line(each))
        self.setAccessibleName(", ".join(f"{name} {does}" for name, does in wanted))
        self.setVisible(bool(present))

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        rounded(painter, QRectF(self.rect()), theme().px(8), fill="window", line="line")
        painter.end()


def _line(presence: Presence) -> QWidget:
    away = words.is_away(presence)
    avatar = Avatar(size=20)
    avatar.show_person(presence.name, faded=away)
    box = QWidget()
    line = QHBoxLayout(box)
    line.setContentsMargins(0, 0, 0, 0)
    line.setSpacing(theme().px(8))
    line.addWidget(avatar)
    line.addWidget(PlainLabel(presence.name, "strong", "text2" if away else "text"))
    line.addWidget(PlainLabel(words.doing(presence), "body", "text2", wrap=True), 1)
    line.addWidget(IconLabel(words.icon(presence), "text2", 14))
    return box
