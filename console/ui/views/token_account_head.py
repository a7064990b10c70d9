"""The head of a token account: whose it is, what can be done with it, and the figures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QAction, QPainter, QPaintEvent
from PySide6.QtWidgets import QBoxLayout, QGridLayout, QMenu, QSizePolicy, QVBoxLayout, QWidget

from console.policy.terms import SupportOption
from console.ui import format as fmt
from console.ui import icons
from console.ui.models import account_words as words
from console.ui.theme import theme
from console.ui.widgets.buttons import Button, IconButton, Kind
from console.ui.widgets.cards import Card, row
from console.ui.widgets.chips import Chip
from console.ui.widgets.labels import CaptionLabel, ElidedLabel, PlainLabel, safe_tooltip

if TYPE_CHECKING:
    from console.services.tokens import AccountView

FOUR_FROM = 770
#: What the "…" offers: the dialog, its words, its icon.
MORE = (
    ("refund", "Refund…", "banknote-arrow-down"),
    ("reverse_entry", "Reverse entry…", "rotate-ccw"),
    ("account_edit", "Edit account…", "pencil-line"),
    ("account_new", "New account…", "plus"),
)


class AccountHead(QWidget):
    """``asked(str)`` names what was pressed: new_ticket, adjust, purchase, refund, reverse_entry, account_edit,
    account_new. ``reasons`` given to ``allow`` say why something cannot be done."""

    asked = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._reasons: dict[str, str] = {}
        self._width = 10_000
        self._name = ElidedLabel("", "account")
        self._name.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Preferred)
        self._chip = Chip("", "grey")
        self._line = CaptionLabel("", "text2", wrap=True)
        self._buttons = {
            "new_ticket": Button("New ticket", icon="plus", key="Ctrl+N"),
            "adjust": Button("Adjust", icon="scale"),
            "purchase": Button("Record purchase", Kind.PRIMARY, icon="shopping-cart"),
        }
        self._more = IconButton("ellipsis", "More acts on the account", kind=Kind.OUTLINE)
        self._more.clicked.connect(self._on_more)
        for button in self._buttons.values():
            button.clicked.connect(self._on_pressed)
        self._build()

    def show_account(self, view: AccountView) -> None:
        """Another account."""
        account, policy = view.account, view.policy
        self._name.setText(account.name)
        self._name.updateGeometry()
        self._chip.show_words(f"{words.HOSTING_LONG[account.hosting]} · {words.OPTION_WORDS[account.option]}")
        self._chip.show()
        parts = [fmt.count(account.users, "user", "users")]
        if account.pays_tokens:
            parts.append(f"1 token = {fmt.money_short(policy.tokens.price)}")
        else:
            parts.append(f"{fmt.money(policy.monthly_fee(account.option, account.users))} a month")
        parts.append(words.asking_words(account))
        self._line.setText("  ·  ".join(parts))
        self.fit(self._width)

    def allow(self, reasons: dict[str, str]) -> None:
        """Why each act cannot be done now; acts without a reason can."""
        self._reasons = reasons
        for name, button in self._buttons.items():
            button.allow(reasons.get(name, ""))

    def reason(self, name: str) -> str:
        """Why an act cannot be done now; empty when it can."""
        return self._reasons.get(name, "")

    def button(self, name: str) -> Button:
        """The button of an act."""
        return self._buttons[name]

    def more_menu(self) -> QMenu:
        """The menu behind "…"; each act that cannot be done says why."""
        menu = QMenu(self)
        menu.setToolTipsVisible(True)
        for name, title, icon in MORE:
            action = menu.addAction(icons.icon(icon, "text2"), title)
            reason = self.reason(name)
            action.setEnabled(not reason)
            action.setToolTip(safe_tooltip(reason or title))
            action.setData(name)
        return menu

    def fit(self, width: int) -> None:
        """Buttons beside the name, or below it where there is little room."""
        self._width = width
        names = self._name.sizeHint().width() + self._chip.sizeHint().width() + theme().px(24)
        narrow = width < names + self._acts.minimumSize().width()
        way = QBoxLayout.Direction.TopToBottom if narrow else QBoxLayout.Direction.LeftToRight
        if self._across.direction() != way:
            self._across.setDirection(way)

    # inside

    def _build(self) -> None:
        names = QVBoxLayout()
        names.setSpacing(theme().px(6))
        first = row(self._name, self._chip, None, spacing=12)
        names.addLayout(first)
        names.addWidget(self._line)
        self._across = QBoxLayout(QBoxLayout.Direction.LeftToRight, self)
        self._across.setContentsMargins(0, 0, 0, 0)
        self._across.setSpacing(theme().px(12))
        self._across.addLayout(names, 1)
        self._acts = row(*self._buttons.values(), self._more, None, spacing=8)
        self._across.addLayout(self._acts)
        self._chip.hide()

    def _on_pressed(self) -> None:
        pressed = self.sender()
        for name, button in self._buttons.items():
            if button is pressed:
                self.asked.emit(name)

    def _on_more(self) -> None:
        menu = self.more_menu()
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.triggered.connect(self._on_picked)
        corner = self._more.rect().bottomRight()
        menu.popup(self._more.mapToGlobal(QPoint(corner.x() - menu.sizeHint().width(), corner.y() + 4)))

    def _on_picked(self, action: QAction) -> None:
        self.asked.emit(action.data())


class _Figure(QWidget):
    """A caption, a figure with words beside it, and a line below."""

    def __init__(self, title: str, role: str = "figure_small", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._title = CaptionLabel(title, "text2")
        self._title.set_role("caption_medium")
        self._figure = PlainLabel("", role)
        self._strong = PlainLabel("", "brand", "text2", weight=500)
        self._beside = PlainLabel("", "plain", "text2")
        self._below = CaptionLabel("", "text2", wrap=True)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._title)
        column.addStretch(1)
        column.addLayout(row(self._figure, self._strong, self._beside, None))
        column.addStretch(1)
        column.addWidget(self._below)

    def show_figure(
        self,
        figure: str,
        below: str,
        *,
        strong: str = "",
        beside: str = "",
        ink: str = "text",
        title: str = "",
    ) -> None:
        """The figure, the words beside it, and the line below."""
        if title:
            self._title.setText(title)
        self._figure.setText(figure)
        self._figure.set_ink(ink)
        self._strong.setText(strong)
        self._strong.setVisible(bool(strong))
        self._beside.setText(beside)
        self._beside.setVisible(bool(beside))
        self._below.setText(below)
        self.setAccessibleName(f"{self._title.text()}: {figure} {strong} {beside}, {below}")


class Figures(Card):
    """Balance, credited back, pace, low-balance mark; for flat-rate accounts the fee instead of a balance."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("panel", padding=0, spacing=0, parent=parent)
        self._cells = (
            _Figure("Balance", "figure_large"),
            _Figure("Credited back", "figure"),
            _Figure("Used, 90-day pace"),
            _Figure("Low-balance mark"),
        )
        self._grid = QGridLayout()
        self._across = 0
        self.body.addLayout(self._grid)
        self.setAccessibleName("Figures")
        self.fit(10_000)
        theme().changed.connect(self._measure)
        self._measure()

    def show_account(self, view: AccountView, month: str) -> None:
        """The figures of an account; ``month`` names the month of the credits."""
        if view.account.pays_tokens:
            self._show_tokens(view, month)
        else:
            self._show_flat_rate(view)

    def fit(self, width: int) -> None:
        """Four across, or two by two where there is little room."""
        across = 4 if width >= theme().px(FOUR_FROM) else 2
        if across == self._across:
            return
        self._across = across
        for place, cell in enumerate(self._cells):
            self._grid.addWidget(cell, place // across, place % across)
        for column, stretch in enumerate((36, 23, 23, 12) if across == 4 else (1, 1, 0, 0)):
            self._grid.setColumnStretch(column, stretch)
        self.update()

    def figure(self, place: int) -> str:
        """What a cell says, as a screen reader hears it."""
        return self._cells[place].accessibleName()

    def _show_tokens(self, view: AccountView, month: str) -> None:
        account, policy, pace = view.account, view.policy, view.pace
        balance, credited, used, low = self._cells
        balance.show_figure(
            fmt.number(account.balance),
            words.pays_for(account.balance, policy, account.hosting),
            strong="token" if account.balance == 1 else "tokens",
            beside=f"·  {words.worth_words(account, policy)}",
            title="Balance",
        )
        back = sum(view.credited_this_month.values())
        credited.show_figure(
            fmt.number(back),
            words.credited_words(view.credited_this_month),
            ink="credit_text" if back else "text",
            title=f"Credited back in {month}",
        )
        used.show_figure(
            words.pace_figure(pace), words.lasts(account.balance, pace), title="Used, 90-day pace"
        )
        used.setToolTip(safe_tooltip(words.pace_range(pace)))
        figure, below = words.low_words(view)
        low.show_figure(figure, below)

    def _show_flat_rate(self, view: AccountView) -> None:
        account, policy = view.account, view.policy
        balance, credited, used, low = self._cells
        balance.show_figure(fmt.NOTHING, "flat-rate support has no tokens", title="Balance")
        fee = fmt.money(policy.monthly_fee(account.option, account.users))
        credited.show_figure(fee, policy.options[account.option].title, title="Fee a month")
        used.show_figure(words.pace_figure(view.pace), "no tokens were used", title="Used, 90-day pace")
        used.setToolTip("")
        low.show_figure(fmt.NOTHING, "not for flat-rate")
        self.setAccessibleName("Figures" if account.option is SupportOption.TOKENS else "Figures, flat-rate")

    def _measure(self) -> None:
        px = theme().px
        self._grid.setContentsMargins(px(18), px(14), px(18), px(14))
        self._grid.setHorizontalSpacing(px(37))
        self._grid.setVerticalSpacing(px(16))
        self.setMinimumHeight(px(118) if self._across == 4 else 0)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        self._draw_rules()

    def _draw_rules(self) -> None:
        painter = QPainter(self)
        gap = self._grid.horizontalSpacing() // 2
        for place, cell in enumerate(self._cells):
            if place % self._across:
                painter.fillRect(cell.x() - gap, cell.y(), 1, cell.height(), theme().color("line"))
        painter.end()
