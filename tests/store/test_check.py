"""Damage planted behind the program's back is found and named; what is sound has no difference."""

import random
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import IntegrityError

from console.policy.terms import Priority
from console.store.address import read as address_of
from console.store.chain import _COVERED
from console.store.check import differences
from console.store.engine import make_engine, open_store
from console.store.rows import Difference
from console.store.tables import entry
from tests.store import acts
from tests.store.acts import Clock
from tests.support import postgres


def _live_through(url: str) -> None:
    """An account was charged, credited for a miss, and something is still open."""
    clock = Clock()
    store = open_store(url, clock=clock)
    account_id = acts.account(store)
    first = acts.opened(store, account_id, Priority.EMERGENCY)
    acts.opened(store, acts.account(store, "Cobalt"), Priority.URGENT)
    clock.pass_by(timedelta(hours=3))
    acts.sweep(store, first.id)
    acts.begin(store, first.id)
    store.close()


@pytest.fixture
def busy(local: Path) -> Path:
    """A closed database with a short history."""
    _live_through(f"sqlite:///{local}")
    return local


def _differences(file: Path) -> list[Difference]:
    store = open_store(f"sqlite:///{file}")
    with store.read() as read:
        found = read.check()
    store.close()
    return found


def _behind_its_back(file: Path, statement: str) -> None:
    """Changes the file as somebody with an SQLite shell would who takes the guards away first."""
    with closing(sqlite3.connect(file)) as plain, plain:
        triggers = plain.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for (name,) in triggers:
            plain.execute(f"DROP TRIGGER {name}")
        plain.execute("PRAGMA ignore_check_constraints = ON")
        plain.execute(statement)


def test_a_sound_database_has_no_difference(busy: Path) -> None:
    assert _differences(busy) == []


#: What an entry's column is changed to by whoever gets behind the guards; and on PostgreSQL, where that differs.
COLUMNS = {
    "account_id": "99",
    "seq": "7",
    "kind": "'credit'",
    "cause": "'free_issue'",
    "clause": "'9.9'",
    "tokens": "tokens - 1",
    "contra": "'sold'",
    "balance_after": "balance_after + 1",
    "ticket_id": "10002",
    "turn": "1",
    "at": "at + 1",
    "recorded_at": "recorded_at - 1",
    "actor": "'mallory'",
    "actor_name": "'Mallory'",
    "reference": "'INV-9'",
    "reason": "'because'",
    "reverses": "1",
    "key": "'another'",
    "prev_hash": "zeroblob(32)",
    "hash": "zeroblob(32)",
}
ON_POSTGRESQL = {
    "at": "at + interval '1 microsecond'",
    "recorded_at": "recorded_at - interval '1 microsecond'",
    "prev_hash": "decode(repeat('00', 32), 'hex')",
    "hash": "decode(repeat('00', 32), 'hex')",
}


def test_every_column_that_counts_is_tried() -> None:
    assert {*COLUMNS} == {column.name for column in entry.columns} - {"id"}
    assert {*COLUMNS} - {"hash", "prev_hash"} == {*_COVERED}


def _names_it(found: list[Difference], entry_id: int) -> bool:
    """Whether the changed entry is named: itself, or as missing before the next one or after the last."""
    if any(
        each.where == f"entry {entry_id}" or f"row {entry_id} missing from index" in each.words
        for each in found
    ):
        return True
    return any("is missing before it" in each.words or "are missing" in each.words for each in found)


@pytest.mark.parametrize(("column", "value"), COLUMNS.items(), ids=COLUMNS)
def test_every_changed_column_of_an_entry_is_found_and_the_entry_named(
    busy: Path, column: str, value: str
) -> None:
    (entry_id,) = _entry_ids(busy)
    _behind_its_back(busy, f"UPDATE entry SET {column} = {value} WHERE id = {entry_id}")
    assert _names_it(_differences(busy), entry_id)


def _entry_ids(file: Path) -> list[int]:
    """The middle one of the first account's three entries."""
    with closing(sqlite3.connect(file)) as plain:
        return [row[0] for row in plain.execute("SELECT id FROM entry WHERE account_id = 1 AND seq = 2")]


@pytest.fixture(scope="module")
def busy_there(postgres_server: postgres.Server) -> Iterator[str]:
    """The same history in a shared database."""
    url = postgres_server.console()
    _live_through(url)
    yield url
    postgres_server.drop(url.rsplit("/", 1)[1])


@contextmanager
def _unguarded(url: str) -> Iterator[Connection]:
    """The superuser who has taken the guards away; whatever is done is undone at the end."""
    engine = make_engine(address_of(url))
    with engine.connect() as connection, connection.begin() as everything:
        connection.execute(text("ALTER TABLE entry DISABLE TRIGGER ALL"))
        rules = connection.execute(
            text(
                "SELECT conname FROM pg_constraint WHERE conrelid = 'entry'::regclass AND contype IN ('c', 'f')"
            )
        )
        for name in rules.scalars().all():
            connection.execute(text(f"ALTER TABLE entry DROP CONSTRAINT {name}"))
        yield connection
        everything.rollback()
    engine.dispose()


@pytest.mark.parametrize("column", COLUMNS)
def test_a_superuser_who_changes_one_is_found_out(busy_there: str, column: str) -> None:
    value = ON_POSTGRESQL.get(column, COLUMNS[column])
    with _unguarded(busy_there) as connection:
        assert differences(connection) == []
        changed = text(f"UPDATE entry SET {column} = {value} WHERE account_id = 1 AND seq = 2 RETURNING id")
        entry_id = connection.execute(changed).scalar_one()
        assert _names_it(differences(connection), entry_id)


