"""A live window while the line to its database is bad: storms, floods, delays, a full server, a changed password."""

import gc
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPlainTextEdit
from pytestqt.qtbot import QtBot
from sqlalchemy import event

from console.policy.errors import Problem
from console.policy.terms import Priority
from console.services import claims
from console.services.lost import Barred, Crowded, OnlyReads, PasswordNeeded, Untrusted
from console.ui import waking
from console.ui.heartbeat import Heartbeat
from console.ui.line import Loss
from console.ui.views.dialogs.ticket_dialog import TicketDialog
from console.ui.widgets.buttons import Button
from tests.support import postgres
from tests.support.desks import ALEX
from tests.support.guarded import GuardedOffice, as_login, guarded_office, libpq
from tests.support.live import bar, desk_of, live_window, lost, notes, owner, up
from tests.support.proxy import Proxy
from tests.support.tls import tls_server
from tests.support.watchdog import Watchdog
from tests.support.windows import Shown

CTRL = Qt.KeyboardModifier.ControlModifier


def memory_kib() -> int:
    """What this process holds, not counting what it shares."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4


def test_a_storm_of_resets_leaves_no_thread_no_connection_and_no_memory_behind(
    through: tuple[Shown, Proxy], at: GuardedOffice, urgent: int
) -> None:
    """A reset each 0.4 s, thirty times: as many as in the minute of the bar, in a fifth of it."""
    shown, proxy = through

    def storm(resets: int) -> tuple[int, int, int]:
        for _ in range(resets):
            proxy.reset()
            shown.bot.wait(400)
        shown.until(lambda: up(shown))
        shown.quiet()
        gc.collect()
        return threading.active_count(), proxy.open_connections(), memory_kib()

    before = storm(6)
    after = storm(24)
    assert after[0] <= before[0]
    assert after[1] <= 1 + 4
    assert after[2] - before[2] < 4_000
    alex = at.at(ALEX)
    claims.claim(alex, urgent, alex.new_key())
    shown.until(lambda: owner(shown, urgent) == "alex")


def test_answers_that_take_five_seconds_each_leave_the_window_live_and_are_asked_for_once(
    through: tuple[Shown, Proxy], at: GuardedOffice, urgent: int
) -> None:
    shown, proxy = through
    shown.pane.note.setPlainText("Once, however often it is pressed.")
    shown.quiet()
    proxy.delay = 5
    for _ in range(5):
        shown.bot.keyClick(shown.pane.note, Qt.Key.Key_Return, CTRL)
        shown.bot.wait(200)
    shown.bot.wait(5_000)
    assert up(shown)
    proxy.delay = 0
    shown.until(lambda: shown.pane.note.toPlainText() == "")
    assert notes(at, urgent) == ["Once, however often it is pressed."]


def test_answers_that_come_late_leave_the_clock_right_and_put_a_wrong_one_right(
    through: tuple[Shown, Proxy], at: GuardedOffice
) -> None:
    shown, proxy = through
    with psycopg.connect(libpq(at.url), autocommit=True) as owner_:
        owner_.execute("SET ROLE console_owner")
        owner_.execute(_REAL_CLOCK)
    heartbeat, line = shown.wiring.heartbeat, shown.wiring.shared.line
    shown.until(lambda: off(heartbeat) < 0.2)
    proxy.delay = 3
    beats: list[object] = []
    line.beaten.connect(beats.append)
    shown.until(lambda: len(beats) >= 2)
    assert off(heartbeat) < 1
    heartbeat.set_clock(heartbeat.now() - timedelta(minutes=1))
    shown.until(lambda: off(heartbeat) < 2)
    proxy.delay = 0.8
    shown.until(lambda: off(heartbeat) < 0.6)
    proxy.delay = 0


def test_who_wakes_takes_the_clock_from_the_line_alone(
    shown: Shown, at: GuardedOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What another connection says of the clock may come late, and nobody knows how late."""
    with psycopg.connect(libpq(at.url), autocommit=True) as owner_:
        owner_.execute("SET ROLE console_owner")
        owner_.execute(_REAL_CLOCK)
    heartbeat, woke, wrong = shown.wiring.heartbeat, [], []
    shown.until(lambda: off(heartbeat) < 0.2)
    engine = desk_of(shown).store._engine

    def answer_late(*_asked: object) -> None:
        time.sleep(1.5)

    event.listen(engine, "after_cursor_execute", answer_late)
    asleep = waking._apart() + 3600
    monkeypatch.setattr(waking, "_apart", lambda: asleep)
    shown.wiring.waking.woke.connect(woke.append)
    shown.until(lambda: bool(woke) and off(heartbeat) < 0.2)
    for _ in range(25):
        shown.bot.wait(100)
        wrong.append(off(heartbeat))
    event.remove(engine, "after_cursor_execute", answer_late)
    assert max(wrong) < 0.5


