"""Business hours by convention: a table for each rule that docs/decisions/0001-business-hours.md records."""

import copy
import pickle
from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest

from console.policy.hours import WEEKDAYS, BusinessCalendar, CalendarError, NeverOpensError, Span

NEW_YORK = "America/New_York"
US = timedelta(microseconds=1)


def every_day(*intervals: tuple[str, str]) -> dict[str, list[tuple[str, str]]]:
    return {day: list(intervals) for day in WEEKDAYS}


def at(text: str, zone: str = NEW_YORK, fold: int = 0) -> datetime:
    """The UTC instant of a wall-clock time in ``zone``."""
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=fold).astimezone(UTC)


def hours(amount: float) -> timedelta:
    return timedelta(hours=amount)


DESK = BusinessCalendar(NEW_YORK, every_day(("09:00", "23:00")))


@pytest.mark.parametrize(
    ("start", "amount", "due"),
    [
        ("2026-06-01 09:00", 4, "2026-06-01 13:00"),
        ("2026-06-01 08:59:59.999999", 4, "2026-06-01 13:00"),
        ("2026-06-01 19:00", 4, "2026-06-01 23:00"),  # exactly at the closing time: due there
        ("2026-06-01 19:00:00.000001", 4, "2026-06-02 09:00:00.000001"),
        ("2026-06-01 23:00", 4, "2026-06-02 13:00"),  # closed at its closing instant
        ("2026-06-01 03:00", 14, "2026-06-01 23:00"),
        ("2026-06-01 09:00", 28, "2026-06-02 23:00"),
        ("2026-12-31 22:00", 4, "2027-01-01 12:00"),
        ("2026-03-07 21:30", 4, "2026-03-08 11:30"),  # the night the clock goes forward
        ("2026-10-31 21:30", 4, "2026-11-01 11:30"),  # and the night it goes back
        ("2026-06-01 09:00", 14 * 800, "2028-08-08 23:00"),  # over two turns of the year
    ],
)
def test_add_on_the_published_hours(start: str, amount: float, due: str) -> None:
    assert DESK.add(at(start), hours(amount)) == at(due)


@pytest.mark.parametrize("start", ["2026-06-01 03:00", "2026-06-01 12:00", "2026-06-01 23:00"])
def test_zero_is_due_at_the_start_and_counts_nothing(start: str) -> None:
    assert DESK.add(at(start), timedelta(0)) == at(start)
    assert DESK.spans(at(start), timedelta(0)) == ()


def test_microseconds_are_exact() -> None:
    start = at("2026-06-01 22:59:59.999998")
    assert DESK.add(start, 2 * US) == at("2026-06-01 23:00")
    assert DESK.add(start, 3 * US) == at("2026-06-02 09:00") + US
    assert DESK.between(start, at("2026-06-02 09:00") + US) == 3 * US
    assert DESK.spans(start, 3 * US) == (
        Span(start, at("2026-06-01 23:00")),
        Span(at("2026-06-02 09:00"), at("2026-06-02 09:00") + US),
    )


@pytest.mark.parametrize(
    ("t", "opening"),
    [
        ("2026-06-01 08:00", "2026-06-01 09:00"),
        ("2026-06-01 09:00", "2026-06-01 09:00"),
        ("2026-06-01 22:59:59.999999", "2026-06-01 22:59:59.999999"),
        ("2026-06-01 23:00", "2026-06-02 09:00"),
        ("2026-12-31 23:30", "2027-01-01 09:00"),
    ],
)
def test_next_opening(t: str, opening: str) -> None:
    assert DESK.next_opening(at(t)) == at(opening)


def test_between_counts_open_time_only() -> None:
    assert DESK.between(at("2026-06-01 03:00"), at("2026-06-01 08:00")) == timedelta(0)
    assert DESK.between(at("2026-06-01 22:00"), at("2026-06-02 10:00")) == hours(2)
    assert DESK.between(at("2026-06-01 12:00"), at("2026-06-01 12:00")) == timedelta(0)
    assert DESK.between(at("2024-01-01 00:00"), at("2027-01-01 00:00")) == hours(14 * (366 + 365 + 365))


