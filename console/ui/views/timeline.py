"""A ticket's timeline, newest last: who did what and when, the words as written, tokens before and after."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from console.policy import facts
from console.policy.terms import Role
from console.services import telling
from console.services.standing import WORK, act_of, done_at, standing
from console.ui import format as fmt
from console.ui import icons
from console.ui.format import Times
from console.ui.theme import theme
from console.ui.widgets.cards import Card
from console.ui.widgets.drawn import Drawn
from console.ui.widgets.labels import CaptionLabel, LinkLabel, PlainLabel, safe_tooltip

if TYPE_CHECKING:
    from console.policy.document import Policy
    from console.policy.ticket import Ticket
    from console.services.telling import TimelineItem
    from console.services.ticket_view import TicketView

SHOWN = 40
LONGEST_WORDS = 4_000
COLLAPSE_FROM = 4

_CUSTOMERS_WORDS = (facts.TicketReceived,)
_BUBBLES = (
    facts.TicketReceived,
    facts.ReplySent,
    facts.PlanSent,
    facts.TicketResolved,
    facts.TicketAuthorised,
)


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the timeline, ready to be shown. ``act`` is set while its author can still undo it."""

    item: TimelineItem
    head: str
    body: str
    bubble: bool
    icon: str
    ink: str
    note: str = ""
    act: str = ""


def entries(view: TicketView, login: str, now: datetime, times: Times) -> list[Entry]:
    """The timeline as it is told: lists by their words, undone acts marked, own fresh acts with their undo."""
    found = standing(view.timeline)
    made = []
    for item in view.timeline:
        act, by = act_of(item.fact), found.undone.get(item.number)
        note = f"undone by {by.actor_name} at {times.when(by.recorded_at, now)}" if by else ""
        told = found.acts.get(act, [])
        fresh = bool(told) and now - told[0].recorded_at < view.policy.settings.undo_within
        own = all(each.actor == login and each.fact.at >= item.fact.at for each in told)
        undo = fresh and own and told[-1] is item and _stands_as_told(item.fact, view.ticket)
        made.append(_entry(item, view.policy, note, act if undo else ""))
    return made


def _stands_as_told(fact: facts.Fact, ticket: Ticket) -> bool:
    """Whether the ticket keeps that instant; a reply entered late may have begun it before."""
    return type(fact) not in WORK or done_at(ticket, act_of(fact)) == fact.at


def _entry(item: TimelineItem, policy: Policy, note: str, act: str) -> Entry:
    words = telling.body(item)
    detail = _detail(item.fact, policy)
    body = "\n".join(part for part in (detail, words) if part)
    bubble = isinstance(item.fact, _BUBBLES) and bool(words)
    if isinstance(item.fact, _CUSTOMERS_WORDS) and words:
        body = f"“{words.strip()}”"
    tokens = item.fact.tokens if isinstance(item.fact, facts.TokensMoved) else 0
    ink = "credit_text" if tokens > 0 else "text2"
    if isinstance(item.fact, facts.GuaranteeMissed):
        ink = "missed_text"
    return Entry(
        item, telling.headline(item), body[:LONGEST_WORDS], bubble, telling.icon(item), ink, note, act
    )


def _detail(fact: facts.Fact, policy: Policy) -> str:
    """The words of what was ticked or chosen from the policy's lists."""
    lists = policy.lists
    if isinstance(fact, facts.EmergencyConfirmed):
        return ", ".join(lists.mission_critical.words(each) for each in fact.criteria)
    if isinstance(fact, facts.EmergencyDemoted):
        return ", ".join(lists.not_mission_critical.words(each) for each in fact.criteria)
    if isinstance(fact, facts.FreeIssueProposed):
        return lists.free.words(fact.category)
    if isinstance(fact, facts.IssueDetermined):
        chosen = lists.free if fact.free else lists.token_required
        return chosen.words(fact.category)
    if isinstance(fact, facts.CauseOfMissSet):
        return lists.causes_of_a_miss.words(fact.cause)
    return ""


