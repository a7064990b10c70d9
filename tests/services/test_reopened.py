"""Tickets that were reopened: what was promised before it comes back by nothing (clause 6.1)."""

from datetime import timedelta

import pytest

from console.policy.deadlines import Deadline
from console.policy.terms import Hosting, Milestone, Priority, SupportOption
from console.services import progress, triage
from console.services.desk import Desk
from console.services.sweep import sweep
from console.services.ticket_view import ticket_view
from tests.support.desks import ALEX, MORGAN, Office

REASON = "Mail flows again; only one template is wrong."


def _demote(desk: Desk, number: int) -> None:
    known = desk.policy().lists.not_mission_critical.items[0].id
    triage.demote(desk, number, [known], REASON, None, desk.new_key())


def _reopened(office: Office, desk: Desk, number: int) -> None:
    progress.resolve(desk, number, "answered", "", desk.new_key())
    office.clock.advance(minutes=1)
    progress.reopen(desk, number, "", desk.new_key())


def _running(desk: Desk, number: int) -> list[Deadline]:
    return list(ticket_view(desk, number).ticket.open_deadlines())


@pytest.mark.parametrize("option", [SupportOption.TOKENS, SupportOption.FLAT_RATE_USERS])
def test_a_demotion_of_before_is_reversed(office: Office, option: SupportOption) -> None:
    balance = 60 if option is SupportOption.TOKENS else 0
    account = office.account("Flat", Hosting.DEDICATED, option, balance=balance)
    number, alex, morgan = office.number(account, Priority.EMERGENCY), office.at(ALEX), office.at(MORGAN)
    office.clock.advance(minutes=1)
    _demote(alex, number)
    _reopened(office, alex, number)
    reopened = office.clock.now
    office.clock.advance(minutes=30)
    triage.reverse_demotion(morgan, number, REASON, None, morgan.new_key())
    assert {each.counted_from for each in _running(alex, number)} == {reopened}


@pytest.mark.parametrize("hours", [0.1, 5])
def test_a_second_reopening_counts_where_a_demotion_between_the_two_is_reversed(
    office: Office, hours: float
) -> None:
    """Not the goal of the first one, whether its time has passed or not."""
    account = office.account(balance=60)
    number, alex, morgan = office.number(account, Priority.EMERGENCY), office.at(ALEX), office.at(MORGAN)
    _reopened(office, alex, number)
    _demote(alex, number)
    office.clock.advance(hours=hours)
    _reopened(office, alex, number)
    reopened = office.clock.now
    office.clock.advance(minutes=30)
    triage.reverse_demotion(morgan, number, REASON, None, morgan.new_key())
    (goal,) = (each for each in _running(alex, number) if each.milestone is Milestone.RESOLVE_OR_PLAN)
    assert goal.due_at == reopened + timedelta(hours=4)


def test_a_priority_raised_before_its_reopening_as_the_clock_says(office: Office) -> None:
    """The clock is set back in between; what runs since the reopening goes by the order of what was promised."""
    number, alex = office.number(office.account(balance=60), Priority.STANDARD), office.at(ALEX)
    _reopened(office, alex, number)
    office.clock.advance(hours=-0.001)
    triage.change_priority(alex, number, Priority.URGENT, "Leah", None, alex.new_key())
    progress.reply(alex, number, "On it.", alex.new_key())
    assert [each.milestone for each in _running(alex, number)] == [Milestone.RESOLVE_OR_PLAN]
    office.clock.advance(days=30)
    assert sweep(alex).failed == ()
    (missed,) = (each for each in ticket_view(alex, number).ticket.deadlines if each.missed)
    assert not missed.is_guarantee
