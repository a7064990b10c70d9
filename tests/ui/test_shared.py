"""Windows at a shared database: what others do shows at once, and no fault of server or network stops the window."""

import re
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QDialog, QMenu, QWidget
from pytestqt.qtbot import QtBot
from sqlalchemy import event

from console.policy.account import Account
from console.policy.terms import Priority
from console.services import claims, people, progress, triage
from console.services.desk import LEASE, Desk
from console.services.queue import rows
from console.store.engine import open_store
from console.ui import line
from console.ui.bars import Bell
from console.ui.views.dialogs.account_edit import AccountEditDialog
from console.ui.views.dialogs.adjust import AdjustDialog
from console.ui.views.dialogs.frame import Dialog
from console.ui.views.dialogs.purchase import PurchaseDialog
from console.ui.widgets.buttons import Button
from tests.support.desks import ALEX, MORGAN, PRIYA, Office
from tests.support.guarded import GuardedOffice, as_login, libpq
from tests.support.live import at_commit, bar, desk_of, live_window, lost, notes, owner, up
from tests.support.proxy import Proxy, proxied
from tests.support.watchdog import Watchdog
from tests.support.windows import Shown, mark, note_on_all, window_at

CTRL = Qt.KeyboardModifier.ControlModifier


def test_what_another_desk_does_shows_at_once(shown: Shown, at: Office, urgent: int) -> None:
    alex = at.at(ALEX)
    began = time.monotonic()
    claims.claim(alex, urgent, alex.new_key())
    shown.until(lambda: owner(shown, urgent) == "alex")
    assert time.monotonic() - began < 2


def test_a_commit_nobody_announced_is_seen_with_the_next_beat(shown: Shown, at: Office, urgent: int) -> None:
    alex = at.at(ALEX)
    alex.store._wires = None
    claims.claim(alex, urgent, alex.new_key())
    shown.until(lambda: owner(shown, urgent) == "alex")


def test_an_act_of_ones_own_hides_nothing_that_was_recorded_before_it(
    shown: Shown, at: Office, juniper: Account, urgent: int
) -> None:
    other = at.number(juniper, Priority.STANDARD)
    shown.until(lambda: shown.queue.model.lists(other))
    alex = at.at(ALEX)
    alex.store._wires = None
    claims.claim(alex, urgent, alex.new_key())
    priya = shown.wiring.context
    told: list[object] = []
    priya.act(
        lambda desk, key: progress.write_note(desk, other, "They called.", key), once="note", done=told.append
    )
    shown.until(lambda: bool(told))
    shown.until(lambda: owner(shown, urgent) == "alex")


@pytest.mark.parametrize("fault", ["stalled", "dropped", "gone"])
def test_a_lost_server_is_noticed_said_and_found_again(
    through: tuple[Shown, Proxy], at: Office, urgent: int, fault: str
) -> None:
    shown, proxy = through
    began = time.monotonic()
    if fault == "stalled":
        proxy.stalled = True
    elif fault == "dropped":
        proxy.drop()
    else:
        proxy.refuse()
        proxy.reset()
    shown.until(lambda: lost(shown))
    assert time.monotonic() - began < 15
    assert "You are reading a copy from then" in bar(shown)
    alex = at.at(ALEX)
    claims.claim(alex, urgent, alex.new_key())
    shown.window.commands.run("refresh")
    assert owner(shown, urgent) is None
    assert not shown.queue.message.isVisible()
    if fault == "stalled":
        proxy.reset()
        proxy.stalled = False
    elif fault == "dropped":
        proxy.deliver()
    else:
        proxy.open()
    returned = time.monotonic()
    shown.until(lambda: up(shown))
    assert time.monotonic() - returned < 5
    shown.until(lambda: owner(shown, urgent) == "alex")
    shown.until(lambda: bar(shown) == "Connected. 1 ticket changed meanwhile.")


def test_a_claim_is_renewed_as_soon_as_the_line_is_back(
    through: tuple[Shown, Proxy], at: GuardedOffice, urgent: int
) -> None:
    shown, proxy = through
    priya = at.at(PRIYA)
    claims.claim(priya, urgent, priya.new_key())
    proxy.refuse()
    proxy.reset()
    shown.until(lambda: lost(shown))
    at.clock.advance(minutes=9)
    returned = time.monotonic()
    proxy.open()
    shown.until(lambda: lease(at, urgent) == at.clock.now + LEASE)
    assert time.monotonic() - returned < 5


