"""A live window when roles, locks, clocks or versions change under it, and when it ends in the middle of an act."""

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest
from PySide6.QtCore import QCoreApplication, Qt, QTimer
from pytestqt.qtbot import QtBot

from console.policy.terms import Priority, Role
from console.services import people_list
from console.services.answers import Sent, sent_acts
from console.services.desk import Desk
from console.services.people import Person
from console.services.queue import rows
from console.store.engine import open_store
from console.ui import shared, waking
from console.ui.app import Faults
from console.ui.heartbeat import Heartbeat
from console.ui.views.breach_summary import BreachSummaryPage
from console.ui.views.breach_summary_deeds import Wish
from console.ui.views.token_account import TokenAccountPage
from console.ui.widgets.messages import ErrorDialog
from tests.support.desks import IRA, PRIYA, office
from tests.support.guarded import GuardedOffice, as_login, libpq
from tests.support.live import at_commit, bar, desk_of, hold_acts, live_window, lost, notes, notice, up
from tests.support.proxy import Proxy, proxied
from tests.support.watchdog import Watchdog
from tests.support.windows import Shown, window_at

CTRL = Qt.KeyboardModifier.ControlModifier


def write(shown: Shown, words: str) -> None:
    """Writes a note and sends it."""
    shown.pane.note.setPlainText(words)
    shown.bot.keyClick(shown.pane.note, Qt.Key.Key_Return, CTRL)


# --- Roles and locks ---------------------------------------------------------------------------------------------


def give(shown: Shown, at: GuardedOffice, role: Role) -> None:
    """Ira gives Priya that role and no other, at a desk of her own."""
    ira = at.at(IRA)
    priya = Person(login="priya", name="Priya", on_shift=True, roles=frozenset({role}))
    with ThreadPoolExecutor(1) as pool:
        saving = pool.submit(people_list.save_person, ira, priya, ira.new_key())
        shown.until(saving.done)
        saving.result()


def test_a_role_taken_away_is_told_and_menus_and_buttons_follow(
    shown: Shown, at: GuardedOffice, urgent: int
) -> None:
    assert shown.window.commands.reason("begin") == ""
    give(shown, at, Role.SUPERVISOR)
    shown.until(lambda: notice(shown) == "Your roles were changed. You are supervisor now.")
    assert "Only an agent or a manager" in shown.window.commands.reason("begin")
    first = shown.pane.head.first_button()
    assert first is not None
    assert not first.isEnabled()
    write(shown, "Not any more.")
    shown.quiet()
    assert notes(at, urgent) == []
    give(shown, at, Role.AGENT)
    shown.until(lambda: shown.window.commands.reason("begin") == "")


def test_what_was_chosen_stays_when_roles_change_and_when_the_line_is_back(
    qtbot: QtBot, at: GuardedOffice, tmp_path: Path
) -> None:
    at.account("Acme Legal", balance=5)
    second, wish = at.account("Zebra Prints", balance=5).id, Wish(back=1)
    with live_window(qtbot, at, tmp_path) as shown:
        shown.wiring.open_account(second)
        (accounts,) = shown.window.findChildren(TokenAccountPage)
        shown.until(lambda: accounts.account_id == second)
        shown.window.show_item("breach")
        (breach,) = shown.window.findChildren(BreachSummaryPage)
        breach.ask(wish)
        with Watchdog():
            give(shown, at, Role.SUPERVISOR)
            shown.until(lambda: notice(shown) == "Your roles were changed. You are supervisor now.")
            with psycopg.connect(libpq(at.url), autocommit=True) as owner:
                end_sessions(owner)
            shown.until(lambda: "Connected" in bar(shown))
            shown.quiet()
        assert breach.wish() == wish
        assert accounts.account_id == second


def end_sessions(owner: psycopg.Connection) -> None:
    """Ends whatever Priya's desk holds on the server."""
    owner.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'priya'")


def test_a_role_taken_away_behind_the_lists_back_is_noticed_at_the_next_act(
    shown: Shown, at: GuardedOffice, urgent: int
) -> None:
    """The owner's hand in the database tells no journal: the act is refused, and the roles are read again."""
    with psycopg.connect(libpq(at.url), autocommit=True) as owner:
        owner.execute("DELETE FROM person_role WHERE login = 'priya'")
    write(shown, "Refused.")
    shown.until(lambda: "Your roles were taken away" in notice(shown))
    assert notes(at, urgent) == []
    assert shown.pane.note.toPlainText() == "Refused."


