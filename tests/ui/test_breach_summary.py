"""The breach summary at a real desk: by keyboard, in both looks and at both text sizes, on paper and in files."""

import csv
import io
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from pypdf import PdfReader
from PySide6.QtCore import QDate, QPoint, QPointF, Qt
from PySide6.QtGui import QHelpEvent, QImage, QPainter
from PySide6.QtTest import QAbstractItemModelTester, QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QLabel, QMenu, QToolTip, QWidget
from pytestqt.qtbot import QtBot

from console.policy.errors import Invalid, Unavailable
from console.policy.terms import Priority, PromiseKind, SupportOption
from console.services import progress, triage
from console.services.summary import Filters, Reconciliation, Summary, period, summary
from console.services.sweep import sweep
from console.ui import print_summary
from console.ui.format import Times
from console.ui.models import breach_words as words
from console.ui.models.breach_model import BreachModel
from console.ui.models.breach_sheets import missed_sheet, priority_sheet
from console.ui.theme import Appearance, theme
from console.ui.views import breach_summary_charts as charts
from console.ui.views import breach_summary_deeds as deeds
from console.ui.views.breach_summary import BreachSummaryPage
from console.ui.views.breach_summary_cards import MissedCard
from console.ui.views.breach_summary_deeds import Wish
from console.ui.views.breach_summary_export import A4, CSV, CSV_BOM, LETTER
from console.ui.views.breach_summary_filters import Choices
from console.ui.views.breach_summary_table import SummaryTable
from console.ui.views.charts.chart import Chart
from console.ui.views.charts.look import PaperLook
from console.ui.views.charts.per_day import Bar, PerDayChart, draw_per_day, places
from console.ui.views.charts.week_grid import WeekGrid
from console.ui.widgets.labels import ElidedLabel
from tests.support.desks import MORGAN, NOON, HandClock, Office, office
from tests.support.windows import Shown, window_at

ZONE = "America/New_York"
EASTERN = ZoneInfo(ZONE)
TIMES = words.policy_times(Times(viewer=ZoneInfo("America/Denver")))
EVIL = '<b>Juniper</b> & "Sons"'


def at(day: int, hour: int, minute: int = 0, month: int = 11) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=EASTERN).astimezone(UTC)


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A month with four misses on three tickets, two causes, a demotion, a goal missed, and October before it."""
    file = tmp_path_factory.mktemp("month") / "console.sqlite3"
    with office(f"sqlite:///{file}", HandClock(at(1, 9, month=10))) as opened:
        _fill(opened)
    return file.read_bytes()


@pytest.fixture
def month(filled: bytes, tmp_path: Path) -> Iterator[Office]:
    """An office at a fresh copy of that month."""
    file = tmp_path / "console.sqlite3"
    file.write_bytes(filled)
    with office(f"sqlite:///{file}", HandClock(NOON)) as opened:
        yield opened


@pytest.fixture
def found(month: Office) -> Summary:
    """The month's figures, without a window."""
    desk = month.at(MORGAN)
    return summary(desk, period("this_month", desk.now(), ZONE))


def _fill(opened: Office) -> None:
    clock, morgan = opened.clock, opened.at(MORGAN)
    juniper, umber = opened.account(EVIL, balance=100), opened.account("Umber Studio", balance=100)
    shared = opened.account("Shared Ltd", option=SupportOption.FLAT_RATE_USERS)

    def ticket(moment: datetime, account: object, priority: Priority) -> int:
        clock.now = moment
        return opened.number(account, priority, subject="<i>Mail</i> is slow")  # type: ignore[arg-type]

    for day in (5, 6):
        ticket(at(day, 10, month=10), umber, Priority.EMERGENCY)
    sweep(morgan)
    late = ticket(at(3, 10), juniper, Priority.EMERGENCY)
    clock.now = at(3, 11, 12)
    progress.begin(morgan, late, morgan.new_key())
    progress.resolve(morgan, late, "solved", "Done.", morgan.new_key(), None, "overload")
    ticket(at(9, 10), umber, Priority.URGENT)
    demoted = ticket(at(16, 10), umber, Priority.EMERGENCY)
    clock.now = at(16, 10, 5)
    triage.demote(morgan, demoted, ["partial"], "Mail is flowing and works.", None, morgan.new_key())
    progress.begin(morgan, demoted, morgan.new_key())
    progress.resolve(morgan, demoted, "solved", "Done.", morgan.new_key())
    ticket(at(17, 10), shared, Priority.EMERGENCY)
    ticket(at(24, 13, 16), juniper, Priority.EMERGENCY)
    ticket(at(24, 13, 40), umber, Priority.EMERGENCY)
    clock.now = NOON
    sweep(morgan)


