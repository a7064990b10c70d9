"""Heads kept outside show what the database alone cannot: an old backup put back, a chain made anew."""

from pathlib import Path

import pytest
from sqlalchemy import Connection, select, text, update

from console.policy.account import Account
from console.policy.errors import Invalid
from console.services import heads, keeping, tokens
from console.services.desk import Desk
from console.store.accounts import NO_HASH
from console.store.chain import entry_hash
from console.store.tables import account, entry
from tests.support.desks import MORGAN, Office


@pytest.fixture
def juniper(owners_office: Office) -> Account:
    known = owners_office.account("Juniper Dental", balance=50)
    _buy(owners_office, known, 3)
    return known


def _buy(at: Office, known: Account, times: int) -> None:
    morgan = at.at(MORGAN)
    for number in range(times):
        at.clock.advance(minutes=1)
        key = morgan.new_key()
        tokens.record_purchase(morgan, known.id, 1, f"INV-{number}-{key[:6]}", None, key)


def _found(desk: Desk, file: Path) -> list[str]:
    return [f"{each.where}: {each.words}" for each in heads.differs_from(desk, file)]


def test_heads_are_a_small_readable_file_and_the_past_of_a_database_that_grew(
    owners_office: Office, juniper: Account, tmp_path: Path
) -> None:
    owners_office.account("Nobody's tokens")
    file = heads.write_heads(owners_office.desk, tmp_path)
    assert file.name == "heads-20261124T193100Z.txt"
    lines = file.read_text(encoding="utf-8").splitlines()
    assert lines[:2] == ["Support Console, heads of the token accounts", "taken\t2026-11-24T19:31:00.000000Z"]
    assert len(lines) == 6, "an account without entries has no head"
    assert lines[4].startswith(f"{juniper.id}\t4\t2026-11-24T19:31:00.000000Z\t")
    assert lines[4].endswith("\tJuniper Dental")
    assert _found(owners_office.desk, file) == []
    _buy(owners_office, juniper, 2)
    assert _found(owners_office.desk, file) == []
    with pytest.raises(Invalid, match="exists already"):
        heads.write_heads(owners_office.desk, file)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no device that is always full")
def test_a_full_disk_leaves_no_cut_file_of_heads(local_office: Office, tmp_path: Path) -> None:
    folder = tmp_path / "kept"
    folder.mkdir()
    (folder / "heads.txt.part").symlink_to("/dev/full")
    with pytest.raises(OSError, match="No space left"):
        heads.write_heads(local_office.desk, folder / "heads.txt")
    assert list(folder.iterdir()) == []


def test_an_old_backup_put_back_misses_what_the_heads_name(local_office: Office, tmp_path: Path) -> None:
    known = local_office.account("Juniper Dental", balance=50)
    url = f"sqlite:///{local_office.desk.store.address.path}"
    old = keeping.back_up(url, tmp_path / "old.sqlite3")
    _buy(local_office, known, 37)
    other = local_office.account("Cobalt", balance=5)
    file = heads.write_heads(local_office.desk, tmp_path / "heads.txt")
    keeping.restore(url, old)
    assert keeping.check(local_office.desk) == []
    then = "missing since 2026-11-24 20:05:00 UTC"
    assert _found(local_office.desk, file) == [
        f"account {known.id}: {then}: entries 2 to 38 (37) of Juniper Dental",
        f"account {other.id}: {then}: entry 1 of Cobalt",
        f"journal: {then}: facts 3 to 41 (39) of the journal",
    ]


def test_a_chain_made_anew_is_seen_only_against_the_heads(
    owners_office: Office, juniper: Account, tmp_path: Path
) -> None:
    file = heads.write_heads(owners_office.desk, tmp_path / "heads.txt")
    _buy(owners_office, juniper, 2)
    with owners_office.desk.store.work(MORGAN) as work:
        _forge(work.connection, juniper.id)
    assert keeping.check(owners_office.desk) == []
    assert _found(owners_office.desk, file) == [
        f"account {juniper.id}: changed since 2026-11-24 19:31:00 UTC: at least one of entries 1 to 4 of Juniper Dental"
    ]


def _forge(connection: Connection, account_id: int) -> None:
    """What somebody does who may do everything: another author for the second entry, and every hash after it anew."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("ALTER TABLE entry DISABLE TRIGGER USER"))
    else:
        connection.execute(text("DROP TRIGGER entry_keeps_update"))
    last = NO_HASH
    mine = select(entry).where(entry.c.account_id == account_id).order_by(entry.c.seq)
    for row in [dict(each) for each in connection.execute(mine).mappings()]:
        row |= {"prev_hash": last, "actor": "mallory" if row["seq"] == 2 else row["actor"]}
        last = row["hash"] = entry_hash(row, last)
        connection.execute(update(entry).where(entry.c.id == row["id"]).values(row))
    connection.execute(update(account).where(account.c.id == account_id).values(last_hash=last))


def test_a_file_of_heads_without_its_last_line_is_none(local_office: Office, tmp_path: Path) -> None:
    local_office.account("Juniper", balance=5)
    written = heads.write_heads(local_office.desk, tmp_path / "heads.txt")
    whole = written.read_text("utf-8").splitlines(keepends=True)
    for lines in (whole[:-1], [*whole[:-2], whole[-1]]):
        written.write_text("".join(lines), encoding="utf-8")
        with pytest.raises(Invalid, match="is not a whole file of heads"):
            heads.differs_from(local_office.desk, written)


@pytest.mark.parametrize(
    "words", ["", "Support Console, heads of the token accounts\n", "a\tb\nc\nd\ne\n", "\0" * 9, "x" * 9999]
)
def test_what_is_no_file_of_heads_is_said_to_be_none(
    local_office: Office, tmp_path: Path, words: str
) -> None:
    file = tmp_path / "heads.txt"
    file.write_text(words, encoding="utf-8")
    with pytest.raises(Invalid, match="is not a whole file of heads"):
        heads.differs_from(local_office.desk, file)
