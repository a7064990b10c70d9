"""A big local database for measuring: many open and closed tickets, copied by SQL from a few that the console made.

``python -m benchmarks.big FILE OPEN CLOSED`` makes one. The tickets are real rows with their deadlines (their
timelines are empty); accounts are flat-rate, so the ledger stays as it is and the database still adds up.
"""

import sqlite3
import sys
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

from console.bootstrap import open_desk
from console.policy.account import Account, Contact
from console.policy.terms import Hosting, Priority, SupportOption
from console.services import intake, people, progress
from console.services.desk import Desk
from console.services.intake import NewRequest

ACCOUNTS = 40
STEP = timedelta(seconds=30)


def make(file: Path, opened: int, closed: int) -> None:
    """A database at ``file`` (which must not exist) with that many open and closed tickets."""
    desk = open_desk(f"sqlite:///{file}")
    try:
        samples = [_sample(desk, number) for number in range(ACCOUNTS)]
        done = [_sample(desk, number) for number in range(ACCOUNTS)]
        for ticket_id in done:
            progress.resolve(desk, ticket_id, "solved", "Done.", desk.new_key())
    finally:
        desk.store.close()
    with closing(sqlite3.connect(file)) as connection:
        _multiply(connection, samples, opened - ACCOUNTS)
        _multiply(connection, done, closed - ACCOUNTS)
        connection.execute("ANALYZE")


def _sample(desk: Desk, number: int) -> int:
    """One ticket of the account with that number; the account is made when it is not there."""
    name = f"Account {number:03}"
    found = next((row.id for row in _accounts(desk, name)), None) or _account(desk, name)
    contact = people.account(desk, found).contacts[0]
    priority = (Priority.STANDARD, Priority.URGENT)[number % 2]
    request = NewRequest(
        account_id=found,
        contact_id=contact.id,
        priority=priority,
        subject=f"Mail of {name} is slow since Tuesday",
        words="Please look.",
    )
    ticket_id = intake.open_ticket(desk, request, desk.new_key()).ticket_id
    assert ticket_id is not None
    return ticket_id


def _accounts(desk: Desk, name: str) -> list[Account]:
    with desk.store.read() as read:
        return [read.account(row.id) for row in read.account_rows(name)]


def _account(desk: Desk, name: str) -> int:
    leah = Contact(id=0, name="Leah", is_administrator=True)
    new = Account(
        id=0, name=name, hosting=Hosting.DEDICATED, option=SupportOption.FLAT_RATE_USERS, contacts=(leah,)
    )
    (account_id,) = people.save_account(desk, new, desk.new_key()).accounts
    return account_id


def _multiply(connection: sqlite3.Connection, ids: list[int], count: int) -> None:
    """``count`` copies of these tickets in turn, each a step later than the one before."""
    connection.execute("PRAGMA foreign_keys = ON")
    first = connection.execute("SELECT max(id) + 1 FROM ticket").fetchone()[0]
    copies = [
        (first + each, ids[each % len(ids)], (each // len(ids)) * _micro(STEP)) for each in range(count)
    ]
    connection.execute("CREATE TEMP TABLE copied (id INTEGER PRIMARY KEY, source INTEGER, later INTEGER)")
    connection.executemany("INSERT INTO copied VALUES (?, ?, ?)", copies)
    for table, key, instants in (
        ("ticket", "id", ("next_due_at",)),
        ("deadline", "ticket_id", ("due_at",)),
    ):
        columns = [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
        chosen = [_column(name, key, instants) for name in columns]
        connection.execute(
            f"INSERT INTO {table} ({', '.join(_quoted(name) for name in columns)}) "
            f"SELECT {', '.join(chosen)} FROM copied JOIN {table} AS old ON old.{key} = copied.source"
        )
    connection.execute("DROP TABLE copied")
    connection.commit()


def _column(name: str, key: str, instants: tuple[str, ...]) -> str:
    if name == key:
        return "copied.id"
    return f"old.{_quoted(name)} + copied.later" if name in instants else f"old.{_quoted(name)}"


def _quoted(name: str) -> str:
    return f'"{name}"'


def _micro(span: timedelta) -> int:
    return span // timedelta(microseconds=1)


if __name__ == "__main__":
    begun = datetime.now(UTC)
    make(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
    print(f"{sys.argv[1]}: made in {(datetime.now(UTC) - begun).total_seconds():.1f} s")
