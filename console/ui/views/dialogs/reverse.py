"""Reverse a classification or overturn a determination: a further recorded act, with the same before and after."""

from collections.abc import Sequence

from PySide6.QtWidgets import QWidget

from console.policy.errors import Problem, TooFewTokens
from console.policy.ticket import Demotion, Ticket
from console.services import triage
from console.services.desk import Desk, Preview
from console.services.ticket_view import TicketView
from console.ui import format as fmt
from console.ui.context import Context
from console.ui.views.before_after import BeforeAfter, changes
from console.ui.views.dialogs.form import reason_check
from console.ui.views.dialogs.frame import Work
from console.ui.views.dialogs.ticket_dialog import TicketDialog
from console.ui.widgets.fields import TextArea
from console.ui.widgets.messages import Action

ONLY_A_MANAGER = "Only a manager can decide this."


class _BackDialog(TicketDialog):
    """What both have in common: the table, a reason, a button that names the effect."""

    verb = "Reverse"
    leave = "Leave it"

    def fill(self, view: TicketView) -> None:
        """The table and the reason."""
        self._table = BeforeAfter()
        self._table.hide()
        self.column.addWidget(self._table)
        self.ask(
            "reason", "Reason", TextArea(name="Reason", longest=1000, lines=3), reason_check(self, "reason")
        )
        if not self.why_not(view.ticket):
            self._ask_preview()

    def read_preview(self, desk: Desk) -> Preview:
        """What it would do: unless said otherwise, what taking a demotion back does."""
        return triage.preview_reverse_demotion(desk, self.ticket_id)

    def refresh(self, view: TicketView) -> None:
        """Computes again."""
        if not self.why_not(view.ticket):
            self._ask_preview()

    def _ask_preview(self) -> None:
        self.preview(self.read_preview, self._on_preview)

    def _on_preview(self, preview: Preview) -> None:
        self._table.show_changes(changes(preview, self.times))
        self._table.show()
        self.primary.allow(self.why_not(self.view.ticket))
        effect = ""
        if preview.charged:
            effect = f", charge {fmt.tokens(preview.charged)}"
        elif preview.credited:
            effect = f", credit {fmt.tokens(preview.credited)}"
        self.primary.set_text(f"{self.verb}{effect}")
        self.fit()

    def on_refused(self, problem: Problem) -> Sequence[Action]:
        """Too few tokens: nothing was changed; buy some, or leave it."""
        if isinstance(problem, TooFewTokens):
            return (("Record purchase", self.record_purchase), (self.leave, self.reject))
        return super().on_refused(problem)


class ReverseDialog(_BackDialog):
    """A demotion or a confirmation taken back."""

    leave = "Leave it urgent"

    def __init__(self, context: Context, parent: QWidget | None, ticket_id: int) -> None:
        super().__init__(
            context, parent, ticket_id, name="reverse", title=f"Reverse the classification of {ticket_id}?",
            icon="undo-2", width=560,
        )  # fmt: skip
        self.primary.set_text("Reverse")

    def fill(self, view: TicketView) -> None:
        """Names whose act it was."""
        made = view.ticket.classification
        if made is not None:
            what = "demotion" if isinstance(made, Demotion) else "confirmation"
            when = self.times.when(made.at, self.now)
            self.show_title(f"Reverse {made.by_name}’s {what} of {when}?", self._subtitle.text())
        super().fill(view)

    def why_not(self, ticket: Ticket) -> str:
        """Nothing to reverse, or not this person's to do."""
        made = ticket.classification
        if made is None:
            return f"{ticket.id} is not classified."
        within = self.view.policy.settings.undo_within
        own = made.by == self.actor.login and self.now <= made.at + within
        return "" if own or self.actor.is_manager else ONLY_A_MANAGER

    def read_preview(self, desk: Desk) -> Preview:
        """By the function that will carry it out."""
        if isinstance(self.view.ticket.classification, Demotion):
            return super().read_preview(desk)
        return triage.preview_reverse_confirmation(desk, self.ticket_id)

    def work(self) -> Work | None:
        """Reverses it."""
        ticket, reason = self.view.ticket, self.text("reason")
        demoted = isinstance(ticket.classification, Demotion)
        act = triage.reverse_demotion if demoted else triage.reverse_confirmation
        return lambda desk, key: act(desk, ticket.id, reason, ticket.version, key)


class OverturnDialog(_BackDialog):
    """An earlier determination decided the other way, as a new decision."""

    verb = "Overturn"
    leave = "Leave it free"

    def __init__(self, context: Context, parent: QWidget | None, ticket_id: int) -> None:
        super().__init__(
            context, parent, ticket_id, name="overturn", title=f"Overturn the determination of {ticket_id}?",
            icon="gavel", width=560,
        )  # fmt: skip
        self.primary.set_text("Overturn")

    def fill(self, view: TicketView) -> None:
        """Names whose decision it was, and what it was."""
        made = view.ticket.determination
        if made is not None:
            was = "a free issue" if made.free else "needs tokens"
            self.show_title(f"Overturn {made.by_name}’s determination: {was}?", self._subtitle.text())
        super().fill(view)

    def why_not(self, ticket: Ticket) -> str:
        """Not decided yet, or not this person's to do."""
        if ticket.determination is None:
            return f"{ticket.id} has not been decided."
        return "" if self.actor.is_manager else ONLY_A_MANAGER

    def _free(self) -> bool:
        made = self.view.ticket.determination
        return made is not None and not made.free

    def read_preview(self, desk: Desk) -> Preview:
        """By the function that will carry it out."""
        return triage.preview_determination(desk, self.ticket_id, self._free())

    def work(self) -> Work | None:
        """Overturns it."""
        ticket, reason, free = self.view.ticket, self.text("reason"), self._free()
        category = ticket.determination.category if ticket.determination else ""
        return lambda desk, key: triage.determine(
            desk, ticket.id, free, category, reason, ticket.version, key
        )
