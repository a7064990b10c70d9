"""Two desks act at the same moment on a shared database: nobody waits for the other for ever, no entry is lost."""

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from threading import Barrier, Event

import psycopg
import pytest
from sqlalchemy import event

from console.policy.actor import Actor
from console.policy.errors import Conflict, NotAllowed
from console.policy.facts import AccountSaved, TicketClaimed
from console.policy.terms import EntryKind, Priority
from console.services import claims, keeping, people, progress, tokens, triage
from console.services.desk import LEASE, Changed, Desk
from console.services.undo import undo
from console.store.engine import open_store
from tests.support.desks import ALEX, MORGAN, NOON, PRIYA, HandClock, Office, office
from tests.support.guarded import GuardedOffice, libpq

ROUNDS = 12
WHY = "A reason that is long enough to be kept for good."
Act = Callable[[Desk, int], Changed]


@pytest.fixture
def shared(postgres_url: str) -> Iterator[Office]:
    """An office at a shared database whose store every thread opens for itself."""
    with office(postgres_url) as opened:
        yield opened


def at_once(shared: Office, url: str, acts: Sequence[tuple[Actor, Act, Sequence[int]]]) -> list[Changed]:
    """What several desks did, each with its own ids one after the other, round by round at the same moment."""
    together = Barrier(len(acts))

    def one(work: tuple[Actor, Act, Sequence[int]]) -> list[Changed]:
        actor, act, ids = work
        store = open_store(url, clock=HandClock(NOON))
        try:
            desk = replace(shared.desk, store=store, actor=actor)
            done = []
            for each in ids:
                together.wait(timeout=60)
                done.append(act(desk, each))
            return done
        finally:
            store.close()

    with ThreadPoolExecutor(len(acts)) as pool:
        return [changed for all_done in pool.map(one, acts) for changed in all_done]


def cancel(desk: Desk, ticket_id: int) -> Changed:
    return progress.cancel(desk, ticket_id, WHY, True, desk.new_key())


def note(desk: Desk, ticket_id: int) -> Changed:
    return progress.write_note(desk, ticket_id, "Looked at it.", desk.new_key())


def begin(desk: Desk, ticket_id: int) -> Changed:
    return progress.begin(desk, ticket_id, desk.new_key())


def renew(desk: Desk, _ticket_id: int) -> Changed:
    claims.renew(desk)
    return Changed()


def buy_one(desk: Desk, account_id: int) -> Changed:
    key = desk.new_key()
    return tokens.record_purchase(desk, account_id, 1, f"INV-{key}", None, key)


@contextmanager
def elsewhere(shared: Office, url: str, who: Actor) -> Iterator[Desk]:
    """A desk with a connection of its own."""
    store = open_store(url, clock=HandClock(NOON))
    try:
        yield replace(shared.desk, store=store, actor=who)
    finally:
        store.close()


def wait_for_a_lock(url: str) -> None:
    """Returns when somebody at that database waits for somebody else."""
    query = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    with psycopg.connect(libpq(url), autocommit=True) as looking:
        until = time.monotonic() + 20
        while looking.execute(query).fetchone() == (0,):
            assert time.monotonic() < until, "nobody waits"
            time.sleep(0.02)


def test_acts_on_one_account_and_on_two_end_and_lose_nothing(shared: Office, postgres_url: str) -> None:
    first = shared.account("Juniper Dental", balance=200)
    second = shared.account("Harbor Law", balance=200)
    cancelled = [shared.number(first, Priority.URGENT) for _ in range(ROUNDS)]
    begun = [shared.number(first, Priority.STANDARD) for _ in range(ROUNDS)]
    elsewhere = [shared.number(second, Priority.URGENT) for _ in range(ROUNDS)]
    spent = tokens.accounts(shared.desk, "Juniper")[0].balance
    tokens.refund(shared.at(MORGAN), first.id, spent, "R-1", WHY, shared.desk.new_key())
    awaiting = [shared.number(first, Priority.STANDARD) for _ in range(ROUNDS)]
    done = at_once(
        shared,
        postgres_url,
        [
            (MORGAN, cancel, cancelled),
            (ALEX, begin, begun),
            (PRIYA, note, cancelled),
            (ALEX, renew, begun),
            (MORGAN, buy_one, [first.id] * ROUNDS),
            (PRIYA, note, awaiting),
            (MORGAN, cancel, elsewhere),
        ],
    )
    assert len(done) == 7 * ROUNDS
    assert keeping.check(shared.desk) == []
    with shared.desk.store.read() as read:
        lines = read.entries(first.id, NOON)
        numbers = [item.number for item in read.journal_touched(0, 100_000)]
        waiting = read.awaiting(first.id)
        notes = [item for each in cancelled for item in read.timeline(each) if item.actor == PRIYA.login]
    assert numbers == list(range(1, len(numbers) + 1))
    assert len(notes) == ROUNDS
    assert sum(line.kind is EntryKind.CREDIT for line in lines) == ROUNDS
    assert sum(line.kind is EntryKind.PURCHASE for line in lines) == 1 + ROUNDS
    assert people.account(shared.desk, first.id).balance == sum(line.tokens for line in lines)
    assert len(waiting) < ROUNDS


