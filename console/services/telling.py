"""How a fact is told: the head of its line on the timeline, its body, and its icon. Times are the screen's matter."""

from collections.abc import Callable
from typing import Any

from console.policy import facts as f
from console.policy.amounts import tokens_in_words
from console.policy.terms import Cause, Channel, Milestone
from console.store.rows import TimelineItem as TimelineItem

MILESTONES = {
    Milestone.RESPOND: "respond",
    Milestone.BEGIN: "begin",
    Milestone.RESOLVE_OR_PLAN: "resolve or plan",
}

CAUSES = {
    Cause.BOUGHT: "purchase",
    Cause.OPENED: "opened",
    Cause.PRIORITY_RAISED: "priority raised",
    Cause.PRIORITY_LOWERED: "priority lowered",
    Cause.DEMOTED: "demotion",
    Cause.RESPOND_MISSED: "respond missed",
    Cause.BEGIN_MISSED: "begin missed",
    Cause.RESOLVE_OR_PLAN_MISSED: "plan missed",
    Cause.FREE_ISSUE: "free issue",
    Cause.OVERTURNED: "determination overturned",
    Cause.CANCELLED: "cancelled",
    Cause.MERGED: "merged",
    Cause.REVERSED: "reversed",
    Cause.MET_AFTER_ALL: "met after all",
    Cause.UNDONE: "undone",
    Cause.CORRECTED: "correction",
    Cause.PAID_BACK: "paid back",
}

_BY_CHANNEL = {
    Channel.TICKET: "by ticket",
    Channel.EMAIL: "by email",
    Channel.TELEPHONE: "by telephone",
    Channel.CALLBACK: "in a call from us",
}

Teller = Callable[[Any, str], str]


def decided(fact: f.IssueDetermined) -> str:
    """What a determination says."""
    return "a free issue" if fact.free else "needs tokens"


def _determined(fact: f.IssueDetermined, who: str) -> str:
    verb = "overturned it" if fact.overturns else "decided"
    return f"{who} {verb}: {decided(fact)}"


def _claimed(fact: f.TicketClaimed, who: str) -> str:
    return f"{who} took it over from {fact.taken_over_from}" if fact.taken_over_from else f"{who} claimed it"


_HEADS: dict[type[f.Fact], Teller] = {
    f.TicketReceived: lambda fact, who: f"{fact.requester} asked {_BY_CHANNEL[fact.channel]}",
    f.TicketAuthorised: lambda fact, who: (
        f"{fact.by} authorised the emergency and {tokens_in_words(fact.price)}"
    ),
    f.TicketOpened: lambda fact, who: "Opened: the account can pay" if fact.released else "Opened",
    f.TicketAwaitsTokens: lambda fact, who: f"Awaiting tokens: needs {fact.needed}, has {fact.balance}",
    f.WorkBegun: lambda fact, who: f"{who} began work",
    f.ReplySent: lambda fact, who: f"{who} replied",
    f.PlanSent: lambda fact, who: f"{who} sent a plan",
    f.TicketResolved: lambda fact, who: f"{who} resolved the ticket",
    f.EnteredLate: lambda fact, who: f"{who} entered it late",
    f.TicketReopened: lambda fact, who: f"{who} reopened the ticket",
    f.TicketCancelled: lambda fact, who: f"{who} cancelled the ticket",
    f.TicketMerged: lambda fact, who: f"{who} merged it into {fact.into}",
    f.PriorityChanged: lambda fact, who: f"{who} changed the priority: {fact.before} to {fact.after}",
    f.EmergencyConfirmed: lambda fact, who: f"{who} confirmed it as mission critical",
    f.EmergencyDemoted: lambda fact, who: f"{who} demoted it to urgent",
    f.DemotionReversed: lambda fact, who: f"{who} {'undid' if fact.undone else 'reversed'} the demotion",
    f.ConfirmationReversed: lambda fact, who: (
        f"{who} {'undid' if fact.undone else 'reversed'} the confirmation"
    ),
    f.FreeIssueProposed: lambda fact, who: f"{who} proposed it as a free issue",
    f.ProposalWithdrawn: lambda fact, who: f"{who} withdrew the proposal",
    f.ProposalReturned: lambda fact, who: f"{who} asks about the proposal",
    f.ProposalAnswered: lambda fact, who: f"{who} answered about the proposal",
    f.IssueDetermined: _determined,
    f.DeterminationUndone: lambda fact, who: f"{who} undid the determination",
    f.ActUndone: lambda fact, who: f"{who} undid: {fact.act}",
    f.GuaranteeMissed: lambda fact, who: f"The {MILESTONES[fact.milestone]} guarantee was missed: now free",
    f.GoalMissed: lambda fact, who: f"The {MILESTONES[fact.milestone]} goal passed",
    f.MissWithdrawn: lambda fact, who: f"The {MILESTONES[fact.milestone]} guarantee was met after all",
    f.TokensMoved: lambda fact, who: _tokens_moved(fact),
    f.CauseOfMissSet: lambda fact, who: f"{who} set the cause of the miss",
    f.NoteWritten: lambda fact, who: f"{who}, internal note",
    f.TicketClaimed: _claimed,
    f.TicketReleased: lambda fact, who: f"{who} let go of the ticket",
    f.CustomerWrote: lambda fact, who: "The customer wrote",
    f.CallbackBooked: lambda fact, who: f"{who} booked a callback to {fact.number}",
    f.TicketImported: lambda fact, who: f"{who} imported it from {fact.source} {fact.external_id}",
    f.AccountSaved: lambda fact, who: f"{who} saved the account",
    f.BalanceMoved: lambda fact, who: f"{CAUSES[fact.cause].capitalize()}: {_signed(fact.tokens)}",
    f.RequestRefused: lambda fact, who: f"{fact.who} was refused (clause {fact.clause})",
    f.PersonSaved: lambda fact, who: f"{who} saved {fact.name}",
    f.PolicyAdded: lambda fact, who: f"{who} added policy version {fact.version}",
}

