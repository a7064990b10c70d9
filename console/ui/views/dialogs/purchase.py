"""Record a purchase: tokens or dollars, the invoice checked while it is typed, and what it releases."""

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from console.policy.terms import Milestone
from console.services import tokens
from console.services.desk import Desk, Preview
from console.services.tokens import PurchasePreview
from console.ui import format as fmt
from console.ui.context import Context
from console.ui.theme import theme
from console.ui.views.dialogs.account_dialog import AccountDialog
from console.ui.views.dialogs.amounts import MOST_TOKENS, cents_typed, dollars, tokens_typed
from console.ui.views.dialogs.form import Day
from console.ui.views.dialogs.frame import Work
from console.ui.views.dialogs.parts import IconLine
from console.ui.widgets.buttons import Button
from console.ui.widgets.cards import Card, row
from console.ui.widgets.fields import LineField
from console.ui.widgets.labels import PlainLabel

MOST_SHOWN = 5
_BY = {Milestone.BEGIN: "begin by", Milestone.RESPOND: "respond by", Milestone.RESOLVE_OR_PLAN: "plan by"}


@dataclass(frozen=True, slots=True)
class _Answer:
    preview: PurchasePreview
    taken: str


class PurchaseDialog(AccountDialog):
    """Two fields: how many, and the invoice. ``ticket_id`` is the ticket for whose sake it is opened."""

    managers_only = False

    def __init__(
        self, context: Context, parent: QWidget | None, account_id: int, ticket_id: int | None = None
    ) -> None:
        super().__init__(
            context, parent, account_id, name="purchase", title="Record purchase", icon="shopping-cart"
        )
        self._ticket_id = ticket_id
        self._taken = ""
        self._filling = False
        self.primary.set_text("Add tokens")

    def fill(self) -> None:
        """Tokens = dollars, packs, invoice, day, and what happens."""
        self._tokens = LineField(name="Tokens", longest=9)
        self._dollars = LineField(name="Dollars", longest=16)
        self._tokens.textChanged.connect(self._on_tokens)
        self._dollars.textChanged.connect(self._on_dollars)
        pair = row(spacing=12)
        self.ask("tokens", "Tokens", self._tokens, self._wrong_tokens, into=pair)
        pair.addWidget(PlainLabel("=", "body", "text2"))
        self.ask("dollars", "Dollars", self._dollars, self._wrong_dollars, into=pair)
        self.column.addLayout(pair)
        self.column.addLayout(self._packs())
        self._invoice = LineField("INV-2304", name="Invoice", longest=100)
        self._invoice.textChanged.connect(self._ask)
        self._invoice_asked = self.ask("invoice", "Invoice", self._invoice, self._wrong_invoice)
        today = self.now.astimezone(self.context.times.zone).date()
        self._day = Day("Paid on", today)
        self.ask("paid_on", "Paid on", self._day)
        self._effect = Card("quiet", padding=12, spacing=6)
        self._balance = PlainLabel("", "strong")
        self._effect.body.addWidget(self._balance)
        self._lines = QVBoxLayout()
        self._lines.setSpacing(theme().px(6))
        self._effect.body.addLayout(self._lines)
        self.column.addWidget(self._effect)
        self._ask()

    def _packs(self) -> QHBoxLayout:
        buttons = [Button(f"{fmt.number(pack)}", compact=True) for pack in self.policy.tokens.packs]
        for button, pack in zip(buttons, self.policy.tokens.packs, strict=True):
            button.setAccessibleName(f"Pack of {fmt.tokens(pack)}")
            button.clicked.connect(self._filler(pack))
        return row(PlainLabel("Packs", "caption", "text2"), *buttons, None)

    def _filler(self, pack: int) -> Callable[[], None]:
        def fill() -> None:
            self._tokens.setText(str(pack))
            self._invoice.setFocus()

        return fill

    # each fills the other

    def _on_tokens(self, text: str) -> None:
        count = tokens_typed(text)
        if not self._filling:
            self._filling = True
            worth = count is not None and count > 0
            self._dollars.setText(dollars((count or 0) * self.policy.tokens.price) if worth else "")
            self._filling = False
        self._ask()

    def _on_dollars(self, text: str) -> None:
        cents = cents_typed(text)
        if not self._filling:
            self._filling = True
            whole = cents is not None and cents > 0 and cents % self.policy.tokens.price == 0
            self._tokens.setText(str((cents or 0) // self.policy.tokens.price) if whole else "")
            self._filling = False

    def _count(self) -> int:
        count = tokens_typed(self._tokens.text())
        return count if count is not None and 1 <= count <= MOST_TOKENS else 0

    def _wrong_tokens(self) -> str:
        return "" if self._count() else f"A whole number of tokens, 1 to {MOST_TOKENS:,}."

    def _wrong_dollars(self) -> str:
        cents, price = cents_typed(self._dollars.text()), self.policy.tokens.price
        if cents is not None and cents > 0 and cents % price == 0:
            return ""
        return (
            f"A token costs {fmt.money_short(price)}: type a multiple of it." if self._dollars.text() else ""
        )

    def _wrong_invoice(self) -> str:
        return self._taken if self.text("invoice") else "The invoice number is missing."

    # what it would do

    def _ask(self) -> None:
        count, invoice = self._count(), self.text("invoice")
        self.preview(lambda desk: self._answer(desk, count, invoice), self._on_answer)

    def _answer(self, desk: Desk, count: int, invoice: str) -> _Answer:
        line = tokens.invoice_taken(desk, self.account_id, invoice) if invoice else None
        taken = ""
        if line is not None:
            day = self.context.times.day(line.recorded_at, desk.now())
            taken = (
                f"Invoice {invoice} is already recorded ({day}, {fmt.tokens(line.tokens)}). "
                "Use another number, or open that line."
            )
        return _Answer(tokens.preview_purchase(desk, self.account_id, count), taken)

    def _on_answer(self, answer: _Answer) -> None:
        self._taken = answer.taken
        self.allow()
        invoice = self.text("invoice")
        if answer.taken:
            self._invoice_asked.show_fault(answer.taken)
        else:
            self._invoice_asked.show_hint("✓ Not recorded yet" if invoice else "")
        count, preview = self._count(), answer.preview
        before, after = fmt.number(preview.balance_before), fmt.number(preview.balance_before + count)
        self._balance.setText(f"Balance {before} → {after}" if count else f"Balance {before}")
        self._show_released(preview)
        opened = ", ".join(str(each.after.id) for each in preview.released[:2])
        more = len(preview.released) - 2
        tail = f", open {opened}{f' and {more} more' if more > 0 else ''}" if opened and count else ""
        self.primary.set_text(f"Add {fmt.tokens(count)}{tail}" if count else "Add tokens")
        self.fit()

    def _show_released(self, preview: PurchasePreview) -> None:
        while (item := self._lines.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        for each in preview.released[:MOST_SHOWN]:
            self._lines.addWidget(IconLine("coins", self._released(each)))
        rest = len(preview.released) - MOST_SHOWN
        if rest > 0:
            self._lines.addWidget(IconLine("coins", f"and {fmt.count(rest, 'more ticket', 'more tickets')}."))
        balance = preview.balance_after
        for ticket in preview.kept[:MOST_SHOWN]:
            price = self.policy.price(ticket.hosting, ticket.option, ticket.priority)
            missing = fmt.tokens(max(0, price - balance))
            words = f"{ticket.id}, {ticket.priority}, still waits: {missing} missing."
            self._lines.addWidget(IconLine("coins", words, ink="text3"))

    def _released(self, each: Preview) -> str:
        running = [deadline for deadline in each.after.counting if deadline.is_open]
        due = ""
        if running:
            by = self.context.times.both(running[0].due_at, each.at)
            due = f" Its clock starts now: {_BY[running[0].milestone]} {by}."
        charged, left = fmt.number(each.charged), fmt.number(each.balance_after)
        return f"Releases {each.after.id}, {each.after.priority}: {charged} charged, {left} left.{due}"

    def refresh(self) -> None:
        """The balance moved meanwhile."""
        self._ask()

    def work(self) -> Work | None:
        """Records it."""
        count, invoice, day, account = self._count(), self.text("invoice"), self._day.day(), self.account_id
        return lambda desk, key: tokens.record_purchase(desk, account, count, invoice, day, key)
