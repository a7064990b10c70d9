"""The SLA breach summary: what was promised, kept and missed in a period, in the policy's own zone (policy §5).

Guarantees and goals are never mixed. A promise belongs to the period in which it was due.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from statistics import median
from zoneinfo import ZoneInfo

from console.policy.amounts import Cents, worth
from console.policy.document import Policy
from console.policy.errors import Invalid
from console.policy.hours import BusinessCalendar
from console.policy.terms import Milestone, Priority, PromiseKind, SupportOption
from console.services.desk import Desk
from console.store.reading import Read
from console.store.rows import DayCount as DayCount
from console.store.rows import EmergencyRow as EmergencyRow
from console.store.rows import Mark, QueueRow
from console.store.rows import PromiseRow as PromiseRow

PERIODS = ("today", "7_days", "this_month", "last_month", "quarter", "custom")
LONGEST = timedelta(days=3_660)
NOT_SET = "Not set yet"
#: How far ahead the next guarantee at risk is looked for.
RISK_AHEAD = timedelta(days=7)
_RISK_BATCH = 50


@dataclass(frozen=True, slots=True)
class Period:
    """Whole days from ``first`` to ``last`` in ``zone``; [``start``, ``end``) in UTC. The last day is never after today
    for the named periods.
    """

    name: str
    first: date
    last: date
    zone: str
    start: datetime
    end: datetime

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1


def period(
    name: str, now: datetime, zone: str, first: date | None = None, last: date | None = None, back: int = 0
) -> Period:
    """The named period at ``now``; ``back`` steps to earlier ones, ``first`` and ``last`` are for ``custom``.

    Raises ``Invalid`` for a period that is unknown, upside down or unreasonably long.
    """
    today = now.astimezone(ZoneInfo(zone)).date()
    if name == "custom":
        if first is None or last is None or first > last or last - first > LONGEST:
            raise Invalid("A period needs a first and a last day, the first not after the last.")
        length = last - first + timedelta(days=1)
        return _of_days(name, first - back * length, last - back * length, zone)
    if name in ("today", "7_days"):
        length = timedelta(days=1 if name == "today" else 7)
        end = today - back * length
        return _of_days(name, end - length + timedelta(days=1), end, zone)
    if name in ("this_month", "last_month"):
        start = _months_before(today, back + (name == "last_month"))
        return _of_days(name, start, min(today, _months_before(start, -1) - timedelta(days=1)), zone)
    if name == "quarter":
        start = _months_before(today.replace(day=1, month=(today.month - 1) // 3 * 3 + 1), 3 * back)
        return _of_days(name, start, min(today, _months_before(start, -3) - timedelta(days=1)), zone)
    raise Invalid(f"There is no period named {name}; there are {', '.join(PERIODS)}.")


def previous(of: Period) -> Period:
    """The same number of days of the period before: the month before for months, else the days just before."""
    if of.name in ("this_month", "last_month", "quarter"):
        start = _months_before(of.first, 3 if of.name == "quarter" else 1)
        return _of_days(
            of.name, start, min(start + (of.last - of.first), of.first - timedelta(days=1)), of.zone
        )
    length = timedelta(days=of.days)
    return _of_days(of.name, of.first - length, of.last - length, of.zone)


def year_before(of: Period) -> Period:
    """The same dates of the year before; 29 February becomes the 28th."""
    return _of_days(of.name, _a_year_before(of.first), _a_year_before(of.last), of.zone)


def _a_year_before(day: date) -> date:
    try:
        return day.replace(year=day.year - 1)
    except ValueError:
        return day.replace(year=day.year - 1, day=28)


def _months_before(day: date, months: int) -> date:
    index = day.year * 12 + day.month - 1 - months
    return date(index // 12, index % 12 + 1, 1)


def _of_days(name: str, first: date, last: date, zone: str) -> Period:
    start = datetime.combine(first, time(), ZoneInfo(zone)).astimezone(UTC)
    end = datetime.combine(last + timedelta(days=1), time(), ZoneInfo(zone)).astimezone(UTC)
    return Period(name, first, last, zone, start, end)


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """Which promises are looked at; ``None`` means all."""

    account_id: int | None = None
    option: SupportOption | None = None
    priority: Priority | None = None
    owner: str | None = None

    def takes(self, row: "PromiseRow | EmergencyRow | QueueRow") -> bool:
        """Whether ``row`` passes every filter."""
        return (
            self.account_id in (None, row.account_id)
            and self.option in (None, row.option)
            and self.priority in (None, row.priority)
            and self.owner in (None, row.owner_name)
        )


@dataclass(frozen=True, slots=True)
class Tiles:
    """The figures at the top. ``credited`` counts each ticket's tokens once, even when it missed twice."""

    due: int
    met: int
    missed_begin: int
    missed_plan: int
    credited: int
    worth: Cents
    emergencies: int
    demoted: int
    goals_due: int
    goals_met: int

    @property
    def missed(self) -> int:
        return self.missed_begin + self.missed_plan


