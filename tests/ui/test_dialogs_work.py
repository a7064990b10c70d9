"""The dialogs about one ticket, each opened, filled and committed by keyboard at a real desk."""

import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from importlib import import_module

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from console.policy.account import Account
from console.policy.terms import Priority, Status
from console.policy.ticket import Ticket
from console.services import progress, triage
from console.services.ticket_view import ticket_view
from console.store.engine import open_store
from console.ui.theme import theme
from console.ui.views.dialogs import DIALOGS, open_dialog
from console.ui.views.dialogs.begin_earlier import BeginEarlierDialog
from console.ui.views.dialogs.cancel import CancelDialog
from console.ui.views.dialogs.cause import CauseDialog
from console.ui.views.dialogs.change_priority import ChangePriorityDialog
from console.ui.views.dialogs.frame import Dialog
from console.ui.views.dialogs.merge import MergeDialog
from console.ui.views.dialogs.plan import PlanDialog
from console.ui.views.dialogs.proposal import AnswerDialog, WithdrawDialog
from console.ui.views.dialogs.purchase import PurchaseDialog
from console.ui.views.dialogs.reopen import ReopenDialog
from console.ui.views.dialogs.reply import ReplyDialog
from console.ui.views.dialogs.resolve import ResolveDialog
from console.ui.views.dialogs.reverse import OverturnDialog, ReverseDialog
from console.ui.widgets.buttons import Button
from tests.support.desks import ALEX, MORGAN, PRIYA, ROSA, Office, office
from tests.support.dialogs import CONTROL, Booth, booth_at

REASON = "The customer's business runs; only one template is wrong."


@pytest.fixture
def at(sqlite_url: str) -> Iterator[Office]:
    with office(sqlite_url) as opened:
        yield opened


@pytest.fixture
def juniper(at: Office) -> Account:
    return at.account("Juniper Dental", balance=44)


@pytest.fixture
def booth(qtbot: QtBot, at: Office) -> Iterator[Booth]:
    with booth_at(qtbot, at, MORGAN) as opened:
        yield opened


def ticket(at: Office, number: int) -> Ticket:
    return ticket_view(at.desk, number).ticket


def pass_time(booth: Booth, **span: float) -> None:
    booth.office.clock.advance(**span)
    booth.context.heartbeat.set_clock(booth.office.clock.now)


def test_reply(booth: Booth, juniper: Account) -> None:
    number = booth.office.number(juniper, Priority.INFORMATIONAL)
    dialog = booth.open(ReplyDialog, "reply", ticket_id=number)
    booth.commit()
    assert dialog.asked("words").field.accessibleDescription() == "Write the reply."
    booth.type("Here is how.")
    booth.commit()
    assert ticket(booth.office, number).replied_at == booth.office.clock.now
    assert booth.is_closed(dialog)


def test_ctrl_enter_pressed_twice_acts_once(booth: Booth, juniper: Account) -> None:
    number = booth.office.number(juniper, Priority.STANDARD)
    dialog = booth.open(ReplyDialog, "reply", ticket_id=number)
    booth.type("Only once.")
    booth.bot.keyClick(dialog._asked["words"].field, Qt.Key.Key_Return, CONTROL)
    booth.bot.keyClick(dialog._asked["words"].field, Qt.Key.Key_Return, CONTROL)
    booth.settle()
    assert len(booth.told) == 1


def test_plan(booth: Booth, juniper: Account) -> None:
    number = booth.office.number(juniper, Priority.STANDARD)
    dialog = booth.open(PlanDialog, "plan", ticket_id=number)
    booth.type("Replace the certificate")
    booth.key(Qt.Key.Key_Tab)
    booth.commit()
    plan = ticket(booth.office, number).plan
    assert plan is not None
    assert (plan.what, plan.who) == ("Replace the certificate", "Morgan")
    assert plan.by_when == booth.office.clock.now + timedelta(hours=48)
    assert booth.is_closed(dialog)


