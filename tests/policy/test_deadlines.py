"""Deadlines and their explanations: the counted spans, what was skipped, and why (clauses 2.2 to 2.6)."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from console.policy import life
from console.policy.breaches import judge, late_by
from console.policy.clauses import Clause
from console.policy.deadlines import Deadline, End, StartEvent, amount_in_words, derive, explain
from console.policy.document import Promise
from console.policy.terms import Milestone, Priority, PromiseKind
from tests.policy.cases import BEGIN, HOUR, MINUTE, NOON, POLICY, RESOLVE, SAM, TICK, now, opened, promise

EASTERN = ZoneInfo("America/New_York")
EVENING = datetime(2026, 11, 24, 22, 0, tzinfo=EASTERN).astimezone(UTC)


def begin(priority: Priority, at: datetime = NOON) -> Deadline:
    return promise(opened(priority, at=at).ticket, BEGIN)


def test_an_elapsed_promise_is_one_span() -> None:
    why = explain(begin(Priority.STANDARD), POLICY)
    assert why.rule == "begin work within 24 hours"
    assert [(span.start, span.end) for span in why.spans] == [(NOON, NOON + 24 * HOUR)]
    assert (why.skipped, why.business, why.kept_earlier) == ((), False, False)
    assert (why.start, why.clause, why.policy_version) == (StartEvent.OPENED, Clause.GUARANTEES, 1)
    assert why.says == POLICY.says("2.2")


def test_a_business_promise_over_the_night_says_what_was_skipped_and_why() -> None:
    why = explain(begin(Priority.URGENT, EVENING), POLICY)
    morning = EVENING + 11 * HOUR
    assert [(span.start, span.end) for span in why.spans] == [
        (EVENING, EVENING + HOUR),
        (morning, morning + 3 * HOUR),
    ]
    assert [(skip.start, skip.end) for skip in why.skipped] == [(EVENING + HOUR, morning)]
    assert "business hours" in why.skipped[0].why
    assert "America/New_York" in why.skipped[0].why
    assert why.counted == why.promised == 4 * HOUR
    assert why.due_at == why.spans[-1].end


def test_a_request_outside_business_hours_skips_until_the_opening() -> None:
    night = EVENING + 5 * HOUR
    why = explain(begin(Priority.URGENT, night), POLICY)
    assert (why.skipped[0].start, why.skipped[0].end) == (night, EVENING + 11 * HOUR)
    assert why.counted == 4 * HOUR


def test_spans_over_both_clock_changes_add_up() -> None:
    for day in (datetime(2026, 10, 31, 22, tzinfo=EASTERN), datetime(2026, 3, 7, 22, tzinfo=EASTERN)):
        why = explain(begin(Priority.URGENT, day.astimezone(UTC)), POLICY)
        assert why.counted == 4 * HOUR
        assert why.due_at.astimezone(EASTERN).hour == 12


def test_a_kept_earlier_deadline_is_explained_up_to_its_due_instant() -> None:
    kept = replace(begin(Priority.URGENT), due_at=NOON + 2 * HOUR)
    why = explain(kept, POLICY)
    assert (why.kept_earlier, why.counted, why.promised) == (True, 2 * HOUR, 4 * HOUR)


@pytest.mark.parametrize(
    ("amount", "business", "words"),
    [
        (timedelta(hours=4), True, "4 business hours"),
        (timedelta(hours=1), True, "1 business hour"),
        (timedelta(hours=24), False, "24 hours"),
        (timedelta(hours=48), False, "48 hours"),
        (timedelta(days=3), False, "3 days"),
        (timedelta(hours=73), False, "73 hours"),
        (timedelta(minutes=90), False, "90 minutes"),
        (timedelta(minutes=1), True, "1 business minute"),
        (timedelta(hours=72), True, "72 business hours"),
    ],
)
def test_amounts_in_words(amount: timedelta, business: bool, words: str) -> None:
    made = Promise(Milestone.BEGIN, PromiseKind.GUARANTEE, amount, business, Clause.GUARANTEES)
    assert amount_in_words(made) == words


def test_open_met_missed_and_ended() -> None:
    deadline = begin(Priority.EMERGENCY)
    assert deadline.is_open
    assert not deadline.passed_unmet(deadline.due_at)
    assert deadline.passed_unmet(deadline.due_at + TICK)
    met = replace(deadline, met_at=deadline.due_at)
    assert not met.passed_unmet(NOON + 100 * HOUR)
    assert replace(deadline, met_at=deadline.due_at + TICK).passed_unmet(NOON + 100 * HOUR)
    ended = deadline.ended_as(End.VOID, NOON)
    assert (ended.counts, ended.is_open, ended.passed_unmet(NOON + 100 * HOUR)) == (False, False, False)
    assert not replace(deadline, missed=True).passed_unmet(NOON + 100 * HOUR)


def test_by_how_much_a_promise_was_late() -> None:
    begun = life.begin(opened().ticket, SAM, now(NOON + 90 * MINUTE), 90).ticket
    assert late_by(promise(begun, BEGIN), NOON + 9 * HOUR) == 30 * MINUTE
    assert late_by(promise(begun, RESOLVE), NOON + 3 * HOUR) is None
    assert late_by(promise(begun, RESOLVE), NOON + 5 * HOUR) == HOUR
    met = life.begin(opened().ticket, SAM, now(NOON + HOUR), 90).ticket
    assert late_by(promise(met, BEGIN), NOON + 9 * HOUR) is None


def test_the_next_due_promise_is_the_first_unmet_one_late_or_not() -> None:
    ticket = judge(opened().ticket, NOON + 2 * HOUR, 90).ticket
    assert ticket.next_due is not None
    assert ticket.next_due.milestone is BEGIN
    begun = life.begin(ticket, SAM, now(NOON + 2 * HOUR), 90).ticket
    assert begun.next_due is not None
    assert begun.next_due.milestone is RESOLVE


def test_a_later_opening_never_gives_an_earlier_deadline_around_the_closing() -> None:
    rule = POLICY.promises(opened().ticket.option, Priority.URGENT)[0]
    starts = [EVENING + n * MINUTE for n in range(0, 15 * 60, 7)]
    dues = [derive(rule, StartEvent.OPENED, at, POLICY.calendar).due_at for at in starts]
    assert dues == sorted(dues)