def test_between_refuses_an_end_before_the_start() -> None:
    with pytest.raises(CalendarError, match=r"end: .* is before the start"):
        DESK.between(at("2026-06-01 12:00"), at("2026-06-01 11:59"))


@pytest.mark.parametrize("tz", [ZoneInfo("Asia/Kathmandu"), timezone(timedelta(hours=-3)), ZoneInfo("UTC")])
def test_any_aware_zone_is_taken_and_utc_given(tz: timezone | ZoneInfo) -> None:
    start = at("2026-06-01 21:00").astimezone(tz)
    due = DESK.add(start, hours(4))
    assert (due, due.tzinfo) == (at("2026-06-02 11:00"), UTC)
    assert DESK.next_opening(start).tzinfo is UTC
    assert DESK.add(start, timedelta(0)).tzinfo is UTC
    assert DESK.between(start, due.astimezone(tz)) == hours(4)
    assert all(t.tzinfo is UTC for span in DESK.spans(start, hours(4)) for t in span)


def test_the_repeated_hour_of_an_aware_local_start_is_told_apart_by_its_fold() -> None:
    night = BusinessCalendar(NEW_YORK, every_day(("00:00", "06:00")))
    local = datetime(2026, 11, 1, 1, 30, tzinfo=ZoneInfo(NEW_YORK))
    assert night.add(local, hours(2)) == at("2026-11-01 02:30")
    assert night.add(local.replace(fold=1), hours(2)) == at("2026-11-01 03:30")


def test_several_intervals_a_day() -> None:
    desk = BusinessCalendar(NEW_YORK, {"mon": [("13:00", "17:00"), ("09:00", "12:00")]})
    monday = at("2026-06-01 00:00")
    assert desk.add(monday, hours(3)) == at("2026-06-01 12:00")
    assert desk.add(monday, hours(4)) == at("2026-06-01 14:00")
    assert desk.add(monday, hours(8)) == at("2026-06-08 10:00")
    assert desk.next_opening(at("2026-06-01 12:00")) == at("2026-06-01 13:00")


@pytest.mark.parametrize(
    ("interval", "opens", "closes"),
    [
        (("22:00", "06:00"), "2026-06-01 22:00", "2026-06-02 06:00"),
        (("22:00", "00:00"), "2026-06-01 22:00", "2026-06-02 00:00"),
        (("22:00", "24:00"), "2026-06-01 22:00", "2026-06-02 00:00"),
        (("00:00", "24:00"), "2026-06-01 00:00", "2026-06-02 00:00"),
        (("00:00", "00:00"), "2026-06-01 00:00", "2026-06-02 00:00"),
        (("09:00", "09:00"), "2026-06-01 09:00", "2026-06-02 09:00"),
    ],
)
def test_a_close_at_or_before_its_open_is_on_the_next_day(
    interval: tuple[str, str], opens: str, closes: str
) -> None:
    desk = BusinessCalendar(NEW_YORK, {"mon": [interval]})
    start = at("2026-05-31 12:00")
    length = at(closes) - at(opens)
    assert desk.spans(start, length) == (Span(at(opens), at(closes)),)
    assert desk.between(start, start + timedelta(days=6)) == length


def test_intervals_that_touch_over_midnight_are_one_opening() -> None:
    desk = BusinessCalendar(NEW_YORK, {"mon": [("09:00", "24:00")], "tue": [("00:00", "06:00")]})
    assert desk.spans(at("2026-06-01 00:00"), hours(21)) == (
        Span(at("2026-06-01 09:00"), at("2026-06-02 06:00")),
    )


def test_overlaps_count_once() -> None:
    desk = BusinessCalendar(
        NEW_YORK,
        {"mon": [("09:00", "17:00"), ("12:00", "18:00"), ("22:00", "10:00")], "tue": [("08:00", "12:00")]},
    )
    start = at("2026-06-01 00:00")
    assert desk.between(start, start + timedelta(days=6)) == hours(9 + 14)
    assert [span.start for span in desk.spans(start, hours(23))] == [
        at("2026-06-01 09:00"),
        at("2026-06-01 22:00"),
    ]


