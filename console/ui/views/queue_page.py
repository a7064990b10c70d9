"""The queue page: deadline strip, filter tabs, the table, and the ticket pane beside it (or as a page of its own)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QSplitter, QVBoxLayout, QWidget

from console.policy.errors import Problem
from console.ui import format as fmt
from console.ui.actions import Commands
from console.ui.context import Context
from console.ui.models.queue_bands import Band
from console.ui.models.queue_model import QueueModel
from console.ui.models.queue_words import Judge
from console.ui.page import Hints, Page
from console.ui.remember import Remember
from console.ui.theme import theme
from console.ui.views.deadline_strip import DeadlineStrip
from console.ui.views.passing_words import PassingWords
from console.ui.views.polite import Polite
from console.ui.views.queue_bars import AwaitingFooter, BulkBar, EmptyState
from console.ui.views.queue_bulk import Together
from console.ui.views.queue_filter import FilterRow
from console.ui.views.queue_news import QueueNews
from console.ui.views.queue_reader import TITLES, QueueReader, Wish
from console.ui.views.queue_table import DENSITIES, QueueTable
from console.ui.views.row_reader import RowReader
from console.ui.views.ticket_menu import open_ticket_menu
from console.ui.views.ticket_pane import TicketPane
from console.ui.widgets.messages import MessageBar

if TYPE_CHECKING:
    from console.services.desk import Changed
    from console.services.queue import QueueKey
    from console.ui.deeds import Loaded

PANE, PANE_LEAST, PANE_MOST = 424, 360, 560
NARROW_BELOW, WIDE_FROM, STRIP_FROM = 1024, 1280, 760
HINTS = (
    ("take_next", "take next"), ("begin", "begin"), ("demote", "demote"), ("confirm", "confirm"),
    ("mark_free", "free"), ("palette", "commands"), ("keys", "all keys"),
)  # fmt: skip
ROW_MENU = (
    "begin", "reply", "plan", "resolve", None, "claim", "release", None, "demote", "confirm", "mark_free", None, "why"
)  # fmt: skip


class QueuePage(Page):
    """One page for the queue and all its saved views. ``wants_search(str)`` puts words into the search field,
    ``problems`` says which parts of them could not be read, ``came_back`` is Esc out of a drill-down."""

    wants_search = Signal(object)
    problems = Signal(object)
    came_back = Signal()

    def __init__(
        self,
        context: Context,
        commands: Commands,
        remember: Remember | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._context, self._commands, self._remember = context, commands, remember
        self._loaded, self._at_once = False, True
        self._narrow, self._pane_in_front, self._awaited = False, False, 0
        self._pane_wanted = remember is None or remember.flag("ticket_pane", usual=True)
        self._strip_wanted = remember is None or remember.flag("strip", usual=True)
        self._reader = QueueReader(context, self)
        self.model = QueueModel(context.heartbeat.now, self)
        self.rows = RowReader(context, self.model, self)
        self.table = QueueTable(self.model)
        self.strip = DeadlineStrip()
        self.filters = FilterRow()
        self.bulk = BulkBar(context)
        self.message = MessageBar("missed", closable=True)
        self.message.hide()
        self._passing = PassingWords(context, self.message, self)
        self.empty = EmptyState()
        self.empty.hide()
        self.footer = AwaitingFooter()
        self.pane = TicketPane(context, commands)
        self.news = QueueNews(context, self.model, self.rows, self._reader, self.pane, self)
        self._polite = Polite(self._apply_keys, self)
        self.together = Together(context, self.model, self)
        self._build()
        self._connect()
        if remember is not None:
            self.table.set_density(remember.text("density", "cosy"))

    # what the window asks

    def title(self) -> str:
        return self._reader.wish.title or TITLES[self._reader.wish.view]

    def count_text(self) -> str:
        if not self._loaded:
            return ""
        word = "shown" if self._reader.wish.is_narrowed else "open"
        return f"{fmt.number(len(self.model.order()))} {word}"

    def search_placeholder(self) -> str:
        return "Search, or filter:  priority:urgent  due:<1h  account:…"

    def status_text(self) -> str:
        count = len(self.model.ids())
        marked = len(self.model.marked) or (1 if self.table.current_id() else 0)
        return f"{marked} of {fmt.number(count)} selected" if count else ""

    def hints(self) -> Hints:
        keys = ((self._commands.sequence(name), words, name) for name, words in HINTS)
        return tuple((key, words) for key, words, name in keys if key and not self._commands.reason(name))

    def activated(self, item: str) -> None:
        wish = self._reader.wish
        if item in TITLES and (item != wish.view or wish.these is not None):
            self._reader.wish, self._loaded = Wish(item, wish.text), False
            self.model.clear_marks()
            self.filters.choose(None)
            self.model.show_only(None)
        self._bring_list()
        self.refresh()
        self.focus_first()

    def search(self, text: str) -> None:
        wish = self._reader.wish
        if text != wish.text:
            self._reader.wish, self._at_once = replace(wish, text=text), True
            self._reader.read_soon()

    def focus_first(self) -> None:
        if self._pane_in_front:
            self.pane.focus_first()
        else:
            self.table.setFocus(Qt.FocusReason.OtherFocusReason)

    def panes(self) -> tuple[QWidget, ...]:
        return (self._left, self.pane)

    def why_not_close(self) -> str:
        return self.together.why_not_close()

    # reading

    def desk_opened(self) -> None:
        """Another database is there: nothing of the one before stays; the policy's marks, and the first reading."""
        self._loaded = False
        self._polite.drop()
        self.rows.forget()
        self.model.drop_rows()
        self.table.clear_marks()
        self.model.show_keys(())
        self.strip.show_marks((), self._context.heartbeat.now(), self.model.judge)
        self.message.hide()
        self.pane.show_nothing()
        self.judge_again()
        self.refresh()

    def judge_again(self) -> None:
        """The policy's marks, its calendar and the zones, as they are now."""
        desk = self._context.desk
        if desk is None:
            return
        policy = desk.policies.in_force(self._context.heartbeat.now())
        judge = Judge.of(policy, self._context.times, desk.actor.login)
        self.model.set_judge(judge)
        self.pane.set_judge(judge)
        times = self._context.times
        self.table.header().show_zone(times.policy_name if times.policy_first else "")
        self.strip.pass_time(self._context.heartbeat.now())

    def show_tickets(self, ids: frozenset[int], title: str) -> None:
        """Exactly these tickets, as a figure of the summary counts them; Esc goes back."""
        self._reader.wish = replace(self._reader.wish, these=ids, title=title)
        self._loaded = False
        self._bring_list()
        self.refresh()

    def refresh(self, *, at_once: bool = False) -> None:
        """Reads which tickets are shown and in which order; shown ``at_once``, or when nobody is at the keys."""
        self._at_once = self._at_once or at_once
        self._reader.read()

    def changed(self, changed: Changed) -> None:
        """Some tickets changed, here or elsewhere: their rows, the order and the pane are read again."""
        self.news.changed(changed)

    def read_again(self) -> None:
        """Everything anew (F5)."""
        self.model.drop_rows()
        self.table.viewport().update()
        self.pane.read_again()
        self.refresh()

    # showing

    def _show(self, loaded: Loaded) -> None:
        first = not self._loaded
        at_once, self._loaded, self._at_once = first or self._at_once, True, False
        now = self._context.heartbeat.now()
        self._passing.was_read()
        self.strip.show_marks(loaded.marks, now, self.model.judge, loaded.due)
        self.filters.show_filter(self._reader.wish.text, loaded.problems)
        self.problems.emit(tuple((problem.start, problem.end) for problem in loaded.problems))
        if at_once or not self.model.would_change(loaded.keys, now):
            self._polite.drop()
            self._apply_keys(loaded.keys)
        else:
            self._polite.offer(loaded.keys)
        if first and self.model.ids():
            self.table.select_ticket(self.table.current_id()) or self.table.select_ticket(self.model.ids()[0])
            self.pane.show_ticket(self.pane.ticket_id or self.table.current_id())

    def settle(self) -> None:
        """Applies an order that waits for a quiet moment now."""
        self._polite.settle()

    def _apply_keys(self, keys: list[QueueKey]) -> None:
        self.model.show_keys(keys)
        if 0 != self._awaited == self.pane.ticket_id and self.table.select_ticket(self._awaited):
            self._awaited = 0
        self._show_empty()
        self.told.emit()

    def _show_empty(self) -> None:
        nothing = self._loaded and not self.model.ids()
        had_focus = self.table.hasFocus() or self.empty.hasFocus()
        self.empty.setVisible(nothing)
        if had_focus:
            (self.empty if nothing else self.table).setFocus(Qt.FocusReason.OtherFocusReason)
        self.table.setVisible(not nothing)
        if not nothing:
            return
        text = self._reader.wish.text
        if text:
            self.empty.say_no_match(text, self._clear_search)
        elif self.model.only is not None:
            self.empty.say("Nothing in this band.", actions=(("Show all", self._show_all),))
        else:
            self.empty.say("Nothing is waiting.", "New tickets come in with Ctrl N, or by File, Import.")

    def _show_notes(self) -> None:
        credited = self.model.credited_in_missed()
        note = f"{fmt.tokens(credited)} credited back automatically" if credited else ""
        if note != self.table.rows.credited_note:
            self.table.rows.credited_note = note
            self.table.viewport().update()
        self._show_footer()

    def _show_footer(self) -> None:
        place = self.table.first_awaiting()
        count = self.model.counts().get(Band.AWAITING, 0)
        if place < 0 or self.table.is_in_sight(place) or self.table.isHidden():
            self.footer.hide()
            return
        rows = [self.model.row(at) for at in range(place, min(place + 2, self.model.rowCount()))]
        self.footer.show_band(count, [row for row in rows if row is not None])
        self.footer.show()

    def _on_cut(self, _counts: object) -> None:
        self.filters.show_counts(self.model.counts(), self.model.order())
        self._show_notes()
        self.told.emit()

    # time

    def pass_time(self, now: datetime) -> bool:
        """A heartbeat: countdowns, bands and bars; True when something in sight needs every second."""
        if not self.model.pass_time():
            self._polite.offer(list(self.model.order()))
        self.news.pass_time(self.table.ids_in_sight(), now)
        close = self.table.pass_time()
        self.strip.pass_time(now)
        self.pane.pass_time(now)
        return close

    # acts of the list

    def open_ticket(self, ticket_id: int) -> None:
        """Shows one ticket: in the pane, and selected in the list, as soon as it is there."""
        if self.model.place(ticket_id) < 0 and self.model.lists(ticket_id):
            self._show_all()
            self.model.fold_missed(fold=False)
        if not self.table.select_ticket(ticket_id):
            self.pane.show_ticket(ticket_id)
            self._awaited = ticket_id
        if self._narrow:
            self._bring_pane()

    def step(self, by: int) -> None:
        """The next or previous ticket."""
        self.table.step(by)

    def toggle_pane(self) -> None:
        """Shows or hides the ticket pane."""
        self._pane_wanted = not self._pane_wanted
        self._keep("ticket_pane", self._pane_wanted)
        self._fit()

    def show_pane(self) -> None:
        """Makes sure that the ticket pane is in sight."""
        if self._narrow:
            self._bring_pane()
        elif not self._pane_wanted:
            self.toggle_pane()

    def toggle_strip(self) -> None:
        """Shows or hides the deadline strip."""
        self._strip_wanted = not self._strip_wanted
        self._keep("strip", self._strip_wanted)
        self._fit()

    def next_density(self) -> None:
        """Compact, cosy, roomy, and round again."""
        place = DENSITIES.index(self.table.density())
        self.set_density(DENSITIES[(place + 1) % len(DENSITIES)])

    def set_density(self, density: str) -> None:
        """Other row heights, remembered."""
        self.table.set_density(density)
        self._keep("density", self.table.density())
        self._show_footer()

    def _on_reported(self, words: str, done: frozenset[int], not_done: frozenset[int]) -> None:
        """What was not done stays marked, to be tried again."""
        self.message.show_message(words, tone="soon" if not_done else "met")
        self.table.unmark(done)

    def show_problem(self, problem: Problem) -> None:
        """A sentence above the table."""
        self._passing.show_refusal(problem, problem.message)

    # building

    def _build(self) -> None:
        px = theme().px
        self._left = QWidget()
        column = QVBoxLayout(self._left)
        column.setContentsMargins(0, px(9), 0, 0)
        column.setSpacing(0)
        above = QVBoxLayout()
        above.setContentsMargins(px(13), 0, px(13), px(9))
        above.setSpacing(px(7))
        for part in (self.strip, self.filters, self.bulk, self.message):
            above.addWidget(part)
        column.addLayout(above)
        column.addWidget(self.table, 1)
        column.addWidget(self.empty, 1)
        column.addWidget(self.footer)
        self._split = QSplitter(Qt.Orientation.Horizontal)
        self._split.setChildrenCollapsible(False)
        self._split.setHandleWidth(1)
        for place, pane in enumerate((self._left, self.pane)):
            self._split.addWidget(pane)
            self._split.setStretchFactor(place, 1 - place)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self._split)
        self.toast_over = self._left
        self._sized = self._remember is not None and self._remember.restore_state("queue_split", self._split)
        self._split.splitterMoved.connect(self._on_split)

    def _connect(self) -> None:
        self.model.wanted.connect(self.rows.read)
        self.rows.arrived.connect(self._show_notes)
        self.rows.failed.connect(self._passing.show_unread)
        self.model.cut.connect(self._on_cut)
        self.table.chosen.connect(self._on_chosen)
        self.table.opened.connect(self._on_opened)
        self.table.marked.connect(self._on_marked)
        self.table.fold_pressed.connect(self._on_fold)
        self.table.asked_menu.connect(self._on_menu)
        self.table.key_pressed.connect(self._polite.touched)
        self.table.verticalScrollBar().valueChanged.connect(self._show_footer)
        self.strip.picked.connect(self.open_ticket)
        self.filters.chosen.connect(self._on_tab)
        self.filters.wants_search.connect(self.wants_search)
        self.filters.density.connect(self.next_density)
        self.footer.clicked.connect(self.table.go_to_awaiting)
        self.bulk.claim.connect(self.together.claim)
        self.bulk.noted.connect(self.together.note)
        self.together.reported.connect(self._on_reported)
        self.together.noted.connect(self.bulk.forget_note)
        self.together.failed.connect(self.show_problem)
        self._reader.loaded.connect(self._show)
        self._reader.failed.connect(self._passing.show_unread)
        self.bulk.cleared.connect(self.table.clear_marks)
        self.bulk.left.connect(self.table.setFocus)
        self.pane.stepped.connect(self.step)
        self.pane.shown.connect(self._on_shown)
        self.pane.left.connect(self._on_pane_left)
        theme().changed.connect(self._fit)

    def _on_chosen(self, ticket_id: int) -> None:
        self.strip.choose(ticket_id)
        if ticket_id:
            self.pane.show_ticket(ticket_id)
        self.told.emit()

    def _on_shown(self, _view: object) -> None:
        self.told.emit()

    def _on_opened(self, ticket_id: int) -> None:
        if ticket_id:
            self.show_pane()
            self.pane.show_ticket(ticket_id)
            self.pane.focus_first()

    def _on_marked(self, count: int) -> None:
        self.filters.setVisible(count == 0)
        rows = [self.model.held(ticket_id) for ticket_id in self.model.marked]
        self.bulk.show_marked(count, [row for row in rows if row is not None])
        self.told.emit()

    def _on_tab(self, band: Band | None) -> None:
        self.model.show_only(band)
        self._show_empty()
        self.table.setFocus(Qt.FocusReason.OtherFocusReason)

    def _on_fold(self) -> None:
        self.model.fold_missed(fold=not self.model.folds)

    def _on_menu(self, at: QPoint) -> None:
        open_ticket_menu(self._commands, ROW_MENU, self, at)

    def _on_pane_left(self) -> None:
        if self._narrow:
            self._bring_list()
        self.table.setFocus(Qt.FocusReason.OtherFocusReason)

    def _on_split(self) -> None:
        self._sized = True
        if self._remember is not None:
            self._remember.keep_state("queue_split", self._split)

    def _clear_search(self) -> None:
        self.wants_search.emit("")

    def _show_all(self) -> None:
        self.filters.choose(None)
        self.model.show_only(None)
        self._show_empty()

    def _keep(self, name: str, value: str | bool) -> None:
        if self._remember is not None:
            self._remember.keep(name, value)

    # events and room

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() != Qt.Key.Key_Escape:
            super().keyPressEvent(event)
        elif self.model.marked:
            self.table.clear_marks()
        elif self._reader.wish.these is not None:
            self.came_back.emit()
        elif self._reader.wish.text:
            self._clear_search()
        elif self.model.only is not None:
            self._show_all()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(event.rect(), theme().color("window"))
        painter.end()

    def _fit(self) -> None:
        px, window = theme().px, self.window()
        narrow = window.width() / theme().scale < NARROW_BELOW
        if narrow != self._narrow:
            self._narrow, self._pane_in_front = narrow, False
        self.strip.setVisible(self._strip_wanted and window.height() / theme().scale >= STRIP_FROM)
        self._left.setVisible(not self._pane_in_front)
        self.pane.setVisible(self._pane_in_front if narrow else self._pane_wanted)
        if narrow:
            self.pane.setMinimumWidth(0)
            self.pane.setMaximumWidth(16_777_215)
            return
        self.pane.setMinimumWidth(px(PANE_LEAST))
        self.pane.setMaximumWidth(px(PANE_MOST))
        if not self._sized:
            pane = px(PANE if window.width() / theme().scale >= WIDE_FROM else PANE_LEAST)
            self._split.setSizes([max(1, self.width() - pane - 1), pane])
        self._show_footer()

    def _bring_pane(self) -> None:
        self._pane_in_front = self._narrow
        self._fit()
        self.pane.focus_first()

    def _bring_list(self) -> None:
        self._pane_in_front = False
        self._fit()
