"""Confirm, demote, free issues: who may, what moves, and how each is taken back (policy §3, §7)."""

from dataclasses import replace
from datetime import datetime

import pytest

from console.policy import life
from console.policy.actor import SYSTEM, Actor
from console.policy.breaches import judge
from console.policy.classification import (
    answer_question,
    ask_proposer,
    confirm,
    demote,
    determine,
    propose_free,
    reverse_confirmation,
    reverse_demotion,
    undo_determination,
    why_not_free_issue,
    withdraw_proposal,
)
from console.policy.deadlines import StartEvent
from console.policy.errors import NotAllowed, Refused, TooFewTokens
from console.policy.facts import DemotionReversed, EmergencyDemoted, GuaranteeMissed, IssueDetermined
from console.policy.outcome import Outcome
from console.policy.repricing import change_priority
from console.policy.terms import Hosting, Priority, PromiseKind
from console.policy.ticket import Ticket
from tests.policy.cases import (
    ADMINISTRATOR,
    ALEX,
    BEGIN,
    CUSTOMER,
    DAY,
    FOUR_EYES,
    HOUR,
    MAX,
    MINUTE,
    NOON,
    POLICY,
    PRIYA,
    RESOLVE,
    RESPOND,
    SAM,
    SUPERVISOR,
    TICK,
    flat,
    moves,
    now,
    opened,
    promise,
)

STANDARD, URGENT, EMERGENCY = Priority.STANDARD, Priority.URGENT, Priority.EMERGENCY
AT = NOON + 30 * MINUTE
NOT_STAFF = [SUPERVISOR, ADMINISTRATOR, CUSTOMER, SYSTEM]


def demoted(hosting: Hosting = Hosting.DEDICATED, at: datetime = AT) -> Outcome:
    price = POLICY.prices[hosting][EMERGENCY]
    return demote(
        opened(hosting=hosting).ticket, SAM, POLICY, at, 100 - price, ["partial"], "It has a workaround"
    )


# --- Confirm -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("actor", [SAM, PRIYA])
def test_confirming_moves_nothing_and_keeps_who_when_and_which(actor: Actor) -> None:
    ticket = opened().ticket
    outcome = confirm(ticket, actor, AT, 90, ["down"], "Nobody can log in")
    assert outcome.entries == ()
    assert outcome.ticket.deadlines == ticket.deadlines
    made = outcome.ticket.confirmation
    assert made is not None
    assert (made.by, made.at, made.criteria) == (actor.login, AT, ("down",))


@pytest.mark.parametrize("actor", NOT_STAFF)
def test_only_staff_confirm_and_demote(actor: Actor) -> None:
    for decide in (
        lambda: confirm(opened().ticket, actor, AT, 90),
        lambda: demote(opened().ticket, actor, POLICY, AT, 90),
    ):
        with pytest.raises(NotAllowed):
            decide()


def test_only_emergencies_are_confirmed_or_demoted_and_once() -> None:
    for ticket in (opened(URGENT).ticket, demoted().ticket):
        for decide in (lambda t: confirm(t, PRIYA, AT, 90), lambda t: demote(t, PRIYA, POLICY, AT, 90)):
            with pytest.raises(Refused, match="not an emergency"):
                decide(ticket)
    with pytest.raises(Refused, match="already"):
        confirm(confirm(opened().ticket, SAM, AT, 90).ticket, PRIYA, AT, 90)


def test_after_a_confirmation_only_a_manager_demotes() -> None:
    confirmed = confirm(opened().ticket, SAM, NOON, 90).ticket
    with pytest.raises(NotAllowed, match="Sam Okafor confirmed it") as refused:
        demote(confirmed, SAM, POLICY, AT, 90)
    assert refused.value.clause == "3.1"
    outcome = demote(confirmed, PRIYA, POLICY, AT, 90)
    assert outcome.balance == 97
    assert EmergencyDemoted(at=AT, criteria=(), reason="", overturns=True) in outcome.facts
    assert outcome.ticket.demotion is not None
    assert outcome.ticket.demotion.confirmation == confirmed.confirmation


