"""What the token account page asks of the services. Imported when first used, so that the window is on screen first;
all of it blocks and is called through ``Context`` only.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from console.services.desk import Desk
    from console.services.queue import QueueRow
    from console.services.tokens import AccountRow, AccountView, Statement


_LONGEST_NUMBER = 12


@dataclass(frozen=True, slots=True)
class Accounts:
    """The list as read: rows by name, how many accounts there are in all, and the mark at which one counts as low."""

    rows: list[AccountRow]
    total: int
    low_mark: int


@dataclass(frozen=True, slots=True)
class Shown:
    """One account as read: its view, the statement of the period, and the tickets that its lines name."""

    view: AccountView
    statement: Statement
    tickets: Mapping[int, QueueRow]


def read_accounts(desk: Desk, text: str) -> Accounts:
    """The accounts whose name contains ``text``, or the one whose ticket has that number."""
    from console.services import queue, tokens

    everything = tokens.accounts(desk)
    rows, total = (tokens.accounts(desk, text) if text.strip() else everything), len(everything)
    if text.strip().isdecimal() and len(text.strip()) <= _LONGEST_NUMBER:
        found = {row.account_id for row in queue.rows(desk, [int(text)])}
        rows = [row for row in everything if row.id in found or row in rows]
    return Accounts(rows, total, int(desk.policy().tokens.low_balance_mark))


def read_account(desk: Desk, account_id: int, start: datetime, end: datetime, month: datetime) -> Shown:
    """One account with the statement of [``start``, ``end``) and what came back since ``month``."""
    from console.services import queue, tokens

    view = tokens.account_view(desk, account_id, month)
    statement = tokens.statement(desk, account_id, start, end)
    numbers = {line.ticket_id for line in statement.lines if line.ticket_id is not None}
    return Shown(view, statement, {row.id: row for row in queue.rows(desk, sorted(numbers))})


def write_statement(statement: Statement, zone: str, file: Path) -> int:
    """Writes the statement as CSV (UTF-8 with its mark, no cell a formula); returns the number of rows."""
    from console.services import export, spreadsheet

    with file.open("w", newline="", encoding="utf-8") as stream:
        return spreadsheet.write_csv(stream, export.statement_rows(statement, zone), bom=True)
