"""An office at a shared database where everybody works with a login of their own, and the guards look on.

The server's clock is set by hand there: the owner replaces the one function that every guard asks for the time.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import datetime

import psycopg
from sqlalchemy import text

from console.bootstrap import load_policies
from console.policy.actor import Actor
from console.services.desk import Desk
from console.store import server
from console.store.address import read as address_of
from console.store.engine import Store, open_store
from tests.support.desks import ALEX, IRA, MAX, MORGAN, NOON, PRIYA, ROSA, HandClock, Office
from tests.support.postgres import PASSWORD

PEOPLE = (ALEX, PRIYA, MORGAN, MAX, ROSA, IRA)

_CLOCK = """
CREATE TABLE IF NOT EXISTS guard.hand (at timestamptz NOT NULL);
CREATE OR REPLACE FUNCTION guard.clock() RETURNS timestamptz
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$ BEGIN RETURN (SELECT h.at FROM guard.hand h); END $$;
"""


class ServersClock(HandClock):
    """A hand clock whose hands are those of the server."""

    def __init__(self, url: str, now: datetime = NOON) -> None:
        self._hands = psycopg.connect(libpq(url), autocommit=True)
        self._hands.execute("SET ROLE console_owner")
        self._hands.execute(_CLOCK)
        self._hands.execute("DELETE FROM guard.hand")
        self._hands.execute("INSERT INTO guard.hand VALUES (%s)", (now,))
        super().__init__(now)

    def __setattr__(self, name: str, value: object) -> None:
        super().__setattr__(name, value)
        if name == "now":
            self._hands.execute("UPDATE guard.hand SET at = %s", (value,))

    def close(self) -> None:
        self._hands.close()


@dataclass
class GuardedOffice(Office):
    """An office where ``at`` gives a desk signed in as that person."""

    url: str = ""
    stores: dict[str, Store] = field(default_factory=dict)

    def at(self, who: Actor) -> Desk:
        if who.login not in self.stores:
            self.stores[who.login] = open_store(as_login(self.url, who.login))
        return replace(self.desk, actor=who, store=self.stores[who.login])


@contextmanager
def guarded_office(url: str) -> Iterator[GuardedOffice]:
    """An office at the shared database ``url`` (of its owner), which is set up already."""
    employ(url)
    clock = ServersClock(url)
    owners = open_store(url)
    policies = load_policies(owners)
    owners.close()
    alex = open_store(as_login(url, ALEX.login))
    office = GuardedOffice(Desk(alex, policies, ALEX), clock, url, {ALEX.login: alex})
    try:
        yield office
    finally:
        for store in office.stores.values():
            store.close()
        clock.close()


@contextmanager
def holding(at: GuardedOffice) -> Iterator[psycopg.Connection]:
    """Max with psql holds every account and does not commit, for so long that it is noticed."""
    connection = psycopg.connect(libpq(as_login(at.url, MAX.login)))
    connection.execute("SELECT 1 FROM account FOR UPDATE")
    time.sleep(1.1)
    yield connection
    connection.close()


def employ(url: str) -> None:
    """Puts the people of the tests on the People list, in the groups of their roles."""
    with server.acting(address_of(url)) as connection:
        for who in (IRA, *PEOPLE):
            connection.execute(
                text("SELECT guard.save_person(:login, :name, true, :roles)"),
                {"login": who.login, "name": who.name, "roles": sorted(role.value for role in who.roles)},
            )


def give_login(store: Store, *logins: str) -> None:
    """Logins on the server of a shared ``store``, where there are none yet; nothing at a local one."""
    if store.kind == "postgresql":
        with store.work(ALEX) as work:
            known = set(work.connection.execute(text("SELECT rolname FROM pg_roles")).scalars())
            quote = work.connection.dialect.identifier_preparer.quote_identifier
            for login in {*logins} - known:
                work.connection.exec_driver_sql(f"CREATE ROLE {quote(login)} LOGIN")


def as_login(url: str, login: str) -> str:
    """The same database with that person's login."""
    with suppress(ValueError):
        head, rest = url.split("://", 1)
        return f"{head}://{login}:{PASSWORD}@{rest.split('@', 1)[1]}"
    raise ValueError(url)


def bare(url: str, login: str) -> str:
    """The address of that login without a password."""
    return as_login(url, login).replace(f":{PASSWORD}@", "@")


def libpq(url: str) -> str:
    """The URL as psycopg takes it."""
    return url.replace("postgresql+psycopg://", "postgresql://")
