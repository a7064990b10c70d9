"""A local database carried to a shared one: the same rows, and work goes on behind the guards."""

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql

from console import paths
from console.policy.errors import Invalid, Problem, Unavailable
from console.policy.terms import Hosting, Priority, SupportOption
from console.services import keeping, moving, people, people_list, progress, tokens, triage
from console.services.importing import Format, preset
from console.services.importing.load import load
from console.services.people import Person
from console.services.sweep import sweep
from console.services.ticket_view import ticket_view
from console.store import schema
from console.store.engine import open_store
from tests.services.test_hostile import ACTS, LONG, TEXTS
from tests.support import postgres
from tests.support.desks import ALEX, IRA, MORGAN, NOON, HandClock, Office, office
from tests.support.guarded import guarded_office, libpq

UNEVEN = NOON.replace(microsecond=123_457)
COUNTED = ("account", "contact", "deadline", "entry", "fact", "person", "request", "ticket")


def _fill(at: Office, folder: Path) -> None:
    """Something in every table: hostile words in every act, people, misses, merges both ways, an import."""
    everybody = at.at(replace(MORGAN, roles=MORGAN.roles | IRA.roles | ALEX.roles))
    account = at.account(balance=5_000)
    at.account("Flat", Hosting.SHARED, SupportOption.FLAT_RATE_USERS)
    for name, words in TEXTS.items():
        at.clock.advance(seconds=7, microseconds=1)
        for act, do in ACTS.items():
            if name == "megabyte" and act != "reply":
                continue
            ticket = at.number(people.account(everybody, account.id), Priority.EMERGENCY)
            with suppress(Problem):
                do(everybody, words, account.id, ticket, everybody.new_key())
    first, second, third = (at.number(people.account(everybody, account.id)) for _ in range(3))
    progress.merge(everybody, first, second, everybody.new_key())
    progress.merge(everybody, third, second, everybody.new_key())
    at.clock.advance(days=3)
    assert sweep(everybody).credited > 0
    for who in (IRA, ALEX, MORGAN):
        person = Person(login=who.login, name=f"{who.name} Ortiz", roles=who.roles)
        people_list.save_person(everybody, person, everybody.new_key())
    example = Path(shutil.copy(paths.resources() / "import" / "example.csv", folder))
    assert load(everybody, example, preset(Format.CONSOLE_CSV)).added > 0
    with at.desk.store.work(IRA) as work:
        work.settings.set("colour", "green")


