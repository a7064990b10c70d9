"""What a shared database consists of, and what became other between two looks: what setting up did, in sentences."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby

from sqlalchemy import Connection, text

from console.store.rights import OPEN_TO_ALL

#: As many are named; of more the number is said. What is granted to whom is always named.
_NAMED = 5


@dataclass(frozen=True, slots=True)
class Inventory:
    """``parts`` are roles, schemas, tables and guards with their definitions, by kind and name; ``owners`` those of the
    schemas; ``rights`` are grantee, privilege, kind and name of what it is about, without those of an owner; ``closed``
    is what nobody may use that is made later, until it is granted."""

    parts: dict[tuple[str, str], str]
    owners: dict[str, str]
    rights: frozenset[tuple[str, str, str, str]]
    closed: frozenset[str]


def inventory(connection: Connection) -> Inventory:
    """What there is now, seen by any login."""
    return Inventory(
        {(row.kind, row.name): row.definition for row in connection.execute(_PARTS)},
        {row.name: row.owner for row in connection.execute(_OWNERS)},
        frozenset(
            (row.grantee, row.privilege, row.kind, row.name)
            for row in connection.execute(_RIGHTS, {"open_to_all": list(OPEN_TO_ALL)})
        ),
        frozenset(connection.execute(_CLOSED).scalars()),
    )


def became(before: Inventory, after: Inventory) -> list[str]:
    """What is other in ``after``, in sentences; empty when nothing is."""
    kept = before.parts.keys() & after.parts.keys()
    return [
        *_named("Made", after.parts.keys() - before.parts.keys()),
        *_named("Changed", {part for part in kept if before.parts[part] != after.parts[part]}),
        *_named("Taken away", before.parts.keys() - after.parts.keys()),
        *(
            f"The schema {name} belongs to {owner} now; before, to {before.owners[name]}."
            for name, owner in sorted(after.owners.items())
            if before.owners.get(name, owner) != owner
        ),
        *(
            f"Default privileges: PUBLIC may not use {later} makes from now on, until it is granted."
            for later in sorted(after.closed - before.closed)
        ),
        *_by_grantee("Granted to", after.rights - before.rights),
        *_by_grantee("Revoked from", before.rights - after.rights),
    ]


def roles(found: Inventory) -> list[str]:
    """The roles of the console that the server has."""
    return [name for kind, name in sorted(found.parts) if kind == "role"]


def _named(what: str, parts: Iterable[tuple[str, str]]) -> Iterator[str]:
    """A sentence for the roles, which are always named, and one for everything else."""
    by_kind = {
        kind: [name for _kind, name in group] for kind, group in groupby(sorted(parts), lambda p: p[0])
    }
    if of_roles := by_kind.pop("role", []):
        yield f"{what}: {_these('role', of_roles)}."
    if by_kind:
        words = (
            _these(kind, names) if len(names) <= _NAMED else f"{len(names)} {_plural(kind)}"
            for kind, names in by_kind.items()
        )
        yield f"{what}: {'; '.join(words)}."


def _by_grantee(what: str, rights: Iterable[tuple[str, str, str, str]]) -> Iterator[str]:
    for grantee, found in groupby(sorted(rights), lambda right: right[0]):
        privileges: dict[tuple[str, str], list[str]] = {}
        for _grantee, privilege, kind, name in found:
            privileges.setdefault((kind, name), []).append(privilege)
        alike: dict[tuple[str, str], list[str]] = {}
        for (kind, name), held in sorted(privileges.items()):
            alike.setdefault((kind, ", ".join(held)), []).append(name)
        words = (_held(kind, held, names) for (kind, held), names in alike.items())
        yield f"{what} {grantee}: {'; '.join(words)}."


def _held(kind: str, privileges: str, names: list[str]) -> str:
    if kind == "login":
        return privileges
    if kind == "column":
        tables = groupby(names, lambda name: name.partition(".")[0])
        return "; ".join(
            f"{privileges} on {_columns(table, [name.partition('.')[2] for name in group])}"
            for table, group in tables
        )
    return f"{privileges} {'in' if kind == 'role' else 'on'} {_these(kind, names)}"


def _columns(table: str, names: list[str]) -> str:
    named = f"{len(names)} columns" if len(names) > _NAMED else _these("column", names)
    return f"{named} of {table}"


def _these(kind: str, names: list[str]) -> str:
    """``"the table entry"``, ``"the tables entry, fact"``; the database has no other name here."""
    if kind == "database":
        return "the database"
    return f"the {kind if len(names) == 1 else _plural(kind)} {', '.join(names)}"


def _plural(kind: str) -> str:
    return kind.removesuffix("y") + "ies" if kind.endswith("y") else f"{kind}s"


_PARTS = text("""
SELECT 'role' AS kind, rolname AS name, '' AS definition FROM pg_roles WHERE rolname LIKE 'console\\_%'
UNION ALL SELECT 'schema', nspname, '' FROM pg_namespace WHERE nspname IN ('public', 'guard')
UNION ALL SELECT CASE c.relkind WHEN 'S' THEN 'sequence' ELSE 'table' END, n.nspname || '.' || c.relname, ''
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname IN ('public', 'guard') AND c.relkind IN ('r', 'S')
UNION ALL SELECT 'function', n.nspname || '.' || p.proname || '(' || oidvectortypes(p.proargtypes) || ')',
    md5(concat_ws('|', p.prosrc, p.prosecdef, p.provolatile, p.proconfig, p.prorettype::regtype, p.proowner::regrole))
    FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE n.nspname IN ('public', 'guard')
