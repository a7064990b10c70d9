"""A change of priority: the difference in price, and the deadlines derived again (policy §3).

A demotion, its reversal and every other change of priority share these steps.
"""

from collections.abc import Set
from dataclasses import replace
from datetime import datetime

from console.policy.actor import STAFF, Actor, require
from console.policy.breaches import settle
from console.policy.clauses import Clause
from console.policy.closing import after_reopening
from console.policy.deadlines import Deadline, End, StartEvent, derive
from console.policy.document import Policy, Promise
from console.policy.entitlement import Request, require_entitled
from console.policy.errors import NotAllowed, Refused
from console.policy.facts import PriorityChanged
from console.policy.life import require_not_closed, start_if_payable
from console.policy.outcome import Draft, Outcome
from console.policy.terms import Cause, Channel, Milestone, Priority, Role
from console.policy.ticket import Ticket


def change_priority(
    ticket: Ticket,
    actor: Actor,
    to: Priority,
    policy: Policy,
    at: datetime,
    balance: int,
    *,
    authorised_by: str = "",
) -> Outcome:
    """The ticket under another priority: the difference charged or credited, open clocks derived again
    (clause 3.4).

    A change that charges needs ``authorised_by``, the customer who authorised it. Raises ``TooFewTokens``
    when the balance cannot pay; nothing is changed then.
    """
    require(actor, STAFF | {Role.CUSTOMER}, "change a priority", Clause.CHANGE_PRIORITY)
    require_not_closed(ticket)
    _require_another(ticket, to)
    _require_may_set(ticket, actor, to)
    if to is Priority.EMERGENCY:
        _require_emergency_entitled(ticket, policy)
    draft = Draft(ticket, balance)
    settle(draft, at)
    raised = to.rank > ticket.priority.rank
    _require_authorised(draft.ticket, to, policy, authorised_by)
    reprice(
        draft,
        to,
        policy,
        at,
        Cause.PRIORITY_RAISED if raised else Cause.PRIORITY_LOWERED,
        Clause.CHANGE_PRIORITY,
    )
    rederive(draft, to, policy, at, raised=raised)
    draft.ticket = replace(draft.ticket, confirmation=None if raised else draft.ticket.confirmation)
    if authorised_by:
        keep_authorised(draft, policy.price(ticket.hosting, ticket.option, to))
    draft.note(PriorityChanged(at=at, before=ticket.priority, after=to, authorised_by=authorised_by))
    settle(draft, at)
    start_if_payable(draft, policy, at)
    return draft.outcome()


def _require_another(ticket: Ticket, to: Priority) -> None:
    if to is ticket.priority:
        raise Refused(f"{ticket.id} is {to} already.", clause=Clause.CHANGE_PRIORITY)
    if ticket.priority is Priority.EMERGENCY:
        raise Refused(
            "An emergency leaves its priority only by the firm's decision that it is not mission-critical. "
            "Demote it.",
            clause=Clause.DEMOTE,
        )


def _require_may_set(ticket: Ticket, actor: Actor, to: Priority) -> None:
    if actor.roles <= {Role.CUSTOMER} and not ticket.pays_tokens and to is not Priority.EMERGENCY:
        raise NotAllowed(
            "With flat-rate support the customer says whether it is an emergency; "
            "our staff set the priority.",
            clause=Clause.CHANGE_PRIORITY,
        )


def _require_emergency_entitled(ticket: Ticket, policy: Policy) -> None:
    require_entitled(
        Request(ticket.hosting, ticket.option, ticket.requester_kind, Channel.TICKET, Priority.EMERGENCY),
        policy,
    )


def _require_authorised(ticket: Ticket, to: Priority, policy: Policy, authorised_by: str) -> None:
    due = price_difference(ticket, to, policy)
    if due > 0 and not authorised_by:
        raise Refused(
            f"Making {ticket.id} {to} charges {due} more; the customer's authorisation is needed.",
            clause=Clause.CHANGE_PRIORITY,
            title="Not authorised",
        )


def keep_authorised(draft: Draft, tokens: int) -> None:
    """Keeps on a ticket decided free what the customer has authorised since, should the decision be overturned."""
    decided = draft.ticket.determination
    if decided is not None and decided.free:
        draft.ticket = replace(draft.ticket, determination=replace(decided, price=max(decided.price, tokens)))


def price_difference(ticket: Ticket, to: Priority, policy: Policy) -> int:
    """Tokens that the change to ``to`` would charge (positive) or credit (negative); a free ticket costs
    nothing.

    For a ticket awaiting tokens it is the difference of the prices that wait to be charged. A price that does not rise
    charges nothing, even where a decision that was overturned has left the ticket with less than its price.
    """
    if ticket.is_free:
        return 0
    before, after = (policy.price(ticket.hosting, ticket.option, each) for each in (ticket.priority, to))
    difference = after - (before if ticket.is_awaiting else ticket.held)
    return difference if after > before else min(0, difference)


def reprice(draft: Draft, to: Priority, policy: Policy, at: datetime, cause: Cause, clause: Clause) -> None:
    """Charges or credits the difference between the price of ``to`` and what the ticket holds."""
    if draft.ticket.is_awaiting:
        return
    difference = price_difference(draft.ticket, to, policy)
    if difference > 0:
        draft.charge(difference, cause, at, clause, f"making it {to}")
    elif difference < 0:
        draft.credit(-difference, cause, at, clause)


