"""Changes of priority: the difference in price and the clocks derived again (policy §3, clause 3.4)."""

from dataclasses import replace
from itertools import permutations

import pytest

from console.policy import life
from console.policy.amounts import Tokens
from console.policy.breaches import judge
from console.policy.classification import demote, determine, reverse_demotion
from console.policy.deadlines import End, StartEvent, explain
from console.policy.errors import NotAllowed, Refused, TooFewTokens
from console.policy.facts import PriorityChanged
from console.policy.outcome import Outcome
from console.policy.reading import parse
from console.policy.repricing import change_priority, price_difference, takes_over
from console.policy.terms import Hosting, Milestone, Priority, PromiseKind, Requester, Role, SupportOption
from console.policy.ticket import Ticket
from tests.policy.cases import (
    A_PLAN,
    ADMINISTRATOR,
    BEGIN,
    CUSTOMER,
    DAY,
    HOUR,
    MINUTE,
    NOON,
    POLICY,
    PRIYA,
    RESOLVE,
    RESPOND,
    SAM,
    SUPERVISOR,
    TEXT,
    TICK,
    flat,
    moves,
    now,
    opened,
    promise,
    request,
)

INFORMATIONAL, BILLING, STANDARD, URGENT, EMERGENCY = Priority


def changed(
    ticket: Ticket, to: Priority, at: object = NOON + HOUR, balance: int = 90, by: str = "Leah Moreno"
) -> Outcome:
    return change_priority(ticket, SAM, to, POLICY, at, balance, authorised_by=by)  # type: ignore[arg-type]


# --- Raising -----------------------------------------------------------------------------------------------------


def test_a_raise_charges_the_difference_and_starts_the_open_clocks_at_the_change() -> None:
    outcome = changed(opened(STANDARD).ticket, URGENT)
    assert moves(outcome) == [("charge", "priority_raised", -2, NOON + HOUR)]
    assert outcome.ticket.held == 3
    assert promise(outcome.ticket, BEGIN).due_at == NOON + 5 * HOUR
    assert promise(outcome.ticket, RESOLVE).due_at == NOON + 25 * HOUR
    assert {each.start for each in outcome.ticket.counting} == {StartEvent.CHANGED}
    assert [each.ended for each in outcome.ticket.deadlines] == [End.REPLACED, End.REPLACED, None, None]
    fact = PriorityChanged(at=NOON + HOUR, before=STANDARD, after=URGENT, authorised_by="Leah Moreno")
    assert fact in outcome.facts


def test_a_raise_never_ends_later_than_what_it_replaces() -> None:
    outcome = changed(opened(STANDARD).ticket, URGENT, NOON + 23 * HOUR)
    assert promise(outcome.ticket, BEGIN).due_at == NOON + 24 * HOUR
    assert promise(outcome.ticket, RESOLVE).due_at == NOON + 47 * HOUR
    assert explain(promise(outcome.ticket, BEGIN), POLICY).kept_earlier
    assert not explain(promise(outcome.ticket, RESOLVE), POLICY).kept_earlier


def test_begin_takes_over_from_respond_when_an_informational_question_needs_action() -> None:
    late = NOON + 3 * DAY - HOUR
    outcome = changed(opened(INFORMATIONAL).ticket, STANDARD, late)
    assert moves(outcome) == [("charge", "priority_raised", -1, late)]
    assert promise(outcome.ticket, BEGIN).due_at == NOON + 3 * DAY
    assert promise(outcome.ticket, RESOLVE).due_at == late + 48 * HOUR
    replied = life.reply(opened(INFORMATIONAL).ticket, SAM, now(NOON + HOUR), 100, "Hello")
    outcome = changed(replied.ticket, STANDARD, NOON + 2 * HOUR)
    assert promise(outcome.ticket, BEGIN).met_at == NOON + HOUR
    assert promise(outcome.ticket, RESPOND).met_at == NOON + HOUR


@pytest.mark.parametrize(
    ("made", "before", "given", "expected"),
    [
        (BEGIN, BEGIN, {BEGIN, RESOLVE}, True),
        (RESOLVE, RESOLVE, {RESOLVE}, True),
        (BEGIN, RESPOND, {BEGIN, RESOLVE}, True),
        (RESPOND, BEGIN, {RESPOND}, True),
        (BEGIN, RESPOND, {RESPOND, BEGIN}, False),
        (RESOLVE, RESPOND, {RESOLVE}, False),
        (RESOLVE, BEGIN, {RESOLVE}, False),
        (BEGIN, RESOLVE, {BEGIN}, False),
        (RESPOND, RESOLVE, {RESPOND}, False),
    ],
)
def test_first_promises_take_over_from_first_ones(
    made: Milestone, before: Milestone, given: set[Milestone], expected: bool
) -> None:
    assert takes_over(made, before, given) is expected


