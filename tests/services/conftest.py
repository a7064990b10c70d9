"""An office at both kinds of database, each a copy of an empty one: migrating anew for every test would take longer."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support import postgres
from tests.support.desks import Office
from tests.support.desks import office as office_at
from tests.support.guarded import guarded_office as guarded_office_at


def _prepare(url: str) -> None:
    with office_at(url):
        pass


@pytest.fixture(scope="session")
def empty_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A local database with the schema and the policy, to be copied."""
    path = tmp_path_factory.mktemp("empty") / "console.sqlite3"
    _prepare(f"sqlite:///{path}")
    return path


@pytest.fixture
def postgres_office(postgres_server: postgres.Server, empty_postgres: str) -> Iterator[Office]:
    """An office at a shared database."""
    name = postgres_server.create(empty_postgres)
    with office_at(postgres_server.url(name)) as opened:
        yield opened
    postgres_server.drop(name)


@pytest.fixture
def local_office(sqlite_url: str, empty_sqlite: Path) -> Iterator[Office]:
    """An office at a local database only, where the kind of database makes no difference."""
    shutil.copy(empty_sqlite, sqlite_url.removeprefix("sqlite:///"))
    with office_at(sqlite_url) as opened:
        yield opened


@pytest.fixture
def guarded_office(postgres_server: postgres.Server, empty_postgres: str) -> Iterator[Office]:
    """An office at a shared database where everybody works with a login of their own."""
    name = postgres_server.create(empty_postgres)
    with guarded_office_at(postgres_server.url(name)) as opened:
        yield opened
    postgres_server.drop(name)


@pytest.fixture(params=["local_office", "postgres_office"], ids=["sqlite", "postgresql"])
def owners_office(request: pytest.FixtureRequest) -> Office:
    """An office whose one login owns the database: for imports, and where a test plays several people at one desk."""
    opened: Office = request.getfixturevalue(request.param)
    return opened


@pytest.fixture(
    params=["local_office", "postgres_office", "guarded_office"], ids=["sqlite", "postgresql", "guarded"]
)
def office(request: pytest.FixtureRequest) -> Office:
    opened: Office = request.getfixturevalue(request.param)
    return opened