def lease(at: GuardedOffice, ticket_id: int) -> datetime | None:
    """Until when a ticket's claim stands."""
    (row,) = rows(at.desk, [ticket_id])
    return row.lease_until


def test_the_status_bar_says_how_long_ago_the_database_was_heard(through: tuple[Shown, Proxy]) -> None:
    shown, proxy = through
    database = shown.window.status.database
    shown.until(lambda: re.fullmatch(r"live, checked [1-4] s ago", database._state.text()) is not None)
    proxy.stalled = True
    shown.until(lambda: database._state.text() == "live, checked 6 s ago")
    assert database.accessibleName() == "Shared database live"
    proxy.stalled = False
    shown.until(lambda: database._state.text() in ("live, checked 1 s ago", "live, checked 2 s ago"))


def test_nothing_can_be_saved_meanwhile_and_what_was_typed_stays(
    through: tuple[Shown, Proxy], urgent: int
) -> None:
    shown, proxy = through
    shown.pane.note.setPlainText("Rang them, they look at the queue themselves.")
    proxy.refuse()
    proxy.reset()
    shown.until(lambda: lost(shown))
    assert not shown.pane._foot.button.isEnabled()
    assert "Nothing can be saved until it answers" in shown.pane._foot.button.toolTip()
    assert "Nothing can be saved" in shown.window.commands.reason("begin")
    first = shown.pane.head.first_button()
    assert first is not None
    assert not first.isEnabled()
    shown.bot.keyClick(shown.pane.note, Qt.Key.Key_Return, CTRL)
    assert "Nothing can be saved" in shown.pane.message.text()
    proxy.open()
    shown.until(lambda: up(shown))
    shown.until(shown.pane.message.isHidden)
    assert shown.pane.note.toPlainText() == "Rang them, they look at the queue themselves."
    shown.until(shown.pane._foot.button.isEnabled)
    shown.bot.keyClick(shown.pane.note, Qt.Key.Key_Return, CTRL)
    shown.until(lambda: shown.pane.note.toPlainText() == "")


def test_a_dialog_opened_while_the_line_is_lost_is_filled_when_it_is_back(
    through: tuple[Shown, Proxy], juniper: Account, urgent: int
) -> None:
    shown, proxy = through
    proxy.refuse()
    proxy.reset()
    shown.until(lambda: lost(shown))
    for name, about in (
        ("reply", {"ticket_id": urgent}),
        ("mark_free", {"ticket_id": urgent}),
        ("purchase", {"account_id": juniper.id}),
        ("account_edit", {"account_id": juniper.id}),
        ("new_ticket", {}),
    ):
        shown.wiring.open_dialog(name, **about)
    dialogs = shown.window.findChildren(Dialog)
    assert len(dialogs) == 5
    for dialog in dialogs:
        assert "stopped answering" in dialog.said()
        (again,) = [each for each in dialog._message.findChildren(Button) if each.text() == "Try again"]
        shown.bot.mouseClick(again, Qt.MouseButton.LeftButton)
        assert "stopped answering" in dialog.said()
    proxy.open()
    shown.until(lambda: all(each._was_ready and not each.said() for each in dialogs))
    shown.quiet()
    assert [each.name for each in dialogs if each.primary.reason()] == ["new_ticket"]
    for dialog in reversed(dialogs):
        dialog.reject()


def test_what_a_dialog_could_not_preview_while_the_line_was_lost_is_previewed_when_it_is_back(
    through: tuple[Shown, Proxy], juniper: Account
) -> None:
    shown, proxy = through
    shown.wiring.open_dialog("purchase", account_id=juniper.id)
    (dialog,) = shown.window.findChildren(PurchaseDialog)
    shown.until(lambda: dialog._was_ready)
    shown.quiet()
    proxy.refuse()
    proxy.reset()
    shown.until(lambda: lost(shown))
    dialog._tokens.setText("40")
    shown.until(lambda: "stopped answering" in dialog.primary.reason())
    proxy.open()
    shown.until(lambda: "→" in dialog._balance.text())
    assert dialog.primary.isEnabled()
    assert dialog.said() == ""
    dialog.reject()