def test_a_plan_says_its_time_in_both_zones_and_refuses_the_past(booth: Booth, juniper: Account) -> None:
    number = booth.office.number(juniper, Priority.STANDARD)
    dialog = booth.open(PlanDialog, "plan", ticket_id=number)
    booth.type("Replace it")
    dialog._when.set_instant(booth.office.clock.now - timedelta(hours=1))
    booth.commit()
    assert dialog.isVisible()
    assert "time to come" in dialog._when.accessibleDescription()
    dialog._when.set_instant(booth.office.clock.now + timedelta(hours=2))
    assert dialog.asked("by_when")._hint == "2:28 PM · 4:28 PM Eastern"


def test_resolve_with_the_training_class(booth: Booth, juniper: Account) -> None:
    number = booth.office.number(juniper, Priority.INFORMATIONAL)
    dialog = booth.open(ResolveDialog, "resolve", ticket_id=number)
    booth.key(Qt.Key.Key_Down, times=2)
    assert "training class" in dialog._words.toPlainText()
    booth.commit()
    after = ticket(booth.office, number)
    assert (after.status, after.outcome) == (Status.RESOLVED, "training")
    assert booth.is_closed(dialog)


def test_resolve_asks_for_the_cause_of_a_miss(booth: Booth, juniper: Account) -> None:
    number = booth.office.number(juniper, Priority.EMERGENCY)
    pass_time(booth, hours=2)
    dialog = booth.open(ResolveDialog, "resolve", ticket_id=number)
    booth.commit()
    assert "choose its cause" in dialog.asked("cause").field.accessibleDescription()
    assert booth.focus() is dialog.asked("cause").field
    booth.key(Qt.Key.Key_Down)
    booth.commit()
    after = ticket(booth.office, number)
    assert (after.status, after.cause_of_miss) == (Status.RESOLVED, "nobody_on_shift")


def test_a_manager_enters_a_resolution_at_its_true_earlier_time(booth: Booth, juniper: Account) -> None:
    number = booth.office.number(juniper, Priority.EMERGENCY)
    opened = booth.office.clock.now
    pass_time(booth, hours=2)
    dialog = booth.open(ResolveDialog, "resolve", ticket_id=number)
    assert dialog._happened is not None
    dialog._happened.unfold()
    booth.commit()
    assert "choose its cause" in dialog.asked("cause").field.accessibleDescription()
    dialog._happened._when.set_instant(opened + timedelta(minutes=30))
    booth.commit()
    assert "choose its cause" not in dialog.asked("cause").field.accessibleDescription()
    assert "both times are kept" in dialog._happened._reason.accessibleDescription()
    booth.type("Fixed on the telephone, written down later.")
    booth.commit()
    after = ticket(booth.office, number)
    assert after.resolved_at == opened + timedelta(minutes=30)
    assert (after.missed_guarantee, after.cause_of_miss) == (None, None)


def test_a_manager_enters_a_beginning_at_its_true_earlier_time(booth: Booth, juniper: Account) -> None:
    number = booth.office.number(juniper, Priority.EMERGENCY)
    opened = booth.office.clock.now
    pass_time(booth, minutes=90)
    dialog = booth.open(BeginEarlierDialog, "begin_earlier", ticket_id=number)
    assert dialog._happened is not None
    dialog._happened._when.set_instant(opened - timedelta(hours=1))
    booth.commit()
    assert "was opened later" in dialog._happened._when.accessibleDescription()
    dialog._happened._when.set_instant(opened + timedelta(minutes=40))
    dialog._happened._reason.setFocus()
    booth.type("Began on the telephone")
    booth.commit()
    after = ticket(booth.office, number)
    assert after.begun_at == opened + timedelta(minutes=40)
    assert after.missed_guarantee is None
    assert booth.is_closed(dialog)


