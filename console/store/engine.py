"""Opening a database: SQLite's pragmas, PostgreSQL's settings, what is refused, and the two kinds of transaction."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Collection, Iterator
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Engine, create_engine, event, text

from console.policy.actor import Actor
from console.policy.document import Policy
from console.policy.errors import Invalid, Problem, Unavailable
from console.store import address, schema
from console.store.address import Address, Given
from console.store.errors import spoken
from console.store.lost import Busy, Lost, OnlyReads, Unknown
from console.store.sessions import Holder, end_session, holders

if TYPE_CHECKING:
    from sqlalchemy.pool import ConnectionPoolEntry

    from console.store.listening import Listening
    from console.store.reading import Read
    from console.store.schema import Least
    from console.store.wires import Silence, Wires
    from console.store.work import Work

Clock = Callable[[], datetime]

PATIENCE = timedelta(seconds=10)

_DATABASE_TIME = {
    "sqlite": text("SELECT strftime('%Y-%m-%dT%H:%M:%f+00:00', 'now')"),
    "postgresql": text("SELECT guard.clock()"),
}
_ONLY_READS = text("SELECT pg_is_in_recovery() OR current_setting('default_transaction_read_only')::boolean")
_STAMP = text("SELECT guard.stamp()")


class Store:
    """An open database. ``work`` writes, ``read`` reads; both end with their block, and no object of them stays.

    ``reads_only`` says why this program may not write to it, and is empty when it may.
    """

    def __init__(self, where: Address, engine: Engine, clock: Clock | None) -> None:
        self.address = where
        self.reads_only = ""
        self._judged: Least | None = None
        self._engine = engine
        self._wires = _wires(where, engine)
        self._clock = clock
        self.known_policies: dict[int, Policy] = {}  # a version never changes

    @property
    def kind(self) -> str:
        """``"sqlite"`` or ``"postgresql"``."""
        return self.address.kind

    def now(self) -> datetime:
        """The database's clock, aware UTC; the injected clock where one was given.

        Raises ``Unavailable`` when the database does not answer.
        """
        if self._clock is not None:
            return self._clock()
        with spoken(self.address.words), self._engine.connect() as connection:
            return self._time(connection)

    @contextmanager
    def work(self, actor: Actor) -> Iterator[Work]:
        """One unit of work by ``actor``: everything in the block is committed at its end, or nothing is.

        On SQLite it holds the only write lock from its start (BEGIN IMMEDIATE). What was recorded is announced to the
        other desks of a shared database.
        Raises ``Unavailable`` when the database cannot be written (``Busy`` when somebody else held it too long),
        ``Unknown`` when the connection broke while it was committing, ``Conflict`` when a unique rule says that
        somebody was first.
        """
        from console.store.work import Work

        self.require_writable()
        work: Work | None = None
        decided = False

        def announce(connection: Connection) -> None:
            if self._wires is not None and work is not None and work.moves_journal:
                self._wires.announce(connection)

        try:
            with spoken(self.address.words), self._begun(writing=True, after=announce) as connection:
                self._require_here(connection)
                work = Work(self, connection, actor)
                yield work
                decided = True
        except Lost as lost:
            if decided:
                raise Unknown(
                    f"{self.address.words} stopped answering while this was being saved. Only it knows whether it was."
                ) from lost
            raise
        except Busy as busy:
            raise busy.held_by(self._longest_holder()) from busy

    @contextmanager
    def read(self) -> Iterator[Read]:
        """One consistent snapshot, which never waits for a writer and never makes one wait.

        Raises ``Unavailable`` when the database cannot be reached.
        """
        from console.store.reading import Read

        with spoken(self.address.words), self._begun(writing=False) as connection:
            yield Read(self, connection)

    def require_writable(self) -> None:
        """Raises ``Unavailable`` when this program may only read the database, with the reason."""
        if self.reads_only:
            raise Unavailable(self.reads_only, title="Only for reading")

    def _require_here(self, connection: Connection) -> None:
        """Raises ``Unavailable`` when somebody moved the tickets of a local database while it was open."""
        if self.kind == "sqlite":
            self.reads_only = schema.why_moved(connection)
            self.require_writable()

    def listen(self) -> Listening:
        """A connection that hears what other desks of a shared database commit. Raises ``Unavailable``."""
        from console.store.listening import listen

        return listen(self.address, PATIENCE)

    def sign_in(self, password: str) -> None:
        """Every connection from now on is made with this password."""
        self.address.secret.replace(password)

    def is_judged_by(self, least: Least) -> bool:
        """Whether it is known what ``least``, as a shared database asks for it, means for this program."""
        return least == self._judged or (max(least) <= schema.KNOWN and not self.reads_only)

    def outdated_by(self, least: Least) -> str:
        """Why this program may not write (any more) to a database that asks for ``least``; empty when it may.

        Raises ``TooNew`` when it may not read any more either.
        """
        if not self.is_judged_by(least):
            with spoken(self.address.words), self._engine.connect() as connection:
                version = schema.version_of(connection) or max(least)
                self.reads_only = schema.why_only_reading(connection, version, self.address.words)
            self._judged = least
        return self.reads_only

    def holders(self) -> list[Holder]:
        """Who keeps others waiting at a shared database just now, longest first; nobody at a local one."""
        if self.kind != "postgresql":
            return []
        with spoken(self.address.words), self._engine.connect() as connection:
            return holders(connection)

    def end_session(self, pid: int) -> str:
        """Ends one of those sessions; whose it was. Raises ``NotAllowed`` unless a supervisor or administrator asks."""
        with spoken(self.address.words), self._engine.begin() as connection:
            return end_session(connection, pid)

    def _longest_holder(self) -> Holder | None:
        with suppress(Problem):
            return next((holder for holder in self.holders() if holder.writing), None)
        return None

    def silent(self, span: timedelta) -> list[Silence]:
        """What has waited for ``span`` at least without a word from the server; nothing does at a local database."""
        return self._wires.silent(span) if self._wires is not None else []

    def let_go(self, silences: Collection[Silence]) -> None:
        """Ends these waits as ``cut`` does, where they still last."""
        if self._wires is not None:
            self._wires.let_go(silences)

    def cut(self) -> None:
        """Ends everything that waits for a server that does not answer, with ``Lost``; new connections are made.

        The pool finds those that were cut by asking each before it is used.
        """
        if self._wires is not None:
            self._wires.cut()

    def close(self) -> None:
        """Closes every connection; one that is in use, as soon as its use ends."""
        event.listen(self._engine, "checkin", _close)
        self._engine.dispose()

    def login(self) -> str:
        """Who is signed in at a shared database; empty at a local one, where the operating system says it."""
        if self.kind != "postgresql":
            return ""
        with spoken(self.address.words), self._engine.connect() as connection:
            return str(connection.execute(text("SELECT session_user")).scalar_one())

    def is_owner(self) -> bool:
        """Whether this login owns the database: always at a local one, which belongs to its user."""
        if self.kind != "postgresql":
            return True
        with spoken(self.address.words), self._engine.connect() as connection:
            return bool(connection.execute(text("SELECT guard.trusted()")).scalar_one())

    def time_of(self, connection: Connection) -> datetime:
        """The clock as ``now`` tells it, read through ``connection``."""
        return self._clock() if self._clock is not None else self._time(connection)

    def time_unless_asked(self, connection: Connection) -> datetime | None:
        """The clock, ``None`` at a shared database: its own is asked by the statement itself (``guard.clock()``)."""
        if self._clock is None and self.kind == "postgresql":
            return None
        return self.time_of(connection)

    def stamp(self, connection: Connection) -> datetime:
        """The clock as the instant of the act that ``connection`` carries out; the same again in one transaction."""
        if self._clock is not None or self.kind != "postgresql":
            return self.time_of(connection)
        moment: datetime = connection.execute(_STAMP).scalar_one()
        return moment.astimezone(UTC)

    def _time(self, connection: Connection) -> datetime:
        found = connection.execute(_DATABASE_TIME[self.kind]).scalar_one()
        moment = found if isinstance(found, datetime) else datetime.fromisoformat(found)
        return moment.astimezone(UTC)

    @contextmanager
    def _begun(
        self, *, writing: bool, after: Callable[[Connection], None] | None = None
    ) -> Iterator[Connection]:
        with self._engine.connect() as plain:
            options: dict[str, Any] = {"console_writing": writing}
            if self.kind == "postgresql":
                options["isolation_level"] = "READ COMMITTED" if writing else "REPEATABLE READ"
                options["postgresql_readonly"] = not writing
            connection = plain.execution_options(**options)
            with connection.begin() as transaction:
                yield connection
                if not writing:  # a damaged file refuses even to end a reading with COMMIT
                    transaction.rollback()
            if after is not None:
                after(connection)


def open_store(
    url: Given, create: bool = True, *, clock: Clock | None = None, patience: timedelta = PATIENCE
) -> Store:
    """The database at ``url``, with the schema that this program knows.

    A missing or empty database is made when ``create``; an older local one is backed up and migrated, an older shared
    one must be migrated first (``migrate``). ``clock`` replaces the database's clock in tests, samples and
    simulations; ``patience`` is how long to wait for another writer.

    Raises ``Invalid`` for what is not (or no longer) a database of this program, ``Unavailable`` for what cannot be
    used now. Nothing is lost or changed then.
    """
    where = address.read(url)
    if where.path is not None:
        address.require_usable(where.path, create=create)
    store = Store(where, make_engine(where, patience), clock)
    try:
        with spoken(where.words):
            _prepare(store, create=create)
    except BaseException:
        store.close()
        raise
    return store


def _close(_connection: object, pooled: ConnectionPoolEntry) -> None:
    """Closes it in such a way that its place in the pool is free for another one."""
    pooled.invalidate()


def require_changes(connection: Connection, where: Address) -> None:
    """Raises ``OnlyReads`` where the server of a shared database takes no changes."""
    if connection.execute(_ONLY_READS).scalar_one():
        raise OnlyReads(where.words)


def _prepare(store: Store, *, create: bool) -> None:
    if store.kind == "postgresql":
        with store._engine.connect() as connection:  # noqa: SLF001
            require_changes(connection, store.address)
    version = version_at(store.address, store._engine)  # noqa: SLF001
    if version is not None and version > schema.KNOWN:
        with store._engine.connect() as connection:  # noqa: SLF001
            store.reads_only = schema.why_only_reading(connection, version, store.address.words)
        return
    if version == schema.KNOWN:
        if store.kind == "sqlite":
            with store._engine.connect() as connection:  # noqa: SLF001
                store.reads_only = schema.why_moved(connection)
        return
    if store.kind == "postgresql":
        with store._engine.connect() as connection:  # noqa: SLF001
            schema.require_set_up(connection, store.address.words)
    if version is None and not create:
        raise Invalid(f"{store.address.words} is empty: there is no console in it.")
    from console.store.migrate import migrate_store

    migrate_store(store.address, version)


def version_at(where: Address, engine: Engine) -> int | None:
    """The schema's number; ``None`` for nothing there yet. A local file that is not there is made, empty.

    Raises ``Invalid`` for a file of another program.
    """
    if where.path is not None:
        if not where.path.exists():
            with suppress(FileExistsError):  # somebody else makes it just now
                _create_private(where)
        with closing(sqlite3.connect(f"{where.path.as_uri()}?mode=rw", uri=True)) as plain:
            if not address.require_ours(plain, where.path):
                return None
    with engine.connect() as connection:
        return schema.version_of(connection)


def _create_private(where: Address) -> None:
    """An empty file that only its owner may read and write; SQLite gives its journals the same mode."""
    assert where.path is not None
    os.close(os.open(where.path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))


def make_engine(where: Address, patience: timedelta = PATIENCE, *, role: str = "") -> Engine:
    """An engine for ``where`` whose connections are set up as the store needs them; nothing is opened yet.

    On a shared database they act as ``role`` when one is given: setting up is done as its owner.
    """
    if where.kind == "postgresql":
        from console.store import wires

        return wires.make_engine(where, patience, role)
    return _sqlite(where, patience)


def _sqlite(where: Address, patience: timedelta) -> Engine:
    engine = create_engine(
        where.url,
        hide_parameters=True,
        connect_args={"timeout": patience.total_seconds(), "check_same_thread": False},
    )

    @event.listens_for(engine, "connect")
    def _set_up(connection: Any, _record: object) -> None:
        # BEGIN is sent by _begin below and by nobody else; the driver's own habit loses money between read and write.
        connection.isolation_level = None
        for pragma in (
            "foreign_keys = ON",
            "synchronous = FULL",
            "temp_store = MEMORY",
            "trusted_schema = OFF",
        ):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        writing = connection.get_execution_options().get("console_writing", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")

    return engine


def _wires(where: Address, engine: Engine) -> Wires | None:
    """The connections of a shared database; its driver is imported for none else."""
    if where.kind != "postgresql":
        return None
    from console.store.wires import Wires

    return Wires(engine)
