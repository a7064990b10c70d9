"""Radio cards: a title, a line below, and the letter that chooses it; as in classification and determination."""

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QBoxLayout, QButtonGroup, QSizePolicy, QWidget

from console.ui.theme import theme
from console.ui.widgets.fields import draw_radio
from console.ui.widgets.labels import safe_tooltip
from console.ui.widgets.paint import draw_keycap, draw_text, focus_ring, keycap_height, keycap_width, rounded


class OutcomeCard(QAbstractButton):
    """One outcome. Checkable; put several into an ``OutcomeGroup``."""

    def __init__(self, title: str, caption: str, key: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._caption, self._key = caption, key
        self.setText(title)
        self.setCheckable(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setAccessibleName(title)
        self.setAccessibleDescription(caption)
        theme().changed.connect(self._on_theme_changed)

    @property
    def key(self) -> str:
        """The letter printed on it."""
        return self._key

    def show_words(self, title: str, caption: str) -> None:
        """Other words."""
        self._caption = caption
        self.setText(title)
        self.setAccessibleName(title)
        self.setAccessibleDescription(caption)
        self.update()

    def allow(self, reason: str = "") -> None:
        """Enabled without a reason against it; else disabled, the reason in place of the caption's tooltip."""
        self.setEnabled(not reason)
        self.setToolTip(safe_tooltip(reason))
        self.setAccessibleDescription(reason or self._caption)

    def sizeHint(self) -> QSize:
        px = theme().px
        title, caption = theme().metrics("strong"), theme().metrics("caption")
        width = max(title.horizontalAdvance(self.text()) + px(30), caption.horizontalAdvance(self._caption))
        height = title.height() + caption.height() + px(22)
        return QSize(width + px(54), height)

    def minimumSizeHint(self) -> QSize:
        return QSize(theme().px(150), self.sizeHint().height())

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        px, rect = theme().px, QRectF(self.rect())
        self._draw_ground(painter, rect)
        dot = px(16)
        draw_radio(
            painter,
            QRectF(px(12), (rect.height() - dot) / 2, dot, dot),
            on=self.isChecked(),
            enabled=self.isEnabled(),
        )
        cap = QRectF(0, 0, keycap_width(self._key), keycap_height())
        cap.moveTopRight(rect.topRight() + cap.topLeft())
        cap.translate(-px(9), px(9))
        draw_keycap(painter, cap, self._key)
        self._draw_words(painter, px(38), cap.left())
        if self.hasFocus():
            focus_ring(painter, rect, px(8))
        painter.end()

    def _draw_ground(self, painter: QPainter, rect: QRectF) -> None:
        radius = theme().px(8)
        if self.isChecked():
            rounded(painter, rect, radius, fill="accent_tint", line="accent", width=2)
        else:
            ground = "hover" if self.underMouse() and self.isEnabled() else "raised"
            rounded(painter, rect, radius, fill=ground, line="line")

    def _draw_words(self, painter: QPainter, left: float, cap_left: float) -> None:
        title, caption = theme().metrics("strong"), theme().metrics("caption")
        gap = theme().px(2)
        top = (self.height() - title.height() - caption.height() - gap) / 2
        ink = "text" if self.isEnabled() else "text_disabled"
        line1 = QRectF(left, top, cap_left - left - 4, title.height())
        draw_text(painter, line1, self.text(), role="strong", ink=ink)
        line2 = QRectF(
            left, top + title.height() + gap, self.width() - left - theme().px(8), caption.height()
        )
        second = "text2" if self.isEnabled() else "text_disabled"
        draw_text(painter, line2, self._caption, role="caption", ink=second)

    def _on_theme_changed(self) -> None:
        self.updateGeometry()
        self.update()


class OutcomeGroup(QWidget):
    """Cards of which one is chosen. Arrow keys and each card's letter choose; ``chosen`` gives the card's id (str)."""

    chosen = Signal(object)

    def __init__(self, *, across: bool = False, name: str = "Outcome", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        way = QBoxLayout.Direction.LeftToRight if across else QBoxLayout.Direction.TopToBottom
        self._layout = QBoxLayout(way, self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(theme().px(10 if across else 8))
        self._cards: dict[str, OutcomeCard] = {}
        self._group = QButtonGroup(self)
        self._group.buttonToggled.connect(self._on_toggled)
        self.setAccessibleName(name)

    def add(self, name: str, title: str, caption: str, key: str) -> OutcomeCard:
        """A card at the end; ``name`` is its id."""
        card = OutcomeCard(title, caption, key, self)
        self._cards[name] = card
        self._group.addButton(card)
        self._layout.addWidget(card, 1)
        return card

    def card(self, name: str) -> OutcomeCard:
        """The card of that id."""
        return self._cards[name]

    def current(self) -> str:
        """The id chosen, empty when none is."""
        return next((name for name, card in self._cards.items() if card.isChecked()), "")

    def choose(self, name: str) -> None:
        """Choose a card; emits ``chosen`` when that changes the choice."""
        self._cards[name].setChecked(True)

    def choose_by_key(self, key: str) -> bool:
        """Chooses the enabled card with that letter; False when there is none."""
        for name, card in self._cards.items():
            if card.key.lower() == key.lower() and card.isEnabled():
                self.choose(name)
                card.setFocus(Qt.FocusReason.ShortcutFocusReason)
                return True
        return False

    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = {Qt.Key.Key_Up: -1, Qt.Key.Key_Left: -1, Qt.Key.Key_Down: 1, Qt.Key.Key_Right: 1}
        step = steps.get(Qt.Key(event.key()), 0)
        if step:
            self._move(step)
        elif not event.modifiers() and event.text() and self.choose_by_key(event.text()):
            event.accept()
        else:
            super().keyPressEvent(event)

    def _move(self, step: int) -> None:
        names = [name for name, card in self._cards.items() if card.isEnabled()]
        if not names:
            return
        here = names.index(self.current()) if self.current() in names else 0
        target = names[(here + step) % len(names)]
        self.choose(target)
        self._cards[target].setFocus(Qt.FocusReason.TabFocusReason)

    def _on_toggled(self, button: QAbstractButton, checked: bool) -> None:
        if checked:
            self.chosen.emit(next(name for name, card in self._cards.items() if card is button))
