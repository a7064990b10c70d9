"""Sessions that keep others waiting at a shared database (``guards/sessions.sql``): who they are, and ending one."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Connection, text

from console.policy.errors import Invalid


@dataclass(frozen=True, slots=True)
class Holder:
    """Somebody's session whose transaction has been open since ``since`` and waits for nobody.

    ``writing``: it holds rows that others want to change; else it only keeps an upgrade waiting.
    """

    pid: int
    login: str
    name: str
    since: datetime
    writing: bool

    def in_words(self, clock: Callable[[datetime], str]) -> str:
        """``"Mallory has held an unfinished change since 10:40 AM"``."""
        held = "held an unfinished change" if self.writing else "been reading"
        return f"{self.name} has {held} since {clock(self.since)}"


def require_known(connection: Connection, where: str) -> None:
    """Raises ``Invalid`` when the database is empty, or of a release that could not tell who keeps others waiting."""
    if not connection.execute(text("SELECT to_regprocedure('guard.holders()') IS NOT NULL")).scalar_one():
        raise Invalid(
            f"{where} cannot tell yet who keeps others waiting: that comes with support-console server upgrade. Until "
            "then the server's own pg_stat_activity tells it."
        )


def holders(connection: Connection) -> list[Holder]:
    """Those sessions, the one that has been at it longest first."""
    found = connection.execute(text("SELECT pid, login, name, since, writing FROM guard.holders()"))
    return [Holder(row.pid, row.login, row.name, row.since.astimezone(UTC), row.writing) for row in found]


def end_session(connection: Connection, pid: int) -> str:
    """Ends one of them; the name of whose it was. A supervisor or an administrator may."""
    return str(connection.execute(text("SELECT guard.end_session(:pid)"), {"pid": pid}).scalar_one())


def utc_clock(at: datetime) -> str:
    """``"10:40 UTC"``: for words that are not shown in a window, which has a zone of its own."""
    return f"{at.astimezone(UTC):%H:%M} UTC"
