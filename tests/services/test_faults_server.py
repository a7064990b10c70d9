"""The server itself ends, crashes, is full or slow: what it does to acts, and what is said of it."""

import signal
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from datetime import timedelta
from pathlib import Path
from threading import Event

import psycopg
import pytest
from sqlalchemy import Connection, event
from sqlalchemy.engine import ExceptionContext

from console.policy.errors import Problem, Unavailable
from console.policy.facts import NoteWritten
from console.policy.terms import Priority
from console.services import keeping, progress
from console.services.answers import answer_of
from console.services.desk import Desk
from console.services.feed import Beat, Heard
from console.services.sweep import sweep
from console.store.engine import open_store
from console.store.lost import Crowded, Lost, OnlyReads, Unknown
from console.store.wires import Wire, Wires
from tests.support import postgres
from tests.support.desks import ALEX, PRIYA
from tests.support.guarded import GuardedOffice, as_login, guarded_office, libpq
from tests.support.postgres import OwnServer

#: Small enough to be filled; a crash of its processes loses nothing that it acknowledged.
SETTINGS = {"max_connections": "14", "superuser_reserved_connections": "3", "synchronous_commit": "on"}


@pytest.fixture(scope="module")
def own() -> Iterator[OwnServer]:
    """A server that this file alone uses."""
    small_queue = {"max_notify_queue_pages": "64"} if postgres.version() >= 17 else {}
    with postgres.brief_server(**SETTINGS, **small_queue) as running:
        yield running


@pytest.fixture
def at(own: OwnServer) -> Iterator[GuardedOffice]:
    url = own.console()
    with guarded_office(url) as opened:
        yield opened
    own.drop(url.rsplit("/", 1)[1])


@pytest.fixture
def urgent(at: GuardedOffice) -> int:
    return at.number(at.account(balance=60), Priority.URGENT)


def note(desk: Desk, ticket_id: int, key: str = "") -> None:
    progress.write_note(desk, ticket_id, "Looked at it.", key or desk.new_key())


def notes(desk: Desk, ticket_id: int) -> int:
    with desk.store.read() as read:
        return sum(isinstance(item.fact, NoteWritten) for item in read.timeline(ticket_id))


def problem_of(work: Callable[[], object]) -> Problem:
    with pytest.raises(Problem) as caught:
        work()
    return caught.value


def test_after_a_restart_the_next_act_goes_through_at_once(
    own: OwnServer, at: GuardedOffice, urgent: int
) -> None:
    desk = at.at(PRIYA)
    note(desk, urgent)
    own.stop()
    stopped = problem_of(lambda: note(desk, urgent))
    assert isinstance(stopped, Lost)
    assert "is not running" in stopped.message
    own.start()
    note(desk, urgent)
    assert notes(desk, urgent) == 2


def test_a_restart_ends_a_listening_connection_in_words_and_a_new_one_listens(
    own: OwnServer, at: GuardedOffice, urgent: int
) -> None:
    desk = at.at(PRIYA)
    listening = desk.store.listen()
    own.stop()
    with pytest.raises(Lost):
        hear_until(listening.read, lambda _heard: False)
    own.start()
    listening = desk.store.listen()
    note(at.at(ALEX), urgent)
    assert hear_until(listening.read, lambda heard: heard.journal_moved)
    listening.close()


def test_what_the_server_says_instead_of_an_answer_is_no_lost_connection(at: GuardedOffice) -> None:
    """To a listening connection as to any other: in the same words, and a fault of the database as such."""
    listening = at.at(PRIYA).store.listen()
    with psycopg.connect(libpq(at.url), autocommit=True) as owner:
        owner.execute("ALTER TABLE guard.presence RENAME TO elsewhere")
        listening.beat(None, writing=False, idle=timedelta())
        refused = problem_of(lambda: hear_until(listening.read, lambda _heard: False))
        assert not isinstance(refused, Lost)
        assert "cannot answer what every console asks" in refused.message
        assert "guard.presence" in refused.details
        listening.close()
        owner.execute("ALTER TABLE guard.elsewhere RENAME TO presence")
        owner.execute("ALTER ROLE priya SET default_transaction_read_only = on")
        listening = at.at(PRIYA).store.listen()
        owner.execute("ALTER ROLE priya RESET default_transaction_read_only")
    listening.beat(None, writing=False, idle=timedelta())
    assert isinstance(problem_of(lambda: hear_until(listening.read, lambda _heard: False)), OnlyReads)
    listening.close()


def hear_until(read: Callable[[], Heard], enough: Callable[[Heard], bool], seconds: float = 5) -> bool:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if enough(read()):
            return True
        time.sleep(0.01)
    return False


def test_the_sweep_ends_at_a_server_that_became_a_copy_of_another_one() -> None:
    """The next ticket would be refused in the same way."""
    refused: list[ExceptionContext] = []
    with postgres.brief_server(wal_level="replica") as own, guarded_office(own.console()) as at:
        account = at.account(balance=60)
        for _ in range(3):
            at.number(account, Priority.EMERGENCY)
        at.clock.advance(hours=2)
        desk = at.at(PRIYA)
        own.stop()
        (own.data / "standby.signal").touch()
        own.start()
        desk.now()  # by another connection than before
        event.listen(desk.store._engine, "handle_error", refused.append)
        assert isinstance(problem_of(lambda: sweep(desk)), OnlyReads)
        assert len(refused) == 1


