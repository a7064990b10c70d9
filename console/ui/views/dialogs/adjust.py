"""Corrections by a manager: adjust a balance, refund tokens, reverse an entry."""

from datetime import timedelta

from PySide6.QtWidgets import QWidget

from console.policy.terms import EntryKind
from console.services import tokens
from console.services.desk import Desk
from console.services.tokens import StatementLine
from console.ui import format as fmt
from console.ui.context import Context
from console.ui.drafts import Values
from console.ui.views.dialogs.account_dialog import AccountDialog
from console.ui.views.dialogs.amounts import MOST_TOKENS, tokens_typed
from console.ui.views.dialogs.form import reason_check
from console.ui.views.dialogs.frame import Work
from console.ui.widgets.fields import ComboBox, LineField, TextArea
from console.ui.widgets.labels import PlainLabel

_SPAN = timedelta(days=365)
_KIND_WORDS = {
    EntryKind.PURCHASE: "purchase",
    EntryKind.ADJUSTMENT: "adjustment",
    EntryKind.REFUND: "refund",
    EntryKind.CHARGE: "charge",
    EntryKind.CREDIT: "credit",
    EntryKind.REVERSAL: "reversal",
}


class _CorrectionDialog(AccountDialog):
    """A change in tokens with the balance it leads to."""

    def ask_tokens(self, title: str, hint: str) -> None:
        """The field of the change."""
        self._change = LineField(name=title, longest=9)
        self._change.textChanged.connect(self._on_typed)
        self.ask("tokens", title, self._change, self._wrong, hint=hint)
        self._balance = PlainLabel("", "strong")
        self.column.addWidget(self._balance)

    def change(self) -> int:
        """The signed change of the balance; 0 while nothing usable is typed."""
        count = tokens_typed(self._change.text())
        return count if count is not None and abs(count) <= MOST_TOKENS else 0

    def refresh(self) -> None:
        """The balance moved meanwhile."""
        self._on_typed()

    def _on_typed(self) -> None:
        before, change = self.account.balance, self.change()
        arrow = f" → {fmt.number(before + change)}" if change else ""
        self._balance.setText(f"Balance {fmt.number(before)}{arrow}")
        self.primary.set_text(self.button())

    def _wrong(self) -> str:
        if not self.change():
            return f"A whole number of tokens up to {MOST_TOKENS:,}, not 0."
        if self.account.balance + self.change() < 0:
            return f"{self.account.name} has {fmt.tokens(self.account.balance)}; a balance is never negative."
        return ""

    def button(self) -> str:
        """The effect, named."""
        return "Save"


class AdjustDialog(_CorrectionDialog):
    """More or fewer tokens, about an earlier entry, with a reason."""

    def __init__(self, context: Context, parent: QWidget | None, account_id: int) -> None:
        super().__init__(context, parent, account_id, name="adjust", title="Adjust", icon="scale")

    def fill(self) -> None:
        """Change, about, reason."""
        self.ask_tokens("Change", "More: 5. Fewer: −2.")
        self._about = ComboBox("About")
        self._about.addItem("Nothing in particular", "")
        self.ask("about", "About", self._about)
        self.ask(
            "reason",
            "Reason",
            TextArea(name="Reason", longest=900, lines=3),
            reason_check(self, "reason", 10),
        )
        self._on_typed()
        self.context.read(self._entries, self._on_entries, owner=self)

    def _entries(self, desk: Desk) -> list[StatementLine]:
        now = desk.now()
        lines = tokens.statement(desk, self.account_id, now - _SPAN, now + timedelta(days=1)).lines
        return [line for line in reversed(lines) if line.kind is EntryKind.PURCHASE][:20]

    def _on_entries(self, lines: list[StatementLine]) -> None:
        for line in lines:
            self._offer(entry_words(line, self.context.times.day(line.at, self.now)))

    def _offer(self, words: str) -> None:
        if self._about.findData(words) < 0:
            self._about.addItem(words, words)

    def restore(self, values: Values) -> None:
        """Puts a draft back; the entry that it is about may not be read yet."""
        self._offer(str(values.get("about", "")))
        super().restore(values)

    def button(self) -> str:
        """ "Take off 2 tokens"."""
        change = self.change()
        if not change:
            return "Adjust"
        return f"Add {fmt.tokens(change)}" if change > 0 else f"Take off {fmt.tokens(-change)}"

    def work(self) -> Work | None:
        """Adjusts."""
        account, change, about = self.account_id, self.change(), str(self._about.currentData() or "")
        reason = self.text("reason") + (f" (about the {about})" if about else "")
        seen = self.account.balance
        return lambda desk, key: tokens.adjust(desk, account, change, reason, key, seen=seen)


