"""The base of dialogs about one ticket: reads it, keeps to it when it changes, knows what an act would meet."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta

from PySide6.QtWidgets import QVBoxLayout, QWidget

from console.policy.actor import STAFF, Actor
from console.policy.deadlines import Deadline
from console.policy.errors import Conflict, Problem, TooFewTokens
from console.policy.terms import Milestone
from console.policy.ticket import Ticket
from console.services.desk import Changed, Desk
from console.services.progress import Happened
from console.services.telling import headline
from console.services.ticket_view import TicketView, ticket_view
from console.ui.context import Context
from console.ui.drafts import Values
from console.ui.format import DOT, Times
from console.ui.theme import theme
from console.ui.views.dialogs.form import FormDialog, When
from console.ui.views.dialogs.parts import IconLine
from console.ui.widgets.fields import LineField
from console.ui.widgets.labels import LinkLabel
from console.ui.widgets.messages import Action

MILESTONE_NAMES = {
    Milestone.RESPOND: "respond",
    Milestone.BEGIN: "begin",
    Milestone.RESOLVE_OR_PLAN: "resolve or plan",
}


class TicketDialog(FormDialog):
    """Subclasses build their fields in ``fill``, which runs once when the ticket has been read."""

    def __init__(
        self,
        context: Context,
        parent: QWidget | None,
        ticket_id: int,
        *,
        name: str,
        title: str,
        icon: str,
        width: int = 520,
    ) -> None:
        super().__init__(context, parent, name=name, title=title, icon=icon, subject=ticket_id, width=width)
        self.ticket_id = ticket_id
        self._view: TicketView | None = None
        self._happened: Earlier | None = None
        self.primary.allow("Reading the ticket")
        self.read_first(self._find, self._on_first_read)

    @property
    def view(self) -> TicketView:
        """The ticket as last read."""
        assert self._view is not None
        return self._view

    @property
    def seen(self) -> int:
        """The version that the person has seen and decides on."""
        return self.view.ticket.version

    @property
    def times(self) -> Times:
        """How instants are written."""
        return self.context.times

    def fill(self, _view: TicketView, /) -> None:
        """Builds the body."""

    def refresh(self, _view: TicketView, /) -> None:
        """The ticket changed while the dialog was open."""

    def why_not(self, ticket: Ticket) -> str:
        """Why Ctrl Enter cannot be pressed; empty when it can."""
        return why_not_work(ticket, self.actor)

    def _find(self, desk: Desk) -> TicketView:
        return ticket_view(desk, self.ticket_id)

    def _read(self, done: Callable[[TicketView], object]) -> None:
        self.context.read(self._find, done, self.show_problem, owner=self)

    def _on_first_read(self, view: TicketView) -> None:
        self._view = view
        self.show_title(self.windowTitle(), subtitle(view.ticket))
        self.fill(view)
        self._allow()
        self.ready()

    def _allow(self) -> None:
        reason = self.why_not(self.view.ticket)
        self.primary.allow(reason)
        if reason and self.view.ticket.is_awaiting:
            self.say(reason, tone="quiet", icon="coins", actions=(("Record purchase", self.record_purchase),))
        elif reason:
            self.say(reason, tone="quiet", icon="info")

    def on_changed(self, changed: Changed) -> None:
        """Reads the ticket again and says who did what; the text stays."""
        if self._view is None:
            return
        if self.ticket_id in changed.tickets or self._view.ticket.account_id in changed.accounts:
            self._read(self._on_read_again)

    def _on_read_again(self, view: TicketView) -> None:
        last, before = view.timeline[-1], self.view.timeline[-1]
        if last.number != before.number and last.actor != self.actor.login:
            self.say(f"{headline(last)} at {self.times.when(last.recorded_at, self.now)}.", icon="refresh-cw")
        self._take(view)
        self._allow()

    def _take(self, view: TicketView) -> None:
        """What is decided on from now on; what was said stays."""
        self._view = view
        self.primary.allow(self.why_not(view.ticket))
        self.refresh(view)

    def on_refused(self, problem: Problem) -> Sequence[Action]:
        """Too few tokens: record a purchase and come back. Somebody was first: look at the ticket."""
        if isinstance(problem, TooFewTokens):
            return (("Record purchase", self.record_purchase),)
        if isinstance(problem, Conflict):
            self._read(self._take)
            return (("See the ticket", self._on_look),)
        return super().on_refused(problem)

    def record_purchase(self) -> None:
        """The purchase dialog over this one, which stays with its text."""
        account = self.view.ticket.account_id
        self.context.open_dialog("purchase", account_id=account, ticket_id=self.ticket_id, parent=self)

    def _on_look(self) -> None:
        self.context.open_ticket(self.ticket_id)
        self.reject()

    # entered late

    def restore(self, values: Values) -> None:
        """Puts a draft back; an earlier time that was entered is shown again, or it would not count."""
        super().restore(values)
        if self._happened is not None and not values.keys().isdisjoint(("happened_at", "happened_why")):
            self._happened.show_typed()

    def add_earlier(self) -> None:
        """A small disclosure for managers: the act truly happened at an earlier time."""
        if self.actor.is_manager and self.view.ticket.opened_at is not None:
            self._happened = Earlier(self)
            self.column.addWidget(self._happened)

    def happened(self) -> Happened | None:
        """The true time and the reason, or None for now."""
        return self._happened.happened() if self._happened is not None else None


class Earlier(QWidget):
    """ "Happened earlier…": the true time and why it is entered late; both times are kept (clause 2.7)."""

    def __init__(self, dialog: TicketDialog) -> None:
        super().__init__()
        self._dialog = dialog
        times = dialog.times
        self._link = LinkLabel("Happened earlier…", "caption_medium")
        self._link.clicked.connect(self.unfold)
        self._when = When(
            "When it happened", times.zone, dialog.now - timedelta(minutes=1), twelve_hours=times.twelve_hours
        )
        self._reason = LineField(name="Why it is entered late", longest=1000)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme().px(10))
        column.addWidget(self._link)
        self._asked = [
            dialog.ask("happened_at", "When it happened", self._when, self._wrong_time, into=column),
            dialog.ask(
                "happened_why", "Why it is entered late", self._reason, self._wrong_reason, into=column
            ),
        ]
        for asked in self._asked:
            asked.hide()

    def unfold(self) -> None:
        """Shows the two fields."""
        self.show_typed()
        self._when.setFocus()

    def show_typed(self) -> None:
        """Shows the two fields where the cursor is not wanted: a draft of them is back."""
        self._link.hide()
        for asked in self._asked:
            asked.show()

    def happened(self) -> Happened | None:
        """What was entered, None while folded."""
        if self._link.isVisibleTo(self):
            return None
        return Happened(self._when.instant(), self._reason.text())

    def _wrong_time(self) -> str:
        ticket, at = self._dialog.view.ticket, self._when.instant()
        opened = ticket.opened_at
        if at > self._dialog.now:
            return "That is in the future."
        if opened is not None and at < opened.replace(second=0, microsecond=0):
            return f"The ticket was opened later, at {self._dialog.times.when(opened, self._dialog.now)}."
        return ""

    def _wrong_reason(self) -> str:
        return "" if self._reason.text().strip() else "Say why it is entered late; both times are kept."


# words


def subtitle(ticket: Ticket) -> str:
    """The ticket's subject and account, under the title."""
    return f"{ticket.subject}  {DOT.strip()}  {ticket.account_name}"