def test_a_confirmation_is_undone_by_its_author_or_reversed_by_a_manager() -> None:
    confirmed = confirm(opened().ticket, SAM, NOON, 90).ticket
    assert reverse_confirmation(confirmed, SAM, POLICY, NOON + 10 * MINUTE, 90).ticket.confirmation is None
    for actor, at in ((SAM, NOON + 10 * MINUTE + TICK), (ALEX, NOON)):
        with pytest.raises(NotAllowed) as refused:
            reverse_confirmation(confirmed, actor, POLICY, at, 90)
        assert refused.value.clause == "3.5"
    again = reverse_confirmation(confirmed, PRIYA, POLICY, NOON + 50 * MINUTE, 90).ticket
    assert demote(again, SAM, POLICY, NOON + 51 * MINUTE, 90).ticket.priority is URGENT
    with pytest.raises(Refused, match="not confirmed"):
        reverse_confirmation(again, PRIYA, POLICY, AT, 90)


# --- Demote ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("hosting", "credited", "held"), [(Hosting.DEDICATED, 7, 3), (Hosting.PLATFORM, 10, 5)]
)
def test_a_demotion_credits_the_difference_at_once(hosting: Hosting, credited: int, held: int) -> None:
    outcome = demoted(hosting)
    assert moves(outcome) == [("credit", "demoted", credited, AT)]
    assert (outcome.ticket.held, outcome.ticket.priority) == (held, URGENT)
    assert outcome.ticket.demotion is not None
    assert outcome.ticket.demotion.credited == credited


def test_a_demotion_counts_urgent_from_the_same_opening_instant() -> None:
    ticket = demoted().ticket
    assert promise(ticket, BEGIN).due_at == NOON + 4 * HOUR
    assert promise(ticket, RESOLVE).due_at == NOON + 24 * HOUR
    assert {each.counted_from for each in ticket.counting} == {NOON}


def test_a_customer_cannot_demote() -> None:
    with pytest.raises(NotAllowed, match="the firm's decision") as refused:
        demote(opened().ticket, CUSTOMER, POLICY, AT, 90)
    assert refused.value.clause == "3.2"


def test_what_was_missed_before_a_demotion_stays_missed_and_the_ticket_free() -> None:
    outcome = demote(opened().ticket, SAM, POLICY, NOON + 2 * HOUR, 90)
    assert moves(outcome) == [("credit", "begin_missed", 10, NOON + HOUR)]
    assert promise(outcome.ticket, BEGIN).missed
    assert promise(outcome.ticket, BEGIN).due_at == NOON + HOUR
    assert promise(outcome.ticket, RESOLVE).due_at == NOON + 24 * HOUR
    done = life.resolve(outcome.ticket, SAM, now(NOON + 3 * HOUR), outcome.balance)
    assert (done.balance, done.ticket.is_free, done.ticket.held) == (100, True, 0)


def test_what_was_met_before_a_demotion_stays_met() -> None:
    begun = life.begin(opened().ticket, SAM, now(NOON + MINUTE), 90).ticket
    assert promise(demote(begun, SAM, POLICY, AT, 90).ticket, BEGIN) == promise(begun, BEGIN)


def test_a_demotion_then_a_miss_credits_the_rest() -> None:
    first = demoted()
    outcome = judge(first.ticket, NOON + DAY, first.balance)
    assert moves(outcome) == [("credit", "begin_missed", 3, NOON + 4 * HOUR)]
    assert outcome.balance == 100


def test_a_flat_rate_emergency_is_demoted_to_the_answer_goal() -> None:
    outcome = demote(flat(EMERGENCY), SAM, POLICY, AT, 0)
    assert outcome.entries == ()
    assert [(each.milestone, each.due_at) for each in outcome.ticket.counting] == [(RESPOND, NOON + HOUR)]


# --- Undo and reverse a demotion ---------------------------------------------------------------------------------


def test_undoing_a_demotion_in_time_restores_price_and_deadlines() -> None:
    first = demoted()
    outcome = reverse_demotion(first.ticket, SAM, POLICY, AT + 10 * MINUTE, first.balance)
    assert moves(outcome) == [("reversal", "undone", -7, AT + 10 * MINUTE)]
    assert (outcome.ticket.priority, outcome.ticket.held, outcome.balance) == (EMERGENCY, 10, 90)
    assert outcome.ticket.counting == opened().ticket.counting
    assert DemotionReversed(at=AT + 10 * MINUTE, reason="", undone=True) in outcome.facts
    assert outcome.ticket.demotion is None