@dataclass(frozen=True, slots=True)
class PriorityLine:
    """One priority's guarantees; ``median_start`` from opening to the beginning of work."""

    priority: Priority | None
    due: int
    missed_begin: int
    missed_plan: int
    met: int
    median_start: timedelta | None
    credited: int


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """What missed guarantees owe against what was credited for them; ``unsettled`` waits for the next sweep."""

    missed: int
    tickets: int
    owed: int
    credited: int
    unsettled: tuple[int, ...]

    @property
    def adds_up(self) -> bool:
        return self.owed == self.credited


@dataclass(frozen=True, slots=True)
class AtRisk:
    """The guarantee that is due next, on a ticket claimed or not."""

    row: QueueRow
    due_at: datetime
    milestone: Milestone


@dataclass(frozen=True, slots=True)
class Today:
    """The strip at the top: missed today, what is still open, and which guarantee is at risk next."""

    missed: int
    still_open: tuple[PromiseRow, ...]
    next_at_risk: AtRisk | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """Everything that the breach summary shows, as of ``at``.

    ``grid`` and ``closed`` are seven weekdays (Monday first) of 24 local hours: guarantees missed, and whether the
    hour lies outside business hours. ``cause_words`` names the causes that occur, as the policy words them.
    """

    period: Period
    compared: Period
    filters: Filters
    at: datetime
    policy_version: int
    tiles: Tiles
    before: Tiles
    per_day: tuple[DayCount, ...]
    per_day_before: tuple[DayCount, ...]
    grid: tuple[tuple[int, ...], ...]
    closed: tuple[tuple[bool, ...], ...]
    by_priority: tuple[PriorityLine, ...]
    causes: tuple[tuple[str, int], ...]
    cause_words: Mapping[str, str]
    missed: tuple[PromiseRow, ...]
    goals_missed: tuple[PromiseRow, ...]
    reconciliation: Reconciliation
    today: Today
    emergencies: tuple[EmergencyRow, ...] = field(repr=False)
    rows: tuple[PromiseRow, ...] = field(repr=False)

    def cause_of(self, row: PromiseRow) -> str:
        """The cause of a miss in words; ``"Not set yet"`` without one."""
        return self.cause_words.get(row.cause, row.cause) if row.cause else NOT_SET


_NO_FILTERS = Filters()


def summary(
    desk: Desk, of: Period, filters: Filters = _NO_FILTERS, compared: Period | None = None
) -> Summary:
    """The breach summary of a period, beside the same number of days before it (or beside ``compared``)."""
    now, policy = desk.now(), desk.policy()
    compared = compared or previous(of)
    day = period("today", now, of.zone)
    with desk.store.read() as read:
        rows = _decided(read.promises(of.start, of.end), now, filters)
        earlier = _decided(read.promises(compared.start, compared.end), now, filters)
        today = _decided(read.promises(day.start, day.end), now, filters)
        risk = _next_at_risk(read, now, filters)
        emergencies = [row for row in read.emergencies(of.start, of.end) if filters.takes(row)]
        emergencies_before = [
            row for row in read.emergencies(compared.start, compared.end) if filters.takes(row)
        ]
    missed = _missed(rows)
    words = policy.lists.causes_of_a_miss.words
    return Summary(
        period=of,
        compared=compared,
        filters=filters,
        at=now,
        policy_version=policy.version,
        tiles=_tiles(rows, policy, emergencies),
        before=_tiles(earlier, policy, emergencies_before),
        per_day=_per_day(missed, of),
        per_day_before=_per_day(_missed(earlier), compared),
        grid=_grid(missed, of.zone),
        closed=_closed(policy.calendar, of.last),
        by_priority=_by_priority(rows),
        causes=_causes(missed, words),
        cause_words={row.cause: words(row.cause) for row in rows if row.cause},
        missed=tuple(sorted(missed, key=lambda row: (row.due_at, row.ticket_id), reverse=True)),
        goals_missed=tuple(row for row in rows if row.missed and row.kind is PromiseKind.GOAL),
        reconciliation=_reconciled(missed),
        today=_today(_missed(today), risk),
        emergencies=tuple(emergencies),
        rows=tuple(rows),
    )


def _decided(rows: Iterable[PromiseRow], now: datetime, filters: Filters) -> list[PromiseRow]:
    """Promises whose fate is known: met, or past their due instant."""
    return [
        row
        for row in rows
        if filters.takes(row) and (row.met_at is not None or row.missed or row.due_at < now)
    ]


def _missed(rows: Iterable[PromiseRow]) -> list[PromiseRow]:
    return [row for row in rows if row.missed and row.kind is PromiseKind.GUARANTEE]


def _is_plan(row: PromiseRow) -> bool:
    return row.milestone is Milestone.RESOLVE_OR_PLAN


def _tiles(rows: Sequence[PromiseRow], policy: Policy, emergencies: Sequence[EmergencyRow]) -> Tiles:
    guarantees = [row for row in rows if row.kind is PromiseKind.GUARANTEE]
    goals = [row for row in rows if row.kind is PromiseKind.GOAL]
    missed = _missed(rows)
    plan = sum(map(_is_plan, missed))
    credited = sum(row.credited for row in missed)
    return Tiles(
        due=len(guarantees),
        met=len(guarantees) - len(missed),
        missed_begin=len(missed) - plan,
        missed_plan=plan,
        credited=credited,
        worth=worth(credited, policy.tokens.price),
        emergencies=len(emergencies),
        demoted=sum(row.demoted for row in emergencies),
        goals_due=len(goals),
        goals_met=sum(not row.missed for row in goals),
    )


