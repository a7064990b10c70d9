"""Frozen rows for reading: what lists, panes and reports show. No database objects, no policy decisions.

Instants are aware UTC. Screens import these from the services that return them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from console.policy.facts import Fact
from console.policy.terms import (
    Cause,
    Channel,
    EntryKind,
    Hosting,
    Milestone,
    Priority,
    PromiseKind,
    Role,
    Status,
    SupportOption,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueRow:
    """One ticket in a list. ``due_at`` is the next unmet promise, late or not; ``None`` when nothing is owed.

    ``held`` is what the ticket costs now, ``credited`` what came back, ``price`` what its priority costs; ``balance``
    is the account's, for tickets awaiting tokens.
    """

    id: int
    version: int
    subject: str
    account_id: int
    account_name: str
    hosting: Hosting
    option: SupportOption
    requester: str
    requester_is_administrator: bool
    channel: Channel
    priority: Priority
    status: Status
    received_at: datetime
    opened_at: datetime | None
    touched_at: datetime
    due_at: datetime | None
    milestone: Milestone | None
    kind: PromiseKind | None
    business: bool
    planned_at: datetime | None
    missed: tuple[Milestone, ...]
    is_free: bool
    held: int
    credited: int
    price: int
    balance: int
    owner: str | None
    owner_name: str
    lease_until: datetime | None
    begun: bool
    confirmed: bool
    proposed: bool
    reopened: bool
    authorised: bool
    callback: bool


@dataclass(frozen=True, slots=True)
class QueueKey:
    """Where a ticket stands in the queue's order: enough to count bands and to fetch its row when it is looked at."""

    id: int
    due_at: datetime | None
    awaiting: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """How many tickets each view of the rail and each tab of the queue shows; ``determinations`` wait for a manager.

    ``missed`` to ``awaiting`` are the tabs, by the next unmet promise, guarantees and goals alike.
    """

    queue: int
    mine: int
    unclaimed: int
    plan_sent: int
    emergencies: int
    due_hour: int
    missed_today: int
    best_effort: int
    determinations: int
    missed: int
    act_now: int
    soon: int
    today: int
    later: int
    no_clock: int
    awaiting: int


@dataclass(frozen=True, slots=True)
class Owner:
    """Who claimed a ticket; ``login`` is empty when nobody has, ``lease_until`` is when others may take over."""

    login: str
    name: str
    lease_until: datetime | None


@dataclass(frozen=True, slots=True)
class Mark:
    """One deadline on the deadline strip."""

    ticket_id: int
    subject: str
    due_at: datetime
    milestone: Milestone
    kind: PromiseKind


@dataclass(frozen=True, slots=True)
class TimelineItem:
    """A fact in the journal with who recorded it and when (database time)."""

    number: int
    fact: Fact
    actor: str
    actor_name: str
    role: Role
    recorded_at: datetime
    ticket_id: int | None
    account_id: int | None


@dataclass(frozen=True, slots=True)
class Touched:
    """A fact's number and kind, and the ticket and account it is about.

    ``taken_from`` is whose claim it ended: their name where it was taken over, their login where it was released.
    """

    number: int
    kind: str
    ticket_id: int | None
    account_id: int | None
    taken_from: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountRow:
    """One account in a list; ``awaiting`` counts its tickets that wait for tokens."""

    id: int
    name: str
    hosting: Hosting
    option: SupportOption
    users: int
    balance: int
    awaiting: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementLine:
    """One entry of the ledger as stored. ``at`` is the instant that caused it, ``recorded_at`` the database's."""

    entry_id: int
    account_id: int
    seq: int
    at: datetime
    recorded_at: datetime
    kind: EntryKind
    cause: Cause
    clause: str
    tokens: int
    balance_after: int
    ticket_id: int | None
    actor: str
    actor_name: str
    reference: str
    reason: str
    reverses: int | None


@dataclass(frozen=True, slots=True)
class Statement:
    """Entries of a period [``start``, ``end``) in the order of the ledger, with opening and closing balance."""

    account_id: int
    account_name: str
    start: datetime
    end: datetime
    opening: int
    lines: tuple[StatementLine, ...]
    closing: int

    def moved(self, kind: EntryKind) -> int:
        """The sum of the changes of one kind."""
        return sum(line.tokens for line in self.lines if line.kind is kind)

    @property
    def adds_up_by(self) -> int:
        """0 when opening + entries = closing, else the difference."""
        return self.closing - self.opening - sum(line.tokens for line in self.lines)


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionRow:
    """A proposal that waits, or a determination: who, when, category, reason, what it moved."""

    ticket_id: int
    version: int
    subject: str
    account_name: str
    hosting: Hosting
    priority: Priority
    held: int
    due_at: datetime | None
    milestone: Milestone | None
    category: str
    reason: str
    question: str
    by: str
    by_name: str
    at: datetime
    free: bool | None
    tokens: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PromiseRow:
    """One promise that fell due, was met or was missed in a period; the raw material of the breach summary.

    ``credited`` is what its miss credited; ``late`` is by how much it was or is late (``None`` when it was not).
    """

    ticket_id: int
    subject: str
    account_id: int
    account_name: str
    option: SupportOption
    priority: Priority
    milestone: Milestone
    kind: PromiseKind
    counted_from: datetime
    due_at: datetime
    met_at: datetime | None
    missed: bool
    late: timedelta | None
    still_open: bool
    cause: str | None
    credited: int
    held_at_miss: int
    owner_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EmergencyRow:
    """One ticket that was opened, or raised, as an emergency; ``demoted`` when that still stands as a demotion."""

    ticket_id: int
    account_id: int
    option: SupportOption
    owner_name: str
    demoted: bool

    @property
    def priority(self) -> Priority:
        """What it was opened as, whatever it is now: the filter by priority means this."""
        return Priority.EMERGENCY


@dataclass(frozen=True, slots=True)
class DayCount:
    """Missed guarantees on one day (policy zone), begin or respond apart from resolve or plan."""

    day: date
    begin_or_respond: int
    resolve_or_plan: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody on the People list; no row for a login means: not on the list.

    ``further`` are groups of their login at a shared database that are no roles of the policy: auditor, system.
    """

    login: str
    name: str
    roles: frozenset[Role]
    on_shift: bool = True
    further: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseFacts:
    """What a database says about itself; ``owners`` are the logins that its guards do not hold.

    ``encrypted`` is the TLS version of this connection, empty without one; the rest is empty at a local database.
    """

    where: str
    schema: int
    known_schema: int
    engine: str
    encrypted: str = ""
    owners: Sequence[str] = ()
    is_owner: bool = False
    upgrade_command: str = ""


class LoginState(StrEnum):
    """What a server says of a login: there is none of that name, it is barred, or it can sign in."""

    NONE = "none"
    BARRED = "barred"
    OPEN = "open"


@dataclass(frozen=True, slots=True)
class ListedPerson:
    """Somebody on the People list, and what the server of a shared database says of the login: whether it has a
    session here now, and whether anybody could sign in with it. At a local database everybody can."""

    person: Person
    signed_in: bool = False
    login: LoginState = LoginState.OPEN


@dataclass(frozen=True, slots=True)
class Difference:
    """Something that does not add up, found by re-adding everything."""

    where: str
    words: str
