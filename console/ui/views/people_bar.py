"""The deeds of the People page, above the list; with little room they are icons, and list and database are tabs."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from console.ui.theme import theme
from console.ui.widgets.buttons import Button, Kind
from console.ui.widgets.cards import row
from console.ui.widgets.tabs import SegmentedTabs, Tab

if TYPE_CHECKING:
    from console.services.people import Person

#: Below these widths, in px at text size 100 %, the deeds on a person are icons, and adding one as well.
NARROW_BELOW, _TINY_BELOW = 900, 440
_NOBODY = "Select a person first"
NO_LOGIN = "They have no login yet"


class PeopleBar(QWidget):
    """``asked(str)`` carries the command; ``turned`` when the other tab was chosen."""

    asked = Signal(object)
    turned = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._person: Person | None = None
        self._lacks_login = self.narrow = self._tiny = False
        self.add = Button("Add person…", Kind.PRIMARY, icon="user-plus")
        self.change = Button("Change roles…", icon="key-round")
        self.shift = Button("Off shift", icon="clock")
        self.remove = Button("Remove…", icon="ban")
        self.tabs = SegmentedTabs(
            (Tab("people", "People"), Tab("database", "Database")), name="Part of this page"
        )
        self._deeds = {
            "person_add": self.add,
            "person_change": self.change,
            "person_shift": self.shift,
            "person_remove": self.remove,
        }
        self.setLayout(row(*self._deeds.values(), None, self.tabs))
        self.tabs.chosen.connect(self._on_tab)
        for name, button in self._deeds.items():
            button.clicked.connect(partial(self.asked.emit, name))

    def show_person(self, person: Person | None, *, lacks_login: bool) -> None:
        """Who is selected, so what can be done."""
        self._person, self._lacks_login = person, lacks_login
        self._name_deeds()

    def bar(self, reason: str) -> None:
        """Nothing can be saved, for this reason; an empty one takes it away."""
        for button in self._deeds.values():
            button.bar(reason)

    def fit(self, width: int) -> None:
        """Words, or icons where there is little room."""
        self.narrow, self._tiny = width < theme().px(NARROW_BELOW), width < theme().px(_TINY_BELOW)
        self.tabs.setVisible(self.narrow)
        self._name_deeds()

    def shows(self, part: str) -> bool:
        """Whether ``"people"`` or ``"database"`` is in sight."""
        return not self.narrow or self.tabs.current() == part

    def _name_deeds(self) -> None:
        off = self._person is not None and not self._person.on_shift
        self._name(self.add, "Add person…", "Ins", short=self._tiny)
        self._name(self.change, "Give a login…" if self._lacks_login else "Change roles…", "Return")
        self._name(self.shift, "On shift" if off else "Off shift", "Space")
        self._name(self.remove, "Remove…", "Del")
        for button in (self.change, self.shift, self.remove):
            button.allow("" if self._person is not None else _NOBODY)
        for button in (self.shift, self.remove):
            if self._lacks_login:
                button.allow(NO_LOGIN)

    def _name(self, button: Button, words: str, key: str, *, short: bool | None = None) -> None:
        button.set_text("" if (self.narrow if short is None else short) else words)
        button.set_key("" if self.narrow else key)
        button.setAccessibleName(words.rstrip("…"))

    def _on_tab(self, _name: object) -> None:
        self.turned.emit()
