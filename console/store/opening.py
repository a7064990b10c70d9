"""Opening a shared database to its people, and closing it: guards and grants put in place, or taken away.

A migration works on a closed database; the same transaction opens it again, so that nobody ever meets one without
guards. Whatever the lint finds takes the transaction back.
"""

from sqlalchemy import Connection

from console.policy.reading import parse
from console.store import guards, lint, schema
from console.store.people import documents_by_version


def hold(connection: Connection) -> None:
    """Nobody else changes the schema, or moves tickets in, until the end of the transaction."""
    connection.exec_driver_sql("SELECT pg_advisory_xact_lock(1400204355)")


def close(connection: Connection) -> None:
    """Takes guards and grants away, of whichever program they were: nobody but the owner may do anything."""
    guards.run_script(connection, "close.sql")


def open_up(connection: Connection) -> None:
    """Guards, figures and grants as this program has them; running it again changes nothing.

    Raises ``Invalid`` when the lint finds something.
    """
    close(connection)
    lint.require_clean(connection, schema.KNOWN, opened=False)
    guards.install(connection)
    for document in documents_by_version(connection).values():
        guards.publish(connection, parse(document))
    lint.require_clean(connection, schema.KNOWN, opened=True)
