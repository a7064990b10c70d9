"""Whatever the database is, one clear sentence says so; nothing is lost and nothing foreign is touched."""

import os
import sqlite3
import stat
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from console.policy.errors import Invalid, Problem, Unavailable
from console.store import address, schema, server
from console.store.engine import open_store
from tests.store import acts
from tests.store.acts import ALEX


def _refused(path: Path, kind: type[Problem], words: str, *, create: bool = True) -> None:
    before = path.read_bytes() if path.is_file() else None
    with pytest.raises(kind, match=words):
        open_store(f"sqlite:///{path}", create=create)
    assert (path.read_bytes() if path.is_file() else None) == before


def _change(path: Path, statement: str) -> None:
    with closing(sqlite3.connect(path)) as plain, plain:
        plain.execute(statement)


def test_a_new_database_is_made_private_and_sound(tmp_path: Path) -> None:
    file = tmp_path / "new.sqlite3"
    store = open_store(f"sqlite:///{file}")
    acts.account(store)
    for each in tmp_path.iterdir():
        assert stat.S_IMODE(each.stat().st_mode) == 0o600, each
    with store.work(ALEX) as work:
        asked = {
            name: work.connection.exec_driver_sql(f"PRAGMA {name}").scalar_one()
            for name in ("journal_mode", "foreign_keys", "synchronous", "application_id")
        }
    assert asked == {
        "journal_mode": "wal",
        "foreign_keys": 1,
        "synchronous": 2,
        "application_id": schema.APPLICATION_ID,
    }
    store.close()


def test_nothing_there_is_made_only_when_asked(tmp_path: Path) -> None:
    _refused(tmp_path / "none.sqlite3", Invalid, "There is no database", create=False)
    assert list(tmp_path.iterdir()) == []


def test_an_empty_file_is_a_new_database_only_when_asked(tmp_path: Path) -> None:
    file = tmp_path / "empty.sqlite3"
    file.touch()
    _refused(file, Invalid, "is empty", create=False)
    open_store(f"sqlite:///{file}").close()


def test_a_folder_a_missing_folder_and_text_are_refused(tmp_path: Path) -> None:
    _refused(tmp_path, Invalid, "is a folder")
    _refused(tmp_path / "missing" / "x.sqlite3", Invalid, "does not exist")
    text = tmp_path / "notes.txt"
    text.write_text("Dear diary, " * 200, encoding="utf-8")
    _refused(text, Invalid, "not a database")


def test_another_programs_database_is_not_touched(tmp_path: Path) -> None:
    marked, unmarked = tmp_path / "marked.db", tmp_path / "unmarked.db"
    _change(marked, "PRAGMA application_id = 252006674")
    _change(unmarked, "CREATE TABLE recipe (name)")
    for file in (marked, unmarked):
        _refused(file, Invalid, "another program")


def test_a_newer_schema_is_refused_with_both_numbers(local: Path) -> None:
    _change(local, "UPDATE alembic_version SET version_num = '0014'")
    _change(local, "UPDATE least_console SET schema_number = 14, version = '9.1'")
    _refused(local, Invalid, rf"schema 14, this program knows {schema.KNOWN}\).*Support Console 9.1 or newer")


def test_a_newer_schema_may_let_this_console_read_or_even_write(local: Path) -> None:
    url = f"sqlite:///{local}"
    _change(local, "UPDATE alembic_version SET version_num = '0014'")
    open_store(url).close()
    store = open_store(url)
    with store.work(ALEX):
        pass
    store.close()
    _change(local, "UPDATE least_console SET schema_number = 14, version = '9.1' WHERE act = 'write'")
    store = open_store(url)
    with store.read() as read:
        assert read.people() == []
    with (
        pytest.raises(Unavailable, match=r"can be read, but not changed.*Support Console 9\.1"),
        store.work(ALEX),
    ):
        pass
    store.close()


