"""Purchases, corrections and accounts by keyboard at a real desk."""

from collections.abc import Iterator
from datetime import timedelta
from functools import partial

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from console.policy.account import Account
from console.policy.terms import EntryKind, Hosting, Priority, Status
from console.services import people, tokens
from console.services.ticket_view import TicketView, ticket_view
from console.services.tokens import StatementLine
from console.ui.theme import Appearance, theme
from console.ui.views import dialogs
from console.ui.views.dialogs.account_edit import AccountEditDialog
from console.ui.views.dialogs.adjust import AdjustDialog, RefundDialog, ReverseEntryDialog
from console.ui.views.dialogs.amounts import cents_typed, tokens_typed
from console.ui.views.dialogs.frame import Dialog
from console.ui.views.dialogs.purchase import PurchaseDialog
from console.ui.widgets.labels import PlainLabel
from tests.support.desks import ALEX, MORGAN, Office, office
from tests.support.dialogs import Booth, booth_at
from tests.support.live import hold_acts


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


def lines(booth: Booth, account: Account) -> tuple[StatementLine, ...]:
    now = booth.office.clock.now
    return tokens.statement(
        booth.office.desk, account.id, now - timedelta(days=9), now + timedelta(days=1)
    ).lines


# purchases


def test_a_purchase_fills_dollars_and_releases_what_waits(booth: Booth) -> None:
    cobalt = booth.office.account("Cobalt Insurance", balance=2)
    waiting = booth.office.number(cobalt, Priority.URGENT)
    dialog = booth.open(PurchaseDialog, "purchase", account_id=cobalt.id, ticket_id=waiting)
    booth.type("40")
    booth.settle()
    assert dialog._dollars.text() == "1,000.00"
    assert dialog._balance.text() == "Balance 2 → 42"
    assert dialog.primary.text() == f"Add 40 tokens, open {waiting}"
    dialog._invoice.setFocus()
    booth.type("INV-2304")
    booth.settle()
    booth.commit()
    assert view(booth, waiting).ticket.status is Status.OPEN
    assert booth.office.balance(cobalt) == 39
    assert booth.is_closed(dialog)


def test_dollars_fill_tokens_and_must_be_whole_tokens(booth: Booth, juniper: Account) -> None:
    dialog = booth.open(PurchaseDialog, "purchase", account_id=juniper.id)
    dialog._dollars.setFocus()
    booth.type("$250")
    assert dialog._tokens.text() == "10"
    booth.type(".50")
    assert dialog._tokens.text() == ""
    booth.commit()
    assert "A token costs $25" in dialog._dollars.accessibleDescription()
    assert dialog.isVisible()


def test_a_pack_is_one_press_and_a_used_invoice_is_named(booth: Booth, juniper: Account) -> None:
    dialog = booth.open(PurchaseDialog, "purchase", account_id=juniper.id)
    dialog._filler(100)()
    assert (dialog._tokens.text(), dialog._dollars.text()) == ("100", "2,500.00")
    booth.type(f"INV-{juniper.id}")
    booth.settle()
    booth.commit()
    assert "is already recorded" in dialog._invoice.accessibleDescription()
    assert dialog.isVisible()
    assert booth.office.balance(juniper) == 44


def test_what_is_typed_as_an_amount() -> None:
    assert [tokens_typed(text) for text in ("40", "−2", "+5", "1,000", "4.5", "", "x", "1e3")] == [
        40, -2, 5, 1000, None, None, None, None,
    ]  # fmt: skip
    assert [cents_typed(text) for text in ("$1,000.00", "0.1", "0.001", "nan", "-", "inf", "9" * 20)] == [
        100_000, 10, None, None, None, None, None,
    ]  # fmt: skip


# corrections


def test_adjust_never_below_zero_and_with_a_reason(booth: Booth, juniper: Account) -> None:
    dialog = booth.open(AdjustDialog, "adjust", account_id=juniper.id)
    booth.type("-50")
    booth.commit()
    assert "never negative" in dialog._change.accessibleDescription()
    dialog._change.clear()
    booth.type("-2")
    assert dialog.primary.text() == "Take off 2 tokens"
    dialog._about.setCurrentIndex(1)
    dialog.asked("reason").field.setFocus()
    booth.type("Invoice was for 42")
    booth.commit()
    last = lines(booth, juniper)[-1]
    assert (last.kind, last.tokens) == (EntryKind.ADJUSTMENT, -2)
    assert last.reason.startswith("Invoice was for 42 (about the purchase of")
    assert booth.is_closed(dialog)


def test_what_an_adjustment_is_about_comes_back_with_the_draft(booth: Booth, juniper: Account) -> None:
    dialog = booth.open(AdjustDialog, "adjust", account_id=juniper.id)
    dialog._about.setCurrentIndex(1)
    about = dialog._about.currentText()
    booth.key(Qt.Key.Key_Escape)
    again = booth.open(AdjustDialog, "adjust", account_id=juniper.id)
    assert again._about.currentText() == about
    assert again._about.count() == 2


