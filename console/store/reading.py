"""The read side: one consistent snapshot, frozen rows out, no locks."""

from collections.abc import Callable
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, Connection, Select, exists, select

from console.policy.account import Account
from console.policy.facts import Fact, TicketClaimed
from console.policy.ticket import Ticket
from console.store import about, accounts, check, people, reports, tickets
from console.store.heads import Heads, differences, heads_of
from console.store.journal import TAKEN_FROM, TOUCHED, item_of
from console.store.queue import Queue
from console.store.rows import (
    AccountRow,
    DatabaseFacts,
    DecisionRow,
    Difference,
    EmergencyRow,
    ListedPerson,
    Person,
    PromiseRow,
    Statement,
    StatementLine,
    TimelineItem,
    Touched,
)
from console.store.tables import fact, ticket

if TYPE_CHECKING:
    from console.store.engine import Store


class Read:
    """What ``Store.read`` gives: every answer comes from the same instant."""

    def __init__(self, store: "Store", connection: Connection) -> None:
        self.store = store
        self.connection = connection

    @cached_property
    def now(self) -> datetime:
        """The database's clock, read once."""
        return self.store.time_of(self.connection)

    def now_for(self, account_id: int) -> datetime:
        """The time at which an act on this account would be recorded: ``now``, but never before its last entry."""
        last_at = reports.last_entry_at(self.connection, account_id)
        return max(self.now, last_at) if last_at else self.now

    # --- Tickets -------------------------------------------------------------------------------------------------

    def ticket(self, ticket_id: int) -> Ticket:
        """The ticket, not locked. Raises ``Invalid`` when there is none."""
        return tickets.ticket_by_id(self.connection, ticket_id)

    def words(self, ticket_id: int) -> str:
        """What the customer wrote. Raises ``Invalid`` when there is no such ticket."""
        found = self.connection.execute(select(ticket.c.words).where(ticket.c.id == ticket_id)).scalar()
        if found is None:
            raise tickets.missing(ticket_id)
        return str(found)

    def timeline(self, ticket_id: int, *kinds: type[Fact]) -> list[TimelineItem]:
        """What happened to the ticket (of these kinds, or everything), in the order of recording."""
        query = _of_kinds(select(fact).where(fact.c.ticket_id == ticket_id), kinds).order_by(fact.c.number)
        return [item_of(row) for row in self.connection.execute(query).mappings()]

    def last_act(self, ticket_id: int, *kinds: type[Fact]) -> TimelineItem | None:
        """What happened to the ticket last (of these kinds): who was first, when an act comes too late."""
        return self._last(fact.c.ticket_id == ticket_id, kinds)

    def last_told(self, account_id: int, *kinds: type[Fact]) -> TimelineItem | None:
        """The latest fact of these kinds about the account or its tickets."""
        return self._last(fact.c.account_id == account_id, kinds)

    def _last(self, about: ColumnElement[bool], kinds: tuple[type[Fact], ...]) -> TimelineItem | None:
        query = _of_kinds(select(fact).where(about), kinds).order_by(fact.c.number.desc()).limit(1)
        row = self.connection.execute(query).mappings().first()
        return item_of(row) if row else None

    @cached_property
    def queue(self) -> Queue:
        """The tickets as lists show them."""
        return Queue(self.connection)

    def due(self, now: datetime, limit: int = 1000) -> list[int]:
        """Tickets with a promise that passed unmet before ``now`` and is not settled, first due first."""
        return tickets.due_tickets(self.connection, now, limit)

    def proposals(self) -> list[DecisionRow]:
        """Proposals that wait for a manager, next deadline first; those sent back with a question come last."""
        return reports.proposals(self.connection)

    def decisions(self, limit: int = 500) -> list[DecisionRow]:
        """Determinations as they stand, newest first."""
        return reports.decisions(self.connection, limit)

    def promises(self, start: datetime, end: datetime) -> list[PromiseRow]:
        """Every promise due in [``start``, ``end``) with what became of it by now, first due first."""
        return reports.promises(self.connection, start, end, self.now)

    def emergencies(self, start: datetime, end: datetime) -> list[EmergencyRow]:
        """The emergencies opened in [``start``, ``end``), and which of them stand demoted."""
        return reports.emergencies(self.connection, start, end)

    # --- Accounts ------------------------------------------------------------------------------------------------

    def account(self, account_id: int) -> Account:
        """The account, not locked. Raises ``Invalid`` when there is none."""
        return accounts.require_account(self.connection, account_id)

    def account_rows(self, words: str = "") -> list[AccountRow]:
        """Accounts whose name contains ``words``, by name."""
        return reports.account_rows(self.connection, words)

    def awaiting(self, account_id: int) -> list[Ticket]:
        """The account's tickets that wait for tokens, oldest first, not locked."""
        return tickets.tickets_of(self.connection, tickets.awaiting_of(account_id))

    def statement(self, account_id: int, start: datetime, end: datetime) -> Statement:
        """The entries recorded in [``start``, ``end``) with opening and closing balance."""
        return reports.statement(self.connection, account_id, start, end)

    def entries(self, account_id: int, since: datetime) -> list[StatementLine]:
        """The account's entries recorded since ``since``, in the order of the ledger."""
        return reports.entries(self.connection, account_id, since)

    def entry(self, entry_id: int) -> StatementLine:
        """One entry of the ledger. Raises ``Invalid`` when there is none."""
        return reports.entry_by_id(self.connection, entry_id)

    def purchases(self, account_id: int, reference: str) -> StatementLine | None:
        """The account's purchase with that invoice reference that stands, if any."""
        return reports.purchase(self.connection, account_id, reference)

    def first_entry_at(self, account_id: int) -> datetime | None:
        """When the account's first entry was recorded; ``None`` while it has none."""
        return reports.first_entry_at(self.connection, account_id)

    # --- The desk ------------------------------------------------------------------------------------------------

    def journal_touched(self, number: int, limit: int = 1000) -> list[Touched]:
        """What the facts recorded after ``number`` touch, in the order of their commits; their words are not read."""
        query = TOUCHED.where(fact.c.number > number).order_by(fact.c.number).limit(limit)
        return [Touched(*row) for row in self.connection.execute(query)]

    def done_after(self, login: str, number: int, *kinds: type[Fact], limit: int) -> list[TimelineItem]:
        """What others recorded after ``number``, of these kinds, on tickets that ``login`` had worked on before: the
        latest, in the order of recording. Claims are left out that took nothing from anybody."""
        mine = fact.alias()
        worked = exists().where(
            mine.c.ticket_id == fact.c.ticket_id, mine.c.actor == login, mine.c.number < fact.c.number
        )
        takes = (fact.c.kind != TicketClaimed.__name__) | (TAKEN_FROM != "")
        by_others = select(fact).where(fact.c.number > number, fact.c.actor != login, takes, worked)
        query = _of_kinds(by_others, kinds).order_by(fact.c.number.desc()).limit(limit)
        return [item_of(row) for row in self.connection.execute(query).mappings()][::-1]

    def last_number_of(self, login: str, after: int) -> int:
        """The number of the last fact that ``login`` recorded after ``after``; ``after`` itself when there is none."""
        mine = select(fact.c.number).where(fact.c.number > after, fact.c.actor == login)
        found = self.connection.execute(mine.order_by(fact.c.number.desc()).limit(1)).scalar()
        return int(found or after)

    def journal_last(self) -> int:
        """The journal's last number."""
        found = self.connection.execute(
            select(fact.c.number).order_by(fact.c.number.desc()).limit(1)
        ).scalar()
        return int(found or 0)

    def people(self) -> list[Person]:
        """The People list, by name."""
        return people.people(self.connection)

    def listed(self) -> list[ListedPerson]:
        """The People list, by name, and who of them is signed in."""
        return people.listed(self.connection)

    def policies(self) -> list[str]:
        """Every policy document, by version."""
        return list(people.documents_by_version(self.connection).values())

    def setting(self, key: str) -> str | None:
        """What the database says about itself under ``key``; ``None`` when it says nothing."""
        return people.setting_of(self.connection, key)

    def heads(self) -> Heads:
        """The heads of all token accounts, to be kept outside."""
        return heads_of(self.connection, self.now)

    def differs_from(self, before: Heads) -> list[Difference]:
        """What was there when the heads were taken and is missing now, or reads otherwise."""
        return list(differences(self.connection, before))

    def about(self) -> DatabaseFacts:
        """What the database says about itself."""
        return about.facts(self.connection, self.store.address)

    def check(self, begins: Callable[[str], object] | None = None) -> list[Difference]:
        """Everything that does not add up when all is added up again; empty when all is well.

        ``begins`` hears of each part before it is looked at.
        """
        return check.differences(self.connection, begins)


def _of_kinds(query: Select[Any], kinds: tuple[type[Fact], ...]) -> Select[Any]:
    return query.where(fact.c.kind.in_([kind.__name__ for kind in kinds])) if kinds else query
