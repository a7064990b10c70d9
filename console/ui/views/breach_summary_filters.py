"""The bar above the breach summary: period, comparison, filters, and the two exports."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from PySide6.QtCore import QDate, QPoint, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QDateEdit, QFrame, QGridLayout, QMenu, QSizePolicy, QVBoxLayout, QWidget

from console.policy.terms import Priority, SupportOption
from console.ui import icons
from console.ui.models import breach_words as words
from console.ui.theme import theme
from console.ui.widgets.buttons import Button
from console.ui.widgets.cards import row
from console.ui.widgets.fields import ComboBox, Labelled
from console.ui.widgets.labels import CaptionLabel, PlainLabel
from console.ui.widgets.paint import rounded
from console.ui.widgets.tabs import SegmentedTabs, Tab

if TYPE_CHECKING:
    from console.services.summary import Filters

UNCLAIMED = "Unclaimed"
_OWN_ARROW = "QDateEdit::drop-down { border: 0; } QDateEdit::down-arrow { image: none; }"


@dataclass(frozen=True, slots=True)
class Choices:
    """What the filters offer: accounts and options by id and words, the owners' names."""

    accounts: tuple[tuple[int, str], ...] = ()
    options: tuple[tuple[SupportOption, str], ...] = ()
    owners: tuple[str, ...] = ()

    def account(self, account_id: int | None) -> str:
        """The account's name."""
        return dict(self.accounts).get(account_id or 0, f"Account {account_id}")

    def option_words(self) -> dict[str, str]:
        """Each option's words."""
        return {option.value: title for option, title in self.options}


class Choice(Button):
    """A quieter button that opens choices."""

    def __init__(self, text: str, *, icon: str | None = None) -> None:
        super().__init__(text, icon=icon, menu_arrow=True)

    def _role(self) -> str:
        return "caption_medium"

    def _padding(self) -> int:
        return theme().px(9)

    def _draw_ground(self, painter: QPainter, rect: QRectF, radius: float) -> None:
        hot = self.underMouse() or self.isDown()
        rounded(
            painter, rect, radius, fill="hover" if hot else "surface", line="line", width=theme().line_width
        )


