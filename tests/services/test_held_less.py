"""Tickets that hold less than their price: a decision that was overturned charges what was authorised, no more."""

from collections.abc import Callable

import pytest

from console.policy.terms import Priority
from console.services import keeping, progress, tokens, triage
from console.services.progress import Happened
from console.services.sweep import sweep
from console.services.ticket_view import ticket_view
from tests.support.desks import ALEX, MORGAN, Office

LOGGED = "It was in the telephone log."
WHY = "Our own monitoring had found it before."


def test_a_demotion_charges_nothing(office: Office) -> None:
    """Raised while it was free, an emergency that holds 1 token is charged neither urgent's 3, nor 10 afterwards."""
    number = office.number(office.account(balance=40), Priority.STANDARD)
    alex, morgan = office.at(ALEX), office.at(MORGAN)
    triage.determine(morgan, number, True, "own_fault", WHY, None, morgan.new_key())
    triage.change_priority(alex, number, Priority.EMERGENCY, "", None, alex.new_key())
    triage.determine(morgan, number, False, "", WHY, None, morgan.new_key())
    triage.demote(alex, number, ["partial"], WHY, None, alex.new_key())
    demoted = ticket_view(alex, number).ticket
    assert demoted.demotion is not None
    assert (demoted.held, demoted.demotion.credited) == (1, 0)
    triage.reverse_demotion(morgan, number, WHY, None, morgan.new_key())
    assert ticket_view(alex, number).ticket.held == 1
    assert keeping.check(alex) == []


def test_a_lower_priority_charges_nothing(office: Office) -> None:
    """Decided free, missed, decided not free, and begun in time after all: it holds nothing, and is not free."""
    number = office.number(office.account(balance=40), Priority.URGENT)
    alex, morgan = office.at(ALEX), office.at(MORGAN)
    in_time = Happened(office.clock.now, LOGGED)
    office.clock.advance(minutes=1)
    triage.determine(morgan, number, True, "own_fault", WHY, None, morgan.new_key())
    office.clock.advance(hours=30)
    sweep(alex)
    triage.determine(morgan, number, False, "", WHY, None, morgan.new_key())
    progress.begin(morgan, number, morgan.new_key(), in_time)
    triage.change_priority(alex, number, Priority.STANDARD, "", None, alex.new_key())
    assert ticket_view(alex, number).ticket.held == 0
    assert keeping.check(alex) == []


def _awaiting(office: Office) -> int:
    """Raised with the customer's authorisation before it could be paid; opened by its demotion."""
    alex, account = office.at(ALEX), office.account(balance=0)
    number = office.number(account, Priority.STANDARD)
    triage.change_priority(alex, number, Priority.EMERGENCY, "Leah", None, alex.new_key())
    tokens.record_purchase(alex, account.id, 5, "R-1", None, alex.new_key())
    triage.demote(alex, number, ["partial"], WHY, None, alex.new_key())
    tokens.record_purchase(alex, account.id, 20, "R-2", None, alex.new_key())
    return number


def _raised(office: Office) -> int:
    alex, number = office.at(ALEX), office.number(office.account(balance=40), Priority.STANDARD)
    triage.change_priority(alex, number, Priority.EMERGENCY, "Leah", None, alex.new_key())
    return number


def _decided_free(office: Office) -> int:
    """Demoted while a decision makes it free, which is overturned then."""
    alex, morgan, number = office.at(ALEX), office.at(MORGAN), _raised(office)
    triage.determine(morgan, number, True, "own_fault", WHY, None, morgan.new_key())
    triage.demote(alex, number, ["partial"], WHY, None, alex.new_key())
    triage.determine(morgan, number, False, "", WHY, None, morgan.new_key())
    return number


def _missed(office: Office) -> int:
    """Demoted while a miss makes it free, which is withdrawn then."""
    alex, morgan, number = office.at(ALEX), office.at(MORGAN), _raised(office)
    in_time = Happened(office.clock.now, LOGGED)
    office.clock.advance(hours=1.5)
    sweep(alex)
    triage.demote(alex, number, ["partial"], WHY, None, alex.new_key())
    progress.begin(morgan, number, morgan.new_key(), in_time)
    return number


@pytest.mark.parametrize("demoted", [_awaiting, _decided_free, _missed])
def test_a_reversed_demotion_charges_what_was_authorised(
    office: Office, demoted: Callable[[Office], int]
) -> None:
    """An emergency that Leah had authorised, however little the demotion itself had credited."""
    number, morgan = demoted(office), office.at(MORGAN)
    assert ticket_view(morgan, number).ticket.held == 3
    triage.reverse_demotion(morgan, number, WHY, None, morgan.new_key())
    assert ticket_view(morgan, number).ticket.held == 10
    assert keeping.check(morgan) == []


def _raised_before_a_no_was_undone(office: Office) -> int:
    """Standard, decided free and not free, raised to urgent; then the "no" is undone."""
    number = office.number(office.account(balance=40), Priority.STANDARD)
    alex, morgan = office.at(ALEX), office.at(MORGAN)
    triage.determine(morgan, number, True, "own_fault", WHY, None, morgan.new_key())
    triage.determine(morgan, number, False, "", WHY, None, morgan.new_key())
    triage.change_priority(alex, number, Priority.URGENT, "Leah", None, alex.new_key())
    triage.undo_determination(morgan, number, morgan.new_key())
    return number


def _reversed_while_free(office: Office) -> int:
    """An emergency demoted and decided free, and the demotion reversed."""
    number = office.number(office.account(balance=40), Priority.EMERGENCY)
    alex, morgan = office.at(ALEX), office.at(MORGAN)
    triage.demote(alex, number, ["partial"], WHY, None, alex.new_key())
    triage.determine(morgan, number, True, "own_fault", WHY, None, morgan.new_key())
    triage.reverse_demotion(morgan, number, WHY, None, morgan.new_key())
    return number


@pytest.mark.parametrize(("free", "price"), [(_raised_before_a_no_was_undone, 3), (_reversed_while_free, 10)])
def test_an_overturn_charges_what_was_authorised_since_the_decision(
    office: Office, free: Callable[[Office], int], price: int
) -> None:
    number, morgan = free(office), office.at(MORGAN)
    assert ticket_view(morgan, number).ticket.held == 0
    triage.determine(morgan, number, False, "", WHY, None, morgan.new_key())
    assert ticket_view(morgan, number).ticket.held == price
    assert keeping.check(morgan) == []