def test_to_resolve_or_plan_takes_over_from_no_first_promise_where_it_stands_alone() -> None:
    """A firm that promises no *begin*: the question's three days do not cut the 48 hours short."""
    policy = parse(
        TEXT.replace("standard = { begin = { hours = 24 }, resolve_or_plan", "standard = { resolve_or_plan")
    )
    late = NOON + 60 * HOUR
    raised = change_priority(
        opened(INFORMATIONAL).ticket, SAM, STANDARD, policy, late, 99, authorised_by="Leah"
    )
    assert promise(raised.ticket, RESOLVE).due_at == late + 48 * HOUR
    back = change_priority(raised.ticket, SAM, INFORMATIONAL, policy, late + HOUR, 99)
    assert promise(back.ticket, RESPOND).due_at == NOON + 3 * DAY


def test_a_raise_that_charges_needs_the_customers_authorisation() -> None:
    for actor in (SAM, PRIYA, CUSTOMER):
        with pytest.raises(Refused, match="charges 2 more") as refused:
            change_priority(opened(STANDARD).ticket, actor, URGENT, POLICY, NOON, 99)
        assert refused.value.clause == "3.4"


@pytest.mark.parametrize(
    ("before", "after"), list(permutations([INFORMATIONAL, BILLING, STANDARD, URGENT], 2))
)
def test_the_price_says_whether_a_change_charges_or_credits(before: Priority, after: Priority) -> None:
    """Whatever ranks above what: a firm's prices need not rise with its priorities."""
    prices = dict(zip(Priority, map(Tokens, (2, 0, 4, 3, 10)), strict=True))
    policy = replace(POLICY, prices=POLICY.prices | {Hosting.DEDICATED: prices})
    ticket = life.open_ticket(request(before), 1, policy, 99, NOON).ticket
    outcome = change_priority(ticket, SAM, after, policy, NOON + HOUR, 50, authorised_by="Leah")
    kind = "charge" if prices[after] > prices[before] else "credit"
    cause = "priority_raised" if after.rank > before.rank else "priority_lowered"
    assert moves(outcome) == [(kind, cause, prices[before] - prices[after], NOON + HOUR)]
    assert outcome.ticket.held == prices[after]


def test_a_raise_with_too_few_tokens_is_refused_whole() -> None:
    with pytest.raises(TooFewTokens, match="Nothing was changed") as refused:
        changed(opened(STANDARD).ticket, EMERGENCY, balance=8)
    assert (refused.value.needed, refused.value.clause) == (9, "3.4")
    assert changed(opened(STANDARD).ticket, EMERGENCY, balance=9).balance == 0


def test_a_met_milestone_stays_met_and_a_missed_one_missed() -> None:
    begun = life.begin(opened(STANDARD).ticket, SAM, now(NOON + MINUTE), 99).ticket
    assert promise(changed(begun, EMERGENCY).ticket, BEGIN) == promise(begun, BEGIN)
    outcome = changed(opened(STANDARD).ticket, URGENT, NOON + 25 * HOUR)
    assert promise(outcome.ticket, BEGIN).missed
    assert promise(outcome.ticket, BEGIN).due_at == NOON + 24 * HOUR


def test_a_ticket_free_by_a_miss_costs_nothing_more() -> None:
    outcome = change_priority(opened(STANDARD).ticket, SAM, EMERGENCY, POLICY, NOON + 25 * HOUR, 99)
    assert moves(outcome) == [("credit", "begin_missed", 1, NOON + 24 * HOUR)]
    assert (outcome.ticket.held, outcome.balance, outcome.ticket.is_free) == (0, 100, True)


def test_a_missed_informational_ticket_is_free_with_nothing_to_credit_and_stays_free_when_raised() -> None:
    judged = judge(opened(INFORMATIONAL).ticket, NOON + 3 * DAY + TICK, 100)
    assert (judged.ticket.is_free, judged.entries) == (True, ())
    outcome = change_priority(judged.ticket, SAM, EMERGENCY, POLICY, NOON + 4 * DAY, 0)
    assert (outcome.entries, outcome.ticket.priority) == ((), EMERGENCY)
    assert promise(outcome.ticket, RESPOND).missed
    assert promise(outcome.ticket, BEGIN).due_at == NOON + 4 * DAY + HOUR


def test_a_ticket_determined_free_costs_nothing_more() -> None:
    free = determine(opened(STANDARD).ticket, PRIYA, POLICY, NOON, 99, free=True).ticket
    assert price_difference(free, EMERGENCY, POLICY) == 0
    assert change_priority(free, SAM, EMERGENCY, POLICY, NOON, 0).entries == ()


