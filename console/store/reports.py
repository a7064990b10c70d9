"""Reports: statements, decisions, and what became of the promises of a period."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, and_, exists, func, or_, select, text

from console.policy.errors import Invalid
from console.policy.terms import EntryKind, Priority, PromiseKind
from console.store.accounts import matching, require_account
from console.store.mapping import Row, line_of
from console.store.rows import AccountRow, DecisionRow, EmergencyRow, PromiseRow, Statement, StatementLine
from console.store.tables import account, deadline, entry, ticket


def account_rows(connection: Connection, words: str) -> list[AccountRow]:
    """Accounts whose name contains ``words``, by name."""
    awaiting = (
        select(ticket.c.account_id, func.count().label("awaiting"))
        .where(text("ticket.status = 'awaiting_tokens'"))
        .group_by(ticket.c.account_id)
        .subquery()
    )
    names = ("id", "name", "hosting", "option", "users", "balance")
    query = (
        select(*(account.c[name] for name in names), func.coalesce(awaiting.c.awaiting, 0).label("awaiting"))
        .outerjoin(awaiting, awaiting.c.account_id == account.c.id)
        .order_by(account.c.name_key, account.c.id)
    )
    found = connection.execute(query.where(matching(words)) if words.strip() else query)
    return [AccountRow(**row) for row in found.mappings()]


# --- The ledger --------------------------------------------------------------------------------------------------


def statement(connection: Connection, account_id: int, start: datetime, end: datetime) -> Statement:
    """The entries recorded in [``start``, ``end``), in the order of the ledger, with the balances around them.

    A line shows the instant that caused it; what is noticed later stands in the period in which it was recorded, so
    that a statement once handed out stays true. Raises ``Invalid`` when there is no such account.
    """
    of = require_account(connection, account_id)
    lines = entries(connection, account_id, start, end)
    before = _balance_at(connection, account_id, start)
    return Statement(
        account_id, of.name, start, end, before, tuple(lines), _balance_at(connection, account_id, end)
    )


def _balance_at(connection: Connection, account_id: int, at: datetime) -> int:
    """The balance just before ``at``; the account's own balance when nothing was recorded since."""
    later = select(entry.c.id).where(entry.c.account_id == account_id, entry.c.recorded_at >= at).limit(1)
    if connection.execute(later).first() is None:
        return int(
            connection.execute(select(account.c.balance).where(account.c.id == account_id)).scalar_one()
        )
    last = (
        select(entry.c.balance_after)
        .where(entry.c.account_id == account_id, entry.c.recorded_at < at)
        .order_by(entry.c.seq.desc())
        .limit(1)
    )
    return int(connection.execute(last).scalar() or 0)


def entries(
    connection: Connection, account_id: int, since: datetime, until: datetime | None = None
) -> list[StatementLine]:
    """The account's entries recorded since ``since`` (and before ``until``), in the order of the ledger."""
    query = select(entry).where(entry.c.account_id == account_id, entry.c.recorded_at >= since)
    if until is not None:
        query = query.where(entry.c.recorded_at < until)
    return [line_of(row) for row in connection.execute(query.order_by(entry.c.seq)).mappings()]


def entry_by_id(connection: Connection, entry_id: int) -> StatementLine:
    """One entry. Raises ``Invalid`` when there is none."""
    row = connection.execute(select(entry).where(entry.c.id == entry_id)).mappings().first()
    if row is None:
        raise Invalid(f"There is no ledger entry {entry_id}.")
    return line_of(row)


def purchase(connection: Connection, account_id: int, reference: str) -> StatementLine | None:
    """The account's purchase with that invoice reference that stands, if any."""
    back = entry.alias("back")
    query = select(entry).where(
        entry.c.account_id == account_id,
        entry.c.kind == EntryKind.PURCHASE,
        entry.c.reference == reference,
        ~exists().where(back.c.reverses == entry.c.id),
    )
    row = connection.execute(query).mappings().first() if reference else None
    return line_of(row) if row else None


def last_entry_at(connection: Connection, account_id: int) -> datetime | None:
    """When the account's last entry was recorded."""
    return connection.execute(select(account.c.last_at).where(account.c.id == account_id)).scalar()


def first_entry_at(connection: Connection, account_id: int) -> datetime | None:
    """When the account's first entry was recorded."""
    query = select(entry.c.recorded_at).where(entry.c.account_id == account_id, entry.c.seq == 1)
    return connection.execute(query).scalar()


# --- Determinations ----------------------------------------------------------------------------------------------


def proposals(connection: Connection) -> list[DecisionRow]:
    """Proposals that wait, next deadline first; those sent back with a question come last."""
    found = connection.execute(_decisions().where(ticket.c.proposed).order_by(ticket.c.next_due_at))
    rows = [_decision(row, row["proposal"]) for row in found.mappings()]
    return sorted(
        rows, key=lambda row: (bool(row.question), row.due_at is None, row.due_at or row.at, row.ticket_id)
    )


