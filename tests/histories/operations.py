"""Everything that a client of a history may do, each through the service that the window uses.

What was chosen is chosen once: a second sending has the same content, and so has every answer.
"""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime

from console.policy.account import Account
from console.policy.terms import Channel, Hosting, Priority
from console.services import claims, intake, people, progress, tokens, triage
from console.services.desk import Changed, Desk, Undo
from console.services.intake import NewRequest
from console.services.undo import undo
from tests.support.desks import ALEX, IRA, MAX, MORGAN, PRIYA

STAFF = frozenset(who.login for who in (ALEX, PRIYA, MORGAN, MAX))
#: So many milliseconds somebody looks at a ticket at most before acting on it.
LONGEST_THOUGHT = 40

MANAGERS = frozenset(who.login for who in (MORGAN, MAX))
KEEPERS = STAFF | {IRA.login}


@dataclass(frozen=True, slots=True)
class Customer:
    """An account of the history, as the clients know it."""

    id: int
    contact_id: int
    hosting: Hosting
    pays_tokens: bool


@dataclass
class World:
    """What the clients can choose from; tickets come in while the history goes on."""

    customers: list[Customer]
    tickets: list[int] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Choice:
    """What an act is about, chosen once for all its sendings."""

    ticket: int = 0
    account: int = 0
    other: int = 0
    tokens: int = 0
    flag: bool = False
    priority: Priority = Priority.STANDARD
    request: NewRequest | None = None
    version: int | None = None
    undo: Undo | None = None
    given: Account | None = None
    by_when: datetime | None = None


Numbers = tuple[int, int, int]
Choose = Callable[[Numbers, World, Desk], Choice | None]
Send = Callable[[Desk, Choice, str], Changed]


@dataclass(frozen=True, slots=True)
class Operation:
    """One thing to do: how often, who may be acknowledged, which fact tells of it, how it is chosen and sent."""

    weight: int
    may: frozenset[str]
    tells: frozenset[str]
    choose: Choose
    send: Send


def because(key: str) -> str:
    """A reason that is long enough to be kept, and that nobody else gives."""
    return f"Because of {key}, as was said on the telephone."


# --- Choosing ----------------------------------------------------------------------------------------------------

_PRIORITIES = (*Priority, Priority.STANDARD, Priority.URGENT, Priority.EMERGENCY, Priority.EMERGENCY)


def _ticket(numbers: Numbers, world: World, _desk: Desk) -> Choice | None:
    """Mostly one of the newest tickets: those are worked on."""
    if not world.tickets:
        return None
    recent = world.tickets[-12:] if numbers[1] % 4 else world.tickets
    return Choice(
        ticket=recent[numbers[0] % len(recent)],
        other=world.tickets[numbers[1] % len(world.tickets)],
        flag=numbers[2] % 2 == 0,
        priority=_PRIORITIES[numbers[2] % len(_PRIORITIES)],
    )


def _seen(numbers: Numbers, world: World, desk: Desk) -> Choice | None:
    """A ticket with the version that its client saw, and thought about for a moment."""
    chosen = _ticket(numbers, world, desk)
    if chosen is None or numbers[1] % 3 == 0:
        return chosen
    with desk.store.read() as read:
        seen = replace(chosen, version=read.ticket(chosen.ticket).version)
    time.sleep(numbers[0] % LONGEST_THOUGHT / 1000)
    return seen


def _planned(numbers: Numbers, world: World, desk: Desk) -> Choice | None:
    chosen = _seen(numbers, world, desk)
    return chosen and replace(chosen, by_when=desk.now())


def _account(numbers: Numbers, world: World, _desk: Desk) -> Choice:
    """An account that pays with tokens, and a few of them."""
    paying = [each for each in world.customers if each.pays_tokens]
    return Choice(
        account=paying[numbers[0] % len(paying)].id, tokens=1 + numbers[1] % 12, flag=numbers[2] % 2 == 0
    )


def _nothing(_numbers: Numbers, _world: World, _desk: Desk) -> Choice:
    return Choice()


def _request(numbers: Numbers, world: World, _desk: Desk) -> Choice:
    customer = world.customers[numbers[0] % len(world.customers)]
    priority = _PRIORITIES[numbers[1] % len(_PRIORITIES)]
    by_telephone = numbers[2] % 7 == 0
    request = NewRequest(
        account_id=customer.id,
        contact_id=customer.contact_id,
        channel=Channel.TELEPHONE if by_telephone else Channel.TICKET,
        authorised=by_telephone,
        priority=priority,
        subject="Something is wrong",
    )
    return Choice(account=customer.id, priority=priority, request=request)


def _changed_account(numbers: Numbers, world: World, desk: Desk) -> Choice:
    """An account as somebody saw it, with another number of users."""
    seen = people.account(desk, world.customers[numbers[0] % len(world.customers)].id)
    return Choice(account=seen.id, given=replace(seen, users=1 + numbers[1] % 500))


# --- Sending -----------------------------------------------------------------------------------------------------


def _open(desk: Desk, chosen: Choice, key: str) -> Changed:
    assert chosen.request is not None
    return intake.open_ticket(desk, replace(chosen.request, words=because(key)), key)


def _resolve(desk: Desk, chosen: Choice, key: str) -> Changed:
    cause = "overload" if chosen.flag else None
    words, seen = because(key), chosen.version
    return progress.resolve(desk, chosen.ticket, "solved", words, key, None, cause, version=seen)


