"""Why this time, and before and after: the words and the picture, by the policy's own arithmetic."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from console.bootstrap import shipped_policies
from console.policy.deadlines import StartEvent, derive, explain
from console.policy.reading import parse
from console.policy.terms import Milestone, Priority, SupportOption
from console.services import triage
from console.services.ticket_view import ticket_view
from console.ui.format import Times
from console.ui.theme import Appearance, theme
from console.ui.views.before_after import BeforeAfter, Change, changes
from console.ui.views.dialogs import open_dialog
from console.ui.views.dialogs.why_dialog import WhyTicket, why_content
from console.ui.views.why import (
    Why,
    WhyPanel,
    WhyPopover,
    band_of,
    clock_change,
    hours_in_words,
    rule,
    source,
    title,
    total,
    why_of,
)
from console.ui.widgets.bands import HoursBand
from tests.support.desks import ALEX, MORGAN, NOON, Office, office
from tests.support.dialogs import Booth, booth_at

POLICY = parse(shipped_policies()[0])
TIMES = Times(viewer=ZoneInfo("America/Denver"))
EVENING = datetime(2026, 11, 25, 2, 30, tzinfo=UTC)  # Tue 9:30 PM Eastern


def why(priority: Priority = Priority.URGENT, opened: datetime = EVENING, milestone: int = 0) -> Why:
    promise = POLICY.promises(SupportOption.TOKENS, priority)[milestone]
    deadline = derive(promise, StartEvent.OPENED, opened, POLICY.calendar)
    return why_of(48262, priority, deadline, POLICY, opened)


def test_an_evening_is_counted_in_two_parts() -> None:
    asked = why()
    assert title(asked, TIMES) == ("Begin by Wed 11:30 AM Eastern", "Wed 9:30 AM your time")
    assert (
        rule(asked, TIMES) == "Urgent: begin work within 4 business hours (every day 9 AM to 11 PM Eastern)."
    )
    assert total(asked.explanation, TIMES) == "1 h 30 m counted Tue + 2 h 30 m counted Wed = 4 h"
    assert source(asked) == "Clause 2.2, 4 business hours · policy version 1, from 1 Jan 2020"


def test_the_picture_hatches_the_night_and_marks_both_ends() -> None:
    asked = why()
    band = band_of(asked.explanation, POLICY.calendar, TIMES, by="begin by")
    assert [text for _, _, text in band.counted] == ["1 h 30 m", "2 h 30 m"]
    assert [mark.label for mark in band.marks] == ["opened 9:30", "begin by Wed 11:30 AM"]
    assert [text for _, text in band.ticks] == ["9 AM", "11 PM", "9 AM"]
    assert len(band.open) == 2


def test_elapsed_time_is_one_unbroken_band() -> None:
    asked = why(Priority.EMERGENCY, milestone=1)
    band = band_of(asked.explanation, POLICY.calendar, TIMES, by="plan by")
    assert band.open == ((band.start, band.end),)
    assert "day and night" in rule(asked, TIMES)
    assert total(asked.explanation, TIMES) == "4 h, counted day and night"


def test_a_day_of_25_hours_is_pointed_out() -> None:
    before = datetime(2026, 11, 1, 3, 30, tzinfo=UTC)
    assert clock_change(why(opened=before).explanation, TIMES) == (
        "The clock goes back on Sun 1 Nov: that day has 25 h."
    )
    assert clock_change(why().explanation, TIMES) == ""


def test_other_hours_are_named_as_the_policy_has_them() -> None:
    text = shipped_policies()[0]
    two = text.replace('[["09:00", "23:00"]]', '[["08:00", "12:00"], ["13:00", "18:30"]]')
    odd = text.replace('sun = [["09:00", "23:00"]]', "sun = []")
    words = hours_in_words(parse(two).calendar, TIMES)
    assert words == "every day 8 AM to 12 PM and 1 PM to 6:30 Eastern"
    assert hours_in_words(parse(odd).calendar, TIMES) == "business hours in Eastern time"


def test_the_panel_says_it_all_to_a_screen_reader(qtbot: QtBot) -> None:
    panel = WhyPanel(why(), TIMES)
    qtbot.addWidget(panel)
    assert "1 h 30 m counted Tue" in panel.accessibleName()
    assert [band.accessibleName() for band in panel.findChildren(HoursBand)]


# before and after


def test_a_row_is_spoken_and_dimmed_when_nothing_changes(qtbot: QtBot) -> None:
    table = BeforeAfter()
    qtbot.addWidget(table)
    rows = (Change("Balance", "34", "41", "Juniper"), Change("Priority", "Urgent", "no change"))
    table.show_changes(rows, flash=True)
    assert (
        table.accessibleName() == "Balance, now 34, after 41, Juniper. Priority, now Urgent, after no change"
    )
    assert [row.changed for row in table.changes()] == [True, False]
    table.show_changes(rows[:1])
    assert table.changes() == rows[:1]


# at a real desk


@pytest.fixture
def at(sqlite_url: str) -> Iterator[Office]:
    with office(sqlite_url) as opened:
        yield opened


@pytest.fixture
def booth(qtbot: QtBot, at: Office) -> Iterator[Booth]:
    with booth_at(qtbot, at, MORGAN) as opened:
        yield opened


def test_the_preview_of_an_upgrade_counts_from_the_change(at: Office) -> None:
    number = at.number(at.account(balance=20), Priority.STANDARD)
    at.clock.advance(hours=1)
    preview = triage.preview_change_priority(at.at(ALEX), number, Priority.URGENT)
    rows = {change.label: change for change in changes(preview, TIMES)}
    assert rows["Price"].below == "2 charged"
    assert rows["Resolve or plan by"].below == "24 h from this change"
    assert rows["Balance"].ink == "text"


def test_a_demotion_stacks_the_old_band_over_the_new(booth: Booth) -> None:
    number = booth.office.number(booth.office.account(balance=20), Priority.EMERGENCY)
    alex = booth.office.at(ALEX)
    triage.demote(alex, number, ["partial"], "The business still runs, no doubt.", None, alex.new_key())
    content = why_content(ticket_view(booth.office.desk, number), booth.context)
    booth.bot.addWidget(content)
    bands = content.findChildren(HoursBand)
    assert len(bands) == 4
    assert sum(band.accessibleName().startswith("Before:") for band in bands) == 2


def test_awaiting_tokens_has_a_sentence_and_no_picture(booth: Booth) -> None:
    number = booth.office.number(booth.office.account(balance=2), Priority.URGENT)
    content = why_content(ticket_view(booth.office.desk, number), booth.context)
    booth.bot.addWidget(content)
    assert "the account has 2 of 3 tokens" in content.accessibleName()
    assert not content.findChildren(HoursBand)


@pytest.mark.parametrize("scale", [1.0, 2.0])
def test_w_opens_the_popover_inside_the_screen_and_esc_closes_it(booth: Booth, scale: float) -> None:
    theme().choose(Appearance.DARK)
    theme().set_scale(scale)
    number = booth.office.number(booth.office.account(balance=20), Priority.URGENT)
    opened = open_dialog("why", booth.context, booth.window, ticket_id=number, anchor=booth.opener)
    assert isinstance(opened, WhyTicket)
    booth.settle()
    assert opened.isVisible()
    room = booth.window.screen().availableGeometry()
    assert room.contains(opened.geometry())
    for key in (Qt.Key.Key_Down, Qt.Key.Key_PageDown, Qt.Key.Key_Up):
        booth.bot.keyClick(opened, key)
    booth.bot.keyClick(opened, Qt.Key.Key_Escape)
    booth.settle()
    shown = [
        each for each in QApplication.topLevelWidgets() if isinstance(each, WhyPopover) and each.isVisible()
    ]
    assert not shown


def test_a_missing_ticket_is_said_in_the_popover(booth: Booth) -> None:
    opened = open_dialog("why", booth.context, booth.window, ticket_id=999)
    booth.settle()
    assert opened.isVisible()
    assert "999" in opened.accessibleName()
    opened.close()


def test_what_a_deadline_says_is_what_it_is() -> None:
    for priority in (Priority.STANDARD, Priority.URGENT, Priority.EMERGENCY):
        for promise in POLICY.promises(SupportOption.TOKENS, priority):
            deadline = derive(promise, StartEvent.OPENED, NOON, POLICY.calendar)
            found = explain(deadline, POLICY)
            assert found.counted == promise.amount
            band = band_of(found, POLICY.calendar, TIMES)
            assert sum((end - start for start, end, _ in band.counted), timedelta()) == promise.amount
            assert band.start < found.counted_from < found.due_at < band.end
    assert Milestone.BEGIN is POLICY.promises(SupportOption.TOKENS, Priority.URGENT)[0].milestone
