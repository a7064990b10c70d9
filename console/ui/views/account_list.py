"""The list of accounts beside the token account: find, move, and see whose balance is low."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import (
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from console.ui import icons
from console.ui.models.account_model import AccountModel, awaiting_words, balance_words, kind_words
from console.ui.theme import theme
from console.ui.widgets.cards import row
from console.ui.widgets.fields import SearchField
from console.ui.widgets.labels import CaptionLabel
from console.ui.widgets.paint import RIGHT, chip_height, chip_width, draw_chip, draw_text, focus_ring, guarded
from console.ui.widgets.side_list import SideList, SideRows

if TYPE_CHECKING:
    from console.services.tokens import AccountRow

WIDTH, WIDEST = 240, 420
_SIDE = 14
_TYPING_MS = 120
_SELECTED = QStyle.StateFlag.State_Selected
_HOVER = QStyle.StateFlag.State_MouseOver
_Index = QModelIndex | QPersistentModelIndex


class _AccountDelegate(QStyledItemDelegate):
    """Two lines: name, chip and balance; option and what waits."""

    def __init__(self, model: AccountModel, view: QListView) -> None:
        super().__init__(view)
        self._model, self._view = model, view

    def sizeHint(self, _option: QStyleOptionViewItem, _index: _Index) -> QSize:
        px = theme().px
        lines = theme().metrics("strong").height() + theme().metrics("caption").height()
        return QSize(px(WIDTH), max(px(50), lines + px(18)))

    @guarded
    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        account = self._model.row(index.row())
        cell = QRectF(option.rect)
        chosen = bool(option.state & _SELECTED)
        if chosen or option.state & _HOVER:
            painter.fillRect(cell, theme().color("selected" if chosen else "hover"))
        px = theme().px
        line1, line2 = theme().metrics("strong").height(), theme().metrics("caption").height()
        inside = cell.adjusted(px(_SIDE), (cell.height() - line1 - line2 - px(2)) / 2, -px(_SIDE), 0)
        self._draw_first(painter, QRectF(inside.left(), inside.top(), inside.width(), line1), account)
        below = QRectF(inside.left(), inside.top() + line1 + px(2), inside.width(), line2)
        self._draw_second(painter, below, account, chosen=chosen)
        if chosen and self._view.hasFocus():
            focus_ring(painter, cell.adjusted(1, 1, -1, -1), px(4))

    def _draw_first(self, painter: QPainter, line: QRectF, account: AccountRow) -> None:
        shown = balance_words(account)
        role = "strong"
        width = theme().metrics(role).horizontalAdvance(shown) + 2
        ink = "text3" if shown == "–" else "text"
        draw_text(painter, line, shown, role=role, ink=ink, align=RIGHT)
        right = line.right() - width - theme().px(5)
        if chip := self._model.chip(account):
            wide = chip_width(chip)
            box = QRectF(right - wide, line.center().y() - chip_height() / 2, wide, chip_height())
            draw_chip(painter, box, chip, "empty" if chip == "none left" else "outline")
            right = box.left() - theme().px(5)
        draw_text(painter, QRectF(line.left(), line.top(), right - line.left(), line.height()), account.name)

    def _draw_second(self, painter: QPainter, line: QRectF, account: AccountRow, *, chosen: bool) -> None:
        kind = kind_words(account)
        ink = "text2" if chosen else "text3"
        if not account.awaiting:
            draw_text(painter, line, kind, role="caption", ink=ink)
            return
        kind = f"{kind} ·"
        draw_text(painter, line, kind, role="caption", ink=ink)
        left = line.left() + theme().metrics("caption").horizontalAdvance(kind) + theme().px(6)
        size = theme().px(14)
        icons.draw(painter, "coins", "text2", left, line.center().y() - size / 2, size)
        words = QRectF(line)
        words.setLeft(left + size + theme().px(5))
        draw_text(painter, words, awaiting_words(account), role="caption_medium", ink="text2")


class AccountList(SideList):
    """``chosen(int)`` the account that was selected; ``searched(str)`` what to look for, once typing pauses."""

    chosen = Signal(object)
    searched = Signal(object)
    entered = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        self.model = AccountModel()
        super().__init__(SideRows(self.model, "Accounts"), usual=WIDTH, widest=WIDEST, parent=parent)
        self.model.setParent(self)
        self._rows.setItemDelegate(_AccountDelegate(self.model, self._rows))
        self._wanted = 0
        self._field = SearchField("Find an account", key="", name="Find an account")
        self._field.textChanged.connect(self._on_typed)
        self._field.left.connect(self.focus_list)
        self._field.returnPressed.connect(self._on_entered)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_TYPING_MS)
        self._timer.timeout.connect(self._on_pause)
        self._build()
        theme().changed.connect(self._measure)
        self._measure()

    # what it shows

    def show_rows(self, rows: Sequence[AccountRow], low_mark: int) -> None:
        """Other accounts; the selected one stays selected when it is among them."""
        self.model.show_rows(rows, low_mark)
        self._select(self.model.place(self._wanted))

    def choose(self, account_id: int) -> None:
        """Selects an account now, or as soon as it is in the list; does not emit ``chosen``."""
        self._wanted = account_id
        self._select(self.model.place(account_id))

    def step(self, by: int) -> None:
        """The next or previous account."""
        count = self.model.rowCount()
        if count:
            here = self._rows.currentIndex().row()
            self._rows.setCurrentIndex(self.model.index(min(count - 1, max(0, here + by))))

    def text(self) -> str:
        """What is looked for."""
        return self._field.text()

    def set_text(self, text: str) -> None:
        """Looks for something else."""
        self._field.setText(text)

    def focus_field(self) -> None:
        """Gives the focus to the field."""
        self._field.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def on_row(self, place: int) -> None:
        account_id = self.model.row(place).id
        if account_id != self._wanted:
            self._wanted = account_id
            self.chosen.emit(account_id)

    # inside

    def _build(self) -> None:
        self._finder = QVBoxLayout()
        self._finder.addWidget(self._field)
        self._heads = row(CaptionLabel("Account"), None, CaptionLabel("Balance"))
        self._column = QVBoxLayout(self)
        self._column.setSpacing(0)
        self._column.addLayout(self._finder)
        self._column.addLayout(self._heads)
        self._column.addWidget(self._rows, 1)

    def _on_typed(self, _text: str) -> None:
        self._timer.start()

    def _on_pause(self) -> None:
        self.searched.emit(self._field.text())

    def _on_entered(self) -> None:
        self._timer.stop()
        self.searched.emit(self._field.text())
        self.entered.emit()

    def _measure(self) -> None:
        px, edge = theme().px, theme().px(_SIDE)
        self._column.setContentsMargins(0, px(12), 1, 0)
        self._finder.setContentsMargins(edge, 0, edge, 0)
        self._heads.setContentsMargins(edge, px(8), edge, px(5))
        self._take_width()