_BODIES: dict[type[f.Fact], Teller] = {
    f.TicketReceived: lambda fact, who: fact.words,
    f.TicketAuthorised: lambda fact, who: fact.script,
    f.ReplySent: lambda fact, who: fact.words,
    f.PlanSent: lambda fact, who: fact.what,
    f.TicketResolved: lambda fact, who: fact.words,
    f.EnteredLate: lambda fact, who: fact.reason,
    f.TicketReopened: lambda fact, who: fact.reason,
    f.TicketCancelled: lambda fact, who: fact.reason,
    f.PriorityChanged: lambda fact, who: f"Authorised by {fact.authorised_by}" if fact.authorised_by else "",
    f.EmergencyConfirmed: lambda fact, who: fact.reason,
    f.EmergencyDemoted: lambda fact, who: fact.reason,
    f.DemotionReversed: lambda fact, who: fact.reason,
    f.ConfirmationReversed: lambda fact, who: fact.reason,
    f.FreeIssueProposed: lambda fact, who: fact.reason,
    f.ProposalWithdrawn: lambda fact, who: fact.reason,
    f.ProposalReturned: lambda fact, who: fact.question,
    f.ProposalAnswered: lambda fact, who: fact.answer,
    f.IssueDetermined: lambda fact, who: fact.reason,
    f.TokensMoved: lambda fact, who: f"Balance {fact.before} → {fact.after}",
    f.NoteWritten: lambda fact, who: fact.words,
    f.CustomerWrote: lambda fact, who: fact.words,
    f.CallbackBooked: lambda fact, who: fact.window,
    f.AccountSaved: lambda fact, who: fact.words,
    f.BalanceMoved: lambda fact, who: fact.reason,
    f.RequestRefused: lambda fact, who: fact.words,
}

_ICONS: dict[type[f.Fact], str] = {
    f.TicketReceived: "message-square-quote",
    f.TicketAuthorised: "phone-call",
    f.TicketOpened: "inbox",
    f.TicketAwaitsTokens: "coins",
    f.WorkBegun: "play",
    f.ReplySent: "reply",
    f.PlanSent: "file-check",
    f.TicketResolved: "circle-check",
    f.EnteredLate: "clock",
    f.TicketReopened: "rotate-ccw",
    f.TicketCancelled: "ban",
    f.TicketMerged: "git-merge",
    f.PriorityChanged: "chevrons-up",
    f.EmergencyConfirmed: "shield-check",
    f.EmergencyDemoted: "arrow-down-narrow-wide",
    f.DemotionReversed: "undo-2",
    f.ConfirmationReversed: "undo-2",
    f.FreeIssueProposed: "gift",
    f.ProposalWithdrawn: "undo-2",
    f.ProposalReturned: "gavel",
    f.ProposalAnswered: "reply",
    f.IssueDetermined: "gavel",
    f.DeterminationUndone: "undo-2",
    f.ActUndone: "undo-2",
    f.GuaranteeMissed: "alarm-clock-off",
    f.GoalMissed: "leaf",
    f.MissWithdrawn: "check",
    f.CauseOfMissSet: "list-checks",
    f.NoteWritten: "pencil-line",
    f.TicketClaimed: "hand",
    f.TicketReleased: "hand",
    f.CustomerWrote: "message-square-quote",
    f.CallbackBooked: "phone-call",
    f.TicketImported: "arrow-down-to-line",
    f.RequestRefused: "circle-x",
}


def headline(item: TimelineItem) -> str:
    """One line: who did what."""
    return _HEADS[type(item.fact)](item.fact, item.actor_name)


def body(item: TimelineItem) -> str:
    """The words that go with it, as written; empty when there are none. Always plain text."""
    teller = _BODIES.get(type(item.fact))
    return str(teller(item.fact, item.actor_name)) if teller else ""


def icon(item: TimelineItem) -> str:
    """The name of the icon for this kind of fact."""
    if isinstance(item.fact, f.TokensMoved):
        return icon_of_cause(item.fact.cause, item.fact.tokens)
    return _ICONS.get(type(item.fact), "info")


def icon_of_cause(cause: Cause, tokens: int) -> str:
    """The icon of an entry on the statement and the timeline."""
    if cause in (Cause.RESPOND_MISSED, Cause.BEGIN_MISSED, Cause.RESOLVE_OR_PLAN_MISSED):
        return "timer-off"
    special = {
        Cause.FREE_ISSUE: "gift",
        Cause.DEMOTED: "arrow-down-narrow-wide",
        Cause.BOUGHT: "shopping-cart",
        Cause.CORRECTED: "scale",
        Cause.PAID_BACK: "banknote-arrow-down",
        Cause.REVERSED: "rotate-ccw",
        Cause.UNDONE: "rotate-ccw",
        Cause.OVERTURNED: "rotate-ccw",
        Cause.MET_AFTER_ALL: "rotate-ccw",
    }
    return special.get(cause, "undo-2" if tokens > 0 else "receipt")


def _signed(tokens: int) -> str:
    return f"+{tokens}" if tokens > 0 else f"−{-tokens}"


def _tokens_moved(fact: f.TokensMoved) -> str:
    if fact.tokens > 0:
        return f"{tokens_in_words(fact.tokens)} credited: {CAUSES[fact.cause]}"
    return f"{tokens_in_words(-fact.tokens)} charged: {CAUSES[fact.cause]}"