@pytest.fixture
def fresh(qtbot: QtBot, month: Office, tmp_path: Path) -> Iterator[Shown]:
    """A window of one's own at that month, for tests that change it."""
    with window_at(qtbot, month.at(MORGAN), tmp_path) as opened:
        opened.window.show_item("breach")
        opened.until(lambda: page_of(opened).summary() is not None)
        opened.quiet()
        yield opened


@pytest.fixture(scope="module")
def standing(
    request: pytest.FixtureRequest,
    dressed: QApplication,
    filled: bytes,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Shown]:
    """One window for all tests that only look."""
    folder = tmp_path_factory.mktemp("standing")
    file = folder / "console.sqlite3"
    file.write_bytes(filled)
    with (
        office(f"sqlite:///{file}", HandClock(NOON)) as opened,
        window_at(QtBot(request), opened.at(MORGAN), folder) as window,
    ):
        yield window


@pytest.fixture
def shown(standing: Shown) -> Shown:
    """That window on the breach summary, as it first looks."""
    standing.window.activateWindow()
    standing.until(standing.window.isActiveWindow)
    standing.window.show_item("breach")
    page = page_of(standing)
    page.ask(Wish())
    page.bar.periods.choose("this_month")
    page.bar.panel.show_choices(Choices())
    page.show_tables(on=False)
    standing.window.toast.hide()
    standing.quiet()
    standing.until(lambda: page.summary() is not None and page.loaded() is not None)
    standing.until(
        lambda: figures(standing).filters == Filters() and figures(standing).period.name == "this_month"
    )
    page.missed.table.setFocus()
    return standing


def page_of(shown: Shown) -> BreachSummaryPage:
    found = shown.window.findChild(BreachSummaryPage)
    assert isinstance(found, BreachSummaryPage)
    return found


def figures(shown: Shown) -> Summary:
    found = page_of(shown).summary()
    assert found is not None
    return found


def loaded_again(shown: Shown, wish: Wish) -> None:
    shown.until(lambda: page_of(shown).wish() == wish)
    shown.quiet()


# going there and reading


def test_one_chord_leads_to_todays_misses_and_the_months_trend(
    qtbot: QtBot, month: Office, tmp_path: Path
) -> None:
    with window_at(qtbot, month.at(MORGAN), tmp_path) as opened:
        opened.key(Qt.Key.Key_G)
        opened.key(Qt.Key.Key_B)
        opened.until(lambda: opened.window.findChild(BreachSummaryPage) is not None)
        page = page_of(opened)
        opened.until(lambda: page.summary() is not None)
        assert page.title() == "SLA breach summary"
        assert page.count_text() == "1–24 November 2026, Eastern"
        assert "Eastern" in page.status_text()
        assert page.bar.compared.text() == "compared with 1–24 Oct"
        strip = page.strip.accessibleName()
        assert strip.startswith("Today: 1 missed, 1 still open")
        assert "12 min late, unclaimed" in strip
        assert "Next at risk" in strip


def test_tiles_say_the_figures_with_sign_and_direction(shown: Shown) -> None:
    found, tiles = figures(shown), page_of(shown).tiles
    assert found.tiles.missed == 4
    assert (
        tiles["met"].words().figure == f"{found.tiles.met} of {found.tiles.due}"
    )  # under twenty: no per cent
    assert tiles["missed"].words().figure == "4"
    assert tiles["missed"].words().beside == "3 begin, 1 plan"
    assert tiles["missed"].words().delta == "0" or tiles["missed"].words().delta == "no change,"
    assert tiles["credited"].words().beside == f"worth ${found.tiles.credited * 25}"
    assert tiles["demoted"].words().beside == "of 5"
    assert tiles["demoted"].words().delta_ink == "text2"  # neither good nor bad
    assert "Not in the figures" in tiles["goals"].accessibleName()


def test_every_model_keeps_qts_contract(shown: Shown) -> None:
    page = page_of(shown)
    tables = page.findChildren(SummaryTable)
    assert len(tables) == 5
    testers = []
    for table in tables:
        fatal = QAbstractItemModelTester.FailureReportingMode.Fatal
        testers.append(QAbstractItemModelTester(table.breach_model(), fatal))
    page.ask(replace(page.wish(), period="last_month"))
    loaded_again(shown, Wish(period="last_month"))
    page.ask(Wish(period="today"))
    loaded_again(shown, Wish(period="today"))
    assert all(isinstance(tester.model(), BreachModel) for tester in testers)