def test_an_agent_is_not_offered_an_earlier_time(booth: Booth, juniper: Account) -> None:
    booth.sit(ALEX)
    number = booth.office.number(juniper, Priority.STANDARD)
    assert booth.open(ReplyDialog, "reply", ticket_id=number)._happened is None


def test_cause(booth: Booth, juniper: Account) -> None:
    number = booth.office.number(juniper, Priority.EMERGENCY)
    pass_time(booth, hours=2)
    dialog = booth.open(CauseDialog, "cause", ticket_id=number)
    booth.key(Qt.Key.Key_Down, times=2)
    booth.commit()
    assert ticket(booth.office, number).cause_of_miss == "overload"
    assert booth.is_closed(dialog)


def test_change_priority_charges_with_the_customers_authorisation(booth: Booth, juniper: Account) -> None:
    number = booth.office.number(juniper, Priority.STANDARD)
    dialog = booth.open(ChangePriorityDialog, "change_priority", ticket_id=number)
    tab = dialog._tabs._buttons["standard"]
    tab.setFocus()
    booth.key(Qt.Key.Key_Right)
    booth.settle()
    assert dialog.primary.text() == "Make urgent, charge 2"
    booth.commit()
    assert "need the customer's yes" in dialog.asked("authorised").field.accessibleDescription()
    booth.key(Qt.Key.Key_Space)
    booth.commit()
    assert ticket(booth.office, number).priority is Priority.URGENT
    assert booth.office.balance(juniper) == 41


def test_too_few_tokens_lead_to_a_purchase_and_back(booth: Booth) -> None:
    poor = booth.office.account("Northwind Legal", balance=1)
    number = booth.office.number(poor, Priority.STANDARD)
    dialog = booth.open(ChangePriorityDialog, "change_priority", ticket_id=number, to=Priority.URGENT)
    assert "has 0 tokens" in dialog.said()
    assert not dialog.primary.isEnabled()
    dialog._authorised.setChecked(True)
    dialog.record_purchase()
    booth.settle()
    (purchase,) = booth.opened
    assert isinstance(purchase, PurchaseDialog)
    booth.type("10")
    booth.key(Qt.Key.Key_Tab, times=6)
    booth.type("INV-77")
    booth.settle()
    booth.commit()
    booth.settle()
    assert dialog.isVisible()
    assert dialog._authorised.isChecked()
    assert dialog.primary.isEnabled()
    dialog.commit()
    booth.settle()
    assert ticket(booth.office, number).priority is Priority.URGENT


def test_an_emergency_goes_to_the_classification_dialog(booth: Booth, juniper: Account) -> None:
    number = booth.office.number(juniper, Priority.EMERGENCY)
    dialog = booth.open(ChangePriorityDialog, "change_priority", ticket_id=number)
    assert "not mission critical" in dialog.said()
    assert not dialog.primary.isEnabled()
    dialog._on_classify()
    booth.settle()
    assert booth.opened[-1].windowTitle() == f"Classify {number}"


def test_reverse_a_demotion_shows_then_charges(booth: Booth, juniper: Account) -> None:
    number = booth.office.number(juniper, Priority.EMERGENCY)
    alex = booth.office.at(ALEX)
    triage.demote(alex, number, ["partial"], REASON, None, alex.new_key())
    pass_time(booth, minutes=20)
    dialog = booth.open(ReverseDialog, "reverse", ticket_id=number)
    assert dialog.windowTitle().startswith("Reverse Alex’s demotion of 12:28 PM")
    assert dialog.primary.text() == "Reverse, charge 7 tokens"
    booth.commit()
    assert dialog.isVisible()
    booth.type("It is mission critical after all.")
    booth.commit()
    after = ticket(booth.office, number)
    assert (after.priority, after.held) == (Priority.EMERGENCY, 10)
    assert booth.is_closed(dialog)