def test_a_note_waits_for_who_renames_its_account_and_neither_is_ended(
    shared: Office, postgres_url: str
) -> None:
    account = shared.account(balance=5)
    ticket_id = shared.number(account)
    ended: list[BaseException] = []
    with ThreadPoolExecutor(1) as pool, elsewhere(shared, postgres_url, PRIYA) as priya:
        event.listen(
            priya.store._engine, "handle_error", lambda context: ended.append(context.original_exception)
        )
        with shared.at(MORGAN).store.work(MORGAN) as work:
            before = work.accounts.get(account.id)
            work.accounts.save(replace(before, name="Juniper Dental Group"))
            noted = pool.submit(note, priya, ticket_id)
            wait_for_a_lock(postgres_url)
            work.journal.record([AccountSaved(at=NOON, words="renamed")], account_id=account.id)
        assert noted.result(timeout=30).words == "Note added."
    assert ended == [], "an act that the server had to end is sent again, but nobody should have to"
    assert keeping.check(shared.desk) == []


def test_a_release_sees_who_took_the_ticket_over_meanwhile(guarded_office: GuardedOffice) -> None:
    ticket_id = guarded_office.number(guarded_office.account(balance=5))
    alex, priya = guarded_office.at(ALEX), guarded_office.at(PRIYA)
    claims.claim(alex, ticket_id, alex.new_key())
    guarded_office.clock.advance(minutes=11)
    with ThreadPoolExecutor(1) as pool:
        with priya.store.work(PRIYA) as work:
            work.accounts.get(work.tickets.account_of(ticket_id))
            assert work.tickets.claim(ticket_id, PRIYA.login, PRIYA.name, work.now + LEASE)
            released = pool.submit(claims.release, alex, ticket_id, alex.new_key())
            wait_for_a_lock(guarded_office.url)
            told = TicketClaimed(at=work.now, owner=PRIYA.login, taken_over_from="Alex")
            work.journal.record([told], ticket_id=ticket_id)
        with pytest.raises(NotAllowed, match="Priya holds"):
            released.result(timeout=30)


def test_what_is_being_cancelled_is_not_given_out_and_the_next_one_is(guarded_office: GuardedOffice) -> None:
    account = guarded_office.account(balance=60)
    pressing, next_one = (
        guarded_office.number(account, each) for each in (Priority.URGENT, Priority.STANDARD)
    )
    morgan, alex = guarded_office.at(MORGAN), guarded_office.at(ALEX)
    about_to_commit, may_commit = Event(), Event()

    def wait(_connection: object) -> None:
        about_to_commit.set()
        may_commit.wait(timeout=30)

    event.listen(morgan.store._engine, "commit", wait, once=True)
    with ThreadPoolExecutor(2) as pool:
        cancelled = pool.submit(cancel, morgan, pressing)
        assert about_to_commit.wait(timeout=30)
        taken = pool.submit(claims.take_next, alex, alex.new_key())
        wait_for_a_lock(guarded_office.url)
        may_commit.set()
        cancelled.result(timeout=30)
        assert taken.result(timeout=30).ticket_id == next_one
    with alex.store.read() as read:
        assert [row.owner for row in read.queue.rows([pressing, next_one])] == [None, ALEX.login]


def test_no_act_opens_a_second_connection_under_its_locks(guarded_office: GuardedOffice) -> None:
    """One connection has to do: under locks, another one would be waited for while everybody else waits."""
    account = guarded_office.account(balance=5)
    ticket_id = guarded_office.number(account)
    desk = guarded_office.at(ALEX)
    opened: list[object] = []
    event.listen(desk.store._engine, "checkout", lambda *_: opened.append(1))
    event.listen(desk.store._engine, "checkin", lambda *_: opened.pop())
    most = Most(opened)
    event.listen(desk.store._engine, "before_cursor_execute", most)
    bought = tokens.record_purchase(desk, account.id, 1, "INV-7", None, desk.new_key())
    assert bought.undo is not None
    undo(desk, bought.undo, desk.new_key())
    claims.take_next(desk, desk.new_key())
    progress.begin(desk, ticket_id, desk.new_key())
    progress.undo_work(desk, "begin", ticket_id, desk.new_key())
    with pytest.raises(Conflict):
        triage.propose_free(desk, ticket_id, "own_fault", WHY, 1, desk.new_key())
    assert most.seen == 1


class Most:
    """How many connections were in use at most while statements were sent."""

    def __init__(self, in_use: list[object]) -> None:
        self._in_use = in_use
        self.seen = 0

    def __call__(self, *_: object) -> None:
        self.seen = max(self.seen, len(self._in_use))


def test_what_one_act_tells_stands_together_and_in_order(local_office: Office) -> None:
    account = local_office.account(balance=4)
    urgent = local_office.number(account, Priority.URGENT)
    waiting = [local_office.number(account, Priority.URGENT) for _ in range(3)]
    with local_office.desk.store.read() as read:
        before = read.journal_last()
    bought = tokens.record_purchase(
        local_office.at(MORGAN), account.id, 50, "INV-9", None, local_office.desk.new_key()
    )
    with local_office.desk.store.read() as read:
        told = read.journal_touched(before)
    assert [item.number for item in told] == list(range(before + 1, bought.journal + 1))
    assert told[0].ticket_id is None
    order = list(dict.fromkeys(item.ticket_id for item in told[1:]))
    assert order == [each for each in waiting if each in bought.tickets]
    assert urgent not in bought.tickets
