"""One account as laid out: head, figures, what waits, statement, and the cards beside it (or below it)."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QTimer
from PySide6.QtWidgets import QBoxLayout, QVBoxLayout, QWidget

from console.ui.format import Times
from console.ui.models.account_words import check_sum
from console.ui.theme import theme
from console.ui.views.balance_chart import BalanceChart
from console.ui.views.token_account_empty import EmptyCard
from console.ui.views.token_account_head import AccountHead, Figures
from console.ui.views.token_account_period import Span, month_name, month_of
from console.ui.views.token_account_rights import AccountRights
from console.ui.views.token_account_side import AskersCard, AwaitingCard, OptionsCard
from console.ui.views.token_account_statement import StatementPanel
from console.ui.widgets.flowing import Flowing, flowing_area
from console.ui.widgets.labels import safe_tooltip
from console.ui.widgets.messages import MessageBar

if TYPE_CHECKING:
    from console.ui.views.token_account_deeds import Shown

_SIDE, _BESIDE_FROM = 288, 880
_ANY_WIDTH = 16_777_215


class AccountPane(QWidget):
    """Shows what was read; its parts tell by their own signals what is asked for."""

    def __init__(self, rights: AccountRights, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rights = rights
        self.head, self.figures = AccountHead(), Figures()
        self.message = MessageBar("missed", closable=True)
        self.message.hide()
        self.statement = StatementPanel()
        self.awaiting, self.empty = AwaitingCard(), EmptyCard()
        self.chart, self.options, self.askers = BalanceChart(), OptionsCard(), AskersCard()
        self._build()
        self.show_parts(None)

    def show_account(self, shown: Shown, span: Span, now: datetime, times: Times) -> None:
        """An account with the statement of a period."""
        view = shown.view
        kept = self.statement.table.current_line()
        self.head.show_account(view)
        self.figures.show_account(view, month_name(month_of(now, span.zone)))
        self._show_statement(shown, span, now, times)
        if kept is not None:
            self.statement.table.select_entry(kept.entry_id)
        self.awaiting.show_waiting(view.awaiting, self._rights.purchase())
        self.chart.show_balance(view.balance_steps, now, times)
        self.options.show_account(view)
        self.askers.show_account(view.account, view.policy, may_edit=not self._rights.edit())
        self.allow()
        self.show_parts(shown)
        QTimer.singleShot(0, self, self._fit_table)

    def show_parts(self, shown: Shown | None) -> None:
        """Only the cards that have something to say."""
        tokens = shown is not None and shown.view.account.pays_tokens
        bare = shown is not None and _never_moved(shown)
        for part in (self.head, self.figures, self.askers):
            part.setVisible(shown is not None)
        self.statement.setVisible(shown is not None and not bare)
        self.chart.setVisible(tokens and not bare)
        self.options.setVisible(shown is not None and len(shown.view.comparison) > 1)
        if shown is None:
            self.awaiting.hide()
        elif bare:
            self.empty.show_no_entries(tokens=tokens, reason=self._rights.purchase())
        else:
            self.empty.hide()

    def allow(self) -> None:
        """What the head offers, by who is at the desk and which entry is selected."""
        self.head.allow(self._rights.reasons(self.statement.table.current_line()))

    def fit(self, room: int) -> None:
        """The cards beside the statement, or below it; ``room`` is the width for all of it."""
        px = theme().px
        room -= 2 * px(20)
        beside = room >= px(_BESIDE_FROM)
        way = QBoxLayout.Direction.LeftToRight if beside else QBoxLayout.Direction.TopToBottom
        if self._across.direction() != way:
            self._across.setDirection(way)
        self._side.setMaximumWidth(px(_SIDE) if beside else _ANY_WIDTH)
        self._side.setMinimumWidth(px(_SIDE) if beside else 0)
        self.head.fit(room)
        self.figures.fit(room)
        self.statement.fit(room - (px(_SIDE) + px(16) if beside else 0))
        QTimer.singleShot(0, self, self._fit_table)

    # inside

    def _show_statement(self, shown: Shown, span: Span, now: datetime, times: Times) -> None:
        view, panel = shown.view, self.statement
        panel.model.show_statement(shown.statement, shown.tickets, view.policy, times, now)
        panel.show_period(span.words(), safe_tooltip(f"Days begin at midnight {times.policy_name}  [ ]"))
        panel.check.show_sum(check_sum(shown.statement, view.account.balance if span.covers(now) else None))
        panel.told()

    def _build(self) -> None:
        px = theme().px
        self._side = QWidget()
        side = QVBoxLayout(self._side)
        side.setContentsMargins(0, 0, 0, 0)
        side.setSpacing(px(12))
        left = QVBoxLayout()
        left.setSpacing(px(12))
        for column, cards in (
            (left, (self.awaiting, self.empty, self.statement)),
            (side, (self.chart, self.options, self.askers)),
        ):
            for card in cards:
                column.addWidget(card)
            column.addStretch(1)
        self._across = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._across.setSpacing(px(16))
        self._across.addLayout(left, 1)
        self._across.addWidget(self._side)
        self._inside = Flowing()
        column = QVBoxLayout(self._inside)
        column.setContentsMargins(px(20), px(18), px(20), px(16))
        column.setSpacing(px(14))
        for part in (self.head, self.message, self.figures):
            column.addWidget(part)
        column.addLayout(self._across, 1)
        self._area = flowing_area(self._inside)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(self._area)

    def _fit_table(self) -> None:
        """The table takes what is left of the page, so that its check sum stays in sight."""
        table = self.statement.table
        above = table.mapTo(self._inside, QPoint(0, 0)).y()
        below = self.statement.check.sizeHint().height() + theme().px(8 + 16) + 2
        table.set_room(self._area.viewport().height() - above - below)


def _never_moved(shown: Shown) -> bool:
    """Whether the account has had no entry at all."""
    view, statement = shown.view, shown.statement
    still = len(view.balance_steps) <= 1 and view.account.balance == 0 and view.pace is None
    return still and not statement.lines