# --- Lowering ----------------------------------------------------------------------------------------------------


def test_lowering_credits_the_difference_and_counts_from_the_opening() -> None:
    outcome = changed(opened(URGENT).ticket, STANDARD, by="")
    assert moves(outcome) == [("credit", "priority_lowered", 2, NOON + HOUR)]
    assert promise(outcome.ticket, BEGIN).due_at == NOON + 24 * HOUR
    assert promise(outcome.ticket, RESOLVE).due_at == NOON + 48 * HOUR
    assert {each.start for each in outcome.ticket.counting} == {StartEvent.OPENED}


def test_a_price_that_does_not_rise_charges_nothing() -> None:
    """A decision that was overturned may have left the ticket with less than its price."""
    urgent = replace(opened(URGENT).ticket, held=0)
    assert moves(changed(urgent, STANDARD, by="")) == []
    emergency = replace(opened(STANDARD).ticket, priority=EMERGENCY, held=1)
    demoted = demote(emergency, SAM, POLICY, NOON + HOUR, 90)
    assert moves(demoted) == []
    assert demoted.ticket.demotion is not None
    assert demoted.ticket.demotion.credited == 0
    assert moves(reverse_demotion(demoted.ticket, SAM, POLICY, NOON + HOUR, 90)) == []
    assert moves(changed(demoted.ticket, EMERGENCY)) == [("charge", "priority_raised", -9, NOON + HOUR)]


def test_lowering_to_informational_owes_a_reply_and_to_billing_nothing() -> None:
    outcome = changed(opened(STANDARD).ticket, INFORMATIONAL)
    assert [(each.milestone, each.due_at) for each in outcome.ticket.counting] == [(RESPOND, NOON + 3 * DAY)]
    assert changed(opened(STANDARD).ticket, BILLING).ticket.next_due is None


def test_raised_and_lowered_again_nothing_is_missed_before_it_was_promised() -> None:
    """Standard at noon, emergency at 20:00, demoted at 20:30: urgent's 16:00 passed when it was not promised."""
    raised = changed(opened(STANDARD).ticket, EMERGENCY, NOON + 8 * HOUR)
    demoted = demote(raised.ticket, SAM, POLICY, NOON + 8 * HOUR + 30 * MINUTE, raised.balance)
    assert not demoted.ticket.is_free
    assert promise(demoted.ticket, BEGIN).due_at == NOON + 9 * HOUR
    assert promise(demoted.ticket, RESOLVE).due_at == NOON + 24 * HOUR
    assert (demoted.ticket.priority, demoted.ticket.held) == (URGENT, 3)
    spans = explain(promise(demoted.ticket, BEGIN), POLICY).spans
    assert sum((span.end - span.start for span in spans), 0 * HOUR) == HOUR


def test_reversing_such_a_demotion_keeps_the_emergencys_clocks() -> None:
    raised = changed(opened(STANDARD).ticket, EMERGENCY, NOON + 8 * HOUR)
    demoted = demote(raised.ticket, SAM, POLICY, NOON + 8 * HOUR + 30 * MINUTE, raised.balance)
    at = NOON + 8 * HOUR + 40 * MINUTE
    back = reverse_demotion(demoted.ticket, SAM, POLICY, at, demoted.balance).ticket
    assert [each.due_at for each in back.counting] == [NOON + 9 * HOUR, NOON + 12 * HOUR]
    assert {each.promise.clause for each in back.counting} == {"2.2"}
    assert [each.due_at for each in back.counting] == [each.due_at for each in raised.ticket.counting]


def test_a_missed_reply_is_not_promised_again_by_going_up_and_down() -> None:
    free = judge(opened(INFORMATIONAL).ticket, NOON + 4 * DAY, 100).ticket
    raised = change_priority(free, SAM, STANDARD, POLICY, NOON + 4 * DAY, 100).ticket
    lowered = change_priority(raised, SAM, INFORMATIONAL, POLICY, NOON + 4 * DAY + HOUR, 100).ticket
    assert [(each.milestone, each.missed) for each in lowered.counting] == [(RESPOND, True)]


def test_a_reply_first_owed_after_its_time_is_counted_from_the_change() -> None:
    begun = life.begin(opened(STANDARD).ticket, SAM, now(NOON + HOUR), 99)
    planned = life.send_plan(begun.ticket, SAM, now(NOON + 2 * HOUR), 99, A_PLAN)
    outcome = changed(planned.ticket, INFORMATIONAL, NOON + 5 * DAY, 99)
    assert promise(outcome.ticket, RESPOND).due_at == NOON + 8 * DAY
    assert not outcome.ticket.is_free


