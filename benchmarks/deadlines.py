"""Deadlines: ``BusinessCalendar.add`` beside businesstimedelta, both held to an oracle in the same run.

The oracle steps through the minutes and reads the wall clock of the zone. Starts are to the second, anywhere in
ten years and, for a quarter of them, within two days of a change of the clock. Figures are ratios; nothing fails.
businesstime, the other library on pip, knows neither zones nor deadlines and cannot be asked.
"""

import random
from collections.abc import Callable, Collection, Sequence
from datetime import UTC, date, datetime, time, timedelta
from time import perf_counter
from zoneinfo import ZoneInfo

from console.policy.hours import WEEKDAYS, BusinessCalendar

NEW_YORK = ZoneInfo("America/New_York")
OPENS, CLOSES = time(9), time(23)
AMOUNT = timedelta(hours=4)
MINUTE = timedelta(minutes=1)
HOLIDAYS = [
    date(year, month, day)
    for year in range(2020, 2031)
    for month, day in (
        (1, 1),
        (1, 2),
        (2, 14),
        (5, 31),
        (6, 19),
        (7, 4),
        (9, 6),
        (11, 11),
        (11, 26),
        (12, 24),
        (12, 25),
    )
]
CHANGES = [
    datetime(2021, 3, 14, 7, tzinfo=UTC),
    datetime(2023, 11, 5, 6, tzinfo=UTC),
    datetime(2026, 3, 8, 7, tzinfo=UTC),
]

Due = Callable[[datetime], datetime]


def run() -> None:
    """Prints, with and without holidays: wrong answers, deadlines a second, and the ratio."""
    for holidays in ((), HOLIDAYS):
        _compare(holidays)


def _compare(holidays: Collection[date]) -> None:
    starts = _starts(2000)
    print(f"deadlines: {AMOUNT} on 9:00-23:00 New York, {len(holidays)} holidays")
    speeds: dict[str, float] = {}
    for name, due in {
        "BusinessCalendar": _ours(holidays),
        "businesstimedelta": _businesstimedelta(holidays),
    }.items():
        if due is None:
            print(f"  {name:18} is not installed: make bench installs it")
            continue
        checked = starts[::8]
        wrong = sum(due(start) != _oracle(start, holidays) for start in checked)
        speeds[name] = _speed(due, starts)
        print(f"  {name:18} {speeds[name]:12,.0f} a second, {wrong} of {len(checked)} wrong")
        if wrong:
            del speeds[name]
    if len(speeds) == 2:
        ratio = speeds["BusinessCalendar"] / speeds["businesstimedelta"]
        print(f"  {ratio:.0f} times the fastest correct peer (goal: at least 50)")


def _starts(count: int) -> list[datetime]:
    chance = random.Random(20261122)
    first, span = datetime(2020, 1, 2, tzinfo=UTC), 10 * 365 * 86_400
    anywhere = [first + timedelta(seconds=chance.randrange(span)) for _ in range(count * 3 // 4)]
    near = [
        chance.choice(CHANGES) + timedelta(seconds=chance.randint(-172_800, 172_800))
        for _ in range(count - len(anywhere))
    ]
    mixed = anywhere + near
    chance.shuffle(mixed)
    return mixed


def _speed(due: Due, starts: Sequence[datetime]) -> float:
    """Deadlines a second, the best of five rounds of at least a twentieth of a second each."""
    best, repeats = 0.0, 1
    for _ in range(5):
        took = 0.0
        while took < 0.05:
            began = perf_counter()
            for _ in range(repeats):
                for start in starts:
                    due(start)
            took = perf_counter() - began
            repeats *= 1 if took >= 0.05 else 4
        best = max(best, repeats * len(starts) / took)
    return best


def _ours(holidays: Collection[date]) -> Due:
    week = {day: [("09:00", "23:00")] for day in WEEKDAYS}
    calendar = BusinessCalendar("America/New_York", week, holidays)
    add = calendar.add
    return lambda start: add(start, AMOUNT)


def _businesstimedelta(holidays: Collection[date]) -> Due | None:
    try:
        import businesstimedelta as peer
        import pytz
    except ImportError:
        return None
    zone = pytz.timezone("America/New_York")
    rules = [peer.WorkDayRule(start_time=OPENS, end_time=CLOSES, working_days=list(range(7)), tz=zone)]
    if holidays:
        rules.append(peer.HolidayRule(set(holidays), tz=zone))
    amount = peer.BusinessTimeDelta(peer.Rules(rules), timedelta=AMOUNT)
    return lambda start: start + amount


def _oracle(start: datetime, holidays: Collection[date]) -> datetime:
    left, t = AMOUNT, start
    while True:
        step = MINUTE - timedelta(seconds=t.second)
        shown = t.astimezone(NEW_YORK)
        if OPENS <= shown.time() < CLOSES and shown.date() not in holidays:
            if left <= step:
                return t + left
            left -= step
        t += step


if __name__ == "__main__":
    run()
