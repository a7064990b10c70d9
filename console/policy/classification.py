"""Confirm mission-critical, demote, and propose and decide free issues: who may, who decides finally (policy
§3)."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from console.policy.actor import MANAGEMENT, STAFF, Actor, require
from console.policy.breaches import settle
from console.policy.clauses import Clause
from console.policy.document import Policy
from console.policy.errors import NotAllowed, Refused
from console.policy.facts import (
    ConfirmationReversed,
    DemotionReversed,
    DeterminationUndone,
    EmergencyConfirmed,
    EmergencyDemoted,
    FreeIssueProposed,
    IssueDetermined,
    ProposalAnswered,
    ProposalReturned,
    ProposalWithdrawn,
)
from console.policy.life import require_not_closed, start_if_payable
from console.policy.outcome import Draft, Outcome
from console.policy.repricing import keep_authorised, rederive, reprice, restore
from console.policy.terms import Cause, Priority, Role, Status
from console.policy.ticket import Confirmation, Demotion, Determination, Proposal, Ticket

# --- Confirm and demote -------------------------------------------------------------------------------------


def confirm(
    ticket: Ticket, actor: Actor, at: datetime, balance: int, criteria: Sequence[str] = (), reason: str = ""
) -> Outcome:
    """The emergency confirmed as mission-critical; nothing is charged or credited, the clocks stand (clause
    3.1)."""
    require(actor, STAFF, "confirm an emergency", Clause.CONFIRM)
    require_not_closed(ticket)
    _require_emergency(ticket, Clause.CONFIRM)
    if ticket.confirmation is not None:
        raise Refused(
            f"{ticket.confirmation.by_name} has confirmed {ticket.id} already.", clause=Clause.CONFIRM
        )
    draft = Draft(ticket, balance)
    settle(draft, at)
    draft.ticket = replace(
        draft.ticket, confirmation=Confirmation(actor.login, actor.name, at, tuple(criteria))
    )
    draft.note(EmergencyConfirmed(at=at, criteria=tuple(criteria), reason=reason))
    return draft.outcome()


def demote(
    ticket: Ticket,
    actor: Actor,
    policy: Policy,
    at: datetime,
    balance: int,
    criteria: Sequence[str] = (),
    reason: str = "",
) -> Outcome:
    """The emergency demoted to urgent: the difference credited at once, open deadlines derived again under
    urgent from the same opening instant; what was met or missed stays (clause 3.2).
    """
    if actor.roles <= {Role.CUSTOMER}:
        raise NotAllowed(
            "Whether an emergency is mission-critical is the firm's decision.", clause=Clause.DEMOTE
        )
    require(actor, STAFF, "demote an emergency", Clause.DEMOTE)
    require_not_closed(ticket)
    _require_emergency(ticket, Clause.DEMOTE)
    if ticket.confirmation is not None:
        by = f"{ticket.confirmation.by_name} confirmed it; only a manager can demote it now."
        if not actor.is_manager:
            raise NotAllowed(by, clause=Clause.CONFIRM)
    draft = Draft(ticket, balance)
    settle(draft, at)
    held, lacks = draft.ticket.held, _lacks(draft.ticket, policy)
    reprice(draft, Priority.URGENT, policy, at, Cause.DEMOTED, Clause.DEMOTE)
    credited = held - draft.ticket.held
    rederive(draft, Priority.URGENT, policy, at, raised=False)
    draft.ticket = replace(
        draft.ticket,
        confirmation=None,
        demotion=Demotion(actor.login, actor.name, at, credited, ticket.confirmation, lacks),
    )
    draft.note(
        EmergencyDemoted(
            at=at, criteria=tuple(criteria), reason=reason, overturns=ticket.confirmation is not None
        )
    )
    settle(draft, at)
    start_if_payable(draft, policy, at)
    return draft.outcome()


def _require_emergency(ticket: Ticket, clause: Clause) -> None:
    if ticket.priority is not Priority.EMERGENCY:
        raise Refused(
            f"{ticket.id} is {ticket.priority}, not an emergency; there is nothing to classify.",
            clause=clause,
        )


def reverse_confirmation(
    ticket: Ticket, actor: Actor, policy: Policy, at: datetime, balance: int, reason: str = ""
) -> Outcome:
    """The confirmation taken back; the emergency stands unclassified again (clause 3.5)."""
    if ticket.confirmation is None:
        raise Refused(f"{ticket.id} is not confirmed.", clause=Clause.REVERSE)
    undone = _require_may_reverse(actor, ticket.confirmation.by, ticket.confirmation.at, policy, at)
    require_not_closed(ticket)
    draft = Draft(ticket, balance)
    settle(draft, at)
    draft.ticket = replace(draft.ticket, confirmation=None)
    draft.note(ConfirmationReversed(at=at, reason=reason, undone=undone))
    return draft.outcome()


def reverse_demotion(
    ticket: Ticket, actor: Actor, policy: Policy, at: datetime, balance: int, reason: str = ""
) -> Outcome:
    """The demotion taken back: an emergency again, its price charged again as far as it was authorised, and its
    deadlines as they were; one that would lie in the past starts afresh at ``at`` (clause 3.5). Refused whole when the
    balance cannot pay.
    """
    demotion = ticket.classification
    if not isinstance(demotion, Demotion):
        raise Refused(f"{ticket.id} is not a demoted emergency.", clause=Clause.REVERSE)
    undone = _require_may_reverse(actor, demotion.by, demotion.at, policy, at)
    require_not_closed(ticket)
    draft = Draft(ticket, balance)
    settle(draft, at)
    authorised = policy.price(ticket.hosting, ticket.option, Priority.EMERGENCY) - demotion.lacked
    keep_authorised(draft, authorised)
    if not draft.ticket.is_awaiting and not draft.ticket.is_free:
        draft.take_back(
            max(0, authorised - draft.ticket.held),
            Cause.UNDONE if undone else Cause.REVERSED,
            at,
            Clause.REVERSE,
            "emergency support",
        )
    if not draft.ticket.is_awaiting:
        restore(draft, policy, demotion.at, at)
    draft.ticket = replace(
        draft.ticket, priority=Priority.EMERGENCY, demotion=None, confirmation=demotion.confirmation
    )
    draft.note(DemotionReversed(at=at, reason=reason, undone=undone))
    return draft.outcome()


def _lacks(ticket: Ticket, policy: Policy) -> int:
    """What the customer has not authorised of the emergency's price; some of it only where the ticket was raised while
    it was free. What waits for tokens was authorised."""
    price = policy.price(ticket.hosting, ticket.option, Priority.EMERGENCY)
    return 0 if ticket.is_awaiting else max(0, price - _authorised(ticket))


def _authorised(ticket: Ticket) -> int:
    """What the customer has authorised: what the ticket holds, or what a decision or a miss has credited of it."""
    if ticket.determination is not None and ticket.determination.free:
        return ticket.determination.price
    if ticket.missed_guarantee is not None:
        return sum(each.credited for each in ticket.deadlines if each.missed)
    return ticket.held


def _require_may_reverse(actor: Actor, by: str, done_at: datetime, policy: Policy, at: datetime) -> bool:
    """Whether this is an undo: by the same person in time. Else it takes a manager (clause 3.5)."""
    if actor.login == by and at <= done_at + policy.settings.undo_within:
        return True
    minutes = int(policy.settings.undo_within.total_seconds() // 60)
    if not actor.is_manager:
        raise NotAllowed(
            f"Only the same person can undo this, within {minutes} minutes; later a manager can reverse it.",
            clause=Clause.REVERSE,
        )
    return False


# --- Free issues --------------------------------------------------------------------------------------------


def why_not_free_issue(ticket: Ticket) -> str:
    """Why nothing can be credited on this ticket as a free issue; empty when it can be (clause 3.3)."""
    if not ticket.pays_tokens:
        return "There is nothing to credit on a flat-rate option."
    if ticket.is_awaiting:
        return "Nothing is charged yet: the ticket is awaiting tokens."
    if ticket.missed_guarantee is not None:
        words = ticket.missed_guarantee.milestone.replace("_", " ")
        return f"Already free: the {words} guarantee was missed."
    if ticket.status in (Status.MERGED, Status.CANCELLED) and ticket.held == 0:
        return "Nothing is charged on it any more."
    if ticket.held == 0 and not ticket.determined_free:
        return "Already free of charge."
    return ""


def propose_free(
    ticket: Ticket, actor: Actor, at: datetime, balance: int, category: str = "", reason: str = ""
) -> Outcome:
    """The issue proposed as free; its tokens stay charged and its clock runs until a manager decides (clause
    3.3)."""
    require(actor, STAFF, "propose a free issue", Clause.FREE_ISSUE)
    draft = Draft(ticket, balance)
    settle(draft, at)
    _require_free_issue_possible(draft.ticket)
    if ticket.proposal is not None:
        raise Refused(f"{ticket.proposal.by_name} has proposed this already.", clause=Clause.FREE_ISSUE)
    if ticket.determination is not None:
        raise Refused(
            f"{ticket.determination.by_name} has decided this; only a manager can overturn it.",
            clause=Clause.FREE_ISSUE,
        )
    draft.ticket = replace(draft.ticket, proposal=Proposal(actor.login, actor.name, at, category, reason))
    draft.note(FreeIssueProposed(at=at, category=category, reason=reason))
    return draft.outcome()


def withdraw_proposal(ticket: Ticket, actor: Actor, at: datetime, balance: int, reason: str = "") -> Outcome:
    """The proposal gone: its author withdraws it, or a manager closes it."""
    proposal = _proposal(ticket)
    if actor.login != proposal.by:
        require(actor, MANAGEMENT, "close somebody else's proposal", Clause.FREE_ISSUE)
    draft = Draft(ticket, balance)
    settle(draft, at)
    draft.ticket = replace(draft.ticket, proposal=None)
    draft.note(ProposalWithdrawn(at=at, reason=reason))
    return draft.outcome()


def ask_proposer(ticket: Ticket, actor: Actor, at: datetime, balance: int, question: str) -> Outcome:
    """The proposal sent back with a question; it stays a proposal and waits for the answer."""
    require(actor, MANAGEMENT, "decide this", Clause.FREE_ISSUE)
    draft = Draft(ticket, balance)
    settle(draft, at)
    draft.ticket = replace(draft.ticket, proposal=replace(_proposal(ticket), question=question))
    draft.note(ProposalReturned(at=at, question=question))
    return draft.outcome()


def answer_question(ticket: Ticket, actor: Actor, at: datetime, balance: int, answer: str) -> Outcome:
    """The question answered: the proposal waits for a manager again."""
    require(actor, STAFF, "answer about a proposal", Clause.FREE_ISSUE)
    draft = Draft(ticket, balance)
    settle(draft, at)
    draft.ticket = replace(draft.ticket, proposal=replace(_proposal(ticket), question=""))
    draft.note(ProposalAnswered(at=at, answer=answer))
    return draft.outcome()


def _proposal(ticket: Ticket) -> Proposal:
    if ticket.proposal is None:
        raise Refused(f"Nobody proposes that {ticket.id} is free.", clause=Clause.FREE_ISSUE)
    return ticket.proposal


def if_free(ticket: Ticket, at: datetime, balance: int) -> Outcome:
    """What a manager's "free" would credit, whoever asks; nobody decides by it."""
    draft = Draft(ticket, balance)
    settle(draft, at)
    _require_free_issue_possible(draft.ticket)
    draft.credit_all(Cause.FREE_ISSUE, at, Clause.FREE_ISSUE)
    return draft.outcome()


