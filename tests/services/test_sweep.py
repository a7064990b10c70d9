"""The sweep: every miss settled once, dated when it happened; one ticket's trouble is not the others'."""

from datetime import timedelta

import pytest

from console.policy.terms import Cause, EntryKind, Hosting, Priority, SupportOption
from console.services import feed, keeping, tokens
from console.services.sweep import sweep
from console.services.ticket_view import ticket_view
from tests.services.test_tokens import EVER
from tests.support.desks import ALEX, MORGAN, PRIYA, Office


def test_a_miss_is_credited_once_and_dated_when_it_happened(office: Office) -> None:
    account = office.account(balance=10)
    id = office.number(account, Priority.EMERGENCY)
    opened = office.clock.now
    office.clock.advance(hours=30)
    found = sweep(office.desk)
    assert (found.guarantees, found.goals, found.credited, found.failed) == (2, 0, 10, ())
    assert (found.changed.tickets, found.changed.accounts) == ({id}, {account.id})
    line = tokens.statement(office.desk, account.id, *EVER).lines[-1]
    assert (line.kind, line.cause, line.at) == (
        EntryKind.CREDIT,
        Cause.BEGIN_MISSED,
        opened + timedelta(hours=1),
    )
    assert line.recorded_at == office.clock.now
    again = sweep(office.at(PRIYA))
    assert (again.guarantees, again.goals, again.credited, again.changed.tickets) == (0, 0, 0, frozenset())
    assert keeping.check(office.desk) == []


def test_nothing_is_missed_at_the_due_instant_itself(office: Office) -> None:
    account = office.account(balance=10)
    office.number(account, Priority.EMERGENCY)
    office.clock.advance(hours=1)
    assert sweep(office.desk).guarantees == 0
    office.clock.advance(microseconds=1)
    assert sweep(office.desk).guarantees == 1


def test_a_credit_opens_what_waits(office: Office) -> None:
    account = office.account(balance=10)
    office.number(account, Priority.EMERGENCY)
    waiting = office.number(account, Priority.URGENT)
    office.clock.advance(hours=2)
    found = sweep(office.desk)
    assert waiting in found.changed.tickets
    ticket = ticket_view(office.desk, waiting).ticket
    assert (ticket.opened_at, ticket.held) == (office.clock.now, 3)
    assert office.balance(account) == 7


def test_missed_goals_are_counted_and_credit_nothing(office: Office) -> None:
    flat = office.account("Flat", Hosting.SHARED, SupportOption.FLAT_RATE_USERS)
    office.number(flat)
    office.clock.advance(hours=2)
    found = sweep(office.desk)
    assert (found.guarantees, found.goals, found.credited) == (0, 1, 0)


def test_a_problem_with_one_ticket_does_not_stop_the_others(local_office: Office) -> None:
    """An account whose tokens cannot be credited: its head says that it holds as many as can be held."""
    office = local_office
    accounts = [office.account(name, balance=10) for name in ("Broken", "Sound")]
    broken, sound = (office.number(account, Priority.EMERGENCY) for account in accounts)
    with office.desk.store.work(MORGAN) as work:
        work.connection.exec_driver_sql("DROP TRIGGER IF EXISTS ticket_no_delete")
        work.connection.exec_driver_sql(
            "CREATE TRIGGER in_the_way BEFORE UPDATE ON ticket "
            f"WHEN new.id = {broken} BEGIN SELECT raise(ABORT, 'entry.key'); END"
        )
    office.clock.advance(hours=2)
    found = sweep(office.desk)
    assert found.failed == (broken,)
    assert found.changed.tickets == {sound}
    assert [office.balance(account) for account in accounts] == [0, 10]
    with office.desk.store.work(MORGAN) as work:
        work.connection.exec_driver_sql("DROP TRIGGER in_the_way")
    assert sweep(office.desk).changed.tickets == {broken}


def test_more_than_one_batch(local_office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("console.services.sweep.BATCH", 10)
    office = local_office
    flat = office.account("Flat", Hosting.SHARED, SupportOption.FLAT_RATE_USERS)
    for _ in range(25):
        office.number(flat)
    office.clock.advance(hours=2)
    assert sweep(office.desk).goals == 25
    assert sweep(office.desk).goals == 0


def test_the_feed_tells_what_changed_since(office: Office) -> None:
    account = office.account(balance=10)
    start = feed.last_number(office.desk)
    id = office.number(account, Priority.EMERGENCY)
    news = feed.changes_since(office.desk, start)
    changed = news.changed
    assert (changed.tickets, changed.accounts, changed.journal) == (
        {id},
        {account.id},
        feed.last_number(office.desk),
    )
    assert (news.misses, news.more) == (0, False)
    assert feed.changes_since(office.at(ALEX), changed.journal).changed.journal == changed.journal
    office.clock.advance(hours=2)
    swept = sweep(office.desk)
    news = feed.changes_since(office.desk, changed.journal)
    assert news.changed.journal == swept.changed.journal
    assert news.misses == swept.guarantees > 0


def test_a_long_feed_comes_in_parts(local_office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feed, "BATCH", 100)
    office = local_office
    flat = office.account("Flat", Hosting.SHARED, SupportOption.FLAT_RATE_USERS)
    start = feed.last_number(office.desk)
    opened = {office.number(flat) for _ in range(300)}
    seen: set[int] = set()
    parts = 0
    more = True
    while more:
        news = feed.changes_since(office.desk, start)
        seen |= news.changed.tickets
        start, more = news.changed.journal, news.more
        parts += 1
    assert seen == opened
    assert parts > 1
