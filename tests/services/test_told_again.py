"""Work that is told again, taken back and told once more: whose it is, and what it had met."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from console.policy.errors import NotAllowed, Refused
from console.policy.terms import Priority
from console.policy.ticket import Ticket
from console.services import progress, triage
from console.services.desk import Desk
from console.services.progress import Happened
from console.services.sweep import sweep
from console.services.ticket_view import ticket_view
from tests.support.desks import ALEX, MORGAN, PRIYA, Office

LOGGED = "It was in the telephone log."


def _ticket(office: Office, priority: Priority = Priority.URGENT) -> int:
    return office.number(office.account(balance=40), priority)


def _stored(desk: Desk, number: int) -> Ticket:
    return ticket_view(desk, number).ticket


def test_entered_late_a_moment_before_it_is_still_its_authors(office: Office) -> None:
    """Taken back by the manager who entered it, a colleague's begin would be owed again, and missed."""
    number, priya, morgan = _ticket(office), office.at(PRIYA), office.at(MORGAN)
    office.clock.advance(minutes=5)
    progress.begin(priya, number, priya.new_key())
    early = Happened(office.clock.now - timedelta(microseconds=1), LOGGED)
    office.clock.advance(minutes=5)
    progress.begin(morgan, number, morgan.new_key(), early)
    for desk in (morgan, priya):
        with pytest.raises((Refused, NotAllowed)):
            progress.undo_work(desk, "begin", number, desk.new_key())
    assert _stored(morgan, number).begun_at == early.at


def test_taken_back_and_entered_again_it_is_a_fresh_act(office: Office) -> None:
    number, morgan = _ticket(office), office.at(MORGAN)
    same = Happened(office.clock.now, LOGGED)
    office.clock.advance(minutes=30)
    for _ in range(2):
        progress.begin(morgan, number, morgan.new_key(), same)
        progress.undo_work(morgan, "begin", number, morgan.new_key())
        office.clock.advance(minutes=15)
    assert _stored(morgan, number).begun_at is None


def test_what_a_colleague_took_back_is_no_longer_theirs(office: Office) -> None:
    """Even at the same instant, while the clock is set back."""
    number, alex, priya = _ticket(office), office.at(ALEX), office.at(PRIYA)
    office.clock.advance(hours=-0.2)
    progress.begin(alex, number, alex.new_key())
    progress.undo_work(alex, "begin", number, alex.new_key())
    progress.begin(priya, number, priya.new_key())
    with pytest.raises(NotAllowed, match="Only the same person"):
        progress.undo_work(alex, "begin", number, alex.new_key())
    progress.undo_work(priya, "begin", number, priya.new_key())
    assert _stored(priya, number).begun_at is None


def test_a_second_resolution_had_met_nothing_of_before(office: Office) -> None:
    """All of it at one instant, while the clock is set back."""
    number, alex = _ticket(office, Priority.EMERGENCY), office.at(ALEX)
    office.clock.advance(hours=-0.2)
    progress.resolve(alex, number, "answered", "", alex.new_key())
    progress.reopen(alex, number, "", alex.new_key())
    progress.resolve(alex, number, "answered", "", alex.new_key())
    progress.undo_work(alex, "resolve", number, alex.new_key())
    owed = [each for each in _stored(alex, number).deadlines if each.met_at is None]
    assert [each.is_guarantee for each in owed] == [False]


@pytest.mark.parametrize("resolved", [True, False])
def test_a_miss_is_withdrawn_beside_one_that_stands(office: Office, resolved: bool) -> None:
    """What the first had credited passes to the second, whatever the clock says by then."""
    number, alex, morgan = _ticket(office, Priority.EMERGENCY), office.at(ALEX), office.at(MORGAN)
    in_time = Happened(office.clock.now, LOGGED)
    for hours in (1.1, 3.1):
        office.clock.advance(hours=hours)
        sweep(alex)
    office.clock.advance(hours=-0.5)
    if resolved:
        progress.resolve(alex, number, "answered", "", alex.new_key(), cause="overload")
        office.clock.advance(hours=1)
    progress.begin(morgan, number, morgan.new_key(), in_time)
    begin, resolve_or_plan = _stored(alex, number).deadlines
    assert (begin.missed, begin.credited) == (False, 0)
    assert (resolve_or_plan.missed, resolve_or_plan.credited) == (True, 10)