def rederive(draft: Draft, to: Priority, policy: Policy, at: datetime, *, raised: bool) -> None:
    """Puts ``to`` in force and derives the open clocks again.

    Raised: they start at ``at`` and never end later than the ones they replace. Lowered: they count from the
    opening instant (a reopened ticket's from the reopening). What was met or missed stays as it is (clauses
    3.2, 3.4). Nothing is missed before it was promised: see ``_lowered``.
    """
    ticket = draft.ticket
    if ticket.is_awaiting:
        draft.ticket = replace(ticket, priority=to)
        return
    kept, fresh = set(), []
    for promise, old in _succession(ticket, to, policy):
        made = (
            _raised(ticket, promise, old, policy, at)
            if raised
            else _lowered(ticket, promise, old, policy, at)
        )
        if made is old:
            kept.add(old)
        else:
            fresh.append(made)
    replaced = ticket.with_deadlines(
        lambda deadline: (
            deadline.ended_as(End.REPLACED, at) if deadline.is_open and deadline not in kept else deadline
        )
    )
    draft.ticket = replace(replaced, priority=to, deadlines=replaced.deadlines + tuple(fresh))


def restore(draft: Draft, policy: Policy, demoted_at: datetime, at: datetime) -> None:
    """The emergency's clocks as they were before the demotion of ``demoted_at``; one that would lie in the
    past starts afresh at ``at``. What was met or missed meanwhile stays so (clause 3.5), and of a ticket that was
    reopened meanwhile the promises are goals (clause 6.1).
    """
    ticket = draft.ticket
    before = {
        deadline.milestone: deadline
        for deadline in ticket.since_reopening()
        if deadline.ended is End.REPLACED and deadline.ended_at == demoted_at
    }
    restored = []
    for promise, running in _succession(ticket, Priority.EMERGENCY, policy):
        stood = running if running is not None and running.promise == promise else None
        given = before.get(promise.milestone)
        kept = given if given is not None and given.promise == promise else stood
        was = kept or _from_opening(ticket, promise, None, policy)
        again = replace(was, ended=None, ended_at=None)
        in_time = (
            again if again.due_at >= at else derive(was.promise, StartEvent.CHANGED, at, policy.calendar)
        )
        restored.append(_met_already(ticket, in_time))
    given_way = ticket.with_deadlines(
        lambda deadline: deadline.ended_as(End.REPLACED, at) if deadline.is_open else deadline
    )
    draft.ticket = replace(given_way, deadlines=given_way.deadlines + tuple(restored))


def _succession(ticket: Ticket, to: Priority, policy: Policy) -> list[tuple[Promise, Deadline | None]]:
    """The promises of ``to`` that are not met or missed already, each with the running deadline, if any,
    that it takes over from. A reopened ticket's are goals (clause 6.1)."""
    promises = policy.promises(ticket.option, to)
    given = {promise.milestone for promise in promises}
    found = []
    for promise in promises:
        made = promise.milestone
        old = {
            each.milestone: each
            for each in ticket.open_deadlines()
            if takes_over(made, each.milestone, given)
        }
        if made not in old and _decided(ticket, made):
            continue
        replaced = old.get(made) or next(iter(old.values()), None)
        found.append((promise if ticket.reopened_at is None else after_reopening(promise), replaced))
    return found


def takes_over(made: Milestone, before: Milestone, given: Set[Milestone]) -> bool:
    """Whether the promise of ``made`` takes the place of one of ``before``: of the same milestone, or, where the new
    priority has ``given`` no promise of that one, a first promise (respond, begin) in the place of a first one."""
    return made is before or (Milestone.RESOLVE_OR_PLAN not in (made, before) and before not in given)


def _decided(ticket: Ticket, milestone: Milestone) -> bool:
    """Whether its promise was met or missed, and not before a reopening that promised it anew (clause 6.1)."""
    given = ticket.since_reopening() if milestone is Milestone.RESOLVE_OR_PLAN else ticket.deadlines
    return any(each.counts and each.milestone is milestone and not each.is_open for each in given)


def _raised(ticket: Ticket, promise: Promise, old: Deadline | None, policy: Policy, at: datetime) -> Deadline:
    """From the change, and never later than what it replaces."""
    deadline = derive(promise, StartEvent.CHANGED, at, policy.calendar)
    if old is not None:
        deadline = replace(deadline, due_at=min(deadline.due_at, old.due_at))
    return _met_already(ticket, deadline)


def _lowered(
    ticket: Ticket, promise: Promise, old: Deadline | None, policy: Policy, at: datetime
) -> Deadline:
    """From the opening instant. Where that lies in the past already, no guarantee is missed that was not given then:
    the running promise ``old`` stands, and one that takes over from nothing starts at the change."""
    deadline = _met_already(ticket, _from_opening(ticket, promise, old, policy))
    in_time = deadline.met_at is not None and deadline.met_at <= deadline.due_at
    if in_time or deadline.due_at >= at or not deadline.is_guarantee:
        return deadline
    return old or _met_already(ticket, derive(promise, StartEvent.CHANGED, at, policy.calendar))


def _from_opening(ticket: Ticket, promise: Promise, old: Deadline | None, policy: Policy) -> Deadline:
    assert ticket.opened_at is not None
    start, counted_from = StartEvent.OPENED, ticket.opened_at
    if ticket.reopened_at is not None and (old is None or old.start is not StartEvent.OPENED):
        start, counted_from = StartEvent.REOPENED, ticket.reopened_at
    return derive(promise, start, counted_from, policy.calendar)


def _met_already(ticket: Ticket, deadline: Deadline) -> Deadline:
    """Met when its act was recorded before the milestone was promised."""
    done = {
        Milestone.RESPOND: ticket.replied_at,
        Milestone.BEGIN: ticket.begun_at,
        Milestone.RESOLVE_OR_PLAN: ticket.planned_at,
    }[deadline.milestone]
    return deadline if done is None else replace(deadline, met_at=done)
