"""The breach summary's tables: what stands in each cell and which tickets are behind it, for the screen and paper."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from console.policy.terms import Milestone, PromiseKind
from console.ui import format as fmt
from console.ui.format import Times
from console.ui.models import breach_words as words
from console.ui.models.breach_model import Cell, Column, Line, Sheet

if TYPE_CHECKING:
    from console.services.summary import PriorityLine, PromiseRow, Summary

PRIORITY_COLUMNS = (
    Column("Priority", stretch=True, silent=True),
    Column("Due", right=True),
    Column("Begin", right=True),
    Column("Plan", right=True),
    Column("Met", right=True),
    Column("Median", right=True),
    Column("Credited", right=True),
)
MISSED_COLUMNS = (
    Column("Ticket"),
    Column("Account", stretch=True),
    Column("Missed"),
    Column("Was due"),
    Column("Late by"),
    Column("Cause", stretch=True),
    Column("Credited", right=True),
)


# by priority


def priority_sheet(summary: Summary) -> Sheet:
    """Due, missed, met, median start and credits of each priority, and of all."""
    return Sheet(PRIORITY_COLUMNS, tuple(_priority_line(summary, line) for line in summary.by_priority))


def _priority_line(summary: Summary, line: PriorityLine) -> Line:
    whole = line.priority is None
    name = "All" if line.priority is None else line.priority.value.capitalize()
    rows = [
        row
        for row in summary.rows
        if row.kind is PromiseKind.GUARANTEE and (whole or row.priority is line.priority)
    ]
    missed = [row for row in rows if row.missed]
    plan = [row for row in missed if row.milestone is Milestone.RESOLVE_OR_PLAN]
    begin = [row for row in missed if row.milestone is not Milestone.RESOLVE_OR_PLAN]
    credited = [row for row in missed if row.credited]
    prefix = "" if whole else f"{name}: "
    strong = "strong"
    share = words.share(line.met, line.due)
    median = "" if whole else fmt.NOTHING if line.median_start is None else fmt.exact(line.median_start)
    cells = (
        Cell(
            name,
            role=strong if whole else "body",
            icon="" if line.priority is None else words.PRIORITY_ICONS[line.priority],
            ids=words.ids(rows),
            title=f"{prefix}guarantees due",
        ),
        Cell(fmt.number(line.due), "text2", ids=words.ids(rows), title=f"{prefix}guarantees due"),
        _count(line.missed_begin, "missed_text", begin, f"{prefix}missed begin or respond"),
        _count(line.missed_plan, "text", plan, f"{prefix}missed plan"),
        Cell(share, role=strong, ids=words.ids(row for row in rows if not row.missed), title=f"{prefix}met"),
        Cell(median, "text2", ids=words.ids(rows), title=f"{prefix}guarantees due"),
        _count(line.credited, "credit_text", credited, f"{prefix}credited for a miss"),
    )
    return Line(cells, _priority_sentence(name, line, share, median), total=whole)


def _count(count: int, ink: str, rows: Sequence[PromiseRow], title: str) -> Cell:
    if not count:
        return Cell(fmt.NOTHING, "text3")
    return Cell(fmt.number(count), ink, "strong", ids=words.ids(rows), title=title)


def _priority_sentence(name: str, line: PriorityLine, share: str, median: str) -> str:
    start = f", median start {median}" if median not in ("", fmt.NOTHING) else ""
    return (
        f"{name}: {line.due} due, {share} met, {line.missed_begin} missed begin or respond, "
        f"{line.missed_plan} missed plan{start}, {fmt.tokens(line.credited)} credited"
    )


# missed guarantees


def missed_sheet(summary: Summary, now: datetime, times: Times, text: str = "") -> Sheet:
    """Every missed guarantee, latest first; with ``text`` those whose words hold it."""
    lines = (_missed_line(summary, row, now, times) for row in summary.missed)
    wanted = text.casefold().split()
    return Sheet(
        MISSED_COLUMNS, tuple(line for line in lines if all(word in _found_in(line) for word in wanted))
    )


def _found_in(line: Line) -> str:
    return line.says.casefold()


def _missed_line(summary: Summary, row: PromiseRow, now: datetime, times: Times) -> Line:
    which = words.MILESTONES[row.milestone]
    due, late, cause = (
        words.was_due(row, now, times),
        words.late_by(row, now),
        words.cause_words(summary, row),
    )
    credited = fmt.number(row.credited) if row.credited else fmt.NOTHING
    one = frozenset({row.ticket_id})
    cells = (
        Cell(str(row.ticket_id), "link", "strong", ids=one),
        Cell(row.account_name, ids=one),
        Cell(which, "text2", ids=one),
        Cell(due, "text2", ids=one),
        Cell(late, "missed_text", "strong", ids=one),
        Cell(cause, "text" if row.cause else "text3", ids=one),
        Cell(credited, "credit_text" if row.credited else "text3", "strong", ids=one),
    )
    says = (
        f"Ticket {row.ticket_id}, {row.account_name}: {which} missed, was due {due} {times.policy_name}, "
        f"late by {late}. "
        f"Cause: {cause}. {fmt.tokens(row.credited)} credited. {row.subject}. {row.owner_name or 'Unclaimed'}"
    )
    return Line(cells, says, ticket_id=row.ticket_id)