def test_a_manager_reverses_later_and_a_deadline_in_the_past_starts_afresh() -> None:
    first, at = demoted(), NOON + 2 * HOUR
    with pytest.raises(NotAllowed) as refused:
        reverse_demotion(first.ticket, SAM, POLICY, at, first.balance)
    assert refused.value.clause == "3.5"
    outcome = reverse_demotion(first.ticket, PRIYA, POLICY, at, first.balance, "It was the whole site")
    assert moves(outcome) == [("reversal", "reversed", -7, at)]
    begin = promise(outcome.ticket, BEGIN)
    assert (begin.due_at, begin.start) == (at + HOUR, StartEvent.CHANGED)
    assert promise(outcome.ticket, RESOLVE).due_at == NOON + 4 * HOUR


def test_reversing_the_demotion_of_a_ticket_reopened_since_promises_a_goal() -> None:
    first = demoted()
    solved = life.resolve(first.ticket, SAM, now(AT), first.balance)
    again = life.reopen(solved.ticket, SAM, POLICY, AT + MINUTE, first.balance)
    outcome = reverse_demotion(again.ticket, SAM, POLICY, AT + 2 * MINUTE, first.balance)
    (runs,) = outcome.ticket.open_deadlines()
    assert (runs.milestone, runs.promise.kind, runs.promise.clause) == (RESOLVE, PromiseKind.GOAL, "6.1")
    assert runs.due_at == AT + MINUTE + 4 * HOUR


def test_a_reversal_with_too_few_tokens_is_refused_whole() -> None:
    with pytest.raises(TooFewTokens) as refused:
        reverse_demotion(demoted().ticket, PRIYA, POLICY, AT, 6)
    assert (refused.value.needed, refused.value.balance) == (7, 6)


def test_reversing_the_demotion_of_a_free_ticket_charges_nothing() -> None:
    first = demote(opened().ticket, SAM, POLICY, NOON + 2 * HOUR, 90)
    outcome = reverse_demotion(first.ticket, PRIYA, POLICY, NOON + 3 * HOUR, first.balance)
    assert (outcome.entries, outcome.ticket.priority, outcome.ticket.is_free) == ((), EMERGENCY, True)
    assert promise(outcome.ticket, BEGIN).missed


def test_what_was_met_meanwhile_stays_met_when_a_demotion_is_reversed() -> None:
    first = demoted()
    begun = life.begin(first.ticket, SAM, now(NOON + 3 * HOUR), first.balance)
    outcome = reverse_demotion(begun.ticket, PRIYA, POLICY, NOON + 5 * HOUR, begun.balance)
    assert promise(outcome.ticket, BEGIN).met_at == NOON + 3 * HOUR
    assert promise(outcome.ticket, RESOLVE).due_at == NOON + 9 * HOUR
    assert not outcome.ticket.is_free


def test_a_reversal_brings_back_the_clocks_of_a_flat_rate_emergency() -> None:
    first = demote(flat(EMERGENCY), SAM, POLICY, AT, 0)
    outcome = reverse_demotion(first.ticket, SAM, POLICY, AT + MINUTE, 0)
    assert outcome.ticket.counting == flat(EMERGENCY).counting


def test_a_reversal_of_a_demotion_made_while_awaiting_tokens_starts_the_emergencys_clocks() -> None:
    first = demote(opened(balance=3).ticket, SAM, POLICY, NOON, 3)
    assert first.ticket.opened_at == NOON
    outcome = reverse_demotion(first.ticket, SAM, POLICY, NOON + MINUTE, 20)
    assert (outcome.ticket.held, outcome.balance) == (10, 13)
    assert {each.due_at for each in outcome.ticket.counting} == {NOON + HOUR, NOON + 4 * HOUR}


def test_a_demoted_confirmation_comes_back_with_the_reversal() -> None:
    confirmed = confirm(opened().ticket, SAM, NOON, 90).ticket
    first = demote(confirmed, PRIYA, POLICY, AT, 90)
    assert (
        reverse_demotion(first.ticket, MAX, POLICY, AT, first.balance).ticket.confirmation
        == confirmed.confirmation
    )


