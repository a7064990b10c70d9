"""What does the policy do with this history? One JSON object in, one out; no database, no clock.

The result depends on what happened when: events are taken in the order of their instants, whatever their order in
the list, and a "check" (somebody looks) changes nothing.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, TypeVar

from console.policy import classification, life, repricing
from console.policy.actor import Actor
from console.policy.amounts import tokens_in_words
from console.policy.breaches import judge
from console.policy.clauses import Clause
from console.policy.deadlines import Deadline, explain
from console.policy.document import Policy
from console.policy.errors import Invalid, Refused
from console.policy.ledger import Entry, entry
from console.policy.life import Entered, NewTicket
from console.policy.outcome import Outcome
from console.policy.terms import (
    Cause,
    Channel,
    EntryKind,
    Hosting,
    Priority,
    Requester,
    Role,
    SupportOption,
)
from console.policy.ticket import PlanOfResolution, Ticket

MOST_WHOLE = 1_000_000_000
MOST_EVENTS = 100_000

Word = TypeVar("Word", Hosting, SupportOption, Requester, Channel, Priority)


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that somebody did at ``at``; ``index`` is its place in the given list."""

    index: int
    at: datetime
    do: str
    by: Actor
    arguments: Mapping[str, Any]


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
    """The answer to one line. Raises ``Invalid`` naming the key when the line cannot be understood."""
    given = _Given(line)
    id = line.get("id")
    opened_at = given.instant("opened_at")
    events = _events(given)
    now = given.instant("now", max([opened_at, *(event.at for event in events)]))
    new, balance, users = _new_ticket(given), given.whole("balance", 0), given.whole("users", 0)
    fee = policy.monthly_fee(new.option, users)
    if now < opened_at:
        raise Invalid("now: lies before opened_at.")
    try:
        opened = life.open_ticket(new, 1, policy, balance, opened_at)
    except Refused as refused:
        return _refused(id, new, balance, fee, refused, events)
    run = Run(policy, opened.ticket, balance)
    run.take(opened)
    for event in sorted(events, key=lambda event: event.at):
        _replay(run, event, opened_at, now)
    run.take(judge(run.ticket, now, run.balance))
    return _answer(id, run, fee)


# --- Reading the line --------------------------------------------------------------------------------------------


class _Given:
    """Checked values of one JSON object; every refusal names the key."""

    def __init__(self, values: Mapping[str, Any], path: str = "") -> None:
        self.values = values
        self.path = path

    def word(self, name: str, kind: type[Word], default: Word | None = None) -> Word:
        value = self.values.get(name, default)
        try:
            return kind(value)
        except ValueError:
            raise Invalid(
                f"{self.path}{name}: expected one of {', '.join(kind)}, not {_shown(value)}."
            ) from None

    def whole(self, name: str, default: int, least: int = 0) -> int:
        value = self.values.get(name, default)
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= MOST_WHOLE:
            raise Invalid(
                f"{self.path}{name}: expected a whole number of at least {least}, not {_shown(value)}."
            )
        return value

    def flag(self, name: str, default: bool = False) -> bool:
        value = self.values.get(name, default)
        if not isinstance(value, bool):
            raise Invalid(f"{self.path}{name}: expected true or false, not {_shown(value)}.")
        return value

    def text(self, name: str) -> str:
        value = self.values.get(name, "")
        if value is None:
            return ""
        if not isinstance(value, str):
            raise Invalid(f"{self.path}{name}: expected text, not {_shown(value)}.")
        return value

    def instant(self, name: str, default: datetime | None = None) -> datetime:
        value = self.values.get(name)
        if value is None and default is not None:
            return default
        if not isinstance(value, str):
            raise Invalid(
                f"{self.path}{name}: expected an instant such as 2026-11-24T17:00:00Z, not {_shown(value)}."
            )
        try:
            parsed = datetime.fromisoformat(value)
        except ValueError:
            raise Invalid(f"{self.path}{name}: {_shown(value)} is not an ISO 8601 instant.") from None
        if parsed.tzinfo is None:
            raise Invalid(f"{self.path}{name}: {_shown(value)} has no zone; add Z or an offset.")
        try:
            return parsed.astimezone(UTC)
        except OverflowError:
            raise Invalid(f"{self.path}{name}: {_shown(value)} lies outside the calendar.") from None


def _shown(value: object) -> str:
    shown = repr(value)
    return shown if len(shown) <= 60 else f"{shown[:57]}..."


_ROLES = {role.value: role for role in (Role.AGENT, Role.MANAGER, Role.CUSTOMER, Role.SYSTEM)}


def _events(given: _Given) -> list[Event]:
    raw = given.values.get("events", [])
    if not isinstance(raw, list) or len(raw) > MOST_EVENTS:
        raise Invalid(f"events: expected a list of up to {MOST_EVENTS:,} events.")
    return [_event(index, item) for index, item in enumerate(raw)]


