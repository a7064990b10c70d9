"""The foot of a dialog: its buttons, with their keys printed on them, and the other keys that do something there."""

from collections.abc import Iterator

from PySide6.QtWidgets import QHBoxLayout, QWidget

from console.ui.theme import theme
from console.ui.widgets.buttons import Button, Kind
from console.ui.widgets.chips import KeyHints


class Foot(QWidget):
    """``primary`` is what Ctrl Enter presses, ``cancel`` what Esc does, ``hints`` the further keys."""

    def __init__(self) -> None:
        super().__init__()
        px = theme().px
        self.hints = KeyHints()
        self.cancel = Button("Cancel", key="Esc")
        self.primary = Button("Save", Kind.PRIMARY, key="Ctrl+Return")
        self._keys = {self.cancel: "Esc", self.primary: "Ctrl+Return"}
        self._further = QHBoxLayout()
        line = QHBoxLayout(self)
        line.setContentsMargins(px(20), px(12), px(16), px(12))
        line.setSpacing(px(8))
        line.addWidget(self.hints)
        line.addStretch(1)
        line.addLayout(self._further)
        line.addWidget(self.cancel)
        line.addWidget(self.primary)

    def add(self, button: Button, key: str) -> None:
        """A further button left of Cancel; ``key`` is printed on it."""
        self._keys[button] = key
        self._further.addWidget(button)

    def acting(self) -> Iterator[Button]:
        """Every button that does something: all but Cancel."""
        return (button for button in self._keys if button is not self.cancel)

    def order(self) -> None:
        """Tab comes to the button that commits first, Cancel last. Qt takes an order only of what is shown."""
        before: QWidget = self.primary
        for button in (*(each for each in self.acting() if each is not self.primary), self.cancel):
            QWidget.setTabOrder(before, button)
            before = button

    def fit(self, width: int) -> None:
        """Where there is no room for all, the hints go first, then the keys printed on the buttons."""
        for hints, keys in ((True, True), (False, True), (False, False)):
            self.hints.setVisible(hints)
            for button, key in self._keys.items():
                button.set_key(key if keys else "")
            shown = [button for button in self._keys if not button.isHidden()]
            parts = [*shown, self.hints] if hints else shown
            wanted = sum(part.sizeHint().width() + theme().px(8) for part in parts) + theme().px(30)
            if wanted <= width:
                return
