"""The way to a shared database stalls, drops packets, resets or delays: what an act and the feed make of it."""

import random
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import pairwise

import psycopg
import pytest
from sqlalchemy import Connection, event, text
from sqlalchemy.exc import DBAPIError

from console.policy.actor import Actor
from console.policy.errors import Problem
from console.policy.facts import NoteWritten
from console.policy.terms import Priority
from console.services import feed, progress
from console.services.answers import answer_of
from console.services.desk import Desk
from console.services.sweep import sweep
from console.store.engine import Store, open_store
from console.store.journal import Told
from console.store.listening import Listening
from console.store.lost import Barred, Lost, Unknown
from tests.support.desks import ALEX, PRIYA, Office
from tests.support.guarded import GuardedOffice, as_login, guarded_office, libpq
from tests.support.proxy import Proxy, proxied

A_WHILE = timedelta(seconds=0.3)


@pytest.fixture
def at(guarded_url: str) -> Iterator[GuardedOffice]:
    with guarded_office(guarded_url) as opened:
        yield opened


@pytest.fixture
def through(at: GuardedOffice) -> Iterator[tuple[Desk, Proxy]]:
    """Priya's desk, whose way to the server leads through a proxy."""
    with proxied(as_login(at.url, "priya")) as (proxy, url):
        store = open_store(url)
        yield Desk(store, at.desk.policies, PRIYA), proxy
        store.close()


def ended(work: Callable[[], object]) -> tuple[Problem, float]:
    """The problem that ``work`` ended with, and after how many seconds."""
    began = time.monotonic()
    with pytest.raises(Problem) as caught:
        work()
    return caught.value, time.monotonic() - began


def sleep_on_the_server(desk: Desk, seconds: float) -> None:
    with desk.store.read() as read:
        read.connection.execute(text("SELECT pg_sleep(:seconds)"), {"seconds": seconds})


def note(desk: Desk, ticket_id: int, key: str) -> None:
    progress.write_note(desk, ticket_id, "Written once.", key)


def notes(office: Office, ticket_id: int) -> int:
    with office.desk.store.read() as read:
        return sum(isinstance(item.fact, NoteWritten) for item in read.timeline(ticket_id))


def until(happens: Callable[[], bool], seconds: float = 5) -> None:
    began = time.monotonic()
    while not happens():
        assert time.monotonic() - began < seconds, "it did not happen"
        time.sleep(0.02)


def heard_until_lost(listening: Listening, seconds: float) -> float:
    """After how many seconds the listening connection says that nobody is there."""
    began = time.monotonic()
    while time.monotonic() - began < seconds:
        try:
            listening.read()
        except Lost:
            return time.monotonic() - began
        time.sleep(0.02)
    raise AssertionError(f"nothing was noticed within {seconds} s")


@pytest.mark.skipif(sys.platform != "linux", reason="packets are dropped by a filter of Linux")
def test_dropped_packets_end_a_running_query_in_ten_seconds_and_a_quiet_connection_in_fifteen(
    through: tuple[Desk, Proxy],
) -> None:
    desk, proxy = through
    listening = desk.store.listen()
    with ThreadPoolExecutor(2) as pool:
        running = pool.submit(ended, lambda: sleep_on_the_server(desk, 60))
        time.sleep(0.3)
        proxy.drop()
        quiet = pool.submit(heard_until_lost, listening, 15)
        problem, after = running.result()
        assert (type(problem), after < 10) == (Lost, True)
        assert quiet.result() < 15
    refused, after = ended(desk.store.listen)
    assert (type(refused), after < 5) == (Lost, True)
    proxy.deliver()
    sleep_on_the_server(desk, 0)
    desk.store.listen().close()


def test_connecting_through_a_box_that_answers_nothing_ends_soon(at: GuardedOffice) -> None:
    with proxied(as_login(at.url, "priya")) as (proxy, url):
        proxy.stalled = True
        problem, after = ended(lambda: open_store(url))
    assert "does not answer in time" in problem.message
    assert after < 5


def test_what_waits_behind_a_stalled_box_is_cut_and_was_not_saved(
    through: tuple[Desk, Proxy], at: GuardedOffice
) -> None:
    desk, proxy = through
    urgent = at.number(at.account(balance=60), Priority.URGENT)
    proxy.stalled = True
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(ended, lambda: note(desk, urgent, "k-1"))
        time.sleep(0.5)
        feed.give_up(desk)
        problem, _after = running.result(timeout=5)
    proxy.stalled = False
    assert type(problem) is Lost
    assert answer_of(desk, "k-1") is None
    assert notes(at, urgent) == 0


