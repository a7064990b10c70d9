"""Tickets that hold less than their price: a decision that was overturned charges what was authorised, no more."""

from console.policy.terms import Priority
from console.services import keeping, progress, triage
from console.services.progress import Happened
from console.services.sweep import sweep
from console.services.ticket_view import ticket_view
from tests.support.desks import ALEX, MORGAN, Office

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
    in_time = Happened(office.clock.now, "It was in the telephone log.")
    office.clock.advance(minutes=1)
    triage.determine(morgan, number, True, "own_fault", WHY, None, morgan.new_key())
    office.clock.advance(hours=30)
    sweep(alex)
    triage.determine(morgan, number, False, "", WHY, None, morgan.new_key())
    progress.begin(morgan, number, morgan.new_key(), in_time)
    triage.change_priority(alex, number, Priority.STANDARD, "", None, alex.new_key())
    assert ticket_view(alex, number).ticket.held == 0
    assert keeping.check(alex) == []
