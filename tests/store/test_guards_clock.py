"""While the server's clock is set back: work goes by the account's last instant, claims go by the server's clock."""

from datetime import datetime

import pytest

from console.policy import classification, life, repricing
from console.policy.deadlines import Deadline
from console.policy.document import Policy, Promise
from console.policy.errors import Conflict, Problem
from console.policy.terms import Priority, SupportOption
from console.policy.ticket import Ticket
from console.services import claims, progress, triage
from console.services.progress import Happened
from console.services.sweep import sweep
from console.services.ticket_view import ticket_view
from tests.support.attacks import LONG, Scene, entry, fact, refused
from tests.support.desks import ALEX, MORGAN, PRIYA
from tests.support.stories import NEXT_WEEK, not_critical, set_back, ticket


def test_lowered_and_raised_again_while_the_clock_is_set_back_is_no_attack(place: Scene) -> None:
    """All at one instant, the account's last; what an earlier act had replaced is no matter of the later one."""
    number, alex = ticket(place, Priority.STANDARD), place.office.at(ALEX)
    place.office.clock.advance(hours=23)
    set_back(place, hours=2)
    for to in (Priority.BILLING, Priority.STANDARD, Priority.URGENT, Priority.STANDARD, Priority.URGENT):
        triage.change_priority(alex, number, to, "Leah", None, alex.new_key())
    place.office.clock.advance(hours=2)


def test_claims_go_by_the_servers_clock_while_it_is_set_back(place: Scene) -> None:
    """A lease is about consoles: one that lives keeps its claim, one that died loses it after ten minutes."""
    number, alex, priya = ticket(place), place.office.at(ALEX), place.office.at(PRIYA)
    clock = place.office.clock
    clock.advance(hours=3)
    set_back(place, hours=2)
    claims.claim(priya, number, priya.new_key())
    for _ in range(2):
        clock.advance(minutes=9)
        claims.renew(priya)
        with pytest.raises(Conflict):
            claims.claim(alex, number, alex.new_key())
    clock.advance(minutes=10)
    claims.claim(alex, number, alex.new_key())
    clock.advance(hours=2)


def test_an_act_is_entered_late_while_the_clock_is_set_back(place: Scene) -> None:
    """Its true time lies before the account's last instant, whatever the server's clock says meanwhile."""
    number, morgan = ticket(place), place.office.at(MORGAN)
    true = place.office.clock.advance(hours=2)
    place.office.clock.advance(hours=1)
    set_back(place, hours=2)
    progress.begin(morgan, number, morgan.new_key(), Happened(true, "It was in the telephone log."))
    place.office.clock.advance(hours=2)


def test_no_promise_is_met_that_has_passed_on_the_clock_of_its_account(
    place: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server's clock is set back before it was due: begun by that clock, it would not be missed any more."""
    number, alex, clock = ticket(place, Priority.EMERGENCY), place.office.at(ALEX), place.office.clock
    clock.advance(hours=2)
    set_back(place, hours=1.5)
    entered = life.Entered.at_once
    with monkeypatch.context() as patched:
        patched.setattr(life.Entered, "at_once", lambda _now: entered(clock.now))
        with pytest.raises(Problem, match="Work begins when the server is told"):
            progress.begin(alex, number, alex.new_key())
    progress.begin(alex, number, alex.new_key())
    assert ticket_view(alex, number).ticket.is_free
    clock.advance(hours=1.5)


def test_no_promise_is_given_that_lies_in_the_past_of_its_account(
    place: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server's clock is set back before it is due; on the account's clock it has passed, and would be credited."""
    number, alex, clock = ticket(place, Priority.BILLING), place.office.at(ALEX), place.office.clock
    clock.advance(hours=23)
    triage.change_priority(alex, number, Priority.EMERGENCY, "Leah", None, alex.new_key())
    progress.begin(alex, number, alex.new_key())
    clock.advance(hours=1.5)
    set_back(place, hours=1)

    def from_opening(
        ticket: Ticket, promise: Promise, old: Deadline | None, policy: Policy, _at: datetime
    ) -> Deadline:
        return repricing._met_already(ticket, repricing._from_opening(ticket, promise, old, policy))

    with monkeypatch.context() as patched:
        patched.setattr(repricing, "_lowered", from_opening)
        patched.setattr(classification, "settle", lambda _draft, _at: None)
        with pytest.raises(Problem, match="before it was given"):
            triage.demote(alex, number, [not_critical(place)], LONG, None, alex.new_key())
    triage.demote(alex, number, [not_critical(place)], LONG, None, alex.new_key())
    clock.advance(hours=1)


def test_no_purchase_turns_the_clock_of_its_account_back(place: Scene) -> None:
    """Written at the server's time, it would lie before the entry that it follows, and what was missed be in time."""
    ticket(place)
    set_back(place, hours=2)
    moved = '{"cause": "bought", "tokens": 5, "before": 38, "after": 43, "reference": "X-9", "reason": "why"}'
    bought = entry("purchase", "bought", 5, reference="'X-9'") + fact("BalanceMoved", moved)
    refused(place, "alex", bought, "An entry is recorded at the server's time")
    place.office.clock.advance(hours=2)


@pytest.mark.parametrize("act", ["reply", "resolve"])
def test_an_act_at_once_withdraws_no_miss_though_the_clock_lies_before_it(place: Scene, act: str) -> None:
    """A miss without tokens moves no clock of its account; only what is entered late withdraws one (clause 2.7)."""
    number, alex, clock = ticket(place, Priority.INFORMATIONAL), place.office.at(ALEX), place.office.clock
    clock.advance(hours=72, minutes=10)
    sweep(alex)
    clock.advance(minutes=-30)
    if act == "reply":
        progress.reply(alex, number, "So it is.", alex.new_key())
    else:
        progress.resolve(alex, number, "answered", "", alex.new_key(), cause="overload")
    assert ticket_view(alex, number).ticket.is_free
    clock.advance(minutes=30)


def test_a_flat_rate_ticket_is_raised_while_the_clock_lies_before_its_plan(place: Scene) -> None:
    """No entry keeps the time of its account: the new goal passes before the plan that meets it, and so late."""
    office, alex = place.office, place.office.at(ALEX)
    account = office.account(f"Flat {alex.new_key()}", option=SupportOption.FLAT_RATE_USERS)
    number = office.number(account, Priority.STANDARD)
    progress.send_plan(alex, number, "Look", "Alex", NEXT_WEEK, alex.new_key())
    office.clock.advance(hours=-7)
    triage.change_priority(alex, number, Priority.EMERGENCY, "", None, alex.new_key())
    office.clock.advance(hours=7)


def test_a_missed_goal_is_resolved_though_the_clock_lies_before_it(place: Scene) -> None:
    number, alex, clock = ticket(place, Priority.STANDARD), place.office.at(ALEX), place.office.clock
    progress.resolve(alex, number, "answered", "So.", alex.new_key())
    progress.reopen(alex, number, "", alex.new_key())
    clock.advance(hours=48, minutes=10)
    sweep(alex)
    clock.advance(minutes=-30)
    progress.resolve(alex, number, "answered", "So.", alex.new_key())
    clock.advance(minutes=30)