def _plan(desk: Desk, chosen: Choice, key: str) -> Changed:
    what, seen = because(key), chosen.version
    return progress.send_plan(desk, chosen.ticket, what, "Sam", chosen.by_when, key, version=seen)


def _cancel(desk: Desk, chosen: Choice, key: str) -> Changed:
    by_customer = chosen.other % 2 == 0 and not chosen.flag
    why, seen = because(key), chosen.version
    return progress.cancel(desk, chosen.ticket, why, chosen.flag, key, by_customer=by_customer, version=seen)


def _determine(desk: Desk, chosen: Choice, key: str) -> Changed:
    why = because(key)
    return triage.determine(desk, chosen.ticket, chosen.flag, "own_fault", why, chosen.version, key)


def _demote(desk: Desk, chosen: Choice, key: str) -> Changed:
    return triage.demote(desk, chosen.ticket, ["partial"], because(key), chosen.version, key)


def _confirm(desk: Desk, chosen: Choice, key: str) -> Changed:
    return triage.confirm(desk, chosen.ticket, ["down"], because(key), chosen.version, key)


def _propose(desk: Desk, chosen: Choice, key: str) -> Changed:
    return triage.propose_free(desk, chosen.ticket, "own_fault", because(key), chosen.version, key)


def _question(desk: Desk, chosen: Choice, key: str) -> Changed:
    send = triage.ask_proposer if chosen.flag else triage.answer_question
    return send(desk, chosen.ticket, because(key), key)


def _reprioritise(desk: Desk, chosen: Choice, key: str) -> Changed:
    return triage.change_priority(desk, chosen.ticket, chosen.priority, "Leah", chosen.version, key)


def _correct(desk: Desk, chosen: Choice, key: str) -> Changed:
    amount = chosen.tokens if chosen.flag else -chosen.tokens
    return tokens.adjust(desk, chosen.account, amount, because(key), key)


def _undo(desk: Desk, chosen: Choice, key: str) -> Changed:
    assert chosen.undo is not None
    return undo(desk, chosen.undo, key)


def _save_account(desk: Desk, chosen: Choice, key: str) -> Changed:
    assert chosen.given is not None
    return people.save_account(desk, chosen.given, key)


_UNDONE = (
    "ActUndone", "TicketReleased", "DemotionReversed", "ConfirmationReversed", "ProposalWithdrawn",
    "DeterminationUndone", "BalanceMoved",
)  # fmt: skip


def _operation(
    weight: int, tells: str | Iterable[str], choose: Choose, send: Send, may: frozenset[str] = STAFF
) -> Operation:
    return Operation(weight, may, frozenset([tells] if isinstance(tells, str) else tells), choose, send)


#: By name. A client may also sweep and let time pass: those are no acts with a key.
OPERATIONS: dict[str, Operation] = {
    "open": _operation(14, "TicketReceived", _request, _open),
    "take next": _operation(6, "TicketClaimed", _nothing, lambda d, c, key: claims.take_next(d, key)),
    "claim": _operation(5, "TicketClaimed", _ticket, lambda d, c, key: claims.claim(d, c.ticket, key)),
    "release": _operation(2, "TicketReleased", _ticket, lambda d, c, key: claims.release(d, c.ticket, key)),
    "begin": _operation(
        8, "WorkBegun", _seen, lambda d, c, key: progress.begin(d, c.ticket, key, version=c.version)
    ),
    "reply": _operation(
        8,
        "ReplySent",
        _seen,
        lambda d, c, key: progress.reply(d, c.ticket, because(key), key, version=c.version),
    ),
    "note": _operation(
        3, "NoteWritten", _ticket, lambda d, c, key: progress.write_note(d, c.ticket, because(key), key)
    ),
    "plan": _operation(5, "PlanSent", _planned, _plan),
    "resolve": _operation(5, "TicketResolved", _seen, _resolve),
    "reopen": _operation(
        3,
        "TicketReopened",
        _seen,
        lambda d, c, key: progress.reopen(d, c.ticket, because(key), key, version=c.version),
    ),
    "cancel": _operation(3, "TicketCancelled", _seen, _cancel),
    "merge": _operation(
        2,
        "TicketMerged",
        _seen,
        lambda d, c, key: progress.merge(d, c.ticket, c.other, key, version=c.version),
    ),
    "confirm": _operation(4, "EmergencyConfirmed", _seen, _confirm),
    "demote": _operation(7, "EmergencyDemoted", _seen, _demote),
    "propose": _operation(4, "FreeIssueProposed", _seen, _propose),
    "question": _operation(2, ("ProposalReturned", "ProposalAnswered"), _ticket, _question),
    "determine": _operation(7, "IssueDetermined", _seen, _determine, MANAGERS),
    "reprioritise": _operation(7, "PriorityChanged", _seen, _reprioritise),
    "purchase": _operation(
        8,
        "BalanceMoved",
        _account,
        lambda d, c, key: tokens.record_purchase(d, c.account, c.tokens, key, None, key),
    ),
    "adjust": _operation(4, "BalanceMoved", _account, _correct, MANAGERS),
    "refund": _operation(
        4,
        "BalanceMoved",
        _account,
        lambda d, c, key: tokens.refund(d, c.account, c.tokens, key, because(key), key),
        MANAGERS,
    ),
    "account": _operation(2, "AccountSaved", _changed_account, _save_account, KEEPERS),
    "undo": _operation(6, _UNDONE, _nothing, _undo),
}
