"""Why this time (W) for a ticket: reads it, then shows the popover beside the time that was asked about."""

from PySide6.QtWidgets import QVBoxLayout, QWidget
from shiboken6 import isValid

from console.policy.errors import Problem
from console.services.ticket_view import TicketView, ticket_view
from console.ui.context import Context
from console.ui.theme import theme
from console.ui.views.why import Why, WhyPanel, WhyPopover, awaiting_words, message_panel
from console.ui.widgets.cards import Rule


class WhyTicket(WhyPopover):
    """Every promise that still runs, the next due first. Opened beside ``anchor``, else where times are shown."""

    def __init__(
        self, context: Context, parent: QWidget | None, ticket_id: int, anchor: QWidget | None = None
    ) -> None:
        super().__init__(None, parent)
        self._context, self._ticket_id = context, ticket_id
        self._anchor = anchor

    def open(self) -> None:
        """Reads the ticket; the popover appears when it is there."""
        self._context.read(
            lambda desk: ticket_view(desk, self._ticket_id), self._on_read, self._on_problem, owner=self
        )

    def _on_read(self, view: TicketView) -> None:
        self.show_content(why_content(view, self._context))
        self.open_at(self._place())

    def _on_problem(self, problem: Problem) -> None:
        self.show_content(message_panel(problem.title, problem.message))
        self.open_at(self._place())

    def _place(self) -> QWidget:
        if self._anchor is not None and isValid(self._anchor):
            return self._anchor
        from console.ui.views.promise_card import PromiseCard

        parent = self.parentWidget()
        window = parent.window() if parent is not None else self
        shown = [card for card in window.findChildren(PromiseCard) if card.isVisible()]
        return shown[0] if shown else window


def why_content(view: TicketView, context: Context) -> QWidget:
    """The panels for a ticket's running promises, or a sentence when none runs."""
    ticket, now = view.ticket, context.heartbeat.now()
    if ticket.is_awaiting:
        price = view.policy.price(ticket.hosting, ticket.option, ticket.priority)
        return message_panel("The clock has not started", awaiting_words(price, view.account.balance))
    shown = [each for each in view.deadlines if each.deadline.is_unmet] or list(view.deadlines)
    if not shown:
        return message_panel("No set time", f"The policy gives a {ticket.priority} ticket no time.")
    box = QWidget()
    column = QVBoxLayout(box)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(theme().px(12))
    for each in sorted(shown, key=lambda each: each.deadline.due_at)[:2]:
        if column.count():
            column.addWidget(Rule())
        why = Why(
            ticket.id, ticket.priority, each.deadline, each.explanation, view.policy, now, each.replaced
        )
        panel = WhyPanel(why, context.times)
        column.addWidget(panel)
        box.setAccessibleName(f"{box.accessibleName()} {panel.accessibleName()}".strip())
    return box
