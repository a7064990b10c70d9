"""Merge a duplicate into another ticket of the same account; its tokens are credited."""

from PySide6.QtCore import QTimer
from PySide6.QtGui import QIntValidator
from PySide6.QtWidgets import QWidget

from console.policy.errors import Problem
from console.services import progress
from console.services.ticket_view import TicketView, ticket_view
from console.ui import format as fmt
from console.ui.context import Context
from console.ui.views.dialogs.frame import Work
from console.ui.views.dialogs.parts import IconLine
from console.ui.views.dialogs.ticket_dialog import TicketDialog
from console.ui.widgets.fields import LineField


class MergeDialog(TicketDialog):
    """The other ticket is looked up while its number is typed."""

    def __init__(self, context: Context, parent: QWidget | None, ticket_id: int) -> None:
        super().__init__(
            context, parent, ticket_id, name="merge", title=f"Merge {ticket_id} into another", icon="git-merge",
            width=480,
        )  # fmt: skip
        self.primary.set_text("Merge")
        self._other: TicketView | None = None
        self._wrong = ""

    def fill(self, _view: TicketView) -> None:
        """The number of the ticket that stays."""
        self._field = LineField("48110", name="Ticket that stays", longest=9)
        self._field.setValidator(QIntValidator(1, 999_999_999, self._field))
        self._field.textChanged.connect(self._on_typed)
        self.ask("into", "Ticket that stays", self._field, self._check)
        self._says = IconLine("git-merge")
        self.column.addWidget(self._says)

    def _on_typed(self) -> None:
        self._other, self._wrong = None, ""
        self._show()
        number = self._number()
        if number:
            self.preview(lambda desk: ticket_view(desk, number), self._on_found)

    def _number(self) -> int:
        text = self._field.text()
        return int(text) if text.isdecimal() else 0

    def _on_found(self, other: TicketView) -> None:
        self._other = other
        self._wrong = self._why_not_into(other)
        self._show()

    def on_no_preview(self, problem: Problem) -> None:
        """There is no such ticket: said under the field."""
        self._wrong = problem.message
        self.asked("into").show_fault(problem.message)

    def _why_not_into(self, other: TicketView) -> str:
        if other.ticket.id == self.ticket_id:
            return "A ticket cannot be merged into itself."
        if other.ticket.account_id != self.view.ticket.account_id:
            return f"{other.ticket.id} belongs to {other.ticket.account_name}; only the same account's can be merged."
        return ""

    def _check(self) -> str:
        if not self._number():
            return "Type the number of the ticket that stays."
        return self._wrong

    def _show(self) -> None:
        self.asked("into").show_fault(self._wrong)
        other = self._other
        if other is None or self._wrong:
            self._says.say("")
            self.primary.set_text("Merge")
            return
        held = self.view.ticket.held
        back = f", {fmt.tokens(held)} credited" if held else ""
        self._says.say(
            f"{self.ticket_id} closes as a duplicate of {other.ticket.id}, “{other.ticket.subject}”{back}."
        )
        self.primary.set_text(f"Merge, credit {fmt.tokens(held)}" if held else "Merge")
        QTimer.singleShot(0, self, self.fit)

    def work(self) -> Work | None:
        """Merges."""
        into, number = self._number(), self.ticket_id
        seen = self.seen
        return lambda desk, key: progress.merge(desk, number, into, key, version=seen)
