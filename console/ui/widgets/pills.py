"""The urgency pill: more ink is less time (design, the row at each urgency). A painter for delegates, and a widget."""

from dataclasses import dataclass
from enum import StrEnum

from PySide6.QtCore import QRectF, QSize
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from console.ui import icons
from console.ui.theme import theme
from console.ui.widgets.drawn import Drawn
from console.ui.widgets.paint import draw_text, hatch, rounded


class Urgency(StrEnum):
    """The states a deadline is shown in."""

    MISSED = "missed"
    NOW = "now"
    SOON = "soon"
    TODAY = "today"
    LATER = "later"
    WAITING = "waiting"
    GOAL = "goal"
    GOAL_PASSED = "goal_passed"
    MET = "met"
    NO_CLOCK = "no_clock"
    AWAITING = "awaiting"


@dataclass(frozen=True, slots=True)
class _Look:
    icon: str
    ink: str
    icon_ink: str
    fill: str | None = None
    line: str | None = None
    dashed: bool = False
    role: str = "strong"


_LOOKS = {
    Urgency.MISSED: _Look("alarm-clock-off", "on_missed", "on_missed", fill="missed"),
    Urgency.NOW: _Look("alarm-clock", "on_now", "on_now", fill="now"),
    Urgency.SOON: _Look("clock", "soon_text", "soon_text", fill="soon_tint", line="soon"),
    Urgency.TODAY: _Look("clock", "text", "text3"),
    Urgency.LATER: _Look("calendar", "text2", "text3", role="body"),
    Urgency.WAITING: _Look("circle-pause", "text2", "text3", role="body"),
    Urgency.GOAL: _Look("leaf", "text", "text2", line="line_strong", dashed=True),
    Urgency.GOAL_PASSED: _Look("leaf", "text", "text", line="text", dashed=True),
    Urgency.MET: _Look("check", "met_text", "met_text", fill="met_tint"),
    Urgency.NO_CLOCK: _Look("receipt", "text2", "text3", role="body"),
    Urgency.AWAITING: _Look("coins", "text3", "text3", role="body"),
}


def pill_icon(urgency: Urgency) -> str:
    """The icon that stands for the state, wherever it is shown."""
    return _LOOKS[urgency].icon


def pill_ink(urgency: Urgency) -> str:
    """The token for the state's words on a plain ground."""
    named = {Urgency.MISSED: "missed_text", Urgency.NOW: "now_text", Urgency.SOON: "soon_text"}
    return named.get(urgency, _LOOKS[urgency].ink)


def pill_height() -> int:
    """Height of a pill at the text size in force."""
    return theme().metrics("strong").height() + theme().px(4)


def pill_width(urgency: Urgency, text: str) -> int:
    """Width of the pill with that text."""
    return theme().px(33) + theme().metrics(_LOOKS[urgency].role).horizontalAdvance(text)


def draw_pill(painter: QPainter, x: float, y: float, urgency: Urgency, text: str, room: int = 0) -> int:
    """Draws the pill with its top left corner at (x, y); returns its width, at most ``room`` when that is given."""
    look = _LOOKS[urgency]
    px = theme().px
    width = pill_width(urgency, text)
    width = min(width, room) if room else width
    rect = QRectF(x, y, width, pill_height())
    if look.fill or look.line:
        line = look.line or (look.ink if theme().line_width > 1 else None)
        rounded(painter, rect, px(5), fill=look.fill, line=line, dashed=look.dashed)
    if urgency is Urgency.WAITING:
        hatch(painter, QRectF(x, y, px(3), rect.height()))
    size = px(16)
    icons.draw(painter, look.icon, look.icon_ink, x + px(5), y + (rect.height() - size) / 2, size)
    draw_text(painter, rect.adjusted(px(25), 0, -px(4), 0), text, role=look.role, ink=look.ink)
    return width


class Pill(Drawn):
    """The pill as a widget; its accessible name is its words."""

    def __init__(self, urgency: Urgency, text: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._urgency = urgency
        self._text = text
        self.setAccessibleName(text)

    def show_state(self, urgency: Urgency, text: str) -> None:
        """Another state or other words."""
        if (urgency, text) == (self._urgency, self._text):
            return
        self._urgency, self._text = urgency, text
        self.setAccessibleName(text)
        self.updateGeometry()
        self.update()

    def text(self) -> str:
        """The words shown."""
        return self._text

    def urgency(self) -> Urgency:
        """The state shown."""
        return self._urgency

    def sizeHint(self) -> QSize:
        return QSize(pill_width(self._urgency, self._text), pill_height())

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        draw_pill(painter, 0, (self.height() - pill_height()) / 2, self._urgency, self._text, self.width())
        painter.end()
