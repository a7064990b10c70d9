"""What the classification dialog says. Pure: the ticket, its preview, who asks and the zones come in."""

from datetime import datetime

from console.policy.actor import STAFF, Actor
from console.policy.document import Policy
from console.policy.terms import Milestone, Priority
from console.policy.ticket import Ticket
from console.services.desk import Preview
from console.services.triage import why_not_free_issue
from console.ui import format as fmt
from console.ui.format import DOT, Times
from console.ui.views.before_after import Change, changes
from console.ui.widgets.pills import Urgency

DEMOTE, CONFIRM, FREE = "demote", "confirm", "free"
OUTCOMES = (DEMOTE, CONFIRM, FREE)

CAPTIONS = {
    DEMOTE: ("Demote to Urgent", "Real work, but the business still runs."),
    CONFIRM: ("Confirm mission critical", "Stays an emergency, worked day and night."),
}
_NOT_STAFF = "Only an agent or a manager can classify a ticket"


def subtitle(ticket: Ticket) -> str:
    """``"Newsletter footer…  ·  Juniper Dental Group, dedicated, tokens"``."""
    option = "tokens" if ticket.pays_tokens else "flat-rate"
    return f"{ticket.subject}  {DOT.strip()}  {ticket.account_name}, {ticket.hosting.value}, {option}"


def free_caption(*, decides: bool) -> tuple[str, str]:
    """The third card's words: an agent proposes, a manager decides."""
    if decides:
        return "Mark free", "Your determination is final: all its tokens go back."
    return "Mark free", "Propose it as a free issue; a manager decides."


def decides(ticket: Ticket, actor: Actor, policy: Policy) -> bool:
    """Whether "free" is this person's to decide, rather than to propose (clauses 3.3, 7.2)."""
    if not actor.is_manager:
        return False
    stands = ticket.proposal or ticket.determination
    return not policy.settings.four_eyes or (stands is not None and stands.by != actor.login)


def why_not(outcome: str, ticket: Ticket, actor: Actor, policy: Policy) -> str:
    """Why the outcome cannot be chosen; empty when it can."""
    if not actor.has(STAFF):
        return _NOT_STAFF
    if outcome == FREE:
        return _why_not_free(ticket, actor, policy)
    if ticket.is_closed:
        return f"{ticket.id} is {ticket.status}; it takes no more work."
    if ticket.priority is not Priority.EMERGENCY:
        return f"{ticket.id} is {ticket.priority}, not an emergency."
    confirmed = ticket.confirmation
    if confirmed is None:
        return ""
    if outcome == CONFIRM:
        return f"{confirmed.by_name} has confirmed {ticket.id} already."
    return "" if actor.is_manager else f"{confirmed.by_name} confirmed it; only a manager can demote it now."


def _why_not_free(ticket: Ticket, actor: Actor, policy: Policy) -> str:
    reason = why_not_free_issue(ticket)
    if reason:
        return reason
    made = ticket.determination
    if made is not None and made.free:
        return f"Already free: {made.by_name} has decided it."
    if decides(ticket, actor, policy):
        return ""
    if ticket.proposal is not None:
        if actor.is_manager and policy.settings.four_eyes:
            return "Another manager has to decide your own proposal."
        return f"{ticket.proposal.by_name} has proposed this already; a manager decides."
    if made is not None:
        return f"{made.by_name} has decided this; only a manager can overturn it."
    return ""


# the clock


_TO = {Milestone.BEGIN: "to begin", Milestone.RESPOND: "to respond", Milestone.RESOLVE_OR_PLAN: "to plan"}


def clock(ticket: Ticket, policy: Policy, now: datetime) -> tuple[Urgency, str]:
    """The chip at the top right: ``(SOON, "24 min to begin")``; it keeps counting."""
    if ticket.is_awaiting:
        return Urgency.AWAITING, "Clock not started"
    due = ticket.next_due
    if due is None:
        return Urgency.NO_CLOCK, "Nothing due"
    if not due.is_guarantee:
        words = fmt.goal_countdown(due.due_at, now)
        late = now > due.due_at
        return (Urgency.GOAL_PASSED, words) if late else (Urgency.GOAL, f"{words} to the goal")
    if now > due.due_at:
        return Urgency.MISSED, fmt.countdown(due.due_at, now)
    left = due.due_at - now
    words = f"{fmt.time_left(left)} {_TO[due.milestone]}"
    if left <= policy.settings.act_now:
        return Urgency.NOW, words
    return (Urgency.SOON, words) if left <= policy.settings.soon else (Urgency.TODAY, words)


# the right side


def rows(outcome: str, preview: Preview, times: Times) -> tuple[Change, ...]:
    """What changes, row by row; a confirmation adds the one thing that it changes."""
    usual = changes(preview, times)
    if outcome != CONFIRM:
        return usual
    return (usual[0], Change("Classification", "none", "mission critical", "by you"), *usual[1:])