UNION ALL SELECT 'trigger', c.relname || '.' || t.tgname, concat_ws('|', pg_get_triggerdef(t.oid), t.tgenabled)
    FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname IN ('public', 'guard') AND NOT t.tgisinternal
UNION ALL SELECT 'row policy', c.relname || '.' || p.polname, concat_ws('|', p.polcmd, p.polroles::regrole[],
    pg_get_expr(p.polqual, p.polrelid), pg_get_expr(p.polwithcheck, p.polrelid), c.relrowsecurity)
    FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid WHERE c.relnamespace = 'public'::regnamespace
""")
_OWNERS = text(
    "SELECT nspname AS name, nspowner::regrole::text AS owner FROM pg_namespace WHERE nspname IN ('public', 'guard')"
)
_CLOSED = text(
    "SELECT CASE d.defaclobjtype WHEN 'r' THEN 'tables' ELSE 'functions' END || ' that ' || r.rolname"
    " FROM pg_default_acl d JOIN pg_roles r ON r.oid = d.defaclrole WHERE r.rolname LIKE 'console\\_%'"
    " AND d.defaclnamespace = 0 AND d.defaclobjtype IN ('r', 'f')"
    " AND NOT EXISTS (SELECT FROM aclexplode(d.defaclacl) a WHERE a.grantee = 0)"
)
_RIGHTS = text("""
WITH granted AS (
    SELECT 'database' AS kind, '' AS name, d.datdba AS owner, a.grantee, a.privilege_type AS privilege
        FROM pg_database d, aclexplode(coalesce(d.datacl, acldefault('d', d.datdba))) a
        WHERE d.datname = current_database()
    UNION ALL SELECT 'schema', n.nspname, n.nspowner, a.grantee, a.privilege_type
        FROM pg_namespace n, aclexplode(coalesce(n.nspacl, acldefault('n', n.nspowner))) a
        WHERE n.nspname IN ('public', 'guard')
    UNION ALL SELECT CASE c.relkind WHEN 'S' THEN 'sequence' ELSE 'table' END, n.nspname || '.' || c.relname,
        c.relowner, a.grantee, a.privilege_type
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace, aclexplode(c.relacl) a
        WHERE n.nspname IN ('public', 'guard') AND c.relkind IN ('r', 'S')
    UNION ALL SELECT 'column', c.relname || '.' || t.attname, c.relowner, a.grantee, a.privilege_type
        FROM pg_attribute t JOIN pg_class c ON c.oid = t.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace,
        aclexplode(t.attacl) a
        WHERE n.nspname IN ('public', 'guard') AND c.relkind = 'r' AND t.attnum > 0 AND NOT t.attisdropped
    UNION ALL SELECT 'function', CASE n.nspname WHEN 'pg_catalog' THEN '' ELSE n.nspname || '.' END || p.proname,
        p.proowner, a.grantee, a.privilege_type
        FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace,
        aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a
        WHERE n.nspname IN ('public', 'guard')
        OR n.nspname = 'pg_catalog' AND p.proname = ANY (CAST(:open_to_all AS text[]))
)
SELECT DISTINCT CASE g.grantee WHEN 0 THEN 'PUBLIC' ELSE g.grantee::regrole::text END AS grantee, g.privilege, g.kind,
    g.name
    FROM granted g WHERE g.grantee <> g.owner
UNION SELECT m.member::regrole::text,
    CASE WHEN bool_or(m.admin_option) THEN 'membership with admin option' ELSE 'membership' END, 'role',
    m.roleid::regrole::text
    FROM pg_auth_members m JOIN pg_roles r ON r.oid = m.roleid JOIN pg_roles p ON p.oid = m.member
    WHERE r.rolname LIKE 'console\\_%' OR p.rolname LIKE 'console\\_%'
    GROUP BY m.member, m.roleid
UNION SELECT rolname, 'the right to make roles (CREATEROLE)', 'login', '' FROM pg_roles
    WHERE rolname LIKE 'console\\_%' AND rolcreaterole
""")
