"""A console in a process of its own that is killed in the middle of an act: ``URL FOLDER TICKET before|after``.

It opens a whole window, writes a note by keyboard and dies by SIGKILL as the act is about to be committed, or when it
was committed and its answer has not reached the window.
"""

import os
import signal
import sys
from pathlib import Path

from PySide6.QtCore import Qt, QTimer
from PySide6.QtTest import QTest
from sqlalchemy import event

from console import bootstrap
from console.services.desk import Desk
from console.ui.actions import Commands
from console.ui.app import Options, make_application
from console.ui.desk import Wiring
from console.ui.line import State
from console.ui.main_window import MainWindow
from console.ui.remember import Remember


def main(url: str, folder: str, ticket: str, when: str) -> None:
    """Runs until it is killed."""
    app = make_application()
    desk = bootstrap.open_desk(url)
    remember = Remember(Path(folder) / "window.ini")
    window = MainWindow(Commands(), remember)
    window.show()
    wiring = Wiring(window, Options(data_dir=folder), remember)
    wiring.show_desk(desk)
    wiring.open_ticket(int(ticket))

    def act_once_ready() -> None:
        pane = wiring.queue.pane
        if wiring.shared.line.state() is State.UP and pane.view is not None and not wiring.background.busy():
            timer.stop()
            die_at_commit(desk, when)
            pane.note.setPlainText("Written by a console that was killed.")
            QTest.keyClick(pane.note, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)

    timer = QTimer()
    timer.timeout.connect(act_once_ready)
    timer.start(50)
    app.exec()


def die_at_commit(desk: Desk, when: str) -> None:
    """Kills this process at its next commit."""
    if when == "before":
        event.listen(desk.store._engine, "commit", lambda _connection: die())
    else:
        wires = desk.store._wires
        assert wires is not None
        wires.announce = lambda _connection: die()  # type: ignore[method-assign]


def die() -> None:
    """As ``kill -9`` does."""
    os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    main(*sys.argv[1:])
