"""Where should tickets live? On this computer, shared with the team, in a database of lately; or look around first."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence, QPainter, QPaintEvent, QShortcut
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from console.ui.page import Page
from console.ui.theme import theme
from console.ui.widgets.buttons import Button, IconButton, Kind
from console.ui.widgets.cards import Card, row
from console.ui.widgets.columns import empty
from console.ui.widgets.labels import CaptionLabel, IconLabel, PlainLabel
from console.ui.widgets.messages import MessageBar


class FirstRunPage(Page):
    """``here``: the database on this computer, made if it is not there; ``sample``: the sample data; ``shared``: asks
    for a server. ``chosen`` and ``forgotten`` carry an address of lately; ``back`` leaves everything as it is."""

    here = Signal()
    sample = Signal()
    shared = Signal()
    chosen = Signal(object)
    forgotten = Signal(object)
    back = Signal()

    def __init__(self, file: Path, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._title = "Welcome"
        self.message = MessageBar("missed")
        self.message.hide()
        self.here_button = Button("Keep tickets on this computer", Kind.PRIMARY)
        self.here_button.clicked.connect(self.here)
        self.shared_button = Button("Connect to a shared database")
        self.shared_button.clicked.connect(self.shared)
        self.back_button = Button("Back to the queue", key="Esc")
        self.back_button.clicked.connect(self.back)
        self.back_button.hide()
        leave = QShortcut(QKeySequence("Esc"), self, self.back.emit)
        leave.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
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
            "A PostgreSQL database that every desk reaches, each person with a login of their own; each change is on "
            "every screen at once.",
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
        self._recent = RecentList()
        self._recent.chosen.connect(self.chosen)
        self._recent.forgotten.connect(self.forgotten)
        column.addWidget(self._recent)
        invented = CaptionLabel("Invented accounts and tickets, clearly marked.")
        column.addLayout(row(self.sample_button, 4, invented, None, self.back_button))
        column.addStretch(2)
        self._content = content
        theme().changed.connect(self._measure)
        self._measure()
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(_scrolled(content))

    def _measure(self) -> None:
        """As wide as the size of the text asks for."""
        self._content.setMaximumWidth(theme().px(820))

    def show_recent(self, shared: Sequence[tuple[str, str]], *, back: bool) -> None:
        """The shared databases of lately, address and words; ``back``: there is a queue to go back to."""
        self._recent.show_databases(shared)
        self.back_button.setVisible(back)
        self._title = "Choose a database" if back or shared else "Welcome"
        self.told.emit()

    def title(self) -> str:
        return self._title

    def search_placeholder(self) -> str:
        return ""

    def focus_first(self) -> None:
        self.here_button.setFocus(Qt.FocusReason.OtherFocusReason)

    def activated(self, _item: str) -> None:
        self.focus_first()

    def show_problem(self, sentence: str) -> None:
        """Why the database that was chosen was not opened; an empty sentence says nothing."""
        self.message.show_message(sentence, tone="missed")

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(event.rect(), theme().color("window"))
        painter.end()


class RecentList(QWidget):
    """The shared databases of lately: one press opens one, the cross forgets it."""

    chosen = Signal(object)
    forgotten = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._lines = QVBoxLayout(self)
        self._lines.setContentsMargins(0, 0, 0, 0)
        self._lines.setSpacing(theme().px(6))

    def show_databases(self, shared: Sequence[tuple[str, str]]) -> None:
        """These, newest first; nothing at all when there are none."""
        empty(self._lines)
        self.setVisible(bool(shared))
        if shared:
            self._lines.addWidget(PlainLabel("Lately", "section", "text2"))
        for address, words in shared:
            self._lines.addWidget(self._line(address, words))

    def _line(self, address: str, words: str) -> QWidget:
        choose = Button(words, icon="database", compact=True)
        choose.clicked.connect(partial(self.chosen.emit, address))
        forget = IconButton("x", f"Forget {words}")
        forget.clicked.connect(partial(self.forgotten.emit, address))
        line = QWidget()
        line.setLayout(row(choose, forget, None, spacing=4))
        return line


def _choice(icon: str, title: str, says: str, button: Button) -> Card:
    card = Card("plain", padding=20, spacing=10)
    card.body.addLayout(row(IconLabel(icon, "link", 20), PlainLabel(title, "card_title", wrap=True)))
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