@pytest.mark.parametrize("fault", ["reset", "mute", "stalled"])
def test_a_commit_whose_answer_is_lost_is_unknown_and_asked_for(
    through: tuple[Desk, Proxy], at: GuardedOffice, fault: str
) -> None:
    """Never "failed": with ``mute`` it was saved, with the others it was not, and the console cannot tell."""
    desk, proxy = through
    urgent = at.number(at.account(balance=60), Priority.URGENT)
    sleep_on_the_server(desk, 0)
    event.listen(desk.store._engine, "commit", lambda _connection: break_it(proxy, fault), once=True)
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(ended, lambda: note(desk, urgent, "k-1"))
        if fault != "reset":
            time.sleep(1)
            feed.give_up(desk)
        problem, _after = running.result(timeout=5)
    assert type(problem) is Unknown
    proxy.mute = False
    proxy.reset()
    proxy.stalled = False
    saved = answer_of(desk, "k-1") is not None
    assert saved == (fault == "mute")
    note(desk, urgent, "k-1")
    assert notes(at, urgent) == 1


def test_a_sweep_that_is_not_let_in_any_more_tries_once_and_not_for_each_ticket(
    at: GuardedOffice, through: tuple[Desk, Proxy]
) -> None:
    desk, proxy = through
    account = at.account(balance=60)
    due = [at.number(account, Priority.EMERGENCY) for _ in range(5)]
    at.clock.advance(hours=2)
    committed: list[object] = []
    with psycopg.connect(libpq(at.url), autocommit=True) as owner:

        def bar_after_the_first(*_: object) -> None:
            if committed:
                owner.execute("ALTER ROLE priya NOLOGIN")
                proxy.reset()

        event.listen(desk.store._engine, "commit", committed.append)
        event.listen(desk.store._engine, "checkin", bar_after_the_first)
        before = proxy.accepted
        try:
            with pytest.raises(Barred):
                sweep(desk)
            assert proxy.accepted == before + 1
        finally:
            event.remove(desk.store._engine, "checkin", bar_after_the_first)
            owner.execute("ALTER ROLE priya LOGIN")
    assert sweep(desk).changed.tickets == {*due[1:]}, "what was settled by then stays so"


def test_of_two_that_hear_nothing_the_one_that_a_box_swallowed_is_let_go(
    through: tuple[Desk, Proxy], at: GuardedOffice
) -> None:
    """The server is at work for the other, whose answer comes; what the swallowed one held is free."""
    desk, proxy = through
    urgent = at.number(at.account(balance=60), Priority.URGENT)
    sleep_on_the_server(desk, 0)
    event.listen(desk.store._engine, "commit", proxy.swallow, once=True)
    listening = desk.store.listen()
    with ThreadPoolExecutor(2) as pool:
        saving = pool.submit(ended, lambda: note(desk, urgent, "k-1"))
        until(lambda: bool(proxy.swallowed))
        asleep = pool.submit(sleep_on_the_server, desk, 6)
        until(lambda: len(feed.silent(desk, A_WHILE)) == 2)
        silences = feed.silent(desk, A_WHILE)
        assert feed.silent(desk, timedelta(minutes=1)) == []
        at_work = left_at_work(listening, [silence.pid for silence in silences], A_WHILE)
        assert len(at_work) == 1
        feed.let_go(desk, [silence for silence in silences if silence.pid not in at_work])
        problem, _after = saving.result(timeout=2)
        assert not asleep.done()
        asleep.result(timeout=10)
    assert type(problem) is Unknown
    assert feed.silent(desk, timedelta()) == []
    assert answer_of(desk, "k-1") is None
    note(desk, urgent, "k-1")
    assert notes(at, urgent) == 1
    listening.close()


def test_a_connection_that_is_swallowed_in_the_middle_of_its_answer_is_let_go(
    through: tuple[Desk, Proxy],
) -> None:
    desk, proxy = through
    listening = desk.store.listen()
    used: list[Connection] = []

    def asks_for_much() -> None:
        with desk.store.read() as read:
            used.append(read.connection)
            read.connection.execute(text("SELECT repeat('x', 1000) FROM generate_series(1, 50000)")).all()

    proxy.pace = 0.05
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(ended, asks_for_much)
        until(lambda: bool(used))
        time.sleep(0.5)
        proxy.swallow(used[0])
        until(lambda: bool(feed.silent(desk, timedelta(seconds=1))))
        silences = feed.silent(desk, A_WHILE)
        assert left_at_work(listening, [silence.pid for silence in silences], A_WHILE) == set()
        feed.let_go(desk, silences)
        problem, _after = running.result(timeout=5)
    assert type(problem) is Lost
    listening.close()


