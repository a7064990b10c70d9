"""A window at a local database whose tickets were moved: it reads on, says where they are, and saves nothing."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from pytestqt.qtbot import QtBot

from console.services import moving
from tests.support.desks import office
from tests.support.watchdog import Watchdog
from tests.support.windows import window_at

WHERE = "were moved to the shared database"


def test_a_window_that_was_open_when_the_tickets_moved_says_so_and_saves_nothing(
    qtbot: QtBot, sqlite_url: str, empty_postgres_url: str, tmp_path: Path
) -> None:
    with office(sqlite_url) as here:
        number = here.number(here.account(balance=50))
        with (
            ThreadPoolExecutor(1) as beside,
            window_at(qtbot, here.desk, tmp_path, live=True) as shown,
            Watchdog(),
        ):
            shown.select(number)
            assert not shown.wiring.context.barred
            moved = beside.submit(moving.move, sqlite_url, empty_postgres_url)
            shown.until(moved.done)
            moved.result()
            shown.wiring.pulse._renew()
            shown.until(lambda: WHERE in shown.wiring.context.barred)
            assert WHERE in shown.window.notice.text()
            shown.quiet()


def test_a_window_opened_afterwards_says_so_at_once(
    qtbot: QtBot, sqlite_url: str, empty_postgres_url: str, tmp_path: Path
) -> None:
    with office(sqlite_url) as here:
        number = here.number(here.account(balance=50))
    moving.move(sqlite_url, empty_postgres_url)
    with office(sqlite_url) as here, window_at(qtbot, here.desk, tmp_path, live=True) as shown, Watchdog():
        shown.select(number)
        assert WHERE in shown.wiring.context.barred
        assert WHERE in shown.window.notice.text()
