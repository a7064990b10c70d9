"""Several acts in one transaction, acts told as others, and acts on a ticket that still waits for its tokens."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import psycopg
import pytest
from sqlalchemy import bindparam, select

from console.policy import classification, closing, life, repricing
from console.policy.actor import Actor
from console.policy.deadlines import StartEvent, derive
from console.policy.document import Policy
from console.policy.errors import Problem
from console.policy.facts import (
    DemotionReversed,
    DeterminationUndone,
    EmergencyDemoted,
    EnteredLate,
    Fact,
    GoalMissed,
    IssueDetermined,
    PriorityChanged,
    ProposalAnswered,
    ReplySent,
)
from console.policy.outcome import Draft, Outcome
from console.policy.terms import Cause, Hosting, Priority, Status
from console.policy.ticket import Confirmation, Demotion, Determination, PlanOfResolution, Proposal, Ticket
from console.services import intake, keeping, progress, record, tokens, triage
from console.services.progress import Happened
from console.services.sweep import sweep
from console.services.ticket_view import ticket_view
from console.store import accounts, tables
from console.store.tickets import Tickets
from tests.support.attacks import LONG, Scene, change, entry, fact, refused
from tests.support.desks import ALEX, MORGAN, PRIYA
from tests.support.guarded import as_login, libpq
from tests.support.stories import NEXT_WEEK, not_critical, ticket

WHY = "It was in the telephone log."
Told = Callable[[Outcome, datetime], Outcome]


def waiting(place: Scene) -> int:
    """An emergency whose account cannot pay, under the names ``story`` and ``juniper``."""
    account = place.office.account(f"Waiting {place.office.desk.new_key()}", balance=0)
    place.places |= {
        "juniper": account.id,
        "story": place.office.number(account, Priority.EMERGENCY),
    }
    return int(place.places["story"])


def along_with(patched: pytest.MonkeyPatch, act: str, also: Told) -> None:
    """``life.ACT`` does something else in the same transaction from now on."""
    real = getattr(life, act)

    def both(standing: Ticket, actor: object, entered: life.Entered, *rest: Any, **named: Any) -> Outcome:
        return also(real(standing, actor, entered, *rest, **named), entered.now)

    patched.setattr(life, act, both)


# --- Two acts at once ----------------------------------------------------------------------------------------------


def _raised(done: Outcome, now: datetime) -> Outcome:
    told = PriorityChanged(
        at=now, before=done.ticket.priority, after=Priority.EMERGENCY, authorised_by="Leah"
    )
    return replace(done, ticket=replace(done.ticket, priority=Priority.EMERGENCY), facts=(told, *done.facts))


def _demoted(done: Outcome, now: datetime) -> Outcome:
    """The urgent price, and nothing credited."""
    demotion = Demotion(ALEX.login, ALEX.name, now, 0, None, 0)
    told = EmergencyDemoted(at=now, criteria=(), reason=LONG, overturns=False)
    ticket = replace(done.ticket, priority=Priority.URGENT, demotion=demotion)
    return replace(done, ticket=ticket, facts=(told, *done.facts))


@pytest.mark.parametrize(("priority", "also"), [(Priority.STANDARD, _raised), (Priority.EMERGENCY, _demoted)])
def test_a_ticket_is_not_repriced_while_it_is_resolved(
    place: Scene, monkeypatch: pytest.MonkeyPatch, priority: Priority, also: Told
) -> None:
    """Closed in the same act it would be charged nothing of the other price, nor credited, and reopened so."""
    number, alex = ticket(place, priority), place.office.at(ALEX)
    along_with(monkeypatch, "resolve", also)
    with pytest.raises(Problem, match="One act at a time"):
        progress.resolve(alex, number, "answered", "", alex.new_key())


def test_a_confirmation_is_told_as_one(place: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    number, alex = ticket(place), place.office.at(ALEX)
    real = repricing.change_priority

    def confirmed(standing: Ticket, *given: Any, **named: Any) -> Outcome:
        done = real(standing, *given, **named)
        kept = Confirmation(ALEX.login, ALEX.name, place.office.clock.now, ())
        return replace(done, ticket=replace(done.ticket, confirmation=kept))

    monkeypatch.setattr(repricing, "change_priority", confirmed)
    with pytest.raises(Problem, match="told to the journal"):
        triage.change_priority(alex, number, Priority.EMERGENCY, "Leah", None, alex.new_key())


def test_nothing_else_is_told_of_a_new_ticket(place: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    real = intake.open_under_policy

    def more(*given: Any) -> Outcome:
        done = real(*given)
        at = done.ticket.received_at
        return replace(done, facts=(*done.facts, DemotionReversed(at=at, reason=LONG, undone=False)))

    monkeypatch.setattr(intake, "open_under_policy", more)
    with pytest.raises(Problem, match="One act at a time"):
        ticket(place, Priority.EMERGENCY)


def test_a_ticket_opens_with_each_promise_once(place: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """Promised twice it could be settled by nobody: of one milestone and instant one miss is told."""
    real = life._start

    def twice(draft: Draft, policy: Policy, at: datetime, *, released: bool) -> None:
        real(draft, policy, at, released=released)
        deadlines = draft.ticket.deadlines
        draft.ticket = replace(draft.ticket, deadlines=deadlines + deadlines[:1])

    monkeypatch.setattr(life, "_start", twice)
    with pytest.raises(Problem, match="each of them once"):
        ticket(place, Priority.EMERGENCY)


def test_no_ticket_is_opened_under_a_hosting_that_nothing_tells_of(
    place: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An account is saved with another hosting and back around the opening: 10 tokens instead of 15."""
    account = place.office.account(f"Flip {place.office.desk.new_key()}", Hosting.PLATFORM, balance=40)
    as_new, add, told = intake.open_under_policy, Tickets.add, '{"words": "Another telephone number."}'

    def between(self: Tickets, *given: Any, **more: Any) -> Ticket:
        run = self._work.connection.exec_driver_sql
        saved = f"UPDATE account SET version = version + 1, hosting = '%s' WHERE id = {account.id}"
        run(saved % "dedicated")
        done = add(self, *given, **more)
        run(saved % "platform")
        run(fact("AccountSaved", told).format(juniper=account.id))
        return done

    with monkeypatch.context() as patched:
        patched.setattr(
            intake,
            "open_under_policy",
            lambda new, *rest: as_new(replace(new, hosting=Hosting.DEDICATED), *rest),
        )
        patched.setattr(Tickets, "add", between)
        with pytest.raises(Problem, match="An account is saved once in an act"):
            place.office.number(account, Priority.EMERGENCY)
    assert ticket_view(place.office.desk, place.office.number(account, Priority.EMERGENCY)).ticket.held == 15


