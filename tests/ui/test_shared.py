"""Windows at a shared database: what others do shows at once, and no fault of server or network stops the window."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot
from sqlalchemy import event

from console.policy.account import Account
from console.policy.actor import Actor
from console.policy.facts import NoteWritten
from console.policy.terms import Priority
from console.services import progress
from console.services.desk import Desk
from console.store.engine import open_store
from console.ui import line
from console.ui.line import State
from tests.support.desks import ALEX, PRIYA, Office
from tests.support.guarded import as_login, guarded_office
from tests.support.proxy import Proxy, proxied
from tests.support.watchdog import Watchdog
from tests.support.windows import Shown, window_at

CTRL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def at(postgres_url: str) -> Iterator[Office]:
    with guarded_office(postgres_url) as opened:
        for who in (ALEX, PRIYA):
            opened.at(who)  # opened here: the window's thread never waits for a server
        yield opened


@pytest.fixture
def juniper(at: Office) -> Account:
    return at.account("Juniper Dental", balance=60)


@pytest.fixture
def urgent(at: Office, juniper: Account) -> int:
    return at.number(juniper, Priority.URGENT, subject="Outbound mail is queued")


@contextmanager
def live_window(bot: QtBot, at: Office, folder: Path, url: str = "", who: Actor = PRIYA) -> Iterator[Shown]:
    """Somebody's window, its line up."""
    desk = at.at(who)
    if url:
        desk = Desk(open_store(url), desk.policies, PRIYA)
    with window_at(bot, desk, folder, live=True) as shown:
        shown.until(lambda: shown.wiring.shared.line.state() is State.UP)
        yield shown
    if url:
        desk.store.close()


@pytest.fixture
def shown(qtbot: QtBot, at: Office, urgent: int, tmp_path: Path) -> Iterator[Shown]:
    with live_window(qtbot, at, tmp_path) as window, Watchdog():
        window.select(urgent)
        yield window


@pytest.fixture
def through(
    qtbot: QtBot, at: Office, urgent: int, tmp_path: Path, postgres_url: str
) -> Iterator[tuple[Shown, Proxy]]:
    """A window whose way to the server leads through a proxy."""
    with (
        proxied(as_login(postgres_url, "priya")) as (proxy, url),
        live_window(qtbot, at, tmp_path, url) as window,
        Watchdog(),
    ):
        window.select(urgent)
        yield window, proxy


def bar(shown: Shown) -> str:
    return shown.window.line_bar.text() if shown.window.line_bar.isVisible() else ""


def owner(shown: Shown, ticket_id: int) -> str | None:
    row = shown.queue.model.held(ticket_id)
    return row.owner if row else None


def lost(shown: Shown) -> bool:
    return shown.wiring.shared.line.state() is State.LOST


def up(shown: Shown) -> bool:
    return shown.wiring.shared.line.state() is State.UP


def test_what_another_desk_does_shows_at_once(shown: Shown, at: Office, urgent: int) -> None:
    alex = at.at(ALEX)
    began = time.monotonic()
    progress.claim(alex, urgent, alex.new_key())
    shown.until(lambda: owner(shown, urgent) == "alex")
    assert time.monotonic() - began < 2


def test_a_commit_nobody_announced_is_seen_with_the_next_beat(shown: Shown, at: Office, urgent: int) -> None:
    alex = at.at(ALEX)
    alex.store._wires = None
    progress.claim(alex, urgent, alex.new_key())
    shown.until(lambda: owner(shown, urgent) == "alex")


def test_an_act_of_ones_own_hides_nothing_that_was_recorded_before_it(
    shown: Shown, at: Office, juniper: Account, urgent: int
) -> None:
    other = at.number(juniper, Priority.STANDARD)
    shown.until(lambda: shown.queue.model.lists(other))
    alex = at.at(ALEX)
    alex.store._wires = None
    progress.claim(alex, urgent, alex.new_key())
    priya = shown.wiring.context
    told: list[object] = []
    priya.act(lambda desk, key: progress.write_note(desk, other, "They called.", key), done=told.append)
    shown.until(lambda: bool(told))
    shown.until(lambda: owner(shown, urgent) == "alex")


