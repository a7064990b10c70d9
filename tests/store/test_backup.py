"""Backups are whole, verified and private; restoring keeps what it replaces; a failed backup stops a migration."""

import sqlite3
import stat
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from console.policy.errors import Invalid, Unavailable
from console.store import backup, migrate, schema
from console.store.engine import open_store
from tests.store import acts

DAY = datetime(2026, 11, 24, 12, tzinfo=UTC)


def _balance(file: Path) -> int:
    store = open_store(f"sqlite:///{file}")
    with store.read() as read:
        balance = read.account(1).balance
        assert read.check() == []
    store.close()
    return balance


def test_a_backup_of_an_open_database_has_what_is_still_in_the_journal(local: Path) -> None:
    store = open_store(f"sqlite:///{local}")
    acts.account(store, tokens=7)
    made = backup.back_up(local, "by-hand", now=DAY)
    assert made == local.parent / "backups" / "console-20261124T120000-by-hand.sqlite3"
    assert stat.S_IMODE(made.stat().st_mode) == 0o600
    acts.buy(store, 1, 1)
    store.close()
    assert (_balance(made), _balance(local)) == (7, 8)
    assert backup.backups(local) == [made]


def test_two_backups_in_one_second_are_two_files(local: Path) -> None:
    first, second = (backup.back_up(local, "by-hand", now=DAY) for _ in range(2))
    assert first != second
    assert first.exists()


def test_daily_backups_are_made_once_a_day_and_the_oldest_go(local: Path) -> None:
    for day in range(5):
        assert backup.back_up_daily(local, now=DAY + timedelta(days=day), keep=3)
        assert backup.back_up_daily(local, now=DAY + timedelta(days=day, hours=1), keep=3) is None
    kept = backup.back_up(local, "by-hand", now=DAY)
    days = [each.name[8:16] for each in backup.backups(local) if each != kept]
    assert days == ["20261126", "20261127", "20261128"]


def test_restoring_brings_the_backup_back_and_keeps_what_it_replaced(local: Path) -> None:
    store = open_store(f"sqlite:///{local}")
    acts.account(store, tokens=7)
    made = backup.back_up(local, "by-hand")
    acts.buy(store, 1, 1)
    kept = backup.restore(made, local)
    with store.read() as read:
        assert read.account(1).balance == 7
    store.close()
    assert kept is not None
    assert (_balance(local), _balance(kept), _balance(made)) == (7, 8, 7)


def test_a_damaged_database_is_kept_aside_when_a_backup_takes_its_place(local: Path) -> None:
    store = open_store(f"sqlite:///{local}")
    acts.account(store, tokens=7)
    store.close()
    made = backup.back_up(local, "by-hand")
    content = bytearray(local.read_bytes())
    content[:4096] = bytes(4096)
    local.write_bytes(content)
    kept = backup.restore(made, local)
    assert kept is not None
    assert kept.read_bytes() == bytes(content)
    assert _balance(local) == 7


def test_restoring_into_an_empty_place_makes_the_database(local: Path, tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{local}")
    acts.account(store, tokens=7)
    store.close()
    new = tmp_path / "elsewhere" / "console.sqlite3"
    assert backup.restore(local, new) is None
    assert _balance(new) == 7


@pytest.mark.parametrize("content", [b"", b"not a database, but long enough to be one" * 40])
def test_what_is_no_sound_backup_is_not_restored(local: Path, tmp_path: Path, content: bytes) -> None:
    before = local.read_bytes()
    wrong = tmp_path / "wrong.sqlite3"
    wrong.write_bytes(content)
    for file in (wrong, tmp_path / "missing.sqlite3"):
        with pytest.raises(Invalid):
            backup.restore(file, local)
    assert local.read_bytes() == before


def test_a_backup_that_cannot_be_written_is_said_and_leaves_no_part(local: Path) -> None:
    (local.parent / "backups").write_text("in the way", encoding="utf-8")
    with pytest.raises(Unavailable, match="could not be written"):
        backup.back_up(local, "by-hand")
    assert sorted(each.name for each in local.parent.iterdir()) == ["backups", "console.sqlite3"]


def test_what_is_not_sound_is_named_and_leaves_no_part(local: Path) -> None:
    acts.account(store := open_store(f"sqlite:///{local}"), tokens=7)
    store.close()
    with local.open("r+b") as file:
        file.seek(4096 * 3)
        file.write(b"\xff" * 4096 * 4)
    with pytest.raises(Invalid) as refused:
        backup.back_up(local, "by-hand")
    assert str(local) in refused.value.message
    assert ".part" not in refused.value.message
    assert not [each for each in backup.folder_of(local).iterdir() if "part" in each.name]


def test_migrating_says_what_was_done_and_does_nothing_twice(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'new.sqlite3'}"
    assert migrate.migrate(url)[-1].endswith(f"brought from a new database to schema {schema.KNOWN}.")
    assert migrate.migrate(url)[0].endswith("Nothing was done.")


def test_without_a_backup_nothing_is_migrated(local: Path) -> None:
    with closing(sqlite3.connect(local)) as plain, plain:
        plain.execute("UPDATE alembic_version SET version_num = '0000'")
    (local.parent / "backups").write_text("in the way", encoding="utf-8")
    for act in (migrate.migrate, open_store):
        with pytest.raises(Unavailable, match="not migrated"):
            act(f"sqlite:///{local}")
    with closing(sqlite3.connect(local)) as plain:
        assert plain.execute("SELECT version_num FROM alembic_version").fetchone() == ("0000",)
