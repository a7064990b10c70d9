"""The note of the ticket in the pane: kept for its ticket while half written, sent once, gone when it is saved."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from console.ui import deeds
from console.ui.context import Context
from console.ui.drafts import Draft
from console.ui.theme import theme
from console.ui.widgets.buttons import Button, Kind
from console.ui.widgets.cards import row
from console.ui.widgets.chips import KeyCap
from console.ui.widgets.fields import TextArea

MOST_LINES = 6


class NoteBox(QWidget):
    """``refused(Problem)`` when the note was not saved, or it is not known yet; ``left`` on Esc."""

    refused = Signal(object)
    left = Signal()

    def __init__(self, context: Context, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._ticket_id = 0
        self.text = TextArea("Add an internal note", name="Internal note", longest=4_000, lines=1)
        self.text.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.text.installEventFilter(self)
        self._draft = Draft(context.drafts, self.text.toPlainText, self.text.setPlainText)
        self._key = KeyCap("E", self.text)
        self.button = Button("Save note", Kind.PRIMARY, key="Ctrl+Return", compact=True)
        px = theme().px
        column = QVBoxLayout(self)
        column.setContentsMargins(px(17), px(6), px(17), px(10))
        column.setSpacing(px(6))
        column.addWidget(self.text)
        column.addLayout(row(None, self.button))
        self._fit()
        self.text.textChanged.connect(self._fit)
        self.button.clicked.connect(self.save)
        context.signals.barred.connect(self.button.bar)
        context.signals.under_way.connect(self._allow)
        theme().changed.connect(self._fit)

    def show_ticket(self, ticket_id: int) -> None:
        """The note of this ticket, as far as it was written; that of the one before is kept. 0 for no ticket."""
        self._ticket_id = ticket_id
        self._draft.turn_to(self._context.draft_key("note", ticket_id) if ticket_id else None)
        self._allow()

    def write(self) -> None:
        """The cursor goes into the box."""
        self.text.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def save(self) -> None:
        """Sends the note, once until there is an answer; the text stays until it is saved."""
        words, ticket_id, about = self.text.toPlainText().strip(), self._ticket_id, self._draft.about
        if not words or not ticket_id:
            return
        if self.button.hasFocus():
            # It hides once the note is saved, and the next key would meet another button.
            self.text.setFocus(Qt.FocusReason.OtherFocusReason)
        self._context.act(
            lambda desk, key: deeds.write_note(desk, ticket_id, words, key),
            once=("note", ticket_id),
            what=f"Note on {ticket_id}",
            saved=partial(self._draft.sent, about, words),
            failed=self.refused.emit,
            owner=self,
        )

    def _allow(self) -> None:
        self.button.wait(self._context.waits(("note", self._ticket_id)))

    # room

    def _fit(self) -> None:
        written = self.text.toPlainText()
        lines = min(MOST_LINES, max(1, written.count("\n") + 1)) if written else 1
        if written and lines == 1 and len(written) > 40:
            lines = 2
        spacing = self.text.fontMetrics().lineSpacing()
        self.text.setFixedHeight(max(theme().px(34), spacing * lines + theme().px(18)))
        many = lines >= MOST_LINES
        policy = Qt.ScrollBarPolicy.ScrollBarAsNeeded if many else Qt.ScrollBarPolicy.ScrollBarAlwaysOff
        self.text.setVerticalScrollBarPolicy(policy)
        self.button.setVisible(bool(written.strip()))
        self._key.setVisible(not written)
        self._place_key()

    def _place_key(self) -> None:
        size = self._key.sizeHint()
        self._key.resize(size)
        self._key.move(self.text.width() - size.width() - theme().px(9), theme().px(7))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize:
            self._place_key()
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
            if enter and event.modifiers() & Qt.KeyboardModifier.ControlModifier:
                self.save()
                return True
            if event.key() == Qt.Key.Key_Escape:
                self.left.emit()
                return True
        return super().eventFilter(watched, event)
