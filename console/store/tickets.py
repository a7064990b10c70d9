"""Tickets with their deadlines: versioned, locked one by one after their account; claims beside the version."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    Update,
    bindparam,
    func,
    insert,
    select,
    text,
    update,
)

from console.policy.errors import Invalid
from console.policy.ticket import Ticket
from console.store.errors import Stale
from console.store.mapping import Row, deadline_values, ticket_of, ticket_values
from console.store.rows import Owner
from console.store.tables import FIRST_TICKET, account, deadline, ticket, ticket_number

if TYPE_CHECKING:
    from console.store.work import Work


def with_account() -> Select[Any]:
    """Tickets' rows with ``account_name``."""
    return select(ticket, account.c.name.label("account_name")).join(
        account, ticket.c.account_id == account.c.id
    )


# Statements of every act are built once: building one takes as long as sending it.
_ACCOUNT_OF = (
    select(account.c.id, account.c.last_at)
    .select_from(ticket.join(account, ticket.c.account_id == account.c.id))
    .where(ticket.c.id == bindparam("ticket"))
)
_ONE = with_account().where(ticket.c.id == bindparam("ticket"))
_LOCKED = _ONE.with_for_update(of=ticket, key_share=True)
_ADD = insert(ticket)
_SAVE = update(ticket).where(
    ticket.c.id == bindparam("of_ticket"), ticket.c.version == bindparam("of_version")
)
_DEADLINES = (
    select(deadline)
    .where(deadline.c.ticket_id.in_(bindparam("tickets", expanding=True)))
    .order_by(deadline.c.ticket_id, deadline.c.position)
)
_ADD_DEADLINES = insert(deadline)
_SAVE_DEADLINE = update(deadline).where(
    deadline.c.ticket_id == bindparam("of_ticket"), deadline.c.position == bindparam("of_position")
)
_OWNER = select(ticket.c.owner, ticket.c.owner_name, ticket.c.lease_until).where(
    ticket.c.id == bindparam("ticket")
)
_OWN = update(ticket).where(ticket.c.id == bindparam("of_ticket"))
_UNCLAIMED = ticket.c.owner.is_(None) | (ticket.c.lease_until <= bindparam("now"))
_TAKE = _OWN.where(_UNCLAIMED & ticket.c.is_open & (ticket.c.queue_group < 2))
_CLAIM = _OWN.where(_UNCLAIMED | (ticket.c.owner == bindparam("by")))


@cache
def _touch(marks: frozenset[str]) -> Update:
    return (
        update(ticket)
        .where(ticket.c.id.in_(bindparam("tickets", expanding=True)))
        .values(dict.fromkeys(marks, True) | {"touched_at": bindparam("now")})
    )


