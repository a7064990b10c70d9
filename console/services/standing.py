"""Which acts on a ticket stand, and which were taken back (clause 3.5), read from its timeline."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from console.policy import facts as f
from console.policy.ticket import Ticket
from console.store.rows import TimelineItem

#: Begun, planned, resolved: told again, such an act is its first author's as well.
WORK: dict[type[f.Fact], str] = {f.WorkBegun: "begin", f.PlanSent: "plan", f.TicketResolved: "resolve"}
_ACTS: dict[type[f.Fact], str] = WORK | {
    f.EmergencyDemoted: "demotion",
    f.EmergencyConfirmed: "confirmation",
    f.FreeIssueProposed: "proposal",
    f.IssueDetermined: "determination",
    f.TicketClaimed: "claim",
}
#: What gives other promises: an act of work done before stays done, for what it met is not owed any more.
ANEW: tuple[type[f.Fact], ...] = (
    f.TicketReopened,
    f.PriorityChanged,
    f.EmergencyDemoted,
    f.DemotionReversed,
)
#: What an undo of work is decided by.
READ: tuple[type[f.Fact], ...] = (*WORK, f.ActUndone, *ANEW, f.TicketImported)
_UNDOERS: dict[type[f.Fact], str] = {
    f.DemotionReversed: "demotion",
    f.ConfirmationReversed: "confirmation",
    f.ProposalWithdrawn: "proposal",
    f.DeterminationUndone: "determination",
    f.TicketReleased: "claim",
}


@dataclass(frozen=True, slots=True)
class Standing:
    """The tellings of each act that stands, by its name as undo knows it; and what took back the others, by the number
    of what was taken back."""

    acts: dict[str, list[TimelineItem]] = field(default_factory=dict)
    undone: dict[int, TimelineItem] = field(default_factory=dict)


def act_of(fact: f.Fact) -> str:
    """The name of the act that ``fact`` tells, as undo knows it; empty for anything else."""
    return _ACTS.get(type(fact), "")


def done_at(ticket: Ticket, act_name: str) -> datetime | None:
    """When the begin, plan or resolve that stands on the ticket was done; ``None`` when there is none."""
    return {"begin": ticket.begun_at, "plan": ticket.planned_at, "resolve": ticket.resolved_at}[act_name]


def standing(items: Iterable[TimelineItem]) -> Standing:
    """What stands after ``items``, which are in the order of recording. Work that was done before a reopening or under
    another priority stays done and is not taken back, also where it is told afterwards: see ``ANEW``. Nor is work taken
    back that is entered late on an imported ticket: what stood on it before was told by nobody."""
    found = Standing()
    reopened: datetime | None = None
    imported = False
    for item in items:
        taken = item.fact.act if isinstance(item.fact, f.ActUndone) else _UNDOERS.get(type(item.fact), "")
        found.undone.update((each.number, item) for each in found.acts.pop(taken, []))
        if isinstance(item.fact, ANEW):
            for act in WORK.values():
                found.acts.pop(act, None)
        if isinstance(item.fact, f.TicketImported):
            imported = True
        if isinstance(item.fact, f.TicketReopened):
            reopened, imported = item.fact.at, False
        act = act_of(item.fact)
        if act in WORK.values():
            is_late = item.fact.at < item.recorded_at
            if not (imported and is_late) and (reopened is None or item.fact.at >= reopened):
                found.acts.setdefault(act, []).append(item)
        elif act:
            found.acts[act] = [item]
    return found
