"""A ticket's life: open, begin, reply, plan, resolve, reopen, cancel, merge (policy §2, §4, §6).

Every function returns an ``Outcome`` and changes nothing. ``at`` is when the act truly happened, ``now``
when it is entered (the same unless it is entered late); both are aware UTC and come from the database's
clock.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from console.policy.actor import MANAGEMENT, STAFF, Actor, require
from console.policy.breaches import settle
from console.policy.clauses import Clause
from console.policy.deadlines import Deadline, End, StartEvent, derive
from console.policy.document import Policy
from console.policy.entitlement import Request, require_entitled
from console.policy.errors import Refused
from console.policy.facts import (
    ActUndone,
    EnteredLate,
    MissWithdrawn,
    PlanSent,
    ReplySent,
    TicketAuthorised,
    TicketAwaitsTokens,
    TicketCancelled,
    TicketMerged,
    TicketOpened,
    TicketReceived,
    TicketReopened,
    TicketResolved,
    WorkBegun,
)
from console.policy.outcome import Draft, Outcome
from console.policy.terms import (
    Cause,
    Channel,
    Hosting,
    Milestone,
    Priority,
    PromiseKind,
    Requester,
    Role,
    Status,
    SupportOption,
)
from console.policy.ticket import PlanOfResolution, Ticket

_ALL_MILESTONES = frozenset(Milestone)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewTicket:
    """A request as it came in. ``authorised_by`` is the caller who authorised an emergency and its price."""

    account_id: int
    account_name: str
    hosting: Hosting
    option: SupportOption
    restricted_to_administrators: bool
    requester: str
    requester_kind: Requester
    channel: Channel
    priority: Priority
    subject: str
    words: str
    authorised_by: str = ""
    script: str = ""

    def as_request(self) -> Request:
        """What entitlement depends on."""
        return Request(
            self.hosting,
            self.option,
            self.requester_kind,
            self.channel,
            self.priority,
            bool(self.authorised_by),
            self.restricted_to_administrators,
        )


def open_ticket(new: NewTicket, number: int, policy: Policy, balance: int, at: datetime) -> Outcome:
    """The ticket opened and charged, or awaiting tokens when ``balance`` cannot pay its price (clauses 4.1,
    4.2).

    Raises ``Refused`` with the clause when the request is not entitled.
    """
    require_entitled(new.as_request(), policy)
    draft = Draft(_received(new, number, policy, at), balance)
    draft.note(
        TicketReceived(
            at=at,
            priority=new.priority,
            channel=new.channel,
            requester=new.requester,
            requester_kind=new.requester_kind,
            words=new.words,
        )
    )
    price = policy.price(new.hosting, new.option, new.priority)
    if new.authorised_by:
        draft.note(TicketAuthorised(at=at, by=new.authorised_by, script=new.script, price=price))
    if price <= balance:
        _start(draft, policy, at, released=False)
    else:
        draft.note(TicketAwaitsTokens(at=at, needed=price, balance=balance))
    return draft.outcome()


def _received(new: NewTicket, number: int, policy: Policy, at: datetime) -> Ticket:
    return Ticket(
        id=number,
        account_id=new.account_id,
        account_name=new.account_name,
        policy_version=policy.version,
        hosting=new.hosting,
        option=new.option,
        priority=new.priority,
        asked_priority=new.priority,
        channel=new.channel,
        requester=new.requester,
        requester_kind=new.requester_kind,
        subject=new.subject,
        status=Status.AWAITING_TOKENS,
        received_at=at,
    )


def _start(draft: Draft, policy: Policy, at: datetime, *, released: bool) -> None:
    """The opening instant: charges the price and starts every clock (clause 2.4)."""
    ticket = draft.ticket
    price = policy.price(ticket.hosting, ticket.option, ticket.priority)
    draft.charge(price, Cause.OPENED, at, Clause.CHARGE, f"{ticket.priority} support")
    deadlines = tuple(
        derive(promise, StartEvent.OPENED, at, policy.calendar)
        for promise in policy.promises(ticket.option, ticket.priority)
    )
    draft.ticket = replace(draft.ticket, status=Status.OPEN, opened_at=at, deadlines=deadlines)
    draft.note(TicketOpened(at=at, price=price, released=released))


def release(ticket: Ticket, policy: Policy, balance: int, at: datetime) -> Outcome:
    """An awaiting ticket opened at ``at`` when ``balance`` can pay it, else unchanged (clause 4.2)."""
    draft = Draft(ticket, balance)
    start_if_payable(draft, policy, at)
    return draft.outcome()


def start_if_payable(draft: Draft, policy: Policy, at: datetime) -> None:
    """Starts an awaiting ticket within a decision in the making; see ``release``."""
    ticket = draft.ticket
    if ticket.is_awaiting and policy.price(ticket.hosting, ticket.option, ticket.priority) <= draft.balance:
        _start(draft, policy, at, released=True)


def release_order(tickets: Iterable[Ticket]) -> list[Ticket]:
    """Awaiting tickets in the order of release: emergencies first, then oldest first (clause 4.2)."""
    return sorted(tickets, key=lambda t: (t.priority is not Priority.EMERGENCY, t.received_at, t.id))


# --- Work ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Entered:
    """When an act truly happened and when it is entered; ``reason`` is needed when the two differ (clause
    2.7)."""

    at: datetime
    now: datetime
    reason: str = ""

    @classmethod
    def at_once(cls, now: datetime) -> "Entered":
        return cls(now, now)


def begin(ticket: Ticket, actor: Actor, entered: Entered, balance: int) -> Outcome:
    """Work begun: meets *begin* (clause 2.2). Beginning again changes nothing."""
    draft = _work(ticket, actor, entered, balance, "begin work")
    if ticket.begun_at is None or entered.at < ticket.begun_at:
        _mark_begun(draft, entered)
        draft.note(WorkBegun(at=entered.at))
    return draft.outcome()


def reply(ticket: Ticket, actor: Actor, entered: Entered, balance: int, words: str) -> Outcome:
    """The customer answered: meets *respond*, and begins the work too (clause 2.2)."""
    draft = _work(ticket, actor, entered, balance, "reply")
    if ticket.begun_at is None or entered.at < ticket.begun_at:
        _mark_begun(draft, entered)
    if ticket.replied_at is None or entered.at < ticket.replied_at:
        draft.ticket = replace(draft.ticket, replied_at=entered.at)
        _meet(draft, frozenset({Milestone.RESPOND}), entered)
    draft.note(ReplySent(at=entered.at, words=words))
    return draft.outcome()


def send_plan(
    ticket: Ticket, actor: Actor, entered: Entered, balance: int, plan: PlanOfResolution
) -> Outcome:
    """A plan of resolution recorded: meets *resolve or plan* (clause 2.2)."""
    draft = _work(ticket, actor, entered, balance, "send a plan")
    draft.ticket = replace(
        draft.ticket, planned_at=ticket.planned_at or entered.at, plan=plan, status=Status.PLANNED
    )
    _meet(draft, frozenset({Milestone.RESOLVE_OR_PLAN}), entered)
    by_when = plan.by_when.isoformat() if plan.by_when else ""
    draft.note(PlanSent(at=entered.at, what=plan.what, who=plan.who, by_when=by_when))
    return draft.outcome()


def resolve(
    ticket: Ticket, actor: Actor, entered: Entered, balance: int, outcome: str = "solved", words: str = ""
) -> Outcome:
    """The ticket resolved: meets every milestone that is still open (clause 2.2)."""
    draft = _work(ticket, actor, entered, balance, "resolve it")
    draft.ticket = replace(
        draft.ticket, status=Status.RESOLVED, resolved_at=entered.at, closed_at=entered.at, outcome=outcome
    )
    _meet(draft, _ALL_MILESTONES, entered)
    draft.note(TicketResolved(at=entered.at, outcome=outcome, words=words))
    return draft.outcome()


def _work(ticket: Ticket, actor: Actor, entered: Entered, balance: int, act: str) -> Draft:
    require(actor, STAFF, act)
    require_not_closed(ticket)
    if ticket.is_awaiting or ticket.opened_at is None:
        raise Refused(
            f"The clock of {ticket.id} starts when the account can pay; until then no promise can be met.",
            clause=Clause.AWAITING_TOKENS,
            title="Awaiting tokens",
        )
    draft = Draft(ticket, balance)
    settle(draft, entered.now)
    if entered.at != entered.now:
        _require_late_entry(ticket, actor, entered, act)
        draft.note(EnteredLate(at=entered.at, act=act, entered_at=entered.now, reason=entered.reason))
    return draft


def _require_late_entry(ticket: Ticket, actor: Actor, entered: Entered, act: str) -> None:
    require(actor, MANAGEMENT, "enter an act at an earlier time", Clause.ENTERED_LATE)
    if not entered.reason.strip():
        raise Refused("An act entered late needs a reason.", clause=Clause.ENTERED_LATE)
    if entered.at > entered.now or ticket.opened_at is None or entered.at < ticket.opened_at:
        raise Refused(
            f"To {act} counts between the opening of the ticket and now, not outside.",
            clause=Clause.ENTERED_LATE,
        )


def _mark_begun(draft: Draft, entered: Entered) -> None:
    status = Status.BEGUN if draft.ticket.status is Status.OPEN else draft.ticket.status
    draft.ticket = replace(draft.ticket, begun_at=entered.at, status=status)
    _meet(draft, frozenset({Milestone.BEGIN}), entered)


def _meet(draft: Draft, milestones: frozenset[Milestone], entered: Entered) -> None:
    for deadline in draft.ticket.deadlines:
        earlier = deadline.met_at is None or entered.at < deadline.met_at
        if earlier and deadline.counts and deadline.milestone in milestones:
            _meet_one(draft, deadline, entered)


def _meet_one(draft: Draft, deadline: Deadline, entered: Entered) -> None:
    met = replace(deadline, met_at=entered.at)
    in_time_after_all = deadline.missed and entered.at <= deadline.due_at
    if in_time_after_all:
        met = replace(met, missed=False, credited=0)
    draft.ticket = draft.ticket.with_deadlines(lambda each: met if each is deadline else each)
    if in_time_after_all:
        draft.note(MissWithdrawn(at=entered.now, milestone=deadline.milestone))
        if not draft.ticket.is_free:
            what = "charging it again"
            draft.take_back(deadline.credited, Cause.MET_AFTER_ALL, entered.now, Clause.ENTERED_LATE, what)


def require_not_closed(ticket: Ticket) -> None:
    """Raises ``Refused`` when the ticket is resolved, cancelled or merged (clause 6.4)."""
    if ticket.is_closed:
        raise Refused(
            f"{ticket.id} is {ticket.status}; it takes no more work.", clause=Clause.CLOSED, title="Closed"
        )


# --- Taking back one's own act ------------------------------------------------------------------------------


def undo_begin(ticket: Ticket, at: datetime, balance: int) -> Outcome:
    """Work not begun after all: *begin* is owed again, and judged at once; a reply made meanwhile still
    begins it."""
    draft = Draft(ticket, balance)
    _unmeet(draft, ticket.begun_at, ticket.replied_at, Milestone.BEGIN)
    draft.ticket = replace(draft.ticket, begun_at=ticket.replied_at)
    return _undone(draft, "begin", at)


def undo_plan(ticket: Ticket, at: datetime, balance: int) -> Outcome:
    """The plan withdrawn: *resolve or plan* is owed again, and judged at once."""
    draft = Draft(ticket, balance)
    _unmeet(draft, ticket.planned_at, None, Milestone.RESOLVE_OR_PLAN)
    draft.ticket = replace(draft.ticket, planned_at=None, plan=None)
    return _undone(draft, "plan", at)


def undo_resolve(ticket: Ticket, at: datetime, balance: int) -> Outcome:
    """Not resolved after all: what only the resolution met is owed again, and judged at once."""
    draft = Draft(ticket, balance)
    for milestone in Milestone:
        _unmeet(draft, ticket.resolved_at, None, milestone)
    draft.ticket = replace(draft.ticket, resolved_at=None, closed_at=None, outcome=None)
    return _undone(draft, "resolve", at)


def _undone(draft: Draft, act: str, at: datetime) -> Outcome:
    draft.ticket = replace(draft.ticket, status=draft.ticket.working_status())
    draft.note(ActUndone(at=at, act=act))
    settle(draft, at)
    return draft.outcome()


def _unmeet(
    draft: Draft, met_by_act: datetime | None, instead: datetime | None, milestone: Milestone
) -> None:
    def unmet(deadline: Deadline) -> Deadline:
        if deadline.counts and deadline.milestone is milestone and deadline.met_at == met_by_act:
            return replace(deadline, met_at=instead)
        return deadline

    draft.ticket = draft.ticket.with_deadlines(unmet)


# --- Reopening, cancelling, merging -------------------------------------------------------------------------


def reopen(
    ticket: Ticket, actor: Actor, policy: Policy, at: datetime, balance: int, reason: str = ""
) -> Outcome:
    """A resolved ticket open again without charge; a fresh *resolve or plan* runs as a goal (clause 6.1)."""
    require(actor, STAFF | {Role.CUSTOMER}, "reopen a ticket", Clause.REOPEN)
    if ticket.status is not Status.RESOLVED or ticket.resolved_at is None:
        raise Refused(f"{ticket.id} is not resolved, so it cannot be reopened.", clause=Clause.REOPEN)
    if at > ticket.resolved_at + policy.settings.reopen_within:
        days = policy.settings.reopen_within.days
        raise Refused(
            f"{ticket.id} was resolved more than {days} days ago. Open a new ticket.", clause=Clause.REOPEN
        )
    draft = Draft(ticket, balance)
    fresh = tuple(
        derive(replace(promise, kind=PromiseKind.GOAL), StartEvent.REOPENED, at, policy.calendar)
        for promise in policy.promises(ticket.option, ticket.priority)
        if promise.milestone is Milestone.RESOLVE_OR_PLAN
    )
    draft.ticket = replace(
        ticket,
        status=Status.BEGUN if ticket.begun_at else Status.OPEN,
        reopened_at=at,
        resolved_at=None,
        closed_at=None,
        outcome=None,
        planned_at=None,
        plan=None,
        deadlines=ticket.deadlines + fresh,
    )
    draft.note(TicketReopened(at=at, reason=reason))
    return draft.outcome()


def cancel(
    ticket: Ticket, actor: Actor, at: datetime, balance: int, *, credit_anyway: bool = False, reason: str = ""
) -> Outcome:
    """The ticket cancelled: credited before work has begun, else the price stands unless a manager credits it
    (clause 6.3). Promises not yet due are neither missed nor met (policy §5).
    """
    require(actor, MANAGEMENT | {Role.CUSTOMER}, "cancel a ticket", Clause.CANCEL)
    require_not_closed(ticket)
    if credit_anyway:
        require(actor, MANAGEMENT, "credit a ticket on which work has begun", Clause.CANCEL)
    draft = Draft(ticket, balance)
    settle(draft, at)
    begun = draft.ticket.begun_at is not None or draft.ticket.planned_at is not None
    price_stands = begun and not credit_anyway and draft.ticket.held > 0
    if not price_stands:
        draft.credit_all(Cause.CANCELLED, at, Clause.CANCEL)
    _close(draft, Status.CANCELLED, at)
    draft.note(
        TicketCancelled(at=at, by_customer=not actor.is_manager, price_stands=price_stands, reason=reason)
    )
    return draft.outcome()


def merge(ticket: Ticket, into: Ticket, actor: Actor, at: datetime, balance: int) -> Outcome:
    """The ticket closed as a duplicate of ``into``, its tokens credited (clause 6.2)."""
    require(actor, STAFF, "merge tickets", Clause.MERGE)
    require_not_closed(ticket)
    if into.id == ticket.id:
        raise Refused("A ticket cannot be merged into itself.", clause=Clause.MERGE)
    if into.account_id != ticket.account_id:
        raise Refused("Only tickets of the same account can be merged.", clause=Clause.MERGE)
    if into.status in (Status.CANCELLED, Status.MERGED):
        raise Refused(f"{into.id} is {into.status}, so nothing can be merged into it.", clause=Clause.MERGE)
    draft = Draft(ticket, balance)
    settle(draft, at)
    draft.credit_all(Cause.MERGED, at, Clause.MERGE)
    _close(draft, Status.MERGED, at)
    draft.ticket = replace(draft.ticket, merged_into=into.id)
    draft.note(TicketMerged(at=at, into=into.id))
    return draft.outcome()


def _close(draft: Draft, status: Status, at: datetime) -> None:
    draft.ticket = replace(draft.ticket, status=status, closed_at=at, proposal=None).with_deadlines(
        lambda deadline: deadline.ended_as(End.VOID, at) if deadline.is_open else deadline
    )