class DateField(QDateEdit):
    """One day: typed, stepped with the arrow keys, or picked from a calendar."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self.setDisplayFormat("d MMM yyyy")
        self.setCalendarPopup(True)
        self.setStyleSheet(_OWN_ARROW)
        self.setMinimumDate(QDate(2000, 1, 1))
        self.setKeyboardTracking(False)
        self.lineEdit().setProperty("bare", True)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        usual = super().sizeHint()
        return QSize(
            theme().metrics("body").horizontalAdvance("30 Sept 2026") + theme().px(44), usual.height()
        )

    def day(self) -> date:
        """The day shown."""
        shown = self.date()
        return date(shown.year(), shown.month(), shown.day())

    def show_day(self, day: date) -> None:
        """Another day, without telling."""
        self.blockSignals(True)
        self.setDate(QDate(day.year, day.month, day.day))
        self.blockSignals(False)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        painter = QPainter(self)
        size = theme().px(14)
        left, top = self.width() - size - theme().px(8), (self.height() - size) / 2
        icons.draw(painter, "chevron-down", "text2", left, top, size)
        painter.end()

    def show_fault(self, *, wrong: bool) -> None:
        """A red border while the two days do not make a period."""
        self.setProperty("invalid", wrong)
        self.style().unpolish(self)
        self.style().polish(self)


class FilterPanel(QFrame):
    """Account, option, priority and owner in a small panel under its button. ``chosen`` says that one changed."""

    chosen = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setAccessibleName("Filters")
        self.account, self.option = ComboBox("Account"), ComboBox("Support option")
        self.priority, self.owner = ComboBox("Priority"), ComboBox("Owner")
        self.clear = Button("Clear filters", compact=True)
        self.clear.clicked.connect(self._on_clear)
        column = QVBoxLayout(self)
        pad = theme().px(14)
        column.setContentsMargins(pad, pad, pad, pad)
        column.setSpacing(theme().px(10))
        self._boxes = (self.account, self.option, self.priority, self.owner)
        for title, field in zip(("Account", "Support option", "Priority", "Owner"), self._boxes, strict=True):
            column.addWidget(Labelled(title, field))
            field.setMinimumWidth(theme().px(240))
            field.activated.connect(self._on_activated)
        column.addLayout(row(None, self.clear))
        self._choices: Choices | None = None
        self.show_choices(Choices())

    def show_choices(self, choices: Choices) -> None:
        """Other accounts, options and owners; what was chosen stays chosen when it is still there."""
        if choices == self._choices:
            return
        self._choices = choices
        _fill(self.account, "All accounts", choices.accounts)
        _fill(self.option, "All support options", choices.options)
        _fill(
            self.priority, "All priorities", [(each, each.value.capitalize()) for each in reversed(Priority)]
        )
        owners = [("", UNCLAIMED), *((name, name) for name in choices.owners)]
        _fill(self.owner, "All owners", owners)

    def filters(self) -> Filters:
        """What is chosen."""
        from console.services.summary import Filters

        return Filters(
            account_id=self.account.currentData(),
            option=self.option.currentData(),
            priority=self.priority.currentData(),
            owner=self.owner.currentData(),
        )

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.close()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        rounded(painter, self.rect().toRectF(), 0, fill="raised", line="line_strong")
        painter.end()

    def _on_activated(self, _index: int) -> None:
        self.chosen.emit()

    def _on_clear(self) -> None:
        for field in self._boxes:
            field.setCurrentIndex(0)
        self.chosen.emit()


def _fill(field: ComboBox, everything: str, items: Sequence[tuple[object, str]]) -> None:
    before = field.currentData()
    field.clear()
    field.addItem(everything, None)
    for value, title in items:
        field.addItem(title, value)
    values = [None, *(value for value, _ in items)]
    field.setCurrentIndex(values.index(before) if before in values else 0)


class SummaryBar(QWidget):
    """``period_chosen`` carries the period's name (str), ``days_chosen`` follows the two date fields, ``compare``
    carries "before" or "year", ``filtered`` the filters, ``csv`` and ``pdf`` ask for the files.
    """

    period_chosen = Signal(object)
    days_chosen = Signal()
    compare = Signal(object)
    filtered = Signal(object)
    csv = Signal()
    pdf = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        tabs = tuple(Tab(name, title) for name, title in words.PERIODS.items())
        self.periods = SegmentedTabs(tabs, name="Period")
        self.compared = Choice("compared with", icon="git-compare-arrows")
        self.filter = Choice("All accounts")
        self.csv_button, self.pdf_button = Button("CSV", icon="table"), Button("PDF", icon="file-text")
        self.first, self.last = DateField("First day"), DateField("Last day")
        self.fault = CaptionLabel("", "missed_text")
        self.panel = FilterPanel(self)
        self._days = self._made_days()
        self._choices, self._exports = QWidget(), QWidget()
        self._choices.setLayout(row(self.compared, self.filter, None))
        self._exports.setLayout(row(None, self.csv_button, self.pdf_button))
        self._grid = QGridLayout(self)
        self._narrow: bool | None = None
        self._showing = False
        self._arranged(narrow=False)
        self._connect()

    def set_narrow(self, *, narrow: bool) -> None:
        """Comparison and filters on a line of their own when there is little room."""
        if narrow != self._narrow:
            self._arranged(narrow=narrow)

    def show_days(self, first: date, last: date, today: date) -> None:
        """The days of the period now shown; later ones than ``today`` cannot be chosen."""
        self._showing = True
        for field in (self.first, self.last):
            field.setMaximumDate(QDate(today.year, today.month, today.day))
        self.first.show_day(first)
        self.last.show_day(last)
        self._showing = False
        self.show_fault("")

    def show_custom(self, *, shown: bool) -> None:
        """The two date fields, for a period of one's own."""
        self._days.setVisible(shown)

    def show_fault(self, sentence: str) -> None:
        """Why the two days make no period."""
        self.fault.setText(sentence)
        self.fault.setVisible(bool(sentence))
        for field in (self.first, self.last):
            field.show_fault(wrong=bool(sentence))

    def _made_days(self) -> QWidget:
        days = QWidget()
        start, to = PlainLabel("From", "caption_medium", "text2"), PlainLabel("to", "caption_medium", "text2")
        days.setLayout(row(start, self.first, to, self.last, self.fault, None))
        days.hide()
        return days

    def _arranged(self, *, narrow: bool) -> None:
        self._narrow = narrow
        grid, px = self._grid, theme().px
        while grid.takeAt(0) is not None:
            pass
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(px(8))
        grid.setVerticalSpacing(px(8))
        self._choices.setContentsMargins(0 if narrow else px(6), 0, 0, 0)
        left = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        grid.addWidget(self.periods, 0, 0, 1, 3 if narrow else 1, left)
        grid.addWidget(self._choices, 1 if narrow else 0, 0 if narrow else 1)
        grid.addWidget(self._exports, 1 if narrow else 0, 2)
        grid.addWidget(self._days, 2, 0, 1, 3)
        grid.setColumnStretch(1, 1)

    def _connect(self) -> None:
        self.periods.chosen.connect(self.period_chosen)
        self.first.dateChanged.connect(self._on_days)
        self.last.dateChanged.connect(self._on_days)
        self.compared.clicked.connect(self._on_compare)
        self.filter.clicked.connect(self._on_filter)
        self.panel.chosen.connect(self._on_chosen)
        self.csv_button.clicked.connect(self.csv)
        self.pdf_button.clicked.connect(self.pdf)

    def _on_days(self) -> None:
        if not self._showing:
            self.days_chosen.emit()

    def _on_compare(self) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        before, year = (
            menu.addAction("The same number of days before"),
            menu.addAction("The same days a year before"),
        )
        before.triggered.connect(self._on_before)
        year.triggered.connect(self._on_year)
        menu.popup(self.compared.mapToGlobal(QPoint(0, self.compared.height() + 2)))

    def _on_before(self) -> None:
        self.compare.emit("before")

    def _on_year(self) -> None:
        self.compare.emit("year")

    def _on_filter(self) -> None:
        self.panel.adjustSize()
        self.panel.move(self.filter.mapToGlobal(QPoint(0, self.filter.height() + 2)))
        self.panel.show()
        self.panel.account.setFocus(Qt.FocusReason.PopupFocusReason)

    def _on_chosen(self) -> None:
        self.filtered.emit(self.panel.filters())
