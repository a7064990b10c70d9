"""Why this time: the picture, the sum and the rule behind a deadline; in a popover (W) and inside dialogs."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from PySide6.QtCore import QPoint, QRectF, Qt
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractSlider, QFrame, QVBoxLayout, QWidget

from console.policy.deadlines import Deadline, Explanation, StartEvent, amount_in_words, explain
from console.policy.document import Policy
from console.policy.hours import BusinessCalendar
from console.policy.terms import Milestone, Priority
from console.ui import format as fmt
from console.ui.format import Times
from console.ui.theme import theme
from console.ui.views.dialogs.parts import Body
from console.ui.widgets.bands import Band, HoursBand, Mark, Span
from console.ui.widgets.cards import Card, row
from console.ui.widgets.labels import CaptionLabel, PlainLabel
from console.ui.widgets.paint import round_off, rounded

BY_WORDS = {
    Milestone.RESPOND: "respond by",
    Milestone.BEGIN: "begin by",
    Milestone.RESOLVE_OR_PLAN: "plan by",
}
_START_WORDS = {
    StartEvent.OPENED: "opened",
    StartEvent.CHANGED: "changed",
    StartEvent.REOPENED: "reopened",
}

WIDTH = 420
_A_DAY_AND_NIGHT = timedelta(hours=20)
_LEAST_ROOM = timedelta(minutes=45)
_QUIET_MONDAY = date(2001, 1, 1)
"""A week far from the holidays and special days of any policy in use."""


@dataclass(frozen=True, slots=True)
class Why:
    """One deadline with everything that explains it; instants are aware UTC. ``replaced`` is the older promise."""

    number: int
    priority: Priority
    deadline: Deadline
    explanation: Explanation
    policy: Policy
    now: datetime
    replaced: Explanation | None = None


# the picture


def band_of(
    explanation: Explanation,
    calendar: BusinessCalendar,
    times: Times,
    *,
    by: str = "",
    further: Sequence[tuple[datetime, str]] = (),
    struck: bool = False,
) -> Band:
    """The hours from a little before the start to a little after the last mark; closed ones are left out of ``open``.

    ``by`` is the words at the deadline ("begin by"), ``further`` more instants with theirs. Labels are in the
    policy's zone. An elapsed promise runs day and night: its band is unbroken.
    """
    ends = [explanation.due_at, *(at for at, _ in further)]
    start, end = _window(explanation, max(ends), calendar)
    opens = _opens(calendar, start, end) if explanation.business else ((start, end),)
    length = fmt.exact if explanation.business else amount
    counted = tuple((span.start, span.end, length(span.end - span.start)) for span in explanation.spans)
    begun = f"{_START_WORDS[explanation.start]} {_plain_clock(explanation.counted_from, times)}"
    due = f"{by} {_clock(explanation.due_at, explanation.counted_from, times)}".strip()
    marks = [
        Mark(explanation.counted_from, begun),
        Mark(explanation.due_at, due, "text" if struck else "link"),
    ]
    marks += [Mark(at, f"{words} {_clock(at, explanation.counted_from, times)}") for at, words in further]
    ticks = _ticks(calendar, start, end, times) if explanation.business else _unbroken(explanation)
    return Band(start, end, opens, counted, tuple(marks), ticks, struck)


def _window(
    explanation: Explanation, last: datetime, calendar: BusinessCalendar
) -> tuple[datetime, datetime]:
    """From a little before the start; before the opening of that day where business hours count."""
    start = first = explanation.counted_from
    if explanation.business:
        opened = [at for at, end in _opens(calendar, first - _A_DAY_AND_NIGHT, first) if end == first]
        start = opened[-1] if opened else first
    room = max(_LEAST_ROOM if explanation.business else (last - start) / 8, (last - start) / 25)
    return start - room, last + room


def _opens(calendar: BusinessCalendar, start: datetime, end: datetime) -> tuple[Span, ...]:
    return tuple((span.start, span.end) for span in calendar.spans(start, calendar.between(start, end)))


def _ticks(
    calendar: BusinessCalendar, start: datetime, end: datetime, times: Times
) -> tuple[tuple[datetime, str], ...]:
    edges = {edge for span in _opens(calendar, start, end) for edge in span if start < edge < end}
    chosen = sorted(edges)
    return tuple(
        (edge, times.hour(edge, in_policy_zone=True)) for edge in (chosen if len(chosen) <= 6 else ())
    )


def _unbroken(explanation: Explanation) -> tuple[tuple[datetime, str], ...]:
    middle = explanation.counted_from + (explanation.due_at - explanation.counted_from) / 2
    return ((middle, "runs day and night"),)


def _plain_clock(instant: datetime, times: Times) -> str:
    text = times.policy_clock(instant).removesuffix(f" {times.policy_name}")
    return text.removesuffix(" AM").removesuffix(" PM")


def _clock(instant: datetime, day_of: datetime, times: Times) -> str:
    """In the policy's zone; with the weekday when it is another day than ``day_of``."""
    return times.policy_when(instant, day_of).removesuffix(f" {times.policy_name}")