class RefundDialog(_CorrectionDialog):
    """Tokens paid back in money."""

    def __init__(self, context: Context, parent: QWidget | None, account_id: int) -> None:
        super().__init__(
            context, parent, account_id, name="refund", title="Refund", icon="banknote-arrow-down"
        )

    def fill(self) -> None:
        """Tokens, reference, reason."""
        self.ask_tokens("Tokens to pay back", "")
        missing = "The reference of the payment is missing."
        self.ask(
            "reference", "Reference of the payment", LineField("PAY-118", name="Reference", longest=100),
            self.at_least_typed("reference", missing),
        )  # fmt: skip
        self.ask(
            "reason",
            "Reason",
            TextArea(name="Reason", longest=1000, lines=3),
            reason_check(self, "reason", 10),
        )
        self._on_typed()

    def change(self) -> int:
        """Tokens leave the balance."""
        return -max(0, super().change())

    def button(self) -> str:
        """ "Refund 10 tokens, $250"."""
        count = -self.change()
        if not count:
            return "Refund"
        return f"Refund {fmt.tokens(count)}, {fmt.money_short(count * self.policy.tokens.price)}"

    def work(self) -> Work | None:
        """Refunds."""
        account, count = self.account_id, -self.change()
        reference, reason = self.text("reference"), self.text("reason")
        seen = self.account.balance
        return lambda desk, key: tokens.refund(desk, account, count, reference, reason, key, seen=seen)


class ReverseEntryDialog(AccountDialog):
    """A purchase, adjustment or refund reversed; the line itself is never edited."""

    def __init__(self, context: Context, parent: QWidget | None, account_id: int, entry_id: int) -> None:
        super().__init__(
            context, parent, account_id, name="reverse_entry", title="Reverse an entry", icon="rotate-ccw",
            subject=entry_id,
        )  # fmt: skip
        self._entry_id = entry_id
        self._line: StatementLine | None = None

    def fill(self) -> None:
        """Which entry, and why."""
        self._words = PlainLabel("", "strong", wrap=True)
        self._balance = PlainLabel("", "body", "text2")
        self.column.addWidget(self._words)
        self.column.addWidget(self._balance)
        self.ask(
            "reason",
            "Reason",
            TextArea(name="Reason", longest=1000, lines=3),
            reason_check(self, "reason", 10),
        )
        self.context.read(self._find, self._on_found, owner=self)

    def _find(self, desk: Desk) -> StatementLine | None:
        now = desk.now()
        lines = tokens.statement(desk, self.account_id, now - 20 * _SPAN, now + timedelta(days=1)).lines
        return next((line for line in lines if line.entry_id == self._entry_id), None)

    def _on_found(self, line: StatementLine | None) -> None:
        self._line = line
        self.allow()
        if line is not None:
            self._words.setText(entry_words(line, self.context.times.day(line.at, self.now)).capitalize())
            before = self.account.balance
            self._balance.setText(f"Balance {fmt.number(before)} → {fmt.number(before - line.tokens)}")
            self.primary.set_text(f"Reverse {fmt.signed(line.tokens)}")

    def why_not(self) -> str:
        """Not found, or of a kind that follows from a ticket."""
        if self._line is not None and self._line.kind not in (
            EntryKind.PURCHASE,
            EntryKind.ADJUSTMENT,
            EntryKind.REFUND,
        ):
            return "A ticket's charges and credits follow from its classification; take that back instead."
        return super().why_not()

    def work(self) -> Work | None:
        """Reverses it."""
        entry, reason = self._entry_id, self.text("reason")
        return lambda desk, key: tokens.reverse_entry(desk, entry, reason, key)


def entry_words(line: StatementLine, day: str) -> str:
    """``"purchase of Fri 6 Nov, +40, INV-2304"``."""
    reference = f", {line.reference}" if line.reference else ""
    return f"{_KIND_WORDS[line.kind]} of {day}, {fmt.signed(line.tokens)}{reference}"
