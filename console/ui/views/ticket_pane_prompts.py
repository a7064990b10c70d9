"""What a ticket asks of the person reading it: classify it, name a cause, answer about a proposal, sell tokens."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from console.policy.terms import Priority
from console.ui import format as fmt
from console.ui.actions import Commands
from console.ui.drafts import Draft, Drafts, Key
from console.ui.models.queue_words import MILESTONE_WORDS, away_words
from console.ui.theme import theme
from console.ui.widgets.buttons import Button, Kind
from console.ui.widgets.cards import Card, row
from console.ui.widgets.chips import Avatar
from console.ui.widgets.fields import ComboBox, LineField
from console.ui.widgets.labels import CaptionLabel, IconLabel, PlainLabel

if TYPE_CHECKING:
    from console.services.ticket_view import TicketView


class _Prompt(Card):
    """A tinted card: an icon, a question, what is known, and the buttons."""

    def __init__(
        self, icon: str, kind: str = "accent", ink: str = "link", parent: QWidget | None = None
    ) -> None:
        super().__init__(kind, padding=13, spacing=7, parent=parent)
        self._title = PlainLabel("", "section", wrap=True)
        self._says = CaptionLabel("", "text2", wrap=True)
        self._title.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self._says.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
        self.body.addLayout(row(IconLabel(icon, ink, 16), self._title))
        self.body.addWidget(self._says)
        self.buttons = QHBoxLayout()
        self.buttons.setSpacing(theme().px(8))
        self.body.addLayout(self.buttons)
        self.hide()

    def say(self, title: str, says: str) -> None:
        """The question and what is known about it."""
        self._title.setText(title)
        self._says.setText(says)
        self._says.setVisible(bool(says))
        self.setAccessibleName(f"{title} {says}")
        self.show()

    def words(self) -> str:
        """What is shown."""
        return f"{self._title.text()} {self._says.text()}"


class _Commanding(_Prompt):
    """A prompt whose buttons are commands."""

    def __init__(
        self,
        commands: Commands,
        icon: str,
        names: tuple[tuple[str, str], ...],
        kind: str = "accent",
        ink: str = "link",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(icon, kind, ink, parent)
        self._commands = commands
        self._buttons: dict[str, Button] = {}
        for name, words in names:
            button = Button(words, key=commands.sequence(name), parent=self)
            button.setProperty("command", name)
            button.clicked.connect(self._on_pressed)
            self._buttons[name] = button
            self.buttons.addWidget(button)
        self.buttons.addStretch(1)

    def refresh(self) -> None:
        """Disables what cannot be done, with the reason."""
        for name, button in self._buttons.items():
            button.allow(self._commands.reason(name))

    def button(self, name: str) -> Button:
        """The button of a command."""
        return self._buttons[name]

    def _on_pressed(self) -> None:
        sender = self.sender()
        if sender is not None:
            self._commands.run(sender.property("command"))


class Prompts(QWidget):
    """The prompts that are open for one ticket, in the design's order."""

    cause_chosen = Signal(object)
    proposal = Signal(object)
    answered = Signal(object)

    def __init__(self, commands: Commands, drafts: Drafts, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme().px(10))
        self._owner = _Owner(self)
        self.awaiting = _Commanding(
            commands, "coins", (("purchase", "Record purchase"),), kind="strong", ink="text2", parent=self
        )
        names = (("demote", "Demote"), ("confirm", "Confirm"), ("mark_free", "Mark free"))
        self.classify = _Commanding(commands, "scale", names, parent=self)
        self.cause = _CausePrompt(self)
        self.cause.chosen.connect(self.cause_chosen)
        self.proposed = _ProposalPrompt(drafts, self)
        self.proposed.pressed.connect(self.proposal)
        self.proposed.answered.connect(self.answered)
        for part in (self._owner, self.awaiting, self.classify, self.cause, self.proposed):
            column.addWidget(part)

    def show_view(self, view: TicketView, login: str, now: datetime, answer: Key) -> None:
        """Shows what this ticket asks, hides the rest; ``answer`` names the draft of an answer to the manager."""
        self._owner.show_view(view, login, now)
        self._show_awaiting(view)
        self._show_classify(view)
        self.cause.show_view(view)
        self.proposed.show_view(view, login, now, answer)

    def open_prompts(self) -> tuple[str, ...]:
        """Which prompts are shown."""
        parts = {
            "awaiting": self.awaiting,
            "classify": self.classify,
            "cause": self.cause,
            "proposal": self.proposed,
        }
        return tuple(name for name, part in parts.items() if not part.isHidden())

    def _show_awaiting(self, view: TicketView) -> None:
        if not view.ticket.is_awaiting:
            self.awaiting.hide()
            return
        price, balance = view.row.price, view.account.balance
        self.awaiting.say(
            "Awaiting tokens: the clock has not started",
            f"The clock starts when the account can pay {fmt.tokens(price)}. It has {balance}, "
            f"so {fmt.tokens(max(1, price - balance))} more will open this ticket.",
        )
        self.awaiting.refresh()

    def _show_classify(self, view: TicketView) -> None:
        ticket = view.ticket
        asks = (
            ticket.priority is Priority.EMERGENCY
            and ticket.confirmation is None
            and not ticket.is_closed
            and not ticket.is_awaiting
        )
        if not asks:
            self.classify.hide()
            return
        self.classify.say(
            "Is this mission critical?", f"Nobody has classified this emergency yet. {cost_words(view)}"
        )
        self.classify.refresh()