def test_a_row_is_said_as_a_sentence_and_no_cell_is_silent(shown: Shown) -> None:
    model = page_of(shown).missed.table.breach_model()
    role = Qt.ItemDataRole.AccessibleTextRole
    first = model.data(model.index(0, 0), role)
    assert "begin missed" in first
    assert "late by 12 min, open" in first
    for column in range(model.columnCount()):
        assert model.data(model.index(0, column), role)


def test_each_chart_has_a_name_a_sentence_and_a_table_twin(shown: Shown) -> None:
    page = page_of(shown)
    for twin in (page.per_day.twin, page.when.twin, page.priority.twin):
        chart = twin.findChild(Chart)
        assert isinstance(chart, Chart)
        assert chart.accessibleName()
        assert chart.accessibleDescription() == chart.sentence() != ""
        assert not twin.shows_table()
    shown.key(Qt.Key.Key_T)
    assert page.per_day.twin.shows_table()
    assert page.when.twin.shows_table()
    assert page.priority.twin.shows_table()
    days = page.per_day.twin.table.sheet().lines
    assert sum(int(line.cells[3].text) for line in days) == figures(shown).tiles.missed
    hours = page.when.twin.table.sheet().lines
    assert sum(int(line.cells[1].text) for line in hours) == figures(shown).tiles.missed
    causes = page.priority.twin.table.sheet().lines
    assert sum(int(line.cells[1].text) for line in causes) == figures(shown).tiles.missed
    shown.key(Qt.Key.Key_T)
    assert not page.per_day.twin.shows_table()


# periods and filters


def test_brackets_step_through_periods_and_stop_at_today(shown: Shown) -> None:
    page = page_of(shown)
    shown.key(Qt.Key.Key_BracketLeft)
    loaded_again(shown, Wish(back=1))
    assert page.count_text() == "1–31 October 2026, Eastern"
    assert page.bar.compared.text() == "compared with 1–30 Sept" or "Sep" in page.bar.compared.text()
    shown.key(Qt.Key.Key_BracketRight)
    loaded_again(shown, Wish())
    shown.key(Qt.Key.Key_BracketRight)
    assert page.wish() == Wish()
    assert "newest" in shown.window.toast.text()


def test_periods_by_arrow_keys(shown: Shown) -> None:
    page = page_of(shown)
    chosen = next(button for button in page.bar.periods.findChildren(QWidget) if button.property("checked"))
    chosen.setFocus()
    QTest.keyClick(chosen, Qt.Key.Key_Right)
    loaded_again(shown, Wish(period="last_month"))
    assert figures(shown).period.first == date(2026, 10, 1)


def test_a_period_of_ones_own(shown: Shown) -> None:
    page = page_of(shown)
    page.bar.periods.choose("custom")
    page.bar.period_chosen.emit("custom")
    shown.until(lambda: figures(shown).period.name == "custom")
    assert page.bar.first.isVisible()
    assert (page.bar.first.day(), page.bar.last.day()) == (date(2026, 11, 1), date(2026, 11, 24))
    page.bar.first.setDate(QDate(2026, 11, 9))
    shown.until(lambda: figures(shown).period.first == date(2026, 11, 9))
    assert figures(shown).compared.last == date(2026, 11, 8)
    page.bar.last.setDate(QDate(2026, 11, 2))
    assert page.bar.fault.text() == "The first day is after the last."
    assert figures(shown).period.first == date(2026, 11, 9)
    page.bar.last.setDate(QDate(2026, 11, 10))
    shown.until(lambda: figures(shown).period.last == date(2026, 11, 10))
    assert page.bar.fault.text() == ""
    shown.key(Qt.Key.Key_BracketLeft)
    shown.until(lambda: figures(shown).period.last == date(2026, 11, 8))


def test_beside_the_year_before(shown: Shown) -> None:
    page = page_of(shown)
    page.bar.compared.click()
    menu = page.bar.findChild(QMenu)
    assert isinstance(menu, QMenu)
    menu.actions()[1].trigger()
    menu.close()
    loaded_again(shown, Wish(compare="year"))
    assert page.bar.compared.text() == "compared with 1–24 Nov 2025"
    assert words.same_day_before(figures(shown)) == "same day in 2025"


def test_filters_narrow_the_page_and_say_so(shown: Shown) -> None:
    page = page_of(shown)
    page.bar.filter.click()
    panel = page.bar.panel
    assert panel.isVisible()
    panel.account.setCurrentIndex(panel.account.findText("Umber Studio"))
    panel.account.activated.emit(panel.account.currentIndex())
    panel.close()
    shown.until(lambda: figures(shown).filters.account_id is not None)
    assert page.bar.filter.text() == "Umber Studio"
    assert {row.account_name for row in figures(shown).missed} == {"Umber Studio"}
    panel.clear.click()
    shown.until(lambda: figures(shown).filters == Filters())
    assert page.bar.filter.text() == "All accounts"


