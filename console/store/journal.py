"""The journal: appends facts, numbered in the order in which their transactions commit."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import BigInteger, bindparam, case, insert, select, update

from console.policy.facts import (
    CallbackBooked,
    Fact,
    NoteWritten,
    PersonSaved,
    TicketAuthorised,
    TicketClaimed,
    TicketReleased,
)
from console.store.fact_json import data_of, fact_of
from console.store.mapping import Row
from console.store.rows import TimelineItem
from console.store.tables import counter, fact

if TYPE_CHECKING:
    from console.store.work import Work

#: Facts that leave a mark on the ticket's row, for lists.
_MARKS: Mapping[type[Fact], str] = {
    TicketAuthorised: "authorised",
    CallbackBooked: "callback",
    NoteWritten: "noted",
}

#: Whose claim a fact ended; see ``Touched``.
TAKEN_FROM = case(
    (fact.c.kind == TicketClaimed.__name__, fact.c.data["taken_over_from"].as_string()),
    (fact.c.kind == TicketReleased.__name__, fact.c.data["owner"].as_string()),
    else_="",
)
#: What ``Touched`` is made of, of all facts.
TOUCHED = select(
    fact.c.number, fact.c.kind, fact.c.ticket_id, fact.c.account_id, TAKEN_FROM.label("taken_from")
)

_TELL = insert(fact)
_MINE = counter.c.name == "journal"
#: The last number that was given; its row's lock makes the order of numbers the order of commits.
LAST = select(counter.c.last).where(_MINE)
_TAKE = (
    update(counter)
    .where(_MINE)
    .values(last=counter.c.last + bindparam("count", type_=BigInteger))
    .returning(counter.c.last)
)


@dataclass(frozen=True, slots=True)
class Told:
    """What happened in one act to one ticket, to one account, or to neither."""

    facts: tuple[Fact, ...]
    ticket_id: int | None = None
    account_id: int | None = None


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
        return self.record_all([Told(tuple(facts), ticket_id, account_id)])

    def record_all(self, told: Iterable[Told]) -> int:
        """Records what is told of several tickets and accounts, in that order; see ``record``."""
        all_told = [each if each.account_id else self._with_account(each) for each in told if each.facts]
        self._mark(all_told)
        self._work.accounts.hold(each.account_id for each in all_told if each.account_id is not None)
        count = sum(len(each.facts) for each in all_told)
        last = self._reserve(count)
        if count:
            numbers = iter(range(last - count + 1, last + 1))
            rows = [row for each in all_told for row in self._rows(each, numbers)]
            self._work.connection.execute(_TELL, rows)
            self._work.moves_journal = True
        return last

    def _with_account(self, told: Told) -> Told:
        if told.ticket_id is None:
            return told
        return replace(told, account_id=self._work.tickets.account_of(told.ticket_id))

    def _rows(self, told: Told, numbers: Iterator[int]) -> Iterator[dict[str, Any]]:
        actor = self._work.actor
        about = {
            "recorded_at": self._work.now,
            "actor": actor.login,
            "actor_name": actor.name,
            "role": actor.acting_role(),
            "ticket_id": told.ticket_id,
            "account_id": told.account_id,
        }
        for each in told.facts:
            yield {
                "number": next(numbers),
                "kind": type(each).__name__,
                "at": each.at,
                "data": data_of(each),
                **about,
            }

    def last_of_person(self, login: str) -> TimelineItem | None:
        """Who saved that entry of the People list last, and when; ``None`` when the journal does not tell."""
        of_person = (fact.c.kind == PersonSaved.__name__, fact.c.data["login"].as_string() == login)
        query = select(fact).where(*of_person).order_by(fact.c.number.desc()).limit(1)
        row = self._work.connection.execute(query).mappings().first()
        return item_of(row) if row else None

    def last_number(self) -> int:
        """The journal's last number."""
        return self._reserve(0)

    def _reserve(self, count: int) -> int:
        """The last of ``count`` numbers taken; its row stays locked, so numbers become visible in their order."""
        if count == 0:
            return int(self._work.connection.execute(LAST).scalar_one())
        return int(self._work.connection.execute(_TAKE, {"count": count}).scalar_one())

    def _mark(self, told: Iterable[Told]) -> None:
        """Marks the tickets' rows, before a number is taken: whoever waits for a ticket keeps nobody from recording."""
        by_marks: defaultdict[frozenset[str], list[int]] = defaultdict(list)
        for each in told:
            if each.ticket_id is not None:
                marks = frozenset(_MARKS[type(one)] for one in each.facts if type(one) in _MARKS)
                by_marks[marks].append(each.ticket_id)
        for marks, ids in by_marks.items():
            self._work.tickets.touch(ids, marks)


def item_of(row: Row) -> TimelineItem:
    """The timeline item of a fact's row."""
    names = ("number", "actor", "actor_name", "role", "recorded_at", "ticket_id", "account_id")
    return TimelineItem(
        fact=fact_of(row["kind"], row["at"], row["data"]), **{name: row[name] for name in names}
    )
