"""The classification dialog by keyboard at a real desk: what it shows is what it does, and nothing typed is lost."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from console.policy.account import Account
from console.policy.terms import Hosting, Milestone, Priority, SupportOption
from console.policy.ticket import Ticket
from console.services import progress, triage
from console.services.ticket_view import ticket_view
from console.ui.theme import Appearance, theme
from console.ui.views.dialogs.classify import ClassifyDialog
from console.ui.views.why import WhyPopover
from console.ui.widgets.labels import PlainLabel
from tests.support.desks import ALEX, MORGAN, PRIYA, Office, office
from tests.support.dialogs import CONTROL, SHIFT, Booth, booth_at

REASON = "Mail is flowing and the fault is limited to one template image."


@pytest.fixture
def at(sqlite_url: str) -> Iterator[Office]:
    with office(sqlite_url) as opened:
        yield opened


@pytest.fixture
def juniper(at: Office) -> Account:
    return at.account("Juniper Dental", balance=44)


@pytest.fixture
def emergency(at: Office, juniper: Account) -> int:
    number = at.number(juniper, Priority.EMERGENCY, subject="Newsletter footer <b>wrong</b>")
    at.clock.advance(minutes=36)
    return number


@pytest.fixture
def booth(qtbot: QtBot, at: Office, emergency: int) -> Iterator[Booth]:
    with booth_at(qtbot, at, ALEX) as opened:
        yield opened


def classify(booth: Booth, number: int, name: str = "demote") -> ClassifyDialog:
    return booth.open(ClassifyDialog, name, ticket_id=number)


def ticket(at: Office, number: int) -> Ticket:
    return ticket_view(at.desk, number).ticket


def shown(dialog: ClassifyDialog) -> dict[str, tuple[str, str, str]]:
    return {change.label: (change.now, change.after, change.below) for change in dialog._table.changes()}


# demote


def test_demoting_shows_price_balance_and_times_first(booth: Booth, emergency: int) -> None:
    dialog = classify(booth, emergency)
    rows = shown(dialog)
    assert rows["Priority"][:2] == ("Emergency", "Urgent")
    assert rows["Price"] == ("10 tokens", "3 tokens", "7 credited at once")
    assert rows["Balance"] == ("34", "41", "Juniper Dental")
    assert rows["Begin work by"] == ("1:28 PM", "4:28 PM", "3:28 → 6:28 PM Eastern")
    assert rows["Resolve or plan by"] == ("4:28 PM", "Wed 12:28 PM", "24 h from opening")
    assert rows["Guarantees so far"][1] == "no change"
    assert dialog.primary.text() == "Demote and return 7 tokens"
    assert dialog._why.words() == "Why 6:28 PM?  4 business hours from opening"


def test_a_reason_and_ctrl_enter_demote_exactly_as_shown(
    booth: Booth, emergency: int, juniper: Account
) -> None:
    dialog = classify(booth, emergency)
    booth.type(REASON)
    booth.commit()
    after = ticket(booth.office, emergency)
    assert (after.priority, after.held, booth.office.balance(juniper)) == (Priority.URGENT, 3, 41)
    assert booth.told[-1].words.startswith(f"Demoted {emergency}. 7 tokens went back")
    assert booth.told[-1].undo is not None
    assert booth.is_closed(dialog)


def test_a_short_reason_is_asked_for_under_the_field_and_nothing_is_saved(
    booth: Booth, emergency: int
) -> None:
    dialog = classify(booth, emergency)
    booth.type("too short")
    booth.commit()
    assert "at least 20 characters" in dialog._text.accessibleDescription()
    assert dialog.isVisible()
    assert ticket(booth.office, emergency).priority is Priority.EMERGENCY
    assert booth.focus() is dialog._text


def test_enter_in_the_reason_makes_a_new_line_only(booth: Booth, emergency: int) -> None:
    dialog = classify(booth, emergency)
    booth.type("One line")
    booth.key(Qt.Key.Key_Return)
    booth.type("and another, D M F W too")
    assert dialog._text.toPlainText() == "One line\nand another, D M F W too"
    assert dialog._outcomes.current() == "demote"


def test_esc_keeps_what_was_typed_until_the_console_closes(booth: Booth, emergency: int) -> None:
    dialog = classify(booth, emergency)
    booth.type(REASON)
    dialog._criteria.box("partial").setChecked(True)
    booth.key(Qt.Key.Key_Escape)
    booth.settle()
    assert booth.is_closed(dialog)
    again = classify(booth, emergency)
    assert again._text.toPlainText() == REASON
    assert again._criteria.ticked() == ("partial",)
    booth.commit()
    assert ticket(booth.office, emergency).priority is Priority.URGENT
    other = classify(booth, emergency, "mark_free")
    assert other._text.toPlainText() == ""


def test_a_ticked_emergency_criterion_is_pointed_out_and_does_not_block(booth: Booth, emergency: int) -> None:
    dialog = classify(booth, emergency)
    dialog._criteria.box("stopped").setChecked(True)
    assert "Mail or web is stopped for most users" in dialog._hint.words()
    assert dialog.primary.isEnabled()
    dialog._outcomes.choose("confirm")
    assert dialog._hint.words() == ""


def test_letters_switch_the_outcome_outside_text(booth: Booth, emergency: int) -> None:
    dialog = classify(booth, emergency)
    dialog._outcomes.card("demote").setFocus()
    booth.key(Qt.Key.Key_M)
    assert dialog._outcomes.current() == "confirm"
    booth.key(Qt.Key.Key_F)
    assert dialog._outcomes.current() == "free"
    booth.key(Qt.Key.Key_D)
    booth.settle()
    assert dialog._outcomes.current() == "demote"
    assert dialog.primary.text() == "Demote and return 7 tokens"


def test_w_explains_the_time(booth: Booth, emergency: int) -> None:
    dialog = classify(booth, emergency)
    dialog._outcomes.card("demote").setFocus()
    booth.key(Qt.Key.Key_W)
    popovers = [each for each in QApplication.topLevelWidgets() if isinstance(each, WhyPopover)]
    (popover,) = [each for each in popovers if each.isVisible()]
    assert "Begin by 6:28 PM Eastern" in popover.accessibleName()
    assert "4 h counted Tue" in popover.accessibleName()
    booth.bot.keyClick(popover, Qt.Key.Key_Escape)
    assert not popover.isVisible()
    assert dialog.isVisible()


def test_a_missed_guarantee_is_said_and_the_price_stays_free(booth: Booth, emergency: int) -> None:
    booth.office.clock.advance(hours=1)
    booth.context.heartbeat.set_clock(booth.office.clock.now)
    dialog = classify(booth, emergency)
    assert "The 1-hour guarantee was missed at 1:28 PM" in dialog.said()
    assert "not the credit" in dialog.said()
    assert dialog.primary.text() == "Demote, still free"
    assert dialog._clock.text().endswith("late")


def test_a_met_begin_stays_met(booth: Booth, emergency: int) -> None:
    alex = booth.office.at(ALEX)
    progress.begin(alex, emergency, alex.new_key())
    rows = shown(classify(booth, emergency))
    assert rows["Begin work by"] == ("met 1:04 PM", "no change", "")
    assert rows["Guarantees so far"][0] == "begin met"


def test_flat_rate_moves_no_token_and_speaks_of_goals(booth: Booth) -> None:
    flat = booth.office.account("Northwind", Hosting.SHARED, SupportOption.FLAT_RATE_USERS)
    number = booth.office.number(flat, Priority.EMERGENCY)
    dialog = classify(booth, number)
    rows = shown(dialog)
    assert (rows["Price"][0], rows["Balance"][0]) == ("included", "included")
    assert "Goals so far" in rows
    assert dialog.primary.text() == "Demote"
    assert "flat-rate" in dialog._outcomes.card("free").toolTip()


# confirm


def test_confirming_needs_a_criterion_and_moves_nothing(
    booth: Booth, emergency: int, juniper: Account
) -> None:
    dialog = classify(booth, emergency, "confirm")
    rows = shown(dialog)
    assert rows.pop("Classification") == ("none", "mission critical", "by you")
    assert {after for _, after, _ in rows.values()} == {"no change"}
    booth.commit()
    assert dialog.isVisible()
    booth.key(Qt.Key.Key_Space)
    booth.commit()
    kept = ticket(booth.office, emergency)
    assert kept.confirmation is not None
    assert kept.confirmation.criteria == ("down",)
    assert booth.office.balance(juniper) == 34


def test_confirm_and_begin_does_both(booth: Booth, emergency: int) -> None:
    dialog = classify(booth, emergency, "confirm")
    booth.key(Qt.Key.Key_Space)
    booth.key(Qt.Key.Key_Return, CONTROL | SHIFT)
    booth.settle()
    kept = ticket(booth.office, emergency)
    assert kept.confirmation is not None
    assert kept.begun_at is not None
    assert booth.is_closed(dialog)


def test_a_confirmed_emergency_is_a_managers_to_demote(booth: Booth, emergency: int) -> None:
    priya = booth.office.at(PRIYA)
    triage.confirm(priya, emergency, ["down"], "", None, priya.new_key())
    dialog = classify(booth, emergency)
    assert "only a manager can demote it now" in dialog._outcomes.card("demote").toolTip()
    assert "Priya has confirmed" in dialog._outcomes.card("confirm").toolTip()
    booth.key(Qt.Key.Key_Escape)
    booth.settle()
    booth.sit(MORGAN)
    dialog = classify(booth, emergency)
    assert "Priya confirmed this as mission critical at 1:04 PM" in dialog.said()
    booth.type(REASON)
    booth.commit()
    assert ticket(booth.office, emergency).priority is Priority.URGENT


# free


def test_an_agent_proposes_and_no_token_moves(booth: Booth, emergency: int, juniper: Account) -> None:
    dialog = classify(booth, emergency, "mark_free")
    assert shown(dialog)["Price"] == ("10 tokens", "Free", "10 credited at once")
    assert "10 tokens stay charged until a manager decides" in dialog.said()
    booth.commit()
    assert "Choose a category" in dialog._category.field.accessibleDescription()
    booth.key(Qt.Key.Key_Down)
    booth.key(Qt.Key.Key_Tab)
    booth.type(REASON)
    assert dialog.primary.text() == "Propose as free"
    booth.commit()
    proposal = ticket(booth.office, emergency).proposal
    assert proposal is not None
    assert (proposal.category, proposal.reason) == ("own_fault", REASON)
    assert booth.office.balance(juniper) == 34


def test_a_manager_decides_a_proposal_and_all_tokens_go_back(
    booth: Booth, emergency: int, juniper: Account
) -> None:
    alex = booth.office.at(ALEX)
    triage.propose_free(alex, emergency, "own_fault", REASON, None, alex.new_key())
    booth.sit(MORGAN)
    dialog = classify(booth, emergency, "mark_free")
    assert "Alex proposed this" in dialog.said()
    assert REASON in dialog.said()
    assert dialog._category.chosen() == "own_fault"
    assert dialog.primary.text() == "Mark free, credit 10 tokens"
    booth.commit()
    assert ticket(booth.office, emergency).determined_free
    assert booth.office.balance(juniper) == 44


def test_what_is_free_already_cannot_be_marked_and_says_why(booth: Booth, juniper: Account) -> None:
    question = booth.office.number(juniper, Priority.INFORMATIONAL)
    dialog = classify(booth, question, "mark_free")
    assert "Already free of charge" in dialog._outcomes.card("free").toolTip()
    assert not dialog.primary.isEnabled()
    assert "not an emergency" in dialog._outcomes.card("demote").toolTip()


# two people


def test_a_change_under_the_dialog_is_told_and_the_text_stays(booth: Booth, emergency: int) -> None:
    dialog = classify(booth, emergency)
    booth.type(REASON)
    priya = booth.office.at(PRIYA)
    booth.context.signals.changed.emit(progress.begin(priya, emergency, priya.new_key()))
    booth.settle()
    assert dialog.said().startswith("Priya began work at 1:04 PM")
    assert shown(dialog)["Begin work by"][0] == "met 1:04 PM"
    assert dialog._text.toPlainText() == REASON
    booth.commit()
    assert ticket(booth.office, emergency).priority is Priority.URGENT


def test_who_was_first_is_said_and_the_text_stays(booth: Booth, emergency: int) -> None:
    dialog = classify(booth, emergency)
    booth.type(REASON)
    priya = booth.office.at(PRIYA)
    triage.confirm(priya, emergency, ["down"], "", None, priya.new_key())
    booth.commit()
    assert dialog.isVisible()
    assert "Priya confirmed it as mission critical" in dialog.said()
    assert dialog._text.toPlainText() == REASON
    assert ticket(booth.office, emergency).priority is Priority.EMERGENCY
    assert "only a manager" in dialog.primary.reason()


def test_the_clock_goes_on_counting(booth: Booth, emergency: int) -> None:
    dialog = classify(booth, emergency)
    assert dialog._clock.text() in ("24 min to begin", "23 min to begin")
    booth.context.heartbeat.set_clock(booth.office.clock.now + timedelta(minutes=14))
    booth.context.heartbeat.tick.emit(booth.context.heartbeat.now())
    assert dialog._clock.text() in ("10 min to begin", "9 min to begin")


def test_tab_goes_from_the_outcome_to_the_criteria_the_reason_and_the_button(
    booth: Booth, emergency: int
) -> None:
    dialog = classify(booth, emergency)
    dialog._outcomes.card("free").setFocus()
    seen = []
    for _ in range(9):
        booth.key(Qt.Key.Key_Tab)
        seen.append(booth.focus())
    boxes = [
        dialog._criteria.box(name)
        for name in ("down", "stopped", "harm", "partial", "single_user", "planned")
    ]
    assert seen == [*boxes, dialog._text, dialog.primary, dialog.cancel_button]


def test_a_short_reason_is_pointed_out_on_leaving_it(booth: Booth, emergency: int) -> None:
    dialog = classify(booth, emergency)
    booth.type("short")
    booth.key(Qt.Key.Key_Tab)
    assert "5 so far" in dialog._text.accessibleDescription()


# how it looks


@pytest.mark.parametrize("appearance", [Appearance.LIGHT, Appearance.DARK])
@pytest.mark.parametrize("scale", [1.0, 2.0])
def test_it_fits_its_window_in_every_look(
    booth: Booth, emergency: int, appearance: Appearance, scale: float
) -> None:
    booth.window.resize(1280, 720)
    theme().choose(appearance)
    theme().set_scale(scale)
    dialog = classify(booth, emergency, "confirm")
    assert dialog.width() <= 1280
    assert dialog.height() <= 720
    assert dialog.primary.geometry().right() < dialog.width()
    assert dialog.body.horizontalScrollBar().maximum() == 0
    for card in ("demote", "confirm", "free"):
        assert dialog._outcomes.card(card).width() <= dialog.width()
    assert not dialog.grab().isNull()


def test_a_customers_words_are_never_markup(booth: Booth, emergency: int) -> None:
    dialog = classify(booth, emergency)
    for label in dialog.findChildren(PlainLabel):
        assert label.textFormat() is Qt.TextFormat.PlainText
    assert "<b>wrong</b>" in dialog._subtitle.text()


def test_it_is_spoken_of_in_words(booth: Booth, emergency: int) -> None:
    dialog = classify(booth, emergency)
    assert "Balance, now 34, after 41, Juniper Dental" in dialog._table.accessibleName()
    assert [each.milestone for each in ticket(booth.office, emergency).counting] == [
        Milestone.BEGIN,
        Milestone.RESOLVE_OR_PLAN,
    ]
    assert dialog._criteria.box("down").accessibleDescription()
