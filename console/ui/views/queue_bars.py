"""The bars around the queue's table: awaiting tokens at its lower edge, acts on several tickets, nothing to show."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from console.policy.terms import SupportOption
from console.ui import format as fmt
from console.ui import icons
from console.ui.context import Context
from console.ui.drafts import Draft
from console.ui.theme import theme
from console.ui.widgets.buttons import Button, Kind
from console.ui.widgets.cards import row
from console.ui.widgets.fields import LineField
from console.ui.widgets.labels import CaptionLabel, IconLabel, PlainLabel
from console.ui.widgets.messages import Action
from console.ui.widgets.paint import RIGHT, draw_text, focus_ring

if TYPE_CHECKING:
    from console.services.queue import QueueRow


class AwaitingFooter(QAbstractButton):
    """The header of the band "Awaiting tokens" while the band itself is out of sight; a press goes there."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._names = ""
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        theme().changed.connect(self.updateGeometry)
        self.hide()

    def show_band(self, count: int, first: Sequence[QueueRow]) -> None:
        """How many wait, and the first two of them."""
        self.setText(fmt.number(count))
        said = [f"{row_.id} {row_.account_name} needs {row_.price}, has {row_.balance}" for row_ in first[:2]]
        self._names = "   ·   ".join(said)
        self.setAccessibleName(f"Awaiting tokens, {count}, clock not started. {'. '.join(said)}")
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(200, max(theme().px(29), theme().metrics("caption").height() + theme().px(10)))

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        px, rect, middle = theme().px, QRectF(self.rect()), self.height() / 2
        painter.fillRect(rect, theme().color("hover" if self.underMouse() else "window"))
        painter.fillRect(QRectF(0, 0, self.width(), 1), theme().color("line_strong"))
        size = px(14)
        icons.draw(painter, "coins", "text2", px(13), middle - size / 2, size)
        x = float(px(33))
        for text, role in (
            ("Awaiting tokens", "caption_strong"),
            (self.text(), "caption"),
            ("clock not started", "caption"),
        ):
            wide = theme().metrics(role).horizontalAdvance(text) + 2
            draw_text(painter, QRectF(x, 0, wide, rect.height()), text, role=role, ink="text2")
            x += wide + px(10)
        right = self.width() - px(36)
        icons.draw(painter, "chevron-down", "text2", right + px(8), middle - size / 2, size)
        if right - x > px(120):
            line = QRectF(x, 0, right - x, rect.height())
            draw_text(painter, line, self._names, role="caption_medium", ink="text2", align=RIGHT)
        if self.hasFocus():
            focus_ring(painter, rect, px(4))
        painter.end()


