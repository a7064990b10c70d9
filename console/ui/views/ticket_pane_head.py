"""The head of the ticket pane: which ticket, whose, since when, and the acts that its state allows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtGui import QGuiApplication, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from console.policy.terms import Channel, Milestone, Priority, Requester, Status
from console.ui import format as fmt
from console.ui.actions import Commands
from console.ui.models import queue_words as words
from console.ui.models.queue_words import Judge
from console.ui.theme import theme
from console.ui.views.ticket_menu import open_ticket_menu
from console.ui.widgets.buttons import Button, IconButton, Kind
from console.ui.widgets.cards import row
from console.ui.widgets.chips import Chip
from console.ui.widgets.labels import (
    CaptionLabel,
    ElidedLabel,
    IconLabel,
    LinkLabel,
    PlainLabel,
    safe_tooltip,
)

if TYPE_CHECKING:
    from console.services.ticket_view import TicketView

LONGEST_SUBJECT = 300
_CAME_BY = {
    Channel.TICKET: "by ticket",
    Channel.EMAIL: "by email",
    Channel.TELEPHONE: "by telephone",
    Channel.CALLBACK: "in a call from us",
}
_CLOSED = {Status.RESOLVED: "Resolved", Status.CANCELLED: "Cancelled", Status.MERGED: "Merged"}
_MORE = (
    "reply",
    "plan",
    "resolve",
    "claim",
    "release",
    "note",
    None,
    "demote",
    "confirm",
    "mark_free",
    "change_priority",
    "cause",
    None,
    "reopen",
    "merge",
    "cancel_ticket",
    None,
    "why",
    "copy_number",
)


@dataclass(frozen=True, slots=True)
class Acts:
    """The buttons of a state: the filled one, then two outlined, as ids of commands."""

    first: str
    others: tuple[str, ...]


def acts(view: TicketView, login: str) -> Acts:
    """Which act a state calls for (design, ticket pane): begin, then plan, then resolve; reply for questions.

    While somebody else has it, taking it over comes first.
    """
    ticket = view.ticket
    if ticket.is_closed:
        return Acts("reopen", ("note",))
    if ticket.is_awaiting:
        return Acts("purchase", ("note",))
    usual = _usual_acts(view, "claim" if view.row.owner != login else "release")
    if view.row.owner in (None, login):
        return usual
    return Acts("claim", (usual.first,))


def _usual_acts(view: TicketView, claim: str) -> Acts:
    """As if nobody else had claimed it."""
    ticket = view.ticket
    if ticket.priority in (Priority.INFORMATIONAL, Priority.BILLING) or _answers(view):
        return (
            Acts("reply", ("resolve", claim))
            if ticket.replied_at is None
            else Acts("resolve", ("reply", claim))
        )
    if ticket.begun_at is None:
        return Acts("begin", (claim, "reply"))
    if ticket.planned_at is None:
        return Acts("plan", ("resolve", "reply"))
    return Acts("resolve", ("reply", claim))


def _answers(view: TicketView) -> bool:
    """Whether the only promise is an answer, as on flat-rate options."""
    promised = {deadline.milestone for deadline in view.ticket.counting}
    return bool(promised) and promised <= {Milestone.RESPOND}


_SHORT = {
    "begin": "Begin work",
    "plan": "Send plan",
    "resolve": "Resolve",
    "reply": "Reply",
    "claim": "Claim",
    "release": "Release",
    "purchase": "Record purchase",
    "note": "Note",
    "reopen": "Reopen",
}


class TicketHead(QWidget):
    """``account(int)`` is pressed on the account's name; ``stepped(int)`` on the arrows."""

    account = Signal(object)
    stepped = Signal(object)

    def __init__(self, commands: Commands, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._commands = commands
        self._view: TicketView | None = None
        self._login = ""
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._build()

    def _build(self) -> None:
        px = theme().px
        self._number = PlainLabel("", "section", "text2")
        self._copy = IconButton("copy", "Copy ticket number", key="Ctrl+Shift+C")
        self._copy.setFixedSize(px(24), px(24))
        self._copy.clicked.connect(self._on_copy)
        self._priority, self._support, self._state = Chip("", "dark"), Chip(""), Chip("", "grey")
        above, below = (
            IconButton("chevron-up", "Previous ticket", key="K"),
            IconButton("chevron-down", "Next ticket", key="J"),
        )
        above.clicked.connect(self._on_previous)
        below.clicked.connect(self._on_next)
        for arrow in (above, below):
            arrow.setFixedSize(px(28), px(28))
        line = row(self._number, self._copy, self._priority, self._support, None, above, below, spacing=6)
        self._line = (self._number, self._copy, self._priority, self._support, above, below)
        self._subject = PlainLabel("", "title_small", wrap=True)
        self._subject.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
        self._account = LinkLabel("", "strong")
        self._account.clicked.connect(self._on_account)
        self._requester = ElidedLabel("", "body", "text2")
        self._badge = IconLabel("badge-check", "met_text", 15)
        self._kind = PlainLabel("", "body", "text2")
        self._requester.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        who = row(
            self._account,
            PlainLabel("·", "body", "text3"),
            self._requester,
            self._badge,
            self._kind,
            spacing=6,
        )
        who.addStretch(1)
        self._opened = CaptionLabel("", "text2", wrap=True)
        self._column.setSpacing(px(4))
        self._column.addLayout(line)
        self._column.addWidget(self._subject)
        self._column.addLayout(who)
        since = row(self._opened, self._state)
        since.setStretch(0, 1)
        self._column.addLayout(since)
        self._column.addSpacing(px(6))
        self._buttons = QHBoxLayout()
        self._buttons.setSpacing(px(8))
        self._column.addLayout(self._buttons)
        self._shown: tuple[str, ...] = ()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """Where the first line has no room for all, how the ticket is paid for stands in its row of the queue alone."""
        room = self.width() - theme().px(6) * len(self._line)
        self._support.setVisible(sum(part.sizeHint().width() for part in self._line) <= room)

    def show_view(self, view: TicketView, login: str, now: datetime, judge: Judge) -> None:
        """Another ticket, or the same as it stands now."""
        self._view = view
        ticket = view.ticket
        self._number.setText(str(ticket.id))
        self._priority.show_words(
            words.PRIORITY_WORDS[ticket.priority], "dark", words.PRIORITY_ICONS[ticket.priority]
        )
        self._support.show_words(support_words(view))
        self._fit()
        self._state.show_words(_state_words(view), "met" if ticket.is_closed else "grey")
        self._state.setVisible(bool(_state_words(view)))
        self._subject.setText(_cut(ticket.subject))
        self._subject.setToolTip(
            safe_tooltip(ticket.subject) if len(ticket.subject) > LONGEST_SUBJECT else ""
        )
        self._account.setText(_cut(ticket.account_name, 60))
        self._requester.setText(_cut(ticket.requester, 80))
        administrator = ticket.requester_kind is Requester.ADMINISTRATOR
        self._badge.setVisible(administrator)
        self._kind.setText("administrator" if administrator else "user")
        self._opened.setText(opened_words(view, now, judge))
        self._opened.setToolTip(safe_tooltip(judge.times.tooltip(ticket.opened_at or ticket.received_at)))
        self._login = login
        self._show_acts(acts(view, login))

    def pass_time(self) -> None:
        """What can be done now: a claim may have run out."""
        if self._view is not None:
            self._show_acts(acts(self._view, self._login))

    def first_button(self) -> Button | None:
        """The filled one."""
        item = self._buttons.itemAt(0)
        widget = item.widget() if item else None
        return widget if isinstance(widget, Button) else None

    def _show_acts(self, wanted: Acts) -> None:
        row = self._view.row if self._view is not None else None
        owner = row.owner_name if row is not None and row.owner not in (None, self._login) else ""
        ids = (wanted.first, *wanted.others)
        if ids != self._shown:
            self._shown = ids
            self._make_buttons(ids)
        for place, name in enumerate(ids):
            item = self._buttons.itemAt(place)
            button = item.widget() if item else None
            if isinstance(button, Button):
                button.allow(self._commands.reason(name))
                if name == "claim":
                    button.set_text(f"Take over from {owner.split()[0]}" if owner else "Claim")

    def _make_buttons(self, ids: tuple[str, ...]) -> None:
        while (item := self._buttons.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        for place, name in enumerate(ids):
            command = self._commands.get(name)
            kind = Kind.PRIMARY if place == 0 else Kind.OUTLINE
            icon = command.icon if place == 0 else None
            button = Button(_SHORT[name], kind, icon=icon, key=self._commands.sequence(name), parent=self)
            button.setProperty("command", name)
            button.clicked.connect(self._on_pressed)
            self._buttons.addWidget(button)
        self._buttons.addStretch(1)
        more = IconButton("ellipsis", "More acts", kind=Kind.OUTLINE, parent=self)
        more.clicked.connect(self._on_more)
        self._buttons.addWidget(more)

    def _on_pressed(self) -> None:
        sender = self.sender()
        if sender is not None:
            self._commands.run(sender.property("command"))

    def _on_more(self) -> None:
        sender = self.sender()
        if isinstance(sender, QWidget):
            at = sender.mapToGlobal(sender.rect().bottomLeft())
            open_ticket_menu(self._commands, _MORE, self, at)

    def _on_copy(self) -> None:
        QGuiApplication.clipboard().setText(self._number.text())

    def _on_account(self) -> None:
        if self._view is not None:
            self.account.emit(self._view.ticket.account_id)

    def _on_previous(self) -> None:
        self.stepped.emit(-1)

    def _on_next(self) -> None:
        self.stepped.emit(1)


def support_words(view: TicketView) -> str:
    """``"Dedicated · tokens"``, ``"Shared · flat-rate"``."""
    option = "tokens" if view.ticket.pays_tokens else "flat-rate"
    return f"{words.HOSTING_WORDS[view.ticket.hosting]}{fmt.DOT}{option}"


def _state_words(view: TicketView) -> str:
    ticket = view.ticket
    if ticket.is_closed:
        return _CLOSED[ticket.status]
    if ticket.is_awaiting:
        return "Awaiting tokens"
    return "Now free" if ticket.is_free else ""


def opened_words(view: TicketView, now: datetime, judge: Judge) -> str:
    """``"Opened by ticket at 11:52 AM, 36 min ago"``."""
    ticket = view.ticket
    came = _CAME_BY[ticket.channel]
    if ticket.opened_at is None:
        received = ticket.received_at
        return (
            f"Received {came} at {judge.times.when(received, now)}, {fmt.ago(received, now)}; not opened yet"
        )
    when, since = judge.times.when(ticket.opened_at, now), fmt.ago(ticket.opened_at, now)
    return f"Opened {came} at {when}, {since}"


def _cut(text: str, longest: int = LONGEST_SUBJECT) -> str:
    one_line = " ".join(text.split())
    return one_line if len(one_line) <= longest else one_line[: longest - 1] + "…"
