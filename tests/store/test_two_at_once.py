"""Several writers at once, each with a store of its own: nothing is lost, doubled or overspent."""

import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from threading import Barrier
from typing import TypeVar

import pytest

from console.policy.errors import Unavailable
from console.policy.facts import NoteWritten
from console.policy.terms import Priority
from console.store.engine import Store, open_store
from tests.store import acts
from tests.store.acts import ALEX, MONDAY, Clock

WRITERS = 4
T = TypeVar("T")


def _at_once(url: str, act: Callable[[Store, int], T]) -> list[T]:
    """What ``WRITERS`` consoles return that begin ``act`` at the same moment."""
    start = Barrier(WRITERS)

    def one(number: int) -> T:
        store = open_store(url, clock=Clock())
        try:
            start.wait()
            return act(store, number)
        finally:
            store.close()

    with ThreadPoolExecutor(WRITERS) as pool:
        return list(pool.map(one, range(WRITERS)))


def test_the_last_tokens_are_spent_once(url: str, store: Store) -> None:
    account_id = acts.account(store, tokens=3 * 2)

    def spend(mine: Store, _number: int) -> list[bool]:
        return [not acts.opened(mine, account_id, Priority.URGENT).is_awaiting for _ in range(2)]

    opened = [each for both in _at_once(url, spend) for each in both]
    assert sum(opened) == 2
    with store.read() as read:
        assert read.account(account_id).balance == 0
        assert len(read.awaiting(account_id)) == 2 * WRITERS - 2
        assert read.check() == []


def test_a_double_click_acts_once(url: str, store: Store) -> None:
    account_id = acts.account(store, tokens=0)

    def send(mine: Store, _number: int) -> dict[str, object]:
        with mine.work(ALEX) as work:
            earlier = work.requests.result("the key", "note", "digest")
            if earlier is not None:
                return earlier
            number = work.journal.record([NoteWritten(at=MONDAY, words="once")], account_id=account_id)
            work.requests.remember("the key", {"number": number})
            return {"number": number}

    answers = _at_once(url, send)
    assert answers == [{"number": 1}] * WRITERS
    with store.read() as read:
        assert len(read.journal_touched(0)) == 1


def test_a_miss_swept_by_everybody_is_credited_once(url: str, store: Store, clock: Clock) -> None:
    account_id = acts.account(store, tokens=30)
    tickets = [acts.opened(store, account_id, Priority.URGENT).id for _ in range(3)]
    late = clock.pass_by(timedelta(days=2))

    def sweep(_store: Store, _number: int) -> None:
        mine = open_store(url, clock=Clock(late))
        with mine.read() as read:
            due = read.due(mine.now())
        for ticket_id in due:
            acts.sweep(mine, ticket_id)
        mine.close()

    _at_once(url, sweep)
    with store.read() as read:
        assert read.account(account_id).balance == 30
        assert [read.ticket(ticket_id).held for ticket_id in tickets] == [0, 0, 0]
        assert read.due(late) == []
        assert read.check() == []


def test_two_who_take_the_same_ticket_do_not_both_get_it(url: str, store: Store) -> None:
    ticket = acts.opened(store, acts.account(store))

    def take(mine: Store, number: int) -> bool:
        with mine.work(ALEX) as work:
            return work.tickets.claim(ticket.id, f"agent {number}", "", work.now + timedelta(minutes=10))

    assert sorted(_at_once(url, take)) == [False] * (WRITERS - 1) + [True]


def test_who_takes_tickets_at_several_desks_is_not_given_the_same_one_again(url: str, store: Store) -> None:
    ticket = acts.opened(store, acts.account(store))

    def take(mine: Store, _number: int) -> bool:
        with mine.work(ALEX) as work:
            return work.tickets.take(ticket.id, "alex", "", work.now + timedelta(minutes=10))

    assert sorted(_at_once(url, take)) == [False] * (WRITERS - 1) + [True]


def test_numbers_of_the_journal_become_visible_in_their_order(url: str, store: Store) -> None:
    account_id = acts.account(store)

    def write(mine: Store, _number: int) -> list[int]:
        seen = []
        for _ in range(5):
            with mine.work(ALEX) as work:
                work.journal.record([NoteWritten(at=MONDAY, words="")] * 2, account_id=account_id)
            with mine.read() as read:
                seen = [item.number for item in read.journal_touched(0)]
                assert seen == list(range(1, len(seen) + 1))
        return seen

    _at_once(url, write)
    with store.read() as read:
        assert read.journal_last() == WRITERS * 10
        assert read.check() == []


def test_a_writer_who_waits_too_long_is_told_and_nothing_is_saved(local: Path) -> None:
    store = open_store(f"sqlite:///{local}", patience=timedelta(milliseconds=50))
    holder = sqlite3.connect(local, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    with pytest.raises(Unavailable, match="in use"), store.work(ALEX) as work:
        work.settings.set("never", "saved")
    with store.read() as read:
        assert read.setting("never") is None
    holder.execute("ROLLBACK")
    holder.close()
    with store.work(ALEX) as work:
        work.settings.set("now", "saved")
    store.close()


def test_an_account_kept_locked_is_said_plainly(url: str, store: Store) -> None:
    account_id = acts.account(store)
    hasty = open_store(url, patience=timedelta(milliseconds=50))
    with store.work(ALEX) as work:
        work.accounts.get(account_id)
        with pytest.raises(Unavailable, match=r"busy|in use"), hasty.work(ALEX) as other:
            other.accounts.get(account_id)
    hasty.close()