def test_lowering_an_awaiting_ticket_releases_it_when_that_can_be_paid() -> None:
    waiting = opened(URGENT, balance=2).ticket
    outcome = changed(waiting, STANDARD, balance=2, by="")
    assert moves(outcome) == [("charge", "opened", -1, NOON + HOUR)]
    assert outcome.ticket.opened_at == NOON + HOUR


def test_raising_an_awaiting_ticket_needs_authorisation_and_charges_nothing_yet() -> None:
    waiting = opened(STANDARD, balance=0).ticket
    with pytest.raises(Refused, match="charges 2 more"):
        changed(waiting, URGENT, balance=0, by="")
    outcome = changed(waiting, URGENT, balance=0)
    assert (outcome.ticket.priority, outcome.entries, outcome.ticket.is_awaiting) == (URGENT, (), True)


# --- Reopened, emergencies, flat rate ----------------------------------------------------------------------------


def test_a_reopened_ticket_stays_with_goals() -> None:
    done = life.resolve(opened(STANDARD).ticket, SAM, now(NOON + HOUR), 99).ticket
    again = life.reopen(done, CUSTOMER, POLICY, NOON + DAY, 99).ticket
    raised = changed(again, URGENT, NOON + DAY + HOUR, 99).ticket
    assert (
        promise(replace(raised, deadlines=raised.deadlines[-1:]), RESOLVE).due_at
    ) == NOON + 2 * DAY + HOUR
    lowered = changed(raised, STANDARD, NOON + DAY + 2 * HOUR, 97).ticket
    last = lowered.deadlines[-1]
    assert (last.start, last.due_at) == (StartEvent.REOPENED, NOON + 3 * DAY)
    assert {each.promise.kind for each in (raised.deadlines[-1], last)} == {PromiseKind.GOAL}


@pytest.mark.parametrize("actor", [CUSTOMER, SAM, PRIYA])
def test_nobody_lowers_an_emergency_but_by_demoting_it(actor: object) -> None:
    for to in (URGENT, STANDARD, BILLING):
        with pytest.raises(Refused) as refused:
            change_priority(opened().ticket, actor, to, POLICY, NOON, 90)  # type: ignore[arg-type]
        assert refused.value.clause == "3.2"


@pytest.mark.parametrize("actor", [SUPERVISOR, ADMINISTRATOR])
def test_supervisors_and_administrators_change_no_priority(actor: object) -> None:
    with pytest.raises(NotAllowed):
        change_priority(opened(STANDARD).ticket, actor, URGENT, POLICY, NOON, 90)  # type: ignore[arg-type]


def test_the_same_priority_is_no_change() -> None:
    with pytest.raises(Refused, match="already"):
        changed(opened(STANDARD).ticket, STANDARD)


def test_on_flat_rate_only_an_administrator_raises_an_emergency() -> None:
    by_user = opened(STANDARD, Hosting.SHARED, SupportOption.FLAT_RATE_USERS, requester=Requester.USER).ticket
    for actor in (CUSTOMER, SAM):
        with pytest.raises(Refused) as refused:
            change_priority(by_user, actor, EMERGENCY, POLICY, NOON, 0)
        assert refused.value.clause == "1.6"
    outcome = change_priority(flat(), CUSTOMER, EMERGENCY, POLICY, NOON + 30 * MINUTE, 0)
    assert outcome.entries == ()
    assert promise(outcome.ticket, BEGIN).due_at == NOON + HOUR  # the answer was owed by then
    assert promise(outcome.ticket, RESOLVE).due_at == NOON + 4 * HOUR + 30 * MINUTE


def test_on_flat_rate_staff_set_the_priority() -> None:
    with pytest.raises(NotAllowed, match="our staff set the priority") as refused:
        change_priority(flat(), CUSTOMER, URGENT, POLICY, NOON, 0)
    assert refused.value.clause == "3.4"
    outcome = change_priority(flat(), SAM, URGENT, POLICY, NOON + 30 * MINUTE, 0)
    assert promise(outcome.ticket, RESPOND).due_at == NOON + HOUR
    assert promise(outcome.ticket, RESPOND).promise.kind is PromiseKind.GOAL


def test_a_raised_priority_forgets_no_customer_role() -> None:
    """A customer who also is staff (never in one login) is not held to the customer's limits."""
    both = replace(SAM, roles=frozenset({Role.AGENT, Role.CUSTOMER}))
    assert change_priority(flat(), both, URGENT, POLICY, NOON, 0).ticket.priority is URGENT
