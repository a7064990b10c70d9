"""New tickets and callbacks by keyboard at a real desk: the live check, the ways out, from an empty database on."""

from collections.abc import Iterator
from threading import Event

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot
from sqlalchemy import event

from console.policy.account import Account
from console.policy.terms import Channel, Hosting, Priority, SupportOption
from console.services import people, tokens
from console.services.ticket_view import TicketView, ticket_view
from console.ui.views.dialogs.account_edit import AccountEditDialog
from console.ui.views.dialogs.live_check import FAILED, LOOK, PASSED
from console.ui.views.dialogs.new_ticket import NewTicketDialog
from tests.support.desks import ALEX, MORGAN, Office, office
from tests.support.dialogs import Booth, booth_at


@pytest.fixture
def at(sqlite_url: str) -> Iterator[Office]:
    with office(sqlite_url) as opened:
        yield opened


@pytest.fixture
def booth(qtbot: QtBot, at: Office) -> Iterator[Booth]:
    with booth_at(qtbot, at, MORGAN) as opened:
        yield opened


@pytest.fixture
def juniper(at: Office) -> Account:
    return at.account("Juniper Dental", balance=44)


def view(booth: Booth, number: int) -> TicketView:
    return ticket_view(booth.office.desk, number)


def test_from_an_empty_database_to_an_open_ticket(booth: Booth) -> None:
    booth.sit(ALEX)
    dialog = booth.open(NewTicketDialog, "new_ticket")
    assert "no account yet" in dialog.asked("account").field.accessibleDescription()
    booth.type("Harbor Freightways")
    dialog._on_add_account()
    booth.settle()
    (added,) = booth.opened
    assert isinstance(added, AccountEditDialog)
    assert added.text("name") == "Harbor Freightways"
    added.commit()
    assert "at least one administrator" in added._people_fault.text()
    booth.type("Tom Brandt")
    booth.commit()
    booth.settle()
    assert dialog._account is not None
    assert dialog._account.name == "Harbor Freightways"
    assert dialog._requester.text() == "Tom Brandt, administrator"
    dialog._priority.choose("informational")
    dialog._on_channel()
    dialog._subject.setFocus()
    booth.type("How do we add a mailbox?")
    booth.settle()
    assert dialog.primary.text() == "Open question"
    booth.commit()
    (number,) = booth.tickets
    assert view(booth, number).ticket.subject == "How do we add a mailbox?"
    assert booth.is_closed(dialog)


def filled(
    booth: Booth, account: Account, priority: Priority, channel: Channel = Channel.TICKET
) -> NewTicketDialog:
    dialog = booth.open(NewTicketDialog, "new_ticket", account_id=account.id)
    dialog._priority.choose(priority.value)
    dialog._channel.choose(channel.value)
    dialog._on_channel()
    dialog._subject.setFocus()
    booth.type("SMTP relay refuses every login")
    booth.settle()
    return dialog


def test_an_entitled_emergency_names_its_price_and_times(booth: Booth, juniper: Account) -> None:
    dialog = filled(booth, juniper, Priority.EMERGENCY)
    said = [(answer.sign, answer.clause) for answer in dialog._live.answers()]
    assert {sign for sign, _ in said} == {PASSED}
    assert any(
        each.sentence == "Balance 44, 10 would be charged, 34 left." for each in dialog._live.answers()
    )
    assert any(
        each.sentence.startswith("Begin by 1:28 PM · 3:28 PM Eastern") for each in dialog._live.answers()
    )
    assert dialog.primary.text() == "Open emergency, charge 10 tokens"
    booth.commit()
    assert view(booth, booth.tickets[0]).ticket.held == 10


def test_a_telephone_call_is_refused_with_two_ways_out(booth: Booth, juniper: Account) -> None:
    dialog = filled(booth, juniper, Priority.STANDARD, Channel.TELEPHONE)
    (no,) = [answer for answer in dialog._live.answers() if answer.sign == FAILED]
    assert no.clause == "1.5"
    assert [label for label, _ in no.ways] == ["Book a callback", "Emergency, authorised…"]
    assert not dialog.primary.isEnabled()
    no.ways[1][1]()
    booth.settle()
    assert not dialog._live._script.isHidden()
    assert "Do you authorise" in dialog._live._script_words.text()
    booth.key(Qt.Key.Key_Space)
    booth.settle()
    assert dialog.primary.text() == "Open emergency, charge 10 tokens"
    booth.commit()
    assert view(booth, booth.tickets[0]).row.authorised


def test_a_callback_can_be_booked_from_the_refusal(booth: Booth, juniper: Account) -> None:
    dialog = filled(booth, juniper, Priority.STANDARD, Channel.TELEPHONE)
    dialog._on_book()
    booth.type("+1 555 0100")
    booth.settle()
    booth.commit()
    assert view(booth, booth.tickets[0]).row.callback


