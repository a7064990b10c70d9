"""Labels that never read text as markup: every word on screen goes through one of these."""

from PySide6.QtCore import QEvent, QRect, QSize, Qt, Signal
from PySide6.QtGui import (
    QEnterEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPalette,
    QPixmap,
    QResizeEvent,
)
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

from console.ui import icons
from console.ui.theme import theme
from console.ui.widgets.paint import LEFT, focus_ring


class PlainLabel(QLabel):
    """Plain text in a type role and a colour token; both follow the theme."""

    def __init__(
        self,
        text: str = "",
        role: str = "body",
        ink: str = "text",
        *,
        wrap: bool = False,
        weight: int | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._role, self._ink, self._weight = role, ink, weight
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setText(text)
        self.setWordWrap(wrap)
        self._dress()
        theme().changed.connect(self._dress)

    def set_ink(self, ink: str) -> None:
        """Another colour token."""
        self._ink = ink
        self._dress()

    def set_role(self, role: str, weight: int | None = None) -> None:
        """Another type role."""
        self._role, self._weight = role, weight
        self._dress()

    def setText(self, text: str) -> None:  # noqa: N802 - Qt's own name
        """Line breaks are kept; control characters are dropped."""
        super().setText("".join(c for c in text if c.isprintable() or c == "\n"))

    def changeEvent(self, event: QEvent) -> None:
        """A style sheet puts the usual palette back when the label gets a new parent: take the ink again."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            shown = self.palette().color(QPalette.ColorGroup.Active, QPalette.ColorRole.WindowText)
            if shown != theme().color(self._ink):
                self._dress()

    def _dress(self) -> None:
        self.setFont(theme().font(self._role, self._weight))
        palette = QPalette(self.palette())
        for group in (QPalette.ColorGroup.Active, QPalette.ColorGroup.Inactive):
            palette.setColor(group, QPalette.ColorRole.WindowText, theme().color(self._ink))
        palette.setColor(
            QPalette.ColorGroup.Disabled, QPalette.ColorRole.WindowText, theme().color("text_disabled")
        )
        self.setPalette(palette)


class CaptionLabel(PlainLabel):
    """Second lines and notes: 12 px, quieter."""

    def __init__(
        self, text: str = "", ink: str = "text2", *, wrap: bool = False, parent: QWidget | None = None
    ) -> None:
        super().__init__(text, "caption", ink, wrap=wrap, parent=parent)


class ElidedLabel(PlainLabel):
    """One line, cut with an ellipsis when there is no room; the whole text is then the tooltip."""

    def __init__(
        self, text: str = "", role: str = "body", ink: str = "text", *, parent: QWidget | None = None
    ) -> None:
        super().__init__(text, role, ink, parent=parent)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.setMinimumWidth(theme().px(40))

    def sizeHint(self) -> QSize:
        width = self.fontMetrics().horizontalAdvance(self.text()) + 2
        return QSize(width, self.fontMetrics().height())

    def minimumSizeHint(self) -> QSize:
        return QSize(theme().px(40), self.fontMetrics().height())

    def setText(self, text: str) -> None:  # noqa: N802 - Qt's own name
        """The whole text; what does not fit is in the tooltip."""
        super().setText(text)
        self._show_rest()
        self.updateGeometry()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._show_rest()

    def _show_rest(self) -> None:
        cut = self.fontMetrics().horizontalAdvance(self.text()) > self.width()
        self.setToolTip(safe_tooltip(self.text()) if cut else "")

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setFont(self.font())
        painter.setPen(self.palette().color(QPalette.ColorRole.WindowText))
        one_line = self.text().replace("\n", " ")
        cut = self.fontMetrics().elidedText(one_line, Qt.TextElideMode.ElideRight, self.width())
        painter.drawText(self.rect(), LEFT | Qt.TextFlag.TextSingleLine, cut)
        painter.end()


class LinkLabel(PlainLabel):
    """Words that can be pressed: mouse, Enter or Space; underlined under the pointer."""

    clicked = Signal()

    def __init__(
        self, text: str = "", role: str = "body", *, ink: str = "link", parent: QWidget | None = None
    ) -> None:
        super().__init__(text, role, ink, parent=parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        usual = super().sizeHint()
        return QSize(usual.width(), max(theme().px(24), usual.height()))

    def minimumSizeHint(self) -> QSize:
        return QSize(theme().px(24), self.sizeHint().height())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() is Qt.MouseButton.LeftButton and self.rect().contains(event.position().toPoint()):
            self.clicked.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self.clicked.emit()
        else:
            super().keyPressEvent(event)

    def enterEvent(self, event: QEnterEvent) -> None:
        self._underline(on=True)
        super().enterEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        self._underline(on=False)
        super().leaveEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self.hasFocus():
            painter = QPainter(self)
            focus_ring(painter, self.rect().toRectF(), theme().px(4))
            painter.end()

    def _underline(self, *, on: bool) -> None:
        font = self.font()
        font.setUnderline(on)
        self.setFont(font)


class IconLabel(QLabel):
    """A Lucide icon beside words; silent to screen readers unless it is given a name."""

    def __init__(
        self, name: str, ink: str = "text2", size: int = 16, *, says: str = "", parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._name, self._ink, self._size = name, ink, size
        self.setAccessibleName(says)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self._dress()
        theme().changed.connect(self._dress)

    def show_icon(self, name: str, ink: str | None = None) -> None:
        """Another icon, and another token if given."""
        self._name, self._ink = name, ink or self._ink
        self._dress()

    def _dress(self) -> None:
        drawn: QPixmap = icons.pixmap(self._name, self._ink, theme().px(self._size))
        self.setPixmap(drawn)


def safe_tooltip(text: str, longest: int = 400) -> str:
    """``text`` as a tooltip that Qt cannot read as markup, cut at ``longest`` characters."""
    cut = text if len(text) <= longest else text[: longest - 1] + "…"
    escaped = cut.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return f"<qt>{escaped.replace(chr(10), '<br>')}</qt>" if cut else ""


def text_rect(label: QLabel) -> QRect:
    """Where the label's text stands."""
    return label.fontMetrics().boundingRect(label.contentsRect(), int(label.alignment()), label.text())