def amount(promised: timedelta) -> str:
    """``"24 h"``, ``"3 days"``: a length that is never folded below three days."""
    days, rest = divmod(promised, timedelta(days=1))
    return f"{days} days" if not rest and days > 2 else fmt.amount_of_hours(promised)


# the words


def title(why: Why, times: Times) -> tuple[str, str]:
    """``("Begin by Wed 11:30 AM Eastern", "9:30 AM your time")``; one zone alone when both read the same."""
    due = why.deadline.due_at
    head = f"{BY_WORDS[why.deadline.milestone].capitalize()} {times.policy_when(due, why.now)}"
    own = own_zone(times).when(due, why.now)
    return head, "" if head.endswith(f"{own} {times.policy_name}") else f"{own} your time"


def own_zone(times: Times) -> Times:
    """The same with the viewer's zone first."""
    return times.flipped() if times.policy_first else times


def rule(why: Why, times: Times) -> str:
    """``"Urgent: begin work within 4 business hours (every day 9 AM to 11 PM Eastern)."``"""
    kind = "" if why.deadline.is_guarantee else " This is a goal, not a guarantee."
    hours = (
        f" ({hours_in_words(why.policy.calendar, times)})" if why.explanation.business else ", day and night"
    )
    return f"{why.priority.value.capitalize()}: {why.explanation.rule}{hours}.{kind}"


def hours_in_words(calendar: BusinessCalendar, times: Times) -> str:
    """``"every day 9 AM to 11 PM Eastern"``; without figures when the days differ."""
    week = {calendar.intervals_on(_QUIET_MONDAY + timedelta(days=day)) for day in range(7)}
    if len(week) != 1:
        return f"business hours in {times.policy_name} time"
    (intervals,) = week
    zone = ZoneInfo(calendar.timezone)
    spans = " and ".join(f"{_hour(a, zone, times)} to {_hour(b, zone, times)}" for a, b in intervals)
    return f"every day {spans} {times.policy_name}"


def _hour(text: str, zone: ZoneInfo, times: Times) -> str:
    hours, minutes = (int(part) for part in text.split(":"))
    return times.hour(datetime(2001, 1, 1, hours % 24, minutes, tzinfo=zone), in_policy_zone=True)


def total(explanation: Explanation, times: Times) -> str:
    """``"1 h 30 m counted Tue + 2 h 30 m counted Wed = 4 h"``; ``"24 h, day and night"``."""
    if not explanation.business:
        return f"{amount(explanation.counted)}, counted day and night"
    parts = [
        f"{fmt.exact(span.end - span.start)} counted {span.start.astimezone(times.policy):%a}"
        for span in explanation.spans
    ]
    if len(parts) == 1:
        return parts[0]
    return f"{' + '.join(parts)} = {fmt.exact(explanation.counted)}"


def start_words(why: Why, times: Times) -> str:
    """The start event in a sentence."""
    at = times.policy_when(why.explanation.counted_from, why.now)
    said = {
        StartEvent.OPENED: f"The clock starts at the opening of {why.number}, {at}: received and paid for.",
        StartEvent.CHANGED: f"The clock starts at the change, {at}.",
        StartEvent.REOPENED: f"The clock starts at the reopening, {at}.",
    }[why.explanation.start]
    return (
        f"{said} The earlier time of the promise before was kept." if why.explanation.kept_earlier else said
    )


