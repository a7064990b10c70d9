"""The news of a shared database by one question: what the journal says since a place, and the rows it touches.

It is asked on the listening connection, where nothing may wait: SQLAlchemy writes the statement, psycopg's own
connection sends it, and the answer comes as JSON.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import TypeDecorator
from sqlalchemy.dialects import postgresql

from console.store.columns import Instant
from console.store.journal import TOUCHED
from console.store.queue import row_columns, row_of
from console.store.rows import QueueRow, Touched

#: So many facts at most are told at once; who is told as many asks for the rest by ``changes_since``.
FEW = 64

_DIALECT = postgresql.dialect()  # type: ignore[no-untyped-call]

#: $1: the place in the journal, $2: how many facts at most.
STATEMENT = f"""
WITH touched AS MATERIALIZED (
    {TOUCHED.compile(dialect=_DIALECT, compile_kwargs={"literal_binds": True})}
    WHERE number > $1 ORDER BY number LIMIT $2
)
SELECT
    (SELECT json_agg(json_build_array(number, kind, ticket_id, account_id, taken_from) ORDER BY number) FROM touched),
    (SELECT json_agg(r) FROM (
        {row_columns().compile(dialect=_DIALECT)} WHERE ticket.id IN (SELECT ticket_id FROM touched)
    ) r)
"""  # noqa: S608  (nothing in it comes from anybody)


@dataclass(frozen=True, slots=True)
class Moved:
    """Facts in the order of their commits, and the rows of their tickets as they stand."""

    facts: tuple[Touched, ...]
    rows: tuple[QueueRow, ...]


def moved(facts: bytes | None, rows: bytes | None) -> Moved:
    """What the two columns of an answer say."""
    return Moved(
        tuple(Touched(*each) for each in json.loads(facts or b"[]")),
        tuple(row_of(_typed(each)) for each in json.loads(rows or b"[]")),
    )


_TYPES: Mapping[str, TypeDecorator[Any]] = {
    str(column.key): column.type
    for column in row_columns().selected_columns
    if isinstance(column.type, TypeDecorator)
}


def _typed(row: dict[str, Any]) -> dict[str, Any]:
    for name, kind in _TYPES.items():
        value = row[name]
        if value is not None and isinstance(kind, Instant):
            value = datetime.fromisoformat(value)
        row[name] = kind.process_result_value(value, _DIALECT)
    return row
