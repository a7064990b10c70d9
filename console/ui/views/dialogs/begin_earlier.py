"""Work that began earlier than it is entered: the true time counts, both are kept; for managers (clause 2.7)."""

from PySide6.QtWidgets import QWidget

from console.policy.actor import MANAGEMENT
from console.policy.terms import Milestone
from console.policy.ticket import Ticket
from console.services import progress
from console.services.ticket_view import TicketView
from console.ui.context import Context
from console.ui.views.dialogs.frame import Work
from console.ui.views.dialogs.parts import IconLine
from console.ui.views.dialogs.ticket_dialog import TicketDialog, meets_line, owed


class BeginEarlierDialog(TicketDialog):
    """The key B begins now; this enters a beginning that has happened."""

    def __init__(self, context: Context, parent: QWidget | None, ticket_id: int) -> None:
        super().__init__(
            context, parent, ticket_id, name="begin_earlier", title=f"Work on {ticket_id} began earlier", icon="play",
            width=480,
        )  # fmt: skip
        self.primary.set_text("Enter it at that time")

    def why_not(self, ticket: Ticket) -> str:
        """Not a manager, or nothing to begin."""
        if not self.actor.has(MANAGEMENT):
            return "Only a manager can enter an act at an earlier time."
        return super().why_not(ticket)

    def fill(self, view: TicketView, /) -> None:
        """When, why, and what it meets."""
        self.add_earlier()
        if self._happened is not None:
            self._happened.unfold()
        self.column.addWidget(meets_line(owed(view.ticket, (Milestone.BEGIN,)), self.now, self.times))
        self.column.addWidget(
            IconLine("info", "The time entered counts for the guarantee; both times are kept.")
        )

    def work(self) -> Work | None:
        """Enters it."""
        number, happened = self.ticket_id, self.happened()
        seen = self.seen
        return lambda desk, key: progress.begin(desk, number, key, happened, version=seen)
