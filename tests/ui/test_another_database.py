"""A window goes on to another database: what the one before still says, shows or holds back means nothing there."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from threading import Event

import psycopg
import pytest
from PySide6.QtWidgets import QAbstractButton
from pytestqt.qtbot import QtBot
from sqlalchemy import event

from console.policy.account import Account
from console.policy.terms import Priority
from console.services.desk import Desk
from console.services.lost import Lost
from console.ui.views.people import PeoplePage
from tests.support.desks import ALEX, IRA, PRIYA, Office, office
from tests.support.guarded import GuardedOffice, guarded_office, libpq
from tests.support.live import bar, desk_of, live_window, notice, up
from tests.support.postgres import Server
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


@pytest.fixture
def second(postgres_server: Server, empty_postgres: str) -> Iterator[GuardedOffice]:
    """Another shared database on the same server, without tickets."""
    url = postgres_server.copy(empty_postgres)
    with guarded_office(url) as opened:
        opened.at(PRIYA)
        yield opened
    postgres_server.drop(url.rsplit("/", 1)[1])


@contextmanager
def unanswered(desk: Desk) -> Iterator[list[str]]:
    """What is asked of that database, past its line; it has no answer before this is over."""
    asked: list[str] = []
    answered = Event()

    def wait(_connection: object, _cursor: object, statement: str, *_with: object) -> None:
        asked.append(statement)
        answered.wait(20)

    event.listen(desk.store._engine, "before_cursor_execute", wait)
    try:
        yield asked
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


def test_what_an_upgrade_says_is_asked_once_and_stays_at_its_database(
    shown: Shown, at: GuardedOffice, second: GuardedOffice
) -> None:
    beats: list[object] = []
    shown.wiring.shared.line.beaten.connect(beats.append)
    shown.wiring.pulse.rest()
    shown.quiet()
    with unanswered(desk_of(shown)) as asked:
        with psycopg.connect(libpq(at.url), autocommit=True) as owner:
            owner.execute("UPDATE least_console SET schema_number = 14, version = '9.1' WHERE act = 'write'")
        shown.until(lambda: bool(asked))
        beats.clear()
        shown.wiring.shared.line.wake()
        shown.until(lambda: len(beats) >= 2)
        assert len(asked) == 1
        shown.wiring.show_desk(second.at(PRIYA))
        shown.until(lambda: up(shown))
    shown.quiet()
    assert shown.wiring.context.barred == ""
    assert "upgraded" not in notice(shown)


def test_a_line_that_was_lost_at_one_database_is_not_found_again_at_the_next(
    shown: Shown, second: GuardedOffice
) -> None:
    shown.wiring.shared.line._lose(Lost("The shared database does not answer any more."))
    assert "stopped answering" in bar(shown)
    shown.wiring.show_desk(second.at(PRIYA))
    shown.until(lambda: up(shown))
    shown.quiet()
    assert bar(shown) == ""


def test_the_bar_of_the_window_says_nothing_of_the_database_before(shown: Shown, elsewhere: Desk) -> None:
    shown.window.notice.show_message("Something about the shared database.", tone="soon")
    shown.wiring.show_desk(elsewhere)
    assert notice(shown) == ""
    shown.quiet()
    assert notice(shown) == ""


def test_what_one_looks_at_is_told_to_nobody_at_the_next_database(
    shown: Shown, urgent: int, second: GuardedOffice
) -> None:
    assert shown.pane.ticket_id == urgent
    with psycopg.connect(libpq(second.url), autocommit=True) as owner:
        shown.wiring.show_desk(second.at(PRIYA))
        shown.until(lambda: up(shown))
        shown.quiet()
        looks = owner.execute("SELECT login, ticket_id FROM guard.presence").fetchall()
    assert looks == [("priya", None)]


def test_what_others_do_is_seen_at_a_database_with_a_shorter_journal(
    shown: Shown, at: GuardedOffice, second: GuardedOffice, juniper: Account
) -> None:
    for _ in range(10):
        last = at.number(juniper, Priority.STANDARD)
    shown.until(lambda: shown.queue.model.place(last) >= 0)
    shown.wiring.show_desk(second.at(PRIYA))
    shown.until(lambda: up(shown))
    shown.quiet()
    first = second.number(second.account("Elsewhere", balance=9), Priority.STANDARD)
    shown.until(lambda: shown.queue.model.ids() == [first])


def test_what_was_read_at_the_opening_is_no_news_of_its_line(shown: Shown, second: GuardedOffice) -> None:
    second.number(second.account("Elsewhere", balance=9), Priority.STANDARD)
    told: list[object] = []
    beats: list[object] = []
    shown.wiring.shared.line.told.connect(told.append)
    shown.wiring.shared.line.beaten.connect(beats.append)
    shown.wiring.show_desk(second.at(PRIYA))
    beats.clear()
    shown.until(lambda: len(beats) == 2)
    assert len(shown.queue.model.ids()) == 1
    assert told == []


def test_the_card_of_the_database_begins_anew_at_the_next_one(
    qtbot: QtBot, at: GuardedOffice, elsewhere: Desk, tmp_path: Path
) -> None:
    with live_window(qtbot, at, tmp_path, who=IRA) as shown:
        shown.window.show_item("people")
        shown.quiet()
        (page,) = shown.window.findChildren(PeoplePage)
        card = page.database
        assert card._rows["Owned by"].text() == "postgres"
        shown.wiring.pulse.rest()
        shown.quiet()
        with unanswered(desk_of(shown)):
            shown.window.commands.run("check")
            assert card.check.reason() == "Checking the books is under way"
            shown.wiring.show_desk(replace(elsewhere, actor=IRA))
            shown.window.show_item("people")
            shown.until(lambda: card._rows["Engine"].text().startswith("SQLite"))
            assert not card._rows["Owned by"].isVisible()
            assert card.check.reason() == card.result() == ""
            shown.window.commands.run("check")
            shown.until(lambda: card.result() == "Everything adds up.")
        shown.quiet()
        assert card.result() == "Everything adds up."
