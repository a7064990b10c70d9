"""The cards beside the statement: what each support option would cost, and who may ask."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, QSize, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from console.policy.terms import Channel, SupportOption
from console.ui import format as fmt
from console.ui.theme import theme
from console.ui.widgets.buttons import Button
from console.ui.widgets.cards import Card, row
from console.ui.widgets.chips import Avatar
from console.ui.widgets.columns import empty, widgets_of
from console.ui.widgets.drawn import Drawn
from console.ui.widgets.labels import CaptionLabel, ElidedLabel, IconLabel, LinkLabel, PlainLabel
from console.ui.widgets.paint import RIGHT, draw_text, rounded

if TYPE_CHECKING:
    from console.policy.account import Account
    from console.policy.document import Policy
    from console.services.queue import QueueRow
    from console.services.tokens import AccountView, OptionCost

MOST_CONTACTS = 8


class _CostBar(Drawn):
    """One option: its name, what it would cost, and that as a bar of the dearest."""

    def __init__(self, cost: OptionCost, title: str, share: float, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._title, self._share, self._current = title, share, cost.current
        self._cost = fmt.NOTHING if cost.cost is None else _dollars(cost.cost)
        now = ", as now" if cost.current else ""
        said = "not enough history" if cost.cost is None else self._cost
        self.setAccessibleName(f"{title}{now}: {said}")

    def sizeHint(self) -> QSize:
        return QSize(theme().px(200), theme().metrics("body").height() + theme().px(14))

    def minimumSizeHint(self) -> QSize:
        return QSize(theme().px(120), self.sizeHint().height())

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        px, line = theme().px, theme().metrics("body").height()
        room = QRectF(0, 0, self.width(), line)
        width = theme().metrics("strong").horizontalAdvance(self._cost) + px(8)
        ink = "text" if self._current else "text2"
        role = "strong" if self._current else "body"
        draw_text(painter, room.adjusted(0, 0, -width, 0), self._title, role=role, ink=ink)
        draw_text(painter, room, self._cost, role="strong", align=RIGHT)
        bar = QRectF(0, line + px(4), self.width(), px(8))
        border = "line" if theme().line_width > 1 else None
        rounded(painter, bar, bar.height() / 2, fill="sunken", line=border)
        if self._share > 0:
            bar.setWidth(max(bar.height(), bar.width() * self._share))
            rounded(painter, bar, bar.height() / 2, fill="chart1" if self._current else "chart4")
        painter.end()


def _dollars(cents: int) -> str:
    """Whole dollars: the comparison is an estimate."""
    return f"${fmt.number(round(cents / 100))}"


class OptionsCard(Card):
    """The next 30 days by support option, with the break-even in words."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("panel", padding=13, spacing=10, parent=parent)
        self._info = IconLabel("info", "text2", 14, says="How this is counted")
        self.body.addLayout(row(PlainLabel("Next 30 days, by support option", "section"), None, self._info))
        self._bars = QVBoxLayout()
        self._bars.setSpacing(theme().px(9))
        self._words = CaptionLabel("", "text2", wrap=True)
        self.body.addLayout(self._bars)
        self.body.addWidget(self._words)

    def show_account(self, view: AccountView) -> None:
        """Another account's options; hidden when its hosting has only one."""
        self.setVisible(len(view.comparison) > 1)
        empty(self._bars)
        dearest = max([1, *(each.cost for each in view.comparison if each.cost is not None)])
        for each in view.comparison:
            share = (each.cost or 0) / dearest
            self._bars.addWidget(_CostBar(each, _title(each), share, self))
        self._words.setText(view.break_even)
        self._words.setVisible(bool(view.break_even))
        policy = view.policy
        flat = [
            policy.options[each.option] for each in view.comparison if each.option is not SupportOption.TOKENS
        ]
        fees = " or ".join(fmt.money(option.cents_per_user_and_month) for option in flat)
        self._info.setToolTip(
            f"Users × {fees} a month; tokens: the pace of the last 90 days × "
            f"{fmt.money_short(policy.tokens.price)}."
        )

    def lines(self) -> tuple[str, ...]:
        """What the bars say."""
        return tuple(bar.accessibleName() for bar in widgets_of(self._bars))

    def words(self) -> str:
        """The break-even."""
        return self._words.text()


def _title(cost: OptionCost) -> str:
    if cost.option is not SupportOption.TOKENS:
        return cost.title
    return "Tokens, this pace" if cost.current else "What tokens would have cost"


