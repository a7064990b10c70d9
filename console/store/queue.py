"""The queue: keys in order, windows of rows, counts, marks. No policy objects are built; lists need no other table."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, case, distinct, func, select

from console.policy.terms import Milestone, Priority, Requester, Status, SupportOption
from console.store.mapping import Row
from console.store.query import EVERYTHING, Order, Query, start_of_day
from console.store.query_sql import condition, guarantee_missed
from console.store.rows import Counts, Mark, QueueKey, QueueRow
from console.store.tables import account, deadline, ticket
from console.store.tickets import running

#: Due first; guarantee before goal, more tokens before fewer, older before newer; then what has no deadline; then
#: what awaits tokens, emergencies first, then the oldest. The partial index over open tickets has this order.
_QUEUE = (
    ticket.c.queue_group,
    ticket.c.next_due_at,
    ticket.c.queue_rank,
    ticket.c.queue_stake,
    ticket.c.received_at,
    ticket.c.id,
)

_PRIORITY_RANK = case({priority.value: priority.rank for priority in Priority}, value=ticket.c.priority)

_ORDERS: Mapping[Order, tuple[ColumnElement[Any], ...]] = {
    Order.DUE: (),
    Order.PRIORITY: (_PRIORITY_RANK,),
    Order.SUBJECT: (func.lower(ticket.c.subject),),
    Order.TOKENS: (ticket.c.held,),
    Order.OWNER: (func.lower(ticket.c.owner_name),),
}


class Queue:
    """The tickets as lists show them, within one read."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def keys(
        self, query: Query, now: datetime, order: Order = Order.DUE, *, descending: bool = False
    ) -> list[QueueKey]:
        """Every ticket that ``query`` shows at ``now``, in order; open ones, unless it is about the past."""
        columns = select(ticket.c.id, ticket.c.next_due_at, ticket.c.queue_group)
        joined = columns if query == EVERYTHING else columns.join(account)
        found = self._connection.execute(
            joined.where(condition(query, now)).order_by(*_sorted_by(order, descending=descending))
        )
        return [QueueKey(ticket_id, due_at, group == 2) for ticket_id, due_at, group in found]

    def rows(self, ids: Sequence[int]) -> list[QueueRow]:
        """The rows of ``ids`` in their order; what is not there is left out."""
        found = self._connection.execute(row_columns().where(ticket.c.id.in_(list(ids)))).mappings()
        rows = {row["id"]: row_of(row) for row in found}
        return [rows[ticket_id] for ticket_id in ids if ticket_id in rows]

    def unclaimed(self, limit: int) -> list[QueueRow]:
        """Open tickets that nobody owns and whose clock runs or never will, in the queue's order.

        A claim that has run out stays with its owner until somebody takes over.
        """
        free = and_(ticket.c.is_open, ticket.c.queue_group < 2, ticket.c.owner.is_(None))
        found = self._connection.execute(row_columns().where(free).order_by(*_QUEUE).limit(limit))
        return [row_of(row) for row in found.mappings()]

    def open_of(self, priority: Priority) -> list[QueueRow]:
        """Open tickets of one priority, in the queue's order."""
        asked = and_(ticket.c.is_open, ticket.c.priority == priority)
        return [
            row_of(row)
            for row in self._connection.execute(row_columns().where(asked).order_by(*_QUEUE)).mappings()
        ]

    def counts(
        self,
        now: datetime,
        login: str,
        zone: str,
        act_now: timedelta = timedelta(minutes=15),
        soon: timedelta = timedelta(hours=1),
    ) -> Counts:
        """How many tickets each view and tab shows for ``login``; ``zone`` says when today begins and ends."""
        due = ticket.c.next_due_at
        start = start_of_day(now, zone)
        midnight = start_of_day(start + timedelta(hours=36), zone)
        last = max(midnight, now + soon)
        whole = {
            "queue": ticket.c.id.is_not(None),
            "mine": ticket.c.owner == login,
            "unclaimed": and_(ticket.c.owner.is_(None), ticket.c.queue_group < 2),
            "plan_sent": ticket.c.status == Status.PLANNED,
            "emergencies": ticket.c.priority == Priority.EMERGENCY,
            "due_hour": due <= now + timedelta(hours=1),
            "best_effort": ticket.c.option != SupportOption.TOKENS,
            "missed": due < now,
            "act_now": and_(due >= now, due <= now + act_now),
            "soon": and_(due > now + act_now, due <= now + soon),
            "today": and_(due > now + soon, due < last),
            "later": and_(due > now + soon, due >= last),
            "no_clock": ticket.c.queue_group == 1,
            "awaiting": ticket.c.queue_group == 2,
        }
        missed_today = select(func.count(distinct(deadline.c.ticket_id))).where(
            guarantee_missed(now), deadline.c.due_at >= start, deadline.c.due_at < now
        )
        proposed = select(func.count()).select_from(ticket).where(ticket.c.proposed)
        columns = [func.count(case((each, 1))).label(name) for name, each in whole.items()]
        query = select(
            *columns,
            missed_today.scalar_subquery().label("missed_today"),
            proposed.scalar_subquery().label("determinations"),
        ).where(ticket.c.is_open)
        row = self._connection.execute(query).mappings().one()
        return Counts(**{name: int(count) for name, count in row.items()})

    def marks(self, until: datetime) -> list[Mark]:
        """The deadlines that still run and are due by ``until``, in order."""
        query = (
            select(
                deadline.c.ticket_id,
                ticket.c.subject,
                deadline.c.due_at,
                deadline.c.milestone,
                deadline.c.kind,
            )
            .join(ticket)
            .where(running(), deadline.c.due_at <= until, ticket.c.is_open)
            .order_by(deadline.c.due_at, deadline.c.ticket_id)
        )
        return [Mark(*row) for row in self._connection.execute(query)]


