"""One's own proposal of a free issue: withdraw it, or answer the manager's question about it."""

from PySide6.QtWidgets import QWidget

from console.policy.ticket import Ticket
from console.services import triage
from console.services.ticket_view import TicketView
from console.ui.context import Context
from console.ui.views.dialogs.frame import Work
from console.ui.views.dialogs.parts import IconLine
from console.ui.views.dialogs.ticket_dialog import TicketDialog
from console.ui.widgets.fields import TextArea


class WithdrawDialog(TicketDialog):
    """The price stands; both acts stay on the timeline."""

    def __init__(self, context: Context, parent: QWidget | None, ticket_id: int) -> None:
        super().__init__(
            context, parent, ticket_id, name="withdraw_proposal", title=f"Withdraw the proposal on {ticket_id}?",
            icon="undo-2", width=480,
        )  # fmt: skip
        self.primary.set_text("Withdraw it")

    def why_not(self, ticket: Ticket) -> str:
        """Nobody proposes it, or somebody else does."""
        if ticket.proposal is None:
            return f"Nobody proposes that {ticket.id} is free."
        own = ticket.proposal.by == self.actor.login or self.actor.is_manager
        return (
            "" if own else f"{ticket.proposal.by_name} proposed it; only they or a manager can withdraw it."
        )

    def fill(self, _view: TicketView, /) -> None:
        """A line for the record."""
        self.column.addWidget(IconLine("coins", "The tokens stay charged and the clock runs on."))
        self.ask("reason", "Reason (optional)", TextArea(name="Reason", longest=1000, lines=3))

    def work(self) -> Work | None:
        """Withdraws it."""
        number, reason = self.ticket_id, self.text("reason")
        seen = self.seen
        return lambda desk, key: triage.withdraw_proposal(desk, number, reason, key, version=seen)


class AnswerDialog(TicketDialog):
    """The manager's question answered; the proposal waits for a decision again."""

    def __init__(self, context: Context, parent: QWidget | None, ticket_id: int) -> None:
        super().__init__(
            context,
            parent,
            ticket_id,
            name="answer_proposal",
            title=f"Answer about {ticket_id}",
            icon="reply",
        )
        self.primary.set_text("Send the answer")

    def why_not(self, ticket: Ticket) -> str:
        """No question is open."""
        asked = ticket.proposal is not None and ticket.proposal.question
        return "" if asked else f"Nobody asks anything about {ticket.id}."

    def fill(self, view: TicketView, /) -> None:
        """The question, and the answer."""
        if view.ticket.proposal is not None and view.ticket.proposal.question:
            self.column.addWidget(IconLine("gavel", f"“{view.ticket.proposal.question}”", ink="text"))
        field = TextArea(name="Answer", longest=1000, lines=4)
        self.ask("answer", "Answer", field, self.at_least_typed("answer", "Write the answer."))

    def work(self) -> Work | None:
        """Sends it."""
        number, answer = self.ticket_id, self.text("answer")
        seen = self.seen
        return lambda desk, key: triage.answer_question(desk, number, answer, key, version=seen)
