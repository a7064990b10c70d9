"""The books of a database as plain SQL reads them, without any code of the console in between."""

import json
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
from psycopg.rows import dict_row

from tests.support.guarded import libpq

Row = dict[str, Any]
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_INSTANTS = ("at", "recorded_at")


@dataclass(frozen=True)
class Books:
    """Everything about some accounts, and the journal since a number."""

    facts: list[Row]
    entries: list[Row]
    accounts: dict[int, Row]
    tickets: dict[int, Row]
    requests: dict[str, Row]
    journal: int


class Reader:
    """Reads the books of one database, of either kind, with a connection of its own that nobody can cut."""

    def __init__(self, url: str) -> None:
        self._local = url.startswith("sqlite")
        if self._local:
            self._plain: Any = sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)
            self._plain.row_factory = sqlite3.Row
        else:
            self._plain = psycopg.connect(libpq(url), autocommit=True, row_factory=dict_row)

    def __enter__(self) -> "Reader":
        return self

    def __exit__(self, *_: object) -> None:
        self._plain.close()

    def journal(self) -> int:
        """The last number given."""
        (row,) = self.rows("SELECT last FROM counter WHERE name = 'journal'")
        return int(row["last"])

    def rows(self, query: str, *parameters: object) -> list[Row]:
        """The rows of a query, with times as aware UTC and JSON as values on both kinds of database."""
        if self._local:
            query = query.replace("%s", "?")
        found = self._plain.execute(query, parameters).fetchall()
        return [_plain_values(dict(row)) for row in found] if self._local else found

    def books(self, accounts: Iterable[int], since: int, keys: str) -> Books:
        """The books of ``accounts``, facts after ``since``, and the requests whose key begins with ``keys``."""
        ids = ", ".join(str(int(each)) for each in sorted(accounts)) or "0"
        by_id = lambda table, condition: {  # noqa: E731
            row["id"]: row for row in self.rows(f"SELECT * FROM {table} WHERE {condition}")
        }
        requests = self.rows("SELECT * FROM request WHERE key LIKE %s", f"{keys}%")
        return Books(
            self.rows("SELECT * FROM fact WHERE number > %s ORDER BY number", since),
            self.rows(f"SELECT * FROM entry WHERE account_id IN ({ids}) ORDER BY account_id, seq"),
            by_id("account", f"id IN ({ids})"),
            by_id("ticket", f"account_id IN ({ids})"),
            {row["key"]: row for row in requests},
            self.journal(),
        )


def deadlocks(url: str) -> int:
    """How many deadlocks the server has ended in this database; every other connection is told to end before.

    A connection hands in its figures when it ends, at the latest.
    """
    others = "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    with closing(psycopg.connect(libpq(url), autocommit=True)) as plain:
        plain.execute(f"SELECT pg_terminate_backend(pid, 5000) {others} AND backend_type = 'client backend'")
        query = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
        return int(plain.execute(query).fetchone()[0])


def _plain_values(row: Row) -> Row:
    for name in _INSTANTS:
        if isinstance(row.get(name), int):
            row[name] = _EPOCH + timedelta(microseconds=row[name])
    for name in ("data", "result"):
        if isinstance(row.get(name), str):
            row[name] = json.loads(row[name])
    return row