@pytest.fixture(scope="session")
def filled(empty_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A closed local database with something in every table."""
    folder = tmp_path_factory.mktemp("filled")
    file = Path(shutil.copy(empty_sqlite, folder / "console.sqlite3"))
    with office(f"sqlite:///{file}", HandClock(UNEVEN)) as opened:
        _fill(opened, folder)
    with closing(sqlite3.connect(file)) as plain:
        plain.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return file


@pytest.fixture
def local(filled: Path, tmp_path: Path) -> str:
    """The URL of a local database with something in every table."""
    return f"sqlite:///{shutil.copy(filled, tmp_path / 'console.sqlite3')}"


@pytest.fixture
def shared(postgres_server: postgres.Server) -> Iterator[str]:
    """The URL of a shared database as ``server init`` leaves it, its policy and all."""
    from console.services.server import set_up

    name = postgres_server.create()
    set_up(postgres_server.url(name))
    yield postgres_server.url(name)
    postgres_server.drop(name)


def _here(url: str, query: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as plain:
        return plain.execute(query).fetchall()


def _there(url: str, query: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(libpq(url)) as plain:
        return plain.execute(sql.SQL(query)).fetchall()  # type: ignore[arg-type]


def _change(url: str, *statements: str) -> None:
    with psycopg.connect(libpq(url)) as plain:
        for statement in statements:
            plain.execute(sql.SQL(statement))  # type: ignore[arg-type]


def _change_here(url: str, *statements: str) -> None:
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as plain, plain:
        for (name,) in plain.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            plain.execute(f"DROP TRIGGER {name}")
        for statement in statements:
            plain.execute(statement)


def _check(url: str) -> list[Any]:
    store = open_store(url)
    try:
        with store.read() as read:
            return read.check()
    finally:
        store.close()


def _nothing_moved(local: str, shared: str) -> bool:
    """Nothing there, and here work goes on."""
    store = open_store(local)
    with store.work(ALEX) as work:
        here = work.settings.get("moved_to")
    store.close()
    there = [_there(shared, f"SELECT count(*) FROM {table}")[0][0] for table in COUNTED]
    return here is None and not any(there) and _there(shared, "SELECT last FROM counter") == [(0,)]


def test_every_row_arrives_as_it_was(local: str, shared: str) -> None:
    done = moving.move(local, shared)
    assert all(done.counts.values()), done.counts
    assert _check(local) == []
    assert _check(shared) == []
    for query in (
        "SELECT account_id, seq, hash, prev_hash, actor_name FROM entry ORDER BY id",
        "SELECT number, kind, actor_name FROM fact ORDER BY number",
        "SELECT id, subject, words, credited, merged_into FROM ticket ORDER BY id",
        "SELECT id, name, balance, last_seq, last_hash FROM account ORDER BY id",
        "SELECT version, document, added_by FROM policy_version",
    ):
        assert _there(shared, query) == _here(local, query)
    micro = "extract(epoch FROM recorded_at) * 1000000"
    assert [(int(at),) for (at,) in _there(shared, f"SELECT {micro} FROM entry ORDER BY id")] == _here(
        local, "SELECT recorded_at FROM entry ORDER BY id"
    )
    (merged,) = _there(shared, "SELECT count(*) FILTER (WHERE merged_into > id), count(*) FROM ticket"
                               " WHERE merged_into IS NOT NULL")  # fmt: skip
    assert merged == (1, 2)


def test_work_goes_on_behind_the_guards(local: str, shared: str, postgres_server: postgres.Server) -> None:
    postgres_server.set_up(shared)
    postgres_server.dismiss()
    done = moving.move(local, shared)
    assert {"alex", "ira", "morgan"} <= {each.login for each in (*done.without_login, *done.without_groups)}
    ((last_ticket, last_fact, last_entry),) = _there(
        shared,
        "SELECT (SELECT max(id) FROM ticket), (SELECT max(number) FROM fact), (SELECT max(id) FROM entry)",
    )
    with guarded_office(shared) as there:
        there.clock.now = UNEVEN.replace(day=30)
        alex, morgan = there.at(ALEX), there.at(MORGAN)
        (account,) = [row for row in tokens.accounts(alex) if row.balance > 0 and row.option == "tokens"][:1]
        known = people.account(alex, account.id)
        number = there.number(known, Priority.EMERGENCY)
        assert number == last_ticket + 1
        triage.demote(alex, number, ["partial"], LONG, None, alex.new_key())
        tokens.record_purchase(morgan, known.id, 7, "INV-AFTER", None, morgan.new_key())
        late = there.number(known, Priority.EMERGENCY)
        there.clock.advance(days=2)
        assert sweep(alex).credited > 0
        assert ticket_view(alex, late).ticket.is_free
        assert keeping.check(alex) == []
        people.save_account(alex, replace(known, id=0, name="New", contacts=()), alex.new_key())
    after = "SELECT min(number) FROM fact WHERE number > %d"
    assert _there(shared, after % last_fact) == [(last_fact + 1,)]
    assert _there(shared, f"SELECT min(id) FROM entry WHERE id > {last_entry}") == [(last_entry + 1,)]


def test_an_empty_database_is_set_up_first(local: str, empty_postgres_url: str) -> None:
    done = moving.move(local, empty_postgres_url)
    assert any("from a new database" in line for line in done.done)
    assert _check(empty_postgres_url) == []


def test_a_moved_database_is_only_read_also_by_consoles_that_were_open(local: str, shared: str) -> None:
    with office(local) as before:
        account = tokens.accounts(before.desk)[0]
        moving.move(local, shared)
        with pytest.raises(Unavailable, match=r"were moved to the shared database .* work goes on there"):
            people.add_contact(before.desk, account.id, people.Contact(id=0, name="Zoe"), "key")
        assert tokens.accounts(before.desk)[0] == account
    with office(local) as after:
        assert "were moved to" in after.desk.why_only_reading()
    with pytest.raises(Unavailable, match="were moved to"):
        moving.move(local, shared)


def test_a_rehearsal_carries_everything_and_leaves_the_local_database_as_it_is(
    local: str, shared: str
) -> None:
    done = moving.move(local, shared, rehearse=True)
    assert (all(done.counts.values()), _check(shared)) == (True, [])
    assert "This was a rehearsal" in done.done[-1]
    with office(local) as after:
        assert after.desk.why_only_reading() == ""
        account = tokens.accounts(after.desk)[0]
        people.add_contact(after.desk, account.id, people.Contact(id=0, name="Zoe"), "key")
    with pytest.raises(Invalid, match="was used already, and what it holds is not this"):
        moving.move(local, shared)


def test_a_move_that_lost_only_its_last_step_is_finished_by_running_it_again(local: str, shared: str) -> None:
    moving.move(local, shared)
    _change_here(local, "DELETE FROM setting WHERE key = 'moved_to'")
    again = moving.move(local, shared)
    assert (again.counts, "holds every row of it already" in again.done[0]) == ({}, True)
    with office(local) as after:
        assert "were moved to" in after.desk.why_only_reading()


def test_a_move_is_not_finished_where_something_else_lies(local: str, shared: str) -> None:
    moving.move(local, shared)
    _change_here(local, "DELETE FROM setting WHERE key = 'moved_to'")
    _change(shared, "DELETE FROM contact WHERE id = (SELECT max(id) FROM contact)")
    with pytest.raises(
        Invalid, match=r"was used already, and what it holds is not this \(contact [0-9]+ is only here\)"
    ):
        moving.move(local, shared)
    with office(local) as after:
        assert after.desk.why_only_reading() == ""


@pytest.mark.parametrize("table", ["ticket", "fact", "setting"])
def test_killed_in_the_middle_nothing_has_moved_and_it_can_be_done_again(
    local: str, shared: str, table: str
) -> None:
    with psycopg.connect(libpq(shared)) as other:
        other.execute(sql.SQL(f"LOCK TABLE {table} IN SHARE MODE"))  # type: ignore[arg-type]
        command = [sys.executable, "-m", "console", "move", "--from", local, "--to", shared]
        mover = subprocess.Popen(command, stdout=subprocess.DEVNULL, env={**os.environ})
        waiting = "SELECT 1 FROM pg_locks l WHERE NOT granted AND relation = %s::regclass"
        until = time.monotonic() + 60
        while not other.execute(waiting, (table,)).fetchone():
            assert mover.poll() is None
            assert time.monotonic() < until
            time.sleep(0.05)
        mover.send_signal(signal.SIGKILL)
        mover.wait()
    _until_alone(shared)
    assert _nothing_moved(local, shared)
    assert moving.move(local, shared).counts["entry"] > 100
    assert _check(shared) == []


def _until_alone(url: str) -> None:
    others = (
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    until = time.monotonic() + 20
    while _there(url, others) != [(0,)]:
        assert time.monotonic() < until
        time.sleep(0.05)


@pytest.mark.parametrize(
    ("bent", "sentence"),
    [
        ("INSERT INTO person VALUES ('x', 'X', true)", "was used already"),
        ("UPDATE alembic_version SET version_num = '0002'", "Run support-console server upgrade first"),
        ("ALTER TABLE contact ALTER COLUMN name TYPE char(400)", "contact 1 differs there in name"),
    ],
)
def test_a_target_that_is_not_as_it_should_be_is_left_alone(
    local: str, shared: str, bent: str, sentence: str
) -> None:
    _change(shared, bent)
    with pytest.raises(Invalid, match=sentence):
        moving.move(local, shared)
    if "person" not in bent:
        _change(shared, f"UPDATE alembic_version SET version_num = '{schema.KNOWN:04}'")
        assert _nothing_moved(local, shared)


@pytest.mark.parametrize(
    ("bent", "sentence"),
    [
        ("UPDATE entry SET tokens = tokens + 1 WHERE id = 2", "does not add up: entry 2"),
        ("UPDATE contact SET email = 'a' || char(0) WHERE id = 1", "holds what a shared database cannot"),
        (
            "UPDATE fact SET data = json_set(data, '$.words', json('\"\\ud800\"')) WHERE number = 1",
            "fact holds what a shared database cannot: invalid .* json, fact, line 1, column data. Nothing",
        ),
    ],
)
def test_a_source_that_cannot_be_carried_stays(local: str, shared: str, bent: str, sentence: str) -> None:
    _change_here(local, bent)
    with pytest.raises(Invalid, match=sentence):
        moving.move(local, shared)
    assert _nothing_moved(local, shared)


def test_what_cannot_be_moved_at_all(
    local: str, shared: str, empty_postgres_url: str, tmp_path: Path
) -> None:
    with pytest.raises(Invalid, match="never back"):
        moving.move(shared, local)
    with pytest.raises(Invalid, match="is a local one"):
        moving.move(local, f"sqlite:///{tmp_path / 'other.sqlite3'}")
    with pytest.raises(Invalid, match="There is no database at"):
        moving.move(f"sqlite:///{tmp_path / 'none.sqlite3'}", shared)
    _change(empty_postgres_url, "CREATE TABLE theirs (x int)")
    with pytest.raises(Invalid, match="tables of another program"):
        moving.move(local, empty_postgres_url)
    with pytest.raises(Unavailable):
        moving.move(local, "postgresql://nobody@127.0.0.1:9/none")
    assert _nothing_moved(local, shared)
