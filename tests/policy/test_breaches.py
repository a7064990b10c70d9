"""Missed times and the rules of the ledger: once, dated at the miss, in any order of looking (policy §4, §5)."""

from itertools import permutations

import pytest

from console.policy import life
from console.policy.breaches import judge
from console.policy.clauses import Clause
from console.policy.errors import TooFewTokens
from console.policy.facts import GoalMissed, GuaranteeMissed, TokensMoved
from console.policy.ledger import Contra, entry, require_balance, total
from console.policy.outcome import Draft
from console.policy.terms import Cause, EntryKind, Priority
from tests.policy.cases import (
    BEGIN,
    DAY,
    HOUR,
    NOON,
    RESOLVE,
    RESPOND,
    SAM,
    TICK,
    flat,
    moves,
    now,
    opened,
    promise,
)

# --- Missed guarantees -------------------------------------------------------------------------------------------


def test_a_missed_guarantee_credits_all_once_dated_at_the_miss() -> None:
    judged = judge(opened().ticket, NOON + DAY, 90)
    assert moves(judged) == [("credit", "begin_missed", 10, NOON + HOUR)]
    assert (judged.balance, judged.ticket.held, judged.ticket.is_free) == (100, 0, True)
    assert [type(fact) for fact in judged.facts] == [GuaranteeMissed, TokensMoved, GuaranteeMissed]
    assert (promise(judged.ticket, BEGIN).credited, promise(judged.ticket, RESOLVE).credited) == (10, 0)
    assert judged.entries[0].clause == "4.3"


def test_nothing_is_missed_at_the_due_instant_itself() -> None:
    assert judge(opened().ticket, NOON + HOUR, 90).ticket == opened().ticket
    assert judge(opened().ticket, NOON + HOUR + TICK, 90).ticket.is_free


def test_judging_again_changes_nothing() -> None:
    judged = judge(opened().ticket, NOON + DAY, 90)
    again = judge(judged.ticket, NOON + 2 * DAY, judged.balance)
    assert (again.ticket, again.entries, again.facts, again.balance) == (judged.ticket, (), (), 100)


@pytest.mark.parametrize("order", [*permutations([2, 5, 30])])
def test_the_order_of_looking_does_not_matter(order: tuple[int, ...]) -> None:
    ticket, balance, entries = opened().ticket, 90, []
    for hours in order:
        judged = judge(ticket, NOON + hours * HOUR, balance)
        ticket, balance = judged.ticket, judged.balance
        entries.extend(judged.entries)
    at_once = judge(opened().ticket, NOON + 30 * HOUR, 90)
    assert (ticket, balance, tuple(entries)) == (at_once.ticket, 100, at_once.entries)


def test_judging_is_pure() -> None:
    ticket = opened().ticket
    assert judge(ticket, NOON + DAY, 90) == judge(ticket, NOON + DAY, 90)
    assert ticket == opened().ticket


def test_a_missed_goal_is_counted_and_credits_nothing() -> None:
    judged = judge(flat(), NOON + DAY, 0)
    assert judged.facts == (GoalMissed(at=NOON + HOUR, milestone=RESPOND),)
    assert (judged.entries, judged.ticket.is_free, judged.ticket.missed_guarantee) == ((), False, None)


def test_the_late_act_itself_judges() -> None:
    done = life.resolve(opened(Priority.STANDARD).ticket, SAM, now(NOON + 48 * HOUR + TICK), 99)
    assert moves(done) == [("credit", "begin_missed", 1, NOON + 24 * HOUR)]
    assert [each.missed for each in done.ticket.counting] == [True, True]


def test_a_billing_ticket_is_never_late() -> None:
    assert judge(opened(Priority.BILLING).ticket, NOON + 365 * DAY, 100).facts == ()


# --- The ledger's rules ------------------------------------------------------------------------------------------


def test_every_kind_of_entry_has_its_other_side() -> None:
    for kind, contra in [
        (EntryKind.PURCHASE, Contra.SOLD),
        (EntryKind.REFUND, Contra.SOLD),
        (EntryKind.ADJUSTMENT, Contra.SOLD),
        (EntryKind.CHARGE, Contra.USED),
        (EntryKind.CREDIT, Contra.USED),
    ]:
        assert entry(kind, Cause.CORRECTED, 1, NOON, Clause.LEDGER).contra is contra
    back = entry(EntryKind.REVERSAL, Cause.UNDONE, 1, NOON, Clause.REVERSE, 1, Contra.SOLD)
    assert (back.contra, back.ticket_id) == (Contra.SOLD, 1)
    assert total([back, back]) == 2


def test_the_refusal_of_too_few_tokens_says_who_has_what_and_what_is_needed() -> None:
    with pytest.raises(TooFewTokens) as refused:
        require_balance("Juniper Dental", 1, 7, "going back to emergency", Clause.REVERSE)
    assert refused.value.message == (
        "Juniper Dental has 1 token; going back to emergency needs 7. Nothing was changed."
    )
    assert (refused.value.title, refused.value.clause) == ("Too few tokens", "3.5")
    require_balance("Juniper Dental", 7, 7, "it", Clause.REVERSE)


def test_credits_never_exceed_what_is_held() -> None:
    draft = Draft(opened().ticket, 90)
    assert draft.credit(99, Cause.FREE_ISSUE, NOON, Clause.FREE_ISSUE) == 10
    assert draft.credit_all(Cause.CANCELLED, NOON, Clause.CANCEL) == 0
    assert (draft.balance, draft.ticket.held, draft.moved()) == (100, 0, 10)


def test_every_movement_says_the_balance_around_it() -> None:
    judged = judge(opened().ticket, NOON + DAY, 90)
    (moved,) = [fact for fact in judged.facts if isinstance(fact, TokensMoved)]
    assert (moved.tokens, moved.before, moved.after, moved.at) == (10, 90, 100, NOON + HOUR)
