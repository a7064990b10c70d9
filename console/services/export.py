"""Exports for spreadsheets: queue, statement, missed guarantees. Cells cannot turn into formulas."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from console.services.summary import Summary
from console.services.telling import CAUSES, MILESTONES
from console.store.rows import QueueRow, Statement

Row = tuple[object, ...]


def instants(at: datetime | None, zone: str) -> tuple[str, str]:
    """ISO 8601 in UTC with its offset, and the same instant in ``zone``; empty for ``None``."""
    if at is None:
        return "", ""
    utc = at.astimezone(UTC)
    return utc.isoformat(timespec="seconds"), utc.astimezone(ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M:%S %Z")


def queue_rows(rows: Iterable[QueueRow], zone: str) -> Iterator[Row]:
    """The queue, header first."""
    yield (
        "ticket",
        "due",
        f"due ({zone})",
        "milestone",
        "kind",
        "priority",
        "status",
        "subject",
        "account",
        "requester",
        "hosting",
        "support option",
        "tokens",
        "credited",
        "owner",
        "opened",
    )
    for row in rows:
        yield (
            row.id,
            *instants(row.due_at, zone),
            MILESTONES[row.milestone] if row.milestone else "",
            row.kind or "",
            row.priority,
            row.status,
            row.subject,
            row.account_name,
            row.requester,
            row.hosting,
            row.option,
            row.held,
            row.credited,
            row.owner_name,
            instants(row.opened_at, zone)[0],
        )


def statement_rows(statement: Statement, zone: str) -> Iterator[Row]:
    """A statement with opening balance, entries with running balance, and closing balance, header first."""
    yield (
        "date",
        f"date ({zone})",
        "recorded",
        "entry",
        "cause",
        "ticket",
        "change",
        "balance",
        "reference",
        "by",
        "reason",
    )
    yield (*instants(statement.start, zone), "", "opening balance", "", "", "", statement.opening, "", "", "")
    for line in statement.lines:
        yield (
            *instants(line.at, zone),
            instants(line.recorded_at, zone)[0],
            line.kind,
            CAUSES[line.cause],
            line.ticket_id or "",
            line.tokens,
            line.balance_after,
            line.reference,
            line.actor_name,
            line.reason,
        )
    yield (*instants(statement.end, zone), "", "closing balance", "", "", "", statement.closing, "", "", "")


def breach_rows(summary: Summary) -> Iterator[Row]:
    """One row per guarantee and goal of the period that was decided, header first."""
    zone = summary.period.zone
    yield (
        "ticket",
        "account",
        "support option",
        "priority",
        "milestone",
        "kind",
        "due",
        f"due ({zone})",
        "met",
        f"met ({zone})",
        "missed",
        "late by (seconds)",
        "still open",
        "cause",
        "credited",
        "owner",
        "subject",
    )
    for row in sorted(summary.rows, key=lambda row: row.due_at):
        yield (
            row.ticket_id,
            row.account_name,
            row.option,
            row.priority,
            MILESTONES[row.milestone],
            row.kind,
            *instants(row.due_at, zone),
            *instants(row.met_at, zone),
            "yes" if row.missed else "no",
            int(row.late.total_seconds()) if row.late else "",
            "yes" if row.still_open else "no",
            row.cause or "",
            row.credited,
            row.owner_name,
            row.subject,
        )
