"""The lint over tables, functions, triggers and grants of a shared database."""

import re
from collections.abc import Iterator

from sqlalchemy import Connection, text

from console.store import guards
from console.store.logins import GROUPS
from console.store.rights import (
    CALLABLE,
    GUARD_READERS,
    GUARD_TABLES,
    KEEPER,
    KEPT_FUNCTIONS,
    KEPT_TRIGGERS,
    NEVER_UPDATED,
    OWNER,
    POLICIES,
    READERS,
    SEARCH_PATHS_SINCE,
    TABLES,
    TRIGGERS,
    UPDATERS,
    WRITERS,
)
from console.store.tables import metadata

Words = tuple[str, str]
_POWERS = ("INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER")
_ROLES = tuple(f"console_{group}" for group in GROUPS)
_UPGRADE = "Run support-console server upgrade."


def findings(connection: Connection, version: int, *, opened: bool) -> Iterator[Words]:
    """What is not as it should be in schema ``version``, as a name and a sentence about it.

    ``opened`` once guards and grants are installed, else nobody but the owner may do anything.
    """
    yield from _owners(connection, version)
    yield from _columns(connection)
    yield from _tables(connection, opened=opened)
    yield from _strangers(connection)
    yield from _functions(connection, version, opened=opened)
    yield from _schemas(connection)
    yield from _triggers(connection, version, opened=opened)
    yield from _defaults(connection)
    if opened:
        yield from _row_security(connection)
        yield from _definitions(connection)


def _owners(connection: Connection, version: int) -> Iterator[Words]:
    found = connection.execute(
        text(
            "SELECT n.nspname || '.' || c.relname AS name, pg_get_userbyid(c.relowner) AS owner FROM pg_class c"
            " JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname IN ('public', 'guard')"
            " AND c.relkind IN ('r', 'S', 'v', 'm', 'p', 'f') UNION ALL"
            " SELECT 'schema ' || nspname, pg_get_userbyid(nspowner) FROM pg_namespace"
            " WHERE nspname IN ('public', 'guard')"
        )
    )
    known = {f"public.{table}" for table, since in TABLES.items() if since <= version}
    known |= {f"guard.{table}" for table, since in GUARD_TABLES.items() if since <= version}
    for row in found:
        if row.owner != OWNER:
            yield row.name, f"belongs to {row.owner}, not to {OWNER}."
        known.discard(row.name)
    for name in sorted(known):
        yield name, "is missing."


def _columns(connection: Connection) -> Iterator[Words]:
    """Whatever stands in a table that everybody reads is known: an added column is read by everybody at once."""
    found = connection.execute(
        text(
            "SELECT c.relname, a.attname FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid"
            " WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped"
        )
    )
    for row in found:
        table = metadata.tables.get(row.relname)
        if table is not None and row.attname not in table.c:
            yield (
                f"public.{row.relname}.{row.attname}",
                "is no column of the console's; everybody reads it.",
            )


_HELD = """
    SELECT n.nspname || '.' || c.relname AS name, substr(r.rolname, 9) AS held_by, power,
        has_table_privilege(r.oid, c.oid, power) AS whole
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace, pg_roles r, unnest(CAST(:powers AS text[])) power
    WHERE n.nspname IN ('public', 'guard') AND c.relkind = 'r' AND r.rolname = ANY (:roles)
    AND CASE WHEN power IN ('SELECT', 'INSERT', 'UPDATE', 'REFERENCES')
        THEN has_any_column_privilege(r.oid, c.oid, power) ELSE has_table_privilege(r.oid, c.oid, power) END
    ORDER BY 1, 2, 3
"""


def _tables(connection: Connection, *, opened: bool) -> Iterator[Words]:
    """What groups may do to tables, beside what they should; who may update a whole table could lock it whole."""
    held = connection.execute(text(_HELD), {"powers": ["SELECT", *_POWERS], "roles": list(_ROLES)})
    for row in held.all():
        if row.power == "SELECT":
            if not opened or row.held_by not in _readers(row.name):
                yield row.name, f"can be read by console_{row.held_by}."
            continue
        if row.power == "UPDATE":
            allowed = UPDATERS.get(row.name, frozenset()) if not row.whole else frozenset()
        else:
            allowed = WRITERS.get((row.name, row.power), frozenset())
        if not opened or row.held_by not in allowed:
            columns = "" if row.whole else " in some columns"
            yield row.name, f"can be changed ({row.power}) by console_{row.held_by}{columns}."
    yield from _closed_columns(connection)


def _readers(name: str) -> frozenset[str]:
    return GUARD_READERS.get(name, frozenset({"auditor"})) if name.startswith("guard.") else READERS


