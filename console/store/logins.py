"""Logins of people at a shared database, through the functions that its keeper owns (``guards/people.sql``)."""

from collections.abc import Iterable

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from console.policy.errors import Invalid
from console.store.errors import problem_of
from console.store.rows import LoginState

#: The group roles that a person can be put into, as people name them.
GROUPS = ("agent", "manager", "supervisor", "administrator", "auditor", "system")
#: Those of them that are no roles of the policy, and stand on the server only.
FURTHER = ("auditor", "system")


def add_person(connection: Connection, login: str, name: str, roles: Iterable[str], password: str) -> None:
    """A login of that name with these roles; the password leaves this computer only as its SCRAM verifier.

    Raises ``Invalid`` with the server's own words when it makes no such login.
    """
    verifier = _verifier(connection, login, password)
    asked = {"login": login, "name": name, "roles": list(roles), "verifier": verifier}
    try:
        connection.execute(text("SELECT guard.add_person(:login, :name, :roles, :verifier)"), asked)
    except DBAPIError as error:
        if problem_of(error, "") is not None:
            raise
        # Nothing else of it is shown: the server quotes the statement, and with it the verifier.
        words = getattr(error.orig, "diag", None)
        primary = words.message_primary if words else "it does not say why"
        raise Invalid(f"The server makes no login {login}: {primary}.") from None


def save_person(connection: Connection, login: str, name: str, on_shift: bool, roles: Iterable[str]) -> None:
    """Name, shift and groups of somebody who has a login. Nobody changes their own roles."""
    connection.execute(
        text("SELECT guard.save_person(:login, :name, :on_shift, :roles)"),
        {"login": login, "name": name, "on_shift": on_shift, "roles": sorted(roles)},
    )


def remove_person(connection: Connection, login: str) -> None:
    """The login barred, out of every group, its sessions ended; the name stays for what the person did."""
    connection.execute(text("SELECT guard.remove_person(:login)"), {"login": login})


def is_superuser(connection: Connection, login: str) -> bool:
    """Whether no guard holds for that login, on this server as a whole."""
    query = text("SELECT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = :login AND rolsuper)")
    return bool(connection.execute(query, {"login": login}).scalar_one())


def off_the_list(login: str, name: str) -> str:
    """The statement by which the owner takes a login off the People list in psql, its groups with it."""
    return f"SELECT guard.save_person({_literal(login)}, {_literal(name)}, false, '{{}}')"


def _literal(words: str) -> str:
    doubled = words.replace("'", "''")
    return f"'{doubled}'"


def states(connection: Connection, logins: Iterable[str]) -> dict[str, LoginState]:
    """What the server says of each of these logins, for whichever database."""
    found = connection.execute(_STATES, {"logins": list(logins)})
    return {row.login: LoginState(row.state) for row in found}


def roles_of(connection: Connection, login: str) -> frozenset[str]:
    """The groups that a login is in, as people name them."""
    found = connection.execute(
        text(
            "SELECT substr(g.rolname, 9) FROM pg_auth_members m JOIN pg_roles g ON g.oid = m.roleid"
            " JOIN pg_roles p ON p.oid = m.member WHERE p.rolname = :login AND g.rolname LIKE 'console\\_%'"
        ),
        {"login": login},
    )
    return frozenset(found.scalars()) & frozenset(GROUPS)


def further_groups(connection: Connection) -> dict[str, frozenset[str]]:
    """Who is in a group that is no role of the policy, and in which, as people name them."""
    found: dict[str, frozenset[str]] = {}
    for row in connection.execute(_FURTHER, {"groups": [f"console_{group}" for group in FURTHER]}):
        found[row.login] = found.get(row.login, frozenset()) | {row.role}
    return found


def signed_in(connection: Connection) -> frozenset[str]:
    """The logins that have a session at this database now."""
    return frozenset(connection.execute(_SIGNED_IN).scalars())


_STATES = text(
    "SELECT asked.login, CASE WHEN r.oid IS NULL THEN 'none' WHEN r.rolcanlogin THEN 'open' ELSE 'barred' END AS state"
    " FROM unnest(CAST(:logins AS text[])) AS asked (login) LEFT JOIN pg_roles r ON r.rolname = asked.login"
)
_FURTHER = text(
    "SELECT p.rolname AS login, substr(g.rolname, 9) AS role FROM pg_auth_members m"
    " JOIN pg_roles g ON g.oid = m.roleid JOIN pg_roles p ON p.oid = m.member WHERE g.rolname = ANY (:groups)"
)
_SIGNED_IN = text(
    "SELECT DISTINCT a.usename FROM pg_stat_activity a"
    " WHERE a.datname = current_database() AND a.usename IS NOT NULL"
)


def _verifier(connection: Connection, login: str, password: str) -> str:
    driver = connection.connection.driver_connection
    assert driver is not None
    made: bytes = driver.pgconn.encrypt_password(password.encode(), login.encode(), b"scram-sha-256")
    return made.decode("ascii")
