"""Bringing a database to the schema of this program: backs up first, says what was done, refuses when it cannot."""

import sqlite3
from datetime import timedelta
from pathlib import Path
from time import monotonic, sleep

from sqlalchemy import Connection, Engine

from console.policy.errors import Invalid, Unavailable
from console.store import address, backup, opening, schema
from console.store.address import Address
from console.store.engine import PATIENCE, make_engine, version_at
from console.store.errors import spoken
from console.store.inventory import became, inventory

_SCRIPTS = Path(__file__).parent / "migrations"


def migrate(url: str) -> list[str]:
    """What was done to bring the database at ``url`` to this program's schema, in sentences; a new one is made.

    Raises ``Invalid`` when the database is newer, foreign or damaged, ``Unavailable`` when it cannot be used now or
    when no backup could be made: then the schema is untouched.
    """
    where = address.read(url)
    if where.path is None:
        raise Invalid(f"{where.words} is brought to the newest schema by support-console server upgrade.")
    address.require_usable(where.path, create=True)
    engine = make_engine(where)
    try:
        with spoken(where.words):
            version = version_at(where, engine)
            if version is not None:
                schema.require_known(version)
            if version == schema.KNOWN:
                return [f"{where.words} has schema {version} already. Nothing was done."]
            return migrate_store(where, version)
    finally:
        engine.dispose()


def migrate_store(
    where: Address, version: int | None, patience: timedelta = PATIENCE, *, role: str = ""
) -> list[str]:
    """Brings a checked database from ``version`` (``None``: empty) to the known schema; says what was done.

    Waits for ``patience`` for what others hold. On a shared one everything is made as ``role``, which owns it then;
    raises ``Busy`` when somebody keeps a transaction open.
    """
    done = []
    if version is not None and where.path is not None:
        done.append(f"A backup was made: {_backed_up(where.path, version)}.")
    engine = make_engine(where, patience, role=role)
    try:
        with spoken(where.words):
            if where.path is not None:
                _write_ahead(engine, patience)
            further = _upgrade(engine, where)
    finally:
        engine.dispose()
    before = "a new database" if version is None else f"schema {version}"
    done.append(f"{where.words} was brought from {before} to schema {schema.KNOWN}.")
    return [*done, *further]


def _backed_up(path: Path, version: int) -> Path:
    try:
        return backup.back_up(path, f"before-schema-{version + 1}")
    except Unavailable as error:
        raise Unavailable(
            f"No backup could be made, so the database was not migrated. {error.message}"
        ) from error


def _write_ahead(engine: Engine, patience: timedelta) -> None:
    """Has the file keep its log beside it, from now on. That cannot change inside a transaction, and SQLite itself
    does not wait for somebody who does the same just then."""
    until = monotonic() + patience.total_seconds()
    with engine.connect() as connection:
        file = connection.connection.cursor()
        while True:
            try:
                file.execute("PRAGMA journal_mode = WAL")
                return
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or monotonic() >= until:
                    raise
            sleep(0.02)


def _upgrade(engine: Engine, where: Address) -> list[str]:
    """All outstanding migrations in one transaction: the old schema or the new one, never between. What was made and
    granted on a shared database, in sentences."""
    with engine.connect().execution_options(console_writing=True) as connection, connection.begin():
        if where.path is not None:
            connection.exec_driver_sql(f"PRAGMA application_id = {schema.APPLICATION_ID}")
            _run(connection, "head")
            return []
        opening.hold(connection)
        before = inventory(connection)
        opening.close(connection)
        _run(connection, "head")
        opening.open_up(connection)
        return became(before, inventory(connection))


def step_to(connection: Connection, number: int) -> None:
    """Brings the database on ``connection``, of either kind, up or down to the schema ``number``, 0 for none; a shared
    one is closed then. No command goes down: a backup is restored instead. Tests do, to show that each step is clean.

    Raises ``Invalid`` when the lint finds something after a step.
    """
    if connection.dialect.name == "postgresql":
        opening.close(connection)
    _run(connection, f"{number:04}" if number else "base")


def _run(connection: Connection, to: str) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS).replace("%", "%%"))
    config.attributes["connection"] = connection
    here = schema.version_of(connection) or 0
    down = to == "base" or (to != "head" and int(to) < here)
    (command.downgrade if down else command.upgrade)(config, to)