_REAL_CLOCK = """
CREATE OR REPLACE FUNCTION guard.clock() RETURNS timestamptz
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$ SELECT clock_timestamp() $$
"""


def off(heartbeat: Heartbeat) -> float:
    """Seconds between the window's clock and the server's, which is this computer's own."""
    return abs(heartbeat.skew()) / timedelta(seconds=1)


def test_a_flood_of_announcements_lost_doubled_and_forged_ends_in_the_view_of_the_database(
    shown: Shown, at: GuardedOffice, urgent: int
) -> None:
    """Ten thousand in a second and more, most of them lies: one look at the journal in 200 ms, the truth in 5 s."""
    looks: list[object] = []
    shown.wiring.shared.line.told.connect(looks.append)
    began = time.monotonic()
    at.at(ALEX).store._wires = None  # what alex does is not announced at all
    ended = threading.Event()
    sent = [0]

    def flood() -> None:
        with psycopg.connect(libpq(as_login(at.url, "max")), autocommit=True) as forger:
            began = time.monotonic()
            while time.monotonic() - began < 2 or sent[0] < 10_000:
                with forger.pipeline():
                    for number in range(500):
                        word = ("journal", "journal", "presence", f"forged {number}")[number % 4]
                        forger.execute(f"NOTIFY console, '{word}'".encode())
                sent[0] += 500
        ended.set()

    thread = threading.Thread(target=flood)
    thread.start()
    alex = at.at(ALEX)
    claims.claim(alex, urgent, alex.new_key())
    shown.until(ended.is_set)
    thread.join()
    over = time.monotonic()
    shown.until(lambda: owner(shown, urgent) == "alex")
    assert time.monotonic() - over < 5
    assert sent[0] >= 10_000
    assert 1 <= len(looks) <= (time.monotonic() - began) / 0.2 + 1


def test_a_full_server_is_said_and_left_alone_for_longer(
    through: tuple[Shown, Proxy], at: GuardedOffice
) -> None:
    shown, proxy = through
    with psycopg.connect(libpq(at.url), autocommit=True) as owner_:
        owner_.execute("ALTER ROLE priya CONNECTION LIMIT 0")
        try:
            proxy.reset()
            shown.until(lambda: isinstance(shown.wiring.shared.line.problem(), Crowded))
            assert "has no room for another connection just now" in bar(shown)
            assert "You are reading a copy from" in bar(shown)
            assert "Next try in" in bar(shown)
            assert "stopped answering" not in bar(shown)
            assert "has no room for another connection just now" in shown.window.commands.reason("begin")
            tries = proxy.accepted
            shown.bot.wait(3_000)
            assert proxy.accepted == tries
        finally:
            owner_.execute("ALTER ROLE priya CONNECTION LIMIT -1")
    shown.wiring.shared.line.try_now()
    shown.until(lambda: up(shown))


