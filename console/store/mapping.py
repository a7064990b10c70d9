"""Rows ↔ policy objects, both ways, in one place."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, fields
from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping

from console.policy.account import Account, Contact
from console.policy.clauses import Clause
from console.policy.deadlines import Deadline
from console.policy.document import Promise
from console.policy.terms import Priority, PromiseKind
from console.policy.ticket import Confirmation, Demotion, Determination, PlanOfResolution, Proposal, Ticket
from console.store.rows import StatementLine

Values = dict[str, Any]

#: A row of a result, or a dict of its columns.
Row = Mapping[str, Any] | RowMapping

#: The fields of a ticket that are stored as they are, each in the column of its name.
_PLAIN = tuple(
    field.name
    for field in fields(Ticket)
    if field.name
    not in {
        "account_name",
        "deadlines",
        "confirmation",
        "demotion",
        "proposal",
        "determination",
        "plan",
        "version",
    }
)


def ticket_values(ticket: Ticket) -> Values:
    """The columns of a ticket's row, those for lists included; without version, price, words and claim."""
    values = {name: getattr(ticket, name) for name in _PLAIN}
    values |= {
        "confirmation": _plain(ticket.confirmation),
        "demotion": _plain(ticket.demotion),
        "proposal": _plain(ticket.proposal),
        "determination": _plain(ticket.determination),
        "plan": _plain(ticket.plan),
    }
    return values | _list_values(ticket)


def _list_values(ticket: Ticket) -> Values:
    due = ticket.next_due
    missed = [each.milestone.value for each in ticket.deadlines if each.missed and each.is_guarantee]
    return {
        "is_open": not ticket.is_closed,
        "is_free": ticket.is_free,
        "next_due_at": due.due_at if due else None,
        "next_milestone": due.milestone if due else None,
        "next_kind": due.promise.kind if due else None,
        "next_business": due.promise.business if due else False,
        "missed": " ".join(dict.fromkeys(missed)),
        "queue_group": 2 if ticket.is_awaiting else 0 if due else 1,
        "queue_rank": _queue_rank(ticket, due),
        "queue_stake": -ticket.held,
        "proposed": ticket.proposal is not None,
        "determined_at": ticket.determination.at if ticket.determination else None,
    }


def _queue_rank(ticket: Ticket, due: Deadline | None) -> int:
    if ticket.is_awaiting:
        return 0 if ticket.priority is Priority.EMERGENCY else 1
    return 0 if due is not None and due.promise.kind is PromiseKind.GUARANTEE else 1


def ticket_of(row: Row, deadlines: Iterable[Row]) -> Ticket:
    """The ticket of a row (which has ``account_name`` joined in) and the rows of its deadlines in order."""
    return Ticket(
        **{name: row[name] for name in _PLAIN},
        account_name=row["account_name"],
        version=row["version"],
        deadlines=tuple(deadline_of(each) for each in deadlines),
        confirmation=_confirmation(row["confirmation"]),
        demotion=_demotion(row["demotion"]),
        proposal=_proposal(row["proposal"]),
        determination=_determination(row["determination"]),
        plan=_plan(row["plan"]),
    )


def deadline_values(ticket_id: int, position: int, deadline: Deadline) -> Values:
    """The columns of one deadline's row."""
    promise = deadline.promise
    return {
        "ticket_id": ticket_id,
        "position": position,
        "milestone": promise.milestone,
        "kind": promise.kind,
        "amount": promise.amount,
        "business": promise.business,
        "clause": promise.clause.value,
        "start": deadline.start,
        "counted_from": deadline.counted_from,
        "due_at": deadline.due_at,
        "met_at": deadline.met_at,
        "missed": deadline.missed,
        "credited": deadline.credited,
        "ended": deadline.ended,
        "ended_at": deadline.ended_at,
    }


def deadline_of(row: Row) -> Deadline:
    """The deadline of a row."""
    promise = Promise(row["milestone"], row["kind"], row["amount"], row["business"], Clause(row["clause"]))
    names = ("start", "counted_from", "due_at", "met_at", "missed", "credited", "ended", "ended_at")
    return Deadline(promise, **{name: row[name] for name in names})


def account_of(row: Row, contacts: Iterable[Row]) -> Account:
    """The account of a row and the rows of its contacts in order."""
    names = ("id", "name", "hosting", "option", "users", "restricted", "timezone", "balance", "version")
    return Account(
        **{name: row[name] for name in names}, contacts=tuple(contact_of(each) for each in contacts)
    )


def contact_of(row: Row) -> Contact:
    """The contact of a row."""
    return Contact(**{field.name: row[field.name] for field in fields(Contact)})


def line_of(row: Row) -> StatementLine:
    """The statement line of an entry's row."""
    names = (field.name for field in fields(StatementLine) if field.name != "entry_id")
    return StatementLine(entry_id=row["id"], **{name: row[name] for name in names})


def _plain(record: Any) -> Any:
    """A nested record as plain JSON: instants as ISO 8601 in UTC, tuples as lists."""
    return None if record is None else _jsonable(asdict(record))


def _jsonable(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _jsonable(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_jsonable(each) for each in value]
    return value.isoformat() if isinstance(value, datetime) else value


def _confirmation(data: Values | None) -> Confirmation | None:
    if data is None:
        return None
    return Confirmation(**{**data, "at": _instant(data["at"]), "criteria": tuple(data["criteria"])})


def _demotion(data: Values | None) -> Demotion | None:
    if data is None:
        return None
    return Demotion(
        **{**data, "at": _instant(data["at"]), "confirmation": _confirmation(data["confirmation"])}
    )


def _proposal(data: Values | None) -> Proposal | None:
    return None if data is None else Proposal(**{**data, "at": _instant(data["at"])})


def _determination(data: Values | None) -> Determination | None:
    if data is None:
        return None
    nested = {"proposal": _proposal(data["proposal"]), "overturned": _determination(data["overturned"])}
    return Determination(**{**data, "at": _instant(data["at"]), **nested})


def _plan(data: Values | None) -> PlanOfResolution | None:
    if data is None:
        return None
    by_when = data["by_when"]
    return PlanOfResolution(**{**data, "by_when": _instant(by_when) if by_when else None})


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text)
