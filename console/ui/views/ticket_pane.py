"""The ticket pane: identity, acts, promises, what the ticket asks, timeline, note. Everything in plain text."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QFrame, QScrollArea, QVBoxLayout, QWidget

from console.policy.errors import Invalid, Problem
from console.policy.terms import PromiseKind
from console.ui import deeds
from console.ui import format as fmt
from console.ui.actions import Commands
from console.ui.context import Context
from console.ui.models.queue_words import Judge
from console.ui.theme import theme
from console.ui.views.passing_words import PassingWords
from console.ui.views.promise_card import PromiseCard
from console.ui.views.ticket_pane_head import TicketHead
from console.ui.views.ticket_pane_note import NoteBox
from console.ui.views.ticket_pane_present import Present
from console.ui.views.ticket_pane_prompts import Prompts
from console.ui.views.timeline import Timeline, entries
from console.ui.widgets.cards import Rule, row
from console.ui.widgets.labels import CaptionLabel, PlainLabel
from console.ui.widgets.messages import MessageBar

if TYPE_CHECKING:
    from console.policy.ticket import Ticket
    from console.services.desk import Changed, Desk
    from console.services.ticket_view import TicketView

_NOTHING = "Select a ticket to see its promises and its timeline."


class TicketPane(QWidget):
    """One ticket. ``shown(TicketView)`` when it has been read; ``stepped(int)`` on the arrows in its head;
    ``left`` on Esc."""

    shown = Signal(object)
    stepped = Signal(object)
    left = Signal()

    def __init__(self, context: Context, commands: Commands, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._commands = commands
        self._ticket_id = 0
        self._reading, self._failed = 0, False
        self._view: TicketView | None = None
        self._judge = Judge()
        self.setAccessibleName("Ticket")
        self._build()
        self.show_nothing()
        theme().changed.connect(self.update)

    # what it shows

    @property
    def ticket_id(self) -> int:
        """The ticket shown or being read, 0 for none."""
        return self._ticket_id

    @property
    def view(self) -> TicketView | None:
        """The ticket as it was last read, ``None`` until then."""
        return self._view if self._view is not None and self._view.ticket.id == self._ticket_id else None

    def set_judge(self, judge: Judge) -> None:
        """Other zones or marks."""
        self._judge = judge
        self._show_view()

    def show_ticket(self, ticket_id: int) -> None:
        """Reads a ticket and shows it; 0 shows nothing. The same one is read again only where reading it failed."""
        if ticket_id == self._ticket_id and not self._failed:
            return
        if not ticket_id:
            self.show_nothing()
            return
        self._ticket_id = ticket_id
        self.message.hide()
        self.present.show_ticket(ticket_id)
        self._foot.show_ticket(ticket_id)
        self.read_again()

    def read_again(self) -> None:
        """Reads the same ticket again."""
        wanted = self._ticket_id
        if not wanted:
            return
        number = self._reading = self._reading + 1
        self._failed = False

        def arrived(view: TicketView) -> None:
            if self._ticket_id == wanted and self._reading == number:
                self._view = view
                self._passing.was_read()
                self._show_view()
                self.shown.emit(view)

        def failed(problem: Problem) -> None:
            if self._ticket_id == wanted and self._reading == number:
                self._on_not_read(problem)

        self._context.read(lambda desk: deeds.read_ticket(desk, wanted), arrived, failed, owner=self)

    def show_nothing(self, words: str = _NOTHING) -> None:
        """No ticket is in front, and ``words`` say why; what was typed waits for its ticket."""
        self._ticket_id, self._view = 0, None
        self.present.show_ticket(0)
        self._foot.show_ticket(0)
        self._foot.hide()
        self._show_words(words)

    def pass_time(self, now: datetime) -> None:
        """Countdowns and bars at another instant."""
        if self.view is not None:
            self.head.pass_time()
            self.guarantees.pass_time(now, self._judge)
            self.goals.pass_time(now, self._judge)

    def show_problem(self, problem: Problem) -> None:
        """A refusal of an act on this ticket, above its cause; it stands until an act goes through, or it is closed."""
        words = fmt.problem_words(problem, self._judge.times, self._context.heartbeat.now())
        self._passing.show_refusal(problem, words, self._context.ways_out(problem))
        self._scroll.ensureWidgetVisible(self.message)

    def write_note(self) -> None:
        """Puts the cursor into the note box."""
        self._foot.write()

    def focus_first(self) -> None:
        """Gives the focus to the filled button."""
        button = self.head.first_button()
        if button is not None and button.isVisible() and button.isEnabled():
            button.setFocus(Qt.FocusReason.ShortcutFocusReason)
        else:
            self._foot.write()

    def _on_barred(self, _reason: str) -> None:
        """Nothing can be saved now, or again: the buttons say why, what was typed stays."""
        if self.view is not None:
            self._show_view()

    # building

    def _build(self) -> None:
        px = theme().px
        self.head = TicketHead(self._commands)
        self.head.account.connect(self._on_account)
        self.head.stepped.connect(self.stepped)
        self.message = MessageBar("missed", closable=True)
        self.message.hide()
        self._passing = PassingWords(self._context, self.message, self)
        self.present = Present()
        self.guarantees, self.goals = PromiseCard(PromiseKind.GUARANTEE), PromiseCard(PromiseKind.GOAL)
        self.prompts = Prompts(self._commands, self._context.drafts)
        self.timeline = Timeline()
        for card in (self.guarantees, self.goals):
            card.why.connect(self._on_why)
        self.prompts.cause_chosen.connect(self._on_cause)
        self.prompts.proposal.connect(self._on_proposal)
        self.prompts.answered.connect(self._on_answered)
        self.timeline.undo.connect(self._on_undo)
        content = QWidget()
        content.setObjectName("pane")
        column = QVBoxLayout(content)
        column.setContentsMargins(px(17), px(13), px(17), px(8))
        column.setSpacing(px(10))
        heading = row(PlainLabel("Timeline", "section"), None, CaptionLabel("Newest last", "text2"))
        for part in (
            self.head,
            self.message,
            self.present,
            self.guarantees,
            self.goals,
            self.prompts,
            Rule(),
        ):
            column.addWidget(part)
        column.addLayout(heading)
        column.addWidget(self.timeline)
        column.addStretch(1)
        self._scroll = _PaneScroll(content)
        self._foot = NoteBox(self._context)
        self._foot.refused.connect(self.show_problem)
        self._foot.left.connect(self.left)
        self._context.signals.barred.connect(self._on_barred)
        self._context.signals.acted.connect(self._on_acted)
        self.note = self._foot.text
        self._empty = PlainLabel(_NOTHING, "body", "text3", wrap=True)
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._empty.setContentsMargins(px(24), 0, px(24), 0)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(0)
        outer.addWidget(self._empty, 1)
        outer.addWidget(self._scroll, 1)
        outer.addWidget(self._foot)

    # showing

    def _show_view(self) -> None:
        view, desk = self.view, self._context.desk
        if view is None or desk is None:
            return
        now, login = self._context.heartbeat.now(), desk.actor.login
        self._empty.hide()
        self._scroll.show()
        self._foot.show()
        self.head.show_view(view, login, now, self._judge)
        kinds = {
            kind: tuple(d for d in view.deadlines if d.deadline.promise.kind is kind) for kind in PromiseKind
        }
        self.guarantees.show_deadlines(kinds[PromiseKind.GUARANTEE], now, self._judge)
        self.goals.show_deadlines(kinds[PromiseKind.GOAL], now, self._judge)
        self.prompts.show_view(view, login, now, self._context.draft_key("answer", view.ticket.id))
        told = entries(view, login, now, self._judge.times)
        self.timeline.show_entries(told, self._judge.times, now)

    def refresh_acts(self) -> None:
        """Asks again what can be done."""
        desk = self._context.desk
        if self.view is not None and desk is not None:
            now = self._context.heartbeat.now()
            self.head.show_view(self.view, desk.actor.login, now, self._judge)

    def _on_not_read(self, problem: Problem) -> None:
        """Where there is no such ticket, none is shown; else what is shown stays, and what was typed in any case."""
        self._failed = True
        if isinstance(problem, Invalid) and self._context.lost() is None:
            self.show_nothing(problem.message)
        elif self.view is not None:
            if self._scroll.isHidden():
                self._show_view()
            self._passing.show_unread(problem)
        else:
            self._show_words(f"{self._ticket_id} could not be read. {problem.message}")

    def _show_words(self, words: str) -> None:
        """A sentence in place of a ticket."""
        self._scroll.hide()
        self._empty.setText(words)
        self._empty.show()

    # acts

    def _on_acted(self, changed: Changed) -> None:
        if self._ticket_id in changed.tickets:
            self.message.hide()

    def _on_cause(self, cause: str) -> None:
        self._decide(
            "Cause of the miss",
            lambda desk, key, ticket: deeds.set_cause(desk, ticket.id, cause, key, ticket.version),
        )

    def _decide(
        self,
        name: str,
        work: Callable[[Desk, str, Ticket], Changed],
        saved: Callable[[], object] | None = None,
    ) -> None:
        """Carries out what the person decided on the ticket as it is shown: one act of that name at a time."""
        if (view := self.view) is not None:
            self._context.act(
                lambda desk, key: work(desk, key, view.ticket),
                once=(name, view.ticket.id),
                what=f"{name}, {view.ticket.id}",
                saved=saved,
                failed=self.show_problem,
                owner=self,
            )

    def _on_undo(self, act: str) -> None:
        self._decide(f"Undo of {act}", lambda desk, key, ticket: deeds.undo(desk, act, ticket.id, key))

    def _on_why(self) -> None:
        self._commands.run("why")

    def _on_proposal(self, act: str) -> None:
        if act == "open":
            self._commands.run("go_determinations")
        else:
            self._decide(
                "Withdrawal",
                lambda desk, key, ticket: deeds.withdraw_proposal(desk, ticket.id, key, ticket.version),
            )

    def _on_answered(self, words: str) -> None:
        draft = self.prompts.proposed.draft
        about = draft.about
        self._decide(
            "Answer",
            lambda desk, key, ticket: deeds.answer_question(desk, ticket.id, words, key, ticket.version),
            partial(draft.sent, about, words),
        )

    def _on_account(self, account_id: int) -> None:
        self._context.open_account(account_id)

    # events

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.left.emit()
        elif event.key() in (Qt.Key.Key_BracketLeft, Qt.Key.Key_BracketRight):
            self.stepped.emit(-1 if event.key() == Qt.Key.Key_BracketLeft else 1)
        else:
            super().keyPressEvent(event)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), theme().color("surface"))
        painter.fillRect(0, 0, 1, self.height(), theme().color("line"))
        painter.end()


class _PaneScroll(QScrollArea):
    """Scrolls down only: the content has the pane's width and exactly the height that its words need there."""

    def __init__(self, content: QWidget) -> None:
        super().__init__()
        self._content = content
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setWidget(content)
        self.viewport().setAutoFillBackground(False)
        content.setAutoFillBackground(False)
        content.installEventFilter(self)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self._content and event.type() == QEvent.Type.LayoutRequest:
            self._fit()
        return super().eventFilter(watched, event)

    def _fit(self) -> None:
        content, width = self._content, self.viewport().width()
        layout = content.layout()
        if layout is None:
            return
        height = (
            layout.totalHeightForWidth(width) if layout.hasHeightForWidth() else layout.sizeHint().height()
        )
        content.resize(width, max(height, self.viewport().height()))
