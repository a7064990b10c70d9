"""A local database carried to a shared one: every row as it is, compared row for row before it is committed.

Nothing is added up anew and no act is repeated: entries keep their hashes, facts their numbers, tickets theirs.
"""

from collections.abc import Generator
from contextlib import closing
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

import psycopg
from psycopg import sql
from sqlalchemy import Column, Connection, String, Table, func, select, text, update

from console.policy.errors import Invalid
from console.policy.reading import parse
from console.store import address, check, guards, opening, schema
from console.store.address import Address, Given
from console.store.columns import Word
from console.store.mapping import Row
from console.store.people import documents_by_version
from console.store.rights import OWNER
from console.store.server import acting, require_own
from console.store.tables import FIRST_TICKET, counter, least_console, metadata, ticket, ticket_number

#: Every table that holds something of the firm's, parents first; what is left out tells about the schema.
TABLES = tuple(table for table in metadata.sorted_tables if table is not least_console)

#: Rows read and written in one go, so that memory stays bounded.
_BATCH = 1000

#: What a new shared database holds that a local one brings along itself.
_GIVEN = ("policy_version", "counter")
_FIGURES = ("offer", "open_window", "price", "promise", "policy")


@dataclass(frozen=True, slots=True)
class Destination:
    """A shared database to move to, and whether anything was done there yet."""

    where: Address
    is_used: bool


def require_local(url: str) -> None:
    """Raises ``Invalid`` for a shared database: the way back does not exist."""
    if address.read(url).path is None:
        raise Invalid(
            "Tickets move from a local database to a shared one, never back: a local file guards nothing against "
            "whoever holds it. Nothing was moved."
        )


def target_of(url: Given) -> Destination:
    """The shared database at ``url`` as it is before a move. Nothing is changed.

    Raises ``Invalid`` for a local one, for one of another schema or program, and for a login that does not own it.
    """
    where = require_own(url)
    with acting(where) as connection:
        version = schema.version_of(connection)
        if version is None:
            schema.require_empty(connection, where.words)
            return Destination(where, is_used=False)
        if version != schema.KNOWN:
            raise Invalid(
                f"{where.words} has schema {version}, this program needs {schema.KNOWN}. Run support-console "
                "server upgrade first. Nothing was moved."
            )
        _require_owner(connection, where)
        return Destination(where, is_used=_is_used(connection))


def _require_owner(connection: Connection, where: Address) -> None:
    owns = text("SELECT coalesce(pg_has_role(session_user, to_regrole(:owner)::oid, 'MEMBER'), false)")
    if not connection.execute(owns, {"owner": OWNER}).scalar():
        raise Invalid(
            f"{where.words} is not this login's: a move is done with the login that set it up. Nothing was moved."
        )


def _is_used(connection: Connection) -> bool:
    """Whether anything was recorded since the database was set up."""
    return any(
        connection.execute(select(table).limit(1)).first() is not None
        for table in TABLES
        if table.name not in _GIVEN
    )


def require_sound(connection: Connection, where: Address) -> None:
    """Raises ``Invalid`` when the database does not add up: a difference is never carried along."""
    found = check.differences(connection)
    if found:
        raise Invalid(
            f"{where.words} does not add up: {found[0].where}: {found[0].words}. support-console check names all "
            f"differences ({len(found)}). Nothing was moved."
        )


def carry(source: Connection, target: Address) -> dict[str, int]:
    """How many rows of each table were written to the shared database ``target``, which is set up and unused.

    One transaction there: everything, compared row for row and added up again, or nothing.
    Raises ``Invalid`` for what the shared database cannot hold, or holds otherwise.
    """
    with acting(target, OWNER) as connection:
        opening.hold(connection)
        _clear(connection)
        # The rows bring along what triggers would derive; the owner is not guarded, and foreign keys still are.
        _switch_triggers(connection, "DISABLE")
        counts = {table.name: _copy(source, connection, table) for table in TABLES}
        _join_merged(source, connection)
        connection.execute(text("SET CONSTRAINTS ALL IMMEDIATE"))
        _switch_triggers(connection, "ENABLE")
        for document in documents_by_version(connection).values():
            guards.publish(connection, parse(document))
        _go_on_counting(connection)
        require_same(source, connection)
        require_sound(connection, target)
    return counts


def require_carried(source: Connection, target: Address) -> None:
    """Returns when the shared database holds exactly what the local one holds; raises ``Invalid`` when not."""
    with acting(target, OWNER) as connection:
        require_same(source, connection)


