"""Everything that the ticket pane shows about one ticket."""

from dataclasses import dataclass

from console.policy.account import Account
from console.policy.deadlines import Deadline, End, Explanation, explain
from console.policy.document import Policy
from console.policy.ticket import Ticket
from console.services.desk import Desk
from console.services.versions import policy_of
from console.store.rows import QueueRow, TimelineItem


@dataclass(frozen=True, slots=True)
class DeadlineView:
    """A deadline that counts, why it lies there, and the explanation of the one it replaced, if any."""

    deadline: Deadline
    explanation: Explanation
    replaced: Explanation | None


@dataclass(frozen=True, slots=True)
class TicketView:
    """One ticket with its account, policy, the customer's words, deadlines and timeline (newest last)."""

    row: QueueRow
    ticket: Ticket
    policy: Policy
    account: Account
    words: str
    deadlines: tuple[DeadlineView, ...]
    timeline: tuple[TimelineItem, ...]


def ticket_view(desk: Desk, ticket_id: int) -> TicketView:
    """The ticket as it stands. Raises ``Invalid`` when there is no such ticket."""
    with desk.store.read() as read:
        ticket = read.ticket(ticket_id)
        row = read.queue.rows([ticket_id])[0]
        policy = policy_of(ticket, read)
        return TicketView(
            row,
            ticket,
            policy,
            read.account(ticket.account_id),
            read.words(ticket_id),
            deadline_views(ticket, policy),
            tuple(read.timeline(ticket_id)),
        )


def deadline_views(ticket: Ticket, policy: Policy) -> tuple[DeadlineView, ...]:
    """The deadlines that count, each with its explanation and the one it replaced."""
    return tuple(
        DeadlineView(deadline, explain(deadline, policy), _replaced(ticket, deadline, policy))
        for deadline in ticket.counting
    )


def _replaced(ticket: Ticket, deadline: Deadline, policy: Policy) -> Explanation | None:
    if not deadline.is_open:
        return None
    earlier = [
        each
        for each in ticket.deadlines
        if each.ended is End.REPLACED and each.milestone is deadline.milestone
    ]
    return explain(max(earlier, key=_ended_at), policy) if earlier else None


def _ended_at(deadline: Deadline) -> float:
    return deadline.ended_at.timestamp() if deadline.ended_at else 0.0
