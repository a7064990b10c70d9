"""Buttons as in the design: filled, outlined or quiet, an icon on the left, their key in a box on the right."""

from enum import Enum

from PySide6.QtCore import QEvent, QRectF, QSize, Qt
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

from console.ui import icons
from console.ui.theme import theme
from console.ui.widgets.labels import safe_tooltip
from console.ui.widgets.paint import (
    draw_keycap,
    draw_text,
    focus_ring,
    key_text,
    keycap_height,
    keycap_width,
    rounded,
)


class Kind(Enum):
    """PRIMARY: the one filled button. CREDIT: filled violet, tokens go back. OUTLINE: others. QUIET: no outline."""

    PRIMARY = "primary"
    CREDIT = "credit"
    OUTLINE = "outline"
    QUIET = "quiet"


class Button(QAbstractButton):
    """A push button. ``key`` is printed as a box and added to the tooltip; it is not a shortcut by itself."""

    def __init__(
        self,
        text: str,
        kind: Kind = Kind.OUTLINE,
        *,
        icon: str | None = None,
        key: str = "",
        compact: bool = False,
        menu_arrow: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._kind, self._icon, self._key = kind, icon, key
        self._compact, self._menu_arrow = compact, menu_arrow
        self._reason = self._bar = self._waits = ""
        self.left_aligned = False
        self.setText(text)
        self.setAccessibleName(text)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        theme().changed.connect(self._on_theme_changed)

    # what changes

    def set_text(self, text: str) -> None:
        """Other words; the accessible name follows."""
        if text != self.text():
            self.setText(text)
            self.setAccessibleName(text)
            self.updateGeometry()

    def set_kind(self, kind: Kind) -> None:
        """Filled, outlined or quiet."""
        self._kind = kind
        self.update()

    def set_key(self, key: str) -> None:
        """Another key in the box, empty for none."""
        self._key = key
        self.updateGeometry()
        self.update()

    def set_icon(self, icon: str | None) -> None:
        """Another icon."""
        self._icon = icon
        self.updateGeometry()
        self.update()

    def allow(self, reason: str = "") -> None:
        """Enabled when there is no reason against it; otherwise disabled, with the reason as its tooltip."""
        self._reason = reason
        against = self._bar or self._waits or reason
        self.setEnabled(not against)
        self.setToolTip(safe_tooltip(against))
        self.setAccessibleDescription(against)

    def bar(self, reason: str = "") -> None:
        """Disabled with this reason whatever ``allow`` says, until it is taken away."""
        self._bar = reason
        self.allow(self._reason)

    def wait(self, reason: str = "") -> None:
        """The same, with why what was sent by it is not sent again: until its answer is there."""
        self._waits = reason
        self.allow(self._reason)

    def reason(self) -> str:
        """Why ``allow`` disabled the button; empty when it did not."""
        return self._reason

    def kind(self) -> Kind:
        """How it is drawn."""
        return self._kind

    # size and drawing

    def sizeHint(self) -> QSize:
        px = theme().px
        height = max(px(28 if self._compact else 32), theme().metrics(self._role()).height() + px(10))
        width = self._content_width() + 2 * self._padding()
        return QSize(max(width, height), height)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not event.modifiers():
            self.click()
        else:
            super().keyPressEvent(event)

    def event(self, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.HoverEnter, QEvent.Type.HoverLeave):
            self.update()
        return super().event(event)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        rect, radius = QRectF(self.rect()), theme().px(6)
        if self.hasFocus():
            focus_ring(painter, rect, radius + 1)
            rect = rect.adjusted(4, 4, -4, -4) if self._filled() else rect
        self._draw_ground(painter, rect, radius)
        if self.hasFocus() and not self._filled():
            focus_ring(painter, QRectF(self.rect()), radius)
        self._draw_content(painter)
        painter.end()

    def _draw_ground(self, painter: QPainter, rect: QRectF, radius: float) -> None:
        hot = self.isEnabled() and (self.underMouse() or self.isDown())
        if self._filled():
            if not self.isEnabled():
                rounded(painter, rect, radius, fill="sunken", line="line")
            elif self._kind is Kind.PRIMARY:
                rounded(painter, rect, radius, fill="accent_hover" if hot else "accent")
            else:
                rounded(painter, rect, radius, fill="credit_text" if hot else "credit")
        elif self._kind is Kind.OUTLINE:
            line = "line_strong" if self.isEnabled() else "line"
            width = theme().line_width
            rounded(painter, rect, radius, fill="hover" if hot else "raised", line=line, width=width)
        elif hot:
            rounded(painter, rect, radius, fill="hover")

    def _draw_content(self, painter: QPainter) -> None:
        px, ink = theme().px, self._ink()
        x: float = self._padding()
        if not self.left_aligned:
            x = max(px(4), (self.width() - self._content_width()) / 2)
        middle = self.height() / 2
        if self._icon:
            size = px(16)
            icons.draw(painter, self._icon, ink, x, middle - size / 2, size)
            x += size + (px(8) if self.text() else 0)
        words = theme().metrics(self._role()).horizontalAdvance(self.text()) + 2
        room = QRectF(x, 0, min(words, self.width() - x), self.height())
        draw_text(painter, room, self.text(), role=self._role(), ink=ink)
        x += words + px(8)
        if self._menu_arrow:
            icons.draw(painter, "chevron-down", ink, x, middle - px(7), px(14))
        if self._key:
            self._draw_key(painter, x, ink)

    def _draw_key(self, painter: QPainter, x: float, ink: str) -> None:
        shown = key_text(self._key)
        width, height = keycap_width(shown), keycap_height()
        if self.left_aligned:
            x = self.width() - self._padding() - width
        box = QRectF(x, (self.height() - height) / 2, width, height)
        filled = self._filled() and self.isEnabled()
        draw_keycap(
            painter, box, shown, ink=ink if filled or not self.isEnabled() else "text2", filled=filled
        )

    def _content_width(self) -> int:
        px = theme().px
        width = theme().metrics(self._role()).horizontalAdvance(self.text()) + 2 if self.text() else 0
        if self._icon:
            width += px(16) + (px(8) if self.text() else 0)
        if self._menu_arrow:
            width += px(8) + px(14)
        if self._key:
            width += px(8) + keycap_width(key_text(self._key))
        return width

    def _filled(self) -> bool:
        return self._kind in (Kind.PRIMARY, Kind.CREDIT)

    def _role(self) -> str:
        return "strong" if self._filled() else "body"

    def _padding(self) -> int:
        if not self.text():
            return theme().px(8)
        return theme().px(10 if self._key else 12)

    def _ink(self) -> str:
        if not self.isEnabled():
            return "text_disabled"
        if self._filled():
            return "on_accent" if self._kind is Kind.PRIMARY else "on_credit"
        if self._kind is Kind.QUIET and not self.text():
            return "text2"
        return "text"

    def _on_theme_changed(self) -> None:
        self.updateGeometry()
        self.update()


class IconButton(Button):
    """A square button with an icon alone; ``says`` is its accessible name and, with the key, its tooltip."""

    def __init__(
        self, icon: str, says: str, *, key: str = "", kind: Kind = Kind.QUIET, parent: QWidget | None = None
    ) -> None:
        super().__init__("", kind, icon=icon, parent=parent)
        self.setAccessibleName(says)
        self.setToolTip(safe_tooltip(f"{says}  {key_text(key)}" if key else says))
