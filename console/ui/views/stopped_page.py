"""A database that was not opened: one page with the sentence, what can be done, and the words to send on."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QGuiApplication, QPainter, QPaintEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from console.policy.errors import Problem
from console.ui.page import Page
from console.ui.theme import theme
from console.ui.widgets.buttons import Button, Kind
from console.ui.widgets.cards import Card, row
from console.ui.widgets.flowing import Flowing, flowing_area
from console.ui.widgets.labels import IconLabel, PlainLabel


class StoppedPage(Page):
    """``again`` and ``other`` are its ways out; ``change`` leads to the fields of a shared database."""

    again = Signal()
    other = Signal()
    change = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.problem: Problem | None = None
        self._to_send = ""
        self._title = PlainLabel("", "account", wrap=True)
        self.words = PlainLabel("", "plain", "text2", wrap=True)
        self._details = PlainLabel("", "caption", "text3", wrap=True)
        self.again_button = Button("Try again", Kind.PRIMARY, icon="refresh-cw")
        self.again_button.clicked.connect(self.again)
        self.change_button = Button("Change the connection")
        self.change_button.clicked.connect(self.change)
        self.other_button = Button("Choose another database", icon="database")
        self.other_button.clicked.connect(self.other)
        self.copy_button = Button("Copy details", icon="copy")
        self.copy_button.clicked.connect(self._on_copy)
        card = Card("plain", padding=24, spacing=14)
        card.body.addLayout(row(IconLabel("circle-alert", "missed_text", 24), None))
        for part in (self._title, self.words, self._details):
            card.body.addWidget(part)
        card.body.addLayout(row(self.again_button, self.change_button, self.copy_button, None))
        card.body.addLayout(row(self.other_button, None))
        content = Flowing()
        column = QVBoxLayout(content)
        margin = theme().px(24)
        column.setContentsMargins(margin, margin, margin, margin)
        column.addStretch(1)
        column.addWidget(card)
        column.addStretch(2)
        content.setMaximumWidth(theme().px(760))
        area = flowing_area(content)
        area.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(area)

    def show_problem(self, problem: Problem, request: str, *, shared: bool) -> None:
        """Why it was not opened; ``request`` is what to send to an administrator, when one can help."""
        self.problem = problem
        self._title.setText(problem.title)
        self.words.setText(problem.message)
        self._details.setText(problem.details)
        self._details.setVisible(bool(problem.details))
        self._to_send = request or "\n".join(filter(None, (problem.title, problem.message, problem.details)))
        self.copy_button.set_text("Copy request" if request else "Copy details")
        self.change_button.setVisible(shared)
        self.told.emit()

    def title(self) -> str:
        return "No database"

    def search_placeholder(self) -> str:
        return ""

    def focus_first(self) -> None:
        self.again_button.setFocus(Qt.FocusReason.OtherFocusReason)

    def _on_copy(self) -> None:
        QGuiApplication.clipboard().setText(self._to_send)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(event.rect(), theme().color("window"))
        painter.end()
