"""The list of all keys (?), searchable, made from the commands."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QGridLayout, QScrollArea, QVBoxLayout, QWidget

from console.ui.actions import MENUS, Commands
from console.ui.theme import theme
from console.ui.widgets.buttons import Button
from console.ui.widgets.cards import row
from console.ui.widgets.chips import KeyCap
from console.ui.widgets.fields import SearchField
from console.ui.widgets.labels import PlainLabel

FIXED = (
    ("View", "Into detail", "Enter"),
    ("View", "Back, then clear", "Esc"),
    ("Edit", "Extend the selection", "Shift+J / Shift+K"),
    ("Ticket", "Commit a dialog, a decision, a note", "Ctrl+Return"),
    ("View", "Saved view", "Ctrl+1 … 9"),
)


class KeysDialog(QDialog):
    """Every command that has a key, by menu, two columns; typing narrows the list."""

    def __init__(self, commands: Commands, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("All keys")
        self._commands = commands
        self._field = SearchField("Find a key or a command", key="", name="Find a key")
        self._field.textChanged.connect(self._fill)
        self._field.left.connect(self.reject)
        self._area = QScrollArea()
        self._area.setWidgetResizable(True)
        self._area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        close = Button("Close", key="Esc")
        close.clicked.connect(self.reject)
        column = QVBoxLayout(self)
        pad = theme().px(20)
        column.setContentsMargins(pad, pad, pad, pad)
        column.setSpacing(theme().px(12))
        column.addLayout(row(PlainLabel("All keys", "title_small"), None, close))
        column.addWidget(self._field)
        column.addWidget(self._area, 1)
        self.resize(theme().px(720), theme().px(560))
        self._fill("")
        self._field.setFocus()

    def listed(self) -> tuple[str, ...]:
        """The words listed now."""
        return tuple(label.text() for label in self._area.findChildren(PlainLabel))

    def _fill(self, text: str) -> None:
        inside = QWidget()
        grid = QGridLayout(inside)
        grid.setContentsMargins(0, 0, theme().px(8), 0)
        grid.setHorizontalSpacing(theme().px(24))
        grid.setVerticalSpacing(theme().px(6))
        places = [0, 0]
        for menu in MENUS:
            entries = [entry for entry in self._entries(menu) if text.lower() in " ".join(entry).lower()]
            if not entries:
                continue
            side = 0 if places[0] <= places[1] else 1
            heading = PlainLabel(menu, "caption_strong", "text2", parent=inside)
            grid.addWidget(heading, places[side], side * 2, 1, 2)
            for offset, (title, key) in enumerate(entries, start=1):
                grid.addWidget(PlainLabel(title, "body", parent=inside), places[side] + offset, side * 2)
                cap = KeyCap(key, inside)
                grid.addWidget(cap, places[side] + offset, side * 2 + 1, Qt.AlignmentFlag.AlignRight)
            places[side] += len(entries) + 1
        grid.setRowStretch(max(places) + 1, 1)
        self._area.setWidget(inside)

    def _entries(self, menu: str) -> list[tuple[str, str]]:
        made = [(c.title, self._commands.sequence(c.id)) for c in self._commands.all() if c.menu == menu]
        fixed = [(title, key) for where, title, key in FIXED if where == menu]
        return [entry for entry in made + fixed if entry[1]]
