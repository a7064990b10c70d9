"""Short news at the bottom centre: 6 s, 10 s with Undo; waits under the pointer and while it has the focus."""

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, QRect, QRectF, Qt, QTimer
from PySide6.QtGui import (
    QAccessible,
    QAccessibleAnnouncementEvent,
    QEnterEvent,
    QKeyEvent,
    QPainter,
    QPaintEvent,
)
from PySide6.QtWidgets import QFrame, QHBoxLayout, QWidget

from console.ui.theme import theme
from console.ui.widgets.buttons import Button, Kind
from console.ui.widgets.labels import IconLabel, PlainLabel
from console.ui.widgets.paint import rounded

BRIEF_MS, WITH_ACTION_MS = 6_000, 10_000


def announce(source: QObject, text: str, *, assertive: bool = False) -> None:
    """Has a screen reader say ``text``; polite unless ``assertive``."""
    event = QAccessibleAnnouncementEvent(source, text)
    if assertive:
        event.setPoliteness(QAccessible.AnnouncementPoliteness.Assertive)
    QAccessible.updateAccessibility(event)


class ToastHost(QFrame):
    """The toast of one window, over ``anchor``'s bottom edge. A new one takes the place of the one shown."""

    def __init__(self, anchor: QWidget) -> None:
        super().__init__(anchor)
        self._anchor = anchor
        self._room: Callable[[], QRect] = anchor.rect
        self._act: Callable[[], object] | None = None
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.hide)
        self._icon = IconLabel("check", "met_text")
        self._text = PlainLabel("", "body")
        self._button = Button("Undo", Kind.OUTLINE, key="Ctrl+Z", compact=True)
        self._button.clicked.connect(self._on_pressed)
        self._button.installEventFilter(self)
        line = QHBoxLayout(self)
        pad = theme().px(10)
        line.setContentsMargins(pad + 4, pad, pad, pad)
        line.setSpacing(pad)
        line.addWidget(self._icon)
        line.addWidget(self._text)
        line.addWidget(self._button)
        anchor.installEventFilter(self)
        self.hide()

    def keep_to(self, room: Callable[[], QRect]) -> None:
        """Stands at the bottom centre of ``room()``, a part of the anchor, whenever it is shown."""
        self._room = room

    def show_toast(
        self,
        text: str,
        *,
        action: Callable[[], object] | None = None,
        label: str = "Undo",
        key: str = "Ctrl+Z",
        icon: str = "check",
        ink: str = "met_text",
    ) -> None:
        """Says ``text``; with ``action`` it stays 10 s and offers it as a button named ``label``."""
        self._act = action
        self._text.setText(text)
        self._icon.show_icon(icon, ink)
        self._button.setVisible(action is not None)
        self._button.set_text(label)
        self._button.set_key(key)
        self.setAccessibleName(text)
        self._place()
        self.show()
        self.raise_()
        self._timer.start(WITH_ACTION_MS if action else BRIEF_MS)
        announce(self, text)

    def text(self) -> str:
        """What is shown now, empty when nothing is."""
        return self._text.text() if self.isVisible() else ""

    def focus_toast(self) -> bool:
        """Gives the toast's button the focus (F8); False when there is none to press."""
        if not self.isVisible() or self._act is None:
            return False
        self._button.setFocus(Qt.FocusReason.ShortcutFocusReason)
        return True

    def enterEvent(self, _event: QEnterEvent) -> None:
        self._timer.stop()

    def leaveEvent(self, _event: QEvent) -> None:
        self._go_on()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.hide()
        else:
            super().keyPressEvent(event)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self._anchor and event.type() == QEvent.Type.Resize:
            self._place()
        elif watched is self._button and event.type() == QEvent.Type.FocusIn:
            self._timer.stop()
        elif watched is self._button and event.type() == QEvent.Type.FocusOut:
            self._go_on()
        return False

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        rounded(painter, QRectF(self.rect()), theme().px(8), fill="raised", line="line_strong")
        painter.end()

    def _go_on(self) -> None:
        if self.isVisible() and not self.underMouse() and not self._button.hasFocus():
            self._timer.start(WITH_ACTION_MS if self._act else BRIEF_MS)

    def _place(self) -> None:
        self._text.setWordWrap(False)
        self.adjustSize()
        place = self._room()
        room = place.width() - 2 * theme().px(16)
        if self.width() > room:
            self._text.setWordWrap(True)
            self.resize(room, self.heightForWidth(room) if self.hasHeightForWidth() else self.height())
        left = place.left() + (place.width() - self.width()) // 2
        self.move(left, place.bottom() + 1 - self.height() - theme().px(16))

    def _on_pressed(self) -> None:
        act, self._act = self._act, None
        self._timer.stop()
        self.hide()
        if act is not None:
            act()
