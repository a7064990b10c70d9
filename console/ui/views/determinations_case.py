"""One case: who proposes what and why, precedents, what the lists say, what it changes, and what happened so far."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QLocale, QPoint, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QMenu, QSizePolicy, QVBoxLayout, QWidget

from console.ui import format as fmt
from console.ui.format import Times
from console.ui.models import queue_words
from console.ui.models.account_words import HOSTING_SHORT, OPTION_WORDS
from console.ui.models.decision_model import age
from console.ui.theme import theme
from console.ui.views import determinations_words as words
from console.ui.views.determinations_changes import ChangeRows
from console.ui.views.timeline import Timeline, entries
from console.ui.widgets.buttons import Button
from console.ui.widgets.cards import Card, row
from console.ui.widgets.chips import Avatar, Chip
from console.ui.widgets.columns import empty, widgets_of
from console.ui.widgets.labels import CaptionLabel, ElidedLabel, IconLabel, LinkLabel, PlainLabel

if TYPE_CHECKING:
    from console.policy.document import ListItem, Policy
    from console.services.triage import DecisionRow
    from console.ui.views.determinations_deeds import Case

LONGEST_WORDS, _ROOM_FOR_SUPPORT = 600, 600


class CaseHead(QWidget):
    """The ticket: number, priority, support, what is due, subject; ``open_ticket`` when its button is pressed."""

    open_ticket = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._number = PlainLabel("", "brand", "text2")
        self._priority, self._support = Chip("", "dark"), Chip("", "grey")
        self._due = Chip("", "outline")
        self._subject = PlainLabel("", "case_title", wrap=True)
        self._subject.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
        look = Button("Open ticket", icon="external-link", key="O")
        look.clicked.connect(self.open_ticket)
        names = QVBoxLayout()
        names.setSpacing(theme().px(6))
        names.addLayout(row(self._number, self._priority, self._support, self._due, None, spacing=10))
        names.addWidget(self._subject)
        across = row(spacing=12)
        across.addLayout(names, 1)
        across.addWidget(look, 0, Qt.AlignmentFlag.AlignVCenter)
        self.setLayout(across)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._support.setVisible(self.width() >= theme().px(_ROOM_FOR_SUPPORT))

    def show_case(self, case: Case, now: datetime) -> None:
        """Another case."""
        ticket = case.view.ticket
        self._number.setText(str(ticket.id))
        priority = words.priority_words(ticket.priority)
        self._priority.show_words(priority, icon=queue_words.PRIORITY_ICONS[ticket.priority])
        self._support.show_words(f"{HOSTING_SHORT[ticket.hosting]} · {OPTION_WORDS[ticket.option]}")
        due, kind = words.due_words(ticket, now)
        self._due.setVisible(bool(due))
        self._due.show_words(due, kind, icon="clock" if kind == "outline" else "alarm-clock-off")
        self._subject.setText(ticket.subject)


class ProposalCard(Card):
    """Who proposes, the category, why, and the customer's own words. ``category(str)`` another category was picked."""

    category = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("panel", padding=15, spacing=10, parent=parent)
        self._case: Case | None = None
        self._avatar = Avatar("", size=24)
        self._name, self._does = PlainLabel("", "strong"), ElidedLabel("", "plain")
        self._when = CaptionLabel("", "text2")
        self._chip = Chip("", "credit", icon="list-checks")
        self._list = CaptionLabel("", "text2")
        self._change = LinkLabel("Change", "caption_medium")
        self._change.setAccessibleName("Change the category")
        self._change.clicked.connect(self._on_change)
        self._reason = _wrapped("plain")
        self._quote = _wrapped("caption", "text2")
        self._quoted = QWidget()
        self._quoted.setLayout(_beside("message-square-quote", self._quote))
        self._asked, self._answered = _wrapped("caption"), _wrapped("caption")
        who = row(self._avatar, 2, self._name, self._does, self._when, spacing=6)
        who.setStretch(3, 1)
        self.body.addLayout(who)
        self.body.addLayout(row(self._chip, self._list, self._change, None, spacing=10))
        for part in (self._reason, self._quoted, self._asked, self._answered):
            self.body.addWidget(part)

    def show_case(self, case: Case, category: str, now: datetime, times: Times, *, may_change: bool) -> None:
        """The proposal, or the determination, of a case."""
        self._case = case
        ticket, policy = case.view.ticket, case.view.policy
        made = ticket.proposal or ticket.determination
        if made is None:
            self._show_unclassified(case, now, times)
            return
        decided = ticket.proposal is None
        self._avatar.show_person(made.by_name)
        self._name.setText(made.by_name)
        self._does.setText(_did(case))
        self._when.setText(_ago(made.at, now, times))
        chosen = policy.lists.free
        if decided and ticket.determination is not None and not ticket.determination.free:
            chosen = policy.lists.token_required
        self._chip.show_words(chosen.words(category) if category else "No category")
        kind = "free" if chosen is policy.lists.free else "tokens"
        self._list.setText(f"{kind} list, policy version {policy.version}")
        self._show_line(decided, may_change=may_change)
        self._reason.setText(f"“{made.reason.strip()}”" if made.reason.strip() else "No reason was given.")
        self._show_customer(case)
        self._show_question(case, now, times)

    def _show_line(self, decided: bool, *, may_change: bool) -> None:
        self._chip.show()
        self._list.show()
        self._change.setVisible(may_change and not decided)

    def _show_unclassified(self, case: Case, now: datetime, times: Times) -> None:
        ticket = case.view.ticket
        self._avatar.show_person(ticket.requester)
        self._name.setText(ticket.requester)
        self._does.setText("asked for an emergency")
        self._when.setText(_ago(ticket.received_at, now, times))
        for part in (self._chip, self._list, self._change, self._asked, self._answered, self._quoted):
            part.hide()
        said = " ".join(case.view.words.split())
        self._reason.setText(f"“{_cut(said)}”" if said else "No words came with it.")

    def _show_customer(self, case: Case) -> None:
        said = " ".join(case.view.words.split())
        self._quote.setText(f"{case.view.ticket.requester} wrote: “{_cut(said)}”")
        self._quoted.setVisible(bool(said))

    def _show_question(self, case: Case, now: datetime, times: Times) -> None:
        asked = case.asked()
        self._asked.setVisible(asked is not None)
        self._answered.setVisible(asked is not None and asked[2] is not None)
        if asked is None:
            return
        question, by, answer, answered_by = asked
        self._asked.setText(f"{by} asked, {times.when(question.at, now)}: “{question.question}”")
        if answer is not None:
            self._answered.setText(f"{answered_by} answered, {times.when(answer.at, now)}: “{answer.answer}”")

    def question(self) -> tuple[str, str]:
        """Who asked and who answered, as shown; empty texts when nobody did."""
        asked = "" if self._asked.isHidden() else self._asked.text().split(",")[0]
        answered = "" if self._answered.isHidden() else self._answered.text().split(",")[0]
        return asked, answered

    def _on_change(self) -> None:
        if self._case is None:
            return
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for item in self._case.view.policy.lists.free.items:
            menu.addAction(item.words.replace("&", "&&")).triggered.connect(
                partial(self.category.emit, item.id)
            )
        menu.popup(self._change.mapToGlobal(QPoint(0, self._change.height() + 2)))