def test_who_may_not_ask_can_be_made_an_administrator_or_logged(booth: Booth, juniper: Account) -> None:
    dialog = filled(booth, juniper, Priority.STANDARD)
    dialog._requester.setText("Kim, user")
    booth.settle()
    (no,) = [answer for answer in dialog._live.answers() if answer.sign == FAILED]
    assert "Kim is not one; Leah may ask." in no.sentence
    assert dialog._log.isVisible()
    no.ways[0][1]()
    booth.settle()
    assert dialog.primary.isEnabled()
    contacts = people.account(booth.office.desk, juniper.id).contacts
    assert all(each.is_administrator for each in contacts)


def test_a_refused_request_is_logged_without_a_ticket(booth: Booth, juniper: Account) -> None:
    dialog = filled(booth, juniper, Priority.STANDARD)
    dialog._requester.setText("Somebody else")
    booth.settle()
    dialog._on_log()
    booth.settle()
    assert booth.told[-1].words == "Logged: Somebody else was refused."
    assert booth.is_closed(dialog)
    assert not booth.tickets


def test_too_few_tokens_keep_the_ticket_awaiting(booth: Booth) -> None:
    cobalt = booth.office.account("Cobalt Insurance", balance=2)
    dialog = filled(booth, cobalt, Priority.URGENT)
    (look,) = [answer for answer in dialog._live.answers() if answer.sign == LOOK]
    assert look.sentence.startswith("Balance 2, 3 needed. The ticket will be kept, awaiting tokens")
    assert dialog.primary.text() == "Keep it, awaiting tokens"
    booth.commit()
    assert view(booth, booth.tickets[0]).ticket.is_awaiting


def test_flat_rate_has_goals(booth: Booth) -> None:
    flat = booth.office.account("Northwind", Hosting.SHARED, SupportOption.FLAT_RATE_USERS)
    dialog = filled(booth, flat, Priority.STANDARD, Channel.TELEPHONE)
    assert any("These are goals" in answer.sentence for answer in dialog._live.answers())
    assert dialog.primary.text() == "Open standard ticket"


def test_what_was_typed_comes_back(booth: Booth, juniper: Account) -> None:
    dialog = filled(booth, juniper, Priority.URGENT, Channel.EMAIL)
    booth.key(Qt.Key.Key_Escape)
    booth.settle()
    assert booth.is_closed(dialog)
    again = booth.open(NewTicketDialog, "new_ticket")
    booth.settle()
    assert again.text("subject") == "SMTP relay refuses every login"
    assert again._account is not None
    assert (again._priority.current(), again._channel.current()) == ("urgent", "email")


def test_who_asks_stays_as_typed_when_the_account_changes_and_when_the_draft_comes_back(
    booth: Booth, juniper: Account
) -> None:
    dialog = filled(booth, juniper, Priority.STANDARD)
    dialog._requester.setText("Somebody new")
    alex = booth.office.at(ALEX)
    booth.context.signals.changed.emit(
        tokens.record_purchase(alex, juniper.id, 10, "INV-7", alex.now().date(), alex.new_key())
    )
    booth.settle()
    assert dialog._requester.text() == "Somebody new"
    booth.key(Qt.Key.Key_Escape)
    again = booth.open(NewTicketDialog, "new_ticket")
    assert again._requester.text() == "Somebody new"
    other = booth.office.account("Harbor Freightways")
    again._accounts_again(other.id)
    booth.settle()
    assert again._requester.text() == "Leah, administrator"


def test_an_account_that_is_read_late_is_not_the_one_that_was_chosen_since(
    booth: Booth, juniper: Account
) -> None:
    harbor = booth.office.account("Harbor Freightways")
    dialog = booth.open(NewTicketDialog, "new_ticket")
    assert booth.context.desk is not None
    may_go_on = Event()
    engine = booth.context.desk.store._engine
    event.listen(engine, "begin", lambda _connection: may_go_on.wait(5), once=True)
    dialog._accounts.choose(juniper.id)
    dialog._accounts.choose(harbor.id)
    booth.until(lambda: dialog._account is not None)
    may_go_on.set()
    booth.settle()
    assert dialog._account is not None
    assert dialog._account.id == harbor.id


def test_a_part_of_a_name_finds_the_account(booth: Booth, juniper: Account) -> None:
    booth.office.account("Cobalt Insurance")
    dialog = booth.open(NewTicketDialog, "new_ticket")
    booth.type("dent")
    completer = dialog._accounts.completer()
    assert completer.completionCount() == 1
    completer.popup().hide()
    dialog._subject.setFocus(Qt.FocusReason.TabFocusReason)
    booth.settle()
    assert dialog._accounts.text() == "Juniper Dental"