def test_round_the_clock_is_a_single_span_over_every_turn_of_the_year() -> None:
    always = BusinessCalendar(NEW_YORK, every_day(("00:00", "24:00")))
    start = datetime(2026, 6, 1, tzinfo=UTC)
    amount = timedelta(days=1500, microseconds=1)
    assert always.spans(start, amount) == (Span(start, start + amount),)
    assert always.add(start, amount) == start + amount


def test_nothing_opens_on_a_holiday_but_the_evening_before_runs_on() -> None:
    desk = BusinessCalendar(NEW_YORK, every_day(("20:00", "02:00")), [date(2026, 12, 25), "2026-12-26"])
    start = at("2026-12-24 20:00")
    assert desk.add(start, hours(6)) == at("2026-12-25 02:00")
    assert desk.next_opening(at("2026-12-25 02:00")) == at("2026-12-27 20:00")
    assert desk.holidays == {date(2026, 12, 25), date(2026, 12, 26)}


def test_an_override_replaces_its_day_and_wins_over_a_holiday() -> None:
    desk = BusinessCalendar(
        NEW_YORK,
        every_day(("09:00", "23:00")),
        [date(2026, 12, 24), date(2026, 12, 25)],
        {date(2026, 12, 24): [("09:00", "12:00")], date(2026, 12, 26): []},
    )
    assert desk.add(at("2026-12-24 00:00"), hours(3)) == at("2026-12-24 12:00")
    assert desk.next_opening(at("2026-12-24 12:00")) == at("2026-12-27 09:00")
    assert desk.intervals_on(date(2026, 12, 24)) == (("09:00", "12:00"),)
    assert desk.intervals_on(date(2026, 12, 25)) == ()
    assert desk.intervals_on(date(2026, 12, 27)) == (("09:00", "23:00"),)


def test_an_override_removes_the_overnight_interval_that_would_open_on_its_day() -> None:
    desk = BusinessCalendar(NEW_YORK, every_day(("22:00", "02:00")), (), {"2026-06-02": [("10:00", "11:00")]})
    assert [(s.start, s.end) for s in desk.spans(at("2026-06-01 12:00"), hours(6))] == [
        (at("2026-06-01 22:00"), at("2026-06-02 02:00")),
        (at("2026-06-02 10:00"), at("2026-06-02 11:00")),
        (at("2026-06-03 22:00"), at("2026-06-03 23:00")),
    ]


SPRING, AUTUMN = "2026-03-08", "2026-11-01"  # Sundays: 02:00-03:00 is skipped; 01:00-02:00 comes twice


@pytest.mark.parametrize(
    ("interval", "day", "real_hours", "opens", "closes"),
    [
        (("01:00", "03:00"), SPRING, 1, "01:00", "03:00"),
        (("02:30", "06:00"), SPRING, 3, "03:00", "06:00"),  # opens in the gap: opens at the change
        (("00:00", "02:30"), SPRING, 2, "00:00", "03:00"),  # closes in the gap: closes at the change
        (("00:00", "06:00"), SPRING, 5, "00:00", "06:00"),
        (("00:00", "24:00"), SPRING, 23, "00:00", "24:00"),
        (("01:00", "02:00"), AUTUMN, 2, "01:00", "02:00"),
        (("00:00", "06:00"), AUTUMN, 7, "00:00", "06:00"),
        (("00:00", "24:00"), AUTUMN, 25, "00:00", "24:00"),
    ],
)
def test_days_of_a_clock_change(
    interval: tuple[str, str], day: str, real_hours: float, opens: str, closes: str
) -> None:
    desk = BusinessCalendar(NEW_YORK, {"sun": [interval]})
    midnight = at(f"{day} 00:00")
    end = at(f"{day} 23:59") + timedelta(minutes=1) if closes == "24:00" else at(f"{day} {closes}")
    assert desk.spans(midnight, hours(real_hours)) == (Span(at(f"{day} {opens}"), end),)
    assert desk.between(midnight, midnight + timedelta(days=2)) == hours(real_hours)


