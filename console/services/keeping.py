"""Keeping the database: check, back up, restore, migrate."""

import logging
import shutil
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from console.policy.errors import Invalid, Problem
from console.services.desk import Desk
from console.store import address, backup
from console.store.address import Given
from console.store.migrate import migrate as migrate_store
from console.store.rows import DatabaseFacts as DatabaseFacts
from console.store.rows import Difference as Difference

_log = logging.getLogger(__name__)


def check(desk: Desk, begins: Callable[[str], object] | None = None) -> list[Difference]:
    """Everything added up again; each difference names where it is. Empty when all is well.

    ``begins`` hears of each part (ledger, tickets, journal) before it is looked at, on the thread of the call.
    """
    with desk.store.read() as read:
        return read.check(begins)


def about(desk: Desk) -> DatabaseFacts:
    """What the database says about itself: where it is, its schema, and at a shared one who owns it."""
    with desk.store.read() as read:
        return read.about()


def local_file(url: Given) -> Path:
    """The file of a local database. Raises ``Invalid`` for a shared one, which its server's own means back up."""
    path = address.read(url).path
    if path is None:
        raise Invalid("A shared database is backed up by the means of its server, such as pg_dump.")
    return path


def back_up(url: Given, target: Path | None = None) -> Path:
    """The verified backup that was made: in the data folder, or copied to ``target``, which must not exist yet."""
    made = backup.back_up(_existing(url), "by-hand", now=datetime.now(UTC))
    if target is None:
        return made
    if target.exists():
        made.unlink()
        raise Invalid(f"{target} exists already; choose another name.")
    shutil.move(made, target)
    return target


def back_up_daily(url: str, keep: int) -> Path | None:
    """Today's backup, or ``None`` when there is one already; the newest ``keep`` stay."""
    return backup.back_up_daily(_existing(url), keep=keep)


def back_up_today(desk: Desk, keep: int) -> str:
    """The sentence why a local database could not be backed up today; empty when it is, or when it is a shared one."""
    path = desk.store.address.path
    try:
        if path is not None:
            backup.back_up_daily(path, keep=keep)
    except Problem as problem:
        _log.warning("no daily backup: %s", problem.message)
        return problem.message
    except OSError as error:
        _log.warning("no daily backup: %s", error)
        return f"Today's backup could not be finished: {error.strerror or error}."
    return ""


def backups(url: str) -> Sequence[Path]:
    """Every backup of the local database, oldest first."""
    return backup.backups(local_file(url))


def why_moved(url: str) -> str:
    """Where the tickets of the local database were moved to, in a sentence; empty when they are here."""
    return backup.why_moved(local_file(url))


def restore(url: str, file: Path) -> Path | None:
    """Puts a backup in the place of the local database; says where what it replaced is kept."""
    return backup.restore(file.expanduser().absolute(), local_file(url))


def migrate(url: str) -> list[str]:
    """What was done to bring the database to this program's schema, in sentences."""
    return migrate_store(url)


def _existing(url: Given) -> Path:
    path = local_file(url)
    if not path.exists():
        raise Invalid(f"There is no database at {path} yet.")
    return path
