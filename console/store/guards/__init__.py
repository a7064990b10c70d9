"""The guards of a shared database: what nobody may get round with a login of their own (decision 0060).

The rules of the policy stand in ``console.policy`` alone. Here stand triggers that hold every login to the server's
clock, to its own name and roles, and to the figures of the policy document, which ``publish`` writes beside it.
A local database has no guards: its file belongs to its user.
"""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from operator import attrgetter
from typing import Any

from sqlalchemy import Connection, text

from console.policy.document import Policy
from console.policy.terms import LONGEST_TEXT, Priority, SupportOption
from console.store import shapes
from console.store.rights import KEEPER, OWNER

#: Business hours are stored for these years; a deadline outside them is refused, never guessed.
_FIRST_DAY = datetime(2024, 1, 1, tzinfo=UTC)
_LAST_DAY = datetime(2056, 1, 1, tzinfo=UTC)


def install(connection: Connection) -> None:
    """Brings functions, triggers and grants to those of this program, as their owner; running it again changes
    nothing. It waits for whoever reads or writes what is guarded."""
    _describe_records(connection)
    numbered = (each.name for each in files(__name__).iterdir() if each.name[:1].isdigit())
    for name in (*sorted(numbered), "grants.sql"):
        run_script(connection, name)
    connection.execute(text(f"GRANT CREATE ON SCHEMA guard TO {KEEPER}"))
    connection.execute(text(f"SET LOCAL ROLE {KEEPER}"))
    for name in ("people.sql", "sessions.sql"):
        run_script(connection, name)
    connection.execute(text(f"SET LOCAL ROLE {OWNER}"))
    connection.execute(text(f"REVOKE CREATE ON SCHEMA guard FROM {KEEPER}"))


def run_script(connection: Connection, name: str) -> None:
    """Runs one of the scripts of this folder."""
    run(connection, files(__name__).joinpath(name).read_text("utf-8"))


def run(connection: Connection, script: str) -> None:
    """Runs many statements, in which a percent sign is only a percent sign."""
    connection.exec_driver_sql(script, execution_options={"no_parameters": True})


@dataclass(frozen=True, slots=True)
class Definition:
    """How a function is defined: its language, whether it is ``i``mmutable, ``s``table or ``v``olatile, whether it acts
    as its owner, and what it says, with the ends of lines of no computer in particular."""

    language: str
    volatility: str
    as_owner: bool
    says: str


def definition(language: str, volatility: str, as_owner: bool, says: str) -> Definition:
    """The same, of words that any computer wrote; ``volatility`` may be a whole word or missing."""
    return Definition(language, (volatility or "v")[0].lower(), as_owner, "\n".join(says.splitlines()))


def definitions() -> dict[str, Definition]:
    """How the functions of the guards are defined in this program, by name."""
    scripts = (each.read_text("utf-8") for each in files(__name__).iterdir() if each.name.endswith(".sql"))
    return {
        found["name"]: definition(
            found["language"], found["volatility"], found["owner"] is not None, found["says"]
        )
        for script in (*scripts, _OF_THE_PROGRAM)
        for found in _FUNCTION.finditer(script)
    }


def publish(connection: Connection, policy: Policy) -> None:
    """Writes the figures of ``policy`` for the guards, once per version, beside its document."""
    if connection.execute(_KNOWN, {"version": policy.version}).first() is not None:
        return
    for table, rows in _figures(policy):
        names = ", ".join(rows[0])
        record = f"jsonb_populate_recordset(NULL::guard.{table}, CAST(:rows AS jsonb))"
        statement = f"INSERT INTO guard.{table} ({names}) SELECT {names} FROM {record}"  # noqa: S608
        connection.execute(text(statement), {"rows": json.dumps(rows, default=_for_json)})


def _for_json(value: datetime | timedelta) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    return f"{value.total_seconds():.6f} seconds"  # PostgreSQL 14 reads no long interval in microseconds


def unlike(connection: Connection, policy: Policy) -> list[str]:
    """The tables whose figures for this version differ from what ``policy`` says."""
    return [table for table, rows in _figures(policy) if not _same(connection, table, rows, policy.version)]


