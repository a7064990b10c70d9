"""Durations, instants, tokens and money as words for the screen. Pure: instants and zones come in.

A duration has two units at most. Time left is rounded down, time late is rounded up,
so no one is promised a minute that is not there.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta, tzinfo
from typing import TYPE_CHECKING

from PySide6.QtCore import QLocale

from console.policy.errors import Conflict, Problem

if TYPE_CHECKING:
    from console.policy.hours import BusinessCalendar

MINUS = "−"
DOT = " · "
NOTHING = "–"
_MINUTE, _HOUR, _DAY = 60, 3600, 86400
_HOURS_ALONE_FROM = 12


# durations


def time_left(left: timedelta) -> str:
    """``"45 s"`` (last minute only), ``"12 min"``, ``"3 h 31 m"``, ``"20 h"``, ``"2 d 3 h"``; rounded down."""
    seconds = max(0, int(left.total_seconds()))
    return f"{seconds} s" if seconds < _MINUTE else _shown(seconds // _MINUTE)


def time_late(late: timedelta) -> str:
    """``"12 min"``, ``"1 h 04 m"``, ``"2 d 3 h"``: rounded up, one minute at least."""
    minutes = max(1, -int(-late.total_seconds() // _MINUTE))
    if minutes >= _HOURS_ALONE_FROM * 60:
        minutes = -(-minutes // 60) * 60
    return _shown(minutes)


def exact(amount: timedelta) -> str:
    """``"1 h 30 m"``, ``"4 h"``, ``"14 h 05 m"``, ``"2 d 3 h"``: for sums; minutes kept under a day."""
    seconds = int(amount.total_seconds())
    if seconds < _MINUTE:
        return f"{seconds} s"
    minutes = seconds // _MINUTE
    return _hours(minutes) if minutes < 24 * 60 else _shown(minutes)


def amount_of_hours(amount: timedelta) -> str:
    """``"24 h"``, ``"48 h"``, ``"90 min"``: a promise as the policy says it, hours never folded into days."""
    minutes = int(amount.total_seconds()) // _MINUTE
    return f"{minutes // 60} h" if minutes % 60 == 0 else f"{minutes} min"


def countdown(due: datetime, now: datetime) -> str:
    """``"24 min"`` before the deadline, ``"12 min late"`` after it."""
    return time_left(due - now) if now <= due else f"{time_late(now - due)} late"


def goal_countdown(due: datetime, now: datetime) -> str:
    """``"13 min"`` before a goal, ``"5 min over goal"`` after it."""
    return time_left(due - now) if now <= due else f"{time_late(now - due)} over goal"


def ago(then: datetime, now: datetime) -> str:
    """``"36 min ago"``, ``"just now"`` within the first minute."""
    return "just now" if now - then < timedelta(minutes=1) else f"{time_left(now - then)} ago"


def _shown(minutes: int) -> str:
    if minutes >= 24 * 60:
        days, hours = minutes // (24 * 60), minutes // 60 % 24
        return f"{days} d {hours} h" if hours else f"{days} d"
    if minutes >= _HOURS_ALONE_FROM * 60:
        return f"{minutes // 60} h"
    return _hours(minutes)


def _hours(minutes: int) -> str:
    if minutes < 60:
        return f"{minutes} min"
    hours, rest = divmod(minutes, 60)
    return f"{hours} h {rest:02d} m" if rest else f"{hours} h"


# numbers


def number(value: int) -> str:
    """``"3,200"``, with a real minus sign."""
    text = f"{abs(value):,}" if _plain_locale() else QLocale().toString(abs(value))
    return f"{MINUS}{text}" if value < 0 else text


def tokens(amount: int) -> str:
    """``"1 token"``, ``"48 tokens"``."""
    return f"{number(amount)} token" if abs(amount) == 1 else f"{number(amount)} tokens"


def signed(amount: int) -> str:
    """``"+10"``, ``"−10"``, ``"0"``."""
    return f"+{number(amount)}" if amount > 0 else number(amount)


def money(cents: int) -> str:
    """``"$1,000.00"``, from whole cents."""
    whole, rest = divmod(abs(cents), 100)
    return f"{MINUS if cents < 0 else ''}${number(whole)}.{rest:02d}"


def money_short(cents: int) -> str:
    """``"$25"`` when there are no odd cents, else ``"$25.50"``."""
    text = money(cents)
    return text.removesuffix(".00")


def percent(part: int, whole: int) -> str:
    """``"96.8%"``; ``"–"`` of nothing. Rounded down at the tenth, so 100 % means all."""
    if whole == 0:
        return NOTHING
    tenths = part * 1000 // whole
    return f"{tenths // 10}%" if tenths % 10 == 0 else f"{tenths // 10}.{tenths % 10}%"


def count(amount: int, one: str, many: str) -> str:
    """``"1 ticket"``, ``"38 tickets"``."""
    return f"{number(amount)} {one if amount == 1 else many}"


def initials(name: str) -> str:
    """``"AR"`` for Alex Reyes; two letters at most, ``"?"`` for a name without letters."""
    words = [word for word in name.split() if word[:1].isalnum()]
    picked = [words[0], words[-1]] if len(words) > 1 else words
    return "".join(word[0].upper() for word in picked) or "?"


def short_name(name: str) -> str:
    """``"Sam O."`` for Sam Okafor: a name that fits an owner cell."""
    words = name.split()
    return f"{words[0]} {words[-1][0]}." if len(words) > 1 else name


def _plain_locale() -> bool:
    return QLocale().language() in (QLocale.Language.C, QLocale.Language.English)


# instants


def _eastern() -> tzinfo:
    from zoneinfo import ZoneInfo  # not needed to show the frame

    return ZoneInfo("America/New_York")


@dataclass(frozen=True, slots=True)
class Times:
    """How instants are written: the viewer's zone first (or the policy's, when flipped), 12 or 24 hours.

    All instants are aware; ValueError for a naive one. ``policy_name`` is the word for the policy's zone.
    """

    viewer: tzinfo = UTC
    policy: tzinfo = field(default_factory=_eastern)
    twelve_hours: bool = True
    policy_first: bool = False
    policy_name: str = "Eastern"

    @property
    def zone(self) -> tzinfo:
        """The zone shown first."""
        return self.policy if self.policy_first else self.viewer

    def flipped(self) -> Times:
        """The same with the other zone first (key Z)."""
        return replace(self, policy_first=not self.policy_first)

    def clock(self, instant: datetime) -> str:
        """``"12:52 PM"`` or ``"12:52"`` in the zone shown first."""
        return self._clock(_local(instant, self.zone))

    def policy_clock(self, instant: datetime) -> str:
        """``"2:52 PM Eastern"``."""
        return f"{self._clock(_local(instant, self.policy))} {self.policy_name}"

    def hour(self, instant: datetime, *, in_policy_zone: bool = False) -> str:
        """``"11 PM"``, ``"9 AM"``, ``"1:15"``: short forms for axes and opening hours."""
        local = _local(instant, self.policy if in_policy_zone else self.zone)
        if not self.twelve_hours:
            return self._clock(local)
        return f"{_twelve(local)} {_half(local)}" if local.minute == 0 else f"{_twelve(local)}:{local:%M}"

    def opening(self, calendar: BusinessCalendar, now: datetime) -> str:
        """``"business hours until 11 PM"``, ``"business hours, day and night"``, ``"closed until 9 AM"``."""
        opens, tomorrow = calendar.next_opening(now), now + timedelta(days=1)
        if opens > now:
            return f"closed until {self.hour(opens, in_policy_zone=True)}"
        closes = calendar.spans(now, calendar.between(now, tomorrow))[0].end
        if closes >= tomorrow:
            return "business hours, day and night"
        return f"business hours until {self.hour(closes, in_policy_zone=True)}"

    def when(self, instant: datetime, now: datetime) -> str:
        """``"12:52 PM"`` today; ``"Wed 9:20 AM"`` this week or yesterday; ``"24 Nov, 9:20 AM"``; else with the year."""
        return self._when(instant, now, self.zone)

    def policy_when(self, instant: datetime, now: datetime) -> str:
        """The same in the policy's zone: ``"Wed 11:30 AM Eastern"``."""
        return f"{self._when(instant, now, self.policy)} {self.policy_name}"

    def both(self, instant: datetime, now: datetime) -> str:
        """``"12:52 PM · 2:52 PM Eastern"``; one form when both zones read the same."""
        first, second = self._when(instant, now, self.viewer), self._when(instant, now, self.policy)
        if first == second:
            return f"{second} {self.policy_name}"
        if self.policy_first:
            return f"{second} {self.policy_name}{DOT}{first} your time"
        return f"{first}{DOT}{second} {self.policy_name}"

    def dated(self, instant: datetime, now: datetime) -> str:
        """For lists: ``"Today 12:16 PM"``, ``"Mon 23 Nov, 4:33 PM"``, with the year when it is another."""
        local, today = _local(instant, self.zone), _local(now, self.zone)
        if local.date() == today.date():
            return f"Today {self._clock(local)}"
        return f"{_weekday(local)} {_date(local, today)}, {self._clock(local)}"

    def day(self, instant: datetime, now: datetime) -> str:
        """``"Sun 1 Nov"``, with the year when it is another."""
        local = _local(instant, self.zone)
        return f"{_weekday(local)} {_date(local, _local(now, self.zone))}"

    def tooltip(self, instant: datetime) -> str:
        """Both zones with the second, a line each."""
        lines = [f"{self._full(_local(instant, self.viewer))} your time"]
        lines.append(f"{self._full(_local(instant, self.policy))} {self.policy_name}")
        return "\n".join(reversed(lines) if self.policy_first else lines)

    def _when(self, instant: datetime, now: datetime, zone: tzinfo) -> str:
        local, today = _local(instant, zone), _local(now, zone)
        days = (local.date() - today.date()).days
        if days == 0:
            return self._clock(local)
        if min(-1, -today.weekday()) <= days <= 6:
            return f"{_weekday(local)} {self._clock(local)}"
        return f"{_date(local, today)}, {self._clock(local)}"

    def _clock(self, local: datetime) -> str:
        return f"{_twelve(local)}:{local:%M} {_half(local)}" if self.twelve_hours else f"{local:%H:%M}"

    def _full(self, local: datetime) -> str:
        seconds = f"{_twelve(local)}:{local:%M:%S} {_half(local)}"
        clock = seconds if self.twelve_hours else f"{local:%H:%M:%S}"
        return f"{_weekday(local)} {local.day} {_month(local)} {local.year}, {clock}"


def _local(instant: datetime, zone: tzinfo) -> datetime:
    if instant.tzinfo is None:
        raise ValueError("an instant without a zone cannot be shown")
    return instant.astimezone(zone)


def _twelve(local: datetime) -> int:
    return (local.hour + 11) % 12 + 1


def _half(local: datetime) -> str:
    return "AM" if local.hour < 12 else "PM"


def _weekday(local: datetime) -> str:
    return QLocale().dayName(local.isoweekday(), QLocale.FormatType.ShortFormat)


def _month(local: datetime) -> str:
    return QLocale().monthName(local.month, QLocale.FormatType.ShortFormat)


def _date(local: datetime, today: datetime) -> str:
    short = f"{local.day} {_month(local)}"
    return short if local.year == today.year else f"{short} {local.year}"


def problem_words(problem: Problem, times: Times, now: datetime) -> str:
    """What a refusal says, the instant at which somebody was first in the reader's own zone."""
    if isinstance(problem, Conflict) and problem.at is not None:
        return problem.timed(times.when(problem.at, now))
    return problem.message
