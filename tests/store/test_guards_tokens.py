"""Tokens by a client of one's own: what waits for them, what a miss or a decision credits and charges again."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

import psycopg
import pytest

from console.policy import breaches, classification, life, repricing
from console.policy.clauses import Clause
from console.policy.deadlines import Deadline
from console.policy.document import Policy
from console.policy.errors import Problem
from console.policy.outcome import Draft, Outcome
from console.policy.terms import Cause, Priority, SupportOption
from console.policy.ticket import Ticket
from console.services import act as acts
from console.services import people, progress, tokens, triage
from console.services.progress import Happened
from console.services.sweep import sweep
from console.services.ticket_view import ticket_view
from console.services.versions import policies_in
from console.store.journal import Told
from console.store.ledger import Ledger
from console.store.work import Work
from tests.support.attacks import LONG, Scene
from tests.support.desks import ALEX, MORGAN
from tests.support.guarded import libpq
from tests.support.stories import not_critical, ticket


def _oldest_first(waiting: list[Ticket]) -> list[Ticket]:
    return sorted(waiting, key=lambda each: each.id)


def _newest_first(waiting: list[Ticket]) -> list[Ticket]:
    return sorted(waiting, key=lambda each: -each.id if each.priority is Priority.STANDARD else 0)


@pytest.mark.parametrize(
    ("order", "bought", "opened"),
    [(_oldest_first, 10, [False, False, True]), (_newest_first, 1, [True, False, False])],
)
def test_what_waits_for_tokens_is_opened_in_its_order(
    place: Scene,
    monkeypatch: pytest.MonkeyPatch,
    order: Callable[[list[Ticket]], list[Ticket]],
    bought: int,
    opened: list[bool],
) -> None:
    office, alex = place.office, place.office.at(ALEX)
    account = office.account(f"Waiting {alex.new_key()}")
    waiting = [
        office.number(account, each) for each in (Priority.STANDARD, Priority.STANDARD, Priority.EMERGENCY)
    ]
    office.clock.advance(minutes=1)
    with monkeypatch.context() as patched:
        patched.setattr(acts, "release_order", order)
        with pytest.raises(Problem, match="emergencies first, then the oldest first"):
            tokens.record_purchase(alex, account.id, bought, "R-2", None, alex.new_key())
    tokens.record_purchase(alex, account.id, bought, "R-2", None, alex.new_key())
    assert [ticket_view(alex, each).ticket.opened_at is not None for each in waiting] == opened


def _raised_instead(work: Work, ticket_id: int, balance: int) -> Outcome:
    policy = policies_in(work).in_force(work.now)
    standing = work.tickets.get(ticket_id)
    return repricing.change_priority(
        standing, ALEX, Priority.URGENT, policy, work.now, balance, authorised_by="Leah"
    )


def _another_instead(work: Work, ticket_id: int, balance: int) -> Outcome:
    policy, standing = policies_in(work).in_force(work.now), work.tickets.get(ticket_id)
    new = life.NewTicket(
        account_id=standing.account_id,
        account_name=standing.account_name,
        hosting=standing.hosting,
        option=standing.option,
        restricted_to_administrators=False,
        requester=standing.requester,
        requester_kind=standing.requester_kind,
        channel=standing.channel,
        priority=Priority.STANDARD,
        subject="Mine first",
        words="Mine first.",
    )
    return life.open_ticket(new, work.tickets.next_number(), policy, balance, work.now)


@pytest.mark.parametrize(
    ("instead", "why"), [(_raised_instead, "before anything else"), (_another_instead, "emergencies first")]
)
def test_nothing_else_takes_the_tokens_that_an_emergency_waits_for(
    place: Scene,
    monkeypatch: pytest.MonkeyPatch,
    instead: Callable[[Work, int, int], Outcome],
    why: str,
) -> None:
    """Bought, and spent on something else before the release, in one transaction."""
    office, alex = place.office, place.office.at(ALEX)
    account = office.account(f"Waiting {alex.new_key()}", balance=1)
    standing, emergency = (
        office.number(account, Priority.STANDARD),
        office.number(account, Priority.EMERGENCY),
    )

    def spent(work: Work, account_id: int, balance: int, key: str) -> acts.Released:
        outcome = instead(work, standing, balance)
        if outcome.ticket.id == standing:
            work.tickets.save(outcome.ticket)
        else:
            work.tickets.add(outcome.ticket, "Mine first.")
        work.ledger.record(account_id, outcome.entries, key=f"{key}:instead")
        return acts.Released((outcome.ticket,), (Told(outcome.facts, outcome.ticket.id, account_id),))

    with monkeypatch.context() as patched:
        patched.setattr(tokens, "release_awaiting", spent)
        with pytest.raises(Problem, match=why):
            tokens.record_purchase(alex, account.id, 10, "R-3", None, alex.new_key())
    tokens.record_purchase(alex, account.id, 10, "R-3", None, alex.new_key())
    assert ticket_view(alex, emergency).ticket.opened_at is not None


def test_a_miss_names_what_it_credited(place: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """Said to have credited nothing, it would be withdrawn for nothing."""
    number, alex = ticket(place, Priority.EMERGENCY), place.office.at(ALEX)
    place.office.clock.advance(hours=3)
    settle_one = breaches._settle_one

    def for_nothing(draft: Draft, deadline: Deadline) -> None:
        settle_one(draft, deadline)
        draft.ticket = draft.ticket.with_deadlines(lambda each: replace(each, credited=0))

    with monkeypatch.context() as patched:
        patched.setattr(breaches, "_settle_one", for_nothing)
        with pytest.raises(Problem, match="names what it credited"):
            progress.begin(alex, number, alex.new_key())
    progress.begin(alex, number, alex.new_key())


def _held_one_of_three(place: Scene) -> int:
    """An urgent ticket that was free while it was raised, which nobody authorised, and is charged for again."""
    number, alex, morgan = ticket(place, Priority.STANDARD), place.office.at(ALEX), place.office.at(MORGAN)
    triage.determine(morgan, number, True, "own_fault", LONG, None, morgan.new_key())
    triage.change_priority(alex, number, Priority.URGENT, "", None, alex.new_key())
    triage.determine(morgan, number, False, "", LONG, None, morgan.new_key())
    assert ticket_view(alex, number).ticket.held == 1
    return number


@pytest.mark.parametrize(
    ("again", "why"),
    [(3, "history of the ticket"), (0, "charged again when it is withdrawn")],
)
def test_a_miss_withdrawn_charges_again_what_it_had_credited(
    place: Scene, monkeypatch: pytest.MonkeyPatch, again: int, why: str
) -> None:
    number, morgan = _held_one_of_three(place), place.office.at(MORGAN)
    in_time = Happened(place.office.clock.now, "It was in the telephone log.")
    place.office.clock.advance(hours=30)
    sweep(morgan)

    def taken_back(work: life._Work, _credited: int) -> None:
        if work.draft.ticket.missed_guarantee is None:
            work.draft.take_back(again, Cause.MET_AFTER_ALL, work.entered.now, Clause.ENTERED_LATE, "it")

    with monkeypatch.context() as patched:
        patched.setattr(life, "_withdraw_credit", taken_back)
        with pytest.raises(Problem, match=why):
            progress.resolve(morgan, number, "answered", "", morgan.new_key(), in_time)
    progress.resolve(morgan, number, "answered", "", morgan.new_key(), in_time)
    assert ticket_view(morgan, number).ticket.held == 1


@pytest.mark.parametrize(
    ("said", "why"), [({"price": 100}, "held until then"), ({"tokens": 0}, "names what it moved")]
)
def test_a_determination_says_what_it_moved_and_what_was_held(
    place: Scene, monkeypatch: pytest.MonkeyPatch, said: dict[str, int], why: str
) -> None:
    """Overturned, it would charge what no customer authorised, or nothing."""
    number, morgan = ticket(place), place.office.at(MORGAN)
    made = classification.Determination
    with monkeypatch.context() as patched:
        patched.setattr(classification, "Determination", lambda **given: made(**(given | said)))
        with pytest.raises(Problem, match=why):
            triage.determine(morgan, number, True, "own_fault", LONG, None, morgan.new_key())
    triage.determine(morgan, number, True, "own_fault", LONG, None, morgan.new_key())


def test_a_demotion_says_what_it_credited(place: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    number, alex, made = ticket(place, Priority.EMERGENCY), place.office.at(ALEX), classification.Demotion
    with monkeypatch.context() as patched:
        patched.setattr(
            classification,
            "Demotion",
            lambda *given: replace(made(*given), credited=made(*given).credited + 1),
        )
        with pytest.raises(Problem, match="names what it credited"):
            triage.demote(alex, number, [not_critical(place)], LONG, None, alex.new_key())
    triage.demote(alex, number, [not_critical(place)], LONG, None, alex.new_key())


def test_a_determination_undone_charges_what_it_credited(
    place: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    number, morgan = _held_one_of_three(place), place.office.at(MORGAN)
    triage.determine(morgan, number, True, "own_fault", LONG, None, morgan.new_key())
    place.office.clock.advance(minutes=1)

    def all_of_it(draft: Draft, _made: object, _policy: Policy, at: datetime, cause: Cause) -> None:
        draft.take_back(3, cause, at, Clause.LEDGER, "it")

    with monkeypatch.context() as patched:
        patched.setattr(classification, "_charge_again", all_of_it)
        with pytest.raises(Problem, match="costs what was authorised"):
            triage.undo_determination(morgan, number, morgan.new_key())
        patched.setattr(classification, "_charge_again", lambda *_: None)
        with pytest.raises(Problem, match="costs what was authorised"):
            triage.undo_determination(morgan, number, morgan.new_key())
    triage.undo_determination(morgan, number, morgan.new_key())
    assert ticket_view(morgan, number).ticket.held == 1


def _raised_while_free(place: Scene) -> int:
    """Standard, raised to urgent while it was free: it holds 1 token of 3."""
    number, alex, morgan = ticket(place, Priority.STANDARD), place.office.at(ALEX), place.office.at(MORGAN)
    triage.determine(morgan, number, True, "own_fault", LONG, None, morgan.new_key())
    triage.change_priority(alex, number, Priority.URGENT, "", None, alex.new_key())
    place.office.clock.advance(minutes=1)
    return number


def test_a_raise_is_charged_to_its_price(place: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    number, alex, morgan = _raised_while_free(place), place.office.at(ALEX), place.office.at(MORGAN)
    triage.determine(morgan, number, False, "", LONG, None, morgan.new_key())
    with monkeypatch.context() as patched:
        patched.setattr(repricing, "reprice", lambda *_: None)
        with pytest.raises(Problem, match="no more and no less"):
            triage.change_priority(alex, number, Priority.EMERGENCY, "Leah", None, alex.new_key())
    triage.change_priority(alex, number, Priority.EMERGENCY, "Leah", None, alex.new_key())
    assert ticket_view(alex, number).ticket.held == 10


def test_a_no_that_is_undone_charges_nothing(place: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    number, morgan = _raised_while_free(place), place.office.at(MORGAN)
    triage.undo_determination(morgan, number, morgan.new_key())
    triage.determine(morgan, number, False, "", LONG, None, morgan.new_key())
    undone = classification.undo_determination

    def charged(*given: Any) -> Outcome:
        done = undone(*given)
        draft = Draft(done.ticket, done.balance, [], list(done.facts))
        draft.take_back(2, Cause.UNDONE, given[3], Clause.FREE_ISSUE, "it")
        return draft.outcome()

    with monkeypatch.context() as patched:
        patched.setattr(classification, "undo_determination", charged)
        with pytest.raises(Problem, match="without moving anything"):
            triage.undo_determination(morgan, number, morgan.new_key())
    triage.undo_determination(morgan, number, morgan.new_key())


def _undo_a_no(place: Scene) -> Callable[[], object]:
    """Raised with the customer's authorisation since it was decided not free, which is undone then."""
    number, alex, morgan = ticket(place, Priority.STANDARD), place.office.at(ALEX), place.office.at(MORGAN)
    triage.determine(morgan, number, True, "own_fault", LONG, None, morgan.new_key())
    triage.determine(morgan, number, False, "", LONG, None, morgan.new_key())
    triage.change_priority(alex, number, Priority.URGENT, "Leah", None, alex.new_key())
    return lambda: triage.undo_determination(morgan, number, morgan.new_key())


