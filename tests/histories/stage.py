"""Where histories happen: a guarded database, its clock that runs ahead by hand, and the desks of the clients."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from threading import Condition, Lock

import psycopg

from console.bootstrap import load_policies
from console.policy.actor import Actor
from console.services.desk import Desk
from console.store.engine import Store, open_store
from tests.histories.cuts import Cutter
from tests.support import postgres
from tests.support.desks import MORGAN, NOON
from tests.support.guarded import as_login, employ, libpq

_RUNNING_CLOCK = """
CREATE TABLE guard.hand (ahead interval NOT NULL);
CREATE OR REPLACE FUNCTION guard.clock() RETURNS timestamptz
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$ BEGIN RETURN clock_timestamp() + (SELECT h.ahead FROM guard.hand h); END $$;
"""


class RunningClock:
    """The server's clock, which runs and can be set ahead; its owner moves the hands, and no client can.

    ``earliest`` and ``latest`` lie around what the server would say now, even while the hands are being moved.
    """

    def __init__(self, url: str, start: datetime = NOON) -> None:
        self._moving = Lock()
        self._least = self._most = start - datetime.now(UTC)
        self._hands = psycopg.connect(libpq(url), autocommit=True)
        self._hands.execute("SET ROLE console_owner")
        self._hands.execute(_RUNNING_CLOCK)
        self._hands.execute("INSERT INTO guard.hand VALUES (%s)", (self._least,))

    def earliest(self) -> datetime:
        return datetime.now(UTC) + self._least

    def latest(self) -> datetime:
        return datetime.now(UTC) + self._most

    def advance(self, span: timedelta) -> None:
        with self._moving:
            self._most += span
            self._hands.execute("UPDATE guard.hand SET ahead = %s", (self._most,))
            self._least = self._most

    def close(self) -> None:
        self._hands.close()


class Gate:
    """Acts go on beside each other; who wants quiet waits for those under way and keeps new ones out."""

    def __init__(self) -> None:
        self._changed = Condition()
        self._acting = 0
        self._quiet = False

    @contextmanager
    def acting(self) -> Iterator[None]:
        with self._changed:
            self._changed.wait_for(lambda: not self._quiet)
            self._acting += 1
        try:
            yield
        finally:
            with self._changed:
                self._acting -= 1
                self._changed.notify_all()

    @contextmanager
    def quiet(self) -> Iterator[None]:
        with self._changed:
            self._changed.wait_for(lambda: not self._quiet)
            self._quiet = True
            self._changed.wait_for(lambda: self._acting == 0)
        try:
            yield
        finally:
            with self._changed:
                self._quiet = False
                self._changed.notify_all()


@dataclass(frozen=True, slots=True)
class Seat:
    """A desk with a connection of its own, and what cuts that connection."""

    desk: Desk
    cutter: Cutter


@dataclass
class Stage:
    """A database on which histories happen one after the other, with desks that stay open between them."""

    url: str
    desk: Desk
    clock: RunningClock
    open_as: Callable[[str], Store]
    gate: Gate = field(default_factory=Gate)
    _seats: dict[tuple[str, str], Seat] = field(default_factory=dict)

    def seat(self, who: Actor, place: str) -> Seat:
        """The desk at ``place`` with ``who`` signed in by their own login; made when it is first asked for."""
        if (who.login, place) not in self._seats:
            store = self.open_as(who.login)
            self._seats[who.login, place] = Seat(replace(self.desk, store=store, actor=who), Cutter(store))
        return self._seats[who.login, place]

    def collisions(self) -> list[str]:
        """What the server said since this was asked last, ending acts that waited for each other."""
        said = []
        for seat in self._seats.values():
            said += seat.cutter.collisions
            seat.cutter.collisions.clear()
        return said

    def leave(self) -> None:
        """Everybody goes home: no connection stays but the hands of the clock."""
        for seat in self._seats.values():
            seat.desk.store.close()
        self._seats.clear()
        self.desk.store.close()


def staffed(server: postgres.Server) -> str:
    """The URL of a fresh guarded database with its policy and the people of the tests."""
    url = server.console()
    employ(url)
    owners = open_store(url)
    load_policies(owners)
    owners.close()
    return url


@contextmanager
def stage(server: postgres.Server) -> Iterator[Stage]:
    """A fresh guarded database with the people of the tests, dropped afterwards."""
    url = staffed(server)
    clock = RunningClock(url)
    open_as = lambda login: open_store(as_login(url, login))  # noqa: E731
    morgans = open_as(MORGAN.login)
    opened = Stage(url, Desk(morgans, load_policies(morgans), MORGAN), clock, open_as)
    try:
        yield opened
    finally:
        opened.leave()
        clock.close()
        server.drop(url.rsplit("/", 1)[1].split("?", 1)[0])