class AskersCard(Card):
    """Who may ask, and by which channel; ``edit`` when Edit is pressed."""

    edit = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("panel", padding=13, spacing=8, parent=parent)
        self._edit = LinkLabel("Edit", "caption_medium")
        self._edit.setAccessibleName("Edit who may ask")
        self._edit.clicked.connect(self.edit)
        self.body.addLayout(row(PlainLabel("Who may ask", "section"), None, self._edit))
        self._people = QVBoxLayout()
        self._people.setSpacing(theme().px(8))
        self.body.addLayout(self._people)

    def show_account(self, account: Account, policy: Policy, *, may_edit: bool) -> None:
        """Another account's people and channels."""
        self._edit.setVisible(may_edit)
        empty(self._people)
        everyone = account.option is SupportOption.FLAT_RATE_USERS and not account.restricted
        entitled = [contact for contact in account.contacts if contact.is_administrator or everyone]
        for contact in entitled[:MOST_CONTACTS]:
            kind = "administrator" if contact.is_administrator else "user"
            self._people.addWidget(_person(contact.name, kind))
        for icon, said in _facts(account, policy, len(entitled), everyone=everyone):
            self._people.addWidget(_fact(icon, said))

    def said(self) -> tuple[str, ...]:
        """The lines, as a screen reader hears them."""
        return tuple(line.accessibleName() for line in widgets_of(self._people))


def _facts(account: Account, policy: Policy, entitled: int, *, everyone: bool) -> list[tuple[str, str]]:
    said = []
    if entitled > MOST_CONTACTS:
        said.append(("users", f"and {fmt.number(entitled - MOST_CONTACTS)} more"))
    if entitled == 0 and not everyone:
        said.append(("triangle-alert", "No administrator is named: nobody may ask"))
    if everyone:
        said.append(("users", "Any user of the account"))
    if account.restricted:
        said.append(("key-round", "Restricted by its administrators"))
    if Channel.TELEPHONE in policy.options[account.option].channels:
        said.append(("phone", "By ticket or telephone"))
    else:
        said.append(("phone-off", "No inbound telephone with tokens"))
    return said


def _person(name: str, kind: str) -> QWidget:
    line = QWidget()
    line.setAccessibleName(f"{name}, {kind}")
    across = row(Avatar(name, size=22), ElidedLabel(name), CaptionLabel(kind, "text2"), spacing=8)
    across.setStretch(1, 1)
    line.setLayout(across)
    return line


def _fact(icon: str, said: str) -> QWidget:
    line = QWidget()
    line.setAccessibleName(said)
    words = CaptionLabel(said, "text2", wrap=True)
    across = row(3, IconLabel(icon, "text2", 15), words, spacing=8)
    across.setStretch(2, 1)
    line.setLayout(across)
    return line


class AwaitingCard(Card):
    """Tickets that wait for tokens; ``purchase`` and ``ticket(int)`` when a button is pressed."""

    purchase = Signal()
    ticket = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("strong", padding=12, spacing=8, parent=parent)
        self.setAccessibleName("Awaiting tokens")
        self._lines = QVBoxLayout()
        self._lines.setSpacing(theme().px(6))
        self.body.addLayout(self._lines)
        self.hide()

    def show_waiting(self, waiting: tuple[QueueRow, ...], reason: str) -> None:
        """The tickets in the order in which they would be released; hides the card when none wait."""
        empty(self._lines)
        for place, ticket in enumerate(waiting):
            self._lines.addWidget(self._line(ticket, reason, first=place == 0))
        self.setVisible(bool(waiting))

    def sentences(self) -> tuple[str, ...]:
        """What the lines say."""
        return tuple(line.accessibleName() for line in widgets_of(self._lines))

    def _line(self, ticket: QueueRow, reason: str, *, first: bool) -> QWidget:
        line = QWidget(self)
        missing = max(1, ticket.price - ticket.balance)
        said = (
            f"{ticket.id}, {ticket.priority.value}, waits for {fmt.number(missing)} more "
            f"{'token' if missing == 1 else 'tokens'}. Its clock has not started."
        )
        line.setAccessibleName(said)
        words = PlainLabel(said, "body", wrap=True)
        parts: list[QWidget] = [IconLabel("coins", "text2", 16), words]
        if first:
            buy = Button("Record purchase", compact=True, parent=line)
            buy.allow(reason)
            buy.clicked.connect(self.purchase)
            parts.append(buy)
        look = Button("Open", compact=True, parent=line)
        look.setAccessibleName(f"Open {ticket.id}")
        look.setProperty("ticket", ticket.id)
        look.clicked.connect(self._on_open)
        across = row(*parts, look, spacing=8)
        across.setStretch(1, 1)
        line.setLayout(across)
        return line

    def _on_open(self) -> None:
        pressed = self.sender()
        if pressed is not None:
            self.ticket.emit(pressed.property("ticket"))