def test_searching_narrows_the_missed_guarantees(shown: Shown) -> None:
    page = page_of(shown)
    shown.key(Qt.Key.Key_Slash)
    QTest.keyClicks(shown.focus(), "overload")
    shown.until(lambda: len(page.missed.table.sheet().lines) == 1)
    assert page.missed.count.text() == "1 of 4"
    QTest.keyClicks(shown.focus(), "zzz")
    shown.until(lambda: not page.missed.table.sheet().lines)
    assert "matches" in page.missed.none.text()


# opening the tickets behind a figure


def test_enter_on_a_missed_guarantee_opens_the_ticket(shown: Shown) -> None:
    page = page_of(shown)
    page.missed.table.setFocus(Qt.FocusReason.TabFocusReason)
    shown.key(Qt.Key.Key_J)
    shown.key(Qt.Key.Key_K)
    row = page.missed.table.breach_model().line(0)
    assert row is not None
    shown.key(Qt.Key.Key_Return)
    shown.until(lambda: shown.pane.ticket_id == row.ticket_id)
    assert shown.window.current_page() is shown.queue


def test_a_tile_opens_exactly_its_tickets_and_esc_comes_back(shown: Shown) -> None:
    page = page_of(shown)
    for name, tile in page.tiles.items():
        wanted, title = words.behind_tile(figures(shown), name)
        tile.setFocus()
        shown.key(Qt.Key.Key_Return)
        shown.until(lambda: shown.window.current_page() is shown.queue)
        shown.quiet()
        assert set(shown.queue.model.ids()) == wanted, name
        assert shown.queue.title() == f"{title}, from the summary"
        shown.queue.table.setFocus()
        shown.key(Qt.Key.Key_Escape)
        shown.until(page.isVisible)
        shown.quiet()
        assert tile.hasFocus()


def test_coming_back_finds_the_same_place(qtbot: QtBot, month: Office, tmp_path: Path) -> None:
    with window_at(qtbot, month.at(MORGAN), tmp_path, (1100, 640)) as opened:
        opened.window.show_item("breach")
        opened.until(lambda: page_of(opened).summary() is not None)
        page = page_of(opened)
        bar = page.area.verticalScrollBar()
        opened.until(lambda: bar.maximum() > 40)
        bar.setValue(40)
        page.missed.open_all.setFocus()
        bar.setValue(40)
        page.missed.open_all.clicked.emit()
        opened.until(lambda: opened.window.current_page() is opened.queue)
        opened.quiet()
        opened.queue.table.setFocus()
        opened.key(Qt.Key.Key_Escape)
        opened.until(page.isVisible)
        opened.quiet()
        assert bar.value() == 40