def test_a_long_outage_empties_no_pane_and_takes_no_note(
    through: tuple[Shown, Proxy], at: Office, urgent: int
) -> None:
    """Ten minutes in, the claims of all colleagues seem to have run out; nobody can be asked whether they did."""
    shown, proxy = through
    alex = at.at(ALEX)
    claims.claim(alex, urgent, alex.new_key())
    shown.until(lambda: owner(shown, urgent) == "alex")
    shown.quiet()
    shown.pane.note.setPlainText("Half a page of findings.")
    proxy.refuse()
    proxy.reset()
    shown.until(lambda: lost(shown))
    shown.wiring.heartbeat.set_clock(shown.wiring.heartbeat.now() + timedelta(minutes=11))
    assert shown.pane.ticket_id == urgent
    assert shown.pane.guarantees.isVisible()
    assert shown.pane.note.toPlainText() == "Half a page of findings."
    proxy.open()
    shown.until(lambda: up(shown))
    shown.until(lambda: owner(shown, urgent) == "alex")
    assert shown.pane.note.toPlainText() == "Half a page of findings."


def test_a_ticket_chosen_while_the_line_is_lost_says_why_it_is_not_shown_and_is_shown_later(
    through: tuple[Shown, Proxy], at: Office, juniper: Account, urgent: int
) -> None:
    shown, proxy = through
    other = at.number(juniper, Priority.STANDARD)
    shown.until(lambda: shown.queue.model.lists(other))
    shown.pane.note.setPlainText("Half a thought")
    proxy.refuse()
    proxy.reset()
    shown.until(lambda: lost(shown))
    shown.queue.open_ticket(other)
    assert not shown.pane.guarantees.isVisible()
    assert shown.pane._empty.text().startswith(f"{other} could not be read.")
    shown.queue.open_ticket(urgent)
    assert shown.pane.guarantees.isVisible()
    assert shown.pane.note.toPlainText() == "Half a thought"
    shown.queue.open_ticket(other)
    proxy.open()
    shown.until(lambda: up(shown))
    shown.until(lambda: shown.pane.view is not None and shown.pane.view.ticket.id == other)
    shown.until(lambda: not shown.pane._empty.isVisible())


