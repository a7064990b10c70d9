"""What others did to a person's own work: took a claim over, reversed or overturned an act, decided a proposal.

It is told from the journal, so that whoever was away, or had lost the line, learns of it like everybody else.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from console.policy import facts as f
from console.services.desk import Desk
from console.services.standing import standing
from console.services.telling import decided
from console.store.rows import TimelineItem, Touched

#: What may take back, or decide, what somebody else had done.
_KINDS = (
    f.TicketClaimed,
    f.TicketReleased,
    f.DemotionReversed,
    f.ConfirmationReversed,
    f.EmergencyDemoted,
    f.IssueDetermined,
    f.ProposalWithdrawn,
)
_NAMES = frozenset(kind.__name__ for kind in _KINDS)
#: What is read of a ticket to know whose work it was.
_WORK = (*_KINDS, f.WorkBegun, f.EmergencyConfirmed, f.FreeIssueProposed, f.DeterminationUndone)
#: So many are told at most, and looked for in so many facts at most by a console that is opened.
_MOST, _FAR = 50, 50_000


@dataclass(frozen=True, slots=True)
class Concern:
    """What somebody did and when, in a sentence to whom it concerns."""

    at: datetime
    words: str
    ticket_id: int


@dataclass(frozen=True, slots=True)
class Concerns:
    """What concerns a person, in the order of recording, and the place in the journal up to which it was read."""

    told: tuple[Concern, ...]
    read_to: int


def may_concern(fact: Touched) -> bool:
    """Whether it may take back, or decide, what somebody had done: a claim does only where it takes over."""
    return fact.kind in _NAMES and (fact.kind != f.TicketClaimed.__name__ or bool(fact.taken_from))


def is_meant(desk: Desk, concerning: Sequence[Touched]) -> bool:
    """Whether some of these facts may concern this desk's person, as far as the facts alone tell."""
    me = ("", desk.actor.login, desk.actor.name)
    return any(fact.taken_from in me for fact in concerning)


def concerns(desk: Desk, after: int | None = None) -> Concerns:
    """What others did to this desk's person's work after a place in the journal; without one, since their last act."""
    login = desk.actor.login
    with desk.store.read() as read:
        last = read.journal_last()
        since = read.last_number_of(login, last - _FAR) if after is None else after
        told = []
        for item in read.done_after(login, since, *_KINDS, limit=_MOST):
            assert item.ticket_id is not None
            timeline = read.timeline(item.ticket_id, *_WORK)
            if words := _words(item, [each for each in timeline if each.number < item.number], login):
                told.append(Concern(item.recorded_at, words, item.ticket_id))
    return Concerns(tuple(told), last)


def _words(item: TimelineItem, before: Sequence[TimelineItem], login: str) -> str:
    """What is said of ``item`` to ``login``; empty when it was not their work."""
    acts, who, number = standing(before).acts, item.actor_name, item.ticket_id
    own = {act for act, told in acts.items() if told[-1].actor == login}
    match item.fact:
        case f.TicketClaimed(taken_over_from=name) if _holder(before, name) == login:
            return f"{who} took {number} over from you"
        case f.TicketReleased(owner=owner) if owner == login:
            return f"{who} released {number}, which you had claimed"
        case f.DemotionReversed() if "demotion" in own:
            return f"{who} reversed your demotion of {number}"
        case f.ConfirmationReversed() if "confirmation" in own:
            return f"{who} reversed your confirmation of {number}"
        case f.EmergencyDemoted(overturns=True) if "confirmation" in own:
            return f"{who} demoted {number}, which you had confirmed"
        case f.IssueDetermined(overturns=True) as fact if "determination" in own:
            return f"{who} overturned your decision on {number}: {decided(fact)}"
        case f.IssueDetermined() as fact if "proposal" in own:
            verb = "overturned the decision on" if fact.overturns else "decided"
            return f"{who} {verb} your proposal of {number}: {decided(fact)}"
        case f.ProposalWithdrawn() if "proposal" in own:
            return f"{who} closed your proposal of {number}"
    return ""


def _holder(before: Sequence[TimelineItem], name: str) -> str:
    """The login of who held the ticket under ``name``: two people may have the same."""
    held = (item for item in reversed(before) if isinstance(item.fact, f.TicketClaimed | f.WorkBegun))
    return next((item.actor for item in held if item.actor_name == name), "")
