"""Reading the queue: keys in order, windows of rows, counts, marks, and which ticket is served next."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from console.policy.document import Policy
from console.policy.terms import Priority, PromiseKind, Status
from console.services import filtering
from console.services.desk import Desk
from console.services.versions import policies_in
from console.store.query import Query as Query
from console.store.query import ready_made
from console.store.reading import Read
from console.store.rows import Counts as Counts
from console.store.rows import Mark as Mark
from console.store.rows import QueueKey as QueueKey
from console.store.rows import QueueRow as QueueRow

#: How many tickets are looked at to find the next one to serve.
CANDIDATES = 500
#: So many of those just missed are marked.
LATE_MARKS = 50


@dataclass(frozen=True, slots=True)
class Listed:
    """A list as one reading found it at ``now``: its keys in order, the marks of deadlines about now, and the parts
    of the search that could not be read."""

    now: datetime
    keys: list[QueueKey]
    marks: list[Mark]
    problems: tuple[filtering.FilterProblem, ...] = ()


def listed(desk: Desk, view_id: str, text: str, zone: str, late: timedelta, ahead: timedelta) -> Listed:
    """What a saved view shows for this person, narrowed by the search's ``text``; days in it are days of ``zone``.

    Marked is what is due within ``ahead``, and what of the list was missed in the last ``late`` and is still owed.
    """
    with desk.store.read() as read:
        now, login = read.now, desk.actor.login
        query = ready_made(view_id, now, login, policies_in(read).in_force(now).timezone)
        asked, problems = filtering.parse(text, now, zone, login)
        if text.strip():
            query = filtering.both(query, asked)
        found = read.queue.keys(query, now)
        marked = [*_just_missed(read, found, late), *read.queue.marks(now + ahead)]
        return Listed(now, found, marked, problems)


def listed_tickets(desk: Desk, ids: Sequence[int], ahead: timedelta) -> Listed:
    """Exactly these tickets, closed ones too, in the queue's order."""
    with desk.store.read() as read:
        now = read.now
        found = [
            QueueKey(row.id, row.due_at, row.status is Status.AWAITING_TOKENS) for row in read.queue.rows(ids)
        ]
        found.sort(key=lambda key: (key.awaiting, key.due_at is None, key.due_at or now, key.id))
        return Listed(now, found, read.queue.marks(now + ahead))


def _just_missed(read: Read, found: Sequence[QueueKey], late: timedelta) -> list[Mark]:
    now = read.now
    missed = [key.id for key in found if key.due_at and now - late <= key.due_at < now and not key.awaiting]
    return [
        Mark(row.id, row.subject, row.due_at, row.milestone, row.kind)
        for row in (read.queue.rows(missed[:LATE_MARKS]) if missed else ())
        if row.due_at is not None and row.milestone is not None and row.kind is not None
    ]


def view_query(desk: Desk, view_id: str) -> Query:
    """What a saved view shows, for this person and now."""
    with desk.store.read() as read:
        return ready_made(view_id, read.now, desk.actor.login, policies_in(read).in_force(read.now).timezone)


def keys(desk: Desk, query: Query) -> list[QueueKey]:
    """Every ticket that ``query`` shows, in the queue's order."""
    with desk.store.read() as read:
        return read.queue.keys(query, read.now)


def rows(desk: Desk, ids: Sequence[int]) -> list[QueueRow]:
    """The rows of ``ids`` in their order; tickets that are gone are left out."""
    with desk.store.read() as read:
        return read.queue.rows(ids)


def counts(desk: Desk) -> Counts:
    """How many tickets each view and tab shows."""
    with desk.store.read() as read:
        timezone = policies_in(read).in_force(read.now).timezone
        return read.queue.counts(read.now, desk.actor.login, timezone)


def open_rows(desk: Desk, priority: Priority) -> list[QueueRow]:
    """Open tickets of one priority, next deadline first."""
    with desk.store.read() as read:
        return read.queue.open_of(priority)


def next_for(read: Read, now: datetime, policy: Policy) -> list[QueueRow]:
    """Unclaimed tickets in the order in which they are served.

    First guarantees that can still be kept and are due within the "act now" span, then missed ones, then the order
    of the list; goals come last within the same minute.
    """
    waiting = read.queue.unclaimed(CANDIDATES)
    return sorted(waiting, key=lambda row: _urgency(row, now, policy))


def _urgency(row: QueueRow, now: datetime, policy: Policy) -> tuple[int, float, bool, int, datetime]:
    goal = row.kind is PromiseKind.GOAL
    if row.due_at is None:
        return (3, 0.0, goal, -row.held, row.received_at)
    minute = row.due_at.timestamp() // 60
    if not goal and now <= row.due_at <= now + policy.settings.act_now:
        step = 0
    else:
        step = 1 if not goal and row.due_at < now else 2
    return (step, minute, goal, -row.held, row.received_at)