class Tickets:
    """The tickets of one unit of work."""

    def __init__(self, work: "Work") -> None:
        self._work = work
        self._touched: set[int] = set()
        self._owners: dict[int, Owner] = {}

    def next_number(self) -> int:
        """A number that no other ticket has or gets; numbers may have gaps where something was given up."""
        connection = self._work.connection
        if self._work.store.kind == "postgresql":
            return int(connection.execute(select(ticket_number.next_value())).scalar_one())
        last = connection.execute(select(func.max(ticket.c.id))).scalar_one()
        return max(FIRST_TICKET, (last or 0) + 1)

    def next_numbers(self, count: int) -> list[int]:
        """As many numbers as asked for, in rising order; see ``next_number``."""
        if self._work.store.kind != "postgresql":
            first = self.next_number()
            return list(range(first, first + count))
        each = func.generate_series(1, count).alias("each")
        found = self._work.connection.execute(select(ticket_number.next_value()).select_from(each))
        return sorted(int(number) for number in found.scalars())

    def account_of(self, ticket_id: int) -> int:
        """The number of the ticket's account, without a lock: to lock the account first.

        From then on this act is not dated before the account's last entry.
        Raises ``Invalid`` when there is no such ticket.
        """
        found = self._work.connection.execute(_ACCOUNT_OF, {"ticket": ticket_id}).first()
        if found is None:
            raise missing(ticket_id)
        self._work.not_before(found.last_at)
        return int(found.id)

    def get(self, ticket_id: int) -> Ticket:
        """The ticket, locked until the end of the unit of work.

        Raises ``Invalid`` when there is none, ``Unavailable`` when somebody else keeps it locked.
        """
        connection = self._work.connection
        row = connection.execute(_LOCKED, {"ticket": ticket_id}).mappings().first()
        if row is None:
            raise missing(ticket_id)
        self._owners[ticket_id] = _owner_of(row)
        return ticket_of(dict(row), deadlines_of(connection, [ticket_id])[ticket_id])

    def add(self, new: Ticket, words: str, *, authorised: bool = False, callback: bool = False) -> Ticket:
        """The ticket as stored; ``words`` are the customer's. Takes the next number when it has none.

        ``authorised`` and ``callback`` are marks for lists; the facts in the journal set them as well.
        """
        new = replace(new, id=new.id or self.next_number(), version=1)
        values = self._new_values(new, words) | {"authorised": authorised, "callback": callback}
        self._work.connection.execute(_ADD, values)
        self._add_deadlines([new])
        self._touched.add(new.id)
        return new

    def add_all(self, new: Iterable[tuple[Ticket, str]]) -> None:
        """Many tickets, each with its number (``next_numbers``) and the customer's words, in one go."""
        each = list(new)
        if each:
            self._work.connection.execute(insert(ticket), [self._new_values(*one) for one in each])
            self._touched.update(one.id for one, _words in each)
            self._add_deadlines([one for one, _words in each])

    def _new_values(self, new: Ticket, words: str) -> dict[str, Any]:
        return ticket_values(new) | {
            "words": words,
            "version": 1,
            "price": self._price(new),
            "authorised": False,
            "callback": False,
            "touched_at": self._work.now,
        }

    def save(self, changed: Ticket) -> Ticket:
        """The ticket as stored, its version raised by one.

        Raises ``Stale`` when it was changed since ``changed`` was read.
        """
        values = ticket_values(changed)
        del values["id"], values["account_id"]
        values |= {
            "version": changed.version + 1,
            "price": self._price(changed),
            "touched_at": self._work.now,
        }
        seen = {"of_ticket": changed.id, "of_version": changed.version}
        done = self._work.connection.execute(_SAVE, values | seen)
        if done.rowcount == 0:
            self._refuse_stale(changed)
        self._touched.add(changed.id)
        self._save_deadlines(changed)
        return replace(changed, version=changed.version + 1)

    def _refuse_stale(self, changed: Ticket) -> None:
        self.account_of(changed.id)
        raise Stale(f"{changed.id} was changed since you opened it. Nothing was saved; look at it again.")

    def _price(self, of: Ticket) -> int:
        """What its priority costs under its policy version; what it holds, where that document is not stored."""
        policy = self._work.policies.version(of.policy_version)
        return of.held if policy is None else policy.price(of.hosting, of.option, of.priority)

    def _save_deadlines(self, changed: Ticket) -> None:
        """Writes what became of promises and adds new ones; none is ever taken away."""
        connection = self._work.connection
        stored = [dict(row) for row in deadlines_of(connection, [changed.id])[changed.id]]
        wanted = [deadline_values(changed.id, at, each) for at, each in enumerate(changed.deadlines)]
        for before, after in zip(stored, wanted, strict=False):
            moved = {name: value for name, value in after.items() if before[name] != value}
            if moved:
                mine = {"of_ticket": changed.id, "of_position": after["position"]}
                connection.execute(_SAVE_DEADLINE, moved | mine)
        if fresh := wanted[len(stored) :]:
            connection.execute(_ADD_DEADLINES, fresh)

    def _add_deadlines(self, of: Iterable[Ticket]) -> None:
        values = [
            deadline_values(each.id, position, one)
            for each in of
            for position, one in enumerate(each.deadlines)
        ]
        if values:
            self._work.connection.execute(_ADD_DEADLINES, values)

    def awaiting(self, account_id: int) -> list[Ticket]:
        """The account's tickets that wait for tokens, locked, oldest first; ``release_order`` decides who is served."""
        return tickets_of(
            self._work.connection, awaiting_of(account_id).with_for_update(of=ticket, key_share=True)
        )

    def due(self, now: datetime, limit: int = 1000) -> list[int]:
        """Tickets with a promise that passed unmet before ``now`` and is not settled, first due first."""
        return due_tickets(self._work.connection, now, limit)

    def claim(self, ticket_id: int, login: str, name: str, until: datetime) -> bool:
        """Whether ``login`` owns the ticket now, until ``until``: nobody else does, or their lease has run out.

        ``False`` when somebody else's lease still runs; nothing is changed then. A claim makes no new version.
        """
        return self._own(_CLAIM, ticket_id, login, name, until, now=self._work.stamp, by=login)

    def take(self, ticket_id: int, login: str, name: str, until: datetime) -> bool:
        """The same for a ticket that is given out: not one that ``login`` has taken at another desk, nor one that was
        closed or awaits tokens since the queue was read."""
        return self._own(_TAKE, ticket_id, login, name, until, now=self._work.stamp)

    def release(self, ticket_id: int) -> None:
        """Nobody owns the ticket any more; no new version."""
        self._own(_OWN, ticket_id, None, "", None)

    def _own(
        self,
        statement: Update,
        ticket_id: int,
        login: str | None,
        name: str,
        until: datetime | None,
        **asked: object,
    ) -> bool:
        values = {"owner": login, "owner_name": name, "lease_until": until, "touched_at": self._work.now}
        parameters = values | {"of_ticket": ticket_id} | asked
        done = self._work.connection.execute(statement, parameters).rowcount > 0
        if done:
            self._touched.add(ticket_id)
            self._owners.pop(ticket_id, None)
        return done

    def touch(self, ids: Iterable[int], marks: frozenset[str]) -> None:
        """These tickets' rows changed now, and carry ``marks`` (names of columns) from now on. What an act has
        written already is not written again for no mark."""
        new = [each for each in ids if marks or each not in self._touched]
        if new:
            self._work.connection.execute(_touch(marks), {"tickets": new, "now": self._work.now})
            self._touched.update(new)

    def owner(self, ticket_id: int) -> Owner:
        """Who claimed the ticket and until when; known of one that this act has locked. Raises ``Invalid`` for none."""
        if ticket_id in self._owners:
            return self._owners[ticket_id]
        row = self._work.connection.execute(_OWNER, {"ticket": ticket_id}).mappings().first()
        if row is None:
            raise missing(ticket_id)
        return _owner_of(row)

    def held_by(self, login: str) -> dict[int, datetime | None]:
        """The open tickets that this login has claimed, in their order, and until when."""
        mine = select(ticket.c.id, ticket.c.lease_until).where(ticket.c.is_open & (ticket.c.owner == login))
        found = self._work.connection.execute(mine.order_by(ticket.c.id))
        return {row.id: row.lease_until for row in found}

    def renew(self, login: str, until: datetime) -> int:
        """How many open tickets of ``login`` have a lease until ``until`` now; one just being acted on is left out."""
        mine = select(ticket.c.id).where(ticket.c.is_open & (ticket.c.owner == login))
        free = mine.with_for_update(key_share=True, skip_locked=True)
        renewed = update(ticket).where(ticket.c.id.in_(free.scalar_subquery())).values(lease_until=until)
        return self._work.connection.execute(renewed).rowcount


