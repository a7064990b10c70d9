"""One dialog at a time over a plain window at a real desk, for tests by keyboard."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLineEdit, QMainWindow, QWidget
from pytestqt.qtbot import QtBot

from console.policy.actor import Actor
from console.services.desk import Changed
from console.ui.background import Background, Latest
from console.ui.context import Context, Signals
from console.ui.format import Times
from console.ui.heartbeat import Heartbeat
from console.ui.views import dialog_book, dialogs
from console.ui.views.dialogs.frame import Dialog
from tests.support.desks import MORGAN, Office

CONTROL = Qt.KeyboardModifier.ControlModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier
PLAIN = Qt.KeyboardModifier.NoModifier
Kind = TypeVar("Kind", bound=Dialog)


@dataclass
class Booth:
    """A window with one field, the context of its dialogs, and what was told meanwhile."""

    bot: QtBot
    office: Office
    context: Context
    window: QMainWindow
    opener: QLineEdit
    told: list[Changed] = field(default_factory=list)
    tickets: list[int] = field(default_factory=list)
    opened: list[QWidget] = field(default_factory=list)

    def sit(self, who: Actor) -> None:
        """Somebody else at the desk."""
        self.context.desk = self.office.at(who)

    def open(self, kind: type[Kind], name: str, **arguments: Any) -> Kind:
        """The dialog, read and ready, with its first field in focus."""
        self.opener.setFocus()
        dialog = dialogs.open_dialog(name, self.context, self.window, **arguments)
        assert isinstance(dialog, kind)
        self.settle()
        return dialog

    def settle(self) -> None:
        """Waits until nothing is being read, saved or laid out."""
        for _ in range(2):
            self.bot.wait(15)
            self.until(self._is_quiet)

    def _is_quiet(self) -> bool:
        asked = any(latest._timer.isActive() for latest in self.window.findChildren(Latest))
        return not asked and not self.context.background.busy()

    def until(self, true: Callable[[], bool]) -> None:
        self.bot.waitUntil(true, timeout=8_000)

    def type(self, text: str) -> None:
        """Types into whatever has the focus."""
        self.bot.keyClicks(self.focus(), text)

    def key(self, key: Qt.Key, modifier: Qt.KeyboardModifier = PLAIN, times: int = 1) -> None:
        for _ in range(times):
            self.bot.keyClick(self.focus(), key, modifier)

    def commit(self) -> None:
        """Ctrl Enter, and waits for what comes of it."""
        self.key(Qt.Key.Key_Return, CONTROL)
        self.settle()

    def focus(self) -> QWidget:
        focused = QApplication.focusWidget()
        assert focused is not None
        return focused

    def is_closed(self, dialog: Dialog) -> bool:
        """Gone, the shade with it, and the focus back where it came from."""
        return dialog not in QApplication.topLevelWidgets() and self.opener.hasFocus()


@contextmanager
def booth_at(bot: QtBot, office: Office, who: Actor = MORGAN) -> Iterator[Booth]:
    """A booth with ``who`` at the desk, the viewer two hours behind Eastern."""
    window = QMainWindow()
    window.resize(1440, 900)
    opener = QLineEdit(window)
    window.setCentralWidget(opener)
    background, heartbeat = Background(), Heartbeat()
    heartbeat.set_clock(office.clock.now)
    times = Times(viewer=ZoneInfo("America/Denver"))
    context = Context(background, heartbeat, Signals(), times=times, desk=office.at(who), window=window)
    booth = Booth(bot, office, context, window, opener)

    def open_dialog(name: str, **arguments: Any) -> None:
        booth.opened.append(dialog_book.open_dialog(context, name, **arguments))

    context.open_dialog = open_dialog
    context.open_ticket = booth.tickets.append
    context.signals.changed.connect(booth.told.append)
    faults: list[object] = []
    background.faulted.connect(faults.append)
    window.show()
    window.activateWindow()
    bot.waitUntil(lambda: QApplication.activeWindow() is window, timeout=8_000)
    try:
        yield booth
        assert not faults, faults
    finally:
        for dialog in window.findChildren(Dialog):
            dialog.reject()
        background.close()
        window.close()
        window.deleteLater()
        bot.wait(10)