def _did(case: Case) -> str:
    ticket = case.view.ticket
    if ticket.proposal is not None:
        return "proposes this is a free issue"
    made = ticket.determination
    if made is None:
        return ""
    verb = "overturned it" if made.overturned is not None else "decided"
    return f"{verb}: {'a free issue' if made.free else 'needs tokens'}"


def _ago(at: datetime, now: datetime, times: Times) -> str:
    said = age(at, now, times)
    return f"{said} ago" if said[:1].isdigit() and said.endswith(("min", "h")) else said


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST_WORDS else f"{text[: LONGEST_WORDS - 1]}…"


def _wrapped(role: str, ink: str = "text") -> PlainLabel:
    label = PlainLabel("", role, ink, wrap=True)
    label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    return label


def _beside(icon: str, text: QWidget, ink: str = "text2") -> QBoxLayout:
    across = row(spacing=9)
    across.addWidget(IconLabel(icon, ink, 14), 0, Qt.AlignmentFlag.AlignVCenter)
    across.addWidget(text, 1)
    return across


class AlikeCard(Card):
    """The three nearest determinations; ``ticket(int)`` when a number is pressed."""

    ticket = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("panel", padding=15, spacing=10, parent=parent)
        self._count = CaptionLabel("", "text2")
        self._lines = QVBoxLayout()
        self._lines.setSpacing(theme().px(8))
        self._none = CaptionLabel("No determination yet: this is the first.", "text2", wrap=True)
        self.body.addLayout(row(PlainLabel("Determinations like this one", "section"), None, self._count))
        self.body.addLayout(self._lines)
        self.body.addWidget(self._none)

    def show_case(self, case: Case, times: Times) -> None:
        """Another case's precedents."""
        empty(self._lines)
        for decided in case.alike:
            self._lines.addWidget(self._line(decided, times))
        self._none.setVisible(not case.alike)
        shown = fmt.number(len(case.alike))
        self._count.setText(
            f"{shown} of {fmt.number(case.decided_this_year)} this year" if case.alike else ""
        )
        self._count.setVisible(bool(case.alike) and case.decided_this_year >= len(case.alike))

    def said(self) -> tuple[str, ...]:
        """The lines, as a screen reader hears them."""
        return tuple(line.accessibleName() for line in widgets_of(self._lines))

    def _line(self, decided: DecisionRow, times: Times) -> QWidget:
        line = QWidget(self)
        outcome = "Free" if decided.free else "Tokens"
        number = LinkLabel(str(decided.ticket_id), "body", parent=line)
        number.setProperty("ticket", decided.ticket_id)
        number.clicked.connect(self._on_number)
        when = _month(decided.at, times)
        across = row(
            Chip(outcome, "credit" if decided.free else "grey"),
            number,
            ElidedLabel(decided.subject, "caption", "text"),
            CaptionLabel(when, "text2"),
            spacing=10,
        )
        across.setStretch(2, 1)
        line.setLayout(across)
        line.setAccessibleName(f"{outcome}, {decided.ticket_id}, {decided.subject}, {when}")
        return line

    def _on_number(self) -> None:
        pressed = self.sender()
        if pressed is not None:
            self.ticket.emit(pressed.property("ticket"))


