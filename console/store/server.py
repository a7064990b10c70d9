"""Setting up a shared database: group roles, schema, grants, people; see ``console.store.guards`` for what they guard.

Everything here is done with the login of whoever owns the server or the database, never with a person's.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from typing import TypeVar

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from console.policy.errors import Invalid, Problem, Unavailable
from console.store import address, guards, opening, schema
from console.store.address import Address, Given
from console.store.engine import make_engine
from console.store.errors import spoken
from console.store.inventory import became, inventory, roles
from console.store.lost import Busy
from console.store.migrate import migrate_store
from console.store.rights import OWNER as OWNER
from console.store.sessions import holders, utc_clock

#: An upgrade waits so long for an open transaction before it lets everybody else go first, and so often.
PATIENCE = timedelta(seconds=5)
TRIES = 12

T = TypeVar("T")
Say = Callable[[str], object]


def set_up(url: Given, say: Say = str) -> list[str]:
    """What was done, in sentences, to make a console's database of the empty shared one at ``url``.

    On one that was made already it puts in place again what is not as it should be; so one that was interrupted is
    finished by running it again. ``say`` is told each sentence as soon as it is true for good, and of waiting for
    others. Raises ``Invalid`` for a local database, one of another program or an older schema, ``NotAllowed`` when the
    login may not do this, ``Unavailable`` when the server does not answer or somebody keeps a transaction open for a
    minute. Roles come first, then schema, guards and grants in one transaction, which is taken back when the lint finds
    something: nobody meets them half done.
    """
    where = require_own(url)
    version = _patiently(where, say, lambda: _version(where))
    if version is not None and version < schema.KNOWN:
        raise Invalid(
            f"{where.words} holds a console already, of schema {version}; support-console server init makes one in an "
            f"empty database. support-console server upgrade brings this one to schema {schema.KNOWN}. Nothing was "
            "changed."
        )
    return _brought(where, version, say)


def upgrade(url: Given, say: Say = str) -> list[str]:
    """What was done, in sentences, to bring the shared database at ``url`` to this program's schema, guards and grants.

    Running it again is harmless. ``say`` is told, and the rest raised, as by ``set_up``; ``Empty`` where there is no
    console.
    """
    where = require_own(url)
    version = _patiently(where, say, lambda: _version(where))
    if version is None:
        with acting(where) as connection:
            schema.require_set_up(connection, where.words)
    return _brought(where, version, say)


def _version(where: Address) -> int | None:
    """The schema's number, ``None`` for an empty database. Raises ``Invalid`` for one of another program."""
    with acting(where) as connection:
        version = schema.version_of(connection)
        if version is None:
            schema.require_empty(connection, where.words)
        return version


def _brought(where: Address, version: int | None, say: Say) -> list[str]:
    if version is not None:
        schema.require_known(version)
    done: list[str] = []

    def did(sentences: list[str]) -> None:
        done.extend(sentences)
        for sentence in sentences:
            say(sentence)

    did(_patiently(where, say, lambda: make_roles(where)))
    if version == schema.KNOWN:
        did(_patiently(where, say, lambda: _opened(where)))
    else:
        did(_patiently(where, say, lambda: migrate_store(where, version, PATIENCE, role=OWNER)))
    did(["Guards and grants are those of this program, and the lint finds nothing about them."])
    return done


def require_own(url: Given) -> Address:
    """The address of a shared database that the console may have for itself.

    Raises ``Invalid`` for a local one, and for one from which the server makes others: each would hold what the console
    keeps.
    """
    where = require_shared(url)
    if where.server is not None and where.server.database in ("template0", "template1"):
        raise Invalid(
            f"{where.server.database} is the pattern of every new database on that server. Make one for the console "
            "with createdb, and give its name."
        )
    return where


def make_roles(where: Address) -> list[str]:
    """The group roles, and what belongs to them and to nobody else, made or found; committed."""
    with acting(where) as connection:
        before = inventory(connection)
        guards.run_script(connection, "roles.sql")
        done = became(before, inventory(connection))
    found = roles(before)
    return [f"Found, made before: the roles {', '.join(found)}."] * bool(found) + done


