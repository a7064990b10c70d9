"""A small desk for the store's tests: one account, tickets opened and worked on as the services do it."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

from console.policy import breaches, classification, ledger, life
from console.policy.account import Account, Contact
from console.policy.actor import Actor
from console.policy.clauses import Clause
from console.policy.ledger import Entry
from console.policy.outcome import Outcome
from console.policy.reading import parse
from console.policy.terms import Cause, Channel, EntryKind, Hosting, Priority, Requester, Role, SupportOption
from console.policy.ticket import Ticket
from console.store.engine import Store
from console.store.rows import StatementLine
from console.store.work import Work

DOCUMENT = (Path(__file__).parents[2] / "resources" / "policy" / "1.toml").read_text(encoding="utf-8")
POLICY = parse(DOCUMENT)
ALEX = Actor("alex", "Alex Reyes", frozenset({Role.AGENT}))
MORGAN = Actor("morgan", "Morgan Lee", frozenset({Role.AGENT, Role.MANAGER}))
MONDAY = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)

_keys = count()


class Clock:
    """A clock that stands until it is told to go on."""

    def __init__(self, now: datetime = MONDAY) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def pass_by(self, span: timedelta) -> datetime:
        self.now += span
        return self.now


def key() -> str:
    """A key that no other act has."""
    return f"key-{next(_keys)}"


def account(
    store: Store, name: str = "Juniper Dental", tokens: int = 40, option: SupportOption = SupportOption.TOKENS
) -> int:
    """The number of a new account with so many tokens."""
    contacts = (
        Contact(id=0, name="Leah Moreno", email="leah@example.com", is_administrator=True),
        Contact(id=0, name="Kim Roe"),
    )
    with store.work(MORGAN) as work:
        work.policies.add(DOCUMENT, 1)
        new = Account(id=0, name=name, hosting=Hosting.DEDICATED, option=option, users=30, contacts=contacts)
        stored = work.accounts.add(new)
    if tokens:
        buy(store, stored.id, tokens)
    return stored.id


def buy(store: Store, account_id: int, tokens: int, reference: str = "") -> StatementLine:
    """A purchase recorded."""
    with store.work(MORGAN) as work:
        work.accounts.get(account_id)
        bought = ledger.entry(EntryKind.PURCHASE, Cause.BOUGHT, tokens, work.now, Clause.LEDGER)
        (line,) = work.ledger.record(account_id, [bought], key=key(), reference=reference)
        return line


def opened(
    store: Store,
    account_id: int,
    priority: Priority = Priority.URGENT,
    subject: str = "Mail is slow",
    words: str = "Help!",
) -> Ticket:
    """A ticket as ``open_ticket`` makes it, stored."""
    with store.work(ALEX) as work:
        of = work.accounts.get(account_id)
        new = life.NewTicket(
            account_id=of.id,
            account_name=of.name,
            hosting=of.hosting,
            option=of.option,
            restricted_to_administrators=of.restricted,
            requester="Leah Moreno",
            requester_kind=Requester.ADMINISTRATOR,
            channel=Channel.TICKET,
            priority=priority,
            subject=subject,
            words=words,
        )
        outcome = life.open_ticket(new, work.tickets.next_number(), POLICY, of.balance, work.now)
        ticket = work.tickets.add(outcome.ticket, words)
        _record(work, ticket, outcome)
        return ticket


def _record(work: Work, ticket: Ticket, outcome: Outcome) -> None:
    work.ledger.record(ticket.account_id, outcome.entries, key=key())
    work.journal.record(outcome.facts, ticket_id=ticket.id)


def saved(work: Work, outcome: Outcome) -> Ticket:
    """The outcome of a decision, stored."""
    ticket = work.tickets.save(outcome.ticket)
    _record(work, ticket, outcome)
    return ticket


def loaded(work: Work, ticket_id: int) -> tuple[Ticket, int]:
    """The ticket and its account's balance, locked in their order."""
    of = work.accounts.get(work.tickets.account_of(ticket_id))
    return work.tickets.get(ticket_id), of.balance


def begin(store: Store, ticket_id: int) -> Ticket:
    with store.work(ALEX) as work:
        ticket, balance = loaded(work, ticket_id)
        return saved(work, life.begin(ticket, ALEX, life.Entered.at_once(work.now), balance))


def resolve(store: Store, ticket_id: int) -> Ticket:
    with store.work(ALEX) as work:
        ticket, balance = loaded(work, ticket_id)
        return saved(work, life.resolve(ticket, ALEX, life.Entered.at_once(work.now), balance))


def sweep(store: Store, ticket_id: int) -> Ticket:
    with store.work(ALEX) as work:
        ticket, balance = loaded(work, ticket_id)
        return saved(work, breaches.judge(ticket, work.now, balance))


def propose(store: Store, ticket_id: int, category: str = "own_fault") -> Ticket:
    with store.work(ALEX) as work:
        ticket, balance = loaded(work, ticket_id)
        reason = "The certificate is ours"
        return saved(
            work,
            classification.propose_free(ticket, ALEX, work.now, balance, category=category, reason=reason),
        )


def mark_free(store: Store, ticket_id: int) -> Ticket:
    with store.work(MORGAN) as work:
        ticket, balance = loaded(work, ticket_id)
        return saved(
            work,
            classification.determine(
                ticket, MORGAN, POLICY, work.now, balance, free=True, category="own_fault"
            ),
        )


def record(store: Store, account_id: int, entries: Sequence[Entry], **how: str) -> tuple[StatementLine, ...]:
    with store.work(MORGAN) as work:
        work.accounts.get(account_id)
        return work.ledger.record(account_id, entries, key=how.get("key", key()))