def _sorted_by(order: Order, *, descending: bool) -> list[ColumnElement[Any]]:
    if order is Order.DUE:
        # Turned round, too, what awaits tokens stays at the end.
        group, *rest = _QUEUE
        return [group, *(column.desc() for column in rest)] if descending else [*_QUEUE]
    return [*(column.desc() if descending else column for column in _ORDERS[order]), *_QUEUE]


def row_columns() -> Select[Any]:
    """What a queue row is made of, of all tickets."""
    return select(
        *(column for column in ticket.c if column.name in _ROW_COLUMNS),
        account.c.name.label("account_name"),
        account.c.balance,
    ).join(account, ticket.c.account_id == account.c.id)


_SAME_NAME = (
    "id",
    "version",
    "subject",
    "account_id",
    "hosting",
    "option",
    "requester",
    "channel",
    "priority",
    "status",
    "received_at",
    "opened_at",
    "touched_at",
    "planned_at",
    "is_free",
    "held",
    "credited",
    "price",
    "owner",
    "owner_name",
    "lease_until",
    "proposed",
    "authorised",
    "callback",
)
_ROW_COLUMNS = frozenset(
    {
        *_SAME_NAME,
        "requester_kind",
        "next_due_at",
        "next_milestone",
        "next_kind",
        "next_business",
        "missed",
        "begun_at",
        "confirmation",
        "reopened_at",
    }
)


def row_of(row: Row) -> QueueRow:
    """The queue row of one row of ``row_columns``."""
    return QueueRow(
        **{name: row[name] for name in _SAME_NAME},
        account_name=row["account_name"],
        balance=row["balance"],
        requester_is_administrator=row["requester_kind"] is Requester.ADMINISTRATOR,
        due_at=row["next_due_at"],
        milestone=row["next_milestone"],
        kind=row["next_kind"],
        business=row["next_business"],
        missed=tuple(Milestone(word) for word in row["missed"].split()),
        begun=row["begun_at"] is not None,
        confirmed=row["confirmation"] is not None,
        reopened=row["reopened_at"] is not None,
    )
