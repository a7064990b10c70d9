"""Instants survive every session and clock change; what is not exactly an instant is refused."""

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import insert, select
from sqlalchemy.exc import StatementError

from console.store.columns import instant, microseconds
from console.store.engine import Store
from console.store.tables import policy_version
from tests.store.acts import ALEX

NEW_YORK = ZoneInfo("America/New_York")
TWICE = [datetime(2026, 11, 1, 1, 30, tzinfo=NEW_YORK, fold=fold).astimezone(UTC) for fold in (0, 1)]


@given(st.datetimes(min_value=datetime(1950, 1, 1), max_value=datetime(2200, 1, 1), timezones=st.timezones()))  # noqa: DTZ001
def test_an_instant_is_the_same_number_in_every_zone(at: datetime) -> None:
    assert instant(microseconds(at)) == at.astimezone(UTC)


def test_both_half_past_ones_of_a_clock_change_stay_an_hour_apart(store: Store) -> None:
    with store.work(ALEX) as work:
        for version, at in enumerate(TWICE):
            row = {"version": version, "document": "", "added_at": at, "added_by": ""}
            work.connection.execute(insert(policy_version).values(row))
    with store.read() as read:
        found = read.connection.execute(select(policy_version.c.added_at).order_by(policy_version.c.version))
        first, second = found.scalars()
    assert [first, second] == TWICE
    assert second - first == timedelta(hours=1)
    assert first.tzinfo is UTC


def test_microseconds_and_foreign_zones_come_back_as_the_same_instant(store: Store) -> None:
    at = datetime(2026, 3, 8, 2, 30, 0, 123457, tzinfo=timezone(timedelta(hours=5, minutes=45)))
    with store.work(ALEX) as work:
        work.connection.execute(
            insert(policy_version).values(version=1, document="", added_at=at, added_by="")
        )
        assert work.connection.execute(select(policy_version.c.added_at)).scalar_one() == at


def test_naive_times_are_refused(store: Store) -> None:
    row = {"version": 1, "document": "", "added_at": datetime(2026, 11, 1, 1, 30), "added_by": ""}  # noqa: DTZ001
    with pytest.raises(StatementError, match="no time zone"), store.work(ALEX) as work:
        work.connection.execute(insert(policy_version).values(row))


def test_the_databases_own_clock_is_aware_and_near(url: str) -> None:
    from console.store.engine import open_store

    store = open_store(url)
    before = datetime.now(UTC) - timedelta(seconds=1)
    assert before <= store.now() <= datetime.now(UTC) + timedelta(seconds=1)
    assert store.now().tzinfo is UTC
    store.close()
