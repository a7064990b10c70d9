"""The determinations page: the inbox, the case in front, and the decision at its bottom edge."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QWidget

from console.policy.errors import Conflict, Problem
from console.policy.terms import Role
from console.ui import format as fmt
from console.ui.actions import Commands
from console.ui.context import Context
from console.ui.models.decision_model import CRITICAL, DECIDED, WAITING, Item
from console.ui.page import BorrowingPage, Hands, Hints
from console.ui.views import determinations_deeds as deeds
from console.ui.views.determinations_decide import (
    ASK,
    FREE,
    MANAGERS_ONLY,
    TOKENS,
    ActCard,
    Decision,
    DecisionCard,
)
from console.ui.views.determinations_list import CaseList
from console.ui.views.determinations_pane import CasePane, Reader
from console.ui.views.two_panes import TwoPanes
from console.ui.widgets.fields import field_in_use

if TYPE_CHECKING:
    from console.services.desk import Changed
    from console.ui.views.determinations_deeds import Case, Inbox

NO_DESK = "The database is not open yet"
NO_CASE = "Select a case first"
NOT_WAITING = "There is nothing to decide on this tab"
_NARROW_BELOW = 960
_NO_CRITICAL = "No emergency waits for its classification."
_NO_DECISION = "Nothing was decided yet."


class DeterminationsPage(BorrowingPage):
    """``open_case`` shows one. Decisions are carried out in the background and advance to the next case."""

    def __init__(self, context: Context, commands: Commands, parent: QWidget | None = None) -> None:
        super().__init__(commands, parent)
        self._context = context
        self._inbox: Inbox | None = None
        self._case: Case | None = None
        self._ticket_id = 0
        self._category = ""
        self._wanted = 0
        self.cases = CaseList()
        self.pane = CasePane(context.drafts)
        self.head, self.proposal, self.alike = self.pane.head, self.pane.proposal, self.pane.alike
        self.lists, self.changes, self.timeline = self.pane.lists, self.pane.changes, self.pane.timeline
        self.decision, self.act, self.message = self.pane.decision, self.pane.act, self.pane.message
        self.both = TwoPanes(self.cases, self.cases, self.pane, narrow_below=_NARROW_BELOW, back="All cases")
        across = QHBoxLayout(self)
        across.setContentsMargins(0, 0, 0, 0)
        across.addWidget(self.both)
        self._connect()

    # what the window asks

    def title(self) -> str:
        return "Determinations"

    def count_text(self) -> str:
        return "" if self._inbox is None else f"{fmt.number(len(self._inbox.waiting))} waiting"

    def search_placeholder(self) -> str:
        return "Search determinations:  category:certificate"

    def status_text(self) -> str:
        count = self.cases.model.rowCount()
        place = self.cases.model.place(self.cases.current())
        return f"{place + 1} of {fmt.number(count)}" if count and place >= 0 else ""

    def hints(self) -> Hints:
        if self.cases.tab != WAITING:
            return (("J / K", "next, previous"), ("O", "open ticket"), ("?", "all keys"))
        return (
            ("1", "free"),
            ("2", "needs tokens"),
            ("3", "ask"),
            ("J / K", "next, previous"),
            ("Ctrl+Return", "decide and advance"),
            ("?", "all keys"),
        )

    def activated(self, item: str) -> None:
        super().activated(item)
        self.refresh()

    def search(self, text: str) -> None:
        self.cases.model.search(text)
        self._tell_empty()
        self.cases.told()
        self.told.emit()

    def focus_first(self) -> None:
        self.cases.focus_list()

    def panes(self) -> tuple[QWidget, ...]:
        return (self.cases, self.pane.area, self.decision if self.decision.isVisible() else self.act)

    # what it shows

    @property
    def ticket_id(self) -> int:
        """The ticket of the case in front, 0 for none."""
        return self._ticket_id

    def empty_words(self) -> str:
        """What is said in place of a case when there is none."""
        return self.pane.empty_words()

    def open_case(self, ticket_id: int) -> None:
        """Shows a case, on the tab where it stands."""
        self._wanted = ticket_id
        self._take_wanted()

    def refresh(self) -> None:
        """Reads the inbox and the case again."""
        self._context.read(deeds.read_inbox, self._on_inbox, self._on_problem, owner=self)
        self._read_case()

    # reading

    def _on_inbox(self, inbox: Inbox) -> None:
        self._inbox = inbox
        self.cases.show_counts(len(inbox.waiting), len(inbox.critical))
        self._fill()
        self._take_wanted()
        self.told.emit()

    def _fill(self) -> None:
        """The lines of the tab in front."""
        if self._inbox is None:
            return
        shown = {WAITING: self._inbox.waiting, CRITICAL: self._inbox.critical, DECIDED: self._inbox.decided}
        self.cases.model.show_items(shown[self.cases.tab], self._now(), self._context.times)
        self._tell_empty()
        self.cases.told()

    def _tell_empty(self) -> None:
        if self._inbox is None:
            return
        words = {
            WAITING: f"Nothing to decide. {self._inbox.today}",
            CRITICAL: _NO_CRITICAL,
            DECIDED: _NO_DECISION,
        }
        everything = {
            WAITING: self._inbox.waiting,
            CRITICAL: self._inbox.critical,
            DECIDED: self._inbox.decided,
        }
        tab = self.cases.tab
        self.cases.show_empty("No case matches the search." if everything[tab] else words[tab])
        self.pane.say_nothing(words[tab])

    def _take_wanted(self) -> None:
        if not self._wanted or self._inbox is None:
            return
        wanted, self._wanted = self._wanted, 0
        for tab, items in (
            (WAITING, self._inbox.waiting),
            (CRITICAL, self._inbox.critical),
            (DECIDED, self._inbox.decided),
        ):
            if any(item.ticket_id == wanted for item in items):
                if tab != self.cases.tab:
                    self.cases.choose_tab(tab)
                self.cases.choose(wanted)
                self.both.enter()
                return

    def _on_chosen(self, ticket_id: int) -> None:
        if ticket_id != self._ticket_id:
            self._ticket_id, self._case, self._category = ticket_id, None, ""
            self.message.hide()
            self.pane.to_top()
        if ticket_id:
            self._read_case()
        else:
            self._show_nothing()
        self.told.emit()

    def _read_case(self) -> None:
        if self._ticket_id:
            ticket_id = self._ticket_id
            self._context.read(
                partial(deeds.read_case, ticket_id=ticket_id),
                partial(self._on_case, ticket_id),
                self._on_problem,
                owner=self,
            )

    def _on_case(self, ticket_id: int, case: Case) -> None:
        if ticket_id != self._ticket_id:
            return
        self._case = case
        made = case.view.ticket.proposal or case.view.ticket.determination
        if not self._category and made is not None:
            self._category = made.category
        self._show()

    def _on_problem(self, problem: Problem) -> None:
        self.message.show_message(problem.message, tone="missed")

    def _show(self) -> None:
        case, desk = self._case, self._context.desk
        if case is None or desk is None:
            return
        reader = Reader(desk.actor.login, desk.may(Role.MANAGER), self._why_not_staff())
        self._on_under_way()
        key, ticket_id = self._context.draft_key, case.view.ticket.id
        self.pane.show_case(
            case,
            self.cases.tab,
            self._category,
            reader,
            self._now(),
            self._context.times,
            key("answer", ticket_id),
        )
        if not self.decision.isHidden():
            about = key("decision", ticket_id)
            self.pane.show_decision(case, about, reader, self._together())

    def _show_nothing(self) -> None:
        self._case = None
        self.pane.show_nothing()

    # connecting

    def _connect(self) -> None:
        signals = self._context.signals
        signals.changed.connect(self._on_changed)
        signals.desk_opened.connect(self._on_desk)
        signals.read_again.connect(self._on_read_again)
        signals.barred.connect(self._on_barred)
        signals.under_way.connect(self._on_under_way)
        signals.times_changed.connect(self._on_times)
        self._context.heartbeat.tick.connect(self._on_tick)
        self.both.arranged.connect(self._fit)
        self.cases.chosen.connect(self._on_chosen)
        self.cases.tab_chosen.connect(self._on_tab)
        self.head.open_ticket.connect(self.open_ticket)
        self.timeline.open_all.connect(self.open_ticket)
        self.alike.ticket.connect(self._open_other)
        self.lists.policy.connect(partial(self._commands.run, "policy"))
        self.proposal.category.connect(self._on_category)
        self.decision.decided.connect(self._on_decided)
        self.decision.outcome.connect(self._on_outcome)
        self.act.acted.connect(self._do)
        self.pane.withdraw.connect(partial(self._do, "withdraw"))
        for key in ("Ctrl+Return", "Ctrl+Enter"):
            shortcut = QShortcut(QKeySequence(key), self)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.activated.connect(self.commit)

    def hands(self) -> Hands:
        return {
            "next": (partial(self.cases.step, 1), None),
            "previous": (partial(self.cases.step, -1), None),
            "determine_free": (partial(self.decision.choose, FREE), self._why_not_decide),
            "determine_tokens": (partial(self.decision.choose, TOKENS), self._why_not_decide),
            "determine_ask": (partial(self.decision.choose, ASK), self._why_not_decide),
            "own_window": (self.open_ticket, self._why_not_case),
            "select_row": (self.toggle_mark, self._why_not_mark),
            "demote": (partial(self._do, "demote"), self._why_not_classify),
            "confirm": (partial(self._do, "confirm"), self._why_not_classify),
        }

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.both.enter()
        elif event.key() == Qt.Key.Key_Escape and self.both.inside:
            self.both.leave()
        elif event.key() == Qt.Key.Key_Escape and self.cases.model.marked:
            self.cases.model.clear_marks()
            self._show()
        else:
            super().keyPressEvent(event)

    def _fit(self) -> None:
        self.pane.fit(self.both.room(), self.height())

    # acting

    def commit(self) -> None:
        """Decides, answers or closes what stands at the bottom edge (Ctrl Enter)."""
        if self.decision.isVisible():
            self.decision.commit()
        elif self.act.isVisible() and self.cases.tab == WAITING:
            self.act.commit()

    def open_ticket(self) -> None:
        """Goes to the ticket of the case."""
        if self._ticket_id:
            self._context.open_ticket(self._ticket_id)

    def toggle_mark(self) -> None:
        """Marks the case, to be decided together with others of its category."""
        if self._ticket_id:
            self.cases.model.toggle_mark(self._ticket_id)
            self._show()

    def _together(self) -> tuple[Item, ...]:
        """The marked cases with the one in front, when they are of one category; else only the one in front."""
        marked = [item for item in self.cases.model.items() if item.ticket_id in self.cases.model.marked]
        same = {item.category for item in marked}
        front = any(item.ticket_id == self._ticket_id for item in marked)
        return tuple(marked) if len(marked) > 1 and len(same) == 1 and front else ()

    def _on_decided(self, decision: Decision) -> None:
        case, together = self._case, self._together()
        if case is None:
            return
        ticket_id, category, words = case.view.ticket.id, self._category, decision.words
        work: Callable[..., Changed]
        if decision.outcome == ASK:
            work = partial(deeds.ask, ticket_id=ticket_id, question=words, seen=case.view.ticket.version)
        elif len(together) > 1:
            work = partial(deeds.decide_free, items=together, reason=words)
        else:
            chosen = category if decision.outcome == FREE else ""
            free = decision.outcome == FREE
            work = partial(deeds.decide, case=case, free=free, category=chosen, reason=words)
        self._send(work, self.decision, ticket_id, words)

    def _send(
        self, work: Callable[..., Changed], card: DecisionCard | ActCard, ticket_id: int, words: str
    ) -> None:
        """Sends what was done on ``card`` with these words, once until there is an answer."""
        self._context.act(
            work,
            once=("decision", ticket_id),
            what=f"Decision on {ticket_id}",
            saved=partial(card.draft.sent, card.draft.about, words),
            done=partial(self._on_done, card, ticket_id, self.cases.next_after(ticket_id)),
            failed=partial(self._on_refused, card, ticket_id),
            owner=self,
        )

    def _on_done(
        self, card: DecisionCard | ActCard, ticket_id: int, following: int, _changed: Changed
    ) -> None:
        """Goes on to the next case, unless the person has gone to another one meanwhile: that stays as it is, and so
        does the cursor in a field elsewhere."""
        if self._ticket_id != ticket_id:
            return
        card.settle()
        self.cases.model.clear_marks()
        if following:
            self.cases.choose(following)
        field = field_in_use(self.window())
        if self.isVisible() and (field is None or self.isAncestorOf(field)):
            self.cases.focus_list()

    def _on_refused(self, card: DecisionCard | ActCard, ticket_id: int, problem: Problem) -> None:
        words = fmt.problem_words(problem, self._context.times, self._context.heartbeat.now())
        if self._ticket_id == ticket_id:
            card.settle(words)
        else:
            self.message.show_message(f"{ticket_id}: {words}", tone="missed")
        if isinstance(problem, Conflict):
            self.refresh()

    def _on_under_way(self) -> None:
        self.decision.wait(self._context.waits(("decision", self._ticket_id)))

    def _do(self, name: str) -> None:
        """An act from the bottom card."""
        ticket_id, case = self._ticket_id, self._case
        if not ticket_id:
            return
        if name in ("confirm", "demote", "overturn"):
            self._context.open_dialog(name, ticket_id=ticket_id)
            return
        if case is None:
            return
        words, seen = self.act.line().text().strip(), case.view.ticket.version
        work = {
            "withdraw": partial(deeds.withdraw, ticket_id=ticket_id, reason="", seen=seen),
            "close": partial(deeds.withdraw, ticket_id=ticket_id, reason="Already free", seen=seen),
            "answer": partial(deeds.answer, ticket_id=ticket_id, words=words, seen=seen),
        }[name]
        self._send(work, self.act, ticket_id, words if name == "answer" else "")

    # why not

    def _why_not_case(self) -> str:
        if self._context.desk is None:
            return NO_DESK
        return "" if self._case is not None else NO_CASE

    def _why_not_decide(self) -> str:
        if reason := self._why_not_case():
            return reason
        desk = self._context.desk
        if desk is not None and not desk.may(Role.MANAGER):
            return MANAGERS_ONLY
        if not self.decision.isVisible():
            return NOT_WAITING
        return self._case.why_not if self._case is not None else ""

    def _why_not_staff(self) -> str:
        desk = self._context.desk
        if desk is None:
            return NO_DESK
        return "" if desk.may(Role.AGENT, Role.MANAGER) else "Only an agent or a manager can do this"

    def _why_not_classify(self) -> str:
        if reason := self._why_not_case() or self._why_not_staff():
            return reason
        return "" if self.cases.tab == CRITICAL else "This is for emergencies that nobody has classified"

    def _why_not_mark(self) -> str:
        return self._why_not_case() or ("" if self.cases.tab == WAITING else NOT_WAITING)

    # events

    def _now(self) -> datetime:
        return self._context.heartbeat.now()

    def _on_tab(self, _name: str) -> None:
        self.cases.model.clear_marks()
        self._case = None
        self._fill()
        if self._ticket_id:
            self._read_case()
        self.told.emit()

    def _on_category(self, category: str) -> None:
        self._category = category
        self._show()

    def _on_outcome(self, name: str) -> None:
        if self._case is not None:
            self.changes.show_case(self._case, self._now(), self._context.times, free=name != TOKENS)

    def _on_changed(self, changed: Changed) -> None:
        if self.isVisible() and changed.tickets:
            self._context.read(deeds.read_inbox, self._on_inbox, self._on_problem, owner=self)
            if self._ticket_id in changed.tickets:
                self._read_case()

    def _on_barred(self, reason: str) -> None:
        self.decision.button.bar(reason)

    def _on_read_again(self) -> None:
        if self.isVisible():
            self.refresh()

    def _on_desk(self, _desk: object) -> None:
        """Another database: cases of the one before mean nothing here."""
        self._inbox, self._ticket_id, self._wanted = None, 0, 0
        self.cases.model.show_items((), self._now(), self._context.times)
        self._show_nothing()
        self._on_read_again()

    def _on_times(self, _times: object) -> None:
        self._pass_time()
        self._show()

    def _on_tick(self, _now: datetime) -> None:
        if self.isVisible():
            self._pass_time()

    def _pass_time(self) -> None:
        self.cases.model.pass_time(self._now(), self._context.times)
        if self._case is not None:
            self.head.show_case(self._case, self._now())

    def _open_other(self, ticket_id: int) -> None:
        self._context.open_ticket(ticket_id)
