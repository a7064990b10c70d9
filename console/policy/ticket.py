"""The ticket aggregate: one support issue, one priority at a time, with its deadlines and tokens.

Only data and questions stand here; decisions stand in ``life``, ``repricing``, ``classification`` and
``breaches``.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from console.policy.deadlines import Deadline, StartEvent
from console.policy.terms import CLOSED, Channel, Hosting, Priority, Requester, Status, SupportOption

#: How long a claim holds without a sign of life from its owner's console.
LEASE = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Confirmation:
    """An emergency confirmed as mission-critical, by whom and when (clause 3.1)."""

    by: str
    by_name: str
    at: datetime
    criteria: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Demotion:
    """An emergency demoted to urgent (clause 3.2); ``credited`` is what that credited, ``lacked`` what the customer had
    not authorised of an emergency's price: a reversal does not charge it."""

    by: str
    by_name: str
    at: datetime
    credited: int
    confirmation: Confirmation | None
    lacked: int = 0


@dataclass(frozen=True, slots=True)
class Proposal:
    """An agent's proposal that the issue is free; ``question`` is a manager's question back (clause 3.3)."""

    by: str
    by_name: str
    at: datetime
    category: str
    reason: str
    question: str = ""


@dataclass(frozen=True, slots=True)
class Determination:
    """A manager's final decision on a free issue; ``tokens`` is what it credited (or, negative, charged).

    ``price`` is what the customer had authorised by then, or since: the most that an overturning decision charges.
    """

    free: bool
    by: str
    by_name: str
    at: datetime
    category: str
    reason: str
    tokens: int
    price: int = 0
    proposal: Proposal | None = None
    overturned: "Determination | None" = None


@dataclass(frozen=True, slots=True)
class PlanOfResolution:
    """What will be done, by whom and by when; it is shown to the customer."""

    what: str
    who: str
    by_when: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """A ticket as decisions see it. Instants are aware UTC; ``id`` is its number (0 before it is stored).

    ``held`` is what the ticket now holds of the account's tokens: charged and not credited.
    """

    id: int
    account_id: int
    account_name: str
    policy_version: int
    hosting: Hosting
    option: SupportOption
    priority: Priority
    asked_priority: Priority
    channel: Channel
    requester: str
    requester_kind: Requester
    subject: str
    status: Status
    received_at: datetime
    opened_at: datetime | None = None
    replied_at: datetime | None = None
    begun_at: datetime | None = None
    planned_at: datetime | None = None
    resolved_at: datetime | None = None
    reopened_at: datetime | None = None
    closed_at: datetime | None = None
    held: int = 0
    deadlines: tuple[Deadline, ...] = ()
    confirmation: Confirmation | None = None
    demotion: Demotion | None = None
    proposal: Proposal | None = None
    determination: Determination | None = None
    plan: PlanOfResolution | None = None
    outcome: str | None = None
    cause_of_miss: str | None = None
    merged_into: int | None = None
    version: int = 0

    @property
    def is_closed(self) -> bool:
        return self.status in CLOSED

    @property
    def replied_since_begun(self) -> bool:
        """Whether the first reply came with the begin or after it: only history from elsewhere has an earlier one."""
        return self.replied_at is not None and self.begun_at is not None and self.replied_at >= self.begun_at

    def since_reopening(self) -> tuple[Deadline, ...]:
        """The promises given since the ticket was last reopened, all where it never was (clause 6.1). By their order,
        not by their instants alone: a clock may have been set back in between."""
        since = self.reopened_at
        if since is None:
            return self.deadlines
        given = [
            each.start is not StartEvent.OPENED and each.counted_from >= since for each in self.deadlines
        ]
        anew = [each.start is StartEvent.REOPENED and each.counted_from == since for each in self.deadlines]
        first = anew.index(True) if any(anew) else given.index(True) if any(given) else len(given)
        return tuple(each for each in self.deadlines[first:] if each.start is not StartEvent.OPENED)

    @property
    def is_awaiting(self) -> bool:
        return self.status is Status.AWAITING_TOKENS

    @property
    def work_has_begun(self) -> bool:
        """Whether anything was done for the customer: begun, planned, or resolved and reopened since."""
        return any(
            at is not None for at in (self.begun_at, self.planned_at, self.resolved_at, self.reopened_at)
        )

    @property
    def pays_tokens(self) -> bool:
        return self.option is SupportOption.TOKENS

    @property
    def missed_guarantee(self) -> Deadline | None:
        """The first guarantee settled as missed; what was missed before a change counts for good."""
        missed = [deadline for deadline in self.deadlines if deadline.missed and deadline.is_guarantee]
        return min(missed, key=lambda deadline: deadline.due_at, default=None)

    @property
    def classification(self) -> Demotion | Confirmation | None:
        """What can be taken back (clause 3.5): the demotion of a ticket that is urgent, else the confirmation that
        stands. A demoted ticket that was raised again keeps its demotion as a record alone."""
        return self.demotion if self.demotion and self.priority is Priority.URGENT else self.confirmation

    @property
    def determined_free(self) -> bool:
        return self.determination is not None and self.determination.free

    @property
    def is_free(self) -> bool:
        """Free by a missed guarantee or by a determination: it costs nothing more (clause 4.3, 3.3)."""
        return self.determined_free or self.missed_guarantee is not None

    @property
    def counting(self) -> tuple[Deadline, ...]:
        """The deadlines that are promises to the customer now, met or not, in order of the published
        table."""
        return tuple(deadline for deadline in self.deadlines if deadline.counts)

    @property
    def next_due(self) -> Deadline | None:
        """The unmet promise that is due first, late or not; ``None`` when nothing is owed."""
        if self.is_closed:
            return None
        unmet = [deadline for deadline in self.deadlines if deadline.is_unmet]
        return min(unmet, key=lambda deadline: deadline.due_at, default=None)

    def with_deadlines(self, change: Callable[[Deadline], Deadline]) -> "Ticket":
        """The same ticket with ``change`` applied to each deadline."""
        return replace(self, deadlines=tuple(change(deadline) for deadline in self.deadlines))

    def working_status(self) -> Status:
        """Open, begun or planned, as the recorded acts say."""
        if self.planned_at is not None:
            return Status.PLANNED
        return Status.BEGUN if self.begun_at is not None else Status.OPEN

    def open_deadlines(self) -> Iterator[Deadline]:
        """Those that still run."""
        return (deadline for deadline in self.deadlines if deadline.is_open)
