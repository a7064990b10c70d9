"""A ticket's life: open, begin, reply, plan, resolve, undo (policy §2, §4); its end stands in ``closing``.

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
from console.policy.closing import cancel, merge, reopen, require_not_closed
from console.policy.deadlines import Deadline, StartEvent, derive
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
    TicketOpened,
    TicketReceived,
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
    Requester,
    Status,
    SupportOption,
)
from console.policy.ticket import PlanOfResolution, Ticket

__all__ = [
    "Entered",
    "NewTicket",
    "begin",
    "cancel",
    "merge",
    "open_ticket",
    "release",
    "release_order",
    "reopen",
    "reply",
    "require_not_closed",
    "resolve",
    "send_plan",
    "start_if_payable",
    "undo_begin",
    "undo_plan",
    "undo_resolve",
]

#: The milestones that each act meets (clause 2.2): a reply begins the work, a resolution ends it.
_BEGUN = frozenset({Milestone.BEGIN})
_REPLIED = frozenset({Milestone.RESPOND, Milestone.BEGIN})
_PLANNED = frozenset({Milestone.RESOLVE_OR_PLAN})
_RESOLVED = frozenset(Milestone)


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

    @property
    def is_late(self) -> bool:
        """Whether it happened before it is entered."""
        return self.at != self.now

    @classmethod
    def at_once(cls, now: datetime) -> "Entered":
        return cls(now, now)


def begin(
    ticket: Ticket, actor: Actor, entered: Entered, balance: int, *, policy: Policy | None = None
) -> Outcome:
    """Work begun: meets *begin* (clause 2.2). Beginning again changes nothing.

    Here and in ``reply``, ``send_plan`` and ``resolve``, ``policy`` says what the ticket costs now, should an act
    entered late show that it was not free after all; without it, what the miss had credited is charged again.
    """
    work = _work(ticket, actor, entered, balance, "begin work", policy, _BEGUN)
    if ticket.begun_at is None or entered.at < ticket.begun_at:
        _mark_begun(work)
        work.draft.note(WorkBegun(at=entered.at))
    return work.done()


def reply(
    ticket: Ticket,
    actor: Actor,
    entered: Entered,
    balance: int,
    words: str,
    *,
    policy: Policy | None = None,
) -> Outcome:
    """The customer answered: meets *respond*, and begins the work too (clause 2.2)."""
    work = _work(ticket, actor, entered, balance, "reply", policy, _REPLIED)
    if ticket.begun_at is None or entered.at < ticket.begun_at:
        _mark_begun(work)
    if ticket.replied_at is None or entered.at < ticket.replied_at:
        work.draft.ticket = replace(work.draft.ticket, replied_at=entered.at)
        _meet(work, _REPLIED - _BEGUN)
    work.draft.note(ReplySent(at=entered.at, words=words))
    return work.done()


def send_plan(
    ticket: Ticket,
    actor: Actor,
    entered: Entered,
    balance: int,
    plan: PlanOfResolution,
    *,
    policy: Policy | None = None,
) -> Outcome:
    """A plan of resolution recorded: meets *resolve or plan* (clause 2.2)."""
    work = _work(ticket, actor, entered, balance, "send a plan", policy, _PLANNED)
    _require_since_reopening(ticket, entered, "send a plan")
    first = min(ticket.planned_at or entered.at, entered.at)
    newest = ticket.plan if ticket.plan is not None and entered.is_late else plan
    status = ticket.status if ticket.is_closed else Status.PLANNED
    work.draft.ticket = replace(work.draft.ticket, planned_at=first, plan=newest, status=status)
    _meet(work, _PLANNED)
    by_when = plan.by_when.isoformat() if plan.by_when else ""
    work.draft.note(PlanSent(at=entered.at, what=plan.what, who=plan.who, by_when=by_when))
    return work.done()


def resolve(
    ticket: Ticket,
    actor: Actor,
    entered: Entered,
    balance: int,
    outcome: str = "solved",
    words: str = "",
    *,
    policy: Policy | None = None,
) -> Outcome:
    """The ticket resolved: meets every milestone that is still open (clause 2.2)."""
    work = _work(ticket, actor, entered, balance, "resolve it", policy, _RESOLVED)
    _require_since_reopening(ticket, entered, "resolve it")
    work.draft.ticket = replace(
        work.draft.ticket,
        status=Status.RESOLVED,
        resolved_at=entered.at,
        closed_at=entered.at,
        outcome=outcome,
    )
    _meet(work, _RESOLVED)
    work.draft.note(TicketResolved(at=entered.at, outcome=outcome, words=words))
    return work.done()


@dataclass(frozen=True, slots=True)
class _Work:
    """An act of work in the making: the draft it writes into, and when it happened and was entered."""

    draft: Draft
    entered: Entered
    policy: Policy | None

    def done(self) -> Outcome:
        return self.draft.outcome()


def _work(
    ticket: Ticket,
    actor: Actor,
    entered: Entered,
    balance: int,
    act: str,
    policy: Policy | None,
    meets: frozenset[Milestone],
) -> _Work:
    """The act's draft, judged: what passed unmet is missed, but not what the act ``meets`` in time."""
    require(actor, STAFF, act)
    if ticket.status is not Status.RESOLVED or not entered.is_late:
        require_not_closed(ticket)
    if ticket.is_awaiting or ticket.opened_at is None:
        raise Refused(
            f"The clock of {ticket.id} starts when the account can pay; until then no promise can be met.",
            clause=Clause.AWAITING_TOKENS,
            title="Awaiting tokens",
        )
    if entered.is_late:
        _require_late_entry(ticket, actor, entered, act)
    draft = Draft(ticket.with_deadlines(lambda each: _met_in_time(each, entered.at, meets)), balance)
    settle(draft, entered.now)
    if entered.is_late:
        draft.note(EnteredLate(at=entered.at, act=act, entered_at=entered.now, reason=entered.reason))
    return _Work(draft, entered, policy)


