"""A whole window at a real desk, for tests by keyboard."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from console.services.desk import Desk
from console.ui.actions import Commands
from console.ui.app import Options
from console.ui.desk import Wiring
from console.ui.main_window import MainWindow
from console.ui.remember import Remember
from console.ui.views.queue_page import QueuePage
from console.ui.views.ticket_pane import TicketPane


@dataclass
class Shown:
    """A window, what wires it, and short words for what tests do with it."""

    bot: QtBot
    window: MainWindow
    wiring: Wiring

    @property
    def queue(self) -> QueuePage:
        return self.wiring.queue

    @property
    def pane(self) -> TicketPane:
        return self.wiring.queue.pane

    def until(self, true: Callable[[], bool]) -> None:
        """Waits until it is so; fails after some seconds."""
        self.bot.waitUntil(true, timeout=20_000)

    def key(self, key: Qt.Key, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        """A key at whatever has the focus."""
        self.bot.keyClick(self.focus(), key, modifier)

    def focus(self) -> QWidget:
        """What has the focus; the table when nothing has it."""
        return self.window.focusWidget() or self.queue.table

    def select(self, ticket_id: int) -> None:
        """Selects a ticket in the list and waits until the pane shows it."""
        self.until(lambda: self.queue.model.place(ticket_id) >= 0)
        self.queue.open_ticket(ticket_id)
        self.queue.table.setFocus()
        self.until(lambda: self.pane.view is not None and self.queue.model.held(ticket_id) is not None)

    def quiet(self) -> None:
        """Waits until nothing is being read or saved."""
        self.until(lambda: not self.wiring.background.busy())


@contextmanager
def window_at(
    bot: QtBot, desk: Desk, folder: Path, size: tuple[int, int] = (1440, 900), *, live: bool = False
) -> Iterator[Shown]:
    """A window at ``desk``, its timers at rest so that a test decides when time passes, unless it is ``live``."""
    remember = Remember(folder / "window.ini")
    window = MainWindow(Commands(), remember)
    window.resize(*size)
    window.show()
    wiring = Wiring(window, Options(data_dir=str(folder)), remember)
    wiring.show_desk(desk)
    if not live:
        wiring.rest()
    shown = Shown(bot, window, wiring)
    try:
        window.activateWindow()
        shown.quiet()
        yield shown
        wiring.rest()
        shown.quiet()
    finally:
        wiring.leave_desk()
        window.close()
        window.deleteLater()


def mark(shown: Shown, tickets: Iterable[int]) -> None:
    """Marks tickets of the list by keyboard."""
    for each in tickets:
        shown.select(each)
        shown.key(Qt.Key.Key_X)


def note_on_all(shown: Shown, words: str) -> QLineEdit:
    """Types one note for all that are marked and presses Enter twice, as an impatient hand does."""
    shown.key(Qt.Key.Key_E)
    field = shown.window.focusWidget()
    assert isinstance(field, QLineEdit)
    shown.bot.keyClicks(field, words)
    for _ in range(2):
        shown.bot.keyClick(field, Qt.Key.Key_Return)
    return field