def test_an_interval_inside_the_skipped_hour_is_empty_that_day() -> None:
    desk = BusinessCalendar(NEW_YORK, {"sun": [("02:00", "03:00")]})
    assert desk.next_opening(at(f"{SPRING} 00:00")) == at("2026-03-15 02:00")


@pytest.mark.parametrize(
    ("interval", "pieces"),
    [
        (("01:30", "06:00"), [("01:30", 0, "02:00", -1), ("01:30", 1, "06:00", 0)]),
        (("00:00", "01:30"), [("00:00", 0, "01:30", 0), ("01:00", 1, "01:30", 1)]),
        (("01:15", "01:45"), [("01:15", 0, "01:45", 0), ("01:15", 1, "01:45", 1)]),
    ],
)
def test_an_interval_with_an_end_in_the_repeated_hour_is_open_whenever_the_clock_shows_a_time_inside_it(
    interval: tuple[str, str], pieces: list[tuple[str, int, str, int]]
) -> None:
    desk = BusinessCalendar(NEW_YORK, {"sun": [interval]})
    change = datetime(2026, 11, 1, 6, tzinfo=UTC)  # 02:00 EDT becomes 01:00 EST
    expected = tuple(
        Span(
            at(f"{AUTUMN} {opens}", fold=first_or_second),
            change if fold == -1 else at(f"{AUTUMN} {closes}", fold=fold),
        )
        for opens, first_or_second, closes, fold in pieces
    )
    total = sum((span.end - span.start for span in expected), timedelta(0))
    assert desk.spans(at(f"{AUTUMN} 00:00"), total) == expected


def test_a_date_that_the_zone_left_out() -> None:
    """Apia went from the end of Thursday 29 December 2011 straight to Saturday 31."""
    nights = BusinessCalendar(
        "Pacific/Apia", {"thu": [("22:00", "06:00")], "fri": [("09:00", "17:00"), ("22:00", "06:00")]}
    )
    start = at("2011-12-29 12:00", "Pacific/Apia")
    change = datetime(2011, 12, 30, 10, tzinfo=UTC)
    assert nights.spans(start, hours(8)) == (Span(change - hours(2), change + hours(6)),)


def test_a_half_hour_change() -> None:
    """Lord Howe goes back from 02:00 to 01:30."""
    desk = BusinessCalendar("Australia/Lord_Howe", {"sun": [("01:00", "03:00")]})
    start = at("2026-04-05 00:00", "Australia/Lord_Howe")
    assert desk.between(start, start + timedelta(days=1)) == hours(2.5)


def test_calendar_with_single_dates_only_says_when_nothing_is_left() -> None:
    desk = BusinessCalendar("UTC", {}, (), {date(2026, 6, 1): [("09:00", "10:00")], date(2030, 1, 1): []})
    assert desk.add(datetime(1990, 1, 1, tzinfo=UTC), hours(1)) == datetime(2026, 6, 1, 10, tzinfo=UTC)
    assert desk.between(datetime(1990, 1, 1, tzinfo=UTC), datetime(2190, 1, 1, tzinfo=UTC)) == hours(1)
    with pytest.raises(NeverOpensError, match="opens no more after 2026-06-01"):
        desk.add(datetime(1990, 1, 1, tzinfo=UTC), hours(1) + US)
    with pytest.raises(NeverOpensError, match="never opens after 2026-06-01T10:00"):
        desk.next_opening(datetime(2026, 6, 1, 10, tzinfo=UTC))


def test_years_of_holidays_are_passed_over() -> None:
    closed = [date(2026, 1, 1) + timedelta(days=n) for n in range(365 * 12)]
    desk = BusinessCalendar(NEW_YORK, every_day(("09:00", "23:00")), closed)
    assert desk.next_opening(at("2026-01-01 00:00")) == at("2037-12-29 09:00")


