"""The two tables at the foot of the breach summary in their cards: by priority with causes, and missed guarantees."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QWidget

from console.ui import format as fmt
from console.ui.models import breach_words as words
from console.ui.models.breach_model import Sheet
from console.ui.models.breach_sheets import MISSED_COLUMNS, PRIORITY_COLUMNS, priority_sheet
from console.ui.theme import theme
from console.ui.views import breach_summary_charts as charts
from console.ui.views.breach_summary_parts import Twin
from console.ui.views.breach_summary_table import SummaryTable
from console.ui.views.charts.causes import CausesChart
from console.ui.widgets.cards import Card, Rule, row
from console.ui.widgets.chips import Chip
from console.ui.widgets.labels import CaptionLabel, ElidedLabel, IconLabel, LinkLabel, PlainLabel

if TYPE_CHECKING:
    from console.services.summary import Summary


class PriorityCard(Card):
    """Due, missed, met, median start and credits by priority; below it the causes."""

    picked = Signal(object, object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("panel", padding=13, spacing=4, parent=parent)
        self.table = SummaryTable("By priority", Sheet(PRIORITY_COLUMNS), row_height=32, whole=True)
        self.causes = CausesChart()
        self.twin = Twin(self.causes, whole=True)
        self.body.addWidget(PlainLabel("By priority", "section"))
        self.body.addWidget(self.table)
        self.body.addWidget(PlainLabel("Causes", "section"))
        self.body.addWidget(self.twin)
        self.body.addStretch(1)
        self.table.picked.connect(self.picked)
        self.twin.picked.connect(self.picked)

    def show_summary(self, summary: Summary) -> None:
        """Other figures."""
        self.table.show_sheet(priority_sheet(summary))
        bars = charts.cause_bars(summary)
        self.causes.show_causes(bars, charts.cause_sentence(bars))
        self.twin.show_sheet(charts.cause_sheet(bars))


class MissedCard(Card):
    """Every missed guarantee, and whether all that is owed for them was credited."""

    opened = Signal(object)
    picked = Signal(object, object)
    reconcile = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("panel", padding=13, spacing=4, parent=parent)
        self._summary: Summary | None = None
        self.count = Chip("0", "dark")
        self.open_all = LinkLabel("Open all in the queue")
        self._arrow = IconLabel("arrow-up-right", "link", 14)
        self.table = SummaryTable("Missed guarantees", Sheet(MISSED_COLUMNS), row_height=30, by_rows=True)
        self.none = CaptionLabel("", "text2")
        self.none.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._check = IconLabel("check", "met_text")
        self.sums = ElidedLabel("", "caption", "text")
        self.link = LinkLabel("Reconcile", "caption_medium")
        title = PlainLabel("Missed guarantees", "section")
        self.body.addLayout(row(title, self.count, None, self.open_all, self._arrow))
        self.body.addWidget(self.table, 1)
        self.body.addWidget(self.none, 1)
        self.body.addWidget(Rule())
        foot = row(self._check, spacing=8)
        foot.addWidget(self.sums, 1)
        foot.addWidget(self.link)
        self.body.addLayout(foot)
        for part in (self.open_all, self._arrow, self._check, self.link, self.count):
            part.hide()
        self.table.opened.connect(self.opened)
        self.open_all.clicked.connect(self._on_open_all)
        self.link.clicked.connect(self._on_link)

    def show_summary(self, summary: Summary, sheet: Sheet, *, filtered: bool) -> None:
        """Other rows; ``filtered`` when the search narrowed them."""
        self._summary = summary
        self.table.show_sheet(sheet)
        found, whole = len(sheet.lines), len(summary.missed)
        self.count.show_words(f"{found} of {whole}" if filtered else fmt.number(whole))
        self.table.setVisible(bool(sheet.lines))
        self.none.setVisible(not sheet.lines)
        self.none.setText("No missed guarantee matches the search." if whole else "No guarantee was missed.")
        for part in (self.open_all, self._arrow):
            part.setVisible(bool(whole))
        self._check.show()
        self.link.show()
        self.count.show()
        self._show_sums(summary)

    def _show_sums(self, summary: Summary) -> None:
        sums = summary.reconciliation
        ink = "text" if sums.adds_up else "missed_text"
        self._check.show_icon(
            "check" if sums.adds_up else "circle-x", "met_text" if sums.adds_up else "missed_text"
        )
        self.sums.setText(words.reconciliation(summary))
        self.sums.set_ink(ink)
        self.link.setText("Reconcile" if sums.adds_up else "Show")
        self.link.setAccessibleName(
            "Reconcile: add up every entry again"
            if sums.adds_up
            else "Show the tickets that are not credited"
        )

    def _on_open_all(self) -> None:
        if self._summary is not None:
            self.picked.emit(words.ids(self._summary.missed), "Missed guarantees")

    def _on_link(self) -> None:
        sums = self._summary.reconciliation if self._summary is not None else None
        if sums is None or sums.adds_up:
            self.reconcile.emit()
        else:
            self.picked.emit(frozenset(sums.unsettled), "Owed and not credited")

    def _on_theme_changed(self) -> None:
        """Links bring their own air: less of it at the edges."""
        super()._on_theme_changed()
        px = theme().px
        self.body.setContentsMargins(px(13), px(8), px(13), px(3))