def source(why: Why) -> str:
    """``"Rule 2.2: Urgent, begin · policy version 3, from 1 Nov 2026"``."""
    since = why.policy.in_force_from
    day = f"{since.day} {since:%b %Y}"
    named = amount_in_words(why.deadline.promise)
    return f"Clause {why.explanation.clause}, {named} · policy version {why.explanation.policy_version}, from {day}"


def clock_change(explanation: Explanation, times: Times) -> str:
    """A sentence when a day in the picture has other than 24 hours; empty otherwise."""
    zone = times.policy
    day = explanation.counted_from.astimezone(zone).date()
    while day <= explanation.due_at.astimezone(zone).date():
        first = datetime(day.year, day.month, day.day, tzinfo=zone)
        following = day + timedelta(days=1)
        second = datetime(following.year, following.month, following.day, tzinfo=zone)
        hours = (second.timestamp() - first.timestamp()) / 3600
        if hours != 24:
            went = "back" if hours > 24 else "forward"
            return f"The clock goes {went} on {first:%a} {day.day} {first:%b}: that day has {hours:g} h."
        day = following
    return ""


def awaiting_words(price: int, balance: int) -> str:
    """Said in place of the picture while a ticket waits for tokens."""
    return (
        f"The clock has not started: the account has {balance} of {fmt.tokens(price)}. "
        "The opening is the moment a purchase covers it."
    )


# the widgets


