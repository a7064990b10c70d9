"""The top bar (title, search, Eastern clock, bell) and the status bar (database, selection, keys valid now)."""

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from console.ui.page import Hints
from console.ui.theme import theme
from console.ui.widgets.buttons import IconButton
from console.ui.widgets.chips import KeyHints
from console.ui.widgets.drawn import Drawn
from console.ui.widgets.fields import SearchField
from console.ui.widgets.labels import CaptionLabel, IconLabel, PlainLabel, safe_tooltip
from console.ui.widgets.paint import CENTER, draw_text, focus_ring, hatch, rounded

TOP, STATUS = 56, 28


class SampleTag(Drawn):
    """The striped tag that marks a sample database."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Sample data")
        self.setToolTip(
            safe_tooltip("These tickets and accounts are invented. Open or create your own from File.")
        )

    def sizeHint(self) -> QSize:
        metrics = theme().metrics("chip")
        return QSize(
            metrics.horizontalAdvance("Sample data") + theme().px(30), metrics.height() + theme().px(10)
        )

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        px, rect = theme().px, QRectF(self.rect())
        hatch(painter, rect, ground="soon_tint", line="soon")
        rounded(painter, rect, px(4), line="soon")
        inner = rect.adjusted(px(7), px(3), -px(7), -px(3))
        rounded(painter, inner, px(3), fill="soon_tint")
        draw_text(painter, inner, "Sample data", role="chip", ink="soon_text", align=CENTER)
        painter.end()


class EasternClock(QWidget):
    """The time where business hours are kept, and whether they run: sun or moon."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._icon = IconLabel("sun", "text2")
        self._time = PlainLabel("", "caption_strong")
        self._zone = PlainLabel("", "caption_medium")
        self._hours = CaptionLabel("", "text2")
        line = QHBoxLayout(self)
        line.setContentsMargins(theme().px(10), 0, theme().px(10), 0)
        line.setSpacing(theme().px(4))
        for part in (self._icon, self._time, self._zone, self._hours):
            line.addWidget(part)
        line.insertSpacing(1, theme().px(2))
        line.insertSpacing(4, theme().px(2))
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def show_time(self, time: str, zone: str, hours: str, *, open_now: bool) -> None:
        """``("2:28 PM", "Eastern", "business hours until 11 PM")``."""
        self._icon.show_icon("sun" if open_now else "moon")
        self._time.setText(time)
        self._zone.setText(zone)
        self._hours.setText(hours)
        self.setAccessibleName(f"{time} {zone}, {hours}")

    def knows_time(self) -> bool:
        """Whether a database has told the time yet."""
        return bool(self._time.text())

    def set_short(self, *, short: bool) -> None:
        """Without the words about hours, when there is little room."""
        self._hours.setVisible(not short)

    def sizeHint(self) -> QSize:
        return QSize(super().sizeHint().width(), theme().px(32))

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        rounded(painter, QRectF(self.rect()), theme().px(6), fill="raised", line="line")
        painter.end()


class Bell(IconButton):
    """Leads to the notices; a dot says that there are some that nobody has looked at yet."""

    def __init__(self) -> None:
        super().__init__("bell", "Notices")
        self._unread = 0

    def show_unread(self, count: int) -> None:
        """So many are new."""
        self._unread = count
        says = f"Notices, {count} new" if count else "Notices"
        self.setAccessibleName(says)
        self.setToolTip(safe_tooltip(says))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self._unread:
            px = theme().px
            painter = QPainter(self)
            dot = QRectF(self.width() / 2 + px(2), self.height() / 2 - px(9), px(8), px(8))
            rounded(painter, dot, px(4), fill="accent", line="window")
            painter.end()


