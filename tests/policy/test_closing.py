"""The end of a ticket's life and its return: reopening, cancelling, merging (policy §6)."""

from dataclasses import replace
from datetime import datetime

import pytest

from console.policy import life
from console.policy.actor import Actor
from console.policy.breaches import judge
from console.policy.classification import determine
from console.policy.deadlines import explain
from console.policy.errors import NotAllowed, Refused
from console.policy.facts import (
    TicketCancelled,
)
from console.policy.repricing import change_priority
from console.policy.terms import Hosting, Priority, PromiseKind, Status
from console.policy.ticket import Ticket
from tests.policy.cases import (
    ADMINISTRATOR,
    CUSTOMER,
    DAY,
    HOUR,
    MINUTE,
    NOON,
    POLICY,
    PRIYA,
    RESOLVE,
    SAM,
    SUPERVISOR,
    TICK,
    moves,
    now,
    opened,
)

STANDARD, URGENT, EMERGENCY = Priority.STANDARD, Priority.URGENT, Priority.EMERGENCY

# --- Reopening ---------------------------------------------------------------------------------------------------


def resolved(priority: Priority = STANDARD) -> Ticket:
    return life.resolve(opened(priority).ticket, SAM, now(NOON + HOUR), 90).ticket


@pytest.mark.parametrize("at", [NOON + HOUR, NOON + HOUR + 7 * DAY])
def test_reopening_within_seven_days_runs_a_fresh_goal_and_charges_nothing(at: datetime) -> None:
    outcome = life.reopen(resolved(), CUSTOMER, POLICY, at, 90)
    assert (outcome.entries, outcome.ticket.status, outcome.ticket.held) == ((), Status.OPEN, 1)
    goal = outcome.ticket.counting[-1]
    assert (goal.milestone, goal.promise.kind, goal.due_at) == (RESOLVE, PromiseKind.GOAL, at + 48 * HOUR)
    assert explain(goal, POLICY).clause == "6.1"
    late_goal = judge(outcome.ticket, at + 48 * HOUR + TICK, 90)
    assert (late_goal.entries, late_goal.ticket.is_free) == ((), False)
    assert late_goal.ticket.counting[-1].missed


def test_reopening_later_is_refused() -> None:
    with pytest.raises(Refused, match="7 days") as refused:
        life.reopen(resolved(), CUSTOMER, POLICY, NOON + HOUR + 7 * DAY + TICK, 90)
    assert refused.value.clause == "6.1"


def test_reopening_leaves_the_first_promises_as_they_ended() -> None:
    outcome = life.reopen(resolved(), SAM, POLICY, NOON + DAY, 90)
    assert outcome.ticket.deadlines[:2] == resolved().deadlines
    assert life.resolve(outcome.ticket, SAM, now(NOON + 2 * DAY), 90).ticket.counting[1].met_at == NOON + HOUR


def test_only_resolved_tickets_reopen_and_only_for_customers_and_staff() -> None:
    for ticket in (opened().ticket, life.cancel(opened().ticket, PRIYA, NOON, 90).ticket):
        with pytest.raises(Refused) as refused:
            life.reopen(ticket, CUSTOMER, POLICY, NOON, 90)
        assert refused.value.clause == "6.1"
    for actor in (SUPERVISOR, ADMINISTRATOR):
        with pytest.raises(NotAllowed):
            life.reopen(resolved(), actor, POLICY, NOON + DAY, 90)


def test_an_informational_ticket_reopens_without_a_clock() -> None:
    assert (
        life.reopen(resolved(Priority.INFORMATIONAL), CUSTOMER, POLICY, NOON + DAY, 90).ticket.next_due
        is None
    )


# --- Cancelling --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("actor", [CUSTOMER, PRIYA])
def test_cancelling_before_work_credits(actor: Actor) -> None:
    outcome = life.cancel(opened().ticket, actor, NOON + MINUTE, 90)
    assert moves(outcome) == [("credit", "cancelled", 10, NOON + MINUTE)]
    assert (outcome.ticket.status, outcome.balance) == (Status.CANCELLED, 100)