def test_bars_cells_and_causes_open_by_keyboard_and_mouse(
    shown: Shown, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = page_of(shown)
    monkeypatch.setattr(page._context, "show_tickets", lambda _ids, _title: None)
    for chart in (page.per_day.chart, page.when.chart, page.priority.causes):
        _opens_by_keyboard_and_mouse(chart)


def _opens_by_keyboard_and_mouse(chart: Chart) -> None:
    picked: list[frozenset[int]] = []
    chart.picked.connect(lambda ids, _title: picked.append(ids))
    marks = chart.marks()
    full = [at for at, mark in enumerate(marks) if mark.ids]
    chart.setFocus()
    QTest.keyClick(chart, Qt.Key.Key_Home)
    for _ in range(full[0]):
        QTest.keyClick(chart, Qt.Key.Key_Right)
    assert marks[full[0]].says in chart.accessibleDescription()
    QTest.keyClick(chart, Qt.Key.Key_Return)
    assert picked == [marks[full[0]].ids]
    spot = marks[full[-1]].rect.center().toPoint()
    QTest.mouseMove(chart, spot)
    QTest.mouseClick(chart, Qt.MouseButton.LeftButton, pos=spot)
    assert picked[-1] == marks[full[-1]].ids


def test_all_bars_together_hold_exactly_the_missed_tickets(shown: Shown) -> None:
    page, found = page_of(shown), figures(shown)
    every = words.ids(found.missed)
    assert frozenset().union(*(bar.ids for bar in charts.per_day_bars(found, date(2026, 11, 24)))) == every
    grid = charts.week_grid(found, TIMES)
    assert frozenset().union(*(cell.ids for row in grid.rows for cell in row)) == every
    assert frozenset().union(*(bar.ids for bar in charts.cause_bars(found))) == every
    bars = page.per_day.chart
    assert isinstance(bars, PerDayChart)
    assert [bar.tick for bar in bars.bars() if bar.tick] == ["1", "7", "14", "21", "today"]


def test_a_cell_of_the_priority_table_opens_its_own_tickets(
    shown: Shown, monkeypatch: pytest.MonkeyPatch
) -> None:
    page, found = page_of(shown), figures(shown)
    table = page.priority.table
    table.setCurrentIndex(table.breach_model().index(0, 2))
    table.setFocus()
    picked: list[tuple[frozenset[int], str]] = []
    monkeypatch.setattr(page._context, "show_tickets", lambda ids, title: picked.append((ids, title)))
    QTest.keyClick(table, Qt.Key.Key_Return)
    wanted = {
        row.ticket_id
        for row in found.missed
        if row.priority is Priority.EMERGENCY and "begin" in row.milestone
    }
    assert picked == [(frozenset(wanted), "Emergency: missed begin or respond, from the summary")]


# today's strip


def test_the_strip_is_outlined_only_while_a_miss_is_open(found: Summary) -> None:
    near, soon = timedelta(minutes=15), timedelta(minutes=60)
    said = words.today_words(found, NOON, near, soon)
    assert (said.kind, said.icon) == ("panel_missed", "alarm-clock-off")
    closed = replace(found, today=replace(found.today, still_open=()))
    assert words.today_words(closed, NOON, near, soon).kind == "panel"
    assert "none still open" in words.today_words(closed, NOON, near, soon).head
    calm = replace(found, today=replace(found.today, missed=0, still_open=()))
    said = words.today_words(calm, NOON, near, soon)
    assert (said.kind, said.head, said.ink) == ("panel_met", "No guarantee missed today", "met_text")
    nothing = replace(found, today=replace(found.today, next_at_risk=None))
    assert words.today_words(nothing, NOON, near, soon).open_id == 0


def test_the_strip_opens_the_ticket_at_risk(shown: Shown) -> None:
    page = page_of(shown)
    ahead = figures(shown).today.next_at_risk
    assert ahead is not None
    page.strip.opened.emit(ahead.row.id)
    shown.until(lambda: shown.pane.ticket_id == ahead.row.id)


def test_the_nearer_the_risk_the_warmer_its_words(found: Summary) -> None:
    ahead = found.today.next_at_risk
    assert ahead is not None
    inks = [
        words.today_words(found, ahead.due_at - left, timedelta(minutes=15), timedelta(minutes=60)).risk_ink
        for left in (timedelta(minutes=10), timedelta(minutes=40), timedelta(hours=3))
    ]
    assert inks == ["now_text", "soon_text", "text2"]


# what is owed


def test_all_that_is_owed_was_credited(shown: Shown) -> None:
    card = page_of(shown).missed
    sums = figures(shown).reconciliation
    assert card.sums.text() == (
        f"4 missed on 3 tickets. Owed for them {sums.owed} tokens, credited {sums.owed}, still open 0."
    )
    assert card.link.text() == "Reconcile"
    card.link.clicked.emit()
    shown.until(lambda: "added up again" in shown.window.toast.text())


def test_what_is_owed_and_not_credited_can_be_shown(qtbot: QtBot, month: Office) -> None:
    month.clock.now = NOON + timedelta(minutes=30)  # one more guarantee has passed, and nobody has swept yet
    desk = month.at(MORGAN)
    found = summary(desk, period("this_month", desk.now(), ZONE))
    card = MissedCard()
    qtbot.addWidget(card)
    card.show_summary(found, missed_sheet(found, desk.now(), TIMES), filtered=False)
    assert card.link.text() == "Show"
    assert "still open 10." in card.sums.text()
    picked: list[frozenset[int]] = []
    card.picked.connect(lambda ids, _title: picked.append(ids))
    card.link.clicked.emit()
    assert picked == [frozenset(found.reconciliation.unsettled)]
    assert isinstance(found.reconciliation, Reconciliation)


# states


def test_a_period_without_guarantees_says_so(shown: Shown) -> None:
    page = page_of(shown)
    days = Wish(period="custom", first=date(2026, 10, 20), last=date(2026, 10, 22))
    page.ask(days)
    loaded_again(shown, days)
    assert page.empty.isVisible()
    assert page.empty.accessibleName() == "No token tickets were due 20–22 Oct."
    assert not page.per_day.isVisible()
    assert page.tiles["met"].words().beside == "none were due"


def test_while_reading_the_last_figures_stay_grey(shown: Shown) -> None:
    page = page_of(shown)
    page._grey()
    assert page.tiles["met"].is_grey()
    assert "as of 2:28 PM Eastern" in page.tiles["met"].accessibleName()
    page.refresh()
    shown.until(lambda: not page.tiles["met"].is_grey())


def test_a_failed_reading_keeps_the_figures_and_offers_another(shown: Shown) -> None:
    page = page_of(shown)
    page._on_failed(Unavailable("The database did not answer."))
    assert page.message.isVisible()
    assert page.message.text() == "The database did not answer."
    assert page.tiles["missed"].words().figure == "4"
    page.refresh()
    shown.until(lambda: not page.message.isVisible())


def test_a_fault_while_reading_does_not_keep_the_page_from_reading_again(
    shown: Shown, monkeypatch: pytest.MonkeyPatch
) -> None:
    page, faults = page_of(shown), []
    monkeypatch.setattr(shown.wiring, "_on_fault", faults.append)
    shown.wiring.background.faulted.disconnect()
    shown.wiring.background.faulted.connect(faults.append)
    with monkeypatch.context() as broken:
        broken.setattr(deeds, "load", _broken)
        page.refresh()
        shown.until(lambda: bool(faults))
    page.ask(Wish(back=1))
    loaded_again(shown, Wish(back=1))
    assert figures(shown).period.first == date(2026, 10, 1)


def _broken(_desk: object, _wish: object) -> None:
    raise RuntimeError("a fault of ours")


def test_a_change_elsewhere_is_read_again(fresh: Shown, month: Office) -> None:
    page = page_of(fresh)
    ticket = figures(fresh).today.still_open[0].ticket_id
    desk = month.at(MORGAN)
    changed = progress.set_cause(desk, ticket, "vendor", desk.new_key())
    fresh.wiring.context.signals.changed.emit(changed)
    fresh.until(lambda: ("Waited on vendor", 1) in figures(fresh).causes)
    assert page.missed.table.sheet().lines[0].cells[5].text == "Waited on vendor"


def test_time_passes_in_the_strip_and_a_passed_deadline_is_read_again(fresh: Shown, month: Office) -> None:
    page = page_of(fresh)
    page._on_tick(NOON + timedelta(minutes=3))
    assert "15 min late" in page.strip.accessibleName()
    assert page.missed.table.sheet().lines[0].cells[4].text == "15 min, open"
    month.clock.now = NOON + timedelta(minutes=13)
    sweep(month.at(MORGAN))
    page._on_tick(month.clock.now)
    fresh.until(lambda: figures(fresh).tiles.missed == 5)


# looks


@pytest.mark.parametrize(
    ("look", "scale"),
    [(Appearance.LIGHT, 1.0), (Appearance.DARK, 1.0), (Appearance.LIGHT, 2.0), (Appearance.DARK, 2.0)],
)
def test_nothing_is_cut_in_any_look(
    qtbot: QtBot, month: Office, tmp_path: Path, look: Appearance, scale: float
) -> None:
    theme().choose(look)
    theme().set_scale(scale)
    with window_at(qtbot, month.at(MORGAN), tmp_path, (1440, 900) if scale == 1 else (1280, 720)) as opened:
        opened.window.show_item("breach")
        opened.until(lambda: page_of(opened).summary() is not None)
        opened.quiet()
        page = page_of(opened)
        inside = page.area.widget()
        assert inside.width() <= page.area.viewport().width()
        if scale == 1:
            assert page.area.verticalScrollBar().maximum() == 0, "the first screen shows it all"
        opened.until(lambda: not _cut(inside))
        page.show_tables(on=True)
        assert not opened.window.grab().isNull()
        page.show_tables(on=False)
        assert not opened.window.grab().isNull()


def _cut(inside: QWidget) -> list[str]:
    """Words that have less room than they need and are not marked with an ellipsis."""
    labels = [label for label in inside.findChildren(QLabel) if label.isVisible() and label.text()]
    return [
        label.text()
        for label in labels
        if not isinstance(label, ElidedLabel) and label.width() < label.minimumSizeHint().width()
    ]


def test_customers_words_are_plain_text(shown: Shown) -> None:
    page = page_of(shown)
    cells = [line.cells[1].text for line in page.missed.table.sheet().lines]
    assert EVIL in cells
    row = cells.index(EVIL)
    table = page.missed.table
    spot = table.visualRect(table.breach_model().index(row, 1)).center()
    event = QHelpEvent(QHelpEvent.Type.ToolTip, spot, table.viewport().mapToGlobal(spot))
    QApplication.sendEvent(table.viewport(), event)
    assert "&lt;b&gt;Juniper" in QToolTip.text()
    QToolTip.hideText()


def test_charts_say_in_a_tooltip_what_is_under_the_pointer(shown: Shown) -> None:
    chart = page_of(shown).when.chart
    assert isinstance(chart, WeekGrid)
    mark = chart.marks()[0]
    spot = mark.rect.center().toPoint()
    event = QHelpEvent(QHelpEvent.Type.ToolTip, spot, chart.mapToGlobal(spot))
    QApplication.sendEvent(chart, event)
    assert mark.says in QToolTip.text()
    QToolTip.hideText()
    QApplication.sendEvent(
        chart, QHelpEvent(QHelpEvent.Type.ToolTip, QPoint(1, 1), chart.mapToGlobal(QPoint(1, 1)))
    )


def test_very_long_periods_share_bars(month: Office) -> None:
    desk = month.at(MORGAN)
    of = period("custom", desk.now(), ZONE, date(2024, 1, 1), date(2026, 11, 24))
    found = summary(desk, of)
    bars = charts.per_day_bars(found, date(2026, 11, 24))
    assert len(bars) <= charts.MOST_BARS
    assert sum(bar.whole for bar in bars) == found.tiles.missed
    assert charts.per_day_title(found) == "Missed per 11 days"


def test_bars_stay_in_their_place_however_many_were_missed() -> None:
    look = PaperLook()
    image = QImage(400, 200, QImage.Format.Format_RGB32)
    painter = QPainter(image)
    for most in (0, 1, 4, 5, 37, 1200):
        bars = [Bar(most, most // 2, most, "x") for _ in range(31)]
        rect = image.rect().toRectF()
        found = places(rect, bars, look)
        assert found.top >= most + most // 2
        assert rect.contains(QPointF(found.bar(30, 0, most + most // 2).topRight()))
        draw_per_day(painter, rect, bars, look)
    painter.end()


# files


def test_ctrl_e_offers_both_files(shown: Shown) -> None:
    page = page_of(shown)
    shown.key(Qt.Key.Key_E, Qt.KeyboardModifier.ControlModifier)
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    assert [action.text().split(",")[0] for action in menu.actions()] == ["CSV", "PDF"]
    QTest.keyClick(menu, Qt.Key.Key_Return)
    shown.until(lambda: page.findChild(QFileDialog) is not None)
    dialog = page.findChild(QFileDialog)
    assert isinstance(dialog, QFileDialog)
    assert dialog.nameFilters() == [CSV, CSV_BOM]
    assert "breach-summary-2026-11-01-to-2026-11-24.csv" in dialog.selectedFiles()[0]
    dialog.close()


def test_the_csv_says_what_the_screen_says(shown: Shown, tmp_path: Path) -> None:
    page, file = page_of(shown), tmp_path / "out.csv"
    page.exports.write_csv(file, bom=True)
    shown.until(lambda: "Wrote out.csv" in shown.window.toast.text())
    assert file.read_bytes().startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(file.read_text(encoding="utf-8-sig"))))
    guarantees = [row for row in rows if row["kind"] == PromiseKind.GUARANTEE]
    missed = [row for row in guarantees if row["missed"] == "yes"]
    tiles = figures(shown).tiles
    assert (len(guarantees), len(missed)) == (tiles.due, tiles.missed)
    assert sum(int(row["credited"]) for row in missed) == tiles.credited
    assert {row["account"] for row in rows} >= {EVIL}


def test_a_toast_offers_the_folder(shown: Shown, tmp_path: Path) -> None:
    page_of(shown).exports.write_csv(tmp_path / "out.csv")
    shown.until(lambda: bool(shown.window.toast.text()))
    assert shown.window.toast.focus_toast()
    assert shown.focus().accessibleName() == "Show in folder"


@pytest.mark.parametrize(("chosen", "size"), [(A4, (595, 842)), (LETTER, (612, 792))])
def test_the_pdf_says_what_the_screen_says(
    shown: Shown, tmp_path: Path, chosen: str, size: tuple[int, int]
) -> None:
    theme().choose(Appearance.DARK)  # paper stays light
    page, file = page_of(shown), tmp_path / "out.pdf"
    page.exports.write_pdf(file, letter=chosen == LETTER)
    shown.until(lambda: "Wrote out.pdf" in shown.window.toast.text())
    reader = PdfReader(file)
    box = reader.pages[0].mediabox
    assert (round(box.width), round(box.height)) == size
    first, rest = _text(reader, 0), "".join(_text(reader, at) for at in range(1, len(reader.pages)))
    for tile in page.tiles.values():
        for part in (tile.words().title, tile.words().figure, tile.words().beside, tile.words().change):
            assert _bare(part) in first, part
    for bar in page.priority.causes.bars():
        assert _bare(f"{bar.words}{bar.count}") in first
    for sheet in (page.priority.table.sheet(), page.missed.table.sheet()):
        for line in sheet.lines:
            assert "".join(_bare(cell.text) for cell in line.cells) in rest
    assert _bare(page.missed.sums.text()) in rest
    made = "generated Tue 24 Nov 2026, 2:28 PM Eastern · policy version 1"
    for number in range(len(reader.pages)):
        foot = f"1–24 November 2026, Eastern · All accounts · {made}"
        assert _bare(foot) in _text(reader, number)
        assert _bare(f"page {number + 1} of {len(reader.pages)}") in _text(reader, number)


def _text(reader: PdfReader, page: int) -> str:
    return _bare(reader.pages[page].extract_text())


def _bare(text: str) -> str:
    return "".join(text.split())


def test_long_tables_go_on_on_further_pages_with_their_heads(found: Summary) -> None:
    many = replace(found, missed=tuple(replace(found.missed[0], ticket_id=20_000 + at) for at in range(120)))
    made, pages = print_summary.rendered(many, TIMES, "All accounts", letter=False, at=found.at)
    assert pages >= 4
    reader = PdfReader(io.BytesIO(made))
    assert len(reader.pages) == pages
    told = "".join(_text(reader, at) for at in range(pages))
    assert all(str(20_000 + at) in told for at in range(120))
    for page in range(2, pages):
        assert "Missedguarantees(120),continued" in _text(reader, page)


def test_paper_is_white_in_every_look(found: Summary) -> None:
    theme().choose(Appearance.DARK)
    look = PaperLook()
    image = QImage(800, 1150, QImage.Format.Format_RGB32)
    image.fill(Qt.GlobalColor.white)
    painter = QPainter(image)
    for part in print_summary.laid_out(found, TIMES, look, 1150, at=found.at, filters="All accounts")[0]:
        part.draw(painter, look, part.rect)
    painter.end()
    dark = sum(image.pixelColor(x, y).lightness() < 60 for x in range(0, 780, 7) for y in range(0, 1120, 7))
    assert dark < 0.04 * (780 / 7) * (1120 / 7)


def test_a_file_that_cannot_be_written_is_said_in_a_sentence(shown: Shown, tmp_path: Path) -> None:
    page = page_of(shown)
    for write in (page.exports.write_csv, page.exports.write_pdf):
        page.message.hide()
        write(tmp_path / "nowhere" / "out")
        shown.until(page.message.isVisible)
        assert "could not be written" in page.message.text()
    with pytest.raises(Invalid):
        deeds.write_csv(figures(shown), tmp_path, bom=False)


# words


@pytest.mark.parametrize(
    ("met", "due", "says"),
    [
        (0, 0, "–"),
        (17, 18, "17 of 18"),
        (19, 19, "19 of 19"),
        (20, 20, "100.0%"),
        (482, 498, "96.7%"),
        (1999, 2000, "99.9%"),
    ],
)
def test_shares(met: int, due: int, says: str) -> None:
    assert words.share(met, due) == says


@pytest.mark.parametrize(
    ("first", "last", "says"),
    [
        (date(2026, 11, 1), date(2026, 11, 24), "1–24 Nov"),
        (date(2026, 11, 24), date(2026, 11, 24), "24 Nov"),
        (date(2026, 10, 28), date(2026, 11, 3), "28 Oct – 3 Nov"),
        (date(2025, 11, 1), date(2025, 11, 24), "1–24 Nov 2025"),
        (date(2025, 12, 28), date(2026, 1, 3), "28 Dec 2025 – 3 Jan 2026"),
    ],
)
def test_spans_of_days(first: date, last: date, says: str) -> None:
    assert words.short_span(first, last, 2026) == says


def test_change_is_said_with_sign_and_verdict(found: Summary) -> None:
    now = replace(found.tiles, due=498, met=482, missed_begin=11, missed_plan=5, credited=71)
    before = replace(found.before, due=500, met=478, missed_begin=15, missed_plan=7, credited=60)
    met, missed, credited, *_ = words.tile_words(replace(found, tiles=now, before=before))
    assert (met.figure, met.beside, met.change) == ("96.7%", "482 of 498", "+1.1 pts better, was 95.6%")
    assert (missed.delta, missed.delta_ink, missed.delta_icon) == ("−6", "met_text", "trending-down")
    assert (credited.delta, credited.delta_ink, credited.verdict) == ("+11", "missed_text", "worse,")


def test_the_priority_table_ends_with_all(found: Summary) -> None:
    *_, whole = priority_sheet(found).lines
    assert whole.total
    assert whole.cells[1].text == str(found.tiles.due)
    assert whole.cells[6].text == str(found.tiles.credited)
