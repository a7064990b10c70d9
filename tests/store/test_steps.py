"""Each migration by itself, up and down: the lint looks at a shared database after every step, and takes it back."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import Connection, inspect

from console.policy.errors import Invalid
from console.store import lint, migrate, schema, server
from console.store.address import read as address_of
from console.store.engine import make_engine
from console.store.rights import OWNER
from tests.support import postgres
from tests.support.attacks import NO_WAY
from tests.support.guarded import as_login, employ, libpq

STEPS = (*range(1, schema.KNOWN + 1), *reversed(range(schema.KNOWN)))


@contextmanager
def owning(url: str) -> Iterator[Connection]:
    """One transaction of whoever owns the database."""
    where = address_of(url)
    if where.path is None:
        with server.acting(where, OWNER) as connection:
            yield connection
        return
    engine = make_engine(where)
    with engine.connect().execution_options(console_writing=True) as connection, connection.begin():
        yield connection
    engine.dispose()


def version(url: str) -> int:
    with owning(url) as connection:
        return schema.version_of(connection) or 0


@pytest.fixture(params=["sqlite", "postgresql"])
def bare_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database of each kind without a schema; on the server, with the group roles."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'console.sqlite3'}"
        return
    running: postgres.Server = request.getfixturevalue("postgres_server")
    url = running.url(running.create())
    server.make_roles(address_of(url))
    yield url
    running.drop(url.rsplit("/", 1)[1])


def test_every_step_up_and_down_is_clean(bare_url: str) -> None:
    """Twice, so that what a step down leaves behind would be in the way of the step up."""
    for number in STEPS * 2:
        with owning(bare_url) as connection:
            migrate.step_to(connection, number)
        assert version(bare_url) == number
        if address_of(bare_url).path is None:
            with owning(bare_url) as connection:
                assert lint.structure(connection, number, opened=False) == []
    with owning(bare_url) as connection:
        assert set(inspect(connection).get_table_names()) == {schema.VERSION_TABLE}


@pytest.mark.parametrize(("before", "after"), [(1, 2), (2, 3), (3, 4), (4, 3), (3, 2), (2, 1)])
def test_a_step_that_leaves_something_open_is_taken_back_and_says_so(
    postgres_server: postgres.Server, before: int, after: int
) -> None:
    url = postgres_server.url(postgres_server.create())
    server.make_roles(address_of(url))
    with owning(url) as connection:
        migrate.step_to(connection, before)
        connection.exec_driver_sql("CREATE FUNCTION public.mine() RETURNS int LANGUAGE sql AS 'SELECT 1'")
        connection.exec_driver_sql("GRANT EXECUTE ON FUNCTION public.mine() TO PUBLIC")
    with (
        pytest.raises(
            Invalid, match=rf"The step to schema {after} was taken back.*public\.mine may be called by PUBLIC"
        ),
        owning(url) as connection,
    ):
        migrate.step_to(connection, after)
    assert version(url) == before
    postgres_server.drop(url.rsplit("/", 1)[1])


def test_what_an_upgrade_leaves_open_is_taken_back_with_it(postgres_url: str) -> None:
    """Schema, guards and grants come in one transaction: a finding leaves the database as it was."""
    with server.acting(address_of(postgres_url)) as connection:
        connection.exec_driver_sql("CREATE TABLE guard.extra (x int)")
    with pytest.raises(Invalid, match=r"guard\.extra belongs to postgres"):
        server.upgrade(postgres_url)
    with server.acting(address_of(postgres_url)) as connection:
        connection.exec_driver_sql("DROP TABLE guard.extra")
        assert lint.structure(connection, schema.KNOWN, opened=True) == []


def test_a_guarded_database_is_closed_on_the_way_down_and_opened_on_the_way_up(postgres_url: str) -> None:
    """Nobody ever meets a shared database without its guards."""
    employ(postgres_url)
    for number in (2, 3, 4):
        with owning(postgres_url) as connection:
            migrate.step_to(connection, number)
        with psycopg.connect(libpq(as_login(postgres_url, "alex"))) as alex:
            for attempt in (
                "SELECT * FROM public.ticket",
                "INSERT INTO public.fact DEFAULT VALUES",
                "SELECT guard.stamp()",
            ):
                with pytest.raises(psycopg.Error, match=NO_WAY):
                    alex.execute(attempt)
                alex.rollback()
    server.upgrade(postgres_url)
    with psycopg.connect(libpq(as_login(postgres_url, "alex"))) as alex:
        assert alex.execute("SELECT count(*) FROM ticket").fetchone() == (0,)
    with server.acting(address_of(postgres_url)) as connection:
        assert lint.structure(connection, schema.KNOWN, opened=True) == []
