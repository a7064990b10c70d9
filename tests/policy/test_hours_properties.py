"""Business hours against an oracle that knows only the defining sentence, and the laws between the methods.

The oracle looks at single instants: it reads the wall clock of the zone and asks whether an interval of this
or the previous local day contains it.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from console.policy.hours import WEEKDAYS, BusinessCalendar, Span

ZERO = timedelta(0)
MINUTE = timedelta(minutes=1)

CHANGES = {
    "America/New_York": ("2026-03-08T07:00", "2026-11-01T06:00"),
    "America/St_Johns": ("2010-03-14T03:31", "2010-11-07T02:31"),  # at one minute past midnight
    "America/Sao_Paulo": ("2018-11-04T03:00", "2019-02-17T02:00"),  # midnight itself skipped, or repeated
    "America/Havana": ("2026-03-08T05:00", "2026-11-01T05:00"),
    "Australia/Lord_Howe": ("2026-04-04T15:00", "2026-10-03T15:30"),  # half an hour
    "Antarctica/Troll": ("2026-03-29T01:00", "2026-10-25T01:00"),  # two hours
    "Pacific/Apia": ("2011-12-30T10:00", "2011-09-24T14:00"),  # a whole date left out
    "Pacific/Kwajalein": ("1993-08-21T12:00", "1969-09-30T13:00"),  # a date left out, and 23 hours repeated
    "Asia/Kathmandu": ("1985-12-31T18:30", "2026-06-01T00:00"),  # a quarter of an hour
    "Africa/Casablanca": ("2019-05-05T02:00", "2019-06-09T02:00"),  # set back for Ramadan
    "Europe/Dublin": ("2026-03-29T01:00", "2026-10-25T01:00"),  # summer time is the standard there
    "Asia/Gaza": ("2010-03-26T22:01", "2010-08-10T21:00"),
    "Africa/Monrovia": ("1972-01-07T00:44:30", "1919-03-01T00:43:08"),  # offsets with seconds
    "UTC": ("2026-06-01T00:00", "2027-01-01T00:00"),
}
NEAR_A_CHANGE = [
    (zone, datetime.fromisoformat(at).replace(tzinfo=UTC)) for zone in CHANGES for at in CHANGES[zone]
]
QUIET = [
    (zone, at) for zone, at in NEAR_A_CHANGE if zone == "UTC" or (zone, at.year) == ("Asia/Kathmandu", 2026)
]


class Oracle:
    """Says of one instant whether it is open, from the written calendar alone."""

    def __init__(self, zone: str, weekly: dict, holidays: set[date], overrides: dict) -> None:  # type: ignore[type-arg]
        self.zone, self.weekly, self.holidays, self.overrides = ZoneInfo(zone), weekly, holidays, overrides

    def intervals(self, day: date) -> Iterator[tuple[datetime, datetime]]:
        written = self.overrides.get(day)
        if written is None:
            written = () if day in self.holidays else self.weekly.get(WEEKDAYS[day.weekday()], ())
        midnight = datetime(day.year, day.month, day.day)  # noqa: DTZ001 - a wall-clock time is meant
        for opens, closes in written:
            begin, end = (midnight + timedelta(hours=int(t[:2]), minutes=int(t[3:])) for t in (opens, closes))
            yield begin, end if end > begin else end + timedelta(days=1)

    def is_open(self, t: datetime) -> bool:
        shown = t.astimezone(self.zone).replace(tzinfo=None)
        days = shown.date(), shown.date() - timedelta(days=1)
        return any(begin <= shown < end for day in days for begin, end in self.intervals(day))

    def open_time(self, start: datetime, end: datetime, step: timedelta) -> timedelta:
        """Right when both ends and all changes and boundaries between them fall on steps."""
        return step * sum(self.is_open(start + step * n) for n in range((end - start) // step))


@pytest.mark.parametrize(("zone", "change"), [pair for pair in NEAR_A_CHANGE if pair not in QUIET])
def test_the_clock_does_change_where_the_table_says(zone: str, change: datetime) -> None:
    before, after = ((change + timedelta(seconds=n)).astimezone(ZoneInfo(zone)).utcoffset() for n in (-1, 0))
    assert before != after


def times(step: int = 1) -> st.SearchStrategy[str]:
    return st.integers(0, 1440 // step - 1).map(lambda n: f"{n * step // 60:02}:{n * step % 60:02}")


def days(step: int = 1) -> st.SearchStrategy[list[tuple[str, str]]]:
    return st.lists(st.tuples(times(step), st.one_of(times(step), st.just("24:00"))), max_size=3)


def weeks(step: int = 1) -> st.SearchStrategy[dict[str, list[tuple[str, str]]]]:
    week = st.dictionaries(st.sampled_from(WEEKDAYS), days(step), min_size=1)
    return week.filter(lambda days: any(days.values()))


@st.composite
def calendars(draw: st.DrawFn, zone: str, near: datetime, step: int = 1) -> tuple[BusinessCalendar, Oracle]:
    """A random calendar whose holidays and overrides lie near ``near``."""
    dates = st.integers(-3, 3).map(lambda n: near.date() + timedelta(days=n))
    weekly = draw(weeks(step))
    holidays, overrides = (
        draw(st.sets(dates, max_size=2)),
        draw(st.dictionaries(dates, days(step), max_size=2)),
    )
    return BusinessCalendar(zone, weekly, holidays, overrides), Oracle(zone, weekly, holidays, overrides)


amounts = st.timedeltas(ZERO, timedelta(days=20))
starts = st.datetimes(datetime(1900, 1, 3), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
recent = st.datetimes(datetime(2024, 1, 1), datetime(2028, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
any_calendar = st.sampled_from(NEAR_A_CHANGE).flatmap(lambda change: calendars(*change))


@pytest.mark.parametrize(("zone", "change"), NEAR_A_CHANGE)
@settings(max_examples=4, deadline=None)
@given(data=st.data())
def test_each_minute_around_a_change_agrees_with_the_oracle(
    zone: str, change: datetime, data: st.DataObject
) -> None:
    calendar, oracle = data.draw(calendars(zone, change))
    start = change - timedelta(minutes=data.draw(st.integers(0, 1500)))
    end = start + timedelta(minutes=data.draw(st.integers(1, 1500)))
    if zone == "Africa/Monrovia":  # boundaries on odd seconds: compare instants, not sums
        for n in range((end - start) // MINUTE):
            t = start + n * MINUTE
            assert (calendar.next_opening(t) == t) == oracle.is_open(t)
        return
    opened = oracle.open_time(start, end, MINUTE)
    assert calendar.between(start, end) == opened
    assume(opened)
    due = calendar.add(start, opened)
    assert oracle.is_open(due - MINUTE)
    assert due <= end
    assert oracle.open_time(due, end, MINUTE) == ZERO
    first = next(start + n * MINUTE for n in range(1501) if oracle.is_open(start + n * MINUTE))
    assert calendar.next_opening(start) == first


@pytest.mark.parametrize(("zone", "change"), NEAR_A_CHANGE)
@settings(max_examples=4, deadline=None)
@given(data=st.data())
def test_each_second_of_the_ten_minutes_around_a_change_agrees_with_the_oracle(
    zone: str, change: datetime, data: st.DataObject
) -> None:
    calendar, oracle = data.draw(calendars(zone, change, step=15))
    start, second = change - timedelta(minutes=5), timedelta(seconds=1)
    end = start + timedelta(minutes=10)
    opened = oracle.open_time(start, end, second)
    assert calendar.between(start, end) == opened
    if opened:
        due = calendar.add(start, opened)
        assert oracle.is_open(due - second)
        assert oracle.open_time(due, end, second) == ZERO


@settings(max_examples=45, deadline=None)
@given(any_calendar, starts, amounts)
def test_add_and_between_undo_each_other(
    given_calendar: tuple[BusinessCalendar, Oracle], s: datetime, a: timedelta
) -> None:
    calendar, oracle = given_calendar
    due = calendar.add(s, a)
    assert calendar.between(s, due) == a
    if a:
        assert oracle.is_open(due - timedelta(microseconds=1))


@settings(max_examples=45, deadline=None)
@given(any_calendar, starts, amounts)
def test_spans_are_what_add_counts(
    given_calendar: tuple[BusinessCalendar, Oracle], s: datetime, a: timedelta
) -> None:
    calendar, oracle = given_calendar
    spans = calendar.spans(s, a)
    assert sum((span.end - span.start for span in spans), ZERO) == a
    assert all(span.start < span.end for span in spans)
    assert all(one.end < other.start for one, other in pairwise(spans))
    if spans:
        assert spans[0].start == calendar.next_opening(s)
        assert spans[-1].end == calendar.add(s, a)
    for span in spans[:5]:
        assert oracle.is_open(span.start)
        assert oracle.is_open(span.end - timedelta(microseconds=1))
    for one, other in pairwise(spans[:5]):
        assert not oracle.is_open(one.end)
        assert not oracle.is_open(other.start - timedelta(microseconds=1))


@settings(max_examples=45, deadline=None)
@given(
    any_calendar,
    starts,
    st.timedeltas(ZERO, timedelta(days=3)),
    amounts,
    st.timedeltas(ZERO, timedelta(days=3)),
)
def test_later_or_longer_is_never_due_earlier(
    given_calendar: tuple[BusinessCalendar, Oracle],
    s: datetime,
    later: timedelta,
    a: timedelta,
    longer: timedelta,
) -> None:
    calendar, _ = given_calendar
    due = calendar.add(s, a)
    assert calendar.add(s + later, a) >= due
    assert calendar.add(s, a + longer) >= due
    assert calendar.add(due, longer) == calendar.add(s, a + longer)


@settings(max_examples=45, deadline=None)
@given(any_calendar, st.lists(recent, min_size=3, max_size=3).map(sorted))
def test_open_time_adds_up(given_calendar: tuple[BusinessCalendar, Oracle], instants: list[datetime]) -> None:
    calendar, _ = given_calendar
    a, b, c = instants
    assert calendar.between(a, b) + calendar.between(b, c) == calendar.between(a, c)
    assert ZERO <= calendar.between(a, c) <= c - a


@settings(max_examples=45, deadline=None)
@given(any_calendar, starts)
def test_the_next_opening_is_open_and_nothing_before_it(
    given_calendar: tuple[BusinessCalendar, Oracle], t: datetime
) -> None:
    calendar, oracle = given_calendar
    opening = calendar.next_opening(t)
    assert opening >= t
    assert oracle.is_open(opening)
    assert calendar.between(t, opening) == ZERO
    assert (opening == t) == oracle.is_open(t)


@settings(max_examples=40, deadline=None)
@given(any_calendar, starts, amounts, st.sampled_from(sorted(CHANGES)))
def test_the_zone_of_the_question_does_not_matter(
    given_calendar: tuple[BusinessCalendar, Oracle], s: datetime, a: timedelta, zone: str
) -> None:
    calendar, _ = given_calendar
    assert calendar.add(s.astimezone(ZoneInfo(zone)), a) == calendar.add(s, a)


def test_spans_compare_as_pairs() -> None:
    start = datetime(2026, 1, 1, tzinfo=UTC)
    assert Span(start, start + MINUTE) == (start, start + MINUTE)
