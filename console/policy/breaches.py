"""Given instants, which promises were missed and what that earns (policy §2, §4, §5).

A miss is a property of instants: every decision judges first, so the truth never waits for a sweep.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from console.policy.clauses import Clause
from console.policy.deadlines import Deadline
from console.policy.facts import GoalMissed, GuaranteeMissed
from console.policy.outcome import Draft, Outcome
from console.policy.terms import Cause
from console.policy.ticket import Ticket


def judge(ticket: Ticket, now: datetime, balance: int) -> Outcome:
    """The ticket with every promise that passed unmet by ``now`` settled.

    The first missed guarantee credits all tokens that the ticket holds, dated at the instant of the miss; a
    ticket is credited for a miss once, however often and whenever it is judged (clause 4.3).
    """
    draft = Draft(ticket, balance)
    settle(draft, now)
    return draft.outcome()


def settle(draft: Draft, now: datetime) -> None:
    """Settles within a decision in the making; see ``judge``."""
    passed = [deadline for deadline in draft.ticket.deadlines if deadline.passed_unmet(now)]
    for deadline in sorted(passed, key=lambda deadline: deadline.due_at):
        _settle_one(draft, deadline)


def _settle_one(draft: Draft, deadline: Deadline) -> None:
    credited = 0
    if deadline.is_guarantee:
        draft.note(GuaranteeMissed(at=deadline.due_at, milestone=deadline.milestone))
        cause = Cause.of_miss(deadline.milestone)
        credited = draft.credit_all(cause, deadline.due_at, Clause.MISSED_GUARANTEE)
    else:
        draft.note(GoalMissed(at=deadline.due_at, milestone=deadline.milestone))
    settled = replace(deadline, missed=True, credited=credited)
    draft.ticket = draft.ticket.with_deadlines(lambda each: settled if each is deadline else each)


def late_by(deadline: Deadline, now: datetime) -> timedelta | None:
    """By how much ``deadline`` was or is late; ``None`` when it is not."""
    end = deadline.met_at or (now if deadline.counts else None)
    return end - deadline.due_at if end is not None and end > deadline.due_at else None