def test_what_is_taken_back_is_what_stands() -> None:
    """A demotion only while the ticket is urgent: raised again, it is an emergency that can be confirmed anew."""
    first = demoted()
    assert first.ticket.classification == first.ticket.demotion
    for to in (EMERGENCY, STANDARD):
        moved = change_priority(first.ticket, SAM, to, POLICY, AT, first.balance, authorised_by="Leah")
        assert moved.ticket.classification is None
    again = change_priority(first.ticket, SAM, EMERGENCY, POLICY, AT, first.balance, authorised_by="Leah")
    confirmed = confirm(again.ticket, SAM, AT, again.balance, ["down"]).ticket
    assert confirmed.classification == confirmed.confirmation
    assert reverse_confirmation(confirmed, SAM, POLICY, AT, again.balance).ticket.classification is None
    with pytest.raises(Refused, match="not a demoted emergency"):
        reverse_demotion(confirmed, SAM, POLICY, AT, again.balance)


def test_only_a_demoted_ticket_is_reversed() -> None:
    lowered = change_priority(demoted().ticket, SAM, STANDARD, POLICY, NOON + HOUR, 97).ticket
    for ticket in (opened().ticket, opened(URGENT).ticket, lowered):
        with pytest.raises(Refused, match="not a demoted emergency"):
            reverse_demotion(ticket, PRIYA, POLICY, NOON + HOUR, 90)


# --- Propose -----------------------------------------------------------------------------------------------------


def proposed() -> Ticket:
    return propose_free(opened().ticket, SAM, AT, 90, "own_fault", "Our certificate expired").ticket


def test_a_proposal_moves_nothing_and_the_clock_runs() -> None:
    outcome = propose_free(opened().ticket, SAM, AT, 90, "own_fault", "Our certificate expired")
    assert (outcome.entries, outcome.ticket.held) == ((), 10)
    assert outcome.ticket.proposal is not None
    assert (outcome.ticket.proposal.by, outcome.ticket.proposal.category) == ("sam", "own_fault")
    assert judge(outcome.ticket, NOON + HOUR + TICK, 90).balance == 100


@pytest.mark.parametrize("actor", NOT_STAFF)
def test_only_staff_propose(actor: Actor) -> None:
    with pytest.raises(NotAllowed):
        propose_free(opened().ticket, actor, AT, 90)


def test_one_proposal_at_a_time_and_none_after_a_decision() -> None:
    with pytest.raises(Refused, match="Sam Okafor has proposed"):
        propose_free(proposed(), ALEX, AT, 90)
    declined = determine(proposed(), PRIYA, POLICY, AT, 90, free=False, reason="Their own server").ticket
    with pytest.raises(Refused, match="only a manager can overturn"):
        propose_free(declined, SAM, AT, 90)


def test_a_proposal_is_withdrawn_by_its_author_or_closed_by_a_manager() -> None:
    for actor in (SAM, PRIYA):
        assert withdraw_proposal(proposed(), actor, AT, 90).ticket.proposal is None
    with pytest.raises(NotAllowed):
        withdraw_proposal(proposed(), ALEX, AT, 90)
    with pytest.raises(Refused, match="Nobody proposes"):
        withdraw_proposal(opened().ticket, SAM, AT, 90)


def test_a_manager_asks_and_the_answer_brings_the_proposal_back() -> None:
    asked = ask_proposer(proposed(), PRIYA, AT, 90, "Which certificate?").ticket
    assert asked.proposal is not None
    assert asked.proposal.question == "Which certificate?"
    answered = answer_question(asked, SAM, AT, 90, "The webmail one").ticket
    assert answered.proposal == proposed().proposal
    with pytest.raises(NotAllowed):
        ask_proposer(proposed(), SAM, AT, 90, "Why?")