def determine(
    ticket: Ticket,
    actor: Actor,
    policy: Policy,
    at: datetime,
    balance: int,
    *,
    free: bool,
    category: str = "",
    reason: str = "",
) -> Outcome:
    """A manager's final decision (clause 3.3). Free: every token that the ticket still holds is credited.
    Not free: the price stands, or, overturning an earlier "free", is charged again, refused whole when the
    balance cannot pay.
    """
    require(actor, MANAGEMENT, "decide this", Clause.FREE_ISSUE)
    _require_four_eyes(ticket, actor, policy)
    earlier = ticket.determination
    if earlier is not None and earlier.free is free:
        words = "a free issue" if free else "not a free issue"
        raise Refused(f"{earlier.by_name} has decided that {ticket.id} is {words}.", clause=Clause.FREE_ISSUE)
    draft = Draft(ticket, balance)
    settle(draft, at)
    if free:
        _require_free_issue_possible(draft.ticket)
    before, price = draft.balance, draft.ticket.held
    draft.ticket = replace(draft.ticket, determination=None)
    if free:
        draft.credit_all(Cause.FREE_ISSUE, at, Clause.FREE_ISSUE)
    elif earlier is not None:
        _charge_again(draft, earlier, policy, at, Cause.OVERTURNED)
    draft.ticket = replace(
        draft.ticket,
        proposal=None,
        determination=Determination(
            free=free,
            by=actor.login,
            by_name=actor.name,
            at=at,
            category=category,
            reason=reason,
            tokens=draft.balance - before,
            price=price,
            proposal=ticket.proposal,
            overturned=replace(earlier, overturned=None) if earlier else None,
        ),
    )
    draft.note(
        IssueDetermined(at=at, free=free, category=category, reason=reason, overturns=earlier is not None)
    )
    return draft.outcome()


