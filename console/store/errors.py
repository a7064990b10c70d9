"""What the database refuses, said to a person: ``Unavailable``, ``Invalid``, ``Conflict`` and ``Stale``.

Driver errors that are none of these are faults of the program and pass through unchanged.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from console.policy.clauses import Clause
from console.policy.errors import Conflict, Invalid, NotAllowed, Problem, Unavailable
from console.store.lost import ABSENT, Barred, Busy, Collided, Crowded, Lost, OnlyReads, broken


class Stale(Conflict):
    """The ticket or account was changed since it was read; nothing was saved."""

    title = "Changed meanwhile"


class NoPrivilege(NotAllowed):
    """The login holds no privilege for it at all: the server said so, before any guard looked."""


@contextmanager
def spoken(where: str) -> Iterator[None]:
    """Turns driver errors inside the block into problems that name the database as ``where``."""
    try:
        yield
    except DBAPIError as error:
        problem = problem_of(error, where)
        if problem is None:
            raise
        raise problem from error
    except sqlite3.Error as error:
        problem = _of_sqlite(error, where)
        if problem is None:
            raise
        raise problem from error
    except PoolTimeout as error:
        raise Unavailable(f"{where} is busy: all connections are in use. Try again in a moment.") from error


def problem_of(error: DBAPIError, where: str) -> Problem | None:
    """What ``error`` means to a person; ``None`` when it is a fault of the program."""
    original = error.orig
    if isinstance(original, sqlite3.Error):
        problem = _of_sqlite(original, where)
    else:
        problem = of_server(original, where, lost=error.connection_invalidated)
    return problem or (_of_constraint(str(original)) if isinstance(error, IntegrityError) else None)


_BUSY = "{where} is in use: another program holds it for writing. Nothing was saved; try again in a moment."
_FULL = (
    "The disk that holds {where} is full. Nothing was saved; what was there can still be read. "
    "Free some space and try again."
)
_READ_ONLY = (
    "{where} can be read but not written: the file or its folder is write-protected. Nothing was saved."
)
_CANNOT_OPEN = "{where} cannot be opened: the file or its folder is missing or not permitted."
_INPUT_OUTPUT = (
    "The disk that holds {where} does not answer as it should. Nothing was saved; check the disk "
    "and try again."
)
_NOT_A_DATABASE = (
    "{where} is not a database of this console: its content is something else. Nothing was changed."
)
_DAMAGED = "{where} is damaged. Nothing was changed; restore the last good backup (support-console restore)."

_SQLITE: dict[int, tuple[type[Problem], str]] = {
    sqlite3.SQLITE_BUSY: (Unavailable, _BUSY),
    sqlite3.SQLITE_LOCKED: (Unavailable, _BUSY),
    sqlite3.SQLITE_FULL: (Unavailable, _FULL),
    sqlite3.SQLITE_READONLY: (Unavailable, _READ_ONLY),
    sqlite3.SQLITE_CANTOPEN: (Unavailable, _CANNOT_OPEN),
    sqlite3.SQLITE_IOERR: (Unavailable, _INPUT_OUTPUT),
    sqlite3.SQLITE_PERM: (Unavailable, _CANNOT_OPEN),
    sqlite3.SQLITE_AUTH: (Unavailable, _CANNOT_OPEN),
    sqlite3.SQLITE_NOTADB: (Invalid, _NOT_A_DATABASE),
    sqlite3.SQLITE_CORRUPT: (Invalid, _DAMAGED),
}


def _of_sqlite(error: sqlite3.Error, where: str) -> Problem | None:
    code = getattr(error, "sqlite_errorcode", None)
    if code is None:
        return None
    kind, words = _SQLITE.get(code & 0xFF, (None, ""))
    return kind(words.format(where=where)) if kind else None


#: What the guards of a shared database refuse with.
GUARD = "P0T01"
LOCK_NOT_AVAILABLE = "55P03"
ONLY_READS = "25006"
NOT_SUPPORTED = "0A000"
NO_PRIVILEGE = "42501"


def _first_line(error: object) -> str:
    return str(error).splitlines()[0]


_UNREACHABLE = "{where} does not answer. Nothing was saved; try again when the server can be reached."
_POSTGRESQL: dict[str, tuple[type[Problem], str]] = {
    "08": (Lost, _UNREACHABLE),
    "57P": (Lost, _UNREACHABLE),
    "53100": (Unavailable, _FULL),
    "53": (Crowded, "{where} has no room for another connection just now. Try again in a moment."),
    "40001": (
        Collided,
        "{where} is busy: somebody else changed the same thing. Nothing was saved; try again.",
    ),
    "40P01": (Collided, "{where} is busy: two changes waited for each other. Nothing was saved; try again."),
    "57014": (Unavailable, "{where} took too long to answer. Nothing was saved; try again."),
    "28": (Barred, "{where} does not let you in: the login or the password was refused."),
    "3D000": (Unavailable, ABSENT),
}


def of_server(error: object, where: str, *, lost: bool = False) -> Problem | None:
    """What an error of PostgreSQL's driver means to a person; ``None`` when it is a fault of the program."""
    state = getattr(error, "sqlstate", None) or ""
    if state == NO_PRIVILEGE:
        words = f"{where} does not permit that with your login and its roles. Nothing was saved."
        return NoPrivilege(words, clause=Clause.ROLES)
    if state == GUARD:
        # A guard's own words name the clause where there is one.
        return NotAllowed(f"{_first_line(error)} Nothing was saved.", clause="", title="The database refuses")
    if state == LOCK_NOT_AVAILABLE:
        return Busy(where)
    if state == ONLY_READS or _is_a_copy(error, state):
        return OnlyReads(where)
    for length in (5, 3, 2):
        if state[:length] in _POSTGRESQL:
            kind, words = _POSTGRESQL[state[:length]]
            return kind(words.format(where=where))
    if lost or (not state and type(error).__name__ in ("OperationalError", "ConnectionTimeout")):
        return broken(where, str(error))
    return None


def _is_a_copy(error: object, state: str) -> bool:
    """Whether a server that is a copy of another one refused to begin a transaction that may write.

    It has no state of its own for that, and its words may be in any language: what it does not support is to switch on
    a setting, and no other that we ask for depends on the server.
    """
    refuses = getattr(getattr(error, "diag", None), "source_function", None)
    return state == NOT_SUPPORTED and refuses == "call_bool_check_hook"


_CONSTRAINTS = {
    ("entry_key_key", "entry.key"): "This was recorded already. Nothing was recorded a second time.",
    ("entry_invoice_key", "entry.reference"): "A purchase with this invoice reference is recorded already.",
    (
        "entry_miss_once_key",
        "entry.turn",
    ): "This miss was credited already. Nothing was credited a second time.",
    (
        "entry_account_id_seq_key",
        "entry.seq",
    ): "Somebody else moved tokens of this account at the same moment. Try again.",
    ("account_name_key_key", "account.name_key"): "There is an account of this name already.",
    ("import_source_pk", "import_source.external_id"): "This was imported already.",
    ("request_pk", "request.key"): "This was sent already.",
}


def _of_constraint(text: str) -> Problem | None:
    for names, words in _CONSTRAINTS.items():
        if any(name in text for name in names):
            return Conflict(words)
    return None