class BulkBar(QWidget):
    """Acts on several tickets in place of the filter row. ``noted(str)`` carries the words of a common note, which stay
    in their field until ``forget_note``, or wait for their database while another is open. ``left`` comes when what had
    the focus here is about to go."""

    claim = Signal()
    noted = Signal(object)
    cleared = Signal()
    left = Signal()

    def __init__(self, context: Context, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._count = PlainLabel("", "strong")
        self._cost = CaptionLabel("", "text2")
        self._claim = Button("Claim", key="C", compact=True)
        self._claim.clicked.connect(self.claim)
        self._note = Button("Note", key="E", compact=True)
        self._note.clicked.connect(self.write_note)
        self._clear = Button("Clear", key="Esc", compact=True)
        self._clear.clicked.connect(self.cleared)
        self._field = _NoteField(self)
        self._field.hide()
        self._field.entered.connect(self._on_entered)
        self._field.closed.connect(self._close_note)
        self._draft = Draft(context.drafts, self._field.text, self._field.setText)
        context.signals.desk_opened.connect(self._on_desk)
        context.signals.barred.connect(self._claim.bar)
        self._line = QHBoxLayout(self)
        self._line.setContentsMargins(0, 0, 0, 0)
        self._line.setSpacing(theme().px(8))
        for part in (self._count, self._claim, self._note):
            self._line.addWidget(part)
        self._line.addWidget(self._field, 100)
        self._line.addStretch(1)
        self._line.addWidget(self._cost)
        self._line.addWidget(self._clear)
        self.hide()

    def show_marked(self, count: int, rows: Sequence[QueueRow]) -> None:
        """How many are marked and what they cost; hides the bar when none is."""
        if not count and any(part.hasFocus() for part in (self._claim, self._note, self._clear, self._field)):
            self.left.emit()
        self.setVisible(count > 0)
        self._count.setText(f"{fmt.number(count)} selected")
        held = sum(row_.held for row_ in rows)
        flat = sum(1 for row_ in rows if row_.option is not SupportOption.TOKENS)
        parts = [f"{fmt.tokens(held)} charged"] if held else []
        if flat:
            parts.append(f"{flat} flat-rate")
        self._cost.setText(", ".join(parts))
        if not count:
            self._field.hide()

    def write_note(self) -> None:
        """Opens the field for one note on all of them."""
        self._field.show()
        self._field.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def forget_note(self, words: str) -> None:
        """This note stands on all of them."""
        self._draft.sent(self._draft.about, words)
        if not self._field.text():
            self._close_note()

    def _close_note(self) -> None:
        if self._field.hasFocus():
            self.left.emit()
        self._field.hide()

    def _on_desk(self, _desk: object) -> None:
        self._draft.turn_to(self._context.draft_key("note on several", None))

    def _on_entered(self) -> None:
        words = self._field.text().strip()
        if words:
            self.noted.emit(words)


class _NoteField(LineField):
    """One line for a common note; Enter or Ctrl Enter saves, Esc closes."""

    entered = Signal()
    closed = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__("One note for all of them, Enter saves", name="Note for all selected", parent=parent)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.entered.emit()
        elif event.key() == Qt.Key.Key_Escape:
            self.closed.emit()
        else:
            super().keyPressEvent(event)


class EmptyState(QWidget):
    """An icon, a sentence and what can be done, where a list would be."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._icon = IconLabel("circle-check", "met_text", 32)
        self._title = PlainLabel("", "card_title", wrap=True)
        self._says = PlainLabel("", "plain", "text2", wrap=True)
        for label in (self._title, self._says):
            label.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self._buttons = QHBoxLayout()
        self._buttons.setSpacing(theme().px(8))
        column = QVBoxLayout(self)
        column.setSpacing(theme().px(8))
        column.addStretch(2)
        column.addLayout(row(None, self._icon, None))
        column.addWidget(self._title)
        column.addWidget(self._says)
        column.addLayout(self._buttons)
        column.addStretch(3)

    def say(
        self, title: str, says: str = "", *, icon: str = "circle-check", actions: Sequence[Action] = ()
    ) -> None:
        """The sentence and its buttons."""
        self._icon.show_icon(icon, "met_text" if icon == "circle-check" else "text3")
        self._title.setText(title)
        self._says.setText(says)
        self.setAccessibleName(f"{title} {says}".strip())
        while (item := self._buttons.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        self._buttons.addStretch(1)
        for place, (label, act) in enumerate(actions):
            button = Button(label, Kind.PRIMARY if place == 0 else Kind.OUTLINE, parent=self)
            button.clicked.connect(_without_arguments(act))
            self._buttons.addWidget(button)
        self._buttons.addStretch(1)

    def say_no_match(self, text: str, clear: Callable[[], object]) -> None:
        """A filter found nothing."""
        self.say(f"No ticket matches {text}", icon="search", actions=(("Clear filter", clear),))

    def words(self) -> str:
        """What is said."""
        return f"{self._title.text()} {self._says.text()}".strip()


def _without_arguments(act: Callable[[], object]) -> Callable[[], None]:
    def run() -> None:
        act()

    return run