def _require_late_entry(ticket: Ticket, actor: Actor, entered: Entered, act: str) -> None:
    require(actor, MANAGEMENT, "enter an act at an earlier time", Clause.ENTERED_LATE)
    if not entered.reason.strip():
        raise Refused("An act entered late needs a reason.", clause=Clause.ENTERED_LATE)
    last = min(entered.now, ticket.resolved_at or entered.now)
    if ticket.opened_at is None or not ticket.opened_at <= entered.at <= last:
        until = "now" if last == entered.now else "its resolution"
        raise Refused(
            f"To {act} counts between the opening of the ticket and {until}, not outside.",
            clause=Clause.ENTERED_LATE,
        )


def _require_since_reopening(ticket: Ticket, entered: Entered, act: str) -> None:
    if ticket.reopened_at is not None and entered.at < ticket.reopened_at:
        raise Refused(
            f"{ticket.id} was resolved and reopened since; to {act} counts from the reopening.",
            clause=Clause.ENTERED_LATE,
        )


def _met_in_time(deadline: Deadline, at: datetime, meets: frozenset[Milestone]) -> Deadline:
    """Met at ``at`` where it runs and was not due before; so nothing is missed that an act entered late had met."""
    if deadline.is_open and deadline.milestone in meets and at <= deadline.due_at:
        return replace(deadline, met_at=at)
    return deadline


def _mark_begun(work: _Work) -> None:
    ticket = work.draft.ticket
    status = Status.BEGUN if ticket.status is Status.OPEN else ticket.status
    work.draft.ticket = replace(ticket, begun_at=work.entered.at, status=status)
    _meet(work, _BEGUN)


def _meet(work: _Work, milestones: frozenset[Milestone]) -> None:
    at = work.entered.at
    for position, deadline in enumerate(work.draft.ticket.deadlines):
        earlier = deadline.met_at is None or at < deadline.met_at
        if earlier and deadline.counts and deadline.milestone in milestones:
            _meet_one(work, position)


def _meet_one(work: _Work, position: int) -> None:
    deadline = work.draft.ticket.deadlines[position]
    met = replace(deadline, met_at=work.entered.at)
    in_time_after_all = work.entered.is_late and deadline.missed and work.entered.at <= deadline.due_at
    if in_time_after_all:
        met = replace(met, missed=False, credited=0)
    work.draft.ticket = work.draft.ticket.with_deadlines(lambda each: met if each is deadline else each)
    if in_time_after_all:
        work.draft.note(MissWithdrawn(at=work.entered.now, milestone=deadline.milestone))
        _withdraw_credit(work, deadline.credited)


