"""The first run: where should tickets live? On this computer, shared with the team, or look around first."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from console.ui.page import Page
from console.ui.theme import theme
from console.ui.widgets.buttons import Button, Kind
from console.ui.widgets.cards import Card, row
from console.ui.widgets.labels import CaptionLabel, IconLabel, PlainLabel
from console.ui.widgets.messages import MessageBar

SHARED_LATER = "The shared database comes with a later version of this console"


class FirstRunPage(Page):
    """``here`` makes a database on this computer, ``sample`` opens the sample data."""

    here = Signal()
    sample = Signal()

    def __init__(self, file: Path, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.message = MessageBar("missed")
        self.message.hide()
        self.here_button = Button("Keep tickets on this computer", Kind.PRIMARY)
        self.here_button.clicked.connect(self.here)
        self.shared_button = Button("Connect to a shared database")
        self.shared_button.allow(SHARED_LATER)
        self.shared_button.setObjectName("shared")
        self.sample_button = Button("Look around with sample data", icon="database")
        self.sample_button.clicked.connect(self.sample)
        here = _choice(
            "monitor",
            "On this computer",
            "For one person, named by the operating system. The tickets, the tokens and their history are kept in "
            f"one file, which is backed up every day:\n{file}",
            self.here_button,
        )
        shared = _choice(
            "database",
            "Shared with the team",
            f"A PostgreSQL database that every desk reaches; each change is on every screen at once. {SHARED_LATER}.",
            self.shared_button,
        )
        content = QWidget()
        column = QVBoxLayout(content)
        margin = theme().px(32)
        column.setContentsMargins(margin, margin, margin, margin)
        column.setSpacing(theme().px(16))
        column.addStretch(1)
        column.addWidget(PlainLabel("Where should tickets live?", "account", wrap=True))
        column.addWidget(
            PlainLabel(
                "The console keeps support tickets, their promised times and the token accounts. "
                "You can start small and move to a shared database later.",
                "plain",
                "text2",
                wrap=True,
            )
        )
        column.addWidget(self.message)
        cards = QHBoxLayout()
        cards.setSpacing(theme().px(16))
        cards.addWidget(here, 1)
        cards.addWidget(shared, 1)
        column.addLayout(cards)
        invented = CaptionLabel("Invented accounts and tickets, clearly marked.")
        column.addLayout(row(self.sample_button, 4, invented, None))
        column.addStretch(2)
        content.setMaximumWidth(theme().px(820))
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(_scrolled(content))

    def title(self) -> str:
        return "Welcome"

    def search_placeholder(self) -> str:
        return ""

    def focus_first(self) -> None:
        self.here_button.setFocus(Qt.FocusReason.OtherFocusReason)

    def activated(self, _item: str) -> None:
        self.focus_first()

    def show_problem(self, sentence: str) -> None:
        """Why no database could be made there."""
        self.message.show_message(sentence, tone="missed")

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(event.rect(), theme().color("window"))
        painter.end()


def _choice(icon: str, title: str, says: str, button: Button) -> Card:
    card = Card("plain", padding=20, spacing=10)
    card.body.addLayout(row(IconLabel(icon, "link", 20), PlainLabel(title, "card_title"), None))
    words = PlainLabel(says, "plain", "text2", wrap=True)
    words.setAlignment(Qt.AlignmentFlag.AlignTop)
    words.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Expanding)
    card.body.addWidget(words, 1)
    card.body.addLayout(row(button, None))
    card.setAccessibleName(title)
    return card


def _scrolled(content: QWidget) -> QScrollArea:
    area = QScrollArea()
    area.setWidgetResizable(True)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setAlignment(Qt.AlignmentFlag.AlignHCenter)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setWidget(content)
    area.viewport().setAutoFillBackground(False)
    content.setAutoFillBackground(False)
    return area
