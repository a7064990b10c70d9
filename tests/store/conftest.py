"""Stores on both databases: each test gets a fresh copy of a database that was migrated once."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from console.store.engine import Store, open_store
from tests.store.acts import Clock
from tests.support import attacks, postgres


def _migrate(url: str) -> None:
    open_store(url).close()


@pytest.fixture(scope="module")
def place(postgres_server: postgres.Server) -> Iterator[attacks.Scene]:
    """A shared database whose clock a story may move, with real logins."""
    with attacks.scene(postgres_server) as made:
        yield made


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated, closed SQLite file."""
    file = tmp_path_factory.mktemp("template") / "console.sqlite3"
    _migrate(f"sqlite:///{file}")
    return file


@pytest.fixture(scope="session")
def postgres_template(postgres_server: postgres.Server) -> str:
    """The name of a migrated PostgreSQL database."""
    return postgres_server.template(postgres_server.set_up)


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a migrated, empty database of each kind."""
    if request.param == "sqlite":
        file = tmp_path / "console.sqlite3"
        shutil.copyfile(request.getfixturevalue("sqlite_template"), file)
        yield f"sqlite:///{file}"
        return
    running: postgres.Server = request.getfixturevalue("postgres_server")
    name = running.create(request.getfixturevalue("postgres_template"))
    yield running.url(name)
    running.drop(name)


@pytest.fixture
def clock() -> Clock:
    """A clock that stands at a Monday morning."""
    return Clock()


@pytest.fixture
def store(url: str, clock: Clock) -> Iterator[Store]:
    """An open store of each kind with a clock that the test moves."""
    opened = open_store(url, clock=clock)
    yield opened
    opened.close()


@pytest.fixture
def local(sqlite_template: Path, tmp_path: Path) -> Path:
    """A migrated SQLite file that nobody has open."""
    file = tmp_path / "console.sqlite3"
    shutil.copyfile(sqlite_template, file)
    file.chmod(0o600)
    return file


@pytest.fixture(scope="module")
def scene(postgres_server: postgres.Server) -> Iterator[attacks.Scene]:
    """A shared database with a story on it, and everybody's psql."""
    with attacks.scene(postgres_server) as made:
        yield made
