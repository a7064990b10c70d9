"""What stands in place of the statement when there is nothing to show yet."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QSizePolicy, QWidget

from console.ui.theme import theme
from console.ui.widgets.buttons import Button, Kind
from console.ui.widgets.cards import Card
from console.ui.widgets.labels import CaptionLabel, IconLabel, PlainLabel

_CENTER = Qt.AlignmentFlag.AlignHCenter


class EmptyCard(Card):
    """``asked(str)``: purchase or account_new."""

    asked = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("panel", padding=32, spacing=12, parent=parent)
        self._name = "purchase"
        self._icon = IconLabel("coins", "text3", 24)
        self._title = PlainLabel("", "card_title", wrap=True)
        self._title.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._words = CaptionLabel("", "text2", wrap=True)
        self._words.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._words.setMinimumWidth(theme().px(280))
        self._button = Button("Record purchase", Kind.PRIMARY, icon="shopping-cart")
        self._button.clicked.connect(self._on_pressed)
        self.body.addWidget(self._icon, 0, _CENTER)
        self.body.addWidget(self._title)
        self.body.addWidget(self._words)
        self.body.addWidget(self._button, 0, _CENTER)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        self.hide()

    def show_no_entries(self, *, tokens: bool, reason: str) -> None:
        """An account without a single entry."""
        if tokens:
            self._say("coins", "No tokens bought yet.", "Tickets wait until the account can pay for them.")
            self._offer("purchase", "Record purchase", "shopping-cart", reason)
        else:
            self._say(
                "receipt", "No tokens here.", "Flat-rate support is paid by the month; tickets cost nothing."
            )
            self._button.hide()
        self.show()

    def show_no_accounts(self, *, shown: bool) -> None:
        """A database without an account."""
        if shown:
            self._say(
                "wallet",
                "No accounts yet.",
                "An account is a customer: its hosting, its support, its people.",
            )
            self._offer("account_new", "New account…", "plus", "")
        self.setVisible(shown)

    def words(self) -> str:
        """The title shown."""
        return self._title.text()

    def _say(self, icon: str, title: str, words: str) -> None:
        self._icon.show_icon(icon)
        self._title.setText(title)
        self._words.setText(words)
        self.setAccessibleName(f"{title} {words}")

    def _offer(self, name: str, words: str, icon: str, reason: str) -> None:
        self._name = name
        self._button.set_text(words)
        self._button.set_icon(icon)
        self._button.allow(reason)
        self._button.show()

    def _on_pressed(self) -> None:
        self.asked.emit(self._name)
