"""Before and after: what a decision changes, row by row, as it will be carried out; unchanged rows are dimmed.

The rows are always the same: priority, price, balance, begin (or respond) by, resolve or plan by, promises so far.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from PySide6.QtCore import QRectF, Qt, QTimer
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from console.policy.deadlines import Deadline, StartEvent
from console.policy.terms import Milestone, Priority
from console.policy.ticket import Ticket
from console.services.desk import Preview
from console.ui import format as fmt
from console.ui.format import Times
from console.ui.theme import theme
from console.ui.views.why import amount
from console.ui.widgets.cards import Rule
from console.ui.widgets.labels import CaptionLabel, IconLabel, PlainLabel
from console.ui.widgets.paint import rounded

_FIRST = (Milestone.BEGIN, Milestone.RESPOND)
_SECOND = (Milestone.RESOLVE_OR_PLAN,)
_FLASH_MS = 900


@dataclass(frozen=True, slots=True)
class Change:
    """One row: what stands now and after; ``ink`` colours the after side, ``below`` is its second line."""

    label: str
    now: str
    after: str
    below: str = ""
    ink: str = "text"

    @property
    def changed(self) -> bool:
        """Whether the row says anything new."""
        return self.after not in (self.now, NO_CHANGE)

    def spoken(self) -> str:
        """For a screen reader: ``"Balance, now 34, after 41, Juniper Dental Group"``."""
        return ", ".join(
            part for part in (self.label, f"now {self.now}", f"after {self.after}", self.below) if part
        )


NO_CHANGE = "no change"


# what the rows say


def changes(preview: Preview, times: Times) -> tuple[Change, ...]:
    """The six rows of a preview, in the order in which every dialog shows them."""
    before, after, now = preview.before, preview.after, preview.at
    return (
        _priority(before, after),
        _price(preview),
        _balance(preview),
        _deadline(before, after, _FIRST, now, times),
        _deadline(before, after, _SECOND, now, times),
        _so_far(before, after, now, times),
    )


def _priority(before: Ticket, after: Ticket) -> Change:
    was, will = priority_words(before.priority), priority_words(after.priority)
    return Change("Priority", was, will if was != will else NO_CHANGE)


def priority_words(priority: Priority) -> str:
    """``"Emergency"``."""
    return priority.value.capitalize()


def _price(preview: Preview) -> Change:
    was, will = price_words(preview.before, preview), price_words(preview.after, preview)
    moved = preview.before.held - preview.after.held
    if preview.before.is_free and preview.after.is_free:
        return Change("Price", was, "Free", "already free")
    if moved > 0:
        will = will if preview.after.held else "Free"
        return Change("Price", was, will, f"{fmt.number(moved)} credited at once", "credit_text")
    if moved < 0:
        return Change("Price", was, will, f"{fmt.number(-moved)} charged")
    return Change("Price", was, will if was != will else NO_CHANGE)


def price_words(ticket: Ticket, preview: Preview) -> str:
    """``"10 tokens"``, ``"Free"``, ``"included"`` (flat-rate), ``"needs 3 tokens"`` (awaiting)."""
    if not ticket.pays_tokens:
        return "included"
    if ticket.is_free:
        return "Free"
    if ticket.is_awaiting:
        price = preview.policy.price(ticket.hosting, ticket.option, ticket.priority)
        return f"needs {fmt.tokens(price)}"
    return fmt.tokens(ticket.held)


def _balance(preview: Preview) -> Change:
    if not preview.before.pays_tokens:
        return Change("Balance", "included", NO_CHANGE)
    was, will = preview.balance_before, preview.balance_after
    if was == will:
        return Change("Balance", fmt.number(was), NO_CHANGE)
    ink = "credit_text" if will > was else "text"
    return Change("Balance", fmt.number(was), fmt.number(will), preview.before.account_name, ink)


def _deadline(
    before: Ticket, after: Ticket, milestones: tuple[Milestone, ...], now: datetime, times: Times
) -> Change:
    was, will = _counting(before, milestones), _counting(after, milestones)
    label = _label(will or was, milestones)
    if will is None:
        gone = _state(was, now, times) if was else "no promise"
        return Change(label, gone, "no promise" if was else NO_CHANGE)
    shown = _state(will, now, times)
    if was is None:
        return Change(label, "no promise", shown, _why(will, None, times))
    if (was.due_at, was.met_at, was.milestone, was.missed) == (
        will.due_at,
        will.met_at,
        will.milestone,
        will.missed,
    ):
        return Change(label, _state(was, now, times), NO_CHANGE)
    return Change(label, _state(was, now, times), shown, _why(will, was, times))


def _counting(ticket: Ticket, milestones: tuple[Milestone, ...]) -> Deadline | None:
    found = [deadline for deadline in ticket.counting if deadline.milestone in milestones]
    return found[-1] if found else None


def _label(deadline: Deadline | None, milestones: tuple[Milestone, ...]) -> str:
    milestone = deadline.milestone if deadline else milestones[0]
    return {
        Milestone.BEGIN: "Begin work by",
        Milestone.RESPOND: "Respond by",
        Milestone.RESOLVE_OR_PLAN: "Resolve or plan by",
    }[milestone]


def _state(deadline: Deadline, now: datetime, times: Times) -> str:
    if deadline.missed:
        return f"missed {times.when(deadline.due_at, now)}"
    if deadline.met_at is not None:
        return f"met {times.when(deadline.met_at, now)}"
    return times.when(deadline.due_at, now)


def _why(will: Deadline, was: Deadline | None, times: Times) -> str:
    if will.met_at is not None or will.missed:
        return ""
    if will.promise.business:
        old = f"{_short(was.due_at, will.due_at, times)} → " if was and not was.missed else ""
        return f"{old}{times.policy_clock(will.due_at)}"
    start = {
        StartEvent.OPENED: "from opening",
        StartEvent.CHANGED: "from this change",
        StartEvent.REOPENED: "from the reopening",
    }[will.start]
    return f"{amount(will.promise.amount)} {start}"


def _short(instant: datetime, beside: datetime, times: Times) -> str:
    """``"2:52"`` when the time beside it says the same half of the day, else ``"11:52 AM"``."""
    text = times.policy_clock(instant).removesuffix(f" {times.policy_name}")
    other = times.policy_clock(beside).removesuffix(f" {times.policy_name}")
    first, _, half = text.partition(" ")
    return first if half and other.endswith(half) else text


def _so_far(before: Ticket, after: Ticket, now: datetime, times: Times) -> Change:
    kind = "Guarantees" if before.pays_tokens and before.reopened_at is None else "Goals"
    was, will = so_far_words(before, now, times), so_far_words(after, now, times)
    return Change(f"{kind} so far", was, will if will != was else NO_CHANGE)


_SHORT = {Milestone.BEGIN: "begin", Milestone.RESPOND: "respond", Milestone.RESOLVE_OR_PLAN: "plan"}


def so_far_words(ticket: Ticket, now: datetime, times: Times) -> str:
    """``"none due yet"``, ``"begin met"``, ``"begin missed 12:16 PM"``."""
    said = []
    for deadline in ticket.deadlines:
        if deadline.missed:
            said.append(f"{_SHORT[deadline.milestone]} missed {times.when(deadline.due_at, now)}")
        elif deadline.met_at is not None and deadline.counts:
            said.append(f"{_SHORT[deadline.milestone]} met")
    return ", ".join(dict.fromkeys(said)) or "none due yet"


# the table

_TOP = Qt.AlignmentFlag.AlignTop


class _Row(QWidget):
    """Label, now, an arrow, after with a line below it; as high as the longest of them at the width given."""

    def __init__(self) -> None:
        super().__init__()
        self.label = PlainLabel("", "plain", "text2", wrap=True)
        self.now = PlainLabel("", "body", "text2", wrap=True)
        self.arrow = IconLabel("arrow-right", "link", 14)
        self.value = PlainLabel("", "strong", wrap=True)
        self.below = CaptionLabel("", wrap=True)
        after = QVBoxLayout()
        after.setSpacing(0)
        after.addWidget(self.value)
        after.addWidget(self.below)
        after.addStretch(1)
        self._line = QHBoxLayout(self)
        for part in (self.label, self.now, self.arrow):
            self._line.addWidget(part, 0, _TOP)
        self._line.addLayout(after, 1)
        self.measure()

    def measure(self) -> None:
        """The columns' widths at the text size in force."""
        px = theme().px
        self._line.setContentsMargins(0, px(7), 0, px(7))
        self._line.setSpacing(px(8))
        self.label.setFixedWidth(px(120))
        self.now.setFixedWidth(px(92))

    def show_change(self, change: Change, *, dimmed: bool) -> None:
        """What it says; quiet when nothing changes."""
        quiet = dimmed or not change.changed
        self.label.setText(change.label)
        self.now.setText(change.now)
        self.value.setText(change.after)
        self.below.setText(change.below)
        self.below.setVisible(bool(change.below))
        self.arrow.show_icon("arrow-right", "text3" if quiet else "link")
        _keep_room(self.arrow, shown=change.changed)
        self.label.set_ink("text3" if quiet else "text2")
        self.now.set_ink("text3" if quiet else "text2")
        self.now.set_role("plain" if quiet else "body")
        self.value.set_role("plain" if not change.changed else "strong")
        self.value.set_ink(_ink(change, quiet=quiet))

    def show_heads(self, now: str, after: str) -> None:
        """The row above the others."""
        self.now.setText(now)
        self.value.setText(after)
        for label, ink in ((self.now, "text2"), (self.value, "link")):
            label.set_ink(ink)
        self.now.set_role("caption")
        self.value.set_role("caption_strong")
        self.below.hide()
        _keep_room(self.arrow, shown=False)