def _per_day(missed: Sequence[PromiseRow], of: Period) -> tuple[DayCount, ...]:
    zone = ZoneInfo(of.zone)
    days: dict[date, list[int]] = {of.first + timedelta(days=n): [0, 0] for n in range(of.days)}
    for row in missed:
        day = row.due_at.astimezone(zone).date()
        if day in days:
            days[day][_is_plan(row)] += 1
    return tuple(DayCount(day, begin, plan) for day, (begin, plan) in days.items())


def _grid(missed: Sequence[PromiseRow], zone_name: str) -> tuple[tuple[int, ...], ...]:
    """Seven weekdays (Monday first) of 24 hours, by the local hour of the miss."""
    zone = ZoneInfo(zone_name)
    grid = [[0] * 24 for _ in range(7)]
    for row in missed:
        local = row.due_at.astimezone(zone)
        grid[local.weekday()][local.hour] += 1
    return tuple(tuple(hours) for hours in grid)


def _closed(calendar: BusinessCalendar, last: date) -> tuple[tuple[bool, ...], ...]:
    """Which hours of the week were closed on each of the last four such weekdays."""
    zone = ZoneInfo(calendar.timezone)
    monday = last - timedelta(days=last.weekday())

    def is_closed(weekday: int, hour: int) -> bool:
        for weeks in range(4):
            day = monday + timedelta(days=weekday - 7 * weeks)
            start = datetime.combine(day, time(hour), zone).astimezone(UTC)
            if calendar.between(start, start + timedelta(hours=1)):
                return False
        return True

    return tuple(tuple(is_closed(weekday, hour) for hour in range(24)) for weekday in range(7))


def _by_priority(rows: Sequence[PromiseRow]) -> tuple[PriorityLine, ...]:
    guarantees = [row for row in rows if row.kind is PromiseKind.GUARANTEE]
    lines = [
        _line(priority, [row for row in guarantees if row.priority is priority])
        for priority in reversed(Priority)
    ]
    return (*(line for line in lines if line.due), _line(None, guarantees))


def _line(priority: Priority | None, rows: Sequence[PromiseRow]) -> PriorityLine:
    missed = _missed(rows)
    plan = sum(map(_is_plan, missed))
    starts = [
        (row.met_at - row.counted_from).total_seconds()
        for row in rows
        if row.met_at is not None and not _is_plan(row) and row.met_at >= row.counted_from
    ]
    return PriorityLine(
        priority,
        len(rows),
        len(missed) - plan,
        plan,
        len(rows) - len(missed),
        timedelta(seconds=median(starts)) if starts else None,
        sum(row.credited for row in missed),
    )


def _causes(missed: Sequence[PromiseRow], words: Callable[[str], str]) -> tuple[tuple[str, int], ...]:
    counted: dict[str, int] = {}
    for row in missed:
        cause = words(row.cause) if row.cause else NOT_SET
        counted[cause] = counted.get(cause, 0) + 1
    return tuple(sorted(counted.items(), key=lambda each: (each[0] == NOT_SET, -each[1], each[0])))


def _reconciled(missed: Sequence[PromiseRow]) -> Reconciliation:
    """What was credited, and what tickets still hold for misses that wait for the sweep: once a ticket."""
    waiting: dict[int, int] = {}
    for row in missed:
        if row.held_at_miss != row.credited:
            waiting[row.ticket_id] = max(waiting.get(row.ticket_id, 0), row.held_at_miss - row.credited)
    credited = sum(row.credited for row in missed)
    return Reconciliation(
        missed=len(missed),
        tickets=len({row.ticket_id for row in missed}),
        owed=credited + sum(waiting.values()),
        credited=credited,
        unsettled=tuple(sorted(waiting)),
    )


def _today(missed: Sequence[PromiseRow], at_risk: AtRisk | None) -> Today:
    return Today(len(missed), tuple(row for row in missed if row.still_open), at_risk)


def _next_at_risk(read: Read, now: datetime, filters: Filters) -> AtRisk | None:
    """The open guarantee that is due next and passes the filters."""
    ahead = [
        mark
        for mark in read.queue.marks(now + RISK_AHEAD)
        if mark.kind is PromiseKind.GUARANTEE and mark.due_at >= now
    ]
    return next(_at_risk(read, ahead, filters), None)


def _at_risk(read: Read, ahead: Sequence[Mark], filters: Filters) -> Iterator[AtRisk]:
    for first in range(0, len(ahead), _RISK_BATCH):
        marks = ahead[first : first + _RISK_BATCH]
        rows = {row.id: row for row in read.queue.rows([mark.ticket_id for mark in marks])}
        for mark in marks:
            row = rows.get(mark.ticket_id)
            if row is not None and filters.takes(row):
                yield AtRisk(row, mark.due_at, mark.milestone)