def test_what_was_raised_again_after_a_demotion_has_its_confirmation_reversed(
    booth: Booth, juniper: Account
) -> None:
    number = booth.office.number(juniper, Priority.EMERGENCY)
    alex = booth.office.at(ALEX)
    triage.demote(alex, number, ["partial"], REASON, None, alex.new_key())
    triage.change_priority(alex, number, Priority.EMERGENCY, "Leah", None, alex.new_key())
    nothing = booth.open(ReverseDialog, "reverse", ticket_id=number)
    assert not nothing.primary.isEnabled()
    booth.key(Qt.Key.Key_Escape)
    triage.confirm(alex, number, ["down"], "", None, alex.new_key())
    pass_time(booth, minutes=20)
    dialog = booth.open(ReverseDialog, "reverse", ticket_id=number)
    assert dialog.windowTitle().startswith("Reverse Alex’s confirmation of")
    booth.type("Their own router was down, nothing else.")
    booth.commit()
    after = ticket(booth.office, number)
    assert (after.priority, after.confirmation) == (Priority.EMERGENCY, None)


def test_a_reversal_beyond_the_balance_is_refused_whole_and_the_text_stays(booth: Booth) -> None:
    poor = booth.office.account("Cobalt", balance=10)
    number = booth.office.number(poor, Priority.EMERGENCY)
    alex = booth.office.at(ALEX)
    triage.demote(alex, number, ["partial"], REASON, None, alex.new_key())
    booth.office.number(poor, Priority.URGENT)
    pass_time(booth, minutes=20)
    dialog = booth.open(ReverseDialog, "reverse", ticket_id=number)
    assert "Cobalt has 4 tokens" in dialog.said()
    assert not dialog.primary.isEnabled()
    booth.type(REASON)
    booth.key(Qt.Key.Key_Escape)
    booth.settle()
    assert ticket(booth.office, number).priority is Priority.URGENT
    again = booth.open(ReverseDialog, "reverse", ticket_id=number)
    assert again.text("reason") == REASON


def test_overturn_a_determination(booth: Booth, juniper: Account) -> None:
    number = booth.office.number(juniper, Priority.STANDARD)
    morgan = booth.office.at(MORGAN)
    triage.determine(morgan, number, True, "own_fault", REASON, None, morgan.new_key())
    dialog = booth.open(OverturnDialog, "overturn", ticket_id=number)
    assert dialog.windowTitle() == "Overturn Morgan’s determination: a free issue?"
    assert dialog.primary.text() == "Overturn, charge 1 token"
    booth.type("It was their own configuration.")
    booth.commit()
    made = ticket(booth.office, number).determination
    assert made is not None
    assert not made.free
    assert made.overturned is not None
    assert booth.office.balance(juniper) == 43


def test_only_a_manager_overturns(booth: Booth, juniper: Account) -> None:
    number = booth.office.number(juniper, Priority.STANDARD)
    morgan = booth.office.at(MORGAN)
    triage.determine(morgan, number, True, "own_fault", REASON, None, morgan.new_key())
    booth.sit(ALEX)
    dialog = booth.open(OverturnDialog, "overturn", ticket_id=number)
    assert dialog.primary.reason() == "Only a manager can decide this."


def test_withdraw_and_answer_a_proposal(booth: Booth, juniper: Account) -> None:
    number = booth.office.number(juniper, Priority.STANDARD)
    alex, morgan = booth.office.at(ALEX), booth.office.at(MORGAN)
    triage.propose_free(alex, number, "own_fault", REASON, None, alex.new_key())
    triage.ask_proposer(morgan, number, "Which service was it?", morgan.new_key())
    booth.sit(ALEX)
    booth.open(AnswerDialog, "answer_proposal", ticket_id=number)
    booth.type("The mail relay.")
    booth.commit()
    proposal = ticket(booth.office, number).proposal
    assert proposal is not None
    assert proposal.question == ""
    booth.open(WithdrawDialog, "withdraw_proposal", ticket_id=number)
    booth.commit()
    assert ticket(booth.office, number).proposal is None


