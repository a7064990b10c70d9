"""Desks for tests: a store with a clock that is set by hand, a few accounts and people."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from console.bootstrap import load_policies
from console.policy.account import Account, Contact
from console.policy.actor import Actor
from console.policy.terms import Hosting, Priority, Role, SupportOption
from console.services import intake, people, tokens
from console.services.desk import Changed, Desk
from console.services.intake import NewRequest
from console.store.engine import open_store

#: A Tuesday, 2:28 PM Eastern: business hours are open for eight and a half hours more.
NOON = datetime(2026, 11, 24, 19, 28, tzinfo=UTC)


class HandClock:
    """A clock that stands until it is moved."""

    def __init__(self, now: datetime = NOON) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **span: float) -> datetime:
        self.now += timedelta(**span)
        return self.now


def actor(login: str, *roles: Role) -> Actor:
    return Actor(login, login.capitalize(), frozenset(roles))


ALEX = actor("alex", Role.AGENT)
PRIYA = actor("priya", Role.AGENT)
MORGAN = actor("morgan", Role.AGENT, Role.MANAGER)
MAX = actor("max", Role.MANAGER)
ROSA = actor("rosa", Role.SUPERVISOR)
IRA = actor("ira", Role.ADMINISTRATOR)


@dataclass
class Office:
    """A desk for everybody at one database, and the clock on its wall."""

    desk: Desk
    clock: HandClock

    def at(self, who: Actor) -> Desk:
        """The same database with ``who`` at the desk."""
        return replace(self.desk, actor=who)

    def account(
        self,
        name: str = "Juniper Dental",
        hosting: Hosting = Hosting.DEDICATED,
        option: SupportOption = SupportOption.TOKENS,
        balance: int = 0,
        users: int = 100,
    ) -> Account:
        """A stored account with an administrator (Leah) and a user (Kim), and ``balance`` tokens bought."""
        contacts = (Contact(id=0, name="Leah", is_administrator=True), Contact(id=0, name="Kim"))
        new = Account(id=0, name=name, hosting=hosting, option=option, users=users, contacts=contacts)
        morgan = self.at(MORGAN)
        (account_id,) = people.save_account(morgan, new, morgan.new_key()).accounts
        if balance:
            tokens.record_purchase(morgan, account_id, balance, f"INV-{account_id}", None, morgan.new_key())
        return people.account(morgan, account_id)

    def open(
        self, account: Account, priority: Priority = Priority.STANDARD, who: Actor = ALEX, **more: object
    ) -> Changed:
        """A ticket opened by the account's administrator."""
        leah = next(contact for contact in account.contacts if contact.is_administrator)
        request = NewRequest(
            account_id=account.id,
            contact_id=leah.id,
            priority=priority,
            subject="Mail is slow",
            words="Please look.",
        )
        desk = self.at(who)
        return intake.open_ticket(desk, replace(request, **more), desk.new_key())  # type: ignore[arg-type]

    def number(self, account: Account, priority: Priority = Priority.STANDARD, **more: object) -> int:
        """The number of a ticket opened so."""
        opened = self.open(account, priority, **more).ticket_id
        assert opened is not None
        return opened

    def balance(self, account: Account) -> int:
        return people.account(self.desk, account.id).balance


@contextmanager
def office(url: str, clock: HandClock | None = None) -> Iterator[Office]:
    """An office at a fresh database."""
    clock = clock or HandClock()
    store = open_store(url, clock=clock)
    try:
        yield Office(Desk(store, load_policies(store), ALEX), clock)
    finally:
        store.close()