def test_an_act_that_waited_too_long_names_who_holds_by_this_windows_clock(
    qtbot: QtBot, at: GuardedOffice, urgent: int, tmp_path: Path
) -> None:
    store = open_store(as_login(at.url, "priya"), patience=timedelta(seconds=0.5))
    with psycopg.connect(libpq(as_login(at.url, "max"))) as holder:
        holder.execute("SELECT 1 FROM ticket FOR UPDATE")
        time.sleep(1.1)
        (since,) = [each.since for each in store.holders()]
        with window_at(qtbot, Desk(store, at.desk.policies, PRIYA), tmp_path) as shown, Watchdog():
            shown.select(urgent)
            write(shown, "Later.")
            clock = shown.wiring.context.times.clock(since)
            said = f"Max has held an unfinished change since {clock}. Nothing was saved"
            shown.until(lambda: said in shown.pane.message.text())
            assert shown.pane.note.toPlainText() == "Later."
            holder.rollback()
            shown.bot.keyClick(shown.pane.note, Qt.Key.Key_Return, CTRL)
            shown.until(lambda: shown.pane.note.toPlainText() == "")
    store.close()
    assert notes(at, urgent) == ["Later."]


def test_a_ticket_that_could_not_be_read_again_stays_with_its_note(
    qtbot: QtBot, at: GuardedOffice, urgent: int, tmp_path: Path
) -> None:
    store = open_store(as_login(at.url, "priya"), patience=timedelta(seconds=0.3))
    with (
        psycopg.connect(libpq(at.url)) as owner,
        window_at(qtbot, Desk(store, at.desk.policies, PRIYA), tmp_path) as shown,
        Watchdog(),
    ):
        shown.select(urgent)
        shown.pane.note.setPlainText("Half a thought")
        owner.execute("LOCK TABLE ticket IN ACCESS EXCLUSIVE MODE")
        shown.pane.read_again()
        shown.until(lambda: "is busy" in shown.pane.message.text())
        assert shown.pane.guarantees.isVisible()
        assert shown.pane.note.toPlainText() == "Half a thought"
        owner.rollback()
        shown.pane.read_again()
        shown.until(lambda: not shown.pane.message.isVisible())
    store.close()


# --- Clocks ------------------------------------------------------------------------------------------------------


