"""The palette (Ctrl K): nine rows, fuzzy, recent first, the key on the right; what cannot be done says why."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from PySide6.QtCore import (
    QAbstractListModel,
    QEvent,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QRectF,
    QSize,
    Qt,
)
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import (
    QDialog,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from console.ui import icons
from console.ui.actions import Commands
from console.ui.theme import theme
from console.ui.widgets.fields import SearchField
from console.ui.widgets.paint import (
    RIGHT,
    draw_keycap,
    draw_text,
    guarded,
    keycap_height,
    keycap_width,
    round_off,
    rounded,
)

ROWS = 9
_Index = QModelIndex | QPersistentModelIndex


@dataclass(frozen=True, slots=True)
class PaletteRow:
    """One thing to choose: its words, where it belongs, its key, why it cannot be done now, and the deed."""

    title: str
    where: str
    run: Callable[[], object]
    icon: str | None = None
    key: str = ""
    reason: str = ""
    id: str = ""


Provider = Callable[[str], Iterable[PaletteRow]]


def fuzzy(wanted: str, text: str) -> int | None:
    """How well ``wanted`` fits ``text``, smaller is better: its letters in order, starts of words first; or None."""
    low, at, cost = text.lower(), -1, 0
    for letter in wanted.lower().replace(" ", ""):
        found = low.find(letter, at + 1)
        if found < 0:
            return None
        starts_word = found == 0 or not low[found - 1].isalnum()
        cost += 0 if found == at + 1 else (1 if starts_word else 3 + found - at)
        at = found
    return cost


class _Rows(QAbstractListModel):
    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.rows: list[PaletteRow] = []

    def show_rows(self, rows: list[PaletteRow]) -> None:
        self.beginResetModel()
        self.rows = rows
        self.endResetModel()

    def rowCount(self, parent: _Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self.rows)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid() or not 0 <= index.row() < len(self.rows):
            return None
        row = self.rows[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return row.title
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return ", ".join(part for part in (row.title, row.where, row.key, row.reason) if part)
        return None


class _RowPainter(QStyledItemDelegate):
    def sizeHint(self, _option: QStyleOptionViewItem, _index: _Index) -> QSize:
        return QSize(theme().px(320), max(theme().px(34), theme().metrics("body").height() + theme().px(12)))

    @guarded
    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        model = index.model()
        if not isinstance(model, _Rows):
            return
        row, px = model.rows[index.row()], theme().px
        rect = QRectF(option.rect)
        if option.state & QStyle.StateFlag.State_Selected:
            rounded(painter, rect, px(6), fill="selected")
        ink = "text_disabled" if row.reason else "text"
        if row.icon:
            size = px(16)
            icons.draw(painter, row.icon, ink, rect.left() + px(10), rect.center().y() - size / 2, size)
        right = rect.right() - px(8)
        if row.key:
            width, height = keycap_width(row.key), keycap_height()
            box = QRectF(right - width, rect.center().y() - height / 2, width, height)
            draw_keycap(painter, box, row.key)
            right -= width + px(8)
        words = theme().metrics("body").horizontalAdvance(row.title)
        left = rect.left() + px(36)
        draw_text(
            painter, QRectF(left, rect.top(), min(words + 2, right - left), rect.height()), row.title, ink=ink
        )
        left += words + px(12)
        if right - left > px(60):
            note = QRectF(left, rect.top(), right - left, rect.height())
            draw_text(painter, note, row.reason or row.where, role="caption", ink="text3", align=RIGHT)


class CommandPalette(QDialog):
    """The palette over ``window``. ``providers`` add tickets, accounts, people and views to what is typed."""

    def __init__(
        self,
        commands: Commands,
        window: QWidget,
        providers: tuple[Provider, ...] = (),
        recent: tuple[str, ...] = (),
    ) -> None:
        super().__init__(window, Qt.WindowType.Dialog | Qt.WindowType.FramelessWindowHint)
        self.setAttribute(Qt.WidgetAttribute.WA_TranslucentBackground)
        self.setWindowTitle("Commands")
        self._commands, self._providers, self._recent = commands, providers, recent
        self._field = SearchField("Type a command; # tickets, @ people", key="", name="Commands")
        self._field.textChanged.connect(self._on_typed)
        self._field.left.connect(self.reject)
        self._field.installEventFilter(self)
        self._model = _Rows(self)
        self._list = QListView(self)
        self._list.setModel(self._model)
        self._list.setItemDelegate(_RowPainter(self._list))
        self._list.setAccessibleName("Commands found")
        self._list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._list.viewport().setAutoFillBackground(False)
        self._list.clicked.connect(self._on_clicked)
        column = QVBoxLayout(self)
        pad = theme().px(12)
        column.setContentsMargins(pad, pad, pad, pad)
        column.addWidget(self._field)
        column.addWidget(self._list)
        self._on_typed("")
        self._place(window)

    def titles(self) -> tuple[str, ...]:
        """What is listed now."""
        return tuple(row.title for row in self._model.rows)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if (
            watched is not self._field
            or not isinstance(event, QKeyEvent)
            or event.type() != QEvent.Type.KeyPress
        ):
            return False
        step = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}.get(Qt.Key(event.key()), 0)
        if step:
            count = self._model.rowCount()
            if count:
                self._select((self._list.currentIndex().row() + step) % count)
            return True
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._on_clicked(self._list.currentIndex())
            return True
        return False

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        round_off(self, theme().px(12))

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        rounded(painter, QRectF(self.rect()), theme().px(12), fill="raised", line="line_strong")
        painter.end()

    def _on_typed(self, text: str) -> None:
        wanted = text.strip()
        rows: list[PaletteRow] = []
        if not wanted.startswith(("#", "@")):
            rows = self._command_rows(wanted.removeprefix(">"))
        if not wanted.startswith(">"):
            for provider in self._providers:
                rows.extend(provider(wanted))
        self._model.show_rows(rows[:ROWS] if wanted else rows[: ROWS * 12])
        self._select(0)

    def _command_rows(self, wanted: str) -> list[PaletteRow]:
        found = []
        for place, command in enumerate(self._commands.all()):
            if command.id == "palette" or (cost := fuzzy(wanted, command.title)) is None:
                continue
            known = self._recent.index(command.id) if command.id in self._recent else len(self._recent)
            reason = self._commands.reason(command.id)
            found.append((bool(reason), cost, known, place, self._row(command.id, reason)))
        return [row for *_, row in sorted(found, key=lambda item: item[:4])]

    def _row(self, name: str, reason: str) -> PaletteRow:
        command = self._commands.get(name)

        def run() -> None:
            self._commands.run(name)

        key = self._commands.key(name)
        return PaletteRow(command.title, command.menu, run, command.icon, key, reason, name)

    def _select(self, row: int) -> None:
        if self._model.rowCount():
            self._list.setCurrentIndex(self._model.index(row))

    def _on_clicked(self, index: QModelIndex) -> None:
        if not index.isValid():
            return
        row = self._model.rows[index.row()]
        if not row.reason:
            self.accept()
            row.run()

    def _place(self, window: QWidget) -> None:
        px = theme().px
        row = _RowPainter(self).sizeHint(QStyleOptionViewItem(), QModelIndex()).height()
        self._list.setFixedHeight(row * ROWS + px(4))
        self.resize(min(px(560), window.width() - px(32)), self.sizeHint().height())
        corner = window.mapToGlobal(window.rect().topLeft())
        self.move(corner.x() + (window.width() - self.width()) // 2, corner.y() + px(72))
