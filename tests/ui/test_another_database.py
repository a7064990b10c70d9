"""A window goes on to another database: what the one before still says, shows or holds back means nothing there."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event

import pytest
from PySide6.QtWidgets import QAbstractButton
from pytestqt.qtbot import QtBot
from sqlalchemy import event

from console.policy.terms import Priority
from console.services.desk import Desk
from tests.support.desks import ALEX, Office, office
from tests.support.live import desk_of, live_window
from tests.support.windows import Shown


@pytest.fixture
def shown(qtbot: QtBot, at: Office, urgent: int, tmp_path: Path) -> Iterator[Shown]:
    """Priya's live window at the one ticket of a shared database."""
    with live_window(qtbot, at, tmp_path) as window:
        window.select(urgent)
        yield window


@pytest.fixture
def elsewhere(tmp_path: Path) -> Iterator[Desk]:
    """A local database with three tickets."""
    with office(f"sqlite:///{tmp_path / 'other.sqlite3'}") as other:
        account = other.account("Elsewhere", balance=9)
        for _ in range(3):
            other.number(account, Priority.STANDARD, subject="Another desk")
        yield other.at(ALEX)


@contextmanager
def unanswered(desk: Desk) -> Iterator[None]:
    """The next that is asked of that database has no answer before this is over."""
    answered = Event()
    event.listen(desk.store._engine, "before_cursor_execute", lambda *_asked: answered.wait(20), once=True)
    try:
        yield
    finally:
        answered.set()


def test_the_rail_counts_the_tickets_of_its_own_database(shown: Shown, elsewhere: Desk) -> None:
    def queue() -> str:
        buttons = shown.window.rail.findChildren(QAbstractButton)
        return next(each.accessibleName() for each in buttons if each.text() == "Queue")

    shown.until(lambda: queue() == "Queue, 1")
    shown.wiring.pulse.rest()
    shown.quiet()
    with unanswered(desk_of(shown)):
        shown.wiring.pulse.read_counts()
        shown.wiring.show_desk(elsewhere)
        assert queue() == "Queue"
        shown.until(lambda: queue() == "Queue, 3")
    shown.quiet()
    assert queue() == "Queue, 3"
