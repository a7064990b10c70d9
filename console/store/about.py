"""What a database says about itself: where it is, which schema it has, who owns it, how it is reached."""

from collections.abc import Sequence
from urllib.parse import quote, urlencode

from sqlalchemy import Connection, text

from console.store import schema
from console.store.address import Address, Server
from console.store.rows import DatabaseFacts


def facts(connection: Connection, where: Address) -> DatabaseFacts:
    """The facts about the database behind ``connection``, which was reached at ``where``."""
    version = schema.version_of(connection) or schema.KNOWN
    if where.server is None:
        engine = f"SQLite {connection.execute(text('SELECT sqlite_version()')).scalar_one()}"
        return DatabaseFacts(where=str(where.path), schema=version, known_schema=schema.KNOWN, engine=engine)
    row = connection.execute(_SERVER).one()
    return DatabaseFacts(
        where=f"{where.server.host}:{where.server.port}/{where.server.database}",
        schema=version,
        known_schema=schema.KNOWN,
        engine=f"PostgreSQL {str(row.version).split()[0]}",
        encrypted=row.tls or "",
        owners=_owners(connection),
        is_owner=row.trusted,
        upgrade_command=f'support-console --database "{owners_address(where.server)}" server upgrade',
    )


def owners_address(server: Server) -> str:
    """The address at which the owner of that database signs in, with what it has to say about TLS; a Unix socket's
    folder is a parameter of it."""
    asked, place = dict(server.tls), f"[{server.host}]" if ":" in server.host else server.host
    if place.startswith(("/", "@")):
        asked, place = {"host": place, **asked}, ""
    at = f"{place}{f':{server.port}' if server.port else ''}/{quote(server.database, safe='')}"
    return f"postgresql://OWNER@{at}{'?' if asked else ''}{urlencode(asked, safe='/', quote_via=quote)}"


def _owners(connection: Connection) -> Sequence[str]:
    return tuple(connection.execute(_OWNERS).scalars())


_SERVER = text(
    "SELECT current_setting('server_version') AS version, guard.trusted() AS trusted,"
    " (SELECT s.version FROM pg_stat_ssl s WHERE s.pid = pg_backend_pid() AND s.ssl) AS tls"
)
#: Whoever the guards do not hold, because they may act as the owner of the tables.
_OWNERS = text(
    "SELECT r.rolname FROM pg_roles r, pg_class c WHERE c.oid = 'public.entry'::regclass AND r.rolcanlogin"
    " AND pg_has_role(r.oid, c.relowner, 'MEMBER') ORDER BY 1"
)