def test_a_connection_whose_answer_has_only_just_come_is_left_alone(through: tuple[Desk, Proxy]) -> None:
    desk, _proxy = through
    listening = desk.store.listen()
    with desk.store.read() as read:
        pid = read.connection.execute(text("SELECT pg_backend_pid()")).scalar_one()
        assert left_at_work(listening, [pid], timedelta(seconds=8)) == {pid}
        assert read.connection.execute(text("SELECT 1")).scalar_one() == 1
        assert left_at_work(listening, [pid], timedelta()) == set()
        with pytest.raises(DBAPIError):
            read.connection.execute(text("SELECT 1"))
    listening.close()


def test_where_the_server_does_not_say_what_it_does_nothing_is_ended(at: GuardedOffice) -> None:
    with psycopg.connect(libpq(at.url), autocommit=True) as owner:
        owner.execute(f'ALTER DATABASE "{owner.info.dbname}" SET track_activities = off')
    desk = Desk(open_store(as_login(at.url, "priya")), at.desk.policies, PRIYA)
    listening = desk.store.listen()
    with desk.store.read() as read:
        pid = read.connection.execute(text("SELECT pg_backend_pid()")).scalar_one()
        assert left_at_work(listening, [pid], timedelta()) == {pid}
    listening.close()
    desk.store.close()


def test_nobody_elses_connection_is_ended(at: GuardedOffice, through: tuple[Desk, Proxy]) -> None:
    desk, _proxy = through
    listening = desk.store.listen()
    with at.at(ALEX).store.read() as read:
        pid = read.connection.execute(text("SELECT pg_backend_pid()")).scalar_one()
        assert left_at_work(listening, [pid], timedelta()) == set()
        assert read.connection.execute(text("SELECT 1")).scalar_one() == 1
    listening.close()


def test_a_long_answer_that_is_still_coming_is_no_silence(through: tuple[Desk, Proxy]) -> None:
    desk, proxy = through
    proxy.pace = 0.02
    with ThreadPoolExecutor(1) as pool, desk.store.read() as read:
        running = pool.submit(
            lambda: read.connection.execute(
                text("SELECT repeat('x', 1000) FROM generate_series(1, 8000)")
            ).all()
        )
        began, longest = time.monotonic(), 0.0
        while not running.done():
            longest = max(
                [longest, *(time.monotonic() - each.since for each in feed.silent(desk, timedelta()))]
            )
            time.sleep(0.01)
    assert len(running.result()) == 8000
    assert (time.monotonic() - began > 2, longest < 1) == (True, True)


def left_at_work(listening: Listening, pids: list[int], span: timedelta) -> frozenset[int]:
    """Those of ``pids`` that are left when the idle ones were ended."""
    found: list[frozenset[int]] = []

    def heard() -> bool:
        at_work = listening.read().at_work
        found.extend([] if at_work is None else [at_work])
        return bool(found)

    listening.end_idle(pids, span)
    until(heard)
    return found[0]


def break_it(proxy: Proxy, fault: str) -> None:
    if fault == "reset":
        proxy.reset()
    else:
        setattr(proxy, fault, True)


# --- The feed ----------------------------------------------------------------------------------------------------


@dataclass
class Follower:
    """A desk without a window: hears announcements, reads the journal in batches, and begins again when it is cut."""

    desk: Desk
    read_to: int
    spans: list[tuple[int, int, frozenset[int]]] = field(default_factory=list)
    lost: int = 0

    def follow(self, until: Callable[[], bool]) -> None:
        while not until():
            with suppress(Lost):
                self._follow_one(self.desk.store.listen(), until)
                return
            self.lost += 1
            time.sleep(0.02)

    def _follow_one(self, listening: Listening, until: Callable[[], bool]) -> None:
        """On one connection: catches up first, then whenever something was announced."""
        try:
            moved = True
            while not until():
                while moved:
                    moved = self._read_batch()
                moved = listening.read().journal_moved
                time.sleep(0.002)
        finally:
            listening.close()

    def _read_batch(self) -> bool:
        news = feed.changes_since(self.desk, self.read_to)
        if news.changed.journal > self.read_to:
            self.spans.append((self.read_to, news.changed.journal, news.changed.tickets))
            self.read_to = news.changed.journal
        return news.more


