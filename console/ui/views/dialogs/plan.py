"""Send a plan of resolution (P): what, who, by when; meets *resolve or plan*."""

from datetime import datetime, timedelta

from PySide6.QtWidgets import QWidget

from console.policy.terms import Milestone
from console.services import progress
from console.services.people import Person, people
from console.services.ticket_view import TicketView
from console.ui.context import Context
from console.ui.views.dialogs.form import When
from console.ui.views.dialogs.frame import Work
from console.ui.views.dialogs.ticket_dialog import TicketDialog, meets_line, owed
from console.ui.widgets.fields import ComboBox, TextArea


class PlanDialog(TicketDialog):
    """What will be done, by whom and by when; the customer reads it."""

    def __init__(self, context: Context, parent: QWidget | None, ticket_id: int) -> None:
        super().__init__(
            context, parent, ticket_id, name="plan", title=f"Plan for {ticket_id}", icon="file-check"
        )
        self.primary.set_text("Send plan")

    def fill(self, view: TicketView) -> None:
        """Three fields, and what the plan meets."""
        what = TextArea(name="What will be done", longest=4000, lines=4)
        self.ask("what", "What", what, self.at_least_typed("what", "Say what will be done."))
        self._who = ComboBox("Who does it")
        self._who.setEditable(True)
        self._who.addItem(self.actor.name)
        self.ask("who", "Who", self._who, self.at_least_typed("who", "Say who does it."))
        self._when = When("By when", self.times.zone, self._usual(view), twelve_hours=self.times.twelve_hours)
        self._when.dateTimeChanged.connect(self._on_when)
        self.ask("by_when", "By when", self._when, self._wrong_time)
        self.column.addWidget(
            meets_line(owed(view.ticket, (Milestone.RESOLVE_OR_PLAN,)), self.now, self.times)
        )
        self.add_earlier()
        self._on_when()
        self.context.read(people, self._on_people, owner=self)

    def _usual(self, view: TicketView) -> datetime:
        due = [
            each.due_at for each in owed(view.ticket, (Milestone.RESOLVE_OR_PLAN,)) if each.due_at > self.now
        ]
        return due[0] if due else self.now + timedelta(days=1)

    def _on_people(self, listed: list[Person]) -> None:
        typed = self._who.currentText()
        for person in listed:
            if self._who.findText(person.name) < 0:
                self._who.addItem(person.name)
        self._who.setEditText(typed)

    def _on_when(self) -> None:
        self.asked("by_when").show_hint(self.times.both(self._when.instant(), self.now))

    def _wrong_time(self) -> str:
        return "" if self._when.instant() > self.now else "A plan is for a time to come."

    def work(self) -> Work | None:
        """Sends it."""
        what, who, by_when = self.text("what"), self.text("who"), self._when.instant()
        number, happened = self.ticket_id, self.happened()
        seen = self.seen
        return lambda desk, key: progress.send_plan(
            desk, number, what, who, by_when, key, happened, version=seen
        )
