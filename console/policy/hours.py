"""Business-time arithmetic over a weekly calendar in one time zone: aware UTC in, aware UTC out.

What counts is real (elapsed) time during which the calendar is open. It is open at an instant when the wall
clock of its zone, at that instant, shows a time inside an opening interval. Everything about changes of the
clock follows from that one sentence:

* an hour that the clock skips is never open: an interval whose open or close lies in the skipped hour begins
  or ends at the instant of the change, and one that lies wholly inside it is empty;
* an hour that the clock shows twice counts twice: 01:00-02:00 lasts two real hours on such a night, and an
  interval with one end inside the repeated hour is open whenever the clock shows a time inside it, so it may
  come in two pieces;
* of a date that a zone left out altogether (Apia, 2011-12-30) nothing is open but what its overnight interval
  carries past midnight.

An interval belongs to the day on which it opens. It is half-open: open at its first instant, closed at its
closing instant. Intervals that overlap or touch, on one day or over midnight, are one opening and count once.
docs/decisions/0001-business-hours.md records the conventions and their reasons.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping
from datetime import MAXYEAR, UTC, date, datetime, timedelta
from types import MappingProxyType
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo

from console.policy.written_hours import (
    WEEKDAYS,
    CalendarError,
    Intervals,
    Written,
    read_holidays,
    read_overrides,
    read_weekly,
    read_zone,
    seconds_of,
)

__all__ = ["WEEKDAYS", "BusinessCalendar", "CalendarError", "Intervals", "NeverOpensError", "Span"]

_NO_OVERRIDES: Final[Mapping[date, Intervals]] = MappingProxyType({})
_ZERO: Final = timedelta(0)
_DAY: Final = 86_400
_FIRST: Final = datetime.min.replace(tzinfo=UTC)
_LAST: Final = datetime.max.replace(tzinfo=UTC)
_YEARS_KEPT: Final = 64
_Pieces = list[tuple[int, int]]
"""Half-open intervals in whole seconds since the first midnight of year 1: of the wall clock or of UTC."""


class NeverOpensError(CalendarError):
    """The calendar has no opening left for what was asked."""


class Span(NamedTuple):
    """Counted time, half-open: ``start`` counts, ``end`` does not. Both aware UTC; never empty."""

    start: datetime
    end: datetime


class BusinessCalendar:
    """Opening hours of a week in a zone, with holidays and days of their own; immutable, equal by value.

    ``timezone`` is an IANA name such as ``"America/New_York"``. ``weekly`` maps ``"mon"`` … ``"sun"`` to that
    day's intervals (a day left out is closed). Times are ``"HH:MM"``; a close at or before its open runs past
    midnight and belongs to the day it opened, and ``"24:00"`` ends the day. On ``holidays`` nothing opens,
    though what opened the evening before runs on. ``overrides`` replace the intervals of single dates,
    holidays included. Dates are ``date`` objects or ``"YYYY-MM-DD"``.

    Every method takes aware datetimes of any zone, refuses naive ones, answers in UTC, and keeps microseconds
    exactly. Raises ``CalendarError`` (a ``ValueError``) naming the key or argument at fault.
    """

    __slots__ = ("_holidays", "_last_year", "_overrides", "_weekly", "_years", "_zone")

    _zone: ZoneInfo
    _weekly: tuple[Written, ...]
    _holidays: frozenset[date]
    _overrides: dict[date, Written]
    _last_year: int
    _years: "dict[int, _Year]"

    def __init__(
        self,
        timezone: str,
        weekly: Mapping[str, Intervals],
        holidays: Iterable[date | str] = (),
        overrides: Mapping[date, Intervals] | Mapping[str, Intervals] = _NO_OVERRIDES,
    ) -> None:
        self._zone = read_zone(timezone)
        self._weekly = read_weekly(weekly)
        self._holidays = read_holidays(holidays)
        self._overrides = read_overrides(overrides)
        self._last_year = min(self._last_day().year + 1, MAXYEAR)  # its last interval may end in the next
        self._years = {}

    def add(self, start: datetime, amount: timedelta) -> datetime:
        """The earliest instant (UTC) by which ``amount`` of open time has passed since ``start``.

        A start outside opening hours starts counting at the next opening. An amount that ends exactly at a
        closing time is due at that closing time, not at the next opening. Zero is due at ``start`` itself.
        Raises ``CalendarError`` for a naive start or a negative amount, or when the result would lie after
        the year 9999; ``NeverOpensError`` when the openings left do not suffice.
        """
        if type(start) is not datetime or start.tzinfo is not UTC:
            start = _utc(start, "start")
        if type(amount) is not timedelta or amount.days < 0:
            _check_amount(amount)
        if not amount:
            return start
        year = self._years.get(start.year) or self._year(start.year)
        closes = year.closes
        day = start.toordinal() - year.first_day
        begun = bisect_right(year.opens, start, year.opened_by[day], year.opened_by[day + 1])
        try:
            if begun and start < closes[begun - 1]:
                due = start + amount
                if due <= closes[begun - 1]:
                    return due
                amount -= closes[begun - 1] - start
            due_this_year = year.due(begun, amount)
            return due_this_year or self._due_later(start, amount - (year.before[-1] - year.before[begun]))
        except OverflowError:
            raise _too_late(start, amount) from None

    def between(self, start: datetime, end: datetime) -> timedelta:
        """Open time from ``start`` until ``end``; zero when they are equal.

        Raises ``CalendarError`` when ``end`` comes before ``start`` or either has no zone.
        """
        start, end = _utc(start, "start"), _utc(end, "end")
        if end < start:
            raise CalendarError(f"end: {end.isoformat()} is before the start, {start.isoformat()}")
        passed = self._year(end.year).open_until(end) - self._year(start.year).open_until(start)
        return passed + sum((self._year(year).before[-1] for year in range(start.year, end.year)), _ZERO)

    def next_opening(self, t: datetime) -> datetime:
        """``t`` itself (UTC) when open at ``t``, else the next opening instant.

        At a closing instant the calendar is closed. Raises ``NeverOpensError`` when no opening is left.
        """
        t = _utc(t, "t")
        for span in self._spans_from(t):
            return span.start
        raise NeverOpensError(f"This calendar ({self.timezone}) never opens after {t.isoformat()}.")

    def spans(self, start: datetime, amount: timedelta) -> tuple[Span, ...]:
        """The open time that ``add(start, amount)`` counts: a span for each opening, together ``amount``.

        Nothing for a zero amount. Raises what ``add`` raises.
        """
        due = self.add(start, amount)
        counted: list[Span] = []
        for span in self._spans_from(_utc(start, "start")):
            if span.start >= due:
                break
            opened = counted.pop().start if counted and counted[-1].end == span.start else span.start
            counted.append(Span(opened, min(span.end, due)))
        return tuple(counted)

    @property
    def timezone(self) -> str:
        """The IANA name of the zone whose wall clock the intervals mean."""
        return self._zone.key

    @property
    def holidays(self) -> frozenset[date]:
        """The dates on which nothing opens (unless an override says otherwise)."""
        return self._holidays

    def intervals_on(self, day: date) -> tuple[tuple[str, str], ...]:
        """The intervals that open on the local date ``day``, as written; empty on a closed day."""
        if day in self._overrides:
            return self._overrides[day]
        return () if day in self._holidays else self._weekly[day.weekday()]

    def __eq__(self, other: object) -> bool:
        return self._value() == other._value() if isinstance(other, BusinessCalendar) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._value())

    def __repr__(self) -> str:
        return f"BusinessCalendar{self._arguments()!r}"

    def __reduce__(self) -> tuple[Any, ...]:
        return BusinessCalendar, self._arguments()

    def _value(self) -> tuple[object, ...]:
        return self.timezone, self._weekly, self._holidays, tuple(sorted(self._overrides.items()))

    def _arguments(self) -> tuple[object, ...]:
        weekly = {name: day for name, day in zip(WEEKDAYS, self._weekly, strict=True) if day}
        overrides = {day.isoformat(): written for day, written in sorted(self._overrides.items())}
        return self.timezone, weekly, tuple(day.isoformat() for day in sorted(self._holidays)), overrides

    def _last_day(self) -> date:
        """The last local date on which anything opens; raises ``NeverOpensError`` when nothing ever does."""
        if any(self._weekly):
            return date.max
        days = [day for day, intervals in self._overrides.items() if intervals]
        if not days:
            raise NeverOpensError("weekly: no day has opening hours, and no override has any")
        return max(days)

    def _due_later(self, start: datetime, left: timedelta) -> datetime:
        """Where ``left`` ends, counted from the beginning of the year after ``start``."""
        if left > _LAST - start:
            raise _too_late(start, left)
        for number in range(start.year + 1, self._last_year + 1):
            year = self._year(number)
            due = year.due(0, left)
            if due is not None:
                return due
            left -= year.before[-1]
        if self._last_year < MAXYEAR:
            raise NeverOpensError(
                f"This calendar ({self.timezone}) opens no more after {self._last_day()}: "
                f"{left} of the time asked for from {start.isoformat()} is left over."
            )
        raise _too_late(start, left)

    def _spans_from(self, t: datetime) -> Iterator[Span]:
        """The open time from ``t`` on, in order, cut at the beginnings of UTC years."""
        for number in range(t.year, self._last_year + 1):
            year = self._year(number)
            for index in range(bisect_right(year.closes, t), len(year.closes)):
                yield Span(max(year.opens[index], t), year.closes[index])

    def _year(self, number: int) -> "_Year":
        """The openings of UTC year ``number``, kept once built; threads may build one twice, harmlessly."""
        year = self._years.get(number)
        if year is None:
            if len(self._years) >= _YEARS_KEPT:
                self._years = {}
            year = self._years[number] = self._build_year(number)
        return year

    def _build_year(self, number: int) -> "_Year":
        first = date(number, 1, 1).toordinal()
        days = date(number, 12, 31).toordinal() - first + 1
        begin, end = (first - 1) * _DAY, (first - 1 + days) * _DAY
        # An offset is less than a day and an interval at most one: other dates cannot reach the year.
        local = _merged(
            ((ordinal - 1) * _DAY + opens, (ordinal - 1) * _DAY + closes)
            for ordinal in range(max(first - 3, 1), min(first + days + 3, date.max.toordinal() + 1))
            for opens, closes in map(seconds_of, self.intervals_on(date.fromordinal(ordinal)))
        )
        return _Year(first, days, _open_in_utc(local, _offsets(self._zone, begin, end) if local else []))


class _Year:
    """The openings of one UTC year, cut at its ends, laid out to find one in a step; never changed."""

    __slots__ = ("before", "closes", "first_day", "opened_by", "opens")

    def __init__(self, first_day: int, days: int, pieces: _Pieces) -> None:
        self.first_day = first_day
        self.opens = [_instant(opens) for opens, _ in pieces]
        self.closes = [_instant(closes) for _, closes in pieces]
        self.before = [_ZERO]
        """Open time of the year before each opening; the last figure is the whole year's."""
        for opens, closes in zip(self.opens, self.closes, strict=True):
            self.before.append(self.before[-1] + (closes - opens))
        starts = [opens for opens, _ in pieces]
        self.opened_by = [bisect_right(starts, (first_day - 1 + day) * _DAY) for day in range(days + 1)]
        """How many openings began at or before midnight (UTC) of each day of the year."""

    def due(self, index: int, amount: timedelta) -> datetime | None:
        """Where a positive ``amount`` ends, counted from opening ``index`` on; ``None`` if later."""
        before = self.before
        target = before[index] + amount
        if target > before[-1]:
            return None
        if target > before[index + 1]:
            index = bisect_left(before, target, index + 1) - 1
        return self.opens[index] + (target - before[index])

    def open_until(self, t: datetime) -> timedelta:
        """The open time of the year before ``t``."""
        begun = bisect_right(self.opens, t)
        return self.before[begun] - max(self.closes[begun - 1] - t, _ZERO) if begun else _ZERO


