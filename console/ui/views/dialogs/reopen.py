"""Reopen a resolved ticket: no charge, and a goal to resolve or plan."""

from PySide6.QtWidgets import QWidget

from console.policy.actor import STAFF
from console.policy.terms import Milestone, Status
from console.policy.ticket import Ticket
from console.services import progress
from console.services.ticket_view import TicketView
from console.ui.context import Context
from console.ui.views.dialogs.frame import Work
from console.ui.views.dialogs.parts import IconLine
from console.ui.views.dialogs.ticket_dialog import TicketDialog
from console.ui.views.why import amount
from console.ui.widgets.fields import TextArea


class ReopenDialog(TicketDialog):
    """Within the days that the policy gives; later it offers a new ticket."""

    def __init__(self, context: Context, parent: QWidget | None, ticket_id: int) -> None:
        super().__init__(
            context,
            parent,
            ticket_id,
            name="reopen",
            title=f"Reopen {ticket_id}",
            icon="rotate-ccw",
            width=480,
        )
        self.primary.set_text("Reopen, no charge")

    def why_not(self, ticket: Ticket) -> str:
        """Not resolved, or too long ago."""
        if not self.actor.has(STAFF):
            return "Only an agent or a manager can do this."
        if ticket.status is not Status.RESOLVED or ticket.resolved_at is None:
            return f"{ticket.id} is not resolved, so it cannot be reopened."
        within = self.view.policy.settings.reopen_within
        if self.now > ticket.resolved_at + within:
            return f"{ticket.id} was resolved more than {within.days} days ago. Open a new ticket."
        return ""

    def fill(self, view: TicketView) -> None:
        """What happens, and a line for the record."""
        promised = [
            promise.amount
            for promise in view.policy.promises(view.ticket.option, view.ticket.priority)
            if promise.milestone is Milestone.RESOLVE_OR_PLAN
        ]
        goal = f"; a goal of {amount(promised[0])} from now to resolve or plan" if promised else ""
        self.column.addWidget(IconLine("leaf", f"No charge{goal}."))
        self.ask(
            "reason", "What the customer says (optional)", TextArea(name="Reason", longest=1000, lines=3)
        )
        if self.why_not(view.ticket) and view.ticket.resolved_at is not None:
            account = view.ticket.account_id
            new = ("New ticket", lambda: self.context.open_dialog("new_ticket", account_id=account))
            self.say(self.why_not(view.ticket), tone="quiet", actions=(new,))

    def work(self) -> Work | None:
        """Reopens it."""
        reason, number = self.text("reason"), self.ticket_id
        seen = self.seen
        return lambda desk, key: progress.reopen(desk, number, reason, key, version=seen)