def why_not_work(ticket: Ticket, actor: Actor) -> str:
    """Why no work can be recorded on the ticket."""
    if not actor.has(STAFF):
        return "Only an agent or a manager can do this."
    if ticket.is_closed:
        return f"{ticket.id} is {ticket.status}; it takes no more work."
    if ticket.is_awaiting:
        return f"{ticket.id} waits for tokens: its clock starts when the account can pay."
    return ""


def owed(ticket: Ticket, milestones: Iterable[Milestone]) -> list[Deadline]:
    """The promises among ``milestones`` that an act would meet, late or not."""
    wanted = frozenset(milestones)
    return [deadline for deadline in ticket.counting if deadline.is_unmet and deadline.milestone in wanted]


def meets_line(met: Sequence[Deadline], now: datetime, times: Times) -> IconLine:
    """ "Meets “respond”, due Fri 12:10 PM." as a line with an icon; hidden when nothing is met."""
    said = []
    for deadline in met:
        kind = "" if deadline.is_guarantee else "the goal "
        if now > deadline.due_at:
            said.append(
                f"{kind}“{MILESTONE_NAMES[deadline.milestone]}”, due {times.when(deadline.due_at, now)}, late"
            )
        else:
            said.append(
                f"{kind}“{MILESTONE_NAMES[deadline.milestone]}”, due {times.when(deadline.due_at, now)}"
            )
    return IconLine("check", f"Meets {'; and '.join(said)}." if said else "")


def may_have_missed(ticket: Ticket, now: datetime, *, resolved_at: datetime | None = None) -> bool:
    """Whether a guarantee is settled as missed, or has passed unmet by ``now``, and would stay so if the ticket was
    truly resolved at ``resolved_at`` already (clause 2.7)."""
    by = resolved_at or now
    return any(
        each.is_guarantee and each.due_at < by and (each.missed or each.passed_unmet(now))
        for each in ticket.deadlines
    )