def decisions(connection: Connection, limit: int) -> list[DecisionRow]:
    """Determinations as they stand, newest first."""
    query = (
        _decisions()
        .where(ticket.c.determined_at.is_not(None))
        .order_by(ticket.c.determined_at.desc(), ticket.c.id.desc())
        .limit(limit)
    )
    return [_decision(row, row["determination"]) for row in connection.execute(query).mappings()]


def _decisions() -> Select[Any]:
    names = ("version", "subject", "hosting", "priority", "held", "proposal", "determination")
    return select(
        ticket.c.id.label("ticket_id"),
        *(ticket.c[name] for name in names),
        ticket.c.next_due_at.label("due_at"),
        ticket.c.next_milestone.label("milestone"),
        account.c.name.label("account_name"),
    ).join(account, ticket.c.account_id == account.c.id)


def _decision(row: Row, decided: Mapping[str, Any]) -> DecisionRow:
    names = (
        "ticket_id", "version", "subject", "account_name", "hosting", "priority", "held", "due_at", "milestone"
    )  # fmt: skip
    return DecisionRow(
        **{name: row[name] for name in names},
        category=decided["category"],
        reason=decided["reason"],
        question=decided.get("question", ""),
        by=decided["by"],
        by_name=decided["by_name"],
        at=datetime.fromisoformat(decided["at"]),
        free=decided.get("free"),
        tokens=decided.get("tokens", row["held"]),
    )


# --- Promises ----------------------------------------------------------------------------------------------------


def promises(connection: Connection, start: datetime, end: datetime, now: datetime) -> list[PromiseRow]:
    """Every promise due in [``start``, ``end``) with what became of it by ``now``, first due first.

    Left out are promises that no longer count because they were replaced or the ticket was closed before they were
    due (policy §5); a guarantee missed before it was replaced counts for good.
    """
    counted = or_(deadline.c.ended.is_(None), deadline.c.missed)
    query = (
        select(
            *(deadline.c[name] for name in _DEADLINE),
            *(ticket.c[name] for name in _TICKET),
            account.c.name.label("account_name"),
        )
        .join(ticket, deadline.c.ticket_id == ticket.c.id)
        .join(account, ticket.c.account_id == account.c.id)
        .where(and_(deadline.c.due_at >= start, deadline.c.due_at < end, counted))
        .order_by(deadline.c.due_at, deadline.c.ticket_id, deadline.c.position)
    )
    return [_promise(row, now) for row in connection.execute(query).mappings()]


_DEADLINE = (
    "ticket_id",
    "milestone",
    "kind",
    "counted_from",
    "due_at",
    "met_at",
    "missed",
    "credited",
    "ended",
)
_TICKET = ("subject", "account_id", "option", "priority", "held", "cause_of_miss", "owner_name")


def _promise(row: Row, now: datetime) -> PromiseRow:
    unmet = row["met_at"] is None and row["ended"] is None
    passed = row["missed"] or (unmet and row["due_at"] < now)
    until = row["met_at"] or (now if unmet else None)
    same = ("ticket_id", "subject", "account_id", "account_name", "option", "priority", "milestone", "kind")
    return PromiseRow(
        **{name: row[name] for name in same},
        counted_from=row["counted_from"],
        due_at=row["due_at"],
        met_at=row["met_at"],
        missed=passed,
        late=until - row["due_at"] if until is not None and until > row["due_at"] else None,
        still_open=unmet,
        cause=row["cause_of_miss"],
        credited=row["credited"],
        held_at_miss=_held_at_miss(row, passed=passed),
        owner_name=row["owner_name"],
    )


def _held_at_miss(row: Row, *, passed: bool) -> int:
    """What the ticket held when the guarantee was missed: what its miss credited, or still has to credit."""
    if not passed or row["kind"] is not PromiseKind.GUARANTEE:
        return 0
    return int(row["credited"] if row["missed"] else row["held"])


def emergencies(connection: Connection, start: datetime, end: datetime) -> list[EmergencyRow]:
    """The emergencies opened in [``start``, ``end``), token and flat-rate ones, and which of them were demoted.

    A demotion that was undone or reversed does not count; one that was recorded later than ``end`` does: it says
    what became of these tickets, so that the demoted are never more than the opened.
    """
    was_emergency = or_(
        ticket.c.asked_priority == Priority.EMERGENCY,
        ticket.c.priority == Priority.EMERGENCY,
    )
    query = (
        select(ticket.c.id, ticket.c.account_id, ticket.c.option, ticket.c.owner_name, ticket.c.demotion)
        .where(ticket.c.opened_at >= start, ticket.c.opened_at < end, was_emergency)
        .order_by(ticket.c.opened_at, ticket.c.id)
    )
    return [
        EmergencyRow(
            ticket_id=row["id"],
            account_id=row["account_id"],
            option=row["option"],
            owner_name=row["owner_name"],
            demoted=row["demotion"] is not None,
        )
        for row in connection.execute(query).mappings()
    ]
