"""Resolve (R): the outcome, words for the customer, and the cause when a guarantee was missed."""

from PySide6.QtWidgets import QWidget

from console.policy.terms import Milestone
from console.services import progress
from console.services.ticket_view import TicketView
from console.ui.context import Context
from console.ui.views.dialogs.criteria import combo_of, review
from console.ui.views.dialogs.frame import Work
from console.ui.views.dialogs.ticket_dialog import TicketDialog, may_have_missed, meets_line, owed
from console.ui.widgets.fields import TextArea

LONGEST = 20_000


class ResolveDialog(TicketDialog):
    """Outcomes and causes come from the policy that the ticket was opened under."""

    def __init__(self, context: Context, parent: QWidget | None, ticket_id: int) -> None:
        super().__init__(
            context,
            parent,
            ticket_id,
            name="resolve",
            title=f"Resolve {ticket_id}",
            icon="circle-check",
            width=560,
        )
        self.primary.set_text("Resolve")
        self._canned = ""

    def fill(self, view: TicketView) -> None:
        """Outcome, words, cause."""
        lists = view.policy.lists
        self._outcomes = combo_of(lists.outcomes, name="Outcome")
        self._outcomes.currentIndexChanged.connect(self._on_outcome)
        self.ask("outcome", "Outcome", self._outcomes)
        self._words = TextArea(name="Words for the customer", longest=LONGEST, lines=5)
        self.ask("words", "Words for the customer (optional)", self._words)
        if may_have_missed(view.ticket, self.now):
            self._ask_cause(view)
        self.column.addWidget(meets_line(owed(view.ticket, tuple(Milestone)), self.now, self.times))
        self.add_earlier()

    def _ask_cause(self, view: TicketView) -> None:
        causes = view.policy.lists.causes_of_a_miss
        combo = combo_of(causes, "Choose the cause", "Cause of the miss")
        combo.setCurrentIndex(max(0, combo.findData(view.ticket.cause_of_miss or "")))
        sentence = "A guarantee was missed: choose its cause."
        self.ask(
            "cause",
            "Cause of the miss",
            combo,
            lambda: sentence if self._leaves_a_miss() and not combo.currentData() else "",
            hint=review(causes),
        )

    def _leaves_a_miss(self) -> bool:
        """Whether a guarantee stays missed; not when it was truly resolved in time (clause 2.7)."""
        happened = self.happened()
        at = happened.at if happened is not None else None
        return may_have_missed(self.view.ticket, self.now, resolved_at=at)

    def _on_outcome(self) -> None:
        """A canned text fills the words while nobody has typed others."""
        items = {item.id: item.note for item in self.view.policy.lists.outcomes.items}
        note = items.get(str(self._outcomes.currentData()), "")
        if self._words.toPlainText() == self._canned:
            self._words.setPlainText(note)
            self._canned = note

    def work(self) -> Work | None:
        """Resolves it."""
        outcome, words = str(self._outcomes.currentData()), self.text("words")
        cause = str(self.asked("cause").value()) if "cause" in self.values() else None
        number, happened = self.ticket_id, self.happened()
        seen = self.seen
        return lambda desk, key: progress.resolve(
            desk, number, outcome, words, key, happened, cause, version=seen
        )
