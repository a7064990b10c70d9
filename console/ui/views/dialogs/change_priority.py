"""Change priority (Ctrl Shift P): re-priced, clocks derived again, charged only when the customer authorised it."""

from PySide6.QtWidgets import QWidget

from console.policy.errors import Problem, TooFewTokens
from console.policy.repricing import price_difference
from console.policy.terms import Priority
from console.policy.ticket import Ticket
from console.services import triage
from console.services.desk import Preview
from console.services.ticket_view import TicketView
from console.ui import format as fmt
from console.ui.context import Context
from console.ui.views.before_after import BeforeAfter, changes, priority_words
from console.ui.views.dialogs.frame import Work
from console.ui.views.dialogs.ticket_dialog import TicketDialog, why_not_work
from console.ui.widgets.fields import CheckBox, LineField
from console.ui.widgets.tabs import SegmentedTabs, Tab

_SHORT = {Priority.INFORMATIONAL: "Info"}


class ChangePriorityDialog(TicketDialog):
    """An emergency goes to urgent only by classification."""

    def __init__(
        self, context: Context, parent: QWidget | None, ticket_id: int, to: Priority | None = None
    ) -> None:
        super().__init__(
            context, parent, ticket_id, name="change_priority", title=f"Change priority of {ticket_id}",
            icon="chevrons-up", width=580,
        )  # fmt: skip
        self._first = to
        self.primary.set_text("Change priority")

    def why_not(self, ticket: Ticket) -> str:
        """Nothing chosen, an emergency, closed."""
        if ticket.priority is Priority.EMERGENCY:
            return "An emergency leaves its priority only by the decision that it is not mission critical."
        reason = why_not_work(ticket, self.actor) if not ticket.is_awaiting else ""
        return reason or ("" if self._to() is not ticket.priority else "Choose another priority.")

    def fill(self, view: TicketView) -> None:
        """The five priorities with their prices, what changes, the authorisation."""
        ticket = view.ticket
        self._tabs = SegmentedTabs(tuple(self._tab(view, each) for each in Priority), name="To")
        self._tabs.choose((self._first or ticket.priority).value)
        self._tabs.chosen.connect(self._on_chosen)
        self.ask("to", "To", self._tabs)
        self._table = BeforeAfter()
        self._table.hide()
        self.column.addWidget(self._table)
        self._authorised = CheckBox("The customer authorised the higher price")
        self._by = LineField(name="Who authorised it", longest=200)
        self._by.setText(ticket.requester)
        self._box = self.ask("authorised", "Authorisation", self._authorised, self._unauthorised)
        self._who = self.ask("by", "Who authorised it, at the customer", self._by, self._nobody)
        self._show_authorisation()
        if ticket.priority is Priority.EMERGENCY:
            classify = ("Classify", self._on_classify)
            self.say(self.why_not(ticket), tone="quiet", icon="scale", actions=(classify,))
        elif self._to() is not ticket.priority:
            self._ask_preview()

    def _tab(self, view: TicketView, priority: Priority) -> Tab:
        ticket = view.ticket
        count = (
            int(view.policy.price(ticket.hosting, ticket.option, priority)) if ticket.pays_tokens else None
        )
        return Tab(priority.value, _SHORT.get(priority, priority_words(priority)), count)

    def _to(self) -> Priority:
        return Priority(self._tabs.current()) if hasattr(self, "_tabs") else self.view.ticket.priority

    def _due(self) -> int:
        return price_difference(self.view.ticket, self._to(), self.view.policy)

    def _show_authorisation(self) -> None:
        charges = self._due() > 0
        self._box.setVisible(charges)
        self._who.setVisible(charges)

    def _unauthorised(self) -> str:
        return (
            "" if self._authorised.isChecked() else f"{fmt.tokens(self._due())} more need the customer's yes."
        )

    def _nobody(self) -> str:
        return "" if self.text("by") else "Say who authorised it."

    def _on_chosen(self, _name: object) -> None:
        self.say("")
        self._show_authorisation()
        self.primary.allow(self.why_not(self.view.ticket))
        if self._to() is self.view.ticket.priority:
            self._table.hide()
            self.primary.set_text("Change priority")
        else:
            self._ask_preview()
        self.fit()

    def refresh(self, view: TicketView) -> None:
        """Computes again."""
        if self._to() is not view.ticket.priority:
            self._ask_preview()

    def _ask_preview(self) -> None:
        number, to = self.ticket_id, self._to()
        self.preview(lambda desk: triage.preview_change_priority(desk, number, to), self._on_preview)

    def _on_preview(self, preview: Preview) -> None:
        self._table.show_changes(changes(preview, self.times))
        self._table.show()
        self.primary.allow(self.why_not(self.view.ticket))
        self.primary.set_text(_button(preview))
        self.fit()

    def on_no_preview(self, problem: Problem) -> None:
        """Refused whole as things stand; too few tokens leave a way out."""
        super().on_no_preview(problem)
        if isinstance(problem, TooFewTokens):
            self._table.hide()

    def _on_classify(self) -> None:
        self.reject()
        self.context.open_dialog("classify", ticket_id=self.ticket_id, outcome="demote")

    def work(self) -> Work | None:
        """Changes it."""
        number, to, version = self.ticket_id, self._to(), self.view.ticket.version
        by = self.text("by") if self._due() > 0 else ""
        return lambda desk, key: triage.change_priority(desk, number, to, by, version, key)


def _button(preview: Preview) -> str:
    made = f"Make {preview.after.priority}"
    if preview.charged:
        return f"{made}, charge {fmt.number(preview.charged)}"
    return f"{made}, credit {fmt.number(preview.credited)}" if preview.credited else made
