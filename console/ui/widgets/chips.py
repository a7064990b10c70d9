"""Chips, key letters and avatars as widgets; the painters are in ``paint``."""

from PySide6.QtCore import QRectF, QSize
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QWidget

from console.ui.format import initials
from console.ui.theme import theme
from console.ui.widgets.drawn import Drawn
from console.ui.widgets.labels import CaptionLabel, safe_tooltip
from console.ui.widgets.paint import (
    chip_height,
    chip_width,
    draw_avatar,
    draw_chip,
    draw_keycap,
    key_text,
    keycap_height,
    keycap_width,
)


class Chip(Drawn):
    """Words in a rounded box. Kinds: grey, dark, outline, accent, accent_outline, missed, now, soon, met, credit."""

    def __init__(
        self, text: str, kind: str = "grey", *, icon: str | None = None, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._text, self._kind, self._icon = text, kind, icon
        self.setAccessibleName(text)

    def show_words(self, text: str, kind: str | None = None, icon: str | None = None) -> None:
        """Other words, and another kind and icon if given."""
        self._text, self._kind, self._icon = text, kind or self._kind, icon or self._icon
        self.setAccessibleName(text)
        self.updateGeometry()
        self.update()

    def text(self) -> str:
        """The words shown."""
        return self._text

    def sizeHint(self) -> QSize:
        return QSize(chip_width(self._text, self._icon), chip_height() + theme().px(2))

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        draw_chip(painter, QRectF(self.rect()), self._text, self._kind, self._icon)
        painter.end()


class KeyCap(Drawn):
    """A key in a small box; ``key`` as in a key sequence ("Ctrl+K", "G, Q") or as printed ("J / K")."""

    def __init__(self, key: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._key = key_text(key)
        self.setAccessibleName(self._key)

    def sizeHint(self) -> QSize:
        return QSize(keycap_width(self._key), keycap_height())

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        draw_keycap(painter, QRectF(self.rect()), self._key)
        painter.end()


class KeyHints(QWidget):
    """A row of keys and what they do, as in the status bar and the feet of dialogs."""

    def __init__(self, hints: tuple[tuple[str, str], ...] = (), parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(theme().px(6))
        self._hints: tuple[tuple[str, str], ...] = ()
        self.show_hints(hints)

    def hints(self) -> tuple[tuple[str, str], ...]:
        """The pairs of key and words shown."""
        return self._hints

    def show_hints(self, hints: tuple[tuple[str, str], ...]) -> None:
        """Other pairs of key and words; an empty word puts keys side by side."""
        if hints == self._hints:
            return
        self._hints = hints
        while (item := self._row.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        for place, (key, words) in enumerate(hints):
            if place and hints[place - 1][1]:
                self._row.addSpacing(theme().px(6))
            self._row.addWidget(KeyCap(key, self))
            if words:
                self._row.addWidget(CaptionLabel(words, "text2", parent=self))


class Avatar(Drawn):
    """A person's initials; dashed when nobody. ``ring`` is a token: "met" = has begun."""

    def __init__(
        self, name: str = "", *, ring: str | None = None, size: int = 22, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._size = size
        self._name, self._ring, self._faded = name, ring, False
        self.show_person(name, ring=ring)

    def show_person(self, name: str, *, ring: str | None = None, faded: bool = False) -> None:
        """Another person; faded = away."""
        self._name, self._ring, self._faded = name, ring, faded
        self.setAccessibleName(name or "Unclaimed")
        self.setToolTip(safe_tooltip(name or "Unclaimed"))
        self.update()

    def sizeHint(self) -> QSize:
        side = theme().px(self._size)
        return QSize(side, side)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        text = initials(self._name) if self._name else ""
        draw_avatar(painter, QRectF(self.rect()), text, ring=self._ring, faded=self._faded)
        painter.end()
