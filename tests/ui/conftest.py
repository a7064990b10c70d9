"""The window's tests: one application, dressed as the program dresses it, light and at 100 % before each test; and a
live window at a shared database for those that want one."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from console.policy.account import Account
from console.policy.terms import Priority
from console.ui.theme import Appearance, theme
from tests.support.desks import ALEX, PRIYA, Office
from tests.support.guarded import GuardedOffice, as_login, guarded_office
from tests.support.live import live_window
from tests.support.proxy import Proxy, proxied
from tests.support.watchdog import Watchdog
from tests.support.windows import Shown

_NO_SCREEN = tuple(
    f"This plugin does not support {what}"
    for what in ("propagateSizeHints", "raise", "grabbing the keyboard")
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What the offscreen platform says of every window and popup that is shown; it means nothing."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.qt_log_ignore(*_NO_SCREEN))


@pytest.fixture(scope="session")
def dressed(qapp: QApplication) -> QApplication:
    """The application with its theme installed, once for the process."""
    theme().recall(Appearance.LIGHT, 1.0)
    theme().install(qapp)
    return qapp


@pytest.fixture(autouse=True)
def look(dressed: QApplication) -> Iterator[QApplication]:
    """Every test starts light and at 100 %."""
    if theme().shown is not Appearance.LIGHT or theme().scale != 1.0:
        theme().recall(Appearance.LIGHT, 1.0)
        theme().choose(Appearance.LIGHT)
    yield dressed
    if theme().shown is not Appearance.LIGHT or theme().scale != 1.0:
        theme().recall(Appearance.LIGHT, 1.0)
        theme().choose(Appearance.LIGHT)


@pytest.fixture
def at(guarded_url: str) -> Iterator[GuardedOffice]:
    """A shared database where everybody has a login; a module may have another office."""
    with guarded_office(guarded_url) as opened:
        for who in (ALEX, PRIYA):
            opened.at(who)  # opened here: the window's thread never waits for a server
        yield opened


@pytest.fixture
def juniper(at: Office) -> Account:
    return at.account("Juniper Dental", balance=60)


@pytest.fixture
def urgent(at: Office, juniper: Account) -> int:
    return at.number(juniper, Priority.URGENT, subject="Outbound mail is queued")


@pytest.fixture
def shown(qtbot: QtBot, at: Office, urgent: int, tmp_path: Path) -> Iterator[Shown]:
    """Priya's live window at the urgent ticket."""
    with live_window(qtbot, at, tmp_path) as window, Watchdog():
        window.select(urgent)
        yield window


@pytest.fixture
def through(qtbot: QtBot, at: GuardedOffice, urgent: int, tmp_path: Path) -> Iterator[tuple[Shown, Proxy]]:
    """The same, its way to the server through a proxy."""
    with (
        proxied(as_login(at.url, "priya")) as (proxy, url),
        live_window(qtbot, at, tmp_path, url) as window,
        Watchdog(),
    ):
        window.select(urgent)
        yield window, proxy
