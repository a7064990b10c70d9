"""The question for a password that libpq's own means do not supply: held in memory, kept elsewhere only on request."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence, QPainter, QPaintEvent, QShortcut
from PySide6.QtWidgets import QDialog, QLineEdit, QVBoxLayout, QWidget

from console.ui.theme import theme
from console.ui.widgets.buttons import Button, Kind
from console.ui.widgets.cards import row
from console.ui.widgets.fields import CheckBox, Labelled, LineField
from console.ui.widgets.labels import CaptionLabel, IconLabel, PlainLabel

if TYPE_CHECKING:
    from console.services.passwords import Keyring


class PasswordField(LineField):
    """A line whose letters are not shown."""

    def __init__(self, name: str = "Password") -> None:
        super().__init__(name=name)
        self.setEchoMode(QLineEdit.EchoMode.Password)
        self.setInputMethodHints(Qt.InputMethodHint.ImhSensitiveData | Qt.InputMethodHint.ImhNoPredictiveText)


class KeepTick(QWidget):
    """Whether to keep the password, and where that would be; without a keyring it says why it cannot be kept."""

    def __init__(self) -> None:
        super().__init__()
        self.box = CheckBox("Keep it")
        self.box.setEnabled(False)
        self._where = CaptionLabel("", "text3", wrap=True)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme().px(2))
        column.addWidget(self.box)
        column.addWidget(self._where)
        self._where.hide()

    def show_keyring(self, found: Keyring) -> None:
        """Where it would be kept, or why it cannot be."""
        says = f"In {found.name}." if found.name else found.why_not
        self.box.setEnabled(bool(found.name))
        self.box.setAccessibleDescription(says)
        self._where.setText(says)
        self._where.show()

    def wanted(self) -> bool:
        """Whether it shall be kept."""
        return self.box.isEnabled() and self.box.isChecked()


class SignInDialog(QDialog):
    """``given(password, keep)`` when it was answered; nothing when it was closed."""

    given = Signal(object, object)

    def __init__(self, says: str, parent: QWidget | None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Sign in")
        self.setWindowModality(Qt.WindowModality.WindowModal)
        self.field = PasswordField()
        self.keep = KeepTick()
        self.sign_in = Button("Sign in", Kind.PRIMARY, key="Return")
        self.sign_in.clicked.connect(self._on_sign_in)
        cancel = Button("Cancel", key="Esc")
        cancel.clicked.connect(self.reject)
        for keys in ("Return", "Enter", "Ctrl+Return"):
            QShortcut(QKeySequence(keys), self, self._on_sign_in)
        column = QVBoxLayout(self)
        margin = theme().px(20)
        column.setContentsMargins(margin, margin, margin, margin)
        column.setSpacing(theme().px(14))
        column.addLayout(row(IconLabel("key-round", "link", 20), PlainLabel("Sign in", "card_title"), None))
        column.addWidget(PlainLabel(says, "plain", "text2", wrap=True))
        column.addWidget(Labelled("Password", self.field, hint="Held in memory until the console closes."))
        column.addWidget(self.keep)
        column.addLayout(row(None, cancel, self.sign_in))
        self._fit()
        self.field.setFocus()

    def show_keyring(self, found: Keyring) -> None:
        """Where the password would be kept."""
        self.keep.show_keyring(found)
        self._fit()

    def _fit(self) -> None:
        """As high as its words need."""
        width = theme().px(440)
        self.setFixedSize(width, max(self.heightForWidth(width), self.minimumSizeHint().height()))

    def _on_sign_in(self) -> None:
        password = self.field.text()
        if password:
            self.field.clear()
            self.given.emit(password, self.keep.wanted())
            self.accept()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(event.rect(), theme().color("window"))
        painter.end()
