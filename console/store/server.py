"""Setting up a shared database: group roles, schema, grants, people; see ``console.store.guards`` for what they guard.

Everything here is done with the login of whoever owns the server or the database, never with a person's.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, text

from console.policy.errors import Invalid
from console.store import address, guards, schema
from console.store.address import Address, Given
from console.store.engine import make_engine
from console.store.errors import spoken
from console.store.logins import GROUPS
from console.store.migrate import migrate_store

OWNER = "console_owner"
KEEPER = "console_keeper"


def set_up(url: Given) -> list[str]:
    """What was done, in sentences, to make or upgrade the shared database at ``url``; running it again is harmless.

    Raises ``Invalid`` for a local database or a newer schema, ``Unavailable`` when the login may not do this or the
    server does not answer. Roles come first, then the schema in one transaction, then grants and guards in another:
    nobody but the owner gets in before the end.
    """
    where = require_shared(url)
    with acting(where) as connection:
        guards.run_script(connection, "roles.sql")
        version = schema.version_of(connection)
    done = [f"The group roles are there: {', '.join(f'console_{group}' for group in GROUPS)}."]
    if version is not None:
        schema.require_known(version, where.words)
    if version == schema.KNOWN:
        done.append(f"{where.words} has schema {version} already.")
    else:
        done += migrate_store(where, version, role=OWNER)
    with acting(where, OWNER) as connection:
        guards.install(connection)
        guards.run_script(connection, "grants.sql")
        connection.execute(text(f"GRANT CREATE ON SCHEMA guard TO {KEEPER}"))
    with acting(where, KEEPER) as connection:
        guards.run_script(connection, "people.sql")
    with acting(where, OWNER) as connection:
        connection.execute(text(f"REVOKE CREATE ON SCHEMA guard FROM {KEEPER}"))
    done.append("Guards and grants are those of this program.")
    return done


def require_shared(url: Given) -> Address:
    """The address of a shared database. Raises ``Invalid`` for a local one, which belongs to its user alone."""
    where = address.read(url)
    if where.path is not None:
        raise Invalid(f"{where.words} is a local one; it belongs to its user and needs no server.")
    return where


@contextmanager
def acting(where: Address, role: str = "") -> Iterator[Connection]:
    """One transaction on ``where``, acting as ``role`` when one is given; its connection is shared with nobody."""
    engine = make_engine(where, role=role)
    try:
        with spoken(where.words), engine.begin() as connection:
            yield connection
    finally:
        engine.dispose()
