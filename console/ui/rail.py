"""The navigation rail: the mark, Take next, three groups with counts, the person."""

from dataclasses import dataclass

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from console.ui import icons
from console.ui.format import number
from console.ui.theme import theme
from console.ui.widgets.buttons import Button, IconButton, Kind
from console.ui.widgets.chips import Avatar
from console.ui.widgets.labels import CaptionLabel, ElidedLabel, safe_tooltip
from console.ui.widgets.paint import CENTER, RIGHT, draw_text, focus_ring, rounded

WIDE, NARROW = 208, 56


@dataclass(frozen=True, slots=True)
class RailItem:
    """One place to go; ``group`` is its heading."""

    id: str
    title: str
    icon: str
    group: str
    key: str = ""


ITEMS = (
    RailItem("queue", "Queue", "layers", "Work", "G then Q"),
    RailItem("mine", "Mine", "user-round", "Work", "G then M"),
    RailItem("unclaimed", "Unclaimed", "hand", "Work", "G then U"),
    RailItem("plan_sent", "Plan sent", "message-circle-reply", "Work"),
    RailItem("emergencies", "Emergencies", "siren", "Saved views"),
    RailItem("due_hour", "Due within the hour", "hourglass", "Saved views"),
    RailItem("missed_today", "Missed today", "circle-alert", "Saved views"),
    RailItem("best_effort", "Best effort", "leaf", "Saved views"),
    RailItem("determinations", "Determinations", "gavel", "Manage", "G then D"),
    RailItem("accounts", "Accounts", "wallet", "Manage", "G then A"),
    RailItem("breach", "Breach summary", "chart-column", "Manage", "G then B"),
    RailItem("people", "People", "users", "Manage", "G then P"),
)