@pytest.mark.parametrize("fault", ["reset", "stalled", "gone"])
def test_a_lost_server_is_noticed_said_and_found_again(
    through: tuple[Shown, Proxy], at: Office, urgent: int, fault: str
) -> None:
    shown, proxy = through
    began = time.monotonic()
    if fault == "stalled":
        proxy.stalled = True
    else:
        proxy.refuse()
        proxy.reset()
    shown.until(lambda: lost(shown))
    assert time.monotonic() - began < 15
    assert "You are reading a copy from then" in bar(shown)
    alex = at.at(ALEX)
    progress.claim(alex, urgent, alex.new_key())
    assert owner(shown, urgent) is None
    if fault == "stalled":
        proxy.reset()
        proxy.stalled = False
    else:
        proxy.open()
    returned = time.monotonic()
    shown.until(lambda: up(shown))
    assert time.monotonic() - returned < 5
    shown.until(lambda: owner(shown, urgent) == "alex")
    shown.until(lambda: bar(shown) == "Connected. 1 ticket changed meanwhile.")


def test_nothing_can_be_saved_meanwhile_and_what_was_typed_stays(
    through: tuple[Shown, Proxy], urgent: int
) -> None:
    shown, proxy = through
    shown.pane.note.setPlainText("Rang them, they look at the queue themselves.")
    proxy.refuse()
    proxy.reset()
    shown.until(lambda: lost(shown))
    assert not shown.pane._save.isEnabled()
    assert "Nothing can be saved until it answers" in shown.pane._save.toolTip()
    assert "Nothing can be saved" in shown.window.commands.reason("begin")
    first = shown.pane.head.first_button()
    assert first is not None
    assert not first.isEnabled()
    shown.bot.keyClick(shown.pane.note, Qt.Key.Key_Return, CTRL)
    proxy.open()
    shown.until(lambda: up(shown))
    assert shown.pane.note.toPlainText() == "Rang them, they look at the queue themselves."
    shown.until(shown.pane._save.isEnabled)
    shown.bot.keyClick(shown.pane.note, Qt.Key.Key_Return, CTRL)
    shown.until(lambda: shown.pane.note.toPlainText() == "")


def test_an_answer_that_was_lost_is_asked_for_and_the_act_happens_once(
    through: tuple[Shown, Proxy], at: Office, urgent: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown, proxy = through
    monkeypatch.setattr(line, "DEADLINE_S", 1.0)
    shown.pane.note.setPlainText("Only once.")
    told: list[object] = []
    shown.wiring.context.signals.acted.connect(told.append)
    _at_commit(shown, lambda: setattr(proxy, "mute", True))
    shown.bot.keyClick(shown.pane.note, Qt.Key.Key_Return, CTRL)
    shown.until(lambda: lost(shown))
    assert not told
    proxy.mute = False
    proxy.reset()
    shown.until(lambda: bool(told))
    assert _notes(at, urgent) == ["Only once."]
    assert shown.pane.note.toPlainText() == ""


def test_an_act_that_never_arrived_is_said_not_to_be_saved(
    through: tuple[Shown, Proxy], at: Office, urgent: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown, proxy = through
    monkeypatch.setattr(line, "DEADLINE_S", 1.0)
    shown.pane.note.setPlainText("Not arrived.")
    _at_commit(shown, lambda: setattr(proxy, "stalled", True))
    shown.bot.keyClick(shown.pane.note, Qt.Key.Key_Return, CTRL)
    shown.until(lambda: lost(shown))
    proxy.reset()
    proxy.stalled = False
    shown.until(lambda: "was not saved" in shown.pane.message.text())
    assert _notes(at, urgent) == []
    assert shown.pane.note.toPlainText() == "Not arrived."


def _at_commit(shown: Shown, happens: Callable[[], None]) -> None:
    """``happens`` as the window's next transaction is about to commit."""
    desk = shown.wiring.context.desk
    assert desk is not None
    event.listen(desk.store._engine, "commit", lambda _connection: happens(), once=True)


def _notes(at: Office, ticket_id: int) -> list[str]:
    with at.desk.store.read() as read:
        facts = [item.fact for item in read.timeline(ticket_id)]
    return [fact.words for fact in facts if isinstance(fact, NoteWritten)]


def test_who_looks_and_who_writes_is_shown_to_the_others(
    shown: Shown, qtbot: QtBot, at: Office, urgent: int, tmp_path: Path
) -> None:
    with live_window(qtbot, at, tmp_path / "alex", who=ALEX) as other:
        other.select(urgent)
        shown.until(lambda: "Alex is also looking at this, not editing" in shown.pane.present.said())
        other.until(lambda: "Priya is also looking" in other.pane.present.said())
        row = shown.queue.model.held(urgent)
        assert row is not None
        assert "Alex looking" in shown.queue.model.data(
            shown.queue.model.index(shown.queue.model.place(urgent), 0), Qt.ItemDataRole.AccessibleTextRole
        )
        other.pane.note.setPlainText("I think")
        shown.until(lambda: "Alex is writing" in shown.pane.present.said())
    shown.until(lambda: shown.pane.present.said() == "")
