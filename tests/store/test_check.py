"""Damage planted behind the program's back is found and named; what is sound has no difference."""

import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from console.policy.errors import Invalid
from console.policy.terms import Priority
from console.store.engine import open_store
from console.store.rows import Difference
from tests.store import acts
from tests.store.acts import Clock


@pytest.fixture
def busy(local: Path) -> Path:
    """A closed database in which an account was charged, credited for a miss, and something is still open."""
    clock = Clock()
    store = open_store(f"sqlite:///{local}", clock=clock)
    account_id = acts.account(store)
    first = acts.opened(store, account_id, Priority.EMERGENCY)
    acts.opened(store, acts.account(store, "Cobalt"), Priority.URGENT)
    clock.pass_by(timedelta(hours=3))
    acts.sweep(store, first.id)
    acts.begin(store, first.id)
    store.close()
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
        plain.execute(statement)


def test_a_sound_database_has_no_difference(busy: Path) -> None:
    assert _differences(busy) == []


COLUMNS = {
    "tokens": "tokens - 1",
    "at": "at + 1",
    "recorded_at": "recorded_at - 1",
    "actor": "'mallory'",
    "actor_name": "'Mallory'",
    "reason": "'because'",
    "reference": "'INV-9'",
    "cause": "'free_issue'",
    "clause": "'9.9'",
    "key": "'another'",
    "turn": "1",
    "hash": "zeroblob(32)",
}


@pytest.mark.parametrize(("column", "value"), COLUMNS.items(), ids=COLUMNS)
def test_every_changed_column_of_an_entry_is_found_and_the_entry_named(
    busy: Path, column: str, value: str
) -> None:
    _behind_its_back(busy, f"UPDATE entry SET {column} = {value} WHERE account_id = 1 AND seq = 2")
    found = _differences(busy)
    named = [each for each in found if each.where.startswith("entry ")]
    assert len(named) == 1
    assert "account 1, entry 2" in named[0].words


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


def test_single_bits_flipped_in_the_ledger_never_pass(busy: Path) -> None:
    sound = busy.read_bytes()
    for number, place in enumerate(list(_cells_of_the_ledger(busy))[::19]):
        damaged = bytearray(sound)
        damaged[place] ^= 1 << number % 8
        busy.write_bytes(damaged)
        try:
            found = [each.words for each in _differences(busy)]
        except Invalid as problem:
            found = [problem.message]
        assert found, f"byte {place}, bit {number % 8}"
    busy.write_bytes(sound)
    assert _differences(busy) == []
