"""Parts of the breach summary page: tiles that open their tickets, the strip of today, charts with table twins."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QSizePolicy, QStackedLayout, QVBoxLayout, QWidget

from console.ui.models.breach_model import Sheet
from console.ui.models.breach_words import TileWords, TodayWords
from console.ui.theme import theme
from console.ui.views.breach_summary_table import SummaryTable
from console.ui.views.charts.chart import Chart
from console.ui.views.charts.look import box, hatched
from console.ui.views.charts.per_day import BEFORE, BEGIN, PLAN
from console.ui.widgets.buttons import Button
from console.ui.widgets.cards import Card, StatTile, row
from console.ui.widgets.drawn import Drawn
from console.ui.widgets.labels import CaptionLabel, ElidedLabel, IconLabel, PlainLabel, safe_tooltip
from console.ui.widgets.paint import draw_text, focus_ring, restored, rounded

_NO_ROOM = QSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Ignored)


class Tile(StatTile):
    """One figure; a click or Enter opens the tickets behind it. ``picked`` carries the tile's id (str)."""

    picked = Signal(object)

    def __init__(self, words: TileWords, parent: QWidget | None = None) -> None:
        goal = words.id == "goals"
        super().__init__(
            words.title, kind="goal" if goal else "panel", icon=words.icon or None, parent=parent
        )
        self._words = words
        self._opens, self._stale = False, ""
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_words(self, words: TileWords, *, opens: bool) -> None:
        """Other figures; ``opens`` says whether there is a ticket behind them."""
        self._words, self._opens, self._stale = words, opens, ""
        self._show()

    def grey(self, as_of: str) -> None:
        """Newer figures are being read: the last ones stay, grey, ``as of`` then."""
        self._stale = as_of
        self._show()

    def is_grey(self) -> bool:
        """Whether the figures are the last ones while newer are being read."""
        return bool(self._stale)

    def words(self) -> TileWords:
        """What is shown."""
        return self._words

    def _show(self) -> None:
        words, grey = self._words, bool(self._stale)
        self.show_figure(words.figure, words.beside, ink="text_disabled" if grey else words.ink)
        if grey:
            self.show_below(self._stale)
        else:
            icon = words.delta_icon or None
            self.show_below(words.below, delta=words.delta, ink=words.delta_ink, icon=icon)
        self.setAccessibleName(words.says + (f", {self._stale}" if grey else ""))
        self.setToolTip(safe_tooltip("Open these tickets in the queue" if self._opens else ""))
        self.setCursor(Qt.CursorShape.PointingHandCursor if self._opens else Qt.CursorShape.ArrowCursor)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() is Qt.MouseButton.LeftButton and self._opens:
            self.picked.emit(self._words.id)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space) and self._opens:
            self.picked.emit(self._words.id)
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if not self.hasFocus() and not (self.underMouse() and self._opens):
            return
        painter = QPainter(self)
        if self.hasFocus():
            focus_ring(painter, self.rect().toRectF(), theme().px(8))
        else:
            rounded(
                painter, self.rect().toRectF(), theme().px(8), line="line_strong", width=theme().line_width
            )
        painter.end()


#: Line, column and width of the strip's parts: icon, head, detail, icon, risk, button.
_ON_ONE_LINE = ((0, 1, 1), (0, 2, 1), (0, 3, 1), (0, 4, 1), (0, 5, 1), (0, 6, 1))
_ON_THREE_LINES = ((0, 1, 1), (0, 2, 2), (1, 2, 2), (2, 1, 1), (2, 2, 1), (2, 3, 1))


class TodayStrip(Card):
    """The first thing read: missed today, still open, at risk next. ``opened`` carries a ticket's number."""

    opened = Signal(object)
    missed_picked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("panel", padding=8, spacing=4, parent=parent)
        self._open_id = 0
        self._icon = IconLabel("check", size=18)
        self._head = PlainLabel("", "strong")
        self._detail = ElidedLabel("", "body", "text2")
        self._risk_icon = IconLabel("clock", size=18)
        self._risk = ElidedLabel("", "strong", "text2")
        self._risk.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        self._button = Button("Open", icon="arrow-up-right", compact=True)
        self._button.clicked.connect(self._on_open)
        self._grid = QGridLayout()
        self._grid.setContentsMargins(0, 0, 0, 0)
        self.body.addLayout(self._grid)
        self._narrow: bool | None = None
        self.set_narrow(narrow=False)
        for part in (self._icon, self._risk_icon, self._button):
            part.hide()

    def set_narrow(self, *, narrow: bool) -> None:
        """On three lines when there is little room."""
        if narrow == self._narrow:
            return
        self._narrow = narrow
        parts: tuple[QWidget, ...] = (
            self._icon,
            self._head,
            self._detail,
            self._risk_icon,
            self._risk,
            self._button,
        )
        for part in parts:
            self._grid.removeWidget(part)
        self._grid.setHorizontalSpacing(theme().px(10))
        self._grid.setColumnMinimumWidth(0, theme().px(8))
        lines = _ON_THREE_LINES if narrow else _ON_ONE_LINE
        for part, (line, column, span) in zip(parts, lines, strict=True):
            self._grid.addWidget(part, line, column, 1, span)
        self._grid.setColumnStretch(3, 0 if narrow else 1)
        self._grid.setColumnStretch(2, 1 if narrow else 0)

    def show_words(self, words: TodayWords) -> None:
        """What the strip says now."""
        self.set_kind(words.kind)
        self._icon.show()
        self._risk_icon.show()
        self._icon.show_icon(words.icon, words.ink)
        self._head.setText(words.head)
        self._head.set_ink(words.ink)
        self._detail.setText(words.detail)
        self._risk_icon.show_icon(words.risk_icon, words.risk_ink)
        self._risk.setText(words.risk)
        self._risk.set_ink(words.risk_ink)
        self._open_id = words.open_id
        self._button.setVisible(bool(words.open_id))
        self._button.set_text(f"Open {words.open_id}")
        self.setAccessibleName(". ".join(part for part in (words.head, words.detail, words.risk) if part))

    def _on_open(self) -> None:
        self.opened.emit(self._open_id)


