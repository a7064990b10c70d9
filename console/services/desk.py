"""The desk: where a person works. Carries the store, the policies and the actor into every use case."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import uuid4

from console.policy.actor import Actor
from console.policy.document import Policies, Policy
from console.policy.facts import Fact
from console.policy.ledger import Entry
from console.policy.terms import Role
from console.policy.ticket import LEASE as LEASE
from console.policy.ticket import Ticket
from console.services.versions import policies_in
from console.store.engine import Store
from console.store.rows import QueueRow
from console.store.schema import Least

#: The setting that marks a database filled with sample data; it is shown as long as it stands.
SAMPLE_SETTING = "sample"


@dataclass(frozen=True)
class Desk:
    """One person at one database. ``policies`` are the versions known when the desk was opened; acts read them anew."""

    store: Store
    policies: Policies
    actor: Actor

    def now(self) -> datetime:
        """The database's clock."""
        return self.store.now()

    def policy(self) -> Policy:
        """The policy version in force now, also when it was added after this desk was opened."""
        with self.store.read() as read:
            return policies_in(read).in_force(read.now)

    def new_key(self) -> str:
        """A key for one act, made before it is sent, so that a double click or a retry happens once."""
        return uuid4().hex

    def may(self, *roles: Role) -> bool:
        """Whether the actor holds any of ``roles``."""
        return self.actor.has(frozenset(roles))

    def is_shared(self) -> bool:
        """Whether others work at the same database, each at their own computer."""
        return self.store.kind == "postgresql"

    def why_only_reading(self) -> str:
        """Why this console may read the database but not write to it; empty when it may."""
        return self.store.reads_only

    def is_judged_by(self, least: Least) -> bool:
        """Whether it is known what the console that the database asks for means for this one."""
        return self.store.is_judged_by(least)

    def is_sample(self) -> bool:
        """Whether this is the labelled sample database."""
        with self.store.read() as read:
            return read.setting(SAMPLE_SETTING) is not None


@dataclass(frozen=True, slots=True)
class Undo:
    """How the author takes an act back until ``until``; ``id`` is the ticket's number, or the entry's for purchases."""

    act: str
    id: int
    until: datetime


@dataclass(frozen=True, slots=True)
class Changed:
    """What an act touched: screens read these tickets and accounts again. ``words`` is the sentence for the toast.

    ``people`` when the People list changed, and so perhaps what somebody may do.
    ``rows`` are those of the tickets as they stand now, where they were read along; they need no reading again.
    """

    tickets: frozenset[int] = frozenset()
    accounts: frozenset[int] = frozenset()
    journal: int = 0
    words: str = ""
    undo: Undo | None = None
    ticket_id: int | None = None
    people: bool = False
    rows: tuple[QueueRow, ...] = ()

    def as_result(self) -> dict[str, Any]:
        """Plain values for the record of requests; see ``from_result``."""
        undo = self.undo and [self.undo.act, self.undo.id, self.undo.until.isoformat()]
        return {
            "tickets": sorted(self.tickets),
            "accounts": sorted(self.accounts),
            "journal": self.journal,
            "words": self.words,
            "undo": undo,
            "ticket_id": self.ticket_id,
            "people": self.people,
        }

    @classmethod
    def from_result(cls, result: Mapping[str, Any]) -> "Changed":
        """The answer that an act gave when it first happened."""
        undo = result["undo"]
        return cls(
            frozenset(result["tickets"]),
            frozenset(result["accounts"]),
            result["journal"],
            result["words"],
            undo and Undo(undo[0], undo[1], datetime.fromisoformat(undo[2])),
            result["ticket_id"],
            result.get("people", False),
        )


@dataclass(frozen=True, slots=True)
class Preview:
    """What a decision would do, computed by the function that will carry it out, and not saved."""

    before: Ticket
    after: Ticket
    balance_before: int
    balance_after: int
    policy: Policy
    at: datetime
    facts: tuple[Fact, ...] = ()
    entries: tuple[Entry, ...] = ()

    @property
    def charged(self) -> int:
        """Tokens that would be charged on balance; 0 when some would be credited."""
        return max(0, self.balance_before - self.balance_after)

    @property
    def credited(self) -> int:
        """Tokens that would be credited on balance; 0 when some would be charged."""
        return max(0, self.balance_after - self.balance_before)
