"""Which schema this program knows, and which one a database has."""

from sqlalchemy import Connection, inspect, text

from console.policy.errors import Invalid

#: The newest migration in ``migrations/versions``; a test compares.
KNOWN = 2

#: "SupC" in the header of an SQLite file: it is ours.
APPLICATION_ID = 0x53757043

VERSION_TABLE = "alembic_version"


def version_of(connection: Connection) -> int | None:
    """The schema's number, ``None`` for a database without one (nothing of ours in it yet)."""
    if not inspect(connection).has_table(VERSION_TABLE):
        return None
    found = connection.execute(text(f"SELECT version_num FROM {VERSION_TABLE}")).scalar()  # noqa: S608
    return None if found is None else int(found)


def require_known(version: int, where: str) -> None:
    """Raises ``Invalid`` when the database was upgraded by a newer program."""
    if version > KNOWN:
        raise Invalid(
            f"This database was upgraded by a newer console (schema {version}, this program knows {KNOWN}). "
            f"Update the console to continue, or choose another database. Nothing was changed in {where}.",
            title="The database is newer than this program",
        )
