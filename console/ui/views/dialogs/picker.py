"""A field that finds one of many by typing any part of its name: accounts, requesters."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QStringListModel, Qt, Signal
from PySide6.QtGui import QFocusEvent
from PySide6.QtWidgets import QCompleter, QWidget

from console.ui.widgets.fields import LineField

MOST_SHOWN = 12


@dataclass(frozen=True, slots=True)
class Choice:
    """One of many: its id, its name as typed, and a second part that tells it apart."""

    id: Hashable
    name: str
    beside: str = ""

    @property
    def label(self) -> str:
        """As it stands in the list."""
        return f"{self.name}, {self.beside}" if self.beside else self.name


class Picker(LineField):
    """Type any part of a name; arrows and Enter choose. ``picked`` says when another one, or none, is chosen."""

    picked = Signal()

    def __init__(self, placeholder: str = "", *, name: str = "", parent: QWidget | None = None) -> None:
        super().__init__(placeholder, name=name, longest=200, parent=parent)
        self._choices: dict[str, Choice] = {}
        self._chosen: Choice | None = None
        self._names = QStringListModel(self)
        completer = QCompleter(self._names, self)
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        completer.setFilterMode(Qt.MatchFlag.MatchContains)
        completer.setMaxVisibleItems(MOST_SHOWN)
        self.setCompleter(completer)
        self.textChanged.connect(self._on_text)

    def show_choices(self, choices: Sequence[Choice]) -> None:
        """What can be chosen; what is typed stays."""
        self._choices = {choice.label.casefold(): choice for choice in choices}
        self._names.setStringList([choice.label for choice in choices])
        self._on_text()

    def chosen(self) -> Choice | None:
        """The one whose name stands in the field, or None."""
        return self._chosen

    def choose(self, id: Hashable) -> None:
        """Chooses the one of that id, if there is one."""
        for choice in self._choices.values():
            if choice.id == id:
                self.setText(choice.label)
                return

    def choices(self) -> tuple[Choice, ...]:
        """All that can be chosen."""
        return tuple(self._choices.values())

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """A part that only one name contains becomes that name."""
        typed = self.text().strip().casefold()
        if typed and self._chosen is None and event.reason() is not Qt.FocusReason.PopupFocusReason:
            found = [choice for choice in self._choices.values() if typed in choice.label.casefold()]
            if len(found) == 1:
                self.setText(found[0].label)
        super().focusOutEvent(event)

    def _on_text(self) -> None:
        found = self._choices.get(self.text().strip().casefold())
        if found != self._chosen:
            self._chosen = found
            self.picked.emit()