def _closed_columns(connection: Connection) -> Iterator[Words]:
    query = text(
        "SELECT r.rolname FROM pg_roles r WHERE r.rolname = ANY (:roles)"
        " AND has_column_privilege(r.oid, to_regclass(:name), :column, 'UPDATE')"
    )
    for name, columns in NEVER_UPDATED.items():
        for column in columns:
            asked = {"roles": list(_ROLES), "name": name, "column": column}
            for role in connection.execute(query, asked).scalars():
                yield f"{name}.{column}", f"never changes, but can be changed (UPDATE) by {role}."


def _strangers(connection: Connection) -> Iterator[Words]:
    """Whatever is granted to PUBLIC, that is to anybody with a login, or to a login by itself instead of its group."""
    found = connection.execute(
        text(
            "WITH acl (about, who) AS ("
            " SELECT n.nspname || '.' || c.relname, a.grantee FROM pg_class c"
            " JOIN pg_namespace n ON n.oid = c.relnamespace, aclexplode(c.relacl) a"
            " WHERE n.nspname IN ('public', 'guard') AND c.relkind <> 'i'"
            " UNION SELECT n.nspname || '.' || c.relname || '.' || t.attname, a.grantee FROM pg_attribute t"
            " JOIN pg_class c ON c.oid = t.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace,"
            " aclexplode(t.attacl) a WHERE n.nspname IN ('public', 'guard')"
            " UNION SELECT n.nspname || '.' || p.proname, a.grantee FROM pg_proc p"
            " JOIN pg_namespace n ON n.oid = p.pronamespace, aclexplode(p.proacl) a"
            " WHERE n.nspname IN ('public', 'guard') AND a.grantee <> 0"
            " UNION SELECT 'schema ' || nspname, a.grantee FROM pg_namespace, aclexplode(nspacl) a"
            " WHERE nspname IN ('public', 'guard'))"
            " SELECT about, coalesce(r.rolname, 'PUBLIC') AS who FROM acl LEFT JOIN pg_roles r ON r.oid = acl.who"
            " WHERE coalesce(r.rolname, '') <> ALL (:known) ORDER BY 1, 2"
        ),
        {"known": [OWNER, KEEPER, *_ROLES]},
    )
    for row in found:
        words = (
            "is open to PUBLIC."
            if row.who == "PUBLIC"
            else f"is granted to {row.who}, which is no group here."
        )
        yield row.about, words


_FUNCTIONS = """
    SELECT n.nspname, n.nspname || '.' || p.proname AS name, p.proname, pg_get_userbyid(p.proowner) AS owner,
        coalesce(array_to_string(p.proconfig, ','), '') ~ '(^|,)search_path=pg_catalog' AS path,
        p.proacl IS NULL OR EXISTS (SELECT 1 FROM aclexplode(p.proacl) a WHERE a.grantee = 0) AS public,
        ARRAY(SELECT substr(r.rolname, 9) FROM pg_roles r WHERE r.rolname = ANY (:roles)
              AND has_function_privilege(r.oid, p.oid, 'EXECUTE')) AS callers
    FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE n.nspname IN ('public', 'guard') ORDER BY 2
"""


def _functions(connection: Connection, version: int, *, opened: bool) -> Iterator[Words]:
    for row in connection.execute(text(_FUNCTIONS), {"roles": list(_ROLES)}).all():
        if row.owner not in (OWNER, KEEPER):
            yield row.name, f"belongs to {row.owner}."
        if row.nspname == "public" and row.proname not in KEPT_FUNCTIONS:
            yield row.name, "is no function of the console's."
        if row.nspname == "guard" and not opened:
            yield row.name, "is left over from guards that were taken away."
        if not row.path and (row.nspname == "guard" or version >= SEARCH_PATHS_SINCE):
            yield row.name, "has no search path of its own."
        if row.public:
            yield row.name, "may be called by PUBLIC."
        ours = opened and row.nspname == "guard"
        allowed = CALLABLE.get(row.proname, frozenset()) if ours else frozenset()
        for group in sorted(set(row.callers) - allowed):
            yield row.name, f"may be called by console_{group}."


def _definitions(connection: Connection) -> Iterator[Words]:
    """Who owns the guards can write others in their place: that cannot be prevented, but it shows."""
    query = text(
        "SELECT p.proname, l.lanname, p.provolatile, p.prosecdef, p.prosrc FROM pg_proc p"
        " JOIN pg_language l ON l.oid = p.prolang WHERE p.pronamespace = 'guard'::regnamespace ORDER BY 1"
    )
    wanted, seen = guards.definitions(), set()
    for name, *found in connection.execute(query):
        if name not in wanted or name in seen:
            yield f"guard.{name}", "is no function of the console's."
        elif guards.definition(*found) != wanted[name]:
            yield f"guard.{name}", f"is not this program's. {_UPGRADE}"
        seen.add(name)
    for name in sorted(wanted.keys() - seen):
        yield f"guard.{name}", f"is missing. {_UPGRADE}"