def _open_in_utc(local: _Pieces, offsets: list[tuple[int, int, int]]) -> _Pieces:
    """The UTC pieces at which the wall clock shows a time inside ``local``, stretch by stretch."""
    found: _Pieces = []
    for begin, end, offset in offsets:
        index = bisect_right(local, begin + offset, key=lambda piece: piece[1])
        while index < len(local) and local[index][0] < end + offset:
            opens, closes = local[index]
            found.append((max(opens - offset, begin), min(closes - offset, end)))
            index += 1
    return _merged(found)


def _merged(pieces: Iterable[tuple[int, int]]) -> _Pieces:
    """The same time, sorted, with pieces that overlap or touch made one."""
    merged: _Pieces = []
    for opens, closes in sorted(pieces):
        if merged and opens <= merged[-1][1]:
            merged[-1] = merged[-1][0], max(closes, merged[-1][1])
        else:
            merged.append((opens, closes))
    return merged


def _offsets(zone: ZoneInfo, begin: int, end: int) -> list[tuple[int, int, int]]:
    """The stretches of UTC seconds from ``begin`` to ``end`` with one UTC offset each: (begin, end, offset).

    Looks once a day and then for the second; no two changes in the zone data are less than 3 days apart.
    """
    stretches: list[tuple[int, int, int]] = []
    since, offset = begin, _offset(zone, begin)
    for day in range(begin, end, _DAY):
        if _offset(zone, day + _DAY) != offset:
            seconds = range(day, day + _DAY)
            change = day + bisect_left(seconds, True, key=lambda second: _offset(zone, second) != offset)
            stretches.append((since, min(change, end), offset))
            since, offset = change, _offset(zone, day + _DAY)
    if since < end:
        stretches.append((since, end, offset))
    return stretches


