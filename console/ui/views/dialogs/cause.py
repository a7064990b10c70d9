"""The cause of a missed guarantee, from the policy's list."""

from PySide6.QtWidgets import QWidget

from console.policy.actor import STAFF
from console.policy.ticket import Ticket
from console.services import progress
from console.services.ticket_view import TicketView
from console.ui.context import Context
from console.ui.views.dialogs.criteria import combo_of, review
from console.ui.views.dialogs.frame import Work
from console.ui.views.dialogs.ticket_dialog import TicketDialog, may_have_missed


class CauseDialog(TicketDialog):
    """May be set as soon as a guarantee is missed; must be set before the ticket is resolved."""

    def __init__(self, context: Context, parent: QWidget | None, ticket_id: int) -> None:
        super().__init__(
            context, parent, ticket_id, name="cause", title=f"Cause of the miss on {ticket_id}", icon="circle-alert",
            width=440,
        )  # fmt: skip
        self.primary.set_text("Set the cause")

    def why_not(self, ticket: Ticket) -> str:
        """Nothing was missed, or not this person's to say."""
        if not self.actor.has(STAFF):
            return "Only an agent or a manager can do this."
        return "" if may_have_missed(ticket, self.now) else f"No guarantee of {ticket.id} was missed."

    def fill(self, view: TicketView) -> None:
        """One choice."""
        causes = view.policy.lists.causes_of_a_miss
        combo = combo_of(causes, "Choose the cause", "Cause")
        combo.setCurrentIndex(max(0, combo.findData(view.ticket.cause_of_miss or "")))
        missing = "Choose the cause."
        self.ask("cause", "Cause", combo, lambda: "" if combo.currentData() else missing, hint=review(causes))

    def work(self) -> Work | None:
        """Sets it."""
        cause, number = str(self.asked("cause").value()), self.ticket_id
        seen = self.seen
        return lambda desk, key: progress.set_cause(desk, number, cause, key, version=seen)