def test_why_a_ticket_cannot_be_a_free_issue() -> None:
    begin_missed = judge(opened().ticket, NOON + 2 * HOUR, 90).ticket
    for ticket, why in [
        (flat(), "There is nothing to credit on a flat-rate option."),
        (opened(balance=0).ticket, "Nothing is charged yet: the ticket is awaiting tokens."),
        (begin_missed, "Already free: the begin guarantee was missed."),
        (opened(Priority.INFORMATIONAL).ticket, "Already free of charge."),
        (opened(Priority.BILLING).ticket, "Already free of charge."),
        (life.cancel(opened().ticket, CUSTOMER, AT, 90).ticket, "Nothing is charged on it any more."),
        (opened().ticket, ""),
    ]:
        assert why_not_free_issue(ticket) == why
        if why:
            for decide in (
                lambda t: propose_free(t, SAM, NOON, 0),
                lambda t: determine(t, PRIYA, POLICY, NOON, 0, free=True),
            ):
                with pytest.raises(Refused) as refused:
                    decide(ticket)
                assert (refused.value.message, refused.value.clause) == (why, "3.3")


def test_a_billing_question_that_another_policy_charges_can_be_a_free_issue() -> None:
    priced = replace(POLICY, prices={Hosting.DEDICATED: dict.fromkeys(Priority, 1)})
    ticket = life.open_ticket(replace(life_request(), priority=Priority.BILLING), 1, priced, 5, NOON).ticket
    assert determine(ticket, PRIYA, priced, NOON, 4, free=True).balance == 5


def life_request() -> life.NewTicket:
    from tests.policy.cases import request

    return request()


# --- Determine ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("actor", [SAM, *NOT_STAFF])
def test_only_a_manager_decides(actor: Actor) -> None:
    for free in (True, False):
        with pytest.raises(NotAllowed, match="Only a manager") as refused:
            determine(proposed(), actor, POLICY, AT, 90, free=free)
        assert refused.value.clause == "3.3"


@pytest.mark.parametrize("ticket", [opened().ticket, proposed()])
def test_decided_free_credits_everything_held(ticket: Ticket) -> None:
    outcome = determine(ticket, PRIYA, POLICY, AT, 90, free=True, category="own_fault")
    assert moves(outcome) == [("credit", "free_issue", 10, AT)]
    assert (outcome.ticket.held, outcome.ticket.is_free, outcome.ticket.proposal) == (0, True, None)
    assert outcome.ticket.determination is not None
    assert outcome.ticket.determination.tokens == 10
    assert outcome.ticket.determination.proposal == ticket.proposal
    fact = IssueDetermined(at=AT, free=True, category="own_fault", reason="", overturns=False)
    assert fact in outcome.facts


def test_free_after_a_demotion_credits_only_what_is_still_held() -> None:
    first = demoted()
    outcome = determine(first.ticket, PRIYA, POLICY, AT, first.balance, free=True)
    assert moves(outcome) == [("credit", "free_issue", 3, AT)]
    assert outcome.balance == 100


def test_declined_leaves_the_price() -> None:
    outcome = determine(proposed(), PRIYA, POLICY, AT, 90, free=False, reason="Their own server")
    assert (outcome.entries, outcome.ticket.held, outcome.ticket.is_free) == ((), 10, False)
    assert outcome.ticket.determination is not None
    assert outcome.ticket.determination.reason == "Their own server"


def test_a_decision_is_overturned_by_a_manager_as_a_new_decision() -> None:
    free = determine(proposed(), PRIYA, POLICY, AT, 90, free=True)
    outcome = determine(
        free.ticket, MAX, POLICY, NOON + 45 * MINUTE, free.balance, free=False, reason="Theirs"
    )
    assert moves(outcome) == [("reversal", "overturned", -10, NOON + 45 * MINUTE)]
    assert (outcome.ticket.held, outcome.balance, outcome.ticket.is_free) == (10, 90, False)
    assert outcome.ticket.determination is not None
    assert outcome.ticket.determination.overturned == free.ticket.determination
    back = determine(outcome.ticket, PRIYA, POLICY, NOON + 50 * MINUTE, outcome.balance, free=True)
    assert (back.balance, back.ticket.held) == (100, 0)
    with pytest.raises(Refused, match="has decided"):
        determine(back.ticket, MAX, POLICY, NOON + 51 * MINUTE, back.balance, free=True)
    with pytest.raises(NotAllowed):
        determine(back.ticket, SAM, POLICY, NOON + 51 * MINUTE, back.balance, free=False)


