"""Reply to the customer (Y): meets *respond*, and begins the work too."""

from PySide6.QtWidgets import QWidget

from console.policy.terms import Milestone
from console.services import progress
from console.services.ticket_view import TicketView
from console.ui.context import Context
from console.ui.views.dialogs.frame import Work
from console.ui.views.dialogs.parts import IconLine
from console.ui.views.dialogs.ticket_dialog import TicketDialog, meets_line, owed
from console.ui.widgets.fields import TextArea

LONGEST = 20_000


class ReplyDialog(TicketDialog):
    """Text for the customer; says which milestone it meets."""

    def __init__(self, context: Context, parent: QWidget | None, ticket_id: int) -> None:
        super().__init__(
            context, parent, ticket_id, name="reply", title=f"Reply on {ticket_id}", icon="reply", width=560
        )
        self.primary.set_text("Send reply")

    def fill(self, view: TicketView) -> None:
        """One field, and what it meets."""
        ticket = view.ticket
        field = TextArea(name="Reply", longest=LONGEST, lines=8)
        self.ask(
            "words", f"Reply to {ticket.requester}", field, self.at_least_typed("words", "Write the reply.")
        )
        met = owed(ticket, (Milestone.RESPOND, Milestone.BEGIN))
        self.column.addWidget(meets_line(met, self.now, self.times))
        if ticket.begun_at is None and not ticket.is_awaiting:
            self.column.addWidget(IconLine("play", "Also begins work."))
        self.add_earlier()

    def work(self) -> Work | None:
        """Sends it."""
        words, number, happened = self.text("words"), self.ticket_id, self.happened()
        seen = self.seen
        return lambda desk, key: progress.reply(desk, number, words, key, happened, version=seen)
