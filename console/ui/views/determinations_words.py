"""What a case says: what it changes, what the lists say, who is told, the short timeline. Pure: no widget, no query."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from console.policy import facts
from console.policy.terms import Milestone, Priority, PromiseKind
from console.ui import format as fmt
from console.ui.format import Times
from console.ui.views.before_after import NO_CHANGE, Change
from console.ui.views.timeline import Entry

if TYPE_CHECKING:
    from console.policy.document import ListItem, Policy
    from console.policy.ticket import Ticket
    from console.ui.views.determinations_deeds import Case

SHORT_LINES, LONGEST_BODY = 6, 90
_DUE = {Milestone.BEGIN: "Begin due", Milestone.RESPOND: "Respond due", Milestone.RESOLVE_OR_PLAN: "Plan due"}
_BY = {
    Milestone.BEGIN: "Begin work by",
    Milestone.RESPOND: "Respond by",
    Milestone.RESOLVE_OR_PLAN: "Plan of resolution by",
}
_LEFT_OUT = (
    facts.TicketOpened,
    facts.TicketClaimed,
    facts.TicketReleased,
    facts.NoteWritten,
    facts.ProposalReturned,
    facts.ProposalAnswered,
)


def due_words(ticket: Ticket, now: datetime) -> tuple[str, str]:
    """The chip beside the number and its kind: ``("Plan due in 6 h 12 m", "outline")``; empty when nothing is due."""
    due = ticket.next_due
    if due is None:
        return "", "outline"
    goal = due.promise.kind is PromiseKind.GOAL
    if now > due.due_at:
        late = fmt.time_late(now - due.due_at)
        return f"{_DUE[due.milestone]} {late} ago", "outline" if goal else "missed"
    return f"{_DUE[due.milestone]} in {fmt.time_left(due.due_at - now)}", "outline"


def price_words(ticket: Ticket) -> str:
    """``"2 tokens"``, ``"Free"``, ``"included"``."""
    if not ticket.pays_tokens:
        return "included"
    return "Free" if ticket.is_free else fmt.tokens(ticket.held)


def changes(case: Case, now: datetime, times: Times, *, free: bool) -> tuple[Change, ...]:
    """Price, credit, balance and the next deadline: now and after the outcome."""
    ticket, account = case.view.ticket, case.view.account
    credited = case.tokens if free else 0
    after = account.balance + credited
    return (
        Change(
            "Price",
            price_words(ticket),
            "Free" if free and not ticket.is_free else NO_CHANGE,
            ink="credit_text",
        ),
        Change(
            "Credited to the account",
            "0",
            fmt.number(credited) if credited else NO_CHANGE,
            ink="credit_text",
        ),
        Change(
            "Balance",
            fmt.number(account.balance),
            fmt.number(after) if credited else NO_CHANGE,
            ink="credit_text",
        ),
        _due_change(ticket, now, times),
    )


def _due_change(ticket: Ticket, now: datetime, times: Times) -> Change:
    due = ticket.next_due
    if due is None:
        return Change("Next promise", "nothing due", NO_CHANGE)
    return Change(_BY[due.milestone], times.when(due.due_at, now), NO_CHANGE)


def told_words(case: Case) -> str:
    """``"Tom Brandt and Sam Okafor are told."``."""
    ticket = case.view.ticket
    names = [ticket.requester]
    if ticket.proposal is not None and ticket.proposal.by_name not in names:
        names.append(ticket.proposal.by_name)
    return f"{' and '.join(names)} {'is' if len(names) == 1 else 'are'} told."


def list_words(case: Case, category: str) -> tuple[ListItem | None, ListItem | None]:
    """The free item of the category, and the token-required item with the most words in common with the case."""
    lists, ticket = case.view.policy.lists, case.view.ticket
    free = next((item for item in lists.free.items if item.id == category), None)
    reason = ticket.proposal.reason if ticket.proposal else ""
    said = _words(f"{ticket.subject} {reason} {case.view.words}")
    items = lists.token_required.items
    nearest = max(items, key=lambda item: len(said & _words(f"{item.words} {item.note}")), default=None)
    return free, nearest


def _words(text: str) -> frozenset[str]:
    return frozenset(word.strip(".,:;?!()").casefold() for word in text.split() if len(word) > 4)


def reviewed(policy: Policy) -> bool:
    """Whether an administrator has reviewed both lists that decide what is free."""
    return policy.lists.free.reviewed and policy.lists.token_required.reviewed


def short_timeline(entries: Sequence[Entry]) -> list[Entry]:
    """The lines that matter for the decision, their bodies cut to one line, the latest last."""
    kept = [entry for entry in entries if not isinstance(entry.item.fact, _LEFT_OUT)]
    first, rest = kept[:1], kept[1:]
    return [_short(entry) for entry in (*first, *rest[-(SHORT_LINES - 1) :])]


def _short(entry: Entry) -> Entry:
    """The customer's words and the reason stand in the case already; other bodies are cut to one line."""
    if isinstance(entry.item.fact, facts.TicketReceived):
        return replace(entry, body="", bubble=False, act="")
    if isinstance(entry.item.fact, facts.FreeIssueProposed):
        return replace(entry, head=f"{entry.item.actor_name} proposed free", body="", bubble=False, act="")
    body = " ".join(entry.body.split())
    cut = body if len(body) <= LONGEST_BODY else f"{body[: LONGEST_BODY - 1]}…"
    return replace(entry, body=cut, bubble=False, act="")


def priority_words(priority: Priority) -> str:
    """``"Standard"``."""
    return priority.value.capitalize()