def test_nobody_acts_under_a_name_that_they_had_for_a_moment(place: Scene) -> None:
    def named(name: str) -> str:
        return f"SELECT guard.save_person('ira', '{name}', true, '{{{{administrator}}}}');"

    told = '{"login": "ira", "name": "Ira", "roles": ["administrator"]}'
    script = (
        named("Morgan")
        + fact("PersonSaved", told.replace("Ira", "Morgan"), role="'administrator'")
        + named("Ira")
        + fact("PersonSaved", told, role="'administrator'")
    )
    refused(place, "ira", script, "A person has one name in an act")


# --- Before the tokens are there -----------------------------------------------------------------------------------

_CLOSED = (
    "resolved_at = guard.stamp(), closed_at = guard.stamp(), is_open = false, outcome = 'solved', queue_group = 1, "
    "queue_rank = 1"
)
_RESOLVED = fact("TicketResolved", '{"outcome": "solved", "words": ""}', "{story}")
_MET = (
    "INSERT INTO deadline SELECT {story}, x.p, x.m, 'guarantee', x.a, false, '2.2', 'opened', guard.stamp(),"
    " guard.stamp() + x.a * interval '1 microsecond', guard.stamp(), false, 0, NULL, NULL"
    " FROM (VALUES (0, 'begin', 3600000000), (1, 'resolve_or_plan', 14400000000)) AS x (p, m, a);"
)