def test_what_was_done_before_a_reopening_stays_done(office: Office) -> None:
    """The resolution had met every promise; the begin of before undone, its guarantee would be missed and credited."""
    number, alex, morgan = _ticket(office, Priority.EMERGENCY), office.at(ALEX), office.at(MORGAN)
    opened = Happened(office.clock.now, LOGGED)
    office.clock.advance(minutes=1)
    progress.begin(alex, number, alex.new_key())
    progress.resolve(alex, number, "answered", "", alex.new_key())
    progress.reopen(alex, number, "", alex.new_key())
    with pytest.raises(Refused, match="opened again, or given another priority"):
        progress.undo_work(alex, "begin", number, alex.new_key())
    progress.begin(morgan, number, morgan.new_key(), opened)
    for desk in (alex, morgan):
        with pytest.raises(Refused, match="opened again, or given another priority"):
            progress.undo_work(desk, "begin", number, desk.new_key())
    assert not _stored(alex, number).is_free


def test_what_is_entered_from_before_a_reopening_offers_no_undo(office: Office) -> None:
    number, alex, morgan = _ticket(office, Priority.EMERGENCY), office.at(ALEX), office.at(MORGAN)
    opened = Happened(office.clock.now, LOGGED)
    office.clock.advance(minutes=1)
    progress.resolve(alex, number, "answered", "", alex.new_key())
    progress.reopen(alex, number, "", alex.new_key())
    assert progress.begin(morgan, number, morgan.new_key(), opened).undo is None


def _demote(desk: Desk, number: int) -> None:
    triage.demote(
        desk, number, [desk.policy().lists.not_mission_critical.items[0].id], LOGGED, None, desk.new_key()
    )


def _lower(desk: Desk, number: int) -> None:
    triage.change_priority(desk, number, Priority.STANDARD, "", None, desk.new_key())


@pytest.mark.parametrize(("priority", "change"), [(Priority.EMERGENCY, _demote), (Priority.URGENT, _lower)])
def test_what_was_done_under_another_priority_stays_done(
    office: Office, priority: Priority, change: Callable[[Desk, int], None]
) -> None:
    """It had met that priority's promise, which nothing replaced: taken back, the ticket would be free by its time."""
    number, alex = _ticket(office, priority), office.at(ALEX)
    office.clock.advance(minutes=55)
    progress.begin(alex, number, alex.new_key())
    office.clock.advance(minutes=1)
    change(alex, number)
    office.clock.advance(minutes=6)
    with pytest.raises(Refused, match="given another priority"):
        progress.undo_work(alex, "begin", number, alex.new_key())
    assert not _stored(alex, number).is_free


def test_what_was_done_while_demoted_stays_done_when_that_is_reversed(office: Office) -> None:
    """The promise that it met was urgent's: owed again, the emergency would have four business hours to begin."""
    number, alex = _ticket(office, Priority.EMERGENCY), office.at(ALEX)
    _demote(alex, number)
    progress.begin(alex, number, alex.new_key())
    triage.reverse_demotion(alex, number, "", None, alex.new_key())
    with pytest.raises(Refused, match="given another priority"):
        progress.undo_work(alex, "begin", number, alex.new_key())


def test_a_decision_undone_at_its_own_instant(office: Office) -> None:
    """Decided free, decided not free and undone while the clock is set back: free again."""
    number, morgan = _ticket(office), office.at(MORGAN)
    office.clock.advance(hours=-0.2)
    why = "Our own monitoring had found it before."
    triage.determine(morgan, number, True, "own_fault", why, None, morgan.new_key())
    triage.determine(morgan, number, False, "", why, None, morgan.new_key())
    triage.undo_determination(morgan, number, morgan.new_key())
    assert _stored(morgan, number).determined_free