def _withdraw_credit(work: _Work, credited: int) -> None:
    """What a miss had credited stands for the next missed guarantee, or is charged again when there is none."""
    ticket = work.draft.ticket
    still_missed = ticket.missed_guarantee
    if still_missed is not None:
        heir = replace(still_missed, credited=still_missed.credited + credited)
        work.draft.ticket = ticket.with_deadlines(lambda each: heir if each is still_missed else each)
    elif not ticket.determined_free:
        costs = credited
        if work.policy is not None:
            costs = work.policy.price(ticket.hosting, ticket.option, ticket.priority) - ticket.held
        work.draft.take_back(
            max(0, min(credited, costs)),
            Cause.MET_AFTER_ALL,
            work.entered.now,
            Clause.ENTERED_LATE,
            "charging it again",
        )


# --- Taking back one's own act ------------------------------------------------------------------------------


def undo_begin(ticket: Ticket, at: datetime, balance: int) -> Outcome:
    """Work not begun after all: *begin* is owed again, and judged at once; a reply made meanwhile still
    begins it."""
    draft = _undo(ticket, ticket.begun_at, "begun", at, balance)
    replied = ticket.replied_at if ticket.replied_since_begun else None
    _unmeet(draft, ticket.begun_at, replied, Milestone.BEGIN)
    draft.ticket = replace(draft.ticket, begun_at=replied)
    return _undone(draft, "begin", at)


def undo_plan(ticket: Ticket, at: datetime, balance: int) -> Outcome:
    """The plan withdrawn: *resolve or plan* is owed again, and judged at once."""
    draft = _undo(ticket, ticket.planned_at, "planned", at, balance)
    _unmeet(draft, ticket.planned_at, None, Milestone.RESOLVE_OR_PLAN)
    draft.ticket = replace(draft.ticket, planned_at=None, plan=None)
    return _undone(draft, "plan", at)


def undo_resolve(ticket: Ticket, at: datetime, balance: int) -> Outcome:
    """Not resolved after all: what only the resolution met is owed again, and judged at once."""
    if ticket.status is not Status.RESOLVED:
        raise Refused(f"{ticket.id} is not resolved.", clause=Clause.REVERSE)
    draft = Draft(ticket, balance)
    _unmeet(draft, ticket.resolved_at, ticket.replied_at, Milestone.RESPOND)
    _unmeet(draft, ticket.resolved_at, ticket.begun_at, Milestone.BEGIN)
    _unmeet(draft, ticket.resolved_at, ticket.planned_at, Milestone.RESOLVE_OR_PLAN)
    draft.ticket = replace(draft.ticket, resolved_at=None, closed_at=None, outcome=None)
    return _undone(draft, "resolve", at)


def _undo(ticket: Ticket, done_at: datetime | None, act: str, at: datetime, balance: int) -> Draft:
    """The draft of an undo; what passed unmet before it is settled first."""
    require_not_closed(ticket)
    if done_at is None:
        raise Refused(f"{ticket.id} is not {act}.", clause=Clause.REVERSE)
    draft = Draft(ticket, balance)
    settle(draft, at)
    return draft


def _undone(draft: Draft, act: str, at: datetime) -> Outcome:
    draft.ticket = replace(draft.ticket, status=draft.ticket.working_status())
    draft.note(ActUndone(at=at, act=act))
    settle(draft, at)
    return draft.outcome()


def _unmeet(
    draft: Draft, met_by_act: datetime | None, instead: datetime | None, milestone: Milestone
) -> None:
    """Owed again, or met by what was done ``instead``: what the act had met."""
    given = _could_be_met(draft.ticket, met_by_act)

    def unmet(deadline: Deadline) -> Deadline:
        met_by_it = deadline.milestone is milestone and deadline.met_at == met_by_act
        if met_by_it and deadline.counts and deadline in given:
            return replace(deadline, met_at=instead)
        return deadline

    draft.ticket = draft.ticket.with_deadlines(unmet)


def _could_be_met(ticket: Ticket, done_at: datetime | None) -> tuple[Deadline, ...]:
    """The promises that an act of that instant can have met: one since the reopening had met nothing that was promised
    before it, not even at the same instant."""
    since = ticket.reopened_at
    if since is None or done_at is None or done_at < since:
        return ticket.deadlines
    return ticket.since_reopening()
