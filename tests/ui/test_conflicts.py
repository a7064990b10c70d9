"""Somebody is first while a dialog is open, at a shared database with real logins: it says who did what and when,
what was typed stays, nothing is changed; pressed again, it goes by what stands now."""

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from console.policy.account import Account
from console.policy.terms import Priority
from console.services import people, progress, tokens, triage
from console.services.desk import Desk
from console.services.feed import last_number
from console.ui.views.dialogs.frame import Dialog
from tests.support.desks import ALEX, MORGAN, Office
from tests.support.dialogs import Booth, booth_at
from tests.support.guarded import guarded_office

REASON = "The customer's business runs; only one template is wrong."
Fill = Callable[[Booth, Dialog], None]


@pytest.fixture
def at(guarded_url: str) -> Iterator[Office]:
    with guarded_office(guarded_url) as opened:
        for who in (ALEX, MORGAN):
            opened.at(who)
        yield opened


@pytest.fixture
def booth(qtbot: QtBot, at: Office) -> Iterator[Booth]:
    with booth_at(qtbot, at, MORGAN) as opened:
        yield opened


def typed(booth: Booth, _dialog: Dialog) -> None:
    booth.type(REASON)


def nothing(_booth: Booth, _dialog: Dialog) -> None:
    """It can be committed as it opens."""


def chosen(booth: Booth, dialog: Dialog) -> None:
    booth.key(Qt.Key.Key_Down)


def raised(booth: Booth, dialog: Dialog) -> None:
    dialog._tabs._buttons["standard"].setFocus()  # type: ignore[attr-defined]
    booth.key(Qt.Key.Key_Right)
    booth.settle()
    dialog._authorised.setChecked(True)  # type: ignore[attr-defined]


def merged(booth: Booth, dialog: Dialog) -> None:
    booth.type(str(dialog.ticket_id - 1))  # type: ignore[attr-defined]
    booth.settle()


def late(booth: Booth, dialog: Dialog) -> None:
    dialog._happened._reason.setFocus()  # type: ignore[attr-defined]
    booth.type("Began on the telephone")


def begun(desk: Desk, number: int) -> None:
    progress.begin(desk, number, desk.new_key())


def proposed(desk: Desk, number: int) -> None:
    triage.propose_free(desk, number, "own_fault", REASON, None, desk.new_key())


def asked(desk: Desk, number: int) -> None:
    proposed(desk, number)
    triage.ask_proposer(desk, number, "Which service was it?", desk.new_key())


def demoted(desk: Desk, number: int) -> None:
    triage.demote(desk, number, ["partial"], REASON, None, desk.new_key())


def resolved(desk: Desk, number: int) -> None:
    progress.resolve(desk, number, "solved", "Done.", desk.new_key())


def determined(desk: Desk, number: int) -> None:
    triage.determine(desk, number, True, "own_fault", REASON, None, desk.new_key())


def reopened(desk: Desk, number: int) -> None:
    progress.reopen(desk, number, "", desk.new_key())


def untouched(_desk: Desk, _number: int) -> None:
    """As it was opened."""


#: The dialog, the priority it needs, what happened before, what the person does in it, what Alex does first.
DIALOGS: dict[str, tuple[Priority, Callable[[Desk, int], None], Fill, Callable[[Desk, int], None]]] = {
    "reply": (Priority.STANDARD, untouched, typed, begun),
    "plan": (Priority.STANDARD, untouched, typed, begun),
    "resolve": (Priority.STANDARD, untouched, nothing, begun),
    "cause": (Priority.STANDARD, untouched, chosen, begun),
    "reopen": (Priority.STANDARD, resolved, typed, reopened),
    "merge": (Priority.STANDARD, untouched, merged, begun),
    "cancel": (Priority.STANDARD, untouched, typed, begun),
    "begin_earlier": (Priority.STANDARD, untouched, late, begun),
    "change_priority": (Priority.STANDARD, untouched, raised, begun),
    "demote": (Priority.EMERGENCY, untouched, typed, begun),
    "reverse": (Priority.EMERGENCY, demoted, typed, begun),
    "overturn": (Priority.STANDARD, determined, typed, begun),
    "withdraw_proposal": (Priority.STANDARD, proposed, nothing, begun),
    "answer_proposal": (Priority.STANDARD, asked, typed, begun),
}


@pytest.mark.parametrize("name", DIALOGS)
def test_a_dialog_says_who_was_first_and_keeps_what_was_typed(
    booth: Booth, juniper: Account, name: str
) -> None:
    priority, before, fill, first = DIALOGS[name]
    at = booth.office
    at.number(juniper, priority)
    number = at.number(juniper, priority)
    alex, morgan = at.at(ALEX), at.at(MORGAN)
    before(morgan, number)
    if name in ("cause", "begin_earlier"):
        at.clock.advance(hours=25 if name == "cause" else 0, minutes=5)
        booth.context.heartbeat.set_clock(at.clock.now)
    dialog = booth.open(Dialog, name, ticket_id=number)
    fill(booth, dialog)
    values = dialog.values()
    first(alex, number)
    journal = last_number(morgan)
    booth.commit()
    assert dialog.isVisible()
    assert dialog.said().startswith("Alex ")
    when = booth.context.times.when(at.clock.now, at.clock.now)
    assert f" at {when}. Look at what changes now" in dialog.said()
    assert dialog.values() == values
    assert last_number(morgan) == journal
    assert not booth.told


@pytest.mark.parametrize("name", ["adjust", "refund"])
def test_a_correction_dialog_says_who_moved_the_balance(booth: Booth, juniper: Account, name: str) -> None:
    at = booth.office
    dialog = booth.open(Dialog, name, account_id=juniper.id)
    booth.type("-2" if name == "adjust" else "2")
    if name == "refund":
        dialog.asked("reference").field.setFocus()  # type: ignore[attr-defined]
        booth.type("PAY-1")
    dialog.asked("reason").field.setFocus()  # type: ignore[attr-defined]
    booth.type("Paid twice, they say")
    values = dialog.values()
    alex = at.at(ALEX)
    tokens.record_purchase(alex, juniper.id, 5, "INV-late", None, alex.new_key())
    booth.commit()
    assert dialog.said().startswith("Purchase: +5 at 12:28 PM. ")
    assert dialog.values() == values
    assert at.balance(juniper) == 65


def test_an_account_dialog_says_who_saved_it(booth: Booth, juniper: Account) -> None:
    dialog = booth.open(Dialog, "account_edit", account_id=juniper.id)
    alex = booth.office.at(ALEX)
    people.save_account(alex, replace(juniper, users=7), alex.new_key())
    booth.commit()
    assert dialog.said().startswith("Alex saved the account at 12:28 PM. ")
    assert people.account(alex, juniper.id).users == 7


def test_on_what_stands_now_the_same_words_are_sent(booth: Booth, juniper: Account) -> None:
    at = booth.office
    number = at.number(juniper, Priority.STANDARD)
    alex = at.at(ALEX)
    dialog = booth.open(Dialog, "reply", ticket_id=number)
    booth.type("Here is how.")
    begun(alex, number)
    booth.commit()
    assert dialog.isVisible()
    booth.commit()
    assert booth.is_closed(dialog)
    assert len(booth.told) == 1