@pytest.mark.parametrize("weekly", [{}, {"mon": []}])
def test_a_calendar_that_never_opens_cannot_be_made(weekly: dict[str, list[tuple[str, str]]]) -> None:
    with pytest.raises(NeverOpensError, match="weekly: no day has opening hours"):
        BusinessCalendar(NEW_YORK, weekly, (), {date(2026, 1, 1): []})


def test_the_ends_of_the_calendar_are_said_clearly() -> None:
    last, first = datetime(9999, 12, 31, 23, tzinfo=UTC), datetime.min.replace(tzinfo=UTC)
    for zone in ("UTC", NEW_YORK):
        always = BusinessCalendar(zone, every_day(("00:00", "24:00")))
        assert always.add(first + timedelta(days=1), hours(1)) == first + timedelta(days=1, hours=1)
        assert always.add(last, timedelta(minutes=59)) == last + timedelta(minutes=59)
        for amount in (hours(2), timedelta(days=40), timedelta.max):
            with pytest.raises(CalendarError, match="ends after the year 9999"):
                always.add(last, amount)
    closed_by_then = BusinessCalendar("UTC", every_day(("09:00", "10:00")))
    with pytest.raises(CalendarError, match="never opens after"):
        closed_by_then.next_opening(last)
    with pytest.raises(CalendarError, match="ends after the year 9999"):
        DESK.add(at("2026-06-01 03:00"), timedelta.max)
    with pytest.raises(CalendarError, match="outside the years 1 to 9999"):
        DESK.next_opening(datetime(1, 1, 1, tzinfo=timezone(hours(5))))


@pytest.mark.parametrize("bad", [datetime(2026, 6, 1), date(2026, 6, 1), "2026-06-01", None])  # noqa: DTZ001
def test_what_is_no_aware_datetime_is_refused_everywhere(bad: object) -> None:
    good = at("2026-06-01 12:00")
    calls = [
        lambda: DESK.add(bad, hours(1)),  # type: ignore[arg-type]
        lambda: DESK.spans(bad, hours(1)),  # type: ignore[arg-type]
        lambda: DESK.next_opening(bad),  # type: ignore[arg-type]
        lambda: DESK.between(bad, good),  # type: ignore[arg-type]
        lambda: DESK.between(good, bad),  # type: ignore[arg-type]
    ]
    for call in calls:
        with pytest.raises(CalendarError, match=r"has no time zone|is not a datetime"):
            call()


@pytest.mark.parametrize(
    ("amount", "says"), [(-US, "negative"), (-hours(4), "negative"), (4, "not a timedelta")]
)
def test_amounts_that_cannot_be_counted(amount: timedelta, says: str) -> None:
    for call in (DESK.add, DESK.spans):
        with pytest.raises(CalendarError, match=f"^amount: .*{says}"):
            call(at("2026-06-01 12:00"), amount)


