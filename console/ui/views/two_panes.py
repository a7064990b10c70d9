"""A list beside what it chooses; where there is little room, either of them alone: Enter goes in, Esc comes out."""

from __future__ import annotations

from typing import Protocol

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QListView, QVBoxLayout, QWidget

from console.ui.theme import theme
from console.ui.widgets.buttons import Button, Kind
from console.ui.widgets.cards import row


class ListPane(Protocol):
    """What the left side can do."""

    def set_alone(self, *, alone: bool) -> None:
        """Fixed width, or all the width there is."""

    def focus_list(self) -> None:
        """Gives the focus to the rows."""

    def view(self) -> QListView:
        """The rows."""


class TwoPanes(QWidget):
    """``arranged`` when the room for the right side has changed. ``narrow_below`` is in px at text size 100 %."""

    arranged = Signal()

    def __init__(
        self,
        left: QWidget,
        pane: ListPane,
        main: QWidget,
        *,
        narrow_below: int,
        back: str,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._left, self._pane, self._main = left, pane, main
        self._narrow_below = narrow_below
        self._narrow, self._inside = False, False
        self._back = Button(back, Kind.QUIET, icon="arrow-left", key="Esc", compact=True)
        self._back.clicked.connect(self.leave)
        self._right = QWidget()
        column = QVBoxLayout(self._right)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        self._top = row(self._back, None)
        column.addLayout(self._top)
        column.addWidget(main, 1)
        across = QHBoxLayout(self)
        across.setContentsMargins(0, 0, 0, 0)
        across.setSpacing(0)
        across.addWidget(left)
        across.addWidget(self._right, 1)
        pane.view().clicked.connect(self.enter)
        theme().changed.connect(self._fit)
        self._arrange()

    @property
    def narrow(self) -> bool:
        """Whether only one side is shown."""
        return self._narrow

    @property
    def inside(self) -> bool:
        """Whether, being narrow, the right side is in front."""
        return self._narrow and self._inside

    def enter(self) -> None:
        """Brings the right side to the front."""
        self._inside = True
        self._arrange()
        if self._narrow:
            self._back.setFocus(Qt.FocusReason.OtherFocusReason)

    def leave(self) -> None:
        """Brings the list to the front."""
        self._inside = False
        self._arrange()
        self._pane.focus_list()

    def room(self) -> int:
        """The width of the right side."""
        return self.width() if self._narrow else self.width() - self._left.width()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        narrow = self.width() < theme().px(self._narrow_below)
        if narrow != self._narrow:
            self._narrow = narrow
            self._pane.set_alone(alone=narrow)
            self._arrange()
        self.arranged.emit()

    def _arrange(self) -> None:
        self._left.setVisible(not self._narrow or not self._inside)
        self._right.setVisible(not self._narrow or self._inside)
        self._back.setVisible(self._narrow)
        edge = theme().px(8) if self._narrow else 0
        self._top.setContentsMargins(edge, edge, 0, 0)
