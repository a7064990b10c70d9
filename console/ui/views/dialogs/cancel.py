"""Cancel a ticket: credited before work has begun, afterwards the price stands unless a manager credits it."""

from PySide6.QtWidgets import QWidget

from console.policy.actor import STAFF
from console.policy.ticket import Ticket
from console.services import progress
from console.services.desk import Preview
from console.services.ticket_view import TicketView
from console.ui import format as fmt
from console.ui.context import Context
from console.ui.views.before_after import BeforeAfter, changes
from console.ui.views.dialogs.form import reason_check
from console.ui.views.dialogs.frame import Work
from console.ui.views.dialogs.ticket_dialog import TicketDialog
from console.ui.widgets.fields import CheckBox, TextArea


class CancelDialog(TicketDialog):
    """A manager decides; an agent records the customer's own wish."""

    def __init__(self, context: Context, parent: QWidget | None, ticket_id: int) -> None:
        super().__init__(
            context, parent, ticket_id, name="cancel", title=f"Cancel {ticket_id}", icon="ban", width=560
        )
        self.primary.set_text("Cancel the ticket")
        self.cancel_button.set_text("Keep it")

    def why_not(self, ticket: Ticket) -> str:
        """Closed, or not this person's to do."""
        if not self.actor.has(STAFF):
            return "Only an agent or a manager can do this."
        return f"{ticket.id} is {ticket.status} already." if ticket.is_closed else ""

    def fill(self, view: TicketView) -> None:
        """What comes back, who wants it, why."""
        self._table = BeforeAfter()
        self.column.addWidget(self._table)
        self._by_customer = CheckBox(f"{view.ticket.requester} asked to cancel it")
        self._anyway = CheckBox("Credit it anyway, although work has begun")
        manager = self.actor.is_manager
        self._by_customer.setChecked(not manager)
        self._by_customer.setEnabled(manager)
        begun = view.ticket.begun_at is not None or view.ticket.planned_at is not None
        for box in (self._by_customer, self._anyway):
            box.toggled.connect(self._ask_preview)
            self.column.addWidget(box)
        self._anyway.setVisible(manager and begun and view.ticket.held > 0)
        self.ask(
            "reason",
            "Reason",
            TextArea(name="Reason", longest=1000, lines=3),
            reason_check(self, "reason", 1),
        )
        self._ask_preview()

    def refresh(self, _view: TicketView) -> None:
        """Computes again."""
        self._ask_preview()

    def _ask_preview(self) -> None:
        number, anyway = self.ticket_id, self._credits_anyway()
        by_customer = self._by_customer.isChecked() and not anyway
        self.preview(
            lambda desk: progress.preview_cancel(desk, number, anyway, by_customer), self._on_preview
        )

    def _credits_anyway(self) -> bool:
        return self._anyway.isChecked() and self._anyway.isVisibleTo(self.body.content)

    def _on_preview(self, preview: Preview) -> None:
        self._table.show_changes(
            [row for row in changes(preview, self.times) if row.label in ("Price", "Balance")]
        )
        if preview.credited:
            self.primary.set_text(f"Cancel it, credit {fmt.tokens(preview.credited)}")
        else:
            stands = preview.after.held > 0
            self.primary.set_text("Cancel it, the price stands" if stands else "Cancel the ticket")
        self.primary.allow(self.why_not(self.view.ticket))

    def work(self) -> Work | None:
        """Cancels it."""
        reason, anyway, number = self.text("reason"), self._credits_anyway(), self.ticket_id
        by_customer = self._by_customer.isChecked() and not anyway
        seen = self.seen
        return lambda desk, key: progress.cancel(desk, number, reason, anyway, key, by_customer, version=seen)