GOOD = every_day(("09:00", "23:00"))


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("Mars/Olympus", GOOD), "^timezone: 'Mars/Olympus' is not in"),
        (("America", GOOD), "^timezone: 'America' is not in"),
        (("../etc/passwd", GOOD), "^timezone: "),
        (("", GOOD), "^timezone: "),
        ((None, GOOD), "^timezone: None is not a zone name"),
        ((NEW_YORK, [("09:00", "23:00")]), "^weekly: .* is not a mapping"),
        (
            (NEW_YORK, {"monday": [("09:00", "23:00")]}),
            "^weekly: 'monday' is not a weekday; expected one of mon",
        ),
        ((NEW_YORK, {1: [("09:00", "23:00")]}), "^weekly: 1 is not a weekday"),
        ((NEW_YORK, {"mon": "09:00-23:00"}), r"^weekly\.mon: '09:00-23:00' is not a list"),
        ((NEW_YORK, {"mon": None}), r"^weekly\.mon: None is not a list"),
        ((NEW_YORK, {"mon": ("09:00", "23:00")}), r"^weekly\.mon\[0\]: '09:00' is not a pair"),
        ((NEW_YORK, {"tue": [("09:00",)]}), r"^weekly\.tue\[0\]: .* is not a pair"),
        (
            (NEW_YORK, {"tue": [("09:00", "12:00"), ("13:00", "25:00")]}),
            r"^weekly\.tue\[1\]: '25:00' is not a time",
        ),
        ((NEW_YORK, {"tue": [("9:00", "12:00")]}), "'9:00' is not a time; expected 'HH:MM'"),
        ((NEW_YORK, {"tue": [("09:00", "12:60")]}), "'12:60' is not a time"),
        ((NEW_YORK, {"tue": [("09:00", "12:00\n")]}), "is not a time"),
        ((NEW_YORK, {"tue": [("09:00", "24:01")]}), "'24:01' is not a time"),
        ((NEW_YORK, {"tue": [(9, 12)]}), "9 is not a time"),
        ((NEW_YORK, {"tue": [("٠٩:00", "12:00")]}), "is not a time"),
        ((NEW_YORK, {"tue": [("24:00", "06:00")]}), "cannot open at '24:00'"),
        ((NEW_YORK, GOOD, "2026-12-25"), "^holidays: '2026-12-25' is not a list of dates"),
        ((NEW_YORK, GOOD, 25), "^holidays: 25 is not a list"),
        ((NEW_YORK, GOOD, [date(2026, 1, 1), "25.12.2026"]), r"^holidays\[1\]: '25.12.2026' is not a date"),
        ((NEW_YORK, GOOD, ["2026-02-30"]), r"^holidays\[0\]: '2026-02-30' is not a date"),
        ((NEW_YORK, GOOD, [datetime(2026, 1, 1, tzinfo=UTC)]), r"^holidays\[0\]: .* is not a date"),
        ((NEW_YORK, GOOD, (), [date(2026, 1, 1)]), "^overrides: .* is not a mapping"),
        ((NEW_YORK, GOOD, (), {"soon": []}), "^overrides: 'soon' is not a date"),
        (
            (NEW_YORK, GOOD, (), {"2026-01-01": [("a", "b")]}),
            r"^overrides\.2026-01-01\[0\]: 'a' is not a time",
        ),
        (
            (NEW_YORK, GOOD, (), {"2026-01-01": [], date(2026, 1, 1): []}),
            "^overrides: 2026-01-01 is given twice",
        ),
    ],
)
def test_bad_calendars_are_refused_naming_the_key(arguments: tuple[object, ...], says: str) -> None:
    with pytest.raises(CalendarError, match=says):
        BusinessCalendar(*arguments)  # type: ignore[arg-type]


def test_calendars_are_values() -> None:
    one = BusinessCalendar(NEW_YORK, {"mon": [("13:00", "17:00"), ("09:00", "12:00")]}, ["2026-12-25"], {})
    same = BusinessCalendar(
        NEW_YORK, {"mon": (("09:00", "12:00"), ("13:00", "17:00")), "tue": []}, [date(2026, 12, 25)]
    )
    other = BusinessCalendar(NEW_YORK, {"mon": [("13:00", "17:00"), ("09:00", "12:00")]})
    assert one == same
    assert hash(one) == hash(same)
    assert one != other
    assert one != "calendar"
    assert eval(repr(one)) == one
    assert pickle.loads(pickle.dumps(one)) == copy.deepcopy(one) == one
    assert one.timezone == NEW_YORK


def test_the_arguments_may_change_afterwards() -> None:
    weekly, holidays, overrides = (
        every_day(("09:00", "23:00")),
        [date(2026, 1, 1)],
        {date(2026, 1, 2): [("10:00", "11:00")]},
    )
    desk = BusinessCalendar(NEW_YORK, weekly, holidays, overrides)
    before = repr(desk)
    weekly["mon"].clear()
    holidays.clear()
    overrides.clear()
    assert repr(desk) == before


def test_the_table_of_years_stays_small() -> None:
    desk = BusinessCalendar("UTC", {"mon": [("09:00", "10:00")]})
    for year in range(1900, 2200):
        desk.next_opening(datetime(year, 6, 1, tzinfo=UTC))
    assert len(desk._years) <= 64
