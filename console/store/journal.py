"""The journal: appends facts, numbered in the order in which their transactions commit."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, select, update

from console.policy.facts import CallbackBooked, Fact, NoteWritten, TicketAuthorised
from console.store.fact_json import data_of, fact_of
from console.store.mapping import Row
from console.store.rows import TimelineItem
from console.store.tables import counter, fact, ticket

if TYPE_CHECKING:
    from console.store.work import Work

#: Facts that leave a mark on the ticket's row, for lists.
_MARKS: Mapping[type[Fact], str] = {
    TicketAuthorised: "authorised",
    CallbackBooked: "callback",
    NoteWritten: "noted",
}


class Journal:
    """The journal of one unit of work."""

    def __init__(self, work: "Work") -> None:
        self._work = work

    def record(
        self, facts: Iterable[Fact], *, ticket_id: int | None = None, account_id: int | None = None
    ) -> int:
        """The number of the last fact written, or the journal's last number when there are none to write.

        From the first record to the end of the unit of work nobody else can record: lock accounts and tickets before.
        ``account_id`` is the ticket's own when not given.
        """
        new = tuple(facts)
        last = self._reserve(len(new))
        if not new:
            return last
        if ticket_id is not None and account_id is None:
            account_id = self._work.tickets.account_of(ticket_id)
        actor = self._work.actor
        about = {
            "recorded_at": self._work.now,
            "actor": actor.login,
            "actor_name": actor.name,
            "role": actor.acting_role(),
            "ticket_id": ticket_id,
            "account_id": account_id,
        }
        rows = [
            {"number": number, "kind": type(each).__name__, "at": each.at, "data": data_of(each), **about}
            for number, each in enumerate(new, last - len(new) + 1)
        ]
        self._work.connection.execute(insert(fact), rows)
        if ticket_id is not None:
            self._mark(ticket_id, new)
        return last

    def last_number(self) -> int:
        """The journal's last number."""
        return self._reserve(0)

    def _reserve(self, count: int) -> int:
        """The last of ``count`` numbers taken; its row stays locked, so numbers become visible in their order."""
        mine = counter.c.name == "journal"
        if count == 0:
            return int(self._work.connection.execute(select(counter.c.last).where(mine)).scalar_one())
        taken = update(counter).where(mine).values(last=counter.c.last + count).returning(counter.c.last)
        return int(self._work.connection.execute(taken).scalar_one())

    def _mark(self, ticket_id: int, facts: tuple[Fact, ...]) -> None:
        marks: dict[str, Any] = {_MARKS[type(each)]: True for each in facts if type(each) in _MARKS}
        self._work.connection.execute(
            update(ticket).where(ticket.c.id == ticket_id).values(touched_at=self._work.now, **marks)
        )


def item_of(row: Row) -> TimelineItem:
    """The timeline item of a fact's row."""
    names = ("number", "actor", "actor_name", "role", "recorded_at", "ticket_id", "account_id")
    return TimelineItem(
        fact=fact_of(row["kind"], row["at"], row["data"]), **{name: row[name] for name in names}
    )
