"""Who keeps others waiting, in the window: those who lead see it, a supervisor ends it, whoever waited is led there."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from console.services.desk import Desk
from console.store.engine import open_store
from console.ui.views.dialogs.holders import NOBODY, HoldersDialog
from console.ui.widgets.buttons import Button
from tests.support.desks import ALEX, IRA, MORGAN, ROSA, office
from tests.support.guarded import GuardedOffice, as_login, holding
from tests.support.live import live_window
from tests.support.watchdog import Watchdog
from tests.support.windows import Shown, window_at

CTRL = Qt.KeyboardModifier.ControlModifier


def dialog(shown: Shown, ready: Callable[[HoldersDialog], bool]) -> HoldersDialog:
    """The dialog in front, once it shows what is waited for."""
    shown.until(lambda: any(ready(each) for each in shown.window.findChildren(HoldersDialog)))
    (opened,) = shown.window.findChildren(HoldersDialog)
    return opened


def test_a_supervisor_sees_who_keeps_others_waiting_and_ends_that_session(
    qtbot: QtBot, at: GuardedOffice, urgent: int, tmp_path: Path
) -> None:
    with holding(at) as connection, live_window(qtbot, at, tmp_path, who=ROSA) as shown, Watchdog():
        assert shown.window.commands.run("holders")
        opened = dialog(shown, lambda each: len(each.holders()) == 1)
        (card,) = opened.holders()
        assert card.accessibleName().startswith("Max has held an unfinished change since ")
        card.end.setFocus()
        shown.bot.keyClick(card.end, Qt.Key.Key_Space)
        shown.until(lambda: opened.state() == NOBODY)
        assert opened.said() == "The session of Max was ended; what it had not saved is undone."
        shown.until(lambda: opened.holders() == [])
        with pytest.raises(psycopg.OperationalError):
            connection.execute("SELECT 1")
        shown.bot.keyClick(opened, Qt.Key.Key_Return, CTRL)
        shown.until(lambda: opened.said() == "")
        shown.quiet()
        assert opened.state() == NOBODY


def test_who_waited_too_long_is_led_there_and_a_manager_is_told_why_it_is_not_theirs_to_end(
    qtbot: QtBot, at: GuardedOffice, urgent: int, tmp_path: Path
) -> None:
    store = open_store(as_login(at.url, "morgan"), patience=timedelta(seconds=0.5))
    desk = Desk(store, at.desk.policies, MORGAN)
    with holding(at), window_at(qtbot, desk, tmp_path) as shown, Watchdog():
        shown.select(urgent)
        shown.pane.note.setPlainText("Later.")
        shown.bot.keyClick(shown.pane.note, Qt.Key.Key_Return, CTRL)
        shown.until(lambda: "Max has held" in shown.pane.message.text())
        (way,) = [
            each for each in shown.pane.message.findChildren(Button) if each.text().startswith("Who keeps")
        ]
        way.setFocus()
        shown.bot.keyClick(way, Qt.Key.Key_Space)
        opened = dialog(shown, lambda each: len(each.holders()) == 1)
        (card,) = opened.holders()
        assert not card.end.isEnabled()
        assert card.end.reason() == "Only a supervisor or an administrator can end somebody's session."
        opened.reject()
    store.close()


def test_it_is_there_for_those_who_lead_at_a_shared_database_and_for_nobody_else(
    qtbot: QtBot, at: GuardedOffice, sqlite_url: str, tmp_path: Path
) -> None:
    for who, leads in ((ALEX, False), (MORGAN, True), (IRA, True)):
        with window_at(qtbot, at.at(who), tmp_path / who.login) as shown:
            assert shown.window.commands.has("holders") is leads
    with office(sqlite_url) as alone, window_at(qtbot, alone.at(IRA), tmp_path / "local") as local:
        assert not local.window.commands.has("holders")
