"""Which schema this program knows, and which one a database has."""

from typing import NamedTuple

from sqlalchemy import Connection, inspect, text

from console.policy.errors import Invalid
from console.store.lost import Empty, TooNew

#: The newest migration in ``migrations/versions``; a test compares.
KNOWN = 4


class Least(NamedTuple):
    """The least schema that a program must know to write to a database, and to read it."""

    write: int
    read: int


#: "SupC" in the header of an SQLite file: it is ours.
APPLICATION_ID = 0x53757043

VERSION_TABLE = "alembic_version"


def version_of(connection: Connection) -> int | None:
    """The schema's number, ``None`` for a database without one (nothing of ours in it yet)."""
    if not inspect(connection).has_table(VERSION_TABLE):
        return None
    found = connection.execute(text(f"SELECT version_num FROM {VERSION_TABLE}")).scalar()  # noqa: S608
    return None if found is None else int(found)


def require_known(version: int) -> None:
    """Raises ``TooNew`` when the database was upgraded by a newer program: only that one may change its schema."""
    if version > KNOWN:
        raise _too_new(version, "")


def require_empty(connection: Connection, where: str) -> None:
    """Raises ``Invalid`` for a shared database without a console that holds tables nevertheless."""
    if inspect(connection).get_table_names():
        raise Invalid(
            f"{where} holds tables of another program, and no console. Look at the address; a console is made in an "
            "empty database. Nothing was changed."
        )


def require_set_up(connection: Connection, where: str) -> None:
    """Raises ``Empty`` or ``Invalid`` when a shared database has no schema or an older one (its owner helps), or holds
    something else."""
    version = version_of(connection)
    if version is None:
        require_empty(connection, where)
        raise Empty(
            f"{where} is empty: there is no console in it. Whoever owns it runs support-console server init first."
        )
    if version < KNOWN:
        raise Invalid(
            f"{where} has schema {version}, this program needs {KNOWN}. Whoever owns it runs "
            "support-console server upgrade first.",
            title="The database is older than this program",
        )


def why_only_reading(connection: Connection, version: int, where: str) -> str:
    """Why this program may not write to a database of a newer schema; empty when it may, as its owner says there.

    Raises ``TooNew`` when it may not even read.
    """
    if inspect(connection).has_table("least_console"):
        least = {row.act: row for row in connection.execute(_LEAST)}
        if least["write"].schema_number <= KNOWN:
            return ""
        if least["read"].schema_number <= KNOWN:
            return (
                f"{where} was upgraded by a newer console. It can be read, but not changed, with this one: "
                f"install Support Console {least['write'].version} or newer."
            )
        raise _too_new(version, least["read"].version)
    raise _too_new(version, "")


#: The setting of a local database that names the shared one its tickets were moved to.
MOVED_TO = "moved_to"


def why_moved(connection: Connection) -> str:
    """Why nobody writes to a local database any more; empty as long as its tickets were not moved elsewhere."""
    moved_to = connection.execute(
        text("SELECT value FROM setting WHERE key = :key"), {"key": MOVED_TO}
    ).scalar()
    if moved_to is None:
        return ""
    return (
        f"The tickets of this database were moved to {moved_to}. Here they can be read, but not changed: work goes on "
        "there."
    )


_LEAST = text("SELECT act, schema_number, version FROM least_console")


def _too_new(version: int, needed: str) -> TooNew:
    update = f"Install Support Console {needed} or newer" if needed else "Update the console"
    return TooNew(
        f"This database was upgraded by a newer console (schema {version}, this program knows {KNOWN}). "
        f"{update} to continue, or choose another database. Nothing was changed in it."
    )
