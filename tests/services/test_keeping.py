"""Backups there and back, the labelled sample, and that a real database is never taken for one."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from console.bootstrap import open_desk, sample_desk
from console.policy.errors import Invalid, Refused
from console.policy.terms import Priority
from console.services import keeping, people_list, queue, summary, tokens, triage
from console.services.people import Person
from console.services.queue import view_query
from tests.support.desks import IRA, NOON, Office


def test_a_backup_brings_everything_back(local_office: Office, sqlite_url: str, tmp_path: Path) -> None:
    office = local_office
    account = office.account(balance=20)
    kept = office.number(account, Priority.URGENT)
    target = tmp_path / "elsewhere" / "kept.sqlite3"
    target.parent.mkdir()
    assert keeping.back_up(sqlite_url, target) == target
    lost = office.number(account, Priority.URGENT)
    replaced = keeping.restore(sqlite_url, target)
    assert replaced is not None
    assert replaced.exists()
    assert [key.id for key in queue.keys(office.desk, view_query(office.desk, "queue"))] == [kept]
    assert office.balance(account) == 17
    assert keeping.check(office.desk) == []
    keeping.restore(sqlite_url, replaced)
    assert lost in [key.id for key in queue.keys(office.desk, view_query(office.desk, "queue"))]


def test_a_backup_overwrites_nothing_and_needs_a_database(
    local_office: Office, sqlite_url: str, tmp_path: Path
) -> None:
    target = tmp_path / "taken.sqlite3"
    target.write_text("mine")
    with pytest.raises(Invalid, match="exists already"):
        keeping.back_up(sqlite_url, target)
    assert target.read_text() == "mine"
    with pytest.raises(Invalid, match="There is no database"):
        keeping.back_up(f"sqlite:///{tmp_path / 'none.sqlite3'}")
    with pytest.raises(Invalid, match="pg_dump"):
        keeping.back_up("postgresql://localhost/x")
    with pytest.raises(Invalid):
        keeping.restore(sqlite_url, target)


def test_one_backup_a_day_and_the_newest_stay(local_office: Office, sqlite_url: str) -> None:
    assert keeping.back_up_daily(sqlite_url, keep=3) is not None
    assert keeping.back_up_daily(sqlite_url, keep=3) is None
    assert len(keeping.backups(sqlite_url)) == 1


@pytest.fixture(scope="module")
def sample_url(tmp_path_factory: pytest.TempPathFactory) -> str:
    url = f"sqlite:///{tmp_path_factory.mktemp('sample') / 'console.sqlite3'}"
    sample_desk(url, NOON).store.close()
    return url


def test_the_sample_is_labelled_adds_up_and_has_every_story(sample_url: str) -> None:
    desk = open_desk(sample_url, clock=lambda: NOON)
    try:
        assert desk.is_sample()
        assert keeping.check(desk) == []
        assert len(tokens.accounts(desk)) > 5
        assert triage.proposals(desk)
        assert triage.decisions(desk)
        assert triage.unclassified(desk)
        statuses = {
            row.status
            for row in queue.rows(desk, [key.id for key in queue.keys(desk, view_query(desk, "queue"))])
        }
        assert {"open", "begun", "planned", "awaiting_tokens"} <= statuses
        found = summary.summary(desk, summary.period("quarter", NOON, desk.policy().timezone))
        assert 0 < found.tiles.missed < found.tiles.due
        assert found.reconciliation.adds_up
    finally:
        desk.store.close()


def test_the_sample_is_the_same_every_time(sample_url: str, tmp_path: Path) -> None:
    def shown(url: str) -> list[object]:
        desk = open_desk(url, clock=lambda: NOON)
        try:
            keys = queue.keys(desk, view_query(desk, "queue"))
            return [
                (row.id, row.subject, row.due_at, row.held)
                for row in queue.rows(desk, [key.id for key in keys])
            ]
        finally:
            desk.store.close()

    again = f"sqlite:///{tmp_path / 'again.sqlite3'}"
    sample_desk(again, NOON).store.close()
    assert shown(again) == shown(sample_url)


def test_sample_data_never_mixes_with_real_data(local_office: Office, sqlite_url: str) -> None:
    account = local_office.account(balance=5)
    with pytest.raises(Invalid, match="accounts already"):
        sample_desk(sqlite_url, datetime.now(UTC))
    with pytest.raises(Invalid, match="not a sample database; it is left alone"):
        sample_desk(sqlite_url, datetime.now(UTC), fresh=True)
    assert not local_office.desk.is_sample()
    assert local_office.balance(account) == 5


def test_sample_data_never_joins_people(sqlite_url: str) -> None:
    desk = open_desk(sqlite_url, actor=IRA)
    try:
        people_list.add_person(desk, Person(login="ira", name="Ira", roles=IRA.roles), desk.new_key())
        with pytest.raises(Invalid, match=r"has people on its list already; .* Nothing was changed"):
            sample_desk(sqlite_url, datetime.now(UTC), actor=IRA)
        assert (desk.is_sample(), tokens.accounts(desk)) == (False, [])
    finally:
        desk.store.close()


def test_a_sample_that_was_filled_in_part_is_not_taken_for_a_whole_one(sqlite_url: str) -> None:
    with pytest.raises(Refused):
        sample_desk(sqlite_url, NOON, actor=IRA)  # an administrator begins no work
    with pytest.raises(
        Invalid, match=r"filled only in part.*--database sqlite:///.*demo --fresh begins it again"
    ):
        sample_desk(sqlite_url, NOON)
    desk = sample_desk(sqlite_url, NOON, fresh=True)
    try:
        assert (desk.is_sample(), keeping.check(desk)) == (True, [])
    finally:
        desk.store.close()
    sample_desk(sqlite_url, NOON).store.close()


def test_a_real_database_without_accounts_is_not_taken_away(sqlite_url: str) -> None:
    open_desk(sqlite_url).store.close()
    with pytest.raises(Invalid, match="left alone"):
        sample_desk(sqlite_url, datetime.now(UTC), fresh=True)


def test_a_fresh_sample_replaces_the_old_one(sample_url: str, tmp_path: Path) -> None:
    file = keeping.back_up(sample_url, tmp_path / "sample.sqlite3")
    url = f"sqlite:///{file}"
    desk = sample_desk(url, NOON, fresh=True, stand_still=True)
    try:
        assert desk.now() == NOON
        assert desk.is_sample()
    finally:
        desk.store.close()