def undo_determination(ticket: Ticket, actor: Actor, policy: Policy, at: datetime, balance: int) -> Outcome:
    """The own decision taken back in time: what it moved moves back, what it decided waits again (clause
    3.5). An earlier "free" that stands again keeps what the customer has authorised since."""
    made = ticket.determination
    if made is None:
        raise Refused(f"{ticket.id} is not decided.", clause=Clause.REVERSE)
    if actor.login != made.by or at > made.at + policy.settings.undo_within:
        raise NotAllowed("Too late to undo; a manager can overturn it.", clause=Clause.REVERSE)
    draft = Draft(ticket, balance)
    settle(draft, at)
    authorised = _authorised(draft.ticket)
    draft.ticket = replace(draft.ticket, determination=made.overturned, proposal=made.proposal)
    if made.free:
        _charge_again(draft, made, policy, at, Cause.UNDONE)
    elif draft.ticket.determined_free:
        keep_authorised(draft, authorised)
        draft.credit_all(Cause.UNDONE, at, Clause.REVERSE)
    draft.note(DeterminationUndone(at=at, free=made.free))
    return draft.outcome()


def _charge_again(draft: Draft, made: Determination, policy: Policy, at: datetime, cause: Cause) -> None:
    """Charges the price that now applies, at most what the customer authorised; nothing where the ticket is free for
    another reason, or closed in a way that gives its tokens back (clauses 6.2, 6.3)."""
    ticket = draft.ticket
    given_back = ticket.status is Status.MERGED or (
        ticket.status is Status.CANCELLED and not ticket.work_has_begun
    )
    if ticket.is_free or made.tokens == 0 or given_back:
        return
    price = min(made.price, policy.price(ticket.hosting, ticket.option, ticket.priority))
    draft.take_back(
        price - ticket.held, cause, at, Clause.FREE_ISSUE, "turning it back into a charged ticket"
    )


def _require_four_eyes(ticket: Ticket, actor: Actor, policy: Policy) -> None:
    stands = ticket.proposal or ticket.determination
    if policy.settings.four_eyes and (stands is None or stands.by == actor.login):
        raise NotAllowed("Another manager has to decide your own proposal.", clause=Clause.FOUR_EYES)


def _require_free_issue_possible(ticket: Ticket) -> None:
    if why := why_not_free_issue(ticket):
        raise Refused(why, clause=Clause.FREE_ISSUE)