def _event(index: int, item: object) -> Event:
    path = f"events[{index}]."
    if not isinstance(item, dict):
        raise Invalid(f"events[{index}]: expected an object, not {_shown(item)}.")
    given = _Given(item, path)
    do, by = item.get("do"), item.get("by", "system" if item.get("do") == "check" else "agent")
    if not isinstance(do, str) or do not in ACTS:
        raise Invalid(f"{path}do: expected one of {', '.join(ACTS)}, not {_shown(do)}.")
    if not isinstance(by, str) or by not in _ROLES:
        raise Invalid(f"{path}by: expected one of {', '.join(_ROLES)}, not {_shown(by)}.")
    actor = Actor(by, f"The {by}", frozenset({_ROLES[by]}))
    event = Event(index, given.instant("at"), do, actor, item)
    if do in ARGUMENTS:
        ARGUMENTS[do](given)
    return event


def _new_ticket(given: _Given) -> NewTicket:
    authorised = given.flag("authorised")
    return NewTicket(
        account_id=1,
        account_name="The account",
        hosting=given.word("hosting", Hosting),
        option=given.word("option", SupportOption),
        restricted_to_administrators=given.flag("restricted"),
        requester="The requester",
        requester_kind=given.word("requester", Requester, Requester.ADMINISTRATOR),
        channel=given.word("channel", Channel, Channel.TICKET),
        priority=given.word("priority", Priority),
        subject="simulated",
        words="",
        authorised_by="The requester" if authorised else "",
    )


# --- Replaying ---------------------------------------------------------------------------------------------------


def _replay(run: Run, event: Event, opened_at: datetime, now: datetime) -> None:
    if event.at > now:
        run.refused.append((event.index, None, "It lies after now and has not happened yet."))
        return
    if event.at < opened_at:
        run.refused.append((event.index, Clause.OPENING, "It lies before the ticket was received."))
        return
    try:
        run.take(ACTS[event.do](run, event))
    except Refused as refused:
        run.refused.append((event.index, refused.clause, refused.message))


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
    given = _Given(event.arguments)
    authorised = given.flag("authorised", Role.CUSTOMER in event.by.roles)
    return repricing.change_priority(
        run.ticket,
        event.by,
        given.word("priority", Priority),
        run.policy,
        event.at,
        run.balance,
        authorised_by="The customer" if authorised else "",
    )


def _buy_tokens(run: Run, event: Event) -> Outcome:
    judged = judge(run.ticket, event.at, run.balance)
    if not run.ticket.pays_tokens:
        raise Refused("Flat-rate support has no tokens.", clause=Clause.LEDGER)
    tokens = _Given(event.arguments).whole("tokens", 0, 1)
    bought = entry(EntryKind.PURCHASE, Cause.BOUGHT, tokens, event.at, Clause.LEDGER)
    released = life.release(judged.ticket, run.policy, judged.balance + tokens, event.at)
    return replace(released, entries=(*judged.entries, bought, *released.entries))


def _reopen(run: Run, event: Event) -> Outcome:
    return life.reopen(run.ticket, event.by, run.policy, event.at, run.balance)


def _cancel(run: Run, event: Event) -> Outcome:
    credit = _Given(event.arguments).flag("credit")
    return life.cancel(run.ticket, event.by, event.at, run.balance, credit_anyway=credit)


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

#: Arguments that must be sound for the line to be understood at all.
ARGUMENTS: dict[str, Callable[[_Given], object]] = {
    "change_priority": lambda given: (given.word("priority", Priority), given.flag("authorised")),
    "buy_tokens": lambda given: given.whole("tokens", 0, 1),
    "cancel": lambda given: given.flag("credit"),
}


# --- Answering ---------------------------------------------------------------------------------------------------


def _refused(
    id: object, new: NewTicket, balance: int, fee: int, refused: Refused, events: list[Event]
) -> dict[str, Any]:
    message = "There is no ticket: the request was refused."
    return {
        "id": id,
        "allowed": False,
        "state": "refused",
        "clause": refused.clause,
        "message": refused.message,
        "charged": 0,
        "milestones": [],
        "ledger": [],
        "balance": balance,
        "free": False,
        "priority": new.priority,
        "refused_events": [_refused_event(event.index, refused.clause, message) for event in events],
        "monthly_fee_cents": fee,
    }


def _answer(id: object, run: Run, fee: int) -> dict[str, Any]:
    ticket = run.ticket
    return {
        "id": id,
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
        "monthly_fee_cents": fee,
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


def opened_at(line: Mapping[str, Any]) -> datetime:
    """When the ticket of a line came in. Raises ``Invalid`` when it does not say."""
    return _Given(line).instant("opened_at")
