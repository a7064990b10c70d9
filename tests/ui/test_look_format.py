"""Words for durations, instants, tokens and money, case by case."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from console.ui import format as words
from console.ui.format import Times

NOW = datetime(2026, 11, 24, 19, 28, tzinfo=UTC)  # Tuesday, 2:28 PM Eastern, 12:28 PM in Denver
TIMES = Times(viewer=ZoneInfo("America/Denver"))


def span(**parts: float) -> timedelta:
    return timedelta(**parts)


@pytest.mark.parametrize(
    ("left", "shown"),
    [
        (span(seconds=45.9), "45 s"),
        (span(seconds=60), "1 min"),
        (span(minutes=12, seconds=59), "12 min"),
        (span(hours=3, minutes=31), "3 h 31 m"),
        (span(hours=4, minutes=5), "4 h 05 m"),
        (span(hours=4), "4 h"),
        (span(hours=20, minutes=52), "20 h"),
        (span(days=2, hours=3, minutes=59), "2 d 3 h"),
        (span(days=3), "3 d"),
        (span(seconds=-5), "0 s"),
    ],
)
def test_time_left_is_rounded_down(left: timedelta, shown: str) -> None:
    assert words.time_left(left) == shown


@pytest.mark.parametrize(
    ("late", "shown"),
    [
        (span(seconds=1), "1 min"),
        (span(minutes=11, seconds=1), "12 min"),
        (span(minutes=59, seconds=1), "1 h"),
        (span(hours=1, minutes=3, seconds=10), "1 h 04 m"),
        (span(hours=20, minutes=1), "21 h"),
        (span(hours=23, minutes=30), "1 d"),
        (span(days=1, minutes=1), "1 d 1 h"),
    ],
)
def test_time_late_is_rounded_up(late: timedelta, shown: str) -> None:
    assert words.time_late(late) == shown


def test_a_countdown_turns_late_only_after_the_deadline() -> None:
    assert words.countdown(NOW, NOW) == "0 s"
    assert words.countdown(NOW, NOW + span(seconds=1)) == "1 min late"
    assert words.goal_countdown(NOW, NOW + span(minutes=5)) == "5 min over goal"
    assert words.ago(NOW, NOW + span(minutes=36)) == "36 min ago"
    assert words.ago(NOW, NOW) == "just now"


def test_sums_and_promises_keep_their_minutes_and_hours() -> None:
    assert words.exact(span(hours=14, minutes=5)) == "14 h 05 m"
    assert words.exact(span(hours=1, minutes=30)) == "1 h 30 m"
    assert words.amount_of_hours(span(hours=48)) == "48 h"
    assert words.amount_of_hours(span(minutes=90)) == "90 min"


def test_tokens_and_money_are_whole_and_signed_with_a_real_minus() -> None:
    assert (words.tokens(1), words.tokens(0), words.tokens(48)) == ("1 token", "0 tokens", "48 tokens")
    assert (words.signed(10), words.signed(-10), words.signed(0)) == ("+10", "−10", "0")
    assert (words.money(100_000), words.money(-5)) == ("$1,000.00", "−$0.05")
    assert (words.money_short(2_500), words.money_short(2_550)) == ("$25", "$25.50")
    assert words.number(3200) == "3,200"


def test_a_percentage_is_whole_only_when_all_of_it_is() -> None:
    assert (words.percent(482, 498), words.percent(10, 10), words.percent(9_999, 10_000)) == (
        "96.7%",
        "100%",
        "99.9%",
    )
    assert words.percent(0, 0) == "–"


def test_instants_read_by_how_near_they_are() -> None:
    assert TIMES.clock(NOW) == "12:28 PM"
    assert TIMES.policy_clock(NOW) == "2:28 PM Eastern"
    assert TIMES.when(NOW + span(hours=1), NOW) == "1:28 PM"
    assert TIMES.when(NOW + span(days=1, hours=-3), NOW) == "Wed 9:28 AM"
    assert TIMES.when(NOW - span(days=1), NOW) == "Mon 12:28 PM"
    assert TIMES.when(NOW - span(days=2), NOW) == "22 Nov, 12:28 PM"
    assert TIMES.when(NOW + span(days=60), NOW) == "23 Jan 2027, 12:28 PM"
    assert TIMES.dated(NOW, NOW) == "Today 12:28 PM"
    assert TIMES.dated(NOW - span(days=1), NOW) == "Mon 23 Nov, 12:28 PM"
    assert TIMES.day(NOW, NOW) == "Tue 24 Nov"
    assert TIMES.hour(datetime(2026, 11, 24, 14, tzinfo=UTC), in_policy_zone=True) == "9 AM"


def test_both_zones_and_the_second_are_one_glance_away() -> None:
    assert TIMES.both(NOW, NOW) == "12:28 PM · 2:28 PM Eastern"
    assert TIMES.flipped().both(NOW, NOW) == "2:28 PM Eastern · 12:28 PM your time"
    assert TIMES.flipped().clock(NOW) == "2:28 PM"
    eastern = Times(viewer=ZoneInfo("America/New_York"))
    assert eastern.both(NOW, NOW) == "2:28 PM Eastern"
    assert TIMES.tooltip(NOW) == "Tue 24 Nov 2026, 12:28:00 PM your time\nTue 24 Nov 2026, 2:28:00 PM Eastern"


def test_a_clock_of_24_hours_has_no_halves() -> None:
    assert Times(viewer=UTC, twelve_hours=False).clock(NOW) == "19:28"
    assert Times(viewer=UTC).clock(datetime(2026, 11, 24, 0, 5, tzinfo=UTC)) == "12:05 AM"


def test_an_instant_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="zone"):
        TIMES.clock(NOW.replace(tzinfo=None))


def test_names_shorten_without_breaking() -> None:
    assert (words.initials("Alex Reyes"), words.initials("sam"), words.initials("")) == ("AR", "S", "?")
    assert (words.short_name("Sam Okafor"), words.short_name("Cher")) == ("Sam O.", "Cher")
