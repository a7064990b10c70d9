"""The unit of work: one write transaction with its repositories. Lock order: account, ticket, anything else."""

from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING

from sqlalchemy import Connection

from console.policy.actor import Actor
from console.store.accounts import Accounts
from console.store.journal import Journal
from console.store.ledger import Ledger
from console.store.people import People, PolicyDocuments, Settings
from console.store.requests import Imports, Requests
from console.store.tickets import Tickets

if TYPE_CHECKING:
    from console.store.engine import Store
    from console.store.reading import Read


class Work:
    """What ``Store.work`` gives: everything done through it is committed together, or not at all."""

    def __init__(self, store: "Store", connection: Connection, actor: Actor) -> None:
        self.store = store
        self.connection = connection
        self.actor = actor
        self.moves_journal = False
        self._floor: datetime | None = None
        self.requests = Requests(self)
        self.accounts = Accounts(self)
        self.tickets = Tickets(self)
        self.ledger = Ledger(self)
        self.journal = Journal(self)
        self.people = People(self)
        self.policies = PolicyDocuments(self)
        self.settings = Settings(self)
        self.imports = Imports(self)

    @cached_property
    def read(self) -> "Read":
        """What can be read inside this unit of work, through its own connection: also what it has written itself."""
        from console.store.reading import Read

        return Read(self.store, self.connection)

    @cached_property
    def stamp(self) -> datetime:
        """The database's clock, read once, at its first use: on a shared database after the account is locked.

        A shared database keeps it as the instant of this act, which its guards compare. What concerns consoles and no
        account's history goes by it alone: how long a claim lasts.
        """
        return self.store.stamp(self.connection)

    @cached_property
    def now(self) -> datetime:
        """The instant of this act: the same, and never before the last entry of an account that was locked by then,
        even when the clock was set back."""
        return max(self.stamp, self._floor) if self._floor else self.stamp

    def not_before(self, at: datetime | None) -> None:
        """Keeps ``now``, if it was not read yet, from lying before ``at``."""
        if at is not None:
            self._floor = max(at, self._floor or at)
