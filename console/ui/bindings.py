"""The hands of the commands: what each key does on the ticket in front, and why it cannot be done now."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialog, QLineEdit, QWidget

from console.policy.errors import Problem
from console.policy.terms import CLOSED, Priority, Role, Status
from console.policy.ticket import LEASE
from console.ui import deeds
from console.ui import format as fmt
from console.ui.actions import Commands
from console.ui.context import Context
from console.ui.models.queue_words import PRIORITY_ICONS, can_be_taken_over
from console.ui.views.queue_page import QueuePage
from console.ui.widgets.fields import field_in_use

if TYPE_CHECKING:
    from console.services.desk import Changed, Undo
    from console.services.queue import QueueRow
    from console.services.ticket_view import TicketView
    from console.ui.command_palette import PaletteRow

NO_DESK = "The database is not open yet"
NO_TICKET = "Select a ticket first"
_LEASE = fmt.time_late(LEASE)
STAFF_ONLY = "Only an agent or a manager can do this"
MANAGERS_ONLY = "Only a manager can do this"


class TicketCommands(QObject):
    """Gives the commands of work their hands. ``go_to_queue`` brings the queue page to the front."""

    def __init__(
        self, context: Context, commands: Commands, page: QueuePage, go_to_queue: Callable[[], None]
    ) -> None:
        super().__init__(page)
        self._context, self._commands, self._page = context, commands, page
        self._go_to_queue = go_to_queue
        self._undo: Undo | None = None
        context.signals.acted.connect(self._on_acted)
        context.signals.desk_opened.connect(self._on_desk)
        self._bind_list()
        self._bind_acts()
        self._bind_dialogs()

    # binding

    def _bind_list(self) -> None:
        page, handle = self._page, self._commands.handle
        handle("next", partial(self._in_queue, partial(page.step, 1)))
        handle("previous", partial(self._in_queue, partial(page.step, -1)))
        handle("select_row", partial(self._in_queue, page.table.toggle_mark), self._needs_ticket)
        handle("select_all", partial(self._in_queue, page.table.mark_all))
        handle("strip", page.toggle_strip)
        handle("ticket_pane", page.toggle_pane)
        handle("density", page.next_density)
        handle("copy_number", self._copy_number, self._needs_ticket)

    def _bind_acts(self) -> None:
        handle = self._commands.handle
        handle("take_next", self.take_next, self._needs_staff)
        handle("begin", self.begin, self._why_not_begin)
        handle("claim", self.claim, self._why_not_claim)
        handle("release", self.release, self._why_not_release)
        handle("note", self.note, self._why_not_note)
        handle("undo", self.undo, self._why_not_undo)

    def _bind_dialogs(self) -> None:
        opened = self._open
        self._commands.handle("reply", partial(opened, "reply"), self._why_not_work)
        self._commands.handle("plan", partial(opened, "plan"), self._why_not_work)
        self._commands.handle("resolve", partial(opened, "resolve"), self._why_not_work)
        self._commands.handle("begin_earlier", partial(opened, "begin_earlier"), self._why_not_earlier)
        self._commands.handle("reverse", partial(opened, "reverse"), self._why_not_reverse)
        self._commands.handle("demote", partial(opened, "demote"), self._why_not_demote)
        self._commands.handle("confirm", partial(opened, "confirm"), self._why_not_confirm)
        self._commands.handle("mark_free", partial(opened, "mark_free"), self._why_not_free)
        self._commands.handle(
            "change_priority", partial(opened, "change_priority"), self._why_not_open_ticket
        )
        self._commands.handle("cause", partial(opened, "cause"), self._why_not_cause)
        self._commands.handle("reopen", partial(opened, "reopen"), self._why_not_reopen)
        self._commands.handle("merge", partial(opened, "merge"), self._why_not_open_ticket)
        self._commands.handle("cancel_ticket", partial(opened, "cancel"), self._why_not_cancel)
        self._commands.handle("why", self._why, self._why_not_why)
        self._commands.handle("purchase", self._purchase, self._why_not_purchase)
        self._commands.handle(
            "new_ticket", partial(self._context.open_dialog, "new_ticket"), self._needs_staff
        )
        self._commands.handle("callback", partial(self._context.open_dialog, "callback"), self._needs_staff)
        self._commands.handle("import", partial(self._context.open_dialog, "import"), self._needs_staff)

    def palette_rows(self, wanted: str) -> Iterable[PaletteRow]:
        """Tickets for the palette: by number, or by words of subject and account among those read lately."""
        from console.ui.command_palette import PaletteRow

        wanted = wanted.strip().removeprefix("#").casefold()
        if not wanted or self._context.desk is None:
            return
        for row in self._page.model.rows_here():
            if wanted in str(row.id) or wanted in f"{row.subject} {row.account_name}".casefold():
                open_it = partial(self._context.open_ticket, row.id)
                title = f"{row.id}  {row.subject[:80]}"
                yield PaletteRow(title, row.account_name, open_it, PRIORITY_ICONS[row.priority])

    # acts

    def take_next(self) -> None:
        """Claims the ticket that is served next and shows it; from anywhere in the window."""
        self._context.act(
            deeds.take_next,
            once="take_next",
            what="Take next",
            done=partial(self._on_taken, _being_written(self._page.window())),
            failed=self._tell,
        )

    def begin(self) -> None:
        """Begins work on the ticket in front (claims it too)."""
        row = self._row()
        seen = row.version if row is not None else 0
        self._act("Begin work", lambda desk, ticket_id, key: deeds.begin(desk, ticket_id, key, seen))

    def claim(self) -> None:
        """Claims the ticket in front, or all that are marked."""
        if self._page.model.marked:
            self._page.together.claim()
        else:
            self._act("Claim", deeds.claim)

    def release(self) -> None:
        """Lets go of the ticket in front, in the hands of whom it is shown."""
        row = self._row()
        seen = (row.owner or "") if row is not None else ""
        self._act("Release", lambda desk, ticket_id, key: deeds.release(desk, ticket_id, key, seen))

    def note(self) -> None:
        """The cursor goes into the note box, or the field for all that are marked."""
        if self._page.model.marked:
            self._page.bulk.write_note()
        else:
            self._page.show_pane()
            self._page.pane.write_note()

    def undo(self) -> None:
        """Takes back this person's last act."""
        if (last := self._undo) is not None:
            self._context.act(
                lambda desk, key: deeds.undo(desk, last.act, last.id, key),
                once="undo",
                what="Undo",
                done=partial(self._on_undone, last, _being_written(self._page.window())),
                failed=self._tell,
            )

    def last_act(self) -> Undo | None:
        """What Ctrl Z would take back."""
        return self._undo

    def _act(self, name: str, deed: Callable[..., Changed]) -> None:
        """One act of that name on the ticket in front; pressed again before its answer, it is not done again."""
        ticket_id = self.ticket_id()
        self._context.act(
            lambda desk, key: deed(desk, ticket_id, key),
            once=(name, ticket_id),
            what=f"{name} {ticket_id}",
            failed=self._page.pane.show_problem,
        )

    def _on_undone(self, last: Undo, written: object, changed: Changed) -> None:
        """The ticket is where it was before the act, in the list and in front."""
        if self._undo is last:
            self._undo = None
        self._page.refresh(at_once=True)
        stays = not self._page.isVisible() or _being_written(self._page.window()) != written
        if len(changed.tickets) == 1 and not stays:
            self._page.open_ticket(*changed.tickets)

    def _on_taken(self, written: object, changed: Changed) -> None:
        """Goes to the ticket, unless the person writes something else by then: the toast says what is theirs."""
        if changed.ticket_id and _being_written(self._page.window()) == written:
            self._go_to_queue()
            self._page.open_ticket(changed.ticket_id)
            self._page.focus_first()

    def _on_acted(self, changed: Changed) -> None:
        if changed.undo is not None:
            self._undo = changed.undo
            in_front = changed.ticket_id == self.ticket_id() and field_in_use(self._page.window()) is None
            if changed.undo.act in ("demotion", "resolve") and in_front:
                self._page.step(1)
        if changed.words and self._context.toasts is not None:
            self._context.toasts.show_toast(changed.words, action=self.undo if changed.undo else None)

    def _on_desk(self, _desk: object) -> None:
        """Another database: what was done at the one before cannot be taken back here."""
        self._undo = None
        if self._context.toasts is not None:
            self._context.toasts.hide()

    def _tell(self, problem: Problem) -> None:
        if self._context.toasts is not None:
            self._context.toasts.show_toast(problem.message, icon="circle-x", ink="missed_text")

    def _copy_number(self) -> None:
        QGuiApplication.clipboard().setText(str(self.ticket_id()))
        if self._context.toasts is not None:
            self._context.toasts.show_toast(f"Copied {self.ticket_id()}", icon="copy", ink="text2")

    def _open(self, name: str) -> None:
        self._context.open_dialog(name, ticket_id=self.ticket_id())

    def _why(self) -> None:
        pane = self._page.pane
        times = next((card for card in (pane.guarantees, pane.goals) if card.isVisible()), None)
        self._context.open_dialog("why", ticket_id=self.ticket_id(), anchor=times)

    def _purchase(self) -> None:
        row = self._row()
        if row is not None:
            self._context.open_dialog("purchase", account_id=row.account_id, ticket_id=row.id)

    def _in_queue(self, act: Callable[[], None]) -> None:
        if self._page.isVisible():
            act()

    # the ticket in front

    def ticket_id(self) -> int:
        """The ticket that a key acts on, 0 for none, and while another page is in front."""
        if not self._page.isVisible():
            return 0
        return self._page.pane.ticket_id or self._page.table.current_id()

    def _view(self) -> TicketView | None:
        view = self._page.pane.view
        return view if view is not None and view.ticket.id == self.ticket_id() else None

    def _row(self) -> QueueRow | None:
        held = self._page.model.held(self.ticket_id())
        view = self._view()
        return view.row if view is not None and (held is None or view.row.version >= held.version) else held

    # why not

    def _needs_desk(self) -> str:
        return "" if self._context.desk is not None else NO_DESK

    def _needs_staff(self) -> str:
        desk = self._context.desk
        if desk is None:
            return NO_DESK
        return "" if desk.may(Role.AGENT, Role.MANAGER) else STAFF_ONLY

    def _needs_ticket(self) -> str:
        return self._needs_desk() or ("" if self._row() is not None else NO_TICKET)

    def _why_not_open_ticket(self) -> str:
        row = self._row()
        if reason := self._needs_staff() or self._needs_ticket():
            return reason
        return "The ticket is closed; reopen it first" if row is not None and row.status in CLOSED else ""

    def _why_not_work(self) -> str:
        row = self._row()
        if reason := self._why_not_open_ticket():
            return reason
        if row is not None and row.status is Status.AWAITING_TOKENS:
            return f"The clock starts when the account can pay {fmt.tokens(row.price)}"
        return ""

    def _why_not_begin(self) -> str:
        row = self._row()
        if reason := self._why_not_work():
            return reason
        return "Work has begun already" if row is not None and row.begun else ""

    def _why_not_earlier(self) -> str:
        if reason := self._why_not_work():
            return reason
        desk = self._context.desk
        return (
            "" if desk is not None and desk.may(Role.MANAGER) else "Only a manager can enter an earlier time"
        )

    def _why_not_reverse(self) -> str:
        view = self._view()
        if reason := self._why_not_open_ticket():
            return reason
        return "" if view is not None and view.ticket.classification else "It is not classified"

    def _why_not_claim(self) -> str:
        if self._page.model.marked:
            return self._needs_staff()
        row, desk = self._row(), self._context.desk
        if reason := self._why_not_open_ticket():
            return reason
        if row is None or desk is None or row.owner is None:
            return ""
        if row.owner == desk.actor.login:
            return "You have it already"
        if can_be_taken_over(row, desk.actor.login, self._context.heartbeat.now()):
            return ""
        return (
            f"{row.owner_name} has claimed it; others may take over once their console is silent for {_LEASE}"
        )

    def _why_not_release(self) -> str:
        row, desk = self._row(), self._context.desk
        if reason := self._needs_staff() or self._needs_ticket():
            return reason
        if row is None or desk is None or row.owner is None:
            return "Nobody has claimed it"
        may = row.owner == desk.actor.login or desk.may(Role.MANAGER)
        return "" if may else f"{row.owner_name} has claimed it; only they or a manager can release it"

    def _why_not_note(self) -> str:
        return self._needs_staff() or ("" if self._page.model.marked else self._needs_ticket())

    def _why_not_demote(self) -> str:
        row = self._row()
        if reason := self._why_not_work():
            return reason
        if self._page.model.marked:
            return "Classify emergencies one at a time"
        emergency = row is not None and row.priority is Priority.EMERGENCY
        return "" if emergency else "Only an emergency can be demoted or confirmed"

    def _why_not_confirm(self) -> str:
        row = self._row()
        if reason := self._why_not_demote():
            return reason
        return "It is confirmed as mission critical already" if row is not None and row.confirmed else ""

    def _why_not_free(self) -> str:
        if reason := self._needs_staff() or self._needs_ticket():
            return reason
        view = self._view()
        if view is None:
            return ""
        from console.policy.classification import why_not_free_issue

        return why_not_free_issue(view.ticket)

    def _why_not_cause(self) -> str:
        if reason := self._needs_staff() or self._needs_ticket():
            return reason
        row = self._row()
        return "" if row is not None and row.missed else "No promise of this ticket was missed"

    def _why_not_reopen(self) -> str:
        if reason := self._needs_staff() or self._needs_ticket():
            return reason
        row = self._row()
        return "" if row is not None and row.status in CLOSED else "The ticket is open"

    def _why_not_cancel(self) -> str:
        desk = self._context.desk
        if reason := self._why_not_open_ticket():
            return reason
        return "" if desk is not None and desk.may(Role.MANAGER) else MANAGERS_ONLY

    def _why_not_why(self) -> str:
        return self._needs_ticket()

    def _why_not_purchase(self) -> str:
        return self._needs_staff() or self._needs_ticket()

    def _why_not_undo(self) -> str:
        if self._context.desk is None:
            return NO_DESK
        if self._undo is None or self._undo.until < self._context.heartbeat.now():
            return "There is no act of yours of the last minutes to undo"
        return ""


def _being_written(window: QWidget) -> tuple[object, ...]:
    """What the person writes now: the dialogs that are open, and the words around the cursor."""
    dialogs = [each for each in window.findChildren(QDialog) if each.isVisible()]
    field = field_in_use(window)
    if isinstance(field, QLineEdit):
        return (*dialogs, field.text())
    return (*dialogs, field.toPlainText() if field is not None else "")
