"""Fields: search with its key, text, choices with an arrow, check boxes; each drawn from the tokens."""

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QLineEdit,
    QPlainTextEdit,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from console.ui import icons
from console.ui.theme import theme
from console.ui.widgets.chips import KeyCap
from console.ui.widgets.labels import CaptionLabel, PlainLabel
from console.ui.widgets.paint import draw_text, focus_ring, restored, rounded

LONGEST_LINE = 500


class LineField(QLineEdit):
    """One line of text, at least 32 px high; longer input than ``longest`` characters is not taken."""

    def __init__(
        self,
        placeholder: str = "",
        *,
        name: str = "",
        longest: int = LONGEST_LINE,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setPlaceholderText(placeholder)
        self.setAccessibleName(name or placeholder)
        self.setMaxLength(longest)

    def show_fault(self, *, wrong: bool) -> None:
        """A red border while what is typed cannot be taken."""
        self.setProperty("invalid", wrong)
        self.style().unpolish(self)
        self.style().polish(self)


class SearchField(LineField):
    """A field with a magnifying glass and the key that leads to it. Esc empties it, then gives the focus back."""

    left = Signal()

    def __init__(
        self, placeholder: str = "", *, key: str = "/", name: str = "Search", parent: QWidget | None = None
    ) -> None:
        super().__init__(placeholder, name=name, parent=parent)
        self._cap = KeyCap(key, self) if key else None
        self._spans: tuple[tuple[int, int], ...] = ()
        self._on_theme_changed()
        theme().changed.connect(self._on_theme_changed)

    def show_spans(self, spans: tuple[tuple[int, int], ...]) -> None:
        """Waves under the parts [start, end) of the text that could not be read; none takes them away."""
        self._spans = spans
        self.show_fault(wrong=bool(spans))
        self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() != Qt.Key.Key_Escape:
            super().keyPressEvent(event)
        elif self.text():
            self.clear()
        else:
            self.left.emit()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        painter = QPainter(self)
        size = theme().px(16)
        icons.draw(painter, "search", "text2", theme().px(10), (self.height() - size) / 2, size)
        for start, end in self._spans:
            self._draw_wave(painter, start, end)
        painter.end()

    def _draw_wave(self, painter: QPainter, start: int, end: int) -> None:
        metrics, text = self.fontMetrics(), self.text()
        origin = self.cursorRect().center().x() - metrics.horizontalAdvance(text[: self.cursorPosition()])
        left = origin + metrics.horizontalAdvance(text[:start])
        right = origin + metrics.horizontalAdvance(text[: min(end, len(text))])
        edge = self.textMargins()
        left, right = max(left, edge.left()), min(right, self.width() - edge.right())
        base, step = (self.height() + metrics.height()) / 2, theme().px(2)
        with restored(painter):
            painter.setPen(QPen(theme().color("missed"), 1.2))
            points = [
                QPointF(x, base + (step if n % 2 else 0)) for n, x in enumerate(range(left, right, step))
            ]
            painter.drawPolyline(points)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self._cap:
            size = self._cap.sizeHint()
            self._cap.resize(size)
            self._cap.move(self.width() - size.width() - theme().px(7), (self.height() - size.height()) // 2)

    def _on_theme_changed(self) -> None:
        right = self._cap.sizeHint().width() + theme().px(8) if self._cap else 0
        self.setTextMargins(theme().px(25), 0, right, 0)


class TextArea(QPlainTextEdit):
    """Several lines of plain text. Tab moves on; Ctrl Enter is left to the dialog; ``longest`` characters at most."""

    def __init__(
        self,
        placeholder: str = "",
        *,
        name: str = "",
        longest: int = 1000,
        lines: int = 4,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._longest, self._lines = longest, lines
        self.setPlaceholderText(placeholder)
        self.setAccessibleName(name or placeholder)
        self.setTabChangesFocus(True)
        self.textChanged.connect(self._on_text_changed)

    def sizeHint(self) -> QSize:
        return QSize(theme().px(320), self.fontMetrics().lineSpacing() * self._lines + theme().px(18))

    def minimumSizeHint(self) -> QSize:
        return QSize(theme().px(120), self.fontMetrics().lineSpacing() * 2 + theme().px(18))

    def _on_text_changed(self) -> None:
        text = self.toPlainText()
        if len(text) > self._longest:
            cursor = self.textCursor()
            place = min(cursor.position(), self._longest)
            self.setPlainText(text[: self._longest])
            cursor.setPosition(place)
            self.setTextCursor(cursor)


def field_in_use(window: QWidget) -> QLineEdit | QPlainTextEdit | None:
    """The field of text where the cursor of ``window`` stands; None where it stands in none."""
    focused = window.focusWidget()
    return focused if isinstance(focused, QLineEdit | QPlainTextEdit) else None


class ComboBox(QComboBox):
    """A drop-down choice with the console's own arrow."""

    def __init__(self, name: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        painter = QPainter(self)
        size = theme().px(14)
        ink = "text2" if self.isEnabled() else "text_disabled"
        icons.draw(
            painter,
            "chevron-down",
            ink,
            self.width() - size - theme().px(8),
            (self.height() - size) / 2,
            size,
        )
        painter.end()


class CheckBox(QCheckBox):
    """A check box drawn from the tokens; the whole width can be pressed."""

    def __init__(self, text: str = "", parent: QWidget | None = None) -> None:
        super().__init__(text, parent)
        self.setAccessibleName(text)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)

    def hitButton(self, pos: object) -> bool:  # noqa: ARG002, N802 - Qt's own name
        return True

    def sizeHint(self) -> QSize:
        metrics = theme().metrics("body")
        width = theme().px(28) + metrics.horizontalAdvance(self.text())
        return QSize(width, max(theme().px(26), metrics.height() + theme().px(6)))

    def minimumSizeHint(self) -> QSize:
        return QSize(theme().px(60), self.sizeHint().height())

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        side = theme().px(16)
        box = QRectF(1, (self.height() - side) / 2, side, side)
        draw_check(painter, box, on=self.isChecked(), enabled=self.isEnabled())
        if self.hasFocus():
            focus_ring(painter, QRectF(self.rect()), theme().px(4))
        words = QRectF(theme().px(26), 0, self.width() - theme().px(26), self.height())
        draw_text(painter, words, self.text(), ink="text" if self.isEnabled() else "text_disabled")
        painter.end()


def draw_check(painter: QPainter, box: QRectF, *, on: bool, enabled: bool = True) -> None:
    """The square of a check box; filled with a check mark when on."""
    if on:
        rounded(painter, box, theme().px(4), fill="accent" if enabled else "line_strong")
        size = theme().px(12)
        middle = box.center()
        icons.draw(
            painter, "check", "on_accent", middle.x() - size / 2 + 0.5, middle.y() - size / 2 + 0.5, size
        )
    else:
        rounded(
            painter, box, theme().px(4), fill="raised", line="line_strong" if enabled else "line", width=1.5
        )


def draw_radio(painter: QPainter, box: QRectF, *, on: bool, enabled: bool = True) -> None:
    """The circle of a radio choice; with a dot when on."""
    with restored(painter):
        line = "accent" if on else "line_strong"
        painter.setPen(QPen(theme().color(line if enabled else "line"), 2 if on else 1.5))
        painter.setBrush(theme().color("raised"))
        painter.drawEllipse(box.adjusted(1, 1, -1, -1))
        if on:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme().color(line))
            quarter = box.width() / 4
            painter.drawEllipse(box.adjusted(quarter, quarter, -quarter, -quarter))


class Labelled(QWidget):
    """A field under its name, with room for one line that says what is wrong with it."""

    def __init__(self, title: str, field: QWidget, *, hint: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.field = field
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme().px(4))
        self._title = label = PlainLabel(title, "caption_strong", "text2")
        label.setBuddy(field)
        self._note = CaptionLabel(hint, "text3", wrap=True)
        self._hint = hint
        column.addWidget(label)
        column.addWidget(field)
        column.addWidget(self._note)
        self._note.setVisible(bool(hint))
        if not field.accessibleName():
            field.setAccessibleName(title)

    def show_title(self, title: str) -> None:
        """Another name for the field."""
        self._title.setText(title)
        self.field.setAccessibleName(title)

    def show_hint(self, hint: str) -> None:
        """Another line under the field; an empty one hides it."""
        self._hint = hint
        self.show_fault("")

    def show_fault(self, sentence: str) -> None:
        """The sentence under the field in the error colour; an empty one brings the hint back."""
        self._note.setText(sentence or self._hint)
        self._note.set_ink("missed_text" if sentence else "text3")
        self._note.setVisible(bool(sentence or self._hint))
        self.field.setAccessibleDescription(sentence or self._hint)
        self.field.setProperty("invalid", bool(sentence))
        self.field.style().unpolish(self.field)
        self.field.style().polish(self.field)