def test_turning_free_back_into_charged_needs_the_tokens_else_it_is_refused_whole() -> None:
    free = determine(opened().ticket, PRIYA, POLICY, AT, 90, free=True)
    with pytest.raises(TooFewTokens, match="Nothing was changed") as refused:
        determine(free.ticket, MAX, POLICY, AT, 9, free=False)
    assert (refused.value.needed, refused.value.clause) == (10, "3.3")


def test_a_guarantee_missed_after_a_free_decision_keeps_the_ticket_free_when_overturned() -> None:
    free = determine(opened().ticket, PRIYA, POLICY, AT, 90, free=True)
    later = judge(free.ticket, NOON + 2 * HOUR, free.balance)
    assert later.entries == ()
    assert later.facts == (GuaranteeMissed(at=NOON + HOUR, milestone=BEGIN),)
    outcome = determine(later.ticket, MAX, POLICY, NOON + 2 * HOUR, later.balance, free=False)
    assert (outcome.entries, outcome.ticket.is_free, outcome.balance) == ((), True, 100)


def test_a_free_ticket_demoted_and_then_charged_again_costs_what_urgent_costs() -> None:
    free = determine(opened().ticket, PRIYA, POLICY, AT, 90, free=True)
    lowered = demote(free.ticket, SAM, POLICY, AT, free.balance)
    assert lowered.entries == ()
    outcome = determine(lowered.ticket, MAX, POLICY, AT, lowered.balance, free=False)
    assert (outcome.ticket.held, outcome.balance) == (3, 97)


# --- Undo a determination ----------------------------------------------------------------------------------------


def test_a_manager_undoes_an_own_decision_in_time_and_the_proposal_waits_again() -> None:
    free = determine(proposed(), PRIYA, POLICY, AT, 90, free=True)
    outcome = undo_determination(free.ticket, PRIYA, POLICY, AT + 10 * MINUTE, free.balance)
    assert moves(outcome) == [("reversal", "undone", -10, AT + 10 * MINUTE)]
    assert (outcome.ticket.proposal, outcome.ticket.determination) == (proposed().proposal, None)
    for actor, at in ((PRIYA, AT + 10 * MINUTE + TICK), (MAX, AT)):
        with pytest.raises(NotAllowed) as refused:
            undo_determination(free.ticket, actor, POLICY, at, free.balance)
        assert refused.value.clause == "3.5"
    with pytest.raises(Refused, match="not decided"):
        undo_determination(outcome.ticket, PRIYA, POLICY, AT, 90)


def test_undoing_an_overturning_decision_makes_it_free_again() -> None:
    free = determine(opened().ticket, PRIYA, POLICY, AT, 90, free=True)
    charged = determine(free.ticket, MAX, POLICY, AT, free.balance, free=False)
    raised = demote(charged.ticket, SAM, POLICY, AT, charged.balance)
    outcome = undo_determination(raised.ticket, MAX, POLICY, AT + MINUTE, raised.balance)
    assert (outcome.ticket.held, outcome.balance, outcome.ticket.is_free) == (0, 100, True)


def test_undoing_a_decline_moves_nothing() -> None:
    declined = determine(proposed(), PRIYA, POLICY, AT, 90, free=False)
    outcome = undo_determination(declined.ticket, PRIYA, POLICY, AT + MINUTE, 90)
    assert (outcome.entries, outcome.ticket.proposal) == ((), proposed().proposal)


# --- Four eyes ---------------------------------------------------------------------------------------------------


def test_without_four_eyes_a_manager_decides_an_own_proposal() -> None:
    own = propose_free(opened().ticket, PRIYA, AT, 90).ticket
    assert determine(own, PRIYA, POLICY, AT, 90, free=True).balance == 100


def test_with_four_eyes_another_manager_decides() -> None:
    own = propose_free(opened().ticket, PRIYA, AT, 90).ticket
    for ticket in (own, opened().ticket):
        with pytest.raises(NotAllowed, match="Another manager") as refused:
            determine(ticket, PRIYA, FOUR_EYES, AT, 90, free=True)
        assert refused.value.clause == "7.2"
    free = determine(own, MAX, FOUR_EYES, AT, 90, free=True)
    with pytest.raises(NotAllowed, match="Another manager"):
        determine(free.ticket, MAX, FOUR_EYES, AT, free.balance, free=False)
    assert determine(proposed(), PRIYA, FOUR_EYES, AT, 90, free=True).balance == 100
