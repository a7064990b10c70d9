"""The privilege lint: roles, grants and guards of a shared database as they are, beside what they should be."""

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import Connection, text

from console.store.logins import GROUPS
from console.store.server import KEEPER, OWNER

_READERS = frozenset(GROUPS)
_TABLES = (
    "account", "alembic_version", "contact", "counter", "deadline", "entry", "fact", "import_source",
    "least_console", "person", "person_role", "policy_version", "request", "setting", "ticket",
)  # fmt: skip
_FIGURES = ("offer", "open_window", "policy", "price", "promise")

#: Who may write what, as ``guards/grants.sql`` grants it; a manager is an agent, too.
_DESK = frozenset({"agent", "manager"})
_KEEPERS = _DESK | {"administrator"}
_WRITERS: dict[tuple[str, str], frozenset[str]] = {
    ("public.ticket", "INSERT"): _DESK,
    ("public.ticket", "UPDATE"): _DESK | {"system"},
    ("public.deadline", "INSERT"): _DESK | {"system"},
    ("public.deadline", "UPDATE"): _DESK | {"system"},
    ("public.account", "INSERT"): _KEEPERS,
    ("public.account", "UPDATE"): _KEEPERS,
    ("public.contact", "INSERT"): _KEEPERS,
    ("public.contact", "UPDATE"): _KEEPERS,
    ("public.contact", "DELETE"): _KEEPERS,
    ("public.entry", "INSERT"): _DESK | {"system"},
    ("public.fact", "INSERT"): _KEEPERS | {"system"},
    ("public.request", "INSERT"): _KEEPERS | {"system"},
    ("public.policy_version", "INSERT"): frozenset({"administrator"}),
    **{(f"guard.{table}", "INSERT"): frozenset({"administrator"}) for table in _FIGURES},
}
_POWERS = ("INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER")
_CALLABLE = {
    "clock": _READERS,
    "stamp": _READERS,
    "trusted": _READERS,
    "beat": _READERS,
    "leave": _READERS,
    "holders": _READERS,
    "end_session": frozenset({"supervisor", "administrator"}),
    "add_person": frozenset({"administrator"}),
    "save_person": frozenset({"administrator"}),
    "remove_person": frozenset({"administrator"}),
}
_TRIGGERS = frozenset(
    {
        ("account", "guarded"), ("account", "told"), ("counter", "guarded"), ("deadline", "guarded"),
        ("deadline", "guarded_begin"), ("entry", "entry_guard"), ("entry", "entry_keeps"), ("entry", "guarded"),
        ("entry", "moves"), ("entry", "told"), ("fact", "fact_keeps"), ("fact", "guarded"),
        ("policy_version", "begins_later"), ("policy_version", "guarded"), ("request", "guarded"),
        ("ticket", "guarded"), ("ticket", "guarded_begin"), ("ticket", "stands"), ("ticket", "saved"),
        ("act", "ends"), ("contact", "guarded"), ("contact", "told"), ("counter", "used"), ("deadline", "told"),
        ("person", "told"), ("person_role", "told"),
        *((table, "is_short") for table in ("account", "contact", "entry", "policy_version", "request", "ticket")),
        *((table, "keeps") for table in _FIGURES),
    }
)  # fmt: skip
_DANGEROUS = (
    "pg_execute_server_program", "pg_read_server_files", "pg_write_server_files", "pg_write_all_data",
    "pg_signal_backend", "pg_database_owner",
)  # fmt: skip