@pytest.mark.parametrize(
    ("script", "words"),
    [
        (change("story", f"status = 'resolved', {_CLOSED}") + _RESOLVED, "takes no work"),
        (change("story", "begun_at = guard.stamp()") + fact("WorkBegun", "{}", "{story}"), "takes no work"),
        (
            change("story", f"opened_at = guard.stamp(), status = 'resolved', {_CLOSED}")
            + _MET
            + fact("TicketOpened", '{"price": 10, "released": true}', "{story}")
            + _RESOLVED,
            "One act at a time",
        ),
    ],
)
def test_no_work_is_done_before_it_is_paid_for(place: Scene, script: str, words: str) -> None:
    waiting(place)
    place.office.clock.advance(minutes=5)
    refused(place, "alex", script, words)


def test_nothing_is_promised_before_it_is_paid_for(place: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """Missed before it opens it would be free, and opened without a charge."""
    real = intake.open_under_policy

    def promised(new: life.NewTicket, number: int, policy: Policy, balance: int, at: datetime) -> Outcome:
        done = real(new, number, policy, balance, at)
        given = tuple(
            derive(promise, StartEvent.CHANGED, at, policy.calendar)
            for promise in policy.promises(new.option, new.priority)
        )
        return replace(done, ticket=replace(done.ticket, deadlines=given))

    monkeypatch.setattr(intake, "open_under_policy", promised)
    with pytest.raises(Problem, match="Nothing is promised before the opening"):
        waiting(place)


def test_nothing_is_decided_free_before_it_is_paid_for(place: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    number, morgan = waiting(place), place.office.at(MORGAN)
    monkeypatch.setattr(classification, "_require_free_issue_possible", lambda _ticket: None)
    with pytest.raises(Problem, match="takes no work and is not free"):
        triage.determine(morgan, number, True, "own_fault", LONG, None, morgan.new_key())


def test_what_waits_may_be_decided_not_free(place: Scene) -> None:
    number, morgan = waiting(place), place.office.at(MORGAN)
    triage.determine(morgan, number, False, "", LONG, None, morgan.new_key())
    tokens.record_purchase(morgan, place.places["juniper"], 20, "R-1", None, morgan.new_key())
    assert ticket_view(morgan, number).ticket.held == 10
    assert keeping.check(morgan) == []


def test_no_ticket_waits_beside_a_purchase_that_could_pay_for_it(
    place: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Received by a client that does not lock the account, while the purchase is not committed yet."""
    account = place.office.account(f"Waiting {place.office.desk.new_key()}", balance=0)
    place.places["juniper"] = account.id
    bought = '{"cause": "bought", "tokens": 5, "before": 0, "after": 5, "reference": "X-1", "reason": "why"}'
    script = entry("purchase", "bought", 5).replace("attack", "beside") + fact("BalanceMoved", bought)
    unlocked = select(tables.account).where(tables.account.c.id == bindparam("account"))
    monkeypatch.setattr(accounts, "LOCKED", unlocked)
    with psycopg.connect(libpq(as_login(place.office.url, "priya"))) as priya, ThreadPoolExecutor(1) as pool:
        priya.execute(script.format(**place.places))
        received = pool.submit(place.office.number, account, Priority.STANDARD)
        with pytest.raises(TimeoutError):
            received.result(timeout=1)
        priya.commit()
        with pytest.raises(Problem, match="only while its account pays with them"):
            received.result(timeout=10)


def test_an_account_keeps_paying_while_a_ticket_waits_that_is_not_committed_yet(
    place: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = place.office.account(f"Waiting {place.office.desk.new_key()}", balance=0)
    place.places["juniper"] = account.id
    unlocked = select(tables.account).where(tables.account.c.id == bindparam("account"))
    monkeypatch.setattr(accounts, "LOCKED", unlocked)
    flat = "UPDATE account SET option = 'flat_rate_users', version = version + 1 WHERE id = %s"
    with psycopg.connect(libpq(as_login(place.office.url, "priya"))) as priya:
        priya.execute("SELECT guard.stamp()")
        priya.execute(flat, [account.id])
        place.office.number(account, Priority.STANDARD)
        priya.execute(fact("AccountSaved", '{"words": "Flat rate."}').format(**place.places))
        with pytest.raises(psycopg.Error, match="tickets that wait for tokens"):
            priya.commit()


def test_what_waits_is_demoted_and_opened_as_before(place: Scene) -> None:
    number, alex = waiting(place), place.office.at(ALEX)
    tokens.record_purchase(alex, place.places["juniper"], 4, "R-1", None, alex.new_key())
    triage.demote(alex, number, [not_critical(place)], LONG, None, alex.new_key())
    assert ticket_view(alex, number).ticket.held == 3
    assert keeping.check(alex) == []


# --- What an act had met -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("act", ["begin", "resolve"])
def test_an_act_that_is_taken_back_leaves_no_promise_met(
    place: Scene, monkeypatch: pytest.MonkeyPatch, act: str
) -> None:
    """The guarantee would never be missed."""
    number, alex = ticket(place, Priority.EMERGENCY), place.office.at(ALEX)
    place.office.clock.advance(minutes=55)
    if act == "begin":
        progress.begin(alex, number, alex.new_key())
    else:
        progress.resolve(alex, number, "answered", "", alex.new_key())
    with monkeypatch.context() as patched:
        patched.setattr(life, "_unmeet", lambda *_given: None)
        with pytest.raises(Problem, match="owed again"):
            progress.undo_work(alex, act, number, alex.new_key())
    progress.undo_work(alex, act, number, alex.new_key())
    place.office.clock.advance(hours=9)
    sweep(alex)
    assert ticket_view(alex, number).ticket.held == 0


def test_a_goal_since_the_reopening_is_not_dropped(place: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    number, alex = ticket(place, Priority.STANDARD), place.office.at(ALEX)
    progress.resolve(alex, number, "answered", "", alex.new_key())
    place.office.clock.advance(minutes=1)
    progress.reopen(alex, number, "", alex.new_key())
    with monkeypatch.context() as patched:
        patched.setattr(repricing, "_succession", lambda *_given: [])
        with pytest.raises(Problem, match="What a reopening promised anew"):
            triage.change_priority(alex, number, Priority.URGENT, "Leah", None, alex.new_key())
    triage.change_priority(alex, number, Priority.URGENT, "Leah", None, alex.new_key())


def test_a_goal_after_a_reopening_does_not_count_from_the_opening(
    place: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It would be missed when it is given."""
    number, alex = ticket(place, Priority.EMERGENCY), place.office.at(ALEX)
    progress.resolve(alex, number, "answered", "", alex.new_key())
    place.office.clock.advance(hours=5)
    real = closing.reopen

    def one_more(standing: Ticket, actor: Actor, policy: Policy, at: datetime, *rest: Any) -> Outcome:
        done = real(standing, actor, policy, at, *rest)
        promise = closing.after_reopening(policy.promises(standing.option, standing.priority)[1])
        assert standing.opened_at is not None
        goal = replace(derive(promise, StartEvent.OPENED, standing.opened_at, policy.calendar), missed=True)
        missed = replace(done.ticket, deadlines=(*done.ticket.deadlines, goal))
        told = GoalMissed(at=goal.due_at, milestone=goal.milestone)
        return replace(done, ticket=missed, facts=(*done.facts, told))

    monkeypatch.setattr(life, "reopen", one_more)
    with pytest.raises(Problem, match="counts from the opening"):
        progress.reopen(alex, number, "", alex.new_key())


@pytest.mark.parametrize("gap", ["reopened", "demoted"])
def test_what_other_promises_were_given_after_is_not_taken_back(
    place: Scene, monkeypatch: pytest.MonkeyPatch, gap: str
) -> None:
    number, alex, morgan = ticket(place, Priority.EMERGENCY), place.office.at(ALEX), place.office.at(MORGAN)
    opened = Happened(place.office.clock.now, WHY)
    place.office.clock.advance(minutes=1)
    if gap == "reopened":
        progress.resolve(alex, number, "answered", "", alex.new_key())
        progress.reopen(alex, number, "", alex.new_key())
        progress.begin(morgan, number, morgan.new_key(), opened)
    else:
        progress.begin(morgan, number, morgan.new_key())
        triage.demote(alex, number, [not_critical(place)], LONG, None, alex.new_key())
    monkeypatch.setattr(progress, "_require_own_and_recent", lambda *_given: None)
    with pytest.raises(Problem, match=r"only what stands|do not allow"):
        progress.undo_work(morgan, "begin", number, morgan.new_key())


@pytest.mark.parametrize("act", ["cancel", "merge"])
def test_what_is_closed_without_work_keeps_no_outcome_and_no_proposal(
    place: Scene, monkeypatch: pytest.MonkeyPatch, act: str
) -> None:
    number, morgan = ticket(place), place.office.at(MORGAN)
    real = closing._close

    def close(draft: Draft, status: Status, at: datetime) -> None:
        real(draft, status, at)
        proposal = Proposal(MORGAN.login, MORGAN.name, at, "own_fault", "Never told.")
        draft.ticket = replace(draft.ticket, proposal=proposal, outcome="solved")

    monkeypatch.setattr(closing, "_close", close)
    if act == "cancel":
        with pytest.raises(Problem, match="tells of what has changed"):
            progress.cancel(morgan, number, "They gave up.", True, morgan.new_key())
        return
    with morgan.store.read() as read:
        customer = read.account(place.places["juniper"])
    other = place.office.number(customer, Priority.STANDARD)
    with pytest.raises(Problem, match="tells of what has changed"):
        progress.merge(morgan, number, other, morgan.new_key())


def test_a_new_ticket_has_no_cause_of_a_miss(place: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """It would be resolved after its miss without one."""
    real = intake.open_under_policy

    def known(*given: Any) -> Outcome:
        done = real(*given)
        return replace(done, ticket=replace(done.ticket, cause_of_miss="vendor"))

    monkeypatch.setattr(intake, "open_under_policy", known)
    with pytest.raises(Problem, match="with nothing done on it"):
        ticket(place, Priority.EMERGENCY)


# --- Decisions -----------------------------------------------------------------------------------------------------


def _as_undone(patched: pytest.MonkeyPatch) -> None:
    """Decided free, told as a decision undone that had moved nothing."""
    made, credit_all = classification.Determination, Draft.credit_all

    def under_another_cause(draft: Draft, _cause: Cause, *rest: Any) -> None:
        credit_all(draft, Cause.UNDONE, *rest)

    def told(at: datetime, free: bool, **_rest: object) -> Fact:
        return DeterminationUndone(at=at, free=free)

    patched.setattr(classification, "Determination", lambda **given: made(**(given | {"tokens": 0})))
    patched.setattr(classification, "IssueDetermined", told)
    patched.setattr(Draft, "credit_all", under_another_cause)


def _at_another_price(patched: pytest.MonkeyPatch) -> None:
    """Overturned, it would be charged nothing again."""
    made = classification.Determination
    patched.setattr(classification, "Determination", lambda **given: made(**(given | {"price": 0})))


@pytest.mark.parametrize(
    ("otherwise", "words"),
    [(_as_undone, "tells of what has changed"), (_at_another_price, "held until then")],
)
def test_a_decision_is_told_as_it_is(
    place: Scene,
    monkeypatch: pytest.MonkeyPatch,
    otherwise: Callable[[pytest.MonkeyPatch], None],
    words: str,
) -> None:
    number, morgan = ticket(place, Priority.EMERGENCY), place.office.at(MORGAN)
    with monkeypatch.context() as patched:
        otherwise(patched)
        with pytest.raises(Problem, match=words):
            triage.determine(morgan, number, True, "own_fault", LONG, None, morgan.new_key())
    triage.determine(morgan, number, True, "own_fault", LONG, None, morgan.new_key())


@pytest.mark.parametrize("decided", [True, False])
def test_a_decision_is_not_told_as_another_priority(
    place: Scene, monkeypatch: pytest.MonkeyPatch, decided: bool
) -> None:
    """Free of charge from then on, or undecided again, and the journal tells of no decision."""
    number, morgan = ticket(place, Priority.STANDARD), place.office.at(MORGAN)
    if decided:
        triage.determine(morgan, number, False, "", LONG, None, morgan.new_key())
    real = repricing.change_priority

    def also(
        standing: Ticket, actor: Actor, to: Priority, policy: Policy, at: datetime, *rest: Any, **more: Any
    ) -> Outcome:
        done = real(standing, actor, to, policy, at, *rest, **more)
        made = Determination(True, MORGAN.login, MORGAN.name, at, "own_fault", LONG, tokens=0, price=1)
        return replace(done, ticket=replace(done.ticket, determination=None if decided else made))

    monkeypatch.setattr(repricing, "change_priority", also)
    with pytest.raises(Problem, match="tells of what has changed"):
        triage.change_priority(morgan, number, Priority.INFORMATIONAL, "Leah", None, morgan.new_key())


def test_a_new_proposal_was_asked_nothing_yet(place: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """It would be kept from the managers, as if one of them had sent it back."""
    number, alex = ticket(place), place.office.at(ALEX)
    made = classification.Proposal
    monkeypatch.setattr(classification, "Proposal", lambda *given: made(*given, question="Are you sure?"))
    with pytest.raises(Problem, match="tells of what has changed"):
        triage.propose_free(alex, number, "own_fault", LONG, None, alex.new_key())


def test_what_is_decided_is_not_decided_again(place: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second decision would have moved nothing, and an overturn charge nothing."""
    number, morgan = ticket(place, Priority.EMERGENCY), place.office.at(MORGAN)
    triage.determine(morgan, number, True, "own_fault", LONG, None, morgan.new_key())
    place.office.clock.advance(minutes=1)

    def again(
        standing: Ticket, _actor: object, _policy: object, at: datetime, balance: int, **_: object
    ) -> Outcome:
        earlier = standing.determination
        assert earlier is not None
        decided = Determination(
            free=True, by=MORGAN.login, by_name=MORGAN.name, at=at, category="own_fault", reason=LONG,
            tokens=0, price=0, overturned=replace(earlier, overturned=None),
        )  # fmt: skip
        draft = Draft(replace(standing, determination=decided), balance)
        draft.note(IssueDetermined(at=at, free=True, category="own_fault", reason=LONG, overturns=True))
        return draft.outcome()

    monkeypatch.setattr(classification, "determine", again)
    with pytest.raises(Problem, match="decided already"):
        triage.determine(morgan, number, True, "own_fault", LONG, None, morgan.new_key())


def test_a_proposal_is_not_told_as_an_answer(place: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    number, alex = ticket(place), place.office.at(ALEX)
    monkeypatch.setattr(
        classification, "FreeIssueProposed", lambda at, **_rest: ProposalAnswered(at=at, answer="Yes.")
    )
    with pytest.raises(Problem, match="tells of what has changed"):
        triage.propose_free(alex, number, "own_fault", LONG, None, alex.new_key())


def test_what_is_decided_is_not_proposed_again(place: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """Under four eyes the manager who decided would overturn an own decision, as an answer to it."""
    number, alex, morgan = ticket(place), place.office.at(ALEX), place.office.at(MORGAN)
    triage.determine(morgan, number, False, "", LONG, None, morgan.new_key())
    place.office.clock.advance(minutes=1)
    real = classification.propose_free

    def once_more(standing: Ticket, *given: Any) -> Outcome:
        done = real(replace(standing, determination=None), *given)
        return replace(done, ticket=replace(done.ticket, determination=standing.determination))

    monkeypatch.setattr(classification, "propose_free", once_more)
    with pytest.raises(Problem, match="proposed by whoever is signed in"):
        triage.propose_free(alex, number, "own_fault", LONG, None, alex.new_key())


def test_a_colleagues_proposal_on_a_cancelled_ticket_is_its_authors(
    place: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    number, alex, priya, morgan = ticket(place), *(place.office.at(each) for each in (ALEX, PRIYA, MORGAN))
    progress.begin(alex, number, alex.new_key())
    progress.cancel(morgan, number, "They gave up.", False, morgan.new_key())
    triage.propose_free(alex, number, "own_fault", LONG, None, alex.new_key())
    with monkeypatch.context() as patched:
        patched.setattr(classification, "require", lambda *_given, **_named: None)
        with pytest.raises(Problem, match="withdrawn by its author or closed by a manager"):
            triage.withdraw_proposal(priya, number, "No.", priya.new_key())
    triage.withdraw_proposal(alex, number, "No.", alex.new_key())


def test_a_demotion_says_why(place: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    number, alex = ticket(place, Priority.EMERGENCY), place.office.at(ALEX)
    monkeypatch.setattr(record, "reason", lambda text: text)
    with pytest.raises(Problem, match="only what stands"):
        triage.demote(alex, number, [not_critical(place)], " ", None, alex.new_key())


def test_a_raise_is_no_lowering_in_the_ledger(place: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    number, alex = ticket(place, Priority.STANDARD), place.office.at(ALEX)
    real = repricing.reprice

    def as_lowered(
        draft: Draft, to: Priority, policy: Policy, at: datetime, _cause: Cause, *rest: Any
    ) -> None:
        real(draft, to, policy, at, Cause.PRIORITY_LOWERED, *rest)

    monkeypatch.setattr(repricing, "reprice", as_lowered)
    with pytest.raises(Problem, match="charged as raised"):
        triage.change_priority(alex, number, Priority.URGENT, "Leah", None, alex.new_key())


def test_a_decision_that_overturns_says_so(place: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    number, morgan = ticket(place), place.office.at(MORGAN)
    triage.determine(morgan, number, True, "own_fault", LONG, None, morgan.new_key())
    place.office.clock.advance(minutes=1)
    told = classification.IssueDetermined
    monkeypatch.setattr(
        classification, "IssueDetermined", lambda **given: told(**(given | {"overturns": False}))
    )
    with pytest.raises(Problem, match="tells of what has changed"):
        triage.determine(morgan, number, False, "", LONG, None, morgan.new_key())


def test_what_a_manager_reverses_is_not_told_as_undone(place: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    number, alex, morgan = ticket(place, Priority.EMERGENCY), place.office.at(ALEX), place.office.at(MORGAN)
    triage.demote(alex, number, [not_critical(place)], LONG, None, alex.new_key())
    place.office.clock.advance(minutes=30)
    monkeypatch.setattr(classification, "_require_may_reverse", lambda *_given: True)
    with pytest.raises(Problem, match=r"tells of what has changed|do not allow"):
        triage.reverse_demotion(morgan, number, LONG, None, morgan.new_key())


def test_a_closed_ticket_is_not_confirmed(place: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    number, alex = ticket(place, Priority.EMERGENCY), place.office.at(ALEX)
    progress.resolve(alex, number, "answered", "", alex.new_key())
    critical = place.office.desk.policy().lists.mission_critical.items[0].id
    monkeypatch.setattr(classification, "require_not_closed", lambda _ticket: None)
    with pytest.raises(Problem, match="keeps its classification"):
        triage.confirm(alex, number, [critical], "", None, alex.new_key())


# --- At which time, and in which words -----------------------------------------------------------------------------


def test_what_is_entered_late_is_told_at_its_true_time(place: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """Told as of now, the earlier time that withdraws the miss would stand nowhere in the journal."""
    number, morgan, clock = ticket(place, Priority.EMERGENCY), place.office.at(MORGAN), place.office.clock
    happened = Happened(clock.now + timedelta(minutes=5), WHY)
    clock.advance(hours=2)
    sweep(morgan)

    def late(at: datetime, act: str, entered_at: datetime, reason: str) -> Fact:
        return EnteredLate(at=entered_at, act=act, entered_at=entered_at, reason=reason)

    with monkeypatch.context() as patched:
        patched.setattr(life, "EnteredLate", late)
        patched.setattr(life, "ReplySent", lambda at, words: ReplySent(at=clock.now, words=words))
        with pytest.raises(Problem, match=r"tells of what has changed|only what stands"):
            progress.reply(morgan, number, "So.", morgan.new_key(), happened)
    progress.reply(morgan, number, "So.", morgan.new_key(), happened)


def test_when_it_was_entered_is_the_servers_time(place: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    number, morgan, clock = ticket(place), place.office.at(MORGAN), place.office.clock
    happened = Happened(clock.now, WHY)
    clock.advance(hours=1)
    told = life.EnteredLate
    monkeypatch.setattr(
        life,
        "EnteredLate",
        lambda **given: told(**(given | {"entered_at": clock.now - timedelta(minutes=30)})),
    )
    with pytest.raises(Problem, match="only what stands"):
        progress.begin(morgan, number, morgan.new_key(), happened)


def test_a_ticket_closes_when_it_was_resolved(place: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    number, morgan, clock = ticket(place), place.office.at(MORGAN), place.office.clock
    happened = Happened(clock.now, WHY)
    clock.advance(hours=1)
    along_with(
        monkeypatch, "resolve", lambda done, now: replace(done, ticket=replace(done.ticket, closed_at=now))
    )
    with pytest.raises(Problem, match="tells of what has changed"):
        progress.resolve(morgan, number, "answered", "", morgan.new_key(), happened)


def test_a_plan_is_told_in_the_words_that_are_kept(place: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    number, priya, morgan = ticket(place, Priority.STANDARD), place.office.at(PRIYA), place.office.at(MORGAN)
    happened = Happened(place.office.clock.now + timedelta(minutes=5), WHY)
    place.office.clock.advance(hours=2)
    progress.send_plan(priya, number, "The true one", "Priya", NEXT_WEEK, priya.new_key())
    place.office.clock.advance(hours=1)
    along_with(
        monkeypatch,
        "send_plan",
        lambda done, _now: replace(
            done, ticket=replace(done.ticket, plan=PlanOfResolution("Never told", "Nobody", None))
        ),
    )
    with pytest.raises(Problem, match="tells of what has changed"):
        progress.send_plan(morgan, number, "Told", "Morgan", NEXT_WEEK, morgan.new_key(), happened)


def test_what_an_account_was_given_is_told_of_no_ticket(place: Scene) -> None:
    ticket(place, Priority.STANDARD)
    told = '{"cause": "bought", "tokens": 5, "before": 39, "after": 44, "reference": "X-1", "reason": "why"}'
    script = entry("purchase", "bought", 5) + fact("BalanceMoved", told)
    refused(place, "alex", script + fact("BalanceMoved", told, "{story}"), "only what stands")
    assert place.try_as("alex", script) is None
