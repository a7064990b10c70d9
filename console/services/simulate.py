"""What does the policy do with this history? One JSON object in, one out; no database, no clock.

The result depends on what happened when: events are taken in the order of their instants, whatever their order in
the list, and a "check" (somebody looks) changes nothing.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from console.policy import classification, life, repricing
from console.policy.amounts import tokens_in_words
from console.policy.breaches import judge
from console.policy.clauses import Clause
from console.policy.deadlines import Deadline, explain
from console.policy.document import Policy
from console.policy.errors import Refused
from console.policy.ledger import Entry, entry
from console.policy.life import Entered
from console.policy.outcome import Outcome
from console.policy.terms import Cause, EntryKind
from console.policy.ticket import PlanOfResolution, Ticket
from console.services.history import Event, History, history


@dataclass(slots=True)
class Run:
    """A history being replayed."""

    policy: Policy
    ticket: Ticket
    balance: int
    ledger: list[Entry] = field(default_factory=list)
    refused: list[tuple[int, str | None, str]] = field(default_factory=list)

    def take(self, outcome: Outcome) -> None:
        self.ticket, self.balance = outcome.ticket, outcome.balance
        self.ledger.extend(outcome.entries)


def simulate(line: Mapping[str, Any], policy: Policy) -> dict[str, Any]:
    """The answer to one line. Raises ``Invalid`` naming the key when the line cannot be understood.

    Raises ``OverflowError`` when a promise would end outside the calendar (the years 1 to 9999).
    """
    given = history(line)
    try:
        opened = life.open_ticket(given.new, 1, policy, given.balance, given.opened_at)
    except Refused as refused:
        return _refused(given, policy, refused)
    run = Run(policy, opened.ticket, given.balance)
    run.take(opened)
    for event in sorted(given.events, key=lambda event: event.at):
        _replay(run, event, given.opened_at, given.now)
    run.take(judge(run.ticket, given.now, run.balance))
    return _answer(given, run)


# --- Replaying ---------------------------------------------------------------------------------------------------


def _replay(run: Run, event: Event, opened_at: datetime, now: datetime) -> None:
    """Judges first, so that it never matters whether somebody had looked before; then does what the event says."""
    if not opened_at <= event.at <= now:
        if event.do != "check":
            run.refused.append((event.index, *_OUTSIDE[event.at > now]))
        return
    run.take(judge(run.ticket, event.at, run.balance))
    try:
        run.take(ACTS[event.do](run, event))
    except Refused as refused:
        run.refused.append((event.index, refused.clause, refused.message))


_OUTSIDE: dict[bool, tuple[str | None, str]] = {
    True: (None, "It lies after now and has not happened yet."),
    False: (Clause.OPENING, "It lies before the ticket was received."),
}


def _check(run: Run, event: Event) -> Outcome:
    return judge(run.ticket, event.at, run.balance)


def _begin(run: Run, event: Event) -> Outcome:
    return life.begin(run.ticket, event.by, Entered.at_once(event.at), run.balance)


def _respond(run: Run, event: Event) -> Outcome:
    return life.reply(run.ticket, event.by, Entered.at_once(event.at), run.balance, "")


def _plan(run: Run, event: Event) -> Outcome:
    plan = PlanOfResolution("", event.by.name, None)
    return life.send_plan(run.ticket, event.by, Entered.at_once(event.at), run.balance, plan)


def _resolve(run: Run, event: Event) -> Outcome:
    return life.resolve(run.ticket, event.by, Entered.at_once(event.at), run.balance)


def _demote(run: Run, event: Event) -> Outcome:
    return classification.demote(run.ticket, event.by, run.policy, event.at, run.balance)


def _confirm(run: Run, event: Event) -> Outcome:
    return classification.confirm(run.ticket, event.by, event.at, run.balance)


def _propose(run: Run, event: Event) -> Outcome:
    return classification.propose_free(run.ticket, event.by, event.at, run.balance)


def _determine(free: bool) -> Callable[[Run, Event], Outcome]:
    return lambda run, event: classification.determine(
        run.ticket, event.by, run.policy, event.at, run.balance, free=free
    )


def _change_priority(run: Run, event: Event) -> Outcome:
    by = "The customer" if event.authorised else ""
    return repricing.change_priority(
        run.ticket, event.by, event.priority, run.policy, event.at, run.balance, authorised_by=by
    )


def _buy_tokens(run: Run, event: Event) -> Outcome:
    if not run.ticket.pays_tokens:
        raise Refused("Flat-rate support has no tokens.", clause=Clause.LEDGER)
    bought = entry(EntryKind.PURCHASE, Cause.BOUGHT, event.tokens, event.at, Clause.LEDGER)
    released = life.release(run.ticket, run.policy, run.balance + event.tokens, event.at)
    return replace(released, entries=(bought, *released.entries))


def _reopen(run: Run, event: Event) -> Outcome:
    return life.reopen(run.ticket, event.by, run.policy, event.at, run.balance)


def _cancel(run: Run, event: Event) -> Outcome:
    return life.cancel(run.ticket, event.by, event.at, run.balance, credit_anyway=event.credit)


ACTS: dict[str, Callable[[Run, Event], Outcome]] = {
    "check": _check,
    "respond": _respond,
    "begin": _begin,
    "plan": _plan,
    "resolve": _resolve,
    "demote": _demote,
    "confirm": _confirm,
    "propose_free": _propose,
    "determine_free": _determine(True),
    "determine_not_free": _determine(False),
    "change_priority": _change_priority,
    "buy_tokens": _buy_tokens,
    "reopen": _reopen,
    "cancel": _cancel,
}

# --- Answering ---------------------------------------------------------------------------------------------------


def _refused(given: History, policy: Policy, refused: Refused) -> dict[str, Any]:
    message = "There is no ticket: the request was refused."
    happened = [event for event in given.events if event.do != "check"]
    return {
        "id": given.id,
        "allowed": False,
        "state": "refused",
        "clause": refused.clause,
        "message": refused.message,
        "charged": 0,
        "milestones": [],
        "ledger": [],
        "balance": given.balance,
        "free": False,
        "priority": given.new.priority,
        "refused_events": [_refused_event(event.index, refused.clause, message) for event in happened],
        "ignored": given.ignored,
        "monthly_fee_cents": policy.monthly_fee(given.new.option, given.users),
    }


def _answer(given: History, run: Run) -> dict[str, Any]:
    ticket = run.ticket
    return {
        "id": given.id,
        "allowed": True,
        "state": ticket.status,
        "clause": Clause.AWAITING_TOKENS if ticket.is_awaiting else None,
        "message": _message(run),
        "charged": ticket.held,
        "milestones": [_milestone(deadline, run.policy) for deadline in ticket.counting],
        "ledger": [_entry(each) for each in run.ledger],
        "balance": run.balance,
        "free": ticket.is_free,
        "priority": ticket.priority,
        "refused_events": [
            _refused_event(*refused) for refused in sorted(run.refused, key=lambda each: each[0])
        ],
        "ignored": given.ignored,
        "monthly_fee_cents": run.policy.monthly_fee(given.new.option, given.users),
    }


def _message(run: Run) -> str:
    ticket = run.ticket
    price = run.policy.price(ticket.hosting, ticket.option, ticket.priority)
    if ticket.is_awaiting:
        return (
            f"The account has {tokens_in_words(run.balance)}; {ticket.priority} support needs {price}. "
            "The ticket is kept, awaiting tokens."
        )
    if ticket.is_free:
        return "The ticket is free."
    if not ticket.pays_tokens:
        return "The ticket is included in the flat rate."
    return f"The ticket costs {tokens_in_words(ticket.held)}."


def _refused_event(index: int, clause: str | None, message: str) -> dict[str, Any]:
    return {"index": index, "clause": clause, "message": message}


def _milestone(deadline: Deadline, policy: Policy) -> dict[str, Any]:
    explanation = explain(deadline, policy)
    return {
        "name": deadline.milestone,
        "kind": deadline.promise.kind,
        "due": iso(deadline.due_at),
        "met_at": iso(deadline.met_at) if deadline.met_at else None,
        "missed": deadline.missed,
        "spans": [{"start": iso(span.start), "end": iso(span.end)} for span in explanation.spans],
        "start_event": explanation.start,
        "counted_from": iso(deadline.counted_from),
        "skipped": [
            {"start": iso(skip.start), "end": iso(skip.end), "why": skip.why} for skip in explanation.skipped
        ],
        "clause": explanation.clause,
        "policy_version": explanation.policy_version,
    }


def _entry(entry: Entry) -> dict[str, Any]:
    return {
        "at": iso(entry.at),
        "kind": entry.kind,
        "tokens": entry.tokens,
        "cause": entry.cause,
        "clause": entry.clause,
    }


def iso(instant: datetime) -> str:
    """The instant in UTC as ISO 8601 with a Z; microseconds only when there are any."""
    return instant.astimezone(UTC).isoformat().replace("+00:00", "Z")