def _offset(zone: ZoneInfo, second: int) -> int:
    """The zone's offset from UTC in seconds; on the very first and last day that of the day beside it."""
    inside = min(max(second, _DAY), (date.max.toordinal() - 1) * _DAY)
    offset = _instant(inside).astimezone(zone).utcoffset()
    assert offset is not None
    return round(offset.total_seconds())


def _instant(second: int) -> datetime:
    """The UTC instant; for the end of the year 9999, which no datetime can name, its last microsecond."""
    try:
        return _FIRST + timedelta(seconds=second)
    except OverflowError:
        return _LAST


def _utc(t: datetime, name: str) -> datetime:
    """``t`` as a plain UTC datetime. Raises ``CalendarError`` when it has no zone."""
    if not isinstance(t, datetime):
        raise CalendarError(f"{name}: {t!r} is not a datetime")
    if t.utcoffset() is None:
        raise CalendarError(f"{name}: {t.isoformat()} has no time zone; give an aware datetime, e.g. in UTC")
    try:
        u = t.astimezone(UTC)
    except OverflowError:
        raise CalendarError(f"{name}: {t.isoformat()} lies outside the years 1 to 9999 of UTC") from None
    return datetime(u.year, u.month, u.day, u.hour, u.minute, u.second, u.microsecond, UTC)


def _check_amount(amount: timedelta) -> None:
    if not isinstance(amount, timedelta):
        raise CalendarError(f"amount: {amount!r} is not a timedelta")
    if amount < _ZERO:
        raise CalendarError(f"amount: {amount} is negative; business time is counted forwards only")


def _too_late(start: datetime, amount: timedelta) -> CalendarError:
    return CalendarError(f"amount: {amount} from {start.isoformat()} ends after the year {MAXYEAR}")
