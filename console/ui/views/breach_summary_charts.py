"""The breach summary's charts as data, their summary sentences, and the same figures as tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from console.ui import format as fmt
from console.ui.format import Times
from console.ui.models import breach_words as words
from console.ui.models.breach_model import Cell, Column, Line, Sheet
from console.ui.views.charts.causes import CauseBar
from console.ui.views.charts.per_day import Bar
from console.ui.views.charts.week_grid import Grid, GridCell

if TYPE_CHECKING:
    from console.services.summary import DayCount, PromiseRow, Summary

#: More days than this are shown several to a bar.
MOST_BARS = 100
_ALL_DAYS_UP_TO = 10


# missed per day


@dataclass(frozen=True, slots=True)
class _Bucket:
    first: date
    last: date
    begin: int
    plan: int
    before: int


def days_in_a_bar(summary: Summary) -> int:
    """How many days one bar stands for: 1, or more for very long periods."""
    return -(-summary.period.days // MOST_BARS)


def per_day_title(summary: Summary) -> str:
    """``"Missed per day"``, or ``"Missed per 4 days"`` for very long periods."""
    many = days_in_a_bar(summary)
    return "Missed per day" if many == 1 else f"Missed per {many} days"


def _buckets(summary: Summary) -> list[_Bucket]:
    size = days_in_a_bar(summary)
    days, before = summary.per_day, summary.per_day_before
    return [_bucket(days[at : at + size], before[at : at + size]) for at in range(0, len(days), size)]


def _bucket(days: Sequence[DayCount], before: Sequence[DayCount]) -> _Bucket:
    return _Bucket(
        days[0].day,
        days[-1].day,
        sum(day.begin_or_respond for day in days),
        sum(day.resolve_or_plan for day in days),
        sum(day.begin_or_respond + day.resolve_or_plan for day in before),
    )


def per_day_bars(summary: Summary, today: date) -> tuple[Bar, ...]:
    """One bar per day (or per few days) of the period."""
    buckets = _buckets(summary)
    then = words.same_day_before(summary)
    behind: dict[date, set[int]] = {}
    for row in summary.missed:
        behind.setdefault(_local_day(row, summary), set()).add(row.ticket_id)
    bars = []
    for at, bucket in enumerate(buckets):
        name = _bucket_name(bucket)
        found = [ids for day, ids in behind.items() if bucket.first <= day <= bucket.last]
        tick, strong = _tick(buckets, at, today)
        says = f"{name}: {_missed_words(bucket.begin, bucket.plan)}; {then}: {bucket.before}"
        bars.append(
            Bar(
                bucket.begin,
                bucket.plan,
                bucket.before,
                says,
                f"Missed {name}",
                tick,
                strong,
                frozenset().union(*found),
            )
        )
    return tuple(bars)


def _local_day(row: PromiseRow, summary: Summary) -> date:
    return row.due_at.astimezone(ZoneInfo(summary.period.zone)).date()


def _bucket_name(bucket: _Bucket) -> str:
    if bucket.first == bucket.last:
        return words.full_day(bucket.first)
    return words.short_span(bucket.first, bucket.last, bucket.last.year)


def _missed_words(begin: int, plan: int) -> str:
    if not begin + plan:
        return "none missed"
    return f"{begin + plan} missed, {begin} begin or respond, {plan} plan"


def _tick(buckets: Sequence[_Bucket], at: int, today: date) -> tuple[str, bool]:
    """The label under a bar: every day of a short period, 1 7 14 21 28 of a month, month starts of a long one."""
    bucket = buckets[at]
    if bucket.first <= today <= bucket.last:
        return "today", True
    if len(buckets) <= _ALL_DAYS_UP_TO:
        return (
            f"{words.weekday(bucket.first)} {bucket.first.day}" if bucket.first == bucket.last else ""
        ), False
    first, last = buckets[0].first, buckets[-1].last
    if (first.year, first.month) == (last.year, last.month):
        return (str(bucket.first.day) if bucket.first.day in (1, 7, 14, 21, 28) else ""), False
    starts = bucket.first.day == 1 or bucket.last.month != bucket.first.month
    if not starts and at:
        return "", False
    day = bucket.first if bucket.last.month == bucket.first.month else bucket.last.replace(day=1)
    return words.short_day(day), False


def per_day_sentence(summary: Summary) -> str:
    """``"16 guarantees were missed, 11 begin or respond and 5 plan; most on Tue 17 Nov: 3. 22 in the period …"``"""
    tiles = summary.tiles
    if not tiles.missed:
        return f"No guarantee was missed. {fmt.number(summary.before.missed)} in the period before."
    worst = max(_buckets(summary), key=lambda bucket: bucket.begin + bucket.plan)
    return (
        f"{fmt.count(tiles.missed, 'guarantee was', 'guarantees were')} missed, {tiles.missed_begin} begin or respond "
        f"and {tiles.missed_plan} plan; most on {_bucket_name(worst)}: {worst.begin + worst.plan}. "
        f"{fmt.number(summary.before.missed)} in the period before."
    )


def per_day_sheet(bars: Sequence[Bar]) -> Sheet:
    """The chart as a table: days with a miss, now or then."""
    columns = (
        Column("Day", stretch=True),
        Column("Begin or respond", right=True),
        Column("Plan", right=True),
        Column("Missed", right=True),
        Column("Before", right=True),
    )
    lines = []
    for bar in bars:
        if not bar.whole and not bar.before:
            continue
        numbers = (bar.begin, bar.plan, bar.whole, bar.before)
        name = bar.title.removeprefix("Missed ")
        cells = [Cell(name, ids=bar.ids, title=bar.title)]
        for number in numbers:
            ink = "text" if number else "text3"
            cells.append(Cell(fmt.number(number), ink, ids=bar.ids, title=bar.title))
        lines.append(Line(tuple(cells), bar.says))
    return Sheet(columns, tuple(lines))


# when they were missed


def week_grid(summary: Summary, times: Times) -> Grid:
    """Weekdays by hours of the policy's zone."""
    zone = ZoneInfo(summary.period.zone)
    behind: dict[tuple[int, int], set[int]] = {}
    for row in summary.missed:
        local = row.due_at.astimezone(zone)
        behind.setdefault((local.weekday(), local.hour), set()).add(row.ticket_id)
    days = tuple(words.weekday(date(2024, 1, 1) + timedelta(days=day)) for day in range(7))

    def cell(weekday: int, hour: int) -> GridCell:
        count, closed = summary.grid[weekday][hour], summary.closed[weekday][hour]
        name = f"{days[weekday]} {_hour(hour, times)} to {_hour((hour + 1) % 24, times)} {times.policy_name}"
        outside = ", outside business hours" if closed else ""
        ids = frozenset(behind.get((weekday, hour), ()))
        return GridCell(count, closed, f"{name}{outside}: {count} missed", f"Missed {name}", ids)

    rows = tuple(tuple(cell(weekday, hour) for hour in range(24)) for weekday in range(7))
    return Grid(rows, days, _hour_labels(summary, times))


