"""The card at the bottom edge: a manager's decision, an agent's withdrawal or answer, or why there is none to make."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from console.ui import format as fmt
from console.ui.drafts import Draft, Drafts, Key
from console.ui.theme import theme
from console.ui.widgets.buttons import Button, Kind
from console.ui.widgets.cards import Card, row
from console.ui.widgets.columns import widgets_of
from console.ui.widgets.fields import LineField
from console.ui.widgets.labels import CaptionLabel, ElidedLabel, IconLabel, PlainLabel
from console.ui.widgets.messages import Action, MessageBar
from console.ui.widgets.outcome import OutcomeGroup

if TYPE_CHECKING:
    from console.ui.models.decision_model import Item
    from console.ui.views.determinations_deeds import Case

FREE, TOKENS, ASK = "free", "tokens", "ask"
LONGEST_REASON = 1_000
MANAGERS_ONLY = "Only a manager can decide this."
TOGETHER = "Several are decided together only as free issues"
_HINTS = {
    FREE: "Add a line for the record (optional when free, required otherwise)",
    TOKENS: "Why it needs tokens (required)",
    ASK: "Your question (required)",
}
_MISSING = {
    TOKENS: "Say why it needs tokens: a determination against the proposal is kept with its reason.",
    ASK: "Write the question first.",
}


@dataclass(frozen=True, slots=True)
class Decision:
    """What was chosen: free, tokens or ask, with the line for the record."""

    outcome: str
    words: str


class DecisionCard(Card):
    """``decided(Decision)`` once what was chosen is complete; ``outcome(str)`` another one was chosen."""

    decided = Signal(object)
    outcome = Signal(object)

    def __init__(self, drafts: Drafts, parent: QWidget | None = None) -> None:
        super().__init__("decision", padding=15, spacing=12, parent=parent)
        self._case: Case | None = None
        self._together: tuple[Item, ...] = ()
        self._undo_minutes = 10
        self._title = PlainLabel("Your determination is final", "card_title")
        self._note = ElidedLabel("Management decides what is free support", "caption", "text2")
        self._note.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Preferred)
        self._message = MessageBar("quiet")
        self._message.hide()
        self._group = OutcomeGroup(across=True, name="Determination")
        self._group.add(FREE, "Free issue", "", "1")
        self._group.add(TOKENS, "Needs tokens", "", "2")
        self._group.add(ASK, "Ask", "Send it back with a question.", "3")
        self._group.choose(FREE)
        self._line = LineField(_HINTS[FREE], name="Line for the record", longest=LONGEST_REASON)
        self.draft = Draft(drafts, self._line.text, self._line.setText)
        self._fault = CaptionLabel("", "missed_text", wrap=True)
        self._fault.hide()
        self._foot = CaptionLabel("", "text2", wrap=True)
        self.button = Button("Mark free", Kind.CREDIT, key="Ctrl+Return")
        self._build()
        self._group.chosen.connect(self._on_chosen)
        self._line.textChanged.connect(self._on_typed)
        self.button.clicked.connect(self.commit)
        self._say()

    # what it shows

    def show_case(
        self,
        case: Case,
        about: Key,
        reason: str,
        actions: Sequence[Action] = (),
        together: Sequence[Item] = (),
    ) -> None:
        """Another case, its line for the record kept as the draft ``about`` it.

        ``reason`` says why it cannot be decided here; ``actions`` are what can be done instead.
        """
        self._case, self._together = case, tuple(together)
        self._undo_minutes = int(case.view.policy.settings.undo_within.total_seconds()) // 60
        if about != self.draft.about:
            self._group.choose(FREE)
            self.draft.turn_to(about)
            self._show_fault("")
        self._message.show_message(reason, tone="quiet", actions=actions)
        self._allow(reason)
        self._say()

    def choose(self, name: str) -> None:
        """Free, tokens or ask; the focus goes where words are needed."""
        if self._group.card(name).isEnabled():
            self._group.choose(name)
            if name == FREE:
                self._group.card(name).setFocus(Qt.FocusReason.ShortcutFocusReason)
            else:
                self._line.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def current(self) -> str:
        """The outcome chosen."""
        return self._group.current()

    def line(self) -> LineField:
        """The line for the record."""
        return self._line

    def fault(self) -> str:
        """What is missing, empty when nothing is."""
        return self._fault.text()

    def message(self) -> MessageBar:
        """The sentence above the outcomes."""
        return self._message

    def card(self, name: str) -> QWidget:
        """The card of an outcome."""
        return self._group.card(name)

    def commit(self) -> None:
        """Decides, if what was chosen is complete; else says what is missing, at the field."""
        if not self.button.isEnabled() or self._case is None:
            return
        chosen, words = self._group.current(), self._line.text().strip()
        if chosen in _MISSING and not words:
            self._show_fault(_MISSING[chosen])
            self._line.setFocus(Qt.FocusReason.OtherFocusReason)
            return
        self.decided.emit(Decision(chosen, words))

    def wait(self, why: str) -> None:
        """It was sent, and nothing is decided here until that is settled; empty: it is."""
        self.button.wait(why)

    def settle(self, problem: str = "") -> None:
        """The decision is through, or was refused with that sentence; what was typed stays on a refusal."""
        self._show_fault(problem)
        if not problem:
            self._group.choose(FREE)

    # inside

    def _build(self) -> None:
        title = row(IconLabel("gavel", "link", 16), self._title, self._note, spacing=10)
        title.setStretch(1, 1)
        foot = row(spacing=12)
        foot.addWidget(self._foot, 1)
        foot.addWidget(self.button)
        field = QVBoxLayout()
        field.setSpacing(theme().px(4))
        field.addWidget(self._line)
        field.addWidget(self._fault)
        self.body.addLayout(title)
        self.body.addWidget(self._message)
        self.body.addWidget(self._group)
        self.body.addLayout(field)
        self.body.addLayout(foot)

    def _allow(self, reason: str) -> None:
        several = len(self._together) > 1
        for name in (FREE, TOKENS, ASK):
            self._group.card(name).allow(reason or (TOGETHER if several and name != FREE else ""))
        if several and self._group.current() != FREE:
            self._group.choose(FREE)
        self._line.setEnabled(not reason)
        self.button.allow(reason)

    def _say(self) -> None:
        held, count = self._tokens(), len(self._together)
        shown = fmt.tokens(held)
        proposer = self._proposer()
        first = proposer.split(" ")[0] if proposer else "the proposer"
        is_are = "is" if held == 1 else "are"
        self._group.card(FREE).show_words("Free issue", f"{shown} {is_are} credited.")
        stay = "stays" if held == 1 else "stay"
        self._group.card(TOKENS).show_words("Needs tokens", f"{shown} {stay} charged; say why.")
        self._group.card(ASK).show_words(f"Ask {first}", "Send it back with a question.")
        chosen = self._group.current()
        self._line.setPlaceholderText(_HINTS[chosen])
        if chosen == FREE:
            what = f"Mark {count} free" if count > 1 else "Mark free"
            self.button.set_text(f"{what}, credit {shown}")
            self.button.set_kind(Kind.CREDIT)
        else:
            self.button.set_text(f"Keep {shown} charged" if chosen == TOKENS else f"Ask {first}")
            self.button.set_kind(Kind.PRIMARY)
        undo = f"You can undo this for {self._undo_minutes} minutes; later it can only be overturned, with a reason."
        self._foot.setText("The proposal waits until it is answered." if chosen == ASK else undo)

    def _tokens(self) -> int:
        if len(self._together) > 1:
            return sum(item.tokens for item in self._together)
        return self._case.tokens or self._case.view.ticket.held if self._case is not None else 0

    def _proposer(self) -> str:
        proposal = self._case.view.ticket.proposal if self._case is not None else None
        return proposal.by_name if proposal else ""

    def _show_fault(self, sentence: str) -> None:
        self._fault.setText(sentence)
        self._fault.setVisible(bool(sentence))
        self._line.show_fault(wrong=bool(sentence))
        self._line.setAccessibleDescription(sentence)

    def _on_chosen(self, name: str) -> None:
        self._show_fault("")
        self._say()
        self.outcome.emit(name)

    def _on_typed(self, _text: str) -> None:
        self._show_fault("")


class ActCard(Card):
    """For cases without a determination to make here: a sentence, what can be done, and perhaps a field for words."""

    acted = Signal(object)

    def __init__(self, drafts: Drafts, parent: QWidget | None = None) -> None:
        super().__init__("decision", padding=15, spacing=12, parent=parent)
        self._names: list[str] = []
        self._icon = IconLabel("gavel", "link", 16)
        self._title, self._words = PlainLabel("", "card_title"), PlainLabel("", "plain", "text2", wrap=True)
        self._line = LineField("", name="Answer", longest=LONGEST_REASON)
        self.draft = Draft(drafts, self._line.text, self._line.setText)
        self._fault = CaptionLabel("", "missed_text", wrap=True)
        self._buttons = row(spacing=8)
        self.body.addLayout(row(self._icon, self._title, None, spacing=10))
        self.body.addWidget(self._words)
        self.body.addWidget(self._line)
        self.body.addWidget(self._fault)
        self.body.addLayout(self._buttons)
        self._line.textChanged.connect(self._on_typed)

    def show_act(
        self,
        title: str,
        words: str,
        icon: str,
        acts: Sequence[tuple[str, str, str, str]],
        *,
        field: str = "",
        about: Key | None = None,
    ) -> None:
        """``acts`` are name, words, key and reason against; the first is the filled one. ``field`` asks for words, kept
        as the draft ``about`` the case."""
        self.draft.turn_to(about)
        self._icon.show_icon(icon, "link")
        self._title.setText(title)
        self._words.setText(words)
        self._words.setVisible(bool(words))
        self._line.setVisible(bool(field))
        self._line.setPlaceholderText(field)
        self._show_fault("")
        self._show_buttons(acts)
        self.setAccessibleName(f"{title}. {words}")

    def words(self) -> str:
        """The sentence shown."""
        return self._words.text()

    def line(self) -> LineField:
        """The field, for an answer."""
        return self._line

    def button(self, name: str) -> Button:
        """The button of an act."""
        buttons = [widget for widget in widgets_of(self._buttons) if isinstance(widget, Button)]
        return buttons[self._names.index(name)]

    def commit(self) -> None:
        """The first act."""
        if self._names:
            self.press(self._names[0])

    def press(self, name: str) -> None:
        """An act, if it can be done; an answer needs words."""
        if not self.button(name).isEnabled():
            return
        if name == "answer" and not self._line.text().strip():
            self._show_fault("Write the answer first.")
            self._line.setFocus(Qt.FocusReason.OtherFocusReason)
            return
        self.acted.emit(name)

    def settle(self, problem: str = "") -> None:
        """The act is through, or was refused with that sentence."""
        self._show_fault(problem)

    def _show_buttons(self, acts: Sequence[tuple[str, str, str, str]]) -> None:
        while (item := self._buttons.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        self._names = [name for name, _, _, _ in acts]
        self._buttons.addStretch(1)
        for place, (name, words, key, reason) in enumerate(acts):
            button = Button(words, Kind.PRIMARY if place == 0 else Kind.OUTLINE, key=key, parent=self)
            button.allow(reason)
            button.setProperty("act", name)
            button.clicked.connect(self._on_pressed)
            self._buttons.addWidget(button)

    def _show_fault(self, sentence: str) -> None:
        self._fault.setText(sentence)
        self._fault.setVisible(bool(sentence))

    def _on_pressed(self) -> None:
        pressed = self.sender()
        if pressed is not None:
            self.press(pressed.property("act"))

    def _on_typed(self, _text: str) -> None:
        self._show_fault("")