def test_an_answer_that_was_lost_is_asked_for_and_the_act_happens_once(
    through: tuple[Shown, Proxy], at: Office, urgent: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown, proxy = through
    monkeypatch.setattr(line, "DEADLINE_S", 1.0)
    shown.pane.note.setPlainText("Only once.")
    told: list[object] = []
    shown.wiring.context.signals.acted.connect(told.append)
    at_commit(shown, lambda: setattr(proxy, "mute", True))
    shown.bot.keyClick(shown.pane.note, Qt.Key.Key_Return, CTRL)
    shown.until(lambda: lost(shown))
    assert not told
    proxy.mute = False
    proxy.reset()
    shown.until(lambda: bool(told))
    assert notes(at, urgent) == ["Only once."]
    assert shown.pane.note.toPlainText() == ""


def test_an_undo_whose_answer_was_lost_is_not_offered_again_once_it_is_known_to_be_done(
    through: tuple[Shown, Proxy], urgent: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown, proxy = through
    monkeypatch.setattr(line, "DEADLINE_S", 1.0)
    shown.key(Qt.Key.Key_C)
    shown.until(lambda: shown.wiring.acts.last_act() is not None)
    shown.quiet()
    at_commit(shown, lambda: setattr(proxy, "mute", True))
    shown.key(Qt.Key.Key_Z, CTRL)
    shown.until(lambda: lost(shown))
    proxy.mute = False
    proxy.reset()
    shown.until(lambda: owner(shown, urgent) is None and not shown.wiring.context.is_under_way("undo"))
    assert shown.wiring.acts.last_act() is None


def test_an_act_that_never_arrived_is_said_not_to_be_saved(
    through: tuple[Shown, Proxy], at: Office, urgent: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown, proxy = through
    monkeypatch.setattr(line, "DEADLINE_S", 1.0)
    shown.pane.note.setPlainText("Not arrived.")
    at_commit(shown, lambda: setattr(proxy, "stalled", True))
    shown.bot.keyClick(shown.pane.note, Qt.Key.Key_Return, CTRL)
    shown.until(lambda: lost(shown))
    proxy.reset()
    proxy.stalled = False
    shown.until(lambda: "was not saved" in shown.pane.message.text())
    assert notes(at, urgent) == []
    assert shown.pane.note.toPlainText() == "Not arrived."
    shown.until(lambda: "Connected" in bar(shown))
    shown.quiet()
    assert shown.pane.message.isVisible()
    shown.bot.keyClick(shown.pane.note, Qt.Key.Key_Return, CTRL)
    shown.until(lambda: notes(at, urgent) == ["Not arrived."])
    shown.until(lambda: not shown.pane.message.isVisible())


def test_try_now_while_the_first_beat_is_under_way_makes_no_second_line(
    through: tuple[Shown, Proxy],
) -> None:
    shown, proxy = through
    line = shown.wiring.shared.line
    proxy.delay = 0.3
    proxy.reset()
    shown.until(lambda: lost(shown))
    shown.until(lambda: line._listening is not None)
    assert lost(shown)
    listening = line._listening
    line.try_now()
    shown.until(lambda: up(shown))
    proxy.delay = 0
    shown.quiet()
    assert line._listening is listening


def end_acts(owner: psycopg.Connection, login: str) -> None:
    """Ends the connections on which ``login`` has begun to save something; those that listen stay."""
    owner.execute(
        "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE usename = %s AND state LIKE 'idle in t%%'",
        (login,),
    )


def test_an_act_whose_connection_dies_alone_is_asked_for_while_the_line_stays_up(
    shown: Shown, at: GuardedOffice, urgent: int
) -> None:
    losses: list[object] = []
    shown.wiring.shared.line.lost.connect(losses.append)
    shown.pane.note.setPlainText("Its connection died.")
    with psycopg.connect(libpq(at.url), autocommit=True) as owner:
        at_commit(shown, lambda: end_acts(owner, "priya"))
        shown.bot.keyClick(shown.pane.note, Qt.Key.Key_Return, CTRL)
        shown.until(lambda: "was not saved" in shown.pane.message.text())
    assert losses == []
    assert notes(at, urgent) == []
    assert shown.pane.note.toPlainText() == "Its connection died."


def test_a_box_that_swallows_one_connection_alone_is_noticed_while_the_line_stays_up(
    through: tuple[Shown, Proxy], at: GuardedOffice, urgent: int
) -> None:
    shown, proxy = through
    losses: list[object] = []
    shown.wiring.shared.line.lost.connect(losses.append)
    began = time.monotonic()
    event.listen(desk_of(shown).store._engine, "commit", proxy.swallow, once=True)
    shown.pane.note.setPlainText("It never arrived.")
    shown.bot.keyClick(shown.pane.note, Qt.Key.Key_Return, CTRL)
    shown.until(lambda: "was not saved" in shown.pane.message.text())
    assert time.monotonic() - began < 15
    assert losses == []
    assert notes(at, urgent) == []
    assert shown.pane.note.toPlainText() == "It never arrived."
    shown.bot.keyClick(shown.pane.note, Qt.Key.Key_Return, CTRL)
    shown.until(lambda: notes(at, urgent) == ["It never arrived."])


def test_an_answer_that_cannot_be_had_yet_is_asked_for_again_with_the_beats(
    qtbot: QtBot, at: GuardedOffice, urgent: int, tmp_path: Path
) -> None:
    """The act's key is still held on the server when it is asked for first."""
    store = open_store(as_login(at.url, "priya"), patience=timedelta(seconds=0.3))
    with (
        psycopg.connect(libpq(at.url)) as owner,
        window_at(qtbot, Desk(store, at.desk.policies, PRIYA), tmp_path, live=True) as shown,
        Watchdog(),
    ):
        shown.until(lambda: up(shown))
        shown.select(urgent)

        def dies_and_leaves_its_key_held() -> None:
            end_acts(owner, "priya")
            owner.execute("LOCK TABLE request IN SHARE ROW EXCLUSIVE MODE")

        at_commit(shown, dies_and_leaves_its_key_held)
        shown.pane.note.setPlainText("Held for a while.")
        shown.bot.keyClick(shown.pane.note, Qt.Key.Key_Return, CTRL)
        shown.until(lambda: bool(shown.wiring.shared.answers._open))
        shown.bot.wait(1_000)
        assert "was not saved" not in shown.pane.message.text()
        assert not shown.pane._foot.button.isEnabled()
        shown.bot.keyClick(shown.pane.note, Qt.Key.Key_Return, CTRL)
        owner.rollback()
        shown.until(lambda: f"“Note on {urgent}” was not saved" in shown.pane.message.text())
        assert shown.wiring.shared.answers._open == {}
        shown.quiet()
        assert notes(at, urgent) == []
        shown.bot.keyClick(shown.pane.note, Qt.Key.Key_Return, CTRL)
        shown.until(lambda: notes(at, urgent) == ["Held for a while."])
    store.close()


# --- A dialog whose answer was lost ------------------------------------------------------------------------------


def adjusting(shown: Shown, at: Office, account: Account) -> tuple[Dialog, Callable[[], bool]]:
    """An adjustment that is about to be sent, and whether it was saved."""
    dialog = opened(shown, account)
    dialog._change.setText("-2")
    dialog.asked("reason").field.setPlainText("Sold twice by mistake.")
    return dialog, lambda: at.balance(account) == 58


def renaming(shown: Shown, at: Office, account: Account) -> tuple[Dialog, Callable[[], bool]]:
    """An account that is about to get another name, and whether it has it."""
    dialog = edited(shown, account)
    dialog._name.setText("Juniper Group")
    return dialog, lambda: people.account(at.desk, account.id).name == "Juniper Group"


@contextmanager
def unanswered(
    bot: QtBot,
    at: GuardedOffice,
    account: Account,
    folder: Path,
    *,
    saved: bool,
    act: Callable[[Shown, Office, Account], tuple[Dialog, Callable[[], bool]]] = adjusting,
    closed: bool = True,
) -> Iterator[tuple[Shown, Callable[[], object]]]:
    """Morgan's window where an act was sent and its dialog closed: the line is back, but the database cannot say yet
    what became of it, until what is handed out beside is called."""
    with (
        psycopg.connect(libpq(at.url)) as owner,
        proxied(as_login(at.url, "morgan")) as (proxy, url),
        live_window(bot, at, folder, url, MORGAN) as shown,
        Watchdog(),
    ):
        dialog, is_saved = act(shown, at, account)
        at_commit(shown, lambda: setattr(proxy, "mute" if saved else "stalled", True))
        shown.bot.keyClick(dialog, Qt.Key.Key_Return, CTRL)
        shown.until(lambda: lost(shown))
        shown.until(lambda: "Only it knows whether it was" in dialog.said())
        assert "Try again" not in [each.text() for each in dialog._message.findChildren(Button)]
        if closed:
            shown.bot.keyClick(dialog, Qt.Key.Key_Escape)
        proxy.reset()
        shown.until(lambda: is_saved() is saved)
        owner.execute("LOCK TABLE request IN SHARE ROW EXCLUSIVE MODE")
        proxy.mute = proxy.stalled = False
        shown.until(lambda: up(shown))
        yield shown, owner.rollback


def opened(shown: Shown, account: Account) -> AdjustDialog:
    """The dialog that adjusts that account's balance, read."""
    shown.wiring.open_dialog("adjust", account_id=account.id)
    (dialog,) = [each for each in shown.window.findChildren(AdjustDialog) if each.isVisible()]
    shown.until(lambda: dialog._was_ready)
    return dialog


def edited(shown: Shown, account: Account) -> AccountEditDialog:
    """The dialog that edits that account, read."""
    shown.wiring.open_dialog("account_edit", account_id=account.id)
    (dialog,) = [each for each in shown.window.findChildren(AccountEditDialog) if each.isVisible()]
    shown.until(lambda: dialog._was_ready)
    return dialog


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """The line gives up on its server after a second."""
    monkeypatch.setattr(line, "DEADLINE_S", 1.0)


def test_a_dialog_closed_before_its_answer_came_sends_nothing_again_when_it_is_opened_anew(
    qtbot: QtBot, at: GuardedOffice, juniper: Account, tmp_path: Path, impatient: None
) -> None:
    with unanswered(qtbot, at, juniper, tmp_path, saved=True) as (shown, answer):
        dialog = opened(shown, juniper)
        assert dialog._change.text() == "-2"
        assert "was sent, and its answer is not there yet" in dialog.said()
        assert "was sent, and its answer is not there yet" in dialog.primary.toolTip()
        shown.bot.keyClick(dialog, Qt.Key.Key_Return, CTRL)
        shown.bot.wait(500)
        answer()
        shown.until(lambda: not shown.window.findChildren(AdjustDialog))
        shown.quiet()
        assert at.balance(juniper) == 58
        assert opened(shown, juniper)._change.text() == ""


def test_what_was_typed_after_the_sending_stays_and_is_said_not_to_be_sent(
    qtbot: QtBot, at: GuardedOffice, juniper: Account, tmp_path: Path, impatient: None
) -> None:
    with unanswered(qtbot, at, juniper, tmp_path, saved=True) as (shown, answer):
        dialog = opened(shown, juniper)
        dialog._change.setText("-3")
        answer()
        shown.until(lambda: "What stands here now was not sent" in dialog.said())
        shown.until(dialog.primary.isEnabled)
        assert at.balance(juniper) == 58
        shown.bot.keyClick(dialog, Qt.Key.Key_Escape)
        assert opened(shown, juniper)._change.text() == "-3"


def test_what_is_no_draft_is_told_from_what_was_sent_too(
    qtbot: QtBot, at: GuardedOffice, juniper: Account, tmp_path: Path, impatient: None
) -> None:
    with unanswered(qtbot, at, juniper, tmp_path, saved=True, act=renaming, closed=False) as (shown, answer):
        (dialog,) = shown.window.findChildren(AccountEditDialog)
        dialog._name.setText("Juniper Dental Group")
        answer()
        shown.until(lambda: "What stands here now was not sent" in dialog.said())
        assert dialog._name.text() == "Juniper Dental Group"
        dialog.reject()


def test_a_dialog_opened_anew_where_nothing_was_typed_since_closes_with_the_answer(
    qtbot: QtBot, at: GuardedOffice, juniper: Account, tmp_path: Path, impatient: None
) -> None:
    with unanswered(qtbot, at, juniper, tmp_path, saved=True, act=renaming) as (shown, answer):
        edited(shown, juniper)
        answer()
        shown.until(lambda: not shown.window.findChildren(AccountEditDialog))


def test_a_dialog_that_was_closed_and_not_saved_says_so_when_it_is_open_anew_and_sends_once_more(
    qtbot: QtBot, at: GuardedOffice, juniper: Account, tmp_path: Path, impatient: None
) -> None:
    with unanswered(qtbot, at, juniper, tmp_path, saved=False) as (shown, answer):
        dialog = opened(shown, juniper)
        answer()
        shown.until(lambda: "was not saved: the connection was lost before" in dialog.said())
        shown.bot.keyClick(dialog, Qt.Key.Key_Return, CTRL)
        shown.until(lambda: not shown.window.findChildren(AdjustDialog))
        assert at.balance(juniper) == 58


def test_a_draft_is_forgotten_when_the_answer_comes_while_its_dialog_is_closed(
    qtbot: QtBot, at: GuardedOffice, juniper: Account, tmp_path: Path, impatient: None
) -> None:
    with unanswered(qtbot, at, juniper, tmp_path, saved=True) as (shown, answer):
        answer()
        shown.until(lambda: "juniper" in shown.window.toast.text().lower())
        dialog = opened(shown, juniper)
        assert dialog._change.text() == ""
        assert dialog.primary.isEnabled()


def test_a_note_on_several_waits_for_the_line_in_its_field(
    through: tuple[Shown, Proxy], at: Office, juniper: Account, urgent: int
) -> None:
    shown, proxy = through
    both = (urgent, at.number(juniper, Priority.STANDARD))
    shown.until(lambda: shown.queue.model.lists(both[1]))
    mark(shown, both)
    proxy.refuse()
    proxy.reset()
    shown.until(lambda: lost(shown))
    field = note_on_all(shown, "The relay is mended.")
    assert "Nothing can be saved until it answers" in shown.queue.message.text()
    assert not shown.queue.bulk._claim.isEnabled()
    proxy.open()
    shown.until(lambda: up(shown))
    shown.until(shown.queue.message.isHidden)
    assert field.text() == "The relay is mended."
    shown.bot.keyClick(field, Qt.Key.Key_Return)
    shown.until(lambda: shown.queue.message.text() == "2 noted")
    assert [notes(at, each) for each in both] == [["The relay is mended."]] * 2


def test_of_several_notes_one_whose_answer_was_lost_is_not_called_unwritten_before_that_is_known(
    qtbot: QtBot, at: GuardedOffice, juniper: Account, urgent: int, tmp_path: Path
) -> None:
    both = (urgent, at.number(juniper, Priority.STANDARD))
    store = open_store(as_login(at.url, "priya"), patience=timedelta(seconds=0.3))
    with (
        psycopg.connect(libpq(at.url)) as owner,
        window_at(qtbot, Desk(store, at.desk.policies, PRIYA), tmp_path, live=True) as shown,
        Watchdog(),
    ):
        shown.until(lambda: up(shown))
        mark(shown, both)
        says = shown.queue.message.text

        def dies_and_leaves_its_key_held() -> None:
            end_acts(owner, "priya")
            owner.execute("LOCK TABLE request IN SHARE ROW EXCLUSIVE MODE")

        at_commit(shown, dies_and_leaves_its_key_held)
        field = note_on_all(shown, "The relay is mended.")
        shown.until(lambda: says().startswith(f"0 noted, 1 not known yet: {both[0]}"))
        assert f"1 not: {both[1]}" in says()
        shown.bot.keyClick(field, Qt.Key.Key_Return)
        assert says() == f"Not known yet whether {both[0]} was noted; the database is asked."
        owner.rollback()
        shown.until(
            lambda: says().startswith(f"0 noted, 2 not: {both[0]}: “Note on {both[0]}” was not saved")
        )
        assert field.text() == "The relay is mended."
        shown.bot.keyClick(field, Qt.Key.Key_Return)
        shown.until(lambda: says() == "2 noted")
        assert [notes(at, each) for each in both] == [["The relay is mended."]] * 2
    store.close()


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


def test_a_decision_on_ones_proposal_stands_behind_the_bell_until_it_is_looked_at(
    shown: Shown, at: Office, urgent: int
) -> None:
    priya, morgan = at.at(PRIYA), at.at(MORGAN)
    words = f"Morgan decided your proposal of {urgent}: a free issue"
    why = "The mail queue was ours to watch."
    with ThreadPoolExecutor(1) as pool:
        acts = pool.submit(triage.propose_free, priya, urgent, "own_fault", why, None, priya.new_key())
        shown.until(acts.done)
        acts = pool.submit(triage.determine, morgan, urgent, True, "own_fault", why, None, morgan.new_key())
        shown.until(lambda: any(line.endswith(words) for line in shown.wiring.notices.lines()))
    bell = shown.window.top.findChild(Bell)
    assert bell.accessibleName() == "Notices, 1 new"
    shown.bot.mouseClick(bell, Qt.MouseButton.LeftButton)
    assert bell.accessibleName() == "Notices"
    (menu,) = shown.window.top.findChildren(QMenu)
    assert menu.actions()[0].text().endswith(words)
    menu.close()


def test_only_a_dialog_of_that_ticket_says_that_somebody_writes(
    shown: Shown, qtbot: QtBot, at: Office, urgent: int, tmp_path: Path
) -> None:
    with live_window(qtbot, at, tmp_path / "alex", who=ALEX) as other:
        other.select(urgent)
        shown.until(lambda: "Alex is also looking at this, not editing" in shown.pane.present.said())
        for name, writes in (
            ("preferences", False),
            ("new_ticket", False),
            ("mark_free", True),
            ("reply", True),
        ):
            assert other.window.commands.run(name)
            (dialog,) = (each for each in other.window.findChildren(QDialog) if each.isVisible())
            other.until(dialog.isActiveWindow)
            other.quiet()
            other.wiring.shared.line._on_beat()
            other.bot.wait(500)
            said = "is writing" if writes else "is also looking at this, not editing"
            shown.until(lambda said=said: f"Alex {said}" in shown.pane.present.said())
            dialog.close()
            other.window.activateWindow()
            other.until(other.window.isActiveWindow)
            shown.until(lambda: "Alex is also looking at this, not editing" in shown.pane.present.said())


def test_whoever_uses_letters_or_types_in_a_dialog_is_there(shown: Shown, at: Office) -> None:
    line = shown.wiring.shared.line

    def is_noted(window: QWidget, key: Qt.Key) -> bool:
        line._input_at = away_since = time.monotonic() - 300
        handle = window.windowHandle()
        assert handle is not None
        QTest.keyClick(handle, key)  # as it comes from the system, by way of the shortcuts
        return line._input_at > away_since

    shown.window.activateWindow()
    shown.until(shown.window.isActiveWindow)
    shown.queue.table.setFocus()
    assert [
        key.name for key in (Qt.Key.Key_J, Qt.Key.Key_K, Qt.Key.Key_X) if not is_noted(shown.window, key)
    ] == []
    shown.queue.model.clear_marks()
    shown.window.commands.run("reply")
    (dialog,) = (each for each in shown.window.findChildren(QDialog) if each.isVisible())
    shown.until(dialog.isActiveWindow)
    assert is_noted(dialog, Qt.Key.Key_A)
    shown.quiet()
    dialog.close()