#: From 16 on, whoever makes a role may give it away without being able to use it: that is no membership.
_USABLE = (
    "coalesce((to_jsonb(m) ->> 'inherit_option')::boolean OR (to_jsonb(m) ->> 'set_option')::boolean, true)"
)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is not as it should be: what it is about, and the sentence.

    Advice is about the server's own settings: the desks work without it being taken.
    """

    about: str
    words: str
    is_advice: bool = False


def lint(connection: Connection) -> list[Finding]:
    """Every finding; empty when roles, grants, guards and people are as this program sets them up."""
    missing = list(_roles(connection))
    if missing:  # nothing can be asked about a role that there is not
        return missing
    checks = (_owners, _tables, _functions, _schemas, _triggers, _people, _lists, _defaults)
    return [finding for check in checks for finding in check(connection)]


def _roles(connection: Connection) -> Iterator[Finding]:
    for role in (OWNER, KEEPER, *(f"console_{group}" for group in GROUPS)):
        if connection.execute(text("SELECT to_regrole(:role) IS NULL"), {"role": role}).scalar():
            yield Finding(role, "is missing: support-console server init makes it.")


def _owners(connection: Connection) -> Iterator[Finding]:
    found = connection.execute(
        text(
            "SELECT n.nspname || '.' || c.relname AS name, pg_get_userbyid(c.relowner) AS owner FROM pg_class c"
            " JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname IN ('public', 'guard')"
            " AND c.relkind IN ('r', 'S', 'v', 'm', 'p', 'f')"
        )
    )
    known = {f"public.{table}" for table in _TABLES} | {
        f"guard.{table}" for table in (*_FIGURES, "act", "presence")
    }
    for row in found:
        if row.owner != OWNER:
            yield Finding(row.name, f"belongs to {row.owner}, not to {OWNER}.")
        known.discard(row.name)
    for name in sorted(known):
        yield Finding(name, "is missing.")


def _tables(connection: Connection) -> Iterator[Finding]:
    names = [
        f"{row.nspname}.{row.relname}"
        for row in connection.execute(
            text(
                "SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
                " WHERE n.nspname IN ('public', 'guard') AND c.relkind = 'r' ORDER BY 1, 2"
            )
        )
    ]
    may = text("SELECT has_table_privilege(CAST(:role AS name), :name, :power)")
    for name in names:
        for group in GROUPS:
            for power in _POWERS:
                has = connection.execute(
                    may, {"role": f"console_{group}", "name": name, "power": power}
                ).scalar()
                if has and group not in _WRITERS.get((name, power), frozenset()):
                    yield Finding(name, f"can be changed ({power}) by console_{group}.")
        if _public(connection, "pg_class", "relacl", "oid = CAST(:name AS regclass)", name):
            yield Finding(name, "is open to PUBLIC.")


def _public(connection: Connection, catalogue: str, column: str, where: str, name: str) -> bool:
    """Whether PUBLIC, that is anybody with a login, holds any privilege."""
    query = (
        f"SELECT EXISTS (SELECT 1 FROM {catalogue}, aclexplode({column}) a WHERE {where} AND a.grantee = 0)"  # noqa: S608
    )
    return bool(connection.execute(text(query), {"name": name}).scalar())


def _functions(connection: Connection) -> Iterator[Finding]:
    found = connection.execute(
        text(
            "SELECT p.oid, n.nspname || '.' || p.proname AS name, p.proname, p.proconfig, p.proacl IS NULL AS open,"
            " pg_get_userbyid(p.proowner) AS owner,"
            " EXISTS (SELECT 1 FROM aclexplode(p.proacl) a WHERE a.grantee = 0) AS public"
            " FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE n.nspname IN ('public', 'guard')"
        )
    ).all()
    may = text("SELECT has_function_privilege(CAST(:role AS name), CAST(:oid AS oid), 'EXECUTE')")
    for row in found:
        if row.owner not in (OWNER, KEEPER):
            yield Finding(row.name, f"belongs to {row.owner}.")
        if not any(setting.startswith("search_path=pg_catalog") for setting in row.proconfig or ()):
            yield Finding(row.name, "has no search path of its own.")
        if row.open or row.public:
            yield Finding(row.name, "may be called by PUBLIC.")
        for group in GROUPS:
            allowed = group in _CALLABLE.get(row.proname, frozenset())
            called = connection.execute(may, {"role": f"console_{group}", "oid": row.oid}).scalar()
            if called and not allowed:
                yield Finding(row.name, f"may be called by console_{group}.")


def _schemas(connection: Connection) -> Iterator[Finding]:
    may = text("SELECT has_schema_privilege(CAST(:role AS name), :name, 'CREATE')")
    for schema in ("public", "guard"):
        for group in (*(f"console_{each}" for each in GROUPS), KEEPER):
            if connection.execute(may, {"role": group, "name": schema}).scalar():
                yield Finding(f"schema {schema}", f"lets {group} create things.")
        if _public(connection, "pg_namespace", "nspacl", "nspname = :name", schema):
            yield Finding(f"schema {schema}", "is open to PUBLIC.")
    database = text(
        "SELECT d.datname, d.datacl IS NULL OR EXISTS (SELECT 1 FROM aclexplode(d.datacl) a WHERE a.grantee = 0)"
        " AS open FROM pg_database d WHERE d.datname = current_database()"
    )
    row = connection.execute(database).one()
    if row.open:
        yield Finding(f"database {row.datname}", "is open to PUBLIC.")


def _triggers(connection: Connection) -> Iterator[Finding]:
    found = {
        (row.relname, row.tgname): row.tgenabled
        for row in connection.execute(
            text(
                "SELECT c.relname, t.tgname, t.tgenabled FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid"
                " JOIN pg_namespace n ON n.oid = c.relnamespace"
                " WHERE NOT t.tgisinternal AND n.nspname IN ('public', 'guard')"
            )
        )
    }
    for table, name in sorted(_TRIGGERS):
        state = found.get((table, name))
        if state is None:
            yield Finding(f"{table}.{name}", "This guard is missing.")
        elif state not in ("O", "A"):
            yield Finding(f"{table}.{name}", "This guard is switched off.")
    for table, name in sorted(set(found) - _TRIGGERS):
        yield Finding(f"{table}.{name}", "This trigger is not the console's.")


def _people(connection: Connection) -> Iterator[Finding]:
    groups = [f"console_{each}" for each in GROUPS]
    found = connection.execute(
        text(
            "SELECT r.rolname, r.rolsuper, r.rolcreaterole, r.rolcreatedb, r.rolbypassrls, r.rolreplication,"  # noqa: S608
            " r.rolinherit FROM pg_roles r WHERE r.rolcanlogin AND NOT r.rolsuper"
            f" AND EXISTS (SELECT 1 FROM pg_auth_members m WHERE m.member = r.oid AND {_USABLE}"
            " AND m.roleid IN (SELECT oid FROM pg_roles WHERE rolname = ANY (:groups)))"
        ),
        {"groups": groups},
    ).all()
    member = text(
        "SELECT to_regrole(:group) IS NOT NULL AND pg_has_role(CAST(:login AS name), :group, 'MEMBER')"
    )
    for row in found:
        if row.rolcreaterole or row.rolcreatedb or row.rolbypassrls or row.rolreplication:
            yield Finding(row.rolname, "has powers on the server itself.")
        for group in (OWNER, KEEPER, *_DANGEROUS):
            if connection.execute(member, {"login": row.rolname, "group": group}).scalar():
                yield Finding(row.rolname, f"is a member of {group}.")
    for group in groups:
        powers = connection.execute(
            text("SELECT rolcanlogin OR rolsuper OR rolcreaterole FROM pg_roles WHERE rolname = :name"),
            {"name": group},
        ).scalar()
        if powers is None:
            yield Finding(group, "is missing.")
        elif powers:
            yield Finding(group, "has powers that a group must not have.")
    keeper = connection.execute(
        text("SELECT rolcanlogin, rolsuper FROM pg_roles WHERE rolname = :k"), {"k": KEEPER}
    )
    if any(row.rolcanlogin or row.rolsuper for row in keeper):
        yield Finding(KEEPER, "can sign in; it must be nobody's login.")


def _lists(connection: Connection) -> Iterator[Finding]:
    """The People list says what the groups say."""
    query = text(
        "SELECT coalesce(l.login, g.login) AS login, l.role AS listed, g.role AS held,"  # noqa: S608
        " to_regrole(quote_ident(coalesce(l.login, g.login))) IS NULL AS unknown FROM"
        " (SELECT login, role FROM public.person_role) l FULL JOIN"
        " (SELECT p.rolname AS login, substr(r.rolname, 9) AS role FROM pg_auth_members m"
        "  JOIN pg_roles r ON r.oid = m.roleid JOIN pg_roles p ON p.oid = m.member"
        f"  WHERE p.rolcanlogin AND {_USABLE} AND r.rolname IN"
        "  ('console_agent', 'console_manager', 'console_supervisor', 'console_administrator')) g"
        " ON g.login = l.login AND g.role = l.role WHERE l.role IS NULL OR g.role IS NULL ORDER BY 1, 2, 3"
    )
    for row in connection.execute(query):
        if row.unknown:
            yield Finding(row.login, f"is on the People list as {row.listed}, but has no login yet.")
        elif row.held is None:
            yield Finding(row.login, f"is on the People list as {row.listed}, but not in that group.")
        else:
            yield Finding(row.login, f"is in the group of {row.held}s, but not so on the People list.")


def _defaults(connection: Connection) -> Iterator[Finding]:
    """What the owner makes later is closed until it is granted."""
    query = text(
        "SELECT NOT EXISTS (SELECT 1 FROM pg_default_acl d, aclexplode(d.defaclacl) a"
        " WHERE d.defaclrole = to_regrole(:owner) AND d.defaclnamespace = 0 AND d.defaclobjtype = 'f'"
        " AND a.grantee = 0) AND EXISTS (SELECT 1 FROM pg_default_acl d WHERE d.defaclrole = to_regrole(:owner)"
        " AND d.defaclnamespace = 0 AND d.defaclobjtype = 'f')"
    )
    for owner in (OWNER, KEEPER):
        if not connection.execute(query, {"owner": owner}).scalar():
            yield Finding(owner, "makes functions that PUBLIC may call; its default privileges were not set.")
