"""Advice about the server of a shared database: which setting to raise or switch on before the desks miss it.

Nothing here is a fault of the console's own roles and guards (``console.store.lint`` names those): the desks work, but
not for so many, not so safely, or not so that an auditor sees everything.
"""

import math
from collections.abc import Iterator
from datetime import timedelta

from sqlalchemy import Connection, text

from console.store.lint import Finding
from console.store.rights import OPEN_TO_ALL
from console.store.wires import KEPT

DESKS = 50
#: What one desk holds while nothing happens: the listening connection and those its pool keeps.
PER_DESK = 1 + KEPT
#: For moments when some desks work with more than one: a pool opens up to ``wires.MOST``.
SPARE = 10
#: An act is committed at once; whoever kept it open so long may have waited for a time to pass.
AT_ONCE = timedelta(seconds=5)
_MOST_TOLD = 20
_FULL = 0.1
#: Pages of 8 kB: a queue of notifications smaller than that is full within moments of a flood.
_LEAST_QUEUE = 65_536


def advice(connection: Connection, desks: int = DESKS) -> list[Finding]:
    """What whoever runs the server is told in advance for ``desks`` open consoles; empty when nothing is to be said."""
    checks = (_settings, _open_to_all, _ways_in, _queue, _late)
    return [*_connections(connection, desks), *(each for check in checks for each in check(connection))]


def _advice(about: str, words: str) -> Finding:
    return Finding(about, words, is_advice=True)


def _setting(connection: Connection, name: str) -> str:
    """The value of a setting in its own words; empty where this server does not know it."""
    return connection.execute(text("SELECT current_setting(:name, true)"), {"name": name}).scalar() or ""


def _connections(connection: Connection, desks: int) -> Iterator[Finding]:
    most = int(_setting(connection, "max_connections"))
    names = ("superuser_reserved_connections", "reserved_connections")
    kept = sum(int(_setting(connection, name) or 0) for name in names)
    others = connection.execute(_OTHERS).scalar_one()
    needed = desks * PER_DESK + SPARE + kept + others
    if most < needed:
        yield _advice(
            "max_connections",
            f"is {most}; {desks} desks hold {PER_DESK} connections each and {SPARE} more in busy moments, {kept} are "
            f"reserved and {others} used by others: set it to {math.ceil(needed / 10) * 10} or more.",
        )


def _open_to_all(connection: Connection) -> Iterator[Finding]:
    """What PostgreSQL lets everybody call until a superuser closes it; the owner of a database cannot."""
    found = connection.execute(
        _CALLED_BY_ALL, {"names": list(OPEN_TO_ALL), "role": "console_supervisor"}
    ).scalar()
    if found:
        yield _advice(
            "server",
            f"lets everybody fill its disk ({found}). Run support-console server upgrade as a superuser.",
        )


_CALLED_BY_ALL = text(
    "SELECT string_agg(DISTINCT p.proname, ', ' ORDER BY p.proname) FROM pg_proc p"
    " WHERE p.pronamespace = 'pg_catalog'::regnamespace AND p.proname = ANY (:names)"
    " AND has_function_privilege(CAST(:role AS name), p.oid, 'EXECUTE')"
)

_OTHERS = text(
    "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'"
    " AND coalesce(application_name, '') NOT LIKE 'support-console/%'"
)

#: Settings that should read so, and what it means when they do not.
_WANTED = (
    (
        "max_prepared_transactions",
        "0",
        "everybody can keep a transaction in store, with all that it locks",
    ),
    (
        "ssl",
        "on",
        "everything that the desks send can be read and changed on its way, until the server has a certificate",
    ),
    (
        "track_commit_timestamp",
        "on",
        "nobody can see later that somebody held an act back before committing it",
    ),
    ("password_encryption", "scram-sha-256", "new passwords are kept in a form that can be stolen and used"),
    (
        "data_checksums",
        "on",
        "damage of the disk is found late (pg_checksums --enable, with the server stopped)",
    ),
    ("fsync", "on", "a crash of the computer loses what was acknowledged, and perhaps everything"),
    ("full_page_writes", "on", "a crash of the computer can tear pages apart"),
    ("synchronous_commit", "on", "a crash of the server loses what was acknowledged last"),
)
_STRICTER = {"synchronous_commit": ("remote_apply", "remote_write")}


