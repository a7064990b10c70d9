"""A filter as the condition of an SQL query over ``ticket`` joined with ``account``."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, false, func, not_, or_, select, true

from console.policy.terms import Priority, PromiseKind, Status, SupportOption
from console.store.accounts import name_key
from console.store.query import And, Is, Key, Not, Or, Query, Range, Word, number_asked, reaches_closed
from console.store.tables import account, deadline, fact, ticket
from console.store.tickets import running

Condition = ColumnElement[bool]


def condition(query: Query, now: datetime) -> Condition:
    """The rows that ``query`` shows at ``now``: open tickets, and closed ones where it is about the past."""
    asked = _of(query, now)
    if reaches_closed(query):
        return asked
    number = number_asked(query)
    shown = and_(ticket.c.is_open, asked)
    return shown if number is None else or_(shown, ticket.c.id == number)


def _of(query: Query, now: datetime) -> Condition:
    match query:
        case And(parts):
            return and_(true(), *(_of(part, now) for part in parts))
        case Or(parts):
            return or_(false(), *(_of(part, now) for part in parts))
        case Not(part):
            return not_(func.coalesce(_of(part, now), false()))
        case Word(text):
            return _word(text)
        case Key(name, values):
            return or_(false(), *(_KEYS[name](value, now) for value in values))


def _word(text: str) -> Condition:
    in_notes = exists().where(
        fact.c.ticket_id == ticket.c.id,
        fact.c.kind == "NoteWritten",
        _contains(fact.c.data["words"].as_string(), text),
    )
    found = [
        _contains(ticket.c.subject, text),
        account.c.name_key.contains(name_key(text), autoescape=True),
        _contains(ticket.c.requester, text),
        _contains(ticket.c.words, text),
        and_(ticket.c.noted, in_notes),
    ]
    if text.isdecimal() and len(text) < 18:
        found.append(ticket.c.id == int(text))
    return or_(*found)


def _contains(column: ColumnElement[Any], text: str) -> Condition:
    return column.icontains(text, autoescape=True)


def _equals(column: ColumnElement[Any]) -> Callable[[Is | Range, datetime], Condition]:
    def condition_of(value: Is | Range, _now: datetime) -> Condition:
        return column == value.text if isinstance(value, Is) else _between(column, value)

    return condition_of


def _between(column: ColumnElement[Any], asked: Range) -> Condition:
    parts: list[Condition] = []
    if asked.low is not None:
        parts.append(column > asked.low if asked.low_open else column >= asked.low)
    if asked.high is not None:
        parts.append(column <= asked.high if asked.high_closed else column < asked.high)
    return and_(column.is_not(None), *parts)


def _from_now(asked: Range, now: datetime) -> Range:
    """The same range with its amounts of time counted from ``now``."""
    low = now + asked.low if isinstance(asked.low, timedelta) else asked.low
    high = now + asked.high if isinstance(asked.high, timedelta) else asked.high
    return Range(low, high, asked.low_open, asked.high_closed)


def _until_now(asked: Range, now: datetime) -> Range:
    """Instants for ages: older is earlier, so the ends change places."""
    low = now - asked.low if isinstance(asked.low, timedelta) else None
    high = now - asked.high if isinstance(asked.high, timedelta) else None
    return Range(high, low, low_open=not asked.high_closed, high_closed=not asked.low_open)


def _option(value: Is | Range, _now: datetime) -> Condition:
    if isinstance(value, Is) and value.text == "flat_rate":
        return ticket.c.option != SupportOption.TOKENS
    return _equals(ticket.c.option)(value, _now)


def _account(value: Is | Range, _now: datetime) -> Condition:
    if isinstance(value, Range):
        return false()
    if value.exact:
        return account.c.name_key == name_key(value.text)
    return account.c.name_key.contains(name_key(value.text), autoescape=True)


def _owner(value: Is | Range, _now: datetime) -> Condition:
    if isinstance(value, Range):
        return false()
    if value.exact:
        return ticket.c.owner == value.text
    if value.text in ("none", "nobody"):
        return ticket.c.owner.is_(None)
    return or_(_contains(ticket.c.owner, value.text), _contains(ticket.c.owner_name, value.text))


def _status(value: Is | Range, _now: datetime) -> Condition:
    if isinstance(value, Range):
        return false()
    if value.text in ("closed", "any"):
        return ~ticket.c.is_open if value.text == "closed" else true()
    return ticket.c.status == value.text


def _due(value: Is | Range, now: datetime) -> Condition:
    if isinstance(value, Is):
        return and_(ticket.c.is_open, ticket.c.next_due_at.is_(None))
    return _between(ticket.c.next_due_at, _from_now(value, now))


def _missed(value: Is | Range, now: datetime) -> Condition:
    asked = (
        deadline.c.milestone == value.text
        if isinstance(value, Is)
        else _between(deadline.c.due_at, _from_now(value, now))
    )
    return ticket.c.id.in_(select(deadline.c.ticket_id).where(guarantee_missed(now), asked))


def guarantee_missed(now: datetime) -> Condition:
    """The condition that a deadline is a guarantee missed by ``now``, settled or not."""
    unsettled = and_(running(), deadline.c.due_at < now)
    return and_(deadline.c.kind == PromiseKind.GUARANTEE, or_(deadline.c.missed, unsettled))


def _age(value: Is | Range, now: datetime) -> Condition:
    return false() if isinstance(value, Is) else _between(ticket.c.received_at, _until_now(value, now))


def _opened(value: Is | Range, now: datetime) -> Condition:
    return false() if isinstance(value, Is) else _between(ticket.c.opened_at, _from_now(value, now))


def _tokens(value: Is | Range, _now: datetime) -> Condition:
    return false() if isinstance(value, Is) else _between(ticket.c.held, value)


def _category(value: Is | Range, _now: datetime) -> Condition:
    if isinstance(value, Range):
        return false()
    columns = (ticket.c.determination["category"].as_string(), ticket.c.proposal["category"].as_string())
    return or_(*(func.coalesce(column, "") == value.text for column in columns))


def _classification(value: Is | Range, _now: datetime) -> Condition:
    confirmed, demoted = ticket.c.confirmation.is_not(None), ticket.c.demotion.is_not(None)
    named: Mapping[str, Condition] = {
        "none": and_(not_(confirmed), not_(demoted), ~ticket.c.proposed),
        "confirmed": confirmed,
        "demoted": demoted,
        "proposed": ticket.c.proposed,
    }
    return named.get(value.text, false()) if isinstance(value, Is) else false()


def _determination(value: Is | Range, now: datetime) -> Condition:
    if isinstance(value, Range):
        return _between(ticket.c.determined_at, _from_now(value, now))
    free = ticket.c.determination["free"].as_boolean()
    named: Mapping[str, Condition] = {
        "none": ticket.c.determined_at.is_(None),
        "any": ticket.c.determined_at.is_not(None),
        "free": and_(ticket.c.determined_at.is_not(None), free.is_(True)),
        "charged": and_(ticket.c.determined_at.is_not(None), free.is_(False)),
        "proposed": ticket.c.proposed,
    }
    return named.get(value.text, false())


def _cause(value: Is | Range, _now: datetime) -> Condition:
    if isinstance(value, Range):
        return false()
    if value.text == "none":
        return and_(ticket.c.cause_of_miss.is_(None), ticket.c.missed != "")
    return ticket.c.cause_of_miss == value.text


def _is(value: Is | Range, now: datetime) -> Condition:
    if isinstance(value, Range):
        return false()
    next_kind, due_at = ticket.c.next_kind, ticket.c.next_due_at
    overdue = and_(next_kind == PromiseKind.GUARANTEE, due_at.is_not(None), due_at < now)
    named: Mapping[str, Condition] = {
        "unclaimed": and_(ticket.c.owner.is_(None), ticket.c.queue_group < 2),
        "missed": or_(ticket.c.missed != "", overdue),
        "free": ticket.c.is_free,
        "emergency": ticket.c.priority == Priority.EMERGENCY,
        "goal": next_kind == PromiseKind.GOAL,
        "guarantee": next_kind == PromiseKind.GUARANTEE,
        "mission-critical": ticket.c.confirmation.is_not(None),
        "proposed": ticket.c.proposed,
        "awaiting": ticket.c.queue_group == 2,
        "reopened": ticket.c.reopened_at.is_not(None),
        "planned": ticket.c.status == Status.PLANNED,
        "begun": ticket.c.begun_at.is_not(None),
    }
    return named.get(value.text, false())


def _has(value: Is | Range, _now: datetime) -> Condition:
    columns = {"note": ticket.c.noted, "callback": ticket.c.callback, "authorisation": ticket.c.authorised}
    if isinstance(value, Is) and value.text in columns:
        return columns[value.text]
    return false()


_KEYS: Mapping[str, Callable[[Is | Range, datetime], Condition]] = {
    "priority": _equals(ticket.c.priority),
    "hosting": _equals(ticket.c.hosting),
    "option": _option,
    "account": _account,
    "owner": _owner,
    "status": _status,
    "due": _due,
    "missed": _missed,
    "age": _age,
    "tokens": _tokens,
    "channel": _equals(ticket.c.channel),
    "category": _category,
    "classification": _classification,
    "determination": _determination,
    "cause": _cause,
    "opened": _opened,
    "is": _is,
    "has": _has,
}