def _schemas(connection: Connection) -> Iterator[Words]:
    may = text(
        "SELECT has_schema_privilege(CAST(:role AS name), oid, 'CREATE') FROM pg_namespace WHERE nspname = :name"
    )
    for name in ("public", "guard"):
        for group in (*_ROLES, KEEPER):
            if connection.execute(may, {"role": group, "name": name}).scalar():
                yield f"schema {name}", f"lets {group} create things."
    database = text(
        "SELECT d.datname, d.datacl IS NULL OR EXISTS (SELECT 1 FROM aclexplode(d.datacl) a WHERE a.grantee = 0)"
        " AS open FROM pg_database d WHERE d.datname = current_database()"
    )
    row = connection.execute(database).one()
    if row.open:
        yield f"database {row.datname}", "is open to PUBLIC."
    for power in ("TEMPORARY", "CREATE"):
        query = text("SELECT has_database_privilege(CAST(:role AS name), current_database(), :power)")
        for group in _ROLES:
            if connection.execute(query, {"role": group, "power": power}).scalar():
                yield f"database {row.datname}", f"lets {group} make things of its own ({power})."


def _triggers(connection: Connection, version: int, *, opened: bool) -> Iterator[Words]:
    found = {
        (row.relname, row.tgname): row
        for row in connection.execute(
            text(
                "SELECT c.relname, t.tgname, t.tgenabled, pg_get_triggerdef(t.oid) AS says FROM pg_trigger t"
                " JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace"
                " WHERE NOT t.tgisinternal AND n.nspname IN ('public', 'guard')"
            )
        )
    }
    wanted = TRIGGERS if opened else KEPT_TRIGGERS if version else {}
    for (table, name), asks in sorted(wanted.items()):
        row = found.get((table, name))
        if row is None:
            yield f"{table}.{name}", "This guard is missing."
        elif row.tgenabled not in ("O", "A"):
            yield f"{table}.{name}", "This guard is switched off."
        elif _asks(row.says) != asks:
            yield f"{table}.{name}", f"This guard does not ask {asks}. {_UPGRADE}"
    for table, name in sorted(found.keys() - wanted.keys()):
        yield f"{table}.{name}", "This trigger is not the console's."
    rules = text("SELECT tablename, rulename FROM pg_rules WHERE schemaname IN ('public', 'guard')")
    for row in connection.execute(rules):
        yield f"{row.tablename}.{row.rulename}", "This rule is not the console's."


_TRIGGER = re.compile(
    r"CREATE (?P<deferred>CONSTRAINT )?TRIGGER \w+ (?P<when>BEFORE|AFTER) (?P<events>[\w ]+) ON [\w.]+"
    r" (?(deferred)DEFERRABLE INITIALLY DEFERRED )FOR EACH (?:ROW|STATEMENT)"
    r" EXECUTE FUNCTION (?:public\.|guard\.)?(?P<function>\w+)\(\)"
)


def _asks(definition: str) -> str:
    """When a trigger asks, after what, and which function; empty for one of another shape than ours."""
    found = _TRIGGER.fullmatch(definition)
    if found is None:
        return ""
    when = "AT COMMIT" if found["deferred"] else found["when"]
    return f"{when} {found['events']}: {found['function']}"


def _defaults(connection: Connection) -> Iterator[Words]:
    """What the owner makes later is closed until it is granted."""
    query = text(
        "SELECT coalesce(bool_or(d.defaclnamespace = 0 AND d.defaclobjtype = 'f'), false) AS closed,"
        " coalesce(bool_or(a.grantee IS DISTINCT FROM d.defaclrole), false) AS granted"
        " FROM pg_default_acl d LEFT JOIN LATERAL aclexplode(d.defaclacl) a ON true"
        " WHERE d.defaclrole = to_regrole(:owner)"
    )
    for owner in (OWNER, KEEPER):
        row = connection.execute(query, {"owner": owner}).one()
        if not row.closed:
            yield owner, "makes functions that PUBLIC may call; its default privileges were not set."
        if row.granted:
            yield owner, "makes things that others get rights on by default."


def _row_security(connection: Connection) -> Iterator[Words]:
    """The answers of acts are read by whoever sent them."""
    on = text("SELECT relrowsecurity FROM pg_class WHERE oid = 'public.request'::regclass")
    if not connection.execute(on).scalar():
        yield ("public.request", "has its row security switched off: everybody reads the answers of others.")
    query = text("SELECT tablename, policyname FROM pg_policies WHERE schemaname IN ('public', 'guard')")
    found = {(row.tablename, row.policyname) for row in connection.execute(query)}
    wanted = {("request", name) for name in POLICIES}
    for table, name in sorted(wanted - found):
        yield f"public.{table}", f"lacks its row policy {name}."
    for table, name in sorted(found - wanted):
        yield f"public.{table}", f"has a row policy that is not the console's: {name}."
