"""What the desk demands for the record: instants that a console can read and a database keeps."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from console.policy.errors import Invalid
from console.services.record import instant

EAST = timezone(timedelta(hours=14))
WEST = timezone(timedelta(hours=-12))


@pytest.mark.parametrize(
    "at",
    [
        datetime(1971, 1, 1, tzinfo=UTC),
        datetime(2026, 11, 27, 9, 30, tzinfo=EAST),
        datetime(9998, 12, 31, 11, 59, tzinfo=WEST),
    ],
)
def test_an_instant_is_kept_in_utc(at: datetime) -> None:
    kept = instant(at, "By when")
    assert kept == at
    assert kept.utcoffset() == timedelta(0)


@pytest.mark.parametrize(
    "at",
    [
        datetime.min.replace(tzinfo=EAST),
        datetime(1971, 1, 1, tzinfo=EAST),
        datetime(9998, 12, 31, 12, 0, tzinfo=WEST),
        datetime.max.replace(tzinfo=WEST),
    ],
)
def test_a_year_nobody_means_is_refused_wherever_its_clock_is(at: datetime) -> None:
    with pytest.raises(Invalid, match=r"^By when lies outside the years 1971 to 9998"):
        instant(at, "By when")


def test_a_time_without_its_zone_is_refused() -> None:
    with pytest.raises(Invalid, match=r"^By when has no time zone"):
        instant(datetime(2026, 11, 27, 9, 30), "By when")  # noqa: DTZ001 - what is refused