class _RailButton(QAbstractButton):
    def __init__(self, item: RailItem, parent: QWidget) -> None:
        super().__init__(parent)
        self._item = item
        self._count: int | None = None
        self._badge = False
        self.narrow = False
        self.setText(item.title)
        self.setCheckable(True)
        self.setAutoExclusive(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setToolTip(safe_tooltip(f"{item.title}  {item.key}".rstrip()))
        self.show_count(None)

    def show_count(self, count: int | None, *, badge: bool = False) -> None:
        self._count, self._badge = count, badge
        name = self._item.title if count is None else f"{self._item.title}, {number(count)}"
        self.setAccessibleName(name)
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(theme().px(120), max(theme().px(29), theme().metrics("body").height() + theme().px(9)))

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        px, rect, chosen = theme().px, QRectF(self.rect()), self.isChecked()
        if chosen:
            rounded(painter, rect, px(6), fill="rail_selected", line="line")
        elif self.underMouse():
            rounded(painter, rect, px(6), fill="hover")
        size = min(px(16), int(rect.height()) - px(2))  # a low window with large text squeezes the rail
        x = (rect.width() - size) / 2 if self.narrow else px(10)
        ink = "link" if chosen else "rail_text"
        icons.draw(painter, self._item.icon, ink, x, (rect.height() - size) / 2, size)
        if not self.narrow:
            self._draw_words(painter, rect, chosen=chosen)
        if self.hasFocus():
            focus_ring(painter, rect, px(6))
        painter.end()

    def _draw_words(self, painter: QPainter, rect: QRectF, *, chosen: bool) -> None:
        px = theme().px
        shown = "" if self._count is None else number(self._count)
        taken = theme().metrics("caption_medium").horizontalAdvance(shown) + px(16)
        words = rect.adjusted(px(35), 0, -taken if shown else -px(4), 0)
        role = "strong" if chosen else "body"
        draw_text(painter, words, self._item.title, role=role, ink="text" if chosen else "rail_text")
        if not shown:
            return
        if self._badge and self._count:
            height = theme().metrics("chip").height() + px(5)
            width = max(height, theme().metrics("chip").horizontalAdvance(shown) + px(10))
            place = QRectF(rect.right() - px(8) - width, (rect.height() - height) / 2, width, height)
            rounded(painter, place, height / 2, fill="accent")
            draw_text(painter, place, shown, role="chip", ink="on_accent", align=CENTER)
            return
        role, ink = ("caption_strong", "text") if chosen else ("caption", "text2")
        draw_text(painter, rect.adjusted(0, 0, -px(9), 0), shown, role=role, ink=ink, align=RIGHT)


class _Mark(QAbstractButton):
    """The product's mark: opens the menu of all commands."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.narrow = False
        self.setText("Support Console")
        self.setAccessibleName("Support Console, all menus")
        self.setToolTip(safe_tooltip("All menus  F10"))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        return QSize(theme().px(120), theme().px(30))

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        px = theme().px
        side = min(px(26), self.height())
        size = side * 18 // 26
        x = (self.width() - side) / 2 if self.narrow else px(6)
        box = QRectF(x, (self.height() - side) / 2, side, side)
        rounded(painter, box, px(6), fill="accent")
        inset = (side - size) / 2
        icons.draw(painter, "life-buoy", "on_accent", box.left() + inset, box.top() + inset, size)
        if not self.narrow:
            words = QRectF(x + px(35), 0, self.width() - x - px(35), self.height())
            draw_text(painter, words, self.text(), role="brand")
        if self.hasFocus():
            focus_ring(painter, QRectF(self.rect()), px(6))
        painter.end()


class Rail(QWidget):
    """The rail. ``picked`` carries an item's id (str)."""

    picked = Signal(object)
    take_next = Signal()
    preferences = Signal()
    menus = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Navigation")
        self._buttons: dict[str, _RailButton] = {}
        self._headings: list[CaptionLabel] = []
        self._narrow = False
        self._mark = _Mark(self)
        self._mark.clicked.connect(self.menus)
        self._next = Button("Take next", Kind.PRIMARY, icon="arrow-down-to-line", key="N", parent=self)
        self._next.left_aligned = True
        self._next.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._next.clicked.connect(self.take_next)
        self._column = QVBoxLayout(self)
        self._column.addWidget(self._mark)
        self._column.addSpacing(theme().px(8))
        self._column.addWidget(self._next)
        self._column.addSpacing(theme().px(4))
        for item in ITEMS:
            self._add(item)
        self._column.addStretch(1)
        self._add_person()
        self._on_theme_changed()
        theme().changed.connect(self._on_theme_changed)

    def set_counts(self, counts: dict[str, int], *, badge: bool = False) -> None:
        """Counts by item id; ``badge`` fills the one of Determinations (managers)."""
        for name, count in counts.items():
            if name in self._buttons:
                self._buttons[name].show_count(count, badge=badge and name == "determinations")

    def forget_counts(self) -> None:
        """No counts until others are set."""
        for button in self._buttons.values():
            button.show_count(None)

    def set_person(self, name: str, role: str, says: str = "") -> None:
        """Who is signed in; ``says`` is the tooltip."""
        self._name.setText(name)
        self._role.setText(role)
        self._avatar.show_person(name)
        self._avatar.setToolTip(safe_tooltip(says or f"{name}, {role}"))

    def show_take_next(self, *, shown: bool) -> None:
        """Without the agent or manager role there is no Take next."""
        self._next.setVisible(shown)

    def leave_out(self, items: frozenset[str]) -> None:
        """Exactly these items are not there."""
        for name, button in self._buttons.items():
            button.setVisible(name not in items)

    def allow_take_next(self, reason: str = "") -> None:
        """Take next is enabled when there is no reason against it."""
        self._next.allow(reason)

    def choose(self, name: str) -> None:
        """Marks the place the window shows."""
        if name in self._buttons:
            self._buttons[name].setChecked(True)

    def set_narrow(self, *, narrow: bool) -> None:
        """Icons only, 56 px."""
        if narrow == self._narrow:
            return
        self._narrow = narrow
        self._mark.narrow = narrow
        for button in self._buttons.values():
            button.narrow = narrow
        self._next.set_text("" if narrow else "Take next")
        self._next.set_key("" if narrow else "N")
        self._next.left_aligned = not narrow
        self._next.setAccessibleName("Take next")
        self._next.setToolTip(safe_tooltip("Take next  N"))
        for part in (*self._headings, self._who, self._avatar):
            part.setVisible(not narrow)
        self._on_theme_changed()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), theme().color("rail"))
        painter.fillRect(self.width() - 1, 0, 1, self.height(), theme().color("line"))
        painter.end()

    def _add(self, item: RailItem) -> None:
        headings = {label.text() for label in self._headings}
        if item.group not in headings:
            heading = CaptionLabel(item.group, "text3", parent=self)
            heading.set_role("caption_strong")
            heading.setContentsMargins(theme().px(10), 0, 0, 0)
            self._headings.append(heading)
            self._column.addSpacing(theme().px(8))
            self._column.addWidget(heading)
            self._column.addSpacing(theme().px(2))
        button = _RailButton(item, self)
        button.clicked.connect(self._on_clicked)
        self._buttons[item.id] = button
        self._column.addWidget(button)

    def _add_person(self) -> None:
        self._avatar = Avatar("", size=24, parent=self)
        self._name = ElidedLabel("", "caption_strong", parent=self)
        self._role = ElidedLabel("", "caption", "text2", parent=self)
        self._gear = IconButton("settings", "Preferences", key="Ctrl+,", parent=self)
        self._gear.clicked.connect(self.preferences)
        self._who = QWidget(self)
        words = QVBoxLayout(self._who)
        words.setContentsMargins(0, 0, 0, 0)
        words.setSpacing(theme().px(4))
        words.addWidget(self._name)
        words.addWidget(self._role)
        self._person = QHBoxLayout()
        self._person.addWidget(self._avatar)
        self._person.addWidget(self._who, 1)
        self._person.addWidget(self._gear)
        self._column.addLayout(self._person)

    def _on_clicked(self) -> None:
        for name, button in self._buttons.items():
            if button is self.sender():
                self.picked.emit(name)

    def _on_theme_changed(self) -> None:
        px = theme().px
        self.setFixedWidth(px(NARROW if self._narrow else WIDE))
        self._column.setContentsMargins(px(10), px(10), px(11), px(14))
        self._column.setSpacing(px(3))
        self._person.setContentsMargins(0 if self._narrow else px(9), 0, 0, 0)
        middle = Qt.AlignmentFlag.AlignHCenter if self._narrow else Qt.AlignmentFlag(0)
        self._person.setAlignment(self._gear, middle)
        self._person.setSpacing(0 if self._narrow else px(10))
        self.update()