def _same(connection: Connection, table: str, rows: list[dict[str, Any]], version: int) -> bool:
    names = ", ".join(rows[0])
    query = text(f"SELECT {names} FROM guard.{table} WHERE version = :version")  # noqa: S608
    stored = {tuple(row) for row in connection.execute(query, {"version": version})}
    return stored == {tuple(row.values()) for row in rows}


def _describe_records(connection: Connection) -> None:
    """Writes what a record kept as JSON may look like, how long a text may be and which priority ranks above which."""
    connection.exec_driver_sql("DELETE FROM guard.field")
    connection.execute(_FIELD, list(shapes.fields_of_records()))
    run(connection, _OF_THE_PROGRAM)


_FUNCTION = re.compile(
    r"CREATE OR REPLACE FUNCTION guard\.(?P<name>\w+)\(.*?\n *LANGUAGE (?P<language>\w+)"
    r"(?: (?P<volatility>IMMUTABLE|STABLE|VOLATILE))?(?P<owner> SECURITY DEFINER)?"
    r" SET search_path = pg_catalog, pg_temp\s+AS \$\$(?P<says>.*?)\$\$;",
    re.DOTALL,
)
_FIELD = text("INSERT INTO guard.field VALUES (:record, :name, :type, :words, :may_miss, :may_be_null)")
_RISING = ", ".join(f"'{each.value}'" for each in sorted(Priority, key=attrgetter("rank")))
#: What the program's own terms say, as functions.
_OF_THE_PROGRAM = f"""
CREATE OR REPLACE FUNCTION guard.longest() RETURNS integer
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp
AS $$ SELECT {LONGEST_TEXT} $$;

CREATE OR REPLACE FUNCTION guard.rank(priority text) RETURNS integer
LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp
AS $$ BEGIN RETURN array_position(ARRAY[{_RISING}], priority); END $$;
"""
_KNOWN = text("SELECT 1 FROM guard.policy WHERE version = :version")


def _figures(policy: Policy) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    settings = policy.settings
    head = {
        "in_force_from": policy.in_force_from,
        "four_eyes": settings.four_eyes,
        "undo_within": settings.undo_within,
        "reopen_within": settings.reopen_within,
    }
    yield "policy", [{"version": policy.version, **head}]
    yield "offer", _rows(policy, _offers(policy))
    yield "price", _rows(policy, _prices(policy))
    yield "promise", _rows(policy, _promises(policy))
    yield "open_window", _rows(policy, _open_windows(policy))


def _rows(policy: Policy, rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{"version": policy.version, **row} for row in rows]


def _offers(policy: Policy) -> Iterator[dict[str, Any]]:
    for hosting, options in policy.hosting.items():
        for option in options:
            yield {"hosting": hosting.value, "option": option.value}


def _prices(policy: Policy) -> Iterator[dict[str, Any]]:
    for hosting, options in policy.hosting.items():
        if SupportOption.TOKENS in options:
            for priority, tokens in policy.prices[hosting].items():
                yield {"hosting": hosting.value, "priority": priority.value, "tokens": int(tokens)}


def _promises(policy: Policy) -> Iterator[dict[str, Any]]:
    for option, terms in policy.options.items():
        for priority, promises in terms.promises.items():
            for promise in promises:
                yield {
                    "option": option.value,
                    "priority": priority.value,
                    "milestone": promise.milestone.value,
                    "kind": promise.kind.value,
                    "amount": promise.amount // timedelta(microseconds=1),
                    "business": promise.business,
                    "clause": promise.clause.value,
                }


def _open_windows(policy: Policy) -> Iterator[dict[str, Any]]:
    """Every opening with the open time, in microseconds, that lies before it."""
    begin = policy.calendar.next_opening(_FIRST_DAY)
    before = timedelta()
    for span in policy.calendar.spans(begin, policy.calendar.between(begin, _LAST_DAY)):
        yield {
            "opens": span.start,
            "closes": span.end,
            "open_before": before // timedelta(microseconds=1),
        }
        before += span.end - span.start
