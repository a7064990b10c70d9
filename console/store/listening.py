"""The listening connection of a shared database: hears what other desks committed, and beats.

Nothing here waits: whoever owns it watches ``fileno`` and calls ``read`` when there is something to read.
"""

import json
import logging
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import psycopg
from psycopg.pq import ExecStatus
from psycopg.pq.abc import PGresult

from console.policy.errors import Problem, Unavailable
from console.store.address import Address
from console.store.errors import of_server
from console.store.lost import broken
from console.store.news import FEW, STATEMENT, Moved, moved
from console.store.schema import Least
from console.store.wires import CHANNEL, JOURNAL_MOVED, connect, connect_arguments

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Presence:
    """Somebody else at an open console: what they look at, whether they write, and how long ago they last moved."""

    login: str
    name: str
    ticket_id: int
    writing: bool
    idle: timedelta


@dataclass(frozen=True, slots=True)
class Beat:
    """What the server answered: its clock, the end of the journal, who else is there, the least program that may
    write and read, and how full its queue of notifications is (0 to 1)."""

    at: datetime
    journal: int
    others: tuple[Presence, ...]
    least: Least
    queue_usage: float


class AtWork(frozenset[int]):
    """The connections, by the processes that serve them, on which the server is at work, or was until just now."""


@dataclass(frozen=True, slots=True)
class Heard:
    """What one reading brought: the answer to a beat, to a question for news or to one for connections at work, if
    any; whether the journal moved, or somebody's presence."""

    beat: Beat | None = None
    news: Moved | None = None
    at_work: AtWork | None = None
    journal_moved: bool = False
    presence_moved: bool = False


Answer = Beat | Moved | AtWork


class Listening:
    """A connection that listens. Made on any thread by ``listen``, used on one."""

    def __init__(self, where: str, connection: psycopg.Connection) -> None:
        self._where = where
        self._connection = connection
        self._asked: Callable[[PGresult], Answer] | None = None

    def fileno(self) -> int:
        """The socket to watch."""
        return self._connection.fileno()

    def waits(self) -> bool:
        """Whether an answer is still to come."""
        return self._asked is not None

    def beat(self, ticket_id: int | None, *, writing: bool, idle: timedelta) -> None:
        """Sends a beat, unless an answer is to come; says what this desk looks at. Raises ``Lost``."""
        parameters = (
            None if ticket_id is None else str(ticket_id).encode(),
            b"true" if writing else b"false",
            f"{idle.total_seconds():.3f} seconds".encode(),
        )
        self._ask(_BEAT, parameters, _beat)

    def ask_news(self, number: int) -> bool:
        """Asks what the journal says after ``number``; False while another answer is to come. Raises ``Lost``."""
        return self._ask(_NEWS, (str(number).encode(), str(FEW).encode()), _news)

    def end_idle(self, pids: Iterable[int], span: timedelta) -> bool:
        """Ends those of these connections of this login on which the server has not been at work for ``span``, or has
        an answer that nobody takes, with whatever they hold; asks which are left: ``Heard.at_work``.

        False while another answer is to come. Raises ``Lost``.
        """
        listed = ",".join(str(pid) for pid in pids)
        parameters = (f"{{{listed}}}".encode(), f"{span.total_seconds():.3f} seconds".encode())
        return self._ask(_END_IDLE, parameters, _at_work)

    def _ask(
        self, name: bytes, parameters: Sequence[bytes | None], read: Callable[[PGresult], Answer]
    ) -> bool:
        if self._asked is not None:
            return False
        self._send(lambda: self._connection.pgconn.send_query_prepared(name, parameters))
        self._asked = read
        return True

    def read(self) -> Heard:
        """Everything that has come, without waiting. Raises ``Lost`` when the connection is gone, else what the server
        said instead of an answer."""
        pgconn = self._connection.pgconn
        self._send(pgconn.consume_input)
        answer: Answer | None = None
        while self._asked is not None and not pgconn.is_busy():
            result = pgconn.get_result()
            if result is None:
                self._asked = None
            elif result.status == ExecStatus.TUPLES_OK:
                answer = self._asked(result)
            else:
                raise _refusal(self._where, psycopg.errors.error_from_result(result))
        said = set()
        while note := pgconn.notifies():
            said.add(note.extra)
        return Heard(
            answer if isinstance(answer, Beat) else None,
            answer if isinstance(answer, Moved) else None,
            answer if isinstance(answer, AtWork) else None,
            JOURNAL_MOVED.encode() in said,
            bool(said - {JOURNAL_MOVED.encode()}),
        )

    def close(self) -> None:
        """Ends the connection without waiting for anybody.

        The others are told that this desk looks at nothing; while an answer is still to come nothing more can be said,
        and they see it with a beat of their own, once the server has noticed.
        """
        if self._connection.closed:
            return
        if self._asked is None:
            with suppress(Problem):
                self._send(lambda: self._connection.pgconn.send_query(b"SELECT guard.leave()"))
        self._connection.close()

    def __del__(self) -> None:
        """Nobody took it: the window was closed while it was being made."""
        self._connection.close()

    def _send(self, step: Callable[[], object]) -> None:
        try:
            step()
            self._connection.pgconn.flush()
        except psycopg.OperationalError as error:
            raise broken(self._where, str(error)) from error


