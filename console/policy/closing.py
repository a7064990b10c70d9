"""The end of a ticket's life and its return: closed, reopened, cancelled, merged (policy §6)."""

from dataclasses import replace
from datetime import datetime

from console.policy.actor import MANAGEMENT, STAFF, Actor, require
from console.policy.breaches import settle
from console.policy.clauses import Clause
from console.policy.deadlines import End, StartEvent, derive
from console.policy.document import Policy, Promise
from console.policy.errors import Refused
from console.policy.facts import TicketCancelled, TicketMerged, TicketReopened
from console.policy.outcome import Draft, Outcome
from console.policy.terms import Cause, Milestone, PromiseKind, Role, Status
from console.policy.ticket import Ticket


def require_not_closed(ticket: Ticket) -> None:
    """Raises ``Refused`` when the ticket is resolved, cancelled or merged (clause 6.4)."""
    if ticket.is_closed:
        raise Refused(
            f"{ticket.id} is {ticket.status}; it takes no more work.", clause=Clause.CLOSED, title="Closed"
        )


def after_reopening(promise: Promise) -> Promise:
    """``promise`` as a reopened ticket has it: a goal (clause 6.1)."""
    return replace(promise, kind=PromiseKind.GOAL, clause=Clause.REOPEN)


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
        derive(after_reopening(promise), StartEvent.REOPENED, at, policy.calendar)
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
    price_stands = draft.ticket.work_has_begun and not credit_anyway and draft.ticket.held > 0
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