def _hour(hour: int, times: Times) -> str:
    if not times.twelve_hours:
        return f"{hour:02d}:00"
    return f"{(hour + 11) % 12 + 1} {'AM' if hour < 12 else 'PM'}"


def _hour_labels(summary: Summary, times: Times) -> tuple[tuple[int, str], ...]:
    """Midnight, the first hour that opens, the middle of the afternoon, and the last that closes."""
    opens = [hour for hour in range(24) if not all(row[hour] for row in summary.closed)]
    edges = {0, 15}
    if opens and len(opens) < 24:
        edges |= {opens[0], (opens[-1] + 1) % 24}
    else:
        edges |= {6, 12, 18}
        edges.discard(15)
    return tuple((hour, _hour(hour, times)) for hour in sorted(edges))


def grid_sentence(grid: Grid) -> str:
    """``"Most were missed Tue 10 AM to 11 AM Eastern: 2. 3 outside business hours."``"""
    cells = [cell for row in grid.rows for cell in row if cell.count]
    if not cells:
        return "No guarantee was missed."
    worst = max(cells, key=lambda cell: cell.count)
    outside = sum(cell.count for cell in cells if cell.closed)
    return f"Most were {worst.title[0].lower()}{worst.title[1:]}: {worst.count}. {outside} outside business hours."


def grid_sheet(grid: Grid) -> Sheet:
    """The grid as a table: hours with a miss."""
    columns = (Column("When", stretch=True), Column("Missed", right=True))
    cells = [cell for row in grid.rows for cell in row if cell.count]
    return Sheet(
        columns,
        tuple(
            Line(
                (
                    Cell(cell.says.rsplit(":", 1)[0], ids=cell.ids, title=cell.title),
                    Cell(fmt.number(cell.count), ids=cell.ids, title=cell.title),
                ),
                cell.says,
            )
            for cell in cells
        ),
    )


# causes


def cause_bars(summary: Summary) -> tuple[CauseBar, ...]:
    """One bar per cause, most frequent first, those without one last."""
    behind: dict[str, set[int]] = {}
    for row in summary.missed:
        behind.setdefault(summary.cause_of(row), set()).add(row.ticket_id)
    return tuple(
        CauseBar(
            cause,
            count,
            f"{cause}: {fmt.number(count)} missed",
            f"Cause: {cause[0].lower()}{cause[1:]}",
            frozenset(behind.get(cause, ())),
        )
        for cause, count in summary.causes
    )


def cause_sentence(bars: Sequence[CauseBar]) -> str:
    """``"No one on shift 5, queue overload 3, not set yet 1."``"""
    if not bars:
        return "No guarantee was missed."
    return ", ".join(f"{bar.words} {bar.count}" for bar in bars) + "."


def cause_sheet(bars: Sequence[CauseBar]) -> Sheet:
    """The causes as a table."""
    columns = (Column("Cause", stretch=True), Column("Missed", right=True))
    return Sheet(columns, tuple(_cause_line(bar) for bar in bars))


def _cause_line(bar: CauseBar) -> Line:
    texts = (bar.words, fmt.number(bar.count))
    return Line(tuple(Cell(text, ids=bar.ids, title=bar.title) for text in texts), bar.says)