@pytest.mark.parametrize(
    ("statement", "where", "words"),
    [
        ("DELETE FROM entry WHERE account_id = 1 AND seq = 3", "account 1", "after the 2th are missing"),
        ("DELETE FROM entry WHERE account_id = 1 AND seq = 2", "entry", "entry 2 is missing"),
        ("UPDATE account SET balance = balance + 1 WHERE id = 2", "account 2", "add up to 37"),
        ("UPDATE ticket SET held = held + 1 WHERE id = 10002", "ticket 10002", "holds 4 tokens"),
        ("UPDATE ticket SET credited = 4 WHERE id = 10002", "ticket 10002", "4 tokens credited"),
        ("UPDATE ticket SET next_due_at = next_due_at + 1 WHERE id = 10002", "ticket 10002", "next_due_at"),
        ("UPDATE deadline SET due_at = due_at + 1 WHERE ticket_id = 10002", "ticket 10002", "next_due_at"),
        ("UPDATE ticket SET is_free = 0 WHERE id = 10001", "ticket 10001", "is_free"),
        ("UPDATE deadline SET credited = 99 WHERE ticket_id = 10001 AND missed", "ticket 10001", "no entry shows"),
        ("UPDATE ticket SET policy_version = 7 WHERE id = 10001", "policy", "version 7"),
        ("UPDATE ticket SET proposal = '{}' WHERE id = 10001", "ticket 10001", "cannot be read"),
        ("DELETE FROM fact WHERE number = 2", "journal", "are there"),
        ("UPDATE entry SET ticket_id = 4711 WHERE ticket_id = 10001", "entry", "does not exist"),
    ],
)  # fmt: skip
def test_other_damage_is_named(busy: Path, statement: str, where: str, words: str) -> None:
    _behind_its_back(busy, statement)
    found = _differences(busy)
    assert any(each.where.startswith(where) and words in each.words for each in found), found


def _cells_of_the_ledger(file: Path) -> range:
    """Where in the file the ledger's rows stand: the cells of its only page."""
    with closing(sqlite3.connect(file)) as plain:
        (page,) = plain.execute("SELECT rootpage FROM sqlite_master WHERE name = 'entry'").fetchone()
        (size,) = plain.execute("PRAGMA page_size").fetchone()
    start = (page - 1) * size
    header = file.read_bytes()[start : start + 8]
    assert header[0] == 13, "the ledger has outgrown one page"
    return range(start + int.from_bytes(header[5:7], "big"), start + size)


def _rows(file: Path) -> dict[int, tuple[object, ...]] | None:
    """What stands in the ledger, byte for byte; ``None`` when SQLite cannot read it any more."""
    with closing(sqlite3.connect(file)) as plain:
        plain.text_factory = bytes
        try:
            return {row[0]: row[1:] for row in plain.execute("SELECT * FROM entry")}
        except sqlite3.Error:
            return None


FLIPS = 400


def test_single_bits_flipped_in_the_ledger_never_pass(busy: Path) -> None:
    sound, before = busy.read_bytes(), _rows(busy)
    assert before
    chance = random.Random(FLIPS)
    changed = 0
    for place in chance.choices(_cells_of_the_ledger(busy), k=FLIPS):
        bit = 1 << chance.randrange(8)
        damaged = bytearray(sound)
        damaged[place] ^= bit
        busy.write_bytes(damaged)
        after, found = _rows(busy), _differences(busy)
        assert found, f"byte {place}, bit {bit}"
        if after is not None and {*after} == {*before}:
            for entry_id in (each for each in before if after[each] != before[each]):
                assert _names_it(found, entry_id), f"byte {place}, bit {bit}: {found}"
                changed += 1
    assert changed > FLIPS // 2
    busy.write_bytes(sound)
    assert _differences(busy) == []


def _flipped(chance: random.Random, value: object) -> object:
    """``value`` with one bit flipped, where that is a value of its kind; anything else for the same kind when not."""
    if isinstance(value, bool | None):
        return 1
    if isinstance(value, int):
        return value ^ (1 << chance.randrange(15))
    if isinstance(value, datetime):
        return value + timedelta(microseconds=1 << chance.randrange(40))
    raw = bytearray(value if isinstance(value, bytes) else str(value).encode())
    if not raw:
        return "x"
    raw[chance.randrange(len(raw))] ^= 1 << chance.randrange(4)
    return bytes(raw) if isinstance(value, bytes) else raw.decode().replace("\0", "x")


def test_single_bits_flipped_by_a_superuser_are_named(busy_there: str) -> None:
    chance, named = random.Random(FLIPS), 0
    with _unguarded(busy_there) as connection:
        rows = [dict(row) for row in connection.execute(text("SELECT * FROM entry ORDER BY id")).mappings()]
        for _ in range(FLIPS):
            row, column = chance.choice(rows), chance.choice([*COLUMNS])
            value = _flipped(chance, row[column])
            change = text(f"UPDATE entry SET {column} = :value WHERE id = :id")
            with suppress(IntegrityError), connection.begin_nested() as trial:
                connection.execute(change, {"value": value, "id": row["id"]})
                assert _names_it(differences(connection), row["id"]), f"{column} of {row['id']}: {value!r}"
                named += 1
                trial.rollback()
        assert named > FLIPS // 2
        assert differences(connection) == []
