"""The dialogs in the whole window: one key opens them, the deed is told by the toast, the focus comes back."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from console.policy.terms import Priority
from console.services.ticket_view import ticket_view
from console.ui.views.dialogs.change_priority import ChangePriorityDialog
from console.ui.views.dialogs.classify import ClassifyDialog
from console.ui.views.dialogs.new_ticket import NewTicketDialog
from console.ui.views.dialogs.why_dialog import WhyTicket
from tests.support.desks import MORGAN, Office, office
from tests.support.dialogs import CONTROL, PLAIN, SHIFT
from tests.support.windows import Shown, window_at


@pytest.fixture
def at(sqlite_url: str) -> Iterator[Office]:
    with office(sqlite_url) as opened:
        yield opened


@pytest.fixture
def emergency(at: Office) -> int:
    return at.number(at.account("Juniper Dental", balance=60), Priority.EMERGENCY, subject="Mail is queued")


@pytest.fixture
def shown(qtbot: QtBot, at: Office, emergency: int, tmp_path: Path) -> Iterator[Shown]:
    with window_at(qtbot, at.at(MORGAN), tmp_path) as window:
        window.until(lambda: len(window.queue.model.ids()) == 1)
        window.select(emergency)
        yield window


def opened_by(
    shown: Shown, kind: type[QWidget], key: Qt.Key, modifier: Qt.KeyboardModifier = PLAIN
) -> QWidget:
    shown.key(key, modifier)
    found: list[QWidget] = []

    def is_there() -> bool:
        found[:] = [
            each for each in QApplication.topLevelWidgets() if isinstance(each, kind) and each.isVisible()
        ]
        return bool(found) and not shown.wiring.background.busy()

    shown.until(is_there)
    return found[0]


def test_d_a_reason_and_ctrl_enter_demote_and_ctrl_z_takes_it_back(
    shown: Shown, at: Office, emergency: int
) -> None:
    dialog = opened_by(shown, ClassifyDialog, Qt.Key.Key_D)
    assert isinstance(dialog, ClassifyDialog)
    shown.until(dialog._text.hasFocus)
    shown.bot.keyClicks(dialog._text, "Mail flows again; only one template is wrong.")
    shown.bot.keyClick(dialog._text, Qt.Key.Key_Return, CONTROL)
    shown.until(lambda: ticket_view(at.desk, emergency).ticket.priority is Priority.URGENT)
    shown.quiet()
    assert "7 tokens went back" in shown.window.toast.text()
    shown.until(lambda: shown.window.isActiveWindow() and shown.queue.table.hasFocus())
    shown.key(Qt.Key.Key_Z, CONTROL)
    shown.until(lambda: ticket_view(at.desk, emergency).ticket.priority is Priority.EMERGENCY)


def test_w_explains_and_esc_gives_the_focus_back(shown: Shown) -> None:
    popover = opened_by(shown, WhyTicket, Qt.Key.Key_W)
    assert "Begin by" in popover.accessibleName()
    shown.bot.keyClick(popover, Qt.Key.Key_Escape)
    assert not popover.isVisible()
    assert shown.queue.table.hasFocus()


def test_a_new_ticket_stands_in_the_queue_at_once(shown: Shown) -> None:
    dialog = opened_by(shown, NewTicketDialog, Qt.Key.Key_N, CONTROL)
    assert isinstance(dialog, NewTicketDialog)
    shown.until(dialog._accounts.hasFocus)
    shown.bot.keyClicks(dialog._accounts, "Juniper Dental")
    dialog._accounts.completer().popup().hide()
    shown.until(lambda: dialog._requester.text() == "Leah, administrator")
    dialog._subject.setFocus()
    shown.bot.keyClicks(dialog._subject, "Calendar invites arrive twice")
    shown.until(dialog.primary.isEnabled)
    shown.bot.keyClick(dialog._subject, Qt.Key.Key_Return, CONTROL)
    shown.until(lambda: len(shown.queue.model.ids()) == 2)
    shown.until(lambda: shown.pane.view is not None and "invites" in shown.pane.view.ticket.subject)


def test_one_dialog_leads_to_another(shown: Shown) -> None:
    dialog = opened_by(shown, ChangePriorityDialog, Qt.Key.Key_P, CONTROL | SHIFT)
    assert isinstance(dialog, ChangePriorityDialog)
    shown.until(lambda: bool(dialog.said()))
    dialog._on_classify()
    found = [each for each in QApplication.topLevelWidgets() if isinstance(each, ClassifyDialog)]
    assert found
    shown.quiet()
    found[0].close()