def heading(outcome: str, *, deciding: bool) -> str:
    """Over the after column."""
    return "If a manager agrees" if outcome == FREE and not deciding else "After"


def button(outcome: str, preview: Preview | None, *, deciding: bool) -> str:
    """The primary button, naming the effect."""
    ticket = preview.before if preview else None
    if outcome == CONFIRM:
        return "Confirm mission critical"
    if outcome == FREE:
        if not deciding:
            return "Propose as free"
        back = preview.credited if preview else 0
        return f"Mark free, credit {fmt.tokens(back)}" if back else "Mark free"
    if ticket is None or preview is None or not ticket.pays_tokens or ticket.is_awaiting:
        return "Demote"
    if preview.after.is_free:
        return "Demote, still free"
    return f"Demote and return {fmt.tokens(preview.credited)}" if preview.credited else "Demote"


def told(outcome: str, ticket: Ticket, *, deciding: bool) -> str:
    """Who learns of it."""
    if outcome == DEMOTE:
        what = (
            "the new priority, price, times and reason"
            if ticket.pays_tokens
            else "the new priority and reason"
        )
        return f"{ticket.requester} can read {what} on the ticket."
    if outcome == CONFIRM:
        return "Colleagues see the mission-critical mark at once; nothing moves for the customer."
    if deciding:
        proposer = f" and {ticket.proposal.by_name}" if ticket.proposal else ""
        return f"{ticket.requester}{proposer} can read the decision and its reason on the ticket."
    return "Managers see it in Determinations, with your category and reason."


def undo_rule(outcome: str, policy: Policy, *, deciding: bool) -> str:
    """How it can be taken back."""
    minutes = int(policy.settings.undo_within.total_seconds() // 60)
    if outcome == FREE and not deciding:
        return "You can withdraw the proposal until it is decided."
    later = "overturn" if outcome == FREE else "reverse"
    return (
        f"You can undo this for {minutes} minutes; later a manager can {later} it with a reason. "
        "Both acts stay on the timeline."
    )


# banners


def banner(
    outcome: str, ticket: Ticket, preview: Preview | None, times: Times, *, deciding: bool
) -> tuple[str, str]:
    """A sentence for the bar above the body and its tone; ``("", "quiet")`` when nothing is special."""
    after = preview.after if preview else ticket
    if outcome == FREE:
        return _free_banner(ticket, preview, deciding=deciding)
    if after.is_free and ticket.pays_tokens:
        return _already_free(outcome, after, preview, times), "credit"
    if outcome == DEMOTE and ticket.confirmation is not None:
        made = ticket.confirmation
        when = times.when(made.at, preview.at) if preview else times.clock(made.at)
        return (
            f"{made.by_name} confirmed this as mission critical at {when}. Demoting it overturns that.",
            "soon",
        )
    if ticket.is_awaiting and preview is not None:
        price = preview.policy.price(after.hosting, after.option, after.priority)
        return f"The clock has not started: the ticket waits for {fmt.tokens(price)}.", "quiet"
    if not ticket.pays_tokens:
        return "Flat-rate support: the times are goals and no token moves.", "quiet"
    return "", "quiet"


def _already_free(outcome: str, after: Ticket, preview: Preview | None, times: Times) -> str:
    missed = after.missed_guarantee
    if missed is None:
        return "This ticket is a free issue already; no token moves."
    when = times.when(missed.due_at, preview.at) if preview else times.clock(missed.due_at)
    length = fmt.amount_of_hours(missed.promise.amount).replace(" h", "-hour").replace(" min", "-minute")
    said = f"The {length} guarantee was missed at {when}, so this ticket is already free."
    if outcome == CONFIRM:
        return f"{said} Confirming changes nothing about that."
    return f"{said} Demoting changes the order of work and the remaining time, not the credit."


def _free_banner(ticket: Ticket, preview: Preview | None, *, deciding: bool) -> tuple[str, str]:
    held = preview.before.held if preview else ticket.held
    if not deciding:
        return f"The clock keeps running. {_stay(held)} charged until a manager decides.", "quiet"
    proposal = ticket.proposal
    if proposal is not None and preview is not None:
        ago = fmt.ago(proposal.at, preview.at)
        return f"{proposal.by_name} proposed this {ago}: “{proposal.reason}”", "info"
    made = ticket.determination
    if made is not None:
        said = f"{made.by_name} decided that this needs tokens: “{made.reason}”."
        return f"{said} Marking it free overturns that.", "soon"
    return "", "quiet"


def _stay(held: int) -> str:
    return "1 token stays" if held == 1 else f"{fmt.number(held)} tokens stay"


def mismatch(outcome: str, critical: list[str], not_critical: list[str]) -> str:
    """A hint when what is ticked speaks for the other outcome; it never blocks."""
    if outcome == DEMOTE and critical:
        return f"You ticked “{critical[0]}”. That usually confirms an emergency."
    if outcome == CONFIRM and not_critical:
        return f"You ticked “{not_critical[0]}”. That usually means demoting."
    return ""
