"""The breach summary's arithmetic: periods, comparisons, tiles, days, hours, causes, and what is owed (policy §5)."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from console.policy.account import Account
from console.policy.errors import Invalid
from console.policy.terms import Milestone, Priority, PromiseKind, SupportOption
from console.services import claims, export, progress, triage
from console.services.summary import (
    Filters,
    PromiseRow,
    Reconciliation,
    Summary,
    _reconciled,
    period,
    previous,
    summary,
    year_before,
)
from console.services.sweep import sweep
from console.store.rows import DayCount
from tests.support.desks import MORGAN, NOON, Office

ZONE = "America/New_York"
EASTERN = ZoneInfo(ZONE)
DAYS = st.dates(date(2001, 1, 1), date(2090, 12, 31))
NAMES = st.sampled_from(["today", "7_days", "this_month", "last_month", "quarter"])


def noon_of(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 12, tzinfo=EASTERN).astimezone(UTC)


def days_of(name: str, day: date, back: int = 0) -> tuple[date, date]:
    found = period(name, noon_of(day), ZONE, back=back)
    return found.first, found.last


# periods


@pytest.mark.parametrize(
    ("name", "back", "first", "last"),
    [
        ("today", 0, date(2026, 11, 24), date(2026, 11, 24)),
        ("today", 1, date(2026, 11, 23), date(2026, 11, 23)),
        ("7_days", 0, date(2026, 11, 18), date(2026, 11, 24)),
        ("7_days", 1, date(2026, 11, 11), date(2026, 11, 17)),
        ("this_month", 0, date(2026, 11, 1), date(2026, 11, 24)),
        ("this_month", 1, date(2026, 10, 1), date(2026, 10, 31)),
        ("this_month", 9, date(2026, 2, 1), date(2026, 2, 28)),
        ("last_month", 0, date(2026, 10, 1), date(2026, 10, 31)),
        ("last_month", 1, date(2026, 9, 1), date(2026, 9, 30)),
        ("quarter", 0, date(2026, 10, 1), date(2026, 11, 24)),
        ("quarter", 1, date(2026, 7, 1), date(2026, 9, 30)),
        ("quarter", 4, date(2025, 10, 1), date(2025, 12, 31)),
    ],
)
def test_periods_and_their_steps(name: str, back: int, first: date, last: date) -> None:
    assert days_of(name, date(2026, 11, 24), back) == (first, last)


def test_the_day_is_the_policys_not_the_viewers_or_utc() -> None:
    late_evening = datetime(2026, 12, 1, 3, 30, tzinfo=UTC)  # 10:30 PM on 30 November, Eastern
    assert period("this_month", late_evening, ZONE).last == date(2026, 11, 30)
    assert period("today", late_evening, ZONE).first == date(2026, 11, 30)


@pytest.mark.parametrize(
    ("day", "hours"), [(date(2026, 3, 8), 23), (date(2026, 11, 1), 25), (date(2026, 11, 2), 24)]
)
def test_a_day_of_a_clock_change_has_its_own_length(day: date, hours: int) -> None:
    found = period("today", noon_of(day), ZONE)
    assert found.end - found.start == timedelta(hours=hours)
    assert found.start.astimezone(EASTERN).hour == 0


@pytest.mark.parametrize(
    ("first", "last"),
    [(None, None), (date(2026, 11, 2), date(2026, 11, 1)), (date(1990, 1, 1), date(2026, 1, 1))],
)
def test_days_that_make_no_period_are_refused(first: date | None, last: date | None) -> None:
    with pytest.raises(Invalid):
        period("custom", NOON, ZONE, first, last)


def test_an_unknown_period_names_those_that_there_are() -> None:
    with pytest.raises(Invalid, match="quarter"):
        period("fortnight", NOON, ZONE)


@pytest.mark.parametrize(
    ("name", "day", "first", "last"),
    [
        ("this_month", date(2026, 11, 24), date(2026, 10, 1), date(2026, 10, 24)),
        ("this_month", date(2026, 3, 31), date(2026, 2, 1), date(2026, 2, 28)),
        ("this_month", date(2028, 3, 31), date(2028, 2, 1), date(2028, 2, 29)),
        ("this_month", date(2026, 1, 1), date(2025, 12, 1), date(2025, 12, 1)),
        ("last_month", date(2026, 11, 24), date(2026, 9, 1), date(2026, 9, 30)),
        ("quarter", date(2026, 11, 24), date(2026, 7, 1), date(2026, 8, 24)),
        ("today", date(2026, 11, 1), date(2026, 10, 31), date(2026, 10, 31)),
        ("7_days", date(2026, 11, 24), date(2026, 11, 11), date(2026, 11, 17)),
    ],
)
def test_compared_with_the_same_number_of_days_before(name: str, day: date, first: date, last: date) -> None:
    before = previous(period(name, noon_of(day), ZONE))
    assert (before.first, before.last) == (first, last)


def test_a_period_of_ones_own_is_compared_with_the_days_just_before() -> None:
    of = period("custom", NOON, ZONE, date(2026, 11, 10), date(2026, 11, 14))
    assert (previous(of).first, previous(of).last) == (date(2026, 11, 5), date(2026, 11, 9))
    stepped = period("custom", NOON, ZONE, date(2026, 11, 10), date(2026, 11, 14), back=1)
    assert (stepped.first, stepped.last) == (date(2026, 11, 5), date(2026, 11, 9))


def test_a_year_before_the_leap_day_is_the_last_of_february() -> None:
    of = period("custom", noon_of(date(2028, 3, 1)), ZONE, date(2028, 2, 29), date(2028, 3, 1))
    assert (year_before(of).first, year_before(of).last) == (date(2027, 2, 28), date(2027, 3, 1))


@example(name="quarter", day=date(2001, 5, 31), back=0)  # April has no 31st
@given(name=NAMES, day=DAYS, back=st.integers(0, 40))
def test_no_period_overlaps_the_one_before_and_none_is_longer(name: str, day: date, back: int) -> None:
    of = period(name, noon_of(day), ZONE, back=back)
    before = previous(of)
    assert before.last < of.first <= of.last <= day
    assert before.days <= of.days
    assert before.end <= of.start < of.end


@given(name=NAMES, day=DAYS, back=st.integers(0, 40))
def test_steps_leave_no_day_out_and_count_none_twice(name: str, day: date, back: int) -> None:
    later, earlier = (
        period(name, noon_of(day), ZONE, back=back),
        period(name, noon_of(day), ZONE, back=back + 1),
    )
    assert earlier.last + timedelta(days=1) == later.first


# figures at a real desk


@pytest.fixture
def told(office: Office) -> "Told":
    return Told(office)


class Told:
    """An office with three token accounts and a flat-rate one, and a month of tickets."""

    def __init__(self, office: Office) -> None:
        self.office, self.clock = office, office.clock
        self.clock.now = at(1, 9)
        self.juniper = office.account("Juniper Dental", balance=100)
        self.umber = office.account("Umber Studio", balance=100)
        self.shared = office.account("Shared Ltd", option=SupportOption.FLAT_RATE_USERS)
        self.morgan = office.at(MORGAN)

    def opened(self, moment: datetime, account: Account, priority: Priority) -> int:
        self.clock.now = moment
        return self.office.number(account, priority)

    def begun(self, moment: datetime, ticket: int) -> None:
        self.clock.now = moment
        progress.begin(self.morgan, ticket, self.morgan.new_key())

    def resolved(self, moment: datetime, ticket: int, cause: str | None = None) -> None:
        self.clock.now = moment
        progress.resolve(self.morgan, ticket, "solved", "Done.", self.morgan.new_key(), None, cause)

    def summary(self, name: str = "this_month", filters: Filters | None = None) -> Summary:
        desk = self.office.desk
        return summary(desk, period(name, desk.now(), ZONE), filters or Filters())


def at(day: int, hour: int, minute: int = 0, month: int = 11) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=EASTERN).astimezone(UTC)


def test_kept_and_missed_guarantees_of_a_month(told: Told) -> None:
    late = told.opened(at(3, 10), told.juniper, Priority.EMERGENCY)
    told.begun(at(3, 11, 12), late)
    told.resolved(at(3, 12), late, "overload")
    kept = told.opened(at(4, 10), told.umber, Priority.STANDARD)
    told.begun(at(4, 11), kept)
    told.resolved(at(4, 12), kept)
    told.clock.now = at(24, 14, 28)

    found = told.summary()

    tiles = found.tiles
    assert (tiles.due, tiles.met, tiles.missed_begin, tiles.missed_plan) == (4, 3, 1, 0)
    assert (found.tiles.credited, found.tiles.worth) == (10, 25_000)
    assert [(row.ticket_id, row.milestone) for row in found.missed] == [(late, Milestone.BEGIN)]
    assert found.missed[0].late == timedelta(minutes=12)
    assert found.causes == (("Queue overload", 1),)
    assert found.cause_of(found.missed[0]) == "Queue overload"
    assert sum(map(sum, found.grid)) == 1
    assert found.grid[date(2026, 11, 3).weekday()][11] == 1
    days = {day.day: day for day in found.per_day}
    assert len(days) == 24
    assert days[date(2026, 11, 3)] == DayCount(date(2026, 11, 3), 1, 0)
    assert found.reconciliation == Reconciliation(1, 1, 10, 10, ())


def test_the_table_by_priority_adds_up_to_the_tiles(told: Told) -> None:
    for day, account, priority in ((3, told.juniper, Priority.EMERGENCY), (5, told.umber, Priority.URGENT)):
        told.opened(at(day, 10), account, priority)
    kept = told.opened(at(6, 10), told.juniper, Priority.INFORMATIONAL)
    told.begun(at(6, 10, 30), kept)
    told.clock.now = at(24, 14, 28)
    sweep(told.office.desk)

    found = told.summary()

    *lines, whole = found.by_priority
    assert whole.priority is None
    assert [line.priority for line in lines] == [Priority.EMERGENCY, Priority.URGENT, Priority.INFORMATIONAL]
    for name in ("due", "missed_begin", "missed_plan", "met", "credited"):
        assert sum(getattr(line, name) for line in lines) == getattr(whole, name)
    tiles = found.tiles
    assert (whole.due, whole.met, whole.credited) == (tiles.due, tiles.met, tiles.credited)
    assert (whole.missed_begin, whole.missed_plan) == (tiles.missed_begin, tiles.missed_plan)
    assert sum(day.begin_or_respond + day.resolve_or_plan for day in found.per_day) == tiles.missed
    assert sum(map(sum, found.grid)) == tiles.missed == sum(count for _, count in found.causes)


def test_a_ticket_that_missed_both_counts_twice_and_credits_once(told: Told) -> None:
    ticket = told.opened(at(3, 10), told.juniper, Priority.EMERGENCY)
    told.clock.now = at(3, 16)
    sweep(told.office.desk)

    found = told.summary()

    assert (found.tiles.missed_begin, found.tiles.missed_plan, found.tiles.credited) == (1, 1, 10)
    assert found.reconciliation == Reconciliation(2, 1, 10, 10, ())
    assert {row.ticket_id for row in found.missed} == {ticket}


def test_what_is_owed_before_the_sweep_is_named_once_a_ticket(told: Told) -> None:
    ticket = told.opened(at(3, 10), told.juniper, Priority.EMERGENCY)
    told.clock.now = at(3, 16)

    waiting = told.summary().reconciliation
    assert waiting == Reconciliation(2, 1, 10, 0, (ticket,))
    assert not waiting.adds_up

    sweep(told.office.desk)
    settled = told.summary().reconciliation
    assert settled.adds_up
    assert settled.credited == 10


def test_open_late_tickets_count_as_missed_and_are_late_until_now(told: Told) -> None:
    told.opened(at(24, 13, 0), told.juniper, Priority.EMERGENCY)
    told.clock.now = at(24, 14, 12)
    sweep(told.office.desk)

    found = told.summary()

    assert found.today.missed == 1
    assert [row.still_open for row in found.today.still_open] == [True]
    assert found.missed[0].late == timedelta(minutes=12)
    assert found.tiles.missed == 1


def test_goals_never_enter_the_guarantee_figures(told: Told) -> None:
    met = told.opened(at(3, 10), told.shared, Priority.URGENT)
    told.clock.now = at(3, 10, 20)
    progress.reply(told.morgan, met, "We are looking.", told.morgan.new_key())
    told.opened(at(4, 10), told.shared, Priority.EMERGENCY)
    told.clock.now = at(24, 14, 28)
    sweep(told.office.desk)

    found = told.summary()

    tiles = found.tiles
    assert (tiles.due, tiles.met, tiles.missed, tiles.credited) == (0, 0, 0, 0)
    assert (tiles.goals_due, tiles.goals_met) == (3, 1)
    assert found.missed == ()
    assert len(found.goals_missed) == 2
    assert not any(map(sum, found.grid))
    assert found.by_priority[-1].due == 0
    assert {row.kind for row in found.rows} == {PromiseKind.GOAL}


def test_a_promise_belongs_to_the_period_in_which_it_was_due(told: Told) -> None:
    told.clock.now = at(31, 12, month=10)
    told.opened(at(31, 22, month=10), told.juniper, Priority.STANDARD)
    told.clock.now = at(24, 14, 28)
    sweep(told.office.desk)

    # Due on 1 and 2 November, by hours that the clock change does not stretch.
    assert told.summary().tiles.due == 2
    assert told.summary("last_month").tiles.due == 0
    assert told.summary().before.due == 0


def test_what_is_not_yet_due_is_neither_kept_nor_missed(told: Told) -> None:
    told.opened(at(24, 14), told.juniper, Priority.EMERGENCY)
    told.clock.now = at(24, 14, 28)

    found = told.summary()

    assert found.tiles.due == 0
    assert found.today.next_at_risk is not None
    assert found.today.next_at_risk.due_at == at(24, 15)


def test_the_next_at_risk_may_be_claimed_and_follows_the_filters(told: Told) -> None:
    claimed = told.opened(at(24, 14), told.juniper, Priority.EMERGENCY)
    claims.claim(told.morgan, claimed, told.morgan.new_key())
    other = told.opened(at(24, 14, 5), told.umber, Priority.EMERGENCY)
    told.clock.now = at(24, 14, 28)

    assert _at_risk(told.summary()) == claimed
    assert _at_risk(told.summary(filters=Filters(account_id=told.umber.id))) == other
    assert _at_risk(told.summary(filters=Filters(owner="Morgan"))) == claimed
    assert _at_risk(told.summary(filters=Filters(priority=Priority.STANDARD))) is None


def _at_risk(found: Summary) -> int | None:
    return found.today.next_at_risk.row.id if found.today.next_at_risk is not None else None


def test_emergencies_and_their_demotions_flat_rate_ones_too(told: Told) -> None:
    demoted = told.opened(at(3, 10), told.juniper, Priority.EMERGENCY)
    told.opened(at(4, 10), told.shared, Priority.EMERGENCY)
    undone = told.opened(at(5, 10), told.umber, Priority.EMERGENCY)
    told.opened(at(6, 10), told.umber, Priority.STANDARD)
    for ticket, day in ((demoted, 3), (undone, 5)):
        told.clock.now = at(day, 10, 10)
        reason = "Mail is flowing and the fault is cosmetic."
        triage.demote(told.morgan, ticket, ["partial"], reason, None, told.morgan.new_key())
    told.clock.now = at(5, 10, 40)
    triage.reverse_demotion(
        told.morgan, undone, "The whole site is down after all.", None, told.morgan.new_key()
    )
    told.clock.now = at(24, 14, 28)

    found = told.summary()

    assert (found.tiles.emergencies, found.tiles.demoted) == (3, 1)
    assert [row.ticket_id for row in found.emergencies if row.demoted] == [demoted]
    umber = told.summary(filters=Filters(account_id=told.umber.id)).tiles
    assert (umber.emergencies, umber.demoted) == (1, 0)


@pytest.mark.parametrize(
    ("filters", "due"),
    [
        (lambda told: Filters(), 6),
        (lambda told: Filters(account_id=told.umber.id), 4),
        (lambda told: Filters(priority=Priority.URGENT), 2),
        (lambda told: Filters(option=SupportOption.FLAT_RATE_USERS), 0),
        (lambda told: Filters(owner="Morgan"), 2),
        (lambda told: Filters(owner=""), 4),
    ],
)
def test_filters_narrow_every_figure(told: Told, filters: Callable[[Told], Filters], due: int) -> None:
    begun = told.opened(at(3, 10), told.juniper, Priority.EMERGENCY)
    told.begun(at(3, 10, 30), begun)
    told.opened(at(4, 10), told.umber, Priority.STANDARD)
    told.opened(at(5, 10), told.umber, Priority.URGENT)
    told.clock.now = at(24, 14, 28)
    sweep(told.office.desk)

    found = told.summary(filters=filters(told))

    assert found.tiles.due == due
    assert found.filters == filters(told)
    assert sum(day.begin_or_respond + day.resolve_or_plan for day in found.per_day) == found.tiles.missed


def test_closed_hours_are_those_of_the_policy(told: Told) -> None:
    told.clock.now = at(24, 14, 28)
    closed = told.summary().closed
    assert len(closed) == 7
    for day in closed:
        assert [hour for hour in range(24) if not day[hour]] == list(range(9, 23))


def test_the_csv_has_one_row_per_promise_with_both_times(told: Told) -> None:
    told.opened(at(3, 10), told.juniper, Priority.EMERGENCY)
    told.opened(at(4, 10), told.shared, Priority.URGENT)
    told.clock.now = at(24, 14, 28)
    sweep(told.office.desk)
    found = told.summary()

    head, *rows = export.breach_rows(found)

    assert len(rows) == len(found.rows) == 3
    first = dict(zip(head, rows[0], strict=True))
    assert first["due"] == "2026-11-03T16:00:00+00:00"
    assert first[f"due ({ZONE})"] == "2026-11-03 11:00:00 EST"
    assert (first["missed"], first["credited"], first["kind"]) == ("yes", 10, PromiseKind.GUARANTEE)
    missed = [row for row in rows if dict(zip(head, row, strict=True))["missed"] == "yes"]
    assert sum(dict(zip(head, row, strict=True))["credited"] for row in missed) == found.tiles.credited


# what is owed, by itself


def promise(ticket: int, credited: int, held: int) -> PromiseRow:
    due = at(3, 10)
    return PromiseRow(
        ticket_id=ticket,
        subject="Mail",
        account_id=1,
        account_name="Juniper",
        option=SupportOption.TOKENS,
        priority=Priority.EMERGENCY,
        milestone=Milestone.BEGIN,
        kind=PromiseKind.GUARANTEE,
        counted_from=due,
        due_at=due,
        met_at=None,
        missed=True,
        late=timedelta(minutes=1),
        still_open=True,
        cause=None,
        credited=credited,
        held_at_miss=held,
        owner_name="",
    )


@given(st.lists(st.tuples(st.integers(1, 6), st.integers(0, 15), st.booleans()), max_size=20))
def test_credited_is_never_more_than_owed(rows: list[tuple[int, int, bool]]) -> None:
    found = _reconciled([promise(ticket, amount if done else 0, amount) for ticket, amount, done in rows])
    assert found.credited <= found.owed
    assert found.adds_up == (not found.unsettled)
    assert found.tickets <= found.missed
