"""The token account page: the list of accounts, and of one of them the balance, the statement and what it means."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QMenu, QWidget

from console.policy.errors import Problem
from console.ui import format as fmt
from console.ui.actions import Commands
from console.ui.context import Context
from console.ui.page import BorrowingPage, Hands, Hints
from console.ui.print_statement import Sheet
from console.ui.theme import theme
from console.ui.views import token_account_deeds as deeds
from console.ui.views import token_account_period as periods
from console.ui.views.account_list import AccountList
from console.ui.views.token_account_entry import EntryDetail, EntryFacts
from console.ui.views.token_account_export import StatementExport
from console.ui.views.token_account_pane import AccountPane
from console.ui.views.token_account_period import RangeDialog, Span
from console.ui.views.token_account_rights import AccountRights
from console.ui.views.two_panes import TwoPanes

if TYPE_CHECKING:
    from console.services.desk import Changed
    from console.services.tokens import StatementLine
    from console.ui.views.token_account_deeds import Accounts, Shown

_NARROW_BELOW = 800
_DIALOGS = {"account_edit": "account_edit", "account_new": "account_edit"}


class TokenAccountPage(BorrowingPage):
    """``open_account`` shows one; everything is read in the background and read again when ``changed`` names it."""

    def __init__(self, context: Context, commands: Commands, parent: QWidget | None = None) -> None:
        super().__init__(commands, parent)
        self._context = context
        self._account_id = 0
        self._span: Span | None = None
        self._shown: Shown | None = None
        self._listed: Accounts | None = None
        self._today: object = None
        self.accounts = AccountList()
        self.rights = AccountRights(context, lambda: self._shown)
        self.pane = AccountPane(self.rights)
        self.head, self.figures, self.message = self.pane.head, self.pane.figures, self.pane.message
        self.statement, self.chart = self.pane.statement, self.pane.chart
        self.awaiting, self.empty = self.pane.awaiting, self.pane.empty
        self.options, self.askers = self.pane.options, self.pane.askers
        self.export = StatementExport(context, self)
        self.both = TwoPanes(
            self.accounts, self.accounts, self.pane, narrow_below=_NARROW_BELOW, back="Accounts"
        )
        across = QHBoxLayout(self)
        across.setContentsMargins(0, 0, 0, 0)
        across.addWidget(self.both)
        self._connect()

    # what the window asks

    def title(self) -> str:
        return "Token account"

    def search_placeholder(self) -> str:
        return "Find an account or a ticket number"

    def status_text(self) -> str:
        if self._listed is None:
            return ""
        shown = len(self._listed.rows)
        if shown == self._listed.total:
            return fmt.count(shown, "account", "accounts")
        return f"{fmt.number(shown)} of {fmt.count(self._listed.total, 'account', 'accounts')} shown"

    def hints(self) -> Hints:
        return (
            ("Ctrl+N", "new ticket"),
            ("J / K", "next, previous"),
            ("Ctrl+E", "export"),
            ("Ctrl+K", "commands"),
            ("?", "all keys"),
        )

    def activated(self, item: str) -> None:
        super().activated(item)
        self.refresh()

    def search(self, text: str) -> None:
        if text != self.accounts.text():
            self.accounts.set_text(text)

    def focus_first(self) -> None:
        self.accounts.focus_list()

    def panes(self) -> tuple[QWidget, ...]:
        return (self.accounts, self.head, self.statement.table, self.chart)

    # what it shows

    @property
    def account_id(self) -> int:
        """The account shown or being read, 0 for none."""
        return self._account_id

    def open_account(self, account_id: int) -> None:
        """Shows an account, whatever the list is narrowed to."""
        if self.accounts.text() and self.accounts.model.place(account_id) < 0:
            self.accounts.set_text("")
        self.accounts.choose(account_id)
        self._show_account(account_id)
        self.both.enter()

    def refresh(self) -> None:
        """Reads the list and the account again."""
        self._read_accounts(self.accounts.text())
        self._read_account()

    def show_period(self, span: Span) -> None:
        """Another period of the statement."""
        self._span = span
        self._read_account()

    def step_period(self, by: int) -> None:
        """The next or previous month, or range of the same length."""
        self.show_period(self._period().stepped(by))

    # reading

    def _read_accounts(self, text: str) -> None:
        self._context.read(
            partial(deeds.read_accounts, text=text),
            partial(self._on_accounts, text),
            self._on_problem,
            owner=self,
        )

    def _on_accounts(self, text: str, listed: Accounts) -> None:
        if text != self.accounts.text():
            return
        self._listed = listed
        self.accounts.show_rows(listed.rows, listed.low_mark)
        self.empty.show_no_accounts(shown=listed.total == 0)
        if not self._account_id and listed.rows:
            self.accounts.choose(listed.rows[0].id)
            self._show_account(listed.rows[0].id)
        if self._shown is None:
            self.pane.show_parts(None)
        self.told.emit()

    def _show_account(self, account_id: int) -> None:
        if account_id == self._account_id and self._shown is not None:
            return
        self._account_id = account_id
        self.message.hide()
        self._read_account()

    def _read_account(self) -> None:
        account_id, desk = self._account_id, self._context.desk
        if not account_id or desk is None:
            return
        span = self._period()
        month = periods.month_of(self._now(), span.zone).start_at
        self._context.read(
            partial(
                deeds.read_account, account_id=account_id, start=span.start_at, end=span.end_at, month=month
            ),
            partial(self._on_account, account_id, span),
            self._on_problem,
            owner=self,
        )

    def _on_account(self, account_id: int, span: Span, shown: Shown) -> None:
        if account_id == self._account_id and span == self._period():
            self._shown = shown
            self._show()

    def _on_problem(self, problem: Problem) -> None:
        self.message.show_message(problem.message, tone="missed")

    def _show(self) -> None:
        shown, now, times = self._shown, self._now(), self._context.times
        if shown is not None:
            self._today = now.astimezone(times.zone).date()
            self.pane.show_account(shown, self._period(), now, times)
            self.told.emit()

    # connecting

    def _connect(self) -> None:
        signals = self._context.signals
        signals.changed.connect(self._on_changed)
        signals.desk_opened.connect(self._on_desk)
        signals.read_again.connect(self._on_read_again)
        signals.barred.connect(self._on_barred)
        signals.times_changed.connect(self._on_times)
        self._context.heartbeat.tick.connect(self._on_tick)
        self.both.arranged.connect(self._fit)
        self.accounts.chosen.connect(self._show_account)
        self.accounts.searched.connect(self._read_accounts)
        self.accounts.entered.connect(self._on_entered)
        self.head.asked.connect(self._ask)
        self.empty.asked.connect(self._ask)
        self.awaiting.purchase.connect(partial(self._ask, "purchase"))
        self.awaiting.ticket.connect(self._open_ticket)
        self.askers.edit.connect(partial(self._ask, "account_edit"))
        self.export.failed.connect(self._on_export_failed)
        panel = self.statement
        panel.table.ticket.connect(self._open_ticket)
        panel.table.opened.connect(self.open_entry)
        panel.table.selectionModel().currentChanged.connect(self.pane.allow)
        panel.period_asked.connect(self._on_period)
        panel.print_asked.connect(self.save_pdf)
        panel.csv_asked.connect(self.save_csv)

    def hands(self) -> Hands:
        needs = self.rights.account
        return {
            "next": (partial(self.accounts.step, 1), None),
            "previous": (partial(self.accounts.step, -1), None),
            "new_ticket": (partial(self._ask, "new_ticket"), self.rights.staff),
            "purchase": (partial(self._ask, "purchase"), self.rights.purchase),
            "adjust": (partial(self._ask, "adjust"), self.rights.adjust),
            "refund": (partial(self._ask, "refund"), self.rights.adjust),
            "edit_account": (partial(self._ask, "account_edit"), self.rights.edit),
            "print_statement": (self.save_pdf, needs),
            "pdf": (self.save_pdf, needs),
            "export": (self.save_csv, needs),
            "earlier": (partial(self.step_period, -1), needs),
            "later": (partial(self.step_period, 1), needs),
            "chart_table": (self.chart.toggle, needs),
        }

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.enter()
        elif event.key() == Qt.Key.Key_Escape and self.both.inside:
            self.both.leave()
        elif event.key() == Qt.Key.Key_Escape and self.accounts.text():
            self.accounts.set_text("")
        else:
            super().keyPressEvent(event)

    def enter(self) -> None:
        """Into the account: its statement has the focus."""
        self.both.enter()
        if not self.both.narrow and self.statement.isVisible():
            self.statement.table.setFocus(Qt.FocusReason.OtherFocusReason)

    def _fit(self) -> None:
        self.pane.fit(self.both.room())

    # acting

    def _ask(self, name: str) -> None:
        """Opens the dialog of an act."""
        if name == "account_new":
            self._context.open_dialog("account_edit", account_id=0, saved=self.open_account)
        elif name == "reverse_entry":
            line = self.statement.table.current_line()
            if line is not None:
                self._reverse(line.entry_id)
        else:
            self._context.open_dialog(_DIALOGS.get(name, name), account_id=self._account_id)

    def _reverse(self, entry_id: int) -> None:
        self._context.open_dialog("reverse_entry", account_id=self._account_id, entry_id=entry_id)

    def open_entry(self, line: StatementLine) -> EntryDetail | None:
        """The detail of an entry."""
        shown = self._shown
        if shown is None:
            return None
        lines = shown.statement.lines
        given = EntryFacts(
            line,
            self.statement.model.words(line),
            shown.view.policy,
            next((each for each in lines if each.reverses == line.entry_id), None),
            next((each for each in lines if each.entry_id == line.reverses), None),
            self.rights.reverse(line),
        )
        dialog = EntryDetail(given, self._context.times, self._now(), self.window())
        dialog.ticket.connect(self._open_ticket)
        dialog.reverse.connect(self._reverse)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()
        return dialog

    def save_csv(self) -> QFileDialog | None:
        """Asks where to save the statement as a spreadsheet."""
        sheet = self._sheet()
        return None if sheet is None else self.export.ask_csv(sheet)

    def save_pdf(self) -> QFileDialog | None:
        """Asks where to save the statement on paper."""
        sheet = self._sheet()
        return None if sheet is None else self.export.ask_pdf(sheet)

    def _sheet(self) -> Sheet | None:
        shown = self._shown
        if shown is None:
            return None
        return Sheet(
            shown.statement,
            shown.tickets,
            shown.view.policy,
            self._period().words(),
            self._context.times,
            self._now(),
            theme().font("body").family(),
        )

    def _open_ticket(self, ticket_id: int) -> None:
        self._context.open_ticket(ticket_id)

    # periods

    def _period(self) -> Span:
        if self._span is None:
            desk = self._context.desk
            zone = desk.policies.in_force(self._now()).timezone if desk is not None else "UTC"
            return periods.month_of(self._now(), zone)
        return self._span

    def period_menu(self) -> QMenu:
        """The last months, longer spans, and any range."""
        menu = QMenu(self)
        now, zone, current = self._now(), self._period().zone, self._period()
        for span in periods.choices(now, zone):
            self._add_period(menu, span.words(), span, current)
        menu.addSeparator()
        self._add_period(menu, "Last 90 days", periods.last_days(90, now, zone), current)
        self._add_period(menu, "This year", periods.this_year(now, zone), current)
        menu.addSeparator()
        menu.addAction("Any range…").triggered.connect(self.ask_range)
        return menu

    def _add_period(self, menu: QMenu, title: str, span: Span, current: Span) -> None:
        action = menu.addAction(title)
        action.setCheckable(True)
        action.setChecked(span == current)
        action.triggered.connect(partial(self.show_period, span))

    def ask_range(self) -> RangeDialog:
        """Asks for any range of days."""
        dialog = RangeDialog(self._period(), self._context.times.policy_name, self.window())
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.accepted.connect(lambda: self.show_period(dialog.span()))
        dialog.open()
        return dialog

    def _on_period(self) -> None:
        menu = self.period_menu()
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.statement.popup(menu)

    # events

    def _now(self) -> datetime:
        return self._context.heartbeat.now()

    def _on_changed(self, changed: Changed) -> None:
        if self.isVisible() and changed.accounts:
            self._read_accounts(self.accounts.text())
            if self._account_id in changed.accounts:
                self._read_account()

    def _on_barred(self, _reason: object) -> None:
        self.pane.allow()

    def _on_read_again(self) -> None:
        if self.isVisible():
            self.refresh()

    def _on_desk(self, _desk: object) -> None:
        """Another database: accounts of the one before mean nothing here."""
        self._shown, self._listed = None, None
        self._account_id, self._span = 0, None
        self.statement.model.show_statement(None, {}, None, self._context.times, self._now())
        self._on_read_again()

    def _on_times(self, _times: object) -> None:
        self._show()

    def _on_tick(self, now: datetime) -> None:
        if self.isVisible() and self._today != now.astimezone(self._context.times.zone).date():
            self._show()

    def _on_entered(self) -> None:
        self.accounts.focus_list()

    def _on_export_failed(self, sentence: str) -> None:
        self.message.show_message(sentence, tone="missed")
