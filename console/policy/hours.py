"""Business-time arithmetic over a weekly calendar in one time zone: aware UTC in, aware UTC out.

What counts is real (elapsed) time during which the calendar is open. It is open at an instant when the wall
clock of its zone, at that instant, shows a time inside an opening interval. Everything about changes of the
clock follows from that one sentence:

* an hour that the clock skips is never open: an interval whose open or close lies in the skipped hour begins or
  ends at the instant of the change, and one that lies wholly inside it is empty;
* an hour that the clock shows twice counts twice: 01:00-02:00 lasts two real hours on such a night, and an
  interval with one end inside the repeated hour is open whenever the clock shows a time inside it, so it may
  come in two pieces;
* of a date that a zone left out altogether (Apia, 2011-12-30) nothing is open but what its overnight interval
  carries past midnight.

An interval belongs to the day on which it opens. It is half-open: open at its first instant, closed at its
closing instant. Intervals that overlap or touch, on one day or over midnight, are one opening and count once.
docs/decisions/0001-business-hours.md records the conventions and their reasons.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import MAXYEAR, MINYEAR, UTC, date, datetime, timedelta
from types import MappingProxyType
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

Intervals = Sequence[tuple[str, str]]
"""One day's opening intervals as wall-clock times: ``[("09:00", "12:00"), ("13:00", "17:30")]``."""

WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

_NO_OVERRIDES: Final[Mapping[date, Intervals]] = MappingProxyType({})
_ZERO: Final = timedelta(0)
_DAY: Final = 86_400
_FIRST: Final = datetime.min.replace(tzinfo=UTC)
_LAST: Final = datetime.max.replace(tzinfo=UTC)
_YEARS_KEPT: Final = 64
_TIME: Final = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])|24:00")
_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")

_Pieces = tuple[tuple[int, int], ...]
"""Sorted half-open intervals without overlap, in seconds; of a day they count from its local midnight."""


class CalendarError(ValueError):
    """A calendar, an instant or an amount that cannot be used; the sentence begins with the key or argument."""


class NeverOpens(CalendarError):
    """The calendar has no opening left for what was asked."""


class Span(NamedTuple):
    """Counted time, half-open: ``start`` counts, ``end`` does not. Both aware UTC; never empty."""

    start: datetime
    end: datetime


class BusinessCalendar:
    """Opening hours of a week in a zone, with holidays and days of their own; immutable, equal by value.

    ``timezone`` is an IANA name such as ``"America/New_York"``. ``weekly`` maps ``"mon"`` … ``"sun"`` to that
    day's intervals (a day left out is closed). Times are ``"HH:MM"``; a close at or before its open runs past
    midnight and belongs to the day it opened, and ``"24:00"`` ends the day. On ``holidays`` nothing opens, though
    what opened the evening before runs on. ``overrides`` replace the intervals of single dates, holidays
    included. Dates are ``date`` objects or ``"YYYY-MM-DD"``.

    Every method takes aware datetimes of any zone, refuses naive ones, answers in UTC, keeps microseconds
    exactly, and never changes the calendar. Raises ``CalendarError`` (a ``ValueError``) naming the key at fault.
    """

    __slots__ = ("_days", "_holidays", "_last_year", "_overrides", "_years", "_zone")

    _zone: ZoneInfo
    _days: tuple[_Pieces, ...]
    _holidays: frozenset[date]
    _overrides: dict[date, _Pieces]
    _last_year: int
    _years: "dict[int, _Year]"

    def __init__(
        self,
        timezone: str,
        weekly: Mapping[str, Intervals],
        holidays: Iterable[date | str] = (),
        overrides: Mapping[date, Intervals] | Mapping[str, Intervals] = _NO_OVERRIDES,
    ) -> None:
        self._zone = _zone(timezone)
        self._days = _read_weekly(weekly)
        self._holidays = _read_holidays(holidays)
        self._overrides = _read_overrides(overrides)
        self._last_year = self._last_year_with_openings()
        self._years = {}

    def add(self, start: datetime, amount: timedelta) -> datetime:
        """The earliest instant (UTC) by which ``amount`` of open time has passed since ``start``.

        A start outside opening hours starts counting at the next opening. An amount that ends exactly at a
        closing time is due at that closing time, not at the next opening. Zero is due at ``start`` itself.
        Raises ``CalendarError`` for a naive start or a negative amount, or when the result would lie after the
        year 9999; ``NeverOpens`` when the openings left do not suffice.
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
            return year.due(begun, amount) or self._due_after(start, year.before[-1] - year.before[begun], amount)
        except OverflowError:
            raise _too_late(start, amount) from None

    def between(self, start: datetime, end: datetime) -> timedelta:
        """Open time from ``start`` until ``end``. Raises ``CalendarError`` when ``end`` comes before ``start``."""
        start, end = _utc(start, "start"), _utc(end, "end")
        if end < start:
            raise CalendarError(f"end: {end.isoformat()} is before the start, {start.isoformat()}")
        passed = self._year(end.year).open_until(end) - self._year(start.year).open_until(start)
        return passed + sum((self._year(year).before[-1] for year in range(start.year, end.year)), _ZERO)

    def next_opening(self, t: datetime) -> datetime:
        """``t`` itself (UTC) when open at ``t``, else the next opening instant; at a closing instant it is closed.

        Raises ``NeverOpens`` when no opening is left.
        """
        t = _utc(t, "t")
        for span in self._spans_from(t):
            return span.start
        raise NeverOpens(f"This calendar ({self.timezone}) never opens after {t.isoformat()}.")

    def spans(self, start: datetime, amount: timedelta) -> tuple[Span, ...]:
        """The open time that ``add(start, amount)`` counts: one span for each opening, adding up to ``amount``.

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
        """The merged intervals that open on local date ``day``; a close after ``"24:00"`` is the next day's time."""
        return tuple((_clock(opens, _DAY - 60), _clock(closes, _DAY)) for opens, closes in self._pieces_on(day))

    def __eq__(self, other: object) -> bool:
        return self._value() == other._value() if isinstance(other, BusinessCalendar) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._value())

    def __repr__(self) -> str:
        return f"BusinessCalendar{self._arguments()!r}"

    def __reduce__(self) -> tuple[Any, ...]:
        return BusinessCalendar, self._arguments()

    def _arguments(self) -> tuple[str, dict[str, Any], tuple[str, ...], dict[str, Any]]:
        weekly = {name: _written(pieces) for name, pieces in zip(WEEKDAYS, self._days, strict=True) if pieces}
        overrides = {day.isoformat(): _written(self._overrides[day]) for day in sorted(self._overrides)}
        return self.timezone, weekly, tuple(day.isoformat() for day in sorted(self._holidays)), overrides

    def _value(self) -> tuple[object, ...]:
        return self.timezone, self._days, self._holidays, tuple(sorted(self._overrides.items()))
