"""Parts of dialogs: the shade behind them, the body that scrolls, columns, and lines with an icon."""

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QApplication, QFrame, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from console.ui.theme import theme
from console.ui.widgets.labels import CaptionLabel, IconLabel


class Scrim(QWidget):
    """The shade over the window behind a dialog."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setGeometry(window.rect())
        window.installEventFilter(self)
        self.show()
        self.raise_()

    def eventFilter(self, watched: object, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize and isinstance(watched, QWidget):
            self.setGeometry(watched.rect())
        return False

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        dark = theme().color("surface").lightness() < 128
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme().faint("scrim", 0.65 if dark else 0.43))
        over_dialog = self.window().testAttribute(Qt.WidgetAttribute.WA_TranslucentBackground)
        radius = theme().px(12) if over_dialog else 0
        painter.drawRoundedRect(self.rect(), radius, radius)
        painter.end()


class Body(QScrollArea):
    """The part that scrolls when text is large or the window small; it asks for the room that its content wants."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.content = QWidget()
        self.content.setObjectName("body")
        self.setWidget(self.content)
        self.viewport().setAutoFillBackground(False)
        self.content.setAutoFillBackground(False)

    def wanted_height(self, width: int) -> int:
        """The height at which nothing has to scroll."""
        if self.content.hasHeightForWidth():
            return max(self.content.heightForWidth(width), self.content.minimumSizeHint().height())
        return self.content.sizeHint().height()

    def focusNextPrevChild(self, next: bool) -> bool:  # noqa: N802 - Qt's own name
        """Tab goes on; what gets the focus is scrolled into sight."""
        moved = super().focusNextPrevChild(next)
        focused = QApplication.focusWidget()
        if focused is not None and self.content.isAncestorOf(focused):
            self.ensureWidgetVisible(focused, 0, theme().px(24))
        return moved


class Upright(QWidget):
    """A thin line from top to bottom."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFixedWidth(1)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(event.rect(), theme().color("line"))
        painter.end()


class IconLine(QWidget):
    """An icon and a sentence that may wrap: who is told, the undo rule, a hint. An empty sentence hides it."""

    def __init__(
        self, icon: str, text: str = "", *, ink: str = "text2", parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._icon = IconLabel(icon, ink, 16)
        self._text = CaptionLabel(text, ink, wrap=True)
        line = QHBoxLayout(self)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(theme().px(8))
        line.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignTop)
        line.addWidget(self._text, 1)
        if not text:
            self.hide()  # never shown here: without a parent it would be a window of its own

    def say(self, text: str, *, icon: str = "", ink: str = "") -> None:
        """Another sentence, icon and colour."""
        if icon:
            self._icon.show_icon(icon, ink or None)
        if ink:
            self._text.set_ink(ink)
        self._text.setText(text)
        self.setVisible(bool(text))

    def words(self) -> str:
        """The sentence shown."""
        return self._text.text()


def spread(
    parent: QWidget, *, margins: tuple[int, int, int, int] = (20, 16, 20, 16), spacing: int = 12
) -> QVBoxLayout:
    """A column for a dialog's body, with the usual margins in px at 100 %."""
    px = theme().px
    column = QVBoxLayout(parent)
    column.setContentsMargins(px(margins[0]), px(margins[1]), px(margins[2]), px(margins[3]))
    column.setSpacing(px(spacing))
    return column