def _ink(change: Change, *, quiet: bool) -> str:
    if not change.changed:
        return "text3"
    return "text2" if quiet and change.ink == "text" else change.ink


def _keep_room(widget: QWidget, *, shown: bool) -> None:
    policy = widget.sizePolicy()
    policy.setRetainSizeWhenHidden(True)
    widget.setSizePolicy(policy)
    widget.setVisible(shown)


class BeforeAfter(QWidget):
    """The rows as a table: label, now, an arrow, after. Rows without news are dimmed; a fresh set may flash."""

    def __init__(self, after_title: str = "After", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        self._heads = _Row()
        self._heads.show_heads("Now", after_title)
        self._column.addWidget(self._heads)
        self._rows: list[_Row] = []
        self._shown: tuple[Change, ...] = ()
        self._flashing = False
        self._flash = QTimer(self)
        self._flash.setSingleShot(True)
        self._flash.setInterval(_FLASH_MS)
        self._flash.timeout.connect(self._on_flash_over)
        theme().changed.connect(self._measure)

    def show_after_title(self, title: str) -> None:
        """``"After"``, or ``"If a manager agrees"``."""
        self._heads.value.setText(title)

    def show_changes(self, shown: Sequence[Change], *, dimmed: bool = False, flash: bool = False) -> None:
        """These rows; ``dimmed`` when nothing is decided by this act, ``flash`` when they changed by themselves."""
        self._shown = tuple(shown)
        while len(self._rows) < len(shown):
            self._add_row()
        for row, change in zip(self._rows, shown, strict=False):
            row.show_change(change, dimmed=dimmed)
        self.setAccessibleName(". ".join(change.spoken() for change in shown))
        if flash and not theme().reduced_motion:
            self._flashing = True
            self._flash.start()
            self.update()

    def changes(self) -> tuple[Change, ...]:
        """The rows shown."""
        return self._shown

    def paintEvent(self, _event: QPaintEvent) -> None:
        if not self._flashing:
            return
        painter = QPainter(self)
        rounded(painter, QRectF(self.rect()), theme().px(6), fill="accent_tint")
        painter.end()

    def _add_row(self) -> None:
        row = _Row()
        self._column.addWidget(Rule())
        self._column.addWidget(row)
        self._rows.append(row)

    def _on_flash_over(self) -> None:
        self._flashing = False
        self.update()

    def _measure(self) -> None:
        for row in (self._heads, *self._rows):
            row.measure()