class TopBar(QWidget):
    """Title and count, the search field, the Eastern clock, the bell. ``searched`` carries the field's text (str)."""

    searched = Signal(object)
    search_left = Signal()
    bell = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._title = PlainLabel("", "title")
        self._count = PlainLabel("", "plain", "text2")
        self.sample = SampleTag()
        self.sample.hide()
        self.search = SearchField("Search", name="Search")
        self.search.textChanged.connect(self._on_typed)
        self.search.left.connect(self.search_left)
        self.clock = EasternClock()
        self._bell = Bell()
        self._bell.clicked.connect(self.bell)
        self._line = QHBoxLayout(self)
        left: tuple[QWidget, ...] = (self._title, self._count, self.sample)
        right: tuple[QWidget, ...] = (self.search, self.clock, self._bell)
        for part in left:
            self._line.addWidget(part)
        self._line.addStretch(1)
        for part in right:
            self._line.addWidget(part)
        self._on_theme_changed()
        theme().changed.connect(self._on_theme_changed)

    def show_page(self, title: str, count: str, placeholder: str) -> None:
        """What the page in front says of itself."""
        self._title.setText(title)
        self._count.setText(count)
        self.search.setPlaceholderText(placeholder)
        self.search.setVisible(bool(placeholder))
        self.fit(self.width())

    def show_unread(self, count: int) -> None:
        """So many notices are new."""
        self._bell.show_unread(count)

    def fit(self, width: int) -> None:
        """The search field takes what the rest leaves, 404 px at most."""
        px = theme().px
        self.clock.set_short(short=width < px(900))
        self._count.setVisible(width >= px(640))
        self.clock.setVisible(width >= px(480) and self.clock.knows_time())
        room = width - self._taken()
        if room < px(110):
            self.clock.setVisible(False)
            room = width - self._taken()
        self.search.setFixedWidth(max(px(110), min(px(404), room)))

    def _taken(self) -> int:
        """What everything but the search field needs; the title is never cut."""
        px = theme().px
        others = (self._title, self._count, self.sample, self.clock, self._bell)
        return sum(part.sizeHint().width() + px(10) for part in others if not part.isHidden()) + px(44)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), theme().color("window"))
        painter.fillRect(0, self.height() - 1, self.width(), 1, theme().color("line"))
        painter.end()

    def _on_typed(self, text: str) -> None:
        self.searched.emit(text)

    def _on_theme_changed(self) -> None:
        px = theme().px
        self.setFixedHeight(px(TOP))
        self._line.setContentsMargins(px(17), 0, px(12), 1)
        self._line.setSpacing(px(10))
        self.fit(self.width())


class DatabaseState(QWidget):
    """Which database, and how it is; pressing it leads to the choice of another one."""

    clicked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._icon = IconLabel("database", "met_text", 14)
        self._where = PlainLabel("", "caption_strong", "rail_text")
        self._state = CaptionLabel("", "rail_text")
        line = QHBoxLayout(self)
        line.setContentsMargins(theme().px(6), 0, theme().px(6), 0)
        line.setSpacing(theme().px(6))
        for part in (self._icon, self._where, self._state):
            line.addWidget(part)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)

    def show_state(self, where: str, state: str, says: str, *, lost: bool) -> None:
        """``("Shared database", "live")``, with what the tooltip says."""
        self._icon.show_icon("cloud-off" if lost else "database", "missed_text" if lost else "met_text")
        self._where.setText(where)
        self._state.setText(state)
        self.setToolTip(safe_tooltip(says))
        self.setAccessibleName(f"{where} {state}".strip())
        self.setAccessibleDescription("Choose database…")

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() is Qt.MouseButton.LeftButton and self.rect().contains(event.position().toPoint()):
            self.clicked.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self.clicked.emit()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        if self.underMouse():
            rounded(painter, QRectF(self.rect()), theme().px(4), fill="hover")
        if self.hasFocus():
            focus_ring(painter, QRectF(self.rect()), theme().px(4))
        painter.end()


class StatusBar(QWidget):
    """Database state on the left, the keys valid now on the right."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.database = DatabaseState()
        self._page = CaptionLabel("", "rail_text")
        self._hints = KeyHints()
        self._line = QHBoxLayout(self)
        self._line.addWidget(self.database)
        self._line.addSpacing(theme().px(6))
        self._line.addWidget(self._page)
        self._line.addStretch(1)
        self._line.addWidget(self._hints)
        self._on_theme_changed()
        theme().changed.connect(self._on_theme_changed)

    def show_database(self, where: str, state: str = "", *, says: str = "", lost: bool = False) -> None:
        """``("Shared database", "live, checked 2 s ago")`` or ``("On this computer", "")``."""
        self.database.show_state(where, state, says, lost=lost)
        self.setAccessibleName(f"{where} {state}".strip())

    def show_page(self, text: str, hints: Hints) -> None:
        """What the page says, and its keys."""
        self._page.setText(text)
        self._hints.show_hints(hints)

    def fit(self, width: int) -> None:
        """Fewer keys when there is little room."""
        self._hints.setVisible(width >= theme().px(760))

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), theme().color("rail"))
        painter.fillRect(0, 0, self.width(), 1, theme().color("line"))
        painter.end()

    def _on_theme_changed(self) -> None:
        px = theme().px
        self.setFixedHeight(px(STATUS))
        self._line.setContentsMargins(px(6), 1, px(12), 0)
        self._line.setSpacing(px(6))
