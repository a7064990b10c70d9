"""``support-console server sessions`` and ``end``: who keeps others waiting, and ending that."""

import time
from collections.abc import Iterator

import psycopg
import pytest

from tests.cli.conftest import Run
from tests.support.guarded import GuardedOffice, as_login, guarded_office, libpq


@pytest.fixture
def at(guarded_url: str) -> Iterator[GuardedOffice]:
    with guarded_office(guarded_url) as opened:
        yield opened


def test_a_session_is_listed_with_its_holder_and_ended_by_a_supervisor(at: GuardedOffice, run: Run) -> None:
    at.account()
    rosa, priya = as_login(at.url, "rosa"), as_login(at.url, "priya")
    assert run("--database", rosa, "server", "sessions").out == "Nobody keeps others waiting.\n"
    max_ = psycopg.connect(libpq(as_login(at.url, "max")))
    max_.execute("SELECT 1 FROM account FOR UPDATE")
    time.sleep(1.1)
    listed = run("--database", priya, "server", "sessions").out
    assert listed.startswith(f"{max_.info.backend_pid}  Max has held an unfinished change since ")
    assert listed.endswith(" UTC (login max)\n")
    (as_data,) = run("--database", rosa, "server", "sessions", "--json").json()["sessions"]
    assert (as_data["login"], as_data["writing"]) == ("max", True)
    number = str(as_data["pid"])
    refused = run("--database", priya, "server", "end", number)
    assert (refused.code, "needs the login of a supervisor" in refused.err) == (2, True)
    done = run("--database", rosa, "server", "end", number)
    assert (done.code, done.out) == (0, "The session of Max was ended; what it had not saved is undone.\n")
    with pytest.raises(psycopg.OperationalError):
        max_.execute("SELECT 1")
    max_.close()
    again = run("--database", rosa, "server", "end", number)
    assert (again.code, "no such session" in again.err) == (2, True)


def test_sessions_are_listed_and_ended_while_an_upgrade_waits_for_them(at: GuardedOffice, run: Run) -> None:
    """What ``server upgrade`` tells its owner to do when somebody keeps it waiting."""
    at.account()
    with psycopg.connect(libpq(at.url), autocommit=True) as owner:
        owner.execute("UPDATE alembic_version SET version_num = '0002'")
    max_ = psycopg.connect(libpq(as_login(at.url, "max")))
    max_.execute("SELECT 1 FROM account FOR UPDATE")
    time.sleep(1.1)
    listed = run("--database", at.url, "server", "sessions")
    number = str(max_.info.backend_pid)
    assert (listed.code, listed.out.startswith(f"{number}  Max has held")) == (0, True)
    done = run("--database", at.url, "server", "end", number)
    assert (done.code, done.out) == (0, "The session of Max was ended; what it had not saved is undone.\n")
    max_.close()


def test_an_empty_database_knows_no_sessions(empty_postgres_url: str, run: Run) -> None:
    listed = run("--database", empty_postgres_url, "server", "sessions")
    assert (listed.code, "cannot tell yet who keeps others waiting" in listed.err) == (2, True)