def test_reopen(booth: Booth, juniper: Account) -> None:
    number = booth.office.number(juniper, Priority.STANDARD)
    alex = booth.office.at(ALEX)
    progress.resolve(alex, number, "solved", "Done.", alex.new_key())
    dialog = booth.open(ReopenDialog, "reopen", ticket_id=number)
    booth.type("It came back.")
    booth.commit()
    assert ticket(booth.office, number).reopened_at is not None
    assert booth.is_closed(dialog)
    progress.resolve(alex, number, "solved", "Done.", alex.new_key())
    pass_time(booth, days=8)
    late = booth.open(ReopenDialog, "reopen", ticket_id=number)
    assert "more than 7 days ago" in late.said()
    assert not late.primary.isEnabled()


def test_merge_looks_the_other_ticket_up(booth: Booth, juniper: Account) -> None:
    first = booth.office.number(juniper, Priority.STANDARD, subject="The first one")
    second = booth.office.number(juniper, Priority.STANDARD)
    foreign = booth.office.number(booth.office.account("Cobalt", balance=5), Priority.STANDARD)
    dialog = booth.open(MergeDialog, "merge", ticket_id=second)
    booth.type(str(foreign))
    booth.settle()
    assert "only the same account's can be merged" in dialog._field.accessibleDescription()
    dialog._field.clear()
    booth.type(str(first))
    booth.settle()
    assert "“The first one”, 1 token credited" in dialog._says.words()
    booth.commit()
    assert ticket(booth.office, second).merged_into == first


def test_cancel_credits_before_work_and_lets_the_price_stand_after(booth: Booth, juniper: Account) -> None:
    number = booth.office.number(juniper, Priority.URGENT)
    dialog = booth.open(CancelDialog, "cancel", ticket_id=number)
    assert dialog.primary.text() == "Cancel it, credit 3 tokens"
    booth.key(Qt.Key.Key_Escape)
    booth.settle()
    priya = booth.office.at(PRIYA)
    progress.begin(priya, number, priya.new_key())
    dialog = booth.open(CancelDialog, "cancel", ticket_id=number)
    assert dialog.primary.text() == "Cancel it, the price stands"
    dialog._anyway.setChecked(True)
    booth.settle()
    assert dialog.primary.text() == "Cancel it, credit 3 tokens"
    booth.type("Opened by mistake")
    booth.commit()
    assert ticket(booth.office, number).status is Status.CANCELLED
    assert booth.office.balance(juniper) == 44


def test_awaiting_tokens_is_said_with_the_way_out(booth: Booth) -> None:
    poor = booth.office.account("Northwind Legal")
    number = booth.office.number(poor, Priority.URGENT)
    dialog = booth.open(ReplyDialog, "reply", ticket_id=number)
    assert "waits for tokens" in dialog.said()
    assert not dialog.primary.isEnabled()


def test_a_supervisor_reads_the_reason(booth: Booth, juniper: Account) -> None:
    number = booth.office.number(juniper, Priority.STANDARD)
    booth.sit(ROSA)
    dialog = booth.open(ReplyDialog, "reply", ticket_id=number)
    assert dialog.primary.reason() == "Only an agent or a manager can do this."


def test_a_draft_outlives_a_dialog_that_is_closed_before_it_was_read(booth: Booth, juniper: Account) -> None:
    number = booth.office.number(juniper, Priority.STANDARD)
    booth.open(ReplyDialog, "reply", ticket_id=number)
    booth.type("Half a sentence")
    booth.key(Qt.Key.Key_Escape)
    booth.settle()
    hasty = open_dialog("reply", booth.context, booth.window, ticket_id=number)
    booth.bot.keyClick(hasty, Qt.Key.Key_Escape)
    booth.settle()
    assert booth.open(ReplyDialog, "reply", ticket_id=number).text("words") == "Half a sentence"


