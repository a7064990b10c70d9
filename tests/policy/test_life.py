"""A ticket's life: opening, work, late entries, undo (policy §2, §4)."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from console.policy import life
from console.policy.actor import Actor
from console.policy.breaches import judge
from console.policy.classification import demote
from console.policy.errors import NotAllowed, Refused, TooFewTokens
from console.policy.facts import (
    EnteredLate,
    GuaranteeMissed,
    MissWithdrawn,
    TicketAwaitsTokens,
)
from console.policy.outcome import Outcome
from console.policy.terms import Priority, Status
from console.policy.ticket import Ticket
from tests.policy.cases import (
    A_PLAN,
    BEGIN,
    CUSTOMER,
    DAY,
    EVERYBODY,
    HOUR,
    MINUTE,
    NOON,
    POLICY,
    PRIYA,
    RESOLVE,
    RESPOND,
    SAM,
    TICK,
    flat,
    late,
    moves,
    now,
    opened,
    promise,
)

STANDARD, URGENT, EMERGENCY = Priority.STANDARD, Priority.URGENT, Priority.EMERGENCY

# --- Meeting and missing -----------------------------------------------------------------------------------------


def test_met_exactly_at_the_due_instant() -> None:
    begun = life.begin(opened().ticket, SAM, now(NOON + HOUR), 90)
    assert not promise(begun.ticket, BEGIN).missed
    assert promise(begun.ticket, BEGIN).met_at == NOON + HOUR
    assert (begun.balance, begun.entries, begun.ticket.status) == (90, (), Status.BEGUN)


def test_missed_one_tick_after() -> None:
    begun = life.begin(opened().ticket, SAM, now(NOON + HOUR + TICK), 90)
    assert promise(begun.ticket, BEGIN).missed
    assert promise(begun.ticket, BEGIN).met_at == NOON + HOUR + TICK
    assert moves(begun) == [("credit", "begin_missed", 10, NOON + HOUR)]
    assert (begun.ticket.held, begun.balance, begun.ticket.is_free) == (0, 100, True)


def test_a_reply_meets_respond_and_begins() -> None:
    replied = life.reply(opened(Priority.INFORMATIONAL).ticket, SAM, now(NOON + HOUR), 100, "Hello").ticket
    assert promise(replied, RESPOND).met_at == NOON + HOUR
    assert replied.begun_at == NOON + HOUR
    assert replied.status is Status.BEGUN
    replied = life.reply(opened().ticket, SAM, now(NOON + HOUR), 90, "Hello").ticket
    assert promise(replied, BEGIN).met_at == NOON + HOUR


def test_beginning_does_not_respond() -> None:
    begun = life.begin(flat(), SAM, now(NOON + MINUTE), 0).ticket
    assert promise(begun, RESPOND).met_at is None


def test_a_plan_meets_resolve_or_plan_and_does_not_begin() -> None:
    planned = life.send_plan(opened().ticket, SAM, now(NOON + MINUTE), 90, A_PLAN).ticket
    assert promise(planned, RESOLVE).met_at == NOON + MINUTE
    assert promise(planned, BEGIN).met_at is None
    assert (planned.begun_at, planned.status, planned.plan) == (None, Status.PLANNED, A_PLAN)
    assert judge(planned, NOON + 2 * HOUR, 90).ticket.is_free


def test_resolving_meets_everything_still_open() -> None:
    for ticket in (opened().ticket, opened(Priority.INFORMATIONAL).ticket, flat(), flat(EMERGENCY)):
        done = life.resolve(ticket, SAM, now(NOON + HOUR), 90, "solved").ticket
        assert {each.met_at for each in done.counting} == {NOON + HOUR}
        assert (done.status, done.outcome, done.resolved_at) == (Status.RESOLVED, "solved", NOON + HOUR)
        assert done.next_due is None


def test_the_training_class_is_an_outcome_that_resolves() -> None:
    assert POLICY.lists.outcomes.words("training").startswith("Answered: take the training class")
    done = life.resolve(opened(Priority.INFORMATIONAL).ticket, SAM, now(NOON + HOUR), 100, "training").ticket
    assert promise(done, RESPOND).met_at == NOON + HOUR


def test_a_second_begin_changes_nothing() -> None:
    begun = life.begin(opened().ticket, SAM, now(NOON + MINUTE), 90)
    again = life.begin(begun.ticket, PRIYA, now(NOON + 2 * MINUTE), 90)
    assert (again.ticket, again.facts) == (begun.ticket, ())


@pytest.mark.parametrize("actor", [each for each in EVERYBODY if each not in (SAM, PRIYA)])
def test_only_agents_and_managers_work(actor: Actor) -> None:
    ticket = opened().ticket
    with pytest.raises(NotAllowed, match="an agent or a manager") as refused:
        life.begin(ticket, actor, now(NOON), 90)
    assert refused.value.clause == "7.1"
    for act in (
        life.resolve,
        lambda *each: life.reply(*each, ""),
        lambda *each: life.send_plan(*each, A_PLAN),
    ):
        with pytest.raises(NotAllowed):
            act(ticket, actor, now(NOON), 90)


# --- Awaiting tokens ---------------------------------------------------------------------------------------------


def test_too_few_tokens_keeps_the_ticket_without_a_clock() -> None:
    outcome = opened(balance=9)
    assert (outcome.ticket.status, outcome.ticket.deadlines, outcome.balance) == (
        Status.AWAITING_TOKENS,
        (),
        9,
    )
    assert TicketAwaitsTokens(at=NOON, needed=10, balance=9) in outcome.facts
    with pytest.raises(Refused) as refused:
        life.begin(outcome.ticket, SAM, now(NOON), 9)
    assert refused.value.clause == "4.2"


def test_the_release_is_the_opening_instant() -> None:
    waiting = opened(balance=9).ticket
    assert life.release(waiting, POLICY, 9, NOON + HOUR).ticket is waiting
    released = life.release(waiting, POLICY, 12, NOON + 5 * HOUR)
    assert (released.ticket.opened_at, released.balance) == (NOON + 5 * HOUR, 2)
    assert promise(released.ticket, BEGIN).due_at == NOON + 6 * HOUR
    assert released.ticket.received_at == NOON


def test_release_order_is_emergencies_then_oldest() -> None:
    def waiting(number: int, priority: Priority, hours: int) -> Ticket:
        return replace(opened(priority, balance=0, at=NOON + hours * HOUR).ticket, id=number)

    tickets = [
        waiting(1, STANDARD, 0),
        waiting(2, EMERGENCY, 3),
        waiting(3, URGENT, 1),
        waiting(4, EMERGENCY, 2),
    ]
    assert [each.id for each in life.release_order(tickets)] == [4, 2, 1, 3]
    assert [each.id for each in life.release_order(reversed(tickets))] == [4, 2, 1, 3]


def test_a_demoted_awaiting_emergency_is_released_at_once_when_it_can_be_paid() -> None:
    outcome = demote(opened(balance=9).ticket, SAM, POLICY, NOON + HOUR, 9)
    assert moves(outcome) == [("charge", "opened", -3, NOON + HOUR)]
    assert (outcome.ticket.opened_at, outcome.balance, outcome.ticket.status) == (NOON + HOUR, 6, Status.OPEN)
    still = demote(opened(balance=2).ticket, SAM, POLICY, NOON + HOUR, 2)
    assert (still.ticket.is_awaiting, still.ticket.priority, still.entries) == (True, URGENT, ())


def test_a_free_ticket_never_awaits_tokens() -> None:
    assert opened(Priority.BILLING, balance=0).ticket.status is Status.OPEN
    assert opened(Priority.INFORMATIONAL, balance=0).ticket.opened_at == NOON


# --- Late entries ------------------------------------------------------------------------------------------------


def missed() -> tuple[Ticket, int]:
    judged = judge(opened().ticket, NOON + 2 * HOUR, 90)
    return judged.ticket, judged.balance


def test_a_late_entry_counts_at_its_true_time_and_takes_the_credit_back() -> None:
    ticket, balance = missed()
    outcome = life.begin(ticket, PRIYA, late(NOON + HOUR, NOON + 2 * HOUR), balance)
    assert moves(outcome) == [("reversal", "met_after_all", -10, NOON + 2 * HOUR)]
    assert (outcome.ticket.held, outcome.balance, outcome.ticket.is_free) == (10, 90, False)
    assert promise(outcome.ticket, BEGIN).met_at == NOON + HOUR
    assert (
        EnteredLate(
            at=NOON + HOUR, act="begin work", entered_at=NOON + 2 * HOUR, reason="The console was down"
        )
        in outcome.facts
    )
    assert MissWithdrawn(at=NOON + 2 * HOUR, milestone=BEGIN) in outcome.facts


@pytest.mark.parametrize("hours", [2, 9])
@pytest.mark.parametrize(
    "act",
    [
        life.begin,
        life.resolve,
        lambda *given: life.reply(*given, "We look into it."),
        lambda *given: life.send_plan(*given, A_PLAN),
    ],
)
def test_a_late_entry_does_the_same_whether_or_not_the_miss_was_settled(
    act: Callable[..., Outcome], hours: int
) -> None:
    entered = late(NOON + HOUR, NOON + hours * HOUR)
    judged = judge(opened().ticket, entered.now, 90)
    settled = act(judged.ticket, PRIYA, entered, judged.balance)
    unsettled = act(opened().ticket, PRIYA, entered, 90)
    assert (settled.ticket, settled.balance) == (unsettled.ticket, unsettled.balance)


def test_what_a_late_entry_met_in_time_is_never_told_as_missed() -> None:
    outcome = life.begin(opened().ticket, PRIYA, late(NOON + HOUR, NOON + 9 * HOUR), 90)
    told = [fact for fact in outcome.facts if isinstance(fact, GuaranteeMissed | MissWithdrawn)]
    assert told == [GuaranteeMissed(at=NOON + 4 * HOUR, milestone=RESOLVE)]
    assert moves(outcome) == [("credit", "resolve_or_plan_missed", 10, NOON + 4 * HOUR)]


def test_a_late_entry_that_still_missed_says_by_how_much_and_stays_free() -> None:
    ticket, balance = missed()
    outcome = life.begin(ticket, PRIYA, late(NOON + HOUR + TICK, NOON + 2 * HOUR), balance)
    assert outcome.entries == ()
    assert promise(outcome.ticket, BEGIN).missed


def test_a_late_entry_needs_a_manager_a_reason_and_a_possible_time() -> None:
    ticket, balance = missed()
    end = NOON + 2 * HOUR
    for actor, entered in [
        (SAM, late(NOON + HOUR, end)),
        (PRIYA, late(NOON + HOUR, end, " ")),
        (PRIYA, late(NOON - TICK, end)),
        (PRIYA, late(end + TICK, end)),
    ]:
        with pytest.raises(Refused) as refused:
            life.begin(ticket, actor, entered, balance)
        assert refused.value.clause == "2.7"


def test_a_late_entry_is_refused_whole_when_the_tokens_are_gone() -> None:
    ticket, _ = missed()
    with pytest.raises(TooFewTokens) as refused:
        life.begin(ticket, PRIYA, late(NOON + HOUR, NOON + 2 * HOUR), 9)
    assert (refused.value.needed, refused.value.balance, refused.value.clause) == (10, 9, "2.7")


def test_two_misses_withdrawn_by_one_late_resolution_are_charged_once() -> None:
    judged = judge(opened().ticket, NOON + 9 * HOUR, 90)
    assert [each.missed for each in judged.ticket.counting] == [True, True]
    outcome = life.resolve(judged.ticket, PRIYA, late(NOON + HOUR, NOON + 9 * HOUR), judged.balance)
    assert moves(outcome) == [("reversal", "met_after_all", -10, NOON + 9 * HOUR)]
    assert (outcome.ticket.held, outcome.ticket.is_free) == (10, False)


def test_the_credit_stands_for_the_second_miss_until_that_is_withdrawn_too() -> None:
    judged = judge(opened().ticket, NOON + 9 * HOUR, 90)
    begun = life.begin(judged.ticket, PRIYA, late(NOON + HOUR, NOON + 9 * HOUR), judged.balance)
    assert (begun.entries, begun.ticket.is_free) == ((), True)
    assert promise(begun.ticket, RESOLVE).credited == 10
    planned = life.send_plan(
        begun.ticket, PRIYA, late(NOON + 4 * HOUR, NOON + 9 * HOUR), begun.balance, A_PLAN
    )
    assert moves(planned) == [("reversal", "met_after_all", -10, NOON + 9 * HOUR)]


def test_a_withdrawn_miss_of_a_ticket_demoted_since_costs_what_urgent_costs() -> None:
    ticket, balance = missed()
    demoted = demote(ticket, SAM, POLICY, NOON + 2 * HOUR, balance)
    outcome = life.begin(
        demoted.ticket, PRIYA, late(NOON + HOUR, NOON + 3 * HOUR), demoted.balance, policy=POLICY
    )
    assert (outcome.ticket.held, outcome.balance) == (3, 97)


def test_a_late_entry_corrects_a_resolved_ticket_which_stays_resolved() -> None:
    done = life.resolve(opened().ticket, SAM, now(NOON + 3 * HOUR), 90)
    assert done.ticket.is_free
    outcome = life.begin(done.ticket, PRIYA, late(NOON + HOUR, NOON + 4 * HOUR), done.balance)
    assert (outcome.ticket.status, outcome.ticket.held, outcome.balance) == (Status.RESOLVED, 10, 90)
    with pytest.raises(Refused) as refused:
        life.begin(done.ticket, PRIYA, late(NOON + 3 * HOUR + TICK, NOON + 4 * HOUR), done.balance)
    assert refused.value.clause == "2.7"
    planned = life.send_plan(done.ticket, PRIYA, late(NOON + HOUR, NOON + 4 * HOUR), done.balance, A_PLAN)
    assert planned.ticket.status is Status.RESOLVED


def test_a_late_resolution_from_before_the_reopening_is_refused() -> None:
    done = life.resolve(opened().ticket, SAM, now(NOON + HOUR), 90).ticket
    again = life.reopen(done, CUSTOMER, POLICY, NOON + DAY, 90).ticket
    for act in (life.resolve, lambda *each: life.send_plan(*each, A_PLAN)):
        with pytest.raises(Refused) as refused:
            act(again, PRIYA, late(NOON + 2 * HOUR, NOON + 2 * DAY), 90)
        assert refused.value.clause == "2.7"


def test_an_earlier_late_plan_keeps_the_newest_words() -> None:
    first = replace(A_PLAN, what="First look")
    planned = life.send_plan(opened().ticket, SAM, now(NOON + 5 * HOUR), 90, A_PLAN)
    outcome = life.send_plan(
        planned.ticket, PRIYA, late(NOON + HOUR, NOON + 6 * HOUR), planned.balance, first
    )
    assert (outcome.ticket.plan, outcome.ticket.planned_at) == (A_PLAN, NOON + HOUR)
    assert not promise(outcome.ticket, RESOLVE).missed


# --- Undo --------------------------------------------------------------------------------------------------------


def test_undoing_begin_in_time_owes_it_again() -> None:
    begun = life.begin(opened().ticket, SAM, now(NOON + 30 * MINUTE), 90).ticket
    undone = life.undo_begin(begun, NOON + 35 * MINUTE, 90)
    assert (undone.ticket.begun_at, undone.ticket.status, undone.entries) == (None, Status.OPEN, ())
    assert promise(undone.ticket, BEGIN).is_open


def test_undoing_begin_after_the_due_instant_is_a_miss_at_once() -> None:
    begun = life.begin(opened().ticket, SAM, now(NOON + 55 * MINUTE), 90).ticket
    undone = life.undo_begin(begun, NOON + 65 * MINUTE, 90)
    assert moves(undone) == [("credit", "begin_missed", 10, NOON + HOUR)]
    assert GuaranteeMissed(at=NOON + HOUR, milestone=BEGIN) in undone.facts


def test_undoing_begin_after_a_late_reply_is_a_miss_met_late() -> None:
    begun = life.begin(opened().ticket, SAM, now(NOON + 59 * MINUTE), 90).ticket
    replied = life.reply(begun, SAM, now(NOON + 62 * MINUTE), 90, "Hello").ticket
    undone = life.undo_begin(replied, NOON + 65 * MINUTE, 90)
    assert promise(undone.ticket, BEGIN).met_at == NOON + 62 * MINUTE
    assert promise(undone.ticket, BEGIN).missed
    assert moves(undone) == [("credit", "begin_missed", 10, NOON + HOUR)]


def test_undoing_begin_keeps_a_reply_in_time() -> None:
    begun = life.begin(opened().ticket, SAM, now(NOON + 10 * MINUTE), 90).ticket
    replied = life.reply(begun, SAM, now(NOON + 15 * MINUTE), 90, "Hello").ticket
    undone = life.undo_begin(replied, NOON + 20 * MINUTE, 90)
    assert (undone.ticket.begun_at, undone.ticket.status) == (NOON + 15 * MINUTE, Status.BEGUN)
    assert promise(undone.ticket, BEGIN).met_at == NOON + 15 * MINUTE


def test_undoing_a_plan() -> None:
    begun = life.begin(opened().ticket, SAM, now(NOON + MINUTE), 90).ticket
    planned = life.send_plan(begun, SAM, now(NOON + 2 * MINUTE), 90, A_PLAN).ticket
    undone = life.undo_plan(planned, NOON + 3 * MINUTE, 90).ticket
    assert (undone.plan, undone.planned_at, undone.status) == (None, None, Status.BEGUN)
    assert promise(undone, RESOLVE).is_open


def test_undoing_a_resolution_owes_only_what_it_met() -> None:
    replied = life.reply(opened().ticket, SAM, now(NOON + HOUR), 90, "Done").ticket
    done = life.resolve(replied, SAM, now(NOON + HOUR), 90).ticket
    undone = life.undo_resolve(done, NOON + HOUR + MINUTE, 90).ticket
    assert promise(undone, BEGIN).met_at == NOON + HOUR
    assert promise(undone, RESOLVE).is_open
    assert (undone.status, undone.resolved_at, undone.outcome) == (Status.BEGUN, None, None)


def test_what_passed_before_an_undo_is_settled_first() -> None:
    begun = life.begin(opened().ticket, SAM, now(NOON + MINUTE), 90).ticket
    end = NOON + 5 * HOUR
    looked = judge(begun, end, 90)
    assert (
        life.undo_begin(begun, end, 90).ticket == life.undo_begin(looked.ticket, end, looked.balance).ticket
    )


@pytest.mark.parametrize("undo", [life.undo_begin, life.undo_plan, life.undo_resolve])
def test_what_was_not_done_cannot_be_undone(undo: object) -> None:
    with pytest.raises(Refused) as refused:
        undo(opened().ticket, NOON, 90)  # type: ignore[operator]
    assert refused.value.clause == "3.5"


def test_a_resolved_ticket_keeps_its_begin_until_the_resolution_is_undone() -> None:
    begun = life.begin(opened().ticket, SAM, now(NOON), 90).ticket
    done = life.resolve(begun, SAM, now(NOON + MINUTE), 90).ticket
    with pytest.raises(Refused) as refused:
        life.undo_begin(done, NOON + 2 * MINUTE, 90)
    assert refused.value.clause == "6.4"