class Legend(Drawn):
    """What solid, hatched and the short line mean."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._entries = (("begin", "begin or respond"), ("plan", "resolve or plan"), ("before", "before"))

    def show_before(self, words: str) -> None:
        """What the short line stands for."""
        self._entries = (*self._entries[:2], ("before", words))
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        metrics, px = theme().metrics("caption"), theme().px
        width = sum(metrics.horizontalAdvance(words) + px(28) for _, words in self._entries) - px(10)
        return QSize(width, metrics.height() + px(4))

    def minimumSizeHint(self) -> QSize:
        return QSize(theme().px(60), self.sizeHint().height())

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        px, x, middle = theme().px, 0.0, self.height() / 2
        for kind, words in self._entries:
            place = QRectF(x, middle - px(5), px(10), px(10))
            if kind == "begin":
                box(painter, theme(), place, 2, fill=BEGIN)
            elif kind == "plan":
                hatched(painter, theme(), place, 2, fill=PLAN)
            else:
                with restored(painter):
                    painter.fillRect(QRectF(x, middle - 0.5, px(11), 1.6), theme().color(BEFORE))
            width = theme().metrics("caption").horizontalAdvance(words) + 2
            draw_text(
                painter, QRectF(x + px(16), 0, width, self.height()), words, role="caption", ink="text2"
            )
            x += width + px(28) - 2
        painter.end()


class ChartCard(Card):
    """A chart under its title, and the same figures as a table. ``picked`` carries tickets and their title."""

    picked = Signal(object, object)

    def __init__(
        self, chart: Chart, legend: QWidget | None = None, note: str = "", parent: QWidget | None = None
    ) -> None:
        super().__init__("panel", padding=13, spacing=8, parent=parent)
        self.chart = chart
        self.title = PlainLabel(chart.accessibleName(), "section")
        self.note = ElidedLabel(note, "caption", "text2")
        self.note.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Preferred)
        parts = [part for part in (legend, self.note if note else None) if part is not None]
        self.body.addLayout(row(self.title, None, *parts))
        self.twin = Twin(chart)
        self.twin.picked.connect(self.picked)
        self.body.addWidget(self.twin, 1)

    def show_title(self, title: str) -> None:
        """Another title, for the chart and its twin."""
        self.title.setText(title)
        self.chart.setAccessibleName(title)


class Twin(QWidget):
    """A chart and its table, one of them shown."""

    picked = Signal(object, object)

    def __init__(self, chart: Chart, *, whole: bool = False, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._chart = chart
        name = f"{chart.accessibleName()}, as a table"
        self.table = SummaryTable(name, Sheet(()), row_height=24, whole=whole)
        self._stack = QStackedLayout(self)
        self._stack.setContentsMargins(0, 0, 0, 0)
        self._stack.addWidget(chart)
        self._stack.addWidget(self.table)
        self._policies: dict[QWidget, QSizePolicy] = {
            chart: chart.sizePolicy(),
            self.table: self.table.sizePolicy(),
        }
        self._fit(on=False)
        chart.picked.connect(self.picked)
        self.table.picked.connect(self.picked)

    def show_sheet(self, sheet: Sheet) -> None:
        """The figures of the chart as a table."""
        self.table.show_sheet(sheet)

    def as_table(self, *, on: bool) -> None:
        """The table, or the chart; the focus stays with what is shown."""
        had = self._chart.hasFocus() or self.table.hasFocus()
        self._fit(on=on)
        self._stack.setCurrentWidget(self.table if on else self._chart)
        if had:
            shown: QWidget = self.table if on else self._chart
            shown.setFocus(Qt.FocusReason.OtherFocusReason)

    def _fit(self, *, on: bool) -> None:
        """Only what is in front asks for room."""
        for part, shown in ((self._chart, not on), (self.table, on)):
            policy = self._policies[part] if shown else _NO_ROOM
            part.setSizePolicy(policy)

    def shows_table(self) -> bool:
        """Whether the table is in front."""
        return self._stack.currentWidget() is self.table


class Empty(Card):
    """Instead of charts and tables when no guarantee was due."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("quiet", padding=24, spacing=6, parent=parent)
        self._sentence = PlainLabel("", "card_title")
        column = QVBoxLayout()
        column.setSpacing(theme().px(6))
        column.addWidget(IconLabel("check", "met_text", 24), 0, Qt.AlignmentFlag.AlignHCenter)
        column.addWidget(self._sentence, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addWidget(
            CaptionLabel("Goals of flat-rate tickets are counted in their own tile."),
            0,
            Qt.AlignmentFlag.AlignHCenter,
        )
        line = QHBoxLayout()
        line.addStretch(1)
        line.addLayout(column)
        line.addStretch(1)
        self.body.addStretch(1)
        self.body.addLayout(line)
        self.body.addStretch(1)

    def say(self, sentence: str) -> None:
        """Why there is nothing."""
        self._sentence.setText(sentence)
        self.setAccessibleName(sentence)