def _raise_while_free(place: Scene) -> Callable[[], object]:
    number, alex, morgan = ticket(place, Priority.STANDARD), place.office.at(ALEX), place.office.at(MORGAN)
    triage.determine(morgan, number, True, "own_fault", LONG, None, morgan.new_key())
    return lambda: triage.change_priority(alex, number, Priority.URGENT, "Leah", None, alex.new_key())


def _reverse_while_free(place: Scene) -> Callable[[], object]:
    number, alex, morgan = ticket(place, Priority.EMERGENCY), place.office.at(ALEX), place.office.at(MORGAN)
    triage.demote(alex, number, [not_critical(place)], LONG, None, alex.new_key())
    triage.determine(morgan, number, True, "own_fault", LONG, None, morgan.new_key())
    return lambda: triage.reverse_demotion(morgan, number, LONG, None, morgan.new_key())


@pytest.mark.parametrize(
    ("story", "why"),
    [
        (_undo_a_no, "authorised"),
        (_reverse_while_free, "no less"),
        (_raise_while_free, "tells of what has changed"),
    ],
)
def test_what_was_authorised_stays_authorised_for_an_overturn(
    place: Scene, monkeypatch: pytest.MonkeyPatch, story: Callable[[Scene], Callable[[], object]], why: str
) -> None:
    """Forgotten, an overturn would charge less than the price; made up, more."""
    act, kept = story(place), repricing.keep_authorised
    with monkeypatch.context() as patched:
        for each in (classification, repricing):
            patched.setattr(each, "keep_authorised", lambda *_: None)
        with pytest.raises(Problem, match=why):
            act()
        for each in (classification, repricing):
            patched.setattr(each, "keep_authorised", lambda draft, tokens: kept(draft, tokens + 1))
        with pytest.raises(Problem, match="authorised"):
            act()
    act()


