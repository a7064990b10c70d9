"""Every screen as a picture, light and dark, from the sample data at a fixed moment; needs no display.

The same window as everybody's, at a database made for the purpose: what the pictures show is what the program does.
"""

import os
import tempfile
from argparse import Namespace
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PySide6.QtGui import QPixmap
    from PySide6.QtWidgets import QDialog

#: A Tuesday, 2:28 PM Eastern and 12:28 PM where the viewer of the pictures sits.
MOMENT = datetime(2026, 11, 24, 19, 28, tzinfo=UTC)
VIEWER = "America/Denver"
MOST_WAITS = 400


@dataclass(frozen=True, slots=True)
class Screen:
    """One picture: the rail item to open, and what to do there before it is taken."""

    name: str
    item: str
    prepare: Callable[["Studio"], None] | None = None


def draw(arguments: Namespace) -> int:
    """Writes ``NAME-light.png`` and ``NAME-dark.png`` for each screen into the folder; says how many."""
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    with tempfile.TemporaryDirectory(prefix="console-pictures-") as folder:
        studio = Studio(Path(folder), arguments.width, arguments.height, arguments.scale / 100)
        try:
            files = [
                file for appearance in ("light", "dark") for file in studio.take(arguments.folder, appearance)
            ]
        finally:
            studio.close()
    print(f"Wrote {len(files)} pictures to {arguments.folder}")
    return 0


class Studio:
    """A window of the whole program at the sample desk, whose clock stands still."""

    def __init__(self, folder: Path, width: int, height: int, scale: float) -> None:
        from zoneinfo import ZoneInfo

        from console.bootstrap import sample_desk
        from console.policy.actor import Actor
        from console.services.people import EVERY_ROLE
        from console.ui.actions import Commands
        from console.ui.app import Options, make_application
        from console.ui.desk import Wiring
        from console.ui.format import Times
        from console.ui.main_window import MainWindow
        from console.ui.theme import theme

        self.app = make_application()
        theme().set_scale(scale)
        self.window = MainWindow(Commands())
        self.window.resize(width, height)
        self.wiring = Wiring(self.window, Options(data_dir=str(folder)))
        self.wiring.context.times = Times(viewer=ZoneInfo(VIEWER))
        self.window.show()
        self.wiring.stand_still()
        url = f"sqlite:///{folder / 'sample.sqlite3'}"
        morgan = Actor("morgan", "Morgan Hale", EVERY_ROLE)
        self.wiring.show_desk(sample_desk(url, MOMENT, stand_still=True, actor=morgan))
        self.settle()

    def settle(self) -> None:
        """Waits until everything that was asked for has been read and painted."""
        from PySide6.QtCore import QEventLoop, QThread

        quiet = 0
        for _ in range(MOST_WAITS):
            self.app.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, 20)
            quiet = 0 if self.wiring.background.busy() else quiet + 1
            if quiet >= 10:
                return
            QThread.msleep(10)

    def take(self, folder: Path, appearance: str) -> list[Path]:
        """The pictures of every screen in one appearance."""
        from console.ui.theme import Appearance, theme

        theme().choose(Appearance(appearance))
        return [self._one(screen, folder / f"{screen.name}-{appearance}.png") for screen in SCREENS]

    def _one(self, screen: Screen, file: Path) -> Path:
        self.window.show_item(screen.item)
        self.settle()
        if screen.prepare is not None:
            screen.prepare(self)
            self.settle()
        picture = self._grabbed()
        if not picture.save(str(file)):
            raise OSError(None, "the picture cannot be written", str(file))
        self._close_dialogs()
        return file

    def _grabbed(self) -> "QPixmap":
        """The window with the dialog that stands before it."""
        from PySide6.QtCore import QPoint
        from PySide6.QtGui import QPainter

        picture = self.window.grab()
        for dialog in self._dialogs():
            shown = dialog.grab()
            painter = QPainter(picture)
            at = QPoint(
                (self.window.width() - dialog.width()) // 2, (self.window.height() - dialog.height()) // 2
            )
            painter.drawPixmap(at, shown)
            painter.end()
        return picture

    def _dialogs(self) -> list["QDialog"]:
        from PySide6.QtWidgets import QDialog

        return [each for each in self.window.findChildren(QDialog) if each.isVisible()]

    def _close_dialogs(self) -> None:
        for dialog in self._dialogs():
            dialog.close()
        self.settle()

    def close(self) -> None:
        """Closes the window and the database."""
        self.window.close()
        desk = self.wiring.context.desk
        self.wiring.background.close()
        if desk is not None:
            desk.store.close()


def _ticket(studio: Studio, subject: str) -> int:
    from console.services import queue

    desk = studio.wiring.context.desk
    assert desk is not None
    keys = queue.keys(desk, queue.view_query(desk, "queue"))
    return next(row.id for row in queue.rows(desk, [key.id for key in keys]) if subject in row.subject)


def _select(subject: str) -> Callable[[Studio], None]:
    return lambda studio: studio.wiring.open_ticket(_ticket(studio, subject))


def _classify(studio: Studio) -> None:
    ticket_id = _ticket(studio, "Newsletter footer")
    studio.wiring.open_ticket(ticket_id)
    studio.settle()
    studio.wiring.open_dialog("classify", ticket_id=ticket_id, outcome="demote")


def _account(studio: Studio) -> None:
    from console.services import tokens

    desk = studio.wiring.context.desk
    assert desk is not None
    studio.wiring.open_account(next(row.id for row in tokens.accounts(desk, "Meridian")))


def _new_ticket(studio: Studio) -> None:
    studio.wiring.open_dialog("new_ticket")


def _people(studio: Studio) -> None:
    """The sample has nobody on its list: the picture shows a firm."""
    from console.services import people_list
    from console.services.people import Person

    desk = studio.wiring.context.desk
    assert desk is not None
    for login, name, *roles in _FIRM:
        entry = people_list.with_roles(Person(login=login, name=name, roles=frozenset()), roles)
        people_list.save_person(desk, entry, f"picture {login}")
    studio.wiring.poll()


_FIRM = (
    ("ira", "Ira Lund", "administrator"),
    ("morgan", "Morgan Hale", "agent", "manager", "supervisor", "administrator"),
    ("alex", "Alex Reyes", "agent"),
    ("priya", "Priya Nair", "agent"),
    ("rosa", "Rosa Vega", "supervisor"),
    ("sam", "Sam Okafor", "agent"),
)


def _connect(studio: Studio) -> None:
    from console.services.target import Target

    studio.wiring.opening.show_connect(Target("db.example.com", "5432", "support", "morgan"))


SCREENS = (
    Screen("queue", "queue", _select("Newsletter footer")),
    Screen("classification-dialog", "queue", _classify),
    Screen("determinations", "determinations"),
    Screen("token-account", "accounts", _account),
    Screen("breach-summary", "breach"),
    Screen("new-ticket", "queue", _new_ticket),
    Screen("people", "people", _people),
    Screen("connect", "queue", _connect),
)