def test_cancelling_after_work_has_begun_leaves_the_price() -> None:
    begun = life.begin(opened().ticket, SAM, now(NOON + MINUTE), 90).ticket
    for actor in (CUSTOMER, PRIYA):
        outcome = life.cancel(begun, actor, NOON + 2 * MINUTE, 90)
        assert (outcome.entries, outcome.ticket.held, outcome.ticket.status) == ((), 10, Status.CANCELLED)
        assert (
            TicketCancelled(at=NOON + 2 * MINUTE, by_customer=actor is CUSTOMER, price_stands=True, reason="")
            in outcome.facts
        )


def test_a_manager_may_credit_a_cancelled_ticket_anyway_and_a_customer_may_not() -> None:
    begun = life.begin(opened().ticket, SAM, now(NOON + MINUTE), 90).ticket
    assert life.cancel(begun, PRIYA, NOON + HOUR, 90, credit_anyway=True).balance == 100
    with pytest.raises(NotAllowed) as refused:
        life.cancel(begun, CUSTOMER, NOON + HOUR, 90, credit_anyway=True)
    assert refused.value.clause == "6.3"


@pytest.mark.parametrize("actor", [SAM, SUPERVISOR, ADMINISTRATOR])
def test_agents_supervisors_and_administrators_do_not_cancel(actor: Actor) -> None:
    with pytest.raises(NotAllowed):
        life.cancel(opened().ticket, actor, NOON, 90)


def test_a_promise_of_a_cancelled_ticket_is_neither_met_nor_missed() -> None:
    cancelled = life.cancel(opened().ticket, CUSTOMER, NOON + HOUR, 90)
    judged = judge(cancelled.ticket, NOON + DAY, cancelled.balance)
    assert (judged.ticket, judged.entries, judged.facts) == (cancelled.ticket, (), ())
    assert not cancelled.ticket.counting
    too_late = life.cancel(opened().ticket, CUSTOMER, NOON + HOUR + TICK, 90)
    assert moves(too_late) == [("credit", "begin_missed", 10, NOON + HOUR)]
    assert too_late.ticket.missed_guarantee is not None


def test_cancelling_an_awaiting_ticket_moves_nothing() -> None:
    outcome = life.cancel(opened(balance=0).ticket, CUSTOMER, NOON, 0)
    assert (outcome.ticket.status, outcome.entries) == (Status.CANCELLED, ())


# --- Merging and closing -----------------------------------------------------------------------------------------


def test_merging_credits_and_closes_as_a_duplicate() -> None:
    other = replace(opened().ticket, id=2)
    outcome = life.merge(opened().ticket, other, SAM, NOON + MINUTE, 90)
    assert moves(outcome) == [("credit", "merged", 10, NOON + MINUTE)]
    assert (outcome.ticket.status, outcome.ticket.merged_into, outcome.ticket.counting) == (
        Status.MERGED,
        2,
        (),
    )


def test_merging_needs_another_living_ticket_of_the_same_account() -> None:
    ticket = opened().ticket
    for into in (
        ticket,
        replace(ticket, id=2, account_id=8),
        replace(ticket, id=2, status=Status.CANCELLED),
        replace(ticket, id=2, status=Status.MERGED),
    ):
        with pytest.raises(Refused) as refused:
            life.merge(ticket, into, SAM, NOON, 90)
        assert refused.value.clause == "6.2"


@pytest.mark.parametrize("closed", [resolved(), life.cancel(opened().ticket, PRIYA, NOON, 90).ticket])
def test_a_closed_ticket_takes_no_more_work(closed: Ticket) -> None:
    for decide in (
        lambda: life.begin(closed, SAM, now(NOON + DAY), 90),
        lambda: life.cancel(closed, PRIYA, NOON + DAY, 90),
        lambda: change_priority(closed, SAM, URGENT, POLICY, NOON + DAY, 90, authorised_by="Leah"),
        lambda: life.merge(closed, replace(closed, id=2), SAM, NOON + DAY, 90),
    ):
        with pytest.raises(Refused) as refused:
            decide()
        assert refused.value.clause == "6.4"


def test_a_manager_may_still_decide_that_a_resolved_ticket_is_free() -> None:
    outcome = determine(resolved(), PRIYA, POLICY, NOON + DAY, 99, free=True)
    assert (outcome.ticket.status, outcome.balance) == (Status.RESOLVED, 100)


def test_platform_prices_apply_to_platform_tickets() -> None:
    outcome = life.begin(opened(hosting=Hosting.PLATFORM).ticket, SAM, now(NOON + DAY), 85)
    assert moves(outcome) == [("credit", "begin_missed", 15, NOON + HOUR)]
