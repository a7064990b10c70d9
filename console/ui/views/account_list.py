"""The list of accounts beside the token account: find, move, and see whose balance is low."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import (
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    QRectF,
    QSize,
    Qt,
    QTimer,
    Signal,
)
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QListView,
    QSizePolicy,
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

if TYPE_CHECKING:
    from console.services.tokens import AccountRow

WIDTH, WIDEST = 240, 420
_SIDE = 14
_TYPING_MS = 120
_CURRENT = QItemSelectionModel.SelectionFlag.ClearAndSelect
_SELECTED = QStyle.StateFlag.State_Selected
_HOVER = QStyle.StateFlag.State_MouseOver
_Index = QModelIndex | QPersistentModelIndex
_ANY_WIDTH = 16_777_215


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


class _List(QListView):
    """Moves with J and K as well; single letters never search through the rows."""

    def keyboardSearch(self, _search: str) -> None:
        """Letters are commands here; the field above finds accounts."""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not event.modifiers():
            event.ignore()
        else:
            super().keyPressEvent(event)


class AccountList(QWidget):
    """``chosen(int)`` the account that was selected; ``searched(str)`` what to look for, once typing pauses."""

    chosen = Signal(object)
    searched = Signal(object)
    entered = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.model = AccountModel(self)
        self._wanted, self._alone = 0, False
        self._field = SearchField("Find an account", key="", name="Find an account")
        self._field.textChanged.connect(self._on_typed)
        self._field.left.connect(self.focus_list)
        self._field.returnPressed.connect(self._on_entered)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_TYPING_MS)
        self._timer.timeout.connect(self._on_pause)
        self._list = _List()
        self._set_up_list()
        self._build()
        theme().changed.connect(self._measure)
        self._measure()

    # what it shows

    def show_rows(self, rows: Sequence[AccountRow], low_mark: int) -> None:
        """Other accounts; the selected one stays selected when it is among them."""
        self.model.show_rows(rows, low_mark)
        self._select(self._wanted)

    def choose(self, account_id: int) -> None:
        """Selects an account now, or as soon as it is in the list; does not emit ``chosen``."""
        self._wanted = account_id
        self._select(account_id)

    def step(self, by: int) -> None:
        """The next or previous account."""
        count = self.model.rowCount()
        if count:
            here = self._list.currentIndex().row()
            self._list.setCurrentIndex(self.model.index(min(count - 1, max(0, here + by))))

    def text(self) -> str:
        """What is looked for."""
        return self._field.text()

    def set_text(self, text: str) -> None:
        """Looks for something else."""
        self._field.setText(text)

    def focus_list(self) -> None:
        """Gives the focus to the rows."""
        self._list.setFocus(Qt.FocusReason.OtherFocusReason)

    def focus_field(self) -> None:
        """Gives the focus to the field."""
        self._field.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def set_alone(self, *, alone: bool) -> None:
        """All the width there is, where nothing stands beside it."""
        self._alone = alone
        self._measure()

    def view(self) -> QListView:
        """The rows as a view."""
        return self._list

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(event.rect(), theme().color("surface"))
        painter.fillRect(self.width() - 1, 0, 1, self.height(), theme().color("line"))
        painter.end()

    # inside

    def _build(self) -> None:
        self._finder = QVBoxLayout()
        self._finder.addWidget(self._field)
        self._heads = row(CaptionLabel("Account"), None, CaptionLabel("Balance"))
        self._column = QVBoxLayout(self)
        self._column.setSpacing(0)
        self._column.addLayout(self._finder)
        self._column.addLayout(self._heads)
        self._column.addWidget(self._list, 1)

    def _set_up_list(self) -> None:
        self._list.setModel(self.model)
        self._list.setItemDelegate(_AccountDelegate(self.model, self._list))
        self._list.setAccessibleName("Accounts")
        self._list.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self._list.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self._list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._list.setUniformItemSizes(True)
        self._list.setMouseTracking(True)
        self._list.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Expanding)
        self._list.selectionModel().currentChanged.connect(self._on_current)

    def _select(self, account_id: int) -> None:
        place = self.model.place(account_id)
        if place < 0:
            return
        index = self.model.index(place)
        selection = self._list.selectionModel()
        if selection.currentIndex() != index:
            selection.setCurrentIndex(index, _CURRENT)
            self._list.scrollTo(index)

    def _on_current(self, current: QModelIndex, _before: QModelIndex) -> None:
        if not current.isValid():
            return
        account_id = self.model.row(current.row()).id
        if account_id != self._wanted:
            self._wanted = account_id
            self.chosen.emit(account_id)

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
        usual = min(px(WIDTH), WIDEST)
        self.setMinimumWidth(0 if self._alone else usual)
        self.setMaximumWidth(_ANY_WIDTH if self._alone else usual)
        self._list.scheduleDelayedItemsLayout()
