"""The SLA breach summary: what was promised, kept and missed in a period, in the policy's own zone (policy §5).

Guarantees and goals are never mixed. A promise belongs to the period in which it was due.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from statistics import median
from zoneinfo import ZoneInfo

from console.policy.amounts import Cents, worth
from console.policy.document import Policy
from console.policy.errors import Invalid
from console.policy.terms import Milestone, Priority, PromiseKind, SupportOption
from console.services.desk import Desk
from console.services.queue import next_for
from console.store.rows import DayCount as DayCount
from console.store.rows import PromiseRow as PromiseRow
from console.store.rows import QueueRow

PERIODS = ("today", "7_days", "this_month", "last_month", "quarter", "custom")
LONGEST = timedelta(days=3_660)


@dataclass(frozen=True, slots=True)
class Period:
    """Whole days from ``first`` to ``last`` in ``zone``; [``start``, ``end``) in UTC, ``end`` not later than now."""

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
        return _of_days(name, first - back * length, last - back * length, zone, now)
    if name in ("today", "7_days"):
        length = timedelta(days=1 if name == "today" else 7)
        end = today - back * length
        return _of_days(name, end - length + timedelta(days=1), end, zone, now)
    if name in ("this_month", "last_month"):
        start = _months_before(today, back + (name == "last_month"))
        return _of_days(name, start, min(today, _months_before(start, -1) - timedelta(days=1)), zone, now)
    if name == "quarter":
        start = _months_before(today.replace(month=(today.month - 1) // 3 * 3 + 1), 3 * back)
        return _of_days(name, start, min(today, _months_before(start, -3) - timedelta(days=1)), zone, now)
    raise Invalid(f"There is no period named {name}; there are {', '.join(PERIODS)}.")


def previous(of: Period, now: datetime) -> Period:
    """The same number of days of the period before: the month before for months, else the days just before."""
    if of.name in ("this_month", "last_month", "quarter"):
        start = _months_before(of.first, 3 if of.name == "quarter" else 1)
        return _of_days(of.name, start, min(start + (of.last - of.first), of.first - timedelta(days=1)), of.zone, now)
    length = timedelta(days=of.days)
    return _of_days(of.name, of.first - length, of.last - length, of.zone, now)


def _months_before(day: date, months: int) -> date:
    index = day.year * 12 + day.month - 1 - months
    return date(index // 12, index % 12 + 1, 1)


def _of_days(name: str, first: date, last: date, zone: str, now: datetime) -> Period:
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

    def takes(self, row: PromiseRow) -> bool:
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
class Today:
    """The strip at the top: missed today, what is still open, and which guarantee is at risk next."""

    missed: int
    still_open: tuple[PromiseRow, ...]
    next_at_risk: QueueRow | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """Everything that the breach summary shows, as of ``at``."""

    period: Period
    compared: Period
    at: datetime
    policy_version: int
    tiles: Tiles
    before: Tiles
    per_day: tuple[DayCount, ...]
    per_day_before: tuple[DayCount, ...]
    grid: tuple[tuple[int, ...], ...]
    by_priority: tuple[PriorityLine, ...]
    causes: tuple[tuple[str, int], ...]
    missed: tuple[PromiseRow, ...]
    goals_missed: tuple[PromiseRow, ...]
    reconciliation: Reconciliation
    today: Today
    rows: tuple[PromiseRow, ...] = field(repr=False)


_NO_FILTERS = Filters()


def summary(desk: Desk, of: Period, filters: Filters = _NO_FILTERS) -> Summary:
    """The breach summary of a period, beside the same number of days before it."""
    now, policy = desk.now(), desk.policy()
    compared = previous(of, now)
    day = period("today", now, of.zone)
    with desk.store.read() as read:
        rows = _decided(read.promises(of.start, of.end), now, filters)
        earlier = _decided(read.promises(compared.start, compared.end), now, filters)
        today = _decided(read.promises(day.start, day.end), now, filters)
        risk = [row for row in next_for(read, now, policy) if row.kind is PromiseKind.GUARANTEE]
        emergencies = read.emergencies(of.start, of.end)
        emergencies_before = read.emergencies(compared.start, compared.end)
    missed = [row for row in rows if row.missed and row.kind is PromiseKind.GUARANTEE]
    lists = policy.lists.causes_of_a_miss
    return Summary(
        period=of,
        compared=compared,
        at=now,
        policy_version=policy.version,
        tiles=_tiles(rows, policy, *emergencies),
        before=_tiles(earlier, policy, *emergencies_before),
        per_day=_per_day(missed, of),
        per_day_before=_per_day(_missed(earlier), compared),
        grid=_grid(missed, of.zone),
        by_priority=_by_priority(rows),
        causes=_causes(missed, lists.words),
        missed=tuple(sorted(missed, key=lambda row: row.due_at, reverse=True)),
        goals_missed=tuple(row for row in rows if row.missed and row.kind is PromiseKind.GOAL),
        reconciliation=_reconciled(missed),
        today=_today(_missed(today), risk, now),
        rows=tuple(rows),
    )


def _decided(rows: Iterable[PromiseRow], now: datetime, filters: Filters) -> list[PromiseRow]:
    """Promises whose fate is known: met, or past their due instant."""
    return [row for row in rows if filters.takes(row) and (row.met_at is not None or row.missed or row.due_at < now)]


def _missed(rows: Iterable[PromiseRow]) -> list[PromiseRow]:
    return [row for row in rows if row.missed and row.kind is PromiseKind.GUARANTEE]


def _is_plan(row: PromiseRow) -> bool:
    return row.milestone is Milestone.RESOLVE_OR_PLAN


def _tiles(rows: Sequence[PromiseRow], policy: Policy, emergencies: int, demoted: int) -> Tiles:
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
        emergencies=emergencies,
        demoted=demoted,
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


def _by_priority(rows: Sequence[PromiseRow]) -> tuple[PriorityLine, ...]:
    guarantees = [row for row in rows if row.kind is PromiseKind.GUARANTEE]
    lines = [_line(priority, [row for row in guarantees if row.priority is priority]) for priority in reversed(Priority)]
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
        cause = words(row.cause) if row.cause else "Not set yet"
        counted[cause] = counted.get(cause, 0) + 1
    return tuple(sorted(counted.items(), key=lambda each: (each[0] == "Not set yet", -each[1], each[0])))


def _reconciled(missed: Sequence[PromiseRow]) -> Reconciliation:
    return Reconciliation(
        missed=len(missed),
        tickets=len({row.ticket_id for row in missed}),
        owed=sum(row.held_at_miss for row in missed),
        credited=sum(row.credited for row in missed),
        unsettled=tuple(sorted({row.ticket_id for row in missed if row.held_at_miss != row.credited})),
    )


def _today(missed: Sequence[PromiseRow], at_risk: Sequence[QueueRow], now: datetime) -> Today:
    ahead = [row for row in at_risk if row.due_at is not None and row.due_at >= now]
    return Today(
        len(missed),
        tuple(row for row in missed if row.still_open),
        min(ahead, key=lambda row: row.due_at or now, default=None),
    )