class WhyCard(Card):
    """The small picture inside a dialog: ``"Why 5:52 PM?  4 business hours from opening"`` over the band."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("quiet", padding=11, spacing=6, parent=parent)
        self._title = PlainLabel("", "caption_strong")
        self._zone = CaptionLabel("")
        self._band = HoursBand()
        self.body.addLayout(row(self._title, None, self._zone))
        self.body.addWidget(self._band)

    def show_why(self, why: Why, times: Times, further: Sequence[tuple[datetime, str]] = ()) -> None:
        """The picture of ``why``; ``further`` marks other deadlines of the ticket."""
        explanation = why.explanation
        clock = times.policy_clock(explanation.due_at).removesuffix(f" {times.policy_name}")
        start = {
            StartEvent.OPENED: "from opening",
            StartEvent.CHANGED: "from the change",
            StartEvent.REOPENED: "from the reopening",
        }[explanation.start]
        self._title.setText(f"Why {clock}?  {amount_in_words(why.deadline.promise)} {start}")
        self._zone.setText(times.policy_name)
        by = BY_WORDS[why.deadline.milestone]
        picture = band_of(explanation, why.policy.calendar, times, by=by, further=further)
        self._band.show_band(picture, f"{rule(why, times)} {total(explanation, times)}")

    def words(self) -> str:
        """The title shown."""
        return self._title.text()


class WhyPanel(QWidget):
    """The whole answer: both zones, the rule, the picture, the sum, the start, the clause and the policy version."""

    def __init__(self, why: Why, times: Times, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme().px(8))
        head, own = title(why, times)
        column.addLayout(row(PlainLabel(head, "card_title"), CaptionLabel(own), None))
        column.addWidget(PlainLabel(rule(why, times), "plain", "text2", wrap=True))
        by = BY_WORDS[why.deadline.milestone]
        calendar = why.policy.calendar
        if why.replaced is not None:
            column.addWidget(CaptionLabel(_replaced_words(why, why.replaced, times), wrap=True))
            old = band_of(why.replaced, calendar, times, by=by, struck=True)
            column.addWidget(HoursBand(old, f"Before: {why.replaced.rule}. {total(why.replaced, times)}"))
        picture = band_of(why.explanation, calendar, times, by=by)
        column.addWidget(HoursBand(picture, f"{rule(why, times)} {total(why.explanation, times)}"))
        column.addWidget(PlainLabel(total(why.explanation, times), "strong", wrap=True))
        for words in (start_words(why, times), clock_change(why.explanation, times)):
            if words:
                column.addWidget(CaptionLabel(words, wrap=True))
        column.addWidget(CaptionLabel(f"“{why.explanation.says}”", wrap=True))
        column.addWidget(CaptionLabel(source(why), "text3", wrap=True))
        self.setAccessibleName(f"{head}. {rule(why, times)} {total(why.explanation, times)}")


def _replaced_words(why: Why, old: Explanation, times: Times) -> str:
    was = f"Before: {old.rule}, due {times.policy_when(old.due_at, why.now)}."
    if why.explanation.start is StartEvent.CHANGED:
        return f"{was} Now counted from the change."
    return f"{was} Still counted from the opening."


_SCROLLS = {
    Qt.Key.Key_Down: QAbstractSlider.SliderAction.SliderSingleStepAdd,
    Qt.Key.Key_Up: QAbstractSlider.SliderAction.SliderSingleStepSub,
    Qt.Key.Key_PageDown: QAbstractSlider.SliderAction.SliderPageStepAdd,
    Qt.Key.Key_PageUp: QAbstractSlider.SliderAction.SliderPageStepSub,
}


class WhyPopover(QFrame):
    """The panel in a popover beside what was asked about. Esc, W or a press elsewhere closes it."""

    def __init__(self, content: QWidget | None = None, parent: QWidget | None = None) -> None:
        super().__init__(parent, Qt.WindowType.Popup | Qt.WindowType.FramelessWindowHint)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setAttribute(Qt.WidgetAttribute.WA_TranslucentBackground)
        margin = theme().px(16)
        self._body = Body()
        self._inside = QVBoxLayout(self._body.content)
        self._inside.setContentsMargins(margin, margin, margin, margin)
        around = QVBoxLayout(self)
        around.setContentsMargins(1, 1, 1, 1)
        around.addWidget(self._body)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        if content is not None:
            self.show_content(content)

    def show_content(self, content: QWidget) -> None:
        """What it says."""
        self._inside.addWidget(content)
        self.setAccessibleName(content.accessibleName())

    def open_at(self, anchor: QWidget) -> None:
        """Below ``anchor``, or above it where there is no room; inside the screen, scrolling when that is too small."""
        gap = theme().px(4)
        room = anchor.screen().availableGeometry()
        width = min(theme().px(WIDTH), room.width())
        self._inside.activate()
        self.resize(width, min(self._body.wanted_height(width - 2) + 2, room.height()))
        place = anchor.mapToGlobal(QPoint(0, anchor.height() + gap))
        if place.y() + self.height() > room.bottom():
            place.setY(anchor.mapToGlobal(QPoint(0, 0)).y() - self.height() - gap)
        if anchor.isWindow():
            place = anchor.frameGeometry().center() - self.rect().center()
        right = min(room.right(), anchor.window().frameGeometry().right())
        place.setX(max(room.left(), min(place.x(), right - self.width())))
        place.setY(max(room.top(), min(place.y(), room.bottom() - self.height())))
        self.move(place)
        self.show()
        self.setFocus(Qt.FocusReason.PopupFocusReason)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        round_off(self, theme().px(10))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Escape, Qt.Key.Key_W, Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.close()
        elif event.key() in _SCROLLS:
            bar = self._body.verticalScrollBar()
            bar.triggerAction(_SCROLLS[Qt.Key(event.key())])
        else:
            super().keyPressEvent(event)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        rounded(painter, QRectF(self.rect()), theme().px(12), fill="raised", line="line_strong")
        painter.end()


def message_panel(head: str, sentence: str) -> QWidget:
    """A panel without a picture: awaiting tokens, nothing due."""
    panel = QWidget()
    column = QVBoxLayout(panel)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(theme().px(8))
    column.addWidget(PlainLabel(head, "card_title"))
    column.addWidget(PlainLabel(sentence, "plain", "text2", wrap=True))
    panel.setAccessibleName(f"{head}. {sentence}")
    return panel


def why_of(number: int, priority: Priority, deadline: Deadline, policy: Policy, now: datetime) -> Why:
    """``Why`` of a deadline in a preview, where nothing is stored yet."""
    return Why(number, priority, deadline, explain(deadline, policy), policy, now)
