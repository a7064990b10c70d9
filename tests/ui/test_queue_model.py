"""The queue's model and words: bands, folding, rows on demand, what each row says."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QAbstractItemModelTester
from pytestqt.qtbot import QtBot

from console.bootstrap import shipped_policies
from console.policy.reading import parse
from console.policy.terms import Channel, Hosting, Milestone, Priority, PromiseKind, Status, SupportOption
from console.services.queue import Mark, QueueKey, QueueRow
from console.ui import deeds
from console.ui.format import Times
from console.ui.models import queue_words as words
from console.ui.models.queue_bands import Band
from console.ui.models.queue_model import DUE, OWNER, TOKENS, QueueModel
from console.ui.models.queue_words import Judge
from console.ui.views.deadline_strip import DeadlineStrip
from console.ui.widgets.pills import Urgency

NOW = datetime(2026, 11, 24, 19, 28, tzinfo=UTC)
DENVER = Judge(Times(viewer=ZoneInfo("America/Denver")), login="alex")
WHOLE = QueueRow(
    id=48219,
    version=1,
    subject="Newsletter footer shows last year's logo",
    account_id=1,
    account_name="Juniper Dental Group",
    hosting=Hosting.DEDICATED,
    option=SupportOption.TOKENS,
    requester="Leah Moreno",
    requester_is_administrator=True,
    channel=Channel.TICKET,
    priority=Priority.EMERGENCY,
    status=Status.OPEN,
    received_at=NOW,
    opened_at=NOW,
    touched_at=NOW,
    due_at=NOW + timedelta(minutes=24, seconds=30),
    milestone=Milestone.BEGIN,
    kind=PromiseKind.GUARANTEE,
    business=False,
    planned_at=None,
    missed=(),
    is_free=False,
    held=10,
    credited=0,
    price=10,
    balance=0,
    owner=None,
    owner_name="",
    lease_until=None,
    begun=False,
    confirmed=False,
    proposed=False,
    reopened=False,
    authorised=False,
    callback=False,
)


def _row(**changes: Any) -> QueueRow:
    return replace(WHOLE, **changes)


def _key(number: int, minutes: float | None, *, awaiting: bool = False) -> QueueKey:
    return QueueKey(number, None if minutes is None else NOW + timedelta(minutes=minutes), awaiting)


def _model() -> QueueModel:
    model = QueueModel(lambda: NOW)
    model.set_judge(DENVER)
    return model


@pytest.mark.parametrize(
    ("changes", "urgency", "pill", "below"),
    [
        ({}, Urgency.SOON, "24 min", "begin by 12:52 PM"),
        (
            {"due_at": NOW - timedelta(minutes=11, seconds=30)},
            Urgency.MISSED,
            "12 min late",
            "begin was 12:16 PM",
        ),
        ({"due_at": NOW + timedelta(minutes=12)}, Urgency.NOW, "12 min", "begin by 12:40 PM"),
        ({"due_at": NOW + timedelta(seconds=45)}, Urgency.NOW, "45 s", "begin by 12:28 PM"),
        ({"due_at": NOW + timedelta(hours=3, minutes=31)}, Urgency.TODAY, "3 h 31 m", "begin by 3:59 PM"),
        ({"due_at": NOW + timedelta(hours=20)}, Urgency.LATER, "20 h", "begin by Wed 8:28 AM"),
        ({"milestone": Milestone.RESOLVE_OR_PLAN}, Urgency.SOON, "24 min", "plan by 12:52 PM"),
        (
            {"kind": PromiseKind.GOAL, "due_at": NOW + timedelta(minutes=13)},
            Urgency.GOAL,
            "13 min",
            "goal 12:41 PM",
        ),
        (
            {"kind": PromiseKind.GOAL, "due_at": NOW - timedelta(minutes=5)},
            Urgency.GOAL_PASSED,
            "5 min over goal",
            "goal 12:23 PM",
        ),
        (
            {"due_at": None, "milestone": None, "planned_at": NOW - timedelta(minutes=86)},
            Urgency.MET,
            "Plan sent",
            "11:02 AM",
        ),
        (
            {"due_at": None, "milestone": None, "priority": Priority.BILLING},
            Urgency.NO_CLOCK,
            "No set time",
            "",
        ),
        (
            {"status": Status.AWAITING_TOKENS, "due_at": None, "price": 3, "balance": 2},
            Urgency.AWAITING,
            "Not started",
            "needs 3, has 2",
        ),
    ],
)
def test_each_urgency_has_its_words(changes: dict[str, Any], urgency: Urgency, pill: str, below: str) -> None:
    said = words.due_words(_row(**changes), NOW, DENVER)
    assert (said.urgency, said.pill, said.below) == (urgency, pill, below)


def test_a_clock_that_waits_for_the_opening_says_when_it_goes_on() -> None:
    night = datetime(2026, 11, 25, 5, 0, tzinfo=UTC)
    judge = replace(DENVER, calendar=parse(shipped_policies()[0]).calendar)
    row = _row(priority=Priority.URGENT, business=True, due_at=datetime(2026, 11, 25, 16, 30, tzinfo=UTC))
    said = words.due_words(row, night, judge)
    assert said.urgency is Urgency.WAITING
    assert said.pill == "opens 9:00 AM ET"
    assert said.below == "begin by 11:30 AM ET"
    assert "Clock resumes at 9:00 AM Eastern" in said.spoken


def test_the_sentence_begins_with_what_presses_and_leaves_nothing_out() -> None:
    assert words.sentence(_row(), NOW, DENVER) == (
        "Begin within 24 minutes, by 12:52 PM. Emergency. Newsletter footer shows last year's logo. "
        "Juniper Dental Group, dedicated. 10 tokens charged. Check mission critical. Unclaimed. Ticket 48219."
    )


def test_chips_are_two_at_most() -> None:
    chips = words.chips(_row(confirmed=True, is_free=True, proposed=True, reopened=True, callback=True))
    assert [chip.text for chip in chips] == ["Mission critical", "Now free"]


def test_tokens_say_what_the_ticket_costs_now() -> None:
    assert words.tokens_words(_row())[:2] == ("10", "charged")
    assert words.tokens_words(_row(held=0, credited=10, is_free=True))[:2] == ("0", "10 credited")
    assert words.tokens_words(_row(option=SupportOption.FLAT_RATE_USERS))[:2] == ("–", "flat-rate")
    assert words.tokens_words(_row(held=0))[:2] == ("0", "free")


def test_an_owner_whose_lease_ran_out_is_away() -> None:
    claimed = _row(owner="sam", owner_name="Sam Okafor", lease_until=NOW - timedelta(minutes=4))
    owner = words.owner_words(claimed, NOW, DENVER)
    assert (owner.name, owner.below, owner.away) == ("Sam O.", "away 14 min", True)
    mine = words.owner_words(_row(owner="alex", owner_name="Alex Reyes", begun=True), NOW, DENVER)
    assert (mine.name, mine.below, mine.begun) == ("You", "working", True)


def test_bands_stand_in_order_with_their_counts(qtbot: QtBot) -> None:
    model = _model()
    QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal, model)
    keys = [_key(n, minutes) for n, minutes in enumerate((-9, 12, 24, 37, 161, 1200), 1)]
    model.show_keys([*keys, _key(7, None), _key(8, None, awaiting=True)])
    assert [(span.band, span.first, span.count) for span in model.spans()] == [
        (Band.MISSED, 0, 1),
        (Band.NOW, 1, 1),
        (Band.HOUR, 2, 2),
        (Band.TODAY, 4, 1),
        (Band.LATER, 5, 1),
        (Band.NO_CLOCK, 6, 1),
        (Band.AWAITING, 7, 1),
    ]
    model.show_only(Band.LATER)
    assert model.ids() == [6, 7]


def test_missed_rows_beyond_the_third_fold(qtbot: QtBot) -> None:
    model = _model()
    QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal, model)
    model.show_keys([_key(n, n - 20) for n in range(1, 13)] + [_key(50, 30)])
    assert model.ids() == [1, 2, 3, 50]
    assert model.spans()[0].folded == 9
    model.fold_missed(fold=False)
    assert len(model.ids()) == 13


def test_a_row_is_asked_for_when_it_is_looked_at(qtbot: QtBot) -> None:
    model = _model()
    QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal, model)
    model.show_keys([_key(n, n) for n in range(1, 1_001)])
    with qtbot.waitSignal(model.wanted) as asked:
        assert model.data(model.index(500, DUE), Qt.ItemDataRole.DisplayRole) is None
    ids = asked.args[0] if asked.args else ()
    assert model.ids()[500] in ids
    assert len(ids) < 200
    model.put_rows(_row(id=number) for number in ids)
    assert model.data(model.index(500, TOKENS), Qt.ItemDataRole.AccessibleTextRole) == "Tokens, 10 charged"
    assert model.data(model.index(500, OWNER), Qt.ItemDataRole.AccessibleTextRole) == "Owner, Unclaimed"


def test_no_cell_is_silent(qtbot: QtBot) -> None:
    model = _model()
    model.show_keys([_key(48219, 24)])
    model.put_rows([_row()])
    spoken = [
        model.data(model.index(0, column), Qt.ItemDataRole.AccessibleTextRole)
        for column in range(model.columnCount())
    ]
    assert all(spoken)


def test_a_hostile_subject_stays_text_in_tooltips(qtbot: QtBot) -> None:
    model = _model()
    model.show_keys([_key(48219, 24)])
    model.put_rows([_row(subject="<img src=x><b>bold</b>" + "x" * 1_000_000)])
    shown = model.data(model.index(0, 2), Qt.ItemDataRole.ToolTipRole)
    assert "<img" not in shown
    assert len(shown) < 2_000


def test_time_moves_a_ticket_to_the_next_band() -> None:
    at = [NOW]
    model = QueueModel(lambda: at[0])
    model.set_judge(DENVER)
    model.show_keys([_key(1, 16), _key(2, 200)])
    assert model.spans()[0].band is Band.HOUR
    at[0] = NOW + timedelta(minutes=2)
    assert model.pass_time()
    assert model.spans()[0].band is Band.NOW


def test_thousands_of_deadlines_are_thinned_for_the_strip_and_few_are_not(qtbot: QtBot) -> None:
    def mark(number: int, seconds: int) -> Mark:
        due = NOW + timedelta(seconds=seconds)
        return Mark(number, "subject", due, Milestone.BEGIN, PromiseKind.GUARANTEE)

    few = [mark(n, n * 60) for n in range(50)]
    assert deeds.thinned(few, NOW) == few
    many = [mark(n, n * 2) for n in range(10_000)]
    drawn = deeds.thinned(many, NOW)
    assert len(drawn) < 250
    assert drawn[0] == many[0]
    strip = DeadlineStrip()
    strip.show_marks(drawn, NOW, DENVER, [each.due_at for each in many])
    assert strip.accessibleName() == "Next hour: 1,801 deadlines, first in 0 s"