#: What can be asked, by the name under which the connection has it prepared.
_BEAT, _NEWS, _END_IDLE = b"beat", b"news", b"end idle"
_BEAT_STATEMENT = (
    b"SELECT extract(epoch FROM b.at)::text, b.journal, b.least_write, b.queue_usage, b.others,"
    b" (SELECT l.schema_number FROM public.least_console l WHERE l.act = 'read')"
    b" FROM guard.beat($1::bigint, $2::boolean, $3::interval) b"
)
#: Everybody may see and end their own login's connections. One CASE, so that nothing is ended before it was looked at;
#: it waits until the session is gone, so that nothing is saved there afterwards.
_END_IDLE_STATEMENT = (
    b"SELECT a.pid FROM pg_stat_activity a WHERE CASE"
    b" WHEN a.pid <> ALL ($1::integer[]) OR a.usename IS DISTINCT FROM session_user THEN false"
    b" WHEN a.state_change > clock_timestamp() - $2::interval THEN true"
    b" WHEN coalesce(a.state, '') NOT LIKE 'idle%' AND a.wait_event IS DISTINCT FROM 'ClientWrite' THEN true"
    b" ELSE NOT pg_terminate_backend(a.pid, 1000) END"
)


def listen(where: Address, patience: timedelta) -> Listening:
    """A connection that hears every announcement from now on. Waits for the server; raises what says why not."""
    connection = connect(where, autocommit=True, **connect_arguments(patience))
    try:
        connection.execute(f"LISTEN {CHANNEL}".encode())
        _prepare(connection)
    except psycopg.Error as error:
        connection.close()
        raise _refusal(where.words, error) from error
    except BaseException:
        connection.close()
        raise
    connection.pgconn.nonblocking = 1
    return Listening(where.words, connection)


def _prepare(connection: psycopg.Connection) -> None:
    asked = ((_BEAT, _BEAT_STATEMENT), (_NEWS, STATEMENT.encode()), (_END_IDLE, _END_IDLE_STATEMENT))
    for name, statement in asked:
        result = connection.pgconn.prepare(name, statement)
        if result.status != ExecStatus.COMMAND_OK:
            raise psycopg.errors.error_from_result(result)


def _refusal(where: str, error: psycopg.Error) -> Problem:
    """What the server said instead of an answer; without a word of its own the connection is gone."""
    words = str(error)
    problem = of_server(error, where, lost=error.sqlstate is None)
    if problem is None:
        _log.error("the server refuses what every console asks: %s", error.sqlstate)
        problem = Unavailable(
            f"{where} cannot answer what every console asks of it. Show the details to whoever looks after it."
        )
        problem.details = words
    return problem


def _news(result: PGresult) -> Moved:
    return moved(result.get_value(0, 0), result.get_value(0, 1))


def _at_work(result: PGresult) -> AtWork:
    pids = (result.get_value(row, 0) for row in range(result.ntuples))
    return AtWork(int(pid) for pid in pids if pid is not None)


def _beat(result: PGresult) -> Beat:
    values = [result.get_value(0, column) for column in range(result.nfields)]
    at, journal, write, usage, others, read = (
        value.decode() if value is not None else "" for value in values
    )
    whole, _, part = at.partition(".")
    instant = datetime.fromtimestamp(int(whole), UTC) + timedelta(microseconds=int(part.ljust(6, "0")[:6]))
    present = (
        Presence(
            each["login"], each["name"], each["ticket"], each["writing"], timedelta(seconds=each["idle"])
        )
        for each in json.loads(others or "[]")
    )
    return Beat(instant, int(journal), tuple(present), Least(int(write), int(read)), float(usage))
