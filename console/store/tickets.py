"""Tickets with their deadlines: versioned, locked one by one after their account; claims beside the version."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Select, delete, func, insert, select, text, update

from console.policy.errors import Conflict, Invalid
from console.policy.ticket import Ticket
from console.store.errors import Stale
from console.store.mapping import deadline_values, ticket_of, ticket_values
from console.store.tables import FIRST_TICKET, account, deadline, person, ticket, ticket_number

if TYPE_CHECKING:
    from console.store.work import Work


class Tickets:
    """The tickets of one unit of work."""

    def __init__(self, work: "Work") -> None:
        self._work = work

    def next_number(self) -> int:
        """A number that no other ticket has or gets; numbers may have gaps where something was given up."""
        connection = self._work.connection
        if self._work.store.kind == "postgresql":
            return int(connection.execute(select(ticket_number.next_value())).scalar_one())
        last = connection.execute(select(func.max(ticket.c.id))).scalar_one()
        return max(FIRST_TICKET, (last or 0) + 1)

    def account_of(self, id: int) -> int:
        """The number of the ticket's account, without a lock: to lock the account first.

        Raises ``Invalid`` when there is no such ticket.
        """
        found = self._work.connection.execute(select(ticket.c.account_id).where(ticket.c.id == id)).scalar()
        if found is None:
            raise missing(id)
        return int(found)

    def get(self, id: int) -> Ticket:
        """The ticket, locked until the end of the unit of work.

        Raises ``Invalid`` when there is none, ``Unavailable`` when somebody else keeps it locked.
        """
        found = tickets_of(
            self._work.connection, _with_account().where(ticket.c.id == id).with_for_update(of=ticket)
        )
        if not found:
            raise missing(id)
        return found[0]

    def add(self, new: Ticket, words: str, *, price: int | None = None) -> Ticket:
        """The ticket as stored; ``words`` are the customer's. Takes the next number when it has none.

        ``price`` is what its priority costs, for lists; found in the stored policy documents when not given.
        """
        new = replace(new, id=new.id or self.next_number(), version=1)
        values = ticket_values(new) | {
            "words": words,
            "version": 1,
            "price": self._price(new) if price is None else price,
            "touched_at": self._work.now,
        }
        self._work.connection.execute(insert(ticket).values(values))
        self._add_deadlines(new)
        return new

    def save(self, changed: Ticket) -> Ticket:
        """The ticket as stored, its version raised by one.

        Raises ``Stale`` when it was changed since ``changed`` was read.
        """
        values = ticket_values(changed)
        del values["id"], values["account_id"]
        done = self._work.connection.execute(
            update(ticket)
            .where(ticket.c.id == changed.id, ticket.c.version == changed.version)
            .values(
                **values, version=changed.version + 1, price=self._price(changed), touched_at=self._work.now
            )
        )
        if done.rowcount == 0:
            self._refuse_stale(changed)
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
        connection = self._work.connection
        stored = deadlines_of(connection, [changed.id])[changed.id]
        wanted = [deadline_values(changed.id, at, each) for at, each in enumerate(changed.deadlines)]
        if [dict(row) for row in stored] == wanted:
            return
        connection.execute(delete(deadline).where(deadline.c.ticket_id == changed.id))
        self._add_deadlines(changed)

    def _add_deadlines(self, of: Ticket) -> None:
        values = [deadline_values(of.id, position, each) for position, each in enumerate(of.deadlines)]
        if values:
            self._work.connection.execute(insert(deadline), values)

    def awaiting(self, account_id: int) -> list[Ticket]:
        """The account's tickets that wait for tokens, locked, oldest first; ``release_order`` decides who is served."""
        return tickets_of(
            self._work.connection,
            _with_account()
            .where(ticket.c.account_id == account_id, text("ticket.status = 'awaiting_tokens'"))
            .order_by(ticket.c.received_at, ticket.c.id)
            .with_for_update(of=ticket),
        )

    def due(self, now: datetime, limit: int = 1000) -> list[int]:
        """The numbers of tickets with a promise that passed unmet before ``now`` and is not settled, first due first."""
        running = deadline.c.met_at.is_(None) & deadline.c.ended.is_(None) & deadline.c.missed.is_(False)
        found = self._work.connection.execute(
            select(deadline.c.ticket_id)
            .where(running, deadline.c.due_at < now)
            .group_by(deadline.c.ticket_id)
            .order_by(func.min(deadline.c.due_at), deadline.c.ticket_id)
            .limit(limit)
        )
        return [int(id) for id in found.scalars()]

    def claim(self, id: int, login: str, until: datetime, *, take_over: bool = False) -> str:
        """Makes ``login`` the owner until ``until``; says who was it before (empty: nobody). No new version.

        Raises ``Conflict`` when somebody else's lease still runs, unless ``take_over``.
        """
        connection = self._work.connection
        row = connection.execute(
            select(ticket.c.owner, ticket.c.owner_name, ticket.c.lease_until)
            .where(ticket.c.id == id)
            .with_for_update()
        ).mappings().first()  # fmt: skip
        if row is None:
            raise missing(id)
        if row["owner"] not in (None, login) and not take_over and row["lease_until"] > self._work.now:
            raise Conflict(f"{row['owner_name']} has {id} already.")
        connection.execute(
            update(ticket)
            .where(ticket.c.id == id)
            .values(owner=login, owner_name=self._name(login), lease_until=until)
        )
        return row["owner"] or ""

    def release(self, id: int) -> None:
        """Nobody owns the ticket any more; no new version."""
        self._work.connection.execute(
            update(ticket).where(ticket.c.id == id).values(owner=None, owner_name="", lease_until=None)
        )

    def _name(self, login: str) -> str:
        if login == self._work.actor.login:
            return self._work.actor.name
        found = self._work.connection.execute(select(person.c.name).where(person.c.login == login)).scalar()
        return found or login


def _with_account() -> Select[Any]:
    return select(ticket, account.c.name.label("account_name")).join(
        account, ticket.c.account_id == account.c.id
    )


def tickets_of(connection: Connection, query: Select[Any]) -> list[Ticket]:
    """The tickets that ``query`` (see ``_with_account``) finds, with their deadlines, in its order."""
    rows = [dict(row) for row in connection.execute(query).mappings()]
    deadlines = deadlines_of(connection, [row["id"] for row in rows])
    return [ticket_of(row, deadlines[row["id"]]) for row in rows]


def ticket_by_id(connection: Connection, id: int) -> Ticket:
    """The ticket, not locked. Raises ``Invalid`` when there is none."""
    found = tickets_of(connection, _with_account().where(ticket.c.id == id))
    if not found:
        raise missing(id)
    return found[0]


def deadlines_of(connection: Connection, ids: Iterable[int]) -> Mapping[int, list[Mapping[str, Any]]]:
    """The rows of the deadlines of each of these tickets, in their order."""
    found: defaultdict[int, list[Mapping[str, Any]]] = defaultdict(list)
    query = (
        select(deadline)
        .where(deadline.c.ticket_id.in_(list(ids)))
        .order_by(deadline.c.ticket_id, deadline.c.position)
    )
    for row in connection.execute(query).mappings():
        found[row["ticket_id"]].append(row)
    return found


def missing(id: int) -> Invalid:
    """There is no such ticket."""
    return Invalid(f"There is no ticket {id}.")
