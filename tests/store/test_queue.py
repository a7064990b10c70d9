"""The queue: its order, its rows, its counts, and what each filter shows, on both databases."""

from dataclasses import replace
from datetime import timedelta

import pytest

from console.policy.terms import Milestone, Priority, PromiseKind, SupportOption
from console.services.filtering import parse
from console.store.engine import Store
from console.store.query import EVERYTHING, KEYS, Order, Query, ready_made
from tests.store import acts
from tests.store.acts import ALEX, MONDAY, Clock

ZONE = "America/New_York"


class Desk:
    """A desk with one ticket of each kind that lists tell apart."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self.store, self.clock = store, clock
        self.tokens = acts.account(store, "Juniper Dental", tokens=60)
        self.flat = acts.account(store, "Harbor Freightways", tokens=0, option=SupportOption.FLAT_RATE_USERS)
        self.poor = acts.account(store, "Cobalt 100%", tokens=2)
        self.late = self._open(self.tokens, Priority.EMERGENCY, "Outbound mail is down")
        acts.propose(store, self._open(self.tokens, Priority.STANDARD, "Certificate expired"))
        self.proposed = self.late + 1
        clock.pass_by(timedelta(hours=2))
        acts.sweep(store, self.late)
        self.urgent = self._open(self.tokens, Priority.URGENT, "Two-factor resets fail")
        self.goal = self._open(self.flat, Priority.STANDARD, "Calendar invites")
        self.awaiting = self._open(self.poor, Priority.URGENT, "Sync is slow")
        self.awaiting_emergency = self._open(self.poor, Priority.EMERGENCY, "Nothing works")
        self.billing = self._open(self.tokens, Priority.BILLING, "Last month's statement")
        self.resolved = acts.resolve(store, self._open(self.tokens, Priority.STANDARD, "Done")).id
        self.begun = acts.begin(store, self._open(self.tokens, Priority.STANDARD, "Slow _search_ page")).id
        with store.work(ALEX) as work:
            assert work.tickets.claim(self.begun, "alex", "Alex Reyes", work.now + timedelta(minutes=10))

    def _open(self, account_id: int, priority: Priority, subject: str) -> int:
        return acts.opened(self.store, account_id, priority, subject, f"Words about {subject}").id

    def shown(self, query: Query, order: Order = Order.DUE, *, descending: bool = False) -> list[int]:
        with self.store.read() as read:
            return [key.id for key in read.queue.keys(query, self.clock.now, order, descending=descending)]

    def found(self, text: str) -> set[int]:
        query, problems = parse(text, self.clock.now, ZONE, "alex")
        assert problems == ()
        return set(self.shown(query))


@pytest.fixture
def desk(store: Store, clock: Clock) -> Desk:
    return Desk(store, clock)


def test_the_order_is_due_then_no_clock_then_awaiting_as_they_are_released(desk: Desk) -> None:
    assert desk.shown(EVERYTHING) == [
        desk.late,
        desk.goal,
        desk.urgent,
        desk.proposed,
        desk.begun,
        desk.billing,
        desk.awaiting_emergency,
        desk.awaiting,
    ]
    with desk.store.read() as read:
        keys = read.queue.keys(EVERYTHING, desk.clock.now)
    assert [key.awaiting for key in keys] == [False] * 6 + [True] * 2
    assert keys[5].due_at is None


def test_ties_are_guarantees_then_more_tokens_then_older(store: Store, clock: Clock) -> None:
    account_id = acts.account(store)
    tickets = [acts.opened(store, account_id, Priority.STANDARD) for _ in range(4)]
    due = MONDAY + timedelta(hours=1)
    goal, small, old, large = tickets
    for ticket in tickets:
        with store.work(ALEX) as work:
            kind = PromiseKind.GOAL if ticket is goal else PromiseKind.GUARANTEE
            same = tuple(
                replace(
                    each,
                    due_at=due,
                    promise=replace(each.promise, kind=kind),
                )
                for each in ticket.deadlines
            )
            held = 9 if ticket is large else 1
            received = MONDAY - timedelta(days=1) if ticket is old else MONDAY
            work.tickets.save(replace(ticket, deadlines=same, held=held, received_at=received))
    with store.read() as read:
        assert [key.id for key in read.queue.keys(EVERYTHING, MONDAY)] == [
            large.id,
            old.id,
            small.id,
            goal.id,
        ]


def test_every_order_shows_the_same_tickets_either_way_round(desk: Desk) -> None:
    everything = set(desk.shown(EVERYTHING))
    for order in Order:
        for descending in (False, True):
            assert set(desk.shown(EVERYTHING, order, descending=descending)) == everything
    assert desk.shown(EVERYTHING, Order.DUE, descending=True)[-2:] == [desk.awaiting, desk.awaiting_emergency]
    assert desk.shown(EVERYTHING, Order.TOKENS, descending=True)[0] == desk.urgent
    assert desk.shown(EVERYTHING, Order.PRIORITY)[0] == desk.billing


def test_a_row_says_all_that_a_list_shows(desk: Desk) -> None:
    with desk.store.read() as read:
        late, begun, awaiting, goal = read.queue.rows([desk.late, desk.begun, desk.awaiting, desk.goal])
    assert (late.missed, late.is_free, late.held, late.credited, late.price) == (
        (Milestone.BEGIN,),
        True,
        0,
        10,
        10,
    )
    assert (late.milestone, late.kind) == (Milestone.BEGIN, PromiseKind.GUARANTEE)
    assert (begun.owner, begun.owner_name, begun.begun, begun.milestone) == (
        "alex",
        "Alex Reyes",
        True,
        Milestone.RESOLVE_OR_PLAN,
    )
    assert (awaiting.price, awaiting.balance, awaiting.due_at, awaiting.opened_at) == (3, 2, None, None)
    assert (goal.kind, goal.business, goal.price) == (PromiseKind.GOAL, True, 0)


def test_counts_are_what_the_views_show(desk: Desk) -> None:
    with desk.store.read() as read:
        counts = read.queue.counts(desk.clock.now, "alex", ZONE)
    views = (
        "queue",
        "mine",
        "unclaimed",
        "plan_sent",
        "emergencies",
        "due_hour",
        "missed_today",
        "best_effort",
    )
    for view in views:
        shown = desk.shown(ready_made(view, desk.clock.now, "alex", ZONE))
        assert getattr(counts, view) == len(shown), view
    assert (counts.queue, counts.mine, counts.missed_today, counts.determinations) == (8, 1, 1, 1)
    tabs = ("missed", "act_now", "soon", "today", "later", "no_clock", "awaiting")
    assert [getattr(counts, tab) for tab in tabs] == [1, 0, 1, 1, 2, 1, 2]


def test_a_miss_nobody_has_swept_yet_is_counted_too(desk: Desk) -> None:
    desk.clock.pass_by(timedelta(hours=5))
    assert desk.found("missed:today") == {desk.late, desk.urgent}
    assert desk.found("is:missed") == {desk.late, desk.urgent}


def test_filters_show_what_they_say(desk: Desk) -> None:
    everything = set(desk.shown(EVERYTHING))
    expected = {
        "": everything,
        "certificate": {desk.proposed},
        "CERTIFICATE -juniper": set(),
        "juniper": everything - {desk.goal, desk.awaiting, desk.awaiting_emergency},
        '"100%"': {desk.awaiting, desk.awaiting_emergency},
        "_search_": {desk.begun},
        "%": {desk.awaiting, desk.awaiting_emergency},
        "leah": everything,
        str(desk.resolved): {desk.resolved},
        "is:mine": {desk.begun},
        "is:unclaimed": everything - {desk.begun, desk.awaiting, desk.awaiting_emergency},
        "is:awaiting": {desk.awaiting, desk.awaiting_emergency},
        "is:free": {desk.late},
        "is:emergency": {desk.late, desk.awaiting_emergency},
        "is:goal": {desk.goal},
        "is:proposed": {desk.proposed},
        "is:begun,goal": {desk.begun, desk.goal},
        "due:<1h": {desk.late},
        "due:<=1h": {desk.late, desk.goal},
        "due:none": {desk.billing, desk.awaiting, desk.awaiting_emergency},
        "due:1h..8h": {desk.goal, desk.urgent},
        "missed:begin": {desk.late},
        "missed:resolve": set(),
        "tokens:>=3": {desk.urgent},
        "tokens:0": {desk.late, desk.goal, desk.billing, desk.awaiting, desk.awaiting_emergency},
        "option:flat": {desk.goal},
        "priority:urgent,billing": {desk.urgent, desk.awaiting, desk.billing},
        "status:resolved": {desk.resolved},
        "status:any": everything | {desk.resolved},
        "status:closed OR is:goal": {desk.resolved, desk.goal},
        "-is:emergency is:awaiting": {desk.awaiting},
        "owner:alex": {desk.begun},
        "owner:nobody": everything - {desk.begun},
        "-owner:alex": everything - {desk.begun},
        'account:"harbor freightways"': {desk.goal},
        "age:>1h": {desk.late, desk.proposed},
        "opened:today": everything - {desk.awaiting, desk.awaiting_emergency} | {desk.resolved},
        "opened:yesterday": set(),
        "category:own_fault": {desk.proposed},
        "-category:own_fault": everything - {desk.proposed},
        "classification:proposed": {desk.proposed},
        "classification:none": everything - {desk.proposed},
        "determination:free": set(),
        "cause:none": {desk.late},
        "has:note": set(),
        "channel:ticket hosting:dedicated": everything,
    }
    assert {text: desk.found(text) for text in expected} == expected


def test_a_determination_leaves_the_inbox_and_stays_as_precedent(desk: Desk) -> None:
    with desk.store.read() as read:
        (proposal,) = read.proposals()
    assert (proposal.ticket_id, proposal.free, proposal.tokens, proposal.by) == (
        desk.proposed,
        None,
        1,
        "alex",
    )
    acts.mark_free(desk.store, desk.proposed)
    with desk.store.read() as read:
        assert read.proposals() == []
        (decision,) = read.decisions()
    assert (decision.free, decision.tokens, decision.by_name, decision.category) == (
        True,
        1,
        "Morgan Lee",
        "own_fault",
    )
    assert desk.found("determination:free") == {desk.proposed}
    assert desk.found("determination:today category:own_fault") == {desk.proposed}


def test_marks_are_what_still_runs(desk: Desk) -> None:
    with desk.store.read() as read:
        marks = read.queue.marks(desk.clock.now + timedelta(hours=6))
    assert [(mark.ticket_id, mark.milestone) for mark in marks] == [
        (desk.goal, Milestone.RESPOND),
        (desk.late, Milestone.RESOLVE_OR_PLAN),
        (desk.urgent, Milestone.BEGIN),
    ]


def test_notes_are_searched(desk: Desk) -> None:
    from console.policy.facts import NoteWritten

    with desk.store.work(ALEX) as work:
        work.journal.record([NoteWritten(at=work.now, words="Called Émile back")], ticket_id=desk.goal)
    assert desk.found("called") == {desk.goal}
    assert desk.found("has:note") == {desk.goal}


def test_promises_say_what_became_of_them(desk: Desk) -> None:
    desk.clock.pass_by(timedelta(minutes=30))
    acts.resolve(desk.store, desk.late)
    with desk.store.read() as read:
        rows = read.promises(MONDAY, MONDAY + timedelta(hours=4))
    begin, goal = rows
    assert (begin.ticket_id, begin.missed, begin.credited, begin.held_at_miss) == (desk.late, True, 10, 10)
    assert (begin.late, begin.still_open) == (timedelta(hours=1, minutes=30), False)
    assert (goal.kind, goal.missed, goal.still_open, goal.late) == (PromiseKind.GOAL, False, True, None)
    desk.clock.pass_by(timedelta(hours=3))
    with desk.store.read() as read:
        urgent = next(
            row for row in read.promises(MONDAY, MONDAY + timedelta(hours=7)) if row.ticket_id == desk.urgent
        )
    assert (urgent.missed, urgent.credited, urgent.held_at_miss) == (False, 0, 0)


def test_every_key_has_its_condition(desk: Desk) -> None:
    from console.store.query import Is, Key, Range

    for key in KEYS:
        if key not in {"priority", "hosting", "status", "channel", "option"}:
            desk.shown(Key(key, (Is("begin"),)))
        if key not in {"priority", "hosting", "option", "channel", "cause", "category"}:
            desk.shown(Key(key, (Range(),)))
