"""The promises of a ticket: guarantees in a plain card, goals in a dashed one, a bar each, and the way to "why"."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from console.policy.terms import Milestone, PromiseKind
from console.ui import format as fmt
from console.ui.models.queue_words import Judge, midnight_after
from console.ui.theme import theme
from console.ui.widgets.bands import PromiseBar
from console.ui.widgets.cards import Card, row
from console.ui.widgets.chips import KeyCap
from console.ui.widgets.labels import CaptionLabel, LinkLabel, PlainLabel
from console.ui.widgets.pills import Urgency

if TYPE_CHECKING:
    from console.policy.deadlines import Deadline, Explanation
    from console.services.ticket_view import DeadlineView

NAMES = {
    Milestone.RESPOND: "Respond",
    Milestone.BEGIN: "Begin work",
    Milestone.RESOLVE_OR_PLAN: "Resolve, or give a plan",
}


class PromiseCard(Card):
    """The guarantees, or the goals, of one ticket. ``why`` is the link of the same name."""

    why = Signal()

    def __init__(self, kind: PromiseKind, parent: QWidget | None = None) -> None:
        goal = kind is PromiseKind.GOAL
        super().__init__("goal" if goal else "plain", padding=13, spacing=10, parent=parent)
        self._goal = goal
        self._title = PlainLabel("Goals" if goal else "Guarantees", "section")
        self._why = LinkLabel("Why these times?", "caption_medium")
        self._why.clicked.connect(self.why)
        self.body.addLayout(row(self._title, None, self._why, KeyCap("W")))
        if goal:
            self.body.addWidget(
                CaptionLabel("A goal is no guarantee: missing it credits nothing.", wrap=True)
            )
        self._bars = QVBoxLayout()
        self._bars.setSpacing(theme().px(11))
        self.body.addLayout(self._bars)
        self._shown: list[tuple[DeadlineView, PromiseBar]] = []

    def show_deadlines(self, deadlines: tuple[DeadlineView, ...], now: datetime, judge: Judge) -> None:
        """The deadlines of this card's kind; hides the card when there are none."""
        while len(self._shown) > len(deadlines):
            _, bar = self._shown.pop()
            self._bars.removeWidget(bar)
            bar.deleteLater()
        bars = [bar for _, bar in self._shown]
        while len(bars) < len(deadlines):
            bars.append(PromiseBar("", self))
            self._bars.addWidget(bars[-1])
        self._shown = list(zip(deadlines, bars, strict=True))
        self.setVisible(bool(deadlines))
        self.pass_time(now, judge)

    def pass_time(self, now: datetime, judge: Judge) -> None:
        """Says the same promises at another instant."""
        for view, bar in self._shown:
            deadline = view.deadline
            bar.show_promise(
                title=NAMES[deadline.milestone],
                urgency=urgency(deadline, now, judge),
                left=left_words(deadline, now),
                share=_share(deadline, view.explanation, now, judge),
                elapsed=_elapsed_words(deadline, view.explanation, now, judge),
                due=f"by {judge.times.both(deadline.due_at, now)}",
                goal=self._goal,
            )


def urgency(deadline: Deadline, now: datetime, judge: Judge) -> Urgency:
    """How pressing a deadline is at ``now``."""
    if deadline.met_at is not None:
        return Urgency.MISSED if deadline.missed else Urgency.MET
    if now > deadline.due_at or deadline.missed:
        return Urgency.MISSED
    left = deadline.due_at - now
    if left <= judge.act_now:
        return Urgency.NOW
    if left <= judge.soon:
        return Urgency.SOON
    return Urgency.TODAY if deadline.due_at < midnight_after(now, judge.times) else Urgency.LATER


def left_words(deadline: Deadline, now: datetime) -> str:
    """``"24 min left"``, ``"12 min late"``, ``"met"``, ``"met 4 min late"``, ``"5 min over goal"``."""
    if deadline.met_at is not None:
        late = deadline.met_at - deadline.due_at
        return f"met {fmt.time_late(late)} late" if deadline.missed and late.total_seconds() > 0 else "met"
    if now > deadline.due_at:
        late_words = fmt.time_late(now - deadline.due_at)
        return f"{late_words} late" if deadline.is_guarantee else f"{late_words} over goal"
    return f"{fmt.time_left(deadline.due_at - now)} left"


def _share(deadline: Deadline, why: Explanation, now: datetime, judge: Judge) -> float | None:
    """How much of the promised time has passed, 0 to 1; counted hours only where the promise counts those."""
    until = min(now, deadline.met_at or now)
    if deadline.promise.business and judge.calendar is not None:
        if until <= deadline.counted_from:
            return 0.0
        return judge.calendar.between(deadline.counted_from, until) / why.promised
    return (until - deadline.counted_from) / why.promised


def _elapsed_words(deadline: Deadline, why: Explanation, now: datetime, judge: Judge) -> str:
    if deadline.met_at is not None:
        return f"at {judge.times.when(deadline.met_at, now)}"
    share = _share(deadline, why, now, judge) or 0.0
    passed = why.promised * max(0.0, share)
    allowed = fmt.amount_of_hours(why.promised)
    business = " business" if deadline.promise.business else ""
    if share > 1:
        return f"all of {allowed}{business}"
    minutes = int(why.promised.total_seconds() // 60)
    if minutes <= 60:
        return f"{int(passed.total_seconds() // 60)} of {minutes}{business} min"
    return f"{fmt.time_left(passed)} of {allowed}{business}"