def test_refund(booth: Booth, juniper: Account) -> None:
    dialog = booth.open(RefundDialog, "refund", account_id=juniper.id)
    booth.type("10")
    assert dialog.primary.text() == "Refund 10 tokens, $250"
    booth.key(Qt.Key.Key_Tab)
    booth.type("PAY-1")
    booth.key(Qt.Key.Key_Tab)
    booth.type("They leave us")
    booth.commit()
    assert lines(booth, juniper)[-1].tokens == -10
    assert booth.is_closed(dialog)


def test_reverse_an_entry(booth: Booth, juniper: Account) -> None:
    (bought,) = lines(booth, juniper)
    dialog = booth.open(ReverseEntryDialog, "reverse_entry", account_id=juniper.id, entry_id=bought.entry_id)
    assert dialog._balance.text() == "Balance 44 → 0"
    booth.type("Booked twice by mistake")
    booth.commit()
    assert lines(booth, juniper)[-1].reverses == bought.entry_id
    assert booth.office.balance(juniper) == 0


def test_a_reversal_under_way_keeps_the_button_off_where_it_is_opened_anew(booth: Booth) -> None:
    booth.office.account("Without tokens")
    cobalt = booth.office.account("Cobalt Insurance", balance=9)
    (bought,) = lines(booth, cobalt)
    assert bought.entry_id != cobalt.id
    assert booth.context.desk is not None
    may_go_on = hold_acts(booth.context.desk)
    reverse = partial(tokens.reverse_entry, entry_id=bought.entry_id, reason="Booked twice by mistake")
    booth.context.act(
        lambda desk, key: reverse(desk, key=key),
        once=booth.context.draft_key("reverse_entry", bought.entry_id),
        what="Reverse an entry",
    )
    about = {"account_id": cobalt.id, "entry_id": bought.entry_id}
    dialog = dialogs.open_dialog("reverse_entry", booth.context, booth.window, **about)
    assert isinstance(dialog, ReverseEntryDialog)
    booth.until(lambda: "was sent, and its answer is not there yet" in dialog.said())
    assert not dialog.primary.isEnabled()
    may_go_on.set()
    booth.settle()


def test_an_agent_may_sell_but_not_correct(booth: Booth, juniper: Account) -> None:
    booth.sit(ALEX)
    dialog = booth.open(AdjustDialog, "adjust", account_id=juniper.id)
    assert dialog.primary.reason() == "Only a manager can do this."
    booth.key(Qt.Key.Key_Escape)
    assert booth.open(PurchaseDialog, "purchase", account_id=juniper.id).primary.isEnabled()


# accounts


def test_an_account_changes_and_only_offers_what_its_hosting_may_have(booth: Booth, juniper: Account) -> None:
    dialog = booth.open(AccountEditDialog, "account_edit", account_id=juniper.id)
    dialog._hosting.choose(Hosting.PLATFORM.value)
    dialog._on_hosting(None)
    assert [dialog._option.itemData(i) for i in range(dialog._option.count())] == ["tokens"]
    dialog._hosting.choose(Hosting.SHARED.value)
    dialog._on_hosting(None)
    booth.commit()
    assert "44 tokens" in dialog.said()
    dialog._hosting.choose(Hosting.PLATFORM.value)
    dialog._on_hosting(None)
    dialog._on_more()
    booth.settle()
    booth.type("Wei Chen")
    booth.commit()
    saved = people.account(booth.office.desk, juniper.id)
    assert saved.hosting is Hosting.PLATFORM
    assert {contact.name for contact in saved.contacts} == {"Leah", "Kim", "Wei Chen"}


@pytest.mark.parametrize("name", ["new_ticket", "callback", "purchase", "adjust", "refund", "account_edit"])
@pytest.mark.parametrize("scale", [1.0, 2.0])
def test_each_fits_its_window_and_speaks_plain_text(
    booth: Booth, juniper: Account, name: str, scale: float
) -> None:
    booth.window.resize(1280, 720)
    theme().choose(Appearance.DARK)
    theme().set_scale(scale)
    dialog = booth.open(Dialog, name, account_id=juniper.id)
    assert dialog.width() <= 1280
    assert dialog.height() <= 720
    assert dialog.body.horizontalScrollBar().maximum() == 0
    assert dialog.primary.geometry().right() < dialog.width()
    assert all(label.textFormat() is Qt.TextFormat.PlainText for label in dialog.findChildren(PlainLabel))
    QTest.keyClick(QApplication.focusWidget() or dialog, Qt.Key.Key_Escape)
    booth.settle()
    assert booth.is_closed(dialog)