def test_a_server_that_takes_no_changes_any_more_is_said_and_found_again(
    through: tuple[Shown, Proxy], at: GuardedOffice
) -> None:
    shown, proxy = through
    with psycopg.connect(libpq(at.url), autocommit=True) as owner_:
        owner_.execute("ALTER ROLE priya SET default_transaction_read_only = on")
        try:
            proxy.reset()
            shown.until(lambda: isinstance(shown.wiring.shared.line.problem(), OnlyReads))
            assert "can only be read just now" in bar(shown)
            assert "Use the address of the server that takes changes" in bar(shown)
            assert "Next try in" in bar(shown)
        finally:
            owner_.execute("ALTER ROLE priya RESET default_transaction_read_only")
    shown.wiring.shared.line.try_now()
    shown.until(lambda: up(shown))


def test_a_line_that_is_back_before_the_rest_catches_up_with_a_later_beat(
    through: tuple[Shown, Proxy], at: GuardedOffice
) -> None:
    """The server has room for the line alone, so the journal cannot be read at first.

    One connection more is held by the desk that the window was opened beside.
    """
    shown, proxy = through
    refused: list[Problem] = []
    with psycopg.connect(libpq(at.url), autocommit=True) as owner_:
        proxy.refuse()
        proxy.reset()
        shown.until(lambda: lost(shown))
        owner_.execute("ALTER ROLE priya CONNECTION LIMIT 2")
        shown.wiring.pulse.lost.connect(refused.append)
        try:
            proxy.open()
            shown.until(lambda: up(shown))
            shown.until(lambda: any(isinstance(each, Crowded) for each in refused))
            assert "Connected" not in bar(shown)
        finally:
            owner_.execute("ALTER ROLE priya CONNECTION LIMIT -1")
    shown.until(lambda: "Connected" in bar(shown))


def end_all_but_the_line(owner_: psycopg.Connection, shown: Shown) -> None:
    """Ends whatever the window's person holds on the server, but not the connection that listens."""
    listening = shown.wiring.shared.line._listening
    assert listening is not None
    owner_.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'priya' AND pid <> %s",
        (listening._connection.info.backend_pid,),
    )


@pytest.mark.parametrize(
    ("change", "back", "problem", "words"),
    [
        ("PASSWORD 'another'", f"PASSWORD '{postgres.PASSWORD}'", PasswordNeeded, "refused this password"),
        ("NOLOGIN", "LOGIN", Barred, "does not let priya in (any more)"),
    ],
    ids=["password", "barred"],
)
@pytest.mark.parametrize("stands", [False, True], ids=["line ends", "line stands"])
def test_a_changed_password_or_a_barred_login_is_one_question_and_no_storm(
    through: tuple[Shown, Proxy],
    at: GuardedOffice,
    change: str,
    back: str,
    problem: type,
    words: str,
    stands: bool,
) -> None:
    """Also when the line, which was let in before, stands: whatever else signs in is refused."""
    shown, proxy = through
    with psycopg.connect(libpq(at.url), autocommit=True) as owner_:
        owner_.execute(f"ALTER ROLE priya {change}".encode())
        try:
            if stands:
                end_all_but_the_line(owner_, shown)
            else:
                proxy.reset()
            shown.until(lambda: isinstance(shown.wiring.shared.line.problem(), problem))
            shown.until(lambda: words in bar(shown))
            tries = proxy.accepted
            shown.bot.wait(4_000)
            assert proxy.accepted == tries
        finally:
            owner_.execute(f"ALTER ROLE priya {back}".encode())
    shown.wiring.shared.line.try_now()
    shown.until(lambda: up(shown))


