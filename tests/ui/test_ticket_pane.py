"""The ticket pane at a real desk: what it says, which act it offers, what it asks, the timeline and the note."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLabel
from pytestqt.qtbot import QtBot
from sqlalchemy import Connection, event

from console.policy.account import Account
from console.policy.actor import Actor
from console.policy.errors import Refused, Unavailable
from console.policy.terms import Priority
from console.services import progress, tokens, triage
from console.services.ticket_view import ticket_view
from console.ui.context import DOUBLE_CLICK_S
from console.ui.theme import Appearance, theme
from console.ui.views import promise_card
from console.ui.widgets.labels import LinkLabel
from tests.support.desks import ALEX, MORGAN, PRIYA, Office, office
from tests.support.live import desk_of, hold_acts, notes
from tests.support.windows import Shown, window_at

LONG = "The fault is cosmetic and mail is flowing again."


@pytest.fixture
def at(sqlite_url: str) -> Iterator[Office]:
    with office(sqlite_url) as opened:
        yield opened


@pytest.fixture
def juniper(at: Office) -> Account:
    return at.account("Juniper Dental", balance=60)


@pytest.fixture
def shown(qtbot: QtBot, at: Office, juniper: Account, tmp_path: Path) -> Iterator[Shown]:
    with window_at(qtbot, at.at(ALEX), tmp_path) as window:
        yield window


def _open(shown: Shown, number: int) -> None:
    shown.wiring.poll()
    shown.quiet()
    shown.queue.settle()
    shown.select(number)


def _says(shown: Shown) -> str:
    return "\n".join(
        label.text() for label in shown.pane.findChildren(QLabel) if label.isVisibleTo(shown.pane)
    )


def test_an_emergency_shows_its_guarantees_and_asks_to_be_classified(
    shown: Shown, at: Office, juniper: Account
) -> None:
    number = at.number(juniper, Priority.EMERGENCY)
    _open(shown, number)
    assert shown.pane.guarantees.isVisible()
    assert not shown.pane.goals.isVisible()
    assert shown.pane.prompts.open_prompts() == ("classify",)
    button = shown.pane.head.first_button()
    assert button is not None
    assert button.text() == "Begin work"
    words = _says(shown)
    assert "Is this mission critical?" in words
    assert "10 tokens charged." in words


def test_the_filled_button_follows_the_state(shown: Shown, at: Office, juniper: Account) -> None:
    number = at.number(juniper, Priority.URGENT)

    def offered() -> str:
        button = shown.pane.head.first_button()
        return button.text() if button else ""

    _open(shown, number)
    assert offered() == "Begin work"
    progress.begin(at.at(ALEX), number, "b")
    shown.wiring.poll()
    shown.until(lambda: offered() == "Send plan")
    progress.send_plan(at.at(ALEX), number, "Replace it", "Alex", at.clock.now, "p")
    shown.wiring.poll()
    shown.until(lambda: offered() == "Resolve")
    progress.resolve(at.at(ALEX), number, "solved", "Done.", "r")
    shown.wiring.poll()
    shown.until(lambda: offered() == "Reopen")


def test_a_question_is_answered_first(shown: Shown, at: Office, juniper: Account) -> None:
    _open(shown, at.number(juniper, Priority.INFORMATIONAL))
    button = shown.pane.head.first_button()
    assert button is not None
    assert button.text() == "Reply"


def test_awaiting_tokens_says_what_is_missing_and_offers_the_purchase(shown: Shown, at: Office) -> None:
    poor = at.account("Cobalt", balance=2)
    number = at.number(poor, Priority.URGENT)
    _open(shown, number)
    assert shown.pane.prompts.open_prompts() == ("awaiting",)
    assert "It has 2, so 1 token more will open this ticket." in _says(shown)
    assert not shown.pane.guarantees.isVisible()
    tokens.record_purchase(at.at(MORGAN), poor.id, 40, "INV-9", None, "buy")
    shown.wiring.poll()
    shown.until(shown.pane.guarantees.isVisible)
    assert shown.pane.prompts.open_prompts() == ()


def test_a_missed_guarantee_asks_for_its_cause(shown: Shown, at: Office, juniper: Account) -> None:
    number = at.number(juniper, Priority.EMERGENCY)
    _open(shown, number)
    at.clock.advance(minutes=61)
    shown.wiring.heartbeat.set_clock(at.clock())
    shown.wiring.sweep()
    shown.until(lambda: "cause" in shown.pane.prompts.open_prompts())
    shown.pane.prompts.cause.set_cause()
    shown.until(lambda: "cause" not in shown.pane.prompts.open_prompts())
    assert shown.pane.view is not None
    cause = shown.pane.view.ticket.cause_of_miss
    assert cause is not None
    words = shown.pane.view.policy.lists.causes_of_a_miss.words(cause)
    shown.until(lambda: f"\n{words}\n" in f"{_says(shown)}\n")


def test_a_proposal_is_shown_and_can_be_withdrawn(shown: Shown, at: Office, juniper: Account) -> None:
    number = at.number(juniper, Priority.STANDARD)
    category = at.desk.policy().lists.free.items[0].id
    triage.propose_free(at.at(ALEX), number, category, LONG, None, "propose")
    _open(shown, number)
    assert shown.pane.prompts.open_prompts() == ("proposal",)
    assert LONG in _says(shown)
    shown.pane.prompts.proposal.emit("withdraw")
    shown.until(lambda: shown.pane.prompts.open_prompts() == ())


def test_what_is_pressed_again_is_sent_once_and_says_so_while_another_act_is_not_kept_from_it(
    shown: Shown, at: Office, juniper: Account
) -> None:
    number = at.number(juniper, Priority.STANDARD)
    category = at.desk.policy().lists.free.items[0].id
    triage.propose_free(at.at(ALEX), number, category, LONG, None, "propose")
    _open(shown, number)
    sent: list[object] = []
    shown.wiring.context.signals.under_way.connect(lambda: sent.append(1))
    may_go_on = hold_acts(desk_of(shown))
    for _ in range(2):
        shown.pane.prompts.proposal.emit("withdraw")
    assert shown.pane.message.isHidden()
    shown.bot.wait(int(DOUBLE_CLICK_S * 1_500))
    shown.pane.prompts.proposal.emit("withdraw")
    assert f"“Withdrawal, {number}” was sent, and its answer is not there yet" in shown.pane.message.text()
    assert len(sent) == 1
    shown.pane.prompts.answered.emit("Another act, which is not kept waiting.")
    assert len(sent) == 2
    may_go_on.set()
    shown.until(lambda: shown.pane.prompts.open_prompts() == ())
    shown.quiet()


def test_what_is_pressed_before_another_ticket_is_read_is_not_done_to_that_one(
    shown: Shown, at: Office, juniper: Account
) -> None:
    first, second = at.number(juniper, Priority.STANDARD), at.number(juniper, Priority.STANDARD)
    category = at.desk.policy().lists.free.items[0].id
    for number in (first, second):
        triage.propose_free(at.at(ALEX), number, category, LONG, None, f"propose {number}")
    _open(shown, first)
    shown.pane.show_ticket(second)
    shown.pane.prompts.proposal.emit("withdraw")
    shown.quiet()
    assert shown.pane.view is not None
    assert shown.pane.view.ticket.id == second
    assert shown.pane.prompts.open_prompts() == ("proposal",)


def test_a_question_about_a_proposal_is_answered_in_place(shown: Shown, at: Office, juniper: Account) -> None:
    number = at.number(juniper, Priority.STANDARD)
    category = at.desk.policy().lists.free.items[0].id
    triage.propose_free(at.at(ALEX), number, category, LONG, None, "propose")
    triage.ask_proposer(at.at(MORGAN), number, "Which server was it?", "ask")
    other = at.number(juniper, Priority.URGENT)
    triage.propose_free(at.at(ALEX), other, category, LONG, None, "propose-other")
    triage.ask_proposer(at.at(MORGAN), other, "Whose relay?", "ask-other")
    _open(shown, number)
    assert "Which server was it?" in _says(shown)
    field = shown.pane.prompts.proposed._field
    shown.bot.keyClicks(field, "It was the relay of ours in rack four.")
    _open(shown, other)
    assert field.text() == ""
    _open(shown, number)
    assert field.text() == "It was the relay of ours in rack four."
    may_go_on = hold_acts(desk_of(shown))
    shown.bot.keyClick(field, Qt.Key.Key_Return)
    assert field.text() == "It was the relay of ours in rack four."
    may_go_on.set()
    shown.until(lambda: "Which server was it?" not in _says_prompt(shown))
    assert field.text() == ""


def _says_prompt(shown: Shown) -> str:
    return shown.pane.prompts.proposed.words()


def test_a_note_is_written_by_keyboard_and_stands_on_the_timeline(
    shown: Shown, at: Office, juniper: Account
) -> None:
    _open(shown, at.number(juniper, Priority.STANDARD))
    shown.key(Qt.Key.Key_E)
    shown.until(shown.pane.note.hasFocus)
    shown.bot.keyClicks(shown.pane.note, "Body text stays as <b>written</b>")
    shown.bot.keyClick(shown.pane.note, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    shown.until(lambda: "Alex, internal note" in shown.pane.timeline.heads())
    shown.until(lambda: "<b>written</b>" in _says(shown))
    assert shown.pane.note.toPlainText() == ""
    shown.bot.keyClick(shown.pane.note, Qt.Key.Key_Escape)
    assert shown.queue.table.hasFocus()


def test_a_note_sent_twice_is_written_once_and_what_was_typed_since_stays(
    shown: Shown, at: Office, juniper: Account
) -> None:
    number = at.number(juniper, Priority.STANDARD)
    _open(shown, number)
    shown.pane.note.setPlainText("Called back.")
    for _ in range(2):
        shown.bot.keyClick(shown.pane.note, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert not shown.pane._foot.button.isEnabled()
    shown.pane.note.setPlainText("Called back. They")
    shown.quiet()
    assert notes(at, number) == ["Called back."]
    assert shown.pane.note.toPlainText() == "Called back. They"
    assert shown.pane._foot.button.isEnabled()


def test_after_a_note_saved_by_mouse_the_space_bar_begins_no_work(
    shown: Shown, at: Office, juniper: Account
) -> None:
    number = at.number(juniper, Priority.STANDARD)
    _open(shown, number)
    shown.pane.note.setPlainText("Called back.")
    shown.until(shown.pane._foot.button.isVisible)
    shown.bot.mouseClick(shown.pane._foot.button, Qt.MouseButton.LeftButton)
    shown.quiet()
    assert notes(at, number) == ["Called back."]
    assert shown.pane.note.hasFocus()


def test_a_ticket_that_could_not_be_read_is_read_by_opening_it_again(
    shown: Shown, at: Office, juniper: Account
) -> None:
    number, other = at.number(juniper, Priority.STANDARD), at.number(juniper, Priority.STANDARD)
    _open(shown, other)
    engine = desk_of(shown).store._engine

    def full(connection: Connection) -> None:
        if shown.pane.ticket_id == number:
            raise Unavailable("The server is full.")

    event.listen(engine, "begin", full)
    shown.queue.open_ticket(number)
    shown.until(lambda: f"{number} could not be read. The server is full." in _says(shown))
    event.remove(engine, "begin", full)
    shown.queue.table.setFocus()
    shown.key(Qt.Key.Key_Return)
    shown.until(lambda: shown.pane.view is not None)


def test_a_half_written_note_waits_for_its_ticket(shown: Shown, at: Office, juniper: Account) -> None:
    first, second = at.number(juniper, Priority.STANDARD), at.number(juniper, Priority.URGENT)
    _open(shown, first)
    shown.pane.note.setPlainText("Half a thought")
    shown.select(second)
    assert shown.pane.note.toPlainText() == ""
    shown.select(first)
    assert shown.pane.note.toPlainText() == "Half a thought"


def test_a_half_written_note_waits_while_no_ticket_is_in_front(
    shown: Shown, at: Office, juniper: Account
) -> None:
    number = at.number(juniper, Priority.STANDARD)
    _open(shown, number)
    shown.pane.note.setPlainText("Half a thought")
    shown.pane.show_ticket(0)
    assert shown.pane.note.toPlainText() == ""
    shown.pane.show_ticket(number + 900)
    shown.until(lambda: f"There is no ticket {number + 900}." in _says(shown))
    shown.pane.show_ticket(number)
    assert shown.pane.note.toPlainText() == "Half a thought"
    shown.until(lambda: shown.pane.guarantees.isVisible() or shown.pane.goals.isVisible())


def test_own_fresh_acts_carry_undo_and_undone_ones_say_so(shown: Shown, at: Office, juniper: Account) -> None:
    number = at.number(juniper, Priority.URGENT)
    progress.begin(at.at(ALEX), number, "b")
    _open(shown, number)
    links = [link for link in shown.pane.timeline.findChildren(LinkLabel) if link.text() == "Undo"]
    next(link for link in links if link.property("act") == "begin").clicked.emit()
    shown.until(lambda: "undone by Alex" in _says(shown))


def test_somebody_elses_act_has_no_undo(shown: Shown, at: Office, juniper: Account) -> None:
    number = at.number(juniper, Priority.URGENT)
    progress.begin(at.at(PRIYA), number, "b")
    _open(shown, number)
    assert not [link for link in shown.pane.timeline.findChildren(LinkLabel) if link.text() == "Undo"]
    assert "Priya is working on this" in _says(shown)


@pytest.mark.parametrize("first", [PRIYA, ALEX])
def test_a_second_plan_has_no_undo(shown: Shown, at: Office, juniper: Account, first: Actor) -> None:
    """It would take the first one back too."""
    number = at.number(juniper, Priority.URGENT)
    for who in first, ALEX:
        progress.send_plan(at.at(who), number, "Swap it", who.name, at.clock.now, f"{at.clock.now}")
        at.clock.advance(minutes=2)
    _open(shown, number)
    shown.until(lambda: "Alex sent a plan" in shown.pane.timeline.heads())
    links = [link for link in shown.pane.timeline.findChildren(LinkLabel) if link.text() == "Undo"]
    assert [link.property("act") for link in links] == []


def test_a_begin_that_a_late_reply_has_moved_has_no_undo(shown: Shown, at: Office, juniper: Account) -> None:
    """The reply begins the work by itself; the begin taken back would change nothing."""
    number = at.number(juniper, Priority.URGENT)
    earlier = progress.Happened(at.clock.now, "It was in the telephone log.")
    at.clock.advance(minutes=2)
    progress.begin(at.at(ALEX), number, "b")
    progress.reply(at.at(MORGAN), number, "We look at it.", "r", earlier)
    _open(shown, number)
    shown.until(lambda: "Morgan replied" in " ".join(shown.pane.timeline.heads()))
    assert "Alex began work" in " ".join(shown.pane.timeline.heads())
    assert not [link for link in shown.pane.timeline.findChildren(LinkLabel) if link.text() == "Undo"]
    with pytest.raises(Refused, match="An earlier begin"):
        progress.undo_work(at.at(ALEX), "begin", number, "u")


def test_customers_words_are_never_markup(shown: Shown, at: Office, juniper: Account) -> None:
    hostile = "<img src='file:///etc/passwd'><script>alert(1)</script>"
    number = at.number(juniper, Priority.STANDARD, subject=f"{hostile} subject", words=f"{hostile} words")
    _open(shown, number)
    assert hostile in _says(shown)
    for label in shown.window.findChildren(QLabel):
        assert label.textFormat() is Qt.TextFormat.PlainText or not label.text()


def test_a_problem_stands_above_its_cause(shown: Shown, at: Office, juniper: Account) -> None:
    number = at.number(juniper, Priority.URGENT)
    _open(shown, number)
    progress.begin(at.at(PRIYA), number, "b")
    shown.wiring.acts.begin()
    shown.until(shown.pane.message.isVisible)
    assert shown.pane.message.text()


def test_left_words_count_down_and_late_words_count_up(at: Office, juniper: Account) -> None:
    number = at.number(juniper, Priority.EMERGENCY)
    begin = ticket_view(at.desk, number).deadlines[0].deadline
    now = at.clock()
    assert promise_card.left_words(begin, now) == "1 h left"
    assert promise_card.left_words(begin, at.clock.advance(minutes=72)) == "12 min late"


@pytest.mark.parametrize("look", [Appearance.LIGHT, Appearance.DARK])
@pytest.mark.parametrize(("scale", "size"), [(1.0, (1440, 900)), (2.0, (1280, 720))])
def test_nothing_is_cut_in_any_look(
    shown: Shown, at: Office, juniper: Account, look: Appearance, scale: float, size: tuple[int, int]
) -> None:
    number = at.number(juniper, Priority.EMERGENCY)
    theme().choose(look)
    theme().set_scale(scale)
    shown.window.resize(*size)
    _open(shown, number)
    shown.queue.show_pane()
    QApplication.processEvents()
    button = shown.pane.head.first_button()
    assert button is not None
    assert button.width() >= button.sizeHint().width()
    for card in (shown.pane.guarantees, shown.pane.prompts.classify):
        assert card.isVisible()
        assert card.width() <= shown.pane.width()
    assert not shown.pane.grab().isNull()
