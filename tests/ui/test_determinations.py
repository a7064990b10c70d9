"""The determinations page at a real desk, by keyboard: decide, ask, answer, overturn, rights, in every look."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QAbstractItemModelTester
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from console.policy.account import Account
from console.policy.facts import IssueDetermined
from console.policy.terms import Hosting, Priority
from console.services import progress, triage
from console.services.sweep import sweep
from console.ui.format import Times
from console.ui.models.decision_model import CRITICAL, DECIDED, WAITING, age
from console.ui.theme import Appearance, theme
from console.ui.views.determinations import DeterminationsPage
from console.ui.views.determinations_decide import FREE, MANAGERS_ONLY, TOGETHER, TOKENS
from console.ui.views.dialogs.reverse import OverturnDialog
from console.ui.widgets.buttons import Button
from tests.support.desks import ALEX, MORGAN, NOON, PRIYA, ROSA, HandClock, Office, office
from tests.support.live import desk_of, hold_acts
from tests.support.windows import Shown, window_at

TESTER = QAbstractItemModelTester.FailureReportingMode.Fatal
CTRL = Qt.KeyboardModifier.ControlModifier
OURS = "Our renewal job failed on Saturday night."


@pytest.fixture
def at(sqlite_url: str) -> Iterator[Office]:
    with office(sqlite_url, HandClock(NOON - timedelta(hours=6))) as opened:
        yield opened


@pytest.fixture
def harbor(at: Office) -> Account:
    return at.account("Harbor Freightways", Hosting.PLATFORM, balance=60)


@pytest.fixture
def cases(at: Office, harbor: Account) -> tuple[int, int, int]:
    """Two proposals of one category by Alex and Priya, next deadline first, and one of another."""
    numbers = []
    for who, priority, subject, category in (
        (ALEX, Priority.URGENT, "Outage <b>page</b> link is broken", "own_fault"),
        (PRIYA, Priority.STANDARD, "Webmail shows an expired certificate", "own_fault"),
        (ALEX, Priority.STANDARD, "Statement shows last month’s total twice", "billing"),
    ):
        at.clock.advance(minutes=10)
        number = at.number(harbor, priority, subject=subject)
        desk = at.at(who)
        progress.begin(desk, number, desk.new_key())
        triage.propose_free(desk, number, category, OURS, None, desk.new_key())
        numbers.append(number)
    at.clock.now = NOON
    return numbers[0], numbers[1], numbers[2]


@pytest.fixture
def shown(qtbot: QtBot, at: Office, cases: tuple[int, ...], tmp_path: Path) -> Iterator[Shown]:
    with window_at(qtbot, at.at(MORGAN), tmp_path) as window:
        yield window


def page_of(shown: Shown, ticket_id: int = 0) -> DeterminationsPage:
    """The page in front, with a case if one is named."""
    shown.window.show_item("determinations")
    page = shown.window.findChild(DeterminationsPage)
    assert page is not None
    shown.quiet()
    if ticket_id:
        page.open_case(ticket_id)
        shown.until(lambda: page.ticket_id == ticket_id)
    shown.quiet()
    return page


def numbers(page: DeterminationsPage) -> list[int]:
    """The tickets listed."""
    return [item.ticket_id for item in page.cases.model.items()]


def test_a_manager_decides_and_moves_on_with_two_keys(
    shown: Shown, at: Office, cases: tuple[int, int, int], harbor: Account
) -> None:
    page = page_of(shown)
    QAbstractItemModelTester(page.cases.model, TESTER, page)
    assert numbers(page) == list(cases)
    assert page.count_text() == "3 waiting"
    assert page.ticket_id == cases[0]
    changes = [(change.label, change.now, change.after) for change in page.changes.table.changes()]
    assert changes[:3] == [
        ("Price", "5 tokens", "Free"), ("Credited to the account", "0", "5"), ("Balance", "51", "56"),
    ]  # fmt: skip
    shown.key(Qt.Key.Key_1)
    assert page.decision.button.text() == "Mark free, credit 5 tokens"
    shown.key(Qt.Key.Key_Return, CTRL)
    shown.until(lambda: page.ticket_id == cases[1])
    shown.quiet()
    assert numbers(page) == list(cases[1:])
    assert at.balance(harbor) == 56
    said = f"Decided: {cases[0]} is a free issue. 5 tokens went back to Harbor Freightways."
    assert shown.window.toast.text() == said
    shown.window.commands.run("undo")
    shown.until(lambda: cases[0] in numbers(page))
    assert at.balance(harbor) == 51


def test_a_refusal_needs_a_reason_and_what_was_typed_stays(
    shown: Shown, at: Office, cases: tuple[int, int, int], harbor: Account
) -> None:
    page = page_of(shown)
    shown.key(Qt.Key.Key_2)
    assert page.decision.current() == TOKENS
    assert page.decision.line().hasFocus()
    assert page.decision.button.text() == "Keep 5 tokens charged"
    assert not any(change.changed for change in page.changes.table.changes())
    shown.key(Qt.Key.Key_Return, CTRL)
    assert page.decision.fault().startswith("Say why it needs tokens")
    shown.bot.keyClicks(page.decision.line(), "Bought elsewhere, 1 of 2")
    assert page.decision.current() == TOKENS
    page.cases.step(1)
    shown.until(lambda: page.ticket_id == cases[1])
    shown.quiet()
    assert page.decision.current() == FREE
    page.cases.step(-1)
    shown.quiet()
    assert page.decision.line().text() == "Bought elsewhere, 1 of 2"
    page.decision.choose(TOKENS)
    shown.key(Qt.Key.Key_Return, CTRL)
    shown.until(lambda: numbers(page) == list(cases[1:]))
    assert at.balance(harbor) == 51
    (made,) = triage.decisions(at.desk)
    assert (made.free, made.reason) == (False, "Bought elsewhere, 1 of 2")


def test_an_answer_that_comes_late_leaves_the_case_alone_that_is_in_front_by_then(
    shown: Shown, at: Office, cases: tuple[int, int, int]
) -> None:
    page = page_of(shown, cases[0])
    may_go_on = hold_acts(desk_of(shown))
    page.decision.choose(TOKENS)
    shown.bot.keyClicks(page.decision.line(), "Their own mistake.")
    page.commit()
    assert "was sent, and its answer is not there yet" in page.decision.button.toolTip()
    page.commit()
    page.cases.choose(cases[1])
    shown.until(lambda: page.ticket_id == cases[1] and page.decision.button.isEnabled())
    page.decision.choose(TOKENS)
    shown.bot.keyClicks(page.decision.line(), "Theirs to renew")
    may_go_on.set()
    shown.until(lambda: cases[0] not in numbers(page))
    shown.quiet()
    assert page.ticket_id == cases[1]
    assert (page.decision.current(), page.decision.line().text()) == (TOKENS, "Theirs to renew")
    assert page.decision.line().hasFocus()
    with at.desk.store.read() as read:
        assert len([each for each in read.timeline(cases[0]) if isinstance(each.fact, IssueDetermined)]) == 1


def test_an_answer_that_comes_late_leaves_the_cursor_to_whoever_writes_elsewhere_by_then(
    shown: Shown, at: Office, harbor: Account, cases: tuple[int, int, int]
) -> None:
    page = page_of(shown, cases[0])
    may_go_on = hold_acts(desk_of(shown))
    page.commit()
    shown.window.show_item("queue")
    shown.select(cases[2])
    shown.window.commands.run("note")
    shown.bot.keyClicks(shown.pane.note, "Half a sen")
    may_go_on.set()
    shown.until(lambda: at.balance(harbor) == 56)
    shown.quiet()
    shown.bot.keyClicks(shown.focus(), "tence")
    assert shown.pane.note.toPlainText() == "Half a sentence"
    page = page_of(shown, cases[1])
    may_go_on.clear()
    page.commit()
    search = shown.window.top.search
    search.setFocus()
    may_go_on.set()
    shown.until(lambda: numbers(page) == [cases[2]])
    shown.quiet()
    assert search.hasFocus()


def test_a_question_goes_to_the_proposer_and_its_answer_comes_back(
    qtbot: QtBot, shown: Shown, at: Office, cases: tuple[int, int, int], tmp_path: Path
) -> None:
    page = page_of(shown, cases[0])
    shown.key(Qt.Key.Key_3)
    shown.bot.keyClicks(page.decision.line(), "Which other accounts?")
    shown.key(Qt.Key.Key_Return, CTRL)
    shown.until(lambda: numbers(page) == list(cases[1:]))
    with window_at(qtbot, at.at(ALEX), tmp_path / "alex") as alex:
        theirs = page_of(alex, cases[0])
        assert numbers(theirs) == [cases[2], cases[0]]
        assert theirs.act.words() == "Morgan asks: “Which other accounts?”"
        theirs.commit()
        alex.bot.keyClicks(theirs.act.line(), "Five of them")
        theirs.commit()
        alex.until(lambda: theirs.decision.isVisible() and theirs.ticket_id == cases[2])
    page.refresh()
    shown.until(lambda: numbers(page) == list(cases))
    page.open_case(cases[0])
    shown.until(lambda: page.ticket_id == cases[0])
    shown.quiet()
    assert page.proposal.question() == ("Morgan asked", "Alex answered")


def test_several_of_one_category_are_decided_together_as_free(
    shown: Shown, at: Office, cases: tuple[int, int, int], harbor: Account
) -> None:
    page = page_of(shown)
    shown.key(Qt.Key.Key_X)
    shown.key(Qt.Key.Key_J)
    shown.until(lambda: page.ticket_id == cases[1])
    shown.quiet()
    shown.key(Qt.Key.Key_X)
    assert page.decision.button.text() == "Mark 2 free, credit 7 tokens"
    assert not page.decision.card(TOKENS).isEnabled()
    assert TOGETHER in page.decision.card(TOKENS).toolTip()
    shown.key(Qt.Key.Key_Return, CTRL)
    shown.until(lambda: numbers(page) == [cases[2]])
    assert at.balance(harbor) == 58


def test_an_agent_sees_their_own_proposals_and_may_withdraw_them(
    qtbot: QtBot, at: Office, cases: tuple[int, int, int], tmp_path: Path
) -> None:
    with window_at(qtbot, at.at(ALEX), tmp_path) as shown:
        page = page_of(shown)
        assert numbers(page) == [cases[0], cases[2]]
        assert not page.decision.button.isEnabled()
        assert page.decision.message().text() == MANAGERS_ONLY
        assert not shown.window.commands.run("determine_free")
        (withdraw,) = page.decision.message().findChildren(Button)
        assert withdraw.text() == "Withdraw my proposal"
        withdraw.click()
        shown.until(lambda: numbers(page) == [cases[2]])


def test_a_supervisor_reads_and_is_offered_nothing(
    qtbot: QtBot, at: Office, cases: tuple[int, int, int], tmp_path: Path
) -> None:
    with window_at(qtbot, at.at(ROSA), tmp_path) as shown:
        page = page_of(shown)
        assert numbers(page) == list(cases)
        assert page.decision.message().text() == MANAGERS_ONLY
        assert not page.decision.message().findChildren(Button)


def test_a_proposal_that_a_miss_made_free_can_only_be_closed(
    shown: Shown, at: Office, cases: tuple[int, int, int], harbor: Account
) -> None:
    at.clock.advance(days=1)
    sweep(at.at(MORGAN))
    page = page_of(shown, cases[0])
    assert page.act.words().startswith("Already free: the resolve or plan guarantee was missed at ")
    before = at.balance(harbor)
    shown.key(Qt.Key.Key_Return, CTRL)
    shown.until(lambda: cases[0] not in numbers(page))
    assert at.balance(harbor) == before


def test_what_was_decided_can_be_overturned_and_is_a_precedent(
    shown: Shown, at: Office, cases: tuple[int, int, int]
) -> None:
    morgan = at.at(MORGAN)
    triage.determine(morgan, cases[1], True, "own_fault", "", None, morgan.new_key())
    page = page_of(shown, cases[0])
    assert page.alike.said() == (f"Free, {cases[1]}, Webmail shows an expired certificate, Nov 2026",)
    assert page.lists.said()[0].startswith("Free: fault in our own service. Something that we run failed")
    page.cases.choose_tab(DECIDED)
    shown.quiet()
    assert numbers(page) == [cases[1]]
    assert page.act.words() == "By Morgan, 7:28 PM · 2:28 PM Eastern. 2 tokens came back."
    page.act.press("overturn")
    dialog = shown.window.findChild(OverturnDialog)
    assert dialog is not None
    shown.quiet()
    dialog.reject()


def test_emergencies_wait_for_their_classification_after_fifteen_minutes(
    shown: Shown, at: Office, harbor: Account
) -> None:
    fresh = at.number(harbor, Priority.EMERGENCY, subject="Just now")
    page = page_of(shown)
    page.cases.choose_tab(CRITICAL)
    shown.quiet()
    assert numbers(page) == []
    at.clock.advance(minutes=16)
    page.refresh()
    shown.until(lambda: numbers(page) == [fresh])
    shown.quiet()
    assert page.act.button("demote").isEnabled()
    assert page.cases.tab == CRITICAL


def test_searching_narrows_by_words_and_category_and_the_empty_inbox_says_what_was_done(
    shown: Shown, at: Office, cases: tuple[int, int, int]
) -> None:
    page = page_of(shown)
    page.search("category:billing")
    assert numbers(page) == [cases[2]]
    page.search("certificate priya")
    assert numbers(page) == [cases[1]]
    page.search("nothing like it")
    assert numbers(page) == []
    page.search("")
    morgan = at.at(MORGAN)
    for number in cases:
        triage.determine(morgan, number, True, "own_fault", "", None, morgan.new_key())
    page.refresh()
    shown.until(lambda: numbers(page) == [])
    assert page.cases.tab == WAITING
    assert page.empty_words() == "Nothing to decide. 3 today, 3 free, 9 tokens credited."


@pytest.mark.parametrize("first", [1.0, 2.0])
def test_it_is_drawn_in_every_look(
    shown: Shown, cases: tuple[int, int, int], look: QApplication, first: float
) -> None:
    theme().set_scale(first)
    page = page_of(shown, cases[0])
    for appearance in (Appearance.LIGHT, Appearance.DARK):
        theme().choose(appearance)
        for scale in (first, 3.0 - first):
            theme().set_scale(scale)
            look.processEvents()
            assert not shown.window.grab().isNull()
            assert page.both.narrow == (scale == 2.0)


def test_ages_are_said_in_one_unit() -> None:
    times = Times()
    assert age(NOON - timedelta(minutes=48), NOON, times) == "48 min"
    assert age(NOON - timedelta(hours=3, minutes=59), NOON, times) == "3 h"
    assert age(NOON - timedelta(hours=25), NOON, times) == "Yesterday"
    assert age(NOON - timedelta(days=9), NOON, times) == "15 Nov"
