"""Fixtures for every layer: databases of both kinds, no display needed, folders that are never the user's."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support import postgres

# Before anything loads Qt. Set CONSOLE_TEST_QPA=xcb to watch the window's tests on a screen.
os.environ["QT_QPA_PLATFORM"] = os.environ.get("CONSOLE_TEST_QPA", "offscreen")
os.environ.setdefault("QT_LOGGING_RULES", "qt.qpa.fonts.warning=false")
# No test looks into a person's keyring; one that needs a keyring brings its own.
os.environ["PYTHON_KEYRING_BACKEND"] = "keyring.backends.fail.Keyring"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--bundle", default=None, help="the folder of a frozen program to test instead of building one"
    )


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[postgres.Server]:
    """A real PostgreSQL server, one for each test process; see tests/support/postgres.py."""
    with postgres.server() as running:
        yield running


@pytest.fixture
def postgres_url(postgres_server: postgres.Server) -> Iterator[str]:
    """The URL of a fresh shared database, set up and without tickets, removed after the test."""
    url = postgres_server.console()
    yield url
    postgres_server.drop(url.rsplit("/", 1)[1])


@pytest.fixture(scope="session")
def empty_postgres(postgres_server: postgres.Server) -> str:
    """The name of a PostgreSQL database with the schema and the policy, to be copied."""

    def prepare(url: str) -> None:
        from tests.support.desks import office

        postgres_server.set_up(url)
        with office(url):
            pass

    return postgres_server.template(prepare)


@pytest.fixture
def guarded_url(postgres_server: postgres.Server, empty_postgres: str) -> Iterator[str]:
    """The URL of a fresh shared database with the policy, removed after the test: for a ``guarded_office``."""
    url = postgres_server.copy(empty_postgres)
    yield url
    postgres_server.drop(url.rsplit("/", 1)[1])


@pytest.fixture
def empty_postgres_url(postgres_server: postgres.Server) -> Iterator[str]:
    """The URL of a PostgreSQL database with nothing in it, removed after the test; no group has anybody in it."""
    postgres_server.dismiss()
    name = postgres_server.create()
    yield postgres_server.url(name)
    postgres_server.drop(name)


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """The URL of a SQLite file that does not exist yet."""
    return f"sqlite:///{tmp_path / 'console.sqlite3'}"


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """The URL of a fresh, empty database: the test runs once on SQLite and once on PostgreSQL."""
    name = "sqlite_url" if request.param == "sqlite" else "postgres_url"
    url: str = request.getfixturevalue(name)
    return url


@pytest.fixture(autouse=True)
def no_folder_of_the_user(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every platform folder lies under a temporary one, so that no test can touch a person's data."""
    home = tmp_path_factory.getbasetemp() / "home"
    home.mkdir(exist_ok=True)
    monkeypatch.setenv("HOME", str(home))
    for variable in ("XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME"):
        monkeypatch.delenv(variable, raising=False)