def test_a_demotion_kept_before_it_told_what_it_lacked_lacks_nothing(
    place: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    number, alex, morgan = ticket(place, Priority.EMERGENCY), place.office.at(ALEX), place.office.at(MORGAN)
    triage.demote(alex, number, [not_critical(place)], LONG, None, alex.new_key())
    with psycopg.connect(libpq(place.office.url)) as owner:
        owner.execute("UPDATE ticket SET demotion = demotion - 'lacked' WHERE id = %s", (number,))
    decide = life.reply

    def and_lacks(*given: Any, **more: Any) -> Outcome:
        done = decide(*given, **more)
        assert done.ticket.demotion is not None
        return replace(done, ticket=replace(done.ticket, demotion=replace(done.ticket.demotion, lacked=7)))

    with monkeypatch.context() as patched:
        patched.setattr(life, "reply", and_lacks)
        with pytest.raises(Problem, match="demoted to urgent by whoever is signed in"):
            progress.reply(alex, number, "We look at it.", alex.new_key())
    progress.reply(alex, number, "We look at it.", alex.new_key())
    triage.reverse_demotion(morgan, number, LONG, None, morgan.new_key())
    assert ticket_view(alex, number).ticket.held == 10


def test_what_a_demotion_lacked_is_true(place: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    number, alex = ticket(place, Priority.EMERGENCY), place.office.at(ALEX)
    with monkeypatch.context() as patched:
        patched.setattr(classification, "_lacks", lambda *_: 7)
        with pytest.raises(Problem, match="what was not authorised"):
            triage.demote(alex, number, [not_critical(place)], LONG, None, alex.new_key())


def test_what_a_withdrawn_miss_had_credited_passes_to_no_goal(
    place: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    number, alex, morgan = ticket(place, Priority.EMERGENCY), place.office.at(ALEX), place.office.at(MORGAN)
    in_time = Happened(place.office.clock.now, "It was in the telephone log.")
    place.office.clock.advance(hours=4.5)
    sweep(alex)
    progress.resolve(alex, number, "answered", "", alex.new_key(), cause="overload")
    progress.reopen(alex, number, "", alex.new_key())
    place.office.clock.advance(hours=4.5)
    sweep(alex)

    def to_the_goal(work: life._Work, credited: int) -> None:
        goal = work.draft.ticket.deadlines[-1]
        heir = replace(goal, credited=credited)
        work.draft.ticket = work.draft.ticket.with_deadlines(lambda each: heir if each is goal else each)

    with monkeypatch.context() as patched:
        patched.setattr(life, "_withdraw_credit", to_the_goal)
        with pytest.raises(Problem, match="passes to the next"):
            progress.begin(morgan, number, morgan.new_key(), in_time)
    progress.begin(morgan, number, morgan.new_key(), in_time)


@pytest.mark.parametrize("turn", [1, 2, -1])
def test_no_invoice_is_recorded_a_second_time(
    place: Scene, monkeypatch: pytest.MonkeyPatch, turn: int
) -> None:
    """Not as one that was taken back either, when it was not."""
    alex = place.office.at(ALEX)
    account = place.office.account(f"Bought {alex.new_key()}")
    monkeypatch.setattr(tokens, "_require_new_invoice", lambda *_: None)
    tokens.record_purchase(alex, account.id, 5, "INV-7", None, alex.new_key())
    with pytest.raises(Problem, match="invoice reference is recorded already"):
        tokens.record_purchase(alex, account.id, 5, "INV-7", None, alex.new_key())
    with monkeypatch.context() as patched:
        patched.setattr(Ledger, "_turn", lambda *_: turn)
        with pytest.raises(Problem, match="recorded once"):
            tokens.record_purchase(alex, account.id, 5, "INV-7", None, alex.new_key())


def test_an_account_keeps_paying_with_tokens_while_tickets_wait_for_them(
    place: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    office, morgan = place.office, place.office.at(MORGAN)
    account = office.account(f"Waiting {morgan.new_key()}")
    number, flat = office.number(account), replace(account, option=SupportOption.FLAT_RATE_USERS)
    with monkeypatch.context() as patched:
        patched.setattr(people, "_require_done_with_tokens", lambda *_: None)
        with pytest.raises(Problem, match="keeps paying with them"):
            people.save_account(morgan, flat, morgan.new_key())
    progress.cancel(morgan, number, "They gave up.", False, morgan.new_key())
    people.save_account(morgan, flat, morgan.new_key())
