"""The case in front as laid out: head, cards, and at the bottom edge the decision or what else can be done."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from console.ui import format as fmt
from console.ui.drafts import Drafts, Key
from console.ui.format import Times
from console.ui.models.decision_model import CRITICAL, WAITING, Item
from console.ui.theme import theme
from console.ui.views.determinations_case import (
    AlikeCard,
    CaseHead,
    ChangesCard,
    ListsCard,
    ProposalCard,
    TimelineCard,
)
from console.ui.views.determinations_decide import MANAGERS_ONLY, TOKENS, ActCard, DecisionCard
from console.ui.widgets.flowing import Flowing, flowing_area
from console.ui.widgets.labels import IconLabel, PlainLabel
from console.ui.widgets.messages import Action, MessageBar

if TYPE_CHECKING:
    from console.ui.views.determinations_deeds import Case

_BESIDE_FROM, _SHORT_BELOW, _RIGHT = 700, 600, 337
_ANY_WIDTH = 16_777_215


@dataclass(frozen=True, slots=True)
class Reader:
    """Who looks at the case: whether they decide, and why they may not work on tickets (empty: they may)."""

    login: str
    manager: bool
    why_not_staff: str


class CasePane(QWidget):
    """``withdraw`` when the proposer presses it above the decision; the cards have signals of their own."""

    withdraw = Signal()

    def __init__(self, drafts: Drafts, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.head, self.proposal, self.alike = CaseHead(), ProposalCard(), AlikeCard()
        self.lists, self.changes, self.timeline = ListsCard(), ChangesCard(), TimelineCard()
        self.decision, self.act = DecisionCard(drafts), ActCard(drafts)
        self.message = MessageBar("missed", closable=True)
        self.message.hide()
        self._now, self._times = datetime.now(UTC), Times()
        self._build()
        self.show_nothing()

    # what it shows

    def show_case(
        self,
        case: Case,
        tab: str,
        category: str,
        reader: Reader,
        now: datetime,
        times: Times,
        answer: Key,
    ) -> None:
        """Another case, as the tab calls for; ``answer`` names the draft of an answer to its question."""
        self._now, self._times = now, times
        waiting = tab == WAITING and case.view.ticket.proposal is not None
        self._show_sides(nothing=False)
        self.head.show_case(case, now)
        self.proposal.show_case(case, category, now, times, may_change=reader.manager and waiting)
        self.alike.show_case(case, times)
        self.alike.setVisible(tab != CRITICAL)
        if tab == CRITICAL:
            self.lists.show_criteria(case.view.policy)
        else:
            self.lists.show_case(case, category)
        self.changes.show_case(case, now, times, free=self.decision.current() != TOKENS)
        self.changes.setVisible(tab == WAITING)
        self.timeline.show_case(case, reader.login, now, times)
        self._show_bottom(case, tab, reader, answer)

    def show_decision(self, case: Case, about: Key, reader: Reader, together: Sequence[Item]) -> None:
        """The decision at the bottom edge, its draft ``about`` the case, or why it is somebody else's."""
        proposal = case.view.ticket.proposal
        mine = proposal is not None and proposal.by == reader.login
        actions: list[Action] = []
        if mine and not reader.manager:
            actions.append(("Withdraw my proposal", self.withdraw.emit))
        reason = "" if reader.manager else MANAGERS_ONLY
        self.decision.show_case(case, about, reason or case.why_not, actions, together)

    def show_nothing(self) -> None:
        """There is no case."""
        self._show_sides(nothing=True)

    def say_nothing(self, words: str) -> None:
        """What is said while there is no case."""
        self._nothing_words.setText(words)

    def empty_words(self) -> str:
        """What is said in place of a case when there is none."""
        return self._nothing_words.text() if self._nothing.isVisible() else ""

    def to_top(self) -> None:
        """Scrolls to the beginning of the case."""
        self.area.verticalScrollBar().setValue(0)

    def fit(self, width: int, height: int) -> None:
        """Cards side by side or below each other; where it is low, the bottom card scrolls with them."""
        px = theme().px
        beside = width - 2 * px(20) >= px(_BESIDE_FROM)
        way = QBoxLayout.Direction.LeftToRight if beside else QBoxLayout.Direction.TopToBottom
        if self._across.direction() != way:
            self._across.setDirection(way)
        self._side.setMinimumWidth(px(_RIGHT) if beside else 0)
        self._side.setMaximumWidth(px(_RIGHT) if beside else _ANY_WIDTH)
        home = self._flow if height < px(_SHORT_BELOW) else self._column
        if home.indexOf(self._bottom) < 0:
            home.addWidget(self._bottom)

    # the bottom edge

    def _show_sides(self, *, nothing: bool) -> None:
        self._nothing.setVisible(nothing)
        self.area.setVisible(not nothing)
        self.head.setVisible(not nothing)
        if nothing:
            self.decision.hide()
            self.act.hide()

    def _show_bottom(self, case: Case, tab: str, reader: Reader, answer: Key) -> None:
        proposal = case.view.ticket.proposal
        waits = tab == WAITING and proposal is not None
        decides = waits and not case.already_free and proposal is not None and not proposal.question
        self.decision.setVisible(decides)
        self.act.setVisible(not decides)
        if decides:
            return
        if waits and case.already_free:
            self._show_already_free(case, reader)
        elif waits:
            self._show_question(case, reader, answer)
        elif tab == CRITICAL:
            self._show_unclassified(reader)
        else:
            self._show_decided(case, reader)

    def _show_already_free(self, case: Case, reader: Reader) -> None:
        ticket = case.view.ticket
        words, missed = case.already_free, ticket.missed_guarantee
        if missed is not None:
            when = self._times.both(missed.due_at, self._now)
            words = f"{words.removesuffix('.')} at {when}."
        mine = ticket.proposal is not None and ticket.proposal.by == reader.login
        reason = "" if reader.manager or mine else "Only its proposer or a manager can close it"
        close = ("close", "Close proposal", "Ctrl+Return", reason)
        self.act.show_act("Already free", f"{words} No token would move.", "gift", (close,))

    def _show_question(self, case: Case, reader: Reader, answer: Key) -> None:
        proposal, asked = case.view.ticket.proposal, case.asked()
        mine = proposal is not None and proposal.by == reader.login
        who = asked[1] if asked is not None else "A manager"
        question = proposal.question if proposal else ""
        reason = "" if mine else "Its proposer answers"
        self.act.show_act(
            "A question about your proposal",
            f"{who} asks: “{question}”",
            "message-circle-reply",
            (
                ("answer", "Answer", "Ctrl+Return", reason),
                ("withdraw", "Withdraw my proposal", "", reason),
            ),
            field="Your answer",
            about=answer,
        )

    def _show_unclassified(self, reader: Reader) -> None:
        reason = reader.why_not_staff
        self.act.show_act(
            "Is it mission critical?",
            "The business cannot run minute to minute: confirm it. Anything less is demoted to urgent.",
            "shield-check",
            (("confirm", "Confirm…", "M", reason), ("demote", "Demote…", "D", reason)),
        )

    def _show_decided(self, case: Case, reader: Reader) -> None:
        made = case.view.ticket.determination
        if made is None:
            self.act.hide()
            return
        outcome = "a free issue" if made.free else "needs tokens"
        moved = " No token moved."
        if made.tokens:
            back = "came back" if made.tokens > 0 else "charged again"
            moved = f" {fmt.tokens(abs(made.tokens))} {back}."
        self.act.show_act(
            f"Decided: {outcome}",
            f"By {made.by_name}, {self._times.both(made.at, self._now)}.{moved}",
            "gavel",
            (("overturn", "Overturn…", "", "" if reader.manager else MANAGERS_ONLY),),
        )

    # building

    def _build(self) -> None:
        px = theme().px
        self._side, self._bottom, self._inside = QWidget(), QWidget(), Flowing()
        left, right = QVBoxLayout(), QVBoxLayout(self._side)
        right.setContentsMargins(0, 0, 0, 0)
        for column, cards in (
            (left, (self.proposal, self.alike, self.lists)),
            (right, (self.changes, self.timeline)),
        ):
            column.setSpacing(px(13))
            for card in cards:
                column.addWidget(card, 1 if card in (self.lists, self.timeline) else 0)
        self._flow = QVBoxLayout(self._inside)
        self._flow.setContentsMargins(0, 0, 0, 0)
        self._flow.setSpacing(px(13))
        self._across = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._across.setSpacing(px(13))
        self._across.addLayout(left, 1)
        self._across.addWidget(self._side)
        self._flow.addLayout(self._across, 1)
        self.area = flowing_area(self._inside)
        self.area.setMinimumHeight(px(160))
        bottom = QVBoxLayout(self._bottom)
        bottom.setContentsMargins(0, 0, 0, 0)
        bottom.addWidget(self.decision)
        bottom.addWidget(self.act)
        self._nothing_words = PlainLabel("", "card_title", "text2", wrap=True)
        self._nothing = _made_nothing(self._nothing_words)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(px(20), px(16), px(20), px(14))
        self._column.setSpacing(px(13))
        for part in (self.head, self.message):
            self._column.addWidget(part)
        self._column.addWidget(self.area, 1)
        self._column.addWidget(self._nothing, 1)
        self._column.addWidget(self._bottom)


def _made_nothing(words: PlainLabel) -> QWidget:
    made = QWidget()
    column = QVBoxLayout(made)
    words.setAlignment(Qt.AlignmentFlag.AlignCenter)
    words.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
    column.addStretch(1)
    column.addWidget(IconLabel("check", "met_text", 28), 0, Qt.AlignmentFlag.AlignHCenter)
    column.addWidget(words)
    column.addStretch(2)
    return made
