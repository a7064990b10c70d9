"""The connections to a shared database: how they are made, how a commit is announced, and how they are cut."""

import logging
import os
import socket
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from threading import Lock
from typing import Any
from weakref import WeakSet

import psycopg
from psycopg.abc import RV, PQGen
from sqlalchemy import Connection, Engine, create_engine, event

from console import __version__
from console.policy.errors import Problem
from console.store import certificate, transport
from console.store.address import Address
from console.store.lost import Lost, connect_problem

_log = logging.getLogger(__name__)

CHANNEL = "console"
#: What is announced after a commit. It decides nothing: whoever hears it reads the journal.
JOURNAL_MOVED = "journal"
CONNECT_SECONDS = 3
#: Its own transaction, which needs no disk: a server that falls over has no listeners left.
_ANNOUNCE = f"SET LOCAL synchronous_commit = off; NOTIFY {CHANNEL}, '{JOURNAL_MOVED}'".encode()
#: A pool of few, beside the listening one: forty desks fit a server's default hundred connections (decision 0066).
KEPT, MOST = 1, 4
#: A wait looks up so often whether the person pressed Ctrl+C; the driver's own figure.
_LOOK_UP_SECONDS = 0.1


def connect_arguments(patience: timedelta, role: str = "") -> dict[str, Any]:
    """What every connection is made with: times in UTC, bounded waits, and a socket that notices a dead path."""
    milliseconds = int(patience / timedelta(milliseconds=1))
    settings = f"-c timezone=UTC -c lock_timeout={milliseconds} -c idle_in_transaction_session_timeout=60000"
    if role:
        settings += f" -c role={role}"
    return {
        "options": settings,
        "application_name": f"support-console/{__version__}",
        "connect_timeout": CONNECT_SECONDS,
        "keepalives_idle": 5,
        "keepalives_interval": 2,
        "keepalives_count": 3,
        "tcp_user_timeout": 8000,
    }


class Wire(psycopg.Connection):
    """A connection that knows since when (seconds of the steady clock) it has waited without hearing anything;
    ``silent_since`` is ``None`` while it waits for nothing."""

    silent_since: float | None = None

    def wait(self, gen: PQGen[RV], interval: float = _LOOK_UP_SECONDS, timeout: float | None = None) -> RV:
        """Every question and every COMMIT of the driver waits here, as the driver's own ``wait``."""
        with self.waiting():
            return super().wait(self._hearing(gen), interval, timeout)

    @contextmanager
    def waiting(self) -> Iterator[None]:
        """The server is asked something in this block."""
        self.silent_since = time.monotonic()
        try:
            yield
        finally:
            self.silent_since = None

    def _hearing(self, gen: PQGen[RV]) -> PQGen[RV]:
        """The same steps; with each word that comes the silence begins anew, so a long answer is no silence."""
        ready: Any = None
        while True:
            try:
                wanted = gen.send(ready)
            except StopIteration as end:
                answer: RV = end.value
                return answer
            ready = yield wanted
            if ready:
                self.silent_since = time.monotonic()


@dataclass(frozen=True, slots=True)
class Silence:
    """A connection, by the process that serves it, and since when it has waited without hearing anything."""

    pid: int
    since: float


def connect(where: Address, **arguments: Any) -> Wire:
    """A connection to the shared database ``where``, with its passwords as they are now.

    Raises the problem that says why there is none, with libpq's own words as its details.
    """
    secrets = {"password": where.secret.reveal(), "sslpassword": where.key.reveal()}
    given = transport.arguments(where.url) | {name: words for name, words in secrets.items() if words}
    try:
        return Wire.connect(**{**given, **arguments})
    except psycopg.OperationalError as error:
        raise _refusal(where, str(error)) from error


def _refusal(where: Address, words: str) -> Problem:
    if certificate.refused(words):
        words = f"{words.strip()}\n{certificate.why(where)}"
    problem = connect_problem(where.words, words, where.server.login if where.server else "")
    if problem is None:
        problem = Lost(f"{where.words} does not answer.")
        problem.details = words.strip()
    return problem


def make_engine(where: Address, patience: timedelta, role: str) -> Engine:
    """An engine for the shared database ``where``; nothing is opened yet."""
    engine = create_engine(
        "postgresql+psycopg://",
        pool_pre_ping=True,
        hide_parameters=True,
        pool_size=KEPT,
        max_overflow=MOST - KEPT,
        connect_args=connect_arguments(patience, role),
    )

    @event.listens_for(engine, "do_connect")
    def _connect(_dialect: object, _record: object, _words: object, given: dict[str, Any]) -> Wire:
        return connect(where, **given)

    return engine


class Wires:
    """The open connections of an engine: which of them wait in vain, and how they are cut."""

    def __init__(self, engine: Engine) -> None:
        self._open: WeakSet[Wire] = WeakSet()
        self._changing = Lock()
        event.listen(engine, "connect", self._on_connect)

    def _on_connect(self, connection: Wire, _record: object) -> None:
        with self._changing:
            self._open.add(connection)

    def announce(self, connection: Connection) -> None:
        """Tells all listening desks that the journal has moved. Never fails: they look by themselves as well."""
        plain = connection.connection.driver_connection
        assert isinstance(plain, Wire)
        try:
            with plain.waiting():
                status = plain.pgconn.exec_(_ANNOUNCE).status
        except psycopg.OperationalError:
            status = psycopg.pq.ExecStatus.FATAL_ERROR
        if status != psycopg.pq.ExecStatus.COMMAND_OK:
            _log.warning("the commit could not be announced to the other desks; they look by themselves")
            if plain.closed:
                connection.invalidate()

    def silent(self, span: timedelta) -> list[Silence]:
        """The connections that have waited for ``span`` at least without hearing anything."""
        until = time.monotonic() - span.total_seconds()
        return [silence for _wire, silence in self._silences() if silence.since <= until]

    def cut(self) -> None:
        """Ends every wait for an answer with an error: nothing in the driver does when the path swallows packets.

        Never fails: a thread that has just closed one of them is all the same.
        """
        for wire in self._all():
            _end(wire)

    def let_go(self, silences: Collection[Silence]) -> None:
        """Ends these waits in the same way, where they still last."""
        for wire, silence in self._silences():
            if silence in silences:
                _end(wire)

    def _all(self) -> list[Wire]:
        with self._changing:
            return list(self._open)

    def _silences(self) -> list[tuple[Wire, Silence]]:
        found = []
        for wire in self._all():
            since = wire.silent_since
            with suppress(psycopg.Error):  # closed just now
                if since is not None:
                    found.append((wire, Silence(wire.info.backend_pid, since)))
        return found


def _end(wire: Wire) -> None:
    with suppress(psycopg.Error):
        if not wire.closed:
            shut(wire.fileno())


def shut(descriptor: int) -> None:
    """Closes the socket of ``descriptor`` for reading and writing; its owner notices at once."""
    with suppress(OSError), socket.socket(fileno=os.dup(descriptor)) as twin:
        twin.shutdown(socket.SHUT_RDWR)
