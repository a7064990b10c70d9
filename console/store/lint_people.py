"""The lint over people: their logins, their groups, and the People list."""

from collections.abc import Iterator

from sqlalchemy import Connection, text

from console.store.logins import GROUPS, off_the_list
from console.store.rights import DANGEROUS, KEEPER, OWNER

Words = tuple[str, str]
_ROLES = [f"console_{group}" for group in GROUPS]
#: Whoever set the database up, or looks at it now, and is not on the People list: a member of all that they made.
_OUTSIDE = """(
    (r.rolname = session_user OR r.oid = (SELECT d.datdba FROM pg_database d WHERE d.datname = current_database()))
    AND NOT EXISTS (SELECT 1 FROM public.person_role p WHERE p.login = r.rolname)
)"""
#: From 16 on, whoever makes a role may give it away without being able to use it: that is no membership.
_USABLE = (
    "coalesce((to_jsonb(m) ->> 'inherit_option')::boolean OR (to_jsonb(m) ->> 'set_option')::boolean, true)"
)
#: A login that is on the People list or in a group of the console's.
_EVERYBODY = f"""(
    r.rolcanlogin AND NOT {_OUTSIDE} AND (
        EXISTS (SELECT 1 FROM public.person_role p WHERE p.login = r.rolname)
        OR EXISTS (SELECT 1 FROM pg_auth_members m JOIN pg_roles g ON g.oid = m.roleid
                   WHERE m.member = r.oid AND {_USABLE} AND g.rolname = ANY (:groups)))
)"""  # noqa: S608


def missing_roles(connection: Connection) -> Iterator[Words]:
    """The groups, and who owns what, that the server does not know."""
    for role in (OWNER, KEEPER, *_ROLES):
        if connection.execute(text("SELECT to_regrole(:role) IS NULL"), {"role": role}).scalar():
            yield role, "is missing: support-console server init makes it."


def findings(connection: Connection) -> Iterator[Words]:
    """What is not as it should be, as a name and a sentence about it."""
    for check in (_powers, _memberships, _groups, _lists):
        yield from check(connection)


def _powers(connection: Connection) -> Iterator[Words]:
    found = connection.execute(
        text(
            "SELECT r.rolname, r.rolsuper, r.rolcreaterole OR r.rolcreatedb OR r.rolbypassrls OR r.rolreplication"  # noqa: S608
            " AS powers, (SELECT n.name FROM public.person n WHERE n.login = r.rolname) AS name"
            f" FROM pg_roles r WHERE {_EVERYBODY} ORDER BY 1"
        ),
        {"groups": [*_ROLES, OWNER, KEEPER]},
    ).all()
    member = text(
        "SELECT to_regrole(:group) IS NOT NULL AND pg_has_role(CAST(:login AS name), :group, 'MEMBER')"
    )
    for row in found:
        if row.rolsuper:
            unguarded = "is a superuser and on the People list: no guard holds for this login."
            off = off_the_list(row.rolname, row.name or row.rolname)
            yield row.rolname, f"{unguarded} In psql the owner takes this one off the list: {off}."
            continue
        if row.powers:
            yield row.rolname, "has powers on the server itself."
        for group in (OWNER, KEEPER, *DANGEROUS):
            if connection.execute(member, {"login": row.rolname, "group": group}).scalar():
                yield row.rolname, f"is a member of {group}."
    makers = text(
        "SELECT r.rolname FROM pg_roles r WHERE r.rolcreaterole AND NOT r.rolsuper AND r.rolname <> :keeper"  # noqa: S608
        f" AND NOT pg_has_role(r.oid, :owner, 'MEMBER') AND NOT ({_EVERYBODY}) ORDER BY 1"
    )
    for name in connection.execute(makers, {"keeper": KEEPER, "owner": OWNER, "groups": _ROLES}).scalars():
        yield name, "may create roles, and could make itself a manager on PostgreSQL before 16."


