"""One entry of the ledger in full: who recorded it and when, why, under which clause, and its counterpart."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDialog, QGridLayout, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from console.policy.terms import EntryKind
from console.services.telling import CAUSES
from console.ui import format as fmt
from console.ui.format import Times
from console.ui.models.account_words import EntryWords
from console.ui.theme import theme
from console.ui.widgets.buttons import Button
from console.ui.widgets.cards import Rule, row
from console.ui.widgets.labels import CaptionLabel, IconLabel, PlainLabel

if TYPE_CHECKING:
    from console.policy.document import Policy
    from console.services.tokens import StatementLine

REVERSIBLE = frozenset({EntryKind.PURCHASE, EntryKind.ADJUSTMENT, EntryKind.REFUND})
_USED = frozenset({EntryKind.CHARGE, EntryKind.CREDIT})


@dataclass(frozen=True, slots=True)
class EntryFacts:
    """What the detail needs beside the line itself."""

    line: StatementLine
    words: EntryWords
    policy: Policy
    reversed_by: StatementLine | None
    reverses: StatementLine | None
    why_not_reverse: str


def fact_lines(given: EntryFacts, times: Times, now: datetime) -> list[tuple[str, str]]:
    """The detail as pairs of name and words."""
    line = given.line
    said = [
        ("Change", f"{fmt.signed(line.tokens)}, balance {fmt.number(line.balance_after)} after it"),
        ("Caused at", times.both(line.at, now)),
        ("Recorded at", f"{times.both(line.recorded_at, now)}, by the database’s clock"),
        ("By", f"{line.actor_name} ({line.actor})" if line.actor_name != line.actor else line.actor),
        ("Cause", CAUSES[line.cause]),
        ("Clause", _clause(given.policy, line.clause)),
        ("Counterpart", _counterpart(given)),
    ]
    if line.ticket_id is not None:
        said.append(("Ticket", str(line.ticket_id)))
    if line.reference:
        said.append(("Reference", line.reference))
    if line.reason:
        said.append(("Reason", line.reason))
    if given.reversed_by is not None:
        said.append(
            ("Reversed", f"by entry {given.reversed_by.seq}, {times.both(given.reversed_by.at, now)}")
        )
    return said


def _clause(policy: Policy, clause: str) -> str:
    try:
        return f"{clause}: {policy.says(clause)}"
    except (KeyError, ValueError):
        return clause


def _counterpart(given: EntryFacts) -> str:
    line = given.line
    if given.reverses is not None:
        return f"reverses entry {given.reverses.seq} ({fmt.signed(given.reverses.tokens)})"
    if line.reverses is not None:
        return "reverses an earlier entry"
    used = line.kind in _USED or (line.kind is EntryKind.REVERSAL and line.ticket_id is not None)
    return f"{'tokens used on tickets' if used else 'tokens sold'}, {fmt.signed(-line.tokens)}"


class EntryDetail(QDialog):
    """``ticket(int)`` and ``reverse(int)`` when those buttons are pressed; the dialog closes first."""

    ticket = Signal(object)
    reverse = Signal(object)

    def __init__(self, given: EntryFacts, times: Times, now: datetime, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._line = given.line
        self.setWindowTitle(f"Entry {given.line.seq}")
        self._said = fact_lines(given, times, now)
        column = QVBoxLayout(self)
        pad = theme().px(20)
        column.setContentsMargins(pad, pad, pad, pad)
        column.setSpacing(theme().px(12))
        title = PlainLabel(given.words.words, "card_title", wrap=True)
        title.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        number = CaptionLabel(f"Entry {fmt.number(given.line.seq)}", "text2")
        column.addLayout(row(IconLabel(given.words.icon, given.words.ink, 18), title, number))
        column.addWidget(Rule())
        column.addLayout(self._facts())
        note = CaptionLabel("An entry is never changed; a correction is a further entry.", "text3", wrap=True)
        column.addWidget(note)
        column.addLayout(self._buttons(given))
        width = theme().px(500)
        self.setMinimumWidth(width)
        self.resize(width, max(1, self.heightForWidth(width)))
        self.setAccessibleDescription(". ".join(f"{name}: {words}" for name, words in self._said))

    def said(self) -> dict[str, str]:
        """The lines shown."""
        return dict(self._said)

    def _facts(self) -> QGridLayout:
        grid = QGridLayout()
        grid.setHorizontalSpacing(theme().px(16))
        grid.setVerticalSpacing(theme().px(8))
        grid.setColumnStretch(1, 1)
        for place, (name, words) in enumerate(self._said):
            grid.addWidget(CaptionLabel(name, "text2"), place, 0, Qt.AlignmentFlag.AlignTop)
            shown = PlainLabel(words, "body", wrap=True)
            shown.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            grid.addWidget(shown, place, 1)
        return grid

    def _buttons(self, given: EntryFacts) -> QHBoxLayout:
        parts: list[QWidget | None] = []
        if given.line.kind in REVERSIBLE:
            reverse = Button("Reverse entry…", icon="rotate-ccw")
            reverse.allow(given.why_not_reverse)
            reverse.clicked.connect(self._on_reverse)
            parts.append(reverse)
        parts.append(None)
        if given.line.ticket_id is not None:
            look = Button(f"Open {given.line.ticket_id}", icon="external-link")
            look.clicked.connect(self._on_ticket)
            parts.append(look)
        close = Button("Close", key="Esc")
        close.clicked.connect(self.reject)
        close.setFocus()
        return row(*parts, close)

    def _on_ticket(self) -> None:
        self.accept()
        self.ticket.emit(self._line.ticket_id)

    def _on_reverse(self) -> None:
        self.accept()
        self.reverse.emit(self._line.entry_id)