def _month(at: datetime, times: Times) -> str:
    local = at.astimezone(times.zone)
    return f"{QLocale().monthName(local.month, QLocale.FormatType.ShortFormat)} {local.year}"


class ListsCard(Card):
    """What the policy's two lists say about the category; ``policy`` when the link is pressed."""

    policy = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("panel", padding=15, spacing=10, parent=parent)
        self._review = Chip("house list, review", "outline")
        link = LinkLabel("Policy", "caption_medium")
        link.clicked.connect(self.policy)
        self.body.addLayout(
            row(PlainLabel("What the lists say", "section"), self._review, None, link, spacing=12)
        )
        self._lines = QVBoxLayout()
        self._lines.setSpacing(theme().px(10))
        self.body.addLayout(self._lines)
        self.body.addStretch(1)

    def show_case(self, case: Case, category: str) -> None:
        """Another case, or another category."""
        self._review.setVisible(not words.reviewed(case.view.policy))
        empty(self._lines)
        free, tokens = words.list_words(case, category)
        if free is not None:
            self._lines.addWidget(_list_line("Free", free, "gift", "credit_text"))
        if tokens is not None:
            self._lines.addWidget(_list_line("Tokens", tokens, "coins", "text2"))

    def show_criteria(self, policy: Policy) -> None:
        """What the policy's lists say about emergencies."""
        lists = policy.lists
        self._review.setVisible(not (lists.mission_critical.reviewed and lists.not_mission_critical.reviewed))
        empty(self._lines)
        for kind, chosen, icon, ink in (
            ("Confirm", lists.mission_critical, "shield-check", "link"),
            ("Demote", lists.not_mission_critical, "arrow-down-narrow-wide", "credit_text"),
        ):
            for item in chosen.items:
                self._lines.addWidget(_list_line(kind, item, icon, ink))

    def said(self) -> tuple[str, ...]:
        """The lines, as a screen reader hears them."""
        return tuple(line.accessibleName() for line in widgets_of(self._lines))


def _list_line(kind: str, item: ListItem, icon: str, ink: str) -> QWidget:
    line = QWidget()
    title = f"{kind}: {item.words[:1].lower()}{item.words[1:]}"
    column = QVBoxLayout()
    column.setSpacing(theme().px(2))
    head = PlainLabel(title, "caption_strong", wrap=True)
    column.addWidget(head)
    column.addWidget(CaptionLabel(item.note, "text2", wrap=True))
    across = row(spacing=9)
    across.setContentsMargins(0, 0, 0, 0)
    across.addWidget(IconLabel(icon, ink, 14), 0, Qt.AlignmentFlag.AlignVCenter)
    across.addLayout(column, 1)
    line.setLayout(across)
    line.setAccessibleName(f"{title}. {item.note}")
    return line


class ChangesCard(Card):
    """What the outcome changes, and who is told."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("panel", padding=15, spacing=8, parent=parent)
        self.table = ChangeRows("If free")
        self._note = CaptionLabel("Nothing is saved yet", "text2")
        self._told = _wrapped("caption")
        self._line = QWidget()
        self._line.setLayout(_beside("send", self._told))
        self.body.addLayout(row(PlainLabel("What it changes", "section"), None, self._note))
        self.body.addWidget(self.table)
        self.body.addWidget(self._line)

    def show_case(self, case: Case, now: datetime, times: Times, *, free: bool) -> None:
        """Another case, or another outcome."""
        title = "If free" if free else "If not free"
        self.table.show_changes(words.changes(case, now, times, free=free), title)
        self._told.setText(words.told_words(case))


class TimelineCard(Card):
    """The lines that matter; ``open_all`` when the link to all of them is pressed."""

    open_all = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("panel", padding=15, spacing=8, parent=parent)
        self._all = LinkLabel("", "caption_medium")
        self._all.clicked.connect(self.open_all)
        self.timeline = Timeline()
        self.body.addLayout(row(PlainLabel("Timeline", "section"), None, self._all))
        self.body.addWidget(self.timeline)
        self.body.addStretch(1)

    def show_case(self, case: Case, login: str, now: datetime, times: Times) -> None:
        """Another case."""
        told = entries(case.view, login, now, times)
        self.timeline.show_entries(words.short_timeline(told), times, now, open_all=True)
        self._all.setText(f"All {fmt.number(len(told))}")
        self._all.setAccessibleName(f"All {fmt.number(len(told))} entries, in the ticket")
