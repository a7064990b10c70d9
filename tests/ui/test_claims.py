"""Claims at two real windows of one shared database: who has it, who was first, who is away, who took over."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent, QAccessibleEvent
from pytestqt.qtbot import QtBot

from console.policy.account import Account
from console.policy.terms import Priority
from console.services import claims
from console.services.ticket_view import ticket_view
from console.ui.bars import Bell
from console.ui.line import State
from console.ui.models import queue_words
from console.ui.models.queue_words import OwnerWords
from console.ui.views.dialogs.reply import ReplyDialog
from console.ui.widgets.buttons import Button
from tests.support.desks import ALEX, MORGAN, PRIYA, Office
from tests.support.live import lost, up
from tests.support.proxy import Proxy
from tests.support.watchdog import Watchdog
from tests.support.windows import Shown, window_at


@pytest.fixture
def urgent(at: Office, juniper: Account) -> int:
    at.number(juniper, Priority.EMERGENCY)
    return at.number(juniper, Priority.URGENT, subject="Outbound mail is queued")


@pytest.fixture
def two(qtbot: QtBot, at: Office, urgent: int, tmp_path: Path) -> Iterator[tuple[Shown, Shown]]:
    """Alex's window and Priya's, both live, both at the urgent ticket."""
    with (
        window_at(qtbot, at.at(ALEX), tmp_path / "alex", live=True) as alex,
        window_at(qtbot, at.at(PRIYA), tmp_path / "priya", live=True) as priya,
    ):
        for each in (alex, priya):
            each.until(lambda each=each: each.wiring.shared.line.state() is State.UP)
        with Watchdog():
            for each in (alex, priya):
                each.select(urgent)
            yield alex, priya


def owner(shown: Shown, ticket_id: int) -> OwnerWords | None:
    row = shown.queue.model.held(ticket_id)
    now = shown.wiring.heartbeat.now()
    return queue_words.owner_words(row, now, shown.queue.model.judge) if row is not None else None


def says(shown: Shown, ticket_id: int) -> str:
    said = owner(shown, ticket_id)
    return f"{said.name} {said.below}" if said is not None else ""


def first(shown: Shown) -> Button:
    button = shown.pane.head.first_button()
    assert button is not None
    return button


def at_front(shown: Shown) -> None:
    shown.window.activateWindow()
    shown.until(shown.window.isActiveWindow)
    shown.queue.table.setFocus()


def test_what_somebody_claims_turns_into_theirs_where_one_looks_at_it(
    two: tuple[Shown, Shown], urgent: int
) -> None:
    alex, priya = two
    place = priya.queue.model.place(urgent)
    assert first(priya).text() == "Begin work"
    at_front(alex)
    alex.key(Qt.Key.Key_C)
    priya.until(lambda: says(priya, urgent) == "Alex claimed")
    priya.until(lambda: first(priya).text() == "Take over from Alex")
    assert not first(priya).isEnabled()
    assert "silent for 10 min" in first(priya).toolTip()
    assert priya.queue.model.place(urgent) == place
    assert priya.queue.table.current_id() == urgent
    alex.until(lambda: says(alex, urgent) == "You claimed")
    assert first(alex).text() == "Begin work"


def test_a_claim_that_ran_out_is_taken_over_by_one_key_and_its_owner_is_told(
    two: tuple[Shown, Shown], at: Office, urgent: int
) -> None:
    alex, priya = two
    at_front(alex)
    alex.key(Qt.Key.Key_C)
    priya.until(lambda: says(priya, urgent) == "Alex claimed")
    at.clock.advance(minutes=14)
    priya.until(lambda: priya.wiring.heartbeat.now() >= at.clock.now)
    priya.queue.pass_time(priya.wiring.heartbeat.now())
    assert says(priya, urgent).startswith("Alex away 14 min") or says(priya, urgent).startswith(
        "Alex away 15 min"
    )
    priya.until(first(priya).isEnabled)
    at_front(priya)
    priya.key(Qt.Key.Key_C)
    priya.until(lambda: says(priya, urgent) == "You claimed")
    alex.until(lambda: says(alex, urgent) == "Priya claimed")
    alex.until(
        lambda: any(f"Priya took {urgent} over from you" in line for line in alex.wiring.notices.lines())
    )
    facts = [item.fact for item in ticket_view(at.at(ALEX), urgent).timeline]
    assert facts[-2].taken_over_from == "Alex"  # type: ignore[attr-defined]
    assert facts[-1].words == "Alex: your console was away for 14 min, so I have taken this over."  # type: ignore[attr-defined]


def test_whoever_was_taken_over_while_the_line_was_lost_is_told_when_it_is_back(
    through: tuple[Shown, Proxy], at: Office, urgent: int
) -> None:
    shown, proxy = through
    priya, alex = at.at(PRIYA), at.at(ALEX)
    claims.claim(priya, urgent, priya.new_key())
    shown.until(lambda: says(shown, urgent) == "You claimed")
    proxy.refuse()
    proxy.reset()
    shown.until(lambda: lost(shown))
    at.clock.advance(minutes=12)
    claims.claim(alex, urgent, alex.new_key())
    proxy.open()
    shown.until(lambda: up(shown))
    shown.until(lambda: f"Alex took {urgent} over from you" in " ".join(shown.wiring.notices.lines()))


def test_whoever_was_taken_over_while_no_console_ran_is_told_at_the_next_start(
    qtbot: QtBot, at: Office, urgent: int, tmp_path: Path
) -> None:
    priya, alex = at.at(PRIYA), at.at(ALEX)
    claims.claim(priya, urgent, priya.new_key())
    at.clock.advance(minutes=12)
    claims.claim(alex, urgent, alex.new_key())
    then = at.clock.now
    at.clock.advance(hours=20)
    with window_at(qtbot, priya, tmp_path) as shown:
        when = shown.wiring.context.times.when(then, at.clock.now)
        assert when.startswith("Tue ")
        assert shown.wiring.notices.lines() == (f"{when}   Alex took {urgent} over from you",)


def test_whoever_lost_many_claims_while_away_finds_them_all_and_hears_of_them_once(
    qtbot: QtBot, at: Office, juniper: Account, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []

    def hear(event: QAccessibleEvent) -> None:
        if isinstance(event, QAccessibleAnnouncementEvent):
            said.append(event.message())

    priya, alex = at.at(PRIYA), at.at(ALEX)
    tickets = [at.number(juniper, Priority.STANDARD) for _ in range(22)]
    for each in tickets:
        claims.claim(priya, each, priya.new_key())
    at.clock.advance(minutes=12)
    for each in tickets:
        claims.claim(alex, each, alex.new_key())
    monkeypatch.setattr(QAccessible, "updateAccessibility", hear)
    with window_at(qtbot, priya, tmp_path) as shown:
        assert len(shown.wiring.notices.lines()) == 22
        assert shown.window.top.findChild(Bell).accessibleName() == "Notices, 22 new"
        assert said == [f"22 notices; the newest: Alex took {tickets[-1]} over from you"]
        for _ in range(40):
            shown.wiring.notices.add("One more", say=True)
        assert len(shown.wiring.notices.lines()) == 50
        assert shown.window.top.findChild(Bell).accessibleName() == "Notices, 50 new"
        menu = shown.wiring.notices.show_menu(shown.window.top)
        assert len(menu.actions()) == 21
        assert menu.actions()[-1].text() == "And 30 before these, on the timelines of their tickets"
        menu.close()


def test_a_manager_whose_list_is_old_does_not_let_go_of_a_claim_they_never_saw(
    qtbot: QtBot, at: Office, urgent: int, tmp_path: Path
) -> None:
    morgan, priya = at.at(MORGAN), at.at(PRIYA)
    claims.claim(morgan, urgent, morgan.new_key())
    with window_at(qtbot, morgan, tmp_path) as shown:
        shown.select(urgent)
        at.clock.advance(minutes=11)
        claims.claim(priya, urgent, priya.new_key())
        shown.key(Qt.Key.Key_U)
        shown.until(shown.pane.message.isVisible)
        assert shown.pane.message.text().startswith(f"Priya claimed {urgent} at ")
        shown.quiet()
    assert ticket_view(priya, urgent).row.owner == PRIYA.login


def test_a_claim_renewed_by_a_living_console_never_looks_away(
    two: tuple[Shown, Shown], at: Office, urgent: int
) -> None:
    alex, priya = two
    at_front(alex)
    alex.key(Qt.Key.Key_C)
    priya.until(lambda: says(priya, urgent) == "Alex claimed")
    at.clock.advance(minutes=9)
    assert claims.renew(at.at(ALEX)) == 1
    at.clock.advance(minutes=9)
    priya.until(lambda: priya.wiring.heartbeat.now() >= at.clock.now)
    priya.queue.pass_time(priya.wiring.heartbeat.now())
    priya.until(lambda: says(priya, urgent) == "Alex claimed")
    priya.until(lambda: priya.pane.view is not None and _lease(priya, at) > timedelta(0))
    assert not first(priya).isEnabled()


def _lease(shown: Shown, at: Office) -> timedelta:
    assert shown.pane.view is not None
    lease = shown.pane.view.row.lease_until
    return lease - at.clock.now if lease is not None else timedelta(0)


def test_two_take_next_at_once_and_get_different_tickets(two: tuple[Shown, Shown], urgent: int) -> None:
    alex, priya = two
    for each in two:
        each.wiring.acts.take_next()
    for each in two:
        each.until(lambda each=each: len(_mine(each)) == 1)
    assert _mine(alex) != _mine(priya)


def _mine(shown: Shown) -> set[int]:
    login = shown.queue.model.judge.login
    return {row.id for row in shown.queue.model.rows_here() if row.owner == login}


def test_an_open_dialog_tells_what_the_other_did_and_keeps_the_words(
    two: tuple[Shown, Shown], urgent: int
) -> None:
    alex, priya = two
    at_front(priya)
    priya.wiring.open_dialog("reply", ticket_id=urgent)
    priya.until(lambda: bool(priya.window.findChildren(ReplyDialog)))
    (dialog,) = priya.window.findChildren(ReplyDialog)
    priya.until(dialog.primary.isEnabled)
    priya.bot.keyClicks(dialog.asked("words").field, "We are looking.")
    alex.until(lambda: "Priya is writing" in alex.pane.present.said())
    alex.wiring.acts.claim()
    priya.until(lambda: dialog.said().startswith("Alex claimed it at "))
    alex.wiring.acts.begin()
    priya.until(lambda: dialog.said().startswith("Alex began work at "))
    assert dialog.text("words") == "We are looking."
    dialog.commit()
    priya.until(lambda: not priya.window.findChildren(ReplyDialog) or not dialog.isVisible())
    alex.until(lambda: alex.pane.view is not None and alex.pane.view.ticket.replied_at is not None)
    assert owner(alex, urgent) == OwnerWords("You", "working", "AL", begun=True) or says(alex, urgent) == (
        "You working"
    )


def test_whoever_began_has_a_ring_and_whoever_left_fades(
    two: tuple[Shown, Shown], at: Office, urgent: int
) -> None:
    alex, priya = two
    at_front(alex)
    alex.key(Qt.Key.Key_B)
    priya.until(lambda: says(priya, urgent) == "Alex working")
    before = owner(priya, urgent)
    assert before is not None
    assert (before.begun, before.away) == (True, False)
    alex.wiring.shared.line._input_at -= 150
    alex.wiring.shared.line._on_beat()
    priya.until(lambda: "Alex has this open, away 3 min" in priya.pane.present.said())
    at.clock.advance(minutes=11)
    priya.until(lambda: priya.wiring.heartbeat.now() >= at.clock.now)
    after = owner(priya, urgent)
    assert after is not None
    assert (after.begun, after.away) == (True, True)
