"""What was done, kept or missed stays so, whatever a client of one's own says of it later."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

import psycopg
import pytest

from console.policy import closing, life, repricing
from console.policy.deadlines import End
from console.policy.document import Policy
from console.policy.errors import Problem, Refused
from console.policy.outcome import Draft
from console.policy.terms import Priority, Status
from console.services import progress, triage
from console.services.desk import Desk
from console.services.progress import Happened
from console.services.sweep import sweep
from console.services.ticket_view import ticket_view
from tests.support.attacks import LONG, Scene, change, fact, refused, touch
from tests.support.desks import ALEX, MORGAN, PRIYA
from tests.support.guarded import libpq
from tests.support.stories import NEXT_WEEK, due, ticket

ENTERED_LATE = '{{"act": "begin", "entered_at": "{}", "reason": "It was in the telephone log."}}'


def test_nobody_begins_again_what_a_colleague_began_to_take_it_back(place: Scene) -> None:
    """Taken back after its due instant, the begin would be missed and the ticket free."""
    number, priya = ticket(place), place.office.at(PRIYA)
    progress.begin(priya, number, priya.new_key())
    place.office.clock.advance(hours=5)
    refused(place, "alex", touch("story") + fact("WorkBegun", "{}", "{story}"), "only what stands")


@pytest.mark.parametrize(("act", "at_the_desk"), [("begin", False), ("plan", True), ("resolve", True)])
def test_told_once_more_an_act_is_still_its_authors(place: Scene, act: str, at_the_desk: bool) -> None:
    """A manager enters a colleague's act late at the very same instant, and takes it back when it has passed."""
    number, priya, morgan = ticket(place), place.office.at(PRIYA), place.office.at(MORGAN)
    same = Happened(place.office.clock.now, "It was in the telephone log.")
    deeds: dict[str, Callable[[Desk, Happened | None], object]] = {
        "begin": lambda desk, at: progress.begin(desk, number, desk.new_key(), at),
        "plan": lambda desk, at: progress.send_plan(desk, number, "So.", "P", NEXT_WEEK, desk.new_key(), at),
        "resolve": lambda desk, at: progress.resolve(desk, number, "answered", "", desk.new_key(), at),
    }
    deeds[act](priya, None)
    place.office.clock.advance(hours=25)
    if at_the_desk:
        deeds[act](morgan, same)
    else:
        begun = "(SELECT begun_at FROM ticket WHERE id = {story})"
        assert (
            place.try_as(
                "morgan",
                touch("story")
                + fact(
                    "EnteredLate",
                    ENTERED_LATE.format(place.office.clock.now.isoformat()),
                    "{story}",
                    at=begun,
                    role="'manager'",
                )
                + fact("WorkBegun", "{}", "{story}", at=begun, role="'manager'"),
            )
            is None
        )
    with pytest.raises(Refused, match=f"An earlier {act} of"):
        progress.undo_work(morgan, act, number, morgan.new_key())


def test_a_promise_that_was_kept_is_not_unmet_after_a_reopening(place: Scene) -> None:
    """Nothing of the ticket says any more what met it; unmet, it would be missed, and credited."""
    number, alex = ticket(place, Priority.EMERGENCY), place.office.at(ALEX)
    progress.resolve(alex, number, "answered", "So.", alex.new_key())
    progress.reopen(alex, number, "", alex.new_key())
    unmet = "UPDATE deadline SET met_at = NULL WHERE ticket_id = {story} AND position = 0;"
    lists = """SELECT guard.stamp();
        UPDATE ticket SET version = version + 1,
            (next_due_at, next_milestone, next_kind, next_business, queue_group, queue_rank) =
            (SELECT due_at, milestone, kind, business, 0, (kind <> 'guarantee')::int FROM deadline
             WHERE ticket_id = {story} AND (met_at IS NULL OR position = 0) ORDER BY due_at LIMIT 1)
        WHERE id = {story};"""
    undone = fact("ActUndone", '{"act": "resolve"}', "{story}")
    refused(place, "alex", lists + unmet, "until that very act is taken back")
    refused(place, "alex", lists + unmet + undone, "tells only what stands")


def test_what_a_miss_had_credited_is_not_written_anew(place: Scene) -> None:
    """Written as nothing, a late entry that withdraws the miss would charge nothing again."""
    ticket(place)
    place.office.clock.advance(hours=30)
    sweep(place.office.at(ALEX))
    written = "UPDATE deadline SET credited = 0 WHERE ticket_id = {story} AND missed;"
    refused(place, "alex", touch("story") + written, "names what it credited, and keeps it")


