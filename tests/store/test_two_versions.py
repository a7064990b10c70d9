"""Two versions of the program at one shared database: each says plainly what is to be done, and none harms it."""

import os
import signal
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path
from re import findall

import psycopg
import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, event, text
from sqlalchemy.engine import Engine

from console.policy.errors import Invalid, Unavailable
from console.store import guards, migrate, schema, server
from console.store.address import read as address_of
from console.store.engine import open_store
from console.store.listening import Beat, Listening
from console.store.lost import Lost, TooNew
from tests.store import acts
from tests.store.acts import ALEX
from tests.support.guarded import as_login, employ, libpq

NEWEST = f"{schema.KNOWN:04}"


@contextmanager
def owner(url: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(libpq(url), autocommit=True) as connection:
        yield connection


def is_newer(url: str, *, least_read: int, least_write: int) -> None:
    """What a later release leaves behind: its schema's number, and which console it needs at least."""
    with owner(url) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '0014'")
        for act, number in (("read", least_read), ("write", least_write)):
            connection.execute(
                "UPDATE least_console SET schema_number = %s, version = '9.1' WHERE act = %s", (number, act)
            )


def to_earlier(connection: Connection, revision: str) -> None:
    """The schema as an earlier release made it."""
    config = Config()
    config.set_main_option("script_location", str(migrate._SCRIPTS))
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


@pytest.fixture
def earlier(empty_postgres_url: str) -> str:
    """A database of the second schema, with a story on it: what an upgrade finds."""
    with server.acting(address_of(empty_postgres_url)) as connection:
        guards.run_script(connection, "roles.sql")
    with server.acting(address_of(empty_postgres_url), server.OWNER) as connection:
        to_earlier(connection, "0002")
        connection.execute(text("INSERT INTO setting VALUES ('story', 'told')"))
    return empty_postgres_url


def found(url: str) -> tuple[str, str | None, bool]:
    """The schema's number, the story, and whether a table of the third schema is there."""
    with owner(url) as connection:
        number = connection.execute("SELECT version_num FROM alembic_version").fetchone()
        story = connection.execute("SELECT value FROM setting WHERE key = 'story'").fetchone()
        third = connection.execute("SELECT to_regclass('public.least_console')").fetchone()
        assert number is not None
        assert third is not None
        return number[0], story and story[0], third[0] is not None


# --- An older console at a newer database ------------------------------------------------------------------------


def test_an_older_console_still_writes_where_the_newer_schema_lets_it(postgres_url: str) -> None:
    is_newer(postgres_url, least_read=3, least_write=3)
    with closing(open_store(postgres_url)) as store:
        acts.account(store)
        assert store.reads_only == ""


def test_an_older_console_only_reads_where_it_may_not_write_and_names_the_version(postgres_url: str) -> None:
    with closing(open_store(postgres_url)) as before:
        account_id = acts.account(before)
    is_newer(postgres_url, least_read=3, least_write=14)
    with closing(open_store(postgres_url)) as store:
        with store.read() as read:
            assert read.account(account_id).balance == 40
        with (
            pytest.raises(Unavailable, match=r"can be read, but not changed.*Support Console 9\.1 or newer"),
            store.work(ALEX),
        ):
            pass


def test_an_older_console_that_may_not_even_read_says_so(postgres_url: str) -> None:
    is_newer(postgres_url, least_read=14, least_write=14)
    with pytest.raises(TooNew, match=rf"schema 14, this program knows {schema.KNOWN}.*Console 9\.1 or newer"):
        open_store(postgres_url)


def test_an_open_console_learns_of_an_upgrade_from_its_next_beat(postgres_url: str) -> None:
    with closing(open_store(postgres_url)) as store:
        is_newer(postgres_url, least_read=3, least_write=14)
        listening = store.listen()
        assert "Support Console 9.1" in store.outdated_by(beat_of(listening).least)
        with pytest.raises(Unavailable, match="can be read, but not changed"), store.work(ALEX):
            pass
        is_newer(postgres_url, least_read=14, least_write=14)
        with pytest.raises(TooNew):
            store.outdated_by(beat_of(listening).least)
        is_newer(postgres_url, least_read=3, least_write=3)
        assert store.outdated_by(beat_of(listening).least) == ""
        listening.close()


def beat_of(listening: Listening) -> Beat:
    listening.beat(None, writing=False, idle=timedelta())
    for _ in range(500):
        heard = listening.read()
        if heard.beat is not None:
            return heard.beat
        time.sleep(0.01)
    raise AssertionError("no beat was answered")


def test_an_older_console_never_upgrades_or_changes_grants(postgres_url: str) -> None:
    is_newer(postgres_url, least_read=3, least_write=3)
    for attempt in (server.set_up, server.upgrade):
        with pytest.raises(TooNew):
            attempt(postgres_url)
    assert found(postgres_url)[0] == "0014"


# --- A newer console at an older database ------------------------------------------------------------------------


def test_a_newer_console_reads_nothing_wrong_and_says_who_upgrades(earlier: str) -> None:
    with pytest.raises(
        Invalid, match=rf"schema 2, this program needs {schema.KNOWN}\. Whoever owns it.*server upgrade"
    ):
        open_store(earlier)
    assert found(earlier) == ("0002", "told", False)


def test_an_upgrade_keeps_what_was_there_and_is_fit_for_work(earlier: str) -> None:
    server.upgrade(earlier)
    employ(earlier)
    assert found(earlier) == (NEWEST, "told", True)
    with closing(open_store(as_login(earlier, "alex"))) as store, store.read() as read:
        assert read.check() == []


# --- While consoles are open -------------------------------------------------------------------------------------


def test_an_upgrade_waits_in_words_for_who_reads_and_goes_through_afterwards(
    earlier: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    time_of(monkeypatch, tries=20)
    with psycopg.connect(libpq(earlier)) as reader:
        reader.execute("SELECT * FROM request")

        def say(words: str) -> None:
            said.append(words)
            if words.startswith("Waiting, try 2"):
                reader.rollback()

        done = server.upgrade(earlier, say)
    waits = [words.split(": ")[0] for words in said if words not in done]
    assert waits == ["Waiting, try 1 of 20", "Waiting, try 2 of 20"]
    assert [words for words in said if words in done] == done
    assert found(earlier) == (NEWEST, "told", True)


def test_an_upgrade_that_is_kept_waiting_for_ever_gives_up_and_leaves_the_old_schema(
    earlier: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    time_of(monkeypatch, tries=2)
    with psycopg.connect(libpq(earlier)) as reader:
        reader.execute("SELECT * FROM request")
        with pytest.raises(Unavailable, match=r"was not upgraded: .*support-console server end"):
            server.upgrade(earlier)
    assert found(earlier) == ("0002", "told", False)


def test_who_keeps_an_upgrade_waiting_is_named(postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The guards are put in anew by every upgrade: that waits for readers of what they guard, too."""
    time_of(monkeypatch, tries=2)
    employ(postgres_url)
    said: list[str] = []
    with psycopg.connect(libpq(as_login(postgres_url, "rosa"))) as reader:
        reader.execute("SELECT * FROM entry")
        reader.execute("SELECT pg_sleep(1.1)")
        with pytest.raises(Unavailable, match="Rosa has been reading since"):
            server.upgrade(postgres_url, said.append)
    assert any("Rosa has been reading since" in words for words in said)


def time_of(monkeypatch: pytest.MonkeyPatch, *, tries: int) -> None:
    """Shortens an upgrade's patience; the bound itself, 5 s, is the next test's."""
    monkeypatch.setattr(server, "PATIENCE", timedelta(seconds=0.4))
    monkeypatch.setattr(server, "TRIES", tries)


def test_consoles_stand_still_for_no_longer_than_five_seconds(earlier: str) -> None:
    """Whoever reads behind a waiting upgrade waits as long as the upgrade does, then goes first."""
    with psycopg.connect(libpq(earlier)) as holder, owner(earlier) as console:
        holder.execute("SELECT * FROM request")
        upgrade = threading.Thread(target=server.upgrade, args=(earlier,))
        upgrade.start()
        time.sleep(1)
        began = time.monotonic()
        console.execute("SELECT * FROM request")
        stood = time.monotonic() - began
        holder.rollback()
        upgrade.join()
    assert stood < server.PATIENCE.total_seconds() + 1
    assert found(earlier)[0] == NEWEST


# --- Killed in the middle ----------------------------------------------------------------------------------------


class Killer:
    """Ends the backend of whatever is about to send its statement number ``at`` in one transaction.

    Questions do not count: the lint asks hundreds, and they change nothing.
    """

    def __init__(self, url: str, at: int) -> None:
        self._url, self._left, self.struck = url, at, False

    def __call__(self, connection: Connection, _cursor: object, statement: str, *_what: object) -> None:
        self._left -= not statement.lstrip().startswith(("SELECT", "WITH", "SHOW"))
        if self._left == 0 and not self.struck:
            self.struck = True
            driver = connection.connection.driver_connection
            assert driver is not None
            with owner(self._url) as other:
                other.execute("SELECT pg_terminate_backend(%s, 5000)", (driver.info.backend_pid,))


def upgrade_killed_at(url: str, statement: int, upgrade: Callable[[], object]) -> bool:
    """Whether the kill came before the end of the upgrade."""
    killer = Killer(url, statement)
    event.listen(Engine, "before_cursor_execute", killer)
    try:
        upgrade()
    except Lost:
        assert killer.struck
    finally:
        event.remove(Engine, "before_cursor_execute", killer)
    return killer.struck


def test_an_upgrade_killed_in_the_middle_leaves_the_old_schema(earlier: str) -> None:
    def upgrade() -> object:
        return migrate.migrate_store(address_of(earlier), 2, role=server.OWNER)

    statement = 1
    while upgrade_killed_at(earlier, statement, upgrade):
        assert found(earlier) == ("0002", "told", False)
        statement += 1 if statement < 15 else 8  # each of the migration's own, then some of the guards'
    assert statement > 20
    assert found(earlier) == (NEWEST, "told", True)


def test_an_upgrade_of_a_local_database_killed_at_any_statement_leaves_the_old_schema(tmp_path: Path) -> None:
    """Each time in a process of its own that ends by SIGKILL as it is about to send that statement."""
    url = f"sqlite:///{tmp_path / 'console.sqlite3'}"
    made = migrate.make_engine(address_of(url))
    with made.connect().execution_options(console_writing=True) as connection, connection.begin():
        connection.exec_driver_sql(f"PRAGMA application_id = {schema.APPLICATION_ID}")
        to_earlier(connection, "0002")
    made.dispose()
    statement, old = 1, ("0002", False)
    while killed_upgrading(url, statement):
        assert local_schema(tmp_path / "console.sqlite3") == old
        statement += 1
    assert statement > 5
    assert local_schema(tmp_path / "console.sqlite3") == (NEWEST, True)


def killed_upgrading(url: str, statement: int) -> bool:
    child = os.fork()
    if child == 0:
        left = [statement]

        def die(*_what: object) -> None:
            left[0] -= 1
            if left[0] == 0:
                os.kill(os.getpid(), signal.SIGKILL)

        event.listen(Engine, "before_cursor_execute", die)
        migrate.migrate_store(address_of(url), 2)
        os._exit(0)
    _pid, ended = os.waitpid(child, 0)
    return os.WIFSIGNALED(ended)


def local_schema(file: Path) -> tuple[str, bool]:
    with closing(sqlite3.connect(file)) as plain:
        (number,) = plain.execute("SELECT version_num FROM alembic_version").fetchone()
        third = plain.execute("SELECT 1 FROM sqlite_master WHERE name = 'least_console'").fetchone()
        return number, third is not None


@pytest.mark.parametrize("statement", [1, 2, 5, 20, 60, 90])
def test_setting_up_killed_at_any_statement_is_made_good_by_running_it_again(
    empty_postgres_url: str, statement: int
) -> None:
    def set_up() -> object:
        return server.set_up(empty_postgres_url)

    assert upgrade_killed_at(empty_postgres_url, statement, set_up)
    with owner(empty_postgres_url) as connection:
        tables = connection.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").fetchone()
    assert tables in ((0,), (15,))
    server.set_up(empty_postgres_url)
    employ(empty_postgres_url)
    open_store(as_login(empty_postgres_url, "alex")).close()


# --- What a console calls keeps its signature --------------------------------------------------------------------

#: What this release's consoles call. An older console goes on working beside a newer one only as long as these stay.
CALLED = {
    "add_person(login text, name text, roles text[], verifier text) -> void",
    (
        "beat(looks_at bigint, writes boolean, idle interval, OUT at instant, OUT journal bigint, "
        "OUT least_write integer, OUT queue_usage double precision, OUT others json) -> record"
    ),
    "clock() -> instant",
    "end_session(pid integer) -> text",
    "holders(OUT pid integer, OUT login text, OUT name text, OUT since instant, OUT writing boolean) -> SETOF record",
    "leave() -> void",
    "remove_person(login text) -> void",
    "save_person(login text, name text, on_shift boolean, roles text[]) -> void",
    "stamp() -> instant",
    "trusted() -> boolean",
}


def test_what_a_console_calls_has_the_signature_that_this_release_was_made_for(postgres_url: str) -> None:
    """A change here breaks consoles that are open: keep the old function for one release and add one beside it, then
    raise the schema in ``least_console`` and this list."""
    with owner(postgres_url) as connection:
        rows = connection.execute(
            "SELECT p.proname || '(' || pg_get_function_arguments(p.oid) || ') -> ' || pg_get_function_result(p.oid)"
            " FROM pg_proc p WHERE p.pronamespace = 'guard'::regnamespace AND EXISTS (SELECT 1"
            " FROM aclexplode(p.proacl) a JOIN pg_roles r ON r.oid = a.grantee WHERE r.rolname IN ('console_agent',"
            " 'console_supervisor', 'console_administrator', 'console_auditor', 'console_system'))"
        )
        assert {row[0].replace("timestamp with time zone", "instant") for row in rows} == CALLED


def test_every_function_that_the_program_calls_is_on_that_list() -> None:
    package = Path(migrate.__file__).parent
    called = {
        name for file in package.glob("*.py") for name in findall(r"guard\.(\w+)\(", file.read_text("utf-8"))
    }
    assert called <= {words.split("(")[0] for words in CALLED}
    assert len(called) >= 9
