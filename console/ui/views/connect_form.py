"""The fields of a shared database: where it is, who signs in, and how safe the way must be."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QVBoxLayout, QWidget

from console.services.target import VERIFIED, WEAKER, Target
from console.ui.theme import theme
from console.ui.views.dialogs.password import KeepTick, PasswordField
from console.ui.widgets.fields import CheckBox, ComboBox, Labelled, LineField
from console.ui.widgets.messages import MessageBar

_MODES = {
    VERIFIED: "TLS, and the server is verified",
    "require": "TLS, the server is not verified",
    "disable": "No TLS: nothing is encrypted",
}

MOST_PORT = 65_535


class ConnectForm(QWidget):
    """``changed`` with every key; ``target`` is what stands in the fields, ``fault`` what is wrong with it."""

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.server, self.port = (
            LineField("db.example.com", name="Server"),
            LineField("5432", name="Port", longest=5),
        )
        self.database, self.login = LineField(), LineField()
        self.service = LineField()
        self.password, self.keep = PasswordField(), KeepTick()
        self.mode, self.authority = ComboBox(), LineField()
        self.accept = CheckBox("I accept this for this server")
        self._meaning = MessageBar("soon")
        self._rest: tuple[tuple[str, str], ...] = ()
        for mode, words in _MODES.items():
            self.mode.addItem(words, mode)
        self._lay_out()
        theme().changed.connect(self._measure)
        self._measure()
        for field in (self.server, self.port, self.database, self.login, self.service, self.authority):
            field.textChanged.connect(self._on_changed)
        self.mode.currentIndexChanged.connect(self._on_mode)
        self.accept.toggled.connect(self._on_changed)
        self._on_mode()

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme().px(12))
        self._port = Labelled("Port", self.port)
        self._server = Labelled("Server", self.server, hint="Empty: a server on this computer")
        self._database = Labelled("Database", self.database, hint="Such as support")
        column.addLayout(_line((self._server, 3), (self._port, 0), (self._database, 2)))
        self._login = Labelled("Login", self.login, hint="Empty: your name on this computer")
        self._service = Labelled(
            "or service", self.service, hint="Its name in pg_service.conf; what it says need not be typed"
        )
        column.addLayout(_line((self._login, 1), (self._service, 1)))
        self._password = Labelled(
            "Password",
            self.password,
            hint="Empty: from the password file or the keyring. Held in memory, not in any file.",
        )
        column.addLayout(_line((self._password, 1), (Labelled(" ", self.keep), 1)))
        self._mode = Labelled("Safety", self.mode)
        self._authority = Labelled(
            "Authority's certificate",
            self.authority,
            hint="A file; empty: the authorities this computer trusts",
        )
        column.addLayout(_line((self._mode, 1), (self._authority, 1)))
        column.addWidget(self._meaning)
        column.addWidget(self.accept)

    def _measure(self) -> None:
        self._port.setMaximumWidth(theme().px(90))

    def target(self) -> Target:
        """What stands in the fields."""
        return Target(
            server=self.server.text().strip(),
            port=self.port.text().strip(),
            database=self.database.text().strip(),
            login=self.login.text().strip(),
            service=self.service.text().strip(),
            less=self.mode.currentData(),
            authority=self.authority.text().strip(),
            rest=self._rest,
        )

    def show_target(self, target: Target) -> None:
        """Puts an address into the fields; what it accepted must be accepted again when it is changed."""
        self.server.setText(target.server)
        self.port.setText(target.port)
        self.database.setText(target.database)
        self.login.setText(target.login)
        self.service.setText(target.service)
        self.authority.setText(target.authority)
        self._rest = target.rest
        if self.mode.findData(target.less) < 0:
            self.mode.addItem(f"sslmode={target.less}", target.less)
        self.mode.setCurrentIndex(self.mode.findData(target.less))

    def fault(self) -> str:
        """Shows and returns what is wrong; the first field of it gets the focus."""
        target = self.target()
        nothing = not (target.service or target.server or target.database)
        wrong = {
            self._server: "Which server? A name, an address, or a service." if nothing else "",
            self._port: "" if _is_port(target.port) else "A number from 1 to 65535",
        }
        for labelled, sentence in wrong.items():
            labelled.show_fault(sentence)
        if self._needs_acceptance() and not self.accept.isChecked():
            self.accept.setFocus()
            return "Tick that you accept it, or have the server verified."
        first = next((labelled for labelled, sentence in wrong.items() if sentence), None)
        if first is not None:
            first.field.setFocus()
        return wrong[first] if first is not None else ""

    def ask_password(self, sentence: str) -> None:
        """The server wants one: the field says so and has the focus."""
        self._password.show_fault(sentence)
        self.password.setFocus()
        self.password.selectAll()

    def _needs_acceptance(self) -> bool:
        return bool(self.mode.currentData()) and not self.target().is_here

    def _on_mode(self) -> None:
        self.accept.setChecked(False)
        self._on_changed()

    def _on_changed(self) -> None:
        mode, weaker = self.mode.currentData(), self._needs_acceptance()
        words = f"This means that {WEAKER.get(mode, '')}." if weaker else ""
        if words != self._meaning.text():
            self._meaning.show_message(words, tone="soon")
        self.accept.setVisible(weaker)
        self._mode.show_hint(
            "Not needed: the server is on this computer" if not mode and self.target().is_here else ""
        )
        self._password.show_fault("")
        self.changed.emit()


def _is_port(words: str) -> bool:
    """Empty, the usual one, or a number that a port can have."""
    return not words or (words.isdecimal() and 1 <= int(words) <= MOST_PORT)


def _line(*parts: tuple[QWidget, int]) -> QBoxLayout:
    line = QHBoxLayout()
    line.setSpacing(theme().px(12))
    for widget, stretch in parts:
        line.addWidget(widget, stretch, Qt.AlignmentFlag.AlignTop)
    return line