def write_notes(office: GuardedOffice, account_id: int, tickets: list[int], changes: int) -> None:
    """``changes`` facts, 25 in a transaction, spread over the tickets."""
    store = open_store(office.url)
    pick = random.Random(len(tickets))
    for _ in range(changes // 25):
        with store.work(ALEX) as work:
            facts = (NoteWritten(at=work.now, words="x"),)
            work.journal.record_all(
                [Told(facts, ticket, account_id) for ticket in pick.choices(tickets, k=25)]
            )
    store.close()


def test_of_ten_thousand_changes_none_is_missed_by_a_desk_that_is_cut_again_and_again(
    at: GuardedOffice, through: tuple[Desk, Proxy], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed, "BATCH", 700)
    seed = random.randrange(10**6)
    print("seed", seed)
    desk, proxy = through
    juniper = at.account(balance=10_000)
    tickets = [at.number(juniper, Priority.STANDARD) for _ in range(40)]
    follower = Follower(desk, feed.last_number(desk))
    first = follower.read_to
    with ThreadPoolExecutor(3) as pool:
        writers = [
            pool.submit(write_notes, at, juniper.id, half, 5_000) for half in (tickets[:20], tickets[20:])
        ]

        def done() -> bool:
            return all(writer.done() for writer in writers) and follower.read_to >= first + 10_000

        following = pool.submit(follower.follow, done)
        cuts = cut_until(proxy, done, random.Random(seed))
        following.result(timeout=60)
        for writer in writers:
            writer.result()
    print(f"{cuts} cuts, {follower.lost} times without a connection, {len(follower.spans)} batches")
    assert cuts >= 10
    assert follower.read_to == first + 10_000
    assert all(before[1] == after[0] for before, after in pairwise(follower.spans))
    with at.desk.store.read() as read:
        for begin, end, told in follower.spans:
            found = read.connection.execute(
                text("SELECT DISTINCT ticket_id FROM fact WHERE number > :begin AND number <= :end"),
                {"begin": begin, "end": end},
            )
            assert told == set(found.scalars())


def cut_until(proxy: Proxy, done: Callable[[], bool], pick: random.Random) -> int:
    """Cuts the way in many places: by resets, by refusing, by a stall that ends in a reset."""
    cuts = 0
    while not done():
        time.sleep(pick.uniform(0.02, 0.25))
        how = pick.choice(("reset", "refuse", "stall"))
        if how == "refuse":
            proxy.refuse()
        elif how == "stall":
            proxy.stalled = True
            time.sleep(pick.uniform(0, 0.1))
        proxy.reset()
        proxy.stalled = False
        if how == "refuse":
            time.sleep(pick.uniform(0, 0.1))
            proxy.open()
        cuts += 1
    return cuts


@contextmanager
def recording(office: GuardedOffice, who: Actor, ticket_id: int) -> Iterator[Store]:
    """A transaction of ``who`` that has recorded a fact and is not committed while the block lasts."""
    store = open_store(as_login(office.url, who.login))
    with store.work(who) as work:
        work.journal.record([NoteWritten(at=work.now, words="first")], ticket_id=ticket_id)
        yield store
    store.close()


def test_numbers_become_visible_in_their_order_whoever_commits_first(at: GuardedOffice) -> None:
    """Nobody gets a later number before the earlier one is committed, so "after the last seen" misses nothing."""
    juniper = at.account(balance=60)
    one, two = at.number(juniper, Priority.URGENT), at.number(juniper, Priority.URGENT)
    before = feed.last_number(at.desk)
    with ThreadPoolExecutor(1) as pool:
        with recording(at, ALEX, one):
            second = pool.submit(note, at.at(PRIYA), two, "k-2")
            time.sleep(0.4)
            assert not second.done()
            assert feed.changes_since(at.desk, before).changed.tickets == frozenset()
        second.result(timeout=10)
    with at.desk.store.read() as read:
        told = [(item.number, item.ticket_id) for item in read.journal_touched(before)]
    assert told == [(before + 1, one), (before + 2, two)]


def test_a_long_transaction_elsewhere_holds_the_feed_back_by_nothing(at: GuardedOffice) -> None:
    """Numbers of the journal have no gaps: nothing has to wait for the oldest running transaction of the server."""
    urgent = at.number(at.account(balance=60), Priority.URGENT)
    before = feed.last_number(at.desk)
    with psycopg.connect(libpq(at.url)) as elsewhere:
        elsewhere.execute("SELECT pg_current_xact_id()")
        note(at.at(PRIYA), urgent, "k-1")
        news = feed.changes_since(at.desk, before)
        assert news.changed.tickets == {urgent}
        held_back = elsewhere.execute(
            "SELECT max(f.xmin::text::bigint) >= pg_snapshot_xmin(pg_current_snapshot())::text::bigint"
            " FROM fact f WHERE f.number > %s",
            (before,),
        ).fetchone()
        assert held_back == (True,)


def test_a_late_answer_keeps_one_beat_under_way(through: tuple[Desk, Proxy]) -> None:
    """However often it is asked: nothing piles up."""
    desk, proxy = through
    listening = desk.store.listen()
    proxy.delay = 0.4
    for _ in range(5):
        listening.beat(None, writing=False, idle=timedelta(0))
    assert listening.waits()
    beats = [beat for beat in (read_after(listening, 0.1) for _ in range(15)) if beat is not None]
    assert len(beats) == 1
    assert not listening.waits()
    listening.close()


def read_after(listening: Listening, seconds: float) -> feed.Beat | None:
    time.sleep(seconds)
    return listening.read().beat
