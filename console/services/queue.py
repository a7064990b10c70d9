"""Reading the queue: keys in order, windows of rows, counts, marks, and which ticket is served next."""

from collections.abc import Sequence
from datetime import datetime

from console.policy.document import Policy
from console.policy.terms import Priority, PromiseKind
from console.services.desk import Desk
from console.store.query import Query as Query
from console.store.query import ready_made
from console.store.reading import Read
from console.store.rows import Counts as Counts
from console.store.rows import Mark as Mark
from console.store.rows import QueueKey as QueueKey
from console.store.rows import QueueRow as QueueRow

#: How many tickets are looked at to find the next one to serve.
CANDIDATES = 500


def view_query(desk: Desk, view_id: str) -> Query:
    """What a saved view shows, for this person and now."""
    return ready_made(view_id, desk.now(), desk.actor.login, desk.policy().timezone)


def keys(desk: Desk, query: Query) -> list[QueueKey]:
    """Every ticket that ``query`` shows, in the queue's order."""
    with desk.store.read() as read:
        return read.queue.keys(query, desk.now())


def rows(desk: Desk, ids: Sequence[int]) -> list[QueueRow]:
    """The rows of ``ids`` in their order; tickets that are gone are left out."""
    with desk.store.read() as read:
        return read.queue.rows(ids)


def counts(desk: Desk) -> Counts:
    """How many tickets each view and tab shows."""
    with desk.store.read() as read:
        return read.queue.counts(desk.now(), desk.actor.login, desk.policy().timezone)


def marks(desk: Desk, until: datetime) -> list[Mark]:
    """The open deadlines up to ``until``, for the deadline strip."""
    with desk.store.read() as read:
        return read.queue.marks(until)


def open_rows(desk: Desk, priority: Priority) -> list[QueueRow]:
    """Open tickets of one priority, next deadline first."""
    with desk.store.read() as read:
        return read.queue.open_of(priority)


def next_for(read: Read, now: datetime, policy: Policy) -> list[QueueRow]:
    """Unclaimed tickets in the order in which they are served.

    First guarantees that can still be kept and are due within the "act now" span, then missed ones, then the order
    of the list; goals come last within the same minute.
    """
    waiting = read.queue.unclaimed(now, CANDIDATES)
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
