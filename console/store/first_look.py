"""What a shared database looks like before a desk is opened at it: reached, signed in, safe, its schema, the rights.

Each look costs little and changes nothing.
"""

import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import Connection, text

from console.policy.errors import Invalid
from console.policy.terms import Role
from console.store import logins, people, schema, transport, wires
from console.store.address import Address
from console.store.engine import PATIENCE, make_engine, require_changes
from console.store.errors import spoken
from console.store.lost import Lost, connect_problem
from console.store.sslmodes import SAFE


@dataclass(frozen=True, slots=True)
class Safety:
    """The TLS of a connection: its version, empty for none; whether the server was verified; whether it is here."""

    version: str
    verified: bool
    here: bool


@dataclass(frozen=True, slots=True)
class Rights:
    """What the login may do there: whether it owns the database and is listed; who could change that."""

    owner: bool
    listed: bool
    roles: frozenset[str]
    administrators: tuple[str, ...]


def reach(where: Address) -> timedelta:
    """How long it took to reach the server's port; nothing is said to it. Raises ``Lost`` when nobody answers."""
    found = transport.effective(transport.arguments(where.url))
    hosts = (found.get("hostaddr") or found.get("host", "")).split(",")
    ports = found["port"].split(",")
    began = time.monotonic()
    for place, host in enumerate(hosts):
        try:
            _knock(host, ports[min(place, len(ports) - 1)])
        except OSError as error:
            refused = error
        else:
            return timedelta(seconds=time.monotonic() - began)
    problem = connect_problem(where.words, str(refused)) or Lost(f"{where.words} cannot be reached.")
    problem.details = str(refused)
    raise problem


def _knock(host: str, port: str) -> None:
    if not host.startswith(("/", "@")) and (host or os.name == "nt"):
        socket.create_connection((host or "localhost", _number(port)), wires.CONNECT_SECONDS).close()
        return
    for folder in [host] if host else ["/var/run/postgresql", "/tmp"]:  # noqa: S108  (where PostgreSQL's sockets are)
        with socket.socket(socket.AF_UNIX) as probe:
            probe.settimeout(wires.CONNECT_SECONDS)
            name = f"{folder}/.s.PGSQL.{port}"
            if probe.connect_ex(f"\0{name[1:]}" if folder.startswith("@") else name) == 0:
                return
    raise ConnectionRefusedError("Connection refused: no server listens at its Unix socket")


def _number(port: str) -> int:
    try:
        return int(port)
    except ValueError:
        raise Invalid(
            f"{port} is no port of a server. The address, the service file or the variable PGPORT says so; a port is a "
            "number such as 5432."
        ) from None


class Look:
    """What a connection that is signed in finds."""

    def __init__(self, where: Address, connection: Connection) -> None:
        self._where, self._connection = where, connection

    def safety(self) -> Safety:
        """Whether what is sent is encrypted, and to whom."""
        found = transport.effective(transport.arguments(self._where.url))
        version = self._scalar("SELECT version FROM pg_stat_ssl WHERE pid = pg_backend_pid() AND ssl")
        verified = bool(version) and found.get("sslmode") == SAFE
        return Safety(str(version or ""), verified, transport.is_here(found))

    def version(self) -> int | None:
        """The number of the schema; ``None`` when there is nothing of ours."""
        return schema.version_of(self._connection)

    def require_empty(self) -> None:
        """Raises ``Invalid`` where there is something else instead."""
        schema.require_empty(self._connection, self._where.words)

    def why_only_reading(self, number: int) -> str:
        """Why this program may only read a newer schema; empty when it may write. Raises ``TooNew`` if neither."""
        return schema.why_only_reading(self._connection, number, self._where.words)

    def may_create(self) -> bool:
        """Whether this login can set the database up: make roles on the server, and schemas in it."""
        return bool(
            self._scalar(
                "SELECT rolsuper OR (rolcreaterole AND has_database_privilege(current_database(), 'CREATE'))"
                " FROM pg_roles WHERE rolname = session_user"
            )
        )

    def rights(self) -> Rights:
        """What the login may do at a database that is set up."""
        login = str(self._scalar("SELECT session_user"))
        listed = people.people(self._connection)
        mine = next((person.roles for person in listed if person.login == login), None)
        groups = logins.roles_of(self._connection, login)
        return Rights(
            owner=bool(self._scalar("SELECT guard.trusted()")),
            listed=mine is not None,
            roles=frozenset({role.value for role in mine or ()} & groups | groups & {"auditor", "system"}),
            administrators=tuple(person.name for person in listed if Role.ADMINISTRATOR in person.roles),
        )

    def require_changes(self) -> None:
        """Raises ``OnlyReads`` where the server takes no changes."""
        require_changes(self._connection, self._where)

    def _scalar(self, statement: str) -> object:
        return self._connection.execute(text(statement)).scalar()


@contextmanager
def signed_in(where: Address) -> Iterator[Look]:
    """Signed in at the shared database, for as long as the block lasts. Raises what ``wires.connect`` raises."""
    engine = make_engine(where, PATIENCE)
    try:
        with spoken(where.words), engine.connect() as connection:
            yield Look(where, connection)
    finally:
        engine.dispose()