def test_what_one_resolution_met_is_not_unmet_with_another(
    place: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Resolved in time, reopened, resolved again by somebody who takes that back, and the old promise with it."""
    number, alex, priya = ticket(place, Priority.EMERGENCY), place.office.at(ALEX), place.office.at(PRIYA)
    progress.resolve(priya, number, "answered", "So.", priya.new_key())
    progress.reopen(priya, number, "", priya.new_key())
    place.office.clock.advance(hours=5)
    progress.resolve(alex, number, "answered", "So.", alex.new_key())

    def all_of_them(draft: Draft, *_which: object) -> None:
        draft.ticket = draft.ticket.with_deadlines(lambda each: replace(each, met_at=None))

    with monkeypatch.context() as patched:
        patched.setattr(life, "_unmeet", all_of_them)
        with pytest.raises(Problem, match="until that very act is taken back"):
            progress.undo_work(alex, "resolve", number, alex.new_key())
    progress.undo_work(alex, "resolve", number, alex.new_key())
    assert not ticket_view(alex, number).ticket.is_free


def test_a_begin_is_undone_beside_a_late_reply_of_the_same_instant(place: Scene) -> None:
    """The reply begins the work at that instant, so nothing of the ticket changes; it is no attack."""
    number, morgan, clock = ticket(place, Priority.EMERGENCY), place.office.at(MORGAN), place.office.clock
    progress.begin(morgan, number, morgan.new_key())
    same = Happened(clock.now, "I told them at once, by telephone.")
    clock.advance(minutes=2)
    progress.reply(morgan, number, "So.", morgan.new_key(), same)
    progress.undo_work(morgan, "begin", number, morgan.new_key())
    assert ticket_view(morgan, number).ticket.begun_at == same.at


def test_no_plan_counts_from_before_the_reopening(place: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """Resolved late and reopened: a plan of before would withdraw the miss."""
    number, alex, morgan = ticket(place, Priority.EMERGENCY), place.office.at(ALEX), place.office.at(MORGAN)
    before = Happened(place.office.clock.now, "It was in the telephone log.")
    place.office.clock.advance(hours=5)
    progress.resolve(alex, number, "answered", "So.", alex.new_key(), cause="overload")
    progress.reopen(alex, number, "", alex.new_key())
    monkeypatch.setattr(life, "_require_since_reopening", lambda *_asked: None)
    with pytest.raises(Problem, match="count from the reopening"):
        progress.send_plan(morgan, number, "So.", "M", NEXT_WEEK, morgan.new_key(), before)


def test_a_cancelled_ticket_takes_no_work(place: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """Begun late by a manager, it would be charged again."""
    number, morgan = ticket(place, Priority.EMERGENCY), place.office.at(MORGAN)
    in_time = Happened(place.office.clock.now, "It was in the telephone log.")
    place.office.clock.advance(hours=2)
    progress.cancel(morgan, number, "They gave up.", False, morgan.new_key())
    monkeypatch.setattr(life, "require_not_closed", lambda _ticket: None)
    monkeypatch.setattr(life, "_require_late_entry", lambda *_asked: None)
    for happened in (None, in_time):
        with pytest.raises(Problem, match="takes no more work"):
            progress.begin(morgan, number, morgan.new_key(), happened)


def test_a_missed_promise_is_not_ended(place: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """Replaced or void, no late entry could withdraw the miss any more."""
    number, alex, morgan = ticket(place, Priority.STANDARD), place.office.at(ALEX), place.office.at(MORGAN)
    place.office.clock.advance(hours=25)
    sweep(alex)
    rederive, close = repricing.rederive, closing._close

    def ended(draft: Draft, end: End, at: datetime) -> None:
        draft.ticket = draft.ticket.with_deadlines(
            lambda each: each.ended_as(end, at) if each.missed else each
        )

    def replaced(draft: Draft, to: Priority, policy: Policy, at: datetime, *, raised: bool) -> None:
        rederive(draft, to, policy, at, raised=raised)
        ended(draft, End.REPLACED, at)

    def void(draft: Draft, status: Status, at: datetime) -> None:
        close(draft, status, at)
        ended(draft, End.VOID, at)

    with monkeypatch.context() as patched:
        patched.setattr(repricing, "rederive", replaced)
        with pytest.raises(Problem, match="not after it was missed"):
            triage.change_priority(alex, number, Priority.URGENT, "Leah", None, alex.new_key())
        patched.setattr(closing, "_close", void)
        with pytest.raises(Problem, match="not after it was missed"):
            progress.cancel(morgan, number, "They gave up.", False, morgan.new_key())


def test_a_late_act_says_by_how_much_its_promise_was_late(
    place: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    number, alex = ticket(place, Priority.EMERGENCY), place.office.at(ALEX)
    place.office.clock.advance(hours=2)
    with monkeypatch.context() as patched:
        patched.setattr(life, "_meet", lambda *_given: None)
        with pytest.raises(Problem, match="What was done meets its promise"):
            progress.begin(alex, number, alex.new_key())
    progress.begin(alex, number, alex.new_key())


def test_a_miss_is_told_once(place: Scene) -> None:
    number, alex = ticket(place, Priority.EMERGENCY), place.office.at(ALEX)
    place.office.clock.advance(hours=2)
    assert number not in sweep(alex).failed
    again = "UPDATE deadline SET credited = credited WHERE ticket_id = {story};" + fact(
        "GuaranteeMissed", '{"milestone": "begin"}', "{story}", at=due("begin")
    )
    refused(place, "priya", touch("story") + again, "A fact counts at the server's time")


def test_no_miss_is_told_as_withdrawn_that_was_none(place: Scene) -> None:
    """Beside such a fact what a miss had credited was written anew, and a late entry charged nothing again."""
    ticket(place)
    place.office.clock.advance(hours=30)
    sweep(place.office.at(ALEX))
    for milestone in ("resolve_or_plan", "begin"):
        touched = "UPDATE deadline SET credited = 0 WHERE ticket_id = {story};"
        withdrawn = fact("MissWithdrawn", f'{{"milestone": "{milestone}"}}', "{story}", role="'manager'")
        refused(place, "morgan", touch("story") + touched + withdrawn, "only what stands|keeps it|every miss")


def test_a_plan_of_the_past_is_entered_late(place: Scene) -> None:
    number, priya = ticket(place), place.office.at(PRIYA)
    progress.send_plan(priya, number, "Look", "Priya", NEXT_WEEK, priya.new_key())
    place.office.clock.advance(hours=3)
    then = "(SELECT planned_at + interval '1 hour' FROM ticket WHERE id = {story})"
    for kind, words in (
        ("PlanSent", '{"what": "Never sent", "who": "P", "by_when": ""}'),
        ("WorkBegun", "{}"),
    ):
        told = fact(kind, words, "{story}", role="'manager'", at=then)
        refused(place, "morgan", touch("story") + told, "only what stands")


def test_a_resolved_ticket_takes_no_work_at_once(place: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    number, priya, alex = ticket(place), place.office.at(PRIYA), place.office.at(ALEX)
    progress.resolve(priya, number, "answered", "", priya.new_key())
    place.office.clock.advance(hours=1)
    monkeypatch.setattr(life, "require_not_closed", lambda _ticket: None)
    for act in (
        lambda: progress.begin(alex, number, alex.new_key()),
        lambda: progress.reply(alex, number, "Yes.", alex.new_key()),
    ):
        with pytest.raises(Problem, match="but what was done before"):
            act()


def test_a_closed_ticket_hears_no_new_words(place: Scene) -> None:
    number, priya, morgan = ticket(place), place.office.at(PRIYA), place.office.at(MORGAN)
    progress.reply(priya, number, "Hello.", priya.new_key())
    progress.send_plan(priya, number, "Look", "Priya", NEXT_WEEK, priya.new_key())
    progress.cancel(morgan, number, "They gave up.", True, morgan.new_key())
    place.office.clock.advance(hours=1)
    plan = """plan = '{{"what": "Nothing", "who": "P", "by_when": null}}'"""
    told = fact("PlanSent", '{"what": "Nothing", "who": "P", "by_when": ""}', "{story}")
    refused(place, "alex", change("story", plan) + told, "only what stands")
    never = fact("ReplySent", '{"words": "Never said."}', "{story}")
    refused(place, "alex", touch("story") + never, "only what stands")


def test_an_act_saves_its_ticket_once(place: Scene) -> None:
    """Between two versions a resolved ticket was open for a moment, and took work."""
    number, priya = ticket(place), place.office.at(PRIYA)
    progress.resolve(priya, number, "answered", "", priya.new_key())
    place.office.clock.advance(hours=1)
    steps = (
        "status = 'begun', is_open = true",
        "begun_at = guard.stamp()",
        "status = 'resolved', is_open = false",
    )
    script = "".join(change("story", each) + ";" for each in steps) + fact("WorkBegun", "{}", "{story}")
    refused(place, "alex", script, "once in an act")


def test_a_ticket_that_came_in_closed_is_reopened(place: Scene) -> None:
    """Imported before the database was moved, it has no promises."""
    number, alex = ticket(place, Priority.STANDARD), place.office.at(ALEX)
    progress.resolve(alex, number, "answered", "", alex.new_key())
    with psycopg.connect(libpq(place.office.url)) as owner:
        owner.execute("SET session_replication_role = replica")
        owner.execute("DELETE FROM deadline WHERE ticket_id = %s", (number,))
    progress.reopen(alex, number, "", alex.new_key())
    assert ticket_view(alex, number).ticket.status is Status.OPEN


def test_the_plan_that_stands_is_the_one_that_was_told(place: Scene) -> None:
    number, priya = ticket(place, Priority.STANDARD), place.office.at(PRIYA)
    progress.send_plan(priya, number, "Look", "Priya", NEXT_WEEK, priya.new_key())
    other = """plan = '{{"what": "Nothing", "who": "Priya", "by_when": null}}'"""
    for words in ('"what": "Look again", "who": "Priya", "by_when": ""',
                  '"what": "Nothing", "who": "Priya", "by_when": "2026-12-01T12:00:00+00:00"'):  # fmt: skip
        told = fact("PlanSent", f"{{{words}}}", "{story}")
        refused(place, "alex", change("story", other) + told, "tells only what stands on the ticket")


def test_no_plan_is_longer_than_a_text_may_be(place: Scene) -> None:
    number, alex = ticket(place, Priority.STANDARD), place.office.at(ALEX)
    plan = "jsonb_build_object('what', repeat('x', 100001), 'who', 'Alex', 'by_when', NULL)"
    refused(place, "alex", change("story", f"plan = {plan}, planned_at = guard.stamp()"), "could read")
    progress.send_plan(alex, number, "x" * 100_000, "Alex", NEXT_WEEK, alex.new_key())


def test_a_number_stays_as_it_is_written(place: Scene) -> None:
    """3.0 equals 3, but no guard could read it: nobody could overturn the decision any more."""
    number, morgan = ticket(place), place.office.at(MORGAN)
    triage.determine(morgan, number, True, "own_fault", LONG, None, morgan.new_key())
    price = "determination = jsonb_set(determination, '{{price}}', '3.0')"
    refused(place, "alex", change("story", price), "No console could read this record")
    refused(place, "alex", _silently(price), "makes its next version")
    triage.determine(morgan, number, False, "", LONG, None, morgan.new_key())


def _silently(change: str) -> str:
    """The change of a ticket without its next version."""
    return f"SELECT guard.stamp(); UPDATE ticket SET {change} WHERE id = {{story}};"


@pytest.mark.parametrize("record", ["determination", "proposal", "confirmation", "demotion", "plan"])
def test_no_record_is_null(place: Scene, record: str) -> None:
    """Nobody could save the ticket any more, and the guarantee that it misses would never be credited."""
    number, alex = ticket(place, Priority.EMERGENCY), place.office.at(ALEX)
    refused(place, "alex", _silently(f"{record} = 'null'"), "makes its next version")
    refused(place, "alex", change("story", f"{record} = 'null'"), "could read|signed in|scalar")
    place.office.clock.advance(hours=2)
    assert number not in sweep(alex).failed
    assert ticket_view(alex, number).ticket.is_free


@pytest.mark.parametrize(("hours", "told"), [(2, "overload"), (0.5, "customer")])
def test_a_cause_is_told_of_a_miss_and_as_it_stands(place: Scene, hours: float, told: str) -> None:
    ticket(place, Priority.EMERGENCY)
    place.office.clock.advance(hours=hours)
    sweep(place.office.at(ALEX))
    cause = change("story", "cause_of_miss = 'customer'")
    told = fact("CauseOfMissSet", f'{{"cause": "{told}"}}', "{story}")
    refused(place, "alex", cause + told, "tells only what stands on the ticket")


def test_no_cursor_holds_a_commit_up(place: Scene) -> None:
    """It would run after every guard, and the act be seen as long after its instant as its author likes."""
    ticket(place)
    told = fact("NoteWritten", '{"words": "x"}', "{story}")
    marked = "UPDATE ticket SET noted = true, touched_at = guard.stamp() WHERE id = {story};"
    held = "DECLARE late CURSOR WITH HOLD FOR SELECT pg_sleep(0);"
    refused(place, "alex", told + marked + held, "leaves no cursor open")