def test_the_times_that_were_typed_come_back_with_the_draft_and_no_others(
    booth: Booth, juniper: Account
) -> None:
    number = booth.office.number(juniper, Priority.EMERGENCY)
    opened = booth.office.clock.now
    pass_time(booth, hours=2)
    dialog = booth.open(PlanDialog, "plan", ticket_id=number)
    booth.key(Qt.Key.Key_Escape)
    assert booth.context.drafts.find(dialog.draft_key()) == {"who": "Morgan"}
    dialog = booth.open(PlanDialog, "plan", ticket_id=number)
    dialog._when.set_instant(opened + timedelta(days=3))
    assert dialog._happened is not None
    dialog._happened.unfold()
    dialog._happened._when.set_instant(opened + timedelta(minutes=30))
    booth.key(Qt.Key.Key_Escape)
    again = booth.open(PlanDialog, "plan", ticket_id=number)
    assert again._when.instant() == opened + timedelta(days=3)
    assert again._happened is not None
    assert (happened := again.happened()) is not None
    assert happened.at == opened + timedelta(minutes=30)


@pytest.mark.parametrize("name", DIALOGS)
def test_every_name_has_its_dialog(name: str) -> None:
    module, factory, _ = DIALOGS[name]
    assert issubclass(getattr(import_module(module), factory), QWidget)


def test_a_database_that_does_not_answer_leaves_the_text_and_is_tried_again(
    booth: Booth, juniper: Account, sqlite_url: str
) -> None:
    number = booth.office.number(juniper, Priority.STANDARD)
    impatient = open_store(sqlite_url, clock=booth.office.clock, patience=timedelta(milliseconds=50))
    booth.context.desk = replace(booth.office.at(MORGAN), store=impatient)
    other = sqlite3.connect(sqlite_url.removeprefix("sqlite:///"), isolation_level=None)
    dialog = booth.open(ReplyDialog, "reply", ticket_id=number)
    booth.type("Kept through it all.")
    other.execute("BEGIN IMMEDIATE")
    booth.commit()
    assert dialog.isVisible()
    assert dialog.said()
    assert dialog.text("words") == "Kept through it all."
    (again,) = [each for each in dialog._message.findChildren(Button) if each.text() == "Try again"]
    other.execute("ROLLBACK")
    again.click()
    booth.settle()
    assert booth.is_closed(dialog)
    assert ticket(booth.office, number).replied_at is not None
    other.close()
    impatient.close()


TICKET_DIALOGS = [
    name
    for name, (module, _, _) in DIALOGS.items()
    if module.rsplit(".", 1)[1] in (
        "reply", "plan", "resolve", "cause", "change_priority", "reverse", "proposal", "reopen", "merge", "cancel"
    )
]  # fmt: skip


@pytest.mark.parametrize("name", TICKET_DIALOGS)
def test_every_ticket_dialog_fits_at_twice_the_size_and_closes_by_esc(
    booth: Booth, juniper: Account, name: str
) -> None:
    number = booth.office.number(juniper, Priority.STANDARD, subject="<i>plain</i>")
    booth.window.resize(1280, 720)
    theme().set_scale(2.0)
    dialog = booth.open(Dialog, name, ticket_id=number)
    assert dialog.width() <= 1280
    assert dialog.height() <= 720
    assert dialog.body.horizontalScrollBar().maximum() == 0
    assert dialog.primary.geometry().right() < dialog.width()
    booth.key(Qt.Key.Key_Escape)
    booth.settle()
    assert booth.is_closed(dialog)


@pytest.mark.parametrize("name", ["plan", "resolve"])
def test_a_dialog_that_scrolls_opens_at_its_top(booth: Booth, juniper: Account, name: str) -> None:
    number = booth.office.number(juniper, Priority.STANDARD)
    booth.window.resize(1280, 720)
    theme().set_scale(2.0)
    dialog = booth.open(Dialog, name, ticket_id=number)
    assert dialog.body.verticalScrollBar().maximum() > 0
    assert dialog.body.verticalScrollBar().value() == 0
