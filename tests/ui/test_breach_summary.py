"""The breach summary at a real desk: by keyboard, in both looks and at both text sizes, on paper and in files."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from PySide6.QtCore import QDate, QPoint, Qt
from PySide6.QtGui import QHelpEvent
from PySide6.QtTest import QAbstractItemModelTester, QTest
from PySide6.QtWidgets import QApplication, QMenu, QToolTip, QWidget
from pytestqt.qtbot import QtBot

from console.policy.errors import Unavailable
from console.policy.terms import Priority
from console.services import progress
from console.services.summary import Filters, Summary
from console.services.sweep import sweep
from console.ui.models import breach_words as words
from console.ui.models.breach_model import BreachModel
from console.ui.views import breach_summary_charts as charts
from console.ui.views import breach_summary_deeds as deeds
from console.ui.views.breach_summary import BreachSummaryPage
from console.ui.views.breach_summary_deeds import Wish
from console.ui.views.breach_summary_filters import Choices
from console.ui.views.breach_summary_table import SummaryTable
from console.ui.views.charts.chart import Chart
from console.ui.views.charts.per_day import PerDayChart
from console.ui.views.charts.week_grid import WeekGrid
from tests.support.desks import MORGAN, NOON, HandClock, Office, office
from tests.support.month import EVIL, TIMES, month_in
from tests.support.windows import Shown, window_at


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A month with four misses on three tickets, two causes, a demotion, a goal missed, and October before it."""
    return month_in(tmp_path_factory.mktemp("month") / "console.sqlite3")


@pytest.fixture
def month(filled: bytes, tmp_path: Path) -> Iterator[Office]:
    """An office at a fresh copy of that month."""
    file = tmp_path / "console.sqlite3"
    file.write_bytes(filled)
    with office(f"sqlite:///{file}", HandClock(NOON)) as opened:
        yield opened


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
    table = page.missed.table
    shown.until(lambda: not shown.wiring.background.busy())
    table.setFocus(Qt.FocusReason.TabFocusReason)
    shown.until(table.hasFocus)
    table.setCurrentIndex(table.breach_model().index(0, 0))
    row = table.breach_model().line(0)
    assert row is not None
    QTest.keyClick(table, Qt.Key.Key_Return)
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


def test_the_strip_opens_the_ticket_at_risk(shown: Shown) -> None:
    page = page_of(shown)
    ahead = figures(shown).today.next_at_risk
    assert ahead is not None
    page.strip.opened.emit(ahead.row.id)
    shown.until(lambda: shown.pane.ticket_id == ahead.row.id)


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


# words and pointers


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