def _owner_of(row: Row) -> Owner:
    return Owner(row["owner"] or "", row["owner_name"], row["lease_until"])


def tickets_of(
    connection: Connection, query: Select[Any], parameters: Mapping[str, object] | None = None
) -> list[Ticket]:
    """The tickets that ``query`` (see ``with_account``) finds, with their deadlines, in its order."""
    rows = [dict(row) for row in connection.execute(query, parameters).mappings()]
    deadlines = deadlines_of(connection, [row["id"] for row in rows])
    return [ticket_of(row, deadlines[row["id"]]) for row in rows]


def ticket_by_id(connection: Connection, ticket_id: int) -> Ticket:
    """The ticket, not locked. Raises ``Invalid`` when there is none."""
    found = tickets_of(connection, _ONE, {"ticket": ticket_id})
    if not found:
        raise missing(ticket_id)
    return found[0]


def deadlines_of(connection: Connection, ids: Iterable[int]) -> Mapping[int, list[Row]]:
    """The rows of the deadlines of each of these tickets, in their order."""
    found: defaultdict[int, list[Row]] = defaultdict(list)
    for row in connection.execute(_DEADLINES, {"tickets": list(ids)}).mappings():
        found[row["ticket_id"]].append(row)
    return found


def due_tickets(connection: Connection, now: datetime, limit: int) -> list[int]:
    """Tickets with a promise that passed unmet before ``now`` and is not settled, first due first."""
    found = connection.execute(
        select(deadline.c.ticket_id)
        .where(running(), deadline.c.due_at < now)
        .group_by(deadline.c.ticket_id)
        .order_by(func.min(deadline.c.due_at), deadline.c.ticket_id)
        .limit(limit)
    )
    return [int(ticket_id) for ticket_id in found.scalars()]


def running() -> ColumnElement[bool]:
    """The condition that a deadline still runs: neither met, nor settled as missed, nor ended."""
    return deadline.c.met_at.is_(None) & deadline.c.ended.is_(None) & ~deadline.c.missed


def awaiting_of(account_id: int) -> Select[Any]:
    """The account's tickets that wait for tokens, oldest first."""
    return (
        with_account()
        .where(ticket.c.account_id == account_id, text("ticket.status = 'awaiting_tokens'"))
        .order_by(ticket.c.received_at, ticket.c.id)
    )


def missing(ticket_id: int) -> Invalid:
    """There is no such ticket."""
    return Invalid(f"There is no ticket {ticket_id}.")
