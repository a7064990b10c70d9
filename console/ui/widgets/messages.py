"""What the program says: a bar above the cause, a plain message box, and the report of a fault of ours."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QGuiApplication, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QDialog,
    QFrame,
    QHBoxLayout,
    QMessageBox,
    QPlainTextEdit,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from console.ui.theme import theme
from console.ui.widgets.buttons import Button, IconButton, Kind
from console.ui.widgets.cards import row
from console.ui.widgets.labels import IconLabel, PlainLabel
from console.ui.widgets.paint import rounded

Action = tuple[str, Callable[[], object]]

# tone -> ground, line, words, icon
_TONES = {
    "quiet": ("window", "line", "text2", "info"),
    "info": ("accent_tint", "accent", "text", "info"),
    "missed": ("missed_tint", "missed", "missed_text", "circle-x"),
    "soon": ("soon_tint", "soon", "soon_text", "triangle-alert"),
    "met": ("met_tint", "met", "met_text", "check"),
    "credit": ("credit_tint", "credit", "credit_text", "gift"),
}


class MessageBar(QFrame):
    """A sentence with what can be done about it, tinted by tone: quiet, info, missed, soon, met or credit."""

    closed = Signal()

    def __init__(
        self, tone: str = "info", text: str = "", *, closable: bool = False, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._tone = tone
        self._icon = IconLabel("info", size=16)
        self._text = PlainLabel("", "body", wrap=True)
        self._text.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self._actions = QHBoxLayout()
        self._actions.setSpacing(theme().px(8))
        line = QHBoxLayout(self)
        line.setContentsMargins(theme().px(12), theme().px(6), theme().px(8), theme().px(6))
        line.setSpacing(theme().px(10))
        line.addWidget(self._icon)
        line.addWidget(self._text, 1)
        line.addLayout(self._actions)
        if closable:
            close = IconButton("x", "Close this message")
            close.clicked.connect(self._on_close)
            line.addWidget(close)
        self.setMinimumHeight(theme().px(36))
        self.show_message(text, tone=tone)

    def show_message(
        self, text: str, *, tone: str | None = None, icon: str | None = None, actions: Sequence[Action] = ()
    ) -> None:
        """The sentence, its tone and its buttons; hides the bar when the sentence is empty."""
        self._tone = tone or self._tone
        _, _, ink, usual = _TONES[self._tone]
        self._icon.show_icon(icon or usual, ink)
        self._text.setText(text)
        self._text.set_ink(ink)
        self.setAccessibleName(text)
        self._show_actions(actions)
        self._appear(shown=bool(text))
        self.update()

    def reword(self, text: str) -> None:
        """Another sentence of the same message: its buttons stay, and with them the focus."""
        self._text.setText(text)
        self.setAccessibleName(text)

    def text(self) -> str:
        """The sentence shown."""
        return self._text.text()

    def paintEvent(self, _event: QPaintEvent) -> None:
        ground, line, _, _ = _TONES[self._tone]
        painter = QPainter(self)
        rounded(painter, QRectF(self.rect()), theme().px(8), fill=ground, line=line)
        painter.end()

    def _appear(self, *, shown: bool) -> None:
        """Without a parent yet, to be shown means to appear with it, not as a window of its own."""
        if shown and self.parentWidget() is None:
            self.setAttribute(Qt.WidgetAttribute.WA_WState_ExplicitShowHide, False)
        else:
            self.setVisible(shown)

    def _show_actions(self, actions: Sequence[Action]) -> None:
        while (item := self._actions.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        for label, act in actions:
            button = Button(label, compact=True, parent=self)
            button.clicked.connect(_without_arguments(act))
            self._actions.addWidget(button)

    def _on_close(self) -> None:
        self.hide()
        self.closed.emit()


def _without_arguments(act: Callable[[], object]) -> Callable[[], None]:
    def run() -> None:
        act()

    return run


def message_box(parent: QWidget | None, title: str, text: str, *, details: str = "") -> QMessageBox:
    """A message box that shows plain text only, not yet opened; add buttons or ``open()`` it."""
    box = QMessageBox(parent)
    box.setWindowTitle(title)
    box.setTextFormat(Qt.TextFormat.PlainText)
    box.setText(title)
    box.setInformativeText(text)
    for label in box.findChildren(QWidget, "qt_msgbox_informativelabel"):
        label.setProperty("textFormat", Qt.TextFormat.PlainText)
    if details:
        box.setDetailedText(details)
    return box


def tell(parent: QWidget | None, title: str, text: str, *, details: str = "") -> None:
    """Says it and waits for the person to close it; for when the program cannot go on with what was asked."""
    message_box(parent, title, text, details=details).exec()


def ask(parent: QWidget | None, title: str, text: str, yes: str, no: str = "Cancel") -> bool:
    """Whether the person pressed ``yes``; only for what cannot be undone. The safe button has the focus."""
    box = message_box(parent, title, text)
    agree = box.addButton(yes, QMessageBox.ButtonRole.AcceptRole)
    stay: QPushButton = box.addButton(no, QMessageBox.ButtonRole.RejectRole)
    box.setDefaultButton(stay)
    box.setEscapeButton(stay)
    box.exec()
    return box.clickedButton() is agree


class ErrorDialog(QDialog):
    """A fault of ours: one sentence, the report to copy, and the window lives on."""

    def __init__(self, sentence: str, report: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._report = report
        self.setWindowTitle("Something in the console went wrong")
        self.setMinimumSize(theme().px(560), theme().px(360))
        text = QPlainTextEdit(report, self)
        text.setReadOnly(True)
        text.setAccessibleName("Report")
        text.setTabChangesFocus(True)
        copy = Button("Copy report", icon="copy")
        copy.clicked.connect(self._on_copy)
        close = Button("Close", Kind.PRIMARY, key="Esc")
        close.clicked.connect(self.reject)
        column = QVBoxLayout(self)
        margin = theme().px(20)
        column.setContentsMargins(margin, margin, margin, margin)
        column.setSpacing(theme().px(12))
        column.addLayout(
            row(IconLabel("bug", "missed_text", 20), PlainLabel(self.windowTitle(), "card_title"), None)
        )
        column.addWidget(PlainLabel(sentence, "plain", "text2", wrap=True))
        column.addWidget(text, 1)
        column.addLayout(row(copy, None, close))
        close.setFocus()

    def report(self) -> str:
        """The text that Copy puts on the clipboard."""
        return self._report

    def _on_copy(self) -> None:
        QGuiApplication.clipboard().setText(self._report)
