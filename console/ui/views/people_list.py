"""The list of people: name and login, roles as chips, on shift, signed in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QItemSelectionModel, QModelIndex, QPersistentModelIndex, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from console.services.people_list import role_words
from console.ui import icons
from console.ui.format import initials
from console.ui.models.people_model import PeopleModel, presence_words, shift_words
from console.ui.theme import theme
from console.ui.widgets.paint import (
    chip_height,
    chip_width,
    draw_avatar,
    draw_chip,
    draw_text,
    focus_ring,
    guarded,
)

if TYPE_CHECKING:
    from console.services.people import Person
    from console.services.people_list import ListedPerson

_SIDE, _AVATAR, _SHIFT, _PRESENCE = 16, 28, 84, 116
#: Below this width, in px at text size 100 %, roles stand as words under the name.
_NARROW_BELOW = 620
_CURRENT = QItemSelectionModel.SelectionFlag.ClearAndSelect
_SELECTED = QStyle.StateFlag.State_Selected
_HOVER = QStyle.StateFlag.State_MouseOver
_Index = QModelIndex | QPersistentModelIndex


@dataclass(frozen=True, slots=True)
class _Columns:
    """Where each column of a row begins; ``roles`` is ``None`` where they stand under the name."""

    name: QRectF
    roles: QRectF | None
    shift: QRectF
    presence: QRectF | None


def _columns(cell: QRectF, *, shared: bool) -> _Columns:
    px = theme().px
    right = cell.right() - px(_SIDE)
    narrow = cell.width() < px(_NARROW_BELOW)
    presence = None
    if shared:
        wide = px(20) if narrow else px(_PRESENCE)
        presence = QRectF(right - wide, cell.top(), wide, cell.height())
        right -= wide + px(8)
    shift = QRectF(right - px(_SHIFT), cell.top(), px(_SHIFT), cell.height())
    left, end = cell.left() + px(_SIDE + _AVATAR + 12), shift.left() - px(12)
    if narrow:
        return _Columns(QRectF(left, cell.top(), end - left, cell.height()), None, shift, presence)
    half = left + (end - left) * 0.4
    return _Columns(
        QRectF(left, cell.top(), half - left - px(12), cell.height()),
        QRectF(half, cell.top(), end - half, cell.height()),
        shift,
        presence,
    )


class _PersonDelegate(QStyledItemDelegate):
    def __init__(self, model: PeopleModel, view: QListView) -> None:
        super().__init__(view)
        self._model, self._view = model, view

    def sizeHint(self, _option: QStyleOptionViewItem, _index: _Index) -> QSize:
        lines = theme().metrics("strong").height() + theme().metrics("caption").height()
        return QSize(theme().px(240), max(theme().px(52), lines + theme().px(18)))

    @guarded
    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        row, cell = self._model.row(index.row()), QRectF(option.rect)
        chosen = bool(option.state & _SELECTED)
        if chosen or option.state & _HOVER:
            painter.fillRect(cell, theme().color("selected" if chosen else "hover"))
        painter.fillRect(QRectF(cell.left(), cell.bottom() - 1, cell.width(), 1), theme().color("line"))
        columns = _columns(cell, shared=self._model.shared)
        self._draw_avatar(painter, cell, row)
        self._draw_name(painter, columns, row, chosen=chosen)
        if columns.roles is not None:
            self._draw_roles(painter, columns.roles, row.person)
        ink = "text" if row.person.on_shift else "text3"
        draw_text(painter, columns.shift, shift_words(row.person), role="caption", ink=ink)
        if columns.presence is not None:
            self._draw_presence(painter, columns.presence, row)
        if chosen and self._view.hasFocus():
            focus_ring(painter, cell.adjusted(1, 1, -1, -2), theme().px(4))

    def _draw_avatar(self, painter: QPainter, cell: QRectF, row: ListedPerson) -> None:
        side = theme().px(_AVATAR)
        place = QRectF(cell.left() + theme().px(_SIDE), cell.center().y() - side / 2, side, side)
        draw_avatar(painter, place, initials(row.person.name), faded=not role_words(row.person))

    def _draw_name(self, painter: QPainter, columns: _Columns, row: ListedPerson, *, chosen: bool) -> None:
        line1, line2 = theme().metrics("strong").height(), theme().metrics("caption").height()
        place, gap = columns.name, theme().px(2)
        top = place.top() + (place.height() - line1 - line2 - gap) / 2
        you = " (you)" if row.person.login == self._model.me else ""
        first = QRectF(place.left(), top, place.width(), line1)
        draw_text(painter, first, f"{row.person.name}{you}", role="strong")
        words = row.person.login
        if columns.roles is None:
            words = f"{words} · {', '.join(role_words(row.person)) or 'no roles'}"
        if advice := presence_words(row).partition(": ")[2]:
            words = f"{words} · {advice}"
        second = QRectF(place.left(), top + line1 + gap, place.width(), line2)
        draw_text(painter, second, words, role="caption", ink="text2" if chosen else "text3")

    def _draw_roles(self, painter: QPainter, place: QRectF, person: Person) -> None:
        """As chips; as words where the chips do not fit."""
        roles, gap, left = role_words(person), theme().px(6), place.left()
        if not roles or sum(chip_width(role) + gap for role in roles) - gap > place.width():
            draw_text(painter, place, ", ".join(roles) or "no roles", role="caption", ink="text2")
            return
        for role in roles:
            wide = chip_width(role)
            box = QRectF(left, place.center().y() - chip_height() / 2, wide, chip_height())
            draw_chip(painter, box, role, "accent_outline" if role == "administrator" else "dark")
            left += wide + gap

    def _draw_presence(self, painter: QPainter, place: QRectF, row: ListedPerson) -> None:
        size = theme().px(14)
        if row.signed_in:
            icons.draw(painter, "monitor", "met_text", place.left(), place.center().y() - size / 2, size)
        words = place.adjusted(size + theme().px(6), 0, 0, 0)
        if words.width() > size:
            ink = "met_text" if row.signed_in else "text3"
            draw_text(painter, words, presence_words(row).partition(": ")[0], role="caption", ink=ink)


class _Heads(QWidget):
    """The heads of the columns, where the rows have them."""

    def __init__(self, model: PeopleModel, view: QListView) -> None:
        super().__init__()
        self._model, self._view = model, view

    def sizeHint(self) -> QSize:
        return QSize(theme().px(240), theme().metrics("caption_medium").height() + theme().px(12))

    def minimumSizeHint(self) -> QSize:
        return QSize(0, self.sizeHint().height())

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), theme().color("surface"))
        painter.fillRect(0, self.height() - 1, self.width(), 1, theme().color("line"))
        row = QRectF(0, 0, self._view.viewport().width(), self.height())
        columns = _columns(row, shared=self._model.shared)
        heads = [(columns.name, "Name and login"), (columns.shift, "Shift")]
        if columns.roles is not None:
            heads.append((columns.roles, "Roles"))
            if columns.presence is not None:
                heads.append((columns.presence, "Here now"))
        for place, words in heads:
            draw_text(painter, place, words, role="caption_medium", ink="text2")
        painter.end()


class _List(QListView):
    """Single letters never search through the rows; Enter and Space are left to the page."""

    def keyboardSearch(self, _search: str) -> None:
        """Letters are commands here."""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            event.ignore()
        else:
            super().keyPressEvent(event)


class PeopleList(QWidget):
    """``chosen(Person | None)`` whoever is selected now; ``opened`` when a row was double-clicked."""

    chosen = Signal(object)
    opened = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.model = PeopleModel(self)
        self._wanted = ""
        self._list = _List()
        self._heads = _Heads(self.model, self._list)
        self._set_up_list()
        column = QVBoxLayout(self)
        column.setContentsMargins(1, 1, 1, 1)
        column.setSpacing(0)
        column.addWidget(self._heads)
        column.addWidget(self._list, 1)
        theme().changed.connect(self._on_theme_changed)

    def show_rows(self, rows: Sequence[ListedPerson], *, me: str, shared: bool) -> None:
        """Other rows; whoever was selected stays selected, else the one in their place."""
        before = self._list.currentIndex().row()
        self.model.show_rows(rows, me=me, shared=shared)
        place = self.model.place(self._wanted)
        if place < 0:
            place = min(max(0, before), self.model.rowCount() - 1)
        if place >= 0:
            self._list.selectionModel().setCurrentIndex(self.model.index(place), _CURRENT)
        self.chosen.emit(self.current())
        self._heads.update()

    def current(self) -> Person | None:
        """Whoever is selected."""
        return self.model.person(self._list.currentIndex().row())

    def lacks_login(self) -> bool:
        """Whether the server has no login for whoever is selected."""
        place = self._list.currentIndex().row()
        return self.model.person(place) is not None and self.model.row(place).login == "none"

    def choose(self, login: str) -> None:
        """Selects that login now, or as soon as it is on the list."""
        self._wanted = login
        place = self.model.place(login)
        if place >= 0:
            self._list.setCurrentIndex(self.model.index(place))

    def step(self, by: int) -> None:
        """The next or previous person."""
        place = self._list.currentIndex().row() + by
        if 0 <= place < self.model.rowCount():
            self._list.setCurrentIndex(self.model.index(place))

    def focus_list(self) -> None:
        """Gives the focus to the rows."""
        self._list.setFocus(Qt.FocusReason.OtherFocusReason)

    def view(self) -> QListView:
        """The rows as a view."""
        return self._list

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), theme().color("line"))
        painter.fillRect(self.rect().adjusted(1, 1, -1, -1), theme().color("surface"))
        painter.end()

    def _set_up_list(self) -> None:
        self._list.setModel(self.model)
        self._list.setItemDelegate(_PersonDelegate(self.model, self._list))
        self._list.setAccessibleName("People")
        self._list.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self._list.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self._list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._list.setUniformItemSizes(True)
        self._list.setMouseTracking(True)
        self._list.selectionModel().currentChanged.connect(self._on_current)
        self._list.doubleClicked.connect(self._on_double_clicked)

    def _on_current(self, current: QModelIndex, _before: QModelIndex) -> None:
        person = self.model.person(current.row())
        if person is not None:
            self._wanted = person.login
        self.chosen.emit(person)

    def _on_double_clicked(self, _index: QModelIndex) -> None:
        self.opened.emit()

    def _on_theme_changed(self) -> None:
        self._list.scheduleDelayedItemsLayout()
        self._heads.updateGeometry()
