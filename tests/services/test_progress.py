"""Work on tickets: who is served next, claims, acts entered late, causes, undo, merging."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from console.policy import facts as f
from console.policy.account import Account
from console.policy.actor import Actor
from console.policy.errors import Conflict, Invalid, NotAllowed, Refused
from console.policy.terms import Hosting, Milestone, Priority, Status, SupportOption
from console.policy.ticket import Ticket
from console.services import claims, progress
from console.services.desk import Changed, Desk
from console.services.progress import Happened
from console.services.sweep import sweep
from console.services.ticket_view import ticket_view
from console.services.undo import undo
from tests.support.desks import ALEX, IRA, MAX, MORGAN, PRIYA, ROSA, Office

REASON = "Found in the telephone log."


def stored(office: Office, id: int) -> Ticket:
    return ticket_view(office.desk, id).ticket


def owner(office: Office, id: int) -> str:
    return ticket_view(office.desk, id).row.owner_name


@pytest.fixture
def account(office: Office) -> Account:
    return office.account(balance=60)


# --- Taking and claiming -----------------------------------------------------------------------------------------


def test_the_most_pressing_is_served_first_and_nobody_gets_the_same(office: Office, account: Account) -> None:
    flat = office.account("Flat", Hosting.SHARED, SupportOption.FLAT_RATE_USERS)
    missed = office.number(account, Priority.EMERGENCY)
    office.clock.advance(minutes=55)
    standard = office.number(account)
    goal = office.number(flat)
    office.clock.advance(minutes=6)
    soon = office.number(account, Priority.EMERGENCY)
    office.clock.advance(minutes=50)
    alex, priya = office.at(ALEX), office.at(PRIYA)
    taken = [claims.take_next(desk, desk.new_key()).ticket_id for desk in (alex, priya, alex, priya)]
    assert taken == [soon, missed, goal, standard]
    with pytest.raises(Refused, match="Nothing waits"):
        claims.take_next(alex, alex.new_key())
    assert [owner(office, id) for id in (soon, missed)] == ["Alex", "Priya"]


def test_taking_says_why_this_one(office: Office, account: Account) -> None:
    id = office.number(account, Priority.EMERGENCY)
    office.clock.advance(minutes=35)
    assert (
        claims.take_next(office.desk, office.desk.new_key()).words
        == f"{id}: due in 25 min, 10 tokens at stake."
    )


def test_awaiting_and_closed_tickets_are_not_served(office: Office) -> None:
    poor = office.account("Poor", balance=1)
    office.number(poor, Priority.EMERGENCY)
    closed = office.number(poor)
    progress.resolve(office.desk, closed, "solved", "", office.desk.new_key())
    with pytest.raises(Refused, match="Nothing waits"):
        claims.take_next(office.desk, office.desk.new_key())


def test_a_lease_holds_ten_minutes_and_is_renewed_by_a_sign_of_life(office: Office, account: Account) -> None:
    id = office.number(account)
    alex, priya = office.at(ALEX), office.at(PRIYA)
    claims.claim(alex, id, alex.new_key())
    office.clock.advance(minutes=9)
    with pytest.raises(Conflict, match="Alex claimed"):
        claims.claim(priya, id, priya.new_key())
    assert claims.renew(alex) == 1
    office.clock.advance(minutes=9)
    with pytest.raises(Conflict):
        claims.claim(priya, id, priya.new_key())
    office.clock.advance(minutes=1)
    claims.claim(priya, id, priya.new_key(), note="Alex is ill.")
    timeline = ticket_view(office.desk, id).timeline
    claimed = [item.fact for item in timeline if isinstance(item.fact, f.TicketClaimed)]
    assert [each.taken_over_from for each in claimed] == ["", "Alex"]
    assert any(isinstance(item.fact, f.NoteWritten) for item in timeline)


def test_only_the_owner_or_a_manager_releases(office: Office, account: Account) -> None:
    id = office.number(account)
    alex, priya, morgan = office.at(ALEX), office.at(PRIYA), office.at(MORGAN)
    with pytest.raises(Refused, match="Nobody holds"):
        claims.release(alex, id, alex.new_key())
    claims.claim(alex, id, alex.new_key())
    with pytest.raises(NotAllowed, match="only they or a manager"):
        claims.release(priya, id, priya.new_key())
    claims.release(morgan, id, morgan.new_key())
    assert owner(office, id) == ""


def test_beginning_claims_but_never_takes_over(office: Office, account: Account) -> None:
    first, second = office.number(account), office.number(account)
    alex, priya = office.at(ALEX), office.at(PRIYA)
    progress.begin(alex, first, alex.new_key())
    assert (owner(office, first), stored(office, first).status) == ("Alex", Status.BEGUN)
    claims.claim(priya, second, priya.new_key())
    progress.begin(alex, second, alex.new_key())
    assert owner(office, second) == "Priya"


# --- Entered late ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("swept", [True, False])
def test_a_manager_enters_an_act_at_its_true_time(office: Office, account: Account, swept: bool) -> None:
    id = office.number(account, Priority.EMERGENCY)
    true = office.clock.advance(minutes=50)
    office.clock.advance(minutes=30)
    alex, max = office.at(ALEX), office.at(MAX)
    if swept:
        sweep(office.desk)
    assert stored(office, id).is_free is swept
    with pytest.raises(NotAllowed):
        progress.begin(alex, id, alex.new_key(), Happened(true, REASON))
    with pytest.raises(Invalid, match="reason"):
        progress.begin(max, id, max.new_key(), Happened(true, " "))
    progress.begin(max, id, max.new_key(), Happened(true, REASON))
    ticket = stored(office, id)
    assert (ticket.begun_at, ticket.is_free, ticket.held) == (true, False, 10)
    late = [
        item.fact for item in ticket_view(office.desk, id).timeline if isinstance(item.fact, f.EnteredLate)
    ]
    assert [each.reason for each in late] == [REASON]
    assert office.balance(account) == 50
    sweep(office.desk)
    assert not stored(office, id).is_free


def long_ago(office: Office, account: Account, *, swept: bool) -> tuple[int, Happened]:
    """An emergency whose times have all passed, and an instant at which they had not."""
    id = office.number(account, Priority.EMERGENCY)
    true = office.clock.advance(minutes=50)
    office.clock.advance(hours=9)
    if swept:
        sweep(office.desk)
    return id, Happened(true, REASON)


LateAct = Callable[[Desk, int, Happened], Changed]
LATE_ACTS: dict[str, tuple[Milestone, LateAct]] = {
    "begin": (Milestone.BEGIN, lambda desk, id, at: progress.begin(desk, id, desk.new_key(), at)),
    "reply": (Milestone.BEGIN, lambda desk, id, at: progress.reply(desk, id, "On it.", desk.new_key(), at)),
    "plan": (
        Milestone.RESOLVE_OR_PLAN,
        lambda desk, id, at: progress.send_plan(desk, id, "New disk", "Alex", at.at, desk.new_key(), at),
    ),
}


@pytest.mark.parametrize("act", LATE_ACTS)
@pytest.mark.parametrize("swept", [True, False])
def test_an_act_entered_late_withdraws_its_own_miss_and_no_other(
    office: Office, account: Account, act: str, swept: bool
) -> None:
    id, happened = long_ago(office, account, swept=swept)
    met, enter = LATE_ACTS[act]
    enter(office.at(MAX), id, happened)
    ticket = stored(office, id)
    assert {each.milestone for each in ticket.counting if not each.missed} == {met}
    assert (ticket.is_free, ticket.held, office.balance(account)) == (True, 0, 60)


@pytest.mark.parametrize("swept", [True, False])
@pytest.mark.parametrize("cause", [None, "overload"])
def test_what_was_truly_resolved_in_time_needs_no_cause_and_keeps_none(
    office: Office, account: Account, swept: bool, cause: str | None
) -> None:
    id, happened = long_ago(office, account, swept=swept)
    max = office.at(MAX)
    progress.resolve(max, id, "solved", "", max.new_key(), happened, cause)
    view = ticket_view(office.desk, id)
    assert (view.ticket.is_free, view.ticket.cause_of_miss, office.balance(account)) == (False, None, 50)
    assert not any(isinstance(item.fact, f.CauseOfMissSet) for item in view.timeline)


@pytest.mark.parametrize("minutes", [-200, 1])
def test_a_true_time_lies_between_the_opening_and_now(office: Office, account: Account, minutes: int) -> None:
    id = office.number(account)
    office.clock.advance(minutes=30)
    max = office.at(MAX)
    with pytest.raises(Refused):
        progress.begin(
            max, id, max.new_key(), Happened(office.clock.now + timedelta(minutes=minutes), REASON)
        )


def test_instants_without_a_zone_are_refused(office: Office, account: Account) -> None:
    id = office.number(account)
    max = office.at(MAX)
    naive = datetime(2026, 11, 24, 19, 28)  # noqa: DTZ001 - that is the point
    with pytest.raises(Invalid, match="zone"):
        progress.begin(max, id, max.new_key(), Happened(naive, REASON))
    with pytest.raises(Invalid, match="zone"):
        progress.send_plan(max, id, "Move it", "Max", naive, max.new_key())


# --- Planning and resolving --------------------------------------------------------------------------------------


def test_a_plan_says_what_who_and_by_when(office: Office, account: Account) -> None:
    id, desk = office.number(account), office.desk
    by_when = office.clock.now + timedelta(days=2)
    for what, who, when in (("", "Alex", by_when), ("Move it", " ", by_when), ("Move it", "Alex", None)):
        with pytest.raises(Invalid, match="missing"):
            progress.send_plan(desk, id, what, who, when, desk.new_key())
    progress.send_plan(desk, id, "Move it", "Alex", by_when, desk.new_key())
    ticket = stored(office, id)
    assert ticket.status is Status.PLANNED
    assert ticket.plan is not None
    assert (ticket.plan.what, ticket.plan.who, ticket.plan.by_when) == ("Move it", "Alex", by_when)


def test_the_cause_of_a_miss_is_set_before_resolving(office: Office, account: Account) -> None:
    first, second = office.number(account, Priority.EMERGENCY), office.number(account, Priority.EMERGENCY)
    desk = office.desk
    with pytest.raises(Refused, match="No guarantee"):
        progress.set_cause(desk, first, "overload", desk.new_key())
    office.clock.advance(hours=2)
    with pytest.raises(Refused) as caught:
        progress.resolve(desk, first, "solved", "Done.", desk.new_key())
    assert caught.value.clause == "5.2"
    with pytest.raises(Invalid, match="not on the policy's list"):
        progress.set_cause(desk, first, "weather", desk.new_key())
    progress.set_cause(desk, first, "overload", desk.new_key())
    progress.resolve(desk, first, "solved", "Done.", desk.new_key())
    progress.resolve(desk, second, "solved", "Done.", desk.new_key(), cause="vendor")
    assert [stored(office, id).cause_of_miss for id in (first, second)] == ["overload", "vendor"]
    with pytest.raises(Invalid, match="not on the policy's list"):
        progress.resolve(desk, first, "magic", "", desk.new_key())


def test_a_note_moves_nothing(office: Office, account: Account) -> None:
    id, desk = office.number(account), office.desk
    before = stored(office, id)
    progress.write_note(desk, id, "Called twice.", desk.new_key())
    assert stored(office, id) == before
    with pytest.raises(Invalid, match="no ticket"):
        progress.write_note(desk, 1, "Called.", desk.new_key())


# --- Undo --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("what", ["x" * 100_000, '"\\\n' * 33_333 + "x"], ids=["letters", "quotes"])
def test_a_plan_may_be_as_long_as_any_text(office: Office, account: Account, what: str) -> None:
    """However much longer it is as JSON."""
    id, desk, by_when = office.number(account), office.desk, office.clock.now + timedelta(days=1)
    with pytest.raises(Invalid, match="100,000 is the most"):
        progress.send_plan(desk, id, what + "x", "Alex", by_when, desk.new_key())
    progress.send_plan(desk, id, what, "Alex", by_when, desk.new_key())
    progress.begin(desk, id, desk.new_key())
    plan = stored(office, id).plan
    assert plan is not None
    assert plan.what == what


@pytest.mark.parametrize("act", ["begin", "plan", "resolve"])
def test_ones_own_act_is_undone_within_ten_minutes(office: Office, account: Account, act: str) -> None:
    id = office.number(account)

    def do() -> object:
        desk = office.at(ALEX)
        if act == "begin":
            return progress.begin(desk, id, desk.new_key()).undo
        if act == "plan":
            when = office.clock.now + timedelta(days=1)
            return progress.send_plan(desk, id, "Move it", "Alex", when, desk.new_key()).undo
        return progress.resolve(desk, id, "solved", "", desk.new_key()).undo

    given = do()
    assert given is not None
    for other in (PRIYA, MORGAN):
        with pytest.raises(NotAllowed, match="same person"):
            undo(office.at(other), given, office.desk.new_key())  # type: ignore[arg-type]
    office.clock.advance(minutes=10)
    undo(office.at(ALEX), given, office.desk.new_key())  # type: ignore[arg-type]
    assert stored(office, id).status is Status.OPEN
    with pytest.raises(Refused, match="There is no"):
        undo(office.at(ALEX), given, office.desk.new_key())  # type: ignore[arg-type]
    again = do()
    office.clock.advance(minutes=10, microseconds=1)
    with pytest.raises(NotAllowed):
        undo(office.at(ALEX), again, office.desk.new_key())  # type: ignore[arg-type]


def test_undoing_a_resolution_after_a_deadline_is_judged_at_once(office: Office, account: Account) -> None:
    id, desk = office.number(account, Priority.EMERGENCY), office.desk
    office.clock.advance(minutes=58)
    done = progress.resolve(desk, id, "solved", "", desk.new_key())
    office.clock.advance(minutes=5)
    assert done.undo is not None
    undo(desk, done.undo, desk.new_key())
    ticket = stored(office, id)
    assert (ticket.is_free, ticket.held, office.balance(account)) == (True, 0, 60)


# --- Reopening, cancelling, merging ------------------------------------------------------------------------------


def test_merging_stays_within_an_account_and_credits(office: Office, account: Account) -> None:
    other = office.account("Other", balance=9)
    first, second, foreign = office.number(account), office.number(account), office.number(other)
    desk = office.desk
    for into in (foreign, first):
        with pytest.raises(Refused) as caught:
            progress.merge(desk, first, into, desk.new_key())
        assert caught.value.clause == "6.2"
    done = progress.merge(desk, first, second, desk.new_key())
    assert done.tickets == {first, second}
    ticket = stored(office, first)
    assert (ticket.status, ticket.merged_into, ticket.held) == (Status.MERGED, second, 0)
    assert office.balance(account) == 59


def test_cancelling_for_the_customer_and_by_a_manager(office: Office, account: Account) -> None:
    before, after, kind = (office.number(account) for _ in range(3))
    desk, morgan = office.at(ALEX), office.at(MORGAN)
    with pytest.raises(NotAllowed):
        progress.cancel(desk, before, "Not needed any more", False, desk.new_key())
    shown = progress.preview_cancel(desk, before, False, by_customer=True)
    assert shown.credited == 1
    progress.cancel(desk, before, "Not needed any more", False, desk.new_key(), by_customer=True)
    for id in (after, kind):
        progress.begin(desk, id, desk.new_key())
    progress.cancel(desk, after, "Not needed any more", False, desk.new_key(), by_customer=True)
    with pytest.raises(NotAllowed):
        progress.cancel(desk, kind, "Not needed any more", True, desk.new_key(), by_customer=True)
    progress.cancel(morgan, kind, "Our mistake", True, desk.new_key())
    assert [stored(office, id).held for id in (before, after, kind)] == [0, 1, 0]


def test_a_credit_opens_what_waits(office: Office) -> None:
    poor = office.account("Poor", balance=3)
    urgent = office.number(poor, Priority.URGENT)
    waiting = office.number(poor, Priority.URGENT)
    assert stored(office, waiting).is_awaiting
    morgan = office.at(MORGAN)
    done = progress.cancel(morgan, urgent, "Not needed any more", False, morgan.new_key())
    assert done.tickets == {urgent, waiting}
    assert f"{waiting} is open: 3 tokens charged." in done.words
    assert stored(office, waiting).opened_at == office.clock.now


def test_reopening_has_its_time(office: Office, account: Account) -> None:
    id, desk = office.number(account), office.desk
    progress.resolve(desk, id, "solved", "", desk.new_key())
    office.clock.advance(days=7)
    progress.reopen(desk, id, "It is back", desk.new_key())
    assert stored(office, id).status is Status.OPEN
    progress.resolve(desk, id, "solved", "", desk.new_key())
    office.clock.advance(days=7, microseconds=1)
    with pytest.raises(Refused) as caught:
        progress.reopen(desk, id, "It is back", desk.new_key())
    assert caught.value.clause == "6.1"


@pytest.mark.parametrize("who", [ROSA, IRA])
def test_who_only_reads_or_sets_up_does_no_work(office: Office, account: Account, who: Actor) -> None:
    id = office.number(account)
    desk = office.at(who)
    before = stored(office, id)
    for act in (
        lambda: claims.take_next(desk, desk.new_key()),
        lambda: claims.claim(desk, id, desk.new_key()),
        lambda: claims.release(desk, id, desk.new_key()),
        lambda: progress.begin(desk, id, desk.new_key()),
        lambda: progress.reply(desk, id, "Hello", desk.new_key()),
        lambda: progress.send_plan(desk, id, "What", "Who", office.clock.now, desk.new_key()),
        lambda: progress.resolve(desk, id, "solved", "", desk.new_key()),
        lambda: progress.write_note(desk, id, "Hello", desk.new_key()),
        lambda: progress.set_cause(desk, id, "overload", desk.new_key()),
        lambda: progress.cancel(desk, id, "Because", False, desk.new_key()),
        lambda: progress.cancel(desk, id, "Because", False, desk.new_key(), by_customer=True),
        lambda: progress.merge(desk, id, id, desk.new_key()),
    ):
        with pytest.raises(NotAllowed):
            act()
    assert stored(office, id) == before


def test_a_second_plan_is_not_undone_together_with_the_first(office: Office) -> None:
    number = office.number(office.account(balance=10), Priority.URGENT)
    alex, priya = office.at(ALEX), office.at(PRIYA)
    progress.send_plan(alex, number, "Swap the disk", "Sam", office.clock.now, alex.new_key())
    office.clock.advance(minutes=30)
    second = progress.send_plan(priya, number, "Swap both", "Sam", office.clock.now, priya.new_key())
    assert second.undo is None
    with pytest.raises(Refused, match="An earlier plan of"):
        progress.undo_work(priya, "plan", number, priya.new_key())
    with office.desk.store.read() as read:
        assert read.ticket(number).planned_at is not None