@pytest.mark.parametrize(
    "damage",
    [lambda page: bytes(len(page)), lambda page: bytes(255 - byte for byte in page)],
    ids=["zeroed", "inverted"],
)
def test_a_damaged_file_is_said_to_be_damaged(local: Path, damage: Callable[[bytes], bytes]) -> None:
    content = bytearray(local.read_bytes())
    content[100:8192] = damage(bytes(content[100:8192]))
    local.write_bytes(content)
    _refused(local, Invalid, "damaged|not a database")


def test_a_file_cut_short_is_found(local: Path) -> None:
    content = local.read_bytes()
    local.write_bytes(content[: len(content) // 2 // 4096 * 4096])
    found = []
    try:
        store = open_store(f"sqlite:///{local}")
        with closing(store), store.read() as read:
            found = [each.words for each in read.check()]
    except Invalid as problem:
        found = [problem.message]
    assert "damaged" in found[0]


def test_a_full_disk_loses_nothing(local: Path) -> None:
    store = open_store(f"sqlite:///{local}")
    account_id = acts.account(store)
    with pytest.raises(Unavailable, match="full"), store.work(ALEX) as work:  # noqa: PT012
        pages = work.connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        work.connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
        for number in range(1000):
            work.settings.set(f"key {number}", "x" * 1000)
    store.close()
    store = open_store(f"sqlite:///{local}")
    with store.read() as read:
        assert read.account(account_id).balance == 40
        assert read.check() == []
    store.close()


def test_a_write_protected_database_can_still_be_read(local: Path) -> None:
    store = open_store(f"sqlite:///{local}")
    account_id = acts.account(store)
    with store.read() as read:
        read.connection.exec_driver_sql("PRAGMA query_only = ON")
    with pytest.raises(Unavailable, match="write-protected"), store.work(ALEX) as work:
        work.settings.set("never", "saved")
    with store.read() as read:
        assert read.account(account_id).balance == 40
        assert read.setting("never") is None
    store.close()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_write_protected_folder_is_said(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    _refused(tmp_path / "new.sqlite3", Unavailable, "write-protected")
    tmp_path.chmod(0o700)


def test_a_network_share_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(address, "_file_system", lambda _folder: "nfs4")
    _refused(tmp_path / "new.sqlite3", Invalid, "network share")


@pytest.mark.parametrize(
    "url", ["mysql://x/y", "sqlite://", "sqlite:///:memory:", "http://x", "sqlite:/x://"]
)
def test_other_addresses_are_refused(url: str) -> None:
    with pytest.raises(Invalid):
        open_store(url)


def test_a_server_that_is_not_there_is_unavailable_and_no_password_is_shown() -> None:
    with pytest.raises(Unavailable, match="is not running, or not at that address") as caught:
        open_store("postgresql://ann:secret@127.0.0.1:1/console?connect_timeout=2")
    assert "secret" not in caught.value.message


def test_an_older_shared_schema_must_be_migrated_by_hand(url: str) -> None:
    store = open_store(url)
    if store.kind == "postgresql":
        with store.work(ALEX) as work:
            work.connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0000'")
        with pytest.raises(Invalid, match="support-console server upgrade"):
            open_store(url)
    store.close()


def test_an_empty_shared_database_is_set_up_by_its_owner_alone(empty_postgres_url: str) -> None:
    with pytest.raises(Invalid, match="is empty"):
        open_store(empty_postgres_url)
    server.set_up(empty_postgres_url)
    open_store(empty_postgres_url).close()


def test_opening_needs_neither_alembic_nor_the_orm_nor_the_other_driver(local: Path) -> None:
    import subprocess
    import sys

    program = (
        "import sys; from console.store.engine import open_store; store = open_store(sys.argv[1])\n"
        "with store.read() as read: read.queue.counts(read.now, 'x', 'UTC')\n"
        "store.close()\n"
        "print([name for name in ('alembic', 'sqlalchemy.orm', 'psycopg') if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, f"sqlite:///{local}"], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