@pytest.mark.parametrize("how", [signal.SIGQUIT, signal.SIGKILL], ids=["at-once", "crash"])
def test_a_server_that_ends_under_load_loses_nothing_it_acknowledged(
    own: OwnServer, at: GuardedOffice, urgent: int, how: signal.Signals
) -> None:
    """What was answered is there; what was not is asked for by its key, and both agree with the journal."""
    desk, stop = at.at(PRIYA), Event()
    acknowledged: list[str] = []
    unknown: list[str] = []

    def work() -> None:
        while not stop.is_set():
            key = desk.new_key()
            try:
                note(desk, urgent, key)
                acknowledged.append(key)
            except Unknown:
                unknown.append(key)
            except Unavailable:
                time.sleep(0.02)

    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(work)
        wait_for(lambda: len(acknowledged) > 20)
        own.stop(how)
        own.start()
        before = len(acknowledged)
        wait_for(lambda: len(acknowledged) > before + 5)
        stop.set()
        running.result()
    assert all(answer_of(desk, key) for key in acknowledged)
    saved = sum(answer_of(desk, key) is not None for key in unknown)
    assert notes(desk, urgent) == len(acknowledged) + saved
    assert keeping.check(at.desk) == []


def wait_for(true: Callable[[], bool], seconds: float = 30) -> None:
    until = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < until
        time.sleep(0.01)


def test_a_full_server_is_said_plainly_and_is_no_loss_of_work(at: GuardedOffice, urgent: int) -> None:
    note(at.at(PRIYA), urgent)
    with ExitStack() as taken:
        with suppress(psycopg.OperationalError):
            while True:
                taken.enter_context(psycopg.connect(libpq(as_login(at.url, "rosa"))))
        full = problem_of(lambda: open_store(as_login(at.url, "max")))
        assert isinstance(full, Crowded)
        assert "no room for another connection" in full.message
        note(at.at(PRIYA), urgent)  # who was in stays in
    open_store(as_login(at.url, "max")).close()
    assert notes(at.desk, urgent) == 2


@pytest.mark.skipif(postgres.version() < 17, reason="the queue of an older server holds 8 GB")
def test_a_full_queue_of_announcements_fails_no_act_and_no_beat(at: GuardedOffice, urgent: int) -> None:
    """Somebody listens and never reads, somebody floods: acts are saved, beats answered, the alarm raised."""
    desk = at.at(PRIYA)
    listening = desk.store.listen()
    with (
        psycopg.connect(libpq(as_login(at.url, "max"))) as sleeper,
        psycopg.connect(libpq(as_login(at.url, "rosa")), autocommit=True) as flooder,
    ):
        sleeper.execute("LISTEN console")
        sleeper.commit()
        sleeper.execute("SELECT 1")  # its transaction stays open: nothing is taken out of the queue
        with pytest.raises(psycopg.errors.ProgramLimitExceeded):
            flood(flooder)
        note(desk, urgent)
        listening.beat(urgent, writing=True, idle=timedelta(0))
        beats: list[Beat | None] = []
        assert hear_until(listening.read, lambda heard: beats.append(heard.beat) or heard.beat is not None)
        assert beats[-1] is not None
        assert beats[-1].queue_usage > 0.9
        assert notes(desk, urgent) == 1
    listening.close()


def test_a_connection_that_ends_after_a_commit_is_one_line_in_the_log(
    at: GuardedOffice, urgent: int, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    desk = at.at(PRIYA)
    announce = Wires.announce

    def ended_first(wires: Wires, connection: Connection) -> None:
        with psycopg.connect(libpq(at.url)) as owner:
            owner.execute("SELECT pg_terminate_backend(%s, 5000)", (pid_of(connection),))
        announce(wires, connection)

    with monkeypatch.context() as patched:
        patched.setattr(Wires, "announce", ended_first)
        note(desk, urgent)
    note(desk, urgent)
    assert notes(desk, urgent) == 2
    assert [record.name for record in caplog.records] == ["console.store.wires"]


def pid_of(connection: Connection) -> int:
    driver = connection.connection.driver_connection
    assert isinstance(driver, Wire)
    return driver.info.backend_pid


def flood(connection: psycopg.Connection) -> None:
    for number in range(1000):
        connection.execute(f"NOTIFY console, '{number:07900d}'".encode())


def test_a_full_disk_of_the_server_is_said_and_reading_goes_on(
    own: OwnServer, at: GuardedOffice, urgent: int
) -> None:
    """The table of sent acts lies on a device that is full: the kernel itself answers "no space left"."""
    with psycopg.connect(libpq(at.url), autocommit=True) as owner:
        owner.execute("TRUNCATE request")
        found = owner.execute("SELECT pg_relation_filepath('request')").fetchone()
        assert found is not None
        file = own.data / Path(found[0])
    own.stop()
    aside = file.with_suffix(".aside")
    file.rename(aside)
    file.symlink_to("/dev/full")
    own.start()
    desk = at.at(PRIYA)
    full = problem_of(lambda: note(desk, urgent))
    assert isinstance(full, Unavailable)
    assert "is full. Nothing was saved; what was there can still be read" in full.message
    assert notes(desk, urgent) == 0
    own.stop()
    file.unlink()
    aside.rename(file)
    own.start()
    note(desk, urgent)
    assert notes(desk, urgent) == 1
