"""The SLA breach summary: what was promised, kept and missed in a period, always in the policy's zone (policy §5)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, cast
from zoneinfo import ZoneInfo

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QScrollArea, QVBoxLayout, QWidget

from console.policy.errors import Problem
from console.ui.actions import Commands
from console.ui.context import Context
from console.ui.format import Times
from console.ui.models import breach_words as words
from console.ui.models.breach_sheets import missed_sheet
from console.ui.page import Hints, Page
from console.ui.theme import theme
from console.ui.views import breach_summary_charts as charts
from console.ui.views import breach_summary_deeds as deeds
from console.ui.views.breach_summary_cards import MissedCard, PriorityCard
from console.ui.views.breach_summary_deeds import Loaded, Wish
from console.ui.views.breach_summary_export import Exports
from console.ui.views.breach_summary_filters import SummaryBar
from console.ui.views.breach_summary_parts import ChartCard, Empty, Legend, Tile, TodayStrip
from console.ui.views.charts.per_day import PerDayChart
from console.ui.views.charts.week_grid import WeekGrid
from console.ui.widgets.messages import MessageBar

if TYPE_CHECKING:
    from console.services.desk import Changed, Desk
    from console.services.summary import Filters, Summary

WIDE_FROM, TILES_FROM = 1000, 620
#: How long a reading may take before the last figures turn grey.
GREY_AFTER_MS = 300
#: Changes of tickets are gathered this long before the figures are read again.
GATHER_MS = 700
FROM_SUMMARY = "from the summary"


class BreachSummaryPage(Page):
    """One page: period and filters, today, tiles, charts, tables. Every figure opens the tickets behind it."""

    def __init__(self, context: Context, commands: Commands, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context, self._commands = context, commands
        self._wish = Wish()
        self._loaded: Loaded | None = None
        self._text, self._at = "", context.heartbeat.now()
        self._asking, self._ask_again, self._in_front, self._tables = False, False, False, False
        self.bar = SummaryBar()
        self.message = MessageBar("missed")
        self.message.hide()
        self.strip = TodayStrip()
        self.tiles: dict[str, Tile] = {}
        self.per_day = ChartCard(PerDayChart(), legend := Legend())
        self.legend = legend
        self.when = ChartCard(WeekGrid(), note=" ")
        self.priority = PriorityCard()
        self.missed = MissedCard()
        self.empty = Empty()
        self.exports = Exports(context, self)
        self.area = QScrollArea()
        self._tile_grid, self._chart_grid, self._table_grid = QGridLayout(), QGridLayout(), QGridLayout()
        self._columns = 0
        self._grey_timer, self._gather_timer = QTimer(self), QTimer(self)
        self._build()
        self._connect()

    # what the window asks

    def title(self) -> str:
        return "SLA breach summary"

    def count_text(self) -> str:
        if self._loaded is None:
            return ""
        return f"{words.long_span(self._loaded.summary.period)}, {self._times().policy_name}"

    def search_placeholder(self) -> str:
        return "Search tickets, accounts, causes"

    def status_text(self) -> str:
        return f"Figures as of {self._times().policy_clock(self._loaded.summary.at)}" if self._loaded else ""

    def hints(self) -> Hints:
        names = (("export", "export"), ("palette", "commands"), ("keys", "all keys"))
        stepping = self._commands.key("earlier")
        step = ((f"{stepping} / {self._commands.key('later')}", "previous, next period"),) if stepping else ()
        more = tuple((key, says) for name, says in names if (key := self._commands.sequence(name)))
        return (("Return", "open tickets"), *step, *more)

    def activated(self, _item: str) -> None:
        self._in_front = True
        self._bind()
        self.refresh()

    def left(self) -> None:
        self._in_front = False
        for name in ("export", "pdf", "earlier", "later", "chart_table"):
            self._commands.release(name)

    def search(self, text: str) -> None:
        if text != self._text:
            self._text = text
            self._show_missed()

    def focus_first(self) -> None:
        last = cast("QWidget | None", self.focusWidget())
        (last if last is not None and last.isVisible() else self.missed.table).setFocus(
            Qt.FocusReason.OtherFocusReason
        )

    def panes(self) -> tuple[QWidget, ...]:
        return (self.bar, self.per_day, self.priority, self.missed)

    # what is shown

    def summary(self) -> Summary | None:
        """The figures on screen."""
        return self._loaded.summary if self._loaded else None

    def wish(self) -> Wish:
        """Which summary was asked for last."""
        return self._wish

    def at(self) -> datetime:
        """The instant up to which open misses are counted late on screen."""
        return self._at

    def loaded(self) -> Loaded | None:
        """The last reading."""
        return self._loaded

    def ask(self, wish: Wish) -> None:
        """Another period, comparison or filter."""
        if wish != self._wish:
            self._wish = wish
            self.refresh()

    def refresh(self) -> None:
        """Reads the figures; one reading at a time, the last wish wins."""
        if self._asking:
            self._ask_again = True
            return
        wish = self._wish
        task = self._context.read(
            lambda desk: deeds.load(desk, wish), self._on_loaded, self._on_failed, owner=self
        )
        self._asking = task is not None
        if task is not None:
            task.finished.connect(self._on_finished)
            if not self._grey_timer.isActive():
                self._grey_timer.start()

    def step(self, by: int) -> None:
        """The period before (1) or after (-1)."""
        if not self._why_not_later() or by > 0:
            self.ask(replace(self._wish, back=self._wish.back + by))

    def show_tables(self, *, on: bool) -> None:
        """Charts as tables, or as charts again."""
        self._tables = on
        for twin in (self.per_day.twin, self.when.twin, self.priority.twin):
            twin.as_table(on=on)

    def pick(self, ids: frozenset[int], title: str) -> None:
        """Opens exactly these tickets in the queue."""
        if ids:
            self._context.show_tickets(ids, f"{title}, {FROM_SUMMARY}")

    # reading

    def _on_loaded(self, loaded: Loaded) -> None:
        if loaded.wish == self._wish:
            self.message.hide()
            self._show(loaded)

    def _on_finished(self) -> None:
        """One reading is over, whatever became of it."""
        self._asking = False
        self._grey_timer.stop()
        if self._ask_again:
            self._ask_again = False
            self.refresh()

    def _on_failed(self, problem: Problem) -> None:
        self._ask_again = False
        self.message.show_message(problem.message, actions=(("Try again", self.refresh),))
        self._grey()

    def _grey(self) -> None:
        if self._loaded is not None:
            as_of = f"as of {self._times().policy_clock(self._loaded.summary.at)}"
            for tile in self.tiles.values():
                tile.grey(as_of)

    def _on_changed(self, _changed: Changed) -> None:
        if self._in_front:
            self._gather_timer.start()

    def _on_desk_opened(self, _desk: Desk) -> None:
        """Another database: nothing of the last one is kept."""
        self._loaded, self._wish = None, Wish()
        self.bar.periods.choose(self._wish.period)
        self._on_read_again()

    def _on_read_again(self) -> None:
        if self._in_front:
            self.refresh()

    def _on_tick(self, now: datetime) -> None:
        """Countdowns of the strip; a guarantee that passed or a new day asks for new figures."""
        if self._loaded is None or not self._in_front:
            return
        self._at = max(now, self._loaded.summary.at)
        self._show_today()
        summary = self._loaded.summary
        if any(row.still_open for row in summary.missed):
            self._show_missed()
        ahead = summary.today.next_at_risk
        zone = ZoneInfo(summary.period.zone)
        passed = ahead is not None and now > ahead.due_at
        if passed or now.astimezone(zone).date() != summary.at.astimezone(zone).date():
            self.refresh()

    # showing

    def _show(self, loaded: Loaded) -> None:
        self._loaded = loaded
        summary = loaded.summary
        self._at = summary.at
        self._show_bar(loaded)
        self._show_today()
        for tile in words.tile_words(summary):
            self.tiles[tile.id].show_words(tile, opens=bool(words.behind_tile(summary, tile.id)[0]))
        nothing = summary.tiles.due == 0
        self.empty.say(words.nothing_due(summary))
        self.empty.setVisible(nothing)
        for card in (self.per_day, self.when, self.priority, self.missed):
            card.setVisible(not nothing)
        self._show_charts(summary)
        self.priority.show_summary(summary)
        self._show_missed()
        self.told.emit()

    def _show_bar(self, loaded: Loaded) -> None:
        summary = loaded.summary
        today = summary.at.astimezone(ZoneInfo(summary.period.zone)).date()
        self.bar.compared.set_text(words.compared_with(summary))
        self.bar.panel.show_choices(loaded.choices)
        account = loaded.choices.account(summary.filters.account_id)
        self.bar.filter.set_text(words.filter_words(summary, account, loaded.choices.option_words()))
        self.bar.show_custom(shown=summary.period.name == "custom")
        self.bar.show_days(summary.period.first, summary.period.last, today)

    def _show_today(self) -> None:
        if self._loaded is not None:
            loaded = self._loaded
            self.strip.show_words(words.today_words(loaded.summary, self._at, loaded.act_now, loaded.soon))

    def _show_charts(self, summary: Summary) -> None:
        times = self._times()
        today = summary.at.astimezone(ZoneInfo(summary.period.zone)).date()
        bars = charts.per_day_bars(summary, today)
        self.per_day.show_title(charts.per_day_title(summary))
        self.legend.show_before(words.same_day_before(summary))
        chart = self.per_day.chart
        assert isinstance(chart, PerDayChart)
        chart.show_bars(bars, charts.per_day_sentence(summary))
        self.per_day.twin.show_sheet(charts.per_day_sheet(bars))
        grid, when = charts.week_grid(summary, times), self.when.chart
        assert isinstance(when, WeekGrid)
        when.show_grid(grid, charts.grid_sentence(grid))
        self.when.note.setText(f"{times.policy_name} time; grey is outside business hours")
        self.when.twin.show_sheet(charts.grid_sheet(grid))

    def _show_missed(self) -> None:
        if self._loaded is not None:
            summary = self._loaded.summary
            sheet = missed_sheet(summary, self._at, self._times(), self._text)
            self.missed.show_summary(summary, sheet, filtered=bool(self._text.strip()))

    def _times(self) -> Times:
        return words.policy_times(self._context.times)

    # building

    def _build(self) -> None:
        for tile in _no_figures():
            self.tiles[tile.id] = Tile(tile)
            self.tiles[tile.id].picked.connect(self._on_tile)
        inside = QWidget()
        column = QVBoxLayout(inside)
        for part in (self.bar, self.message, self.strip):
            column.addWidget(part)
        column.addLayout(self._tile_grid)
        column.addWidget(self.empty, 1)
        column.addLayout(self._chart_grid)
        column.addLayout(self._table_grid, 1)
        self.empty.hide()
        self._column = column
        self.area.setWidget(inside)
        self.area.setWidgetResizable(True)
        self.area.setFrameShape(QFrame.Shape.NoFrame)
        self.area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.area.viewport().setAutoFillBackground(False)
        inside.setAutoFillBackground(False)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self.area)
        for timer, after in ((self._grey_timer, GREY_AFTER_MS), (self._gather_timer, GATHER_MS)):
            timer.setSingleShot(True)
            timer.setInterval(after)
        self.bar.periods.choose(self._wish.period)
        for table in (self.missed.table, self.priority.table):
            table.letters = self._letters
        self._arrange()

    def _connect(self) -> None:
        self._grey_timer.timeout.connect(self._grey)
        self._gather_timer.timeout.connect(self.refresh)
        signals = self._context.signals
        signals.changed.connect(self._on_changed)
        signals.times_changed.connect(self._on_times_changed)
        signals.desk_opened.connect(self._on_desk_opened)
        signals.read_again.connect(self._on_read_again)
        self._context.heartbeat.tick.connect(self._on_tick)
        self.bar.period_chosen.connect(self._on_period)
        self.bar.days_chosen.connect(self._on_days)
        self.bar.compare.connect(self._on_compare)
        self.bar.filtered.connect(self._on_filtered)
        self.bar.csv.connect(self.exports.ask_csv)
        self.bar.pdf.connect(self.exports.ask_pdf)
        self.strip.opened.connect(self._context_open)
        for card in (self.per_day, self.when):
            card.picked.connect(self.pick)
        self.priority.picked.connect(self.pick)
        self.missed.picked.connect(self.pick)
        self.missed.opened.connect(self._context_open)
        self.missed.reconcile.connect(self._on_reconcile)
        theme().changed.connect(self._arrange)

    def _bind(self) -> None:
        handle = self._commands.handle
        handle("export", self.exports.ask_which, self._why_no_figures)
        handle("pdf", self.exports.ask_pdf, self._why_no_figures)
        handle("earlier", self._on_earlier)
        handle("later", self._on_later, self._why_not_later)
        handle("chart_table", self._on_chart_table)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def _arrange(self) -> None:
        """Side by side when there is room at this text size, else one under the other."""
        px = theme().px
        self._column.setContentsMargins(px(17), px(15), px(16), px(14))
        self._column.setSpacing(px(12))
        effective = self.width() / theme().scale
        wide = effective >= WIDE_FROM
        columns = 5 if wide else 3 if effective >= TILES_FROM else 2
        self.bar.set_narrow(narrow=not wide)
        self.strip.set_narrow(narrow=not wide)
        self._set_heights(wide=wide)
        if columns == self._columns:
            return
        self._columns = columns
        _place(self._tile_grid, list(self.tiles.values()), columns)
        _place(self._chart_grid, [self.per_day, self.when], 2 if wide else 1, (622, 564))
        _place(self._table_grid, [self.priority, self.missed], 2 if wide else 1, (486, 701))
        for grid in (self._tile_grid, self._chart_grid, self._table_grid):
            grid.setSpacing(px(12))

    def _set_heights(self, *, wide: bool) -> None:
        px = theme().px
        for card in (self.per_day, self.when):
            card.setFixedHeight(px(204 if wide else 230))
        self.missed.setMinimumHeight(px(300 if wide else 420))

    # acts

    def _on_period(self, name: str) -> None:
        if name != "custom":
            self.ask(replace(self._wish, period=name, back=0, first=None, last=None))
        elif self._loaded is not None:
            of = self._loaded.summary.period
            self.ask(replace(self._wish, period="custom", back=0, first=of.first, last=of.last))

    def _on_days(self) -> None:
        first, last = self.bar.first.day(), self.bar.last.day()
        if first > last:
            self.bar.show_fault("The first day is after the last.")
        else:
            self.bar.show_fault("")
            self.ask(replace(self._wish, period="custom", back=0, first=first, last=last))

    def _on_compare(self, how: str) -> None:
        self.ask(replace(self._wish, compare=how))

    def _on_filtered(self, filters: Filters) -> None:
        self.ask(replace(self._wish, filters=filters))

    def _on_tile(self, name: str) -> None:
        if self._loaded is not None:
            self.pick(*words.behind_tile(self._loaded.summary, name))

    def _on_earlier(self) -> None:
        self.step(1)

    def _on_later(self) -> None:
        self.step(-1)

    def _on_chart_table(self) -> None:
        self.show_tables(on=not self._tables)

    def _on_times_changed(self, _times: Times) -> None:
        if self._loaded is not None:
            self._show(self._loaded)

    def _context_open(self, ticket_id: int) -> None:
        self._context.open_ticket(ticket_id)

    def _on_reconcile(self) -> None:
        self._context.read(deeds.check, self._on_checked, owner=self)

    def _on_checked(self, differences: list[str]) -> None:
        if differences:
            more = f" and {len(differences) - 1} more" if len(differences) > 1 else ""
            self.message.show_message(f"{differences[0]}{more}. Tell an administrator.")
        elif self._context.toasts is not None:
            self._context.toasts.show_toast("Every entry was added up again: all balances and credits agree.")

    def _letters(self) -> bool:
        return bool(self._commands.sequence("next"))

    def _why_no_figures(self) -> str:
        return "" if self._loaded is not None else "The figures are not read yet"

    def _why_not_later(self) -> str:
        summary = self.summary()
        if self._wish.back > 0:
            return ""
        if self._wish.period == "custom" and summary is not None:
            zone = ZoneInfo(summary.period.zone)
            if (
                summary.period.last + (summary.period.last - summary.period.first)
                < summary.at.astimezone(zone).date()
            ):
                return ""
        return "This is the newest period"


def _place(grid: QGridLayout, parts: Sequence[QWidget], columns: int, widths: tuple[int, ...] = ()) -> None:
    """Puts ``parts`` into ``columns`` columns."""
    for part in parts:
        grid.removeWidget(part)
    for at in range(6):
        grid.setColumnStretch(at, 0)
    for at, part in enumerate(parts):
        grid.addWidget(part, at // columns, at % columns)
    for at in range(columns):
        grid.setColumnStretch(at, widths[at] if at < len(widths) else 1)


def _no_figures() -> tuple[words.TileWords, ...]:
    """The tiles before the first reading."""
    titles = {
        "met": "Guarantees met",
        "missed": "Missed",
        "credited": "Tokens credited back",
        "demoted": "Emergencies demoted",
        "goals": "Best effort, flat-rate",
    }
    icons = {"goals": "leaf"}
    return tuple(
        words.TileWords(name, title, "", "", "", icon=icons.get(name, "")) for name, title in titles.items()
    )
