"""Backups of the local database by SQLite's online backup API: daily and rotating, before each migration, verified.

An open database is never copied as a file: changes still in its journal would be missing, and closing the file would
drop the locks that this process holds on it.
"""

import os
import sqlite3
from collections.abc import Iterable
from contextlib import closing, suppress
from datetime import UTC, datetime
from pathlib import Path

from console.policy.errors import Invalid, Problem, Unavailable
from console.store import address

FOLDER = "backups"
KEEP_DAILY = 14


def folder_of(database: Path) -> Path:
    """Where the backups of ``database`` lie."""
    return database.parent / FOLDER


def back_up(database: Path, label: str, *, now: datetime | None = None) -> Path:
    """The verified backup made of ``database``, named after ``label`` and the time (UTC).

    Raises ``Unavailable`` when it cannot be written, ``Invalid`` when what it would keep is damaged; no part is left.
    """
    stamp = (now or datetime.now(UTC)).strftime("%Y%m%dT%H%M%S")
    target = _free_name(folder_of(database) / f"{database.stem}-{stamp}-{label}{database.suffix}")
    part = target.with_name(target.name + ".part")
    try:
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        _copy(database, part)
        verify(part)
        part.replace(target)
    except Invalid as error:
        raise Invalid(f"No backup was made. {error.message.replace(str(part), str(database))}") from error
    except (OSError, sqlite3.Error) as error:
        if getattr(error, "sqlite_errorcode", 0) & 0xFF in (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT):
            raise Invalid(f"{database} is damaged, so no backup was made of it: {error}.") from error
        raise Unavailable(
            f"The backup {target} could not be written: {error}. The database is as it was."
        ) from error
    finally:
        for each in (part, *(part.with_name(part.name + kind) for kind in ("-wal", "-shm"))):
            with suppress(OSError):
                each.unlink()
    return target


def back_up_daily(database: Path, *, now: datetime | None = None, keep: int = KEEP_DAILY) -> Path | None:
    """Today's backup (UTC), or ``None`` when there is one already; of the daily ones the newest ``keep`` stay."""
    now = now or datetime.now(UTC)
    day = now.strftime("%Y%m%d")
    if any(each.name.startswith(f"{database.stem}-{day}T") for each in _dailies(database)):
        return None
    made = back_up(database, "daily", now=now)
    for old in sorted(_dailies(database))[:-keep]:
        old.unlink(missing_ok=True)
    return made


def backups(database: Path) -> list[Path]:
    """Every backup of ``database``, oldest first."""
    return sorted(folder_of(database).glob(f"{database.stem}-*{database.suffix}"))


def _dailies(database: Path) -> Iterable[Path]:
    return folder_of(database).glob(f"{database.stem}-*-daily{database.suffix}")


def verify(file: Path) -> None:
    """Returns when ``file`` is a sound database of this console.

    Raises ``Invalid`` with what is wrong; the file is not changed.
    """
    try:
        with closing(sqlite3.connect(f"{file.as_uri()}?mode=ro", uri=True)) as connection:
            if not address.require_ours(connection, file):
                raise Invalid(f"{file} is empty.")
            found = connection.execute("PRAGMA integrity_check(1)").fetchone()[0]
    except sqlite3.Error as error:
        raise Invalid(f"{file} is not a sound backup: {error}.") from error
    if found != "ok":
        raise Invalid(f"{file} is damaged: {found}")


def restore(file: Path, database: Path) -> Path | None:
    """Puts the content of the backup ``file`` in the place of ``database``; says where a backup of the old one lies.

    The old content is backed up first (``None`` when there was none worth keeping: a damaged file is kept aside
    under another name). Open consoles see the restored content; nothing is copied behind their backs.
    Raises ``Invalid`` when ``file`` is no sound backup, ``Unavailable`` when the place cannot be written.
    """
    if not file.is_file():
        raise Invalid(f"There is no backup {file}.")
    verify(file)
    kept = _keep_old(database)
    try:
        database.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        _copy(file, database)
    except (OSError, sqlite3.Error) as error:
        raise Unavailable(f"The backup could not be put in place: {error}.") from error
    return kept


def _keep_old(database: Path) -> Path | None:
    if not database.exists() or database.stat().st_size == 0:
        return None
    try:
        return back_up(database, "before-restore")
    except Problem as problem:
        if isinstance(problem, Unavailable):
            raise
    aside = _free_name(folder_of(database) / f"{database.stem}-damaged{database.suffix}")
    aside.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    database.replace(aside)
    for end in ("-wal", "-shm"):
        beside = database.with_name(database.name + end)
        if beside.exists():
            beside.replace(aside.with_name(aside.name + end))
    return aside


def _copy(source: Path, target: Path) -> None:
    """All pages of ``source`` as of now into ``target``, through SQLite, readable by the owner only."""
    if not target.exists():
        os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    with (
        closing(sqlite3.connect(f"{source.as_uri()}?mode=ro", uri=True, timeout=10)) as old,
        closing(sqlite3.connect(target, timeout=10)) as new,
    ):
        old.backup(new)


def _free_name(wanted: Path) -> Path:
    name, count = wanted, 1
    while name.exists():
        count += 1
        name = wanted.with_name(f"{wanted.stem}-{count}{wanted.suffix}")
    return name


def why_moved(path: Path) -> str:
    """What ``schema.why_moved`` says of the local file; empty where there is none, or none that can be read."""
    from sqlalchemy.exc import DBAPIError

    from console.store import address, schema
    from console.store.engine import make_engine

    if not path.exists():
        return ""
    engine = make_engine(address.read(f"sqlite:///{path}"))
    try:
        with engine.connect() as connection:
            return schema.why_moved(connection)
    except DBAPIError:
        return ""
    finally:
        engine.dispose()