def require_same(source: Connection, target: Connection) -> None:
    """Raises ``Invalid`` that names the first row that differs between the two databases, a counter's last of all."""
    for table in sorted(TABLES, key=lambda table: table is counter):
        with closing(_rows(source, table)) as here, closing(_rows(target, table)) as there:
            for before, after in zip_longest(here, there):
                if before != after:
                    raise Invalid(_differs(table, before, after))


def _differs(table: Table, before: Row | None, after: Row | None) -> str:
    row = before or after
    assert row is not None
    where = f"{table.name} {', '.join(str(row[column.name]) for column in table.primary_key)}"
    if before is None or after is None:
        return f"{where} is only {'there' if before is None else 'here'}. Nothing was moved."
    names = [name for name in before if before[name] != after[name]]
    return f"{where} differs there in {', '.join(names)}. Nothing was moved."


def _clear(connection: Connection) -> None:
    for table in _GIVEN:
        connection.execute(text(f"DELETE FROM public.{table}"))  # noqa: S608
    connection.execute(text(f"TRUNCATE {', '.join(f'guard.{figures}' for figures in _FIGURES)}"))


def _switch_triggers(connection: Connection, switch: str) -> None:
    for table in TABLES:
        connection.execute(text(f"ALTER TABLE public.{table.name} {switch} TRIGGER USER"))


def _copy(source: Connection, target: Connection, table: Table) -> int:
    """Writes the rows of ``table``, in the order of their keys; says how many."""
    driver = target.connection.driver_connection
    assert isinstance(driver, psycopg.Connection)
    columns = [column for column in table.columns if column is not ticket.c.merged_into]
    writes = [column.type.dialect_impl(target.dialect).bind_processor(target.dialect) for column in columns]
    listed = sql.SQL(", ").join(sql.Identifier(column.name) for column in columns)
    count = 0
    try:
        with driver.cursor() as cursor, cursor.copy(_COPY.format(sql.Identifier(table.name), listed)) as copy:
            for row in _rows(source, table):
                values = (row[column.name] for column in columns)
                copy.write_row(
                    [write(each) if write else each for write, each in zip(writes, values, strict=True)]
                )
                count += 1
    except psycopg.DataError as error:
        raise Invalid(
            f"{table.name} holds what a shared database cannot: {_reason(error)}. Nothing was moved."
        ) from error
    return count


_COPY = sql.SQL("COPY public.{} ({}) FROM STDIN")


def _reason(error: psycopg.Error) -> str:
    """The driver's words and the place, without what stands there."""
    place = (error.diag.context or "").splitlines()[-1:]
    words = error.diag.message_primary or str(error).splitlines()[0]
    return ", ".join([words, *(each.removeprefix("COPY ").split(":")[0] for each in place)])


def _join_merged(source: Connection, target: Connection) -> None:
    merged = select(ticket.c.id, ticket.c.merged_into).where(ticket.c.merged_into.is_not(None))
    for row in source.execute(merged):
        target.execute(update(ticket).where(ticket.c.id == row.id).values(merged_into=row.merged_into))


def _rows(connection: Connection, table: Table) -> Generator[dict[str, Any], None, None]:
    for rows in _batches(connection, table):
        yield from rows


def _batches(connection: Connection, table: Table) -> Generator[list[dict[str, Any]], None, None]:
    """The rows of ``table`` by key, in the same order on every database, as the program reads them."""
    query = select(table).order_by(*(_ordered(connection, column) for column in table.primary_key))
    with connection.execute(query, execution_options={"yield_per": _BATCH}) as result:
        for rows in result.mappings().partitions():
            yield [dict(row) for row in rows]


def _ordered(connection: Connection, column: Column[Any]) -> Any:
    textual = isinstance(column.type, String | Word) and connection.dialect.name == "postgresql"
    return column.collate("C") if textual else column


def _go_on_counting(connection: Connection) -> None:
    """The next number of everything follows the last one that was carried; undone with the transaction."""
    for table in TABLES:
        column = table.autoincrement_column
        if column is not None:
            _restart(connection, f"{table.name}_{column.name}_seq", column)
    _restart(connection, ticket_number.name, ticket.c.id, FIRST_TICKET)


def _restart(connection: Connection, sequence: str, column: Column[Any], first: int = 1) -> None:
    last = connection.execute(select(func.max(column))).scalar() or 0
    connection.execute(text(f"ALTER SEQUENCE public.{sequence} RESTART WITH {max(first, last + 1)}"))