def _settings(connection: Connection) -> Iterator[Finding]:
    for name, wanted, meaning in _WANTED:
        now = _setting(connection, name)
        if now not in (wanted, *_STRICTER.get(name, ())):
            yield _advice(name, f"is {now}: {meaning}. Set it to {wanted}.")


def _ways_in(connection: Connection) -> Iterator[Finding]:
    """Lines of pg_hba.conf by which somebody gets in from elsewhere without TLS, or without a safe password."""
    if not connection.execute(_MAY_READ_RULES).scalar():
        yield _advice(
            "pg_hba.conf", "cannot be read by this login; lint with a superuser's to have it looked at."
        )
        return
    for row in connection.execute(_RULES):
        where = f"pg_hba.conf line {row.line_number}"
        if row.error:
            yield _advice(where, f"cannot be used by the server: {row.error}.")
        elif row.auth_method in ("trust", "password", "md5"):
            yield _advice(where, f"lets {row.address} in by {row.auth_method}; use scram-sha-256.")
        elif row.type != "hostssl":
            yield _advice(where, f"lets {row.address} in without TLS ({row.type}); use hostssl.")


_MAY_READ_RULES = text("SELECT has_function_privilege('pg_hba_file_rules()', 'EXECUTE')")
_RULES = text(
    "SELECT line_number, type, address, auth_method, error FROM pg_hba_file_rules() WHERE error IS NOT NULL OR ("
    " type IN ('host', 'hostssl', 'hostnossl', 'hostgssenc', 'hostnogssenc') AND auth_method <> 'reject'"
    " AND database && ARRAY['all', 'sameuser', 'samerole', 'samegroup', current_database()::text]"
    " AND address NOT IN ('127.0.0.1', '::1', 'localhost')) ORDER BY line_number"
)


def _queue(connection: Connection) -> Iterator[Finding]:
    used = connection.execute(text("SELECT pg_notification_queue_usage()")).scalar_one()
    if used > _FULL:
        yield _advice(
            "queue of notifications",
            f"is {used:.0%} full: some session listens and keeps a transaction open. Find it in pg_stat_activity and "
            "end it.",
        )
    most = int(_setting(connection, "max_notify_queue_pages") or _LEAST_QUEUE)
    if most < _LEAST_QUEUE:
        yield _advice("max_notify_queue_pages", f"is {most}; leave it at the server's default of 1048576.")


def _late(connection: Connection) -> Iterator[Finding]:
    """Acts committed long after the time they carry; where the server keeps commit times. For the auditor.

    Rows that were carried here together, by a move or a restore, say of when they are and are left out.
    """
    if _setting(connection, "track_commit_timestamp") != "on":
        return
    found = connection.execute(_LATE, {"at_once": AT_ONCE, "most": _MOST_TOLD}).all()
    for row in found:
        yield _advice(
            f"fact {row.number}",
            f"{row.actor} recorded it at {row.at:%Y-%m-%d %H:%M:%S} UTC and committed it "
            f"{row.gap.total_seconds():.1f} s later.",
        )


_LATE = text(
    "SELECT * FROM (SELECT min(f.number) AS number, min(f.actor) AS actor, min(f.recorded_at) AT TIME ZONE 'UTC' AS at,"
    " pg_xact_commit_timestamp(f.xmin) - min(f.recorded_at) AS gap FROM public.fact f GROUP BY f.xmin"
    " HAVING min(f.recorded_at) = max(f.recorded_at)) a WHERE a.gap > :at_once ORDER BY a.number DESC LIMIT :most"
)