def _memberships(connection: Connection) -> Iterator[Words]:
    """Who could give a group to others, and groups within groups."""
    found = connection.execute(
        text(
            "SELECT g.rolname AS held, p.rolname AS member, p.rolcanlogin, bool_or(m.admin_option) AS gives,"
            " bool_or(x.login IS NOT NULL) AS listed,"
            " EXISTS (SELECT 1 FROM pg_auth_members i WHERE i.roleid = p.oid) AS has_members"
            " FROM pg_auth_members m JOIN pg_roles g ON g.oid = m.roleid JOIN pg_roles p ON p.oid = m.member"
            " LEFT JOIN public.person x ON x.login = p.rolname"
            " WHERE g.rolname = ANY (:groups) AND NOT p.rolsuper AND p.rolname <> :keeper"
            " AND NOT pg_has_role(p.oid, :owner, 'MEMBER') GROUP BY 1, 2, 3, p.oid ORDER BY 1, 2"
        ),
        {"groups": _ROLES, "keeper": KEEPER, "owner": OWNER},
    )
    others = _others(connection)
    for row in found:
        if row.gives:
            yield row.member, f"may put others into {row.held}."
        is_group = not row.rolcanlogin and not row.listed  # else it is a person's login that is barred
        if is_group and (row.held, row.member) != ("console_agent", "console_manager"):
            barred = f", or a barred login of somebody at {others}" if others and not row.has_members else ""
            yield row.member, f"is a group within {row.held}{barred}; whoever is in it has that role, too."


def _groups(connection: Connection) -> Iterator[Words]:
    query = text("SELECT rolcanlogin OR rolsuper OR rolcreaterole FROM pg_roles WHERE rolname = :name")
    for group in _ROLES:
        if connection.execute(query, {"name": group}).scalar():
            yield group, "has powers that a group must not have."
    keeper = connection.execute(
        text("SELECT rolcanlogin, rolsuper FROM pg_roles WHERE rolname = :k"), {"k": KEEPER}
    )
    if any(row.rolcanlogin or row.rolsuper for row in keeper):
        yield KEEPER, "can sign in; it must be nobody's login."


def _lists(connection: Connection) -> Iterator[Words]:
    """The People list says what the groups say."""
    query = text(
        "SELECT coalesce(l.login, g.login) AS login, l.role AS listed, g.role AS held,"  # noqa: S608
        " to_regrole(quote_ident(coalesce(l.login, g.login))) IS NULL AS unknown,"
        " EXISTS (SELECT 1 FROM pg_roles b WHERE b.rolname = l.login AND NOT b.rolcanlogin) AS barred FROM"
        " (SELECT login, role FROM public.person_role) l FULL JOIN"
        " (SELECT r.rolname AS login, substr(g.rolname, 9) AS role FROM pg_auth_members m"
        "  JOIN pg_roles g ON g.oid = m.roleid JOIN pg_roles r ON r.oid = m.member"
        f"  WHERE r.rolcanlogin AND {_USABLE} AND NOT {_OUTSIDE} AND g.rolname IN"
        "  ('console_agent', 'console_manager', 'console_supervisor', 'console_administrator')) g"
        " ON g.login = l.login AND g.role = l.role WHERE l.role IS NULL OR g.role IS NULL ORDER BY 1, 2, 3"
    )
    others = _others(connection)
    elsewhere = f" It may be somebody at {others}: groups belong to the whole server." if others else ""
    for row in connection.execute(query):
        if row.unknown:
            yield row.login, f"is on the People list as {row.listed}, but has no login yet."
        elif row.barred:
            yield (
                row.login,
                f"is on the People list as {row.listed}, but barred: ALTER ROLE … LOGIN lets them in.",
            )
        elif row.held is None:
            yield row.login, f"is on the People list as {row.listed}, but not in that group."
        else:
            yield row.login, f"is in the group of {row.held}s, but not so on the People list.{elsewhere}"
    unlisted = text(
        "SELECT r.rolname, g.rolname AS held FROM pg_auth_members m JOIN pg_roles g ON g.oid = m.roleid"  # noqa: S608
        f" JOIN pg_roles r ON r.oid = m.member WHERE r.rolcanlogin AND {_USABLE} AND NOT {_OUTSIDE}"
        " AND g.rolname IN ('console_auditor', 'console_system')"
        " AND NOT EXISTS (SELECT 1 FROM public.person n WHERE n.login = r.rolname) ORDER BY 1, 2"
    )
    for row in connection.execute(unlisted):
        yield row.rolname, f"is in {row.held}, but not on the People list.{elsewhere}"


def _others(connection: Connection) -> str:
    """The other databases of this server that the console's groups may enter, in words; empty when there is none."""
    found = connection.execute(
        text(
            "SELECT d.datname FROM pg_database d WHERE d.datname <> current_database() AND EXISTS"
            " (SELECT 1 FROM aclexplode(d.datacl) a WHERE a.grantee = to_regrole('console_agent')) ORDER BY 1"
        )
    )
    names = list(found.scalars())
    return (
        f"the console's database {' or '.join(names[:2])}{' or another' if names[2:] else ''}"
        if names
        else ""
    )