def test_a_password_refused_to_an_act_of_the_person_ends_the_line_at_once(
    shown: Shown, at: GuardedOffice, urgent: int
) -> None:
    """What the window does by itself rests, so that nothing else finds out."""
    shown.wiring.pulse.rest()
    with psycopg.connect(libpq(at.url), autocommit=True) as owner_:
        owner_.execute("ALTER ROLE priya PASSWORD 'another'")
        try:
            end_all_but_the_line(owner_, shown)
            shown.pane.note.setPlainText("Not let in any more.")
            shown.bot.keyClick(shown.pane.note, Qt.Key.Key_Return, CTRL)
            shown.until(lambda: "refused this password" in shown.pane.message.text())
            shown.until(lambda: isinstance(shown.wiring.shared.line.problem(), PasswordNeeded))
            assert not shown.pane._foot.button.isEnabled()
        finally:
            owner_.execute(f"ALTER ROLE priya PASSWORD '{postgres.PASSWORD}'".encode())
    shown.wiring.shared.line.try_now()
    shown.until(lambda: up(shown))
    assert notes(at, urgent) == []


def test_a_certificate_that_expires_meanwhile_is_said_and_waits_for_a_person(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with ExitStack() as stack:
        beside = stack.enter_context(ThreadPoolExecutor(1))
        safe = stack.enter_context(tls_server(tmp_path))
        monkeypatch.setenv("SSL_CERT_FILE", str(safe.authority))
        at = stack.enter_context(guarded_office(safe.owner))
        shown = stack.enter_context(live_window(qtbot, at, tmp_path, safe.url("priya")))
        stack.enter_context(Watchdog())
        losses: list[Loss] = []
        shown.wiring.shared.line.lost.connect(losses.append)
        shown.until(beside.submit(safe.show, "expired").done)
        with psycopg.connect(libpq(at.url), autocommit=True) as owner_:
            owner_.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'priya'")
        shown.until(lambda: isinstance(shown.wiring.shared.line.problem(), Untrusted))
        assert "certificate has expired" in bar(shown)
        assert "You are reading a copy from" in bar(shown)
        assert "stopped answering" not in bar(shown)
        shown.quiet()
        told = len(losses)
        shown.bot.wait(3_000)
        assert len(losses) == told
        shown.until(beside.submit(safe.show, "right").done)
        (again,) = [each for each in shown.window.line_bar.findChildren(Button) if each.text() == "Try now"]
        shown.bot.keyClick(again, Qt.Key.Key_Space)
        shown.until(lambda: up(shown))


def test_a_restart_of_the_server_is_said_at_once_and_overcome_by_itself(qtbot: QtBot, tmp_path: Path) -> None:
    with ExitStack() as stack:
        beside = stack.enter_context(ThreadPoolExecutor(1))  # outlives the server that it starts
        own = stack.enter_context(postgres.brief_server())
        at = stack.enter_context(guarded_office(own.console()))
        urgent = at.number(at.account(balance=60), Priority.URGENT)
        shown = stack.enter_context(live_window(qtbot, at, tmp_path))
        stack.enter_context(Watchdog())
        shown.select(urgent)
        shown.key(Qt.Key.Key_Y)
        shown.until(lambda: bool(shown.window.findChildren(TicketDialog)))
        (dialog,) = shown.window.findChildren(TicketDialog)
        shown.until(lambda: bool(dialog.findChildren(QPlainTextEdit)))
        dialog.findChildren(QPlainTextEdit)[0].setPlainText("Typed before the restart.")
        shown.quiet()
        stopping = beside.submit(own.stop)
        shown.until(stopping.done)
        stopped = time.monotonic()
        shown.until(lambda: lost(shown))
        assert time.monotonic() - stopped < 1
        assert "stopped answering at" in bar(shown)
        assert "You are reading a copy from then" in bar(shown)
        assert not dialog.primary.isEnabled()
        assert "Nothing can be saved until it answers" in dialog.primary.toolTip()
        starting = beside.submit(own.start)
        shown.until(starting.done)
        answered = time.monotonic()
        shown.until(lambda: up(shown))
        assert time.monotonic() - answered < 5
        shown.until(lambda: "Nothing can be saved" not in dialog.primary.toolTip())
        assert dialog.findChildren(QPlainTextEdit)[0].toPlainText() == "Typed before the restart."
        dialog.reject()
        with suppress(psycopg.Error):
            at.clock.close()
