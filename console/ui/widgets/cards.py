"""Cards and figures: raised ground, a thin line, radius 8; dashed for goals, tinted for a question."""

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLayout, QVBoxLayout, QWidget

from console.ui.theme import theme
from console.ui.widgets.labels import CaptionLabel, IconLabel, PlainLabel
from console.ui.widgets.paint import rounded

# kind -> ground, line, dashed
_CARDS = {
    "plain": ("raised", "line", False),
    "panel": ("surface", "line", False),
    "goal": (None, "line_strong", True),
    "accent": ("accent_tint", "accent", False),
    "outlined": ("raised", "accent", False),
    "decision": ("surface", "accent", False),
    "quiet": ("window", "line", False),
    "missed": ("raised", "missed", False),
    "met": ("raised", "met", False),
    "strong": ("raised", "line_strong", False),
    "panel_missed": ("surface", "missed", False),
    "panel_met": ("surface", "met", False),
}


class Card(QFrame):
    """A card of a kind: plain, goal (dashed), accent (tinted), outlined, quiet, missed, met. Add to ``body``."""

    def __init__(
        self, kind: str = "plain", *, padding: int = 14, spacing: int = 8, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._kind, self._padding, self._spacing = kind, padding, spacing
        self.body = QVBoxLayout(self)
        self._on_theme_changed()
        theme().changed.connect(self._on_theme_changed)

    def set_kind(self, kind: str) -> None:
        """Another look."""
        self._kind = kind
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        ground, line, dashed = _CARDS[self._kind]
        painter = QPainter(self)
        width = theme().line_width
        rounded(
            painter, QRectF(self.rect()), theme().px(8), fill=ground, line=line, width=width, dashed=dashed
        )
        painter.end()

    def _on_theme_changed(self) -> None:
        pad = theme().px(self._padding)
        self.body.setContentsMargins(pad, pad, pad, pad)
        self.body.setSpacing(theme().px(self._spacing))


def row(*parts: QWidget | QLayout | int | None, spacing: int = 8) -> QHBoxLayout:
    """A horizontal layout: widgets and layouts in order, an int is a gap in px, None takes the rest."""
    layout = QHBoxLayout()
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(theme().px(spacing))
    for part in parts:
        if part is None:
            layout.addStretch(1)
        elif isinstance(part, int):
            layout.addSpacing(theme().px(part))
        elif isinstance(part, QLayout):
            layout.addLayout(part)
        else:
            layout.addWidget(part, 0, Qt.AlignmentFlag.AlignVCenter)
    return layout


class Rule(QFrame):
    """A thin line across."""

    def __init__(self, ink: str = "line", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._ink = ink
        self.setFixedHeight(1)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(event.rect(), theme().color(self._ink))
        painter.end()


class StatTile(Card):
    """A caption, one large figure with words beside it, and a line below with a coloured part."""

    def __init__(
        self,
        title: str,
        *,
        kind: str = "plain",
        icon: str | None = None,
        figure_role: str = "figure",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(kind, padding=13, spacing=4, parent=parent)
        self._title = CaptionLabel(title, "text2")
        self._title.set_role("caption", 500)
        self._figure = PlainLabel("", figure_role)
        self._beside = PlainLabel("", "plain", "text2")
        self._delta_icon = IconLabel("trending-up", size=14)
        self._delta = PlainLabel("", "caption_strong")
        self._below = CaptionLabel("", "text2")
        self._delta_icon.hide()
        parts: list[QWidget | int | None] = [IconLabel(icon, size=14)] if icon else []
        self.body.addLayout(row(*parts, self._title, None, spacing=6))
        self.body.addLayout(row(self._figure, self._beside, None))
        self.body.addLayout(row(self._delta_icon, self._delta, self._below, None, spacing=6))

    def show_figure(self, figure: str, beside: str = "", *, ink: str = "text") -> None:
        """The figure in its colour, and the words beside it."""
        self._figure.setText(figure)
        self._figure.set_ink(ink)
        self._beside.setText(beside)
        self._say()

    def show_below(self, text: str, *, delta: str = "", ink: str = "text2", icon: str | None = None) -> None:
        """The line below: an optional signed ``delta`` in ``ink`` with its arrow, then ``text``."""
        self._delta.setText(delta)
        self._delta.setVisible(bool(delta))
        self._delta.set_ink(ink)
        self._delta_icon.setVisible(icon is not None)
        if icon:
            self._delta_icon.show_icon(icon, ink)
        self._below.setText(text)
        self._say()

    def _say(self) -> None:
        words = (self._title, self._figure, self._beside, self._delta, self._below)
        self.setAccessibleName(" ".join(label.text() for label in words if label.text()))
