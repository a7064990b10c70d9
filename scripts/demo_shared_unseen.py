"""``make demo-shared`` without a display: two consoles offscreen; what Alex does by key, Morgan's window shows."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from console.policy.actor import Actor
from console.policy.errors import Unavailable

if TYPE_CHECKING:
    from scripts.demo_shared import Place

WIDTH, HEIGHT = 1440, 900
PATIENCE_S = 60


class Console:
    """A person's console at the shared database, with a data folder of its own."""

    def __init__(self, place: Place, who: Actor) -> None:
        from console.ui.actions import Commands
        from console.ui.app import Options
        from console.ui.desk import Wiring
        from console.ui.main_window import MainWindow

        self.who = who
        self.window = MainWindow(Commands())
        self.window.resize(WIDTH, HEIGHT)
        self.window.show()
        folder = str(place.folder / who.login)
        self.wiring = Wiring(self.window, Options(data_dir=folder, database=place.url(who.login)))
        self.wiring.start()

    def listens(self) -> bool:
        """Whether the queue is there and the line to the server stands."""
        from console.ui.line import State

        return self.wiring.shared.line.state() is State.UP and bool(self.wiring.queue.model.order())

    def look_at(self, ticket_id: int) -> None:
        """Selects a ticket."""
        self.window.activateWindow()
        self.wiring.queue.open_ticket(ticket_id)
        self.wiring.queue.table.setFocus()

    def shows(self, ticket_id: int) -> bool:
        """Whether the pane has read the ticket."""
        view = self.wiring.queue.pane.view
        return view is not None and view.ticket.id == ticket_id

    def owner(self, ticket_id: int) -> str | None:
        """Who has the ticket, as its row in the list says."""
        row = self.wiring.queue.model.held(ticket_id)
        return row.owner if row is not None else None

    def waits(self) -> bool:
        """Whether something is being read."""
        return self.wiring.background.busy()


def show(place: Place, people: Sequence[Actor], folder: Path) -> None:
    """Opens both consoles, begins work in the first, waits for the second, and writes the pictures."""
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    os.environ.setdefault("QT_LOGGING_RULES", "qt.qpa.*=false")
    from PySide6.QtCore import Qt
    from PySide6.QtTest import QTest

    from console.ui.app import make_application

    app = make_application()
    first, second = consoles = [Console(place, who) for who in people]
    _until("both consoles are at the server", lambda: all(each.listens() for each in consoles))
    ticket_id = _nobodys(second)
    for console in (second, first):
        console.look_at(ticket_id)
        _until(f"{console.who.name} sees the ticket", lambda console=console: console.shows(ticket_id))
    _until("each sees the other", lambda: bool(second.wiring.queue.pane.present.said()))
    began = time.monotonic()
    QTest.keyClick(first.wiring.queue.table, Qt.Key.Key_B)
    _until("the act has arrived", lambda: second.owner(ticket_id) == first.who.login)
    took = (time.monotonic() - began) * 1000
    print(f"{first.who.name} began work on {ticket_id}.")
    print(f"{took:.0f} ms after the key {second.who.name}'s window had it.")
    print(f"{second.who.name} reads: {second.wiring.queue.pane.present.said()}.")
    _until("all is read", lambda: not any(each.waits() for each in consoles))
    QTest.qWait(500)  # what was read is laid out and painted
    folder.mkdir(parents=True, exist_ok=True)
    for console in consoles:
        file = folder / f"shared-{console.who.login}.png"
        if not console.window.grab().save(str(file)):
            raise Unavailable(f"{file} cannot be written.")
        print(f"Wrote {os.path.relpath(file)}")
    for console in consoles:
        console.window.close()
    del app


def _nobodys(console: Console) -> int:
    """The first ticket of the list that nobody has claimed and nobody has begun."""
    from console.services import queue

    desk = console.wiring.context.desk
    assert desk is not None
    ids = [key.id for key in console.wiring.queue.model.order() if not key.awaiting]
    rows = queue.rows(desk, ids)
    return next(row.id for row in rows if row.owner is None and not row.begun and row.due_at is not None)


def _until(what: str, true: Callable[[], bool]) -> None:
    """Lets both windows live until it is so. Raises ``Unavailable`` when that takes far too long."""
    from PySide6.QtTest import QTest

    end = time.monotonic() + PATIENCE_S
    while not true():
        if time.monotonic() > end:
            raise Unavailable(f"This has not come about within {PATIENCE_S} s: {what}.")
        QTest.qWait(10)


if __name__ == "__main__":
    sys.exit("This is part of make demo-shared.")