def cost_words(view: TicketView) -> str:
    """``"10 tokens charged."``, ``"It is already free."``, ``"Included in the flat rate."``."""
    if not view.ticket.pays_tokens:
        return "Included in the flat rate."
    if view.ticket.is_free:
        return "It is already free."
    return f"{fmt.tokens(view.ticket.held)} charged."


class _Owner(Card):
    """Who has the ticket, when it is somebody else."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("quiet", padding=6, parent=parent)
        self._avatar = Avatar("", size=20)
        self._words = CaptionLabel("", "text2", wrap=True)
        line = row(self._avatar, self._words)
        line.setStretch(1, 1)
        self.body.addLayout(line)
        self.hide()

    def show_view(self, view: TicketView, login: str, now: datetime) -> None:
        row_ = view.row
        self.setVisible(row_.owner is not None and row_.owner != login and not view.ticket.is_closed)
        away = away_words(row_, login, now)
        self._avatar.show_person(row_.owner_name, ring="met" if row_.begun else None, faded=bool(away))
        doing = "is working on this" if row_.begun else "has claimed this"
        self._words.setText(", ".join(part for part in (f"{row_.owner_name} {doing}", away) if part))


class _CausePrompt(_Prompt):
    """The cause of a missed guarantee, from the policy's list."""

    chosen = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("alarm-clock-off", "missed", "missed_text", parent)
        self._causes = ComboBox("Cause of the miss")
        self._set = Button("Set cause")
        self._set.clicked.connect(self.set_cause)
        self.buttons.addWidget(self._causes, 1)
        self.buttons.addWidget(self._set)

    def show_view(self, view: TicketView) -> None:
        missed = view.ticket.missed_guarantee
        if missed is None or view.ticket.cause_of_miss is not None:
            self.hide()
            return
        listed = view.policy.lists.causes_of_a_miss
        if [self._causes.itemData(place) for place in range(self._causes.count())] != [
            each.id for each in listed.items
        ]:
            self._causes.clear()
            for each in listed.items:
                self._causes.addItem(each.words, each.id)
        review = "" if listed.reviewed else " (house list: review)"
        self.say(
            f"Why was the {MILESTONE_WORDS[missed.milestone].lower()} guarantee missed?",
            f"Needed before the ticket is resolved{review}.",
        )

    def set_cause(self) -> None:
        """Sets the cause that is chosen."""
        self.chosen.emit(self._causes.currentData())


class _ProposalPrompt(_Prompt):
    """A proposal that waits, or came back with a question: then its author answers here."""

    pressed = Signal(object)
    answered = Signal(object)

    def __init__(self, drafts: Drafts, parent: QWidget | None = None) -> None:
        super().__init__("gift", "plain", "credit_text", parent)
        self._field = LineField("Your answer to the manager", name="Answer to the manager", longest=1000)
        self._field.returnPressed.connect(self._on_answer)
        self.draft = Draft(drafts, self._field.text, self._field.setText)
        self.body.insertWidget(2, self._field)
        self._answer = Button("Send answer", Kind.PRIMARY)
        self._answer.clicked.connect(self._on_answer)
        self._withdraw = Button("Withdraw proposal")
        self._open = Button("Determinations")
        self.buttons.addWidget(self._answer)
        for button, name in ((self._withdraw, "withdraw"), (self._open, "open")):
            button.setProperty("act", name)
            button.clicked.connect(self._on_pressed)
            self.buttons.addWidget(button)
        self.buttons.addStretch(1)

    def show_view(self, view: TicketView, login: str, now: datetime, answer: Key) -> None:
        self.draft.turn_to(answer)
        proposal = view.ticket.proposal
        if proposal is None:
            self.hide()
            return
        mine = proposal.by == login
        category = view.policy.lists.free.words(proposal.category)
        if proposal.question:
            self.say("The proposal came back with a question", proposal.question)
        else:
            since = fmt.ago(proposal.at, now)
            self.say(
                f"{'You' if mine else proposal.by_name} proposed: free, {since}",
                f"{category}: {proposal.reason}\nThe clock keeps running until a manager decides.",
            )
        asked = bool(proposal.question) and mine
        self._field.setVisible(asked)
        self._answer.setVisible(asked)
        self._withdraw.setVisible(mine)

    def _on_answer(self) -> None:
        words = self._field.text().strip()
        if words:
            self.answered.emit(words)

    def _on_pressed(self) -> None:
        sender = self.sender()
        if sender is not None:
            self.pressed.emit(sender.property("act"))