class Timeline(QWidget):
    """``undo(str)`` carries the act of the pressed Undo link."""

    undo = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        self._entries: list[Entry] = []
        self._times, self._now = Times(), datetime.now(UTC)
        self._open = False
        self.setAccessibleName("Timeline")

    def show_entries(
        self, shown: list[Entry], times: Times, now: datetime, *, open_all: bool = False
    ) -> None:
        """Another ticket's timeline, or more of the same."""
        self._entries, self._times, self._now, self._open = shown, times, now, open_all
        self._clear()
        groups = _groups(shown, collapse=not open_all)
        hidden = 0 if open_all else max(0, len(groups) - SHOWN)
        if hidden:
            self._add_link(f"Show {fmt.number(hidden)} earlier entries")
        for place, group in enumerate(groups[hidden:]):
            last = place == len(groups) - hidden - 1
            if len(group) == 1:
                self._column.addWidget(self._line(group[0], last=last))
            else:
                self._add_link(f"{fmt.number(len(group))} entries by the console")

    def heads(self) -> list[str]:
        """The heads of the lines told, for tests and screen readers."""
        return [entry.head for entry in self._entries]

    def _clear(self) -> None:
        while (item := self._column.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()

    def _add_link(self, words: str) -> None:
        link = LinkLabel(words, "caption_medium", parent=self)
        link.clicked.connect(self._on_more)
        link.setContentsMargins(theme().px(32), theme().px(4), 0, theme().px(8))
        self._column.addWidget(link)

    def _line(self, entry: Entry, *, last: bool) -> QWidget:
        line = QWidget(self)
        across = QHBoxLayout(line)
        across.setContentsMargins(0, 0, 0, 0)
        across.setSpacing(theme().px(10))
        across.addWidget(_Knot(entry.icon, entry.ink, last=last, parent=line))
        words = QVBoxLayout()
        words.setContentsMargins(0, theme().px(2), 0, theme().px(12))
        words.setSpacing(theme().px(4))
        words.addLayout(self._head(entry, line))
        if entry.body or entry.note:
            words.addWidget(_body(entry, line))
        across.addLayout(words, 1)
        return line

    def _head(self, entry: Entry, line: QWidget) -> QHBoxLayout:
        head = QHBoxLayout()
        head.setSpacing(theme().px(8))
        title = PlainLabel(entry.head, "body", wrap=True, parent=line)
        title.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        if entry.ink != "text2":
            title.set_ink(entry.ink)
        head.addWidget(title, 1)
        if entry.act:
            link = LinkLabel("Undo", "caption_medium", parent=line)
            link.setAccessibleName(f"Undo: {entry.head}")
            link.setProperty("act", entry.act)
            link.setAlignment(title.alignment())  # on one line with the words beside it
            link.clicked.connect(self._on_undo)
            head.addWidget(link, 0, Qt.AlignmentFlag.AlignTop)
        when = CaptionLabel(self._times.when(entry.item.fact.at, self._now), "text2", parent=line)
        when.setToolTip(safe_tooltip(_both_times(entry.item, self._times)))
        head.addWidget(when, 0, Qt.AlignmentFlag.AlignTop)
        return head

    def _on_more(self) -> None:
        self.show_entries(self._entries, self._times, self._now, open_all=True)

    def _on_undo(self) -> None:
        sender = self.sender()
        if sender is not None:
            self.undo.emit(sender.property("act"))


def _both_times(item: TimelineItem, times: Times) -> str:
    shown = times.tooltip(item.fact.at)
    if abs(item.recorded_at - item.fact.at) > timedelta(seconds=1):
        shown += f"\nrecorded {times.tooltip(item.recorded_at).splitlines()[0]}"
    return shown


def _body(entry: Entry, parent: QWidget) -> QWidget:
    text = "\n".join(part for part in (entry.body, entry.note) if part)
    label = CaptionLabel(text, "text2", wrap=True)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
    if not entry.bubble:
        label.setParent(parent)
        return label
    bubble = Card("quiet", padding=9, parent=parent)
    bubble.body.addWidget(label)
    return bubble


def _groups(shown: list[Entry], *, collapse: bool) -> list[list[Entry]]:
    """Entries by the console itself, more than three in a row, belong together; all others stand alone."""
    groups: list[list[Entry]] = []
    run: list[Entry] = []
    for entry in [*shown, None]:
        if entry is not None and entry.item.role is Role.SYSTEM:
            run.append(entry)
            continue
        together = collapse and len(run) >= COLLAPSE_FROM
        groups.extend([run] if together else [[each] for each in run])
        run = []
        if entry is not None:
            groups.append([entry])
    return groups


class _Knot(Drawn):
    """The icon of a line in a grey disc, and the thread to the next one."""

    def __init__(self, icon: str, ink: str, *, last: bool, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Expanding)
        self._icon, self._ink, self._last = icon, ink, last

    def sizeHint(self) -> QSize:
        side = theme().px(22)
        return QSize(side, side)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        side, size = theme().px(22), theme().px(12)
        if not self._last:
            painter.fillRect(QRectF(side / 2, side + 2, 1, self.height() - side - 4), theme().color("line"))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme().color("sunken"))
        painter.drawEllipse(QRectF(0, 0, side, side))
        edge = (side - size) / 2
        icons.draw(painter, self._icon, self._ink, edge, edge, size)
        painter.end()