def lacking(where: Address) -> tuple[str, list[str]]:
    """The login of ``where``, and the statements by which a superuser gives it what ``make_roles`` needs; none to a
    login that does not own the database."""
    with acting(where) as connection:
        found = connection.execute(_LACKING).one()
    return found.login, [
        each for each in (found.makes, found.gives, found.keeps) if each
    ] if found.owns else []


_LACKING = text(
    "SELECT r.rolname AS login, d.datdba = r.oid AS owns,"
    " CASE WHEN NOT r.rolcreaterole THEN format('ALTER ROLE %I CREATEROLE;', r.rolname) END AS makes,"
    " CASE WHEN current_setting('server_version_num')::integer >= 160000"
    " AND NOT (pg_has_role(r.oid, 'pg_signal_backend', 'MEMBER WITH ADMIN OPTION')"
    " AND pg_has_role(r.oid, 'pg_read_all_stats', 'MEMBER WITH ADMIN OPTION'))"
    " THEN format('GRANT pg_signal_backend, pg_read_all_stats TO %I WITH ADMIN OPTION;', r.rolname) END AS gives,"
    " CASE WHEN NOT pg_has_role(r.oid, n.nspowner, 'MEMBER') AND pg_get_userbyid(n.nspowner) <> 'console_owner'"
    " THEN format('ALTER SCHEMA public OWNER TO %I;', r.rolname) END AS keeps"
    " FROM pg_roles r, pg_database d, pg_namespace n WHERE r.rolname = session_user AND NOT r.rolsuper"
    " AND d.datname = current_database() AND n.nspname = 'public'"
    " UNION ALL SELECT session_user, false, NULL, NULL, NULL LIMIT 1"
)


def _opened(where: Address) -> list[str]:
    """Guards and grants put in place again; committed."""
    with acting(where, OWNER) as connection:
        before = inventory(connection)
        opening.open_up(connection)
        done = became(before, inventory(connection))
    already = f"{where.words} has schema {schema.KNOWN} already"
    return [f"{already}.", *done] if done else [f"{already}; nothing about it had to be changed."]


def _patiently(where: Address, say: Say, step: Callable[[], T]) -> T:
    """``step()``, again and again while somebody's open transaction keeps it waiting.

    Between two tries whoever waits behind it goes first: consoles stand still for no longer than ``PATIENCE``.
    """
    for tried in range(1, TRIES):
        try:
            return step()
        except Busy:
            say(f"Waiting, try {tried} of {TRIES}: {_who_holds(where)}.")
    try:
        return step()
    except Busy as busy:
        raise Unavailable(
            f"{where.words} was not upgraded: {_who_holds(where)}. Nothing was changed by this step. End that session "
            "(support-console server sessions, support-console server end) and run this again.",
            title="Somebody keeps the upgrade waiting",
        ) from busy


def _who_holds(where: Address) -> str:
    with suppress(Problem, DBAPIError), acting(where) as connection:
        found = [holder.in_words(utc_clock) for holder in holders(connection)]
        if found:
            return "; ".join(found)
    return "somebody keeps a transaction open"


def require_shared(url: Given) -> Address:
    """The address of a shared database. Raises ``Invalid`` for a local one, which belongs to its user alone."""
    where = address.read(url)
    if where.path is not None:
        raise Invalid(
            f"{where.words} is a local one; it belongs to its user and needs no server. A shared one is "
            "postgresql://OWNER@SERVER/NAME."
        )
    return where


@contextmanager
def acting(where: Address, role: str = "") -> Iterator[Connection]:
    """One transaction on ``where``, acting as ``role`` when one is given; its connection is shared with nobody."""
    engine = make_engine(where, PATIENCE, role=role)
    try:
        with spoken(where.words), engine.begin() as connection:
            yield connection
    finally:
        engine.dispose()
