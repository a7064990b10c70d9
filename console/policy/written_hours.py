"""A calendar as it is written down - zone, weekdays, dates, times - read into checked, frozen values.

Every fault is a ``CalendarError`` that begins with its key: ``weekly.mon[0]: '25:00' is not a time``.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

Intervals = Sequence[tuple[str, str]]
"""One day's opening intervals as wall-clock times: ``[("09:00", "12:00"), ("13:00", "17:30")]``."""

Written = tuple[tuple[str, str], ...]
"""The same, checked and sorted."""

WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

_TIME: Final = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])|24:00")
_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


class CalendarError(ValueError):
    """A calendar, an instant or an amount that cannot be used; the sentence names the key or argument."""


def read_zone(name: str) -> ZoneInfo:
    """The zone of that IANA name. Raises ``CalendarError`` when the zone data do not have it."""
    if not isinstance(name, str):
        raise CalendarError(f"timezone: {name!r} is not a zone name such as 'America/New_York'")
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise CalendarError(
            f"timezone: {name!r} is not in this computer's zone data, nor in the tzdata package; "
            "expected a name such as 'America/New_York'"
        ) from None


def read_weekly(weekly: Mapping[str, Intervals]) -> tuple[Written, ...]:
    """The intervals of the seven days, Monday first; a day left out has none."""
    if not isinstance(weekly, Mapping):
        raise CalendarError(f"weekly: {weekly!r} is not a mapping of weekdays to intervals")
    for name in weekly:
        if name not in WEEKDAYS:
            raise CalendarError(f"weekly: {name!r} is not a weekday; expected one of {', '.join(WEEKDAYS)}")
    return tuple(_read_intervals(f"weekly.{name}", weekly.get(name, ())) for name in WEEKDAYS)


def read_holidays(holidays: Iterable[date | str]) -> frozenset[date]:
    """The dates on which nothing opens."""
    if isinstance(holidays, str) or not isinstance(holidays, Iterable):
        raise CalendarError(f"holidays: {holidays!r} is not a list of dates")
    return frozenset(_read_date(f"holidays[{index}]", day) for index, day in enumerate(holidays))


def read_overrides(overrides: Mapping[Any, Intervals]) -> dict[date, Written]:
    """The intervals that replace those of single dates; none closes the date."""
    if not isinstance(overrides, Mapping):
        raise CalendarError(f"overrides: {overrides!r} is not a mapping of dates to intervals")
    days: dict[date, Written] = {}
    for key, intervals in overrides.items():
        day = _read_date("overrides", key)
        if day in days:
            raise CalendarError(f"overrides: {day} is given twice")
        days[day] = _read_intervals(f"overrides.{day}", intervals)
    return days


def _read_date(key: str, day: Any) -> date:
    if isinstance(day, date) and not isinstance(day, datetime):
        return date(day.year, day.month, day.day)
    if isinstance(day, str) and _DATE.fullmatch(day):
        try:
            return date.fromisoformat(day)
        except ValueError:
            pass
    raise CalendarError(f"{key}: {day!r} is not a date; expected a date or 'YYYY-MM-DD'")


def _read_intervals(key: str, intervals: Intervals) -> Written:
    if not isinstance(intervals, list | tuple):
        raise CalendarError(f'{key}: {intervals!r} is not a list of intervals such as [("09:00", "17:00")]')
    return tuple(sorted({_read_interval(f"{key}[{index}]", each) for index, each in enumerate(intervals)}))


def _read_interval(key: str, interval: Any) -> tuple[str, str]:
    if not isinstance(interval, list | tuple) or len(interval) != 2:
        raise CalendarError(f'{key}: {interval!r} is not a pair of times such as ("09:00", "17:00")')
    for time in interval:
        if not isinstance(time, str) or not _TIME.fullmatch(time):
            raise CalendarError(f"{key}: {time!r} is not a time; expected 'HH:MM', e.g. '09:00' or '24:00'")
    if interval[0] == "24:00":
        raise CalendarError(f"{key}: an interval cannot open at '24:00'; give '00:00' of the next day")
    return str(interval[0]), str(interval[1])


def seconds_of(written: tuple[str, str]) -> tuple[int, int]:
    """Open and close in seconds since local midnight; a close at or before its open is a day later."""
    opens, closes = (int(time[:2]) * 3600 + int(time[3:]) * 60 for time in written)
    return opens, closes if closes > opens else closes + 86_400