def test_after_eight_hours_of_sleep_the_list_is_in_order_within_two_seconds(
    shown: Shown, at: GuardedOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Asleep, neither the steady clock nor the timers went on; the server's clock did."""
    account = at.account("Harbor Law", balance=60)
    soon = at.number(account, Priority.EMERGENCY)
    shown.until(lambda: shown.queue.model.place(soon) >= 0)
    at.clock.advance(hours=8)
    before = shown.wiring.heartbeat.now()
    asleep = waking._apart() + 8 * 3600
    monkeypatch.setattr(waking, "_apart", lambda: asleep)
    woke = time.monotonic()
    shown.until(lambda: shown.wiring.heartbeat.now() - before > timedelta(hours=7))
    shown.until(lambda: not shown.queue._polite.waits())
    assert time.monotonic() - woke < 2
    row = shown.queue.model.held(soon)
    assert row is not None
    assert row.due_at is not None
    assert row.due_at < shown.wiring.heartbeat.now()


def test_who_slept_while_an_answer_was_waited_for_reads_a_copy_by_the_right_clock_until_the_line_is_back(
    through: tuple[Shown, Proxy], at: GuardedOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown, proxy = through
    line = shown.wiring.shared.line
    proxy.mute = True
    shown.until(lambda: line._listening is not None and line._listening.waits())
    before = shown.wiring.heartbeat.now()
    at.clock.advance(hours=8)
    asleep = waking._apart() + 8 * 3600
    monkeypatch.setattr(waking, "_apart", lambda: asleep)
    woke = time.monotonic()
    shown.until(lambda: lost(shown))
    assert timedelta(hours=7) < shown.wiring.heartbeat.now() - before < timedelta(hours=9)
    assert time.monotonic() - woke < 2
    assert "You are reading a copy from" in bar(shown)
    proxy.mute = False
    proxy.reset()
    shown.until(lambda: up(shown))
    shown.bot.wait(200)
    assert "set back" not in notice(shown)


def test_a_clock_of_this_computer_that_is_set_is_no_servers_clock_that_goes_back(
    shown: Shown, at: GuardedOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From here it looks like sleep: the database's clock decides."""
    beats: list[object] = []
    ahead = waking._apart() + 3 * 3600
    monkeypatch.setattr(Heartbeat, "skew", lambda _beat: timedelta(hours=3))
    monkeypatch.setattr(waking, "_apart", lambda: ahead)
    shown.wiring.waking.woke.connect(lambda _by: shown.wiring.shared.line.beaten.connect(beats.append))
    shown.until(lambda: len(beats) >= 2)
    assert "behind" not in notice(shown)
    assert "set back" not in notice(shown)
    assert abs(shown.wiring.heartbeat.now() - at.clock.now) < timedelta(seconds=30)


@pytest.mark.parametrize("hours", [-3, 3])
def test_a_wrong_clock_of_this_computer_is_told_and_changes_no_deadline(
    qtbot: QtBot, at: GuardedOffice, urgent: int, tmp_path: Path, hours: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Heartbeat, "skew", lambda _beat: timedelta(hours=hours))
    apart = waking._apart() + hours * 3600
    monkeypatch.setattr(waking, "_apart", lambda: apart)
    way = "ahead of" if hours > 0 else "behind"
    with live_window(qtbot, at, tmp_path) as shown, Watchdog():
        shown.select(urgent)
        words = f"This computer's clock is 3 h {way} the database's. Deadlines use the database's clock."
        shown.until(lambda: notice(shown) == words)
        assert abs(shown.wiring.heartbeat.now() - at.clock.now) < timedelta(seconds=30)
        shown_row, (stored_row,) = shown.queue.model.held(urgent), rows(at.desk, [urgent])
        assert shown_row is not None
        assert shown_row.due_at == stored_row.due_at


def test_two_things_that_stay_so_are_told_once_each_and_not_by_turns(
    qtbot: QtBot, at: GuardedOffice, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """This computer's clock is wrong, and any use of the server's queue is alarming."""
    monkeypatch.setattr(Heartbeat, "skew", lambda _beat: timedelta(hours=3))
    monkeypatch.setattr(shared, "QUEUE_ALARM", -1.0)
    beats: list[object] = []
    with live_window(qtbot, at, tmp_path, who=IRA) as shown, Watchdog():
        line = shown.wiring.shared.line
        shown.until(lambda: "announcements is" in notice(shown))
        shown.window.notice.hide()
        line.beaten.connect(beats.append)
        line.wake()
        shown.until(lambda: len(beats) >= 2)
        assert notice(shown) == ""


def test_a_servers_clock_that_goes_back_raises_an_alarm_and_no_time_runs_backwards(
    shown: Shown, at: GuardedOffice, urgent: int
) -> None:
    at.clock.advance(hours=-1)
    shown.until(lambda: "The server's clock was set back by 1 h" in notice(shown))
    write(shown, "Written in the hour that comes twice.")
    shown.until(lambda: shown.pane.note.toPlainText() == "")
    with at.desk.store.read() as read:
        times = [item.recorded_at for item in read.timeline(urgent)]
    assert times == sorted(times)
    shown.bot.wait(3_500)
    assert "The server's clock was set back by 1 h" in notice(shown)


# --- Two versions ------------------------------------------------------------------------------------------------


def test_an_upgrade_while_the_window_is_open_ends_writing_in_words_and_then_reading(
    shown: Shown, at: GuardedOffice, urgent: int
) -> None:
    with psycopg.connect(libpq(at.url), autocommit=True) as owner:
        owner.execute("UPDATE alembic_version SET version_num = '0014'")
        owner.execute("UPDATE least_console SET schema_number = 14, version = '9.1' WHERE act = 'write'")
        shown.until(lambda: "install Support Console 9.1 or newer" in notice(shown))
        assert "Support Console 9.1" in shown.window.commands.reason("begin")
        assert not sweeps(shown)
        end_sessions(owner)
        shown.until(lambda: "Connected" in bar(shown))
        assert not sweeps(shown)
        write(shown, "Kept.")
        shown.quiet()
        assert notes(at, urgent) == []
        shown.wiring._read_again()
        shown.quiet()
        assert up(shown)
        owner.execute("UPDATE least_console SET schema_number = 15, version = '9.2' WHERE act = 'write'")
        shown.until(lambda: "install Support Console 9.2 or newer" in notice(shown))
        assert "Support Console 9.2" in shown.window.commands.reason("begin")
        owner.execute("UPDATE least_console SET schema_number = 14, version = '9.1' WHERE act = 'read'")
        shown.until(lambda: lost(shown))
        assert "upgraded by a newer console (schema 14" in bar(shown)
        assert "Install Support Console 9.1 or newer" in bar(shown)
        assert shown.pane.note.toPlainText() == "Kept."


def sweeps(shown: Shown) -> bool:
    """Whether the window settles missed promises by itself."""
    return shown.wiring.pulse._timers["sweep"].isActive()


# --- Faults of the program, and its end --------------------------------------------------------------------------


def test_a_fault_in_a_slot_is_told_once_and_the_window_goes_on(
    shown: Shown, at: GuardedOffice, urgent: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    faults = Faults(shown.window)
    monkeypatch.setattr("sys.excepthook", faults._on_uncaught)
    timer = QTimer(shown.window, singleShot=True)
    timer.timeout.connect(_broken)
    with shown.bot.captureExceptions() as caught:
        timer.start(0)
        shown.until(lambda: bool(caught))
    kind, error, trace = caught[0]
    faults._on_uncaught(kind, error, trace)
    shown.until(lambda: any(isinstance(each, ErrorDialog) for each in _tops()))
    (dialog,) = [each for each in _tops() if isinstance(each, ErrorDialog)]
    assert "Leah Moreno" not in dialog.report()
    dialog.reject()
    write(shown, "The window lives.")
    shown.until(lambda: notes(at, urgent) == ["The window lives."])


def _broken() -> None:
    raise RuntimeError("the words of Leah Moreno")


def _tops() -> list[object]:
    app = QCoreApplication.instance()
    return list(app.topLevelWidgets())  # type: ignore[union-attr]


def test_the_watchdog_notices_a_window_that_stands_still(qtbot: QtBot) -> None:
    with pytest.raises(AssertionError, match="stood still"), Watchdog():
        _busy(qtbot)


def _busy(bot: QtBot) -> None:
    bot.wait(50)
    time.sleep(0.6)
    bot.wait(50)


def test_a_queue_that_fills_up_is_told_to_administrators_each_time(
    qtbot: QtBot, at: GuardedOffice, tmp_path: Path
) -> None:
    for who, told_times in ((IRA, 2), (PRIYA, 0)):
        with live_window(qtbot, at, tmp_path / who.login, who=who) as shown, Watchdog():
            line, said = shown.wiring.shared.line, []
            with qtbot.waitSignal(line.beaten, timeout=20_000) as beaten:
                pass
            for usage in (0.2, 0.3, 0.01, 0.2):
                shown.window.notice.show_message("")
                line.beaten.emit(replace(beaten.args[0], queue_usage=usage))
                said.append("queue of announcements" in notice(shown))
            assert said.count(True) == told_times, (who, said)


def test_quitting_while_an_act_hangs_takes_three_seconds_and_its_key_is_kept(
    qtbot: QtBot, at: GuardedOffice, urgent: int, tmp_path: Path
) -> None:
    with proxied(as_login(at.url, "priya")) as (proxy, url):
        with live_window(qtbot, at, tmp_path, url) as shown, Watchdog():
            shown.select(urgent)
            at_commit(shown, lambda: setattr(proxy, "mute", True))
            write(shown, "Saved while the window went.")
            shown.until(lambda: proxy.mute)
            began = time.monotonic()
            shown.window.close()
            assert 2.5 < time.monotonic() - began < 4.5
            proxy.mute = False
        assert len(list((tmp_path / "state" / "sent").glob("*.json"))) == 1
        assert notes(at, urgent) == ["Saved while the window went."]
        with live_window(qtbot, at, tmp_path, url) as again, Watchdog():
            again.until(lambda: "Sent before the console ended, and saved" in told(again))


def test_an_act_whose_answer_was_lost_at_another_database_is_asked_for_when_its_own_is_open_again(
    qtbot: QtBot, at: GuardedOffice, urgent: int, tmp_path: Path
) -> None:
    with (
        office(f"sqlite:///{tmp_path / 'other.sqlite3'}") as local,
        proxied(as_login(at.url, "priya")) as (proxy, url),
        live_window(qtbot, at, tmp_path, url) as shown,
    ):
        with Watchdog():
            shown.select(urgent)
            at_commit(shown, lambda: setattr(proxy, "mute", True))
            write(shown, "Saved while elsewhere.")
            shown.until(lambda: proxy.mute)
        shown.wiring.show_desk(local.at(PRIYA))
        proxy.reset()
        shown.quiet()
        proxy.mute = False
        assert len(list((tmp_path / "state" / "sent").glob("*.json"))) == 1
        again = Desk(open_store(url), at.desk.policies, PRIYA)
        shown.wiring.show_desk(again)
        with Watchdog():
            shown.select(urgent)
            shown.until(lambda: not list((tmp_path / "state" / "sent").glob("*.json")))
        assert shown.pane.note.toPlainText() == ""
        assert notes(at, urgent) == ["Saved while elsewhere."]
    again.store.close()


def told(shown: Shown) -> str:
    return " ".join(shown.wiring.notices.lines())


def test_a_cut_note_of_a_sent_act_is_set_aside_and_told(
    qtbot: QtBot, at: GuardedOffice, tmp_path: Path
) -> None:
    folder = tmp_path / "state" / "sent"
    sent = sent_acts(at.at(PRIYA), folder, "gone")
    sent.keep(Sent("k-1", "Note", at.clock.now))
    whole = folder / "k-1.json"
    (folder / "k-2.json").write_bytes(whole.read_bytes()[:20])
    (folder / "k-3.part").write_bytes(whole.read_bytes()[:20])
    (folder / "aa.json").mkdir()
    (folder / "ab.json").write_text("[" * 100_000)
    (folder / "ac.json").write_bytes(
        whole.read_bytes().replace(at.clock.now.isoformat().encode(), b"0001-01-01T00:00:00+23:59")
    )
    with live_window(qtbot, at, tmp_path) as shown, Watchdog():
        shown.until(lambda: "being sent when the" in told(shown))
        shown.until(lambda: "“Note” was sent before the console" in told(shown))
    set_aside = {"aa.unreadable", "ab.unreadable", "ac.unreadable", "k-2.unreadable"}
    assert {file.name for file in folder.iterdir()} == set_aside


def test_what_another_open_console_is_sending_is_not_asked_for_here(
    qtbot: QtBot, at: GuardedOffice, urgent: int, tmp_path: Path
) -> None:
    folder, url = tmp_path / "state" / "sent", as_login(at.url, "priya")
    with live_window(qtbot, at, tmp_path, url) as first, Watchdog():
        may_begin = hold_acts(desk_of(first))
        first.select(urgent)
        write(first, "Kept, and not sent yet.")
        first.until(lambda: len(list(folder.glob("*.json"))) == 1)
        (mark,) = folder.glob("*.open")
        part = folder / f"k-1.{mark.stem}.part"
        part.touch()
        with live_window(qtbot, at, tmp_path, url) as second:
            second.quiet()
            assert told(second) == ""
        assert len(list(folder.glob("*.json"))) == 1
        assert part.exists()
        may_begin.set()
        first.until(lambda: notes(at, urgent) == ["Kept, and not sent yet."])
        first.until(lambda: not list(folder.glob("*.json")))
    part.unlink()
    assert list(folder.iterdir()) == []


def test_an_act_is_asked_for_at_the_server_that_it_was_sent_to_and_at_no_other_of_the_same_computer(
    qtbot: QtBot, at: GuardedOffice, tmp_path: Path
) -> None:
    folder = tmp_path / "state" / "sent"
    sent_acts(at.at(PRIYA), folder, "gone").keep(Sent("k-1", "Note", at.clock.now))
    with (
        proxied(as_login(at.url, "priya")) as (_proxy, another_port),
        live_window(qtbot, at, tmp_path, another_port) as elsewhere,
    ):
        elsewhere.quiet()
        assert told(elsewhere) == ""
    with live_window(qtbot, at, tmp_path) as shown:
        shown.until(lambda: "“Note” was sent before the console" in told(shown))
